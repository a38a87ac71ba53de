/* plugin.c: calculators that are shared objects: blocks of points, microseconds each.
 *
 * Inputs are gathered column by column into an n by d matrix (a plain name is a copy of the row's
 * column), the function is called once per piece, and outputs are checked and scattered into the
 * rows.  A block that the function refuses as a whole is tried point by point. */
#include "private.h"

#include <dlfcn.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { PIECE = 512, MOST_INPUTS = 4096 };

struct plugin {
    void *handle;
    char path[CALC_PATH];
    const struct th_plugin *table;
    const struct th_function *function;
    struct formula *inputs;
    bool *is_borrowed; /* the formula is a write's */
    size_t n_inputs;
    double *in, *out; /* PIECE by n_inputs, PIECE by n_outputs */
    uint8_t *status;
    size_t *points; /* PIECE: which point of the block */
};

/* ---- loading -------------------------------------------------------------------------------- */

static int load(struct plugin *plugin, struct prep *prep)
{
    const struct scan_calculator *def = &prep->scan->calculators[prep->calculator];
    if (find_object(prep, def->plugin, plugin->path) != 0) {
        prep_complain(prep, def->pos_plugin, "a shared object in the scan's or a plugin folder",
                      NULL, "the shared object '%s' is not found", def->plugin);
        if (prep->diagnostics)
            scan_blame_tool(prep->diagnostics);
        return 0;
    }
    plugin->handle = dlopen(plugin->path, RTLD_NOW | RTLD_LOCAL);
    if (!plugin->handle) {
        const char *why = dlerror();
        prep_complain(prep, def->pos_plugin, NULL, NULL, "'%s' cannot be loaded: %s", def->plugin,
                      why ? why : "unknown reason");
        return 0;
    }
    const struct th_plugin *table = dlsym(plugin->handle, TH_PLUGIN_SYMBOL);
    if (!table)
        prep_complain(prep, def->pos_plugin, NULL, NULL, "'%s' has no symbol %s", def->plugin,
                      TH_PLUGIN_SYMBOL);
    else if (table->abi != TH_PLUGIN_ABI)
        prep_complain(prep, def->pos_plugin, NULL, NULL,
                      "'%s' is for ABI %u, this program has ABI %u: compile it again", def->plugin,
                      (unsigned)table->abi, TH_PLUGIN_ABI);
    else if (!table->functions || table->n_functions == 0)
        prep_complain(prep, def->pos_plugin, NULL, NULL, "'%s' has no functions", def->plugin);
    else
        plugin->table = table;
    return 0;
}

/* The name nearest to `word` of n that get(i) gives. */
static const char *nearest_function(const struct th_plugin *table, const char *word)
{
    const char **names = mem_array(table->n_functions, sizeof *names);
    const char *nearest = NULL;
    for (size_t i = 0; names && i < table->n_functions; i++)
        names[i] = table->functions[i].name;
    if (names)
        nearest = text_nearest(word, names, table->n_functions);
    mem_free(names);
    return nearest;
}

static void choose_function(struct plugin *plugin, struct prep *prep)
{
    const struct scan_calculator *def = &prep->scan->calculators[prep->calculator];
    const struct th_plugin *table = plugin->table;
    if (!def->function && table->n_functions == 1)
        plugin->function = &table->functions[0];
    for (size_t i = 0; def->function && i < table->n_functions; i++) {
        if (strcmp(table->functions[i].name, def->function) == 0)
            plugin->function = &table->functions[i];
    }
    if (plugin->function)
        return;
    if (def->function)
        prep_complain(prep, def->pos_function, NULL, nearest_function(table, def->function),
                      "'%s' has no function '%s'", def->plugin, def->function);
    else
        prep_complain(prep, def->pos_plugin, "function: NAME", NULL,
                      "'%s' has %zu functions; which one?", def->plugin, table->n_functions);
}

/* ---- inputs and outputs --------------------------------------------------------------------- */

static const struct write *find_write(const struct calc *calc, const char *target)
{
    for (size_t i = 0; i < calc->n_writes; i++) {
        if (strcmp(calc->writes[i].def->target, target) == 0)
            return &calc->writes[i];
    }
    return NULL;
}

static size_t count_words(const char *const *words)
{
    size_t n = 0;
    while (words && words[n])
        n++;
    return n;
}

/* Inputs by name: from `write`, else from the value of the same name. */
static int bind_named(struct calc *calc, struct prep *prep)
{
    struct plugin *plugin = calc->plugin;
    const struct th_function *function = plugin->function;
    for (size_t i = 0; i < function->n_inputs; i++) {
        const struct write *write = find_write(calc, function->inputs[i]);
        if (write) {
            plugin->inputs[i] = write->formula;
            plugin->is_borrowed[i] = true;
        } else if (scan_value_index(prep->scan, function->inputs[i]) != SIZE_MAX) {
            if (formula_create(&plugin->inputs[i], prep, function->inputs[i], calc->def->pos,
                               BEFORE_RUN) != 0)
                return -1;
        } else {
            prep_complain(
                prep, calc->def->pos_function, "write: {NAME: EXPRESSION}",
                text_nearest(function->inputs[i], prep->scan->value_names, prep->scan->n_values),
                "nothing is written to the input '%s' of '%s'", function->inputs[i],
                function->name);
        }
    }
    for (size_t i = 0; i < calc->n_writes; i++) {
        const char *target = calc->writes[i].def->target;
        size_t k = 0;
        while (k < function->n_inputs && strcmp(function->inputs[k], target) != 0)
            k++;
        if (k == function->n_inputs)
            prep_complain(prep, calc->writes[i].def->pos_target, NULL,
                          text_nearest(target, function->inputs, function->n_inputs),
                          "'%s' has no input '%s'", function->name, target);
    }
    return 0;
}

/* Inputs in order: `inputs`, else what is written in the order of the file, else all parameters. */
static int bind_positional(struct calc *calc, struct prep *prep)
{
    struct plugin *plugin = calc->plugin;
    const char *const *inputs = calc->def->inputs;
    for (size_t i = 0; i < plugin->n_inputs; i++) {
        int rc = 0;
        if (inputs) {
            rc = formula_create(&plugin->inputs[i], prep, inputs[i], calc->def->pos, BEFORE_RUN);
        } else if (calc->n_writes > 0) {
            plugin->inputs[i] = calc->writes[i].formula;
            plugin->is_borrowed[i] = true;
        } else {
            plugin->inputs[i].column = i;
        }
        if (rc != 0)
            return -1;
    }
    return 0;
}

static int bind_inputs(struct calc *calc, struct prep *prep)
{
    struct plugin *plugin = calc->plugin;
    const struct th_function *function = plugin->function;
    bool is_named = function->inputs && !calc->def->inputs;
    size_t n = is_named             ? function->n_inputs
               : calc->def->inputs  ? count_words(calc->def->inputs)
               : calc->n_writes > 0 ? calc->n_writes
                                    : prep->scan->n_params;
    size_t least = function->inputs ? function->n_inputs : function->min_inputs;
    size_t most = function->inputs ? function->n_inputs : function->max_inputs;
    if (n < least || n > most || n > MOST_INPUTS) {
        prep_complain(prep, calc->def->pos, NULL, NULL, "'%s' takes %zu to %zu inputs, not %zu",
                      function->name, least, most, n);
        return 0;
    }
    plugin->inputs = mem_array(n, sizeof *plugin->inputs);
    plugin->is_borrowed = mem_array(n, sizeof *plugin->is_borrowed);
    if (!plugin->inputs || !plugin->is_borrowed)
        return mem_error(prep->err);
    plugin->n_inputs = n;
    return is_named ? bind_named(calc, prep) : bind_positional(calc, prep);
}

static void bind_outputs(struct calc *calc, struct prep *prep)
{
    const struct th_function *function = calc->plugin->function;
    for (size_t i = 0; i < calc->n_reads; i++) {
        struct read *read = &calc->reads[i];
        if (read->def->kind != READ_OUTPUT)
            continue;
        for (read->output = 0; read->output < function->n_outputs; read->output++) {
            if (strcmp(function->outputs[read->output], read->def->source) == 0)
                break;
        }
        if (read->output == function->n_outputs)
            prep_complain(prep, read->def->pos_source, NULL,
                          text_nearest(read->def->source, function->outputs, function->n_outputs),
                          "'%s' has no output '%s'", function->name, read->def->source);
    }
}

int plugin_create(struct calc *calc, struct prep *prep)
{
    struct plugin *plugin = calc->plugin = mem_new(struct plugin);
    size_t before = prep->n_complaints;
    if (!plugin)
        return mem_error(prep->err);
    if (load(plugin, prep) != 0)
        return -1;
    if (plugin->table)
        choose_function(plugin, prep);
    if (!plugin->function) {
        if (prep->err->code == ERR_SCAN && prep->n_complaints == before + 1 && before == 0)
            prep->err->code = ERR_START;
        return 0;
    }
    if (bind_inputs(calc, prep) != 0)
        return -1;
    bind_outputs(calc, prep);
    plugin->in = mem_array(PIECE * (plugin->n_inputs + 1), sizeof *plugin->in);
    plugin->out = mem_array(PIECE * (plugin->function->n_outputs + 1), sizeof *plugin->out);
    plugin->status = mem_array(PIECE, sizeof *plugin->status);
    plugin->points = mem_array(PIECE, sizeof *plugin->points);
    if (!plugin->in || !plugin->out || !plugin->status || !plugin->points)
        return mem_error(prep->err);
    return 0;
}

void plugin_free(struct plugin *plugin)
{
    if (!plugin)
        return;
    for (size_t i = 0; i < plugin->n_inputs; i++) {
        if (!plugin->is_borrowed[i])
            formula_clear(&plugin->inputs[i]);
    }
    mem_free(plugin->inputs);
    mem_free(plugin->is_borrowed);
    mem_free(plugin->in);
    mem_free(plugin->out);
    mem_free(plugin->status);
    mem_free(plugin->points);
    if (plugin->handle)
        dlclose(plugin->handle);
    mem_free(plugin);
}

int plugin_describe(const struct calc *calc, struct buf *out, struct err *err)
{
    char version[200];
    const struct th_plugin *table = calc->plugin->table;
    snprintf(version, sizeof version, "%s %s", table->name ? table->name : "?",
             table->version ? table->version : "?");
    return describe_file(out, calc->def->name, calc->plugin->path, version, err);
}

/* ---- running -------------------------------------------------------------------------------- */

/* Where the points follow each other in the block, columns are made in one go. */
static void gather(struct plugin *plugin, const struct block *block, const size_t *live, size_t n)
{
    size_t d = plugin->n_inputs;
    bool is_run = live[n - 1] - live[0] == n - 1;
    for (size_t k = 0; k < d; k++) {
        const struct formula *formula = &plugin->inputs[k];
        if (is_run) {
            formula_block(formula, n, block_row(block, live[0]), block->stride, plugin->in + k, d);
            continue;
        }
        for (size_t i = 0; i < n; i++)
            plugin->in[i * d + k] = formula_eval(formula, block_row(block, live[i]));
    }
    memcpy(plugin->points, live, n * sizeof *live);
}

static const char *input_name(const struct calc *calc, size_t k)
{
    const struct plugin *plugin = calc->plugin;
    if (plugin->function->inputs)
        return plugin->function->inputs[k];
    return calc->def->inputs ? calc->def->inputs[k]
           : calc->n_writes  ? calc->writes[k].def->target
                             : calc->chain->scan->value_names[k];
}

/* Fails points whose inputs are not finite and closes the gaps; how many are left, or -1. */
static long drop_bad_inputs(struct calc *calc, const struct block *block, size_t n, struct err *err)
{
    struct plugin *plugin = calc->plugin;
    size_t d = plugin->n_inputs, left = 0;
    char words[200];
    for (size_t i = 0; i < n; i++) {
        const double *in = plugin->in + i * d;
        size_t k = 0;
        while (k < d && isfinite(in[k]))
            k++;
        if (k < d) {
            snprintf(words, sizeof words, "the input %.150s is not a finite number",
                     input_name(calc, k));
            if (outcome_fail(&block->outcomes[plugin->points[i]], calc, REASON_NOT_FINITE, "write",
                             words, NULL, 0, err) != 0)
                return -1;
            continue;
        }
        if (left != i) {
            memmove(plugin->in + left * d, in, d * sizeof *in);
            plugin->points[left] = plugin->points[i];
        }
        left++;
    }
    return (long)left;
}

static int fail_status(struct calc *calc, struct outcome *outcome, uint8_t status, struct err *err)
{
    const struct th_function *function = calc->plugin->function;
    const char *why = function->explain ? function->explain(status) : NULL;
    char words[CALC_SENTENCE];
    if (why)
        snprintf(words, sizeof words, "%s", why);
    else
        snprintf(words, sizeof words, "status %u", (unsigned)status);
    return outcome_fail(outcome, calc, REASON_PHYSICS, "run", words, NULL, 0, err);
}

/* What the common case needs and no more: outputs into the row, all of them finite. */
static bool take_fast(const struct calc *calc, const double *out, double *row)
{
    if (calc->def->n_missing > 0 || calc->n_fail_if > 0 || is_traced(calc))
        return false;
    for (size_t i = 0; i < calc->n_reads; i++) {
        const struct read *read = &calc->reads[i];
        if (read->def->kind != READ_OUTPUT || !isfinite(out[read->output]))
            return false;
        row[read->def->value] = out[read->output];
    }
    return true;
}

static int take(struct calc *calc, const double *out, double *row, struct outcome *outcome,
                struct err *err)
{
    struct finding finding = {.reason = REASON_NONE};
    if (take_fast(calc, out, row))
        return 0;
    for (size_t i = 0; i < calc->n_reads; i++) {
        const struct read *read = &calc->reads[i];
        struct sighting sighting = {.found = FOUND};
        if (read->def->kind != READ_OUTPUT)
            continue;
        sighting.value = out[read->output];
        values_take(calc, read, &sighting, row, &finding);
    }
    values_finish(calc, row, &finding);
    if (finding.reason == REASON_NONE)
        return 0;
    return outcome_fail(outcome, calc, finding.reason, "read", finding.words, NULL, 0, err);
}

/* Refused as a whole: one by one, so that the others live. */
static int eval_singly(struct calc *calc, const struct block *block, size_t n, struct err *err)
{
    struct plugin *plugin = calc->plugin;
    const struct th_function *function = plugin->function;
    char words[64];
    for (size_t i = 0; i < n; i++) {
        struct outcome *outcome = &block->outcomes[plugin->points[i]];
        plugin->status[i] = TH_POINT_OK;
        int got = function->eval(1, plugin->n_inputs, plugin->in + i * plugin->n_inputs,
                                 plugin->out + i * function->n_outputs, &plugin->status[i]);
        snprintf(words, sizeof words, "the function returned %d", got);
        if (got != 0 && outcome_fail(outcome, calc, REASON_EXIT, "run", words, NULL, 0, err) != 0)
            return -1;
    }
    return 0;
}

static int run_piece(struct calc *calc, const struct block *block, const size_t *live, size_t n,
                     struct err *err)
{
    struct plugin *plugin = calc->plugin;
    const struct th_function *function = plugin->function;
    gather(plugin, block, live, n);
    long left = drop_bad_inputs(calc, block, n, err);
    if (left <= 0)
        return (int)left;
    n = (size_t)left;
    memset(plugin->status, TH_POINT_OK, n);
    for (size_t i = 0; i < n * function->n_outputs; i++)
        plugin->out[i] = NAN; /* an output that the function forgets is not the one before */
    if (function->eval(n, plugin->n_inputs, plugin->in, plugin->out, plugin->status) != 0 &&
        eval_singly(calc, block, n, err) != 0)
        return -1;
    for (size_t i = 0; i < n; i++) {
        size_t point = plugin->points[i];
        struct outcome *outcome = &block->outcomes[point];
        int rc = 0;
        if (outcome->reason != REASON_NONE)
            continue;
        if (plugin->status[i] != TH_POINT_OK)
            rc = fail_status(calc, outcome, plugin->status[i], err);
        else
            rc = take(calc, plugin->out + i * function->n_outputs, block_row(block, point), outcome,
                      err);
        if (rc != 0)
            return -1;
    }
    return 0;
}

int plugin_run(struct calc *calc, const struct block *block, const size_t *live, size_t n,
               struct err *err)
{
    for (size_t at = 0; at < n; at += PIECE) {
        size_t piece = n - at < PIECE ? n - at : PIECE;
        if (run_piece(calc, block, live + at, piece, err) != 0)
            return -1;
    }
    return 0;
}
