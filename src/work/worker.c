/* worker.c: the life of a worker process: greet, be set up, run points, answer.
 *
 * It runs one group of points at a time, in the order in which they came.  While a calculator runs,
 * the standard input is watched: its end (the engine is gone) or a kill of the point in hand ends
 * the calculator at once, so that nothing outlives the engine.
 *
 * Does not decide how many points come in a group (the pool does), nor judge constraints. */
#include "theodolite/work.h"

#include "task.h"
#include "wire.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { READ_PIECE = 1 << 16 };
static const double STUCK_GRACE_S = 10;

struct worker {
    int fd_in, fd_out;
    struct buf in, out;
    bool is_end; /* of the input */
    struct scan *scan;
    struct chain *chain;
    struct task *task; /* NULL: points are points */
    char *scratch;
    struct arena *arena; /* of the setup */
    const uint64_t *ids; /* of the group in hand */
    size_t n_ids;
    bool is_killed; /* the engine asked to end the point in hand */
};

/* Reads what is there; blocks when `wait`.  At the end of the input sets is_end. */
static int worker_read(struct worker *worker, bool wait, struct err *err)
{
    struct pollfd fd = {.fd = worker->fd_in, .events = POLLIN};
    if (!wait && poll(&fd, 1, 0) <= 0)
        return 0;
    if (buf_reserve(&worker->in, READ_PIECE, err) != 0)
        return -1;
    ssize_t n = read(worker->fd_in, worker->in.data + worker->in.len, READ_PIECE);
    if (n < 0 && (errno == EINTR || errno == EAGAIN))
        return 0;
    if (n <= 0) {
        worker->is_end = true;
        return 0;
    }
    worker->in.len += (size_t)n;
    return 0;
}

static int worker_flush(struct worker *worker, struct err *err)
{
    size_t done = 0;
    while (done < worker->out.len) {
        ssize_t n = write(worker->fd_out, worker->out.data + done, worker->out.len - done);
        if (n < 0 && errno != EINTR) {
            worker->is_end = true;
            buf_clear(&worker->out);
            return errno == EPIPE ? 0 : err_sys(err, ERR_IO, errno, "cannot answer the engine");
        }
        done += n > 0 ? (size_t)n : 0;
    }
    buf_clear(&worker->out);
    return 0;
}

static void set_limit(struct worker *worker, struct wire *payload)
{
    uint32_t calculator = wire_get_u32(payload);
    double seconds;
    wire_get_doubles(payload, &seconds, 1);
    if (!payload->is_bad && worker->chain != NULL)
        chain_set_timeout(worker->chain, calculator, seconds);
}

/* Takes the frames that do not wait for their turn out of the input wherever they stand: kills, of
 * which one for the group in hand is remembered, and limits. */
static void take_orders(struct worker *worker)
{
    size_t at = 0, n_bytes;
    enum wire_type type;
    struct wire payload;
    while (wire_next(&worker->in, at, &type, &payload, &n_bytes) == 1) {
        if (type != WIRE_KILL && type != WIRE_LIMIT) {
            at += n_bytes;
            continue;
        }
        uint64_t id = type == WIRE_KILL ? wire_get_u64(&payload) : 0;
        for (size_t i = 0; type == WIRE_KILL && i < worker->n_ids; i++)
            worker->is_killed |= worker->ids[i] == id;
        if (type == WIRE_LIMIT)
            set_limit(worker, &payload);
        memmove(worker->in.data + at, worker->in.data + at + n_bytes,
                worker->in.len - at - n_bytes);
        worker->in.len -= n_bytes;
    }
}

static bool worker_cancelled(void *context)
{
    struct worker *worker = context;
    struct err ignored = ERR_INIT;
    if (worker_read(worker, false, &ignored) != 0)
        return true;
    take_orders(worker);
    return worker->is_end || worker->is_killed;
}

static int answer_ready(struct worker *worker, struct err *err)
{
    struct buf tools;
    size_t mark;
    int rc = -1;
    buf_init(&tools, 1 << 20);
    TRY(chain_describe(worker->chain, &tools, err));
    TRY(wire_begin(&worker->out, WIRE_READY, &mark, err));
    TRY(wire_put_u32(&worker->out, chain_is_block(worker->chain), err));
    TRY(wire_put_bytes(&worker->out, tools.len > 0 ? tools.data : "", tools.len, err));
    wire_end(&worker->out, mark);
    rc = worker_flush(worker, err);
out:
    buf_free(&tools);
    return rc;
}

static int answer_error(struct worker *worker, const struct err *why, struct err *err)
{
    size_t mark;
    int rc = -1;
    buf_clear(&worker->out);
    TRY(wire_begin(&worker->out, WIRE_ERROR, &mark, err));
    TRY(wire_put_u32(&worker->out, (uint32_t)why->code, err));
    TRY(wire_put_bytes(&worker->out, why->message, strlen(why->message), err));
    wire_end(&worker->out, mark);
    rc = worker_flush(worker, err);
out:
    return rc;
}

/* So that whoever watches sees what runs.  Nothing but that is lost when it cannot be said. */
static void tell_begin(void *context, size_t calculator, uint64_t id)
{
    struct worker *worker = context;
    struct err ignored = ERR_INIT;
    size_t mark;
    if (wire_begin(&worker->out, WIRE_BEGIN, &mark, &ignored) != 0 ||
        wire_put_u32(&worker->out, (uint32_t)calculator, &ignored) != 0 ||
        wire_put_u64(&worker->out, id, &ignored) != 0) {
        buf_clear(&worker->out);
        return;
    }
    wire_end(&worker->out, mark);
    (void)worker_flush(worker, &ignored);
}

static int parse_scan(struct worker *worker, const struct wire_setup *setup, struct err *err)
{
    int rc = -1;
    struct buf words;
    struct scan_options options = {.plugin_dirs = setup->plugin_dirs};
    struct scan_diagnostics *diagnostics = scan_diagnostics_create();
    buf_init(&words, 1 << 16);
    if (diagnostics == NULL) {
        mem_error(err);
        goto out;
    }
    TRY(scan_parse(setup->resolved, setup->path, setup->folder, &options, &worker->scan,
                   diagnostics, err));
    if (scan_n_errors(diagnostics) > 0) {
        TRY(scan_print_diagnostics(diagnostics, setup->path, setup->resolved, &words, err));
        err_set(err, ERR_SCAN, "the worker cannot read the scan that it was sent:\n%s", words.data);
        goto out;
    }
    rc = 0;
out:
    buf_free(&words);
    scan_diagnostics_free(diagnostics);
    return rc;
}

static int worker_setup(struct worker *worker, struct wire *payload, struct err *err)
{
    struct wire_setup setup;
    worker->arena = arena_create();
    if (worker->arena == NULL)
        return mem_error(err);
    if (wire_get_setup(payload, worker->arena, &setup, err) != 0 ||
        parse_scan(worker, &setup, err) != 0 || file_make_dirs(setup.scratch, 0700, err) != 0 ||
        (worker->scratch = mem_strdup(setup.scratch)) == NULL)
        return -1;
    struct chain_options options = {
        .scratch = worker->scratch,
        .plugin_dirs = setup.plugin_dirs,
        .cancel_fd = worker->fd_in,
        .cancelled = worker_cancelled,
        .cancel_context = worker,
        .begins = tell_begin,
        .begins_context = worker,
    };
    worker->chain = chain_create(worker->scan, &options, err);
    return worker->chain != NULL ? 0 : -1;
}

struct group {
    size_t n, stride;
    uint64_t *ids;
    double *rows;
    struct outcome *outcomes;
};

static void group_free(struct group *group)
{
    for (size_t i = 0; group->outcomes != NULL && i < group->n; i++)
        outcome_clear(&group->outcomes[i]);
    mem_free(group->ids);
    mem_free(group->rows);
    mem_free(group->outcomes);
}

static int group_read(const struct scan *scan, struct wire *payload, struct group *group,
                      struct err *err)
{
    size_t n_observables = scan->n_values - scan->n_params;
    size_t n = wire_get_u32(payload), stride = scan->n_values;
    if (payload->is_bad || (size_t)(payload->end - payload->at) < n * (8 + 8 * scan->n_params))
        return err_set(err, ERR_PROTOCOL, "the points that came from the engine are cut off");
    group->n = n;
    group->stride = stride;
    group->ids = mem_array(n, sizeof *group->ids);
    group->rows = mem_array(n * stride, sizeof *group->rows);
    group->outcomes = mem_array(n, sizeof *group->outcomes);
    if (group->ids == NULL || group->rows == NULL || group->outcomes == NULL)
        return mem_error(err);
    for (size_t i = 0; i < n; i++) {
        double *row = group->rows + i * stride;
        group->ids[i] = wire_get_u64(payload);
        wire_get_doubles(payload, row, scan->n_params);
        for (size_t k = 0; k < n_observables; k++)
            row[scan->n_params + k] = (double)NAN;
    }
    return 0;
}

static int run_pieces(struct worker *worker, struct group *group, struct err *err)
{
    for (size_t i = 0; i < group->n && !worker_cancelled(worker); i++)
        if (task_run(worker->task, group->ids[i], &group->outcomes[i], err) != 0)
            return -1;
    return 0;
}

static int set_task(struct worker *worker, struct wire *payload, struct err *err)
{
    enum work_task kind = (enum work_task)wire_get_u32(payload);
    size_t n;
    const char *data = wire_get_bytes(payload, &n);
    if (payload->is_bad)
        return err_set(err, ERR_PROTOCOL, "the task that came from the engine is cut off");
    task_free(worker->task);
    worker->task = NULL;
    if (kind == WORK_POINTS)
        return 0;
    worker->task = task_create(worker->scan, worker->chain, kind, data, n, err);
    return worker->task != NULL ? 0 : -1;
}

/* A kill ends the calculator in hand.  The chain gives up all points from there on: those that the
 * user did not mean run after all. */
static int run_points(struct worker *worker, struct group *group, struct err *err)
{
    size_t at = 0;
    if (worker->task != NULL)
        return run_pieces(worker, group, err);
    worker->is_killed = false;
    take_orders(worker);
    if (worker->is_killed)
        group->outcomes[at++] = (struct outcome){
            .reason = REASON_KILLED,
            .calculator = -1,
            .stage = "run",
            .words = mem_strdup("killed on request before it ran"),
        };
    while (at < group->n && !worker->is_end) {
        worker->is_killed = false;
        if (chain_run(worker->chain, group->n - at, group->ids + at,
                      group->rows + at * group->stride, group->stride, group->outcomes + at,
                      err) != 0)
            return -1;
        while (at < group->n && group->outcomes[at].reason != REASON_KILLED)
            at++;
        for (size_t i = ++at; i < group->n; i++)
            outcome_clear(&group->outcomes[i]);
    }
    return 0;
}

static int run_group(struct worker *worker, struct wire *payload, struct err *err)
{
    struct group group = {0};
    size_t mark;
    size_t n_params = worker->scan->n_params;
    int rc = -1;
    TRY(group_read(worker->scan, payload, &group, err));
    worker->ids = group.ids;
    worker->n_ids = group.n;
    TRY(run_points(worker, &group, err));
    if (!worker->is_end) {
        TRY(wire_begin(&worker->out, WIRE_DONE, &mark, err));
        TRY(wire_put_u32(&worker->out, (uint32_t)group.n, err));
        for (size_t i = 0; i < group.n; i++)
            TRY(wire_put_result(&worker->out, group.ids[i],
                                group.rows + i * group.stride + n_params,
                                worker->scan->n_values - n_params, &group.outcomes[i], err));
        wire_end(&worker->out, mark);
        TRY(worker_flush(worker, err));
    }
    rc = 0;
out:
    worker->n_ids = 0;
    group_free(&group);
    return rc;
}

/* One whole frame, moved out of the input so that the input may grow while it is worked on. */
static int take_frame(struct worker *worker, struct buf *frame, enum wire_type *type,
                      struct wire *payload, struct err *err)
{
    size_t n_bytes;
    int found = wire_next(&worker->in, 0, type, payload, &n_bytes);
    if (found < 0)
        return err_set(err, ERR_PROTOCOL,
                       "the worker was sent something that is no frame of the engine's; it is "
                       "started by the engine, not by hand");
    if (found == 0)
        return 0;
    buf_clear(frame);
    if (buf_append(frame, worker->in.data, n_bytes, err) != 0)
        return -1;
    buf_drop_front(&worker->in, n_bytes);
    return wire_next(frame, 0, type, payload, &n_bytes);
}

static int serve(struct worker *worker, struct err *err)
{
    struct buf frame;
    int rc = -1, found;
    buf_init(&frame, (size_t)WIRE_MAX_FRAME + WIRE_HEAD);
    while (!worker->is_end) {
        enum wire_type type;
        struct wire payload;
        if ((found = take_frame(worker, &frame, &type, &payload, err)) < 0)
            goto out;
        if (found == 0)
            TRY(worker_read(worker, true, err));
        else if (type == WIRE_SETUP) {
            TRY(worker_setup(worker, &payload, err));
            TRY(answer_ready(worker, err));
        } else if (type == WIRE_LIMIT)
            set_limit(worker, &payload);
        else if (type == WIRE_TASK && worker->chain != NULL)
            TRY(set_task(worker, &payload, err));
        else if (type == WIRE_POINTS && worker->chain != NULL)
            TRY(run_group(worker, &payload, err));
    }
    rc = 0;
out:
    buf_free(&frame);
    return rc;
}

/* A shared object that never returns cannot watch the input: this thread ends the process some time
 * after the engine has gone. */
static void *watch_engine(void *context)
{
    const int *fd_in = context;
    struct pollfd fd = {.fd = *fd_in, .events = 0};
    while (poll(&fd, 1, -1) <= 0)
        continue;
    struct timespec grace = {.tv_sec = (time_t)STUCK_GRACE_S};
    nanosleep(&grace, NULL);
    raise(SIGKILL);
    return NULL;
}

/* What a calculator in this process prints must not end up among the frames: descriptor 1 becomes
 * the standard error, and frames go to a copy. */
static int set_output_aside(int fd_out, struct err *err)
{
    int copy = fcntl(fd_out, F_DUPFD_CLOEXEC, 10);
    if (copy < 0)
        return err_sys(err, ERR_IO, errno, "cannot copy the standard output");
    if (fd_out == STDOUT_FILENO)
        (void)dup2(STDERR_FILENO, STDOUT_FILENO);
    return copy;
}

int worker_main(int fd_in, int fd_out, struct err *err)
{
    struct worker worker = {.fd_in = fd_in};
    pthread_t watcher;
    int rc = -1;
    buf_init(&worker.in, (size_t)WIRE_MAX_FRAME * 2);
    buf_init(&worker.out, (size_t)WIRE_MAX_FRAME * 2);
    signal(SIGPIPE, SIG_IGN);
    process_adopt_orphans();
    if ((worker.fd_out = set_output_aside(fd_out, err)) < 0)
        goto out;
    if (pthread_create(&watcher, NULL, watch_engine, &worker.fd_in) == 0)
        pthread_detach(watcher);
    TRY(buf_puts(&worker.out, WIRE_GREETING, err));
    TRY(worker_flush(&worker, err));
    rc = serve(&worker, err);
    if (rc != 0) {
        struct err second = ERR_INIT;
        answer_error(&worker, err, &second);
    }
out:
    task_free(worker.task);
    chain_free(worker.chain);
    scan_free(worker.scan);
    if (worker.scratch != NULL) {
        struct err ignored = ERR_INIT;
        file_remove_tree(worker.scratch, &ignored);
        char *slash = strrchr(worker.scratch, '/');
        *slash = '\0';
        (void)rmdir(
            worker.scratch); /* the last of a killed engine's workers takes the folder along */
    }
    mem_free(worker.scratch);
    arena_free(worker.arena);
    buf_free(&worker.in);
    buf_free(&worker.out);
    return rc;
}
