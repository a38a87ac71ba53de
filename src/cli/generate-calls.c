/* generate-calls.c: the integrand of a scan at points of the unit cube, by the workers.
 *
 * A block of points goes out, and all answers are waited for; the order of the answers is no
 * matter.  A point without physical values counts as failed, like one whose chain fails. */
#include "generate.h"

#include "theodolite/space.h"

#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_FDS = 1024 };

struct calls {
    struct calls_options options;
    struct space *space;
    struct height *height;
    struct pool *pool;
    struct buf resolved;
    uint64_t first_id; /* of the block in hand */
    size_t n, cap, n_back;
    double *rows;
    bool *is_failed;
    uint64_t *ids;
};

static int open_pool(struct calls *calls, struct err *err)
{
    const struct scan *scan = calls->options.scan;
    const char *base = scan->run.scratch;
    char scratch[3000];
    long n_cores = sysconf(_SC_NPROCESSORS_ONLN);
    size_t n_workers = calls->options.n_workers;
    if (n_workers == 0)
        n_workers = scan->run.workers > 0 ? scan->run.workers : n_cores > 0 ? (size_t)n_cores : 1;
    if (base == NULL || base[0] == '\0')
        base = getenv("TMPDIR");
    if (base == NULL || base[0] == '\0')
        base = "/tmp";
    snprintf(scratch, sizeof scratch, "%s/theodolite-%ld-generate-%ld", base, (long)getuid(),
             (long)getpid());
    if (scan_resolve(scan, &calls->resolved, err) != 0)
        return -1;
    struct pool_options options = {
        .scan = scan,
        .resolved = calls->resolved.data,
        .plugin_dirs = calls->options.plugin_dirs,
        .scratch = scratch,
        .n_workers = n_workers,
        .launcher = scan->run.launcher,
    };
    process_adopt_orphans();
    calls->pool = pool_create(&options, err);
    return calls->pool != NULL ? 0 : -1;
}

struct calls *calls_create(const struct calls_options *options, struct err *err)
{
    struct calls *calls = mem_new(struct calls);
    if (calls == NULL) {
        mem_error(err);
        return NULL;
    }
    calls->options = *options;
    calls->first_id = 1;
    buf_init(&calls->resolved, 1 << 26);
    if ((calls->space = space_create(options->scan, err)) != NULL &&
        (calls->height = height_create(options->scan, err)) != NULL && open_pool(calls, err) == 0)
        return calls;
    calls_free(calls);
    return NULL;
}

void calls_free(struct calls *calls)
{
    if (calls == NULL)
        return;
    pool_free(calls->pool);
    height_free(calls->height);
    space_free(calls->space);
    buf_free(&calls->resolved);
    mem_free(calls->rows);
    mem_free(calls->is_failed);
    mem_free(calls->ids);
    mem_free(calls);
}

size_t calls_n_dims(const struct calls *calls)
{
    return space_n_dims(calls->space);
}

double calls_scale(const struct calls *calls)
{
    return height_scale(calls->height);
}

const double *calls_row(const struct calls *calls, size_t i)
{
    return calls->rows + i * calls->options.scan->n_values;
}

static int reserve(struct calls *calls, size_t n, struct err *err)
{
    size_t n_values = calls->options.scan->n_values;
    if (n <= calls->cap)
        return 0;
    mem_free(calls->rows);
    mem_free(calls->is_failed);
    mem_free(calls->ids);
    calls->rows = mem_array(n * n_values, sizeof *calls->rows);
    calls->is_failed = mem_array(n, sizeof *calls->is_failed);
    calls->ids = mem_array(n, sizeof *calls->ids);
    calls->cap = calls->rows != NULL && calls->is_failed != NULL && calls->ids != NULL ? n : 0;
    return calls->cap > 0 ? 0 : mem_error(err);
}

static int take(void *context, const struct work_result *result, struct err *err)
{
    struct calls *calls = context;
    size_t n_values = calls->options.scan->n_values, i = (size_t)(result->id - calls->first_id);
    (void)err;
    if (result->id < calls->first_id || i >= calls->n)
        return 0; /* of a block that was stopped */
    calls->is_failed[i] = result->outcome->reason != REASON_NONE;
    memcpy(calls->rows + i * n_values, result->row, n_values * sizeof *result->row);
    calls->n_back++;
    return 0;
}

static void say_notes(struct calls *calls)
{
    char *note;
    while ((note = pool_take_note(calls->pool)) != NULL) {
        fprintf(stderr, "theodolite: %s\n", note);
        mem_free(note);
    }
}

/* Submits the points that have physical values; *n_out of them. */
static int submit(struct calls *calls, size_t *n_out, struct err *err)
{
    size_t n_values = calls->options.scan->n_values;
    *n_out = 0;
    for (size_t i = 0; i < calls->n; i++) {
        size_t run = 0;
        while (i + run < calls->n && !calls->is_failed[i + run]) {
            calls->ids[run] = calls->first_id + i + run;
            run++;
        }
        if (run > 0 && pool_submit(calls->pool, run, calls->ids, calls->rows + i * n_values,
                                   n_values, err) != 0)
            return -1;
        *n_out += run;
        i += run;
    }
    return pool_feed(calls->pool, err);
}

static int wait_for_all(struct calls *calls, size_t n_out, struct err *err)
{
    struct pollfd fds[MAX_FDS];
    while (calls->n_back < n_out) {
        double wait_s = 0.1;
        size_t n = pool_poll(calls->pool, fds, MAX_FDS, &wait_s);
        (void)poll(fds, (nfds_t)n, (int)(wait_s * 1000));
        if (pool_handle(calls->pool, take, calls, err) != 0)
            return -1;
        say_notes(calls);
        if (calls->options.stops != NULL && *calls->options.stops != 0)
            return err_set(err, ERR_INTERRUPTED, "interrupted");
    }
    return 0;
}

static int calls_run(struct calls *calls, size_t n, const double *units, double *values,
                     struct err *err)
{
    size_t n_values = calls->options.scan->n_values, n_out = 0;
    int rc = -1;
    TRY(reserve(calls, n, err));
    calls->n = n;
    calls->n_back = 0;
    for (size_t i = 0; i < n * n_values; i++)
        calls->rows[i] = (double)NAN;
    space_to_physical_block(calls->space, n, units, calls->rows, n_values, calls->is_failed);
    for (size_t i = 0; i < n; i++)
        calls->is_failed[i] = !calls->is_failed[i]; /* it was told which are good */
    TRY(submit(calls, &n_out, err));
    TRY(wait_for_all(calls, n_out, err));
    height_block(calls->height, n, calls->rows, n_values, calls->is_failed, values);
    rc = 0;
out:
    calls->first_id += n;
    return rc;
}

static int eval_block(void *context, size_t n, const double *units, double *values, struct err *err)
{
    return calls_run(context, n, units, values, err);
}

struct integrand calls_integrand(struct calls *calls)
{
    return (struct integrand){calls_n_dims(calls), eval_block, calls};
}
