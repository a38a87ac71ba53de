/* event-file.h: unweighted events as a file: csv, or Les Houches events.  Of the module report.
 *
 * Events are put by while they are made (in a file without a name) and written at the end, when
 * their number and their weights' sum are known, to PATH.part, which then becomes PATH: whoever is
 * killed leaves no half file under that name. */
#ifndef THEODOLITE_EVENT_FILE_H
#define THEODOLITE_EVENT_FILE_H

#include "theodolite/scan.h"

enum event_format {
    EVENTS_CSV, /* event_weight, event_class, then all values of the scan by name */
    EVENTS_LHE  /* Les Houches event file 3.0 (arXiv:1405.1067); the scan needs `events:` */
};
int event_format_find(const char *name); /* -1: none */

struct event_file;
/* ERR_SCAN where the format needs what the scan does not say.  The scan is borrowed. */
struct event_file *event_file_create(const struct scan *scan, enum event_format format,
                                     struct err *err);
void event_file_free(struct event_file *file);
/* row: the scan's values. */
int event_file_add(struct event_file *file, const double *row, double weight, int cell,
                   struct err *err);
struct event_file_sums {
    double integral, error; /* of the integrand, in the scan's unit */
    double absolute;        /* int |F|: the sum of the events' |weight| stands for it */
    uint64_t n_calls;
    uint64_t seed;
    bool is_converged;
};
/* path: NULL: stdout. */
int event_file_write(struct event_file *file, const char *path, const struct event_file_sums *sums,
                     struct err *err);
/* What should be known of the file, or "". */
const char *event_file_words(const struct event_file *file);

#endif
