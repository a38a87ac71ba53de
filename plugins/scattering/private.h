/* private.h: the functions of this plugin, one file each. */
#ifndef SCATTERING_PRIVATE_H
#define SCATTERING_PRIVATE_H

#include "phase-space.h"
#include "theodolite/plugin.h"

/* Electroweak constants: those of the Drell-Yan problem of the open suite.  Masses and width: PDG,
 * Phys. Rev. D 98 (2018) 030001; sine: effective weak mixing angle; alpha: near the Z's mass. */
static const double EW_ALPHA = 1.0 / 128.0;
static const double EW_SINE2 = 0.2312;
static const double EW_MASS_Z = 91.1876;
static const double EW_WIDTH_Z = 2.4952;
static const double GEV2_PB = 0.3894e9; /* (hbar c)^2 in GeV^2 pb */

/* |A_LL|^2 + |A_RR|^2 and |A_LR|^2 + |A_RL|^2 of f fbar -> l- l+ by photon and Z, in units of
 * 4 pi alpha: A_ij = Q_f Q_l + g_i^f g_j^l s / ((s - M^2 + i M G) sin^2 cos^2), g_L = T3 - Q sin^2,
 * g_R = -Q sin^2. */
struct helicities {
    double same, other;
};
struct helicities scattering_helicities(double s, double charge, double isospin);

/* Of th_function; the table in scattering.c has the rest. */
enum { EE_MUMU_OUTPUTS = 19, DRELL_YAN_OUTPUTS = 23, MUON_DECAY_OUTPUTS = 14 };
extern const char *const ee_mumu_outputs[EE_MUMU_OUTPUTS];
extern const char *const drell_yan_outputs[DRELL_YAN_OUTPUTS];
extern const char *const muon_decay_outputs[MUON_DECAY_OUTPUTS];
int ee_mumu_eval(size_t n, size_t d, const double *in, double *out, uint8_t *status);
int drell_yan_eval(size_t n, size_t d, const double *in, double *out, uint8_t *status);
int muon_decay_eval(size_t n, size_t d, const double *in, double *out, uint8_t *status);

#endif
