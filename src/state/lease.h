// Global locks: locks of names across hosts, with leases.
//
// The global tier grants them for a time; while a host lives it renews those that its calls hold,
// in a thread of its own. A lease that could not be renewed in time is lost: whoever had it finds
// out when it pushes or unlocks. Calls of one host queue for a name among themselves first
// (lock.h), so that deadlocks between them are found.
#ifndef FAASM_STATE_LEASE_H
#define FAASM_STATE_LEASE_H

#include "state/state.h"

struct lease; // a global lock that is held

// How the taker waits between tries: false when it was interrupted.
struct lease_waiter {
    bool (*pause)(void *context, uint64_t nanoseconds);
    void *context;
};

// Takes the lock; `id` is unique among the calls of this host that live. The result is to be given
// up with lease_give; NULL: ERROR_CANCELLED, or what the global tier says.
struct lease *lease_take(struct state *state, const struct state_name *name, uint32_t id,
                         bool exclusive, const struct lease_waiter *waiter, struct error *error);

// ERROR_CONFLICT when it had been lost; it is given up in any case.
bool lease_give(struct state *state, struct lease *lease, struct error *error);

// What pushes under the lock are to be checked with; valid while it is held.
struct state_fence lease_fence(const struct lease *lease);

#endif
