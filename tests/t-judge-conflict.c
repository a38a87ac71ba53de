/* t-judge-conflict.c: why nothing is accepted, in words: terms that hold nowhere, that have no
 * value, that never hold together, and what is told where neither stands out. */
#include "tap.h"

#include "theodolite/judge.h"

#include <string.h>

static const char *const names[] = {"one", "two", "three", "four", "five"};

/* n points at which exactly the terms of `holds` hold, and those of `unknown` have no value. */
static void add(struct judge_conflict *conflict, size_t n_terms, int n, uint64_t holds,
                uint64_t unknown)
{
    const struct verdict verdict = {.fails = ~holds & ~unknown, .unknown = unknown};
    for (int i = 0; i < n; i++)
        judge_conflict_note(conflict, n_terms, &verdict);
}

static const char *words_of(const struct judge_conflict *conflict, size_t n_terms)
{
    static char words[300];
    judge_conflict_words(conflict, names, n_terms, words, sizeof words);
    return words;
}

static void test_nowhere(void)
{
    struct judge_conflict conflict = {.n = 0};
    add(&conflict, 3, 100, 1, 0);
    is_str(words_of(&conflict, 3), "", "a hundred points are too few to tell");
    add(&conflict, 3, 200, 1, 4);
    is_str(words_of(&conflict, 3), "two holds nowhere; three holds nowhere", "two hold nowhere");
    conflict = (struct judge_conflict){.n = 0};
    add(&conflict, 3, 300, 3, 4);
    is_str(words_of(&conflict, 3), "three has no value at any point", "one has no value");
}

static void test_pairs(void)
{
    struct judge_conflict conflict = {.n = 0};
    add(&conflict, 3, 500, 5, 0);
    add(&conflict, 3, 100, 2, 0);
    add(&conflict, 3, 400, 4, 0);
    is_str(words_of(&conflict, 3),
           "two and three never hold together (alone at 10 % and 90 %); one and two never hold "
           "together (alone at 50 % and 10 %)",
           "the clearest pair first");
    add(&conflict, 3, 1, 6, 0);
    is_str(words_of(&conflict, 3), "one and two never hold together (alone at 50 % and 10 %)",
           "one point is enough");
    conflict = (struct judge_conflict){.n = 0};
    add(&conflict, 2, 996, 0, 0);
    add(&conflict, 2, 2, 1, 0);
    add(&conflict, 2, 2, 2, 0);
    is_str(words_of(&conflict, 2), "one alone rejects 2 that meet all others",
           "rare ones may miss each other by chance");
    conflict = (struct judge_conflict){.n = 0};
    for (uint64_t i = 0; i < 5; i++)
        add(&conflict, 5, 100, (uint64_t)1 << i, 0);
    const char *words = words_of(&conflict, 5);
    ok(strstr(words, "one and two never") == words && strstr(words, "; 7 more pairs") != NULL,
       "of ten pairs three are told: %s", words);
}

static void test_rest(void)
{
    struct judge_conflict conflict = {.n = 0};
    char small[20];
    add(&conflict, 3, 100, 3, 0);
    add(&conflict, 3, 100, 5, 0);
    add(&conflict, 3, 150, 6, 0);
    is_str(words_of(&conflict, 3), "one alone rejects 150 that meet all others",
           "each two hold together, not all three");
    ok(judge_conflict_words(&conflict, names, 3, small, sizeof small), "a small room");
    is_str(small, "one alone rejects 1", "is kept to");
    conflict = (struct judge_conflict){.n = 0};
    add(&conflict, 4, 100, 3, 0);
    add(&conflict, 4, 100, 5, 0);
    add(&conflict, 4, 100, 9, 0);
    add(&conflict, 4, 100, 6, 0);
    add(&conflict, 4, 100, 10, 0);
    add(&conflict, 4, 50, 12, 0);
    is_str(words_of(&conflict, 4), "several reject each point; three holds at 45 %",
           "nothing stands out");
}

int main(void)
{
    test_nowhere();
    test_pairs();
    test_rest();
    return done_testing();
}
