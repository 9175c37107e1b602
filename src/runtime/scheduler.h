// The threads that run calls, and the queue before them.
//
// As many threads as configured run at a time. A thread that blocks (park.h) does not count as
// running: another one starts in its place, up to a bound. A call that is awaited while it is still
// in the queue is taken out and run by the thread that awaits it, so that calls that wait for calls
// go on even where no thread can be added.
//
// A thread of somebody else can lend itself for brief calls (scheduler_help). It counts as one of
// the threads as long as that takes.
//
// Lock order: the mutex here is innermost; nothing is called while it is held.
#ifndef FAASM_RUNTIME_SCHEDULER_H
#define FAASM_RUNTIME_SCHEDULER_H

#include "base/error.h"
#include "runtime/record.h"

#include <sys/types.h>

struct scheduler;

struct scheduler_config {
    unsigned workers;       // threads that run at a time
    unsigned extra_workers; // more threads, at most, while others are blocked
    size_t queued_calls;
    size_t queued_bytes;
    // Runs a call to its end on the calling thread.
    void (*run)(void *context, struct call *call);
    // Ends a call that will not run, when the scheduler stops.
    void (*abandon)(void *context, struct call *call);
    void *context;
    // More than one user wants the threads: from here on somebody calls scheduler_look now and
    // then until that says false. Under the scheduler's mutex: quick, and nothing of the scheduler
    // may be called. NULL: nobody looks, and calls begin only where a worker is free.
    void (*crowded)(void *context);
    // Beside calls that run for long, a user with fewer calls running than this may begin one.
    unsigned user_threads;
};

// A thread that runs a call.
struct scheduler_seat {
    unsigned number; // below scheduler_seats; another thread can get it later
    pid_t thread;
    char user[STORE_NAME_MAX + 1]; // whose call it is
};
unsigned scheduler_seats(const struct scheduler_config *config);

struct scheduler_counts {
    uint64_t queued;
    unsigned threads; // that exist
    unsigned blocked; // of those
};

struct scheduler *scheduler_new(const struct scheduler_config *config, struct error *error);

// Abandons what is queued, refuses more, lets running calls finish and ends the threads. False when
// clock_monotonic() has reached `deadline` before all have ended: it can be called again.
bool scheduler_stop(struct scheduler *scheduler, uint64_t deadline);
void scheduler_delete(struct scheduler *scheduler); // after a scheduler_stop that was true

// Queues a call, which holds a reference from then until it has run. ERROR_BUSY when the queue is
// full, ERROR_UNAVAILABLE when stopping or when there is no thread and none can be made.
bool scheduler_submit(struct scheduler *scheduler, struct call *call, struct error *error);

// Takes the call out of the queue; the caller gets the queue's reference, and ends the call. False
// where it is not in the queue.
bool scheduler_take(struct scheduler *scheduler, struct call *call);

// Whether a thread that waits for the call may leave it to others: it has begun, or is going to
// without this one. Where it says false nobody else may ever get to it.
bool scheduler_leave(struct scheduler *scheduler, const struct call *call);

// A look at those that run: calls that run since before the look before count as slow, and for each
// a call of another user may begin beside it, as long as there are seats. Fills `views`
// (scheduler_seats of them). False when no users compete: config.crowded tells when they do again.
bool scheduler_look(struct scheduler *scheduler, struct scheduler_seat *views, unsigned *count);

// Runs the call on this thread if it is still in the queue; false where it is not.
bool scheduler_run_here(struct scheduler *scheduler, struct call *call);

// runtime_help, runtime_wake.
struct runtime_helper;
bool scheduler_help(struct scheduler *scheduler, const struct runtime_helper *helper);
void scheduler_wake(struct scheduler *scheduler);

void scheduler_counts(struct scheduler *scheduler, struct scheduler_counts *counts);

#endif
