// Which place in the source code is from: bytes that map code addresses to file, line and column,
// and to the functions that the compiler inlined there. They can be kept in a file and mapped.
//
// There are two of a module with debug information, made from DWARF by codegen/debug_read.h: one of
// the wasm, whose addresses count from the beginning of the code section's contents, and one of the
// compiled object, whose addresses are those of its ELF file. The second is the object's section
// SOURCE_MAP_SECTION.
//
// Nothing in the bytes is trusted: whatever they hold, reading them stays inside of them and ends.
#ifndef FAASM_BASE_SOURCE_MAP_H
#define FAASM_BASE_SOURCE_MAP_H

#include "base/buffer.h"
#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>

#define SOURCE_MAP_SECTION ".faasm.source"
#define SOURCE_MAP_NONE    UINT32_MAX

enum {
    SOURCE_MAP_ALIGNMENT = 4, // of the bytes in memory, and of the section in its file
    SOURCE_MAP_DEPTH = 64,    // functions inlined into one another
};

// Of the code from `address` up to the next place's.
struct source_map_place {
    uint32_t address;
    uint32_t file;   // SOURCE_MAP_NONE: nothing is known of this code
    uint32_t line;   // 0: of no line in particular
    uint32_t column; // 0: unknown
    uint32_t scope;  // the innermost; SOURCE_MAP_NONE: unknown
};

// A function, or one that was inlined into the scope `parent`.
struct source_map_scope {
    uint32_t parent; // SOURCE_MAP_NONE: not inlined, and what follows has no meaning
    uint32_t function;
    uint32_t call_file, call_line, call_column; // where it was called
};

struct source_map_function {
    uint32_t name, linkage_name; // offsets of strings; "" where there is none
    uint32_t file, line;         // where it is defined; SOURCE_MAP_NONE, 0: unknown
    uint32_t unit;
};

struct source_map_file {
    uint32_t folder, name; // offsets of strings; the folder may be "", and the name absolute
};

// What was compiled at once.
struct source_map_unit {
    uint32_t file;     // SOURCE_MAP_NONE: unknown
    uint32_t producer; // offset of a string
    uint32_t language; // DW_LANG_*
};

// The beginning of the bytes. Behind it come places, scopes, functions, files, units, strings.
struct source_map_header {
    uint32_t magic;
    uint32_t place_count;
    uint32_t scope_count;
    uint32_t function_count;
    uint32_t file_count;
    uint32_t unit_count;
    uint32_t string_bytes; // the last of which is 0
};
#define SOURCE_MAP_MAGIC 0x314d5346u // "FSM1"

// A view of the bytes.
struct source_map {
    struct source_map_header header;
    const struct source_map_place *places; // sorted by address
    const struct source_map_scope *scopes; // parents before children
    const struct source_map_function *functions;
    const struct source_map_file *files;
    const struct source_map_unit *units;
    const char *strings;
};

// ERROR_MALFORMED where the sizes do not fit together. `bytes` must stay, and be aligned.
bool source_map_open(struct source_map *map, struct bytes bytes, struct error *error);

// The number of the place that an address is in; 0 where it is before all of them.
uint32_t source_map_search(const struct source_map *map, uint32_t address);

// The place of the code at an address, NULL where nothing is known about it.
const struct source_map_place *source_map_find(const struct source_map *map, uint32_t address);

// NULL for numbers that are none. The parent of a scope has a lower number, or is SOURCE_MAP_NONE.
const struct source_map_scope *source_map_scope(const struct source_map *map, uint32_t number);
const struct source_map_function *source_map_function(const struct source_map *map,
                                                      uint32_t number);
const struct source_map_file *source_map_file(const struct source_map *map, uint32_t number);
const struct source_map_unit *source_map_unit(const struct source_map *map, uint32_t number);
// "" for offsets that are none.
const char *source_map_string(const struct source_map *map, uint32_t offset);

// The number of the parent, or SOURCE_MAP_NONE where there is none (or none that can be).
uint32_t source_map_parent(const struct source_map *map, uint32_t scope);

#endif
