/* events-learn.c: proposal and surrogate from points that were called before, of any integration or
 * scan, as long as the density is known with which each was drawn.
 *
 * Each point weighs 1 over its own density: of the rounds it came from nothing else is known here.
 * That makes fits noisier than those of the integration itself, and what they cost is efficiency of
 * the events, never their density. */
#include "core.h"

#include <math.h>
#include <string.h>

enum { BLOCK = 1024, POINTS_LEAST = 200 };

static int add_points(struct sample *sample, const struct strata_points *points, struct err *err)
{
    size_t d = points->n_dims, n = 0;
    double *x = mem_array(BLOCK * d, sizeof *x), *f = mem_array(BLOCK, sizeof *f);
    double *density = mem_array(BLOCK, sizeof *density);
    int rc = -1;
    if (x == NULL || f == NULL || density == NULL) {
        mem_error(err);
        goto out;
    }
    for (size_t i = 0; i <= points->n; i++) {
        if (n == BLOCK || (i == points->n && n > 0)) {
            TRY(sample_add(sample, n, x, f, density, err));
            n = 0;
        }
        if (i == points->n || !(points->density[i] > 0.0) || !isfinite(points->density[i]))
            continue;
        memcpy(x + n * d, points->units + i * d, d * sizeof *x);
        f[n] = points->values[i];
        density[n++] = points->density[i];
    }
    rc = 0;
out:
    mem_free(x);
    mem_free(f);
    mem_free(density);
    return rc;
}

int strata_learn(const struct strata_points *points, uint64_t seed, struct buf *out,
                 struct err *err)
{
    struct strata *s = mem_new(struct strata);
    struct proposal *proposal = NULL;
    double most = 0.0;
    int rc = -1;
    if (s == NULL)
        return mem_error(err);
    s->config =
        (struct strata_config){.n_dims = points->n_dims, .seed = seed, .cuts = CUTS_CONTRIBUTION};
    s->sample.n_dims = points->n_dims;
    if ((proposal = proposal_uniform(points->n_dims, err)) == NULL)
        goto out;
    TRY(sample_open(&s->sample, proposal, err));
    TRY(add_points(&s->sample, points, err));
    for (size_t i = 0; i < s->sample.n; i++)
        most = fmax(most, fabs(s->sample.f[i]));
    if (s->sample.n < POINTS_LEAST || !(most > 0.0)) {
        err_set(err, ERR_LIMIT,
                "%zu points of known density%s: too little to make events of; integrate first",
                s->sample.n, most > 0.0 ? "" : ", all with 0 or failed");
        goto out;
    }
    s->round = 1;
    TRY(core_fit_proposal(s, &proposal, err));
    TRY(sample_open(&s->sample, proposal, err));
    s->round = 2;
    TRY(core_fit_surrogate(s, proposal, err));
    rc = strata_write(s, out, err);
out:
    surrogate_free(s->model.surrogate);
    sample_free(&s->sample);
    mem_free(s);
    return rc;
}

bool strata_is_frozen(const void *data, size_t n)
{
    struct strata_frozen frozen;
    struct err ignored = ERR_INIT;
    if (strata_frozen_read(data, n, &frozen, &ignored) != 0)
        return false;
    strata_frozen_free(&frozen);
    return true;
}
