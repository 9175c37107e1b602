// Extensions of linear memory: memory of others (state, shared between Faaslets) at its end.
//
// An extension lies where the memory ended when it was mapped, and the memory is larger by it:
// guest code, bulk operations and host functions use it like any memory, it counts towards the
// limit, and memory.grow goes on behind it.
//
// When the Faaslet is put back, its extensions are no part of the memory any more and not
// accessible; but they stay mapped, and when a later call maps the same thing at the same place, as
// calls of the same function tend to do, it is only made accessible again. They are unmapped when
// the memory grows over them, and with the Faaslet. Snapshots must not be made while there are
// extensions.
#ifndef FAASM_FAASLET_EXTENSION_H
#define FAASM_FAASLET_EXTENSION_H

#include "base/error.h"
#include "base/object.h"

#include <stdbool.h>
#include <stdint.h>

struct faaslet;

// Whose memory it is.
struct extension_source {
    // Maps `bytes`, a multiple of 64 KiB, of the owner's at the address, over what is there. The
    // result stands for the mapping; NULL when it failed.
    void *(*map)(void *owner, char *address, uint64_t bytes, struct error *error);
    // Before the addresses are used otherwise.
    void (*unmap)(void *mapping);
    // Lets writes to a range go on that would raise SIGBUS; false when nothing keeps them.
    // Signal-safe.
    bool (*open)(void *mapping, uint64_t offset, uint64_t length);
};

// Maps `bytes` of the owner, rounded up to 64 KiB, at the end of memory 0 of the instance. The
// guest address is in *address. ERROR_TOO_LARGE past the limit of the memory. A mapping that was
// kept is taken for the same one when owner and size are equal, so the owner's address must not be
// used again while it has mappings. Thread-safe among the threads of one guest; the source's
// functions are called with a lock of the Faaslet held.
bool extension_map(struct object_instance *instance, const struct extension_source *source,
                   void *owner, uint64_t bytes, uint32_t *address, struct error *error);

// How many there are, kept ones among them.
uint32_t extension_count(const struct faaslet *faaslet);

#endif
