/* plot-gnuplot.c: finding gnuplot, asking what it can draw on, and running it.
 *
 * It reads its script from the file that stays, so what was drawn is what can be drawn again, and
 * speaks through two pipes: what it prints is the picture of the terminal `dumb`, what it complains
 * of goes into our error.  One that does not end is stopped. */
#include "plot-private.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { TEXT_MAX = 16 << 20, WORDS_MAX = 1 << 16 };
static const double PATIENCE_S = 300;

/* ---- pipes ---------------------------------------------------------------------------------- */

struct conversation {
    int fds[2][2];       /* of stdout and stderr: our end, its end */
    struct buf *said[2]; /* where it goes */
    pid_t pid;
};

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static int open_pipes(struct conversation *talk, struct err *err)
{
    int i;

    for (i = 0; i < 2; i++) {
        if (pipe(talk->fds[i]) != 0)
            return err_sys(err, ERR_IO, errno, "cannot make a pipe for gnuplot");
        (void)fcntl(talk->fds[i][0], F_SETFD, FD_CLOEXEC);
        (void)fcntl(talk->fds[i][1], F_SETFD, FD_CLOEXEC);
        (void)fcntl(talk->fds[i][0], F_SETFL, O_NONBLOCK);
    }
    return 0;
}

/* What is there now; a pipe at its end is closed.  What does not fit is dropped. */
static int read_all(struct conversation *talk, struct err *err)
{
    char bytes[4096];
    int i;

    for (i = 0; i < 2; i++)
        while (talk->fds[i][0] >= 0) {
            ssize_t n = read(talk->fds[i][0], bytes, sizeof bytes);

            if (n < 0 && errno == EINTR)
                continue;
            if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
                break;
            if (n <= 0)
                close_fd(&talk->fds[i][0]);
            else if (talk->said[i]->len + (size_t)n < talk->said[i]->max &&
                     buf_append(talk->said[i], bytes, (size_t)n, err) != 0)
                return -1;
        }
    return 0;
}

/* Until the program itself has ended: a window that stays may hold the pipes open. */
static int listen_to(struct conversation *talk, struct process_end *end, struct err *err)
{
    double began = clock_steady_s();
    int ended = 0;

    while (ended == 0) {
        struct pollfd polls[2] = {{.fd = talk->fds[0][0], .events = POLLIN},
                                  {.fd = talk->fds[1][0], .events = POLLIN}};

        (void)poll(polls, 2, 20);
        ended = process_poll(talk->pid, end);
        if (read_all(talk, err) != 0)
            break;
        if (ended == 0 && clock_steady_s() - began > PATIENCE_S) {
            err_set(err, ERR_IO, "gnuplot has not ended within %.0f s and was stopped", PATIENCE_S);
            break;
        }
    }
    if (ended > 0)
        return 0;
    (void)process_stop_group(talk->pid, 1);
    return err->code != ERR_NONE ? -1 : err_set(err, ERR_IO, "gnuplot is gone");
}

static int run(const char *const *argv, struct buf *out, struct buf *complaints,
               struct process_end *end, struct err *err)
{
    struct conversation talk = {.fds = {{-1, -1}, {-1, -1}}, .said = {out, complaints}};
    struct process_spec spec = {.argv = argv, .fd_in = -1, .own_group = true, .no_core = true};
    int rc = -1, i;

    TRY(open_pipes(&talk, err));
    spec.fd_out = talk.fds[0][1];
    spec.fd_err = talk.fds[1][1];
    TRY(process_start(&spec, &talk.pid, err));
    close_fd(&talk.fds[0][1]);
    close_fd(&talk.fds[1][1]);
    TRY(listen_to(&talk, end, err));
    rc = 0;
out:
    for (i = 0; i < 2; i++) {
        close_fd(&talk.fds[i][0]);
        close_fd(&talk.fds[i][1]);
    }
    return rc;
}

/* ---- gnuplot -------------------------------------------------------------------------------- */

int gnuplot_find(struct gnuplot *gnuplot, struct err *err)
{
    const char *argv[] = {gnuplot->path, "-e", "print GPVAL_TERMINALS", NULL};
    struct process_end end = {.status = 0};
    struct buf out;
    int rc;

    gnuplot->path[0] = '\0';
    buf_init(&gnuplot->terminals, WORDS_MAX);
    if (process_find_program("gnuplot", gnuplot->path, sizeof gnuplot->path) != 0) {
        gnuplot->path[0] = '\0';
        return 0;
    }
    buf_init(&out, WORDS_MAX);
    rc = run(argv, &out, &gnuplot->terminals, &end, err);
    buf_free(&out);
    return rc;
}

bool gnuplot_has(const struct gnuplot *gnuplot, const char *terminal)
{
    size_t n = strlen(terminal);
    const char *at = gnuplot->terminals.data;

    while (at && (at = strstr(at, terminal)) != NULL) {
        bool begins = at == gnuplot->terminals.data || at[-1] == ' ' || at[-1] == '\n';

        if (begins && (at[n] == ' ' || at[n] == '\n' || at[n] == '\0'))
            return true;
        at += n;
    }
    return false;
}

void gnuplot_free(struct gnuplot *gnuplot)
{
    buf_free(&gnuplot->terminals);
}

/* The last lines of what it said, in one. */
static void shorten(struct buf *words)
{
    enum { MOST = 600 };
    size_t i, k = 0;

    if (words->len > MOST)
        buf_drop_front(words, words->len - MOST);
    for (i = 0; i < words->len; i++) {
        char c = words->data[i] == '\n' || words->data[i] == '\t' ? ' ' : words->data[i];

        if (c != ' ' || (k > 0 && words->data[k - 1] != ' '))
            words->data[k++] = c;
    }
    words->len = k;
    if (words->data)
        words->data[k] = '\0';
}

int gnuplot_run(const struct gnuplot *gnuplot, const char *script, bool stays, struct buf *text,
                struct err *err)
{
    const char *argv[] = {gnuplot->path, script, NULL, NULL};
    struct process_end end = {.status = 0};
    struct buf complaints;
    int rc = -1;

    if (stays) {
        argv[1] = "--persist";
        argv[2] = script;
    }
    buf_init(&complaints, WORDS_MAX);
    TRY(run(argv, text, &complaints, &end, err));
    if (!end.is_signal && end.status == 0) {
        rc = 0;
        goto out;
    }
    shorten(&complaints);
    err_set(err, ERR_IO, "gnuplot ended with %s %d: %s", end.is_signal ? "signal" : "status",
            end.status, complaints.len > 0 ? complaints.data : "(it said nothing)");
out:
    buf_free(&complaints);
    return rc;
}
