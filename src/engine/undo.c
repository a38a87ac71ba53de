/* undo.c: taking commands back.
 *
 * Each command that can be taken back leaves, before it acts, the commands that do it (column
 * `undo` of the journal).  `undo` carries those of the latest one out that was not undone yet, and
 * marks it.  A line "labels AFTER BEFORE" is no command: see steer_labels_back.  Commands are
 * undone from the last to the first, so that what they replaced is there again as it was.
 * Evaluations are never undone. */
#include "private.h"

#include <stdio.h>
#include <string.h>

int undo_with(struct engine *engine, struct err *err, const char *format, ...)
{
    va_list args;
    if (engine->undo.len > 0 && buf_puts(&engine->undo, "\n", err) != 0)
        return -1;
    va_start(args, format);
    int rc = buf_vprintf(&engine->undo, err, format, args);
    va_end(args);
    return rc;
}

/* A pause holds for the engine that was paused only. */
static bool is_past(const struct engine *engine, const struct command_row *row)
{
    bool is_pause = strncmp(row->text, "pause", 5) == 0 || strncmp(row->text, "resume", 6) == 0;
    return is_pause && (engine->pool == NULL || row->at < engine->started_wall);
}

static const struct command_row *last_one(const struct engine *engine,
                                          const struct command_row *rows, size_t n)
{
    while (n-- > 0)
        if (rows[n].answer != NULL && rows[n].is_ok && rows[n].undo != NULL &&
            rows[n].undone == 0 && !is_past(engine, &rows[n]))
            return &rows[n];
    return NULL;
}

/* Carries the lines out one by one; what they leave in engine->undo is not kept. */
static int carry_out(struct engine *engine, char *lines, bool *is_ok, struct buf *answer,
                     struct err *err)
{
    struct buf words;
    int rc = -1;
    buf_init(&words, 1 << 20);
    for (char *line = lines, *next; line != NULL && *is_ok; line = next) {
        next = strchr(line, '\n');
        if (next != NULL)
            *next++ = '\0';
        if (strncmp(line, "labels ", 7) == 0) {
            TRY(steer_labels_back(engine, line + 7, err));
            continue;
        }
        buf_clear(&words);
        TRY(command_run(engine, line, is_ok, &words, err));
        TRY(buf_printf(answer, err, "; %s", words.len > 0 ? words.data : "done"));
    }
    rc = 0;
out:
    buf_free(&words);
    return rc;
}

int undo_last(struct engine *engine, const char *rest, bool *is_ok, struct buf *answer,
              struct err *err)
{
    struct arena *arena = arena_create();
    struct command_row *rows;
    size_t n;
    int rc = -1;
    if (arena == NULL)
        return mem_error(err);
    if (rest[0] != '\0') {
        *is_ok = false;
        rc = buf_puts(answer, "expected \"undo\" alone: it takes back the last command", err);
        goto out;
    }
    TRY(store_journal(engine->store, arena, &rows, &n, err));
    const struct command_row *row = last_one(engine, rows, n);
    if (row == NULL) {
        *is_ok = false;
        rc = buf_puts(answer,
                      "there is nothing to undo (cuts, pins, batch, explore, workers, timeout, "
                      "pause can be)",
                      err);
        goto out;
    }
    TRY(buf_printf(answer, err, "undone: %s", row->text));
    TRY(carry_out(engine, row->undo, is_ok, answer, err));
    buf_clear(&engine->undo);
    engine->undoes = *is_ok ? row->id : 0;
    rc = 0;
out:
    arena_free(arena);
    return rc;
}
