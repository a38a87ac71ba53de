/* judge.c: from a row of values to outcomes, label, chi2 and margins.
 *
 * Terms, live cuts and the target are evaluated in blocks of rows, column by column, into one array
 * of all margins.  Those that the label depends on, with the same ones of different terms merged,
 * are what the learner sees; the label is a function of them alone.
 *
 * The target is an expression over the terms' names (as truths), the row's values, chi2, and
 * chi2_NAME and pull_NAME of the Gaussian terms; "all" asks for every term. */
#include "judge_private.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { BLOCK = 128 };

struct judge {
    struct term *terms;
    size_t n_terms, n_all; /* n_all: margins of all terms and of the target */
    size_t *first;         /* of each term's margins in a row of n_all; the target's last */
    struct cond *target;   /* NULL: all */
    char **atoms;          /* the scan's terms, also those that were taken out */
    size_t *atom_terms;    /* their terms, SIZE_MAX: taken out */
    size_t n_atoms;
    char **names; /* of the target's row: values, chi2, chi2_*, pull_* */
    size_t n_names, n_values;
    size_t *pull_terms, n_pulls;
    bool needs_pulls; /* the target reads more than values */
    size_t *merged;   /* margin of all -> margin of the label, SIZE_MAX: none */
    size_t *source;   /* and back */
    char **margin_names;
    size_t n_margins;
    double *margins; /* BLOCK by n_all */
    double *pulls;   /* n_pulls by BLOCK */
    double *row;     /* n_names */
};

/* ---- making --------------------------------------------------------------------------------- */

static char *joined(const char *a, const char *b)
{
    char words[300];
    snprintf(words, sizeof words, "%s%s", a, b);
    return mem_strdup(words);
}

static bool is_among(const char *name, const char *const *names)
{
    for (size_t i = 0; names != NULL && names[i] != NULL; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

static int make_arrays(struct judge *judge, const struct scan *scan, size_t n_cuts, struct err *err)
{
    size_t n_terms = scan->n_constraints + n_cuts;
    judge->terms = mem_array(n_terms, sizeof *judge->terms);
    judge->first = mem_array(n_terms + 2, sizeof *judge->first);
    judge->atoms = mem_array(scan->n_constraints, sizeof *judge->atoms);
    judge->atom_terms = mem_array(scan->n_constraints, sizeof *judge->atom_terms);
    judge->pull_terms = mem_array(n_terms, sizeof *judge->pull_terms);
    judge->names = mem_array(scan->n_values + 1 + 2 * scan->n_constraints, sizeof *judge->names);
    if (judge->terms == NULL || judge->first == NULL || judge->atoms == NULL ||
        judge->atom_terms == NULL || judge->pull_terms == NULL || judge->names == NULL)
        return mem_error(err);
    return 0;
}

static int add_term(struct judge *judge, const char *name, const char *text,
                    const struct term_names *names, struct err *err)
{
    struct term *term = &judge->terms[judge->n_terms];
    size_t column = 0;
    if (judge->n_terms == JUDGE_MAX_TERMS)
        return err_set(err, ERR_SCAN, "more than %d constraints and cuts", JUDGE_MAX_TERMS);
    if (term_create(term, name, text, names, &column, err) != 0) {
        struct err why = *err;
        return why.code == ERR_MEMORY
                   ? -1
                   : err_set(err, why.code, "%s: %.200s: %.500s", name, text, why.message);
    }
    if (term_has_pull(term))
        judge->pull_terms[judge->n_pulls++] = judge->n_terms;
    judge->first[judge->n_terms] = judge->n_all;
    judge->n_all += term_n_margins(term);
    judge->n_terms++;
    return 0;
}

static int add_terms(struct judge *judge, const struct scan *scan, const struct judge_cut *cuts,
                     size_t n_cuts, const char *const *without, struct err *err)
{
    struct term_names names = {scan->value_names, scan->n_values, scan->folder};
    for (size_t i = 0; i < scan->n_constraints; i++) {
        const struct scan_constraint *constraint = &scan->constraints[i];
        bool is_out = is_among(constraint->name, without);
        judge->atom_terms[judge->n_atoms] = is_out ? SIZE_MAX : judge->n_terms;
        judge->atoms[judge->n_atoms] = mem_strdup(constraint->name);
        if (judge->atoms[judge->n_atoms++] == NULL)
            return mem_error(err);
        if (!is_out && add_term(judge, constraint->name, constraint->text, &names, err) != 0)
            return -1;
    }
    for (size_t i = 0; i < n_cuts; i++) {
        if (add_term(judge, cuts[i].name, cuts[i].text, &names, err) != 0)
            return -1;
        judge->terms[judge->n_terms - 1].is_cut = true;
    }
    return 0;
}

static int add_name(struct judge *judge, const char *a, const char *b, struct err *err)
{
    judge->names[judge->n_names] = joined(a, b);
    return judge->names[judge->n_names++] != NULL ? 0 : mem_error(err);
}

static int add_target(struct judge *judge, const struct scan *scan, struct err *err)
{
    size_t n = 0;
    judge->n_values = scan->n_values;
    for (size_t i = 0; i < scan->n_values; i++)
        if (add_name(judge, scan->value_names[i], "", err) != 0)
            return -1;
    if (add_name(judge, "chi2", "", err) != 0)
        return -1;
    for (size_t i = 0; i < scan->n_constraints; i++)
        if (add_name(judge, "chi2_", scan->constraints[i].name, err) != 0 ||
            add_name(judge, "pull_", scan->constraints[i].name, err) != 0)
            return -1;
    judge->first[judge->n_terms] = judge->n_all;
    if (strcmp(scan->target, "all") == 0)
        return 0;
    judge->target = cond_create(scan->target, (const char *const *)judge->names, judge->n_names,
                                (const char *const *)judge->atoms, judge->n_atoms, NULL, err);
    if (judge->target == NULL)
        return err_while(err, "reading the target: %s", scan->target);
    judge->n_all += cond_n_margins(judge->target);
    const size_t *uses = cond_uses(judge->target, &n);
    for (size_t i = 0; i < n; i++)
        judge->needs_pulls = judge->needs_pulls || uses[i] >= judge->n_values;
    return 0;
}

/* ---- the label's margins -------------------------------------------------------------------- */

static bool in_label(const struct judge *judge, size_t term)
{
    size_t n = 0;
    if (judge->target == NULL || judge->terms[term].is_cut)
        return true;
    const size_t *atoms = cond_uses_atoms(judge->target, &n);
    for (size_t i = 0; i < n; i++)
        if (judge->atom_terms[atoms[i]] == term)
            return true;
    return false;
}

/* Two margins with the same key are the same number: key NULL for never. */
static int add_margin(struct judge *judge, char **keys, size_t source, const char *name,
                      const char *words, struct err *err)
{
    for (size_t k = 0; k < judge->n_margins; k++)
        if (strcmp(keys[k], words) == 0) {
            judge->merged[source] = k;
            return 0;
        }
    char text[500];
    snprintf(text, sizeof text, "%s: %s", name, words);
    size_t k = judge->n_margins;
    keys[k] = mem_strdup(words);
    judge->margin_names[k] = mem_strdup(text);
    judge->merged[source] = k;
    judge->source[k] = source;
    judge->n_margins++;
    return keys[k] != NULL && judge->margin_names[k] != NULL ? 0 : mem_error(err);
}

static int merge_all(struct judge *judge, char **keys, struct err *err)
{
    char words[450];
    for (size_t t = 0; t < judge->n_terms; t++) {
        const struct term *term = &judge->terms[t];
        for (size_t k = 0; k < term_n_margins(term) && in_label(judge, t); k++) {
            if (term->kind == TERM_CURVE)
                snprintf(words, sizeof words, "%.440s", term->text);
            else
                term_margin_words(term, k, words, sizeof words);
            if (add_margin(judge, keys, judge->first[t] + k, term->name, words, err) != 0)
                return -1;
        }
    }
    for (size_t k = 0; judge->target != NULL && k < cond_n_margins(judge->target); k++)
        if (add_margin(judge, keys, judge->first[judge->n_terms] + k, "target",
                       cond_margin_words(judge->target, k), err) != 0)
            return -1;
    return 0;
}

static int make_margins(struct judge *judge, struct err *err)
{
    int rc = -1;
    char **keys = mem_array(judge->n_all, sizeof *keys);
    judge->merged = mem_array(judge->n_all, sizeof *judge->merged);
    judge->source = mem_array(judge->n_all, sizeof *judge->source);
    judge->margin_names = mem_array(judge->n_all, sizeof *judge->margin_names);
    judge->margins = mem_array(BLOCK * judge->n_all, sizeof *judge->margins);
    judge->pulls = mem_array(BLOCK * judge->n_pulls, sizeof *judge->pulls);
    judge->row = mem_array(judge->n_names, sizeof *judge->row);
    if (keys == NULL || judge->merged == NULL || judge->source == NULL ||
        judge->margin_names == NULL || judge->margins == NULL || judge->pulls == NULL ||
        judge->row == NULL) {
        mem_error(err);
        goto out;
    }
    for (size_t i = 0; i < judge->n_all; i++)
        judge->merged[i] = SIZE_MAX;
    rc = merge_all(judge, keys, err);
out:
    for (size_t i = 0; keys != NULL && i < judge->n_all; i++)
        mem_free(keys[i]);
    mem_free(keys);
    return rc;
}

struct judge *judge_create(const struct scan *scan, const struct judge_cut *cuts, size_t n_cuts,
                           const char *const *without, struct err *err)
{
    struct judge *judge = mem_new(struct judge);
    if (judge == NULL) {
        mem_error(err);
        return NULL;
    }
    if (make_arrays(judge, scan, n_cuts, err) == 0 &&
        add_terms(judge, scan, cuts, n_cuts, without, err) == 0 &&
        add_target(judge, scan, err) == 0 && make_margins(judge, err) == 0)
        return judge;
    judge_free(judge);
    return NULL;
}

static void free_words(char **words, size_t n)
{
    for (size_t i = 0; words != NULL && i < n; i++)
        mem_free(words[i]);
    mem_free(words);
}

void judge_free(struct judge *judge)
{
    if (judge == NULL)
        return;
    for (size_t i = 0; i < judge->n_terms; i++)
        term_free(&judge->terms[i]);
    cond_free(judge->target);
    free_words(judge->atoms, judge->n_atoms);
    free_words(judge->names, judge->n_names);
    free_words(judge->margin_names, judge->n_margins);
    mem_free(judge->terms);
    mem_free(judge->first);
    mem_free(judge->atom_terms);
    mem_free(judge->pull_terms);
    mem_free(judge->merged);
    mem_free(judge->source);
    mem_free(judge->margins);
    mem_free(judge->pulls);
    mem_free(judge->row);
    mem_free(judge);
}

/* ---- asking --------------------------------------------------------------------------------- */

size_t judge_n_terms(const struct judge *judge)
{
    return judge->n_terms;
}

struct judge_term judge_term(const struct judge *judge, size_t i)
{
    const struct term *term = &judge->terms[i];
    return (struct judge_term){.name = term->name,
                               .text = term->text,
                               .is_cut = term->is_cut,
                               .has_pull = term_has_pull(term)};
}

size_t judge_n_margins(const struct judge *judge)
{
    return judge->n_margins;
}

const char *judge_margin_name(const struct judge *judge, size_t k)
{
    return judge->margin_names[k];
}

void judge_needs(const struct judge *judge, bool *needed)
{
    size_t n = 0;
    memset(needed, 0, judge->n_values * sizeof *needed);
    for (size_t i = 0; i < judge->n_terms; i++)
        term_uses(&judge->terms[i], needed);
    const size_t *uses = judge->target != NULL ? cond_uses(judge->target, &n) : NULL;
    for (size_t i = 0; i < n; i++)
        if (uses[i] < judge->n_values)
            needed[uses[i]] = true;
}

/* ---- judging -------------------------------------------------------------------------------- */

static enum truth both(enum truth a, enum truth b)
{
    if (a == TRUTH_NO || b == TRUTH_NO)
        return TRUTH_NO;
    return a == TRUTH_UNKNOWN || b == TRUTH_UNKNOWN ? TRUTH_UNKNOWN : TRUTH_YES;
}

/* From the truths of the terms and the target's own margins. */
static enum truth label_of(const struct judge *judge, const enum truth *terms,
                           const double *target_margins)
{
    enum truth label = TRUTH_YES, atoms[JUDGE_MAX_TERMS + 1];
    for (size_t t = 0; t < judge->n_terms; t++)
        if (judge->target == NULL || judge->terms[t].is_cut)
            label = both(label, terms[t]);
    if (judge->target == NULL || label == TRUTH_NO)
        return label;
    for (size_t a = 0; a < judge->n_atoms && a <= JUDGE_MAX_TERMS; a++)
        atoms[a] = judge->atom_terms[a] == SIZE_MAX ? TRUTH_YES : terms[judge->atom_terms[a]];
    return both(label, cond_truth(judge->target, target_margins, atoms));
}

enum truth judge_label(const struct judge *judge, const double *margins)
{
    enum truth terms[JUDGE_MAX_TERMS];
    double local[TERM_MAX_MARGINS];
    for (size_t t = 0; t < judge->n_terms; t++) {
        size_t n = term_n_margins(&judge->terms[t]);
        bool is_asked = true;
        for (size_t k = 0; k < n; k++) {
            size_t m = judge->merged[judge->first[t] + k];
            is_asked = is_asked && m != SIZE_MAX;
            local[k] = m != SIZE_MAX ? margins[m] : NAN;
        }
        terms[t] = is_asked ? term_truth(&judge->terms[t], local) : TRUTH_UNKNOWN;
    }
    size_t n = judge->target != NULL ? cond_n_margins(judge->target) : 0;
    for (size_t k = 0; k < n; k++)
        local[k] = margins[judge->merged[judge->first[judge->n_terms] + k]];
    return label_of(judge, terms, local);
}

/* The target's row: values, chi2, and chi2 and pull of each term of the scan. */
static void fill_target_row(struct judge *judge, const double *row, double chi2, size_t i)
{
    memcpy(judge->row, row, judge->n_values * sizeof *row);
    double *out = judge->row + judge->n_values;
    *out++ = chi2;
    for (size_t a = 0; a < judge->n_atoms; a++) {
        double pull = judge->atom_terms[a] == SIZE_MAX ? 0 : NAN;
        for (size_t p = 0; p < judge->n_pulls; p++)
            if (judge->pull_terms[p] == judge->atom_terms[a])
                pull = judge->pulls[p * BLOCK + i];
        *out++ = pull * pull;
        *out++ = pull;
    }
}

static void judge_row(struct judge *judge, const double *row, size_t i, struct verdict *verdict)
{
    double *margins = judge->margins + i * judge->n_all;
    double *target_margins = margins + judge->first[judge->n_terms];
    enum truth terms[JUDGE_MAX_TERMS];
    *verdict = (struct verdict){0};
    for (size_t t = 0; t < judge->n_terms; t++) {
        terms[t] = term_truth(&judge->terms[t], margins + judge->first[t]);
        verdict->fails |= (uint64_t)(terms[t] == TRUTH_NO) << t;
        verdict->unknown |= (uint64_t)(terms[t] == TRUTH_UNKNOWN) << t;
    }
    for (size_t p = 0; p < judge->n_pulls; p++) {
        double pull = judge->pulls[p * BLOCK + i];
        verdict->chi2 += pull * pull;
    }
    if (judge->target != NULL && judge->needs_pulls) {
        fill_target_row(judge, row, verdict->chi2, i);
        cond_margins(judge->target, 1, judge->row, 0, target_margins, judge->n_all);
    }
    verdict->label = (int8_t)label_of(judge, terms, target_margins);
}

static void judge_rows(struct judge *judge, size_t n, const double *rows, size_t stride,
                       struct verdict *verdicts)
{
    size_t pull = 0;
    for (size_t t = 0; t < judge->n_terms; t++) {
        bool has_pull = term_has_pull(&judge->terms[t]);
        term_eval(&judge->terms[t], n, rows, stride, judge->margins + judge->first[t], judge->n_all,
                  has_pull ? judge->pulls + BLOCK * pull : NULL);
        pull += has_pull;
    }
    if (judge->target != NULL && !judge->needs_pulls)
        cond_margins(judge->target, n, rows, stride, judge->margins + judge->first[judge->n_terms],
                     judge->n_all);
    for (size_t i = 0; i < n; i++)
        judge_row(judge, rows + i * stride, i, &verdicts[i]);
}

void judge_block(struct judge *judge, size_t n, const double *rows, size_t stride,
                 struct verdict *verdicts, double *margins)
{
    for (size_t first = 0; first < n; first += BLOCK) {
        size_t count = n - first < BLOCK ? n - first : BLOCK;
        judge_rows(judge, count, rows + first * stride, stride, verdicts + first);
        for (size_t i = 0; i < count && margins != NULL; i++)
            for (size_t k = 0; k < judge->n_margins; k++)
                margins[(first + i) * judge->n_margins + k] =
                    judge->margins[i * judge->n_all + judge->source[k]];
    }
}

/* ---- for people ----------------------------------------------------------------------------- */

static void sides_words(const struct cond_sides *s, double margin, char *out, size_t size)
{
    double distance = fabs(margin);
    if (!s->is_distance)
        snprintf(out, size, "%s = %.6g%s%s", s->low_words, s->low,
                 s->high_words[0] != '\0' ? ", compared with " : "", s->high_words);
    else if (s->low_is_number)
        snprintf(out, size, "%s = %.6g, %.4g %s %s", s->high_words, s->high, distance,
                 margin >= 0 ? "above" : "below", s->low_words);
    else if (s->high_is_number)
        snprintf(out, size, "%s = %.6g, %.4g %s %s", s->low_words, s->low, distance,
                 margin >= 0 ? "below" : "above", s->high_words);
    else
        snprintf(out, size, "%s = %.6g, %.4g %s %s = %.6g", s->low_words, s->low, distance,
                 margin >= 0 ? "below" : "above", s->high_words, s->high);
}

static void curve_words(const struct term *term, const double *row, struct judge_detail *detail)
{
    double x = expr_eval(term->x, row), y = expr_eval(term->left, row), limit = NAN, distance;
    if (isnan(x) || isnan(y))
        return;
    if (curve_at(term->curve, x, &limit, &distance))
        snprintf(detail->words, sizeof detail->words,
                 "%.80s = %.6g, the limit at %.80s = %.6g is %.6g", term->left_words, y,
                 term->centre_words, x, limit);
    else
        snprintf(detail->words, sizeof detail->words, "%.80s = %.6g lies outside of the curve",
                 term->centre_words, x);
}

/* The first value without which the term is unknown. */
static void unknown_words(const struct judge *judge, size_t i, const double *row,
                          struct judge_detail *detail)
{
    bool *needed = mem_array(judge->n_values, sizeof *needed);
    snprintf(detail->words, sizeof detail->words, "it has no value");
    if (needed == NULL)
        return;
    term_uses(&judge->terms[i], needed);
    for (size_t v = 0; v < judge->n_values; v++)
        if (needed[v] && !isfinite(row[v])) {
            snprintf(detail->words, sizeof detail->words, "%s has no value", judge->names[v]);
            break;
        }
    mem_free(needed);
}

/* The margin that decides: the smallest. */
static size_t deciding(const double *margins, size_t n)
{
    size_t k = 0;
    for (size_t i = 1; i < n; i++)
        if (margins[i] < margins[k] || isnan(margins[k]))
            k = i;
    return k;
}

void judge_detail(struct judge *judge, const double *row, size_t i, struct judge_detail *detail)
{
    struct term *term = &judge->terms[i];
    double margins[TERM_MAX_MARGINS] = {NAN}, pull = NAN;
    term_eval(term, 1, row, 0, margins, TERM_MAX_MARGINS, &pull);
    *detail = (struct judge_detail){.outcome = term_truth(term, margins), .pull = pull};
    size_t k = deciding(margins, term_n_margins(term));
    detail->margin = margins[k];
    if (term->kind == TERM_CURVE)
        curve_words(term, row, detail);
    if (detail->outcome == TRUTH_UNKNOWN && detail->words[0] == '\0')
        unknown_words(judge, i, row, detail);
    if (detail->words[0] != '\0')
        return;
    if (term->kind == TERM_CONDITION) {
        struct cond_sides sides = cond_margin_sides(term->cond, k, row);
        sides_words(&sides, margins[k], detail->words, sizeof detail->words);
        return;
    }
    double x = expr_eval(term->left, row), centre = expr_eval(term->centre, row);
    snprintf(detail->words, sizeof detail->words, "%.100s = %.6g, %.3g sigma %s %.100s",
             term->left_words, x, fabs(x - centre) / term->sigma, x >= centre ? "above" : "below",
             term->centre_words);
}
