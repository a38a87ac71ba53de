/* pool.c: the workers of a scan, each kept fed, those that die replaced.
 *
 * Points wait in one queue, in the order in which they were submitted.  A worker has up to two
 * groups in hand: one runs, one waits in its pipe.  A group is made to last about 20 ms, from the
 * time that points took so far: one point where a point takes long, thousands where it takes
 * microseconds.
 *
 * What a worker says is read in answers.c; what becomes of the points of one that died is in
 * death.c. */
#include "crew.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { FDS_PER_MEMBER = 3, FDS_SPARE = 64 };
enum { WORDS_SAID = 4200 };
static const double DISMISS_S = 8; /* a worker ends its calculator first: SIGTERM, 5 s, SIGKILL */
static const double REST_GRACE_S = 30;  /* beyond all time limits of the chain */
static const double LONG_POINT_S = 0.2; /* the way to the worker and back is nothing to that */
static const double SLOW_START_S = 15;  /* then it is said that a worker has not begun */

void crew_note(struct pool *pool, char *take_note)
{
    if (take_note == NULL || pool->n_notes == N_NOTES) {
        mem_free(take_note);
        return;
    }
    pool->notes[pool->n_notes++] = take_note;
}

char *pool_take_note(struct pool *pool)
{
    if (pool->n_notes == 0)
        return NULL;
    char *note = pool->notes[0];
    memmove(pool->notes, pool->notes + 1, --pool->n_notes * sizeof *pool->notes);
    return note;
}

/* ---- starting ------------------------------------------------------------------------------- */

static int build_argv(struct pool *pool, struct err *err)
{
    char self[4096];
    char **words = NULL;
    size_t n_words = 0;
    if (pool->launcher != NULL &&
        text_split_words(pool->arena, pool->launcher, &words, &n_words, err) != 0)
        return err_while(err, "reading the launcher's words");
    if (process_self_path(self, sizeof self, err) != 0)
        return -1;
    pool->argv = arena_array(pool->arena, n_words + 3, sizeof *pool->argv);
    if (pool->argv == NULL)
        return mem_error(err);
    for (size_t i = 0; i < n_words; i++)
        pool->argv[i] = words[i];
    pool->argv[n_words] = arena_strdup(pool->arena, self);
    pool->argv[n_words + 1] = "worker";
    return pool->argv[n_words] != NULL ? 0 : mem_error(err);
}

static int start_member(struct pool *pool, struct member *member, struct err *err)
{
    struct member_start start = {
        .argv = pool->argv,
        .resolved = pool->resolved,
        .path = pool->scan->path,
        .folder = pool->scan->folder,
        .plugin_dirs = pool->plugin_dirs,
    };
    /* The workers of a killed engine may still be clearing up theirs. */
    snprintf(member->scratch, sizeof member->scratch, "%s/%ld.%d", pool->scratch, (long)getpid(),
             member->number);
    if (member_start(member, &start, err) != 0) {
        member_end(member, 0);
        return err_while(err, "starting worker %d", member->number);
    }
    for (size_t i = 0; i < pool->scan->n_calculators; i++)
        if (isfinite(pool->timeouts[i]) && member_set_limit(member, i, pool->timeouts[i], err) != 0)
            return -1;
    return pool->task != WORK_POINTS
               ? member_set_task(member, (int)pool->task, &pool->task_data, err)
               : 0;
}

int pool_set_task(struct pool *pool, enum work_task task, const void *data, size_t n,
                  struct err *err)
{
    pool->task = task;
    buf_clear(&pool->task_data);
    if (buf_append(&pool->task_data, data, n, err) != 0)
        return -1;
    pool->mean_s = (double)NAN; /* of other work */
    pool->group_n = 1;
    for (size_t i = 0; i < pool->n_members; i++) {
        struct member *member = &pool->members[i];
        if (member->state == MEMBER_RETIRED)
            continue;
        if (member_set_task(member, (int)task, &pool->task_data, err) != 0)
            return -1;
        member_send(member);
    }
    return 0;
}

/* Longest time that the chain can honestly take on one point. */
static double chain_limit(const struct pool *pool)
{
    double limit = REST_GRACE_S;
    for (size_t i = 0; i < pool->scan->n_calculators; i++) {
        const struct scan_calculator *calculator = &pool->scan->calculators[i];
        double timeout_s = calculator->timeout_s;
        if (isfinite(pool->timeouts[i]))
            timeout_s = pool->timeouts[i];
        limit += (timeout_s + 10) * (1 + calculator->retries);
    }
    return limit;
}

int pool_set_timeout(struct pool *pool, size_t calculator, double seconds, struct err *err)
{
    pool->timeouts[calculator] = seconds;
    pool->limit_s = chain_limit(pool);
    for (size_t i = 0; i < pool->n_members; i++) {
        struct member *member = &pool->members[i];
        if (member->state == MEMBER_RETIRED)
            continue;
        if (member_set_limit(member, calculator, seconds, err) != 0)
            return -1;
        member_send(member);
    }
    return 0;
}

struct pool *pool_create(const struct pool_options *options, struct err *err)
{
    struct pool *pool = mem_new(struct pool);
    if (pool != NULL)
        buf_init(&pool->task_data, (size_t)1 << 30);
    if (pool == NULL || (pool->arena = arena_create()) == NULL ||
        (pool->members = mem_array(MAX_MEMBERS, sizeof *pool->members)) == NULL ||
        (pool->row = mem_array(options->scan->n_values, sizeof *pool->row)) == NULL ||
        (pool->timeouts = mem_array(options->scan->n_calculators, sizeof(double))) == NULL ||
        (pool->queue = queue_create(options->scan->n_params)) == NULL) {
        mem_error(err);
        goto fail;
    }
    pool->scan = options->scan;
    pool->plugin_dirs = options->plugin_dirs;
    pool->resolved = arena_strdup(pool->arena, options->resolved);
    pool->scratch = arena_strdup(pool->arena, options->scratch);
    pool->launcher =
        options->launcher != NULL ? arena_strdup(pool->arena, options->launcher) : NULL;
    if (pool->resolved == NULL || pool->scratch == NULL) {
        mem_error(err);
        goto fail;
    }
    pool->mean_s = (double)NAN;
    pool->group_n = 1;
    for (size_t i = 0; i < pool->scan->n_calculators; i++)
        pool->timeouts[i] = (double)NAN;
    pool->limit_s = chain_limit(pool);
    file_remove_tree(pool->scratch, err);
    if (file_make_dirs(pool->scratch, 0700, err) != 0 || build_argv(pool, err) != 0 ||
        pool_resize(pool, options->n_workers, err) != 0)
        goto fail;
    return pool;
fail:
    pool_free(pool);
    return NULL;
}

void pool_free(struct pool *pool)
{
    struct err ignored = ERR_INIT;
    if (pool == NULL)
        return;
    for (size_t i = 0; i < pool->n_members; i++)
        member_dismiss(&pool->members[i]); /* all at once, then each is waited for */
    double last = clock_steady_s() + DISMISS_S;
    for (size_t i = 0; i < pool->n_members; i++) {
        if (pool->members[i].state != MEMBER_RETIRED)
            member_end(&pool->members[i], fmax(0, last - clock_steady_s()));
        member_free(&pool->members[i]);
    }
    crew_kill_strangers(pool);
    if (pool->neighbour != NULL)
        pool->neighbour->neighbour = NULL;
    if (pool->scratch != NULL)
        file_remove_tree(pool->scratch, &ignored);
    char *note;
    while ((note = pool_take_note(pool)) != NULL)
        mem_free(note);
    queue_free(pool->queue);
    buf_free(&pool->task_data);
    mem_free(pool->tools);
    mem_free(pool->row);
    mem_free(pool->timeouts);
    mem_free(pool->members);
    arena_free(pool->arena);
    mem_free(pool);
}

size_t crew_n_living(const struct pool *pool)
{
    size_t n = 0;
    for (size_t i = 0; i < pool->n_members; i++)
        n += pool->members[i].state != MEMBER_RETIRED && !pool->members[i].is_leaving;
    return n;
}

bool crew_has_ready(const struct pool *pool)
{
    bool has = false;
    for (size_t i = 0; i < pool->n_members; i++)
        has |= pool->members[i].state == MEMBER_READY;
    return has;
}

int crew_start_missing(struct pool *pool, struct err *err)
{
    for (size_t i = 0; crew_n_living(pool) < pool->n_wanted; i++) {
        struct member *member = &pool->members[i];
        if (i < pool->n_members && member->state != MEMBER_RETIRED) {
            member->is_leaving = false;
            continue;
        }
        member_free(member);
        *member = (struct member){.number = (int)i + 1, .state = MEMBER_RETIRED};
        if (i >= pool->n_members)
            pool->n_members = i + 1;
        if (start_member(pool, member, err) != 0)
            return -1;
    }
    return 0;
}

/* Each takes three of the files that a process may have open. */
static size_t most_workers(void)
{
    long n_files = sysconf(_SC_OPEN_MAX);
    if (n_files < 0)
        return MAX_MEMBERS;
    size_t n = (size_t)n_files > FDS_SPARE ? ((size_t)n_files - FDS_SPARE) / FDS_PER_MEMBER : 0;
    return n < 1 ? 1 : n > MAX_MEMBERS ? MAX_MEMBERS : n;
}

int pool_resize(struct pool *pool, size_t n_workers, struct err *err)
{
    size_t most = most_workers();
    if (n_workers < 1 || n_workers > MAX_MEMBERS)
        return err_set(err, ERR_USAGE, "the number of workers is 1 to %d, not %zu", MAX_MEMBERS,
                       n_workers);
    if (n_workers > most)
        return err_set(err, ERR_USAGE,
                       "%zu workers need more open files than this process may "
                       "have: at most %zu here (ulimit -n)",
                       n_workers, most);
    pool->n_wanted = n_workers;
    for (size_t i = pool->n_members; i-- > 0 && crew_n_living(pool) > n_workers;)
        if (pool->members[i].state != MEMBER_RETIRED)
            pool->members[i].is_leaving = true;
    if (crew_start_missing(pool, err) == 0)
        return 0;
    size_t n = crew_n_living(pool); /* as many as could be started */
    pool->n_wanted = n > 0 ? n : 1;
    return -1;
}

size_t pool_n_workers(const struct pool *pool)
{
    return pool->n_wanted;
}

/* ---- feeding -------------------------------------------------------------------------------- */

size_t pool_n_waiting(const struct pool *pool)
{
    size_t n = queue_n(pool->queue);
    for (size_t i = 0; i < pool->n_members; i++)
        n += member_n_in_hand(&pool->members[i]);
    return n;
}

/* Where points take long (or nobody knows yet) none waits behind another: a pause would have to
 * wait for it. */
static bool is_long(const struct pool *pool)
{
    return !(pool->mean_s <= LONG_POINT_S);
}

size_t pool_room(const struct pool *pool)
{
    size_t each = is_long(pool) ? 1 : (MEMBER_DEPTH + 1) * pool->group_n;
    size_t wanted = pool->n_wanted * each, has = queue_n(pool->queue);
    for (size_t i = 0; i < pool->n_members; i++) {
        size_t n = member_n_in_hand(&pool->members[i]);
        has += n < each ? n : each;
    }
    return wanted > has ? wanted - has : 0;
}

int pool_submit(struct pool *pool, size_t n, const uint64_t *ids, const double *rows, size_t stride,
                struct err *err)
{
    for (size_t i = 0; i < n; i++) {
        struct item item = {.id = ids[i]};
        if (queue_push(pool->queue, &item, rows + i * stride, err) != 0)
            return -1;
    }
    return 0;
}

static int feed(struct pool *pool, struct member *member, struct err *err)
{
    struct group group = {0};
    size_t share = (queue_n(pool->queue) + pool->n_wanted - 1) / pool->n_wanted;
    size_t n = pool->group_n < share ? pool->group_n : share;
    if (queue_take(pool->queue, n, &group, err) != 0 ||
        member_give(member, &group, pool->scan->n_params, err) != 0) {
        group_free(&group);
        return -1;
    }
    return 0;
}

/* Nobody gets a second group while another has none; and where points take long, none at all: it
 * would wait for one worker while others may be idle. */
int pool_feed(struct pool *pool, struct err *err)
{
    size_t depth = is_long(pool) ? 1 : MEMBER_DEPTH;
    for (size_t n_groups = 0; n_groups < depth; n_groups++) {
        for (size_t i = 0; i < pool->n_members && queue_n(pool->queue) > 0; i++) {
            struct member *member = &pool->members[i];
            if (member->state == MEMBER_READY && !member->is_leaving &&
                member->n_groups == n_groups && feed(pool, member, err) != 0)
                return -1;
        }
    }
    for (size_t i = 0; i < pool->n_members; i++)
        if (pool->members[i].state != MEMBER_RETIRED)
            member_send(&pool->members[i]);
    return 0;
}

/* ---- looking after --------------------------------------------------------------------------- */

static void say_slow(struct pool *pool, struct member *member)
{
    char words[WORDS_SAID];
    if (member->is_slow || member->state != MEMBER_STARTING ||
        clock_steady_s() - member->born < SLOW_START_S)
        return;
    member->is_slow = true;
    snprintf(words, sizeof words, "worker %d has not begun for %.0f s%s%s", member->number,
             SLOW_START_S, member->words.len > 0 ? "; it says: " : "",
             member->words.len > 0 ? member->words.data : "");
    crew_note(pool, mem_strdup(words));
}

/* ", in NAME": what it said it runs, or the only one that it can run. */
static const char *where_of(const struct pool *pool, const struct member *member, char *out,
                            size_t size)
{
    size_t n = pool->scan->n_calculators;
    size_t c = n == 1 ? 0 : member->calculator >= 0 ? (size_t)member->calculator : n;
    snprintf(out, size, "%s%s", c < n ? ", in " : "", c < n ? pool->scan->calculators[c].name : "");
    return out;
}

/* Has it overrun all time limits? */
static bool is_stuck(const struct pool *pool, const struct member *member, double *limit_s)
{
    if (member->n_groups == 0 || member->state != MEMBER_READY)
        return false;
    *limit_s = pool->limit_s + (double)member->groups[0].n * GROUP_S;
    return clock_steady_s() - member->group_began > *limit_s;
}

static int look_after(struct pool *pool, struct member *member, const struct taker *taker,
                      struct err *err)
{
    struct err trouble = ERR_INIT;
    enum reason reason = REASON_PROTOCOL;
    char why[1200] = "", where[200];
    double limit_s;
    bool is_open = member_move(member, &trouble);
    if (crew_take_answers(pool, member, taker, &trouble) != 0) {
        bool is_one_of_many = trouble.code == ERR_START && crew_has_ready(pool);
        snprintf(why, sizeof why, "%s", trouble.message);
        if (trouble.code == ERR_FULL && crew_bury(pool, member, REASON_NONE, why, taker, err) != 0)
            return -1;
        if (trouble.code != ERR_PROTOCOL && !is_one_of_many) {
            *err = trouble;
            return -1;
        }
    }
    if (is_stuck(pool, member, &limit_s)) {
        snprintf(why, sizeof why, "worker %d did not answer within %.0f s%s", member->number,
                 limit_s, where_of(pool, member, where, sizeof where));
        reason = REASON_TIMEOUT;
        process_kill_group(member->pid, 9);
    }
    say_slow(pool, member);
    if (!is_open || why[0] != '\0')
        return crew_bury(pool, member, reason, why, taker, err);
    if (member->is_leaving && member->n_groups == 0)
        return crew_bury(pool, member, reason, "", taker, err);
    return 0;
}

int pool_handle(struct pool *pool,
                int (*take)(void *context, const struct work_result *result, struct err *err),
                void *context, struct err *err)
{
    const struct taker taker = {.take = take, .context = context};
    for (size_t i = 0; i < pool->n_members; i++) {
        struct member *member = &pool->members[i];
        if (member->state != MEMBER_RETIRED && look_after(pool, member, &taker, err) != 0)
            return -1;
    }
    return crew_replace_dead(pool, err) != 0 ? -1 : pool_feed(pool, err);
}

size_t pool_poll(struct pool *pool, struct pollfd *fds, size_t n_max, double *wait_s)
{
    size_t n = 0;
    for (size_t i = 0; i < pool->n_members; i++) {
        const struct member *member = &pool->members[i];
        if (member->state == MEMBER_RETIRED || n + FDS_PER_MEMBER > n_max)
            continue;
        fds[n++] = (struct pollfd){.fd = member->fd_from, .events = POLLIN};
        if (member->fd_err >= 0)
            fds[n++] = (struct pollfd){.fd = member->fd_err, .events = POLLIN};
        if (member->out.len > 0)
            fds[n++] = (struct pollfd){.fd = member->fd_to, .events = POLLOUT};
    }
    if (*wait_s > 1)
        *wait_s = 1;
    return n;
}

bool pool_kill_point(struct pool *pool, uint64_t id)
{
    struct err ignored = ERR_INIT;
    for (size_t i = 0; i < pool->n_members; i++) {
        struct member *member = &pool->members[i];
        if (member->state != MEMBER_READY || member->n_groups == 0)
            continue;
        for (size_t k = 0; k < member->groups[0].n; k++)
            if (member->groups[0].items[k].id == id)
                return member_kill_point(member, id, &ignored) == 0;
    }
    return false;
}

size_t pool_workers(const struct pool *pool, struct pool_worker *workers, size_t n_max)
{
    size_t n = 0;
    double now = clock_steady_s(), wall = clock_wall_s();
    for (size_t i = 0; i < pool->n_members && n < n_max; i++) {
        const struct member *member = &pool->members[i];
        if (member->state == MEMBER_RETIRED)
            continue;
        bool is_busy = member->n_groups > 0, has_said = is_busy && member->calculator >= 0;
        workers[n++] = (struct pool_worker){
            .worker = member->number,
            .pid = member->pid,
            .point = has_said  ? member->calculator_point
                     : is_busy ? member->groups[0].items[0].id
                               : 0,
            .calculator = has_said ? member->calculator : -1,
            .calculator_since = has_said ? wall - (now - member->calculator_began) : 0,
            .since = is_busy ? wall - (now - member->group_began) : 0,
            .n_done = member->n_done,
            .busy_s = member->busy_s + (is_busy ? now - member->group_began : 0),
        };
    }
    return n;
}

const char *pool_tools(const struct pool *pool)
{
    return pool->tools;
}
