/* cubature-boxes.c: polynomials on boxes.
 *
 * Interpolation at Chebyshev's points, which lie inside the box, in a product of Chebyshev
 * polynomials (L. N. Trefethen, Approximation Theory and Approximation Practice (2013), ch. 3, 4).
 * The integral is exact for the polynomial: the mean of T_k is 1/(1 - k^2) for even k, else 0.  How
 * fast the coefficients fall along an axis tells whether a cut across it is worth its calls. */
#include "cubature.h"

#include <math.h>
#include <string.h>

static const size_t nodes_of[CUBATURE_DIMS + 1] = {0, 17, 17, 11, 7};
static const double pi = 3.141592653589793238463;

int panels_create(struct panels *panels, size_t n_dims, struct err *err)
{
    size_t n = nodes_of[n_dims];
    *panels = (struct panels){.n_dims = n_dims, .n_nodes = n, .size = 1, .n_room = 64};
    for (size_t j = 0; j < n_dims; j++)
        panels->size *= n;
    for (size_t i = 0; i < n; i++) {
        panels->node[i] = cos(pi * ((double)i + 0.5) / (double)n);
        for (size_t k = 0; k < n; k++)
            panels->transform[k * n + i] = (k == 0 ? 1.0 : 2.0) / (double)n *
                                           cos((double)k * pi * ((double)i + 0.5) / (double)n);
    }
    panels->list = mem_array(panels->n_room, sizeof *panels->list);
    if (panels->list == NULL)
        return mem_error(err);
    struct panel *all = &panels->list[panels->n++];
    all->volume = 1;
    for (size_t j = 0; j < n_dims; j++)
        all->hi[j] = 1;
    return 0;
}

void panels_free(struct panels *panels)
{
    for (size_t i = 0; i < panels->n; i++)
        mem_free(panels->list[i].coefficients);
    mem_free(panels->list);
    *panels = (struct panels){.n = 0};
}

void panel_nodes(const struct panels *panels, const struct panel *panel, double *x)
{
    size_t d = panels->n_dims, n = panels->n_nodes;
    for (size_t i = 0; i < panels->size; i++)
        for (size_t j = d, rest = i; j-- > 0; rest /= n) {
            double t = panels->node[rest % n];
            x[i * d + j] = panel->lo[j] + 0.5 * (t + 1) * (panel->hi[j] - panel->lo[j]);
        }
}

/* One axis after the other; each pass takes the first axis and puts it last. */
static void transform(const struct panels *panels, double *values, double *scratch)
{
    size_t n = panels->n_nodes, rest = panels->size / n;
    double *from = values, *to = scratch;
    for (size_t j = 0; j < panels->n_dims; j++) {
        memset(to, 0, panels->size * sizeof *to);
        for (size_t k = 0; k < n; k++)
            for (size_t i = 0; i < n; i++) {
                double t = panels->transform[k * n + i];
                for (size_t r = 0; r < rest; r++)
                    to[r * n + k] += t * from[i * rest + r];
            }
        double *swap = from;
        from = to;
        to = swap;
    }
    if (from != values)
        memcpy(values, from, panels->size * sizeof *values);
}

static double mean_of(size_t k)
{
    return k % 2 == 1 ? 0.0 : 1.0 / (1.0 - (double)k * (double)k);
}

int panel_fit(const struct panels *panels, struct panel *panel, double *values, double *scratch,
              struct err *err)
{
    size_t n = panels->n_nodes, d = panels->n_dims;
    double tails = 0;
    transform(panels, values, scratch);
    if ((panel->coefficients = mem_memdup(values, panels->size * sizeof *values)) == NULL)
        return mem_error(err);
    panel->integral = 0;
    memset(panel->tail, 0, sizeof panel->tail);
    for (size_t i = 0; i < panels->size; i++) {
        double c = values[i], mean = c;
        for (size_t j = d, rest = i; j-- > 0; rest /= n) {
            size_t k = rest % n;
            mean *= mean_of(k);
            panel->tail[j] += k + 2 >= n ? c * c : 0;
        }
        panel->integral += mean * panel->volume;
    }
    for (size_t j = 0; j < d; j++) {
        tails += panel->tail[j];
        panel->tail[j] = sqrt(panel->tail[j]);
    }
    panel->error = panel->volume * sqrt(tails);
    return 0;
}

double panel_value(const struct panels *panels, const struct panel *panel, const double *x,
                   double *scratch)
{
    size_t n = panels->n_nodes, rest = panels->size;
    const double *from = panel->coefficients;
    for (size_t j = panels->n_dims; j-- > 0;) {
        double t = 2 * (x[j] - panel->lo[j]) / (panel->hi[j] - panel->lo[j]) - 1;
        double chebyshev[CUBATURE_NODES];
        chebyshev[0] = 1;
        chebyshev[1] = t;
        for (size_t k = 2; k < n; k++)
            chebyshev[k] = 2 * t * chebyshev[k - 1] - chebyshev[k - 2];
        rest /= n;
        for (size_t r = 0; r < rest; r++) {
            double sum = 0;
            for (size_t k = 0; k < n; k++)
                sum += chebyshev[k] * from[r * n + k];
            scratch[r] = sum;
        }
        from = scratch;
    }
    return scratch[0];
}

static bool needs_cut(const struct panels *panels, const struct panel *panel, size_t axis)
{
    double most = 0;
    for (size_t j = 0; j < panels->n_dims; j++)
        most = fmax(most, panel->tail[j]);
    return panel->tail[axis] >= 0.2 * most;
}

size_t panel_n_pieces(const struct panels *panels, const struct panel *panel)
{
    size_t n = 1;
    for (size_t j = 0; j < panels->n_dims; j++)
        n *= needs_cut(panels, panel, j) ? 2 : 1;
    return n;
}

int panels_cut(struct panels *panels, size_t which, size_t *n_new, struct err *err)
{
    size_t n = panel_n_pieces(panels, &panels->list[which]);
    if (panels->n + n > panels->n_room) {
        size_t room = 2 * panels->n_room + n;
        struct panel *list = mem_resize(panels->list, panels->n_room, room, sizeof *list);
        if (list == NULL)
            return mem_error(err);
        panels->list = list;
        panels->n_room = room;
    }
    struct panel *old = &panels->list[which];
    for (size_t k = 0; k < n; k++) {
        struct panel *piece = &panels->list[panels->n + k];
        *piece = *old;
        piece->coefficients = NULL;
        piece->error = 0; /* not known yet */
        piece->volume = old->volume / (double)n;
        for (size_t j = 0, side = k; j < panels->n_dims; j++) {
            if (!needs_cut(panels, old, j))
                continue;
            double middle = 0.5 * (old->lo[j] + old->hi[j]);
            if (side % 2 == 0)
                piece->hi[j] = middle;
            else
                piece->lo[j] = middle;
            side /= 2;
        }
    }
    mem_free(old->coefficients);
    old->coefficients = NULL;
    old->error = 0;
    panels->n += n;
    *n_new = n;
    return 0;
}
