/* script.c: keys and commands from a file instead of a keyboard, for tests and films.
 *
 * A line has names of keys between blanks (j G ^D Enter F3 Space), words in double quotes that are
 * typed letter by letter, or after a colon a command as on the console.  Some commands are the
 * script's own: ":wait idle", ":wait done", ":save-screen FILE", and what the mouse does: ":click
 * COLUMN LINE", ":wheel up COLUMN LINE", ":wheel down COLUMN LINE", counted from 1.  Empty lines
 * and lines that begin with "# " say nothing.  The whole file is read and understood before the
 * first key is given. */
#include "script.h"

#include "console.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SCRIPT_MOST = 1 << 20 };

struct script {
    char *path;
    struct arena *arena;
    struct script_step *steps;
    size_t n, room, at;
};

static int add(struct script *script, struct script_step step, struct err *err)
{
    if (script->n == script->room) {
        size_t room = script->room > 0 ? 2 * script->room : 64;
        struct script_step *steps =
            mem_resize(script->steps, script->room, room, sizeof *script->steps);
        if (steps == NULL)
            return mem_error(err);
        script->steps = steps;
        script->room = room;
    }
    script->steps[script->n++] = step;
    return 0;
}

/* "12 3": column and line. */
static int add_mouse(struct script *script, enum mouse_what what, const char *text, unsigned line,
                     struct err *err)
{
    struct script_step step = {.kind = SCRIPT_MOUSE, .line = line, .mouse = {.what = what}};
    char *end;
    long x = strtol(text, &end, 10), y = strtol(end, &end, 10);
    if (x < 1 || y < 1 || x > 10000 || y > 10000 || end[strspn(end, " ")] != '\0')
        return err_set(err, ERR_USAGE,
                       "%s:%u: expected the column and the line, from 1, not \"%.60s\"",
                       script->path, line, text);
    step.mouse.x = (int)x - 1;
    step.mouse.y = (int)y - 1;
    return add(script, step, err);
}

static int add_command(struct script *script, const char *text, unsigned line, struct err *err)
{
    static const char save[] = "save-screen ";
    struct script_step step = {.kind = SCRIPT_COMMAND, .text = text, .line = line};
    static const struct {
        const char *words;
        enum mouse_what what;
    } mice[] = {
        {"click ", MOUSE_CLICK}, {"wheel up ", MOUSE_WHEEL_UP}, {"wheel down ", MOUSE_WHEEL_DOWN}};
    for (size_t i = 0; i < sizeof mice / sizeof mice[0]; i++)
        if (strncmp(text, mice[i].words, strlen(mice[i].words)) == 0)
            return add_mouse(script, mice[i].what, text + strlen(mice[i].words), line, err);
    if (strncmp(text, "wait", 4) == 0 && (text[4] == ' ' || text[4] == '\0')) {
        const char *what = text + 4 + strspn(text + 4, " ");
        if (strcmp(what, "idle") != 0 && strcmp(what, "done") != 0)
            return err_set(err, ERR_USAGE,
                           "%s:%u: a script waits for \"idle\" or \"done\", not "
                           "for \"%.60s\"",
                           script->path, line, what);
        step.kind = what[0] == 'i' ? SCRIPT_WAIT_IDLE : SCRIPT_WAIT_DONE;
    } else if (strncmp(text, save, sizeof save - 1) == 0) {
        step.kind = SCRIPT_SAVE;
        step.text = text + sizeof save - 1;
    }
    return add(script, step, err);
}

/* The letters between double quotes, as keys; *at stands behind the first one. */
static int add_letters(struct script *script, const char **at, unsigned line, struct err *err)
{
    const char *text = *at;
    for (; *text != '"'; text++) {
        if (*text == '\0')
            return err_set(err, ERR_USAGE, "%s:%u: the closing quote is missing", script->path,
                           line);
        if (*text == '\\' && (text[1] == '"' || text[1] == '\\'))
            text++;
        struct script_step step = {.kind = SCRIPT_KEY, .key = (unsigned char)*text, .line = line};
        if (add(script, step, err) != 0)
            return -1;
    }
    *at = text + 1;
    return 0;
}

static int add_keys(struct script *script, const char *text, unsigned line, struct err *err)
{
    while (*(text += strspn(text, " \t")) != '\0') {
        size_t n = strcspn(text, " \t");
        struct script_step step = {.kind = SCRIPT_KEY, .line = line};
        if (*text == '"' && n > 1) {
            text++;
            if (add_letters(script, &text, line, err) != 0)
                return -1;
            continue;
        }
        if ((step.key = key_from_name(text, n)) == TK_NONE)
            return err_set(err, ERR_USAGE, "%s:%u: no key is called \"%.*s\"", script->path, line,
                           (int)(n < 60 ? n : 60), text);
        if (add(script, step, err) != 0)
            return -1;
        text += n;
    }
    return 0;
}

static int read_lines(struct script *script, const char *text, struct err *err)
{
    for (unsigned line = 1; *text != '\0'; line++) {
        size_t n = strcspn(text, "\n");
        bool has_cr = n > 0 && text[n - 1] == '\r';
        char *words = arena_strndup(script->arena, text, n - has_cr);
        if (words == NULL)
            return mem_error(err);
        if (words[0] == ':' && words[1] != '\0' && words[1] != ' ') {
            if (add_command(script, words + 1, line, err) != 0)
                return -1;
        } else if (!(words[0] == '#' && (words[1] == ' ' || words[1] == '\0')) &&
                   add_keys(script, words, line, err) != 0) {
            return -1;
        }
        text += n + (text[n] == '\n');
    }
    return 0;
}

struct script *script_read(const char *path, struct err *err)
{
    struct script *script = mem_new(struct script);
    struct buf text;
    int rc = -1;
    buf_init(&text, SCRIPT_MOST);
    if (script == NULL || (script->path = mem_strdup(path)) == NULL ||
        (script->arena = arena_create()) == NULL) {
        mem_error(err);
        goto out;
    }
    TRY(buf_read_file(&text, path, err));
    TRY(read_lines(script, text.data != NULL ? text.data : "", err));
    rc = 0;
out:
    buf_free(&text);
    if (rc != 0) {
        script_free(script);
        return NULL;
    }
    return script;
}

void script_free(struct script *script)
{
    if (script == NULL)
        return;
    arena_free(script->arena);
    mem_free(script->steps);
    mem_free(script->path);
    mem_free(script);
}

const struct script_step *script_next(struct script *script)
{
    return script->at < script->n ? &script->steps[script->at++] : NULL;
}

const char *script_path(const struct script *script)
{
    return script->path;
}
