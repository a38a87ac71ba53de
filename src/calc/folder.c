/* folder.c: the private folder of one run, and what is read from it afterwards.
 *
 *     SCRATCH/softsusy/        the run's "..": `files: [../EXPCON]` are put here
 *     SCRATCH/softsusy/run/    the working folder
 *
 * Both are emptied after the point, so that every run begins with nothing but what we put there.
 * The folders themselves stay: on a journaling disk making and removing them would cost more than
 * starting a small program.
 *
 * A calculator may leave anything under an output's name: a folder, a pipe nobody writes to, a
 * device.  Only regular files are read, and not beyond the limit. */
#include "private.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DEEPEST_COPY = 32 };
static const size_t LARGEST_COPY = (size_t)1 << 32;

int path_join(char out[CALC_PATH], const char *dir, const char *name, struct err *err)
{
    return file_join(out, CALC_PATH, dir, name, err);
}

static int make_private(const char *path, struct err *err)
{
    if (mkdir(path, 0700) == 0)
        return 0;
    return err_sys(err, ERR_IO, errno, "cannot make the folder '%s'", path);
}

/* ---- emptying ------------------------------------------------------------------------------- */

/* A folder of ours, not something that a calculator put in its place; with our permissions. */
static bool is_ours(const char *path)
{
    struct stat st;
    if (lstat(path, &st) != 0 || !S_ISDIR(st.st_mode))
        return false;
    return (st.st_mode & 07777) == 0700 || chmod(path, 0700) == 0;
}

/* Removes all that is in the folder, but the entry `spared` (NULL: none). */
static int empty(const char *path, const char *spared, struct err *err)
{
    char below[CALC_PATH];
    struct dirent *entry;
    int rc = 0;
    DIR *dir = opendir(path);
    if (!dir)
        return err_sys(err, ERR_IO, errno, "cannot read the folder '%s'", path);
    while (rc == 0 && (entry = readdir(dir)) != NULL) {
        const char *name = entry->d_name;
        if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 ||
            (spared && strcmp(name, spared) == 0))
            continue;
        rc = path_join(below, path, name, err);
        if (rc == 0 && unlink(below) != 0)
            rc = file_remove_tree(below, err);
    }
    closedir(dir);
    return rc;
}

int folder_clean(const struct folder *folder, struct err *err)
{
    if (!folder->home[0])
        return 0;
    if (!is_ours(folder->home))
        return file_remove_tree(folder->home, err);
    if (!is_ours(folder->dir))
        return empty(folder->home, NULL, err);
    return empty(folder->dir, NULL, err) == 0 ? empty(folder->home, "run", err) : -1;
}

int folder_init(struct folder *folder, const char *above, const char *name, struct err *err)
{
    if (name[0] == '.' || strchr(name, '/'))
        return err_set(err, ERR_SCAN, "'%s' cannot be a calculator's name", name);
    if (path_join(folder->home, above, name, err) != 0)
        return -1;
    return path_join(folder->dir, folder->home, "run", err);
}

/* ---- copying -------------------------------------------------------------------------------- */

static int copy_file(const char *from, const char *to, mode_t mode, uint64_t *n_bytes,
                     struct err *err)
{
    struct buf text;
    buf_init(&text, LARGEST_COPY);
    int rc = buf_read_file(&text, from, err);
    if (rc == 0)
        rc = file_write(to, text.data ? text.data : "", text.len, err);
    if (rc == 0 && chmod(to, (mode & 0777) | 0600) != 0)
        rc = err_sys(err, ERR_IO, errno, "chmod '%s'", to);
    *n_bytes += text.len;
    buf_free(&text);
    return rc;
}

static int copy_tree(const char *from, const char *to, int depth, uint64_t *n_bytes,
                     struct err *err)
{
    char below_from[CALC_PATH], below_to[CALC_PATH];
    struct dirent *entry;
    struct stat st;
    int rc = 0;
    if (stat(from, &st) != 0)
        return err_sys(err, ERR_IO, errno, "'%s'", from);
    if (!S_ISDIR(st.st_mode))
        return copy_file(from, to, st.st_mode, n_bytes, err);
    if (depth > DEEPEST_COPY)
        return err_set(err, ERR_LIMIT, "'%s' is too deep to be copied", from);
    if (make_private(to, err) != 0)
        return -1;
    DIR *dir = opendir(from);
    if (!dir)
        return err_sys(err, ERR_IO, errno, "cannot read the folder '%s'", from);
    while (rc == 0 && (entry = readdir(dir)) != NULL) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        rc = path_join(below_from, from, entry->d_name, err);
        if (rc == 0)
            rc = path_join(below_to, to, entry->d_name, err);
        if (rc == 0)
            rc = copy_tree(below_from, below_to, depth + 1, n_bytes, err);
    }
    closedir(dir);
    return rc;
}

/* ---- putting files in place ----------------------------------------------------------------- */

static int place_file(struct folder *folder, const struct calc *calc, const struct scan_file *file,
                      struct err *err)
{
    char from[CALC_PATH], to[CALC_PATH], above[CALC_PATH];
    if (path_join(from, calc->chain->scan->folder, file->from, err) != 0 ||
        path_join(to, folder->dir, file->to, err) != 0)
        return -1;
    if (strchr(file->to, '/')) {
        memcpy(above, to, sizeof above);
        *strrchr(above, '/') = '\0';
        if (file_make_dirs(above, 0700, err) != 0)
            return -1;
    }
    if (!file->is_link)
        return copy_tree(from, to, 0, &folder->n_placed, err);
    if (!file_exists(from))
        return err_set(err, ERR_IO, "there is no '%s'", from);
    if (symlink(from, to) != 0)
        return err_sys(err, ERR_IO, errno, "cannot link '%s' to '%s'", to, from);
    return 0;
}

static int place_card(struct folder *folder, const struct card *card, struct err *err)
{
    char path[CALC_PATH];
    const char *text = card->filled.data ? card->filled.data : "";
    if (path_join(path, folder->dir, card->name, err) != 0)
        return -1;
    folder->n_placed += card->filled.len;
    return file_write(path, text, card->filled.len, err);
}

static int make_if_gone(const char *path, struct err *err)
{
    if (mkdir(path, 0700) == 0 || errno == EEXIST)
        return 0;
    return err_sys(err, ERR_IO, errno, "cannot make the folder '%s'", path);
}

/* 1 when a file of the user's cannot be put in place: the point's failure, not ours. */
int folder_fill(struct folder *folder, const struct calc *calc, char words[CALC_SENTENCE],
                struct err *err)
{
    struct err failed = ERR_INIT;
    int rc = 0;
    folder->n_placed = 0;
    if (make_if_gone(folder->home, err) != 0 || make_if_gone(folder->dir, err) != 0)
        return -1;
    for (size_t i = 0; rc == 0 && i < calc->def->n_files; i++)
        rc = place_file(folder, calc, &calc->def->files[i], &failed);
    for (size_t i = 0; rc == 0 && i < calc->n_cards; i++) {
        if (calc->cards[i].name && !calc->cards[i].is_more &&
            place_card(folder, &calc->cards[i], err) != 0)
            return -1;
    }
    if (rc == 0)
        return 0;
    if (failed.code == ERR_FULL || failed.code == ERR_MEMORY) {
        *err = failed;
        return -1;
    }
    snprintf(words, CALC_SENTENCE, "%.1000s", failed.message);
    return 1;
}

/* ---- reading -------------------------------------------------------------------------------- */

/* Reads a regular file to its end; false with errno, or EFBIG beyond the buffer's limit. */
static bool read_to_end(int fd, struct buf *text)
{
    struct err err = ERR_INIT;
    for (;;) {
        if (text->cap - text->len < 2 && text->len < text->max &&
            buf_reserve(text, text->len < 65536 ? 65536 : text->len, &err) != 0 &&
            buf_reserve(text, 1, &err) != 0) {
            errno = ENOMEM;
            return false;
        }
        size_t room = text->cap > text->len ? text->cap - text->len - 1 : 0;
        char probe;
        ssize_t n = room > 0 ? read(fd, text->data + text->len, room) : read(fd, &probe, 1);
        if (n < 0 && errno == EINTR)
            continue;
        if (n == 0)
            return true;
        if (n > 0 && room == 0)
            errno = EFBIG;
        if (n < 0 || room == 0)
            return false;
        text->len += (size_t)n;
        text->data[text->len] = '\0';
    }
}

enum reason folder_read(const struct folder *folder, const char *name, struct buf *text,
                        char words[CALC_SENTENCE])
{
    char path[CALC_PATH];
    struct err err = ERR_INIT;
    struct stat st;
    enum reason reason = REASON_NONE;
    buf_clear(text);
    if (path_join(path, folder->dir, name, &err) != 0) {
        snprintf(words, CALC_SENTENCE, "%.1000s", err.message);
        return REASON_NO_OUTPUT;
    }
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0) {
        snprintf(words, CALC_SENTENCE, "it left no file '%.200s' (%s)", name, strerror(errno));
        return REASON_NO_OUTPUT;
    }
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        snprintf(words, CALC_SENTENCE, "'%.200s' is not a regular file", name);
        reason = REASON_NO_OUTPUT;
    } else if ((uint64_t)st.st_size > text->max || !read_to_end(fd, text)) {
        bool is_large = (uint64_t)st.st_size > text->max || errno == EFBIG;
        snprintf(words, CALC_SENTENCE,
                 is_large ? "'%.200s' is larger than %zu bytes"
                          : "'%.200s' cannot be read (limit %zu bytes)",
                 name, text->max);
        reason = is_large ? REASON_LIMIT : REASON_PARSE;
    } else if (text->len == 0) {
        snprintf(words, CALC_SENTENCE, "it left '%.200s' empty", name);
        reason = REASON_NO_OUTPUT;
    }
    close(fd);
    return reason;
}
