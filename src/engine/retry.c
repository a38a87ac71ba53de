/* retry.c: failed points that run again: all, those of a class, single ones, or those that meet a
 * condition over their parameters and over the calculator, stage and reason of the failure.
 *
 * A condition is one of the scan file's language; `calculator == "spheno"` (stage, reason) is not,
 * as values are numbers: such clauses are cut out where they are joined to the rest by `and`, and
 * compared here. */
#include "private.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { N_EXTRA = 2, MOST_CLAUSES = 16 }; /* id, round */

/* ---- what is asked for ---------------------------------------------------------------------- */

enum field { FIELD_CALCULATOR, FIELD_STAGE, FIELD_REASON, N_FIELDS };
static const char *const field_names[N_FIELDS] = {"calculator", "stage", "reason"};

struct clause {
    enum field field;
    bool is_equal;
    char text[64];
};

struct wish {
    struct clause clauses[MOST_CLAUSES];
    size_t n_clauses;
    struct cond *cond; /* of the rest, or NULL */
};

/* The next " and " on the top level, or the end. */
static const char *clause_end(const char *text)
{
    int depth = 0;
    bool is_quoted = false;
    for (; text[0] != '\0'; text++) {
        is_quoted ^= text[0] == '"';
        depth += (text[0] == '(') - (text[0] == ')');
        if (!is_quoted && depth == 0 && strncmp(text, " and ", 5) == 0)
            return text;
    }
    return text;
}

/* 1 it is one about words, 0 it is not, -1 it is one that cannot be read. */
static int read_word_clause(const char *text, size_t n, struct clause *clause)
{
    char copy[256], name[32], sign[3], value[64];
    int end = 0;
    snprintf(copy, sizeof copy, "%.*s", (int)(n < sizeof copy ? n : sizeof copy - 1), text);
    if (sscanf(copy, " %31[a-z]", name) != 1)
        return 0;
    for (clause->field = 0; clause->field < N_FIELDS; clause->field++)
        if (strcmp(name, field_names[clause->field]) == 0)
            break;
    if (clause->field == N_FIELDS)
        return 0;
    if (sscanf(copy, " %*[a-z] %2[=!] \"%63[^\"]\" %n", sign, value, &end) != 2 || end == 0)
        if (sscanf(copy, " %*[a-z] %2[=!] %63[-A-Za-z0-9_] %n", sign, value, &end) != 2)
            return -1;
    if (copy[end] != '\0' || end == 0)
        return -1;
    clause->is_equal = sign[0] == '=';
    snprintf(clause->text, sizeof clause->text, "%s", value);
    return 1;
}

static struct cond *compile(const struct engine *engine, const char *text, struct err *err)
{
    const struct scan *scan = engine->scan;
    const char **names = mem_array(scan->n_values + N_EXTRA, sizeof *names);
    struct cond *cond = NULL;
    size_t column;
    if (names == NULL) {
        mem_error(err);
        return NULL;
    }
    for (size_t v = 0; v < scan->n_values; v++)
        names[v] = scan->value_names[v];
    names[scan->n_values] = scan_value_index(scan, "id") == SIZE_MAX ? "id" : "_id_";
    names[scan->n_values + 1] = scan_value_index(scan, "round") == SIZE_MAX ? "round" : "_round_";
    cond = cond_create(text, names, scan->n_values + N_EXTRA, NULL, 0, &column, err);
    mem_free(names);
    return cond;
}

/* -1 with the err: what is wrong with it (ERR_SCAN), or no memory. */
static int read_wish(const struct engine *engine, const char *text, struct wish *wish,
                     struct err *err)
{
    struct buf rest;
    int rc = -1;
    buf_init(&rest, 1 << 16);
    while (text[0] != '\0') {
        const char *end = clause_end(text);
        size_t n = (size_t)(end - text);
        int kind = wish->n_clauses < MOST_CLAUSES
                       ? read_word_clause(text, n, &wish->clauses[wish->n_clauses])
                       : -1;
        if (kind < 0) {
            err_set(err, ERR_SCAN,
                    "cannot read \"%.*s\"; expected calculator == \"NAME\" (or stage, or reason), "
                    "joined to others with \"and\"",
                    (int)(n < 200 ? n : 200), text);
            goto out;
        }
        if (kind > 0)
            wish->n_clauses++;
        else
            TRY(buf_printf(&rest, err, "%s%.*s", rest.len > 0 ? " and " : "", (int)n, text));
        text = end[0] != '\0' ? end + 5 : end;
    }
    if (rest.len > 0 && (wish->cond = compile(engine, rest.data, err)) == NULL)
        goto out;
    rc = 0;
out:
    buf_free(&rest);
    return rc;
}

static bool is_wished(const struct wish *wish, const struct store_failure *failure)
{
    for (size_t i = 0; i < wish->n_clauses; i++) {
        const struct clause *clause = &wish->clauses[i];
        const char *has = clause->field == FIELD_CALCULATOR ? failure->calculator
                          : clause->field == FIELD_STAGE    ? failure->stage
                                                            : failure->reason;
        if ((strcmp(has, clause->text) == 0) != clause->is_equal)
            return false;
    }
    return true;
}

/* ---- the points ----------------------------------------------------------------------------- */

struct ids {
    uint64_t *ids;
    size_t n, room;
};

static int add_id(struct ids *ids, uint64_t id, struct err *err)
{
    if (ids->n == ids->room) {
        size_t room = ids->room > 0 ? 2 * ids->room : 256;
        uint64_t *more = mem_resize(ids->ids, ids->room, room, sizeof *more);
        if (more == NULL)
            return mem_error(err);
        ids->ids = more;
        ids->room = room;
    }
    ids->ids[ids->n++] = id;
    return 0;
}

/* All failed points that meet the condition. */
static int gather(struct engine *engine, struct wish *wish, struct ids *ids, struct err *err)
{
    size_t n_values = engine->scan->n_values, n_read = 1;
    struct store_query query = {.state = STATE_FAILED};
    struct store_cursor *cursor = store_select(engine->store, &query, err);
    struct point_row point = {.row = mem_array(n_values + N_EXTRA, sizeof(double))};
    int rc = -1;
    if (cursor == NULL || point.row == NULL) {
        rc = cursor == NULL ? -1 : mem_error(err);
        goto out;
    }
    for (;;) {
        struct store_failure failure;
        bool found = false;
        TRY(store_fetch(cursor, 1, &point, &n_read, err));
        if (n_read == 0)
            break;
        point.row[n_values] = (double)point.id;
        point.row[n_values + 1] = (double)point.round;
        if (wish->cond != NULL && cond_test(wish->cond, point.row) != TRUTH_YES)
            continue;
        TRY(store_failure(engine->store, point.id, &failure, &found, err));
        if (found && is_wished(wish, &failure))
            TRY(add_id(ids, point.id, err));
    }
    rc = 0;
out:
    store_cursor_free(cursor);
    mem_free(point.row);
    return rc;
}

static int reopen(struct engine *engine, const struct ids *ids, struct err *err)
{
    if (store_begin(engine->store, err) != 0)
        return -1;
    for (size_t i = 0; i < ids->n; i++)
        if (store_reopen_point(engine->store, ids->ids[i], err) != 0) {
            store_rollback(engine->store);
            return -1;
        }
    if (store_commit(engine->store, err) == 0)
        return 0;
    store_rollback(engine->store);
    return -1;
}

/* "4779 4780": each must have failed.  1 read, 0 refused. */
static int read_ids(struct engine *engine, const char *text, struct ids *ids, struct buf *answer,
                    struct err *err)
{
    while (text[0] != '\0') {
        struct store_failure failure;
        char word[32];
        bool found = false;
        int64_t id = 0;
        size_t n = strcspn(text, " ,");
        snprintf(word, sizeof word, "%.*s", (int)(n < 31 ? n : 31), text);
        if (text_to_int64(word, &id) != 0 || id < 1)
            return buf_printf(answer, err, "\"%s\" is no number of a point", word);
        if (store_failure(engine->store, (uint64_t)id, &failure, &found, err) != 0)
            return -1;
        if (!found)
            return buf_printf(answer, err, "point %lld has not failed", (long long)id);
        if (add_id(ids, (uint64_t)id, err) != 0)
            return -1;
        text += n + strspn(text + n, " ,");
    }
    return 1;
}

/* ---- the command ---------------------------------------------------------------------------- */

static int refuse_reason(const char *text, bool *is_ok, struct buf *answer, struct err *err)
{
    *is_ok = false;
    return buf_printf(answer, err,
                      "there is no reason class \"%s\"; expected one such as timeout, exit, "
                      "signal, numbers of points, \"where CONDITION\", or nothing for all",
                      text);
}

/* A class, or all: the store does it in one go. */
static int reopen_class(struct engine *engine, const char *text, size_t *n, struct err *err)
{
    if (store_begin(engine->store, err) != 0)
        return -1;
    if (store_reopen_failed(engine->store, text[0] != '\0' ? text : NULL, n, err) == 0 &&
        store_commit(engine->store, err) == 0)
        return 0;
    store_rollback(engine->store);
    return -1;
}

/* *is_ok false: the answer says why. */
static int reopen_wished(struct engine *engine, const char *text, size_t *n, bool *is_ok,
                         struct buf *answer, struct err *err)
{
    struct wish wish = {.n_clauses = 0};
    struct err why = ERR_INIT;
    struct ids ids = {0};
    int rc = -1, got = 1;
    if (isdigit((unsigned char)text[0])) {
        if ((got = read_ids(engine, text, &ids, answer, err)) < 0)
            goto out;
        *is_ok = got > 0;
    } else if (read_wish(engine, text + 5 + strspn(text + 5, " "), &wish, &why) != 0) {
        if (why.code == ERR_MEMORY) {
            *err = why;
            goto out;
        }
        *is_ok = false;
        TRY(buf_puts(answer, why.message, err));
    } else
        TRY(gather(engine, &wish, &ids, err));
    if (*is_ok)
        TRY(reopen(engine, &ids, err));
    *n = ids.n;
    rc = 0;
out:
    cond_free(wish.cond);
    mem_free(ids.ids);
    return rc;
}

int retry_run(struct engine *engine, const char *text, bool *is_ok, struct buf *answer,
              struct err *err)
{
    size_t n = 0;
    if (strncmp(text, "failed", 6) == 0) /* "retry failed timeout" says the same */
        text += 6 + strspn(text + 6, " ");
    bool is_wish = isdigit((unsigned char)text[0]) || strncmp(text, "where ", 6) == 0;
    if (!is_wish && text[0] != '\0' && reason_find(text) < 0)
        return refuse_reason(text, is_ok, answer, err);
    if (engine->closing != NULL && close_flush(engine, err) != 0)
        return -1;
    if ((is_wish ? reopen_wished(engine, text, &n, is_ok, answer, err)
                 : reopen_class(engine, text, &n, err)) != 0)
        return -1;
    if (!*is_ok)
        return 0;
    if (engine->pool != NULL && n > 0 && load_all(engine, err) != 0)
        return -1;
    return buf_printf(answer, err, "%zu failed point%s%s", n,
                      n == 1 ? " runs again" : "s run again",
                      engine->pool == NULL && n > 0 ? " when the scan is resumed" : "");
}
