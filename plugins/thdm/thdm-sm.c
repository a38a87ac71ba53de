/* thdm-sm.c: Standard Model inputs, the strong coupling and running quark masses.
 *
 * What it does: alpha_s at three loops by the expansion in 1/ln(Q^2/Lambda^2), Lambda for five
 * flavours solved from alpha_s(MZ) and for four by matching at the b pole mass; MSbar masses from
 * pole masses at one loop, run at three loops.  As in the reference program, alpha_s keeps five
 * flavours above the top, while the masses run with six there.
 *
 * What it does not: three flavours; nothing below the charm mass is asked for.  2HDMC takes the
 * three-flavour coupling at the charm mass, and so gets h -> cc 2 % larger and h -> ss 1.5 %
 * smaller than here; all other branching ratios agree within 0.3 %.
 *
 * Source of the input values: the defaults of 2HDMC 1.8.0 (arXiv:0902.0851, section 2 and its
 * header SM.h), so that numbers compare.  Sources of the formulas: Chetyrkin, Kniehl, Steinhauser,
 * hep-ph/9706430, eq. (3), for alpha_s(Q, Lambda); Chetyrkin, Kuhn, Steinhauser, hep-ph/0004189
 * (RunDec), eqs. (17) and (23), for pole masses and the matching; Chetyrkin, hep-ph/9703278,
 * eq. (15), for the running of masses. */
#include "thdm.h"

#include <math.h>

static const double zeta3 = 1.2020569031595943;

/* hep-ph/9706430, eq. (3), to three loops, with t = ln(Q^2/Lambda^2); b0, b1 and b2 are beta_0,
 * beta_1/2 and 2 beta_2 of the beta function in powers of alpha_s/(4 pi). */
static double alphas_from_lambda(double q, double lambda, int nf)
{
    double n = (double)nf;
    double b0 = 11.0 - 2.0 * n / 3.0;
    double b1 = 51.0 - 19.0 * n / 3.0;
    double b2 = 2857.0 - 5033.0 * n / 9.0 + 325.0 * n * n / 27.0;
    double t = 2.0 * log(q / lambda);
    double l = log(t);
    double r = b1 / (b0 * b0);
    double two = 4.0 * r * r / (t * t) * ((l - 0.5) * (l - 0.5) + b2 * b0 / (8.0 * b1 * b1) - 1.25);
    return 4.0 * THDM_PI / (b0 * t) * (1.0 - 2.0 * r * l / t + two);
}

/* alpha_s rises with Lambda, so the root is found by halving. */
static double solve_lambda(double q, double alphas, int nf)
{
    double low = 0.01, high = 0.8;
    for (int i = 0; i < 50; i++) {
        double middle = 0.5 * (low + high);
        if (alphas_from_lambda(q, middle, nf) < alphas)
            low = middle;
        else
            high = middle;
    }
    return 0.5 * (low + high);
}

double thdm_alphas(const struct thdm_sm *sm, double q)
{
    return q < sm->mb ? alphas_from_lambda(q, sm->lambda_qcd[0], 4)
                      : alphas_from_lambda(q, sm->lambda_qcd[1], 5);
}

/* The function c(alpha_s/pi) of hep-ph/9703278, eq. (15), to three loops. */
static double mass_function(double alphas, int nf)
{
    double n = (double)nf, a = alphas / THDM_PI;
    double b0 = (11.0 - 2.0 / 3.0 * n) / 4.0;
    double b1 = (102.0 - 38.0 / 3.0 * n) / 16.0;
    double b2 = (2857.0 / 2.0 - 5033.0 / 18.0 * n + 325.0 / 54.0 * n * n) / 64.0;
    double g1 = (202.0 / 3.0 - 20.0 / 9.0 * n) / 16.0;
    double g2 = (1249.0 - (2216.0 / 27.0 + 160.0 / 3.0 * zeta3) * n - 140.0 / 81.0 * n * n) / 64.0;
    double c1 = g1 / b0 - b1 / (b0 * b0);
    double c2 = g2 / b0 - b1 * g1 / (b0 * b0) - b2 / (b0 * b0) + b1 * b1 / (b0 * b0 * b0);
    return pow(a, 1.0 / b0) * (1.0 + a * c1 + 0.5 * a * a * (c1 * c1 + c2));
}

/* From q0 up to q1 > q0, step by step over the thresholds at the pole masses. */
static double run_up(const struct thdm_sm *sm, double q0, double q1)
{
    double factor = 1.0;
    const double edges[4] = {0.0, sm->mb, sm->mt, HUGE_VAL};
    for (int i = 0; i < 3; i++) {
        double from = fmax(q0, edges[i]), to = fmin(q1, edges[i + 1]);
        if (from < to)
            factor *= mass_function(thdm_alphas(sm, to), 4 + i) /
                      mass_function(thdm_alphas(sm, from), 4 + i);
    }
    return factor;
}

double thdm_mass_running(const struct thdm_sm *sm, double q0, double q1)
{
    return q0 <= q1 ? run_up(sm, q0, q1) : 1.0 / run_up(sm, q1, q0);
}

/* m(M) = M / (1 + 4/3 alpha_s(M)/pi): hep-ph/0004189, eq. (17), to one loop. */
static double msbar_at_pole(const struct thdm_sm *sm, double pole)
{
    return pole / (1.0 + 4.0 / 3.0 * thdm_alphas(sm, pole) / THDM_PI);
}

void thdm_sm_default(struct thdm_sm *sm)
{
    *sm = (struct thdm_sm){
        .gf = 1.16637e-5,
        .mz = 91.15349,
        .mw = 80.36951,
        .gamma_z = 2.49581,
        .gamma_w = 2.08856,
        .alpha_mz = 1.0 / 127.934,
        .alpha_0 = 1.0 / 137.0359997,
        .alphas_mz = 0.119,
        .mc = 1.42,
        .mb = 4.75,
        .mt = 172.5,
        .ms_2 = 0.1,
        .mmu = 0.105658367,
        .mtau = 1.77684,
        .mh_ref = 125.0,
    };
    sm->v2 = 1.0 / (sqrt(2.0) * sm->gf);
    sm->v = sqrt(sm->v2);
    sm->cw2 = sm->mw * sm->mw / (sm->mz * sm->mz);
    sm->sw2 = 1.0 - sm->cw2;
    sm->lambda_qcd[1] = solve_lambda(sm->mz, sm->alphas_mz, 5);
    double a5 = alphas_from_lambda(sm->mb, sm->lambda_qcd[1], 5);
    double a = a5 / THDM_PI;
    double l = 2.0 * log(1.0 + 4.0 / 3.0 * a); /* ln of mu^2 over m^2 at mu = pole mass */
    /* hep-ph/0004189, eq. (23), to second order. */
    double match = 1.0 - a * l / 6.0 + a * a * (11.0 / 72.0 - 11.0 / 24.0 * l + l * l / 36.0);
    sm->lambda_qcd[0] = solve_lambda(sm->mb, a5 * match, 4);
    sm->mc_at_pole = msbar_at_pole(sm, sm->mc);
    sm->mb_at_pole = msbar_at_pole(sm, sm->mb);
    sm->mt_at_pole = msbar_at_pole(sm, sm->mt);
}
