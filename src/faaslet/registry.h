// Inside of the room: which addresses are generated code. Read by signal handlers.
#ifndef FAASM_FAASLET_REGISTRY_H
#define FAASM_FAASLET_REGISTRY_H

#include "base/error.h"
#include "base/object.h"
#include "faaslet/unwind_table.h"

#include <stdbool.h>
#include <stdint.h>

// A place in a code range where a function begins; `function` is UINT32_MAX for code that belongs
// to none (the entry functions of types, adapters).
struct registry_start {
    const void *address;
    uint32_t function;
};

// The code of one object. Immutable while registered.
struct registry_range {
    const char *begin;
    const char *end;
    const struct object_module *module;
    const struct registry_start *starts; // sorted by address
    uint32_t start_count;
    struct unwind_tables unwind;
};

// Thread-safe. `range` must stay until registry_remove. False when memory is out.
bool registry_add(const struct registry_range *range, struct error *error);
void registry_remove(const struct registry_range *range);

// Changes whenever a range was removed. What is known about addresses of generated code is good for
// as long as it stays the same.
uint64_t registry_generation(void);

// The range that holds the address, or NULL. Async-signal-safe, takes no lock. The answer is good
// for as long as the object is loaded, which the caller knows because it, or a call it handles,
// runs the object's code.
const struct registry_range *registry_find(const void *address);

#endif
