// Guest memory as host functions see it: the one place where guest pointers are checked.
//
// Memory 0 of the calling instance. Ranges are checked with 64-bit arithmetic against the current
// size. Another thread of the guest may write the bytes meanwhile: copy before checking contents.
// What the memory has grown by is made accessible here when it is not yet (opening.h); where the
// system has no memory for it, it counts as out of bounds.
#ifndef FAASM_FAASLET_GUEST_H
#define FAASM_FAASLET_GUEST_H

#include "base/object.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// The host address of [address, address + length), or NULL when any of it is out of bounds (or the
// module has no memory). A length of 0 is in bounds up to and including the end.
void *guest_range(struct object_instance *instance, uint32_t address, uint64_t length);

// As guest_range, for what a system call is to write (read, getrandom …): the kernel does not write
// to pages that are watched for writes, it fails with EFAULT. Host code itself writes anywhere.
void *guest_buffer(struct object_instance *instance, uint32_t address, uint64_t length);

// As guest_range for `count` items of `size` bytes (overflow of the product is out of bounds).
void *guest_array(struct object_instance *instance, uint32_t address, uint32_t count, size_t size);

// Copy between host and guest; false and nothing copied when out of bounds.
bool guest_read(struct object_instance *instance, uint32_t address, void *to, size_t length);
bool guest_write(struct object_instance *instance, uint32_t address, const void *from,
                 size_t length);
bool guest_write_u32(struct object_instance *instance, uint32_t address, uint32_t value);
bool guest_write_u64(struct object_instance *instance, uint32_t address, uint64_t value);

// Copies the NUL-terminated string at `address` to `to` of `capacity` bytes, NUL included. False
// when it runs out of memory bounds, or does not fit (length >= capacity).
bool guest_read_string(struct object_instance *instance, uint32_t address, char *to,
                       size_t capacity);

// Grows memory 0 by enough pages for `length` bytes and returns the guest address of the new range
// (page aligned), or 0 when the limit is reached.
uint32_t guest_allocate(struct object_instance *instance, uint32_t length);

#endif
