#include "state/watch.h"

#include "base/userfault.h"
#include "state/private.h"

#include <errno.h>
#include <linux/userfaultfd.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
    PAGE = 4096,
    WORD = 8,          // bytes that are compared at a time, and marked together
    BATCH_PAGES = 256, // closed and compared at a time: writers of these wait meanwhile
    AROUND = 16,       // pages with twins that one fault opens, on either side
};

// What happens to a page. Who makes it BUSY has it until it says something else.
enum page_state { PAGE_CLEAN, PAGE_BUSY, PAGE_TWINNED };

// For mappings made while the value had a certain capacity; a larger one gets a watch of its own.
struct watch {
    struct watch *next;
    uint64_t pages;
    bool shadows;                   // no page is protected: `states` and `twinned` are not used
    _Atomic uint8_t *states;        // by page, enum page_state
    _Atomic uint64_t *twinned;      // bit by page: may be PAGE_TWINNED
    uint8_t *twins;                 // [pages * PAGE]; reserved, memory where there are twins
    struct state_mapping *mappings; // guarded by value->lock
};

struct state_mapping {
    struct state_value *value;
    struct watch *watch;
    struct state_mapping *next;
    char *begin;
    uint64_t bytes;
};

int watch_open_faults(void) {
    return userfault_open();
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

// Takes a page that has a twin and that nobody else has just now.
static bool seize_twinned(struct watch *watch, uint64_t page) {
    uint8_t twinned = PAGE_TWINNED;
    return page < watch->pages &&
           atomic_compare_exchange_strong(&watch->states[page], &twinned, PAGE_BUSY);
}

// Opens pages [page, end), and with them neighbours that have twins anyhow, because of writes
// through other mappings: so that a page that many mappings write does not cost each of them a
// fault. Pages of the range are waited for; neighbours are not, or two could wait for each other.
static bool open_pages(struct state_mapping *mapping, uint64_t page, uint64_t end) {
    struct watch *watch = mapping->watch;
    uint64_t limit = mapping->bytes / PAGE;
    uint64_t first = page, last = end;
    for (uint64_t i = page; i < end; i++) {
        if (seize(watch, i) == PAGE_CLEAN) {
            memcpy(watch->twins + i * PAGE, mapping->begin + i * PAGE, PAGE);
            atomic_fetch_or(&watch->twinned[i / 64], 1ull << i % 64);
        }
    }
    while (first > 0 && page - first < AROUND && seize_twinned(watch, first - 1)) {
        first--;
    }
    while (last < limit && last - end < AROUND && seize_twinned(watch, last)) {
        last++;
    }
    bool opened = protect(mapping->value->state->faults, mapping->begin + first * PAGE,
                          (last - first) * PAGE, false);
    atomic_store(&mapping->value->written, true);
    for (uint64_t i = first; i < last; i++) {
        leave(watch, i, PAGE_TWINNED);
    }
    return opened;
}

bool state_mapping_open(struct state_mapping *mapping, uint64_t offset, uint64_t length) {
    if (mapping->watch->shadows || offset >= mapping->bytes || length == 0) {
        return false;
    }
    uint64_t end = length < mapping->bytes - offset ? offset + length : mapping->bytes;
    end = (end + PAGE - 1) / PAGE;
    bool opened = true;
    for (uint64_t page = offset / PAGE; page < end; page += BATCH_PAGES) {
        uint64_t until = end - page < BATCH_PAGES ? end : page + BATCH_PAGES;
        opened = open_pages(mapping, page, until) && opened;
    }
    return opened;
}

// ---- Collecting ---------------------------------------------------------------------------------

// `now` may be written at the same time.
static void mark_changed_words(struct state_value *value, const void *old_page,
                               const void *now_page, uint64_t page) {
    const uint64_t *old = old_page;
    const volatile uint64_t *now = now_page;
    uint64_t size = atomic_load(&value->size);
    for (uint64_t word = 0; word < PAGE / WORD;) {
        uint64_t first = word;
        while (word < PAGE / WORD && old[word] != now[word]) {
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
            mark_changed_words(value, watch->twins + (page + i) * PAGE,
                               value->bytes + (page + i) * PAGE, page + i);
        }
        atomic_fetch_and(&watch->twinned[(page + i) / 64], ~(1ull << (page + i) % 64));
    }
    // For the system to take when it needs it; what is written again until then costs no fault.
    madvise(watch->twins + page * PAGE, count * PAGE, MADV_FREE);
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

static void collect_twins(struct state_value *value, struct watch *watch, bool mark) {
    uint64_t count;
    for (uint64_t page = 0; next_run(watch, &page, &count); page += count) {
        collect_run(value, watch, page, count, mark);
    }
}

// Chunks that are there, up to the end of the watch.
static uint64_t shadowed_chunks(const struct state_value *value, const struct watch *watch) {
    uint64_t chunks = value_chunks(atomic_load(&value->size));
    uint64_t limit = watch->pages * PAGE / STATE_CHUNK;
    return chunks < limit ? chunks : limit;
}

// A page is looked at once: what is written meanwhile differs from the twin the next time.
static void collect_shadow(struct state_value *value, struct watch *watch, bool mark) {
    uint64_t now[PAGE / sizeof(uint64_t)];
    uint64_t chunks = shadowed_chunks(value, watch);
    for (uint64_t page = 0; page < chunks * (STATE_CHUNK / PAGE); page++) {
        uint8_t *twin = watch->twins + page * PAGE;
        const uint8_t *bytes = value->bytes + page * PAGE;
        if (value_chunk_present(value, page * PAGE / STATE_CHUNK) &&
            memcmp(twin, bytes, PAGE) != 0) {
            memcpy(now, bytes, PAGE);
            if (mark) {
                mark_changed_words(value, twin, now, page);
            }
            memcpy(twin, now, PAGE);
        }
    }
    if (watch->mappings != NULL) {
        atomic_store(&value->written, true); // from now on, for all that is known
    }
}

static void collect(struct state_value *value, bool mark) {
    pthread_rwlock_wrlock(&value->lock);
    atomic_store(&value->written, false);
    for (struct watch *watch = value->watches; watch != NULL; watch = watch->next) {
        if (watch->shadows) {
            collect_shadow(value, watch, mark);
        } else {
            collect_twins(value, watch, mark);
        }
    }
    pthread_rwlock_unlock(&value->lock);
}

void watch_pulled(struct state_value *value, uint64_t begin, uint64_t end) {
    for (struct watch *watch = value->watches; watch != NULL; watch = watch->next) {
        uint64_t limit = end < watch->pages * PAGE ? end : watch->pages * PAGE;
        if (watch->shadows && begin < limit) {
            memcpy(watch->twins + begin, value->bytes + begin, limit - begin);
        }
    }
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

static struct watch *watch_new(uint64_t pages, bool shadows, struct error *error) {
    struct watch *watch = calloc(1, sizeof *watch);
    if (watch != NULL) {
        watch->pages = pages;
        watch->shadows = shadows;
        watch->states = shadows ? NULL : reserve(pages);
        watch->twinned = shadows ? NULL : reserve(bits_bytes(pages));
        watch->twins = reserve(pages * PAGE);
        if (watch->twins == NULL ||
            (!shadows && (watch->states == NULL || watch->twinned == NULL))) {
            watch_delete(watch);
            watch = NULL;
        }
    }
    if (watch == NULL) {
        error_set(error, ERROR_MEMORY, "mapping of state");
    }
    return watch;
}

// What is there is what later writes are compared with.
static void fill_shadow(const struct state_value *value, struct watch *watch) {
    uint64_t chunks = shadowed_chunks(value, watch);
    for (uint64_t chunk = 0; chunk < chunks; chunk++) {
        if (value_chunk_present(value, chunk)) {
            memcpy(watch->twins + chunk * STATE_CHUNK, value->bytes + chunk * STATE_CHUNK,
                   STATE_CHUNK);
        }
    }
}

// The watch for a mapping of so many bytes; with value->lock held.
static struct watch *find_watch(struct state_value *value, uint64_t bytes, struct error *error) {
    for (struct watch *watch = value->watches; watch != NULL; watch = watch->next) {
        if (watch->pages * PAGE >= bytes) {
            return watch;
        }
    }
    bool shadows = value->state->faults < 0;
    struct watch *watch = watch_new(value->capacity / PAGE, shadows, error);
    if (watch != NULL) {
        if (shadows) {
            fill_shadow(value, watch);
        }
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
        mapping->watch = watch;
        mapping->next = watch->mappings;
        watch->mappings = mapping;
        value->mappings++;
        value->touched = bytes > value->touched ? bytes : value->touched;
        if (watch->shadows) {
            atomic_store(&value->written, true);
        }
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

// After the last mapping what was written is marked, so that a value that was only read can be
// dropped; unless a transfer has the value just now, and then it stays until it is pushed.
static void settle_written(struct state_value *value) {
    if (atomic_load(&value->written) && pthread_mutex_trylock(&value->io) == 0) {
        watch_collect(value);
        pthread_mutex_unlock(&value->io);
    }
}

void state_unmap(struct state_mapping *mapping) {
    struct state_value *value = mapping->value;
    bool last = false;
    pthread_rwlock_wrlock(&value->lock);
    for (struct watch *watch = value->watches; watch != NULL; watch = watch->next) {
        struct state_mapping **link = &watch->mappings;
        while (*link != NULL && *link != mapping) {
            link = &(*link)->next;
        }
        if (*link != NULL) {
            *link = mapping->next;
            last = --value->mappings == 0;
            break;
        }
    }
    pthread_rwlock_unlock(&value->lock);
    if (last) {
        settle_written(value);
    }
    free(mapping);
    state_release(value);
}
