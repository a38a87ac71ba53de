/* error.c: errors as values.
 *
 * An error is a code, the system's error number where there is one, a sentence for people, and a
 * trail of what was being done, innermost first.  Setting an error replaces the one before and
 * empties the trail; err_while adds to it on the way up.  Nothing is printed here and nothing
 * exits: that is main's. Texts that do not fit are cut at a whole UTF-8 character. */
#include "theodolite/base.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

struct err_kind {
    const char *name, *text;
    int status;
};

static const struct err_kind err_kinds[] = {
#define ERR_KIND(code, name, text, status) [code] = {name, text, status},
    ERR_LIST(ERR_KIND)
#undef ERR_KIND
};

#define N_KINDS (sizeof err_kinds / sizeof err_kinds[0])

static const struct err_kind *kind_of(enum err_code code)
{
    return (size_t)code < N_KINDS ? &err_kinds[code] : &err_kinds[ERR_IO];
}

const char *err_name(enum err_code code)
{
    return kind_of(code)->name;
}

const char *err_text(enum err_code code)
{
    return kind_of(code)->text;
}

int err_exit_status(enum err_code code)
{
    return kind_of(code)->status;
}

void err_clear(struct err *err)
{
    err->code = ERR_NONE;
    err->sys = 0;
    err->message[0] = '\0';
    err->trail[0] = '\0';
}

/* Appends `text` at `at` and returns the new length. */
static size_t put_text(char *out, size_t size, size_t at, const char *text)
{
    size_t n = strlen(text);

    if (n > size - 1 - at) {
        n = size - 1 - at;
        while (n > 0 && ((unsigned char)text[n] & 0xC0u) == 0x80u)
            n--;
    }
    memcpy(out + at, text, n);
    out[at + n] = '\0';
    return at + n;
}

/* By way of a local text, because the arguments may point into the error itself. */
__attribute__((format(printf, 3, 0))) static void set_message(struct err *err, enum err_code code,
                                                              const char *format, va_list args)
{
    char text[sizeof err->message + 8];

    vsnprintf(text, sizeof text, format, args);
    err_clear(err);
    err->code = code;
    put_text(err->message, sizeof err->message, 0, text);
}

int err_set(struct err *err, enum err_code code, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    set_message(err, code, format, args);
    va_end(args);
    return -1;
}

/* strerror for threads: GNU returns the text, POSIX fills the buffer. */
static const char *system_text(int sys, char *out, size_t size)
{
#if defined(__GLIBC__) && defined(_GNU_SOURCE)
    return strerror_r(sys, out, size);
#else
    if (strerror_r(sys, out, size) != 0)
        snprintf(out, size, "error %d", sys);
    return out;
#endif
}

int err_sys(struct err *err, enum err_code code, int sys, const char *format, ...)
{
    char text[128];
    size_t len;
    va_list args;

    if (sys == ENOSPC || sys == EDQUOT)
        code = ERR_FULL;
    va_start(args, format);
    set_message(err, code, format, args);
    va_end(args);
    err->sys = sys;
    len = strlen(err->message);
    len = put_text(err->message, sizeof err->message, len, ": ");
    put_text(err->message, sizeof err->message, len, system_text(sys, text, sizeof text));
    return -1;
}

int err_while(struct err *err, const char *format, ...)
{
    char text[sizeof err->trail + 8];
    size_t len = strlen(err->trail);
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (len > 0)
        len = put_text(err->trail, sizeof err->trail, len, "; ");
    len = put_text(err->trail, sizeof err->trail, len, "while ");
    put_text(err->trail, sizeof err->trail, len, text);
    return -1;
}
