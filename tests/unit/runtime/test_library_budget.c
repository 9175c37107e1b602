// How long modules that users have as files may be compiled.
#include "base/clock.h"
#include "runtime/library_budget.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define SECOND ((uint64_t)1000000000)

static struct library_budget budget;
static _Atomic uint32_t given_up;

static bool enter(const char *user, uint32_t *seconds, struct error *error) {
    return library_budget_enter(&budget, user, &given_up, seconds, error);
}

static void test_no_limit(void **state) {
    (void)state;
    uint32_t seconds = 7;
    struct error error;
    library_budget_create(&budget, 0);
    assert_true(enter("ada", &seconds, &error));
    assert_int_equal(seconds, 0);
    assert_true(enter("ada", &seconds, &error)); // nor is it one at a time
    library_budget_leave(&budget, "ada", 1000 * SECOND);
    assert_true(enter("ada", &seconds, &error));
    library_budget_destroy(&budget);
}

static void test_time_is_used_up(void **state) {
    (void)state;
    uint32_t seconds;
    struct error error;
    library_budget_create(&budget, 60 * SECOND);
    assert_true(enter("ada", &seconds, &error));
    assert_int_equal(seconds, 61);
    library_budget_leave(&budget, "ada", 50 * SECOND);
    assert_true(enter("ada", &seconds, &error));
    assert_true(seconds == 10 || seconds == 11);
    library_budget_leave(&budget, "ada", 16 * SECOND); // took longer than it had
    assert_false(enter("ada", &seconds, &error));
    assert_int_equal(error.code, ERROR_BUSY);
    // 7 seconds' worth come back in 70.
    assert_non_null(strstr(error.message, "again in 7"));
    // Others have their own.
    assert_true(enter("bob", &seconds, &error));
    assert_int_equal(seconds, 61);
    library_budget_leave(&budget, "bob", SECOND);
    library_budget_destroy(&budget);
}

static void test_time_comes_back(void **state) {
    (void)state;
    uint32_t seconds;
    struct error error;
    library_budget_create(&budget, 600 * SECOND); // as fast as it is used
    assert_true(enter("ada", &seconds, &error));
    library_budget_leave(&budget, "ada", 600 * SECOND + SECOND / 20);
    assert_false(enter("ada", &seconds, &error));
    usleep(60000);
    assert_true(enter("ada", &seconds, &error));
    assert_int_equal(seconds, 1);
    library_budget_leave(&budget, "ada", 0);
    library_budget_destroy(&budget);
}

static void *leave_soon(void *context) {
    (void)context;
    usleep(50000);
    library_budget_leave(&budget, "ada", SECOND);
    return NULL;
}

static void *give_up_soon(void *context) {
    (void)context;
    usleep(50000);
    given_up = 1;
    return NULL;
}

static void test_one_at_a_time(void **state) {
    (void)state;
    uint32_t seconds;
    struct error error;
    pthread_t thread;
    library_budget_create(&budget, 60 * SECOND);
    assert_true(enter("ada", &seconds, &error));
    assert_true(enter("bob", &seconds, &error));
    assert_int_equal(pthread_create(&thread, NULL, leave_soon, NULL), 0);
    assert_true(enter("ada", &seconds, &error)); // after the first has left
    assert_true(seconds <= 60);
    pthread_join(thread, NULL);
    assert_int_equal(pthread_create(&thread, NULL, give_up_soon, NULL), 0);
    assert_false(enter("ada", &seconds, &error));
    assert_int_equal(error.code, ERROR_CANCELLED);
    pthread_join(thread, NULL);
    given_up = 0;
    library_budget_destroy(&budget);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_limit),
        cmocka_unit_test(test_time_is_used_up),
        cmocka_unit_test(test_time_comes_back),
        cmocka_unit_test(test_one_at_a_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
