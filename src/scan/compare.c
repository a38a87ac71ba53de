/* compare.c: what changed between the stored scan and the edited file.
 *
 *     cosmetic       comments, names, workers, where programs lie
 *     re-evaluate    constraints and target: stored points get new labels, nothing is run
 *     extends        ranges, goal, search, limits: what comes is different, what is there stays
 *     incompatible   parameters and calculators: the stored values would mean something else
 *
 * The gravest difference decides; each is one line of words. */
#include "theodolite/scan.h"

#include <stdio.h>
#include <string.h>

struct comparison {
    struct scan_change *change;
    struct err *err;
    int rc;
    bool is_goal; /* the goal is looked at */
};

static void note(struct comparison *c, enum scan_change_kind kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void note(struct comparison *c, enum scan_change_kind kind, const char *format, ...)
{
    static const char *const names[] = {"cosmetic", "re-evaluate", "extends", "incompatible"};
    char words[500];
    va_list args;
    va_start(args, format);
    vsnprintf(words, sizeof words, format, args);
    va_end(args);
    if (kind > c->change->kind)
        c->change->kind = kind;
    if (kind != CHANGE_COSMETIC && !c->is_goal)
        c->change->is_goal_only = false;
    if (c->rc == 0)
        c->rc = buf_printf(&c->change->words, c->err, "%s: %s\n", names[kind], words);
}

static bool same(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static const char *shown(const char *text)
{
    return text != NULL ? text : "(none)";
}

static bool same_list(const char *const *a, const char *const *b)
{
    size_t i = 0;
    for (; a != NULL && b != NULL && a[i] != NULL && b[i] != NULL; i++)
        if (strcmp(a[i], b[i]) != 0)
            return false;
    return (a == NULL || a[i] == NULL) && (b == NULL || b[i] == NULL);
}

static bool same_doubles(const double *a, size_t n_a, const double *b, size_t n_b)
{
    for (size_t i = 0; i < n_a && n_a == n_b; i++)
        if (a[i] != b[i])
            return false;
    return n_a == n_b;
}

/* ---- parameters ----------------------------------------------------------------------------- */

static void note_prior(struct comparison *c, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void note_prior(struct comparison *c, const char *format, ...)
{
    char words[400];
    va_list args;
    va_start(args, format);
    vsnprintf(words, sizeof words, format, args);
    va_end(args);
    c->change->is_prior = true;
    note(c, CHANGE_EXTENDS, "%s", words);
}

static void compare_bound(struct comparison *c, const char *name, const char *which, const char *a,
                          const char *b)
{
    if (!same(a, b))
        note_prior(c, "%s: %s bound %s -> %s", name, which, shown(a), shown(b));
}

static bool has_choice(const struct scan_param *param, double value)
{
    for (size_t i = 0; i < param->n_choices; i++)
        if (param->choices[i] == value)
            return true;
    return false;
}

static void compare_param(struct comparison *c, const struct scan_param *a,
                          const struct scan_param *b)
{
    if (a->kind != b->kind) {
        note(c, CHANGE_INCOMPATIBLE, "%s: another kind of parameter", a->name);
        return;
    }
    if (!same(a->unit, b->unit))
        note(c, CHANGE_COSMETIC, "%s: unit \"%s\" -> \"%s\"", a->name, a->unit, b->unit);
    switch (a->kind) {
    case PRIOR_UNIFORM:
    case PRIOR_LOG:
    case PRIOR_INTEGER:
        compare_bound(c, a->name, "lower", a->lo, b->lo);
        compare_bound(c, a->name, "upper", a->hi, b->hi);
        break;
    case PRIOR_NORMAL:
        if (a->mean != b->mean || a->sigma != b->sigma)
            note_prior(c, "%s: normal %g +- %g -> %g +- %g", a->name, a->mean, a->sigma, b->mean,
                       b->sigma);
        break;
    case PRIOR_CHOICE:
        if (!same_doubles(a->choices, a->n_choices, b->choices, b->n_choices)) {
            bool is_larger = true;
            for (size_t i = 0; i < a->n_choices; i++)
                is_larger = is_larger && has_choice(b, a->choices[i]);
            note_prior(c, "%s: %s", a->name, is_larger ? "more choices" : "other choices");
        }
        break;
    case PRIOR_FIXED:
        if (a->value != b->value)
            note(c, CHANGE_INCOMPATIBLE, "%s: fixed %.10g -> %.10g", a->name, a->value, b->value);
        break;
    case PRIOR_DERIVED:
        if (!same(a->text, b->text))
            note(c, CHANGE_INCOMPATIBLE, "%s: = %s -> = %s", a->name, a->text, b->text);
        break;
    }
}

static const struct scan_param *find_param(const struct scan *scan, const char *name, size_t *i)
{
    for (*i = 0; *i < scan->n_params; ++*i)
        if (strcmp(scan->params[*i].name, name) == 0)
            return &scan->params[*i];
    return NULL;
}

static void compare_params(struct comparison *c, const struct scan *a, const struct scan *b)
{
    size_t k;
    for (size_t i = 0; i < a->n_params; i++) {
        const struct scan_param *other = find_param(b, a->params[i].name, &k);
        if (other == NULL)
            note(c, CHANGE_INCOMPATIBLE, "the parameter %s is gone", a->params[i].name);
        else if (k != i && a->n_params == b->n_params)
            note(c, CHANGE_INCOMPATIBLE, "%s: another place among the parameters",
                 a->params[i].name);
        if (other != NULL)
            compare_param(c, &a->params[i], other);
    }
    for (size_t i = 0; i < b->n_params; i++)
        if (find_param(a, b->params[i].name, &k) == NULL)
            note(c, CHANGE_INCOMPATIBLE, "the parameter %s is new", b->params[i].name);
}

/* ---- calculators ---------------------------------------------------------------------------- */

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

static void compare_run(struct comparison *c, const struct scan_calculator *a,
                        const struct scan_calculator *b)
{
    if (a->run == NULL || b->run == NULL) {
        if (a->run != b->run)
            note(c, CHANGE_INCOMPATIBLE, "%s: run", a->name);
        return;
    }
    if (strcmp(base_name(a->run[0]), base_name(b->run[0])) != 0)
        note(c, CHANGE_INCOMPATIBLE, "%s: program %s -> %s", a->name, a->run[0], b->run[0]);
    else if (a->run[0][0] == '/' && b->run[0][0] == '/' && strcmp(a->run[0], b->run[0]) != 0)
        note(c, CHANGE_COSMETIC, "%s: program %s -> %s", a->name, a->run[0], b->run[0]);
    if (!same_list(a->run + 1, b->run + 1))
        note(c, CHANGE_INCOMPATIBLE, "%s: other arguments in run", a->name);
}

static bool same_read(const struct scan_read *a, const struct scan_read *b)
{
    return a->kind == b->kind && a->is_optional == b->is_optional && same(a->source, b->source) &&
           same(a->file, b->file);
}

static const struct scan_read *find_read(const struct scan_calculator *c, const char *name)
{
    for (size_t i = 0; i < c->n_reads; i++)
        if (strcmp(c->reads[i].name, name) == 0)
            return &c->reads[i];
    return NULL;
}

/* An entry of `observables` is kept as a calculator of one value, called as that is. */
static bool is_observable(const struct scan_calculator *c)
{
    return c->kind == CALC_BUILTIN && c->n_reads == 1 && same(c->name, c->reads[0].name);
}

static const char *kind_of(const struct scan_calculator *c)
{
    return is_observable(c) ? "observable" : "calculator";
}

static void compare_reads(struct comparison *c, const struct scan_calculator *a,
                          const struct scan_calculator *b)
{
    for (size_t i = 0; i < a->n_reads; i++) {
        const struct scan_read *other = find_read(b, a->reads[i].name);
        if (other == NULL)
            note(c, CHANGE_INCOMPATIBLE, "%s: %s is no longer read", a->name, a->reads[i].name);
        else if (!same_read(&a->reads[i], other) && is_observable(a) && is_observable(b))
            note(c, CHANGE_INCOMPATIBLE, "the observable %s: = %s -> = %s", a->name,
                 a->reads[i].source, other->source);
        else if (!same_read(&a->reads[i], other))
            note(c, CHANGE_INCOMPATIBLE, "%s: %s is read from %s -> %s", a->name, a->reads[i].name,
                 a->reads[i].source, other->source);
    }
    for (size_t i = 0; i < b->n_reads; i++)
        if (find_read(a, b->reads[i].name) == NULL)
            note(c, CHANGE_INCOMPATIBLE, "%s: %s is read, which stored points do not have", a->name,
                 b->reads[i].name);
}

static void compare_writes(struct comparison *c, const struct scan_calculator *a,
                           const struct scan_calculator *b)
{
    bool is_same = a->n_writes == b->n_writes;
    for (size_t i = 0; i < a->n_writes && is_same; i++)
        is_same = same(a->writes[i].target, b->writes[i].target) &&
                  same(a->writes[i].expression, b->writes[i].expression);
    if (!is_same)
        note(c, CHANGE_INCOMPATIBLE, "%s: write", a->name);
}

static bool same_files(const struct scan_calculator *a, const struct scan_calculator *b)
{
    for (size_t i = 0; i < a->n_files && a->n_files == b->n_files; i++)
        if (!same(a->files[i].from, b->files[i].from) || !same(a->files[i].to, b->files[i].to))
            return false;
    return a->n_files == b->n_files;
}

static bool same_exits(const struct scan_calculator *a, const struct scan_calculator *b)
{
    for (size_t i = 0; i < a->n_ok_exit && a->n_ok_exit == b->n_ok_exit; i++)
        if (a->ok_exit[i] != b->ok_exit[i])
            return false;
    return a->n_ok_exit == b->n_ok_exit;
}

static void compare_calculator(struct comparison *c, const struct scan_calculator *a,
                               const struct scan_calculator *b)
{
    const struct {
        const char *what;
        bool is_same;
        enum scan_change_kind kind;
    } facts[] = {
        {"stdin", same(a->stdin_from, b->stdin_from) && same_list(a->stdin_more, b->stdin_more),
         CHANGE_INCOMPATIBLE},
        {"input",
         same(a->input, b->input) && same(a->input_name, b->input_name) &&
             same_list(a->input_more, b->input_more),
         CHANGE_INCOMPATIBLE},
        {"output", same(a->output, b->output), CHANGE_INCOMPATIBLE},
        {"plugin", same(a->plugin, b->plugin), CHANGE_INCOMPATIBLE},
        {"function", same(a->function, b->function), CHANGE_INCOMPATIBLE},
        {"inputs", same_list(a->inputs, b->inputs), CHANGE_INCOMPATIBLE},
        {"files", same_files(a, b), CHANGE_INCOMPATIBLE},
        {"ok exit", same_exits(a, b), CHANGE_INCOMPATIBLE},
        {"missing", same_doubles(a->missing, a->n_missing, b->missing, b->n_missing),
         CHANGE_INCOMPATIBLE},
        {"only if", same(a->only_if, b->only_if), CHANGE_INCOMPATIBLE},
        {"fail if", same_list(a->fail_if, b->fail_if), CHANGE_INCOMPATIBLE},
        {"echo", a->check_echo == b->check_echo, CHANGE_INCOMPATIBLE},
        {"timeout", a->timeout_s == b->timeout_s, CHANGE_EXTENDS},
        {"cpu", a->cpu_s == b->cpu_s, CHANGE_EXTENDS},
        {"memory", a->memory_bytes == b->memory_bytes, CHANGE_EXTENDS},
        {"limit output", a->output_bytes == b->output_bytes, CHANGE_EXTENDS},
        {"retries", a->retries == b->retries, CHANGE_EXTENDS},
        {"after", same_list(a->after, b->after), CHANGE_COSMETIC},
        {"keep", a->keep == b->keep, CHANGE_COSMETIC},
    };
    if (a->kind != b->kind) {
        note(c, CHANGE_INCOMPATIBLE, "%s: another kind of calculator", a->name);
        return;
    }
    compare_run(c, a, b);
    for (size_t i = 0; i < sizeof facts / sizeof facts[0]; i++)
        if (!facts[i].is_same)
            note(c, facts[i].kind, "%s: %s", a->name, facts[i].what);
    compare_writes(c, a, b);
    compare_reads(c, a, b);
}

static const struct scan_calculator *find_calculator(const struct scan *scan, const char *name)
{
    for (size_t i = 0; i < scan->n_calculators; i++)
        if (strcmp(scan->calculators[i].name, name) == 0)
            return &scan->calculators[i];
    return NULL;
}

static void compare_calculators(struct comparison *c, const struct scan *a, const struct scan *b)
{
    for (size_t i = 0; i < a->n_calculators; i++) {
        const struct scan_calculator *other = find_calculator(b, a->calculators[i].name);
        if (other == NULL)
            note(c, CHANGE_INCOMPATIBLE, "the %s %s is gone", kind_of(&a->calculators[i]),
                 a->calculators[i].name);
        else
            compare_calculator(c, &a->calculators[i], other);
    }
    for (size_t i = 0; i < b->n_calculators; i++)
        if (find_calculator(a, b->calculators[i].name) == NULL)
            note(c, CHANGE_INCOMPATIBLE, "the %s %s is new", kind_of(&b->calculators[i]),
                 b->calculators[i].name);
    for (size_t i = 0; i < a->n_calculators && a->n_calculators == b->n_calculators; i++)
        if (strcmp(a->calculators[i].name, b->calculators[i].name) != 0 &&
            find_calculator(b, a->calculators[i].name) != NULL) {
            note(c, CHANGE_INCOMPATIBLE, "the calculators run in another order");
            break;
        }
}

/* ---- the rest ------------------------------------------------------------------------------- */

static const struct scan_constraint *find_constraint(const struct scan *scan, const char *name)
{
    for (size_t i = 0; i < scan->n_constraints; i++)
        if (strcmp(scan->constraints[i].name, name) == 0)
            return &scan->constraints[i];
    return NULL;
}

static void compare_constraints(struct comparison *c, const struct scan *a, const struct scan *b)
{
    for (size_t i = 0; i < a->n_constraints; i++) {
        const struct scan_constraint *old = &a->constraints[i];
        const struct scan_constraint *other = find_constraint(b, old->name);
        if (other == NULL)
            note(c, CHANGE_REEVALUATE, "the constraint %s is gone", old->name);
        else if (!same(old->text, other->text))
            note(c, CHANGE_REEVALUATE, "%s: %s -> %s", old->name, old->text, other->text);
    }
    for (size_t i = 0; i < b->n_constraints; i++)
        if (find_constraint(a, b->constraints[i].name) == NULL)
            note(c, CHANGE_REEVALUATE, "the constraint %s is new", b->constraints[i].name);
    for (size_t i = 0; i < a->n_constraints && a->n_constraints == b->n_constraints; i++)
        if (strcmp(a->constraints[i].name, b->constraints[i].name) != 0 &&
            find_constraint(b, a->constraints[i].name) != NULL) {
            note(c, CHANGE_REEVALUATE, "the constraints stand in another order");
            break;
        }
    if (!same(a->target, b->target))
        note(c, CHANGE_REEVALUATE, "target: %s -> %s", a->target, b->target);
}

static void compare_goals(struct comparison *c, const struct scan *a, const struct scan *b)
{
    bool is_same = a->n_goals == b->n_goals;
    for (size_t i = 0; i < a->n_goals && is_same; i++)
        is_same = a->goals[i].kind == b->goals[i].kind && a->goals[i].value == b->goals[i].value;
    if (!is_same)
        note(c, CHANGE_EXTENDS, "goal: %s -> %s%s", a->n_goals > 0 ? a->goals[0].text : "(none)",
             b->n_goals > 0 ? b->goals[0].text : "(none)", b->n_goals > 1 ? ", ..." : "");
}

static void compare_search(struct comparison *c, const struct scan *a, const struct scan *b)
{
    const struct scan_search *x = &a->search, *y = &b->search;
    const struct {
        const char *what;
        double old, new;
    } numbers[] = {{"start", (double)x->start, (double)y->start},
                   {"batch", (double)x->batch, (double)y->batch},
                   {"explore", x->explore, y->explore},
                   {"members", (double)x->members, (double)y->members},
                   {"hidden", (double)x->hidden, (double)y->hidden},
                   {"steps", (double)x->steps, (double)y->steps},
                   {"smote neighbours", (double)x->smote_neighbours, (double)y->smote_neighbours}};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        if (numbers[i].old != numbers[i].new)
            note(c, CHANGE_EXTENDS, "search: %s %g -> %g", numbers[i].what, numbers[i].old,
                 numbers[i].new);
    const struct {
        const char *what, *old, *new;
    } words[] = {{"smote", scan_smote_name(x->smote), scan_smote_name(y->smote)},
                 {"learner", scan_learner_name(x->learner), scan_learner_name(y->learner)},
                 {"aim", scan_aim_name(x->aim), scan_aim_name(y->aim)}};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (!same(words[i].old, words[i].new))
            note(c, CHANGE_EXTENDS, "search: %s %s -> %s", words[i].what, words[i].old,
                 words[i].new);
    if (x->method != y->method || !same(x->list, y->list))
        note(c, CHANGE_EXTENDS, "search: method %s -> %s", scan_method_name(x->method),
             scan_method_name(y->method));
    if (a->seed != b->seed)
        note(c, CHANGE_EXTENDS, "seed: %llu -> %llu", (unsigned long long)a->seed,
             (unsigned long long)b->seed);
}

/* A survey passes over them, so that its points stay what they are. */
static void compare_integral(struct comparison *c, const struct scan *a, const struct scan *b)
{
    const struct scan_integrate *x = &a->integrate, *y = &b->integrate;
    if (!same(a->integrand, b->integrand))
        note(c, CHANGE_EXTENDS, "integrand: %s -> %s", shown(a->integrand), shown(b->integrand));
    if (a->integrand == NULL || b->integrand == NULL)
        return;
    const struct {
        const char *what, *old, *new;
    } words[] = {{"method", scan_integral_name(x->method), scan_integral_name(y->method)},
                 {"cuts", scan_cuts_name(x->cuts), scan_cuts_name(y->cuts)},
                 {"measure", scan_measure_name(x->measure), scan_measure_name(y->measure)}};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (!same(words[i].old, words[i].new))
            note(c, CHANGE_EXTENDS, "integrate: %s %s -> %s", words[i].what, words[i].old,
                 words[i].new);
    if (x->classes != y->classes)
        note(c, CHANGE_EXTENDS, "integrate: classes %zu -> %zu", x->classes, y->classes);
    if (!same(x->unit, y->unit))
        note(c, CHANGE_COSMETIC, "integrate: unit %s -> %s", x->unit, y->unit);
}

static void compare_place(struct comparison *c, const struct scan *a, const struct scan *b)
{
    if (!same(a->name, b->name))
        note(c, CHANGE_COSMETIC, "scan: %s -> %s", a->name, b->name);
    if (a->run.workers != b->run.workers)
        note(c, CHANGE_COSMETIC, "run: workers %zu -> %zu", a->run.workers, b->run.workers);
    if (!same(a->run.launcher, b->run.launcher))
        note(c, CHANGE_COSMETIC, "run: launcher %s -> %s", shown(a->run.launcher),
             shown(b->run.launcher));
    if (!same(a->run.scratch, b->run.scratch))
        note(c, CHANGE_COSMETIC, "run: scratch %s -> %s", shown(a->run.scratch),
             shown(b->run.scratch));
}

int scan_compare(const struct scan *stored, const struct scan *edited, struct scan_change *change,
                 struct err *err)
{
    struct comparison c = {.change = change, .err = err};
    change->kind = CHANGE_COSMETIC;
    change->is_goal_only = true;
    change->is_prior = false;
    buf_init(&change->words, 1 << 20);
    compare_place(&c, stored, edited);
    c.is_goal = true;
    compare_goals(&c, stored, edited);
    c.is_goal = false;
    compare_integral(&c, stored, edited);
    compare_search(&c, stored, edited);
    compare_params(&c, stored, edited);
    compare_calculators(&c, stored, edited);
    compare_constraints(&c, stored, edited);
    if (c.rc != 0)
        buf_free(&change->words);
    return c.rc;
}
