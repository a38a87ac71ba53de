/* t-tui-monkey.c: 10 000 random keys, commands and new sizes for the workbench, on a stand-in for
 * the terminal and a store that an engine (a stand-in as well) writes into meanwhile.
 *
 * What must hold: every frame has the terminal's size and only characters that its level of symbols
 * has; nothing crashes, also under sanitizers; it ends with q; the store's points are untouched. */
#include "t-store-help.h"

#include "../src/tui/console.h"
#include "../src/tui/loop.h"

#include <poll.h>
#include <signal.h>

enum { N_KEYS = 10000, N_CLOSED = 600, BATCH = 12 };

/* ---- the engine's stand-in: beats, closes points, answers commands --------------------------- */

static void beat(struct store *store, const char *state, struct err *err)
{
    struct engine_row row = {.pid = (int64_t)getpid(), .started = clock_wall_s()};

    gethostname(row.host, sizeof row.host - 1);
    snprintf(row.state, sizeof row.state, "%s", state);
    row.beat = clock_wall_s();
    store_beat(store, &row, err);
}

static void answer_all(struct store *store, struct err *err)
{
    struct arena *arena = arena_create();
    struct command_row *rows;
    size_t n, i;

    if (store_open_commands(store, arena, &rows, &n, err) == 0)
        for (i = 0; i < n; i++)
            store_answer_command(store, rows[i].id, rows[i].id % 3 != 0, "heard", 1, err);
    arena_free(arena);
}

static void put_round(struct store *store, uint64_t last, struct err *err)
{
    struct round_row round = {.round = (uint32_t)((last - 1) / 20),
                              .first_id = (last - 1) / 20 * 20 + 1,
                              .n_points = 20,
                              .started = 1e9,
                              .promised = 0.5,
                              .volume = 0.3,
                              .volume_error = 0.05,
                              .metrics = "{\"auc\": 0.9, \"brier\": 0.1}"};

    store_put_round(store, &round, err);
}

static void be_engine(const char *path)
{
    struct store *store = help_open(path, STORE_ENGINE);
    uint64_t last = N_CLOSED;
    struct err err = ERR_INIT;

    for (;;) { /* until it is killed */
        (void)poll(NULL, 0, 20);
        if (store_begin(store, &err) != 0)
            continue;
        beat(store, last % 7 == 0 ? "paused" : "running", &err);
        answer_all(store, &err);
        help_insert(store, last + 1, last + 1, &err);
        help_close(store, last, last, &err);
        put_round(store, last, &err);
        last++;
        if (store_commit(store, &err) != 0)
            store_rollback(store);
    }
}

static void fill(const char *path)
{
    struct store *store = help_create(path);
    struct err err = ERR_INIT;
    uint64_t id;

    help_fill(store, 1, N_CLOSED - 1);
    store_begin(store, &err);
    for (id = 20; id < N_CLOSED; id += 20)
        put_round(store, id, &err);
    help_insert(store, N_CLOSED, N_CLOSED, &err);
    store_log(store, LOG_WARNING, "a warning that stands in the log", &err);
    if (store_commit(store, &err) != 0)
        bail_out("%s", err.message);
    store_close(store);
}

/* ---- the terminal's stand-in ------------------------------------------------------------------
 */

struct fake {
    struct rng rng;
    int fd;            /* always readable */
    int width, height; /* as it is now */
    int n_keys, n_in_turn;
    const char *typing;
    size_t n_frames, n_wrong, n_suspended, n_asked;
    size_t n_screens[N_SCREENS];
    struct ui *ui;
};

static int random_key(struct fake *fake)
{
    static const char *const lines[] = {
        ":cut narrow: s < 0.2\n",
        ":uncut narrow\n",
        ":set symbols=ascii\n",
        ":set symbols=braille\n",
        ":set color=256\n",
        ":set color=never\n",
        ":map mh s\n",
        ":x m0\n",
        ":levels 0 .3 .6 1\n",
        ":filter accepted\n",
        ":bogus\n",
        ":pin m0=0.2..0.4\n",
        ":note \"a note\"\n",
        ":undo\n",
        ":point 77\n",
        "\\mh > 0.5 and state\n",
        "/broke\n",
        ":show log\n",
        ":inject m0=.5 mh=.5\n",
        ":cut s <",
        ":timeout sums 3 s\n",
        ":help\n",
        ":set symbols=utf8\n",
        ":bind x pause\n",
    };
    static const char plain[] = "jkhlgGxyLvPi+-0nNusfro<> \\/:;?ZbmwcteE123456789KRUpq\"'(";

    switch (rng_below(&fake->rng, 12)) {
    case 0: return (int)rng_below(&fake->rng, 32);
    case 1:
    case 2: return TK_UP + (int)rng_below(&fake->rng, TK_END_OF_KEYS - TK_UP);
    case 3: return '1' + (int)rng_below(&fake->rng, N_SCREENS);
    case 4: return TK_ESCAPE;
    case 5: return rng_below(&fake->rng, 4) == 0 ? 0x2603 : TK_ENTER;
    case 6: return 32 + (int)rng_below(&fake->rng, 95);
    case 7: fake->typing = lines[rng_below(&fake->rng, sizeof lines / sizeof lines[0])];
    /* fall through */
    default: return plain[rng_below(&fake->rng, sizeof plain - 1)];
    }
}

static int new_size(struct fake *fake)
{
    static const int sizes[][2] = {{80, 24}, {120, 40}, {79, 24}, {80, 23}, {1, 1}, {200, 70}};
    size_t i = (size_t)rng_below(&fake->rng, 9);

    if (i < sizeof sizes / sizeof sizes[0]) {
        fake->width = sizes[i][0];
        fake->height = sizes[i][1];
    } else {
        fake->width = 1 + (int)rng_below(&fake->rng, 250);
        fake->height = 1 + (int)rng_below(&fake->rng, 100);
    }
    return TK_RESIZE;
}

/* After the last key: out of whatever is open, and away. */
static int leaving_key(struct fake *fake)
{
    static const int keys[] = {TK_ESCAPE, TK_ESCAPE, TK_ESCAPE, 'q'};

    if (fake->ui->layer == LAYER_QUIT)
        return 'd';
    return keys[fake->n_asked++ % (sizeof keys / sizeof keys[0])];
}

/* Anywhere, and a little beside the window. */
static int random_mouse(struct terminal *terminal)
{
    struct fake *fake = terminal->state;

    terminal->mouse =
        (struct mouse){.y = (int)rng_below(&fake->rng, (uint64_t)fake->height + 4) - 2,
                       .x = (int)rng_below(&fake->rng, (uint64_t)fake->width + 4) - 2,
                       .what = (enum mouse_what)rng_below(&fake->rng, 3)};
    return TK_MOUSE;
}

static int fake_key(struct terminal *terminal)
{
    struct fake *fake = terminal->state;

    if (fake->n_in_turn++ > BATCH) { /* a frame at the end of each turn */
        fake->n_in_turn = 0;
        return TK_NONE;
    }
    if (fake->n_in_turn == BATCH)
        return TK_CTRL('l');
    if (fake->n_keys >= N_KEYS)
        return leaving_key(fake);
    fake->n_keys++;
    if (fake->typing && *fake->typing) {
        int key = *fake->typing++;
        return key == '\n' ? TK_ENTER : key;
    }
    if (rng_below(&fake->rng, 12) == 0)
        return random_mouse(terminal);
    return rng_below(&fake->rng, 30) == 0 ? new_size(fake) : random_key(fake);
}

static int fake_descriptor(const struct terminal *terminal)
{
    return ((const struct fake *)terminal->state)->fd;
}

static void fake_size(const struct terminal *terminal, int *width, int *height)
{
    const struct fake *fake = terminal->state;

    *width = fake->width;
    *height = fake->height;
}

static bool is_drawable(const struct grid *grid, const struct cell *cell)
{
    if (cell->style >= N_STYLES || (cell->rune < 32 && cell->rune != 0) || cell->rune == 127)
        return false;
    return grid->symbols != SYMBOLS_ASCII || cell->rune < 127;
}

static void fake_draw(struct terminal *terminal, const struct grid *grid, bool is_whole)
{
    struct fake *fake = terminal->state;
    size_t i, n = (size_t)grid->width * (size_t)grid->height;
    bool is_right = grid->width == fake->width && grid->height == fake->height;

    (void)is_whole;
    for (i = 0; i < n && is_right; i++)
        is_right = is_drawable(grid, &grid->cells[i]);
    if (grid->cursor_y >= grid->height || grid->cursor_x >= grid->width)
        is_right = false;
    if (!is_right && fake->n_wrong++ == 0)
        diag("frame %zu of screen %d, layer %d, %d by %d, cursor %d %d, wrong at cell %zu",
             fake->n_frames, (int)fake->ui->screen, (int)fake->ui->layer, grid->width, grid->height,
             grid->cursor_y, grid->cursor_x, i);
    fake->n_frames++;
    fake->n_screens[fake->ui->screen]++;
}

static void fake_suspend(struct terminal *terminal)
{
    ((struct fake *)terminal->state)->n_suspended++;
}

static void fake_free(struct terminal *terminal)
{
    (void)terminal;
}

static const struct terminal_calls fake_calls = {fake_descriptor, fake_key,     fake_size,
                                                 fake_draw,       fake_suspend, fake_free};

/* ---- the run ----------------------------------------------------------------------------------
 */

static void check(const struct fake *fake, const struct ui *ui, size_t n_left)
{
    size_t i;

    is_int(fake->n_keys, N_KEYS, "all keys were pressed, with %zu departures between", n_left);
    ok(ui->quit != QUIT_NOT, "it ended with q");
    is_size(fake->n_wrong, 0, "all of %zu frames were right", fake->n_frames);
    ok(fake->n_frames > N_KEYS / BATCH / 2, "there were many");
    for (i = 0; i < N_SCREENS; i++)
        ok(fake->n_screens[i] > 0, "%zu of screen %zu", fake->n_screens[i], i + 1);
    ok(fake->n_suspended > 0, "^Z reached the terminal, %zu times", fake->n_suspended);
}

static void run(const char *path, struct fake *fake)
{
    struct terminal terminal = {.calls = &fake_calls, .state = fake};
    struct err err = ERR_INIT;
    struct loop_parts parts = {.terminal = &terminal};
    size_t n_left = 0;
    int rc;

    if (!(parts.model = model_create(path, true, &err)) ||
        model_refresh(parts.model, NULL, &err) != 0 ||
        !(parts.gather = gather_create(path, true, &err)) ||
        !(parts.ui = ui_create(parts.model, SYMBOLS_BRAILLE, COLORS_256, &err)))
        bail_out("%s", err.message);
    fake->ui = parts.ui;
    parts.ui->can_command = true;
    console_set_program(parts.ui->console, "/bin/true"); /* not this test once more */
    while ((rc = loop_run(&parts, &err)) == 0 && fake->n_keys < N_KEYS) {
        parts.ui->quit = QUIT_NOT; /* it left by chance: come back */
        n_left++;
    }
    is_int(rc, 0, "the loop ends well: %s", err.message);
    check(fake, parts.ui, n_left);
    ui_free(parts.ui);
    gather_free(parts.gather);
    model_free(parts.model);
}

int main(void)
{
    struct fake fake = {.width = 80, .height = 24, .fd = open("/dev/zero", O_RDONLY)};
    const char *folder = getenv("TMPDIR"), *seed = getenv("MONKEY");
    char path[HELP_PATH], why[256];
    int64_t number = 20261122;
    struct err err = ERR_INIT;
    pid_t engine;

    if (chdir(folder ? folder : "/tmp") != 0) /* where commands write, if they do */
        bail_out("no folder");
    if (seed && text_to_int64(seed, &number) == 0)
        note("seed %lld", (long long)number);
    fake.rng = rng_stream((uint64_t)number, RNG_TEST, 0);
    fill(help_path(path, "monkey.db"));
    if (process_fork_session(&engine, &err) != 0)
        bail_out("%s", err.message);
    if (engine == 0)
        be_engine(path);
    run(path, &fake);
    process_kill_group(engine, SIGKILL);
    process_wait(engine, -1, &(struct process_end){.status = 0});

    struct store *store = help_open(path, STORE_READ);
    struct store_counts counts;
    ok(store_counts(store, &counts, &err) == 0 && counts.running == 1, "one point runs, as before");
    store_close(store);
    store = help_open(path, STORE_ENGINE);
    store_begin(store, &err);
    help_close(store, counts.total, counts.total, &err);
    store_commit(store, &err);
    ok(help_is_whole(store, counts.total, why), "all %llu points are as the engine wrote them %s",
       (unsigned long long)counts.total, why);
    store_close(store);
    close(fake.fd);
    return done_testing();
}
