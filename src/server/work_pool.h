// A bounded pool of threads for work that blocks (compiling, syncing to disk), so that the threads
// that serve connections never do.
#ifndef FAASM_SERVER_WORK_POOL_H
#define FAASM_SERVER_WORK_POOL_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

struct work_pool;

// A piece of work; the caller owns it and keeps it until `run` has been called.
struct work {
    void (*run)(struct work *work); // may free `work`
    struct work *next;              // the pool's own
};

struct work_pool *work_pool_new(unsigned threads, size_t queue_limit, struct error *error);

// Runs what is queued, then stops the threads. NULL is allowed.
void work_pool_delete(struct work_pool *pool);

// Queues the work. ERROR_BUSY when `queue_limit` pieces wait already. Thread-safe.
bool work_pool_submit(struct work_pool *pool, struct work *work, struct error *error);

// Pieces that wait.
size_t work_pool_waiting(struct work_pool *pool);

#endif
