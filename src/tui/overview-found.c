/* overview-found.c: what was found, when its panel has the whole screen: for each free parameter
 * where the accepted points lie within its prior, and for each constraint how much it rejects. */
#include "overview.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { NAME = 16, NUMBERS = 30 };

static bool is_free(const struct scan_param *param)
{
    return param->kind != PRIOR_FIXED && param->kind != PRIOR_DERIVED;
}

static void prior_words(const struct model *model, size_t v, char out[WORDS])
{
    const struct scan_param *param = &model->scan->params[v];
    char range[WORDS];
    size_t i, n = 0;
    double lo, hi;

    value_range(model, v, &lo, &hi);
    out[0] = '\0';
    switch (param->kind) {
    case PRIOR_NORMAL: snprintf(out, WORDS, "%.6g +- %.3g", param->mean, param->sigma); break;
    case PRIOR_INTEGER: snprintf(out, WORDS, "%.0f .. %.0f, integer", lo + 0.5, hi - 0.5); break;
    case PRIOR_CHOICE:
        for (i = 0; i < param->n_choices && n + 1 < WORDS; i++) {
            snprintf(out + n, WORDS - n, "%s%g", i > 0 ? ", " : "", param->choices[i]);
            n += strlen(out + n);
        }
        break;
    default:
        snprintf(out, WORDS, "%.80s%s", overview_range(range, param->kind == PRIOR_LOG, lo, hi),
                 param->kind == PRIOR_LOG ? ", log" : "");
        break;
    }
}

static int draw_params(const struct model *model, struct area area, int y)
{
    const struct said_part *said = model_said(model);
    char range[WORDS];
    size_t v;

    area_text(area, y, 1, STYLE_DIM, "parameter");
    area_text(area, y, NAME + 2, STYLE_DIM, "accepted points lie in");
    area_text(area, y++, NAME + 2 + NUMBERS, STYLE_DIM, "prior");
    for (v = 0; v < model->scan->n_params && y < area.height; v++) {
        const struct scan_param *param = &model->scan->params[v];
        bool is_seen = said && v < said->n_values && isfinite(said->good_lo[v]);

        if (!is_free(param))
            continue;
        area_field(area, y, 1, NAME, STYLE_PLAIN, param->name);
        if (is_seen)
            area_printf(
                area, y, NAME + 2, STYLE_PLAIN, "%.*s %s", NUMBERS - 8,
                overview_range(range, param->kind == PRIOR_LOG, said->good_lo[v], said->good_hi[v]),
                param->unit ? param->unit : "");
        else
            area_text(area, y, NAME + 2, STYLE_PLAIN, "-");
        prior_words(model, v, range);
        area_field(area, y++, NAME + 2 + NUMBERS, area.width - NAME - NUMBERS - 3, STYLE_PLAIN,
                   range);
    }
    return y;
}

static void draw_terms(const struct model *model, struct area area, int y)
{
    const struct said_part *said = model_said(model);
    char share[WORDS];
    size_t i;

    area_text(area, y, 1, STYLE_DIM, "constraint");
    area_text(area, y, NAME + 2, STYLE_DIM, "rejects");
    area_text(area, y, NAME + 12, STYLE_DIM, "unknown");
    area_text(area, y++, NAME + 22, STYLE_DIM, "is");
    for (i = 0; i < model->n_terms && i < JUDGE_MAX_TERMS && y < area.height; i++) {
        double n = said && said->n_judged > 0 ? (double)said->n_judged : (double)NAN;

        area_field(area, y, 1, NAME, STYLE_PLAIN, model->terms[i].name);
        area_text(
            area, y, NAME + 2, STYLE_PLAIN,
            overview_percent(share, said ? (double)said->n_term_fails[i] / n : (double)NAN, NAN));
        area_text(
            area, y, NAME + 12, STYLE_PLAIN,
            overview_percent(share, said ? (double)said->n_term_unknown[i] / n : (double)NAN, NAN));
        area_field(area, y++, NAME + 22, area.width - NAME - 23, STYLE_PLAIN, model->terms[i].text);
    }
}

void overview_found_tables(const struct model *model, struct area area)
{
    int y = draw_params(model, area, 0);

    draw_terms(model, area, y + 1);
}
