/* t-plugin-scattering.c: phase space against closed forms (volume, momentum, mass shells), and
 * cross sections against theirs.
 *
 * Volumes: massless, Kleiss, Stirling, Ellis (1986) eq. 2.14: the weight is that everywhere.  Two
 * massive bodies: lambda^(1/2) / (8 pi s).  Three, one of them massive: s / (256 pi^3) (1 - r^2 +
 * 2 r ln r), r = m^2/s.  e+ e- -> mu+ mu-: pi alpha^2 / (3 s) sum |A|^2, with the amplitudes worked
 * out again here in complex numbers.  Muon decay: G_F^2 m^5 / (192 pi^3) h(m_e^2/m^2).  Means are
 * over a randomly shifted rank-1 lattice: the plastic sequence of d dimensions. */
#include "theodolite/plugin.h"
#include "theodolite/strata.h"

#include "tap.h"

#include <complex.h>
#include <dlfcn.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_OUTPUTS = 32, MAX_INPUTS = 24 };
static const double pi = 3.14159265358979324;

static const struct th_plugin *load(void)
{
    const char *build = getenv("TH_BUILD");
    char path[4096];
    snprintf(path, sizeof path, "%s/plugins/scattering.so", build != NULL ? build : ".");
    void *handle = dlopen(path, RTLD_NOW);
    if (handle == NULL)
        bail_out("%s", dlerror());
    return dlsym(handle, TH_PLUGIN_SYMBOL);
}

static const struct th_function *find(const struct th_plugin *plugin, const char *name)
{
    for (size_t i = 0; i < plugin->n_functions; i++)
        if (strcmp(plugin->functions[i].name, name) == 0)
            return &plugin->functions[i];
    bail_out("no function %s", name);
}

static size_t output(const struct th_function *f, const char *name)
{
    for (size_t i = 0; i < f->n_outputs; i++)
        if (strcmp(f->outputs[i], name) == 0)
            return i;
    bail_out("no output %s of %s", name, f->name);
}

/* Steps of a Kronecker sequence (Roberts): 1 / phi^k, phi^(d+1) = phi + 1. */
static void steps(size_t d, double *step)
{
    double phi = 2.0;
    for (int k = 0; k < 60; k++)
        phi = pow(1.0 + phi, 1.0 / ((double)d + 1.0));
    for (size_t k = 0; k < d; k++)
        step[k] = (k > 0 ? step[k - 1] : 1.0) / phi;
}

/* Inputs of a function: `before`, then n_cube numbers of the cube, then `after`. */
struct layout {
    size_t n_before, n_cube, n_after;
    double before[6], after[6];
};

struct mean {
    double mean, error;
};

/* Of output `which`; the error from 16 shifts.  check is asked about every point. */
static struct mean average(const struct th_function *f, const struct layout *layout, size_t which,
                           size_t n, void (*check)(const double *in, const double *out))
{
    enum { SHIFTS = 16 };
    double sum = 0.0, sum2 = 0.0, step[MAX_INPUTS];
    size_t d = layout->n_before + layout->n_cube + layout->n_after;
    steps(layout->n_cube, step);
    for (int shift = 0; shift < SHIFTS; shift++) {
        double part = 0.0;
        for (size_t i = 0; i < n; i++) {
            double in[MAX_INPUTS], out[MAX_OUTPUTS];
            uint8_t status = 99;
            memcpy(in, layout->before, layout->n_before * sizeof *in);
            for (size_t k = 0; k < layout->n_cube; k++)
                in[layout->n_before + k] =
                    fmod(0.37 + 0.0619 * shift + ((double)i + 0.5) * step[k], 1.0);
            memcpy(in + layout->n_before + layout->n_cube, layout->after,
                   layout->n_after * sizeof *in);
            f->eval(1, d, in, out, &status);
            part += status == TH_POINT_OK ? out[which] : (double)NAN;
            if (check != NULL)
                check(in, out);
        }
        part /= (double)n;
        sum += part;
        sum2 += part * part;
    }
    sum /= SHIFTS;
    return (struct mean){sum, sqrt(fmax(sum2 / SHIFTS - sum * sum, 0.0) / (SHIFTS - 1))};
}

/* ---- phase space ---------------------------------------------------------------------------- */

static size_t n_bodies;
static double energy, mass[6], worst_momentum, worst_shell;

static void check_momenta(const double *in, const double *out)
{
    double sum[4] = {-energy, 0.0, 0.0, 0.0};
    (void)in;
    for (size_t i = 0; i < n_bodies; i++) {
        const double *p = out + 1 + 4 * i;
        double m2 = p[0] * p[0] - p[1] * p[1] - p[2] * p[2] - p[3] * p[3];
        worst_shell = fmax(worst_shell, fabs(m2 - mass[i] * mass[i]) / (energy * energy));
        for (int k = 0; k < 4; k++)
            sum[k] += p[k];
    }
    for (int k = 0; k < 4; k++)
        worst_momentum = fmax(worst_momentum, fabs(sum[k]) / energy);
}

static double massless_volume(size_t n, double e)
{
    return pow(0.5 * pi, (double)n - 1.0) * pow(e, 2.0 * (double)n - 4.0) /
           (tgamma((double)n) * tgamma((double)n - 1.0)) * pow(2.0 * pi, 4.0 - 3.0 * (double)n);
}

/* Reads the volume of n bodies of `mass`; is_massive: they are given. */
static struct mean volume(const struct th_plugin *plugin, size_t n, bool is_massive,
                          size_t n_points)
{
    char name[32];
    struct layout layout = {.n_before = 1, .n_cube = 3 * n - 4, .n_after = is_massive ? n : 0};
    snprintf(name, sizeof name, "phase-space-%zu", n);
    n_bodies = n;
    worst_momentum = worst_shell = 0.0;
    layout.before[0] = energy;
    memcpy(layout.after, mass, n * sizeof *mass);
    return average(find(plugin, name), &layout, 0, n_points, check_momenta);
}

static void check_massless(const struct th_plugin *plugin)
{
    memset(mass, 0, sizeof mass);
    energy = 91.0;
    for (size_t n = 2; n <= 6; n++) {
        struct mean found = volume(plugin, n, false, 500);
        is_double(found.mean, massless_volume(n, energy), 1e-12, "%zu massless bodies: volume", n);
        ok(found.error <= 1e-7 * found.mean, "... the weight is the same everywhere");
        ok(worst_momentum < 1e-13, "... momentum is conserved (%g)", worst_momentum);
        ok(worst_shell < 1e-13, "... on the mass shells (%g)", worst_shell);
    }
}

/* The volume by its recursion: int dM^2 / (2 pi) of two bodies, one of them a system of the others
 * with the mass M, times the volume of that system. */
static double recursive_volume(size_t n, double e, const double *m)
{
    enum { STEPS = 160 };
    double lo = 0.0, sum = 0.0, hi = e - m[0];
    for (size_t i = 1; i < n; i++)
        lo += m[i];
    if (hi <= lo)
        return 0.0;
    if (n == 2)
        return sqrt((1 - pow((m[0] + m[1]) / e, 2)) * (1 - pow((m[0] - m[1]) / e, 2))) / (8 * pi);
    for (int i = 0; i < STEPS; i++) { /* M goes with sin^2: roots at both ends */
        double t = (i + 0.5) / STEPS * pi / 2, system[2] = {m[0], lo + (hi - lo) * pow(sin(t), 2)};
        double dm = (hi - lo) * sin(2 * t) * pi / 2 / STEPS;
        sum += 2 * system[1] * dm / (2 * pi) * recursive_volume(2, e, system) *
               recursive_volume(n - 1, system[1], m + 1);
    }
    return sum;
}

static void check_recursion(const struct th_plugin *plugin)
{
    static const struct {
        size_t n;
        double energy, mass[6];
    } of[] = {{3, 10, {1, 2, 3}},      {3, 500, {173, 173, 125}}, {3, 10, {4, 0, 5.5}},
              {4, 10, {1, 2, 0.5, 3}}, {4, 10, {0, 0, 0, 0}},     {4, 7, {1, 2, 0.5, 3}}};
    for (size_t i = 0; i < sizeof of / sizeof of[0]; i++) {
        energy = of[i].energy;
        memcpy(mass, of[i].mass, sizeof mass);
        double truth = recursive_volume(of[i].n, energy, mass);
        struct mean found = volume(plugin, of[i].n, true, 4000);
        is_near(found.mean, truth, 4.0 * found.error + 1e-6 * truth,
                "%zu bodies of mass %g %g %g at %g: volume (error %.2g)", of[i].n, mass[0], mass[1],
                mass[2], energy, found.error / truth);
        ok(found.error < 3e-3 * truth, "... known well enough");
    }
}

static void check_massive(const struct th_plugin *plugin)
{
    struct mean found;
    double r;
    energy = 10.0;
    memcpy(mass, (double[]){4.0, 3.0, 0, 0, 0, 0}, sizeof mass);
    found = volume(plugin, 2, true, 50);
    is_double(found.mean, sqrt((100.0 - 49.0) * (100.0 - 1.0)) / 100.0 / (8.0 * pi), 1e-13,
              "two massive bodies: volume");
    memcpy(mass, (double[]){0, 6.0, 0, 0, 0, 0}, sizeof mass);
    r = 0.36;
    found = volume(plugin, 3, true, 4000);
    is_near(found.mean, energy * energy / (256.0 * pow(pi, 3.0)) * (1 - r * r + 2 * r * log(r)),
            4.0 * found.error, "three, one massive: volume (error %.2g)", found.error / found.mean);
    ok(found.error < 3e-4 * found.mean, "... known well enough");
    /* the order of the masses is no matter to the volume */
    memcpy(mass, (double[]){1.0, 2.0, 0.5, 3.0, 0, 0}, sizeof mass);
    found = volume(plugin, 4, true, 4000);
    ok(worst_momentum < 1e-13 && worst_shell < 1e-13, "four massive: conserved, on shell (%g %g)",
       worst_momentum, worst_shell);
    struct mean first = found;
    memcpy(mass, (double[]){3.0, 0.5, 1.0, 2.0, 0, 0}, sizeof mass);
    found = volume(plugin, 4, true, 4000);
    is_near(found.mean / first.mean, 1.0, 4.0 * hypot(found.error, first.error) / first.mean,
            "... volume in another order of the masses");
    ok(found.error < 2e-3 * found.mean, "... known well enough (%g)", found.error / found.mean);
    energy = 6.0;
    found = volume(plugin, 4, true, 10);
    is_double(found.mean, 0.0, 0.0, "below the threshold: 0");
}

static void check_two_body(const struct th_plugin *plugin)
{
    const struct th_function *f = find(plugin, "two-body");
    const double in[8] = {13.0, 3.0, -4.0, 0.0, 2.0, 5.0, 0.3, 0.8}; /* a mass of 12 */
    double out[9], sum = 0.0;
    uint8_t status = 99;
    f->eval(1, 8, in, out, &status);
    for (int k = 0; k < 4; k++)
        sum += fabs(out[1 + k] + out[5 + k] - in[k]);
    ok(sum < 1e-12, "two-body: momentum of the moving parent");
    is_double(out[1] * out[1] - out[2] * out[2] - out[3] * out[3] - out[4] * out[4], 4.0, 1e-11,
              "... first mass");
    is_double(out[5] * out[5] - out[6] * out[6] - out[7] * out[7] - out[8] * out[8], 25.0, 1e-11,
              "... second mass");
    is_double(out[0], sqrt((144.0 - 49.0) * (144.0 - 9.0)) / 144.0 / (8.0 * pi), 1e-12,
              "... weight");
}

/* ---- processes ------------------------------------------------------------------------------ */

/* The total cross section in pb. */
static double mumu_total(double e)
{
    const double sw = 0.2312, m = 91.1876, width = 2.4952, alpha = 1.0 / 128.0;
    const double g[2] = {-0.5 + sw, sw};
    double s = e * e, sum = 0.0;
    double complex propagator = s / (s - m * m + I * m * width) / (sw * (1.0 - sw));
    for (int i = 0; i < 2; i++)
        for (int j = 0; j < 2; j++) {
            double size = cabs(1.0 + g[i] * g[j] * propagator);
            sum += size * size;
        }
    return 0.3894e9 * pi * alpha * alpha / (3.0 * s) * sum;
}

static void check_mumu(const struct th_plugin *plugin)
{
    const struct th_function *f = find(plugin, "ee-mumu");
    const double energies[10] = {10, 29, 35, 58, 80, 88, 91.1876, 95, 130, 500};
    size_t from = output(f, "E_mum");
    double in[3] = {91.0, 0.85, 0.4}, out[MAX_OUTPUTS];
    uint8_t status = 99;
    for (int i = 0; i < 10; i++) {
        struct layout layout = {.n_before = 1, .n_cube = 2, .before = {energies[i]}};
        struct mean found = average(f, &layout, output(f, "f"), 4000, NULL);
        double truth = mumu_total(energies[i]);
        ok(found.error < 1e-3 * truth &&
               fabs(found.mean - truth) < 3.0 * found.error + 1e-9 * truth,
           "ee-mumu at %g GeV: %.6g +- %.1g pb, closed form %.6g", energies[i], found.mean,
           found.error, truth);
    }
    is_double(mumu_total(1.0), 86.8e3 * pow(137.036 / 128.0, 2.0), 2e-3,
              "at 1 GeV it is 86.8 nb/s of quantum electrodynamics");
    f->eval(1, 3, in, out, &status);
    is_double(out[output(f, "c")], 0.7, 1e-14, "cos");
    is_double(out[from + 3] / out[from], 0.7, 1e-14, "... is that of the muon's momentum");
    is_double(out[from] + out[from + 4], 91.0, 1e-14, "energy is conserved");
}

/* The same by the integrators, to an error of 0.1 %. */
struct at_energy {
    const struct th_function *function;
    double energy;
};

static int eval_mumu(void *context, size_t n, const double *units, double *values, struct err *err)
{
    const struct at_energy *at = context;
    (void)err;
    for (size_t i = 0; i < n; i++) {
        double in[3] = {at->energy, units[2 * i], units[2 * i + 1]}, out[MAX_OUTPUTS];
        uint8_t status = 99;
        at->function->eval(1, 3, in, out, &status);
        values[i] = status == TH_POINT_OK ? out[0] : (double)NAN;
    }
    return 0;
}

static void check_integrals(const struct th_plugin *plugin, enum integrate_method method)
{
    const double energies[10] = {12, 30, 44, 60, 75, 89, 91.1876, 93, 160, 1000};
    for (int i = 0; i < 10; i++) {
        struct at_energy at = {find(plugin, "ee-mumu"), energies[i]};
        struct integrand integrand = {2, eval_mumu, &at};
        struct strata_config config = {
            .n_dims = 2, .seed = 1 + (uint64_t)i, .n_calls = 20000, .error_relative = 1e-3};
        struct strata_result result = {0};
        struct arena *arena = arena_create();
        struct err err = ERR_INIT;
        double truth = mumu_total(energies[i]);
        int rc = strata_integrate(&config, &integrand, method, arena, &result, &err);
        ok(rc == 0 && result.error <= 1e-3 * truth &&
               fabs(result.integral - truth) < 3.0 * result.error + 1e-12 * truth,
           "ee-mumu at %g GeV by %s: %.7g +- %.1g pb, closed form %.7g %s", energies[i],
           integrate_method_name(method), result.integral, result.error, truth, err.message);
        arena_free(arena);
    }
}

static void check_drell_yan(const struct th_plugin *plugin)
{
    const struct th_function *f = find(plugin, "drell-yan");
    struct layout layout = {.n_cube = 3};
    struct mean found = average(f, &layout, output(f, "f"), 100000, NULL);
    double in[4] = {0.45, 0.52, 0.3, 0.6}, out[MAX_OUTPUTS], sum = 0.0, m2;
    uint8_t status = 99;
    is_near(found.mean, 152.254972626, 3.5 * found.error, "drell-yan: integral %.4f +- %.4f",
            found.mean, found.error);
    ok(found.error < 0.01 * found.mean, "... known well enough");
    f->eval(1, 4, in, out, &status);
    size_t p = output(f, "E_u"), q = output(f, "E_em");
    for (size_t k = 0; k < 4; k++)
        sum += fabs(out[p + k] + out[p + 4 + k] - out[q + k] - out[q + 4 + k]);
    ok(sum < 1e-10, "... momentum is conserved (%g)", sum);
    m2 = pow(out[q] + out[q + 4], 2.0);
    for (size_t k = 1; k < 4; k++)
        m2 -= pow(out[q + k] + out[q + 4 + k], 2.0);
    is_double(sqrt(m2), out[output(f, "m_ee")], 1e-12, "... m_ee is that of the pair");
    is_double(hypot(out[q + 1], out[q + 2]), out[output(f, "pt")], 1e-12,
              "... pt is the electron's");
    is_double(out[output(f, "y")],
              0.5 * log((out[q] + out[q + 4] + out[q + 3] + out[q + 7]) /
                        (out[q] + out[q + 4] - out[q + 3] - out[q + 7])),
              1e-11, "... y is the pair's");
    in[0] = in[1] = 0.9;
    f->eval(1, 4, in, out, &status);
    is_double(out[output(f, "f")], 0.0, 0.0, "... 0 outside of the window");
}

static void check_muon(const struct th_plugin *plugin)
{
    const struct th_function *f = find(plugin, "muon-decay");
    const double m = 0.1056583755, gf = 1.1663788e-5;
    struct layout layout = {.n_cube = 5, .n_after = 1};
    for (int i = 0; i < 2; i++) {
        double r = i * 0.09,
               h = r > 0 ? 1 - 8 * r + 8 * pow(r, 3) - pow(r, 4) - 12 * r * r * log(r) : 1;
        double truth = gf * gf * pow(m, 5.0) / (192.0 * pow(pi, 3.0)) * h;
        layout.after[0] = m * sqrt(r);
        struct mean found = average(f, &layout, output(f, "f"), 8000, NULL);
        ok(found.error < 1e-3 * truth && fabs(found.mean - truth) < 3.5 * found.error,
           "muon decay, m_e = %.1f m: %.6g +- %.1g GeV, closed form %.6g", sqrt(r), found.mean,
           found.error, truth);
    }
}

int main(void)
{
    const struct th_plugin *plugin = load();
    is_uint(plugin->abi, TH_PLUGIN_ABI, "the table has the ABI of the header");
    check_massless(plugin);
    check_massive(plugin);
    check_recursion(plugin);
    check_two_body(plugin);
    check_mumu(plugin);
    mat_setup();
    check_integrals(plugin, INTEGRATE_AUTO);
    check_integrals(plugin, INTEGRATE_CELLS);
    check_drell_yan(plugin);
    check_muon(plugin);
    return done_testing();
}
