/* report.h: what a scan has found, for people and for other programs: status, export. Reads the
 * store only. */
#ifndef THEODOLITE_REPORT_H
#define THEODOLITE_REPORT_H

#include "theodolite/store.h"

#include <stdio.h>

/* Ten lines that answer a morning's questions. */
int report_status(struct store *store, struct buf *out, struct err *err);
/* The same for programs (design 8): scan, state, points {...}, evaluations, rounds, volume {...},
 * failures [...], seconds. */
int report_status_json(struct store *store, struct buf *out, struct err *err);

enum export_format { EXPORT_CSV, EXPORT_TSV, EXPORT_JSONL, EXPORT_SLHA };
int export_format_find(const char *name); /* -1: none */
struct export_options {
    enum export_format format;
    const char *where; /* condition over parameters, observables, id, round, accepted, failed,
                          uniform, chi2; or NULL */
    const char *out;   /* file (slha: folder), or NULL: standard output */
};
/* id, origin, round, state, accepted, reason, then parameters and observables by name.  Closed
 * points in order of id.  *n_written may be NULL. */
int report_export(struct store *store, const struct export_options *options, uint64_t *n_written,
                  struct err *err);

#endif
