#include "state/watch.h"

#include "state/private.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
    PAGE = 4096,
    WORD = 8,          // bytes that are compared at a time, and marked together
    BATCH_PAGES = 256, // closed and compared at a time: writers of these wait meanwhile
};

// What happens to a page. Who makes it BUSY has it until it says something else.
enum page_state { PAGE_CLEAN, PAGE_BUSY, PAGE_TWINNED };

// For mappings made while the value had a certain capacity; a larger one gets a watch of its own.
struct watch {
    struct watch *next;
    uint64_t pages;
    _Atomic uint8_t *states;        // by page, enum page_state
    _Atomic uint64_t *twinned;      // bit by page: may be PAGE_TWINNED
    uint8_t *twins;                 // [pages * PAGE]; reserved, memory where there are twins
    struct state_mapping *mappings; // guarded by value->lock
};

struct state_mapping {
    struct state_value *value;
    struct watch *watch; // NULL: not watched
    struct state_mapping *next;
    char *begin;
    uint64_t bytes;
};

int watch_open_faults(void) {
    int descriptor = (int)syscall(SYS_userfaultfd, O_CLOEXEC | UFFD_USER_MODE_ONLY);
    struct uffdio_api api = {
        .api = UFFD_API,
        .features =
            UFFD_FEATURE_SIGBUS | UFFD_FEATURE_PAGEFAULT_FLAG_WP | UFFD_FEATURE_WP_HUGETLBFS_SHMEM,
    };
    if (descriptor >= 0 && ioctl(descriptor, UFFDIO_API, &api) < 0) {
        close(descriptor);
        return -1;
    }
    return descriptor;
}

// ---- Protection ---------------------------------------------------------------------------------

static bool protect(int faults, const char *begin, uint64_t bytes, bool closed) {
    struct uffdio_writeprotect request = {
        .range = {(uintptr_t)begin, bytes},
        .mode = closed ? UFFDIO_WRITEPROTECT_MODE_WP : 0,
    };
    int result;
    do { // again when the address space was about to change
        result = ioctl(faults, UFFDIO_WRITEPROTECT, &request);
    } while (result < 0 && errno == EAGAIN);
    return result == 0;
}

// Pages in all mappings of the watch; with value->lock held.
static void close_pages(const struct state_value *value, const struct watch *watch, uint64_t page,
                        uint64_t count) {
    for (const struct state_mapping *mapping = watch->mappings; mapping != NULL;
         mapping = mapping->next) {
        uint64_t begin = page * PAGE;
        uint64_t end = (page + count) * PAGE;
        end = end < mapping->bytes ? end : mapping->bytes;
        if (begin < end) {
            protect(value->state->faults, mapping->begin + begin, end - begin, true);
        }
    }
}

// Waits for the short while that another thread has the page; its state before.
static enum page_state seize(struct watch *watch, uint64_t page) {
    for (;;) {
        uint8_t seen = atomic_load_explicit(&watch->states[page], memory_order_acquire);
        if (seen != PAGE_BUSY &&
            atomic_compare_exchange_weak(&watch->states[page], &seen, PAGE_BUSY)) {
            return (enum page_state)seen;
        }
        sched_yield();
    }
}

static void leave(struct watch *watch, uint64_t page, enum page_state state) {
    atomic_store_explicit(&watch->states[page], (uint8_t)state, memory_order_release);
}

bool state_mapping_open(struct state_mapping *mapping, uint64_t offset, uint64_t length) {
    struct watch *watch = mapping->watch;
    if (watch == NULL || offset >= mapping->bytes || length == 0) {
        return false;
    }
    uint64_t end = length < mapping->bytes - offset ? offset + length : mapping->bytes;
    bool opened = true;
    for (uint64_t page = offset / PAGE; page * PAGE < end; page++) {
        char *at = mapping->begin + page * PAGE;
        if (seize(watch, page) == PAGE_CLEAN) {
            memcpy(watch->twins + page * PAGE, at, PAGE);
            atomic_fetch_or(&watch->twinned[page / 64], 1ull << page % 64);
        }
        opened = protect(mapping->value->state->faults, at, PAGE, false) && opened;
        leave(watch, page, PAGE_TWINNED);
    }
    return opened;
}

// ---- Collecting ---------------------------------------------------------------------------------

static void mark_changed_words(struct state_value *value, const struct watch *watch,
                               uint64_t page) {
    const uint64_t *twin = (const uint64_t *)(const void *)(watch->twins + page * PAGE);
    const volatile uint64_t *now =
        (const volatile uint64_t *)(const volatile void *)(value->bytes + page * PAGE);
    uint64_t size = atomic_load(&value->size);
    for (uint64_t word = 0; word < PAGE / WORD;) {
        uint64_t first = word;
        while (word < PAGE / WORD && twin[word] != now[word]) {
            word++;
        }
        uint64_t begin = page * PAGE + first * WORD;
        uint64_t end = page * PAGE + word * WORD;
        end = end < size ? end : size;
        if (word > first && begin < end) {
            marks_add(&value->marks, begin, end - begin);
        }
        word += word == first;
    }
}

// A run of pages, each of which may have a twin.
static void collect_run(struct state_value *value, struct watch *watch, uint64_t page,
                        uint64_t count, bool mark) {
    uint64_t twinned[BATCH_PAGES / 64] = {0};
    for (uint64_t i = 0; i < count; i++) {
        if (seize(watch, page + i) == PAGE_TWINNED) {
            twinned[i / 64] |= 1ull << i % 64;
        }
    }
    close_pages(value, watch, page, count);
    for (uint64_t i = 0; i < count; i++) {
        if (mark && (twinned[i / 64] >> i % 64 & 1) != 0) {
            mark_changed_words(value, watch, page + i);
        }
        atomic_fetch_and(&watch->twinned[(page + i) / 64], ~(1ull << (page + i) % 64));
    }
    madvise(watch->twins + page * PAGE, count * PAGE, MADV_DONTNEED);
    for (uint64_t i = 0; i < count; i++) {
        leave(watch, page + i, PAGE_CLEAN);
    }
}

static bool next_run(const struct watch *watch, uint64_t *page, uint64_t *count) {
    uint64_t at = *page;
    while (at < watch->pages) {
        uint64_t bits = atomic_load(&watch->twinned[at / 64]) >> at % 64;
        if (bits != 0) {
            at += (uint64_t)__builtin_ctzll(bits);
            break;
        }
        at = (at / 64 + 1) * 64;
    }
    *page = at;
    uint64_t end = at;
    while (end < watch->pages && end - at < BATCH_PAGES &&
           (atomic_load(&watch->twinned[end / 64]) >> end % 64 & 1) != 0) {
        end++;
    }
    *count = end - at;
    return *count > 0;
}

static void collect(struct state_value *value, bool mark) {
    pthread_rwlock_wrlock(&value->lock);
    bool unwatched = false;
    for (struct watch *watch = value->watches; watch != NULL; watch = watch->next) {
        if (watch->pages == 0) {
            unwatched = watch->mappings != NULL;
            continue;
        }
        uint64_t count;
        for (uint64_t page = 0; next_run(watch, &page, &count); page += count) {
            collect_run(value, watch, page, count, mark);
        }
    }
    if (value->unwatched && mark) {
        uint64_t size = atomic_load(&value->size);
        for (uint64_t chunk = 0; chunk < value_chunks(size); chunk++) {
            if (value_chunk_present(value, chunk)) {
                uint64_t begin = chunk * STATE_CHUNK;
                marks_add(&value->marks, begin,
                          size - begin < STATE_CHUNK ? size - begin : STATE_CHUNK);
            }
        }
    }
    value->unwatched = unwatched;
    pthread_rwlock_unlock(&value->lock);
}

void watch_collect(struct state_value *value) {
    collect(value, true);
}

void watch_discard(struct state_value *value) {
    collect(value, false);
}

// ---- Mapping ------------------------------------------------------------------------------------

static void *reserve(uint64_t bytes) {
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

static uint64_t bits_bytes(uint64_t pages) {
    return (pages + 63) / 64 * 8;
}

static void watch_delete(struct watch *watch) {
    if (watch->states != NULL) {
        munmap((void *)watch->states, watch->pages);
    }
    if (watch->twinned != NULL) {
        munmap((void *)watch->twinned, bits_bytes(watch->pages));
    }
    if (watch->twins != NULL) {
        munmap(watch->twins, watch->pages * PAGE);
    }
    free(watch);
}

void watch_delete_all(struct state_value *value) {
    while (value->watches != NULL) {
        struct watch *watch = value->watches;
        value->watches = watch->next;
        watch_delete(watch);
    }
}

// One of no pages is for mappings that are not watched.
static struct watch *watch_new(uint64_t pages, struct error *error) {
    struct watch *watch = calloc(1, sizeof *watch);
    if (watch != NULL && pages > 0) {
        watch->pages = pages;
        watch->states = reserve(pages);
        watch->twinned = reserve(bits_bytes(pages));
        watch->twins = reserve(pages * PAGE);
        if (watch->states == NULL || watch->twinned == NULL || watch->twins == NULL) {
            watch_delete(watch);
            watch = NULL;
        }
    }
    if (watch == NULL) {
        error_set(error, ERROR_MEMORY, "mapping of state");
    }
    return watch;
}

// The watch for a mapping of so many bytes; with value->lock held.
static struct watch *find_watch(struct state_value *value, uint64_t bytes, struct error *error) {
    bool watched = value->state->faults >= 0;
    for (struct watch *watch = value->watches; watch != NULL; watch = watch->next) {
        if (watched ? watch->pages * PAGE >= bytes : watch->pages == 0) {
            return watch;
        }
    }
    struct watch *watch = watch_new(watched ? value->capacity / PAGE : 0, error);
    if (watch != NULL) {
        watch->next = value->watches;
        value->watches = watch;
    }
    return watch;
}

static bool map_pages(struct state_mapping *mapping, struct error *error) {
    struct state_value *value = mapping->value;
    if (mmap(mapping->begin, mapping->bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
             value->fd, 0) == MAP_FAILED) {
        return error_set_errno(error, errno, "mapping of state");
    }
    int faults = value->state->faults;
    struct uffdio_register request = {
        .range = {(uintptr_t)mapping->begin, mapping->bytes},
        .mode = UFFDIO_REGISTER_MODE_WP,
    };
    if (faults >= 0 && (ioctl(faults, UFFDIO_REGISTER, &request) < 0 ||
                        !protect(faults, mapping->begin, mapping->bytes, true))) {
        return error_set_errno(error, errno, "watching a mapping of state");
    }
    return true;
}

struct state_mapping *state_map(struct state_value *value, char *address, uint64_t bytes,
                                struct error *error) {
    struct state_mapping *mapping = calloc(1, sizeof *mapping);
    if (mapping == NULL) {
        error_set(error, ERROR_MEMORY, "mapping of state");
        return NULL;
    }
    bytes = (bytes + VALUE_UNIT - 1) / VALUE_UNIT * VALUE_UNIT;
    *mapping = (struct state_mapping){.value = value, .begin = address, .bytes = bytes};
    pthread_rwlock_wrlock(&value->lock);
    struct watch *watch = find_watch(value, bytes, error);
    bool done = watch != NULL && bytes <= value->capacity && map_pages(mapping, error);
    if (done) {
        mapping->watch = watch->pages > 0 ? watch : NULL;
        mapping->next = watch->mappings;
        watch->mappings = mapping;
        value->mappings++;
        value->unwatched = value->unwatched || watch->pages == 0;
    }
    pthread_rwlock_unlock(&value->lock);
    if (!done) {
        free(mapping);
        return NULL;
    }
    pthread_mutex_lock(&value->state->mutex);
    value->references++;
    pthread_mutex_unlock(&value->state->mutex);
    return mapping;
}

void state_unmap(struct state_mapping *mapping) {
    struct state_value *value = mapping->value;
    pthread_rwlock_wrlock(&value->lock);
    for (struct watch *watch = value->watches; watch != NULL; watch = watch->next) {
        struct state_mapping **link = &watch->mappings;
        while (*link != NULL && *link != mapping) {
            link = &(*link)->next;
        }
        if (*link != NULL) {
            *link = mapping->next;
            value->mappings--;
            break;
        }
    }
    pthread_rwlock_unlock(&value->lock);
    free(mapping);
    state_release(value);
}
