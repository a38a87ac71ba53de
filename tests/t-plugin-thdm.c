/* t-plugin-thdm.c: the two-Higgs-doublet model against 2HDMC, and against what must hold exactly.
 *
 * The reference tables and where they come from are in tests/data.  The plugin is loaded as the
 * program loads it.  Agreement asked for: lambda 1e-4 (or the 5 decimals of the table), flags
 * equal, S, T, U 5e-3 or 2e-5 absolute, branching ratios 5 %, of which less than half is used. */
#include "theodolite/plugin.h"

#include "tap.h"

#include <dlfcn.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_OUTPUTS = 256, MAX_COLUMNS = 40, MAX_LINE = 4096 };

static const struct th_plugin *load(void)
{
    const char *build = getenv("TH_BUILD");
    char path[4096];
    snprintf(path, sizeof path, "%s/plugins/thdm.so", build != NULL ? build : ".");
    void *handle = dlopen(path, RTLD_NOW);
    if (handle == NULL)
        bail_out("%s", dlerror());
    return dlsym(handle, TH_PLUGIN_SYMBOL);
}

static const struct th_function *find(const struct th_plugin *plugin, const char *name)
{
    for (size_t i = 0; i < plugin->n_functions; i++) {
        if (strcmp(plugin->functions[i].name, name) == 0)
            return &plugin->functions[i];
    }
    bail_out("no function %s", name);
}

static size_t output_index(const struct th_function *f, const char *name)
{
    for (size_t i = 0; i < f->n_outputs; i++) {
        if (strcmp(f->outputs[i], name) == 0)
            return i;
    }
    bail_out("no output %s", name);
}

static double get(const struct th_function *f, const double *out, const char *name)
{
    return out[output_index(f, name)];
}

/* Which column of the tables is which output, and how near it must be. */
struct column {
    const char *column, *output;
    double relative, absolute;
    double worst; /* relative deviation seen */
    int n_bad;
};

static struct column columns[] = {
    {"lambda1", "lambda1", 1e-4, 1e-5, 0, 0},
    {"lambda2", "lambda2", 1e-4, 1e-5, 0, 0},
    {"lambda3", "lambda3", 1e-4, 1e-5, 0, 0},
    {"lambda4", "lambda4", 1e-4, 1e-5, 0, 0},
    {"lambda5", "lambda5", 1e-4, 1e-5, 0, 0},
    {"unitarity", "unitarity_ok", 0, 0, 0, 0},
    {"perturbativity", "perturbativity_ok", 0, 0, 0, 0},
    {"stability", "stability_ok", 0, 0, 0, 0},
    {"S", "S", 5e-3, 2e-5, 0, 0},
    {"T", "T", 5e-3, 2e-5, 0, 0},
    {"U", "U", 5e-3, 2e-5, 0, 0},
    {"Gh", "Gh", 0.03, 0, 0, 0},
    {"BRbb", "BRbb", 0.05, 0, 0, 0},
    {"BRtata", "BRtautau", 0.05, 0, 0, 0},
    {"BRgaga", "BRgamgam", 0.05, 0, 0, 0},
    {"BRWW", "BRWW", 0.05, 0, 0, 0},
    {"BRZZ", "BRZZ", 0.05, 0, 0, 0},
    {"BRgg", "BRgg", 0.05, 0, 0, 0},
    {"BRcc", "BRcc", 0.05, 0, 0, 0},
    {"BRZga", "BRZgam", 0.05, 0, 0, 0},
};

enum { N_COLUMNS = sizeof columns / sizeof columns[0] };

static size_t split(char *line, char **cells)
{
    size_t n = 0;
    char *rest = NULL;
    for (char *c = strtok_r(line, "\t\n", &rest); c != NULL && n < MAX_COLUMNS;
         c = strtok_r(NULL, "\t\n", &rest))
        cells[n++] = c;
    return n;
}

static void compare(struct column *c, double got, double want)
{
    double off = fabs(got - want);
    if (off > c->absolute && off > c->relative * fabs(want))
        c->n_bad++;
    if (off > c->absolute)
        c->worst = fmax(c->worst, off / fmax(fabs(want), 1e-12));
}

static FILE *open_table(const char *name)
{
    const char *source = getenv("TH_SRC");
    char path[4096];
    snprintf(path, sizeof path, "%s/tests/data/%s", source != NULL ? source : ".", name);
    FILE *file = fopen(path, "r");
    if (file == NULL)
        bail_out("cannot open %s", path);
    return file;
}

/* The first eight columns are the type and the seven inputs in the plugin's order. */
static void check_table(const struct th_function *f, const char *name, size_t n_expected)
{
    char head[MAX_LINE], line[MAX_LINE], *names[MAX_COLUMNS], *cells[MAX_COLUMNS];
    FILE *file = open_table(name);
    size_t n_names = 0, n_points = 0;
    for (int i = 0; i < N_COLUMNS; i++) {
        columns[i].worst = 0.0;
        columns[i].n_bad = 0;
    }
    while (fgets(line, sizeof line, file) != NULL) {
        if (line[0] == '#')
            continue;
        if (n_names == 0) {
            memcpy(head, line, sizeof head);
            n_names = split(head, names);
            continue;
        }
        if (split(line, cells) != n_names)
            bail_out("%s: a line of another length", name);
        double in[8], out[MAX_OUTPUTS];
        uint8_t status = 99;
        for (int i = 0; i < 8; i++)
            in[i] = strtod(cells[(i + 1) % 8], NULL);
        f->eval(1, 8, in, out, &status);
        n_points += status == TH_POINT_OK;
        for (size_t j = 0; j < n_names; j++) {
            for (int i = 0; i < N_COLUMNS; i++) {
                if (strcmp(columns[i].column, names[j]) == 0)
                    compare(&columns[i], get(f, out, columns[i].output), strtod(cells[j], NULL));
            }
        }
    }
    fclose(file);
    is_size(n_points, n_expected, "%s: every point has an answer", name);
    for (int i = 0; i < N_COLUMNS; i++) {
        is_int(columns[i].n_bad, 0, "%s: %s agrees", name, columns[i].column);
        note("largest relative deviation %.2e", columns[i].worst);
    }
}

static void check_alignment(const struct th_function *f)
{
    const double in[8] = {125, 400, 400, 400, 1, 3, 50000, 2};
    double out[MAX_OUTPUTS], sum = 0.0;
    uint8_t status = 99;
    f->eval(1, 8, in, out, &status);
    is_double(get(f, out, "kappa_V"), 1.0, 0, "alignment: h V V as in the SM");
    is_double(get(f, out, "kappa_u"), 1.0, 0, "... u");
    is_double(get(f, out, "kappa_d"), 1.0, 0, "... d");
    is_double(get(f, out, "kappa_lam"), 1.0, 1e-12, "... h h h");
    is_double(get(f, out, "kappaH_d"), 3.0, 1e-15, "H d d is tan(beta)");
    is_near(get(f, out, "T"), 0.0, 1e-15, "T vanishes with mA = mH+ and mh the reference");
    is_near(get(f, out, "U"), 0.0, 2e-4, "U is small");
    is_double(get(f, out, "mu_VBF_tautau"), 1.0, 1e-3, "signal strengths near 1");
    is_double(get(f, out, "mu_ggF_ZZ"), 1.0, 1e-3, "... in gluon fusion");
    is_double(get(f, out, "mu_ttH_gamgam"), pow(get(f, out, "kappa_gam"), 2), 1e-3,
              "... and in gamma gamma what the charged Higgs boson adds");
    is_double(get(f, out, "chi2"), get(f, out, "chi2_SM"), 0.02, "chi2 near the SM's");
    const char *const channels[] = {"BRbb", "BRtautau", "BRmumu", "BRcc",     "BRss",
                                    "BRtt", "BRWW",     "BRZZ",   "BRgamgam", "BRZgam",
                                    "BRgg", "BRAA",     "BRHpHm", "BRZA",     "BRWHp"};
    for (size_t i = 0; i < sizeof channels / sizeof channels[0]; i++)
        sum += get(f, out, channels[i]);
    is_double(sum, 1.0, 1e-12, "branching ratios add to 1");
    /* lambda1 from the masses by hand: (mH^2 cos^2(a) + mh^2 sin^2(a) - m12^2 tan b)/(v cos b)^2
     * with cos(a) = sin(b), sin(a) = -cos(b), tan b = 3, v^2 = 1/(sqrt(2) G_F). */
    double v2 = 1.0 / (sqrt(2.0) * 1.16637e-5);
    is_double(get(f, out, "lambda1"), (160000 * 0.9 + 15625 * 0.1 - 150000) / (v2 * 0.1), 1e-12,
              "lambda1 by hand");
}

/* The two signs of cos(beta-alpha), and light decay products. */
static void check_branches(const struct th_plugin *plugin)
{
    const struct th_function *f = find(plugin, "thdm"), *g = find(plugin, "thdm-cba");
    const struct th_function *two = find(plugin, "thdm-type2");
    const double by_sba[8] = {125.09, 300, 320, 340, -0.98, 4, 15000, 2};
    const double by_cba[8] = {125.09, 300, 320, 340, -sqrt(1 - 0.98 * 0.98), 4, 15000, 2};
    const double light[8] = {125.09, 300, 40, 200, 0.99, 2, 5000, 1};
    double a[MAX_OUTPUTS], b[MAX_OUTPUTS];
    uint8_t status = 99;
    f->eval(1, 8, by_sba, a, &status);
    g->eval(1, 8, by_cba, b, &status);
    const char *const same[] = {"lambda1", "lambda3", "T", "Gh", "BRgamgam", "unitarity", "chi2"};
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++)
        is_double(get(f, a, same[i]), get(g, b, same[i]), 1e-11, "both signs flipped: %s", same[i]);
    is_double(get(f, a, "kappa_d"), -get(g, b, "kappa_d"), 1e-12, "... but h itself changes sign");
    two->eval(1, 7, by_sba, b, &status);
    is_double(get(two, b, "chi2"), get(f, a, "chi2"), 0, "thdm-type2 is thdm with type 2");
    f->eval(1, 8, light, a, &status);
    double g_haa = get(f, a, "g_hAA"), beta = sqrt(1 - 4 * 1600 / (125.09 * 125.09));
    double gamma = g_haa * g_haa / (32 * 3.14159265358979323846 * 125.09) * beta;
    is_double(get(f, a, "BRAA") * get(f, a, "Gh"), gamma, 1e-12, "h -> A A opens");
    ok(get(f, a, "BRZA") < 0.01, "h -> Z A stays closed but for the tail of the Z");
}

static void check_faults(const struct th_function *f)
{
    const struct {
        int input;
        double value;
        const char *words;
    } bad[] = {{0, -1, "mass"}, {1, 100, "mass"}, {2, -200, "mass"}, {4, 1.01, "beta-alpha"},
               {5, 0, "tan"},   {5, -2, "tan"},   {7, 5, "type"},    {7, 1.5, "type"}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        double in[16] = {125.09, 300, 320, 340, 0.99, 4, 15000, 2,
                         125.09, 300, 320, 340, 0.99, 4, 15000, 2};
        double out[2 * MAX_OUTPUTS];
        uint8_t status[2] = {99, 99};
        in[bad[i].input] = bad[i].value;
        is_int(f->eval(2, 8, in, out, status), 0, "input %d = %g", bad[i].input, bad[i].value);
        ok(status[0] != TH_POINT_OK, "... has no answer");
        has_str(f->explain(status[0]), bad[i].words, "... and says why");
        ok(status[1] == TH_POINT_OK && isfinite(out[f->n_outputs]), "... the next point has");
    }
}

int main(void)
{
    const struct th_plugin *plugin = load();
    if (!ok(plugin != NULL && plugin->abi == TH_PLUGIN_ABI, "the plugin loads"))
        return done_testing();
    const struct th_function *f = find(plugin, "thdm");
    ok(f->n_inputs == 8 && f->n_outputs < MAX_OUTPUTS, "the shape of the function thdm");
    check_table(f, "2hdmc-reference.tsv", 60);
    check_table(f, "2hdmc-wide.tsv", 120);
    check_alignment(f);
    check_branches(plugin);
    check_faults(f);
    return done_testing();
}
