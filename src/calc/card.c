/* card.c: the files written for a calculator, from templates with holes.
 *
 * A card is an SLHA file in which the numbers at the addresses of `write` change, or any text with
 * {placeholders}, or both; or the output of a calculator before this one, as it is.  Every other
 * byte of the template stays. */
#include "private.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static const size_t LARGEST_TEMPLATE = (size_t)1 << 30;

/* "softsusy.output" names the output of a calculator: its index, or SIZE_MAX. */
static size_t source_calculator(const struct scan *scan, const char *from)
{
    static const char ending[] = ".output";
    size_t n = strlen(from), n_ending = sizeof ending - 1;
    if (n <= n_ending || strcmp(from + n - n_ending, ending) != 0)
        return SIZE_MAX;
    for (size_t i = 0; i < scan->n_calculators; i++) {
        const char *name = scan->calculators[i].name;
        if (strlen(name) == n - n_ending && strncmp(name, from, n - n_ending) == 0)
            return i;
    }
    return SIZE_MAX;
}

static int bind_source(struct card *card, struct prep *prep, struct scan_pos pos)
{
    const struct scan_calculator *from = &prep->scan->calculators[card->source];
    if (card->source >= prep->calculator)
        prep_complain(prep, pos, "a calculator that runs before this one", NULL,
                      "'%s' has no output yet when '%s' runs", from->name,
                      prep->scan->calculators[prep->calculator].name);
    else if (from->kind != CALC_EXEC)
        prep_complain(prep, pos, "a calculator that is run once per point", NULL,
                      "'%s' has no output that could be passed on", from->name);
    else
        prep->needs[card->source] = true;
    return 0;
}

static bool names_output(const char *from)
{
    size_t n = strlen(from);
    return n > 7 && strcmp(from + n - 7, ".output") == 0 && strchr(from, '/') == NULL;
}

int card_create(struct card *card, struct prep *prep, const char *from, struct scan_pos pos)
{
    struct err err = ERR_INIT;
    char path[CALC_PATH], near[256];
    buf_init(&card->text, LARGEST_TEMPLATE);
    buf_init(&card->filled, LARGEST_TEMPLATE);
    card->source = source_calculator(prep->scan, from);
    if (card->source != SIZE_MAX)
        return bind_source(card, prep, pos);
    if (path_join(path, prep->scan->folder, from, prep->err) != 0)
        return -1;
    card->path = mem_strdup(path);
    if (!card->path)
        return mem_error(prep->err);
    if (buf_read_file(&card->text, path, &err) != 0) {
        if (err.code == ERR_MEMORY)
            return mem_error(prep->err);
        card->is_missing = true;
        bool is_told = prep->is_checked && names_output(from); /* when the scan was read */
        if (!is_told)
            prep_complain(prep, pos, "a template file, or CALCULATOR.output",
                          file_exists(path) ? NULL : scan_nearest_file(path, near, sizeof near),
                          "%s", err.message);
    }
    return 0;
}

int cards_join(struct calc *calc, struct err *err)
{
    for (size_t i = 0, head = 0; i < calc->n_cards; i++) {
        const struct buf *text = &calc->cards[i].filled;
        struct buf *out = &calc->cards[head].filled;
        if (!calc->cards[i].is_more) {
            head = i;
            continue;
        }
        if (out->len > 0 && out->data[out->len - 1] != '\n' && buf_puts(out, "\n", err) != 0)
            return -1;
        if (buf_append(out, text->data ? text->data : "", text->len, err) != 0)
            return -1;
    }
    return 0;
}

void card_clear(struct card *card)
{
    mem_free(card->path);
    buf_free(&card->text);
    buf_free(&card->filled);
    slha_template_free(card->slha);
    mem_free(card->writes);
    mem_free(card->values);
}

/* ---- which address belongs to which card ---------------------------------------------------- */

/* Block names are kept in capitals; people are shown what they wrote. */
void words_as_written(char *words, const struct slha_address *address, const char *written)
{
    size_t n = strlen(address->block);
    for (char *at = words; n > 0 && (at = strstr(at, address->block)) != NULL; at += n)
        if (strncasecmp(written, address->block, n) == 0)
            memcpy(at, written, n);
}

static bool is_in(const struct slha *slha, const struct slha_address *address, char *words,
                  size_t size)
{
    struct slha_hit hit;
    enum slha_outcome outcome = slha_find(slha, address, &hit);
    if (outcome == SLHA_FOUND || outcome == SLHA_TEXT || outcome == SLHA_UNSET)
        return true;
    slha_explain(slha, address, outcome, words, size);
    return false;
}

static int make_holes(struct calc *calc, struct prep *prep, int index)
{
    struct card *card = &calc->cards[index];
    struct slha_address *addresses = mem_array(calc->n_writes, sizeof *addresses);
    struct err err = ERR_INIT;
    int rc = -1;
    card->writes = mem_array(calc->n_writes, sizeof *card->writes);
    card->values = mem_array(calc->n_writes, sizeof *card->values);
    if (!addresses || !card->writes || !card->values) {
        mem_error(prep->err);
        goto out;
    }
    for (size_t i = 0; i < calc->n_writes; i++) {
        if (calc->writes[i].is_address && calc->writes[i].card == index) {
            addresses[card->n_holes] = calc->writes[i].address;
            card->writes[card->n_holes++] = i;
        }
    }
    rc = 0;
    if (card->n_holes == 0)
        goto out;
    card->slha =
        slha_template_create(card->text.data, card->text.len, addresses, card->n_holes, &err);
    if (!card->slha && err.code == ERR_MEMORY)
        rc = mem_error(prep->err);
    else if (!card->slha)
        prep_complain(prep, calc->writes[card->writes[0]].def->pos_target, NULL, NULL, "%s: %s",
                      card->path, err.message);
out:
    mem_free(addresses);
    return rc;
}

/* The blocks of a template; NULL without memory. */
static struct slha *template_slha(const struct card *card, struct err *err)
{
    struct slha *slha = slha_create();
    if (!slha ||
        slha_parse(slha, card->text.data ? card->text.data : "", card->text.len, err) != 0) {
        slha_free(slha);
        mem_error(err);
        return NULL;
    }
    return slha;
}

/* Gives the addresses that this template has to this card. */
static int claim(struct calc *calc, struct prep *prep, int index)
{
    char ignored[CALC_SENTENCE];
    struct slha *slha = template_slha(&calc->cards[index], prep->err);
    if (!slha)
        return -1;
    for (size_t i = 0; i < calc->n_writes; i++) {
        struct write *write = &calc->writes[i];
        if (write->is_address && write->card < 0 &&
            is_in(slha, &write->address, ignored, sizeof ignored))
            write->card = index;
    }
    slha_free(slha);
    return 0;
}

/* An address that no template has: what the last of them says of it. */
static int complain_of_address(const struct calc *calc, struct prep *prep,
                               const struct write *write)
{
    char words[CALC_SENTENCE] = "";
    for (size_t i = 0; i < calc->n_cards; i++) {
        struct slha *slha = calc->cards[i].path ? template_slha(&calc->cards[i], prep->err) : NULL;
        if (calc->cards[i].path && !slha)
            return -1;
        if (slha)
            (void)is_in(slha, &write->address, words, sizeof words);
        slha_free(slha);
    }
    words_as_written(words, &write->address, write->def->target);
    if (words[0] != '\0')
        prep_complain(prep, write->def->pos_target, NULL, NULL, "%s", words);
    else if (calc->n_cards > 0)
        prep_complain(prep, write->def->pos_target, "a template of your own: a file", NULL,
                      "%s: the output of a calculator is passed on as it is", write->def->target);
    else if (!prep->is_checked) /* else told when the scan was read */
        prep_complain(prep, write->def->pos_target, "stdin: FILE or input: FILE", NULL,
                      "%s: there is no template to write into", write->def->target);
    return 0;
}

static bool is_placeholder(const struct calc *calc, const char *target)
{
    for (size_t i = 0; i < calc->placeholders.n; i++) {
        if (strcmp(calc->placeholders.items[i].content, target) == 0)
            return true;
    }
    return false;
}

/* A target that no template has a place for: which places there are. */
static void complain_of_target(const struct calc *calc, struct prep *prep,
                               const struct write *write)
{
    char expected[280];
    size_t n = (size_t)snprintf(expected, sizeof expected,
                                "an SLHA address like MINPAR[1], or a {placeholder} that stands in "
                                "the template or in `run`");
    for (size_t i = 0; i < calc->placeholders.n && n + 30 < sizeof expected; i++) {
        const char *content = calc->placeholders.items[i].content;
        bool has_room = n + strlen(content) + 30 < sizeof expected;
        n += (size_t)snprintf(expected + n, sizeof expected - n, "%s%s%s%s",
                              i == 0 ? "; there: " : " ", has_room ? "{" : "...",
                              has_room ? content : "", has_room ? "}" : "");
        if (!has_room)
            break;
    }
    prep_complain(prep, write->def->pos_target, expected, NULL, "nothing to write '%s' to",
                  write->def->target);
}

int cards_bind(struct calc *calc, struct prep *prep)
{
    bool has_text = true;
    for (size_t i = 0; i < calc->n_cards; i++) {
        has_text = has_text && !calc->cards[i].is_missing;
        if (calc->cards[i].path && claim(calc, prep, (int)i) != 0)
            return -1;
    }
    for (size_t i = 0; i < calc->n_writes; i++) {
        const struct write *write = &calc->writes[i];
        if (write->is_address && write->card < 0 && has_text &&
            complain_of_address(calc, prep, write) != 0)
            return -1;
        if (!write->is_address && !write->is_bad && has_text &&
            !is_placeholder(calc, write->def->target))
            complain_of_target(calc, prep, write);
    }
    for (size_t i = 0; i < calc->n_cards; i++) {
        if (calc->cards[i].path && make_holes(calc, prep, (int)i) != 0)
            return -1;
    }
    return 0;
}
