#include "faaslet/guest.h"

#include "faaslet/dirty.h"
#include "faaslet/extensions.h"
#include "faaslet/faaslet.h"
#include "faaslet/instance.h"
#include "faaslet/opening.h"
#include "faaslet/space.h"
#include "faaslet/support.h"

#include <string.h>

// Makes what an address has accessible, up to `length` bytes: its host address and how many bytes
// there are; NULL when even the address is out of bounds, or the system has no memory for them.
static char *make_accessible(const struct object_instance *instance, uint32_t address,
                             uint64_t length, uint64_t *available) {
    if (instance->object->memory_count == 0) {
        return NULL;
    }
    const struct object_memory_slot *slot = instance_memory(instance, 0);
    const struct object_memory *memory = instance_at(instance, slot->memory_delta);
    uint64_t size = space_pages(memory) * OBJECT_PAGE_SIZE;
    if (address > size) {
        return NULL;
    }
    *available = size - address;
    uint64_t end = address + (length < *available ? length : *available);
    if (!opening_cover(faaslet_of(instance), memory->number, end)) {
        return NULL;
    }
    return (char *)instance_at(instance, slot->base_delta) + address;
}

void *guest_range(struct object_instance *instance, uint32_t address, uint64_t length) {
    uint64_t available;
    char *at = make_accessible(instance, address, length, &available);
    return at != NULL && length <= available ? at : NULL;
}

void *guest_buffer(struct object_instance *instance, uint32_t address, uint64_t length) {
    void *at = guest_range(instance, address, length);
    if (at != NULL) {
        dirty_open(at, length);
        extensions_open(faaslet_of(instance), at, length);
    }
    return at;
}

void *guest_array(struct object_instance *instance, uint32_t address, uint32_t count, size_t size) {
    uint64_t length;
    if (__builtin_mul_overflow((uint64_t)count, (uint64_t)size, &length)) {
        return NULL;
    }
    return guest_range(instance, address, length);
}

bool guest_read(struct object_instance *instance, uint32_t address, void *to, size_t length) {
    const void *from = guest_range(instance, address, length);
    if (from != NULL && length > 0) {
        memcpy(to, from, length);
    }
    return from != NULL;
}

bool guest_write(struct object_instance *instance, uint32_t address, const void *from,
                 size_t length) {
    void *to = guest_range(instance, address, length);
    if (to != NULL && length > 0) {
        memcpy(to, from, length);
    }
    return to != NULL;
}

bool guest_write_u32(struct object_instance *instance, uint32_t address, uint32_t value) {
    return guest_write(instance, address, &value, sizeof value);
}

bool guest_write_u64(struct object_instance *instance, uint32_t address, uint64_t value) {
    return guest_write(instance, address, &value, sizeof value);
}

// Byte by byte into the copy, because another thread of the guest may change the string meanwhile.
bool guest_read_string(struct object_instance *instance, uint32_t address, char *to,
                       size_t capacity) {
    uint64_t available;
    const volatile char *from = make_accessible(instance, address, capacity, &available);
    if (from == NULL) {
        return false;
    }
    for (size_t i = 0; i < capacity && i < available; i++) {
        to[i] = from[i];
        if (to[i] == '\0') {
            return true;
        }
    }
    return false;
}

uint32_t guest_allocate(struct object_instance *instance, uint32_t length) {
    if (instance->object->memory_count == 0) {
        return 0;
    }
    const struct object_memory *memory =
        instance_at(instance, instance_memory(instance, 0)->memory_delta);
    // Address 0 says that there is no room, so a memory of no pages grows by one more.
    uint32_t skip = space_pages(memory) == 0 ? 1 : 0;
    uint32_t pages = (uint32_t)(((uint64_t)length + OBJECT_PAGE_SIZE - 1) / OBJECT_PAGE_SIZE);
    if (space_pages(memory) >= OBJECT_MAX_PAGES) {
        return 0;
    }
    uint32_t before = support_memory_grow(instance, 0, pages + skip);
    return before == UINT32_MAX ? 0 : (before + skip) * OBJECT_PAGE_SIZE;
}
