/* parse.c: from the text of a scan file to struct scan.
 *
 * The tree is read, --set is put into it, and each section goes to its reader.  Nothing stops at
 * the first mistake: what cannot be read is complained about and left at its default, so that
 * everything behind it can still be checked. */
#include "reader.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const KEYS[] = {
    "scan",   "goal",   "seed", "parameters", "calculators", "observables", "constraints",
    "target", "search", "run",  "integrand",  "integrate",   "events"};

struct scan_pos scan_pos_within(struct scan_pos pos, const char *text, size_t column)
{
    static const char word[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
    if (pos.line == 0 || pos.length < column || column > strlen(text))
        return pos;
    size_t n = strspn(text + column, word);
    pos.column += (unsigned)column;
    pos.length = n > 0 ? (unsigned)n : 1;
    return pos;
}

/* ---- --set ---------------------------------------------------------------------------------- */

static int bad_set(struct reader *reader, const char *set, const char *why)
{
    scan_diagnose(reader->base.diagnostics, (struct scan_pos){0}, "--set search.batch=300", NULL,
                  "--set %.100s: %s", set, why);
    return 0;
}

/* Puts one "section.key=value" into the tree, making maps on the way. */
static int apply_set(struct reader *reader, struct node *root, const char *set)
{
    struct arena *arena = reader->base.arena;
    const char *equals = strchr(set, '=');
    char *origin = arena_printf(arena, "--set %s", set);
    if (equals == NULL || equals == set)
        return bad_set(reader, set, "expected PATH=VALUE");
    struct node *at = root;
    for (const char *p = set;;) {
        size_t n = strcspn(p, ".=");
        char *word = arena_strndup(arena, p, n);
        struct node *key = word != NULL ? node_text(&reader->base, word, origin) : NULL;
        if (key == NULL)
            return mem_error(reader->base.err);
        if (n == 0 || at->kind != NODE_MAP)
            return bad_set(reader, set,
                           n == 0 ? "a word of the path is empty"
                                  : "the path leads into a value, not a section");
        bool is_last = p + n == equals;
        struct node *next =
            is_last ? node_text(&reader->base, equals + 1, origin) : node_get(at, word);
        if (next == NULL && !is_last)
            next = arena_array(arena, 1, sizeof *next);
        if (next == NULL)
            return mem_error(reader->base.err);
        if (!is_last && next->kind == NODE_EMPTY)
            *next = (struct node){.kind = NODE_MAP, .text = "", .origin = origin};
        if (node_put(&reader->base, at, key, next) != 0)
            return -1;
        if (is_last)
            return 0;
        at = next;
        p += n + 1;
    }
}

/* ---- sections ------------------------------------------------------------------------------- */

static int read_name(struct reader *reader, const struct node *root)
{
    struct scan *scan = reader->scan;
    struct value_in in = {&reader->base, node_get(root, "scan"), "scan", true};
    if (in.node != NULL && value_text(&in, &scan->name))
        return 0;
    const char *slash = strrchr(scan->path, '/');
    const char *base = slash != NULL ? slash + 1 : scan->path;
    size_t n = strcspn(base, ".");
    scan->name = n > 0 ? arena_strndup(scan->arena, base, n) : "scan";
    return scan->name != NULL ? 0 : mem_error(reader->base.err);
}

static void read_seed(struct reader *reader, const struct node *root)
{
    const struct node *node = node_get(root, "seed");
    int64_t seed;
    reader->scan->seed = 1;
    if (node == NULL)
        return;
    if (node->kind == NODE_TEXT && text_to_int64(node->text, &seed) == 0 && seed >= 0)
        reader->scan->seed = (uint64_t)seed;
    else
        node_complain(&reader->base, node_whole(node), "a whole number from 0", NULL,
                      "the seed is not understood");
}

static void read_target(struct reader *reader, const struct node *root)
{
    struct value_in in = {&reader->base, node_get(root, "target"), "target", true};
    reader->scan->target = "all";
    if (in.node != NULL && value_text(&in, &reader->scan->target))
        reader->scan->pos_target = node_pos(in.node, 0, 0);
}

/* A section that must be a map; NULL, complained about, when it is something else. */
static const struct node *section(struct reader *reader, const struct node *root, const char *key)
{
    const struct node *node = node_get(root, key);
    if (node == NULL || node->kind == NODE_MAP)
        return node;
    if (node->kind == NODE_EMPTY && strcmp(key, "parameters") != 0)
        return NULL;
    node_complain(&reader->base, node_whole(node), "NAME: ..., one per line", NULL,
                  "%s must be a map, this is %s", key, node_kind_words(node));
    return NULL;
}

static int read_sections(struct reader *reader, const struct node *root)
{
    keys_check(&reader->base, root, KEYS, sizeof KEYS / sizeof KEYS[0], "a scan file");
    const struct node *params = section(reader, root, "parameters");
    const struct node *calculators = section(reader, root, "calculators");
    const struct node *observables = section(reader, root, "observables");
    const struct scan_pos nowhere = {0};
    int rc = -1;
    TRY(read_name(reader, root));
    read_seed(reader, root);
    reader->is_integral = node_get(root, "integrand") != NULL;
    TRY(read_goals(reader, node_get(root, "goal")));
    if (params != NULL)
        TRY(read_params(reader, params));
    else if (node_get(root, "parameters") == NULL)
        scan_diagnose(reader->base.diagnostics, nowhere, "parameters:", NULL,
                      "the scan has no parameters");
    if (calculators != NULL)
        TRY(read_calculators(reader, calculators));
    if (observables != NULL)
        TRY(read_observables(reader, observables));
    TRY(order_calculators(reader));
    TRY(read_constraints(reader, node_get(root, "constraints")));
    bool has_names = reader->scan->n_params > 0 && !reader->has_lost;
    if (has_names) { /* else every expression would be wrong */
        TRY(order_values(reader));
        TRY(check_calculators(reader));
    }
    read_target(reader, root);
    TRY(read_search(reader, node_get(root, "search")));
    TRY(read_integral(reader, root, has_names));
    TRY(read_events(reader, node_get(root, "events"), has_names));
    rc = read_run(reader, node_get(root, "run"));
out:
    return rc;
}

static int read_root(struct reader *reader, const char *text)
{
    const struct reading *base = &reader->base;
    const char *const *sets = reader->options != NULL ? reader->options->sets : NULL;
    const struct scan_pos start = {.line = 1, .column = 1, .length = 1};
    struct node *root;
    if (node_read(base, text, strlen(text), NULL, &root) != 0)
        return -1;
    bool is_yaml = scan_n_errors(base->diagnostics) == 0;
    if (root == NULL || root->kind != NODE_MAP) {
        if (is_yaml && (root == NULL || root->kind == NODE_EMPTY))
            scan_diagnose(base->diagnostics, start, "parameters: ...", NULL, "the file is empty");
        else if (root != NULL)
            node_complain(base, node_whole(root), "KEY: VALUE, one per line", NULL,
                          "a scan file is a map, this is %s", node_kind_words(root));
        return 0;
    }
    for (size_t i = 0; sets != NULL && sets[i] != NULL; i++)
        if (apply_set(reader, root, sets[i]) != 0)
            return -1;
    if (library_load_tools(reader) != 0)
        return -1;
    return read_sections(reader, root);
}

/* ---- the doors ------------------------------------------------------------------------------ */

int scan_parse(const char *text, const char *path, const char *folder,
               const struct scan_options *options, struct scan **scan,
               struct scan_diagnostics *diagnostics, struct err *err)
{
    int rc = -1;
    *scan = NULL;
    struct arena *arena = arena_create();
    struct scan *made = arena != NULL ? arena_array(arena, 1, sizeof *made) : NULL;
    if (made == NULL) {
        mem_error(err);
        goto out;
    }
    made->arena = arena;
    made->path = arena_strdup(arena, path);
    made->folder = arena_strdup(arena, folder);
    made->text = arena_strdup(arena, text);
    made->target = "all";
    if (made->path == NULL || made->folder == NULL || made->text == NULL) {
        mem_error(err);
        goto out;
    }
    struct reader reader = {.base = {arena, diagnostics, err}, .scan = made, .options = options};
    TRY(read_root(&reader, text));
    if (made->value_names != NULL) {
        *scan = made;
        arena = NULL;
    }
    rc = 0;
out:
    arena_free(arena);
    return rc;
}

static int absolute_folder(const char *path, char *out, struct err *err)
{
    char folder[PATH_MAX];
    const char *slash = strrchr(path, '/');
    int n = slash == NULL   ? snprintf(folder, sizeof folder, ".")
            : slash == path ? snprintf(folder, sizeof folder, "/")
                            : snprintf(folder, sizeof folder, "%.*s", (int)(slash - path), path);
    if (n < 0 || (size_t)n >= sizeof folder)
        return err_set(err, ERR_IO, "the path is too long");
    if (realpath(folder, out) == NULL)
        return err_set(err, ERR_IO, "the folder %s cannot be found", folder);
    return 0;
}

int scan_load(const char *path, const struct scan_options *options, struct scan **scan,
              struct scan_diagnostics *diagnostics, struct err *err)
{
    struct buf text;
    char folder[PATH_MAX];
    int rc = -1;
    *scan = NULL;
    buf_init(&text, (size_t)8 << 20);
    TRY(buf_read_file(&text, path, err));
    TRY(absolute_folder(path, folder, err));
    if (text.data == NULL)
        TRY(buf_puts(&text, "", err));
    if (strlen(text.data) != text.len) {
        struct scan_pos pos = {.line = 1, .column = 1, .length = 1};
        for (const char *p = text.data; *p != '\0'; p++)
            pos.line += *p == '\n';
        if (strcmp(text.data, "SQLite format 3") == 0)
            scan_diagnose(diagnostics, (struct scan_pos){0}, NULL, NULL,
                          "this is a store, no scan file: theodolite resume %s", path);
        else
            scan_diagnose(diagnostics, pos, NULL, NULL, "this is not text: it has a NUL byte");
        rc = 0;
        goto out;
    }
    rc = scan_parse(text.data, path, folder, options, scan, diagnostics, err);
out:
    buf_free(&text);
    return rc != 0 ? err_while(err, "reading %s", path) : 0;
}

void scan_free(struct scan *scan)
{
    if (scan != NULL)
        arena_free(scan->arena);
}

size_t scan_value_index(const struct scan *scan, const char *name)
{
    for (size_t i = 0; i < scan->n_values; i++)
        if (strcmp(scan->value_names[i], name) == 0)
            return i;
    return SIZE_MAX;
}
