/* cover-parts.c: the components of the accepted points.
 *
 * What it does: friends of friends with the linking length of learn_components, by a k-d tree; of
 * more points than the tree is good for in that dimension, a sample by hash stands for all.
 * Friends of friends tears what is sampled unevenly, so pieces are put together again where the
 * learner says so: a small piece and its nearest neighbours in other pieces are joined when it
 * predicts the target all along the chord between two of them.
 *
 * What it does not: join over a chord that leaves the predicted target, however short it is. */
#include "cover.h"
#include "private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    MOST_LOW = 100000, /* points worked with in up to 4 dimensions, up to 6, and in more */
    MOST_MIDDLE = 40000,
    MOST_HIGH = 12000,
    CHORD_STEPS = 9,   /* places asked about between two points */
    CHORDS = 12,       /* of a piece */
    MOST_PIECES = 512, /* that are asked about, the smallest first */
    NEIGHBOURS = 24
};

static size_t most_points(size_t d)
{
    return d <= 4 ? MOST_LOW : d <= 6 ? MOST_MIDDLE : MOST_HIGH;
}

static int take_accepted(const struct coverage_input *input, struct cover_parts *parts,
                         struct err *err)
{
    size_t i, d = input->n_dims, most = most_points(d), room;

    parts->d = d;
    for (i = 0; i < input->n; i++)
        parts->n_accepted += input->state[i] == STATE_ACCEPTED;
    room = parts->n_accepted < 2 * most ? parts->n_accepted : 2 * most;
    parts->x = mem_array(room * d, sizeof *parts->x);
    parts->input = mem_array(room, sizeof *parts->input);
    parts->component = mem_array(room, sizeof *parts->component);
    parts->count = mem_array(room, sizeof *parts->count);
    if (!parts->x || !parts->input || !parts->component || !parts->count)
        return mem_error(err);
    for (i = 0; i < input->n && parts->n < room; i++) {
        if (input->state[i] != STATE_ACCEPTED ||
            !survey_is_sampled(survey_hash(input->seed, i), most, parts->n_accepted))
            continue;
        memcpy(parts->x + parts->n * d, input->x + i * d, d * sizeof *parts->x);
        parts->input[parts->n++] = i;
    }
    return 0;
}

struct ranked {
    size_t component, count;
};

static int compare_ranked(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;

    if (x->count != y->count)
        return x->count > y->count ? -1 : 1;
    return (x->component > y->component) - (x->component < y->component);
}

/* Numbers the components by their size. */
static int order_by_size(struct cover_parts *parts, struct err *err)
{
    size_t i, n = 0;
    struct ranked *ranked = mem_array(parts->n_components, sizeof *ranked);
    size_t *number = mem_array(parts->n_components, sizeof *number);

    if (!ranked || !number) {
        mem_free(ranked);
        mem_free(number);
        return mem_error(err);
    }
    for (i = 0; i < parts->n_components; i++)
        ranked[i].component = i;
    for (i = 0; i < parts->n; i++)
        ranked[parts->component[i]].count++;
    qsort(ranked, parts->n_components, sizeof *ranked, compare_ranked);
    for (i = 0; i < parts->n_components && ranked[i].count > 0; i++) {
        number[ranked[i].component] = i;
        parts->count[i] = ranked[i].count;
        n++;
    }
    parts->n_components = n;
    for (i = 0; i < parts->n; i++)
        parts->component[i] = number[parts->component[i]];
    mem_free(ranked);
    mem_free(number);
    return 0;
}

int cover_parts_find(const struct coverage_input *input, struct cover_parts *parts, struct err *err)
{
    float *reach = NULL;
    int rc = -1;

    *parts = (struct cover_parts){.n = 0};
    TRY(take_accepted(input, parts, err));
    parts->tree = tree_create(parts->n, parts->d, parts->x, err);
    reach = mem_array(parts->n, sizeof *reach);
    if (!parts->tree || !reach) {
        mem_error(err);
        goto out;
    }
    parts->link2 = tree_link2(parts->tree, reach);
    TRY(tree_friends(parts->tree, parts->link2, parts->component, &parts->n_components, err));
    TRY(order_by_size(parts, err));
    rc = 0;
out:
    mem_free(reach);
    return rc;
}

void cover_parts_free(struct cover_parts *parts)
{
    tree_free(parts->tree);
    mem_free(parts->x);
    mem_free(parts->input);
    mem_free(parts->component);
    mem_free(parts->count);
    *parts = (struct cover_parts){.n = 0};
}

size_t cover_parts_of(const struct cover_parts *parts, const float *x, float reach2)
{
    size_t near;
    float far2;

    if (tree_nearest(parts->tree, x, 1, SIZE_MAX, &near, &far2) == 0 || far2 > reach2)
        return SIZE_MAX;
    return parts->component[near];
}

/* ---- putting together ----------------------------------------------------------------------- */

struct chord {
    size_t a, b; /* points of different pieces */
};

static size_t root_of(size_t *parent, size_t i)
{
    while (parent[i] != i)
        i = parent[i] = parent[parent[i]];
    return i;
}

/* Chords from point i to the nearest point of every other piece among its neighbours. */
static void add_chords(const struct cover_parts *parts, size_t i, size_t most, struct chord *chords,
                       size_t *n)
{
    size_t near[NEIGHBOURS], k, c;
    float far2[NEIGHBOURS];
    size_t found = tree_nearest(parts->tree, parts->x + i * parts->d, NEIGHBOURS, i, near, far2);

    for (k = 0; k < found && *n < most; k++) {
        bool is_known = parts->component[near[k]] == parts->component[i];

        for (c = *n; c-- > 0 && chords[c].a == i && !is_known;)
            is_known = parts->component[chords[c].b] == parts->component[near[k]];
        if (!is_known)
            chords[(*n)++] = (struct chord){i, near[k]};
    }
}

/* Some of the points of every small piece; all pieces but the largest are small. */
static size_t find_chords(const struct cover_parts *parts, size_t most, size_t *seen,
                          struct chord *chords)
{
    size_t first = parts->n_components > MOST_PIECES ? parts->n_components - MOST_PIECES : 1;
    size_t i, n = 0;

    for (i = 0; i < parts->n && n < most; i++) {
        size_t k = parts->component[i], before = n, room = CHORDS;

        if (k < first || seen[k] >= CHORDS)
            continue;
        room = n + room < most ? n + room : most;
        /* every so many, so that the chords leave the whole piece */
        if (parts->count[k] > CHORDS && i % (parts->count[k] / CHORDS + 1) != 0)
            continue;
        add_chords(parts, i, room, chords, &n);
        seen[k] += n - before;
    }
    return n;
}

static void lay_chords(const struct coverage_input *input, const struct cover_parts *parts,
                       const struct chord *chords, size_t n, float *x)
{
    size_t c, s, j, d = parts->d;

    for (c = 0; c < n; c++) {
        const float *a = parts->x + chords[c].a * d, *b = parts->x + chords[c].b * d;

        for (s = 0; s < CHORD_STEPS; s++) {
            float along = ((float)s + 1.0f) / (CHORD_STEPS + 1.0f);

            for (j = 0; j < d; j++)
                x[(c * CHORD_STEPS + s) * d + j] = survey_seen(
                    input->n_cells ? input->n_cells[j] : 0, (double)(a[j] + along * (b[j] - a[j])));
        }
    }
}

static void join_pieces(struct cover_parts *parts, const struct chord *chords, size_t n,
                        const float *p, size_t *parent)
{
    size_t c, s, i;

    for (i = 0; i < parts->n_components; i++)
        parent[i] = i;
    for (c = 0; c < n; c++) {
        float least = 1.0f;

        for (s = 0; s < CHORD_STEPS; s++)
            least = fminf(least, p[c * CHORD_STEPS + s]);
        if (least > COVERAGE_IN) {
            size_t a = root_of(parent, parts->component[chords[c].a]);
            size_t b = root_of(parent, parts->component[chords[c].b]);

            parent[a > b ? a : b] = a > b ? b : a;
        }
    }
    for (i = 0; i < parts->n; i++)
        parts->component[i] = root_of(parent, parts->component[i]);
}

int cover_parts_merge(const struct coverage_input *input, struct cover_parts *parts,
                      struct err *err)
{
    size_t n_pieces = parts->n_components < MOST_PIECES ? parts->n_components : MOST_PIECES;
    size_t most = n_pieces * CHORDS, n;
    size_t *seen = mem_array(parts->n_components, sizeof *seen);
    size_t *parent = mem_array(parts->n_components, sizeof *parent);
    struct chord *chords = mem_array(most, sizeof *chords);
    float *x = mem_array(most * CHORD_STEPS * parts->d, sizeof *x);
    struct prediction out = {.target = mem_array(most * CHORD_STEPS, sizeof(float))};
    int rc = -1;

    if (!seen || !parent || !chords || !x || !out.target) {
        mem_error(err);
        goto out;
    }
    n = parts->n_components > 1 ? find_chords(parts, most, seen, chords) : 0;
    if (n > 0) {
        lay_chords(input, parts, chords, n, x);
        TRY(ensemble_predict(input->model, n * CHORD_STEPS, x, &out, err));
        join_pieces(parts, chords, n, out.target, parent);
        TRY(order_by_size(parts, err));
    }
    rc = 0;
out:
    mem_free(seen);
    mem_free(parent);
    mem_free(chords);
    mem_free(x);
    mem_free(out.target);
    return rc;
}
