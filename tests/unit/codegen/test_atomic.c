// Atomic access: several threads in one shared memory, and the order of traps. What single
// instructions compute is left to the test suite of WebAssembly (tests/spec).
#include <pthread.h>

#include "harness.h"

enum { THREADS = 4, ROUNDS = 50000 };

#define ADD(type, width, offset)                                                                   \
    "     (drop (" type ".atomic.rmw" width " offset=" offset " (i32.const 0) (" type ".const "    \
    "1)))"

static const char text[] =
    "(module (memory 1 1 shared)"
    " (func (export \"count\") (param $n i32) (local $old i32)"
    "   (loop $next" ADD("i32", ".add", "0") ADD("i64", ".add", "8") ADD("i32", "8.add_u", "16")
        ADD("i32", "16.add_u", "18") ADD("i64", "8.add_u", "20") ADD("i64", "16.add_u", "22")
            ADD("i64", "32.add_u", "24") ADD(
                "i32", ".sub",
                "28") "     (loop $again"
                      "       (local.set $old (i32.atomic.load offset=32 (i32.const 0)))"
                      "       (br_if $again (i32.ne (local.get $old)"
                      "         (i32.atomic.rmw.cmpxchg offset=32 (i32.const 0) (local.get $old)"
                      "           (i32.add (local.get $old) (i32.const 3))))))"
                      "     (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))"
                      // A lock around a counter that is not atomic.
                      " (func (export \"locked\") (param $n i32)"
                      "   (loop $next"
                      "     (loop $wait (br_if $wait (i32.atomic.rmw.xchg offset=64 (i32.const 0) "
                      "(i32.const 1))))"
                      "     (i32.store offset=68 (i32.const 0)"
                      "       (i32.add (i32.load offset=68 (i32.const 0)) (i32.const 1)))"
                      "     (atomic.fence)"
                      "     (i32.atomic.store offset=64 (i32.const 0) (i32.const 0))"
                      "     (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))"
                      " (func (export \"load\") (param i32) (result i64) (i64.atomic.load offset=4 "
                      "(local.get 0)))"
                      " (func (export \"store8\") (param i32) (i64.atomic.store8 (local.get 0) "
                      "(i64.const 7)))"
                      " (func (export \"dropped\") (param i32) (drop (i32.atomic.load16_u "
                      "(local.get 0)))))";

// Operations that leave the cell as it is with 0, the last one with -1.
static const char *const unchanging[] = {"add", "sub", "or", "xor", "and"};
enum { UNCHANGING = sizeof unchanging / sizeof unchanging[0] };

static const struct harness *shared;
static const struct object_function *worker;

static void *work(void *argument) {
    uint64_t values[2] = {ROUNDS};
    (void)argument;
    shared->object->types[worker->type].entry(worker->code, shared->instance, values);
    return NULL;
}

static void run_threads(const struct harness *harness, const char *name) {
    pthread_t threads[THREADS];
    shared = harness;
    worker = harness_export(harness, name);
    for (size_t i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, work, NULL), 0);
    }
    for (size_t i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
}

static uint64_t cell(const struct harness *harness, size_t offset, size_t size) {
    uint64_t value = 0;
    memcpy(&value, harness->memory + offset, size);
    return value;
}

static void threads_lose_no_update(void **state) {
    (void)state;
    static const char *const levels[] = {"-O0", "-O2", "-O3"};
    const uint32_t total = THREADS * ROUNDS;
    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++) {
        struct harness harness = harness_open(text, levels[i]);
        run_threads(&harness, "count");
        assert_int_equal(cell(&harness, 0, 4), total);
        assert_int_equal(cell(&harness, 8, 8), total);
        assert_int_equal(cell(&harness, 16, 1), (uint8_t)total);
        assert_int_equal(cell(&harness, 17, 1), 0);
        assert_int_equal(cell(&harness, 18, 2), (uint16_t)total);
        assert_int_equal(cell(&harness, 20, 1), (uint8_t)total);
        assert_int_equal(cell(&harness, 22, 2), (uint16_t)total);
        assert_int_equal(cell(&harness, 24, 4), total);
        assert_int_equal(cell(&harness, 28, 4), (uint32_t)-total);
        assert_int_equal(cell(&harness, 32, 4), 3 * total);
        run_threads(&harness, "locked");
        assert_int_equal(cell(&harness, 68, 4), total);
        harness_close(&harness);
    }
}

static void traps_unaligned_and_out_of_bounds(void **state) {
    (void)state;
    struct harness harness = harness_open(text, "");
    assert_int_equal(harness_trap(&harness, "load", 4, 0), OBJECT_TRAP_NONE);
    assert_int_equal(harness_trap(&harness, "load", 8, 0), OBJECT_TRAP_UNALIGNED_ATOMIC);
    assert_int_equal(harness_trap(&harness, "load", 65524, 0), OBJECT_TRAP_NONE);
    assert_int_equal(harness_trap(&harness, "load", 65532, 0), OBJECT_TRAP_MEMORY_BOUNDS);
    assert_int_equal(harness_trap(&harness, "load", 65533, 0), OBJECT_TRAP_UNALIGNED_ATOMIC);
    assert_int_equal(harness_trap(&harness, "load", 0xfffffffc, 0), OBJECT_TRAP_MEMORY_BOUNDS);
    assert_int_equal(harness_trap(&harness, "store8", 65535, 0), OBJECT_TRAP_NONE);
    assert_int_equal(harness_trap(&harness, "store8", 65536, 0), OBJECT_TRAP_MEMORY_BOUNDS);
    assert_int_equal(harness_trap(&harness, "dropped", 65534, 0), OBJECT_TRAP_NONE);
    assert_int_equal(harness_trap(&harness, "dropped", 65536, 0), OBJECT_TRAP_MEMORY_BOUNDS);
    assert_int_equal(harness_trap(&harness, "dropped", 1, 0), OBJECT_TRAP_UNALIGNED_ATOMIC);
    harness_close(&harness);
}

static void check_unchanging(const char *operation, const char *options) {
    char module[512];
    snprintf(module, sizeof module,
             "(module (memory 1 1 shared)"
             " (func (export \"narrow\") (param i32)"
             "   (drop (i32.atomic.rmw8.%s_u (local.get 0) (i32.const %d))))"
             " (func (export \"wide\") (param i32)"
             "   (drop (i64.atomic.rmw.%s (local.get 0) (i64.const %d)))))",
             operation, strcmp(operation, "and") == 0 ? -1 : 0, operation,
             strcmp(operation, "and") == 0 ? -1 : 0);
    struct harness harness = harness_open(module, options);
    assert_int_equal(harness_trap(&harness, "narrow", 65535, 0), OBJECT_TRAP_NONE);
    assert_int_equal(harness_trap(&harness, "narrow", 65536, 0), OBJECT_TRAP_MEMORY_BOUNDS);
    assert_int_equal(harness_trap(&harness, "wide", 65528, 0), OBJECT_TRAP_NONE);
    assert_int_equal(harness_trap(&harness, "wide", 65536, 0), OBJECT_TRAP_MEMORY_BOUNDS);
    harness_close(&harness);
}

// LLVM makes a fence at another address of these, where it may.
static void what_changes_nothing_traps(void **state) {
    (void)state;
    for (size_t i = 0; i < UNCHANGING; i++) {
        check_unchanging(unchanging[i], "-O0");
        check_unchanging(unchanging[i], "-O2");
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_lose_no_update),
        cmocka_unit_test(traps_unaligned_and_out_of_bounds),
        cmocka_unit_test(what_changes_nothing_traps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
