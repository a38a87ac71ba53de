/* thdm.h: the inside of the two-Higgs-doublet model calculator.
 *
 * The CP-conserving model with softly broken Z2 (lambda6 = lambda7 = 0).  One source makes the
 * shared object thdm.so and the program thdm.  Masses and widths in GeV, m12^2 in GeV^2.
 *
 * Potential (Branco et al., arXiv:1106.0034, eq. (2); Gunion and Haber, hep-ph/0207010):
 *
 *     V = m11^2 |P1|^2 + m22^2 |P2|^2 - m12^2 (P1^+ P2 + h.c.) + lambda1/2 |P1|^4
 *       + lambda2/2 |P2|^4 + lambda3 |P1|^2 |P2|^2 + lambda4 |P1^+ P2|^2
 *       + lambda5/2 ((P1^+ P2)^2 + h.c.)
 *
 * with <P1> = v cos(beta)/sqrt(2), <P2> = v sin(beta)/sqrt(2), v = 246 GeV, h the lighter CP-even
 * state.  Only the relative sign of sin(beta-alpha) and cos(beta-alpha) has a meaning.
 *
 * Yukawa types, numbered as in 2HDMC (arXiv:0902.0851, table 1); GM2Calc has 3 and 4 the other
 * way round.  Up quarks always couple to P2:
 *
 *     1  type I   d and l to P2
 *     2  type II  d and l to P1
 *     3  type Y   d to P1, l to P2 (flipped)
 *     4  type X   d to P2, l to P1 (lepton-specific)
 *
 * Equation numbers: each file cites paper and equation.  They were checked against the programs
 * that quote them for the same formulas: ScannerS, 2HDMC, HEPfit, FlexibleSUSY and others, among
 * them h2decays (hep-ph/0503172, eqs. (2.11) and (2.12)), GMCALC (hep-ph/9511344, eq. (3);
 * hep-ph/9511342, eqs. (43) to (46)) and APFEL++ (hep-ph/9706430, eq. (3)); those of the manual of
 * GMCALC were read in it, and earlier versions may count otherwise.  "As a limit": the formula
 * here, more general, was compared in numbers with the equation where both hold.  Where a section
 * is cited the number could not be confirmed; these are
 *     Djouadi, hep-ph/0503172: 2.3.1 (scale of the quark masses in the gamma gamma loop)
 *     arXiv:1610.07922, chapter I: number of the table of cross sections at 13 TeV; the values
 *         agree with analyses that quote the working group's page
 * and, as numbers, two correlations of the electroweak fit in thdm-oblique.c.  "Derived" stands
 * where the formula follows in a step or two from the equation named. */
#ifndef THDM_H
#define THDM_H

#include <stdbool.h>
#include <stddef.h>

#define THDM_PI 3.14159265358979323846

/* ---- the Standard Model around it ----------------------------------------------------------- */

struct thdm_sm {
    double gf;                       /* Fermi constant, GeV^-2 */
    double mz, mw, gamma_z, gamma_w; /* GeV */
    double alpha_mz, alpha_0;        /* 1/127.9 for S, T, U; 1/137 for real photons */
    double alphas_mz;
    double mc, mb, mt;                         /* pole masses, GeV */
    double ms_2;                               /* m_s(2 GeV), MSbar */
    double mmu, mtau;                          /* GeV */
    double mh_ref;                             /* the Standard Model's Higgs mass for S, T, U */
    double v, v2, sw2, cw2;                    /* derived */
    double lambda_qcd[2];                      /* GeV, for 4 and 5 flavours */
    double mc_at_pole, mb_at_pole, mt_at_pole; /* MSbar masses at the scale of the pole mass */
};

void thdm_sm_default(struct thdm_sm *sm);
double thdm_alphas(const struct thdm_sm *sm, double q); /* MSbar, at scale q in GeV */
/* Factor by which an MSbar mass grows from scale q0 to q1. */
double thdm_mass_running(const struct thdm_sm *sm, double q0, double q1);

/* ---- a point -------------------------------------------------------------------------------- */

struct thdm_point {
    double mh, mH, mA, mHp; /* GeV */
    double sba, cba;        /* sin and cos of beta - alpha */
    double tanb;
    double m12sq; /* GeV^2 */
    int type;     /* 1 .. 4 */
};

/* X(why, text): why a point has no answer; the values are the plugin's statuses from 1 on. */
#define THDM_FAULTS(X)                                                                             \
    X(THDM_BAD_MASS, "a mass is negative or zero, or mH < mh")                                     \
    X(THDM_BAD_TANB, "tan(beta) is not positive")                                                  \
    X(THDM_BAD_ANGLE, "|sin(beta-alpha)| or |cos(beta-alpha)| is above 1")                         \
    X(THDM_BAD_TYPE, "the Yukawa type is none of 1 (I), 2 (II), 3 (Y, flipped), 4 (X, lepton)")

enum thdm_fault {
    THDM_FINE = 0,
#define THDM_FAULT_ENUM(why, text) why,
    THDM_FAULTS(THDM_FAULT_ENUM)
#undef THDM_FAULT_ENUM
};

const char *thdm_fault_text(int fault);

/* ---- the answer ----------------------------------------------------------------------------- */

/* X(name, text): every output, all of them doubles, in the order of the plugin's table. */
#define THDM_OUTPUTS(X)                                                                            \
    X(lambda1, "quartic coupling")                                                                 \
    X(lambda2, "quartic coupling")                                                                 \
    X(lambda3, "quartic coupling")                                                                 \
    X(lambda4, "quartic coupling")                                                                 \
    X(lambda5, "quartic coupling")                                                                 \
    X(m11sq, "GeV^2")                                                                              \
    X(m22sq, "GeV^2")                                                                              \
    X(alpha, "CP-even mixing angle, radian")                                                       \
    X(stability, "smallest of the conditions for boundedness; positive is bounded")                \
    X(stability_ok, "1 when bounded from below")                                                   \
    X(vacuum, "global-minimum discriminant / v^4; positive when ours is the deepest")              \
    X(unitarity, "largest |eigenvalue| of the S matrix")                                           \
    X(unitarity_ok, "1 when that is below 16 pi")                                                  \
    X(perturbativity, "largest |quartic coupling| among physical Higgs bosons")                    \
    X(perturbativity_ok, "1 when that is below 4 pi")                                              \
    X(S, "oblique, relative to the SM with mh = 125 GeV")                                          \
    X(T, "oblique")                                                                                \
    X(U, "oblique")                                                                                \
    X(chi2_STU, "against the electroweak fit, 3 degrees of freedom")                               \
    X(kappa_V, "h coupling to W, Z over SM")                                                       \
    X(kappa_u, "h to up quarks")                                                                   \
    X(kappa_d, "h to down quarks")                                                                 \
    X(kappa_l, "h to leptons")                                                                     \
    X(kappa_g, "sqrt of Gamma(gg) over SM")                                                        \
    X(kappa_gam, "sqrt of Gamma(gamma gamma) over SM")                                             \
    X(kappa_Zgam, "sqrt of Gamma(Z gamma) over SM")                                                \
    X(kappa_lam, "hhh coupling over SM")                                                           \
    X(kappaH_V, "H to W, Z")                                                                       \
    X(kappaH_u, "H to up quarks")                                                                  \
    X(kappaH_d, "H to down quarks")                                                                \
    X(kappaH_l, "H to leptons")                                                                    \
    X(kappaA_u, "A to up quarks")                                                                  \
    X(kappaA_d, "A to down quarks")                                                                \
    X(kappaA_l, "A to leptons")                                                                    \
    X(g_hHpHm, "GeV, d^3 V / dh dH+ dH-")                                                          \
    X(g_hAA, "GeV, d^3 V / dh dA dA")                                                              \
    X(g_Hhh, "GeV, d^3 V / dH dh dh")                                                              \
    X(Gh, "total width of h, GeV")                                                                 \
    X(Gh_SM, "total width of an SM Higgs of this mass, same orders, GeV")                          \
    X(BRbb, "branching ratio of h")                                                                \
    X(BRtautau, "branching ratio of h")                                                            \
    X(BRmumu, "branching ratio of h")                                                              \
    X(BRcc, "branching ratio of h")                                                                \
    X(BRss, "branching ratio of h")                                                                \
    X(BRtt, "branching ratio of h, on shell only")                                                 \
    X(BRWW, "branching ratio of h")                                                                \
    X(BRZZ, "branching ratio of h")                                                                \
    X(BRgamgam, "branching ratio of h")                                                            \
    X(BRZgam, "branching ratio of h")                                                              \
    X(BRgg, "branching ratio of h")                                                                \
    X(BRAA, "branching ratio of h to A A")                                                         \
    X(BRHpHm, "branching ratio of h to H+ H-")                                                     \
    X(BRZA, "branching ratio of h to Z A")                                                         \
    X(BRWHp, "branching ratio of h to W- H+ and W+ H-")                                            \
    X(mu_ggF, "production over SM")                                                                \
    X(mu_VBF, "production over SM")                                                                \
    X(mu_WH, "production over SM")                                                                 \
    X(mu_ZH, "production over SM")                                                                 \
    X(mu_ttH, "production over SM")                                                                \
    THDM_SIGNALS(X, ggF)                                                                           \
    THDM_SIGNALS(X, VBF)                                                                           \
    THDM_SIGNALS(X, WH)                                                                            \
    THDM_SIGNALS(X, ZH)                                                                            \
    THDM_SIGNALS(X, ttH)                                                                           \
    X(chi2, "against the signal strengths of signal-strengths.dat")                                \
    X(chi2_SM, "the same for the Standard Model")                                                  \
    X(n_signals, "measurements in chi2")

/* Production times decay over SM. */
#define THDM_SIGNALS(X, P)                                                                         \
    X(mu_##P##_gamgam, "signal strength")                                                          \
    X(mu_##P##_ZZ, "signal strength")                                                              \
    X(mu_##P##_WW, "signal strength")                                                              \
    X(mu_##P##_bb, "signal strength")                                                              \
    X(mu_##P##_tautau, "signal strength")                                                          \
    X(mu_##P##_mumu, "signal strength")                                                            \
    X(mu_##P##_Zgam, "signal strength")

struct thdm_result {
#define THDM_FIELD(name, text) double name;
    THDM_OUTPUTS(THDM_FIELD)
#undef THDM_FIELD
};

enum {
#define THDM_COUNT(name, text) +1
    THDM_N_OUTPUTS = 0 THDM_OUTPUTS(THDM_COUNT)
#undef THDM_COUNT
};

extern const char *const thdm_output_names[THDM_N_OUTPUTS];
extern const char *const thdm_output_texts[THDM_N_OUTPUTS];

/* ---- the steps ------------------------------------------------------------------------------ */

/* What depends on mh alone is kept from one point to the next: a scan with mh fixed pays once. */
struct thdm_cache {
    double mh;         /* 0: empty */
    double i_ww, i_zz; /* the off-shell integrals of h -> VV */
};

/* Fills everything; the value of enum thdm_fault, and on a fault nothing is filled. */
int thdm_evaluate(const struct thdm_sm *sm, struct thdm_cache *cache, const struct thdm_point *pt,
                  struct thdm_result *r);

/* Parts of it, each filling its outputs: in this order. */
int thdm_check_point(const struct thdm_point *pt);
void thdm_potential(const struct thdm_sm *sm, const struct thdm_point *pt, struct thdm_result *r);
void thdm_oblique(const struct thdm_sm *sm, const struct thdm_point *pt, struct thdm_result *r);
void thdm_couplings(const struct thdm_point *pt, struct thdm_result *r);
void thdm_decays(const struct thdm_sm *sm, struct thdm_cache *cache, const struct thdm_point *pt,
                 struct thdm_result *r);
void thdm_signals(struct thdm_result *r, const struct thdm_result *sm_like);

/* ---- between the decay files ---------------------------------------------------------------- */

/* Couplings of a CP-even state over the SM's; g_charged is d^3V/dh dH+ dH- in GeV. */
struct thdm_kappas {
    double v, u, d, l;
    double g_charged, m_charged;
};

struct thdm_widths {
    double bb, tautau, mumu, cc, ss, tt, ww, zz, gamgam, zgam, gg, aa, hphm, za, whp;
};

/* Widths into gg, gamma gamma and Z gamma for several sets of couplings at one mass. */
void thdm_loop_widths(const struct thdm_sm *sm, double mh, size_t n, const struct thdm_kappas *k,
                      struct thdm_widths *w);
/* The integral over both virtualities of h -> V*V*. */
double thdm_vv_integral(double mh, double mv, double gamma_v);
/* h -> V phi, V off its mass shell: the integral over its virtuality, GeV^6. */
double thdm_vphi_integral(double mh, double mphi, double mv, double gamma_v);

#endif
