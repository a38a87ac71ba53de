/* goals.c: when a scan ends: the words of goals, the ranges of their numbers, and which of them can
 * end what.
 *
 * What it does not: look whether one is reached, that is the engine's. */
#include "reader.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- words ---------------------------------------------------------------------------------- */

/* The goal's own word that one of the text's words is nearest to, or NULL. */
static const char *nearest_goal(const char *text)
{
    static const char *const known[] = {"accepted", "points",  "calls",
                                        "volume",   "covered", "error"};
    const char *nearest = NULL;
    char word[32];

    while (!nearest && *text != '\0') {
        size_t n = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");

        if (n > 3 && n < sizeof word) {
            snprintf(word, sizeof word, "%.*s", (int)n, text);
            nearest = text_nearest(word, known, sizeof known / sizeof *known);
        }
        nearest = nearest && strcmp(nearest, word) == 0 ? NULL : nearest;
        text += n > 0 ? n : 1;
    }
    return nearest;
}

static int bad_goal(struct err *err, const char *text)
{
    const char *nearest = nearest_goal(text);

    return err_set(err, ERR_SCAN,
                   "the goal \"%.60s\" is not understood%s%s%s: expected \"5000 accepted\", "
                   "\"100000 points\", \"8 h\", \"volume to 5 %%\", \"covered 95 %%\" or, of an "
                   "integral, \"error 0.1 %%\"",
                   text, nearest ? " (did you mean \"" : "", nearest ? nearest : "",
                   nearest ? "\"?)" : "");
}

/* The words, with blanks as single ones and digits in groups joined: "100 000 points". */
static void plain_words(const char *text, char *out, size_t size)
{
    size_t n = 0;
    for (const char *p = text; *p != '\0' && n + 1 < size; p++) {
        bool is_blank = *p == ' ' || *p == '\t' || *p == '\n' || *p == '\r';
        bool in_number = n > 0 && out[n - 1] >= '0' && out[n - 1] <= '9';
        const char *next = p + strspn(p, " \t\r\n");
        if (is_blank &&
            ((in_number && *next >= '0' && *next <= '9') || n == 0 || out[n - 1] == ' '))
            continue;
        out[n++] = is_blank ? ' ' : *p;
    }
    while (n > 0 && out[n - 1] == ' ')
        n--;
    out[n] = '\0';
}

/* "5000" of "5000 accepted". */
static bool number_before(const char *text, const char *word, double *value)
{
    char number[64];
    size_t n = strlen(text), k = strlen(word);
    if (n <= k || strcmp(text + n - k, word) != 0 || n - k >= sizeof number)
        return false;
    snprintf(number, sizeof number, "%.*s", (int)(n - k), text);
    return text_to_double(number, value) == 0;
}

/* "volume to 5 %", "covered 0.95", "error 0.02": the number behind the words, in per cent or not.
 */
static bool number_behind(const char *text, const char *words, double *value, bool *is_percent)
{
    char number[64];
    size_t n, k = strlen(words);
    if (strncmp(text, words, k) != 0)
        return false;
    text += k;
    n = strlen(text);
    *is_percent = n > 0 && text[n - 1] == '%';
    if (n - *is_percent >= sizeof number)
        return false;
    snprintf(number, sizeof number, "%.*s", (int)(n - *is_percent), text);
    if (text_to_double(number, value) != 0)
        return false;
    *value = *is_percent ? *value / 100 : *value;
    return true;
}

static bool is_count(double value)
{
    return value >= 1 && value <= 1e15 && value == floor(value);
}

static bool is_share(double value)
{
    return value > 0 && value < 1;
}

/* Kind and number of a goal; NULL, or which numbers it takes where this is none of them.  *is_goal:
 * the words are those of a goal. */
static const char *read_goal(const char *words, enum goal_kind *kind, double *value, bool *is_goal)
{
    bool is_percent, is_negative = words[0] == '-';
    *is_goal = true;
    *kind = GOAL_ACCEPTED;
    if (number_before(words, " accepted", value))
        return is_count(*value) ? NULL : "a number of accepted points is whole, and from 1 to 1e15";
    *kind = GOAL_POINTS;
    if (number_before(words, " points", value) || number_before(words, " calls", value))
        return is_count(*value) ? NULL : "a number of points is whole, and from 1 to 1e15";
    *kind = GOAL_VOLUME_ERROR;
    if (number_behind(words, "volume to ", value, &is_percent))
        return is_share(*value) ? NULL : "the error of the volume is above 0 and below 100 %";
    *kind = GOAL_COVERED;
    if (number_behind(words, "covered ", value, &is_percent))
        return is_share(*value) ? NULL
                                : "the covered share is above 0 and below 100 % (no number of "
                                  "points would show that all is covered)";
    *kind = GOAL_ERROR;
    if (number_behind(words, "error ", value, &is_percent) && is_percent)
        return is_share(*value) ? NULL : "an error in per cent is above 0 and below 100 %";
    *kind = GOAL_ERROR_ABSOLUTE;
    if (number_behind(words, "error ", value, &is_percent))
        return *value > 0 && isfinite(*value) ? NULL : "an error is above 0";
    *kind = GOAL_SECONDS;
    if (strpbrk(words, "smhd") != NULL && text_to_seconds(words + is_negative, value) == 0)
        return *value > 0 && !is_negative ? NULL : "a time is above 0";
    *is_goal = false;
    return "";
}

int scan_parse_goal(const char *text, struct arena *arena, struct scan_goal *goal, struct err *err)
{
    char words[128];
    double value = 0;
    bool is_goal;
    enum goal_kind kind;
    if (strlen(text) >= sizeof words)
        return bad_goal(err, text);
    plain_words(text, words, sizeof words);
    const char *allowed = read_goal(words, &kind, &value, &is_goal);
    if (!is_goal)
        return bad_goal(err, text);
    if (allowed != NULL)
        return err_set(err, ERR_SCAN, "the goal \"%.60s\" is out of range: %s", words, allowed);
    const char *copy = arena_strdup(arena, words);
    if (copy == NULL)
        return mem_error(err);
    *goal = (struct scan_goal){.kind = kind, .value = value, .text = copy};
    return 0;
}

/* ---- which end what ------------------------------------------------------------------------- */

static bool is_of_integral(const struct scan_goal *goal)
{
    return goal->kind == GOAL_ERROR || goal->kind == GOAL_ERROR_ABSOLUTE;
}

/* A goal of the other kind: an integration has points and errors, a survey points and what it
 * accepts; both take time. */
static bool is_foreign(const struct scan_goal *goal, bool is_integral)
{
    return goal->kind != GOAL_POINTS && goal->kind != GOAL_SECONDS &&
           is_of_integral(goal) != is_integral;
}

const char *scan_goal_idle(const struct scan *scan, const struct scan_goal *goal, bool is_integral,
                           char *out, size_t size)
{
    enum search_method method = scan->search.method;
    bool is_learned = method == METHOD_CLASSIFIER || method == METHOD_REGRESSOR;
    char instead[64] = "100000 points";
    if (is_foreign(goal, is_integral) && is_integral) {
        if (goal->kind == GOAL_ACCEPTED)
            snprintf(instead, sizeof instead, "%.0f points", goal->value);
        snprintf(out, size,
                 "the goal \"%s\" is none of an integration: give \"%s\", \"error 0.1 %%\", "
                 "\"error 0.02\" or a time",
                 goal->text, instead);
    } else if (is_foreign(goal, is_integral)) {
        snprintf(out, size,
                 "the goal \"%s\" is one of an integration (theodolite integrate); a survey takes "
                 "\"5000 accepted\", \"100000 points\" or \"8 h\"",
                 goal->text);
    } else if (goal->kind == GOAL_COVERED && !is_learned) {
        snprintf(out, size,
                 "the goal \"%s\" is never reached with method %s: it is asked of a learner "
                 "(method classifier or regressor)",
                 goal->text, scan_method_name(method));
    } else if (goal->kind == GOAL_COVERED && !(scan->search.explore > 0)) {
        snprintf(out, size,
                 "the goal \"%s\" is never reached with explore 0 %%: it is asked of points that "
                 "the learner did not choose",
                 goal->text);
    } else {
        return NULL;
    }
    return out;
}

/* The end of a list ends a survey too. */
static bool has_end(const struct scan *scan, bool is_integral)
{
    char words[300];
    bool is_list = !is_integral && scan->search.method == METHOD_LIST;
    for (size_t i = 0; i < scan->n_goals; i++)
        if (scan_goal_idle(scan, &scan->goals[i], is_integral, words, sizeof words) == NULL ||
            (is_list && !is_foreign(&scan->goals[i], is_integral)))
            return true;
    return false;
}

/* Of a file that serves both: can the one or the other be started without another goal? */
static void warn_of_use(const struct scan *scan, bool is_integral,
                        struct scan_diagnostics *diagnostics)
{
    char words[300];
    if (!has_end(scan, is_integral) &&
        scan_goal_idle(scan, &scan->goals[0], is_integral, words, sizeof words) != NULL)
        scan_warn(diagnostics, scan->goals[0].pos, "theodolite %s needs --until GOAL with it: %s",
                  is_integral ? "integrate" : "run", words);
}

void scan_check_goals(const struct scan *scan, enum scan_use use,
                      struct scan_diagnostics *diagnostics)
{
    char words[300], other[300];
    bool serves_both = scan->integrand != NULL && scan->n_constraints > 0;
    bool is_integral = use == SCAN_USE_INTEGRAL || (use == SCAN_USE_FILE && scan->integrand);
    bool is_made_for_it = use == SCAN_USE_INTEGRAL
                              ? scan->integrand != NULL
                              : scan->integrand == NULL || serves_both || use == SCAN_USE_FILE;
    if (use == SCAN_USE_NONE || !is_made_for_it)
        return;
    if (use == SCAN_USE_FILE && serves_both && has_end(scan, true) != has_end(scan, false)) {
        warn_of_use(scan, true, diagnostics);
        warn_of_use(scan, false, diagnostics);
        return;
    }
    bool is_error = !has_end(scan, is_integral);
    for (size_t i = 0; i < scan->n_goals; i++) {
        const struct scan_goal *goal = &scan->goals[i];
        if (scan_goal_idle(scan, goal, is_integral, words, sizeof words) == NULL)
            continue;
        if (is_error)
            scan_diagnose(diagnostics, goal->pos, NULL, NULL, "%s", words);
        else if (!serves_both ||
                 scan_goal_idle(scan, goal, !is_integral, other, sizeof other) != NULL)
            scan_warn(diagnostics, goal->pos, "%s", words);
    }
}

/* ---- of a file ------------------------------------------------------------------------------ */

static int default_goal(struct reader *reader)
{
    struct scan_goal *goal = arena_array(reader->scan->arena, 1, sizeof *goal);
    if (goal == NULL)
        return mem_error(reader->base.err);
    *goal = (struct scan_goal){.kind = GOAL_ACCEPTED, .value = 1000, .text = "1000 accepted"};
    if (reader->is_integral)
        *goal = (struct scan_goal){.kind = GOAL_POINTS, .value = 1e5, .text = "100000 points"};
    reader->scan->goals = goal;
    reader->scan->n_goals = 1;
    return 0;
}

int read_goals(struct reader *reader, const struct node *node)
{
    struct scan *scan = reader->scan;
    const char **texts;
    struct scan_pos *places;
    size_t n = 0;
    if (node == NULL) {
        scan_warn(reader->base.diagnostics, (struct scan_pos){0},
                  reader->is_integral ? "no goal is given: the integration ends at 100000 points"
                                      : "no goal is given: the scan ends at 1000 accepted points");
        return default_goal(reader);
    }
    struct value_in in = {&reader->base, node, "goal", true};
    if (value_texts(&in, &texts, &places, &n) != 0)
        return -1;
    struct scan_goal *goals = arena_array(scan->arena, n, sizeof *goals);
    if (goals == NULL)
        return mem_error(reader->base.err);
    for (size_t i = 0; i < n; i++) {
        struct err err = ERR_INIT;
        if (scan_parse_goal(texts[i], scan->arena, &goals[scan->n_goals], &err) == 0)
            goals[scan->n_goals++].pos = places[i];
        else if (err.code == ERR_MEMORY)
            return mem_error(reader->base.err);
        else
            scan_diagnose(reader->base.diagnostics, places[i], NULL, NULL, "%s%s%s",
                          node->origin != NULL ? node->origin : "",
                          node->origin != NULL ? ": " : "", err.message);
    }
    scan->goals = goals;
    return scan->n_goals == 0 ? default_goal(reader) : 0;
}
