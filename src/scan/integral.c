/* integral.c: what is integrated, and how: `integrand:` and the section `integrate:`.
 *
 * The integrand is an expression over parameters and observables.  The measure is the volume of the
 * parameters' ranges where every free parameter is uniform, a choice or an integer, else the prior:
 * unless the file says which.  A normal parameter has no finite range, so that no integral over the
 * volume could be taken. */
#include "reader.h"

#include <stdio.h>
#include <string.h>

static const char *const METHODS[] = {
    [INTEGRAL_AUTO] = "auto",         [INTEGRAL_CELLS] = "cells", [INTEGRAL_ADAPTIVE] = "adaptive",
    [INTEGRAL_CUBATURE] = "cubature", [INTEGRAL_PLAIN] = "plain", [INTEGRAL_VEGAS] = "vegas",
    [INTEGRAL_MISER] = "miser"};
static const char *const CUTS[] = {[CUTS_INTEGRAL] = "integral", [CUTS_EVENTS] = "events"};
static const char *const MEASURES[] = {[MEASURE_VOLUME] = "volume", [MEASURE_PRIOR] = "prior"};
enum { MOST_CLASSES = 100 };

const char *scan_integral_name(enum integral_method method)
{
    return METHODS[method];
}

const char *scan_cuts_name(enum integral_cuts cuts)
{
    return CUTS[cuts];
}

const char *scan_measure_name(enum integral_measure measure)
{
    return MEASURES[measure];
}

/* ---- the integrand -------------------------------------------------------------------------- */

static int check_integrand(struct reader *reader, const char *text, struct scan_pos pos)
{
    const struct scan *scan = reader->scan;
    struct err err = ERR_INIT;
    size_t column = 0;
    struct expr *expr = expr_create(text, scan->value_names, scan->n_values, &column, &err);
    bool is_good = expr != NULL;
    expr_free(expr);
    if (is_good)
        return 0;
    if (err.code == ERR_MEMORY)
        return mem_error(reader->base.err);
    scan_diagnose(reader->base.diagnostics, scan_pos_within(pos, text, column), NULL, NULL,
                  "integrand: %s", err.message);
    return 0;
}

static int read_integrand(struct reader *reader, const struct node *node, bool has_names)
{
    struct scan *scan = reader->scan;
    struct value_in in = {&reader->base, node, "integrand", true};
    if (!value_text(&in, &scan->integrand))
        return 0;
    scan->pos_integrand = node_pos(node, 0, 0);
    return has_names ? check_integrand(reader, scan->integrand, scan->pos_integrand) : 0;
}

/* ---- how ------------------------------------------------------------------------------------ */

static const struct scan_param *first_of(const struct scan *scan, bool is_normal_only)
{
    for (size_t i = 0; i < scan->n_params; i++) {
        enum prior_kind kind = scan->params[i].kind;
        if (kind == PRIOR_NORMAL || (kind == PRIOR_LOG && !is_normal_only))
            return &scan->params[i];
    }
    return NULL;
}

/* One word out of a list: its place to *k, which stays where there is none. */
static void read_word(struct reader *reader, const struct node *map, const char *key,
                      const char *const *words, size_t n, const char *expected, size_t *k)
{
    struct value_in in = {&reader->base, node_get(map, key), key, true};
    const char *text;
    if (in.node == NULL || !value_text(&in, &text))
        return;
    for (size_t i = 0; i < n; i++)
        if (text_same_caseless(text, words[i])) {
            *k = i;
            return;
        }
    node_complain(&reader->base, node_whole(in.node), expected, text_nearest(text, words, n),
                  "integrate: %s: there is no \"%.60s\"", key, text);
}

static void read_classes(struct reader *reader, const struct node *map)
{
    struct value_in in = {&reader->base, node_get(map, "classes"), "classes", true};
    size_t *classes = &reader->scan->integrate.classes;
    if (in.node == NULL)
        return;
    value_count(&in, 2, classes);
    if (*classes > MOST_CLASSES) {
        node_complain(&reader->base, node_whole(in.node), NULL, NULL,
                      "integrate: classes: at most %d", MOST_CLASSES);
        *classes = MOST_CLASSES;
    }
}

static void read_unit(struct reader *reader, const struct node *map)
{
    enum { MOST = 40 };
    struct value_in in = {&reader->base, node_get(map, "unit"), "unit", true};
    const char *unit;
    if (in.node == NULL || !value_text(&in, &unit))
        return;
    if (strlen(unit) > MOST)
        node_complain(&reader->base, node_whole(in.node), NULL, NULL,
                      "integrate: unit: at most %d characters", MOST);
    else
        reader->scan->integrate.unit = unit;
}

static void check_measure(struct reader *reader, const struct node *map)
{
    const struct scan_param *normal = first_of(reader->scan, true);
    const struct node *node = node_get(map, "measure");
    if (node == NULL || normal == NULL || reader->scan->integrate.measure != MEASURE_VOLUME)
        return;
    node_complain(&reader->base, node_whole(node), "prior", NULL,
                  "integrate: measure: the volume of \"%s\" is not finite, it is normal: only the "
                  "mean under the prior can be taken",
                  normal->name);
    reader->scan->integrate.measure = MEASURE_PRIOR;
}

static int read_section(struct reader *reader, const struct node *map)
{
    static const char *const keys[] = {"method", "classes", "cuts", "measure", "unit"};
    struct scan_integrate *integrate = &reader->scan->integrate;
    size_t method = integrate->method, cuts = integrate->cuts, measure = integrate->measure;
    if (map->kind != NODE_MAP) {
        if (map->kind != NODE_EMPTY)
            node_complain(&reader->base, node_whole(map), "KEY: VALUE, one per line", NULL,
                          "integrate must be a map, this is %s", node_kind_words(map));
        return 0;
    }
    keys_check(&reader->base, map, keys, sizeof keys / sizeof keys[0], "integrate");
    read_word(reader, map, "method", METHODS, sizeof METHODS / sizeof METHODS[0],
              "auto, cells, adaptive, cubature, plain, vegas or miser", &method);
    read_word(reader, map, "cuts", CUTS, sizeof CUTS / sizeof CUTS[0], "integral or events", &cuts);
    read_word(reader, map, "measure", MEASURES, sizeof MEASURES / sizeof MEASURES[0],
              "volume or prior", &measure);
    integrate->method = (enum integral_method)method;
    integrate->cuts = (enum integral_cuts)cuts;
    integrate->measure = (enum integral_measure)measure;
    read_classes(reader, map);
    read_unit(reader, map);
    check_measure(reader, map);
    return 0;
}

int read_integral(struct reader *reader, const struct node *root, bool has_names)
{
    const struct node *integrand = node_get(root, "integrand");
    const struct node *section = node_get(root, "integrate");
    reader->scan->integrate = (struct scan_integrate){
        .measure = first_of(reader->scan, false) != NULL ? MEASURE_PRIOR : MEASURE_VOLUME,
        .unit = "",
    };
    if (integrand != NULL && read_integrand(reader, integrand, has_names) != 0)
        return -1;
    if (section == NULL)
        return 0;
    if (integrand == NULL)
        node_complain(&reader->base, node_whole(section), "integrand: NAME", NULL,
                      "integrate: the scan names no integrand");
    return read_section(reader, section);
}
