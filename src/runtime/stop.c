// Stopping calls.
//
// Nothing is lost between two steps of a call, because both sides write first and look second: who
// stops marks the call, then takes it from the queue or interrupts its Faaslet; who runs it takes
// it from the queue, then looks for the mark; sets its Faaslet, then lets it look for the mark.
#include "runtime/private.h"

#include <stdio.h>
#include <string.h>

// The call's mutex keeps the Faaslet from being put back meanwhile. The initialisation that it
// makes for its function stops with it.
static void interrupt(struct call *call) {
    uint32_t kind = atomic_load(&call->private->stop);
    pthread_mutex_lock(&call->mutex);
    if (call->faaslet != NULL) {
        faaslet_interrupt(call->faaslet, kind);
    }
    struct call *initial =
        call->private->initial != NULL ? call_acquire(call->private->initial) : NULL;
    pthread_mutex_unlock(&call->mutex);
    if (initial != NULL) {
        uint32_t none = 0;
        atomic_compare_exchange_strong(&initial->private->stop, &none, kind);
        interrupt(initial);
        call_release(initial);
    }
}

static void stop_marked(struct runtime *runtime, struct call *marked) {
    while (marked != NULL) {
        struct call *next = marked->private->next_to_stop;
        if (scheduler_take(runtime->scheduler, marked)) {
            execute_stopped(runtime, marked);
            call_release(marked); // the queue's
        } else {
            interrupt(marked);
        }
        call_release(marked);
        marked = next;
    }
}

bool call_stop(struct call *call, enum faaslet_trap_kind kind) {
    struct runtime *runtime = call->runtime;
    struct call *marked = call_table_mark_stopped(&runtime->calls, call, kind);
    stop_marked(runtime, marked);
    return marked != NULL;
}

void stop_all_calls(struct runtime *runtime) {
    stop_marked(runtime, call_table_mark_all_stopped(&runtime->calls, FAASLET_TRAP_CANCELLED));
}

void stop_call(void *context, struct call *call, enum faaslet_trap_kind kind) {
    (void)context;
    call_stop(call, kind);
}

bool runtime_cancel(struct runtime *runtime, const char *user, uint32_t id, struct error *error) {
    struct call *call = runtime_find_call(runtime, id);
    if (call == NULL || (user != NULL && strcmp(call->user, user) != 0)) {
        call_release(call);
        return error_set(error, ERROR_NOT_FOUND, "there is no call %u", id);
    }
    bool finished = call_status_finished(call_status(call));
    if (!finished) {
        call_stop(call, FAASLET_TRAP_CANCELLED);
    }
    call_release(call);
    return !finished || error_set(error, ERROR_CONFLICT, "call %u has finished", id);
}

static void format_limit(const struct call *call, enum faaslet_trap_kind kind, char text[64]) {
    const struct call_limits *limits = &call->private->limits;
    text[0] = '\0';
    if (kind == FAASLET_TRAP_DEADLINE) {
        snprintf(text, 64, ": the limit is %.3f s", (double)limits->wall_nanoseconds / 1e9);
    } else if (kind == FAASLET_TRAP_CPU_LIMIT) {
        snprintf(text, 64, ": the limit is %.3f s", (double)limits->cpu_nanoseconds / 1e9);
    }
}

enum call_status call_stopped(struct call *call, bool before) {
    char limit[64];
    call->stopped = (enum faaslet_trap_kind)atomic_load(&call->private->stop);
    call->exit_code = CALL_EXIT_TRAP;
    format_limit(call, call->stopped, limit);
    snprintf(call->message, sizeof call->message, "%s%s%s", faaslet_trap_name(call->stopped),
             before ? " before it began" : "", limit);
    return CALL_TRAPPED;
}
