// The thread that stops calls at their limits of time, with calls that no Faaslet runs.
#include "base/clock.h"
#include "runtime/cpu_meter.h"
#include "runtime/monitor.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

enum { MILLISECOND = 1000000 };

static struct monitor monitor;
static _Atomic unsigned stops, chores_done;
static _Atomic uint64_t chores_next;
static _Atomic uint32_t last_id;
static _Atomic int last_kind;
static uint32_t next_id;

static void stop_one(void *context, struct call *call, enum faaslet_trap_kind kind) {
    assert_ptr_equal(context, &monitor);
    uint32_t none = 0;
    atomic_compare_exchange_strong(&call->private->stop, &none, kind);
    atomic_store(&last_id, call->id);
    atomic_store(&last_kind, kind);
    atomic_fetch_add(&stops, 1);
}

static uint64_t do_chores(void *context, uint64_t now) {
    (void)context;
    (void)now;
    atomic_fetch_add(&chores_done, 1);
    return atomic_load(&chores_next);
}

static int set_up(void **state) {
    (void)state;
    stops = chores_done = 0;
    chores_next = MONITOR_NEVER;
    monitor_create(&monitor, &(struct monitor_config){
                                 .chores = do_chores, .stop = stop_one, .context = &monitor});
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    monitor_destroy(&monitor);
    return 0;
}

static struct call *new_call(uint64_t wall, uint64_t cpu) {
    struct call_limits limits = {.wall_nanoseconds = wall, .cpu_nanoseconds = cpu};
    struct buffer none = {0};
    struct call *call = call_new(NULL, "ada", "f", &none, &limits, NULL);
    assert_non_null(call);
    call->id = ++next_id;
    return call;
}

static void enter(struct call *call) {
    struct error error;
    assert_true(monitor_enter(&monitor, call, clock_monotonic(), &error));
}

static void leave(struct call *call) {
    monitor_leave(&monitor, call, clock_monotonic());
    call_release(call);
}

static void wait_until(_Atomic unsigned *counter, unsigned value) {
    uint64_t deadline = clock_monotonic() + 20ull * 1000 * MILLISECOND;
    while (atomic_load(counter) < value) {
        assert_true(clock_monotonic() < deadline);
        usleep(200);
    }
}

static void test_no_limit_needs_no_thread(void **state) {
    (void)state;
    struct call *call = new_call(0, 0);
    enter(call);
    assert_false(monitor.started);
    leave(call);
}

static void test_deadline(void **state) {
    (void)state;
    struct call *call = new_call(30 * MILLISECOND, 0);
    uint64_t begin = clock_monotonic();
    enter(call);
    wait_until(&stops, 1);
    assert_true(clock_monotonic() - begin >= 30 * MILLISECOND);
    assert_int_equal(last_kind, FAASLET_TRAP_DEADLINE);
    assert_int_equal(last_id, call->id);
    usleep(20000);
    assert_int_equal(stops, 1); // once
    leave(call);
}

// A later one with an earlier end wakes the thread.
static void test_earlier_ends_come_first(void **state) {
    (void)state;
    struct call *late = new_call(3600ull * 1000 * MILLISECOND, 0);
    struct call *soon = new_call(20 * MILLISECOND, 0);
    enter(late);
    usleep(20000); // it sleeps
    enter(soon);
    wait_until(&stops, 1);
    assert_int_equal(last_id, soon->id);
    leave(soon);
    leave(late);
    assert_int_equal(stops, 1);
}

static void test_what_has_left_is_not_stopped(void **state) {
    (void)state;
    struct call *call = new_call(20 * MILLISECOND, 0);
    enter(call);
    leave(call);
    usleep(60000);
    assert_int_equal(stops, 0);
}

static void test_cpu_limit(void **state) {
    (void)state;
    struct call *call = new_call(0, 20 * MILLISECOND);
    enter(call);
    usleep(60000); // uses none
    assert_int_equal(stops, 0);
    uint64_t deadline = clock_monotonic() + 20ull * 1000 * MILLISECOND;
    while (atomic_load(&stops) == 0) {
        assert_true(clock_monotonic() < deadline);
    }
    assert_int_equal(last_kind, FAASLET_TRAP_CPU_LIMIT);
    assert_true(cpu_meter_read(call->private->meter, call, clock_monotonic(), 1) >=
                20 * MILLISECOND);
    leave(call);
}

// More of them in one shard than it stops in one go, while others come and go.
static void *come_and_go(void *argument) {
    (void)argument;
    for (int i = 0; i < 2000; i++) {
        struct call *call = new_call(3600ull * 1000 * MILLISECOND, 0);
        enter(call);
        leave(call);
    }
    return NULL;
}

static void test_many(void **state) {
    (void)state;
    enum { CALLS = 1200 };
    struct call *calls[CALLS];
    for (int i = 0; i < CALLS; i++) {
        calls[i] = new_call(50 * MILLISECOND, 0);
        enter(calls[i]);
    }
    pthread_t thread;
    uint32_t before = next_id;
    assert_int_equal(pthread_create(&thread, NULL, come_and_go, NULL), 0);
    wait_until(&stops, CALLS);
    pthread_join(thread, NULL);
    assert_int_equal(next_id, before + 2000);
    assert_int_equal(stops, CALLS);
    for (int i = CALLS - 1; i >= 0; i--) { // as calls nest
        leave(calls[i]);
    }
}

static void test_chores(void **state) {
    (void)state;
    monitor_wake(&monitor, clock_monotonic() + 10 * MILLISECOND);
    wait_until(&chores_done, 1);
    usleep(20000);
    unsigned done = atomic_load(&chores_done);
    usleep(50000);
    assert_int_equal(chores_done, done); // it was told never
    atomic_store(&chores_next, 0);       // at once, again and again
    monitor_wake(&monitor, clock_monotonic());
    wait_until(&chores_done, done + 50);
    atomic_store(&chores_next, MONITOR_NEVER);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_no_limit_needs_no_thread),
        TEST(test_deadline),
        TEST(test_earlier_ends_come_first),
        TEST(test_what_has_left_is_not_stopped),
        TEST(test_cpu_limit),
        TEST(test_many),
        TEST(test_chores),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
