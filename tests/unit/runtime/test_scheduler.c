// The scheduler: workers, queues, calls that wait for calls, users that compete.
#include "scheduler_fixture.h"

static void test_runs_all(void **state) {
    (void)state;
    enum { CALLS = 5000 };
    struct bench bench;
    start(&bench, 3, 4, CALLS, do_nothing);
    static struct call *calls[CALLS];
    for (int i = 0; i < CALLS; i++) {
        calls[i] = new_call("");
        struct error error;
        assert_true(scheduler_submit(bench.scheduler, calls[i], &error));
    }
    for (int i = 0; i < CALLS; i++) {
        assert_true(call_wait(calls[i], NULL));
        assert_int_equal(call_status(calls[i]), CALL_SUCCEEDED);
        call_release(calls[i]);
    }
    assert_int_equal(bench.ran, CALLS);
    struct scheduler_counts counts;
    scheduler_counts(bench.scheduler, &counts);
    assert_true(counts.threads <= 3);
    assert_int_equal(counts.queued, 0);
    stop(&bench);
}

static void test_blocked_threads_are_made_up_for(void **state) {
    (void)state;
    struct bench bench;
    start(&bench, 1, 3, 100, block);
    struct call *calls[6];
    for (int i = 0; i < 6; i++) {
        calls[i] = new_call("");
        assert_true(scheduler_submit(bench.scheduler, calls[i], NULL));
    }
    wait_until(&bench.inside, 4); // one worker and three more; the bound holds
    usleep(20000);
    assert_int_equal(bench.inside, 4);
    struct scheduler_counts counts;
    scheduler_counts(bench.scheduler, &counts);
    assert_int_equal(counts.threads, 4);
    assert_int_equal(counts.blocked, 4);
    assert_int_equal(counts.queued, 2);
    open_gate(&bench);
    for (int i = 0; i < 6; i++) {
        assert_true(call_wait(calls[i], NULL));
        call_release(calls[i]);
    }
    stop(&bench);
    assert_int_equal(bench.ran, 6);
}

static void test_full_queue(void **state) {
    (void)state;
    struct bench bench;
    start(&bench, 1, 0, 2, block);
    struct call *running = new_call(""), *first = new_call(""), *second = new_call(""),
                *third = new_call("");
    struct error error;
    assert_true(scheduler_submit(bench.scheduler, running, &error));
    wait_until(&bench.inside, 1);
    assert_true(scheduler_submit(bench.scheduler, first, &error));
    assert_true(scheduler_submit(bench.scheduler, second, &error));
    assert_false(scheduler_submit(bench.scheduler, third, &error));
    assert_int_equal(error.code, ERROR_BUSY);
    open_gate(&bench);
    assert_true(call_wait(second, NULL));
    assert_true(scheduler_submit(bench.scheduler, third, &error));
    assert_true(call_wait(third, NULL));
    stop(&bench);
    call_release(running);
    call_release(first);
    call_release(second);
    call_release(third);
}

static void test_bytes_in_queue(void **state) {
    (void)state;
    char sixty[61];
    memset(sixty, 'x', 60);
    sixty[60] = '\0';
    struct bench bench;
    start(&bench, 1, 0, 100, block);
    struct call *running = new_call(""), *first = new_call(sixty), *second = new_call(sixty);
    struct error error;
    assert_true(scheduler_submit(bench.scheduler, running, &error));
    wait_until(&bench.inside, 1);
    assert_true(scheduler_submit(bench.scheduler, first, &error));
    assert_false(scheduler_submit(bench.scheduler, second, &error));
    assert_int_equal(error.code, ERROR_BUSY);
    open_gate(&bench);
    assert_true(call_wait(first, NULL));
    assert_true(scheduler_submit(bench.scheduler, second, &error));
    assert_true(call_wait(second, NULL));
    stop(&bench);
    call_release(running);
    call_release(first);
    call_release(second);
}

static void test_run_here(void **state) {
    (void)state;
    struct bench bench;
    start(&bench, 1, 0, 100, block);
    struct call *running = new_call(""), *queued = new_call("");
    assert_true(scheduler_submit(bench.scheduler, running, NULL));
    wait_until(&bench.inside, 1);
    assert_true(scheduler_submit(bench.scheduler, queued, NULL));
    assert_false(scheduler_run_here(bench.scheduler, running)); // somebody has begun it
    bench.body = do_nothing;
    assert_true(scheduler_run_here(bench.scheduler, queued));
    assert_int_equal(call_status(queued), CALL_SUCCEEDED);
    assert_false(scheduler_run_here(bench.scheduler, queued));
    assert_int_equal(bench.ran, 1);
    open_gate(&bench);
    stop(&bench);
    call_release(running);
    call_release(queued);
}

static void test_stop_abandons_the_queue(void **state) {
    (void)state;
    struct bench bench;
    start(&bench, 1, 0, 100, block);
    struct call *running = new_call(""), *queued = new_call("");
    assert_true(scheduler_submit(bench.scheduler, running, NULL));
    wait_until(&bench.inside, 1);
    assert_true(scheduler_submit(bench.scheduler, queued, NULL));
    open_gate(&bench); // it may run one more before it is told to stop
    assert_true(scheduler_stop(bench.scheduler, UINT64_MAX));
    assert_true(call_status_finished(call_status(running)));
    assert_true(call_status_finished(call_status(queued)));
    assert_int_equal(bench.ran + bench.abandoned, 2);
    struct error error;
    struct call *late = new_call("");
    assert_false(scheduler_submit(bench.scheduler, late, &error));
    assert_int_equal(error.code, ERROR_UNAVAILABLE);
    scheduler_delete(bench.scheduler);
    call_release(running);
    call_release(queued);
    call_release(late);
}

// Each call submits another and waits for it, as chains do.
static void go_deeper(struct bench *bench, struct call *call) {
    if (call->input.length == 0) {
        return;
    }
    char input[101] = {0};
    memcpy(input, call->input.data, call->input.length - 1);
    struct call *child = new_call(input);
    struct error error;
    assert_true(scheduler_submit(bench->scheduler, child, &error));
    if (!scheduler_run_here(bench->scheduler, child)) {
        assert_true(call_wait(child, NULL));
    }
    call_release(child);
}

static void test_chain_of_waits(void **state) {
    (void)state;
    char input[101];
    memset(input, 'x', 100);
    input[100] = '\0';
    for (unsigned workers = 1; workers <= 3; workers++) {
        struct bench bench;
        start(&bench, workers, 2, 1000, go_deeper);
        struct call *call = new_call(input);
        assert_true(scheduler_submit(bench.scheduler, call, NULL));
        assert_true(call_wait(call, NULL));
        assert_int_equal(bench.ran, 101);
        call_release(call);
        stop(&bench);
    }
}

// ---- Users that compete -------------------------------------------------------------------------

// One worker, which a call of one user keeps: calls of another one begin beside it, one at a time,
// once it counts as slow; more calls of its own user do not.
static void test_slow_calls_are_overtaken(void **state) {
    (void)state;
    struct bench bench;
    struct scheduler_seat views[8];
    unsigned count;
    start(&bench, 1, 4, 100, spin);
    assert_int_equal(bench.seats, 5);
    atomic_store(&bench.spin, true);
    struct call *slow = new_call("spin"), *own = new_call(""), *other = new_call_of("bob", "");
    assert_true(scheduler_submit(bench.scheduler, slow, NULL));
    wait_until(&bench.inside, 1);
    assert_true(scheduler_submit(bench.scheduler, own, NULL));
    assert_int_equal(bench.crowded, 0); // only one user
    assert_true(scheduler_submit(bench.scheduler, other, NULL));
    assert_int_equal(bench.crowded, 1);
    assert_true(look(&bench, views, &count));
    assert_int_equal(count, 1);
    assert_string_equal(views[0].user, "ada");
    usleep(20000);
    assert_int_equal(bench.ran, 0); // not slow yet
    assert_true(look(&bench, views, &count));
    assert_true(call_wait(other, NULL));
    assert_int_equal(call_status(own), CALL_QUEUED);
    assert_int_equal(call_status(slow), CALL_RUNNING);
    usleep(1000);
    assert_false(look(&bench, views, &count));
    struct call *later = new_call_of("bob", "");
    assert_true(scheduler_submit(bench.scheduler, later, NULL));
    assert_true(call_wait(later, NULL)); // the other one is slow still
    assert_int_equal(call_status(own), CALL_QUEUED);
    atomic_store(&bench.spin, false);
    assert_true(call_wait(own, NULL));
    assert_true(call_wait(slow, NULL));
    stop(&bench);
    call_release(slow);
    call_release(own);
    call_release(other);
    call_release(later);
}

// Workers hear signals, also when the thread that looks, which blocks all, has started them.
static void expect_signals(struct bench *bench, struct call *call) {
    (void)bench;
    (void)call;
    sigset_t blocked;
    assert_int_equal(pthread_sigmask(SIG_SETMASK, NULL, &blocked), 0);
    static const int needed[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGURG, SIGUSR1, SIGUSR2};
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++) {
        assert_false(sigismember(&blocked, needed[i]));
    }
    assert_true(sigismember(&blocked, SIGTERM));
}

static void test_workers_hear_signals(void **state) {
    (void)state;
    struct bench bench;
    start(&bench, 1, 2, 100, expect_signals);
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    struct call *call = new_call("");
    assert_true(scheduler_submit(bench.scheduler, call, NULL));
    assert_true(call_wait(call, NULL));
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    call_release(call);
    stop(&bench);
}

// Slow calls make room for so many as there are seats.
static void test_seats_bound_overtaking(void **state) {
    (void)state;
    enum { USERS = 6 };
    struct bench bench;
    struct scheduler_seat views[8];
    unsigned count;
    start(&bench, 1, 2, 100, spin);
    atomic_store(&bench.spin, true);
    struct call *calls[USERS];
    for (int i = 0; i < USERS; i++) {
        char user[8];
        snprintf(user, sizeof user, "u%d", i);
        calls[i] = new_call_of(user, "spin");
        assert_true(scheduler_submit(bench.scheduler, calls[i], NULL));
    }
    wait_until(&bench.inside, 1);
    for (int i = 0; i < 20; i++) {
        assert_true(look(&bench, views, &count));
        assert_true(count <= bench.seats);
        usleep(2000);
    }
    wait_until(&bench.inside, 3);
    struct scheduler_counts counts;
    scheduler_counts(bench.scheduler, &counts);
    assert_int_equal(counts.threads, 3);
    assert_int_equal(counts.queued, USERS - 3);
    atomic_store(&bench.spin, false);
    for (int i = 0; i < USERS; i++) {
        assert_true(call_wait(calls[i], NULL));
        call_release(calls[i]);
    }
    stop(&bench);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_runs_all),
        cmocka_unit_test(test_blocked_threads_are_made_up_for),
        cmocka_unit_test(test_full_queue),
        cmocka_unit_test(test_bytes_in_queue),
        cmocka_unit_test(test_slow_calls_are_overtaken),
        cmocka_unit_test(test_seats_bound_overtaking),
        cmocka_unit_test(test_workers_hear_signals),
        cmocka_unit_test(test_run_here),
        cmocka_unit_test(test_stop_abandons_the_queue),
        cmocka_unit_test(test_chain_of_waits),
    };
    return cmocka_run_group_tests(tests, initialize, NULL);
}
