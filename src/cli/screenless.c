/* screenless.c: what stands in for src/tui/ where it was configured away: one sentence. */
#include "theodolite/tui.h"

#include "config.h"

#if !TH_HAVE_TUI

static int refuse(struct err *err)
{
    return err_set(err, ERR_USAGE,
                   "this program was built without its screens (./configure --disable-tui)");
}

int tui_can_start(struct err *err)
{
    return refuse(err);
}

int tui_check_options(const struct tui_options *options, struct err *err)
{
    (void)options;
    return refuse(err);
}

int tui_run(const char *store_path, const struct tui_options *options, enum tui_left *left,
            struct err *err)
{
    (void)store_path;
    (void)options;
    *left = TUI_DETACHED;
    return refuse(err);
}

int tui_show(const char *store_path, const struct tui_shot *shot, struct buf *out, struct err *err)
{
    (void)store_path;
    (void)shot;
    (void)out;
    return refuse(err);
}

const char *const *tui_screen_names(void)
{
    static const char *const none[] = {NULL};
    return none;
}

#endif
