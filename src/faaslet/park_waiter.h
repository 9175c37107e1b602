// Inside of the room: threads that are parked for a Faaslet.
#ifndef FAASM_FAASLET_PARK_WAITER_H
#define FAASM_FAASLET_PARK_WAITER_H

#include "faaslet/park.h"

// On the stack of park_wait, in the Faaslet's list while it waits.
struct park_waiter {
    struct park *park;
    struct park_waiter *next;
    struct park_waiter **link; // what points here
};

// Wakes those that wait, with PARK_INTERRUPTED. The caller holds faaslet->lock and has set the
// run's `stop`.
void park_interrupt_waiters(struct faaslet *faaslet);

#endif
