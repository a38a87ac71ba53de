/* t-learn-model.c: SMOTE, components, AUC; that a trained model is calibrated, finds failures,
 * follows margins and moved cuts, is the same bit for bit when trained again, loaded or continued.
 */
#include "tap.h"

#include "theodolite/learn.h"

#include <math.h>
#include <string.h>

enum { N = 1200, N_TEST = 4000 };

/* ---- neighbours ----------------------------------------------------------------------------- */

static void fill_two_squares(float *x, size_t n, struct rng *rng)
{
    for (size_t i = 0; i < n; i++) {
        double centre = i % 2 ? 0.25 : 0.75;

        x[2 * i] = (float)(centre + 0.2 * (rng_uniform(rng) - 0.5));
        x[2 * i + 1] = (float)(centre + 0.2 * (rng_uniform(rng) - 0.5));
    }
}

static void check_smote(void)
{
    struct rng rng = rng_stream(1, RNG_TEST, 0);
    struct err err = ERR_INIT;
    float x[80 * 2], made[500 * 2], again[500 * 2];
    size_t component[80], n_components = 0, n_between = 0, n_copies = 0;

    fill_two_squares(x, 80, &rng);
    ok(learn_components(80, 2, x, component, &n_components, &err) == 0, "components are found");
    is_size(n_components, 2, "two squares are two components");
    ok(component[0] == component[2] && component[0] != component[1], "... the right ones");
    rng = rng_stream(1, RNG_SMOTE, 0);
    ok(smote_extend(80, 2, x, 40, 500, &rng, made, &err) == 0, "SMOTE with 40 neighbours");
    for (size_t i = 0; i < 500; i++) {
        double a = (double)made[2 * i] - 0.5, b = (double)made[2 * i + 1] - 0.5;

        n_between += a * b < 0.0 || fabs(a) + fabs(b) < 0.1;
        for (size_t j = 0; j < 80; j++)
            n_copies += memcmp(made + 2 * i, x + 2 * j, 2 * sizeof *x) == 0;
    }
    is_size(n_between, 0, "no synthetic point lies between the components");
    ok(n_copies < 10, "synthetic points are new (%zu copies)", n_copies);
    rng = rng_stream(1, RNG_SMOTE, 0);
    smote_extend(80, 2, x, 40, 500, &rng, again, &err);
    is_mem(again, made, sizeof made, "the same stream gives the same points");
    rng = rng_stream(1, RNG_SMOTE, 0);
    ok(smote_extend(1, 2, x, 5, 3, &rng, made, &err) == 0 && made[0] == x[0] && made[5] == x[1],
       "a single point is repeated");
    ok(smote_extend(0, 2, x, 5, 3, &rng, made, &err) != 0, "from nothing comes an error");
}

static void check_auc(void)
{
    const float score[] = {0.1f, 0.4f, 0.35f, 0.8f, NAN, 0.9f};
    const int8_t label[] = {0, 0, 1, 1, 1, -1};

    is_double(learn_auc(6, score, label), 0.75, 1e-12, "AUC of the textbook's four points");
    is_double(learn_auc(4, (float[]){1, 1, 1, 1}, label), 0.5, 1e-12, "ties count one half");
    ok(isnan(learn_auc(2, score, label)), "one class alone has no AUC");
}

/* ---- a model -------------------------------------------------------------------------------- */

struct example {
    float x[N * 2], margins[N * 2];
    int8_t label[N], is_failed[N];
    double low, high;
};

static double observable(const float *x)
{
    double a = 2.0 * (double)x[0] - 1.0, b = 2.0 * (double)x[1] - 1.0;

    return 100.0 * (sin(3.0 * a) + b * b);
}

static enum truth both(const void *context, const double *margins)
{
    (void)context;
    return margins[0] > 0.0 && margins[1] > 0.0 ? TRUTH_YES : TRUTH_NO;
}

static enum truth either(const void *context, const double *margins)
{
    (void)context;
    return margins[0] > 0.0 || margins[1] > 0.0 ? TRUTH_YES : TRUTH_NO;
}

static enum truth only(const void *context, const double *margins)
{
    (void)context;
    return margins[0] > 0.0 ? TRUTH_YES : TRUTH_NO;
}

static bool fails_at(const float *x)
{
    return x[0] + x[1] < 0.4f;
}

static void make_example(struct example *e, uint64_t seed, double low, double high)
{
    struct rng rng = rng_stream(seed, RNG_TEST, 1);

    e->low = low;
    e->high = high;
    for (size_t i = 0; i < N; i++) {
        double v;

        e->x[2 * i] = (float)rng_uniform(&rng);
        e->x[2 * i + 1] = (float)rng_uniform(&rng);
        v = observable(e->x + 2 * i);
        e->is_failed[i] = fails_at(e->x + 2 * i);
        e->margins[2 * i] = e->is_failed[i] ? NAN : (float)(v - low);
        e->margins[2 * i + 1] = e->is_failed[i] ? NAN : (float)(high - v);
        e->label[i] = e->is_failed[i] ? -1 : v > low && v < high;
    }
}

static struct learn_config configure(void)
{
    return (struct learn_config){.n_inputs = 2,
                                 .n_margins = 2,
                                 .use_label = true,
                                 .members = 3,
                                 .hidden = 32,
                                 .steps = 60,
                                 .smote = true,
                                 .smote_neighbours = 5,
                                 .seed = 7,
                                 .label_of = both};
}

static struct learn_data borrow(const struct example *e)
{
    return (struct learn_data){
        .n = N, .x = e->x, .label = e->label, .is_failed = e->is_failed, .margins = e->margins};
}

/* Mean of what the model says and of the truth where it says more than `least`, and failures. */
static void check_predictions(struct ensemble *model, const struct example *e, const char *name)
{
    static float x[N_TEST * 2], target[N_TEST], failure[N_TEST], spread[N_TEST];
    static int8_t truth[N_TEST], failed[N_TEST];
    struct prediction out = {.target = target, .failure = failure, .spread = spread};
    struct rng rng = rng_stream(99, RNG_TEST, 2);
    struct err err = ERR_INIT;
    double said = 0.0, found = 0.0;
    size_t n_wild = 0;

    for (size_t i = 0; i < N_TEST; i++) {
        double v;

        do {
            x[2 * i] = (float)rng_uniform(&rng);
            x[2 * i + 1] = (float)rng_uniform(&rng);
        } while (i % 2 && fails_at(x + 2 * i));
        v = observable(x + 2 * i);
        failed[i] = fails_at(x + 2 * i);
        truth[i] = failed[i] ? -1 : v > e->low && v < e->high;
    }
    ok(ensemble_predict(model, N_TEST, x, &out, &err) == 0, "%s: predicts", name);
    for (size_t i = 0; i < N_TEST; i++) {
        if (truth[i] >= 0) {
            said += (double)target[i];
            found += truth[i];
        }
        n_wild += !(target[i] >= 0.0f && target[i] <= 1.0f && failure[i] >= 0.0f &&
                    failure[i] <= 1.0f && spread[i] >= 0.0f);
    }
    is_size(n_wild, 0, "%s: probabilities are between 0 and 1", name);
    ok(learn_auc(N_TEST, target, truth) > 0.95, "%s: AUC on new points is %.3f", name,
       learn_auc(N_TEST, target, truth));
    ok(fabs(said - found) < 0.15 * found, "%s: says %.0f accepted, there are %.0f", name, said,
       found);
    ok(learn_auc(N_TEST, failure, failed) > 0.95, "%s: failures are foreseen, AUC %.3f", name,
       learn_auc(N_TEST, failure, failed));
}

static void check_metrics(const struct learn_metrics *m, const char *name)
{
    size_t n = 0;

    for (size_t b = 0; b < 10; b++)
        n += m->bins[b].n;
    is_size(n, m->n_held_out, "%s: the bins hold all held-out points", name);
    ok(m->auc > 0.9 && m->auc <= 1.0, "%s: held-out AUC %.3f", name, m->auc);
    ok(m->brier <= m->brier_before_calibration + 0.005, "%s: calibration does no harm", name);
    ok(m->log_loss > 0.0 && m->failure_auc > 0.9, "%s: further figures are there", name);
    is_size(m->n_train, N, "%s: rows", name);
}

static void check_model(const struct example *e)
{
    struct learn_config config = configure();
    struct learn_data data = borrow(e);
    struct learn_metrics metrics;
    struct err err = ERR_INIT;
    struct ensemble *model = learn_train(&config, &data, NULL, &metrics, &err);

    if (!ok(model != NULL, "margins and label are learned"))
        return;
    check_metrics(&metrics, "both");
    check_predictions(model, e, "both");
    ok(metrics.n_smote > 0, "synthetic rows are counted");
    ensemble_free(model);
    config.use_label = false;
    model = learn_train(&config, &data, NULL, &metrics, &err);
    ok(model != NULL, "margins alone");
    check_predictions(model, e, "margins");
    ensemble_free(model);
    config.use_label = true;
    config.n_margins = 0;
    data.margins = NULL;
    config.steps = 150;
    model = learn_train(&config, &data, NULL, &metrics, &err);
    ok(model != NULL, "the label alone");
    check_predictions(model, e, "label");
    ensemble_free(model);
}

/* Accepted more and more often along x[0], by chance: nobody can know each of them. */
static double chance_of(const float *x)
{
    return 1.0 / (1.0 + exp(-10.0 * ((double)x[0] - 0.6)));
}

/* Rows that are a sample: all of the rejected ones, of the accepted ones one in eight. */
static void check_sample(void)
{
    static float x[N * 2], weight[N], fresh[N_TEST * 2], target[N_TEST];
    static int8_t label[N], is_failed[N];
    struct learn_config config = configure();
    struct learn_data data = {.n = N, .x = x, .label = label, .is_failed = is_failed};
    struct rng rng = rng_stream(3, RNG_TEST, 4);
    struct learn_metrics metrics;
    struct err err = ERR_INIT;
    struct ensemble *model;
    double said[2] = {0.0, 0.0}, found = 0.0;

    config.n_margins = 0;
    for (size_t i = 0; i < N;) {
        x[2 * i] = (float)rng_uniform(&rng);
        x[2 * i + 1] = (float)rng_uniform(&rng);
        label[i] = rng_uniform(&rng) < chance_of(x + 2 * i);
        weight[i] = label[i] ? 8.0f : 1.0f;
        i += !label[i] || rng_uniform(&rng) < 0.125;
    }
    for (size_t i = 0; i < N_TEST; i++) {
        fresh[2 * i] = (float)rng_uniform(&rng);
        fresh[2 * i + 1] = (float)rng_uniform(&rng);
        found += chance_of(fresh + 2 * i);
    }
    for (int k = 0; k < 2; k++) {
        data.weight = k ? weight : NULL;
        model = learn_train(&config, &data, NULL, &metrics, &err);
        if (!model)
            bail_out("no model: %s", err.message);
        ensemble_predict(model, N_TEST, fresh, &(struct prediction){.target = target}, &err);
        for (size_t i = 0; i < N_TEST; i++)
            said[k] += (double)target[i];
        ensemble_free(model);
    }
    ok(fabs(said[1] - found) < 0.15 * found,
       "a row that stands for eight counts as eight: says %.0f accepted, there are %.0f", said[1],
       found);
    ok(said[0] < 0.6 * found, "as one each they would say %.0f", said[0]);
}

/* The curve of the loss within one training, and of one that goes on from it. */
static void check_losses(const struct example *e)
{
    struct learn_config config = configure();
    struct learn_data data = borrow(e);
    struct learn_metrics cold, warm;
    struct err err = ERR_INIT;
    struct ensemble *model = learn_train(&config, &data, NULL, &cold, &err), *next;
    size_t n_wrong = 0, last = LEARN_LOSSES - 1;

    is_size(cold.n_losses, LEARN_LOSSES, "the loss is kept");
    is_size(cold.losses[last].step, 4 * config.steps, "up to the last step of a cold start");
    for (size_t i = 0; i < cold.n_losses; i++)
        n_wrong += !(cold.losses[i].train > 0.0) || !(cold.losses[i].held_out > 0.0) ||
                   (i > 0 && cold.losses[i].step <= cold.losses[i - 1].step);
    is_size(n_wrong, 0, "every entry has both and the steps grow");
    ok(cold.losses[last].train < 0.5 * cold.losses[0].train &&
           cold.losses[last].held_out < 0.5 * cold.losses[0].held_out,
       "it falls: %.3f to %.3f, left out %.3f to %.3f", cold.losses[0].train,
       cold.losses[last].train, cold.losses[0].held_out, cold.losses[last].held_out);
    is_double(cold.losses[last].train, cold.train_loss, 0.25, "to what is told as training loss");
    ok(cold.losses[last].held_out > cold.losses[last].train,
       "points that a member leaves out are harder than its own");
    config.steps = 20;
    next = learn_train(&config, &data, model, &warm, &err);
    is_size(warm.n_losses, 20, "a short training has an entry for each step");
    ok(warm.losses[0].held_out < 0.5 * cold.losses[0].held_out, "a warm one begins low");
    ensemble_free(model);
    ensemble_free(next);
}

/* A target that is no conjunction: outside of the band. */
static void check_disjunction(struct example *e)
{
    struct learn_config config = configure();
    struct learn_data data = borrow(e);
    struct learn_metrics metrics;
    struct err err = ERR_INIT;
    struct ensemble *model;
    float target[2], margins[4];
    struct prediction out = {.target = target, .margins = margins};
    /* observable 100: above the band; and -99.7: below */
    const float x[] = {0.76f, 0.5f, 0.24f, 0.55f};

    config.label_of = either;
    for (size_t i = 0; i < N; i++) {
        /* margins: v - high, low - v */
        double v = observable(e->x + 2 * i);

        if (e->is_failed[i])
            continue;
        e->margins[2 * i] = (float)(v - 60.0);
        e->margins[2 * i + 1] = (float)(-20.0 - v);
        e->label[i] = v > 60.0 || v < -20.0;
    }
    model = learn_train(&config, &data, NULL, &metrics, &err);
    if (!ok(model != NULL, "a target with \"or\" is learned"))
        return;
    ensemble_predict(model, 2, x, &out, &err);
    ok(target[0] > 0.8f && target[1] > 0.8f, "both sides are in it (%.2f, %.2f)", (double)target[0],
       (double)target[1]);
    ok(margins[0] > 0.0f && margins[1] < 0.0f && margins[2] < 0.0f && margins[3] > 0.0f,
       "predicted margins have the right signs");
    ensemble_free(model);
}

static void check_bits(const struct example *e)
{
    struct learn_config config = configure();
    struct learn_data data = borrow(e);
    struct learn_metrics metrics;
    struct err err = ERR_INIT;
    struct buf first, second, third;
    struct ensemble *model = learn_train(&config, &data, NULL, &metrics, &err);
    struct ensemble *again = learn_train(&config, &data, NULL, &metrics, &err), *loaded;
    float a[N], b[N];

    buf_init(&first, 1 << 26);
    buf_init(&second, 1 << 26);
    buf_init(&third, 1 << 26);
    ensemble_save(model, &first, &err);
    ensemble_save(again, &second, &err);
    ok(first.len == second.len && memcmp(first.data, second.data, first.len) == 0,
       "trained twice: the same %zu bytes", first.len);
    loaded = ensemble_load(first.data, first.len, &config, &err);
    if (ok(loaded != NULL, "loaded again")) {
        ensemble_predict(model, N, e->x, &(struct prediction){.target = a}, &err);
        ensemble_predict(loaded, N, e->x, &(struct prediction){.target = b}, &err);
        is_mem(b, a, sizeof a, "a loaded model predicts the same");
        buf_clear(&second);
        ensemble_save(loaded, &second, &err);
        ok(second.len == first.len && memcmp(first.data, second.data, first.len) == 0,
           "and saves the same bytes");
        ensemble_free(again);
        config.round = 1;
        again = learn_train(&config, &data, loaded, &metrics, &err);
        ensemble_free(loaded);
        loaded = learn_train(&config, &data, model, &metrics, &err);
        buf_clear(&second);
        ensemble_save(again, &second, &err);
        ensemble_save(loaded, &third, &err);
        ok(second.len == third.len && memcmp(second.data, third.data, second.len) == 0,
           "continued from the loaded one as from the original");
        ok(memcmp(second.data, first.data, first.len) != 0, "which is another model");
    }
    for (size_t cut = 0; cut < first.len; cut += first.len / 50 + 1) {
        struct ensemble *none = ensemble_load(first.data, cut, &config, &err);

        if (none)
            fail("a model of %zu of %zu bytes was loaded", cut, first.len);
        ensemble_free(none);
    }
    config.n_inputs = 3;
    ok(ensemble_load(first.data, first.len, &config, &err) == NULL, "other inputs: not this model");
    ensemble_free(model);
    ensemble_free(again);
    ensemble_free(loaded);
    buf_free(&first);
    buf_free(&second);
    buf_free(&third);
}

/* Nothing accepted, nothing finite, one point: no crash, sensible figures. */
static void check_edges(struct example *e)
{
    struct learn_config config = configure();
    struct learn_data data = borrow(e);
    struct learn_metrics metrics;
    struct err err = ERR_INIT;
    struct ensemble *model;
    float distance[N], p[2], margins[2] = {5.0f, -3.0f};

    config.steps = 5;
    for (size_t i = 0; i < N; i++) {
        e->label[i] = 0;
        e->is_failed[i] = 0;
        e->margins[2 * i] = (float)(-10.0 - (double)i);
        e->margins[2 * i + 1] = 1.0f;
    }
    model = learn_train(&config, &data, NULL, &metrics, &err);
    if (ok(model != NULL, "nothing accepted yet")) {
        ok(isnan(metrics.auc), "no AUC then");
        ensemble_distances(model, N, e->margins, distance);
        ok(distance[0] > 0.0f && distance[N - 1] > distance[0], "distances order the misses");
        ensemble_distances(model, 1, margins, distance);
        ok(distance[0] > 0.0f, "one margin below zero is a distance");
    }
    ensemble_free(model);
    for (size_t i = 0; i < N; i++) {
        e->label[i] = -1;
        e->is_failed[i] = 1;
        e->margins[2 * i] = e->margins[2 * i + 1] = NAN;
    }
    model = learn_train(&config, &data, NULL, &metrics, &err);
    if (ok(model != NULL, "all failed")) {
        struct prediction out = {.target = p, .failure = p + 1};

        ok(ensemble_predict(model, 1, e->x, &out, &err) == 0 && p[1] > 0.9f,
           "which is what is foreseen (%.3f)", (double)p[1]);
    }
    ensemble_free(model);
    data.n = 1;
    model = learn_train(&config, &data, NULL, &metrics, &err);
    ok(model != NULL, "a single point");
    ensemble_free(model);
    data.n = 0;
    ok(learn_train(&config, &data, NULL, &metrics, &err) == NULL, "no point: an error");
}

/* A margin of two values carries no more than the label. */
static void check_two_values(void)
{
    static float x[N], margins[N];
    static int8_t label[N], is_failed[N];
    struct learn_config config = configure();
    struct learn_data data = {
        .n = N, .x = x, .label = label, .is_failed = is_failed, .margins = margins};
    struct learn_metrics metrics;
    struct err err = ERR_INIT;
    struct rng rng = rng_stream(4, RNG_TEST, 3);
    struct ensemble *model;
    float p[2];

    config.n_inputs = config.n_margins = 1;
    config.label_of = only;
    for (size_t i = 0; i < N; i++) {
        x[i] = (float)rng_uniform(&rng);
        label[i] = x[i] > 0.3f && x[i] < 0.5f;
        margins[i] = label[i] ? 0.5f : -0.5f;
    }
    model = learn_train(&config, &data, NULL, &metrics, &err);
    if (ok(model != NULL, "a margin that takes two values")) {
        ensemble_predict(model, 2, (float[]){0.4f, 0.8f}, &(struct prediction){.target = p}, &err);
        ok(p[0] > 0.9f && p[1] < 0.1f, "is learned by its label (%.2f, %.2f)", (double)p[0],
           (double)p[1]);
    }
    ensemble_free(model);
}

int main(void)
{
    static struct example example;

    mat_setup();
    check_smote();
    check_auc();
    make_example(&example, 3, 50.0, 75.0);
    check_model(&example);
    check_sample();
    check_losses(&example);
    check_bits(&example);
    check_disjunction(&example);
    check_edges(&example);
    check_two_values();
    return done_testing();
}
