/* survey.c: what is known of every closed point.
 *
 * What it does: keeps positions, states and margins in flat arrays by id; counts the points of
 * known density for the volume; tells the learner's sample (sampled.c) what came in out of order.
 *
 * What it does not: propose (propose.c), or keep anything that the store does not have.
 *
 * The judge is borrowed: it must live until the next survey_set_judge or survey_free, and until
 * every snapshot made with it is freed. */
#include "private.h"

#include <math.h>
#include <string.h>

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
    sampled_free(survey->sample);
    mixture_free(survey->mixture);
    mem_free(survey);
}

size_t survey_list_size(const struct survey *survey)
{
    return survey->n_list;
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

/* Points outside of the prior have no place in the unit cube. */
static bool is_inside(const struct survey *survey, const struct survey_point *point)
{
    size_t j;

    for (j = 0; j < survey->n_dims; j++)
        if (!isfinite(point->unit[j]))
            return false;
    return true;
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

        sampled_note(survey->sample, at, points[i].round);
        if (survey->state[at] != STATE_EMPTY) {
            sampled_note(survey->sample, at, survey->round[at]);
            mixture_drop(survey, at);
            count(survey, at, -1);
            survey->state[at] = STATE_EMPTY;
        }
        if (!is_inside(survey, &points[i]))
            continue;
        put(survey, at, &points[i]);
        mixture_add(survey, at);
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
    mixture_free(survey->mixture);
    survey->mixture = NULL;
    sampled_forget(survey->sample);
    if (survey->cap > 0)
        memset(survey->state, STATE_EMPTY, survey->cap);
    return 0;
}
