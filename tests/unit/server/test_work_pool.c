// The pool of threads for blocking work: all of it runs, once, and no more waits than allowed.
#include "server/work_pool.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

enum { COUNT = 1000 };

struct piece {
    struct work work;
    _Atomic int runs;
    _Atomic bool *gate; // waited for when not NULL
};

static void run(struct work *work) {
    struct piece *piece = (struct piece *)work;
    while (piece->gate != NULL && !atomic_load(piece->gate)) {
        usleep(1000);
    }
    atomic_fetch_add(&piece->runs, 1);
}

static void test_all_work_runs_once(void **state) {
    (void)state;
    static struct piece pieces[COUNT];
    struct error error;
    struct work_pool *pool = work_pool_new(4, COUNT, &error);
    assert_non_null(pool);
    for (int i = 0; i < COUNT; i++) {
        pieces[i].work.run = run;
        assert_true(work_pool_submit(pool, &pieces[i].work, &error));
    }
    work_pool_delete(pool);
    for (int i = 0; i < COUNT; i++) {
        assert_int_equal(pieces[i].runs, 1);
    }
}

static void test_the_queue_is_bounded(void **state) {
    (void)state;
    _Atomic bool gate = false;
    struct piece pieces[4] = {0};
    struct error error;
    struct work_pool *pool = work_pool_new(1, 2, &error);
    assert_non_null(pool);
    for (int i = 0; i < 4; i++) {
        pieces[i].work.run = run;
        pieces[i].gate = &gate;
    }
    assert_true(work_pool_submit(pool, &pieces[0].work, &error));
    while (work_pool_waiting(pool) > 0) {
        usleep(1000);
    }
    assert_true(work_pool_submit(pool, &pieces[1].work, &error));
    assert_true(work_pool_submit(pool, &pieces[2].work, &error));
    assert_int_equal(work_pool_waiting(pool), 2);
    assert_false(work_pool_submit(pool, &pieces[3].work, &error));
    assert_int_equal(error.code, ERROR_BUSY);
    atomic_store(&gate, true);
    work_pool_delete(pool);
    assert_int_equal(pieces[2].runs, 1);
    assert_int_equal(pieces[3].runs, 0);
}

static void test_an_unused_pool_stops(void **state) {
    (void)state;
    struct error error;
    work_pool_delete(work_pool_new(3, 1, &error));
    work_pool_delete(NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_work_runs_once),
        cmocka_unit_test(test_the_queue_is_bounded),
        cmocka_unit_test(test_an_unused_pool_stops),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
