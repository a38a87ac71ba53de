/* events.c: which values are the momenta of which particles: the section `events:`.
 *
 *     events:
 *       beams: 2212 6500, 2212 6500        # PDG number and energy in GeV of each; may be left out
 *       scale: m_ee                        # may be left out
 *       azimuth: uniform                   # or given; may be left out
 *       u:   in 2 [E_u, 0, 0, E_u] color 501 0
 *       em:  out 11 [E_em, px_em, py_em, pz_em]
 *
 * Each particle is in or out, has a number of the PDG's scheme and four expressions (E, px, py, pz)
 * over parameters and observables, in GeV.  Whether momenta add up is seen when events are made. */
#include "reader.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const char FORM[] = "in PDG [E, px, py, pz] or out PDG [E, px, py, pz]";

/* ---- pieces --------------------------------------------------------------------------------- */

static bool complain(struct reader *reader, struct piece piece, const char *name, const char *what)
{
    node_complain(&reader->base, piece_spot(piece), FORM, NULL, "events: %s: %s", name, what);
    return false;
}

/* A whole number without a fraction. */
static bool take_int(struct piece piece, int *value)
{
    char text[16];
    int64_t number;
    if (piece.n == 0 || piece.n >= sizeof text)
        return false;
    snprintf(text, sizeof text, "%.*s", (int)piece.n, piece_start(piece));
    if (text_to_int64(text, &number) != 0 || number > 9999999 || number < -9999999)
        return false;
    *value = (int)number;
    return true;
}

static int check_expression(struct reader *reader, struct piece piece, const char *name,
                            const char **text, struct scan_pos *pos)
{
    const struct scan *scan = reader->scan;
    struct err err = ERR_INIT;
    size_t column = 0;
    struct expr *expr;
    *text = piece_dup(&reader->base, piece);
    *pos = piece_pos(piece);
    if (*text == NULL)
        return mem_error(reader->base.err);
    expr = expr_create(*text, scan->value_names, scan->n_values, &column, &err);
    if (expr == NULL && err.code == ERR_MEMORY)
        return mem_error(reader->base.err);
    if (expr == NULL)
        scan_diagnose(reader->base.diagnostics, scan_pos_within(*pos, *text, column), NULL, NULL,
                      "events: %s: %s", name, err.message);
    expr_free(expr);
    return 0;
}

/* The four between the brackets. */
static int read_momentum(struct reader *reader, struct piece rest, struct scan_particle *particle)
{
    struct scan_pos pos;
    struct piece whole = rest;
    for (int k = 0; k < 4; k++) {
        size_t comma = piece_find(rest, ",");
        size_t n = comma == SIZE_MAX ? rest.n : comma;
        struct piece part = piece_part(rest, 0, n);
        if (part.n == 0 || (comma == SIZE_MAX) != (k == 3)) {
            complain(reader, whole, particle->name, "four components are wanted: E, px, py, pz");
            return 0;
        }
        if (check_expression(reader, part, particle->name, &particle->momentum[k], &pos) != 0)
            return -1;
        if (comma != SIZE_MAX)
            rest = piece_part(rest, n + 1, rest.n - n - 1);
    }
    return 0;
}

/* "color 501 0" */
static bool read_color(struct reader *reader, struct piece rest, struct scan_particle *particle)
{
    struct piece word;
    if (rest.n == 0)
        return true;
    word = piece_first_word(&rest);
    if (word.n != 5 || memcmp(piece_start(word), "color", 5) != 0)
        return complain(reader, word, particle->name, "behind the momentum stands only \"color\"");
    for (int k = 0; k < 2; k++) {
        word = piece_first_word(&rest);
        if (!take_int(word, &particle->color[k]) || particle->color[k] < 0)
            return complain(reader, word, particle->name, "color takes two whole numbers");
    }
    return rest.n == 0 || complain(reader, rest, particle->name, "color takes two whole numbers");
}

/* ---- a particle ----------------------------------------------------------------------------- */

/* The piece as far as `symbol`, which is cut off the rest too; false: it is not there. */
static bool cut_at(struct piece *rest, const char *symbol, struct piece *before)
{
    const char *start = piece_start(*rest), *at = memchr(start, symbol[0], rest->n);
    size_t n = at != NULL ? (size_t)(at - start) : 0;
    if (at == NULL)
        return false;
    *before = piece_part(*rest, 0, n);
    *rest = piece_part(*rest, n + 1, rest->n - n - 1);
    return true;
}

static int read_particle(struct reader *reader, const struct node_pair *pair,
                         struct scan_particle *particle)
{
    struct piece rest, word, number, momentum;
    *particle = (struct scan_particle){.name = pair->key, .pos = node_pos(pair->value, 0, 0)};
    if (pair->value->kind != NODE_TEXT) {
        node_complain(&reader->base, node_whole(pair->value), FORM, NULL,
                      "events: %s: expected a text, this is %s", pair->key,
                      node_kind_words(pair->value));
        return 0;
    }
    rest = piece_whole(pair->value);
    word = piece_first_word(&rest);
    particle->is_in = word.n == 2 && memcmp(piece_start(word), "in", 2) == 0;
    if (!particle->is_in && (word.n != 3 || memcmp(piece_start(word), "out", 3) != 0)) {
        complain(reader, word, pair->key, "a particle is in or out");
        return 0;
    }
    if (!cut_at(&rest, "[", &number) || !cut_at(&rest, "]", &momentum)) {
        complain(reader, piece_whole(pair->value), pair->key, "no momentum in [...]");
        return 0;
    }
    if (!take_int(number, &particle->pdg) || particle->pdg == 0) {
        complain(reader, number, pair->key,
                 "the particle's number is not understood (11 is e-, 13 mu-, 2 u, 2212 p)");
        return 0;
    }
    if (!read_color(reader, rest, particle))
        return 0;
    return read_momentum(reader, momentum, particle);
}

/* ---- the section ---------------------------------------------------------------------------- */

static void read_beams(struct reader *reader, const struct node *node)
{
    struct scan_events *events = &reader->scan->events;
    struct value_in in = {&reader->base, node, "beams", true};
    struct piece rest = piece_whole(node);
    for (int k = 0; k < 2 && in.is_good; k++) {
        size_t comma = node->kind == NODE_TEXT ? piece_find(rest, ",") : SIZE_MAX;
        size_t n = comma == SIZE_MAX ? rest.n : comma;
        struct piece part = piece_part(rest, 0, n), number = piece_first_word(&part);
        const char *unit = "";
        if (node->kind != NODE_TEXT || (comma == SIZE_MAX) != (k == 1) || part.n == 0 ||
            !take_int(number, &events->beam_pdg[k]) ||
            piece_take_unit(&reader->base, &part, &unit) != 0 ||
            (unit[0] != '\0' && strcmp(unit, "GeV") != 0)) {
            node_complain(&reader->base, node_whole(node), "2212 6500, 2212 6500", NULL,
                          "events: beams: two particles' numbers, each with its energy in GeV");
            return;
        }
        value_number(&in, part, &events->beam_energy[k]);
        if (comma != SIZE_MAX)
            rest = piece_part(rest, n + 1, rest.n - n - 1);
    }
    events->has_beams = in.is_good;
}

const char *scan_azimuth_name(enum scan_azimuth azimuth)
{
    static const char *const names[] = {"auto", "uniform", "given"};
    return names[azimuth];
}

static void read_azimuth(struct reader *reader, const struct node *node)
{
    static const char EXPECTED[] = "uniform (drawn for each event), given, or auto";
    struct piece word = node->kind == NODE_TEXT ? piece_whole(node) : (struct piece){.n = 0};
    for (int i = 0; node->kind == NODE_TEXT && i <= AZIMUTH_GIVEN; i++) {
        const char *name = scan_azimuth_name((enum scan_azimuth)i);
        if (word.n == strlen(name) && memcmp(piece_start(word), name, word.n) == 0) {
            reader->scan->events.azimuth = (enum scan_azimuth)i;
            return;
        }
    }
    node_complain(&reader->base, node_whole(node), EXPECTED, NULL,
                  "events: azimuth: this is no way to choose it");
}

static void check_counts(struct reader *reader, const struct node *map)
{
    const struct scan_events *events = &reader->scan->events;
    size_t n_in = 0;
    for (size_t i = 0; i < events->n_particles; i++)
        n_in += events->particles[i].is_in;
    if (n_in < 1 || n_in > 2 || n_in == events->n_particles)
        node_complain(&reader->base, node_whole(map), FORM, NULL,
                      "events: one or two particles come in and at least one goes out; here %zu "
                      "and %zu do",
                      n_in, events->n_particles - n_in);
}

int read_events(struct reader *reader, const struct node *map, bool has_names)
{
    struct scan *scan = reader->scan;
    struct scan_particle *particles;
    if (map == NULL || map->kind == NODE_EMPTY || !has_names)
        return 0;
    if (map->kind != NODE_MAP) {
        node_complain(&reader->base, node_whole(map), "NAME: in PDG [E, px, py, pz]", NULL,
                      "events must be a map, this is %s", node_kind_words(map));
        return 0;
    }
    scan->events.pos = node_pos(map, 0, 0);
    particles = arena_array(scan->arena, map->n, sizeof *particles);
    if (particles == NULL)
        return mem_error(reader->base.err);
    scan->events.particles = particles;
    for (size_t i = 0; i < map->n; i++) {
        const struct node_pair *pair = &map->pairs[i];
        struct scan_pos pos;
        if (strcmp(pair->key, "beams") == 0)
            read_beams(reader, pair->value);
        else if (strcmp(pair->key, "azimuth") == 0)
            read_azimuth(reader, pair->value);
        else if (strcmp(pair->key, "scale") == 0 && pair->value->kind == NODE_TEXT) {
            if (check_expression(reader, piece_whole(pair->value), "scale", &scan->events.scale,
                                 &pos) != 0)
                return -1;
        } else if (read_particle(reader, pair, &particles[scan->events.n_particles++]) != 0)
            return -1;
    }
    check_counts(reader, map);
    return 0;
}
