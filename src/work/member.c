/* member.c: one worker as the pool sees it.
 *
 * Starts the process behind its launcher, moves bytes through non-blocking pipes, keeps the groups
 * of points that it has in hand and the tail of what it writes on standard error.  What a result
 * means, and what becomes of the points of a worker that died, is the pool's affair. */
#include "member.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { MAX_GREETING = 1 << 16, WORDS_KEPT = 4000, READ_PIECE = 1 << 17 };
enum { N_PIECES = 64 }; /* read in one go, so that one that writes without end holds up no other */

static int make_pipe(int fds[2], struct err *err)
{
    if (pipe(fds) != 0)
        return err_sys(err, ERR_IO, errno, "cannot make a pipe for a worker");
    for (int i = 0; i < 2; i++)
        (void)fcntl(fds[i], F_SETFD, FD_CLOEXEC);
    return 0;
}

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static void set_nonblocking(int fd)
{
    int flags = fcntl(fd, F_GETFL);
    if (flags >= 0)
        (void)fcntl(fd, F_SETFL, flags | O_NONBLOCK);
}

static int put_setup(struct member *member, const struct member_start *start, struct err *err)
{
    size_t mark;
    struct wire_setup setup = {
        .resolved = start->resolved,
        .path = start->path,
        .folder = start->folder,
        .scratch = member->scratch,
        .plugin_dirs = start->plugin_dirs,
    };
    if (wire_begin(&member->out, WIRE_SETUP, &mark, err) != 0 ||
        wire_put_setup(&member->out, &setup, err) != 0)
        return -1;
    wire_end(&member->out, mark);
    return 0;
}

int member_start(struct member *member, const struct member_start *start, struct err *err)
{
    int to[2] = {-1, -1}, from[2] = {-1, -1}, words[2] = {-1, -1};
    int rc = -1;
    buf_init(&member->in, (size_t)WIRE_MAX_FRAME * 2);
    buf_init(&member->out, (size_t)WIRE_MAX_FRAME * 2);
    buf_init(&member->words, (size_t)WORDS_KEPT * 4);
    member->fd_to = member->fd_from = member->fd_err = -1;
    TRY(make_pipe(to, err));
    TRY(make_pipe(from, err));
    TRY(make_pipe(words, err));
    struct process_spec spec = {
        .argv = start->argv,
        .fd_in = to[0],
        .fd_out = from[1],
        .fd_err = words[1],
        .own_group = true,
    };
    TRY(process_start(&spec, &member->pid, err));
    member->fd_to = to[1];
    member->fd_from = from[0];
    member->fd_err = words[0];
    to[1] = from[0] = words[0] = -1;
    set_nonblocking(member->fd_to);
    set_nonblocking(member->fd_from);
    set_nonblocking(member->fd_err);
    member->state = MEMBER_STARTING;
    member->calculator = -1;
    member->is_greeted = member->is_slow = false;
    member->born = clock_steady_s();
    rc = put_setup(member, start, err);
out:
    for (int i = 0; i < 2; i++) {
        close_fd(&to[i]);
        close_fd(&from[i]);
        close_fd(&words[i]);
    }
    return rc;
}

static void read_words(struct member *member)
{
    char piece[WORDS_KEPT];
    struct err ignored = ERR_INIT;
    for (int i = 0; i < N_PIECES && member->fd_err >= 0; i++) {
        ssize_t n = read(member->fd_err, piece, sizeof piece);
        if (n == 0) /* left open it would wake every poll() */
            close_fd(&member->fd_err);
        if (n <= 0)
            return;
        if (member->words.len + (size_t)n > WORDS_KEPT)
            buf_drop_front(&member->words, member->words.len + (size_t)n - WORDS_KEPT);
        (void)buf_append(&member->words, piece, (size_t)n, &ignored);
    }
}

struct process_end member_end(struct member *member, double grace_s)
{
    struct process_end end = {.status = 0};
    struct err ignored = ERR_INIT;
    close_fd(&member->fd_to);
    close_fd(&member->fd_from);
    if (member->pid > 0 && process_wait(member->pid, grace_s, &end) == 0)
        end = process_stop_group(member->pid, 1);
    member->pid = 0;
    read_words(member); /* its last */
    close_fd(&member->fd_err);
    buf_free(&member->in);
    buf_free(&member->out);
    file_remove_tree(member->scratch, &ignored);
    member->state = MEMBER_RETIRED;
    return end;
}

void member_dismiss(struct member *member)
{
    if (member->state != MEMBER_RETIRED)
        close_fd(&member->fd_to);
}

void group_free(struct group *group)
{
    mem_free(group->items);
    mem_free(group->params);
    *group = (struct group){0};
}

void member_free(struct member *member)
{
    for (size_t i = 0; i < member->n_groups; i++)
        group_free(&member->groups[i]);
    member->n_groups = 0;
    buf_free(&member->words);
}

int member_give(struct member *member, struct group *take_group, size_t n_params, struct err *err)
{
    size_t mark;
    if (wire_begin(&member->out, WIRE_POINTS, &mark, err) != 0 ||
        wire_put_u32(&member->out, (uint32_t)take_group->n, err) != 0)
        return -1;
    for (size_t i = 0; i < take_group->n; i++)
        if (wire_put_u64(&member->out, take_group->items[i].id, err) != 0 ||
            wire_put_doubles(&member->out, take_group->params + i * n_params, n_params, err) != 0)
            return -1;
    wire_end(&member->out, mark);
    if (member->n_groups == 0)
        member->group_began = clock_steady_s();
    member->groups[member->n_groups++] = *take_group;
    *take_group = (struct group){0};
    return 0;
}

struct group member_pop(struct member *member)
{
    struct group group = member->groups[0];
    double now = clock_steady_s();
    for (size_t i = 1; i < member->n_groups; i++)
        member->groups[i - 1] = member->groups[i];
    member->groups[--member->n_groups] = (struct group){0};
    member->calculator = -1;
    member->busy_s += now - member->group_began;
    member->group_began = now;
    return group;
}

void member_drop(struct member *member, size_t n, size_t n_params)
{
    struct group *group = &member->groups[0];
    group->n -= n;
    memmove(group->items, group->items + n, group->n * sizeof *group->items);
    memmove(group->params, group->params + n * n_params,
            group->n * n_params * sizeof *group->params);
}

int member_set_task(struct member *member, int task, const struct buf *data, struct err *err)
{
    size_t mark;
    if (wire_begin(&member->out, WIRE_TASK, &mark, err) != 0 ||
        wire_put_u32(&member->out, (uint32_t)task, err) != 0 ||
        wire_put_bytes(&member->out, data->len > 0 ? data->data : "", data->len, err) != 0)
        return -1;
    wire_end(&member->out, mark);
    return 0;
}

int member_kill_point(struct member *member, uint64_t id, struct err *err)
{
    size_t mark;
    if (wire_begin(&member->out, WIRE_KILL, &mark, err) != 0 ||
        wire_put_u64(&member->out, id, err) != 0)
        return -1;
    wire_end(&member->out, mark);
    return 0;
}

int member_set_limit(struct member *member, size_t calculator, double seconds, struct err *err)
{
    size_t mark;
    if (wire_begin(&member->out, WIRE_LIMIT, &mark, err) != 0 ||
        wire_put_u32(&member->out, (uint32_t)calculator, err) != 0 ||
        wire_put_doubles(&member->out, &seconds, 1, err) != 0)
        return -1;
    wire_end(&member->out, mark);
    return 0;
}

/* 1: something came; 0: nothing now; -1: closed. */
static int read_some(int fd, struct buf *into, struct err *err)
{
    if (fd < 0)
        return -1;
    if (buf_reserve(into, READ_PIECE, err) != 0)
        return -1;
    ssize_t n = read(fd, into->data + into->len, READ_PIECE);
    if (n < 0)
        return errno == EAGAIN || errno == EINTR ? 0 : -1;
    if (n == 0)
        return -1;
    into->len += (size_t)n;
    into->data[into->len] = '\0';
    return 1;
}

void member_send(struct member *member)
{
    while (member->out.len > 0 && member->fd_to >= 0) {
        ssize_t n = write(member->fd_to, member->out.data, member->out.len);
        if (n <= 0)
            break; /* full, or closed: then the reading side says so */
        buf_drop_front(&member->out, (size_t)n);
    }
}

bool member_move(struct member *member, struct err *err)
{
    int got = 1;
    member_send(member);
    read_words(member);
    for (int i = 0; i < N_PIECES && got == 1; i++)
        got = read_some(member->fd_from, &member->in, err);
    return got >= 0;
}

int member_greet(struct member *member)
{
    const size_t n = strlen(WIRE_GREETING);
    if (member->is_greeted)
        return 1;
    for (size_t at = 0; member->in.len >= n && at + n <= member->in.len; at++) {
        if (memcmp(member->in.data + at, WIRE_GREETING, n) == 0) {
            buf_drop_front(&member->in, at + n);
            member->is_greeted = true;
            return 1;
        }
    }
    return member->in.len > MAX_GREETING ? -1 : 0;
}

size_t member_n_in_hand(const struct member *member)
{
    size_t n = 0;
    for (size_t i = 0; i < member->n_groups; i++)
        n += member->groups[i].n;
    return n;
}
