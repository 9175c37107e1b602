#include "runtime/function.h"

#include "runtime/private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct call_limits effective_limits(const struct runtime *runtime, const char *user,
                                           const struct call_limits *own) {
    struct call_limits of_user = *runtime_user_limits(runtime, user);
    of_user.concurrent_calls = of_user.queued_calls = 0; // of all its calls together
    struct call_limits limits = limits_combine(&runtime->config.limits, &of_user);
    return limits_combine(&limits, own);
}

struct function *function_new(struct runtime *runtime, const char *user, const char *name,
                              const struct store_options *options, struct error *error) {
    static const struct store_options none;
    struct function *function = calloc(1, sizeof *function);
    if (function == NULL) {
        error_set(error, ERROR_MEMORY, "function %s/%s", user, name);
        return NULL;
    }
    atomic_init(&function->references, 1);
    function->runtime = runtime;
    snprintf(function->user, sizeof function->user, "%s", user);
    snprintf(function->name, sizeof function->name, "%s", name);
    snprintf(function->key, sizeof function->key, "%s/%s", function->user, function->name);
    options = options != NULL ? options : &none;
    function->limits = effective_limits(runtime, user, &options->limits);
    function->user_limits = runtime_user_limits(runtime, user);
    function->durable = options->durable;
    function->opt_level = runtime_level(runtime, options);
    pthread_mutex_init(&function->mutex, NULL);
    pthread_mutex_init(&function->code_mutex, NULL);
    return function;
}

struct function *function_acquire(struct function *function) {
    atomic_fetch_add_explicit(&function->references, 1, memory_order_relaxed);
    return function;
}

void function_release(struct function *function) {
    if (atomic_fetch_sub_explicit(&function->references, 1, memory_order_acq_rel) != 1) {
        return;
    }
    code_release(function->code);
    call_environment_destroy(&function->environment);
    pthread_mutex_destroy(&function->code_mutex);
    pthread_mutex_destroy(&function->mutex);
    free(function->object_path);
    free(function);
}

// ---- Code ---------------------------------------------------------------------------------------

struct code *function_code(struct function *function) {
    pthread_mutex_lock(&function->code_mutex);
    struct code *code = function->code != NULL ? code_acquire(function->code) : NULL;
    pthread_mutex_unlock(&function->code_mutex);
    return code;
}

void function_set_code(struct function *function, struct code *code) {
    pthread_mutex_lock(&function->code_mutex);
    struct code *old = function->code;
    function->code = code;
    pthread_mutex_unlock(&function->code_mutex);
    code_release(old);
}

void function_note_optimising(struct function *function, enum runtime_optimising state,
                              const char *message) {
    pthread_mutex_lock(&function->code_mutex);
    function->optimisation.state = state;
    snprintf(function->optimisation.message, sizeof function->optimisation.message, "%s", message);
    pthread_mutex_unlock(&function->code_mutex);
}

// ---- How long calls take ------------------------------------------------------------------------

// An eighth of it is the last call. One that took long counts for at most ten brief ones, so that
// a function is given another chance soon.
void function_ran(struct function *function, uint64_t nanoseconds) {
    enum { MOST = 10 * FUNCTION_BRIEF_NANOSECONDS };
    uint64_t last = nanoseconds < MOST ? nanoseconds : MOST;
    uint64_t average = atomic_load_explicit(&function->run_nanoseconds, memory_order_relaxed);
    average = average == 0 ? last : average - average / 8 + last / 8;
    // What another thread writes meanwhile may be lost.
    atomic_store_explicit(&function->run_nanoseconds, average | 1, memory_order_relaxed);
}

bool function_brief(const struct function *function) {
    uint64_t average = atomic_load_explicit(&function->run_nanoseconds, memory_order_relaxed);
    return average != 0 && average <= FUNCTION_BRIEF_NANOSECONDS;
}

// ---- The table ----------------------------------------------------------------------------------

void function_table_create(struct function_table *table) {
    *table = (struct function_table){0};
    pthread_mutex_init(&table->mutex, NULL);
}

void function_table_destroy(struct function_table *table) {
    struct function *function, *next;
    HASH_ITER(hash, table->functions, function, next) {
        // The analyser loses track of the list that uthash keeps.
        HASH_DELETE(hash, table->functions, function); // NOLINT(clang-analyzer-unix.Malloc)
        function_release(function);
    }
    pthread_mutex_destroy(&table->mutex);
}

static struct function *find(struct function_table *table, const char *user, const char *name) {
    char key[2 * STORE_NAME_MAX + 2];
    struct function *function;
    int length = snprintf(key, sizeof key, "%s/%s", user, name);
    if (length < 0 || (size_t)length >= sizeof key) {
        return NULL;
    }
    HASH_FIND(hash, table->functions, key, (size_t)length, function);
    return function;
}

struct function *function_table_find(struct function_table *table, const char *user,
                                     const char *name) {
    pthread_mutex_lock(&table->mutex);
    struct function *function = find(table, user, name);
    if (function != NULL) {
        function_acquire(function);
    }
    pthread_mutex_unlock(&table->mutex);
    return function;
}

void function_table_put(struct function_table *table, struct function *function) {
    function_acquire(function);
    pthread_mutex_lock(&table->mutex);
    struct function *old = find(table, function->user, function->name);
    if (old != NULL) {
        HASH_DELETE(hash, table->functions, old);
    }
    HASH_ADD_KEYPTR(hash, table->functions, function->key, strlen(function->key), function);
    pthread_mutex_unlock(&table->mutex);
    if (old != NULL) {
        function_release(old);
    }
}

struct function *function_table_add(struct function_table *table, struct function *function) {
    pthread_mutex_lock(&table->mutex);
    struct function *there = find(table, function->user, function->name);
    if (there == NULL) {
        there = function_acquire(function);
        HASH_ADD_KEYPTR(hash, table->functions, function->key, strlen(function->key), function);
    }
    function_acquire(there);
    pthread_mutex_unlock(&table->mutex);
    return there;
}

bool function_table_remove(struct function_table *table, const char *user, const char *name) {
    pthread_mutex_lock(&table->mutex);
    struct function *old = find(table, user, name);
    if (old != NULL) {
        HASH_DELETE(hash, table->functions, old);
    }
    pthread_mutex_unlock(&table->mutex);
    if (old != NULL) {
        function_release(old);
    }
    return old != NULL;
}

size_t function_table_ready(struct function_table *table) {
    size_t count = 0;
    pthread_mutex_lock(&table->mutex);
    for (struct function *function = table->functions; function != NULL;
         function = function->hash.next) {
        count += atomic_load(&function->state) == FUNCTION_READY;
    }
    pthread_mutex_unlock(&table->mutex);
    return count;
}

uint64_t function_calls(const struct function *function) {
    uint64_t sum = 0;
    for (int i = 0; i < CALL_STATUS_COUNT; i++) {
        sum += atomic_load_explicit(&function->calls[i], memory_order_relaxed);
    }
    return sum;
}

size_t function_table_trim(struct function_table *table, bool all) {
    size_t count = 0;
    pthread_mutex_lock(&table->mutex);
    for (struct function *function = table->functions; function != NULL;
         function = function->hash.next) {
        struct code *code = function_code(function);
        if (code != NULL) {
            pool_trim(&code->pool, all);
            count += atomic_load(&code->pool.alive);
            code_release(code);
        }
    }
    pthread_mutex_unlock(&table->mutex);
    return count;
}
