/* running.c: one program while it runs: its output, its limits, its end.
 *
 * One poll() waits for all there is: standard output and error (pipes, kept up to the limit), the
 * end of the process (a pidfd where the system has them, else a short tick), a word from the caller
 * that the point shall be killed, the deadline, and the growth of its folder.  At the end the group
 * is killed before its leader is reaped, so that its number cannot belong to somebody else, and
 * descendants that have left the group are swept up after it. */
#include "private.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { PIECE = 1 << 16, MOST_KNOWN = 64 };
static const double CHECK_FOLDER_S = 0.25, TICK_S = 0.002, DEFAULT_GRACE_S = 5.0;
static const uint64_t DEFAULT_OUTPUT = 64000000;

enum slot { SLOT_OUT, SLOT_ERR, SLOT_END, SLOT_CANCEL, N_SLOTS };

struct watch {
    struct running *running;
    pid_t pid;
    struct pollfd fds[N_SLOTS];
    double began, deadline, next_check;
    bool is_ended, is_warned; /* SIGTERM has been sent */
};

double chain_grace_s(const struct chain *chain)
{
    return chain->options.grace_s > 0.0 ? chain->options.grace_s : DEFAULT_GRACE_S;
}

uint64_t calc_output_bytes(const struct calc *calc)
{
    return calc->def->output_bytes > 0 ? calc->def->output_bytes : DEFAULT_OUTPUT;
}

void fd_close(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

int fd_no_wait(int fd)
{
    int flags = fcntl(fd, F_GETFL);
    return flags < 0 ? -1 : fcntl(fd, F_SETFL, flags | O_NONBLOCK);
}

int pipe_open(int fds[2], struct err *err)
{
#ifdef __linux__
    if (pipe2(fds, O_CLOEXEC) == 0)
        return 0;
#else
    if (pipe(fds) == 0) {
        (void)fcntl(fds[0], F_SETFD, FD_CLOEXEC);
        (void)fcntl(fds[1], F_SETFD, FD_CLOEXEC);
        return 0;
    }
#endif
    fds[0] = fds[1] = -1;
    return err_sys(err, ERR_IO, errno, "no pipe");
}

void tail_add(struct tail *tail, const char *data, size_t n)
{
    size_t size = sizeof tail->data;
    if (n >= size) {
        memcpy(tail->data, data + n - size, size);
        tail->n = size;
        return;
    }
    if (tail->n + n > size) {
        size_t drop = tail->n + n - size;
        memmove(tail->data, tail->data + drop, tail->n - drop);
        tail->n -= drop;
    }
    memcpy(tail->data + tail->n, data, n);
    tail->n += n;
}

/* ---- ending it ------------------------------------------------------------------------------ */

static void kill_now(struct watch *watch)
{
    process_kill_group(watch->pid, SIGKILL);
    watch->deadline = INFINITY;
}

/* SIGTERM first; the deadline becomes that of SIGKILL. */
static void ask_to_end(struct watch *watch, enum stop why, double grace_s)
{
    watch->running->stopped = why;
    watch->is_warned = true;
    process_kill_group(watch->pid, SIGTERM);
    process_kill_group(watch->pid, SIGCONT); /* a stopped one could not hear it */
    watch->deadline = clock_steady_s() + grace_s;
}

static void stop_at_once(struct watch *watch, enum stop why)
{
    if (watch->running->stopped == STOP_NONE)
        watch->running->stopped = why;
    kill_now(watch);
}

/* ---- its output ----------------------------------------------------------------------------- */

/* Keeps what there is room for; what is beyond is counted, not kept. */
static int keep(struct watch *watch, enum slot slot, const char *data, size_t n, struct err *err)
{
    struct running *running = watch->running;
    uint64_t limit = calc_output_bytes(running->calc);
    if (slot == SLOT_ERR) {
        tail_add(&running->tail, data, n);
        running->n_err += n;
        if (running->n_err > limit)
            stop_at_once(watch, STOP_OUTPUT);
        return 0;
    }
    size_t room = running->out->max - running->out->len;
    if (n > room)
        stop_at_once(watch, STOP_OUTPUT);
    return buf_append(running->out, data, n < room ? n : room, err);
}

/* 1 more may come, 0 nothing now, -1 a failure of ours.  Closes at the end. */
static int drain(struct watch *watch, enum slot slot, struct err *err)
{
    char piece[PIECE];
    struct pollfd *fd = &watch->fds[slot];
    if (fd->fd < 0)
        return 0;
    ssize_t n = read(fd->fd, piece, sizeof piece);
    if (n < 0)
        return errno == EINTR;
    if (n == 0) {
        fd_close(&fd->fd);
        return 0;
    }
    return keep(watch, slot, piece, (size_t)n, err) == 0 ? 1 : -1;
}

/* ---- waiting -------------------------------------------------------------------------------- */

static void check_folder(struct watch *watch, double now)
{
    const struct folder *folder = watch->running->folder;
    uint64_t limit = calc_output_bytes(watch->running->calc) + folder->n_placed;
    if (now < watch->next_check)
        return;
    if (file_tree_bytes(folder->home) >= limit)
        stop_at_once(watch, STOP_FOLDER);
    double walked = clock_steady_s();
    watch->next_check = walked + fmax(CHECK_FOLDER_S, 4.0 * (walked - now));
}

static void check_cancel(struct watch *watch, double now)
{
    struct chain *chain = watch->running->calc->chain;
    if (watch->running->stopped != STOP_NONE || now < chain->cancel_quiet_until)
        return;
    if (chain_is_cancelled(chain))
        ask_to_end(watch, STOP_CANCELLED, fmin(1.0, chain_grace_s(chain)));
}

static void check_deadline(struct watch *watch, double now)
{
    if (now < watch->deadline)
        return;
    if (watch->is_warned)
        kill_now(watch);
    else
        ask_to_end(watch, STOP_TIMEOUT, chain_grace_s(watch->running->calc->chain));
}

/* Measured from its start: the limit may be changed while it runs. */
static void set_deadline(struct watch *watch)
{
    double limit = watch->running->calc->timeout_s;
    if (watch->running->stopped == STOP_NONE)
        watch->deadline = limit > 0.0 ? watch->began + limit : INFINITY;
}

/* Has it ended?  Its group goes with it. */
static void check_end(struct watch *watch)
{
    bool has_fd = watch->fds[SLOT_END].fd >= 0;
    if (has_fd && !(watch->fds[SLOT_END].revents & (POLLIN | POLLHUP | POLLERR)))
        return;
    if (has_fd)
        process_kill_group(watch->pid, SIGKILL);
    int got = process_poll(watch->pid, &watch->running->end);
    if (got == 0)
        return;
    if (!has_fd)
        process_kill_group(watch->pid, SIGKILL);
    if (got < 0)
        watch->running->end = (struct process_end){.is_signal = true, .status = SIGKILL};
    watch->is_ended = true;
}

static int wait_once(struct watch *watch, struct err *err)
{
    const struct chain *chain = watch->running->calc->chain;
    double now = clock_steady_s(), until = fmin(watch->deadline, watch->next_check);
    bool is_quiet = now < chain->cancel_quiet_until || watch->running->stopped != STOP_NONE;
    watch->fds[SLOT_CANCEL].fd = is_quiet ? -1 : chain->options.cancel_fd;
    if (is_quiet && watch->running->stopped == STOP_NONE)
        until = fmin(until, chain->cancel_quiet_until);
    if (watch->fds[SLOT_END].fd < 0)
        until = fmin(until, now + TICK_S);
    double left_ms = fmin(fmax(ceil(1000.0 * (until - now)), 0.0), 3600000.0);
    if (poll(watch->fds, N_SLOTS, (int)left_ms) < 0) {
        if (errno != EINTR)
            return err_sys(err, ERR_IO, errno, "poll");
        return 0;
    }
    for (enum slot slot = SLOT_OUT; slot <= SLOT_ERR; slot++) {
        if (watch->fds[slot].revents && drain(watch, slot, err) < 0)
            return -1;
    }
    check_end(watch);
    if (watch->is_ended)
        return 0;
    now = clock_steady_s();
    if (watch->fds[SLOT_CANCEL].fd >= 0 && watch->fds[SLOT_CANCEL].revents)
        check_cancel(watch, now);
    check_folder(watch, now);
    set_deadline(watch);
    check_deadline(watch, now);
    return 0;
}

/* What is still in the pipes; nobody writes any more. */
static int drain_rest(struct watch *watch, struct err *err)
{
    for (enum slot slot = SLOT_OUT; slot <= SLOT_ERR; slot++) {
        int got;
        while ((got = drain(watch, slot, err)) > 0)
            continue;
        if (got < 0)
            return -1;
    }
    return 0;
}

static int watch_it(struct watch *watch, struct err *err)
{
    const struct calc *calc = watch->running->calc;
    pid_t known[MOST_KNOWN];
    int rc = 0;
    double now = clock_steady_s();
    watch->began = now;
    set_deadline(watch);
    watch->next_check = now + CHECK_FOLDER_S;
    while (rc == 0 && !watch->is_ended)
        rc = wait_once(watch, err);
    if (rc != 0) {
        process_kill_group(watch->pid, SIGKILL);
        (void)process_wait(watch->pid, -1.0, &watch->running->end);
    }
    (void)process_kill_strangers(known, chain_known(calc->chain, known, MOST_KNOWN));
    return rc == 0 ? drain_rest(watch, err) : rc;
}

/* ---- starting ------------------------------------------------------------------------------- */

/* Where no wall time is set there is no limit either.  A program may use all cores. */
static double cpu_limit_s(const struct calc *calc)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    if (calc->def->cpu_s > 0.0)
        return calc->def->cpu_s;
    return calc->timeout_s > 0.0 ? (calc->timeout_s + 5.0) * (double)(cores > 0 ? cores : 1) : 0.0;
}

static double children_cpu_s(void)
{
    struct rusage usage;
    if (getrusage(RUSAGE_CHILDREN, &usage) != 0)
        return 0.0;
    return (double)usage.ru_utime.tv_sec + 1e-6 * (double)usage.ru_utime.tv_usec +
           (double)usage.ru_stime.tv_sec + 1e-6 * (double)usage.ru_stime.tv_usec;
}

static int start(struct watch *watch, const char *const *argv, int fd_in, int fd_out, int fd_err,
                 const char *const *env, struct err *err)
{
    const struct running *running = watch->running;
    const struct scan_calculator *def = running->calc->def;
    struct process_spec spec = {.argv = argv,
                                .dir = running->folder->dir,
                                .env = env,
                                .fd_in = fd_in,
                                .fd_out = fd_out,
                                .fd_err = fd_err,
                                .own_group = true,
                                .dies_with_parent = true,
                                .limit_cpu_s = cpu_limit_s(running->calc),
                                .limit_memory = def->memory_bytes,
                                .limit_file = calc_output_bytes(running->calc),
                                .no_core = true};
    return process_start(&spec, &watch->pid, err);
}

int running_run(struct running *running, const char *const *argv, int fd_in, const char *const *env,
                struct err *err)
{
    struct watch watch = {.running = running, .pid = -1};
    int out[2] = {-1, -1}, error[2] = {-1, -1}, rc = -1;
    double began = clock_steady_s(), cpu = children_cpu_s();
    for (int i = 0; i < N_SLOTS; i++)
        watch.fds[i] = (struct pollfd){.fd = -1, .events = POLLIN};
    TRY(pipe_open(out, err));
    TRY(pipe_open(error, err));
    if (fd_no_wait(out[0]) != 0 || fd_no_wait(error[0]) != 0) {
        err_sys(err, ERR_IO, errno, "fcntl");
        goto out;
    }
    watch.fds[SLOT_OUT].fd = out[0]; /* from here on they are the watch's */
    watch.fds[SLOT_ERR].fd = error[0];
    out[0] = error[0] = -1;
    if (start(&watch, argv, fd_in, out[1], error[1], env, err) != 0) {
        rc = err->code == ERR_MEMORY ? -1 : 1;
        goto out;
    }
    fd_close(&out[1]);
    fd_close(&error[1]);
    watch.fds[SLOT_END].fd = process_end_fd(watch.pid);
    rc = watch_it(&watch, err);
out:
    for (enum slot slot = SLOT_OUT; slot <= SLOT_END; slot++)
        fd_close(&watch.fds[slot].fd);
    for (int i = 0; i < 2; i++) {
        fd_close(&out[i]);
        fd_close(&error[i]);
    }
    running->seconds = clock_steady_s() - began;
    running->cpu_s = children_cpu_s() - cpu;
    return rc;
}
