/* t-tui-session.c: the program itself on a pseudo terminal: scripts of keys, how the terminal is
 * left, refusals, a scan below the workbench that survives it, and an engine that cannot begin.
 *
 * What is on the screen is asked for with ^L, which sends all of it again.  Nothing here waits for
 * a time, but for words to appear. */
#include "t-store-help.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <termios.h>

enum { ROOM = 1 << 22, PATIENCE_S = 60 };

static const char enter_screen[] = "\033[?1049h", leave_screen[] = "\033[?1049l";

/* ---- a program on a pseudo terminal -----------------------------------------------------------
 */

struct session {
    pid_t pid;
    int fd, slave;
    struct buf said; /* all that it wrote */
    size_t from;     /* what was not looked at yet begins here */
    struct termios before;
    struct process_end end;
};

struct setting {
    const char *term, *locale, *no_color;
    int width, height;
};

static const struct setting usual = {"xterm-256color", "C", NULL, 80, 24};

static void become(const struct session *session, const char *const *argv,
                   const struct setting *setting)
{
    setsid();
    ioctl(session->slave, TIOCSCTTY, 0);
    dup2(session->slave, 0);
    dup2(session->slave, 1);
    dup2(session->slave, 2);
    unsetenv("LINES");
    unsetenv("COLUMNS");
    unsetenv("NO_COLOR");
    unsetenv("LANG");
    setenv("LC_ALL", setting->locale, 1);
    setenv("TZ", "UTC", 1);
    if (setting->term)
        setenv("TERM", setting->term, 1);
    else
        unsetenv("TERM");
    if (setting->no_color)
        setenv("NO_COLOR", setting->no_color, 1);
    execv(argv[0], (char *const *)(uintptr_t)argv);
    _exit(99);
}

static void start_with(struct session *session, const struct setting *setting,
                       const char *const *argv)
{
    struct winsize size = {.ws_col = (unsigned short)setting->width,
                           .ws_row = (unsigned short)setting->height};

    *session = (struct session){.fd = posix_openpt(O_RDWR | O_NOCTTY)};
    if (session->fd < 0 || grantpt(session->fd) != 0 || unlockpt(session->fd) != 0)
        skip_all("there are no pseudo terminals here: %s", strerror(errno));
    session->slave = open(ptsname(session->fd), O_RDWR | O_NOCTTY);
    buf_init(&session->said, ROOM);
    ioctl(session->slave, TIOCSWINSZ, &size);
    tcgetattr(session->slave, &session->before);
    fflush(NULL);
    session->pid = fork();
    if (session->pid == 0)
        become(session, argv, setting);
}

#define start(session, setting, ...)                                                               \
    start_with(session, setting, (const char *const[]){getenv("TH"), __VA_ARGS__, NULL})

/* Reads what is there within the time; true when there was something. */
static bool listen(struct session *session, int wait_ms)
{
    struct pollfd fd = {.fd = session->fd, .events = POLLIN};
    struct err err = ERR_INIT;
    char bytes[4096];
    ssize_t n;

    if (poll(&fd, 1, wait_ms) <= 0 || (n = read(session->fd, bytes, sizeof bytes)) <= 0)
        return false;
    if (buf_append(&session->said, bytes, (size_t)n, &err) != 0)
        bail_out("%s", err.message);
    return true;
}

static void type(struct session *session, const char *keys)
{
    if (write(session->fd, keys, strlen(keys)) < 0)
        diag("cannot type: %s", strerror(errno));
}

static const char *said(const struct session *session)
{
    return session->said.data ? session->said.data : "";
}

/* Is, or will be, this word on the screen?  Paints it again to find out. */
static bool sees(struct session *session, const char *word)
{
    double until = clock_steady_s() + PATIENCE_S;

    while (clock_steady_s() < until && process_poll(session->pid, &session->end) == 0) {
        size_t from = session->said.len;
        type(session, "\f");
        while (listen(session, 200))
            if (strstr(said(session) + from, word))
                return true;
    }
    diag("did not see \"%s\"; the last words: %.2000s", word,
         said(session) + (session->said.len > 2000 ? session->said.len - 2000 : 0));
    return false;
}

/* Waits for its end; its exit status, -signal, or -1000. */
static int ending(struct session *session)
{
    double until = clock_steady_s() + PATIENCE_S;
    int got = 0;

    while ((got = process_poll(session->pid, &session->end)) == 0 && clock_steady_s() < until)
        (void)listen(session, 20);
    while (listen(session, 0))
        ;
    if (got == 0) {
        diag("it does not end: %.2000s", said(session));
        process_kill_group(session->pid, SIGKILL);
        process_wait(session->pid, -1, &session->end);
        return -1000;
    }
    return session->end.is_signal ? -session->end.status : session->end.status;
}

/* Is a colour among what ESC [ ... m sets?  0 to 29 are attributes, 39 and 49 take colours away. */
static bool has_color(const struct session *session)
{
    const char *at = said(session);

    while ((at = strstr(at, "\033[")) != NULL) {
        size_t n = strspn(at += 2, "0123456789;");
        char *next = NULL;

        if (at[n] != 'm')
            continue;
        while (n > 0 && at[0] != 'm') {
            long value = strtol(at, &next, 10);
            if (value >= 30 && value != 39 && value != 49)
                return true;
            at = *next == ';' ? next + 1 : next;
        }
    }
    return false;
}

static bool is_restored(const struct session *session)
{
    const char *entered = strstr(said(session), enter_screen), *left = NULL, *at;
    struct termios now;

    for (at = entered; at && (at = strstr(at, leave_screen)) != NULL; at++)
        left = at;
    if (!entered || !left || strstr(left, enter_screen)) {
        diag("the screen was not given back");
        return false;
    }
    tcgetattr(session->slave, &now);
    return now.c_lflag == session->before.c_lflag && now.c_iflag == session->before.c_iflag &&
           now.c_oflag == session->before.c_oflag;
}

static void done(struct session *session)
{
    close(session->fd);
    close(session->slave);
    buf_free(&session->said);
}

/* ---- scripts ----------------------------------------------------------------------------------
 */

static void make_store(const char *path)
{
    struct store *store = help_create(path);
    struct engine_row engine = {.pid = 1, .host = "elsewhere", .state = "done", .beat = 1.7e9};
    struct err err = ERR_INIT;
    uint32_t round;

    help_fill(store, 1, 200);
    store_begin(store, &err);
    snprintf(engine.words, sizeof engine.words, "the goal is reached: 100 points");
    for (round = 0; round < 10; round++) {
        struct round_row row = {.round = round,
                                .first_id = 20 * (uint64_t)round + 1,
                                .n_points = 20,
                                .started = 1.7e9,
                                .ended = 1.7e9 + 60,
                                .promised = NAN,
                                .volume = NAN,
                                .volume_error = NAN};
        store_put_round(store, &row, &err);
    }
    store_beat(store, &engine, &err);
    if (store_commit(store, &err) != 0)
        bail_out("%s", err.message);
    store_close(store);
}

static void write_text(const char *path, const char *text)
{
    struct err err = ERR_INIT;

    if (file_write(path, text, strlen(text), &err) != 0)
        bail_out("%s", err.message);
}

static void is_screen(const char *path, int width, int height, const char *part)
{
    struct err err = ERR_INIT;
    struct buf text;
    int n_lines = 0, column = 0, widest = 0;
    size_t i;

    buf_init(&text, 1 << 20);
    if (!ok(buf_read_file(&text, path, &err) == 0, "%s was written", path))
        return;
    for (i = 0; i < text.len; i++) {
        column = text.data[i] == '\n' ? 0 : column + 1;
        widest = column > widest ? column : widest;
        n_lines += text.data[i] == '\n';
    }
    is_int(n_lines, height, "%s has %d lines", path, height);
    ok(widest <= width, "at most %d columns", width);
    has_str(text.data, part, "%s shows %s", path, part);
    buf_free(&text);
}

static void test_script(void)
{
    struct session session;

    write_text("keys.txt", "# the screens one after another\n"
                           "\n"
                           ":wait idle\n"
                           ":save-screen overview.txt\n"
                           ":map mA s\n"
                           ":wait idle\n"
                           ":save-screen map.txt\n"
                           "4 G\n"
                           ":wait idle\n"
                           ":save-screen points.txt\n"
                           "\\ \"mh > 0.9\" Enter\n"
                           ":wait idle\n"
                           ":save-screen filter.txt\n"
                           "?\n"
                           ":save-screen help.txt\n"
                           "Esc\n"
                           ":show log\n"
                           ":wait done\n"
                           ":save-screen log.txt\n");
    start(&session, &usual, "attach", "done.db", "--script", "keys.txt");
    is_int(ending(&session), 0, "a script ends well");
    is_screen("overview.txt", 80, 24, "[1 Overview]");
    is_screen("map.txt", 80, 24, "[2 Map]");
    is_screen("map.txt", 80, 24, "s against mA");
    is_screen("points.txt", 80, 24, "[4 Points]");
    is_screen("filter.txt", 80, 24, "mh > 0.9");
    is_screen("help.txt", 80, 24, "Everywhere");
    is_screen("log.txt", 80, 24, "[6 Log]");
    ok(is_restored(&session), "the terminal is as before");
    has_str(said(&session), "theodolite status done.db", "what to do next is said");
    ok(has_color(&session) && strstr(said(&session), "38;5;75"), "accepted points are blue");
    done(&session);

    const struct setting wide = {"xterm-256color", "C", "1", 120, 40};
    start(&session, &wide, "attach", "done.db", "--script", "keys.txt");
    is_int(ending(&session), 0, "the same with NO_COLOR, 120 by 40");
    is_screen("map.txt", 120, 40, "[2 Map]");
    ok(!has_color(&session), "there is no colour");
    done(&session);

    start(&session, &usual, "attach", "done.db", "--color", "never", "--script", "keys.txt");
    is_int(ending(&session), 0, "and with --color never");
    ok(!has_color(&session), "there is no colour");
    done(&session);

    write_text("wrong.txt", "j k\nj Entre\n");
    start(&session, &usual, "attach", "done.db", "--script", "wrong.txt");
    is_int(ending(&session), 2, "a script with a wrong key is refused");
    has_str(said(&session), "wrong.txt:2: no key is called \"Entre\"", "with its place");
    ok(!strstr(said(&session), enter_screen), "before the screen is taken");
    done(&session);
}

/* ---- where no screen can be -------------------------------------------------------------------
 */

static void is_refused(const char *term, const char *part)
{
    const struct setting setting = {term, "C", NULL, 80, 24};
    struct session session;

    start(&session, &setting, "attach", "done.db");
    is_int(ending(&session), 2, "TERM=%s is refused", term ? term : "(unset)");
    has_str(said(&session), part, "the reason is told");
    has_str(said(&session), "theodolite status done.db", "and what can be done");
    ok(!strchr(said(&session), '\033'), "nothing is drawn");
    done(&session);
    start(&session, &setting, "run", "slow.yaml", "--db", "never.db");
    is_int(ending(&session), 2, "also for run");
    has_str(said(&session), "theodolite run slow.yaml --headless", "which has --headless");
    ok(!file_exists("never.db"), "nothing was begun");
    done(&session);
}

static void test_refusals(void)
{
    is_refused("dumb", "TERM is \"dumb\"");
    is_refused(NULL, "TERM is not set");
    is_refused("no-such-terminal", "TERM is \"no-such-terminal\"");
}

/* ---- a scan below the workbench ---------------------------------------------------------------
 */

static struct engine_row engine_of(const char *path)
{
    struct engine_row row = {.pid = 0};
    struct err err = ERR_INIT;
    struct store *store = store_open(path, STORE_READ, &err);

    if (store)
        store_engine(store, &row, &err);
    store_close(store);
    return row;
}

/* The row of an engine that is not the one before: after its first beat. */
static struct engine_row engine_after(const char *path, int64_t before)
{
    double until = clock_steady_s() + PATIENCE_S;
    struct engine_row row = engine_of(path);

    while ((row.pid == before || !row.is_alive) && clock_steady_s() < until) {
        (void)poll(NULL, 0, 20);
        row = engine_of(path);
    }
    return row;
}

static void test_leaving(void)
{
    struct session session, second;

    start(&session, &usual, "run", "slow.yaml", "--db", "slow.db");
    ok(sees(&session, "RUN"), "a scan runs below the workbench");
    type(&session, "q");
    ok(sees(&session, "etach"), "q asks");
    type(&session, "d");
    is_int(ending(&session), 0, "detaching ends well");
    has_str(said(&session), "theodolite attach slow.db", "and says how to come back");
    ok(is_restored(&session), "the terminal is as before");
    done(&session);
    ok(engine_of("slow.db").is_alive, "the scan goes on");

    start(&session, &usual, "attach", "slow.db");
    start(&second, &usual, "attach", "slow.db");
    ok(sees(&session, "RUN") && sees(&second, "RUN"), "two watch it");
    kill(session.pid, SIGKILL);
    is_int(ending(&session), -SIGKILL, "one is killed");
    done(&session);
    type(&second, "p");
    ok(sees(&second, "PAUSE"), "the other one steers");
    type(&second, "p");
    ok(sees(&second, "RUN"), "on");
    kill(second.pid, SIGTERM);
    is_int(ending(&second), 130, "SIGTERM ends it");
    has_str(said(&second), "theodolite attach slow.db", "which says how to come back as well");
    ok(is_restored(&second), "and the terminal is as before");
    done(&second);
    start(&second, &usual, "attach", "slow.db");
    ok(sees(&second, "RUN"), "it still runs");
    kill(second.pid, SIGSEGV);
    ok(ending(&second) != 0, "a crash of the workbench");
    ok(is_restored(&second), "gives the terminal back");
    done(&second);
}

static void test_engine_gone(void)
{
    struct session session, second;
    struct engine_row engine = engine_of("slow.db");

    ok(engine.is_alive, "the scan goes on");
    start(&session, &usual, "attach", "slow.db");
    ok(sees(&session, "RUN"), "it is watched");
    kill((pid_t)engine.pid, SIGKILL);
    ok(sees(&session, "ERROR"), "a killed engine is shown");
    ok(sees(&session, "theodolite resume slow.db"), "with what to do");
    type(&session, "q");
    is_int(ending(&session), 0, "there is nothing to ask then");
    has_str(said(&session), "theodolite resume slow.db", "and it is said again");
    done(&session);

    start(&session, &usual, "resume", "slow.db");
    ok(sees(&session, "RUN"), "resume goes on, with the workbench");
    engine = engine_after("slow.db", engine.pid);
    start(&second, &usual, "attach", "slow.db");
    ok(sees(&second, "RUN"), "somebody else looks");
    kill((pid_t)engine.pid, SIGKILL);
    ok(sees(&session, "ERROR"), "its own engine killed is shown");
    ok(sees(&second, "ERROR"), "to the other one too");
    type(&second, "q");
    is_int(ending(&second), 0, "who leaves");
    done(&second);
    type(&session, "q");
    is_int(ending(&session), 1, "a scan that was killed did not end well");
    has_str(said(&session), "SIGKILL", "which is said");
    done(&session);

    start(&session, &usual, "resume", "slow.db");
    ok(sees(&session, "RUN"), "resume once more");
    type(&session, "q");
    ok(sees(&session, "etach"), "q asks");
    type(&session, "n");
    ok(sees(&session, "Stop now"), "and once more before work is lost");
    type(&session, "y");
    is_int(ending(&session), 0, "stop now waits for the engine");
    ok(!engine_of("slow.db").is_alive, "which is gone");
    has_str(said(&session), "theodolite resume slow.db", "and how to go on is said");
    done(&session);
}

static void test_no_beginning(void)
{
    struct session session;

    write_text("broken.sh", "#!/no/such/interpreter\n");
    chmod("broken.sh", 0755);
    write_text("broken.yaml", "goal: 100 points\n"
                              "parameters:\n"
                              "  x: uniform 0 .. 1\n"
                              "calculators:\n"
                              "  broken: {run: ./broken.sh}\n"
                              "search: {method: random, batch: 20}\n");
    start(&session, &usual, "run", "broken.yaml", "--db", "broken.db");
    ok(sees(&session, "ERROR"), "an engine that cannot go on is shown");
    ok(sees(&session, "cannot be started"), "with its words");
    type(&session, "q");
    is_int(ending(&session), 3, "the exit status is the engine's");
    has_str(strrchr(said(&session), '\033') ? strstr(said(&session), leave_screen) : "",
            "a calculator cannot be started", "and its words are said again");
    done(&session);
}

int main(void)
{
    const char *folder = getenv("TMPDIR");

    if (!getenv("TH"))
        skip_all("TH does not name the program");
    if (chdir(folder ? folder : "/tmp") != 0)
        bail_out("no folder");
    make_store("done.db");
    write_text("slow.yaml", "goal: 1000000 points\n"
                            "parameters:\n"
                            "  x: uniform 0 .. 1\n"
                            "  y: uniform 0 .. 1\n"
                            "calculators:\n"
                            "  wait: {run: sleep 0.05}\n"
                            "constraints:\n"
                            "  low: x < 0.5\n"
                            "search: {method: random, batch: 20}\n"
                            "run: {workers: 2}\n");
    test_script();
    test_refusals();
    test_leaving();
    test_engine_gone();
    test_no_beginning();
    if (engine_of("slow.db").is_alive) /* something went wrong: nothing is left behind */
        kill((pid_t)engine_of("slow.db").pid, SIGKILL);
    return done_testing();
}
