#include "gather-private.h"
int inputs_step(struct gathering *g, bool *did, struct err *err)
{
    (void)g, (void)did, (void)err;
    return 0;
}
void inputs_free(struct inputs_work *work)
{
    (void)work;
}
void inputs_values(struct gathering *g)
{
    (void)g;
}
