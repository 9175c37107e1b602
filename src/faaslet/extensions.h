// Inside of the room: what the other files do about extensions.
#ifndef FAASM_FAASLET_EXTENSIONS_H
#define FAASM_FAASLET_EXTENSIONS_H

#include "faaslet/extension.h"

#include <stddef.h>

// The memory is about to grow over [begin, end), offsets: unmaps extensions there that are kept.
bool extensions_make_room(struct faaslet *faaslet, uint32_t memory, uint64_t begin, uint64_t end);

// Makes the extensions of a memory that is accessible up to `end` inaccessible, and closes what it
// has grown by between and behind them. *end is then where the first of them began.
bool extensions_put_back(struct faaslet *faaslet, uint32_t memory, uint64_t *end,
                         struct error *error);

// Where the first extension of the memory begins, UINT64_MAX where there is none.
uint64_t extensions_begin(const struct faaslet *faaslet, uint32_t memory);

// Whether the range has part of one.
bool extensions_overlap(const struct faaslet *faaslet, const void *begin, uint64_t bytes);

void extensions_delete(struct faaslet *faaslet);

// Lets writes to the range go on. Signal-safe, on threads of the call that runs.
bool extensions_open(const struct faaslet *faaslet, const void *begin, uint64_t bytes);

#endif
