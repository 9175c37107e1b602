#include "host/maps.h"

#include "faaslet/exclusive.h"
#include "faaslet/faaslet.h"
#include "faaslet/guest.h"
#include "faaslet/region.h"
#include "host/files.h"
#include "host/wasi.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

struct range {
    uint32_t address;
    uint64_t length; // whole pages of the guest
};

// A file that is mapped shared and written to: it outlives the descriptor it was mapped from.
struct written {
    struct range range;
    int fd;
    struct layer_file *layered; // or NULL
};

struct maps {
    struct call *call;
    pthread_mutex_t mutex; // guards what follows
    struct range *unused;  // that can be given to other maps
    uint32_t unused_count;
    struct written *written;
    uint32_t written_count;
};

// ---- The call's maps ----------------------------------------------------------------------------

static uint32_t close_written(struct written *written, bool publish) {
    int failure = 0;
    if (written->layered != NULL) {
        failure = publish ? layer_publish(written->layered, written->fd) : 0;
        layer_file_close(written->layered, written->fd);
    }
    close(written->fd);
    return wasi_errno_of(failure);
}

static void maps_delete(void *data) {
    struct maps *maps = data;
    if (maps == NULL) {
        return;
    }
    for (uint32_t i = 0; i < maps->written_count; i++) {
        close_written(&maps->written[i], !maps->call->broken_off);
    }
    pthread_mutex_destroy(&maps->mutex);
    free(maps->unused);
    free(maps->written);
    free(maps);
}

void maps_start(void) {
    call_slot_register(CALL_SLOT_MEMORY, maps_delete);
}

static struct maps *maps_of(struct object_instance *instance) {
    struct call *call = call_of(instance);
    struct maps *maps = call->slots[CALL_SLOT_MEMORY];
    if (maps == NULL) {
        maps = calloc(1, sizeof *maps);
        if (maps == NULL) {
            faaslet_raise(instance, FAASLET_TRAP_HOST, "no memory for the table of maps");
        }
        maps->call = call;
        pthread_mutex_init(&maps->mutex, NULL);
        call->slots[CALL_SLOT_MEMORY] = maps;
    }
    return maps;
}

static uint64_t round_up(uint64_t length, uint64_t page) {
    return (length + page - 1) / page * page;
}

// ---- Ranges -------------------------------------------------------------------------------------

// Takes the range out of those that are unused, wherever it overlaps. There must be room for one
// more.
static void use(struct maps *maps, uint32_t address, uint64_t length) {
    uint64_t begin = address;
    uint64_t end = begin + length;
    for (uint32_t i = 0; i < maps->unused_count;) {
        struct range *range = &maps->unused[i];
        uint64_t range_end = range->address + range->length;
        if (range_end <= begin || range->address >= end) {
            i++;
        } else if (range->address < begin) {
            range->length = begin - range->address;
            if (range_end > end) {
                maps->unused[maps->unused_count++] = (struct range){(uint32_t)end, range_end - end};
                return;
            }
            i++;
        } else if (range_end > end) {
            range->address = (uint32_t)end;
            range->length = range_end - end;
            i++;
        } else {
            *range = maps->unused[--maps->unused_count];
        }
    }
}

// Room for what one request adds: ranges that are split, what is left before and after a map.
static bool reserve_ranges(struct maps *maps) {
    struct range *larger = realloc(maps->unused, (maps->unused_count + 6) * sizeof *larger);
    if (larger != NULL) {
        maps->unused = larger;
    }
    return larger != NULL;
}

// Adds a range to those that are unused; neighbours become one.
static void leave(struct maps *maps, uint32_t address, uint64_t length) {
    use(maps, address, length);
    uint64_t begin = address;
    uint64_t end = begin + length;
    for (uint32_t i = 0; i < maps->unused_count;) {
        const struct range *range = &maps->unused[i];
        if (range->address + range->length == begin) {
            begin = range->address;
        } else if (range->address == end) {
            end = range->address + range->length;
        } else {
            i++;
            continue;
        }
        maps->unused[i] = maps->unused[--maps->unused_count];
        i = 0;
    }
    maps->unused[maps->unused_count++] = (struct range){(uint32_t)begin, end - begin};
}

// A range of zeros, from what is unused or by growing the memory; 0 where there is none.
static uint32_t find_range(struct object_instance *instance, struct maps *maps, uint64_t length) {
    for (uint32_t i = 0; i < maps->unused_count; i++) {
        if (maps->unused[i].length >= length) {
            uint32_t address = maps->unused[i].address;
            use(maps, address, length);
            return address;
        }
    }
    return length <= UINT32_MAX ? guest_allocate(instance, (uint32_t)length) : 0;
}

// For pages of a file: where address and offset agree modulo REGION_LARGE the kernel maps large
// pieces of it at once. What is too much is left unused.
static uint32_t find_range_for_file(struct object_instance *instance, struct maps *maps,
                                    uint64_t length, uint64_t offset) {
    const uint64_t surplus = REGION_LARGE - OBJECT_PAGE_SIZE;
    if (length < REGION_LARGE || offset % OBJECT_PAGE_SIZE != 0) {
        return find_range(instance, maps, length);
    }
    uint32_t address = find_range(instance, maps, length + surplus);
    if (address == 0) {
        return find_range(instance, maps, length);
    }
    uint32_t skipped = (uint32_t)((offset - address) % REGION_LARGE);
    if (skipped > 0) {
        leave(maps, address, skipped);
    }
    if (skipped < surplus) {
        leave(maps, (uint32_t)(address + skipped + length), surplus - skipped);
    }
    return address + skipped;
}

// ---- Files --------------------------------------------------------------------------------------

static bool writes(const struct maps_request *request) {
    return (request->flags & MAPS_TYPE) == MAPS_SHARED &&
           (request->protection & MAPS_PROT_WRITE) != 0;
}

// The file of a request, ready to be mapped.
static uint32_t find_file(struct object_instance *instance, const struct maps_request *request,
                          struct file **file) {
    struct file *found = files_get(files_of(instance), request->descriptor);
    if (found == NULL) {
        return WASI_EBADF;
    }
    if (found->kind != FILE_OPEN) {
        return WASI_ENODEV;
    }
    uint64_t needed = WASI_RIGHT_FD_READ | (writes(request) ? WASI_RIGHT_FD_WRITE : 0);
    if ((found->rights & needed) != needed) {
        return WASI_EACCES;
    }
    int failure = 0;
    if (found->layered != NULL && layer_incomplete(found->layered)) {
        failure = layer_fill(found->layered, request->offset, request->length);
    }
    *file = found;
    return wasi_errno_of(failure);
}

// Holes of a file that is written through a map take room only later: it is kept as long as the
// map is.
static uint32_t note_written(struct maps *maps, const struct file *file,
                             const struct maps_request *request, uint32_t address) {
    struct written *larger = realloc(maps->written, (maps->written_count + 1) * sizeof *larger);
    if (larger == NULL) {
        return WASI_ENOMEM;
    }
    maps->written = larger;
    struct written written = {.range = {address, round_up(request->length, REGION_PAGE)},
                              .fd = fcntl(file->fd, F_DUPFD_CLOEXEC, 0)};
    if (written.fd < 0) {
        return wasi_errno_of(errno);
    }
    int failure = 0;
    if (file->layered != NULL) {
        written.layered = layer_file_copy(file->layered);
        failure = written.layered == NULL
                      ? ENOMEM
                      : layer_reserve(written.layered, written.fd, (int64_t)request->offset,
                                      request->length);
    }
    if (failure != 0) {
        close_written(&written, false);
        return wasi_errno_of(failure);
    }
    maps->written[maps->written_count++] = written;
    return WASI_SUCCESS;
}

static uint32_t map_file(struct object_instance *instance, struct maps *maps,
                         const struct maps_request *request, const struct file *file,
                         uint32_t address) {
    struct error error;
    uint64_t length = round_up(request->length, REGION_PAGE);
    enum region_kind kind = writes(request) ? REGION_SHARED : REGION_PRIVATE;
    uint32_t failure = writes(request) ? note_written(maps, file, request, address) : WASI_SUCCESS;
    if (failure != WASI_SUCCESS) {
        return failure;
    }
    if (!region_map(instance, address, length, file->fd, request->offset, kind, &error)) {
        if (writes(request)) {
            close_written(&maps->written[--maps->written_count], false);
        }
        return error.code == ERROR_ARGUMENT     ? WASI_EINVAL
               : error.code == ERROR_PERMISSION ? WASI_EACCES
                                                : WASI_ENOMEM;
    }
    return WASI_SUCCESS;
}

// Of the maps that a range covers, writes and forgets those it covers all of.
static uint32_t finish_written(struct maps *maps, uint32_t address, uint64_t length) {
    uint32_t failure = WASI_SUCCESS;
    for (uint32_t i = 0; i < maps->written_count;) {
        struct written *written = &maps->written[i];
        const struct range *range = &written->range;
        if (range->address < address || range->address + range->length > address + length) {
            i++;
            continue;
        }
        uint32_t result = close_written(written, true);
        failure = failure != WASI_SUCCESS ? failure : result;
        *written = maps->written[--maps->written_count];
    }
    return failure;
}

// ---- The calls ----------------------------------------------------------------------------------

static uint32_t check(const struct maps_request *request) {
    const uint32_t known = MAPS_TYPE | MAPS_FIXED | MAPS_ANONYMOUS;
    // NORESERVE, POPULATE, STACK, LOCKED, DENYWRITE, EXECUTABLE say nothing of what is in the map.
    const uint32_t ignored = 0x4000 | 0x8000 | 0x20000 | 0x2000 | 0x0800 | 0x1000;
    uint32_t type = request->flags & MAPS_TYPE;
    if (request->length == 0 || request->length > UINT32_MAX - OBJECT_PAGE_SIZE ||
        (type != MAPS_SHARED && type != MAPS_PRIVATE) || request->offset % REGION_PAGE != 0 ||
        request->offset > (uint64_t)INT64_MAX - UINT32_MAX ||
        ((request->flags & MAPS_FIXED) != 0 && request->address % REGION_PAGE != 0)) {
        return WASI_EINVAL;
    }
    if ((request->flags & ~(known | ignored)) != 0 || (request->protection & MAPS_PROT_EXEC) != 0) {
        return WASI_ENOTSUP;
    }
    return WASI_SUCCESS;
}

// Where the guest says: what is there goes.
static uint32_t map_fixed(struct object_instance *instance, struct maps *maps,
                          const struct maps_request *request, const struct file *file) {
    struct error error;
    uint64_t length = round_up(request->length, REGION_PAGE);
    if (!reserve_ranges(maps)) {
        return WASI_ENOMEM;
    }
    uint32_t failure = WASI_SUCCESS;
    if (file != NULL) {
        failure = map_file(instance, maps, request, file, request->address);
    } else if (!region_clear(instance, request->address, length, &error)) {
        failure = error.code == ERROR_ARGUMENT ? WASI_ENOMEM : WASI_EIO;
    }
    if (failure == WASI_SUCCESS) {
        use(maps, request->address, length);
    }
    return failure;
}

static uint32_t map_anywhere(struct object_instance *instance, struct maps *maps,
                             const struct maps_request *request, const struct file *file,
                             uint32_t *address) {
    uint64_t length = round_up(request->length, OBJECT_PAGE_SIZE);
    if (!reserve_ranges(maps)) {
        return WASI_ENOMEM;
    }
    *address = file == NULL ? find_range(instance, maps, length)
                            : find_range_for_file(instance, maps, length, request->offset);
    if (*address == 0) {
        return WASI_ENOMEM;
    }
    uint32_t failure =
        file == NULL ? WASI_SUCCESS : map_file(instance, maps, request, file, *address);
    if (failure != WASI_SUCCESS) {
        leave(maps, *address, length);
    }
    return failure;
}

uint32_t maps_add(struct object_instance *instance, const struct maps_request *request,
                  uint32_t *address) {
    HOST_EXCLUSIVE(instance);
    struct file *file = NULL;
    uint32_t failure = check(request);
    if (failure == WASI_SUCCESS && (request->flags & MAPS_ANONYMOUS) == 0) {
        failure = find_file(instance, request, &file);
    }
    if (failure != WASI_SUCCESS) {
        return failure;
    }
    struct maps *maps = maps_of(instance);
    pthread_mutex_lock(&maps->mutex);
    if ((request->flags & MAPS_FIXED) != 0) {
        *address = request->address;
        failure = map_fixed(instance, maps, request, file);
    } else {
        failure = map_anywhere(instance, maps, request, file, address);
    }
    pthread_mutex_unlock(&maps->mutex);
    return failure;
}

uint32_t maps_remove(struct object_instance *instance, uint32_t address, uint32_t length) {
    HOST_EXCLUSIVE(instance);
    struct error error;
    uint64_t whole = round_up(length, OBJECT_PAGE_SIZE);
    if (address % OBJECT_PAGE_SIZE != 0 || length == 0 || address == 0 ||
        guest_range(instance, address, whole) == NULL) {
        return WASI_EINVAL;
    }
    struct maps *maps = maps_of(instance);
    pthread_mutex_lock(&maps->mutex);
    uint32_t failure = reserve_ranges(maps) ? WASI_SUCCESS : WASI_ENOMEM;
    if (failure == WASI_SUCCESS) {
        failure = finish_written(maps, address, whole);
        if (region_clear(instance, address, whole, &error)) {
            leave(maps, address, whole);
        } else {
            failure = WASI_ENOMEM;
        }
    }
    pthread_mutex_unlock(&maps->mutex);
    return failure;
}

uint32_t maps_synchronize(struct object_instance *instance, uint32_t address, uint32_t length) {
    HOST_EXCLUSIVE(instance);
    void *at = guest_range(instance, address, length);
    if (address % OBJECT_PAGE_SIZE != 0 || at == NULL) {
        return at == NULL ? WASI_ENOMEM : WASI_EINVAL;
    }
    struct maps *maps = maps_of(instance);
    int failure = 0;
    pthread_mutex_lock(&maps->mutex);
    for (uint32_t i = 0; i < maps->written_count && failure == 0; i++) {
        const struct written *written = &maps->written[i];
        uint64_t end = (uint64_t)address + length;
        if (written->range.address < end &&
            written->range.address + written->range.length > address) {
            // The pages are those of the file: what is left to do is to have them on the disk.
            failure = fdatasync(written->fd) == 0 ? 0 : errno;
            if (failure == 0 && written->layered != NULL) {
                failure = layer_publish(written->layered, written->fd);
            }
        }
    }
    pthread_mutex_unlock(&maps->mutex);
    return wasi_errno_of(failure);
}
