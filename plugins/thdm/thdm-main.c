/* thdm-main.c: the two-Higgs-doublet model as a program.
 *
 * What it does: reads a point from an SLHA card (file or stdin) or from eight arguments and writes
 * an SLHA file on stdout; or stays and answers points as JSON lines (--resident), one object per
 * line, as in theodolite-scan(5).  The input blocks are those that 2HDMC writes: MINPAR 3
 * tan(beta), 18 m12^2, 20 sin(beta-alpha), 24 Yukawa type; MASS 25, 35, 36, 37.  GM2Calc reads the
 * same, with types 3 and 4 the other way round.  MINPAR 21, cos(beta-alpha) of either sign, may
 * stand instead of 20.
 *
 * Exit status: 0 a point was evaluated, whether or not theory and data allow it; 1 the point has
 * no answer, the reason is in SPINFO 4; 2 the input cannot be read, the reason is on stderr.
 *
 * Where the physics is: thdm.h and the files it names. */
#include "thdm.h"

#include "theodolite/base.h"
#include "theodolite/slha.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VERSION "1.0"

enum { EXIT_FINE = 0, EXIT_NO_ANSWER = 1, EXIT_BAD_INPUT = 2, MAX_CARD = 1 << 20 };

static const char usage[] =
    "usage: thdm [CARD]                  SLHA card (default and \"-\": stdin) to SLHA on stdout\n"
    "       thdm mh mH mA mHp sba tanb m12sq type\n"
    "       thdm --resident              JSON lines, see theodolite-scan(5)\n"
    "       thdm --list                  names and meaning of all outputs\n"
    "Masses in GeV, m12sq in GeV^2, type 1 (I), 2 (II), 3 (Y), 4 (X).\n"
    "Exit status: 0 evaluated, 1 the point has no answer (SPINFO 4), 2 bad input.\n";

static double other_leg(double leg)
{
    return sqrt(fmax((1.0 - leg) * (1.0 + leg), 0.0));
}

/* ---- writing SLHA --------------------------------------------------------------------------- */

static void block(const char *name, const char *what)
{
    printf("Block %s  # %s\n", name, what);
}

static void entry(int key, double value, const char *what)
{
    char number[TEXT_DOUBLE_SIZE];
    printf(" %5d   %s   # %s\n", key, text_from_double(number, value), what);
}

static void entry2(int a, int b, double value, const char *what)
{
    char number[TEXT_DOUBLE_SIZE];
    printf(" %5d %3d   %s   # %s\n", a, b, text_from_double(number, value), what);
}

static void channel(double br, int a, int b)
{
    char number[TEXT_DOUBLE_SIZE];
    printf("     %s   2   %5d %5d\n", text_from_double(number, br), a, b);
}

/* Channels that the Standard Model has at 125 GeV are always listed, these only when open: to a
 * reader, a channel that is not there is missing, not 0. */
static void rare_channel(double br, int a, int b)
{
    if (br > 0.0)
        channel(br, a, b);
}

static void write_header(const struct thdm_point *pt, const char *fault)
{
    block("SPINFO", "program");
    printf("     1   theodolite-thdm\n     2   " VERSION "\n");
    if (fault != NULL)
        printf("     4   %s\n", fault);
    block("MODSEL", "model");
    printf("     0   10   # two-Higgs-doublet model\n");
    block("MINPAR", "input and quartic couplings");
    entry(3, pt->tanb, "tan(beta)");
    entry(18, pt->m12sq, "m_12^2, GeV^2");
    entry(20, pt->sba, "sin(beta-alpha)");
    entry(21, pt->cba, "cos(beta-alpha)");
    printf("    24   %d   # Yukawa type\n", pt->type);
}

static void write_masses(const struct thdm_point *pt)
{
    block("MASS", "GeV");
    entry(25, pt->mh, "h");
    entry(35, pt->mH, "H");
    entry(36, pt->mA, "A");
    entry(37, pt->mHp, "H+");
}

static void write_theory(const struct thdm_result *r)
{
    entry(11, r->lambda1, "lambda_1");
    entry(12, r->lambda2, "lambda_2");
    entry(13, r->lambda3, "lambda_3");
    entry(14, r->lambda4, "lambda_4");
    entry(15, r->lambda5, "lambda_5");
    block("THDM", "1 = fulfilled");
    printf("     1   1   # the point has an answer\n");
    printf("     2   %d   # tree-level unitarity\n", (int)r->unitarity_ok);
    printf("     3   %d   # perturbativity\n", (int)r->perturbativity_ok);
    printf("     4   %d   # bounded from below\n", (int)r->stability_ok);
    printf("     5   %d   # the vacuum is the deepest\n", r->vacuum > 0.0);
    block("THDMMARGINS", "what the flags compare");
    entry(2, r->unitarity, "largest |eigenvalue|, limit 16 pi");
    entry(3, r->perturbativity, "largest |quartic coupling|, limit 4 pi");
    entry(4, r->stability, "smallest boundedness condition, limit 0");
    entry(5, r->vacuum, "vacuum discriminant, limit 0");
    block("OBLIQUE", "relative to the SM with mh = 125 GeV");
    entry(1, r->S, "S");
    entry(2, r->T, "T");
    entry(3, r->U, "U");
    entry(4, r->chi2_STU, "chi2, 3 degrees of freedom");
}

static void write_couplings(const struct thdm_result *r)
{
    block("KAPPA", "coupling over SM: 1 V, 2 u, 3 d, 4 l, 5 g, 6 gamma, 7 Z gamma, 8 hhh");
    entry2(25, 1, r->kappa_V, "h V V");
    entry2(25, 2, r->kappa_u, "h u u");
    entry2(25, 3, r->kappa_d, "h d d");
    entry2(25, 4, r->kappa_l, "h l l");
    entry2(25, 5, r->kappa_g, "h g g");
    entry2(25, 6, r->kappa_gam, "h gamma gamma");
    entry2(25, 7, r->kappa_Zgam, "h Z gamma");
    entry2(25, 8, r->kappa_lam, "h h h");
    entry2(35, 1, r->kappaH_V, "H V V");
    entry2(35, 2, r->kappaH_u, "H u u");
    entry2(35, 3, r->kappaH_d, "H d d");
    entry2(35, 4, r->kappaH_l, "H l l");
    entry2(36, 2, r->kappaA_u, "A u u");
    entry2(36, 3, r->kappaA_d, "A d d");
    entry2(36, 4, r->kappaA_l, "A l l");
}

/* The signal strengths lie in the result as rows of seven decays, production by production. */
static void write_signals(const struct thdm_result *r)
{
    const double *production = &r->mu_ggF, *mu = &r->mu_ggF_gamgam;
    block("SIGNALSTRENGTHS", "1 ggF, 2 VBF, 3 WH, 4 ZH, 5 ttH; 0 all, 1 gamma gamma, 2 ZZ, 3 WW, "
                             "4 bb, 5 tau tau, 6 mu mu, 7 Z gamma");
    for (int p = 0; p < 5; p++) {
        entry2(p + 1, 0, production[p], "production");
        for (int d = 0; d < 7; d++)
            entry2(p + 1, d + 1, mu[7 * p + d], "production times decay");
    }
    block("CHI2", "signal strengths");
    entry(1, r->chi2, "this point");
    entry(2, r->chi2_SM, "Standard Model");
    entry(3, r->n_signals, "measurements");
}

static void write_decays(const struct thdm_result *r)
{
    char number[TEXT_DOUBLE_SIZE];
    printf("DECAY  25   %s   # h\n#    BR   NDA   daughters\n", text_from_double(number, r->Gh));
    channel(r->BRbb, 5, -5);
    channel(r->BRtautau, 15, -15);
    channel(r->BRmumu, 13, -13);
    channel(r->BRcc, 4, -4);
    channel(r->BRss, 3, -3);
    rare_channel(r->BRtt, 6, -6);
    channel(r->BRWW, 24, -24);
    channel(r->BRZZ, 23, 23);
    channel(r->BRgamgam, 22, 22);
    channel(r->BRZgam, 23, 22);
    channel(r->BRgg, 21, 21);
    rare_channel(r->BRAA, 36, 36);
    rare_channel(r->BRHpHm, 37, -37);
    rare_channel(r->BRZA, 23, 36);
    rare_channel(0.5 * r->BRWHp, 24, -37);
    rare_channel(0.5 * r->BRWHp, -24, 37);
}

static int answer(const struct thdm_point *pt)
{
    struct thdm_sm sm;
    struct thdm_cache cache = {0};
    struct thdm_result r;
    thdm_sm_default(&sm);
    int fault = thdm_evaluate(&sm, &cache, pt, &r);
    if (fault != THDM_FINE) {
        write_header(pt, thdm_fault_text(fault));
        return EXIT_NO_ANSWER;
    }
    write_header(pt, NULL);
    write_theory(&r);
    write_masses(pt);
    char number[TEXT_DOUBLE_SIZE];
    printf("Block ALPHA  # CP-even mixing angle\n         %s\n", text_from_double(number, r.alpha));
    write_couplings(&r);
    write_signals(&r);
    write_decays(&r);
    return EXIT_FINE;
}

/* ---- reading a card ------------------------------------------------------------------------- */

/* SLHA_FOUND, or the outcome; then `why` says what is wrong. */
static enum slha_outcome number_at(const struct slha *slha, const char *text, double *value,
                                   char *why, size_t n_why)
{
    struct slha_address address;
    struct slha_hit hit;
    struct err err = ERR_INIT;
    if (slha_address_parse(text, &address, NULL, &err) != 0) {
        snprintf(why, n_why, "%.*s", (int)n_why - 1, err.message);
        return SLHA_NO_ENTRY;
    }
    enum slha_outcome outcome = slha_find(slha, &address, &hit);
    if (outcome == SLHA_FOUND)
        *value = hit.value;
    else
        slha_explain(slha, &address, outcome, why, n_why);
    return outcome;
}

static int point_from_slha(const struct slha *slha, struct thdm_point *pt, struct err *err)
{
    double type = 0.0;
    char why[512];
    const struct {
        const char *address;
        double *value;
    } wanted[] = {
        {"MASS[25]", &pt->mh},  {"MASS[35]", &pt->mH},    {"MASS[36]", &pt->mA},
        {"MASS[37]", &pt->mHp}, {"MINPAR[3]", &pt->tanb}, {"MINPAR[18]", &pt->m12sq},
        {"MINPAR[24]", &type},
    };
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        if (number_at(slha, wanted[i].address, wanted[i].value, why, sizeof why) != SLHA_FOUND)
            return err_set(err, ERR_USAGE, "%s", why);
        if (!isfinite(*wanted[i].value))
            return err_set(err, ERR_USAGE, "%s is not finite", wanted[i].address);
    }
    pt->type = type >= 1.0 && type <= 4.0 && type == floor(type) ? (int)type : 0;
    if (number_at(slha, "MINPAR[20]", &pt->sba, why, sizeof why) == SLHA_FOUND) {
        pt->cba = other_leg(pt->sba);
        return 0;
    }
    if (number_at(slha, "MINPAR[21]", &pt->cba, why, sizeof why) == SLHA_FOUND) {
        pt->sba = other_leg(pt->cba);
        return 0;
    }
    return err_set(err, ERR_USAGE, "neither MINPAR[20], sin(beta-alpha), nor MINPAR[21] is there");
}

static int read_stdin(struct buf *text, struct err *err)
{
    char piece[4096];
    size_t n;
    while ((n = fread(piece, 1, sizeof piece, stdin)) > 0) {
        if (buf_append(text, piece, n, err) != 0)
            return -1;
    }
    return 0;
}

static int from_card(const char *path)
{
    struct err err = ERR_INIT;
    struct buf text;
    struct thdm_point pt = {0};
    struct slha *slha = slha_create();
    int rc = -1, status = EXIT_BAD_INPUT;
    buf_init(&text, MAX_CARD);
    if (slha == NULL) {
        mem_error(&err);
        goto out;
    }
    TRY(strcmp(path, "-") == 0 ? read_stdin(&text, &err) : buf_read_file(&text, path, &err));
    TRY(slha_parse(slha, text.data != NULL ? text.data : "", text.len, &err));
    TRY(point_from_slha(slha, &pt, &err));
    rc = 0;
out:
    if (rc == 0)
        status = answer(&pt);
    else
        fprintf(stderr, "thdm: %s\n", err.message);
    slha_free(slha);
    buf_free(&text);
    return status;
}

static int from_arguments(char **argv)
{
    double x[8];
    for (int i = 0; i < 8; i++) {
        if (text_to_double(argv[i], &x[i]) != 0) {
            fprintf(stderr, "thdm: \"%s\" is not a number\n%s", argv[i], usage);
            return EXIT_BAD_INPUT;
        }
    }
    struct thdm_point pt = {.mh = x[0],
                            .mH = x[1],
                            .mA = x[2],
                            .mHp = x[3],
                            .sba = x[4],
                            .cba = other_leg(x[4]),
                            .tanb = x[5],
                            .m12sq = x[6],
                            .type = x[7] >= 1.0 && x[7] <= 4.0 ? (int)x[7] : 0};
    return answer(&pt);
}

/* ---- resident ------------------------------------------------------------------------------- */

struct resident {
    struct thdm_sm sm;
    struct thdm_cache cache;
};

/* Reads the inputs; NULL, or the sentence for "error". */
static const char *point_from_json(const json_t *in, struct thdm_point *pt)
{
    double type = 0.0;
    const struct {
        const char *name;
        double *value;
    } wanted[] = {{"mh", &pt->mh},     {"mH", &pt->mH},       {"mA", &pt->mA}, {"mHp", &pt->mHp},
                  {"tanb", &pt->tanb}, {"m12sq", &pt->m12sq}, {"type", &type}};
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        const json_t *value = json_object_get(in, wanted[i].name);
        if (!json_is_number(value))
            return "\"in\" needs mh, mH, mA, mHp, tanb, m12sq, type and sba or cba, all numbers";
        *wanted[i].value = json_number_value(value);
    }
    pt->type = type >= 1.0 && type <= 4.0 && type == floor(type) ? (int)type : 0;
    const json_t *sba = json_object_get(in, "sba"), *cba = json_object_get(in, "cba");
    if (json_is_number(sba)) {
        pt->sba = json_number_value(sba);
        pt->cba = other_leg(pt->sba);
        return NULL;
    }
    if (json_is_number(cba)) {
        pt->cba = json_number_value(cba);
        pt->sba = other_leg(pt->cba);
        return NULL;
    }
    return "\"in\" needs sba or cba";
}

static json_t *outputs(const struct thdm_result *r)
{
    json_t *out = json_object();
    const double *values = &r->lambda1;
    for (int i = 0; i < THDM_N_OUTPUTS; i++) {
        if (isfinite(values[i]))
            json_object_set_new(out, thdm_output_names[i], json_real(values[i]));
    }
    return out;
}

/* The answer to one line; NULL when the line is not an object with id and in. */
static json_t *reply(struct resident *res, const json_t *asked)
{
    json_t *id = json_object_get(asked, "id");
    const json_t *in = json_object_get(asked, "in");
    if (id == NULL || !json_is_object(in))
        return NULL;
    json_t *answer_ = json_object();
    json_object_set(answer_, "id", id);
    struct thdm_point pt = {0};
    struct thdm_result r;
    const char *error = point_from_json(in, &pt);
    if (error == NULL) {
        int fault = thdm_evaluate(&res->sm, &res->cache, &pt, &r);
        error = fault != THDM_FINE ? thdm_fault_text(fault) : NULL;
    }
    if (error != NULL)
        json_object_set_new(answer_, "error", json_string(error));
    else
        json_object_set_new(answer_, "out", outputs(&r));
    return answer_;
}

static int stay(void)
{
    struct resident res = {0};
    char *line = NULL;
    size_t size = 0;
    int status = EXIT_FINE;
    thdm_sm_default(&res.sm);
    puts("{\"theodolite\": 1, \"name\": \"thdm\", \"version\": \"" VERSION "\"}");
    fflush(stdout);
    while (getline(&line, &size, stdin) > 0) {
        json_error_t where;
        json_t *asked = json_loads(line, 0, &where);
        json_t *said = asked != NULL ? reply(&res, asked) : NULL;
        if (said == NULL) {
            fprintf(stderr, "thdm: not a request: %s", line);
            status = EXIT_BAD_INPUT;
        } else {
            json_dumpf(said, stdout, JSON_COMPACT | JSON_REAL_PRECISION(17));
            putchar('\n');
            fflush(stdout);
        }
        json_decref(said);
        json_decref(asked);
        if (status != EXIT_FINE)
            break;
    }
    free(line);
    return status;
}

int main(int argc, char **argv)
{
    if (argc == 9)
        return from_arguments(argv + 1);
    if (argc == 1)
        return from_card("-");
    if (argc == 2 && strcmp(argv[1], "--resident") == 0)
        return stay();
    if (argc == 2 && strcmp(argv[1], "--list") == 0) {
        for (int i = 0; i < THDM_N_OUTPUTS; i++)
            printf("%-18s %s\n", thdm_output_names[i], thdm_output_texts[i]);
        return EXIT_FINE;
    }
    if (argc == 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
        fputs(usage, stdout);
        return EXIT_FINE;
    }
    if (argc == 2 && argv[1][0] != '-')
        return from_card(argv[1]);
    if (argc == 2 && strcmp(argv[1], "-") == 0)
        return from_card("-");
    fputs(usage, stderr);
    return EXIT_BAD_INPUT;
}
