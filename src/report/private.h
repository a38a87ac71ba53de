/* private.h: what the files of src/report share. */
#ifndef REPORT_PRIVATE_H
#define REPORT_PRIVATE_H

#include "theodolite/report.h"
#include "theodolite/survey.h"

#include <jansson.h>

enum { MORNING_TALLIES = 64, MORNING_RECENT = 200000 };

/* Everything that `status` tells, gathered once.  Shares and volumes are NaN where unknown. */
struct morning {
    struct scan *scan;
    struct arena *arena;
    struct store_counts counts;
    struct engine_row engine;
    const char *state; /* running, paused, stopped, done */
    bool has_died;     /* its engine is gone without having said so */
    struct store_tally tallies[MORNING_TALLIES];
    size_t n_tallies;
    struct round_row *rounds;
    size_t n_rounds;
    struct report_figures figures;
    double *lo, *hi; /* span of all accepted points, per parameter; NaN: none */
    /* of the latest MORNING_RECENT points: */
    uint64_t n_recent;
    uint64_t n_recent_accepted;
    uint64_t *n_missing;    /* per parameter: points where it is the first without a value */
    uint64_t *n_term_fails; /* per bit */
    struct judge_conflict conflict;
    const char **term_names; /* in the order of their bits */
    size_t n_terms;
    uint64_t n_judged;
    /* uniform points that the learner was asked about before they ran; see gather.c */
    uint64_t n_asked, n_asked_accepted;
    uint8_t *is_foreseen; /* of the accepted ones, in order of id */
    size_t cap_foreseen;
    uint64_t uniform_from;
    struct foreseen foreseen;
    struct report_bin said[REPORT_BINS]; /* under the labels of now */
    uint64_t n_now, n_waiting;     /* of those of state running: in a worker's hands, and not */
    const struct scan_goal *goals; /* of the present run */
    size_t n_goals;
    /* an integration: */
    bool is_integral, has_integral;
    char method[16]; /* "" while none is chosen */
    struct integral_row integral;
    struct cell_row *cells;
    size_t n_cells;
};

int morning_gather(struct store *store, struct morning *morning, struct err *err);
void morning_free(struct morning *morning);
/* integral.c: the integration, where it is one; its lines; for programs, NULL where it is none. */
int integral_gather(struct store *store, struct morning *morning, struct err *err);
/* Whether points are kept of them or not. */
uint64_t integral_n_calls(const struct morning *morning);
int integral_put(const struct morning *morning, struct buf *out, struct err *err);
json_t *integral_json(const struct morning *morning);
json_t *integral_cells_json(const struct morning *morning);
/* words.c.  A number with so many digits; a share in per cent with its "%"; "1.2 +- 0.3";
 * "1 .. 3" of a parameter with that prior. */
const char *words_number(char out[TEXT_DOUBLE_SIZE], double value, int digits);
const char *words_percent(char out[TEXT_DOUBLE_SIZE], uint64_t n, uint64_t of);
const char *words_estimate(char *out, size_t size, double value, double error);
const char *words_range(char *out, size_t size, enum prior_kind kind, double lo, double hi);
/* Items with commas between, as many as a line has room for; the others are counted.  first: how
 * much stands before the first item. */
struct words_list {
    size_t first;
    size_t n, n_left, column; /* 0 at the start */
};
int words_list(struct buf *out, struct words_list *list, const char *item, struct err *err);
int words_list_end(struct buf *out, const struct words_list *list, struct err *err);

/* slha.c: kept files of the chosen points, into the folder `out`. */
int export_slha(struct store *store, const struct scan *scan, struct choice *choice,
                const char *out, uint64_t *n_written, struct err *err);

#endif
