/* wire.h: the frames between engine and worker.
 *
 * The worker's first words are the line "theodolite worker 1"; what a launcher prints before it is
 * passed over.  Then both sides send frames: 4 bytes length of the payload (little-endian), 1 byte
 * type, the payload.  Numbers are little-endian, doubles as IEEE 754 bytes. */
#ifndef WORK_WIRE_H
#define WORK_WIRE_H

#include "theodolite/calc.h"

#define WIRE_GREETING "theodolite worker 1\n"

enum { WIRE_HEAD = 5, WIRE_MAX_FRAME = 1 << 30 };

enum wire_type {
    WIRE_SETUP = 'S',  /* to the worker: scan, folders */
    WIRE_POINTS = 'P', /* to the worker: points to run */
    WIRE_KILL = 'K',   /* to the worker: end this point's calculator */
    WIRE_LIMIT = 'L',  /* to the worker: how long a calculator may run: its number, seconds */
    WIRE_TASK = 'T',   /* to the worker: what points are from now on: the task, its data */
    WIRE_READY = 'R',  /* from it: set up; tools' versions */
    WIRE_ERROR = 'E',  /* from it: cannot be set up */
    WIRE_BEGIN = 'B',  /* from it: a calculator (its number) begins with a point */
    WIRE_DONE = 'D'    /* from it: results */
};

struct wire_setup {
    const char *resolved, *path, *folder, *scratch;
    const char *const *plugin_dirs; /* NULL-terminated */
};

/* A cursor over a payload.  After an overrun is_bad stays set and every get gives 0. */
struct wire {
    const unsigned char *at, *end;
    bool is_bad;
};

uint32_t wire_get_u32(struct wire *wire);
uint64_t wire_get_u64(struct wire *wire);
float wire_get_float(struct wire *wire);
void wire_get_doubles(struct wire *wire, double *out, size_t n);
/* A string or bytes with a length before them; points into the payload, NUL-terminated there. */
const char *wire_get_bytes(struct wire *wire, size_t *n);

int wire_put_u32(struct buf *out, uint32_t value, struct err *err);
int wire_put_u64(struct buf *out, uint64_t value, struct err *err);
int wire_put_float(struct buf *out, float value, struct err *err);
int wire_put_doubles(struct buf *out, const double *values, size_t n, struct err *err);
int wire_put_bytes(struct buf *out, const void *data, size_t n, struct err *err);

/* A frame is written by begin, puts, end; *mark is what begin gave. */
int wire_begin(struct buf *out, enum wire_type type, size_t *mark, struct err *err);
void wire_end(struct buf *out, size_t mark);
/* The first whole frame of in: 1 and its parts, 0 if more bytes are needed, -1 if it is no frame.
 * *n_bytes: what the frame takes of `in`. */
int wire_next(const struct buf *in, size_t from, enum wire_type *type, struct wire *payload,
              size_t *n_bytes);

int wire_put_setup(struct buf *out, const struct wire_setup *setup, struct err *err);
/* Strings live in the arena. */
int wire_get_setup(struct wire *payload, struct arena *arena, struct wire_setup *setup,
                   struct err *err);
/* One result: the observables of the row (from n_params on) and the outcome. */
int wire_put_result(struct buf *out, uint64_t id, const double *observables, size_t n,
                    const struct outcome *outcome, struct err *err);
int wire_get_result(struct wire *payload, uint64_t *id, double *observables, size_t n,
                    struct outcome *outcome, struct err *err);

#endif
