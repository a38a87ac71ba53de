/* integral.h: an integration in the engine, for integral*.c.
 *
 * Two ways.  Where calls take time, strata gives batches of points: they become rounds of the store
 * like those of a survey, their values go back when all of a batch are there, and the next batch is
 * made by the second thread.  Where calls are cheap, workers draw, call and sum by themselves,
 * chunk by chunk, and only sums come back: there are no points in the store.
 *
 * Everything is made again from the store: the points of the first way by giving strata the stored
 * values in their order, the state of the second from its bytes after the last complete round. */
#ifndef ENGINE_INTEGRAL_H
#define ENGINE_INTEGRAL_H

#include "private.h"

#include "theodolite/strata.h"

/* What is wanted, from the batch on that begins with this point. */
struct wanted {
    uint64_t from, n_calls;
    double relative, absolute; /* 0: not asked for; absolute without the scale */
};

/* Points that strata gave, and what is known of their values. */
struct given {
    uint64_t first_id;
    size_t n, n_known, n_entered;
    enum strata_stage stage;
    uint32_t round;
    double *units, *densities, *values;
    float *heights;
    uint8_t *is_known;
};

/* Work of the second thread: values in, the next points and the result out. */
struct integral_job {
    struct strata *strata;
    size_t n_dims;
    const double *values; /* NULL: the first */
    bool has_want;
    struct wanted want;
    struct given next;
    struct buf frozen;           /* what was learned, for events */
    size_t n_closed;             /* rounds when it was written */
    struct strata_result result; /* its arrays are these: */
    struct strata_class classes[STRATA_CLASSES];
    struct strata_round *rounds;
    size_t cap_rounds;
};

/* Cheap calls: a round of chunks. */
struct chunks {
    struct adaptive *adaptive;
    size_t n, n_sent, n_merged, n_back;
    struct buf *sums; /* n */
    uint8_t *is_back; /* n */
    size_t n_before;  /* merged in an earlier run of the engine, of the round to be opened */
    bool is_open;     /* a round is in hand */
    bool has_failed;  /* a worker could not do a piece */
    double saved;     /* steady: when the state was last written */
};

struct integral {
    struct height *height;
    bool *needed;
    double *heights; /* CLOSE_MAX, scratch */
    bool *is_failed;
    double scale;
    enum integral_method method; /* INTEGRAL_AUTO: not chosen yet */
    struct wanted goal;
    bool is_by_time; /* nothing but a time is asked for: any error will do */
    bool is_probing, is_over, is_working;
    uint64_t n_tried; /* calls of a cubature that gave up, before the method of now */

    struct wanted *history; /* ascending by from */
    size_t n_history, cap_history;
    uint64_t last_stored; /* point, when the engine began */
    struct integral_job job;
    bool has_result; /* of the job; it waits to be written */
    struct given given;
    bool has_given;

    struct chunks chunks;
    struct integral_row latest;
    char why[512];
    bool has_latest;
    uint32_t n_written; /* rounds in the store */
    unsigned n_said;    /* alarms that were told */
};

/* integral-row.c: rows and cells of the rounds that are new, in one transaction, with the bytes of
 * a state (NULL: none); what there is to say of them. */
int integral_write(struct engine *engine, const struct strata_result *result,
                   const struct buf *state, struct err *err);
/* What the end was: words, is_goal_reached. */
void integral_end(struct engine *engine);
/* Of so many calls those that are left to the method of now; 0 stays 0. */
uint64_t integral_calls(const struct integral *integral, uint64_t n_calls);
struct strata_config integral_config(const struct engine *engine, const struct wanted *wanted);

/* integral-open.c */
bool integral_same_goal(const struct wanted *a, const struct wanted *b);
int integral_add_wanted(struct integral *integral, const struct wanted *wanted, struct err *err);
int integral_write_history(struct engine *engine, struct err *err);

/* integral-sums.c */
int sums_turn(struct engine *engine, struct err *err);
void sums_free(struct chunks *chunks);
size_t sums_n_in_hand(const struct integral *integral);
double sums_share(const struct integral *integral); /* of the round that is done; NaN */

#endif
