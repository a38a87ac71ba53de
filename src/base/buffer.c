/* buffer.c: bytes that grow, up to a maximum given at creation.
 *
 * The maximum is what keeps a calculator that prints a gigabyte, or a file that is not what its
 * name says, from taking the machine's memory.  An append that would pass it changes nothing and
 * is ERR_LIMIT.  The data is followed by a NUL that `len` does not count, also while the buffer is
 * empty and owns no memory (cap = 0). */
#include "theodolite/base.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SMALLEST 64u

void buf_init(struct buf *buf, size_t max)
{
    *buf = (struct buf){.data = "", .max = max < SIZE_MAX ? max : SIZE_MAX - 1};
}

void buf_free(struct buf *buf)
{
    if (buf->cap > 0)
        mem_free(buf->data);
    buf_init(buf, buf->max);
}

void buf_clear(struct buf *buf)
{
    buf->len = 0;
    if (buf->cap > 0)
        buf->data[0] = '\0';
}

int buf_reserve(struct buf *buf, size_t extra, struct err *err)
{
    size_t need, cap;
    char *data;

    if (extra > buf->max - buf->len)
        return err_set(err, ERR_LIMIT, "more than %zu bytes", buf->max);
    need = buf->len + extra + 1;
    if (need <= buf->cap)
        return 0;
    cap = buf->cap > buf->max / 2 ? buf->max + 1 : 2 * buf->cap;
    if (cap < SMALLEST && buf->max >= SMALLEST)
        cap = SMALLEST;
    if (cap < need)
        cap = need;
    data = mem_resize(buf->cap > 0 ? buf->data : NULL, buf->cap, cap, 1);
    if (!data)
        return mem_error(err);
    buf->data = data;
    buf->cap = cap;
    return 0;
}

int buf_append(struct buf *buf, const void *data, size_t n, struct err *err)
{
    if (n == 0)
        return 0;
    if (buf_reserve(buf, n, err) != 0)
        return -1;
    memcpy(buf->data + buf->len, data, n);
    buf->len += n;
    buf->data[buf->len] = '\0';
    return 0;
}

int buf_puts(struct buf *buf, const char *text, struct err *err)
{
    return buf_append(buf, text, strlen(text), err);
}

int buf_vprintf(struct buf *buf, struct err *err, const char *format, va_list args)
{
    size_t room = buf->cap > 0 ? buf->cap - buf->len : 0;
    va_list again;
    int n, rc = -1;

    va_copy(again, args);
    n = vsnprintf(room > 0 ? buf->data + buf->len : NULL, room, format, args);
    if (n < 0) {
        err_sys(err, ERR_IO, errno, "cannot format a text");
        goto out;
    }
    if ((size_t)n >= room) {
        TRY(buf_reserve(buf, (size_t)n, err));
        vsnprintf(buf->data + buf->len, (size_t)n + 1, format, again);
    }
    buf->len += (size_t)n;
    rc = 0;
out:
    if (rc != 0 && buf->cap > 0)
        buf->data[buf->len] = '\0';
    va_end(again);
    return rc;
}

int buf_printf(struct buf *buf, struct err *err, const char *format, ...)
{
    va_list args;
    int rc;

    va_start(args, format);
    rc = buf_vprintf(buf, err, format, args);
    va_end(args);
    return rc;
}

void buf_drop_front(struct buf *buf, size_t n)
{
    if (n == 0)
        return;
    if (n >= buf->len) {
        buf_clear(buf);
        return;
    }
    memmove(buf->data, buf->data + n, buf->len - n + 1);
    buf->len -= n;
}

/* Reads to the end; one byte of room more than the file has lets the end be seen at once. */
static int read_all(struct buf *buf, int fd, size_t expected, struct err *err)
{
    size_t left = buf->max - buf->len;
    ssize_t n;
    char probe;

    if (buf_reserve(buf, expected < left ? expected + 1 : left, err) != 0)
        return -1;
    for (;;) {
        size_t room = buf->cap - 1 - buf->len;

        if (room == 0 && buf->len < buf->max) {
            if (buf_reserve(buf, 1, err) != 0)
                return -1;
            continue;
        }
        n = room > 0 ? read(fd, buf->data + buf->len, room) : read(fd, &probe, 1);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return err_sys(err, ERR_IO, errno, "read");
        if (n == 0)
            return 0;
        if (room == 0)
            return err_set(err, ERR_LIMIT, "more than %zu bytes", buf->max);
        buf->len += (size_t)n;
        buf->data[buf->len] = '\0';
    }
}

int buf_read_file(struct buf *buf, const char *path, struct err *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    size_t len = buf->len;
    struct stat st;
    int rc;

    if (fd < 0)
        return err_sys(err, ERR_IO, errno, "cannot read '%s'", path);
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size < 0)
        st.st_size = 0;
    rc = read_all(buf, fd, (size_t)st.st_size, err);
    close(fd);
    if (rc == 0)
        return 0;
    buf->len = len;
    if (buf->cap > 0)
        buf->data[len] = '\0';
    if (err->code == ERR_LIMIT)
        return err_set(err, ERR_LIMIT, "'%s' has more than %zu bytes", path, buf->max);
    if (err->code == ERR_IO)
        return err_sys(err, ERR_IO, err->sys, "cannot read '%s'", path);
    return -1;
}
