/* lock.c: one engine per store.
 *
 * The engine holds flock(2) on a file beside the store, DB-lock, for as long as it lives; the
 * kernel gives the lock back however the process ends, so nothing stale is left by kill -9 (the
 * file may lie there, unlocked).  Not on the store itself: SQLite's own locks on it are POSIX
 * locks, which vanish when any descriptor of that file is closed in the process (the warning in
 * SQLite's os_unix.c), and on some systems flock collides with them.  A file beside it has neither
 * trouble.
 *
 * The file says who holds the lock ("PID HOST").  Links are resolved first, so that two names of a
 * store have one lock.  Where the file system has no locks, the heartbeat in the table `engine`
 * must do (open.c). */
#include "private.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* Patience with those who only look whether it is held (lock_is_held). */
enum { ATTEMPTS = 40, PAUSE_MS = 10 };

/* The store's real path and "-lock"; the store itself need not exist yet. */
static int lock_path(const char *path, char out[PATH_MAX], struct err *err)
{
    char real[PATH_MAX], folder[PATH_MAX];
    const char *slash = strrchr(path, '/');
    int n;

    if (realpath(path, real)) {
        n = snprintf(out, PATH_MAX, "%s-lock", real);
    } else {
        snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - path) + 1 : 1,
                 slash ? path : ".");
        if (!realpath(folder, real))
            return err_sys(err, ERR_STORE, errno, "no folder '%s'", folder);
        n = snprintf(out, PATH_MAX, "%s/%s-lock", real, slash ? slash + 1 : path);
    }
    return n > 0 && n < PATH_MAX ? 0
                                 : err_set(err, ERR_LIMIT, "the path '%.200s' is too long", path);
}

static bool is_still_there(int fd, const char *name)
{
    struct stat held, there;

    return fstat(fd, &held) == 0 && stat(name, &there) == 0 && held.st_ino == there.st_ino &&
           held.st_dev == there.st_dev;
}

static void write_owner(int fd)
{
    char text[192], host[128] = "";
    int n;

    gethostname(host, sizeof host - 1);
    n = snprintf(text, sizeof text, "%ld %s\n", (long)getpid(), host);
    /* For people only: on a full disk the lock holds without it. */
    if (n > 0 && ftruncate(fd, 0) == 0 && pwrite(fd, text, (size_t)n, 0) != n)
        return;
}

static int refuse(int fd, const char *path, struct err *err)
{
    char text[192];
    ssize_t n = pread(fd, text, sizeof text - 1, 0);

    text[n > 0 ? n : 0] = '\0';
    text[strcspn(text, "\n")] = '\0';
    if (strchr(text, ' '))
        return err_set(err, ERR_LOCKED, "another engine runs on '%s': process %.*s on %s", path,
                       (int)strcspn(text, " "), text, strchr(text, ' ') + 1);
    return err_set(err, ERR_LOCKED, "another engine runs on '%s'", path);
}

static void pause_a_little(void)
{
    struct timespec pause = {.tv_nsec = PAUSE_MS * 1000000L};

    nanosleep(&pause, NULL);
}

int lock_take(const char *path, int *fd, struct err *err)
{
    char name[PATH_MAX];
    int attempt, sys, rc;

    *fd = -1;
    if (lock_path(path, name, err) != 0)
        return -1;
    for (attempt = 0;; attempt++) {
        int got = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0666);

        if (got < 0)
            return err_sys(err, ERR_STORE, errno, "cannot make '%s'", name);
        if (flock(got, LOCK_EX | LOCK_NB) == 0) {
            if (is_still_there(got, name)) {
                write_owner(got);
                *fd = got;
                return 0;
            }
            close(got); /* it was removed between open and flock */
            continue;
        }
        sys = errno;
        if (sys != EWOULDBLOCK && sys != EINTR) {
            close(got); /* no locks here */
            return 0;
        }
        if (attempt >= ATTEMPTS) {
            rc = refuse(got, path, err);
            close(got);
            return rc;
        }
        close(got);
        pause_a_little();
    }
}

void lock_release(const char *path, int fd)
{
    char name[PATH_MAX];
    struct err ignored = ERR_INIT;

    if (fd < 0)
        return;
    if (lock_path(path, name, &ignored) == 0 && is_still_there(fd, name))
        unlink(name);
    close(fd);
}

int lock_is_held(const char *path)
{
    char name[PATH_MAX];
    struct err ignored = ERR_INIT;
    int fd, held;

    if (lock_path(path, name, &ignored) != 0)
        return -1;
    fd = open(name, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? 0 : -1;
    if (flock(fd, LOCK_SH | LOCK_NB) == 0)
        held = 0;
    else
        held = errno == EWOULDBLOCK ? 1 : -1;
    close(fd);
    return held;
}
