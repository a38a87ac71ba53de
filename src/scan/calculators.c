/* calculators.c: the entries below `calculators:` and `observables:`.
 *
 * Each key has one reader in a table.  What kind a calculator is follows from its keys: `plugin`,
 * `run` with or without `resident`, or neither, when all it reads are expressions.  An observable
 * of its own is such a calculator with one read. */
#include "reader.h"

#include <stdio.h>
#include <string.h>

static const char *const KEYS[] = {
    "run",          "resident", "plugin",  "function", "inputs", "stdin",   "input", "write",
    "output",       "read",     "fail if", "only if",  "after",  "timeout", "cpu",   "memory",
    "limit output", "ok exit",  "files",   "missing",  "echo",   "retries", "keep",  "use"};
enum { N_KEYS = sizeof KEYS / sizeof KEYS[0] };

struct entry {
    struct reader *reader;
    struct scan_calculator *calculator;
    const struct node *map;
};

static struct value_in value_of(const struct entry *e, const char *key)
{
    return (struct value_in){&e->reader->base, node_get(e->map, key), key, true};
}

static int complain(const struct entry *e, const struct node *node, const char *expected,
                    const char *words)
{
    node_complain(&e->reader->base, node_whole(node), expected, NULL, "%s: %s", e->calculator->name,
                  words);
    return 0;
}

/* ---- what runs ------------------------------------------------------------------------------ */

/* A list of words is taken as it is, blanks and empty ones too. */
static int list_argv(struct entry *e, struct value_in *in, const char ***list, size_t *n)
{
    const char **words = arena_array(e->reader->base.arena, in->node->n + 1, sizeof *words);
    if (words == NULL)
        return mem_error(e->reader->base.err);
    *list = words;
    for (size_t i = 0; in->node->kind == NODE_LIST && i < in->node->n; i++) {
        const struct node *item = in->node->items[i];
        if (item->kind == NODE_TEXT)
            words[(*n)++] = item->text;
        else
            complain(e, item, "a word", "run is a list of words");
    }
    return 0;
}

static int read_argv(struct entry *e, struct value_in *in)
{
    char **words = NULL;
    const char **list = NULL;
    size_t n = 0;
    struct err err = ERR_INIT;
    e->calculator->pos_run = node_pos(in->node, 0, 0);
    if (in->node->kind == NODE_TEXT) {
        if (text_split_words(e->reader->base.arena, in->node->text, &words, &n, &err) != 0)
            return err.code == ERR_MEMORY ? mem_error(e->reader->base.err)
                                          : complain(e, in->node, "PROGRAM WORD ...", err.message);
        list = (const char **)words;
    } else if (list_argv(e, in, &list, &n) != 0) {
        return -1;
    }
    if (n == 0 || list[0][0] == '\0')
        return complain(e, in->node, "PROGRAM WORD ...", "there is no program to run");
    if (library_find_program(e->reader, in, &list[0], &e->calculator->tool) != 0)
        return -1;
    e->calculator->run = (const char *const *)list;
    return 0;
}

static int read_kind(struct entry *e)
{
    struct scan_calculator *calculator = e->calculator;
    struct value_in run = value_of(e, "run"), plugin = value_of(e, "plugin");
    struct value_in resident = value_of(e, "resident");
    const char *text;
    bool is_resident = false;
    if (resident.node != NULL) {
        value_bool(&resident, &is_resident);
        is_resident = is_resident || !resident.is_good; /* who writes it means it */
    }
    if (plugin.node != NULL && run.node != NULL)
        complain(e, plugin.node, NULL, "a calculator has either run or plugin");
    if (plugin.node != NULL) {
        calculator->kind = CALC_PLUGIN;
        calculator->pos_plugin = node_pos(plugin.node, 0, 0);
        return value_text(&plugin, &text) ? value_path(&plugin, text, &calculator->plugin) : 0;
    }
    if (run.node != NULL) {
        calculator->kind = is_resident ? CALC_RESIDENT : CALC_EXEC;
        return read_argv(e, &run);
    }
    calculator->kind = CALC_BUILTIN;
    if (resident.node != NULL)
        complain(e, resident.node, "run: PROGRAM WORD ...", "resident needs run");
    return 0;
}

/* Keys that mean nothing for a calculator of this kind. */
static void check_kind(struct entry *e)
{
    static const struct {
        const char *key;
        const char *kinds; /* e, r, p, b: exec, resident, plugin, builtin */
    } rules[] = {{"function", "p"},      {"inputs", "p"},   {"stdin", "e"},   {"input", "e"},
                 {"output", "e"},        {"files", "er"},   {"ok exit", "e"}, {"cpu", "er"},
                 {"memory", "er"},       {"retries", "er"}, {"echo", "e"},    {"keep", "e"},
                 {"limit output", "er"}, {"write", "erp"},  {"timeout", "er"}};
    static const char *const words[] = {"an exec calculator", "a resident calculator", "a plugin",
                                        "a calculator of expressions"};
    static const char letters[] = "erpb";
    enum calc_kind kind = e->calculator->kind;
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        const struct node *node = node_get(e->map, rules[i].key);
        if (node != NULL && strchr(rules[i].kinds, letters[kind]) == NULL)
            node_complain(&e->reader->base, node_whole(node), NULL, NULL,
                          "%s: \"%s\" has no meaning for %s%s", e->calculator->name, rules[i].key,
                          words[kind],
                          kind == CALC_BUILTIN ? " (there is neither run nor plugin)" : "");
    }
}

/* ---- files ---------------------------------------------------------------------------------- */

/* "FILE as NAME", at the last of them: a folder's name may have one.  A bracket in a file's name is
 * a letter like any other. */
static int split_as(struct entry *e, struct piece piece, const char **from, const char **to)
{
    const char *start = piece_start(piece), *end = start + piece.n, *as = NULL;
    for (const char *at = start; (at = memmem(at, (size_t)(end - at), " as ", 4)) != NULL; at++)
        as = at;
    *to = NULL;
    if (as != NULL) {
        size_t n = (size_t)(as - start);
        *to = piece_dup(&e->reader->base, piece_part(piece, n + 4, piece.n - n - 4));
        piece = piece_part(piece, 0, n);
        if (*to == NULL)
            return -1;
    }
    *from = piece_dup(&e->reader->base, piece);
    return *from != NULL ? 0 : -1;
}

/* "A.output + FILE + FILE": the first, and the others. */
static int split_plus(struct entry *e, struct value_in *in, const char *text, const char **first,
                      const char *const **more)
{
    enum { MAX_MORE = 6 };
    struct arena *arena = e->reader->base.arena;
    const char **list = arena_array(arena, MAX_MORE + 1, sizeof *list);
    size_t n = 0;
    if (list == NULL)
        return mem_error(e->reader->base.err);
    for (const char *plus; (plus = strstr(text, " + ")) != NULL; text = plus + 3, n++) {
        size_t length = (size_t)(plus - text);
        while (length > 0 && text[length - 1] == ' ')
            length--;
        const char *name = arena_strndup(arena, text, length);
        if (name == NULL)
            return mem_error(e->reader->base.err);
        if (n == MAX_MORE)
            return complain(e, in->node, NULL, "more files than can be put behind each other");
        if (value_path(in, name, n == 0 ? first : &list[n - 1]) != 0)
            return -1;
        while (plus[3] == ' ')
            plus++;
    }
    if (n > 0)
        *more = list;
    return value_path(in, text, n == 0 ? first : &list[n - 1]);
}

static int read_input(struct entry *e)
{
    struct scan_calculator *calculator = e->calculator;
    struct value_in in = value_of(e, "input"), standard = value_of(e, "stdin");
    const char *text, *from;
    if (in.node != NULL && value_text(&in, &text)) {
        calculator->pos_input = node_pos(in.node, 0, 0);
        if (split_as(e, piece_whole(in.node), &from, &calculator->input_name) != 0 ||
            split_plus(e, &in, from, &calculator->input, &calculator->input_more) != 0)
            return -1;
    }
    if (standard.node != NULL && value_text(&standard, &text)) {
        calculator->pos_stdin = node_pos(standard.node, 0, 0);
        return split_plus(e, &standard, text, &calculator->stdin_from, &calculator->stdin_more);
    }
    return 0;
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

/* files: a, ../EXPCON, tables/x.dat as x.dat, copy b as c */
static int read_files(struct entry *e, struct value_in *in)
{
    const char **texts;
    struct scan_pos *places;
    size_t n;
    if (value_texts(in, &texts, &places, &n) != 0)
        return -1;
    struct scan_file *files = arena_array(e->reader->base.arena, n, sizeof *files);
    if (files == NULL)
        return mem_error(e->reader->base.err);
    for (size_t i = 0; i < n; i++) {
        bool is_copy = strncmp(texts[i], "copy ", 5) == 0;
        struct node *whole = node_text(&e->reader->base, texts[i] + (is_copy ? 5 : 0), NULL);
        if (whole == NULL || split_as(e, piece_whole(whole), &files[i].from, &files[i].to) != 0)
            return -1;
        if (files[i].to == NULL)
            files[i].to = files[i].from[0] == '/' ? base_name(files[i].from) : files[i].from;
        if (value_path(in, files[i].from, &files[i].from) != 0)
            return -1;
        files[i].is_link = !is_copy;
        files[i].pos = places[i];
    }
    e->calculator->files = files;
    e->calculator->n_files = n;
    return 0;
}

/* [x, y]: values that go by the names that the calculator has for its inputs. */
static int read_write_list(struct entry *e, const struct node *list)
{
    struct scan_calculator *calculator = e->calculator;
    if (calculator->kind != CALC_RESIDENT && calculator->kind != CALC_PLUGIN)
        return complain(e, list, "TARGET: EXPRESSION, one per line",
                        "write: a list of names is for resident calculators and plugins");
    struct scan_write *writes = arena_array(e->reader->base.arena, list->n, sizeof *writes);
    if (writes == NULL)
        return mem_error(e->reader->base.err);
    for (size_t i = 0; i < list->n; i++) {
        const struct node *item = list->items[i];
        if (item->kind != NODE_TEXT || !name_is_word(item->text)) {
            complain(e, item, "NAME, or a map of INPUT: EXPRESSION",
                     "write: a list holds names alone");
            continue;
        }
        writes[calculator->n_writes++] = (struct scan_write){
            .target = item->text,
            .expression = item->text,
            .pos_target = node_pos(item, 0, 0),
            .pos_expression = node_pos(item, 0, 0),
        };
    }
    calculator->writes = writes;
    return 0;
}

static int read_write(struct entry *e, const struct node *map)
{
    struct scan_calculator *calculator = e->calculator;
    if (map->kind == NODE_LIST)
        return read_write_list(e, map);
    if (map->kind != NODE_MAP)
        return complain(e, map, "TARGET: EXPRESSION, one per line", "write is a map");
    struct scan_write *writes = arena_array(e->reader->base.arena, map->n, sizeof *writes);
    if (writes == NULL)
        return mem_error(e->reader->base.err);
    for (size_t i = 0; i < map->n; i++) {
        const struct node_pair *pair = &map->pairs[i];
        struct value_in in = {&e->reader->base, pair->value, pair->key, true};
        struct scan_write *write = &writes[calculator->n_writes];
        if (!value_text(&in, &write->expression))
            continue;
        write->target = pair->key;
        write->pos_target = node_pos(pair->key_node, 0, 0);
        write->pos_expression = node_pos(pair->value, 0, 0);
        calculator->n_writes++;
    }
    calculator->writes = writes;
    if (calculator->kind == CALC_EXEC && calculator->input == NULL &&
        calculator->stdin_from == NULL)
        return complain(e, map, "stdin: FILE or input: FILE",
                        "write needs a template to write into");
    return 0;
}

/* ---- numbers -------------------------------------------------------------------------------- */

static int read_numbers(struct value_in *in, const double **numbers, size_t *n)
{
    const char **texts;
    struct scan_pos *places;
    size_t count;
    if (value_texts(in, &texts, &places, &count) != 0)
        return -1;
    double *list = arena_array(in->reading->arena, count, sizeof *list);
    if (list == NULL)
        return mem_error(in->reading->err);
    for (size_t i = 0; i < count; i++)
        if (text_to_double(texts[i], &list[i]) != 0) {
            in->is_good = false;
            scan_diagnose(in->reading->diagnostics, places[i], "a number", NULL,
                          "%s: \"%.60s\" is not a number", in->what, texts[i]);
        }
    *numbers = list;
    *n = count;
    return 0;
}

static int read_ok_exit(struct entry *e, struct value_in *in)
{
    const double *numbers;
    size_t n;
    if (read_numbers(in, &numbers, &n) != 0)
        return -1;
    int *statuses = arena_array(e->reader->base.arena, n, sizeof *statuses);
    if (statuses == NULL)
        return mem_error(e->reader->base.err);
    for (size_t i = 0; i < n && in->is_good; i++) {
        if (numbers[i] < 0 || numbers[i] > 255 || numbers[i] != (double)(int)numbers[i])
            return complain(e, in->node, "numbers from 0 to 255", "this is not an exit status");
        statuses[i] = (int)numbers[i];
    }
    e->calculator->ok_exit = statuses;
    e->calculator->n_ok_exit = n;
    return 0;
}

static int read_keep(struct entry *e, struct value_in *in)
{
    static const char *const words[] = {"none", "accepted", "failed", "all"};
    for (size_t i = 0; i < 4; i++)
        if (in->node->kind == NODE_TEXT && strcmp(in->node->text, words[i]) == 0) {
            e->calculator->keep = (enum keep_kind)i;
            return 0;
        }
    const char *text = in->node->kind == NODE_TEXT ? in->node->text : "";
    node_complain(in->reading, node_whole(in->node), "none, accepted, failed or all",
                  text_nearest(text, words, 4), "%s: keep: which points' outputs",
                  e->calculator->name);
    return 0;
}

static void read_limits(struct entry *e)
{
    struct scan_calculator *calculator = e->calculator;
    struct value_in timeout = value_of(e, "timeout"), cpu = value_of(e, "cpu");
    struct value_in memory = value_of(e, "memory"), output = value_of(e, "limit output");
    struct value_in retries = value_of(e, "retries"), echo = value_of(e, "echo");
    size_t n_retries = 0;
    if (timeout.node != NULL)
        value_seconds(&timeout, &calculator->timeout_s);
    if (cpu.node != NULL)
        value_seconds(&cpu, &calculator->cpu_s);
    if (memory.node != NULL)
        value_bytes(&memory, &calculator->memory_bytes);
    if (output.node != NULL)
        value_bytes(&output, &calculator->output_bytes);
    if (echo.node != NULL)
        value_bool(&echo, &calculator->check_echo);
    if (retries.node != NULL)
        value_count(&retries, 0, &n_retries);
    calculator->retries = (unsigned)(n_retries < 100 ? n_retries : 100);
}

/* ---- the entry ------------------------------------------------------------------------------ */

static int read_lists(struct entry *e)
{
    struct scan_calculator *calculator = e->calculator;
    struct value_in after = value_of(e, "after"), fail = value_of(e, "fail if");
    struct value_in inputs = value_of(e, "inputs"), files = value_of(e, "files");
    struct value_in missing = value_of(e, "missing"), ok_exit = value_of(e, "ok exit");
    struct value_in keep = value_of(e, "keep");
    const char **texts;
    struct scan_pos *places;
    if (after.node != NULL) {
        if (value_texts(&after, &texts, &places, NULL) != 0)
            return -1;
        calculator->pos_after = places;
        calculator->after = (const char *const *)texts;
    }
    if (inputs.node != NULL) {
        if (value_texts(&inputs, &texts, NULL, NULL) != 0)
            return -1;
        calculator->inputs = (const char *const *)texts;
    }
    if (fail.node != NULL) {
        if (value_texts(&fail, &texts, &places, NULL) != 0)
            return -1;
        calculator->fail_if = (const char *const *)texts;
        calculator->pos_fail_if = places;
    }
    if (files.node != NULL && read_files(e, &files) != 0)
        return -1;
    if (missing.node != NULL &&
        read_numbers(&missing, &calculator->missing, &calculator->n_missing) != 0)
        return -1;
    if (ok_exit.node != NULL && read_ok_exit(e, &ok_exit) != 0)
        return -1;
    return keep.node != NULL ? read_keep(e, &keep) : 0;
}

static void read_words(struct entry *e)
{
    struct scan_calculator *calculator = e->calculator;
    struct value_in function = value_of(e, "function"), output = value_of(e, "output");
    struct value_in only_if = value_of(e, "only if");
    if (function.node != NULL && value_text(&function, &calculator->function))
        calculator->pos_function = node_pos(function.node, 0, 0);
    if (output.node != NULL)
        value_text(&output, &calculator->output);
    if (only_if.node != NULL && value_text(&only_if, &calculator->only_if))
        calculator->pos_only_if = node_pos(only_if.node, 0, 0);
}

static int read_entry(struct entry *e)
{
    keys_check(&e->reader->base, e->map, KEYS, N_KEYS, "a calculator");
    const struct node *write = node_get(e->map, "write"), *read = node_get(e->map, "read");
    if (read_kind(e) != 0 || read_input(e) != 0 || read_lists(e) != 0)
        return -1;
    read_words(e);
    read_limits(e);
    check_kind(e);
    if (write != NULL && read_write(e, write) != 0)
        return -1;
    return read != NULL ? read_reads(e->reader, e->calculator, read) : 0;
}

static void set_defaults(struct scan_calculator *calculator, const struct node *key)
{
    static const int zero[] = {0};
    *calculator = (struct scan_calculator){.name = key->text,
                                           .output = "stdout",
                                           .ok_exit = zero,
                                           .n_ok_exit = 1,
                                           .timeout_s = 300,
                                           .output_bytes = 64000000,
                                           .check_echo = true,
                                           .pos = node_pos(key, 0, 0)};
    calculator->pos_run = calculator->pos_input = calculator->pos_only_if = calculator->pos;
    calculator->pos_plugin = calculator->pos_function = calculator->pos_stdin = calculator->pos;
}

/* What came from a definition has no line of this file: it is told at the line of `use`. */
static void place_at_use(struct scan_calculator *calculator, const struct node *use)
{
    struct scan_pos *all[] = {&calculator->pos_run,    &calculator->pos_input,
                              &calculator->pos_stdin,  &calculator->pos_only_if,
                              &calculator->pos_plugin, &calculator->pos_function};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        if (all[i]->line == 0)
            *all[i] = node_pos(use, 0, 0);
}

/* A calculator's name stands in "NAME.output", in lists and in the journal. */
static bool is_calculator_name(const char *name)
{
    size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+");
    return n > 0 && n <= 60 && name[n] == '\0';
}

static int check_builtin(struct entry *e)
{
    const struct scan_calculator *calculator = e->calculator;
    for (size_t i = 0; i < calculator->n_reads && calculator->kind == CALC_BUILTIN; i++)
        if (calculator->reads[i].kind != READ_EXPRESSION)
            return complain(e, e->map, "run: PROGRAM, plugin: FILE, or reads that are = EXPRESSION",
                            "nothing says how this calculator runs");
    if (calculator->kind == CALC_BUILTIN && node_get(e->map, "read") == NULL &&
        node_get(e->map, "use") == NULL)
        return complain(e, e->map, "run: PROGRAM or plugin: FILE",
                        "nothing says how this calculator runs");
    return 0;
}

/* Room for n more calculators behind those that are there. */
static struct scan_calculator *more_calculators(struct reader *reader, size_t n)
{
    struct scan *scan = reader->scan;
    struct scan_calculator *all = arena_array(scan->arena, scan->n_calculators + n, sizeof *all);
    if (all == NULL) {
        mem_error(reader->base.err);
        return NULL;
    }
    if (scan->n_calculators > 0)
        memcpy(all, scan->calculators, scan->n_calculators * sizeof *all);
    scan->calculators = all;
    return all;
}

int read_calculators(struct reader *reader, const struct node *map)
{
    struct scan *scan = reader->scan;
    struct scan_calculator *all = more_calculators(reader, map->n);
    if (all == NULL)
        return -1;
    for (size_t i = 0; i < map->n; i++) {
        struct node *value = map->pairs[i].value;
        const struct node *key = map->pairs[i].key_node;
        struct entry entry = {reader, &all[scan->n_calculators], value};
        set_defaults(entry.calculator, key);
        if (!is_calculator_name(key->text))
            complain(&entry, key, "letters, digits, _ and -", "this cannot be a calculator's name");
        if (value->kind != NODE_MAP) {
            complain(&entry, value, "run: PROGRAM WORD ...", "a calculator is a map");
            continue;
        }
        bool is_lost;
        if (library_use(reader, value, &is_lost) != 0)
            return -1;
        entry.calculator->kind = CALC_BUILTIN;
        scan->n_calculators++;
        if (is_lost)
            continue;
        if (read_entry(&entry) != 0)
            return -1;
        check_builtin(&entry);
        if (node_get(value, "use") != NULL)
            place_at_use(entry.calculator, node_get(value, "use"));
    }
    return 0;
}

int read_observables(struct reader *reader, const struct node *map)
{
    struct scan *scan = reader->scan;
    struct scan_calculator *all = more_calculators(reader, map->n);
    if (all == NULL)
        return -1;
    for (size_t i = 0; i < map->n; i++) {
        struct node *one = arena_array(scan->arena, 1, sizeof *one);
        struct scan_calculator *calculator = &all[scan->n_calculators];
        if (one == NULL)
            return mem_error(reader->base.err);
        *one = (struct node){.kind = NODE_MAP, .pairs = &map->pairs[i], .n = 1};
        set_defaults(calculator, map->pairs[i].key_node);
        calculator->kind = CALC_BUILTIN;
        if (read_reads(reader, calculator, one) != 0)
            return -1;
        if (calculator->n_reads == 1 && calculator->reads[0].kind != READ_EXPRESSION)
            node_complain(&reader->base, node_whole(map->pairs[i].value), "= EXPRESSION", NULL,
                          "%s: an observable of its own is an expression", map->pairs[i].key);
        for (size_t k = 0; k < scan->n_calculators; k++)
            if (strcmp(all[k].name, calculator->name) == 0)
                node_complain(&reader->base, node_whole(map->pairs[i].key_node), NULL, NULL,
                              "\"%s\" is a calculator's name", calculator->name);
        scan->n_calculators++;
    }
    return 0;
}
