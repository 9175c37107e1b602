// One call from its begin to its end.
#include "base/clock.h"
#include "base/log.h"
#include "faaslet/thread.h"
#include "runtime/entry.h"
#include "runtime/private.h"

#include <stdio.h>

static enum call_status fail(struct call *call, const struct error *error) {
    call->exit_code = CALL_EXIT_ERROR;
    snprintf(call->message, sizeof call->message, "%s", error->message);
    return CALL_ERROR;
}

// However it ends, one that was to stop by then is stopped: a call below it may have been before it
// was, and what it has made of that is not its own end.
static bool is_to_stop(const struct call *call) {
    return atomic_load(&call->private->stop) != 0;
}

static enum call_status exit_with(struct call *call, int exit_code) {
    if (is_to_stop(call)) {
        return call_stopped(call, false);
    }
    call->exit_code = exit_code;
    return exit_code == 0 ? CALL_SUCCEEDED : CALL_FAILED;
}

static enum call_status record_trap(struct call *call, const struct faaslet_result *result) {
    call->exit_code = CALL_EXIT_TRAP;
    if (is_to_stop(call)) {
        call_stopped(call, false);
    } else {
        snprintf(call->message, sizeof call->message, "%s%s%s", faaslet_trap_name(result->trap),
                 result->message[0] != '\0' ? ": " : "", result->message);
    }
    struct error error;
    if (!faaslet_result_backtrace(result, &call->trace, &error)) {
        log_warn("backtrace of call %u: %s", call->id, error.message);
    }
    return CALL_TRAPPED;
}

static enum call_status enter(struct call *call, struct faaslet *faaslet) {
    struct entry entry;
    struct error error;
    if (!entry_find(faaslet_main_instance(faaslet), call, &entry, &error)) {
        return fail(call, &error);
    }
    struct faaslet_result result;
    faaslet_call(faaslet, &entry.function, entry.values, &result);
    switch (result.outcome) {
    case FAASLET_RETURNED:
        return exit_with(call, entry.returns_exit_code ? (int)(uint32_t)entry.values[0] : 0);
    case FAASLET_EXITED:
        return exit_with(call, result.exit_code);
    case FAASLET_TRAPPED:
    default:
        return record_trap(call, &result);
    }
}

// Guest threads of the call, which is their context: their CPU time counts, limits and the share of
// the user hold.
static __thread struct shares_guest thread_share;

static bool thread_begins(void *context, struct error *error) {
    struct call *call = context;
    struct runtime *runtime = call->runtime;
    if (!monitor_thread_begins(&runtime->monitor, call, clock_monotonic(), error)) {
        return false;
    }
    shares_guest_begins(&runtime->shares, &thread_share, call->user);
    return true;
}

static void thread_ends(void *context) {
    struct call *call = context;
    shares_guest_ends(&call->runtime->shares, &thread_share);
    monitor_thread_ends(&call->runtime->monitor, call, clock_monotonic());
}

static const struct faaslet_thread_watch thread_watch = {thread_begins, thread_ends};

bool execute_enter(struct runtime *runtime, struct call *call, struct faaslet *faaslet,
                   struct error *error) {
    uint64_t now = clock_monotonic();
    if (!monitor_enter(&runtime->monitor, call, now, error)) {
        return false;
    }
    call->private->entered = now;
    faaslet_set_context(faaslet, call);
    faaslet_set_stop(faaslet, &call->private->stop);
    faaslet_set_thread_watch(faaslet, &thread_watch);
    call_set_faaslet(call, faaslet);
    return true;
}

void execute_leave(struct runtime *runtime, struct call *call, const struct faaslet *faaslet) {
    call_destroy_slots(call);
    call_set_faaslet(call, NULL);
    uint64_t now = clock_monotonic();
    monitor_leave(&runtime->monitor, call, now);
    if (!call->initializing) {
        function_ran(call->private->function, now - call->private->entered);
    }
    call->memory_bytes = faaslet_memory_bytes(faaslet);
}

static enum call_status run_in(struct runtime *runtime, struct call *call,
                               struct faaslet *faaslet) {
    struct error error;
    if (!execute_enter(runtime, call, faaslet, &error)) {
        return fail(call, &error);
    }
    enum call_status status = enter(call, faaslet);
    call->broken_off = status == CALL_TRAPPED || status == CALL_ERROR;
    execute_leave(runtime, call, faaslet);
    return status;
}

static enum call_status run(struct runtime *runtime, struct call *call) {
    struct function *function = call->private->function;
    enum call_status status;
    struct code *code = function_prepare(function, call, &status);
    if (code == NULL) {
        call->exit_code = status == CALL_TRAPPED ? CALL_EXIT_TRAP : CALL_EXIT_ERROR;
        return status;
    }
    struct error error;
    bool made;
    struct faaslet *faaslet = pool_take(&code->pool, code->proto, &made, &error);
    if (faaslet == NULL) {
        code_release(code);
        return fail(call, &error);
    }
    if (made) {
        atomic_fetch_add_explicit(&runtime->statistics.cold_starts, 1, memory_order_relaxed);
    }
    status = run_in(runtime, call, faaslet);
    pool_put(&code->pool, faaslet);
    code_release(code);
    return status;
}

static void count(struct runtime *runtime, const struct call *call, enum call_status status,
                  uint64_t now) {
    struct runtime_statistics *statistics = &runtime->statistics;
    uint64_t nanoseconds = now - call->private->submitted;
    uint64_t microseconds = nanoseconds / 1000;
    unsigned bucket = 0;
    while (bucket < 31 && microseconds >> bucket != 0) {
        bucket++;
    }
    atomic_fetch_add_explicit(&statistics->latency[bucket], 1, memory_order_relaxed);
    struct runtime_latency *ended = &statistics->latency_by_status[status];
    atomic_fetch_add_explicit(&ended->buckets[bucket], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&ended->sum_nanoseconds, nanoseconds, memory_order_relaxed);
    atomic_fetch_add_explicit(&statistics->latency_sum_nanoseconds, nanoseconds,
                              memory_order_relaxed);
    atomic_fetch_add_explicit(&statistics->calls_finished[status], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&call->private->function->calls[status], 1, memory_order_relaxed);
}

// What did not end by itself because the process ends runs again when there is one.
static void leave_journal(struct runtime *runtime, const struct call *call,
                          enum call_status status) {
    if (call->private->journaled && !call->private->abandoned &&
        !(status == CALL_TRAPPED && call->stopped != FAASLET_TRAP_NONE &&
          atomic_load(&runtime->stopping))) {
        journal_remove(runtime->journal, call->id);
    }
}

static void finish(struct runtime *runtime, struct call *call, enum call_status status) {
    uint64_t now = clock_monotonic();
    count(runtime, call, status, now);
    // The record outlives the run: it must not keep a replaced function and its Faaslets.
    struct function *function = call->private->function;
    call->private->function = NULL;
    call->environment = NULL;
    leave_journal(runtime, call, status);
    call_end(call, status);
    call_table_finished(&runtime->calls, call);
    runtime_need_chores(runtime, now);
    if (call->private->finished != NULL) {
        call->private->finished(call->private->context, call);
    }
    function_release(function);
}

void execute_call(void *context, struct call *call) {
    struct runtime *runtime = context;
    atomic_fetch_add_explicit(&runtime->statistics.calls_running, 1, memory_order_relaxed);
    call_begin(call);
    bool stopped = atomic_load(&call->private->stop) != 0;
    enum call_status status = stopped ? call_stopped(call, true) : run(runtime, call);
    atomic_fetch_sub_explicit(&runtime->statistics.calls_running, 1, memory_order_relaxed);
    finish(runtime, call, status);
}

void execute_stopped(struct runtime *runtime, struct call *call) {
    finish(runtime, call, call_stopped(call, true));
}

void execute_abandon(void *context, struct call *call) {
    struct error error;
    call->private->abandoned = true;
    error_set(&error, ERROR_UNAVAILABLE, "the runtime stopped before the call began");
    finish(context, call, fail(call, &error));
}
