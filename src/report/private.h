/* private.h: what the files of src/report share. */
#ifndef REPORT_PRIVATE_H
#define REPORT_PRIVATE_H

#include "theodolite/report.h"

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
    double volume, volume_error, volume_below; /* below: 95 % limit when nothing was accepted yet */
    /* the learned share of the last complete rounds */
    double promised, found, found_error;
    uint64_t n_learned;
    uint32_t n_learned_rounds;
    /* of the latest MORNING_RECENT points: */
    uint64_t n_recent;
    double *lo, *hi; /* span of the accepted ones, per parameter; NaN: none */
    uint64_t n_recent_accepted;
    uint64_t *n_term_fails; /* per bit */
    uint64_t n_judged;
    /* uniform points that the learner was asked about before they ran; see gather.c */
    uint64_t n_asked, n_asked_accepted, n_expected;
    uint64_t n_now, n_waiting;     /* of those of state running: in a worker's hands, and not */
    uint64_t labels_from;          /* the first point proposed since a cut changed labels; 0: all */
    bool is_relabelled;            /* the learner has no round yet since then */
    const struct scan_goal *goals; /* of the present run */
    size_t n_goals;
};

int morning_gather(struct store *store, struct morning *morning, struct err *err);
void morning_free(struct morning *morning);
/* Seconds until the goal at the pace of the last rounds; NaN when that cannot be told. */
double morning_left(const struct morning *morning, const struct scan_goal *goal);

/* words.c.  A number with so many digits; a share in per cent with its "%"; "1.2 +- 0.3";
 * "1 .. 3". */
const char *words_number(char out[TEXT_DOUBLE_SIZE], double value, int digits);
const char *words_percent(char out[TEXT_DOUBLE_SIZE], uint64_t n, uint64_t of);
const char *words_estimate(char *out, size_t size, double value, double error);
const char *words_range(char *out, size_t size, double lo, double hi);
/* 95 % interval of the share n / of. */
void words_interval(uint64_t n, uint64_t of, double *lo, double *hi);
/* Items with commas between, as many as a line has room for; the others are counted.  first: how
 * much stands before the first item. */
struct words_list {
    size_t first;
    size_t n, n_left, column; /* 0 at the start */
};
int words_list(struct buf *out, struct words_list *list, const char *item, struct err *err);
int words_list_end(struct buf *out, const struct words_list *list, struct err *err);

/* Condition over the values and id, round, accepted, failed, uniform, chi2; NULL text: all. */
struct choice;
struct choice *choice_create(const struct scan *scan, const char *text, struct err *err);
bool choice_takes(struct choice *choice, const struct point_row *point);
/* wanted[v] is set for values that the condition reads. */
void choice_needs(const struct choice *choice, bool *wanted);
void choice_free(struct choice *choice);

/* slha.c: kept files of the chosen points, into the folder `out`. */
int export_slha(struct store *store, const struct scan *scan, struct choice *choice,
                const char *out, uint64_t *n_written, struct err *err);

#endif
