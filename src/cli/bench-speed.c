/* bench-speed.c: how fast points go through: the SLHA reader alone, then whole scans with a program
 * per point, a resident program and a shared object; and how long workers idle. */
#include "bench.h"

#include "theodolite/slha.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- SLHA ----------------------------------------------------------------------------------- */

/* A spectrum of the usual shape and about 30 kB: masses, mixings, decay tables with comments. */
static int make_spectrum(struct buf *out, struct err *err)
{
    if (buf_puts(out,
                 "# A spectrum for measuring\nBlock SPINFO\n     1   BENCH\n     2   1.0\n"
                 "Block MODSEL\n     1   1\nBlock MASS   # mass spectrum\n",
                 err) != 0)
        return -1;
    for (int k = 0; k < 40; k++)
        if (buf_printf(out, err, "  %8d   %16.8e   # ~particle %d\n", k == 0 ? 25 : 1000000 + k,
                       125.09 + 17.3 * k, k) != 0)
            return -1;
    for (int b = 0; b < 12; b++) {
        if (buf_printf(out, err, "Block MIX%d Q= 1.0e+03\n", b) != 0)
            return -1;
        for (int k = 0; k < 16; k++)
            if (buf_printf(out, err, "  %d  %d   %16.8e   # N_{%d,%d}\n", k / 4 + 1, k % 4 + 1,
                           0.1 * k - 0.3, k / 4 + 1, k % 4 + 1) != 0)
                return -1;
    }
    for (int t = 0; out->len < 30000; t++) {
        if (buf_printf(out, err, "DECAY %9d   %16.8e   # width\n", t == 0 ? 25 : 1000000 + t,
                       4.1e-3 * (t + 1)) != 0)
            return -1;
        for (int k = 1; k < 9; k++)
            if (buf_printf(out, err, "    %16.8e    2   %9d  %9d   # BR\n", 0.5 / k, k, -k) != 0)
                return -1;
    }
    return 0;
}

int bench_slha(const struct bench *bench, struct err *err)
{
    static const char *const wanted[] = {
        "MASS[25]",        "MASS[1000022]",  "MASS[1000006]", "MIX3[1,2]", "MIX11[4,4]",
        "DECAY[25].width", "BR[25 -> 5 -5]", "SPINFO[2]",     "MODSEL[1]", "DECAY[1000003].width"};
    enum { N_WANTED = sizeof wanted / sizeof wanted[0] };
    struct slha_address addresses[N_WANTED];
    struct buf text;
    struct slha *slha = slha_create();
    char measured[64], what[80];
    int rc = -1;
    (void)bench;
    buf_init(&text, 1 << 20);
    if (slha == NULL) {
        mem_error(err);
        goto out;
    }
    TRY(make_spectrum(&text, err));
    for (size_t i = 0; i < N_WANTED; i++)
        TRY(slha_address_parse(wanted[i], &addresses[i], NULL, err));
    unsigned n = 0;
    double began = clock_thread_cpu_s(), seconds;
    struct slha_hit hit;
    do {
        TRY(slha_parse(slha, text.data, text.len, err));
        for (size_t i = 0; i < N_WANTED; i++)
            (void)slha_find(slha, &addresses[i], &hit);
        n++;
        seconds = clock_thread_cpu_s() - began;
    } while (seconds < 1);
    snprintf(measured, sizeof measured, "%.0f", n / seconds);
    snprintf(what, sizeof what, "spectra of %.0f kB read per second and core, 10 values each",
             (double)text.len / 1000);
    bench_row("slha", what, measured, ">= 20000");
    rc = 0;
out:
    slha_free(slha);
    buf_free(&text);
    return rc;
}

/* ---- whole scans ---------------------------------------------------------------------------- */

static uint64_t count_closed(const char *db, struct err *err)
{
    struct store_counts counts = {0};
    struct store *store = store_open(db, STORE_READ, err);
    if (store == NULL || store_counts(store, &counts, err) != 0)
        counts = (struct store_counts){0};
    store_close(store);
    return counts.total - counts.running - counts.failed;
}

static int measure_rate(const struct bench *bench, const struct bench_scan *scan, double per,
                        double *rate, struct err *err)
{
    struct bench_result result;
    if (bench_run(bench, scan, &result, err) != 0)
        return -1;
    uint64_t n = count_closed(result.db, err);
    if (n == 0)
        return err_set(err, ERR_NUMERIC, "the scan %s closed no point", scan->name);
    *rate = (double)n / result.seconds / per;
    return 0;
}

int bench_exec(const struct bench *bench, struct err *err)
{
    static const char card[] = "Block MINPAR\n 1 100.0 # m0\n 2 200.0 # m12\n"
                               "Block MASS\n 25 125.09 # h0\n";
    static const char text[] =
        "goal: 3000 points\n"
        "parameters:\n  m0: uniform 0 .. 1000\n  m12: uniform 0 .. 1000\n"
        "calculators:\n  echo:\n    run: cat\n    stdin: card.in\n"
        "    write: {'MINPAR[1]': m0, 'MINPAR[2]': m12}\n    output: stdout\n"
        "    read:\n      mh: MASS[25]\n      m0out: MINPAR[1]\n"
        "constraints:\n  c: m0out < 500\n"
        "search:\n  method: random\n";
    char path[4300], measured[64];
    double rate;
    const struct bench_scan scan = {"exec", text, 1, "3000 points"};
    snprintf(path, sizeof path, "%s/card.in", bench->folder);
    if (file_write(path, card, sizeof card - 1, err) != 0 ||
        measure_rate(bench, &scan, 1, &rate, err) != 0)
        return -1;
    snprintf(measured, sizeof measured, "%.0f", rate);
    bench_row("exec", "points per second, one worker: template, cat, SLHA, stored", measured,
              ">= 500");
    return 0;
}

int bench_resident(const struct bench *bench, struct err *err)
{
    char *text = arena_printf(bench->arena,
                              "goal: 200000 points\n"
                              "parameters:\n  x: uniform 0 .. 1\n  z: uniform 0 .. 1\n"
                              "calculators:\n  echo:\n    run: ['%s', bench, --serve]\n"
                              "    resident: true\n    read:\n      y: y\n"
                              "constraints:\n  c: y < 0.5\n"
                              "search:\n  method: random\n  batch: 5000\n",
                              bench->self);
    char measured[64];
    double rate;
    if (text == NULL)
        return mem_error(err);
    const struct bench_scan scan = {"resident", text, 1, "200000 points"};
    if (measure_rate(bench, &scan, 1, &rate, err) != 0)
        return -1;
    snprintf(measured, sizeof measured, "%.0f", rate);
    bench_row("resident", "points per second, one worker: JSON lines, stored", measured,
              ">= 20000");
    return 0;
}

int bench_serve(void)
{
    char line[4096];
    puts("{\"theodolite\": 1, \"name\": \"bench\", \"version\": \"1\"}");
    fflush(stdout);
    while (fgets(line, sizeof line, stdin) != NULL) {
        json_t *asked = json_loads(line, 0, NULL);
        double x = json_number_value(json_object_get(json_object_get(asked, "in"), "x"));
        printf("{\"id\": %lld, \"out\": {\"y\": %.17g}}\n",
               (long long)json_integer_value(json_object_get(asked, "id")), x);
        fflush(stdout);
        json_decref(asked);
    }
    return 0;
}

#define SHELLS                                                                                     \
    "parameters:\n"                                                                                \
    "  x1: uniform -31.41592653589793 .. 31.41592653589793\n"                                      \
    "  x2: uniform -31.41592653589793 .. 31.41592653589793\n"                                      \
    "  x3: uniform -31.41592653589793 .. 31.41592653589793\n"
#define SHELLS_O                                                                                   \
    "  shells:\n    plugin: functions.so\n    function: cos-shells\n"                              \
    "    inputs: [x1, x2, x3]\n    read: {O: O}\n"                                                 \
    "constraints:\n  band: O in 95.40954 .. 104.59046\n"

int bench_plugin(const struct bench *bench, struct err *err)
{
    static const char text[] =
        "goal: 2000000 points\n" SHELLS "calculators:\n" SHELLS_O "search:\n  method: random\n";
    const struct bench_scan scan = {"plugin", text, 1, "2000000 points"};
    char measured[64];
    double rate;
    if (measure_rate(bench, &scan, 1, &rate, err) != 0)
        return -1;
    snprintf(measured, sizeof measured, "%.0f", rate);
    bench_row("plugin", "stored points per second, shared object, method: random", measured,
              ">= 200000");
    return 0;
}

int bench_idle(const struct bench *bench, struct err *err)
{
    static const char text[] =
        "goal: 2400 points\n" SHELLS "calculators:\n  wait:\n    run: sleep 0.05\n" SHELLS_O
        "search:\n  start: 600\n  batch: 300\n";
    const struct bench_scan scan = {"idle", text, 4, "2400 points"};
    struct bench_result result;
    char measured[64];
    if (bench_run(bench, &scan, &result, err) != 0)
        return -1;
    snprintf(measured, sizeof measured, "%.1f %%", 100 * (1 - result.workers_busy));
    bench_row("idle", "workers' idle share: 50 ms calculator, 4 workers, batch 300", measured,
              "< 5 %");
    return 0;
}
