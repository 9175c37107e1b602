// Inside of the room: which bytes of a value are dirty, exact to the byte.
//
// Takes a bit a page and a bit a byte of address space; of memory only what is marked in parts. Not
// thread-safe.
#ifndef FAASM_STATE_MARKS_H
#define FAASM_STATE_MARKS_H

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>

struct marks {
    uint64_t capacity; // bytes of the value that can be marked
    uint64_t *some;    // bit by page: some of its bytes are marked
    uint64_t *all;     // bit by page: all of its bytes are; those of `bytes` then do not matter
    uint64_t *bytes;   // bit by byte, of pages in `some` alone
    uint64_t lowest;   // no page below it, and none from `end` on, has marks
    uint64_t end;      //
};

// For `capacity` bytes, a multiple of 32 KiB.
bool marks_create(struct marks *marks, uint64_t capacity, struct error *error);
void marks_destroy(struct marks *marks);

// Keeps what is marked. On failure as it was.
bool marks_grow(struct marks *marks, uint64_t capacity, struct error *error);

static inline bool marks_any(const struct marks *marks) {
    return marks->lowest < marks->end;
}

void marks_add(struct marks *marks, uint64_t offset, uint64_t length);
void marks_remove(struct marks *marks, uint64_t offset, uint64_t length);

// The first run of marked bytes in [*begin, limit): its bounds in *begin and *end. False when there
// is none.
bool marks_next(const struct marks *marks, uint64_t limit, uint64_t *begin, uint64_t *end);

#endif
