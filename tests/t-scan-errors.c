/* t-scan-errors.c: what is said about every kind of mistake in a scan file.
 *
 * Each tests/data/scan/NAME.yaml is read and checked, and all that is said is compared with
 * NAME.txt, word by word and caret by caret.  With TH_GOLDEN=write in the environment the .txt are
 * written anew, to be looked at. */
#include "tap.h"
#include "theodolite/judge.h"
#include "theodolite/space.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_FILES = 100 };

static const char *const PLUGIN_DIRS[] = {"plugins", NULL};

/* All diagnostics of one file as text. */
static int complaints(const char *name, struct buf *out, struct err *err)
{
    struct scan_options options = {.tools = "tools.yaml", .plugin_dirs = PLUGIN_DIRS};
    struct scan_diagnostics *diagnostics = scan_diagnostics_create();
    struct scan *scan = NULL;
    struct buf text;
    int rc = -1;
    buf_init(&text, 1 << 20);
    TRY(buf_read_file(&text, name, err));
    TRY(buf_puts(&text, "", err));
    TRY(scan_parse(text.data, name, ".", &options, &scan, diagnostics, err));
    if (scan != NULL) {
        TRY(space_check(scan, diagnostics, err));
        TRY(judge_check(scan, diagnostics, err));
    }
    TRY(scan_print_diagnostics(diagnostics, name, text.data, out, err));
    rc = buf_printf(out, err, "%zu errors, %zu warnings\n", scan_n_errors(diagnostics),
                    scan_n_warnings(diagnostics));
out:
    buf_free(&text);
    scan_free(scan);
    scan_diagnostics_free(diagnostics);
    return rc;
}

static void compare(const char *name)
{
    char golden[300];
    struct buf said, wanted;
    struct err err = ERR_INIT;
    const char *mode = getenv("TH_GOLDEN");
    snprintf(golden, sizeof golden, "%.*s.txt", (int)(strlen(name) - 5), name);
    buf_init(&said, 1 << 20);
    buf_init(&wanted, 1 << 20);
    if (!ok(complaints(name, &said, &err) == 0, "%s is read: %s", name, err.message))
        goto out;
    if (mode != NULL && strcmp(mode, "write") == 0)
        ok(file_write(golden, said.data, said.len, &err) == 0, "%s is written", golden);
    if (ok(buf_read_file(&wanted, golden, &err) == 0, "%s is there", golden))
        is_str(said.data, wanted.data, "%s: every mistake is named", name);
out:
    buf_free(&said);
    buf_free(&wanted);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

int main(void)
{
    char dir[1024], *names[MAX_FILES];
    const char *src = getenv("TH_SRC");
    size_t n = 0;
    snprintf(dir, sizeof dir, "%s/tests/data/scan", src != NULL ? src : ".");
    if (chdir(dir) != 0)
        bail_out("the folder %s is not there", dir);
    DIR *listing = opendir(".");
    struct dirent *entry;
    while (listing != NULL && n < MAX_FILES && (entry = readdir(listing)) != NULL) {
        size_t length = strlen(entry->d_name);
        if (length > 5 && strcmp(entry->d_name + length - 5, ".yaml") == 0 &&
            strcmp(entry->d_name, "tools.yaml") != 0)
            names[n++] = mem_strdup(entry->d_name);
    }
    if (listing != NULL)
        closedir(listing);
    qsort(names, n, sizeof names[0], by_name);
    ok(n >= 15, "there are %zu files of mistakes", n);
    for (size_t i = 0; i < n; i++) {
        compare(names[i]);
        mem_free(names[i]);
    }
    return done_testing();
}
