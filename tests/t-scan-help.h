/* t-scan-help.h: a scan from a text, with all that the checks say. */
#ifndef TESTS_T_SCAN_HELP_H
#define TESTS_T_SCAN_HELP_H

#include "tap.h"
#include "theodolite/judge.h"
#include "theodolite/space.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static inline const char *data_dir(void)
{
    static char dir[1024];
    const char *src = getenv("TH_SRC");
    snprintf(dir, sizeof dir, "%s/tests/data/scan", src != NULL ? src : ".");
    return dir;
}

/* Reads and checks; complaints are shown and fail the test. */
static inline struct scan *scan_of(const char *text, const struct scan_options *options)
{
    struct scan_diagnostics *diagnostics = scan_diagnostics_create();
    struct err err = ERR_INIT;
    struct scan *scan = NULL;
    struct buf words;
    buf_init(&words, 1 << 20);
    if (scan_parse(text, "test.yaml", data_dir(), options, &scan, diagnostics, &err) != 0 ||
        (scan != NULL &&
         (space_check(scan, diagnostics, &err) != 0 || judge_check(scan, diagnostics, &err) != 0)))
        fail("the scan is read: %s; %s", err.message, err.trail);
    if (scan_n_errors(diagnostics) > 0) {
        scan_print_diagnostics(diagnostics, "test.yaml", text, &words, &err);
        fail("the scan has no mistakes: %s", words.data);
    }
    buf_free(&words);
    scan_diagnostics_free(diagnostics);
    return scan;
}

/* A text file of tests/data/scan; mem_free. */
static inline char *data_text(const char *name)
{
    char path[1200];
    struct buf text;
    struct err err = ERR_INIT;
    snprintf(path, sizeof path, "%s/%s", data_dir(), name);
    buf_init(&text, 1 << 22);
    if (buf_read_file(&text, path, &err) != 0 || buf_puts(&text, "", &err) != 0)
        bail_out("%s: %s", path, err.message);
    return text.data;
}

#endif
