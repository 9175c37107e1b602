// The threads that serve connections, which run brief calls themselves. Of the room only.
//
// A loop is a daemon of libmicrohttpd without threads, with the connections that it has accepted.
// The thread that owns it serves them, and in between, when it is outside of the library, runs what
// its handlers have put into the loop's batch: so a brief call needs no other thread to be woken,
// twice. A call that blocks, or does not end soon after all, is left alone with its thread: a spare
// one takes the loop. Threads without a loop are the next spares.
#ifndef FAASM_SERVER_LOOPS_H
#define FAASM_SERVER_LOOPS_H

#include "base/error.h"
#include "runtime/runtime.h"

#include <microhttpd.h>
#include <stdbool.h>

struct loops;
struct loop;

struct loops_config {
    unsigned count;         // loops
    unsigned extra_threads; // at most, whose calls have cost them their loops
    struct runtime *runtime;
    // Makes the daemon of a loop: for external polling with epoll.
    struct MHD_Daemon *(*start)(void *context, struct loop *loop);
    void (*quiesced)(void *context); // after loops_quiesce: no loop accepts connections any more
    void *context;
};

// Serves from the moment it returns.
struct loops *loops_new(const struct loops_config *config, struct error *error);

// The loops accept no more connections; `quiesced` is called when that holds. Does not wait. Once.
void loops_quiesce(struct loops *loops);

// Ends the threads, stops the daemons, which calls `quiesced` unless that was. With no connection
// suspended. NULL is allowed.
void loops_delete(struct loops *loops);

// loops_config.context.
void *loop_context(const struct loop *loop);

struct loops_counts {
    uint64_t calls; // that were left to the threads of loops
    uint64_t taken; // loops, from threads whose calls blocked or took long
    unsigned threads;
};
void loops_counts(struct loops *loops, struct loops_counts *counts);

// In a handler: for call_request.batch. NULL where the loop is not to run calls, because there is
// no thread that could take it.
struct runtime_batch *loop_batch(struct loop *loop);

// In a callback of the daemon: it runs again before anybody waits for events. After the end of a
// connection it must, because only at the beginning of a run does a daemon that was at its limit
// look for new ones again.
void loop_run_again(struct loop *loop);

// Something to be done once, between two runs of the daemon: when all that it has read is handled.
// Zero-initialise; it stays where it is until it has run or is called off.
struct loop_chore {
    void (*run)(struct loop_chore *chore);
    struct loop_chore *next, **link; // `link` is NULL while it is not put off
};

// In callbacks of the daemon. A chore that is put off already, or not, is left as it is.
void loop_put_off(struct loop *loop, struct loop_chore *chore);
void loop_call_off(struct loop_chore *chore);

// In a handler: instead of free and malloc, for memory that each request needs, all of one size.
// NULL where there is none.
void loop_keep(struct loop *loop, void *memory);
void *loop_take_kept(struct loop *loop);

// MHD_resume_connection for a connection of the loop. Thread-safe.
void loop_resume(struct loop *loop, struct MHD_Connection *connection);

#endif
