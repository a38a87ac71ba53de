/* search.c: how the scan searches and where it runs. */
#include "reader.h"

#include <string.h>

static const char *const METHODS[] = {[METHOD_RANDOM] = "random",
                                      [METHOD_SOBOL] = "sobol",
                                      [METHOD_LIST] = "list",
                                      [METHOD_CLASSIFIER] = "classifier",
                                      [METHOD_REGRESSOR] = "regressor"};
enum { N_METHODS = sizeof METHODS / sizeof METHODS[0] };
static const char *const SMOTES[] = {[SMOTE_NO] = "no",
                                     [SMOTE_PLAIN] = "smote",
                                     [SMOTE_BORDERLINE] = "borderline",
                                     [SMOTE_ADASYN] = "adasyn",
                                     "yes", /* and further words for the first two */
                                     "true",
                                     "on",
                                     "false",
                                     "off"};
static const char *const LEARNERS[] = {
    [LEARNER_AUTO] = "auto", [LEARNER_NETWORK] = "network", [LEARNER_KERNEL] = "kernel"};
static const char *const AIMS[] = {[AIM_COVER] = "cover", [AIM_BOUNDARY] = "boundary"};

const char *scan_method_name(enum search_method method)
{
    return METHODS[method];
}

const char *scan_smote_name(enum search_smote smote)
{
    return SMOTES[smote];
}

const char *scan_learner_name(enum search_learner learner)
{
    return LEARNERS[learner];
}

const char *scan_aim_name(enum search_aim aim)
{
    return AIMS[aim];
}

/* ---- search --------------------------------------------------------------------------------- */

static int read_method(struct reader *reader, struct value_in *in)
{
    struct scan_search *search = &reader->scan->search;
    const char *text;
    if (!value_text(in, &text))
        return 0;
    struct piece rest = piece_whole(in->node), word = piece_first_word(&rest);
    char *name = piece_dup(&reader->base, word);
    if (name == NULL)
        return -1;
    size_t k = 0;
    while (k < N_METHODS && strcmp(METHODS[k], name) != 0)
        k++;
    if (k == N_METHODS) {
        node_complain(&reader->base, piece_spot(word),
                      "random, sobol, list FILE, classifier or regressor",
                      text_nearest(name, METHODS, N_METHODS), "there is no method \"%.60s\"", name);
        return 0;
    }
    search->method = (enum search_method)k;
    if (k == METHOD_LIST) {
        search->list = piece_dup(&reader->base, rest);
        if (search->list == NULL)
            return -1;
        if (rest.n == 0)
            node_complain(&reader->base, piece_spot(word), "list FILE", NULL,
                          "the file of points is missing");
    } else if (rest.n > 0) {
        node_complain(&reader->base, piece_spot(rest), NULL, NULL,
                      "unexpected words behind the method \"%s\"", name);
    }
    return 0;
}

static struct value_in value_of(struct reader *reader, const struct node *map, const char *key)
{
    return (struct value_in){&reader->base, node_get(map, key), key, true};
}

static bool check_map(struct reader *reader, const struct node *map, const char *where)
{
    if (map->kind == NODE_MAP)
        return true;
    if (map->kind != NODE_EMPTY)
        node_complain(&reader->base, node_whole(map), "KEY: VALUE, one per line", NULL,
                      "%s must be a map, this is %s", where, node_kind_words(map));
    return false;
}

/* One word out of a list; its place in the list to *k, which stays where there is none. */
static void read_word(struct reader *reader, const struct node *map, const char *key,
                      const char *const *words, size_t n, const char *expected, size_t *k)
{
    struct value_in in = value_of(reader, map, key);
    const char *text;
    if (in.node == NULL || !value_text(&in, &text))
        return;
    for (size_t i = 0; i < n; i++)
        if (text_same_caseless(text, words[i])) {
            *k = i;
            return;
        }
    node_complain(&reader->base, node_whole(in.node), expected, text_nearest(text, words, n),
                  "%s: there is no \"%.60s\"", key, text);
}

static void read_words(struct reader *reader, const struct node *map)
{
    struct scan_search *search = &reader->scan->search;
    size_t smote = search->smote, learner = search->learner, aim = search->aim;
    size_t n_smotes = sizeof SMOTES / sizeof SMOTES[0], n_kinds = SMOTE_ADASYN + 1;
    read_word(reader, map, "smote", SMOTES, n_smotes, "no, smote, borderline or adasyn", &smote);
    if (smote >= n_kinds) /* yes, true, on, then false, off */
        smote = smote < n_kinds + 3 ? SMOTE_PLAIN : SMOTE_NO;
    read_word(reader, map, "learner", LEARNERS, sizeof LEARNERS / sizeof LEARNERS[0],
              "auto, network or kernel", &learner);
    read_word(reader, map, "aim", AIMS, sizeof AIMS / sizeof AIMS[0], "cover or boundary", &aim);
    search->smote = (enum search_smote)smote;
    search->learner = (enum search_learner)learner;
    search->aim = (enum search_aim)aim;
}

int read_search(struct reader *reader, const struct node *map)
{
    static const char *const keys[] = {"method",           "start",   "batch", "explore",
                                       "members",          "hidden",  "steps", "smote",
                                       "smote neighbours", "learner", "aim"};
    struct scan_search *search = &reader->scan->search;
    const struct {
        const char *key;
        size_t *count, least, most;
    } counts[] = {{"start", &search->start, 1, 100000000},
                  {"batch", &search->batch, 1, 10000000},
                  {"members", &search->members, 1, 100},
                  {"hidden", &search->hidden, 1, 4096},
                  {"steps", &search->steps, 0, 10000000},
                  {"smote neighbours", &search->smote_neighbours, 1, 1000}};
    *search = (struct scan_search){.method = METHOD_CLASSIFIER,
                                   .start = 1000,
                                   .batch = 300,
                                   .explore = 0.10,
                                   .members = 5,
                                   .hidden = 64,
                                   .smote = SMOTE_PLAIN,
                                   .smote_neighbours = 5};
    if (map == NULL || !check_map(reader, map, "search"))
        return 0;
    keys_check(&reader->base, map, keys, sizeof keys / sizeof keys[0], "search");
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        struct value_in in = value_of(reader, map, counts[i].key);
        if (in.node == NULL)
            continue;
        value_count(&in, counts[i].least, counts[i].count);
        if (*counts[i].count > counts[i].most)
            node_complain(&reader->base, node_whole(in.node), NULL, NULL, "%s: at most %zu",
                          counts[i].key, counts[i].most);
    }
    struct value_in method = value_of(reader, map, "method");
    struct value_in explore = value_of(reader, map, "explore");
    if (explore.node != NULL)
        value_share(&explore, &search->explore);
    read_words(reader, map);
    return method.node != NULL ? read_method(reader, &method) : 0;
}

int read_run(struct reader *reader, const struct node *map)
{
    static const char *const keys[] = {"workers", "launcher", "scratch"};
    struct scan_run *run = &reader->scan->run;
    if (map == NULL || !check_map(reader, map, "run"))
        return 0;
    keys_check(&reader->base, map, keys, 3, "run");
    struct value_in workers = value_of(reader, map, "workers");
    struct value_in launcher = value_of(reader, map, "launcher");
    struct value_in scratch = value_of(reader, map, "scratch");
    if (workers.node != NULL)
        value_count(&workers, 0, &run->workers);
    if (run->workers > 10000) {
        node_complain(&reader->base, node_whole(workers.node), NULL, NULL,
                      "workers: at most 10000");
        run->workers = 0;
    }
    if (launcher.node != NULL && launcher.node->kind != NODE_EMPTY)
        value_text(&launcher, &run->launcher);
    if (scratch.node != NULL)
        value_text(&scratch, &run->scratch);
    return 0;
}
