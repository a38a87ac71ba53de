/* Files and folders, also hostile ones; which file systems are on a network. */
#include "tap.h"
#include "theodolite/base.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char root[512]; /* a scratch folder for this program */

/* root/name, in one of a few buffers in turn. */
static const char *in_root(const char *name)
{
    static char paths[4][1024];
    static size_t next;
    struct err err = ERR_INIT;

    next = (next + 1) % 4;
    if (file_join(paths[next], sizeof paths[next], root, name, &err) != 0)
        bail_out("%s", err.message);
    return paths[next];
}

static bool is_link(const char *path)
{
    struct stat st;

    return lstat(path, &st) == 0 && S_ISLNK(st.st_mode);
}

static void check_join(void)
{
    struct err err = ERR_INIT;
    char out[8];

    ok(file_join(out, sizeof out, "a", "b", &err) == 0, "join");
    is_str(out, "a/b", "with a slash between");
    ok(file_join(out, sizeof out, "a/", "b", &err) == 0, "join behind a slash");
    is_str(out, "a/b", "with one slash between");
    ok(file_join(out, sizeof out, "a", "/b", &err) == 0, "join an absolute name");
    is_str(out, "/b", "which stands alone");
    ok(file_join(out, sizeof out, NULL, "b", &err) == 0, "join to no folder");
    is_str(out, "b", "gives the name");
    ok(file_join(out, sizeof out, "abcd", "ef", &err) == 0, "join what just fits");
    is_int(file_join(out, sizeof out, "abcde", "fg", &err), -1, "not what does not");
    is_int(err.code, ERR_LIMIT, "which is ERR_LIMIT");
}

static void check_write(void)
{
    struct err err = ERR_INIT;
    struct buf buf;

    buf_init(&buf, 1000);
    ok(!file_exists(in_root("new")), "a file that is not");
    is_int(file_write(in_root("new"), "hello\0world", 11, &err), 0, "write");
    is_int(file_write(in_root("new"), "short", 5, &err), 0, "write again");
    is_int(buf_read_file(&buf, in_root("new"), &err), 0, "read");
    is_str(buf.data, "short", "the second took the place of the first");
    is_size(buf.len, 5, "whole");
    ok(file_exists(in_root("new")), "and is there");
    is_int(file_write(in_root("no/such/folder"), "x", 1, &err), -1, "not into no folder");
    has_str(err.message, "no/such/folder", "and it says where");
    if (access("/dev/full", W_OK) == 0) {
        is_int(file_write("/dev/full", "x", 1, &err), -1, "not onto a full disk");
        is_int(err.code, ERR_FULL, "which is ERR_FULL");
    } else {
        skip(2, "no /dev/full");
    }
    buf_free(&buf);
}

static void check_dirs(void)
{
    struct err err = ERR_INIT;
    struct stat st;

    is_int(file_make_dirs(in_root("a/b//c/"), 0700, &err), 0, "make three folders");
    ok(stat(in_root("a/b/c"), &st) == 0 && S_ISDIR(st.st_mode), "they are there");
    is_int(st.st_mode & 0777, 0700, "with the mode asked for");
    is_int(file_make_dirs(in_root("a/b/c"), 0700, &err), 0, "again is fine");
    file_write(in_root("a/file"), "", 0, &err);
    is_int(file_make_dirs(in_root("a/file/d"), 0700, &err), -1, "not through a file");
    has_str(err.message, "a/file'", "and it says which");
    is_int(file_make_dirs(in_root("a/file"), 0700, &err), -1, "not in the place of a file");
    is_int(file_make_dirs("/", 0700, &err), 0, "the root is there");
    mem_fail_at(1);
    is_int(file_make_dirs(in_root("z"), 0700, &err), -1, "not without memory");
}

/* A tree with a link out of it, a folder without permissions, a file without, a FIFO. */
static void check_remove(void)
{
    struct err err = ERR_INIT;

    file_make_dirs(in_root("keep"), 0700, &err);
    file_write(in_root("keep/me"), "12345", 5, &err);
    file_make_dirs(in_root("tree/x/y"), 0700, &err);
    file_make_dirs(in_root("tree/locked/inner"), 0700, &err);
    file_write(in_root("tree/locked/inner/file"), "1234567", 7, &err);
    file_write(in_root("tree/x/file"), "123", 3, &err);
    ok(symlink(in_root("keep"), in_root("tree/x/out")) == 0, "a link out of the tree");
    ok(symlink(in_root("keep/me"), in_root("tree/x/too")) == 0, "a link to a file outside");
    ok(symlink("/nowhere", in_root("tree/dangling")) == 0, "a link to nowhere");
    ok(mkfifo(in_root("tree/fifo"), 0600) == 0, "a pipe");
    is_uint(file_tree_bytes(in_root("tree")), 10, "the bytes of the tree, not of what it links to");
    is_uint(file_tree_bytes(in_root("keep/me")), 5, "the bytes of a file");
    is_uint(file_tree_bytes(in_root("none")), 0, "the bytes of nothing");
    chmod(in_root("tree/locked/inner"), 0);
    chmod(in_root("tree/locked"), 0);
    is_int(file_remove_tree(in_root("tree"), &err), 0, "remove the tree");
    is_str(err.message, "", "without complaint");
    ok(!file_exists(in_root("tree")), "it is gone");
    ok(file_exists(in_root("keep/me")), "what it linked to is not");

    ok(symlink("keep", in_root("link")) == 0, "a link to a folder");
    is_int(file_remove_tree(in_root("link"), &err), 0, "remove the link");
    ok(!is_link(in_root("link")) && file_exists(in_root("keep/me")), "the link only");
    is_int(file_remove_tree(in_root("missing"), &err), 0, "what is missing is removed");
    is_int(file_remove_tree(in_root("keep/me/x"), &err), 0, "also below a file");
    is_int(file_remove_tree(in_root("keep/me"), &err), 0, "a file");
    ok(!file_exists(in_root("keep/me")), "is gone");
    if (file_exists("/proc/self/stat")) {
        is_int(file_remove_tree("/proc/self/stat", &err), -1, "what cannot be removed");
        has_str(err.message, "'/proc/self/stat'", "is named");
    } else {
        skip(2, "no /proc");
    }
}

/* Deeper than there are descriptors or a path can be long. */
static void check_deep(void)
{
    const char *name = "a-folder-with-a-long-name-so-that-paths-grow";
    struct err err = ERR_INIT;
    int fd, below, depth;

    file_make_dirs(in_root("deep"), 0700, &err);
    fd = open(in_root("deep"), O_RDONLY | O_DIRECTORY);
    for (depth = 0; depth < 1500 && fd >= 0; depth++) {
        if (mkdirat(fd, name, 0700) != 0)
            break;
        below = openat(fd, name, O_RDONLY | O_DIRECTORY);
        close(fd);
        fd = below;
    }
    close(fd);
    is_int(depth, 1500, "a tree of 1500 levels");
    (void)file_tree_bytes(in_root("deep"));
    is_int(file_remove_tree(in_root("deep"), &err), 0, "is removed: %s", err.message);
    ok(!file_exists(in_root("deep")), "and gone");
}

static void check_remove_faults(void)
{
    struct err err = ERR_INIT;
    unsigned long n;
    int rc = -1;

    for (n = 1; rc != 0 && n < 20; n++) {
        file_make_dirs(in_root("fault/a/b/c"), 0700, &err);
        file_write(in_root("fault/a/b/c/file"), "x", 1, &err);
        mem_fail_at(n);
        rc = file_remove_tree(in_root("fault"), &err);
        mem_fail_at(0);
    }
    ok(rc == 0 && n > 2 && !file_exists(in_root("fault")), "removed when memory is there again");
}

static void is_network(const char *forced, bool want, const char *name)
{
    const char *type = NULL;

    setenv("THEODOLITE_FSTYPE", forced, 1);
    ok(file_on_network(root, &type) == want, "%s is %s", forced, want ? "a network's" : "local");
    is_str(type, name, "and called %s", name);
}

static void check_network(void)
{
    const char *type = NULL;

    unsetenv("THEODOLITE_FSTYPE");
    ok(!file_on_network("/", &type), "the root is on this machine");
    is_str(type, "local", "and says so");
    ok(!file_on_network("/no-such-file", NULL), "so is a file to be made there");
    is_network("nfs", true, "nfs");
    is_network("nfs4", true, "nfs");
    is_network("cifs", true, "cifs");
    is_network("lustre", true, "lustre");
    is_network("gpfs", true, "gpfs");
    is_network("beegfs", true, "beegfs");
    is_network("ceph", true, "ceph");
    is_network("afs", true, "afs");
    is_network("fuse.sshfs", true, "fuse");
    is_network("ext4", false, "local");
    is_network("tmpfs", false, "local");
    unsetenv("THEODOLITE_FSTYPE");
    ok(file_free_bytes(root) > 0 && file_free_bytes(root) < UINT64_MAX, "there is room");
    ok(file_free_bytes("/no/such/place") == UINT64_MAX, "unknown room");
}

int main(void)
{
    const char *tmp = getenv("TMPDIR");
    struct err err = ERR_INIT;

    snprintf(root, sizeof root, "%s/t-base-file-XXXXXX", tmp ? tmp : "/tmp");
    if (!mkdtemp(root))
        bail_out("no scratch folder");
    umask(022);
    check_join();
    check_write();
    check_dirs();
    check_remove();
    check_deep();
    check_remove_faults();
    check_network();
    is_int(file_remove_tree(root, &err), 0, "nothing is left");
    return done_testing();
}
