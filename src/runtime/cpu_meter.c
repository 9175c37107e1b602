#include "runtime/cpu_meter.h"

#include "base/clock.h"
#include "runtime/call.h"
#include "runtime/record.h"

#include <pthread.h>

enum { SHORT_NANOSECONDS = 50000 };

static __thread struct cpu_meter thread_meter;

static void set_cpu(struct cpu_meter *meter, uint64_t cpu) {
    atomic_store_explicit(&meter->cpu, cpu, memory_order_relaxed);
    atomic_store_explicit(&meter->charged, 0, memory_order_relaxed);
}

struct cpu_meter *cpu_meter(void) {
    struct cpu_meter *meter = &thread_meter;
    if (meter->clock == 0) {
        pthread_getcpuclockid(pthread_self(), &meter->clock);
        atomic_store(&meter->wall, clock_monotonic());
        set_cpu(meter, clock_nanoseconds(CLOCK_THREAD_CPUTIME_ID));
    }
    return meter;
}

// What the CPU clock says was used beyond what has been charged.
static uint64_t beyond_charged(const struct cpu_meter *meter, uint64_t cpu) {
    uint64_t accounted = atomic_load_explicit(&meter->cpu, memory_order_relaxed) +
                         atomic_load_explicit(&meter->charged, memory_order_relaxed);
    return cpu > accounted ? cpu - accounted : 0;
}

static uint64_t end_stretch(struct cpu_meter *meter, uint64_t now) {
    uint64_t wall = now - atomic_load_explicit(&meter->wall, memory_order_relaxed);
    if (wall >= SHORT_NANOSECONDS) {
        uint64_t cpu = clock_nanoseconds(CLOCK_THREAD_CPUTIME_ID);
        uint64_t used = beyond_charged(meter, cpu);
        set_cpu(meter, cpu);
        return used < wall ? used : wall;
    }
    uint64_t charged = atomic_load_explicit(&meter->charged, memory_order_relaxed);
    atomic_store_explicit(&meter->charged, charged + wall, memory_order_relaxed);
    return wall;
}

// The one meter that is not a guest thread's has the call's own counter for itself.
static void charge(const struct cpu_meter *meter, struct call *call, uint64_t used) {
    if (meter->of_thread) {
        atomic_fetch_add(&call->private->thread_nanoseconds, used);
        return;
    }
    uint64_t charged = atomic_load_explicit(&call->cpu_nanoseconds, memory_order_relaxed) + used;
    atomic_store_explicit(&call->cpu_nanoseconds, charged, memory_order_relaxed);
}

struct call *cpu_meter_switch(struct cpu_meter *meter, struct call *call, uint64_t now) {
    uint32_t sequence = atomic_load_explicit(&meter->sequence, memory_order_relaxed);
    atomic_store_explicit(&meter->sequence, sequence + 1, memory_order_relaxed);
    atomic_thread_fence(memory_order_release);
    struct call *before = atomic_load_explicit(&meter->call, memory_order_relaxed);
    uint64_t used = end_stretch(meter, now);
    if (before != NULL) {
        charge(meter, before, used);
    }
    atomic_store_explicit(&meter->wall, now, memory_order_relaxed);
    atomic_store_explicit(&meter->call, call, memory_order_relaxed);
    atomic_store_explicit(&meter->sequence, sequence + 2, memory_order_release);
    return before;
}

static uint64_t charged_to(const struct call *call) {
    return atomic_load_explicit(&call->cpu_nanoseconds, memory_order_relaxed) +
           atomic_load_explicit(&call->private->thread_nanoseconds, memory_order_relaxed);
}

static uint64_t read_once(const struct cpu_meter *meter, const struct call *call, uint64_t now,
                          uint64_t limit) {
    uint64_t used = charged_to(call);
    if (atomic_load_explicit(&meter->call, memory_order_relaxed) != call) {
        return used;
    }
    uint64_t wall = atomic_load_explicit(&meter->wall, memory_order_relaxed);
    uint64_t most = used + (now > wall ? now - wall : 0);
    if (most < limit) {
        return most;
    }
    uint64_t exact = used + beyond_charged(meter, clock_nanoseconds(meter->clock));
    return exact < most ? exact : most;
}

// Where the sequence says that what was read does not fit together, the stretch has just ended.
uint64_t cpu_meter_stretch(const struct cpu_meter *meter, const struct call *call, uint64_t now) {
    uint32_t sequence = atomic_load_explicit(&meter->sequence, memory_order_acquire);
    uint64_t wall = atomic_load_explicit(&meter->wall, memory_order_relaxed);
    bool charges = atomic_load_explicit(&meter->call, memory_order_relaxed) == call;
    uint64_t exact = charges ? beyond_charged(meter, clock_nanoseconds(meter->clock)) : 0;
    uint64_t most = now > wall ? now - wall : 0;
    atomic_thread_fence(memory_order_acquire);
    bool whole = sequence % 2 == 0 &&
                 atomic_load_explicit(&meter->sequence, memory_order_relaxed) == sequence;
    return !whole ? 0 : exact < most ? exact : most;
}

uint64_t cpu_meter_read(const struct cpu_meter *meter, const struct call *call, uint64_t now,
                        uint64_t limit) {
    for (;;) {
        uint32_t sequence = atomic_load_explicit(&meter->sequence, memory_order_acquire);
        uint64_t used = read_once(meter, call, now, limit);
        atomic_thread_fence(memory_order_acquire);
        if (sequence % 2 == 0 &&
            atomic_load_explicit(&meter->sequence, memory_order_relaxed) == sequence) {
            return used;
        }
    }
}
