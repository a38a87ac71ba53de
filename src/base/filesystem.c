/* filesystem.c: is this path on a network file system?
 *
 * SQLite's write-ahead log needs memory shared between processes, which network file systems do
 * not give across machines.  Linux names the type of a file system by a number (statfs(2)) and,
 * for those run by user programs (FUSE), by a word in /proc/self/mountinfo; macOS says whether it
 * is local.  A FUSE type that is not known as local counts as a network: the cost of that mistake
 * is a slower journal, of the other one a broken store.
 *
 * The environment variable THEODOLITE_FSTYPE, for tests and for the case that this is wrong,
 * replaces the type found: "nfs" is a network file system, "ext4" is not. */
#include "theodolite/base.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#ifdef __linux__
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#else
#include <sys/mount.h>
#include <sys/param.h>
#endif

struct fs_type {
    const char *name;
    uint32_t magic; /* statfs f_type: include/uapi/linux/magic.h and the file systems' sources */
};

static const struct fs_type network_types[] = {
    {"nfs", 0x00006969},    {"smb", 0x0000517B},      {"cifs", 0xFF534D42},   {"smb2", 0xFE534D42},
    {"lustre", 0x0BD00BD0}, {"gpfs", 0x47504653},     {"beegfs", 0x19830326}, {"ceph", 0x00C36400},
    {"afs", 0x5346414F},    {"afs", 0x6B414653},      {"9p", 0x01021997},     {"coda", 0x73757245},
    {"ncp", 0x0000564C},    {"gfs2", 0x01161970},     {"ocfs2", 0x7461636F},  {"panfs", 0xAAD7AAEA},
    {"pvfs2", 0x20030528},  {"orangefs", 0x20030528}, {"vxfs", 0xA501FCF5},   {"snfs", 0xBEEFDEAD},
    {"wekafs", 0x19850918},
};

#define N_NETWORK_TYPES (sizeof network_types / sizeof network_types[0])
#define FUSE_MAGIC 0x65735546u

/* FUSE file systems whose bytes are on this machine. */
static const char *const local_fuse[] = {
    "fuseblk",         "fuse.ntfs-3g",   "fuse.ntfs",   "fuse.exfat",          "fuse.ext2",
    "fuse.encfs",      "fuse.gocryptfs", "fuse.bindfs", "fuse.fuse-overlayfs", "fuse.mergerfs",
    "fuse.squashfuse", "fuse.portal",    "fuse.lxcfs",  "fuse.cryfs",          NULL,
};

static const char *network_name(const char *word)
{
    size_t i;

    if (strncmp(word, "nfs", 3) == 0)
        return "nfs"; /* nfs3, nfs4 */
    if (strcmp(word, "smbfs") == 0)
        return "smb";
    for (i = 0; i < N_NETWORK_TYPES; i++) {
        if (strcmp(word, network_types[i].name) == 0)
            return network_types[i].name;
    }
    return NULL;
}

#ifdef __linux__
/* The type word of the mount with this device in a line of mountinfo (proc(5)):
 * "36 35 98:0 /root /mount options optional... - type source options". */
static bool read_mount(char *line, unsigned major_wanted, unsigned minor_wanted, char *type,
                       size_t size)
{
    const char *at = strchr(line, ' ');
    char *end, *dash = strstr(line, " - ");
    unsigned long major_found, minor_found;

    at = at ? strchr(at + 1, ' ') : NULL;
    if (!at || !dash)
        return false;
    major_found = strtoul(at + 1, &end, 10);
    if (*end != ':')
        return false;
    minor_found = strtoul(end + 1, &end, 10);
    if (major_found != major_wanted || minor_found != minor_wanted)
        return false;
    dash += 3;
    snprintf(type, size, "%.*s", (int)strcspn(dash, " "), dash);
    return true;
}

static bool fuse_is_local(const char *path)
{
    struct err err = ERR_INIT;
    struct stat st;
    struct buf mounts;
    char type[64] = "", *line, *rest = NULL;
    size_t i;

    buf_init(&mounts, (size_t)1 << 22);
    if (stat(path, &st) == 0 && buf_read_file(&mounts, "/proc/self/mountinfo", &err) == 0 &&
        mounts.len > 0) {
        for (line = strtok_r(mounts.data, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
            if (read_mount(line, major(st.st_dev), minor(st.st_dev), type, sizeof type))
                break;
        }
    }
    buf_free(&mounts);
    for (i = 0; local_fuse[i]; i++) {
        if (strcmp(type, local_fuse[i]) == 0)
            return true;
    }
    return false;
}

static const char *find_network(const char *path)
{
    struct statfs fs;
    uint32_t magic;
    size_t i;

    if (statfs(path, &fs) != 0)
        return NULL;
    magic = (uint32_t)fs.f_type;
    for (i = 0; i < N_NETWORK_TYPES; i++) {
        if (magic == network_types[i].magic)
            return network_types[i].name;
    }
    return magic == FUSE_MAGIC && !fuse_is_local(path) ? "fuse" : NULL;
}
#else
static const char *find_network(const char *path)
{
    struct statfs fs;
    const char *name;

    if (statfs(path, &fs) != 0 || (fs.f_flags & MNT_LOCAL) != 0)
        return NULL;
    name = network_name(fs.f_fstypename);
    return name ? name : "network";
}
#endif

bool file_on_network(const char *path, const char **type)
{
    const char *forced = getenv("THEODOLITE_FSTYPE"), *name, *slash;
    char folder[4096];

    if (forced && *forced) {
        name = strncmp(forced, "fuse.", 5) == 0 ? "fuse" : network_name(forced);
    } else if (file_exists(path)) {
        name = find_network(path);
    } else {
        slash = strrchr(path, '/');
        if (!slash)
            name = find_network(".");
        else {
            snprintf(folder, sizeof folder, "%.*s", (int)(slash - path + 1), path);
            name = find_network(folder);
        }
    }
    if (type)
        *type = name ? name : "local";
    return name != NULL;
}
