/* tools.c: are the calculators and the curve files still those of the stored points?
 *
 * The first worker tells programs, scripts, templates and shared objects with their checksums; they
 * are kept in `meta`.  When a scan is resumed and one of them has changed, old and new points would
 * not mean the same: the scan is refused and the difference named.  A curve file that has changed
 * only changes labels: stored points are judged again. */
#include "private.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct tool { /* one line: calculator, path, version, checksum */
    char calculator[128], file[256], version[256], checksum[64];
};

/* Reads the line at *text and moves behind it; false at the end. */
static bool next_tool(const char **text, struct tool *tool)
{
    char line[4096], *field[4] = {"", "", "", ""}, *at = line;
    size_t n = strcspn(*text, "\n");
    if (**text == '\0')
        return false;
    snprintf(line, sizeof line, "%.*s", (int)n, *text);
    *text += n + ((*text)[n] == '\n');
    for (size_t i = 0; i < 4 && at != NULL; i++) {
        field[i] = at;
        if ((at = strchr(at, '\t')) != NULL)
            *at++ = '\0';
    }
    const char *slash = strrchr(field[1], '/'); /* a program that was moved is the same */
    snprintf(tool->calculator, sizeof tool->calculator, "%s", field[0]);
    snprintf(tool->file, sizeof tool->file, "%s", slash != NULL ? slash + 1 : field[1]);
    snprintf(tool->version, sizeof tool->version, "%s", field[2]);
    snprintf(tool->checksum, sizeof tool->checksum, "%s", field[3]);
    return true;
}

static bool has_same(const char *tools, const struct tool *wanted, struct tool *other)
{
    struct tool tool;
    bool is_found = false;
    while (next_tool(&tools, &tool)) {
        if (strcmp(tool.calculator, wanted->calculator) != 0 ||
            strcmp(tool.file, wanted->file) != 0)
            continue;
        is_found = true;
        *other = tool;
        if (strcmp(tool.checksum, wanted->checksum) == 0)
            return true;
    }
    return !is_found; /* what is new or gone is seen in the scan file */
}

static int compare(const char *stored, const char *now, struct buf *words, struct err *err)
{
    struct tool tool, other;
    while (next_tool(&stored, &tool))
        if (!has_same(now, &tool, &other) &&
            buf_printf(words, err, "%s%s of %s", words->len > 0 ? ", " : "", tool.file,
                       tool.calculator) != 0)
            return -1;
    return 0;
}

bool tools_are_awaited(const struct engine *engine)
{
    return engine->before.pid != 0 && !engine->has_tools && pool_tools(engine->pool) == NULL;
}

int tools_check(struct engine *engine, struct err *err)
{
    const char *now = pool_tools(engine->pool);
    struct buf stored, words;
    int rc = -1;
    if (engine->has_tools || now == NULL)
        return 0;
    engine->has_tools = true;
    buf_init(&stored, 1 << 22);
    buf_init(&words, 1 << 22);
    TRY(store_get_meta(engine->store, "tools", &stored, err));
    if (stored.len > 0)
        TRY(compare(stored.data, now, &words, err));
    if (words.len > 0 && !engine->options->accepts_tools) {
        engine->is_refused = true;
        err_set(err, ERR_SCAN,
                "calculators changed since the stored points were made: %.700s\n"
                "old and new points would not mean the same: start a new scan, or \"resume "
                "--force\" if you know that it makes no difference",
                words.data);
        goto out;
    }
    if (strcmp(stored.len > 0 ? stored.data : "", now) != 0)
        TRY(engine_set_meta(engine, "tools", now, err));
    if (words.len > 0)
        engine_note(engine, LOG_WARNING, "calculators changed, accepted by the user: %s",
                    words.data);
    rc = 0;
out:
    buf_free(&stored);
    buf_free(&words);
    return rc;
}

/* The file of "curve FILE, ...". */
static void curve_file(const char *text, char *name, size_t size)
{
    text += strlen("curve ");
    text += strspn(text, " ");
    snprintf(name, size, "%.*s", (int)strcspn(text, ","), text);
}

/* Its checksum (FNV-1a); files that cannot be read count as empty. */
static uint64_t curve_checksum(const struct scan *scan, const char *name)
{
    char path[4096];
    struct buf content;
    struct err ignored = ERR_INIT;
    uint64_t hash = 14695981039346656037u;
    buf_init(&content, 1 << 28);
    if (file_join(path, sizeof path, scan->folder, name, &ignored) == 0 &&
        buf_read_file(&content, path, &ignored) == 0)
        for (size_t i = 0; i < content.len; i++)
            hash = (hash ^ (unsigned char)content.data[i]) * 1099511628211u;
    buf_free(&content);
    return hash;
}

/* For each constraint with a curve a line of names and checksum; *all: of all. */
static int describe_curves(const struct scan *scan, struct buf *files, uint64_t *all,
                           struct err *err)
{
    char name[1024];
    *all = 0;
    for (size_t i = 0; i < scan->n_constraints; i++) {
        if (strncmp(scan->constraints[i].text, "curve ", 6) != 0)
            continue;
        curve_file(scan->constraints[i].text, name, sizeof name);
        uint64_t hash = curve_checksum(scan, name);
        *all = *all * 31 + hash;
        if (buf_printf(files, err, "%s of constraint %s\t%016" PRIx64 "\n", name,
                       scan->constraints[i].name, hash) != 0)
            return -1;
    }
    return 0;
}

/* Those of both lists whose checksums differ: "limit.dat of constraint lz, ...". */
static int name_changed(const char *stored, const char *now, struct buf *words, struct err *err)
{
    for (const char *line = now; *line != '\0'; line += strcspn(line, "\n") + 1) {
        size_t n = strcspn(line, "\t") + 1, whole = strcspn(line, "\n") + 1;
        const char *old = stored;
        while (*old != '\0' && strncmp(old, line, n) != 0)
            old += strcspn(old, "\n") + 1;
        if (*old != '\0' && strncmp(old, line, whole) != 0 &&
            buf_printf(words, err, "%s%.*s", words->len > 0 ? ", " : "curve ", (int)n - 1, line) !=
                0)
            return -1;
    }
    return 0;
}

/* words: of what has changed; "": a constraint has come or gone with an edited scan file. */
static int relabel_curves(struct engine *engine, const char *words, struct err *err)
{
    char text[64];
    struct relabel result = {0};
    if (store_begin(engine->store, err) != 0)
        return -1;
    if (store_relabel(engine->store, engine->judge, false, &result, err) != 0 ||
        store_commit(engine->store, err) != 0) {
        store_rollback(engine->store);
        return -1;
    }
    if (words[0] != '\0')
        engine_note(engine, LOG_WARNING, "%.1000s has changed: %s label%s changed", words,
                    text_count(text, sizeof text, result.n_changed),
                    result.n_changed == 1 ? "" : "s");
    return 0;
}

int tools_check_curves(struct engine *engine, struct err *err)
{
    char now[32];
    uint64_t hash;
    struct buf stored, files, stored_files, words;
    int rc = -1;
    buf_init(&stored, 1 << 16);
    buf_init(&files, 1 << 20);
    buf_init(&stored_files, 1 << 20);
    buf_init(&words, 1 << 20);
    TRY(describe_curves(engine->scan, &files, &hash, err));
    snprintf(now, sizeof now, "%016" PRIx64, hash);
    TRY(store_get_meta(engine->store, "curves", &stored, err));
    TRY(store_get_meta(engine->store, "curve files", &stored_files, err));
    bool is_changed = stored.len > 0 && strcmp(stored.data, now) != 0;
    if (is_changed && files.len > 0 && stored_files.len > 0)
        TRY(name_changed(stored_files.data, files.data, &words, err));
    if (is_changed)
        TRY(relabel_curves(engine,
                           stored_files.len == 0 ? "a curve file"
                           : words.len > 0       ? words.data
                                                 : "",
                           err));
    if (stored.len == 0 || is_changed)
        TRY(engine_set_meta(engine, "curves", now, err));
    if (files.len > 0 && (stored_files.len == 0 || strcmp(stored_files.data, files.data) != 0))
        TRY(engine_set_meta(engine, "curve files", files.data, err));
    rc = 0;
out:
    buf_free(&stored);
    buf_free(&files);
    buf_free(&stored_files);
    buf_free(&words);
    return rc;
}
