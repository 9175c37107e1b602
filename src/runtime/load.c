// Making a function ready: object, Faaslet, initialisation, Proto-Faaslet.
#include "base/log.h"
#include "runtime/entry.h"
#include "runtime/private.h"

#include <stdio.h>
#include <string.h>

static struct faaslet_object *load_stored(struct function *function, struct error *error) {
    struct runtime *runtime = function->runtime;
    struct object_slot *slot = objects_enter(&runtime->objects, function->digest, error);
    if (slot == NULL) {
        return NULL;
    }
    struct object_facts facts = {0};
    struct faaslet_object *object = NULL;
    char wasm[PATH_MAX];
    if (store_find_blob(runtime->store, function->digest, wasm, error)) {
        object = objects_load(&runtime->objects, function->digest, wasm, &facts, error);
    }
    objects_leave(&runtime->objects, slot);
    if (object != NULL && facts.compiled) {
        function->compiled_now = true;
        function->codegen_nanoseconds = facts.nanoseconds;
    }
    return object;
}

static bool load_object(struct function *function, struct error *error) {
    if (function->object == NULL) {
        park_block_begin(); // it may have to be compiled, or others compile
        function->object = function->digest[0] != '\0'
                               ? load_stored(function, error)
                               : faaslet_object_load(function->object_path, error);
        park_block_end();
    }
    return function->object != NULL;
}

// The call that the initialisation runs as.
static struct call *initial_call(struct function *function, struct error *error) {
    struct runtime *runtime = function->runtime;
    struct buffer none = {0};
    struct call *call =
        call_new(runtime, function->user, function->name, &none, &function->limits, error);
    if (call != NULL) {
        call->id = call_table_new_id(&runtime->calls);
        call->initializing = true;
        call->environment = &function->environment;
        call_begin(call);
    }
    return call;
}

// Runs an export if there is one, of type () -> () or () -> i32; a result must be 0.
static bool run_initializer(struct faaslet *faaslet, const char *name,
                            struct faaslet_result *result, struct error *error) {
    struct faaslet_function entry;
    if (!faaslet_find_export(faaslet_main_instance(faaslet), name, &entry)) {
        return true;
    }
    bool returns = entry_has_type(&entry, 0, 1);
    if (!returns && !entry_has_type(&entry, 0, 0)) {
        return error_set(error, ERROR_INVALID, "the export %s is not () -> () or () -> i32", name);
    }
    uint64_t values[1] = {0};
    faaslet_call(faaslet, &entry, values, result);
    switch (result->outcome) {
    case FAASLET_RETURNED:
        if (returns && (uint32_t)values[0] != 0) {
            return error_set(error, ERROR_INVALID, "%s returned %d", name,
                             (int)(uint32_t)values[0]);
        }
        return true;
    case FAASLET_EXITED:
        return error_set(error, ERROR_INVALID, "%s exited with code %d", name, result->exit_code);
    case FAASLET_TRAPPED:
    default:
        return error_set(error, ERROR_TRAP, "%s: %s%s%s", name, faaslet_trap_name(result->trap),
                         result->message[0] != '\0' ? ": " : "", result->message);
    }
}

static bool initialize(struct function *function, struct faaslet *faaslet,
                       struct faaslet_result *result, struct error *error) {
    return faaslet_instantiate(faaslet, function->object, function->runtime->linker, NULL, result,
                               error) != NULL &&
           run_initializer(faaslet, "_initialize", result, error) &&
           run_initializer(faaslet, "_faasm_zygote", result, error);
}

static bool make_proto(struct function *function, struct call *call, struct buffer *trace,
                       struct error *error) {
    // Each memory that there is room for costs 8 GiB of address space.
    uint64_t pages = function->limits.memory_bytes / OBJECT_PAGE_SIZE;
    uint32_t memories = faaslet_object_module(function->object)->memory_count;
    struct faaslet_config config = {
        .memory_limit_pages = pages > 0 ? pages : 1,
        .stack_bytes = function->limits.stack_bytes,
        .memories = memories > 0 ? memories : 1,
    };
    struct faaslet_result result = {0};
    struct faaslet *faaslet = faaslet_new(&config, error);
    if (faaslet == NULL) {
        return false;
    }
    if (!execute_enter(function->runtime, call, faaslet, error)) {
        faaslet_delete(faaslet);
        return false;
    }
    bool done = initialize(function, faaslet, &result, error);
    if (!done && error->code == ERROR_TRAP && !faaslet_result_backtrace(&result, trace, NULL)) {
        log_debug("no backtrace of %s", function->key);
    }
    execute_leave(function->runtime, call, faaslet);
    if (done) {
        faaslet_set_context(faaslet, NULL);
        function->proto = faaslet_snapshot(faaslet, error);
        done = function->proto != NULL;
    }
    faaslet_delete(faaslet);
    return done;
}

// By the one thread that loads; the mutex is not held.
static bool load(struct function *function, struct call *call, struct function_failure *failure) {
    struct error error = {0};
    struct call *initial = initial_call(function, &error);
    bool done = initial != NULL && load_object(function, &error) &&
                make_proto(function, initial, &call->trace, &error);
    if (initial != NULL) {
        call_log(call, buffer_bytes(&initial->log));
        call_release(initial);
    }
    if (!done) {
        failure->status = error.code == ERROR_TRAP ? CALL_TRAPPED : CALL_ERROR;
        snprintf(failure->message, sizeof failure->message, "initialisation of %s: %s",
                 function->key, error.message);
    }
    return done;
}

static bool load_now(struct function *function, struct call *call) {
    struct function_failure failure;
    atomic_store(&function->state, FUNCTION_LOADING);
    pthread_mutex_unlock(&function->mutex);
    bool ready = load(function, call, &failure);
    pthread_mutex_lock(&function->mutex);
    if (!ready) {
        function->failure = failure;
    }
    function->attempts++;
    atomic_store_explicit(&function->state, ready ? FUNCTION_READY : FUNCTION_NEW,
                          memory_order_release);
    waiters_wake_all(&function->waiters);
    return ready;
}

static bool wait_for_loader(struct function *function) {
    uint64_t attempt = function->attempts;
    while (function->attempts == attempt) {
        waiters_wait(&function->waiters, &function->mutex, NULL);
    }
    return atomic_load(&function->state) == FUNCTION_READY;
}

bool function_prepare(struct function *function, struct call *call, enum call_status *status) {
    if (atomic_load_explicit(&function->state, memory_order_acquire) == FUNCTION_READY) {
        return true;
    }
    pthread_mutex_lock(&function->mutex);
    int state = atomic_load(&function->state);
    bool ready = state == FUNCTION_READY ||
                 (state == FUNCTION_LOADING ? wait_for_loader(function) : load_now(function, call));
    if (!ready) {
        *status = function->failure.status;
        snprintf(call->message, sizeof call->message, "%s", function->failure.message);
    }
    pthread_mutex_unlock(&function->mutex);
    return ready;
}
