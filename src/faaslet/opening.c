#include "faaslet/opening.h"

#include "faaslet/space.h"

#include <sys/mman.h>

// How they were measured is in docs/architecture.md, "Growing".
enum {
    OPENING_LARGE = 1 << 20, // growth by so many bytes opens at once
    OPENING_FEW = 4,         // grows that a fault costs more than
    OPENING_AT_ONCE_MAX = 64,
};

static uint64_t size_of(const struct faaslet *faaslet, uint32_t number) {
    return space_pages(space_memory_record(faaslet, number)) * OBJECT_PAGE_SIZE;
}

// Up to `end`.
static bool open_to(struct faaslet *faaslet, uint32_t number, uint64_t end) {
    struct opening *opening = &faaslet->openings[number];
    uint64_t begin = atomic_load_explicit(&opening->end, memory_order_acquire);
    if (begin < end && mprotect(space_memory_base(faaslet, number) + begin, end - begin,
                                PROT_READ | PROT_WRITE) < 0) {
        return false;
    }
    while (begin < end && !atomic_compare_exchange_weak(&opening->end, &begin, end)) {
    }
    opening->waiting = 0;
    return true;
}

void opening_begin(struct faaslet *faaslet, uint32_t number) {
    struct opening *opening = &faaslet->openings[number];
    atomic_store_explicit(&opening->end, size_of(faaslet, number), memory_order_release);
    opening->waiting = 0;
}

bool opening_grow(struct faaslet *faaslet, uint32_t number, uint64_t bytes) {
    struct opening *opening = &faaslet->openings[number];
    bool waits = bytes < OPENING_LARGE && opening->at_once == 0 &&
                 !space_memory_record(faaslet, number)->shared;
    if (waits) {
        opening->waiting++;
        return true;
    }
    opening->at_once -= opening->at_once > 0;
    return open_to(faaslet, number, size_of(faaslet, number) + bytes);
}

bool opening_cover(struct faaslet *faaslet, uint32_t number, uint64_t end) {
    return end <= opening_end(faaslet, number) || space_memory_record(faaslet, number)->shared ||
           open_to(faaslet, number, size_of(faaslet, number));
}

bool opening_cover_all(struct faaslet *faaslet) {
    for (uint32_t i = 0; i < faaslet->contents.memory_count; i++) {
        if (!opening_cover(faaslet, i, size_of(faaslet, i))) {
            return false;
        }
    }
    return true;
}

uint64_t opening_end(const struct faaslet *faaslet, uint32_t number) {
    return atomic_load_explicit(&faaslet->openings[number].end, memory_order_acquire);
}

bool opening_waits(const struct faaslet *faaslet, const void *address) {
    uint32_t number = space_memory_at(faaslet, address);
    if (number == UINT32_MAX) {
        return false;
    }
    uint64_t offset = (uint64_t)((const char *)address - space_memory_base(faaslet, number));
    return offset < size_of(faaslet, number) && offset >= opening_end(faaslet, number) &&
           !space_memory_record(faaslet, number)->shared;
}

bool opening_handle_fault(struct faaslet *faaslet, const void *address) {
    if (!opening_waits(faaslet, address)) {
        return false;
    }
    uint32_t number = space_memory_at(faaslet, address);
    struct opening *opening = &faaslet->openings[number];
    if (opening->waiting >= OPENING_FEW) {
        opening->next = 0;
    } else if (opening->next < OPENING_AT_ONCE_MAX) {
        opening->next = opening->next == 0 ? 1 : 2 * opening->next;
    }
    opening->at_once = opening->next;
    return open_to(faaslet, number, size_of(faaslet, number));
}
