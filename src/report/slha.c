/* slha.c: the kept output files of chosen points, each a file of a folder:
 * 000123-softsusy.slha, byte for byte as the calculator wrote it.  A calculator of which several
 * files are kept has their names behind: 000123-softsusy-spectrum.slha. */
#include "private.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { BLOCK = 256, PATH_BYTES = 4096, IDS_MAX = 1 << 28 };

struct folder {
    const char *path;
    uint64_t id, n_files;
    char last[128]; /* calculator of the point's last file */
};

/* The stem of a file's name, as far as it is fit for one; "" for the calculator's output. */
static void name_part(char *out, size_t size, const char *name)
{
    const char *base = strrchr(name, '/') ? strrchr(name, '/') + 1 : name;
    size_t i, n = strcspn(base, ".");

    for (i = 0; i < n && i + 1 < size; i++)
        out[i] = strchr("/\\ \t\n", base[i]) ? '_' : base[i];
    out[i] = '\0';
}

static int write_file(void *context, const char *calculator, const char *name, const void *data,
                      size_t n, struct err *err)
{
    struct folder *folder = context;
    char path[PATH_BYTES], stem[128], tool[128];
    bool is_another = strcmp(folder->last, calculator) == 0;
    int len;

    name_part(stem, sizeof stem, name);
    name_part(tool, sizeof tool, calculator);
    len = snprintf(path, sizeof path, "%s/%06llu-%s%s%s.slha", folder->path,
                   (unsigned long long)folder->id, tool, is_another ? "-" : "",
                   is_another ? stem : "");
    if (len < 0 || (size_t)len >= sizeof path)
        return err_set(err, ERR_LIMIT, "the path of '%.200s' is too long", folder->path);
    snprintf(folder->last, sizeof folder->last, "%s", calculator);
    folder->n_files++;
    return file_write(path, data, n, err);
}

static int write_point(struct store *store, struct folder *folder, uint64_t id, uint64_t *n_points,
                       struct err *err)
{
    uint64_t before = folder->n_files;

    folder->id = id;
    folder->last[0] = '\0';
    if (store_each_file(store, id, write_file, folder, err) != 0)
        return -1;
    *n_points += folder->n_files > before;
    return 0;
}

static int write_chosen(struct store *store, const struct scan *scan, struct choice *choice,
                        struct folder *folder, uint64_t *n_points, struct err *err)
{
    struct store_query query = {.state = -1};
    struct point_row points[BLOCK];
    bool *wanted = mem_array(scan->n_values, sizeof *wanted);
    double *rows = mem_array(BLOCK * (scan->n_values + 1), sizeof *rows);
    struct store_cursor *cursor = NULL;
    size_t i, n = 1;
    int rc = -1;

    if (!wanted || !rows) {
        mem_error(err);
        goto out;
    }
    choice_needs(choice, wanted);
    query.wanted = wanted;
    cursor = store_select(store, &query, err);
    if (!cursor)
        goto out;
    for (i = 0; i < BLOCK; i++)
        points[i].row = rows + i * scan->n_values;
    while (n > 0) {
        TRY(store_fetch(cursor, BLOCK, points, &n, err));
        for (i = 0; i < n; i++)
            if (points[i].state != STATE_RUNNING && choice_takes(choice, &points[i]))
                TRY(write_point(store, folder, points[i].id, n_points, err));
    }
    rc = 0;
out:
    store_cursor_free(cursor);
    mem_free(rows);
    mem_free(wanted);
    return rc;
}

static bool is_anything_kept(const struct scan *scan)
{
    size_t i;

    for (i = 0; i < scan->n_calculators; i++)
        if (scan->calculators[i].keep != KEEP_NONE)
            return true;
    return false;
}

int export_slha(struct store *store, const struct scan *scan, struct choice *choice,
                const char *out, uint64_t *n_written, struct err *err)
{
    struct folder folder = {.path = out ? out : ""};

    if (!out)
        return err_set(err, ERR_USAGE,
                       "--format slha writes a file per point: give a folder "
                       "with -o FOLDER");
    if (!is_anything_kept(scan))
        return err_set(err, ERR_STORE,
                       "no output files were kept: put `keep: accepted` (or all, "
                       "or failed) at a calculator in the scan file");
    if (file_make_dirs(out, 0777, err) != 0 ||
        write_chosen(store, scan, choice, &folder, n_written, err) != 0)
        return -1;
    if (*n_written == 0)
        return err_set(err, ERR_STORE,
                       "of the chosen points no output file was kept: `keep:` in "
                       "the scan file says of which points they are");
    return 0;
}
