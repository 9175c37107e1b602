// A version of a function: what one upload made. Calls hold references, so that calls that run when
// the function is replaced or removed go on with what they began with.
#ifndef FAASM_RUNTIME_FUNCTION_H
#define FAASM_RUNTIME_FUNCTION_H

#include "faaslet/faaslet.h"
#include "runtime/call.h"
#include "runtime/code.h"
#include "runtime/runtime.h"
#include "runtime/waiters.h"
#include "store/store.h"

#include <uthash.h>

// How the last attempt to initialise a function failed.
struct function_failure {
    enum call_status status; // CALL_TRAPPED or CALL_ERROR
    bool given_up;           // the call that made the attempt was stopped
    char message[512];
};

enum function_state { FUNCTION_NEW, FUNCTION_LOADING, FUNCTION_READY };

// What became of the optimised code of a function whose first code was made quickly.
struct function_optimisation {
    enum runtime_optimising state;
    uint64_t nanoseconds; // that compiling took
    char message[256];    // where it failed
};

struct function {
    _Atomic uint32_t references;
    struct runtime *runtime;
    char user[STORE_NAME_MAX + 1];
    char name[STORE_NAME_MAX + 1];
    char digest[STORE_DIGEST_LENGTH + 1]; // empty: not from the store
    char *object_path;                    // where not from the store
    struct call_environment environment;
    struct call_limits limits; // of a call, and of all calls of the function; no zeros but of time,
                               // concurrent and queued calls
    const struct call_limits *user_limits; // of all calls of its user together
    bool durable;
    _Atomic uint64_t calls[CALL_STATUS_COUNT]; // finished, by how they ended
    _Atomic uint64_t run_nanoseconds;          // of a call: moving average, 0 before the first
    bool compiled_now;
    uint64_t codegen_nanoseconds;
    uint64_t wasm_bytes; // where from the store
    int opt_level;       // of its optimised code

    _Atomic int state; // enum function_state; the rest is guarded by the mutex, and immutable once
                       // the state is READY
    pthread_mutex_t mutex;
    struct waiters waiters;
    uint64_t attempts; // that have ended
    struct function_failure failure;

    pthread_mutex_t code_mutex; // guards `code` and what is said of the optimised code; innermost
    struct code *code;          // may be there before it is initialised; NULL until it is needed
    struct function_optimisation optimisation;
    struct function *next_to_optimise; // of the optimiser, guarded by its mutex

    UT_hash_handle hash;              // of the runtime's table, guarded by its mutex
    char key[2 * STORE_NAME_MAX + 2]; // "user/name"
};

// A function with one reference, empty but for its names and the limits that hold: of
// the options (may be NULL), the user and the operator.
struct function *function_new(struct runtime *runtime, const char *user, const char *name,
                              const struct store_options *options, struct error *error);
struct function *function_acquire(struct function *function);
void function_release(struct function *function);

// The code that calls are to use now, as a reference; NULL before there is any.
struct code *function_code(struct function *function);
// Puts code there in place of what is there; takes over the reference.
void function_set_code(struct function *function, struct code *code);

void function_note_optimising(struct function *function, enum runtime_optimising state,
                              const char *message);

// How many of its calls have finished.
uint64_t function_calls(const struct function *function);

// A call of the function was in its Faaslet for so long.
void function_ran(struct function *function, uint64_t nanoseconds);

// Whether calls of the function are brief, as a rule: so brief that handing one to another thread
// costs about as much. Not known before the first.
enum { FUNCTION_BRIEF_NANOSECONDS = 100000 };
bool function_brief(const struct function *function);

// Makes the function ready to run calls: loads its object, runs its initialisation once, and keeps
// the Proto-Faaslet. Gives the code to run on, as a reference. Threads that come meanwhile wait for
// the one that does it. On failure (NULL)
// `status` says how `call` ends, its message and trace are filled, and the next call tries again.
// What the initialisation printed goes to the log of the call that triggered it.
struct code *function_prepare(struct function *function, struct call *call,
                              enum call_status *status);

// For the optimiser: puts fresh code in place, initialised where the function is. Takes over the
// reference. On failure the function goes on with what it has.
bool function_replace_code(struct function *function, struct code *code, struct error *error);

// The functions of a runtime by name. Zero-initialise the hash; guarded by `mutex`.
struct function_table {
    pthread_mutex_t mutex;
    struct function *functions;
};

void function_table_create(struct function_table *table);
void function_table_destroy(struct function_table *table);

// A reference, or NULL. Does not look into the store.
struct function *function_table_find(struct function_table *table, const char *user,
                                     const char *name);

// Puts a function there in place of one of the same name; takes a reference of its own.
void function_table_put(struct function_table *table, struct function *function);

// As function_table_put unless there is one of that name; a reference to the one that is there
// then.
struct function *function_table_add(struct function_table *table, struct function *function);

bool function_table_remove(struct function_table *table, const char *user, const char *name);
size_t function_table_ready(struct function_table *table); // how many are initialised

// pool_trim of all; how many of their Faaslets are alive.
size_t function_table_trim(struct function_table *table, bool all);

#endif
