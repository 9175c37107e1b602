// Arguments, environment variables, exit, signals, random bytes.
#include "faaslet/faaslet.h"
#include "faaslet/guest.h"
#include "host/sections.h"
#include "host/wasi.h"
#include "runtime/call.h"

#include <sched.h>
#include <string.h>
#include <sys/random.h>

// ---- Lists of strings ---------------------------------------------------------------------------

// How many strings a NULL-terminated list has, and their bytes with NULs; false when either is more
// than a guest's memory can hold.
static bool measure(char *const *list, uint32_t *count, uint32_t *bytes) {
    uint64_t strings = 0;
    uint64_t total = 0;
    for (; list != NULL && list[strings] != NULL; strings++) {
        total += strlen(list[strings]) + 1;
    }
    *count = (uint32_t)strings;
    *bytes = (uint32_t)total;
    return strings <= INT32_MAX && total <= INT32_MAX;
}

static uint32_t list_sizes(struct object_instance *instance, char *const *list,
                           uint32_t count_result, uint32_t bytes_result) {
    uint32_t count;
    uint32_t bytes;
    if (!measure(list, &count, &bytes)) {
        return WASI_EOVERFLOW;
    }
    return guest_write_u32(instance, count_result, count) &&
                   guest_write_u32(instance, bytes_result, bytes)
               ? WASI_SUCCESS
               : WASI_EFAULT;
}

static uint32_t list_copy(struct object_instance *instance, char *const *list, uint32_t pointers,
                          uint32_t buffer) {
    uint32_t count;
    uint32_t bytes;
    if (!measure(list, &count, &bytes)) {
        return WASI_EOVERFLOW;
    }
    uint8_t *table = guest_array(instance, pointers, count, sizeof(uint32_t));
    uint8_t *text = guest_range(instance, buffer, bytes);
    if (table == NULL || text == NULL) {
        return WASI_EFAULT;
    }
    uint32_t offset = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t address = buffer + offset;
        size_t size = strlen(list[i]) + 1;
        memcpy(table + i * sizeof address, &address, sizeof address);
        memcpy(text + offset, list[i], size);
        offset += (uint32_t)size;
    }
    return WASI_SUCCESS;
}

static uint32_t args_sizes_get(struct object_instance *instance, uint32_t count, uint32_t bytes) {
    return list_sizes(instance, call_of(instance)->environment->arguments, count, bytes);
}

static uint32_t args_get(struct object_instance *instance, uint32_t pointers, uint32_t buffer) {
    return list_copy(instance, call_of(instance)->environment->arguments, pointers, buffer);
}

static uint32_t environ_sizes_get(struct object_instance *instance, uint32_t count,
                                  uint32_t bytes) {
    return list_sizes(instance, call_of(instance)->environment->variables, count, bytes);
}

static uint32_t environ_get(struct object_instance *instance, uint32_t pointers, uint32_t buffer) {
    return list_copy(instance, call_of(instance)->environment->variables, pointers, buffer);
}

// ---- The process --------------------------------------------------------------------------------

__attribute__((noreturn)) static void proc_exit(struct object_instance *instance, uint32_t code) {
    faaslet_exit(instance, (int)code);
}

static uint32_t process_yield(struct object_instance *instance) {
    (void)instance;
    sched_yield();
    return WASI_SUCCESS;
}

static uint32_t random_get(struct object_instance *instance, uint32_t address, uint32_t length) {
    uint8_t *bytes = guest_buffer(instance, address, length);
    if (bytes == NULL) {
        return WASI_EFAULT;
    }
    // In pieces, so that a call that is to stop does.
    enum { PIECE = 1 << 20 };
    for (uint32_t filled = 0; filled < length;) {
        uint32_t rest = length - filled;
        ssize_t got = getrandom(bytes + filled, rest < PIECE ? rest : PIECE, 0);
        if (got < 0 && errno != EINTR) {
            return wasi_errno_of(errno);
        }
        if (wasi_interrupted(instance)) {
            return WASI_EINTR;
        }
        filled += got > 0 ? (uint32_t)got : 0;
    }
    return WASI_SUCCESS;
}

// ---- Signals ------------------------------------------------------------------------------------

// A guest has no handlers here: the default action of a signal is taken. Those that end a process
// end the call as a shell would report it.
static uint32_t proc_raise(struct object_instance *instance, uint32_t signal) {
    enum action { ENDS, IGNORED, STOPS };
    // By the numbers of preview1.
    static const uint8_t actions[] = {
        IGNORED, // none: asks whether it can be sent
        ENDS,    // hup
        ENDS,    // int
        ENDS,    // quit
        ENDS,    // ill
        ENDS,    // trap
        ENDS,    // abrt
        ENDS,    // bus
        ENDS,    // fpe
        ENDS,    // kill
        ENDS,    // usr1
        ENDS,    // segv
        ENDS,    // usr2
        ENDS,    // pipe
        ENDS,    // alrm
        ENDS,    // term
        IGNORED, // chld
        IGNORED, // cont
        STOPS,   // stop
        STOPS,   // tstp
        STOPS,   // ttin
        STOPS,   // ttou
        IGNORED, // urg
        ENDS,    // xcpu
        ENDS,    // xfsz
        ENDS,    // vtalrm
        ENDS,    // prof
        IGNORED, // winch
        ENDS,    // poll
        ENDS,    // pwr
        ENDS,    // sys
    };
    if (signal >= sizeof actions) {
        return WASI_EINVAL;
    }
    if (actions[signal] == ENDS) {
        faaslet_exit(instance, 128 + (int)signal);
    }
    return actions[signal] == IGNORED ? WASI_SUCCESS : WASI_ENOTSUP; // nobody could let it go on
}

static const struct faaslet_host_function functions[] = {
    HOST_FUNCTION(WASI_MODULE, "args_get", "ii:i", args_get),
    HOST_FUNCTION(WASI_MODULE, "args_sizes_get", "ii:i", args_sizes_get),
    HOST_FUNCTION(WASI_MODULE, "environ_get", "ii:i", environ_get),
    HOST_FUNCTION(WASI_MODULE, "environ_sizes_get", "ii:i", environ_sizes_get),
    HOST_FUNCTION(WASI_MODULE, "proc_exit", "i:", proc_exit),
    HOST_FUNCTION(WASI_MODULE, "proc_raise", "i:i", proc_raise),
    HOST_FUNCTION(WASI_MODULE, "random_get", "ii:i", random_get),
    HOST_FUNCTION(WASI_MODULE, "sched_yield", ":i", process_yield),
};

const struct host_section host_wasi_process = {
    .name = "wasi_process",
    .functions = functions,
    .count = sizeof functions / sizeof *functions,
};
