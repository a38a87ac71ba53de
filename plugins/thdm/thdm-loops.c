/* thdm-loops.c: loop-induced widths and the off-shell integrals.
 *
 * What it does: Gamma(h -> gg, gamma gamma, Z gamma) at one loop with top, bottom, charm, tau, W
 * and charged Higgs in the loops; QCD: gg to NNLO in the heavy-top limit, the top loop of
 * gamma gamma at NLO in the same limit, Z gamma without.  The integrals over the virtualities of
 * h -> V*V* and h -> V*phi.
 *
 * What it does not: light quarks, muon and electron in loops (below 1e-4 of the amplitude), CP-odd
 * states, electroweak corrections.
 *
 * Sources: the widths with a charged Higgs boson: Aoki, Kanemura, Tsumura, Yagyu, arXiv:0902.4665,
 * eqs. (A.8) gamma gamma, (A.9) Z gamma, (A.10) gg; the functions in them: Djouadi, hep-ph/0503172
 * ("Djouadi I"), eqs. (2.46) to (2.48) and, for gg, (2.58); Gunion, Haber, Kane, Dawson, The Higgs
 * Hunter's Guide ("HHG"), eqs. (C.4) gamma gamma and (C.12), (C.13), (C.14) for fermions, W and
 * charged Higgs boson in Z gamma.  QCD: gg at NNLO for heavy top, Chetyrkin, Kniehl, Steinhauser,
 * hep-ph/9705240, eq. (11); gamma gamma, Harlander and Kant, hep-ph/0509189, eqs. (2.5) to (2.8)
 * for heavy top.  h -> V*V*: the manual of GMCALC (arXiv:1412.7387), version 1.5.3, eqs. (57) and
 * (58); h -> V*phi: there, eqs. (60) and, as a limit, (61) to (64). */
#include "thdm.h"

#include <complex.h>
#include <math.h>

/* f(tau) of Djouadi I, eqs. (2.46) to (2.48), with tau = M^2/(4 m^2). */
static double complex loop_f(double tau)
{
    if (tau <= 1.0) {
        double a = asin(sqrt(tau));
        return a * a;
    }
    double root = sqrt(1.0 - 1.0 / tau);
    double complex x = log((1.0 + root) / (1.0 - root)) - I * THDM_PI;
    return -0.25 * x * x;
}

/* g(tau) of HHG, eqs. (C.12) to (C.14), with the same tau. */
static double complex loop_g(double tau)
{
    if (tau <= 1.0)
        return sqrt(1.0 / tau - 1.0) * asin(sqrt(tau));
    double root = sqrt(1.0 - 1.0 / tau);
    return 0.5 * root * (log((1.0 + root) / (1.0 - root)) - I * THDM_PI);
}

/* Djouadi I, eq. (2.46), and HHG, eq. (C.4): spin 1/2, 1 and 0, each tending to 4/3, -7 and 1/3 for
 * heavy particles. */
static double complex a_half(double tau)
{
    return 2.0 * (tau + (tau - 1.0) * loop_f(tau)) / (tau * tau);
}

static double complex a_one(double tau)
{
    return -(2.0 * tau * tau + 3.0 * tau + 3.0 * (2.0 * tau - 1.0) * loop_f(tau)) / (tau * tau);
}

static double complex a_zero(double tau)
{
    return -(tau - loop_f(tau)) / (tau * tau);
}

/* I_1 and I_2 of HHG, eqs. (C.12) to (C.14), for a particle of mass m; t = 4 m^2/M_h^2,
 * l = 4 m^2/M_Z^2. */
struct zgam_integrals {
    double complex i1, i2;
};

static struct zgam_integrals zgam(double m, double mh, double mz)
{
    double t = 4.0 * m * m / (mh * mh), l = 4.0 * m * m / (mz * mz), d = t - l;
    double complex df = loop_f(1.0 / t) - loop_f(1.0 / l);
    double complex dg = loop_g(1.0 / t) - loop_g(1.0 / l);
    return (struct zgam_integrals){
        .i1 = t * l / (2.0 * d) + t * t * l * l / (2.0 * d * d) * df + t * t * l / (d * d) * dg,
        .i2 = -t * l / (2.0 * d) * df,
    };
}

struct amplitudes {
    double complex t, b, c, tau, w, charged;
};

static double tau_of(double mh, double m)
{
    return mh * mh / (4.0 * m * m);
}

/* The quark mass in the gamma gamma loop runs with M/2 and equals the pole mass at itself:
 * Djouadi I, section 2.3.1. */
static double loop_mass(const struct thdm_sm *sm, double pole, double mh)
{
    return pole * thdm_mass_running(sm, pole, fmax(0.5 * mh, sm->mc));
}

/* HHG, eq. (C.4). */
static struct amplitudes gamgam_amplitudes(const struct thdm_sm *sm, double mh, double m_charged)
{
    double qcd = 1.0 - thdm_alphas(sm, mh) / THDM_PI; /* hep-ph/0509189, heavy top */
    double scale = 0.5 * sm->v * sm->v / (m_charged * m_charged);
    return (struct amplitudes){
        .t = 3.0 * (4.0 / 9.0) * qcd * a_half(tau_of(mh, loop_mass(sm, sm->mt, mh))),
        .b = 3.0 * (1.0 / 9.0) * a_half(tau_of(mh, loop_mass(sm, sm->mb, mh))),
        .c = 3.0 * (4.0 / 9.0) * a_half(tau_of(mh, loop_mass(sm, sm->mc, mh))),
        .tau = a_half(tau_of(mh, sm->mtau)),
        .w = a_one(tau_of(mh, sm->mw)),
        .charged = scale * a_zero(tau_of(mh, m_charged)),
    };
}

/* N_c Q (2 I3 - 4 Q sw^2)/cw (I_1 - I_2): HHG, eq. (C.12). */
static double complex zgam_fermion(const struct thdm_sm *sm, double mh, double m, double nc_q,
                                   double charge, double isospin)
{
    struct zgam_integrals i = zgam(m, mh, sm->mz);
    double vector = (2.0 * isospin - 4.0 * charge * sm->sw2) / sqrt(sm->cw2);
    return nc_q * vector * (i.i1 - i.i2);
}

/* HHG, eqs. (C.12), (C.13) and (C.14). */
static struct amplitudes zgam_amplitudes(const struct thdm_sm *sm, double mh, double m_charged)
{
    double cw = sqrt(sm->cw2), tan2 = sm->sw2 / sm->cw2, x = 0.5 * mh * mh / (sm->mw * sm->mw);
    struct zgam_integrals w = zgam(sm->mw, mh, sm->mz), c = zgam(m_charged, mh, sm->mz);
    double scale = 0.5 * sm->v * sm->v / (m_charged * m_charged);
    return (struct amplitudes){
        .t = zgam_fermion(sm, mh, sm->mt, 2.0, 2.0 / 3.0, 0.5),
        .b = zgam_fermion(sm, mh, sm->mb, -1.0, -1.0 / 3.0, -0.5),
        .c = zgam_fermion(sm, mh, sm->mc, 2.0, 2.0 / 3.0, 0.5),
        .tau = zgam_fermion(sm, mh, sm->mtau, -1.0, -1.0, -0.5),
        .w = cw * (4.0 * (3.0 - tan2) * w.i2 + ((1.0 + x) * tan2 - (5.0 + x)) * w.i1),
        .charged = -scale * (2.0 * sm->cw2 - 1.0) / cw * c.i1,
    };
}

static double complex combine(const struct amplitudes *a, const struct thdm_kappas *k, double v)
{
    return k->u * (a->t + a->c) + k->d * a->b + k->l * a->tau + k->v * a->w +
           k->g_charged / v * a->charged;
}

static double norm2(double complex z)
{
    return creal(z) * creal(z) + cimag(z) * cimag(z);
}

/* hep-ph/9705240, eq. (11), with the top's MSbar mass; alpha_s at mh. */
static double gg_k_factor(const struct thdm_sm *sm, double mh)
{
    double a = thdm_alphas(sm, mh) / THDM_PI;
    double nf = mh > sm->mt ? 6.0 : 5.0;
    double mt = sm->mt_at_pole * thdm_mass_running(sm, sm->mt, sm->mt_at_pole);
    double l = 2.0 * log(mt / mh);
    return 1.0 + a * (95.0 / 4.0 - 7.0 / 6.0 * nf) + a * a * (156.808 - 5.708 * l);
}

void thdm_loop_widths(const struct thdm_sm *sm, double mh, size_t n, const struct thdm_kappas *k,
                      struct thdm_widths *w)
{
    double complex gt = a_half(tau_of(mh, sm->mt)), gb = a_half(tau_of(mh, sm->mb));
    double complex gc = a_half(tau_of(mh, sm->mc));
    struct amplitudes gam = gamgam_amplitudes(sm, mh, k[0].m_charged);
    struct amplitudes zg = {0};
    bool open = mh > sm->mz * (1.0 + 1e-9);
    if (open)
        zg = zgam_amplitudes(sm, mh, k[0].m_charged);
    double alphas = thdm_alphas(sm, mh), m3 = mh * mh * mh, pi3 = pow(THDM_PI, 3);
    /* arXiv:0902.4665, eqs. (A.10), (A.8) and (A.9). */
    double c_gg = gg_k_factor(sm, mh) * alphas * alphas * m3 / (128.0 * pi3 * sm->v2);
    double c_gam = sm->alpha_0 * sm->alpha_0 * m3 / (256.0 * pi3 * sm->v2);
    double phase = open ? pow(1.0 - sm->mz * sm->mz / (mh * mh), 3) : 0.0;
    double c_zg =
        sm->gf * sm->gf * sm->mw * sm->mw * sm->alpha_0 * m3 / (64.0 * pi3 * THDM_PI) * phase;
    for (size_t i = 0; i < n; i++) {
        w[i].gg = c_gg * norm2(k[i].u * (gt + gc) + k[i].d * gb);
        w[i].gamgam = c_gam * norm2(combine(&gam, &k[i], sm->v));
        w[i].zgam = open ? c_zg * norm2(combine(&zg, &k[i], sm->v)) : 0.0;
    }
}

/* Nodes and weights of Gauss and Legendre on (-1, 1), positive half, 12 points. */
enum { HALF_NODES = 6 };
static const double nodes[HALF_NODES] = {0.1252334085114689, 0.3678314989981802,
                                         0.5873179542866175, 0.7699026741943047,
                                         0.9041172563704749, 0.9815606342467193};
static const double weights[HALF_NODES] = {0.2491470458134028, 0.2334925365383548,
                                           0.2031674267230659, 0.1600783285433462,
                                           0.1069393259953184, 0.0471753363865118};

static double node(int i, double low, double high)
{
    double x = nodes[i % HALF_NODES];
    return 0.5 * (low + high) + 0.5 * (high - low) * (i < HALF_NODES ? x : -x);
}

struct boson {
    double m2, width; /* mV^2 and mV GammaV, GeV^2 */
};

/* The angle in which the Breit-Wigner of virtuality q (GeV) is flat, and back to q^2. */
static double angle_of(const struct boson *b, double q)
{
    return atan((q * q - b->m2) / b->width);
}

static double virtuality(const struct boson *b, double angle)
{
    return fmax(b->m2 + b->width * tan(angle), 0.0);
}

/* The width for virtualities x = q1^2/M^2 and y over its heavy-Higgs limit: GMCALC, eq. (58).  For
 * a narrow boson, one on its shell, the integral of gamma_0(x, y)/(y - x)^2 over y up to
 * (1 - sqrt(x))^2 is R_T(x) of Djouadi I, eq. (2.31). */
static double gamma_zero(double x, double y)
{
    double lambda = (1.0 - x - y) * (1.0 - x - y) - 4.0 * x * y;
    return lambda > 0.0 ? sqrt(lambda) * (lambda + 12.0 * x * y) : 0.0;
}

/* The integral over q2 from 0 to end, of gamma_0 and the Breit-Wigner; x = q1^2/M^2.  Below the
 * resonance its tail is smooth in q2^2; on it, in the angle. */
static double vv_inner(const struct boson *b, double m2, double x, double end)
{
    double low = angle_of(b, 0.0), high = angle_of(b, end), sum = 0.0;
    if (high < -1.37) { /* five widths below: tan(1.37) = 5 */
        for (int j = 0; j < 2 * HALF_NODES; j++) {
            double s = node(j, 0.0, end * end), off = s - b->m2;
            sum +=
                weights[j % HALF_NODES] * gamma_zero(x, s / m2) / (off * off + b->width * b->width);
        }
        return 0.5 * end * end * b->width * sum;
    }
    for (int j = 0; j < 2 * HALF_NODES; j++)
        sum += weights[j % HALF_NODES] * gamma_zero(x, virtuality(b, node(j, low, high)) / m2);
    return 0.5 * (high - low) * sum;
}

/* q1 between low and high, q2 from 0 to the smaller of q1 and M - q1. */
static double vv_strip(const struct boson *b, double mh, double low, double high)
{
    double a1 = angle_of(b, low), a2 = angle_of(b, high), sum = 0.0, m2 = mh * mh;
    for (int i = 0; i < 2 * HALF_NODES; i++) {
        double s1 = virtuality(b, node(i, a1, a2)), q1 = sqrt(s1);
        double end = fmax(fmin(q1, mh - q1), 0.0);
        sum += weights[i % HALF_NODES] * vv_inner(b, m2, s1 / m2, end);
    }
    return 0.5 * (a2 - a1) * sum;
}

/* Puts q into the ascending list of n edges if it lies inside and apart from them. */
static int insert_edge(double *edges, int n, double q)
{
    int at = 0;
    while (at < n && edges[at] < q)
        at++;
    if (at == 0 || at == n || edges[at] - q < 1e-6)
        return n;
    for (int i = n; i > at; i--)
        edges[i] = edges[i - 1];
    edges[at] = q;
    return n + 1;
}

/* GMCALC, eq. (57). */
double thdm_vv_integral(double mh, double mv, double gamma_v)
{
    struct boson b = {mv * mv, mv * gamma_v};
    /* The strips end where the integrand turns: around q1 = mV, the flanks of its resonance, and
     * around q1 = M - mV, below which q2 reaches its own. */
    static const double flanks[6] = {-30.0, -12.0, -4.0, 4.0, 12.0, 30.0};
    double edges[16] = {0.0, 0.5 * mh, mh}, sum = 0.0;
    int n = 3;
    for (int i = 0; i < 6; i++) {
        double near = mv + flanks[i] * gamma_v, far = mh - near;
        if (fabs(flanks[i]) < 15.0 && near > 0.5 * mh)
            n = insert_edge(edges, n, near);
        if (mh > 2.0 * mv - 25.0 * gamma_v && far > 0.5 * mh)
            n = insert_edge(edges, n, far);
    }
    for (int i = 0; i + 1 < n; i++)
        sum += vv_strip(&b, mh, edges[i], edges[i + 1]);
    return 2.0 * sum / (THDM_PI * THDM_PI);
}

/* GMCALC, eq. (60), with a Breit-Wigner for the vector boson.  Below threshold and for a narrow
 * boson this is GMCALC, eqs. (61) to (64): hep-ph/9511342, eqs. (43) to (46), with the sign of
 * hep-ph/9806337 in the last term of G. */
double thdm_vphi_integral(double mh, double mphi, double mv, double gamma_v)
{
    if (mh <= mphi)
        return 0.0;
    struct boson b = {mv * mv, mv * gamma_v};
    double a1 = angle_of(&b, 0.0), a2 = angle_of(&b, mh - mphi), sum = 0.0;
    for (int i = 0; i < 2 * HALF_NODES; i++) {
        double s = virtuality(&b, node(i, a1, a2)), h = mh * mh, p = mphi * mphi;
        double lambda = (h - p - s) * (h - p - s) - 4.0 * p * s;
        sum += weights[i % HALF_NODES] * (lambda > 0.0 ? lambda * sqrt(lambda) : 0.0);
    }
    return 0.5 * (a2 - a1) * sum / THDM_PI;
}
