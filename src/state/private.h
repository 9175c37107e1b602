// Inside of the room: the state of a host.
#ifndef FAASM_STATE_PRIVATE_H
#define FAASM_STATE_PRIVATE_H

#include "state/state.h"
#include "state/value.h"

struct leases;
struct lock_table;

struct state {
    struct state_config config;
    struct state_driver driver;
    int faults; // userfaultfd of mappings, or -1
    struct lock_table *locks;
    struct leases *leases;
    pthread_mutex_t mutex; // guards what follows, and what value.h says the table guards
    struct state_value *values;
    uint64_t clock;
    uint64_t bytes;
    _Atomic uint64_t pulled_bytes, pushed_bytes;
};

#endif
