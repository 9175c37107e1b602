#include "faaslet/space.h"

#include "faaslet/extensions.h"
#include "faaslet/opening.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { AREA_STEP = 1 << 20 }; // the area is made accessible in such steps

static size_t round_up(size_t value, size_t multiple) {
    return (value + multiple - 1) / multiple * multiple;
}

struct faaslet *space_new(const struct faaslet_config *config, struct error *error) {
    struct faaslet *faaslet = calloc(1, sizeof *faaslet);
    if (faaslet == NULL) {
        error_set(error, ERROR_MEMORY, "Faaslet");
        return NULL;
    }
    faaslet->openings = calloc(config->memories + 1, sizeof *faaslet->openings);
    if (faaslet->openings == NULL) {
        free(faaslet);
        error_set(error, ERROR_MEMORY, "Faaslet");
        return NULL;
    }
    faaslet->config = *config;
    size_t open_at_most = round_up(SPACE_CONTROL + config->area_bytes, SPACE_PAGE);
    faaslet->config.area_bytes = open_at_most - SPACE_CONTROL;
    // Kernels put a mapping of whole large pages at the start of one, so memory begins at one, too.
    size_t before = round_up(open_at_most + SPACE_GUARD, SPACE_LARGE_PAGE);
    faaslet->slot_bytes =
        round_up(before + config->memories * SPACE_MEMORY_BYTES, SPACE_LARGE_PAGE);
    faaslet->slot = mmap(NULL, faaslet->slot_bytes, PROT_NONE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (faaslet->slot == MAP_FAILED) {
        error_set_errno(error, errno, "address space of a Faaslet");
        free(faaslet->openings);
        free(faaslet);
        return NULL;
    }
    faaslet->area = faaslet->slot + SPACE_CONTROL;
    faaslet->memories = faaslet->slot + before;
    pthread_mutex_init(&faaslet->lock, NULL);
    pthread_mutex_init(&faaslet->atomic_lock, NULL);
    pthread_mutex_init(&faaslet->exclusive, NULL);
    return faaslet;
}

void space_write_control(struct faaslet *faaslet) {
    *(struct faaslet **)(void *)faaslet->slot = faaslet;
}

struct faaslet *faaslet_of(const struct object_instance *instance) {
    return *(struct faaslet **)((char *)(uintptr_t)instance - instance->area_offset -
                                SPACE_CONTROL);
}

static bool open_area(struct faaslet *faaslet, size_t bytes, struct error *error) {
    if (SPACE_CONTROL + bytes <= faaslet->open) {
        return true;
    }
    size_t most = SPACE_CONTROL + faaslet->config.area_bytes;
    size_t open = round_up(SPACE_CONTROL + bytes, AREA_STEP);
    open = open < most ? open : most;
    if (mprotect(faaslet->slot + faaslet->open, open - faaslet->open, PROT_READ | PROT_WRITE) < 0) {
        return error_set_errno(error, errno, "instance area of %zu bytes", open);
    }
    faaslet->open = open;
    return true;
}

bool space_allocate(struct faaslet *faaslet, size_t size, uint64_t *area_offset,
                    struct error *error) {
    size_t offset = round_up(faaslet->contents.area_used, 64);
    if (offset > faaslet->config.area_bytes || size > faaslet->config.area_bytes - offset) {
        return error_set(error, ERROR_TOO_LARGE,
                         "instances and tables of more than %zu bytes in one Faaslet",
                         faaslet->config.area_bytes);
    }
    if (!open_area(faaslet, offset + size, error)) {
        return false;
    }
    faaslet->contents.area_used = offset + size;
    *area_offset = offset;
    return true;
}

void space_release(struct faaslet *faaslet, size_t used) {
    memset(faaslet->area + used, 0, faaslet->contents.area_used - used);
    faaslet->contents.area_used = used;
}

uint32_t space_memory_at(const struct faaslet *faaslet, const void *address) {
    uintptr_t first = (uintptr_t)faaslet->memories;
    uintptr_t at = (uintptr_t)address;
    if (at < first) {
        return UINT32_MAX;
    }
    uintptr_t number = (at - first) / SPACE_MEMORY_BYTES;
    return number < faaslet->contents.memory_count ? (uint32_t)number : UINT32_MAX;
}

static bool reserve_item(void **array, uint32_t count, size_t size, struct error *error) {
    if ((count & (count - 1)) != 0) { // grows when the count is 0, 1, 2, 4, 8 …
        return true;
    }
    void *larger = realloc(*array, (count == 0 ? 1 : 2 * (size_t)count) * size);
    if (larger == NULL) {
        return error_set(error, ERROR_MEMORY, "Faaslet");
    }
    *array = larger;
    return true;
}

bool space_add_memory(struct faaslet *faaslet, uint64_t area_offset,
                      const struct object_limits *limits, uint32_t *number, struct error *error) {
    struct space_contents *contents = &faaslet->contents;
    if (limits->minimum > faaslet->config.memory_limit_pages) {
        return error_set(error, ERROR_TOO_LARGE,
                         "a memory of %u pages of 64 KiB is needed, the limit is %llu",
                         limits->minimum, (unsigned long long)faaslet->config.memory_limit_pages);
    }
    if (contents->memory_count >= faaslet->config.memories) {
        return error_set(error, ERROR_TOO_LARGE, "more than %u memories in one Faaslet",
                         faaslet->config.memories);
    }
    if (!reserve_item((void **)&contents->memories, contents->memory_count,
                      sizeof *contents->memories, error)) {
        return false;
    }
    *number = contents->memory_count;
    contents->memories[*number] = (struct space_memory){area_offset, limits->maximum};
    uint32_t most = limits->minimum > OBJECT_GROWTH_PAGES ? OBJECT_MAX_PAGES : OBJECT_GROWTH_PAGES;
    struct object_memory *record = (struct object_memory *)(void *)(faaslet->area + area_offset);
    *record = (struct object_memory){
        .maximum = limits->maximum < most ? limits->maximum : most,
        .number = *number,
        .shared = limits->shared,
    };
    contents->memory_count++;
    opening_begin(faaslet, *number);
    if (!space_grow_memory(faaslet, *number, limits->minimum) || !opening_cover_all(faaslet)) {
        contents->memory_count--;
        return error_set(error, ERROR_MEMORY, "linear memory of %u pages", limits->minimum);
    }
    return true;
}

bool space_grow_memory(struct faaslet *faaslet, uint32_t number, uint64_t pages) {
    struct object_memory *record = space_memory_record(faaslet, number);
    uint64_t limit = faaslet->config.memory_limit_pages;
    limit = record->maximum < limit ? record->maximum : limit;
    if (record->pages > limit || pages > limit - record->pages) {
        return false;
    }
    uint64_t offset = record->pages * OBJECT_PAGE_SIZE;
    if (!extensions_make_room(faaslet, number, offset, offset + pages * OBJECT_PAGE_SIZE)) {
        return false;
    }
    if (!opening_grow(faaslet, number, pages * OBJECT_PAGE_SIZE)) {
        return false;
    }
    __atomic_store_n(&record->pages, record->pages + pages, __ATOMIC_RELEASE);
    return true;
}

// A signal handler of this thread may walk the array at any moment: what it sees is whole, because
// the count is raised last and an outgrown array is freed after the pointer has moved on.
bool space_close_range(char *begin, uint64_t bytes, struct error *error) {
    if (bytes > 0 &&
        mmap(begin, bytes, PROT_NONE, MAP_PRIVATE | MAP_FIXED | MAP_ANONYMOUS | MAP_NORESERVE, -1,
             0) == MAP_FAILED) {
        return error_set_errno(error, errno, "closing a part of a Faaslet");
    }
    return true;
}

bool space_add_instance(struct faaslet *faaslet, uint64_t area_offset,
                        struct faaslet_object *object, struct error *error) {
    struct space_contents *contents = &faaslet->contents;
    uint32_t count = contents->instance_count;
    struct space_instance *outgrown = NULL;
    if ((count & (count - 1)) == 0) {
        struct space_instance *larger = calloc(count == 0 ? 1 : 2 * (size_t)count, sizeof *larger);
        if (larger == NULL) {
            return error_set(error, ERROR_MEMORY, "Faaslet");
        }
        if (count > 0) {
            memcpy(larger, contents->instances, count * sizeof *larger);
        }
        outgrown = contents->instances;
        pthread_mutex_lock(&faaslet->lock);
        __atomic_store_n(&contents->instances, larger, __ATOMIC_RELEASE);
        pthread_mutex_unlock(&faaslet->lock);
    }
    contents->instances[count] = (struct space_instance){area_offset, object};
    pthread_mutex_lock(&faaslet->lock);
    __atomic_store_n(&contents->instance_count, count + 1, __ATOMIC_RELEASE);
    pthread_mutex_unlock(&faaslet->lock);
    free(outgrown);
    return true;
}

void space_set_interrupts(const struct faaslet *faaslet, char *area, uint32_t value) {
    uint32_t count = __atomic_load_n(&faaslet->contents.instance_count, __ATOMIC_ACQUIRE);
    for (uint32_t i = 0; i < count; i++) {
        struct object_instance *instance =
            (struct object_instance *)(void *)(area + faaslet->contents.instances[i].area_offset);
        __atomic_store_n(&instance->interrupt, value, __ATOMIC_RELEASE);
    }
}

bool space_copy_contents(struct space_contents *to, const struct space_contents *from,
                         struct error *error) {
    *to = *from;
    // Capacities are powers of two, as the functions above grow them.
    uint32_t instances = 1;
    uint32_t memories = 1;
    while (instances < from->instance_count) {
        instances *= 2;
    }
    while (memories < from->memory_count) {
        memories *= 2;
    }
    to->instances = calloc(instances, sizeof *to->instances);
    to->memories = calloc(memories, sizeof *to->memories);
    if (to->instances == NULL || to->memories == NULL) {
        free(to->instances);
        free(to->memories);
        *to = (struct space_contents){0};
        return error_set(error, ERROR_MEMORY, "Faaslet");
    }
    for (uint32_t i = 0; i < from->instance_count; i++) {
        to->instances[i] = from->instances[i];
        faaslet_object_acquire(to->instances[i].object);
    }
    if (from->memory_count > 0) {
        memcpy(to->memories, from->memories, from->memory_count * sizeof *to->memories);
    }
    return true;
}

void space_destroy_contents(struct space_contents *contents) {
    for (uint32_t i = 0; i < contents->instance_count; i++) {
        faaslet_object_release(contents->instances[i].object);
    }
    free(contents->instances);
    free(contents->memories);
    *contents = (struct space_contents){0};
}
