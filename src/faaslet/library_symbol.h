// Inside of the room: symbols of side modules.
#ifndef FAASM_FAASLET_LIBRARY_SYMBOL_H
#define FAASM_FAASLET_LIBRARY_SYMBOL_H

#include "faaslet/library_list.h"

// What defines a symbol.
struct library_symbol {
    uint32_t library;
    const struct object_export *export;
};

// What a module itself defines under the name: a function, or an immutable i32 global (data). Not
// what it has imported itself.
const struct object_export *library_symbol_in(struct faaslet_object *object,
                                              struct object_name name);

// The guest address of data; the globals of its module have their values.
uint32_t library_symbol_address(const struct faaslet *faaslet, const struct library *library,
                                const struct object_export *export);

// The table of the program that function pointers refer to, or NULL.
struct object_table *library_table(const struct faaslet *faaslet, struct faaslet_object *program);

// More elements, all null. False where the table cannot grow.
bool library_table_grow(struct object_table *table, uint64_t count, struct error *error);

// The table index of a function: the element that has it, or else a new one.
bool library_symbol_element(struct faaslet *faaslet, struct object_table *table,
                            const struct library *library, const struct object_export *export,
                            uint32_t *element, struct error *error);

#endif
