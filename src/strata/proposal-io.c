/* proposal-io.c: a proposal as bytes and back, exactly; of this machine's byte order. */
#include "mixture.h"

#include <math.h>
#include <string.h>

static const char magic[8] = "thprop1";
enum { PARTS_MOST = 4096, AXES_MOST = 64 };

int proposal_write(const struct proposal *proposal, struct buf *out, struct err *err)
{
    size_t d = proposal->n_dims, n = proposal->n_parts, j, k;
    uint64_t head[2] = {d, n};
    int rc = -1;

    TRY(buf_append(out, magic, sizeof magic, err));
    TRY(buf_append(out, head, sizeof head, err));
    TRY(buf_append(out, proposal->share, n * sizeof *proposal->share, err));
    for (j = 0; j < d; j++) {
        uint64_t n_knots = proposal->axes[j].n;

        TRY(buf_append(out, &n_knots, sizeof n_knots, err));
        TRY(buf_append(out, proposal->axes[j].at, n_knots * sizeof(double), err));
        TRY(buf_append(out, proposal->axes[j].value, n_knots * sizeof(double), err));
    }
    for (k = 0; k + PARTS_FIXED < n; k++) {
        TRY(buf_append(out, proposal->parts[k].mean, d * sizeof(double), err));
        TRY(buf_append(out, proposal->parts[k].lower, d * d * sizeof(double), err));
    }
    rc = 0;
out:
    return rc;
}

static int take(const char **data, size_t *n, void *to, size_t size, struct err *err)
{
    if (*n < size)
        return err_set(err, ERR_PROTOCOL, "the bytes of a proposal end too early");
    memcpy(to, *data, size);
    *data += size;
    *n -= size;
    return 0;
}

static bool all_finite(const double *x, size_t n)
{
    size_t i;

    for (i = 0; i < n; i++)
        if (!isfinite(x[i]))
            return false;
    return true;
}

static int take_axis(const char **data, size_t *n, struct axis_density *axis, struct err *err)
{
    uint64_t n_knots = 0;
    size_t i;
    int rc = -1;

    TRY(take(data, n, &n_knots, sizeof n_knots, err));
    if (n_knots < 2 || n_knots > AXIS_KNOTS) {
        err_set(err, ERR_PROTOCOL, "a proposal with %llu knots", (unsigned long long)n_knots);
        goto out;
    }
    axis->n = (size_t)n_knots;
    TRY(take(data, n, axis->at, axis->n * sizeof(double), err));
    TRY(take(data, n, axis->value, axis->n * sizeof(double), err));
    for (i = 0; i < axis->n; i++) {
        if (!(axis->value[i] > 0.0) || !isfinite(axis->value[i]) || !isfinite(axis->at[i]) ||
            (i > 0 && !(axis->at[i] > axis->at[i - 1]))) {
            err_set(err, ERR_PROTOCOL, "a proposal with an axis that is no density");
            goto out;
        }
    }
    axis_finish(axis);
    rc = 0;
out:
    return rc;
}

static int take_parts(struct proposal *p, const char **data, size_t *n, struct err *err)
{
    size_t d = p->n_dims, j, k;
    int rc = -1;

    TRY(take(data, n, p->share, p->n_parts * sizeof *p->share, err));
    for (j = 0; j < d; j++)
        TRY(take_axis(data, n, &p->axes[j], err));
    for (k = 0; k + PARTS_FIXED < p->n_parts; k++) {
        struct gaussian *g = &p->parts[k];

        TRY(take(data, n, g->mean, d * sizeof(double), err));
        TRY(take(data, n, g->lower, d * d * sizeof(double), err));
        for (j = 0; j < d; j++)
            if (!(g->lower[j * d + j] > 0.0))
                break;
        if (j < d || !all_finite(g->mean, d) || !all_finite(g->lower, d * d)) {
            err_set(err, ERR_PROTOCOL, "a proposal with a part that is no Gaussian");
            goto out;
        }
        gaussian_finish(d, g);
    }
    rc = 0;
out:
    return rc;
}

struct proposal *proposal_read(const char **data, size_t *n, struct err *err)
{
    char found[sizeof magic];
    uint64_t head[2];
    struct proposal *p = NULL;

    if (take(data, n, found, sizeof found, err) != 0 || take(data, n, head, sizeof head, err) != 0)
        return NULL;
    if (memcmp(found, magic, sizeof magic) != 0 || head[0] < 1 || head[0] > AXES_MOST ||
        head[1] < PARTS_FIXED || head[1] > PARTS_MOST) {
        err_set(err, ERR_PROTOCOL, "these bytes are no proposal of this version");
        return NULL;
    }
    p = mixture_create((size_t)head[0], (size_t)head[1] - PARTS_FIXED, err);
    if (p && take_parts(p, data, n, err) != 0) {
        proposal_free(p);
        p = NULL;
    }
    return p;
}
