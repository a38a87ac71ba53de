/* address.c: the words by which a user names an entry.
 *
 *     NAME [ '(' n ')' ] '[' keys ']' [ '@' Q '=' number [GeV] ]
 *     NAME [ '(' n ')' ] '.Q'
 *     DECAY '[' pdg '].width'        BR '[' pdg '->' pdg ... ']'
 *     XSECTION '[' sqrts ',' in1 ',' in2 '->' out ... ']'
 *
 * Names in any case, blanks between all parts, keys apart by commas or (behind "->") blanks.
 * DECAY1L and BR1L are the same for SPheno's one-loop decay tables.  Recursive descent by hand;
 * the parser's column goes into the user's error message. */
#include "private.h"

#include <stdio.h>
#include <string.h>

struct parser {
    const char *text;
    const char *at;
    struct err *err;
};

static int expected(struct parser *p, const char *what)
{
    if (*p->at == '\0')
        return err_set(p->err, ERR_SCAN, "expected %s at the end of the address \"%s\"", what,
                       p->text);
    return err_set(p->err, ERR_SCAN, "expected %s at \"%s\" in the address \"%s\"", what, p->at,
                   p->text);
}

static void skip_blanks(struct parser *p)
{
    while (*p->at == ' ' || *p->at == '\t')
        p->at++;
}

static bool is_name_start(char c)
{
    return (upper(c) >= 'A' && upper(c) <= 'Z') || c == '_';
}

static bool is_name(char c)
{
    return is_name_start(c) || is_digit(c);
}

static bool accept(struct parser *p, const char *word)
{
    skip_blanks(p);
    size_t n = strlen(word);
    for (size_t i = 0; i < n; i++)
        if (upper(p->at[i]) != word[i])
            return false;
    p->at += n;
    return true;
}

static int read_name(struct parser *p, struct slha_address *address)
{
    skip_blanks(p);
    if (!is_name_start(*p->at))
        return expected(p, "a block's name, as in MASS[25],");
    size_t n = 0;
    for (; is_name(p->at[n]); n++) {
        if (n + 1 == SLHA_MAX_NAME)
            return expected(p, "a shorter name");
        address->block[n] = upper(p->at[n]);
    }
    address->block[n] = '\0';
    p->at += n;
    return 0;
}

static int read_long(struct parser *p, long *value, const char *what)
{
    skip_blanks(p);
    const char *start = p->at;
    bool is_negative = *p->at == '-';
    if (*p->at == '-' || *p->at == '+')
        p->at++;
    if (!is_digit(*p->at)) {
        p->at = start;
        return expected(p, what);
    }
    long sum = 0;
    for (; is_digit(*p->at); p->at++) {
        if (sum > 9999999999999999) {
            p->at = start;
            return expected(p, "a smaller integer");
        }
        sum = sum * 10 + (*p->at - '0');
    }
    *value = is_negative ? -sum : sum;
    return 0;
}

static int read_number(struct parser *p, double *value)
{
    skip_blanks(p);
    size_t n = 0;
    while (is_name(p->at[n]) || p->at[n] == '.' || p->at[n] == '+' || p->at[n] == '-')
        n++;
    if (slha_number(p->at, n, value) != 0 || !(*value > 0) || *value > 1e300)
        return expected(p, "a positive number");
    p->at += n;
    return 0;
}

static int add_key(struct parser *p, struct slha_address *address, const char *what)
{
    if (address->n_keys == SLHA_MAX_KEYS)
        return expected(p, "no more than 8 keys");
    return read_long(p, &address->keys[address->n_keys++], what);
}

static int read_keys(struct parser *p, struct slha_address *address)
{
    if (accept(p, "]"))
        return 0;
    do {
        if (add_key(p, address, "an integer key") != 0)
            return -1;
    } while (accept(p, ","));
    return accept(p, "]") ? 0 : expected(p, "',' or ']'");
}

static int read_products(struct parser *p, struct slha_address *address)
{
    if (!accept(p, "->"))
        return expected(p, "\"->\" and the products");
    do {
        if (add_key(p, address, "a product's PDG code") != 0)
            return -1;
        accept(p, ",");
    } while (!accept(p, "]"));
    return 0;
}

static bool is_block(const struct slha_address *address, const char *name)
{
    return strcmp(address->block, name) == 0;
}

static int read_decay(struct parser *p, struct slha_address *address)
{
    address->what = SLHA_WIDTH;
    if (add_key(p, address, "the PDG code of what decays") != 0)
        return -1;
    if (!accept(p, "]"))
        return expected(p, "']'");
    return accept(p, ".WIDTH") ? 0 : expected(p, "\".width\"");
}

static int read_channel(struct parser *p, struct slha_address *address)
{
    address->what = SLHA_BR;
    static const char plain[] = "DECAY", one_loop[] = "DECAY1L";
    if (is_block(address, "BR"))
        memcpy(address->block, plain, sizeof plain);
    else
        memcpy(address->block, one_loop, sizeof one_loop);
    if (add_key(p, address, "the PDG code of what decays") != 0)
        return -1;
    return read_products(p, address);
}

static int read_xsection(struct parser *p, struct slha_address *address)
{
    address->what = SLHA_XSECTION;
    if (read_number(p, &address->sqrts_gev) != 0)
        return -1;
    for (int i = 0; i < 2; i++) {
        if (!accept(p, ","))
            return expected(p, "',' and what comes in, as in XSECTION[13000, 2212, 2212 -> 6 -6],");
        if (add_key(p, address, "the PDG code of what comes in") != 0)
            return -1;
    }
    return read_products(p, address);
}

static int read_occurrence(struct parser *p, struct slha_address *address)
{
    long n;
    if (!accept(p, "("))
        return 0;
    if (read_long(p, &n, "which one, as in GAUGE(2)[1],") != 0)
        return -1;
    if (n < 1 || n > 1000000)
        return expected(p, "an occurrence from 1");
    address->occurrence = (unsigned)n;
    return accept(p, ")") ? 0 : expected(p, "')'");
}

static int read_scale(struct parser *p, struct slha_address *address)
{
    if (!accept(p, "@"))
        return 0;
    if (!accept(p, "Q") || !accept(p, "="))
        return expected(p, "\"Q=\" and a scale in GeV");
    if (address->what != SLHA_ENTRY && address->what != SLHA_SCALE)
        return expected(p, "no scale: this table has none");
    address->has_scale = true;
    if (read_number(p, &address->scale_gev) != 0)
        return -1;
    accept(p, "GEV");
    return 0;
}

static int read_address(struct parser *p, struct slha_address *address)
{
    if (read_name(p, address) != 0 || read_occurrence(p, address) != 0)
        return -1;
    int rc;
    if (accept(p, ".Q")) {
        address->what = SLHA_SCALE;
        rc = 0;
    } else if (!accept(p, "[")) {
        return expected(p, "'[' and keys");
    } else if (is_block(address, "BR") || is_block(address, "BR1L")) {
        rc = read_channel(p, address);
    } else if (is_block(address, "DECAY") || is_block(address, "DECAY1L")) {
        rc = read_decay(p, address);
    } else if (is_block(address, "XSECTION")) {
        rc = read_xsection(p, address);
    } else {
        rc = read_keys(p, address);
    }
    if (rc != 0 || read_scale(p, address) != 0)
        return -1;
    skip_blanks(p);
    return *p->at == '\0' ? 0 : expected(p, "nothing more");
}

int slha_address_parse(const char *text, struct slha_address *address, size_t *column,
                       struct err *err)
{
    struct parser parser = {.text = text, .at = text, .err = err};
    *address = (struct slha_address){.what = SLHA_ENTRY};
    int rc = read_address(&parser, address);
    if (column)
        *column = (size_t)(parser.at - text);
    return rc;
}

bool slha_address_looks_like(const char *text)
{
    while (*text == ' ' || *text == '\t')
        text++;
    if (!is_name_start(*text))
        return false;
    while (is_name(*text))
        text++;
    if (*text == '(') {
        text++;
        if (!is_digit(*text))
            return false;
        while (is_digit(*text))
            text++;
        if (*text++ != ')')
            return false;
    }
    return *text == '[';
}

/* ---- formatting ----------------------------------------------------------------------------- */

struct writer {
    char *out;
    size_t size, len;
};

static void put(struct writer *w, const char *text)
{
    for (; *text != '\0' && w->len + 1 < w->size; text++)
        w->out[w->len++] = *text;
    if (w->size > 0)
        w->out[w->len] = '\0';
}

static void put_long(struct writer *w, long value)
{
    char number[32];
    snprintf(number, sizeof number, "%ld", value);
    put(w, number);
}

static void put_keys(struct writer *w, const struct slha_address *address)
{
    char number[TEXT_DOUBLE_SIZE];
    bool is_list = address->what == SLHA_ENTRY;
    size_t n_before = address->what == SLHA_XSECTION ? 2 : 1;
    if (address->what == SLHA_XSECTION)
        put(w, text_shortest(number, address->sqrts_gev));
    for (size_t i = 0; i < address->n_keys; i++) {
        if (!is_list && i == n_before)
            put(w, " -> ");
        else if (is_list && i > 0)
            put(w, ",");
        else if (i > n_before)
            put(w, " ");
        else if (address->what == SLHA_XSECTION)
            put(w, ", ");
        put_long(w, address->keys[i]);
    }
}

void slha_address_format(const struct slha_address *address, char *out, size_t size)
{
    char number[TEXT_DOUBLE_SIZE];
    struct writer w = {.out = out, .size = size};
    put(&w, "");
    if (address->what == SLHA_BR)
        put(&w, is_block(address, "DECAY1L") ? "BR1L" : "BR");
    else
        put(&w, address->block);
    if (address->occurrence > 0) {
        put(&w, "(");
        put_long(&w, (long)address->occurrence);
        put(&w, ")");
    }
    if (address->what == SLHA_SCALE) {
        put(&w, ".Q");
    } else {
        put(&w, "[");
        put_keys(&w, address);
        put(&w, address->what == SLHA_WIDTH ? "].width" : "]");
    }
    if (address->has_scale) {
        put(&w, " @ Q=");
        put(&w, text_shortest(number, address->scale_gev));
    }
}
