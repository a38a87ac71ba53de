/* rig.h: a scan from text, its chain, and points through it; and whether anything was left.
 *
 * Every process that a test starts inherits a marker in its environment, so that /proc tells which
 * of them still live, wherever they hid. */
#ifndef TESTS_RIG_H
#define TESTS_RIG_H

#include "../tap.h"
#include "theodolite/calc.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { RIG_PATH = 4096, RIG_POINTS = 4096 };

struct rig {
    char folder[RIG_PATH], scratch[RIG_PATH], self[RIG_PATH], marker[64];
    struct chain_options options;
    struct scan *scan;
    struct chain *chain;
    struct err err;
    double *rows;
    struct outcome *outcomes;
    uint64_t *ids;
    size_t n;
};

static inline void rig_init(struct rig *rig)
{
    struct err err = ERR_INIT;
    const char *tmp = getenv("TMPDIR");
    memset(rig, 0, sizeof *rig);
    rig->options.cancel_fd = -1;
    rig->options.grace_s = 0.2;
    snprintf(rig->folder, sizeof rig->folder, "%s/rig.XXXXXX", tmp ? tmp : "/tmp");
    if (!mkdtemp(rig->folder) || process_self_path(rig->self, sizeof rig->self, &err) != 0)
        bail_out("no folder for the test");
    snprintf(rig->scratch, sizeof rig->scratch, "%.4000s/scratch", rig->folder);
    mkdir(rig->scratch, 0700);
    rig->options.scratch = rig->scratch;
    snprintf(rig->marker, sizeof rig->marker, "RIG_MARKER=%ld-x", (long)getpid());
    putenv(rig->marker);
}

static inline void rig_file(const struct rig *rig, const char *name, const char *text)
{
    char path[RIG_PATH + 256];
    struct err err = ERR_INIT;
    snprintf(path, sizeof path, "%s/%s", rig->folder, name);
    if (file_write(path, text, strlen(text), &err) != 0)
        bail_out("%s", err.message);
}

/* The scan file: two parameters, the calculators given ("SELF" is this program), nothing else. */
static inline bool rig_scan(struct rig *rig, const char *calculators, const char *constraints,
                            char *words, size_t size)
{
    struct scan_diagnostics *diagnostics = scan_diagnostics_create();
    struct scan_options options = {.sets = NULL};
    struct buf text, printed;
    buf_init(&text, 1 << 20);
    buf_init(&printed, 1 << 20);
    buf_puts(&text,
             "scan: rig\ngoal: 10 points\nparameters:\n  m0: uniform 0 .. 1e9\n"
             "  m12: uniform 0 .. 1e9\n  n: integer 1 .. 9\ncalculators:\n",
             &rig->err);
    for (const char *at = calculators; *at;) {
        bool is_self = strncmp(at, "SELF", 4) == 0;
        if (is_self)
            buf_puts(&text, rig->self, &rig->err);
        else
            buf_append(&text, at, 1, &rig->err);
        at += is_self ? 4 : 1;
    }
    if (constraints)
        buf_puts(&text, constraints, &rig->err);
    scan_free(rig->scan);
    rig->scan = NULL;
    int rc = scan_parse(text.data, "rig.yaml", rig->folder, &options, &rig->scan, diagnostics,
                        &rig->err);
    if (rc == 0 && rig->scan)
        rc = calc_check(rig->scan, rig->options.plugin_dirs, diagnostics, &rig->err);
    scan_print_diagnostics(diagnostics, "rig.yaml", text.data, &printed, &rig->err);
    if (words)
        snprintf(words, size, "%s", printed.data ? printed.data : "");
    bool is_good = rc == 0 && rig->scan && scan_n_errors(diagnostics) == 0;
    if (!is_good && !words)
        diag("%s\n%s", printed.data ? printed.data : "", rig->err.message);
    scan_diagnostics_free(diagnostics);
    buf_free(&text);
    buf_free(&printed);
    return is_good;
}

static inline void rig_clear_points(struct rig *rig)
{
    for (size_t i = 0; i < rig->n; i++)
        outcome_clear(&rig->outcomes[i]);
    free(rig->rows);
    free(rig->outcomes);
    free(rig->ids);
    rig->rows = NULL;
    rig->outcomes = NULL;
    rig->ids = NULL;
    rig->n = 0;
}

/* n points with m0 = 500 + i, m12 = 250, n = 3. */
static inline int rig_run(struct rig *rig, size_t n)
{
    rig_clear_points(rig);
    rig->n = n;
    rig->rows = calloc(n * rig->scan->n_values, sizeof *rig->rows);
    rig->outcomes = calloc(n, sizeof *rig->outcomes);
    rig->ids = calloc(n, sizeof *rig->ids);
    for (size_t i = 0; i < n; i++) {
        rig->ids[i] = 7 + i;
        rig->rows[i * rig->scan->n_values] = 500.0 + (double)i;
        rig->rows[i * rig->scan->n_values + 1] = 250.0;
        rig->rows[i * rig->scan->n_values + 2] = 3.0;
    }
    err_clear(&rig->err);
    int rc = chain_run(rig->chain, n, rig->ids, rig->rows, rig->scan->n_values, rig->outcomes,
                       &rig->err);
    if (rc != 0)
        diag("chain_run: %s", rig->err.message);
    return rc;
}

/* Makes the chain of these calculators and runs n points; false: it could not even begin. */
static inline bool rig_chain(struct rig *rig, const char *calculators, size_t n)
{
    chain_free(rig->chain);
    rig->chain = NULL;
    rig_clear_points(rig);
    if (!rig_scan(rig, calculators, NULL, NULL, 0))
        return false;
    err_clear(&rig->err);
    rig->chain = chain_create(rig->scan, &rig->options, &rig->err);
    if (!rig->chain)
        diag("chain_create: %s", rig->err.message);
    return rig->chain && (n == 0 || rig_run(rig, n) == 0);
}

static inline double rig_value(const struct rig *rig, size_t i, const char *name)
{
    size_t v = scan_value_index(rig->scan, name);
    return v == SIZE_MAX || !rig->rows ? -12345.0 : rig->rows[i * rig->scan->n_values + v];
}

static inline const char *rig_words(const struct rig *rig, size_t i)
{
    return rig->outcomes && rig->outcomes[i].words ? rig->outcomes[i].words : "";
}

static inline bool rig_is(const struct rig *rig, size_t i, enum reason reason)
{
    if (!rig->outcomes || rig->outcomes[i].reason == reason)
        return rig->outcomes != NULL;
    diag("point %zu: %s, not %s: %s", i, reason_name(rig->outcomes[i].reason), reason_name(reason),
         rig_words(rig, i));
    return false;
}

/* Living processes with the marker, but us. */
static inline size_t rig_n_processes(const struct rig *rig)
{
    size_t n = 0;
    DIR *dir = opendir("/proc");
    struct dirent *entry;
    while (dir && (entry = readdir(dir)) != NULL) {
        char path[300], text[65536];
        if (strtol(entry->d_name, NULL, 10) <= 0 || strtol(entry->d_name, NULL, 10) == getpid())
            continue;
        snprintf(path, sizeof path, "/proc/%s/environ", entry->d_name);
        FILE *file = fopen(path, "r");
        size_t got = file ? fread(text, 1, sizeof text, file) : 0;
        if (file)
            fclose(file);
        n += got > 0 && memmem(text, got, rig->marker, strlen(rig->marker)) != NULL;
    }
    if (dir)
        closedir(dir);
    return n;
}

/* What lies below a folder, but the calculators' own empty folders TOOL/ and TOOL/run/. */
static inline size_t rig_n_below(const char *path, int depth)
{
    size_t n = 0;
    DIR *dir = opendir(path);
    struct dirent *entry;
    while (dir && (entry = readdir(dir)) != NULL) {
        char below[RIG_PATH + 600];
        struct stat st;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        struct err err = ERR_INIT;
        if (file_join(below, sizeof below, path, entry->d_name, &err) != 0)
            continue;
        bool is_ours = lstat(below, &st) == 0 && S_ISDIR(st.st_mode) &&
                       (depth == 0 || (depth == 1 && strcmp(entry->d_name, "run") == 0));
        n += is_ours ? rig_n_below(below, depth + 1) : 1;
    }
    if (dir)
        closedir(dir);
    return n;
}

static inline size_t rig_n_left(const struct rig *rig)
{
    return rig_n_below(rig->scratch, 0);
}

static inline void rig_is_clean(struct rig *rig, const char *what)
{
    is_size(rig_n_processes(rig), 0, "%s: nothing is left running", what);
    is_size(rig_n_left(rig), 0, "%s: nothing is left lying about", what);
}

static inline void rig_free(struct rig *rig)
{
    struct err err = ERR_INIT;
    rig_clear_points(rig);
    chain_free(rig->chain);
    scan_free(rig->scan);
    file_remove_tree(rig->folder, &err);
}

#endif
