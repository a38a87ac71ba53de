/* proposer.h: the engine's second thread, which trains and proposes.  It gets a snapshot, returns a
 * batch, and touches neither store nor events.  An integration has it do its own work. */
#ifndef ENGINE_PROPOSER_H
#define ENGINE_PROPOSER_H

#include "theodolite/survey.h"

struct proposer;
struct proposer *proposer_create(struct err *err);
void proposer_free(struct proposer *proposer); /* waits for the job in hand */
/* Readable when a job is done. */
int proposer_fd(const struct proposer *proposer);
bool proposer_is_busy(const struct proposer *proposer);
/* How long the job in hand has been at work; 0: there is none, or it is done. */
double proposer_busy_s(const struct proposer *proposer);
/* Wall clock from asking for the last job that was done to having it; NaN: none was. */
double proposer_took_s(const struct proposer *proposer);
/* Takes the snapshot; copies the carry. */
int proposer_ask(struct proposer *proposer, struct survey_snapshot *take_snapshot,
                 uint64_t first_id, const struct buf *carry, struct err *err);
/* Runs this there instead: what it works on is left alone until proposer_finish. */
void proposer_run(struct proposer *proposer, int (*work)(void *context, struct err *err),
                  void *context);
/* 1: done; 0: still at work, or there is no work; -1: it failed. */
int proposer_finish(struct proposer *proposer, struct err *err);
/* 1 and the batch, which the caller frees; 0: still at work; -1: it failed. */
int proposer_take(struct proposer *proposer, struct survey_batch *batch, struct err *err);

#endif
