/* adaptive-search.c: peaks that the points of adaptive sampling have not met.
 *
 * Maps and boxes are made from points, so a peak that no point has met is in none of them, and all
 * replicates agree without it.  Hence after the uniform points the search of modes (search.c)
 * climbs from them, in one piece.  Its points have no known density and are in no estimate, but by
 * its own reckoning they say what int F^2 / q is, the mean square of a weight under a proposal q.
 * Where that is about what the points of known density say, there is nothing that they do not know,
 * and all goes on as if there had been no search: a smooth function is best left smooth.  Where it
 * is far above, peaks were missed; then a mixture of Gaussians is fitted to both kinds of points
 * (proposal-fit.c), and a share of all points to come is drawn from it.
 *
 * In the end the search's points say how much of int |F| lies where one call would carry much of
 * the variance (adaptive-result.c): the alarm for peaks that were met and that the sampling does
 * not hold.
 *
 * What it does not: estimate. */
#include "adaptive.h"
#include "fit.h"

#include <math.h>
#include <string.h>

enum { SEARCH_DIMS = 60, FIT_POINTS = 1500, PARTS_MOST = 8, FEW_DIMS = 3 };
static const double search_share = 0.4;  /* of the calls that train */
static const double search_factor = 1.8; /* of the calls it is told, which it may make at most */
static const double square_most = 10.0;  /* of int F^2 / q, the search's over the points' */
static const double starts_factor = 8;   /* points to begin at, over the root of the calls */
static const double starts_many = 30;    /* in few dimensions, where neighbours are found soon */
static const double widened = 1.2;
static const double of_kin = 0.25;    /* points of a climb are kin of one another */
static const double weight_least = 2; /* of a missed peak, over the root of that integral */
static const double uniform_least = 0.05;

uint64_t adaptive_search_calls(size_t n_dims, uint64_t n)
{
    double calls = search_share * (double)n, least = 8 * (24 + 4 * (double)n_dims);
    return n_dims <= SEARCH_DIMS && calls >= least ? (uint64_t)calls : 0;
}

/* ---- one piece ------------------------------------------------------------------------------- */

struct head { /* before x, f and intensity of the points */
    uint64_t n_calls, n_failed, n;
    double most;
    struct search_found about;
};

static int run(struct search *search, const struct integrand *integrand, struct head *head,
               struct err *err)
{
    double *f = NULL;
    const double *x;
    size_t n, room = 0;
    int rc = -1;
    for (;;) {
        TRY(search_next(search, &n, &x, err));
        if (n == 0)
            break;
        if (n > room) {
            mem_free(f);
            room = n;
            if ((f = mem_array(room, sizeof *f)) == NULL) {
                mem_error(err);
                goto out;
            }
        }
        TRY(integrand->eval(integrand->context, n, x, f, err));
        for (size_t i = 0; i < n; i++) {
            head->n_failed += isfinite(f[i]) ? 0 : 1;
            head->most = isfinite(f[i]) ? fmax(head->most, fabs(f[i])) : head->most;
        }
        head->n_calls += n;
        TRY(search_take(search, f, err));
    }
    rc = 0;
out:
    mem_free(f);
    return rc;
}

int adaptive_search(const struct adaptive *a, const struct integrand *integrand, struct buf *out,
                    struct err *err)
{
    double factor = a->config.n_dims <= FEW_DIMS ? starts_many : starts_factor;
    const struct search_config config = {.n_dims = a->config.n_dims,
                                         .seed = a->config.seed,
                                         .n_calls = (uint64_t)((double)a->n_search / search_factor),
                                         .n = a->n_points,
                                         .x = a->x,
                                         .f = a->f,
                                         .climbs_rest = true,
                                         .n_starts = (size_t)(factor * sqrt((double)a->n_search))};
    struct search *search = search_create(&config, err);
    struct search_points points;
    struct head head;
    int rc = -1;
    memset(&head, 0, sizeof head); /* it is written as it lies */
    if (search == NULL || run(search, integrand, &head, err) != 0)
        goto out;
    search_result(search, &points, &head.about);
    head.n = points.n;
    TRY(buf_append(out, &head, sizeof head, err));
    TRY(buf_append(out, points.x, points.n * config.n_dims * sizeof *points.x, err));
    TRY(buf_append(out, points.f, points.n * sizeof *points.f, err));
    TRY(buf_append(out, points.intensity, points.n * sizeof *points.intensity, err));
    rc = 0;
out:
    search_free(search);
    return rc;
}

static void note_search(struct adaptive *a, const struct head *head)
{
    a->n_calls += head->n_calls;
    a->most_train = fmax(a->most_train, head->most);
    a->found.about = head->about;
    a->found.most = head->most;
    double sum = 0, sum2 = 0;
    for (size_t i = 0; i < a->n_points; i++) {
        double size = isfinite(a->f[i]) ? fabs(a->f[i]) : 0;
        a->found.n_begun += size > 0 ? 1 : 0;
        sum += size;
        sum2 += size * size;
    }
    a->found.effective = sum2 > 0 ? sum / sum2 * sum : 0;
    a->rounds[a->n_rounds] = (struct strata_round){.round = (uint32_t)a->n_rounds,
                                                   .stage = STAGE_SEARCH,
                                                   .n = head->n_calls,
                                                   .n_failed = head->n_failed,
                                                   .estimate = (double)NAN,
                                                   .error = (double)NAN,
                                                   .integral = (double)NAN,
                                                   .total_error = (double)NAN,
                                                   .n_total = a->n_calls};
    a->n_rounds++;
}

int adaptive_take_search(struct adaptive *a, const void *bytes, size_t n, struct err *err)
{
    struct adaptive_found *found = &a->found;
    size_t d = a->config.n_dims, each = (d + 2) * sizeof(double);
    const char *at = bytes;
    struct head head = {.n = 0};
    if (n >= sizeof head)
        memcpy(&head, at, sizeof head);
    if (n < sizeof head || head.n != (n - sizeof head) / each || (n - sizeof head) % each != 0 ||
        head.n_calls > a->n_search)
        return err_set(err, ERR_STORE, "what a search has found is not of that form");
    mem_free(found->x);
    mem_free(found->f);
    mem_free(found->intensity);
    found->n = (size_t)head.n;
    found->x = mem_array(found->n, d * sizeof *found->x);
    found->f = mem_array(found->n, sizeof *found->f);
    found->intensity = mem_array(found->n, sizeof *found->intensity);
    if (found->x == NULL || found->f == NULL || found->intensity == NULL)
        return mem_error(err);
    at += sizeof head;
    memcpy(found->x, at, found->n * d * sizeof *found->x);
    at += found->n * d * sizeof *found->x;
    memcpy(found->f, at, found->n * sizeof *found->f);
    at += found->n * sizeof *found->f;
    memcpy(found->intensity, at, found->n * sizeof *found->intensity);
    note_search(a, &head);
    return 0;
}

/* ---- what the points do not know ------------------------------------------------------------- */

/* Sum of F^2 / (intensity q). */
static double sum_squares(const struct shape *shape, size_t n, const double *x, const double *f,
                          const double *intensity)
{
    enum { BLOCK = 64 };
    double sum = 0, q[BLOCK];
    for (size_t first = 0; first < n; first += BLOCK) {
        size_t most = n - first < BLOCK ? n - first : BLOCK;
        memset(q, 0, sizeof q);
        shape_add_density(shape, 1, most, x + first * shape->n_dims, q);
        for (size_t i = 0; i < most; i++)
            if (isfinite(f[first + i]))
                sum += f[first + i] / intensity[first + i] * f[first + i] / q[i];
    }
    return sum;
}

double adaptive_found_square(const struct adaptive *a, const struct shape *shape)
{
    const struct adaptive_found *found = &a->found;
    return sum_squares(shape, found->n, found->x, found->f, found->intensity);
}

void adaptive_weigh_found(struct adaptive *a, const struct shape *frozen)
{
    struct adaptive_found *found = &a->found;
    for (size_t i = 0; i < found->n; i++) {
        double q = 0, size = fabs(found->f[i]);
        shape_add_density(frozen, 1, 1, found->x + i * a->config.n_dims, &q);
        size_t octave = tail_index(size / q, a->top);
        found->mass[octave] += size / found->intensity[i];
        found->mass_most[octave] = fmax(found->mass_most[octave], size);
    }
}

/* The points known, one in so many that each stands for as much of int F^2. */
double adaptive_known_square(const struct adaptive *a, const struct shape *shape)
{
    enum { TAKEN = 2000 };
    double total = 0, sum = 0, over = 0;
    size_t next = 0;
    for (size_t i = 0; i < a->n_points; i++)
        total += isfinite(a->f[i]) ? a->f[i] / a->q[i] * a->f[i] : 0;
    for (size_t i = 0; i < a->n_points && total > 0; i++) {
        size_t before = next;
        double q = 0;
        sum += isfinite(a->f[i]) ? a->f[i] / a->q[i] * a->f[i] : 0;
        while (next < TAKEN && sum >= total * ((double)next + 0.5) / TAKEN)
            next++;
        if (next == before)
            continue;
        shape_add_density(shape, 1, 1, a->x + i * a->config.n_dims, &q);
        over += (double)(next - before) / q;
    }
    return total / TAKEN * over;
}

bool adaptive_has_missed(struct adaptive *a, const struct shape *shape)
{
    double known = adaptive_known_square(a, shape);
    a->found.weight_least = weight_least * sqrt(known);
    return adaptive_found_square(a, shape) > square_most * known;
}

/* ---- Gaussians ------------------------------------------------------------------------------- */

/* |F| over the intensity where a call weighs more than those that were known when the search was
 * over: that is the missed peaks, without what maps and boxes are for. */
static void weigh_set(const struct adaptive *a, size_t n, const double *x, const double *f,
                      const double *intensity, double *weight)
{
    enum { BLOCK = 64 };
    struct shape bare = a->shapes[1]; /* borrowed */
    double q[BLOCK];
    bare.peaks = NULL;
    for (size_t first = 0; first < n; first += BLOCK) {
        size_t most = n - first < BLOCK ? n - first : BLOCK;
        memset(q, 0, sizeof q);
        shape_add_density(&bare, 1, most, x + first * bare.n_dims, q);
        for (size_t i = 0; i < most; i++) {
            double size = fabs(f[first + i]);
            bool is_missed = isfinite(size) && size > a->found.weight_least * q[i];
            weight[first + i] = is_missed ? size / intensity[first + i] : 0;
        }
    }
}

/* Of the points that are known, then of those found, each set as much as it knows.  Returns how
 * many independent points it all is. */
static double weigh(const struct adaptive *a, double *weight)
{
    const struct adaptive_found *found = &a->found;
    double sum[2] = {0, 0}, square[2] = {0, 0}, knows[2] = {0, 0};
    size_t n = a->n_points + found->n;
    weigh_set(a, a->n_points, a->x, a->f, a->q, weight);
    weigh_set(a, found->n, found->x, found->f, found->intensity, weight + a->n_points);
    for (size_t i = 0; i < n; i++) {
        size_t set = i >= a->n_points;
        sum[set] += weight[i];
        square[set] += weight[i] * weight[i];
    }
    for (size_t set = 0; set < 2; set++)
        knows[set] = square[set] > 0 ? sum[set] / square[set] * sum[set] : 0;
    knows[1] *= of_kin;
    for (size_t i = 0; i < n; i++) {
        size_t set = i >= a->n_points;
        weight[i] *= sum[set] > 0 ? knows[set] / sum[set] : 0;
    }
    return knows[0] + knows[1];
}

/* Systematic: every total / FIT_POINTS of weight takes the point it falls on; returns how many. */
static size_t take(const struct adaptive *a, const double *weight, double total, double *x,
                   double *taken)
{
    size_t n = a->n_points + a->found.n, d = a->config.n_dims, m = 0, next = 0;
    double sum = 0;
    for (size_t i = 0; i < n && total > 0; i++) {
        size_t before = next;
        sum += weight[i];
        while (next < FIT_POINTS && sum >= total * ((double)next + 0.5) / FIT_POINTS)
            next++;
        if (next == before)
            continue;
        const double *from = i < a->n_points ? a->x + i * d : a->found.x + (i - a->n_points) * d;
        memcpy(x + m * d, from, d * sizeof *x);
        taken[m++] = (double)(next - before);
    }
    return m;
}

/* Where the points are too few for a fit: one Gaussian that is as wide as they lie, or wider. */
static struct proposal *one_gaussian(const struct proposal_data *data, struct err *err)
{
    size_t d = data->n_dims;
    struct proposal *p = mixture_create(d, 1, err);
    struct gaussian *g = p != NULL ? p->parts : NULL;
    double sum = 0;
    if (p == NULL)
        return NULL;
    for (size_t i = 0; i < data->n; i++) {
        sum += data->weight[i];
        for (size_t j = 0; j < d; j++)
            g->mean[j] += data->weight[i] * (data->x[i * d + j] - g->mean[j]) / sum;
    }
    for (size_t j = 0; j < d; j++) {
        double square = 0;
        for (size_t i = 0; i < data->n; i++)
            square += data->weight[i] / sum * (data->x[i * d + j] - g->mean[j]) *
                      (data->x[i * d + j] - g->mean[j]);
        g->lower[j * d + j] = fmax(widened * sqrt(square), 1e-6);
    }
    gaussian_finish(d, g);
    p->share[PARTS_FIXED] = 1;
    return p;
}

/* What is left of a proposal without its uniform part and axes, which maps and boxes are for. */
static struct proposal *keep_gaussians(struct proposal *take_proposal)
{
    struct proposal *p = take_proposal;
    double total = 0;
    p->share[PART_UNIFORM] = p->share[PART_AXES] = 0;
    for (size_t k = PARTS_FIXED; k < p->n_parts; k++)
        total += p->share[k];
    for (size_t k = PARTS_FIXED; k < p->n_parts && total > 0; k++)
        p->share[k] /= total;
    if (total > 0)
        return p;
    proposal_free(p);
    return NULL;
}

struct proposal *adaptive_fit_peaks(const struct adaptive *a, const struct proposal *warm,
                                    struct err *err)
{
    size_t d = a->config.n_dims, n = a->n_points + a->found.n;
    double *weight = mem_array(n, sizeof *weight), *taken = mem_array(FIT_POINTS, sizeof *taken);
    double *x = mem_array(FIT_POINTS, d * sizeof *x), total;
    const struct proposal_config config = {.n_parts_most = PARTS_MOST,
                                           .uniform = uniform_least,
                                           .seed = a->config.seed,
                                           .round = a->round};
    struct proposal_data data = {.n_dims = d, .x = x, .weight = taken};
    struct proposal *fit = NULL;
    if (weight == NULL || taken == NULL || x == NULL) {
        mem_error(err);
        goto out;
    }
    total = data.effective = weigh(a, weight);
    data.n = take(a, weight, total, x, taken);
    fit = proposal_fit(&config, &data, warm, err);
    if (fit != NULL)
        fit = keep_gaussians(fit);
    if (fit == NULL && err->code == ERR_NONE && data.n > d)
        fit = one_gaussian(&data, err);
out:
    mem_free(weight);
    mem_free(taken);
    mem_free(x);
    return fit;
}

uint32_t adaptive_share_peaks(const struct adaptive *a, const struct shape *shape)
{
    static const uint32_t eighths[] = {2, 4, 6};
    struct shape tried = *shape; /* its parts are borrowed */
    uint32_t best = eighths[0];
    double least = INFINITY;
    for (size_t k = 0; k < sizeof eighths / sizeof *eighths; k++) {
        tried.n_eighths = eighths[k];
        double square = sum_squares(&tried, a->n_points, a->x, a->f, a->q);
        if (square < least) {
            least = square;
            best = eighths[k];
        }
    }
    return best;
}
