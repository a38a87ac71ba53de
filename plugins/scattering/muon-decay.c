/* muon-decay.c: mu- -> nu_mu e- anti-nu_e at tree level in Fermi's theory: a 1 -> 3 matrix element
 * on the phase space of phase-space.c, whose integral is known.
 *
 * Spin average of |M|^2 = 64 G_F^2 (p_mu . p_anti-nu_e)(p_e . p_nu_mu); Gamma = G_F^2 m^5 / (192
 * pi^3) h(m_e^2 / m^2), h(x) = 1 - 8 x + 8 x^3 - x^4 - 12 x^2 ln x (e.g. PDG, review of electroweak
 * theory).  Five numbers of the cube; a sixth input, where given, is the electron's mass [GeV]. */
#include "private.h"

#include <string.h>

static const double MUON = 0.1056583755, FERMI = 1.1663788e-5; /* GeV, GeV^-2: PDG 2022 */

enum { F, X, NU_MU, E = NU_MU + 4, NU_E = E + 4, N_OUT = NU_E + 4 };

int muon_decay_eval(size_t n, size_t d, const double *in, double *out, uint8_t *status)
{
    for (size_t i = 0; i < n; i++, in += d, out += N_OUT) {
        double masses[3] = {0.0, d > 5 ? in[5] : 0.0, 0.0}, muon[4] = {MUON, 0.0, 0.0, 0.0};
        double weight;
        status[i] = masses[1] >= 0.0 ? (uint8_t)TH_POINT_OK : (uint8_t)TH_POINT_UNPHYSICAL;
        memset(out, 0, N_OUT * sizeof *out);
        if (status[i] != TH_POINT_OK)
            continue;
        weight = phase_space_map(3, MUON, d > 5 ? masses : NULL, in, out + NU_MU);
        out[F] = weight / (2.0 * MUON) * 64.0 * FERMI * FERMI * phase_space_dot(muon, out + NU_E) *
                 phase_space_dot(out + E, out + NU_MU);
        out[X] = 2.0 * out[E] / MUON;
    }
    return 0;
}

const char *const muon_decay_outputs[MUON_DECAY_OUTPUTS] = {
    "f",    "x",    "E_num", "px_num", "py_num", "pz_num", "E_e",
    "px_e", "py_e", "pz_e",  "E_nue",  "px_nue", "py_nue", "pz_nue"};
