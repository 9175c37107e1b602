// Guest threads, as the wasi-threads proposal has them. What is shared between the threads of a
// call is guarded by HOST_EXCLUSIVE in the other sections (faaslet/exclusive.h).
#include "faaslet/exclusive.h"
#include "faaslet/faaslet.h"
#include "faaslet/thread.h"
#include "host/sections.h"
#include "host/wasi.h"

// The id of the thread, or a negative WASI error: EAGAIN where there may be no more of them,
// ENOMEM. A module that cannot have threads is told why: it would never get further.
static int32_t thread_spawn(struct object_instance *instance, uint32_t argument) {
    HOST_EXCLUSIVE(instance);
    uint32_t id = 0;
    struct error error = {0};
    if (faaslet_thread_spawn(instance, argument, &id, &error)) {
        return (int32_t)id;
    }
    if (error.code == ERROR_UNSUPPORTED) {
        faaslet_raise(instance, FAASLET_TRAP_HOST, "wasi.thread-spawn: %s", error.message);
    }
    return -(int32_t)(error.code == ERROR_BUSY ? WASI_EAGAIN : WASI_ENOMEM);
}

static const struct faaslet_host_function functions[] = {
    HOST_FUNCTION("wasi", "thread-spawn", "i:i", thread_spawn),
};

const struct host_section host_threads = {
    .name = "threads",
    .functions = functions,
    .count = sizeof functions / sizeof *functions,
};
