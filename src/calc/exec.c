/* exec.c: one point through a program that is run once per point.
 *
 * Cards are filled, a private folder is made, the program is run (running.c), and what it left is
 * weighed.  Which class wins where several things went wrong, first to last: killed, limit,
 * timeout, signal (its output is not looked at); echo (it computed another point than it was
 * sent); physics (SPINFO 4 or `fail if`: also where the exit status says no); exit; no-output;
 * then the first value that is unreadable, missing or not finite. */
#include "private.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#ifdef __linux__
#include <sys/mman.h>
#endif
#include <unistd.h>

/* One attempt at one point. */
struct attempt {
    struct calc *calc;
    const struct block *block;
    size_t i; /* of the point in the block */
    double *row;
    struct outcome *outcome;
    struct folder *folder;
    struct running running;
};

static struct source *output_of(struct calc *calc)
{
    return &calc->sources[calc->output];
}

static bool is_blank(const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if ((unsigned char)text[i] > ' ')
            return false;
    }
    return true;
}

/* Does the calculator's own text belong to the words?  Not where they say it all, and not a
 * spectrum's last lines for a value that is not in it. */
static bool has_tail(const struct attempt *attempt, enum reason reason)
{
    const struct source *output = output_of(attempt->calc);
    switch (reason) {
    case REASON_EXIT:
    case REASON_SIGNAL:
    case REASON_TIMEOUT:
    case REASON_NO_OUTPUT:
    case REASON_LIMIT: return true;
    case REASON_PARSE:
    case REASON_MISSING:
    case REASON_NOT_FINITE: return !output->is_slha && !output->is_json;
    default: return false;
    }
}

/* The tail is that of standard error, else that of standard output. */
static int fail(struct attempt *attempt, enum reason reason, const char *stage,
                const char *sentence, struct err *err)
{
    const struct tail *tail = &attempt->running.tail;
    const struct buf *out = attempt->running.out;
    const char *said = tail->data;
    size_t n = tail->n;
    if (is_blank(said, n)) {
        said = out->data;
        n = has_tail(attempt, reason) ? out->len : 0;
    }
    return outcome_fail(attempt->outcome, attempt->calc, reason, stage, sentence, said, n, err);
}

/* ---- writing -------------------------------------------------------------------------------- */

/* 1: the point has failed. */
static int fail_value(struct attempt *attempt, const char *what, const char *target,
                      struct err *err)
{
    char words[CALC_SENTENCE];
    snprintf(words, sizeof words, "%.300s%s%.300s is not a finite number", what,
             target ? " for " : "", target ? target : "");
    return fail(attempt, REASON_NOT_FINITE, "write", words, err) == 0 ? 1 : -1;
}

static int fill_holes(struct attempt *attempt, struct card *card, struct buf *out, struct err *err)
{
    struct calc *calc = attempt->calc;
    for (size_t k = 0; k < card->n_holes; k++) {
        const struct write *write = &calc->writes[card->writes[k]];
        card->values[k] = formula_eval(&write->formula, attempt->row);
        if (!isfinite(card->values[k]))
            return fail_value(attempt, write->def->expression, write->def->target, err);
    }
    return slha_template_fill(card->slha, card->values, out, err);
}

static int fill_card(struct attempt *attempt, struct card *card, struct err *err)
{
    struct calc *calc = attempt->calc;
    struct buf *holes = &calc->chain->scratch_text;
    const struct buf *text = &card->text;
    const char *failed = NULL;
    int rc = 0;
    buf_clear(&card->filled);
    if (!card->path) { /* what a calculator before this one left */
        const struct buf *from = &output_of(&calc->chain->calcs[card->source])->text;
        return buf_append(&card->filled, from->data ? from->data : "", from->len, err);
    }
    if (card->slha) {
        struct buf *out = calc->placeholders.n > 0 ? holes : &card->filled;
        buf_clear(out);
        rc = fill_holes(attempt, card, out, err);
        text = out;
    }
    if (rc == 0 && text != &card->filled) {
        rc = placeholders_fill(&calc->placeholders, text->data ? text->data : "", text->len,
                               attempt->row, &card->filled, &failed, err);
        if (rc > 0)
            return fail_value(attempt, failed, NULL, err);
    }
    if (rc == 0)
        trace_diff(calc,
                   card->is_more    ? strrchr(card->path, '/') + 1
                   : card->is_stdin ? "standard input"
                                    : card->name,
                   card->text.data, card->text.len, card->filled.data, card->filled.len);
    return rc;
}

/* The words of the command, with numbers in; in the block's arena-like buffer. */
static int fill_argv(struct attempt *attempt, const char **argv, struct buf *text, struct err *err)
{
    struct calc *calc = attempt->calc;
    const char *failed = NULL;
    buf_clear(text);
    for (size_t i = 0; i < calc->n_args; i++) {
        int rc = placeholders_fill(&calc->placeholders, calc->argv[i], strlen(calc->argv[i]),
                                   attempt->row, text, &failed, err);
        if (rc > 0)
            return fail_value(attempt, failed, calc->argv[i], err);
        if (rc < 0 || buf_append(text, "", 1, err) != 0)
            return -1;
    }
    const char *at = text->data;
    for (size_t i = 0; i < calc->n_args; i++, at += strlen(at) + 1)
        argv[i] = at;
    argv[calc->n_args] = NULL;
    return 0;
}

/* ---- standard input ------------------------------------------------------------------------- */

/* A file without a name that holds the card: a program may read it as slowly as it likes. */
static int open_input(const struct attempt *attempt, int *fd, struct err *err)
{
    const struct calc *calc = attempt->calc;
    const struct buf *text = NULL;
    char path[CALC_PATH];
    *fd = -1;
    for (size_t i = 0; i < calc->n_cards; i++) {
        if (calc->cards[i].is_stdin && !calc->cards[i].is_more)
            text = &calc->cards[i].filled;
    }
    if (!text)
        return 0;
#ifdef __linux__
    (void)path;
    *fd = memfd_create("stdin", MFD_CLOEXEC);
#else
    if (path_join(path, attempt->folder->home, "stdin", err) != 0)
        return -1;
    *fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    (void)unlink(path);
#endif
    if (*fd < 0)
        return err_sys(err, ERR_IO, errno, "cannot make a file for standard input");
    for (size_t done = 0; done < text->len;) {
        ssize_t n = write(*fd, text->data + done, text->len - done);
        if (n < 0 && errno != EINTR)
            return err_sys(err, ERR_IO, errno, "standard input of a calculator");
        done += n > 0 ? (size_t)n : 0;
    }
    if (lseek(*fd, 0, SEEK_SET) != 0)
        return err_sys(err, ERR_IO, errno, "standard input of a calculator");
    return 0;
}

/* ---- how it ended --------------------------------------------------------------------------- */

static int fail_stopped(struct attempt *attempt, struct err *err)
{
    const struct calc *calc = attempt->calc;
    char words[CALC_SENTENCE], time[64], bytes[64];
    text_count(bytes, sizeof bytes, calc_output_bytes(calc));
    switch (attempt->running.stopped) {
    case STOP_TIMEOUT:
        snprintf(words, sizeof words, "did not end within %s",
                 text_duration(time, sizeof time, calc->timeout_s));
        return fail(attempt, REASON_TIMEOUT, "run", words, err);
    case STOP_OUTPUT:
        snprintf(words, sizeof words, "printed more than %s bytes", bytes);
        return fail(attempt, REASON_LIMIT, "run", words, err);
    case STOP_FOLDER:
        snprintf(words, sizeof words, "left more than %s bytes in its folder", bytes);
        return fail(attempt, REASON_LIMIT, "run", words, err);
    case STOP_CANCELLED: return fail(attempt, REASON_KILLED, "run", "killed on request", err);
    case STOP_NONE: break;
    }
    return 0;
}

/* SIGXCPU and SIGXFSZ come from our limits, also through a shell (128 + n). */
static const char *limit_words(const struct process_end *end)
{
    int signal = end->is_signal ? end->status : end->status - 128;
    if (signal == SIGXCPU)
        return "used more CPU time than it may";
    if (signal == SIGXFSZ)
        return "wrote a file larger than it may";
    return NULL;
}

static bool is_ok_exit(const struct scan_calculator *def, int status)
{
    for (size_t i = 0; i < def->n_ok_exit; i++) {
        if (def->ok_exit[i] == status)
            return true;
    }
    return def->n_ok_exit == 0 && status == 0;
}

/* All of it, or of much the last lines. */
static void trace_stdout(const struct calc *calc, const struct buf *out)
{
    enum { MUCH = 4096, LAST = 800 };
    size_t from = out->len > MUCH ? out->len - LAST : 0;
    const char *newline = from > 0 ? memchr(out->data + from, '\n', LAST) : NULL;
    if (newline && newline + 1 < out->data + out->len)
        from = (size_t)(newline + 1 - out->data);
    if (from > 0)
        trace_line(calc, "stdout", "%zu bytes, the last of them:", out->len);
    trace_text(calc, "stdout", out->data + from, out->len - from);
}

static void trace_end(const struct attempt *attempt)
{
    const struct running *running = &attempt->running;
    char name[32];
    if (!is_traced(attempt->calc))
        return;
    if (running->end.is_signal)
        trace_line(attempt->calc, "end", "%s after %.4g s, CPU %.4g s",
                   process_signal_name(running->end.status, name, sizeof name), running->seconds,
                   running->cpu_s);
    else
        trace_line(attempt->calc, "end", "exit %d after %.4g s, CPU %.4g s", running->end.status,
                   running->seconds, running->cpu_s);
    trace_text(attempt->calc, "stderr", running->tail.data, running->tail.n);
    trace_stdout(attempt->calc, running->out);
}

/* ---- what it left --------------------------------------------------------------------------- */

/* An input file that is also the output, and was not touched, is no output. */
static bool is_untouched(const struct calc *calc, const struct source *source)
{
    for (size_t i = 0; i < calc->n_cards; i++) {
        const struct card *card = &calc->cards[i];
        if (card->name && !card->is_more && strcmp(card->name, source->file) == 0)
            return card->filled.len == source->text.len && source->text.len > 0 &&
                   memcmp(card->filled.data, source->text.data, source->text.len) == 0;
    }
    return false;
}

/* JSON that may stand behind lines of a log. */
static void load_json(struct source *source)
{
    const char *text = source->text.data, *end = text + source->text.len, *at = text;
    char words[CALC_SENTENCE / 2];
    source->json = json_read(text, source->text.len, words, sizeof words);
    while (!source->json && at && at < end) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        at = newline ? newline + 1 : NULL;
        if (at && at < end && (*at == '{' || *at == '[')) {
            source->json = json_loadb(at, (size_t)(end - at),
                                      JSON_DISABLE_EOF_CHECK | JSON_DECODE_INT_AS_REAL, NULL);
            break;
        }
    }
    if (source->json)
        return;
    source->reason = REASON_PARSE;
    snprintf(source->words, sizeof source->words, "%.100s is not JSON: %s",
             source->file ? source->file : "standard output", words);
}

static int load_source(struct attempt *attempt, struct source *source, struct err *err)
{
    source->reason = REASON_NONE;
    json_decref(source->json);
    source->json = NULL;
    if (source->file) {
        source->reason = folder_read(attempt->folder, source->file, &source->text, source->words);
        if (source->reason == REASON_NONE && is_untouched(attempt->calc, source)) {
            source->reason = REASON_NO_OUTPUT;
            snprintf(source->words, sizeof source->words, "it left '%.200s' as it was",
                     source->file);
        }
    } else if (source->text.len == 0) {
        source->reason = REASON_NO_OUTPUT;
        snprintf(source->words, sizeof source->words, "it printed nothing");
    }
    if (source->reason != REASON_NONE)
        return 0;
    if (source->is_json)
        load_json(source);
    return source->is_slha ? slha_parse(source->slha, source->text.data, source->text.len, err) : 0;
}

static int fail_found(struct attempt *attempt, const struct finding *finding, const char *stage,
                      struct err *err)
{
    return fail(attempt, finding->reason, stage, finding->words, err);
}

/* Weighs all that is known of a program that ended by itself. */
static int weigh(struct attempt *attempt, struct err *err)
{
    struct calc *calc = attempt->calc;
    struct finding echo = {.reason = REASON_NONE}, physics = echo, values = echo;
    int status = attempt->running.end.status;
    char words[64];
    for (size_t i = 0; i < calc->n_sources; i++) {
        if (load_source(attempt, &calc->sources[i], err) != 0)
            return -1;
    }
    if (calc->is_output_needed && output_of(calc)->reason != REASON_NONE)
        finding_set(&values, output_of(calc)->reason, "%s", output_of(calc)->words);
    sources_echo(calc, &echo);
    sources_physics(calc, &physics);
    sources_read(calc, attempt->row, &values);
    values_expressions(calc, attempt->row, &values);
    if (physics.reason == REASON_NONE)
        (void)values_fail_if(calc, attempt->row, &physics);
    if (echo.reason != REASON_NONE) {
        for (size_t i = 0; i < calc->n_reads; i++) /* values of a point that nobody asked for */
            attempt->row[calc->reads[i].def->value] = NAN;
        return fail_found(attempt, &echo, "check", err);
    }
    if (physics.reason != REASON_NONE)
        return fail_found(attempt, &physics, "check", err);
    if (!is_ok_exit(calc->def, status)) {
        snprintf(words, sizeof words, "ended with exit status %d", status);
        return fail(attempt, REASON_EXIT, "run", words, err);
    }
    return values.reason != REASON_NONE ? fail_found(attempt, &values, "read", err) : 0;
}

/* ---- keeping -------------------------------------------------------------------------------- */

static bool is_kept(const struct calc *calc, const struct outcome *outcome)
{
    switch (calc->def->keep) {
    case KEEP_NONE: return false;
    case KEEP_ACCEPTED: return outcome->reason == REASON_NONE;
    case KEEP_FAILED: return outcome->reason != REASON_NONE;
    case KEEP_ALL: return true;
    }
    return false;
}

static int keep_outputs(struct attempt *attempt, struct err *err)
{
    const struct calc *calc = attempt->calc;
    struct outcome *outcome = attempt->outcome;
    if (!is_kept(calc, outcome))
        return 0;
    struct calc_kept *kept =
        mem_resize(outcome->kept, outcome->n_kept, outcome->n_kept + calc->n_sources, sizeof *kept);
    if (!kept)
        return mem_error(err);
    outcome->kept = kept;
    for (size_t i = 0; i < calc->n_sources; i++) {
        const struct source *source = &calc->sources[i];
        if (source->text.len == 0)
            continue;
        struct calc_kept *one = &kept[outcome->n_kept++];
        one->calculator = (uint16_t)calc->index;
        one->name = mem_strdup(source->file ? source->file : "stdout");
        one->data = mem_memdup(source->text.data, source->text.len);
        one->n = source->text.len;
        if (!one->name || !one->data)
            return mem_error(err);
    }
    return 0;
}

/* ---- one attempt ---------------------------------------------------------------------------- */

static int run_program(struct attempt *attempt, const char *const *argv, struct err *err)
{
    struct calc *calc = attempt->calc;
    struct err failed = ERR_INIT;
    char tmp[CALC_PATH + 16], point[64];
    const char *env[] = {"LC_ALL=C", tmp, point, NULL};
    int fd_in, rc;
    snprintf(tmp, sizeof tmp, "TMPDIR=%s", attempt->folder->home);
    snprintf(point, sizeof point, "THEODOLITE_POINT=%llu",
             (unsigned long long)attempt->block->ids[attempt->i]);
    rc = open_input(attempt, &fd_in, err);
    if (rc == 0) {
        trace_command(calc, argv, "");
        rc = running_run(&attempt->running, argv, fd_in, env, &failed);
    }
    fd_close(&fd_in);
    if (rc > 0)
        return fail(attempt, REASON_START, "run", failed.message, err);
    if (rc < 0) {
        if (failed.code != ERR_NONE)
            *err = failed;
        return -1;
    }
    trace_end(attempt);
    if (attempt->running.stopped != STOP_NONE)
        return fail_stopped(attempt, err);
    return 0;
}

static int judge_end(struct attempt *attempt, struct err *err)
{
    const struct running *running = &attempt->running;
    const struct folder *folder = attempt->folder;
    const char *limit = limit_words(&running->end);
    char words[128], name[32];
    if (limit)
        return fail(attempt, REASON_LIMIT, "run", limit, err);
    if (running->end.is_signal) {
        snprintf(words, sizeof words, "ended by %s",
                 process_signal_name(running->end.status, name, sizeof name));
        return fail(attempt, REASON_SIGNAL, "run", words, err);
    }
    if (file_tree_bytes(folder->home) >= calc_output_bytes(attempt->calc) + folder->n_placed) {
        attempt->running.stopped = STOP_FOLDER;
        return fail_stopped(attempt, err);
    }
    return weigh(attempt, err);
}

static int fill_folder(struct attempt *attempt, struct err *err)
{
    char words[CALC_SENTENCE];
    int rc = folder_fill(attempt->folder, attempt->calc, words, err);
    return rc > 0 ? fail(attempt, REASON_START, "write", words, err) : rc;
}

static int try_once(struct attempt *attempt, struct err *err)
{
    struct calc *calc = attempt->calc;
    const char **argv = mem_array(calc->n_args + 1, sizeof *argv);
    struct buf args;
    int rc = argv ? 0 : mem_error(err);
    buf_init(&args, (size_t)1 << 24);
    for (size_t i = 0; rc == 0 && i < calc->n_cards; i++)
        rc = fill_card(attempt, &calc->cards[i], err);
    if (rc == 0)
        rc = cards_join(calc, err);
    if (rc == 0)
        rc = fill_argv(attempt, argv, &args, err);
    if (rc == 0)
        rc = fill_folder(attempt, err);
    if (rc == 0 && attempt->outcome->reason == REASON_NONE)
        rc = run_program(attempt, argv, err);
    if (rc == 0 && attempt->outcome->reason == REASON_NONE)
        rc = judge_end(attempt, err);
    mem_free(argv);
    buf_free(&args);
    return rc < 0 ? -1 : 0;
}

static bool is_worth_a_retry(enum reason reason)
{
    return reason == REASON_START || reason == REASON_SIGNAL || reason == REASON_TIMEOUT ||
           reason == REASON_NO_OUTPUT;
}

/* A flood is forgotten with its memory. */
static void forget(struct buf *text)
{
    static const size_t MUCH = (size_t)1 << 22;
    size_t max = text->max;
    if (text->cap > MUCH) {
        buf_free(text);
        buf_init(text, max);
    }
    buf_clear(text);
}

static void reset(struct attempt *attempt)
{
    struct calc *calc = attempt->calc;
    mem_free(attempt->outcome->words);
    attempt->outcome->words = NULL;
    attempt->outcome->reason = REASON_NONE;
    attempt->outcome->calculator = -1;
    attempt->outcome->stage = NULL;
    for (size_t i = 0; i < calc->n_sources; i++) {
        forget(&calc->sources[i].text);
        calc->sources[i].reason = REASON_NO_OUTPUT;
    }
    attempt->running.tail.n = 0;
    attempt->running.n_err = 0;
    attempt->running.stopped = STOP_NONE;
    buf_clear(attempt->running.out);
}

static int run_attempts(struct attempt *attempt, struct err *err)
{
    const struct calc *calc = attempt->calc;
    struct calc_step *step = &attempt->outcome->steps[calc->step];
    for (unsigned k = 0;; k++) {
        reset(attempt);
        if (try_once(attempt, err) != 0)
            return -1;
        const struct process_end *end = &attempt->running.end;
        step->was_run = true;
        step->exit = end->is_signal ? -end->status : end->status;
        step->seconds += (float)attempt->running.seconds;
        step->cpu_s += (float)attempt->running.cpu_s;
        TRY(folder_clean(attempt->folder, err));
        if (k >= calc->def->retries || !is_worth_a_retry(attempt->outcome->reason))
            return 0;
        trace_line(calc, "run", "again: %s", reason_name(attempt->outcome->reason));
    }
out:
    return -1;
}

int exec_run(struct calc *calc, const struct block *block, size_t i, struct err *err)
{
    struct attempt attempt = {.calc = calc, .block = block, .i = i, .folder = calc->folder};
    struct buf unread; /* standard output that nobody reads */
    attempt.row = block_row(block, i);
    attempt.outcome = &block->outcomes[i];
    attempt.running.calc = calc;
    attempt.running.folder = attempt.folder;
    buf_init(&unread, calc_output_bytes(calc));
    attempt.running.out = &unread;
    for (size_t k = 0; k < calc->n_sources; k++) {
        if (!calc->sources[k].file)
            attempt.running.out = &calc->sources[k].text;
    }
    int rc = run_attempts(&attempt, err);
    if (rc == 0)
        rc = keep_outputs(&attempt, err);
    buf_free(&unread);
    return rc;
}
