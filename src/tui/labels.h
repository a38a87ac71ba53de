/* labels.h: which labels the stored points have, for src/tui alone. */
#ifndef TUI_LABELS_H
#define TUI_LABELS_H

#include "theodolite/store.h"

struct labels {
    char *text;    /* scan and live cuts; owned by whoever read it */
    uint64_t from; /* the first point that was proposed with these labels */
    uint64_t sign; /* of both; never 0 */
};
/* As of the moment that the store is read at. */
int labels_read(struct store *store, struct labels *labels, struct err *err);

#endif
