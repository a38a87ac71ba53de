/* console-children.c: this program, started in the background: exports, pictures, snapshots, and
 * commands to a scan that no engine runs on.
 *
 * Drawing never waits for them.  What they write comes through a pipe that is read when it has
 * something; its last line is what is said when they end.  They outlive the workbench. */
#include "console-private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { MOST_WORDS = 16 };

void console_set_program(struct console *console, const char *path)
{
    snprintf(console->program, sizeof console->program, "%s", path);
}

static struct console_child *free_child(struct console *console)
{
    for (size_t i = 0; i < CONSOLE_CHILDREN; i++)
        if (console->children[i].pid == 0)
            return &console->children[i];
    return NULL;
}

static int start(struct console_child *child, const char *const *argv, struct err *err)
{
    int ends[2];
    if (pipe(ends) != 0)
        return err_sys(err, ERR_IO, errno, "no pipe");
    struct process_spec spec = {
        .argv = argv, .fd_in = -1, .fd_out = ends[1], .fd_err = ends[1], .own_session = true};
    (void)fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    (void)fcntl(ends[0], F_SETFL, O_NONBLOCK);
    int rc = process_start(&spec, &child->pid, err);
    close(ends[1]);
    if (rc != 0) {
        close(ends[0]);
        child->pid = 0;
        return -1;
    }
    child->fd = ends[0];
    return 0;
}

void child_start(struct ui *ui, const char *text, bool is_command, const char *const *words)
{
    struct console *console = ui->console;
    struct console_child *child = free_child(console);
    struct err err = ERR_INIT;
    const char *argv[MOST_WORDS + 2];
    size_t n = 0;
    if (child == NULL) {
        ui_warn(ui, "%d programs are at work in the background: wait for one of them.",
                (int)CONSOLE_CHILDREN);
        return;
    }
    if (console->program[0] == '\0' &&
        process_self_path(console->program, sizeof console->program, &err) != 0) {
        ui_warn(ui, "\"%s\" was not started: %s", text, err.message);
        return;
    }
    argv[n++] = console->program;
    for (size_t i = 0; i < MOST_WORDS && words[i] != NULL; i++)
        argv[n++] = words[i];
    argv[n] = NULL;
    *child = (struct console_child){.fd = -1, .is_command = is_command};
    snprintf(child->text, sizeof child->text, "%s", text);
    if (start(child, argv, &err) != 0)
        ui_warn(ui, "\"%s\" was not started: %s", text, err.message);
    else
        ui_say(ui, ":%s ...", text);
}

void console_tell(struct ui *ui, struct model *model, const char *text)
{
    const char *words[] = {"tell", ui_store_path(model), text, NULL};
    child_start(ui, text, true, words);
}

/* Keeps the tail of what it says. */
static void listen(struct console_child *child)
{
    char bytes[1024];
    ssize_t n;
    while (child->fd >= 0 && (n = read(child->fd, bytes, sizeof bytes)) != 0) {
        if (n < 0) {
            if (errno == EINTR)
                continue;
            return; /* EAGAIN */
        }
        size_t more = (size_t)n, room = sizeof child->words - 1;
        if (child->n_words + more > room) {
            size_t drop = child->n_words + more - room;
            memmove(child->words, child->words + drop, child->n_words - drop);
            child->n_words -= drop;
        }
        memcpy(child->words + child->n_words, bytes, more);
        child->words[child->n_words += more] = '\0';
    }
    if (child->fd >= 0)
        close(child->fd);
    child->fd = -1;
}

/* The last line that is not empty; of an error the first, which names it. */
static const char *line_of(struct console_child *child, bool is_first)
{
    while (child->n_words > 0 && strchr(" \n\r", child->words[child->n_words - 1]) != NULL)
        child->words[--child->n_words] = '\0';
    if (is_first) {
        static const char prefix[] = "theodolite: ";
        child->words[strcspn(child->words, "\n")] = '\0';
        return strncmp(child->words, prefix, sizeof prefix - 1) == 0
                   ? child->words + sizeof prefix - 1
                   : child->words;
    }
    char *newline = strrchr(child->words, '\n');
    return newline != NULL ? newline + 1 : child->words;
}

static void tell_end(struct ui *ui, struct console_child *child, const struct process_end *end)
{
    char signal[32];
    bool is_ok = !end->is_signal && end->status == 0;
    const char *words = line_of(child, child->is_command || !is_ok);
    if (end->is_signal)
        ui_warn(ui, ":%s was ended by %s.", child->text,
                process_signal_name(end->status, signal, sizeof signal));
    else if (is_ok || child->is_command)
        ui_answer(ui, child->text, is_ok, words);
    else
        ui_warn(ui, ":%s failed: %s", child->text, words);
}

bool console_children(struct ui *ui, struct model *model)
{
    bool is_any = false;
    console_look(ui->console, model);
    for (size_t i = 0; i < CONSOLE_CHILDREN; i++) {
        struct console_child *child = &ui->console->children[i];
        struct process_end end;
        if (child->pid == 0)
            continue;
        listen(child);
        int rc = process_poll(child->pid, &end);
        if (rc == 0) {
            is_any = true;
            continue;
        }
        listen(child);
        if (child->fd >= 0) /* a grandchild may hold the other end */
            close(child->fd);
        child->pid = 0;
        if (rc > 0)
            tell_end(ui, child, &end);
    }
    return is_any;
}

size_t console_descriptors(const struct console *console, int *descriptors, size_t n_max)
{
    size_t n = 0;
    for (size_t i = 0; i < CONSOLE_CHILDREN && n < n_max; i++)
        if (console->children[i].pid != 0 && console->children[i].fd >= 0)
            descriptors[n++] = console->children[i].fd;
    return n;
}

void children_free(struct console *console)
{
    for (size_t i = 0; i < CONSOLE_CHILDREN; i++)
        if (console->children[i].pid != 0 && console->children[i].fd >= 0)
            close(console->children[i].fd);
}
