/* yaml.c: YAML 1.2 into a tree of texts with their places.
 *
 * libfyaml (0.7, its event parser) cuts the stream; nothing of YAML's typing is used.  Here: places
 * as bytes, anchors and aliases (an alias is the same node again, never a copy), merge keys (<<),
 * and the limits that keep a hostile file small: depth, number of nodes, keys of a map.  A key
 * given twice is an error.  What the keys mean is not known here. */
#include "node.h"

#include <libfyaml.h>
#include <stdio.h>
#include <string.h>

enum { MAX_DEPTH = 32, MAX_NODES = 200000, MAX_PAIRS = 5000, MAX_LENGTH = 4 << 20 };

struct anchor {
    const char *name;
    struct node *node;
};

struct builder {
    const struct reading *reading;
    struct fy_parser *parser;
    const char *text, *file, *dir;
    size_t n_text;
    unsigned line; /* the line whose start is known, 0-based */
    size_t line_start;
    struct anchor *anchors;
    size_t n_anchors;
    size_t n_nodes;
    bool has_failed; /* the stream is not YAML: told once, nothing more can be read */
};

/* ---- nodes ---------------------------------------------------------------------------------- */

/* Room for one more item in an array of the arena that has n. */
static void *grown(const struct reading *reading, void *items, size_t n, size_t size)
{
    if (n != 0 && (n & (n - 1)) != 0)
        return items;
    void *more = arena_array(reading->arena, n == 0 ? 1 : 2 * n, size);
    if (more == NULL)
        mem_error(reading->err);
    else if (n > 0)
        memcpy(more, items, n * size);
    return more;
}

static int add_item(const struct reading *reading, struct node *list, struct node *item)
{
    list->items = grown(reading, list->items, list->n, sizeof *list->items);
    if (list->items == NULL)
        return -1;
    list->items[list->n++] = item;
    return 0;
}

static int add_pair(const struct reading *reading, struct node *map, struct node *key,
                    struct node *value)
{
    map->pairs = grown(reading, map->pairs, map->n, sizeof *map->pairs);
    if (map->pairs == NULL)
        return -1;
    map->pairs[map->n++] = (struct node_pair){.key = key->text, .key_node = key, .value = value};
    return 0;
}

static size_t pair_index(const struct node *map, const char *key)
{
    size_t i = 0;
    while (i < map->n && strcmp(map->pairs[i].key, key) != 0)
        i++;
    return i;
}

struct node *node_get(const struct node *map, const char *key)
{
    size_t i = map != NULL && map->kind == NODE_MAP ? pair_index(map, key) : SIZE_MAX;
    return i == SIZE_MAX || i == map->n ? NULL : map->pairs[i].value;
}

int node_put(const struct reading *reading, struct node *map, struct node *key, struct node *value)
{
    size_t i = pair_index(map, key->text);
    if (i == map->n)
        return add_pair(reading, map, key, value);
    map->pairs[i].value = value;
    return 0;
}

struct node *node_text(const struct reading *reading, const char *text, const char *origin)
{
    struct node *node = arena_array(reading->arena, 1, sizeof *node);
    char *copy = arena_strdup(reading->arena, text);
    if (node == NULL || copy == NULL) {
        mem_error(reading->err);
        return NULL;
    }
    *node = (struct node){.kind = NODE_TEXT, .text = copy, .origin = origin};
    return node;
}

/* ---- complaints ----------------------------------------------------------------------------- */

struct scan_pos node_pos(const struct node *node, size_t offset, size_t length)
{
    struct scan_pos pos = node->pos;
    if (pos.line == 0)
        return pos;
    if (node->is_exact) {
        pos.column += (unsigned)offset;
        pos.length = (unsigned)(length > 0 ? length : strlen(node->text) - offset);
    }
    if (pos.length == 0)
        pos.length = 1;
    return pos;
}

void node_complain(const struct reading *reading, struct node_spot spot, const char *expected,
                   const char *nearest, const char *format, ...)
{
    char words[600];
    va_list args;
    va_start(args, format);
    vsnprintf(words, sizeof words, format, args);
    va_end(args);
    const char *origin = spot.node->origin;
    scan_diagnose(reading->diagnostics, node_pos(spot.node, spot.offset, spot.length), expected,
                  nearest, "%s%s%s", origin != NULL ? origin : "", origin != NULL ? ": " : "",
                  words);
}

const char *node_kind_words(const struct node *node)
{
    switch (node->kind) {
    case NODE_EMPTY: return "nothing";
    case NODE_TEXT: return "a text";
    case NODE_LIST: return "a list";
    case NODE_MAP: return "a map";
    }
    return "";
}

/* ---- events to nodes ------------------------------------------------------------------------ */

static int build(struct builder *b, struct fy_event *event, unsigned depth, struct node **node);

static struct scan_pos place(struct builder *b, const struct fy_mark *mark)
{
    if (mark == NULL || mark->line < 0)
        return (struct scan_pos){.line = 1, .column = 1, .length = 1};
    size_t at = mark->input_pos < b->n_text ? mark->input_pos : b->n_text;
    unsigned line = (unsigned)mark->line;
    if (line != b->line) {
        size_t start = at;
        while (start > 0 && b->text[start - 1] != '\n')
            start--;
        b->line = line;
        b->line_start = start;
    }
    size_t column = at >= b->line_start ? at - b->line_start : 0;
    return (struct scan_pos){.line = line + 1, .column = (unsigned)column + 1, .length = 1};
}

static void set_place(struct builder *b, struct node *node, struct scan_pos pos)
{
    node->pos = pos;
    if (b->file != NULL) {
        node->origin = arena_printf(b->reading->arena, "%s:%u:%u", b->file, pos.line, pos.column);
        node->pos = (struct scan_pos){0};
    }
}

static int give_up(struct builder *b, struct scan_pos pos, const char *words)
{
    struct node node = {.kind = NODE_EMPTY};
    if (!b->has_failed) {
        set_place(b, &node, pos);
        node_complain(b->reading, node_whole(&node), NULL, NULL, "%s", words);
    }
    b->has_failed = true;
    return 0;
}

static int new_node(struct builder *b, enum node_kind kind, const struct fy_mark *mark,
                    struct node **node)
{
    *node = NULL;
    if (++b->n_nodes > MAX_NODES)
        return give_up(b, place(b, mark), "the file has too many entries");
    struct node *made = arena_array(b->reading->arena, 1, sizeof *made);
    if (made == NULL)
        return mem_error(b->reading->err);
    made->kind = kind;
    made->text = "";
    made->dir = b->dir;
    set_place(b, made, place(b, mark));
    *node = made;
    return 0;
}

static int remember_anchor(struct builder *b, struct fy_token *token, struct node *node)
{
    size_t n;
    const char *name = token != NULL ? fy_token_get_text(token, &n) : NULL;
    if (name == NULL || node == NULL)
        return 0;
    b->anchors = grown(b->reading, b->anchors, b->n_anchors, sizeof *b->anchors);
    char *copy = arena_strndup(b->reading->arena, name, n);
    if (b->anchors == NULL || copy == NULL)
        return mem_error(b->reading->err);
    b->anchors[b->n_anchors++] = (struct anchor){.name = copy, .node = node};
    return 0;
}

static int build_alias(struct builder *b, struct fy_event *event, struct node **node)
{
    size_t n = 0;
    const char *name = fy_token_get_text(event->alias.anchor, &n);
    for (size_t i = b->n_anchors; i-- > 0 && name != NULL;) {
        if (strlen(b->anchors[i].name) == n && memcmp(b->anchors[i].name, name, n) == 0) {
            *node = b->anchors[i].node;
            return 0;
        }
    }
    if (new_node(b, NODE_EMPTY, fy_event_start_mark(event), node) != 0 || *node == NULL)
        return b->has_failed ? 0 : -1;
    node_complain(b->reading, node_whole(*node), NULL, NULL, "there is no anchor \"%.*s\" above",
                  (int)n, name != NULL ? name : "");
    return 0;
}

static int build_text(struct builder *b, struct fy_event *event, struct node **node)
{
    struct fy_token *token = event->scalar.value;
    const struct fy_mark *mark = fy_event_start_mark(event);
    size_t n = 0;
    const char *text = token != NULL ? fy_token_get_text(token, &n) : NULL;
    enum fy_scalar_style style = token != NULL ? fy_token_scalar_style(token) : FYSS_PLAIN;
    if (new_node(b, NODE_TEXT, mark, node) != 0)
        return -1;
    if (*node == NULL)
        return 0;
    struct node *made = *node;
    if (n == 0 && (style == FYSS_PLAIN || text == NULL)) {
        made->kind = NODE_EMPTY;
        return 0;
    }
    made->text = arena_strndup(b->reading->arena, text != NULL ? text : "", n);
    if (made->text == NULL)
        return mem_error(b->reading->err);
    size_t at = mark != NULL ? mark->input_pos : 0;
    size_t quote = at < b->n_text && (b->text[at] == '"' || b->text[at] == '\'') ? 1 : 0;
    if (b->file == NULL && at + quote + n <= b->n_text &&
        memcmp(b->text + at + quote, made->text, n) == 0) {
        made->is_exact = true;
        made->pos.column += (unsigned)quote;
        made->pos.length = (unsigned)n;
    }
    return 0;
}

/* The next event, or NULL with the stream marked as failed. */
static struct fy_event *next_event(struct builder *b)
{
    struct fy_event *event = fy_parser_parse(b->parser);
    if (event == NULL || fy_parser_get_stream_error(b->parser)) {
        if (event != NULL)
            fy_parser_event_free(b->parser, event);
        b->has_failed = true;
        return NULL;
    }
    return event;
}

static int build_list(struct builder *b, unsigned depth, struct node *list)
{
    for (;;) {
        struct node *item = NULL;
        struct fy_event *event = next_event(b);
        if (event == NULL)
            return 0;
        bool is_end = event->type == FYET_SEQUENCE_END;
        int rc = is_end ? 0 : build(b, event, depth + 1, &item);
        fy_parser_event_free(b->parser, event);
        if (rc != 0 || is_end || b->has_failed)
            return rc;
        if (item != NULL && add_item(b->reading, list, item) != 0)
            return -1;
    }
}

static int merge_one(struct builder *b, struct node *map, const struct node *from)
{
    if (from->kind != NODE_MAP) {
        node_complain(b->reading, node_whole(from), "a map, or a list of maps", NULL,
                      "\"<<\" merges maps, this is %s", node_kind_words(from));
        return 0;
    }
    for (size_t i = 0; i < from->n && from != map; i++) {
        if (pair_index(map, from->pairs[i].key) < map->n)
            continue;
        if (map->n == MAX_PAIRS || ++b->n_nodes > MAX_NODES)
            return give_up(b, map->pos, "the file has too many entries");
        if (add_pair(b->reading, map, from->pairs[i].key_node, from->pairs[i].value) != 0)
            return -1;
    }
    return 0;
}

static int merge(struct builder *b, struct node *map, const struct node *from)
{
    if (from->kind != NODE_LIST)
        return merge_one(b, map, from);
    for (size_t i = 0; i < from->n; i++)
        if (merge_one(b, map, from->items[i]) != 0)
            return -1;
    return 0;
}

static int keep_pair(struct builder *b, struct node *map, struct node *key, struct node *value)
{
    if (map->n == MAX_PAIRS)
        return give_up(b, key->pos, "a map with too many keys");
    size_t i = pair_index(map, key->text);
    if (i < map->n) {
        const struct node *first = map->pairs[i].key_node;
        char where[32] = "";
        if (first->pos.line > 0)
            snprintf(where, sizeof where, ", first in line %u", first->pos.line);
        node_complain(b->reading, node_whole(key), NULL, NULL, "the key \"%s\" is given twice%s",
                      key->text, where);
        return 0;
    }
    return add_pair(b->reading, map, key, value);
}

static int build_map(struct builder *b, unsigned depth, struct node *map)
{
    struct node *key = NULL, *merged = NULL;
    for (;;) {
        struct node *item = NULL;
        struct fy_event *event = next_event(b);
        if (event == NULL)
            return 0;
        bool is_end = event->type == FYET_MAPPING_END;
        int rc = is_end ? 0 : build(b, event, depth + 1, &item);
        fy_parser_event_free(b->parser, event);
        if (rc != 0 || b->has_failed)
            return rc;
        if (is_end)
            return merged != NULL ? merge(b, map, merged) : 0;
        if (key == NULL) {
            key = item;
            continue;
        }
        if (item->kind == NODE_EMPTY) { /* it has no place of its own */
            item->pos = key->pos;
            item->origin = key->origin;
        }
        if (key->kind == NODE_LIST || key->kind == NODE_MAP)
            node_complain(b->reading, node_whole(key), "a name", NULL,
                          "a key is a text, this is %s", node_kind_words(key));
        else if (strcmp(key->text, "<<") == 0)
            merged = item;
        else if (keep_pair(b, map, key, item) != 0)
            return -1;
        key = NULL;
    }
}

static int build(struct builder *b, struct fy_event *event, unsigned depth, struct node **node)
{
    const struct fy_mark *mark = fy_event_start_mark(event);
    int rc = 0;
    if (depth > MAX_DEPTH)
        return give_up(b, place(b, mark), "the file is nested too deeply");
    switch (event->type) {
    case FYET_SCALAR:
        rc = build_text(b, event, node);
        return rc != 0 ? rc : remember_anchor(b, event->scalar.anchor, *node);
    case FYET_ALIAS: return build_alias(b, event, node);
    case FYET_SEQUENCE_START:
        rc = new_node(b, NODE_LIST, mark, node);
        if (rc == 0 && *node != NULL)
            rc = build_list(b, depth, *node);
        return rc != 0 ? rc : remember_anchor(b, event->sequence_start.anchor, *node);
    case FYET_MAPPING_START:
        rc = new_node(b, NODE_MAP, mark, node);
        if (rc == 0 && *node != NULL)
            rc = build_map(b, depth, *node);
        return rc != 0 ? rc : remember_anchor(b, event->mapping_start.anchor, *node);
    default: return 0;
    }
}

/* ---- the stream ----------------------------------------------------------------------------- */

static void be_quiet(struct fy_diag *diag, void *user, const char *text, size_t n)
{
    (void)diag, (void)user, (void)text, (void)n;
}

/* A tab before the first word of a line up to the one behind pos: the usual cause of trouble. */
static bool find_tab(const struct builder *b, struct scan_pos *pos)
{
    const char *line = b->text;
    for (unsigned number = 1; line != NULL && number <= pos->line + 1; number++) {
        size_t blanks = strspn(line, " ");
        if (line[blanks] == '\t' && line[blanks + strspn(line + blanks, " \t\r")] != '\n' &&
            line[blanks + 1] != '\0') {
            *pos = (struct scan_pos){.line = number, .column = (unsigned)blanks + 1, .length = 1};
            return true;
        }
        line = strchr(line, '\n');
        line = line != NULL ? line + 1 : NULL;
    }
    return false;
}

static unsigned count_lines(const char *text)
{
    unsigned n = 0;
    for (; *text != '\0'; n++) {
        text += strcspn(text, "\n");
        text += *text == '\n';
    }
    return n;
}

static const char *yaml_hint(const char *message, bool at_end)
{
    if (strstr(message, "flow") != NULL)
        return at_end ? " (a bracket is not closed)"
                      : " (inside [...] and {...} a text with brackets or commas needs quotes)";
    if (strstr(message, "nested block mapping") != NULL)
        return " (a text with \": \" in it needs quotes)";
    return "";
}

/* libfyaml's own complaint, the first one: what follows it is its consequence. */
static void tell_yaml_error(struct builder *b, struct fy_diag *diag)
{
    void *prev = NULL;
    struct fy_diag_error *error = fy_diag_errors_iterate(diag, &prev);
    struct scan_pos pos = {.line = 1, .column = 1, .length = 1};
    char words[400] = "this is not YAML";
    if (error != NULL && error->msg != NULL) {
        if (error->line > 0 && error->column > 0) {
            pos.line = (unsigned)error->line;
            pos.column = (unsigned)error->column;
        }
        snprintf(words, sizeof words, "this is not YAML: %s%s", error->msg,
                 yaml_hint(error->msg, pos.line > count_lines(b->text)));
    }
    b->has_failed = false;
    if (find_tab(b, &pos))
        snprintf(words, sizeof words, "a tab in the indentation: YAML wants blanks");
    give_up(b, pos, words);
}

static int read_stream(struct builder *b, struct fy_diag *diag, struct node **root)
{
    size_t n_documents = 0;
    int rc = 0;
    *root = NULL;
    for (;;) {
        struct node *node = NULL;
        struct fy_event *event = next_event(b);
        if (event == NULL) {
            tell_yaml_error(b, diag);
            break;
        }
        bool is_end = event->type == FYET_STREAM_END;
        if (event->type == FYET_DOCUMENT_START && ++n_documents > 1)
            give_up(b, place(b, fy_event_start_mark(event)),
                    "a scan file is one document, this begins another");
        else
            rc = build(b, event, 0, &node);
        fy_parser_event_free(b->parser, event);
        if (node != NULL)
            *root = node;
        if (b->has_failed && rc == 0 && fy_parser_get_stream_error(b->parser))
            tell_yaml_error(b, diag);
        if (is_end || rc != 0 || b->has_failed)
            break;
    }
    if (b->has_failed)
        *root = NULL;
    return rc;
}

/* The first byte that is no text: NUL, other control characters, broken UTF-8. */
static bool find_garbage(const char *text, size_t n, size_t *at)
{
    const unsigned char *p = (const unsigned char *)text;
    for (size_t i = 0; i < n;) {
        size_t more = p[i] < 0x80 ? 0 : p[i] >= 0xf0 ? 3 : p[i] >= 0xe0 ? 2 : 1;
        *at = i;
        if ((p[i] < 0x20 && p[i] != '\t' && p[i] != '\n' && p[i] != '\r') || p[i] == 0x7f)
            return true;
        if ((p[i] >= 0x80 && p[i] < 0xc2) || p[i] > 0xf4 || i + more >= n + (more == 0))
            return true;
        for (size_t k = 1; k <= more; k++)
            if ((p[i + k] & 0xc0) != 0x80)
                return true;
        i += more + 1;
    }
    return false;
}

/* An explicit key, "? key", which a scan file never needs.  libfyaml 0.7 frees twice when a tab
 * stands behind one (its issue 57), so none is given to it. */
static bool find_explicit_key(const struct builder *b, struct scan_pos *pos)
{
    const char *line = b->text;
    for (unsigned number = 1; line != NULL; number++) {
        size_t lead = strspn(line, " \t-");
        if (line[lead] == '?' && (line[lead + 1] == '\0' || strchr(" \t\r\n", line[lead + 1]))) {
            *pos = (struct scan_pos){.line = number, .column = (unsigned)lead + 1, .length = 1};
            return true;
        }
        line = strchr(line, '\n');
        line = line != NULL ? line + 1 : NULL;
    }
    return false;
}

static int parse_text(struct builder *b, struct node **root)
{
    struct fy_diag_cfg diag_cfg;
    fy_diag_cfg_default(&diag_cfg);
    diag_cfg.fp = NULL;
    diag_cfg.output_fn = be_quiet;
    struct fy_diag *diag = fy_diag_create(&diag_cfg);
    struct fy_parse_cfg cfg = {.flags = FYPCF_QUIET | FYPCF_DEFAULT_VERSION_1_2, .diag = diag};
    int rc = -1;
    if (diag == NULL)
        return mem_error(b->reading->err);
    fy_diag_set_collect_errors(diag, true);
    b->parser = fy_parser_create(&cfg);
    if (b->parser == NULL || fy_parser_set_string(b->parser, b->text, b->n_text) != 0)
        mem_error(b->reading->err);
    else
        rc = read_stream(b, diag, root);
    if (b->parser != NULL)
        fy_parser_destroy(b->parser);
    fy_diag_destroy(diag);
    return rc;
}

int node_read(const struct reading *reading, const char *text, size_t n, const char *file,
              struct node **root)
{
    struct builder b = {.reading = reading, .text = text, .n_text = n, .file = file};
    size_t at = 0;
    *root = NULL;
    if (file != NULL) {
        const char *slash = strrchr(file, '/');
        b.dir = slash == NULL ? arena_strdup(reading->arena, ".")
                              : arena_strndup(reading->arena, file, (size_t)(slash - file));
        if (b.dir == NULL)
            return mem_error(reading->err);
    }
    if (n >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) { /* a byte order mark */
        b.text += 3;
        b.n_text -= 3;
    }
    if (n > MAX_LENGTH)
        return give_up(&b, (struct scan_pos){1, 1, 1}, "the file is larger than 4 MB");
    if (find_garbage(b.text, b.n_text, &at)) {
        struct fy_mark mark = {.input_pos = at};
        for (size_t i = 0; i < at; i++)
            mark.line += b.text[i] == '\n';
        b.line = (unsigned)mark.line + 1;
        return give_up(&b, place(&b, &mark), "this is not text in UTF-8");
    }
    struct scan_pos pos;
    if (find_explicit_key(&b, &pos))
        return give_up(&b, pos, "a line cannot begin with \"?\": write KEY: VALUE");
    return parse_text(&b, root);
}
