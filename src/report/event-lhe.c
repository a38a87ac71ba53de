/* event-lhe.c: Les Houches event files, version 3.0.
 *
 * Blocks and columns: E. Boos et al., hep-ph/0109068; J. Alwall et al., hep-ph/0609017; the tags
 * generator and xsecinfo: J. R. Andersen et al., arXiv:1405.1067, sect. II.1.
 *
 * Weights.  XWGTUP is in pb and its mean over the file is the cross section (IDWTUP 4, or -4 where
 * there are negative weights): sign times int |F| / mean |w|, times w for those above their limit.
 * XSECUP and XERRUP are the integral and its error.  Where signs differ the mean of the weights is
 * not it, but scatters about it by the number of events; the header says by how much.
 * An integrand whose unit is not that of a cross section (a width) is written as it is.
 *
 * Particles.  Outgoing ones come from all incoming ones; masses are those of the momenta; spins are
 * not known (9).  Events that lie in a plane are turned (event-momenta.c).  Where momenta do not
 * add up, the words of the file say so. */
#include "event-private.h"

#include "config.h"

#include <math.h>
#include <string.h>

static const double MASSLESS = 1e-11; /* of E^2: less than the rounding of momenta leaves */
static const double BALANCE = 1e-6;   /* of the energy */

struct lhe {
    struct event_file *file;
    FILE *to;
    struct event_momenta momenta;
    struct expr *scale; /* or NULL */
    double unit;        /* of XWGTUP for weight 1 */
    double energy[2];   /* largest of the incoming particles */
    double worst;       /* imbalance over the energy */
    uint64_t n_bad;
};

int event_lhe_check(const struct scan *scan, struct err *err)
{
    if (scan->events.n_particles > 0)
        return 0;
    return err_set(err, ERR_SCAN,
                   "a Les Houches event file needs to know the particles: the scan has no section "
                   "like\n"
                   "    events:\n"
                   "      em:  in 11 [E_em, px_em, py_em, pz_em]\n"
                   "      mum: out 13 [E_mum, px_mum, py_mum, pz_mum]");
}

/* ---- expressions ---------------------------------------------------------------------------- */

static void lhe_close(struct lhe *lhe)
{
    event_momenta_close(&lhe->momenta);
    expr_free(lhe->scale);
}

static int lhe_open(struct lhe *lhe, struct err *err)
{
    const struct scan *scan = lhe->file->scan;
    if (event_momenta_open(&lhe->momenta, scan, err) != 0)
        return -1;
    if (scan->events.scale == NULL)
        return 0;
    lhe->scale = expr_create(scan->events.scale, scan->value_names, scan->n_values, NULL, err);
    return lhe->scale != NULL ? 0 : -1;
}

/* Momenta of the event at hand, and the sums of those that come in and of those that go out. */
static int find_momenta(struct lhe *lhe, const double *row, double in[N_MOMENTUM],
                        double out[N_MOMENTUM], struct err *err)
{
    const struct scan_events *events = &lhe->file->scan->events;
    double angle = lhe->file->is_turned ? event_azimuth(lhe->file) : 0.0;
    memset(in, 0, N_MOMENTUM * sizeof *in);
    memset(out, 0, N_MOMENTUM * sizeof *out);
    if (event_momenta_find(&lhe->momenta, row, err) != 0)
        return -1;
    for (size_t i = 0; i < events->n_particles; i++) {
        double *p = lhe->momenta.p[i];
        if (lhe->file->is_turned)
            event_turn(&p[1], &p[2], angle);
        for (int k = 0; k < N_MOMENTUM; k++)
            (events->particles[i].is_in ? in : out)[k] += p[k];
    }
    return 0;
}

static double mass_of(const double p[N_MOMENTUM])
{
    double m2 = p[0] * p[0] - p[1] * p[1] - p[2] * p[2] - p[3] * p[3];
    return m2 > MASSLESS * p[0] * p[0] ? sqrt(m2) : 0.0;
}

/* ---- before the events ---------------------------------------------------------------------- */

static int see_event(void *context, const double *record, struct err *err)
{
    struct lhe *lhe = context;
    const struct scan_events *events = &lhe->file->scan->events;
    double in[N_MOMENTUM], out[N_MOMENTUM], away = 0.0;
    size_t n_in = 0;
    if (find_momenta(lhe, record + EVENT_HEAD, in, out, err) != 0)
        return -1;
    for (int k = 0; k < N_MOMENTUM; k++)
        away = fmax(away, fabs(in[k] - out[k]) / fabs(in[0]));
    lhe->worst = fmax(lhe->worst, away);
    lhe->n_bad += !(away < BALANCE);
    for (size_t i = 0; i < events->n_particles; i++)
        if (events->particles[i].is_in && n_in < 2) {
            lhe->energy[n_in] = fmax(lhe->energy[n_in], lhe->momenta.p[i][0]);
            n_in++;
        }
    return 0;
}

/* What one of the unit is in pb; 0: no cross section. */
static double unit_in_pb(const char *unit)
{
    static const struct {
        const char *name;
        double pb;
    } units[] = {{"ab", 1e-6}, {"fb", 1e-3}, {"pb", 1.0}, {"nb", 1e3},
                 {"mub", 1e6}, {"ub", 1e6},  {"mb", 1e9}, {"", 1.0}};
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
        if (strcmp(unit, units[i].name) == 0)
            return units[i].pb;
    return 0.0;
}

static double mean_weight(const struct lhe *lhe)
{
    const struct event_file *file = lhe->file;
    return file->n > 0 ? file->sum / (double)file->n * lhe->unit : 0.0;
}

static int put_mean(const struct lhe *lhe, struct err *err)
{
    struct event_file *file = lhe->file;
    double n = (double)file->n, mean = file->sum / n;
    double error = sqrt(fmax(file->sum_squares / n - mean * mean, 0.0) / n) * lhe->unit;
    return buf_printf(&file->out, err,
                      "mean of the weights: %.10g +- %.3g, as their signs fell; XSECUP is the "
                      "integral\n",
                      mean_weight(lhe), error);
}

static int put_init(struct lhe *lhe, const struct event_file_sums *sums, double scale,
                    struct err *err)
{
    const struct scan_events *events = &lhe->file->scan->events;
    struct event_file *file = lhe->file;
    struct buf *out = &file->out;
    double mean = mean_weight(lhe), xsec = file->n_negative > 0 ? scale * sums->integral : mean;
    int pdg[2] = {0, 0}, n_in = 0, rc = -1;
    double energy[2] = {lhe->energy[0], lhe->energy[1]};
    for (size_t i = 0; i < events->n_particles; i++)
        if (events->particles[i].is_in)
            pdg[n_in++] = events->particles[i].pdg;
    for (int k = 0; k < 2 && events->has_beams; k++) {
        pdg[k] = events->beam_pdg[k];
        energy[k] = events->beam_energy[k];
    }
    TRY(buf_puts(out, "<init>\n", err));
    TRY(buf_printf(out, err, "%d %d %.10e %.10e %d %d %d %d %d 1\n", pdg[0], pdg[1], energy[0],
                   energy[1], -1, -1, -1, -1, file->n_negative > 0 ? -4 : 4));
    TRY(buf_printf(out, err, "%.10e %.10e %.10e 1\n", xsec, scale * fabs(sums->error),
                   file->most * lhe->unit));
    TRY(buf_puts(out, "<generator name=\"Theodolite\" version=\"" TH_VERSION "\"></generator>\n",
                 err));
    TRY(buf_printf(out, err,
                   "<xsecinfo neve=\"%llu\" ntries=\"%llu\" totxsec=\"%.10e\" xsecerr=\"%.10e\" "
                   "maxweight=\"%.10e\" meanweight=\"%.10e\" negweights=\"%s\" "
                   "varweights=\"%s\"></xsecinfo>\n",
                   (unsigned long long)file->n, (unsigned long long)sums->n_calls, xsec,
                   scale * fabs(sums->error), file->most * lhe->unit, mean,
                   file->n_negative > 0 ? "yes" : "no", file->most > 1.0 + 1e-12 ? "yes" : "no"));
    rc = buf_puts(out, "</init>\n", err);
out:
    return rc;
}

/* Text between tags, and in a comment: no "<", ">", "&", "--". */
static int put_plain(struct buf *out, const char *text, struct err *err)
{
    for (const char *p = text; *p != '\0'; p++) {
        const char *put = *p == '<' ? "&lt;" : *p == '>' ? "&gt;" : *p == '&' ? "&amp;" : NULL;
        if (put != NULL ? buf_puts(out, put, err) != 0 : buf_append(out, p, 1, err) != 0)
            return -1;
    }
    return 0;
}

static int put_header(struct lhe *lhe, const struct event_file_sums *sums, struct err *err)
{
    struct event_file *file = lhe->file;
    const struct scan *scan = file->scan;
    struct buf *out = &file->out;
    int rc = -1;
    TRY(buf_puts(out, "<LesHouchesEvents version=\"3.0\">\n<header>\n<theodolite>\n", err));
    TRY(buf_printf(out, err, "Theodolite " TH_VERSION ", scan "));
    TRY(put_plain(out, scan->name, err));
    TRY(buf_puts(out, ", integrand ", err));
    TRY(put_plain(out, scan->integrand != NULL ? scan->integrand : "", err));
    TRY(buf_printf(out, err, "\nevents: %llu, of them negative: %llu; calls: %llu; seed: %llu\n",
                   (unsigned long long)file->n, (unsigned long long)file->n_negative,
                   (unsigned long long)sums->n_calls, (unsigned long long)sums->seed));
    TRY(buf_printf(out, err, "integral: %.10g +- %.3g ", sums->integral, sums->error));
    TRY(put_plain(out, scan->integrate.unit, err));
    TRY(buf_puts(out, sums->is_converged ? "\n" : " (not converged)\n", err));
    if (file->n_negative > 0)
        TRY(put_mean(lhe, err));
    if (file->is_turned)
        TRY(buf_puts(out, "azimuth: uniform, drawn for each event\n", err));
    rc = buf_puts(out, "</theodolite>\n</header>\n", err);
out:
    return rc;
}

/* ---- the events ----------------------------------------------------------------------------- */

static int put_particle(struct lhe *lhe, size_t i, size_t n_in, struct err *err)
{
    const struct scan_particle *particle = &lhe->file->scan->events.particles[i];
    const double *p = lhe->momenta.p[i];
    int mothers[2] = {0, 0};
    if (!particle->is_in) {
        mothers[0] = 1;
        mothers[1] = (int)n_in;
    }
    return buf_printf(&lhe->file->out, err,
                      "%d %d %d %d %d %d %.16e %.16e %.16e %.16e %.10e 0. 9.\n", particle->pdg,
                      particle->is_in ? -1 : 1, mothers[0], mothers[1], particle->color[0],
                      particle->color[1], p[1], p[2], p[3], p[0], mass_of(p));
}

static int put_event(void *context, const double *record, struct err *err)
{
    struct lhe *lhe = context;
    const struct scan_events *events = &lhe->file->scan->events;
    struct buf *text = &lhe->file->out;
    double in[N_MOMENTUM], out[N_MOMENTUM], scale;
    size_t n_in = 0;
    int rc = -1;
    TRY(find_momenta(lhe, record + EVENT_HEAD, in, out, err));
    for (size_t i = 0; i < events->n_particles; i++)
        n_in += events->particles[i].is_in;
    scale = lhe->scale != NULL ? expr_eval(lhe->scale, record + EVENT_HEAD) : mass_of(out);
    TRY(buf_printf(text, err, "<event>\n%zu 1 %.10e %.10e -1. -1.\n", events->n_particles,
                   record[0] * lhe->unit, isfinite(scale) ? scale : -1.0));
    for (int is_in = 1; is_in >= 0; is_in--) /* those that come in are first */
        for (size_t i = 0; i < events->n_particles; i++)
            if (events->particles[i].is_in == (is_in == 1))
                TRY(put_particle(lhe, i, n_in, err));
    TRY(buf_puts(text, "</event>\n", err));
    rc = event_file_flush(lhe->file, lhe->to, false, err);
out:
    return rc;
}

static void say_words(struct lhe *lhe, double pb)
{
    struct event_file *file = lhe->file;
    const char *unit = file->scan->integrate.unit;
    char imbalance[160] = "", units[160] = "";
    if (lhe->n_bad > 0)
        snprintf(imbalance, sizeof imbalance,
                 "momenta do not add up in %llu of %llu events (worst: %.2g of the energy); ",
                 (unsigned long long)lhe->n_bad, (unsigned long long)file->n, lhe->worst);
    if (pb == 0.0)
        snprintf(units, sizeof units, "weights are in %s, no unit of a cross section; ", unit);
    snprintf(file->words, sizeof file->words, "%s%s", imbalance, units);
    if (file->words[0] != '\0')
        file->words[strlen(file->words) - 2] = '\0';
}

int event_lhe_write(struct event_file *file, FILE *to, const struct event_file_sums *sums,
                    struct err *err)
{
    struct lhe lhe = {.file = file, .to = to, .momenta = {.scan = file->scan}};
    double pb = unit_in_pb(file->scan->integrate.unit), scale = pb > 0.0 ? pb : 1.0;
    int rc = -1;
    if (file->sum_absolute > 0.0)
        lhe.unit = scale * sums->absolute * (double)file->n / file->sum_absolute;
    TRY(lhe_open(&lhe, err));
    TRY(event_file_each(file, see_event, &lhe, err));
    TRY(put_header(&lhe, sums, err));
    TRY(put_init(&lhe, sums, scale, err));
    TRY(event_file_each(file, put_event, &lhe, err));
    TRY(buf_puts(&file->out, "</LesHouchesEvents>\n", err));
    TRY(event_file_flush(file, to, true, err));
    say_words(&lhe, pb);
    rc = 0;
out:
    lhe_close(&lhe);
    return rc;
}
