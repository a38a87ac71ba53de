/* t-slha-help.h: what the tests of the SLHA module share: a text that is read, asked by address. */
#ifndef TESTS_T_SLHA_HELP_H
#define TESTS_T_SLHA_HELP_H

#include "tap.h"
#include "theodolite/slha.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct spectrum {
    struct slha *slha;
    struct buf text;
    char said[1024]; /* of the last question */
};

static inline struct slha_address address_of(const char *text)
{
    struct err err = ERR_INIT;
    struct slha_address address;
    if (slha_address_parse(text, &address, NULL, &err) != 0)
        bail_out("address %s: %s", text, err.message);
    return address;
}

static inline void spectrum_read(struct spectrum *spectrum, const char *text, size_t n)
{
    struct err err = ERR_INIT;
    spectrum->slha = slha_create();
    buf_init(&spectrum->text, 1 << 24);
    if (!spectrum->slha || buf_append(&spectrum->text, text, n, &err) != 0 ||
        slha_parse(spectrum->slha, spectrum->text.data, n, &err) != 0)
        bail_out("cannot read a text: %s", err.message);
}

/* A file of tests/data/slha. */
static inline void spectrum_open(struct spectrum *spectrum, const char *name)
{
    struct err err = ERR_INIT;
    char path[1024];
    const char *src = getenv("TH_SRC");
    snprintf(path, sizeof path, "%s/tests/data/slha/%s", src ? src : ".", name);
    spectrum->slha = slha_create();
    buf_init(&spectrum->text, 1 << 24);
    if (!spectrum->slha || buf_read_file(&spectrum->text, path, &err) != 0 ||
        slha_parse(spectrum->slha, spectrum->text.data, spectrum->text.len, &err) != 0)
        bail_out("cannot read %s: %s", path, err.message);
}

static inline void spectrum_close(struct spectrum *spectrum)
{
    slha_free(spectrum->slha);
    buf_free(&spectrum->text);
}

static inline enum slha_outcome ask(const struct spectrum *spectrum, const char *text,
                                    struct slha_hit *hit)
{
    struct slha_address address = address_of(text);
    return slha_find(spectrum->slha, &address, hit);
}

static inline const char *explain(struct spectrum *spectrum, const char *text)
{
    struct slha_address address = address_of(text);
    struct slha_hit hit;
    enum slha_outcome outcome = slha_find(spectrum->slha, &address, &hit);
    slha_explain(spectrum->slha, &address, outcome, spectrum->said, sizeof spectrum->said);
    return spectrum->said;
}

static inline const char *words(struct spectrum *spectrum, const char *text)
{
    struct slha_address address = address_of(text);
    slha_text(spectrum->slha, &address, spectrum->said, sizeof spectrum->said);
    return spectrum->said;
}

static const char *const outcome_names[] = {"FOUND",    "TEXT",     "UNSET",    "NO_BLOCK",
                                            "NO_ENTRY", "NO_SCALE", "AMBIGUOUS"};

/* The value at an address, bit for bit, and the line it came from. */
static inline void has_value(const struct spectrum *spectrum, const char *text, double value,
                             size_t line)
{
    struct slha_hit hit;
    enum slha_outcome outcome = ask(spectrum, text, &hit);
    if (!is_str(outcome_names[outcome], "FOUND", "%s is found", text))
        return;
    is_double(hit.value, value, 0, "%s = %.17g", text, value);
    is_size(hit.n_number, line, "%s is in line %zu", text, line);
}

static inline void has_outcome(const struct spectrum *spectrum, const char *text,
                               enum slha_outcome outcome)
{
    struct slha_hit hit;
    is_str(outcome_names[ask(spectrum, text, &hit)], outcome_names[outcome], "%s: %s", text,
           outcome_names[outcome]);
}

#endif
