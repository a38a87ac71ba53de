/* log.c: the screen of the log: which lines are shown, where the cursor is, and its keys.
 *
 * Lines of the engine, failures of points and the user's commands stand in one list, newest first.
 * The cursor stays on its line when new ones arrive, unless it follows.  What is kept of the point
 * that a line is about is fetched from the store by `update`, one point at a time; log-draw.c
 * draws. */
#include "log.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- which lines ----------------------------------------------------------------------------- */

static bool has_level(char least, char level)
{
    switch (least) {
    case 'w': return level == 'w' || level == 'e' || level == 'f';
    case 'e':
    case 'f':
    case 'u': return level == least;
    default: return true;
    }
}

bool log_shows(const struct log_ui *log, const struct log_view *line)
{
    return has_level(log->level, line->level) &&
           (log->source[0] == '\0' || strcmp(log->source, line->source) == 0);
}

const struct log_view *log_row(const struct log_ui *log, const struct model *model, size_t k)
{
    size_t i;

    for (i = model->n_logs; i-- > 0;)
        if (log_shows(log, &model->logs[i]) && k-- == 0)
            return &model->logs[i];
    return NULL;
}

size_t log_count(const struct log_ui *log, const struct model *model)
{
    size_t i, n = 0;

    for (i = 0; i < model->n_logs; i++)
        n += log_shows(log, &model->logs[i]);
    return n;
}

const struct log_view *log_undoable(const struct model *model)
{
    size_t i;

    for (i = model->n_logs; i-- > 0;)
        if (model->logs[i].can_undo)
            return &model->logs[i];
    return NULL;
}

int log_rows(int height)
{
    int pane = height / 3 > 6 ? height / 3 : 6;

    return height - pane - 2 > 1 ? height - pane - 2 : 1;
}

/* ---- the cursor's line ----------------------------------------------------------------------- */

static uint64_t hash_of(const struct log_view *line)
{
    uint64_t hash = 0xcbf29ce484222325u ^ line->point;
    const char *c;

    for (c = line->text; *c; c++)
        hash = (hash ^ (unsigned char)*c) * 0x100000001b3u;
    return hash;
}

static int64_t time_us(const struct log_view *line)
{
    return isfinite(line->at) ? (int64_t)(line->at * 1e6) : 0;
}

static void select_row(struct log_ui *log, const struct model *model)
{
    const struct log_view *line = log_row(log, model, log->rows.at);

    log->selected_time_us = line ? time_us(line) : 0;
    log->selected_hash = line ? hash_of(line) : 0;
}

/* Row of the line that was selected; where it is hidden now, the one before it in time. */
static size_t find_selected(const struct log_ui *log, const struct model *model)
{
    size_t i, k = 0, before = SIZE_MAX;

    for (i = model->n_logs; i-- > 0;) {
        const struct log_view *line = &model->logs[i];

        if (!log_shows(log, line))
            continue;
        if (time_us(line) == log->selected_time_us && hash_of(line) == log->selected_hash)
            return k;
        if (before == SIZE_MAX && time_us(line) <= log->selected_time_us)
            before = k;
        k++;
    }
    return before == SIZE_MAX ? (k > 0 ? k - 1 : 0) : before;
}

/* ---- find ------------------------------------------------------------------------------------ */

const char *log_pattern(const struct ui *ui)
{
    return ui->layer == LAYER_FIND ? ui->line.text : ui->find;
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

const char *log_found(const char *text, const char *pattern)
{
    size_t n = strlen(pattern), i;

    for (; n > 0 && *text; text++) {
        for (i = 0; i < n && lower(text[i]) == lower(pattern[i]); i++)
            ;
        if (i == n)
            return text;
    }
    return NULL;
}

/* The next line (older) or the one before (newer) that holds the pattern; round at the ends. */
static void find_next(struct ui *ui, const struct model *model, bool is_back)
{
    struct log_ui *log = &ui->log;
    size_t n = log->rows.n, step, at;

    for (step = 1; step <= n; step++) {
        const struct log_view *line;

        at = (log->rows.at + (is_back ? n - step : step)) % n;
        line = log_row(log, model, at);
        if (!line || (!log_found(line->text, ui->find) && !log_found(line->source, ui->find)))
            continue;
        if (is_back ? at >= log->rows.at : at <= log->rows.at)
            ui_say(ui, "Found on, from the %s.", is_back ? "oldest line" : "newest line");
        log->rows.at = at;
        log->is_following = false;
        select_row(log, model);
        return;
    }
    ui_say(ui, "No line holds \"%s\".", ui->find);
}

/* ---- keys ------------------------------------------------------------------------------------ */

static void next_level(struct log_ui *log)
{
    static const char levels[] = "iwfeu";
    const char *at = log->level ? strchr(levels, log->level) : NULL;

    log->level = at && at[1] ? at[1] : levels[0];
}

/* The sources in the order of their newest line; then all again. */
static void next_source(struct ui *ui, const struct model *model)
{
    struct log_ui *log = &ui->log;
    const char *seen[64];
    size_t n = 0, i, j;

    for (i = model->n_logs; i-- > 0 && n < sizeof seen / sizeof seen[0];) {
        for (j = 0; j < n && strcmp(seen[j], model->logs[i].source) != 0; j++)
            ;
        if (j == n)
            seen[n++] = model->logs[i].source;
    }
    for (j = 0; j < n && strcmp(seen[j], log->source) != 0; j++)
        ;
    j = log->source[0] == '\0' ? 0 : j + 1;
    snprintf(log->source, sizeof log->source, "%s", j < n ? seen[j] : "");
}

static const char *why_not(const struct ui *ui, const struct model *model, int key)
{
    const struct log_view *line = log_row(&ui->log, model, ui->log.rows.at);

    switch (key) {
    case TK_ENTER: return line ? NULL : "There is no line to open.";
    case 'o': return line && line->point > 0 ? NULL : "This line is about no point.";
    case 'u':
        if (!ui->can_command)
            return "Nothing can be undone from here: the store is only read.";
        return log_undoable(model) ? NULL : "There is no action of yours that can be taken back.";
    case 'n':
    case 'N': return ui->find[0] ? NULL : "Nothing is looked for yet: / finds.";
    default: return NULL;
    }
}

/* The words over the whole screen. */
static bool key_when_open(struct log_ui *log, int key)
{
    int page = log->words_height > 1 ? log->words_height - 1 : 1;

    switch (key) {
    case 'q':
    case TK_ENTER:
    case TK_ESCAPE: log->is_open = false; return true;
    case 'j':
    case TK_DOWN: log->words_top++; return true;
    case 'k':
    case TK_UP: log->words_top--; return true;
    case TK_CTRL('D'):
    case TK_PAGE_DOWN: log->words_top += page; return true;
    case TK_CTRL('U'):
    case TK_PAGE_UP: log->words_top -= page; return true;
    case 'g':
    case TK_HOME: log->words_top = 0; return true;
    case 'G':
    case TK_END: log->words_top = INT32_MAX / 2; return true;
    default: return false;
    }
}

static bool take_key(struct ui *ui, struct model *model, int key)
{
    struct log_ui *log = &ui->log;
    const struct log_view *line = log_row(log, model, log->rows.at);

    if (log->is_open && key_when_open(log, key))
        return true;
    switch (key) {
    case 'l':
        next_level(log);
        log->rows.at = find_selected(log, model);
        return true;
    case 's':
        next_source(ui, model);
        log->rows.at = find_selected(log, model);
        return true;
    case 'f': log->is_following = !log->is_following; return true;
    case 'n':
    case 'N':
        if (ui->find[0])
            find_next(ui, model, key == 'N');
        return true;
    case TK_ENTER:
        log->is_open = line != NULL;
        log->words_top = 0;
        return true;
    case 'o':
        if (line && line->point > 0)
            ui_show_point(ui, model, line->point);
        return true;
    case 'u': ui_command(ui, model, "undo"); return true;
    default: break;
    }
    if (!list_move(&log->rows, key))
        return false;
    log->is_following = false;
    select_row(log, model);
    return true;
}

/* ---- what is fetched ------------------------------------------------------------------------- */

static int keep_file(void *context, const char *calculator, const char *name, const void *data,
                     size_t n, struct err *err)
{
    struct log_ui *log = context;
    struct log_file *file = log->files + log->n_files;

    (void)data;
    (void)err;
    if (log->n_files == LOG_FILES)
        return 0;
    snprintf(file->calculator, sizeof file->calculator, "%s", calculator);
    snprintf(file->name, sizeof file->name, "%s", name);
    file->n = n;
    log->n_files++;
    return 0;
}

static int keep_step(void *context, const struct store_step *step)
{
    struct log_ui *log = context;
    struct log_step *kept = log->steps + log->n_steps;

    if (log->n_steps == LOG_STEPS)
        return 0;
    snprintf(kept->calculator, sizeof kept->calculator, "%s", step->calculator);
    kept->exit = step->exit;
    kept->seconds = step->seconds;
    log->n_steps++;
    return 0;
}

static int fetch(struct log_ui *log, struct model *model, uint64_t point, struct err *err)
{
    if (point == log->point && log->version == model->version)
        return 0;
    log->point = point;
    log->version = model->version;
    log->has_failure = false;
    log->n_files = log->n_steps = 0;
    if (point == 0 || !model->store)
        return 0;
    if (store_failure(model->store, point, &log->failure, &log->has_failure, err) != 0 ||
        store_each_file(model->store, point, keep_file, log, err) != 0)
        return -1;
    return store_each_step(model->store, point, keep_step, log, err);
}

static int update(struct ui *ui, struct model *model, int height, int width, struct err *err)
{
    struct log_ui *log = &ui->log;
    const struct log_view *line;
    int lines;

    log->rows.at = log->is_following ? 0 : find_selected(log, model);
    list_keep(&log->rows, log_count(log, model), log_rows(height));
    if (log->is_following || log->selected_hash == 0)
        select_row(log, model);
    line = log_row(log, model, log->rows.at);
    if (fetch(log, model, line ? line->point : 0, err) != 0)
        return -1;
    log->is_open = log->is_open && line;
    log->words_height = height - 1;
    lines = line ? log_words(NULL, log_text(log, line), "", width - 2, 0) : 0;
    if (log->words_top > lines - log->words_height)
        log->words_top = lines - log->words_height;
    if (log->words_top < 0)
        log->words_top = 0;
    return 0;
}

static enum click click(struct ui *ui, struct model *model, int y, int x)
{
    enum { FIRST_ROW = 1 };
    enum click what = ui->log.is_open ? CLICK_NOTHING : list_click(&ui->log.rows, y - FIRST_ROW);

    (void)x;
    if (what == CLICK_TAKEN) {
        ui->log.is_following = false;
        select_row(&ui->log, model);
    }
    return what;
}

static const struct key_help keys[] = {
    {"Enter", "open", "the words of the point's calculator, or the whole line", TK_ENTER},
    {"l", "level", "all, warnings and worse, failed points, errors, your own actions", 0},
    {"f", "follow", "stay on the newest line", 0},
    {"n N", "next", "the next line, or the one before, that holds what / looks for", 'n'},
    {"o", "point", "show the point that the line is about", 'o'},
    {"s", "source", "lines of one source only", 0},
    {"u", "undo", "take your last action back", 'u'},
    {"j k", "move", "choose a line", 0},
    {0},
};

const struct screen log_screen = {.name = "log",
                                  .title = "Log",
                                  .keys = keys,
                                  .key = take_key,
                                  .click = click,
                                  .update = update,
                                  .draw = log_draw,
                                  .why_not = why_not};
