// What POSIX programs ask for beside WASI: maps, copies of descriptors, who and where they are. The
// names without a prefix are those that existing Faasm programs import; libfaasm uses the others,
// which return error numbers.
#include "faaslet/guest.h"
#include "host/files.h"
#include "host/maps.h"
#include "host/sections.h"
#include "host/wasi.h"

#include <stdio.h>
#include <string.h>

#define FAILED UINT32_MAX // as a C program sees -1 and MAP_FAILED

// ---- Maps ---------------------------------------------------------------------------------------

static uint32_t faasm_mmap(struct object_instance *instance, uint32_t address, uint32_t length,
                           uint32_t protection, uint32_t flags, uint32_t descriptor,
                           uint64_t offset, uint32_t result) {
    const struct maps_request request = {address, length, protection, flags, descriptor, offset};
    uint32_t mapped = 0;
    if (guest_range(instance, result, sizeof mapped) == NULL) {
        return WASI_EFAULT;
    }
    uint32_t failure = maps_add(instance, &request, &mapped);
    if (failure != WASI_SUCCESS) {
        return failure;
    }
    return guest_write_u32(instance, result, mapped) ? WASI_SUCCESS : WASI_EFAULT;
}

static uint32_t plain_mmap(struct object_instance *instance, uint32_t address, uint32_t length,
                           uint32_t protection, uint32_t flags, uint32_t descriptor,
                           uint64_t offset) {
    const struct maps_request request = {address, length, protection, flags, descriptor, offset};
    uint32_t mapped = 0;
    return maps_add(instance, &request, &mapped) == WASI_SUCCESS ? mapped : FAILED;
}

static uint32_t plain_munmap(struct object_instance *instance, uint32_t address, uint32_t length) {
    return maps_remove(instance, address, length) == WASI_SUCCESS ? 0 : FAILED;
}

// ---- Descriptors --------------------------------------------------------------------------------

static uint32_t fd_dup(struct object_instance *instance, uint32_t number, uint32_t result) {
    uint32_t copy = 0;
    if (guest_range(instance, result, sizeof copy) == NULL) {
        return WASI_EFAULT;
    }
    uint32_t failure = files_copy(files_of(instance), number, 0, &copy);
    return failure == WASI_SUCCESS && !guest_write_u32(instance, result, copy) ? WASI_EFAULT
                                                                               : failure;
}

// F_DUPFD: the lowest number from `minimum` on.
static uint32_t fd_dup_from(struct object_instance *instance, uint32_t number, uint32_t minimum,
                            uint32_t result) {
    uint32_t copy = 0;
    if (guest_range(instance, result, sizeof copy) == NULL) {
        return WASI_EFAULT;
    }
    uint32_t failure = files_copy(files_of(instance), number, minimum, &copy);
    return failure == WASI_SUCCESS && !guest_write_u32(instance, result, copy) ? WASI_EFAULT
                                                                               : failure;
}

static uint32_t fd_dup_to(struct object_instance *instance, uint32_t number, uint32_t target) {
    return files_copy_to(files_of(instance), number, target);
}

static uint32_t plain_dup(struct object_instance *instance, uint32_t number) {
    uint32_t copy = 0;
    return files_copy(files_of(instance), number, 0, &copy) == WASI_SUCCESS ? copy : FAILED;
}

// ---- Who and where ------------------------------------------------------------------------------

// A call is what a process is to a program.
static uint32_t get_pid(struct object_instance *instance) {
    return call_of(instance)->id;
}

// There is no data base of users: libfaasm knows the one that runs.
static uint32_t plain_getpwnam(struct object_instance *instance, uint32_t name) {
    (void)instance, (void)name;
    return 0;
}

static uint32_t plain_uname(struct object_instance *instance, uint32_t result) {
    enum { FIELD = 65 };
    static const char *const fields[] = {"Faasm",       "faasm",  FAASM_VERSION,
                                         FAASM_VERSION, "wasm32", ""};
    char text[sizeof fields / sizeof fields[0]][FIELD] = {{0}};
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        snprintf(text[i], FIELD, "%s", fields[i]);
    }
    return guest_write(instance, result, text, sizeof text) ? 0 : FAILED;
}

static const struct faaslet_host_function functions[] = {
    HOST_FUNCTION("env", "__faasm_mmap", "iiiiiIi:i", faasm_mmap),
    HOST_FUNCTION("env", "__faasm_munmap", "ii:i", maps_remove),
    HOST_FUNCTION("env", "__faasm_msync", "ii:i", maps_synchronize),
    HOST_FUNCTION("env", "mmap", "iiiiiI:i", plain_mmap),
    HOST_FUNCTION("env", "munmap", "ii:i", plain_munmap),
    HOST_FUNCTION("env", "__wasi_fd_dup", "ii:i", fd_dup),
    HOST_FUNCTION("env", "__faasm_dup_from", "iii:i", fd_dup_from),
    HOST_FUNCTION("env", "__faasm_dup_to", "ii:i", fd_dup_to),
    HOST_FUNCTION("env", "dup", "i:i", plain_dup),
    HOST_FUNCTION("env", "__faasm_getpid", ":i", get_pid),
    HOST_FUNCTION("env", "getpid", ":i", get_pid),
    HOST_FUNCTION("env", "getpwnam", "i:i", plain_getpwnam),
    HOST_FUNCTION("env", "uname", "i:i", plain_uname),
};

const struct host_section host_posix = {
    .name = "posix",
    .functions = functions,
    .count = sizeof functions / sizeof *functions,
    .start = maps_start,
};
