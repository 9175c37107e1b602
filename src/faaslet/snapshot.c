// Proto-Faaslets. An image is a memfd laid out as a Faaslet is: control bytes, the used
// part of the area, the rest of it (a hole, too), and memory 0; other memories follow. Pages of
// zeros are holes. Faaslets map it private, so that the kernel copies the pages they write: one
// mapping up to the end of memory 0, and one for each other memory.
//
// Which pages a call has written is known to dirty.c, and how they are put back to put_back alone.
#include "faaslet/dirty.h"
#include "faaslet/extensions.h"
#include "faaslet/library_list.h"
#include "faaslet/opening.h"
#include "faaslet/region_list.h"
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
    // own, unless they are this few: then they are a hole of the image.
    SNAPSHOT_SMALL_TAIL = 64 << 20,
    SNAPSHOT_FIRST_ROOM = 1 << 20, // mapped behind a memory that calls grow
    SNAPSHOT_PAGEMAP_BATCH = 512,
};

struct memory_image {
    uint64_t file_offset;
    uint64_t data_bytes; // to the end of the last page that is not zero
    uint64_t bytes;      // mapped from the image; the rest is zero
    uint64_t room;       // holes of the image behind, for what a Faaslet grows the memory by
    uint64_t pages;      // size of the memory, of 64 KiB each
};

struct proto_faaslet {
    _Atomic uint32_t references;
    int fd;
    struct faaslet_config config;
    struct space_contents contents;
    struct library_list *libraries; // of which Faaslets hold references
    size_t used_bytes;              // of control and used area, written to the image
    const char *image;              // all of it, for reading
    size_t file_bytes;              // its size, with holes
    struct memory_image *memories;  // [contents.memory_count]
    size_t image_bytes;             // not counting holes
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

static uint64_t growing_room(const struct faaslet_config *config,
                             const struct memory_image *image) {
    uint64_t bytes = image->pages * OBJECT_PAGE_SIZE;
    uint64_t limit = config->memory_limit_pages * OBJECT_PAGE_SIZE;
    limit = limit < DIRTY_BYTES_MAX ? limit : DIRTY_BYTES_MAX;
    return image->bytes == bytes && bytes < limit ? limit - bytes : 0;
}

static bool write_memory(struct writer *writer, const struct faaslet *faaslet, uint32_t number) {
    struct memory_image *image = &writer->proto->memories[number];
    image->pages = space_memory_record(faaslet, number)->pages;
    if (number == 0) { // as far from the area as it is in the Faaslet
        writer->file_offset = (uint64_t)(faaslet->memories - faaslet->slot);
    }
    image->file_offset = writer->file_offset;
    const struct proto_faaslet *base = faaslet->proto;
    uint64_t mapped = base != NULL && number < base->contents.memory_count
                          ? base->memories[number].data_bytes
                          : 0;
    uint64_t bytes = image->pages * OBJECT_PAGE_SIZE;
    if (!write_image(writer, space_memory_base(faaslet, number), bytes, mapped)) {
        return false;
    }
    image->data_bytes = writer->end;
    image->bytes = bytes - writer->end <= SNAPSHOT_SMALL_TAIL ? bytes : writer->end;
    image->room = growing_room(&writer->proto->config, image);
    writer->file_offset += image->bytes + image->room;
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
    proto->file_bytes = writer->file_offset;
    void *image =
        mmap(NULL, proto->file_bytes, PROT_READ, MAP_PRIVATE | MAP_NORESERVE, proto->fd, 0);
    if (image == MAP_FAILED) {
        return error_set_errno(writer->error, errno, "image of a Proto-Faaslet");
    }
    proto->image = image;
    return true;
}

static bool write_all(struct writer *writer, const struct faaslet *faaslet) {
    struct proto_faaslet *proto = writer->proto;
    writer->file_offset = 0;
    if (!write_image(writer, faaslet->slot, proto->used_bytes,
                     faaslet->proto == NULL ? 0 : faaslet->proto->used_bytes)) {
        return false;
    }
    writer->file_offset += proto->used_bytes;
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
    proto->libraries = library_list_acquire(faaslet->libraries);
    proto->config = faaslet->config;
    proto->config.memories = faaslet->contents.memory_count;
    proto->used_bytes = page_align(SPACE_CONTROL + faaslet->contents.area_used);
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
    if (faaslet->extensions != NULL) {
        error_set(error, ERROR_CONFLICT, "a Faaslet that has memory of others mapped");
        return NULL;
    }
    if (!region_settle(faaslet, error)) {
        return NULL;
    }
    if (!opening_cover_all(faaslet)) {
        error_set(error, ERROR_MEMORY, "image of a Proto-Faaslet");
        return NULL;
    }
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
    if (proto->image != NULL) {
        munmap((void *)proto->image, proto->file_bytes);
    }
    if (proto->fd >= 0) {
        close(proto->fd);
    }
    space_destroy_contents(&proto->contents);
    library_list_release(proto->libraries);
    free(proto->memories);
    free(proto);
}

size_t proto_faaslet_image_bytes(const struct proto_faaslet *proto) {
    return proto->image_bytes;
}

// ---- Mapping it ---------------------------------------------------------------------------------

static int map_image(const struct proto_faaslet *proto, char *at, uint64_t bytes,
                     uint64_t file_offset) {
    bool mapped = bytes == 0 ||
                  mmap(at, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED | MAP_NORESERVE,
                       proto->fd, (off_t)file_offset) != MAP_FAILED;
    return mapped ? 0 : errno;
}

// The image from the control bytes to the end of memory 0, as one mapping. A kernel that counts
// what private mappings could come to (vm.overcommit_memory=2) may refuse the unused part of the
// area; then what is used on both sides of it is mapped.
static int map_begin(struct faaslet *faaslet, const struct proto_faaslet *proto) {
    uint64_t before = (uint64_t)(faaslet->memories - faaslet->slot);
    uint64_t memory_bytes = proto->contents.memory_count > 0 ? proto->memories[0].bytes : 0;
    if (memory_bytes > 0 && map_image(proto, faaslet->slot, before + memory_bytes, 0) == 0) {
        faaslet->restored = SPACE_CONTROL + faaslet->config.area_bytes;
        faaslet->mapping = faaslet->slot;
        return 0;
    }
    faaslet->restored = proto->used_bytes;
    faaslet->mapping = faaslet->memories;
    int failure = map_image(proto, faaslet->slot, proto->used_bytes, 0);
    return failure != 0 ? failure : map_image(proto, faaslet->memories, memory_bytes, before);
}

static int map_memory(struct faaslet *faaslet, const struct proto_faaslet *proto, uint32_t number) {
    const struct memory_image *image = &proto->memories[number];
    char *base = space_memory_base(faaslet, number);
    uint64_t rest = image->pages * OBJECT_PAGE_SIZE - image->bytes;
    int failure = number > 0 ? map_image(proto, base, image->bytes, image->file_offset) : 0;
    if (failure == 0 && rest > 0 &&
        mprotect(base + image->bytes, rest, PROT_READ | PROT_WRITE) < 0) {
        failure = errno;
    }
    return failure;
}

static bool map_all(struct faaslet *faaslet, const struct proto_faaslet *proto,
                    struct error *error) {
    int failure = map_begin(faaslet, proto);
    for (uint32_t i = 0; i < proto->contents.memory_count && failure == 0; i++) {
        failure = map_memory(faaslet, proto, i);
    }
    if (failure != 0) {
        return error_set_errno(error, failure, "mapping of a Proto-Faaslet");
    }
    faaslet->open = faaslet->restored;
    space_write_control(faaslet);
    for (uint32_t i = 0; i < proto->contents.memory_count; i++) {
        opening_begin(faaslet, i);
    }
    return true;
}

struct faaslet *faaslet_restore(struct proto_faaslet *proto, struct error *error) {
    struct faaslet *faaslet = space_new(&proto->config, error);
    if (faaslet == NULL) {
        return NULL;
    }
    faaslet->proto = proto_faaslet_acquire(proto);
    faaslet->libraries = library_list_acquire(proto->libraries);
    if (!space_copy_contents(&faaslet->contents, &proto->contents, error) ||
        !map_all(faaslet, proto, error)) {
        faaslet_delete(faaslet);
        return NULL;
    }
    return faaslet;
}

bool space_is_anonymous(const struct faaslet *faaslet, const void *address) {
    uint32_t number = space_memory_at(faaslet, address);
    const struct proto_faaslet *proto = faaslet->proto;
    if (proto == NULL || number >= proto->contents.memory_count) {
        return number != UINT32_MAX;
    }
    uint64_t room = faaslet->kept == NULL ? 0 : faaslet->kept[number].room;
    return (const char *)address >=
           space_memory_base(faaslet, number) + proto->memories[number].bytes + room;
}

// ---- Putting back -------------------------------------------------------------------------------

// Forgets what was written to a range; accesses go to the image again, or to zero pages.
static bool forget(char *begin, uint64_t bytes, struct error *error) {
    if (bytes > 0 && madvise(begin, bytes, MADV_DONTNEED) < 0) {
        return error_set_errno(error, errno, "putting back a Faaslet");
    }
    return true;
}

// The sets are made when a Faaslet is first put back: many are made for one call.
static bool make_sets(struct faaslet *faaslet, struct error *error) {
    const struct proto_faaslet *proto = faaslet->proto;
    if (faaslet->kept != NULL) {
        return true;
    }
    faaslet->kept = calloc(proto->contents.memory_count + 1, sizeof *faaslet->kept);
    if (faaslet->kept == NULL) {
        return error_set(error, ERROR_MEMORY, "putting back a Faaslet");
    }
    for (uint32_t i = 0; i < proto->contents.memory_count && !proto->config.drop_written; i++) {
        char *base = space_memory_base(faaslet, i);
        faaslet->kept[i].dirty =
            dirty_new(i == 0 ? faaslet->mapping : base, base, proto->memories[i].bytes);
    }
    return true;
}

// Room for what the calls of this Faaslet grow a memory by is mapped from the image, too, so that
// the set covers it and its pages stay when it is closed.
static bool extend_room(struct faaslet *faaslet, uint32_t number, uint64_t wanted,
                        struct error *error) {
    const struct memory_image *image = &faaslet->proto->memories[number];
    struct space_kept *kept = &faaslet->kept[number];
    uint64_t room = kept->room == 0 ? SNAPSHOT_FIRST_ROOM : kept->room;
    while (room < wanted) {
        room *= 2;
    }
    room = room < image->room ? room : image->room;
    if (kept->room_end != 0 && room > kept->room_end - image->bytes) {
        room = kept->room_end - image->bytes;
    }
    uint64_t extensions = extensions_begin(faaslet, number);
    room = image->bytes + room < extensions ? room : extensions - image->bytes;
    if (room <= kept->room || !dirty_extend(kept->dirty, image->bytes + room)) {
        return true;
    }
    char *end = space_memory_base(faaslet, number) + image->bytes;
    if (mmap(end, room, PROT_NONE, MAP_PRIVATE | MAP_FIXED | MAP_NORESERVE, faaslet->proto->fd,
             (off_t)(image->file_offset + image->bytes)) == MAP_FAILED) {
        return error_set_errno(error, errno, "putting back a Faaslet");
    }
    kept->room = room;
    return true;
}

bool space_cut_room(struct faaslet *faaslet, uint32_t number, uint64_t begin, struct error *error) {
    if (faaslet->kept == NULL || number >= faaslet->proto->contents.memory_count) {
        return true;
    }
    struct space_kept *kept = &faaslet->kept[number];
    uint64_t image = faaslet->proto->memories[number].bytes;
    uint64_t end = image + kept->room;
    if (end <= begin) {
        return true;
    }
    kept->room = begin - image; // at least 0: the memory does not get smaller than its image
    dirty_cut(kept->dirty, begin);
    // What is not mapped now may be grown over later, when nobody opens its watched pages any more.
    return space_close_range(space_memory_base(faaslet, number) + begin, end - begin, error);
}

// Closes what a memory has grown by; nothing but zeros is left of it.
static bool close_grown(struct faaslet *faaslet, uint32_t number, uint64_t grown,
                        struct error *error) {
    struct space_kept *kept = &faaslet->kept[number];
    char *end = space_memory_base(faaslet, number) +
                faaslet->proto->memories[number].pages * OBJECT_PAGE_SIZE;
    uint64_t kept_bytes = grown < kept->room ? grown : kept->room;
    if (kept_bytes > 0 && mprotect(end, kept_bytes, PROT_NONE) < 0) {
        return error_set_errno(error, errno, "putting back a Faaslet");
    }
    return space_close_range(end + kept_bytes, grown - kept_bytes, error) &&
           (kept->dirty == NULL || grown <= kept->room ||
            extend_room(faaslet, number, grown, error));
}

// Maps again what belongs below the memory's first size: image, then zeros.
static bool undo_region(struct faaslet *faaslet, uint32_t number, uint64_t begin, uint64_t end,
                        struct error *error) {
    const struct memory_image *image = &faaslet->proto->memories[number];
    uint64_t size = image->pages * OBJECT_PAGE_SIZE;
    char *base = space_memory_base(faaslet, number);
    uint64_t image_end = end < image->bytes ? end : image->bytes;
    if (begin < image_end) {
        int failure =
            map_image(faaslet->proto, base + begin, image_end - begin, image->file_offset + begin);
        if (failure != 0) {
            return error_set_errno(error, failure, "putting back a Faaslet");
        }
        begin = image_end;
    }
    end = end < size ? end : size;
    if (begin < end &&
        mmap(base + begin, end - begin, PROT_READ | PROT_WRITE,
             MAP_PRIVATE | MAP_FIXED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0) == MAP_FAILED) {
        return error_set_errno(error, errno, "putting back a Faaslet");
    }
    return true;
}

// Set and room end before the first region from now on: the next call will map some there again.
static bool give_way(struct faaslet *faaslet, uint32_t number, uint64_t lowest,
                     struct error *error) {
    struct space_kept *kept = &faaslet->kept[number];
    uint64_t image_end = faaslet->proto->memories[number].bytes;
    char *base = space_memory_base(faaslet, number);
    uint64_t room_end = lowest > image_end ? lowest : image_end;
    kept->room_end = kept->room_end == 0 || room_end < kept->room_end ? room_end : kept->room_end;
    if (kept->room > kept->room_end - image_end) {
        uint64_t room = kept->room_end - image_end;
        if (!space_close_range(base + kept->room_end, kept->room - room, error)) {
            return false;
        }
        kept->room = room;
    }
    if (kept->dirty == NULL || lowest >= dirty_bytes(kept->dirty)) {
        return true;
    }
    if (lowest == 0) {
        dirty_delete(kept->dirty);
        kept->dirty = NULL;
        return true;
    }
    return dirty_truncate(kept->dirty, lowest) ||
           error_set(error, ERROR_MEMORY, "putting back a Faaslet");
}

static bool undo_regions(struct faaslet *faaslet, uint32_t number, struct error *error) {
    const struct region_list *list = faaslet->regions;
    uint64_t lowest = UINT64_MAX;
    for (uint32_t i = 0; list != NULL && i < list->count; i++) {
        const struct region *region = &list->regions[i];
        if (space_memory_at(faaslet, region->begin) != number) {
            continue;
        }
        char *base = space_memory_base(faaslet, number);
        uint64_t begin = (uint64_t)(region->begin - base);
        lowest = begin < lowest ? begin : lowest;
        if (!undo_region(faaslet, number, begin, (uint64_t)(region->end - base), error)) {
            return false;
        }
    }
    return lowest == UINT64_MAX || give_way(faaslet, number, lowest, error);
}

static bool put_back_memory(struct faaslet *faaslet, uint32_t number, struct error *error) {
    if (!undo_regions(faaslet, number, error)) {
        return false;
    }
    const struct memory_image *image = &faaslet->proto->memories[number];
    struct dirty_set *dirty = faaslet->kept[number].dirty;
    uint64_t before = image->pages * OBJECT_PAGE_SIZE;
    uint64_t now = opening_end(faaslet, number);
    uint64_t covered = dirty == NULL ? 0 : dirty_bytes(dirty);
    char *base = space_memory_base(faaslet, number);
    if (faaslet->extensions != NULL && !extensions_put_back(faaslet, number, &now, error)) {
        return false;
    }
    return (dirty == NULL ||
            dirty_put_back(dirty, faaslet->proto->image + image->file_offset, now, error)) &&
           (before <= covered || forget(base + covered, before - covered, error)) &&
           (now == before || close_grown(faaslet, number, now - before, error));
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
    const char *image = faaslet->proto->image + SPACE_CONTROL + instance->area_offset;
    copy_part(instance, image, layout->memories, layout->function_references);
    copy_part(instance, image, layout->dropped_elements, layout->size);
    instance->interrupt = 0;
}

// Memories that the Faaslet has made for an import have their record in no instance.
static void put_back_records(struct faaslet *faaslet) {
    const char *image = faaslet->proto->image + SPACE_CONTROL;
    for (uint32_t i = 0; i < faaslet->contents.memory_count; i++) {
        memcpy(space_memory_record(faaslet, i), image + faaslet->contents.memories[i].record,
               sizeof(struct object_memory));
    }
}

// Without system calls, unless table elements were written or instances added.
static bool put_back_area(struct faaslet *faaslet, struct error *error) {
    uint64_t used = page_align(SPACE_CONTROL + faaslet->contents.area_used);
    uint64_t before = faaslet->restored;
    uint64_t now = faaslet->open;
    bool allocated = faaslet->contents.area_used != faaslet->proto->contents.area_used;
    if (!faaslet->elements_written && !allocated) {
        for (uint32_t i = 0; i < faaslet->contents.instance_count; i++) {
            put_back_instance(faaslet, i);
        }
        put_back_records(faaslet);
        library_list_put_back_cells(faaslet, faaslet->proto->image + SPACE_CONTROL);
        return true;
    }
    if (!forget(faaslet->slot, used, error) ||
        !space_close_range(faaslet->slot + before, now - before, error)) {
        return false;
    }
    space_write_control(faaslet);
    faaslet->contents.area_used = faaslet->proto->contents.area_used;
    faaslet->open = before;
    faaslet->elements_written = false;
    return true;
}

static bool put_back(struct faaslet *faaslet, struct error *error) {
    if (!make_sets(faaslet, error)) {
        return false;
    }
    for (uint32_t i = 0; i < faaslet->proto->contents.memory_count; i++) {
        if (!put_back_memory(faaslet, i, error)) {
            return false;
        }
    }
    region_forget(faaslet);
    if (!put_back_area(faaslet, error)) {
        return false;
    }
    for (uint32_t i = 0; i < faaslet->proto->contents.memory_count; i++) {
        opening_begin(faaslet, i); // of the size it has again
    }
    return true;
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
    if (faaslet->libraries != proto->libraries) {
        library_list_use(faaslet, library_list_acquire(proto->libraries));
    }
    faaslet->context = NULL;
    faaslet->stop = NULL;
    faaslet->watch = NULL;
    return put_back(faaslet, error);
}
