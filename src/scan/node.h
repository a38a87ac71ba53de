/* node.h: a YAML file as a tree of texts with their places. */
#ifndef SCAN_NODE_H
#define SCAN_NODE_H

#include "theodolite/scan.h"

enum node_kind { NODE_EMPTY, NODE_TEXT, NODE_LIST, NODE_MAP };

struct node {
    enum node_kind kind;
    const char *text;        /* NODE_TEXT: terminated; a file with NUL bytes is not read at all */
    struct scan_pos pos;     /* of the first byte; line 0 where origin is told instead */
    bool is_exact;           /* byte i of text stands i bytes behind pos in the file */
    const char *origin;      /* NULL: the scan file.  Else "--set search.batch=3" or "x.yaml:7:3" */
    const char *dir;         /* NULL: the scan file's folder.  Else that of the file it came from */
    struct node **items;     /* NODE_LIST */
    struct node_pair *pairs; /* NODE_MAP, keys are different */
    size_t n;
};

struct node_pair {
    const char *key;
    struct node *key_node; /* the key as a text, for its place */
    struct node *value;
};

/* What reading needs all the way down. */
struct reading {
    struct arena *arena;
    struct scan_diagnostics *diagnostics;
    struct err *err;
};

/* Reads YAML into *root, NULL when it is not YAML (diagnosed) or holds nothing.  file: NULL for the
 * scan file itself, else the path under which complaints are told and whose folder is `dir`. */
int node_read(const struct reading *reading, const char *text, size_t n, const char *file,
              struct node **root);
struct node *node_text(const struct reading *reading, const char *text, const char *origin);
/* Puts value under key, in place of an older one. */
int node_put(const struct reading *reading, struct node *map, struct node *key, struct node *value);
struct node *node_get(const struct node *map, const char *key); /* NULL: none */

/* The place of `length` bytes at `offset` of the node's text. */
struct scan_pos node_pos(const struct node *node, size_t offset, size_t length);
/* An error at a place in a node: offset and length in bytes, length 0 for the whole text. */
struct node_spot {
    const struct node *node;
    size_t offset, length;
};
static inline struct node_spot node_whole(const struct node *node)
{
    return (struct node_spot){node, 0, 0};
}
void node_complain(const struct reading *reading, struct node_spot spot, const char *expected,
                   const char *nearest, const char *format, ...)
    __attribute__((format(printf, 5, 6)));
const char *node_kind_words(const struct node *node);

#endif
