// Inside of the room: memory.atomic.wait and notify (threads proposal), as object_support has them.
//
// Who waits is in a list of the Faaslet, in the order of arrival, under a lock of its own. A waiter
// parks (park.h), so that the scheduler knows of it and an interrupt ends the call.
#ifndef FAASM_FAASLET_ATOMIC_WAIT_H
#define FAASM_FAASLET_ATOMIC_WAIT_H

#include "base/object.h"

#include <stdint.h>

uint32_t atomic_wait32(struct object_instance *instance, uint32_t memory, uint64_t address,
                       uint32_t expected, int64_t timeout);
uint32_t atomic_wait64(struct object_instance *instance, uint32_t memory, uint64_t address,
                       uint64_t expected, int64_t timeout);
// Any thread may call it.
uint32_t atomic_notify(struct object_instance *instance, uint32_t memory, uint64_t address,
                       uint32_t count);

#endif
