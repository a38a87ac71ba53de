/* islands.c: small parts of the target far from the rest, until they are as well known.
 *
 * What it does: one accepted point among thousands passes for noise with those who learn labels, so
 * an island that was met by chance would have to wait until chance has met it often.  A component
 * of few accepted points is an island where it is far from all others, by the typical distance of
 * accepted points, and rejected points lie between: in the lune of its nearest pair with another
 * component (Toussaint, Pattern Recognition 12 (1980) 261).  It gets a quota of the batch: places
 * whose nearest known point is one of its own (the rule of the nearest neighbour; Cover, Hart, IEEE
 * Trans. Inf. Theory 13 (1967) 21), whatever the model says, far from each other.  A place that is
 * rejected makes that part smaller, so the trials close in on an island of any size and shape.
 * Beyond a first few points the island is to be no denser than the rest.
 *
 * What it does not: find islands, or tend those that have taken many trials in vain (accepted by
 * chance, or by a calculator that is not sure). */
#include "private.h"
#include "theodolite/tree.h"

#include <gsl/gsl_sort_float.h>
#include <math.h>
#include <string.h>

enum {
    ACCEPTED_LEAST = 20,
    MOST_POINTS = 100, /* of an island */
    MOST_ASKED = 24,   /* components that are looked at, the smallest first */
    MOST_SOURCES = 12, /* points of an island about which places are proposed */
    PLACES = 10,       /* tries about each */
    LONE = 5,          /* as many near neighbours has who is not alone */
    FIRST_POINTS = 10, /* from which on an island is to be no denser than the rest */
    FAMILY = 0x8000    /* of the first island's places; other children have smaller numbers */
};
static const double most_islands = 0.2; /* of a batch */
static const float far_apart = 9.0f;    /* squared, in units of the typical distance */
static const float lone_apart = 36.0f;  /* the same, to that neighbour */

/* A small component, or several that nothing parts. */
struct islet {
    size_t n, n_parts, part[MOST_ASKED], rows[MOST_POINTS];
};

static const float *at(const struct survey_snapshot *shot, size_t row)
{
    return shot->x + row * shot->n_dims;
}

int islands_lone(const struct survey_snapshot *shot, bool *is_lone, struct err *err)
{
    size_t i, n = 0, d = shot->n_dims, near[LONE];
    float middle, far2[LONE], *x = mem_array(shot->n * d, sizeof *x);
    float *reach = mem_array(shot->n, sizeof *reach), *sorted = mem_array(shot->n, sizeof *sorted);
    struct tree *tree = NULL;
    int rc = -1;

    if (!x || !reach || !sorted) {
        mem_error(err);
        goto out;
    }
    for (i = 0; i < shot->n; i++)
        if (shot->label[i] > 0)
            memcpy(x + n++ * d, at(shot, i), d * sizeof *x);
    tree = tree_create(n, d, x, err);
    if (!tree)
        goto out;
    for (i = 0; i < n; i++) {
        reach[i] =
            tree_nearest(tree, x + i * d, LONE, i, near, far2) == LONE ? far2[LONE - 1] : 0.0f;
        sorted[i] = reach[i];
    }
    gsl_sort_float(sorted, 1, n);
    middle = n > 0 ? sorted[n / 2] : 0.0f;
    for (i = 0, n = 0; i < shot->n; i++)
        if (shot->label[i] > 0)
            is_lone[i] = reach[n++] > lone_apart * middle;
    rc = 0;
out:
    tree_free(tree);
    mem_free(x);
    mem_free(reach);
    mem_free(sorted);
    return rc;
}

/* Of the nearest pair of points, one of the islet and one of another component: squared distance,
 * rows of the snapshot, and that component. */
struct strait {
    float far2;
    size_t here, there, other;
};

static size_t size_of(const struct parents *parents, size_t k)
{
    return parents->first[k + 1] - parents->first[k];
}

static bool has_part(const struct islet *islet, size_t k)
{
    size_t i;

    for (i = 0; i < islet->n_parts; i++)
        if (islet->part[i] == k)
            return true;
    return false;
}

/* false: it would be no small one, or has points that are not accepted. */
static bool take_part(const struct survey_snapshot *shot, const struct parents *parents, size_t k,
                      size_t least, struct islet *islet)
{
    size_t i, n = size_of(parents, k);

    if (islet->n + n >= least || islet->n + n > MOST_POINTS || islet->n_parts == MOST_ASKED)
        return false;
    for (i = parents->first[k]; i < parents->first[k + 1]; i++) {
        if (shot->label[parents->rows[i]] <= 0)
            return false;
        islet->rows[islet->n++] = parents->rows[i];
    }
    islet->part[islet->n_parts++] = k;
    return true;
}

static struct strait find_strait(const struct survey_snapshot *shot, const struct parents *parents,
                                 const struct islet *islet)
{
    struct strait s = {.far2 = INFINITY};
    size_t i, j, k;

    for (i = 0; i < islet->n; i++) {
        const float *x = at(shot, islet->rows[i]);

        for (k = 0; k < parents->n_components; k++) {
            if (has_part(islet, k))
                continue;
            for (j = parents->first[k]; j < parents->first[k + 1]; j++) {
                float r = point_distance2(shot->n_dims, x, at(shot, parents->rows[j]));

                if (r < s.far2)
                    s = (struct strait){r, islet->rows[i], parents->rows[j], k};
            }
        }
    }
    return s;
}

/* Rejected points in the strait, and trials in vain on this side of it. */
static void look_around(const struct survey_snapshot *shot, const struct strait *s,
                        size_t *n_between, size_t *n_vain)
{
    const float *a = at(shot, s->here), *b = at(shot, s->there);
    size_t i, d = shot->n_dims;

    *n_between = *n_vain = 0;
    for (i = 0; i < shot->n; i++) {
        float r;

        if (shot->label[i] > 0)
            continue;
        r = point_distance2(d, a, at(shot, i));
        if (r >= s->far2)
            continue;
        *n_vain += !shot->is_uniform[i] && r < s->far2 / 16.0f;
        *n_between += point_distance2(d, b, at(shot, i)) < s->far2;
    }
}

/* Begins with component k.  Where labels are all that there is, two points of one island may be far
 * apart, each a component: what nothing parts from it belongs to it. */
static bool is_island(const struct search_state *search, const struct parents *parents, size_t k,
                      size_t least, struct islet *islet)
{
    const struct survey_snapshot *shot = search->snapshot;
    size_t n_between, n_vain;
    struct strait s;

    islet->n = islet->n_parts = 0;
    if (!take_part(shot, parents, k, least, islet))
        return false;
    do {
        s = find_strait(shot, parents, islet);
        if (!isfinite(s.far2))
            return false;
        if (s.far2 < far_apart * search->spacing2)
            continue;
        look_around(shot, &s, &n_between, &n_vain);
        if (n_between >= 2)
            return n_vain <= 30 + 10 * shot->n_dims + 8 * islet->n;
    } while (search->is_label_only && take_part(shot, parents, s.other, least, islet));
    return false;
}

/* Components that are smaller than a third of the mean, smallest first. */
static size_t find_small(const struct parents *parents, size_t least, size_t *small)
{
    size_t k, i, n = 0;

    for (k = 0; k < parents->n_components; k++) {
        size_t size = size_of(parents, k);

        if (size >= least || size > MOST_POINTS)
            continue;
        if (n == MOST_ASKED && size >= size_of(parents, small[n - 1]))
            continue;
        i = n < MOST_ASKED ? n++ : n - 1;
        for (; i > 0 && size_of(parents, small[i - 1]) > size; i--)
            small[i] = small[i - 1];
        small[i] = k;
    }
    return n;
}

/* ---- places --------------------------------------------------------------------------------- */

struct around { /* known points about one of an island */
    size_t n, *rows;
    float rejected2; /* squared distance to the nearest rejected one */
};

static void find_around(const struct survey_snapshot *shot, const float *x, struct around *around)
{
    size_t i, d = shot->n_dims;
    float reach2;

    around->n = 0;
    around->rejected2 = INFINITY;
    for (i = 0; i < shot->n; i++)
        if (shot->label[i] <= 0)
            around->rejected2 = fminf(around->rejected2, point_distance2(d, x, at(shot, i)));
    reach2 = 4.0f * around->rejected2; /* what may be nearer to a place that is as far */
    for (i = 0; i < shot->n; i++)
        if (point_distance2(d, x, at(shot, i)) < reach2)
            around->rows[around->n++] = i;
}

static void step(const struct survey_snapshot *shot, const float *x, double reach, struct rng *rng,
                 float *to)
{
    double normal[SURVEY_MAX_DIMS], norm = 0.0, size;
    size_t j, d = shot->n_dims;

    for (j = 0; j < d; j++) {
        normal[j] = rng_normal(rng);
        norm += normal[j] * normal[j];
    }
    size =
        rng_u32(rng) & 1u ? pow(rng_uniform(rng), 1.0 / (double)d) : exp(-2.5 * rng_uniform(rng));
    size *= 1.5 * reach / sqrt(norm);
    for (j = 0; j < d; j++) {
        float u = survey_mirrored(x[j] + (float)(size * normal[j]));

        to[j] = shot->n_cells[j] > 0 ? survey_seen(shot->n_cells[j], (double)u) : u;
    }
}

/* 0: a rejected point is nearer than any accepted one; at most 1. */
static float nearness(const struct survey_snapshot *shot, const struct around *around,
                      const float *x)
{
    float in = INFINITY, out = INFINITY;
    size_t i;

    for (i = 0; i < around->n; i++) {
        float r = point_distance2(shot->n_dims, x, at(shot, around->rows[i]));

        if (shot->label[around->rows[i]] > 0)
            in = fminf(in, r);
        else
            out = fminf(out, r);
    }
    return in < out ? out / (in + out) : 0.0f;
}

static int add_places(const struct survey_snapshot *shot, const struct islet *islet,
                      uint16_t family, struct candidates *c, struct err *err)
{
    struct rng rng = rng_stream(shot->seed, RNG_LOCAL, (uint64_t)shot->round << 16 | family);
    size_t n = islet->n, i, t;
    struct around around = {.rows = mem_array(shot->n, sizeof *around.rows)};

    if (!around.rows)
        return mem_error(err);
    for (i = 0; i < n && i < MOST_SOURCES; i++) {
        size_t from = n <= MOST_SOURCES ? i : (size_t)rng_below(&rng, n);
        const float *x = at(shot, islet->rows[from]);

        find_around(shot, x, &around);
        for (t = 0; t < PLACES && isfinite(around.rejected2); t++) {
            step(shot, x, sqrt((double)around.rejected2), &rng, c->x + c->n * c->d);
            c->score[c->n] = nearness(shot, &around, c->x + c->n * c->d);
            c->family[c->n] = family;
            c->n += c->score[c->n] > 0.0f;
        }
    }
    mem_free(around.rows);
    return 0;
}

int islands_add(struct search_state *search, const struct parents *parents, struct candidates *c,
                struct islands *islands, struct err *err)
{
    const struct survey_snapshot *shot = search->snapshot;
    struct prediction out = {.target = c->p + c->n, .failure = c->merit + c->n};
    size_t small[MOST_ASKED], n_small, i, j, least;
    bool is_taken[MOST_ASKED] = {false};
    struct islet islet;

    *islands = (struct islands){.from = c->n, .to = c->n};
    if (search->edge || search->relax > 0.0 || shot->n_accepted < ACCEPTED_LEAST ||
        parents->n_components < 2)
        return 0;
    least = parents->n / parents->n_components / 3;
    n_small = find_small(parents, least, small);
    for (i = 0; i < n_small && islands->n < ISLANDS_MOST; i++) {
        if (is_taken[i] || !is_island(search, parents, small[i], least, &islet))
            continue;
        for (j = i; j < n_small; j++)
            is_taken[j] = is_taken[j] || has_part(&islet, small[j]);
        islands->size[islands->n] = islet.n * (1 + shot->n_accepted / (parents->n + 1));
        if (add_places(shot, &islet, (uint16_t)(FAMILY + islands->n++), c, err) != 0)
            return -1;
    }
    islands->to = c->n;
    if (c->n == islands->from)
        return 0;
    if (ensemble_predict(search->model, c->n - islands->from, c->x + islands->from * c->d, &out,
                         err) != 0)
        return -1;
    for (i = islands->from; i < c->n; i++) /* every second one, at the middle */
        c->p[i] = fmaxf(c->p[i], 0.5f * c->score[i]);
    return 0;
}

void islands_choose(struct search_state *search, struct candidates *c,
                    const struct islands *islands, size_t n, size_t *chosen, size_t *n_chosen)
{
    struct selection s = {.power = (double)c->d, .to = 2.0f};
    size_t k, i, quota = 4 * c->d + 10, before = *n_chosen;

    if (islands->n > 0 && (double)(quota * islands->n) > most_islands * (double)n)
        quota = (size_t)(most_islands * (double)n) / islands->n;
    for (k = 0; k < islands->n && *n_chosen + quota < n; k++) {
        s.family = (uint16_t)(FAMILY + k);
        s.n = islands->size[k] < FIRST_POINTS ? FIRST_POINTS - islands->size[k] : 0;
        s.n = s.n < quota ? s.n : quota;
        s.least = 0.0f;
        i = *n_chosen;
        select_diverse(c, &s, chosen, n_chosen);
        s.n = quota - (*n_chosen - i);
        s.least = search->spacing2;
        select_diverse(c, &s, chosen, n_chosen);
    }
    for (i = islands->from; i < islands->to; i++)
        c->score[i] = -1.0f; /* no one else chooses it */
    search->n_islands = *n_chosen - before;
}
