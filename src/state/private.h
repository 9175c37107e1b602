// Inside of the room: the state of a host.
#ifndef FAASM_STATE_PRIVATE_H
#define FAASM_STATE_PRIVATE_H

#include "state/state.h"
#include "state/value.h"

struct leases;
struct lock_table;

// What a user has in the local tier.
struct state_share {
    UT_hash_handle hh;
    uint64_t references; // of its values that are listed, and of who is about to list one
    uint64_t values, bytes;
    char user[STATE_USER_MAX + 1];
};

struct state {
    struct state_config config;
    struct state_driver driver;
    int faults; // userfaultfd of mappings, or -1
    struct lock_table *locks;
    struct leases *leases;
    pthread_mutex_t mutex; // guards what follows, and what value.h says the table guards
    struct state_value *values;
    struct state_share *shares;
    uint64_t clock;
    uint64_t bytes;
    _Atomic uint64_t pulled_bytes, pushed_bytes;
};

#endif
