#include "runtime/monitor.h"

#include "base/clock.h"
#include "base/log.h"
#include "runtime/cpu_meter.h"

#include <signal.h>
#include <string.h>

enum {
    EXPIRED_BATCH = 64, // calls stopped between two looks at a shard
    IDLE_NANOSECONDS = 1000000000,
};

static void *monitor_main(void *argument);

void monitor_create(struct monitor *monitor, const struct monitor_config *config) {
    *monitor = (struct monitor){.config = *config};
    atomic_init(&monitor->wake, MONITOR_NEVER);
    pthread_mutex_init(&monitor->mutex, NULL);
    for (int i = 0; i < MONITOR_SHARDS; i++) {
        pthread_mutex_init(&monitor->shards[i].mutex, NULL);
    }
}

void monitor_destroy(struct monitor *monitor) {
    if (monitor->started) {
        atomic_store(&monitor->ending, true);
        park_wake(&monitor->park);
        pthread_join(monitor->thread, NULL);
    }
    for (int i = 0; i < MONITOR_SHARDS; i++) {
        pthread_mutex_destroy(&monitor->shards[i].mutex);
    }
    pthread_mutex_destroy(&monitor->mutex);
}

static bool start(struct monitor *monitor, struct error *error) {
    pthread_mutex_lock(&monitor->mutex);
    if (!monitor->started) {
        sigset_t all, before;
        sigfillset(&all);
        pthread_sigmask(SIG_BLOCK, &all, &before);
        int number = pthread_create(&monitor->thread, NULL, monitor_main, monitor);
        pthread_sigmask(SIG_SETMASK, &before, NULL);
        monitor->started = number == 0;
        if (number != 0) {
            error_set_errno(error, number, "the thread that enforces limits of time");
        }
    }
    bool started = monitor->started;
    pthread_mutex_unlock(&monitor->mutex);
    return started;
}

// Sees to it that the thread looks at `when` or before. False when there is none.
static bool look_by(struct monitor *monitor, uint64_t when, struct error *error) {
    uint64_t wake = atomic_load(&monitor->wake);
    while (when < wake) {
        if (atomic_compare_exchange_weak(&monitor->wake, &wake, when)) {
            if (!start(monitor, error)) {
                atomic_store(&monitor->wake, MONITOR_NEVER); // the next one tries again
                return false;
            }
            park_wake(&monitor->park);
            break;
        }
    }
    return true;
}

void monitor_wake(struct monitor *monitor, uint64_t when) {
    struct error error;
    if (!look_by(monitor, when, &error)) {
        log_warn("%s", error.message);
    }
}

// ---- Calls --------------------------------------------------------------------------------------

static uint64_t later(uint64_t now, uint64_t limit) {
    return limit == 0 || limit > UINT64_MAX - now ? MONITOR_NEVER : now + limit;
}

static struct monitor_shard *shard_of(struct monitor *monitor, const struct call *call) {
    return &monitor->shards[call->id % MONITOR_SHARDS];
}

static void watch(struct monitor *monitor, struct call *call) {
    struct monitor_shard *shard = shard_of(monitor, call);
    pthread_mutex_lock(&shard->mutex);
    call_list_append(&shard->calls, call, offsetof(struct call_private, watch_links));
    shard->used = true;
    pthread_mutex_unlock(&shard->mutex);
}

static void unwatch(struct monitor *monitor, struct call *call) {
    struct monitor_shard *shard = shard_of(monitor, call);
    pthread_mutex_lock(&shard->mutex);
    call_list_remove(&shard->calls, call, offsetof(struct call_private, watch_links));
    pthread_mutex_unlock(&shard->mutex);
}

bool monitor_enter(struct monitor *monitor, struct call *call, uint64_t now, struct error *error) {
    struct call_private *private = call->private;
    private->meter = cpu_meter();
    private->meter_outer = cpu_meter_switch(private->meter, call, now);
    const struct call_limits *limits = &private->limits;
    private->deadline = later(now, limits->wall_nanoseconds);
    uint64_t first = limits_smaller(limits->wall_nanoseconds, limits->cpu_nanoseconds);
    private->watched = first != 0;
    if (!private->watched) {
        return true;
    }
    watch(monitor, call);
    if (!look_by(monitor, later(now, first), error)) {
        monitor_leave(monitor, call, now);
        return false;
    }
    return true;
}

void monitor_leave(struct monitor *monitor, struct call *call, uint64_t now) {
    struct call_private *private = call->private;
    if (private->watched) {
        unwatch(monitor, call);
    }
    cpu_meter_switch(private->meter, private->meter_outer, now);
    uint64_t threads = atomic_load_explicit(&private->thread_nanoseconds, memory_order_relaxed);
    if (threads > 0) {
        atomic_fetch_add(&call->cpu_nanoseconds, threads);
        atomic_store(&private->thread_nanoseconds, 0);
    }
}

// ---- The thread ---------------------------------------------------------------------------------

// When the call can reach a limit at the earliest. `*kind` is the limit that it has reached, if any
// has been.
static uint64_t examine(const struct call *call, uint64_t now, enum faaslet_trap_kind *kind) {
    const struct call_private *private = call->private;
    uint64_t limit = private->limits.cpu_nanoseconds;
    *kind = now >= private->deadline ? FAASLET_TRAP_DEADLINE : FAASLET_TRAP_NONE;
    if (limit == 0 || *kind != FAASLET_TRAP_NONE) {
        return private->deadline;
    }
    uint64_t used = cpu_meter_read(private->meter, call, now, limit);
    for (const struct cpu_meter *meter = private->thread_meters; meter != NULL;
         meter = meter->next) {
        used += cpu_meter_stretch(meter, call, now);
    }
    if (used >= limit) {
        *kind = FAASLET_TRAP_CPU_LIMIT;
        return now;
    }
    uint64_t end = later(now, (limit - used) / (private->thread_count + 1) + 1);
    return end < private->deadline ? end : private->deadline;
}

bool monitor_thread_begins(struct monitor *monitor, struct call *call, uint64_t now,
                           struct error *error) {
    struct call_private *private = call->private;
    struct monitor_shard *shard = shard_of(monitor, call);
    struct cpu_meter *meter = cpu_meter();
    enum faaslet_trap_kind kind;
    meter->of_thread = true;
    pthread_mutex_lock(&shard->mutex);
    cpu_meter_switch(meter, call, now);
    meter->next = private->thread_meters;
    private->thread_meters = meter;
    private->thread_count++;
    uint64_t first = examine(call, now, &kind);
    pthread_mutex_unlock(&shard->mutex);
    if (private->watched && !look_by(monitor, first, error)) {
        monitor_thread_ends(monitor, call, now);
        return false;
    }
    return true;
}

void monitor_thread_ends(struct monitor *monitor, struct call *call, uint64_t now) {
    struct call_private *private = call->private;
    struct monitor_shard *shard = shard_of(monitor, call);
    struct cpu_meter *meter = cpu_meter();
    pthread_mutex_lock(&shard->mutex);
    struct cpu_meter **link = &private->thread_meters;
    while (*link != meter) {
        link = &(*link)->next;
    }
    *link = meter->next;
    private->thread_count--;
    cpu_meter_switch(meter, NULL, now);
    pthread_mutex_unlock(&shard->mutex);
    meter->of_thread = false;
}

struct expired {
    struct call *call; // a reference
    enum faaslet_trap_kind kind;
};

// Calls of the shard that are over a limit; lowers `*next` to when the others can be.
static size_t look(struct monitor_shard *shard, uint64_t now, struct expired *expired,
                   uint64_t *next) {
    size_t count = 0;
    pthread_mutex_lock(&shard->mutex);
    for (struct call *call = shard->calls.first; call != NULL && count < EXPIRED_BATCH;
         call = call->private->watch_links.next) {
        enum faaslet_trap_kind kind;
        if (atomic_load(&call->private->stop) != 0) {
            continue;
        }
        uint64_t end = examine(call, now, &kind);
        if (kind != FAASLET_TRAP_NONE) {
            expired[count++] = (struct expired){call_acquire(call), kind};
        } else if (end < *next) {
            *next = end;
        }
    }
    if (shard->used && now + IDLE_NANOSECONDS < *next) {
        // Calls come and go: a wake now and then is cheaper than one for each of them.
        *next = now + IDLE_NANOSECONDS;
    }
    shard->used = false;
    pthread_mutex_unlock(&shard->mutex);
    return count;
}

static uint64_t look_at_all(struct monitor *monitor) {
    uint64_t next = MONITOR_NEVER;
    for (int i = 0; i < MONITOR_SHARDS; i++) {
        struct expired expired[EXPIRED_BATCH];
        size_t count;
        do {
            count = look(&monitor->shards[i], clock_monotonic(), expired, &next);
            for (size_t k = 0; k < count; k++) {
                monitor->config.stop(monitor->config.context, expired[k].call, expired[k].kind);
                call_release(expired[k].call);
            }
        } while (count == EXPIRED_BATCH);
    }
    return next;
}

static void *monitor_main(void *argument) {
    struct monitor *monitor = argument;
    while (!atomic_load(&monitor->ending)) {
        // Whoever comes while this looks lowers it again, and wakes.
        atomic_store(&monitor->wake, MONITOR_NEVER);
        uint64_t next = look_at_all(monitor);
        if (monitor->config.chores != NULL) {
            uint64_t chores = monitor->config.chores(monitor->config.context, clock_monotonic());
            next = chores < next ? chores : next;
        }
        uint64_t wake = atomic_load(&monitor->wake);
        while (next < wake && !atomic_compare_exchange_weak(&monitor->wake, &wake, next)) {
        }
        park_wait(&monitor->park, NULL, next);
    }
    return NULL;
}
