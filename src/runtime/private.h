// The runtime object, as the files of this room see it.
//
// Lock order, outermost first: uploads, compile slot, function.mutex, functions.mutex,
// calls.mutex, call.mutex, scheduler. Guest code runs and calls finish with none of them held.
#ifndef FAASM_RUNTIME_PRIVATE_H
#define FAASM_RUNTIME_PRIVATE_H

#include "runtime/call_table.h"
#include "runtime/function.h"
#include "runtime/objects.h"
#include "runtime/runtime.h"
#include "runtime/scheduler.h"

struct runtime_statistics {
    _Atomic uint64_t calls_running;
    _Atomic uint64_t calls_finished[CALL_STATUS_COUNT];
    _Atomic uint64_t cold_starts;
    _Atomic uint64_t latency[32];
    _Atomic uint64_t latency_sum_nanoseconds;
};

struct runtime {
    struct runtime_config config; // strings are owned
    char *folder;
    char *compile_program;
    const struct faaslet_linker *linker;
    struct store *store;
    struct objects objects;
    struct function_table functions;
    struct pool_totals pool_totals;
    struct call_table calls;
    struct scheduler *scheduler;
    pthread_mutex_t waits;   // guards waits_for of all calls
    pthread_mutex_t uploads; // what the store and the table of functions say stays the same
    struct runtime_statistics statistics;
};

// A reference to the function: loaded, or known to the store. ERROR_NOT_FOUND.
struct function *runtime_find_function(struct runtime *runtime, const char *user, const char *name,
                                       struct error *error);

// Runs a call to its end on this thread and finishes it (scheduler_config.run).
void execute_call(void *context, struct call *call);

// Ends a call that has not begun, with an error (scheduler_config.abandon).
void execute_abandon(void *context, struct call *call);

#endif
