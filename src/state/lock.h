// Locks of names between the calls of one host: shared or exclusive, first come first served.
//
// An owner (a call, or a thread of one) is registered while it may hold locks. Whoever would wait
// for something that waits for himself, directly or through others, gets an error instead
// (ERROR_CONFLICT); what calls wait for besides locks, the caller tells with `awaits`. An owner
// takes a lock once: again as reader where it is reader already is counted, anything else would
// wait for itself.
//
// Thread-safe; an owner is used by one thread at a time.
#ifndef FAASM_STATE_LOCK_H
#define FAASM_STATE_LOCK_H

#include "base/error.h"
#include "state/driver.h"

#include <stdbool.h>
#include <stdint.h>

struct lock_table;
struct lock; // of a name

// Locks of the same name in another space have nothing to do with each other.
enum lock_space { LOCK_LOCAL, LOCK_GLOBAL };

struct lock_hold;

struct lock_owner {
    uint32_t id; // unique among owners; 0: the table gives it one, above all ids of calls
    // How the owner waits: false when it was interrupted. `wake` lets a wait return, or the next
    // one if there is none; any thread.
    bool (*wait)(void *context);
    void (*wake)(void *context);
    void *context;

    // The table's own.
    struct lock_owner *next; // registered
    struct lock_hold *holds;
    struct lock *waits_for;
    bool waits_exclusive, sleeps;
    _Atomic bool granted;      // looked at without the mutex
    struct lock_owner *behind; // in the queue of waits_for
    uint64_t visited;
    struct lock_owner *next_found;
};

// `awaits` (may be NULL) tells the id of what the owner with the id waits for besides locks, 0:
// nothing; it is also asked for ids that are no owners'. It is called with the table's lock held.
struct lock_table *lock_table_new(uint32_t (*awaits)(void *context, uint32_t id), void *context,
                                  struct error *error);
void lock_table_delete(struct lock_table *table); // NULL is allowed

// With id (or 0), wait, wake and context set, and the rest zero.
void lock_register(struct lock_table *table, struct lock_owner *owner);
// Releases what it holds.
void lock_unregister(struct lock_table *table, struct lock_owner *owner);

// A reference to the lock of a name; quick to take from then on.
struct lock *lock_open(struct lock_table *table, enum lock_space space,
                       const struct state_name *name, struct error *error);
void lock_close(struct lock_table *table, struct lock *lock);

// ERROR_CONFLICT: a deadlock; ERROR_CANCELLED: interrupted.
bool lock_take(struct lock_table *table, struct lock *lock, struct lock_owner *owner,
               bool exclusive, struct error *error);
// ERROR_CONFLICT where the owner does not have the lock so.
bool lock_give(struct lock_table *table, struct lock *lock, struct lock_owner *owner,
               bool exclusive, struct error *error);

// Whether the owner has the lock exclusively.
bool lock_has(struct lock_table *table, const struct lock *lock, const struct lock_owner *owner);

// Whether the owner has any lock.
bool lock_has_any(struct lock_table *table, const struct lock_owner *owner);

// For one who is about to wait for something else, once `awaits` says so: false (ERROR_CONFLICT)
// when that would never end. Costs nothing while nobody waits for a lock.
bool lock_check_wait(struct lock_table *table, uint32_t id, struct error *error);

#endif
