/* event-private.h: what the files of src/report/event-*.c share. */
#ifndef REPORT_EVENT_PRIVATE_H
#define REPORT_EVENT_PRIVATE_H

#include "theodolite/event-file.h"

#include <stdio.h>

struct event_file {
    const struct scan *scan;
    enum event_format format;
    FILE *spool;     /* of n events: weight, class, values */
    double *record;  /* one of them */
    size_t n_record; /* doubles */
    uint64_t n, n_negative;
    double sum, sum_absolute, most; /* of the weights; the largest |weight| */
    struct buf out;
    char words[512];
};

/* The events of the spool one after another; `each` gets weight, class, values. */
int event_file_each(struct event_file *file,
                    int (*each)(void *context, const double *record, struct err *err),
                    void *context, struct err *err);
/* Writes what has gathered, when it is enough or at the end. */
int event_file_flush(struct event_file *file, FILE *to, bool is_end, struct err *err);

/* ---- event-lhe.c ---------------------------------------------------------------------------- */

int event_lhe_check(const struct scan *scan, struct err *err);
int event_lhe_write(struct event_file *file, FILE *to, const struct event_file_sums *sums,
                    struct err *err);

#endif
