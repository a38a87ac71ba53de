/* replay.c: `theodolite replay` and `theodolite snapshot`: what was asked of a scan, as it could be
 * asked again, or asked again of another one; and a copy of a store.
 *
 * The journal is printed as a script: commands as they were given, each after a remark with its
 * number, time, round and answer; what was refused or taken back is a remark too, so that what is
 * left leads to the same settings.  `attach --script` reads it. */
#include "private.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* ---- replay --------------------------------------------------------------------------------- */

/* Of that moment only: they say nothing to another scan. */
static bool is_momentary(const char *text)
{
    static const char *const words[] = {"pause", "resume", "drain", "stop",
                                        "kill",  "retry",  "train"};
    size_t n = strcspn(text, " \t");
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strlen(words[i]) == n && strncmp(text, words[i], n) == 0)
            return true;
    return false;
}

/* Why it is not given again, or NULL. */
static const char *why_not(const struct command_row *row)
{
    size_t n = strcspn(row->text, " \t");
    if (row->answer == NULL)
        return "not answered";
    if (!row->is_ok)
        return "refused";
    if (row->undone != 0)
        return "taken back";
    if (n == 4 && strncmp(row->text, "undo", n) == 0)
        return "undo";
    return NULL;
}

static void print_remark(const struct command_row *row)
{
    char stamp[32];
    const char *why = why_not(row), *answer = row->answer != NULL ? row->answer : "";
    if (row->answer == NULL)
        printf("# %lld  %s\n", (long long)row->id, clock_stamp(stamp, row->at));
    else
        printf("# %lld  %s  round %u -> ", (long long)row->id, clock_stamp(stamp, row->at),
               (unsigned)row->round);
    for (const char *at = answer; *at != '\0'; at++)
        putchar(*at == '\n' ? ' ' : *at);
    if (row->answer != NULL)
        putchar('\n');
    if (why != NULL)
        printf("# (%s) ", why);
    printf(":%s\n", row->text);
}

/* Exit status: 2 where the other scan refused one of them. */
static int give_again(const struct command_row *rows, size_t n, const char *onto)
{
    size_t n_given = 0, n_refused = 0, n_left = 0;
    for (size_t i = 0; i < n; i++) {
        if (why_not(&rows[i]) != NULL || is_momentary(rows[i].text)) {
            n_left++;
            continue;
        }
        printf(":%s -> ", rows[i].text);
        fflush(stdout);
        int status = cli_tell_one(onto, rows[i].text);
        fflush(stdout);
        if (status != 0 && status != 2)
            return status; /* the store cannot be reached */
        n_given += status == 0;
        n_refused += status != 0;
    }
    printf("%zu command%s given to %s, %zu refused; %zu of the journal left out (refused or taken "
           "back then, or of that moment only)\n",
           n_given, n_given == 1 ? "" : "s", onto, n_refused, n_left);
    return n_refused > 0 ? 2 : 0;
}

static int replay(const char *db, int64_t from, const char *onto)
{
    struct err err = ERR_INIT;
    struct arena *arena = arena_create();
    struct store *store = store_open(db, STORE_READ, &err);
    struct command_row *rows = NULL;
    size_t n = 0, first = 0;
    int status = 0;
    if (arena == NULL)
        mem_error(&err);
    if (arena == NULL || store == NULL || store_journal(store, arena, &rows, &n, &err) != 0)
        status = cli_fail(&err);
    store_close(store);
    while (first < n && rows[first].id < from)
        first++;
    if (status == 0 && onto != NULL)
        status = give_again(rows + first, n - first, onto);
    else if (status == 0) {
        printf("# what was asked of %s\n", db);
        for (size_t i = first; i < n; i++)
            print_remark(&rows[i]);
    }
    arena_free(arena);
    return status;
}

int cli_replay(int argc, char **argv)
{
    static const struct option options[] = {
        {"from", required_argument, NULL, 'f'},
        {"onto", required_argument, NULL, 'o'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    const char *onto = NULL;
    int64_t from = 0;
    int letter;
    while ((letter = getopt_long(argc, argv, ":h", options, NULL)) != -1) {
        if (letter == 'h')
            return cli_usage("replay", true);
        if (letter == 'o')
            onto = optarg;
        else if (letter != 'f')
            return cli_bad_option("replay", argv);
        else if (text_to_int64(optarg, &from) != 0 || from < 1) {
            fprintf(stderr, "theodolite replay: --from takes the number of a command, as replay "
                            "prints it\n");
            return 2;
        }
    }
    if (optind != argc - 1)
        return cli_usage("replay", false);
    return replay(argv[optind], from, onto);
}

/* ---- snapshot ------------------------------------------------------------------------------- */

/* SCAN.db -> SCAN-20261122-021437.db */
static void name_copy(const char *db, char *out, size_t size)
{
    char stamp[32] = "";
    time_t now = (time_t)clock_wall_s();
    struct tm parts;
    size_t n = strlen(db);
    if (localtime_r(&now, &parts) != NULL)
        strftime(stamp, sizeof stamp, "%Y%m%d-%H%M%S", &parts);
    if (n > 3 && strcmp(db + n - 3, ".db") == 0)
        n -= 3;
    snprintf(out, size, "%.*s-%s.db", (int)n, db, stamp);
}

int cli_snapshot(int argc, char **argv)
{
    struct err err = ERR_INIT;
    struct store_counts counts;
    char path[4096], number[32];
    if (argc == 2 && strcmp(argv[1], "--help") == 0)
        return cli_usage("snapshot", true);
    if (argc < 2 || argc > 3 || argv[1][0] == '-')
        return cli_usage("snapshot", false);
    if (argc == 3)
        snprintf(path, sizeof path, "%s", argv[2]);
    else
        name_copy(argv[1], path, sizeof path);
    struct store *store = store_open(argv[1], STORE_READ, &err);
    int rc = store == NULL ? -1 : store_snapshot(store, path, &err);
    if (rc == 0)
        rc = store_counts(store, &counts, &err);
    store_close(store);
    if (rc != 0)
        return cli_fail(&err);
    printf("a copy with %s points is in %s\n", text_count(number, sizeof number, counts.total),
           path);
    return 0;
}
