/* bench.h: the parts of `theodolite bench`. */
#ifndef CLI_BENCH_H
#define CLI_BENCH_H

#include "private.h"

struct bench {
    char folder[4096]; /* of scans and stores, removed at the end */
    char self[4096];
    const char *const *plugin_dirs;
    struct arena *arena;
};

/* One line of the table: "exec  points per second and core   612   >= 500". */
void bench_row(const char *name, const char *what, const char *measured, const char *wanted);

struct bench_scan {   /* a scan that the bench makes and runs itself */
    const char *name; /* of its files */
    const char *text; /* of the scan file */
    size_t n_workers;
    const char *goal; /* of this run */
};
struct bench_result {
    double seconds, cpu_s; /* wall and this process' CPU, of the run alone */
    double workers_busy;   /* share of the workers' time */
    char db[4200];
};
/* Makes the store if it is not there, else resumes it. */
int bench_run(const struct bench *bench, const struct bench_scan *scan, struct bench_result *result,
              struct err *err);

int bench_slha(const struct bench *bench, struct err *err);
int bench_exec(const struct bench *bench, struct err *err);
int bench_resident(const struct bench *bench, struct err *err);
int bench_plugin(const struct bench *bench, struct err *err);
int bench_idle(const struct bench *bench, struct err *err);
int bench_shells(const struct bench *bench, struct err *err);
int bench_rounds(const struct bench *bench, struct err *err);
int bench_score(const struct bench *bench, struct err *err);
int bench_grow(const struct bench *bench, struct err *err);
int bench_store(const struct bench *bench, struct err *err);
/* Seeds as an option gives them: "24", the first ones, or "101-124"; at most n_most.  2: neither.
 */
int bench_take_seeds(const char *text, uint64_t n_most, uint64_t *first, uint64_t *n);
/* `theodolite bench search ...`: argv begins with "search"; the exit status. */
int bench_search(int argc, char **argv);
/* `theodolite bench integrate ...`, likewise. */
int bench_integrate(int argc, char **argv);
/* `theodolite bench events ...`, likewise. */
int bench_events(int argc, char **argv);
/* The resident calculator that bench_resident measures: answers y = x at once. */
int bench_serve(void);

#endif
