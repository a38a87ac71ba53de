/* resident.c: points through a calculator that stays: JSON lines, many on their way at once.
 *
 * Requests are written ahead of the answers, so that neither side waits for the other's turn; the
 * answers are told apart by id and may come in any order.  When the process breaks, points that
 * were answered are done, the first unanswered one in order was in hand and pays, and the others
 * are sent again to the next process.  The time limit is per point: it counts from the answer
 * before. */
#include "resident.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { WINDOW = 128, MOST_STARTS = 2 };
static const double STOP_S = 2.0; /* to end by itself when its input is closed */

enum state { STATE_WAITS, STATE_SENT, STATE_DONE, STATE_TRIED = 16 /* plus tries times this */ };

/* The points of one call. */
struct call {
    struct resident *resident;
    const struct block *block;
    const size_t *live;
    size_t n;
    uint8_t *states;
    size_t first, next; /* the first that is not done; the first that was not looked at to send */
    size_t in_flight;
    double turn; /* when the point in hand got its turn */
    double each; /* seconds of each answer that has come with others */
};

/* ---- making --------------------------------------------------------------------------------- */

static char *make_key(const char *name, bool is_first)
{
    json_t *json = json_string(name);
    char *quoted = json ? json_dumps(json, JSON_ENCODE_ANY) : NULL, *key = NULL;
    size_t n = quoted ? strlen(quoted) + 8 : 0;
    if (quoted && (key = mem_array(n, 1)) != NULL)
        snprintf(key, n, "%s%s: ", is_first ? "" : ", ", quoted);
    json_decref(json);
    json_free_t release;
    json_get_alloc_funcs(NULL, &release);
    if (quoted)
        release(quoted);
    return key;
}

/* Only what has a whole value at every point: programs may tell 2 from 2.0, by [2] or numpy's
 * power. A fixed value is but the number that happens to stand there. */
static bool input_is_whole(const struct scan *scan, size_t column)
{
    return value_is_whole(scan, column) && scan->params[column].kind != PRIOR_FIXED;
}

/* What is sent: the entries of `write`, or all parameters where there are none. */
static int make_inputs(struct resident *resident, struct err *err)
{
    struct calc *calc = resident->calc;
    const struct scan *scan = calc->chain->scan;
    size_t n = calc->n_writes > 0 ? calc->n_writes : scan->n_params;
    resident->keys = mem_array(n, sizeof *resident->keys);
    resident->inputs = mem_array(n, sizeof *resident->inputs);
    resident->columns = mem_array(n, sizeof *resident->columns);
    resident->is_whole = mem_array(n, sizeof *resident->is_whole);
    if (!resident->keys || !resident->inputs || !resident->columns || !resident->is_whole)
        return mem_error(err);
    for (size_t i = 0; i < n; i++) {
        const char *name = calc->n_writes > 0 ? calc->writes[i].def->target : scan->params[i].name;
        resident->columns[i].column = i;
        resident->inputs[i] = calc->n_writes > 0 ? &calc->writes[i].formula : &resident->columns[i];
        resident->is_whole[i] = input_is_whole(scan, resident->inputs[i]->column);
        resident->keys[i] = make_key(name, i == 0);
        if (!resident->keys[i])
            return mem_error(err);
        resident->n_inputs++;
    }
    return 0;
}

int resident_create(struct calc *calc, struct err *err)
{
    struct resident *resident = mem_new(struct resident);
    if (!resident)
        return mem_error(err);
    calc->resident = resident;
    resident->calc = calc;
    resident->in_fd = resident->out_fd = resident->err_fd = resident->end_fd = -1;
    buf_init(&resident->received, (size_t)calc_output_bytes(calc));
    buf_init(&resident->to_send, (size_t)1 << 28);
    return make_inputs(resident, err);
}

void resident_free(struct resident *resident)
{
    if (!resident)
        return;
    fd_close(&resident->in_fd); /* the word to end */
    if (resident->pid > 0 && process_wait(resident->pid, STOP_S, &resident->end) == 1)
        resident->has_ended = true;
    resident_stop(resident, chain_grace_s(resident->calc->chain));
    for (size_t i = 0; i < resident->n_inputs; i++)
        mem_free(resident->keys[i]);
    mem_free(resident->keys);
    mem_free(resident->inputs);
    mem_free(resident->columns);
    mem_free(resident->is_whole);
    mem_free(resident->states);
    buf_free(&resident->received);
    buf_free(&resident->to_send);
    mem_free(resident);
}

pid_t resident_pid(const struct resident *resident)
{
    return resident ? resident->pid : 0;
}

/* ---- points --------------------------------------------------------------------------------- */

static enum state state_of(const struct call *call, size_t k)
{
    return (enum state)(call->states[k] % STATE_TRIED);
}

static void set_state(struct call *call, size_t k, enum state state)
{
    call->in_flight -= state_of(call, k) == STATE_SENT;
    call->in_flight += state == STATE_SENT;
    call->states[k] = (uint8_t)(call->states[k] / STATE_TRIED * STATE_TRIED + (unsigned)state);
    while (call->first < call->n && state_of(call, call->first) == STATE_DONE)
        call->first++;
}

static struct outcome *outcome_at(const struct call *call, size_t k)
{
    return &call->block->outcomes[call->live[k]];
}

/* For the trace: what it said on standard error up to here. */
static void trace_said(struct resident *resident)
{
    if (!is_traced(resident->calc))
        return;
    resident_drain(resident);
    trace_text(resident->calc, "stderr", resident->tail.data + resident->n_told,
               resident->tail.n - resident->n_told);
    resident->n_told = resident->tail.n;
}

static int fail_point(struct call *call, size_t k, const struct breakage *breakage,
                      const char *stage, bool has_tail, struct err *err)
{
    const struct tail *tail = &call->resident->tail;
    if (has_tail)
        trace_said(call->resident);
    set_state(call, k, STATE_DONE);
    return outcome_fail(outcome_at(call, k), call->resident->calc, breakage->reason, stage,
                        breakage->words, has_tail ? tail->data : NULL, has_tail ? tail->n : 0, err);
}

static void note_step(struct call *call, size_t k, double seconds)
{
    const struct calc *calc = call->resident->calc;
    struct calc_step *step = &outcome_at(call, k)->steps[calc->step];
    step->was_run = true;
    step->seconds += (float)seconds;
}

/* The time since the turn began; the next one begins. */
static double take_turn(struct call *call)
{
    double before = call->turn;
    call->turn = clock_steady_s();
    return call->turn - before;
}

/* ---- asking --------------------------------------------------------------------------------- */

static int add_request(struct call *call, size_t k, struct err *err)
{
    struct resident *resident = call->resident;
    const double *row = block_row(call->block, call->live[k]);
    struct buf *out = &resident->to_send;
    char number[TEXT_DOUBLE_SIZE];
    size_t start = out->len;
    TRY(buf_printf(out, err, "{\"id\": %llu, \"in\": {",
                   (unsigned long long)call->block->ids[call->live[k]]));
    for (size_t i = 0; i < resident->n_inputs; i++) {
        double value = formula_eval(resident->inputs[i], row);
        if (!isfinite(value)) {
            struct breakage bad = {.reason = REASON_NONE};
            breakage_set(&bad, REASON_NOT_FINITE, "the input %s is not a finite number",
                         resident->keys[i] + (i > 0 ? 2 : 0));
            out->len = start;
            return fail_point(call, k, &bad, "write", false, err);
        }
        TRY(buf_puts(out, resident->keys[i], err));
        TRY(buf_puts(out, value_words(number, value, resident->is_whole[i]), err));
    }
    TRY(buf_puts(out, "}}\n", err));
    trace_text(resident->calc, "write", out->data + start, out->len - start);
    if (call->in_flight == 0)
        call->turn = clock_steady_s();
    set_state(call, k, STATE_SENT);
    return 0;
out:
    return -1;
}

static int add_requests(struct call *call, struct err *err)
{
    for (; call->next < call->n && call->in_flight < WINDOW; call->next++) {
        if (state_of(call, call->next) == STATE_WAITS && add_request(call, call->next, err) != 0)
            return -1;
    }
    return 0;
}

/* ---- answers -------------------------------------------------------------------------------- */

/* Which of the points on their way has this id; n: none. */
static size_t find_id(const struct call *call, double id)
{
    for (size_t k = call->first; k < call->next; k++) {
        if (state_of(call, k) == STATE_SENT && (double)call->block->ids[call->live[k]] == id)
            return k;
    }
    return call->n;
}

static void take_values(struct call *call, size_t k, const json_t *answer, const json_t *out,
                        struct finding *finding)
{
    const struct calc *calc = call->resident->calc;
    double *row = block_row(call->block, call->live[k]);
    for (size_t i = 0; i < calc->n_reads; i++) {
        const struct read *read = &calc->reads[i];
        struct sighting sighting;
        if (read->def->kind == READ_EXPRESSION)
            continue;
        const json_t *value = NULL;
        if (read->def->kind == READ_JSON && !(value = json_at(answer, read->def->source)))
            value = json_at(out, read->def->source);
        else if (read->def->kind == READ_OUTPUT)
            value = json_object_get(out, read->def->source);
        json_number(value, &sighting);
        json_suggest(out, read->def->source, &sighting);
        values_take(calc, read, &sighting, row, finding);
    }
    values_finish(calc, row, finding);
}

static void take_error(const json_t *error, struct finding *finding)
{
    if (json_is_string(error))
        finding_set(finding, REASON_PHYSICS, "%s", json_string_value(error));
    else
        finding_set(finding, REASON_PHYSICS, "its answer has an \"error\"");
}

/* One answer; what is no answer breaks the conversation. */
static int take_answer(struct call *call, const char *line, size_t n, struct breakage *breakage,
                       struct err *err)
{
    struct finding finding = {.reason = REASON_NONE};
    char why[200], shown[300];
    json_t *answer = json_read(line, n, why, sizeof why);
    const json_t *id = json_object_get(answer, "id"), *out = json_object_get(answer, "out");
    const json_t *error = json_object_get(answer, "error");
    size_t k = json_is_number(id) ? find_id(call, json_number_value(id)) : call->n;
    int rc = 0;
    words_clean(shown, sizeof shown, line, n);
    if (!answer)
        breakage_set(breakage, REASON_PROTOCOL, "sent a line that is not JSON: %s", shown);
    else if (!json_is_number(id))
        breakage_set(breakage, REASON_PROTOCOL, "sent a line without an id: %s", shown);
    else if (k == call->n)
        breakage_set(breakage, REASON_PROTOCOL, "answered id %.17g, which was not asked: %s",
                     json_number_value(id), shown);
    else if (!error && !json_is_object(out))
        breakage_set(breakage, REASON_PROTOCOL, "sent neither \"out\" nor \"error\": %s", shown);
    else {
        trace_said(call->resident);
        trace_text(call->resident->calc, "stdout", line, n);
        note_step(call, k, call->each);
        set_state(call, k, STATE_DONE);
        if (error)
            take_error(error, &finding);
        else
            take_values(call, k, answer, out, &finding);
        if (finding.reason != REASON_NONE)
            rc = outcome_fail(outcome_at(call, k), call->resident->calc, finding.reason,
                              error ? "run" : "read", finding.words, NULL, 0, err);
    }
    json_decref(answer);
    return rc;
}

static bool is_blank(const char *line, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if ((unsigned char)line[i] > ' ')
            return false;
    }
    return true;
}

static int take_lines(struct call *call, struct breakage *breakage, struct err *err)
{
    struct breakage garbled = {.reason = REASON_NONE};
    const char *line;
    size_t at = 0, n, n_answers = 0;
    int rc = 0;
    while (resident_line(call->resident, &at, &line, &n))
        n_answers += !is_blank(line, n);
    if (n_answers > 0)
        call->each = take_turn(call) / (double)n_answers;
    at = 0;
    while (rc == 0 && garbled.reason == REASON_NONE &&
           resident_line(call->resident, &at, &line, &n)) {
        if (!is_blank(line, n))
            rc = take_answer(call, line, n, &garbled, err);
    }
    buf_drop_front(&call->resident->received, at);
    if (garbled.reason != REASON_NONE)
        *breakage = garbled; /* it came before the end */
    return rc;
}

/* ---- the conversation ----------------------------------------------------------------------- */

/* The point in hand pays, unless it may be tried again; the others wait for the next process. */
static int break_off(struct call *call, const struct breakage *breakage, double grace_s,
                     struct err *err)
{
    struct resident *resident = call->resident;
    size_t k = call->first;
    bool is_worth = breakage->reason == REASON_SIGNAL || breakage->reason == REASON_TIMEOUT ||
                    breakage->reason == REASON_START;
    /* one that ends well after some answers may have done so before it saw this point */
    bool is_quiet = breakage->reason == REASON_PROTOCOL && resident->has_ended &&
                    !resident->end.is_signal && resident->end.status == 0;
    resident_stop(resident, grace_s);
    for (size_t i = call->first; i < call->next; i++) {
        if (state_of(call, i) == STATE_SENT)
            set_state(call, i, STATE_WAITS);
    }
    call->next = call->first;
    if (k >= call->n)
        return 0;
    note_step(call, k, take_turn(call));
    if (resident->end.is_signal)
        outcome_at(call, k)->steps[resident->calc->step].exit = -resident->end.status;
    else
        outcome_at(call, k)->steps[resident->calc->step].exit = resident->end.status;
    unsigned tries = call->states[k] / STATE_TRIED;
    if ((is_worth && tries < resident->calc->def->retries && tries < 14) ||
        (is_quiet && tries == 0)) {
        call->states[k] = (uint8_t)(call->states[k] + STATE_TRIED);
        return 0;
    }
    return fail_point(call, k, breakage, "run", true, err);
}

static int fail_rest(struct call *call, const struct breakage *breakage, struct err *err)
{
    while (call->first < call->n) {
        if (fail_point(call, call->first, breakage, "run", true, err) != 0)
            return -1;
    }
    return 0;
}

/* Until all points are answered or the process breaks. */
static int converse(struct call *call, struct breakage *breakage, struct err *err)
{
    struct resident *resident = call->resident;
    const struct calc *calc = resident->calc;
    enum wait_event event;
    char time[64];
    while (breakage->reason == REASON_NONE) {
        if (add_requests(call, err) != 0)
            return -1;
        if (call->first >= call->n)
            return 0;
        double until = calc->timeout_s > 0.0 ? call->turn + calc->timeout_s : INFINITY;
        if (resident_wait(resident, until, &event, breakage, err) != 0)
            return -1;
        if (resident->received.len > 0 && take_lines(call, breakage, err) != 0)
            return -1;
        if (call->first >= call->n)
            return 0; /* an end after the last answer is seen at the next start */
        if (event == EVENT_CANCEL)
            breakage_set(breakage, REASON_KILLED, "killed on request");
        if (calc->timeout_s > 0.0 && clock_steady_s() >= call->turn + calc->timeout_s)
            breakage_set(breakage, REASON_TIMEOUT,
                         "did not answer within %s (does it flush its output?)",
                         text_duration(time, sizeof time, calc->timeout_s));
    }
    return 0;
}

/* Did it end while nobody asked it anything? */
static int forget_if_ended(struct resident *resident, struct err *err)
{
    struct breakage ignored = {.reason = REASON_NONE};
    enum wait_event event;
    if (resident->pid > 0 && !resident->has_ended && resident->out_fd >= 0 &&
        resident_wait(resident, 0.0, &event, &ignored, err) != 0)
        return -1;
    if (resident->pid > 0 && (ignored.reason != REASON_NONE || resident->has_ended ||
                              resident->out_fd < 0 || resident->received.len > 0))
        resident_stop(resident, chain_grace_s(resident->calc->chain));
    return 0;
}

static int run_call(struct call *call, struct err *err)
{
    struct resident *resident = call->resident;
    const struct chain *chain = resident->calc->chain;
    unsigned n_failed = 0;
    TRY(forget_if_ended(resident, err));
    while (call->first < call->n) {
        struct breakage breakage = {.reason = REASON_NONE};
        double grace_s = chain_grace_s(chain);
        call->turn = clock_steady_s();
        int rc = resident->pid > 0 ? 0 : resident_start(resident, &breakage, err);
        n_failed = rc > 0 ? n_failed + 1 : 0;
        if (rc == 0)
            rc = converse(call, &breakage, err);
        if (rc < 0)
            return -1;
        if (breakage.reason == REASON_KILLED)
            grace_s = fmin(grace_s, 1.0);
        if (breakage.reason != REASON_NONE)
            TRY(break_off(call, &breakage, grace_s, err));
        if (breakage.reason == REASON_KILLED || n_failed >= MOST_STARTS)
            TRY(fail_rest(call, &breakage, err));
    }
    return 0;
out:
    return -1;
}

int resident_run(struct calc *calc, const struct block *block, const size_t *live, size_t n,
                 struct err *err)
{
    struct resident *resident = calc->resident;
    struct call call = {.resident = resident, .block = block, .live = live, .n = n};
    if (n > resident->cap_states) {
        uint8_t *states = mem_resize(resident->states, resident->cap_states, n, 1);
        if (!states)
            return mem_error(err);
        resident->states = states;
        resident->cap_states = n;
    }
    memset(resident->states, STATE_WAITS, n);
    call.states = resident->states;
    return run_call(&call, err);
}
