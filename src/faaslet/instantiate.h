// Inside of the room: instantiation in steps, as linking several modules that import from each
// other needs it (library.c). faaslet_instantiate does them all for one module.
//
// The order: allocate, resolve the imports, make memories and tables, connect, add; then globals,
// segments, start. Before `add` the instance is known to nobody: it can be given up.
#ifndef FAASM_FAASLET_INSTANTIATE_H
#define FAASM_FAASLET_INSTANTIATE_H

#include "faaslet/space.h"

// What an import was resolved to: one of them.
struct instantiate_import {
    const struct faaslet_host_function *host;
    struct faaslet_definition definition;
    uint64_t *cell; // 16 bytes of the instance area: an i32 global of the dynamic linker
    bool missing;   // a weak function that is nowhere: traps when called
    bool made;      // a memory that the Faaslet makes
};

struct instantiation {
    struct faaslet *faaslet;
    struct faaslet_object *owner;
    const struct object_module *object; // of the owner
    struct object_instance *instance;
    struct instantiate_import *imports; // [import_count], malloc'd
    bool memory_grows; // to what the module wants, before its code runs: not checked before
    struct faaslet_result *result; // of code that ran, and of traps
    struct error *error;
};

// The instance, as the number-th of the Faaslet, and room for its imports.
bool instantiate_allocate(struct instantiation *work, uint32_t number);

// Checks that a definition fits the import, and takes it; a host function.
bool instantiate_use_definition(struct instantiation *work, uint32_t import,
                                const struct faaslet_definition *definition);
bool instantiate_use_linker(struct instantiation *work, uint32_t import,
                            const struct faaslet_linker *linker);

bool instantiate_make_memories(struct instantiation *work); // and tables
// Of modules of which functions, memories, tables are imported: memories and tables are made.
void instantiate_connect(struct instantiation *work);
// The Faaslet knows the instance from here on, and holds a reference to its object.
bool instantiate_add(struct instantiation *work);

bool instantiate_globals(struct instantiation *work);
bool instantiate_elements(struct instantiation *work); // segments; ERROR_TRAP: out of bounds
bool instantiate_segments(struct instantiation *work); // those, and data; likewise
bool instantiate_start(struct instantiation *work);

#endif
