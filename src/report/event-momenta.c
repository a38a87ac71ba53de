/* event-momenta.c: the momenta of an event, as the scan's section `events` says, and its azimuth.
 *
 * Where nothing depends on the azimuth, an integrand is best integrated without it, and all its
 * events lie in one plane, p_y = 0.  Nature's do not: each event is turned about the z axis by an
 * angle of its own, uniform, drawn from a stream of (seed, number of the event), so that the same
 * seed gives the same file.  `azimuth: given` leaves the momenta as they are; `azimuth: uniform`
 * turns also events that lie in no plane.
 *
 * A table of values has the turned momenta too, where their components are values of their own by
 * name; else the values stay those of the integrand, and `azimuth: uniform` adds the angle as a
 * column. */
#include "event-private.h"

#include <math.h>
#include <string.h>

static const double pi = 3.141592653589793238;

/* ---- momenta -------------------------------------------------------------------------------- */

int event_momenta_open(struct event_momenta *momenta, const struct scan *scan, struct err *err)
{
    const struct scan_events *events = &scan->events;
    *momenta = (struct event_momenta){.scan = scan};
    momenta->parts = mem_array(events->n_particles + 1, sizeof *momenta->parts);
    momenta->p = mem_array(events->n_particles + 1, sizeof *momenta->p);
    if (momenta->parts == NULL || momenta->p == NULL)
        return mem_error(err);
    for (size_t i = 0; i < events->n_particles; i++)
        for (int k = 0; k < N_MOMENTUM; k++) {
            momenta->parts[i][k] = expr_create(events->particles[i].momentum[k], scan->value_names,
                                               scan->n_values, NULL, err);
            if (momenta->parts[i][k] == NULL)
                return err_while(err, "reading the momentum of %s", events->particles[i].name);
        }
    return 0;
}

void event_momenta_close(struct event_momenta *momenta)
{
    for (size_t i = 0; momenta->parts != NULL && i < momenta->scan->events.n_particles; i++)
        for (int k = 0; k < N_MOMENTUM; k++)
            expr_free(momenta->parts[i][k]);
    mem_free(momenta->parts);
    mem_free(momenta->p);
    *momenta = (struct event_momenta){.scan = momenta->scan};
}

int event_momenta_find(struct event_momenta *momenta, const double *row, struct err *err)
{
    const struct scan_events *events = &momenta->scan->events;
    for (size_t i = 0; i < events->n_particles; i++)
        for (int k = 0; k < N_MOMENTUM; k++) {
            double p = expr_eval(momenta->parts[i][k], row);
            if (!isfinite(p))
                return err_set(err, ERR_NUMERIC,
                               "the momentum of %s, [%s, %s, %s, %s], is not known in an event",
                               events->particles[i].name, events->particles[i].momentum[0],
                               events->particles[i].momentum[1], events->particles[i].momentum[2],
                               events->particles[i].momentum[3]);
            momenta->p[i][k] = p;
        }
    return 0;
}

/* ---- is it to be drawn? --------------------------------------------------------------------- */

struct look {
    struct event_momenta momenta;
    bool *is_across;  /* of each particle: it has a transverse momentum */
    bool has_plane;   /* p_y = 0 in all */
    bool is_anything; /* is there any transverse momentum at all? */
};

static int look_at(void *context, const double *record, struct err *err)
{
    struct look *look = context;
    if (event_momenta_find(&look->momenta, record + EVENT_HEAD, err) != 0)
        return -1;
    for (size_t i = 0; i < look->momenta.scan->events.n_particles; i++) {
        const double *p = look->momenta.p[i];
        if (fabs(p[2]) > 0.0)
            look->has_plane = false;
        if (fabs(p[1]) > 0.0 || fabs(p[2]) > 0.0)
            look->is_anything = look->is_across[i] = true;
    }
    return 0;
}

/* The number of an observable by its name alone, or SIZE_MAX. */
static size_t observable(const struct scan *scan, const char *text)
{
    for (size_t v = scan->n_params; v < scan->n_values; v++)
        if (strcmp(scan->value_names[v], text) == 0)
            return v;
    return SIZE_MAX;
}

/* Columns that are p_x and p_y of a particle; none at all where one of them is something else. */
static int find_columns(struct event_file *file, const bool *is_across, struct err *err)
{
    const struct scan_events *events = &file->scan->events;
    file->columns = mem_array(events->n_particles + 1, sizeof *file->columns);
    if (file->columns == NULL)
        return mem_error(err);
    for (size_t i = 0; i < events->n_particles; i++) {
        size_t x = observable(file->scan, events->particles[i].momentum[1]);
        size_t y = observable(file->scan, events->particles[i].momentum[2]);
        bool is_known = false, is_good = x != SIZE_MAX && y != SIZE_MAX && x != y;
        if (!is_across[i])
            continue;
        for (size_t c = 0; c < file->n_columns; c++) {
            const size_t *other = file->columns[c];
            bool is_same = other[0] == x && other[1] == y;
            is_known = is_known || is_same;
            if (!is_same && (other[0] == x || other[1] == y || other[0] == y || other[1] == x))
                is_good = false;
        }
        if (!is_good) {
            file->n_columns = 0;
            return 0;
        }
        if (!is_known) {
            file->columns[file->n_columns][0] = x;
            file->columns[file->n_columns++][1] = y;
        }
    }
    return 0;
}

int event_azimuth_settle(struct event_file *file, uint64_t seed, struct err *err)
{
    const struct scan *scan = file->scan;
    struct look look = {.has_plane = true};
    int rc = -1;
    file->seed = seed;
    file->is_turned = false;
    file->n_columns = 0;
    mem_free(file->columns);
    file->columns = NULL;
    if (scan->events.n_particles == 0 || scan->events.azimuth == AZIMUTH_GIVEN)
        return 0;
    look.momenta.scan = scan;
    look.is_across = mem_array(scan->events.n_particles, sizeof *look.is_across);
    if (look.is_across == NULL) {
        mem_error(err);
        goto out;
    }
    memset(look.is_across, 0, scan->events.n_particles * sizeof *look.is_across);
    TRY(event_momenta_open(&look.momenta, scan, err));
    TRY(event_file_each(file, look_at, &look, err));
    file->is_turned =
        look.is_anything && (look.has_plane || scan->events.azimuth == AZIMUTH_UNIFORM);
    rc = file->is_turned ? find_columns(file, look.is_across, err) : 0;
out:
    event_momenta_close(&look.momenta);
    mem_free(look.is_across);
    return rc;
}

/* ---- turning -------------------------------------------------------------------------------- */

double event_azimuth(const struct event_file *file)
{
    struct rng rng = rng_stream(file->seed, RNG_AZIMUTH, file->at);
    return 2.0 * pi * rng_uniform(&rng);
}

void event_turn(double *x, double *y, double angle)
{
    double across = *x, up = *y, c = cos(angle), s = sin(angle);
    if (!(fabs(across) > 0.0 || fabs(up) > 0.0))
        return; /* no "-0" */
    *x = c * across - s * up;
    *y = s * across + c * up;
}

bool event_azimuth_column(const struct event_file *file)
{
    return file->is_turned && file->n_columns == 0 && file->scan->events.azimuth == AZIMUTH_UNIFORM;
}
