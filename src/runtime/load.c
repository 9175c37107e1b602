// Making a function ready: object, Faaslet, initialisation, Proto-Faaslet.
#include "base/clock.h"
#include "base/log.h"
#include "faaslet/thread.h"
#include "runtime/entry.h"
#include "runtime/library.h"
#include "runtime/optimise.h"
#include "runtime/private.h"

#include <stdio.h>
#include <string.h>

static struct faaslet_object *load_stored(struct function *function, int opt_level,
                                          const _Atomic uint32_t *given_up, struct error *error) {
    struct runtime *runtime = function->runtime;
    struct object_slot *slot =
        objects_enter(&runtime->objects, function->digest, opt_level, given_up, error);
    if (slot == NULL) {
        return NULL;
    }
    struct object_facts facts = {0};
    struct faaslet_object *object = objects_load(
        &runtime->objects, slot, &(struct object_source){.given_up = given_up}, &facts, error);
    objects_leave(&runtime->objects, slot);
    if (object != NULL && facts.compiled) {
        function->compiled_now = true;
        function->codegen_nanoseconds = facts.nanoseconds;
    }
    return object;
}

static struct code *load_code(struct function *function, const _Atomic uint32_t *given_up,
                              struct error *error) {
    struct runtime *runtime = function->runtime;
    struct faaslet_object *object;
    int opt_level = function->opt_level;
    park_block_begin(); // it may have to be compiled, or others compile
    if (function->digest[0] != '\0') {
        opt_level =
            optimise_first_level(runtime, function->digest, function->wasm_bytes, opt_level);
        object = load_stored(function, opt_level, given_up, error);
    } else {
        object = faaslet_object_load(function->object_path, error);
    }
    park_block_end();
    return object == NULL ? NULL : code_new(object, opt_level, &runtime->pool_totals, error);
}

// The code that there is, or new one, as a reference.
static struct code *find_code(struct function *function, const _Atomic uint32_t *given_up,
                              struct error *error) {
    struct code *code = function_code(function);
    if (code == NULL) {
        code = load_code(function, given_up, error);
        if (code != NULL) {
            function_set_code(function, code_acquire(code));
            optimiser_add(&function->runtime->optimiser, function, code->opt_level);
        }
    }
    return code;
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

static bool initialize(struct code *code, struct call *call, struct faaslet *faaslet,
                       struct faaslet_result *result, struct error *error) {
    struct runtime_library_source libraries;
    runtime_library_source(&libraries, call, NULL);
    return faaslet_instantiate_program(faaslet, code->object, &libraries.source, result, error) !=
               NULL &&
           run_initializer(faaslet, "_initialize", result, error) &&
           run_initializer(faaslet, "_faasm_zygote", result, error);
}

static bool make_proto(struct function *function, struct code *code, struct call *call,
                       struct buffer *trace, struct error *error) {
    // Each memory that there is room for costs 8 GiB of address space.
    uint64_t pages = function->limits.memory_bytes / OBJECT_PAGE_SIZE;
    uint32_t memories = faaslet_object_module(code->object)->memory_count;
    struct faaslet_config config = {
        .memory_limit_pages = pages > 0 ? pages : 1,
        .stack_bytes = function->limits.stack_bytes,
        .memories = memories > 0 ? memories : 1,
        .threads = (uint32_t)limits_smaller(function->limits.threads, THREADS_MAX),
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
    bool done = initialize(code, call, faaslet, &result, error);
    if (!done && error->code == ERROR_TRAP && !faaslet_result_backtrace(&result, trace, NULL)) {
        log_debug("no backtrace of %s", function->key);
    }
    execute_leave(function->runtime, call, faaslet);
    if (done) {
        faaslet_set_context(faaslet, NULL);
        code->proto = faaslet_snapshot(faaslet, error);
        done = code->proto != NULL;
    }
    faaslet_delete(faaslet);
    return done;
}

// What stops the call from here on stops the initialisation, too; so does what has stopped it
// before.
static void tie(struct call *call, struct call *initial) {
    pthread_mutex_lock(&call->mutex);
    call->private->initial = initial;
    pthread_mutex_unlock(&call->mutex);
    uint32_t none = 0, stop = atomic_load(&call->private->stop);
    if (initial != NULL && stop != 0) {
        atomic_compare_exchange_strong(&initial->private->stop, &none, stop);
    }
}

// By the one thread that loads; the mutex is not held.
static bool load(struct function *function, struct call *call, struct function_failure *failure) {
    struct error error = {0};
    struct call *initial = initial_call(function, &error);
    tie(call, initial);
    struct code *code =
        initial != NULL ? find_code(function, &initial->private->stop, &error) : NULL;
    bool done = code != NULL && make_proto(function, code, initial, &call->trace, &error);
    code_release(code);
    tie(call, NULL);
    if (initial != NULL) {
        call_log(call, buffer_bytes(&initial->log));
        call_release(initial);
    }
    failure->given_up = !done && atomic_load(&call->private->stop) != 0;
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

// True when an attempt has ended, false when the call (may be NULL) is to stop.
static bool wait_for_loader(struct function *function, const struct call *call) {
    uint64_t attempt = function->attempts;
    while (function->attempts == attempt) {
        if (call != NULL && atomic_load(&call->private->stop) != 0) {
            return false;
        }
        // Nothing wakes it when the call is stopped: it looks.
        waiters_wait_until(&function->waiters, &function->mutex,
                           clock_monotonic() + COMPILE_LOOK_NANOSECONDS);
    }
    return true;
}

// Under the mutex. Where the call that made an attempt was stopped another one makes the next.
static bool make_ready(struct function *function, struct call *call) {
    bool ended = false;
    while (atomic_load(&function->state) != FUNCTION_READY) {
        if (ended && !function->failure.given_up) {
            return false;
        }
        if (atomic_load(&function->state) != FUNCTION_LOADING) {
            return load_now(function, call);
        }
        ended = wait_for_loader(function, call);
        if (!ended) {
            return false;
        }
    }
    return true;
}

struct code *function_prepare(struct function *function, struct call *call,
                              enum call_status *status) {
    if (atomic_load_explicit(&function->state, memory_order_acquire) == FUNCTION_READY) {
        return function_code(function);
    }
    pthread_mutex_lock(&function->mutex);
    bool ready = make_ready(function, call);
    if (!ready && atomic_load(&call->private->stop) != 0) {
        *status = call_stopped(call, true);
    } else if (!ready) {
        *status = function->failure.status;
        snprintf(call->message, sizeof call->message, "%s", function->failure.message);
    }
    pthread_mutex_unlock(&function->mutex);
    return ready ? function_code(function) : NULL;
}

// ---- Replacing ----------------------------------------------------------------------------------

static bool initialise_again(struct function *function, struct code *code, struct error *error) {
    struct call *initial = initial_call(function, error);
    struct buffer trace = {0};
    bool done = initial != NULL && make_proto(function, code, initial, &trace, error);
    buffer_destroy(&trace);
    if (initial != NULL) {
        call_release(initial);
    }
    return done;
}

bool function_replace_code(struct function *function, struct code *code, struct error *error) {
    pthread_mutex_lock(&function->mutex);
    while (atomic_load(&function->state) == FUNCTION_LOADING) {
        wait_for_loader(function, NULL);
    }
    bool ready = atomic_load(&function->state) == FUNCTION_READY;
    if (!ready) {
        function_set_code(function, code); // its first call initialises it
    }
    pthread_mutex_unlock(&function->mutex);
    if (!ready) {
        return true;
    }
    if (!initialise_again(function, code, error)) {
        code_release(code);
        return false;
    }
    function_set_code(function, code);
    return true;
}
