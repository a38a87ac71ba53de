/* console-names.c: names in a line that nothing has, and the nearest that something has: told while
 * they are typed, and again when the line is given.  What else is wrong is console-check.c. */
#include "console-private.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

const char *console_no_such(char *out, size_t size, const char *what, const char *word,
                            const char *const *names, size_t n)
{
    const char *nearest = text_nearest(word, names, n);
    char list[UI_TEXT] = "";
    size_t length = 0;
    if (nearest != NULL) {
        snprintf(out, size, "there is no %s \"%s\"; did you mean \"%s\"?", what, word, nearest);
        return out;
    }
    for (size_t i = 0; i < n && length < 160; i++)
        length += (size_t)snprintf(list + length, sizeof list - length, " %.60s", names[i]);
    snprintf(out, size, "there is no %s \"%s\"%s%s%s", what, word, n > 0 ? "; there are:" : "",
             list, length >= 160 ? " ..." : "");
    return out;
}

size_t console_free_parameters(const struct model *model, const char **names, size_t n_max)
{
    size_t n = 0;
    for (size_t i = 0; i < model->scan->n_params && n < n_max; i++)
        if (model->scan->params[i].kind != PRIOR_FIXED &&
            model->scan->params[i].kind != PRIOR_DERIVED)
            names[n++] = model->scan->params[i].name;
    return n;
}

/* Is it one of the names, or where it is not ended yet the beginning of one? */
static bool is_known(const char *word, bool is_ended, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (is_ended ? strcmp(names[i], word) == 0 : strncmp(names[i], word, strlen(word)) == 0)
            return true;
    return false;
}

/* Behind a name: past "= LOW .. HIGH" or "in LOW .. HIGH", and "and", to where the next one begins.
 */
static const char *next_name(bool is_pin, const char *at)
{
    at += strspn(at, " \t");
    if (at[0] == '=')
        at++;
    else if (is_pin && strncmp(at, "in", 2) == 0)
        at += 2;
    at += strspn(at, " \t");
    at += strcspn(at, " ,\t"); /* the first number, whatever it is */
    at += strspn(at, " ,\t");
    while (at[0] != '\0' && !isalpha((unsigned char)at[0]) && at[0] != '_') {
        at += strcspn(at, " ,\t");
        at += strspn(at, " ,\t");
    }
    if (is_pin && strncmp(at, "and", 3) == 0 && (at[3] == '\0' || at[3] == ' '))
        at += 3;
    return at + strspn(at, " \t");
}

bool console_strange_name(const struct model *model, bool is_pin, const char *rest, char *out,
                          size_t size)
{
    const char *names[CONSOLE_NAMES + 2], *at = rest + strspn(rest, " \t");
    size_t n_told = console_free_parameters(model, names, CONSOLE_NAMES), n = n_told, i;
    if (is_pin) {
        names[n++] = "share";
        names[n++] = "and"; /* that may be begun, too */
    }
    for (i = 0; at[0] != '\0'; i++) {
        char word[64];
        size_t length = strspn(at, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                   "0123456789_");
        const char *behind = at + length + strspn(at + length, " \t");
        bool is_ended = behind[0] != '\0', is_one;
        if (length == 0 || length >= sizeof word || (!is_pin && behind[0] != '='))
            return false; /* something else, as the name of a file */
        snprintf(word, sizeof word, "%.*s", (int)length, at);
        is_one = is_known(word, is_ended, names, is_pin && (i == 0 || is_ended) ? n - 1 : n);
        if (!is_one && !is_pin) /* a fixed or a derived one may be given, too */
            is_one = scan_value_index(model->scan, word) < model->scan->n_params;
        if (!is_one) {
            console_no_such(out, size, is_pin ? "free parameter" : "parameter", word, names,
                            n_told);
            return true;
        }
        at = next_name(is_pin, behind);
    }
    return false;
}
