// Clocks, and sleeping on them.
//
// A call runs on one thread of a process that serves many tenants: the CPU time it is told is its
// thread's, for both CPU clocks.
#include "base/clock.h"
#include "faaslet/faaslet.h"
#include "faaslet/guest.h"
#include "faaslet/park.h"
#include "host/sections.h"
#include "host/wasi.h"

#include <string.h>

enum { SUBSCRIPTIONS_MAX = 4096 }; // of one poll_oneoff

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

// ---- poll_oneoff --------------------------------------------------------------------------------

// When all began, so that every subscription is measured from the same moment.
struct moment {
    uint64_t monotonic, realtime;
};

// The error of a subscription that cannot be waited for, or the time of clock_monotonic() at which
// it is due.
static uint32_t due_time(const struct wasi_subscription *subscription, const struct moment *start,
                         uint64_t *due) {
    if (subscription->type != WASI_EVENT_CLOCK) {
        return WASI_ENOTSUP;
    }
    uint64_t now;
    if (subscription->clock == WASI_CLOCK_MONOTONIC) {
        now = start->monotonic;
    } else if (subscription->clock == WASI_CLOCK_REALTIME) {
        now = start->realtime;
    } else {
        return subscription->clock > WASI_CLOCK_THREAD_CPUTIME ? WASI_EINVAL : WASI_ENOTSUP;
    }
    uint64_t wait = subscription->timeout;
    if ((subscription->flags & WASI_SUBCLOCK_ABSOLUTE) != 0) {
        wait = wait > now ? wait - now : 0;
    }
    // A sum that does not fit is a time that never comes.
    if (__builtin_add_overflow(start->monotonic, wait, due)) {
        *due = PARK_FOREVER;
    }
    return WASI_SUCCESS;
}

struct poll {
    const uint8_t *subscriptions; // of the guest: copied one by one
    uint8_t *events;
    uint32_t count;
    struct moment start;
};

static struct wasi_subscription subscription_at(const struct poll *poll, uint32_t i) {
    struct wasi_subscription subscription;
    memcpy(&subscription, poll->subscriptions + i * sizeof subscription, sizeof subscription);
    return subscription;
}

// The first moment at which there is an event; 0 where there is one already.
static uint64_t first_due(const struct poll *poll) {
    uint64_t first = PARK_FOREVER;
    for (uint32_t i = 0; i < poll->count; i++) {
        struct wasi_subscription subscription = subscription_at(poll, i);
        uint64_t due;
        if (due_time(&subscription, &poll->start, &due) != WASI_SUCCESS) {
            return 0;
        }
        first = due < first ? due : first;
    }
    return first;
}

static uint32_t write_events(const struct poll *poll, uint64_t now) {
    uint32_t written = 0;
    for (uint32_t i = 0; i < poll->count; i++) {
        struct wasi_subscription subscription = subscription_at(poll, i);
        uint64_t due = 0;
        uint32_t failure = due_time(&subscription, &poll->start, &due);
        if (failure == WASI_SUCCESS && due > now) {
            continue;
        }
        struct wasi_event event = {
            .userdata = subscription.userdata,
            .error = (uint16_t)failure,
            .type = subscription.type,
        };
        memcpy(poll->events + written * sizeof event, &event, sizeof event);
        written++;
    }
    return written;
}

static uint32_t poll_oneoff(struct object_instance *instance, uint32_t subscriptions,
                            uint32_t events, uint32_t count, uint32_t result) {
    if (count == 0 || count > SUBSCRIPTIONS_MAX) {
        return WASI_EINVAL;
    }
    struct poll poll = {
        .subscriptions =
            guest_array(instance, subscriptions, count, sizeof(struct wasi_subscription)),
        .events = guest_array(instance, events, count, sizeof(struct wasi_event)),
        .count = count,
        .start = {clock_monotonic(), clock_realtime()},
    };
    if (poll.subscriptions == NULL || poll.events == NULL) {
        return WASI_EFAULT;
    }
    uint64_t first = first_due(&poll);
    struct park park = {0};
    uint64_t now = poll.start.monotonic;
    for (; now < first; now = clock_monotonic()) {
        if (park_wait(&park, faaslet_of(instance), first) == PARK_INTERRUPTED) {
            return WASI_EINTR;
        }
    }
    uint32_t written = write_events(&poll, now);
    return guest_write_u32(instance, result, written) ? WASI_SUCCESS : WASI_EFAULT;
}

static const struct faaslet_host_function functions[] = {
    HOST_FUNCTION(WASI_MODULE, "clock_res_get", "ii:i", clock_res_get),
    HOST_FUNCTION(WASI_MODULE, "clock_time_get", "iIi:i", clock_time_get),
    HOST_FUNCTION(WASI_MODULE, "poll_oneoff", "iiii:i", poll_oneoff),
};

const struct host_section host_wasi_clocks = {
    .name = "wasi_clocks",
    .functions = functions,
    .count = sizeof functions / sizeof *functions,
};
