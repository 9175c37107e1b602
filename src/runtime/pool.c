#include "runtime/pool.h"

#include "base/log.h"

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
