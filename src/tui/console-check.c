/* console-check.c: what is wrong with a line before it is given to anybody, in words, with the
 * place and the nearest name; and what must be asked first.
 *
 * The engine checks all of it again: here it costs no round trip, and the line is still there to be
 * mended.  What only the engine knows (does that point still run?) is left to it. */
#include "console-private.h"

#include <ctype.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct check {
    const struct ui *ui;
    const struct model *model;
    const char *text, *rest; /* the line; what stands behind the command */
    struct console_fault *fault;
};

/* ---- what is wrong -------------------------------------------------------------------------- */

static bool __attribute__((format(printf, 3, 4)))
wrong(const struct check *check, const char *at, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(check->fault->words, sizeof check->fault->words, format, args);
    va_end(args);
    check->fault->at = at >= check->text ? (size_t)(at - check->text) : 0;
    return false;
}

static bool no_such(const struct check *check, const char *at, const char *what, const char *word,
                    const char *const *names, size_t n)
{
    char words[UI_TEXT];
    return wrong(check, at, "%s", console_no_such(words, sizeof words, what, word, names, n));
}

/* The place of what an error message has in quotes, where it stands in the line; what it repeats of
 * the line (said) is left out. */
static bool wrong_as_told(const struct check *check, const char *said, const struct err *err)
{
    char word[128];
    const char *quote = strchr(err->message, '"');
    const char *end = quote != NULL ? strchr(quote + 1, '"') : NULL;
    const char *at = NULL, *words = err->message;
    if (said != NULL && said[0] != '\0') { /* "cut1: omga < 0.12: there is no ..." */
        const char *told = strstr(words, said);
        if (told != NULL && strncmp(told + strlen(said), ": ", 2) == 0)
            words = told + strlen(said) + 2;
    }
    if (end != NULL && end > quote + 1 && (size_t)(end - quote) < sizeof word) {
        snprintf(word, sizeof word, "%.*s", (int)(end - quote - 1), quote + 1);
        at = strstr(check->rest, word);
    }
    return wrong(check, at != NULL ? at : check->rest, "%.400s", words);
}

/* ---- conditions ----------------------------------------------------------------------------- */

static bool check_where(const struct check *check, const char *where)
{
    struct err err = ERR_INIT;
    size_t column = 0;
    struct choice *choice = choice_create(check->model->scan, where, &column, &err);
    choice_free(choice);
    return choice != NULL || wrong(check, where + column, "%.400s", err.message);
}

bool console_split_cut(const struct model *model, const char *text, char name[64],
                       const char **condition)
{
    const char *colon = strchr(text, ':');
    size_t n = 0;
    while (isalnum((unsigned char)text[n]) || text[n] == '_')
        n++;
    *condition = text;
    if (colon != NULL && n > 0 && n < 64 && text + n + strspn(text + n, " ") == colon) {
        snprintf(name, 64, "%.*s", (int)n, text);
        *condition = colon + 1 + strspn(colon + 1, " ");
        return true;
    }
    for (unsigned k = 1; k < 1000; k++) { /* as the engine does */
        bool is_taken = false;
        snprintf(name, 64, "cut%u", k);
        for (size_t i = 0; i < model->n_terms; i++)
            is_taken |= strcmp(model->terms[i].name, name) == 0;
        if (!is_taken)
            break;
    }
    return false;
}

static bool is_judged(const struct model *model, const char *name)
{
    bool is = false;
    for (size_t i = 0; i < model->n_terms; i++)
        is |= strcmp(model->terms[i].name, name) == 0;
    return is;
}

bool console_is_taken_out(const struct model *model, const char *name)
{
    for (size_t i = 0; i < model->scan->n_constraints; i++)
        if (strcmp(model->scan->constraints[i].name, name) == 0)
            return !is_judged(model, name);
    return false;
}

static bool check_cut(const struct check *check)
{
    char name[64];
    const char *condition;
    struct err err = ERR_INIT;
    const struct scan *scan = check->model->scan;
    if (check->rest[0] == '\0')
        return wrong(check, check->rest,
                     "expected cut [NAME:] CONDITION, for example: "
                     "cut light: mh < 124");
    if (console_is_taken_out(check->model, check->rest))
        return true;
    (void)console_split_cut(check->model, check->rest, name, &condition);
    for (size_t i = 0; i < scan->n_constraints; i++)
        if (strcmp(scan->constraints[i].name, name) == 0)
            return wrong(check, check->rest,
                         "the scan has a constraint \"%s\" of its own: name the cut otherwise (or "
                         "take that away: uncut %s)",
                         name, name);
    struct judge_cut cut = {.name = name, .text = condition};
    struct judge *judge = judge_create(scan, &cut, 1, NULL, &err);
    judge_free(judge);
    return judge != NULL || wrong_as_told(check, condition, &err);
}

static bool check_uncut(const struct check *check)
{
    const char *names[JUDGE_MAX_TERMS];
    size_t n = 0;
    for (size_t i = 0; i < check->model->n_terms && n < JUDGE_MAX_TERMS; i++)
        names[n++] = check->model->terms[i].name;
    return is_judged(check->model, check->rest) ||
           no_such(check, check->rest, "constraint", check->rest, names, n);
}

/* ---- boxes and points ----------------------------------------------------------------------- */

/* "NAME in LO .. HI", "NAME=LO..HI", or "share=0.5". */
static bool read_clause(const char **text, struct console_box *box)
{
    struct console_clause *clause = &box->clauses[box->n];
    int n = 0;
    const char *at;
    if (sscanf(*text, " %63[A-Za-z0-9_] %n", clause->name, &n) != 1 || n == 0)
        return false;
    at = *text + n;
    if (at[0] != '=' && strncmp(at, "in", 2) != 0)
        return false;
    at += at[0] == '=' ? 1 : 2;
    if (text_take_double(&at, &clause->lo) != 0)
        return false;
    if (strcmp(clause->name, "share") == 0) {
        box->share = at[0] == '%' ? clause->lo / 100 : clause->lo;
        at += at[0] == '%';
        *text = at + strspn(at, " \t,");
        return box->share >= 0 && box->share <= 1;
    }
    if (strncmp(at, "..", 2) != 0)
        return false;
    at += 2;
    if (text_take_double(&at, &clause->hi) != 0 || clause->lo > clause->hi)
        return false;
    at += strncmp(at, "and ", 4) == 0 ? 4 : at[0] == ',';
    *text = at + strspn(at, " \t");
    box->n++;
    return true;
}

const char *console_read_box(const char *text, struct console_box *box)
{
    *box = (struct console_box){.share = (double)NAN};
    while (text[0] != '\0') {
        const char *at = text;
        if (box->n == CONSOLE_CLAUSES || !read_clause(&text, box))
            return at;
        if (box->n > 0)
            box->clauses[box->n - 1].at = at;
    }
    return NULL;
}

static bool check_pin(const struct check *check)
{
    struct console_box box;
    const char *names[CONSOLE_NAMES], *bad = console_read_box(check->rest, &box);
    size_t n = console_free_parameters(check->model, names, CONSOLE_NAMES);
    for (size_t i = 0; i < box.n; i++) {
        bool is_one = false;
        for (size_t k = 0; k < n; k++)
            is_one |= strcmp(names[k], box.clauses[i].name) == 0;
        if (!is_one)
            return no_such(check, box.clauses[i].at, "free parameter", box.clauses[i].name, names,
                           n);
    }
    if (bad != NULL || check->rest[0] == '\0')
        return wrong(check, bad != NULL ? bad : check->rest,
                     "expected NAME in LOW .. HIGH, joined with \"and\", perhaps share=0.5");
    return true;
}

size_t console_read_values(const struct model *model, const char *text, bool *has, const char **bad)
{
    size_t n_missing = 0;
    for (size_t i = 0; i < model->scan->n_params; i++)
        has[i] = false;
    *bad = NULL;
    while (text[0] != '\0' && *bad == NULL) {
        char name[64], number[64];
        double value;
        int n = 0;
        if (sscanf(text, " %63[A-Za-z0-9_] = %63[^ ,\t] %n", name, number, &n) != 2 ||
            text_to_double(number, &value) != 0)
            *bad = text;
        size_t v = *bad == NULL ? scan_value_index(model->scan, name) : SIZE_MAX;
        if (v >= model->scan->n_params)
            *bad = text;
        else
            has[v] = true;
        text += n > 0 ? n : 0;
        text += strspn(text, " ,\t");
    }
    for (size_t i = 0; i < model->scan->n_params; i++)
        n_missing += !has[i] && model->scan->params[i].kind != PRIOR_FIXED &&
                     model->scan->params[i].kind != PRIOR_DERIVED;
    return n_missing;
}

static bool check_inject(const struct check *check)
{
    const char *names[CONSOLE_NAMES], *bad;
    bool *has = mem_array(check->model->scan->n_params, sizeof *has);
    size_t n = console_free_parameters(check->model, names, CONSOLE_NAMES), n_missing;
    char list[UI_TEXT] = "", word[64] = "";
    size_t length = 0;
    const char *file = check->rest;
    if (strncmp(file, "file ", 5) == 0)
        file += 5 + strspn(file + 5, " ");
    if (has == NULL || file_exists(file)) {
        mem_free(has);
        return true;
    }
    n_missing = console_read_values(check->model, check->rest, has, &bad);
    for (size_t i = 0; i < check->model->scan->n_params && length < 200; i++)
        for (size_t k = 0; k < n && !has[i]; k++)
            if (strcmp(names[k], check->model->scan->params[i].name) == 0)
                length += (size_t)snprintf(list + length, sizeof list - length, " %.60s", names[k]);
    mem_free(has);
    if (bad != NULL && strchr(bad, '=') == NULL)
        return wrong(check, bad, "there is no file \"%.100s\"; expected NAME=VALUE for each of%s",
                     bad, list);
    if (bad != NULL && sscanf(bad, " %63[A-Za-z0-9_]", word) == 1 &&
        scan_value_index(check->model->scan, word) >= check->model->scan->n_params)
        return no_such(check, bad, "parameter", word, names, n);
    if (bad != NULL)
        return wrong(check, bad, "expected NAME=VALUE");
    return n_missing == 0 || wrong(check, check->rest + strlen(check->rest),
                                   "no value for%s: a point needs all of them", list);
}

/* ---- numbers -------------------------------------------------------------------------------- */

static bool check_count(const struct check *check, const char *of, int64_t most)
{
    int64_t n;
    return (text_to_int64(check->rest, &n) == 0 && n >= 1 && n <= most) ||
           wrong(check, check->rest, "expected a number of %s from 1 to %lld", of, (long long)most);
}

static bool check_batch(const struct check *check)
{
    return check_count(check, "points", 1000000);
}

static bool check_workers(const struct check *check)
{
    return check_count(check, "workers", 4096);
}

bool console_read_share(const char *text, double *share)
{
    char number[64];
    size_t n = strcspn(text, "%");
    snprintf(number, sizeof number, "%.*s", (int)(n < sizeof number ? n : sizeof number - 1), text);
    if (text_to_double(number, share) != 0 || (text[n] == '%' && text[n + 1] != '\0'))
        return false;
    *share *= text[n] == '%' ? 0.01 : 1;
    return *share >= 0 && *share <= 1;
}

static bool check_explore(const struct check *check)
{
    enum search_method method = check->model->scan->search.method;
    double share;
    if (method != METHOD_CLASSIFIER && method != METHOD_REGRESSOR)
        return wrong(check, check->text,
                     "only methods classifier and regressor have a uniform "
                     "share besides what they choose");
    return console_read_share(check->rest, &share) ||
           wrong(check, check->rest, "expected a share such as 10 %%");
}

static bool check_timeout(const struct check *check)
{
    const struct scan *scan = check->model->scan;
    const char *names[CONSOLE_NAMES];
    size_t n = 0, length = strcspn(check->rest, " \t");
    char name[128];
    double seconds;
    snprintf(name, sizeof name, "%.*s", (int)(length < sizeof name ? length : sizeof name - 1),
             check->rest);
    for (size_t i = 0; i < scan->n_calculators && n < CONSOLE_NAMES; i++)
        if (scan->calculators[i].kind == CALC_EXEC || scan->calculators[i].kind == CALC_RESIDENT)
            names[n++] = scan->calculators[i].name;
    bool is_one = false;
    for (size_t i = 0; i < n; i++)
        is_one |= strcmp(names[i], name) == 0;
    if (!is_one)
        return no_such(check, check->rest, "calculator with a time limit", name, names, n);
    const char *time = check->rest + length + strspn(check->rest + length, " \t");
    return (text_to_seconds(time, &seconds) == 0 && seconds > 0) ||
           wrong(check, time, "expected a time such as 600 or 10 min");
}

static bool check_kill(const struct check *check)
{
    int64_t id;
    bool is_worker = check->rest[0] == 'W' || check->rest[0] == 'w';
    return (text_to_int64(check->rest + is_worker, &id) == 0 && id >= 1) ||
           wrong(check, check->rest, "expected the number of a point that runs, or its worker: W4");
}

static bool check_retry(const struct check *check)
{
    const char *names[N_REASONS + 1], *rest = check->rest;
    size_t n = 0;
    if (strncmp(rest, "failed", 6) == 0)
        rest += 6 + strspn(rest + 6, " ");
    if (rest[0] == '\0' || isdigit((unsigned char)rest[0]) || strncmp(rest, "where ", 6) == 0 ||
        reason_find(rest) >= 0)
        return true;
    for (int reason = REASON_NONE + 1; reason < N_REASONS; reason++)
        names[n++] = reason_name((enum reason)reason);
    return no_such(check, rest, "reason class", rest, names, n);
}

/* ---- the workbench's own -------------------------------------------------------------------- */

static size_t count(const char *const *names)
{
    size_t n = 0;
    while (names[n] != NULL)
        n++;
    return n;
}

static bool check_show(const struct check *check)
{
    const char *names[N_SCREENS];
    bool is_one = false;
    for (int i = 0; i < N_SCREENS; i++) {
        names[i] = screen_of((enum screen_id)i)->name;
        is_one |= text_same_caseless(names[i], check->rest);
    }
    return is_one || no_such(check, check->rest, "screen", check->rest, names, N_SCREENS);
}

static bool check_values(const struct check *check)
{
    for (const char *at = check->rest; at[0] != '\0';) {
        char name[128];
        size_t n = strcspn(at, " \t");
        snprintf(name, sizeof name, "%.*s", (int)(n < sizeof name ? n : sizeof name - 1), at);
        if (scan_value_index(check->model->scan, name) == SIZE_MAX)
            return no_such(check, at, "value", name, check->model->scan->value_names,
                           check->model->scan->n_values);
        at += n + strspn(at + n, " \t");
    }
    return check->rest[0] != '\0' ||
           wrong(check, check->rest, "expected a parameter or observable");
}

static bool check_filter(const struct check *check)
{
    return check_where(check, check->rest);
}

static bool check_export(const struct check *check)
{
    size_t n = strcspn(check->rest, " \t");
    const char *more = check->rest + n + strspn(check->rest + n, " \t");
    if (n == 0)
        return wrong(check, check->rest, "expected a file: export out.csv where accepted");
    if (strcmp(more, "marked") == 0)
        return check->ui->n_marks > 0 ||
               wrong(check, more, "no point is marked: Space marks one in the points (4)");
    if (strncmp(more, "where ", 6) == 0)
        return check_where(check, more + 6 + strspn(more + 6, " "));
    return more[0] == '\0' || wrong(check, more, "expected \"where CONDITION\" or \"marked\"");
}

static bool check_set(const struct check *check)
{
    char words[300];
    struct ui copy = *check->ui;
    if (check->rest[0] == '\0' || settings_set(&copy, check->rest, words, sizeof words))
        return true;
    size_t n = strcspn(check->rest, "=");
    bool is_value = false;
    for (size_t i = 0; i < count(settings_names); i++)
        is_value |=
            strlen(settings_names[i]) == n && strncmp(settings_names[i], check->rest, n) == 0;
    return wrong(check, check->rest + (is_value && check->rest[n] == '=' ? n + 1 : 0), "%s", words);
}

static bool check_bind(const struct check *check)
{
    char words[300];
    return settings_check_bind(check->rest, words, sizeof words) ||
           wrong(check, check->rest, "%s", words);
}

static bool check_levels(const struct check *check)
{
    char words[300];
    struct ui copy = *check->ui;
    return cells_set_levels(&copy, check->rest, words, sizeof words) ||
           wrong(check, check->rest, "%s", words);
}

static bool check_point(const struct check *check)
{
    int64_t id;
    return (text_to_int64(check->rest, &id) == 0 && id >= 1) ||
           wrong(check, check->rest, "expected the number of a point: point 4811");
}

static bool check_save(const struct check *check)
{
    return check->rest[0] != '\0' ||
           wrong(check, check->rest, "expected a file: save-screen morning.txt");
}

static bool check_train(const struct check *check)
{
    enum search_method method = check->model->scan->search.method;
    if (method != METHOD_CLASSIFIER && method != METHOD_REGRESSOR)
        return wrong(check, check->rest, "only methods classifier and regressor have a learner");
    return strcmp(check->rest, "now") == 0 || wrong(check, check->rest, "expected: train now");
}

static bool check_calc(const struct check *check)
{
    const char *name = check->rest + strcspn(check->rest, " ");
    return (strncmp(check->rest, "add ", 4) == 0 && name[strspn(name, " ")] != '\0') ||
           wrong(check, check->rest,
                 "expected: calc add NAME [from FILE] [on accepted | all | none]");
}

static bool check_plot(const struct check *check)
{
    return check->rest[0] != '\0' ||
           wrong(check, check->rest, "expected what to plot: plot scatter");
}

/* ---- the table ------------------------------------------------------------------------------ */

static const struct {
    const char *name;
    bool (*check)(const struct check *check);
} checks[] = {
    {"cut", check_cut},         {"uncut", check_uncut},     {"pin", check_pin},
    {"inject", check_inject},   {"batch", check_batch},     {"workers", check_workers},
    {"explore", check_explore}, {"timeout", check_timeout}, {"kill", check_kill},
    {"retry", check_retry},     {"show", check_show},       {"map", check_values},
    {"x", check_values},        {"y", check_values},        {"filter", check_filter},
    {"export", check_export},   {"set", check_set},         {"bind", check_bind},
    {"levels", check_levels},   {"point", check_point},     {"save-screen", check_save},
    {"plot", check_plot},       {"train", check_train},     {"calc", check_calc},
};

bool console_check(const struct ui *ui, const struct model *model, const char *text,
                   struct console_fault *fault)
{
    struct console_words words = console_split(text);
    char rest[UI_TEXT];
    struct check check = {.ui = ui, .model = model, .text = text, .fault = fault};
    if (console_help_of(words.name) == NULL) {
        const char *names[CONSOLE_NAMES];
        size_t n = console_names(names, CONSOLE_NAMES);
        const char *nearest = text_nearest(words.name, names, n);
        return nearest != NULL
                   ? wrong(&check, text + words.name_at,
                           "there is no command \"%s\"; did you mean \"%s\"?", words.name, nearest)
                   : wrong(&check, text + words.name_at,
                           "there is no command \"%s\"; Tab lists them", words.name);
    }
    if (model->integral && engine_integral_refuses(words.name) != NULL)
        return wrong(&check, text + words.name_at, "%s", engine_integral_refuses(words.name));
    /* without the blanks behind it */
    snprintf(rest, sizeof rest, "%s", text);
    for (size_t n = strlen(rest); n > words.rest_at && isspace((unsigned char)rest[n - 1]); n--)
        rest[n - 1] = '\0';
    check.text = rest;
    check.rest = rest + (words.rest_at < strlen(rest) ? words.rest_at : strlen(rest));
    for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++)
        if (strcmp(checks[i].name, words.name) == 0)
            return checks[i].check(&check);
    return true;
}

/* ---- asked first ---------------------------------------------------------------------------- */

static const struct worker_view *worker_of(const struct model *model, const char *text)
{
    int64_t id = 0;
    bool is_worker = text[0] == 'W' || text[0] == 'w';
    (void)text_to_int64(text + is_worker, &id);
    for (size_t i = 0; i < model->n_workers; i++) {
        const struct worker_view *worker = &model->workers[i];
        if (worker->row.point != 0 &&
            (is_worker ? worker->row.worker == id : (int64_t)worker->row.point == id))
            return worker;
    }
    return NULL;
}

double console_since(const struct worker_view *worker)
{
    return worker->calculator_since > 0 ? worker->calculator_since : worker->row.since;
}

static bool question_of_kill(const struct model *model, const char *rest, char *out, size_t size)
{
    const struct worker_view *worker = worker_of(model, rest);
    char time[16];
    if (worker == NULL)
        return false; /* the engine says so */
    snprintf(out, size,
             "Kill %s of point %llu (worker %d, at work for %s)?  The point fails, class killed%s.",
             worker->calculator != NULL && worker->calculator[0] != '\0' ? worker->calculator
                                                                         : "the calculator",
             (unsigned long long)worker->row.point, worker->row.worker,
             time_short(time, model->now - console_since(worker)),
             model->integral ? "" : "; retry runs it again");
    return true;
}

bool console_question(const struct model *model, const char *text, char *out, size_t size)
{
    struct console_words words = console_split(text);
    char file[1024];
    if (strcmp(words.name, "kill") == 0)
        return question_of_kill(model, words.rest, out, size);
    if (strcmp(words.name, "stop") == 0 && strcmp(words.rest, "now") == 0) {
        snprintf(out, size,
                 "Stop now and leave?  %zu points in hand are given back and run again on resume.",
                 model->n_busy);
        return model->engine.is_alive;
    }
    bool is_file = strcmp(words.name, "export") == 0 || strcmp(words.name, "save-screen") == 0;
    size_t n = strcspn(words.rest, words.name[0] == 'e' ? " \t" : "");
    if (!is_file || n == 0 || n >= sizeof file)
        return false;
    snprintf(file, sizeof file, "%.*s", (int)n, words.rest);
    snprintf(out, size, "The file %.300s is there already.  Write over it?", file);
    return file_exists(file);
}
