/* check.c: are the constraints and the target of a scan file sound? */
#include "judge_private.h"

#include <stdio.h>
#include <string.h>

static int tell(const char *what, struct scan_pos pos, const char *text, size_t column,
                struct scan_diagnostics *diagnostics, const struct err *trouble, struct err *err)
{
    if (trouble->code == ERR_MEMORY)
        return mem_error(err);
    struct scan_pos at = scan_pos_within(pos, text, column);
    size_t file = strspn(text, " \t");
    file += strncmp(text + file, "curve", 5) == 0 ? 5 : 0;
    if (column == file + strspn(text + file, " \t") && column > file && at.length < pos.length)
        at.length = (unsigned)strcspn(text + column, ", \t"); /* the file's whole name */
    scan_diagnose(diagnostics, at, NULL, NULL, "%s: %s", what, trouble->message);
    return 0;
}

/* Names for the target: values, terms, chi2 and what belongs to each term. */
struct names {
    const char **names, **atoms;
    size_t n, n_atoms;
    struct arena *arena;
};

static int make_names(const struct scan *scan, struct names *names, struct err *err)
{
    names->arena = arena_create();
    if (names->arena == NULL)
        return mem_error(err);
    names->names = arena_array(names->arena, scan->n_values + 1 + 2 * scan->n_constraints,
                               sizeof *names->names);
    names->atoms = arena_array(names->arena, scan->n_constraints, sizeof *names->atoms);
    if (names->names == NULL || names->atoms == NULL)
        return mem_error(err);
    for (size_t i = 0; i < scan->n_values; i++)
        names->names[names->n++] = scan->value_names[i];
    names->names[names->n++] = "chi2";
    for (size_t i = 0; i < scan->n_constraints; i++) {
        const char *name = scan->constraints[i].name;
        char *chi2 = arena_printf(names->arena, "chi2_%s", name);
        char *pull = arena_printf(names->arena, "pull_%s", name);
        if (chi2 == NULL || pull == NULL)
            return mem_error(err);
        names->names[names->n++] = chi2;
        names->names[names->n++] = pull;
        names->atoms[names->n_atoms++] = name;
    }
    return 0;
}

static int check_target(const struct scan *scan, struct scan_diagnostics *diagnostics,
                        struct err *err)
{
    struct names names = {0};
    struct err trouble = ERR_INIT;
    size_t column = 0;
    int rc = make_names(scan, &names, err);
    if (rc == 0) {
        struct cond *target = cond_create(scan->target, names.names, names.n, names.atoms,
                                          names.n_atoms, &column, &trouble);
        if (target == NULL)
            rc = tell("target", scan->pos_target, scan->target, column, diagnostics, &trouble, err);
        cond_free(target);
    }
    arena_free(names.arena);
    return rc;
}

/* "higgs: mh" is legal, and most often a comparison that was forgotten. */
static void warn_of_bare(const struct scan_constraint *constraint, const struct term *term,
                         struct scan_diagnostics *diagnostics)
{
    const char *bare = term->kind == TERM_CONDITION ? cond_bare(term->cond) : NULL;
    if (bare != NULL)
        scan_warn(
            diagnostics, constraint->pos,
            "%s: %s is compared with nothing, so any number but zero is true: write \"%s > 1\", "
            "\"%s in 1 .. 2\", or \"%s != 0\" if that is meant",
            constraint->name, bare, bare, bare, bare);
}

int judge_check(const struct scan *scan, struct scan_diagnostics *diagnostics, struct err *err)
{
    struct term_names names = {scan->value_names, scan->n_values, scan->folder};
    for (size_t i = 0; i < scan->n_constraints; i++) {
        const struct scan_constraint *constraint = &scan->constraints[i];
        struct term term;
        struct err trouble = ERR_INIT;
        size_t column = 0;
        if (term_create(&term, constraint->name, constraint->text, &names, &column, &trouble) ==
            0) {
            warn_of_bare(constraint, &term, diagnostics);
            term_free(&term);
        } else if (tell(constraint->name, constraint->pos, constraint->text, column, diagnostics,
                        &trouble, err) != 0) {
            return -1;
        }
    }
    if (scan->n_constraints == 0 && scan->integrand == NULL && strcmp(scan->target, "all") == 0 &&
        scan_n_errors(diagnostics) == 0)
        scan_warn(diagnostics, (struct scan_pos){0},
                  "there is no constraint: every point that runs is accepted");
    if (scan->n_constraints > JUDGE_MAX_TERMS)
        scan_diagnose(diagnostics, scan->constraints[JUDGE_MAX_TERMS].pos, NULL, NULL,
                      "more than %d constraints", JUDGE_MAX_TERMS);
    return strcmp(scan->target, "all") == 0 ? 0 : check_target(scan, diagnostics, err);
}
