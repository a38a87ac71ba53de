/* t-learn-choice.c: who learns: networks alone, the Gaussian process alone, or what held-out points
 * say; and that what is asked for is what is trained, kept and predicted with. */
#include "tap.h"

#include "theodolite/learn.h"

#include <math.h>
#include <string.h>

enum { MOST = 2400, N_TEST = 2000 };

struct example {
    size_t n;
    float x[MOST * 2], margins[MOST * 2];
    int8_t label[MOST], is_failed[MOST];
};

static enum truth both(const void *context, const double *margins)
{
    (void)context;
    return margins[0] > 0.0 && margins[1] > 0.0 ? TRUTH_YES : TRUTH_NO;
}

/* Smooth over the whole square, and a wave that is short in one corner and long in the other. */
static double smooth(const float *x)
{
    return 100.0 * sin(3.0 * (double)x[0]) * cos(2.0 * (double)x[1]);
}

static double uneven(const float *x)
{
    double a = (double)x[0], b = (double)x[1];

    return 100.0 * sin(8.0 / (0.15 + a * a + b)) + 40.0 * (sin(25.0 * a) > 0.0 ? 1.0 : -1.0);
}

static void make_example(struct example *e, size_t n, double (*value)(const float *), bool fails)
{
    struct rng rng = rng_stream(1, RNG_TEST, 1);

    memset(e, 0, sizeof *e);
    e->n = n;
    for (size_t i = 0; i < n; i++) {
        float *x = e->x + 2 * i;
        double v;

        x[0] = (float)rng_uniform(&rng);
        x[1] = (float)rng_uniform(&rng);
        v = value(x);
        e->is_failed[i] = fails && x[0] < 0.2f;
        e->margins[2 * i] = e->is_failed[i] ? NAN : (float)(v - 30.0);
        e->margins[2 * i + 1] = e->is_failed[i] ? NAN : (float)(60.0 - v);
        e->label[i] = e->is_failed[i] ? -1 : v > 30.0 && v < 60.0;
    }
}

static struct learn_config configure(enum search_learner learner)
{
    return (struct learn_config){.n_inputs = 2,
                                 .n_margins = 2,
                                 .use_label = true,
                                 .members = 5,
                                 .hidden = 32,
                                 .steps = 60,
                                 .smote = SMOTE_PLAIN,
                                 .learner = learner,
                                 .seed = 7,
                                 .label_of = both};
}

static struct ensemble *train(const struct example *e, const struct learn_config *config,
                              const struct ensemble *warm, struct learn_metrics *m)
{
    struct learn_data data = {
        .n = e->n, .x = e->x, .label = e->label, .is_failed = e->is_failed, .margins = e->margins};
    struct err err = ERR_INIT;
    struct ensemble *model = learn_train(config, &data, warm, m, &err);

    if (!model)
        bail_out("%s", err.message);
    return model;
}

static const float *ask(struct ensemble *model, double (*value)(const float *), double *auc)
{
    static float x[N_TEST * 2], target[N_TEST];
    static int8_t truth[N_TEST];
    struct prediction out = {.target = target};
    struct rng rng = rng_stream(9, RNG_TEST, 2);
    struct err err = ERR_INIT;

    for (size_t i = 0; i < N_TEST; i++) {
        x[2 * i] = (float)rng_uniform(&rng);
        x[2 * i + 1] = (float)rng_uniform(&rng);
        truth[i] = value(x + 2 * i) > 30.0 && value(x + 2 * i) < 60.0;
    }
    if (ensemble_predict(model, N_TEST, x, &out, &err) != 0)
        bail_out("%s", err.message);
    *auc = learn_auc(N_TEST, target, truth);
    return target;
}

/* What was saved predicts the same. */
static void check_saved(struct ensemble *model, const struct learn_config *config, const char *name)
{
    static float before[N_TEST];
    struct err err = ERR_INIT;
    struct ensemble *again;
    struct buf bytes;
    double auc;

    memcpy(before, ask(model, smooth, &auc), sizeof before);
    buf_init(&bytes, 1 << 24);
    if (ensemble_save(model, &bytes, &err) != 0)
        bail_out("%s", err.message);
    again = ensemble_load(bytes.data, bytes.len, config, &err);
    if (ok(again != NULL, "%s: comes back", name))
        ok(memcmp(before, ask(again, smooth, &auc), sizeof before) == 0, "%s: says the same", name);
    ensemble_free(again);
    buf_free(&bytes);
}

static void check_alone(struct example *e)
{
    struct learn_config config = configure(LEARNER_NETWORK);
    struct learn_metrics m;
    struct ensemble *model;
    double auc;

    make_example(e, 400, smooth, false);
    model = train(e, &config, NULL, &m);
    ask(model, smooth, &auc);
    ok(m.choice.has_networks && !m.choice.has_kernel && auc > 0.95, "networks alone: AUC %.3f",
       auc);
    check_saved(model, &config, "networks");
    ensemble_free(model);

    config.learner = LEARNER_KERNEL;
    model = train(e, &config, NULL, &m);
    ask(model, smooth, &auc);
    ok(!m.choice.has_networks && m.choice.has_kernel && auc > 0.99, "the process alone: AUC %.3f",
       auc);
    ok(m.n_smote == 0 && isnan(m.train_loss) && m.auc > 0.99 && m.n_held_out == 400,
       "nobody trains networks, and what is held out is left out one by one");
    check_saved(model, &config, "the process");
    ensemble_free(model);

    make_example(e, 400, smooth, true);
    model = train(e, &config, NULL, &m);
    ask(model, smooth, &auc);
    ok(m.choice.has_networks && m.choice.has_kernel && m.failure_auc > 0.95 && auc > 0.95,
       "networks know of failures (AUC %.3f), the process of the target (%.3f)", m.failure_auc,
       auc);
    ensemble_free(model);

    make_example(e, 6, smooth, false);
    model = train(e, &config, NULL, &m);
    ok(m.choice.has_networks && !m.choice.has_kernel,
       "of six points the networks, whatever was asked for");
    ensemble_free(model);
}

static void check_smooth(struct example *e)
{
    struct learn_config config = configure(LEARNER_AUTO);
    struct learn_metrics m, again;
    struct ensemble *first, *second, *third;
    double auc;

    make_example(e, 600, smooth, false);
    first = train(e, &config, NULL, &m);
    ok(m.choice.n == 600 && m.choice.kernel_gain > 2.0 * m.choice.kernel_gain_error &&
           m.choice.kernel < m.choice.network,
       "smooth: log loss %.4f of the process, %.4f of networks", m.choice.kernel, m.choice.network);
    is_double(m.choice.kernel_gain, m.choice.network - m.choice.kernel, 1e-6,
              "the gain is their difference");
    is_int(m.choice.chosen, LEARNER_KERNEL, "the process is chosen");
    ensemble_free(train(e, &config, NULL, &again));
    ok(again.choice.kernel == m.choice.kernel && again.choice.network == m.choice.network,
       "again the same");
    config.round = 1;
    second = train(e, &config, first, &m);
    ok(!m.choice.has_networks && m.choice.has_kernel && isnan(m.choice.kernel) && m.n_losses == 0,
       "next round: the process alone is trained, nothing compared");
    ask(second, smooth, &auc);
    ok(auc > 0.99, "networks of before do no harm: AUC %.3f", auc);
    check_saved(second, &config, "with networks of before");
    config.round = 4;
    third = train(e, &config, second, &m);
    ok(m.choice.has_networks && m.choice.has_kernel && isfinite(m.choice.kernel),
       "the fourth round compares anew");
    ensemble_free(first);
    ensemble_free(second);
    ensemble_free(third);
}

static void check_uneven(struct example *e)
{
    struct learn_config config = configure(LEARNER_AUTO);
    struct learn_metrics m;
    struct ensemble *first, *second;
    enum search_learner chosen;

    make_example(e, MOST, uneven, false);
    config.steps = 300;
    first = train(e, &config, NULL, &m);
    ok(m.choice.chosen != LEARNER_KERNEL,
       "jumps: log loss %.4f of the process, %.4f of networks, %.4f of both", m.choice.kernel,
       m.choice.network, m.choice.both);
    chosen = m.choice.chosen;
    config.round = 1;
    second = train(e, &config, first, &m);
    ok(m.choice.has_networks && m.choice.has_kernel == (chosen == LEARNER_AUTO),
       "and networks go on being trained");
    ensemble_free(first);
    ensemble_free(second);
}

int main(void)
{
    static struct example e;

    mat_setup();
    check_alone(&e);
    check_smooth(&e);
    check_uneven(&e);
    return done_testing();
}
