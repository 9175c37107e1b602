// Compiled objects of a store: made once where they are missing, by children that are bounded
// together (compilers.h).
#ifndef FAASM_RUNTIME_OBJECTS_H
#define FAASM_RUNTIME_OBJECTS_H

#include "faaslet/loader.h"
#include "runtime/compile.h"
#include "runtime/compilers.h"
#include "store/store.h"

#include <pthread.h>
#include <stdatomic.h>

struct object_slot;

struct objects {
    struct store *store;
    const struct compile_config *compile;
    uint64_t cache_bytes; // that the objects on disk may have together
    pthread_mutex_t mutex;
    struct object_slot *slots; // digests and levels at work
    struct compilers compilers;
    _Atomic uint64_t runs;
    _Atomic uint64_t nanoseconds;
    _Atomic uint64_t optimising_failures;
};

void objects_create(struct objects *objects, struct store *store,
                    const struct compile_config *compile, unsigned compilers_max,
                    uint64_t compilers_megabytes);
void objects_destroy(struct objects *objects);

// Whether there is an object of that digest and level.
bool objects_have(struct objects *objects, const char *digest, int opt_level);

// One thread at a time works on the object of a digest and level: the others wait. NULL when memory
// is out.
struct object_slot *objects_enter(struct objects *objects, const char *digest, int opt_level,
                                  const _Atomic uint32_t *given_up, struct error *error);
void objects_leave(struct objects *objects, struct object_slot *slot);

struct object_facts {
    bool compiled;        // now; false: it was there
    uint64_t nanoseconds; // that compiling took
};

// Where the wasm is when it has to be compiled, and how.
struct object_source {
    const struct bytes *wasm; // NULL: in the blob of the digest
    bool background;          // by a niced child
    const int *stop; // NULL, or a descriptor that becomes readable when the child is to end
    // NULL, or what is not 0 once nobody waits for it any more: ERROR_CANCELLED.
    const _Atomic uint32_t *given_up;
};

// Loads the object of a slot; compiles it first where there is none, or where what is there does
// not load. `source` may be NULL. One reference.
struct faaslet_object *objects_load(struct objects *objects, const struct object_slot *slot,
                                    const struct object_source *source, struct object_facts *facts,
                                    struct error *error);

// Compiles a file that is not of the store, when its turn has come. The child may use
// `cpu_seconds` at most, 0: as many as any; `nanoseconds` is how long it ran, also on failure.
bool objects_compile(struct objects *objects, const char *wasm_path, const char *path,
                     uint32_t cpu_seconds, const _Atomic uint32_t *given_up, uint64_t *nanoseconds,
                     struct error *error);

// Removes the object of a digest and level; who has it loaded goes on with it.
void objects_remove(struct objects *objects, const char *digest, int opt_level);

#endif
