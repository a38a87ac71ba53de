/* surface.h: response surfaces to the margins about a known point (surface.c). */
#ifndef SURVEY_SURFACE_H
#define SURVEY_SURFACE_H

#include "private.h"
#include "theodolite/tree.h"

enum { MOST_TERMS = 80, MOST_NEAR = 400, MOST_MARGINS = 64, MOST_MOVERS = 128 };

/* One margin is coef . terms((x - centre) / reach). */
struct surface {
    size_t d, n_margins, n_terms, n_wanted, n_near, n_movers;
    bool is_full;  /* with products; else squares alone */
    bool is_exact; /* the surfaces go through the margins at the centre */
    double reach;
    const float *centre;
    double *factor;             /* n_terms^2: of the normal equations */
    double *coef;               /* n_margins by n_terms */
    double sigma[MOST_MARGINS]; /* error of a point at the centre */
    double *weight;             /* MOST_NEAR */
    double *terms;              /* n_terms; of the latest place */
    size_t near[MOST_NEAR], movers[MOST_MOVERS];
    float far2[MOST_NEAR];
};
/* How many known rows a surface is fitted to; the middle one is as far as it reaches. */
size_t surface_near(const struct survey_snapshot *shot);
int surface_create(struct surface *s, const struct survey_snapshot *shot, struct err *err);
void surface_free(struct surface *s);
/* About s->centre; known: a tree of rows with their margins.  distance: of all rows, to the target.
 * false: too few of them. */
bool surface_fit(struct surface *s, const struct survey_snapshot *shot, const struct tree *known,
                 const size_t *rows, const float *distance);
/* Through the margins of the row, which is the centre: the next step of a secant method. */
void surface_pass(struct surface *s, const struct survey_snapshot *shot, size_t row);
void surface_margins(const struct surface *s, const float *x, double *margins);
/* At least so probable is the target at x; 0 where the surface itself says no. */
double surface_probability(const struct surface *s, const struct survey_snapshot *shot,
                           const float *x);

/* Trees of the rows that have all their margins, and of the accepted ones of these. */
struct ground {
    const struct survey_snapshot *shot;
    struct tree *known, *accepted;
    size_t *rows, *accepted_rows; /* of the trees' points */
    size_t n_accepted;
};
int ground_create(const struct search_state *search, struct ground *g, struct err *err);
void ground_free(struct ground *g);

#endif
