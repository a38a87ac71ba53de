/* plot-numbers.c: the numbers behind pictures: shares with their intervals, rounds, what the
 * learner said against what came, and the likelihood.
 *
 * Said against found.  Only points that were asked about before they ran, ran to their end, and
 * whose labels are those that were asked for: none from before a cut changed labels, and none that
 * were proposed for the easier target that is followed while nothing is accepted (`relax` in the
 * round's figures).  A point of unknown label counts as not accepted, as it does in the search.
 *
 * Likelihood.  chi2 = -2 ln L of the Gaussian terms.  A point takes part when nothing but Gaussian
 * terms speaks against it: those do so through chi2, all others cut. */
#include "plot-private.h"

#include <jansson.h>
#include <string.h>

void picture_interval(uint64_t n, uint64_t of, double z, double *lo, double *hi)
{
    double m = (double)of, p = (double)n / m;
    double middle = (p + z * z / (2 * m)) / (1 + z * z / m);
    double half = z / (1 + z * z / m) * sqrt(p * (1 - p) / m + z * z / (4 * m * m));

    *lo = of == 0 ? (double)NAN : n == 0 ? 0 : middle - half;
    *hi = of == 0 ? (double)NAN : n == of ? 1 : middle + half;
}

/* ---- rounds --------------------------------------------------------------------------------- */

int picture_rounds(struct picture *picture, struct round_row **rounds, size_t *n, struct err *err)
{
    return store_rounds(picture->store, 0, picture->arena, rounds, n, err);
}

double picture_figure(const struct round_row *round, const char *name)
{
    json_t *metrics = round->metrics ? json_loads(round->metrics, 0, NULL) : NULL;
    const json_t *figure = metrics ? json_object_get(metrics, name) : NULL;
    double value = json_is_number(figure) ? json_number_value(figure) : (double)NAN;

    json_decref(metrics);
    return value;
}

/* ---- said against found --------------------------------------------------------------------- */

struct asking {
    struct picture_asked *asked;
    uint64_t labels_from;
    uint8_t *is_relaxed; /* by round */
    size_t n_rounds;
};

size_t picture_said_bin(double p)
{
    return p >= 1 ? SAID_FINE : p > 0 ? (size_t)(p * SAID_FINE) : 0;
}

static void count_said(struct picture_said *said, double p, bool is_accepted)
{
    size_t bin = picture_said_bin(p);

    (is_accepted ? said->accepted : said->other)[bin]++;
    said->sum[bin] += p;
    said->n++;
    said->n_accepted += is_accepted;
}

static int see_asked(void *context, const struct point_row *point, struct err *err)
{
    struct asking *asking = context;
    bool is_accepted = point->state == STATE_ACCEPTED;
    double p = (double)point->predicted;

    (void)err;
    if (!isfinite(p) || point->id < asking->labels_from || point->state == STATE_RUNNING ||
        point->state == STATE_FAILED)
        return 0;
    if (point->origin == ORIGIN_EXPLORE)
        count_said(&asking->asked->uniform, p, is_accepted);
    else if (point->round < asking->n_rounds && asking->is_relaxed[point->round])
        return 0;
    count_said(&asking->asked->all, p, is_accepted);
    return 0;
}

static int said_create(struct picture *picture, struct picture_said *said, struct err *err)
{
    *said = (struct picture_said){
        .accepted = arena_array(picture->arena, SAID_FINE + 1, sizeof *said->accepted),
        .other = arena_array(picture->arena, SAID_FINE + 1, sizeof *said->other),
        .sum = arena_array(picture->arena, SAID_FINE + 1, sizeof *said->sum)};
    return said->accepted && said->other && said->sum ? 0 : mem_error(err);
}

int picture_ask(struct picture *picture, struct picture_asked *asked, struct err *err)
{
    struct asking asking = {.asked = asked, .labels_from = picture->labels_from};
    struct picture_reader reader = {.state = -1, .see = see_asked, .context = &asking};
    struct round_row *rounds;
    size_t i, n;
    int rc = -1;

    TRY(said_create(picture, &asked->all, err));
    TRY(said_create(picture, &asked->uniform, err));
    TRY(picture_rounds(picture, &rounds, &n, err));
    asking.n_rounds = n > 0 ? (size_t)rounds[n - 1].round + 1 : 0;
    asking.is_relaxed = arena_array(picture->arena, asking.n_rounds + 1, 1);
    if (!asking.is_relaxed) {
        mem_error(err);
        goto out;
    }
    for (i = 0; i < n; i++)
        asking.is_relaxed[rounds[i].round] = picture_figure(&rounds[i], "relax") > 0;
    TRY(picture_read(picture, &reader, err));
    if (asked->all.n == 0) {
        err_set(err, ERR_STORE,
                "no point of scan %s can tell: the learner was asked about none before it ran%s",
                picture->scan->name, picture->labels_from > 0 ? " since a cut changed labels" : "");
        goto out;
    }
    rc = 0;
out:
    return rc;
}

/* ---- likelihood ----------------------------------------------------------------------------- */

/* Is this term Gaussian?  A term whose curve is not here is none. */
static bool has_pull(const struct scan *scan, const char *name, const char *text)
{
    struct scan_constraint constraint = {.name = name, .text = text};
    struct scan one = *scan;
    struct err ignored = ERR_INIT;
    struct judge *judge;
    bool is_gaussian;

    one.constraints = &constraint;
    one.n_constraints = 1;
    one.target = "all";
    judge = judge_create(&one, NULL, 0, NULL, &ignored);
    is_gaussian = judge && judge_term(judge, 0).has_pull;
    judge_free(judge);
    return is_gaussian;
}

/* Bits of terms: the scan's constraints that were not taken out, then live cuts. */
static int find_pulls(struct picture *picture, uint64_t *pulls, struct err *err)
{
    const struct scan *scan = picture->scan;
    struct judge_cut *cuts;
    const char **without;
    size_t i, k, n_cuts, bit = 0;

    *pulls = 0;
    if (store_cuts(picture->store, picture->arena, &cuts, &n_cuts, &without, err) != 0)
        return -1;
    for (i = 0; i < scan->n_constraints; i++) {
        for (k = 0; without[k] && strcmp(without[k], scan->constraints[i].name) != 0; k++)
            ;
        if (without[k])
            continue;
        if (has_pull(scan, scan->constraints[i].name, scan->constraints[i].text))
            *pulls |= (uint64_t)1 << bit;
        bit++;
    }
    for (i = 0; i < n_cuts; i++, bit++)
        if (has_pull(scan, cuts[i].name, cuts[i].text))
            *pulls |= (uint64_t)1 << bit;
    return 0;
}

int picture_likelihood_open(struct picture *picture, struct picture_likelihood *likelihood,
                            struct err *err)
{
    const char *text = picture->options->chi2;
    size_t column = 0;

    *likelihood = (struct picture_likelihood){.points = "accepted points"};
    if (text) {
        likelihood->expr =
            expr_create(text, picture->scan->value_names, picture->scan->n_values, &column, err);
        if (likelihood->expr)
            return 0;
        if (err->code == ERR_SCAN)
            err->code = ERR_USAGE;
        return err_while(err, "reading --chi2 \"%s\" at character %zu", text, column + 1);
    }
    likelihood->points = "points that no constraint without a likelihood excludes";
    if (find_pulls(picture, &likelihood->pulls, err) != 0)
        return -1;
    if (likelihood->pulls != 0)
        return 0;
    return err_set(
        err, ERR_USAGE,
        "scan %s has no likelihood: none of its constraints is Gaussian (such as \"mW = "
        "80.354 +- 0.032\" or \"omega < 0.12 +- 0.01\"); an observable or expression that "
        "is a chi2 can be named with --chi2",
        picture->scan->name);
}

void picture_likelihood_wants(const struct picture_likelihood *likelihood, bool *wanted)
{
    const size_t *uses;
    size_t i, n = 0;

    if (!likelihood->expr)
        return;
    uses = expr_uses(likelihood->expr, &n);
    for (i = 0; i < n; i++)
        wanted[uses[i]] = true;
}

double picture_likelihood_chi2(struct picture_likelihood *likelihood, const struct point_row *point)
{
    uint64_t against = point->verdict.fails | point->verdict.unknown;

    if (point->state == STATE_RUNNING || point->state == STATE_FAILED)
        return NAN;
    if (likelihood->expr)
        return point->state == STATE_ACCEPTED ? expr_eval(likelihood->expr, point->row)
                                              : (double)NAN;
    if (point->state != STATE_ACCEPTED && (against & ~likelihood->pulls) != 0)
        return NAN;
    return point->verdict.chi2;
}

void picture_likelihood_close(struct picture_likelihood *likelihood)
{
    expr_free(likelihood->expr);
    likelihood->expr = NULL;
}
