/* program.c: where programs are, their environment, and the names of signals.
 *
 * A program is looked up as execvp(3) does: a name with a slash is a path, any other is sought in
 * PATH.  Paths found are absolute, so that they stay right in another working directory. */
#include "theodolite/base.h"

#include "base_private.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#ifdef __APPLE__
#include <mach-o/dyld.h>
#endif

extern char **environ;

static bool is_program(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0;
}

/* dir/name, absolute; 0, or -1 when it does not fit. */
static int absolute_path(char *out, size_t size, const char *dir, size_t n_dir, const char *name)
{
    char here[4096];
    int n;

    if (n_dir > 0 && dir[0] == '/')
        n = snprintf(out, size, "%.*s/%s", (int)n_dir, dir, name);
    else if (!getcwd(here, sizeof here))
        return -1;
    else if (n_dir > 0)
        n = snprintf(out, size, "%s/%.*s/%s", here, (int)n_dir, dir, name);
    else
        n = snprintf(out, size, "%s/%s", here, name);
    return n >= 0 && (size_t)n < size ? 0 : -1;
}

int process_find_program(const char *argv0, char *out, size_t size)
{
    const char *path = getenv("PATH"), *end;
    int n;

    if (argv0[0] == '\0')
        return -1;
    if (strchr(argv0, '/')) {
        n = snprintf(out, size, "%s", argv0);
        return n >= 0 && (size_t)n < size && is_program(out) ? 0 : -1;
    }
    if (!path)
        path = "/usr/local/bin:/usr/bin:/bin";
    for (;; path = end + 1) {
        end = path + strcspn(path, ":");
        if (absolute_path(out, size, path, (size_t)(end - path), argv0) == 0 && is_program(out))
            return 0;
        if (*end == '\0')
            return -1;
    }
}

int process_self_path(char *out, size_t size, struct err *err)
{
#ifdef __APPLE__
    uint32_t room = (uint32_t)size;

    if (_NSGetExecutablePath(out, &room) != 0)
        return err_set(err, ERR_LIMIT, "the path of this program is too long");
    return 0;
#else
    static const char deleted[] = " (deleted)"; /* replaced by an update while it runs */
    ssize_t n = readlink("/proc/self/exe", out, size);
    size_t len;

    if (n < 0)
        return err_sys(err, ERR_IO, errno, "cannot find the path of this program");
    len = (size_t)n;
    if (len >= size)
        return err_set(err, ERR_LIMIT, "the path of this program is too long");
    out[len] = '\0';
    if (!file_exists(out) && len >= sizeof deleted &&
        strcmp(out + len - (sizeof deleted - 1), deleted) == 0)
        out[len - (sizeof deleted - 1)] = '\0';
    return 0;
#endif
}

static bool same_name(const char *a, const char *b)
{
    size_t n = strcspn(a, "=");

    return strncmp(a, b, n) == 0 && b[n] == '=';
}

const char **process_merge_env(const char *const *added)
{
    size_t n_own = 0, n_added = 0, n = 0, i, j;
    const char **env;

    while (environ && environ[n_own])
        n_own++;
    while (added[n_added])
        n_added++;
    env = mem_array(n_own + n_added + 1, sizeof *env);
    if (!env)
        return NULL;
    for (i = 0; i < n_own; i++) {
        for (j = 0; j < n_added && !same_name(added[j], environ[i]); j++)
            continue;
        if (j == n_added)
            env[n++] = environ[i];
    }
    for (j = 0; j < n_added; j++)
        env[n++] = added[j];
    return env;
}

struct signal_name {
    int number;
    const char *name;
};

static const struct signal_name signal_names[] = {
#define NAME(signal)                                                                               \
    {                                                                                              \
        signal, #signal                                                                            \
    }
    NAME(SIGHUP),  NAME(SIGINT),  NAME(SIGQUIT),   NAME(SIGILL),   NAME(SIGTRAP), NAME(SIGABRT),
    NAME(SIGBUS),  NAME(SIGFPE),  NAME(SIGKILL),   NAME(SIGUSR1),  NAME(SIGSEGV), NAME(SIGUSR2),
    NAME(SIGPIPE), NAME(SIGALRM), NAME(SIGTERM),   NAME(SIGCHLD),  NAME(SIGCONT), NAME(SIGSTOP),
    NAME(SIGTSTP), NAME(SIGTTIN), NAME(SIGTTOU),   NAME(SIGURG),   NAME(SIGXCPU), NAME(SIGXFSZ),
    NAME(SIGPROF), NAME(SIGSYS),  NAME(SIGVTALRM), NAME(SIGWINCH),
#undef NAME
};

const char *process_signal_name(int signal, char *out, size_t size)
{
    size_t i;

    for (i = 0; i < sizeof signal_names / sizeof signal_names[0]; i++) {
        if (signal_names[i].number == signal)
            return signal_names[i].name;
    }
    snprintf(out, size, "signal %d", signal);
    return out;
}
