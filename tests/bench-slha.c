/* bench-slha.c: how many spectra a second one core reads.
 *
 *     bench-slha FILE...     each file on its own
 *
 * One spectrum is: index the text, find the twelve entries below (missing ones are searched as
 * well), which is what a scan reads of a point.  The text is in memory; reading the file is not
 * measured.  CPU time of this thread; the best of five repetitions. */
#include "theodolite/slha.h"

#include <stdio.h>
#include <stdlib.h>

static const char *const texts[] = {"MASS[25]",     "MASS[1000022]",   "MASS[1000015]",
                                    "NMIX[1,1]",    "HMIX(1)[1]",      "ALPHA[]",
                                    "GAUGE(1)[3]",  "BR[25 -> 5 -5]",  "BR[25 -> 22 22]",
                                    "STAUMIX[1,1]", "DECAY[25].width", "SPINFO[4]"};

enum { N_ADDRESSES = sizeof texts / sizeof texts[0], N_REPEAT = 5 };

static void fail_on(int rc, const struct err *err)
{
    if (rc == 0)
        return;
    fprintf(stderr, "%s\n", err->message);
    exit(1);
}

static double run(struct slha *slha, const struct buf *text, const struct slha_address *addresses,
                  size_t n_spectra, size_t *n_found)
{
    struct err err = ERR_INIT;
    struct slha_hit hit;
    double sum = 0, start = clock_thread_cpu_s();
    *n_found = 0;
    for (size_t i = 0; i < n_spectra; i++) {
        fail_on(slha_parse(slha, text->data, text->len, &err), &err);
        for (size_t j = 0; j < N_ADDRESSES; j++)
            if (slha_find(slha, &addresses[j], &hit) == SLHA_FOUND) {
                sum += hit.value;
                ++*n_found;
            }
    }
    double seconds = clock_thread_cpu_s() - start;
    *n_found /= n_spectra;
    return sum == 0.123456789 ? 0 : seconds; /* keeps the sum alive */
}

int main(int argc, char **argv)
{
    struct err err = ERR_INIT;
    struct slha_address addresses[N_ADDRESSES];
    struct slha *slha = slha_create();
    for (size_t j = 0; j < N_ADDRESSES; j++)
        fail_on(slha_address_parse(texts[j], &addresses[j], NULL, &err), &err);
    for (int i = 1; i < argc; i++) {
        struct buf text;
        size_t n_spectra = 20000, n_found = 0;
        double best = 1e9;
        buf_init(&text, 1 << 26);
        fail_on(buf_read_file(&text, argv[i], &err), &err);
        for (int j = 0; j < N_REPEAT; j++) {
            double seconds = run(slha, &text, addresses, n_spectra / N_REPEAT, &n_found);
            if (seconds < best)
                best = seconds;
        }
        printf("%-60s %6zu bytes, %2zu of %d found: %8.0f spectra/s, %.2f us each\n", argv[i],
               text.len, n_found, N_ADDRESSES, (double)(n_spectra / N_REPEAT) / best,
               1e6 * best / (double)(n_spectra / N_REPEAT));
        buf_free(&text);
    }
    slha_free(slha);
    return 0;
}
