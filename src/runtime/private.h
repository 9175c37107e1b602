// The runtime object, as the files of this room see it.
//
// Lock order, outermost first: uploads, compile slot, function.mutex,
// functions.mutex, calls.mutex, call.mutex, scheduler, shards of the monitor. Guest code runs and
// calls finish with none of them held.
#ifndef FAASM_RUNTIME_PRIVATE_H
#define FAASM_RUNTIME_PRIVATE_H

#include "runtime/call_table.h"
#include "runtime/function.h"
#include "runtime/keys.h"
#include "runtime/library_budget.h"
#include "runtime/library_cache.h"
#include "runtime/monitor.h"
#include "runtime/objects.h"
#include "runtime/optimise.h"
#include "runtime/pressure.h"
#include "runtime/runtime.h"
#include "runtime/scheduler.h"
#include "runtime/shares.h"
#include "runtime/user_files.h"

struct runtime_latency {
    _Atomic uint64_t buckets[RUNTIME_LATENCY_BUCKETS];
    _Atomic uint64_t sum_nanoseconds;
};

struct runtime_statistics {
    _Atomic uint64_t calls_running;
    _Atomic uint64_t calls_finished[CALL_STATUS_COUNT];
    _Atomic uint64_t cold_starts;
    _Atomic uint64_t latency[RUNTIME_LATENCY_BUCKETS];
    struct runtime_latency latency_by_status[CALL_STATUS_COUNT];
    _Atomic uint64_t latency_sum_nanoseconds;
};

struct runtime {
    struct runtime_config config; // strings are owned
    char *folder;
    char *compile_program;
    char *library_folder;
    struct runtime_user_limits *users; // sorted by name
    const struct faaslet_linker *linker;
    struct store *store;
    struct journal *journal; // NULL without a store
    struct user_files files;
    struct keys keys;
    struct objects objects;
    struct optimiser optimiser;
    struct library_cache libraries;
    struct library_budget library_budget;
    struct function_table functions;
    struct pool_totals pool_totals;
    uint64_t next_trim; // the chores'
    struct pressure pressure;
    _Atomic bool memory_short;
    struct call_table calls;
    struct monitor monitor;
    struct scheduler *scheduler;
    struct shares shares;    // created with the scheduler
    pthread_mutex_t waits;   // guards waits_for of all calls
    pthread_mutex_t uploads; // what the store and the table of functions say stays the same
    struct runtime_statistics statistics;
    _Atomic bool stopping;         // calls are stopped because the process ends
    _Atomic(struct state *) state; // NULL before it is opened
};

// The limits of a user, of the configuration.
const struct call_limits *runtime_user_limits(const struct runtime *runtime, const char *user);

// The level of optimised code of functions with these options (may be NULL).
int runtime_level(const struct runtime *runtime, const struct store_options *options);

// Makes a call and queues it. `again` is what the journal says of it, NULL for a new one; `key`
// NULL or to be kept with it.
struct call *runtime_begin(struct runtime *runtime, const struct call_request *request,
                           const struct journal_call *again, const struct journal_key *key,
                           struct error *error);

// monitor_config.chores.
uint64_t runtime_chores(void *context, uint64_t now);

// There is something for them within a second. Cheap.
void runtime_need_chores(struct runtime *runtime, uint64_t now);

// Queues the calls that the journal holds, and remembers its keys.
bool durable_recover(struct runtime *runtime, struct error *error);

// A reference to the function: loaded, or known to the store. ERROR_NOT_FOUND.
struct function *runtime_find_function(struct runtime *runtime, const char *user, const char *name,
                                       struct error *error);

// Opens the state.
bool runtime_open_state(struct runtime *runtime, struct error *error);

// The waiter is about to wait for a call: false (ERROR_CONFLICT) when that waits for a lock that
// the waiter has.
bool runtime_check_wait(struct runtime *runtime, const struct call *waiter, struct error *error);

// Runs a call to its end on this thread and finishes it (scheduler_config.run).
void execute_call(void *context, struct call *call);

// The call is in the Faaslet from here on: it can be stopped, its limits hold, its time counts. On
// failure it is not.
bool execute_enter(struct runtime *runtime, struct call *call, struct faaslet *faaslet,
                   struct error *error);
void execute_leave(struct runtime *runtime, struct call *call, const struct faaslet *faaslet);

// Ends a call that was asked to stop and has not begun.
void execute_stopped(struct runtime *runtime, struct call *call);

// Stops a call (monitor_config.stop).
void stop_call(void *context, struct call *call, enum faaslet_trap_kind kind);
void stop_all_calls(struct runtime *runtime);

// Ends a call that has not begun, with an error (scheduler_config.abandon).
void execute_abandon(void *context, struct call *call);

#endif
