/* t-plugin-scans.c: every shipped scan is read without a complaint, its calculators are there, and
 * every definition for `use:` fits the scan file's language. */
#include "theodolite/calc.h"
#include "theodolite/scan.h"

#include "tap.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct place {
    char scans[4096], definitions[4096], built[4096];
    const char *dirs[3];
};

static void find_place(struct place *place)
{
    const char *source = getenv("TH_SRC"), *build = getenv("TH_BUILD");
    snprintf(place->scans, sizeof place->scans, "%s/scans/*.yaml", source ? source : ".");
    snprintf(place->definitions, sizeof place->definitions, "%s/plugins", source ? source : ".");
    snprintf(place->built, sizeof place->built, "%s/plugins", build ? build : ".");
    place->dirs[0] = place->built;
    place->dirs[1] = place->definitions;
    place->dirs[2] = NULL;
}

/* Diagnostics as text on stderr. */
static void show(const struct scan_diagnostics *diagnostics, const char *path, const char *text)
{
    struct err err = ERR_INIT;
    struct buf out;
    buf_init(&out, 1 << 16);
    if (scan_print_diagnostics(diagnostics, path, text, &out, &err) == 0 && out.len > 0)
        diag("%s", out.data);
    buf_free(&out);
}

static void check_scan(const struct place *place, const char *path)
{
    struct scan_options options = {.plugin_dirs = place->dirs, .tools = NULL};
    struct scan_diagnostics *diagnostics = scan_diagnostics_create();
    struct scan *scan = NULL;
    struct err err = ERR_INIT;
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    if (ok(scan_load(path, &options, &scan, diagnostics, &err) == 0 && scan != NULL, "%s is read",
           name)) {
        is_size(scan_n_errors(diagnostics), 0, "... without an error");
        is_int(calc_check(scan, place->dirs, diagnostics, &err), 0, "... its calculators are");
        is_size(scan_n_errors(diagnostics), 0, "... without an error");
        is_size(scan_n_warnings(diagnostics), 0, "... and without a warning");
        show(diagnostics, path, scan->text);
    } else {
        diag("%s", err.message);
    }
    scan_free(scan);
    scan_diagnostics_free(diagnostics);
}

/* Parameters that 2hdmc.yaml names in its run line are there; the others need none. */
static void check_definition(const struct place *place, const char *path)
{
    char name[256], text[2048];
    const char *slash = strrchr(path, '/');
    snprintf(name, sizeof name, "%.*s", (int)(strlen(slash + 1) - 5), slash + 1);
    snprintf(text, sizeof text,
             "scan: x\ngoal: 10 points\nparameters:\n  mh: fixed 125\n"
             "  mH: uniform 200 .. 300\n  mA: fixed 300\n  mHp: fixed 300\n  sba: fixed 1\n  "
             "tanb: fixed 3\n"
             "  m12sq: fixed 3\n  type: fixed 2\ncalculators:\n  it:\n    use: %s\n"
             "    read: {a: 'MASS[25]'}\nconstraints:\n  c: a > 1\n",
             name);
    struct scan_options options = {.plugin_dirs = place->dirs, .tools = NULL};
    struct scan_diagnostics *diagnostics = scan_diagnostics_create();
    struct scan *scan = NULL;
    struct err err = ERR_INIT;
    bool is_read = scan_parse(text, "x.yaml", "/", &options, &scan, diagnostics, &err) == 0;
    if (ok(is_read && scan != NULL, "use: %s is read", name)) {
        is_size(scan_n_errors(diagnostics), 0, "... without an error");
        show(diagnostics, "x.yaml", text);
        ok(scan->n_calculators == 1 && scan->calculators[0].run != NULL, "... and runs something");
    } else {
        diag("%s", err.message);
    }
    scan_free(scan);
    scan_diagnostics_free(diagnostics);
}

static size_t each(const struct place *place, const char *pattern,
                   void (*check)(const struct place *place, const char *path))
{
    glob_t found;
    size_t n = 0;
    if (glob(pattern, 0, NULL, &found) == 0) {
        for (n = 0; n < found.gl_pathc; n++)
            check(place, found.gl_pathv[n]);
        globfree(&found);
    }
    return n;
}

int main(void)
{
    struct place place = {0};
    char pattern[4200];
    find_place(&place);
    ok(each(&place, place.scans, check_scan) >= 14, "the scans are there");
    snprintf(pattern, sizeof pattern, "%s/*.yaml", place.definitions);
    ok(each(&place, pattern, check_definition) >= 12, "the definitions are there");
    return done_testing();
}
