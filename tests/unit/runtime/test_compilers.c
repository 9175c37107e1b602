// Who may compile, with what may be set aside.
#include "base/clock.h"
#include "runtime/compilers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cmocka.h>

static struct compilers compilers;

// A thread that enters, and says so.
struct entrant {
    bool background;
    const _Atomic uint32_t *given_up;
    const int *stop;
    struct error error;
    _Atomic int entered; // 1, or -1: it did not
    pthread_t thread;
};

static void *enter(void *context) {
    struct entrant *entrant = context;
    bool entered = compilers_enter(&compilers, entrant->background, entrant->given_up,
                                   entrant->stop, &entrant->error);
    atomic_store(&entrant->entered, entered ? 1 : -1);
    return NULL;
}

static struct compilers_counts counts(void) {
    struct compilers_counts counts;
    compilers_count(&compilers, &counts);
    return counts;
}

static void expect_counts(unsigned running, unsigned waiting, uint64_t megabytes) {
    uint64_t deadline = clock_monotonic() + 60000000000u;
    while (counts().waiting != waiting || counts().running != running) {
        if (clock_monotonic() > deadline) {
            fail_msg("%u run, %u wait", counts().running, counts().waiting);
        }
        usleep(500);
    }
    assert_int_equal(counts().megabytes, megabytes);
}

// Begins, and waits until it has entered or is one more of those that wait.
static void begin(struct entrant *entrant) {
    struct compilers_counts before = counts();
    assert_int_equal(pthread_create(&entrant->thread, NULL, enter, entrant), 0);
    while (counts().waiting == before.waiting && atomic_load(&entrant->entered) == 0) {
        usleep(500);
    }
}

static void end(struct entrant *entrant) {
    assert_int_equal(pthread_join(entrant->thread, NULL), 0);
    assert_int_equal(entrant->entered, 1);
    compilers_leave(&compilers, entrant->background);
}

static void test_memory_of_one(void **state) {
    (void)state;
    compilers_create(&compilers, 4, 150, 100);
    struct entrant first = {0}, second = {.background = true}, third = {0};
    begin(&first);
    expect_counts(1, 0, 100);
    begin(&second);
    begin(&third);
    expect_counts(1, 2, 100);
    end(&first);
    assert_int_equal(pthread_join(second.thread, NULL), 0); // in the order in which they came
    expect_counts(1, 1, 100);
    assert_int_equal(third.entered, 0);
    compilers_leave(&compilers, true);
    end(&third);
    expect_counts(0, 0, 0);
    compilers_destroy(&compilers);
}

static void test_background_leaves_room(void **state) {
    (void)state;
    compilers_create(&compilers, 4, 300, 100);
    struct entrant back[3] = {{.background = true}, {.background = true}, {.background = true}};
    struct entrant front = {0}, late = {0};
    begin(&back[0]);
    begin(&back[1]);
    begin(&back[2]);
    expect_counts(2, 1, 200);
    begin(&front); // passes the one that waits for its like
    expect_counts(3, 1, 300);
    begin(&late);
    expect_counts(3, 2, 300);
    end(&back[0]); // the third came before the last one, and may start now
    expect_counts(3, 1, 300);
    assert_int_equal(late.entered, 0);
    end(&front);
    expect_counts(3, 0, 300);
    end(&late);
    end(&back[1]);
    end(&back[2]);
    expect_counts(0, 0, 0);
    compilers_destroy(&compilers);
}

static void test_number(void **state) {
    (void)state;
    compilers_create(&compilers, 1, 1000, 100);
    struct entrant first = {0}, second = {0}, back = {.background = true};
    begin(&first);
    begin(&second);
    expect_counts(1, 1, 100);
    begin(&back); // not counted in the number
    expect_counts(2, 1, 200);
    end(&first);
    end(&second);
    end(&back);
    expect_counts(0, 0, 0);
    compilers_destroy(&compilers);
}

static void test_stopped_while_waiting(void **state) {
    (void)state;
    int stop = eventfd(0, EFD_CLOEXEC);
    assert_true(stop >= 0);
    _Atomic uint32_t given_up = 0;
    compilers_create(&compilers, 4, 100, 100);
    struct entrant first = {0}, stopped = {.background = true, .stop = &stop},
                   left = {.given_up = &given_up}, last = {.stop = NULL};
    begin(&first);
    begin(&stopped);
    begin(&left);
    begin(&last);
    expect_counts(1, 3, 100);
    atomic_store(&given_up, 1); // from the middle
    assert_int_equal(pthread_join(left.thread, NULL), 0);
    assert_int_equal(left.entered, -1);
    assert_int_equal(left.error.code, ERROR_CANCELLED);
    expect_counts(1, 2, 100);
    assert_int_equal(eventfd_write(stop, 1), 0);
    assert_int_equal(pthread_join(stopped.thread, NULL), 0);
    assert_int_equal(stopped.entered, -1);
    assert_int_equal(stopped.error.code, ERROR_CANCELLED);
    expect_counts(1, 1, 100); // what the first one has is not given back
    assert_int_equal(last.entered, 0);
    end(&first);
    end(&last);
    expect_counts(0, 0, 0);
    compilers_destroy(&compilers);
    close(stop);
}

// The last of the queue gives up: who comes then is in it.
static void test_last_gives_up(void **state) {
    (void)state;
    _Atomic uint32_t given_up = 0;
    compilers_create(&compilers, 4, 100, 100);
    struct entrant first = {0}, left = {.given_up = &given_up}, next = {0};
    begin(&first);
    begin(&left);
    atomic_store(&given_up, 1);
    assert_int_equal(pthread_join(left.thread, NULL), 0);
    begin(&next);
    expect_counts(1, 1, 100);
    end(&first);
    end(&next);
    expect_counts(0, 0, 0);
    compilers_destroy(&compilers);
}

enum { THREADS = 16, ROUNDS = 100 };

static _Atomic int inside, most_inside;

static void *come_and_go(void *context) {
    bool background = context != NULL;
    for (int i = 0; i < ROUNDS; i++) {
        struct error error;
        if (!compilers_enter(&compilers, background, NULL, NULL, &error)) {
            abort();
        }
        int now = atomic_fetch_add(&inside, 1) + 1, most = atomic_load(&most_inside);
        while (now > most && !atomic_compare_exchange_weak(&most_inside, &most, now)) {
        }
        sched_yield();
        atomic_fetch_sub(&inside, 1);
        compilers_leave(&compilers, background);
    }
    return NULL;
}

static void test_many(void **state) {
    (void)state;
    pthread_t threads[THREADS];
    compilers_create(&compilers, 8, 399, 100);
    for (uintptr_t i = 0; i < THREADS; i++) {
        void *background = i % 3 == 0 ? &compilers : NULL;
        assert_int_equal(pthread_create(&threads[i], NULL, come_and_go, background), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    assert_in_range(most_inside, 1, 3);
    expect_counts(0, 0, 0);
    compilers_destroy(&compilers);
}

static void test_default(void **state) {
    (void)state;
    assert_true(compilers_default_megabytes(64) >= 128);
    assert_int_equal(compilers_default_megabytes(1u << 30), 2ull << 30); // more than is there
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_memory_of_one), cmocka_unit_test(test_background_leaves_room),
        cmocka_unit_test(test_number),        cmocka_unit_test(test_stopped_while_waiting),
        cmocka_unit_test(test_last_gives_up), cmocka_unit_test(test_many),
        cmocka_unit_test(test_default),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
