// How a run of guest code ends, and what is told about it.
#ifndef FAASM_FAASLET_TRAP_H
#define FAASM_FAASLET_TRAP_H

#include "base/buffer.h"
#include "base/error.h"
#include "base/object.h"

#include <stdint.h>

// Reasons to stop beyond OBJECT_TRAPS. They continue its numbering.
// X(identifier, name)
#define FAASLET_STOPS(X)                                                                           \
    X(HOST, "host call failed") /* a host function refused; the message says why */                \
    X(DEADLINE, "deadline exceeded")                                                               \
    X(CPU_LIMIT, "CPU time limit exceeded")                                                        \
    X(CANCELLED, "cancelled")                                                                      \
    X(EXCEPTION, "uncaught exception") /* the message names the tag */

enum faaslet_trap_kind {
#define X(identifier, name) FAASLET_TRAP_##identifier = OBJECT_TRAP_##identifier,
    OBJECT_TRAPS(X)
#undef X
#define X(identifier, name) FAASLET_TRAP_##identifier,
        FAASLET_STOPS(X)
#undef X
            FAASLET_TRAP_COUNT
};

// The name of a kind as the spec suite writes it ("out of bounds memory access"). Static.
const char *faaslet_trap_name(enum faaslet_trap_kind kind);

enum { FAASLET_BACKTRACE_FRAMES = 64 };

enum faaslet_outcome {
    FAASLET_RETURNED, // the function returned
    FAASLET_EXITED,   // proc_exit or the like: exit_code
    FAASLET_TRAPPED,  // trap: kind, message, backtrace
};

// Filled by faaslet_call.
struct faaslet_result {
    enum faaslet_outcome outcome;
    int exit_code;
    enum faaslet_trap_kind trap;
    char message[256]; // detail ("address 0x10000 of memory 0 of 65536 bytes"), may be empty
    uint32_t frame_count;
    void *frames[FAASLET_BACKTRACE_FRAMES]; // code addresses, innermost first
};

// Appends the guest frames of a trapped result to `text`, one line each, innermost first; host
// frames are left out. Where the module was built with debug information, with the place in the
// source, and with the functions that were inlined there:
//   "  #0 square (math.h:8, inlined)\n"
//   "  #1 sum (src/sum.c:12)\n"
// Otherwise with the number of the function: "  #0 fib (function 12)\n". Not async-signal-safe.
bool faaslet_result_backtrace(const struct faaslet_result *result, struct buffer *text,
                              struct error *error);

#endif
