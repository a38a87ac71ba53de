/* design.c: points that need no learning: uniform, Sobol, and the boxes pinned by the user.
 *
 * What it does: every uniform point has a stream of its own, (seed, purpose, id), so the points are
 * independent and the honest counts are binomial.  Point i of METHOD_SOBOL is the i-th of Sobol's
 * sequence (Bratley, Fox, ACM TOMS 14 (1988) 88, as in GSL), moved by a digital shift that the seed
 * draws: any part of a resumed scan continues the same sequence.
 *
 * What it does not: use Sobol points for the start design of a learning scan; they spread better,
 * but the counts would not be binomial. */
#include "private.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_qrng.h>
#include <math.h>
#include <string.h>

enum { SOBOL_BITS = 30, SOBOL_DIMS = 40 };
static const char sobol_magic[8] = "thsobl1";

void design_set(struct survey_batch *batch, size_t i, enum point_origin origin, float predicted,
                double density)
{
    batch->origin[i] = origin;
    batch->predicted[i] = predicted;
    batch->density[i] = density;
}

void design_uniform(uint64_t seed, enum rng_purpose purpose, uint64_t id, size_t d, double *unit)
{
    struct rng rng = rng_stream(seed, purpose, id);
    size_t j;

    for (j = 0; j < d; j++)
        unit[j] = rng_uniform(&rng);
}

void design_pins(const struct survey_snapshot *shot, size_t from, size_t n, uint64_t first_id,
                 struct survey_batch *batch)
{
    size_t d = shot->n_dims, i, j;

    for (i = from; i < from + n; i++) {
        struct rng rng = rng_stream(shot->seed, RNG_INJECT, first_id + i);
        const double *box = shot->settings.pins + i % shot->settings.n_pins * 2 * d;

        for (j = 0; j < d; j++) {
            double low = fmax(box[j], 0.0), high = fmin(box[d + j], 1.0);

            batch->units[i * d + j] =
                fmin(fmax(low + (high - low) * rng_uniform(&rng), 1e-16), 1.0 - 0x1p-53);
        }
        design_set(batch, i, ORIGIN_PIN, NAN, NAN);
    }
}

/* A state of the generator carried from the batch before saves walking through the sequence from
 * its beginning.  It is a cache: without it the points are the same. */
struct sobol_carry {
    char magic[8];
    uint64_t next, n_dims, size;
};

int design_sobol(const struct survey_snapshot *shot, uint64_t first_id, struct survey_batch *batch,
                 struct err *err)
{
    size_t d = shot->n_dims, i, j;
    struct sobol_carry head = {.next = 0, .n_dims = d};
    struct rng rng = rng_stream(shot->seed, RNG_POOL, UINT64_MAX);
    uint32_t shift[SOBOL_DIMS];
    double point[SOBOL_DIMS];
    gsl_qrng *sobol;
    int rc = -1;

    if (d > SOBOL_DIMS)
        return err_set(err, ERR_LIMIT, "method sobol: at most %d free parameters, not %zu",
                       SOBOL_DIMS, d);
    sobol = gsl_qrng_alloc(gsl_qrng_sobol, (unsigned)d);
    if (!sobol)
        return mem_error(err);
    for (j = 0; j < d; j++)
        shift[j] = rng_u32(&rng) >> (32 - SOBOL_BITS);
    head.size = gsl_qrng_size(sobol);
    if (batch->carry.len == sizeof head + head.size) {
        struct sobol_carry saved;

        memcpy(&saved, batch->carry.data, sizeof saved);
        if (memcmp(saved.magic, sobol_magic, sizeof sobol_magic) == 0 && saved.n_dims == d &&
            saved.size == head.size && saved.next <= first_id) {
            head.next = saved.next;
            memcpy(gsl_qrng_state(sobol), batch->carry.data + sizeof saved, head.size);
        }
    }
    buf_clear(&batch->carry);
    for (; head.next < first_id; head.next++)
        gsl_qrng_get(sobol, point);
    for (i = 0; i < batch->n; i++, head.next++) {
        gsl_qrng_get(sobol, point);
        for (j = 0; j < d; j++) {
            uint32_t bits = (uint32_t)(point[j] * 0x1p30) ^ shift[j];

            /* the middle of the cell of 2^-30: never 0 or 1 */
            batch->units[i * d + j] = ((double)bits + 0.5) * 0x1p-30;
        }
        design_set(batch, i, ORIGIN_START, NAN, 1.0);
    }
    memcpy(head.magic, sobol_magic, sizeof sobol_magic);
    TRY(buf_append(&batch->carry, &head, sizeof head, err));
    TRY(buf_append(&batch->carry, gsl_qrng_state(sobol), (size_t)head.size, err));
    rc = 0;
out:
    gsl_qrng_free(sobol);
    return rc;
}
