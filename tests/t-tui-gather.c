/* t-tui-gather.c: what the gatherer makes of the points: against plain loops over all of them, and
 * piece by piece against all at once, while rounds come, close, run again and are judged anew. */
#include "t-store-help.h"

#include "../src/tui/labels.h"
#include "../src/tui/model.h"
#include "theodolite/report.h"
#include "theodolite/survey.h"

#include <poll.h>

static void must(int rc, const struct err *err)
{
    if (rc != 0)
        bail_out("%s", err->message);
}

static struct store *make(char path[HELP_PATH], const char *name)
{
    struct scan *scan = help_scan();
    struct store *store = help_create(help_path(path, name));
    struct judge *judge = judge_create(scan, NULL, 0, NULL, &(struct err)ERR_INIT);
    struct err err = ERR_INIT;

    must(store_set_terms(store, judge, &err), &err);
    judge_free(judge);
    scan_free(scan);
    return store;
}

static struct gather *open_gather(const char *path, bool has_thread)
{
    struct err err = ERR_INIT;
    struct gather *gather = gather_create(path, has_thread, &err);

    if (!gather)
        bail_out("gather_create: %s", err.message);
    return gather;
}

static void finish(struct gather *gather, struct parts *parts)
{
    struct err err = ERR_INIT;

    if (gather_finish(gather, &err) != 0)
        bail_out("gather_finish: %s", err.message);
    gather_take(gather, parts);
}

/* ---- a store that grows --------------------------------------------------------------------- */

static const char *figures; /* of the learner, in the rounds that end */

/* Begins round `number`: n points from `first`, all running. */
static void begin_round(struct store *store, uint32_t number, uint64_t first, uint32_t n)
{
    struct round_row round = {.round = number,
                              .first_id = first,
                              .n_points = n,
                              .started = 100,
                              .after = number > 0 ? number - 1 : UINT32_MAX,
                              .promised = NAN,
                              .volume = NAN,
                              .volume_error = NAN};
    struct err err = ERR_INIT;
    double row[HELP_VALUES];
    uint32_t i;

    must(store_begin(store, &err), &err);
    must(store_put_round(store, &round, &err), &err);
    for (i = 0; i < n; i++) {
        struct point_new point = help_new(first + i, row);

        point.round = number;
        if (point.origin == ORIGIN_EXPLORE)
            point.predicted = (float)row[1];
        must(store_insert_points(store, 1, &point, &err), &err);
    }
    must(store_commit(store, &err), &err);
}

static void close_points(struct store *store, uint64_t from, uint64_t to)
{
    struct err err = ERR_INIT;

    must(store_begin(store, &err), &err);
    must(help_close(store, from, to, &err), &err);
    must(store_commit(store, &err), &err);
}

static void end_round(struct store *store, uint32_t number, uint64_t first, uint32_t n)
{
    struct round_row round = {.round = number,
                              .first_id = first,
                              .n_points = n,
                              .started = 100,
                              .ended = 200,
                              .after = number > 0 ? number - 1 : UINT32_MAX,
                              .promised = NAN,
                              .volume = NAN,
                              .volume_error = NAN,
                              .metrics = figures};
    struct err err = ERR_INIT;

    must(store_begin(store, &err), &err);
    must(store_put_round(store, &round, &err), &err);
    must(store_commit(store, &err), &err);
}

static void fill(struct store *store, uint32_t n_rounds, uint32_t n)
{
    uint32_t k;

    for (k = 0; k < n_rounds; k++) {
        begin_round(store, k, 1 + (uint64_t)k * n, n);
        close_points(store, 1 + (uint64_t)k * n, (uint64_t)(k + 1) * n);
        end_round(store, k, 1 + (uint64_t)k * n, n);
    }
}

/* ---- wants ---------------------------------------------------------------------------------- */

static struct wants wants_all(void)
{
    struct wants wants;

    memset(&wants, 0, sizeof wants);
    wants.map.is_wanted = true;
    wants.map.x = 0;
    wants.map.y = 1;
    wants.map.x_hi = wants.map.y_hi = 1;
    wants.map.width = 20;
    wants.map.height = 16;
    wants.list.is_wanted = true;
    wants.list.sort = 3;
    snprintf(wants.list.filter, sizeof wants.list.filter, "%s", "not failed and mA < 0.8");
    return wants;
}

/* ---- plain loops ---------------------------------------------------------------------------- */

struct all { /* every point of the store */
    size_t n;
    struct point_row *points;
    double *rows;
};

static struct all read_all(struct store *store)
{
    enum { MOST = 20000 };
    struct all all = {.points = mem_array(MOST, sizeof(struct point_row)),
                      .rows = mem_array(MOST * HELP_VALUES, sizeof(double))};
    struct store_query query = {.state = -1};
    struct err err = ERR_INIT;
    struct store_cursor *cursor = store_select(store, &query, &err);
    size_t i;

    for (i = 0; i < MOST; i++)
        all.points[i].row = all.rows + i * HELP_VALUES;
    if (!cursor)
        bail_out("%s", err.message);
    must(store_fetch(cursor, MOST, all.points, &all.n, &err), &err);
    store_cursor_free(cursor);
    return all;
}

static void all_free(struct all *all)
{
    mem_free(all->points);
    mem_free(all->rows);
}

static enum map_layer layer_of(const struct point_row *point)
{
    return point->state == STATE_ACCEPTED  ? MAP_ACCEPTED
           : point->state == STATE_RUNNING ? MAP_PROPOSED
           : point->state == STATE_FAILED  ? MAP_FAILED
                                           : MAP_REJECTED;
}

/* x: m0 log from 0.01, y: s, only mA in 0.2 .. 0.7 */
static void test_map(void)
{
    char path[HELP_PATH];
    struct store *store = make(path, "map.db");
    struct gather *gather;
    struct parts parts = {.map = NULL};
    struct wants wants = wants_all();
    uint64_t n[N_MAP_LAYERS] = {0}, outside[N_MAP_LAYERS] = {0}, missing[N_MAP_LAYERS] = {0};
    uint64_t box = 0, box_accepted = 0;
    uint32_t dots[N_MAP_LAYERS][20 * 16] = {{0}};
    struct all all;
    bool is_same = true;
    size_t i, k;

    fill(store, 3, 400);
    begin_round(store, 3, 1201, 50);
    all = read_all(store);
    wants.map.x_is_log = true;
    wants.map.x_lo = 0.01;
    wants.map.y = 3;
    wants.map.y_hi = 0.6;
    wants.map.n_slices = 1;
    wants.map.slices[0] = (struct map_slice){.value = 2, .lo = 0.2, .hi = 0.7};
    wants.map.has_box = true;
    wants.map.box[0] = 0.3;
    wants.map.box[1] = 0.8;
    wants.map.box[3] = 0.3;
    for (i = 0; i < all.n; i++) {
        const struct point_row *point = &all.points[i];
        enum map_layer layer = layer_of(point);
        double x = point->row[0], y = point->row[3];
        int at_x = (int)floor(log(x / 0.01) / log(100) * 20), at_y = (int)floor(y / 0.6 * 16);

        if (point->row[2] < 0.2 || point->row[2] > 0.7)
            continue;
        if (isnan(y)) {
            missing[layer]++;
            continue;
        }
        if (x >= 0.3 && x <= 0.8 && y <= 0.3 && layer != MAP_PROPOSED) {
            box++;
            box_accepted += layer == MAP_ACCEPTED;
        }
        if (x < 0.01 || y > 0.6) {
            outside[layer]++;
            continue;
        }
        n[layer]++;
        dots[layer][(15 - at_y) * 20 + at_x]++;
    }
    gather = open_gather(path, false);
    gather_want(gather, &wants);
    finish(gather, &parts);
    if (!ok(parts.map != NULL, "there is a map"))
        return;
    ok(parts.map->as_of.is_whole && parts.map->as_of.upto == 1250, "of all points");
    for (k = 0; k < N_MAP_LAYERS; k++) {
        is_uint(parts.map->n[k], n[k], "layer %zu: shown", k);
        is_uint(parts.map->n_outside[k], outside[k], "layer %zu: beyond the edges", k);
        is_uint(parts.map->n_missing[k], missing[k], "layer %zu: without a value", k);
        is_same &= memcmp(parts.map->dots[k], dots[k], sizeof dots[k]) == 0;
    }
    ok(is_same, "every dot");
    ok(n[MAP_ACCEPTED] > 50 && outside[MAP_REJECTED] > 5 && missing[MAP_FAILED] > 5,
       "there was something to count");
    is_uint(parts.map->box_n, box, "closed points in the box");
    is_uint(parts.map->box_accepted, box_accepted, "accepted ones");
    for (i = 0, is_same = true; i < 20 * 16; i++) {
        uint64_t id = parts.map->id[i];
        bool is_any = dots[0][i] + dots[1][i] + dots[2][i] + dots[3][i] > 0;

        is_same &= is_any == (id != 0);
        if (id != 0)
            is_same &= dots[layer_of(&all.points[id - 1])][i] > 0;
    }
    ok(is_same, "a point of every dot");
    all_free(&all);
    parts_free(&parts);
    gather_free(gather);
    store_close(store);
}

static void test_cuts(void)
{
    char path[HELP_PATH];
    struct store *store = make(path, "cuts.db");
    struct gather *gather;
    struct parts parts = {.map = NULL};
    struct wants wants = wants_all();
    bool is_right = true;
    int i, n_low = 0, n_right = 0;

    fill(store, 2, 300);
    gather = open_gather(path, false);
    gather_want(gather, &wants);
    finish(gather, &parts);
    for (i = 0; i < 20 * 16; i++) {
        double y = (15 - i / 20 + 1) / 16.0; /* upper edge */

        n_low += parts.map->cut[i] == 1;
        n_right += parts.map->cut[i] == 2;
        /* below mh = 0.25 only "right" (the second) can fail */
        is_right &= parts.map->cut[i] == 0 || (parts.map->cut[i] == 2) == (y <= 0.2500001);
    }
    ok(is_right && n_low > 5 && n_right > 5, "dots know the first constraint that fails");
    parts_free(&parts);
    gather_free(gather);
    store_close(store);
}

static void test_said(void)
{
    char path[HELP_PATH];
    struct store *store = make(path, "said.db");
    struct gather *gather;
    struct parts parts = {.map = NULL};
    struct wants wants = wants_all();
    struct all all;
    uint64_t n = 0, n_uniform = 0, n_asked_accepted = 0, n_expected = 0, fails[2] = {0};
    double lo = INFINITY, good_hi = -INFINITY, pairs = 0, wins = 0;
    size_t i, k;

    fill(store, 3, 300);
    figures = "{\"relax\":0.9}"; /* what the second promised was of an easier target */
    end_round(store, 1, 301, 300);
    figures = NULL;
    all = read_all(store);
    for (i = 0; i < all.n; i++) {
        const struct point_row *a = &all.points[i];
        bool is_good = a->state == STATE_ACCEPTED, is_explore = a->origin == ORIGIN_EXPLORE;

        lo = fmin(lo, a->row[4]); /* fmin passes over NaN */
        good_hi = is_good ? fmax(good_hi, a->row[4]) : good_hi;
        if (a->state != STATE_FAILED) {
            fails[0] += a->verdict.fails & 1;
            fails[1] += a->verdict.fails >> 1 & 1;
        }
        if (isnan(a->predicted))
            continue;
        n_asked_accepted += is_explore && is_good;
        n_expected += is_explore && is_good && a->predicted > 0.5F;
        n += a->state != STATE_FAILED && (a->round != 1 || is_explore);
        n_uniform += a->state != STATE_FAILED && is_explore;
        for (k = 0; k < all.n && is_good && is_explore; k++) {
            const struct point_row *b = &all.points[k];
            int bin_a = (int)(a->predicted * ROC_BINS), bin_b = (int)(b->predicted * ROC_BINS);

            if (b->state == STATE_ACCEPTED || b->state == STATE_FAILED ||
                b->origin != ORIGIN_EXPLORE || isnan(b->predicted))
                continue;
            pairs++;
            wins += bin_a > bin_b ? 1 : bin_a == bin_b ? 0.5 : 0;
        }
    }
    gather = open_gather(path, false);
    gather_want(gather, &wants);
    finish(gather, &parts);
    is_uint(parts.said->all.n, n, "points that something was said of");
    is_uint(parts.said->uniform.n, n_uniform, "uniform ones");
    is_double(parts.said->uniform.auc, wins / pairs, 1e-9, "the AUC is that of all pairs");
    is_uint(parts.said->n_asked_accepted, n_asked_accepted, "coverage: accepted");
    is_uint(parts.said->n_expected, n_expected, "coverage: expected");
    is_uint(parts.said->foreseen.n,
            n_asked_accepted > 200   ? n_asked_accepted - n_asked_accepted / 2
            : n_asked_accepted > 100 ? 100
                                     : n_asked_accepted,
            "coverage: of the latest half, and of 100 at least");
    is_uint(parts.said->n_term_fails[0], fails[0], "how often the first constraint fails");
    is_uint(parts.said->n_term_fails[1], fails[1], "and the second");
    is_double(parts.said->lo[4], lo, 0, "the least of a value");
    is_double(parts.said->good_hi[4], good_hi, 0, "the largest of the accepted");
    is_uint(parts.said->n_finite[0], all.n, "values that are there");
    all_free(&all);
    parts_free(&parts);
    gather_free(gather);
    store_close(store);
}

/* ---- lists ---------------------------------------------------------------------------------- */

static void test_list(void)
{
    char path[HELP_PATH];
    struct store *store = make(path, "list.db");
    struct gather *gather;
    struct parts parts = {.map = NULL};
    struct wants wants = wants_all();
    struct all all;
    bool in_order = true;
    size_t i, n = 0;

    fill(store, 2, 300);
    begin_round(store, 2, 601, 20);
    all = read_all(store);
    for (i = 0; i < all.n; i++)
        n += all.points[i].state != STATE_FAILED && all.points[i].row[2] < 0.8;
    gather = open_gather(path, false);
    gather_want(gather, &wants);
    finish(gather, &parts);
    is_size(parts.list->n, n, "points that pass the filter");
    is_uint(parts.list->n_of, all.n, "of all");
    is_str(parts.list->words, "", "nothing is wrong with it");
    for (i = 1; i < parts.list->n; i++) {
        const struct point_row *a = &all.points[parts.list->ids[i - 1] - 1];
        const struct point_row *b = &all.points[parts.list->ids[i] - 1];
        bool a_is_less = a->row[3] < b->row[3] || (isnan(b->row[3]) && !isnan(a->row[3])) ||
                         (isnan(a->row[3]) && isnan(b->row[3]) && a->id < b->id);

        in_order &= a_is_less;
    }
    ok(in_order, "sorted by value, those without one last, equals by id");
    wants.list.is_descending = true;
    gather_want(gather, &wants);
    finish(gather, &parts);
    ok(parts.list->n == n && all.points[parts.list->ids[0] - 1].row[3] > 0.5 &&
           isnan(all.points[parts.list->ids[n - 1] - 1].row[3]),
       "descending: the largest first, those without one last");
    snprintf(wants.list.filter, sizeof wants.list.filter, "running");
    gather_want(gather, &wants);
    finish(gather, &parts);
    is_size(parts.list->n, 20, "those that run");
    snprintf(wants.list.filter, sizeof wants.list.filter, "mA < and");
    gather_want(gather, &wants);
    finish(gather, &parts);
    ok(parts.list->n == 0 && parts.list->words[0], "a wrong filter: %s", parts.list->words);
    is_size(parts.list->column, 3, "and where");
    snprintf(wants.list.filter, sizeof wants.list.filter,
             "seconds > 0.2 and origin == 1 and not rejected");
    wants.list.sort = HELP_VALUES + LIST_BY_ROUND;
    gather_want(gather, &wants);
    finish(gather, &parts);
    for (i = 0, n = 0; i < all.n; i++)
        n += all.points[i].origin == ORIGIN_EXPLORE && all.points[i].state != STATE_REJECTED &&
             all.points[i].state != STATE_RUNNING;
    is_size(parts.list->n, n, "by origin, state and time");
    ok(n > 10 && all.points[parts.list->ids[0] - 1].round == 1, "the latest round first");
    all_free(&all);
    parts_free(&parts);
    gather_free(gather);
    store_close(store);
}

/* ---- piece by piece ------------------------------------------------------------------------- */

static bool is_same_double(double a, double b)
{
    return a == b || (isnan(a) && isnan(b));
}

static bool is_same_parts(const struct parts *a, const struct parts *b)
{
    size_t n = 20 * 16, k, v;
    bool is_same = a->map && b->map && a->list && b->list && a->said && b->said;

    for (k = 0; k < N_MAP_LAYERS && is_same; k++)
        is_same = memcmp(a->map->dots[k], b->map->dots[k], n * sizeof(uint32_t)) == 0 &&
                  a->map->n[k] == b->map->n[k] && a->map->n_missing[k] == b->map->n_missing[k];
    is_same = is_same && memcmp(a->map->cut, b->map->cut, n) == 0 &&
              memcmp(a->map->id, b->map->id, n * sizeof(uint64_t)) == 0 &&
              a->map->as_of.upto == b->map->as_of.upto && a->map->n_most == b->map->n_most;
    is_same = is_same && a->list->n == b->list->n && a->list->n_of == b->list->n_of &&
              memcmp(a->list->ids, b->list->ids, a->list->n * sizeof(uint64_t)) == 0;
    is_same =
        is_same && memcmp(a->said->all.bins, b->said->all.bins, sizeof a->said->all.bins) == 0 &&
        a->said->n_judged == b->said->n_judged && a->said->n_asked == b->said->n_asked &&
        memcmp(a->said->n_term_fails, b->said->n_term_fails, sizeof a->said->n_term_fails) == 0 &&
        memcmp(a->said->by_origin_accepted, b->said->by_origin_accepted,
               sizeof a->said->by_origin_accepted) == 0;
    for (v = 0; v < HELP_VALUES && is_same; v++)
        is_same = is_same_double(a->said->lo[v], b->said->lo[v]) &&
                  is_same_double(a->said->good_hi[v], b->said->good_hi[v]) &&
                  a->said->n_finite[v] == b->said->n_finite[v];
    return is_same;
}

static void is_as_new(struct gather *gather, struct parts *parts, const char *path,
                      const struct wants *wants, const char *what)
{
    struct gather *fresh = open_gather(path, false);
    struct parts anew = {.map = NULL};

    finish(gather, parts);
    gather_want(fresh, wants);
    finish(fresh, &anew);
    ok(is_same_parts(parts, &anew), "%s: as all at once", what);
    parts_free(&anew);
    gather_free(fresh);
}

static void relabel(struct store *store, const char *text)
{
    struct judge_cut cut = {.name = "cut1", .text = text};
    struct scan *scan = help_scan();
    struct err err = ERR_INIT;
    struct judge *judge = judge_create(scan, text ? &cut : NULL, text ? 1 : 0, NULL, &err);
    struct relabel result;

    must(store_relabel(store, judge, false, &result, &err), &err);
    judge_free(judge);
    scan_free(scan);
}

/* All parts and the model are of the same labels; returns their sign. */
static uint64_t sign_now(const struct parts *parts, const char *path, const char *what)
{
    struct err err = ERR_INIT;
    struct model *model = model_create(path, false, &err);
    uint64_t sign;

    if (!model)
        bail_out("%s", err.message);
    sign = model->labels;
    ok(sign != 0 && parts->said->as_of.labels == sign && parts->list->as_of.labels == sign &&
           parts->map->as_of.labels == sign && !model_is_old(model, &parts->said->as_of),
       "%s: as of the labels that points have", what);
    model_free(model);
    return sign;
}

static void test_pieces(void)
{
    char path[HELP_PATH];
    struct store *store = make(path, "pieces.db");
    struct gather *gather = open_gather(path, false);
    struct parts parts = {.map = NULL};
    struct wants wants = wants_all();
    struct err err = ERR_INIT;
    uint64_t before, after;
    size_t n;

    gather_want(gather, &wants);
    is_as_new(gather, &parts, path, &wants, "an empty store");
    fill(store, 2, 300);
    is_as_new(gather, &parts, path, &wants, "two rounds");
    begin_round(store, 3, 801, 100);
    close_points(store, 801, 850);
    is_as_new(gather, &parts, path, &wants, "a third in flight");
    begin_round(store, 2, 601, 200);
    close_points(store, 700, 760);
    is_as_new(gather, &parts, path, &wants, "a round that came in before it");
    close_points(store, 601, 699);
    close_points(store, 761, 800);
    end_round(store, 2, 601, 200);
    is_as_new(gather, &parts, path, &wants, "and ends");
    store_begin(store, &err);
    must(store_reopen_failed(store, "timeout", &n, &err), &err);
    store_commit(store, &err);
    ok(n > 10, "%zu points run again", n);
    is_as_new(gather, &parts, path, &wants, "failed points of settled rounds run again");
    close_points(store, 20, 20);
    is_as_new(gather, &parts, path, &wants, "one of them ends");
    before = sign_now(&parts, path, "before a cut");
    relabel(store, "mA < 0.5");
    is_as_new(gather, &parts, path, &wants, "a cut");
    after = sign_now(&parts, path, "behind it");
    ok(before != after, "which are others");
    close_points(store, 851, 900);
    end_round(store, 3, 801, 100);
    is_as_new(gather, &parts, path, &wants, "the round ends");
    relabel(store, NULL);
    is_as_new(gather, &parts, path, &wants, "the cut is taken away");
    wants.map.x = 4;
    wants.map.x_hi = 2;
    wants.list.sort = 2;
    gather_want(gather, &wants);
    is_as_new(gather, &parts, path, &wants, "other values");
    parts_free(&parts);
    gather_free(gather);
    store_close(store);
}

/* A scan file that was edited: another value. */
static void test_edited(void)
{
    char path[HELP_PATH], text[2048];
    struct store *store = make(path, "edited.db");
    struct gather *gather = open_gather(path, false);
    struct parts parts = {.map = NULL};
    struct wants wants = wants_all();
    struct err err = ERR_INIT;
    struct scan *scan;
    const char *at = strstr(help_text, "      p:");

    gather_want(gather, &wants);
    fill(store, 1, 100);
    finish(gather, &parts);
    is_size(parts.said->n_values, HELP_VALUES, "five values");
    snprintf(text, sizeof text, "%.*s      q: = mA * 2\n%s", (int)(at - help_text), help_text, at);
    scan = help_scan_of(text);
    must(store_update_scan(store, scan, &err), &err);
    finish(gather, &parts);
    is_size(parts.said->n_values, HELP_VALUES + 1, "then six");
    is_uint(parts.said->n_finite[4], 0, "the new one is nowhere yet");
    is_uint(parts.map->as_of.upto, 100, "the map is there again");
    scan_free(scan);
    parts_free(&parts);
    gather_free(gather);
    store_close(store);
}

/* ---- previews ------------------------------------------------------------------------------- */

static void test_preview(void)
{
    char path[HELP_PATH];
    struct store *store = make(path, "preview.db");
    struct gather *gather = open_gather(path, false);
    struct parts parts = {.map = NULL};
    struct wants wants = wants_all();
    struct judge_cut cut = {.name = "slim", .text = "p < 1"};
    struct scan *scan = help_scan();
    struct err err = ERR_INIT;
    struct relabel want;
    struct judge *judge = judge_create(scan, &cut, 1, NULL, &err);
    const char *const without[] = {"right", NULL};

    fill(store, 3, 200);
    must(store_relabel(store, judge, true, &want, &err), &err);
    wants.preview.is_wanted = true;
    wants.preview.serial = 1;
    snprintf(wants.preview.command, sizeof wants.preview.command, "cut slim: p < 1");
    gather_want(gather, &wants);
    finish(gather, &parts);
    ok(parts.preview && parts.preview->serial == 1 && parts.preview->is_ok, "a preview");
    ok(memcmp(&parts.preview->relabel, &want, sizeof want) == 0 && want.n_changed > 20,
       "as the store would be judged: %llu of %llu change", (unsigned long long)want.n_changed,
       (unsigned long long)want.n_points);
    ok(parts.preview->n_values == 1 && parts.preview->values[0].value == 4 &&
           parts.preview->values[0].n_stored == 540 && parts.preview->values[0].lo > 0 &&
           fabs(parts.preview->values[0].median - 1) < 0.1 && parts.preview->values[0].hi < 2,
       "with the value that it reads");
    judge_free(judge);
    judge = judge_create(scan, NULL, 0, without, &err);
    must(store_relabel(store, judge, true, &want, &err), &err);
    wants.preview.serial = 2;
    snprintf(wants.preview.command, sizeof wants.preview.command, "uncut right");
    gather_want(gather, &wants);
    finish(gather, &parts);
    ok(parts.preview->serial == 2 && memcmp(&parts.preview->relabel, &want, sizeof want) == 0,
       "a constraint less");
    ok(parts.preview->n_values == 1 && parts.preview->values[0].value == 1, "what that one reads");
    wants.preview.serial = 3;
    snprintf(wants.preview.command, sizeof wants.preview.command, "cut slim: q < 1");
    gather_want(gather, &wants);
    finish(gather, &parts);
    ok(!parts.preview->is_ok && strstr(parts.preview->words, "q"), "a wrong one: %s",
       parts.preview->words);
    wants.preview.serial = 4;
    snprintf(wants.preview.command, sizeof wants.preview.command, "uncut nothing");
    gather_want(gather, &wants);
    finish(gather, &parts);
    has_str(parts.preview->words, "no constraint \"nothing\"", "one that is not there");
    judge_free(judge);
    scan_free(scan);
    parts_free(&parts);
    gather_free(gather);
    store_close(store);
}

/* ---- the learner ---------------------------------------------------------------------------- */

/* A learning scan: rounds 0 and 1 uniform, round 2 proposed by the search from them. */
static struct store *make_learned(char path[HELP_PATH], const char *name)
{
    enum { N = 300 };
    char text[2048];
    struct err err = ERR_INIT;
    struct scan *scan;
    struct store *store;
    struct space *space;
    struct judge *judge;
    struct survey *survey;
    struct survey_snapshot *snapshot;
    struct survey_settings settings = {.batch = 100, .explore = 0.5};
    struct survey_batch batch;
    uint64_t id;
    size_t i;

    snprintf(text, sizeof text, "%ssearch:\n  method: classifier\n  start: 600\n  steps: 300\n",
             help_text);
    scan = help_scan_of(text);
    store = store_create(help_path(path, name), scan, &err);
    space = space_create(scan, &err);
    judge = judge_create(scan, NULL, 0, NULL, &err);
    survey = store && judge ? survey_create(scan, judge, &err) : NULL;
    if (!survey)
        bail_out("%s", err.message);
    must(store_set_terms(store, judge, &err), &err);
    fill(store, 2, N);
    for (id = 1; id <= 2 * N; id++) {
        double row[HELP_VALUES], unit[3], margins[8];
        struct verdict verdict;
        struct survey_point point = {.id = id,
                                     .round = (uint32_t)((id - 1) / N),
                                     .origin = ORIGIN_START,
                                     .state = help_state(id),
                                     .density = 1,
                                     .unit = unit,
                                     .margins = margins};

        help_row(id, row);
        judge_block(judge, 1, row, HELP_VALUES, &verdict, margins);
        space_to_unit(space, row, unit);
        must(survey_add(survey, 1, &point, &err), &err);
    }
    snapshot = survey_snapshot(survey, 2, 1, &settings, &err);
    must(survey_propose(snapshot, 2 * N + 1, NULL, 0, &batch, &err), &err);
    must(store_begin(store, &err), &err);
    must(store_put_round(store,
                         &(struct round_row){.round = 2,
                                             .first_id = 2 * N + 1,
                                             .n_points = (uint32_t)batch.n,
                                             .started = 300,
                                             .ended = 400,
                                             .after = 1,
                                             .promised = batch.promised,
                                             .volume = NAN,
                                             .volume_error = NAN,
                                             .metrics = batch.metrics_json},
                         &err),
         &err);
    must(store_put_model(store, 2, batch.carry.data, batch.carry.len, &err), &err);
    for (i = 0; i < batch.n; i++) {
        double row[HELP_VALUES];
        struct verdict verdict;
        struct point_new point = {.id = 2 * N + 1 + i,
                                  .round = 2,
                                  .origin = batch.origin[i],
                                  .predicted = batch.predicted[i],
                                  .density = batch.density[i],
                                  .row = row};
        struct point_closed closed = {.id = point.id, .row = row, .ended = 350, .seconds = 1};

        space_to_physical(space, batch.units + i * 3, row);
        row[3] = row[0] * row[1];
        row[4] = row[0] + row[2];
        judge_block(judge, 1, row, HELP_VALUES, &verdict, NULL);
        closed.verdict = verdict;
        closed.state = verdict.label > 0 ? STATE_ACCEPTED : STATE_REJECTED;
        must(store_insert_points(store, 1, &point, &err), &err);
        must(store_close_points(store, 1, &closed, &err), &err);
    }
    must(store_commit(store, &err), &err);
    survey_batch_free(&batch);
    survey_snapshot_free(snapshot);
    survey_free(survey);
    judge_free(judge);
    space_free(space);
    scan_free(scan);
    return store;
}

static void test_heat(const char *path)
{
    struct gather *gather = open_gather(path, false);
    struct parts parts = {.map = NULL};
    struct wants wants = wants_all();
    int i, n_in = 0, n_out = 0, n_right = 0, n = 10 * 4;

    wants.map.wants_heat = true;
    gather_want(gather, &wants);
    finish(gather, &parts);
    if (!ok(parts.heat && parts.heat->has_model, "there is a model"))
        return;
    ok(parts.heat->width == 10 && parts.heat->height == 4 && parts.heat->n_rows_done == 4,
       "a picture of cells, whole");
    is_uint(parts.heat->round, 2, "of the newest round");
    for (i = 0; i < n; i++) {
        double x = (i % 10 + 0.5) / 10, y = (3 - i / 10 + 0.5) / 4;
        bool is_in = x * y < 0.45 && y > 0.3, is_out = x * y > 0.55 || y < 0.2;
        float p = parts.heat->p[i];

        n_in += is_in;
        n_out += is_out;
        n_right += (is_in && p > 0.5F) || (is_out && p < 0.5F);
    }
    ok(n_in > 10 && n_out > 8 && n_right >= n_in + n_out - 3,
       "hot where points are accepted, cold where not (%d of %d)", n_right, n_in + n_out);
    /* mh is hidden: some mh is good for every m0, most are not for a large one */
    wants.map.y = 2;
    gather_want(gather, &wants);
    finish(gather, &parts);
    for (i = 0, n_in = 0; i < n; i++)
        n_in += parts.heat->p[i] > 0.6F;
    ok(n_in == n, "the best of what is not shown counts (%d of %d)", n_in, n);
    parts_free(&parts);
    gather_free(gather);
}

static uint64_t labels_now(const char *path)
{
    struct err err = ERR_INIT;
    struct model *model = model_create(path, false, &err);
    uint64_t labels;

    if (!model)
        bail_out("%s", err.message);
    labels = model->labels;
    model_free(model);
    return labels;
}

static void test_classes(const char *path)
{
    static const double levels[] = {0, 0.1, 0.5, 0.9, 1};
    struct gather *gather = open_gather(path, false);
    struct parts parts = {.map = NULL};
    struct wants wants;
    double sum = 0, volume = 0;
    uint64_t n = 0;
    size_t j;

    memset(&wants, 0, sizeof wants);
    wants.classes.is_wanted = true;
    wants.classes.n_levels = 5;
    memcpy(wants.classes.level, levels, sizeof levels);
    gather_want(gather, &wants);
    finish(gather, &parts);
    if (parts.classes)
        is_uint(parts.classes->as_of.labels, labels_now(path), "as of the labels that points have");
    if (!ok(parts.classes && parts.classes->has_model && parts.classes->n == 4, "four classes"))
        return;
    for (j = 0; j < 4; j++) {
        sum += parts.classes->rows[j].volume;
        n += parts.classes->rows[j].n_measured;
        volume += j >= 2 ? parts.classes->rows[j].volume : 0;
    }
    is_double(sum, 1, 1e-9, "their volumes are all of the prior");
    /* s < 0.5 and mh > 0.25: 0.75 less the part above the hyperbola, 0.153 */
    ok(fabs(volume - 0.597) < 0.06, "those above 0.5 take %.3f of it", volume);
    ok(n > 20 && parts.classes->rows[3].f > parts.classes->rows[0].f,
       "f is measured on %llu points", (unsigned long long)n);
    ok(parts.classes->rows[3].said > 0.9 && parts.classes->rows[0].said < 0.1,
       "what is said lies between the levels");
    parts_free(&parts);
    gather_free(gather);
}

static void test_inputs(const char *path)
{
    struct gather *gather = open_gather(path, false);
    struct parts parts = {.map = NULL};
    struct wants wants;

    memset(&wants, 0, sizeof wants);
    wants.wants_inputs = true;
    gather_want(gather, &wants);
    finish(gather, &parts);
    if (!ok(parts.inputs && parts.inputs->has_model && parts.inputs->n == 3, "three inputs"))
        return;
    ok(parts.inputs->auc > 0.9, "AUC %.3f", parts.inputs->auc);
    ok(parts.inputs->n_points >= 100, "of %llu points", (unsigned long long)parts.inputs->n_points);
    ok(parts.inputs->fall[1] > 0.1 && parts.inputs->fall[1] > 5 * fabs(parts.inputs->fall[2]),
       "mh matters (%.3f), mA does not (%.3f)", parts.inputs->fall[1], parts.inputs->fall[2]);
    parts_free(&parts);
    gather_free(gather);
}

static void test_learner(void)
{
    char path[HELP_PATH];
    struct store *store = make_learned(path, "learned.db");

    test_heat(path);
    test_classes(path);
    test_inputs(path);
    store_close(store);
}

/* ---- the thread ----------------------------------------------------------------------------- */

/* Until the gatherer has nothing more to do. */
static void wait_idle(struct gather *gather, struct parts *parts)
{
    struct pollfd fd = {.fd = gather_descriptor(gather), .events = POLLIN};

    while (!gather_is_idle(gather)) {
        (void)poll(&fd, 1, 20);
        gather_take(gather, parts);
    }
}

static void test_thread(void)
{
    char path[HELP_PATH], trouble[512];
    struct store *store = make_learned(path, "thread.db");
    struct gather *gather = open_gather(path, true), *plain = open_gather(path, false);
    struct parts parts = {.map = NULL}, anew = {.map = NULL};
    struct wants wants = wants_all();
    uint32_t k;

    wants.map.wants_heat = wants.wants_inputs = true;
    wants.list.sort = 1;
    gather_want(gather, &wants);
    wait_idle(gather, &parts);
    gather_want(plain, &wants);
    finish(plain, &anew);
    ok(is_same_parts(&parts, &anew), "the thread makes what is made without it");
    ok(parts.heat && memcmp(parts.heat->p, anew.heat->p, 40 * sizeof(float)) == 0, "heat too");
    gather_trouble(gather, trouble, sizeof trouble);
    is_str(trouble, "", "without trouble");
    ok(!gather_take(gather, &parts), "nothing new when nothing changed");
    gather_look(gather);
    wait_idle(gather, &parts);
    begin_round(store, 3, 801, 100);
    gather_look(gather);
    for (k = 0; k < 10; k++) { /* wants change while it works */
        wants.map.x_lo = -0.1 * k;
        wants.list.is_descending = k % 2;
        gather_want(gather, &wants);
        close_points(store, 801 + k, 801 + k);
        gather_look(gather);
    }
    wait_idle(gather, &parts);
    gather_want(plain, &wants);
    finish(plain, &anew);
    ok(is_same_parts(&parts, &anew), "after many changes the last wants are answered");
    is_double(parts.map->want.x_lo, wants.map.x_lo, 0, "with the last edges");
    wants.is_frozen = true;
    wants.map.x_lo = -5;
    gather_want(gather, &wants);
    gather_free(plain);
    plain = NULL;
    ok(!gather_take(gather, &parts) || parts.map->want.x_lo != -5,
       "frozen: nothing is handed over");
    gather_free(gather); /* whatever it does just then */
    parts_free(&parts);
    parts_free(&anew);
    store_close(store);
}

int main(void)
{
    mat_setup();
    test_map();
    test_cuts();
    test_said();
    test_list();
    test_pieces();
    test_edited();
    test_preview();
    test_learner();
    test_thread();
    return done_testing();
}
