/* judge_private.h: a term in its parts, known in src/judge alone. */
#ifndef JUDGE_PRIVATE_H
#define JUDGE_PRIVATE_H

#include "theodolite/judge.h"

/* ---- curve.c: a limit curve ----------------------------------------------------------------- */

struct curve;
/* Reads two columns; complains with FILE:LINE. */
struct curve *curve_read(const char *path, bool is_log, struct err *err);
void curve_free(struct curve *curve);
/* The limit at x; false outside of the curve, with *distance from it in units of its width. */
bool curve_at(const struct curve *curve, double x, double *limit, double *distance);

/* ---- term.c ------------------------------------------------------------------------------- */

enum term_kind { TERM_CONDITION, TERM_GAUSS, TERM_UPPER, TERM_LOWER, TERM_CURVE };
enum outside { OUTSIDE_UNKNOWN, OUTSIDE_FAILS, OUTSIDE_HOLDS };
enum { TERM_MAX_MARGINS = 64 };

struct term {
    char *name, *text;
    enum term_kind kind;
    bool is_cut;
    struct cond *cond; /* TERM_CONDITION */
    /* Gaussian: left side, centre and the errors in quadrature; it holds within n_sigma */
    struct expr *left, *centre;
    double sigma, n_sigma;
    /* curve: left is y */
    struct expr *x;
    struct curve *curve;
    bool is_below, is_log;
    enum outside outside;
    char *left_words, *centre_words; /* for people */
};

struct term_names {
    const char *const *names; /* of the row's values */
    size_t n;
    const char *folder;
};

/* Reads one term.  On error *column is the 0-based offset in text. */
int term_create(struct term *term, const char *name, const char *text,
                const struct term_names *names, size_t *column, struct err *err);
void term_free(struct term *term);
size_t term_n_margins(const struct term *term);
/* "128 - mh" for margin k. */
void term_margin_words(const struct term *term, size_t k, char *out, size_t size);
/* margins: n by stride from the first margin on; pulls (may be NULL): n, NaN where unknown. */
void term_eval(struct term *term, size_t n, const double *rows, size_t row_stride, double *margins,
               size_t stride, double *pulls);
enum truth term_truth(const struct term *term, const double *margins);
static inline bool term_has_pull(const struct term *term)
{
    return term->kind == TERM_GAUSS || term->kind == TERM_UPPER || term->kind == TERM_LOWER;
}
/* Calls use(context, value) for each value that the term reads. */
void term_uses(const struct term *term, bool *needed);

#endif
