#include "state/marks.h"

#include <errno.h>
#include <stddef.h>
#include <sys/mman.h>

enum { PAGE = 4096, WORDS = PAGE / 64 }; // words of `bytes` for a page

static uint64_t page_bits_bytes(uint64_t capacity) {
    return capacity / PAGE / 8 + 8;
}

// Address space: pages of it that nobody writes take no memory.
static void *reserve(uint64_t bytes) {
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

static void release(void *memory, uint64_t bytes) {
    if (memory != NULL) {
        munmap(memory, bytes);
    }
}

bool marks_create(struct marks *marks, uint64_t capacity, struct error *error) {
    *marks = (struct marks){.capacity = capacity};
    marks->some = reserve(page_bits_bytes(capacity));
    marks->all = reserve(page_bits_bytes(capacity));
    marks->bytes = reserve(capacity / 8);
    if (marks->some == NULL || marks->all == NULL || marks->bytes == NULL) {
        marks_destroy(marks);
        return error_set(error, ERROR_MEMORY, "marks of %llu bytes of state",
                         (unsigned long long)capacity);
    }
    return true;
}

void marks_destroy(struct marks *marks) {
    release(marks->some, page_bits_bytes(marks->capacity));
    release(marks->all, page_bits_bytes(marks->capacity));
    release(marks->bytes, marks->capacity / 8);
    *marks = (struct marks){0};
}

bool marks_grow(struct marks *marks, uint64_t capacity, struct error *error) {
    struct marks larger;
    if (!marks_create(&larger, capacity, error)) {
        return false;
    }
    uint64_t begin = 0;
    uint64_t end;
    while (marks_next(marks, marks->capacity, &begin, &end)) {
        marks_add(&larger, begin, end - begin);
        begin = end;
    }
    marks_destroy(marks);
    *marks = larger;
    return true;
}

static bool bit(const uint64_t *bits, uint64_t index) {
    return (bits[index / 64] >> index % 64 & 1) != 0;
}

static void set_bit(uint64_t *bits, uint64_t index, bool value) {
    uint64_t mask = 1ull << index % 64;
    bits[index / 64] = value ? bits[index / 64] | mask : bits[index / 64] & ~mask;
}

// Sets bits [begin, end) to a value.
static void set_bits(uint64_t *bits, uint64_t begin, uint64_t end, bool value) {
    while (begin < end) {
        uint64_t word = begin / 64;
        uint64_t last = end - word * 64 < 64 ? end - word * 64 : 64;
        uint64_t mask = (last == 64 ? ~0ull : (1ull << last) - 1) & ~0ull << begin % 64;
        bits[word] = value ? bits[word] | mask : bits[word] & ~mask;
        begin = (word + 1) * 64;
    }
}

// The first bit with the value in [begin, end), or `end`.
static uint64_t find_bit(const uint64_t *bits, uint64_t begin, uint64_t end, bool value) {
    uint64_t flip = value ? 0 : ~0ull;
    while (begin < end) {
        uint64_t word = (bits[begin / 64] ^ flip) >> begin % 64;
        if (word != 0) {
            uint64_t found = begin + (uint64_t)__builtin_ctzll(word);
            return found < end ? found : end;
        }
        begin = (begin / 64 + 1) * 64;
    }
    return end;
}

// ---- A page -------------------------------------------------------------------------------------

static bool page_is_empty(const struct marks *marks, uint64_t page) {
    for (int i = 0; i < WORDS; i++) {
        if (marks->bytes[page * WORDS + (uint64_t)i] != 0) {
            return false;
        }
    }
    return true;
}

static void add_to_page(struct marks *marks, uint64_t page, uint64_t begin, uint64_t end) {
    if (bit(marks->all, page)) {
        return;
    }
    if (!bit(marks->some, page)) { // what an `all` left behind
        set_bits(marks->bytes, page * PAGE, (page + 1) * PAGE, false);
        set_bit(marks->some, page, true);
    }
    set_bits(marks->bytes, begin, end, true);
}

static void remove_from_page(struct marks *marks, uint64_t page, uint64_t begin, uint64_t end) {
    if (!bit(marks->some, page)) {
        return;
    }
    if (bit(marks->all, page)) {
        set_bits(marks->bytes, page * PAGE, (page + 1) * PAGE, true);
        set_bit(marks->all, page, false);
    }
    set_bits(marks->bytes, begin, end, false);
    if (page_is_empty(marks, page)) {
        set_bit(marks->some, page, false);
    }
}

// Where the run of marked or unmarked bytes that begins at `at` ends within its page.
static uint64_t run_end(const struct marks *marks, uint64_t at, bool marked) {
    uint64_t page = at / PAGE;
    uint64_t end = (page + 1) * PAGE;
    if (!bit(marks->some, page)) {
        return marked ? at : end;
    }
    if (bit(marks->all, page)) {
        return marked ? end : at;
    }
    return find_bit(marks->bytes, at, end, !marked);
}

// ---- Ranges -------------------------------------------------------------------------------------

// Whole pages of the range, and what is before and behind them.
struct parts {
    uint64_t first, last; // pages [first, last) are whole
    uint64_t begin, end;
};

static struct parts parts_of(const struct marks *marks, uint64_t offset, uint64_t length) {
    struct parts parts = {.begin = offset < marks->capacity ? offset : marks->capacity};
    parts.end = length < marks->capacity - parts.begin ? parts.begin + length : marks->capacity;
    parts.first = (parts.begin + PAGE - 1) / PAGE;
    parts.last = parts.end / PAGE;
    return parts;
}

static void change_partial(struct marks *marks, uint64_t begin, uint64_t end,
                           void (*change)(struct marks *, uint64_t, uint64_t, uint64_t)) {
    if (begin < end) {
        change(marks, begin / PAGE, begin, end);
    }
}

static void change(struct marks *marks, const struct parts *parts, bool marked,
                   void (*partial)(struct marks *, uint64_t, uint64_t, uint64_t)) {
    if (parts->first > parts->last) { // within one page
        change_partial(marks, parts->begin, parts->end, partial);
        return;
    }
    change_partial(marks, parts->begin, parts->first * PAGE, partial);
    set_bits(marks->some, parts->first, parts->last, marked);
    set_bits(marks->all, parts->first, parts->last, marked);
    change_partial(marks, parts->last * PAGE, parts->end, partial);
}

void marks_add(struct marks *marks, uint64_t offset, uint64_t length) {
    struct parts parts = parts_of(marks, offset, length);
    if (parts.begin == parts.end) {
        return;
    }
    change(marks, &parts, true, add_to_page);
    uint64_t lowest = parts.begin / PAGE;
    uint64_t end = (parts.end + PAGE - 1) / PAGE;
    bool any = marks_any(marks);
    marks->lowest = !any || lowest < marks->lowest ? lowest : marks->lowest;
    marks->end = !any || end > marks->end ? end : marks->end;
}

void marks_remove(struct marks *marks, uint64_t offset, uint64_t length) {
    struct parts parts = parts_of(marks, offset, length);
    if (parts.begin == parts.end || !marks_any(marks)) {
        return;
    }
    change(marks, &parts, false, remove_from_page);
    marks->lowest = find_bit(marks->some, marks->lowest, marks->end, true);
    while (marks->end > marks->lowest && !bit(marks->some, marks->end - 1)) {
        marks->end--;
    }
}

bool marks_next(const struct marks *marks, uint64_t limit, uint64_t *begin, uint64_t *end) {
    uint64_t at = *begin > marks->lowest * PAGE ? *begin : marks->lowest * PAGE;
    limit = limit < marks->end * PAGE ? limit : marks->end * PAGE;
    while (at < limit && run_end(marks, at, true) == at) {
        uint64_t page = at / PAGE;
        at = bit(marks->some, page) ? run_end(marks, at, false)
                                    : find_bit(marks->some, page, marks->end, true) * PAGE;
    }
    if (at >= limit) {
        return false;
    }
    *begin = at;
    do {
        at = run_end(marks, at, true);
    } while (at < limit && run_end(marks, at, true) != at);
    *end = at < limit ? at : limit;
    return true;
}
