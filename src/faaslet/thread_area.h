// Inside of the room: the instance area of a guest thread.
#ifndef FAASM_FAASLET_THREAD_AREA_H
#define FAASM_FAASLET_THREAD_AREA_H

#include "base/error.h"
#include "base/object.h"

#include <stdbool.h>
#include <stddef.h>

struct faaslet;

struct thread_area {
    char *slot; // control bytes, then the area
    size_t bytes;
    struct object_instance *instance; // the thread's of the program
};

// ERROR_UNSUPPORTED where the program cannot have threads: memory that is not shared, no
// wasi_thread_start of the right type.
bool thread_area_check(const struct faaslet *faaslet, struct error *error);

// Program and side modules instantiated anew, with the Faaslet's memories, and with the elements
// that the linker has put into the program's table; but for start functions. While modules are
// neither loaded nor looked into by other threads.
bool thread_area_create(struct thread_area *area, struct faaslet *faaslet, struct error *error);
void thread_area_destroy(struct thread_area *area);

// The thread's instance for one of the Faaslet.
struct object_instance *thread_area_instance(const struct thread_area *area,
                                             const struct faaslet *faaslet, uint32_t number);

#endif
