// The runtime of one host: functions that are loaded, calls, and the threads that run them.
//
// This is the one runtime object; everything reaches it through a pointer. Host functions find the
// call they serve with call_of(instance) (call.h), and the runtime from there.
#ifndef FAASM_RUNTIME_RUNTIME_H
#define FAASM_RUNTIME_RUNTIME_H

#include "base/buffer.h"
#include "base/error.h"
#include "base/limits.h"
#include "faaslet/faaslet.h"
#include "runtime/call.h"
#include "runtime/cgroup.h"
#include "runtime/compile.h"
#include "state/state.h"
#include "store/store.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct runtime;

struct runtime_user_limits {
    char user[STORE_NAME_MAX + 1];
    struct call_limits limits;
};

struct runtime_config {
    const char *folder;       // of the store and of the users' files; NULL: nothing is stored
    const char *files_folder; // of the users' files in the store, which several runtimes may have
                              // open; NULL: one below `folder`. Only read by runtime_new
    // Of that store instead of a folder, where there is a `folder`; taken over, also on failure.
    const struct file_driver *files_driver;
    uint64_t files_bytes;   // that a user's files may have, in the store and on this host each; 0:
                            // no limit
    uint64_t files_entries; // files, folders and links a user may have on this host; 0: no limit
    unsigned workers; // threads that run calls; 0: as many as cores. Started when first needed
    // What any function may use at most. 0: memory 4 GiB, stack 8 MiB, input and output 64 MiB, log
    // 1 MiB; none of time, of concurrent and of queued calls.
    struct call_limits limits;
    // What any user may: a call as above, all calls of the user together concurrent_calls and
    // queued_calls. 0: no limit of its own. Users that have others are listed, by name.
    struct call_limits user_limits;
    const struct runtime_user_limits *users; // copied
    size_t user_count;
    size_t queued_calls;           // limit of calls in the queue; 0: 100,000
    size_t queued_bytes;           // limit of their inputs together; 0: 1 GiB
    size_t finished_calls;         // how many records of finished calls are kept; 0: 10,000
    size_t finished_bytes;         // and how large they may be together; 0: 512 MiB
    uint64_t finished_nanoseconds; // and for how long they are kept; 0: 1 h
    uint64_t idle_nanoseconds;     // ready Faaslets not needed for so long are given back; 0: 60 s
    unsigned chain_depth;          // limit of calls that chain calls that chain …; 0: 2,048
    unsigned extra_workers;        // threads that make up for blocked ones, at most; 0: 64
    uint64_t key_nanoseconds;      // how long keys of requests are remembered; 0: 24 h
    uint64_t stop_nanoseconds; // that runtime_delete lets calls finish; then it stops them. 0: as
                               // long as they take
    // Where users have CPU shares by weight; NULL: the kernel shares the cores between threads.
    // Must outlive the runtime, which is the only one to use it.
    struct cgroups *groups;
    struct compile_config compile; // opt_level: of optimised code, where an upload says none
    // Memory that all children that compile may take together; 0: half of the machine's, but what
    // two of them may take at least. ERROR_ARGUMENT where it is less than one may take
    uint64_t compilers_megabytes;
    // Modules larger than this are compiled quickly first, and optimised in the background. 0: 32
    // KiB
    uint64_t optimise_at_once_bytes;
    uint64_t cache_bytes; // of compiled objects on disk; 0: 4 GiB
    // How long side modules that a user has as files may be compiled in ten minutes. 0: no limit
    uint64_t library_nanoseconds;
    // Of state, see state/state.h (awaits and context are the runtime's). The driver is taken over
    // (also on failure); NULL: LMDB in the folder, or without one a database that ends with the
    // runtime.
    struct state_config state;
    const struct state_driver *state_driver;
    // Where objects of side modules that guests have as files are kept, by content; NULL: nowhere
    const char *library_folder;
};

// `linker` holds the host interface and must outlive the runtime. After faaslet_initialize.
struct runtime *runtime_new(const struct runtime_config *config,
                            const struct faaslet_linker *linker, struct error *error);

// Takes no more calls, ends queued ones as errors, waits for running ones and after `nanoseconds`
// (0: never) stops them. False when it had to. All calls have finished then; their records can
// still be asked for. runtime_delete does it where it was not done.
bool runtime_stop(struct runtime *runtime, uint64_t nanoseconds);

// Ends queued calls as errors, waits for running ones and after config.stop_nanoseconds stops them,
// ends the threads.
void runtime_delete(struct runtime *runtime);

const struct runtime_config *runtime_configuration(const struct runtime *runtime); // 0s filled in

// ---- Functions ----------------------------------------------------------------------------------

// How far the optimised code of a function is.
enum runtime_optimising {
    RUNTIME_NOT_OPTIMISED,     // not begun: the function was not needed since the process began
    RUNTIME_OPTIMISING_QUEUED, // calls run on code of the quick compiler meanwhile
    RUNTIME_OPTIMISING,
    RUNTIME_OPTIMISING_FAILED, // calls stay with code of the quick compiler
    RUNTIME_OPTIMISED,         // calls that begin run on it
    RUNTIME_OPTIMISING_COUNT
};

struct runtime_function_facts {
    struct store_function stored;
    bool compiled_now;            // false: the object was in the cache
    uint64_t codegen_nanoseconds; // of the last compile in this process, 0 where cached
    uint64_t calls;               // finished since the start of this process
    uint64_t image_bytes;         // of the Proto-Faaslet; 0 before the first call
    uint32_t faaslets;            // alive
    struct call_limits limits;    // that hold: of function, user and operator together
    int wanted_level;             // of its optimised code
    int opt_level;                // of the code that calls run on; -1 where none is loaded
    enum runtime_optimising optimising;
    uint64_t optimise_nanoseconds; // that the optimising compiler took in this process
    char optimise_error[256];      // why it failed
};

// Compiles, checks the imports against the host interface, stores. On failure nothing is stored and
// an older function of that name stays as it was. Calls that run go on with what they began with.
// `options` and `facts` may be NULL.
bool runtime_upload(struct runtime *runtime, const char *user, const char *name, struct bytes wasm,
                    const struct store_options *options, struct runtime_function_facts *facts,
                    struct error *error);
bool runtime_remove(struct runtime *runtime, const char *user, const char *name,
                    struct error *error);
bool runtime_function_facts(struct runtime *runtime, const char *user, const char *name,
                            struct runtime_function_facts *facts, struct error *error);

// Whether accepted calls of the function are kept over a restart. ERROR_NOT_FOUND.
bool runtime_function_durable(struct runtime *runtime, const char *user, const char *name,
                              bool *durable, struct error *error);

// Registers a function from an object file on disk without a store (as `faasm run` does), with the
// environment that its calls get (copied).
bool runtime_add_object(struct runtime *runtime, const char *user, const char *name,
                        const char *object_path, const struct call_environment *environment,
                        struct error *error);

struct store *runtime_store(struct runtime *runtime);      // NULL without a folder
struct file_store *runtime_files(struct runtime *runtime); // NULL without a folder

// Opened when it is first asked for where there is no folder; then it may fail.
struct state *runtime_state(struct runtime *runtime, struct error *error);

// ---- Calls --------------------------------------------------------------------------------------

// Calls that a thread submits and then runs itself, with runtime_help, as far as they are brief: so
// no other thread is woken for them. Zero before the first of them.
struct runtime_batch {
    unsigned count;       // calls that no thread was woken for
    uint64_t nanoseconds; // that they take, as far as one knows
};

struct call_request {
    const char *user;
    const char *function;
    struct bytes input; // copied
    // Instead of `input`, where not NULL: the call takes over the contents, perhaps also where it
    // is refused.
    struct buffer *given;
    struct call *parent; // the call that chains this one, or NULL
    bool by_pointer;     // run `element` of the function table instead of the entry point
    uint32_t element;
    // Nobody waits for the call: where its function is durable, it is in the journal before
    // runtime_submit returns, and runs again after a restart if it had not finished.
    bool accepted;
    // NULL, or what names this request among those of the user for the function (journal.h: what it
    // may be). When it comes again within key_nanoseconds, runtime_submit returns the same call;
    // ERROR_EXISTS when its record is gone, with the id in `*existing` where that is not NULL.
    const char *key;
    uint32_t *existing;
    bool waits_here; // runtime_wait comes next, on this thread: no other is started for the call
    struct runtime_batch *batch; // NULL, or that of this thread
    // Called once when the call has finished, on the thread that ran or stopped it, maybe on the
    // stack of a guest that awaits it: small frames, no waiting. May be NULL.
    void (*finished)(void *context, struct call *call);
    void *context;
};

// Queues a call and returns a reference to it. ERROR_NOT_FOUND where the function is not known,
// ERROR_TOO_LARGE for the input, ERROR_BUSY when too many calls are queued.
struct call *runtime_submit(struct runtime *runtime, const struct call_request *request,
                            struct error *error);

// Runs the call on this thread if no thread has begun it, otherwise waits for its end. True when it
// has finished; false (ERROR_CANCELLED) when `waiter` (the awaiting call, may be NULL) was
// interrupted.
bool runtime_wait(struct runtime *runtime, struct call *call, struct call *waiter,
                  struct error *error);

// Runs queued calls on this thread, in the turn of all, while they are brief and as far as limits
// let another one run: what the thread has left out in a batch, and perhaps others. What remains is
// for the runtime's own threads. Such a call can still turn out to be long, or block; somebody else
// may then take over what else the thread does, and changes `turn`. False where the thread was
// meanwhile put under the limits of a user (cgroup.h): it is to end.
struct runtime_helper {
    unsigned calls;               // at most
    uint64_t until;               // clock_monotonic(): no call begins after it, but for the first
    const _Atomic uint64_t *turn; // once it is not own_turn, no call begins, and the thread is
    uint64_t own_turn;            // a worker like any other until the one that runs has ended
    pid_t thread;
    void (*blocks)(void *context); // on this thread: the call is about to wait for something
    void *context;
};
bool runtime_help(struct runtime *runtime, const struct runtime_helper *helper);

// Sees to it that calls which wait for a thread that helps, and is taken up, find another one.
void runtime_wake(struct runtime *runtime);

// Await as guests do: by id, once, of the same user. A reference to the finished call, or NULL:
// ERROR_NOT_FOUND (unknown id), ERROR_PERMISSION (a call of another user), ERROR_CONFLICT (awaited
// before), ERROR_CANCELLED.
struct call *runtime_await(struct runtime *runtime, struct call *waiter, uint32_t id,
                           struct error *error);

// Stops a call and those it chained (call_stop). `user` is whose calls it may be, NULL: anybody's.
// ERROR_NOT_FOUND, ERROR_CONFLICT when it has finished.
bool runtime_cancel(struct runtime *runtime, const char *user, uint32_t id, struct error *error);

// A reference to a call by id, or NULL where it is unknown or its record was dropped.
struct call *runtime_find_call(struct runtime *runtime, uint32_t id);

// ---- Numbers ------------------------------------------------------------------------------------

enum { RUNTIME_LATENCY_BUCKETS = 32 };

struct runtime_counters {
    uint64_t calls_queued;                      // now
    uint64_t calls_running;                     // now
    uint64_t calls_finished[CALL_STATUS_COUNT]; // by final status, since start
    uint64_t faaslets;                          // alive
    bool memory_short;                          // when looked at last
    uint64_t functions_loaded;
    uint64_t codegen_runs;
    uint64_t codegen_nanoseconds;
    unsigned compilers;           // now
    unsigned compilers_waiting;   // compilations that wait for others
    uint64_t compilers_megabytes; // what those that run may take
    uint64_t cold_starts;         // calls that had to make a Faaslet
    // Latency from queued to ended: bucket i counts calls that took < 2^i microseconds (cumulative:
    // no).
    uint64_t latency[RUNTIME_LATENCY_BUCKETS];
    uint64_t latency_sum_nanoseconds;
    unsigned workers;
};
void runtime_counters(struct runtime *runtime, struct runtime_counters *counters);

#endif
