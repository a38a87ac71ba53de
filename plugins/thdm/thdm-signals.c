/* thdm-signals.c: coupling modifiers, signal strengths and their chi2; the order of evaluation.
 *
 * What it does: tree-level couplings over the Standard Model's for the four Yukawa types;
 * mu(production, decay) = sigma/sigma_SM * BR/BR_SM for five production modes and seven decays;
 * chi2 against the measurements of signal-strengths.dat, errors taken Gaussian (for two-sided
 * errors the side towards the model), correlations between lines neglected.
 *
 * What it does not: bbH and tH production, gg -> ZH with its interference, differences of
 * acceptance; a fit by HiggsTools or Lilith knows these.
 *
 * Sources: Branco et al., arXiv:1106.0034, eq. (16) and table 2, for the couplings; LHC Higgs Cross
 * Section Working Group, arXiv:1307.1347, eqs. (92) and (93), for rates as products, table 36 for
 * the scaling of production (gluon fusion with Gamma(gg), VBF, WH, ZH with kappa_V^2, ttH with
 * kappa_t^2) and arXiv:1610.07922, 13 TeV, mh = 125 GeV, for the weights of modes that a
 * measurement sums over. */
#include "thdm.h"

#include <math.h>

enum production { GGF, VBF, WH, ZH, TTH, N_PRODUCTIONS, ALL_PRODUCTIONS, VH };
enum decay { GAMGAM, ZZ, WW, BB, TAUTAU, MUMU, ZGAM, N_DECAYS, ALL_DECAYS };

/* pb at 13 TeV for mh = 125 GeV, arXiv:1610.07922, chapter I, as in the working group's table
 * CERNYellowReportPageAt13TeV; gluon fusion: Anastasiou et al., arXiv:1602.00695, abstract.  At
 * 125.09 GeV they are 48.52, 3.779, 1.369, 0.8824, 0.5065. */
static const double cross_sections[N_PRODUCTIONS] = {48.58, 3.78, 1.37, 0.88, 0.507};

struct measurement {
    enum production production;
    enum decay decay;
    double mu, up, down;
    const char *source;
};

static const struct measurement measurements[] = {
#define SIGNAL(production, decay, mu, up, down, source) {production, decay, mu, up, down, source},
#include "signal-strengths.dat"
#undef SIGNAL
};

enum { N_MEASUREMENTS = sizeof measurements / sizeof measurements[0] };

/* arXiv:1106.0034, table 2: a fermion that gets its mass from P2 has cos(alpha)/sin(beta), one
 * that gets it from P1 has -sin(alpha)/cos(beta); written with beta - alpha. */
void thdm_couplings(const struct thdm_point *pt, struct thdm_result *r)
{
    double s = pt->sba, c = pt->cba, t = pt->tanb;
    bool d_to_1 = pt->type == 2 || pt->type == 3, l_to_1 = pt->type == 2 || pt->type == 4;
    double xi_d = d_to_1 ? -t : 1.0 / t, xi_l = l_to_1 ? -t : 1.0 / t;
    r->kappa_V = s;
    r->kappa_u = s + c / t;
    r->kappa_d = s + c * xi_d;
    r->kappa_l = s + c * xi_l;
    r->kappaH_V = c;
    r->kappaH_u = c - s / t;
    r->kappaH_d = c - s * xi_d;
    r->kappaH_l = c - s * xi_l;
    r->kappaA_u = 1.0 / t;
    r->kappaA_d = -xi_d;
    r->kappaA_l = -xi_l;
}

struct strengths {
    double production[N_PRODUCTIONS], decay[N_DECAYS];
};

/* The model's value for what a measurement sums over. */
static double predicted(const struct strengths *s, const struct measurement *m)
{
    double mu = 0.0, weight = 0.0;
    for (int i = 0; i < N_PRODUCTIONS; i++) {
        bool counts = m->production == ALL_PRODUCTIONS || (int)m->production == i ||
                      (m->production == VH && (i == WH || i == ZH));
        if (counts) {
            mu += cross_sections[i] * s->production[i];
            weight += cross_sections[i];
        }
    }
    return mu / weight * s->decay[m->decay];
}

/* Sum of squared pulls, with the error of the side on which the model lies. */
static double chi2(const struct strengths *s)
{
    double sum = 0.0;
    for (int i = 0; i < N_MEASUREMENTS; i++) {
        const struct measurement *m = &measurements[i];
        double off = predicted(s, m) - m->mu;
        double pull = off / (off > 0.0 ? m->up : m->down);
        sum += pull * pull;
    }
    return sum;
}

static double over(double a, double b)
{
    return b > 0.0 ? a / b : 0.0;
}

#define FILL(P, i)                                                                                 \
    r->mu_##P = s.production[i];                                                                   \
    r->mu_##P##_gamgam = s.production[i] * s.decay[GAMGAM];                                        \
    r->mu_##P##_ZZ = s.production[i] * s.decay[ZZ];                                                \
    r->mu_##P##_WW = s.production[i] * s.decay[WW];                                                \
    r->mu_##P##_bb = s.production[i] * s.decay[BB];                                                \
    r->mu_##P##_tautau = s.production[i] * s.decay[TAUTAU];                                        \
    r->mu_##P##_mumu = s.production[i] * s.decay[MUMU];                                            \
    r->mu_##P##_Zgam = s.production[i] * s.decay[ZGAM]

/* arXiv:1307.1347, eq. (92) and table 36. */
void thdm_signals(struct thdm_result *r, const struct thdm_result *sm_like)
{
    double v2 = r->kappa_V * r->kappa_V;
    struct strengths s = {
        .production = {r->kappa_g * r->kappa_g, v2, v2, v2, r->kappa_u * r->kappa_u},
        .decay = {over(r->BRgamgam, sm_like->BRgamgam), over(r->BRZZ, sm_like->BRZZ),
                  over(r->BRWW, sm_like->BRWW), over(r->BRbb, sm_like->BRbb),
                  over(r->BRtautau, sm_like->BRtautau), over(r->BRmumu, sm_like->BRmumu),
                  over(r->BRZgam, sm_like->BRZgam)},
    };
    const struct strengths one = {{1.0, 1.0, 1.0, 1.0, 1.0}, {1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0}};
    FILL(ggF, GGF);
    FILL(VBF, VBF);
    FILL(WH, WH);
    FILL(ZH, ZH);
    FILL(ttH, TTH);
    r->chi2 = chi2(&s);
    r->chi2_SM = chi2(&one);
    r->n_signals = (double)N_MEASUREMENTS;
}

const char *thdm_fault_text(int fault)
{
    switch (fault) {
#define FAULT_CASE(why, text)                                                                      \
    case why: return text;
        THDM_FAULTS(FAULT_CASE)
#undef FAULT_CASE
    default: return "unknown status";
    }
}

int thdm_check_point(const struct thdm_point *pt)
{
    if (!(pt->mh > 0.0) || !(pt->mH >= pt->mh) || !(pt->mA > 0.0) || !(pt->mHp > 0.0))
        return THDM_BAD_MASS;
    if (!(pt->tanb > 0.0))
        return THDM_BAD_TANB;
    if (!(fabs(pt->sba) <= 1.0) || !(fabs(pt->cba) <= 1.0))
        return THDM_BAD_ANGLE;
    return pt->type >= 1 && pt->type <= 4 ? THDM_FINE : THDM_BAD_TYPE;
}

int thdm_evaluate(const struct thdm_sm *sm, struct thdm_cache *cache, const struct thdm_point *pt,
                  struct thdm_result *r)
{
    int fault = thdm_check_point(pt);
    if (fault != THDM_FINE)
        return fault;
    thdm_couplings(pt, r);
    thdm_potential(sm, pt, r);
    thdm_oblique(sm, pt, r);
    thdm_decays(sm, cache, pt, r);
    return THDM_FINE;
}

const char *const thdm_output_names[THDM_N_OUTPUTS] = {
#define OUTPUT_NAME(name, text) #name,
    THDM_OUTPUTS(OUTPUT_NAME)
#undef OUTPUT_NAME
};

const char *const thdm_output_texts[THDM_N_OUTPUTS] = {
#define OUTPUT_TEXT(name, text) text,
    THDM_OUTPUTS(OUTPUT_TEXT)
#undef OUTPUT_TEXT
};
