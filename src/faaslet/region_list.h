// Inside of the room: which ranges of a Faaslet's memories are not what they were when it was
// restored.
#ifndef FAASM_FAASLET_REGION_LIST_H
#define FAASM_FAASLET_REGION_LIST_H

#include "faaslet/space.h"

#include <stdatomic.h>

struct region {
    char *begin, *end;
    bool file; // false: plain memory, where a region was cleared
};

// Disjoint, not in order. Changed under the Faaslet's lock; signal handlers of its threads read it
// without, and again where `version` says that it changed: it is odd while it does.
struct region_list {
    _Atomic uint32_t version;
    uint32_t count;
    struct region regions[];
};

// Turns the regions into plain memory that holds what they show: before a snapshot.
bool region_settle(struct faaslet *faaslet, struct error *error);

// Forgets all regions, when they have been undone.
void region_forget(struct faaslet *faaslet);

// Lets host code go on that touched a page of a region behind the end of the file: with zeros, from
// that page to the region's end. False when the address is in none. Signal-safe.
bool region_patch(struct faaslet *faaslet, const void *address);

#endif
