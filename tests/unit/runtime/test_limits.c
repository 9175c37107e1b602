// Limits of a call: whose hold, that they hold, and that they are remembered.
#include "base/limits.h"

#include "fixture.h"

static void reopen(struct runtime_config config) {
    runtime_delete(runtime);
    open_runtime_with(config);
}

static struct call_limits limits_of(const char *user, const char *name) {
    struct runtime_function_facts facts;
    struct error error;
    if (!runtime_function_facts(runtime, user, name, &facts, &error)) {
        fail_msg("%s", error.message);
    }
    return facts.limits;
}

static const char nothing[] = "(module" IMPORTS "(func (export \"_start\")))";
static const char gated[] = "(module" IMPORTS "(func (export \"_start\") (call $gate)))";

static void test_the_smallest_holds(void **state) {
    (void)state;
    const struct runtime_user_limits users[] = {
        {.user = "cyd", .limits = {.log_bytes = 70}},
        {.user = "bob", .limits = {.log_bytes = 50, .wall_nanoseconds = 1000}},
    };
    reopen((struct runtime_config){.limits = {.output_bytes = 100, .log_bytes = 100},
                                   .user_limits = {.log_bytes = 60},
                                   .users = users,
                                   .user_count = 2});
    const struct store_options options = {
        .limits = {.output_bytes = 1000, .log_bytes = 55, .wall_nanoseconds = 2000}};
    upload_with("ada", "f", nothing, &options);
    upload_with("bob", "f", nothing, &options);
    upload("ada", "g", nothing);
    upload("cyd", "g", nothing);
    struct call_limits ada = limits_of("ada", "f"), bob = limits_of("bob", "f");
    assert_int_equal(ada.output_bytes, 100);
    assert_int_equal(ada.log_bytes, 55);
    assert_int_equal(ada.wall_nanoseconds, 2000);
    assert_int_equal(ada.memory_bytes, 4ull << 30);
    assert_int_equal(ada.stack_bytes, 8u << 20);
    assert_int_equal(bob.log_bytes, 50);
    assert_int_equal(bob.wall_nanoseconds, 1000);
    assert_int_equal(limits_of("ada", "g").log_bytes, 60);
    assert_int_equal(limits_of("cyd", "g").log_bytes, 70);
}

static void test_limits_are_remembered(void **state) {
    (void)state;
    struct store_options options = {.durable = true};
    uint64_t number = 1000000;
#define X(identifier, documentation) options.limits.identifier = number++;
    CALL_LIMITS(X)
#undef X
    upload_with("ada", "f", nothing, &options);
    reopen((struct runtime_config){.workers = 1});
    struct runtime_function_facts facts;
    struct error error;
    assert_true(runtime_function_facts(runtime, "ada", "f", &facts, &error));
    number = 1000000;
#define X(identifier, documentation)                                                               \
    assert_int_equal(facts.stored.options.limits.identifier, number++);
    CALL_LIMITS(X)
#undef X
    assert_true(facts.stored.options.durable);
    upload("ada", "f", nothing); // an upload without options takes them away
    assert_true(runtime_function_facts(runtime, "ada", "f", &facts, &error));
    assert_int_equal(facts.stored.options.limits.log_bytes, 0);
    assert_false(facts.stored.options.durable);
}

static void test_memory(void **state) {
    (void)state;
    const struct store_options options = {.limits = {.memory_bytes = 3 * 65536 + 5000}};
    upload_with("ada", "grow",
                "(module" IMPORTS "(func (export \"_start\") (local $n i32)"
                "  (loop (local.set $n (i32.add (local.get $n) (i32.const 1)))"
                "    (br_if 0 (i32.ge_s (memory.grow (i32.const 1)) (i32.const 0))))"
                "  (call $output (local.get $n))))",
                &options);
    struct call *call = invoke("ada", "grow", 0);
    assert_int_equal(call->memory_bytes, 3 * 65536);
    expect_output(call, 3); // two grew, the third did not
    upload_with("ada", "large", "(module (memory 4) (func (export \"_start\")))", &options);
    expect_end(invoke("ada", "large", 0), CALL_ERROR, CALL_EXIT_ERROR, "4 pages");
}

static void test_stack(void **state) {
    (void)state;
    static const char text[] =
        "(module" IMPORTS "(func $down (param i32) (result i32)"
        "  (if (result i32) (local.get 0)"
        "    (then (i32.add (i32.const 1) (call $down (i32.sub (local.get 0) (call $self)))))"
        "    (else (i32.const 0))))"
        "(func (export \"_start\") (drop (call $down (i32.const -1)))))";
    const struct store_options options = {.limits = {.stack_bytes = 1 << 20}};
    upload_with("ada", "small", text, &options);
    upload("ada", "usual", text);
    struct call *small = invoke("ada", "small", 0), *usual = invoke("ada", "usual", 0);
    assert_int_equal(limits_of("ada", "small").stack_bytes, 1 << 20);
    expect_end(small, CALL_TRAPPED, CALL_EXIT_TRAP, "call stack exhausted");
    expect_end(usual, CALL_TRAPPED, CALL_EXIT_TRAP, "call stack exhausted");
}

static void test_sizes(void **state) {
    (void)state;
    const struct store_options options = {
        .limits = {.input_bytes = 3, .output_bytes = 3, .log_bytes = 8}};
    upload_with("ada", "f",
                "(module" IMPORTS "(data (i32.const 0) \"0123456789abcdef\")"
                "(func (export \"_start\") (call $log (i32.const 0) (i32.const 16))"
                "  (call $output (i32.const 1))))",
                &options);
    struct call_request request = {
        .user = "ada", .function = "f", .input = {(const uint8_t *)"four", 4}};
    struct error error;
    assert_null(runtime_submit(runtime, &request, &error));
    assert_int_equal(error.code, ERROR_TOO_LARGE);
    request.input.length = 3;
    struct call *call = runtime_submit(runtime, &request, &error);
    assert_non_null(call);
    wait_for(call);
    assert_true(call->log_cut);
    assert_memory_equal(call->log.data, "01234567\n", 9);
    expect_end(call, CALL_TRAPPED, CALL_EXIT_TRAP, "the limit is 3");
}

static void test_queue(void **state) {
    (void)state;
    reopen((struct runtime_config){.workers = 4, .user_limits = {.queued_calls = 3}});
    const struct store_options options = {.limits = {.concurrent_calls = 1, .queued_calls = 2}};
    upload_with("ada", "gated", gated, &options);
    struct call *calls[3];
    calls[0] = submit("ada", "gated", 0);
    wait_at_gate(1);
    calls[1] = submit("ada", "gated", 0);
    calls[2] = submit("ada", "gated", 0);
    struct call_request request = {.user = "ada", .function = "gated"};
    struct error error;
    assert_null(runtime_submit(runtime, &request, &error));
    assert_int_equal(error.code, ERROR_BUSY);
    usleep(20000);
    assert_int_equal(call_status(calls[1]), CALL_QUEUED); // workers are there, but only one may run
    for (int i = 0; i < 3; i++) {
        wait_at_gate(1);
        park_wake(&gate);
        uint64_t deadline = clock_monotonic() + 20000000000u;
        while (!call_status_finished(call_status(calls[i]))) {
            assert_true(clock_monotonic() < deadline);
            usleep(500);
        }
        assert_int_equal(call_status(calls[i]), CALL_SUCCEEDED);
        call_release(calls[i]);
    }
}

// A user with thousands of calls delays another one's by a few of them only.
static void test_noisy_neighbour(void **state) {
    (void)state;
    enum { CALLS = 2000 };
    reopen((struct runtime_config){.workers = 1});
    upload("ada", "held",
           "(module" IMPORTS "(func (export \"_start\") (call $hold (i32.const 500))))");
    upload("ada", "noise", nothing);
    upload("bob", "quiet", nothing);
    call_release(invoke("bob", "quiet", 0));
    struct call *first = submit("ada", "held", 0);
    while (atomic_load(&in_host) == 0) { // the one worker is busy from here on
        usleep(200);
    }
    static struct call *noise[CALLS];
    for (int i = 0; i < CALLS; i++) {
        noise[i] = submit("ada", "noise", 0);
    }
    struct call *quiet = submit("bob", "quiet", 0);
    assert_int_equal(atomic_load(&in_host), 1);
    uint64_t deadline = clock_monotonic() + 60000000000u;
    while (!call_status_finished(call_status(noise[CALLS - 1]))) {
        assert_true(clock_monotonic() < deadline);
        usleep(500);
    }
    unsigned before = 0;
    for (int i = 0; i < CALLS; i++) {
        before += noise[i]->started < quiet->started;
        call_release(noise[i]);
    }
    assert_true(before <= 3);
    call_release(first);
    call_release(quiet);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_the_smallest_holds),
        TEST(test_limits_are_remembered),
        TEST(test_memory),
        TEST(test_stack),
        TEST(test_sizes),
        TEST(test_queue),
        TEST(test_noisy_neighbour),
    };
    return cmocka_run_group_tests(tests, initialize, finish);
}
