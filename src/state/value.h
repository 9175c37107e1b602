// Inside of the room: a value of the local tier.
//
// Lock order: io, lock, then the pages of a watch (watch.h); the table's mutex with none of them
// held, or after io.
#ifndef FAASM_STATE_VALUE_H
#define FAASM_STATE_VALUE_H

#include "state/marks.h"
#include "state/state.h"

#include <pthread.h>
#include <stdatomic.h>
#include <uthash.h>

enum { VALUE_UNIT = 1 << 16 }; // of capacities: a page of linear memory, and a chunk

struct watch;

struct state_value {
    struct state *state;
    UT_hash_handle hh;
    uint32_t references;       // of users, mappings among them; the table itself has none
    bool listed;               // in the table
    struct state_share *share; // of its user, while it is listed
    uint64_t used;             // clock of the table when it was last used
    struct state_name name;    // points to `key`

    // Held during transfers. Guards `known`, `global_bytes` and growth.
    pthread_mutex_t io;
    bool known;            // whether the global tier was asked for the value
    bool there;            // and had it
    uint64_t global_bytes; // chunks up to here are pulled when they are not present

    // Held shortly; for reading by who copies to and from `bytes`, for writing by who changes the
    // rest.
    pthread_rwlock_t lock;
    int fd;
    uint8_t *bytes;    // the host's own mapping of it all
    uint64_t capacity; // of fd, bytes, present and marks; a multiple of VALUE_UNIT
    _Atomic uint64_t size;
    uint64_t touched;  // nothing was ever written from here on: it is zeros, without memory
    uint64_t *present; // bit by chunk
    uint64_t present_count;
    _Atomic bool complete; // all chunks are
    bool replaced;         // it was set as a whole since it was last pushed or pulled
    _Atomic bool written;  // maybe, through mappings since they were last looked at (watch.h)
    struct marks marks;
    struct watch *watches;
    uint32_t mappings;
    uint64_t counted; // bytes that the table counts it with
    char key[];       // user, NUL, key
};

// state.c: says how much memory the value takes by now, and drops others where that is too much.
// With value->io held. ERROR_MEMORY where the local tier is full.
bool state_account(struct state_value *value, uint64_t bytes, struct error *error);
void state_count_pulled(struct state *state, uint64_t bytes);
void state_count_pushed(struct state *state, uint64_t bytes);

// A value without contents, not listed.
struct state_value *value_new(struct state *state, const struct state_name *name,
                              struct error *error);
void value_delete(struct state_value *value);

// Whether it could be dropped without a loss; when nobody has it.
bool value_is_clean(const struct state_value *value);

// Forgets what is not dirty. With io held.
void value_forget(struct state_value *value);

// Asks the global tier for the size, once; with io held.
bool value_settle(struct state_value *value, struct error *error);

// Pulls what is absent of chunks [first, end); with io held.
bool value_pull_chunks(struct state_value *value, uint64_t first, uint64_t end,
                       struct error *error);

// Makes it at least so long; with io held, settled.
bool value_extend(struct state_value *value, uint64_t bytes, struct error *error);

// Makes `bytes` the value, all of it dirty; with io held.
bool value_replace(struct state_value *value, struct bytes bytes, struct error *error);

// Forgets all, what is dirty, too; with io held.
void value_begin_pull(struct state_value *value);

static inline uint64_t value_chunks(uint64_t bytes) {
    return (bytes + STATE_CHUNK - 1) / STATE_CHUNK;
}

static inline bool value_chunk_present(const struct state_value *value, uint64_t chunk) {
    return (value->present[chunk / 64] >> chunk % 64 & 1) != 0;
}

#endif
