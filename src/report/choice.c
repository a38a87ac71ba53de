/* choice.c: which points an export takes: a condition of the scan file's language over the point's
 * values and six names more: id, round, accepted, failed and uniform (1 or 0; uniform: drawn from
 * the prior, by the start design or the honest share) and chi2.  A condition that cannot be decided
 * for want of a value does not take the point.  Where a value of the scan has such a name, it is
 * that. */
#include "private.h"

#include <string.h>

enum { N_EXTRA = 6 };
static const char *const extra[N_EXTRA] = {"id", "round", "accepted", "failed", "uniform", "chi2"};

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

static int compile(struct choice *choice, const struct scan *scan, const char *text,
                   struct err *err)
{
    const char **names = mem_array(scan->n_values + N_EXTRA, sizeof *names);
    size_t v, column = 0;

    if (!names)
        return mem_error(err);
    for (v = 0; v < scan->n_values; v++)
        names[v] = scan->value_names[v];
    for (v = 0; v < N_EXTRA; v++)
        names[scan->n_values + v] = free_name(scan, extra[v]);
    choice->cond = cond_create(text, names, scan->n_values + N_EXTRA, NULL, 0, &column, err);
    mem_free(names);
    if (choice->cond)
        return 0;
    if (err->code == ERR_SCAN)
        err->code = ERR_USAGE;
    return err_while(err, "reading --where \"%s\" at character %zu", text, column + 1);
}

struct choice *choice_create(const struct scan *scan, const char *text, struct err *err)
{
    struct choice *choice = mem_new(struct choice);
    int rc = -1;

    if (choice)
        choice->row = mem_array(scan->n_values + N_EXTRA, sizeof *choice->row);
    if (!choice || !choice->row) {
        mem_error(err);
        goto out;
    }
    choice->n_values = scan->n_values;
    if (text)
        TRY(compile(choice, scan, text, err));
    rc = 0;
out:
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
    more[3] = point->state == STATE_FAILED;
    more[4] = point->origin == ORIGIN_START || point->origin == ORIGIN_EXPLORE;
    more[5] = point->verdict.chi2;
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
