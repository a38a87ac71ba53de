/* t-plugin-functions.c: the analytic functions against values worked out by hand, and the shares
 * of their boxes against the known truths, by uniform sampling with a fixed stream.
 *
 * The plugin is compiled in; that it loads as a shared object is the calculators' test. */
#include "../plugins/functions/functions.c"

#include "tap.h"

#include <string.h>

static const struct th_function *find(const char *name)
{
    for (size_t i = 0; i < th_plugin_table.n_functions; i++) {
        if (strcmp(th_plugin_table.functions[i].name, name) == 0)
            return &th_plugin_table.functions[i];
    }
    bail_out("no function %s", name);
}

/* The first output at one point. */
static double at(const char *name, size_t d, const double *x, size_t output)
{
    double out[8] = {0};
    uint8_t status = 99;
    const struct th_function *f = find(name);
    f->eval(1, d, x, out, &status);
    return status == TH_POINT_OK ? out[output] : -1e300;
}

static void check_values(void)
{
    const double zero[10] = {0};
    const double pi7 = 21.991148575128552; /* 7 pi */
    is_double(at("cos-shells", 3, zero, 0), 243.0, 1e-14, "cos-shells at the origin is 3^5");
    is_double(at("cos-shells", 3, (double[]){pi7, 0, 0}, 0), 1.0, 1e-12, "... and 1 at a trough");
    is_double(at("cos-shells", 5, (double[]){pi7, pi7, 0, 0, 0}, 0), 243.0, 1e-12,
              "... and 3^5 where two are at pi");
    is_double(at("cos-shells", 2, (double[]){pi7 / 2, 3}, 0), 32.0, 1e-12, "... and 2^5 between");
    is_double(at("cos-shells-label", 3, zero, 0), 0.0, 0, "the origin is outside the band");
    /* (2 + u)^5 = 100 at u = 100^(1/5) - 2 = 0.511886431509580 */
    double on = 7.0 * acos(0.511886431509580);
    is_double(at("cos-shells", 3, (double[]){on, 0, 0}, 0), 100.0, 1e-12, "O = 100 on the shell");
    is_double(at("cos-shells-label", 3, (double[]){on, 0, 0}, 0), 1.0, 0, "... which is inside");
    is_double(at("cos2", 2, zero, 0), 243.0, 1e-14, "cos2 at the origin");
    is_double(at("cos2", 2, (double[]){15.707963267948966, 0}, 0), 1.0, 1e-12, "cos2 at 5 pi");
    is_double(at("himboo", 2, zero, 0), log(170.0), 1e-14, "Himmelblau at the origin is 170");
    is_double(at("himboo", 2, zero, 1), log(74.0), 1e-14, "Booth at the origin is 74");
    is_double(at("himboo", 2, (double[]){1, 2}, 0), log(68.0), 1e-14, "Himmelblau at (1, 2)");
    is_double(at("rosenbrock", 4, (double[]){1, 1, 1, 1}, 0), 0.0, 0, "Rosenbrock's minimum");
    is_double(at("rosenbrock", 3, (double[]){0, 1, 2}, 0), 201.0, 1e-14, "Rosenbrock (0, 1, 2)");
    is_double(at("rastrigin", 5, zero, 0), 0.0, 0, "Rastrigin's minimum");
    is_double(at("rastrigin", 2, (double[]){0.5, 1}, 0), 21.25, 1e-12, "Rastrigin (1/2, 1)");
    is_double(at("gshell", 3, (double[]){-3.5, 0, 2}, 0), 2.0, 1e-14, "on the left shell: r");
    is_double(at("gshell", 3, (double[]){-3.5, 0, 2}, 1), 0.0, 0, "... d");
    is_double(at("gshell", 3, (double[]){-3.5, 0, 2}, 2), -1.0, 0, "... side");
    is_double(at("gshell", 3, zero, 0), 3.5, 1e-14, "between the shells");
    is_double(at("gaussian", 2, zero, 3), 0.15915494309189535, 1e-14, "Gaussian in 2D");
    is_double(at("gaussian", 2, (double[]){1, 1}, 2), -2.8378770664093453, 1e-14, "its logarithm");
    is_double(at("sum", 3, (double[]){2, 3, 4}, 1), 24.0, 0, "product");
    uint8_t status = 0;
    double out = 0.0;
    find("test-unphysical")->eval(1, 1, (double[]){-1}, &out, &status);
    is_int(status, TH_POINT_UNPHYSICAL, "test-unphysical says so");
    has_str(find("test-unphysical")->explain(status), "negative", "... and why");
    ok(isnan(at("test-not-finite", 1, (double[]){-1}, 0)), "test-not-finite gives NaN");
}

/* SplitMix64 (Steele, Lea, Flood, OOPSLA 2014): enough for a volume. */
static double uniform(uint64_t *state)
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return ((double)((z ^ (z >> 31)) >> 11) + 0.5) / 9007199254740992.0;
}

struct problem {
    const char *name, *function;
    size_t d;
    double low, high;     /* the box */
    double o_low, o_high; /* the first output between */
    double b_low, b_high; /* the second, for himboo */
    double truth;
};

static const struct problem problems[] = {
    {"shells3", "cos-shells", 3, -31.41592653589793, 31.41592653589793, 95.409563949735791,
     104.590436050264209, 0, 0, 0.01651},
    {"shells3w", "cos-shells", 3, -31.41592653589793, 31.41592653589793, 90.819127899471582,
     109.180872100528418, 0, 0, 0.03321},
    {"shells3t", "cos-shells", 3, -31.41592653589793, 31.41592653589793, 144.11294988742263,
     155.88705011257737, 0, 0, 0.00906},
    {"shells5", "cos-shells", 5, -31.41592653589793, 31.41592653589793, 90.819127899471582,
     109.180872100528418, 0, 0, 0.0109},
    {"shells7", "cos-shells", 7, -31.41592653589793, 31.41592653589793, 90.819127899471582,
     109.180872100528418, 0, 0, 0.00216},
    {"cos2", "cos2", 2, -31.41592653589793, 31.41592653589793, 77.047819748678954,
     122.952180251321046, 0, 0, 0.1076},
    {"himboo", "himboo", 2, -5, 5, -1e300, 3, 2, 4, 0.0489},
    {"rastrigin5", "rastrigin", 5, -5.12, 5.12, -1, 20, 0, 0, 1.67e-4},
};

static void check_shares(void)
{
    enum { N = 400000 };
    for (size_t p = 0; p < sizeof problems / sizeof problems[0]; p++) {
        const struct problem *pr = &problems[p];
        const struct th_function *f = find(pr->function);
        uint64_t state = 1 + p;
        size_t inside = 0;
        for (size_t i = 0; i < N; i++) {
            double x[8], out[8];
            uint8_t status;
            for (size_t j = 0; j < pr->d; j++)
                x[j] = pr->low + (pr->high - pr->low) * uniform(&state);
            f->eval(1, pr->d, x, out, &status);
            inside += out[0] > pr->o_low && out[0] < pr->o_high &&
                      (pr->b_high == 0.0 || (out[1] > pr->b_low && out[1] < pr->b_high));
        }
        double share = (double)inside / N;
        double error = sqrt(pr->truth * (1.0 - pr->truth) / N);
        is_near(share, pr->truth, 4.0 * error + 1e-4 * pr->truth, "%s: share of the box", pr->name);
    }
}

int main(void)
{
    is_uint(th_plugin_table.abi, TH_PLUGIN_ABI, "the table has the ABI of the header");
    check_values();
    check_shares();
    return done_testing();
}
