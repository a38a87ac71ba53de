/* resolve.c: the scan as a scan file again, with every default spelled out.
 *
 * What use:, tools.yaml, --set and addresses in constraints brought in is written where it belongs,
 * the calculators stand in the order in which they run, and programs have their absolute paths.
 * Reading this text gives the same description, and writing that one the same text. */
#include "theodolite/scan.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

struct writer {
    struct buf *out;
    struct err *err;
    const struct scan *scan;
};

/* ---- scalars -------------------------------------------------------------------------------- */

/* May the text stand in a block of YAML without quotes? */
static bool is_plain(const char *text)
{
    size_t n = strlen(text);
    if (n == 0 || text[0] == ' ' || text[n - 1] == ' ' || text[n - 1] == ':')
        return false;
    if (strchr("?:,[]{}#&*!|>'\"%@`~", text[0]) != NULL || strncmp(text, "---", 3) == 0 ||
        strncmp(text, "...", 3) == 0 || strcmp(text, "<<") == 0)
        return false;
    if (text[0] == '-' && (n == 1 || text[1] == ' '))
        return false;
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
            return false;
    return strstr(text, ": ") == NULL && strstr(text, " #") == NULL;
}

static int put_quoted(struct writer *w, const char *text)
{
    if (buf_puts(w->out, "\"", w->err) != 0)
        return -1;
    for (const char *p = text; *p != '\0'; p++) {
        int rc;
        if (*p == '"' || *p == '\\')
            rc = buf_printf(w->out, w->err, "\\%c", *p);
        else if ((unsigned char)*p < 0x20 || *p == 0x7f)
            rc = buf_printf(w->out, w->err, "\\x%02x", (unsigned)*p);
        else
            rc = buf_append(w->out, p, 1, w->err);
        if (rc != 0)
            return -1;
    }
    return buf_puts(w->out, "\"", w->err);
}

static int put_scalar(struct writer *w, const char *text)
{
    return is_plain(text) ? buf_puts(w->out, text, w->err) : put_quoted(w, text);
}

static int put_key(struct writer *w, int indent, const char *key)
{
    if (buf_printf(w->out, w->err, "%*s", indent, "") != 0 || put_scalar(w, key) != 0)
        return -1;
    return buf_puts(w->out, ":", w->err);
}

static int put_pair(struct writer *w, int indent, const char *key, const char *value)
{
    if (put_key(w, indent, key) != 0 || buf_puts(w->out, " ", w->err) != 0 ||
        put_scalar(w, value) != 0)
        return -1;
    return buf_puts(w->out, "\n", w->err);
}

static int put_pair_if(struct writer *w, const char *key, const char *value)
{
    return value != NULL ? put_pair(w, 4, key, value) : 0;
}

static int put_number(struct writer *w, int indent, const char *key, double value, const char *unit)
{
    char number[TEXT_DOUBLE_SIZE], text[TEXT_DOUBLE_SIZE + 16];
    snprintf(text, sizeof text, "%s%s", text_shortest(number, value), unit);
    return put_pair(w, indent, key, text);
}

static int put_item(struct writer *w, int indent, const char *text)
{
    if (buf_printf(w->out, w->err, "%*s- ", indent, "") != 0 || put_scalar(w, text) != 0)
        return -1;
    return buf_puts(w->out, "\n", w->err);
}

/* key: and its items; nothing for an empty list. */
static int put_list(struct writer *w, const char *key, const char *const *items)
{
    if (items == NULL || items[0] == NULL)
        return 0;
    if (put_key(w, 4, key) != 0 || buf_puts(w->out, "\n", w->err) != 0)
        return -1;
    for (size_t i = 0; items[i] != NULL; i++)
        if (put_item(w, 6, items[i]) != 0)
            return -1;
    return 0;
}

static int put_numbers(struct writer *w, const char *key, const double *numbers, size_t n)
{
    char number[TEXT_DOUBLE_SIZE];
    if (n == 0)
        return 0;
    if (put_key(w, 4, key) != 0 || buf_puts(w->out, "\n", w->err) != 0)
        return -1;
    for (size_t i = 0; i < n; i++)
        if (put_item(w, 6, text_shortest(number, numbers[i])) != 0)
            return -1;
    return 0;
}

/* ---- parameters ----------------------------------------------------------------------------- */

static int param_words(const struct scan_param *param, struct buf *words, struct err *err)
{
    char a[TEXT_DOUBLE_SIZE], b[TEXT_DOUBLE_SIZE];
    const char *gap = param->unit[0] != '\0' ? " " : "";
    switch (param->kind) {
    case PRIOR_UNIFORM:
    case PRIOR_LOG:
    case PRIOR_INTEGER:
        return buf_printf(words, err, "%s %s .. %s%s%s",
                          param->kind == PRIOR_UNIFORM ? "uniform"
                          : param->kind == PRIOR_LOG   ? "log"
                                                       : "integer",
                          param->lo, param->hi, gap, param->unit);
    case PRIOR_NORMAL:
        return buf_printf(words, err, "normal %s +- %s%s%s", text_shortest(a, param->mean),
                          text_shortest(b, param->sigma), gap, param->unit);
    case PRIOR_FIXED:
        return buf_printf(words, err, "fixed %s%s%s", text_shortest(a, param->value), gap,
                          param->unit);
    case PRIOR_DERIVED:
        return buf_printf(words, err, param->unit[0] != '\0' ? "= %s [%s]" : "= %s", param->text,
                          param->unit);
    case PRIOR_CHOICE: break;
    }
    if (buf_puts(words, "choice ", err) != 0)
        return -1;
    for (size_t i = 0; i < param->n_choices; i++)
        if (buf_printf(words, err, "%s%s", i > 0 ? ", " : "",
                       text_shortest(a, param->choices[i])) != 0)
            return -1;
    return buf_printf(words, err, "%s%s", gap, param->unit);
}

static int put_params(struct writer *w)
{
    struct buf words;
    int rc = -1;
    buf_init(&words, 1 << 20);
    TRY(buf_puts(w->out, "parameters:\n", w->err));
    for (size_t i = 0; i < w->scan->n_params; i++) {
        buf_clear(&words);
        TRY(param_words(&w->scan->params[i], &words, w->err));
        TRY(put_pair(w, 2, w->scan->params[i].name, words.data));
    }
    rc = 0;
out:
    buf_free(&words);
    return rc;
}

/* ---- calculators ---------------------------------------------------------------------------- */

static int put_run(struct writer *w, const struct scan_calculator *c)
{
    char path[PATH_MAX];
    const char *program = c->run[0];
    if (strchr(program, '/') == NULL) {
        if (process_find_program(program, path, sizeof path) == 0 && path[0] == '/')
            program = path;
    } else if (program[0] != '/') {
        if (file_join(path, sizeof path, w->scan->folder, program, w->err) != 0)
            return -1;
        program = path;
    }
    if (put_key(w, 4, "run") != 0 || buf_puts(w->out, "\n", w->err) != 0 ||
        put_item(w, 6, program) != 0)
        return -1;
    for (size_t i = 1; c->run[i] != NULL; i++)
        if (put_item(w, 6, c->run[i]) != 0)
            return -1;
    return c->kind == CALC_RESIDENT ? put_pair(w, 4, "resident", "yes") : 0;
}

static int put_files(struct writer *w, const struct scan_calculator *c)
{
    char words[2 * PATH_MAX];
    if (c->n_files == 0)
        return 0;
    if (put_key(w, 4, "files") != 0 || buf_puts(w->out, "\n", w->err) != 0)
        return -1;
    for (size_t i = 0; i < c->n_files; i++) {
        const struct scan_file *file = &c->files[i];
        int n = snprintf(words, sizeof words, "%s%s as %s", file->is_link ? "" : "copy ",
                         file->from, file->to);
        if (n < 0 || (size_t)n >= sizeof words)
            return err_set(w->err, ERR_LIMIT, "a file's name is too long");
        if (put_item(w, 6, words) != 0)
            return -1;
    }
    return 0;
}

static int read_words(const struct scan_read *read, struct buf *words, struct err *err)
{
    const char *before = "", *behind = "";
    switch (read->kind) {
    case READ_JSON: before = "json \"", behind = "\""; break;
    case READ_LINE: before = "line \"", behind = "\""; break;
    case READ_EXPRESSION: before = "= "; break;
    default: break;
    }
    return buf_printf(words, err, "%s%s%s%s%s%s", read->is_optional ? "optional " : "", before,
                      read->source, behind, read->file != NULL ? " from " : "",
                      read->file != NULL ? read->file : "");
}

static int put_reads(struct writer *w, const struct scan_calculator *c)
{
    struct buf words;
    int rc = -1;
    buf_init(&words, 1 << 20);
    if (c->n_reads > 0)
        TRY(buf_puts(w->out, "    read:\n", w->err));
    for (size_t i = 0; i < c->n_reads; i++) {
        buf_clear(&words);
        TRY(read_words(&c->reads[i], &words, w->err));
        TRY(put_pair(w, 6, c->reads[i].name, words.data));
    }
    rc = 0;
out:
    buf_free(&words);
    return rc;
}

/* FILE + FILE as NAME */
static int put_files_joined(struct writer *w, const char *key, const char *first,
                            const char *const *more, const char *name)
{
    struct buf words;
    int rc = -1;
    if (first == NULL)
        return 0;
    buf_init(&words, 1 << 16);
    TRY(buf_puts(&words, first, w->err));
    for (size_t i = 0; more != NULL && more[i] != NULL; i++)
        TRY(buf_printf(&words, w->err, " + %s", more[i]));
    if (name != NULL)
        TRY(buf_printf(&words, w->err, " as %s", name));
    rc = put_pair(w, 4, key, words.data);
out:
    buf_free(&words);
    return rc;
}

/* What only processes have. */
static int put_process(struct writer *w, const struct scan_calculator *c)
{
    double statuses[256];
    int rc = -1;
    TRY(put_run(w, c));
    TRY(put_files(w, c));
    TRY(put_number(w, 4, "timeout", c->timeout_s, " s"));
    if (c->cpu_s > 0)
        TRY(put_number(w, 4, "cpu", c->cpu_s, " s"));
    if (c->memory_bytes > 0)
        TRY(put_number(w, 4, "memory", (double)c->memory_bytes, " B"));
    TRY(put_number(w, 4, "limit output", (double)c->output_bytes, " B"));
    TRY(put_number(w, 4, "retries", c->retries, ""));
    if (c->kind == CALC_EXEC) {
        size_t n = c->n_ok_exit < 256 ? c->n_ok_exit : 256;
        for (size_t i = 0; i < n; i++)
            statuses[i] = c->ok_exit[i];
        TRY(put_files_joined(w, "input", c->input, c->input_more, c->input_name));
        TRY(put_files_joined(w, "stdin", c->stdin_from, c->stdin_more, NULL));
        TRY(put_pair_if(w, "output", c->output));
        TRY(put_numbers(w, "ok exit", statuses, n));
        TRY(put_pair(w, 4, "echo", c->check_echo ? "yes" : "no"));
        static const char *const keeps[] = {"none", "accepted", "failed", "all"};
        TRY(put_pair(w, 4, "keep", keeps[c->keep]));
    }
    rc = 0;
out:
    return rc;
}

static int put_calculator(struct writer *w, const struct scan_calculator *c)
{
    int rc = -1;
    TRY(put_key(w, 2, c->name));
    TRY(buf_puts(w->out, "\n", w->err));
    TRY(put_list(w, "after", c->after));
    if (c->kind == CALC_EXEC || c->kind == CALC_RESIDENT)
        TRY(put_process(w, c));
    if (c->kind == CALC_PLUGIN) {
        TRY(put_pair_if(w, "plugin", c->plugin));
        TRY(put_pair_if(w, "function", c->function));
        TRY(put_list(w, "inputs", c->inputs));
    }
    if (c->n_writes > 0)
        TRY(buf_puts(w->out, "    write:\n", w->err));
    for (size_t i = 0; i < c->n_writes; i++)
        TRY(put_pair(w, 6, c->writes[i].target, c->writes[i].expression));
    TRY(put_numbers(w, "missing", c->missing, c->n_missing));
    TRY(put_pair_if(w, "only if", c->only_if));
    TRY(put_list(w, "fail if", c->fail_if));
    rc = put_reads(w, c);
out:
    return rc;
}

/* ---- the rest ------------------------------------------------------------------------------- */

static int put_head(struct writer *w)
{
    int rc = -1;
    TRY(put_pair(w, 0, "scan", w->scan->name));
    TRY(buf_puts(w->out, "goal:\n", w->err));
    for (size_t i = 0; i < w->scan->n_goals; i++)
        TRY(put_item(w, 2, w->scan->goals[i].text));
    rc = buf_printf(w->out, w->err, "seed: %llu\n", (unsigned long long)w->scan->seed);
out:
    return rc;
}

static int put_search(struct writer *w)
{
    const struct scan_search *s = &w->scan->search;
    char method[PATH_MAX + 16];
    int rc = -1;
    snprintf(method, sizeof method, "%s%s%s", scan_method_name(s->method),
             s->list != NULL ? " " : "", s->list != NULL ? s->list : "");
    TRY(buf_puts(w->out, "search:\n", w->err));
    TRY(put_pair(w, 2, "method", method));
    TRY(put_number(w, 2, "start", (double)s->start, ""));
    TRY(put_number(w, 2, "batch", (double)s->batch, ""));
    TRY(put_number(w, 2, "explore", s->explore, ""));
    TRY(put_number(w, 2, "members", (double)s->members, ""));
    TRY(put_number(w, 2, "hidden", (double)s->hidden, ""));
    TRY(put_number(w, 2, "steps", (double)s->steps, ""));
    TRY(put_pair(w, 2, "smote", scan_smote_name(s->smote)));
    TRY(put_number(w, 2, "smote neighbours", (double)s->smote_neighbours, ""));
    TRY(put_pair(w, 2, "learner", scan_learner_name(s->learner)));
    rc = put_pair(w, 2, "aim", scan_aim_name(s->aim));
out:
    return rc;
}

static int put_integral(struct writer *w)
{
    const struct scan_integrate *i = &w->scan->integrate;
    int rc = -1;
    if (w->scan->integrand == NULL)
        return 0;
    TRY(put_pair(w, 0, "integrand", w->scan->integrand));
    TRY(buf_puts(w->out, "integrate:\n", w->err));
    TRY(put_pair(w, 2, "method", scan_integral_name(i->method)));
    if (i->classes > 0)
        TRY(put_number(w, 2, "classes", (double)i->classes, ""));
    TRY(put_pair(w, 2, "cuts", scan_cuts_name(i->cuts)));
    TRY(put_pair(w, 2, "measure", scan_measure_name(i->measure)));
    if (i->unit[0] != '\0')
        TRY(put_pair(w, 2, "unit", i->unit));
    rc = 0;
out:
    return rc;
}

static int put_particle(struct writer *w, const struct scan_particle *particle)
{
    struct buf text;
    int rc = -1;
    buf_init(&text, 1 << 16);
    TRY(buf_printf(&text, w->err, "%s %d [%s, %s, %s, %s]", particle->is_in ? "in" : "out",
                   particle->pdg, particle->momentum[0], particle->momentum[1],
                   particle->momentum[2], particle->momentum[3]));
    if (particle->color[0] != 0 || particle->color[1] != 0)
        TRY(buf_printf(&text, w->err, " color %d %d", particle->color[0], particle->color[1]));
    rc = put_pair(w, 2, particle->name, text.data);
out:
    buf_free(&text);
    return rc;
}

static int put_events(struct writer *w)
{
    const struct scan_events *events = &w->scan->events;
    char beams[128], energy[2][TEXT_DOUBLE_SIZE];
    int rc = -1;
    if (events->n_particles == 0)
        return 0;
    TRY(buf_puts(w->out, "events:\n", w->err));
    snprintf(beams, sizeof beams, "%d %s, %d %s", events->beam_pdg[0],
             text_shortest(energy[0], events->beam_energy[0]), events->beam_pdg[1],
             text_shortest(energy[1], events->beam_energy[1]));
    if (events->has_beams)
        TRY(put_pair(w, 2, "beams", beams));
    if (events->scale != NULL)
        TRY(put_pair(w, 2, "scale", events->scale));
    if (events->azimuth != AZIMUTH_AUTO)
        TRY(put_pair(w, 2, "azimuth", scan_azimuth_name(events->azimuth)));
    for (size_t i = 0; i < events->n_particles; i++)
        TRY(put_particle(w, &events->particles[i]));
    rc = 0;
out:
    return rc;
}

static int put_place(struct writer *w)
{
    const struct scan_run *run = &w->scan->run;
    int rc = -1;
    TRY(buf_puts(w->out, "run:\n", w->err));
    TRY(put_number(w, 2, "workers", (double)run->workers, ""));
    if (run->launcher != NULL)
        TRY(put_pair(w, 2, "launcher", run->launcher));
    if (run->scratch != NULL)
        TRY(put_pair(w, 2, "scratch", run->scratch));
    rc = 0;
out:
    return rc;
}

int scan_resolve(const struct scan *scan, struct buf *out, struct err *err)
{
    struct writer w = {out, err, scan};
    int rc = -1;
    TRY(put_head(&w));
    TRY(put_params(&w));
    if (scan->n_calculators > 0)
        TRY(buf_puts(out, "calculators:\n", err));
    for (size_t i = 0; i < scan->n_calculators; i++)
        TRY(put_calculator(&w, &scan->calculators[i]));
    if (scan->n_constraints > 0)
        TRY(buf_puts(out, "constraints:\n", err));
    for (size_t i = 0; i < scan->n_constraints; i++)
        TRY(put_pair(&w, 2, scan->constraints[i].name, scan->constraints[i].text));
    TRY(put_pair(&w, 0, "target", scan->target));
    TRY(put_search(&w));
    TRY(put_integral(&w));
    TRY(put_events(&w));
    rc = put_place(&w);
out:
    return rc;
}
