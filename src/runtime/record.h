// What the runtime keeps of a call beyond what call.h shows.
#ifndef FAASM_RUNTIME_RECORD_H
#define FAASM_RUNTIME_RECORD_H

#include "base/limits.h"
#include "runtime/call.h"
#include "runtime/call_list.h"
#include "runtime/waiters.h"

struct function;

struct cpu_meter;
struct call_private {
    _Atomic uint32_t references;
    struct function *function;             // a reference; NULL for calls that have none (tests)
    uint32_t depth;                        // of chaining; 0: not chained
    struct call_limits limits;             // that hold
    const struct call_limits *user_limits; // of all calls of its user together, or NULL
    uint64_t submitted;                    // clock_monotonic()
    uint64_t entered;                      // its Faaslet, clock_monotonic(); 0 before
    bool brief;                            // calls of the function are, as a rule
    bool in_batch; // whoever submits it runs it soon, if nobody else does (struct runtime_batch)
    void (*finished)(void *context, struct call *call);
    void *context;

    struct waiters waiters; // for its end; guarded by call->mutex
    struct call *initial;   // the initialisation that it makes, or NULL; guarded by call->mutex

    _Atomic uint32_t stop;     // enum faaslet_trap_kind: why it is to stop, 0: it is not. Set once
    struct call *next_to_stop; // of those found by the one that set `stop`

    // The monitor's. Written by the thread that runs the call, outside of the lists.
    struct call_links watch_links; // guarded by the shard's mutex
    bool watched;
    uint64_t deadline; // clock_monotonic()
    struct cpu_meter *meter;
    struct call *meter_outer;            // whom the meter charged before
    struct cpu_meter *thread_meters;     // of its guest threads; guarded by the shard's mutex
    uint32_t thread_count;               // of those
    _Atomic uint64_t thread_nanoseconds; // CPU time charged by meters of guest threads

    bool journaled;  // to be removed from the journal when it has finished
    bool abandoned;  // it did not begin, because the process ends
    bool keyed;      // a request with a key made it
    bool waits_here; // whoever submits it runs it: no thread is started for it
    bool by_runner;  // a call that runs has chained it, and may be about to await it
    bool in_queue;   // guarded by the scheduler's mutex, as queue_links
    struct call_links queue_links;
    struct queue_lane *lane; // that it is or was in

    struct call *waits_for; // guarded by the runtime's mutex of waits

    // Guarded by the mutex of the call table.
    struct call *next_in_bucket;
    bool closed;               // has finished, as far as the table knows
    uint64_t kept_since;       // clock_monotonic()
    struct call_list *kept_in; // a list of finished records, or NULL
    struct call_links kept_links;
    struct call_list children; // finished calls that this one has chained and not yet awaited
    struct call *ancestor;     // the nearest of those above it that has not finished, or NULL
    struct call_list live;     // the calls below it of which it is the ancestor
    struct call_links live_links;
    size_t bytes; // that the record counts for once it is kept
};

// A call with one reference, QUEUED, without an id. Takes over `input`. NULL when memory is out
// (`input` is then unchanged).
struct call *call_new(struct runtime *runtime, const char *user, const char *function,
                      struct buffer *input, const struct call_limits *limits, struct error *error);

// call_release, but leaves the memory to the caller: true when nobody uses it any more.
bool call_release_contents(struct call *call);

// Runs the destructors of the call's slots.
void call_destroy_slots(struct call *call);

// The call runs: sets its status and the time.
void call_begin(struct call *call);

// The call has ended: sets time and status, in this order, and wakes who waits for it.
void call_end(struct call *call, enum call_status status);

// The Faaslet that the call runs in, NULL when it has left it.
void call_set_faaslet(struct call *call, struct faaslet *faaslet);

// The call was asked to stop: fills in how it ends; `before` tells that it had not begun.
enum call_status call_stopped(struct call *call, bool before);

// Waits until the call has finished; false when the call in `faaslet` (may be NULL) was
// interrupted.
bool call_wait(struct call *call, struct faaslet *faaslet);

#endif
