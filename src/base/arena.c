/* arena.c: many small things that live and die together.
 *
 * A chain of zeroed blocks of growing size, cut from the front; nothing is given back before the
 * arena is freed.  Pieces are aligned for any type. */
#include "theodolite/base.h"

#include "base_private.h"

#include <stdalign.h>
#include <stdio.h>
#include <string.h>

#define FIRST_BLOCK ((size_t)4096)
#define LARGEST_BLOCK ((size_t)1 << 20)
#define ALIGNMENT alignof(max_align_t)

struct block {
    struct block *next;
    size_t size, n_used; /* bytes of data */
    max_align_t data[];
};

struct arena {
    struct block *blocks; /* the one being cut first */
    size_t next_size;
};

struct arena *arena_create(void)
{
    struct arena *arena = mem_new(struct arena);

    if (arena)
        arena->next_size = FIRST_BLOCK;
    return arena;
}

void arena_free(struct arena *arena)
{
    struct block *block, *next;

    if (!arena)
        return;
    for (block = arena->blocks; block; block = next) {
        next = block->next;
        mem_free(block);
    }
    mem_free(arena);
}

/* A block with room for `size` bytes.  A piece larger than a block gets one of its own behind the
 * current block, whose rest stays in use. */
static struct block *add_block(struct arena *arena, size_t size)
{
    bool is_own = size > arena->next_size / 2;
    size_t room = is_own ? size : arena->next_size;
    struct block *block;

    if (room > SIZE_MAX - sizeof *block)
        return NULL;
    block = mem_array(1, sizeof *block + room);
    if (!block)
        return NULL;
    block->size = room;
    if (is_own && arena->blocks) {
        block->next = arena->blocks->next;
        arena->blocks->next = block;
        return block;
    }
    block->next = arena->blocks;
    arena->blocks = block;
    if (arena->next_size < LARGEST_BLOCK)
        arena->next_size *= 2;
    return block;
}

void *arena_array(struct arena *arena, size_t n, size_t size)
{
    struct block *block = arena->blocks;
    size_t bytes;
    char *piece;

    if (mem_is_refused() || (size != 0 && n > (SIZE_MAX - ALIGNMENT) / size))
        return NULL;
    bytes = n * size > 0 ? n * size : 1;
    bytes = (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    if (!block || block->size - block->n_used < bytes)
        block = add_block(arena, bytes);
    if (!block)
        return NULL;
    piece = (char *)block->data + block->n_used;
    block->n_used += bytes;
    return piece;
}

char *arena_strndup(struct arena *arena, const char *text, size_t n)
{
    size_t len = strnlen(text, n);
    char *copy = len == SIZE_MAX ? NULL : arena_array(arena, len + 1, 1);

    if (copy)
        memcpy(copy, text, len);
    return copy;
}

char *arena_strdup(struct arena *arena, const char *text)
{
    return arena_strndup(arena, text, SIZE_MAX);
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
    va_list args, again;
    char *text = NULL;
    int len;

    va_start(args, format);
    va_copy(again, args);
    len = vsnprintf(NULL, 0, format, args);
    if (len >= 0)
        text = arena_array(arena, (size_t)len + 1, 1);
    if (text)
        vsnprintf(text, (size_t)len + 1, format, again);
    va_end(again);
    va_end(args);
    return text;
}
