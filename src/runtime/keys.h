// Keys of requests (idempotency keys): a request that comes again gives the call it gave before.
// Thread-safe; requests with keys go one after the other.
#ifndef FAASM_RUNTIME_KEYS_H
#define FAASM_RUNTIME_KEYS_H

#include "runtime/runtime.h"
#include "store/journal.h"

struct remembered_key;

struct keys {
    pthread_mutex_t mutex;
    struct remembered_key *keys; // hash; the oldest first
    pthread_cond_t settled;      // what came of a key that was claimed
};

void keys_create(struct keys *keys);
void keys_destroy(struct keys *keys);

// runtime_submit of a request with a key.
struct call *keys_submit(struct runtime *runtime, const struct call_request *request,
                         struct error *error);

// Takes over a key that the journal holds. False when memory is out.
bool keys_remember(struct keys *keys, const struct journal_key *key, bool journaled);

// After keys were taken over: the oldest first.
void keys_sort(struct keys *keys);

// Forgets those whose time is over.
void keys_expire(struct runtime *runtime, uint64_t now);

#endif
