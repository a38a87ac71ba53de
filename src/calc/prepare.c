/* prepare.c: a calculator of the scan, compiled: formulas, addresses, patterns, cards, argv.
 *
 * The same code serves calc_check, which collects everything that is wrong with its place in the
 * scan file, and chain_create, which stops at the first. */
#include "private.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static bool is_run(const struct calc *calc)
{
    return calc->def->kind == CALC_EXEC || calc->def->kind == CALC_RESIDENT;
}

/* ---- conditions ----------------------------------------------------------------------------- */

static int make_cond(struct cond **cond, struct prep *prep, const char *text, struct scan_pos pos,
                     enum formula_scope scope)
{
    struct err err = ERR_INIT;
    size_t column = 0, n;
    *cond =
        cond_create(text, prep->scan->value_names, prep->scan->n_values, NULL, 0, &column, &err);
    if (!*cond && err.code == ERR_MEMORY)
        return mem_error(prep->err);
    if (!*cond) {
        if (!prep->is_checked)
            prep_complain(prep, scan_pos_within(pos, text, column), NULL, NULL, "%s", err.message);
        return 0;
    }
    const size_t *uses = cond_uses(*cond, &n);
    prep_uses(prep, uses, n, pos, scope);
    return 0;
}

static int make_fail_if(struct calc *calc, struct prep *prep)
{
    const char *const *texts = calc->def->fail_if;
    size_t n = 0, column;
    while (texts && texts[n])
        n++;
    calc->fail_if = mem_array(n, sizeof *calc->fail_if);
    if (!calc->fail_if)
        return mem_error(prep->err);
    for (; calc->n_fail_if < n; calc->n_fail_if++) {
        struct fail_if *one = &calc->fail_if[calc->n_fail_if];
        struct scan_pos pos =
            calc->def->pos_fail_if ? calc->def->pos_fail_if[calc->n_fail_if] : calc->def->pos;
        struct err err = ERR_INIT;
        one->text = texts[calc->n_fail_if];
        bool is_address = slha_address_looks_like(one->text) &&
                          slha_address_parse(one->text, &one->address, &column, &err) == 0;
        if (is_address && calc->def->kind != CALC_EXEC)
            prep_complain(prep, pos, "a condition over its values", NULL,
                          "only a calculator that is run once per point leaves SLHA");
        if (!is_address && make_cond(&one->cond, prep, one->text, pos, AFTER_RUN) != 0)
            return -1;
        if (!is_address && !one->cond)
            one->address.n_keys = 0; /* complained about */
    }
    return 0;
}

/* ---- writes --------------------------------------------------------------------------------- */

static int make_writes(struct calc *calc, struct prep *prep)
{
    const struct scan_calculator *def = calc->def;
    calc->writes = mem_array(def->n_writes, sizeof *calc->writes);
    if (!calc->writes)
        return mem_error(prep->err);
    for (size_t i = 0; i < def->n_writes; i++) {
        struct write *write = &calc->writes[calc->n_writes++];
        struct err err = ERR_INIT;
        size_t column = 0;
        write->def = &def->writes[i];
        write->card = -1;
        write->is_address = def->kind == CALC_EXEC && slha_address_looks_like(write->def->target);
        if (write->is_address &&
            slha_address_parse(write->def->target, &write->address, &column, &err) != 0) {
            prep_complain(prep, scan_pos_within(write->def->pos_target, write->def->target, column),
                          NULL, NULL, "%s", err.message);
            write->is_address = false;
            write->is_bad = true;
        }
        if (formula_create(&write->formula, prep, write->def->expression,
                           write->def->pos_expression, BEFORE_RUN) != 0)
            return -1;
    }
    return 0;
}

/* ---- reads ---------------------------------------------------------------------------------- */

static const char *const read_forms[] = {
    [CALC_EXEC] = ("an SLHA address, json \"path\", line \"pattern %g\", column C of row R, or "
                   "= expression"),
    [CALC_RESIDENT] = "a key of its \"out\", json \"path\", or = expression",
    [CALC_PLUGIN] = "the name of an output, or = expression",
    [CALC_BUILTIN] = "= expression",
};

static bool may_read(enum calc_kind calc, enum read_kind read)
{
    switch (read) {
    case READ_EXPRESSION: return true;
    case READ_OUTPUT: return calc != CALC_BUILTIN;
    case READ_JSON: return calc == CALC_EXEC || calc == CALC_RESIDENT;
    case READ_SLHA:
    case READ_LINE:
    case READ_COLUMN: return calc == CALC_EXEC;
    }
    return false;
}

/* The calculator's source for a file name (NULL: standard output), made if it is new. */
static int source_for(struct calc *calc, const char *file, size_t *index, struct err *err)
{
    if (file && strcmp(file, "stdout") == 0)
        file = NULL;
    for (*index = 0; *index < calc->n_sources; (*index)++) {
        const char *other = calc->sources[*index].file;
        if (file == other || (file && other && strcmp(file, other) == 0))
            return 0;
    }
    struct source *sources =
        mem_resize(calc->sources, calc->n_sources, calc->n_sources + 1, sizeof *sources);
    if (!sources)
        return mem_error(err);
    calc->sources = sources;
    sources[calc->n_sources].file = file;
    buf_init(&sources[calc->n_sources++].text, (size_t)calc_output_bytes(calc));
    return 0;
}

static int compile_read(struct calc *calc, struct read *read, struct prep *prep)
{
    const struct scan_read *def = read->def;
    struct source *source = calc->n_sources ? &calc->sources[read->source] : NULL;
    struct err err = ERR_INIT;
    size_t column = 0;
    int rc = 0;
    switch (def->kind) {
    case READ_SLHA:
        source->is_slha = true;
        rc = slha_address_parse(def->source, &read->address, &column, &err);
        break;
    case READ_JSON:
    case READ_OUTPUT:
        if (source)
            source->is_json = true;
        if ((source || def->kind == READ_JSON) && json_check_path(def->source, &column) != 0)
            rc = err_set(&err, ERR_SCAN, "\"%s\" is not a path like out.omega or a.b[2].c",
                         def->source);
        break;
    case READ_LINE:
        read->pattern = pattern_create(def->source, &err);
        rc = read->pattern ? 0 : -1;
        break;
    case READ_COLUMN:
        if (def->column < 1 || def->row == 0)
            rc = err_set(&err, ERR_SCAN, "columns count from 1, rows from 1 or, from the end, -1");
        break;
    case READ_EXPRESSION:
        return formula_create(&read->formula, prep, def->source, def->pos_source, AFTER_RUN);
    }
    if (rc != 0 && err.code == ERR_MEMORY)
        return mem_error(prep->err);
    bool is_told = prep->is_checked && def->source[0] == '\0'; /* when the scan was read */
    if (rc != 0 && !is_told)
        prep_complain(prep, scan_pos_within(def->pos_source, def->source, column), NULL, NULL, "%s",
                      err.message);
    return 0;
}

static int make_reads(struct calc *calc, struct prep *prep)
{
    const struct scan_calculator *def = calc->def;
    calc->reads = mem_array(def->n_reads, sizeof *calc->reads);
    if (!calc->reads)
        return mem_error(prep->err);
    for (size_t i = 0; i < def->n_reads; i++) {
        struct read *read = &calc->reads[calc->n_reads];
        read->def = &def->reads[i];
        if (!may_read(def->kind, read->def->kind)) {
            if (!prep->is_checked || read->def->source[0] != '\0')
                prep_complain(prep, read->def->pos_source, read_forms[def->kind], NULL,
                              "'%s' cannot be read like this from '%s'", read->def->name,
                              def->name);
            continue;
        }
        calc->n_reads++;
        read->source = calc->output;
        if (def->kind == CALC_EXEC && read->def->file &&
            source_for(calc, read->def->file, &read->source, prep->err) != 0)
            return -1;
        if (def->kind == CALC_EXEC && read->def->kind != READ_EXPRESSION &&
            read->source == calc->output)
            calc->is_output_needed = true;
        if (compile_read(calc, read, prep) != 0)
            return -1;
    }
    return 0;
}

/* ---- exec and resident ---------------------------------------------------------------------- */

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* A template or an output, and what is put behind it. */
static int add_cards(struct calc *calc, struct prep *prep, const char *first,
                     const char *const *more, struct card like)
{
    struct scan_pos pos = like.is_stdin ? calc->def->pos_stdin : calc->def->pos_input;
    for (size_t i = 0; first; first = more ? more[i++] : NULL) {
        if (calc->n_cards == CALC_MAX_CARDS)
            return err_set(prep->err, ERR_LIMIT, "'%s' has too many templates", calc->def->name);
        struct card *card = &calc->cards[calc->n_cards++];
        *card = like;
        like.is_more = true;
        if (card_create(card, prep, first, pos) != 0)
            return -1;
    }
    return 0;
}

static int make_cards(struct calc *calc, struct prep *prep)
{
    const struct scan_calculator *def = calc->def;
    const struct card standard = {.is_stdin = true};
    struct card file = {.name = def->input_name};
    if (def->input && !file.name)
        file.name = base_name(def->input);
    if (add_cards(calc, prep, def->input, def->input_more, file) != 0)
        return -1;
    return add_cards(calc, prep, def->stdin_from, def->stdin_more, standard);
}

/* A word that names a file of the scan's folder means that file, although the program runs
 * elsewhere; unless it is a name within the scratch folder. */
static bool is_scratch_name(const struct calc *calc, const char *word)
{
    for (size_t i = 0; i < calc->n_cards; i++) {
        if (calc->cards[i].name && strcmp(calc->cards[i].name, word) == 0)
            return true;
    }
    for (size_t i = 0; i < calc->n_sources; i++) {
        if (calc->sources[i].file && strcmp(calc->sources[i].file, word) == 0)
            return true;
    }
    for (size_t i = 0; i < calc->def->n_files; i++) {
        if (strcmp(calc->def->files[i].to, word) == 0)
            return true;
    }
    return false;
}

/* "python3 mine.py" without mine.py: each point would fail in the interpreter's words. */
static void warn_of_script(const struct calc *calc, const struct prep *prep, const char *word)
{
    static const char *const endings[] = {".py", ".sh", ".pl", ".jl", ".R", ".m"};
    size_t n = strlen(word);
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        size_t n_ending = strlen(endings[i]);
        if (n > n_ending && strcmp(word + n - n_ending, endings[i]) == 0 &&
            !is_scratch_name(calc, word) && !is_regular_file(word))
            scan_warn(prep->diagnostics, calc->def->pos_run,
                      "there is no file \"%s\" in the scan's folder, nor is it among files", word);
    }
}

static char *find_word(const struct calc *calc, const struct prep *prep, const char *word)
{
    struct err ignored = ERR_INIT;
    char path[CALC_PATH];
    bool is_here = !is_scratch_name(calc, word) && prep->scan->folder && word[0] != '\0' &&
                   path_join(path, prep->scan->folder, word, &ignored) == 0 &&
                   is_regular_file(path);
    return mem_strdup(is_here ? path : word);
}

/* Where a program was looked for, and the list of tools by its name. */
static void complain_of_program(const struct calc *calc, struct prep *prep)
{
    const struct scan *scan = prep->scan;
    const char *program = calc->def->run[0], *tools = scan->tools ? scan->tools : "tools.yaml";
    struct err ignored = ERR_INIT;
    char path[CALC_PATH], near[256], expected[CALC_SENTENCE];
    if (calc->def->tool) {
        prep_complain(prep, calc->def->pos_run, "the path of a program",
                      scan_nearest_file(program, near, sizeof near),
                      "there is no program '%s', which is \"%s\" in %s", program, calc->def->tool,
                      tools);
        return;
    }
    snprintf(expected, sizeof expected,
             "a program in the scan's folder, the plugin folders or PATH, or a line of %.200s%s",
             tools, scan->tools && !scan->has_tools ? " (there is no such file)" : "");
    bool is_path = path_join(path, scan->folder, program, &ignored) == 0;
    prep_complain(prep, calc->def->pos_run, expected,
                  is_path ? scan_nearest_file(path, near, sizeof near) : NULL,
                  "the program '%s' is not found", program);
}

static int make_argv(struct calc *calc, struct prep *prep)
{
    const char *const *run = calc->def->run;
    char path[CALC_PATH];
    size_t n = 0;
    while (run && run[n])
        n++;
    calc->argv = mem_array(n + 1, sizeof *calc->argv);
    if (!calc->argv)
        return mem_error(prep->err);
    if (n == 0 && !prep->is_checked)
        prep_complain(prep, calc->def->pos_run, "run: PROGRAM WORDS...", NULL,
                      "there is nothing to run");
    for (size_t i = 0; i < n; i++) {
        if (placeholders_collect(&calc->placeholders, prep, run[i], strlen(run[i]),
                                 calc->def->pos_run) != 0)
            return -1;
        bool is_found = i == 0 && find_program(prep, run[0], path) == 0;
        /* a missing program is each point's failure `start`, and only here a complaint */
        if (i == 0 && !is_found && prep->diagnostics) {
            complain_of_program(calc, prep);
            scan_blame_tool(prep->diagnostics);
        }
        calc->argv[i] = is_found ? mem_strdup(path) : find_word(calc, prep, run[i]);
        if (!calc->argv[i])
            return mem_error(prep->err);
        if (i > 0 && prep->diagnostics)
            warn_of_script(calc, prep, calc->argv[i]);
        calc->n_args++;
    }
    return 0;
}

/* How deep below the run folder's parent a name ends; -1: it leaves. */
static int depth_of(const char *path)
{
    int depth = 1;
    if (path[0] == '/')
        return -1;
    while (*path) {
        size_t n = strcspn(path, "/");
        if (n == 2 && strncmp(path, "..", 2) == 0)
            depth--;
        else if (n > 0 && !(n == 1 && *path == '.'))
            depth++;
        if (depth < 0)
            return -1;
        path += n;
        path += *path == '/';
    }
    return depth;
}

static int check_files(struct calc *calc, struct prep *prep)
{
    char path[CALC_PATH], near[256];
    for (size_t i = 0; i < calc->def->n_files; i++) {
        const struct scan_file *file = &calc->def->files[i];
        if (path_join(path, prep->scan->folder, file->from, prep->err) != 0)
            return -1;
        if (prep->diagnostics && !file_exists(path))
            prep_complain(prep, file->pos, "a file or folder",
                          scan_nearest_file(path, near, sizeof near), "there is no '%s'", path);
        if (depth_of(file->to) < 1)
            prep_complain(prep, file->pos, "a name in the scratch folder, or ../NAME", NULL,
                          "'%s' would leave the point's private folder", file->to);
        for (size_t k = 0; k < calc->n_sources; k++) {
            if (calc->sources[k].file && strcmp(calc->sources[k].file, file->to) == 0)
                prep_complain(prep, file->pos, "another name, or no such file in `files`", NULL,
                              "'%s' is an output, which must be fresh", file->to);
        }
    }
    for (size_t k = 0; k < calc->n_sources; k++) {
        if (calc->sources[k].file && depth_of(calc->sources[k].file) < 1)
            prep_complain(prep, calc->def->pos, "a name in the scratch folder", NULL,
                          "the output '%s' is not in the scratch folder", calc->sources[k].file);
    }
    return 0;
}

static int make_run(struct calc *calc, struct prep *prep)
{
    int rc = 0;
    if (make_cards(calc, prep) != 0 || make_argv(calc, prep) != 0 || check_files(calc, prep) != 0)
        return -1;
    bool is_checked = prep->is_checked;
    prep->is_checked = false; /* nobody has looked into the cards */
    for (size_t i = 0; rc == 0 && i < calc->n_cards; i++) {
        const struct card *card = &calc->cards[i];
        if (card->path && card->text.len > 0)
            rc = placeholders_collect(&calc->placeholders, prep, card->text.data, card->text.len,
                                      card->is_stdin ? calc->def->pos_stdin : calc->def->pos_input);
    }
    prep->is_checked = is_checked;
    if (rc != 0)
        return -1;
    if (calc->def->kind == CALC_EXEC)
        return cards_bind(calc, prep);
    if (calc->n_cards > 0)
        prep_complain(prep, calc->cards[0].is_stdin ? calc->def->pos_stdin : calc->def->pos_input,
                      "`write: {NAME: EXPRESSION}`", NULL,
                      "a resident calculator gets its input as JSON, not as a template");
    if (calc->placeholders.n > 0)
        prep_complain(prep, calc->def->pos_run, "`write: {NAME: EXPRESSION}`", NULL,
                      "a resident calculator is started once: no placeholders in `run`");
    return 0;
}

static int finish_sources(struct calc *calc, struct prep *prep)
{
    if (calc->n_sources == 0)
        return 0;
    for (size_t i = 0; i < calc->n_fail_if; i++) {
        if (!calc->fail_if[i].cond)
            calc->sources[calc->output].is_slha = true;
    }
    if (calc->sources[calc->output].file || calc->sources[calc->output].is_slha)
        calc->is_output_needed = true;
    for (size_t i = 0; i < calc->n_sources; i++) {
        struct source *source = &calc->sources[i];
        if (source->is_slha && !(source->slha = slha_create()))
            return mem_error(prep->err);
    }
    return 0;
}

/* ---- the whole ------------------------------------------------------------------------------ */

static int make_after(struct calc *calc, struct prep *prep)
{
    for (size_t i = 0; calc->def->after && calc->def->after[i]; i++) {
        size_t k = 0;
        while (k < prep->calculator &&
               strcmp(prep->scan->calculators[k].name, calc->def->after[i]) != 0)
            k++;
        if (k < prep->calculator)
            calc->needs[k] = true;
        else if (!prep->is_checked) /* else told when the scan was read */
            prep_complain(prep, calc->def->pos, "a calculator of this file", NULL,
                          "no calculator '%s' runs before '%s'", calc->def->after[i],
                          calc->def->name);
    }
    return 0;
}

int calc_create(struct calc *calc, struct prep *prep)
{
    const struct scan_calculator *def = calc->def;
    calc->needs = mem_array(prep->scan->n_calculators, sizeof *calc->needs);
    if (!calc->needs)
        return mem_error(prep->err);
    prep->needs = calc->needs;
    TRY(make_after(calc, prep));
    if (def->only_if)
        TRY(make_cond(&calc->only_if, prep, def->only_if, def->pos_only_if, BEFORE_RUN));
    TRY(make_writes(calc, prep));
    if (def->kind == CALC_EXEC)
        TRY(source_for(calc, def->output, &calc->output, prep->err));
    TRY(make_reads(calc, prep));
    TRY(make_fail_if(calc, prep));
    TRY(finish_sources(calc, prep));
    if (is_run(calc))
        TRY(make_run(calc, prep));
    if (def->kind == CALC_RESIDENT)
        TRY(resident_create(calc, prep->err));
    if (def->kind == CALC_PLUGIN)
        TRY(plugin_create(calc, prep));
    return 0;
out:
    return -1;
}

static void source_clear(struct source *source)
{
    buf_free(&source->text);
    slha_free(source->slha);
    json_decref(source->json);
}

void calc_clear(struct calc *calc)
{
    struct err ignored = ERR_INIT;
    if (calc->folder)
        (void)file_remove_tree(calc->folder->home, &ignored);
    mem_free(calc->folder);
    resident_free(calc->resident);
    plugin_free(calc->plugin);
    for (size_t i = 0; i < calc->n_args; i++)
        mem_free(calc->argv[i]);
    for (size_t i = 0; i < calc->n_cards; i++)
        card_clear(&calc->cards[i]);
    for (size_t i = 0; i < calc->n_sources; i++)
        source_clear(&calc->sources[i]);
    for (size_t i = 0; i < calc->n_reads; i++) {
        pattern_free(calc->reads[i].pattern);
        formula_clear(&calc->reads[i].formula);
    }
    for (size_t i = 0; i < calc->n_writes; i++)
        formula_clear(&calc->writes[i].formula);
    for (size_t i = 0; i < calc->n_fail_if; i++)
        cond_free(calc->fail_if[i].cond);
    placeholders_clear(&calc->placeholders);
    cond_free(calc->only_if);
    mem_free(calc->version);
    mem_free(calc->argv);
    mem_free(calc->sources);
    mem_free(calc->reads);
    mem_free(calc->writes);
    mem_free(calc->fail_if);
    mem_free(calc->needs);
}
