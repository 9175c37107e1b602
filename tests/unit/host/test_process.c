// Arguments, environment, clocks, random bytes, sleeping.
#include "base/clock.h"

#include "fixture.h"

static void assert_list(char *const *list, u32 (*sizes)(instance_pointer, u32, u32),
                        u32 (*get)(instance_pointer, u32, u32)) {
    u32 count = 0;
    u32 bytes = 0;
    for (; list[count] != NULL; count++) {
        bytes += (u32)strlen(list[count]) + 1;
    }
    assert_int_equal(sizes(guest, RESULT_AT, RESULT_AT + 4), WASI_SUCCESS);
    assert_int_equal(u32_at(RESULT_AT), count);
    assert_int_equal(u32_at(RESULT_AT + 4), bytes);
    assert_int_equal(get(guest, PATH_AT, DATA_AT), WASI_SUCCESS);
    for (u32 i = 0; i < count; i++) {
        char text[64];
        assert_true(guest_read_string(guest, u32_at(PATH_AT + 4 * i), text, sizeof text));
        assert_string_equal(text, list[i]);
    }
    // To the very end of memory, and one byte past it.
    assert_int_equal(get(guest, PATH_AT, MEMORY_BYTES - bytes), WASI_SUCCESS);
    assert_int_equal(get(guest, PATH_AT, MEMORY_BYTES - bytes + 1), WASI_EFAULT);
}

static void test_lists(void **state) {
    (void)state;
    assert_list(environment.arguments, wasi.args_sizes_get, wasi.args_get);
    assert_list(environment.variables, wasi.environ_sizes_get, wasi.environ_get);
    environment.variables = NULL;
    assert_int_equal(wasi.environ_sizes_get(guest, RESULT_AT, RESULT_AT + 4), WASI_SUCCESS);
    assert_int_equal(u32_at(RESULT_AT), 0);
    assert_int_equal(wasi.environ_get(guest, PATH_AT, DATA_AT), WASI_SUCCESS);
}

static void test_clocks(void **state) {
    (void)state;
    u64 before = clock_realtime();
    assert_int_equal(wasi.clock_time_get(guest, WASI_CLOCK_REALTIME, 0, RESULT_AT), WASI_SUCCESS);
    assert_in_range(u64_at(RESULT_AT), before, clock_realtime());
    before = clock_monotonic();
    assert_int_equal(wasi.clock_time_get(guest, WASI_CLOCK_MONOTONIC, 0, RESULT_AT), WASI_SUCCESS);
    assert_in_range(u64_at(RESULT_AT), before, clock_monotonic());
    for (u32 clock = 0; clock <= WASI_CLOCK_THREAD_CPUTIME; clock++) {
        assert_int_equal(wasi.clock_res_get(guest, clock, RESULT_AT), WASI_SUCCESS);
        assert_in_range(u64_at(RESULT_AT), 1, 100000000);
        assert_int_equal(wasi.clock_time_get(guest, clock, 0, RESULT_AT), WASI_SUCCESS);
        assert_true(u64_at(RESULT_AT) > 0);
    }
    assert_int_equal(wasi.clock_res_get(guest, 4, RESULT_AT), WASI_EINVAL);
    assert_int_equal(wasi.clock_time_get(guest, UINT32_MAX, 0, RESULT_AT), WASI_EINVAL);
    assert_int_equal(wasi.clock_time_get(guest, 0, 0, MEMORY_BYTES - 7), WASI_EFAULT);
}

static void test_random(void **state) {
    (void)state;
    uint8_t *bytes = guest_range(guest, DATA_AT, 100000);
    assert_int_equal(wasi.random_get(guest, DATA_AT, 100000), WASI_SUCCESS);
    size_t counts[256] = {0};
    for (size_t i = 0; i < 100000; i++) {
        counts[bytes[i]]++;
    }
    for (size_t i = 0; i < 256; i++) {
        assert_in_range(counts[i], 200, 600); // 391 expected, deviation 20
    }
    assert_int_equal(wasi.random_get(guest, DATA_AT, 0), WASI_SUCCESS);
    assert_int_equal(wasi.random_get(guest, 0, UINT32_MAX), WASI_EFAULT);
}

// ---- poll_oneoff --------------------------------------------------------------------------------

enum { EVENTS_AT = DATA_AT + 32768, MILLISECOND = 1000000 };

static void put_clock(u32 index, u32 clock, u64 timeout, u32 flags) {
    const struct wasi_subscription subscription = {
        .userdata = 100 + index,
        .type = WASI_EVENT_CLOCK,
        .clock = clock,
        .timeout = timeout,
        .flags = (uint16_t)flags,
    };
    assert_true(guest_write(guest, DATA_AT + index * (u32)sizeof subscription, &subscription,
                            sizeof subscription));
}

static struct wasi_event event_at(u32 index) {
    struct wasi_event event;
    assert_true(guest_read(guest, EVENTS_AT + index * (u32)sizeof event, &event, sizeof event));
    return event;
}

// How long it took, in nanoseconds.
static u64 poll(u32 count) {
    u64 before = clock_monotonic();
    assert_int_equal(wasi.poll_oneoff(guest, DATA_AT, EVENTS_AT, count, RESULT_AT), WASI_SUCCESS);
    return clock_monotonic() - before;
}

static void test_sleep(void **state) {
    (void)state;
    put_clock(0, WASI_CLOCK_MONOTONIC, 20 * MILLISECOND, 0);
    assert_in_range(poll(1), 20 * MILLISECOND, 2000ull * MILLISECOND);
    assert_int_equal(u32_at(RESULT_AT), 1);
    assert_int_equal(event_at(0).userdata, 100);
    assert_int_equal(event_at(0).error, 0);
    assert_int_equal(event_at(0).type, WASI_EVENT_CLOCK);

    put_clock(0, WASI_CLOCK_MONOTONIC, clock_monotonic() + 20 * MILLISECOND,
              WASI_SUBCLOCK_ABSOLUTE);
    assert_in_range(poll(1), 15 * MILLISECOND, 2000ull * MILLISECOND);
    put_clock(0, WASI_CLOCK_REALTIME, clock_realtime() + 20 * MILLISECOND, WASI_SUBCLOCK_ABSOLUTE);
    assert_in_range(poll(1), 15 * MILLISECOND, 2000ull * MILLISECOND);
    // A time that is past, and none at all.
    put_clock(0, WASI_CLOCK_REALTIME, 1, WASI_SUBCLOCK_ABSOLUTE);
    assert_in_range(poll(1), 0, 500ull * MILLISECOND);
    put_clock(0, WASI_CLOCK_MONOTONIC, 0, 0);
    assert_in_range(poll(1), 0, 500ull * MILLISECOND);
    assert_int_equal(u32_at(RESULT_AT), 1);
}

static void test_several(void **state) {
    (void)state;
    put_clock(0, WASI_CLOCK_MONOTONIC, UINT64_MAX, 0); // never
    put_clock(1, WASI_CLOCK_REALTIME, 20 * MILLISECOND, 0);
    put_clock(2, WASI_CLOCK_MONOTONIC, 3600000ull * MILLISECOND, 0);
    assert_in_range(poll(3), 15 * MILLISECOND, 2000ull * MILLISECOND);
    assert_int_equal(u32_at(RESULT_AT), 1);
    assert_int_equal(event_at(0).userdata, 101);
}

static void test_subscription_errors(void **state) {
    (void)state;
    put_clock(0, WASI_CLOCK_MONOTONIC, 3600000ull * MILLISECOND, 0);
    put_clock(1, WASI_CLOCK_THREAD_CPUTIME, 1, 0);
    put_clock(2, 77, 1, 0);
    struct wasi_subscription reading = {
        .userdata = 5, .type = WASI_EVENT_FD_READ, .descriptor = 99};
    assert_true(guest_write(guest, DATA_AT + 3 * (u32)sizeof reading, &reading, sizeof reading));
    assert_in_range(poll(4), 0, 500ull * MILLISECOND);
    assert_int_equal(u32_at(RESULT_AT), 3);
    assert_int_equal(event_at(0).error, WASI_ENOTSUP);
    assert_int_equal(event_at(1).error, WASI_EINVAL);
    assert_int_equal(event_at(2).error, WASI_EBADF);
    assert_int_equal(event_at(2).userdata, 5);
    assert_int_equal(event_at(2).type, WASI_EVENT_FD_READ);
    assert_int_equal(wasi.poll_oneoff(guest, DATA_AT, EVENTS_AT, 0, RESULT_AT), WASI_EINVAL);
    assert_int_equal(wasi.poll_oneoff(guest, DATA_AT, EVENTS_AT, UINT32_MAX, RESULT_AT),
                     WASI_EINVAL);
    assert_int_equal(wasi.poll_oneoff(guest, MEMORY_BYTES - 47, EVENTS_AT, 1, RESULT_AT),
                     WASI_EFAULT);
    assert_int_equal(wasi.poll_oneoff(guest, DATA_AT, MEMORY_BYTES - 31, 1, RESULT_AT),
                     WASI_EFAULT);
}

static void test_errno_numbers(void **state) {
    (void)state;
    assert_int_equal(wasi_errno_of(0), 0);
    assert_int_equal(wasi_errno_of(E2BIG), 1);
    assert_int_equal(wasi_errno_of(EAGAIN), 6);
    assert_int_equal(wasi_errno_of(EBADF), 8);
    assert_int_equal(wasi_errno_of(EEXIST), 20);
    assert_int_equal(wasi_errno_of(EINVAL), 28);
    assert_int_equal(wasi_errno_of(ENOENT), 44);
    assert_int_equal(wasi_errno_of(ENOTEMPTY), 55);
    assert_int_equal(wasi_errno_of(ENOTSUP), 58);
    assert_int_equal(wasi_errno_of(EPERM), 63);
    assert_int_equal(wasi_errno_of(ESPIPE), 70);
    assert_int_equal(wasi_errno_of(EXDEV), 75);
    assert_int_equal(WASI_ENOTCAPABLE, 76);
    assert_int_equal(wasi_errno_of(123456), 29); // EIO
}

int main(void) {
    const struct CMUnitTest tests[] = {
        HOST_TEST(test_lists),         HOST_TEST(test_clocks),  HOST_TEST(test_random),
        HOST_TEST(test_sleep),         HOST_TEST(test_several), HOST_TEST(test_subscription_errors),
        HOST_TEST(test_errno_numbers),
    };
    return cmocka_run_group_tests(tests, fixture_start, fixture_stop);
}
