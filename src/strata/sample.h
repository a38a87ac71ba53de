/* sample.h: the calls of all rounds, as far as models are trained on them. */
#ifndef STRATA_SAMPLE_H
#define STRATA_SAMPLE_H

#include "proposal.h"

enum { SAMPLE_ROUNDS = 64 };

struct sample {
    size_t n_dims, n, cap;
    double *x;       /* n by n_dims */
    double *f;       /* failed calls: 0 */
    double *mix;     /* points per volume that all rounds together lay there, of those of known
                        density; of a search's points: of the search alone */
    uint16_t *round; /* index of the round; of a search's points SAMPLE_ROUNDS */
    uint64_t *known; /* bits of the rounds that are in mix */
    size_t n_rounds;
    struct sample_round {
        struct proposal *proposal; /* owned by the first round that has it */
        double n;                  /* points kept of it */
    } rounds[SAMPLE_ROUNDS];
};

void sample_free(struct sample *sample); /* what it holds */
/* A round of points begins, drawn from the proposal, which it takes (also when it fails); that of
 * the round before may be given again. */
int sample_open(struct sample *sample, struct proposal *take_proposal, struct err *err);
/* Points of the open round; intensity: of them, per volume. */
int sample_add(struct sample *sample, size_t n, const double *x, const double *f,
               const double *intensity, struct err *err);
int sample_add_search(struct sample *sample, size_t n, const double *x, const double *f,
                      const double *intensity, struct err *err);
/* Makes mix whole. */
void sample_mix(struct sample *sample);

#endif
