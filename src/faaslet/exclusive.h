// What the host keeps for a call (open files, maps, state, output) and several guest threads may
// ask for at the same time: its host functions take turns.
//
// A host function that touches such things begins with HOST_EXCLUSIVE(instance). From there to its
// return no other thread of the call is between the same two points, except where it blocks:
// park_wait, and park_block_begin to park_block_end, let others in meanwhile. So what a function
// has found before it blocks it looks up again after, unless it stays until the call ends. It may
// nest, and faaslet_raise and faaslet_exit give it up. Calls without threads pay a test.
#ifndef FAASM_FAASLET_EXCLUSIVE_H
#define FAASM_FAASLET_EXCLUSIVE_H

#include "base/object.h"

struct faaslet_run;

struct faaslet_run *exclusive_enter(struct object_instance *instance); // NULL: no threads
void exclusive_leave(struct faaslet_run **run);

#define HOST_EXCLUSIVE(instance)                                                                   \
    __attribute__((cleanup(exclusive_leave), unused)) struct faaslet_run *exclusive_run =          \
        exclusive_enter(instance)

// Around what blocks otherwise: lets others in. Nothing where there are no threads.
void exclusive_lend(void);
void exclusive_take_back(void);

// Inside of the room: when the run ends.
void exclusive_give_up(struct faaslet_run *run);

#endif
