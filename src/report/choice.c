/* choice.c: which points are taken, by an export or a list: a condition of the scan file's language
 * over the point's values and some names more: its number, round, states and origin (uniform: drawn
 * from the prior, by the start design or the honest share), what the learner said of it (p), chi2,
 * and how long its chain took.  A condition that cannot be decided for want of a value does not
 * take the point.  Where a value of the scan has such a name, it is that. */
#include "private.h"

#include <math.h>
#include <string.h>

enum { N_EXTRA = 12 };
static const char *const extra[N_EXTRA] = {"id",      "round",  "accepted", "rejected",
                                           "unknown", "failed", "running",  "uniform",
                                           "p",       "chi2",   "seconds",  "origin"};

static const char *free_name(const struct scan *scan, const char *name)
{
    size_t v;

    for (v = 0; v < scan->n_values; v++)
        if (strcmp(scan->value_names[v], name) == 0)
            return "_taken_";
    return name;
}

struct choice {
    struct cond *cond; /* NULL: all */
    size_t n_values;
    double *row;
};

static int compile(struct choice *choice, const struct scan *scan, const char *text, size_t *column,
                   struct err *err)
{
    const char **names = mem_array(scan->n_values + N_EXTRA, sizeof *names);
    size_t v;

    if (!names)
        return mem_error(err);
    for (v = 0; v < scan->n_values; v++)
        names[v] = scan->value_names[v];
    for (v = 0; v < N_EXTRA; v++)
        names[scan->n_values + v] = free_name(scan, extra[v]);
    choice->cond = cond_create(text, names, scan->n_values + N_EXTRA, NULL, 0, column, err);
    mem_free(names);
    if (choice->cond)
        return 0;
    if (err->code == ERR_SCAN)
        err->code = ERR_USAGE;
    if (strchr(text, '"'))
        err_set(err, err->code,
                "there are no words in a condition; failures are told apart by \"retry failed "
                "where\" and by: sqlite3 DB \"SELECT point, calculator, reason FROM failure\"");
    return err_while(err, "reading --where \"%s\" at character %zu", text, *column + 1);
}

struct choice *choice_create(const struct scan *scan, const char *text, size_t *column,
                             struct err *err)
{
    struct choice *choice = mem_new(struct choice);
    size_t at = 0;
    int rc = -1;

    if (choice)
        choice->row = mem_array(scan->n_values + N_EXTRA, sizeof *choice->row);
    if (!choice || !choice->row) {
        mem_error(err);
        goto out;
    }
    choice->n_values = scan->n_values;
    if (text && text[strspn(text, " \t")])
        TRY(compile(choice, scan, text, &at, err));
    rc = 0;
out:
    if (column)
        *column = at;
    if (rc == 0)
        return choice;
    choice_free(choice);
    return NULL;
}

bool choice_takes(struct choice *choice, const struct point_row *point)
{
    double *more = choice->row + choice->n_values;

    if (!choice->cond)
        return true;
    memcpy(choice->row, point->row, choice->n_values * sizeof *choice->row);
    more[0] = (double)point->id;
    more[1] = (double)point->round;
    more[2] = point->state == STATE_ACCEPTED;
    more[3] = point->state == STATE_REJECTED;
    more[4] = point->state == STATE_UNKNOWN;
    more[5] = point->state == STATE_FAILED;
    more[6] = point->state == STATE_RUNNING;
    more[7] = point->origin == ORIGIN_START || point->origin == ORIGIN_EXPLORE;
    more[8] = (double)point->predicted;
    more[9] = point->state == STATE_RUNNING ? (double)NAN : point->verdict.chi2;
    more[10] = (double)point->seconds;
    more[11] = (double)point->origin;
    return cond_test(choice->cond, choice->row) == TRUTH_YES;
}

void choice_needs(const struct choice *choice, bool *wanted)
{
    const size_t *uses;
    size_t i, n = 0;

    if (!choice->cond)
        return;
    uses = cond_uses(choice->cond, &n);
    for (i = 0; i < n; i++)
        if (uses[i] < choice->n_values)
            wanted[uses[i]] = true;
}

void choice_free(struct choice *choice)
{
    if (!choice)
        return;
    cond_free(choice->cond);
    mem_free(choice->row);
    mem_free(choice);
}
