// Inside of the room: the guest threads of a Faaslet, and the end of a call that has some.
//
// Everything here is guarded by the Faaslet's lock unless it says otherwise.
#ifndef FAASM_FAASLET_THREAD_SET_H
#define FAASM_FAASLET_THREAD_SET_H

#include "faaslet/run.h"
#include "faaslet/space.h"
#include "faaslet/thread.h"
#include "faaslet/thread_area.h"

struct faaslet_thread {
    struct faaslet_thread *next;
    struct faaslet_thread **link; // what points here
    struct faaslet *faaslet;
    struct faaslet_run *run; // the innermost call that runs on it
    // Its own, without the lock.
    struct thread_area area;
    struct thread_data *data; // blocks for thread-local data of side modules (thread_libraries.h)
    uint32_t id, argument;
};

struct thread_set {
    struct faaslet_thread *first;
    uint32_t count;
    uint32_t last_id;
    struct thread_data *unused_data; // of threads that have ended
    uint32_t stop;     // enum faaslet_trap_kind: threads do not begin any more; 0: they do
    bool ended;        // by a thread, in the way that `result` says
    struct park empty; // the main thread waits for the last one to end
    struct faaslet_result result;
};

// Asks all threads to stop. The caller holds the lock.
void threads_interrupt(struct faaslet *faaslet, enum faaslet_trap_kind kind);

// The main thread has left the Faaslet: stops the others and waits for their end. `result` becomes
// that of the thread that has ended the call, where one has.
void threads_end(struct faaslet *faaslet, struct faaslet_result *result);

// With the Faaslet.
void threads_delete(struct faaslet *faaslet);

#endif
