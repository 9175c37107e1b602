// Inside of the room: what guest threads and side modules have to do with each other. A thread has
// an instance of each module, made when it starts (thread_area.h); modules are loaded and closed by
// the main thread while it is the only one. A symbol may be looked for on any thread: where its
// function gets an element, it gets the same one in the tables of all.
//
// On a thread of the call, with HOST_EXCLUSIVE, unless it says otherwise.
#ifndef FAASM_FAASLET_THREAD_LIBRARIES_H
#define FAASM_FAASLET_THREAD_LIBRARIES_H

#include "faaslet/library_list.h"
#include "faaslet/thread_set.h"

// Whether this is the main thread, or none of the call, and there are no others. A thread that the
// guest has joined may be on its way out: the main thread waits a moment for the others to end, and
// lets others in meanwhile.
bool threads_none(struct faaslet *faaslet);

// The instance of the calling thread for one of the Faaslet.
struct object_instance *thread_instance(const struct faaslet *faaslet, uint32_t number);

// ---- Tables ----

// Whether the program's table has the same size on all threads: a guest may have grown one.
// ERROR_UNSUPPORTED where not.
bool thread_tables_fit(struct faaslet *faaslet, struct error *error);

// The element that the main thread's table has got, in those of the others. The tables fit.
void thread_tables_append(struct faaslet *faaslet, const struct library_element *element);

// ---- Thread-local data ----

// A block in guest memory, for one library.
struct thread_data {
    struct thread_data *next;
    uint32_t library;  // number in the list
    uint32_t instance; // of the Faaslet
    uint32_t address;
};

// Blocks for a thread that is about to start: of threads that have ended, or new ones.
bool thread_data_allocate(struct faaslet_thread *thread, struct error *error);
// With the Faaslet's lock instead.
void thread_data_give_back(struct faaslet_thread *thread);
void thread_data_free(struct thread_data **data);

// Where the calling thread has the library's; 0 where that has none.
uint32_t thread_data_address(const struct faaslet *faaslet, uint32_t library);

// ---- Starting ----

// On the new thread, without HOST_EXCLUSIVE: start functions, and thread-local data of modules.
void thread_libraries_run(struct faaslet_thread *thread, struct faaslet_result *result);

#endif
