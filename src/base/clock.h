// Clocks as 64-bit nanoseconds.
#ifndef FAASM_BASE_CLOCK_H
#define FAASM_BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

static inline uint64_t clock_nanoseconds(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static inline uint64_t clock_monotonic(void) {
    return clock_nanoseconds(CLOCK_MONOTONIC);
}

static inline uint64_t clock_realtime(void) {
    return clock_nanoseconds(CLOCK_REALTIME);
}

#endif
