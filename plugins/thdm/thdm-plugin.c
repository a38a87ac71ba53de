/* thdm-plugin.c: the two-Higgs-doublet model as a shared object.
 *
 * What it does: six functions over one evaluation.  `thdm` and `thdm-cba` have the Yukawa type as
 * an input; thdm-type1 .. thdm-type4 have it in the name.  All but thdm-cba take sin(beta-alpha)
 * and mean cos(beta-alpha) >= 0; thdm-cba takes cos(beta-alpha), of either sign, and means
 * sin(beta-alpha) >= 0.  Flipping both signs changes nothing, so both see the whole model.
 *
 * Where the physics and its sources are: thdm.h and the files it names. */
#include "thdm.h"

#include <theodolite/plugin.h>

#include <math.h>
#include <string.h>

static const char *const inputs_sba[] = {"mh", "mH", "mA", "mHp", "sba", "tanb", "m12sq", "type"};
static const char *const inputs_cba[] = {"mh", "mH", "mA", "mHp", "cba", "tanb", "m12sq", "type"};
enum { ANGLE = 4, TYPE = 7, N_INPUTS = 8 };

static int type_of(double value)
{
    return value >= 1.0 && value <= 4.0 && value == floor(value) ? (int)value : 0;
}

static double other_leg(double leg)
{
    return sqrt(fmax((1.0 - leg) * (1.0 + leg), 0.0));
}

/* fixed_type 0: the type is the last input. */
static int evaluate(size_t n, size_t d, const double *in, double *out, uint8_t *status, bool is_cba,
                    int fixed_type)
{
    struct thdm_sm sm;
    struct thdm_cache cache = {0};
    thdm_sm_default(&sm);
    for (size_t i = 0; i < n; i++) {
        const double *x = in + i * d;
        double leg = x[ANGLE];
        struct thdm_point pt = {
            .mh = x[0],
            .mH = x[1],
            .mA = x[2],
            .mHp = x[3],
            .sba = leg,
            .cba = other_leg(leg),
            .tanb = x[5],
            .m12sq = x[6],
            .type = fixed_type != 0 ? fixed_type : type_of(x[TYPE]),
        };
        if (is_cba) {
            pt.cba = leg;
            pt.sba = other_leg(leg);
        }
        struct thdm_result r;
        status[i] = (uint8_t)thdm_evaluate(&sm, &cache, &pt, &r);
        if (status[i] == TH_POINT_OK)
            memcpy(out + i * THDM_N_OUTPUTS, &r, sizeof r);
    }
    return 0;
}

_Static_assert(sizeof(struct thdm_result) == THDM_N_OUTPUTS * sizeof(double),
               "a result is an array of doubles");

static int eval_sba(size_t n, size_t d, const double *in, double *out, uint8_t *status)
{
    return evaluate(n, d, in, out, status, false, 0);
}

static int eval_cba(size_t n, size_t d, const double *in, double *out, uint8_t *status)
{
    return evaluate(n, d, in, out, status, true, 0);
}

#define TYPED(t)                                                                                   \
    static int eval_type##t(size_t n, size_t d, const double *in, double *out, uint8_t *status)    \
    {                                                                                              \
        return evaluate(n, d, in, out, status, false, t);                                          \
    }
TYPED(1)
TYPED(2)
TYPED(3)
TYPED(4)

static const char *explain(uint8_t status)
{
    return thdm_fault_text(status);
}

#define FUNCTION(NAME, ABOUT, INPUTS, N, EVAL)                                                     \
    {                                                                                              \
        .name = NAME, .about = ABOUT, .inputs = INPUTS, .n_inputs = N, .min_inputs = N,            \
        .max_inputs = N, .outputs = thdm_output_names, .n_outputs = THDM_N_OUTPUTS, .eval = EVAL,  \
        .explain = explain                                                                         \
    }

static const struct th_function functions[] = {
    FUNCTION("thdm", "2HDM, type 1 I, 2 II, 3 Y, 4 X as an input (0902.0851)", inputs_sba, N_INPUTS,
             eval_sba),
    FUNCTION("thdm-cba", "2HDM with cos(beta-alpha) of either sign as the angle", inputs_cba,
             N_INPUTS, eval_cba),
    FUNCTION("thdm-type1", "2HDM type I", inputs_sba, TYPE, eval_type1),
    FUNCTION("thdm-type2", "2HDM type II", inputs_sba, TYPE, eval_type2),
    FUNCTION("thdm-type3", "2HDM type Y (flipped)", inputs_sba, TYPE, eval_type3),
    FUNCTION("thdm-type4", "2HDM type X (lepton-specific)", inputs_sba, TYPE, eval_type4),
};

extern const struct th_plugin th_plugin_table;
const struct th_plugin th_plugin_table = {
    .abi = TH_PLUGIN_ABI,
    .name = "thdm",
    .version = "1.0",
    .functions = functions,
    .n_functions = sizeof functions / sizeof functions[0],
};
