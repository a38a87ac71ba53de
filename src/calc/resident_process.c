/* resident_process.c: the process of a resident calculator: start, greeting, pipes, end.
 *
 * Both directions are watched at the same time, so that neither side waits for the other with a
 * full pipe.  Standard error is drained always and its tail kept.  The first line must be
 *     {"theodolite": 1, "name": "...", "version": "..."} */
#include "resident.h"

#include <errno.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { PIECE = 1 << 16, MOST_KNOWN = 64 };
static const double CHECK_FOLDER_S = 1.0, TICK_S = 0.005, END_S = 0.5, GREETING_S = 10.0,
                    PATIENCE_S = 2.0; /* then whoever watches is told what is waited for */

void breakage_set(struct breakage *breakage, enum reason reason, const char *format, ...)
{
    va_list args;
    if (breakage->reason != REASON_NONE)
        return;
    breakage->reason = reason;
    va_start(args, format);
    vsnprintf(breakage->words, sizeof breakage->words, format, args);
    va_end(args);
}

/* ---- ending --------------------------------------------------------------------------------- */

void resident_stop(struct resident *resident, double grace_s)
{
    struct err ignored = ERR_INIT;
    pid_t known[MOST_KNOWN];
    fd_close(&resident->in_fd);
    if (resident->pid > 0 && !resident->has_ended)
        resident->end = process_stop_group(resident->pid, grace_s);
    resident->pid = 0;
    fd_close(&resident->out_fd);
    fd_close(&resident->err_fd);
    fd_close(&resident->end_fd);
    buf_clear(&resident->received);
    buf_clear(&resident->to_send);
    resident->n_sent = 0;
    resident->has_ended = false;
    if (resident->above[0]) {
        (void)process_kill_strangers(known, chain_known(resident->calc->chain, known, MOST_KNOWN));
        (void)file_remove_tree(resident->above, &ignored);
        resident->above[0] = '\0';
    }
}

/* ---- pipes ---------------------------------------------------------------------------------- */

static int receive(struct resident *resident, struct breakage *breakage, struct err *err)
{
    size_t room = resident->received.max - resident->received.len;
    if (room == 0) {
        breakage_set(breakage, REASON_LIMIT, "sent a line of more than %zu bytes",
                     resident->received.max);
        return 0;
    }
    if (buf_reserve(&resident->received, room < PIECE ? room : PIECE, err) != 0)
        return -1;
    ssize_t n = read(resident->out_fd, resident->received.data + resident->received.len,
                     room < PIECE ? room : PIECE);
    if (n > 0) {
        resident->received.len += (size_t)n;
        resident->received.data[resident->received.len] = '\0';
        return 1;
    }
    if (n == 0)
        fd_close(&resident->out_fd);
    return 0;
}

void resident_drain(struct resident *resident)
{
    char piece[4096];
    ssize_t n = 1;
    for (int i = 0; i < 64 && n > 0 && resident->err_fd >= 0; i++) {
        n = read(resident->err_fd, piece, sizeof piece);
        if (n > 0)
            tail_add(&resident->tail, piece, (size_t)n);
        else if (n == 0)
            fd_close(&resident->err_fd);
    }
}

static void send_some(struct resident *resident)
{
    size_t left = resident->to_send.len - resident->n_sent;
    if (left == 0 || resident->in_fd < 0)
        return;
    ssize_t n = write(resident->in_fd, resident->to_send.data + resident->n_sent, left);
    if (n > 0)
        resident->n_sent += (size_t)n;
    else if (n < 0 && errno != EAGAIN && errno != EINTR)
        fd_close(&resident->in_fd); /* it reads no more: its end will be seen */
    if (resident->n_sent == resident->to_send.len) {
        buf_clear(&resident->to_send);
        resident->n_sent = 0;
    }
}

/* Reaps it; the rest of its group goes with it. */
static void take_end(struct resident *resident)
{
    process_kill_group(resident->pid, SIGKILL);
    if (process_wait(resident->pid, -1.0, &resident->end) != 1)
        resident->end = (struct process_end){.is_signal = true, .status = SIGKILL};
    resident->has_ended = true;
}

static int explain_end(struct resident *resident, struct breakage *breakage, struct err *err)
{
    char name[32];
    int got;
    while ((got = resident->out_fd < 0 ? 0 : receive(resident, breakage, err)) > 0)
        continue;
    resident_drain(resident);
    if (resident->end.is_signal)
        breakage_set(breakage, REASON_SIGNAL, "ended by %s in the middle of a point",
                     process_signal_name(resident->end.status, name, sizeof name));
    else
        breakage_set(breakage, resident->end.status == 0 ? REASON_PROTOCOL : REASON_EXIT,
                     "ended with exit status %d in the middle of a point", resident->end.status);
    return got;
}

static bool sees_end(struct resident *resident, const struct pollfd *fd)
{
    struct process_end end;
    if (fd->fd >= 0)
        return fd->revents != 0;
    if (process_poll(resident->pid, &end) != 1)
        return false;
    resident->end = end;
    resident->has_ended = true;
    return true;
}

static void check_folder(struct resident *resident, double now, struct breakage *breakage)
{
    uint64_t limit = calc_output_bytes(resident->calc) + resident->folder.n_placed;
    if (now < resident->next_check)
        return;
    resident->next_check = now + CHECK_FOLDER_S;
    if (file_tree_bytes(resident->folder.home) >= limit)
        breakage_set(breakage, REASON_LIMIT, "left more than %llu bytes in its folder",
                     (unsigned long long)limit);
}

/* Its output is closed: it is about to end, or will never answer again. */
static int handle_closed(struct resident *resident, struct breakage *breakage, struct err *err)
{
    struct pollfd end = {.fd = resident->end_fd, .events = POLLIN};
    if (resident->end_fd >= 0 && poll(&end, 1, (int)(1000.0 * END_S)) > 0)
        take_end(resident);
    else if (resident->end_fd < 0 && process_wait(resident->pid, END_S, &resident->end) == 1)
        resident->has_ended = true;
    if (resident->has_ended)
        return explain_end(resident, breakage, err);
    breakage_set(breakage, REASON_PROTOCOL, "closed its standard output");
    return 0;
}

int resident_wait(struct resident *resident, double until, enum wait_event *event,
                  struct breakage *breakage, struct err *err)
{
    const struct chain *chain = resident->calc->chain;
    double now = clock_steady_s();
    bool is_quiet = now < chain->cancel_quiet_until;
    enum { OUT, ERROR, END, CANCEL, IN, N };
    struct pollfd fds[N] = {
        [OUT] = {.fd = resident->out_fd, .events = POLLIN},
        [ERROR] = {.fd = resident->err_fd, .events = POLLIN},
        [END] = {.fd = resident->end_fd, .events = POLLIN},
        [CANCEL] = {.fd = is_quiet ? -1 : chain->options.cancel_fd, .events = POLLIN},
        [IN] = {.fd = resident->to_send.len > 0 ? resident->in_fd : -1, .events = POLLOUT},
    };
    *event = EVENT_NONE;
    until = fmin(until, resident->next_check);
    if (is_quiet)
        until = fmin(until, chain->cancel_quiet_until);
    if (resident->end_fd < 0)
        until = fmin(until, now + TICK_S);
    double left_ms = fmin(fmax(ceil(1000.0 * (until - now)), 0.0), 3600000.0);
    if (poll(fds, N, (int)left_ms) < 0)
        return errno == EINTR ? 0 : err_sys(err, ERR_IO, errno, "poll");
    if (fds[IN].revents)
        send_some(resident);
    if (fds[ERROR].revents)
        resident_drain(resident);
    if (fds[OUT].revents && receive(resident, breakage, err) < 0)
        return -1;
    if (fds[OUT].revents)
        *event = EVENT_LINES;
    if (fds[CANCEL].fd >= 0 && fds[CANCEL].revents && chain_is_cancelled(resident->calc->chain))
        *event = EVENT_CANCEL;
    if (sees_end(resident, &fds[END])) {
        if (!resident->has_ended)
            take_end(resident);
        return explain_end(resident, breakage, err);
    }
    if (resident->out_fd < 0)
        return handle_closed(resident, breakage, err);
    check_folder(resident, clock_steady_s(), breakage);
    return 0;
}

bool resident_line(const struct resident *resident, size_t *at, const char **line, size_t *n)
{
    const struct buf *received = &resident->received;
    if (*at >= received->len)
        return false;
    const char *start = received->data + *at;
    const char *newline = memchr(start, '\n', received->len - *at);
    if (!newline)
        return false;
    *line = start;
    *n = (size_t)(newline - start);
    *at += *n + 1;
    return true;
}

/* ---- starting ------------------------------------------------------------------------------- */

static int make_home(struct resident *resident, struct breakage *breakage, struct err *err)
{
    const struct chain *chain = resident->calc->chain;
    char name[160], words[CALC_SENTENCE];
    snprintf(name, sizeof name, "%.100s.%llu", resident->calc->def->name,
             (unsigned long long)resident->n_starts++);
    if (path_join(resident->above, chain->scratch, name, err) != 0 ||
        folder_init(&resident->folder, chain->scratch, name, err) != 0 ||
        file_remove_tree(resident->above, err) != 0)
        return -1;
    int rc = folder_fill(&resident->folder, resident->calc, words, err);
    if (rc > 0)
        breakage_set(breakage, REASON_START, "%s", words);
    return rc;
}

static int launch(struct resident *resident, const int in[2], const int out[2], const int error[2],
                  struct err *err)
{
    const struct calc *calc = resident->calc;
    char tmp[CALC_PATH + 16];
    /* a Python script need not know about flushing */
    const char *env[] = {"LC_ALL=C", "PYTHONUNBUFFERED=1", tmp, NULL};
    struct process_spec spec = {.argv = (const char *const *)calc->argv,
                                .dir = resident->folder.dir,
                                .env = env,
                                .fd_in = in[0],
                                .fd_out = out[1],
                                .fd_err = error[1],
                                .own_group = true,
                                .dies_with_parent = true,
                                .limit_cpu_s = calc->def->cpu_s,
                                .limit_memory = calc->def->memory_bytes,
                                .limit_file = calc_output_bytes(calc),
                                .no_core = true};
    snprintf(tmp, sizeof tmp, "TMPDIR=%s", resident->folder.home);
    trace_command(calc, (const char *const *)calc->argv, " (resident)");
    return process_start(&spec, &resident->pid, err);
}

static int start_process(struct resident *resident, struct breakage *breakage, struct err *err)
{
    struct err failed = ERR_INIT;
    int in[2] = {-1, -1}, out[2] = {-1, -1}, error[2] = {-1, -1}, rc = -1;
    resident->tail.n = resident->n_told = 0;
    resident->has_ended = false;
    TRY(pipe_open(in, err));
    TRY(pipe_open(out, err));
    TRY(pipe_open(error, err));
    if (fd_no_wait(in[1]) != 0 || fd_no_wait(out[0]) != 0 || fd_no_wait(error[0]) != 0) {
        err_sys(err, ERR_IO, errno, "fcntl");
        goto out;
    }
    if (launch(resident, in, out, error, &failed) != 0) {
        resident->pid = 0;
        breakage_set(breakage, REASON_START, "%s", failed.message);
        rc = failed.code == ERR_MEMORY ? mem_error(err) : 1;
        goto out;
    }
    resident->in_fd = in[1];
    resident->out_fd = out[0];
    resident->err_fd = error[0];
    in[1] = out[0] = error[0] = -1;
    resident->end_fd = process_end_fd(resident->pid);
    resident->next_check = clock_steady_s() + CHECK_FOLDER_S;
    rc = 0;
out:
    for (int i = 0; i < 2; i++) {
        fd_close(&in[i]);
        fd_close(&out[i]);
        fd_close(&error[i]);
    }
    return rc;
}

static void take_version(struct calc *calc, const json_t *hello)
{
    const char *name = json_string_value(json_object_get(hello, "name"));
    const char *version = json_string_value(json_object_get(hello, "version"));
    char both[200];
    snprintf(both, sizeof both, "%.90s %.90s", name ? name : "?", version ? version : "?");
    if (!calc->version)
        calc->version = mem_strdup(both); /* only words for people: NULL is fine */
    trace_line(calc, "run", "it is %s", both);
}

static void check_greeting(struct calc *calc, const char *line, size_t n, struct breakage *breakage)
{
    char why[CALC_SENTENCE / 4], shown[300];
    json_t *hello = json_read(line, n, why, sizeof why);
    const json_t *protocol = json_object_get(hello, "theodolite");
    words_clean(shown, sizeof shown, line, n);
    if (!json_is_number(protocol))
        breakage_set(breakage, REASON_PROTOCOL,
                     "its first line must be {\"theodolite\": 1, \"name\": \"...\", \"version\": "
                     "\"...\"}, it is: %s",
                     shown);
    else if (fabs(json_number_value(protocol) - 1.0) > 0.0)
        breakage_set(breakage, REASON_PROTOCOL, "it speaks protocol %g, this program 1",
                     json_number_value(protocol));
    else
        take_version(calc, hello);
    json_decref(hello);
}

/* An end before the greeting: it could not start, in its own words. */
static void explain_early_end(const struct resident *resident, struct breakage *breakage)
{
    if (!resident->has_ended || resident->end.is_signal ||
        (breakage->reason != REASON_PROTOCOL && breakage->reason != REASON_EXIT))
        return;
    breakage->reason = REASON_START;
    snprintf(breakage->words, sizeof breakage->words,
             "ended with exit status %d before its first line", resident->end.status);
}

/* For whoever watches: it has not greeted yet. */
static void tell_silence(const struct resident *resident, double limit)
{
    const struct buf *received = &resident->received;
    char shown[200];
    words_clean(shown, sizeof shown, received->len > 0 ? received->data : "", received->len);
    trace_line(resident->calc, "wait",
               "no line from it yet%s%s: the first on its standard output must be\n"
               "{\"theodolite\": 1, \"name\": \"...\", \"version\": \"...\"}\n"
               "and end with a newline, written out at once (flush); it has %g s for that",
               shown[0] != '\0' ? ", only the beginning of one: " : "", shown, limit);
}

static int greet(struct resident *resident, struct breakage *breakage, struct err *err)
{
    const struct calc *calc = resident->calc;
    const struct chain_options *options = &calc->chain->options;
    double limit = fmax(calc->timeout_s, GREETING_S);
    if (options->greeting_s > 0.0)
        limit = options->greeting_s;
    double now = clock_steady_s(), until = now + limit, patience = now + PATIENCE_S;
    enum wait_event event;
    const char *line;
    size_t at = 0, n;
    for (;;) {
        if (resident_wait(resident, fmin(until, patience), &event, breakage, err) != 0)
            return -1;
        if (resident_line(resident, &at, &line, &n)) {
            breakage->reason = REASON_NONE;
            check_greeting(resident->calc, line, n, breakage);
            buf_drop_front(&resident->received, at);
            return 0;
        }
        explain_early_end(resident, breakage);
        if (event == EVENT_CANCEL)
            breakage_set(breakage, REASON_KILLED, "killed on request");
        now = clock_steady_s();
        if (now >= patience && breakage->reason == REASON_NONE) {
            tell_silence(resident, limit);
            patience = HUGE_VAL;
        }
        if (now >= until)
            breakage_set(breakage, REASON_START,
                         "did not greet within %g s: its first line must be "
                         "{\"theodolite\": 1, \"name\": \"...\", \"version\": \"...\"}",
                         limit);
        if (breakage->reason != REASON_NONE)
            return 0;
    }
}

int resident_start(struct resident *resident, struct breakage *breakage, struct err *err)
{
    int rc = make_home(resident, breakage, err);
    if (rc == 0)
        rc = start_process(resident, breakage, err);
    if (rc == 0)
        rc = greet(resident, breakage, err);
    if (rc == 0 && breakage->reason != REASON_NONE)
        rc = 1;
    return rc;
}
