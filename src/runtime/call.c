#include "runtime/call.h"

#include "base/clock.h"
#include "runtime/private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    bool finished;
} statuses[CALL_STATUS_COUNT] = {
#define X(identifier, name, finished) [CALL_##identifier] = {name, finished},
    CALL_STATUSES(X)
#undef X
};

const char *call_status_name(enum call_status status) {
    return (unsigned)status < CALL_STATUS_COUNT ? statuses[status].name : "unknown";
}

bool call_status_finished(enum call_status status) {
    return (unsigned)status < CALL_STATUS_COUNT && statuses[status].finished;
}

// Written while the process starts, before any call; then only read.
static void (*slot_destructors[CALL_SLOTS])(void *data);

void call_slot_register(enum call_slot slot, void (*destroy)(void *data)) {
    slot_destructors[slot] = destroy;
}

void call_destroy_slots(struct call *call) {
    // The last section registered may use the ones before it.
    for (int i = CALL_SLOTS - 1; i >= 0; i--) {
        void *data = call->slots[i];
        call->slots[i] = NULL;
        if (data != NULL && slot_destructors[i] != NULL) {
            slot_destructors[i](data);
        }
    }
}

// All zero but for `private`, and what follows the end of the message.
static struct call *new_record(struct runtime *runtime) {
    struct record {
        struct call call;
        struct call_private private;
    } *record = NULL;
    if (runtime != NULL) {
        record = (struct record *)(void *)call_table_take_spare(&runtime->calls);
    }
    if (record != NULL) {
        // Records come back after 10,000 others, cold: each line left alone is time saved.
        const size_t message = offsetof(struct call, message);
        const size_t after = message + sizeof record->call.message;
        memset(record, 0, message + 1);
        memset((char *)record + after, 0, sizeof *record - after);
    } else if ((record = calloc(1, sizeof *record)) == NULL) {
        return NULL;
    }
    record->call.private = &record->private;
    return &record->call;
}

// In a record that is all zero.
static void copy_name(char to[STORE_NAME_MAX + 1], const char *from) {
    memcpy(to, from, strnlen(from, STORE_NAME_MAX));
}

struct call *call_new(struct runtime *runtime, const char *user, const char *function,
                      struct buffer *input, const struct call_limits *limits, struct error *error) {
    struct call *call = new_record(runtime);
    if (call == NULL) {
        error_set(error, ERROR_MEMORY, "record of a call");
        return NULL;
    }
    struct call_private *private = call->private;
    call->runtime = runtime;
    copy_name(call->user, user);
    copy_name(call->function, function);
    pthread_mutex_init(&call->mutex, NULL);
    call->input = buffer_take(input);
    call->attempt = 1;
    call->queued = clock_realtime();
    private->submitted = clock_monotonic();
    private->limits = *limits;
    atomic_init(&private->references, 1);
    atomic_init(&call->status, CALL_QUEUED);
    return call;
}

struct call *call_acquire(struct call *call) {
    atomic_fetch_add_explicit(&call->private->references, 1, memory_order_relaxed);
    return call;
}

bool call_release_contents(struct call *call) {
    if (atomic_fetch_sub_explicit(&call->private->references, 1, memory_order_acq_rel) != 1) {
        return false;
    }
    if (call->private->function != NULL) {
        function_release(call->private->function);
    }
    buffer_destroy(&call->input);
    buffer_destroy(&call->output);
    buffer_destroy(&call->trace);
    buffer_destroy(&call->log);
    pthread_mutex_destroy(&call->mutex);
    return true;
}

void call_release(struct call *call) {
    if (call != NULL && call_release_contents(call)) {
        free(call); // with its private part
    }
}

void call_begin(struct call *call) {
    pthread_mutex_lock(&call->mutex);
    call->started = clock_realtime();
    pthread_mutex_unlock(&call->mutex);
    atomic_store_explicit(&call->status, CALL_RUNNING, memory_order_release);
}

void call_end(struct call *call, enum call_status status) {
    buffer_destroy(&call->input);
    pthread_mutex_lock(&call->mutex);
    call->ended = clock_realtime();
    atomic_store_explicit(&call->status, (int)status, memory_order_release);
    waiters_wake_all(&call->private->waiters);
    pthread_mutex_unlock(&call->mutex);
}

bool call_wait(struct call *call, struct faaslet *faaslet) {
    bool going_on = true;
    pthread_mutex_lock(&call->mutex);
    while (going_on && !call_status_finished(call_status(call))) {
        going_on = waiters_wait(&call->private->waiters, &call->mutex, faaslet);
    }
    bool finished = call_status_finished(call_status(call));
    pthread_mutex_unlock(&call->mutex);
    return finished;
}

static void cut_log(struct call *call) {
    call->log_cut = true;
    // When memory is out the mark is missing; log_cut still says it.
    const char *break_line =
        call->log.length > 0 && call->log.data[call->log.length - 1] != '\n' ? "\n" : "";
    buffer_printf(&call->log, NULL, "%s[log cut at %zu bytes]\n", break_line,
                  call->private->limits.log_bytes);
}

void call_log(struct call *call, struct bytes text) {
    pthread_mutex_lock(&call->mutex);
    if (!call->log_cut) {
        size_t room = call->private->limits.log_bytes - call->log.length;
        size_t length = text.length < room ? text.length : room;
        if (!buffer_append(&call->log, text.data, length, NULL) || length < text.length) {
            cut_log(call);
        }
    }
    pthread_mutex_unlock(&call->mutex);
}

bool call_set_output(struct call *call, struct bytes output, struct error *error) {
    if (call->initializing) {
        return error_set(error, ERROR_CONFLICT, "a function has no output while it is initialised");
    }
    if (output.length > call->private->limits.output_bytes) {
        return error_set(error, ERROR_TOO_LARGE, "output of %zu bytes: the limit is %zu",
                         output.length, call->private->limits.output_bytes);
    }
    return buffer_assign(&call->output, output.data, output.length, error);
}

void call_set_faaslet(struct call *call, struct faaslet *faaslet) {
    pthread_mutex_lock(&call->mutex);
    call->faaslet = faaslet;
    pthread_mutex_unlock(&call->mutex);
}
