// The scheduler and the table of calls, with calls that are C functions.
#include "base/clock.h"
#include "runtime/call_table.h"
#include "runtime/runtime.h"
#include "runtime/scheduler.h"

#include <setjmp.h>
#include <signal.h>
#include <sodium.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

struct bench {
    struct scheduler *scheduler;
    void (*body)(struct bench *bench, struct call *call);
    pthread_mutex_t mutex;
    struct waiters gate; // of calls that wait for the test
    bool open;
    _Atomic unsigned inside; // calls that run or are blocked
    _Atomic unsigned ran;
    _Atomic unsigned abandoned;
    pthread_t last;           // thread that has run a call
    _Atomic unsigned crowded; // how often the scheduler said so
    _Atomic bool spin;        // those with input do
    unsigned seats;
};

static const struct call_limits limits = {.log_bytes = 4096, .output_bytes = 4096};

static struct call *new_call_of(const char *user, const char *input) {
    struct buffer bytes = {0};
    assert_true(buffer_assign(&bytes, input, strlen(input), NULL));
    struct call *call = call_new(NULL, user, "f", &bytes, &limits, NULL);
    assert_non_null(call);
    return call;
}

static struct call *new_call(const char *input) {
    return new_call_of("ada", input);
}

static void run(void *context, struct call *call) {
    struct bench *bench = context;
    atomic_fetch_add(&bench->inside, 1);
    call_begin(call);
    bench->body(bench, call);
    pthread_mutex_lock(&bench->mutex);
    bench->last = pthread_self();
    pthread_mutex_unlock(&bench->mutex);
    atomic_fetch_add(&bench->ran, 1);
    atomic_fetch_sub(&bench->inside, 1);
    call_end(call, CALL_SUCCEEDED);
}

static void abandon(void *context, struct call *call) {
    struct bench *bench = context;
    atomic_fetch_add(&bench->abandoned, 1);
    call_end(call, CALL_ERROR);
}

static void crowded(void *context) {
    struct bench *bench = context;
    atomic_fetch_add(&bench->crowded, 1);
}

static void start(struct bench *bench, unsigned workers, unsigned extra, size_t queued_calls,
                  void (*body)(struct bench *, struct call *)) {
    *bench = (struct bench){.body = body};
    pthread_mutex_init(&bench->mutex, NULL);
    struct scheduler_config config = {
        .workers = workers,
        .extra_workers = extra,
        .queued_calls = queued_calls,
        .queued_bytes = 100,
        .run = run,
        .abandon = abandon,
        .context = bench,
        .crowded = crowded,
        .user_threads = 1,
    };
    bench->seats = scheduler_seats(&config);
    bench->scheduler = scheduler_new(&config, NULL);
    assert_non_null(bench->scheduler);
}

static void stop(struct bench *bench) {
    assert_true(scheduler_stop(bench->scheduler, UINT64_MAX));
    scheduler_delete(bench->scheduler);
    pthread_mutex_destroy(&bench->mutex);
}

static void open_gate(struct bench *bench) {
    pthread_mutex_lock(&bench->mutex);
    bench->open = true;
    waiters_wake_all(&bench->gate);
    pthread_mutex_unlock(&bench->mutex);
}

static void wait_at_gate(struct bench *bench) {
    pthread_mutex_lock(&bench->mutex);
    while (!bench->open) {
        waiters_wait(&bench->gate, &bench->mutex, NULL);
    }
    pthread_mutex_unlock(&bench->mutex);
}

static void wait_until(_Atomic unsigned *number, unsigned value) {
    uint64_t deadline = clock_monotonic() + 20000000000u;
    while (atomic_load(number) != value) {
        assert_true(clock_monotonic() < deadline);
        usleep(200);
    }
}

static void do_nothing(struct bench *bench, struct call *call) {
    (void)bench;
    (void)call;
}

static void block(struct bench *bench, struct call *call) {
    (void)call;
    wait_at_gate(bench);
}

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

static void spin(struct bench *bench, struct call *call) {
    while (call->input.length > 0 && atomic_load(&bench->spin)) {
        usleep(100);
    }
}

static bool look(struct bench *bench, struct scheduler_seat *views, unsigned *count) {
    return scheduler_look(bench->scheduler, views, count);
}

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

// ---- Threads that help --------------------------------------------------------------------------

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

// ---- The table of calls -------------------------------------------------------------------------

static struct call *add(struct call_table *table, uint32_t parent) {
    struct call *call = new_call("");
    call->parent = parent;
    assert_true(call_table_add(table, call, NULL, NULL));
    return call;
}

static void end(struct call_table *table, struct call *call) {
    call_begin(call);
    call_end(call, CALL_SUCCEEDED);
    call_table_finished(table, call);
}

static bool remembered(struct call_table *table, uint32_t id) {
    struct call *call = call_table_find(table, id);
    call_release(call);
    return call != NULL;
}

static void test_ids(void **state) {
    (void)state;
    struct call_table table;
    assert_true(call_table_create(&table, 10, 1 << 20, NULL));
    table.next_id = INT32_MAX;
    struct call *last = add(&table, 0), *first = add(&table, 0);
    assert_int_equal(last->id, INT32_MAX);
    assert_int_equal(first->id, 1);
    table.next_id = INT32_MAX; // both are taken
    struct call *next = add(&table, 0);
    assert_int_equal(next->id, 2);
    assert_ptr_equal(call_table_find(&table, 2), next);
    call_release(next); // of the find
    assert_null(call_table_find(&table, 77));
    call_table_destroy(&table);
    call_release(last);
    call_release(first);
    call_release(next);
}

static void test_oldest_records_go(void **state) {
    (void)state;
    struct call_table table;
    assert_true(call_table_create(&table, 2, 1 << 20, NULL));
    struct call *calls[4];
    for (int i = 0; i < 4; i++) {
        calls[i] = add(&table, 0);
    }
    for (int i = 1; i < 4; i++) {
        end(&table, calls[i]);
    }
    assert_true(remembered(&table, calls[0]->id)); // runs
    assert_false(remembered(&table, calls[1]->id));
    assert_true(remembered(&table, calls[2]->id));
    assert_true(remembered(&table, calls[3]->id));
    for (int i = 0; i < 4; i++) {
        call_release(calls[i]);
    }
    call_table_destroy(&table);
}

static void test_bytes_of_records(void **state) {
    (void)state;
    struct call_table table;
    assert_true(call_table_create(&table, 1000, 64 << 10, NULL));
    struct call *first = add(&table, 0), *second = add(&table, 0);
    assert_true(buffer_reserve(&first->output, 40 << 10, NULL));
    assert_true(buffer_reserve(&second->output, 40 << 10, NULL));
    end(&table, first);
    assert_true(remembered(&table, first->id));
    end(&table, second);
    assert_false(remembered(&table, first->id));
    assert_true(remembered(&table, second->id));
    call_release(first);
    call_release(second);
    call_table_destroy(&table);
}

static void test_children_stay_until_awaited(void **state) {
    (void)state;
    struct call_table table;
    assert_true(call_table_create(&table, 1, 1 << 20, NULL));
    struct call *parent = add(&table, 0);
    struct call *awaited = add(&table, parent->id), *left = add(&table, parent->id);
    struct call *other = add(&table, 0), *another = add(&table, 0);
    end(&table, awaited);
    end(&table, left);
    end(&table, other);
    end(&table, another);
    assert_true(remembered(&table, awaited->id));
    assert_true(remembered(&table, left->id));
    assert_false(remembered(&table, other->id));

    atomic_store(&awaited->awaited, true);
    call_table_awaited(&table, awaited); // now it is the newest of those kept
    assert_false(remembered(&table, another->id));
    assert_true(remembered(&table, awaited->id));
    end(&table, parent); // nobody can await `left` any more
    assert_true(remembered(&table, parent->id));
    assert_false(remembered(&table, awaited->id));
    assert_false(remembered(&table, left->id));
    assert_int_equal(table.pinned_bytes, 0);
    struct call *all[] = {parent, awaited, left, other, another};
    for (int i = 0; i < 5; i++) {
        call_release(all[i]);
    }
    call_table_destroy(&table);
}

static void test_log_is_bounded(void **state) {
    (void)state;
    struct call *call = new_call("");
    char text[1000];
    memset(text, 'x', sizeof text);
    for (int i = 0; i < 10; i++) {
        call_log(call, (struct bytes){(const uint8_t *)text, sizeof text});
    }
    assert_true(call->log_cut);
    static const char mark[] = "\n[log cut at 4096 bytes]\n";
    assert_int_equal(call->log.length, 4096 + strlen(mark));
    assert_memory_equal(call->log.data + 4096, mark, strlen(mark));
    struct error error;
    assert_false(call_set_output(call, (struct bytes){(uint8_t *)text, 5000}, &error));
    assert_int_equal(error.code, ERROR_TOO_LARGE);
    call_release(call);
}

static int initialize(void **state) {
    (void)state;
    return sodium_init() < 0;
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
        cmocka_unit_test(test_help),
        cmocka_unit_test(test_batch_without_worker),
        cmocka_unit_test(test_help_leaves_the_rest),
        cmocka_unit_test(test_help_takes_turns),
        cmocka_unit_test(test_help_keeps_the_limit),
        cmocka_unit_test(test_helper_blocks),
        cmocka_unit_test(test_helper_alone),
        cmocka_unit_test(test_run_here),
        cmocka_unit_test(test_stop_abandons_the_queue),
        cmocka_unit_test(test_chain_of_waits),
        cmocka_unit_test(test_ids),
        cmocka_unit_test(test_oldest_records_go),
        cmocka_unit_test(test_bytes_of_records),
        cmocka_unit_test(test_children_stay_until_awaited),
        cmocka_unit_test(test_log_is_bounded),
    };
    return cmocka_run_group_tests(tests, initialize, NULL);
}
