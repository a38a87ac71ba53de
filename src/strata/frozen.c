/* frozen.c: what an integration has learned, as bytes and back. */
#include "core.h"

#include <math.h>
#include <string.h>

static const char magic[8] = "thstrat";

void strata_frozen(const struct strata *strata, struct strata_frozen *frozen)
{
    const struct core_model *m = &strata->model;
    size_t last = strata->sample.n_rounds, j;
    struct core_estimate e;

    core_estimate(strata, strata->n_rounds, &e);
    *frozen = (struct strata_frozen){
        .n_dims = strata->config.n_dims,
        .integral = e.integral,
        .error = e.error,
        .absolute = e.absolute,
        .proposal = last > 0 ? strata->sample.rounds[last - 1].proposal : NULL,
    };
    if (m->surrogate && m->proposal == frozen->proposal) {
        frozen->surrogate = m->surrogate;
        frozen->classes = m->classes;
        for (j = 0; j < m->classes.n; j++) {
            frozen->most[j] = strata->tops[j];
            frozen->most_weight[j] = strata->most_weight[j];
        }
    } else {
        frozen->classes.n = 1;
        frozen->classes.limits[0] = -INFINITY;
        frozen->classes.limits[1] = INFINITY;
        frozen->most[0] = strata->most;
    }
}

int strata_write(const struct strata *strata, struct buf *out, struct err *err)
{
    struct strata_frozen f;
    uint64_t head[3];
    double numbers[3];
    int rc = -1;

    strata_frozen(strata, &f);
    if (!f.proposal)
        return err_set(err, ERR_LIMIT, "the integration has not begun: nothing is learned");
    head[0] = f.n_dims;
    head[1] = f.surrogate != NULL;
    head[2] = f.classes.n;
    numbers[0] = f.integral;
    numbers[1] = f.error;
    numbers[2] = f.absolute;
    TRY(buf_append(out, magic, sizeof magic, err));
    TRY(buf_append(out, head, sizeof head, err));
    TRY(buf_append(out, numbers, sizeof numbers, err));
    TRY(buf_append(out, f.classes.limits, (f.classes.n + 1) * sizeof(double), err));
    TRY(buf_append(out, f.most, f.classes.n * sizeof(double), err));
    TRY(buf_append(out, f.most_weight, f.classes.n * sizeof(double), err));
    TRY(proposal_write(f.proposal, out, err));
    if (f.surrogate)
        TRY(surrogate_write(f.surrogate, out, err));
    rc = 0;
out:
    return rc;
}

static int take(const char **data, size_t *n, void *to, size_t size, struct err *err)
{
    if (*n < size)
        return err_set(err, ERR_PROTOCOL, "what an integration has learned ends too early");
    memcpy(to, *data, size);
    *data += size;
    *n -= size;
    return 0;
}

static int take_head(const char **data, size_t *n, struct strata_frozen *f, bool *has_surrogate,
                     struct err *err)
{
    char found[sizeof magic];
    uint64_t head[3];
    double numbers[3];
    size_t j;
    int rc = -1;

    TRY(take(data, n, found, sizeof found, err));
    TRY(take(data, n, head, sizeof head, err));
    if (memcmp(found, magic, sizeof magic) != 0 || head[0] < 1 || head[0] > 64 || head[2] < 1 ||
        head[2] > STRATA_CLASSES) {
        err_set(err, ERR_PROTOCOL, "these bytes are not what an integration of this version wrote");
        goto out;
    }
    f->n_dims = (size_t)head[0];
    *has_surrogate = head[1] != 0;
    f->classes.n = (size_t)head[2];
    TRY(take(data, n, numbers, sizeof numbers, err));
    f->integral = numbers[0];
    f->error = numbers[1];
    f->absolute = numbers[2];
    TRY(take(data, n, f->classes.limits, (f->classes.n + 1) * sizeof(double), err));
    TRY(take(data, n, f->most, f->classes.n * sizeof(double), err));
    TRY(take(data, n, f->most_weight, f->classes.n * sizeof(double), err));
    for (j = 0; j < f->classes.n; j++)
        if (!(f->classes.limits[j] <= f->classes.limits[j + 1])) {
            err_set(err, ERR_PROTOCOL, "limits of classes that do not ascend");
            goto out;
        }
    rc = 0;
out:
    return rc;
}

int strata_frozen_read(const void *data, size_t n, struct strata_frozen *frozen, struct err *err)
{
    const char *at = data;
    bool has_surrogate = false;

    *frozen = (struct strata_frozen){0};
    if (take_head(&at, &n, frozen, &has_surrogate, err) != 0)
        return -1;
    frozen->proposal = proposal_read(&at, &n, err);
    if (!frozen->proposal)
        return -1;
    if (proposal_n_dims(frozen->proposal) != frozen->n_dims) {
        strata_frozen_free(frozen);
        return err_set(err, ERR_PROTOCOL, "a proposal of other dimensions than its integration");
    }
    if (!has_surrogate)
        return 0;
    frozen->surrogate = surrogate_read(&at, &n, frozen->proposal, err);
    if (frozen->surrogate)
        return 0;
    strata_frozen_free(frozen);
    return -1;
}

void strata_frozen_free(struct strata_frozen *frozen)
{
    surrogate_free(frozen->surrogate);
    proposal_free(frozen->proposal);
    *frozen = (struct strata_frozen){0};
}
