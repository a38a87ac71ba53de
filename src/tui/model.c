/* model.c: a scan as the views see it.
 *
 * One refresh is one moment of the store.  What is read is small however many points there are:
 * counts kept by the store, rounds that are not settled, workers, the newest lines of the log; and
 * only when another connection has written something.  Only the clock and whether the engine lives
 * are looked at each time.
 *
 * What has to be read point by point is the gatherer's. */
#include "model-private.h"

#include "theodolite/engine.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static const double DISK_S = 2;          /* how often the disk is asked */
static const double SILENT_S = 5;        /* an engine beats twice per second */
static const uint64_t NO_ROOM = 1 << 20; /* an engine that finds less cannot even say so */
static const double ENGINE_S = 0.5;      /* is it still there? */
static const double PACE_S = 300, PACE_STEP_S = 1;
enum { PACE_POINTS = 20 }; /* enough to tell a rate */

const char *phase_word(enum phase phase)
{
    static const char *const words[] = {
#define PHASE_WORD(name, word) word,
        PHASES(PHASE_WORD)
#undef PHASE_WORD
    };
    return (size_t)phase < sizeof words / sizeof words[0] ? words[phase] : "?";
}

/* ---- who runs ------------------------------------------------------------------------------- */

static enum phase phase_of(const struct engine_row *engine)
{
    static const struct {
        const char *state;
        enum phase phase;
    } phases[] = {
        {"starting", PHASE_RUN},   {"running", PHASE_RUN}, {"paused", PHASE_PAUSE},
        {"draining", PHASE_DRAIN}, {"full", PHASE_FULL},   {"stopping", PHASE_DRAIN},
        {"stopped", PHASE_IDLE},   {"done", PHASE_DONE},   {"failed", PHASE_ERROR},
    };
    bool is_over = strcmp(engine->state, "stopped") == 0 || strcmp(engine->state, "done") == 0 ||
                   strcmp(engine->state, "failed") == 0;
    size_t i;

    if (engine->pid == 0)
        return PHASE_NONE;
    if (!engine->is_alive && !is_over)
        return PHASE_ERROR;
    for (i = 0; i < sizeof phases / sizeof phases[0]; i++)
        if (strcmp(phases[i].state, engine->state) == 0)
            return phases[i].phase;
    return PHASE_RUN;
}

/* What happened to it and what to do. */
static void say_why(struct model *model)
{
    const struct engine_row *engine = &model->engine;
    const char *path = store_path(model->store);
    char *why = model->own->why, took[64], stamp[32];
    size_t size = sizeof model->own->why;

    snprintf(why, size, "%s", engine->words);
    if (model->is_lost)
        snprintf(why, size,
                 "The file %s was removed or replaced while it was read: what is shown is the last "
                 "that was known.",
                 path);
    else if (model->phase == PHASE_NONE)
        snprintf(why, size, "No engine has run yet: theodolite resume %s starts one.", path);
    else if (model->phase == PHASE_ERROR && strcmp(engine->state, "failed") != 0)
        snprintf(why, size,
                 "The engine is gone since %s: \"theodolite resume %s\" goes on.  It was process "
                 "%lld on %s and left no word; nothing that was finished is lost.",
                 clock_stamp(stamp, engine->beat) + 11, path, (long long)engine->pid, engine->host);
    else if (model->phase == PHASE_FULL)
        snprintf(why, size, "The disk is full: the scan waits until there is room beside %s.",
                 path);
    else if (model->is_silent)
        snprintf(why, size,
                 "The engine has said nothing for %s: was it stopped? kill -CONT %lld lets it go "
                 "on.",
                 text_duration(took, sizeof took, model->silent_s), (long long)engine->pid);
    else if (strcmp(engine->state, "starting") == 0 && !engine->words[0])
        snprintf(why, size, "The engine is starting.");
    model->phase_why = why;
}

/* Somebody may remove the store, or put a copy into its place, while it is open here. */
static bool is_lost(const struct model *model)
{
    struct stat st;

    if (stat(store_path(model->store), &st) != 0)
        return errno == ENOENT;
    return (uint64_t)st.st_dev != model->own->device || (uint64_t)st.st_ino != model->own->inode;
}

static bool look_at_engine(struct model *model)
{
    enum phase before = model->phase;
    bool was_silent = model->is_silent;

    model->silent_s = model->engine.pid != 0 ? fmax(model->now - model->engine.beat, 0) : NAN;
    model->is_silent = model->engine.is_alive && model->silent_s > SILENT_S;
    model->is_lost = is_lost(model);
    model->phase = model->is_lost ? PHASE_ERROR : phase_of(&model->engine);
    if (model->is_silent && model->own->disk_at > 0 && model->free_bytes < NO_ROOM)
        model->phase = PHASE_FULL;
    say_why(model);
    return model->phase != before || was_silent != model->is_silent;
}

/* The engine's own thread learns and chooses; that every point is closed meanwhile is seen here. */
static double thinking_s(const struct model *model)
{
    const struct round_row *last =
        model->n_rounds > 0 ? &model->rounds[model->n_rounds - 1].row : NULL;

    if (model->phase != PHASE_RUN || model->is_silent || !last || !(last->ended > 0) ||
        last->n_closed < last->n_points || model->n_busy > 0 || model->n_waiting > 0)
        return NAN;
    return model->now - last->ended;
}

const char *model_thinking(const struct model *model, char *out, size_t size)
{
    static const double WORTH_TELLING_S = 1;
    enum search_method method = model->scan->search.method;
    bool learns = method == METHOD_CLASSIFIER || method == METHOD_REGRESSOR;
    unsigned next = model->n_rounds > 0 ? model->rounds[model->n_rounds - 1].row.round + 1 : 0;

    out[0] = '\0';
    if (!(model->thinking_s > WORTH_TELLING_S))
        return out;
    if (model->integral)
        snprintf(out, size, "The surrogate learns and the next calls are chosen (%.0f s so far).",
                 model->thinking_s);
    else if (learns)
        snprintf(out, size, "The learner is being trained for round %u (%.0f s so far).", next,
                 model->thinking_s);
    else
        snprintf(out, size, "Round %u is being chosen (%.0f s so far).", next, model->thinking_s);
    return out;
}

/* ---- rates ---------------------------------------------------------------------------------- */

/* Closed points per second over the shortest time that has enough of them. */
static void measure_pace(struct model *model)
{
    struct model_own *own = model->own;
    double now = clock_steady_s();
    size_t i;

    model->per_s_now = NAN;
    model->per_s_all =
        model->engine.active_s > 0 ? (double)model->n_closed / model->engine.active_s : (double)NAN;
    if (!model->engine.is_alive) {
        own->n_paces = 0;
        return;
    }
    for (i = own->n_paces; i-- > 0;) {
        double since = now - own->paces[i].at;
        uint64_t n = model->n_closed > own->paces[i].n ? model->n_closed - own->paces[i].n : 0;

        if (since < PACE_STEP_S)
            continue;
        model->per_s_now = (double)n / since;
        if (n >= PACE_POINTS || since > PACE_S)
            break;
    }
    if (own->n_paces > 0 && now - own->paces[own->n_paces - 1].at < PACE_STEP_S)
        return;
    if (own->n_paces == MODEL_PACES) { /* every second old one goes: the window doubles */
        for (i = 0; i < MODEL_PACES / 4; i++)
            own->paces[i] = own->paces[2 * i];
        memmove(own->paces + MODEL_PACES / 4, own->paces + MODEL_PACES / 2,
                MODEL_PACES / 2 * sizeof own->paces[0]);
        own->n_paces = MODEL_PACES - MODEL_PACES / 4;
    }
    own->paces[own->n_paces++] = (struct pace){.at = now, .n = model->n_closed};
}

static int read_goals(struct model *model, struct err *err)
{
    const struct said_part *said = model->parts.said;
    const struct report_pace pace = {.counts = &model->counts,
                                     .covered = said ? said->foreseen : (struct foreseen){0},
                                     .rounds = model->own->rounds.rows,
                                     .n_rounds = model->own->rounds.n,
                                     .engine = &model->engine};
    struct arena *arena = arena_create();
    const struct scan_goal *goals;
    size_t i, n = 0;

    if (!arena)
        return mem_error(err);
    arena_free(model->own->goals);
    model->own->goals = arena;
    model->nearest = NULL;
    model->n_goals = 0;
    if (report_goals(model->store, model->scan, arena, &goals, &n, err) != 0)
        return -1;
    model->goals = arena_array(arena, n, sizeof *model->goals);
    if (!model->goals)
        return mem_error(err);
    for (i = 0; i < n; i++) {
        struct goal_view *view = &model->goals[i];
        struct report_left left =
            model->integral ? model_integral_left(model, &goals[i]) : report_left(&pace, &goals[i]);

        *view = (struct goal_view){.goal = goals[i],
                                   .share = left.share,
                                   .left_s = left.s,
                                   .left_lo_s = left.lo_s,
                                   .left_hi_s = left.hi_s};
        if (!model->nearest || view->left_s < model->nearest->left_s ||
            (isnan(model->nearest->left_s) && isfinite(view->left_s)))
            model->nearest = view;
    }
    model->n_goals = n;
    return 0;
}

/* ---- figures and settings ------------------------------------------------------------------- */

static int read_figures(struct model *model, struct err *err)
{
    struct report_figures figures;
    double n = (double)model->counts.uniform_total, k = (double)model->counts.uniform_accepted;

    if (report_figures(model->store, &model->counts, model->own->rounds.rows, model->own->rounds.n,
                       &figures, err) != 0)
        return -1;
    model->volume = figures.volume;
    model->volume_error = figures.volume_error;
    model->volume_below = figures.volume_below;
    model->promised = figures.promised;
    model->found = figures.found;
    model->found_error = figures.found_error;
    model->n_learned = figures.n_learned;
    model->is_relaxed = figures.is_relaxed;
    model->is_relabelled = figures.is_relabelled;
    model->random_share = n > 0 ? k / n : (double)NAN;
    model->random_error = n > 0 ? sqrt(fmax(k / n * (1 - k / n), 1 / n) / n) : (double)NAN;
    return 0;
}

static int read_number(struct model *model, const char *key, double *value, struct err *err)
{
    struct buf text;
    int rc;

    buf_init(&text, 1 << 16);
    rc = store_get_meta(model->store, key, &text, err);
    if (rc == 0 && text.len > 0)
        (void)text_to_double(text.data, value);
    buf_free(&text);
    return rc;
}

static int read_settings(struct model *model, struct err *err)
{
    double batch = (double)engine_default_batch(model->scan);
    struct buf pins;
    int rc = -1;

    buf_init(&pins, 1 << 20);
    model->explore = model->scan->search.explore;
    TRY(read_number(model, "live batch", &batch, err));
    TRY(read_number(model, "live explore", &model->explore, err));
    TRY(store_get_meta(model->store, "live pin words", &pins, err));
    model->batch = (size_t)batch;
    snprintf(model->own->pins, sizeof model->own->pins, "%s", pins.len > 0 ? pins.data : "");
    model->pins = model->own->pins;
    rc = 0;
out:
    buf_free(&pins);
    return rc;
}

static void look_at_disk(struct model *model)
{
    double now = clock_steady_s();
    char path[4200];
    struct stat st;

    if (now - model->own->disk_at < DISK_S && model->own->disk_at > 0)
        return;
    model->own->disk_at = now;
    model->store_bytes = stat(store_path(model->store), &st) == 0 ? (uint64_t)st.st_size : 0;
    snprintf(path, sizeof path, "%s-wal", store_path(model->store));
    if (stat(path, &st) == 0)
        model->store_bytes += (uint64_t)st.st_size;
    model->free_bytes = file_free_bytes(store_path(model->store));
}

/* ---- scan and terms ------------------------------------------------------------------------- */

static int read_scan(struct model *model, struct err *err)
{
    int64_t number = 0;
    struct scan *scan;
    struct space *space;

    if (store_scan_number(model->store, &number, err) != 0)
        return -1;
    if (number == model->own->scan_number)
        return 0;
    scan = store_scan(model->store, err);
    space = scan ? space_create(scan, err) : NULL;
    if (!space) {
        scan_free(scan);
        return -1;
    }
    judge_free(model->judge);
    model->judge = NULL;
    model->n_terms = 0;
    space_free(model->space);
    scan_free(model->scan);
    model->scan = scan;
    model->space = space;
    model->own->scan_number = number;
    mem_free(model->own->medians);
    model->own->medians = NULL;
    return 0;
}

static int make_terms(struct model *model, struct judge *take_judge, struct err *err)
{
    struct arena *arena = arena_create();
    size_t i, n = judge_n_terms(take_judge);
    struct term_view *terms = arena ? arena_array(arena, n, sizeof *terms) : NULL;

    if (!terms) {
        arena_free(arena);
        judge_free(take_judge);
        return mem_error(err);
    }
    for (i = 0; i < n; i++) {
        struct judge_term term = judge_term(take_judge, i);

        terms[i] = (struct term_view){.name = term.name, .text = term.text, .is_cut = term.is_cut};
    }
    judge_free(model->judge);
    arena_free(model->own->terms);
    model->own->terms = arena;
    model->judge = take_judge;
    model->terms = terms;
    model->n_terms = n;
    return 0;
}

static int read_terms(struct model *model, struct err *err)
{
    struct arena *arena = arena_create();
    struct judge_cut *cuts;
    const char **without;
    struct labels labels = {.text = NULL};
    struct judge *judge;
    size_t n;
    int rc = -1;

    if (!arena)
        return mem_error(err);
    TRY(labels_read(model->store, &labels, err));
    model->labels = labels.sign;
    model->labels_from = labels.from;
    if (model->judge && strcmp(labels.text, model->own->signature) == 0) {
        rc = 0;
        goto out;
    }
    TRY(store_cuts(model->store, arena, &cuts, &n, &without, err));
    judge = judge_create(model->scan, cuts, n, without, err);
    if (!judge)
        goto out;
    TRY(make_terms(model, judge, err));
    mem_free(model->own->signature);
    model->own->signature = labels.text;
    labels.text = NULL;
    rc = 0;
out:
    mem_free(labels.text);
    arena_free(arena);
    return rc;
}

/* Is a cut given, or taken back, and its answer not there yet?  Then what the rounds tell of the
 * target may be that of before. */
static bool is_relabelling(const struct model *model)
{
    size_t i;

    for (i = model->n_journal; i-- > 0 && model->engine.is_alive;) {
        const struct command_row *row = &model->journal[i];

        if (row->answer)
            return false;
        if (strncmp(row->text, "cut ", 4) == 0 || strncmp(row->text, "uncut ", 6) == 0 ||
            strcmp(row->text, "undo") == 0)
            return true;
    }
    return false;
}

bool model_is_old(const struct model *model, const struct as_of *as_of)
{
    return as_of->labels != 0 && model->labels != 0 && as_of->labels != model->labels;
}

const struct said_part *model_said(const struct model *model)
{
    const struct said_part *said = model->parts.said;

    return said && !model_is_old(model, &said->as_of) ? said : NULL;
}

/* ---- a refresh ------------------------------------------------------------------------------ */

static int read_store(struct model *model, struct err *err)
{
    int rc = -1;

    if (store_begin_reading(model->store, err) != 0)
        return -1;
    TRY(read_scan(model, err));
    TRY(store_engine(model->store, &model->engine, err));
    TRY(store_counts(model->store, &model->counts, err));
    model->n_closed = model->counts.total - model->counts.running;
    TRY(model_read_rounds(model, err));
    TRY(read_terms(model, err));
    TRY(store_tallies(model->store, model->tallies, MODEL_TALLIES, &model->n_tallies, err));
    TRY(model_read_workers(model, err));
    TRY(model_read_integral(model, err));
    TRY(read_goals(model, err));
    TRY(read_figures(model, err));
    TRY(read_settings(model, err));
    TRY(model_read_log(model, err));
    model->is_relabelling = is_relabelling(model);
    rc = 0;
out:
    store_end_reading(model->store);
    return rc;
}

int model_refresh(struct model *model, bool *has_changed, struct err *err)
{
    struct model_own *own = model->own;
    bool is_new = store_changed(model->store) || !own->is_fresh;
    double now = clock_steady_s();

    if (has_changed)
        *has_changed = false;
    model->now = clock_wall_s();
    if (is_new) {
        own->is_fresh = false; /* what fails now is tried again */
        if (read_store(model, err) != 0)
            return err_while(err, "reading '%s'", store_path(model->store));
        own->is_fresh = true;
        own->engine_at = now;
    } else if (model->engine.is_alive && now - own->engine_at > ENGINE_S) {
        own->engine_at = now;
        if (store_engine(model->store, &model->engine, err) != 0)
            return err_while(err, "reading '%s'", store_path(model->store));
    }
    is_new = look_at_engine(model) || is_new;
    model->thinking_s = thinking_s(model);
    measure_pace(model);
    look_at_disk(model);
    if (is_new)
        model->version++;
    if (has_changed)
        *has_changed = is_new;
    return 0;
}

struct model *model_create(const char *path, bool can_command, struct err *err)
{
    struct model *model = mem_new(struct model);
    struct stat st;
    int rc = -1;

    if (model)
        model->own = mem_new(struct model_own);
    if (!model || !model->own) {
        mem_error(err);
        goto out;
    }
    model->silent_s = NAN;
    model->phase_why = model->pins = "";
    model->arena = arena_create();
    if (!model->arena) {
        mem_error(err);
        goto out;
    }
    model->store = store_open(path, can_command ? STORE_COMMAND : STORE_READ, err);
    if (!model->store)
        goto out;
    if (stat(path, &st) == 0) {
        model->own->device = (uint64_t)st.st_dev;
        model->own->inode = (uint64_t)st.st_ino;
    }
    TRY(model_refresh(model, NULL, err));
    rc = 0;
out:
    if (rc == 0)
        return model;
    model_free(model);
    return NULL;
}

void model_free(struct model *model)
{
    if (!model)
        return;
    parts_free(&model->parts);
    if (model->own) {
        model_free_rounds(model->own);
        model_free_log(model->own);
        model_free_integral(model->own);
        model_free_workers(model->own);
        mem_free(model->own->signature);
        arena_free(model->own->terms);
        arena_free(model->own->goals);
        mem_free(model->own);
    }
    mem_free(model->rounds);
    mem_free(model->workers);
    judge_free(model->judge);
    space_free(model->space);
    scan_free(model->scan);
    arena_free(model->arena);
    store_close(model->store);
    mem_free(model);
}
