// Ready Faaslets of one function: restored from its Proto-Faaslet, put back after each call.
#ifndef FAASM_RUNTIME_POOL_H
#define FAASM_RUNTIME_POOL_H

#include "base/error.h"
#include "faaslet/faaslet.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum {
    POOL_READY_MAX = 64, // Faaslets on the shared stack of one function
    POOL_SLOTS = 16,
};

// What the pools of a runtime share: each Faaslet reserves gigabytes of address space, so those
// that wait are bounded in all, too.
struct pool_totals {
    _Atomic uint64_t alive;
    _Atomic uint64_t ready;
    uint64_t ready_max;
};

// One Faaslet that waits for the processor that put it back; on a cache line of its own.
struct pool_slot {
    _Atomic(struct faaslet *) faaslet;
    char rest_of_line[64 - sizeof(struct faaslet *)];
};

// Threads of one processor meet at its slot, without a lock; the stack, which has one, takes what
// finds its slot full. So threads that are many to a processor do not queue for a mutex whose
// holder is not running.
struct pool {
    struct pool_slot slots[POOL_SLOTS]; // of processor modulo POOL_SLOTS
    pthread_mutex_t mutex;
    struct pool_totals *totals;
    struct faaslet
        *ready[POOL_READY_MAX]; // the last one put back is taken first: its pages are warm
    uint32_t ready_count;
    uint32_t ready_least; // since the last pool_trim: so many, at the bottom, nobody needed
    _Atomic uint32_t alive;
};

void pool_create(struct pool *pool, struct pool_totals *totals);
void pool_destroy(struct pool *pool); // when all its Faaslets are back

// A Faaslet as the Proto-Faaslet says; `made` tells that it had to be made.
struct faaslet *pool_take(struct pool *pool, struct proto_faaslet *proto, bool *made,
                          struct error *error);

// Drops the ready Faaslets that were not needed since the last time; all of them where `all`.
void pool_trim(struct pool *pool, bool all);

// Puts a Faaslet back after a call, however that ended.
void pool_put(struct pool *pool, struct faaslet *faaslet);

#endif
