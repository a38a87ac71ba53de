/* ui.h: what the user looks at: the state of the screens, their table, and their keys.
 *
 * One turn of the loop: keys change the state (`key`), the state says what must be read (`want`)
 * and fetches the page it shows (`update`), and `draw` writes it into a grid; draw is pure.  What
 * the user asks of the scan goes out as a command (ui_command), nothing else is written. */
#ifndef TUI_UI_H
#define TUI_UI_H

#include "grid.h"
#include "model.h"

/* Keys: Unicode characters (control characters as they are: 4 is ^D), and these. */
enum {
    TK_NONE = -1,
    TK_UP = 0x110000,
    TK_DOWN,
    TK_LEFT,
    TK_RIGHT,
    TK_HOME,
    TK_END,
    TK_PAGE_UP,
    TK_PAGE_DOWN,
    TK_ENTER,
    TK_ESCAPE,
    TK_TAB,
    TK_BACK_TAB,
    TK_BACKSPACE,
    TK_DELETE,
    TK_RESIZE,
    TK_MOUSE,
    TK_F1,
    TK_F2,
    TK_F3,
    TK_F4,
    TK_F5,
    TK_F6,
    TK_F7,
    TK_F8,
    TK_F9,
    TK_F10,
    TK_END_OF_KEYS
};
#define TK_CTRL(letter) ((letter)&0x1f)

enum screen_id {
    SCREEN_OVERVIEW,
    SCREEN_MAP,
    SCREEN_CELLS,
    SCREEN_POINTS,
    SCREEN_LEARNER,
    SCREEN_LOG,
    N_SCREENS
};

struct ui;

struct mouse { /* line and column of the terminal, from 0 */
    int y, x;
    enum mouse_what { MOUSE_CLICK, MOUSE_WHEEL_UP, MOUSE_WHEEL_DOWN } what;
};
enum click { CLICK_NOTHING, CLICK_TAKEN, CLICK_AGAIN /* on what has the cursor: opens it */ };

/* A key of a place, for the bottom line and for help. */
struct key_help {
    const char *keys; /* "x y" */
    const char *does; /* "axes": for the bottom line; "choose the axis": help says about */
    const char *about;
    int key; /* for why_not; 0: always possible */
};

struct screen {
    const char *name, *title;             /* "overview", "Overview" */
    const struct key_help *keys;          /* ended by one without keys; the most important first */
    const struct key_help *integral_keys; /* where the scan is an integration; NULL: `keys` */
    /* The keys while something of the screen's own lies over it; NULL: `keys`.  May be NULL. */
    const struct key_help *(*keys_now)(const struct ui *ui);
    void (*enter)(struct ui *ui, struct model *model); /* it comes to the front; may be NULL */
    bool (*key)(struct ui *ui, struct model *model, int key); /* true: it was for this screen */
    void (*want)(const struct ui *ui, const struct model *model, struct wants *wants);
    /* Fetches what draw needs from the store; height and width of the area for draw. */
    int (*update)(struct ui *ui, struct model *model, int height, int width, struct err *err);
    void (*draw)(const struct ui *ui, const struct model *model, struct area area);
    /* The mouse at a place of the area for draw; may be NULL. */
    enum click (*click)(struct ui *ui, struct model *model, int y, int x);
    /* Why a key does nothing now ("no map without two values"), NULL when it does. May be NULL. */
    const char *(*why_not)(const struct ui *ui, const struct model *model, int key);
};
extern const struct screen overview_screen, map_screen, cells_screen, points_screen, learner_screen,
    log_screen;
const struct screen *screen_of(enum screen_id id);
const struct key_help *screen_keys(const struct screen *screen, const struct model *model);

/* ---- the state of each screen; a file of its own keeps it ----------------------------------- */

struct list_cursor { /* a list with a cursor; lists.c moves it */
    size_t n, at, top;
    int height;
};
/* j k g G ^D ^U PgUp PgDn Home End and arrows; true when the key was one of them. */
bool list_move(struct list_cursor *list, int key);
void list_keep(struct list_cursor *list, size_t n, int height); /* after a resize or new rows */
enum click list_click(struct list_cursor *list, int line); /* of those that are shown, from 0 */

struct overview_ui {
    bool is_set;  /* a panel was chosen; else the workers, or what was found */
    int panel;    /* of PROGRESS, WORKERS, FAILURES ... that has the cursor */
    int enlarged; /* panel + 1, or 0 */
    struct list_cursor workers, failures;
    /* what the cursors stand on, which stays when lines change places */
    int worker; /* number + 1; 0: none yet */
    char failed_calculator[64], failed_reason[16];
};

enum { UI_TEXT = 512 };
struct line_edit { /* a line being typed */
    char text[UI_TEXT];
    size_t n, at; /* bytes; cursor */
};

enum map_mark { MARK_NONE, MARK_CORNER /* the first corner is set */, MARK_DONE };
struct map_ui {
    bool is_set; /* axes were chosen */
    size_t x, y;
    bool x_is_log, y_is_log;
    double x_lo, x_hi, y_lo, y_hi; /* shown */
    bool is_zoomed;
    double cursor_x, cursor_y; /* in values: stays on the same place after a resize */
    enum map_mark mark;
    double box[4];
    bool layers[N_MAP_LAYERS], heat, borders;
    enum map_color color;
    bool wants_found_share; /* heat of the found share instead of P */
    size_t n_slices;
    struct map_slice slices[MAP_SLICES];
    int height, width; /* of the plot, in cells, at the last update */
    /* 0, 'x', 'y', 'L', 's': a list of choices lies over the panel; 'r': the range of a slice */
    int choosing;
    struct list_cursor choices;
    struct line_edit line; /* what is typed to choose, or the range */
    size_t sliced;         /* value whose range is typed */
    uint64_t nearest;      /* point at the cursor or nearest to it, 0 none */
};

struct cells_ui {
    enum class_kind kind;
    size_t n_levels;
    double level[CLASSES_MOST + 1];
    struct list_cursor rows;
    bool by_volume; /* largest volume first, instead of the order of the levels */
};

enum { POINTS_PAGE = 256 };
struct points_ui {
    char filter[UI_TEXT];
    size_t sort; /* as in list_want */
    bool is_descending;
    size_t first_column; /* scrolled sideways */
    struct list_cursor rows;
    uint64_t selected; /* point under the cursor: stays when rows move */
    bool has_chosen;   /* it was chosen; else the cursor is on the newest, and goes to newer ones */
    bool is_set;       /* sort has a meaning */
    bool is_open;      /* the whole screen for the detail */
    int detail_top, detail_lines, detail_height;
    size_t file; /* kept file in the pager + 1, 0: none */
    int file_top;
    char checked[UI_TEXT];            /* the last filter that could be read */
    char unread[UI_TEXT], wrong[256]; /* the last that could not, and why */
    size_t wrong_at;
    int n_columns; /* value columns that fit, at the last update */
    /* fetched by update: the page that is shown */
    struct arena *arena;
    struct point_row *page;
    uint64_t page_ids[POINTS_PAGE]; /* in the order of rows; what is gone has no id in page */
    size_t n_page, page_first;      /* row of page[0] */
    uint64_t page_version;          /* of the model that it was read at */
    size_t page_values, page_terms; /* that its scan and its judge had then */
    struct point_view detail;
    bool has_detail;
};

struct learner_ui {
    int panel;                 /* of the lower part, where not all of them fit */
    bool is_history;           /* figures of the rounds instead of the last one's */
    bool is_uniform;           /* said against found of the uniform points only */
    struct list_cursor rounds; /* of an integration: the last, until it is moved */
    int height, width;
    /* fetched by update from the last trained round's figures */
    const char *metrics; /* that were read */
    uint64_t version;    /* of the model then */
    double brier_before; /* calibration; NaN */
    size_t n_losses;
    struct learn_loss losses[LEARN_LOSSES];
};

enum { LOG_FILES = 12, LOG_STEPS = 16 };
struct log_ui {
    char level;        /* 'i': all; 'w': warnings and worse; 'f', 'e', 'u': only these */
    char source[24];   /* "": all */
    bool is_following; /* the cursor stays on the newest line, else on its own */
    struct list_cursor rows;
    /* the row under the cursor: by time, and which of those of the same time by a hash */
    int64_t selected_time_us;
    uint64_t selected_hash;
    bool is_open; /* the words of the point's calculator over the whole screen */
    int words_top, words_height;
    /* fetched by update: what is kept of the point that the row is about, 0: none */
    uint64_t point, version;
    struct store_failure failure;
    bool has_failure;
    size_t n_files, n_steps;
    struct log_file {
        char calculator[40], name[64];
        size_t n;
    } files[LOG_FILES];
    struct log_step {
        char calculator[40];
        int exit;
        double seconds;
    } steps[LOG_STEPS];
};

/* ---- the whole ------------------------------------------------------------------------------ */

enum layer { /* what lies over the screen and takes the keys */
             LAYER_NONE,
             LAYER_HELP,
             LAYER_CONSOLE, /* the ":" line with its preview */
             LAYER_FILTER,  /* the "\" line */
             LAYER_FIND,    /* the "/" line */
             LAYER_QUESTION /* yes or no */,
             LAYER_QUIT /* detach, stop after the batch, stop now, stay */
};

/* Printable characters, arrows, Home End ^A ^E, Backspace Delete ^U ^W ^K; true when it was one. */
bool line_key(struct line_edit *line, int key);
void line_set(struct line_edit *line, const char *text);

/* Besides QUIT_NOT the loop ends: the scan goes on, or `stop` or `stop now` was asked of it. */
enum quit_how { QUIT_NOT, QUIT_DETACH, QUIT_STOP, QUIT_STOP_NOW };

struct console; /* the command line: console.h */

struct ui {
    enum screen_id screen;
    enum screen_id back[16]; /* from where something was opened here: q goes back there */
    size_t n_back;
    enum layer layer;
    int help_tab, help_top;
    bool is_frozen; /* Z: the view only */

    struct overview_ui overview;
    struct map_ui map;
    struct cells_ui cells;
    struct points_ui points;
    struct learner_ui learner;
    struct log_ui log;

    uint64_t *marks; /* ids of marked points, ascending */
    size_t n_marks, marks_room;

    struct line_edit line; /* filter and find */
    char find[UI_TEXT];    /* the last pattern */
    struct console *console;

    /* The line above the bottom one: a message, or a warning until it is acknowledged by Esc. */
    char message[UI_TEXT];
    bool is_warning;
    char question[UI_TEXT], on_yes[UI_TEXT]; /* LAYER_QUESTION: the command that yes gives */
    int quit_choice;                         /* LAYER_QUIT: the line of the cursor */
    char before_line[UI_TEXT];               /* LAYER_FILTER, LAYER_FIND: what Esc brings back */
    enum quit_how quit;
    struct ui_watch { /* what was told already: ui_refresh warns of what is new */
        bool is_set, was_alive;
        enum phase phase;
        double log_at;
        uint64_t slow_point;
    } watch;
    double last_interrupt; /* of ^C, steady clock */

    enum symbols symbols;
    enum colors colors;
    bool has_mouse;
    bool can_command;    /* false: `show`, and stores that cannot be written */
    bool wants_redraw;   /* ^L */
    int height, width;   /* of the terminal */
    int64_t awaited[32]; /* commands given and not answered */
    size_t n_awaited;
};

struct ui *ui_create(struct model *model, enum symbols symbols, enum colors colors,
                     struct err *err);
void ui_free(struct ui *ui);
/* One key, wherever it belongs: layer, screen, everywhere. */
void ui_key(struct ui *ui, struct model *model, int key);
void ui_mouse(struct ui *ui, struct model *model, const struct mouse *mouse);
/* After a refresh: answers of commands, warnings. */
void ui_refresh(struct ui *ui, struct model *model);
/* What the present screen and layer want. */
void ui_wants(const struct ui *ui, const struct model *model, struct wants *wants);
int ui_update(struct ui *ui, struct model *model, struct err *err);
void ui_draw(const struct ui *ui, const struct model *model, struct grid *grid);

/* For the screens: */
#define UI_NO_STEERING                                                                             \
    "An integration chooses its own points: none can be given, pinned or run again."
/* A screen that the user chose by its number or name: q leaves the workbench from there. */
void ui_choose(struct ui *ui, struct model *model, enum screen_id screen);
/* A screen that shows something of the present one: q comes back. */
void ui_go(struct ui *ui, struct model *model, enum screen_id screen);
void ui_say(struct ui *ui, const char *format, ...) __attribute__((format(printf, 2, 3)));
void ui_warn(struct ui *ui, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A line of the console: one of the TUI's own commands, or a row of the table `command`. */
void ui_command(struct ui *ui, struct model *model, const char *text);
/* Opens the ":" line with this text in it. */
void ui_open_console(struct ui *ui, struct model *model, const char *text);
/* Asks first, default no. */
void ui_ask(struct ui *ui, const char *on_yes, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void ui_show_point(struct ui *ui, struct model *model, uint64_t id);
void ui_show_points(struct ui *ui, struct model *model, const char *filter);
bool ui_is_marked(const struct ui *ui, uint64_t id);
void ui_mark(struct ui *ui, uint64_t id, bool is_marked);

/* The part of a terminal of this size that is the screen's: frame_draw gives this area. */
void ui_inner_size(int height, int width, int *inner_height, int *inner_width);

/* frame.c: top line, message line, bottom line, too small; the area between is the screen's. */
struct area frame_draw(const struct ui *ui, const struct model *model, struct grid *grid);
bool frame_is_too_small(const struct ui *ui);
int frame_tab_at(const struct ui *ui,
                 int x); /* the screen whose title is in the top line there; -1 */
void frame_message(const struct ui *ui, const struct model *model, struct grid *grid);
/* How many bytes of text go into a line: whole words where there are such. */
size_t frame_line_bytes(const char *text, int width);
void frame_too_small(const struct ui *ui, const struct model *model, struct grid *grid);
/* cells.c: ":levels 0 .01 .1 .5 1"; false with words where these are no levels. */
bool cells_set_levels(struct ui *ui, const char *text, char *words, size_t size);
/* help.c */
void help_draw(const struct ui *ui, const struct model *model, struct area area);
bool help_key(struct ui *ui, const struct model *model, int key);

/* The ends of a value on an axis: the prior's range of a parameter, else what was seen; never
 * empty. */
void value_range(const struct model *model, size_t value, double *lo, double *hi);
bool value_is_log(const struct model *model, size_t value); /* its prior is */
/* "12:04:31", "00:41", "3 h 12 min" */
const char *time_of_day(char out[16], double wall_s);
const char *time_short(char out[16], double seconds);

#endif
