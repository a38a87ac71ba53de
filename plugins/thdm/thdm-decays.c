/* thdm-decays.c: partial widths and branching ratios of h, and of a Standard Model Higgs boson of
 * the same mass at the same orders.
 *
 * What it does: h -> f f with MSbar masses at the scale mh in the coupling and pole masses in the
 * phase space; QCD to order alpha_s^2 including the top-induced terms; h -> WW, ZZ with both
 * bosons off their shells; loop-induced widths from thdm-loops.c; h -> AA, H+H- on shell;
 * h -> Z A and W H+ with the vector boson off its shell.
 *
 * What it does not: electroweak corrections, alpha_s^3 and higher, h -> tt below threshold,
 * interference, final states from FCNC.  With these orders Gamma(bb) is some per cent above the
 * most precise value; the ratio to the Standard Model at the same orders is better than that.
 *
 * Sources: widths at tree level: the manual of GMCALC (arXiv:1412.7387), version 1.5.3, eqs. (48)
 * fermions, (57) and (58) vector bosons, (60) and (61) to (64) Z A and W H+, (65) AA and H+H-, with
 * the couplings of arXiv:1106.0034, eqs. (16) and (2).  QCD series: Djouadi, hep-ph/0503172
 * ("Djouadi I"), eq. (2.11), or Djouadi, Spira, Zerwas, hep-ph/9511344, eq. (3); top-induced terms:
 * Chetyrkin and Kwiatkowski, hep-ph/9505358, eq. (28), or Djouadi I, eq. (2.12).  For h -> Z* A
 * below threshold the norm here is that of the decay above it and of Djouadi, Kalinowski, Zerwas,
 * hep-ph/9511342, eqs. (43) to (46); 2HDMC 1.8.0 gives half of that there. */
#include "thdm.h"

#include <math.h>

/* What the fermionic widths share at one mass. */
struct fermions {
    double mh;
    double mb, mc, ms, mt; /* MSbar at mh */
    double a;              /* alpha_s(mh)/pi */
    double k_light;        /* 1 + 5.67 a + (35.94 - 1.36 nf) a^2: Djouadi I, eq. (2.11) */
    double log_top;        /* ln(mh^2/mt^2) */
};

static struct fermions fermions_at(const struct thdm_sm *sm, double mh)
{
    struct fermions f = {.mh = mh};
    double scale = fmax(mh, sm->mc), nf = 3.0 + (mh > sm->mc) + (mh > sm->mb) + (mh > sm->mt);
    f.mb = sm->mb_at_pole * thdm_mass_running(sm, sm->mb, scale);
    f.mc = sm->mc_at_pole * thdm_mass_running(sm, sm->mc, scale);
    f.ms = sm->ms_2 * thdm_mass_running(sm, 2.0, scale);
    f.mt = sm->mt_at_pole * thdm_mass_running(sm, sm->mt, scale);
    f.a = thdm_alphas(sm, scale) / THDM_PI;
    f.k_light = 1.0 + 5.67 * f.a + (35.94 - 1.36 * nf) * f.a * f.a;
    f.log_top = 2.0 * log(mh / sm->mt);
    return f;
}

/* GMCALC, eq. (48): M/(8 pi) (m kappa/v)^2 beta^3 times colours; m in the coupling, pole in
 * beta. */
static double tree_ff(const struct thdm_sm *sm, double mh, double m, double pole, double kappa)
{
    double x = 4.0 * pole * pole / (mh * mh);
    if (x >= 1.0)
        return 0.0;
    double beta = sqrt(1.0 - x);
    return mh / (8.0 * THDM_PI) * m * m * kappa * kappa / sm->v2 * beta * beta * beta;
}

/* hep-ph/9505358, eq. (28), or Djouadi I, eq. (2.12): the second-order terms in which h couples to
 * a top loop. */
static double quark_width(const struct thdm_sm *sm, const struct fermions *f, double m, double pole,
                          double kappa, double kappa_top)
{
    if (fabs(kappa) < 1e-12)
        return 0.0;
    double l = 2.0 * log(m / f->mh);
    double top = kappa_top / kappa * (1.57 - 2.0 / 3.0 * f->log_top + l * l / 9.0) * f->a * f->a;
    return 3.0 * fmax(f->k_light + top, 0.0) * tree_ff(sm, f->mh, m, pole, kappa);
}

static void fermionic(const struct thdm_sm *sm, const struct fermions *f,
                      const struct thdm_kappas *k, struct thdm_widths *w)
{
    w->bb = quark_width(sm, f, f->mb, sm->mb, k->d, k->u);
    w->ss = quark_width(sm, f, f->ms, sm->ms_2, k->d, k->u);
    w->cc = quark_width(sm, f, f->mc, sm->mc, k->u, k->u);
    w->tt = 3.0 * f->k_light * tree_ff(sm, f->mh, f->mt, sm->mt, k->u);
    w->tautau = tree_ff(sm, f->mh, sm->mtau, sm->mtau, k->l);
    w->mumu = tree_ff(sm, f->mh, sm->mmu, sm->mmu, k->l);
}

/* GMCALC, eqs. (57) and (58); half for two equal bosons. */
static void bosonic(const struct thdm_sm *sm, const struct thdm_cache *cache, double mh, double kv,
                    struct thdm_widths *w)
{
    double c = kv * kv * mh * mh * mh / (16.0 * THDM_PI * sm->v2);
    w->ww = c * cache->i_ww;
    w->zz = 0.5 * c * cache->i_zz;
}

/* GMCALC, eq. (65): g^2/(8 pi M) |p|/M for two scalars of mass m. */
static double two_scalars(double mh, double m, double g)
{
    double x = 4.0 * m * m / (mh * mh);
    return x < 1.0 ? g * g / (16.0 * THDM_PI * mh) * sqrt(1.0 - x) : 0.0;
}

/* Widths that the Standard Model does not have; for Z A and W H+ see thdm_vphi_integral(). */
static void exotic(const struct thdm_sm *sm, const struct thdm_point *pt,
                   const struct thdm_result *r, struct thdm_widths *w)
{
    double mh = pt->mh;
    w->aa = 0.5 * two_scalars(mh, pt->mA, r->g_hAA);
    w->hphm = two_scalars(mh, pt->mHp, r->g_hHpHm);
    double c = pt->cba * pt->cba / (16.0 * THDM_PI * sm->v2 * mh * mh * mh);
    w->za = mh > pt->mA ? c * thdm_vphi_integral(mh, pt->mA, sm->mz, sm->gamma_z) : 0.0;
    w->whp = mh > pt->mHp ? 2.0 * c * thdm_vphi_integral(mh, pt->mHp, sm->mw, sm->gamma_w) : 0.0;
}

static double total(const struct thdm_widths *w)
{
    return w->bb + w->tautau + w->mumu + w->cc + w->ss + w->tt + w->ww + w->zz + w->gamgam +
           w->zgam + w->gg + w->aa + w->hphm + w->za + w->whp;
}

static double root_ratio(double a, double b)
{
    return b > 0.0 ? sqrt(a / b) : 0.0;
}

static void ratios(const struct thdm_widths *w, struct thdm_result *r)
{
    double all = r->Gh = total(w);
    r->BRbb = w->bb / all;
    r->BRtautau = w->tautau / all;
    r->BRmumu = w->mumu / all;
    r->BRcc = w->cc / all;
    r->BRss = w->ss / all;
    r->BRtt = w->tt / all;
    r->BRWW = w->ww / all;
    r->BRZZ = w->zz / all;
    r->BRgamgam = w->gamgam / all;
    r->BRZgam = w->zgam / all;
    r->BRgg = w->gg / all;
    r->BRAA = w->aa / all;
    r->BRHpHm = w->hphm / all;
    r->BRZA = w->za / all;
    r->BRWHp = w->whp / all;
}

void thdm_decays(const struct thdm_sm *sm, struct thdm_cache *cache, const struct thdm_point *pt,
                 struct thdm_result *r)
{
    const struct thdm_kappas k[2] = {
        {r->kappa_V, r->kappa_u, r->kappa_d, r->kappa_l, r->g_hHpHm, pt->mHp},
        {1.0, 1.0, 1.0, 1.0, 0.0, pt->mHp}, /* the Standard Model */
    };
    struct thdm_widths w[2] = {0};
    if (cache->mh != pt->mh) {
        cache->i_ww = thdm_vv_integral(pt->mh, sm->mw, sm->gamma_w);
        cache->i_zz = thdm_vv_integral(pt->mh, sm->mz, sm->gamma_z);
        cache->mh = pt->mh;
    }
    struct fermions f = fermions_at(sm, pt->mh);
    thdm_loop_widths(sm, pt->mh, 2, k, w);
    for (int i = 0; i < 2; i++) {
        fermionic(sm, &f, &k[i], &w[i]);
        bosonic(sm, cache, pt->mh, k[i].v, &w[i]);
    }
    exotic(sm, pt, r, &w[0]);
    r->kappa_g = root_ratio(w[0].gg, w[1].gg);
    r->kappa_gam = root_ratio(w[0].gamgam, w[1].gamgam);
    r->kappa_Zgam = root_ratio(w[0].zgam, w[1].zgam);
    r->Gh_SM = total(&w[1]);
    struct thdm_result sm_like = {0};
    ratios(&w[1], &sm_like);
    ratios(&w[0], r);
    thdm_signals(r, &sm_like);
}
