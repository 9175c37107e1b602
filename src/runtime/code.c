#include "runtime/code.h"

#include <stdlib.h>

struct code *code_new(struct faaslet_object *object, int opt_level, struct pool_totals *totals,
                      struct error *error) {
    struct code *code = calloc(1, sizeof *code);
    if (code == NULL) {
        faaslet_object_release(object);
        error_set(error, ERROR_MEMORY, "code of a function");
        return NULL;
    }
    atomic_init(&code->references, 1);
    code->object = object;
    code->opt_level = opt_level;
    pool_create(&code->pool, totals);
    return code;
}

struct code *code_acquire(struct code *code) {
    atomic_fetch_add_explicit(&code->references, 1, memory_order_relaxed);
    return code;
}

void code_release(struct code *code) {
    if (code == NULL ||
        atomic_fetch_sub_explicit(&code->references, 1, memory_order_acq_rel) != 1) {
        return;
    }
    pool_destroy(&code->pool);
    if (code->proto != NULL) {
        proto_faaslet_release(code->proto);
    }
    faaslet_object_release(code->object);
    free(code);
}
