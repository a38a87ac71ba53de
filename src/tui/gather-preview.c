#include "gather-private.h"
int preview_step(struct gathering *g, bool *did, struct err *err)
{
    (void)g, (void)did, (void)err;
    return 0;
}
void preview_free(struct preview_work *work)
{
    (void)work;
}
void preview_values(struct gathering *g)
{
    (void)g;
}
