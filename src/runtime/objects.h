// Compiled objects of a store: made once where they are missing, by a bounded number of children at
// a time, for each may use much memory.
#ifndef FAASM_RUNTIME_OBJECTS_H
#define FAASM_RUNTIME_OBJECTS_H

#include "faaslet/loader.h"
#include "runtime/compile.h"
#include "store/store.h"

#include <pthread.h>
#include <stdatomic.h>

struct object_slot;

struct objects {
    struct store *store;
    const struct compile_config *compile;
    unsigned compilers_max; // children that compile at a time
    pthread_mutex_t mutex;
    struct object_slot *slots; // digests at work
    unsigned compilers;
    pthread_cond_t compiler_ended;
    _Atomic uint64_t runs;
    _Atomic uint64_t nanoseconds;
};

void objects_create(struct objects *objects, struct store *store,
                    const struct compile_config *compile, unsigned compilers_max);
void objects_destroy(struct objects *objects);

// One thread at a time works on a digest: the others wait. NULL when memory is out.
struct object_slot *objects_enter(struct objects *objects, const char *digest, struct error *error);
void objects_leave(struct objects *objects, struct object_slot *slot);

struct object_facts {
    bool compiled;        // now; false: it was there
    uint64_t nanoseconds; // that compiling took
};

// Loads the object of a digest; compiles the file at `wasm_path` first where there is none, or
// where what is there does not load. Within objects_enter of that digest. One reference.
struct faaslet_object *objects_load(struct objects *objects, const char *digest,
                                    const char *wasm_path, struct object_facts *facts,
                                    struct error *error);

// Removes the object of a digest. Within objects_enter.
void objects_remove(struct objects *objects, const char *digest);

#endif
