/* file.c: files, folders and the file systems under them.
 *
 * Removing and measuring trees never follows links and survives what a calculator may leave
 * behind: folders without permission bits, and trees deeper than there are file descriptors.
 * What kind of file system a path is on is filesystem.c's. */
#include "theodolite/base.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

int file_write(const char *path, const void *data, size_t n, struct err *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    const char *at = data;
    ssize_t done;
    int sys;

    if (fd < 0)
        return err_sys(err, ERR_IO, errno, "cannot write '%s'", path);
    while (n > 0) {
        done = write(fd, at, n);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0) {
            sys = errno;
            close(fd);
            return err_sys(err, ERR_IO, sys, "cannot write '%s'", path);
        }
        at += done;
        n -= (size_t)done;
    }
    if (close(fd) != 0 && errno != EINTR)
        return err_sys(err, ERR_IO, errno, "cannot write '%s'", path);
    return 0;
}

bool file_exists(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0;
}

int file_join(char *out, size_t size, const char *dir, const char *name, struct err *err)
{
    size_t len = dir ? strlen(dir) : 0;
    int n;

    if (len == 0 || name[0] == '/')
        n = snprintf(out, size, "%s", name);
    else
        n = snprintf(out, size, "%s%s%s", dir, dir[len - 1] == '/' ? "" : "/", name);
    if (n < 0 || (size_t)n >= size)
        return err_set(err, ERR_LIMIT, "the path of '%.200s' is too long", name);
    return 0;
}

static int make_dir(const char *path, mode_t mode, struct err *err)
{
    struct stat st;
    int sys;

    if (mkdir(path, mode) == 0)
        return 0;
    sys = errno;
    if (stat(path, &st) == 0)
        return S_ISDIR(st.st_mode) ? 0 : err_sys(err, ERR_IO, ENOTDIR, "cannot make '%s'", path);
    return err_sys(err, ERR_IO, sys, "cannot make the folder '%s'", path);
}

static int make_dirs(char *path, mode_t mode, struct err *err)
{
    char *slash;
    int rc = 0;

    for (slash = strchr(path + (path[0] == '/'), '/'); slash && rc == 0;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        rc = make_dir(path, mode, err);
        *slash = '/';
    }
    return rc == 0 ? make_dir(path, mode, err) : rc;
}

int file_make_dirs(const char *path, unsigned mode, struct err *err)
{
    char *copy = mem_strdup(path);
    int rc, tries = 0;

    if (!copy)
        return mem_error(err);
    /* Somebody may remove a folder that is still empty. */
    while ((rc = make_dirs(copy, (mode_t)mode, err)) != 0 && err->sys == ENOENT && ++tries < 10)
        err_clear(err);
    mem_free(copy);
    return rc;
}

/* ---- removing ------------------------------------------------------------------------------- */

/* The folders above the one being emptied, to know on the way up that ".." is the one we came
 * from even if somebody moves folders meanwhile. */
struct descent {
    struct stat *above;
    size_t n, cap;
};

static int push_folder(struct descent *descent, int fd, struct err *err)
{
    if (descent->n == descent->cap) {
        size_t cap = descent->cap > 0 ? 2 * descent->cap : 16;
        struct stat *above = mem_resize(descent->above, descent->cap, cap, sizeof *above);

        if (!above)
            return mem_error(err);
        descent->above = above;
        descent->cap = cap;
    }
    if (fstat(fd, &descent->above[descent->n]) != 0)
        return err_sys(err, ERR_IO, errno, "stat");
    descent->n++;
    return 0;
}

/* Opens a folder, never through a link; one without permission bits is given them. */
static int open_folder(int at, const char *name)
{
    const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    int fd = openat(at, name, flags);
    struct stat st;

    if (fd >= 0 || errno != EACCES)
        return fd;
    if (fstatat(at, name, &st, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISDIR(st.st_mode) ||
        fchmodat(at, name, 0700, 0) != 0) {
        errno = EACCES;
        return -1;
    }
    return openat(at, name, flags);
}

/* Removes what is not a folder, or an empty folder: 0; 1 when it is a folder with content, -1 with
 * errno when neither can be done. */
static int remove_entry(int at, const char *name)
{
    int attempt, sys = 0;

    for (attempt = 0; attempt < 2; attempt++) {
        if (unlinkat(at, name, 0) == 0 || errno == ENOENT)
            return 0;
        if (errno == EISDIR || errno == EPERM) { /* a folder: EPERM is POSIX's word for it */
            if (unlinkat(at, name, AT_REMOVEDIR) == 0 || errno == ENOENT)
                return 0;
            if (errno == ENOTEMPTY || errno == EEXIST)
                return 1;
        }
        sys = errno;
        if (sys != EACCES || at == AT_FDCWD || fchmod(at, 0700) != 0)
            break;
    }
    errno = sys;
    return -1;
}

/* Removes the entries of the open folder: 0 when it is empty, 1 with the name of the first folder
 * that has content, -1 with errno. */
static int remove_entries(int fd, char *name, size_t size)
{
    int copy = dup(fd), rc = 0, sys = 0;
    DIR *dir = copy >= 0 ? fdopendir(copy) : NULL;
    const struct dirent *entry;

    if (!dir) {
        sys = errno;
        if (copy >= 0)
            close(copy);
        errno = sys;
        return -1;
    }
    rewinddir(dir);
    while (rc == 0 && (errno = 0, entry = readdir(dir)) != NULL) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        rc = remove_entry(fd, entry->d_name);
        if (rc != 0)
            snprintf(name, size, "%s", entry->d_name);
    }
    sys = errno;
    closedir(dir);
    errno = sys;
    return rc != 0 ? rc : sys != 0 ? -1 : 0;
}

/* Goes from *fd into `name`, or up to ".." when name is NULL; *fd becomes the other folder. */
static int change_folder(int *fd, const char *name, struct descent *descent, struct err *err)
{
    struct stat st;
    int other;

    if (name && push_folder(descent, *fd, err) != 0)
        return -1;
    other = open_folder(*fd, name ? name : "..");
    if (other < 0)
        return err_sys(err, ERR_IO, errno, "cannot open the folder '%s'", name ? name : "..");
    close(*fd);
    *fd = other;
    if (name)
        return 0;
    descent->n--;
    if (fstat(other, &st) != 0 || st.st_ino != descent->above[descent->n].st_ino ||
        st.st_dev != descent->above[descent->n].st_dev)
        return err_set(err, ERR_IO, "folders were moved while they were removed");
    return 0;
}

/* Empties the folder *fd.  Each folder is looked through again after one of its folders has been
 * emptied, which removes that one, so only one descriptor is open at any depth. */
static int empty_folder(int *fd, struct err *err)
{
    struct descent descent = {0};
    char name[1024] = ".";
    int found, rc = -1;

    for (;;) {
        found = remove_entries(*fd, name, sizeof name);
        if (found < 0) {
            err_sys(err, ERR_IO, errno, "cannot remove '%s'", name);
            goto out;
        }
        if (found == 0 && descent.n == 0)
            break;
        TRY(change_folder(fd, found > 0 ? name : NULL, &descent, err));
    }
    rc = 0;
out:
    mem_free(descent.above);
    return rc;
}

int file_remove_tree(const char *path, struct err *err)
{
    int found = remove_entry(AT_FDCWD, path), fd, rc;

    if (found == 0)
        return 0;
    fd = found > 0 ? open_folder(AT_FDCWD, path) : -1;
    if (fd < 0)
        return errno == ENOTDIR ? 0 : err_sys(err, ERR_IO, errno, "cannot remove '%s'", path);
    rc = empty_folder(&fd, err);
    close(fd);
    if (rc == 0 && rmdir(path) != 0 && errno != ENOENT)
        return err_sys(err, ERR_IO, errno, "cannot remove '%s'", path);
    return rc == 0 ? 0 : err_while(err, "removing '%s'", path);
}

/* ---- measuring ------------------------------------------------------------------------------ */

#define DEEPEST 64 /* folders below are not counted: one descriptor is open per level */

static uint64_t folder_bytes(int fd, int depth)
{
    DIR *dir = fdopendir(fd); /* takes fd */
    const struct dirent *entry;
    uint64_t sum = 0;
    struct stat st;
    int below;

    if (!dir) {
        close(fd);
        return 0;
    }
    while ((entry = readdir(dir)) != NULL) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        if (fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0)
            continue;
        if (S_ISREG(st.st_mode))
            sum += (uint64_t)st.st_size;
        if (!S_ISDIR(st.st_mode) || depth == DEEPEST)
            continue;
        below = openat(dirfd(dir), entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (below >= 0)
            sum += folder_bytes(below, depth + 1);
    }
    closedir(dir);
    return sum;
}

uint64_t file_tree_bytes(const char *path)
{
    struct stat st;
    int fd;

    if (lstat(path, &st) != 0)
        return 0;
    if (!S_ISDIR(st.st_mode))
        return S_ISREG(st.st_mode) ? (uint64_t)st.st_size : 0;
    fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    return fd >= 0 ? folder_bytes(fd, 0) : 0;
}

uint64_t file_free_bytes(const char *path)
{
    struct statvfs fs;

    if (statvfs(path, &fs) != 0)
        return UINT64_MAX;
    return (uint64_t)fs.f_bavail * (uint64_t)(fs.f_frsize > 0 ? fs.f_frsize : fs.f_bsize);
}
