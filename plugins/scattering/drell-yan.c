/* drell-yan.c: u ubar -> e- e+ by photon and Z in pp collisions at 13 TeV, for 60 < m_ee < 120 GeV,
 * on purpose in bad variables: the unit cube is (ln x1, ln x2, cos), so the Z is a curved ridge.
 *
 * The Drell-Yan problem of the open suite of integrals; its integral is 152.254972626 pb.  Parton
 * densities are toys of the right shape: x ubar = 0.2 x^-0.2 (1-x)^7, x u = 2 x^0.7 (1-x)^3 +
 * x ubar.  The factor 2 is for the quark in the other proton; momenta are those of the quark in the
 * first one (along +z).  d sigma / d cos as in ee-mumu.c, over 3 colours.
 *
 * A fourth input, where given, is the azimuth over 2 pi, on which nothing depends. */
#include "private.h"

#include <math.h>

static const double pi = 3.141592653589793238;
static const double ENERGY = 13000.0, LEAST2 = 3600.0, MOST2 = 14400.0; /* GeV, GeV^2 */

static double x_sea(double x)
{
    return 0.2 * pow(x, -0.2) * pow(1.0 - x, 7.0);
}

static double x_up(double x)
{
    double rest = 1.0 - x;
    return 2.0 * pow(x, 0.7) * rest * rest * rest + x_sea(x);
}

/* pb, with the Jacobian of the unit cube */
static double density(double s, double x1, double x2, double c, double length)
{
    struct helicities sum;
    if (s < LEAST2 || s > MOST2)
        return 0.0;
    sum = scattering_helicities(s, 2.0 / 3.0, 0.5);
    return 2.0 * length * length * x_up(x1) * x_sea(x2) * GEV2_PB * pi * EW_ALPHA * EW_ALPHA /
           (24.0 * s) * ((1.0 + c) * (1.0 + c) * sum.same + (1.0 - c) * (1.0 - c) * sum.other);
}

/* A massless four-momentum of the pair's rest frame, seen from that of the protons. */
static void put(double *out, double energy, const double way[3], double g, double beta_g)
{
    out[0] = energy * (g + beta_g * way[2]);
    out[1] = energy * way[0];
    out[2] = energy * way[1];
    out[3] = energy * (beta_g + g * way[2]);
}

enum { F, M_EE, COS, LN_X1, LN_X2, Y, PT, UP, SEA = UP + 4, EM = SEA + 4, EP = EM + 4, N = EP + 4 };

int drell_yan_eval(size_t n, size_t d, const double *in, double *out, uint8_t *status)
{
    const double length = log(ENERGY * ENERGY / LEAST2);
    for (size_t i = 0; i < n; i++, in += d, out += N) {
        double ln1 = -length * (1.0 - in[0]), ln2 = -length * (1.0 - in[1]);
        double x1 = exp(ln1), x2 = exp(ln2), c = 2.0 * in[2] - 1.0;
        double s = x1 * x2 * ENERGY * ENERGY, m = sqrt(s), y = 0.5 * (ln1 - ln2);
        double phi = d > 3 ? 2.0 * pi * in[3] : 0.0, sine = sqrt(1.0 - c * c);
        double em[3] = {sine * cos(phi), sine * sin(phi), c}, ep[3] = {-em[0], -em[1], -em[2]};
        out[F] = density(s, x1, x2, c, length);
        out[M_EE] = m;
        out[COS] = c;
        out[LN_X1] = ln1;
        out[LN_X2] = ln2;
        out[Y] = y;
        out[PT] = 0.5 * m * sine;
        for (int k = 0; k < 8; k++)
            out[UP + k] = 0.0;
        out[UP] = out[UP + 3] = 0.5 * ENERGY * x1;
        out[SEA] = 0.5 * ENERGY * x2;
        out[SEA + 3] = -out[SEA];
        put(out + EM, 0.5 * m, em, cosh(y), sinh(y));
        put(out + EP, 0.5 * m, ep, cosh(y), sinh(y));
        status[i] = TH_POINT_OK;
    }
    return 0;
}

const char *const drell_yan_outputs[DRELL_YAN_OUTPUTS] = {
    "f",     "m_ee",  "c",     "ln_x1",  "ln_x2",   "y",       "pt",      "E_u",
    "px_u",  "py_u",  "pz_u",  "E_ubar", "px_ubar", "py_ubar", "pz_ubar", "E_em",
    "px_em", "py_em", "pz_em", "E_ep",   "px_ep",   "py_ep",   "pz_ep"};
