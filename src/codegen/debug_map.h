// Gathers what debug information says, and makes a source map (base/source_map.h) of it. Internal
// to the room.
#ifndef FAASM_CODEGEN_DEBUG_MAP_H
#define FAASM_CODEGEN_DEBUG_MAP_H

#include "base/source_map.h"

struct debug_interned;

// Zero-initialise to create.
struct debug_map {
    struct buffer rows;  // struct debug_row
    struct buffer spans; // struct debug_span
    struct buffer scopes, functions, files, units, strings;
    struct debug_interned *interned; // hash table of strings, files and functions
};

// A row of a line table: the place of the code from `address` up to the next row.
struct debug_row {
    uint32_t address;
    uint32_t file, line, column;
    bool end; // the code ends here
};

void debug_map_destroy(struct debug_map *map);

// Each gives the number (of a string: the offset) of what is added, or of its equal that is there.
bool debug_map_string(struct debug_map *map, const char *text, uint32_t *offset,
                      struct error *error);
// A path as DWARF has it: absolute, or relative to `folder`, which may be "".
bool debug_map_file(struct debug_map *map, const char *folder, const char *path, uint32_t *number,
                    struct error *error);
bool debug_map_function(struct debug_map *map, const struct source_map_function *function,
                        uint32_t *number, struct error *error);

// These are always new.
bool debug_map_unit(struct debug_map *map, const struct source_map_unit *unit, uint32_t *number,
                    struct error *error);
bool debug_map_scope(struct debug_map *map, const struct source_map_scope *scope, uint32_t *number,
                     struct error *error);
bool debug_map_row(struct debug_map *map, const struct debug_row *row, struct error *error);
// The code of a scope; `depth` is that of the scope, 0 for functions that are not inlined.
bool debug_map_span(struct debug_map *map, uint32_t low, uint32_t high, uint32_t scope,
                    uint32_t depth, struct error *error);

// Appends the source map to `bytes`. Once.
bool debug_map_finish(struct debug_map *map, struct buffer *bytes, struct error *error);

#endif
