// Threads that help the scheduler with brief calls.
#include "scheduler_fixture.h"

static struct call *submit_brief(struct bench *bench, const char *user, const char *input,
                                 bool in_batch) {
    struct call *call = new_call_of(user, input);
    call->private->brief = true;
    call->private->in_batch = in_batch;
    assert_true(scheduler_submit(bench->scheduler, call, NULL));
    return call;
}

static _Atomic uint64_t turn;
static _Atomic unsigned blocked;

static void note_blocks(void *context) {
    (void)context;
    atomic_fetch_add(&blocked, 1);
}

static struct runtime_helper helper_of(unsigned calls) {
    return (struct runtime_helper){
        .calls = calls,
        .until = UINT64_MAX,
        .turn = &turn,
        .own_turn = atomic_load(&turn),
        .thread = gettid(),
        .blocks = note_blocks,
    };
}

static bool help(struct bench *bench, unsigned calls) {
    const struct runtime_helper helper = helper_of(calls);
    return scheduler_help(bench->scheduler, &helper);
}

// A call has run, so that there is a worker; then a call has run here, so that it is done with its
// own.
static void run_one(struct bench *bench) {
    struct call *call = new_call("");
    assert_true(scheduler_submit(bench->scheduler, call, NULL));
    assert_true(call_wait(call, NULL));
    call_release(call);
    do {
        call = submit_brief(bench, "ada", "", true);
        help(bench, 1);
        assert_true(call_wait(call, NULL));
        call_release(call);
    } while (!pthread_equal(bench->last, pthread_self()));
}

// Calls that were left to the thread that submits them wake nobody, and run there.
static void test_help(void **state) {
    (void)state;
    struct bench bench;
    start(&bench, 1, 2, 100, do_nothing);
    run_one(&bench);
    unsigned ran = atomic_load(&bench.ran);
    struct call *calls[3];
    for (int i = 0; i < 3; i++) {
        calls[i] = submit_brief(&bench, "ada", "", true);
    }
    usleep(20000);
    assert_int_equal(bench.ran, ran);
    assert_true(help(&bench, 10));
    assert_int_equal(bench.ran, ran + 3);
    assert_true(pthread_equal(bench.last, pthread_self()));
    for (int i = 0; i < 3; i++) {
        assert_int_equal(call_status(calls[i]), CALL_SUCCEEDED);
        call_release(calls[i]);
    }
    struct scheduler_counts counts;
    scheduler_counts(bench.scheduler, &counts);
    assert_int_equal(counts.threads, 1);
    stop(&bench);
}

// Where no thread could be woken for what a helper leaves, one is started.
static void test_batch_without_worker(void **state) {
    (void)state;
    struct bench bench;
    start(&bench, 1, 2, 100, do_nothing);
    struct call *call = submit_brief(&bench, "ada", "", true);
    assert_true(call_wait(call, NULL));
    call_release(call);
    stop(&bench);
}

// What the helper does not do is done by workers: beyond its number, and after its time.
static void test_help_leaves_the_rest(void **state) {
    (void)state;
    struct bench bench;
    start(&bench, 1, 2, 100, do_nothing);
    run_one(&bench);
    struct call *calls[4];
    for (int i = 0; i < 4; i++) {
        calls[i] = submit_brief(&bench, "ada", "", true);
    }
    struct runtime_helper helper = helper_of(10);
    helper.until = 0; // but the first one
    assert_true(scheduler_help(bench.scheduler, &helper));
    for (int i = 0; i < 4; i++) {
        assert_true(call_wait(calls[i], NULL));
        call_release(calls[i]);
    }
    stop(&bench);
}

static void block_some(struct bench *bench, struct call *call) {
    if (call->input.length > 0) {
        wait_at_gate(bench);
    }
}

// The turns hold, and a call that is not brief is never run here.
static void test_help_takes_turns(void **state) {
    (void)state;
    struct bench bench;
    start(&bench, 1, 2, 100, do_nothing);
    run_one(&bench);
    struct call *first = submit_brief(&bench, "ada", "", true),
                *second = submit_brief(&bench, "ada", "", true),
                *other = submit_brief(&bench, "bob", "", true);
    assert_true(help(&bench, 2));
    assert_true(call_wait(other, NULL)); // before the second one of the other user, or with it
    assert_true(call_wait(second, NULL));
    run_one(&bench);
    bench.body = block_some;
    struct call *longer = new_call("block");
    assert_true(scheduler_submit(bench.scheduler, longer, NULL));
    struct call *after = submit_brief(&bench, "ada", "", true);
    assert_true(help(&bench, 10));
    open_gate(&bench);
    assert_true(call_wait(longer, NULL));
    assert_true(call_wait(after, NULL));
    stop(&bench);
    call_release(first);
    call_release(second);
    call_release(other);
    call_release(longer);
    call_release(after);
}

// With as many calls running as may, none runs here.
static void test_help_keeps_the_limit(void **state) {
    (void)state;
    struct bench bench;
    start(&bench, 1, 2, 100, spin);
    atomic_store(&bench.spin, true);
    struct call *running = new_call("spin");
    assert_true(scheduler_submit(bench.scheduler, running, NULL));
    wait_until(&bench.inside, 1);
    struct call *brief = submit_brief(&bench, "ada", "", true);
    assert_true(help(&bench, 10));
    assert_int_equal(call_status(brief), CALL_QUEUED);
    atomic_store(&bench.spin, false);
    assert_true(call_wait(running, NULL));
    assert_true(call_wait(brief, NULL));
    stop(&bench);
    call_release(running);
    call_release(brief);
}

static void *help_in_thread(void *context) {
    return help(context, 1) ? context : NULL;
}

// A call that blocks the helper: its owner hears of it, and a worker makes up for it.
static void test_helper_blocks(void **state) {
    (void)state;
    struct bench bench;
    start(&bench, 1, 2, 100, do_nothing);
    run_one(&bench);
    bench.body = block;
    unsigned before = atomic_load(&blocked);
    struct call *call = submit_brief(&bench, "ada", "", true);
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, help_in_thread, &bench), 0);
    wait_until(&blocked, before + 1);
    struct call *next = new_call("");
    assert_true(scheduler_submit(bench.scheduler, next, NULL));
    wait_until(&bench.inside, 2);
    struct scheduler_counts counts;
    scheduler_counts(bench.scheduler, &counts);
    assert_int_equal(counts.threads, 2);
    // Stopping waits for the helper, too.
    assert_false(scheduler_stop(bench.scheduler, 1));
    open_gate(&bench);
    void *result;
    pthread_join(thread, &result);
    assert_ptr_equal(result, &bench);
    stop(&bench);
    assert_int_equal(call_status(call), CALL_SUCCEEDED);
    call_release(call);
    call_release(next);
}

// A helper whose call runs on alone is like a worker; then its thread is not what it was.
static void test_helper_alone(void **state) {
    (void)state;
    struct bench bench;
    struct scheduler_seat views[8];
    unsigned count;
    start(&bench, 1, 4, 100, spin);
    run_one(&bench);
    atomic_store(&bench.spin, true);
    struct call *slow = submit_brief(&bench, "ada", "spin", true);
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, help_in_thread, &bench), 0);
    wait_until(&bench.inside, 1);
    struct call *other = new_call_of("bob", "");
    assert_true(scheduler_submit(bench.scheduler, other, NULL));
    assert_true(look(&bench, views, &count));
    assert_int_equal(count, 0); // it is not alone
    atomic_fetch_add(&turn, 1);
    assert_true(look(&bench, views, &count));
    assert_int_equal(count, 1);
    assert_string_equal(views[0].user, "ada");
    assert_true(call_wait(other, NULL)); // beside the slow one
    atomic_store(&bench.spin, false);
    void *result;
    pthread_join(thread, &result);
    assert_null(result);
    stop(&bench);
    call_release(slow);
    call_release(other);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_help),
        cmocka_unit_test(test_batch_without_worker),
        cmocka_unit_test(test_help_leaves_the_rest),
        cmocka_unit_test(test_help_takes_turns),
        cmocka_unit_test(test_help_keeps_the_limit),
        cmocka_unit_test(test_helper_blocks),
        cmocka_unit_test(test_helper_alone),
    };
    return cmocka_run_group_tests(tests, initialize, NULL);
}
