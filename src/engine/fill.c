/* fill.c: stored points get the values of a calculator that was added after they had run.
 *
 * A pool of workers of its own runs that calculator alone (fill-scan.c).  The jobs stand in `meta`
 * ("fill"), a line each: calculator, which points, next id, last id; a job goes through the points
 * in order of id, and what is written moves
 * its next id in the same transaction, so that it goes on wherever an engine was killed.
 *
 * A point whose run fails keeps lacking the values: it stays what it is.  Labels are looked at anew
 * when a job is done, if a constraint uses what it has filled in. */
#include "private.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MOST_IN_HAND = 1024, JOBS_MAX = 1 << 16 };
static const char JOBS[] = "fill";
static const double FLUSH_S = 0.1, TELL_S = 60;

struct in_hand {
    uint64_t id;
    bool is_done, is_failed;
};

struct fill {
    char name[128], which[16];
    uint64_t next, last; /* next id to be looked at */
    struct scan *scan;   /* of the workers: the inputs are its parameters */
    struct pool *pool;
    size_t n_workers;
    size_t *inputs;          /* scan->n_params: places in the engine's row */
    size_t n_new, *to, *at;  /* new values: places in the engine's row, and in the workers' */
    struct point_row *found; /* the next candidates, of which n_found - i_found are left */
    double *rows;
    size_t n_found, i_found;
    struct in_hand hand[MOST_IN_HAND]; /* in order of id */
    size_t n_hand;
    double *values; /* MOST_IN_HAND by n_new, of those that are done */
    uint64_t n_filled, n_failed;
    char words[256]; /* of the last that failed */
    double flushed, told;
};

/* ---- the list of jobs ----------------------------------------------------------------------- */

struct job {
    char name[128], which[16];
    unsigned long long next, last;
};

static bool read_job(const char *line, struct job *job)
{
    return sscanf(line, "%127s %15s %llu %llu", job->name, job->which, &job->next, &job->last) == 4;
}

/* The list without the jobs of this calculator, and then its new line, if it has one. */
static int list_with(struct engine *engine, const char *name, const char *line, struct buf *list,
                     struct err *err)
{
    struct buf old;
    struct job job;
    int rc = -1;
    buf_init(&old, JOBS_MAX);
    TRY(store_get_meta(engine->store, JOBS, &old, err));
    for (const char *at = old.len > 0 ? old.data : ""; *at != '\0';) {
        size_t n = strcspn(at, "\n");
        if (read_job(at, &job) && strcmp(job.name, name) != 0)
            TRY(buf_printf(list, err, "%.*s\n", (int)n, at));
        at += n + (at[n] == '\n');
    }
    rc = line[0] != '\0' ? buf_printf(list, err, "%s\n", line) : 0;
out:
    buf_free(&old);
    return rc;
}

int fill_ask(struct engine *engine, const char *name, const char *which, struct err *err)
{
    struct buf list;
    char line[300];
    int rc = -1;
    buf_init(&list, JOBS_MAX);
    snprintf(line, sizeof line, "%s %s 1 0", name, which);
    TRY(list_with(engine, name, line, &list, err));
    TRY(engine_set_meta(engine, JOBS, list.data, err));
    if (engine->fill != NULL && strcmp(engine->fill->name, name) == 0)
        fill_free(engine); /* it begins again */
    engine->has_fill_jobs = true;
    rc = 0;
out:
    buf_free(&list);
    return rc;
}

/* ---- opening and closing -------------------------------------------------------------------- */

static int open_values(const struct engine *engine, struct fill *fill, struct err *err)
{
    const struct scan_calculator *c = fill_calculator(engine->scan, fill->name);
    size_t n = c->n_reads, n_values = engine->scan->n_values;
    fill->to = mem_array(n, sizeof *fill->to);
    fill->at = mem_array(n, sizeof *fill->at);
    fill->values = mem_array(MOST_IN_HAND * n, sizeof *fill->values);
    fill->found = mem_array(MOST_IN_HAND, sizeof *fill->found);
    fill->rows = mem_array(MOST_IN_HAND * n_values, sizeof *fill->rows);
    if (fill->to == NULL || fill->at == NULL || fill->values == NULL || fill->found == NULL ||
        fill->rows == NULL)
        return mem_error(err);
    for (size_t i = 0; i < n; i++) {
        fill->to[i] = c->reads[i].value;
        fill->at[i] = scan_value_index(fill->scan, c->reads[i].name);
    }
    fill->n_new = n;
    for (size_t i = 0; i < MOST_IN_HAND; i++)
        fill->found[i].row = fill->rows + i * n_values;
    return 0;
}

void fill_free(struct engine *engine)
{
    struct fill *fill = engine->fill;
    engine->fill = NULL;
    if (fill == NULL)
        return;
    pool_free(fill->pool);
    scan_free(fill->scan);
    mem_free(fill->inputs);
    mem_free(fill->to);
    mem_free(fill->at);
    mem_free(fill->values);
    mem_free(fill->found);
    mem_free(fill->rows);
    mem_free(fill);
}

static bool is_survey_over(const struct engine *engine)
{
    return engine->flights == NULL && !propose_has_job(engine) && engine->is_goal_reached;
}

static size_t wanted_workers(const struct engine *engine)
{
    size_t n = pool_n_workers(engine->pool);
    return is_survey_over(engine) || n < 8 ? (is_survey_over(engine) ? n : 1) : n / 4;
}

static int open_pool(const struct engine *engine, struct fill *fill, const struct buf *resolved,
                     struct err *err)
{
    char scratch[3200];
    engine_scratch_name(engine, scratch, sizeof scratch - 8);
    snprintf(scratch + strlen(scratch), 8, "-fill");
    fill->n_workers = wanted_workers(engine);
    struct pool_options options = {.scan = fill->scan,
                                   .resolved = resolved->data,
                                   .plugin_dirs = engine->plugin_dirs,
                                   .scratch = scratch,
                                   .n_workers = fill->n_workers,
                                   .launcher = engine->scan->run.launcher};
    if ((fill->pool = pool_create(&options, err)) == NULL)
        return -1;
    pool_set_neighbour(fill->pool, engine->pool);
    return 0;
}

static int open_job(struct engine *engine, const struct job *job, struct err *err)
{
    struct fill *fill = engine->fill = mem_new(struct fill);
    struct buf resolved;
    uint64_t last = 0;
    int rc = -1;
    if (fill == NULL)
        return mem_error(err);
    buf_init(&resolved, 1 << 26);
    snprintf(fill->name, sizeof fill->name, "%s", job->name);
    snprintf(fill->which, sizeof fill->which, "%s", job->which);
    fill->next = job->next > 0 ? job->next : 1;
    TRY(store_last_id(engine->store, &last, err));
    fill->last = job->last > 0 ? job->last : last;
    fill->flushed = fill->told = clock_steady_s();
    TRY(fill_scan(engine, fill->name, &fill->scan, &fill->inputs, &resolved, err));
    TRY(open_values(engine, fill, err));
    TRY(open_pool(engine, fill, &resolved, err));
    engine_note(engine, LOG_NOTE, "%s runs of stored %spoints, from %llu to %llu", fill->name,
                strcmp(fill->which, "all") == 0 ? "" : "accepted ", (unsigned long long)fill->next,
                (unsigned long long)fill->last);
    rc = 0;
out:
    buf_free(&resolved);
    return rc;
}

/* The job is struck from the list. */
static int drop_job(struct engine *engine, const char *name, struct err *err)
{
    struct buf list;
    int rc = -1;
    buf_init(&list, JOBS_MAX);
    TRY(list_with(engine, name, "", &list, err));
    rc = engine_set_meta(engine, JOBS, list.len > 0 ? list.data : "", err);
out:
    buf_free(&list);
    return rc;
}

static int open_next(struct engine *engine, struct err *err)
{
    struct buf list;
    struct job job;
    struct err why = ERR_INIT;
    int rc = -1;
    buf_init(&list, JOBS_MAX);
    TRY(store_get_meta(engine->store, JOBS, &list, err));
    engine->has_fill_jobs = list.len > 0 && read_job(list.data, &job);
    rc = 0;
    if (!engine->has_fill_jobs)
        goto out;
    if (fill_calculator(engine->scan, job.name) == NULL || open_job(engine, &job, &why) != 0) {
        engine_note(engine, LOG_WARNING, "stored points get no values of %s: %s", job.name,
                    why.message[0] != '\0' ? why.message : "it is not in the scan");
        fill_free(engine);
        rc = drop_job(engine, job.name, err);
    }
out:
    buf_free(&list);
    return rc;
}

/* ---- points out and back -------------------------------------------------------------------- */

static bool is_wanted(const struct fill *fill, const struct point_row *point)
{
    bool is_all = strcmp(fill->which, "all") == 0;
    if (is_all ? point->state == STATE_RUNNING || point->state == STATE_FAILED
               : point->state != STATE_ACCEPTED)
        return false;
    for (size_t k = 0; k < fill->n_new; k++)
        if (!isnan(point->row[fill->to[k]]))
            return false;
    return true;
}

static int find_more(struct engine *engine, struct fill *fill, struct err *err)
{
    struct store_query query = {.from_id = fill->next,
                                .state = strcmp(fill->which, "all") == 0 ? -1 : STATE_ACCEPTED};
    struct store_cursor *cursor = store_select(engine->store, &query, err);
    fill->n_found = fill->i_found = 0;
    int rc =
        cursor == NULL ? -1 : store_fetch(cursor, MOST_IN_HAND, fill->found, &fill->n_found, err);
    store_cursor_free(cursor);
    return rc;
}

static int submit(struct fill *fill, const struct point_row *point, struct err *err)
{
    size_t n = fill->scan->n_params;
    double *row = mem_array(n + 1, sizeof *row);
    if (row == NULL)
        return mem_error(err);
    for (size_t i = 0; i < n; i++)
        row[i] = point->row[fill->inputs[i]];
    int rc = pool_submit(fill->pool, 1, &point->id, row, n, err);
    mem_free(row);
    if (rc == 0)
        fill->hand[fill->n_hand++] = (struct in_hand){.id = point->id};
    return rc;
}

static int hand_out(struct engine *engine, struct fill *fill, struct err *err)
{
    while (fill->next <= fill->last && fill->n_hand < MOST_IN_HAND && pool_room(fill->pool) > 0) {
        if (fill->i_found == fill->n_found) {
            if (find_more(engine, fill, err) != 0)
                return -1;
            if (fill->n_found == 0) {
                fill->next = fill->last + 1;
                break;
            }
        }
        const struct point_row *point = &fill->found[fill->i_found++];
        if (point->id > fill->last) {
            fill->next = fill->last + 1;
            break;
        }
        fill->next = point->id + 1;
        if (is_wanted(fill, point) && submit(fill, point, err) != 0)
            return -1;
    }
    return pool_feed(fill->pool, err);
}

static int take(void *context, const struct work_result *result, struct err *err)
{
    struct fill *fill = context;
    (void)err;
    for (size_t i = 0; i < fill->n_hand; i++) {
        struct in_hand *hand = &fill->hand[i];
        if (hand->id != result->id || hand->is_done)
            continue;
        hand->is_done = true;
        hand->is_failed = result->outcome->reason != REASON_NONE;
        if (hand->is_failed)
            snprintf(fill->words, sizeof fill->words, "%s: %.200s",
                     reason_name(result->outcome->reason),
                     result->outcome->words != NULL ? result->outcome->words : "");
        for (size_t k = 0; k < fill->n_new; k++)
            fill->values[i * fill->n_new + k] = result->row[fill->at[k]];
    }
    return 0;
}

static int write_done(struct engine *engine, const struct fill *fill, struct err *err)
{
    uint64_t mark = fill->next;
    struct buf list;
    char line[300];
    int rc = -1;
    buf_init(&list, JOBS_MAX);
    for (size_t i = fill->n_hand; i-- > 0;)
        if (!fill->hand[i].is_done)
            mark = fill->hand[i].id;
    snprintf(line, sizeof line, "%s %s %llu %llu", fill->name, fill->which,
             (unsigned long long)mark, (unsigned long long)fill->last);
    TRY(list_with(engine, fill->name, line, &list, err));
    if (store_begin(engine->store, err) != 0)
        goto out;
    for (size_t i = 0; i < fill->n_hand; i++)
        if (fill->hand[i].is_done && !fill->hand[i].is_failed)
            TRY(store_set_values(engine->store, fill->hand[i].id, fill->n_new, fill->to,
                                 fill->values + i * fill->n_new, err));
    TRY(store_set_meta(engine->store, JOBS, list.data, err));
    rc = store_commit(engine->store, err);
out:
    if (rc != 0)
        store_rollback(engine->store);
    buf_free(&list);
    return rc;
}

static int flush(struct engine *engine, struct fill *fill, struct err *err)
{
    size_t n_done = 0, n = 0;
    double now = clock_steady_s();
    for (size_t i = 0; i < fill->n_hand; i++)
        n_done += fill->hand[i].is_done;
    if (n_done == 0 || (now - fill->flushed < FLUSH_S && n_done < fill->n_hand))
        return 0;
    fill->flushed = now;
    if (write_done(engine, fill, err) != 0)
        return engine_is_full(engine, err) ? 0 : -1;
    for (size_t i = 0; i < fill->n_hand; i++) {
        if (fill->hand[i].is_done) {
            fill->n_failed += fill->hand[i].is_failed;
            fill->n_filled += !fill->hand[i].is_failed;
            continue;
        }
        fill->hand[n] = fill->hand[i];
        n++;
    }
    fill->n_hand = n; /* those that are not done have no values yet */
    if (now - fill->told > TELL_S) {
        fill->told = now;
        engine_note(engine, LOG_NOTE, "%s: at point %llu of %llu", fill->name,
                    (unsigned long long)fill->next, (unsigned long long)fill->last);
    }
    return 0;
}

/* ---- the engine's turn ---------------------------------------------------------------------- */

static int end_job(struct engine *engine, struct err *err)
{
    struct fill *fill = engine->fill;
    bool *needs = mem_array(engine->scan->n_values, sizeof *needs), is_judged = false;
    char filled[32], failed[32];
    struct buf answer;
    int rc = -1;
    buf_init(&answer, 1 << 16);
    if (needs == NULL) {
        mem_error(err);
        goto out;
    }
    judge_needs(engine->judge, needs);
    for (size_t k = 0; k < fill->n_new; k++)
        is_judged |= needs[fill->to[k]];
    if (is_judged && fill->n_filled > 0)
        TRY(steer_judge_again(engine, &answer, err));
    engine_note(engine, fill->n_failed > 0 ? LOG_WARNING : LOG_NOTE,
                "%s: %s stored points got its values%s%s%s%s%s%s", fill->name,
                text_count(filled, sizeof filled, fill->n_filled), fill->n_failed > 0 ? ", " : "",
                fill->n_failed > 0 ? text_count(failed, sizeof failed, fill->n_failed) : "",
                fill->n_failed > 0 ? " failed and lack them; the last one " : "",
                fill->n_failed > 0 ? fill->words : "", answer.len > 0 ? "; " : "",
                answer.len > 0 ? answer.data : "");
    rc = drop_job(engine, fill->name, err);
    fill_free(engine);
out:
    mem_free(needs);
    buf_free(&answer);
    return rc;
}

static bool is_held(const struct engine *engine)
{
    return engine->is_paused || engine->is_draining || engine->is_full || engine->is_reopening ||
           engine->is_stopping_now || engine->is_out_of_time;
}

int fill_turn(struct engine *engine, struct err *err)
{
    if (engine->fill == NULL && (!engine->has_fill_jobs || is_held(engine)))
        return 0;
    if (engine->fill == NULL && open_next(engine, err) != 0)
        return -1;
    struct fill *fill = engine->fill;
    if (fill == NULL)
        return 0;
    size_t n = wanted_workers(engine);
    if (n != fill->n_workers && pool_resize(fill->pool, fill->n_workers = n, err) != 0)
        return -1;
    if (pool_handle(fill->pool, take, fill, err) != 0 || flush(engine, fill, err) != 0)
        return -1;
    if (!is_held(engine) && hand_out(engine, fill, err) != 0)
        return -1;
    for (char *note; (note = pool_take_note(fill->pool)) != NULL; mem_free(note))
        engine_note(engine, LOG_WARNING, "%s: %s", fill->name, note);
    return fill->next > fill->last && fill->n_hand == 0 && !engine->is_full ? end_job(engine, err)
                                                                            : 0;
}

size_t fill_poll(struct engine *engine, struct pollfd *fds, size_t n_max, double *wait_s)
{
    return engine->fill != NULL ? pool_poll(engine->fill->pool, fds, n_max, wait_s) : 0;
}

bool fill_is_over(const struct engine *engine)
{
    if (engine->is_draining || engine->is_out_of_time || engine->is_stopping_now)
        return engine->fill == NULL || engine->fill->n_hand == 0;
    return engine->fill == NULL && !engine->has_fill_jobs;
}

int fill_load(struct engine *engine, struct err *err)
{
    struct buf list;
    buf_init(&list, JOBS_MAX);
    int rc = store_get_meta(engine->store, JOBS, &list, err);
    engine->has_fill_jobs = rc == 0 && list.len > 0;
    buf_free(&list);
    return rc;
}
