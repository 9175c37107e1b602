// Regions: pages of files (or memfds) mapped over ranges of a linear memory, so that the guest
// works on the very pages of the file. Putting the Faaslet back undoes them; a snapshot holds the
// bytes that they show and no more.
//
// All are of memory 0 of the instance. Addresses, lengths and file offsets are multiples of 4096;
// the range must be within the memory's present size: grow it first (guest_allocate), which is also
// how regions count towards the memory limit. Every page stays readable and writable, so that host
// functions may use guest pointers as ever; where the file ends before the region does, the guest
// traps on an access behind its last page, and a host function finds zeros there.
//
// Thread-safe, among the threads of one guest too.
#ifndef FAASM_FAASLET_REGION_H
#define FAASM_FAASLET_REGION_H

#include "base/error.h"
#include "base/object.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    REGION_PAGE = 4096,
    // Where the kernel allows, the first memory of a Faaslet begins at a multiple.
    REGION_LARGE = 2 << 20,
    // Of one Faaslet. The kernel allows a process some 65,000 mappings, for all its tenants.
    REGIONS_MAX = 256,
};

enum region_kind {
    REGION_PRIVATE, // what the guest writes is its own (the descriptor may be read-only)
    REGION_SHARED,  // what the guest writes goes to the file (open for reading and writing)
};

// Maps bytes [offset, offset + length) of `fd` at `address`; what the guest had there is gone. The
// descriptor may be closed afterwards. ERROR_ARGUMENT for a range that is not aligned or out of
// bounds, ERROR_TOO_LARGE past REGIONS_MAX; nothing has changed then.
bool region_map(struct object_instance *instance, uint32_t address, uint64_t length, int fd,
                uint64_t offset, enum region_kind kind, struct error *error);

// Turns a range into plain memory of zeros again, whether there are regions in it or not, and gives
// the pages back to the system where it can. Errors as above.
bool region_clear(struct object_instance *instance, uint32_t address, uint64_t length,
                  struct error *error);

#endif
