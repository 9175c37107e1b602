// What POSIX programs ask for beside WASI: maps, copies of descriptors, who and where they are. The
// names without a prefix are those that existing Faasm programs import; libfaasm uses the others,
// which return error numbers.
#include "base/clock.h"
#include "faaslet/exclusive.h"
#include "faaslet/faaslet.h"
#include "faaslet/guest.h"
#include "faaslet/park.h"
#include "faaslet/thread.h"
#include "host/files.h"
#include "host/maps.h"
#include "host/sections.h"
#include "host/wasi.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

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
    HOST_EXCLUSIVE(instance);
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
    HOST_EXCLUSIVE(instance);
    uint32_t copy = 0;
    if (guest_range(instance, result, sizeof copy) == NULL) {
        return WASI_EFAULT;
    }
    uint32_t failure = files_copy(files_of(instance), number, minimum, &copy);
    return failure == WASI_SUCCESS && !guest_write_u32(instance, result, copy) ? WASI_EFAULT
                                                                               : failure;
}

static uint32_t fd_dup_to(struct object_instance *instance, uint32_t number, uint32_t target) {
    HOST_EXCLUSIVE(instance);
    return files_copy_to(files_of(instance), number, target);
}

static uint32_t plain_dup(struct object_instance *instance, uint32_t number) {
    HOST_EXCLUSIVE(instance);
    uint32_t copy = 0;
    return files_copy(files_of(instance), number, 0, &copy) == WASI_SUCCESS ? copy : FAILED;
}

// ---- Locks --------------------------------------------------------------------------------------

struct guest_lock { // wasi-libc's struct flock
    int16_t type, whence;
    int64_t start, length;
    int32_t pid;
};

// Waiting for a lock ends when the call is to stop, so the kernel does not wait for us.
static int set_lock(struct object_instance *instance, int fd, struct flock *lock, bool waits) {
    enum { PAUSE_FIRST = 100000, PAUSE_LAST = 50000000 };
    struct park park = {0};
    for (uint64_t pause = PAUSE_FIRST;; pause = pause < PAUSE_LAST ? 2 * pause : PAUSE_LAST) {
        if (fcntl(fd, F_OFD_SETLK, lock) == 0) {
            return 0;
        }
        if (errno != EAGAIN && errno != EACCES) {
            return errno;
        }
        if (!waits) {
            return EAGAIN;
        }
        if (park_wait(&park, faaslet_of(instance), clock_monotonic() + pause) == PARK_INTERRUPTED) {
            return EINTR;
        }
    }
}

// Where it waits, other threads of the call may close the descriptor.
static uint32_t set_lock_of(struct object_instance *instance, const struct file *file,
                            struct flock *lock, bool waits) {
    bool copied = waits && faaslet_is_threaded(faaslet_of(instance));
    int fd = copied ? fcntl(file->fd, F_DUPFD_CLOEXEC, 0) : file->fd;
    if (fd < 0) {
        return wasi_errno_of(errno);
    }
    int failure = set_lock(instance, fd, lock, waits);
    if (copied) {
        close(fd);
    }
    return wasi_errno_of(failure);
}

// Record locks belong to the open file, not to the process, which serves many guests.
static uint32_t file_lock(struct object_instance *instance, uint32_t number, uint32_t command,
                          uint32_t address) {
    HOST_EXCLUSIVE(instance);
    enum { GET = 5, SET = 6, SET_AND_WAIT = 7 };
    struct guest_lock guest;
    const struct file *file = files_get(files_of(instance), number);
    if (file == NULL) {
        return WASI_EBADF;
    }
    if (!guest_read(instance, address, &guest, sizeof guest)) {
        return WASI_EFAULT;
    }
    if (file->kind != FILE_OPEN || command < GET || command > SET_AND_WAIT ||
        guest.type < F_RDLCK || guest.type > F_UNLCK || guest.whence < SEEK_SET ||
        guest.whence > SEEK_END) {
        return WASI_EINVAL;
    }
    struct flock lock = {.l_type = guest.type,
                         .l_whence = guest.whence,
                         .l_start = guest.start,
                         .l_len = guest.length};
    if (command != GET) {
        return set_lock_of(instance, file, &lock, command == SET_AND_WAIT);
    }
    if (fcntl(file->fd, F_OFD_GETLK, &lock) != 0) {
        return wasi_errno_of(errno);
    }
    guest.type = lock.l_type;
    guest.pid = 0; // another open file has it, whoever that is
    if (lock.l_type != F_UNLCK) {
        guest.whence = lock.l_whence;
        guest.start = lock.l_start;
        guest.length = lock.l_len;
    }
    return guest_write(instance, address, &guest, sizeof guest) ? WASI_SUCCESS : WASI_EFAULT;
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
    HOST_FUNCTION("env", "__faasm_lock", "iii:i", file_lock),
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
