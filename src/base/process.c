/* process.c: the only file that forks, executes, kills and waits.
 *
 * Starting is vfork and execve: the parent's memory is not copied, which at thousands of short
 * calculators is most of the cost.  Until it executes, the child therefore touches nothing but
 * its own stack, makes system calls only, and runs with the parent's signals blocked; everything
 * that needs memory (the path, the environment) is prepared before.  A pipe that closes itself in
 * the moment of execve brings back which step failed and why; it is also right where vfork copies
 * memory after all (valgrind, other systems).
 *
 * Ending is by group: SIGTERM, a grace, SIGKILL.  The leader is reaped last, so that its number
 * cannot go to another process while the group is still being killed.  Descendants that have left
 * the group by setsid become our children when their parent dies (PR_SET_CHILD_SUBREAPER, Linux)
 * and are swept up by process_kill_strangers. */
#include "theodolite/base.h"

#include "base_private.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/prctl.h>
#include <sys/syscall.h>
#endif

extern char **environ;

#ifdef __GLIBC__
#define RESOURCE __rlimit_resource_t
#else
#define RESOURCE int
#endif

/* ---- starting: in the child ----------------------------------------------------------------- */

enum step {
    STEP_GROUP,
    STEP_DIR,
    STEP_FILES,
    STEP_LIMITS,
    STEP_EXEC,
};

/* What the child writes into the status pipe when it fails. */
struct failure {
    enum step step;
    int sys;
};

/* All that the child needs, made by the parent. */
struct launch {
    const struct process_spec *spec;
    const char *path;
    char *const *argv;
    char *const *env;
    pid_t parent;
    int status_fd;
};

/* Closes on exec, rather than now: the status pipe is among them. */
static void close_others_on_exec(void)
{
    struct rlimit limit;
    int fd, end = 65536;

#if defined(__linux__) && defined(SYS_close_range)
    if (syscall(SYS_close_range, 3u, ~0u, 4u /* CLOSE_RANGE_CLOEXEC, Linux 5.11 */) == 0)
        return;
#endif
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < (rlim_t)end)
        end = (int)limit.rlim_cur;
    for (fd = 3; fd < end; fd++)
        (void)fcntl(fd, F_SETFD, FD_CLOEXEC);
}

/* Puts fds[0..2] in the places 0, 1, 2; -1 becomes /dev/null.  First all out of the way. */
static int place_files(const struct process_spec *spec)
{
    int fds[3] = {spec->fd_in, spec->fd_out, spec->fd_err}, i;

    for (i = 0; i < 3; i++) {
        if (fds[i] < 0)
            fds[i] = open("/dev/null", (i == 0 ? O_RDONLY : O_WRONLY) | O_CLOEXEC);
        if (fds[i] >= 0 && fds[i] < 3)
            fds[i] = fcntl(fds[i], F_DUPFD_CLOEXEC, 3);
        if (fds[i] < 0)
            return -1;
    }
    for (i = 0; i < 3; i++) {
        if (dup2(fds[i], i) < 0)
            return -1;
    }
    return 0;
}

/* Lowers a limit, never above what we may have ourselves. */
static int set_limit(RESOURCE which, rlim_t soft, rlim_t hard)
{
    struct rlimit limit;

    if (getrlimit(which, &limit) != 0)
        return -1;
    if (limit.rlim_max == RLIM_INFINITY || hard < limit.rlim_max)
        limit.rlim_max = hard;
    limit.rlim_cur = soft < limit.rlim_max ? soft : limit.rlim_max;
    return setrlimit(which, &limit);
}

static int set_limits(const struct process_spec *spec)
{
    if (spec->no_core && set_limit(RLIMIT_CORE, 0, 0) != 0)
        return -1;
    if (spec->limit_cpu_s > 0.0) {
        /* SIGXCPU at the limit; SIGKILL later for those that catch it. */
        rlim_t seconds = (rlim_t)ceil(spec->limit_cpu_s < 1e9 ? spec->limit_cpu_s : 1e9);

        if (set_limit(RLIMIT_CPU, seconds, seconds + 2) != 0)
            return -1;
    }
    if (spec->limit_file > 0 && set_limit(RLIMIT_FSIZE, spec->limit_file, spec->limit_file) != 0)
        return -1;
#ifndef __APPLE__ /* refuses it */
    if (spec->limit_memory > 0 && set_limit(RLIMIT_AS, spec->limit_memory, spec->limit_memory) != 0)
        return -1;
#endif
    return 0;
}

/* Default dispositions, then an empty mask: in this order no handler of ours can run here. */
static void reset_signals(void)
{
    struct sigaction standard;
    sigset_t none;
    int i;

    memset(&standard, 0, sizeof standard);
    standard.sa_handler = SIG_DFL;
    sigemptyset(&standard.sa_mask);
    for (i = 1; i < NSIG; i++)
        (void)sigaction(i, &standard, NULL); /* SIGKILL, SIGSTOP and the C library's refuse */
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static int join_group(const struct launch *launch)
{
    if (launch->spec->own_session && setsid() < 0)
        return -1;
    if (launch->spec->own_group && !launch->spec->own_session && setpgid(0, 0) != 0)
        return -1;
#ifdef __linux__
    if (launch->spec->dies_with_parent) {
        if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0)
            return -1;
        if (getppid() != launch->parent)
            _exit(127); /* it has ended before prctl */
    }
#endif
    return 0;
}

/* In the child: executes the program or writes what failed.  System calls only. */
static _Noreturn void run_child(const struct launch *launch)
{
    struct failure failure = {.step = STEP_GROUP};
    int status_fd = launch->status_fd;
    const char *at = (const char *)&failure;
    size_t left = sizeof failure;
    ssize_t n;

    if (status_fd < 3)
        status_fd = fcntl(status_fd, F_DUPFD_CLOEXEC, 3);
    if (join_group(launch) != 0)
        goto failed;
    failure.step = STEP_DIR;
    if (launch->spec->dir && chdir(launch->spec->dir) != 0)
        goto failed;
    failure.step = STEP_FILES;
    if (place_files(launch->spec) != 0)
        goto failed;
    failure.step = STEP_LIMITS;
    if (set_limits(launch->spec) != 0)
        goto failed;
    close_others_on_exec();
    reset_signals();
    failure.step = STEP_EXEC;
    execve(launch->path, launch->argv, launch->env);
failed:
    failure.sys = errno;
    while (left > 0 && ((n = write(status_fd, at, left)) > 0 || errno == EINTR)) {
        if (n > 0) {
            at += n;
            left -= (size_t)n;
        }
    }
    _exit(127);
}

/* ---- starting: in the parent ---------------------------------------------------------------- */

/* In a function of its own: what it has on its stack, the child may write. */
static __attribute__((noinline)) pid_t spawn(const struct launch *launch)
{
#ifdef __linux__
    pid_t pid = vfork();
#else
    pid_t pid = fork();
#endif

    if (pid == 0)
        run_child(launch);
    return pid;
}

/* Why execve refused, in the words of somebody who has to mend it. */
static int explain_exec(const char *path, const char *dir, int sys, struct err *err)
{
    struct err ignored = ERR_INIT;
    const char *reason = NULL;
    char full[4096];
    struct stat st;
    bool is_there = file_join(full, sizeof full, dir, path, &ignored) == 0 && stat(full, &st) == 0;

    if (is_there && S_ISDIR(st.st_mode))
        reason = "it is a folder";
    else if (sys == ENOENT && is_there)
        reason = "the interpreter named in its first line, or its loader, is missing";
    else if (sys == ENOENT || sys == ENOTDIR)
        reason = "no such file";
    else if (sys == EACCES)
        reason = "permission denied: is it executable?";
    else if (sys == ENOEXEC)
        reason = "not a program for this machine (a script needs a first line like #!/bin/sh)";
    else if (sys == E2BIG)
        reason = "its arguments and environment are too long";
    if (!reason)
        return err_sys(err, ERR_START, sys, "cannot run '%s'", path);
    err_set(err, ERR_START, "cannot run '%s': %s", path, reason);
    err->sys = sys;
    return -1;
}

static int explain(const struct launch *launch, const struct failure *failure, struct err *err)
{
    const char *path = launch->path;
    int sys = failure->sys;

    switch (failure->step) {
    case STEP_GROUP: return err_sys(err, ERR_START, sys, "cannot run '%s': no process group", path);
    case STEP_DIR:
        return err_sys(err, ERR_START, sys, "cannot run '%s': cannot enter the folder '%s'", path,
                       launch->spec->dir);
    case STEP_FILES:
        return err_sys(err, ERR_START, sys, "cannot run '%s': its input or output", path);
    case STEP_LIMITS:
        return err_sys(err, ERR_START, sys, "cannot run '%s': cannot set its limits", path);
    case STEP_EXEC: break;
    }
    return explain_exec(path, launch->spec->dir, sys, err);
}

/* A pipe whose ends close themselves on exec. */
static int open_status_pipe(int fds[2])
{
#ifdef __linux__
    return pipe2(fds, O_CLOEXEC);
#else
    if (pipe(fds) != 0)
        return -1;
    (void)fcntl(fds[0], F_SETFD, FD_CLOEXEC);
    (void)fcntl(fds[1], F_SETFD, FD_CLOEXEC);
    return 0;
#endif
}

static int wait_pid(pid_t pid, int *status, int flags)
{
    pid_t got;

    do {
        got = waitpid(pid, status, flags);
    } while (got < 0 && errno == EINTR);
    return (int)got;
}

/* Starts what is prepared and reads the status pipe: closed without a word is success. */
static int start_prepared(struct launch *launch, pid_t *pid, struct err *err)
{
    struct failure failure;
    sigset_t all, before;
    int fds[2], sys;
    ssize_t n;

    if (open_status_pipe(fds) != 0)
        return err_sys(err, ERR_START, errno, "cannot run '%s': no pipe", launch->path);
    launch->status_fd = fds[1];
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    *pid = spawn(launch);
    sys = errno;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    close(fds[1]);
    if (*pid < 0) {
        close(fds[0]);
        return err_sys(err, ERR_START, sys, "cannot run '%s': no new process", launch->path);
    }
    do {
        n = read(fds[0], &failure, sizeof failure);
    } while (n < 0 && errno == EINTR);
    close(fds[0]);
    if (n != (ssize_t)sizeof failure)
        return 0;
    (void)wait_pid(*pid, &sys, 0);
    *pid = -1;
    return explain(launch, &failure, err);
}

int process_start(const struct process_spec *spec, pid_t *pid, struct err *err)
{
    struct launch launch = {.spec = spec, .parent = getpid()};
    const char **env = NULL, *name = spec->argv[0];
    char path[4096];
    int rc;

    *pid = -1;
    if (!name || !*name)
        return err_set(err, ERR_START, "there is no program to run");
    if (strchr(name, '/'))
        launch.path = name;
    else if (process_find_program(name, path, sizeof path) != 0)
        return err_set(err, ERR_START, "cannot run '%s': not found in PATH", name);
    else
        launch.path = path;
    if (spec->env) {
        env = process_merge_env(spec->env);
        if (!env)
            return mem_error(err);
    }
    launch.argv = (char *const *)spec->argv;
    launch.env = env ? (char *const *)env : environ;
    rc = start_prepared(&launch, pid, err);
    mem_free(env);
    return rc;
}

int process_fork_session(pid_t *pid, struct err *err)
{
    int null;

    fflush(NULL);
    *pid = fork();
    if (*pid < 0)
        return err_sys(err, ERR_START, errno, "no new process");
    if (*pid > 0)
        return 0;
    (void)setsid();
    null = open("/dev/null", O_RDWR);
    if (null >= 0) {
        (void)dup2(null, 0);
        (void)dup2(null, 1);
        (void)dup2(null, 2);
        if (null > 2)
            close(null);
    }
    return 0;
}

/* ---- waiting -------------------------------------------------------------------------------- */

static void read_status(int status, struct process_end *end)
{
    if (!end)
        return;
    end->is_signal = WIFSIGNALED(status);
    end->status = WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
}

int process_poll(pid_t pid, struct process_end *end)
{
    int status, got = wait_pid(pid, &status, WNOHANG);

    if (got > 0)
        read_status(status, end);
    return got > 0 ? 1 : got;
}

int process_end_fd(pid_t pid)
{
#if defined(__linux__) && defined(SYS_pidfd_open)
    return (int)syscall(SYS_pidfd_open, pid, 0u); /* closes on exec */
#else
    (void)pid;
    errno = ENOSYS;
    return -1;
#endif
}

/* 1 when the child has ended (it stays to be reaped), 0 when it runs, -1 when it is not ours. */
static int has_ended(pid_t pid)
{
    siginfo_t info;

    info.si_pid = 0;
    if (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) != 0)
        return -1;
    return info.si_pid != 0;
}

/* Waits for the end without reaping, up to `seconds`: as has_ended. */
static int await_end(pid_t pid, double seconds)
{
    const double until = clock_steady_s() + seconds;
    long pause_ns = 200000;
    int ended = has_ended(pid), fd = -1;
    double left = seconds;

    if (ended == 0 && seconds > 0.0)
        fd = process_end_fd(pid);
    while (ended == 0 && left > 0.0) {
        if (fd >= 0) {
            struct pollfd ready = {.fd = fd, .events = POLLIN};

            (void)poll(&ready, 1, left < 1e6 ? (int)ceil(1000.0 * left) : 1000000000);
        } else {
            const struct timespec pause = {.tv_nsec = pause_ns};

            nanosleep(&pause, NULL);
            pause_ns = pause_ns < 10000000 ? 2 * pause_ns : pause_ns;
        }
        ended = has_ended(pid);
        left = until - clock_steady_s();
    }
    if (fd >= 0)
        close(fd);
    return ended;
}

int process_wait(pid_t pid, double seconds, struct process_end *end)
{
    int status, got;

    if (!(seconds < 0.0)) {
        got = await_end(pid, seconds);
        return got > 0 ? process_poll(pid, end) : got;
    }
    got = wait_pid(pid, &status, 0);
    if (got > 0)
        read_status(status, end);
    return got > 0 ? 1 : -1;
}

bool process_exists(pid_t pid)
{
    return pid > 0 && (kill(pid, 0) == 0 || errno == EPERM);
}

/* ---- ending --------------------------------------------------------------------------------- */

void process_kill_group(pid_t pid, int signal)
{
    bool is_leader;

    if (pid <= 1)
        return;
    is_leader = getpgid(pid) == pid;
    (void)kill(-pid, signal);
    if (!is_leader || signal == SIGKILL)
        (void)kill(pid, signal); /* not else: a handler would hear it twice */
}

struct process_end process_stop_group(pid_t pid, double grace_s)
{
    struct process_end end = {.is_signal = true, .status = SIGKILL};

    if (pid <= 1)
        return end;
    if (grace_s > 0.0 && has_ended(pid) == 0) {
        process_kill_group(pid, SIGTERM);
        process_kill_group(pid, SIGCONT); /* a stopped one could not hear it */
        (void)await_end(pid, grace_s);
    }
    process_kill_group(pid, SIGKILL);
    (void)process_wait(pid, -1.0, &end);
    return end;
}

void process_adopt_orphans(void)
{
#ifdef __linux__
    (void)prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
#endif
}

/* Is there any child at all?  One system call that says no in most cases. */
static bool has_children(void)
{
    siginfo_t info;

    return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 || errno != ECHILD;
}

/* Killing one may hand us its children, so again until there are none.  One that does not die at
 * once (asleep in the kernel) is left to the next call. */
size_t process_kill_strangers(const pid_t *known, size_t n)
{
    struct strangers strangers = {.known = known, .n_known = n};
    size_t n_killed = 0, n_round = 1, i;
    int round;

    for (round = 0; round < 1000 && n_round > 0 && has_children(); round++) {
        n_round = 0;
        strangers_find(&strangers);
        for (i = 0; i < strangers.n; i++)
            process_kill_group(strangers.pids[i], SIGKILL);
        for (i = 0; i < strangers.n; i++)
            n_round += process_wait(strangers.pids[i], 1.0, NULL) == 1;
        n_killed += n_round;
    }
    return n_killed;
}
