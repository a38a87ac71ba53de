/* wire.c: bytes of the frames between engine and worker, both directions.
 *
 * Does not read or write descriptors: the worker and the pool do.  Both machines are little-endian
 * (x86-64, arm64); an assertion in wire_begin says so. */
#include "wire.h"

#include <assert.h>
#include <string.h>

static bool wire_has(struct wire *wire, size_t n)
{
    if (wire->is_bad || (size_t)(wire->end - wire->at) < n) {
        wire->is_bad = true;
        return false;
    }
    return true;
}

static void wire_get(struct wire *wire, void *out, size_t n)
{
    if (wire_has(wire, n)) {
        memcpy(out, wire->at, n);
        wire->at += n;
    }
}

uint32_t wire_get_u32(struct wire *wire)
{
    uint32_t value = 0;
    wire_get(wire, &value, sizeof value);
    return value;
}

uint64_t wire_get_u64(struct wire *wire)
{
    uint64_t value = 0;
    wire_get(wire, &value, sizeof value);
    return value;
}

float wire_get_float(struct wire *wire)
{
    float value = 0;
    wire_get(wire, &value, sizeof value);
    return value;
}

void wire_get_doubles(struct wire *wire, double *out, size_t n)
{
    memset(out, 0, n * sizeof *out);
    wire_get(wire, out, n * sizeof *out);
}

const char *wire_get_bytes(struct wire *wire, size_t *n)
{
    size_t length = wire_get_u32(wire);
    if (!wire_has(wire, length + 1) || wire->at[length] != '\0') {
        wire->is_bad = true;
        *n = 0;
        return "";
    }
    const char *bytes = (const char *)wire->at;
    wire->at += length + 1;
    *n = length;
    return bytes;
}

int wire_put_u32(struct buf *out, uint32_t value, struct err *err)
{
    return buf_append(out, &value, sizeof value, err);
}

int wire_put_u64(struct buf *out, uint64_t value, struct err *err)
{
    return buf_append(out, &value, sizeof value, err);
}

int wire_put_float(struct buf *out, float value, struct err *err)
{
    return buf_append(out, &value, sizeof value, err);
}

int wire_put_doubles(struct buf *out, const double *values, size_t n, struct err *err)
{
    return buf_append(out, values, n * sizeof *values, err);
}

int wire_put_bytes(struct buf *out, const void *data, size_t n, struct err *err)
{
    if (wire_put_u32(out, (uint32_t)n, err) != 0 || buf_append(out, data, n, err) != 0)
        return -1;
    return buf_append(out, "", 1, err);
}

int wire_begin(struct buf *out, enum wire_type type, size_t *mark, struct err *err)
{
    const uint32_t one = 1;
    assert(*(const unsigned char *)&one == 1);
    const char head[WIRE_HEAD] = {0, 0, 0, 0, (char)type};
    *mark = out->len;
    return buf_append(out, head, sizeof head, err);
}

void wire_end(struct buf *out, size_t mark)
{
    uint32_t n = (uint32_t)(out->len - mark - WIRE_HEAD);
    memcpy(out->data + mark, &n, sizeof n);
}

int wire_next(const struct buf *in, size_t from, enum wire_type *type, struct wire *payload,
              size_t *n_bytes)
{
    uint32_t n;
    if (in->len - from < WIRE_HEAD)
        return 0;
    memcpy(&n, in->data + from, sizeof n);
    char letter = in->data[from + 4];
    if (n > WIRE_MAX_FRAME || letter == '\0' || strchr("SPKLTREBD", letter) == NULL)
        return -1;
    if (in->len - from < WIRE_HEAD + (size_t)n)
        return 0;
    *type = (enum wire_type)letter;
    payload->at = (const unsigned char *)in->data + from + WIRE_HEAD;
    payload->end = payload->at + n;
    payload->is_bad = false;
    *n_bytes = WIRE_HEAD + (size_t)n;
    return 1;
}

static int put_text(struct buf *out, const char *text, struct err *err)
{
    return wire_put_bytes(out, text, strlen(text), err);
}

int wire_put_setup(struct buf *out, const struct wire_setup *setup, struct err *err)
{
    uint32_t n_dirs = 0;
    while (setup->plugin_dirs[n_dirs] != NULL)
        n_dirs++;
    if (put_text(out, setup->resolved, err) != 0 || put_text(out, setup->path, err) != 0 ||
        put_text(out, setup->folder, err) != 0 || put_text(out, setup->scratch, err) != 0 ||
        wire_put_u32(out, n_dirs, err) != 0)
        return -1;
    for (uint32_t i = 0; i < n_dirs; i++)
        if (put_text(out, setup->plugin_dirs[i], err) != 0)
            return -1;
    return 0;
}

static const char *get_text(struct wire *payload, struct arena *arena)
{
    size_t n;
    const char *text = wire_get_bytes(payload, &n);
    return arena_strndup(arena, text, n);
}

int wire_get_setup(struct wire *payload, struct arena *arena, struct wire_setup *setup,
                   struct err *err)
{
    setup->resolved = get_text(payload, arena);
    setup->path = get_text(payload, arena);
    setup->folder = get_text(payload, arena);
    setup->scratch = get_text(payload, arena);
    uint32_t n_dirs = wire_get_u32(payload);
    if (payload->is_bad || n_dirs > 1000)
        return err_set(err, ERR_PROTOCOL, "the setup that came from the engine is cut off");
    const char **dirs = arena_array(arena, n_dirs + 1, sizeof *dirs);
    if (dirs == NULL || setup->resolved == NULL || setup->path == NULL || setup->folder == NULL ||
        setup->scratch == NULL)
        return mem_error(err);
    for (uint32_t i = 0; i < n_dirs; i++)
        if ((dirs[i] = get_text(payload, arena)) == NULL)
            return mem_error(err);
    if (payload->is_bad)
        return err_set(err, ERR_PROTOCOL, "the setup that came from the engine is cut off");
    setup->plugin_dirs = dirs;
    return 0;
}

static int put_steps(struct buf *out, const struct outcome *outcome, struct err *err)
{
    for (size_t i = 0; i < outcome->n_steps; i++) {
        const struct calc_step *step = &outcome->steps[i];
        if (wire_put_u32(out, step->calculator, err) != 0 ||
            wire_put_u32(out, step->was_run, err) != 0 ||
            wire_put_u32(out, (uint32_t)step->exit, err) != 0 ||
            wire_put_float(out, step->seconds, err) != 0 ||
            wire_put_float(out, step->cpu_s, err) != 0)
            return -1;
    }
    for (size_t i = 0; i < outcome->n_kept; i++) {
        const struct calc_kept *kept = &outcome->kept[i];
        if (wire_put_u32(out, kept->calculator, err) != 0 || put_text(out, kept->name, err) != 0 ||
            wire_put_bytes(out, kept->data, kept->n, err) != 0)
            return -1;
    }
    return 0;
}

int wire_put_result(struct buf *out, uint64_t id, const double *observables, size_t n,
                    const struct outcome *outcome, struct err *err)
{
    bool is_plain = outcome->reason == REASON_NONE && outcome->n_steps == 0 &&
                    outcome->n_kept == 0 && outcome->words == NULL;
    if (wire_put_u64(out, id, err) != 0 || wire_put_float(out, outcome->seconds, err) != 0 ||
        wire_put_doubles(out, observables, n, err) != 0 || wire_put_u32(out, is_plain, err) != 0)
        return -1;
    if (is_plain)
        return 0;
    if (wire_put_u32(out, (uint32_t)outcome->reason, err) != 0 ||
        wire_put_u32(out, (uint32_t)outcome->calculator, err) != 0 ||
        put_text(out, outcome->stage != NULL ? outcome->stage : "", err) != 0 ||
        put_text(out, outcome->words != NULL ? outcome->words : "", err) != 0 ||
        wire_put_u32(out, (uint32_t)outcome->n_steps, err) != 0 ||
        wire_put_u32(out, (uint32_t)outcome->n_kept, err) != 0)
        return -1;
    return put_steps(out, outcome, err);
}

/* The stage is static text on both sides. */
static const char *known_stage(const char *stage)
{
    static const char *const stages[] = {"write", "run", "read", "check"};
    for (size_t i = 0; i < sizeof stages / sizeof stages[0]; i++)
        if (strcmp(stage, stages[i]) == 0)
            return stages[i];
    return "";
}

static int get_steps(struct wire *payload, struct outcome *outcome, size_t n_steps, size_t n_kept,
                     struct err *err)
{
    if (payload->is_bad || n_steps > 10000 || n_kept > 100000)
        return err_set(err, ERR_PROTOCOL, "a result that came from a worker is cut off");
    outcome->steps = mem_array(n_steps, sizeof *outcome->steps);
    outcome->kept = mem_array(n_kept, sizeof *outcome->kept);
    if (outcome->steps == NULL || outcome->kept == NULL)
        return mem_error(err);
    outcome->n_steps = n_steps;
    for (size_t i = 0; i < n_steps; i++) {
        struct calc_step *step = &outcome->steps[i];
        step->calculator = (uint16_t)wire_get_u32(payload);
        step->was_run = wire_get_u32(payload) != 0;
        step->exit = (int)wire_get_u32(payload);
        step->seconds = wire_get_float(payload);
        step->cpu_s = wire_get_float(payload);
    }
    for (size_t i = 0; i < n_kept; i++) {
        struct calc_kept *kept = &outcome->kept[i];
        size_t n_name, n;
        kept->calculator = (uint16_t)wire_get_u32(payload);
        const char *name = wire_get_bytes(payload, &n_name);
        const char *data = wire_get_bytes(payload, &n);
        outcome->n_kept = i + 1;
        kept->n = n;
        kept->name = mem_strndup(name, n_name);
        kept->data = mem_memdup(data, n);
        if (kept->name == NULL || kept->data == NULL)
            return mem_error(err);
    }
    return 0;
}

int wire_get_result(struct wire *payload, uint64_t *id, double *observables, size_t n,
                    struct outcome *outcome, struct err *err)
{
    *outcome = (struct outcome){.calculator = -1, .stage = ""};
    *id = wire_get_u64(payload);
    outcome->seconds = wire_get_float(payload);
    wire_get_doubles(payload, observables, n);
    bool is_plain = wire_get_u32(payload) != 0;
    if (!is_plain && !payload->is_bad) {
        size_t n_stage, n_words;
        uint32_t reason = wire_get_u32(payload);
        outcome->reason = reason < N_REASONS ? (enum reason)reason : REASON_PROTOCOL;
        outcome->calculator = (int)wire_get_u32(payload);
        outcome->stage = known_stage(wire_get_bytes(payload, &n_stage));
        const char *words = wire_get_bytes(payload, &n_words);
        size_t n_steps = wire_get_u32(payload), n_kept = wire_get_u32(payload);
        if (n_words > 0 && (outcome->words = mem_strndup(words, n_words)) == NULL)
            return mem_error(err);
        if (get_steps(payload, outcome, n_steps, n_kept, err) != 0)
            return -1;
    }
    if (payload->is_bad)
        return err_set(err, ERR_PROTOCOL, "a result that came from a worker is cut off");
    return 0;
}
