/* t-survey-design.c: random, Sobol and list: streams by id, continuation, files with mistakes. */
#include "tap.h"

#include "search-problems.h"

#include <math.h>
#include <stdlib.h>
#include <unistd.h>

static struct survey_batch propose(struct loop *loop, uint64_t first_id, size_t n,
                                   const struct buf *carry)
{
    struct err err = ERR_INIT;
    struct survey_settings settings = {.batch = n};
    struct survey_snapshot *shot = survey_snapshot(loop->survey, 0, UINT32_MAX, &settings, &err);
    struct survey_batch batch;

    if (!shot || survey_propose(shot, first_id, carry ? carry->data : NULL, carry ? carry->len : 0,
                                &batch, &err) != 0)
        bail_out("nothing proposed: %s", err.message);
    survey_snapshot_free(shot);
    return batch;
}

static void open_loop(struct loop *loop, enum search_method method, uint64_t seed)
{
    struct err err = ERR_INIT;

    if (loop_open(loop, problem_find("shells3"), method, seed, &err) != 0 ||
        loop_begin(loop, &err) != 0)
        bail_out("no survey: %s", err.message);
}

/* Points first .. first + n - 1 do not depend on how the rounds are cut. */
static void check_cuts(enum search_method method, const char *name)
{
    struct loop loop;
    struct survey_batch all, a, b, c;

    open_loop(&loop, method, 5);
    all = propose(&loop, 1, 500, NULL);
    a = propose(&loop, 1, 123, NULL);
    b = propose(&loop, 124, 377, &a.carry);
    c = propose(&loop, 124, 377, NULL);
    is_mem(a.units, all.units, 123 * 3 * sizeof(double), "%s: the first 123", name);
    is_mem(b.units, all.units + 123 * 3, 377 * 3 * sizeof(double), "%s: the next 377", name);
    is_mem(c.units, b.units, 377 * 3 * sizeof(double), "%s: without the carry too", name);
    survey_batch_free(&all);
    survey_batch_free(&a);
    survey_batch_free(&b);
    survey_batch_free(&c);
    loop_close(&loop);
}

/* Largest gap between the number of points in a box and its volume, over many boxes. */
static double discrepancy(const double *units, size_t n)
{
    double worst = 0.0;

    for (size_t k = 0; k < 200; k++) {
        struct rng rng = rng_stream(3, RNG_TEST, k);
        double corner[3], volume = 1.0;
        size_t inside = 0;

        for (size_t j = 0; j < 3; j++) {
            corner[j] = rng_uniform(&rng);
            volume *= corner[j];
        }
        for (size_t i = 0; i < n; i++)
            inside += units[3 * i] < corner[0] && units[3 * i + 1] < corner[1] &&
                      units[3 * i + 2] < corner[2];
        worst = fmax(worst, fabs((double)inside / (double)n - volume));
    }
    return worst;
}

static void check_uniform(enum search_method method, const char *name, double least, double most)
{
    struct loop loop;
    struct survey_batch batch, other;
    size_t n_outside = 0, n_known = 0;
    double gap;

    open_loop(&loop, method, 1);
    batch = propose(&loop, 1, 4096, NULL);
    loop_close(&loop);
    for (size_t i = 0; i < 4096 * 3; i++)
        n_outside += !(batch.units[i] > 0.0 && batch.units[i] < 1.0);
    for (size_t i = 0; i < 4096; i++)
        n_known +=
            batch.density[i] == 1.0 && batch.origin[i] == ORIGIN_START && isnan(batch.predicted[i]);
    is_size(n_outside, 0, "%s: inside the open cube", name);
    is_size(n_known, 4096, "%s: density 1", name);
    gap = discrepancy(batch.units, 4096);
    ok(gap > least && gap < most, "%s: discrepancy %.4f", name, gap);
    open_loop(&loop, method, 2);
    other = propose(&loop, 1, 4096, NULL);
    loop_close(&loop);
    ok(other.units[0] != batch.units[0] && other.units[7] != batch.units[7],
       "%s: another seed, other points", name);
    survey_batch_free(&batch);
    survey_batch_free(&other);
}

/* ---- lists ---------------------------------------------------------------------------------- */

static int open_list(struct loop *loop, const char *path, const char *text, struct err *err)
{
    if (file_write(path, text, strlen(text), err) != 0 ||
        loop_open(loop, problem_find("himboo"), METHOD_LIST, 1, err) != 0)
        bail_out("no loop: %s", err->message);
    loop->made.scan.search.list = path;
    return loop_begin(loop, err);
}

static void check_list(const char *path)
{
    struct err err = ERR_INIT;
    struct loop loop;
    struct survey_batch a, b, c;
    static const char *const same[] = {
        "xa,xb\n1,2\n-5,5\n0,-2.5\n", "# points\nxb xa\n2 1\n5\t-5 # corner\n\n-2.5   0",
        "name;\"xa\";xb\r\nfirst;1;2\r\nsecond;-5;5\r\nthird;0;-2.5\r\n"};

    for (size_t k = 0; k < 3; k++) {
        if (!ok(open_list(&loop, path, same[k], &err) == 0, "list %zu is read: %s", k,
                err.message)) {
            loop_close(&loop);
            continue;
        }
        is_size(survey_list_size(loop.survey), 3, "three points");
        a = propose(&loop, 1, 2, NULL);
        b = propose(&loop, 9, 2, &a.carry);
        c = propose(&loop, 11, 2, &b.carry);
        ok(a.n == 2 && b.n == 1 && c.n == 0, "in rounds of two: 2, 1, 0");
        is_near(a.units[0], 0.6, 1e-12, "x of the first");
        is_near(a.units[1], 0.7, 1e-12, "y of the first");
        is_near(b.units[1], 0.25, 1e-12, "y of the third, though ids went on in between");
        ok(a.origin[0] == ORIGIN_LIST && isnan(a.density[0]), "origin list, no density");
        survey_batch_free(&a);
        survey_batch_free(&b);
        survey_batch_free(&c);
        loop_close(&loop);
    }
}

static void check_bad_lists(const char *path)
{
    static const struct {
        const char *text, *words[3];
    } bad[] = {
        {"xa,xc\n1,2\n", {":1: ", "\"xb\""}},
        {"xa,xb\n1,2\n1,zwei\n3\n9,1\n", {":3: \"zwei\"", ":4: 1 values", ":5: the point"}},
        {"xa,xb\n1,\n", {":2: "}},
        {"xa,xb\n", {"no points"}},
        {"", {"no points"}},
    };

    for (size_t k = 0; k < sizeof bad / sizeof bad[0]; k++) {
        struct err err = ERR_INIT;
        struct loop loop;

        ok(open_list(&loop, path, bad[k].text, &err) != 0, "bad list %zu is refused", k);
        is_int(err.code, ERR_SCAN, "as the scan's mistake");
        for (size_t w = 0; w < 3 && bad[k].words[w]; w++)
            has_str(err.message, bad[k].words[w], "and says what");
        loop_close(&loop);
    }
}

int main(void)
{
    char folder[] = "/tmp/t-survey-XXXXXX", path[64];
    struct err err = ERR_INIT;

    check_cuts(METHOD_RANDOM, "random");
    check_cuts(METHOD_SOBOL, "sobol");
    check_uniform(METHOD_RANDOM, "random", 0.003, 0.05);
    check_uniform(METHOD_SOBOL, "sobol", 0.0, 0.003);
    if (!mkdtemp(folder) || file_join(path, sizeof path, folder, "points.csv", &err) != 0)
        bail_out("no folder");
    check_list(path);
    check_bad_lists(path);
    unlink(path);
    rmdir(folder);
    return done_testing();
}
