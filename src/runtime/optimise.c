#include "runtime/optimise.h"

#include "base/clock.h"
#include "base/log.h"
#include "runtime/private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

int optimise_first_level(struct runtime *runtime, const char *digest, uint64_t wasm_bytes,
                         int opt_level) {
    bool at_once = wasm_bytes <= runtime->config.optimise_at_once_bytes ||
                   objects_have(&runtime->objects, digest, opt_level);
    return at_once ? opt_level : COMPILE_LEVEL_QUICK;
}

// ---- One function -------------------------------------------------------------------------------

// Whether calls still begin with this version of the function.
static bool is_current(struct function *function) {
    struct function *current =
        function_table_find(&function->runtime->functions, function->user, function->name);
    if (current != NULL) {
        function_release(current);
    }
    return current == function;
}

static struct faaslet_object *compile(struct optimiser *optimiser, struct function *function,
                                      struct object_facts *facts, struct error *error) {
    struct objects *objects = &optimiser->runtime->objects;
    struct object_slot *slot =
        objects_enter(objects, function->digest, function->opt_level, NULL, error);
    if (slot == NULL) {
        return NULL;
    }
    struct faaslet_object *object = objects_load(
        objects, slot, &(struct object_source){.background = true, .stop = &optimiser->stop}, facts,
        error);
    objects_leave(objects, slot);
    return object;
}

static bool optimise(struct optimiser *optimiser, struct function *function, struct error *error) {
    struct object_facts facts = {0};
    struct faaslet_object *object = compile(optimiser, function, &facts, error);
    if (object == NULL) {
        return false;
    }
    struct code *code =
        code_new(object, function->opt_level, &optimiser->runtime->pool_totals, error);
    if (code == NULL || !function_replace_code(function, code, error)) {
        return false;
    }
    pthread_mutex_lock(&function->code_mutex);
    function->optimisation.state = RUNTIME_OPTIMISED;
    function->optimisation.nanoseconds = facts.nanoseconds;
    pthread_mutex_unlock(&function->code_mutex);
    return true;
}

static bool is_stopping(struct optimiser *optimiser) {
    pthread_mutex_lock(&optimiser->mutex);
    bool stopping = optimiser->stopping;
    pthread_mutex_unlock(&optimiser->mutex);
    return stopping;
}

static void work_on(struct optimiser *optimiser, struct function *function) {
    struct runtime *runtime = optimiser->runtime;
    if (!is_current(function)) {
        return;
    }
    struct error error = {0};
    function_note_optimising(function, RUNTIME_OPTIMISING, "");
    if (optimise(optimiser, function, &error)) {
        objects_remove(&runtime->objects, function->digest, COMPILE_LEVEL_QUICK);
        log_info("%s runs on its optimised code", function->key);
    } else if (is_current(function) && !is_stopping(optimiser)) {
        function_note_optimising(function, RUNTIME_OPTIMISING_FAILED, error.message);
        atomic_fetch_add(&runtime->objects.optimising_failures, 1);
        log_warn("%s stays with the code of the quick compiler: %s", function->key, error.message);
    }
    if (!is_current(function)) {
        store_drop_unused(runtime->store, function->digest);
    }
}

// ---- The threads --------------------------------------------------------------------------------

static struct function *next_function(struct optimiser *optimiser) {
    pthread_mutex_lock(&optimiser->mutex);
    optimiser->idle++;
    while (optimiser->first == NULL && !optimiser->stopping) {
        pthread_cond_wait(&optimiser->changed, &optimiser->mutex);
    }
    optimiser->idle--;
    struct function *function = optimiser->stopping ? NULL : optimiser->first;
    if (function != NULL) {
        optimiser->first = function->next_to_optimise;
        if (optimiser->first == NULL) {
            optimiser->last = &optimiser->first;
        }
    }
    pthread_mutex_unlock(&optimiser->mutex);
    return function;
}

static void *run(void *context) {
    struct optimiser *optimiser = context;
    struct function *function;
    while ((function = next_function(optimiser)) != NULL) {
        work_on(optimiser, function);
        function_release(function);
    }
    return NULL;
}

// Under the mutex. A function that no thread can be had for waits for the next start.
static void need_thread(struct optimiser *optimiser) {
    if (optimiser->idle > 0 || optimiser->thread_count == optimiser->threads_max) {
        return;
    }
    if (optimiser->stop < 0 && (optimiser->stop = eventfd(0, EFD_CLOEXEC)) < 0) {
        log_warn("no code is optimised: eventfd: %s", strerror(errno));
        return;
    }
    int number = pthread_create(&optimiser->threads[optimiser->thread_count], NULL, run, optimiser);
    if (number == 0) {
        optimiser->thread_count++;
    } else if (optimiser->thread_count == 0) {
        log_warn("no code is optimised: cannot start a thread: %s", strerror(number));
    }
}

void optimiser_create(struct optimiser *optimiser, struct runtime *runtime, unsigned threads_max) {
    *optimiser = (struct optimiser){
        .runtime = runtime,
        .threads_max = threads_max < OPTIMISER_THREADS_MAX ? threads_max : OPTIMISER_THREADS_MAX,
        .stop = -1,
    };
    optimiser->last = &optimiser->first;
    pthread_mutex_init(&optimiser->mutex, NULL);
    pthread_cond_init(&optimiser->changed, NULL);
}

void optimiser_destroy(struct optimiser *optimiser) {
    pthread_mutex_lock(&optimiser->mutex);
    optimiser->stopping = true;
    if (optimiser->stop >= 0 && eventfd_write(optimiser->stop, 1) != 0) {
        log_warn("compilers cannot be told to end: %s", strerror(errno));
    }
    pthread_cond_broadcast(&optimiser->changed);
    pthread_mutex_unlock(&optimiser->mutex);
    for (unsigned i = 0; i < optimiser->thread_count; i++) {
        pthread_join(optimiser->threads[i], NULL);
    }
    while (optimiser->first != NULL) {
        struct function *function = optimiser->first;
        optimiser->first = function->next_to_optimise;
        function_release(function);
    }
    if (optimiser->stop >= 0) {
        close(optimiser->stop);
    }
    pthread_cond_destroy(&optimiser->changed);
    pthread_mutex_destroy(&optimiser->mutex);
}

// Whether the function has to be queued; it is in the queue once.
static bool begin_waiting(struct function *function) {
    pthread_mutex_lock(&function->code_mutex);
    enum runtime_optimising *state = &function->optimisation.state;
    bool fresh = *state != RUNTIME_OPTIMISING_QUEUED && *state != RUNTIME_OPTIMISING;
    if (fresh) {
        *state = RUNTIME_OPTIMISING_QUEUED;
    }
    pthread_mutex_unlock(&function->code_mutex);
    return fresh;
}

void optimiser_add(struct optimiser *optimiser, struct function *function, int opt_level) {
    if (opt_level == function->opt_level || function->digest[0] == '\0' ||
        !begin_waiting(function)) {
        return;
    }
    pthread_mutex_lock(&optimiser->mutex);
    if (!optimiser->stopping) {
        function->next_to_optimise = NULL;
        *optimiser->last = function_acquire(function);
        optimiser->last = &function->next_to_optimise;
        need_thread(optimiser);
        pthread_cond_signal(&optimiser->changed);
    }
    pthread_mutex_unlock(&optimiser->mutex);
}

// ---- After a restart ----------------------------------------------------------------------------

struct unfinished {
    struct runtime *runtime;
    struct store_function *functions;
    size_t count;
    bool complete;
};

static bool see_function(void *context, const struct store_function *function) {
    struct unfinished *unfinished = context;
    struct objects *objects = &unfinished->runtime->objects;
    int opt_level = runtime_level(unfinished->runtime, &function->options);
    if (opt_level == COMPILE_LEVEL_QUICK || objects_have(objects, function->digest, opt_level) ||
        !objects_have(objects, function->digest, COMPILE_LEVEL_QUICK)) {
        return true;
    }
    struct store_function *more =
        realloc(unfinished->functions, (unfinished->count + 1) * sizeof *unfinished->functions);
    if (more == NULL) {
        return unfinished->complete = false;
    }
    unfinished->functions = more;
    unfinished->functions[unfinished->count++] = *function;
    return true;
}

bool optimiser_resume(struct optimiser *optimiser, struct error *error) {
    struct runtime *runtime = optimiser->runtime;
    struct unfinished unfinished = {.runtime = runtime, .complete = true};
    bool done = store_list_functions(runtime->store, NULL, see_function, &unfinished, error) &&
                (unfinished.complete || error_set(error, ERROR_MEMORY, "functions to optimise"));
    for (size_t i = 0; done && i < unfinished.count; i++) {
        const struct store_function *stored = &unfinished.functions[i];
        struct function *function =
            runtime_find_function(runtime, stored->user, stored->name, error);
        done = function != NULL;
        if (done) {
            optimiser_add(optimiser, function, COMPILE_LEVEL_QUICK);
            function_release(function);
        }
    }
    free(unfinished.functions);
    return done;
}
