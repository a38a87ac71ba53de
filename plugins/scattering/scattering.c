/* scattering.c: the table of this plugin: phase space as maps from the unit cube, for matrix
 * elements that stand in another calculator, and a few processes that are whole integrands.
 *
 * phase-space-N: inputs are the energy, the 3 N - 4 numbers of the cube, and the masses (those that
 * are not given are 0); outputs the weight (phase-space.h) and E1, px1, py1, pz1, E2, ...  In a
 * scan file the integrand is then a product of observables:
 *
 *     calculators:
 *       map: {plugin: scattering.so, function: phase-space-3, inputs: [energy, u1, u2, ...],
 *             read: {weight: weight, E1: E1, ...}}
 *       me:  {after: map, plugin: mine.so, ...}
 *     observables:
 *       f: = weight * me2 / (2 * energy^2) * 0.3894e9          */
#include "private.h"

#include <string.h>

static int eval_phase_space(size_t particles, size_t n, size_t d, const double *in, double *out)
{
    size_t n_cube = phase_space_n(particles), n_out = 1 + 4 * particles;
    double masses[PHASE_SPACE_MOST];
    for (size_t i = 0; i < n; i++, in += d, out += n_out) {
        memset(masses, 0, sizeof masses);
        for (size_t k = 0; k < particles && 1 + n_cube + k < d; k++)
            masses[k] = in[1 + n_cube + k];
        out[0] = phase_space_map(particles, in[0], d > 1 + n_cube ? masses : NULL, in + 1, out + 1);
    }
    return 0;
}

#define PHASE_SPACE(N)                                                                             \
    static int phase_space_##N(size_t n, size_t d, const double *in, double *out, uint8_t *status) \
    {                                                                                              \
        memset(status, TH_POINT_OK, n);                                                            \
        return eval_phase_space(N, n, d, in, out);                                                 \
    }
PHASE_SPACE(2)
PHASE_SPACE(3)
PHASE_SPACE(4)
PHASE_SPACE(5)
PHASE_SPACE(6)

static int two_body(size_t n, size_t d, const double *in, double *out, uint8_t *status)
{
    memset(status, TH_POINT_OK, n);
    for (size_t i = 0; i < n; i++, in += d, out += 9)
        out[0] = phase_space_two(in, in[4], in[5], in + 6, out + 1, out + 5);
    return 0;
}

static const char *const momenta[] = {
    "weight", "E1",  "px1", "py1", "pz1", "E2",  "px2", "py2", "pz2", "E3",  "px3", "py3", "pz3",
    "E4",     "px4", "py4", "pz4", "E5",  "px5", "py5", "pz5", "E6",  "px6", "py6", "pz6"};
static const char *const two_inputs[] = {"E", "px", "py", "pz", "m1", "m2", "u_cos", "u_phi"};

static const char *const ee_mumu_inputs[] = {"energy", "u_cos", "u_phi"};

static const char *explain(uint8_t status)
{
    (void)status;
    return "an energy or a mass is not positive";
}

#define RAMBO(N)                                                                                   \
    {                                                                                              \
        .name = "phase-space-" #N,                                                                 \
        .about = "phase space of " #N " particles at (energy, cube, masses) (arXiv:1308.2922)",    \
        .min_inputs = 1 + 3 * (N)-4, .max_inputs = 1 + 3 * (N)-4 + (N), .outputs = momenta,        \
        .n_outputs = 1 + 4 * (N), .eval = phase_space_##N                                          \
    }

static const struct th_function functions[] = {
    {
        .name = "ee-mumu",
        .about = "e+ e- -> mu+ mu- by photon and Z, tree level [pb]",
        .inputs = ee_mumu_inputs,
        .n_inputs = 3,
        .outputs = ee_mumu_outputs,
        .n_outputs = EE_MUMU_OUTPUTS,
        .eval = ee_mumu_eval,
        .explain = explain,
    },
    {
        .name = "drell-yan",
        .about = "u ubar -> e- e+ in pp at 13 TeV, 60 < m_ee < 120 GeV, toy densities [pb]",
        .min_inputs = 3,
        .max_inputs = 4,
        .outputs = drell_yan_outputs,
        .n_outputs = DRELL_YAN_OUTPUTS,
        .eval = drell_yan_eval,
    },
    {
        .name = "muon-decay",
        .about = "mu- -> nu_mu e- anti-nu_e in Fermi's theory [GeV]",
        .min_inputs = 5,
        .max_inputs = 6,
        .outputs = muon_decay_outputs,
        .n_outputs = MUON_DECAY_OUTPUTS,
        .eval = muon_decay_eval,
        .explain = explain,
    },
    {
        .name = "two-body",
        .about = "decay of a moving system into two bodies: weight of phase space, momenta",
        .inputs = two_inputs,
        .n_inputs = 8,
        .outputs = momenta,
        .n_outputs = 9,
        .eval = two_body,
    },
    RAMBO(2),
    RAMBO(3),
    RAMBO(4),
    RAMBO(5),
    RAMBO(6),
};

extern const struct th_plugin th_plugin_table;
const struct th_plugin th_plugin_table = {
    .abi = TH_PLUGIN_ABI,
    .name = "scattering",
    .version = "1.0",
    .functions = functions,
    .n_functions = sizeof functions / sizeof functions[0],
};
