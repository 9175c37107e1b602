#include "server/work_pool.h"

#include <pthread.h>
#include <stdlib.h>

struct work_pool {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    struct work *first, **last;
    size_t waiting, limit;
    bool stopping;
    unsigned thread_count;
    pthread_t threads[];
};

// The next piece of work, or NULL when the pool stops and none is left.
static struct work *take(struct work_pool *pool) {
    pthread_mutex_lock(&pool->mutex);
    while (pool->first == NULL && !pool->stopping) {
        pthread_cond_wait(&pool->changed, &pool->mutex);
    }
    struct work *work = pool->first;
    if (work != NULL) {
        pool->first = work->next;
        pool->waiting--;
        if (pool->first == NULL) {
            pool->last = &pool->first;
        }
    }
    pthread_mutex_unlock(&pool->mutex);
    return work;
}

static void *run_thread(void *context) {
    struct work_pool *pool = context;
    for (struct work *work = take(pool); work != NULL; work = take(pool)) {
        work->run(work);
    }
    return NULL;
}

struct work_pool *work_pool_new(unsigned threads, size_t queue_limit, struct error *error) {
    struct work_pool *pool = calloc(1, sizeof *pool + threads * sizeof pool->threads[0]);
    if (pool == NULL) {
        error_set(error, ERROR_MEMORY, "pool of %u threads", threads);
        return NULL;
    }
    pthread_mutex_init(&pool->mutex, NULL);
    pthread_cond_init(&pool->changed, NULL);
    pool->last = &pool->first;
    pool->limit = queue_limit;
    for (unsigned i = 0; i < threads; i++) {
        int number = pthread_create(&pool->threads[i], NULL, run_thread, pool);
        if (number != 0) {
            error_set_errno(error, number, "thread %u of %u", i + 1, threads);
            work_pool_delete(pool);
            return NULL;
        }
        pool->thread_count++;
    }
    return pool;
}

void work_pool_delete(struct work_pool *pool) {
    if (pool == NULL) {
        return;
    }
    pthread_mutex_lock(&pool->mutex);
    pool->stopping = true;
    pthread_cond_broadcast(&pool->changed);
    pthread_mutex_unlock(&pool->mutex);
    for (unsigned i = 0; i < pool->thread_count; i++) {
        pthread_join(pool->threads[i], NULL);
    }
    pthread_cond_destroy(&pool->changed);
    pthread_mutex_destroy(&pool->mutex);
    free(pool);
}

bool work_pool_submit(struct work_pool *pool, struct work *work, struct error *error) {
    pthread_mutex_lock(&pool->mutex);
    bool room = pool->waiting < pool->limit && !pool->stopping;
    if (room) {
        work->next = NULL;
        *pool->last = work;
        pool->last = &work->next;
        pool->waiting++;
        pthread_cond_signal(&pool->changed);
    }
    pthread_mutex_unlock(&pool->mutex);
    return room || error_set(error, ERROR_BUSY, "%zu pieces of work wait already", pool->limit);
}

size_t work_pool_waiting(struct work_pool *pool) {
    pthread_mutex_lock(&pool->mutex);
    size_t waiting = pool->waiting;
    pthread_mutex_unlock(&pool->mutex);
    return waiting;
}
