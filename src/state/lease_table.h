// Inside of the room: locks with leases, in memory, for a global tier that one process has.
//
// Shared and exclusive locks of names, first come first served: nobody overtakes who waits, so that
// writers do not starve. Who does not renew a lease in time loses the lock or the place in the
// queue. Thread-safe.
#ifndef FAASM_STATE_LEASE_TABLE_H
#define FAASM_STATE_LEASE_TABLE_H

#include "state/driver.h"

struct lease_table;

struct lease_table *lease_table_new(struct error *error);
void lease_table_delete(struct lease_table *table); // NULL is allowed

// As the functions of a driver.
bool lease_table_lock(struct lease_table *table, const struct state_name *name,
                      const struct state_lock_request *request, enum state_lock_outcome *outcome,
                      uint64_t *token, struct error *error);
bool lease_table_renew(struct lease_table *table, const struct state_name *name,
                       const struct state_lock_request *request, struct error *error);
bool lease_table_unlock(struct lease_table *table, const struct state_name *name, const char *owner,
                        struct error *error);

// Whether the owner has the exclusive lock with this token: then nobody else gets it until
// lease_table_allow. ERROR_CONFLICT otherwise.
bool lease_table_hold(struct lease_table *table, const struct state_name *name, const char *owner,
                      uint64_t token, struct error *error);
void lease_table_allow(struct lease_table *table);

#endif
