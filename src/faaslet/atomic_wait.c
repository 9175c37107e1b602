#include "faaslet/atomic_wait.h"

#include "base/clock.h"
#include "faaslet/instance.h"
#include "faaslet/park.h"
#include "faaslet/run.h"
#include "faaslet/space.h"

enum wait_result { WAIT_WOKEN, WAIT_NOT_EQUAL, WAIT_TIMED_OUT };

// On the stack of the thread that waits.
struct atomic_waiter {
    struct atomic_waiter *next;
    const void *cell;
    struct park park;
    bool notified; // and out of the list
};

// The cell in the memory; traps where it is unaligned or out of bounds.
static void *find_cell(struct object_instance *instance, uint32_t memory, uint64_t address,
                       uint64_t size, bool *shared) {
    const struct object_memory_slot *slot = instance_memory(instance, memory);
    const struct object_memory *record = instance_at(instance, slot->memory_delta);
    uint64_t pages = __atomic_load_n(&record->pages, __ATOMIC_ACQUIRE);
    if (address % size != 0) {
        run_trap(instance, FAASLET_TRAP_UNALIGNED_ATOMIC);
    }
    if (address + size > pages * OBJECT_PAGE_SIZE) {
        run_trap(instance, FAASLET_TRAP_MEMORY_BOUNDS);
    }
    *shared = record->shared != 0;
    return (char *)instance_at(instance, slot->base_delta) + address;
}

static bool is_equal(const void *cell, uint64_t size, uint64_t expected) {
    return size == 4 ? __atomic_load_n((const uint32_t *)cell, __ATOMIC_SEQ_CST) == expected
                     : __atomic_load_n((const uint64_t *)cell, __ATOMIC_SEQ_CST) == expected;
}

// A negative timeout is none.
static uint64_t deadline_of(int64_t timeout) {
    uint64_t now = clock_monotonic();
    if (timeout < 0 || (uint64_t)timeout > PARK_FOREVER - now) {
        return PARK_FOREVER;
    }
    return now + (uint64_t)timeout;
}

// Holding the lock over comparison and entry makes sure that a notify after a store that changes
// the cell finds the waiter, or the waiter the change.
static bool enlist(struct faaslet *faaslet, struct atomic_waiter *waiter, uint64_t size,
                   uint64_t expected) {
    pthread_mutex_lock(&faaslet->atomic_lock);
    bool waits = is_equal(waiter->cell, size, expected);
    if (waits) {
        struct atomic_waiter **end = &faaslet->atomic_waiters;
        while (*end != NULL) {
            end = &(*end)->next;
        }
        *end = waiter;
    }
    pthread_mutex_unlock(&faaslet->atomic_lock);
    return waits;
}

// False when the waiter was notified.
static bool delist(struct faaslet *faaslet, struct atomic_waiter *waiter) {
    pthread_mutex_lock(&faaslet->atomic_lock);
    bool was_listed = !waiter->notified;
    if (was_listed) {
        struct atomic_waiter **link = &faaslet->atomic_waiters;
        while (*link != waiter) {
            link = &(*link)->next;
        }
        *link = waiter->next;
    }
    pthread_mutex_unlock(&faaslet->atomic_lock);
    return was_listed;
}

static uint32_t wait_for(struct object_instance *instance, uint32_t memory, uint64_t address,
                         uint64_t size, uint64_t expected, int64_t timeout) {
    bool shared = false;
    struct atomic_waiter waiter = {
        .cell = find_cell(instance, memory, address, size, &shared),
    };
    if (!shared) {
        run_trap(instance, FAASLET_TRAP_NOT_SHARED);
    }
    struct faaslet *faaslet = faaslet_of(instance);
    uint64_t deadline = deadline_of(timeout);
    if (!enlist(faaslet, &waiter, size, expected)) {
        return WAIT_NOT_EQUAL;
    }
    enum park_result result = park_wait(&waiter.park, faaslet, deadline);
    bool notified = !delist(faaslet, &waiter);
    run_check_stop(instance);
    return notified || result == PARK_WOKEN ? WAIT_WOKEN : WAIT_TIMED_OUT;
}

uint32_t atomic_wait32(struct object_instance *instance, uint32_t memory, uint64_t address,
                       uint32_t expected, int64_t timeout) {
    return wait_for(instance, memory, address, sizeof(uint32_t), expected, timeout);
}

uint32_t atomic_wait64(struct object_instance *instance, uint32_t memory, uint64_t address,
                       uint64_t expected, int64_t timeout) {
    return wait_for(instance, memory, address, sizeof(uint64_t), expected, timeout);
}

// A waiter that is woken takes the lock before it goes on: its record is there until then.
uint32_t atomic_notify(struct object_instance *instance, uint32_t memory, uint64_t address,
                       uint32_t count) {
    bool shared = false;
    const void *cell = find_cell(instance, memory, address, sizeof(uint32_t), &shared);
    struct faaslet *faaslet = faaslet_of(instance);
    uint32_t woken = 0;
    pthread_mutex_lock(&faaslet->atomic_lock);
    struct atomic_waiter **link = &faaslet->atomic_waiters;
    while (*link != NULL && woken < count) {
        struct atomic_waiter *waiter = *link;
        if (waiter->cell != cell) {
            link = &waiter->next;
            continue;
        }
        *link = waiter->next;
        waiter->notified = true;
        park_wake(&waiter->park);
        woken++;
    }
    pthread_mutex_unlock(&faaslet->atomic_lock);
    return woken;
}
