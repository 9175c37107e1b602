// What a runtime holds, for people and metrics: a walk over functions and calls. Walks hold a lock
// that calls need to begin and end, so visitors only copy what they want.
#ifndef FAASM_RUNTIME_INSPECT_H
#define FAASM_RUNTIME_INSPECT_H

#include "runtime/runtime.h"

struct inspected_function {
    const char *user, *name;
    uint64_t calls; // finished since the start of this process
    uint64_t image_bytes;
    uint32_t faaslets; // alive
};

// Calls `visit` for each function that is initialised, until it returns false. Thread-safe.
void inspect_functions(struct runtime *runtime,
                       bool (*visit)(void *context, const struct inspected_function *function),
                       void *context);

// Calls `visit` for each call that has not finished, until it returns false. What is const while
// a call exists and its atomic fields may be read; no lock of the call may be taken. Thread-safe.
void inspect_calls(struct runtime *runtime, bool (*visit)(void *context, const struct call *call),
                   void *context);

#endif
