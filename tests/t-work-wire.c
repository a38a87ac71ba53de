/* t-work-wire.c: frames between engine and worker, whole, cut off at every length, and with every
 * byte changed: what comes is the same, an error, or harmless, and never read beyond its end. */
#include "../src/work/wire.h"

#include "tap.h"

#include <math.h>
#include <string.h>

enum { N_OBSERVABLES = 3 };

static const double observables[N_OBSERVABLES] = {1.5, -2e300, 0.1};

/* A payload in memory of exactly its length, so that a sanitizer sees the first byte too far. */
static struct wire exact(const struct wire *payload, size_t n, unsigned char **memory)
{
    *memory = mem_memdup(payload->at, n);
    return (struct wire){.at = *memory, .end = *memory + n};
}

static struct outcome rich_outcome(void)
{
    struct outcome outcome = {
        .reason = REASON_PARSE,
        .calculator = 1,
        .stage = "read",
        .words = mem_strdup("line 3: \"abc\" is no number"),
        .seconds = 0.25F,
        .steps = mem_array(2, sizeof *outcome.steps),
        .n_steps = 2,
        .kept = mem_array(1, sizeof *outcome.kept),
        .n_kept = 1,
    };
    outcome.steps[0] = (struct calc_step){.calculator = 0, .was_run = true, .seconds = 0.125F};
    outcome.steps[1] = (struct calc_step){.calculator = 1, .was_run = true, .exit = -9};
    outcome.kept[0] = (struct calc_kept){
        .calculator = 1, .name = mem_strdup("out.slha"), .data = mem_memdup("a\0b", 3), .n = 3};
    return outcome;
}

static struct wire frame_of(struct buf *out, enum wire_type want)
{
    enum wire_type type = WIRE_KILL;
    struct wire payload = {0};
    size_t n_bytes = 0;
    is_int(wire_next(out, 0, &type, &payload, &n_bytes), 1, "a whole frame");
    is_int(type, want, "of its type");
    is_size(n_bytes, out->len, "as long as it is");
    return payload;
}

static void put_rich(struct buf *out, struct err *err)
{
    size_t mark;
    struct outcome outcome = rich_outcome();
    ok(wire_begin(out, WIRE_DONE, &mark, err) == 0 &&
           wire_put_result(out, 77, observables, N_OBSERVABLES, &outcome, err) == 0,
       "a result is written");
    wire_end(out, mark);
    outcome_clear(&outcome);
}

static void test_result(void)
{
    struct buf out;
    struct err err = ERR_INIT;
    struct outcome back;
    uint64_t id;
    double values[N_OBSERVABLES];
    buf_init(&out, 1 << 20);
    put_rich(&out, &err);
    struct wire payload = frame_of(&out, WIRE_DONE);
    is_int(wire_get_result(&payload, &id, values, N_OBSERVABLES, &back, &err), 0, "it is read");
    ok(payload.at == payload.end, "to its end");
    is_uint(id, 77, "the point");
    is_mem(values, observables, sizeof observables, "its values, to the last bit");
    is_int(back.reason, REASON_PARSE, "the reason");
    is_int(back.calculator, 1, "the calculator");
    is_str(back.stage, "read", "the stage");
    is_str(back.words, "line 3: \"abc\" is no number", "the words");
    is_size(back.n_steps, 2, "the steps");
    is_int(back.steps[1].exit, -9, "a signal");
    is_double((double)back.steps[0].seconds, 0.125, 0, "a time");
    is_size(back.n_kept, 1, "the kept file");
    is_str(back.kept[0].name, "out.slha", "its name");
    is_mem(back.kept[0].data, "a\0b", 3, "its bytes, a zero among them");
    outcome_clear(&back);
    buf_free(&out);
}

static void test_plain(void)
{
    struct buf out;
    struct err err = ERR_INIT;
    struct outcome outcome = {.calculator = -1, .seconds = 2}, back;
    const double nan_value = (double)NAN;
    double value;
    uint64_t id;
    buf_init(&out, 1 << 20);
    wire_put_result(&out, UINT64_MAX, &nan_value, 1, &outcome, &err);
    is_size(out.len, 8 + 4 + 8 + 4, "a result without a story is short");
    struct wire payload = {.at = (unsigned char *)out.data,
                           .end = (unsigned char *)out.data + out.len};
    is_int(wire_get_result(&payload, &id, &value, 1, &back, &err), 0, "it is read");
    ok(id == UINT64_MAX && isnan(value) && back.reason == REASON_NONE && back.words == NULL,
       "as it was");
    outcome_clear(&back);
    buf_free(&out);
}

/* Every length that is too short is an error; every changed byte at most another result. */
static void test_broken_results(void)
{
    struct buf out;
    struct err err = ERR_INIT;
    struct outcome back;
    uint64_t id;
    double values[N_OBSERVABLES];
    unsigned char *memory;
    size_t n_refused = 0, n_told = 0;
    buf_init(&out, 1 << 20);
    put_rich(&out, &err);
    struct wire payload = frame_of(&out, WIRE_DONE);
    size_t n = (size_t)(payload.end - payload.at);
    for (size_t length = 0; length < n; length++) {
        struct err cut = ERR_INIT;
        struct wire short_one = exact(&payload, length, &memory);
        n_refused += wire_get_result(&short_one, &id, values, N_OBSERVABLES, &back, &cut) != 0;
        n_told += cut.code == ERR_PROTOCOL;
        outcome_clear(&back);
        mem_free(memory);
    }
    is_size(n_refused, n, "a result cut off at any length is refused");
    is_size(n_told, n, "as broken protocol");
    for (size_t at = 0; at < n; at++) {
        for (unsigned change = 1; change < 256; change += 42) {
            struct err ignored = ERR_INIT;
            struct wire changed = exact(&payload, n, &memory);
            memory[at] = (unsigned char)(memory[at] ^ change);
            (void)wire_get_result(&changed, &id, values, N_OBSERVABLES, &back, &ignored);
            if (back.reason < 0 || back.reason >= N_REASONS)
                fail("byte %zu: a reason that does not exist", at);
            outcome_clear(&back);
            mem_free(memory);
        }
    }
    pass("no changed byte does harm");
    buf_free(&out);
}

static void test_setup(void)
{
    static const char *const dirs[] = {"/a/plugins", "/b", NULL};
    const struct wire_setup setup = {"parameters: {}\n", "my scan.yaml", "/home/x", "/tmp/w1",
                                     dirs};
    struct wire_setup back;
    struct buf out;
    struct err err = ERR_INIT;
    size_t mark, n_refused = 0;
    unsigned char *memory;
    struct arena *arena = arena_create();
    buf_init(&out, 1 << 20);
    wire_begin(&out, WIRE_SETUP, &mark, &err);
    is_int(wire_put_setup(&out, &setup, &err), 0, "a setup is written");
    wire_end(&out, mark);
    struct wire payload = frame_of(&out, WIRE_SETUP);
    size_t n = (size_t)(payload.end - payload.at);
    struct wire whole = payload;
    is_int(wire_get_setup(&whole, arena, &back, &err), 0, "and read");
    is_str(back.resolved, setup.resolved, "the scan");
    is_str(back.path, setup.path, "its path");
    is_str(back.folder, setup.folder, "its folder");
    is_str(back.scratch, setup.scratch, "the scratch folder");
    is_str(back.plugin_dirs[1], "/b", "the folders of plugins");
    ok(back.plugin_dirs[2] == NULL, "and no more of them");
    for (size_t length = 0; length < n; length++) {
        struct err cut = ERR_INIT;
        struct wire short_one = exact(&payload, length, &memory);
        n_refused += wire_get_setup(&short_one, arena, &back, &cut) != 0;
        mem_free(memory);
    }
    is_size(n_refused, n, "a setup cut off at any length is refused");
    arena_free(arena);
    buf_free(&out);
}

static void test_frames(void)
{
    struct buf out;
    struct err err = ERR_INIT;
    size_t mark, n_bytes, whole, n_waiting = 0;
    enum wire_type type;
    struct wire payload;
    buf_init(&out, 1 << 20);
    for (int i = 0; i < 2; i++) {
        wire_begin(&out, WIRE_KILL, &mark, &err);
        wire_put_u64(&out, 5 + (uint64_t)i, &err);
        wire_end(&out, mark);
    }
    whole = out.len / 2;
    is_int(wire_next(&out, whole, &type, &payload, &n_bytes), 1, "the second of two frames");
    is_uint(wire_get_u64(&payload), 6, "with its payload");
    is_uint(wire_get_u64(&payload), 0, "beyond which there is nothing");
    ok(payload.is_bad, "and that is known");
    for (size_t length = 0; length < whole; length++) {
        out.len = length;
        n_waiting += wire_next(&out, 0, &type, &payload, &n_bytes) == 0;
    }
    is_size(n_waiting, whole, "part of a frame is waited for");
    out.len = whole;
    out.data[4] = 'x';
    is_int(wire_next(&out, 0, &type, &payload, &n_bytes), -1, "an unknown type is no frame");
    out.data[4] = '\0';
    is_int(wire_next(&out, 0, &type, &payload, &n_bytes), -1, "nor is type 0");
    memcpy(out.data,
           "\xff\xff\xff\xff"
           "K",
           5);
    is_int(wire_next(&out, 0, &type, &payload, &n_bytes), -1, "nor one of 4 GB");
    buf_free(&out);
}

/* Strings without their end, or longer than what is there. */
static void test_bytes(void)
{
    static const unsigned char open_end[] = {2, 0, 0, 0, 'a', 'b', 'c'};
    static const unsigned char huge[] = {0xff, 0xff, 0xff, 0xff, 'a', 0};
    size_t n;
    struct wire wire = {.at = open_end, .end = open_end + sizeof open_end};
    is_str(wire_get_bytes(&wire, &n), "", "a string without its end is none");
    ok(wire.is_bad && n == 0, "and that is known");
    wire = (struct wire){.at = huge, .end = huge + sizeof huge};
    is_str(wire_get_bytes(&wire, &n), "", "nor is one of 4 GB");
    ok(wire.is_bad, "and that is known");
}

static void test_memory(void)
{
    struct buf out;
    struct err err = ERR_INIT;
    struct outcome back;
    uint64_t id;
    double values[N_OBSERVABLES];
    unsigned long n = 0;
    int rc = -1;
    buf_init(&out, 1 << 20);
    put_rich(&out, &err);
    struct wire payload = frame_of(&out, WIRE_DONE);
    while (rc != 0 && n < 100) {
        struct wire whole = payload;
        struct err none = ERR_INIT;
        mem_fail_at(++n);
        rc = wire_get_result(&whole, &id, values, N_OBSERVABLES, &back, &none);
        mem_fail_at(0);
        if (rc != 0 && none.code != ERR_MEMORY)
            fail("allocation %lu: another error", n);
        outcome_clear(&back);
    }
    ok(rc == 0 && n > 5, "each of %lu allocations may fail", n - 1);
    buf_free(&out);
}

int main(void)
{
    test_frames();
    test_bytes();
    test_result();
    test_plain();
    test_setup();
    test_broken_results();
    test_memory();
    return done_testing();
}
