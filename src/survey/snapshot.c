/* snapshot.c: what a proposal is made from, so that points can be added meanwhile.
 *
 * What it does: copies the settings and, where something is learned, the sample of the points
 * (sampled.c); the judge and the list of points are the survey's own. */
#include "private.h"

static int copy_settings(const struct survey *s, struct survey_snapshot *shot,
                         const struct survey_settings *settings, struct err *err)
{
    shot->settings = *settings;
    shot->n_cells = mem_memdup(s->n_cells, s->n_dims * sizeof(size_t));
    shot->pins = mem_memdup(settings->pins, settings->n_pins * 2 * s->n_dims * sizeof(double));
    if (!shot->n_cells || !shot->pins)
        return mem_error(err);
    shot->settings.pins = shot->pins;
    return 0;
}

struct survey_snapshot *survey_snapshot(struct survey *survey, uint32_t round, uint32_t upto,
                                        const struct survey_settings *settings, struct err *err)
{
    struct survey_snapshot *shot = mem_new(struct survey_snapshot);
    bool is_learning =
        survey->search.method == METHOD_CLASSIFIER || survey->search.method == METHOD_REGRESSOR;

    if (!shot) {
        mem_error(err);
        return NULL;
    }
    shot->n_dims = survey->n_dims;
    shot->n_margins = survey->n_margins;
    shot->search = survey->search;
    shot->seed = survey->seed;
    shot->round = round;
    shot->upto = upto;
    shot->judge = survey->judge;
    shot->list = survey->list;
    shot->n_list = survey->n_list;
    TRY(copy_settings(survey, shot, settings, err));
    if (is_learning && upto != UINT32_MAX)
        TRY(sampled_take(survey, shot, err));
    return shot;
out:
    survey_snapshot_free(shot);
    return NULL;
}

void survey_snapshot_free(struct survey_snapshot *shot)
{
    if (!shot)
        return;
    mem_free(shot->n_cells);
    mem_free(shot->pins);
    mem_free(shot->x);
    mem_free(shot->margins);
    mem_free(shot->weight);
    mem_free(shot->label);
    mem_free(shot->is_failed);
    mem_free(shot->is_uniform);
    mem_free(shot);
}
