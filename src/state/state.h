// State of one host: the local tier, in front of a global tier (driver.h).
//
// A value of the local tier is a memfd, so that Faaslets map it shared and read and write the very
// same pages. What is not there yet is pulled from the global tier in chunks of STATE_CHUNK when it
// is first asked for. Nothing goes to the global tier until it is pushed, and nothing is refreshed
// until it is pulled.
//
// Dirty is what was set, marked, or written through a mapping since it was last pushed or pulled.
// Setting and marking are exact to the byte. Writes through mappings are found by comparing pages
// with what they were before their first write (watch.c), in units of 8 aligned bytes: two hosts
// that write through pointers into the same 8 bytes need a lock.
//
// Growth. A value grows when it is set or asked for with a larger size, and never shrinks in the
// local tier but by a pull or a set. A mapping covers the size that the value had when it was made:
// it stays valid when the value grows, and shows the same bytes as a new, larger one.
//
// Memory. Values that nobody uses and that are neither dirty nor mapped are dropped, least recently
// used first, when the local tier holds more than it may, or more of one user than that user may
// have: so nobody fills it with values that are never pushed.
//
// Everything here is thread-safe unless it says otherwise. A function that pulls or pushes blocks
// while the global tier takes its time; the others do not.
#ifndef FAASM_STATE_STATE_H
#define FAASM_STATE_STATE_H

#include "base/buffer.h"
#include "base/error.h"
#include "state/driver.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct state;
struct state_value; // of the local tier; reference counted
struct state_mapping;
struct lock_table;

struct state_config {
    uint64_t local_bytes;  // limit of the local tier; 0: 4 GiB
    uint64_t local_values; // and of its values, each of which is an open file; 0: 4096
    uint64_t user_bytes;   // what of these one user may have; 0: half of them
    uint64_t user_values;
    uint64_t lease;             // nanoseconds, of global locks; 0: 10 s
    struct state_limits limits; // of each user, in the global tier
    // Of lock_table_new.
    uint32_t (*awaits)(void *context, uint32_t id);
    void *context;
};

// Takes over the driver, also on failure.
struct state *state_new(const struct state_config *config, const struct state_driver *driver,
                        struct error *error);
// When all references to values are back. NULL is allowed.
void state_delete(struct state *state);

const struct state_driver *state_driver(const struct state *state);
struct lock_table *state_locks(struct state *state);                       // lock.h
const struct state_config *state_configuration(const struct state *state); // 0s filled in

struct state_statistics {
    uint64_t values, bytes; // of the local tier: how many, and what of them is there
    uint64_t pulled_bytes, pushed_bytes;
};
void state_statistics(struct state *state, struct state_statistics *statistics);

// ---- Values of the local tier -------------------------------------------------------------------

// A reference to the value of the name. Nothing is asked of the global tier. ERROR_ARGUMENT for a
// key that cannot be, ERROR_BUSY where the local tier is full of values that cannot be dropped.
struct state_value *state_open(struct state *state, const struct state_name *name,
                               struct error *error);
void state_release(struct state_value *value);

// The size; 0 where neither tier has the value.
bool state_size(struct state_value *value, uint64_t *bytes, struct error *error);

// Makes the value at least so long; what is new is zeros, and dirty where the value did exist.
bool state_ensure(struct state_value *value, uint64_t bytes, struct error *error);

// Pulls what is not there yet of a range (what of it is within the value).
bool state_load(struct state_value *value, uint64_t offset, uint64_t length, struct error *error);

// Whether all of the value is there and it is at least so long. Quick.
bool state_complete(const struct state_value *value, uint64_t bytes);

// Copies a range, pulling what is not there yet. ERROR_ARGUMENT past the end.
bool state_read(struct state_value *value, uint64_t offset, void *to, uint64_t length,
                struct error *error);

// Makes `bytes` the value: nothing is pulled, all of it is dirty.
bool state_set(struct state_value *value, struct bytes bytes, struct error *error);

// Sets a range of a value of at least `total` bytes. ERROR_ARGUMENT past its end.
bool state_set_range(struct state_value *value, uint64_t total, uint64_t offset, struct bytes bytes,
                     struct error *error);

// Marks a range as dirty. ERROR_ARGUMENT past the end.
bool state_mark(struct state_value *value, uint64_t offset, uint64_t length, struct error *error);

// ---- Between the tiers --------------------------------------------------------------------------

// The global lock under which a push is made: nothing is written when it was lost. See lease.h.
struct state_fence {
    const char *owner;
    uint64_t token;
};

// Sends all of the value that is here; where that is the whole value, the global tier then has just
// that. `fence` may be NULL, here and below.
bool state_push(struct state_value *value, const struct state_fence *fence, struct error *error);

// Sends what is dirty. On failure it stays dirty.
bool state_push_dirty(struct state_value *value, const struct state_fence *fence,
                      struct error *error);

// Sends those dirty bytes whose byte in `mask` is not 0; the others stay dirty. The mask is as long
// as the value or longer, else ERROR_ARGUMENT.
bool state_push_masked(struct state_value *value, struct state_value *mask,
                       const struct state_fence *fence, struct error *error);

// Replaces the first `length` bytes (and the size) with what the global tier has; dirty bytes there
// are lost, those behind are only forgotten, to be pulled when they are asked for.
bool state_pull(struct state_value *value, uint64_t length, struct error *error);

// The value of the global tier was changed by others: what is not dirty is forgotten.
void state_changed(struct state *state, const struct state_name *name);

// ---- Mappings -----------------------------------------------------------------------------------

// Maps the first `bytes` of the value, rounded up to 64 KiB, at an address of the caller's
// reservation, shared and writable. The mapping holds a reference. `bytes` is at most the size.
struct state_mapping *state_map(struct state_value *value, char *address, uint64_t bytes,
                                struct error *error);
// Before the addresses are used otherwise.
void state_unmap(struct state_mapping *mapping);

// Lets writes to a range of the mapping go on: to be called when one raises SIGBUS, or before a
// system call writes there. Signal-safe. False when there is nothing that would keep them.
bool state_mapping_open(struct state_mapping *mapping, uint64_t offset, uint64_t length);

#endif
