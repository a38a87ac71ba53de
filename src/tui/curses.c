/* curses.c: grids on a real terminal, and its keys; the only file that knows ncurses.
 *
 * A grid is written cell by cell into curses' screen, rows that did not change are skipped, and
 * curses sends the difference.  What a style looks like is decided here, for four levels of colour:
 * none (attributes alone), 8, 256, and direct; the colours are in palette.c.  The background of the
 * whole screen is never set.
 *
 * The terminal is given back however the program ends: at `free`, at exit, and in a handler of
 * fatal signals that only writes escape sequences prepared before.  SIGTERM, SIGHUP and SIGINT are
 * noted for the loop (curses_ended_by); SIGTSTP becomes the key ^Z and SIGCONT the key ^L.
 *
 * Globals: curses has one screen per process, and signal handlers can reach nothing else. */
#define NCURSES_WIDECHAR 1
#include "palette.h"
#include "terminal.h"
#include "ui.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>
#include <wchar.h>

/* after ours: term.h makes macros of common words */
#include <curses.h>

#include <term.h>

enum { ESCAPE_MS = 25, CTRL_L = TK_CTRL('l'), CTRL_Z = TK_CTRL('z') };

struct state {
    SCREEN *screen;
    WINDOW *keys; /* a pad: reading from it draws nothing */
    struct grid shown;
    size_t n_shown; /* cells it has room for */
    bool is_valid;  /* what stands there is `shown` */
    bool has_cursor, has_mouse;
    bool has_colors, has_default;
    enum colors most; /* that this terminal can */
    enum colors level;
    int n_steps; /* of heat */
    attr_t attributes[N_STYLES];
    unsigned char made[1024]; /* pairs */
};

/* ---- signals -------------------------------------------------------------------------------- */

static const int endings[] = {SIGTERM, SIGHUP, SIGINT};
static const int fatals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGQUIT};
enum {
    N_ENDINGS = sizeof endings / sizeof endings[0],
    N_FATALS = sizeof fatals / sizeof fatals[0]
};

static volatile sig_atomic_t ended_by, stop_asked, was_continued, is_taken;
static struct sigaction endings_before[N_ENDINGS], fatals_before[N_FATALS], stop_before,
    continue_before, pipe_before;
static struct termios termios_before;
static char give_back[256]; /* escape sequences */
static size_t n_give_back;

int curses_ended_by(void)
{
    return ended_by;
}

static void on_ending(int signal)
{
    ended_by = signal;
}

static void on_stop(int signal)
{
    (void)signal;
    stop_asked = 1;
}

static void on_continue(int signal)
{
    (void)signal;
    was_continued = 1;
}

/* Only what a signal handler may call. */
static void restore_terminal(void)
{
    if (!is_taken)
        return;
    is_taken = 0;
    if (write(STDOUT_FILENO, give_back, n_give_back) < 0)
        return;
    (void)tcsetattr(STDIN_FILENO, TCSANOW, &termios_before);
}

static void on_fatal(int number)
{
    restore_terminal();
    for (size_t i = 0; i < N_FATALS; i++)
        if (fatals[i] == number)
            (void)sigaction(number, &fatals_before[i], NULL);
    (void)raise(number); /* delivered when this handler returns */
}

static void catch_signals(void)
{
    struct sigaction action = {.sa_handler = on_ending};
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < N_ENDINGS; i++) {
        (void)sigaction(endings[i], NULL, &endings_before[i]);
        if (endings_before[i].sa_handler != SIG_IGN) /* nohup stays in force */
            (void)sigaction(endings[i], &action, NULL);
    }
    action.sa_handler = on_stop;
    (void)sigaction(SIGTSTP, &action, &stop_before);
    action.sa_handler = on_continue;
    (void)sigaction(SIGCONT, &action, &continue_before);
    action.sa_handler = SIG_IGN;
    (void)sigaction(SIGPIPE, &action, &pipe_before);
    action.sa_handler = on_fatal;
    for (size_t i = 0; i < N_FATALS; i++)
        (void)sigaction(fatals[i], &action, &fatals_before[i]);
}

static void leave_signals(void)
{
    for (size_t i = 0; i < N_ENDINGS; i++)
        (void)sigaction(endings[i], &endings_before[i], NULL);
    for (size_t i = 0; i < N_FATALS; i++)
        (void)sigaction(fatals[i], &fatals_before[i], NULL);
    (void)sigaction(SIGTSTP, &stop_before, NULL);
    (void)sigaction(SIGCONT, &continue_before, NULL);
    (void)sigaction(SIGPIPE, &pipe_before, NULL);
}

static int keep_byte(int byte)
{
    if (n_give_back < sizeof give_back)
        give_back[n_give_back++] = (char)byte;
    return byte;
}

static void prepare_give_back(void)
{
    /* colours and attributes off, cursor and keys as they were, the screen before ours */
    static const char *const names[] = {"sgr0", "op", "cnorm", "rmkx", "rmcup"};
    static const char no_mouse[] = "\033[?1006l\033[?1000l";
    char kmous[] = "kmous";
    const char *mouse = tigetstr(kmous);
    n_give_back = 0;
    if (mouse != NULL && mouse != (const char *)-1)
        for (size_t i = 0; i < sizeof no_mouse - 1; i++)
            (void)keep_byte(no_mouse[i]);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char name[8];
        snprintf(name, sizeof name, "%s", names[i]);
        const char *sequence = tigetstr(name);
        if (sequence != NULL && sequence != (const char *)-1)
            (void)tputs(sequence, 1, keep_byte);
    }
}

/* ---- colours -------------------------------------------------------------------------------- */

static attr_t attribute_of(enum style style, enum colors level)
{
    switch (style) {
    case STYLE_DIM:
    case STYLE_OFF: return A_DIM;
    case STYLE_STRONG:
    case STYLE_RUNNING:
    case STYLE_WARNING: return A_BOLD;
    case STYLE_SELECTED: return A_REVERSE;
    case STYLE_ACCEPTED: return level <= COLORS_8 ? A_BOLD : A_NORMAL;
    case STYLE_REJECTED: return level <= COLORS_8 ? A_DIM : A_NORMAL;
    default: return A_NORMAL;
    }
}

static enum colors terminal_colors(void)
{
    char colors[] = "colors", rgb[] = "RGB";
    int n = tigetnum(colors);
    if (n >= 1 << 24 && (tigetflag(rgb) > 0 || tigetnum(rgb) > 0))
        return COLORS_DIRECT;
    return n >= 256 ? COLORS_256 : n >= 8 ? COLORS_8 : COLORS_NONE;
}

static void set_level(struct state *state, enum colors level)
{
    if (level > state->most)
        level = state->most;
    if (level != COLORS_NONE && !state->has_colors) {
        if (start_color() != OK)
            level = state->most = COLORS_NONE;
        else
            state->has_default = use_default_colors() == OK;
        state->has_colors = true;
    }
    state->level = level;
    state->n_steps = palette_steps(level);
    state->is_valid = false;
    memset(state->made, 0, sizeof state->made);
    for (int i = 0; i < N_STYLES; i++)
        state->attributes[i] = attribute_of((enum style)i, level);
}

static int make_pair(int pair, int ink, int ground)
{
#if defined NCURSES_EXT_COLORS && NCURSES_EXT_COLORS + 0 >= 20170401
    return init_extended_pair(pair, ink, ground);
#else
    return init_pair((short)pair, (short)ink, (short)ground);
#endif
}

/* The number of the pair of curses for an ink on a step of heat (0: none). */
static short pair_of(struct state *state, enum ink ink, int step)
{
    int pair = 1 + (int)ink * (state->n_steps + 1) + step;
    if (ink == INK_DEFAULT && step == 0)
        return 0;
    if (pair >= COLOR_PAIRS || pair >= (int)sizeof state->made)
        return 0;
    if (!state->made[pair]) {
        int front = palette_color(ink, state->level, step - 1), back = -1;
        if (step > 0)
            back = palette_heat(step - 1, state->level);
        if (!state->has_default) {
            front = front < 0 ? COLOR_WHITE : front;
            back = back < 0 ? COLOR_BLACK : back;
        }
        (void)make_pair(pair, front, back);
        state->made[pair] = 1;
    }
    return (short)pair;
}

static short pair_of_cell(struct state *state, const struct cell *cell)
{
    if (state->level == COLORS_NONE)
        return 0;
    enum ink ink = palette_ink((enum style)cell->style);
    int step = cell->heat == 0 ? 0 : 1 + (cell->heat - 1) * state->n_steps / 255;
    return pair_of(state, ink, step);
}

/* ---- the mouse ------------------------------------------------------------------------------ */

/* TK_MOUSE, or TK_END_OF_KEYS where nothing is done with it. */
static int take_mouse(struct terminal *terminal)
{
    MEVENT event;
    if (getmouse(&event) != OK)
        return TK_END_OF_KEYS;
    terminal->mouse = (struct mouse){.y = event.y, .x = event.x, .what = MOUSE_CLICK};
    if ((event.bstate & BUTTON1_PRESSED) != 0)
        return TK_MOUSE;
    if ((event.bstate & BUTTON4_PRESSED) != 0) {
        terminal->mouse.what = MOUSE_WHEEL_UP;
        return TK_MOUSE;
    }
#ifdef BUTTON5_PRESSED
    if ((event.bstate & BUTTON5_PRESSED) != 0) {
        terminal->mouse.what = MOUSE_WHEEL_DOWN;
        return TK_MOUSE;
    }
#endif
    return TK_END_OF_KEYS;
}

static void use_mouse(struct state *state, bool is_wanted)
{
    mmask_t mask = BUTTON1_PRESSED | BUTTON4_PRESSED;
#ifdef BUTTON5_PRESSED
    mask |= BUTTON5_PRESSED;
#endif
    if (is_wanted != state->has_mouse)
        (void)mousemask(is_wanted ? mask : 0, NULL);
    state->has_mouse = is_wanted;
}

/* ---- drawing -------------------------------------------------------------------------------- */

static void draw_row(struct state *state, const struct grid *grid, int y)
{
    const struct cell *row = grid->cells + (size_t)y * (size_t)grid->width;
    for (int x = 0; x < grid->width; x++) {
        wchar_t text[2] = {(wchar_t)row[x].rune, L'\0'};
        cchar_t cell;
        if (row[x].rune == 0)
            continue; /* the wide one before reaches over it */
        enum style style = row[x].style < N_STYLES ? (enum style)row[x].style : STYLE_PLAIN;
        if (setcchar(&cell, text, state->attributes[style], pair_of_cell(state, &row[x]), NULL) ==
            OK)
            (void)mvadd_wch(y, x, &cell);
    }
}

/* Remembers what is shown, where there is memory; else everything is written each time. */
static void keep_shown(struct state *state, const struct grid *grid)
{
    size_t n = (size_t)grid->width * (size_t)grid->height;
    if (n > state->n_shown) {
        mem_free(state->shown.cells);
        state->shown.cells = mem_array(n, sizeof *state->shown.cells);
        state->n_shown = state->shown.cells != NULL ? n : 0;
    }
    if (state->shown.cells != NULL)
        memcpy(state->shown.cells, grid->cells, n * sizeof *grid->cells);
    state->shown.width = grid->width;
    state->shown.height = grid->height;
    state->is_valid = state->shown.cells != NULL;
}

static bool is_same_row(const struct state *state, const struct grid *grid, int y)
{
    size_t from = (size_t)y * (size_t)grid->width;
    return state->is_valid && state->shown.width == grid->width &&
           state->shown.height == grid->height &&
           memcmp(state->shown.cells + from, grid->cells + from,
                  (size_t)grid->width * sizeof *grid->cells) == 0;
}

static void draw(struct terminal *terminal, const struct grid *grid, bool is_whole)
{
    struct state *state = terminal->state;
    bool has_cursor = grid->cursor_y >= 0 && grid->cursor_x >= 0;
    if ((grid->colors > state->most ? state->most : grid->colors) != state->level)
        set_level(state, grid->colors);
    if (is_whole) {
        state->is_valid = false;
        (void)clearok(curscr, TRUE);
    }
    if (!state->is_valid || state->shown.width != grid->width ||
        state->shown.height != grid->height)
        (void)erase();
    for (int y = 0; y < grid->height && y < LINES; y++)
        if (!is_same_row(state, grid, y))
            draw_row(state, grid, y);
    keep_shown(state, grid);
    use_mouse(state, terminal->wants_mouse);
    if (has_cursor != state->has_cursor)
        (void)curs_set(has_cursor);
    state->has_cursor = has_cursor;
    (void)move(has_cursor ? grid->cursor_y : LINES - 1, has_cursor ? grid->cursor_x : COLS - 1);
    (void)refresh();
}

/* ---- keys ----------------------------------------------------------------------------------- */

static int translate_code(wint_t code)
{
    static const struct {
        wint_t from;
        int to;
    } codes[] = {
        {KEY_UP, TK_UP},         {KEY_DOWN, TK_DOWN},       {KEY_LEFT, TK_LEFT},
        {KEY_RIGHT, TK_RIGHT},   {KEY_HOME, TK_HOME},       {KEY_END, TK_END},
        {KEY_PPAGE, TK_PAGE_UP}, {KEY_NPAGE, TK_PAGE_DOWN}, {KEY_ENTER, TK_ENTER},
        {KEY_BTAB, TK_BACK_TAB}, {KEY_DC, TK_DELETE},       {KEY_BACKSPACE, TK_BACKSPACE},
        {KEY_RESIZE, TK_RESIZE}, {KEY_A1, TK_HOME},         {KEY_C1, TK_END},
        {KEY_A3, TK_PAGE_UP},    {KEY_C3, TK_PAGE_DOWN},    {KEY_F(1), TK_F1},
        {KEY_F(2), TK_F2},       {KEY_F(3), TK_F3},         {KEY_F(4), TK_F4},
        {KEY_F(5), TK_F5},       {KEY_F(6), TK_F6},         {KEY_F(7), TK_F7},
        {KEY_F(8), TK_F8},       {KEY_F(9), TK_F9},         {KEY_F(10), TK_F10},
        {KEY_CANCEL, TK_ESCAPE}, {KEY_EXIT, TK_ESCAPE},     {KEY_MOUSE, TK_MOUSE},
    };
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
        if (codes[i].from == code)
            return codes[i].to;
    return TK_END_OF_KEYS; /* a key that nobody knows */
}

static int translate_character(wint_t character)
{
    switch (character) {
    case '\r':
    case '\n': return TK_ENTER;
    case '\t': return TK_TAB;
    case 27: return TK_ESCAPE;
    case 8:
    case 127: return TK_BACKSPACE;
    default: return character < TK_UP ? (int)character : TK_END_OF_KEYS;
    }
}

static int key(struct terminal *terminal)
{
    struct state *state = terminal->state;
    wint_t character = 0;
    if (was_continued) {
        was_continued = 0;
        stop_asked = 0;
        (void)reset_prog_mode();
        (void)clearok(curscr, TRUE);
        return CTRL_L;
    }
    if (stop_asked) {
        stop_asked = 0;
        return CTRL_Z;
    }
    for (;;) {
        int got = wget_wch(state->keys, &character);
        int code = got == ERR            ? TK_NONE
                   : got == KEY_CODE_YES ? translate_code(character)
                                         : translate_character(character);
        if (code == TK_MOUSE)
            code = take_mouse(terminal);
        if (code != TK_END_OF_KEYS)
            return code;
    }
}

static int descriptor(const struct terminal *terminal)
{
    (void)terminal;
    return STDIN_FILENO;
}

static void size(const struct terminal *terminal, int *width, int *height)
{
    (void)terminal;
    *width = COLS;
    *height = LINES;
}

static void suspend(struct terminal *terminal)
{
    struct state *state = terminal->state;
    (void)endwin();
    (void)sigaction(SIGTSTP, &stop_before, NULL);
    (void)raise(SIGTSTP); /* and on from here after SIGCONT */
    struct sigaction action = {.sa_handler = on_stop};
    sigemptyset(&action.sa_mask);
    (void)sigaction(SIGTSTP, &action, NULL);
    was_continued = 0;
    state->is_valid = false;
    (void)reset_prog_mode();
    (void)clearok(curscr, TRUE);
    (void)refresh();
}

/* ---- coming and going ----------------------------------------------------------------------- */

int curses_check(struct err *err)
{
    const char *term = getenv("TERM");
    char cup[] = "cup";
    int found = 0, rc = 0;
    if (isatty(STDIN_FILENO) == 0)
        return err_set(err, ERR_USAGE, "the standard input is no terminal");
    if (isatty(STDOUT_FILENO) == 0)
        return err_set(err, ERR_USAGE, "the standard output is no terminal");
    if (term == NULL || term[0] == '\0')
        return err_set(err, ERR_USAGE,
                       "TERM is not set, so what this terminal can do is not "
                       "known");
    if (strcmp(term, "dumb") == 0)
        return err_set(err, ERR_USAGE, "TERM is \"dumb\": such a terminal cannot place its cursor");
    if (setupterm(NULL, STDOUT_FILENO, &found) != OK)
        return found < 0
                   ? err_set(err, ERR_USAGE, "there is no database of terminals (terminfo) here")
                   : err_set(err, ERR_USAGE, "TERM is \"%.60s\", a terminal that is not known here",
                             term);
    const char *address = tigetstr(cup);
    if (address == NULL || address == (const char *)-1)
        rc = err_set(err, ERR_USAGE, "TERM is \"%.60s\", a terminal that cannot place its cursor",
                     term);
    (void)del_curterm(cur_term);
    return rc;
}

static void curses_free(struct terminal *terminal)
{
    struct state *state = terminal != NULL ? terminal->state : NULL;
    if (state != NULL && state->screen != NULL) {
        if (state->keys != NULL)
            (void)delwin(state->keys);
        (void)endwin();
        is_taken = 0;
        leave_signals();
        delscreen(state->screen);
    }
    if (state != NULL)
        mem_free(state->shown.cells);
    mem_free(state);
    mem_free(terminal);
}

static int set_up(struct state *state, struct err *err)
{
    if (tcgetattr(STDIN_FILENO, &termios_before) != 0)
        return err_sys(err, ERR_IO, errno, "the terminal cannot be asked");
    ended_by = stop_asked = was_continued = 0;
    catch_signals();
    if ((state->screen = newterm(NULL, stdout, stdin)) == NULL) {
        leave_signals();
        return err_set(err, ERR_USAGE, "this terminal cannot be used");
    }
    prepare_give_back();
    is_taken = 1;
    (void)mouseinterval(0); /* every press at once: no waiting for a second one */
    (void)set_escdelay(ESCAPE_MS);
    (void)raw();
    (void)noecho();
    (void)nonl();
    (void)leaveok(stdscr, FALSE);
    (void)curs_set(0);
    if ((state->keys = newpad(1, 1)) == NULL)
        return mem_error(err);
    (void)keypad(state->keys, TRUE);
    (void)nodelay(state->keys, TRUE);
    state->most = terminal_colors();
    return 0;
}

struct terminal *curses_create(const char *colors, struct err *err)
{
    static const struct terminal_calls calls = {descriptor, key, size, draw, suspend, curses_free};
    static bool has_exit; /* atexit takes a function once */
    enum colors asked;
    if (colors_from_name(colors, &asked) != 0) {
        err_set(err, ERR_USAGE, "colours are never, 8, 256, direct or auto, not \"%.40s\"", colors);
        return NULL;
    }
    if (curses_check(err) != 0)
        return NULL;
    struct terminal *terminal = mem_new(struct terminal);
    struct state *state = mem_new(struct state);
    if (terminal == NULL || state == NULL) {
        mem_free(terminal);
        mem_free(state);
        mem_error(err);
        return NULL;
    }
    *terminal = (struct terminal){.calls = &calls, .state = state};
    if (!has_exit && atexit(restore_terminal) == 0)
        has_exit = true;
    if (set_up(state, err) != 0) {
        curses_free(terminal);
        return NULL;
    }
    set_level(state, asked);
    terminal->colors = state->level;
    (void)symbols_from_name(NULL, &terminal->symbols);
    return terminal;
}
