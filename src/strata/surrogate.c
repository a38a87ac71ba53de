/* surrogate.c: what is learned of h = F/q, put together from several forms.
 *
 * What it does: fits one form after another to what is left of the rows, and takes those that
 * explain more of the rows kept out.  What is said lies within the range of what was seen.
 *
 * What it does not: fit (the forms do), lay out the rows (surrogate-table.c), nor know where they
 * come from. */
#include "surrogate-table.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 1024, WORDS = 256, ROWS_MIN = 60, ROWS_NET = 2000, ROWS_CONTEST = 12000 };
static const double gain_least = 0.02;  /* of what is left, for a form to be taken */
static const double enough = 1e-6;      /* of all: no more is asked for */
static const double margin_least = 0.1; /* of the range of h, by which it may be left */
static const double gain_least_net = 0.05, enough_net = 1e-4; /* of the network, which is dear */

enum form { FORM_NONE, FORM_LOCAL, FORM_PRODUCT };
enum breadth { BREADTH_UNKNOWN, BREADTH_AXES, BREADTH_WIDE }; /* of a product's frame */

struct surrogate {
    const struct proposal *proposal;
    size_t d;
    double constant;
    double lo, hi;       /* of h, as seen */
    struct local *local; /* NULL where it is of no use, as the others */
    struct product *product;
    struct net_form *net;
    enum form first; /* what the next fit begins with */
    bool is_wide;    /* products are better with more than the axes */
    double explains;
    struct jumps jumps;
    char words[WORDS];
};

int bytes_take(const char **data, size_t *left, void *to, size_t n, struct err *err)
{
    if (*left < n)
        return err_set(err, ERR_PROTOCOL, "a surrogate that ends too early");
    memcpy(to, *data, n);
    *data += n;
    *left -= n;
    return 0;
}

/* ---- the fit -------------------------------------------------------------------------------- */

static void range_of(struct surrogate *s, const struct fit_table *t)
{
    size_t i;

    s->lo = s->hi = t->n > 0 ? t->h[0] : 0.0;
    for (i = 1; i < t->n; i++) {
        s->lo = fmin(s->lo, t->h[i]);
        s->hi = fmax(s->hi, t->h[i]);
    }
}

/* Beyond the range of the rows a surrogate is believed as far as it is good at what was held out: a
 * bound inside the range of F/q is wrong in a few corners that no later call may ever see. */
static void widen(struct surrogate *s)
{
    double missed = isfinite(s->explains) ? sqrt(fmax(1.0 - s->explains, 0.01)) : 1.0;
    double margin = margin_least / missed * (s->hi - s->lo);

    s->lo -= margin;
    s->hi += margin;
}

/* What a form says of the rows, and how much it would leave of those held out. */
struct trial {
    double *said, left;
};

static int try_local(struct surrogate *s, struct fit_table *t, struct trial *trial, struct err *err)
{
    local_free(s->local);
    s->local = local_fit(s->proposal, &t->rows, t->n_in, err);
    if (!s->local)
        return -1;
    memset(trial->said, 0, t->n * sizeof *trial->said);
    if (local_add(s->local, s->proposal, &t->rows, trial->said, err) != 0)
        return -1;
    trial->left = fit_table_misfit(t, t->left, trial->said, t->n_in, t->n);
    return 0;
}

static int try_frame(struct fit_table *t, const struct frame *frame, struct product **product,
                     struct trial *trial, struct err *err)
{
    product_free(*product);
    *product = product_fit(frame, &t->rows, t->n_in, trial->said, err);
    if (!*product)
        return -1;
    trial->left = fit_table_misfit(t, t->left, trial->said, t->n_in, t->n);
    return 0;
}

/* Products of the axes, or of the axes and more, or whichever of the two leaves less. */
static int try_product(struct surrogate *s, struct fit_table *t, enum breadth breadth, double all,
                       struct trial *trial, struct err *err)
{
    struct trial wide = {.said = t->said_wide};
    struct product *product = NULL;
    struct frame frame;

    frame_axes(&frame, t->rows.d);
    if (try_frame(t, breadth == BREADTH_WIDE ? &t->frame : &frame, &s->product, trial, err) != 0)
        return -1;
    if (breadth != BREADTH_UNKNOWN || trial->left < enough * all || t->frame.n_axes == t->rows.d)
        return 0;
    if (try_frame(t, &t->frame, &product, &wide, err) != 0)
        return -1;
    s->is_wide = wide.left < trial->left * (1.0 - gain_least);
    if (s->is_wide) {
        product_free(s->product);
        s->product = product;
        trial->left = wide.left;
        memcpy(trial->said, wide.said, t->n * sizeof *wide.said);
    } else {
        product_free(product);
    }
    return 0;
}

__attribute__((format(printf, 2, 3))) static void say(struct surrogate *s, const char *format, ...)
{
    size_t at = strlen(s->words);
    va_list args;

    if (at > 0 && at + 2 < sizeof s->words) {
        memcpy(s->words + at, ", ", 3);
        at += 2;
    }
    va_start(args, format);
    vsnprintf(s->words + at, sizeof s->words - at, format, args);
    va_end(args);
}

static void take_local(struct surrogate *s, struct fit_table *t, const struct trial *trial,
                       double all)
{
    say(s, "local polynomials of degree %zu %.4f", local_degree(s->local), 1.0 - trial->left / all);
    fit_table_subtract(t, trial->said);
    local_settle(s->local);
}

static void take_product(struct surrogate *s, struct fit_table *t, const struct trial *trial,
                         double all)
{
    say(s, "%zu products of axes %.4f", product_terms(s->product), 1.0 - trial->left / all);
    fit_table_subtract(t, trial->said);
}

static void drop_local(struct surrogate *s)
{
    local_free(s->local);
    s->local = NULL;
}

static void drop_product(struct surrogate *s)
{
    product_free(s->product);
    s->product = NULL;
}

/* The other form, on what the first left. */
static int fit_second(struct surrogate *s, struct fit_table *t, double all, double *left,
                      struct err *err)
{
    struct trial trial = {.said = t->said};

    if (*left < enough * all)
        return 0;
    if (s->first == FORM_PRODUCT) {
        if (try_local(s, t, &trial, err) != 0)
            return -1;
        if (trial.left < *left * (1.0 - gain_least)) {
            *left = trial.left;
            take_local(s, t, &trial, all);
        } else {
            drop_local(s);
        }
        return 0;
    }
    if (try_product(s, t, s->is_wide ? BREADTH_WIDE : BREADTH_AXES, all, &trial, err) != 0)
        return -1;
    if (trial.left < *left * (1.0 - gain_least)) {
        *left = trial.left;
        take_product(s, t, &trial, all);
    } else {
        drop_product(s);
    }
    return 0;
}

/* Polynomials and products, the better one first (or the one that was so before, where trying is
 * dear), the other on what that leaves. */
static int fit_pair(struct surrogate *s, struct fit_table *t, const struct surrogate *warm,
                    double all, double *left, struct err *err)
{
    struct trial local = {.said = t->said, .left = INFINITY};
    struct trial product = {.said = t->said_too, .left = INFINITY};
    bool is_told = warm && warm->first != FORM_NONE && t->n > ROWS_CONTEST;

    s->is_wide = is_told && warm->is_wide;
    if (!(is_told && warm->first == FORM_PRODUCT) && try_local(s, t, &local, err) != 0)
        return -1;
    if (!(is_told && warm->first == FORM_LOCAL) && try_product(s, t,
                                                               !is_told     ? BREADTH_UNKNOWN
                                                               : s->is_wide ? BREADTH_WIDE
                                                                            : BREADTH_AXES,
                                                               all, &product, err) != 0)
        return -1;
    if (!(fmin(local.left, product.left) < *left * (1.0 - gain_least))) {
        drop_local(s);
        drop_product(s);
        return 0;
    }
    if (product.left < local.left) {
        s->first = FORM_PRODUCT;
        *left = product.left;
        take_product(s, t, &product, all);
        drop_local(s);
    } else {
        s->first = FORM_LOCAL;
        *left = local.left;
        take_local(s, t, &local, all);
        drop_product(s);
    }
    return fit_second(s, t, all, left, err);
}

static int fit_net(struct surrogate *s, struct fit_table *t, const struct surrogate_config *config,
                   double all, double *left, struct err *err)
{
    double now;

    s->net = net_form_fit(&t->frame, &t->rows, t->n_in, config, err);
    if (!s->net)
        return -1;
    memset(t->said, 0, t->n * sizeof *t->said);
    if (net_form_add(s->net, &t->rows, t->said, err) != 0)
        return -1;
    now = fit_table_misfit(t, t->left, t->said, t->n_in, t->n);
    if (now < *left * (1.0 - gain_least_net)) {
        *left = now;
        fit_table_subtract(t, t->said);
        say(s, "network %.4f", 1.0 - now / all);
        return 0;
    }
    net_form_free(s->net);
    s->net = NULL;
    return 0;
}

static int fit_forms(struct surrogate *s, struct fit_table *t,
                     const struct surrogate_config *config, const struct surrogate *warm,
                     struct err *err)
{
    double all, left;

    fit_table_leave(t, fit_table_mean(t, 0, t->n_in));
    all = left = fit_table_misfit(t, t->left, NULL, t->n_in, t->n);
    /* The forms are given h whole: F is more likely a product than F - constant q is, and the
     * constant is among the polynomials. */
    fit_table_leave(t, 0.0);
    frame_fit(&t->frame, &t->rows);
    if (all > 0.0 && fit_pair(s, t, warm, all, &left, err) != 0)
        return -1;
    if (!config->no_network && t->n >= ROWS_NET && left > enough_net * all &&
        fit_net(s, t, config, all, &left, err) != 0)
        return -1;
    s->explains = all > 0.0 ? 1.0 - left / all : 1.0;
    if (s->words[0] == '\0') {
        s->constant = fit_table_mean(t, 0, t->n);
        say(s, "constant");
    }
    return 0;
}

struct surrogate *surrogate_fit(const struct surrogate_config *config,
                                const struct surrogate_data *data, const struct surrogate *warm,
                                struct err *err)
{
    struct surrogate *s = mem_new(struct surrogate);
    struct fit_table t = {0};
    int rc = -1;

    if (!s) {
        mem_error(err);
        goto out;
    }
    s->proposal = config->proposal;
    s->d = data->n_dims;
    s->explains = NAN;
    TRY(fit_table_create(&t, config, data, err));
    if (t.n >= ROWS_MIN) {
        TRY(fit_forms(s, &t, config, warm, err));
    } else {
        s->constant = fit_table_mean(&t, 0, t.n);
        say(s, "constant");
    }
    range_of(s, &t);
    if (s->product)
        TRY(product_jumps(s->product, &t.rows, t.n_in, s->hi - s->lo, &s->jumps, err));
    widen(s);
    rc = 0;
out:
    fit_table_free(&t);
    if (rc != 0) {
        surrogate_free(s);
        return NULL;
    }
    return s;
}

void surrogate_free(struct surrogate *s)
{
    if (!s)
        return;
    local_free(s->local);
    product_free(s->product);
    net_form_free(s->net);
    mem_free(s);
}

/* ---- use ------------------------------------------------------------------------------------ */

int surrogate_predict(const struct surrogate *s, size_t n, const double *x, const double *shares,
                      double *h, struct err *err)
{
    size_t parts = proposal_n_parts(s->proposal), from, i;
    double *q = mem_array(BLOCK, sizeof *q), *own = mem_array(BLOCK * parts, sizeof *own);
    double uniform = proposal_share(s->proposal, 0);
    int rc = -1;

    if (!q || !own) {
        mem_error(err);
        goto out;
    }
    for (from = 0; from < n; from += BLOCK) {
        size_t m = n - from < BLOCK ? n - from : BLOCK;
        struct rows rows = {.n = m, .d = s->d, .n_parts = parts, .x = x + from * s->d, .q = q};

        rows.shares = shares ? shares + from * parts : own;
        if (!shares)
            proposal_density(s->proposal, m, rows.x, q, own);
        for (i = 0; i < m && shares; i++) /* part 0 is uniform: its share is a_0 / q */
            q[i] = uniform / rows.shares[i * parts];
        for (i = 0; i < m; i++)
            h[from + i] = s->constant;
        if (s->product)
            product_add(s->product, &rows, h + from);
        if (s->local)
            TRY(local_add(s->local, s->proposal, &rows, h + from, err));
        if (s->net)
            TRY(net_form_add(s->net, &rows, h + from, err));
        for (i = 0; i < m; i++)
            h[from + i] = fmin(fmax(h[from + i], s->lo), s->hi);
    }
    rc = 0;
out:
    mem_free(q);
    mem_free(own);
    return rc;
}

double surrogate_explains(const struct surrogate *s)
{
    return s->explains;
}

struct jumps surrogate_jumps(const struct surrogate *s)
{
    return s->jumps;
}

const char *surrogate_words(const struct surrogate *s)
{
    return s->words;
}

/* ---- bytes ---------------------------------------------------------------------------------- */

struct head {
    uint64_t d, has_local, has_product, has_net;
    double constant, lo, hi, explains;
    char words[WORDS];
};

int surrogate_write(const struct surrogate *s, struct buf *out, struct err *err)
{
    struct head head = {.d = s->d,
                        .has_local = s->local != NULL,
                        .has_product = s->product != NULL,
                        .has_net = s->net != NULL,
                        .constant = s->constant,
                        .lo = s->lo,
                        .hi = s->hi,
                        .explains = s->explains};
    int rc = -1;

    memcpy(head.words, s->words, sizeof head.words);
    TRY(buf_append(out, &head, sizeof head, err));
    if (s->local)
        TRY(local_write(s->local, out, err));
    if (s->product)
        TRY(product_write(s->product, out, err));
    if (s->net)
        TRY(net_form_write(s->net, out, err));
    rc = 0;
out:
    return rc;
}

struct surrogate *surrogate_read(const char **data, size_t *n, const struct proposal *proposal,
                                 struct err *err)
{
    struct surrogate *s = mem_new(struct surrogate);
    struct head head;
    int rc = -1;

    if (!s) {
        mem_error(err);
        goto out;
    }
    TRY(bytes_take(data, n, &head, sizeof head, err));
    *s = (struct surrogate){.proposal = proposal,
                            .d = (size_t)head.d,
                            .constant = head.constant,
                            .lo = head.lo,
                            .hi = head.hi,
                            .explains = head.explains};
    memcpy(s->words, head.words, sizeof s->words);
    s->words[WORDS - 1] = '\0';
    if (head.has_local) {
        s->local = local_read(data, n, proposal, err);
        if (!s->local)
            goto out;
    }
    if (head.has_product) {
        s->product = product_read(data, n, s->d, err);
        if (!s->product)
            goto out;
    }
    if (head.has_net) {
        s->net = net_form_read(data, n, s->d, err);
        if (!s->net)
            goto out;
    }
    rc = 0;
out:
    if (rc != 0) {
        surrogate_free(s);
        return NULL;
    }
    return s;
}
