// CPU time of calls that nest on a thread, with times that the test gives.
#include "base/clock.h"
#include "runtime/cpu_meter.h"
#include "runtime/record.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

enum { MILLISECOND = 1000000 };

static struct call *new_call(void) {
    static const struct call_limits limits;
    struct buffer none = {0};
    struct call *call = call_new(NULL, "ada", "f", &none, &limits, NULL);
    assert_non_null(call);
    return call;
}

static uint64_t cpu_of(const struct call *call) {
    return atomic_load(&call->cpu_nanoseconds);
}

// Short stretches are charged by the wall clock, to whoever is innermost.
static void test_nested(void **state) {
    (void)state;
    struct cpu_meter *meter = cpu_meter();
    assert_ptr_equal(cpu_meter(), meter);
    struct call *outer = new_call(), *inner = new_call();
    uint64_t now = clock_monotonic();
    assert_null(cpu_meter_switch(meter, outer, now));
    assert_ptr_equal(cpu_meter_switch(meter, inner, now + 1000), outer);
    assert_ptr_equal(cpu_meter_switch(meter, outer, now + 3000), inner);
    assert_ptr_equal(cpu_meter_switch(meter, NULL, now + 6000), outer);
    assert_int_equal(cpu_of(inner), 2000);
    assert_int_equal(cpu_of(outer), 1000 + 3000);
    // Nobody is charged between calls.
    assert_null(cpu_meter_switch(meter, inner, now + 9000));
    cpu_meter_switch(meter, NULL, now + 9500);
    assert_int_equal(cpu_of(inner), 2500);
    call_release(outer);
    call_release(inner);
}

static void burn(uint64_t nanoseconds) {
    uint64_t end = clock_nanoseconds(CLOCK_THREAD_CPUTIME_ID) + nanoseconds;
    while (clock_nanoseconds(CLOCK_THREAD_CPUTIME_ID) < end) {
    }
}

// Long ones by what the CPU clock says: sleeping is free, and no time counts twice.
static void test_long_stretches(void **state) {
    (void)state;
    struct cpu_meter *meter = cpu_meter();
    struct call *call = new_call();
    uint64_t before = clock_nanoseconds(CLOCK_THREAD_CPUTIME_ID);
    cpu_meter_switch(meter, call, clock_monotonic());
    burn(20 * MILLISECOND);
    usleep(60000);
    cpu_meter_switch(meter, NULL, clock_monotonic());
    uint64_t used = clock_nanoseconds(CLOCK_THREAD_CPUTIME_ID) - before;
    assert_true(cpu_of(call) >= 19 * MILLISECOND);
    assert_true(cpu_of(call) <= used + MILLISECOND);
    uint64_t first = cpu_of(call);
    cpu_meter_switch(meter, call, clock_monotonic());
    usleep(30000);
    cpu_meter_switch(meter, NULL, clock_monotonic());
    assert_true(cpu_of(call) - first < 10 * MILLISECOND);
    call_release(call);
}

static void test_read(void **state) {
    (void)state;
    struct cpu_meter *meter = cpu_meter();
    struct call *call = new_call(), *other = new_call();
    uint64_t now = clock_monotonic();
    cpu_meter_switch(meter, call, now);
    // Below the limit the wall clock is an upper bound that costs nothing.
    assert_int_equal(cpu_meter_read(meter, call, now + 500, 1000), 500);
    assert_int_equal(cpu_meter_read(meter, other, now + 500, 1000), 0);
    // At the limit it looks: this thread has slept.
    usleep(30000);
    now = clock_monotonic();
    assert_true(cpu_meter_read(meter, call, now, 10 * MILLISECOND) < 20 * MILLISECOND);
    burn(15 * MILLISECOND);
    now = clock_monotonic();
    assert_true(cpu_meter_read(meter, call, now, 10 * MILLISECOND) >= 14 * MILLISECOND);
    cpu_meter_switch(meter, NULL, now);
    assert_int_equal(cpu_meter_read(meter, call, now + 1000000000, 1), cpu_of(call));
    call_release(call);
    call_release(other);
}

// ---- Read while it is written -------------------------------------------------------------------

static _Atomic bool ending;
static struct cpu_meter *_Atomic writer_meter;
static struct call *calls[2];

// The clock of the meter is of no use to a reader once its thread has ended.
static void *switch_for_ever(void *argument) {
    (void)argument;
    struct cpu_meter *meter = cpu_meter();
    uint64_t now = clock_monotonic();
    cpu_meter_switch(meter, calls[0], now);
    atomic_store(&writer_meter, meter);
    for (unsigned i = 1; !atomic_load(&ending); i++) {
        now += 100;
        cpu_meter_switch(meter, calls[i & 1], now);
    }
    cpu_meter_switch(meter, NULL, now);
    return NULL;
}

static void test_reader(void **state) {
    (void)state;
    pthread_t thread;
    calls[0] = new_call();
    calls[1] = new_call();
    assert_int_equal(pthread_create(&thread, NULL, switch_for_ever, NULL), 0);
    struct cpu_meter *meter;
    while ((meter = atomic_load(&writer_meter)) == NULL) {
        usleep(100);
    }
    uint64_t last = 0;
    for (int i = 0; i < 20000; i++) {
        uint64_t used = cpu_meter_read(meter, calls[0], 0, UINT64_MAX);
        assert_true(used >= last); // never half of a switch
        assert_int_equal(used % 100, 0);
        last = used;
    }
    atomic_store(&ending, true);
    pthread_join(thread, NULL);
    uint64_t difference = cpu_of(calls[0]) - cpu_of(calls[1]);
    assert_true(difference == 0 || difference == 100);
    call_release(calls[0]);
    call_release(calls[1]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nested),
        cmocka_unit_test(test_long_stretches),
        cmocka_unit_test(test_read),
        cmocka_unit_test(test_reader),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
