/* template.c: a text with holes where numbers stood.
 *
 * The reader of find.c says which bytes are an entry's value, so that what is written is what will
 * be read; all other bytes (comments, tabs, CRLF, the missing last newline) are copied.  The old
 * token may be a number of any spelling (0.190D0) or one word that marks the place.
 *
 * Numbers go out with 17 digits and E, never with D, which several programs read as the mantissa
 * alone; where the template has an integer (MODSEL, sign of mu) and the value is one, as integer:
 * some programs read those fields as such. */
#include "private.h"

#include <math.h>
#include <string.h>

struct hole {
    size_t at, n;    /* bytes of the old token */
    size_t i_value;  /* whose value goes there */
    bool is_integer; /* the old token was one */
};

struct slha_template {
    char *text;
    size_t n_text;
    struct hole *holes; /* in the order of the text */
    size_t n_holes;
};

void slha_template_free(struct slha_template *template_)
{
    if (!template_)
        return;
    mem_free(template_->text);
    mem_free(template_->holes);
    mem_free(template_);
}

static int refuse(const struct slha *slha, const struct slha_address *address,
                  enum slha_outcome outcome, struct err *err)
{
    char text[sizeof err->message / 2];
    slha_explain(slha, address, outcome, text, sizeof text);
    return err_set(err, ERR_SCAN, "the template cannot be written at %s", text);
}

static bool is_one_word(const struct slha_hit *hit)
{
    for (size_t i = 0; i < hit->n_token; i++)
        if (is_blank(hit->token[i]))
            return false;
    return hit->n_token > 0;
}

/* How many lines an address could mean, equal values counted: writing one of two is half a job. */
static size_t count_lines(const struct slha *slha, const struct slha_address *address)
{
    size_t n = 0;
    unsigned n_same = 0;
    for (size_t i = 0; i < slha->n_tables; i++) {
        struct table rest = slha->tables[i];
        struct slha_hit hit = {.line = NULL};
        if (slha_table_fit(&rest, address, &n_same) != FIT_YES)
            continue;
        while (slha_table_find(&rest, address, &hit) != SLHA_NO_ENTRY) {
            n++;
            if (address->what == SLHA_SCALE)
                break;
            slha_table_skip(&rest, &hit);
        }
    }
    return n;
}

static int find_hole(const struct slha *slha, const struct slha_address *address, struct hole *hole,
                     struct err *err)
{
    struct slha_hit hit;
    long integer;
    if (address->what != SLHA_ENTRY && address->what != SLHA_SCALE) {
        char text[128];
        slha_address_format(address, text, sizeof text);
        return err_set(err, ERR_SCAN, "%s: only entries and scales of blocks can be written", text);
    }
    enum slha_outcome outcome = slha_find(slha, address, &hit);
    if (outcome <= SLHA_UNSET && count_lines(slha, address) > 1)
        outcome = SLHA_AMBIGUOUS;
    bool is_there = outcome == SLHA_FOUND || outcome == SLHA_UNSET ||
                    (outcome == SLHA_TEXT && is_one_word(&hit));
    if (!is_there)
        return refuse(slha, address, outcome, err);
    hole->at = (size_t)(hit.token - slha->text);
    hole->n = hit.n_token;
    hole->is_integer = slha_token_long((struct token){.at = hit.token, .n = hit.n_token}, &integer);
    return 0;
}

/* Keeps the holes sorted by place; two addresses of one place are refused. */
static int add_hole(struct slha_template *template_, const struct slha_address *addresses,
                    const struct hole *hole, struct err *err)
{
    size_t i = template_->n_holes;
    for (; i > 0 && template_->holes[i - 1].at >= hole->at; i--) {
        if (template_->holes[i - 1].at == hole->at) {
            char one[128], two[128];
            slha_address_format(&addresses[template_->holes[i - 1].i_value], one, sizeof one);
            slha_address_format(&addresses[hole->i_value], two, sizeof two);
            return err_set(err, ERR_SCAN, "%s and %s are the same place of the template", one, two);
        }
        template_->holes[i] = template_->holes[i - 1];
    }
    template_->holes[i] = *hole;
    template_->n_holes++;
    return 0;
}

struct slha_template *slha_template_create(const char *text, size_t n_text,
                                           const struct slha_address *addresses, size_t n,
                                           struct err *err)
{
    int rc = -1;
    struct slha *slha = slha_create();
    struct slha_template *template_ = mem_new(struct slha_template);
    if (!slha || !template_ || !(template_->text = mem_array(n_text + 1, 1)) ||
        !(template_->holes = mem_array(n, sizeof *template_->holes))) {
        mem_error(err);
        goto out;
    }
    if (n_text > 0)
        memcpy(template_->text, text, n_text);
    template_->n_text = n_text;
    TRY(slha_parse(slha, template_->text, n_text, err));
    for (size_t i = 0; i < n; i++) {
        struct hole hole = {.i_value = i};
        TRY(find_hole(slha, &addresses[i], &hole, err));
        TRY(add_hole(template_, addresses, &hole, err));
    }
    rc = 0;
out:
    slha_free(slha);
    if (rc != 0) {
        slha_template_free(template_);
        template_ = NULL;
    }
    return template_;
}

static int fill_hole(const struct hole *hole, double value, struct buf *out, struct err *err)
{
    char number[TEXT_DOUBLE_SIZE];
    if (!isfinite(value))
        return err_set(err, ERR_NUMERIC, "a value for the template is not a finite number");
    if (hole->is_integer && fabs(value) < 1e15 && value == floor(value))
        return buf_printf(out, err, "%lld", (long long)value);
    return buf_puts(out, text_from_double(number, value), err);
}

int slha_template_fill(const struct slha_template *template_, const double *values, struct buf *out,
                       struct err *err)
{
    int rc = -1;
    size_t at = 0;
    for (size_t i = 0; i < template_->n_holes; i++) {
        const struct hole *hole = &template_->holes[i];
        TRY(buf_append(out, template_->text + at, hole->at - at, err));
        TRY(fill_hole(hole, values[hole->i_value], out, err));
        at = hole->at + hole->n;
    }
    TRY(buf_append(out, template_->text + at, template_->n_text - at, err));
    rc = 0;
out:
    return rc;
}
