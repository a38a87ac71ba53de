/* survey.c: what is known of every closed point, and the snapshots that proposals are made from.
 *
 * What it does: keeps positions, states and margins in flat arrays by id; counts the points of
 * known density for the volume; hands out snapshots with a bounded sample for the learner: all
 * accepted points, the nearest misses and some of the rest, each up to a limit, chosen by a hash of
 * the id, so that neither the order of adding nor the number of points changes what a round costs
 * or proposes.
 *
 * What it does not: propose (propose.c), or keep anything that the store does not have.
 *
 * The judge is borrowed: it must live until the next survey_set_judge or survey_free, and until
 * every snapshot made with it is freed. */
#include "private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SAMPLE_FOR_SCALES = 4096 };

uint64_t survey_hash(uint64_t seed, uint64_t id)
{
    uint64_t h = id * 0x9E3779B97F4A7C15u ^ seed;

    h = (h ^ h >> 30) * 0xBF58476D1CE4E5B9u;
    h = (h ^ h >> 27) * 0x94D049BB133111EBu;
    return h ^ h >> 31;
}

bool survey_is_sampled(uint64_t hash, size_t limit, size_t count)
{
    return count <= limit || (double)hash < 0x1p64 * ((double)limit / (double)count);
}

/* ---- creating ------------------------------------------------------------------------------- */

static int find_cells(struct survey *survey, const struct scan *scan, struct err *err)
{
    struct space *space = space_create(scan, err);
    size_t i;
    int rc = -1;

    if (!space)
        return -1;
    survey->n_dims = space_n_dims(space);
    if (survey->n_dims == 0 || survey->n_dims > SURVEY_MAX_DIMS) {
        err_set(err, ERR_SCAN, "a scan has 1 to %d free parameters, this one has %zu",
                SURVEY_MAX_DIMS, survey->n_dims);
        goto out;
    }
    survey->n_cells = mem_array(survey->n_dims, sizeof(size_t));
    if (!survey->n_cells) {
        mem_error(err);
        goto out;
    }
    for (i = 0; i < survey->n_dims; i++)
        survey->n_cells[i] = space_n_cells(space, i);
    rc = 0;
out:
    space_free(space);
    return rc;
}

struct survey *survey_create(const struct scan *scan, const struct judge *judge, struct err *err)
{
    struct survey *survey = mem_new(struct survey);

    if (!survey) {
        mem_error(err);
        return NULL;
    }
    survey->search = scan->search;
    survey->search.list = NULL;
    survey->seed = scan->seed;
    survey->judge = judge;
    survey->n_margins = judge ? judge_n_margins(judge) : 0;
    TRY(find_cells(survey, scan, err));
    if (scan->search.method == METHOD_LIST)
        TRY(survey_read_list(scan, &survey->list, &survey->n_list, err));
    return survey;
out:
    survey_free(survey);
    return NULL;
}

void survey_free(struct survey *survey)
{
    if (!survey)
        return;
    mem_free(survey->n_cells);
    mem_free(survey->state);
    mem_free(survey->origin);
    mem_free(survey->round);
    mem_free(survey->density);
    mem_free(survey->x);
    mem_free(survey->margins);
    mem_free(survey->list);
    mem_free(survey);
}

size_t survey_list_size(const struct survey *survey)
{
    return survey->n_list;
}

size_t survey_memory(const struct survey *survey)
{
    size_t each = 2 * sizeof(uint8_t) + sizeof(uint32_t) + sizeof(float) +
                  (survey->n_dims + survey->n_margins) * sizeof(float);

    return sizeof *survey + survey->cap * each + survey->n_list * survey->n_dims * sizeof(double);
}

/* ---- adding --------------------------------------------------------------------------------- */

static bool grow(void *array, size_t old, size_t cap, size_t size)
{
    void **at = array, *moved = mem_resize(*at, old, cap, size);

    if (!moved)
        return false;
    *at = moved;
    return true;
}

static int reserve(struct survey *s, size_t n_ids, struct err *err)
{
    size_t cap = s->cap ? s->cap : 1024, old = s->cap, m = s->n_margins;

    if (n_ids <= s->cap)
        return 0;
    if (n_ids > SURVEY_MAX_ID)
        return err_set(err, ERR_LIMIT, "point %zu is beyond the survey's %d", n_ids, SURVEY_MAX_ID);
    while (cap < n_ids)
        cap += cap / 2;
    /* On failure some arrays are larger than cap says, which does no harm. */
    if (!grow(&s->state, old, cap, sizeof *s->state) ||
        !grow(&s->origin, old, cap, sizeof *s->origin) ||
        !grow(&s->round, old, cap, sizeof *s->round) ||
        !grow(&s->density, old, cap, sizeof *s->density) ||
        !grow(&s->x, old * s->n_dims, cap * s->n_dims, sizeof *s->x) ||
        (m > 0 && !grow(&s->margins, old * m, cap * m, sizeof *s->margins)))
        return mem_error(err);
    memset(s->state + old, STATE_EMPTY, cap - old);
    s->cap = cap;
    return 0;
}

bool survey_is_uniform(uint8_t origin)
{
    return origin == ORIGIN_START || origin == ORIGIN_EXPLORE;
}

/* Adds (sign 1) or takes away (sign -1) what point i is to the volume. */
static void count(struct survey *s, size_t i, int sign)
{
    double density = (double)s->density[i];
    bool is_accepted = s->state[i] == STATE_ACCEPTED;
    uint64_t one = (uint64_t)(int64_t)sign; /* two's complement: adds or subtracts */
    struct tally *t = &s->tally;

    s->n_points += one;
    if (!(density > 0.0))
        return;
    if (density == 1.0) {
        t->n += one;
        t->n_accepted += is_accepted ? one : 0;
        return;
    }
    if (t->mixed_to == 0 || i < t->mixed_from)
        t->mixed_from = i;
    if (i >= t->mixed_to)
        t->mixed_to = i + 1;
}

float survey_seen(size_t n_cells, double unit)
{
    double cell;

    if (n_cells == 0)
        return (float)unit;
    cell = floor(unit * (double)n_cells);
    if (cell >= (double)n_cells)
        cell = (double)n_cells - 1.0;
    return (float)((cell + 0.5) / (double)n_cells);
}

static void put(struct survey *s, size_t i, const struct survey_point *point)
{
    size_t d = s->n_dims, m = s->n_margins, j;

    s->state[i] = (uint8_t)point->state;
    s->origin[i] = (uint8_t)point->origin;
    s->round[i] = point->round;
    s->density[i] = (float)point->density;
    for (j = 0; j < d; j++)
        s->x[i * d + j] = survey_seen(s->n_cells[j], point->unit[j]);
    for (j = 0; j < m; j++)
        s->margins[i * m + j] = point->margins ? (float)point->margins[j] : NAN;
}

int survey_add(struct survey *survey, size_t n, const struct survey_point *points, struct err *err)
{
    size_t i, n_ids = survey->n_ids;

    for (i = 0; i < n; i++) {
        if (points[i].id == 0 || points[i].id > SURVEY_MAX_ID)
            return err_set(err, ERR_LIMIT, "the survey has no place for point %llu",
                           (unsigned long long)points[i].id);
        if (points[i].id > n_ids)
            n_ids = (size_t)points[i].id;
    }
    if (reserve(survey, n_ids, err) != 0)
        return -1;
    survey->n_ids = n_ids;
    for (i = 0; i < n; i++) {
        size_t at = (size_t)points[i].id - 1;

        if (survey->state[at] != STATE_EMPTY)
            count(survey, at, -1);
        put(survey, at, &points[i]);
        count(survey, at, 1);
    }
    return 0;
}

int survey_set_judge(struct survey *survey, const struct judge *judge, struct err *err)
{
    size_t m = judge ? judge_n_margins(judge) : 0;
    float *margins = mem_array(survey->cap * m, sizeof *margins);

    if (!margins)
        return mem_error(err);
    mem_free(survey->margins);
    survey->margins = margins;
    survey->n_margins = m;
    survey->judge = judge;
    survey->n_points = 0;
    survey->tally = (struct tally){0};
    survey->n_ids = 0;
    if (survey->cap > 0)
        memset(survey->state, STATE_EMPTY, survey->cap);
    return 0;
}

/* ---- snapshots ------------------------------------------------------------------------------ */

static bool is_known(const struct survey *s, const struct survey_snapshot *shot, size_t i)
{
    return s->state[i] != STATE_EMPTY && s->state[i] != STATE_RUNNING && s->round[i] <= shot->upto;
}

static int compare_floats(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;

    return (x > y) - (x < y);
}

/* By how much a point misses, in units of the margins' scales; a plain ranking that needs no
 * model.  INFINITY where a margin is unknown. */
static float violation(const struct survey *s, const float *scales, size_t i)
{
    float worst = 0.0f;
    size_t k, m = s->n_margins;

    for (k = 0; k < m; k++) {
        float margin = s->margins[i * m + k];

        if (!isfinite(margin))
            return INFINITY;
        if (-margin > worst * scales[k])
            worst = -margin / scales[k];
    }
    return worst;
}

/* Where the samples are taken: how many there are of each kind, and what counts as near. */
struct census {
    size_t n_known, n_accepted, n_rejected, n_near, n_failed;
    float scales[JUDGE_MAX_TERMS * 4];
    float near; /* violation up to which a rejected point is a near miss */
};

static void take_census(const struct survey *s, struct survey_snapshot *shot, struct census *c)
{
    size_t i;

    for (i = 0; i < s->n_ids; i++) {
        bool is_uniform;

        if (!is_known(s, shot, i))
            continue;
        is_uniform = survey_is_uniform(s->origin[i]) && !isnan(s->density[i]);
        c->n_known++;
        c->n_accepted += s->state[i] == STATE_ACCEPTED;
        c->n_failed += s->state[i] == STATE_FAILED;
        c->n_rejected += s->state[i] == STATE_REJECTED;
        if (s->round[i] == shot->upto &&
            (s->origin[i] == ORIGIN_LEARNED || s->origin[i] == ORIGIN_LOCAL)) {
            shot->n_last++;
            shot->n_last_accepted += s->state[i] == STATE_ACCEPTED;
        }
        shot->n_uniform += is_uniform;
        shot->n_uniform_accepted += is_uniform && s->state[i] == STATE_ACCEPTED;
    }
    shot->n_known = c->n_known;
    shot->n_accepted = c->n_accepted;
}

/* Scales (medians of |margin|) and the limit of near misses from a sample; values: room for
 * 2 * SAMPLE_FOR_SCALES. */
static void find_near(const struct survey *s, const struct survey_snapshot *shot, struct census *c,
                      float *values)
{
    size_t i, k, n = 0, m = s->n_margins;

    c->near = -1.0f;
    if (m == 0 || m > sizeof c->scales / sizeof c->scales[0] || c->n_rejected == 0)
        return;
    for (k = 0; k < m; k++) {
        for (i = 0, n = 0; i < s->n_ids && n < 2 * SAMPLE_FOR_SCALES; i++) {
            float margin = fabsf(s->margins[i * m + k]);

            if (is_known(s, shot, i) && isfinite(margin) &&
                survey_is_sampled(survey_hash(s->seed, i), SAMPLE_FOR_SCALES, c->n_known))
                values[n++] = margin;
        }
        qsort(values, n, sizeof *values, compare_floats);
        c->scales[k] = n > 0 && values[n / 2] > 0.0f ? values[n / 2] : 1.0f;
    }
    for (i = 0, n = 0; i < s->n_ids && n < 2 * SAMPLE_FOR_SCALES; i++) {
        if (is_known(s, shot, i) && s->state[i] == STATE_REJECTED &&
            survey_is_sampled(survey_hash(s->seed, i), SAMPLE_FOR_SCALES, c->n_rejected))
            values[n++] = violation(s, c->scales, i);
    }
    qsort(values, n, sizeof *values, compare_floats);
    if (n > 0)
        c->near = c->n_rejected <= TRAIN_NEAR
                      ? INFINITY
                      : values[(size_t)((double)n * TRAIN_NEAR / (double)c->n_rejected)];
    for (i = 0; i < s->n_ids; i++) {
        if (is_known(s, shot, i) && s->state[i] == STATE_REJECTED)
            c->n_near += violation(s, c->scales, i) <= c->near;
    }
}

static bool is_taken(const struct survey *s, const struct census *c, size_t i)
{
    uint64_t hash = survey_hash(s->seed, i);

    if (s->state[i] == STATE_ACCEPTED)
        return survey_is_sampled(hash, TRAIN_ACCEPTED, c->n_accepted);
    if (s->state[i] == STATE_REJECTED && c->near >= 0.0f && violation(s, c->scales, i) <= c->near)
        return survey_is_sampled(hash, TRAIN_NEAR, c->n_near);
    return survey_is_sampled(hash, TRAIN_REST, c->n_known - c->n_accepted - c->n_near);
}

static int take_sample(const struct survey *s, struct survey_snapshot *shot, const struct census *c,
                       struct err *err)
{
    size_t d = s->n_dims, m = s->n_margins, i, at = 0;

    for (i = 0; i < s->n_ids; i++)
        shot->n += is_known(s, shot, i) && is_taken(s, c, i);
    shot->x = mem_array(shot->n * d, sizeof(float));
    shot->margins = mem_array(shot->n * m, sizeof(float));
    shot->label = mem_array(shot->n, sizeof(int8_t));
    shot->is_failed = mem_array(shot->n, sizeof(int8_t));
    if (!shot->x || !shot->margins || !shot->label || !shot->is_failed)
        return mem_error(err);
    for (i = 0; i < s->n_ids; i++) {
        bool is_failed = s->state[i] == STATE_FAILED;

        if (!is_known(s, shot, i) || !is_taken(s, c, i))
            continue;
        memcpy(shot->x + at * d, s->x + i * d, d * sizeof(float));
        if (m > 0)
            memcpy(shot->margins + at * m, s->margins + i * m, m * sizeof(float));
        /* An unknown point is none of the target's: the search should leave such regions. */
        shot->label[at] = is_failed ? -1 : s->state[i] == STATE_ACCEPTED;
        shot->is_failed[at] = is_failed;
        at++;
    }
    return 0;
}

static int copy_settings(const struct survey *s, struct survey_snapshot *shot,
                         const struct survey_settings *settings, struct err *err)
{
    shot->settings = *settings;
    shot->n_cells = mem_memdup(s->n_cells, s->n_dims * sizeof(size_t));
    shot->pins = mem_memdup(settings->pins, settings->n_pins * 2 * s->n_dims * sizeof(double));
    if (!shot->n_cells || !shot->pins)
        return mem_error(err);
    shot->settings.pins = shot->pins;
    return 0;
}

struct survey_snapshot *survey_snapshot(struct survey *survey, uint32_t round, uint32_t upto,
                                        const struct survey_settings *settings, struct err *err)
{
    struct survey_snapshot *shot = mem_new(struct survey_snapshot);
    struct census census = {0};
    float *values = NULL;
    bool is_learning =
        survey->search.method == METHOD_CLASSIFIER || survey->search.method == METHOD_REGRESSOR;

    if (!shot) {
        mem_error(err);
        return NULL;
    }
    shot->n_dims = survey->n_dims;
    shot->n_margins = survey->n_margins;
    shot->search = survey->search;
    shot->seed = survey->seed;
    shot->round = round;
    shot->upto = upto;
    shot->judge = survey->judge;
    shot->list = survey->list;
    shot->n_list = survey->n_list;
    TRY(copy_settings(survey, shot, settings, err));
    if (!is_learning || upto == UINT32_MAX)
        return shot;
    values = mem_array(2 * SAMPLE_FOR_SCALES, sizeof *values);
    if (!values) {
        mem_error(err);
        goto out;
    }
    take_census(survey, shot, &census);
    find_near(survey, shot, &census, values);
    TRY(take_sample(survey, shot, &census, err));
    mem_free(values);
    return shot;
out:
    mem_free(values);
    survey_snapshot_free(shot);
    return NULL;
}

void survey_snapshot_free(struct survey_snapshot *shot)
{
    if (!shot)
        return;
    mem_free(shot->n_cells);
    mem_free(shot->pins);
    mem_free(shot->x);
    mem_free(shot->margins);
    mem_free(shot->label);
    mem_free(shot->is_failed);
    mem_free(shot);
}
