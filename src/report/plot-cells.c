/* plot-cells.c: classes of the learner's probability: how large they are, and the share accepted in
 * them.
 *
 * Volume: the newest model is asked about draws of the prior; where there is none, the share of the
 * uniform points that were asked about before they ran.  Share accepted: of these uniform points,
 * without bias.  The points that the search chose are shown beside them: they are many more, but
 * lie in a class where the search put them.  Intervals are Wilson's at 68 %. */
#include "plot-learner.h"

#include <stdio.h>

enum { N_CLASSES = 6, DRAWS = 1 << 17 };
static const double levels[N_CLASSES + 1] = {0, 0.01, 0.1, 0.3, 0.6, 0.9, 1};

struct class_row {
    uint64_t n, accepted;
    double sum;
};

static void fill(const struct picture_said *said, struct class_row rows[N_CLASSES])
{
    size_t i, c;

    for (c = 0; c < N_CLASSES; c++) {
        size_t from = (size_t)(levels[c] * SAID_FINE + 0.5);
        size_t to = c + 1 < N_CLASSES ? (size_t)(levels[c + 1] * SAID_FINE + 0.5) : SAID_FINE + 1;

        rows[c] = (struct class_row){.n = 0};
        for (i = from; i < to; i++) {
            rows[c].n += said->accepted[i] + said->other[i];
            rows[c].accepted += said->accepted[i];
            rows[c].sum += said->sum[i];
        }
    }
}

static void put_share(uint64_t n, uint64_t of, double row[3])
{
    row[0] = of > 0 ? (double)n / (double)of : (double)NAN;
    picture_interval(n, of, 1, &row[1], &row[2]);
}

/* Volumes: of `n` draws, or of the uniform points. */
struct volumes {
    struct picture_said said; /* only `other` is filled */
    uint64_t n;
};

static int put_classes(struct picture *picture, const struct picture_asked *asked,
                       const struct volumes *volumes, struct err *err)
{
    struct class_row uniform[N_CLASSES], all[N_CLASSES], drawn[N_CLASSES];
    uint64_t n = volumes->n;
    double least = 1;
    size_t c;

    fill(&asked->uniform, uniform);
    fill(&asked->all, all);
    fill(&volumes->said, drawn);
    if (picture_block(picture, "classes",
                      "class low high volume volume_low volume_high uniform accepted share "
                      "share_low share_high all_points all_accepted all_share all_low all_high "
                      "said drawn",
                      err) != 0)
        return -1;
    for (c = 0; c < N_CLASSES; c++) {
        double row[18] = {(double)c, levels[c], levels[c + 1]};

        put_share(drawn[c].n, n, row + 3);
        row[17] = (double)drawn[c].n;
        least = fmin(least, drawn[c].n > 0 ? row[3] : row[5]);
        row[6] = (double)uniform[c].n;
        row[7] = (double)uniform[c].accepted;
        put_share(uniform[c].accepted, uniform[c].n, row + 8);
        row[11] = (double)all[c].n;
        row[12] = (double)all[c].accepted;
        put_share(all[c].accepted, all[c].n, row + 13);
        row[16] = all[c].n > 0 ? all[c].sum / (double)all[c].n : (double)NAN;
        if (picture_row(picture, 18, row, err) != 0)
            return -1;
    }
    return picture_number(picture, "volume_floor", 0.3 * least, err);
}

static int find_volumes(struct picture *picture, const struct picture_asked *asked,
                        struct volumes *volumes, struct err *err)
{
    uint64_t *bins = arena_array(picture->arena, SAID_FINE + 1, sizeof *bins);
    uint64_t *none = arena_array(picture->arena, SAID_FINE + 1, sizeof *none);
    double *sum = arena_array(picture->arena, SAID_FINE + 1, sizeof *sum);

    if (!bins || !none || !sum)
        return mem_error(err);
    if (picture_learner_classes(picture, DRAWS, bins, &volumes->n, err) != 0)
        return -1;
    if (volumes->n > 0) {
        volumes->said = (struct picture_said){.accepted = none, .other = bins, .sum = sum};
        return picture_note(picture, err,
                            "volume: share of %llu draws of the prior; low, high: 68 %% interval",
                            (unsigned long long)volumes->n);
    }
    volumes->said = asked->uniform;
    volumes->n = asked->uniform.n;
    return picture_note(picture, err,
                        "volume: share of %llu uniform points; low, high: 68 %% interval",
                        (unsigned long long)volumes->n);
}

int picture_cells(struct picture *picture, struct err *err)
{
    struct picture_asked asked;
    struct volumes volumes = {.n = 0};
    char title[96];
    int rc = -1;

    if (picture->options->x || picture->options->y)
        return err_set(err, ERR_USAGE, "cells takes no --x and --y");
    TRY(picture_ask(picture, &asked, err));
    TRY(find_volumes(picture, &asked, &volumes, err));
    TRY(picture_number(picture, "n_drawn", (double)volumes.n, err));
    snprintf(title, sizeof title, "uniform points (%llu)", (unsigned long long)asked.uniform.n);
    TRY(picture_words(picture, "uniform_title", asked.uniform.n > 0 ? title : "", err));
    snprintf(title, sizeof title, "all asked about (%llu)", (unsigned long long)asked.all.n);
    TRY(picture_words(picture, "all_title", title, err));
    rc = put_classes(picture, &asked, &volumes, err);
out:
    return rc;
}
