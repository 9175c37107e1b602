// Inside of the room: a call under way, and what a thread that makes calls has.
#ifndef FAASM_FAASLET_RUN_H
#define FAASM_FAASLET_RUN_H

#include "faaslet/faaslet.h"
#include "faaslet/park.h"
#include "faaslet/stack.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>
#include <ucontext.h>

struct exception_rows;
struct exception_values;
struct faaslet_thread;

// One faaslet_call, on the stack of its caller. Calls on one thread nest: `outer` is the one whose
// host function made this one.
struct faaslet_run {
    void *saved_sp; // first: run_enter stores the caller's stack pointer here
    struct faaslet_run *outer;
    struct faaslet_run *previous; // outer call of the same Faaslet
    struct faaslet *faaslet;
    struct faaslet_thread *thread; // of the Faaslet, NULL: its main one
    char *area;                    // the instance area of that
    unsigned exclusive;            // how often it has faaslet->exclusive (exclusive.h)
    struct faaslet_stack *stack;
    const struct faaslet_function *function;
    uint64_t *values;
    struct faaslet_result *result;
    _Atomic uint32_t stop; // enum faaslet_trap_kind that was asked for, 0: none
    pid_t thread_id;
    uint32_t fault_memory;                     // of a MEMORY_BOUNDS trap by a fault, or UINT32_MAX
    const void *fault_address;                 // of that
    const void *host_stack;                    // of the caller: bounds for the address sanitizer
    size_t host_stack_bytes;                   //
    void *sanitizer_stack;                     //
    void *sanitizer_guest;                     //
    struct exception_values *exception_values; // see exception.c
    bool in_hook;                              // see uncaught.c
};

// What a thread keeps. Thread-local, because signal handlers get no context of ours.
struct run_thread {
    bool ready;
    pid_t id;
    struct faaslet_run *run;     // innermost
    struct faaslet_stack *spare; // one stack kept from call to call
    char *memory;                // with the alternate stack of the handlers, and these two:
    char *overflow;              // object_support.overflow
    char *exception;             // the current one, struct object_exception
    stack_t previous_signal_stack;
    timer_t retry_timer; // sends the interrupt signal again
    struct park_hooks hooks;
    unsigned blocks;                       // park_block_begin without its end
    struct exception_rows *exception_rows; // see exception.c, NULL before the first exception
};
extern __thread struct run_thread run_thread __attribute__((tls_model("initial-exec")));

// Prepares the calling thread: alternate signal stack, memory that few calls need, timer.
bool run_prepare_thread(struct error *error);

// enter.S. Saves the callee-saved registers, switches to the stack and calls run_body. Returns
// false when that returned, true when run_unwind dropped it.
bool run_enter(struct faaslet_run *run, void *stack_top);
__attribute__((noreturn)) void run_unwind(struct faaslet_run *run);
extern const char run_enter_begin[], run_enter_end[];
void run_body(struct faaslet_run *run); // on the guest stack

// Runs a function as faaslet_call does, on the guest thread that this is (NULL: the main one).
void run_function(struct faaslet *faaslet, struct faaslet_thread *thread,
                  const struct faaslet_function *function, uint64_t *values,
                  struct faaslet_result *result);

// Asks a run to stop that is under way. The caller holds the Faaslet's lock.
void run_interrupt(struct faaslet_run *run, enum faaslet_trap_kind kind);

// The innermost run of the calling thread if it is one of the Faaslet, or NULL.
static inline struct faaslet_run *run_current(const struct faaslet *faaslet) {
    struct faaslet_run *run = run_thread.run;
    return run != NULL && run->faaslet == faaslet ? run : NULL;
}

// Notes how the run ends; the stack is taken from here on, or from the interrupted code.
void run_note_trap(struct faaslet_run *run, enum faaslet_trap_kind kind);
void run_note_backtrace(struct faaslet_result *result);

// Ends the run that the instance's code is in. For host code.
__attribute__((noreturn)) void run_trap(struct object_instance *instance,
                                        enum faaslet_trap_kind kind);

// Ends the run if it was asked to stop. For host code that generated code does not check after.
void run_check_stop(struct object_instance *instance);

// The signal of faaslet_interrupt, and the handlers of signals.c.
#define RUN_INTERRUPT_SIGNAL (SIGRTMIN + 3)
bool run_install_handlers(struct error *error);

#endif
