// Proto-Faaslets. An image is a memfd: the control page (a hole), the used part of the area, and
// for each linear memory its bytes up to the last page that is not zero. Faaslets map it private,
// so that the kernel copies the pages they write.
//
// Which pages a call has written, and how they are put back, is known to put_back alone.
#include "faaslet/space.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
    // A memory's zero pages behind its image are anonymous memory, which takes a mapping of its
    // own, unless they are this few.
    SNAPSHOT_SMALL_TAIL = 256 << 10,
    SNAPSHOT_PAGEMAP_BATCH = 512,
};

struct memory_image {
    uint64_t file_offset;
    uint64_t bytes; // mapped from the image; the rest is zero
    uint64_t pages; // size of the memory, of 64 KiB each
};

struct proto_faaslet {
    _Atomic uint32_t references;
    int fd;
    struct faaslet_config config;
    struct space_contents contents;
    size_t area_bytes;             // of the image, control page not included
    const char *area;              // of the image, for reading
    struct memory_image *memories; // [contents.memory_count]
    size_t image_bytes;            // not counting holes
};

static uint64_t page_align(uint64_t bytes) {
    return (bytes + SPACE_PAGE - 1) & ~(uint64_t)(SPACE_PAGE - 1);
}

// ---- Writing an image ---------------------------------------------------------------------------

struct writer {
    struct proto_faaslet *proto;
    int pagemap; // -1 where /proc is not there: all pages are read then
    struct error *error;
    uint64_t file_offset; // of the range that is being written
    const char *begin;
    uint64_t end; // of the last page that is not zero, from `begin`
};

static bool page_is_zero(const char *page) {
    return page[0] == 0 && memcmp(page, page + 1, SPACE_PAGE - 1) == 0;
}

static bool write_pages(struct writer *writer, uint64_t offset, uint64_t bytes) {
    for (uint64_t done = 0; done < bytes;) {
        ssize_t count = pwrite(writer->proto->fd, writer->begin + offset + done, bytes - done,
                               (off_t)(writer->file_offset + offset + done));
        if (count < 0 && errno != EINTR) {
            return error_set_errno(writer->error, errno, "image of a Proto-Faaslet");
        }
        done += count > 0 ? (uint64_t)count : 0;
    }
    writer->proto->image_bytes += bytes;
    writer->end = offset + bytes;
    return true;
}

// Writes the pages of [offset, end) that are not zero.
static bool write_range(struct writer *writer, uint64_t offset, uint64_t end) {
    while (offset < end) {
        uint64_t run = offset;
        while (run < end && !page_is_zero(writer->begin + run)) {
            run += SPACE_PAGE;
        }
        if (run > offset && !write_pages(writer, offset, run - offset)) {
            return false;
        }
        offset = run + SPACE_PAGE;
    }
    return true;
}

// Anonymous pages that were never touched are zero; reading them would make the kernel map them.
static bool write_touched(struct writer *writer, uint64_t offset, uint64_t end) {
    enum { PRESENT_OR_SWAPPED = 3 }; // the two highest bits of a pagemap entry
    uint64_t entries[SNAPSHOT_PAGEMAP_BATCH];
    if (writer->pagemap < 0) {
        return write_range(writer, offset, end);
    }
    while (offset < end) {
        uint64_t count = (end - offset) / SPACE_PAGE;
        count = count < SNAPSHOT_PAGEMAP_BATCH ? count : SNAPSHOT_PAGEMAP_BATCH;
        uint64_t first = ((uintptr_t)writer->begin + offset) / SPACE_PAGE;
        ssize_t got = pread(writer->pagemap, entries, count * sizeof *entries,
                            (off_t)(first * sizeof *entries));
        if (got != (ssize_t)(count * sizeof *entries)) {
            return write_range(writer, offset, end);
        }
        for (uint64_t i = 0; i < count; i++, offset += SPACE_PAGE) {
            if ((entries[i] >> 62 & PRESENT_OR_SWAPPED) != 0 &&
                !write_range(writer, offset, offset + SPACE_PAGE)) {
                return false;
            }
        }
    }
    return true;
}

// Writes a range of which the first `mapped` bytes come from another image.
static bool write_image(struct writer *writer, const char *begin, uint64_t bytes, uint64_t mapped) {
    writer->begin = begin;
    writer->end = 0;
    mapped = mapped < bytes ? mapped : bytes;
    return write_range(writer, 0, mapped) && write_touched(writer, mapped, bytes);
}

static bool write_memory(struct writer *writer, const struct faaslet *faaslet, uint32_t number) {
    struct memory_image *image = &writer->proto->memories[number];
    image->pages = space_memory_record(faaslet, number)->pages;
    image->file_offset = writer->file_offset;
    const struct proto_faaslet *base = faaslet->proto;
    uint64_t mapped =
        base != NULL && number < base->contents.memory_count ? base->memories[number].bytes : 0;
    uint64_t bytes = image->pages * OBJECT_PAGE_SIZE;
    if (!write_image(writer, space_memory_base(faaslet, number), bytes, mapped)) {
        return false;
    }
    bool small_tail = writer->end > 0 && bytes - writer->end <= SNAPSHOT_SMALL_TAIL;
    image->bytes = small_tail ? bytes : writer->end;
    writer->file_offset += image->bytes;
    return true;
}

// Nothing can change the image from here on, not even through a stray descriptor.
static bool finish_image(struct writer *writer) {
    enum { SEALS = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL };
    struct proto_faaslet *proto = writer->proto;
    if (ftruncate(proto->fd, (off_t)writer->file_offset) < 0 ||
        fcntl(proto->fd, F_ADD_SEALS, SEALS) < 0) {
        return error_set_errno(writer->error, errno, "image of a Proto-Faaslet");
    }
    if (proto->area_bytes == 0) {
        return true;
    }
    void *area = mmap(NULL, proto->area_bytes, PROT_READ, MAP_PRIVATE | MAP_NORESERVE, proto->fd,
                      SPACE_PAGE);
    if (area == MAP_FAILED) {
        return error_set_errno(writer->error, errno, "image of a Proto-Faaslet");
    }
    proto->area = area;
    return true;
}

static bool write_all(struct writer *writer, const struct faaslet *faaslet) {
    struct proto_faaslet *proto = writer->proto;
    writer->file_offset = SPACE_PAGE;
    if (!write_image(writer, faaslet->area, proto->area_bytes,
                     faaslet->proto == NULL ? 0 : faaslet->proto->area_bytes)) {
        return false;
    }
    writer->file_offset += proto->area_bytes;
    for (uint32_t i = 0; i < faaslet->contents.memory_count; i++) {
        if (!write_memory(writer, faaslet, i)) {
            return false;
        }
    }
    return finish_image(writer);
}

static struct proto_faaslet *proto_new(const struct faaslet *faaslet, struct error *error) {
    struct proto_faaslet *proto = calloc(1, sizeof *proto);
    if (proto == NULL) {
        error_set(error, ERROR_MEMORY, "Proto-Faaslet");
        return NULL;
    }
    atomic_init(&proto->references, 1);
    proto->config = faaslet->config;
    proto->config.memories = faaslet->contents.memory_count;
    proto->area_bytes = page_align(faaslet->contents.area_used);
    proto->fd = memfd_create("faaslet", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    proto->memories = calloc(faaslet->contents.memory_count + 1, sizeof *proto->memories);
    if (proto->fd < 0) {
        error_set_errno(error, errno, "image of a Proto-Faaslet");
    } else if (proto->memories == NULL) {
        error_set(error, ERROR_MEMORY, "Proto-Faaslet");
    } else if (space_copy_contents(&proto->contents, &faaslet->contents, error)) {
        return proto;
    }
    proto_faaslet_release(proto);
    return NULL;
}

struct proto_faaslet *faaslet_snapshot(struct faaslet *faaslet, struct error *error) {
    struct writer writer = {.error = error, .proto = proto_new(faaslet, error)};
    if (writer.proto == NULL) {
        return NULL;
    }
    writer.pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
    bool written = write_all(&writer, faaslet);
    if (writer.pagemap >= 0) {
        close(writer.pagemap);
    }
    if (!written) {
        proto_faaslet_release(writer.proto);
        return NULL;
    }
    return writer.proto;
}

struct proto_faaslet *proto_faaslet_acquire(struct proto_faaslet *proto) {
    atomic_fetch_add_explicit(&proto->references, 1, memory_order_relaxed);
    return proto;
}

void proto_faaslet_release(struct proto_faaslet *proto) {
    if (proto == NULL ||
        atomic_fetch_sub_explicit(&proto->references, 1, memory_order_acq_rel) != 1) {
        return;
    }
    if (proto->area != NULL) {
        munmap((void *)proto->area, proto->area_bytes);
    }
    if (proto->fd >= 0) {
        close(proto->fd);
    }
    space_destroy_contents(&proto->contents);
    free(proto->memories);
    free(proto);
}

size_t proto_faaslet_image_bytes(const struct proto_faaslet *proto) {
    return proto->image_bytes;
}

// ---- Mapping it ---------------------------------------------------------------------------------

static bool map_image(const struct proto_faaslet *proto, char *at, uint64_t bytes,
                      uint64_t file_offset, struct error *error) {
    if (bytes > 0 &&
        mmap(at, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED | MAP_NORESERVE, proto->fd,
             (off_t)file_offset) == MAP_FAILED) {
        return error_set_errno(error, errno, "mapping of a Proto-Faaslet");
    }
    return true;
}

static bool map_memory(struct faaslet *faaslet, const struct proto_faaslet *proto, uint32_t number,
                       struct error *error) {
    const struct memory_image *image = &proto->memories[number];
    char *base = space_memory_base(faaslet, number);
    uint64_t rest = image->pages * OBJECT_PAGE_SIZE - image->bytes;
    if (!map_image(proto, base, image->bytes, image->file_offset, error)) {
        return false;
    }
    if (rest > 0 && mprotect(base + image->bytes, rest, PROT_READ | PROT_WRITE) < 0) {
        return error_set_errno(error, errno, "linear memory of %llu bytes",
                               (unsigned long long)rest);
    }
    return true;
}

static bool map_all(struct faaslet *faaslet, const struct proto_faaslet *proto,
                    struct error *error) {
    if (!map_image(proto, faaslet->slot, SPACE_PAGE + proto->area_bytes, 0, error)) {
        return false;
    }
    faaslet->area_open = proto->area_bytes;
    space_write_control(faaslet);
    for (uint32_t i = 0; i < proto->contents.memory_count; i++) {
        if (!map_memory(faaslet, proto, i, error)) {
            return false;
        }
    }
    return true;
}

struct faaslet *faaslet_restore(struct proto_faaslet *proto, struct error *error) {
    struct faaslet *faaslet = space_new(&proto->config, error);
    if (faaslet == NULL) {
        return NULL;
    }
    faaslet->proto = proto_faaslet_acquire(proto);
    if (!space_copy_contents(&faaslet->contents, &proto->contents, error) ||
        !map_all(faaslet, proto, error)) {
        faaslet_delete(faaslet);
        return NULL;
    }
    return faaslet;
}

// ---- Putting back -------------------------------------------------------------------------------

// Forgets what was written to a range; accesses go to the image again, or to zero pages.
static bool forget(char *begin, uint64_t bytes, struct error *error) {
    if (bytes > 0 && madvise(begin, bytes, MADV_DONTNEED) < 0) {
        return error_set_errno(error, errno, "putting back a Faaslet");
    }
    return true;
}

static bool close_range_of(char *begin, uint64_t bytes, struct error *error) {
    if (bytes > 0 && mprotect(begin, bytes, PROT_NONE) < 0) {
        return error_set_errno(error, errno, "putting back a Faaslet");
    }
    return true;
}

static bool put_back_memory(struct faaslet *faaslet, uint32_t number, struct error *error) {
    uint64_t before = faaslet->proto->memories[number].pages * OBJECT_PAGE_SIZE;
    uint64_t now = space_memory_record(faaslet, number)->pages * OBJECT_PAGE_SIZE;
    char *base = space_memory_base(faaslet, number);
    return forget(base, now, error) && close_range_of(base + before, now - before, error);
}

static void copy_part(struct object_instance *instance, const char *image, uint32_t begin,
                      uint32_t end) {
    memcpy((char *)instance + begin, image + begin, end - begin);
}

// Of an instance only these parts ever change: memory and table records, globals, and the marks of
// dropped segments.
static void put_back_instance(struct faaslet *faaslet, uint32_t number) {
    struct object_instance *instance = space_instance(faaslet, number);
    const struct object_layout *layout = &instance->object->layout;
    const char *image = faaslet->proto->area + instance->area_offset;
    copy_part(instance, image, layout->memories, layout->function_references);
    copy_part(instance, image, layout->dropped_elements, layout->size);
    instance->interrupt = 0;
}

// Without system calls, unless table elements were written or instances added.
static bool put_back_area(struct faaslet *faaslet, struct error *error) {
    uint64_t before = faaslet->proto->area_bytes;
    uint64_t now = faaslet->area_open;
    bool allocated = faaslet->contents.area_used != faaslet->proto->contents.area_used;
    if (!faaslet->elements_written && !allocated) {
        for (uint32_t i = 0; i < faaslet->contents.instance_count; i++) {
            put_back_instance(faaslet, i);
        }
        return true;
    }
    if (!forget(faaslet->area, now, error) ||
        !close_range_of(faaslet->area + before, now - before, error)) {
        return false;
    }
    faaslet->contents.area_used = faaslet->proto->contents.area_used;
    faaslet->area_open = before;
    faaslet->elements_written = false;
    return true;
}

// Memory sizes are read from the area, so the area goes last.
static bool put_back(struct faaslet *faaslet, struct error *error) {
    for (uint32_t i = 0; i < faaslet->proto->contents.memory_count; i++) {
        if (!put_back_memory(faaslet, i, error)) {
            return false;
        }
    }
    return put_back_area(faaslet, error);
}

bool faaslet_reset(struct faaslet *faaslet, struct error *error) {
    const struct proto_faaslet *proto = faaslet->proto;
    if (proto == NULL) {
        return error_set(error, ERROR_ARGUMENT, "a Faaslet without Proto-Faaslet");
    }
    struct space_contents *contents = &faaslet->contents;
    while (contents->instance_count > proto->contents.instance_count) {
        faaslet_object_release(contents->instances[--contents->instance_count].object);
    }
    faaslet->context = NULL;
    faaslet->stop = NULL;
    return put_back(faaslet, error);
}
