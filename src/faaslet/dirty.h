// Inside of the room: which pages of a linear memory calls have written, so that putting it back
// copies those pages and makes no system call.
//
// A memory is a private mapping of an image. Its pages are write-protected by userfaultfd; the
// first write to one raises SIGBUS, whose handler notes the page in the memory's set and opens it.
// The set is kept from call to call: its pages stay open and are copied from the image after every
// call. Pages that calls no longer write leave the set, and where it gets too large to be worth
// copying, the memory goes without one for some calls (its pages are then dropped after each).
//
// A system call that writes to a protected page fails with EFAULT: dirty_open comes before it.
#ifndef FAASM_FAASLET_DIRTY_H
#define FAASM_FAASLET_DIRTY_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dirty_set;

// What a set covers at most; beyond, protecting costs more than it is worth.
#define DIRTY_BYTES_MAX (64ull << 20)

// Once per process. Without userfaultfd (old kernels, some containers) there are no sets.
void dirty_initialize(void);

// For the memory at `begin`, of which `bytes` are mapped from an image; a set covers the first
// DIRTY_BYTES_MAX of them. The mapping may begin earlier, at `mapping`: it is registered as a
// whole, not to be split. Nothing is protected before the first dirty_put_back. NULL where there is
// no userfaultfd or no memory.
struct dirty_set *dirty_new(char *mapping, char *begin, uint64_t bytes);

// Before the memory is unmapped. NULL is allowed.
void dirty_delete(struct dirty_set *set);

// How many bytes from `begin` on dirty_put_back deals with.
uint64_t dirty_bytes(const struct dirty_set *set);

// How many pages are in the set.
uint32_t dirty_count(const struct dirty_set *set);

// Bytes of the pages in all sets of the process: what Faaslets keep of their own from call to call,
// and what calls that run have written. Thread-safe.
uint64_t dirty_total(void);

// Lets the set cover `bytes` from the next putting back on, when so much must be mapped from the
// image. The memory is as it should be. False when memory is out: it covers what it did.
bool dirty_extend(struct dirty_set *set, uint64_t bytes);

// Lets the set cover no more than the first `bytes` (not 0): behind them calls map something else
// than the image. What it does not cover any longer is for the caller to put back. False when
// memory is out: the Faaslet is then not usable.
bool dirty_truncate(struct dirty_set *set, uint64_t bytes);

// As dirty_truncate, in the middle of a call: what it does cover goes on as it was. NULL is
// allowed.
void dirty_cut(struct dirty_set *set, uint64_t bytes);

// Puts those bytes back to what they are in the image (its pages at `image`). Of the memory the
// first `accessible` bytes are; the others are as they should be. Nobody writes to it meanwhile.
bool dirty_put_back(struct dirty_set *set, const char *image, uint64_t accessible,
                    struct error *error);

// Lets the write to the address go on, if a set keeps it from that. Signal-safe, any thread.
bool dirty_handle_fault(const void *address);

// Makes a range writable for system calls, as a write to each page would. Any memory, any thread.
void dirty_open(const void *begin, uint64_t bytes);

// Before something else is mapped at the address: if a set covers it, makes all that the set covers
// writable for the rest of the call.
void dirty_open_around(const void *address);

#endif
