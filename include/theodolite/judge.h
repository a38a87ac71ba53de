/* judge.h: the constraints.  From a row of values to the outcome of each term, the label of the
 * point, its chi2, and the margins that the learner regresses.
 *
 * Forms of a term:
 *   mh in 122 .. 128                     range: two comparisons
 *   mW = 80.354 +- 0.032 +- 0.010        Gaussian: errors added in quadrature, pull = (x-mu)/sigma,
 *                                        holds within 2 sigma ("within 3 sigma" sets another)
 *   omega < 0.12 +- 0.01                 Gaussian upper (or lower, >) limit: pull only beyond it
 *   curve FILE, y below|above at x [, outside fails|holds|unknown] [, log]
 *                                        piecewise linear limit curve, two columns
 *   any condition                        abs(mchi) < mstau and mh > 120
 * chi2 is the sum of the squared pulls of the Gaussian terms.
 * A term whose value is missing is unknown, and an unknown term never accepts. */
#ifndef THEODOLITE_JUDGE_H
#define THEODOLITE_JUDGE_H

#include "theodolite/scan.h"

enum { JUDGE_MAX_TERMS = 62 }; /* outcomes are kept as bits of a 64-bit integer */

struct judge_cut { /* a term added live */
    const char *name;
    const char *text;
};

struct judge;

/* Adds what is wrong with constraints and target to the diagnostics. */
int judge_check(const struct scan *scan, struct scan_diagnostics *diagnostics, struct err *err);
/* A judge is used by one thread.  Cuts are further terms: a point must pass them besides the
 * target.  `without` (NULL-terminated, may be NULL) names terms of the scan that were taken out. */
struct judge *judge_create(const struct scan *scan, const struct judge_cut *cuts, size_t n_cuts,
                           const char *const *without, struct err *err);
void judge_free(struct judge *judge);

size_t judge_n_terms(const struct judge *judge);
struct judge_term {
    const char *name, *text;
    bool is_cut;   /* added live */
    bool has_pull; /* counts in chi2 */
};
struct judge_term judge_term(const struct judge *judge, size_t i);

struct verdict {
    int8_t label;     /* 1 accepted, 0 rejected, -1 unknown */
    uint64_t fails;   /* bit i: term i does not hold */
    uint64_t unknown; /* bit i: term i has no value */
    double chi2;      /* NaN if a pull is unknown; 0 without Gaussian terms */
};

/* Margins: comparisons that the label depends on, n_margins of them (duplicates merged). */
size_t judge_n_margins(const struct judge *judge);
const char *judge_margin_name(const struct judge *judge, size_t k); /* "higgs: 128 - mh" */
/* n rows; verdicts: n; margins: n by n_margins or NULL, NaN where unknown. */
void judge_block(struct judge *judge, size_t n, const double *rows, size_t stride,
                 struct verdict *verdicts, double *margins);
/* The label from margins alone: what the learner asks of predicted margins.  Safe from any thread
 * at the same time. */
enum truth judge_label(const struct judge *judge, const double *margins);
/* needed[v] for each of the scan's n_values: does any term or the target read value v? */
void judge_needs(const struct judge *judge, bool *needed);
/* One term of one point for people: "mh = 121.3, 0.7 below 122" and its margin, pull, outcome. */
struct judge_detail {
    enum truth outcome;
    double margin, pull; /* NaN where there is none */
    char words[256];
};
void judge_detail(struct judge *judge, const double *row, size_t i, struct judge_detail *detail);

/* ---- why nothing is accepted ---------------------------------------------------------------- */

/* Sums over points that were judged (not the failed ones); zero at the start. */
struct judge_conflict {
    uint64_t n;
    uint64_t n_holds[JUDGE_MAX_TERMS], n_unknown[JUDGE_MAX_TERMS];
    uint64_t n_only[JUDGE_MAX_TERMS];   /* points that this term alone rejects */
    uint64_t together[JUDGE_MAX_TERMS]; /* bit j of i: both have held at some point */
};
void judge_conflict_note(struct judge_conflict *conflict, size_t n_terms,
                         const struct verdict *verdict);
/* "low and high never hold together (alone at 11 % and 10 %)": the essential first, as far as `out`
 * has room; of points of which none is accepted.  false and "": too few to tell. */
bool judge_conflict_words(const struct judge_conflict *conflict, const char *const *names,
                          size_t n_terms, char *out, size_t size);

/* ---- the integrand -------------------------------------------------------------------------- */

/* From rows to the values of a scan's integrand on the unit cube, whose mean times height_scale()
 * is the integral:
 *     measure volume   the integrand; where the volume element differs from place to place (bounds
 *                      that depend on parameters, log), times that element
 *     measure prior    the integrand
 * With constraints it is the integral over where the target holds: 0 outside of it, and NaN, as for
 * a point that failed, where that is not known.  Used by one thread. */
struct height;
struct height *height_create(const struct scan *scan, struct err *err);
void height_free(struct height *height);
/* The volume of the space where that is the same everywhere, else 1. */
double height_scale(const struct height *height);
/* needed[v]: as judge_needs, with the integrand's own and, where the element needs them, all
 * parameters. */
void height_needs(const struct height *height, bool *needed);
/* n rows; is_failed: n, or NULL: none.  values: n, NaN where there is none. */
void height_block(struct height *height, size_t n, const double *rows, size_t stride,
                  const bool *is_failed, double *values);
/* One sentence: over what it is taken: "the integral over the volume of the parameters, where the
 * constraints hold". */
void height_words(const struct scan *scan, char *out, size_t size);

#endif
