/* chain.c: the calculators of a scan, one after the other, over a block of points.
 *
 * A calculator is skipped for a point when its `only if` is not known to hold, or when a calculator
 * whose values or output it needs was skipped; its values are NaN then and the point goes on.  A
 * failure ends the point.  A chain with a program that is run once per point goes point by point,
 * any other calculator by calculator. */
#include "private.h"

#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

static const double CANCEL_QUIET_S = 0.05;

double *block_row(const struct block *block, size_t i)
{
    return block->rows + i * block->stride;
}

/* ---- making --------------------------------------------------------------------------------- */

/* Who reads which value. */
static size_t *make_owners(const struct scan *scan)
{
    size_t *owner = mem_array(scan->n_values, sizeof *owner);
    for (size_t v = 0; owner && v < scan->n_values; v++)
        owner[v] = SIZE_MAX;
    for (size_t c = 0; owner && c < scan->n_calculators; c++) {
        const struct scan_calculator *def = &scan->calculators[c];
        for (size_t i = 0; i < def->n_reads; i++) {
            if (def->reads[i].value < scan->n_values)
                owner[def->reads[i].value] = c;
        }
    }
    return owner;
}

/* Compiles all calculators; complaints are counted in prep. */
static int make_calcs(struct chain *chain, struct prep *prep)
{
    const struct scan *scan = chain->scan;
    size_t *owner = make_owners(scan);
    int rc = 0;
    chain->calcs = mem_array(scan->n_calculators, sizeof *chain->calcs);
    if (!owner || !chain->calcs)
        rc = mem_error(prep->err);
    prep->owner = owner;
    for (size_t i = 0; rc == 0 && i < scan->n_calculators; i++) {
        struct calc *calc = &chain->calcs[chain->n_calcs++];
        prep->calculator = i;
        calc->def = &scan->calculators[i];
        calc->timeout_s = calc->def->timeout_s;
        calc->index = i;
        calc->chain = chain;
        calc->step = SIZE_MAX;
        if (calc->def->kind == CALC_EXEC || calc->def->kind == CALC_RESIDENT)
            calc->step = chain->n_steps++;
        chain->has_exec = chain->has_exec || calc->def->kind == CALC_EXEC;
        chain->has_only_if = chain->has_only_if || calc->def->only_if;
        rc = calc_create(calc, prep);
    }
    mem_free(owner);
    return rc;
}

static struct chain *chain_alloc(const struct scan *scan)
{
    struct chain *chain = mem_new(struct chain);
    if (!chain)
        return NULL;
    chain->scan = scan;
    chain->options.cancel_fd = -1;
    buf_init(&chain->scratch_text, (size_t)1 << 30);
    return chain;
}

int calc_check(const struct scan *scan, const char *const *plugin_dirs,
               struct scan_diagnostics *diagnostics, struct err *err)
{
    struct prep prep = {.scan = scan,
                        .plugin_dirs = plugin_dirs,
                        .diagnostics = diagnostics,
                        .err = err,
                        .is_checked = true};
    struct chain *chain = chain_alloc(scan);
    int rc = chain ? make_calcs(chain, &prep) : mem_error(err);
    chain_free(chain);
    return rc;
}

/* Whatever a worker that was killed left there goes. */
static int make_folders(struct chain *chain, struct err *err)
{
    for (size_t i = 0; i < chain->n_calcs; i++) {
        struct calc *calc = &chain->calcs[i];
        if (calc->def->kind != CALC_EXEC)
            continue;
        calc->folder = mem_new(struct folder);
        if (!calc->folder)
            return mem_error(err);
        if (folder_init(calc->folder, chain->scratch, calc->def->name, err) != 0 ||
            file_remove_tree(calc->folder->home, err) != 0)
            return -1;
    }
    return 0;
}

static void ignore_broken_pipes(void)
{
    struct sigaction action;
    if (sigaction(SIGPIPE, NULL, &action) != 0 || action.sa_handler != SIG_DFL)
        return;
    memset(&action, 0, sizeof action);
    action.sa_handler = SIG_IGN;
    (void)sigaction(SIGPIPE, &action, NULL);
}

struct chain *chain_create(const struct scan *scan, const struct chain_options *options,
                           struct err *err)
{
    struct prep prep = {.scan = scan, .plugin_dirs = options->plugin_dirs, .err = err};
    struct chain *chain = chain_alloc(scan);
    if (!chain) {
        mem_error(err);
        return NULL;
    }
    chain->options = *options;
    if (!options->cancelled)
        chain->options.cancel_fd = -1;
    chain->scratch = mem_strdup(options->scratch ? options->scratch : "/tmp");
    if (!chain->scratch) {
        mem_error(err);
        goto failed;
    }
    if (make_calcs(chain, &prep) != 0 || prep.n_complaints > 0 || make_folders(chain, err) != 0)
        goto failed;
    ignore_broken_pipes();
    process_adopt_orphans();
    return chain;
failed:
    chain_free(chain);
    return NULL;
}

void chain_free(struct chain *chain)
{
    if (!chain)
        return;
    for (size_t i = 0; i < chain->n_calcs; i++)
        calc_clear(&chain->calcs[i]);
    mem_free(chain->calcs);
    mem_free(chain->scratch);
    mem_free(chain->ran);
    mem_free(chain->live);
    buf_free(&chain->scratch_text);
    mem_free(chain);
}

bool chain_is_block(const struct chain *chain)
{
    return chain->n_steps == 0;
}

size_t chain_known(const struct chain *chain, pid_t *pids, size_t max)
{
    size_t n = 0;
    for (size_t i = 0; i < chain->n_calcs && n < max; i++) {
        pid_t pid = resident_pid(chain->calcs[i].resident);
        if (pid > 0)
            pids[n++] = pid;
    }
    return n;
}

/* A word that turns out to be no cancellation may stay in the pipe: no asking again at once. */
bool chain_is_cancelled(struct chain *chain)
{
    if (!chain->is_cancelled && chain->options.cancelled)
        chain->is_cancelled = chain->options.cancelled(chain->options.cancel_context);
    if (!chain->is_cancelled)
        chain->cancel_quiet_until = clock_steady_s() + CANCEL_QUIET_S;
    return chain->is_cancelled;
}

void chain_set_timeout(struct chain *chain, size_t i, double seconds)
{
    if (i < chain->n_calcs)
        chain->calcs[i].timeout_s = seconds;
}

/* ---- running -------------------------------------------------------------------------------- */

static bool needs_a_skipped_one(const struct calc *calc, const uint8_t *ran)
{
    for (size_t k = 0; k < calc->index; k++) {
        if (calc->needs[k] && ran[k] == RAN_SKIPPED)
            return true;
    }
    return false;
}

static bool is_skipped(const struct calc *calc, const struct block *block, size_t i)
{
    const char *why = NULL;
    if (!calc->chain->has_only_if)
        return false;
    uint8_t *ran = block->ran + i * calc->chain->n_calcs;
    if (needs_a_skipped_one(calc, ran))
        why = "a calculator that it needs was skipped";
    else if (calc->only_if && cond_test(calc->only_if, block_row(block, i)) != TRUTH_YES)
        why = calc->def->only_if;
    ran[calc->index] = why ? RAN_SKIPPED : RAN_YES;
    if (why)
        trace_line(calc, "skip", "%s%s", why == calc->def->only_if ? "only if " : "", why);
    return why != NULL;
}

/* Builtin expressions: the block's columns first, then whatever is not finite one by one. */
static int builtin_run(struct calc *calc, const struct block *block, const size_t *live, size_t n,
                       struct err *err)
{
    for (size_t k = 0; k < n; k++) {
        struct finding finding = {.reason = REASON_NONE};
        struct outcome *outcome = &block->outcomes[live[k]];
        values_finish(calc, block_row(block, live[k]), &finding);
        if (finding.reason != REASON_NONE &&
            outcome_fail(outcome, calc, finding.reason, "check", finding.words, NULL, 0, err) != 0)
            return -1;
    }
    return 0;
}

static int calc_run(struct calc *calc, const struct block *block, const size_t *live, size_t n,
                    struct err *err)
{
    int rc = 0;
    switch (calc->def->kind) {
    case CALC_EXEC:
        for (size_t k = 0; rc == 0 && k < n; k++)
            rc = exec_run(calc, block, live[k], err);
        return rc;
    case CALC_RESIDENT: return resident_run(calc, block, live, n, err);
    case CALC_PLUGIN: return plugin_run(calc, block, live, n, err);
    case CALC_BUILTIN: return builtin_run(calc, block, live, n, err);
    }
    return 0;
}

static int run_calcs(struct chain *chain, const struct block *block, struct err *err)
{
    for (size_t c = 0; c < chain->n_calcs; c++) {
        struct calc *calc = &chain->calcs[c];
        size_t n_live = 0;
        for (size_t i = 0; i < block->n; i++) {
            if (block->outcomes[i].reason == REASON_NONE && !is_skipped(calc, block, i))
                chain->live[n_live++] = i;
        }
        if (n_live > 0 && calc->step != SIZE_MAX && chain->n_steps > 1 && chain->options.begins)
            chain->options.begins(chain->options.begins_context, c, block->ids[chain->live[0]]);
        if (n_live > 0 && calc_run(calc, block, chain->live, n_live, err) != 0)
            return -1;
    }
    return 0;
}

static int run_block(struct chain *chain, const struct block *block, struct err *err)
{
    double began = clock_steady_s();
    int rc = run_calcs(chain, block, err);
    float each = (float)((clock_steady_s() - began) / (double)block->n);
    for (size_t i = 0; i < block->n; i++)
        block->outcomes[i].seconds = each;
    return rc;
}

static int reserve(struct chain *chain, size_t n, struct err *err)
{
    size_t n_ran = n * chain->n_calcs;
    if (n > chain->cap_live) {
        size_t *live = mem_resize(chain->live, chain->cap_live, n, sizeof *live);
        if (!live)
            return mem_error(err);
        chain->live = live;
        chain->cap_live = n;
    }
    if (chain->has_only_if && n_ran > chain->cap_ran) {
        uint8_t *ran = mem_resize(chain->ran, chain->cap_ran, n_ran, sizeof *ran);
        if (!ran)
            return mem_error(err);
        chain->ran = ran;
        chain->cap_ran = n_ran;
    }
    if (chain->has_only_if && n_ran > 0)
        memset(chain->ran, RAN_NOT, n_ran);
    return 0;
}

static int init_points(struct chain *chain, const struct block *block, struct err *err)
{
    const struct scan *scan = chain->scan;
    memset(block->outcomes, 0, block->n * sizeof *block->outcomes);
    for (size_t i = 0; i < block->n; i++) {
        struct outcome *outcome = &block->outcomes[i];
        double *row = block_row(block, i);
        outcome->calculator = -1;
        for (size_t v = scan->n_params; v < scan->n_values; v++)
            row[v] = NAN;
        if (chain->n_steps == 0)
            continue;
        outcome->steps = mem_array(chain->n_steps, sizeof *outcome->steps);
        if (!outcome->steps)
            return mem_error(err);
        outcome->n_steps = chain->n_steps;
        for (size_t c = 0; c < chain->n_calcs; c++) {
            if (chain->calcs[c].step != SIZE_MAX)
                outcome->steps[chain->calcs[c].step].calculator = (uint16_t)c;
        }
    }
    return 0;
}

/* Between points: was the point in hand's successor killed too? */
static bool look_for_cancel(struct chain *chain)
{
    struct pollfd fd = {.fd = chain->options.cancel_fd, .events = POLLIN};
    if (chain->is_cancelled)
        return true;
    if (fd.fd < 0 || clock_steady_s() < chain->cancel_quiet_until || poll(&fd, 1, 0) <= 0)
        return false;
    return chain_is_cancelled(chain);
}

static int run_singly(struct chain *chain, const struct block *block, struct err *err)
{
    for (size_t i = 0; i < block->n; i++) {
        struct block one = *block;
        one.n = 1;
        one.ids += i;
        one.rows = block_row(block, i);
        one.outcomes += i;
        if (i > 0 && look_for_cancel(chain)) {
            if (outcome_fail(one.outcomes, &chain->calcs[0], REASON_KILLED, "run",
                             "killed on request before it ran", NULL, 0, err) != 0)
                return -1;
            continue;
        }
        if (chain->has_only_if)
            memset(chain->ran, RAN_NOT, chain->n_calcs);
        if (run_block(chain, &one, err) != 0)
            return -1;
    }
    return 0;
}

int chain_run(struct chain *chain, size_t n, const uint64_t *ids, double *rows, size_t stride,
              struct outcome *outcomes, struct err *err)
{
    struct block block = {.n = n, .ids = ids, .rows = rows, .stride = stride, .outcomes = outcomes};
    if (n == 0)
        return 0;
    chain->is_cancelled = false;
    if (init_points(chain, &block, err) != 0)
        return -1;
    if (reserve(chain, n, err) != 0)
        return -1;
    block.ran = chain->ran;
    return chain->has_exec ? run_singly(chain, &block, err) : run_block(chain, &block, err);
}

/* ---- describing ----------------------------------------------------------------------------- */

static int describe_run(const struct calc *calc, struct buf *out, struct err *err)
{
    TRY(describe_file(out, calc->def->name, calc->argv[0], calc->version, err));
    for (size_t i = 1; i < calc->n_args; i++) { /* scripts */
        if (calc->argv[i][0] == '/' && is_regular_file(calc->argv[i]))
            TRY(describe_file(out, calc->def->name, calc->argv[i], NULL, err));
    }
    for (size_t i = 0; i < calc->n_cards; i++) {
        if (calc->cards[i].path)
            TRY(describe_file(out, calc->def->name, calc->cards[i].path, NULL, err));
    }
    return 0;
out:
    return -1;
}

int chain_describe(struct chain *chain, struct buf *out, struct err *err)
{
    for (size_t i = 0; i < chain->n_calcs; i++) {
        const struct calc *calc = &chain->calcs[i];
        if (calc->def->kind == CALC_PLUGIN && plugin_describe(calc, out, err) != 0)
            return -1;
        if (calc->n_args > 0 && describe_run(calc, out, err) != 0)
            return -1;
    }
    return 0;
}
