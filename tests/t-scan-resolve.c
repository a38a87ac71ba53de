/* t-scan-resolve.c: the resolved copy reads back to itself; what an edited file changes. */
#include "t-scan-help.h"

static char *resolved(const struct scan *scan)
{
    struct buf out;
    struct err err = ERR_INIT;
    buf_init(&out, 1 << 22);
    if (!ok(scan_resolve(scan, &out, &err) == 0, "the scan is resolved %s", err.message))
        buf_free(&out);
    return out.data;
}

static void round_trip_of(const char *text, const char *name)
{
    struct scan *first = scan_of(text, NULL);
    char *once = resolved(first);
    struct scan *second = scan_of(once, NULL);
    char *twice = resolved(second);
    struct scan_change change;
    struct err err = ERR_INIT;
    is_str(twice, once, "%s: resolving what is resolved changes nothing", name);
    ok(scan_compare(first, second, &change, &err) == 0, "and is compared");
    is_int(change.kind, CHANGE_COSMETIC, "%s: it is the same scan", name);
    buf_free(&change.words);
    is_size(second->n_values, first->n_values, "with the same values");
    scan_free(first);
    scan_free(second);
    mem_free(once);
    mem_free(twice);
}

static void round_trip(const char *name)
{
    char *text = data_text(name);
    round_trip_of(text, name);
    mem_free(text);
}

static void as_in_names(void)
{
    static const char text[] = "goal: 3 points\n"
                               "parameters: {x: uniform 0 .. 1}\n"
                               "calculators:\n"
                               "  a:\n"
                               "    run: cat\n"
                               "    files: [/good as new/tables as tables, /such as/b, c as]\n"
                               "    output: out\n"
                               "    read: {y: 'M[2]'}\n"
                               "constraints: {h: y > 3}\n";
    struct scan *scan = scan_of(text, NULL);
    is_str(scan->calculators[0].files[0].from, "/good as new/tables", "a folder's name has an as");
    is_str(scan->calculators[0].files[0].to, "tables", "the last one is ours");
    is_str(scan->calculators[0].files[1].from, "/such as/b", "one at an end is none");
    scan_free(scan);
    round_trip_of(text, "as in names");
}

static const char BASE[] =
    "scan: base\n"
    "goal: 100 points\n"
    "parameters:\n"
    "  m0: uniform 0 .. 100\n"
    "  s: choice 1, 2\n"
    "  f: fixed 3\n"
    "  d: = m0*2\n"
    "  n: normal 1 +- 2\n"
    "calculators:\n"
    "  a: {run: /opt/prog x, stdin: t.in, write: {'M[1]': m0}, read: {mh: 'MASS[25]'}}\n"
    "  b: {run: progb, after: a, read: {y: 'X[1]'}}\n"
    "  e: {run: proge, read: {z: 'Z[1]'}}\n"
    "observables: {w: = 2*m0}\n"
    "constraints:\n"
    "  h: mh > 120\n"
    "target: all\n";

/* BASE with one text in place of another. */
static void change_is(const char *old, const char *new, enum scan_change_kind kind,
                      const char *words)
{
    char text[2000];
    const char *at = strstr(BASE, old);
    struct scan_change change;
    struct err err = ERR_INIT;
    if (at == NULL)
        bail_out("the test itself: no %s", old);
    snprintf(text, sizeof text, "%.*s%s%s", (int)(at - BASE), BASE, new, at + strlen(old));
    struct scan *stored = scan_of(BASE, NULL), *edited = scan_of(text, NULL);
    if (ok(scan_compare(stored, edited, &change, &err) == 0, "%s -> %s", old, new)) {
        is_int(change.kind, kind, "is of its kind");
        if (words[0] != '\0')
            has_str(change.words.data, words, "and is told");
        else
            is_size(change.words.len, 0, "and there is nothing to tell");
        buf_free(&change.words);
    }
    scan_free(stored);
    scan_free(edited);
}

static void changes(void)
{
    change_is("target: all", "# a remark\ntarget: all", CHANGE_COSMETIC, "");
    change_is("base", "other", CHANGE_COSMETIC, "cosmetic: scan: base -> other");
    change_is("target: all", "target: all\nrun: {workers: 3}", CHANGE_COSMETIC, "workers 0 -> 3");
    change_is("/opt/prog", "/usr/prog", CHANGE_COSMETIC, "a: program /opt/prog -> /usr/prog");
    change_is("mh > 120", "mh > 121", CHANGE_REEVALUATE, "re-evaluate: h: mh > 120 -> mh > 121");
    change_is("target: all", "target: not h", CHANGE_REEVALUATE, "target: all -> not h");
    change_is("  h: mh > 120\n", "  h: mh > 120\n  k: mh < 130\n", CHANGE_REEVALUATE, "k is new");
    change_is("0 .. 100", "0 .. 200", CHANGE_EXTENDS, "extends: m0: upper bound 100 -> 200");
    change_is("choice 1, 2", "choice 1, 2, 3", CHANGE_EXTENDS, "more choices");
    change_is("choice 1, 2", "choice 2, 3", CHANGE_EXTENDS, "other choices");
    change_is("1 +- 2", "1 +- 3", CHANGE_EXTENDS, "n: normal");
    change_is("100 points", "200 points", CHANGE_EXTENDS, "goal: 100 points -> 200 points");
    change_is("target: all", "target: all\nsearch: {batch: 3}", CHANGE_EXTENDS, "batch 300 -> 3");
    change_is("{run: progb", "{timeout: 3 s, run: progb", CHANGE_EXTENDS, "b: timeout");
    change_is("uniform", "integer", CHANGE_INCOMPATIBLE, "incompatible: m0: another kind");
    change_is("fixed 3", "fixed 4", CHANGE_INCOMPATIBLE, "f: fixed 3 -> 4");
    change_is("m0*2", "m0*3", CHANGE_INCOMPATIBLE, "d: = m0*2 -> = m0*3");
    change_is("  n: normal 1 +- 2\n", "", CHANGE_INCOMPATIBLE, "the parameter n is gone");
    change_is("  n: normal", "  k: fixed 1\n  n: normal", CHANGE_INCOMPATIBLE, "k is new");
    change_is("prog x", "prog y", CHANGE_INCOMPATIBLE, "a: other arguments");
    change_is("/opt/prog", "/opt/gorp", CHANGE_INCOMPATIBLE, "a: program");
    change_is("t.in", "u.in", CHANGE_INCOMPATIBLE, "a: stdin");
    change_is("t.in", "t.in + v.in", CHANGE_INCOMPATIBLE, "a: stdin");
    change_is("'M[1]': m0", "'M[1]': m0^2", CHANGE_INCOMPATIBLE, "a: write");
    change_is("MASS[25]", "MASS[26]", CHANGE_INCOMPATIBLE, "mh is read from MASS[25] -> MASS[26]");
    change_is("y: 'X[1]'", "q: 'X[1]'", CHANGE_INCOMPATIBLE, "y is no longer read");
    change_is("mh > 120", "mh > 120 and MASS[35] > 3", CHANGE_INCOMPATIBLE, "MASS_35_ is read");
    change_is("after: a", "after: [a, e]", CHANGE_INCOMPATIBLE, "run in another order");
    change_is("{w: = 2*m0}", "{w: = 2*m0, q: = m0}", CHANGE_INCOMPATIBLE,
              "incompatible: the observable q is new");
    change_is("w: = 2*m0", "w: = 3*m0", CHANGE_INCOMPATIBLE, "the observable w: = 2*m0 -> = 3*m0");
    change_is("observables: {w: = 2*m0}\n", "", CHANGE_INCOMPATIBLE, "the observable w is gone");
    change_is("  b: {", "  c: {", CHANGE_INCOMPATIBLE, "the calculator c is new");
}

int main(void)
{
    round_trip("complete.yaml");
    as_in_names();
    changes();
    return done_testing();
}
