/* ee-mumu.c: e+ e- -> mu+ mu- by photon and Z, tree level, massless leptons, unpolarised beams.
 *
 * d sigma / d cos = pi alpha^2 / (8 s) [ (1 + c)^2 (|LL|^2 + |RR|^2) + (1 - c)^2 (|LR|^2 +
 * |RL|^2) ], c = cos of the angle between e- and mu- (e.g. Ellis, Stirling, Webber, QCD and
 * Collider Physics, sect. 8.1).  Over the sphere: pi alpha^2 / (3 s) times the sum of the four.
 * Without photon radiation and without loops. */
#include "private.h"

#include <math.h>

struct helicities scattering_helicities(double s, double charge, double isospin)
{
    double coupling = EW_SINE2 * (1.0 - EW_SINE2), m2 = EW_MASS_Z * EW_MASS_Z;
    double away = s - m2, width = EW_MASS_Z * EW_WIDTH_Z, size = away * away + width * width;
    double re = s * away / size / coupling, im = -s * width / size / coupling;
    double gf[2] = {isospin - charge * EW_SINE2, -charge * EW_SINE2};
    double gl[2] = {-0.5 + EW_SINE2, EW_SINE2};
    struct helicities sum = {0.0, 0.0};
    for (int i = 0; i < 2; i++)
        for (int j = 0; j < 2; j++) {
            double g = gf[i] * gl[j], real = -charge + g * re, imaginary = g * im;
            *(i == j ? &sum.same : &sum.other) += real * real + imaginary * imaginary;
        }
    return sum;
}

enum { F, COS, PHI, EM, EP = EM + 4, MUM = EP + 4, MUP = MUM + 4, N_OUT = MUP + 4 };

int ee_mumu_eval(size_t n, size_t d, const double *in, double *out, uint8_t *status)
{
    const double pi = 3.141592653589793238;
    for (size_t i = 0; i < n; i++, in += d, out += N_OUT) {
        double energy = in[0], s = energy * energy, c = 2.0 * in[1] - 1.0;
        struct helicities sum;
        status[i] = energy > 0.0 ? (uint8_t)TH_POINT_OK : (uint8_t)TH_POINT_UNPHYSICAL;
        if (status[i] != TH_POINT_OK) {
            for (int k = 0; k < N_OUT; k++)
                out[k] = 0.0;
            continue;
        }
        sum = scattering_helicities(s, -1.0, -0.5);
        /* times d cos / d u = 2; the angle phi is flat, d phi / 2 pi = du */
        out[F] = GEV2_PB * pi * EW_ALPHA * EW_ALPHA / (4.0 * s) *
                 ((1.0 + c) * (1.0 + c) * sum.same + (1.0 - c) * (1.0 - c) * sum.other);
        out[COS] = c;
        out[PHI] = 2.0 * pi * in[2];
        for (int k = 0; k < 4; k++) {
            out[EM + k] = k == 0 || k == 3 ? 0.5 * energy : 0.0;
            out[EP + k] = k == 0 ? 0.5 * energy : k == 3 ? -0.5 * energy : 0.0;
        }
        phase_space_map(2, energy, NULL, in + 1, out + MUM);
    }
    return 0;
}

const char *const ee_mumu_outputs[EE_MUMU_OUTPUTS] = {
    "f",     "c",     "phi",    "E_em",   "px_em",  "py_em", "pz_em",  "E_ep",   "px_ep", "py_ep",
    "pz_ep", "E_mum", "px_mum", "py_mum", "pz_mum", "E_mup", "px_mup", "py_mup", "pz_mup"};
