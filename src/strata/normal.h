/* normal.h: exponential, normal distribution and its inverse for the loops of proposal-density.c.
 *
 * Without branches, so that a loop over points becomes vector code: to be included after
 * theodolite/vector.h. */
#ifndef STRATA_NORMAL_H
#define STRATA_NORMAL_H

#include <stdint.h>
#include <string.h>

/* e^x to 1e-15 for |x| < 700: 2^k e^f with |f| <= ln(2)/2, Taylor to the 12th order. */
VECTOR_PART double normal_exp(double x)
{
    const double magic = 0x1.8p52;
    double k = x * 1.44269504088896340736 + magic, f, p;
    uint64_t bits;

    memcpy(&bits, &k, sizeof bits);
    k -= magic;
    f = x - k * 6.93147180369123816490e-01 - k * 1.90821492927058770002e-10;
    p = 1.0 + f * (1.0 / 12.0);
    p = 1.0 + f * (1.0 / 11.0) * p;
    p = 1.0 + f * (1.0 / 10.0) * p;
    p = 1.0 + f * (1.0 / 9.0) * p;
    p = 1.0 + f * (1.0 / 8.0) * p;
    p = 1.0 + f * (1.0 / 7.0) * p;
    p = 1.0 + f * (1.0 / 6.0) * p;
    p = 1.0 + f * (1.0 / 5.0) * p;
    p = 1.0 + f * (1.0 / 4.0) * p;
    p = 1.0 + f * (1.0 / 3.0) * p;
    p = 1.0 + f * (1.0 / 2.0) * p;
    p = 1.0 + f * p;
    bits = (bits + 1023u) << 52;
    memcpy(&k, &bits, sizeof k);
    return p * k;
}

/* The normal distribution beyond z, 0 <= z <= 37, within 5e-13 of itself: e^(-z^2/2) over 1 + z,
 * times a polynomial in (z - 4)/(z + 4) (the form of Shepherd, Laframboise, Math. Comp. 36 (1981)
 * 249; coefficients from Chebyshev's interpolation of Mills' ratio). */
VECTOR_PART double normal_upper(double z)
{
    double t = (z - 4.0) / (z + 4.0), p;

    p = 4.286098942429817e-07 + t * (-3.3276251087954734e-08 + t * -4.531329977908172e-08);
    p = -2.477360453667643e-06 + t * (4.4161259893371607e-07 + t * p);
    p = 1.3534611628784887e-05 + t * (-3.4576332055280545e-06 + t * p);
    p = -8.781378363664771e-05 + t * (2.1261332245003928e-05 + t * p);
    p = 0.0006948867740212972 + t * (-9.443344071602411e-05 + t * p);
    p = -0.005002377026430249 + t * (-0.0002856225505968313 + t * p);
    p = -0.03219783754890469 + t * (0.01793609742727742 + t * p);
    p = 0.013999634728053486 + t * (0.02860036405592349 + t * p);
    p = 0.4720532065098267 + t * (-0.0967034773265609 + t * p);
    return normal_exp(-0.5 * z * z) * p / (1.0 + z);
}

/* Wichura, AS 241 (Appl. Statist. 37 (1988) 477), where |p - 1/2| <= 0.425. */
VECTOR_PART double normal_quantile_inner(double p)
{
    double q = p - 0.5, r = 0.180625 - q * q;
    double above =
        (((((((2509.0809287301226727 * r + 33430.575583588128105) * r + 67265.770927008700853) * r +
             45921.953931549871457) *
                r +
            13731.693765509461125) *
               r +
           1971.5909503065514427) *
              r +
          133.14166789178437745) *
             r +
         3.387132872796366608);
    double below =
        (((((((5226.495278852545925 * r + 28729.085735721942674) * r + 39307.89580009271061) * r +
             21213.794301586595867) *
                r +
            5394.1960214247511077) *
               r +
           687.1870074920579083) *
              r +
          42.313330701600911252) *
             r +
         1.0);

    return q * above / below;
}

#endif
