/* console-preview.c: what a line would do before it is given: the effect of a cut by the gatherer
 * (which judges the stored points), the rest from what the model knows.  console-draw.c draws it.
 *
 * Nothing is guessed: what is not known is said to be not known. */
#include "console-private.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void sheet_put(struct sheet *sheet, enum style style, const char *format, ...)
{
    va_list args;
    if (sheet->n >= sheet->room)
        return;
    va_start(args, format);
    vsnprintf(sheet->lines[sheet->n].text, SHEET_LINE, format, args);
    va_end(args);
    sheet->lines[sheet->n++].style = style;
}

void sheet_put_warning(struct sheet *sheet, const char *words)
{
    const char *indent = "";
    while (words[0] != '\0') {
        size_t n = strlen(words), most = (size_t)sheet->width - strlen(indent);
        if (n > most)
            for (n = most; n > most / 2 && words[n] != ' ';)
                n--;
        sheet_put(sheet, STYLE_WARNING, "%s%.*s", indent, (int)n, words);
        words += n + strspn(words + n, " ");
        indent = "  ";
    }
}

static const char *number(char out[TEXT_DOUBLE_SIZE], double value)
{
    if (!isfinite(value))
        snprintf(out, TEXT_DOUBLE_SIZE, "-");
    else
        snprintf(out, TEXT_DOUBLE_SIZE, "%.4g", value);
    return out;
}

/* ---- what is asked of the gatherer ---------------------------------------------------------- */

/* "NAME in LO .. HI and ..." as a condition of the list, "" where it is none. */
static void box_filter(const struct model *model, const char *text, char *out, size_t size)
{
    struct console_box box;
    size_t n = 0;
    out[0] = '\0';
    if (console_read_box(text, &box) != NULL)
        return;
    for (size_t i = 0; i < box.n && n < size; i++) {
        char lo[TEXT_DOUBLE_SIZE], hi[TEXT_DOUBLE_SIZE];
        if (scan_value_index(model->scan, box.clauses[i].name) == SIZE_MAX) {
            out[0] = '\0';
            return;
        }
        n += (size_t)snprintf(out + n, size - n, "%s%s >= %s and %s <= %s", i > 0 ? " and " : "",
                              box.clauses[i].name, text_shortest(lo, box.clauses[i].lo),
                              box.clauses[i].name, text_shortest(hi, box.clauses[i].hi));
    }
    if (n + 16 >= size) /* " and accepted" comes behind it */
        out[0] = '\0';
}

void console_ask_preview(struct console *console, const struct model *model)
{
    struct console_words words = console_split(console->line.text);
    char cut[WANT_TEXT] = "", box[WANT_TEXT] = "", name[64];
    const char *condition;
    if (model->integral && engine_integral_refuses(words.name))
        ; /* nothing would change */
    else if (strcmp(words.name, "uncut") == 0 && words.rest[0] != '\0')
        snprintf(cut, sizeof cut, "uncut %.400s", words.rest);
    else if (strcmp(words.name, "cut") == 0 && console_is_taken_out(model, words.rest))
        snprintf(cut, sizeof cut, "cut %.400s", words.rest);
    else if (strcmp(words.name, "cut") == 0 && words.rest[0] != '\0') {
        (void)console_split_cut(model, words.rest, name, &condition);
        if (condition[0] != '\0')
            snprintf(cut, sizeof cut, "cut %s: %.400s", name, condition);
    } else if (strcmp(words.name, "pin") == 0)
        box_filter(model, words.rest, box, sizeof box);
    if (strcmp(cut, console->cut) != 0) {
        snprintf(console->cut, sizeof console->cut, "%s", cut);
        console->serial++;
    }
    if (strcmp(box, console->box) != 0) {
        snprintf(console->box, sizeof console->box, "%s", box);
        console->has_box_n = console->has_box_accepted = false;
    }
}

/* The list of points counts first all that are in the box, then the accepted. */
static void box_question(const struct console *console, char out[WANT_TEXT])
{
    snprintf(out, WANT_TEXT, "%.490s%s", console->box, console->has_box_n ? " and accepted" : "");
}

void console_want(const struct ui *ui, const struct model *model, struct wants *wants)
{
    const struct console *console = ui->console;
    if (console->cut[0] != '\0') {
        wants->preview = (struct preview_want){.is_wanted = true, .serial = console->serial};
        snprintf(wants->preview.command, WANT_TEXT, "%s", console->cut);
    }
    if (console->box[0] != '\0' && !wants->list.is_wanted && !console->has_box_accepted) {
        wants->list =
            (struct list_want){.is_wanted = true, .sort = model->scan->n_values + LIST_BY_ID};
        box_question(console, wants->list.filter);
    }
}

void console_look(struct console *console, const struct model *model)
{
    const struct list_part *list = model->parts.list;
    char asked[WANT_TEXT];
    if (console->box[0] == '\0' || console->has_box_accepted || list == NULL)
        return;
    box_question(console, asked);
    if (strcmp(list->want.filter, asked) != 0 || !list->as_of.is_whole)
        return;
    if (!console->has_box_n) {
        console->has_box_n = true;
        console->box_n = list->n;
    } else {
        console->has_box_accepted = true;
        console->box_accepted = list->n;
    }
}

/* ---- cuts ----------------------------------------------------------------------------------- */

static const struct term_view *term_of(const struct model *model, const char *name)
{
    for (size_t i = 0; i < model->n_terms; i++)
        if (strcmp(model->terms[i].name, name) == 0)
            return &model->terms[i];
    return NULL;
}

static void put_values(struct sheet *sheet, const struct preview_part *part)
{
    for (size_t i = 0; i < part->n_values; i++) {
        char lo[TEXT_DOUBLE_SIZE], median[TEXT_DOUBLE_SIZE], hi[TEXT_DOUBLE_SIZE];
        const struct preview_value *value = &part->values[i];
        sheet_put(sheet, STYLE_PLAIN, "  %-12s stored for %llu points, min %s  median %s  max %s",
                  sheet->model->scan->value_names[value->value],
                  (unsigned long long)value->n_stored, number(lo, value->lo),
                  number(median, value->median), number(hi, value->hi));
    }
}

static void put_labels(struct sheet *sheet, const struct preview_part *part)
{
    const struct relabel *relabel = &part->relabel;
    sheet_put(sheet, STYLE_STRONG,
              "  accepted %llu -> %llu   rejected %llu -> %llu   unchanged %llu points",
              (unsigned long long)relabel->n_accepted_before,
              (unsigned long long)relabel->n_accepted_after,
              (unsigned long long)part->n_rejected_before,
              (unsigned long long)part->n_rejected_after,
              (unsigned long long)(relabel->n_points - relabel->n_changed));
    if (part->n_unknown_after > part->n_unknown_before)
        sheet_put(sheet, STYLE_PLAIN,
                  "  evaluations run again: 0   a value is missing: %llu points become "
                  "\"unknown\"",
                  (unsigned long long)(part->n_unknown_after - part->n_unknown_before));
    else
        sheet_put(sheet, STYLE_PLAIN,
                  "  evaluations run again: 0   points with a missing value: %llu, as "
                  "before",
                  (unsigned long long)part->n_unknown_after);
}

static void preview_cut(struct sheet *sheet)
{
    const struct preview_part *part = sheet->model->parts.preview;
    const struct model *model = sheet->model;
    const char *condition, *name = sheet->console->cut;
    char word[64] = "";
    if (name[0] == '\0') {
        sheet_put(sheet, STYLE_PLAIN, "  for example: cut mh in 122 .. 128   cut light: mh < 124");
        return;
    }
    (void)console_split_cut(model, name + strcspn(name, " ") + 1, word, &condition);
    const struct term_view *term =
        term_of(model, strncmp(name, "uncut", 5) == 0 ? sheet->rest : word);
    bool is_new = term == NULL && strncmp(name, "uncut", 5) != 0;
    sheet_put(sheet, STYLE_PLAIN, "preview of  %s%s%s%s", name,
              term != NULL || is_new ? "   (now: " : "",
              term != NULL ? term->text
              : is_new     ? "a new one"
                           : "",
              term != NULL || is_new ? ")" : "");
    if (part == NULL || part->serial != sheet->console->serial) {
        sheet_put(sheet, STYLE_DIM, "  the stored points are judged ...");
        return;
    }
    if (!part->is_ok) {
        sheet_put(sheet, STYLE_WARNING, "  %s", part->words);
        return;
    }
    put_labels(sheet, part);
    enum search_method method = model->scan->search.method;
    if (method == METHOD_CLASSIFIER || method == METHOD_REGRESSOR)
        sheet_put(sheet, STYLE_PLAIN,
                  "  learner: trained again before the next round   undo with u");
    else
        sheet_put(sheet, STYLE_PLAIN,
                  "  the search does not learn, it goes on as before   undo with u");
    put_values(sheet, part);
}

/* ---- boxes and points ----------------------------------------------------------------------- */

static void put_inside(struct sheet *sheet)
{
    const struct console *console = sheet->console;
    const struct map_part *map = sheet->model->parts.map;
    if (console->has_box_accepted)
        sheet_put(sheet, STYLE_STRONG, "  stored points inside: %llu, %llu of them accepted",
                  (unsigned long long)console->box_n, (unsigned long long)console->box_accepted);
    else if (console->has_box_n)
        sheet_put(sheet, STYLE_PLAIN, "  stored points inside: %llu, accepted: ...",
                  (unsigned long long)console->box_n);
    else if (sheet->ui->screen == SCREEN_POINTS)
        sheet_put(sheet, STYLE_PLAIN,
                  "  stored points inside: not known on this screen (the list is in "
                  "use)");
    else if (sheet->ui->screen == SCREEN_MAP && sheet->ui->map.mark == MARK_DONE && map != NULL &&
             map->want.has_box)
        sheet_put(sheet, STYLE_PLAIN,
                  "  stored points in the marked box: %llu, %llu of them accepted",
                  (unsigned long long)map->box_n, (unsigned long long)map->box_accepted);
    else
        sheet_put(sheet, STYLE_DIM, "  stored points inside: ...");
}

static bool put_strange(struct sheet *sheet, bool is_pin)
{
    char words[UI_TEXT];
    if (!console_strange_name(sheet->model, is_pin, sheet->rest, words, sizeof words))
        return false;
    sheet_put_warning(sheet, words);
    return true;
}

static void preview_pin(struct sheet *sheet)
{
    struct console_box box;
    double share = 0.5;
    const char *bad = console_read_box(sheet->rest, &box);
    if (put_strange(sheet, true))
        return;
    sheet_put(sheet, STYLE_PLAIN,
              "  their points are drawn from the prior there; no volume counts them");
    for (size_t i = 0; i < box.n; i++) {
        char lo[TEXT_DOUBLE_SIZE], hi[TEXT_DOUBLE_SIZE], from[TEXT_DOUBLE_SIZE],
            to[TEXT_DOUBLE_SIZE];
        size_t value = scan_value_index(sheet->model->scan, box.clauses[i].name);
        double least = NAN, most = NAN;
        if (value != SIZE_MAX)
            value_range(sheet->model, value, &least, &most);
        sheet_put(sheet, STYLE_PLAIN, "  %-10s %s .. %s   of %s .. %s", box.clauses[i].name,
                  number(lo, box.clauses[i].lo), number(hi, box.clauses[i].hi), number(from, least),
                  number(to, most));
    }
    if (box.n > 0 && bad == NULL)
        put_inside(sheet);
    if (isfinite(box.share))
        share = box.share;
    if (isfinite(box.share) || sheet->model->pins == NULL || sheet->model->pins[0] == '\0')
        sheet_put(sheet, STYLE_PLAIN,
                  "  share of the pinned boxes: %.4g %%, %.0f of the %zu points of a "
                  "round",
                  100 * share, share * (double)sheet->model->batch, sheet->model->batch);
}

static void preview_inject(struct sheet *sheet)
{
    const struct scan *scan = sheet->model->scan;
    bool *has = mem_array(scan->n_params, sizeof *has);
    const char *bad;
    char given[SHEET_LINE] = "", missing[SHEET_LINE] = "";
    size_t n = 0, m = 0;
    if (has == NULL || put_strange(sheet, false)) {
        mem_free(has);
        return;
    }
    (void)console_read_values(sheet->model, sheet->rest, has, &bad);
    for (size_t i = 0; i < scan->n_params; i++) {
        bool is_free = scan->params[i].kind != PRIOR_FIXED && scan->params[i].kind != PRIOR_DERIVED;
        if (has[i] && n < sizeof given - 70)
            n += (size_t)snprintf(given + n, sizeof given - n, " %.60s", scan->params[i].name);
        else if (is_free && !has[i] && m < sizeof missing - 70)
            m += (size_t)snprintf(missing + m, sizeof missing - m, " %.60s", scan->params[i].name);
    }
    mem_free(has);
    sheet_put(sheet, STYLE_PLAIN, "  given:%s", n > 0 ? given : " -");
    if (m > 0)
        sheet_put(sheet, STYLE_STRONG, "  still missing:%s", missing);
    else
        sheet_put(sheet, STYLE_STRONG, "  nothing is missing");
    sheet_put(sheet, STYLE_PLAIN,
              "  evaluated next, counted in no volume; a file of points can be named, too");
}

/* ---- numbers -------------------------------------------------------------------------------- */

static void preview_batch(struct sheet *sheet)
{
    sheet_put(sheet, STYLE_PLAIN, "  %zu -> %s points per round, from the next round on",
              sheet->model->batch, sheet->rest[0] != '\0' ? sheet->rest : "?");
}

static void preview_explore(struct sheet *sheet)
{
    double share;
    char text[64] = "?";
    if (console_read_share(sheet->rest, &share))
        snprintf(text, sizeof text, "%.4g %%, %.0f of the %zu points", 100 * share,
                 share * (double)sheet->model->batch, sheet->model->batch);
    sheet_put(sheet, STYLE_PLAIN, "  uniform share: %.4g %% -> %s, from the next round on",
              100 * sheet->model->explore, text);
}

static void preview_workers(struct sheet *sheet)
{
    int64_t n = 0;
    sheet_put(sheet, STYLE_PLAIN, "  %zu -> %s workers", sheet->model->n_workers,
              sheet->rest[0] != '\0' ? sheet->rest : "?");
    if (text_to_int64(sheet->rest, &n) == 0 && n < (int64_t)sheet->model->n_workers)
        sheet_put(sheet, STYLE_PLAIN, "  those too many end after the points they have in hand");
}

static void preview_timeout(struct sheet *sheet)
{
    const struct scan *scan = sheet->model->scan;
    char name[128];
    size_t n = strcspn(sheet->rest, " \t"), n_run = 0;
    const char *time = sheet->rest + n + strspn(sheet->rest + n, " \t");
    snprintf(name, sizeof name, "%.*s", (int)(n < sizeof name ? n : sizeof name - 1), sheet->rest);
    for (size_t i = 0; i < scan->n_calculators; i++) {
        double limit = scan->calculators[i].timeout_s;
        if (strcmp(scan->calculators[i].name, name) != 0)
            continue;
        if (scan->calculators[i].kind != CALC_EXEC && scan->calculators[i].kind != CALC_RESIDENT) {
            sheet_put(sheet, STYLE_WARNING, "  %s runs within the worker: it has no time limit",
                      name);
            return;
        }
        for (size_t k = 0; k < sheet->model->n_workers; k++) {
            const struct worker_view *worker = &sheet->model->workers[k];
            if (worker->calculator == NULL || strcmp(worker->calculator, name) != 0)
                continue;
            n_run++;
            limit = isfinite(worker->limit_s) ? worker->limit_s : limit;
        }
        sheet_put(sheet, STYLE_PLAIN, "  %s: %.4g s -> %s; %zu run now and are held to it too",
                  name, limit, time[0] != '\0' ? time : "?", n_run);
        return;
    }
}

static void preview_retry(struct sheet *sheet)
{
    const struct model *model = sheet->model;
    const char *rest = sheet->rest;
    uint64_t n = 0;
    if (strncmp(rest, "failed", 6) == 0)
        rest += 6 + strspn(rest + 6, " ");
    if (strncmp(rest, "where", 5) == 0) {
        sheet_put(sheet, STYLE_PLAIN,
                  "  of %llu failed points, those that meet the condition run again",
                  (unsigned long long)model->counts.failed);
        sheet_put(sheet, STYLE_PLAIN, "  how many is told when it is applied");
        sheet_put(sheet, STYLE_PLAIN,
                  "  calculator == \"NAME\" and reason == \"timeout\" are known too");
        return;
    }
    for (size_t i = 0; i < model->n_tallies; i++)
        if (rest[0] == '\0' || strcmp(model->tallies[i].reason, rest) == 0) {
            n += model->tallies[i].count;
            sheet_put(sheet, STYLE_PLAIN, "  %-14s %-14s %llu", model->tallies[i].calculator,
                      model->tallies[i].reason, (unsigned long long)model->tallies[i].count);
        }
    if (rest[0] >= '0' && rest[0] <= '9')
        sheet_put(sheet, STYLE_PLAIN, "  these points run again, if they have failed");
    else
        sheet_put(sheet, STYLE_STRONG, "  %llu failed points run again", (unsigned long long)n);
}

/* ---- the scan as a whole -------------------------------------------------------------------- */

static void preview_stop(struct sheet *sheet)
{
    const struct model *model = sheet->model;
    if (!model->engine.is_alive)
        sheet_put(sheet, STYLE_PLAIN, "  the scan does not run");
    else if (strcmp(sheet->rest, "now") == 0)
        sheet_put(sheet, STYLE_PLAIN,
                  "  %zu points in hand are given back, and run again on resume", model->n_busy);
    else
        sheet_put(sheet, STYLE_PLAIN,
                  "  the %llu points of the rounds in flight are finished, then the "
                  "engine ends",
                  (unsigned long long)model->n_waiting + model->n_busy);
}

static void preview_kill(struct sheet *sheet)
{
    for (size_t i = 0; i < sheet->model->n_workers; i++) {
        const struct worker_view *worker = &sheet->model->workers[i];
        char time[16];
        if (worker->row.point != 0)
            sheet_put(sheet, worker->is_slow ? STYLE_WARNING : STYLE_PLAIN,
                      "  W%-3d point %llu  %s  at work for %s", worker->row.worker,
                      (unsigned long long)worker->row.point,
                      worker->calculator != NULL ? worker->calculator : "",
                      time_short(time, sheet->model->now - console_since(worker)));
    }
}

static void preview_undo(struct sheet *sheet)
{
    char time[16];
    for (size_t i = sheet->model->n_journal; i-- > 0;) {
        const struct command_row *row = &sheet->model->journal[i];
        if (!row->is_ok || row->undo == NULL || row->undone != 0)
            continue;
        sheet_put(sheet, STYLE_PLAIN, "  takes back  %s  (%s)", row->text,
                  time_of_day(time, row->at));
        sheet_put(sheet, STYLE_PLAIN, "  by  %.*s", (int)strcspn(row->undo, "\n"), row->undo);
        return;
    }
    sheet_put(sheet, STYLE_PLAIN, "  there is nothing to take back");
}

static void preview_set(struct sheet *sheet)
{
    char words[200];
    settings_list(sheet->ui, words, sizeof words);
    sheet_put(sheet, STYLE_PLAIN, "  now: %s", words);
    sheet_put(sheet, STYLE_DIM,
              "  lines of the settings file look the same: "
              "~/.config/theodolite/settings");
}

static void preview_export(struct sheet *sheet)
{
    sheet_put(sheet, STYLE_PLAIN,
              "  .csv .tsv .jsonl, or a folder.slha; written in the background");
    sheet_put(sheet, STYLE_PLAIN, "  for example: export good.csv where accepted and m0 < 1000");
    if (sheet->ui->n_marks > 0)
        sheet_put(sheet, STYLE_PLAIN, "  %zu points are marked: export FILE marked",
                  sheet->ui->n_marks);
}

static const struct {
    const char *name;
    void (*preview)(struct sheet *sheet);
} previews[] = {
    {"cut", preview_cut},         {"uncut", preview_cut},       {"pin", preview_pin},
    {"inject", preview_inject},   {"batch", preview_batch},     {"explore", preview_explore},
    {"workers", preview_workers}, {"timeout", preview_timeout}, {"retry", preview_retry},
    {"stop", preview_stop},       {"drain", preview_stop},      {"kill", preview_kill},
    {"undo", preview_undo},       {"set", preview_set},         {"export", preview_export},
};

void console_preview(struct sheet *sheet, const char *name)
{
    for (size_t i = 0; i < sizeof previews / sizeof previews[0]; i++)
        if (strcmp(previews[i].name, name) == 0)
            previews[i].preview(sheet);
}
