/* t-tui-lists.c: cursors in lists, lines being typed, ends of values, short times. */
#include "t-tui-help.h"

static void test_cursor(void)
{
    struct list_cursor list = {0};

    list_keep(&list, 100, 10);
    ok(list_move(&list, 'j') && list.at == 1 && list.top == 0, "down");
    ok(list_move(&list, TK_PAGE_DOWN) && list.at == 10 && list.top == 1, "a page keeps one line");
    ok(list_move(&list, 'G') && list.at == 99 && list.top == 90, "to the last");
    ok(list_move(&list, TK_DOWN) && list.at == 99, "and not beyond");
    ok(list_move(&list, TK_CTRL('U')) && list.at == 94 && list.top == 90, "half a page up");
    ok(list_move(&list, 'g') && list.at == 0 && list.top == 0, "to the first");
    ok(list_move(&list, 'k') && list.at == 0, "and not before");
    ok(!list_move(&list, 'x'), "other keys are not for it");
    list.at = 50;
    list_keep(&list, 100, 10);
    is_size(list.top, 41, "the cursor comes into sight");
    list_keep(&list, 20, 10);
    ok(list.at == 19 && list.top == 10, "fewer rows: the cursor is on the last");
    list_keep(&list, 20, 40);
    is_size(list.top, 0, "all of them in sight: none is hidden");
    list_keep(&list, 0, 10);
    ok(list_move(&list, 'j') && list.at == 0 && list_move(&list, 'G') && list.at == 0,
       "an empty list");
}

static void type(struct line_edit *line, const char *text)
{
    for (; *text; text++)
        line_key(line, *text);
}

static void test_line(void)
{
    static struct line_edit line;
    size_t i;

    type(&line, "omega < 0.12");
    is_str(line.text, "omega < 0.12", "typed");
    line_key(&line, TK_HOME);
    line_key(&line, TK_DELETE);
    line_key(&line, 0xdf);
    is_str(line.text, "\xc3\x9fmega < 0.12", "replaced the first letter");
    is_size(line.at, 2, "the cursor counts bytes");
    line_key(&line, TK_LEFT);
    is_size(line.at, 0, "and moves by characters");
    line_key(&line, TK_RIGHT);
    line_key(&line, TK_BACKSPACE);
    is_str(line.text, "mega < 0.12", "Backspace takes the whole character");
    line_key(&line, TK_CTRL('E'));
    line_key(&line, TK_CTRL('W'));
    is_str(line.text, "mega < ", "^W takes a word");
    line_key(&line, TK_CTRL('A'));
    line_key(&line, TK_RIGHT);
    line_key(&line, TK_CTRL('K'));
    is_str(line.text, "m", "^K the rest");
    line_key(&line, TK_CTRL('U'));
    is_str(line.text, "", "^U what stands before");
    ok(!line_key(&line, TK_ENTER) && !line_key(&line, TK_UP) && !line_key(&line, 27),
       "Enter and others are for somebody else");
    for (i = 0; i < 2000; i++)
        line_key(&line, 0x3b1);
    ok(line.n < sizeof line.text && line.n % 2 == 0, "it is full, and whole");
    line_set(&line, "abc");
    ok(line.n == 3 && line.at == 3, "set");
}

static void test_ranges(void)
{
    struct model *model = help_model();
    double lo, hi;

    value_range(model, 0, &lo, &hi);
    ok(lo == 50 && hi == 5000, "a parameter's prior");
    ok(!value_is_log(model, 0) && value_is_log(model, 2), "its scale");
    value_range(model, 4, &lo, &hi);
    ok(lo == -2 && hi == 2, "choices stand in the middle of their cells (%g, %g)", lo, hi);
    value_range(model, 7, &lo, &hi);
    ok(lo < hi && lo == model->parts.said->lo[7] && hi == model->parts.said->hi[7],
       "an observable: what was seen");
    model->parts.said->lo[7] = model->parts.said->hi[7] = 3;
    value_range(model, 7, &lo, &hi);
    ok(lo < 3 && hi > 3, "never empty");
    model->parts.said = NULL;
    value_range(model, 7, &lo, &hi);
    ok(lo == 0 && hi == 1, "nothing was seen");
    help_model_free(model);
}

static void test_dependent(void)
{
    static const char text[] = "scan: d\ngoal: 10 points\nparameters:\n"
                               "  m0: uniform 100 .. 1000\n"
                               "  A0: uniform -3*m0 .. 3*m0\n"
                               "  n: integer 1 .. 6\n"
                               "  mt: normal 172.5 +- 0.5\n"
                               "calculators:\n  c:\n    read:\n      s: = m0\n"
                               "constraints:\n  low: s < 500\n";
    struct scan_diagnostics *diagnostics = scan_diagnostics_create();
    struct scan_options options = {.sets = NULL};
    struct err err = ERR_INIT;
    struct model model = {0};
    double lo, hi;

    if (scan_parse(text, "d.yaml", "/", &options, &model.scan, diagnostics, &err) != 0 ||
        scan_n_errors(diagnostics) > 0)
        bail_out("the scan is not read: %s", err.message);
    value_range(&model, 1, &lo, &hi);
    ok(lo == -3000 && hi == 3000, "bounds that depend on others at their ends (%g, %g)", lo, hi);
    value_range(&model, 2, &lo, &hi);
    ok(lo == 0.5 && hi == 6.5, "whole cells of integers");
    value_range(&model, 3, &lo, &hi);
    ok(lo == 170.5 && hi == 174.5, "four sigma");
    scan_diagnostics_free(diagnostics);
    scan_free(model.scan);
}

static void test_times(void)
{
    char out[16];

    setenv("TZ", "UTC", 1);
    tzset();
    is_str(time_of_day(out, mssm_now), "02:14:37", "time of day");
    is_str(time_of_day(out, NAN), "--:--:--", "unknown");
    is_str(time_short(out, 41), "00:41", "seconds");
    is_str(time_short(out, 3599.9), "59:59", "minutes");
    is_str(time_short(out, 11520), "3 h 12 min", "hours");
    is_str(time_short(out, 200000), "2 d 7 h", "days");
    is_str(time_short(out, NAN), "-", "unknown");
    is_str(time_short(out, -1), "-", "not negative");
}

int main(void)
{
    test_cursor();
    test_line();
    test_ranges();
    test_dependent();
    test_times();
    return done_testing();
}
