// Where calls enter a module.
#ifndef FAASM_RUNTIME_ENTRY_H
#define FAASM_RUNTIME_ENTRY_H

#include "faaslet/faaslet.h"
#include "runtime/call.h"

#include <stdbool.h>

// That the function takes that many i32 and returns that many i32.
bool entry_has_type(const struct faaslet_function *function, uint32_t parameters, uint32_t results);

// How a call goes in, and where its exit code comes from.
struct entry {
    struct faaslet_function function;
    uint64_t values[1];
    bool returns_exit_code;
};

// Calls by name enter at `_start`. Calls by pointer enter at the element of table 0, a function
// () -> i32; through `_faasm_call_pointer` (i32) -> () where the module exports that, which calls
// it and then ends the program as a return from main does.
bool entry_find(struct object_instance *instance, const struct call *call, struct entry *entry,
                struct error *error);

#endif
