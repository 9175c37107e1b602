// The one way to block. Whatever in the host interface waits (await, locks, futexes, receives)
// waits through a struct park, so that the scheduler knows which threads are blocked, and that an
// interrupt of the call wakes it.
#ifndef FAASM_FAASLET_PARK_H
#define FAASM_FAASLET_PARK_H

#include <stdatomic.h>
#include <stdint.h>

struct faaslet;

// One waiter at a time; any number of wakers. Zero-initialise. A wake before the wait is kept: the
// wait then returns at once.
struct park {
    _Atomic uint32_t state;
};

enum park_result { PARK_WOKEN, PARK_TIMED_OUT, PARK_INTERRUPTED };

#define PARK_FOREVER UINT64_MAX

// Blocks the calling thread until park_wake, until clock_monotonic() reaches `deadline`, or until
// the Faaslet's call is interrupted (`faaslet` may be NULL: not interruptible). After
// PARK_INTERRUPTED the host function cleans up and returns; generated code then ends the call.
enum park_result park_wait(struct park *park, struct faaslet *faaslet, uint64_t deadline);

// Wakes the waiter, or lets the next wait return at once. Async-signal-safe, any thread. The park
// may be freed by the waiter as soon as it has returned.
void park_wake(struct park *park);

// Around what blocks the thread otherwise than in park_wait (a child process, a long read): the
// scheduler knows. Not interruptible.
void park_block_begin(void);
void park_block_end(void);

// The scheduler's hooks for the calling thread: called when it is about to block and when it goes
// on. NULL hooks: none.
struct park_hooks {
    void (*blocking)(void *context);
    void (*resumed)(void *context);
    void *context;
};
void park_set_hooks(const struct park_hooks *hooks); // for this thread; copied

#endif
