/* Starting, waiting, ending: what a calculator may do, and what must be left of it.
 *
 * That all descendants are gone is seen by the end of file on a pipe that each of them holds: an
 * event, not a time. */
#include "tap.h"
#include "theodolite/base.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define LONG_S 60.0 /* more than anything here takes */

static struct process_spec plain(const char *const *argv)
{
    return (struct process_spec){.argv = argv, .fd_in = -1, .fd_out = -1, .fd_err = -1};
}

/* Reads fd to its end: every writer has closed it or is dead. */
static void read_to_end(int fd, char *out, size_t size)
{
    size_t len = 0;
    char spare[256];
    ssize_t n;

    for (;;) {
        if (len + 1 < size)
            n = read(fd, out + len, size - 1 - len);
        else
            n = read(fd, spare, sizeof spare);
        if (n <= 0 && !(n < 0 && errno == EINTR))
            break;
        if (n > 0 && len + 1 < size)
            len += (size_t)n;
    }
    out[len] = '\0';
    close(fd);
}

static void read_line(int fd, char *out, size_t size)
{
    size_t len = 0;

    while (len + 1 < size && read(fd, out + len, 1) == 1 && out[len] != '\n')
        len++;
    out[len] = '\0';
}

/* A pipe whose ends close on exec. */
static void open_pipe(int fds[2])
{
    if (pipe(fds) != 0)
        bail_out("no pipe");
    fcntl(fds[0], F_SETFD, FD_CLOEXEC);
    fcntl(fds[1], F_SETFD, FD_CLOEXEC);
}

/* Starts with stdout in a pipe; returns its reading end. */
static int start_piped(struct process_spec *spec, pid_t *pid)
{
    struct err err = ERR_INIT;
    int fds[2];

    open_pipe(fds);
    spec->fd_out = fds[1];
    if (process_start(spec, pid, &err) != 0)
        bail_out("%s", err.message);
    close(fds[1]);
    return fds[0];
}

/* Runs a shell script to its end; what it said is in out. */
static struct process_end run_script(const char *script, struct process_spec *spec, char *out,
                                     size_t size)
{
    const char *const argv[] = {"sh", "-c", script, NULL};
    struct process_end end = {.status = -1};
    pid_t pid;
    int fd;

    spec->argv = argv;
    fd = start_piped(spec, &pid);
    read_to_end(fd, out, size);
    if (process_wait(pid, LONG_S, &end) != 1)
        fail("the script ends: %s", script);
    return end;
}

static void is_script(const char *script, const char *want, const char *name)
{
    struct process_spec spec = plain(NULL);
    char out[512];

    run_script(script, &spec, out, sizeof out);
    is_str(out, want, "%s", name);
}

static size_t count_fds(void)
{
    size_t n = 0;
    int fd;

    for (fd = 0; fd < 256; fd++)
        n += fcntl(fd, F_GETFD) != -1;
    return n;
}

/* ---- failures to start ---------------------------------------------------------------------- */

static void no_start(const char *program, const char *dir, const char *reason)
{
    const char *const argv[] = {program, NULL};
    struct process_spec spec = plain(argv);
    struct err err = ERR_INIT;
    pid_t pid = 12345;

    spec.dir = dir;
    is_int(process_start(&spec, &pid, &err), -1, "'%s' does not start", program);
    is_int(err.code, ERR_START, "it is ERR_START");
    has_str(err.message, reason, "it says why");
    is_int(pid, -1, "there is no pid");
}

static void check_start_failures(const char *dir)
{
    struct err err = ERR_INIT;
    const char *preloaded = getenv("LD_PRELOAD");
    size_t n_fds = count_fds();
    char path[600];

    no_start("no-such-program.x", NULL, "cannot run 'no-such-program.x': not found in PATH");
    no_start("/no/such/program.x", NULL, "cannot run '/no/such/program.x': no such file");
    no_start("", NULL, "there is no program to run");
    no_start("/etc", NULL, "it is a folder");
    no_start("sh", "/no/such/folder", "cannot enter the folder '/no/such/folder'");

    snprintf(path, sizeof path, "%s/data", dir);
    file_write(path, "plain text\n", 11, &err);
    no_start(path, NULL, "permission denied: is it executable?");
    chmod(path, 0700);
    no_start(path, NULL, "not a program");
    file_write(path, "#!/no/such/interpreter\n", 23, &err);
    if (strstr(preloaded ? preloaded : "", "vgpreload"))
        skip(4, "valgrind does not survive such an execve");
    else
        no_start("./data", dir, "the interpreter named in its first line");
    is_size(count_fds(), n_fds, "no descriptor is left open");
    is_size(process_kill_strangers(NULL, 0), 0, "and no child");
}

static void check_start_memory(void)
{
    const char *const argv[] = {"true", NULL}, *const env[] = {"A=1", NULL};
    struct process_spec spec = plain(argv);
    struct err err = ERR_INIT;
    pid_t pid;

    spec.env = env;
    mem_fail_at(1);
    is_int(process_start(&spec, &pid, &err), -1, "no start without memory");
    is_int(err.code, ERR_MEMORY, "which is ERR_MEMORY");
    is_int(pid, -1, "and no pid");
    mem_fail_at(0);
}

/* ---- what a child gets ---------------------------------------------------------------------- */

static void check_ends(void)
{
    struct process_spec spec = plain(NULL);
    struct process_end end;
    char out[64], name[32];

    end = run_script("echo hello; exit 7", &spec, out, sizeof out);
    is_str(out, "hello\n", "its output");
    ok(!end.is_signal && end.status == 7, "its exit status");
    end = run_script("kill -SEGV $$", &spec, out, sizeof out);
    ok(end.is_signal && end.status == SIGSEGV, "its signal");
    is_str(process_signal_name(end.status, name, sizeof name), "SIGSEGV", "by name");
    is_str(process_signal_name(SIGKILL, name, sizeof name), "SIGKILL", "SIGKILL by name");
    is_str(process_signal_name(99, name, sizeof name), "signal 99", "one without name");
}

static void check_environment(const char *dir)
{
    static const char *const env[] = {"NEW=one=1", "OLD=changed", NULL};
    struct process_spec spec = plain(NULL);
    char out[512], real[512] = "";

    setenv("OLD", "old", 1);
    setenv("OLDER", "older", 1);
    spec.env = env;
    run_script("echo $NEW $OLD $OLDER", &spec, out, sizeof out);
    is_str(out, "one=1 changed older\n", "the environment is added to");
    if (file_exists("/proc/self/environ")) {
        run_script("tr '\\0' '\\n' < /proc/$$/environ | grep -c ^OLD=", &spec, out, sizeof out);
        is_str(out, "1\n", "no name is there twice");
    }
    is_str(getenv("OLD"), "old", "ours stays");
    spec.env = NULL;
    run_script("echo $NEW $OLD", &spec, out, sizeof out);
    is_str(out, "old\n", "no additions: as ours");
    spec.dir = dir;
    run_script("pwd -P", &spec, out, sizeof out);
    if (realpath(dir, real))
        strncat(real, "\n", 2);
    is_str(out, real, "the working directory");
}

/* 0 and 2 closed in the parent: the pipe of the start itself gets their numbers. */
static void check_low_files(void)
{
    const char *const argv[] = {"/no/such/program.x", NULL};
    struct process_spec spec = plain(argv);
    struct err err = ERR_INIT;
    int old = dup(2), rc;
    pid_t pid;

    close(0);
    is_script("echo works", "works\n", "a start with descriptor 0 closed");
    close(2);
    rc = process_start(&spec, &pid, &err);
    dup2(old, 2);
    close(old);
    is_int(rc, -1, "a failure is told with 0 and 2 closed");
    has_str(err.message, "no such file", "with its reason");
}

static void check_files(void)
{
    struct process_spec spec = plain(NULL);
    int fds[2], old = dup(0), in[2];
    char out[64];

    /* A descriptor of ours that does not close on exec. */
    if (dup2(2, 9) != 9)
        bail_out("dup2");
    is_script("if (: >&9) 2>/dev/null; then echo open; else echo closed; fi", "closed\n",
              "other descriptors are closed");
    close(9);
    is_script("cat; echo end", "end\n", "no input: /dev/null");

    /* The pipe's writing end in the place of 0, for 1 and 2 at once. */
    open_pipe(fds);
    if (dup2(fds[1], 0) != 0)
        bail_out("dup2");
    close(fds[1]);
    spec.fd_out = 0;
    spec.fd_err = 0;
    {
        const char *const argv[] = {"sh", "-c", "echo a; echo b >&2; read x || echo c", NULL};
        struct err err = ERR_INIT;
        pid_t pid;

        spec.argv = argv;
        is_int(process_start(&spec, &pid, &err), 0, "1 and 2 from descriptor 0: %s", err.message);
        dup2(old, 0);
        read_to_end(fds[0], out, sizeof out);
        is_str(out, "a\nb\nc\n", "both arrive, and input is empty");
        process_wait(pid, -1, NULL);
    }
    check_low_files();
    dup2(old, 0);
    close(old);

    spec = plain(NULL);
    open_pipe(in);
    if (write(in[1], "text", 4) != 4)
        bail_out("write");
    close(in[1]);
    spec.fd_in = in[0];
    run_script("cat", &spec, out, sizeof out);
    is_str(out, "text", "input from a pipe");
    close(in[0]);
}

static void check_signals(void)
{
    struct sigaction before, ignore = {.sa_handler = SIG_IGN};
    struct process_spec spec = plain(NULL);
    sigset_t set, old;
    char out[128];

    if (!file_exists("/proc/self/status")) {
        skip(3, "no /proc");
        return;
    }
    sigaction(SIGPIPE, &ignore, &before);
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigprocmask(SIG_BLOCK, &set, &old);
    run_script("grep SigBlk /proc/self/status", &spec, out, sizeof out);
    is_str(out, "SigBlk:\t0000000000000000\n", "no signal is blocked");
    run_script("grep SigIgn /proc/self/status", &spec, out, sizeof out);
    /* 32 and 33 are the C library's own: it lets nobody change them. */
    is_uint(strtoull(out + strcspn(out, "\t"), NULL, 16) & ~0x180000000ull, 0, "nor ignored");
    sigprocmask(SIG_SETMASK, NULL, &set);
    ok(sigismember(&set, SIGTERM) && !sigismember(&set, SIGUSR1), "our own mask is as it was");
    sigprocmask(SIG_SETMASK, &old, NULL);
    sigaction(SIGPIPE, &before, NULL);
}

static void check_groups(void)
{
    const char *script = "set -- $(cat /proc/$$/stat); test $1 = $5 && echo g;"
                         "test $1 = $6 && echo s; echo .";
    struct process_spec spec = plain(NULL);
    char out[64];

    if (!file_exists("/proc/self/stat")) {
        skip(3, "no /proc");
        return;
    }
    run_script(script, &spec, out, sizeof out);
    is_str(out, ".\n", "as a rule it is in our group and session");
    spec.own_group = true;
    run_script(script, &spec, out, sizeof out);
    is_str(out, "g\n.\n", "a group of its own");
    spec.own_session = true;
    run_script(script, &spec, out, sizeof out);
    is_str(out, "g\ns\n.\n", "a session of its own");
}

static void check_limits(const char *dir)
{
    struct process_spec spec = plain(NULL);
    struct process_end end;
    char out[128], path[600];

    spec.limit_cpu_s = 2.5;
    spec.limit_memory = (uint64_t)1 << 32;
    spec.limit_file = 1 << 20;
    spec.no_core = true;
    run_script("ulimit -t; ulimit -v; ulimit -f; ulimit -c", &spec, out, sizeof out);
    is_str(out, "3\n4194304\n2048\n0\n", "limits are set");

    spec = plain(NULL);
    spec.limit_cpu_s = 0.5;
    end = run_script("while :; do :; done", &spec, out, sizeof out);
    ok(end.is_signal && end.status == SIGXCPU, "too much CPU time is SIGXCPU");

    spec = plain(NULL);
    spec.limit_file = 4096;
    spec.dir = dir;
    end = run_script("exec head -c 100000 /dev/zero > big", &spec, out, sizeof out);
    ok(end.is_signal && end.status == SIGXFSZ, "too much in a file is SIGXFSZ");
    snprintf(path, sizeof path, "%s/big", dir);
    is_uint(file_tree_bytes(path), 4096, "which has what was allowed");
}

/* ---- waiting and ending --------------------------------------------------------------------- */

static void check_waiting(void)
{
    const char *const argv[] = {"cat", NULL};
    struct process_spec spec = plain(argv);
    struct process_end end = {.status = -1};
    struct err err = ERR_INIT;
    struct pollfd ready;
    int fds[2];
    pid_t pid;

    open_pipe(fds);
    spec.fd_in = fds[0];
    is_int(process_start(&spec, &pid, &err), 0, "a process that waits for input");
    close(fds[0]);
    is_int(process_poll(pid, &end), 0, "it runs");
    is_int(process_wait(pid, 0.02, &end), 0, "it still runs after a while");
    ok(process_exists(pid), "it exists");
    ready = (struct pollfd){.fd = process_end_fd(pid), .events = POLLIN};
    if (ready.fd >= 0)
        is_int(poll(&ready, 1, 0), 0, "its descriptor is quiet");
    close(fds[1]);
    if (ready.fd >= 0) {
        is_int(poll(&ready, 1, 60000), 1, "its descriptor tells the end");
        close(ready.fd);
    }
    is_int(process_wait(pid, LONG_S, &end), 1, "it ends with its input");
    ok(!end.is_signal && end.status == 0, "well");
    is_int(process_poll(pid, &end), -1, "then it is no child of ours");
    is_int(process_wait(pid, 0.01, &end), -1, "nor to be waited for");
    is_int(process_wait(pid, -1, &end), -1, "for ever");
    ok(!process_exists(pid) && !process_exists(-1), "and does not exist");
}

/* Stops a group whose leader is there but stopped. */
static void check_stopped(void)
{
    const char *const argv[] = {"sh", "-c", "kill -STOP $$; exit 1", NULL};
    struct process_spec spec = plain(argv);
    struct process_end end;
    struct err err = ERR_INIT;
    siginfo_t info;
    pid_t pid;

    spec.own_group = true;
    is_int(process_start(&spec, &pid, &err), 0, "a process that stops itself");
    is_int(waitid(P_PID, (id_t)pid, &info, WSTOPPED | WNOWAIT), 0, "has done so");
    end = process_stop_group(pid, LONG_S);
    ok(end.is_signal && end.status == SIGTERM, "it hears SIGTERM nevertheless");
}

static struct process_end stop_script(const char *script, double grace_s, char *out, size_t size)
{
    const char *const argv[] = {"sh", "-c", script, NULL};
    struct process_spec spec = plain(argv);
    struct process_end end;
    pid_t pid;
    int fd;

    spec.own_group = true;
    fd = start_piped(&spec, &pid);
    read_line(fd, out, size);
    end = process_stop_group(pid, grace_s);
    read_to_end(fd, out, size);
    is_int(process_poll(pid, NULL), -1, "it is reaped");
    return end;
}

static void check_stopping(void)
{
    struct process_end end;
    char out[64];

    /* A shell that waits can be interrupted; one that just forks may lose the signal. */
    end = stop_script("trap 'echo bye; exit 3' TERM; sleep 1000 & echo ready; wait", LONG_S, out,
                      sizeof out);
    ok(!end.is_signal && end.status == 3, "SIGTERM gives it time to clean up");
    is_str(out, "bye\n", "which it does");
    end =
        stop_script("trap '' TERM; echo ready; while :; do sleep 1000; done", 0.1, out, sizeof out);
    ok(end.is_signal && end.status == SIGKILL, "who ignores it is killed, with the whole group");
    check_stopped();
    end = stop_script("echo ready; exec sleep 1000", 0, out, sizeof out);
    ok(end.is_signal && end.status == SIGKILL, "no grace: killed at once");
    end =
        stop_script("(trap '' TERM; echo ready; exec sleep 1000) & wait", LONG_S, out, sizeof out);
    ok(end.is_signal && end.status == SIGTERM, "members that outlive the leader are killed");
}

/* Daemons: a session of their own, their parent gone.  They hold our pipe. */
static void check_strangers(void)
{
    const char *const cat[] = {"cat", NULL};
    struct process_spec spec = plain(cat);
    struct err err = ERR_INIT;
    struct process_end end;
    char out[64];
    pid_t known, pid, inner;
    int keep[2], fds[2];

#ifndef __linux__
    skip(1, "orphans go to init here");
    return;
#endif
    process_adopt_orphans();
    open_pipe(keep);
    open_pipe(fds);
    spec.fd_in = keep[0];
    is_int(process_start(&spec, &known, &err), 0, "a child we know");
    is_int(process_fork_session(&pid, &err), 0, "a calculator");
    if (pid == 0) { /* leaves a daemon that has a daemon */
        signal(SIGTERM, SIG_IGN);
        if (process_fork_session(&inner, &err) == 0 && inner == 0) {
            if (process_fork_session(&inner, &err) == 0 && inner == 0)
                (void)!write(fds[1], "ready\n", 6);
            for (;;)
                pause();
        }
        _exit(5);
    }
    close(fds[1]);
    read_line(fds[0], out, sizeof out);
    is_str(out, "ready", "its daemons are there");
    is_int(process_wait(pid, LONG_S, &end), 1, "the calculator ends");
    ok(!end.is_signal && end.status == 5, "in its own way");
    is_size(process_kill_strangers(&known, 1), 2, "it left two strangers, one after the other");
    read_to_end(fds[0], out, sizeof out);
    pass("all of them are dead");
    is_size(process_kill_strangers(&known, 1), 0, "there are no more");
    is_int(process_poll(known, NULL), 0, "who is known lives");
    is_size(process_kill_strangers(NULL, 0), 1, "until he is not");
    is_int(process_poll(known, NULL), -1, "and is reaped");
    close(keep[0]);
    close(keep[1]);
}

static void check_dies_with_parent(void)
{
    const char *const argv[] = {"sleep", "1000", NULL};
    struct process_spec spec = plain(argv);
    struct err err = ERR_INIT;
    char out[64];
    pid_t pid, inner;
    int fds[2];

#ifndef __linux__
    skip(1, "only on Linux");
    return;
#endif
    open_pipe(fds);
    is_int(process_fork_session(&pid, &err), 0, "a parent");
    if (pid == 0) {
        spec.dies_with_parent = true;
        spec.own_session = true;
        spec.fd_out = fds[1];
        if (process_start(&spec, &inner, &err) != 0)
            _exit(1);
        (void)!write(fds[1], "started\n", 8);
        for (;;)
            pause();
    }
    close(fds[1]);
    read_line(fds[0], out, sizeof out);
    is_str(out, "started", "starts a child");
    process_kill_group(pid, SIGKILL);
    read_to_end(fds[0], out, sizeof out);
    pass("the child dies with its parent");
    process_wait(pid, -1, NULL);
    process_kill_strangers(NULL, 0);
}

static void check_many(void)
{
    const char *const argv[] = {"true", NULL};
    struct process_spec spec = plain(argv);
    struct err err = ERR_INIT;
    struct process_end end;
    size_t n_fds = count_fds(), n_good = 0, i;
    pid_t pid;

    spec.own_group = true;
    spec.dies_with_parent = true;
    for (i = 0; i < 200; i++) {
        if (process_start(&spec, &pid, &err) == 0 && process_wait(pid, LONG_S, &end) == 1)
            n_good += !end.is_signal && end.status == 0;
    }
    is_size(n_good, 200, "200 processes one after the other");
    is_size(count_fds(), n_fds, "leave no descriptor behind");
}

static void check_paths(const char *dir)
{
    struct err err = ERR_INIT;
    char out[4096], old[4096], path[600], here[4096];

    ok(process_find_program("sh", out, sizeof out) == 0 && out[0] == '/', "sh is found");
    is_int(process_find_program("no-such-program.x", out, sizeof out), -1, "nothing is not");
    is_int(process_find_program("", out, sizeof out), -1, "nor no name");
    is_int(process_find_program("sh", out, 3), -1, "nor what does not fit");
    is_int(process_find_program("/bin/sh", out, sizeof out), 0, "a path is a path");
    is_int(process_self_path(out, sizeof out, &err), 0, "the path of this program");
    has_str(out, "t-base-process", "has its name");
    is_int(process_self_path(out, 3, &err), -1, "when there is room for it");

    snprintf(old, sizeof old, "%s", getenv("PATH"));
    snprintf(path, sizeof path, "%s/tool.x", dir);
    file_write(path, "#!/bin/sh\nexit 4\n", 17, &err);
    chmod(path, 0600);
    if (!getcwd(here, sizeof here) || chdir(dir) != 0)
        bail_out("chdir");
    setenv("PATH", "/no/such:.", 1);
    is_int(process_find_program("tool.x", out, sizeof out), -1, "what is not executable");
    chmod(path, 0700);
    is_int(process_find_program("tool.x", out, sizeof out), 0, "by a relative entry of PATH");
    ok(out[0] == '/', "the path is absolute");
    setenv("PATH", old, 1);
    if (chdir(here) != 0)
        bail_out("chdir");
}

int main(void)
{
    const char *tmp = getenv("TMPDIR");
    struct err err = ERR_INIT;
    char dir[512];

    snprintf(dir, sizeof dir, "%s/t-base-process-XXXXXX", tmp ? tmp : "/tmp");
    if (!mkdtemp(dir))
        bail_out("no scratch folder");
    setvbuf(stdout, NULL, _IOLBF, 0);
    check_start_failures(dir);
    check_start_memory();
    check_ends();
    check_environment(dir);
    check_files();
    check_signals();
    check_groups();
    check_limits(dir);
    check_waiting();
    check_stopping();
    check_strangers();
    check_dies_with_parent();
    check_many();
    check_paths(dir);
    file_remove_tree(dir, &err);
    return done_testing();
}
