/* fuzz-slha.c: any bytes as an SLHA file, as a template and as an address.
 *
 * Beyond not crashing: every entry that a visit shows lies within the text; an address made from
 * an entry finds a line that has it; a template filled at one address gives that value when it is
 * read again, and all other bytes are those of the template; an address that can be read is
 * written and read back equal; a number is what strtod says it is. */
#include "theodolite/slha.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MAX_ENTRIES = 40, MAX_TEMPLATES = 8 };

struct state {
    struct slha *slha;
    const char *text;
    size_t n_text, n_entries, n_templates;
    struct slha_block block;
};

static void check(bool is_true)
{
    if (!is_true)
        abort();
}

static void check_number(const char *token, size_t n)
{
    char copy[400], *end;
    double value;
    if (n == 0 || n >= sizeof copy || slha_number(token, n, &value) != 0)
        return;
    memcpy(copy, token, n);
    copy[n] = '\0';
    if (strspn(copy, "0123456789.+-eE") != n)
        return;
    double reference = strtod(copy, &end);
    if (*end == '\0') /* 1.23-101 is Fortran's alone */
        check(memcmp(&value, &reference, sizeof value) == 0);
}

static void check_template(struct state *state, const struct slha_address *address, double value)
{
    struct err err = ERR_INIT;
    struct slha_hit before, after;
    struct buf out;
    struct slha_template *template_ =
        slha_template_create(state->text, state->n_text, address, 1, &err);
    if (!template_)
        return;
    buf_init(&out, state->n_text + 64);
    check(slha_template_fill(template_, &value, &out, &err) == 0);
    slha_find(state->slha, address, &before);
    size_t at = (size_t)(before.token - state->text), tail = state->n_text - at - before.n_token;
    check(out.len >= at + tail && memcmp(out.data, state->text, at) == 0);
    check(memcmp(out.data + out.len - tail, before.token + before.n_token, tail) == 0);

    struct slha *again = slha_create();
    check(again && slha_parse(again, out.data, out.len, &err) == 0);
    check(slha_find(again, address, &after) == SLHA_FOUND && after.value == value);
    slha_free(again);
    buf_free(&out);
    slha_template_free(template_);
}

static void check_address(struct state *state, const struct slha_address *address)
{
    char text[300];
    struct slha_hit hit;
    enum slha_outcome outcome = slha_find(state->slha, address, &hit);
    slha_explain(state->slha, address, outcome, text, sizeof text);
    slha_explain(state->slha, address, outcome, text, state->n_text % 30);
    slha_text(state->slha, address, text, sizeof text);
    slha_text(state->slha, address, text, 1 + state->n_text % 9);
    if (outcome > SLHA_UNSET)
        return;
    check(hit.line >= state->text && hit.line + hit.n_line <= state->text + state->n_text);
    check(hit.n_token == 0 ||
          (hit.token >= hit.line && hit.token + hit.n_token <= hit.line + hit.n_line));
    if (state->n_templates < MAX_TEMPLATES && address->what <= SLHA_SCALE) {
        check_template(state, address, state->n_templates++ % 2 ? 17 : -0.1);
    }
}

static bool visit(void *context, const struct slha_entry *entry)
{
    struct state *state = context;
    check(entry->n_keys <= SLHA_MAX_KEYS && entry->hit.line >= state->text);
    check(entry->hit.line + entry->hit.n_line <= state->text + state->n_text);
    check_number(entry->hit.token, entry->hit.n_token);
    if (state->n_entries++ >= MAX_ENTRIES)
        return false;
    struct slha_address address = {.what = state->block.is_decay ? SLHA_BR : SLHA_ENTRY,
                                   .n_keys = entry->n_keys};
    memcpy(address.block, state->block.name, strlen(state->block.name) + 1);
    memcpy(address.keys, entry->keys, sizeof address.keys);
    check_address(state, &address);
    return true;
}

static void check_text_address(struct state *state, const char *text)
{
    struct err err = ERR_INIT;
    struct slha_address address, again;
    char copy[400];
    size_t column;
    (void)slha_address_looks_like(text);
    if (slha_address_parse(text, &address, &column, &err) != 0) {
        check(column <= strlen(text) && err.code != ERR_NONE);
        return;
    }
    slha_address_format(&address, copy, sizeof copy);
    check(slha_address_parse(copy, &again, NULL, &err) == 0);
    check(again.what == address.what && strcmp(again.block, address.block) == 0 &&
          again.occurrence == address.occurrence && again.n_keys == address.n_keys &&
          memcmp(again.keys, address.keys, sizeof again.keys) == 0 &&
          again.has_scale == address.has_scale && again.scale_gev == address.scale_gev &&
          again.sqrts_gev == address.sqrts_gev);
    check_address(state, &address);
}

/* Addresses in the text itself: what stands between '{' and '}' or a line's end. */
static void check_text_addresses(struct state *state)
{
    const char *at = state->text, *end = at + state->n_text;
    for (int i = 0; i < 8 && at < end && (at = memchr(at, '{', (size_t)(end - at))) != NULL; i++) {
        char text[120];
        size_t n = 0;
        for (at++; at < end && *at != '}' && *at != '\n' && *at && n + 1 < sizeof text; at++)
            text[n++] = *at;
        text[n] = '\0';
        check_text_address(state, text);
    }
}

static void check_fixed_addresses(struct state *state)
{
    static const char *const texts[] = {"MASS[25]",
                                        "A[]",
                                        "A[1]",
                                        "A[1,2]",
                                        "A(2)[1] @ Q=1000",
                                        "GAUGE.Q",
                                        "SPINFO[4]",
                                        "FOBS[5]",
                                        "HMIX(2)[1]",
                                        "NMIX[1,2]",
                                        "DECAY[25].width",
                                        "ALPHA[]",
                                        "BR[6 -> 5]",
                                        "QNUMBERS[6,1]",
                                        "BR[25 -> 5 -5]",
                                        "XSECTION[13000, 2212, 2212 -> 6 -6]",
                                        "HIGGSCOUPLINGSFERMIONS[3,25,5,5,2]"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        check_text_address(state, texts[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct err err = ERR_INIT;
    /* a copy of its own, so that a byte read behind the end is noticed */
    struct state state = {.slha = slha_create(), .text = malloc(size ? size : 1), .n_text = size};
    check(state.slha && state.text);
    memcpy((char *)state.text, data, size);
    check(slha_parse(state.slha, state.text, size, &err) == 0);
    size_t n_blocks = slha_n_blocks(state.slha), line = 0;
    for (size_t i = 0; i < n_blocks; i++) {
        state.block = slha_block(state.slha, i);
        check(state.block.line > line && strlen(state.block.name) < SLHA_MAX_NAME);
        line = state.block.line;
        slha_visit(state.slha, i, visit, &state);
    }
    check_fixed_addresses(&state);
    check_text_addresses(&state);
    slha_free(state.slha);
    free((char *)state.text);
    return 0;
}
