#include "faaslet/dirty.h"

#include "base/userfault.h"
#include "faaslet/space.h"

#include <errno.h>
#include <linux/userfaultfd.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

// How they were measured is in docs/architecture.md, "Putting back".
enum {
    DIRTY_PAGES_MAX = 2048,       // in a set, since that memory is kept from call to call
    DIRTY_CHECK_INTERVAL = 8,     // calls between looks for pages that are no longer written
    DIRTY_IDLE_CHECKS = 16,       // so often found equal to the image, a page leaves the set
    DIRTY_PAUSE_FIRST = 16,       // calls without a set after one got too large; doubles up to
    DIRTY_PAUSE_LAST = 4096,      //
    DIRTY_SETTLED = 1024,         // so many calls with a set make the next pause a short one
    DIRTY_FAULTS_IN_A_ROW = 1000, // of a thread at one address: not a matter of the set
};

struct dirty_set {
    char *mapping;
    uint64_t mapping_bytes;
    char *begin;
    _Atomic uint32_t pages; // that it covers: fewer, when a call maps something behind them
    bool registered;
    bool protecting;  // pages that are not in the set are closed
    uint32_t wait;    // so many calls until it does
    uint32_t pause;   // length of the next pause
    uint32_t settled; // calls since it began to
    _Atomic uint32_t count;
    _Atomic uint64_t *noted;  // bit by page: in the set
    _Atomic uint64_t *opened; // bit by page: and open by now
    uint8_t *idle;            // by page of the set: how often it was found equal to the image
};

// Process-wide, since a signal handler gets no context of ours: the userfaultfd of the address
// space, and by 4 GiB of it the set there, at most one because memories are 8 GiB apart.
enum { GRANULE_SHIFT = 32, GRANULES = 1 << (47 - GRANULE_SHIFT) };
static int fault_descriptor = -1;
static _Atomic(struct dirty_set *) sets[GRANULES];

static _Atomic uint64_t all_pages; // in sets

static __thread struct {
    const void *address;
    unsigned count;
} repeated_fault __attribute__((tls_model("initial-exec")));

static void count_pages(struct dirty_set *set, uint32_t added) {
    atomic_fetch_add(&set->count, added);
    atomic_fetch_add_explicit(&all_pages, added, memory_order_relaxed);
}

static void discount_pages(struct dirty_set *set, uint32_t removed) {
    atomic_fetch_sub(&set->count, removed);
    atomic_fetch_sub_explicit(&all_pages, removed, memory_order_relaxed);
}

uint64_t dirty_total(void) {
    return atomic_load_explicit(&all_pages, memory_order_relaxed) * SPACE_PAGE;
}

void dirty_initialize(void) {
    if (fault_descriptor < 0) {
        fault_descriptor = userfault_open();
    }
}

// ---- Sets ---------------------------------------------------------------------------------------

static uint32_t words_of(uint32_t pages) {
    return (pages + 63) / 64;
}

static size_t granule_of(const void *address) {
    return (uintptr_t)address >> GRANULE_SHIFT;
}

static const char *end_of(const struct dirty_set *set) {
    return set->begin + dirty_bytes(set);
}

static void publish(const struct dirty_set *covered, struct dirty_set *set) {
    for (size_t i = granule_of(covered->begin); i <= granule_of(end_of(covered) - 1); i++) {
        atomic_store(&sets[i], set);
    }
}

static void free_pages(struct dirty_set *set) {
    free(set->noted);
    free(set->opened);
    free(set->idle);
}

// Lets a set that covers nothing, or less, cover `bytes`.
static bool cover(struct dirty_set *set, uint64_t bytes) {
    struct dirty_set larger = *set;
    uint64_t covered = bytes < DIRTY_BYTES_MAX ? bytes : DIRTY_BYTES_MAX;
    larger.pages = (uint32_t)(covered / SPACE_PAGE);
    larger.noted = calloc(words_of(larger.pages), sizeof *larger.noted);
    larger.opened = calloc(words_of(larger.pages), sizeof *larger.opened);
    larger.idle = calloc(larger.pages, sizeof *larger.idle);
    if (larger.noted == NULL || larger.opened == NULL || larger.idle == NULL) {
        free_pages(&larger);
        return false;
    }
    free_pages(set);
    discount_pages(set, atomic_load(&set->count));
    *set = larger;
    set->mapping_bytes = (uint64_t)(set->begin + bytes - set->mapping);
    set->registered = false;
    set->protecting = false;
    atomic_store(&set->count, 0);
    publish(set, set);
    return true;
}

struct dirty_set *dirty_new(char *mapping, char *begin, uint64_t bytes) {
    if (fault_descriptor < 0 || bytes == 0 || granule_of(begin + bytes - 1) >= GRANULES) {
        return NULL;
    }
    struct dirty_set *set = calloc(1, sizeof *set);
    if (set == NULL) {
        return NULL;
    }
    set->mapping = mapping;
    set->begin = begin;
    set->pause = DIRTY_PAUSE_FIRST;
    if (!cover(set, bytes)) {
        free(set);
        return NULL;
    }
    set->wait = set->pages >> 8; // a call for each MiB: the longer it takes to protect, the later
    return set;
}

void dirty_delete(struct dirty_set *set) {
    if (set != NULL) {
        publish(set, NULL);
        discount_pages(set, atomic_load(&set->count));
        free_pages(set);
        free(set);
    }
}

uint64_t dirty_bytes(const struct dirty_set *set) {
    return (uint64_t)set->pages * SPACE_PAGE;
}

uint32_t dirty_count(const struct dirty_set *set) {
    return atomic_load(&set->count);
}

// The set that covers the address, or NULL.
static struct dirty_set *set_at(const void *address) {
    size_t granule = granule_of(address);
    struct dirty_set *set =
        granule < GRANULES ? atomic_load_explicit(&sets[granule], memory_order_acquire) : NULL;
    const char *at = address;
    return set != NULL && at >= set->begin && at < end_of(set) ? set : NULL;
}

// ---- Protection ---------------------------------------------------------------------------------

// Closes pages for writing or opens them. Again when the kernel asks for it, since the address
// space was about to change.
static bool protect(const struct dirty_set *set, uint32_t page, uint32_t count, bool closed) {
    struct uffdio_writeprotect request = {
        .range = {(uintptr_t)set->begin + (uint64_t)page * SPACE_PAGE,
                  (uint64_t)count * SPACE_PAGE},
        .mode = closed ? UFFDIO_WRITEPROTECT_MODE_WP : 0,
    };
    int result;
    do {
        result = ioctl(fault_descriptor, UFFDIO_WRITEPROTECT, &request);
    } while (result < 0 && errno == EAGAIN);
    return result == 0;
}

static bool register_mapping(struct dirty_set *set) {
    if (!set->registered) {
        struct uffdio_register request = {
            .range = {(uintptr_t)set->mapping, set->mapping_bytes},
            .mode = UFFDIO_REGISTER_MODE_WP,
        };
        set->registered = ioctl(fault_descriptor, UFFDIO_REGISTER, &request) == 0;
    }
    return set->registered;
}

static bool bit(_Atomic uint64_t *bits, uint32_t page) {
    return (atomic_load_explicit(&bits[page / 64], memory_order_acquire) >> page % 64 & 1) != 0;
}

// Sets the bit; its value before.
static bool set_bit(_Atomic uint64_t *bits, uint32_t page) {
    uint64_t mask = 1ull << page % 64;
    return (atomic_fetch_or(&bits[page / 64], mask) & mask) != 0;
}

static void clear_bit(_Atomic uint64_t *bits, uint32_t page) {
    atomic_fetch_and(&bits[page / 64], ~(1ull << page % 64));
}

bool dirty_extend(struct dirty_set *set, uint64_t bytes) {
    if (set->protecting && !protect(set, 0, set->pages, false)) {
        return false;
    }
    set->protecting = false;
    set->wait = 0;
    return cover(set, bytes);
}

bool dirty_truncate(struct dirty_set *set, uint64_t bytes) {
    publish(set, NULL);
    set->pages = (uint32_t)(bytes / SPACE_PAGE);
    if (set->protecting && !protect(set, 0, set->pages, false)) {
        return false;
    }
    set->wait = 0;
    return cover(set, bytes);
}

void dirty_cut(struct dirty_set *set, uint64_t bytes) {
    if (set == NULL || bytes >= dirty_bytes(set)) {
        return;
    }
    // Other threads of the call write to what it goes on to cover: it stays published meanwhile.
    uint32_t before = atomic_load(&set->pages);
    const char *end = end_of(set);
    atomic_store(&set->pages, (uint32_t)(bytes / SPACE_PAGE));
    for (size_t i = granule_of(end_of(set) - 1) + 1; i <= granule_of(end - 1); i++) {
        atomic_store(&sets[i], NULL);
    }
    for (uint32_t page = (uint32_t)(bytes / SPACE_PAGE); page < before; page++) {
        if (bit(set->noted, page)) {
            clear_bit(set->noted, page);
            discount_pages(set, 1);
        }
        clear_bit(set->opened, page);
    }
    set->mapping_bytes = (uint64_t)(set->begin + bytes - set->mapping);
}

// Notes pages, then opens them. A set that is too large is as good as one of all pages, and spares
// the call further faults.
static bool open_pages(struct dirty_set *set, uint32_t page, uint32_t count) {
    for (uint32_t i = page; i < page + count; i++) {
        if (!set_bit(set->noted, i)) {
            count_pages(set, 1);
        }
    }
    if (atomic_load(&set->count) > DIRTY_PAGES_MAX) {
        page = 0;
        count = set->pages;
    }
    if (!protect(set, page, count, false)) {
        return false;
    }
    for (uint32_t i = page; i < page + count; i++) {
        set_bit(set->opened, i);
    }
    return true;
}

// A page that is open already and faults nevertheless was opened by another thread meanwhile, or
// the kernel had no memory for it; the second keeps happening.
static bool worth_another_try(const void *address) {
    repeated_fault.count = repeated_fault.address == address ? repeated_fault.count + 1 : 0;
    repeated_fault.address = address;
    return repeated_fault.count < DIRTY_FAULTS_IN_A_ROW;
}

bool dirty_handle_fault(const void *address) {
    struct dirty_set *set = set_at(address);
    if (set == NULL) {
        return false;
    }
    uint32_t page = (uint32_t)((uint64_t)((const char *)address - set->begin) / SPACE_PAGE);
    if (bit(set->opened, page)) {
        return worth_another_try(address);
    }
    repeated_fault.address = NULL;
    return open_pages(set, page, 1);
}

void dirty_open(const void *begin, uint64_t bytes) {
    struct dirty_set *set = bytes == 0 ? NULL : set_at(begin);
    if (set == NULL || !set->protecting) {
        return;
    }
    uint64_t offset = (uint64_t)((const char *)begin - set->begin);
    uint64_t last = (offset + bytes - 1) / SPACE_PAGE;
    uint32_t end = last < set->pages ? (uint32_t)last + 1 : set->pages;
    for (uint32_t page = (uint32_t)(offset / SPACE_PAGE); page < end;) {
        uint32_t next = page;
        while (next < end && !bit(set->opened, next)) {
            next++;
        }
        if (next > page && !open_pages(set, page, next - page)) {
            return;
        }
        page = next + 1;
    }
}

void dirty_open_around(const void *address) {
    const struct dirty_set *set = set_at(address);
    if (set != NULL) {
        dirty_open(set->begin, dirty_bytes(set));
    }
}

// ---- Putting back -------------------------------------------------------------------------------

static bool drop(char *begin, uint64_t bytes, struct error *error) {
    return madvise(begin, bytes, MADV_DONTNEED) == 0 ||
           error_set_errno(error, errno, "putting back a Faaslet");
}

static void forget_all(struct dirty_set *set) {
    for (uint32_t i = 0; i < words_of(set->pages); i++) {
        atomic_store_explicit(&set->noted[i], 0, memory_order_relaxed);
        atomic_store_explicit(&set->opened[i], 0, memory_order_relaxed);
    }
    discount_pages(set, atomic_load(&set->count));
}

// With all pages dropped. Where protecting fails the memory goes on without.
static void begin_protecting(struct dirty_set *set) {
    forget_all(set);
    set->settled = 0;
    set->protecting = register_mapping(set) && protect(set, 0, set->pages, true);
    if (!set->protecting) {
        set->wait = UINT32_MAX;
    }
}

// The set got too large in this call, so that all pages are open.
static void pause_protecting(struct dirty_set *set) {
    if (set->settled >= DIRTY_SETTLED) {
        set->pause = DIRTY_PAUSE_FIRST;
    }
    set->protecting = false;
    set->wait = set->pause;
    set->pause = 2 * set->pause < DIRTY_PAUSE_LAST ? 2 * set->pause : DIRTY_PAUSE_LAST;
}

// The next run of pages of the set, from `page` on; false when there is none.
static bool next_run(const struct dirty_set *set, uint32_t *page, uint32_t *count) {
    uint32_t word = *page / 64;
    uint32_t words = words_of(set->pages);
    if (word >= words) {
        return false;
    }
    uint64_t bits = atomic_load_explicit(&set->noted[word], memory_order_relaxed);
    bits &= ~0ull << *page % 64;
    while (bits == 0) {
        if (++word == words) {
            return false;
        }
        bits = atomic_load_explicit(&set->noted[word], memory_order_relaxed);
    }
    uint32_t first = (uint32_t)__builtin_ctzll(bits);
    uint64_t after = ~(bits >> first);
    *page = word * 64 + first;
    *count = after == 0 ? 64 : (uint32_t)__builtin_ctzll(after); // runs end with the word
    *count = *count < 64 - first ? *count : 64 - first;
    return true;
}

static void copy_pages(struct dirty_set *set, const char *image, uint32_t end) {
    uint32_t count;
    for (uint32_t page = 0; next_run(set, &page, &count) && page < end; page += count) {
        size_t offset = (size_t)page * SPACE_PAGE;
        count = count < end - page ? count : end - page;
        memcpy(set->begin + offset, image + offset, (size_t)count * SPACE_PAGE);
    }
}

// Takes pages, which are as in the image, out of the set.
static bool close_pages(struct dirty_set *set, uint32_t page, uint32_t count, struct error *error) {
    if (count == 0) {
        return true;
    }
    if (!drop(set->begin + (size_t)page * SPACE_PAGE, (uint64_t)count * SPACE_PAGE, error)) {
        return false;
    }
    if (!protect(set, page, count, true)) {
        return error_set_errno(error, errno, "protecting pages of a Faaslet");
    }
    for (uint32_t i = page; i < page + count; i++) {
        clear_bit(set->noted, i);
        clear_bit(set->opened, i);
    }
    discount_pages(set, count);
    return true;
}

// Copies a page if it differs; true when it has not for long. Pages from `end` on are not
// accessible, and as they should be.
static bool check_page(struct dirty_set *set, const char *image, uint32_t page, uint32_t end) {
    size_t offset = (size_t)page * SPACE_PAGE;
    if (page < end && memcmp(set->begin + offset, image + offset, SPACE_PAGE) != 0) {
        memcpy(set->begin + offset, image + offset, SPACE_PAGE);
        set->idle[page] = 0;
        return false;
    }
    if (++set->idle[page] < DIRTY_IDLE_CHECKS) {
        return false;
    }
    set->idle[page] = 0;
    return true;
}

static bool check_pages(struct dirty_set *set, const char *image, uint32_t end,
                        struct error *error) {
    uint32_t count;
    for (uint32_t page = 0; next_run(set, &page, &count); page += count) {
        uint32_t leaving = 0; // behind the pages that were looked at
        for (uint32_t i = page; i < page + count; i++) {
            if (check_page(set, image, i, end)) {
                leaving++;
            } else if (!close_pages(set, i - leaving, leaving, error)) {
                return false;
            } else {
                leaving = 0;
            }
        }
        if (!close_pages(set, page + count - leaving, leaving, error)) {
            return false;
        }
    }
    return true;
}

bool dirty_put_back(struct dirty_set *set, const char *image, uint64_t accessible,
                    struct error *error) {
    uint64_t end = accessible / SPACE_PAGE;
    end = end < set->pages ? end : set->pages;
    if (set->protecting && atomic_load(&set->count) <= DIRTY_PAGES_MAX) {
        set->settled++;
        if (set->settled % DIRTY_CHECK_INTERVAL == 0) {
            return check_pages(set, image, (uint32_t)end, error);
        }
        copy_pages(set, image, (uint32_t)end);
        return true;
    }
    if (!drop(set->begin, dirty_bytes(set), error)) {
        return false;
    }
    if (set->protecting) {
        pause_protecting(set);
    } else if (set->wait > 0) {
        set->wait -= set->wait != UINT32_MAX;
    } else {
        begin_protecting(set);
    }
    return true;
}
