/* t-report-lhe.c: event files: Les Houches events read again by a parser of the test's own (tags
 * well-formed, init, events, weights, momenta), csv, and what is left behind when it cannot be
 * written. */
#include "theodolite/event-file.h"

#include "tap.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char SCAN[] = "scan: a<b & \"c\"\n"
                           "goal: 10 points\n"
                           "parameters:\n"
                           "  e: uniform 10 .. 20 GeV\n"
                           "  c: uniform -1 .. 1\n"
                           "observables:\n"
                           "  f: = 2*e\n"
                           "  s: = sqrt(1 - c*c)\n"
                           "integrand: f\n"
                           "integrate: {unit: nb}\n"
                           "events:\n"
                           "  beams: 2212 6500 GeV, -2212 980\n"
                           "  scale: 2*e\n"
                           "  azimuth: auto\n"
                           "  m1: out 13 [e, e*s, 0, e*c]\n"
                           "  q:  in 2 [e, 0, 0, e] color 501 0\n"
                           "  qb: in -2 [e, 0, 0, -e] color 0 501\n"
                           "  m2: out -13 [e, -e*s, 0, -e*c]\n";

static struct scan *parse(const char *text, bool is_good)
{
    struct scan_diagnostics *diagnostics = scan_diagnostics_create();
    struct err err = ERR_INIT;
    struct scan *scan = NULL;
    struct buf out;
    buf_init(&out, 1 << 16);
    if (scan_parse(text, "test.yaml", "/tmp", NULL, &scan, diagnostics, &err) != 0)
        bail_out("%s", err.message);
    if (is_good != (scan_n_errors(diagnostics) == 0)) {
        scan_print_diagnostics(diagnostics, "test.yaml", text, &out, &err);
        bail_out("%s", out.data != NULL ? out.data : "no error");
    }
    buf_free(&out);
    scan_diagnostics_free(diagnostics);
    return scan;
}

/* ---- a small reader of XML ------------------------------------------------------------------ */

/* Tags are closed in their order, and there is no bare "<" or "&". NULL, or what is wrong. */
static const char *not_well_formed(const char *text)
{
    char stack[16][40];
    size_t depth = 0;
    for (const char *p = text; *p != '\0'; p++) {
        size_t n;
        if (*p == '&' && strncmp(p, "&lt;", 4) != 0 && strncmp(p, "&gt;", 4) != 0 &&
            strncmp(p, "&amp;", 5) != 0)
            return "a bare &";
        if (*p != '<')
            continue;
        n = strcspn(p + 1, " >/\n") + (p[1] == '/' ? strcspn(p + 2, " >\n") + 1 : 0);
        if (p[1] == '/') {
            if (depth == 0 || strlen(stack[depth - 1]) != n - 1 ||
                strncmp(stack[depth - 1], p + 2, n - 1) != 0)
                return "a tag is closed that is not open";
            depth--;
        } else {
            if (n == 0 || n >= 40 || depth == 16)
                return "no tag";
            snprintf(stack[depth++], 40, "%.*s", (int)n, p + 1);
        }
        p = strchr(p, '>');
        if (p == NULL)
            return "a tag without end";
    }
    return depth == 0 ? NULL : "a tag is not closed";
}

struct particle {
    int pdg, status, mother[2], color[2];
    double p[4], mass, life, spin; /* p: E, px, py, pz */
};
struct event {
    int n, process;
    double weight, scale, alpha_ed, alpha_s;
    struct particle particles[8];
};

static int read_numbers(const char **at, double *numbers, int n)
{
    for (int i = 0; i < n; i++) {
        char *end;
        numbers[i] = strtod(*at, &end);
        if (end == *at)
            return -1;
        *at = end;
    }
    return 0;
}

static int read_event(const char **at, struct event *event)
{
    double head[6], row[13];
    if (read_numbers(at, head, 6) != 0 || head[0] < 1 || head[0] > 8)
        return -1;
    *event = (struct event){(int)head[0], (int)head[1], head[2], head[3], head[4], head[5], {{0}}};
    for (int i = 0; i < event->n; i++) {
        if (read_numbers(at, row, 13) != 0)
            return -1;
        event->particles[i] = (struct particle){(int)row[0],
                                                (int)row[1],
                                                {(int)row[2], (int)row[3]},
                                                {(int)row[4], (int)row[5]},
                                                {row[9], row[6], row[7], row[8]},
                                                row[10],
                                                row[11],
                                                row[12]};
    }
    return strncmp(*at + strspn(*at, "\n "), "</event>", 8) == 0 ? 0 : -1;
}

/* ---- writing and reading -------------------------------------------------------------------- */

static const double weights[] = {1, 1, -1, 2.5, 1, 1};
enum { N = 6 };

static struct event_file *make(const struct scan *scan, enum event_format format)
{
    struct err err = ERR_INIT;
    struct event_file *file = event_file_create(scan, format, &err);
    if (file == NULL)
        bail_out("%s", err.message);
    for (int i = 0; i < N; i++) {
        double e = 10.0 + i, c = 0.3 * i - 0.8;
        double row[4] = {e, c, 2.0 * e, sqrt(1.0 - c * c)};
        if (event_file_add(file, row, weights[i], i, &err) != 0)
            bail_out("%s", err.message);
    }
    return file;
}

static void write_and_read(struct event_file *file, const char *path,
                           const struct event_file_sums *sums, struct buf *text)
{
    struct err err = ERR_INIT;
    char part[4096];
    snprintf(part, sizeof part, "%s.part", path);
    buf_init(text, 1 << 22);
    ok(event_file_write(file, path, sums, &err) == 0 && buf_read_file(text, path, &err) == 0,
       "written and read (%s)", err.message);
    ok(!file_exists(part), "... nothing is left beside it");
}

static void check_particle(const struct particle *p, const struct particle *want)
{
    bool same = p->pdg == want->pdg && p->status == want->status &&
                memcmp(p->mother, want->mother, sizeof p->mother) == 0 &&
                memcmp(p->color, want->color, sizeof p->color) == 0 && p->mass == 0.0 &&
                p->spin == 9.0;
    ok(same, "particle %d: status %d, mothers %d %d, color %d %d, mass %g", p->pdg, p->status,
       p->mother[0], p->mother[1], p->color[0], p->color[1], p->mass);
}

static void check_lhe(const struct scan *scan, const char *path)
{
    const struct event_file_sums sums = {
        .integral = 3.3, .error = 0.1, .absolute = 4.5, .n_calls = 99, .seed = 4};
    struct event_file *file = make(scan, EVENTS_LHE);
    struct buf text;
    double init[10], xsec[4], worst = 0.0, mean = 0.0, size = 0.0, scatter = 0.0;
    const char *at;
    struct event event, first = {0};
    int n = 0;
    write_and_read(file, path, &sums, &text);
    is_str(not_well_formed(text.data), NULL, "the tags are well-formed");
    ok(strncmp(text.data, "<LesHouchesEvents version=\"3.0\">\n", 33) == 0, "it says 3.0");
    at = strstr(text.data, "<init>") + 6;
    ok(read_numbers(&at, init, 10) == 0 && read_numbers(&at, xsec, 4) == 0, "init is there");
    ok(init[0] == 2212 && init[1] == -2212 && init[2] == 6500 && init[3] == 980, "beams");
    is_double(init[8], -4, 0, "weights in pb, some negative");
    is_double(init[9], 1, 0, "one process");
    has_str(text.data, "neve=\"6\" ntries=\"99\"", "xsecinfo");
    has_str(text.data, "negweights=\"yes\" varweights=\"yes\"", "... weights differ");
    while ((at = strstr(at, "<event>")) != NULL) {
        at += 7;
        if (!ok(read_event(&at, &event) == 0, "event %d", n))
            break;
        for (int k = 0; k < 4; k++)
            worst = fmax(worst, fabs(event.particles[0].p[k] + event.particles[1].p[k] -
                                     event.particles[2].p[k] - event.particles[3].p[k]));
        mean += event.weight / N;
        size += fabs(event.weight) / N;
        first = n++ == 0 ? event : first;
        is_double(event.weight / first.weight, weights[n - 1], 1e-9, "... its weight");
    }
    is_int(n, N, "all events");
    for (int i = 0; i < N; i++)
        scatter = hypot(scatter, first.weight * weights[i] - mean);
    ok(worst < 1e-12, "momenta add up (%g)", worst);
    is_double(size, 4500.0, 1e-9, "mean |weight| is int |F| in pb");
    is_double(xsec[0], 3300.0, 1e-9, "the cross section is the integral");
    is_double(xsec[1], 100.0, 1e-9, "... with its error");
    at = strstr(text.data, "\nmean of the weights: ");
    if (ok(at != NULL, "the mean of the signed weights is told")) {
        double told[2] = {0.0};
        at += 22;
        ok(read_numbers(&at, told, 1) == 0 && strncmp(at, " +- ", 4) == 0, "... as it is");
        at += 4;
        ok(read_numbers(&at, told + 1, 1) == 0, "... with an error");
        is_double(told[0], mean, 1e-9, "... the mean of those in the file");
        is_double(told[1], scatter / N, 1e-2, "... and their scatter");
    }
    at = strstr(text.data, "totxsec=\"");
    ok(at != NULL && fabs(strtod(at + 9, NULL) - 3300.0) < 1e-6, "xsecinfo has the integral too");
    at = strstr(text.data, "meanweight=\"");
    ok(at != NULL && fabs(strtod(at + 12, NULL) / mean - 1.0) < 1e-9, "... and that mean");
    is_double(first.scale, 20.0, 1e-9, "scale");
    check_particle(&first.particles[0], &(struct particle){2, -1, {0, 0}, {501, 0}, {0}, 0, 0, 9});
    check_particle(&first.particles[1], &(struct particle){-2, -1, {0, 0}, {0, 501}, {0}, 0, 0, 9});
    check_particle(&first.particles[2], &(struct particle){13, 1, {1, 2}, {0, 0}, {0}, 0, 0, 9});
    is_double(first.particles[2].p[3], -8.0, 1e-12, "its pz");
    is_str(event_file_words(file), "", "nothing else to be said");
    buf_free(&text);
    event_file_free(file);
}

static void check_csv(const struct scan *scan, const char *path)
{
    const struct event_file_sums sums = {.integral = 1};
    struct event_file *file = make(scan, EVENTS_CSV);
    struct buf text;
    int n = 0;
    write_and_read(file, path, &sums, &text);
    ok(strncmp(text.data, "event_weight,event_class,e,c,f,s\n1,0,10,-0.8,20,", 48) == 0,
       "csv: names and numbers");
    for (const char *p = text.data; *p != '\0'; p++)
        n += *p == '\n';
    is_int(n, N + 1, "... a line for each event");
    buf_free(&text);
    event_file_free(file);
}

/* ---- the azimuth ---------------------------------------------------------------------------- */

/* e- at rest in the plane: px is an observable by name, as py where `py` says so. */
static struct scan *planar(const char *azimuth, bool has_names)
{
    char text[1024];
    snprintf(text, sizeof text,
             "goal: 10 points\nparameters: {e: uniform 10 .. 20 GeV, c: uniform -1 .. 1}\n"
             "observables:\n  f: = 2*e\n  px: = e*sqrt(1 - c*c)\n  py: = 0*e\n"
             "  qx: = -px\n  qy: = -py\nintegrand: f\nevents:\n%s"
             "  u: in 2 [e, 0, 0, e]\n  v: in -2 [e, 0, 0, -e]\n"
             "  a: out 11 [e, %s, e*c]\n  b: out -11 [e, %s, -e*c]\n",
             azimuth, has_names ? "px, py" : "px, 0", has_names ? "qx, qy" : "-px, 0");
    return parse(text, true);
}

enum { MANY = 2000 };

static struct event_file *make_planar(const struct scan *scan, enum event_format format,
                                      bool is_flat)
{
    struct err err = ERR_INIT;
    struct event_file *file = event_file_create(scan, format, &err);
    for (int i = 0; file != NULL && i < MANY; i++) {
        double e = 10.0 + 0.005 * i, c = 0.9 * sin(i), across = e * sqrt(1.0 - c * c);
        double py = is_flat ? 0.0 : 1e-3;
        double row[7] = {e, c, 2.0 * e, across, py, -across, -py};
        if (event_file_add(file, row, 1.0, 0, &err) != 0)
            bail_out("%s", err.message);
    }
    if (file == NULL)
        bail_out("%s", err.message);
    return file;
}

struct turned {
    double cosine[2], sine[2];          /* means of the first two harmonics */
    double unbalanced, off_shell, away; /* the worst: sum, E^2 - p^2, transverse momentum */
    double first_px, first_py;
    int n;
};

static struct turned read_turned(const char *text)
{
    struct turned found = {.n = 0};
    struct event event;
    for (const char *at = text; (at = strstr(at, "<event>")) != NULL; found.n++) {
        const double *p = event.particles[2].p, *q = event.particles[3].p;
        double e = 10.0 + 0.005 * found.n, c = 0.9 * sin(found.n), angle;
        at += 7;
        if (read_event(&at, &event) != 0)
            break;
        angle = atan2(p[2], p[1]);
        for (int k = 0; k < 2; k++) {
            found.cosine[k] += cos((k + 1) * angle) / MANY;
            found.sine[k] += sin((k + 1) * angle) / MANY;
        }
        for (int k = 1; k < 4; k++)
            found.unbalanced = fmax(found.unbalanced, fabs(p[k] + q[k]) / e);
        found.off_shell = fmax(found.off_shell, fabs(1.0 - hypot(hypot(p[1], p[2]), p[3]) / p[0]));
        found.away = fmax(found.away, fabs(hypot(p[1], p[2]) / (e * sqrt(1.0 - c * c)) - 1.0));
        if (found.n == 0) {
            found.first_px = p[1];
            found.first_py = p[2];
        }
    }
    return found;
}

static struct turned write_turned(const struct scan *scan, const char *path, uint64_t seed,
                                  bool is_flat)
{
    const struct event_file_sums sums = {.integral = 1, .absolute = 1, .seed = seed};
    struct event_file *file = make_planar(scan, EVENTS_LHE, is_flat);
    struct turned found;
    struct buf text;
    write_and_read(file, path, &sums, &text);
    found = read_turned(text.data);
    buf_free(&text);
    event_file_free(file);
    return found;
}

static double spread(const struct turned *found)
{
    return fmax(fmax(fabs(found->cosine[0]), fabs(found->sine[0])),
                fmax(fabs(found->cosine[1]), fabs(found->sine[1])));
}

/* The line of the first event, and the names. */
static void csv_lines(const struct scan *scan, const char *path, uint64_t seed, char *names,
                      char *first, size_t size)
{
    const struct event_file_sums sums = {.integral = 1, .seed = seed};
    struct event_file *file = make_planar(scan, EVENTS_CSV, true);
    const char *line;
    struct buf text;
    write_and_read(file, path, &sums, &text);
    line = strchr(text.data, '\n') + 1;
    snprintf(names, size, "%.*s", (int)(line - 1 - text.data), text.data);
    snprintf(first, size, "%.*s", (int)strcspn(line, "\n"), line);
    buf_free(&text);
    event_file_free(file);
}

static void check_azimuth(const char *path)
{
    const double flat = 4.0 / sqrt(2.0 * MANY); /* four standard deviations */
    struct scan *scan = planar("", true), *given = planar("  azimuth: given\n", true);
    struct scan *always = planar("  azimuth: uniform\n", false), *none = planar("", false);
    struct turned first = write_turned(scan, path, 7, true), again, other;
    char names[512], line[512], want[512];
    double row[9];
    const char *at = line;

    is_int(first.n, MANY, "azimuth: all events");
    ok(spread(&first) < flat, "... it is uniform (%.3f)", spread(&first));
    ok(first.unbalanced < 1e-14 && first.off_shell < 1e-14 && first.away < 1e-13,
       "... momenta add up and are on shell (%.1e, %.1e, %.1e)", first.unbalanced, first.off_shell,
       first.away);
    again = write_turned(none, path, 7, true);
    ok(!(fabs(again.first_py - first.first_py) > 0), "... the same with the same seed");
    other = write_turned(scan, path, 8, true);
    ok(fabs(other.first_py - first.first_py) > 0, "... and others with another");
    again = write_turned(given, path, 7, true);
    ok(again.cosine[0] > 0.999999, "given: they stay in their plane");
    again = write_turned(scan, path, 7, false);
    ok(again.cosine[0] > 0.99, "... as those stay that have a p_y of their own");
    again = write_turned(always, path, 7, true);
    ok(spread(&again) < flat, "uniform: they are turned");
    csv_lines(scan, path, 7, names, line, sizeof line);
    is_str(names, "event_weight,event_class,e,c,f,px,py,qx,qy", "csv: the same columns");
    for (int k = 0; k < 9; k++, at += strcspn(at, ",") + (k < 9))
        row[k] = strtod(at, NULL);
    is_double(row[5], first.first_px, 1e-14, "... px of the event is that of the other format");
    is_double(row[6], first.first_py, 1e-14, "... and py");
    is_double(row[8], -first.first_py, 1e-14, "... and of the other particle");
    csv_lines(always, path, 7, names, line, sizeof line);
    is_str(names, "event_weight,event_class,event_azimuth,e,c,f,px,py,qx,qy",
           "where no columns can be turned the angle is one");
    snprintf(want, sizeof want, "%.12g", atan2(first.first_py, first.first_px));
    ok(fabs(remainder(strtod(line + 4, NULL) - strtod(want, NULL), 2 * acos(-1.0))) < 1e-10,
       "... the same angle");
    scan_free(scan);
    scan_free(given);
    scan_free(always);
    scan_free(none);
}

/* ---- what goes wrong ------------------------------------------------------------------------ */

static void check_errors(const char *dir)
{
    const struct event_file_sums sums = {.integral = 1, .absolute = 1};
    struct scan *scan =
        parse("goal: 1 points\nparameters: {x: uniform 0 .. 1}\nintegrand: x\n", true);
    struct scan *odd = parse("goal: 1 points\nparameters: {x: uniform 0 .. 1}\nintegrand: x\n"
                             "integrate: {unit: GeV}\n"
                             "events: {a: 'in 11 [x, 0, 0, x]', b: 'out 11 [x, 0, 0, 0]'}\n",
                             true);
    struct err err = ERR_INIT;
    struct event_file *file;
    char path[4096];
    const double x = 0.5, nan = (double)NAN;
    snprintf(path, sizeof path, "%s/no/such/folder.lhe", dir);
    ok(event_file_create(scan, EVENTS_LHE, &err) == NULL, "no particles, no Les Houches events");
    has_str(err.message, "events:", "... it is said what is missing");
    file = make(odd, EVENTS_LHE);
    err_clear(&err);
    is_int(event_file_write(file, path, &sums, &err), -1, "a folder that is not there");
    event_file_free(file);
    file = event_file_create(odd, EVENTS_LHE, &err);
    snprintf(path, sizeof path, "%s/odd.lhe", dir);
    err_clear(&err);
    ok(event_file_add(file, &x, 1.0, 0, &err) == 0 &&
           event_file_write(file, path, &sums, &err) == 0,
       "momenta that do not add up are written");
    has_str(event_file_words(file), "do not add up in 1 of 1", "... and told");
    has_str(event_file_words(file), "GeV, no unit of a cross section", "... as is the unit");
    err_clear(&err);
    ok(event_file_add(file, &nan, 1.0, 0, &err) == 0 &&
           event_file_write(file, path, &sums, &err) != 0,
       "a momentum that is not known is an error");
    has_str(err.message, "the momentum of a", "... with its name");
    event_file_free(file);
    scan_free(scan);
    scan_free(odd);
    is_int(event_format_find("LHE"), EVENTS_LHE, "formats by name");
    is_int(event_format_find("root"), -1, "... and not");
}

/* Each must be complained about. */
static void check_section(void)
{
    static const char *const bad[] = {
        "a: in 11 [x, 0, 0, x]",                              /* nothing goes out */
        "a: in 11 [x, 0, 0, x]\n  b: out 11 [x, 0, 0]",       /* three components */
        "a: in 11 [x, 0, 0, x]\n  b: out 11 [x, 0, 0, 0, 0]", /* five */
        "a: in 11 [x, 0, 0, x]\n  b: out 11 [y, 0, 0, x]",    /* no such value */
        "a: in 11 [x, 0, 0, x]\n  b: out [x, 0, 0, x]",       /* no number */
        "a: in 11 [x, 0, 0, x]\n  b: away 11 [x, 0, 0, x]",   /* neither in nor out */
        "a: in 11 [x, 0, 0, x]\n  b: out 11 x, 0, 0, x",      /* no brackets */
        "a: in 11 [x, 0, 0, x]\n  b: out 11 [x, 0, 0, x] color 1",
        "beams: 11\n  a: in 11 [x, 0, 0, x]\n  b: out 11 [x, 0, 0, x]",
        "azimuth: round\n  a: in 11 [x, 0, 0, x]\n  b: out 11 [x, 0, 0, x]",
        "scale: z\n  a: in 11 [x, 0, 0, x]\n  b: out 11 [x, 0, 0, x]",
    };
    char text[512];
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        snprintf(text, sizeof text,
                 "goal: 1 points\nparameters: {x: uniform 0 .. 1}\nintegrand: x\nevents:\n  %s\n",
                 bad[i]);
        scan_free(parse(text, false));
    }
    pass("nonsense in events: is complained about");
}

static void check_resolved(struct scan *scan)
{
    struct scan *drawn = planar("  azimuth: uniform\n", true);
    struct err err = ERR_INIT;
    struct buf first, second;
    struct scan *again;
    buf_init(&first, 1 << 20);
    buf_init(&second, 1 << 20);
    ok(scan_resolve(scan, &first, &err) == 0, "resolved (%s)", err.message);
    has_str(first.data, "beams: 2212 6500, -2212 980", "... with the beams");
    has_str(first.data, "in 2 [e, 0, 0, e] color 501 0", "... with the particles");
    again = parse(first.data, true);
    ok(scan_resolve(again, &second, &err) == 0, "... and again");
    is_str(second.data, first.data, "... which is the same");
    buf_clear(&second);
    ok(scan_resolve(drawn, &second, &err) == 0, "with an azimuth (%s)", err.message);
    has_str(second.data, "azimuth: uniform", "... it is kept");
    scan_free(drawn);
    scan_free(again);
    buf_free(&first);
    buf_free(&second);
}

int main(void)
{
    struct scan *scan = parse(SCAN, true);
    struct err err = ERR_INIT;
    char dir[] = "/tmp/t-report-lhe-XXXXXX", path[4096];
    if (mkdtemp(dir) == NULL)
        bail_out("no folder");
    snprintf(path, sizeof path, "%s/events.lhe", dir);
    check_lhe(scan, path);
    snprintf(path, sizeof path, "%s/events.csv", dir);
    check_csv(scan, path);
    check_azimuth(path);
    check_errors(dir);
    check_section();
    check_resolved(scan);
    scan_free(scan);
    file_remove_tree(dir, &err);
    return done_testing();
}
