// Whose turn it is, and what the limits of the queue hold back.
#include "runtime/queue.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static struct call_queue queue;
static struct call_limits limits;
static struct call_limits user_limits;

static int set_up(void **state) {
    (void)state;
    queue = (struct call_queue){0};
    limits = user_limits = (struct call_limits){0};
    return 0;
}

static struct call *new_call(const char *user, const char *function) {
    struct buffer input = {0};
    struct call *call = call_new(NULL, user, function, &input, &limits, NULL);
    assert_non_null(call);
    call->private->user_limits = &user_limits;
    return call;
}

static struct call *push(const char *user, const char *function) {
    struct call *call = new_call(user, function);
    assert_true(call_queue_push(&queue, call, NULL));
    return call;
}

static void expect_refused(const char *user, const char *function) {
    struct error error;
    struct call *call = new_call(user, function);
    assert_false(call_queue_push(&queue, call, &error));
    assert_int_equal(error.code, ERROR_BUSY);
    call_release(call);
}

static void done(struct call *call) {
    call_queue_done(&queue, call->private->lane);
    call_release(call);
}

static void expect_turn(const char *user, const char *function) {
    struct call *call = call_queue_pop(&queue);
    assert_non_null(call);
    assert_string_equal(call->user, user);
    assert_string_equal(call->function, function);
    done(call);
}

static void expect_end(void) {
    assert_null(call_queue_pop(&queue));
    assert_false(call_queue_ready(&queue));
    struct call *call;
    while ((call = call_queue_drain(&queue)) != NULL) {
        call_release(call);
    }
    assert_int_equal(queue.count, 0);
    call_queue_destroy(&queue);
}

static void test_users_take_turns(void **state) {
    (void)state;
    for (int i = 0; i < 10000; i++) {
        push("ada", "f");
    }
    push("bob", "f");
    push("cyd", "f");
    push("bob", "f");
    expect_turn("ada", "f");
    expect_turn("bob", "f");
    expect_turn("cyd", "f");
    expect_turn("ada", "f");
    expect_turn("bob", "f");
    for (int i = 0; i < 9998; i++) {
        expect_turn("ada", "f");
    }
    expect_end();
}

static void test_functions_take_turns(void **state) {
    (void)state;
    push("ada", "f");
    push("ada", "f");
    push("ada", "f");
    push("ada", "g");
    push("bob", "f");
    expect_turn("ada", "f");
    expect_turn("bob", "f");
    expect_turn("ada", "g");
    expect_turn("ada", "f");
    expect_turn("ada", "f");
    expect_end();
}

static void test_order_of_a_function(void **state) {
    (void)state;
    struct call *calls[5];
    for (int i = 0; i < 5; i++) {
        calls[i] = push("ada", "f");
    }
    call_queue_remove(&queue, calls[2]);
    assert_false(calls[2]->private->in_queue);
    static const int order[] = {0, 1, 3, 4};
    for (int i = 0; i < 4; i++) {
        struct call *call = call_queue_pop(&queue);
        assert_ptr_equal(call, calls[order[i]]);
        done(call);
    }
    call_release(calls[2]);
    expect_end();
}

static void test_concurrency_of_a_function(void **state) {
    (void)state;
    limits.concurrent_calls = 2;
    for (int i = 0; i < 4; i++) {
        push("ada", "f");
    }
    limits.concurrent_calls = 0;
    struct call *first = call_queue_pop(&queue), *second = call_queue_pop(&queue);
    assert_null(call_queue_pop(&queue));
    push("ada", "g"); // another function of the user is not held back
    expect_turn("ada", "g");
    assert_null(call_queue_pop(&queue));
    done(first);
    struct call *third = call_queue_pop(&queue);
    assert_non_null(third);
    assert_null(call_queue_pop(&queue));
    done(second);
    done(third);
    expect_turn("ada", "f");
    expect_end();
}

static void test_concurrency_of_a_user(void **state) {
    (void)state;
    user_limits.concurrent_calls = 1;
    push("ada", "f");
    push("ada", "g");
    struct call *first = call_queue_pop(&queue);
    assert_null(call_queue_pop(&queue));
    push("bob", "f");
    expect_turn("bob", "f");
    assert_null(call_queue_pop(&queue));
    done(first);
    expect_turn("ada", "g");
    expect_end();
}

static void test_length(void **state) {
    (void)state;
    limits.queued_calls = 2;
    user_limits.queued_calls = 3;
    push("ada", "f");
    push("ada", "f");
    expect_refused("ada", "f");
    push("ada", "g");
    expect_refused("ada", "g"); // of the user
    push("bob", "f");
    expect_turn("ada", "f");
    push("ada", "f");
    expect_refused("ada", "f");
    expect_turn("bob", "f");
    expect_turn("ada", "g");
    expect_turn("ada", "f");
    expect_turn("ada", "f");
    expect_end();
}

static void test_many_functions(void **state) {
    (void)state;
    char name[32];
    for (int i = 0; i < 20000; i++) {
        snprintf(name, sizeof name, "f%d", i);
        push(i % 2 == 0 ? "ada" : name, name);
        if (i % 3 != 0) {
            done(call_queue_pop(&queue));
        }
    }
    while (call_queue_ready(&queue)) {
        done(call_queue_pop(&queue));
    }
    expect_end();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_users_take_turns, set_up),
        cmocka_unit_test_setup(test_functions_take_turns, set_up),
        cmocka_unit_test_setup(test_order_of_a_function, set_up),
        cmocka_unit_test_setup(test_concurrency_of_a_function, set_up),
        cmocka_unit_test_setup(test_concurrency_of_a_user, set_up),
        cmocka_unit_test_setup(test_length, set_up),
        cmocka_unit_test_setup(test_many_functions, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
