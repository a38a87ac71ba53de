/* calc-add.c: "calc add NAME": a calculator more, for a scan that has points already.
 *
 * The calculator is taken from a scan file, most often the scan's own, edited; nothing else of that
 * file is looked at.  It runs at its place in the chain of every point that is run from then on;
 * stored points get its values by a job of the background queue (fill.c), or lack them.  The
 * constraints stay what they are: a cut on a new observable is "unknown" for points that lack it.
 *
 * A scan that runs goes over to the new chain when the points in hand are done: until then the new
 * scan waits in `meta`, so that nothing is lost where the engine dies meanwhile. */
#include "private.h"

#include <stdio.h>
#include <string.h>

static const char COMING[] = "scan to come";
enum { SCAN_MAX = 1 << 26 };

struct wish {
    char name[128], which[16];
    char file[4096]; /* "": the scan's own */
};

/* ---- what is asked for ---------------------------------------------------------------------- */

/* "add NAME [from FILE] [on accepted|all|none]" */
static bool read_wish(const char *text, struct wish *wish)
{
    static const char *const which[] = {"accepted", "all", "none"};
    size_t n;
    snprintf(wish->which, sizeof wish->which, "accepted");
    if (strncmp(text, "add ", 4) != 0)
        return false;
    text += 4 + strspn(text + 4, " \t");
    n = strcspn(text, " \t");
    if (n == 0 || n >= sizeof wish->name)
        return false;
    snprintf(wish->name, sizeof wish->name, "%.*s", (int)n, text);
    text += n + strspn(text + n, " \t");
    size_t length = strlen(text);
    for (size_t i = 0; i < 3; i++) {
        char tail[32];
        size_t k = (size_t)snprintf(tail, sizeof tail, "on %s", which[i]);
        if (length < k || strcmp(text + length - k, tail) != 0 ||
            (length > k && text[length - k - 1] != ' '))
            continue;
        snprintf(wish->which, sizeof wish->which, "%s", which[i]);
        length -= k;
        break;
    }
    while (length > 0 && text[length - 1] == ' ')
        length--;
    if (length == 0)
        return true;
    if (length < 6 || strncmp(text, "from ", 5) != 0 || length - 5 >= sizeof wish->file)
        return false;
    snprintf(wish->file, sizeof wish->file, "%.*s", (int)(length - 5), text + 5);
    return true;
}

static const struct scan_calculator *find(const struct scan *scan, const char *name)
{
    for (size_t i = 0; i < scan->n_calculators; i++)
        if (strcmp(scan->calculators[i].name, name) == 0)
            return &scan->calculators[i];
    return NULL;
}

static int refuse(bool *is_ok, struct buf *answer, struct err *err, const char *words)
{
    *is_ok = false;
    buf_clear(answer);
    return buf_puts(answer, words, err);
}

/* The first of the errors, in one line. */
static int refuse_errors(const struct scan_diagnostics *diagnostics, const char *path,
                         const char *text, bool *is_ok, struct buf *answer, struct err *err)
{
    struct buf words;
    int rc = -1;
    buf_init(&words, 1 << 24);
    *is_ok = false;
    TRY(scan_print_diagnostics(diagnostics, path, text, &words, err));
    const char *first = words.len > 0 ? strstr(words.data, ": error: ") : NULL;
    while (first != NULL && first > words.data && first[-1] != '\n')
        first--;
    if (first == NULL)
        first = words.len > 0 ? words.data : "it cannot be read";
    rc = buf_printf(answer, err, "%.*s (\"theodolite check\" tells all of it)",
                    (int)strcspn(first, "\n"), first);
out:
    buf_free(&words);
    return rc;
}

/* ---- the scan with one calculator more ------------------------------------------------------ */

static int file_of(const struct engine *engine, const struct wish *wish, char path[4096],
                   struct err *err)
{
    const char *slash = strrchr(engine->scan->path, '/');
    const char *own = slash != NULL ? slash + 1 : engine->scan->path;
    if (wish->file[0] != '\0' && (wish->file[0] == '/' || file_exists(wish->file))) {
        snprintf(path, 4096, "%s", wish->file);
        return 0;
    }
    return file_join(path, 4096, engine->scan->folder, wish->file[0] != '\0' ? wish->file : own,
                     err);
}

static int refuse_name(const struct scan *edited, const char *path, const char *name, bool *is_ok,
                       struct buf *answer, struct err *err)
{
    *is_ok = false;
    if (buf_printf(answer, err, "%s has no calculator \"%s\"; it has:", path, name) != 0)
        return -1;
    for (size_t i = 0; i < edited->n_calculators; i++)
        if (buf_printf(answer, err, " %s", edited->calculators[i].name) != 0)
            return -1;
    return 0;
}

/* Where the edited file has it in the chain: before the first of the scan's own that follows. */
static size_t place_of(const struct scan *scan, const struct scan *edited,
                       const struct scan_calculator *more)
{
    size_t end = edited->n_calculators;
    for (size_t i = (size_t)(more - edited->calculators) + 1; i < end; i++) {
        const struct scan_calculator *next = find(scan, edited->calculators[i].name);
        if (next != NULL)
            return (size_t)(next - scan->calculators);
    }
    return scan->n_calculators;
}

/* The scan's resolved copy, with one calculator more. */
static int resolve_with(const struct scan *scan, const struct scan *edited,
                        const struct scan_calculator *more, struct buf *resolved, struct err *err)
{
    struct scan copy = *scan;
    struct scan_calculator *list = mem_array(scan->n_calculators + 1, sizeof *list);
    size_t place = place_of(scan, edited, more);
    if (list == NULL)
        return mem_error(err);
    for (size_t i = 0; i < scan->n_calculators; i++)
        list[i < place ? i : i + 1] = scan->calculators[i];
    list[place] = *more;
    copy.n_calculators++;
    copy.calculators = list;
    int rc = scan_resolve(&copy, resolved, err);
    mem_free(list);
    return rc;
}

/* Reads the merged scan and checks it whole: 1 it is one, 0 refused, -1. */
static int check_merged(struct engine *engine, const char *text, bool *is_ok, struct buf *answer,
                        struct err *err)
{
    const struct scan_options none = {.sets = NULL};
    struct scan_diagnostics *diagnostics = scan_diagnostics_create();
    struct scan *scan = NULL;
    int rc = -1;
    if (diagnostics == NULL)
        return mem_error(err);
    TRY(scan_parse(text, engine->scan->path, engine->scan->folder, &none, &scan, diagnostics, err));
    if (scan != NULL && scan_n_errors(diagnostics) == 0 &&
        (space_check(scan, diagnostics, err) != 0 || judge_check(scan, diagnostics, err) != 0 ||
         calc_check(scan, engine->plugin_dirs, diagnostics, err) != 0))
        goto out;
    rc = scan != NULL && scan_n_errors(diagnostics) == 0;
    if (rc == 0 && refuse_errors(diagnostics, "the scan with it", text, is_ok, answer, err) != 0)
        rc = -1;
out:
    scan_free(scan);
    scan_diagnostics_free(diagnostics);
    return rc;
}

/* 1 and the new scan's text, 0 refused, -1. */
static int merge(struct engine *engine, const struct wish *wish, struct buf *resolved, bool *is_ok,
                 struct buf *answer, struct err *err)
{
    const struct scan_options options = {.plugin_dirs = engine->plugin_dirs};
    struct scan_diagnostics *diagnostics = scan_diagnostics_create();
    struct scan *edited = NULL;
    struct err trouble = ERR_INIT;
    char path[4096];
    int rc = -1;
    if (diagnostics == NULL)
        return mem_error(err);
    TRY(file_of(engine, wish, path, err));
    if (scan_load(path, &options, &edited, diagnostics, &trouble) != 0) {
        rc = refuse(is_ok, answer, err, trouble.message);
        goto out;
    }
    if (edited == NULL || scan_n_errors(diagnostics) > scan_n_tool_errors(diagnostics)) {
        rc = refuse_errors(diagnostics, path, edited != NULL ? edited->text : "", is_ok, answer,
                           err);
        goto out;
    }
    const struct scan_calculator *calculator = find(edited, wish->name);
    if (calculator == NULL) {
        rc = refuse_name(edited, path, wish->name, is_ok, answer, err);
        goto out;
    }
    if (strcmp(edited->folder, engine->scan->folder) != 0) {
        rc = refuse(is_ok, answer, err,
                    "that file lies in another folder than the scan's: the names of templates and "
                    "programs in it would mean others");
        goto out;
    }
    TRY(resolve_with(engine->scan, edited, calculator, resolved, err));
    rc = check_merged(engine, resolved->data, is_ok, answer, err);
out:
    scan_free(edited);
    scan_diagnostics_free(diagnostics);
    return rc;
}

/* ---- the new scan becomes the scan ---------------------------------------------------------- */

/* Does a scan with another calculator wait in the store? */
static bool is_coming(struct engine *engine)
{
    struct err ignored = ERR_INIT;
    struct buf text;
    buf_init(&text, SCAN_MAX);
    bool is = store_get_meta(engine->store, COMING, &text, &ignored) == 0 && text.len > 0;
    buf_free(&text);
    return is;
}

static int update_scan(struct engine *engine, const struct scan *scan, struct err *err)
{
    if (store_begin(engine->store, err) != 0)
        return -1;
    if (store_update_scan(engine->store, scan, err) == 0 &&
        store_set_meta(engine->store, COMING, "", err) == 0 &&
        store_commit(engine->store, err) == 0)
        return 0;
    store_rollback(engine->store);
    return -1;
}

int calc_apply(struct engine *engine, struct err *err)
{
    const struct scan_options none = {.sets = NULL};
    struct scan_diagnostics *diagnostics = NULL;
    struct scan *old = NULL, *scan = NULL;
    struct buf text;
    int rc = -1;
    buf_init(&text, SCAN_MAX);
    TRY(store_get_meta(engine->store, COMING, &text, err));
    if (text.len == 0) {
        rc = 0;
        goto out;
    }
    if ((diagnostics = scan_diagnostics_create()) == NULL) {
        mem_error(err);
        goto out;
    }
    if ((old = store_scan(engine->store, err)) == NULL)
        goto out;
    TRY(scan_parse(text.data, old->path, old->folder, &none, &scan, diagnostics, err));
    if (scan == NULL || scan_n_errors(diagnostics) > 0) {
        err_set(err, ERR_STORE, "the scan with the new calculator cannot be read");
        goto out;
    }
    rc = update_scan(engine, scan, err);
out:
    scan_free(old);
    scan_free(scan);
    scan_diagnostics_free(diagnostics);
    buf_free(&text);
    return rc;
}

/* ---- the command ---------------------------------------------------------------------------- */

static int tell_what_comes(struct engine *engine, const struct wish *wish, bool is_new,
                           struct buf *answer, struct err *err)
{
    size_t n = engine->pool != NULL ? flight_n_in_hand(engine) : 0;
    if (is_new && engine->pool == NULL)
        TRY(buf_printf(answer, err, "%s runs of every new point from now on", wish->name));
    else if (is_new)
        TRY(buf_printf(answer, err,
                       "%s runs of every new point as soon as the %zu in hand are done", wish->name,
                       n));
    else
        TRY(buf_printf(answer, err, "%s is in the scan already", wish->name));
    if (strcmp(wish->which, "none") == 0)
        return buf_puts(answer, "; stored points have no values of it", err);
    return buf_printf(
        answer, err, "; stored %s points that lack its values get them %s",
        strcmp(wish->which, "all") == 0 ? "accepted, rejected and unknown" : "accepted",
        engine->pool != NULL ? "in the background" : "in the background when the scan is resumed");
out:
    return -1;
}

int calc_run(struct engine *engine, const char *rest, bool *is_ok, struct buf *answer,
             struct err *err)
{
    struct wish wish = {.file = ""};
    struct buf resolved;
    int rc = -1;
    buf_init(&resolved, SCAN_MAX);
    if (!read_wish(rest, &wish)) {
        rc = refuse(is_ok, answer, err,
                    "expected calc add NAME [from FILE] [on accepted | all | none]");
        goto out;
    }
    if (is_coming(engine)) {
        rc = refuse(is_ok, answer, err,
                    "another calculator is being added: ask again when it is there");
        goto out;
    }
    bool is_new = find(engine->scan, wish.name) == NULL;
    if (is_new) {
        int got = merge(engine, &wish, &resolved, is_ok, answer, err);
        if (got <= 0 || !*is_ok) {
            rc = got < 0 ? -1 : 0;
            goto out;
        }
        TRY(engine_set_meta(engine, COMING, resolved.data, err));
    }
    if (strcmp(wish.which, "none") != 0)
        TRY(fill_ask(engine, wish.name, wish.which, err));
    TRY(tell_what_comes(engine, &wish, is_new, answer, err));
    if (is_new && engine->pool == NULL)
        TRY(calc_apply(engine, err));
    engine->is_reopening |= is_new && engine->pool != NULL;
    rc = 0;
out:
    buf_free(&resolved);
    return rc;
}
