/* gather.c: the thread that gathers, and what stands between it and the drawing path.
 *
 * The two share wants going in, parts coming out, one flag and one pipe, all behind one mutex that
 * is held for copying pointers only.  The thread takes one short step after another, the most
 * urgent first, and looks for new wants in between; when no step finds anything to do it waits.
 *
 * What goes wrong is told (gather_trouble) and tried again when the store changes or something else
 * is wanted. */
#include "gather-private.h"

#include "theodolite/engine.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct gather {
    struct gathering g; /* the thread's */
    bool has_thread;
    pthread_t thread;
    int pipe[2]; /* a byte lies in it while there is something to take */

    pthread_mutex_t mutex;
    pthread_cond_t called;
    struct wants wants;
    void *parts[N_PARTS]; /* made and not taken */
    bool has_parts, is_idle;
    char trouble[512];

    atomic_bool is_looking; /* the store changed */
    atomic_bool has_wants;  /* that were not heeded yet */
    atomic_bool is_ending;
};

/* ---- the thread's side ---------------------------------------------------------------------- */

bool gather_is_time(struct gathering *g, double at)
{
    if (at <= clock_steady_s() || g->is_hurried)
        return true;
    if (!(g->wake_at > 0) || at < g->wake_at)
        g->wake_at = at;
    return false;
}

void gather_hand(struct gathering *g, enum part_kind kind, void *take_part)
{
    struct gather *gather = g->gather;
    void *old;
    bool is_first;

    pthread_mutex_lock(&gather->mutex);
    old = gather->parts[kind];
    gather->parts[kind] = take_part;
    is_first = !gather->has_parts;
    gather->has_parts = true;
    pthread_mutex_unlock(&gather->mutex);
    part_free(kind, old);
    if (is_first)
        (void)!write(gather->pipe[1], "", 1);
}

static void take_wants(struct gathering *g)
{
    struct gather *gather = g->gather;

    if (!atomic_exchange(&gather->has_wants, false))
        return;
    pthread_mutex_lock(&gather->mutex);
    g->wants = gather->wants;
    pthread_mutex_unlock(&gather->mutex);
}

static void forget_scan(struct gathering *g)
{
    learner_forget(g);
    map_free(g->map);
    list_free(g->list);
    said_free(g->said);
    heat_free(g->heat);
    classes_free(g->classes);
    importance_free(g->inputs);
    preview_free(g->preview);
    g->map = NULL;
    g->list = NULL;
    g->said = NULL;
    g->heat = NULL;
    g->classes = NULL;
    g->inputs = NULL;
    g->preview = NULL;
    table_free(&g->table);
    judge_free(g->judge);
    space_free(g->space);
    scan_free(g->scan);
    mem_free(g->n_cells);
    g->judge = NULL;
    g->space = NULL;
    g->scan = NULL;
    g->n_cells = NULL;
}

static int read_scan(struct gathering *g, struct err *err)
{
    size_t i;
    int rc = -1;

    forget_scan(g);
    g->scan = store_scan(g->store, err);
    g->space = g->scan ? space_create(g->scan, err) : NULL;
    if (!g->space)
        goto out;
    g->n_cells = mem_array(space_n_dims(g->space), sizeof *g->n_cells);
    if (!g->n_cells) {
        mem_error(err);
        goto out;
    }
    for (i = 0; i < space_n_dims(g->space); i++)
        g->n_cells[i] = space_n_cells(g->space, i);
    rc = table_create(g, err);
out:
    return rc;
}

/* What the store says now about scan, terms and rounds. */
static int look(struct gathering *g, struct err *err)
{
    bool labels_changed, is_new_scan;
    int64_t number = 0;
    struct labels labels = {.text = NULL};
    int rc = -1;

    if (store_begin_reading(g->store, err) != 0)
        return -1;
    /* When they differ, what was folded is void. */
    TRY(labels_read(g->store, &labels, err));
    labels_changed = g->labels_from != labels.from;
    g->labels_from = labels.from;
    TRY(store_scan_number(g->store, &number, err));
    is_new_scan = !g->scan || number != g->scan_number;
    if (is_new_scan) {
        TRY(read_scan(g, err));
        g->scan_number = number;
    }
    if (is_new_scan || !g->signature || strcmp(labels.text, g->signature) != 0) {
        learner_forget(g); /* it borrows the judge */
        judge_free(g->judge);
        g->judge = engine_judge(g->store, g->scan, err);
        if (!g->judge)
            goto out;
        labels_changed = true;
    }
    mem_free(g->signature);
    g->signature = labels.text;
    labels.text = NULL;
    g->table.labels = labels.sign;
    TRY(table_look(g, labels_changed, err));
    g->has_asked_model = false;
    rc = 0;
out:
    mem_free(labels.text);
    store_end_reading(g->store);
    return rc;
}

static void mark_values(struct gathering *g)
{
    size_t v;

    for (v = 0; v < g->table.n_values; v++)
        g->table.columns[v].is_wanted = false;
    map_values(g);
    list_values(g);
    preview_values(g);
    heat_values(g);
    classes_values(g);
    importance_values(g);
}

/* One short piece of work, the most urgent; *did false: there is none. */
static int work(struct gathering *g, bool *did, struct err *err)
{
    /* Parts that can be made of what is there come before reading on. */
    static int (*const steps[])(struct gathering * g, bool *did, struct err *err) = {
        map_step,  list_step, table_step,   preview_step,
        said_step, heat_step, classes_step, importance_step};
    size_t i;

    *did = false;
    g->wake_at = 0;
    take_wants(g);
    if (atomic_exchange(&g->gather->is_looking, false) &&
        (store_changed(g->store) || !g->is_looked)) {
        g->is_looked = false;
        if (look(g, err) != 0)
            return -1;
        g->is_looked = true;
    }
    if (!g->is_looked)
        return 0;
    mark_values(g);
    for (i = 0; i < sizeof steps / sizeof steps[0] && !*did; i++)
        if (steps[i](g, did, err) != 0)
            return -1;
    return 0;
}

static void say_trouble(struct gather *gather, const struct err *trouble)
{
    pthread_mutex_lock(&gather->mutex);
    snprintf(gather->trouble, sizeof gather->trouble, "%.511s", trouble ? trouble->message : "");
    pthread_mutex_unlock(&gather->mutex);
}

static bool is_called(struct gather *gather)
{
    return atomic_load(&gather->is_looking) || atomic_load(&gather->has_wants) ||
           atomic_load(&gather->is_ending);
}

/* Until something is asked of us, or work that was put off is due. */
static void wait_for_call(struct gather *gather)
{
    double left = gather->g.wake_at - clock_steady_s(), until;
    struct timespec time;
    int sys = 0;

    if (gather->g.wake_at > 0) {
        until = clock_wall_s() + (left > 0.001 ? left : 0.001);
        time.tv_sec = (time_t)until;
        time.tv_nsec = (long)((until - (double)time.tv_sec) * 1e9);
    }
    pthread_mutex_lock(&gather->mutex);
    gather->is_idle = !(gather->g.wake_at > 0);
    while (!is_called(gather) && sys == 0)
        sys = gather->g.wake_at > 0 ? pthread_cond_timedwait(&gather->called, &gather->mutex, &time)
                                    : pthread_cond_wait(&gather->called, &gather->mutex);
    gather->is_idle = false;
    pthread_mutex_unlock(&gather->mutex);
}

static void *run(void *context)
{
    struct gather *gather = context;
    bool did, had_trouble = false;

    while (!atomic_load(&gather->is_ending)) {
        struct err err = ERR_INIT;

        did = false;
        if (work(&gather->g, &did, &err) != 0) {
            say_trouble(gather, &err);
            had_trouble = true;
            did = false;
        } else if (had_trouble) {
            say_trouble(gather, NULL);
            had_trouble = false;
        }
        if (!did)
            wait_for_call(gather);
    }
    return NULL;
}

/* ---- the other side ------------------------------------------------------------------------- */

static int start_thread(struct gather *gather, struct err *err)
{
    sigset_t all, before;
    int sys;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before); /* signals are the drawing thread's */
    sys = pthread_create(&gather->thread, NULL, run, gather);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (sys != 0)
        return err_sys(err, ERR_LIMIT, sys, "cannot start a thread");
    gather->has_thread = true;
    return 0;
}

static int make_pipe(struct gather *gather, struct err *err)
{
    int i;

    if (pipe(gather->pipe) != 0) {
        gather->pipe[0] = gather->pipe[1] = -1;
        return err_sys(err, ERR_IO, errno, "cannot make a pipe");
    }
    for (i = 0; i < 2; i++) {
        (void)fcntl(gather->pipe[i], F_SETFD, FD_CLOEXEC);
        (void)fcntl(gather->pipe[i], F_SETFL, O_NONBLOCK);
    }
    return 0;
}

struct gather *gather_create(const char *store_path, bool has_thread, struct err *err)
{
    struct gather *gather = mem_new(struct gather);
    int rc = -1;

    if (!gather) {
        mem_error(err);
        return NULL;
    }
    gather->pipe[0] = gather->pipe[1] = -1;
    gather->g.gather = gather;
    pthread_mutex_init(&gather->mutex, NULL);
    pthread_cond_init(&gather->called, NULL);
    atomic_store(&gather->is_looking, true);
    TRY(make_pipe(gather, err));
    gather->g.store = store_open(store_path, STORE_READ, err);
    if (!gather->g.store)
        goto out;
    if (has_thread)
        TRY(start_thread(gather, err));
    rc = 0;
out:
    if (rc == 0)
        return gather;
    gather_free(gather);
    return NULL;
}

void gather_free(struct gather *gather)
{
    int kind;

    if (!gather)
        return;
    if (gather->has_thread) {
        pthread_mutex_lock(&gather->mutex);
        atomic_store(&gather->is_ending, true);
        pthread_cond_signal(&gather->called);
        pthread_mutex_unlock(&gather->mutex);
        pthread_join(gather->thread, NULL);
    }
    forget_scan(&gather->g);
    mem_free(gather->g.signature);
    store_close(gather->g.store);
    for (kind = 0; kind < N_PARTS; kind++)
        part_free((enum part_kind)kind, gather->parts[kind]);
    if (gather->pipe[0] >= 0)
        close(gather->pipe[0]);
    if (gather->pipe[1] >= 0)
        close(gather->pipe[1]);
    pthread_cond_destroy(&gather->called);
    pthread_mutex_destroy(&gather->mutex);
    mem_free(gather);
}

int gather_descriptor(const struct gather *gather)
{
    return gather->pipe[0];
}

static void call(struct gather *gather, atomic_bool *flag)
{
    pthread_mutex_lock(&gather->mutex);
    atomic_store(flag, true);
    pthread_cond_signal(&gather->called);
    pthread_mutex_unlock(&gather->mutex);
}

void gather_want(struct gather *gather, const struct wants *wants)
{
    bool is_same;

    pthread_mutex_lock(&gather->mutex);
    is_same = memcmp(&gather->wants, wants, sizeof *wants) == 0;
    if (!is_same)
        memcpy(&gather->wants, wants, sizeof *wants);
    pthread_mutex_unlock(&gather->mutex);
    if (!is_same)
        call(gather, &gather->has_wants);
}

void gather_look(struct gather *gather)
{
    call(gather, &gather->is_looking);
}

static void *take(struct gather *gather, enum part_kind kind, void *old, bool *has_new)
{
    void *new = gather->parts[kind];

    if (!new)
        return old;
    gather->parts[kind] = NULL;
    *has_new = true;
    part_free(kind, old);
    return new;
}

bool gather_take(struct gather *gather, struct parts *parts)
{
    char bytes[16];
    bool has_new = false;

    pthread_mutex_lock(&gather->mutex);
    if (gather->has_parts && !gather->wants.is_frozen) {
        while (read(gather->pipe[0], bytes, sizeof bytes) > 0)
            continue;
        gather->has_parts = false;
        parts->map = take(gather, PART_MAP, parts->map, &has_new);
        parts->heat = take(gather, PART_HEAT, parts->heat, &has_new);
        parts->list = take(gather, PART_LIST, parts->list, &has_new);
        parts->said = take(gather, PART_SAID, parts->said, &has_new);
        parts->classes = take(gather, PART_CLASSES, parts->classes, &has_new);
        parts->inputs = take(gather, PART_INPUTS, parts->inputs, &has_new);
        parts->preview = take(gather, PART_PREVIEW, parts->preview, &has_new);
    }
    pthread_mutex_unlock(&gather->mutex);
    return has_new;
}

bool gather_is_idle(struct gather *gather)
{
    bool is_idle;

    pthread_mutex_lock(&gather->mutex);
    is_idle = gather->is_idle && !gather->has_parts && !atomic_load(&gather->is_looking) &&
              !atomic_load(&gather->has_wants);
    pthread_mutex_unlock(&gather->mutex);
    return is_idle;
}

int gather_finish(struct gather *gather, struct err *err)
{
    bool did = true;

    gather->g.is_hurried = true;
    atomic_store(&gather->is_looking, true);
    while (did)
        if (work(&gather->g, &did, err) != 0)
            return -1;
    return 0;
}

void gather_trouble(struct gather *gather, char *out, size_t size)
{
    pthread_mutex_lock(&gather->mutex);
    snprintf(out, size, "%s", gather->trouble);
    pthread_mutex_unlock(&gather->mutex);
}
