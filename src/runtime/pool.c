#include "runtime/pool.h"

#include "base/log.h"

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

void pool_destroy(struct pool *pool) {
    while (pool->ready_count > 0) {
        atomic_fetch_sub(&pool->totals->ready, 1);
        drop(pool, pool->ready[--pool->ready_count]);
    }
    pthread_mutex_destroy(&pool->mutex);
}

static struct faaslet *take_ready(struct pool *pool) {
    struct faaslet *faaslet = NULL;
    pthread_mutex_lock(&pool->mutex);
    if (pool->ready_count > 0) {
        faaslet = pool->ready[--pool->ready_count];
        if (pool->ready_count < pool->ready_least) {
            pool->ready_least = pool->ready_count;
        }
        atomic_fetch_sub(&pool->totals->ready, 1);
    }
    pthread_mutex_unlock(&pool->mutex);
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
void pool_trim(struct pool *pool, bool all) {
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

void pool_put(struct pool *pool, struct faaslet *faaslet) {
    struct error error;
    if (!faaslet_reset(faaslet, &error)) {
        log_warn("a Faaslet is rebuilt: %s", error.message);
        drop(pool, faaslet);
        return;
    }
    pthread_mutex_lock(&pool->mutex);
    bool kept = pool->ready_count < POOL_READY_MAX &&
                atomic_load(&pool->totals->ready) < pool->totals->ready_max;
    if (kept) {
        pool->ready[pool->ready_count++] = faaslet;
        atomic_fetch_add(&pool->totals->ready, 1);
    }
    pthread_mutex_unlock(&pool->mutex);
    if (!kept) {
        drop(pool, faaslet);
    }
}
