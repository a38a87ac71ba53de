/* labels.c: a number for the labels that the stored points have, so that what was counted with
 * other ones can be told from what is true now.
 *
 * Labels follow from the scan file, the live cuts and the constraints that were taken out; all of
 * them are written in the one transaction that judges the points anew.  The number is FNV-1a over
 * these words (Fowler, Noll, Vo; RFC 9923). */
#include "labels.h"

static uint64_t sign_of(const char *text, uint64_t from)
{
    uint64_t sign = UINT64_C(0xcbf29ce484222325);

    for (; *text; text++)
        sign = (sign ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
    for (; from > 0; from >>= 8)
        sign = (sign ^ (from & 255)) * UINT64_C(0x100000001b3);
    return sign != 0 ? sign : 1;
}

int labels_read(struct store *store, struct labels *labels, struct err *err)
{
    struct arena *arena = arena_create();
    struct judge_cut *cuts;
    const char **without;
    struct buf text, from;
    size_t i, n;
    int64_t number = 0, first = 0;
    int rc = -1;

    *labels = (struct labels){.text = NULL};
    buf_init(&text, 1 << 22);
    buf_init(&from, 64);
    if (!arena) {
        mem_error(err);
        goto out;
    }
    TRY(store_scan_number(store, &number, err));
    TRY(store_cuts(store, arena, &cuts, &n, &without, err));
    TRY(store_get_meta(store, "labels from", &from, err));
    if (from.len > 0 && text_to_int64(from.data, &first) == 0)
        labels->from = (uint64_t)first;
    TRY(buf_printf(&text, err, "%lld\n", (long long)number));
    for (i = 0; i < n; i++)
        TRY(buf_printf(&text, err, "+%s:%s\n", cuts[i].name, cuts[i].text));
    for (i = 0; without && without[i]; i++)
        TRY(buf_printf(&text, err, "-%s\n", without[i]));
    labels->sign = sign_of(text.data, labels->from);
    labels->text = mem_strdup(text.data);
    if (!labels->text) {
        mem_error(err);
        goto out;
    }
    rc = 0;
out:
    buf_free(&from);
    buf_free(&text);
    arena_free(arena);
    return rc;
}
