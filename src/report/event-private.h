/* event-private.h: what the files of src/report/event-*.c share. */
#ifndef REPORT_EVENT_PRIVATE_H
#define REPORT_EVENT_PRIVATE_H

#include "theodolite/event-file.h"

#include <stdio.h>

enum { EVENT_HEAD = 2 /* weight, class: before the values of a record */, N_MOMENTUM = 4 };

struct event_file {
    const struct scan *scan;
    enum event_format format;
    FILE *spool;     /* of n events: weight, class, values */
    double *record;  /* one of them */
    size_t n_record; /* doubles */
    uint64_t n, n_negative;
    /* of the weights, of their squares; the largest |weight| */
    double sum, sum_absolute, sum_squares, most;
    struct buf out;
    char words[512];
    uint64_t at; /* number of the event that event_file_each is at */
    /* event-momenta.c: events are turned by an azimuth of their own */
    bool is_turned;
    uint64_t seed;
    size_t (*columns)[2]; /* values that are p_x and p_y, and are turned in a table */
    size_t n_columns;
};

/* The events of the spool one after another; `each` gets weight, class, values. */
int event_file_each(struct event_file *file,
                    int (*each)(void *context, const double *record, struct err *err),
                    void *context, struct err *err);
/* Writes what has gathered, when it is enough or at the end. */
int event_file_flush(struct event_file *file, FILE *to, bool is_end, struct err *err);

/* ---- event-momenta.c ------------------------------------------------------------------------ */

struct event_momenta {
    const struct scan *scan;
    struct expr *(*parts)[N_MOMENTUM]; /* of each particle: E, px, py, pz */
    double (*p)[N_MOMENTUM];           /* of the event that was found last */
};
int event_momenta_open(struct event_momenta *momenta, const struct scan *scan, struct err *err);
void event_momenta_close(struct event_momenta *momenta);
int event_momenta_find(struct event_momenta *momenta, const double *row, struct err *err);

/* Reads all events once and sees whether they are to be turned. */
int event_azimuth_settle(struct event_file *file, uint64_t seed, struct err *err);
double event_azimuth(const struct event_file *file); /* of the event at hand */
void event_turn(double *x, double *y, double angle);
/* The angle itself is a column: no values are the components that would be turned. */
bool event_azimuth_column(const struct event_file *file);

/* ---- event-lhe.c ---------------------------------------------------------------------------- */

int event_lhe_check(const struct scan *scan, struct err *err);
int event_lhe_write(struct event_file *file, FILE *to, const struct event_file_sums *sums,
                    struct err *err);

#endif
