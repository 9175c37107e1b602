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
        struct code *code = function_code(function);
        struct inspected_function seen = {
            .user = function->user,
            .name = function->name,
            .image_bytes = proto_faaslet_image_bytes(code->proto),
            .faaslets = atomic_load(&code->pool.alive),
        };
        code_release(code);
        for (int i = 0; i < CALL_STATUS_COUNT; i++) {
            seen.calls[i] = atomic_load_explicit(&function->calls[i], memory_order_relaxed);
        }
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

void inspect_latency(struct runtime *runtime, enum call_status status,
                     struct inspected_latency *latency) {
    const struct runtime_latency *from = &runtime->statistics.latency_by_status[status];
    latency->sum_nanoseconds = atomic_load_explicit(&from->sum_nanoseconds, memory_order_relaxed);
    for (int i = 0; i < RUNTIME_LATENCY_BUCKETS; i++) {
        latency->buckets[i] = atomic_load_explicit(&from->buckets[i], memory_order_relaxed);
    }
}
