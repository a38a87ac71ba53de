/* strangers.c: which children do we have that we do not know?
 *
 * Orphans that a calculator left behind are given to us (process_adopt_orphans) without a word;
 * Linux lists them in /proc/self/task/TID/children, one list per thread of ours.  A kernel without
 * CONFIG_PROC_CHILDREN is asked for the parent of every process there is.  Nothing is killed here:
 * that is process.c's. */
#include "theodolite/base.h"

#include "base_private.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifdef __linux__
static void note_child(struct strangers *strangers, pid_t pid)
{
    size_t i;

    for (i = 0; i < strangers->n_known; i++) {
        if (strangers->known[i] == pid)
            return;
    }
    if (strangers->n < MOST_STRANGERS)
        strangers->pids[strangers->n++] = pid;
}

static pid_t to_pid(const char *text)
{
    int64_t value;

    return text_to_int64(text, &value) == 0 && value > 0 ? (pid_t)value : 0;
}

/* The children of one of our threads: "12 13 ".  1 done, 0 the thread has gone, -1 the kernel does
 * not have the list. */
static int find_by_thread(const char *tid, struct strangers *strangers)
{
    char path[64], *word, *rest = NULL;
    struct err err = ERR_INIT;
    struct buf children;
    int rc = 1;

    buf_init(&children, (size_t)1 << 20);
    snprintf(path, sizeof path, "/proc/self/task/%.20s/children", tid);
    if (buf_read_file(&children, path, &err) != 0) {
        snprintf(path, sizeof path, "/proc/self/task/%.20s/stat", tid);
        rc = file_exists(path) ? -1 : 0;
    } else if (children.len > 0) {
        for (word = strtok_r(children.data, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
            if (to_pid(word) > 0)
                note_child(strangers, to_pid(word));
        }
    }
    buf_free(&children);
    return rc;
}

/* "PID (name) state parent ...": the name may hold anything, also a ')'. */
static int find_by_stat(const char *pid, struct strangers *strangers)
{
    char path[64];
    struct err err = ERR_INIT;
    struct buf stat;
    const char *at;

    buf_init(&stat, 4096);
    snprintf(path, sizeof path, "/proc/%.20s/stat", pid);
    if (buf_read_file(&stat, path, &err) == 0) {
        at = strrchr(stat.data, ')');
        if (at && strlen(at) > 4 && strtol(at + 4, NULL, 10) == (long)getpid())
            note_child(strangers, to_pid(pid));
    }
    buf_free(&stat);
    return 1;
}

/* Calls `find` on the numbered entries of a folder of /proc; false when one of them gives up. */
static bool find_in(const char *folder, struct strangers *strangers,
                    int (*find)(const char *, struct strangers *))
{
    DIR *dir = opendir(folder);
    const struct dirent *entry;
    bool is_done = dir != NULL;

    while (is_done && (entry = readdir(dir)) != NULL) {
        if (to_pid(entry->d_name) > 0)
            is_done = find(entry->d_name, strangers) >= 0;
    }
    if (dir)
        closedir(dir);
    return is_done;
}

void strangers_find(struct strangers *strangers)
{
    strangers->n = 0;
    if (find_in("/proc/self/task", strangers, find_by_thread))
        return;
    strangers->n = 0;
    (void)find_in("/proc", strangers, find_by_stat);
}
#else
void strangers_find(struct strangers *strangers)
{
    strangers->n = 0;
}
#endif
