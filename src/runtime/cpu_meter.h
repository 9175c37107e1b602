// CPU time of calls. A thread runs one call at a time, but calls nest on it: a call that awaits
// another one may run it itself. What the thread uses is charged to the innermost call.
//
// Reading the CPU clock of a thread is a system call, so stretches of less than 50 us are charged
// by the wall clock, which their CPU time cannot exceed; the next longer one is charged what the
// CPU clock says beyond that.
#ifndef FAASM_RUNTIME_CPU_METER_H
#define FAASM_RUNTIME_CPU_METER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

struct call;

// One a thread. Written by its thread alone; the sequence is odd while it writes, so that the
// monitor reads what fits together.
struct cpu_meter {
    _Atomic uint32_t sequence;
    clockid_t clock;
    struct call *_Atomic call; // that is charged, NULL: none
    _Atomic uint64_t wall;     // clock_monotonic() when it began to be charged
    _Atomic uint64_t cpu;      // the CPU clock when it was read last
    _Atomic uint64_t charged;  // by the wall clock since
    bool of_thread;            // of a guest thread: others charge the same call, too
    struct cpu_meter *next;    // of those of the call; the monitor's
};

// The calling thread's.
struct cpu_meter *cpu_meter(void);

// From `now` (clock_monotonic()) on the thread is charged to `call`; who was charged until then.
struct call *cpu_meter_switch(struct cpu_meter *meter, struct call *call, uint64_t now);

// What a guest thread's meter is about to charge to the call, and has not yet.
uint64_t cpu_meter_stretch(const struct cpu_meter *meter, const struct call *call, uint64_t now);

// What a call that `meter` may be charging has used by `now`: an upper bound where that is below
// `limit`, otherwise what it is. From any thread while the meter's thread exists.
uint64_t cpu_meter_read(const struct cpu_meter *meter, const struct call *call, uint64_t now,
                        uint64_t limit);

#endif
