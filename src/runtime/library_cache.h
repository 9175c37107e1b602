// Inside of the room: objects of side modules that guests have as files, by content.
#ifndef FAASM_RUNTIME_LIBRARY_CACHE_H
#define FAASM_RUNTIME_LIBRARY_CACHE_H

#include "faaslet/loader.h"
#include "store/store.h"

#include <pthread.h>
#include <stdint.h>

enum { LIBRARY_CACHE_COUNT = 128 };

struct library_cache_entry {
    char digest[STORE_DIGEST_LENGTH + 1];
    struct faaslet_object *object; // a reference, or NULL
    uint64_t used;                 // the higher, the later
};

struct library_cache {
    pthread_mutex_t mutex; // guards the rest
    struct library_cache_entry entries[LIBRARY_CACHE_COUNT];
    uint64_t uses;
};

void library_cache_create(struct library_cache *cache);
void library_cache_destroy(struct library_cache *cache);

#endif
