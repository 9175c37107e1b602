// Folders of compiled objects are caches: what is in them can be made again. This keeps one within
// a bound.
//
// A process that loads an object locks its file (shared flock) and sets its time of modification,
// so that others see that it is in use, and when it was (faaslet/loader.c). The lock goes with the
// process, however that ends.
#ifndef FAASM_STORE_OBJECT_CACHE_H
#define FAASM_STORE_OBJECT_CACHE_H

#include <stddef.h>
#include <stdint.h>

struct object_cache_trimmed {
    size_t files; // removed
    uint64_t bytes;
};

// Removes objects (`*.so`, in the folder and the folders in it), those used longest ago first,
// until what is left has at most `limit` bytes; never one that is loaded by any process. Also
// removes what writers that were killed left behind an hour ago or more. Errors are no more than a
// file that stays. Any number of processes may do this at a time.
struct object_cache_trimmed object_cache_trim(const char *folder, uint64_t limit);

#endif
