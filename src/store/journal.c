/* journal.c: what goes on around the points: commands and their answers, the engine's heartbeat,
 * the workers, the log, odds and ends by name, and the learner's blobs.
 *
 * Whether an engine lives is told by its process on this host (and by the lock it holds: a process
 * number may have been given to another since), and by a fresh beat on another. */
#include "private.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { BEAT_FRESH_S = 30, BLOB_MAX = 1 << 30 };

/* ---- meta and models ------------------------------------------------------------------------ */

int store_set_meta(struct store *store, const char *key, const char *value, struct err *err)
{
    sqlite3_stmt *set = sql_start(store, SQL_SET_META, err);

    if (!set)
        return -1;
    sql_bind_text(set, 1, key);
    sql_bind_text(set, 2, value ? value : "");
    return sql_done(store, set, err);
}

int store_get_meta(struct store *store, const char *key, struct buf *value, struct err *err)
{
    sqlite3_stmt *get = sql_start(store, SQL_GET_META, err);
    int more, rc;

    buf_clear(value);
    if (!get)
        return -1;
    sql_bind_text(get, 1, key);
    more = sql_row(store, get, err);
    if (more < 0)
        return -1;
    rc = buf_puts(value, more == 1 ? sql_text(get, 0) : "", err);
    sqlite3_reset(get);
    return rc;
}

int store_put_model(struct store *store, uint32_t round, const void *data, size_t n,
                    struct err *err)
{
    sqlite3_stmt *put = sql_start(store, SQL_PUT_MODEL, err), *drop;
    int rc;

    if (!put)
        return -1;
    sqlite3_bind_int64(put, 1, round);
    sqlite3_bind_double(put, 2, clock_wall_s());
    if (sqlite3_bind_blob64(put, 3, n > 0 ? data : "", n, SQLITE_STATIC) != SQLITE_OK)
        return err_set(err, ERR_LIMIT, "a model of %zu bytes is too large for the store", n);
    rc = sql_done(store, put, err);
    sqlite3_bind_null(put, 3);
    drop = rc == 0 ? sql_start(store, SQL_DROP_MODELS, err) : NULL;
    if (!drop)
        return -1;
    sqlite3_bind_int64(drop, 1, round);
    return sql_done(store, drop, err);
}

int store_get_model(struct store *store, uint32_t round, struct buf *data, bool *found,
                    struct err *err)
{
    sqlite3_stmt *get = sql_start(store, SQL_GET_MODEL, err);
    int more, rc;

    *found = false;
    if (!get)
        return -1;
    sqlite3_bind_int64(get, 1, round);
    more = sql_row(store, get, err);
    if (more != 1)
        return more;
    *found = true;
    rc = buf_append(data, sqlite3_column_blob(get, 0), (size_t)sqlite3_column_bytes(get, 0), err);
    sqlite3_reset(get);
    return rc;
}

int store_drop_models(struct store *store, struct err *err)
{
    return sql_exec(store, "DELETE FROM model", err);
}

/* ---- commands ------------------------------------------------------------------------------- */

int store_add_command(struct store *store, const char *text, int64_t *id, struct err *err)
{
    sqlite3_stmt *add = sql_start(store, SQL_ADD_COMMAND, err);

    if (!add)
        return -1;
    sqlite3_bind_double(add, 1, clock_wall_s());
    sql_bind_text(add, 2, text);
    if (sql_done(store, add, err) != 0)
        return -1;
    *id = sqlite3_last_insert_rowid(store->db);
    return 0;
}

static int read_command(sqlite3_stmt *row, struct arena *arena, struct command_row *command,
                        struct err *err)
{
    *command = (struct command_row){
        .id = sqlite3_column_int64(row, 0),
        .at = sqlite3_column_double(row, 1),
        .text = sql_text_dup(row, 2, arena, err),
        .is_ok = sqlite3_column_int(row, 4) != 0,
        .round = (uint32_t)sqlite3_column_int64(row, 5),
        .undone = sqlite3_column_int64(row, 7),
    };
    if (command->text && sqlite3_column_type(row, 3) != SQLITE_NULL) {
        command->answer = sql_text_dup(row, 3, arena, err);
        if (!command->answer)
            return -1;
    }
    if (command->text && sqlite3_column_type(row, 6) != SQLITE_NULL) {
        command->undo = sql_text_dup(row, 6, arena, err);
        if (!command->undo)
            return -1;
    }
    return command->text ? 0 : -1;
}

/* A list that doubles within an arena: room for item n of *cap, or NULL. */
void *arena_grow(struct arena *arena, void *list, size_t n, size_t *cap, size_t size)
{
    size_t longer = *cap > 0 ? 2 * *cap : 16;
    void *fresh;

    if (n < *cap)
        return list;
    fresh = arena_array(arena, longer, size);
    if (fresh && n > 0)
        memcpy(fresh, list, n * size);
    if (fresh)
        *cap = longer;
    return fresh;
}

static int read_commands(struct store *store, enum sql_id id, struct arena *arena,
                         struct command_row **rows, size_t *n, struct err *err)
{
    sqlite3_stmt *ask = sql_start(store, id, err);
    struct command_row *list = NULL;
    size_t cap = 0;
    int more, rc = -1;

    *n = 0;
    *rows = NULL;
    if (!ask)
        return -1;
    while ((more = sql_row(store, ask, err)) == 1) {
        list = arena_grow(arena, *rows, *n, &cap, sizeof *list);
        if (!list) {
            mem_error(err);
            goto out;
        }
        *rows = list;
        TRY(read_command(ask, arena, &list[*n], err));
        (*n)++;
    }
    rc = more;
out:
    sqlite3_reset(ask);
    return rc;
}

int store_open_commands(struct store *store, struct arena *arena, struct command_row **rows,
                        size_t *n, struct err *err)
{
    return read_commands(store, SQL_OPEN_COMMANDS, arena, rows, n, err);
}

int store_journal(struct store *store, struct arena *arena, struct command_row **rows, size_t *n,
                  struct err *err)
{
    return read_commands(store, SQL_JOURNAL, arena, rows, n, err);
}

int store_answer_command(struct store *store, int64_t id, bool is_ok, const char *answer,
                         uint32_t round, struct err *err)
{
    sqlite3_stmt *put = sql_start(store, SQL_ANSWER, err);

    if (!put)
        return -1;
    sqlite3_bind_int64(put, 1, id);
    sql_bind_text(put, 2, answer ? answer : "");
    sqlite3_bind_int(put, 3, is_ok);
    sqlite3_bind_int64(put, 4, round);
    sqlite3_bind_double(put, 5, clock_wall_s());
    return sql_done(store, put, err);
}

int store_set_undo(struct store *store, int64_t id, const char *undo, int64_t undoes,
                   struct err *err)
{
    sqlite3_stmt *put = sql_start(store, SQL_SET_UNDO, err);

    if (!put)
        return -1;
    sqlite3_bind_int64(put, 1, id);
    sql_bind_text(put, 2, undo);
    if (sql_done(store, put, err) != 0)
        return -1;
    if (undoes <= 0)
        return 0;
    put = sql_start(store, SQL_SET_UNDONE, err);
    if (!put)
        return -1;
    sqlite3_bind_int64(put, 1, undoes);
    sqlite3_bind_int64(put, 2, id);
    return sql_done(store, put, err);
}

int store_command(struct store *store, int64_t id, struct arena *arena, struct command_row *row,
                  struct err *err)
{
    sqlite3_stmt *ask = sql_start(store, SQL_COMMAND, err);
    int more, rc;

    if (!ask)
        return -1;
    sqlite3_bind_int64(ask, 1, id);
    more = sql_row(store, ask, err);
    if (more < 0)
        return -1;
    if (more == 0)
        return err_set(err, ERR_STORE, "there is no command %lld", (long long)id);
    rc = read_command(ask, arena, row, err);
    sqlite3_reset(ask);
    return rc;
}

/* ---- the engine ----------------------------------------------------------------------------- */

/* Messages may have several lines; where this is shown there is one. */
static void make_one_line(char *words)
{
    for (char *at = words; *at != '\0'; at++)
        if ((unsigned char)*at < ' ')
            *at = ' ';
}

int store_beat(struct store *store, const struct engine_row *engine, struct err *err)
{
    char words[sizeof engine->words];
    sqlite3_stmt *beat = sql_start(store, SQL_BEAT, err);

    if (!beat)
        return -1;
    sqlite3_bind_int64(beat, 1, engine->pid);
    sql_bind_text(beat, 2, engine->host);
    sql_bind_text(beat, 3, engine->state);
    snprintf(words, sizeof words, "%s", engine->words);
    make_one_line(words);
    sql_bind_text(beat, 4, words);
    sqlite3_bind_double(beat, 5, engine->started);
    sqlite3_bind_double(beat, 6, engine->beat);
    sqlite3_bind_double(beat, 7, isfinite(engine->active_s) ? engine->active_s : 0);
    return sql_done(store, beat, err);
}

static bool is_over(const char *state)
{
    return strcmp(state, "stopped") == 0 || strcmp(state, "done") == 0 ||
           strcmp(state, "failed") == 0 || state[0] == '\0';
}

static bool is_alive(const struct store *store, const struct engine_row *row)
{
    char host[128] = "";
    int held;

    if (is_over(row->state))
        return false;
    gethostname(host, sizeof host - 1);
    if (strcmp(host, row->host) != 0)
        return clock_wall_s() - row->beat < BEAT_FRESH_S;
    if (!process_exists((pid_t)row->pid))
        return false;
    if (store->lock_fd >= 0) /* we hold it: it is us, or it is gone */
        return row->pid == getpid();
    held = lock_is_held(store->path);
    return held != 0;
}

int store_engine(struct store *store, struct engine_row *engine, struct err *err)
{
    sqlite3_stmt *ask = sql_start(store, SQL_ENGINE, err);
    int more;

    *engine = (struct engine_row){.pid = 0};
    if (!ask)
        return -1;
    more = sql_row(store, ask, err);
    if (more != 1)
        return more;
    engine->pid = sqlite3_column_int64(ask, 0);
    snprintf(engine->host, sizeof engine->host, "%s", sql_text(ask, 1));
    snprintf(engine->state, sizeof engine->state, "%s", sql_text(ask, 2));
    snprintf(engine->words, sizeof engine->words, "%s", sql_text(ask, 3));
    make_one_line(engine->words); /* older stores have such */
    engine->started = sqlite3_column_double(ask, 4);
    engine->beat = sqlite3_column_double(ask, 5);
    engine->active_s = sqlite3_column_double(ask, 6);
    sqlite3_reset(ask);
    engine->is_alive = is_alive(store, engine);
    return 0;
}

void engine_row_is_me(struct engine_row *row)
{
    row->pid = getpid();
    row->host[0] = '\0';
    gethostname(row->host, sizeof row->host - 1);
    row->host[sizeof row->host - 1] = '\0';
    snprintf(row->state, sizeof row->state, "starting");
    row->words[0] = '\0';
    row->started = row->beat = clock_wall_s();
}

/* ---- workers and log ------------------------------------------------------------------------ */

static int put_worker(struct store *store, const struct worker_row *worker, struct err *err)
{
    sqlite3_stmt *put = sql_start(store, SQL_PUT_WORKER, err);

    if (!put)
        return -1;
    sqlite3_bind_int(put, 1, worker->worker);
    sqlite3_bind_int64(put, 2, worker->pid);
    if (worker->point > 0)
        sqlite3_bind_int64(put, 3, (int64_t)worker->point);
    else
        sqlite3_bind_null(put, 3);
    sqlite3_bind_double(put, 4, worker->since);
    sqlite3_bind_int64(put, 5, (int64_t)worker->n_done);
    sqlite3_bind_double(put, 6, isfinite(worker->busy_s) ? worker->busy_s : 0);
    sql_bind_text(put, 7, worker->calculator[0] ? worker->calculator : NULL);
    if (worker->calculator_since > 0)
        sqlite3_bind_double(put, 8, worker->calculator_since);
    else
        sqlite3_bind_null(put, 8);
    return sql_done(store, put, err);
}

int store_put_workers(struct store *store, const struct worker_row *workers, size_t n,
                      struct err *err)
{
    sqlite3_stmt *drop;
    int most = -1;
    size_t i;

    for (i = 0; i < n; i++) {
        if (put_worker(store, &workers[i], err) != 0)
            return -1;
        most = workers[i].worker > most ? workers[i].worker : most;
    }
    drop = sql_start(store, SQL_DROP_WORKERS, err);
    if (!drop)
        return -1;
    sqlite3_bind_int(drop, 1, most + 1);
    return sql_done(store, drop, err);
}

int store_workers(struct store *store, struct worker_row *workers, size_t n_max, size_t *n,
                  struct err *err)
{
    sqlite3_stmt *ask = sql_start(store, SQL_WORKERS, err);
    int more = 0;

    *n = 0;
    if (!ask)
        return -1;
    while (*n < n_max && (more = sql_row(store, ask, err)) == 1) {
        struct worker_row *worker = &workers[(*n)++];

        *worker = (struct worker_row){
            .worker = sqlite3_column_int(ask, 0),
            .pid = sqlite3_column_int64(ask, 1),
            .point = (uint64_t)sqlite3_column_int64(ask, 2),
            .since = sqlite3_column_double(ask, 3),
            .n_done = (uint64_t)sqlite3_column_int64(ask, 4),
            .busy_s = sqlite3_column_double(ask, 5),
            .calculator_since = sqlite3_column_double(ask, 7),
        };
        snprintf(worker->calculator, sizeof worker->calculator, "%s", sql_text(ask, 6));
    }
    sqlite3_reset(ask);
    return more < 0 ? -1 : 0;
}

int store_log(struct store *store, enum log_level level, const char *text, struct err *err)
{
    sqlite3_stmt *add = sql_start(store, SQL_ADD_LOG, err);
    char words[STORE_WORDS_MAX + 1];

    if (!add)
        return -1;
    text_clean_words(words, text);
    sqlite3_bind_double(add, 1, clock_wall_s());
    sqlite3_bind_int(add, 2, (int)level);
    sql_bind_text(add, 3, words);
    return sql_done(store, add, err);
}

int store_logs(struct store *store, int64_t after_id, size_t n_max, struct arena *arena,
               struct log_row **rows, size_t *n, struct err *err)
{
    sqlite3_stmt *ask = sql_start(store, SQL_LOGS, err);
    struct log_row *list;
    size_t cap = 0;
    int more, rc = -1;

    *n = 0;
    *rows = NULL;
    if (!ask)
        return -1;
    sqlite3_bind_int64(ask, 1, after_id);
    sqlite3_bind_int64(ask, 2, (int64_t)n_max);
    while ((more = sql_row(store, ask, err)) == 1) {
        list = arena_grow(arena, *rows, *n, &cap, sizeof *list);
        if (!list) {
            mem_error(err);
            goto out;
        }
        *rows = list;
        list[*n] = (struct log_row){.id = sqlite3_column_int64(ask, 0),
                                    .at = sqlite3_column_double(ask, 1),
                                    .level = (enum log_level)sqlite3_column_int(ask, 2),
                                    .text = sql_text_dup(ask, 3, arena, err)};
        if (!list[*n].text)
            goto out;
        (*n)++;
    }
    rc = more;
out:
    sqlite3_reset(ask);
    return rc;
}
