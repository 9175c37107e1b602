// Stops calls that reach their limits of time: one thread that sleeps until the first of them can.
//
// Calls that run and are limited are in lists, spread by id. A call that begins only compares its
// own earliest end with the time at which the thread wakes anyway, and rarely has to wake it. The
// thread also does the runtime's chores, while there are any.
//
// Lock order: shards are innermost; nothing is called while one is held.
#ifndef FAASM_RUNTIME_MONITOR_H
#define FAASM_RUNTIME_MONITOR_H

#include "faaslet/park.h"
#include "runtime/record.h"

enum { MONITOR_SHARDS = 8 };

struct monitor_config {
    // Does what is to be done now and then; when it wants to be called again, MONITOR_NEVER to be
    // left alone until monitor_wake. May be NULL.
    uint64_t (*chores)(void *context, uint64_t now);
    // Stops a call that has reached a limit.
    void (*stop)(void *context, struct call *call, enum faaslet_trap_kind kind);
    void *context;
};
#define MONITOR_NEVER UINT64_MAX

struct monitor {
    struct monitor_config config;
    struct monitor_shard {
        _Alignas(64) pthread_mutex_t mutex;
        struct call_list calls;
        bool used; // since the thread looked last
    } shards[MONITOR_SHARDS];
    _Atomic uint64_t wake; // when the thread wakes by itself, clock_monotonic()
    struct park park;
    _Atomic bool ending;
    pthread_mutex_t mutex; // guards what follows
    bool started;
    pthread_t thread;
};

void monitor_create(struct monitor *monitor, const struct monitor_config *config);
void monitor_destroy(struct monitor *monitor); // no call is in it any more

// The call begins to run on the calling thread, `now`: from here on its CPU time counts, and its
// limits of time hold. False when it is limited and there is no thread to enforce that.
bool monitor_enter(struct monitor *monitor, struct call *call, uint64_t now, struct error *error);
void monitor_leave(struct monitor *monitor, struct call *call, uint64_t now);

// A guest thread of the call begins or ends, on the thread of the system that it is.
bool monitor_thread_begins(struct monitor *monitor, struct call *call, uint64_t now,
                           struct error *error);
void monitor_thread_ends(struct monitor *monitor, struct call *call, uint64_t now);

// Has the chores done at `when` or before; starts the thread if it does not run.
void monitor_wake(struct monitor *monitor, uint64_t when);

#endif
