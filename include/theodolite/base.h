/* base.h: what every room of the house stands on.
 *
 * Errors with a trail, memory, bounded buffers, text, counter-based random streams, matrices over
 * BLAS and LAPACK, clocks, and starting processes.  Nothing here knows what a scan is.
 *
 * Law of ownership, for the whole program: who creates frees; functions borrow `const` arguments
 * for the call and copy what they keep; a hand-over has `take_` or `_dup` in its name.
 *
 * Law of errors: a function that can fail returns int, 0 for success and -1 for failure, and fills
 * `struct err` (which may not be NULL).  A calculator's failure is data, never an err. */
#ifndef THEODOLITE_BASE_H
#define THEODOLITE_BASE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* ---- errors --------------------------------------------------------------------------------- */

/* X(code, name, text, exit status of the program when this ends it) */
#define ERR_LIST(X)                                                                                \
    X(ERR_NONE, "none", "no error", 0)                                                             \
    X(ERR_MEMORY, "memory", "out of memory", 1)                                                    \
    X(ERR_IO, "io", "input or output failed", 1)                                                   \
    X(ERR_FULL, "full", "no room on the disk", 1)                                                  \
    X(ERR_LIMIT, "limit", "a limit was reached", 1)                                                \
    X(ERR_STORE, "store", "the store cannot be used", 1)                                           \
    X(ERR_LOCKED, "locked", "another engine runs on this store", 1)                                \
    X(ERR_PROTOCOL, "protocol", "the other side broke the protocol", 1)                            \
    X(ERR_NUMERIC, "numeric", "a computation failed", 1)                                           \
    X(ERR_USAGE, "usage", "the command line cannot be understood", 2)                              \
    X(ERR_SCAN, "scan", "the scan file has errors", 2)                                             \
    X(ERR_START, "start", "a calculator cannot be started", 3)                                     \
    X(ERR_INTERRUPTED, "interrupted", "interrupted", 130)

enum err_code {
#define ERR_ENUM(code, name, text, status) code,
    ERR_LIST(ERR_ENUM)
#undef ERR_ENUM
};

struct err {
    enum err_code code;
    int sys;            /* errno, or 0 */
    char message[1024]; /* one sentence for people, possibly several lines */
    char trail[1024];   /* "while reading scan.yaml; while ...", innermost first */
};

#define ERR_INIT                                                                                   \
    {                                                                                              \
        .code = ERR_NONE                                                                           \
    }

/* All return -1, so that a failure is one line: return err_set(err, ERR_IO, "..."). */
int err_set(struct err *err, enum err_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Appends ": " and strerror(sys) to the message; ENOSPC and EDQUOT make the code ERR_FULL. */
int err_sys(struct err *err, enum err_code code, int sys, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* Adds "while ..." to the trail. */
int err_while(struct err *err, const char *format, ...) __attribute__((format(printf, 2, 3)));
void err_clear(struct err *err);
const char *err_name(enum err_code code);
const char *err_text(enum err_code code);
int err_exit_status(enum err_code code);

/* The one control-flow macro: the function has `int rc = -1;` and a label `out:` that frees. */
#define TRY(call)                                                                                  \
    do {                                                                                           \
        if ((call) != 0)                                                                           \
            goto out;                                                                              \
    } while (0)

/* ---- memory --------------------------------------------------------------------------------- */

/* n objects of `size` bytes, zeroed; NULL on overflow or when there is no memory.  n = 0 gives a
 * valid pointer.  All are freed with mem_free (NULL is fine). */
void *mem_array(size_t n, size_t size);
/* Resizes; what is new is zeroed.  On failure returns NULL and leaves `old` valid. */
void *mem_resize(void *old, size_t n_old, size_t n_new, size_t size);
char *mem_strdup(const char *text);
char *mem_strndup(const char *text, size_t n);
void *mem_memdup(const void *data, size_t n);
void mem_free(void *memory);
#define mem_new(type) ((type *)mem_array(1, sizeof(type)))
int mem_error(struct err *err); /* sets ERR_MEMORY, returns -1 */
/* For tests: the n-th allocation from now (1 = next) fails, once; 0 = never. Thread-local. */
void mem_fail_at(unsigned long n);
unsigned long mem_count(void); /* allocations so far in this thread */

/* An arena: many small strings and arrays that live and die together. */
struct arena;
struct arena *arena_create(void);
void arena_free(struct arena *arena);
void *arena_array(struct arena *arena, size_t n, size_t size); /* zeroed, NULL if out of memory */
char *arena_strdup(struct arena *arena, const char *text);
char *arena_strndup(struct arena *arena, const char *text, size_t n);
char *arena_printf(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* ---- bounded buffers ------------------------------------------------------------------------ */

/* Bytes that grow up to `max`; data is always terminated with a NUL that `len` does not count. */
struct buf {
    char *data;
    size_t len, cap, max;
};

void buf_init(struct buf *buf, size_t max);
void buf_free(struct buf *buf);
void buf_clear(struct buf *buf);
int buf_reserve(struct buf *buf, size_t extra, struct err *err);
int buf_append(struct buf *buf, const void *data, size_t n, struct err *err);
int buf_puts(struct buf *buf, const char *text, struct err *err);
int buf_printf(struct buf *buf, struct err *err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
int buf_vprintf(struct buf *buf, struct err *err, const char *format, va_list args)
    __attribute__((format(printf, 3, 0)));
void buf_drop_front(struct buf *buf, size_t n);
int buf_read_file(struct buf *buf, const char *path, struct err *err); /* appends the whole file */

/* ---- text ----------------------------------------------------------------------------------- */

/* The whole of `text` (blanks around it are fine) as a finite number: 0, else -1.  C locale
 * whatever the user's. */
int text_to_double(const char *text, double *value);
/* A number at the beginning, blanks around it; *text moves behind them.  ".." ends it, as in
 * "500..900".  0; else -1, with *text at what is no number. */
int text_take_double(const char **text, double *value);
int text_to_int64(const char *text, int64_t *value);
/* 17 significant digits, "1.2345678901234567e+03": reads back bit for bit, is never NaN: what is
 * not finite gives "". */
#define TEXT_DOUBLE_SIZE 32
const char *text_from_double(char out[TEXT_DOUBLE_SIZE], double value);
/* Shortest decimal that reads back to the same double: for people and exports.  "nan", "inf" and
 * "-inf" for what is not finite. */
const char *text_shortest(char out[TEXT_DOUBLE_SIZE], double value);
/* "3.2 s", "4 min 10 s", "2 h 05 min", "3 d 4 h". */
const char *text_duration(char *out, size_t size, double seconds);
/* "12 345 678" */
const char *text_count(char *out, size_t size, uint64_t count);
/* "152.31 +- 0.12 (0.079 %)": as many digits as the error allows, "-" for what is not finite. */
const char *text_estimate(char *out, size_t size, double value, double error);
/* "152.1 .. 152.6", as many digits as the width is worth. */
const char *text_between(char *out, size_t size, double lo, double hi);
/* "30 s", "8 h", "2 min", "1 d", "1 h 30 min" to seconds; a bare number is seconds. 0 or -1. */
int text_to_seconds(const char *text, double *seconds);
/* "2 GB", "512 MB", "10 kB" (powers of 1000; KiB, MiB, GiB of 1024) to bytes.  0 or -1. */
int text_to_bytes(const char *text, uint64_t *bytes);
/* Restricted Damerau-Levenshtein distance, case-blind. */
size_t text_distance(const char *a, const char *b);
/* The nearest of n names, or NULL when none is near enough to be meant. */
const char *text_nearest(const char *word, const char *const *names, size_t n);
bool text_same_caseless(const char *a, const char *b);
/* Splits a line into words as a shell would for plain words, '...', "..." and \; no expansion.
 * Words live in the arena; *n_words of them and a closing NULL. */
int text_split_words(struct arena *arena, const char *line, char ***words, size_t *n_words,
                     struct err *err);
/* The word as it is typed into a POSIX shell, in quotes where it needs them: for commands that are
 * shown to be pasted.  Lives in the arena; NULL if out of memory. */
const char *text_shell_word(struct arena *arena, const char *word);

/* ---- random streams ------------------------------------------------------------------------- */

/* Philox4x32-10 (Salmon, Moraes, Dror, Shaw, SC11, doi:10.1145/2063384.2063405): a stream is a pure
 * function of (seed, purpose, index), so a scan that was killed draws the same numbers again. */
enum rng_purpose {
    RNG_START = 1,   /* start design; index = point id */
    RNG_EXPLORE = 2, /* uniform share; index = point id */
    RNG_POOL = 3,    /* candidates; index = round */
    RNG_SELECT = 4,  /* choosing among candidates; index = round */
    RNG_TRAIN = 5,   /* initial weights and minibatches; index = round * members + member */
    RNG_SMOTE = 6,   /* index = round */
    RNG_SPLIT = 7,   /* held-out folds */
    RNG_LOCAL = 8,   /* chains and local proposals; index = round */
    RNG_INJECT = 9,  /* priors drawn for commands */
    RNG_STRATA = 10,
    RNG_AZIMUTH = 11, /* of events; index = number of the event */
    RNG_TEST = 99
};

struct rng {
    uint32_t key[2];
    uint32_t counter[4];
    uint32_t block[4];
    unsigned n_used;
};

struct rng rng_stream(uint64_t seed, enum rng_purpose purpose, uint64_t index);
uint32_t rng_u32(struct rng *rng);
uint64_t rng_u64(struct rng *rng);
double rng_uniform(struct rng *rng); /* in the open interval (0, 1), 53 bits */
double rng_normal(struct rng *rng);
uint64_t rng_below(struct rng *rng, uint64_t n); /* 0 .. n-1, without bias */
void rng_shuffle(struct rng *rng, size_t *items, size_t n);

/* ---- matrices ------------------------------------------------------------------------------- */

/* Row-major with a stride.  The only file that includes cblas and lapacke is src/base/matrix.c.
 * BLAS threads are set to one at mat_setup: results do not depend on the machine's load. */
void mat_setup(void);
/* C (m by n) = alpha op(A) op(B) + beta C; A is m by k (or k by m when transposed). */
void mat_sgemm(bool trans_a, bool trans_b, size_t m, size_t n, size_t k, float alpha,
               const float *a, size_t stride_a, const float *b, size_t stride_b, float beta,
               float *c, size_t stride_c);
void mat_dgemm(bool trans_a, bool trans_b, size_t m, size_t n, size_t k, double alpha,
               const double *a, size_t stride_a, const double *b, size_t stride_b, double beta,
               double *c, size_t stride_c);
/* B (m by n) becomes alpha L B, or else alpha B L, of a lower triangular L. */
void mat_dtrmm(bool is_left, size_t m, size_t n, double alpha, const double *l, size_t stride_l,
               double *b, size_t stride_b);
/* A (n by n, only its lower triangle is read) becomes its Cholesky factor, zero above the diagonal;
 * ERR_NUMERIC when it is not positive definite or not finite. */
int mat_cholesky(size_t n, double *a, size_t stride, struct err *err);

/* ---- clocks --------------------------------------------------------------------------------- */

double clock_steady_s(void); /* monotonic; only differences mean something */
double clock_wall_s(void);   /* seconds since 1970-01-01 UTC */
double clock_cpu_s(void);    /* CPU time of this process, all threads */
double clock_thread_cpu_s(void);
/* "2026-11-22 14:03:07" local time */
const char *clock_stamp(char out[32], double wall_s);

/* ---- processes ------------------------------------------------------------------------------ */

/* src/base/process.c is the only file that forks, execs, kills or waits. */
struct process_spec {
    const char *const *argv;   /* NULL-terminated; argv[0] is looked up in PATH if it has no slash,
                                * else it is a path as seen from `dir` */
    const char *dir;           /* working directory, or NULL */
    const char *const *env;    /* "NAME=value" added to the environment, NULL-terminated, or NULL */
    int fd_in, fd_out, fd_err; /* become 0, 1, 2; -1 means /dev/null.  Every other fd is closed. */
    bool own_group;            /* leader of a new process group */
    bool own_session;          /* leader of a new session */
    bool dies_with_parent;     /* SIGKILL when the thread that started it ends (Linux) */
    double limit_cpu_s;        /* 0: none.  setrlimit in the child. */
    uint64_t limit_memory;     /* bytes of address space, 0: none */
    uint64_t limit_file;       /* bytes of one file, 0: none */
    bool no_core;              /* RLIMIT_CORE 0 */
};

/* How a process ended. */
struct process_end {
    bool is_signal;
    int status; /* exit status, or the signal's number */
};

/* Fails (ERR_START) with the reason when argv[0] cannot be executed: the error of execve in the
 * child is brought back. */
int process_start(const struct process_spec *spec, pid_t *pid, struct err *err);
/* 1 ended and reaped, 0 still running, -1 not our child. */
int process_poll(pid_t pid, struct process_end *end);
/* Waits until it ends or `seconds` have passed (negative: for ever).  As process_poll. */
int process_wait(pid_t pid, double seconds, struct process_end *end);
/* To the group led by pid, and to pid. */
void process_kill_group(pid_t pid, int signal);
/* SIGTERM to the group, up to grace_s, SIGKILL to the group; pid is reaped. */
struct process_end process_stop_group(pid_t pid, double grace_s);
/* Orphaned descendants are given to us instead of init (Linux; elsewhere does nothing). */
void process_adopt_orphans(void);
/* Kills and reaps every child that is not among the n known ones; returns how many. */
size_t process_kill_strangers(const pid_t *known, size_t n);
/* A descriptor that can be polled for readability when the process ends (pidfd), or -1. */
int process_end_fd(pid_t pid);
bool process_exists(pid_t pid);
/* Forks a copy of this program that runs on in a session of its own (detach), its descriptors 0, 1
 * and 2 at /dev/null: returns 0 in the parent with *pid set, 0 in the child with *pid = 0. */
int process_fork_session(pid_t *pid, struct err *err);
/* "SIGSEGV" for 11; "signal 40" for unknown ones (static or in out). */
const char *process_signal_name(int signal, char *out, size_t size);
/* Absolute path of the running executable. */
int process_self_path(char *out, size_t size, struct err *err);
/* Looks argv0 up in PATH; 0 and the path, or -1 when there is none. */
int process_find_program(const char *argv0, char *out, size_t size);

/* ---- files ---------------------------------------------------------------------------------- */

/* Makes the file, or empties it first. */
int file_write(const char *path, const void *data, size_t n, struct err *err);
bool file_exists(const char *path);
/* rm -r; does not follow links; what is missing is fine. */
int file_remove_tree(const char *path, struct err *err);
int file_make_dirs(const char *path, unsigned mode, struct err *err); /* mkdir -p */
/* dir/name into out, unless name is absolute. */
int file_join(char *out, size_t size, const char *dir, const char *name, struct err *err);
/* Total bytes below a folder. */
uint64_t file_tree_bytes(const char *path);
/* Is the file (or, when there is none, its folder) on a network file system?  *type, if not NULL,
 * gets its name ("nfs", "lustre", "fuse"), or "local".  The environment variable THEODOLITE_FSTYPE
 * overrides what is found. */
bool file_on_network(const char *path, const char **type);
/* Free bytes for us on the file system of path; UINT64_MAX when unknown. */
uint64_t file_free_bytes(const char *path);

#endif
