// memory.atomic.wait and notify: what they return, timeouts, wakes in order, interrupts.
#include "base/clock.h"
#include "faaslet/atomic_wait.h"

#include "fixture.h"

enum { MILLISECOND = 1000000 };

static const char text[] =
    "(module (memory (export \"m\") 1 2 shared)"
    " (func (export \"wait\") (param $expected i32) (param $timeout i64) (result i32)"
    "   (memory.atomic.wait32 offset=8 (i32.const 56) (local.get $expected)"
    "     (local.get $timeout)))"
    " (func (export \"wait64\") (param $expected i64) (param $timeout i64) (result i32)"
    "   (memory.atomic.wait64 (i32.const 128) (local.get $expected) (local.get $timeout)))"
    " (func (export \"wait_at\") (param $at i32) (param $timeout i64) (result i32)"
    "   (memory.atomic.wait32 (local.get $at) (i32.const 0) (local.get $timeout)))"
    " (func (export \"notify_at\") (param $at i32) (param $count i32) (result i32)"
    "   (memory.atomic.notify (local.get $at) (local.get $count)))"
    " (func (export \"store\") (param i32 i32) (i32.store (local.get 0) (local.get 1))))";

static const char unshared_text[] =
    "(module (memory 1)"
    " (func (export \"wait\") (param i32 i32) (result i32)"
    "   (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const 0)))"
    " (func (export \"notify\") (param i32 i32) (result i32)"
    "   (memory.atomic.notify (i32.const 0) (i32.const 9))))";

static struct faaslet *faaslet;

static int start(void **state) {
    (void)state;
    faaslet = fixture_faaslet(text, NULL, 0);
    return 0;
}

static int end(void **state) {
    (void)state;
    faaslet_delete(faaslet);
    return 0;
}

static void returns_without_a_wake(void **state) {
    (void)state;
    assert_int_equal(fixture_value(faaslet, "wait", 1, (uint64_t)-1), 1);
    assert_int_equal(fixture_value(faaslet, "wait64", 1, (uint64_t)-1), 1);
    uint64_t before = clock_monotonic();
    assert_int_equal(fixture_value(faaslet, "wait", 0, 20 * MILLISECOND), 2);
    assert_int_equal(fixture_value(faaslet, "wait64", 0, 20 * MILLISECOND), 2);
    assert_true(clock_monotonic() - before >= 40 * MILLISECOND);
    assert_int_equal(fixture_value(faaslet, "wait", 0, 0), 2);
    assert_int_equal(fixture_value(faaslet, "notify_at", 64, 100), 0);
}

static void expect_trap(struct faaslet *in, const char *name, uint64_t first, uint64_t second,
                        enum faaslet_trap_kind kind) {
    struct faaslet_result result;
    fixture_call(in, name, first, second, &result);
    assert_int_equal(result.outcome, FAASLET_TRAPPED);
    assert_int_equal(result.trap, kind);
}

static void traps_on_bad_addresses(void **state) {
    (void)state;
    expect_trap(faaslet, "wait_at", 2, 0, FAASLET_TRAP_UNALIGNED_ATOMIC);
    expect_trap(faaslet, "wait_at", 65536, 0, FAASLET_TRAP_MEMORY_BOUNDS);
    expect_trap(faaslet, "wait_at", 0xfffffffc, 0, FAASLET_TRAP_MEMORY_BOUNDS);
    expect_trap(faaslet, "notify_at", 6, 1, FAASLET_TRAP_UNALIGNED_ATOMIC);
    expect_trap(faaslet, "notify_at", 65536, 1, FAASLET_TRAP_MEMORY_BOUNDS);
    struct faaslet *unshared = fixture_faaslet(unshared_text, NULL, 0);
    assert_int_equal(fixture_value(unshared, "notify", 0, 0), 0);
    expect_trap(unshared, "wait", 0, 0, FAASLET_TRAP_NOT_SHARED);
    faaslet_delete(unshared);
}

// Wakes the cell at 64 once somebody waits there.
static void *wake(void *argument) {
    struct object_instance *instance = faaslet_main_instance(argument);
    while (atomic_notify(instance, 0, 128, 1) != 0 || atomic_notify(instance, 0, 64, 1) == 0) {
        usleep(1000);
    }
    return NULL;
}

static void notify_wakes_the_waiter_of_its_cell(void **state) {
    (void)state;
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, wake, faaslet), 0);
    assert_int_equal(fixture_value(faaslet, "wait", 0, (uint64_t)-1), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(fixture_value(faaslet, "notify_at", 64, 1), 0);
}

static void *interrupt_soon(void *argument) {
    usleep(20000);
    faaslet_interrupt(argument, FAASLET_TRAP_DEADLINE);
    return NULL;
}

static void an_interrupt_ends_the_wait(void **state) {
    (void)state;
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, interrupt_soon, faaslet), 0);
    expect_trap(faaslet, "wait", 0, (uint64_t)-1, FAASLET_TRAP_DEADLINE);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(atomic_notify(faaslet_main_instance(faaslet), 0, 64, 100), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(returns_without_a_wake, start, end),
        cmocka_unit_test_setup_teardown(traps_on_bad_addresses, start, end),
        cmocka_unit_test_setup_teardown(notify_wakes_the_waiter_of_its_cell, start, end),
        cmocka_unit_test_setup_teardown(an_interrupt_ends_the_wait, start, end),
    };
    fixture_initialize();
    return cmocka_run_group_tests_name("atomic_wait", tests, NULL, NULL);
}
