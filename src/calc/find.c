/* find.c: where programs, scripts and shared objects are, and checksums of them.
 *
 * A program's name is looked for in the scan's folder, then in the plugin folders and their bin/,
 * then in PATH.  (tools.yaml was applied when the scan was read: it gives absolute paths.)
 * Checksums tell whether a tool has changed between two runs of a scan; they are FNV-1a of 64 bits
 * (Fowler, Noll, Vo; draft-eastlake-fnv), which is no protection against anybody. */
#include "private.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const size_t LARGEST_PROGRAM = (size_t)1 << 30;

bool is_regular_file(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

static bool is_program(const char *path)
{
    return is_regular_file(path) && access(path, X_OK) == 0;
}

static bool is_object(const char *path)
{
    return is_regular_file(path);
}

/* folder/below/name, if `is_it`. */
static bool try_in(const char *folder, const char *below, const char *name, char out[CALC_PATH],
                   bool (*is_it)(const char *path))
{
    struct err ignored = ERR_INIT;
    char inner[CALC_PATH];
    if (!folder || path_join(inner, folder, below, &ignored) != 0 ||
        path_join(out, inner, name, &ignored) != 0)
        return false;
    return is_it(out);
}

static bool find(const struct prep *prep, const char *name, char out[CALC_PATH],
                 bool (*is_it)(const char *path))
{
    struct err ignored = ERR_INIT;
    if (prep->scan->folder && path_join(out, prep->scan->folder, name, &ignored) == 0 && is_it(out))
        return true;
    if (name[0] == '/')
        return false;
    for (size_t i = 0; prep->plugin_dirs && prep->plugin_dirs[i]; i++) {
        const char *dir = prep->plugin_dirs[i];
        if (try_in(dir, ".", name, out, is_it) || try_in(dir, "bin", name, out, is_it))
            return true;
    }
    return false;
}

int find_program(const struct prep *prep, const char *name, char out[CALC_PATH])
{
    if (find(prep, name, out, is_program))
        return 0;
    return strchr(name, '/') ? -1 : process_find_program(name, out, CALC_PATH);
}

int find_object(const struct prep *prep, const char *name, char out[CALC_PATH])
{
    char with_ending[CALC_PATH];
    if (find(prep, name, out, is_object))
        return 0;
    if ((size_t)snprintf(with_ending, sizeof with_ending, "%s.so", name) >= sizeof with_ending)
        return -1;
    return find(prep, with_ending, out, is_object) ? 0 : -1;
}

/* FNV-1a, 64 bits. */
static uint64_t checksum_of(const void *data, size_t n)
{
    const unsigned char *at = data;
    uint64_t hash = 0xcbf29ce484222325u;
    for (size_t i = 0; i < n; i++)
        hash = (hash ^ at[i]) * 0x100000001b3u;
    return hash;
}

int describe_file(struct buf *out, const char *name, const char *path, const char *version,
                  struct err *err)
{
    struct err unread = ERR_INIT;
    struct buf text;
    char cleaned[200];
    int rc;
    buf_init(&text, LARGEST_PROGRAM);
    words_clean(cleaned, sizeof cleaned, version ? version : "-", version ? strlen(version) : 1);
    for (char *at = cleaned; (at = strchr(at, '\n')) != NULL;)
        *at = ' ';
    if (buf_read_file(&text, path, &unread) == 0)
        rc = buf_printf(out, err, "%s\t%s\t%s\tfnv1a64:%016llx\n", name, path, cleaned,
                        (unsigned long long)checksum_of(text.data ? text.data : "", text.len));
    else
        rc = buf_printf(out, err, "%s\t%s\t%s\t-\n", name, path, cleaned);
    buf_free(&text);
    return rc;
}
