/* t-learn-smote.c: what a training says of SMOTE's worth: it helps where few accepted points lie
 * scattered in many dimensions, makes no difference where labels are noise, and its errors are as
 * large as the scatter of its gains. */
#include "tap.h"

#include "theodolite/learn.h"

#include <math.h>
#include <string.h>

enum { N = 300, N_ACCEPTED = 60, DIMS = 16 };

struct example {
    float x[N * DIMS];
    int8_t label[N], is_failed[N];
};

/* Accepted points around the middle among uniform ones; or labels that know nothing of x. */
static void make_example(struct example *e, uint64_t seed, bool is_noise)
{
    struct rng rng = rng_stream(seed, RNG_TEST, 1);

    memset(e, 0, sizeof *e);
    for (size_t i = 0; i < N; i++) {
        e->label[i] = i < N_ACCEPTED;
        for (size_t j = 0; j < DIMS; j++) {
            double v = rng_uniform(&rng);

            while (!is_noise && i < N_ACCEPTED &&
                   !((v = 0.5 + 0.2 * rng_normal(&rng)) >= 0.0 && v < 1.0))
                ;
            e->x[i * DIMS + j] = (float)v;
        }
    }
}

static struct learn_metrics train(const struct example *e, const struct learn_config *config)
{
    struct learn_data data = {.n = N, .x = e->x, .label = e->label, .is_failed = e->is_failed};
    struct learn_metrics metrics;
    struct err err = ERR_INIT;
    struct ensemble *model = learn_train(config, &data, NULL, &metrics, &err);

    if (!model)
        bail_out("%s", err.message);
    ensemble_free(model);
    return metrics;
}

static struct learn_config configure(void)
{
    return (struct learn_config){.n_inputs = DIMS,
                                 .use_label = true,
                                 .members = 1,
                                 .smote = true,
                                 .smote_neighbours = 5,
                                 .round = 4};
}

/* Gains of many trainings: their mean in standard errors of the scatter, the scatter itself in
 * errors said. */
struct gains {
    double mean, mean_error, scatter, loss_mean;
};

static struct gains measure(bool is_noise, uint64_t seeds)
{
    static struct example e;
    struct learn_config config = configure();
    double sum = 0.0, squares = 0.0, errors = 0.0, loss = 0.0, n = 0.0;

    for (uint64_t seed = 0; seed < seeds; seed++) {
        struct learn_metrics m;

        make_example(&e, seed, is_noise);
        config.seed = seed;
        m = train(&e, &config);
        if (!isfinite(m.smote.auc_gain) || !(m.smote.auc_gain_error > 0.0))
            continue;
        n += 1.0;
        sum += m.smote.auc_gain;
        squares += m.smote.auc_gain * m.smote.auc_gain;
        errors += m.smote.auc_gain_error * m.smote.auc_gain_error;
        loss += m.smote.log_loss_gain;
    }
    is_double(n, (double)seeds, 0.0, "every training measures what SMOTE is worth");
    return (struct gains){.mean = sum / n,
                          .mean_error = sqrt(errors) / n,
                          .scatter = sqrt((squares - sum * sum / n) / (n - 1.0) / (errors / n)),
                          .loss_mean = loss / n};
}

static void check_gains(void)
{
    struct gains few = measure(false, 16), noise = measure(true, 6);

    ok(few.mean > 2.0 * few.mean_error, "it helps few scattered points: AUC %+.4f +- %.4f",
       few.mean, few.mean_error);
    ok(few.loss_mean > 0.0, "the log loss says so too (%+.4f)", few.loss_mean);
    ok(fabs(noise.mean) < 3.0 * noise.mean_error, "it cannot help with noise: AUC %+.4f +- %.4f",
       noise.mean, noise.mean_error);
    ok(few.scatter > 0.4 && few.scatter < 2.0 && noise.scatter > 0.4 && noise.scatter < 2.0,
       "gains scatter as their errors say (%.2f, %.2f)", few.scatter, noise.scatter);
}

static void check_rule(void)
{
    static struct example e;
    struct learn_config config = configure();
    struct learn_metrics m, again;

    make_example(&e, 1, false);
    m = train(&e, &config);
    again = train(&e, &config);
    ok(m.smote.auc_gain == again.smote.auc_gain && m.smote.log_loss == again.smote.log_loss,
       "measured again: the same");
    ok(m.smote.auc > 0.5 && m.smote.auc <= 1.0 && m.smote.n_held_out > 30 &&
           m.smote.n_held_out < 90,
       "AUC %.3f on a fifth of the points (%zu)", m.smote.auc, m.smote.n_held_out);
    config.round = 8;
    again = train(&e, &config);
    ok(isfinite(again.smote.auc_gain) && again.smote.auc != m.smote.auc, "another fold next time");
    config.round = 5;
    m = train(&e, &config);
    ok(m.n_smote > 0 && isnan(m.smote.auc_gain) && isnan(m.smote.log_loss_gain_error),
       "not in every round");
    config.round = 4;
    config.smote = false;
    m = train(&e, &config);
    ok(isnan(m.smote.auc) && isnan(m.smote.auc_gain_error), "nor without synthetic rows");
    config.smote = true;
    for (size_t i = 0; i < N; i++)
        e.label[i] = i < 6;
    m = train(&e, &config);
    ok(m.n_smote == 6 && isnan(m.smote.auc_gain), "nor on a handful of points");
}

/* ---- where new points begin -------------------------------------------------------------------
 */

enum { PLANE_MOST = 400, MADE = 600, NEAR = 5 };

struct plane {
    size_t n, n_others;
    float x[PLANE_MOST * 2], others[PLANE_MOST * 2];
};

static void add_block(size_t *n, float *x, size_t side, double from, double step)
{
    struct rng rng = rng_stream(*n, RNG_TEST, 2);

    for (size_t i = 0; i < side * side; i++, ++*n) {
        x[*n * 2] = (float)(from + step * ((double)(i % side) + 0.2 * rng_uniform(&rng)));
        x[*n * 2 + 1] = (float)(0.2 + step * ((double)(i / side) + 0.2 * rng_uniform(&rng)));
    }
}

/* Left: 36 points, and from their right edge on 64 of the other class.  In the middle 36 points
 * alone.  Two friends in the midst of the others, who are nearer to each. */
static void make_plane(struct plane *p)
{
    *p = (struct plane){.n = 0};
    add_block(&p->n, p->x, 6, 0.10, 0.02);
    add_block(&p->n_others, p->others, 8, 0.20, 0.02);
    add_block(&p->n, p->x, 6, 0.60, 0.02);
    p->x[p->n * 2] = 0.27f;
    p->x[p->n++ * 2 + 1] = 0.28f;
    p->x[p->n * 2] = 0.3f;
    p->x[p->n++ * 2 + 1] = 0.31f;
}

static double distance(const float *a, const float *b)
{
    return hypot((double)(a[0] - b[0]), (double)(a[1] - b[1]));
}

/* Of the m nearest of point i in both classes, those of the other; by counting who is nearer. */
static size_t others_near(const struct plane *p, size_t i, size_t m)
{
    size_t n = 0;

    for (size_t j = 0; j < p->n_others; j++) {
        double r = distance(p->x + i * 2, p->others + j * 2);
        size_t nearer = 0;

        for (size_t k = 0; k < p->n; k++)
            nearer += k != i && distance(p->x + i * 2, p->x + k * 2) <= r;
        for (size_t k = 0; k < p->n_others; k++)
            nearer += k != j && distance(p->x + i * 2, p->others + k * 2) < r;
        n += nearer < m;
    }
    return n;
}

/* Does z lie on a chord that begins at point i? */
static bool is_chord_of(const struct plane *p, size_t i, const float *z)
{
    for (size_t j = 0; j < p->n; j++) {
        double whole = distance(p->x + i * 2, p->x + j * 2);

        if (j != i && whole < 0.1 &&
            fabs(distance(p->x + i * 2, z) + distance(z, p->x + j * 2) - whole) < 2e-7)
            return true;
    }
    return false;
}

static size_t extend(enum search_smote kind, const struct plane *p, size_t n_new, float *made)
{
    struct smote_data data = {
        .n = p->n, .d = 2, .x = p->x, .n_others = p->n_others, .others = p->others};
    struct rng rng = rng_stream(3, RNG_SMOTE, 0);
    struct err err = ERR_INIT;

    if (smote_extend_by(kind, &data, NEAR, &n_new, &rng, made, &err) != 0)
        bail_out("%s", err.message);
    return n_new;
}

static void check_borderline(void)
{
    static struct plane p;
    float made[MADE * 2];
    size_t n, n_danger = 0, n_wrong = 0, n_alone = 0;

    make_plane(&p);
    for (size_t i = 0; i < p.n; i++) {
        size_t k = others_near(&p, i, 2 * NEAR);

        n_danger += 2 * k >= 2 * NEAR && k < 2 * NEAR;
        n_alone += k == 2 * NEAR;
    }
    ok(n_danger >= 3 && n_danger < 20 && n_alone == 2, "%zu points are in danger, two are noise",
       n_danger);
    n = extend(SMOTE_BORDERLINE, &p, MADE, made);
    for (size_t m = 0; m < n; m++) {
        bool is_right = false;

        for (size_t i = 0; i < p.n && !is_right; i++) {
            size_t k = others_near(&p, i, 2 * NEAR);

            is_right = 2 * k >= 2 * NEAR && k < 2 * NEAR && is_chord_of(&p, i, made + m * 2);
        }
        n_wrong += !is_right;
    }
    ok(n == MADE && n_wrong == 0, "each of %zu borderline points begins at one of them", n);
    p.n_others = 0;
    ok(extend(SMOTE_BORDERLINE, &p, MADE, made) == 0, "no danger: nothing is made");
    ok(extend(SMOTE_ADASYN, &p, MADE, made) == 0, "nor by ADASYN");
    ok(extend(SMOTE_PLAIN, &p, MADE, made) == MADE, "plain SMOTE does not look at the others");
}

/* Four blocks, each a component, with the other class strewn in in different numbers. */
static void check_adasyn(void)
{
    enum { BLOCKS = 4, SIDE = 6 };
    static struct plane p;
    float made[MADE * 2];
    size_t n, share[BLOCKS] = {0}, sum = 0, n_got[BLOCKS] = {0}, n_wrong = 0;
    struct rng rng = rng_stream(5, RNG_TEST, 3);

    p = (struct plane){.n = 0};
    for (size_t k = 0; k < BLOCKS; k++) {
        add_block(&p.n, p.x, SIDE, 0.05 + 0.25 * (double)k, 0.02);
        for (size_t i = 0; i < 12 * k; i++, p.n_others++) {
            p.others[p.n_others * 2] = (float)(0.05 + 0.25 * (double)k + 0.12 * rng_uniform(&rng));
            p.others[p.n_others * 2 + 1] = (float)(0.2 + 0.12 * rng_uniform(&rng));
        }
    }
    for (size_t i = 0; i < p.n; i++) {
        size_t k = others_near(&p, i, NEAR);

        share[i / (SIDE * SIDE)] += k;
        sum += k;
    }
    n = extend(SMOTE_ADASYN, &p, MADE, made);
    for (size_t m = 0; m < n; m++) {
        size_t k = (size_t)(((double)made[m * 2] - 0.04) / 0.25);

        n_wrong += (double)made[m * 2] > 0.05 + 0.25 * (double)k + 0.13;
        n_got[k < BLOCKS ? k : 0]++;
    }
    ok(n == MADE && n_wrong == 0, "ADASYN's points lie within the blocks");
    for (size_t k = 0; k < BLOCKS; k++)
        ok(fabs((double)n_got[k] - (double)(MADE * share[k]) / (double)sum) <= 2.0,
           "block %zu with %zu of %zu neighbours of the other class: %zu of %d", k, share[k], sum,
           n_got[k], MADE);
    ok(share[0] == 0 && share[3] > share[2] && share[2] > share[1],
       "more where more are near, none where none are");
}

/* Two blocks nearer to each other than a block is wide; chords stay within their own. */
static void check_components(void)
{
    static struct plane p;
    float made[MADE * 2];
    enum search_smote kind;

    p = (struct plane){.n = 0};
    add_block(&p.n, p.x, 6, 0.10, 0.02);
    add_block(&p.n_others, p.others, 6, 0.25, 0.01);
    add_block(&p.n, p.x, 6, 0.35, 0.02);
    for (size_t i = 36; i < 70; i++) { /* of the second only two are left: k reaches across */
        p.x[i * 2] = p.x[70 * 2];
        p.x[i * 2 + 1] = p.x[70 * 2 + 1];
    }
    memmove(p.x + 36 * 2, p.x + 70 * 2, 4 * sizeof *p.x);
    p.n = 38;
    for (kind = SMOTE_PLAIN; kind <= SMOTE_ADASYN; kind++) {
        size_t n = extend(kind, &p, MADE, made), n_between = 0;

        for (size_t m = 0; m < n; m++)
            n_between += made[m * 2] > 0.23f && made[m * 2] < 0.35f;
        ok(n == MADE && n_between == 0, "%s: no point between the components",
           scan_smote_name(kind));
    }
}

/* The kin are measured as SMOTE is. */
static void check_kin(void)
{
    static struct example e;
    struct learn_config config = configure();
    struct learn_metrics plain, other;

    make_example(&e, 1, false);
    plain = train(&e, &config);
    config.smote = SMOTE_ADASYN;
    other = train(&e, &config);
    ok(other.n_smote == plain.n_smote && isfinite(other.smote.auc_gain) &&
           other.smote.auc != plain.smote.auc,
       "ADASYN: AUC %.3f with it, %+.3f", other.smote.auc, other.smote.auc_gain);
    make_example(&e, 1, true); /* hardly anybody is in danger in the other one */
    config.smote = SMOTE_BORDERLINE;
    other = train(&e, &config);
    ok(other.n_smote > 0 && other.smote.auc != plain.smote.auc, "borderline: AUC %.3f, %+.3f",
       other.smote.auc, other.smote.auc_gain);
}

int main(void)
{
    mat_setup();
    check_borderline();
    check_adasyn();
    check_components();
    check_kin();
    check_gains();
    check_rule();
    return done_testing();
}
