#include "faaslet/extension.h"

#include "faaslet/dirty.h"
#include "faaslet/extensions.h"
#include "faaslet/instance.h"
#include "faaslet/opening.h"
#include "faaslet/space.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

struct faaslet_extension {
    struct faaslet_extension *next; // by address
    struct faaslet_extension *next_unlinked;
    const struct extension_source *source;
    void *owner;
    void *mapping;
    uint32_t memory;
    _Atomic bool kept; // not of this call
    uint64_t begin, bytes;
};

static char *extension_address(const struct faaslet *faaslet,
                               const struct faaslet_extension *extension) {
    return space_memory_base(faaslet, extension->memory) + extension->begin;
}

// The list is read by signal handlers of threads of the call at any moment, so it is whole at every
// step, and what one may still have in hand is freed later (a kept one: its mapping is left alone).
static void unlink_extension(struct faaslet *faaslet, struct faaslet_extension **link) {
    struct faaslet_extension *extension = *link;
    __atomic_store_n(link, extension->next, __ATOMIC_RELEASE);
    extension->source->unmap(extension->mapping);
    extension->next_unlinked = faaslet->unlinked_extensions;
    faaslet->unlinked_extensions = extension;
}

static void free_unlinked(struct faaslet *faaslet) {
    while (faaslet->unlinked_extensions != NULL) {
        struct faaslet_extension *next = faaslet->unlinked_extensions->next_unlinked;
        free(faaslet->unlinked_extensions);
        faaslet->unlinked_extensions = next;
    }
}

static bool drop(struct faaslet *faaslet, struct faaslet_extension **link, struct error *error) {
    if (!space_close_range(extension_address(faaslet, *link), (*link)->bytes, error)) {
        return false;
    }
    unlink_extension(faaslet, link);
    return true;
}

void extensions_delete(struct faaslet *faaslet) {
    while (faaslet->extensions != NULL) {
        unlink_extension(faaslet, &faaslet->extensions);
    }
    free_unlinked(faaslet);
}

uint32_t extension_count(const struct faaslet *faaslet) {
    uint32_t count = 0;
    for (const struct faaslet_extension *extension = faaslet->extensions; extension != NULL;
         extension = extension->next) {
        count++;
    }
    return count;
}

static bool make_room(struct faaslet *faaslet, uint32_t memory, uint64_t begin, uint64_t end,
                      struct error *error) {
    for (struct faaslet_extension **link = &faaslet->extensions; *link != NULL;) {
        struct faaslet_extension *extension = *link;
        if (extension->memory != memory || extension->begin >= end ||
            extension->begin + extension->bytes <= begin) {
            link = &extension->next;
        } else if (!drop(faaslet, link, error)) {
            return false;
        }
    }
    return true;
}

bool extensions_make_room(struct faaslet *faaslet, uint32_t memory, uint64_t begin, uint64_t end) {
    return faaslet->extensions == NULL || make_room(faaslet, memory, begin, end, NULL);
}

uint64_t extensions_begin(const struct faaslet *faaslet, uint32_t memory) {
    const struct faaslet_extension *extension = faaslet->extensions;
    while (extension != NULL && extension->memory != memory) {
        extension = extension->next;
    }
    return extension == NULL ? UINT64_MAX : extension->begin;
}

bool extensions_put_back(struct faaslet *faaslet, uint32_t memory, uint64_t *end,
                         struct error *error) {
    free_unlinked(faaslet);
    uint64_t first = *end;
    uint64_t behind = *end; // of the last extension
    for (struct faaslet_extension *extension = faaslet->extensions; extension != NULL;
         extension = extension->next) {
        if (extension->memory != memory || extension->kept) {
            continue;
        }
        if (mprotect(extension_address(faaslet, extension), extension->bytes, PROT_NONE) < 0) {
            return error_set_errno(error, errno, "putting back a Faaslet");
        }
        extension->kept = true;
        if (first == *end) {
            first = extension->begin;
        } else if (!space_close_range(space_memory_base(faaslet, memory) + behind,
                                      extension->begin - behind, error)) {
            return false;
        }
        behind = extension->begin + extension->bytes;
    }
    if (!space_close_range(space_memory_base(faaslet, memory) + behind, *end - behind, error)) {
        return false;
    }
    *end = first;
    return true;
}

bool extensions_overlap(const struct faaslet *faaslet, const void *begin, uint64_t bytes) {
    const char *from = begin;
    const struct faaslet_extension *extension = faaslet->extensions;
    while (extension != NULL &&
           (extension_address(faaslet, extension) >= from + bytes ||
            extension_address(faaslet, extension) + extension->bytes <= from)) {
        extension = extension->next;
    }
    return extension != NULL;
}

bool extensions_open(const struct faaslet *faaslet, const void *begin, uint64_t bytes) {
    const struct faaslet_extension *extension =
        __atomic_load_n(&faaslet->extensions, __ATOMIC_ACQUIRE);
    bool opened = false;
    for (; extension != NULL; extension = __atomic_load_n(&extension->next, __ATOMIC_ACQUIRE)) {
        const char *address = extension_address(faaslet, extension);
        const char *from = begin;
        const char *to = from + bytes;
        from = from > address ? from : address;
        to = to < address + extension->bytes ? to : address + extension->bytes;
        if (!extension->kept && from < to) {
            opened = extension->source->open(extension->mapping, (uint64_t)(from - address),
                                             (uint64_t)(to - from)) ||
                     opened;
        }
    }
    return opened;
}

// ---- Mapping ------------------------------------------------------------------------------------

static struct faaslet_extension *find_kept(const struct faaslet *faaslet, uint32_t memory,
                                           const void *owner, uint64_t begin, uint64_t bytes) {
    struct faaslet_extension *extension = faaslet->extensions;
    while (extension != NULL &&
           (extension->memory != memory || extension->owner != owner || extension->begin != begin ||
            extension->bytes != bytes || !extension->kept)) {
        extension = extension->next;
    }
    return extension;
}

static bool use_kept(struct faaslet *faaslet, struct faaslet_extension *extension,
                     struct error *error) {
    if (mprotect(extension_address(faaslet, extension), extension->bytes, PROT_READ | PROT_WRITE) <
        0) {
        return error_set_errno(error, errno, "extension of linear memory");
    }
    extension->kept = false;
    return true;
}

static bool map_new(struct faaslet *faaslet, const struct faaslet_extension *wanted,
                    struct error *error) {
    uint64_t end = wanted->begin + wanted->bytes;
    if (!make_room(faaslet, wanted->memory, wanted->begin, end, error)) {
        return false;
    }
    struct faaslet_extension *extension = malloc(sizeof *extension);
    if (extension == NULL) {
        return error_set(error, ERROR_MEMORY, "extension of linear memory");
    }
    *extension = (struct faaslet_extension){
        .source = wanted->source,
        .owner = wanted->owner,
        .memory = wanted->memory,
        .begin = wanted->begin,
        .bytes = wanted->bytes,
    };
    if (!space_cut_room(faaslet, wanted->memory, wanted->begin, error)) {
        free(extension);
        return false;
    }
    char *address = extension_address(faaslet, extension);
    extension->mapping = extension->source->map(extension->owner, address, extension->bytes, error);
    if (extension->mapping == NULL) {
        free(extension);
        // What is there now is not known; nobody can get at it.
        space_close_range(address, wanted->bytes, NULL);
        return false;
    }
    struct faaslet_extension **link = &faaslet->extensions;
    while (*link != NULL &&
           ((*link)->memory != extension->memory || (*link)->begin < extension->begin)) {
        link = &(*link)->next;
    }
    extension->next = *link;
    __atomic_store_n(link, extension, __ATOMIC_RELEASE);
    return true;
}

// Under the lock, as all that changes sizes of memories that threads share.
static bool map_at_end(struct faaslet *faaslet, struct object_memory *record,
                       const struct extension_source *source, void *owner, uint64_t bytes,
                       uint32_t *address, struct error *error) {
    uint64_t pages = (bytes + OBJECT_PAGE_SIZE - 1) / OBJECT_PAGE_SIZE;
    pages = pages == 0 ? 1 : pages;
    uint64_t limit = faaslet->config.memory_limit_pages;
    limit = record->maximum < limit ? record->maximum : limit;
    if (record->pages > limit || pages > limit - record->pages || record->pages == 0) {
        return error_set(error, ERROR_TOO_LARGE,
                         "%llu bytes do not fit into a linear memory that has %llu pages of 64 KiB "
                         "and is limited to %llu",
                         (unsigned long long)bytes, (unsigned long long)record->pages,
                         (unsigned long long)limit);
    }
    struct faaslet_extension wanted = {
        .source = source,
        .owner = owner,
        .memory = record->number,
        .begin = record->pages * OBJECT_PAGE_SIZE,
        .bytes = pages * OBJECT_PAGE_SIZE,
    };
    if (!opening_cover_all(faaslet)) { // what is accessible begins at 0 and has no holes
        return error_set(error, ERROR_MEMORY, "extension of linear memory");
    }
    struct faaslet_extension *kept =
        find_kept(faaslet, wanted.memory, owner, wanted.begin, wanted.bytes);
    if (kept != NULL ? !use_kept(faaslet, kept, error) : !map_new(faaslet, &wanted, error)) {
        return false;
    }
    *address = (uint32_t)wanted.begin;
    __atomic_store_n(&record->pages, record->pages + pages, __ATOMIC_RELEASE);
    opening_begin(faaslet, record->number);
    return true;
}

bool extension_map(struct object_instance *instance, const struct extension_source *source,
                   void *owner, uint64_t bytes, uint32_t *address, struct error *error) {
    struct faaslet *faaslet = faaslet_of(instance);
    if (instance->object->memory_count == 0) {
        return error_set(error, ERROR_TOO_LARGE, "the module has no linear memory");
    }
    struct object_memory *record =
        instance_at(instance, instance_memory(instance, 0)->memory_delta);
    pthread_mutex_lock(&faaslet->lock);
    bool mapped = map_at_end(faaslet, record, source, owner, bytes, address, error);
    pthread_mutex_unlock(&faaslet->lock);
    return mapped;
}
