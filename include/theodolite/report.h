/* report.h: what a scan has found, for people and for other programs: status, export. Reads the
 * store only. */
#ifndef THEODOLITE_REPORT_H
#define THEODOLITE_REPORT_H

#include "theodolite/store.h"
#include "theodolite/survey.h"

#include <stdio.h>

/* Ten lines that answer a morning's questions. */
int report_status(struct store *store, struct buf *out, struct err *err);
/* The same for programs (design 8): scan, state, points {...}, evaluations, rounds, volume {...},
 * failures [...], seconds. */
int report_status_json(struct store *store, struct buf *out, struct err *err);

/* How well the target is covered: components, gaps (`most` of each in the text, of gaps in JSON),
 * evenness; survey.h says what the figures are.  Reads every point. */
int report_gaps(struct store *store, size_t most, struct buf *out, struct err *err);
int report_gaps_json(struct store *store, size_t most, struct buf *out, struct err *err);

/* What a pace, a share or a gain must rest on, else it is "-": with fewer accepted points (or
 * tests) its relative error is above a third; points whose number alone counts differ less. */
enum { REPORT_LEAST = 10, REPORT_LEAST_POINTS = 5 };

/* What the rounds tell; it costs the same whatever the number of points.  NaN: not known. */
struct report_figures {
    double volume, volume_error;
    double volume_below; /* 95 % upper limit while nothing uniform was accepted */
    /* the learned share of the last complete rounds: what the learner promised, and what came */
    double promised, found, found_error;
    uint64_t n_learned, n_learned_failed; /* that ran, of which all this is; and that did not */
    uint32_t n_learned_rounds;
    uint64_t labels_from;  /* the first point proposed since a cut changed labels; 0: all */
    bool is_trained_since; /* ... but the learner was trained since then, on demand */
    bool is_relabelled;    /* the learner has no round yet since then */
    bool is_relaxed;       /* it has none yet but for the easier target: nothing was accepted */
};
int report_figures(struct store *store, const struct store_counts *counts,
                   const struct round_row *rounds, size_t n_rounds, struct report_figures *figures,
                   struct err *err);
/* What the learner said of points before they ran against what came of them, by tenths of the
 * probability; joined to bands where it is judged. */
enum { REPORT_BINS = 10 };
struct report_bin {
    uint64_t n, n_accepted;
    double sum; /* of the probabilities */
};
void report_bins_add(struct report_bin bins[REPORT_BINS], double p, bool is_accepted);
enum report_band_id { BAND_LOWEST, BAND_LOW, BAND_HIGH, BAND_HIGHEST, N_REPORT_BANDS };
struct report_band {
    char where[32];      /* "0.2 to 0.5" */
    const char *verdict; /* too "low", "high" or "sure" */
    double n, promised, found, error;
};
/* Is it off by `least`, and by three errors?  Not with fewer than 50 points. */
bool report_band_is_off(const struct report_bin bins[REPORT_BINS], enum report_band_id id,
                        double least, struct report_band *band);
/* The band that is furthest off, by 0.05 at least; false: none is, the learner can be trusted. */
bool report_worst_band(const struct report_bin bins[REPORT_BINS], struct report_band *worst);

/* Free parameter number `place` (SIZE_MAX: there is none) in the order in which pictures take them
 * where nobody chose: as in the scan file, but those of a few values (choice) behind the others,
 * and those that were measured (normal) last. */
size_t report_free_param(const struct scan *scan, size_t place);
/* The goals of the last run (--until), else those of the scan file; they live in the arena or in
 * the scan. */
int report_goals(struct store *store, const struct scan *scan, struct arena *arena,
                 const struct scan_goal **goals, size_t *n_goals, struct err *err);
/* Seconds until a goal at the pace of the last rounds, with a 90 % interval from how much the
 * rounds differ; NaN where it cannot be told. */
struct report_pace {
    const struct store_counts *counts;
    const struct round_row *rounds;
    size_t n_rounds;
    const struct engine_row *engine;
    struct foreseen covered; /* n of 0: not known */
};
struct report_left {
    double s, lo_s, hi_s;
    double share; /* of the goal that is done, 0 .. 1 */
};
struct report_left report_left(const struct report_pace *pace, const struct scan_goal *goal);

/* The same of an integration, by its calls and its latest round (NULL: none is complete). */
struct report_left report_integral_left(const struct integral_row *latest, uint64_t n_calls,
                                        double active_s, const struct scan_goal *goal);

/* How far a round of an integration, measured alone, is from what all rounds give together, in
 * units of that difference's error; NaN where it has none. */
double report_pull(const struct integral_row *round, double integral, double error);

/* Which points: a condition over the scan's values and, where no value has that name, id, round,
 * accepted, rejected, unknown, failed, running, uniform (1 or 0), p (as predicted), chi2, seconds,
 * origin (0 start 1 explore 2 learned 3 local 4 list 5 inject 6 pin).  NULL or "": all. */
struct choice;
/* On error *column, where not NULL, is the place in the text, from 0. */
struct choice *choice_create(const struct scan *scan, const char *text, size_t *column,
                             struct err *err);
bool choice_takes(struct choice *choice, const struct point_row *point);
/* wanted[v] is set for values that the condition reads. */
void choice_needs(const struct choice *choice, bool *wanted);
void choice_free(struct choice *choice);

enum export_format { EXPORT_CSV, EXPORT_TSV, EXPORT_JSONL, EXPORT_SLHA };
int export_format_find(const char *name); /* -1: none */
struct export_options {
    enum export_format format;
    const char *where; /* as for choice_create, or NULL */
    const char *out;   /* file (slha: folder), or NULL: standard output */
};
/* id, origin, round, state, accepted, reason, then parameters and observables by name.  Closed
 * points in order of id.  *n_written may be NULL. */
int report_export(struct store *store, const struct export_options *options, uint64_t *n_written,
                  struct err *err);

#endif
