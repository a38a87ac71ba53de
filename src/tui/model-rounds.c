/* model-rounds.c: the rounds as the views see them, read as they come.
 *
 * A round whose points are all closed changes only when labels are judged anew or failed points run
 * again.  So only the rounds from the first unsettled one on are read each time, and the sums over
 * all rounds are compared with the store's own counts: when they differ, everything is read anew.
 * The learner's figures of a round (JSON) are taken apart once. */
#include "model-private.h"

#include <jansson.h>
#include <math.h>
#include <string.h>

bool round_is_complete(const struct round_row *round)
{
    return round->ended > 0 && round->n_closed == round->n_points;
}

/* Points that the user gave are rounds proposed "from themselves". */
static bool is_proposed(const struct round_row *round)
{
    return round->after != round->round || round->round == 0;
}

/* How many of the first rounds will not change any more unless labels do: complete, and none
 * before them is still to come.  One round is proposed at a time: where numbers are missing before
 * a proposed round, nothing will come there any more. */
static size_t rounds_settled(const struct round_row *rounds, size_t n)
{
    uint32_t last_proposed = 0, expected = 0;
    size_t i;

    for (i = 0; i < n; i++)
        if (is_proposed(&rounds[i]))
            last_proposed = rounds[i].round;
    for (i = 0; i < n && round_is_complete(&rounds[i]); i++) {
        if (rounds[i].round != expected && rounds[i].round > last_proposed)
            break;
        expected = rounds[i].round + 1;
    }
    return i;
}

/* ---- the list ------------------------------------------------------------------------------ */

static int list_room(struct round_list *list, size_t n, struct err *err)
{
    size_t cap = n + n / 2 + 64;
    struct round_row *rows;

    if (n <= list->cap)
        return 0;
    rows = mem_resize(list->rows, list->cap, cap, sizeof *rows);
    if (!rows)
        return mem_error(err);
    list->rows = rows;
    list->cap = cap;
    return 0;
}

static int list_read_from(struct round_list *list, struct store *store, size_t first,
                          struct arena *arena, struct err *err)
{
    uint32_t from = first > 0 ? list->rows[first - 1].round + 1 : 0;
    struct round_row *rows;
    size_t n = 0;

    if (store_rounds(store, from, arena, &rows, &n, err) != 0 ||
        list_room(list, first + n, err) != 0)
        return -1;
    if (n > 0)
        memcpy(list->rows + first, rows, n * sizeof *rows);
    list->n = first + n;
    list->n_settled = rounds_settled(list->rows, list->n);
    return 0;
}

/* Do the rounds add up to the store's counts? */
static bool list_is_whole(const struct round_list *list, const struct store_counts *counts)
{
    uint64_t accepted = 0, rejected = 0, unknown = 0, failed = 0, uniform = 0;
    size_t i;

    for (i = 0; i < list->n; i++) {
        accepted += list->rows[i].n_accepted;
        rejected += list->rows[i].n_rejected;
        unknown += list->rows[i].n_unknown;
        failed += list->rows[i].n_failed;
        uniform += list->rows[i].n_uniform_accepted;
    }
    return accepted == counts->accepted && rejected == counts->rejected &&
           unknown == counts->unknown && failed == counts->failed &&
           uniform == counts->uniform_accepted && list->n == counts->n_rounds;
}

/* 0 where there is none. */
static int read_count(struct store *store, const char *key, int64_t *number, struct err *err)
{
    struct buf text;

    *number = 0;
    buf_init(&text, 64);
    int rc = store_get_meta(store, key, &text, err);
    if (rc == 0 && text.len > 0)
        (void)text_to_int64(text.data, number);
    buf_free(&text);
    return rc;
}

int round_list_read(struct round_list *list, struct store *store, const struct store_counts *counts,
                    struct arena *arena, size_t *first, struct err *err)
{
    int64_t from, trainings;
    int rc = -1;

    TRY(read_count(store, "labels from", &from, err));
    TRY(read_count(store, "trainings", &trainings, err)); /* on demand: the last round's figures */
    *first = from == list->labels_from && trainings == list->trainings ? list->n_settled : 0;
    list->labels_from = from;
    list->trainings = trainings;
    TRY(list_read_from(list, store, *first, arena, err));
    if (!list_is_whole(list, counts)) {
        *first = 0;
        TRY(list_read_from(list, store, 0, arena, err));
    }
    rc = 0;
out:
    return rc;
}

/* ---- figures -------------------------------------------------------------------------------- */

static double figure(const json_t *figures, const char *name)
{
    const json_t *value = json_object_get(figures, name);

    return json_is_number(value) ? json_number_value(value) : (double)NAN;
}

static enum search_learner chosen_of(const json_t *figures)
{
    const char *word = json_string_value(json_object_get(figures, "chosen"));
    enum search_learner k;

    for (k = LEARNER_NETWORK; word && k <= LEARNER_KERNEL; k++)
        if (strcmp(word, scan_learner_name(k)) == 0)
            return k;
    return LEARNER_AUTO;
}

static void read_figures(struct round_view *view, const char *metrics)
{
    json_t *figures = metrics ? json_loads(metrics, 0, NULL) : NULL;

    view->auc = figure(figures, "auc");
    view->brier = figure(figures, "brier");
    view->log_loss = figure(figures, "log_loss");
    view->train_loss = figure(figures, "train_loss");
    view->failure_auc = figure(figures, "failure_auc");
    view->n_train = figure(figures, "n_train");
    view->n_held_out = figure(figures, "n_held_out");
    view->n_smote = figure(figures, "n_smote");
    view->smote_auc = figure(figures, "smote_auc");
    view->smote_auc_gain = figure(figures, "smote_auc_gain");
    view->smote_auc_gain_error = figure(figures, "smote_auc_gain_error");
    view->smote_log_loss_gain = figure(figures, "smote_log_loss_gain");
    view->smote_log_loss_gain_error = figure(figures, "smote_log_loss_gain_error");
    view->network_log_loss = figure(figures, "network_log_loss");
    view->kernel_log_loss = figure(figures, "kernel_log_loss");
    view->both_log_loss = figure(figures, "both_log_loss");
    view->chosen = chosen_of(figures);
    json_decref(figures);
}

static void set_share(struct round_view *view)
{
    double n = view->row.n_closed, share = n > 0 ? view->row.n_accepted / n : (double)NAN;

    view->share = share;
    view->share_error = n > 0 ? sqrt(fmax(share * (1 - share), 1 / n) / n) : (double)NAN;
}

/* ---- the views ----------------------------------------------------------------------------- */

static int views_room(struct model *model, size_t n, struct err *err)
{
    struct model_own *own = model->own;
    size_t cap = n + n / 2 + 64;
    struct round_view *views;
    char **metrics;

    if (n <= own->cap_views)
        return 0;
    views = mem_resize(model->rounds, own->cap_views, cap, sizeof *views);
    model->rounds = views ? views : model->rounds;
    metrics = views ? mem_resize(own->metrics, own->cap_views, cap, sizeof *metrics) : NULL;
    own->metrics = metrics ? metrics : own->metrics;
    if (!metrics)
        return mem_error(err);
    own->cap_views = cap;
    return 0;
}

/* The figures stay when the text that they came from did. */
static int put_round(struct model *model, size_t i, struct err *err)
{
    struct model_own *own = model->own;
    struct round_row *row = &own->rounds.rows[i];
    struct round_view *view = &model->rounds[i];
    bool is_new = i >= model->n_rounds || view->row.round != row->round;
    const char *old = own->metrics[i];

    if (is_new || strcmp(old ? old : "", row->metrics ? row->metrics : "") != 0) {
        char *metrics = row->metrics ? mem_strdup(row->metrics) : NULL;

        if (row->metrics && !metrics)
            return mem_error(err);
        mem_free(own->metrics[i]);
        own->metrics[i] = metrics;
        read_figures(view, metrics);
    }
    row->metrics = own->metrics[i];
    view->row = *row;
    set_share(view);
    return 0;
}

int model_read_rounds(struct model *model, struct err *err)
{
    struct model_own *own = model->own;
    struct arena *arena = arena_create();
    size_t i, first = 0;
    int rc = -1;

    if (!arena)
        return mem_error(err);
    if (own->rounds_failed)
        own->rounds.n_settled = 0;
    own->rounds_failed = true; /* until all of it has gone well */
    TRY(round_list_read(&own->rounds, model->store, &model->counts, arena, &first, err));
    TRY(views_room(model, own->rounds.n, err));
    for (i = first; i < own->rounds.n; i++) {
        TRY(put_round(model, i, err));
        if (i >= model->n_rounds)
            model->n_rounds = i + 1;
    }
    for (i = own->rounds.n; i < model->n_rounds; i++) {
        mem_free(own->metrics[i]);
        own->metrics[i] = NULL;
    }
    model->n_rounds = own->rounds.n;
    own->rounds_failed = false;
    rc = 0;
out:
    arena_free(arena);
    return rc;
}

void model_free_rounds(struct model_own *own)
{
    size_t i;

    for (i = 0; i < own->cap_views; i++)
        mem_free(own->metrics[i]);
    mem_free(own->metrics);
    mem_free(own->rounds.rows);
}
