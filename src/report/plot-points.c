/* plot-points.c: the points of a picture, in one pass over the store, in blocks.
 *
 * Memory does not grow with the number of points: what is drawn one by one is a sample of bounded
 * size.  A point belongs to it when a hash of its id is below a limit, which is halved when the
 * sample has grown to twice its size; so the same points are drawn each time, and they are a fair
 * share of all whatever the order. */
#include "plot-private.h"

#include <string.h>

enum { BLOCK = 1024 };

bool *picture_wants(struct picture *picture, size_t n, const struct picture_axis *axes)
{
    size_t i, n_values = picture->scan->n_values;
    bool *wanted = arena_array(picture->arena, n_values + 1, sizeof *wanted);

    for (i = 0; wanted && i < n; i++)
        if (axes[i].value < n_values)
            wanted[axes[i].value] = true;
    return wanted;
}

int picture_read(struct picture *picture, const struct picture_reader *reader, struct err *err)
{
    size_t i, n = 1, n_values = picture->scan->n_values;
    bool *wanted = mem_array(n_values + 1, sizeof *wanted);
    struct point_row *points = mem_array(BLOCK, sizeof *points);
    double *rows = mem_array(BLOCK * (n_values + 1), sizeof *rows);
    struct store_query query = {.state = reader->state, .wanted = wanted};
    struct store_cursor *cursor = NULL;
    int rc = -1;

    if (!wanted || !points || !rows) {
        mem_error(err);
        goto out;
    }
    if (reader->wanted)
        memcpy(wanted, reader->wanted, n_values * sizeof *wanted);
    choice_needs(picture->choice, wanted);
    for (i = 0; i < BLOCK; i++)
        points[i].row = rows + i * n_values;
    cursor = store_select(picture->store, &query, err);
    if (!cursor)
        goto out;
    while (n > 0) {
        TRY(store_fetch(cursor, BLOCK, points, &n, err));
        for (i = 0; i < n; i++)
            if (choice_takes(picture->choice, &points[i]))
                TRY(reader->see(reader->context, &points[i], err));
    }
    rc = 0;
out:
    store_cursor_free(cursor);
    mem_free(wanted);
    mem_free(points);
    mem_free(rows);
    return rc;
}

/* ---- a sample ------------------------------------------------------------------------------- */

/* The finaliser of SplitMix64 (Steele, Lea, Flood, OOPSLA 2014, doi:10.1145/2660193.2660195). */
static uint64_t hash_of(uint64_t id)
{
    uint64_t z = id + 0x9e3779b97f4a7c15U;

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31);
}

static void halve(struct picture_sample *sample)
{
    size_t i, kept = 0;

    sample->limit /= 2;
    for (i = 0; i < sample->n; i++) {
        if (sample->hashes[i] > sample->limit)
            continue;
        sample->hashes[kept] = sample->hashes[i];
        memmove(sample->rows + kept * sample->n_columns, sample->rows + i * sample->n_columns,
                sample->n_columns * sizeof *sample->rows);
        kept++;
    }
    sample->n = kept;
}

static int grow(struct picture_sample *sample, struct err *err)
{
    size_t cap = sample->cap > 0 ? 2 * sample->cap : 1024;
    double *rows = mem_resize(sample->rows, sample->cap * sample->n_columns,
                              cap * sample->n_columns, sizeof *rows);
    uint64_t *hashes;

    if (!rows)
        return mem_error(err);
    sample->rows = rows;
    hashes = mem_resize(sample->hashes, sample->cap, cap, sizeof *hashes);
    if (!hashes)
        return mem_error(err);
    sample->hashes = hashes;
    sample->cap = cap;
    return 0;
}

int picture_sample_add(struct picture_sample *sample, uint64_t id, const double *row,
                       struct err *err)
{
    uint64_t hash = hash_of(id);

    sample->n_offered++;
    if (sample->limit == 0)
        sample->limit = UINT64_MAX;
    if (hash > sample->limit)
        return 0;
    while (sample->n >= 2 * sample->most)
        halve(sample);
    if (hash > sample->limit)
        return 0;
    if (sample->n == sample->cap && grow(sample, err) != 0)
        return -1;
    sample->hashes[sample->n] = hash;
    memcpy(sample->rows + sample->n * sample->n_columns, row, sample->n_columns * sizeof *row);
    sample->n++;
    return 0;
}

void picture_sample_free(struct picture_sample *sample)
{
    mem_free(sample->rows);
    mem_free(sample->hashes);
    sample->rows = NULL;
    sample->hashes = NULL;
    sample->n = sample->cap = 0;
}
