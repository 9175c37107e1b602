#include "runtime/compilers.h"

#include "base/clock.h"
#include "runtime/compile.h"

#include <poll.h>
#include <unistd.h>

struct compiler_wait {
    bool background;
    struct compiler_wait *next;
};

void compilers_create(struct compilers *compilers, unsigned most, uint64_t most_megabytes,
                      uint64_t each_megabytes) {
    *compilers = (struct compilers){
        .most = most,
        .most_megabytes = most_megabytes,
        .each_megabytes = each_megabytes,
    };
    compilers->last = &compilers->first;
    pthread_mutex_init(&compilers->mutex, NULL);
    pthread_cond_init(&compilers->changed, NULL);
}

void compilers_destroy(struct compilers *compilers) {
    pthread_cond_destroy(&compilers->changed);
    pthread_mutex_destroy(&compilers->mutex);
}

uint64_t compilers_default_megabytes(uint64_t each_megabytes) {
    long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
    uint64_t memory = pages > 0 && page > 0 ? (uint64_t)pages * (uint64_t)page : 0;
    uint64_t half = (memory / 2) >> 20;
    return half > 2 * each_megabytes ? half : 2 * each_megabytes;
}

// ---- Under the mutex ----------------------------------------------------------------------------

// Whether those of the same kind leave room for one more.
static bool kind_allows(const struct compilers *compilers, bool background) {
    unsigned running = compilers->running[background];
    uint64_t room = compilers->most_megabytes / compilers->each_megabytes;
    return background ? running < (room > 1 ? room - 1 : 1) : running < compilers->most;
}

static bool memory_allows(const struct compilers *compilers) {
    uint64_t running = (uint64_t)compilers->running[0] + compilers->running[1];
    return running < compilers->most_megabytes / compilers->each_megabytes;
}

// Those that wait only for others of their kind let others pass.
static bool may_start(const struct compilers *compilers, const struct compiler_wait *wait) {
    const struct compiler_wait *next = compilers->first;
    while (next != NULL && !kind_allows(compilers, next->background)) {
        next = next->next;
    }
    return next == wait && memory_allows(compilers);
}

static void join(struct compilers *compilers, struct compiler_wait *wait) {
    *compilers->last = wait;
    compilers->last = &wait->next;
    compilers->waiting++;
}

// Others may be able to start now.
static void leave_queue(struct compilers *compilers, const struct compiler_wait *wait) {
    struct compiler_wait **link = &compilers->first;
    while (*link != NULL && *link != wait) {
        link = &(*link)->next;
    }
    *link = wait->next;
    if (*link == NULL) {
        compilers->last = link;
    }
    compilers->waiting--;
    pthread_cond_broadcast(&compilers->changed);
}

static bool is_over(const _Atomic uint32_t *given_up, const int *stop) {
    struct pollfd readable = {.fd = stop != NULL ? *stop : -1, .events = POLLIN};
    return (given_up != NULL && atomic_load(given_up) != 0) || poll(&readable, 1, 0) > 0;
}

static void wait_for_change(struct compilers *compilers) {
    uint64_t until = clock_realtime() + COMPILE_LOOK_NANOSECONDS;
    struct timespec time = {(time_t)(until / 1000000000u), (long)(until % 1000000000u)};
    pthread_cond_timedwait(&compilers->changed, &compilers->mutex, &time);
}

// ---- Enter and leave ----------------------------------------------------------------------------

bool compilers_enter(struct compilers *compilers, bool background, const _Atomic uint32_t *given_up,
                     const int *stop, struct error *error) {
    struct compiler_wait wait = {.background = background};
    bool over = false;
    pthread_mutex_lock(&compilers->mutex);
    join(compilers, &wait);
    while (!may_start(compilers, &wait) && !(over = is_over(given_up, stop))) {
        wait_for_change(compilers);
    }
    compilers->running[background] += !over;
    leave_queue(compilers, &wait);
    pthread_mutex_unlock(&compilers->mutex);
    return !over || error_set(error, ERROR_CANCELLED, "nobody waits for the compilation any more");
}

void compilers_leave(struct compilers *compilers, bool background) {
    pthread_mutex_lock(&compilers->mutex);
    compilers->running[background]--;
    pthread_cond_broadcast(&compilers->changed);
    pthread_mutex_unlock(&compilers->mutex);
}

void compilers_count(struct compilers *compilers, struct compilers_counts *counts) {
    pthread_mutex_lock(&compilers->mutex);
    unsigned running = compilers->running[0] + compilers->running[1];
    *counts =
        (struct compilers_counts){running, compilers->waiting, running * compilers->each_megabytes};
    pthread_mutex_unlock(&compilers->mutex);
}
