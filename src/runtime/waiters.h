// A list of threads that wait for something that a mutex guards, parked.
#ifndef FAASM_RUNTIME_WAITERS_H
#define FAASM_RUNTIME_WAITERS_H

#include "faaslet/park.h"

#include <pthread.h>
#include <stdbool.h>

struct waiter;

// Zero-initialise. Every function here wants the mutex that guards it held.
struct waiters {
    struct waiter *first;
};

// Waits for the next waiters_wake_all, without the mutex meanwhile. False when the call in
// `faaslet` (may be NULL) was interrupted.
bool waiters_wait(struct waiters *waiters, pthread_mutex_t *mutex, struct faaslet *faaslet);

// Waits until clock_monotonic() reaches `deadline` at most.
void waiters_wait_until(struct waiters *waiters, pthread_mutex_t *mutex, uint64_t deadline);

void waiters_wake_all(struct waiters *waiters);

#endif
