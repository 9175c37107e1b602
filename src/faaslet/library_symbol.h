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

// The guest address of data; the globals of its module have their values. `thread_base` is where
// the module's thread-local data is.
uint32_t library_symbol_address(const struct faaslet *faaslet, const struct library *library,
                                uint32_t thread_base, const struct object_export *export);

// The table of an instance of the program that function pointers refer to, or NULL.
struct object_table *library_table(const struct object_instance *program,
                                   struct faaslet_object *object);

static inline struct faaslet_object *library_program(const struct faaslet *faaslet) {
    return faaslet->contents.instances[0].object;
}

// More elements, all null. False where the table cannot grow.
bool library_table_grow(struct object_table *table, uint64_t count, struct error *error);

// One more element, which is there before it can be called: code of other threads may run. There is
// room for it.
void library_table_append(struct object_instance *instance, uint32_t function,
                          struct object_table *table);

// The table index of a function where the table has it.
bool library_symbol_find(const struct object_instance *program, const struct object_table *table,
                         const struct object_instance *instance, uint32_t function,
                         uint32_t *element);

// The table index of a function of a list in work: the element that has it, or else a new one.
// library_symbol_append always makes a new one, which is noted in the list.
bool library_symbol_element(struct faaslet *faaslet, struct library_list *list,
                            struct object_table *table, const struct library *library,
                            const struct object_export *export, uint32_t *element,
                            struct error *error);

bool library_symbol_append(struct faaslet *faaslet, struct library_list *list,
                           struct object_table *table, const struct library *library,
                           const struct object_export *export, uint32_t *element,
                           struct error *error);

// How much thread-local data a module wants, 0 bytes where it has none.
bool library_thread_data(struct faaslet_object *object, const struct object_instance *instance,
                         uint32_t *bytes, uint32_t *alignment, struct error *error);

#endif
