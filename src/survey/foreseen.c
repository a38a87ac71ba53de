/* foreseen.c: how much of the target the learner knows, by uniform points that it did not choose.
 *
 * The share is that of the latest half of the accepted ones, with Wilson's interval (J. Am. Stat.
 * Assoc. 22 (1927) 209), which stays within 0 .. 1 and says something for 0 of 3 too.
 *
 * The lower end is asked for after every round, until it is high enough.  An interval made for one
 * look would then be there by luck sooner or later: a learner that stays just below 95 % would be
 * taken for one above in a tenth of all scans.  So the lower end is also that of a confidence
 * sequence.  If no point was foreseen with a chance above c, the product over the points of
 * (1 - (1 - c) r) / c for a foreseen one and r for a missed one (r < 1) is a supermartingale, and
 * so is the mean of such products with any fixed weights: over a few r, and over a few points from
 * which on they are taken, since a learner that was bad at first is to be forgiven.  That it ever
 * exceeds 20 has a chance of at most 5 % (Ville; see Howard et al., Ann. Stat. 49 (2021) 1055 and
 * Shin, Ramdas and Rinaldo, New Engl. J. Stat. Data Sci. (2023) on the sums over beginnings).  The
 * lower end is the largest c that is refuted so.
 *
 * What it does not: hold for a learner that knew more before than it knows now, beyond what the
 * latest half of the points shows. */
#include "theodolite/survey.h"

#include <math.h>

enum {
    MORE_MOST = 1 << 20,
    LATELY_LEAST = 100,
    STARTS_MOST = 128,
    STARTS_FIRST = 16,
    HALVINGS = 30
};

static const double rates[] = {0.0, 0.3, 0.6, 0.85}; /* misses, over those that c allows */
enum { N_RATES = sizeof rates / sizeof rates[0] };

struct foreseen survey_foreseen(uint64_t n_foreseen, uint64_t n)
{
    static const double z = 1.959964; /* 95 % */
    struct foreseen f = {.n = n, .n_foreseen = n_foreseen, .share = NAN, .lo = NAN, .hi = NAN};
    double m = (double)n, middle, half;

    if (n == 0)
        return f;
    f.share = (double)n_foreseen / m;
    middle = (f.share + z * z / (2.0 * m)) / (1.0 + z * z / m);
    half = z / (1.0 + z * z / m) * sqrt(f.share * (1.0 - f.share) / m + z * z / (4.0 * m * m));
    f.lo = n_foreseen == 0 ? 0.0 : middle - half;
    f.hi = n_foreseen == n ? 1.0 : middle + half;
    return f;
}

/* ---- the sequence --------------------------------------------------------------------------- */

struct runs { /* from each beginning to the end: counts */
    size_t n;
    double foreseen[STARTS_MOST], missed[STARTS_MOST];
};

/* Beginnings at 0 and at two points in each octave: 16, 24, 32, 48, 64 ... */
static size_t begin_of(size_t k)
{
    size_t octave = k == 0 ? 0 : (k - 1) / 2;

    return k == 0 ? 0 : k % 2 == 1 ? (size_t)STARTS_FIRST << octave : (size_t)24 << octave;
}

static void count_runs(size_t n, const uint8_t *is_foreseen, struct runs *runs)
{
    double foreseen = 0.0;
    size_t k, at = n;

    runs->n = 1;
    while (runs->n < STARTS_MOST && begin_of(runs->n) < n)
        runs->n++;
    for (k = runs->n; k-- > 0;) {
        while (at > begin_of(k))
            foreseen += is_foreseen[--at] != 0;
        runs->foreseen[k] = foreseen;
        runs->missed[k] = (double)(n - at) - foreseen;
    }
}

/* Is it refuted that no point was foreseen with a chance above c? */
static bool is_refuted(const struct runs *runs, double c)
{
    static const double most = 20.0; /* 1 / 5 % */
    double sum = 0.0;

    for (size_t k = 0; k < runs->n; k++) {
        double weight = 1.0 / ((double)(k + 1) * (double)(k + 2) * N_RATES); /* sum: below 1 */

        for (size_t i = 0; i < N_RATES; i++) {
            double product = runs->foreseen[k] * log((1.0 - (1.0 - c) * rates[i]) / c);

            if (runs->missed[k] > 0.0)
                product += rates[i] > 0.0 ? runs->missed[k] * log(rates[i]) : -INFINITY;
            sum += weight * exp(fmin(product, 700.0));
        }
    }
    return sum >= most;
}

static double sequence_lo(const struct runs *runs)
{
    double lo = 0.0, hi = 1.0;

    for (int i = 0; i < HALVINGS; i++) { /* the sum falls where c grows */
        double c = 0.5 * (lo + hi);

        if (is_refuted(runs, c))
            lo = c;
        else
            hi = c;
    }
    return lo;
}

static size_t lately(size_t n)
{
    return n - n / 2 > LATELY_LEAST ? n - n / 2 : n < LATELY_LEAST ? n : LATELY_LEAST;
}

struct foreseen survey_foreseen_lately(size_t n, const uint8_t *is_foreseen)
{
    size_t window = lately(n), i;
    uint64_t n_foreseen = 0;
    struct foreseen f;
    struct runs runs;

    for (i = n - window; i < n; i++)
        n_foreseen += is_foreseen[i] != 0;
    f = survey_foreseen(n_foreseen, window);
    if (n > 0) {
        count_runs(n, is_foreseen, &runs);
        f.lo = fmin(f.lo, sequence_lo(&runs));
    }
    return f;
}

/* The lower end after n points of which this share was foreseen all along. */
static double lo_after(size_t n, double share)
{
    size_t window = lately(n);
    struct runs runs = {.n = 1};

    while (runs.n < STARTS_MOST && begin_of(runs.n) < n)
        runs.n++;
    for (size_t k = 0; k < runs.n; k++) {
        double length = (double)(n - begin_of(k));

        runs.foreseen[k] = floor(share * length);
        runs.missed[k] = length - runs.foreseen[k];
    }
    return fmin(survey_foreseen((uint64_t)(share * (double)window), window).lo, sequence_lo(&runs));
}

double survey_foreseen_more(const struct foreseen *now, double goal)
{
    size_t n = now->n > LATELY_LEAST ? 2 * now->n : now->n, lo = n, hi = n;

    if (n == 0)
        return (double)NAN;
    if (now->lo >= goal)
        return 0.0;
    do {
        if (now->share <= goal || hi > MORE_MOST)
            return (double)INFINITY;
        lo = hi;
        hi *= 2;
    } while (lo_after(hi, now->share) < goal);
    while (hi - lo > 1) {
        size_t middle = lo + (hi - lo) / 2;

        if (lo_after(middle, now->share) < goal)
            lo = middle;
        else
            hi = middle;
    }
    return (double)(hi - n);
}

bool survey_tests_learner(enum point_origin origin, float predicted)
{
    return origin == ORIGIN_EXPLORE && isfinite(predicted);
}
