/* base_private.h: what the files of src/base share and nobody else sees. */
#ifndef BASE_PRIVATE_H
#define BASE_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Counts one allocation of this thread; true when a test wants this one to fail. */
bool mem_is_refused(void);

/* Our environment with the additions, each in place of what has its name; NULL-terminated.  The
 * texts are borrowed, the array is the caller's.  NULL when out of memory. */
const char **process_merge_env(const char *const *added);

#define MOST_STRANGERS 256 /* looked at in one go; the rest in the next */

/* Children of ours that are not among the known ones. */
struct strangers {
    const pid_t *known;
    size_t n_known, n;
    pid_t pids[MOST_STRANGERS];
};

/* Fills in n and pids; none where the system cannot tell. */
void strangers_find(struct strangers *strangers);

#endif
