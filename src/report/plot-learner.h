/* plot-learner.h: what the learner says, for cells and for the heat of scatter. */
#ifndef REPORT_PLOT_LEARNER_H
#define REPORT_PLOT_LEARNER_H

#include "plot-heat.h"

/* n_draws uniform draws of the prior, counted in bins of the probability (SAID_FINE + 1); *n of
 * them, 0: there is no model. */
int picture_learner_classes(struct picture *picture, size_t n_draws, uint64_t *bins, uint64_t *n,
                            struct err *err);
/* The block "heat" and heat_label: the learner's probability, the highest over the other
 * parameters.  Both axes are parameters, else ERR_USAGE. */
int picture_heat_of_learner(struct picture *picture, const struct picture_axis *x,
                            const struct picture_axis *y, struct err *err);

#endif
