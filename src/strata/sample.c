/* sample.c: the calls of all rounds and the density with which they lie as a whole.
 *
 * A model is trained on points of several rounds.  Each weighs 1 over the sum of the intensities of
 * all rounds at its place (the balance heuristic: Veach, Guibas, SIGGRAPH 95; deterministic
 * mixture: Owen, Zhou, J. Am. Stat. Assoc. 95 (2000) 135), so a point that one round found by luck
 * does not outweigh those that another drew there on purpose.  In a round whose classes were
 * thinned the own points know by how much; elsewhere the round counts as unthinned.
 *
 * Points of a search have an intensity by the search's own reckoning only, and stay apart. */
#include "sample.h"

#include <math.h>
#include <string.h>

enum { BLOCK = 1024 };

void sample_free(struct sample *sample)
{
    size_t r;

    for (r = 0; r < sample->n_rounds; r++)
        if (r == 0 || sample->rounds[r].proposal != sample->rounds[r - 1].proposal)
            proposal_free(sample->rounds[r].proposal);
    mem_free(sample->x);
    mem_free(sample->f);
    mem_free(sample->mix);
    mem_free(sample->round);
    mem_free(sample->known);
    *sample = (struct sample){0};
}

int sample_open(struct sample *sample, struct proposal *take_proposal, struct err *err)
{
    size_t n = sample->n_rounds;

    if (n == SAMPLE_ROUNDS) {
        if (sample->rounds[n - 1].proposal != take_proposal)
            proposal_free(take_proposal);
        return err_set(err, ERR_LIMIT, "more than %d rounds", SAMPLE_ROUNDS);
    }
    sample->rounds[sample->n_rounds++] = (struct sample_round){.proposal = take_proposal};
    return 0;
}

static void *grown(void *old, size_t n_old, size_t n_new, size_t size, bool *failed)
{
    void *memory = mem_resize(old, n_old, n_new, size);

    if (!memory)
        *failed = true;
    return memory ? memory : old;
}

static int reserve(struct sample *s, size_t n, struct err *err)
{
    size_t cap = s->cap > 0 ? s->cap : (size_t)BLOCK, d = s->n_dims;
    bool failed = false;

    if (n <= s->cap)
        return 0;
    while (cap < n)
        cap *= 2;
    s->x = grown(s->x, s->cap * d, cap * d, sizeof *s->x, &failed);
    s->f = grown(s->f, s->cap, cap, sizeof *s->f, &failed);
    s->mix = grown(s->mix, s->cap, cap, sizeof *s->mix, &failed);
    s->round = grown(s->round, s->cap, cap, sizeof *s->round, &failed);
    s->known = grown(s->known, s->cap, cap, sizeof *s->known, &failed);
    if (failed)
        return mem_error(err);
    s->cap = cap;
    return 0;
}

static int add(struct sample *s, size_t round, size_t n, const double *x, const double *f,
               const double *intensity, struct err *err)
{
    size_t i;

    if (reserve(s, s->n + n, err) != 0)
        return -1;
    memcpy(s->x + s->n * s->n_dims, x, n * s->n_dims * sizeof *x);
    for (i = 0; i < n; i++) {
        s->f[s->n + i] = isfinite(f[i]) ? f[i] : 0.0;
        s->mix[s->n + i] = intensity[i];
        s->round[s->n + i] = (uint16_t)round;
        s->known[s->n + i] = round < SAMPLE_ROUNDS ? UINT64_C(1) << round : UINT64_MAX;
    }
    s->n += n;
    return 0;
}

int sample_add(struct sample *sample, size_t n, const double *x, const double *f,
               const double *intensity, struct err *err)
{
    sample->rounds[sample->n_rounds - 1].n += (double)n;
    return add(sample, sample->n_rounds - 1, n, x, f, intensity, err);
}

int sample_add_search(struct sample *sample, size_t n, const double *x, const double *f,
                      const double *intensity, struct err *err)
{
    return add(sample, SAMPLE_ROUNDS, n, x, f, intensity, err);
}

/* Adds round r at the points that have not got it, gathered into blocks. */
static void mix_round(struct sample *s, size_t r)
{
    double x[64 * 64], q[64];
    size_t at[64], d = s->n_dims, i, b, n = 0;

    for (i = 0; i <= s->n; i++) {
        if (i < s->n && (s->known[i] >> r & 1u))
            continue;
        if (i < s->n) {
            memcpy(x + n * d, s->x + i * d, d * sizeof *x);
            at[n++] = i;
        }
        if (n == 64 || (i == s->n && n > 0)) {
            proposal_density(s->rounds[r].proposal, n, x, q, NULL);
            for (b = 0; b < n; b++) {
                s->mix[at[b]] += s->rounds[r].n * q[b];
                s->known[at[b]] |= UINT64_C(1) << r;
            }
            n = 0;
        }
    }
}

void sample_mix(struct sample *sample)
{
    size_t r;

    for (r = 0; r < sample->n_rounds; r++)
        mix_round(sample, r);
}
