#include "codegen/debug_map.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

enum {
    ENTRIES_MAXIMUM = 16 << 20, // of each kind
    STRING_BYTES_MAXIMUM = 256 << 20,
    STRING_MAXIMUM = 4096,
    OPEN_SPANS = 4 * SOURCE_MAP_DEPTH,
};

// ---- What is kept once --------------------------------------------------------------------------

enum debug_kind { DEBUG_STRING, DEBUG_FILE, DEBUG_FUNCTION };

struct debug_interned {
    UT_hash_handle hh;
    uint32_t number;
    size_t length;
    uint8_t key[]; // kind, then the bytes
};

void debug_map_destroy(struct debug_map *map) {
    struct debug_interned *entry = map->interned;
    HASH_CLEAR(hh, map->interned); // which leaves the entries and their chain alone
    while (entry != NULL) {
        struct debug_interned *next = entry->hh.next;
        free(entry);
        entry = next;
    }
    buffer_destroy(&map->rows);
    buffer_destroy(&map->spans);
    buffer_destroy(&map->scopes);
    buffer_destroy(&map->functions);
    buffer_destroy(&map->files);
    buffer_destroy(&map->units);
    buffer_destroy(&map->strings);
    *map = (struct debug_map){0};
}

static bool append(struct buffer *array, const void *record, size_t size, uint32_t *number,
                   struct error *error) {
    size_t count = array->length / size;
    if (count >= ENTRIES_MAXIMUM) {
        return error_set(error, ERROR_TOO_LARGE, "more than %d entries", ENTRIES_MAXIMUM);
    }
    *number = (uint32_t)count;
    return buffer_append(array, record, size, error);
}

static bool append_string(struct buffer *strings, const char *text, size_t length, uint32_t *number,
                          struct error *error) {
    if (strings->length > STRING_BYTES_MAXIMUM) {
        return error_set(error, ERROR_TOO_LARGE, "more than %d bytes of names",
                         STRING_BYTES_MAXIMUM);
    }
    *number = (uint32_t)strings->length;
    return buffer_append(strings, text, length, error) && buffer_append(strings, "", 1, error);
}

// `record` is the text where a string is interned.
static bool intern(struct debug_map *map, enum debug_kind kind, const void *record, size_t size,
                   uint32_t *number, struct error *error) {
    struct debug_interned *entry = malloc(sizeof *entry + 1 + size);
    if (entry == NULL) {
        return error_set(error, ERROR_MEMORY, "out of memory");
    }
    entry->length = 1 + size;
    entry->key[0] = (uint8_t)kind;
    memcpy(entry->key + 1, record, size);
    struct debug_interned *known = NULL;
    HASH_FIND(hh, map->interned, entry->key, entry->length, known);
    if (known != NULL) {
        free(entry);
        *number = known->number;
        return true;
    }
    bool added = kind == DEBUG_STRING ? append_string(&map->strings, record, size, number, error)
                 : kind == DEBUG_FILE ? append(&map->files, record, size, number, error)
                                      : append(&map->functions, record, size, number, error);
    if (!added) {
        free(entry);
        return false;
    }
    entry->number = *number;
    HASH_ADD_KEYPTR(hh, map->interned, entry->key, entry->length, entry);
    return true;
}

bool debug_map_string(struct debug_map *map, const char *text, uint32_t *offset,
                      struct error *error) {
    return intern(map, DEBUG_STRING, text, strnlen(text, STRING_MAXIMUM), offset, error);
}

// Names are told relative to the folder where they lie in it.
bool debug_map_file(struct debug_map *map, const char *folder, const char *path, uint32_t *number,
                    struct error *error) {
    size_t length = strlen(folder);
    if (path[0] == '/') {
        if (length > 0 && strncmp(path, folder, length) == 0 && path[length] == '/' &&
            path[length + 1] != '\0') {
            path += length + 1;
        } else {
            folder = "";
        }
    }
    struct source_map_file file = {0};
    return debug_map_string(map, folder, &file.folder, error) &&
           debug_map_string(map, path, &file.name, error) &&
           intern(map, DEBUG_FILE, &file, sizeof file, number, error);
}

bool debug_map_function(struct debug_map *map, const struct source_map_function *function,
                        uint32_t *number, struct error *error) {
    return intern(map, DEBUG_FUNCTION, function, sizeof *function, number, error);
}

bool debug_map_unit(struct debug_map *map, const struct source_map_unit *unit, uint32_t *number,
                    struct error *error) {
    return append(&map->units, unit, sizeof *unit, number, error);
}

bool debug_map_scope(struct debug_map *map, const struct source_map_scope *scope, uint32_t *number,
                     struct error *error) {
    return append(&map->scopes, scope, sizeof *scope, number, error);
}

// ---- Places -------------------------------------------------------------------------------------

struct ordered_row {
    struct debug_row row;
    uint32_t order;
};

struct debug_span {
    uint32_t low, high;
    uint32_t scope, depth;
};

bool debug_map_row(struct debug_map *map, const struct debug_row *row, struct error *error) {
    struct ordered_row ordered = {*row, (uint32_t)(map->rows.length / sizeof ordered)};
    uint32_t number;
    return append(&map->rows, &ordered, sizeof ordered, &number, error);
}

bool debug_map_span(struct debug_map *map, uint32_t low, uint32_t high, uint32_t scope,
                    uint32_t depth, struct error *error) {
    struct debug_span span = {low, high, scope, depth};
    uint32_t number;
    return append(&map->spans, &span, sizeof span, &number, error);
}

// Of rows at one address the last one holds; the end of a sequence comes before what begins there.
static int compare_rows(const void *left, const void *right) {
    const struct ordered_row *a = left, *b = right;
    if (a->row.address != b->row.address) {
        return a->row.address < b->row.address ? -1 : 1;
    }
    if (a->row.end != b->row.end) {
        return a->row.end ? -1 : 1;
    }
    return a->order < b->order ? -1 : 1;
}

static int compare_spans(const void *left, const void *right) {
    const struct debug_span *a = left, *b = right;
    if (a->low != b->low) {
        return a->low < b->low ? -1 : 1;
    }
    if (a->depth != b->depth) {
        return a->depth < b->depth ? -1 : 1;
    }
    return a->scope < b->scope ? -1 : a->scope > b->scope;
}

// One walk over rows and spans by address.
struct sweep {
    const struct ordered_row *rows;
    const struct debug_span *spans;
    size_t row, row_count, span, span_count;
    const struct debug_row *current; // NULL: nothing is known
    const struct debug_span *open[OPEN_SPANS];
    size_t open_count;
};

static uint32_t least(uint32_t a, uint32_t b) {
    return a < b ? a : b;
}

// The next address at which something changes; UINT32_MAX at the end.
static uint32_t next_address(const struct sweep *sweep) {
    uint32_t next = UINT32_MAX;
    if (sweep->row < sweep->row_count) {
        next = least(next, sweep->rows[sweep->row].row.address);
    }
    if (sweep->span < sweep->span_count) {
        next = least(next, sweep->spans[sweep->span].low);
    }
    if (sweep->open_count > 0) {
        next = least(next, sweep->open[sweep->open_count - 1]->high);
    }
    return next;
}

static void advance(struct sweep *sweep, uint32_t address) {
    while (sweep->open_count > 0 && sweep->open[sweep->open_count - 1]->high <= address) {
        sweep->open_count--;
    }
    for (; sweep->row < sweep->row_count && sweep->rows[sweep->row].row.address == address;
         sweep->row++) {
        const struct debug_row *row = &sweep->rows[sweep->row].row;
        sweep->current = row->end ? NULL : row;
    }
    for (; sweep->span < sweep->span_count && sweep->spans[sweep->span].low == address;
         sweep->span++) {
        const struct debug_span *span = &sweep->spans[sweep->span];
        if (span->high > address && sweep->open_count < OPEN_SPANS) {
            sweep->open[sweep->open_count++] = span;
        }
    }
}

static struct source_map_place place_of(const struct sweep *sweep, uint32_t address) {
    const struct debug_row *row = sweep->current;
    if (row == NULL || row->file == SOURCE_MAP_NONE) {
        return (struct source_map_place){
            .address = address, .file = SOURCE_MAP_NONE, .scope = SOURCE_MAP_NONE};
    }
    return (struct source_map_place){
        .address = address,
        .file = row->file,
        .line = row->line,
        .column = row->column,
        .scope =
            sweep->open_count > 0 ? sweep->open[sweep->open_count - 1]->scope : SOURCE_MAP_NONE,
    };
}

static bool is_same(const struct source_map_place *a, const struct source_map_place *b) {
    return a->file == b->file && a->line == b->line && a->column == b->column &&
           a->scope == b->scope;
}

static bool make_places(struct debug_map *map, struct buffer *places, struct error *error) {
    struct sweep sweep = {
        .rows = (void *)map->rows.data,
        .spans = (void *)map->spans.data,
        .row_count = map->rows.length / sizeof(struct ordered_row),
        .span_count = map->spans.length / sizeof(struct debug_span),
    };
    if (sweep.row_count > 0) {
        qsort(map->rows.data, sweep.row_count, sizeof *sweep.rows, compare_rows);
    }
    if (sweep.span_count > 0) {
        qsort(map->spans.data, sweep.span_count, sizeof *sweep.spans, compare_spans);
    }
    struct source_map_place last = {.file = SOURCE_MAP_NONE, .scope = SOURCE_MAP_NONE};
    for (uint32_t address; (address = next_address(&sweep)) != UINT32_MAX;) {
        advance(&sweep, address);
        struct source_map_place place = place_of(&sweep, address);
        if (!is_same(&place, &last) && !buffer_append(places, &place, sizeof place, error)) {
            return false;
        }
        last = place;
    }
    return true;
}

// ---- The bytes ----------------------------------------------------------------------------------

bool debug_map_finish(struct debug_map *map, struct buffer *bytes, struct error *error) {
    struct buffer places = {0};
    uint32_t empty;
    bool ok = debug_map_string(map, "", &empty, error) && make_places(map, &places, error);
    struct source_map_header header = {
        .magic = SOURCE_MAP_MAGIC,
        .place_count = (uint32_t)(places.length / sizeof(struct source_map_place)),
        .scope_count = (uint32_t)(map->scopes.length / sizeof(struct source_map_scope)),
        .function_count = (uint32_t)(map->functions.length / sizeof(struct source_map_function)),
        .file_count = (uint32_t)(map->files.length / sizeof(struct source_map_file)),
        .unit_count = (uint32_t)(map->units.length / sizeof(struct source_map_unit)),
        .string_bytes = (uint32_t)map->strings.length,
    };
    const struct buffer *arrays[] = {&places,     &map->scopes, &map->functions,
                                     &map->files, &map->units,  &map->strings};
    ok = ok && buffer_append(bytes, &header, sizeof header, error);
    for (size_t i = 0; i < sizeof arrays / sizeof arrays[0]; i++) {
        ok = ok && buffer_append(bytes, arrays[i]->data, arrays[i]->length, error);
    }
    buffer_destroy(&places);
    return ok;
}
