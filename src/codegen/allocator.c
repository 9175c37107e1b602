// malloc and its family for faasm-codegen, which has one thread and lives briefly. LLVM allocates
// and frees small blocks all the time; with lists of free blocks by size and nothing else (no
// locks, no merging of neighbours, nothing given back) a compilation takes 5 to 10 % less time than
// with glibc's allocator and its settings for large pages.
//
// Memory comes in segments that begin at a multiple of their size. The first chunk of a segment
// holds its header; each chunk of the others, or each run of them, has blocks of one class of
// sizes, so that the address of a block tells its class. What is larger than the largest class is a
// mapping of its own, laid out like a segment.
//
// The names are those that the manual of glibc lists for replacing malloc. Where memory is out,
// they fail with ENOMEM as documented: LLVM ends the process then.
#include "base/sanitized.h"

#include <errno.h>
#include <malloc.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/single_threaded.h>

#if !SANITIZED

enum {
    SEGMENT_BYTES = 4 << 20,
    CHUNK_BYTES = 64 << 10,
    CHUNKS = SEGMENT_BYTES / CHUNK_BYTES,
    GRAIN = 16, // of the sizes up to FINE_BYTES; all blocks are aligned to it
    FINE_BYTES = 1024,
    FINE_CLASSES = FINE_BYTES / GRAIN,
    STEPS = 4, // classes to a doubling beyond
    FINE_LOGARITHM = 10,
    LARGEST_LOGARITHM = 20,
    CLASSES = FINE_CLASSES + (LARGEST_LOGARITHM - FINE_LOGARITHM) * STEPS,
    LARGEST_BLOCK = 1 << LARGEST_LOGARITHM,
    OWN_MAPPING = CLASSES, // in place of a class
};

struct segment {
    uint8_t classes[CHUNKS]; // of the chunk; of a run, in its first
    size_t mapped;           // bytes, where this is a mapping of its own
};

struct block {
    struct block *next;
};

// Of the process: the C library allocates before main begins.
static struct {
    struct block *free[CLASSES];
    char *next[CLASSES], *end[CLASSES]; // what was not given out of the latest chunk of a class
    struct segment *segment;            // the latest
    unsigned chunk;                     // the next of it
    bool has_segments;
} heap = {.chunk = CHUNKS};

static unsigned class_of(size_t size) {
    if (size <= FINE_BYTES) {
        return size > 0 ? (unsigned)((size - 1) / GRAIN) : 0;
    }
    unsigned logarithm = 63 - (unsigned)__builtin_clzl(size - 1);
    unsigned step = (unsigned)((size - 1) >> (logarithm - 2)) % STEPS;
    return FINE_CLASSES + (logarithm - FINE_LOGARITHM) * STEPS + step;
}

static size_t block_bytes(unsigned class) {
    if (class < FINE_CLASSES) {
        return (size_t)(class + 1) * GRAIN;
    }
    unsigned logarithm = FINE_LOGARITHM + (class - FINE_CLASSES) / STEPS;
    size_t step = (size_t)((class - FINE_CLASSES) % STEPS + 1) << (logarithm - 2);
    return ((size_t)1 << logarithm) + step;
}

static struct segment *segment_of(const void *block) {
    return (struct segment *)((uintptr_t)block & ~(uintptr_t)(SEGMENT_BYTES - 1));
}

static unsigned class_at(const void *block) {
    return segment_of(block)->classes[(uintptr_t)block % SEGMENT_BYTES / CHUNK_BYTES];
}

static void *map_at(void *hint, size_t size) {
    return mmap(hint, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

// `size` bytes, whole chunks, that begin at a multiple of SEGMENT_BYTES; NULL when memory is out.
// The system puts mappings next to each other, so the place below the latest one is mostly free and
// aligned.
static struct segment *map_aligned(size_t size) {
    char *hint = heap.segment != NULL ? (char *)heap.segment - size : NULL;
    hint = (char *)segment_of(hint);
    char *mapped = map_at(hint, size);
    if (mapped == MAP_FAILED || mapped == (char *)segment_of(mapped)) {
        return mapped == MAP_FAILED ? NULL : (struct segment *)mapped;
    }
    (void)munmap(mapped, size);
    mapped = map_at(NULL, size + SEGMENT_BYTES);
    if (mapped == MAP_FAILED) {
        return NULL;
    }
    size_t before = (SEGMENT_BYTES - (uintptr_t)mapped % SEGMENT_BYTES) % SEGMENT_BYTES;
    if (before > 0) {
        (void)munmap(mapped, before);
    }
    (void)munmap(mapped + before + size, SEGMENT_BYTES - before);
    return (struct segment *)(mapped + before);
}

// The first segment has small pages: a brief process touches little of it.
static bool add_segment(void) {
    struct segment *segment = map_aligned(SEGMENT_BYTES);
    if (segment == NULL) {
        return false;
    }
    if (heap.has_segments) {
        if (!__libc_single_threaded) {
            __builtin_trap(); // there are no locks here
        }
        (void)madvise(segment, SEGMENT_BYTES, MADV_HUGEPAGE);
    }
    heap.has_segments = true;
    heap.segment = segment;
    heap.chunk = 1;
    return true;
}

// The first block of a new run of chunks for the class.
static void *begin_run(unsigned class) {
    size_t size = block_bytes(class);
    unsigned chunks = (unsigned)((size + CHUNK_BYTES - 1) / CHUNK_BYTES);
    if (chunks > CHUNKS - heap.chunk && !add_segment()) {
        errno = ENOMEM;
        return NULL;
    }
    char *run = (char *)heap.segment + (size_t)heap.chunk * CHUNK_BYTES;
    heap.segment->classes[heap.chunk] = (uint8_t) class;
    heap.chunk += chunks;
    heap.next[class] = run + size;
    heap.end[class] = run + (size_t)chunks * CHUNK_BYTES;
    return run;
}

static void *allocate_mapping(size_t size) {
    struct segment *segment = NULL;
    if (size <= PTRDIFF_MAX - 2 * SEGMENT_BYTES) {
        size = (size + CHUNK_BYTES - 1) / CHUNK_BYTES * CHUNK_BYTES + CHUNK_BYTES;
        segment = map_aligned(size);
    }
    if (segment == NULL) {
        errno = ENOMEM;
        return NULL;
    }
    segment->classes[1] = OWN_MAPPING;
    segment->mapped = size;
    return (char *)segment + CHUNK_BYTES;
}

void *malloc(size_t size) {
    if (__builtin_expect(size > LARGEST_BLOCK, false)) {
        return allocate_mapping(size);
    }
    unsigned class = class_of(size);
    struct block *block = heap.free[class];
    if (block != NULL) {
        heap.free[class] = block->next;
        return block;
    }
    char *next = heap.next[class];
    size_t bytes = block_bytes(class);
    if ((size_t)(heap.end[class] - next) < bytes) {
        return begin_run(class);
    }
    heap.next[class] = next + bytes;
    return next;
}

void free(void *memory) {
    if (memory == NULL) {
        return;
    }
    unsigned class = class_at(memory);
    if (__builtin_expect(class == OWN_MAPPING, false)) {
        int number = errno;
        (void)munmap(segment_of(memory), segment_of(memory)->mapped);
        errno = number;
        return;
    }
    struct block *block = memory;
    block->next = heap.free[class];
    heap.free[class] = block;
}

size_t malloc_usable_size(void *memory) {
    if (memory == NULL) {
        return 0;
    }
    unsigned class = class_at(memory);
    return class == OWN_MAPPING ? segment_of(memory)->mapped - CHUNK_BYTES : block_bytes(class);
}

void *calloc(size_t count, size_t size) {
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes)) {
        errno = ENOMEM;
        return NULL;
    }
    void *memory = malloc(bytes);
    return memory != NULL && bytes <= LARGEST_BLOCK ? memset(memory, 0, bytes) : memory;
}

void *realloc(void *memory, size_t size) {
    size_t had = malloc_usable_size(memory);
    if (memory != NULL && size <= had && size >= had / 4) {
        return memory;
    }
    void *moved = malloc(size);
    if (moved != NULL && memory != NULL) {
        memcpy(moved, memory, size < had ? size : had);
        free(memory);
    }
    return moved;
}

// Blocks whose size is a power of two lie at multiples of it within a chunk. Nobody here asks for
// more than that.
void *aligned_alloc(size_t alignment, size_t size) {
    if (alignment <= GRAIN) {
        return malloc(size);
    }
    if (alignment > CHUNK_BYTES) {
        errno = ENOMEM;
        return NULL;
    }
    size_t bytes = alignment;
    while (bytes < size && bytes <= LARGEST_BLOCK) {
        bytes *= 2;
    }
    return malloc(bytes < size ? size : bytes);
}

void *memalign(size_t alignment, size_t size) {
    return aligned_alloc(alignment, size);
}

int posix_memalign(void **memory, size_t alignment, size_t size) {
    int number = errno;
    void *aligned = aligned_alloc(alignment, size);
    errno = number;
    if (aligned == NULL) {
        return ENOMEM;
    }
    *memory = aligned;
    return 0;
}

void *valloc(size_t size) {
    return aligned_alloc(4096, size);
}

void *pvalloc(size_t size) {
    return aligned_alloc(4096, size);
}

#endif
