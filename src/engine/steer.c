/* steer.c: live cuts, and points given by the user.
 *
 * A cut is a further constraint: stored points are judged again from their stored values, nothing
 * is run.  Injected points are a round of their own.  Boxes are pinned in pins.c. */
#include "private.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct judge *engine_judge(struct store *store, const struct scan *scan, struct err *err)
{
    struct arena *arena = arena_create();
    struct judge_cut *cuts;
    const char **without;
    size_t n;
    struct judge *judge = NULL;
    if (arena == NULL)
        mem_error(err);
    else if (store_cuts(store, arena, &cuts, &n, &without, err) == 0)
        judge = judge_create(scan, cuts, n, without, err);
    arena_free(arena);
    return judge;
}

/* ---- cuts ----------------------------------------------------------------------------------- */

/* The goal of accepted points that as many reach; NULL: none. */
static const struct scan_goal *goal_of_accepted(const struct engine *engine, uint64_t n_accepted)
{
    for (size_t i = 0; i < engine->n_goals; i++)
        if (engine->goals[i].kind == GOAL_ACCEPTED && (double)n_accepted >= engine->goals[i].value)
            return &engine->goals[i];
    return NULL;
}

/* Was the scan over for a number of points or a time?  No label changes that. */
static bool is_kept_by_labels(const struct engine *engine, const char *words)
{
    const char *text = strstr(words, ": ");
    for (size_t i = 0; text != NULL && i < engine->n_goals; i++)
        if (strcmp(engine->goals[i].text, text + 2) == 0)
            return engine->goals[i].kind == GOAL_POINTS || engine->goals[i].kind == GOAL_SECONDS;
    return false;
}

/* A scan that was done may have lost what its goal counted, or has it again (undo). */
static int reopen_goal(struct engine *engine, const struct relabel *result, struct err *err)
{
    static const char lost[] =
        "labels were changed by a cut after the end; resume goes on to the goal";
    const struct scan_goal *goal = goal_of_accepted(engine, result->n_accepted_after);
    struct engine_row row;
    if (store_engine(engine->store, &row, err) != 0)
        return -1;
    if (goal == NULL && strcmp(row.state, "done") == 0 &&
        result->n_accepted_after < result->n_accepted_before &&
        !is_kept_by_labels(engine, row.words)) {
        snprintf(row.state, sizeof row.state, "stopped");
        snprintf(row.words, sizeof row.words, "%s", lost);
    } else if (goal != NULL && strcmp(row.words, lost) == 0) {
        snprintf(row.state, sizeof row.state, "done");
        snprintf(row.words, sizeof row.words, "the goal is reached: %s", goal->text);
    } else
        return 0;
    if (store_begin(engine->store, err) != 0)
        return -1;
    if (store_beat(engine->store, &row, err) != 0 || store_commit(engine->store, err) != 0) {
        store_rollback(engine->store);
        return -1;
    }
    return 0;
}

/* The first point since labels changed last: predictions are compared from there on. */
static int labels_from(struct engine *engine, int64_t *from, struct err *err)
{
    struct buf text;
    buf_init(&text, 64);
    int rc = store_get_meta(engine->store, "labels from", &text, err);
    *from = 0;
    if (rc == 0 && text.len > 0)
        (void)text_to_int64(text.data, from);
    buf_free(&text);
    return rc;
}

/* "AFTER BEFORE": the last change of labels was taken back.  Where no point was proposed in
 * between, what was predicted before it can be compared again. */
int steer_labels_back(struct engine *engine, const char *text, struct err *err)
{
    char *end;
    long long after = strtoll(text, &end, 10), before = strtoll(end, NULL, 10);
    uint64_t last = 0;
    char number[32];
    if (store_last_id(engine->store, &last, err) != 0)
        return -1;
    if (after != (long long)last + 1)
        return 0;
    snprintf(number, sizeof number, "%lld", before);
    engine->labels_from = (uint64_t)before;
    return store_set_meta(engine->store, "labels from", number, err);
}

static int relabel(struct engine *engine, struct judge *take_judge, struct buf *answer,
                   struct err *err)
{
    struct relabel result = {0};
    char changed[32], before[32], after[32], n[32];
    struct judge *judge = take_judge;
    int64_t from_before, from_after;
    int rc = -1;
    if (engine->closing != NULL) {
        TRY(close_flush(engine, err));
        if (engine->closing->n > 0) {
            err_set(err, ERR_FULL,
                    "the disk is full: results wait to be written; try again when "
                    "there is room");
            goto out;
        }
    }
    TRY(labels_from(engine, &from_before, err));
    TRY(store_begin(engine->store, err));
    if (store_relabel(engine->store, judge, false, &result, err) != 0 ||
        store_commit(engine->store, err) != 0) {
        store_rollback(engine->store);
        goto out;
    }
    if (engine->judge != engine->job_judge) /* else the job at work still asks it */
        judge_free(engine->judge);
    engine->judge = judge;
    judge = NULL;
    engine->n_margins = judge_n_margins(engine->judge);
    engine->is_job_stale = true;
    engine->is_goal_reached = false;
    if (engine->pool != NULL) {
        closing_free(engine->closing);
        if ((engine->closing = closing_create(engine, err)) == NULL)
            goto out;
    } else if (engine->survey == NULL &&
               (engine->survey = survey_create(engine->scan, engine->judge, err)) == NULL)
        goto out;
    TRY(load_all(engine, err));
    TRY(labels_from(engine, &from_after, err));
    if (from_after != from_before)
        TRY(undo_with(engine, err, "labels %lld %lld", (long long)from_after,
                      (long long)from_before));
    if (engine->pool == NULL)
        TRY(reopen_goal(engine, &result, err));
    rc = buf_printf(answer, err, "%s of %s labels changed: accepted %s -> %s",
                    text_count(changed, sizeof changed, result.n_changed),
                    text_count(n, sizeof n, result.n_points),
                    text_count(before, sizeof before, result.n_accepted_before),
                    text_count(after, sizeof after, result.n_accepted_after));
out:
    judge_free(judge);
    return rc;
}

int steer_judge_again(struct engine *engine, struct buf *answer, struct err *err)
{
    struct judge *judge = engine_judge(engine->store, engine->scan, err);
    return judge != NULL ? relabel(engine, judge, answer, err) : -1;
}

/* "NAME: CONDITION" or a bare condition, which is called cut1, cut2, ... */
static int split_cut(struct arena *arena, const struct engine *engine, const char *text,
                     struct judge_cut *cut, struct err *err)
{
    const char *colon = strchr(text, ':');
    size_t n = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
    if (colon != NULL && n > 0 && text + n + strspn(text + n, " ") == colon) {
        cut->name = arena_strndup(arena, text, n);
        cut->text = arena_strdup(arena, colon + 1 + strspn(colon + 1, " "));
    } else {
        for (unsigned k = 1; cut->name == NULL && k < 1000; k++) {
            char name[16];
            bool is_taken = false;
            snprintf(name, sizeof name, "cut%u", k);
            for (size_t i = 0; i < judge_n_terms(engine->judge); i++)
                is_taken |= strcmp(judge_term(engine->judge, i).name, name) == 0;
            if (!is_taken)
                cut->name = arena_strdup(arena, name);
        }
        cut->text = arena_strdup(arena, text);
    }
    return cut->name != NULL && cut->text != NULL ? 0 : mem_error(err);
}

static bool is_scans_constraint(const struct engine *engine, const char *name)
{
    bool is_one = false;
    for (size_t i = 0; i < engine->scan->n_constraints; i++)
        is_one |= strcmp(engine->scan->constraints[i].name, name) == 0;
    return is_one;
}

/* With these cuts, and without these constraints of the scan. */
static int rejudge(struct engine *engine, const struct judge_cut *cuts, size_t n,
                   const char *const *without, bool *is_ok, struct buf *answer, struct err *err)
{
    struct err refused = ERR_INIT;
    struct judge *judge = judge_create(engine->scan, cuts, n, without, &refused);
    if (judge == NULL) {
        *is_ok = false;
        buf_clear(answer);
        return buf_puts(answer, refused.message, err);
    }
    return relabel(engine, judge, answer, err);
}

int steer_cut(struct engine *engine, const char *text, bool *is_ok, struct buf *answer,
              struct err *err)
{
    struct arena *arena = arena_create();
    struct judge_cut *old, *cuts, new = {0};
    const char **without;
    size_t n, n_kept = 0;
    int rc = -1;
    if (arena == NULL)
        return mem_error(err);
    TRY(store_cuts(engine->store, arena, &old, &n, &without, err));
    if ((cuts = arena_array(arena, n + 1, sizeof *cuts)) == NULL) {
        mem_error(err);
        goto out;
    }
    size_t n_without = 0, n_left = 0;
    while (without != NULL && without[n_without] != NULL)
        n_without++;
    for (size_t i = 0; i < n_without; i++) /* a constraint of the scan comes back by its name */
        if (strcmp(without[i], text) != 0)
            without[n_left++] = without[i];
    if (n_left < n_without) {
        without[n_left] = NULL;
        TRY(undo_with(engine, err, "uncut %s", text));
        rc = rejudge(engine, old, n, without, is_ok, answer, err);
        goto out;
    }
    if (text[0] == '\0') {
        *is_ok = false;
        rc = buf_puts(answer, "expected cut [NAME:] CONDITION, for example: cut light: mh < 124",
                      err);
        goto out;
    }
    TRY(split_cut(arena, engine, text, &new, err));
    if (is_scans_constraint(engine, new.name)) {
        *is_ok = false;
        rc = buf_printf(answer, err,
                        "the scan has a constraint \"%s\" of its own: name the cut "
                        "otherwise (or take that away: uncut %s)",
                        new.name, new.name);
        goto out;
    }
    for (size_t i = 0; i < n; i++) /* one of the same name is replaced */
        if (strcmp(old[i].name, new.name) != 0)
            cuts[n_kept++] = old[i];
        else
            TRY(undo_with(engine, err, "cut %s: %s", old[i].name, old[i].text));
    if (n_kept == n)
        TRY(undo_with(engine, err, "uncut %s", new.name));
    cuts[n_kept++] = new;
    TRY(buf_printf(answer, err, "%s: ", new.name));
    rc = rejudge(engine, cuts, n_kept, without, is_ok, answer, err);
out:
    arena_free(arena);
    return rc;
}

static int refuse_uncut(const struct engine *engine, const char *name, struct buf *answer,
                        struct err *err)
{
    if (buf_printf(answer, err, "there is no constraint \"%s\"; there are:", name) != 0)
        return -1;
    for (size_t i = 0; i < judge_n_terms(engine->judge); i++)
        if (buf_printf(answer, err, " %s", judge_term(engine->judge, i).name) != 0)
            return -1;
    return 0;
}

int steer_uncut(struct engine *engine, const char *name, bool *is_ok, struct buf *answer,
                struct err *err)
{
    struct arena *arena = arena_create();
    struct judge_cut *cuts;
    const char **without, **less;
    size_t n, n_kept = 0, n_without = 0;
    int rc = -1;
    if (arena == NULL)
        return mem_error(err);
    TRY(store_cuts(engine->store, arena, &cuts, &n, &without, err));
    while (without != NULL && without[n_without] != NULL)
        n_without++;
    for (size_t i = 0; i < n; i++)
        if (strcmp(cuts[i].name, name) != 0)
            cuts[n_kept++] = cuts[i];
        else
            TRY(undo_with(engine, err, "cut %s: %s", name, cuts[i].text));
    if ((less = arena_array(arena, n_without + 2, sizeof *less)) == NULL) {
        mem_error(err);
        goto out;
    }
    for (size_t i = 0; i < n_without; i++)
        less[i] = without[i];
    bool is_scans = n_kept == n && is_scans_constraint(engine, name);
    for (size_t i = 0; i < n_without; i++) /* it is away already */
        is_scans &= strcmp(without[i], name) != 0;
    if (is_scans) {
        less[n_without] = name;
        TRY(undo_with(engine, err, "cut %s", name));
    }
    if (n_kept == n && !is_scans) {
        *is_ok = false;
        rc = refuse_uncut(engine, name, answer, err);
        goto out;
    }
    TRY(rejudge(engine, cuts, n_kept, less, is_ok, answer, err));
    rc = is_scans ? buf_printf(answer, err, "; \"cut %s\" puts it back", name) : 0;
out:
    arena_free(arena);
    return rc;
}

/* ---- points given by the user --------------------------------------------------------------- */

static int refuse_inject(const struct engine *engine, const char *words, const char *what,
                         bool *is_ok, struct buf *answer, struct err *err)
{
    *is_ok = false;
    if (buf_printf(answer, err, "%s \"%s\"; expected NAME=VALUE for each of", words, what) != 0)
        return -1;
    for (size_t i = 0; i < engine->n_dims; i++) {
        const char *measured =
            engine->scan->params[space_value(engine->space, i)].kind == PRIOR_NORMAL
                ? " (or its mean)"
                : "";
        if (buf_printf(answer, err, " %s%s", space_name(engine->space, i), measured) != 0)
            return -1;
    }
    return buf_puts(answer, ", or a file of points", err);
}

/* "m0=500 tanb=10": 1 read, 0 refused (the answer says why), -1 failed. */
static int read_assignments(struct engine *engine, const char *text, double *row, bool *is_ok,
                            struct buf *answer, struct err *err)
{
    char name[128], number[128];
    int n;
    for (size_t i = 0; i < engine->scan->n_values; i++)
        row[i] = (double)NAN;
    while (text[0] != '\0') {
        n = 0;
        double value;
        if (sscanf(text, " %127[A-Za-z0-9_] = %127[^ ,\t] %n", name, number, &n) != 2 ||
            text_to_double(number, &value) != 0)
            return refuse_inject(engine, "cannot read", text, is_ok, answer, err);
        size_t v = scan_value_index(engine->scan, name);
        if (v >= engine->scan->n_params)
            return refuse_inject(engine, "there is no parameter", name, is_ok, answer, err);
        row[v] = value;
        text += n;
        text += text[0] == ',';
    }
    return 1;
}

/* What is measured stands at its mean where nobody gave it; means: what to say of that. */
static int fill_means(struct engine *engine, double *row, bool *is_ok, struct buf *means,
                      struct buf *answer, struct err *err)
{
    char number[TEXT_DOUBLE_SIZE];
    for (size_t i = 0; i < engine->n_dims; i++) {
        size_t v = space_value(engine->space, i);
        const struct scan_param *param = &engine->scan->params[v];
        if (!isnan(row[v]))
            continue;
        if (param->kind != PRIOR_NORMAL)
            return refuse_inject(engine, "no value for", param->name, is_ok, answer, err);
        row[v] = param->mean;
        if (buf_printf(means, err, "%s%s = %s", means->len > 0 ? ", " : " (measured: ", param->name,
                       text_shortest(number, param->mean)) != 0)
            return -1;
    }
    return means->len > 0 ? buf_puts(means, ")", err) : 0;
}

static int inject_one(struct engine *engine, const char *text, bool *is_ok, struct buf *answer,
                      struct err *err)
{
    double *row = mem_array(engine->scan->n_values, sizeof *row);
    double *unit = mem_array(engine->n_dims, sizeof *unit);
    struct buf means;
    int rc = -1;
    buf_init(&means, 1 << 16);
    if (row == NULL || unit == NULL) {
        mem_error(err);
        goto out;
    }
    int got = read_assignments(engine, text, row, is_ok, answer, err);
    if (got < 0 || (*is_ok && fill_means(engine, row, is_ok, &means, answer, err) != 0))
        goto out;
    if (!*is_ok) {
        rc = 0;
        goto out;
    }
    bool is_inside = space_to_unit(engine->space, row, unit);
    uint64_t id = engine->next_id;
    TRY(propose_asked(engine, 1, row, err));
    rc = buf_printf(answer, err, "point %llu%s%s%s", (unsigned long long)id,
                    means.len > 0 ? means.data : "",
                    is_inside ? ""
                              : " (outside of the parameters' ranges: it is run, and teaches "
                                "nothing)",
                    engine->pool == NULL ? "; it runs when the scan is resumed" : "");
out:
    buf_free(&means);
    mem_free(row);
    mem_free(unit);
    return rc;
}

static int inject_file(struct engine *engine, const char *path, struct buf *answer, struct err *err)
{
    size_t n = 0, n_params = engine->scan->n_params;
    double *units = NULL, *params = NULL;
    int rc = -1;
    uint64_t id = engine->next_id;
    TRY(survey_read_points(engine->scan, path, &units, &n, err));
    if ((params = mem_array(n * n_params, sizeof *params)) == NULL) {
        mem_error(err);
        goto out;
    }
    space_to_physical_block(engine->space, n, units, params, n_params, NULL);
    for (size_t i = 0; i < n; i++)
        space_snap(engine->space, params + i * n_params);
    if (n > 0)
        TRY(propose_asked(engine, n, params, err));
    const char *later = engine->pool == NULL ? " when the scan is resumed" : "";
    if (n == 1)
        rc = buf_printf(answer, err, "1 point, %llu%s%s", (unsigned long long)id,
                        later[0] != '\0' ? "; it runs" : "", later);
    else
        rc = buf_printf(answer, err, "%zu points, %llu to %llu%s%s", n, (unsigned long long)id,
                        (unsigned long long)(id + n - 1), later[0] != '\0' ? "; they run" : "",
                        later);
out:
    mem_free(units);
    mem_free(params);
    return rc;
}

int steer_inject(struct engine *engine, const char *text, bool *is_ok, struct buf *answer,
                 struct err *err)
{
    if (strchr(text, '=') == NULL && strncmp(text, "file ", 5) == 0)
        text += 5 + strspn(text + 5, " ");
    if (file_exists(text))
        return inject_file(engine, text, answer, err);
    return inject_one(engine, text, is_ok, answer, err);
}
