// What a runtime holds, for people and metrics: a walk over functions and calls. Walks hold a lock
// that calls need to begin and end, so visitors only copy what they want.
#ifndef FAASM_RUNTIME_INSPECT_H
#define FAASM_RUNTIME_INSPECT_H

#include "runtime/runtime.h"

struct inspected_function {
    const char *user, *name;
    uint64_t calls[CALL_STATUS_COUNT]; // finished since it was loaded, by how they ended
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

// Latency of calls that ended in a status, from queued to ended: buckets as of runtime_counters.
struct inspected_latency {
    uint64_t buckets[RUNTIME_LATENCY_BUCKETS];
    uint64_t sum_nanoseconds;
};
void inspect_latency(struct runtime *runtime, enum call_status status,
                     struct inspected_latency *latency);

#endif
