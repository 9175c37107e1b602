// The memory maps of a call: anonymous ranges, which are reused, and files' pages
// (faaslet/region.h).
//
// Guests see pages of 64 KiB. Every page stays readable and writable, whatever protection was asked
// for. All maps are gone when the call ends; what a constructor or the zygote has mapped stays in
// the snapshot, as plain memory.
#ifndef FAASM_HOST_MAPS_H
#define FAASM_HOST_MAPS_H

#include "base/object.h"

#include <stdint.h>

// As in wasi-libc's sys/mman.h.
enum {
    MAPS_PROT_READ = 1,
    MAPS_PROT_WRITE = 2,
    MAPS_PROT_EXEC = 4,
    MAPS_SHARED = 1,
    MAPS_PRIVATE = 2,
    MAPS_TYPE = 15,
    MAPS_FIXED = 16,
    MAPS_ANONYMOUS = 32,
};

struct maps_request {
    uint32_t address; // used with MAPS_FIXED only
    uint32_t length;
    uint32_t protection, flags;
    uint32_t descriptor;
    uint64_t offset;
};

// WASI errors: EINVAL for lengths, offsets and flags that contradict, EBADF, EACCES for a file
// that is not open for what is asked, ENODEV for what is no regular file, ENOTSUP for execution and
// unknown flags, EDQUOT, ENOMEM at the limit of memory or of regions.
uint32_t maps_add(struct object_instance *instance, const struct maps_request *request,
                  uint32_t *address);

// Makes a range free for other maps. EINVAL where it is no range of pages of the memory.
uint32_t maps_remove(struct object_instance *instance, uint32_t address, uint32_t length);

// Writes shared maps of the range to their files; publishes those of shared files.
uint32_t maps_synchronize(struct object_instance *instance, uint32_t address, uint32_t length);

// Registers the call slot.
void maps_start(void);

#endif
