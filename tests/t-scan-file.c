/* t-scan-file.c: what comes out of a scan file: every key, the order of the chain, --set, use:,
 * tools.yaml, addresses in constraints, goals, and memory that ends at any moment. */
#include "t-scan-help.h"

#include <stdio.h>

static const struct scan_calculator *calculator(const struct scan *scan, const char *name)
{
    for (size_t i = 0; i < scan->n_calculators; i++)
        if (strcmp(scan->calculators[i].name, name) == 0)
            return &scan->calculators[i];
    bail_out("there is no calculator %s", name);
}

static const struct scan_read *read_of(const struct scan_calculator *c, const char *name)
{
    for (size_t i = 0; i < c->n_reads; i++)
        if (strcmp(c->reads[i].name, name) == 0)
            return &c->reads[i];
    bail_out("there is no read %s", name);
}

static void parameters(const struct scan *scan)
{
    const struct scan_param *p = scan->params;
    is_size(scan->n_params, 10, "ten parameters");
    ok(p[0].kind == PRIOR_LOG && strcmp(p[0].lo, "50") == 0 && strcmp(p[0].hi, "5000") == 0, "log");
    is_str(p[0].unit, "GeV", "with its unit");
    is_int(p[0].pos.line, 6, "and its line");
    is_int(p[0].pos_hi.column, 20, "and the column of its bound");
    is_str(p[1].lo, "100", "a unit behind the lower bound too");
    is_str(p[2].lo, "-3*m0", "a bound over another parameter");
    is_str(p[2].hi, "max(3*m0, 10)", "with a function");
    is_str(p[3].unit, "", "no unit");
    ok(p[4].kind == PRIOR_CHOICE && p[4].n_choices == 2 && p[4].choices[0] == -1, "choice");
    ok(p[5].kind == PRIOR_NORMAL && p[5].mean == 172.5 && p[5].sigma == 0.7, "normal");
    ok(p[6].kind == PRIOR_INTEGER, "integer");
    ok(p[7].kind == PRIOR_FIXED && p[7].value == 91.1876, "fixed");
    ok(p[8].kind == PRIOR_DERIVED, "derived");
    is_str(p[8].text, "A0/m0", "with its expression");
    is_str(p[9].unit, "GeV^2", "and a unit in brackets");
}

static void goals(const struct scan *scan)
{
    static const enum goal_kind kinds[] = {GOAL_ACCEPTED, GOAL_POINTS, GOAL_SECONDS,
                                           GOAL_VOLUME_ERROR};
    static const double values[] = {5000, 100000, 28800, 0.05};
    is_size(scan->n_goals, 4, "four goals");
    for (size_t i = 0; i < scan->n_goals; i++) {
        is_int(scan->goals[i].kind, kinds[i], "goal %zu", i);
        is_double(scan->goals[i].value, values[i], 1e-15, "its value");
    }
}

static void calculators(const struct scan *scan)
{
    const struct scan_calculator *c = calculator(scan, "softsusy");
    ok(c->kind == CALC_EXEC, "exec");
    is_str(c->run[1], "leshouches", "the words of run");
    is_str(c->stdin_from, "good-curve.dat", "the template");
    is_str(c->writes[1].expression, "sqrt(m12^2)", "an expression to write");
    is_str(read_of(c, "mu")->source, "HMIX[1] @ Q=1000", "an address at a scale");
    ok(read_of(c, "wh")->is_optional && !read_of(c, "mh")->is_optional, "optional");
    ok(read_of(c, "brbb")->is_optional, "optional behind");
    is_str(read_of(c, "brbb")->source, "BR[25 -> 5 -5]", "without the word");
    is_str(read_of(c, "mu2")->source, "HMIX[1] @ Q = 1.0e+3", "a scale with an exponent");
    is_str(read_of(c, "q")->file, "other.slha", "from a file");
    is_str(read_of(c, "q")->source, "HMIX.Q", "the scale itself");
    is_str(c->fail_if[1], "mh < 0", "fail if, as a list");
    is_double(c->timeout_s, 30, 0, "timeout");
    ok(c->keep == KEEP_FAILED && c->check_echo && c->n_ok_exit == 1, "keep, echo, ok exit");
    c = calculator(scan, "relic");
    ok(c->kind == CALC_RESIDENT && c->memory_bytes == 2000000000 && c->retries == 2, "resident");
    is_str(c->run[2], "two words", "a word with a blank");
    is_str(c->run[3], "", "an empty word");
    is_str(c->only_if, "mh > 120", "only if");
    is_str(read_of(c, "omega")->source, "omega", "outputs by their own names");
    c = calculator(scan, "tables");
    is_str(c->input, "good-curve.dat", "input FILE");
    is_str(c->input_name, "susy.in", "as NAME");
    is_str(c->files[1].to, "../EXPCON", "a file beside the scratch folder");
    ok(c->files[1].is_link && !c->files[2].is_link, "linked or copied");
    is_str(c->files[2].to, "b.dat", "an absolute file by its base name");
    is_str(c->files[3].to, "d/e.dat", "or under another");
    ok(c->n_missing == 2 && c->missing[0] == -999, "missing");
    ok(c->cpu_s == 10 && c->output_bytes == 1000000 && !c->check_echo, "limits");
    is_str(read_of(c, "om")->source, "Omega h^2 = %g", "a line");
    is_str(read_of(c, "ct")->source, "higgs.couplings[2]", "a JSON path");
    ok(read_of(c, "cl")->column == 3 && read_of(c, "cl")->row == -1, "a column");
    is_str(read_of(c, "cl")->file, "prof_cl.dat", "of another file");
    c = calculator(scan, "gm2");
    ok(c->n_ok_exit == 2 && c->ok_exit[1] == 1, "ok exit");
    c = calculator(scan, "shells");
    ok(c->kind == CALC_PLUGIN && c->inputs[1] != NULL && c->inputs[2] == NULL, "plugin");
    is_str(read_of(c, "out2")->source, "F", "an output by another name");
}

static size_t place(const struct scan *scan, const char *name)
{
    return (size_t)(calculator(scan, name) - scan->calculators);
}

static void chain(const struct scan *scan)
{
    ok(place(scan, "softsusy") < place(scan, "gm2"), "after");
    ok(place(scan, "mw_tool") < place(scan, "shift") &&
           place(scan, "shift") < place(scan, "late") &&
           place(scan, "late") < place(scan, "double"),
       "observables behind what they use");
    is_size(scan->n_params, scan_value_index(scan, "mh"),
            "the first observable is behind the parameters");
    size_t value = scan->n_params, n_wrong = 0;
    for (size_t i = 0; i < scan->n_calculators; i++)
        for (size_t k = 0; k < scan->calculators[i].n_reads; k++, value++)
            n_wrong += scan->calculators[i].reads[k].value != value ||
                       strcmp(scan->value_names[value], scan->calculators[i].reads[k].name) != 0;
    is_size(n_wrong, 0, "values are numbered in the order of the chain");
    is_size(value, scan->n_values, "all of them");
    is_size(scan_value_index(scan, "nothing"), SIZE_MAX, "an unknown name");
}

static void addresses(const struct scan *scan)
{
    is_str(scan->constraints[5].text, "mh > 100", "an address that is read already");
    is_str(scan->constraints[6].text, "MASS_35_ > 300 and MASS_35_ < 3000", "one that is not");
    is_str(scan->constraints[7].text, "BR_25_15_m15_ < 0.1", "a branching ratio");
    const struct scan_read *read = read_of(calculator(scan, "gm2"), "MASS_35_");
    ok(read->is_implicit && read->kind == READ_SLHA, "is read where SLHA comes last");
    is_str(read->source, "MASS[35]", "from its address");
}

static void rest(const struct scan *scan)
{
    const struct scan_search *s = &scan->search;
    ok(scan->seed == 20261122, "seed");
    ok(s->method == METHOD_REGRESSOR && s->start == 500 && s->batch == 200 && s->explore == 0.2 &&
           s->members == 3 && s->hidden == 32 && s->steps == 100 && s->smote == SMOTE_NO &&
           s->smote_neighbours == 7 && s->learner == LEARNER_KERNEL && s->aim == AIM_BOUNDARY,
       "search");
    ok(scan->run.workers == 8, "workers");
    is_str(scan->run.launcher, "srun -n1 -c1 --exact", "launcher");
    is_str(scan->run.scratch, "/tmp/x y", "scratch");
}

static void complete(void)
{
    char *text = data_text("complete.yaml");
    struct scan *scan = scan_of(text, NULL);
    if (ok(scan != NULL, "a file with everything is read")) {
        is_str(scan->name, "complete", "its name");
        parameters(scan);
        goals(scan);
        calculators(scan);
        chain(scan);
        addresses(scan);
        rest(scan);
    }
    scan_free(scan);
    mem_free(text);
}

/* What stands behind smote:, and what is taken from it. */
static void smote_words(void)
{
    static const struct {
        const char *word;
        enum search_smote kind;
    } words[] = {{"no", SMOTE_NO},        {"off", SMOTE_NO},
                 {"false", SMOTE_NO},     {"yes", SMOTE_PLAIN},
                 {"True", SMOTE_PLAIN},   {"on", SMOTE_PLAIN},
                 {"smote", SMOTE_PLAIN},  {"borderline", SMOTE_BORDERLINE},
                 {"adasyn", SMOTE_ADASYN}};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        char text[160];
        snprintf(text, sizeof text,
                 "goal: 10 points\nparameters: {x: uniform 0 .. 1}\nsearch: {smote: %s}\n",
                 words[i].word);
        struct scan *scan = scan_of(text, NULL);
        ok(scan != NULL && scan->search.smote == words[i].kind, "smote: %s is %s", words[i].word,
           scan_smote_name(words[i].kind));
        scan_free(scan);
    }
}

static void defaults(void)
{
    struct scan_diagnostics *diagnostics = scan_diagnostics_create();
    struct err err = ERR_INIT;
    struct scan *scan = NULL;
    scan_parse("parameters: {x: uniform 0 .. 1}\n", "dir/my.scan.yaml", ".", NULL, &scan,
               diagnostics, &err);
    if (ok(scan != NULL, "a scan of one line")) {
        is_str(scan->name, "my", "is named after its file");
        is_str(scan->target, "all", "asks for all");
        ok(scan->n_goals == 1 && scan->goals[0].kind == GOAL_ACCEPTED, "has a goal");
        ok(scan->search.method == METHOD_CLASSIFIER && scan->search.start == 1000 &&
               scan->search.batch == 300 && scan->search.explore == 0.1 &&
               scan->search.smote == SMOTE_PLAIN,
           "and a search");
        is_size(scan_n_errors(diagnostics), 0, "without errors");
        is_size(scan_n_warnings(diagnostics), 1, "and the warning that it has no goal");
    }
    scan_free(scan);
    scan_diagnostics_free(diagnostics);
}

static void sets(void)
{
    static const char *const list[] = {"search.batch=17",
                                       "parameters.x=uniform 2 .. 3",
                                       "parameters.new=fixed 4",
                                       "run.workers=2",
                                       "goal=7 points",
                                       "calculators.c.timeout=5 s",
                                       NULL};
    struct scan_options options = {.sets = list, .tools = "/dev/null"};
    struct scan *scan = scan_of("goal: 3 points\nparameters: {x: uniform 0 .. 1}\n"
                                "calculators:\n  c: {run: prog, read: {a: \"M[1]\"}}\n",
                                &options);
    ok(scan->search.batch == 17, "a key of a section that was not there");
    is_str(scan->params[0].lo, "2", "a parameter's text");
    is_str(scan->params[1].name, "new", "a new parameter");
    ok(scan->run.workers == 2 && scan->goals[0].value == 7, "other sections");
    ok(scan->calculators[0].timeout_s == 5, "a calculator's key");
    scan_free(scan);
}

static void use_and_tools(void)
{
    char plugins[1100], tools[1100];
    const char *const dirs[] = {"/nowhere", plugins, NULL};
    struct scan_options options = {.tools = tools, .plugin_dirs = dirs};
    snprintf(plugins, sizeof plugins, "%s/plugins", data_dir());
    snprintf(tools, sizeof tools, "%s/tools.yaml", data_dir());
    struct scan *scan = scan_of("goal: 3 points\nparameters: {m0: uniform 0 .. 1}\n"
                                "calculators:\n  s: {use: spectrum, timeout: 3 s}\n",
                                &options);
    const struct scan_calculator *c = &scan->calculators[0];
    is_str(c->run[0], "/opt/softsusy/softpoint.x", "the program's path is this machine's");
    is_str(c->run[1], "leshouches", "the rest is the definition's");
    ok(c->timeout_s == 3, "the entry's own key wins");
    has_str(c->stdin_from, "/plugins/card.in", "a file beside the definition is found");
    is_str(c->reads[0].name, "mh", "its reads");
    scan_free(scan);
}

static void merge_keys(void)
{
    struct scan *scan = scan_of("goal: 3 points\nparameters: {m0: uniform 0 .. 1}\n"
                                "calculators:\n"
                                "  a: &base {run: prog x, timeout: 3 s, retries: 1}\n"
                                "  b:\n    <<: *base\n    retries: 2\n    read: {y: 'M[2]'}\n",
                                NULL);
    is_str(scan->calculators[1].run[1], "x", "a merge key brings keys");
    ok(scan->calculators[1].retries == 2 && scan->calculators[1].timeout_s == 3, "own ones win");
    scan_free(scan);
}

static void goal_is(const char *text, enum goal_kind kind, double value)
{
    struct arena *arena = arena_create();
    struct err err = ERR_INIT;
    struct scan_goal goal = {0};
    if (ok(scan_parse_goal(text, arena, &goal, &err) == 0, "the goal %s %s", text, err.message)) {
        is_int(goal.kind, kind, "%s: kind", text);
        is_double(goal.value, value, 1e-15, "%s: value", text);
    }
    arena_free(arena);
}

static void single_goals(void)
{
    struct arena *arena = arena_create();
    struct scan_goal goal;
    static const char *const bad[] = {"",       "accepted",      "5.5 accepted", "-5 points",   "5",
                                      "volume", "volume to 0 %", "1e99 points",  "8 lightyears"};
    goal_is("5000 accepted", GOAL_ACCEPTED, 5000);
    goal_is(" 5 000  accepted ", GOAL_ACCEPTED, 5000);
    goal_is("1e5 points", GOAL_POINTS, 100000);
    goal_is("20 000 calls", GOAL_POINTS, 20000);
    goal_is("30 min", GOAL_SECONDS, 1800);
    goal_is("2 d", GOAL_SECONDS, 172800);
    goal_is("volume to 5%", GOAL_VOLUME_ERROR, 0.05);
    goal_is("volume to 0.1", GOAL_VOLUME_ERROR, 0.1);
    goal_is("covered 95 %", GOAL_COVERED, 0.95);
    goal_is("covered 0.9", GOAL_COVERED, 0.9);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct err err = ERR_INIT;
        ok(scan_parse_goal(bad[i], arena, &goal, &err) != 0 && err.code == ERR_SCAN,
           "\"%s\" is no goal", bad[i]);
        ok(!strstr(err.message, "did you mean"), "nor near to one");
    }
    static const char *const beyond[] = {"covered 100 %", "-5 accepted", "0 calls",
                                         "volume to 2",   "error 0",     "0 s"};
    for (size_t i = 0; i < sizeof beyond / sizeof beyond[0]; i++) {
        struct err range = ERR_INIT;
        ok(scan_parse_goal(beyond[i], arena, &goal, &range) != 0 && range.code == ERR_SCAN &&
               strstr(range.message, "is out of range: "),
           "%s", range.message);
    }
    struct err err = ERR_INIT;
    ok(scan_parse_goal("500 acepted", arena, &goal, &err) != 0 &&
           strstr(err.message, "did you mean \"accepted\"?"),
       "a mistyped goal: %s", err.message);
    arena_free(arena);
}

/* Every allocation fails once: ERR_MEMORY each time, nothing lost (the sanitizers tell). */
static void memory(void)
{
    char *text = data_text("complete.yaml");
    unsigned long n = 0, n_other = 0;
    int rc = -1;
    while (rc != 0 && n < 20000) {
        struct scan_diagnostics *diagnostics = scan_diagnostics_create();
        struct err err = ERR_INIT;
        struct scan *scan = NULL;
        mem_fail_at(++n);
        rc = scan_parse(text, "x.yaml", data_dir(), NULL, &scan, diagnostics, &err);
        mem_fail_at(0);
        n_other += rc != 0 && err.code != ERR_MEMORY;
        scan_free(scan);
        scan_diagnostics_free(diagnostics);
    }
    ok(rc == 0 && n > 20, "each of %lu allocations may fail", n);
    is_uint(n_other, 0, "and is told as such");
    mem_free(text);
}

/* Bytes that continue no character: a long line of them is cut like any other. */
static void no_utf8(void)
{
    static char text[600];
    struct scan_diagnostics *diagnostics = scan_diagnostics_create();
    struct err err = ERR_INIT;
    struct scan *scan = NULL;
    const char *second, *end;
    struct buf said;

    buf_init(&said, 1 << 20);
    memset(text, 0x98, sizeof text - 1);
    memcpy(text, "1: ", 3);
    scan_parse(text, "x.yaml", data_dir(), NULL, &scan, diagnostics, &err);
    scan_diagnose(diagnostics, (struct scan_pos){.line = 1, .column = 100}, NULL, NULL, "here");
    is_int(scan_print_diagnostics(diagnostics, "x.yaml", text, &said, &err), 0,
           "bytes that are no text");
    second = said.data ? strstr(said.data, "\n    ") : NULL;
    end = second ? strchr(second + 1, '\n') : NULL;
    ok(end && end - second < 200, "600 of them are shown in part: %td", end ? end - second : 0);
    buf_free(&said);
    scan_free(scan);
    scan_diagnostics_free(diagnostics);
}

/* More separators than entries, in every list: nothing is written behind its end. */
static void empty_entries(void)
{
    static const char *const frames[] = {"parameters: {x: 'choice %s'}\n", "goal: '%s'\n",
                                         "calculators: {c: {run: p, ok exit: '%s'}}\n",
                                         "calculators: {c: {run: p, fail if: '%s'}}\n"};
    static char list[9000], text[10000];
    memset(list, ',', 8000);
    for (size_t i = 0; i < sizeof frames / sizeof frames[0]; i++) {
        struct scan_diagnostics *diagnostics = scan_diagnostics_create();
        struct err err = ERR_INIT;
        struct scan *scan = NULL;
        const char *hole = strstr(frames[i], "%s");
        snprintf(text, sizeof text, "%.*s%s%s", (int)(hole - frames[i]), frames[i], list, hole + 2);
        ok(scan_parse(text, "x.yaml", ".", NULL, &scan, diagnostics, &err) == 0 &&
               scan_n_errors(diagnostics) > 0,
           "a list of nothing but commas is an error: %.30s", frames[i]);
        scan_free(scan);
        scan_diagnostics_free(diagnostics);
    }
}

static void files(void)
{
    struct scan_diagnostics *diagnostics = scan_diagnostics_create();
    struct err err = ERR_INIT;
    struct scan *scan = NULL;
    char path[1200];
    ok(scan_load("/nowhere/x.yaml", NULL, &scan, diagnostics, &err) != 0 && scan == NULL,
       "a file that is not there is an error");
    err = (struct err)ERR_INIT;
    snprintf(path, sizeof path, "%s/complete.yaml", data_dir());
    ok(scan_load(path, NULL, &scan, diagnostics, &err) == 0 && scan != NULL, "a file is read");
    ok(scan != NULL && scan->folder[0] == '/', "its folder is absolute");
    scan_free(scan);
    scan_diagnostics_free(diagnostics);
}

int main(void)
{
    complete();
    smote_words();
    defaults();
    sets();
    use_and_tools();
    merge_keys();
    single_goals();
    no_utf8();
    empty_entries();
    files();
    memory();
    return done_testing();
}
