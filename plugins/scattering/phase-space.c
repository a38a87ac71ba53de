/* phase-space.c: RAMBO on diet: n-body phase space from exactly 3 n - 4 numbers.
 *
 * S. Plaetzer, arXiv:1308.2922: the system decays into one particle and a system of the others, and
 * so on.  The masses of the intermediate systems are drawn with the density that phase space gives
 * them, so massless momenta have the same weight everywhere, which is the volume of phase space
 * (Kleiss, Stirling, Ellis, Comput. Phys. Commun. 40 (1986) 359, eq. 2.14, with the factors of 2 pi
 * of phase-space.h).
 *
 * Masses: with K_i the intermediate mass of the massless map at energy E - sum m, the system of
 * particles i..n gets M_i = K_i + m_i + ... + m_n; the weight is multiplied by what the measure
 * prod dM_i^2 prod lambda^(1/2)(M_i-1^2, M_i^2, m_i-1^2) / M_i-1^2 gains by it.
 *
 * What it does not: put more points where a matrix element is large. */
#include "phase-space.h"

#include <math.h>
#include <string.h>

static const double pi = 3.141592653589793238;

size_t phase_space_n(size_t n_particles)
{
    return 3 * n_particles - 4;
}

double phase_space_dot(const double a[4], const double b[4])
{
    return a[0] * b[0] - a[1] * b[1] - a[2] * b[2] - a[3] * b[3];
}

double phase_space_volume(size_t n, double energy)
{
    double volume = 2.0 * pi * pow(energy, 2.0 * (double)n - 4.0);
    for (size_t i = 1; i < n; i++) /* (pi/2)^(n-1) (2 pi)^(4-3n) / ((n-1)! (n-2)!) */
        volume *= 0.5 * pi / (pow(2.0 * pi, 3.0) * (double)i * (i > 1 ? (double)(i - 1) : 1.0));
    return volume;
}

/* x of (m+1) x^m - m x^(m+1) = r, which grows from 0 to 1 on [0, 1].  Newton's steps, halving the
 * interval where one leads out of it.  The ends, where weights are 0/0, are never met. */
static double mass_ratio2(size_t m, double unit)
{
    double r = fmin(fmax(unit, 1e-15), 1.0 - 1e-15);
    double k = (double)m, lo = 0.0, hi = 1.0, x = pow(r / (k + 1.0), 1.0 / k);
    if (m == 1)
        return r / (1.0 + sqrt(1.0 - r));
    for (int i = 0; i < 60 && hi - lo > 1e-16; i++) {
        double power = pow(x, k - 1.0);
        double excess = x * power * (k + 1.0 - k * x) - r;
        double slope = k * (k + 1.0) * power * (1.0 - x), next;
        *(excess > 0.0 ? &hi : &lo) = x;
        next = x - excess / slope;
        if (!(next > lo && next < hi))
            next = 0.5 * (lo + hi);
        if (fabs(next - x) <= 1e-16 * x)
            return next;
        x = next;
    }
    return x;
}

/* lambda^(1/2)(M^2, a^2, b^2) / M^2: twice the momentum of a decay over the mass; 0 below. */
static double decay_factor(double mass, double a, double b)
{
    double sum = (a + b) / mass, difference = (a - b) / mass;
    double lambda = (1.0 - sum) * (1.0 + sum) * (1.0 - difference) * (1.0 + difference);
    return sum < 1.0 && lambda > 0.0 ? sqrt(lambda) : 0.0;
}

/* From the rest frame of `frame`, whose mass is given, into that where it has its momentum. */
static void boost(const double frame[4], double mass, double p[4])
{
    double along = frame[1] * p[1] + frame[2] * p[2] + frame[3] * p[3];
    double energy = (frame[0] * p[0] + along) / mass;
    double share = (p[0] + energy) / (frame[0] + mass);
    for (int i = 1; i < 4; i++)
        p[i] += share * frame[i];
    p[0] = energy;
}

static void decay(const double parent[4], double mass, double m1, double m2, const double unit[2],
                  double p1[4], double p2[4])
{
    double momentum = 0.5 * mass * decay_factor(mass, m1, m2);
    double c = 2.0 * unit[0] - 1.0, sine = 2.0 * sqrt(unit[0] * (1.0 - unit[0]));
    double phi = 2.0 * pi * unit[1];
    double way[3] = {sine * cos(phi), sine * sin(phi), c};
    p1[0] = sqrt(momentum * momentum + m1 * m1);
    p2[0] = sqrt(momentum * momentum + m2 * m2);
    for (int i = 0; i < 3; i++) {
        p1[i + 1] = momentum * way[i];
        p2[i + 1] = -momentum * way[i];
    }
    if (parent[0] > mass) {
        boost(parent, mass, p1);
        boost(parent, mass, p2);
    }
}

double phase_space_two(const double parent[4], double m1, double m2, const double unit[2],
                       double p1[4], double p2[4])
{
    double mass2 = phase_space_dot(parent, parent), mass = mass2 > 0.0 ? sqrt(mass2) : 0.0;
    memset(p1, 0, 4 * sizeof *p1);
    memset(p2, 0, 4 * sizeof *p2);
    if (mass <= m1 + m2 || parent[0] <= 0.0)
        return 0.0;
    decay(parent, mass, m1, m2, unit, p1, p2);
    return decay_factor(mass, m1, m2) / (8.0 * pi);
}

double phase_space_map(size_t n, double energy, const double *masses, const double *unit, double *p)
{
    double left = 0.0, mass = energy, rest[4] = {energy, 0.0, 0.0, 0.0}, next[4], weight, k;
    for (size_t i = 0; masses != NULL && i < n; i++)
        left += masses[i];
    memset(p, 0, 4 * n * sizeof *p);
    k = energy - left;
    if (!(k > 0.0))
        return 0.0;
    weight = phase_space_volume(n, k);
    for (size_t i = 0; i + 1 < n; i++) { /* particle i, and a system of those after it */
        size_t n_after = n - i - 1;
        double m = masses != NULL ? masses[i] : 0.0;
        double ratio2 = n_after > 1 ? mass_ratio2(n_after - 1, unit[i]) : 0.0;
        double k_next = k * sqrt(ratio2), mass_next;
        left -= m;
        if (n_after == 1)
            left = masses != NULL ? masses[n - 1] : 0.0;
        mass_next = k_next + left;
        if (masses != NULL) {
            weight *= decay_factor(mass, m, mass_next) / (1.0 - ratio2);
            if (n_after > 1)
                weight *= mass_next / k_next;
        }
        decay(rest, mass, m, mass_next, unit + (n - 2) + 2 * i, p + 4 * i, next);
        memcpy(rest, next, sizeof rest);
        mass = mass_next;
        k = k_next;
    }
    memcpy(p + 4 * (n - 1), rest, sizeof rest);
    return weight;
}
