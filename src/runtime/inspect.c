#include "runtime/inspect.h"

#include "runtime/private.h"

void inspect_functions(struct runtime *runtime,
                       bool (*visit)(void *context, const struct inspected_function *function),
                       void *context) {
    struct function_table *table = &runtime->functions;
    pthread_mutex_lock(&table->mutex);
    bool more = true;
    for (struct function *function = table->functions; function != NULL && more;
         function = function->hash.next) {
        if (atomic_load(&function->state) != FUNCTION_READY) {
            continue;
        }
        const struct inspected_function seen = {
            .user = function->user,
            .name = function->name,
            .calls = atomic_load(&function->calls),
            .image_bytes = proto_faaslet_image_bytes(function->proto),
            .faaslets = atomic_load(&function->pool.alive),
        };
        more = visit(context, &seen);
    }
    pthread_mutex_unlock(&table->mutex);
}

void inspect_calls(struct runtime *runtime, bool (*visit)(void *context, const struct call *call),
                   void *context) {
    struct call_table *table = &runtime->calls;
    pthread_mutex_lock(&table->mutex);
    bool more = true;
    for (size_t i = 0; i < table->bucket_count; i++) {
        for (const struct call *call = table->buckets[i]; call != NULL && more;
             call = call->private->next_in_bucket) {
            if (!call->private->closed) {
                more = visit(context, call);
            }
        }
    }
    pthread_mutex_unlock(&table->mutex);
}
