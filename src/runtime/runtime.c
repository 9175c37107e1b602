#include "runtime/runtime.h"

#include "base/clock.h"
#include "faaslet/thread.h"
#include "runtime/private.h"

#include <sched.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// Each ready Faaslet reserves more than 8 GiB of 128 TiB of address space, and some mappings of
// the 65,530 that Linux allows by default.
enum { READY_FAASLETS_MAX = 2048 };

static uint64_t otherwise(uint64_t value, uint64_t fallback) {
    return value != 0 ? value : fallback;
}

// Those that this process may use; cheaper to ask for than how many there are.
static unsigned cores(void) {
    cpu_set_t usable;
    if (sched_getaffinity(0, sizeof usable, &usable) == 0) {
        return (unsigned)CPU_COUNT(&usable);
    }
    long count = sysconf(_SC_NPROCESSORS_ONLN);
    return count > 0 ? (unsigned)count : 1;
}

static void fill_in(struct runtime_config *config) {
    config->workers = (unsigned)otherwise(config->workers, cores());
    struct call_limits *limits = &config->limits;
    config->cache_bytes = otherwise(config->cache_bytes, 4ull << 30);
    config->optimise_at_once_bytes = otherwise(config->optimise_at_once_bytes, 32u << 10);
    if (config->compile.opt_level < 0) {
        config->compile.opt_level = COMPILE_LEVEL_DEFAULT;
    }
    config->compilers_megabytes =
        otherwise(config->compilers_megabytes,
                  compilers_default_megabytes(compile_memory_megabytes(&config->compile)));
    limits->memory_bytes = otherwise(limits->memory_bytes, 4ull << 30);
    limits->stack_bytes = otherwise(limits->stack_bytes, 8u << 20);
    limits->threads = otherwise(limits->threads, THREAD_DEFAULT_LIMIT);
    limits->input_bytes = otherwise(limits->input_bytes, 64u << 20);
    limits->output_bytes = otherwise(limits->output_bytes, 64u << 20);
    limits->log_bytes = otherwise(limits->log_bytes, 1u << 20);
    config->queued_calls = otherwise(config->queued_calls, 100000);
    config->queued_bytes = otherwise(config->queued_bytes, 1ull << 30);
    config->finished_calls = otherwise(config->finished_calls, 10000);
    config->finished_bytes = otherwise(config->finished_bytes, 512ull << 20);
    config->key_nanoseconds = otherwise(config->key_nanoseconds, 24ull * 3600 * 1000000000);
    config->finished_nanoseconds = otherwise(config->finished_nanoseconds, 3600ull * 1000000000);
    config->idle_nanoseconds = otherwise(config->idle_nanoseconds, 60ull * 1000000000);
    config->chain_depth = (unsigned)otherwise(config->chain_depth, 2048);
    config->extra_workers = (unsigned)otherwise(config->extra_workers, 64);
}

static bool check_compilers(const struct runtime_config *config, struct error *error) {
    uint32_t each = compile_memory_megabytes(&config->compile);
    return config->compilers_megabytes >= each ||
           error_set(error, ERROR_ARGUMENT,
                     "%llu MB for all compilers together: one alone may take %u MB",
                     (unsigned long long)config->compilers_megabytes, each);
}

static bool own_strings(struct runtime *runtime, struct error *error) {
    struct runtime_config *config = &runtime->config;
    if (config->folder != NULL) {
        runtime->folder = strdup(config->folder);
    }
    if (config->compile.program != NULL) {
        runtime->compile_program = strdup(config->compile.program);
    }
    if (config->library_folder != NULL) {
        runtime->library_folder = strdup(config->library_folder);
    }
    if ((config->folder != NULL && runtime->folder == NULL) ||
        (config->library_folder != NULL && runtime->library_folder == NULL) ||
        (config->compile.program != NULL && runtime->compile_program == NULL)) {
        return error_set(error, ERROR_MEMORY, "runtime");
    }
    config->folder = runtime->folder;
    config->compile.program = runtime->compile_program;
    config->library_folder = runtime->library_folder;
    return true;
}

static void users_compete(void *context) {
    struct runtime *runtime = context;
    shares_wake(&runtime->shares);
}

static bool start(struct runtime *runtime, struct error *error) {
    const struct runtime_config *config = &runtime->config;
    if (config->folder != NULL) {
        pressure_find(&runtime->pressure); // only runtimes with a store look at it
        runtime->store = store_open(config->folder, error);
        if (runtime->store == NULL) {
            return false;
        }
        runtime->config.folder = store_folder(runtime->store);
        runtime->journal = journal_open(runtime->store, error);
        if (runtime->journal == NULL) {
            return false;
        }
        const struct file_driver *files = config->files_driver;
        runtime->config.files_driver = NULL; // from now on it is the store's
        if (!user_files_open(&runtime->files, runtime->config.folder, config->files_folder, files,
                             config->files_bytes, config->files_entries, error)) {
            return false;
        }
    }
    if ((config->folder != NULL || config->state_driver != NULL) &&
        !runtime_open_state(runtime, error)) {
        return false;
    }
    runtime->objects.store = runtime->store;
    runtime->objects.cache_bytes = config->cache_bytes;
    struct scheduler_config scheduler = {
        .workers = config->workers,
        .extra_workers = config->extra_workers,
        .queued_calls = config->queued_calls,
        .queued_bytes = config->queued_bytes,
        .run = execute_call,
        .abandon = execute_abandon,
        .context = runtime,
        .crowded = users_compete,
        .user_threads = config->groups != NULL ? config->workers : 1,
    };
    runtime->scheduler = scheduler_new(&scheduler, error);
    return runtime->scheduler != NULL &&
           shares_create(&runtime->shares, runtime->scheduler, scheduler_seats(&scheduler),
                         config->groups, error) &&
           durable_recover(runtime, error) &&
           (runtime->store == NULL || optimiser_resume(&runtime->optimiser, error));
}

static int compare_users(const void *a, const void *b) {
    const struct runtime_user_limits *first = a, *second = b;
    return strcmp(first->user, second->user);
}

static bool own_users(struct runtime *runtime, struct error *error) {
    struct runtime_config *config = &runtime->config;
    if (config->user_count == 0) {
        return true;
    }
    runtime->users = calloc(config->user_count, sizeof *runtime->users);
    if (runtime->users == NULL) {
        return error_set(error, ERROR_MEMORY, "limits of users");
    }
    memcpy(runtime->users, config->users, config->user_count * sizeof *runtime->users);
    qsort(runtime->users, config->user_count, sizeof *runtime->users, compare_users);
    config->users = runtime->users;
    return true;
}

struct runtime *runtime_new(const struct runtime_config *config,
                            const struct faaslet_linker *linker, struct error *error) {
    struct runtime *runtime = calloc(1, sizeof *runtime);
    if (runtime == NULL || sodium_init() < 0) {
        free(runtime);
        error_set(error, ERROR_MEMORY, "runtime");
        return NULL;
    }
    runtime->config = *config;
    runtime->linker = linker;
    fill_in(&runtime->config);
    runtime->pool_totals.ready_max = READY_FAASLETS_MAX;
    pthread_mutex_init(&runtime->waits, NULL);
    pthread_mutex_init(&runtime->uploads, NULL);
    keys_create(&runtime->keys);
    function_table_create(&runtime->functions);
    monitor_create(&runtime->monitor, &(struct monitor_config){
                                          .chores = runtime_chores,
                                          .stop = stop_call,
                                          .context = runtime,
                                      });
    objects_create(&runtime->objects, NULL, &runtime->config.compile, cores(),
                   runtime->config.compilers_megabytes);
    optimiser_create(&runtime->optimiser, runtime, (cores() + 3) / 4);
    library_cache_create(&runtime->libraries);
    library_budget_create(&runtime->library_budget, config->library_nanoseconds);
    if (!call_table_create(&runtime->calls, runtime->config.finished_calls,
                           runtime->config.finished_bytes, error) ||
        !check_compilers(&runtime->config, error) || !own_strings(runtime, error) ||
        !own_users(runtime, error) || !start(runtime, error)) {
        runtime_delete(runtime);
        return NULL;
    }
    return runtime;
}

bool runtime_stop(struct runtime *runtime, uint64_t time) {
    uint64_t now = clock_monotonic();
    uint64_t deadline = time == 0 || time > UINT64_MAX - now ? UINT64_MAX : now + time;
    bool ended = scheduler_stop(runtime->scheduler, deadline);
    if (!ended) {
        atomic_store(&runtime->stopping, true);
        stop_all_calls(runtime);
        scheduler_stop(runtime->scheduler, UINT64_MAX);
    }
    return ended;
}

void runtime_delete(struct runtime *runtime) {
    if (runtime == NULL) {
        return;
    }
    if (runtime->scheduler != NULL) {
        runtime_stop(runtime, runtime->config.stop_nanoseconds);
        shares_destroy(&runtime->shares);
        scheduler_delete(runtime->scheduler);
    }
    optimiser_destroy(&runtime->optimiser);
    monitor_destroy(&runtime->monitor);
    call_table_destroy(&runtime->calls);
    function_table_destroy(&runtime->functions);
    library_cache_destroy(&runtime->libraries);
    library_budget_destroy(&runtime->library_budget);
    objects_destroy(&runtime->objects);
    keys_destroy(&runtime->keys);
    state_delete(atomic_load(&runtime->state));
    if (runtime->config.state_driver != NULL) {
        runtime->config.state_driver->close(runtime->config.state_driver->state);
    }
    if (runtime->config.files_driver != NULL) {
        runtime->config.files_driver->close(runtime->config.files_driver->state);
    }
    journal_close(runtime->journal);
    user_files_close(&runtime->files);
    store_close(runtime->store);
    pthread_mutex_destroy(&runtime->uploads);
    pthread_mutex_destroy(&runtime->waits);
    free(runtime->users);
    free(runtime->library_folder);
    free(runtime->compile_program);
    free(runtime->folder);
    free(runtime);
}

const struct call_limits *runtime_user_limits(const struct runtime *runtime, const char *user) {
    const struct runtime_config *config = &runtime->config;
    struct runtime_user_limits key = {0};
    snprintf(key.user, sizeof key.user, "%s", user);
    const struct runtime_user_limits *found = NULL;
    if (config->user_count > 0) {
        found = bsearch(&key, config->users, config->user_count, sizeof key, compare_users);
    }
    return found != NULL ? &found->limits : &config->user_limits;
}

const struct runtime_config *runtime_configuration(const struct runtime *runtime) {
    return &runtime->config;
}

struct store *runtime_store(struct runtime *runtime) {
    return runtime->store;
}

struct file_store *runtime_files(struct runtime *runtime) {
    return runtime->files.store;
}

// ---- Calls --------------------------------------------------------------------------------------

static struct function *function_of(struct runtime *runtime, const struct call_request *request,
                                    struct error *error) {
    // A pointer means something in the very version of the function that has it.
    if (request->by_pointer && request->parent != NULL) {
        return function_acquire(request->parent->private->function);
    }
    return runtime_find_function(runtime, request->user, request->function, error);
}

static bool check_request(struct runtime *runtime, const struct call_request *request,
                          struct error *error) {
    const struct call *parent = request->parent;
    if (parent != NULL && parent->initializing) {
        return error_set(error, ERROR_CONFLICT,
                         "a function cannot chain calls while it is initialised");
    }
    if (parent != NULL && parent->private->depth + 1 > runtime->config.chain_depth) {
        return error_set(error, ERROR_TOO_LARGE, "calls are chained %u deep already",
                         parent->private->depth);
    }
    return true;
}

static bool check_input(const struct function *function, const struct call_request *request,
                        struct error *error) {
    uint64_t limit = function->limits.input_bytes;
    size_t length = request->given != NULL ? request->given->length : request->input.length;
    return length <= limit ||
           error_set(error, ERROR_TOO_LARGE, "input of %zu bytes: the limit is %llu", length,
                     (unsigned long long)limit);
}

static struct call *make_call(struct runtime *runtime, const struct call_request *request,
                              struct error *error) {
    struct function *function = function_of(runtime, request, error);
    if (function == NULL) {
        return NULL;
    }
    struct buffer copy = {0};
    struct buffer *input = request->given != NULL ? request->given : &copy;
    struct call *call = NULL;
    if (check_input(function, request, error) &&
        (request->given != NULL ||
         buffer_assign(&copy, request->input.data, request->input.length, error))) {
        call = call_new(runtime, function->user, function->name, input, &function->limits, error);
    }
    buffer_destroy(&copy);
    if (call == NULL) {
        function_release(function);
        return NULL;
    }
    call->environment = &function->environment;
    call->by_pointer = request->by_pointer;
    call->element = request->element;
    call->private->function = function;
    call->private->finished = request->finished;
    call->private->context = request->context;
    call->private->waits_here = request->waits_here;
    call->private->brief = function_brief(function);
    call->private->user_limits = function->user_limits;
    call->private->by_runner = request->parent != NULL;
    if (request->parent != NULL) {
        call->parent = request->parent->id;
        call->private->depth = request->parent->private->depth + 1;
    }
    return call;
}

// Beyond so much the calls of a batch are worth a thread of their own.
enum { BATCH_NANOSECONDS = 2 * FUNCTION_BRIEF_NANOSECONDS };

// Leaves the call to the thread that submits it, where that is to run calls.
static void put_in_batch(struct runtime_batch *batch, struct call *call) {
    const struct function *function = call->private->function;
    if (batch != NULL && call->private->brief && batch->nanoseconds < BATCH_NANOSECONDS) {
        batch->count++;
        batch->nanoseconds +=
            atomic_load_explicit(&function->run_nanoseconds, memory_order_relaxed);
        call->private->in_batch = true;
    }
}

static bool note_in_journal(struct runtime *runtime, struct call *call,
                            const struct journal_key *key, struct error *error) {
    struct journal_call entry = {
        .id = call->id, .queued = call->queued, .input = buffer_bytes(&call->input)};
    snprintf(entry.user, sizeof entry.user, "%s", call->user);
    snprintf(entry.function, sizeof entry.function, "%s", call->function);
    struct journal_key own;
    if (key != NULL) {
        own = *key;
        own.id = call->id;
    }
    call->private->journaled =
        journal_add(runtime->journal, &entry, key != NULL ? &own : NULL, error);
    return call->private->journaled;
}

struct call *runtime_begin(struct runtime *runtime, const struct call_request *request,
                           const struct journal_call *again, const struct journal_key *key,
                           struct error *error) {
    struct call *call = make_call(runtime, request, error);
    if (call == NULL) {
        return NULL;
    }
    bool durable =
        request->accepted && call->private->function->durable && runtime->journal != NULL;
    call->private->keyed = key != NULL || again != NULL;
    if (again != NULL) {
        call->id = again->id;
        call->attempt = again->attempt;
        call->queued = again->queued;
        call->private->journaled = true;
    }
    put_in_batch(request->batch, call);
    if (!call_table_add(&runtime->calls, call, request->parent, error)) {
        call_release(call);
        return NULL;
    }
    if ((again != NULL || !durable || note_in_journal(runtime, call, key, error)) &&
        scheduler_submit(runtime->scheduler, call, error)) {
        return call;
    }
    if (call->private->journaled && again == NULL) {
        journal_remove(runtime->journal, call->id);
    }
    call_table_remove(&runtime->calls, call);
    call_release(call);
    return NULL;
}

struct call *runtime_submit(struct runtime *runtime, const struct call_request *request,
                            struct error *error) {
    if (!check_request(runtime, request, error)) {
        return NULL;
    }
    struct runtime_batch *batch = request->batch;
    struct runtime_batch before = batch != NULL ? *batch : (struct runtime_batch){0};
    struct call *call = request->key != NULL ? keys_submit(runtime, request, error)
                                             : runtime_begin(runtime, request, NULL, NULL, error);
    if (call == NULL && batch != NULL) {
        *batch = before;
    }
    return call;
}

// Whether `call` waits, directly or through others, for `waiter`.
static bool waits_for(const struct call *call, const struct call *waiter) {
    while (call != NULL && call != waiter) {
        call = call->private->waits_for;
    }
    return call == waiter;
}

static bool begin_wait(struct runtime *runtime, struct call *call, struct call *waiter,
                       struct error *error) {
    pthread_mutex_lock(&runtime->waits);
    bool endless = waits_for(call, waiter);
    if (!endless) {
        waiter->private->waits_for = call;
    }
    pthread_mutex_unlock(&runtime->waits);
    return !endless ||
           error_set(error, ERROR_CONFLICT, "call %u waits for call %u: neither would ever end",
                     call->id, waiter->id);
}

static void end_wait(struct runtime *runtime, struct call *waiter) {
    pthread_mutex_lock(&runtime->waits);
    waiter->private->waits_for = NULL;
    pthread_mutex_unlock(&runtime->waits);
}

// What stops a call stops those that it chained, but not others that it awaits: one of these on the
// same thread would keep it from ending in time. So others are left to other threads, except where
// none would come to it.
static bool run_inline(struct runtime *runtime, const struct call *call,
                       const struct call *waiter) {
    return waiter == NULL || call->parent == waiter->id ||
           !scheduler_leave(runtime->scheduler, call);
}

bool runtime_wait(struct runtime *runtime, struct call *call, struct call *waiter,
                  struct error *error) {
    if (call_status_finished(call_status(call))) {
        return true;
    }
    // While one thread of a call waits another may do what ends the wait: a circle is no deadlock.
    struct call *alone =
        waiter != NULL && waiter->faaslet != NULL && faaslet_is_threaded(waiter->faaslet) ? NULL
                                                                                          : waiter;
    if (alone != NULL && !begin_wait(runtime, call, alone, error)) {
        return false;
    }
    if (alone != NULL && !runtime_check_wait(runtime, alone, error)) {
        end_wait(runtime, alone);
        return false;
    }
    bool finished =
        (run_inline(runtime, call, waiter) && scheduler_run_here(runtime->scheduler, call)) ||
        call_wait(call, waiter != NULL ? waiter->faaslet : NULL);
    if (alone != NULL) {
        end_wait(runtime, alone);
    }
    return finished ||
           error_set(error, ERROR_CANCELLED, "the wait for call %u was interrupted", call->id);
}

bool runtime_help(struct runtime *runtime, const struct runtime_helper *helper) {
    return scheduler_help(runtime->scheduler, helper);
}

void runtime_wake(struct runtime *runtime) {
    scheduler_wake(runtime->scheduler);
}

static bool check_await(const struct call *call, const struct call *waiter, struct error *error) {
    if (waiter != NULL && strcmp(call->user, waiter->user) != 0) {
        return error_set(error, ERROR_PERMISSION, "call %u is of another user", call->id);
    }
    return true;
}

struct call *runtime_await(struct runtime *runtime, struct call *waiter, uint32_t id,
                           struct error *error) {
    if (waiter != NULL && waiter->initializing) {
        error_set(error, ERROR_CONFLICT, "a function cannot await calls while it is initialised");
        return NULL;
    }
    struct call *call = runtime_find_call(runtime, id);
    if (call == NULL) {
        error_set(error, ERROR_NOT_FOUND, "there is no call %u", id);
        return NULL;
    }
    if (!check_await(call, waiter, error)) {
        goto failed;
    }
    if (atomic_exchange(&call->awaited, true)) {
        error_set(error, ERROR_CONFLICT, "call %u was awaited before", id);
        goto failed;
    }
    if (!runtime_wait(runtime, call, waiter, error)) {
        atomic_store(&call->awaited, false);
        goto failed;
    }
    call_table_awaited(&runtime->calls, call);
    return call;
failed:
    call_release(call);
    return NULL;
}

struct call *runtime_find_call(struct runtime *runtime, uint32_t id) {
    return call_table_find(&runtime->calls, id);
}

// ---- Numbers ------------------------------------------------------------------------------------

void runtime_counters(struct runtime *runtime, struct runtime_counters *counters) {
    struct runtime_statistics *statistics = &runtime->statistics;
    struct scheduler_counts scheduled;
    scheduler_counts(runtime->scheduler, &scheduled);
    struct compilers_counts compilers;
    compilers_count(&runtime->objects.compilers, &compilers);
    *counters = (struct runtime_counters){
        .calls_queued = scheduled.queued,
        .calls_running = atomic_load(&statistics->calls_running),
        .faaslets = atomic_load(&runtime->pool_totals.alive),
        .memory_short = atomic_load(&runtime->memory_short),
        .functions_loaded = function_table_ready(&runtime->functions),
        .codegen_runs = atomic_load(&runtime->objects.runs),
        .codegen_nanoseconds = atomic_load(&runtime->objects.nanoseconds),
        .compilers = compilers.running,
        .compilers_waiting = compilers.waiting,
        .compilers_megabytes = compilers.megabytes,
        .cold_starts = atomic_load(&statistics->cold_starts),
        .latency_sum_nanoseconds = atomic_load(&statistics->latency_sum_nanoseconds),
        .workers = scheduled.threads,
    };
    for (int i = 0; i < CALL_STATUS_COUNT; i++) {
        counters->calls_finished[i] = atomic_load(&statistics->calls_finished[i]);
    }
    for (size_t i = 0; i < sizeof counters->latency / sizeof counters->latency[0]; i++) {
        counters->latency[i] = atomic_load(&statistics->latency[i]);
    }
}
