#include "faaslet/region.h"

#include "faaslet/dirty.h"
#include "faaslet/extensions.h"
#include "faaslet/instance.h"
#include "faaslet/opening.h"
#include "faaslet/region_list.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

_Static_assert(REGION_PAGE == SPACE_PAGE, "pages of regions are those of the machine");

// ---- The list -----------------------------------------------------------------------------------

// With the Faaslet's lock held, as all that changes the list.
static struct region_list *list_of(struct faaslet *faaslet) {
    if (faaslet->regions == NULL) {
        // Never moved, since a signal handler may read it at any moment.
        struct region_list *list = calloc(1, sizeof *list + REGIONS_MAX * sizeof(struct region));
        __atomic_store_n(&faaslet->regions, list, __ATOMIC_RELEASE);
    }
    return faaslet->regions;
}

// Takes [begin, end) out of all regions; of one that it splits, the second part is new. There must
// be room for that.
static void carve(struct region_list *list, char *begin, char *end) {
    for (uint32_t i = 0; i < list->count;) {
        struct region *region = &list->regions[i];
        bool before = region->begin < begin;
        bool after = region->end > end;
        if (region->end <= begin || region->begin >= end) {
            i++;
        } else if (before && after) {
            list->regions[list->count++] = (struct region){end, region->end, region->file};
            region->end = begin;
            return;
        } else if (before) {
            region->end = begin;
            i++;
        } else if (after) {
            region->begin = end;
            i++;
        } else {
            *region = list->regions[--list->count];
        }
    }
}

// Plain parts that touch are one.
static void add(struct region_list *list, struct region added) {
    for (uint32_t i = 0; i < list->count && !added.file;) {
        const struct region *region = &list->regions[i];
        if (region->file || (region->end != added.begin && region->begin != added.end)) {
            i++;
            continue;
        }
        added.begin = region->begin < added.begin ? region->begin : added.begin;
        added.end = region->end > added.end ? region->end : added.end;
        list->regions[i] = list->regions[--list->count];
    }
    list->regions[list->count++] = added;
}

static bool overlaps(const struct region_list *list, const char *begin, const char *end) {
    for (uint32_t i = 0; list != NULL && i < list->count; i++) {
        if (list->regions[i].begin < end && list->regions[i].end > begin) {
            return true;
        }
    }
    return false;
}

void region_forget(struct faaslet *faaslet) {
    if (faaslet->regions != NULL) {
        faaslet->regions->count = 0;
    }
}

// ---- Mapping ------------------------------------------------------------------------------------

// The host address of a range that can be mapped over, or NULL.
static char *locate(struct object_instance *instance, uint32_t address, uint64_t length,
                    struct error *error) {
    if (instance->object->memory_count == 0) {
        error_set(error, ERROR_ARGUMENT, "a region of a module without memory");
        return NULL;
    }
    const struct object_memory_slot *slot = instance_memory(instance, 0);
    const struct object_memory *memory = instance_at(instance, slot->memory_delta);
    uint64_t size = __atomic_load_n(&memory->pages, __ATOMIC_ACQUIRE) * OBJECT_PAGE_SIZE;
    if (address % REGION_PAGE != 0 || length % REGION_PAGE != 0 || length == 0 || address > size ||
        length > size - address) {
        error_set(error, ERROR_ARGUMENT, "a region of %llu bytes at 0x%x of %llu bytes",
                  (unsigned long long)length, address, (unsigned long long)size);
        return NULL;
    }
    if (!opening_cover(faaslet_of(instance), memory->number, address + length)) {
        error_set(error, ERROR_MEMORY, "a region of %llu bytes at 0x%x", (unsigned long long)length,
                  address);
        return NULL;
    }
    char *at = (char *)instance_at(instance, slot->base_delta) + address;
    if (extensions_overlap(faaslet_of(instance), at, length)) {
        error_set(error, ERROR_ARGUMENT, "a region of %llu bytes at 0x%x, where state is mapped",
                  (unsigned long long)length, address);
        return NULL;
    }
    return at;
}

// A failed mmap may have unmapped what was there; the range must never be anybody else's, since the
// guest reaches it.
static bool map(char *at, uint64_t length, int flags, int fd, uint64_t offset,
                struct error *error) {
    if (mmap(at, length, PROT_READ | PROT_WRITE, flags | MAP_FIXED | MAP_NORESERVE, fd,
             (off_t)offset) != MAP_FAILED) {
        return true;
    }
    error_set_errno(error, errno, "mapping %llu bytes", (unsigned long long)length);
    if (mmap(at, length, PROT_READ | PROT_WRITE,
             MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE | MAP_NORESERVE, -1,
             0) == MAP_FAILED &&
        errno != EEXIST) {
        abort();
    }
    return false;
}

// Maps over a range and notes it.
static bool replace(struct faaslet *faaslet, char *at, uint64_t length, int flags, int fd,
                    uint64_t offset, struct error *error) {
    struct region_list *list = list_of(faaslet);
    if (list == NULL) {
        return error_set(error, ERROR_MEMORY, "regions of a Faaslet");
    }
    if (list->count + 2 > REGIONS_MAX) { // one may be split
        return error_set(error, ERROR_TOO_LARGE, "more than %d regions in one Faaslet",
                         REGIONS_MAX);
    }
    // Pages that are watched for writes would be split by the mapping: no more watching in this
    // call.
    dirty_open_around(at);
    if (!map(at, length, flags, fd, offset, error)) {
        return false;
    }
    atomic_fetch_add(&list->version, 1);
    carve(list, at, at + length);
    add(list, (struct region){at, at + length, fd >= 0});
    atomic_fetch_add(&list->version, 1);
    return true;
}

bool region_map(struct object_instance *instance, uint32_t address, uint64_t length, int fd,
                uint64_t offset, enum region_kind kind, struct error *error) {
    char *at = locate(instance, address, length, error);
    if (at == NULL) {
        return false;
    }
    if (offset % REGION_PAGE != 0 || offset > INT64_MAX - length || fd < 0) {
        return error_set(error, ERROR_ARGUMENT, "a region of a file at offset %llu",
                         (unsigned long long)offset);
    }
    struct faaslet *faaslet = faaslet_of(instance);
    pthread_mutex_lock(&faaslet->lock);
    bool mapped = replace(faaslet, at, length, kind == REGION_SHARED ? MAP_SHARED : MAP_PRIVATE, fd,
                          offset, error);
    pthread_mutex_unlock(&faaslet->lock);
    return mapped;
}

bool region_clear(struct object_instance *instance, uint32_t address, uint64_t length,
                  struct error *error) {
    char *at = locate(instance, address, length, error);
    if (at == NULL) {
        return false;
    }
    struct faaslet *faaslet = faaslet_of(instance);
    bool cleared = true;
    pthread_mutex_lock(&faaslet->lock);
    if (overlaps(faaslet->regions, at, at + length)) {
        cleared = replace(faaslet, at, length, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0, error);
    } else if (space_is_anonymous(faaslet, at)) {
        cleared = madvise(at, length, MADV_DONTNEED) == 0 ||
                  error_set_errno(error, errno, "clearing %llu bytes", (unsigned long long)length);
    } else {
        memset(at, 0, length);
    }
    pthread_mutex_unlock(&faaslet->lock);
    return cleared;
}

// ---- Settling -----------------------------------------------------------------------------------

// Copies what can be read: the kernel refuses pages behind the end of a file, which stay zero.
static bool copy_readable(int to, const char *begin, uint64_t length) {
    for (uint64_t done = 0; done < length;) {
        ssize_t count = pwrite(to, begin + done, length - done, (off_t)done);
        if (count > 0) {
            done += (uint64_t)count;
        } else if (count < 0 && errno == EFAULT) {
            done = (done / REGION_PAGE + 1) * REGION_PAGE;
        } else if (count == 0 || errno != EINTR) {
            return false;
        }
    }
    return true;
}

static bool read_back(int from, char *to, uint64_t length) {
    for (uint64_t done = 0; done < length;) {
        ssize_t count = pread(from, to + done, length - done, (off_t)done);
        if (count <= 0 && errno != EINTR) {
            return false;
        }
        done += count > 0 ? (uint64_t)count : 0;
    }
    return true;
}

static bool settle(const struct region *region, struct error *error) {
    uint64_t length = (uint64_t)(region->end - region->begin);
    int copy = memfd_create("region", MFD_CLOEXEC);
    bool settled = copy >= 0 && ftruncate(copy, (off_t)length) == 0 &&
                   copy_readable(copy, region->begin, length) &&
                   map(region->begin, length, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0, NULL) &&
                   read_back(copy, region->begin, length);
    if (!settled) {
        error_set_errno(error, errno, "settling a region of %llu bytes",
                        (unsigned long long)length);
    }
    if (copy >= 0) {
        close(copy);
    }
    return settled;
}

bool region_settle(struct faaslet *faaslet, struct error *error) {
    struct region_list *list = faaslet->regions;
    for (uint32_t i = 0; list != NULL && i < list->count; i++) {
        if (list->regions[i].file) {
            if (!settle(&list->regions[i], error)) {
                return false;
            }
            list->regions[i].file = false;
        }
    }
    return true;
}

// ---- Faults -------------------------------------------------------------------------------------

static struct region region_of_file_at(const struct region_list *list, const char *at) {
    uint32_t count = __atomic_load_n(&list->count, __ATOMIC_ACQUIRE);
    for (uint32_t i = 0; i < count && i < REGIONS_MAX; i++) {
        struct region region = list->regions[i];
        if (region.file && at >= region.begin && at < region.end) {
            return region;
        }
    }
    return (struct region){0};
}

// Who changes the list, another thread of the guest, is soon done: it makes no system call then.
static struct region find_whole(const struct region_list *list, const char *at) {
    for (;;) {
        uint32_t version = atomic_load(&list->version);
        struct region region = region_of_file_at(list, at);
        atomic_thread_fence(memory_order_acquire);
        if (version % 2 == 0 && atomic_load(&list->version) == version) {
            return region;
        }
    }
}

bool region_patch(struct faaslet *faaslet, const void *address) {
    const struct region_list *list = __atomic_load_n(&faaslet->regions, __ATOMIC_ACQUIRE);
    const char *at = address;
    if (list == NULL) {
        return false;
    }
    struct region region = find_whole(list, at);
    if (!region.file) {
        return false;
    }
    char *page = region.begin + (at - region.begin) / REGION_PAGE * REGION_PAGE;
    return mmap(page, (size_t)(region.end - page), PROT_READ | PROT_WRITE,
                MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1, 0) != MAP_FAILED;
}
