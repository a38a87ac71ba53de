/* surrogate-table.h: the rows that a surrogate is fitted to, for surrogate.c alone.
 */
#ifndef STRATA_SURROGATE_TABLE_H
#define STRATA_SURROGATE_TABLE_H

#include "forms.h"

/* All rows of a fit: those of the folds' first n_in are fitted, the rest is held out. */
struct fit_table {
    size_t n, n_in;
    struct rows rows; /* all; target is what is left by the forms so far */
    struct frame frame;
    double *x, *q, *shares, *h, *left, *weight, *said, *said_too, *said_wide;
};

/* From all of the data that is finite; after an error too the table is to be freed. */
int fit_table_create(struct fit_table *table, const struct surrogate_config *config,
                     const struct surrogate_data *data, struct err *err);
void fit_table_free(struct fit_table *table);
/* Weighted mean of squares of a - b (b may be NULL) over rows from .. to. */
double fit_table_misfit(const struct fit_table *table, const double *a, const double *b,
                        size_t from, size_t to);
/* Weighted mean of h over rows from .. to. */
double fit_table_mean(const struct fit_table *table, size_t from, size_t to);
/* What is left: h less a constant. */
void fit_table_leave(struct fit_table *table, double constant);
/* What is left: less what was said of each row. */
void fit_table_subtract(struct fit_table *table, const double *said);

#endif
