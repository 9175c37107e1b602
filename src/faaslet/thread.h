// Guest threads: more threads of the call that runs in a Faaslet, on threads of the system.
//
// Each has an instance of the module for itself, in an instance area of its own at the same area
// offsets: its own globals (__stack_pointer), tables and marks of dropped segments, as the module
// was instantiated; active data segments are not copied again, the start function runs again. The
// linear memories, which must be shared, are those of the Faaslet. It enters at the export
// wasi_thread_start (thread id, argument).
//
// The call is its main thread: when that ends, however it does, all others are unwound and have
// ended before faaslet_call returns. A thread that traps or exits ends the call, with its own trap
// (and backtrace) or exit code. One that returns just ends. faaslet_interrupt stops all of them.
//
// Source: the wasi-threads proposal.
#ifndef FAASM_FAASLET_THREAD_H
#define FAASM_FAASLET_THREAD_H

#include "base/error.h"
#include "base/object.h"

#include <stdbool.h>
#include <stdint.h>

struct faaslet;

enum {
    THREAD_ID_MAX = 0x1fffffff, // of wasi-threads
    THREAD_DEFAULT_LIMIT = 128, // of struct faaslet_config
    THREADS_MAX = 4096,         // of all Faaslets of the process together
};

// Starts one; its id, from 1 on, is in *id. For host functions, on any thread of the call. With
// HOST_EXCLUSIVE. Errors:
// ERROR_BUSY: there are as many as there may be, or the system gives no more, or the call is about
// to end. ERROR_MEMORY. ERROR_UNSUPPORTED: the module cannot have threads; the message says why.
bool faaslet_thread_spawn(struct object_instance *instance, uint32_t argument, uint32_t *id,
                          struct error *error);

// The guest thread that this is, 0 on the main one and outside of calls.
uint32_t faaslet_thread_id(void);

// Whether the call that runs has, or has had, threads besides its main one. Until it ends that does
// not change back.
bool faaslet_is_threaded(const struct faaslet *faaslet);

// What the layers above do on a thread before guest code runs there and after; `context` is the
// Faaslet's. Where `begins` fails, the call ends with its message. Until the Faaslet is put back;
// the struct is static.
struct faaslet_thread_watch {
    bool (*begins)(void *context, struct error *error);
    void (*ends)(void *context);
};
void faaslet_set_thread_watch(struct faaslet *faaslet, const struct faaslet_thread_watch *watch);

#endif
