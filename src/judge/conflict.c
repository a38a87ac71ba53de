/* conflict.c: why nothing is accepted: which terms hold nowhere, which never hold together.
 *
 * What it does: counts, over judged points, where each term holds and what it alone rejects, and
 * keeps for each term which others have held with it at some point; says in words what stands out.
 * Two terms that never hold together are told where they would be expected to at three points or
 * more if they had nothing to do with each other (n_i n_j / n): below that it may be chance.
 *
 * What it does not: prove anything.  A target can be too small to be met by chance. */
#include "theodolite/judge.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { LEAST = 200, MOST_TOLD = 3 };
static const double EXPECTED = 3;

void judge_conflict_note(struct judge_conflict *conflict, size_t n_terms,
                         const struct verdict *verdict)
{
    uint64_t all = n_terms < 64 ? ((uint64_t)1 << n_terms) - 1 : UINT64_MAX;
    uint64_t holds = ~(verdict->fails | verdict->unknown) & all, fails = ~holds & all;
    conflict->n++;
    for (size_t i = 0; i < n_terms; i++) {
        conflict->n_unknown[i] += verdict->unknown >> i & 1;
        conflict->n_only[i] += fails == (uint64_t)1 << i;
        if (holds >> i & 1) {
            conflict->n_holds[i]++;
            conflict->together[i] |= holds;
        }
    }
}

struct writer {
    char *out;
    size_t size, n;
};

static void put(struct writer *w, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void put(struct writer *w, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(w->out + w->n, w->size - w->n, format, args);
    va_end(args);
    w->n = n < 0 || (size_t)n >= w->size - w->n ? w->size - 1 : w->n + (size_t)n;
}

/* Terms that hold at none of the points. */
static size_t put_never(struct writer *w, const struct judge_conflict *conflict,
                        const char *const *names, size_t n_terms)
{
    size_t n = 0;
    for (size_t i = 0; i < n_terms; i++) {
        if (conflict->n_holds[i] > 0)
            continue;
        if (n++ < MOST_TOLD)
            put(w, "%s%s %s", n > 1 ? "; " : "", names[i],
                conflict->n_unknown[i] == conflict->n ? "has no value at any point"
                                                      : "holds nowhere");
    }
    if (n > MOST_TOLD)
        put(w, "; %zu more constraints hold nowhere", n - MOST_TOLD);
    return n;
}

static double share(const struct judge_conflict *conflict, size_t i)
{
    return 100 * (double)conflict->n_holds[i] / (double)conflict->n;
}

/* How many points both would hold at by chance; 0 where they do somewhere. */
static double missed(const struct judge_conflict *conflict, size_t i, size_t j)
{
    if (conflict->together[i] >> j & 1)
        return 0;
    return (double)conflict->n_holds[i] * (double)conflict->n_holds[j] / (double)conflict->n;
}

static size_t put_pairs(struct writer *w, const struct judge_conflict *conflict,
                        const char *const *names, size_t n_terms, const char *gap)
{
    double last = HUGE_VAL;
    size_t n = 0, at_i = 0, at_j = 0;
    for (size_t told = 0; told <= MOST_TOLD; told++) { /* the clearest first */
        double best = EXPECTED;
        size_t best_i = 0, best_j = 0;
        n = 0;
        for (size_t i = 0; i < n_terms; i++)
            for (size_t j = i + 1; j < n_terms; j++) {
                double m = missed(conflict, i, j);
                bool is_behind = m < last || (m <= last && (i > at_i || (i == at_i && j > at_j)));
                n += m >= EXPECTED;
                if (is_behind && m >= EXPECTED && (m > best || best_j == 0)) {
                    best = m;
                    best_i = i;
                    best_j = j;
                }
            }
        if (best_j == 0 || told == MOST_TOLD)
            break;
        put(w, "%s%s and %s never hold together (alone at %.2g %% and %.2g %%)",
            told > 0 ? "; " : gap, names[best_i], names[best_j], share(conflict, best_i),
            share(conflict, best_j));
        last = best;
        at_i = best_i;
        at_j = best_j;
    }
    if (n > MOST_TOLD)
        put(w, "; %zu more pairs", n - MOST_TOLD);
    return n;
}

static void put_hardest(struct writer *w, const struct judge_conflict *conflict,
                        const char *const *names, size_t n_terms)
{
    size_t lonely = 0, rarest = 0;
    for (size_t i = 0; i < n_terms; i++) {
        lonely = conflict->n_only[i] > conflict->n_only[lonely] ? i : lonely;
        rarest = conflict->n_holds[i] < conflict->n_holds[rarest] ? i : rarest;
    }
    if (conflict->n_only[lonely] > 0)
        put(w, "%s alone rejects %llu that meet all others", names[lonely],
            (unsigned long long)conflict->n_only[lonely]);
    else
        put(w, "several reject each point; %s holds at %.2g %%", names[rarest],
            share(conflict, rarest));
}

bool judge_conflict_words(const struct judge_conflict *conflict, const char *const *names,
                          size_t n_terms, char *out, size_t size)
{
    struct writer w = {.out = out, .size = size};
    out[0] = '\0';
    if (conflict->n < LEAST || n_terms == 0)
        return false;
    size_t n = put_never(&w, conflict, names, n_terms);
    n += put_pairs(&w, conflict, names, n_terms, n > 0 ? "; " : "");
    if (n == 0)
        put_hardest(&w, conflict, names, n_terms);
    return true;
}
