/* loop.c: one poll() over the keyboard, the gatherer and time.
 *
 * All keys that wait are read, then one frame is drawn.  Frames after keys come at once while there
 * are few, ten per second at most when there are many; what the scan does is shown three times a
 * second, and nothing is drawn where nothing changed.  The store is asked four times a second
 * whether it changed, and read only then; the clock moves once a second.
 *
 * The engine that this program started is a child: its end is noticed here, and what it said.  A
 * store that cannot be read for a moment is a warning on the screen, no end. */
#include "loop.h"

#include "console.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { KEYS_AT_ONCE = 512, MOST_FDS = 18, MOST_PASSES = 6 };
static const double LOOK_S = 0.25, SUSPEND_S = 2, CLOCK_S = 1, PROGRESS_S = 0.33;
/* frames after keys: so many are free, and come back at this pace */
static const double FREE_FRAMES = 3, FRAMES_PER_S = 10, SCRIPT_S = 0.01;

enum waiting { WAITS_NOT, WAITS_DONE, WAITS_IDLE };

struct loop {
    const struct loop_parts *parts;
    struct grid *grid;
    struct wants wants;
    bool has_wants;
    double looked, clocked, drawn, free_frames, now;
    bool has_keys;     /* to be drawn: after keys */
    bool has_news;     /* to be drawn: of the scan */
    bool is_whole;     /* and all of it */
    bool is_settled;   /* the last turn found nothing new */
    bool has_children; /* programs of the console are at work */
    bool is_hung_up;   /* the terminal is gone */
    bool has_failed;   /* the engine we started */
    enum waiting waiting;
    int last_key;
    char engine_words[512], said[512];
};

/* ---- what the store says -------------------------------------------------------------------- */

/* The same trouble is told once, not four times a second. */
static void tell(struct loop *loop, struct err *err)
{
    if (strcmp(loop->said, err->message) != 0) {
        snprintf(loop->said, sizeof loop->said, "%.500s", err->message);
        ui_warn(loop->parts->ui, "%s", err->message);
        loop->has_news = true;
    }
    err_clear(err);
}

/* What the engine wrote to its standard error, in one line. */
static void read_words(struct loop *loop, const struct tui_engine *engine)
{
    char *words = loop->engine_words;
    ssize_t n = engine->fd_words >= 0
                    ? pread(engine->fd_words, words, sizeof loop->engine_words - 1, 0)
                    : 0;
    size_t from = 0;
    static const char prefix[] = "theodolite: ";
    words[n > 0 ? n : 0] = '\0';
    if (strncmp(words, prefix, sizeof prefix - 1) == 0)
        from = sizeof prefix - 1;
    memmove(words, words + from, strlen(words + from) + 1);
    for (char *at = words; *at != '\0'; at++)
        if (*at == '\n')
            *at = at[1] == '\0' ? '\0' : ' ';
}

/* Exit status 0: the goal, or stopped; 130: interrupted.  The store tells about those. */
static bool is_failure(const struct process_end *end)
{
    return end->is_signal || (end->status != 0 && end->status != 130);
}

static void heed_engine(struct loop *loop)
{
    struct tui_engine *engine = loop->parts->engine;
    if (engine == NULL || engine->has_ended || process_poll((pid_t)engine->pid, &engine->end) == 0)
        return;
    engine->has_ended = true;
    loop->clocked = -CLOCK_S; /* what it wrote last is read now, and told */
    loop->has_news = true;
    if (!is_failure(&engine->end))
        return;
    char name[32];
    loop->has_failed = true;
    read_words(loop, engine);
    if (loop->engine_words[0] == '\0' && engine->end.is_signal)
        snprintf(loop->engine_words, sizeof loop->engine_words, "the engine was ended by %s",
                 process_signal_name(engine->end.status, name, sizeof name));
    else if (loop->engine_words[0] == '\0')
        snprintf(loop->engine_words, sizeof loop->engine_words,
                 "the engine ended with exit status %d", engine->end.status);
}

/* An engine that ended before its first beat left nothing in the store. */
static void name_failure(struct loop *loop)
{
    struct model *model = loop->parts->model;
    if (!loop->has_failed || model->engine.is_alive || model->phase == PHASE_DONE)
        return;
    model->phase = PHASE_ERROR;
    if (model->phase_why == NULL || model->phase_why[0] == '\0')
        model->phase_why = loop->engine_words;
}

static void look(struct loop *loop, bool is_forced)
{
    const struct loop_parts *parts = loop->parts;
    struct err err = ERR_INIT;
    bool has_changed = false;
    if (!is_forced && loop->now - loop->looked < LOOK_S)
        return;
    heed_engine(loop);
    loop->looked = loop->now;
    if (parts->ui->is_frozen) {
        ui_refresh(parts->ui, parts->model);
        return;
    }
    if (model_refresh(parts->model, &has_changed, &err) != 0)
        tell(loop, &err);
    name_failure(loop);
    if (has_changed) {
        gather_look(parts->gather);
        loop->is_settled = false;
    }
    if (has_changed || loop->now - loop->clocked >= CLOCK_S) {
        ui_refresh(parts->ui, parts->model);
        loop->clocked = loop->now;
        loop->has_news = true;
    }
}

/* What the screens want goes to the gatherer when it is something else than before. */
static void ask(struct loop *loop)
{
    const struct loop_parts *parts = loop->parts;
    struct wants wants;
    memset(&wants, 0, sizeof wants); /* the padding too: they are compared as bytes */
    ui_wants(parts->ui, parts->model, &wants);
    if (loop->has_wants && memcmp(&wants, &loop->wants, sizeof wants) == 0)
        return;
    memcpy(&loop->wants, &wants, sizeof wants);
    loop->has_wants = true;
    loop->is_settled = false;
    gather_want(parts->gather, &wants);
}

static void take(struct loop *loop)
{
    const struct loop_parts *parts = loop->parts;
    char words[512];
    bool was_idle = gather_is_idle(parts->gather);
    bool has_more = gather_take(parts->gather, &parts->model->parts);
    if (has_more) {
        parts->model->version++;
        loop->has_news = true;
    }
    loop->is_settled = was_idle && !has_more;
    gather_trouble(parts->gather, words, sizeof words);
    if (words[0] != '\0') {
        struct err err = ERR_INIT;
        err_set(&err, ERR_STORE, "%s", words);
        tell(loop, &err);
    }
}

/* What programs in the background say is told when they end. */
static void heed_children(struct loop *loop)
{
    struct ui *ui = loop->parts->ui;
    char before[sizeof ui->message];
    memcpy(before, ui->message, sizeof before);
    loop->has_children = console_children(ui, loop->parts->model);
    if (strcmp(before, ui->message) != 0)
        loop->has_keys = true; /* soon */
}

static void update(struct loop *loop)
{
    struct err err = ERR_INIT;
    if (ui_update(loop->parts->ui, loop->parts->model, &err) != 0)
        tell(loop, &err);
}

/* ---- drawing -------------------------------------------------------------------------------- */

static int fit_grid(struct loop *loop, struct err *err)
{
    struct ui *ui = loop->parts->ui;
    if (loop->grid != NULL && loop->grid->width == ui->width && loop->grid->height == ui->height &&
        loop->grid->symbols == ui->symbols && loop->grid->colors == ui->colors)
        return 0;
    grid_free(loop->grid);
    loop->grid = grid_create(ui->width, ui->height, ui->symbols, ui->colors, err);
    return loop->grid != NULL ? 0 : -1;
}

static int make_grid(struct loop *loop, struct err *err)
{
    const struct loop_parts *parts = loop->parts;
    update(loop);
    ask(loop); /* the size of the plot may be new */
    if (fit_grid(loop, err) != 0)
        return -1;
    grid_clear(loop->grid);
    ui_draw(parts->ui, parts->model, loop->grid);
    struct grid *grid = loop->grid;
    if (grid->cursor_x >= grid->width) /* a line longer than the window is typed */
        grid->cursor_x = grid->width - 1;
    if (grid->cursor_y >= grid->height)
        grid->cursor_y = grid->height - 1;
    return 0;
}

static bool is_due(struct loop *loop)
{
    double since = loop->now - loop->drawn;
    loop->free_frames += since * FRAMES_PER_S;
    if (loop->free_frames > FREE_FRAMES)
        loop->free_frames = FREE_FRAMES;
    bool is_due = loop->is_whole || (loop->has_keys && loop->free_frames >= 1) ||
                  (loop->has_news && since >= PROGRESS_S);
    if (!is_due)
        loop->free_frames -= since * FRAMES_PER_S; /* counted again next time */
    return is_due;
}

static int draw(struct loop *loop, struct err *err)
{
    struct terminal *terminal = loop->parts->terminal;
    struct ui *ui = loop->parts->ui;
    if (ui->wants_redraw) {
        ui->wants_redraw = false;
        loop->is_whole = true;
    }
    if (!is_due(loop))
        return 0;
    if (make_grid(loop, err) != 0)
        return -1;
    terminal->wants_mouse = ui->has_mouse;
    terminal->calls->draw(terminal, loop->grid, loop->is_whole);
    loop->free_frames = loop->free_frames >= 1 ? loop->free_frames - 1 : 0;
    loop->drawn = loop->now;
    loop->has_keys = loop->has_news = loop->is_whole = false;
    return 0;
}

/* ---- keys and scripts ----------------------------------------------------------------------- */

static void take_size(struct loop *loop)
{
    struct terminal *terminal = loop->parts->terminal;
    struct ui *ui = loop->parts->ui;
    terminal->calls->size(terminal, &ui->width, &ui->height);
    if (ui->width < 1)
        ui->width = 1;
    if (ui->height < 1)
        ui->height = 1;
}

/* A process that is stopped within a read of the store would keep its log from being cut. */
static void suspend(struct loop *loop)
{
    const struct loop_parts *parts = loop->parts;
    double until = clock_steady_s() + SUSPEND_S;
    while (!gather_is_idle(parts->gather) && clock_steady_s() < until)
        (void)poll(NULL, 0, 10);
    parts->terminal->calls->suspend(parts->terminal);
    take_size(loop);
    loop->now = clock_steady_s();
    loop->looked = loop->now - LOOK_S;
    loop->is_whole = true;
}

static void give_key(struct loop *loop, int key)
{
    const struct loop_parts *parts = loop->parts;
    loop->has_keys = true;
    loop->is_settled = false;
    if (key == TK_RESIZE) {
        take_size(loop);
        return;
    }
    if (key == TK_CTRL('z')) {
        suspend(loop);
        return;
    }
    if (key == TK_MOUSE)
        ui_mouse(parts->ui, parts->model, &parts->terminal->mouse);
    else
        ui_key(parts->ui, parts->model, key);
}

/* A key that repeats moves on at once; before another one the page is fetched that it is for. */
static int read_keys(struct loop *loop)
{
    struct terminal *terminal = loop->parts->terminal;
    int n = 0, key;
    while (n < KEYS_AT_ONCE && loop->parts->ui->quit == QUIT_NOT &&
           (key = terminal->calls->key(terminal)) != TK_NONE) {
        if (n > 0 && (key != loop->last_key || key == TK_MOUSE))
            update(loop);
        loop->last_key = key;
        give_key(loop, key);
        n++;
    }
    return n;
}

/* Text has no background: heat is letters, as without colours. */
static int save_screen(struct loop *loop, const char *path, struct err *err)
{
    const struct ui *ui = loop->parts->ui;
    struct grid *grid = grid_create(ui->width, ui->height, ui->symbols, COLORS_NONE, err);
    struct buf text;
    int rc = -1;
    buf_init(&text, 1 << 24);
    if (grid == NULL)
        goto out;
    update(loop);
    grid_clear(grid);
    ui_draw(ui, loop->parts->model, grid);
    TRY(grid_print(grid, &text, err));
    rc = file_write(path, text.data, text.len, err);
out:
    buf_free(&text);
    grid_free(grid);
    return rc;
}

static bool is_at_rest(const struct model *model)
{
    return !model->engine.is_alive && (model->phase == PHASE_DONE || model->phase == PHASE_IDLE ||
                                       model->phase == PHASE_ERROR);
}

/* Is what the script waits for there? */
static bool has_waited(struct loop *loop)
{
    const struct loop_parts *parts = loop->parts;
    if (loop->waiting == WAITS_DONE) {
        if (!is_at_rest(parts->model))
            return false;
        loop->waiting = WAITS_IDLE;
        look(loop, true);
    }
    update(loop);
    ask(loop);
    take(loop);
    return loop->is_settled && !loop->has_children && parts->ui->n_awaited == 0;
}

static int run_step(struct loop *loop, const struct script_step *step, struct err *err)
{
    const struct loop_parts *parts = loop->parts;
    loop->has_keys = true;
    switch (step->kind) {
    case SCRIPT_KEY: give_key(loop, step->key); break;
    case SCRIPT_MOUSE: ui_mouse(parts->ui, parts->model, &step->mouse); break;
    case SCRIPT_COMMAND: console_run(parts->ui, parts->model, step->text); break;
    case SCRIPT_WAIT_IDLE:
    case SCRIPT_WAIT_DONE:
        loop->waiting = step->kind == SCRIPT_WAIT_IDLE ? WAITS_IDLE : WAITS_DONE;
        loop->is_settled = false;
        look(loop, true);
        break;
    case SCRIPT_SAVE:
        if (save_screen(loop, step->text, err) != 0)
            return err_while(err, "while at %s:%u", script_path(parts->script), step->line);
        break;
    }
    update(loop);
    return 0;
}

/* One step per turn; at the end of the script the workbench is left. */
static int heed_script(struct loop *loop, struct err *err)
{
    const struct loop_parts *parts = loop->parts;
    if (loop->waiting != WAITS_NOT && !has_waited(loop))
        return 0;
    loop->waiting = WAITS_NOT;
    const struct script_step *step = script_next(parts->script);
    if (step == NULL) {
        parts->ui->quit = QUIT_DETACH;
        return 0;
    }
    return run_step(loop, step, err);
}

/* ---- the loop ------------------------------------------------------------------------------- */

static double wait_time(const struct loop *loop)
{
    double wait = loop->looked + LOOK_S - loop->now;
    if (loop->parts->script != NULL && wait > SCRIPT_S)
        wait = loop->waiting != WAITS_NOT ? SCRIPT_S : 0;
    if (loop->has_keys && wait > 1 / FRAMES_PER_S)
        wait = 1 / FRAMES_PER_S;
    if (loop->has_news && loop->drawn + PROGRESS_S - loop->now < wait)
        wait = loop->drawn + PROGRESS_S - loop->now;
    return wait > 0 ? wait : 0;
}

static void wait_for_events(struct loop *loop)
{
    const struct loop_parts *parts = loop->parts;
    struct pollfd fds[MOST_FDS] = {
        {.fd = parts->terminal->calls->descriptor(parts->terminal), .events = POLLIN},
        {.fd = gather_descriptor(parts->gather), .events = POLLIN},
    };
    int children[MOST_FDS - 2];
    size_t n_children = console_descriptors(parts->ui->console, children, MOST_FDS - 2);
    for (size_t i = 0; i < n_children; i++)
        fds[2 + i] = (struct pollfd){.fd = children[i], .events = POLLIN};
    int wait_ms = (int)(wait_time(loop) * 1000 + 0.999);
    int n = poll(fds, (nfds_t)(2 + n_children),
                 wait_ms); /* EINTR: a new size, or a signal that is looked at below */
    loop->now = clock_steady_s();
    loop->is_hung_up = n > 0 && (fds[0].revents & (POLLHUP | POLLERR | POLLNVAL)) != 0;
}

static int check_ending(const struct loop *loop, struct err *err)
{
    char name[32];
    int number = curses_ended_by();
    if (number != 0)
        return err_set(err, ERR_INTERRUPTED, "the screen was closed by %s",
                       process_signal_name(number, name, sizeof name));
    if (loop->is_hung_up)
        return err_set(err, ERR_INTERRUPTED, "the terminal is gone");
    return 0;
}

static int turn(struct loop *loop, struct err *err)
{
    wait_for_events(loop);
    int n = loop->parts->script != NULL ? 0 : read_keys(loop);
    if (n > 0)
        loop->is_hung_up = false;
    if (check_ending(loop, err) != 0)
        return -1;
    look(loop, false);
    take(loop);
    heed_children(loop);
    if (loop->parts->script != NULL && heed_script(loop, err) != 0)
        return -1;
    ask(loop);
    return draw(loop, err);
}

int loop_run(const struct loop_parts *parts, struct err *err)
{
    struct loop *loop = mem_new(struct loop);
    int rc = -1;
    if (loop == NULL)
        return mem_error(err);
    loop->parts = parts;
    loop->now = loop->looked = clock_steady_s();
    loop->drawn = loop->now - PROGRESS_S;
    loop->free_frames = FREE_FRAMES;
    loop->is_whole = true;
    loop->last_key = TK_NONE;
    take_size(loop);
    ui_refresh(parts->ui, parts->model);
    gather_look(parts->gather);
    ask(loop);
    TRY(draw(loop, err)); /* the last state at once */
    while (parts->ui->quit == QUIT_NOT)
        TRY(turn(loop, err));
    rc = 0;
out:
    grid_free(loop->grid);
    mem_free(loop);
    return rc;
}

int loop_settle(const struct loop_parts *parts, struct err *err)
{
    struct loop *loop = mem_new(struct loop);
    struct wants *before = mem_new(struct wants);
    int rc = -1;
    if (loop == NULL || before == NULL) {
        mem_error(err);
        goto out;
    }
    loop->parts = parts;
    ui_refresh(parts->ui, parts->model);
    /* a page shows what to want, and what was wanted fills the page */
    for (int pass = 0; pass < MOST_PASSES; pass++) {
        memcpy(before, &loop->wants, sizeof *before);
        TRY(ui_update(parts->ui, parts->model, err));
        ask(loop);
        if (pass > 0 && memcmp(before, &loop->wants, sizeof *before) == 0)
            break;
        TRY(gather_finish(parts->gather, err));
        take(loop);
    }
    rc = 0;
out:
    mem_free(before);
    mem_free(loop);
    return rc;
}
