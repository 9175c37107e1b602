// What the runtime keeps of a call beyond what call.h shows.
#ifndef FAASM_RUNTIME_RECORD_H
#define FAASM_RUNTIME_RECORD_H

#include "runtime/call.h"
#include "runtime/waiters.h"

#include <uthash.h>

struct function;

// A doubly linked list of calls; each list says which links it uses and what guards it.
struct call_links {
    struct call *next, *previous;
};
struct call_list {
    struct call *first, *last;
    size_t count;
};

struct call_private {
    _Atomic uint32_t references;
    struct function *function; // a reference; NULL for calls that have none (tests)
    uint32_t depth;            // of chaining; 0: not chained
    size_t log_limit;
    size_t output_limit;
    uint64_t submitted; // clock_monotonic()
    void (*finished)(void *context, struct call *call);
    void *context;

    struct waiters waiters; // for its end; guarded by call->mutex

    bool waits_here; // whoever submits it runs it: no thread is started for it
    bool in_queue;   // guarded by the scheduler's mutex, as queue_links
    struct call_links queue_links;

    struct call *waits_for; // guarded by the runtime's mutex of waits

    // Guarded by the mutex of the call table.
    UT_hash_handle hash;
    uint32_t id;
    struct call *call;
    bool closed;               // has finished, as far as the table knows
    struct call_list *kept_in; // a list of finished records, or NULL
    struct call_links kept_links;
    struct call_list children; // finished calls that this one has chained and not yet awaited
    size_t bytes;              // that the record counts for once it is kept
};

struct call_limits {
    size_t log_bytes;
    size_t output_bytes;
};

// A call with one reference, QUEUED, without an id. Takes over `input`. NULL when memory is out
// (`input` is then unchanged).
struct call *call_new(struct runtime *runtime, const char *user, const char *function,
                      struct buffer *input, const struct call_limits *limits, struct error *error);

// Runs the destructors of the call's slots.
void call_destroy_slots(struct call *call);

// The call runs: sets its status and the time.
void call_begin(struct call *call);

// The call has ended: sets time and status, in this order, and wakes who waits for it.
void call_end(struct call *call, enum call_status status);

// The Faaslet that the call runs in, NULL when it has left it.
void call_set_faaslet(struct call *call, struct faaslet *faaslet);

// Waits until the call has finished; false when the call in `faaslet` (may be NULL) was
// interrupted.
bool call_wait(struct call *call, struct faaslet *faaslet);

#endif
