/* generate.h: what the files of `theodolite generate` share. */
#ifndef CLI_GENERATE_H
#define CLI_GENERATE_H

#include "private.h"

#include "theodolite/event-file.h"
#include "theodolite/strata.h"
#include "theodolite/work.h"

/* ---- generate-calls.c: the scan's integrand at points of the unit cube ----------------------- */

struct calls;
struct calls_options {
    const struct scan *scan; /* borrowed, with an integrand */
    const char *const *plugin_dirs;
    size_t n_workers;                   /* 0: the scan's, or one per core */
    const volatile sig_atomic_t *stops; /* not 0: no further calls */
};
struct calls *calls_create(const struct calls_options *options, struct err *err);
void calls_free(struct calls *calls);
size_t calls_n_dims(const struct calls *calls);
double calls_scale(const struct calls *calls); /* of the integral */
/* Heights at n points, NaN where the call failed; ERR_INTERRUPTED when it was stopped.  The calls
 * are the integrand's context. */
struct integrand calls_integrand(struct calls *calls);
const double *calls_row(const struct calls *calls, size_t i); /* of the last run */

/* ---- generate-learn.c: what events are made from --------------------------------------------- */

struct learned {
    struct buf frozen;
    bool has_integral; /* of an integration; the scale is in it */
    double integral, error, absolute;
    bool is_converged;
    char words[256]; /* from what */
};
/* From a store's integration, or its points. *found: false: it has neither. */
int learned_from_store(struct store *store, const struct scan *scan, struct learned *learned,
                       bool *found, struct err *err);
/* By n_calls calls. */
int learned_by_calls(struct calls *calls, uint64_t n_calls, uint64_t seed, struct learned *learned,
                     struct err *err);

#endif
