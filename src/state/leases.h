// Inside of the room: the global locks that a host holds.
#ifndef FAASM_STATE_LEASES_H
#define FAASM_STATE_LEASES_H

#include "state/state.h"

struct leases;

struct leases *leases_new(struct state *state, struct error *error);
void leases_delete(struct leases *leases); // when none is held; NULL is allowed

#endif
