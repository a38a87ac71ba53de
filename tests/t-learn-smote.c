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

int main(void)
{
    mat_setup();
    check_gains();
    check_rule();
    return done_testing();
}
