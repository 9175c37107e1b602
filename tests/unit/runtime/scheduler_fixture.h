// What the tests of the scheduler and of the table of calls share: calls that are C functions.
#ifndef FAASM_TESTS_RUNTIME_SCHEDULER_FIXTURE_H
#define FAASM_TESTS_RUNTIME_SCHEDULER_FIXTURE_H

#include "base/clock.h"
#include "runtime/call_table.h"
#include "runtime/runtime.h"
#include "runtime/scheduler.h"

#include <setjmp.h>
#include <signal.h>
#include <sodium.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

struct bench {
    struct scheduler *scheduler;
    void (*body)(struct bench *bench, struct call *call);
    pthread_mutex_t mutex;
    struct waiters gate; // of calls that wait for the test
    bool open;
    _Atomic unsigned inside; // calls that run or are blocked
    _Atomic unsigned ran;
    _Atomic unsigned abandoned;
    pthread_t last;           // thread that has run a call
    _Atomic unsigned crowded; // how often the scheduler said so
    _Atomic bool spin;        // those with input do
    unsigned seats;
};

static const struct call_limits limits = {.log_bytes = 4096, .output_bytes = 4096};

static inline struct call *new_call_of(const char *user, const char *input) {
    struct buffer bytes = {0};
    assert_true(buffer_assign(&bytes, input, strlen(input), NULL));
    struct call *call = call_new(NULL, user, "f", &bytes, &limits, NULL);
    assert_non_null(call);
    return call;
}

static inline struct call *new_call(const char *input) {
    return new_call_of("ada", input);
}

static inline void run(void *context, struct call *call) {
    struct bench *bench = context;
    atomic_fetch_add(&bench->inside, 1);
    call_begin(call);
    bench->body(bench, call);
    pthread_mutex_lock(&bench->mutex);
    bench->last = pthread_self();
    pthread_mutex_unlock(&bench->mutex);
    atomic_fetch_add(&bench->ran, 1);
    atomic_fetch_sub(&bench->inside, 1);
    call_end(call, CALL_SUCCEEDED);
}

static inline void abandon(void *context, struct call *call) {
    struct bench *bench = context;
    atomic_fetch_add(&bench->abandoned, 1);
    call_end(call, CALL_ERROR);
}

static inline void crowded(void *context) {
    struct bench *bench = context;
    atomic_fetch_add(&bench->crowded, 1);
}

static inline void start(struct bench *bench, unsigned workers, unsigned extra, size_t queued_calls,
                         void (*body)(struct bench *, struct call *)) {
    *bench = (struct bench){.body = body};
    pthread_mutex_init(&bench->mutex, NULL);
    struct scheduler_config config = {
        .workers = workers,
        .extra_workers = extra,
        .queued_calls = queued_calls,
        .queued_bytes = 100,
        .run = run,
        .abandon = abandon,
        .context = bench,
        .crowded = crowded,
        .user_threads = 1,
    };
    bench->seats = scheduler_seats(&config);
    bench->scheduler = scheduler_new(&config, NULL);
    assert_non_null(bench->scheduler);
}

static inline void stop(struct bench *bench) {
    assert_true(scheduler_stop(bench->scheduler, UINT64_MAX));
    scheduler_delete(bench->scheduler);
    pthread_mutex_destroy(&bench->mutex);
}

static inline void open_gate(struct bench *bench) {
    pthread_mutex_lock(&bench->mutex);
    bench->open = true;
    waiters_wake_all(&bench->gate);
    pthread_mutex_unlock(&bench->mutex);
}

static inline void wait_at_gate(struct bench *bench) {
    pthread_mutex_lock(&bench->mutex);
    while (!bench->open) {
        waiters_wait(&bench->gate, &bench->mutex, NULL);
    }
    pthread_mutex_unlock(&bench->mutex);
}

static inline void wait_until(_Atomic unsigned *number, unsigned value) {
    uint64_t deadline = clock_monotonic() + 20000000000u;
    while (atomic_load(number) != value) {
        assert_true(clock_monotonic() < deadline);
        usleep(200);
    }
}

static inline void do_nothing(struct bench *bench, struct call *call) {
    (void)bench;
    (void)call;
}

static inline void block(struct bench *bench, struct call *call) {
    (void)call;
    wait_at_gate(bench);
}

static inline void spin(struct bench *bench, struct call *call) {
    while (call->input.length > 0 && atomic_load(&bench->spin)) {
        usleep(100);
    }
}

static inline bool look(struct bench *bench, struct scheduler_seat *views, unsigned *count) {
    return scheduler_look(bench->scheduler, views, count);
}

static inline int initialize(void **state) {
    (void)state;
    return sodium_init() < 0;
}

#endif
