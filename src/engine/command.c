/* command.c: what users ask of a scan, live or at rest.
 *
 * A command is a row of the table `command`: the engine answers it there and never deletes it; it
 * is the journal.  One table lists them all.  What they set outlives the engine: settings go into
 * `meta`, cuts into `term`, points into `point`. */
#include "private.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

struct order {
    const char *name;
    const char *help;
    int (*run)(struct engine *engine, const char *rest, bool *is_ok, struct buf *answer,
               struct err *err);
};

int engine_set_meta(struct engine *engine, const char *key, const char *value, struct err *err)
{
    if (store_begin(engine->store, err) != 0)
        return -1;
    if (store_set_meta(engine->store, key, value, err) != 0 ||
        store_commit(engine->store, err) != 0) {
        store_rollback(engine->store);
        return -1;
    }
    return 0;
}

static int refuse(bool *is_ok, struct buf *answer, struct err *err, const char *words)
{
    *is_ok = false;
    return buf_puts(answer, words, err);
}

static int refuse_at_rest(bool *is_ok, struct buf *answer, struct err *err)
{
    return refuse(is_ok, answer, err,
                  "the scan does not run: there is nothing to stop; \"theodolite resume DB\" goes "
                  "on with it");
}

static int run_pause(struct engine *engine, const char *rest, bool *is_ok, struct buf *answer,
                     struct err *err)
{
    (void)rest;
    if (engine->pool == NULL)
        return refuse_at_rest(is_ok, answer, err);
    if (!engine->is_paused && undo_with(engine, err, "resume") != 0)
        return -1;
    engine->is_paused = true;
    return buf_printf(answer, err, "paused; %zu points in hand are finished",
                      flight_n_in_hand(engine));
}

static int run_resume(struct engine *engine, const char *rest, bool *is_ok, struct buf *answer,
                      struct err *err)
{
    (void)rest;
    if (engine->pool == NULL)
        return refuse(is_ok, answer, err,
                      "the scan does not run: \"theodolite resume DB\" starts "
                      "it");
    const char *was = engine->is_draining ? "drain" : engine->is_paused ? "pause" : NULL;
    if (was != NULL && undo_with(engine, err, "%s", was) != 0)
        return -1;
    engine->is_paused = engine->is_draining = false;
    return buf_puts(answer, "points are handed out again", err);
}

static int run_drain(struct engine *engine, const char *rest, bool *is_ok, struct buf *answer,
                     struct err *err)
{
    (void)rest;
    if (engine->pool == NULL)
        return refuse_at_rest(is_ok, answer, err);
    engine->is_draining = true;
    engine->is_paused = false;
    size_t n = 0;
    for (const struct flight *flight = engine->flights; flight != NULL; flight = flight->next)
        n += flight->n - flight->n_closed;
    snprintf(engine->words, sizeof engine->words, "stopped by the user after the batch");
    if (integral_n_in_hand(engine) > 0)
        return buf_puts(answer, "the integration stops after the round in hand", err);
    return buf_printf(answer, err, "the scan stops after the %zu points of the rounds in flight",
                      n);
}

static int run_stop(struct engine *engine, const char *rest, bool *is_ok, struct buf *answer,
                    struct err *err)
{
    if (strcmp(rest, "now") != 0 && rest[0] != '\0')
        return refuse(is_ok, answer, err, "expected \"stop\" or \"stop now\"");
    if (rest[0] == '\0')
        return run_drain(engine, rest, is_ok, answer, err);
    if (engine->pool == NULL)
        return refuse_at_rest(is_ok, answer, err);
    engine->is_stopping_now = true;
    snprintf(engine->words, sizeof engine->words, "stopped by the user");
    return buf_printf(answer, err,
                      "stopping now; %zu points in hand are given back and run again "
                      "on resume",
                      flight_n_in_hand(engine));
}

static bool read_count(const char *text, int64_t lo, int64_t hi, int64_t *value)
{
    return text_to_int64(text, value) == 0 && *value >= lo && *value <= hi;
}

static size_t n_workers_now(const struct engine *engine)
{
    return engine->pool != NULL ? pool_n_workers(engine->pool) : engine->n_workers;
}

static int run_workers(struct engine *engine, const char *rest, bool *is_ok, struct buf *answer,
                       struct err *err)
{
    int64_t n;
    bool is_default = strcmp(rest, "default") == 0;
    size_t was = n_workers_now(engine);
    if (is_default && engine->pool == NULL) {
        engine->n_workers = 0;
        return engine_set_meta(engine, "live workers", "", err) == 0
                   ? buf_puts(answer, "as many workers as the scan file says", err)
                   : -1;
    }
    if (!read_count(rest, 1, 4096, &n))
        return refuse(is_ok, answer, err, "expected a number of workers from 1 to 4096");
    if ((was > 0 ? undo_with(engine, err, "workers %zu", was)
                 : undo_with(engine, err, "workers default")) != 0)
        return -1;
    if (engine->pool != NULL && pool_resize(engine->pool, (size_t)n, err) != 0)
        return -1;
    engine->n_workers = (size_t)n;
    if (engine_set_meta(engine, "live workers", rest, err) != 0)
        return -1;
    return buf_printf(answer, err, "%lld worker%s", (long long)n, n == 1 ? "" : "s");
}

static int run_batch(struct engine *engine, const char *rest, bool *is_ok, struct buf *answer,
                     struct err *err)
{
    int64_t n;
    if (!read_count(rest, 1, 1000000, &n))
        return refuse(is_ok, answer, err, "expected a number of points from 1 to 1000000");
    if (undo_with(engine, err, "batch %zu", engine->settings.batch) != 0)
        return -1;
    engine->settings.batch = (size_t)n;
    if (engine_set_meta(engine, "live batch", rest, err) != 0)
        return -1;
    return buf_printf(answer, err, "%lld points per round, from the next round on", (long long)n);
}

static int run_explore(struct engine *engine, const char *rest, bool *is_ok, struct buf *answer,
                       struct err *err)
{
    char number[64], text[TEXT_DOUBLE_SIZE];
    double share;
    size_t n = strcspn(rest, "%");
    bool is_percent = rest[n] == '%';
    enum search_method method = engine->scan->search.method;
    if (method != METHOD_CLASSIFIER && method != METHOD_REGRESSOR)
        return refuse(is_ok, answer, err,
                      "only methods classifier and regressor have a uniform "
                      "share besides what they choose");
    while (n > 0 && rest[n - 1] == ' ')
        n--;
    snprintf(number, sizeof number, "%.*s", (int)(n < 60 ? n : 60), rest);
    if (is_percent && strchr(rest, '%')[1] != '\0')
        number[0] = '\0'; /* something behind the % */
    if (text_to_double(number, &share) != 0 || (share *= is_percent ? 0.01 : 1) < 0 ||
        !(share <= 1))
        return refuse(is_ok, answer, err, "expected a share such as 10 %");
    if (undo_with(engine, err, "explore %s", text_shortest(number, engine->settings.explore)) != 0)
        return -1;
    engine->settings.explore = share;
    if (engine_set_meta(engine, "live explore", text_from_double(text, share), err) != 0)
        return -1;
    return buf_printf(answer, err, "%g %% of each round is uniform, from the next round on",
                      100 * share);
}

/* The point that worker W4 runs, 0: none. */
static uint64_t point_of_worker(const struct engine *engine, int64_t worker)
{
    enum { MOST = 4096 };
    uint64_t point = 0;
    struct pool_worker *workers = mem_array(MOST, sizeof *workers);
    size_t n =
        workers != NULL && engine->pool != NULL ? pool_workers(engine->pool, workers, MOST) : 0;
    for (size_t i = 0; i < n; i++)
        if (workers[i].worker == worker)
            point = workers[i].point;
    mem_free(workers);
    return point;
}

static int run_kill(struct engine *engine, const char *rest, bool *is_ok, struct buf *answer,
                    struct err *err)
{
    int64_t id;
    bool is_worker = rest[0] == 'W' || rest[0] == 'w';
    if (!read_count(rest + is_worker, 1, INT64_MAX, &id))
        return refuse(is_ok, answer, err,
                      "expected the number of a point that runs, or its worker: W4");
    if (is_worker && (id = (int64_t)point_of_worker(engine, id)) == 0)
        return refuse(is_ok, answer, err, "that worker runs no point now");
    if (engine->pool == NULL || !pool_kill_point(engine->pool, (uint64_t)id)) {
        *is_ok = false;
        return buf_printf(answer, err, "point %lld does not run now", (long long)id);
    }
    return buf_printf(answer, err, "the calculator of point %lld is ended", (long long)id);
}

static int run_note(struct engine *engine, const char *rest, bool *is_ok, struct buf *answer,
                    struct err *err)
{
    (void)is_ok;
    engine_note(engine, LOG_NOTE, "%s", rest);
    return buf_puts(answer, "noted", err);
}

static const struct order orders[] = {
    {"pause", "pause: hand out no more points; those in hand are finished", run_pause},
    {"resume", "resume: hand out points again, and take back a drain", run_resume},
    {"drain", "drain: finish the rounds in flight, then stop", run_drain},
    {"stop", "stop [now]: as drain; now: give the points in hand back and stop", run_stop},
    {"cut", "cut [NAME:] CONDITION: a further constraint; stored points are relabelled", steer_cut},
    {"uncut", "uncut NAME: take a constraint away; stored points are relabelled", steer_uncut},
    {"pin",
     "pin m0 in 500 .. 900 and tanb in 5 .. 10 [share=0.5]: this share of each round goes into the "
     "pinned boxes",
     pins_pin},
    {"unpin", "unpin [NUMBER]: take all pinned boxes away, or one", pins_unpin},
    {"inject", "inject m0=500 tanb=10 | inject FILE: run these points", steer_inject},
    {"gaps", "gaps queue [NUMBER]: run points in the largest predicted but empty regions",
     gaps_run},
    {"train", "train now: train the learner at once, on every closed point, and show its model",
     train_run},
    {"calc",
     "calc add NAME [from FILE] [on accepted | all | none]: a calculator more, of the scan file; "
     "stored points get its values",
     calc_run},
    {"retry",
     "retry [REASON | POINT... | where CONDITION]: run failed points again, for example: retry "
     "failed where calculator == \"spheno\"",
     retry_run},
    {"workers", "workers N: as many workers from now on", run_workers},
    {"batch", "batch N: points per round", run_batch},
    {"explore", "explore 10 %: the honest uniform share of each round", run_explore},
    {"kill", "kill POINT | W4: end the calculator that runs this point, or on this worker",
     run_kill},
    {"timeout", "timeout CALCULATOR SECONDS: how long it may run, those that run now too",
     timeout_run},
    {"note", "note WORDS: into the log", run_note},
    {"undo", "undo: take the last cut, pin, batch, explore, workers, timeout or pause back",
     undo_last},
};
enum { N_ORDERS = sizeof orders / sizeof orders[0] };

const char *const *engine_command_names(void)
{
    static const char *const names[] = {"pause", "resume",  "drain",  "stop",    "cut",   "uncut",
                                        "pin",   "unpin",   "inject", "gaps",    "train", "calc",
                                        "retry", "workers", "batch",  "explore", "kill",  "timeout",
                                        "note",  "undo",    NULL};
    _Static_assert(sizeof names / sizeof names[0] == N_ORDERS + 1, "every order has its name");
    return names;
}

const char *engine_command_help(const char *name)
{
    for (size_t i = 0; i < N_ORDERS; i++)
        if (strcmp(orders[i].name, name) == 0)
            return orders[i].help;
    return NULL;
}

static int refuse_unknown(const char *word, bool *is_ok, struct buf *answer, struct err *err)
{
    const char *nearest = text_nearest(word, engine_command_names(), N_ORDERS);
    *is_ok = false;
    if (buf_printf(answer, err, "there is no command \"%s\"", word) != 0)
        return -1;
    if (nearest != NULL && buf_printf(answer, err, "; did you mean \"%s\"?", nearest) != 0)
        return -1;
    return buf_printf(answer, err,
                      " (commands: pause, resume, drain, stop, cut, uncut, pin, unpin, "
                      "inject, gaps, train, calc, retry, workers, batch, explore, kill, timeout, "
                      "note, undo)");
}

int command_run(struct engine *engine, const char *text, bool *is_ok, struct buf *answer,
                struct err *err)
{
    char word[32];
    char rest[8192];
    text += strspn(text, " \t");
    size_t n = strcspn(text, " \t");
    snprintf(word, sizeof word, "%.*s", (int)(n < 31 ? n : 31), text);
    snprintf(rest, sizeof rest, "%s", text + n + strspn(text + n, " \t"));
    for (size_t end = strlen(rest); end > 0 && isspace((unsigned char)rest[end - 1]); end--)
        rest[end - 1] = '\0';
    *is_ok = true;
    const char *why = integral_refuses(engine, word);
    if (why != NULL)
        return refuse(is_ok, answer, err, why);
    for (size_t i = 0; i < N_ORDERS; i++)
        if (strcmp(orders[i].name, word) == 0)
            return orders[i].run(engine, rest, is_ok, answer, err);
    return refuse_unknown(word, is_ok, answer, err);
}

static int answer_one(struct engine *engine, const struct command_row *row, struct err *err)
{
    struct buf answer;
    struct err trouble = ERR_INIT;
    bool is_ok = true;
    int rc = -1;
    buf_init(&answer, 1 << 20);
    buf_clear(&engine->undo);
    engine->undoes = 0;
    if (command_run(engine, row->text, &is_ok, &answer, &trouble) != 0) {
        if (trouble.code == ERR_MEMORY) {
            *err = trouble;
            goto out;
        }
        is_ok = false;
        TRY(buf_puts(&answer, trouble.message, err));
    }
    if (engine->pool != NULL) /* the state is known before the answer is */
        TRY(progress_beat(engine, engine_state(engine), err));
    TRY(store_begin(engine->store, err));
    if (store_answer_command(engine->store, row->id, is_ok, answer.len > 0 ? answer.data : "",
                             engine->next_round, err) != 0 ||
        store_set_undo(engine->store, row->id,
                       is_ok && engine->undo.len > 0 ? engine->undo.data : NULL, engine->undoes,
                       err) != 0 ||
        store_commit(engine->store, err) != 0) {
        store_rollback(engine->store);
        goto out;
    }
    engine_note(engine, is_ok ? LOG_NOTE : LOG_WARNING, ":%s -> %s", row->text,
                answer.len > 0 ? answer.data : "done");
    rc = 0;
out:
    buf_free(&answer);
    return rc;
}

int command_all(struct engine *engine, struct err *err)
{
    struct arena *arena = arena_create();
    struct command_row *rows;
    size_t n;
    int rc = -1;
    if (arena == NULL)
        return mem_error(err);
    TRY(store_open_commands(engine->store, arena, &rows, &n, err));
    for (size_t i = 0; i < n; i++)
        TRY(answer_one(engine, &rows[i], err));
    rc = 0;
out:
    arena_free(arena);
    return rc;
}
