// Inside of the room: how much of a linear memory is accessible, when it grows.
//
// memory.grow by a little raises the size alone. What is between the accessible part and the size
// is opened as a whole when something gets there: the fault handler does it for guest code, and for
// the C library's functions it calls; guest.h does it before host code gets an address, since a
// system call would fail with EFAULT. So many grows cost one mprotect. A fault costs more than
// that, and so a memory that is touched after each grow learns to open at once.
//
// Shared memories open at once, and so does growth that is large: memory.grow can say then that the
// system has no memory.
#ifndef FAASM_FAASLET_OPENING_H
#define FAASM_FAASLET_OPENING_H

#include "faaslet/faaslet.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct opening {          // of a memory
    _Atomic uint64_t end; // bytes from its base that are accessible; at most its size
    uint32_t waiting;     // grows that are not open
    uint32_t at_once;     // so many grows from now on open at once
    uint32_t next;        // so many will after the next fault that was for a few grows
};

// The memory has been made, restored or put back, or something was mapped at its end: all that it
// has is accessible.
void opening_begin(struct faaslet *faaslet, uint32_t number);

// The memory is to grow by `bytes` (its record has the size before). False when the system refuses.
bool opening_grow(struct faaslet *faaslet, uint32_t number, uint64_t bytes);

// Makes the memory accessible up to `end` bytes at least, which it has. False when the system
// refuses.
bool opening_cover(struct faaslet *faaslet, uint32_t number, uint64_t end);

// All memories as a whole.
bool opening_cover_all(struct faaslet *faaslet);

// How many bytes from its base are accessible.
uint64_t opening_end(const struct faaslet *faaslet, uint32_t number);

// Whether the address is in a memory, and not accessible although that has grown over it.
// Signal-safe.
bool opening_waits(const struct faaslet *faaslet, const void *address);

// Opens such an address; false where it is none, or the system refuses. Signal-safe, on a thread
// that runs the Faaslet.
bool opening_handle_fault(struct faaslet *faaslet, const void *address);

#endif
