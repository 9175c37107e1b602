// Inside of the room: a Faaslet's address space, and what it knows of its contents.
#ifndef FAASM_FAASLET_SPACE_H
#define FAASM_FAASLET_SPACE_H

#include "faaslet/faaslet.h"

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    SPACE_PAGE = 4096, // of the machine
    SPACE_LARGE_PAGE = 2 << 20,
    SPACE_CONTROL = 64,             // before the area, on its first page
    SPACE_GUARD = OBJECT_PAGE_SIZE, // not accessible, between area and memories
};
#define SPACE_MEMORY_BYTES ((8ull << 30) + OBJECT_PAGE_SIZE) // reserved for each linear memory

struct faaslet_run;       // run.h
struct faaslet_stack;     // stack.h
struct dirty_set;         // dirty.h
struct library_list;      // library_list.h
struct region_list;       // region_list.h
struct faaslet_extension; // extension.c
struct opening;           // opening.h
struct park_waiter;       // a thread parked for the Faaslet, park.c
struct atomic_waiter;     // a thread in memory.atomic.wait, atomic_wait.c
struct thread_set;        // thread_set.h
struct faaslet_thread_watch;

struct space_memory {
    uint64_t record;           // area offset of its struct object_memory
    uint32_t declared_maximum; // OBJECT_NO_MAXIMUM where the module sets none
};

struct space_instance {
    uint64_t area_offset;
    struct faaslet_object *object; // holds a reference
};

// What a snapshot must keep beside bytes. Arrays are malloc'd.
struct space_contents {
    struct space_instance *instances;
    uint32_t instance_count;
    struct space_memory *memories;
    uint32_t memory_count;
    size_t area_used;
};

// What is kept of a linear memory from call to call (snapshot.c).
struct space_kept {
    struct dirty_set *dirty; // or NULL
    uint64_t room;           // bytes mapped from the image behind it, to be grown into
    uint64_t room_end;       // the room never gets larger: calls map regions behind it; 0: no limit
};

struct faaslet {
    struct faaslet_config config; // defaults filled in
    char *slot;                   // the reservation; begins with the control bytes
    size_t slot_bytes;
    char *area;      // slot + SPACE_CONTROL
    size_t open;     // bytes from the slot on that are accessible: control and area
    size_t restored; // those when the Faaslet was restored
    char *mapping;   // where the mapping of memory 0 begins: the slot, or the memory itself
    char *memories;  // base of memory 0
    struct space_contents contents;
    struct opening *openings;       // by memory (opening.h), for config.memories of them
    struct library_list *libraries; // side modules (library_list.h); NULL: none were ever loaded
    struct proto_faaslet *proto;    // of which it was restored, or NULL; holds a reference
    struct space_kept *kept; // by memory of the Proto-Faaslet; NULL before the first putting back
    struct region_list *regions;                   // region_list.h; NULL where there never were any
    struct faaslet_extension *extensions;          // memory of others, by address
    struct faaslet_extension *unlinked_extensions; // to be freed when no call runs
    void *context;
    const _Atomic uint32_t *stop; // of the layers above, or NULL
    bool elements_written;        // of tables, since the Faaslet was restored or put back
    const struct faaslet_thread_watch *watch; // or NULL
    _Atomic bool threaded;                    // see faaslet_is_threaded

    // Guards what follows, and changes of contents.instances, against faaslet_interrupt.
    pthread_mutex_t lock;
    struct faaslet_run *run;     // the innermost call that runs on the main thread
    struct thread_set *threads;  // NULL where there never were any but that
    struct park_waiter *waiters; // threads parked for it

    pthread_mutex_t atomic_lock;          // guards
    struct atomic_waiter *atomic_waiters; // threads in memory.atomic.wait, see atomic_wait.c

    pthread_mutex_t exclusive; // exclusive.h
};

// A Faaslet whose area and memories are reserved and not accessible yet. `config` has no zeros.
struct faaslet *space_new(const struct faaslet_config *config, struct error *error);

// Writes the control bytes, from which faaslet_of finds the Faaslet.
void space_write_control(struct faaslet *faaslet);

// `size` zeroed bytes at a multiple of 64; the offset in *area_offset.
bool space_allocate(struct faaslet *faaslet, size_t size, uint64_t *area_offset,
                    struct error *error);

// Gives back all that was allocated since contents.area_used was `used`.
void space_release(struct faaslet *faaslet, size_t used);

static inline char *space_memory_base(const struct faaslet *faaslet, uint32_t number) {
    return faaslet->memories + number * SPACE_MEMORY_BYTES;
}

static inline struct object_memory *space_memory_record(const struct faaslet *faaslet,
                                                        uint32_t number) {
    return (struct object_memory *)(void *)(faaslet->area +
                                            faaslet->contents.memories[number].record);
}

// The number of the memory whose reservation holds the address, or UINT32_MAX. Signal-safe.
uint32_t space_memory_at(const struct faaslet *faaslet, const void *address);

// Whether everything in the memory from the address on is anonymous memory, not mapped from an
// image (snapshot.c).
bool space_is_anonymous(const struct faaslet *faaslet, const void *address);

// Threads may make it larger at any moment.
static inline uint64_t space_pages(const struct object_memory *record) {
    return __atomic_load_n(&record->pages, __ATOMIC_ACQUIRE);
}

// A new memory, of the record at `area_offset` (which it fills). ERROR_TOO_LARGE past the limit.
bool space_add_memory(struct faaslet *faaslet, uint64_t area_offset,
                      const struct object_limits *limits, uint32_t *number, struct error *error);

// Grows a memory (opening.h: what of it is accessible when); false when maximum, limit or the
// kernel refuses. Under the Faaslet's lock where the memory is shared.
bool space_grow_memory(struct faaslet *faaslet, uint32_t number, uint64_t pages);

// A part of the memory from `begin` (an offset) on, at or behind its end, is about to be mapped
// otherwise: no room is kept there, nor pages that are watched.
bool space_cut_room(struct faaslet *faaslet, uint32_t number, uint64_t begin, struct error *error);

// Gives back what a range of the reservation holds; it is not accessible any more.
bool space_close_range(char *begin, uint64_t bytes, struct error *error);

// Notes an instance; takes over the reference to the object on success.
bool space_add_instance(struct faaslet *faaslet, uint64_t area_offset,
                        struct faaslet_object *object, struct error *error);

static inline struct object_instance *space_instance(const struct faaslet *faaslet,
                                                     uint32_t number) {
    return (struct object_instance *)(void *)(faaslet->area +
                                              faaslet->contents.instances[number].area_offset);
}

// Sets `interrupt` in all instances of an area, the Faaslet's or that of a thread. Signal-safe.
void space_set_interrupts(const struct faaslet *faaslet, char *area, uint32_t value);

// Copies of contents hold references to the objects.
bool space_copy_contents(struct space_contents *to, const struct space_contents *from,
                         struct error *error);
void space_destroy_contents(struct space_contents *contents);

#endif
