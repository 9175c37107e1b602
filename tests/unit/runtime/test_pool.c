// Ready Faaslets: taken, put back, dropped, by one thread and by many.
#include "runtime/private.h"

#include <pthread.h>

#include "fixture.h"

static struct code *code;

// A function that has run once, so that its Proto-Faaslet is there.
static void prepare(void) {
    upload("ada", "f",
           "(module" IMPORTS "(func (export \"_start\") (call $output (i32.const 7))))");
    expect_output(invoke("ada", "f", 0), 7);
    struct error error;
    struct function *function = runtime_find_function(runtime, "ada", "f", &error);
    assert_non_null(function);
    code = function_code(function);
    function_release(function);
    pool_trim(&code->pool, true);
}

static struct faaslet *take(bool want_made) {
    struct error error;
    bool made;
    struct faaslet *faaslet = pool_take(&code->pool, code->proto, &made, &error);
    assert_non_null(faaslet);
    assert_int_equal(made, want_made);
    return faaslet;
}

static void expect_counts(unsigned alive, unsigned ready) {
    assert_int_equal(atomic_load(&code->pool.alive), alive);
    assert_int_equal(atomic_load(&code->pool.totals->alive), alive);
    assert_int_equal(atomic_load(&code->pool.totals->ready), ready);
}

static void test_every_faaslet_is_found_again(void **state) {
    (void)state;
    enum { COUNT = 10 };
    struct faaslet *faaslets[COUNT];
    prepare();
    for (int i = 0; i < COUNT; i++) {
        faaslets[i] = take(true);
    }
    expect_counts(COUNT, 0);
    for (int i = 0; i < COUNT; i++) {
        pool_put(&code->pool, faaslets[i]);
    }
    expect_counts(COUNT, COUNT);
    for (int i = 0; i < COUNT; i++) {
        faaslets[i] = take(false);
    }
    struct faaslet *one_more = take(true);
    pool_put(&code->pool, one_more);
    for (int i = 0; i < COUNT; i++) {
        pool_put(&code->pool, faaslets[i]);
    }
    expect_counts(COUNT + 1, COUNT + 1);
    code_release(code);
}

static void test_trim_drops_what_nobody_needs(void **state) {
    (void)state;
    prepare();
    struct faaslet *first = take(true), *second = take(true);
    pool_put(&code->pool, first);
    pool_put(&code->pool, second);
    for (int i = 0; i < 5; i++) { // one of them is in use
        pool_put(&code->pool, take(false));
        pool_trim(&code->pool, false);
    }
    expect_counts(1, 1);
    pool_trim(&code->pool, false);
    expect_counts(0, 0);
    pool_put(&code->pool, take(true));
    pool_trim(&code->pool, true);
    expect_counts(0, 0);
    code_release(code);
}

static void test_no_more_wait_than_all_pools_may_hold(void **state) {
    (void)state;
    prepare();
    uint64_t usual = code->pool.totals->ready_max;
    code->pool.totals->ready_max = 1;
    struct faaslet *first = take(true), *second = take(true);
    pool_put(&code->pool, first);
    pool_put(&code->pool, second);
    expect_counts(1, 1);
    code->pool.totals->ready_max = usual;
    code_release(code);
}

static void *take_and_put(void *failed) {
    for (int i = 0; i < 2000; i++) {
        struct error error;
        bool made;
        struct faaslet *faaslet = pool_take(&code->pool, code->proto, &made, &error);
        if (faaslet == NULL) {
            return failed;
        }
        pool_put(&code->pool, faaslet);
        if (i % 500 == 0) {
            pool_trim(&code->pool, false);
        }
    }
    return NULL;
}

static void test_many_threads(void **state) {
    (void)state;
    enum { THREADS = 8 };
    pthread_t threads[THREADS];
    prepare();
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, take_and_put, &threads[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        void *failed;
        assert_int_equal(pthread_join(threads[i], &failed), 0);
        assert_null(failed);
    }
    unsigned alive = atomic_load(&code->pool.alive);
    assert_in_range(alive, 1, THREADS);
    expect_counts(alive, alive); // none is lost, none waits twice
    pool_trim(&code->pool, true);
    expect_counts(0, 0);
    code_release(code);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_every_faaslet_is_found_again),
        TEST(test_trim_drops_what_nobody_needs),
        TEST(test_no_more_wait_than_all_pools_may_hold),
        TEST(test_many_threads),
    };
    return cmocka_run_group_tests(tests, initialize, finish);
}
