// The calls that nobody has begun, in the order in which they are to run. Not thread-safe: the
// scheduler guards it.
#ifndef FAASM_RUNTIME_QUEUE_H
#define FAASM_RUNTIME_QUEUE_H

#include "runtime/record.h"

// Zero-initialise. Holds no references: who pushes a call keeps it alive.
struct call_queue {
    struct call_list calls; // first come, first served
    size_t bytes;           // of their inputs
};

void call_queue_push(struct call_queue *queue, struct call *call);
struct call *call_queue_pop(struct call_queue *queue); // NULL where it is empty

// Takes one call out of it, which must be in it.
void call_queue_remove(struct call_queue *queue, struct call *call);

#endif
