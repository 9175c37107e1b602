#include "runtime/pool.h"

#include "base/log.h"

#include <sched.h>
#include <string.h>

void pool_create(struct pool *pool, struct pool_totals *totals) {
    *pool = (struct pool){.totals = totals};
    pthread_mutex_init(&pool->mutex, NULL);
}

static void drop(struct pool *pool, struct faaslet *faaslet) {
    faaslet_delete(faaslet);
    atomic_fetch_sub(&pool->alive, 1);
    atomic_fetch_sub(&pool->totals->alive, 1);
}

static struct pool_slot *own_slot(struct pool *pool) {
    int processor = sched_getcpu();
    return &pool->slots[processor < 0 ? 0 : processor % POOL_SLOTS];
}

// NULL when it is empty.
static struct faaslet *empty_slot(struct pool_slot *slot) {
    return atomic_load_explicit(&slot->faaslet, memory_order_relaxed) == NULL
               ? NULL
               : atomic_exchange_explicit(&slot->faaslet, NULL, memory_order_acq_rel);
}

static bool fill_slot(struct pool_slot *slot, struct faaslet *faaslet) {
    struct faaslet *none = NULL;
    return atomic_compare_exchange_strong_explicit(&slot->faaslet, &none, faaslet,
                                                   memory_order_acq_rel, memory_order_relaxed);
}

static bool put_on_stack(struct pool *pool, struct faaslet *faaslet, bool needed) {
    pthread_mutex_lock(&pool->mutex);
    bool room = pool->ready_count < POOL_READY_MAX;
    if (room) {
        pool->ready[pool->ready_count++] = faaslet;
        pool->ready_least += needed ? 0 : 1;
    }
    pthread_mutex_unlock(&pool->mutex);
    return room;
}

static struct faaslet *take_from_stack(struct pool *pool) {
    struct faaslet *faaslet = NULL;
    pthread_mutex_lock(&pool->mutex);
    if (pool->ready_count > 0) {
        faaslet = pool->ready[--pool->ready_count];
        if (pool->ready_count < pool->ready_least) {
            pool->ready_least = pool->ready_count;
        }
    }
    pthread_mutex_unlock(&pool->mutex);
    return faaslet;
}

// Looks at the slots of other processors last: what waits there is warm for them.
static struct faaslet *take_ready(struct pool *pool) {
    struct faaslet *faaslet = empty_slot(own_slot(pool));
    if (faaslet == NULL) {
        faaslet = take_from_stack(pool);
    }
    for (int i = 0; i < POOL_SLOTS && faaslet == NULL; i++) {
        faaslet = empty_slot(&pool->slots[i]);
    }
    if (faaslet != NULL) {
        atomic_fetch_sub(&pool->totals->ready, 1);
    }
    return faaslet;
}

struct faaslet *pool_take(struct pool *pool, struct proto_faaslet *proto, bool *made,
                          struct error *error) {
    struct faaslet *faaslet = take_ready(pool);
    *made = faaslet == NULL;
    if (faaslet == NULL) {
        faaslet = faaslet_restore(proto, error);
        if (faaslet != NULL) {
            atomic_fetch_add(&pool->alive, 1);
            atomic_fetch_add(&pool->totals->alive, 1);
        }
    }
    return faaslet;
}

// A few at a time, so that calls do not wait for long.
static void trim_stack(struct pool *pool, bool all) {
    enum { BATCH = 8 };
    struct faaslet *dropped[BATCH];
    uint32_t count;
    do {
        pthread_mutex_lock(&pool->mutex);
        uint32_t unneeded = all ? pool->ready_count : pool->ready_least;
        count = unneeded < BATCH ? unneeded : BATCH;
        pool->ready_count -= count;
        memcpy(dropped, pool->ready, count * sizeof *dropped);
        memmove(pool->ready, pool->ready + count, pool->ready_count * sizeof *dropped);
        pool->ready_least = unneeded > count ? pool->ready_least - count : pool->ready_count;
        pthread_mutex_unlock(&pool->mutex);
        atomic_fetch_sub(&pool->totals->ready, count);
        for (uint32_t i = 0; i < count; i++) {
            drop(pool, dropped[i]);
        }
    } while (count == BATCH);
}

// What waits in a slot moves to the stack, where the next trim drops it unless somebody takes it.
static void trim_slots(struct pool *pool, bool all) {
    for (int i = 0; i < POOL_SLOTS; i++) {
        struct faaslet *faaslet = empty_slot(&pool->slots[i]);
        if (faaslet != NULL && (all || !put_on_stack(pool, faaslet, false))) {
            atomic_fetch_sub(&pool->totals->ready, 1);
            drop(pool, faaslet);
        }
    }
}

void pool_trim(struct pool *pool, bool all) {
    trim_stack(pool, all);
    trim_slots(pool, all);
}

void pool_destroy(struct pool *pool) {
    pool_trim(pool, true);
    pthread_mutex_destroy(&pool->mutex);
}

void pool_put(struct pool *pool, struct faaslet *faaslet) {
    struct error error;
    if (!faaslet_reset(faaslet, &error)) {
        log_warn("a Faaslet is rebuilt: %s", error.message);
        drop(pool, faaslet);
        return;
    }
    // Counted first: who takes it at once counts it off.
    if (atomic_fetch_add(&pool->totals->ready, 1) >= pool->totals->ready_max ||
        (!fill_slot(own_slot(pool), faaslet) && !put_on_stack(pool, faaslet, true))) {
        atomic_fetch_sub(&pool->totals->ready, 1);
        drop(pool, faaslet);
    }
}
