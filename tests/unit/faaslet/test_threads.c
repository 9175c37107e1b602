// Many threads at once: calls, traps, resets, interrupts, loading and unloading.
#include <stdatomic.h>

#include "fixture.h"

enum { THREADS = 8, ROUNDS = 400 };

static const char text[] =
    "(module"
    "  (memory 4) (global $g (mut i32) (i32.const 0))"
    "  (func (export \"work\") (param i32 i32) (result i32) (local $i i32)"
    "    (loop $l"
    "      (i32.store (i32.mul (local.get $i) (i32.const 512)) (local.get 0))"
    "      (local.set $i (i32.add (local.get $i) (i32.const 1)))"
    "      (br_if $l (i32.lt_u (local.get $i) (i32.const 64))))"
    "    (global.set $g (i32.add (global.get $g) (local.get 0)))"
    "    (i32.add (global.get $g) (i32.load (i32.const 1024))))"
    "  (func (export \"clean\") (param i32 i32) (result i32)"
    "    (i32.or (global.get $g) (i32.load (i32.const 1024))))"
    "  (func (export \"trap\") (param i32 i32) (i32.store (local.get 0) (i32.const 1)))"
    "  (func $deep (export \"deep\") (param i32 i32) (result i32)"
    "    (i32.add (call $deep (local.get 0) (local.get 1)) (i32.const 1)))"
    "  (func (export \"spin\") (param i32 i32) (loop $l (br $l))))";

static struct proto_faaslet *proto;
static struct faaslet *faaslets[THREADS];
static _Atomic bool spinning[THREADS];
static _Atomic int finished;
static _Atomic int wrong;

static void check(bool condition) {
    if (!condition) {
        atomic_fetch_add(&wrong, 1);
    }
}

static void one_round(struct faaslet *faaslet, int thread, int round) {
    struct faaslet_result result;
    struct error error;
    uint64_t number = (uint64_t)(thread * ROUNDS + round + 1);
    check(fixture_call(faaslet, "clean", 0, 0, &result) == 0);
    check(fixture_call(faaslet, "work", number, 0, &result) == 2 * number);
    switch (round % 8) {
    case 1:
        fixture_call(faaslet, "trap", 4 * 65536, 0, &result);
        check(result.trap == FAASLET_TRAP_MEMORY_BOUNDS);
        break;
    case 3:
        fixture_call(faaslet, "deep", 0, 0, &result);
        check(result.trap == FAASLET_TRAP_STACK_EXHAUSTED);
        break;
    case 5:
        if (FIXTURE_SIGNALS_ARE_LATE) {
            break;
        }
        atomic_store(&spinning[thread], true);
        fixture_call(faaslet, "spin", 0, 0, &result);
        atomic_store(&spinning[thread], false);
        check(result.trap == FAASLET_TRAP_CANCELLED);
        break;
    default:
        break;
    }
    check(faaslet_reset(faaslet, &error));
}

static void *work(void *argument) {
    int thread = (int)(intptr_t)argument;
    for (int round = 0; round < ROUNDS; round++) {
        one_round(faaslets[thread], thread, round);
    }
    atomic_fetch_add(&finished, 1);
    return NULL;
}

// The others are interrupted, loaded beside, and snapshotted from, all the while.
static void threads_do_not_disturb_each_other(void **state) {
    (void)state;
    pthread_t threads[THREADS];
    char path[PATH_MAX];
    struct error error = {0};
    struct faaslet *original = fixture_faaslet(text, NULL, 0);
    proto = fixture_snapshot(original);
    fixture_compile("(module (func (export \"f\") (param i64) (unreachable)))", path);
    for (int i = 0; i < THREADS; i++) {
        faaslets[i] = fixture_restore(proto);
        assert_int_equal(pthread_create(&threads[i], NULL, work, (void *)(intptr_t)i), 0);
    }
    while (atomic_load(&finished) < THREADS) {
        for (int i = 0; i < THREADS; i++) {
            if (atomic_load(&spinning[i])) {
                faaslet_interrupt(faaslets[i], FAASLET_TRAP_CANCELLED);
            }
        }
        struct faaslet_object *object = faaslet_object_load(path, &error);
        assert_non_null(object);
        faaslet_object_release(object);
        struct faaslet *other = fixture_restore(proto);
        assert_int_equal(fixture_value(other, "clean", 0, 0), 0);
        faaslet_delete(other);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        faaslet_delete(faaslets[i]);
    }
    assert_int_equal(atomic_load(&wrong), 0);
    unlink(path);
    proto_faaslet_release(proto);
    faaslet_delete(original);
}

static _Atomic int woken;

static void *wake_back(void *argument) {
    struct park *parks = argument;
    for (int i = 0; i < 20000; i++) {
        park_wait(&parks[0], NULL, PARK_FOREVER);
        park_wake(&parks[1]);
    }
    return NULL;
}

static void park_loses_no_wake(void **state) {
    (void)state;
    struct park parks[2] = {0};
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, wake_back, parks), 0);
    for (int i = 0; i < 20000; i++) {
        park_wake(&parks[0]);
        woken += park_wait(&parks[1], NULL, PARK_FOREVER) == PARK_WOKEN;
    }
    pthread_join(thread, NULL);
    assert_int_equal(woken, 20000);
}

static void count_call(void *context) {
    ++*(int *)context;
}

static void hooks_are_called_when_it_blocks(void **state) {
    (void)state;
    struct park park = {0};
    int calls = 0;
    const struct park_hooks hooks = {count_call, count_call, &calls};
    park_set_hooks(&hooks);
    park_wake(&park);
    assert_int_equal(park_wait(&park, NULL, PARK_FOREVER), PARK_WOKEN);
    assert_int_equal(calls, 0);
    assert_int_equal(park_wait(&park, NULL, 1), PARK_TIMED_OUT);
    assert_int_equal(calls, 2);
    park_set_hooks(NULL);
    assert_int_equal(park_wait(&park, NULL, 1), PARK_TIMED_OUT);
    assert_int_equal(calls, 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_do_not_disturb_each_other),
        cmocka_unit_test(park_loses_no_wake),
        cmocka_unit_test(hooks_are_called_when_it_blocks),
    };
    fixture_initialize();
    return cmocka_run_group_tests_name("threads", tests, NULL, NULL);
}
