/* phase-space.h: maps from the unit cube to the momenta of n particles.
 *
 * Four-momenta are (E, px, py, pz) in the unit of the energy.  The weight is the density of
 *
 *     dPhi_n = (2 pi)^4 delta^4(P - sum p_i)  prod_i d^3p_i / ((2 pi)^3 2 E_i)
 *
 * with respect to the uniform one on the cube: the mean of (weight * |M|^2) over the cube is the
 * integral of |M|^2 over phase space, and the mean of the weight its volume. */
#ifndef SCATTERING_PHASE_SPACE_H
#define SCATTERING_PHASE_SPACE_H

#include <stddef.h>

enum { PHASE_SPACE_MOST = 12 }; /* particles */

/* Numbers of the cube that n particles take: 3 n - 4. */
size_t phase_space_n(size_t n_particles);

/* n_particles >= 2 of the given masses (NULL: massless) in the rest frame of a system of mass
 * `energy`.  p: n_particles by 4.  The weight; 0 (and momenta 0) where the energy is less than the
 * sum of the masses. */
double phase_space_map(size_t n_particles, double energy, const double *masses, const double *unit,
                       double *p);
/* Its mean over the cube for massless particles. */
double phase_space_volume(size_t n_particles, double energy);

/* A moving system of momentum `parent` decays into two of masses m1, m2; `unit` are (1 + cos)/2 and
 * phi / 2 pi in the parent's rest frame, whose axes are ours. */
double phase_space_two(const double parent[4], double m1, double m2, const double unit[2],
                       double p1[4], double p2[4]);

double phase_space_dot(const double a[4], const double b[4]); /* +--- */

#endif
