/* model-private.h: what the files of the model share. */
#ifndef TUI_MODEL_PRIVATE_H
#define TUI_MODEL_PRIVATE_H

#include "labels.h"
#include "model.h"

enum { MODEL_FAILURES = 500, MODEL_PACES = 64, MODEL_MEDIAN_STEPS = 200 };

/* Rounds as stored, read as they come. */
struct round_list {
    struct round_row *rows;
    size_t n, cap;
    size_t n_settled; /* of the first: they will not change unless labels do */
    int64_t labels_from;
    int64_t trainings; /* "train now" so far */
};
/* Reads from the first unsettled round on (from 0 after labels changed), whose counts must be of
 * the same moment.  *first: index of the first row that was read; the metrics of those are in the
 * arena. */
int round_list_read(struct round_list *list, struct store *store, const struct store_counts *counts,
                    struct arena *arena, size_t *first, struct err *err);

/* What a refresh keeps for the next one. */
struct model_own {
    bool is_fresh;          /* something was read */
    uint64_t device, inode; /* of the store that is read */
    int64_t scan_number;
    char *signature; /* labels.text: the judge is made anew when it changes */
    struct arena *terms, *goals;

    struct round_list rounds;
    char **metrics; /* owned, by round */
    size_t cap_views;
    bool rounds_failed; /* reading them went wrong half-way */

    /* log rows and failures, kept between refreshes */
    struct log_kept {
        int64_t id;
        double at;
        enum log_level level;
        char *text;
    } * logs;
    size_t n_logs;
    struct arena *failures_arena, *journal_arena, *views_arena, *integral_arena;
    struct failure_row *failures;
    size_t n_failures;
    uint64_t n_failed, n_evaluations; /* when the failures were read */

    /* workers */
    double *values, medians_at;
    struct median {
        double s, limit_s;
        size_t n;
    } * medians;                            /* by calculator */
    size_t n_medians, n_external, external; /* calculators that are programs; the only one */

    /* pace: closed points at moments of the steady clock */
    struct pace {
        double at;
        uint64_t n;
    } paces[MODEL_PACES];
    size_t n_paces;

    double disk_at, engine_at;
    char why[512], pins[4096];
};

/* model-rounds.c */
int model_read_rounds(struct model *model, struct err *err);
void model_free_rounds(struct model_own *own);
bool round_is_complete(const struct round_row *round);

/* model-integral.c */
int model_read_integral(struct model *model, struct err *err);
/* How far an integration is on its way to a goal. */
struct report_left model_integral_left(const struct model *model, const struct scan_goal *goal);
void model_free_integral(struct model_own *own);

/* model-log.c */
int model_read_log(struct model *model, struct err *err);
void model_free_log(struct model_own *own);

/* model-workers.c */
int model_read_workers(struct model *model, struct err *err);
void model_free_workers(struct model_own *own);

#endif
