// When memory counts as short, from files as the kernel writes them; and what happens then.
#include "runtime/private.h"

#include "fixture.h"

static void put(const char *path, const char *text) {
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void test_levels(void **state) {
    (void)state;
    char scratch[] = "/tmp/faasm-pressure-XXXXXX";
    struct pressure pressure = {{0}, {0}};
    assert_non_null(mkdtemp(scratch));
    snprintf(pressure.stalls, sizeof pressure.stalls, "%s/memory", scratch);
    snprintf(pressure.facts, sizeof pressure.facts, "%s/meminfo", scratch);
    assert_false(pressure_is_high(&pressure)); // nothing is known
    put(pressure.facts, "MemTotal:        1000000 kB\nMemFree:  10 kB\nMemAvailable:  49000 kB\n");
    assert_true(pressure_is_high(&pressure));
    put(pressure.facts, "MemTotal:        1000000 kB\nMemFree:  10 kB\nMemAvailable:  51000 kB\n");
    assert_false(pressure_is_high(&pressure));
    put(pressure.facts, "MemTotal:        1000000 kB\n");
    assert_false(pressure_is_high(&pressure));
    // Stalls count before what is available.
    put(pressure.stalls, "some avg10=10.00 avg60=0.00 avg300=0.00 total=1\n"
                         "full avg10=0.00 avg60=0.00 avg300=0.00 total=1\n");
    assert_true(pressure_is_high(&pressure));
    put(pressure.stalls, "some avg10=9.99 avg60=50.00 avg300=50.00 total=1\n"
                         "full avg10=90.00 avg60=0.00 avg300=0.00 total=1\n");
    put(pressure.facts, "MemTotal: 1000 kB\nMemAvailable: 1 kB\n");
    assert_false(pressure_is_high(&pressure));
    put(pressure.stalls, "what?\n");
    assert_true(pressure_is_high(&pressure));
    unlink(pressure.stalls);
    unlink(pressure.facts);
    assert_int_equal(rmdir(scratch), 0);
}

static void test_files_of_this_machine(void **state) {
    (void)state;
    struct pressure pressure;
    pressure_find(&pressure);
    assert_string_equal(pressure.facts, "/proc/meminfo");
    assert_non_null(strstr(pressure.stalls, "pressure"));
    pressure_is_high(&pressure); // whatever it says
}

static uint64_t faaslets(void) {
    struct runtime_counters counters;
    runtime_counters(runtime, &counters);
    return counters.faaslets;
}

static void test_pools_shrink(void **state) {
    (void)state;
    char path[64];
    snprintf(path, sizeof path, "%s/stalls", folder);
    put(path, "some avg10=50.00 avg60=0.00 avg300=0.00 total=1\n");
    upload("ada", "f",
           "(module" IMPORTS "(func (export \"_start\")"
           "  (i32.store (i32.const 4096) (i32.const 1)) (call $output (i32.const 7))))");
    for (int i = 0; i < 3; i++) {
        expect_output(invoke("ada", "f", 0), 7);
    }
    assert_int_equal(faaslets(), 1);
    assert_true(faaslet_dirty_bytes() > 0);
    // The monitor's thread looks at it; it reads a name that is written in one piece.
    memcpy(runtime->pressure.stalls, path, sizeof path);
    expect_output(invoke("ada", "f", 0), 7);
    uint64_t deadline = clock_monotonic() + 20000000000u;
    while (faaslets() > 0) {
        assert_true(clock_monotonic() < deadline);
        usleep(10000);
    }
    assert_int_equal(faaslet_dirty_bytes(), 0);
    struct runtime_counters counters;
    runtime_counters(runtime, &counters);
    assert_true(counters.memory_short);
    expect_output(invoke("ada", "f", 0), 7); // calls go on
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_levels),
        cmocka_unit_test(test_files_of_this_machine),
        TEST(test_pools_shrink),
    };
    return cmocka_run_group_tests(tests, initialize, finish);
}
