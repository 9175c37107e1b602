#include "host/vectors.h"

#include "faaslet/guest.h"

#include <string.h>

uint32_t vectors_read(struct object_instance *instance, uint32_t address, uint32_t count,
                      vectors_range *range, struct iovec *vectors) {
    if (count > IOV_MAX) {
        return WASI_EINVAL;
    }
    const uint8_t *table = guest_array(instance, address, count, sizeof(struct wasi_iovec));
    if (table == NULL) {
        return WASI_EFAULT;
    }
    for (uint32_t i = 0; i < count; i++) {
        struct wasi_iovec vector;
        memcpy(&vector, table + i * sizeof vector, sizeof vector);
        vectors[i].iov_base = range(instance, vector.address, vector.length);
        vectors[i].iov_len = vector.length;
        if (vectors[i].iov_base == NULL) {
            return WASI_EFAULT;
        }
    }
    return WASI_SUCCESS;
}

uint32_t vectors_finish(struct object_instance *instance, ssize_t count, uint32_t result) {
    if (count < 0) {
        return wasi_errno_of(errno);
    }
    return guest_write_u32(instance, result, (uint32_t)count) ? WASI_SUCCESS : WASI_EFAULT;
}
