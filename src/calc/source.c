/* source.c: values, echoes and verdicts from the texts that an exec calculator left.
 *
 * Echo: where an SLHA output repeats a number that was written, the two must agree to 1e-6
 * relative.  Several tools read `abc` or a D exponent silently as 0 or 1 and compute a point that
 * nobody asked for.  A block that the output has at a scale, and the template without, is a result
 * of the same name and no echo.
 *
 * Verdict: SPINFO 4 is how SLHA (hep-ph/0311123, sec. 3.1) says that a point is no good, so its
 * presence in an output that values are read from is `physics`, also without a `fail if`. */
#include "private.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const double ECHO_TOLERANCE = 1e-6;

static void read_slha(const struct source *source, const struct read *read, struct sighting *out)
{
    const struct slha_address *address = &read->address;
    struct slha_hit hit = {.value = NAN};
    enum slha_outcome outcome = slha_find(source->slha, address, &hit);
    out->line = NULL;
    out->words[0] = '\0';
    if (outcome == SLHA_FOUND) {
        out->found = FOUND;
        out->value = hit.value;
        out->line = hit.line;
        out->n_line = hit.n_line;
        out->n_number = hit.n_number;
        return;
    }
    bool is_odd = outcome == SLHA_TEXT || outcome == SLHA_AMBIGUOUS;
    out->found = is_odd ? FOUND_NOT_NUMBER : FOUND_MISSING;
    slha_explain(source->slha, address, outcome, out->words, sizeof out->words);
    words_as_written(out->words, address, read->def->source);
}

static void read_one(const struct calc *calc, const struct read *read, struct sighting *out)
{
    const struct source *source = &calc->sources[read->source];
    const char *text = source->text.data ? source->text.data : "";
    switch (read->def->kind) {
    case READ_SLHA: read_slha(source, read, out); break;
    case READ_JSON:
    case READ_OUTPUT:
        json_number(json_at(source->json, read->def->source), out);
        json_suggest(source->json, read->def->source, out);
        break;
    case READ_LINE: pattern_find(read->pattern, text, source->text.len, out); break;
    case READ_COLUMN:
        column_find(text, source->text.len, read->def->column, read->def->row, out);
        break;
    case READ_EXPRESSION: break;
    }
}

void sources_read(struct calc *calc, double *row, struct finding *finding)
{
    for (size_t i = 0; i < calc->n_reads; i++) {
        const struct read *read = &calc->reads[i];
        struct sighting sighting = {.found = FOUND_MISSING};
        if (read->def->kind == READ_EXPRESSION)
            continue;
        const struct source *source = &calc->sources[read->source];
        if (source->reason == REASON_NONE) {
            read_one(calc, read, &sighting);
            values_take(calc, read, &sighting, row, finding);
            continue;
        }
        row[read->def->value] = NAN;
        if (!read->def->is_optional || source->reason != REASON_NO_OUTPUT)
            finding_set(finding, source->reason, "%s", source->words);
    }
}

/* ---- echo ----------------------------------------------------------------------------------- */

static bool has_scale(const struct slha *slha, const struct slha_address *address)
{
    for (size_t i = 0, n = slha_n_blocks(slha); i < n; i++) {
        struct slha_block block = slha_block(slha, i);
        if (!block.is_decay && strcmp(block.name, address->block) == 0)
            return block.has_scale;
    }
    return false;
}

static bool is_same(double sent, double got)
{
    return fabs(sent - got) <= ECHO_TOLERANCE * fabs(sent);
}

static void echo_one(const struct calc *calc, const struct write *write, double sent,
                     struct finding *finding)
{
    const struct source *source = &calc->sources[calc->output];
    char sent_text[TEXT_DOUBLE_SIZE], got_text[TEXT_DOUBLE_SIZE];
    struct slha_hit hit;
    if (slha_find(source->slha, &write->address, &hit) != SLHA_FOUND || is_same(sent, hit.value))
        return;
    if (!write->address.has_scale && has_scale(source->slha, &write->address))
        return;
    finding_set(finding, REASON_ECHO, "%s: sent %s, it read %s", write->def->target,
                text_shortest(sent_text, sent), text_shortest(got_text, hit.value));
}

void sources_echo(struct calc *calc, struct finding *finding)
{
    const struct source *source = calc->n_sources ? &calc->sources[calc->output] : NULL;
    if (!calc->def->check_echo || !source || !source->is_slha || source->reason != REASON_NONE)
        return;
    for (size_t i = 0; i < calc->n_cards; i++) {
        const struct card *card = &calc->cards[i];
        for (size_t k = 0; k < card->n_holes; k++)
            echo_one(calc, &calc->writes[card->writes[k]], card->values[k], finding);
    }
}

/* ---- verdicts ------------------------------------------------------------------------------- */

static const struct slha_address spinfo_4 = {
    .what = SLHA_ENTRY, .block = "SPINFO", .n_keys = 1, .keys = {4}};

/* Is there anything at the address, a number or words? */
static bool is_present(const struct slha *slha, const struct slha_address *address, char *words,
                       size_t size)
{
    struct slha_hit hit;
    words[0] = '\0';
    if (address->what == SLHA_ENTRY && slha_text(slha, address, words, size) > 0)
        return true;
    return slha_find(slha, address, &hit) == SLHA_FOUND;
}

static void check_address(const struct source *source, const struct slha_address *address,
                          struct finding *finding)
{
    char name[160], words[CALC_SENTENCE - 200];
    if (!is_present(source->slha, address, words, sizeof words))
        return;
    slha_address_format(address, name, sizeof name);
    finding_set(finding, REASON_PHYSICS, "%s: %s", name, words[0] ? words : "it is there");
}

/* SPINFO 1 and 2 name the program and its version. */
static void note_version(struct calc *calc, const struct source *source)
{
    struct slha_address address = spinfo_4;
    char name[100], version[100], both[208];
    if (calc->version)
        return;
    address.keys[0] = 1;
    (void)slha_text(source->slha, &address, name, sizeof name);
    address.keys[0] = 2;
    (void)slha_text(source->slha, &address, version, sizeof version);
    snprintf(both, sizeof both, "%s %s", name, version);
    if (name[0] || version[0])
        calc->version = mem_strdup(both); /* only words for people: NULL is fine */
}

void sources_physics(struct calc *calc, struct finding *finding)
{
    for (size_t i = 0; i < calc->n_sources; i++) {
        const struct source *source = &calc->sources[i];
        if (!source->is_slha || source->reason != REASON_NONE)
            continue;
        note_version(calc, source);
        check_address(source, &spinfo_4, finding);
        for (size_t k = 0; k < calc->n_fail_if; k++) {
            if (!calc->fail_if[k].cond)
                check_address(source, &calc->fail_if[k].address, finding);
        }
    }
}
