#include "runtime/waiters.h"

#include <stddef.h>

struct waiter {
    struct park park;
    struct waiter *next;
};

static enum park_result wait(struct waiters *waiters, pthread_mutex_t *mutex,
                             struct faaslet *faaslet, uint64_t deadline) {
    struct waiter self = {.next = waiters->first};
    // cppcheck-suppress autoVariables ; it leaves the list before this function returns
    waiters->first = &self;
    pthread_mutex_unlock(mutex);
    enum park_result result = park_wait(&self.park, faaslet, deadline);
    pthread_mutex_lock(mutex);
    for (struct waiter **link = &waiters->first; *link != NULL; link = &(*link)->next) {
        if (*link == &self) {
            *link = self.next;
            break;
        }
    }
    return result;
}

bool waiters_wait(struct waiters *waiters, pthread_mutex_t *mutex, struct faaslet *faaslet) {
    return wait(waiters, mutex, faaslet, PARK_FOREVER) != PARK_INTERRUPTED;
}

void waiters_wait_until(struct waiters *waiters, pthread_mutex_t *mutex, uint64_t deadline) {
    wait(waiters, mutex, NULL, deadline);
}

// A woken waiter leaves its frame only after it has had the mutex, so `waiter` stays valid here.
void waiters_wake_all(struct waiters *waiters) {
    struct waiter *waiter = waiters->first;
    waiters->first = NULL;
    while (waiter != NULL) {
        struct waiter *next = waiter->next;
        park_wake(&waiter->park);
        waiter = next;
    }
}
