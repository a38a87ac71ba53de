/* library.c: what a scan file takes from elsewhere.
 *
 * `use: NAME` puts the keys of plugins/NAME.yaml under an entry; the entry's own keys win, whole.
 * Where tools live on this machine is not physics and stands in tools.yaml: a map from the first
 * word of `run` to a path.  Both are YAML and complain with their own file and line. */
#include "reader.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_FILE = 1 << 20 };

static int read_yaml(struct reader *reader, const char *path, struct node **root)
{
    struct buf text;
    int rc = -1;
    buf_init(&text, MAX_FILE);
    TRY(buf_read_file(&text, path, reader->base.err));
    char *name = arena_strdup(reader->base.arena, path);
    if (name == NULL)
        mem_error(reader->base.err);
    else
        rc = node_read(&reader->base, text.data, text.len, name, root);
out:
    buf_free(&text);
    return rc;
}

int library_load_tools(struct reader *reader)
{
    char path[4096];
    const char *home = getenv("HOME"), *config = getenv("XDG_CONFIG_HOME");
    struct node *tools = NULL;
    if (reader->options == NULL)
        return 0;
    if (reader->options->tools != NULL)
        snprintf(path, sizeof path, "%s", reader->options->tools);
    else if (config != NULL && config[0] == '/')
        snprintf(path, sizeof path, "%s/theodolite/tools.yaml", config);
    else
        snprintf(path, sizeof path, "%s/.config/theodolite/tools.yaml", home != NULL ? home : "");
    reader->scan->tools = arena_strdup(reader->base.arena, path);
    if (reader->scan->tools == NULL)
        return mem_error(reader->base.err);
    reader->scan->has_tools = file_exists(path);
    if (reader->options->tools == NULL && !reader->scan->has_tools)
        return 0;
    if (read_yaml(reader, path, &tools) != 0)
        return err_while(reader->base.err, "reading the list of tools %s", path);
    if (tools != NULL && tools->kind != NODE_MAP)
        node_complain(&reader->base, node_whole(tools), "PROGRAM: PATH, one per line", NULL,
                      "the list of tools must be a map, this is %s", node_kind_words(tools));
    else
        reader->tools = tools;
    return 0;
}

int library_find_program(struct reader *reader, struct value_in *in, const char **word,
                         const char **tool)
{
    struct node *path = strchr(*word, '/') == NULL ? node_get(reader->tools, *word) : NULL;
    if (path == NULL)
        return strchr(*word, '/') == NULL ? 0 : value_path(in, *word, word);
    if (path->kind != NODE_TEXT || path->text[0] != '/')
        node_complain(&reader->base, node_whole(path), "an absolute path", NULL,
                      "the tool \"%s\" has no usable path", *word);
    else
        *tool = *word, *word = path->text;
    return 0;
}

const char *scan_nearest_file(const char *path, char *out, size_t size)
{
    const char *slash = strrchr(path, '/'), *base = slash != NULL ? slash + 1 : path;
    char folder[4096], name[256];
    size_t best = SIZE_MAX;
    int n = slash == NULL ? snprintf(folder, sizeof folder, ".")
                          : snprintf(folder, sizeof folder, "%.*s", (int)(slash - path + 1), path);
    DIR *dir = n > 0 && (size_t)n < sizeof folder ? opendir(folder) : NULL;
    struct dirent *entry;
    while (dir != NULL && (entry = readdir(dir)) != NULL) {
        snprintf(name, sizeof name, "%s", entry->d_name);
        const char *one[] = {name};
        size_t distance = name[0] == '.' || text_nearest(base, one, 1) == NULL
                              ? SIZE_MAX
                              : text_distance(base, name);
        if (distance < best || (distance == best && best < SIZE_MAX && strcmp(name, out) < 0)) {
            best = distance;
            snprintf(out, size, "%s", name);
        }
    }
    if (dir != NULL)
        closedir(dir);
    return best < SIZE_MAX ? out : NULL;
}

static int by_name(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

/* All names of the folders' .yaml files, to suggest one; where none is near, *list has them. */
static int nearest_definition(struct reader *reader, const char *name, const char **nearest,
                              const char **list)
{
    enum { MAX_LISTED = 200 };
    const char *names[MAX_LISTED] = {NULL};
    size_t n = 0;
    for (size_t i = 0; reader->options->plugin_dirs[i] != NULL; i++) {
        DIR *dir = opendir(reader->options->plugin_dirs[i]);
        struct dirent *entry;
        while (dir != NULL && n < MAX_LISTED && (entry = readdir(dir)) != NULL) {
            size_t length = strlen(entry->d_name);
            if (length <= 5 || strcmp(entry->d_name + length - 5, ".yaml") != 0)
                continue;
            names[n] = arena_strndup(reader->base.arena, entry->d_name, length - 5);
            if (names[n++] == NULL) {
                closedir(dir);
                return mem_error(reader->base.err);
            }
        }
        if (dir != NULL)
            closedir(dir);
    }
    if (n > 1)
        qsort(names, n, sizeof names[0], by_name);
    *nearest = text_nearest(name, names, n);
    *list = NULL;
    for (size_t i = 0; i < n && *nearest == NULL; i++)
        if (i == 0 || strcmp(names[i], names[i - 1]) != 0) {
            *list = *list == NULL ? names[i]
                                  : arena_printf(reader->base.arena, "%s, %s", *list, names[i]);
            if (*list == NULL)
                return mem_error(reader->base.err);
        }
    return 0;
}

/* 1: it is not there. */
static int read_definition(struct reader *reader, const char *name, struct node **definition)
{
    const char *const *dirs = reader->options != NULL ? reader->options->plugin_dirs : NULL;
    char path[4096];
    for (size_t i = 0; dirs != NULL && dirs[i] != NULL; i++) {
        int n = snprintf(path, sizeof path, "%s/%s.yaml", dirs[i], name);
        if (n > 0 && (size_t)n < sizeof path && file_exists(path)) {
            if (read_yaml(reader, path, definition) == 0)
                return 0;
            return err_while(reader->base.err, "reading %s", path);
        }
    }
    return 1;
}

static int find_definition(struct reader *reader, const struct node *use, struct node **definition)
{
    const char *const *dirs = reader->options != NULL ? reader->options->plugin_dirs : NULL;
    struct node_spot spot = node_whole(use);
    const char *nearest = NULL, *list = NULL;
    *definition = NULL;
    if (strchr(use->text, '/') != NULL) {
        node_complain(&reader->base, spot, "the name of a definition in plugins/", NULL,
                      "use: \"%.60s\" is not a name", use->text);
        return 0;
    }
    int rc = read_definition(reader, use->text, definition);
    if (rc <= 0)
        return rc;
    if (dirs != NULL && nearest_definition(reader, use->text, &nearest, &list) != 0)
        return -1;
    node_complain(&reader->base, spot, list, nearest, "use: there is no definition \"%.60s\"",
                  use->text);
    /* read as the nearest, so that nothing else has to be complained of */
    return nearest != NULL && read_definition(reader, nearest, definition) < 0 ? -1 : 0;
}

int library_use(struct reader *reader, struct node *entry, bool *is_lost)
{
    const struct node *use = node_get(entry, "use");
    struct node *definition = NULL;
    *is_lost = false;
    if (use == NULL)
        return 0;
    *is_lost = true;
    if (use->kind != NODE_TEXT) {
        reader->has_lost = true;
        node_complain(&reader->base, node_whole(use), "use: NAME", NULL,
                      "use: expected a name, found %s", node_kind_words(use));
        return 0;
    }
    if (find_definition(reader, use, &definition) != 0)
        return -1;
    *is_lost = definition == NULL || definition->kind != NODE_MAP;
    reader->has_lost = reader->has_lost || *is_lost;
    if (definition != NULL && definition->kind != NODE_MAP)
        node_complain(&reader->base, node_whole(definition), "a map of keys", NULL,
                      "a definition must be a map, this is %s", node_kind_words(definition));
    for (size_t i = 0; !*is_lost && i < definition->n; i++)
        if (node_get(entry, definition->pairs[i].key) == NULL &&
            node_put(&reader->base, entry, definition->pairs[i].key_node,
                     definition->pairs[i].value) != 0)
            return -1;
    return 0;
}
