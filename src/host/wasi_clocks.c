// Clocks.
//
// A call runs on one thread of a process that serves many tenants: the CPU time it is told is its
// thread's, for both CPU clocks.
#include "base/clock.h"
#include "faaslet/guest.h"
#include "host/sections.h"
#include "host/wasi.h"

static bool clock_of(uint32_t clock, clockid_t *native) {
    static const clockid_t clocks[] = {
        [WASI_CLOCK_REALTIME] = CLOCK_REALTIME,
        [WASI_CLOCK_MONOTONIC] = CLOCK_MONOTONIC,
        [WASI_CLOCK_PROCESS_CPUTIME] = CLOCK_THREAD_CPUTIME_ID,
        [WASI_CLOCK_THREAD_CPUTIME] = CLOCK_THREAD_CPUTIME_ID,
    };
    if (clock >= sizeof clocks / sizeof *clocks) {
        return false;
    }
    *native = clocks[clock];
    return true;
}

static uint32_t clock_res_get(struct object_instance *instance, uint32_t clock, uint32_t result) {
    clockid_t native;
    struct timespec resolution;
    if (!clock_of(clock, &native)) {
        return WASI_EINVAL;
    }
    if (clock_getres(native, &resolution) != 0) {
        return wasi_errno_of(errno);
    }
    uint64_t nanoseconds = (uint64_t)resolution.tv_sec * 1000000000u + (uint64_t)resolution.tv_nsec;
    return guest_write_u64(instance, result, nanoseconds) ? WASI_SUCCESS : WASI_EFAULT;
}

// Clocks are read as exactly as they can be, whatever `precision` would do.
static uint32_t clock_time_get(struct object_instance *instance, uint32_t clock, uint64_t precision,
                               uint32_t result) {
    (void)precision;
    clockid_t native;
    if (!clock_of(clock, &native)) {
        return WASI_EINVAL;
    }
    return guest_write_u64(instance, result, clock_nanoseconds(native)) ? WASI_SUCCESS
                                                                        : WASI_EFAULT;
}

static const struct faaslet_host_function functions[] = {
    HOST_FUNCTION(WASI_MODULE, "clock_res_get", "ii:i", clock_res_get),
    HOST_FUNCTION(WASI_MODULE, "clock_time_get", "iIi:i", clock_time_get),
};

const struct host_section host_wasi_clocks = {
    .name = "wasi_clocks",
    .functions = functions,
    .count = sizeof functions / sizeof *functions,
};
