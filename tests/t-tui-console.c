/* t-tui-console.c: the ":" line: what is wrong is told with its place and the line stays, what
 * could be typed is offered, older lines come back, a preview says what would happen, settings are
 * read. */
#include "t-tui-help.h"

#include "../src/tui/console-private.h"

#include <poll.h>
#include <unistd.h>

static struct ui *ui;
static struct model *model;

static void type(const char *text)
{
    for (; *text != '\0'; text++)
        ui_key(ui, model, *text);
}

static void open_with(const char *text)
{
    ui_open_console(ui, model, "");
    type(text);
}

static const char *line(void)
{
    return ui->console->line.text;
}

/* ---- what is wrong -------------------------------------------------------------------------- */

static void test_faults(void)
{
    static const struct {
        const char *text, *at, *words; /* at: what stands where the caret is; NULL: nothing wrong */
    } lines[] = {
        {"ct omega < 1", "ct", "did you mean \"cut\"?"},
        {"xyzzy", "xyzzy", "there is no command \"xyzzy\""},
        {"cut omega < 0.12", NULL, ""},
        {"cut new: omega < 0.12 and m0 < 3000", NULL, ""},
        {"cut", "", "for example"},
        {"cut omga < 0.12", "omga", "omega"},
        {"cut new: omega <", "", ""},
        {"cut relic: omega < 1", "relic: omega", "a constraint \"relic\" of its own"},
        {"uncut relic", NULL, ""},
        {"uncut relix", "relix", "did you mean \"relic\"?"},
        {"pin m0 in 500 .. 900 and tanb=5..10 share=0.2", NULL, ""},
        {"pin m0 in 500 .. 900 and tanbb in 5 .. 10", "tanbb", "did you mean \"tanb\"?"},
        {"pin m0 in 900 .. 500", "m0", "NAME in LOW .. HIGH"},
        {"pin m0 in 500 .. 900 share=3", "share=3", "share=0.5"},
        {"inject m0=1 m12=2 tanb=3 A0=4 sign_mu=1", NULL, ""},
        {"inject m0=1 m12=2 tanb=3", "", "no value for A0 sign_mu"},
        {"inject m0=1 m13=2", "m13=2", "did you mean \"m12\"?"},
        {"inject m0=abc", "m0=abc", "NAME=VALUE"},
        {"inject nofile.csv", "nofile.csv", "there is no file"},
        {"batch 400", NULL, ""},
        {"batch 0", "0", "from 1 to 1000000"},
        {"workers many", "many", "from 1 to 4096"},
        {"explore 30 %", NULL, ""},
        {"explore 130 %", "130", "such as 10 %"},
        {"retry timeout", NULL, ""},
        {"retry failed where calculator == \"spheno\"", NULL, ""},
        {"retry timeuot", "timeuot", "did you mean \"timeout\"?"},
        {"kill W4", NULL, ""},
        {"kill it", "it", "W4"},
        {"show map", NULL, ""},
        {"show maps", "maps", "did you mean \"map\"?"},
        {"map m0 m12", NULL, ""},
        {"map m0 m13", "m13", "did you mean \"m12\"?"},
        {"filter omega < 0.13 and accepted", NULL, ""},
        {"filter omega < 0.13 andd accepted", "andd", ""},
        {"export out.csv where omegaa < 1", "omegaa", "omega"},
        {"export out.csv marked", "marked", "no point is marked"},
        {"export", "", "expected a file"},
        {"set symbols=utf8", NULL, ""},
        {"set symbols=utf9", "utf9", "did you mean utf8?"},
        {"set symbol=utf8", "symbol", "did you mean symbols?"},
        {"bind C-d export good.csv where accepted", NULL, ""},
        {"bind Foo pause", "Foo", "is no key"},
        {"bind x puase", "x puase", "no command \"puase\""},
        {"levels 0 0.5 1", NULL, ""},
        {"levels 0 0.5", "0 0.5", "1"},
        {"undo", NULL, ""},
    };
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        struct console_fault fault = {.words = ""};
        bool is_fine = console_check(ui, model, lines[i].text, &fault);
        if (lines[i].at == NULL) {
            ok(is_fine, "\"%s\" is fine: %s", lines[i].text, fault.words);
            continue;
        }
        ok(!is_fine, "\"%s\" is not", lines[i].text);
        has_str(fault.words, lines[i].words, "it is said why");
        if (lines[i].at[0] != '\0')
            ok(fault.at < strlen(lines[i].text) &&
                   strncmp(lines[i].text + fault.at, lines[i].at, strlen(lines[i].at)) == 0,
               "at \"%s\", which is byte %zu", lines[i].at, fault.at);
    }
}

/* A pin and an inject that are being typed. */
static void test_strange_names(void)
{
    static const struct {
        const char *text, *words; /* NULL: nothing is strange */
    } lines[] = {
        {"pin ", NULL},
        {"pin m", NULL},
        {"pin sh", NULL},
        {"pin foo", "there is no free parameter \"foo\"; there are: m0 m12 tanb"},
        {"pin tanx", "did you mean \"tanb\"?"},
        {"pin m in 1 .. 2", "there is no free parameter \"m\""},
        {"pin m0 i", NULL},
        {"pin m0 in", NULL},
        {"pin m0 in 1e2 ..", NULL},
        {"pin m0 in 1e2 .. 1e3 a", NULL},
        {"pin m0 in 1e2 .. 1e3 and", NULL},
        {"pin m0 in 1e2 .. 1e3 and tan", NULL},
        {"pin m0 in 1e2 .. 1e3 and tanx", "did you mean \"tanb\"?"},
        {"pin m0=1..2 m13=3..4", "did you mean \"m12\"?"},
        {"pin m0=1..2 tanb=3..4 share=0.2", NULL},
        {"pin and in 1 .. 2", "there is no free parameter \"and\""},
        {"inject m0", NULL},
        {"inject points.csv", NULL},
        {"inject foo=3", "there is no parameter \"foo\""},
        {"inject m0=1, m13=2", "did you mean \"m12\"?"},
        {"inject m0=1 m12=2 tanb=3", NULL},
    };
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        char words[UI_TEXT] = "";
        struct console_words split = console_split(lines[i].text);
        bool is_pin = strcmp(split.name, "pin") == 0;
        bool is = console_strange_name(model, is_pin, split.rest, words, sizeof words);
        if (lines[i].words == NULL)
            ok(!is, "nothing is strange in \"%s\": %s", lines[i].text, words);
        else
            has_str(words, lines[i].words, "%s", lines[i].text);
    }
    open_with("pin tanx in 3 .. 4");
    screen_is(ui, model, 80, 24, SYMBOLS_ASCII, "console-strange");
    ui_key(ui, model, TK_ESCAPE);
}

static void test_line_stays(void)
{
    open_with("cut omga < 0.12");
    ui_key(ui, model, TK_ENTER);
    is_int(ui->layer, LAYER_CONSOLE, "a wrong line is not given");
    is_str(line(), "cut omga < 0.12", "and stays as it was typed");
    screen_is(ui, model, 80, 24, SYMBOLS_ASCII, "console-wrong");
    ui_key(ui, model, TK_BACKSPACE);
    is_str(ui->console->wrong, "", "the complaint goes with the next key");
    ui_key(ui, model, TK_ESCAPE);
    is_int(ui->layer, LAYER_NONE, "Esc leaves");
    ui_open_console(ui, model, "");
    ui_key(ui, model, TK_UP);
    is_str(line(), "cut omga < 0.1", "and the arrow up brings the line back");
    ui_key(ui, model, TK_ESCAPE);
}

/* ---- what could be typed -------------------------------------------------------------------- */

static void test_completion(void)
{
    static const struct {
        const char *typed, *becomes;
    } lines[] = {
        {"pa", "pause "},
        {"un", "un"}, /* uncut, unpin, undo */
        {"unc", "uncut "},
        {"cut omeg", "cut omega "},
        {"cut new: omega < 0.1 and m_gl", "cut new: omega < 0.1 and m_gluino "},
        {"uncut re", "uncut relic"},
        {"pin ta", "pin tanb in "},
        {"pin m0 in 1 .. 2 and si", "pin m0 in 1 .. 2 and sign_mu in "},
        {"inject m0=1 tan", "inject m0=1 tanb="},
        {"retry time", "retry timeout"},
        {"retry wh", "retry where "},
        {"show le", "show learner"},
        {"set sym", "set symbols="},
        {"set color=2", "set color=256"},
        {"export x.csv wh", "export x.csv where "},
        {"export x.csv where omega < 0.13 and acc",
         "export x.csv where omega < 0.13 and accepted "},
        {"map m0 m1", "map m0 m12 "},
        {"kill W", "kill W"},
        {"plot ro", "plot roc "},
        {"help ret", "help retry "},
        {"bind F9 retr", "bind F9 retry "},
        {"nonsense x", "nonsense x"},
    };
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        open_with(lines[i].typed);
        ui_key(ui, model, TK_TAB);
        if (ui->console->is_cycling) /* nothing more in common: the first of several is there */
            ok(ui->console->n_candidates > 1, "\"%s\": one of several", lines[i].typed);
        else
            is_str(line(), lines[i].becomes, "\"%s\" and Tab", lines[i].typed);
        ui_key(ui, model, TK_ESCAPE);
    }
    open_with("un");
    ui_key(ui, model, TK_TAB);
    is_str(line(), "uncut ", "the first");
    ui_key(ui, model, TK_TAB);
    is_str(line(), "unpin ", "the next");
    ui_key(ui, model, TK_BACK_TAB);
    is_str(line(), "uncut ", "and back");
    ui_key(ui, model, TK_BACK_TAB);
    is_str(line(), "undo ", "round about");
    ui_key(ui, model, TK_ESCAPE);
}

static void test_files(void)
{
    struct err err = ERR_INIT;
    const char *folder = getenv("TMPDIR");
    if (folder == NULL || chdir(folder) != 0 || file_make_dirs("screens", 0700, &err) != 0 ||
        file_write("screens/morning.txt", "x", 1, &err) != 0)
        bail_out("no folder");
    open_with("save-screen scr");
    ui_key(ui, model, TK_TAB);
    is_str(line(), "save-screen screens/", "a folder");
    ui_key(ui, model, TK_TAB);
    is_str(line(), "save-screen screens/morning.txt", "and a file in it");
    ui_key(ui, model, TK_ENTER);
    is_int(ui->layer, LAYER_QUESTION, "a file that is there is asked about");
    has_str(ui->question, "screens/morning.txt is there already", "by its name");
    ui_key(ui, model, TK_ENTER);
    ui_open_console(ui, model, "save-screen screens/evening.txt");
    ui_key(ui, model, TK_ENTER);
    has_str(ui->message, "screens/evening.txt", "a screen is saved");
    struct buf text;
    buf_init(&text, 1 << 20);
    ok(buf_read_file(&text, "screens/evening.txt", &err) == 0, "the file is there");
    has_str(text.data, "[1 Overview]", "with the screen");
    ok(strstr(text.data, "save-screen") == NULL, "without the line");
    buf_free(&text);
}

/* ---- older lines ---------------------------------------------------------------------------- */

static void test_history(void)
{
    struct ui *before = ui;
    ui = help_ui(model);
    open_with("half a li");
    ui_key(ui, model, TK_UP);
    is_str(line(), "cut relic: omega < 0.13", "the journal's last command");
    ui_key(ui, model, TK_UP);
    is_str(line(), "inject m0=2400 m12=1900 tanb=50", "the one before");
    ui_key(ui, model, TK_UP);
    is_str(line(), "inject m0=2400 m12=1900 tanb=50", "and no further");
    ui_key(ui, model, TK_DOWN);
    ui_key(ui, model, TK_DOWN);
    is_str(line(), "half a li", "what was being typed is not lost");
    ui_key(ui, model, TK_CTRL('R'));
    type("m12");
    is_str(line(), "inject m0=2400 m12=1900 tanb=50", "^R finds a part of one");
    type("zz");
    is_str(line(), "inject m0=2400 m12=1900 tanb=50", "a part of none leaves the last found");
    ui_key(ui, model, TK_ENTER);
    is_int(ui->layer, LAYER_CONSOLE, "Enter takes it, and does not give it");
    ui_key(ui, model, TK_CTRL('R'));
    type("relic");
    ui_key(ui, model, TK_ESCAPE);
    is_int(ui->layer, LAYER_CONSOLE, "Esc leaves the search");
    ui_key(ui, model, TK_ESCAPE);
    ui_free(ui);
    ui = before;
}

/* ---- preview -------------------------------------------------------------------------------- */

static void test_preview(void)
{
    struct wants wants;
    struct preview_part part = {
        .is_ok = true,
        .relabel = {.n_points = 4683,
                    .n_changed = 184,
                    .n_accepted_before = 1702,
                    .n_accepted_after = 1518},
        .n_rejected_before = 2981,
        .n_rejected_after = 3124,
        .n_unknown_after = 41,
        .n_values = 1,
        .values = {{.value = 7, .n_stored = 4642, .lo = 0.0004, .median = 0.31, .hi = 212}},
    };
    open_with("cut omega < 0.1");
    ui_wants(ui, model, &wants);
    ok(wants.preview.is_wanted, "the effect of a cut is asked for");
    is_str(wants.preview.command, "cut cut1: omega < 0.1", "by the name that it will have");
    uint64_t serial = wants.preview.serial;
    screen_is(ui, model, 80, 24, SYMBOLS_ASCII, "console-asked");
    type("2");
    ui_wants(ui, model, &wants);
    ok(wants.preview.serial > serial, "each letter asks anew");
    part.serial = serial;
    model->parts.preview = &part;
    screen_is(ui, model, 80, 24, SYMBOLS_ASCII, "console-stale");
    part.serial = wants.preview.serial;
    screen_is(ui, model, 80, 24, SYMBOLS_ASCII, "console-cut");
    styles_are(ui, model, 80, 24, SYMBOLS_ASCII, "console-cut");
    screen_is(ui, model, 120, 40, SYMBOLS_UTF8, "console-cut");
    ui_key(ui, model, TK_ESCAPE);
    model->parts.preview = NULL;
    ui_wants(ui, model, &wants);
    ok(!wants.preview.is_wanted, "nothing is asked for behind a closed line");
    open_with("uncut relic");
    ui_wants(ui, model, &wants);
    is_str(wants.preview.command, "uncut relic", "nor for want of a constraint");
    ui_key(ui, model, TK_ESCAPE);
}

static void test_pin(void)
{
    struct wants wants;
    struct list_part list = {.as_of = {.is_whole = true}, .n = 214};
    open_with("pin m0 in 1500 .. 2600 and m12 in 1000 .. 1900");
    ui_wants(ui, model, &wants);
    is_str(wants.list.filter, "m0 >= 1500 and m0 <= 2600 and m12 >= 1000 and m12 <= 1900",
           "the points in the box are counted");
    list.want = wants.list;
    model->parts.list = &list;
    console_children(ui, model);
    ui_wants(ui, model, &wants);
    has_str(wants.list.filter, "and accepted", "then the accepted ones");
    list.want = wants.list;
    list.n = 131;
    console_children(ui, model);
    ui_wants(ui, model, &wants);
    ok(!wants.list.is_wanted, "once");
    screen_is(ui, model, 80, 24, SYMBOLS_ASCII, "console-pin");
    ui_key(ui, model, TK_ESCAPE);
    model->parts.list = NULL;
}

static void test_other_previews(void)
{
    static const char *const lines[][2] = {
        {"inject m0=812 m12=1533", "console-inject"},
        {"retry ", "console-retry"},
        {"batch 400", "console-batch"},
        {"timeout spheno 60", "console-timeout"},
        {"kill ", "console-kill"},
        {"ret", "console-names"},
        {"set ", "console-set"},
    };
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        open_with(lines[i][0]);
        screen_is(ui, model, 80, 24, SYMBOLS_ASCII, lines[i][1]);
        ui_key(ui, model, TK_ESCAPE);
    }
    ui_open_console(ui, model, "");
    screen_is(ui, model, 120, 40, SYMBOLS_UTF8, "console-empty");
    ui_key(ui, model, TK_ESCAPE);
    ui_open_console(ui, model, "kill 4802");
    ui_key(ui, model, TK_ENTER);
    is_int(ui->layer, LAYER_QUESTION, "a kill is asked about");
    has_str(ui->question, "higgstools of point 4802", "with what is killed");
    ui_key(ui, model, 'x');
    is_int(ui->layer, LAYER_NONE, "default no");
}

/* ---- settings ------------------------------------------------------------------------------- */

static void test_settings(void)
{
    static const char text[] = "# mine\nset symbols=braille\nbind F9 show log\nset mouse=on\n"
                               "bind C-d show map\nset colour=8\n\nfoo bar\n";
    struct err err = ERR_INIT;
    if (file_write("settings", text, sizeof text - 1, &err) != 0)
        bail_out("%s", err.message);
    ui->has_mouse = false;
    console_read_settings(ui, model, "settings");
    ok(ui->symbols == SYMBOLS_BRAILLE && ui->colors == COLORS_8 && ui->has_mouse, "are read");
    has_str(ui->message, "settings:8:", "what is wrong is told with its line");
    is_str(console_binding(ui->console, TK_F9), "show log", "a key is bound");
    ui->screen = SCREEN_OVERVIEW;
    ui_key(ui, model, TK_F9);
    is_int(ui->screen, SCREEN_LOG, "and does it");
    ui_key(ui, model, TK_CTRL('D'));
    is_int(ui->screen, SCREEN_MAP, "also where it had a meaning of its own");
    ui_command(ui, model, "bind F9");
    ok(console_binding(ui->console, TK_F9) == NULL, "bind without a command gives it back");
    ui_command(ui, model, "set symbols=ascii");
    ui_command(ui, model, "set color=never");
    ui->screen = SCREEN_OVERVIEW;
    console_read_settings(ui, model, "no such file");
    for (int key = 1; key < TK_END_OF_KEYS; key++) {
        char name[16];
        if (key == 0x7f)
            key = TK_UP;
        if (key == TK_RESIZE || key == TK_MOUSE || key == '\t' || key == 0x1b || key < 0x20)
            continue;
        key_name(name, key);
        if (key_from_name(name, strlen(name)) != key && name[0] != '?')
            fail("key %x is called %s", (unsigned)key, name);
    }
    is_int(key_from_name("C-d", 3), 4, "C-d");
    is_int(key_from_name("^D", 2), 4, "^D");
    is_int(key_from_name("\303\274", 2), 0xfc, "a letter beyond ASCII");
    is_int(key_from_name("Foo", 3), TK_NONE, "no key");
}

/* ---- programs in the background ------------------------------------------------------------- */

static void wait_for_children(void)
{
    while (console_children(ui, model)) {
        int fds[8];
        struct pollfd polled[8];
        size_t n = console_descriptors(ui->console, fds, 8);
        for (size_t i = 0; i < n; i++)
            polled[i] = (struct pollfd){.fd = fds[i], .events = POLLIN};
        (void)poll(polled, n, 5);
    }
}

static void test_children(void)
{
    console_set_program(ui->console, "/bin/echo");
    ui->width = 200;
    model->engine.is_alive = false;
    ui_command(ui, model, "cut cut1: omega < 0.12");
    is_str(ui->message, ":cut cut1: omega < 0.12 ...", "a command at rest is given in background");
    wait_for_children();
    is_str(ui->message, ":cut cut1: omega < 0.12 -> tell DB cut cut1: omega < 0.12",
           "to the store by tell, and its answer is said");
    ui_mark(ui, 12, true);
    ui_mark(ui, 7, true);
    ui_command(ui, model, "export out.tsv marked");
    wait_for_children();
    has_str(ui->message, "export DB --format tsv -o out.tsv --force --where id == 7 or id == 12",
            "an export of what is marked");
    ui_command(ui, model, "plot map -o 'my map.png'");
    wait_for_children();
    has_str(ui->message, "plot DB map -o my map.png", "a picture");
    console_set_program(ui->console, "/bin/false");
    ui_command(ui, model, "export out.csv");
    wait_for_children();
    ok(ui->is_warning, "one that fails is a warning");
    has_str(ui->message, "export out.csv failed", "with the line");
    console_set_program(ui->console, "/no/such/program");
    ui_command(ui, model, "export out.csv");
    ok(ui->is_warning, "one that cannot be started too");
    model->engine.is_alive = true;
}

int main(void)
{
    model = help_model();
    ui = help_ui(model);
    test_faults();
    test_strange_names();
    test_line_stays();
    test_completion();
    test_files();
    test_history();
    test_preview();
    test_pin();
    test_other_previews();
    test_settings();
    test_children();
    ui_free(ui);
    help_model_free(model);
    return done_testing();
}
