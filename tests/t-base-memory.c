/* Memory, arenas and buffers: zeroed, bounded, and right when the n-th allocation fails. */
#include "tap.h"
#include "theodolite/base.h"

#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool is_zero(const void *memory, size_t n)
{
    const unsigned char *at = memory;
    size_t i;

    for (i = 0; i < n; i++) {
        if (at[i] != 0)
            return false;
    }
    return true;
}

static void check_memory(void)
{
    unsigned long before = mem_count();
    char *a = mem_array(100, 3), *b, *empty = mem_array(0, 8);
    struct err err = ERR_INIT;

    ok(a && is_zero(a, 300), "an array is zeroed");
    ok(empty != NULL, "an array of nothing is a pointer");
    is_uint(mem_count() - before, 2, "allocations are counted");
    memset(a, 7, 300);
    b = mem_resize(a, 100, 200, 3);
    ok(b && b[299] == 7 && is_zero(b + 300, 300), "what a resize adds is zeroed");
    ok(mem_resize(b, 200, SIZE_MAX / 2, 3) == NULL, "a resize that overflows fails");
    ok(b[0] == 7, "and leaves the old");
    ok(mem_array(SIZE_MAX / 2, 3) == NULL, "an array that overflows fails");
    mem_free(b);
    mem_free(empty);
    mem_free(NULL);
    a = mem_resize(NULL, 5, 10, 1);
    ok(a && is_zero(a, 10), "a resize of NULL is all new");
    mem_free(a);
    a = mem_strdup("abc");
    b = mem_strndup("abcdef", 4);
    is_str(a, "abc", "strdup");
    is_str(b, "abcd", "strndup");
    mem_free(a);
    mem_free(b);
    a = mem_memdup("a\0b", 3);
    is_mem(a, "a\0b", 3, "memdup");
    mem_free(a);
    is_int(mem_error(&err), -1, "mem_error");
    is_int(err.code, ERR_MEMORY, "is ERR_MEMORY");
}

static void *allocate_elsewhere(void *out)
{
    void *memory = mem_array(1, 1);

    *(bool *)out = memory != NULL && mem_count() == 1;
    mem_free(memory);
    return NULL;
}

static void check_failing(void)
{
    bool elsewhere = false;
    pthread_t thread;
    void *a, *b, *c;

    mem_fail_at(2);
    pthread_create(&thread, NULL, allocate_elsewhere, &elsewhere);
    pthread_join(thread, NULL);
    ok(elsewhere, "another thread has a count of its own");
    a = mem_array(1, 1);
    b = mem_array(1, 1);
    c = mem_array(1, 1);
    ok(a && !b && c, "the second allocation fails, once");
    mem_fail_at(1);
    mem_fail_at(0);
    b = mem_array(1, 1);
    ok(b != NULL, "0 takes it back");
    mem_fail_at(1);
    ok(mem_resize(b, 1, 2, 1) == NULL, "a resize can fail too");
    mem_free(a);
    mem_free(b);
    mem_free(c);
}

static void check_arena(void)
{
    struct arena *arena = arena_create();
    char *pieces[200], *large, *text;
    bool is_kept = true, is_aligned = true, is_clean = true;
    size_t i, j;

    for (i = 0; i < 200; i++) {
        pieces[i] = arena_array(arena, 7 * i + 1, 1);
        is_clean = is_clean && is_zero(pieces[i], 7 * i + 1);
        is_aligned = is_aligned && (uintptr_t)pieces[i] % _Alignof(max_align_t) == 0;
        memset(pieces[i], (int)i, 7 * i + 1);
        if (i == 100) {
            large = arena_array(arena, 3000000, 1);
            ok(large && is_zero(large, 3000000), "a large piece is zeroed");
            memset(large, 1, 3000000);
        }
    }
    for (i = 0; i < 200; i++) {
        for (j = 0; j < 7 * i + 1; j++)
            is_kept = is_kept && (unsigned char)pieces[i][j] == i;
    }
    ok(is_clean, "pieces are zeroed");
    ok(is_aligned, "pieces are aligned");
    ok(is_kept, "pieces do not overlap");
    ok(arena_array(arena, SIZE_MAX / 2, 4) == NULL, "a piece that overflows fails");
    ok(arena_array(arena, SIZE_MAX - 4, 1) == NULL, "so does one nearly as large as memory");
    is_str(arena_strdup(arena, "hello"), "hello", "strdup");
    is_str(arena_strndup(arena, "hello", 2), "he", "strndup");
    is_str(arena_printf(arena, "%s %d", "a", 5), "a 5", "printf");
    text = arena_printf(arena, "%05000d", 7);
    is_size(strlen(text), 5000, "a long printf");
    arena_free(arena);
    arena_free(NULL);
}

static void check_buffer(void)
{
    struct err err = ERR_INIT;
    struct buf buf;

    buf_init(&buf, 10);
    is_str(buf.data, "", "an empty buffer is a text");
    is_int(buf_puts(&buf, "", &err), 0, "nothing can be added");
    is_int(buf_puts(&buf, "01234", &err), 0, "add");
    is_int(buf_printf(&buf, &err, "%d", 56789), 0, "up to the maximum");
    is_str(buf.data, "0123456789", "the text is whole");
    is_int(buf_puts(&buf, "x", &err), -1, "one more byte does not go in");
    is_int(err.code, ERR_LIMIT, "and is ERR_LIMIT");
    is_int(buf_printf(&buf, &err, "%d", 1), -1, "nor by printf");
    is_str(buf.data, "0123456789", "a failed append changes nothing");
    buf_drop_front(&buf, 4);
    is_str(buf.data, "456789", "drop the front");
    buf_drop_front(&buf, 0);
    is_size(buf.len, 6, "drop nothing");
    is_int(buf_puts(&buf, "abcd", &err), 0, "what was dropped is room again");
    buf_drop_front(&buf, 99);
    is_str(buf.data, "", "drop more than there is");
    is_int(buf_append(&buf, "a\0b", 3, &err), 0, "bytes");
    is_mem(buf.data, "a\0b", 4, "any bytes, with a NUL behind");
    buf_clear(&buf);
    is_size(buf.len, 0, "clear");
    is_int(buf_reserve(&buf, SIZE_MAX, &err), -1, "a reserve that overflows");
    buf_free(&buf);
    is_str(buf.data, "", "a freed buffer is an empty one");
    is_int(buf_puts(&buf, "again", &err), 0, "that can be used");
    buf_free(&buf);
}

static void check_read_file(void)
{
    const char *dir = getenv("TMPDIR"), line[] = "0123456789\n";
    struct err err = ERR_INIT;
    struct buf buf;
    char path[512];
    int fd, i;

    snprintf(path, sizeof path, "%s/t-base-memory-XXXXXX", dir ? dir : "/tmp");
    fd = mkstemp(path);
    for (i = 0; i < 1000; i++)
        (void)!write(fd, line, sizeof line - 1);
    close(fd);
    buf_init(&buf, 11004);
    buf_puts(&buf, "new:", &err);
    is_int(buf_read_file(&buf, path, &err), 0, "a file that just fits");
    is_size(buf.len, 11004, "is appended whole");
    is_mem(buf.data + 10997, "456789\n", 8, "to its end");
    buf_free(&buf);

    buf_init(&buf, 11003);
    buf_puts(&buf, "new:", &err);
    is_int(buf_read_file(&buf, path, &err), -1, "one byte too many");
    is_int(err.code, ERR_LIMIT, "is ERR_LIMIT");
    has_str(err.message, path, "that names the file");
    is_str(buf.data, "new:", "and leaves the buffer");
    unlink(path);
    is_int(buf_read_file(&buf, path, &err), -1, "no such file");
    has_str(err.message, path, "says which");
    is_int(buf_read_file(&buf, "/", &err), -1, "a folder is no file");
    buf_free(&buf);
#ifdef __linux__
    buf_init(&buf, 1 << 20);
    is_int(buf_read_file(&buf, "/proc/self/status", &err), 0, "a file that says its size is 0");
    has_str(buf.data, "Pid:", "is read");
    buf_free(&buf);
#endif
}

/* A bit of everything that allocates. */
static int build(struct err *err)
{
    struct arena *arena = arena_create();
    char *copy = NULL, **words;
    struct buf buf;
    size_t n;
    int rc = -1, i;

    buf_init(&buf, 4096);
    if (!arena)
        return mem_error(err);
    for (i = 0; i < 100; i++)
        TRY(buf_printf(&buf, err, "word%d ", i));
    copy = mem_strdup(buf.data);
    if (!copy || !arena_printf(arena, "%s", copy)) {
        mem_error(err);
        goto out;
    }
    TRY(text_split_words(arena, copy, &words, &n, err));
    rc = n == 100 && strcmp(words[99], "word99") == 0 ? 0 : err_set(err, ERR_IO, "wrong");
out:
    mem_free(copy);
    buf_free(&buf);
    arena_free(arena);
    return rc;
}

static void check_fault_loop(void)
{
    bool is_memory = true;
    unsigned long n, before;
    int rc = -1;

    for (n = 1; rc != 0 && n < 1000; n++) {
        struct err err = ERR_INIT;

        before = mem_count();
        mem_fail_at(n);
        rc = build(&err);
        is_memory = is_memory && (rc == 0 || err.code == ERR_MEMORY);
        if (rc == 0)
            is_uint(mem_count() - before, n - 1, "it succeeds when there is no n-th allocation");
    }
    mem_fail_at(0);
    ok(is_memory, "every failed allocation is ERR_MEMORY");
    ok(n > 8 && n < 1000, "there were %lu places to fail", n - 2);
}

int main(void)
{
    check_memory();
    check_failing();
    check_arena();
    check_buffer();
    check_read_file();
    check_fault_loop();
    return done_testing();
}
