// What a call may use. Limits come from the operator, from the user, and from the function; what
// holds is the smallest of them.
//
// In each field 0 means: no limit of its own, what the next one above says. To add a limit, add a
// row; it is then stored with functions, and shown where limits are shown.
#ifndef FAASM_BASE_LIMITS_H
#define FAASM_BASE_LIMITS_H

#include <stdint.h>

// X(identifier, what it limits)
#define CALL_LIMITS(X)                                                                             \
    X(log_bytes, "the log of a call; the rest is dropped")                                         \
    X(output_bytes, "the output of a call")                                                        \
    X(input_bytes, "the input of a call")                                                          \
    X(memory_bytes, "linear memory; memory.grow fails beyond it")                                  \
    X(stack_bytes, "native stack; deeper recursion traps")                                         \
    X(threads, "guest threads at a time beside the main one; more are refused")                    \
    X(wall_nanoseconds, "time from where a call enters its Faaslet to its end; waits count")       \
    X(cpu_nanoseconds, "CPU time of a call, without that of calls it chains")                      \
    X(concurrent_calls, "calls that run at a time; more of them wait in the queue")                \
    X(queued_calls, "calls that wait in the queue; more of them are refused")

struct call_limits {
#define X(identifier, documentation) uint64_t identifier;
    CALL_LIMITS(X)
#undef X
};

static inline uint64_t limits_smaller(uint64_t a, uint64_t b) {
    return a == 0 ? b : b == 0 || a < b ? a : b;
}

// The smaller one, field by field.
static inline struct call_limits limits_combine(const struct call_limits *a,
                                                const struct call_limits *b) {
    return (struct call_limits){
#define X(identifier, documentation) .identifier = limits_smaller(a->identifier, b->identifier),
        CALL_LIMITS(X)
#undef X
    };
}

#endif
