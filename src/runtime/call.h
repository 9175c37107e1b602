// A call: one invocation of a function, from queued to finished, and its record.
#ifndef FAASM_RUNTIME_CALL_H
#define FAASM_RUNTIME_CALL_H

#include "base/buffer.h"
#include "base/error.h"
#include "faaslet/faaslet.h"
#include "faaslet/park.h"
#include "store/layer.h"
#include "store/store.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct runtime;

// X(identifier, name in JSON and metrics, finished)
#define CALL_STATUSES(X)                                                                           \
    X(QUEUED, "queued", false)                                                                     \
    X(RUNNING, "running", false)                                                                   \
    X(SUCCEEDED, "succeeded", true) /* returned, or exited with 0 */                               \
    X(FAILED, "failed", true)       /* exited with another code */                                 \
    X(TRAPPED, "trapped", true)     /* the message names the trap */                               \
    X(ERROR, "error", true)         /* it could not be run; the message says why */

enum call_status {
#define X(identifier, name, finished) CALL_##identifier,
    CALL_STATUSES(X)
#undef X
        CALL_STATUS_COUNT
};
const char *call_status_name(enum call_status status);
bool call_status_finished(enum call_status status);

enum {
    CALL_EXIT_TRAP = 134,
    CALL_EXIT_ERROR = 125
}; // exit codes of calls that have none of their own

// What a guest program sees around it, the same for all calls of a function. Immutable once in use.
struct call_folder {
    char *guest; // "/" …
    char *host;  // an existing folder
    // Of the files of a user: what is behind the folder, and what is behind paths that begin with
    // "faasm://". NULL for plain folders. They outlive the runtime's calls.
    struct layer *layer, *shared;
};
enum { CALL_SOCKETS_MAX = 16 };
struct call_environment {
    char **arguments;            // argv, [0] is the program's name; NULL-terminated
    char **variables;            // "K=V"; NULL-terminated
    struct call_folder *folders; // preopened, in order: descriptors 3, 4, …
    size_t folder_count;
    // Descriptors of the host that the guest's 0, 1, 2 pass through to; -1: stdin is empty, and
    // stdout and stderr go to the call's log.
    int standard_input, standard_output, standard_error;
    // Sockets of the host that the descriptors after those of the folders pass through to.
    int sockets[CALL_SOCKETS_MAX];
    size_t socket_count;
};
bool call_environment_copy(const struct call_environment *from, struct call_environment *to,
                           struct error *error);
void call_environment_destroy(struct call_environment *environment);

// Per-call data of the sections of the host interface (open files, locks, …): each has a number, a
// pointer that is NULL when the call begins, and a destructor that runs when the call has ended
// however it ended. Registered at start, before any call.
enum { CALL_SLOTS = 8 };
enum call_slot {
    CALL_SLOT_FILES,
    CALL_SLOT_STATE,
    CALL_SLOT_MEMORY,
    CALL_SLOT_THREADS,
    CALL_SLOT_LIBRARIES
};
void call_slot_register(enum call_slot slot, void (*destroy)(void *data));

struct call {
    // Set when made.
    uint32_t id;     // never 0, at most INT32_MAX; unique among the calls that are remembered
    uint32_t parent; // id of the call that chained it, 0 for none
    struct runtime *runtime;
    char user[STORE_NAME_MAX + 1];
    char function[STORE_NAME_MAX + 1];
    bool by_pointer;
    uint32_t element;
    uint32_t attempt;    // 1: the first; more where a process ended before the call did
    bool initializing;   // not a call of a user: runs constructors and the zygote of a function,
                         // once. It cannot chain, await, or have input and output
    struct buffer input; // freed when the call has finished
    uint64_t queued;     // clock_realtime()

    // Written by the thread that runs it; read by others only after status says finished.
    const struct call_environment *environment; // NULL once it has finished
    void *slots[CALL_SLOTS];
    struct buffer output;
    bool broken_off; // it did not end by itself: known when the slots are destroyed
    int exit_code;
    char message[512];   // of the trap or error, with detail
    struct buffer trace; // guest backtrace, text, of a trap
    // FAASLET_TRAP_DEADLINE, _CPU_LIMIT or _CANCELLED where it was stopped (its status is then
    // TRAPPED); FAASLET_TRAP_NONE where it ended otherwise.
    enum faaslet_trap_kind stopped;
    uint64_t memory_bytes;            // of linear memory, at most
    _Atomic uint64_t cpu_nanoseconds; // without those of calls that its thread ran meanwhile. May
                                      // be read at any time; grows when a stretch of it ends

    // Under `mutex`, readable at any time.
    pthread_mutex_t mutex;
    struct buffer log;
    bool log_cut;
    struct faaslet *faaslet; // while it runs; its own threads need no lock to read it
    uint64_t started, ended; // clock_realtime(), 0 before

    _Atomic int status; // enum call_status
    _Atomic bool awaited;

    // The runtime's own.
    struct call_private *private;
};

// The call that an instance runs. Never NULL inside a host function.
static inline struct call *call_of(struct object_instance *instance) {
    return faaslet_context(faaslet_of(instance));
}

struct call *call_acquire(struct call *call);
void call_release(struct call *call); // the last reference frees

static inline enum call_status call_status(const struct call *call) {
    return (enum call_status)atomic_load_explicit(&call->status, memory_order_acquire);
}

// Stops a call that has not finished, and those it has chained, and those they have: what is in the
// queue never starts, what runs is interrupted wherever it is (faaslet_interrupt). The call ends as
// TRAPPED with `kind`, the others as cancelled. False when it has finished, or was stopped before.
// Does not wait: the calls have finished when they say so. Thread-safe.
bool call_stop(struct call *call, enum faaslet_trap_kind kind);

// Appends to the call's log within its limit. Thread-safe.
void call_log(struct call *call, struct bytes text);

// Replaces the output. ERROR_TOO_LARGE past the limit; the output is then unchanged.
bool call_set_output(struct call *call, struct bytes output, struct error *error);

#endif
