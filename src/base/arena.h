// Memory that is freed all at once. Not thread-safe.
#ifndef FAASM_BASE_ARENA_H
#define FAASM_BASE_ARENA_H

#include <stddef.h>
#include <stdint.h>

struct arena_block;

// Zero-initialise to create.
struct arena {
    struct arena_block *blocks;
    size_t used; // bytes of the newest block
};

void arena_destroy(struct arena *arena);

// `count * size` zeroed bytes aligned to 16, valid until arena_destroy; NULL when memory is out or
// the product overflows. Zero bytes give a non-NULL pointer.
void *arena_allocate(struct arena *arena, size_t count, size_t size);

// A NUL-terminated copy of `length` bytes; NULL when memory is out.
char *arena_copy_string(struct arena *arena, const void *data, size_t length);

#endif
