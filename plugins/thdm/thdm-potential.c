/* thdm-potential.c: from masses to quartic couplings, and the theory's own constraints.
 *
 * What it does: lambda1..5 and m11^2, m22^2 from the physical parameters; boundedness from below;
 * whether the electroweak vacuum is the deepest; the largest eigenvalue of tree-level
 * scattering; the largest quartic coupling among physical states; the cubic couplings of h.
 *
 * Method: all quartic couplings are contractions of one symmetric tensor, d^4 V over four field
 * directions.  A cubic coupling is the same tensor with the vacuum as fourth direction, because
 * the potential has no cubic term.
 *
 * Sources: Branco et al., arXiv:1106.0034, eq. (2), for the potential and so for its derivatives;
 * Gunion and Haber, hep-ph/0207010, eqs. (D.13) to (D.17), for lambda(masses), and eq. (4) for
 * boundedness (first in Deshpande and Ma, PRD 18 (1978) 2574); Barroso, Ferreira, Ivanov and
 * Santos, arXiv:1303.5098, eq. (16), for the vacuum; Ginzburg and Ivanov, hep-ph/0508020, eqs. (7a)
 * to (7d), for unitarity: the numbers here are eigenvalues of 16 pi a_0, so that |a_0| < 1 is 16 pi
 * and |a_0| < 1/2 is 8 pi. */
#include "thdm.h"

#include <math.h>

struct lambdas {
    double l1, l2, l3, l4, l5;
};

/* Directions in the space of the two doublets: real parts, imaginary parts or charged parts. */
struct direction {
    double one, two;
};

static double larger(double a, double b)
{
    return fabs(a) > fabs(b) ? fabs(a) : fabs(b);
}

/* d^4 V along four real (or four imaginary) directions; derived from arXiv:1106.0034, eq. (2), as
 * are the next two. */
static double tensor_same(const struct lambdas *l, const struct direction f[4])
{
    double sum = 3.0 * l->l1 * f[0].one * f[1].one * f[2].one * f[3].one +
                 3.0 * l->l2 * f[0].two * f[1].two * f[2].two * f[3].two;
    double mixed = 0.0;
    static const int pairs[6][4] = {{0, 1, 2, 3}, {0, 2, 1, 3}, {0, 3, 1, 2},
                                    {1, 2, 0, 3}, {1, 3, 0, 2}, {2, 3, 0, 1}};
    for (int i = 0; i < 6; i++) {
        const int *p = pairs[i];
        mixed += f[p[0]].one * f[p[1]].one * f[p[2]].two * f[p[3]].two;
    }
    return sum + (l->l3 + l->l4 + l->l5) * mixed;
}

/* Two real directions u, w and twice the imaginary direction a. */
static double tensor_odd(const struct lambdas *l, struct direction u, struct direction w,
                         struct direction a)
{
    double across = u.one * w.one * a.two * a.two + u.two * w.two * a.one * a.one;
    return l->l1 * u.one * w.one * a.one * a.one + l->l2 * u.two * w.two * a.two * a.two +
           (l->l3 + l->l4 - l->l5) * across +
           2.0 * l->l5 * (u.one * w.two + u.two * w.one) * a.one * a.two;
}

/* Two real (or two imaginary) directions and H+ H- along c. */
static double tensor_charged(const struct lambdas *l, struct direction u, struct direction w,
                             struct direction c)
{
    return l->l1 * u.one * w.one * c.one * c.one + l->l2 * u.two * w.two * c.two * c.two +
           l->l3 * (u.two * w.two * c.one * c.one + u.one * w.one * c.two * c.two) +
           (l->l4 + l->l5) * (u.one * w.two + u.two * w.one) * c.one * c.two;
}

/* hep-ph/0207010, eqs. (D.13) to (D.17), with lambda6 = lambda7 = 0. */
static struct lambdas from_masses(const struct thdm_sm *sm, const struct thdm_point *pt, double sb,
                                  double cb)
{
    double sa = sb * pt->cba - cb * pt->sba, ca = cb * pt->cba + sb * pt->sba;
    double h = pt->mh * pt->mh, H = pt->mH * pt->mH, A = pt->mA * pt->mA;
    double C = pt->mHp * pt->mHp, M = pt->m12sq / (sb * cb);
    return (struct lambdas){
        .l1 = (H * ca * ca + h * sa * sa - M * sb * sb) / (sm->v2 * cb * cb),
        .l2 = (H * sa * sa + h * ca * ca - M * cb * cb) / (sm->v2 * sb * sb),
        .l3 = ((H - h) * ca * sa / (sb * cb) + 2.0 * C - M) / sm->v2,
        .l4 = (A - 2.0 * C + M) / sm->v2,
        .l5 = (M - A) / sm->v2,
    };
}

/* The smallest of the four conditions of hep-ph/0207010, eq. (4); positive when all hold.  Where
 * lambda1 or lambda2 is negative it is the more negative of the two: the margin stays usable. */
static double stability(const struct lambdas *l)
{
    double diagonal = fmin(l->l1, l->l2);
    if (diagonal < 0.0)
        return diagonal;
    double root = sqrt(l->l1 * l->l2);
    double mixed = fmin(l->l3 + root, l->l3 + l->l4 - fabs(l->l5) + root);
    return fmin(diagonal, mixed);
}

/* D of arXiv:1303.5098, eq. (16), over v^4; k = (lambda1/lambda2)^(1/4). */
static double vacuum(const struct thdm_sm *sm, const struct thdm_point *pt,
                     const struct thdm_result *r)
{
    double k2 = sqrt(fabs(r->lambda1 / r->lambda2));
    return pt->m12sq * (r->m11sq - k2 * r->m22sq) * (pt->tanb - sqrt(k2)) / (sm->v2 * sm->v2);
}

/* Largest |eigenvalue| of the symmetric matrix ((a, b), (b, c)). */
static double eigenvalue(double a, double b, double c)
{
    return 0.5 * (fabs(a + c) + sqrt((a - c) * (a - c) + 4.0 * b * b));
}

/* The eigenvalues of the four matrices of hep-ph/0508020, eqs. (7a) to (7d), which fall into blocks
 * when lambda6 = lambda7 = 0; Y and I are hypercharge and isospin of the scattering states. */
static double unitarity(const struct lambdas *l)
{
    double most = fabs(l->l3 - l->l4);  /* Y = 2, I = 0 */
    most = larger(most, l->l3 + l->l4); /* Y = 2, I = 1, as with l5 below */
    most = larger(most, l->l3 + l->l5); /* Y = 0, I = 1, as with l4 below */
    most = larger(most, l->l3 - l->l5);
    most = larger(most, l->l3 + 2.0 * l->l4 + 3.0 * l->l5); /* Y = 0, I = 0, as the last */
    most = larger(most, l->l3 + 2.0 * l->l4 - 3.0 * l->l5);
    most = larger(most, eigenvalue(l->l1, l->l5, l->l2));
    most = larger(most, eigenvalue(l->l1, l->l4, l->l2));
    return larger(most, eigenvalue(3.0 * l->l1, 2.0 * l->l3 + l->l4, 3.0 * l->l2));
}

/* All couplings of four physical Higgs bosons that CP allows. */
static double largest_quartic(const struct lambdas *l, const struct direction even[2],
                              struct direction odd, struct direction charged)
{
    double most = tensor_same(l, (struct direction[]){odd, odd, odd, odd});
    most = larger(most, tensor_charged(l, odd, odd, charged));
    /* H+ H- H+ H-: the same form as four equal real fields, of which 2/3 are its derivative. */
    struct direction c[4] = {charged, charged, charged, charged};
    most = larger(most, tensor_same(l, c) * (2.0 / 3.0));
    for (int i = 0; i < 2; i++) {
        for (int j = i; j < 2; j++) {
            most = larger(most, tensor_odd(l, even[i], even[j], odd));
            most = larger(most, tensor_charged(l, even[i], even[j], charged));
        }
    }
    for (int n = 0; n <= 4; n++) {
        struct direction f[4];
        for (int i = 0; i < 4; i++)
            f[i] = even[i < n];
        most = larger(most, tensor_same(l, f));
    }
    return fabs(most);
}

/* Derived: the quartic tensor with the vacuum as one direction; kappa_lam over 3 mh^2/v. */
static void cubic(const struct thdm_sm *sm, const struct thdm_point *pt, const struct lambdas *l,
                  const struct direction even[2], struct direction odd, struct direction vev,
                  struct thdm_result *r)
{
    r->g_hHpHm = sm->v * tensor_charged(l, even[0], vev, odd);
    r->g_hAA = sm->v * tensor_odd(l, even[0], vev, odd);
    r->g_Hhh = sm->v * tensor_same(l, (struct direction[]){even[1], even[0], even[0], vev});
    double hhh = sm->v * tensor_same(l, (struct direction[]){even[0], even[0], even[0], vev});
    r->kappa_lam = hhh * sm->v / (3.0 * pt->mh * pt->mh);
}

void thdm_potential(const struct thdm_sm *sm, const struct thdm_point *pt, struct thdm_result *r)
{
    double cb = 1.0 / sqrt(1.0 + pt->tanb * pt->tanb), sb = pt->tanb * cb;
    struct lambdas l = from_masses(sm, pt, sb, cb);
    double l345 = l.l3 + l.l4 + l.l5;
    r->lambda1 = l.l1;
    r->lambda2 = l.l2;
    r->lambda3 = l.l3;
    r->lambda4 = l.l4;
    r->lambda5 = l.l5;
    /* The minimum of arXiv:1106.0034, eq. (2), derived. */
    r->m11sq = pt->m12sq * pt->tanb - 0.5 * sm->v2 * (l.l1 * cb * cb + l345 * sb * sb);
    r->m22sq = pt->m12sq / pt->tanb - 0.5 * sm->v2 * (l.l2 * sb * sb + l345 * cb * cb);
    double sa = sb * pt->cba - cb * pt->sba, ca = cb * pt->cba + sb * pt->sba;
    r->alpha = atan2(sa, ca);

    r->stability = stability(&l);
    r->stability_ok = r->stability >= 0.0 ? 1.0 : 0.0;
    r->vacuum = vacuum(sm, pt, r);
    r->unitarity = unitarity(&l);
    r->unitarity_ok = r->unitarity <= 16.0 * THDM_PI ? 1.0 : 0.0;
    const struct direction even[2] = {{-sa, ca}, {ca, sa}}; /* h, H */
    const struct direction odd = {sb, -cb}, vev = {cb, sb}; /* A and H+; the vacuum */
    r->perturbativity = largest_quartic(&l, even, odd, odd);
    r->perturbativity_ok = r->perturbativity <= 4.0 * THDM_PI ? 1.0 : 0.0;
    cubic(sm, pt, &l, even, odd, vev, r);
}
