// Inside of the room: what a call has of state: the values it uses, where they are mapped, and the
// locks it holds. All of it is given back when the call ends, however it ends.
#ifndef FAASM_HOST_STATE_CALL_H
#define FAASM_HOST_STATE_CALL_H

#include "faaslet/faaslet.h"
#include "faaslet/park.h"
#include "runtime/call.h"
#include "state/lease.h"
#include "state/lock.h"
#include "state/state.h"

#include <stdbool.h>
#include <stdint.h>

// A key that the call has used.
struct state_entry {
    struct state_entry *next;  // of the same bucket
    struct state_value *value; // a reference
    uint64_t mapped_bytes;     // of the value, when it was mapped last; 0: it is not
    uint32_t address;          // of the mapping
    struct lock *locks[2];     // by enum lock_space; NULL before they are used
    struct lease *lease;       // of the global lock, or NULL
    bool lease_exclusive;
    bool leasing;         // a thread of the call is about to get it
    uint32_t lease_count; // a shared one can be taken repeatedly
    uint32_t hash;
    uint32_t key_length;
    char key[];
};

enum { STATE_BUCKETS = 64 };

// A thread of the call, as one that has or wants locks.
struct state_thread {
    struct state_thread *next;
    struct state_call *state_call;
    uint32_t id;             // faaslet_thread_id()
    struct lock_owner owner; // registered once it is needed
    bool registered;
    struct park park; // waits for local locks
};

struct state_call {
    struct call *call;
    struct state *state;
    struct state_thread main;
    struct state_thread *threads; // others, while they have or want locks
    uint32_t mapped_from;         // the lowest address of a mapping, UINT32_MAX where there is none
    struct state_entry *buckets[STATE_BUCKETS];
};

void state_call_start(void); // registers the slot

// Ends the running call with a trap that names the import and the error; not when it was
// interrupted (ERROR_CANCELLED): the caller then returns.
void state_call_refuse(struct object_instance *instance, const char *import,
                       const struct error *error);

// What the running call has of state. Ends the call where there can be none.
struct state_call *state_call_of(struct object_instance *instance, const char *import);

// The entry of the NUL-terminated key at a guest address. Ends the call where it is none.
struct state_entry *state_call_entry(struct object_instance *instance, const char *import,
                                     uint32_t key);

// Locks of an entry. False when the call was interrupted; other failures end it.
bool state_call_lock(struct object_instance *instance, const char *import, uint32_t key,
                     enum lock_space space, bool exclusive);
void state_call_unlock(struct object_instance *instance, const char *import, uint32_t key,
                       enum lock_space space, bool exclusive);

#endif
