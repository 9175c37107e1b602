// Inside of the room: exceptions of guest code.
//
// An exception goes from generated code to generated code within one call: the walk over the frames
// ends at the call's entry, so that no frame of host code is ever dropped. Traps, stops and
// proc_exit leave a call in another way (run_unwind) and are nothing that guests could catch.
//
// Of an exception nothing is kept anywhere but in frames of the guest stack, and in the thread's
// current exception between the throw and the landing pad: to drop one costs nothing.
#ifndef FAASM_FAASLET_EXCEPTION_H
#define FAASM_FAASLET_EXCEPTION_H

#include "base/object.h"
#include "faaslet/unwind_table.h"

#include <stdint.h>

struct faaslet_run;

// throw.S stores and loads these.
struct exception_registers {
    uint64_t saved[UNWIND_SAVED];
    uint64_t stack_pointer;
    uint64_t address; // where to go on
};

// throw.S: members of struct object_support.
__attribute__((noreturn)) void throw_exception(struct object_instance *instance, uint32_t tag,
                                               const uint64_t *values);
__attribute__((noreturn)) void throw_again(struct object_instance *instance,
                                           const struct object_exception *exception);
void exception_keep(struct object_instance *instance, struct object_exception *kept,
                    uint32_t slots);

// What throw.S calls. Changes the registers to those at the landing pad and gives the thread's
// current exception; where there is no landing pad they end the call.
struct object_exception *exception_throw(struct object_instance *instance, uint32_t tag,
                                         const uint64_t *values,
                                         struct exception_registers *registers);
struct object_exception *exception_throw_again(struct object_instance *instance,
                                               const struct object_exception *exception,
                                               struct exception_registers *registers);

// uncaught.c: ends the call because of an exception that nobody catches.
__attribute__((noreturn)) void exception_uncaught(struct object_instance *instance,
                                                  const struct object_exception *exception);

// Frees what exception_keep could not put into frames of the run.
void exception_free_kept(struct faaslet_run *run);

#endif
