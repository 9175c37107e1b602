// Scatter and gather lists of guests, as the kernel takes them.
#ifndef FAASM_HOST_VECTORS_H
#define FAASM_HOST_VECTORS_H

#include "base/object.h"
#include "host/wasi.h"

#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <sys/uio.h>

typedef void *vectors_range(struct object_instance *instance, uint32_t address, uint64_t length);

// Copies `count` vectors of the guest, each range checked, into `vectors` of IOV_MAX. `range` is
// guest_buffer where the system writes to them, guest_range where it reads. EINVAL, EFAULT.
uint32_t vectors_read(struct object_instance *instance, uint32_t address, uint32_t count,
                      vectors_range *range, struct iovec *vectors);

// Stores the length of a transfer, of which one is less than 2 GiB; the error where it is negative.
uint32_t vectors_finish(struct object_instance *instance, ssize_t count, uint32_t result);

// A transfer goes on after an interrupted system call unless the call is to stop.
#define VECTORS_RETRY(instance, result, expression)                                                \
    do {                                                                                           \
        (result) = (expression);                                                                   \
    } while ((result) < 0 && errno == EINTR && !wasi_interrupted(instance))

#endif
