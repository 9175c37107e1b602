// What a runtime with a store does now and then, on the monitor's thread: it gives back Faaslets
// that nobody needs, and drops records and keys whose time is over.
#include "base/clock.h"
#include "base/log.h"
#include "runtime/private.h"

enum { SECOND = 1000000000 };

// When to look again, MONITOR_NEVER where there are no Faaslets.
static uint64_t trim_pools(struct runtime *runtime, uint64_t now) {
    bool due = now >= runtime->next_trim;
    bool pressed = false;
    if (atomic_load(&runtime->pool_totals.ready) > 0) {
        pressed = pressure_is_high(&runtime->pressure);
        atomic_store(&runtime->memory_short, pressed);
    }
    if (due || pressed) {
        function_table_trim(&runtime->functions, pressed);
        call_table_drop_spare(&runtime->calls);
        runtime->next_trim = now + runtime->config.idle_nanoseconds;
    }
    return atomic_load(&runtime->pool_totals.ready) > 0 ? now + SECOND : MONITOR_NEVER;
}

static uint64_t expire_records(struct runtime *runtime, uint64_t now) {
    uint64_t kept = runtime->config.finished_nanoseconds;
    uint64_t oldest = call_table_expire(&runtime->calls, now > kept ? now - kept : 0);
    if (oldest >= MONITOR_NEVER - kept) {
        return MONITOR_NEVER;
    }
    // Not one by one.
    uint64_t next = oldest + kept;
    return next > now + SECOND ? next : now + SECOND;
}

uint64_t runtime_chores(void *context, uint64_t now) {
    struct runtime *runtime = context;
    struct error error;
    if (runtime->journal == NULL) {
        return MONITOR_NEVER;
    }
    keys_expire(runtime, clock_realtime());
    if (!journal_flush(runtime->journal, &error)) {
        log_warn("%s", error.message);
    }
    uint64_t pools = trim_pools(runtime, now);
    uint64_t records = expire_records(runtime, now);
    return pools < records ? pools : records;
}

void runtime_need_chores(struct runtime *runtime, uint64_t now) {
    if (runtime->journal != NULL) {
        monitor_wake(&runtime->monitor, now + SECOND);
    }
}
