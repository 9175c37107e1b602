// Native code of a version of a function, with what calls need to run on it: the Proto-Faaslet that
// was made with it and the Faaslets made of that. A version has one at a time: first that of the
// quick compiler, then, when it is done, that of the optimising one. Calls hold a reference, so
// those that are under way finish on the code they began with; the last one drops it.
#ifndef FAASM_RUNTIME_CODE_H
#define FAASM_RUNTIME_CODE_H

#include "faaslet/faaslet.h"
#include "runtime/pool.h"

#include <stdatomic.h>

struct code {
    _Atomic uint32_t references;
    int opt_level; // that it was compiled with
    struct faaslet_object *object;
    struct proto_faaslet *proto; // NULL until the function is initialised
    struct pool pool;
};

// Takes over the reference to the object, also on failure (ERROR_MEMORY). One reference.
struct code *code_new(struct faaslet_object *object, int opt_level, struct pool_totals *totals,
                      struct error *error);
struct code *code_acquire(struct code *code);
void code_release(struct code *code); // NULL is nothing

#endif
