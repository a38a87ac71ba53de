/* console-check.c: what is wrong with a line, before it is given to anybody. */
#include "console-private.h"

#include <stdio.h>
#include <string.h>

size_t console_names(const char **names, size_t n_max)
{
    const char *const *engine = engine_command_names();
    size_t n = 0;
    for (; *engine != NULL && n < n_max; engine++)
        names[n++] = *engine;
    for (const struct console_order *order = console_orders; order->name != NULL && n < n_max;
         order++)
        names[n++] = order->name;
    return n;
}

const char *console_help_of(const char *name)
{
    const struct console_order *order = console_order_of(name);
    return order != NULL ? order->help : engine_command_help(name);
}

bool console_check(const struct ui *ui, const struct model *model, const char *text,
                   struct console_fault *fault)
{
    struct console_words words = console_split(text);
    (void)ui, (void)model;
    if (console_help_of(words.name) != NULL)
        return true;
    snprintf(fault->words, sizeof fault->words, "there is no command \"%s\"", words.name);
    fault->at = words.name_at;
    return false;
}

bool console_question(const struct model *model, const char *text, char *out, size_t size)
{
    struct console_words words = console_split(text);
    (void)model;
    if (strcmp(words.name, "kill") != 0 && strcmp(text, "stop now") != 0)
        return false;
    snprintf(out, size, "%s?", text);
    return true;
}
