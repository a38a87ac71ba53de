/* memory.c: the allocator of the whole program.
 *
 * Thin over calloc and realloc: sizes are products checked for overflow, everything comes zeroed,
 * nothing aborts.  Tests make the n-th allocation fail (n = 1, 2, 3, ... until a run succeeds, the
 * method of SQLite's test suite), for which each thread counts its allocations.  Allocations from
 * arenas are counted one by one too, although most of them take no memory from the system. */
#include "theodolite/base.h"

#include "base_private.h"

#include <stdlib.h>
#include <string.h>

/* The two counters are the only state: per thread, so that a fault loop meets its own calls. */
static _Thread_local unsigned long n_allocated;
static _Thread_local unsigned long fail_at; /* value of n_allocated that fails; 0 = never */

void mem_fail_at(unsigned long n)
{
    fail_at = n == 0 ? 0 : n_allocated + n;
}

unsigned long mem_count(void)
{
    return n_allocated;
}

bool mem_is_refused(void)
{
    return ++n_allocated == fail_at;
}

void *mem_array(size_t n, size_t size)
{
    if (mem_is_refused() || (size != 0 && n > SIZE_MAX / size))
        return NULL;
    return n == 0 || size == 0 ? calloc(1, 1) : calloc(n, size);
}

void *mem_resize(void *old, size_t n_old, size_t n_new, size_t size)
{
    char *memory;

    if (mem_is_refused() || (size != 0 && n_new > SIZE_MAX / size))
        return NULL;
    memory = realloc(old, n_new * size > 0 ? n_new * size : 1);
    if (!memory)
        return NULL;
    if (!old)
        n_old = 0;
    if (n_new > n_old)
        memset(memory + n_old * size, 0, (n_new - n_old) * size);
    return memory;
}

void *mem_memdup(const void *data, size_t n)
{
    void *copy = mem_array(n, 1);

    if (copy && n > 0)
        memcpy(copy, data, n);
    return copy;
}

char *mem_strndup(const char *text, size_t n)
{
    size_t len = strnlen(text, n);
    char *copy = len == SIZE_MAX ? NULL : mem_array(len + 1, 1);

    if (copy)
        memcpy(copy, text, len);
    return copy;
}

char *mem_strdup(const char *text)
{
    return mem_strndup(text, SIZE_MAX);
}

void mem_free(void *memory)
{
    free(memory);
}

int mem_error(struct err *err)
{
    return err_set(err, ERR_MEMORY, "out of memory");
}
