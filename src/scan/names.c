/* names.c: the words that may be used for something, and those that are taken.
 *
 * A value's name becomes a column of the view `points`, so it must be an identifier, no column's
 * and no function's name.  mh and mH are two names: the store keeps them apart. */
#include "reader.h"

#include <stdio.h>
#include <string.h>

static const char *const RESERVED[] = {
    "id",      "origin",     "round",   "state", "accepted",  "reason",  "label",
    "stage",   "calculator", "words",   "chi2",  "predicted", "density", "worker",
    "started", "finished",   "seconds", "rowid", "oid",       "_rowid_", "and",
    "or",      "not",        "in",      "all",   "from",      "optional"};

static const char *const UNITS[] = {
    "GeV",    "TeV",    "MeV",    "keV",   "eV",     "GeV^2",   "TeV^2",   "MeV^2",    "GeV^-1",
    "TeV^-1", "GeV^-2", "TeV^-2", "1/GeV", "1/TeV",  "1/GeV^2", "1/TeV^2", "GeV^4",    "1/GeV^4",
    "b",      "mb",     "ub",     "nb",    "pb",     "fb",      "ab",      "1/fb",     "1/ab",
    "1/pb",   "cm",     "mm",     "m",     "km",     "nm",      "um",      "fm",       "kpc",
    "Mpc",    "pc",     "cm^2",   "m^2",   "cm^3/s", "cm^-3",   "1/cm^3",  "GeV/cm^3", "deg",
    "rad",    "mrad",   "sr",     "%",     "s",      "ms",      "us",      "ns",       "ps",
    "fs",     "min",    "h",      "d",     "yr",     "Gyr",     "kg",      "g",        "ton",
    "t",      "K",      "mK",     "T",     "Hz",     "GHz",     "km/s",    "km/s/Mpc"};

enum {
    N_UNITS = sizeof UNITS / sizeof UNITS[0],
    N_RESERVED = sizeof RESERVED / sizeof RESERVED[0]
};

/* Parameters and observables cannot have them: columns of the view `points`. */
static bool is_reserved(const char *name)
{
    for (size_t i = 0; i < N_RESERVED; i++)
        if (text_same_caseless(RESERVED[i], name))
            return true;
    return false;
}

bool unit_is_known(const char *unit)
{
    for (size_t i = 0; i < N_UNITS; i++)
        if (strcmp(UNITS[i], unit) == 0)
            return true;
    return false;
}

const char *unit_nearest(const char *unit)
{
    for (size_t i = 0; i < N_UNITS; i++)
        if (text_same_caseless(UNITS[i], unit))
            return UNITS[i];
    return text_nearest(unit, UNITS, N_UNITS);
}

bool name_is_word(const char *name)
{
    if (name[0] >= '0' && name[0] <= '9')
        return false;
    return name[0] != '\0' &&
           name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")] ==
               0;
}

int name_take(struct reader *reader, const struct node *node, bool *is_good)
{
    const struct reading *base = &reader->base;
    const char *name = node->text;
    struct node_spot spot = node_whole(node);
    enum { MAX_NAME = 60, MAX_NAMES = 1800 };
    *is_good = false;
    if (!name_is_word(name) || strlen(name) > MAX_NAME)
        node_complain(base, spot, "letters, digits and _, not a digit first, at most 60", NULL,
                      "\"%.80s\" cannot be a name", name);
    else if (expr_is_function(name))
        node_complain(base, spot, NULL, NULL, "\"%s\" is a function and cannot be a name", name);
    else if (is_reserved(name))
        node_complain(
            base, spot, NULL, NULL,
            "\"%s\" is a reserved name (a column of the results or a word of expressions)", name);
    else if (reader->n_taken == MAX_NAMES)
        node_complain(base, spot, NULL, NULL, "more than %d parameters and observables", MAX_NAMES);
    else
        *is_good = true;
    for (size_t i = 0; *is_good && i < reader->n_taken; i++) {
        if (strcmp(reader->taken[i], name) != 0)
            continue;
        *is_good = false;
        char where[40] = "";
        if (reader->taken_by[i]->pos.line > 0)
            snprintf(where, sizeof where, " (line %u)", reader->taken_by[i]->pos.line);
        node_complain(base, spot, NULL, NULL, "the name \"%s\" is taken already%s", name, where);
    }
    if (!*is_good)
        return 0;
    if (reader->taken == NULL) {
        reader->taken = arena_array(base->arena, MAX_NAMES, sizeof *reader->taken);
        reader->taken_by = arena_array(base->arena, MAX_NAMES, sizeof *reader->taken_by);
        if (reader->taken == NULL || reader->taken_by == NULL)
            return mem_error(base->err);
    }
    reader->taken[reader->n_taken] = name;
    reader->taken_by[reader->n_taken++] = node;
    return 0;
}

static void key_list(const char *const *known, size_t n, char *out, size_t size)
{
    size_t used = 0;
    out[0] = '\0';
    for (size_t i = 0; i < n && used < size; i++) {
        int more = snprintf(out + used, size - used, "%s%s", i > 0 ? ", " : "", known[i]);
        used += more > 0 ? (size_t)more : 0;
    }
}

void keys_check(const struct reading *reading, const struct node *map, const char *const *known,
                size_t n, const char *where)
{
    char list[300];
    for (size_t i = 0; i < map->n; i++) {
        const struct node_pair *pair = &map->pairs[i];
        size_t k = 0;
        while (k < n && strcmp(known[k], pair->key) != 0)
            k++;
        if (k < n)
            continue;
        const char *nearest = text_nearest(pair->key, known, n);
        key_list(known, n, list, sizeof list);
        node_complain(reading, node_whole(pair->key_node), nearest == NULL ? list : NULL, nearest,
                      "unknown key \"%.60s\" in %s", pair->key, where);
        if (nearest != NULL && node_get(map, nearest) == NULL)
            map->pairs[i].key = nearest;
    }
}
