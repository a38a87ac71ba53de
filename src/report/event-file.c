/* event-file.c: events are put by as they come, and written as csv or handed to event-lhe.c.
 *
 * In csv event_weight is 1 or -1; where an event was above its limit it is larger.  Events that are
 * turned (event-momenta.c) are so in both formats.  Numbers are the shortest decimals that read
 * back to the same double. */
#include "event-private.h"

#include <errno.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>

enum { OUT_FULL = 1 << 18, OUT_MAX = 4 << 20 };

int event_format_find(const char *name)
{
    static const char *const names[] = {"csv", "lhe"};
    for (int i = 0; i < 2; i++)
        if (text_same_caseless(name, names[i]))
            return i;
    return -1;
}

struct event_file *event_file_create(const struct scan *scan, enum event_format format,
                                     struct err *err)
{
    struct event_file *file;
    if (format == EVENTS_LHE && event_lhe_check(scan, err) != 0)
        return NULL;
    file = mem_new(struct event_file);
    if (file == NULL) {
        mem_error(err);
        return NULL;
    }
    buf_init(&file->out, OUT_MAX);
    file->scan = scan;
    file->format = format;
    file->n_record = EVENT_HEAD + scan->n_values;
    file->record = mem_array(file->n_record, sizeof *file->record);
    file->spool = tmpfile();
    if (file->record == NULL || file->spool == NULL) {
        if (file->record == NULL)
            mem_error(err);
        else
            err_sys(err, ERR_IO, errno, "no room to put events by");
        event_file_free(file);
        return NULL;
    }
    return file;
}

void event_file_free(struct event_file *file)
{
    if (file == NULL)
        return;
    if (file->spool != NULL)
        (void)fclose(file->spool);
    mem_free(file->record);
    mem_free(file->columns);
    buf_free(&file->out);
    mem_free(file);
}

int event_file_add(struct event_file *file, const double *row, double weight, int cell,
                   struct err *err)
{
    file->record[0] = weight;
    file->record[1] = cell;
    memcpy(file->record + EVENT_HEAD, row, file->scan->n_values * sizeof *row);
    if (fwrite(file->record, sizeof *file->record, file->n_record, file->spool) != file->n_record)
        return err_sys(err, ERR_IO, errno, "no room to put events by");
    file->n++;
    file->n_negative += weight < 0.0;
    file->sum += weight;
    file->sum_absolute += fabs(weight);
    file->sum_squares += weight * weight;
    file->most = fmax(file->most, fabs(weight));
    return 0;
}

const char *event_file_words(const struct event_file *file)
{
    return file->words;
}

int event_file_each(struct event_file *file,
                    int (*each)(void *context, const double *record, struct err *err),
                    void *context, struct err *err)
{
    if (fflush(file->spool) != 0 || fseek(file->spool, 0, SEEK_SET) != 0)
        return err_sys(err, ERR_IO, errno, "cannot read the events that were put by");
    for (uint64_t i = 0; i < file->n; i++) {
        if (fread(file->record, sizeof *file->record, file->n_record, file->spool) !=
            file->n_record)
            return err_sys(err, ERR_IO, errno, "cannot read the events that were put by");
        file->at = i;
        if (each(context, file->record, err) != 0)
            return -1;
    }
    return 0;
}

int event_file_flush(struct event_file *file, FILE *to, bool is_end, struct err *err)
{
    struct buf *out = &file->out;
    if (!is_end && out->len < OUT_FULL)
        return 0;
    if (out->len > 0 && fwrite(out->data, 1, out->len, to) != out->len)
        return err_sys(err, ERR_IO, errno, "cannot write the events");
    buf_clear(out);
    return 0;
}

/* ---- csv ------------------------------------------------------------------------------------ */

struct csv {
    struct event_file *file;
    FILE *to;
};

static int put_row(void *context, const double *record, struct err *err)
{
    struct csv *csv = context;
    struct buf *out = &csv->file->out;
    double *values = csv->file->record + EVENT_HEAD; /* what `record` is */
    double angle = csv->file->is_turned ? event_azimuth(csv->file) : 0.0;
    char number[TEXT_DOUBLE_SIZE];
    int rc = -1;
    for (size_t c = 0; c < csv->file->n_columns; c++)
        event_turn(&values[csv->file->columns[c][0]], &values[csv->file->columns[c][1]], angle);
    TRY(buf_printf(out, err, "%s,%d", text_shortest(number, record[0]), (int)record[1]));
    if (event_azimuth_column(csv->file))
        TRY(buf_printf(out, err, ",%s", text_shortest(number, angle)));
    for (size_t i = 0; i < csv->file->scan->n_values; i++)
        TRY(buf_printf(out, err, ",%s",
                       isfinite(values[i]) ? text_shortest(number, values[i]) : ""));
    TRY(buf_puts(out, "\n", err));
    rc = event_file_flush(csv->file, csv->to, false, err);
out:
    return rc;
}

static int write_csv(struct event_file *file, FILE *to, struct err *err)
{
    struct csv csv = {file, to};
    int rc = -1;
    TRY(buf_puts(&file->out, "event_weight,event_class", err));
    if (event_azimuth_column(file))
        TRY(buf_puts(&file->out, ",event_azimuth", err));
    for (size_t i = 0; i < file->scan->n_values; i++)
        TRY(buf_printf(&file->out, err, ",%s", file->scan->value_names[i]));
    TRY(buf_puts(&file->out, "\n", err));
    TRY(event_file_each(file, put_row, &csv, err));
    rc = event_file_flush(file, to, true, err);
out:
    return rc;
}

/* ---- the file ------------------------------------------------------------------------------- */

static int write_to(struct event_file *file, FILE *to, const struct event_file_sums *sums,
                    struct err *err)
{
    buf_clear(&file->out);
    if (event_azimuth_settle(file, sums->seed, err) != 0)
        return -1;
    return file->format == EVENTS_LHE ? event_lhe_write(file, to, sums, err)
                                      : write_csv(file, to, err);
}

/* A pipe, a terminal, /dev/null: nothing that could be replaced. */
static int write_through(struct event_file *file, const char *path,
                         const struct event_file_sums *sums, struct err *err)
{
    FILE *to = fopen(path, "w");
    int rc;
    if (to == NULL)
        return err_sys(err, ERR_IO, errno, "cannot write '%s'", path);
    rc = write_to(file, to, sums, err);
    if (fclose(to) != 0 && rc == 0)
        rc = err_sys(err, ERR_IO, errno, "cannot write '%s'", path);
    return rc;
}

int event_file_write(struct event_file *file, const char *path, const struct event_file_sums *sums,
                     struct err *err)
{
    char part[4096];
    struct stat st;
    FILE *to;
    int rc;
    if (path == NULL) {
        if (write_to(file, stdout, sums, err) != 0)
            return -1;
        return fflush(stdout) == 0 ? 0 : err_sys(err, ERR_IO, errno, "cannot write the events");
    }
    if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
        return write_through(file, path, sums, err);
    if ((size_t)snprintf(part, sizeof part, "%s.part", path) >= sizeof part)
        return err_set(err, ERR_IO, "the name of the file is too long");
    to = fopen(part, "w");
    if (to == NULL)
        return err_sys(err, ERR_IO, errno, "cannot write '%s'", part);
    rc = write_to(file, to, sums, err);
    if (fclose(to) != 0 && rc == 0)
        rc = err_sys(err, ERR_IO, errno, "cannot write '%s'", part);
    if (rc == 0 && rename(part, path) != 0)
        rc = err_sys(err, ERR_IO, errno, "cannot rename '%s' to '%s'", part, path);
    if (rc != 0)
        (void)remove(part);
    return rc;
}
