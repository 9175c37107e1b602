// Tail calls: any depth, between functions of any types, through tables, and to host functions; and
// plain calls with more parameters and results than there are registers.
#include "fixture.h"

enum { DEEP = 3000000 };

// A function of 24 parameters of all kinds, and one of 7 results.
#define MANY_TYPES                                                                                 \
    "(param i32 i64 f32 f64 v128 i32 i64 f32 f64 v128 i32 i64 f32 f64 v128 i32 i64 f32 f64 v128 "  \
    "i32 i64 f32 i32)"
#define MANY_RESULTS "(result i32 i64 f32 f64 v128 i32 i64)"

static const char text[] =
    "(module"
    " (import \"host\" \"add\" (func $add (param i32 i32) (result i32)))"
    " (import \"host\" \"sum\" (func $sum (param i32 i64 i32 i64 i32 i64 i32 i64 f32 f64)"
    "   (result i64)))"
    " (type $count (func (param i32 i32) (result i32)))"
    " (type $sum_type (func (param i32 i64 i32 i64 i32 i64 i32 i64 f32 f64) (result i64)))"
    " (type $many (func " MANY_TYPES " (result i64)))"
    " (table 8 funcref)"
    " (elem (i32.const 0) $down $up $add $sum $rotate $from_short)"

    // Two that jump to each other directly.
    " (func $even (export \"even\") (param i32 i32) (result i32)"
    "   (if (i32.eqz (local.get 0)) (then (return (i32.const 1))))"
    "   (return_call $odd (i32.sub (local.get 0) (i32.const 1)) (local.get 1)))"
    " (func $odd (param i32 i32) (result i32)"
    "   (if (i32.eqz (local.get 0)) (then (return (i32.const 0))))"
    "   (return_call $even (i32.sub (local.get 0) (i32.const 1)) (local.get 1)))"

    // Two that jump to each other through the table.
    " (func $down (export \"down\") (param i32 i32) (result i32)"
    "   (if (i32.eqz (local.get 0)) (then (return (local.get 1))))"
    "   (return_call_indirect (type $count) (i32.sub (local.get 0) (i32.const 1))"
    "     (i32.add (local.get 1) (i32.const 3)) (i32.const 1)))"
    " (func $up (param i32 i32) (result i32)"
    "   (return_call_indirect (type $count) (local.get 0)"
    "     (i32.sub (local.get 1) (i32.const 1)) (i32.const 0)))"

    // From a function of two parameters to one of many and back.
    " (func $short (export \"short\") (param i32 i32) (result i64)"
    "   (return_call_indirect (type $count_wide) (local.get 0) (local.get 1) (i32.const 5)))"
    " (type $count_wide (func (param i32 i32) (result i64)))"
    " (func $from_short (param $n i32) (param $x i32) (result i64)"
    "   (return_call_indirect (type $many)"
    "     (local.get $n) (i64.const 1) (f32.const 2) (f64.const 3) (v128.const i64x2 4 5)"
    "     (i32.const 6) (i64.const 7) (f32.const 8) (f64.const 9) (v128.const i64x2 10 11)"
    "     (i32.const 12) (i64.const 13) (f32.const 14) (f64.const 15) (v128.const i64x2 16 17)"
    "     (i32.const 18) (i64.const 19) (f32.const 20) (f64.const 21) (v128.const i64x2 22 23)"
    "     (i32.const 24) (i64.const 25) (f32.const 26) (local.get $x) (i32.const 4)))"
    " (func $rotate (type $many)"
    "   (if (i32.eqz (local.get 0))"
    "     (then (return (call $fold (local.get 0) (local.get 1) (local.get 2) (local.get 3)"
    "       (local.get 4) (local.get 5) (local.get 6) (local.get 7) (local.get 8) (local.get 9)"
    "       (local.get 10) (local.get 11) (local.get 12) (local.get 13) (local.get 14)"
    "       (local.get 15) (local.get 16) (local.get 17) (local.get 18) (local.get 19)"
    "       (local.get 20) (local.get 21) (local.get 22) (local.get 23)))))"
    "   (if (i32.and (local.get 0) (i32.const 1))"
    "     (then (return_call $short (i32.sub (local.get 0) (i32.const 1))"
    "       (i32.add (local.get 23) (local.get 20)))))"
    // The i32 parameters move round by one place.
    "   (return_call $rotate (i32.sub (local.get 0) (i32.const 1)) (local.get 1) (local.get 2)"
    "     (local.get 3) (local.get 4) (local.get 10) (local.get 6) (local.get 7) (local.get 8)"
    "     (local.get 9) (local.get 15) (local.get 11) (local.get 12) (local.get 13)"
    "     (local.get 14) (local.get 20) (local.get 16) (local.get 17) (local.get 18)"
    "     (local.get 19) (local.get 5) (local.get 21) (local.get 22) (local.get 23)))"

    // 1 * the first parameter + 2 * the second ... modulo 2^64; of a vector, both halves.
    " (func $fold (type $many) (local $s i64)"
    "   (local.set $s (i64.extend_i32_u (local.get 0)))"
    "   (local.set $s (i64.add (local.get $s) (i64.mul (i64.const 2) (local.get 1))))"
    "   (local.set $s (i64.add (local.get $s) (i64.mul (i64.const 3)"
    "     (i64.trunc_f32_s (local.get 2)))))"
    "   (local.set $s (i64.add (local.get $s) (i64.mul (i64.const 4)"
    "     (i64.trunc_f64_s (local.get 18)))))"
    "   (local.set $s (i64.add (local.get $s) (i64.mul (i64.const 5)"
    "     (i64x2.extract_lane 0 (local.get 19)))))"
    "   (local.set $s (i64.add (local.get $s) (i64.mul (i64.const 6)"
    "     (i64x2.extract_lane 1 (local.get 19)))))"
    "   (local.set $s (i64.add (local.get $s) (i64.mul (i64.const 7) (local.get 21))))"
    "   (local.set $s (i64.add (local.get $s) (i64.mul (i64.const 8)"
    "     (i64.trunc_f32_s (local.get 22)))))"
    "   (local.set $s (i64.add (local.get $s) (i64.mul (i64.const 9)"
    "     (i64.extend_i32_u (local.get 5)))))"
    "   (local.set $s (i64.add (local.get $s) (i64.mul (i64.const 10)"
    "     (i64.extend_i32_u (local.get 10)))))"
    "   (local.set $s (i64.add (local.get $s) (i64.mul (i64.const 11)"
    "     (i64.extend_i32_u (local.get 15)))))"
    "   (local.set $s (i64.add (local.get $s) (i64.mul (i64.const 12)"
    "     (i64.extend_i32_u (local.get 20)))))"
    "   (i64.add (local.get $s) (i64.mul (i64.const 13) (i64.extend_i32_u (local.get 23)))))"

    // Many results through tail calls.
    " (func $results (param i32) " MANY_RESULTS
    "   (if (local.get 0) (then (return_call $results (i32.sub (local.get 0) (i32.const 1)))))"
    "   (i32.const 1) (i64.const 2) (f32.const 3) (f64.const 4) (v128.const i64x2 5 6)"
    "   (i32.const 7) (i64.const 8))"
    " (func (export \"results\") (param i32 i32) " MANY_RESULTS
    "   (return_call $results (local.get 0)))"
    " (func (export \"pick\") (param i32 i32) (result i64) (local $last i64) (local $i i32)"
    "   (call $results (local.get 0)) (local.set $last) (local.set $i) (drop) (drop) (drop) (drop)"
    "   (i64.extend_i32_u) (i64.mul (i64.const 1000)) (i64.add (local.get $last))"
    "   (i64.add (i64.mul (i64.const 10) (i64.extend_i32_u (local.get $i)))))"

    // Host functions.
    " (func (export \"host_short\") (param i32 i32) (result i32)"
    "   (return_call $add (local.get 0) (local.get 1)))"
    " (func (export \"host_table\") (param i32 i32) (result i32)"
    "   (return_call_indirect (type $count) (local.get 0) (local.get 1) (i32.const 2)))"
    " (func (export \"host_plain_table\") (param i32 i32) (result i32)"
    "   (i32.add (call_indirect (type $count) (local.get 0) (local.get 1) (i32.const 2))"
    "     (call $add (local.get 0) (local.get 1))))"
    " (func $arguments (param i32 i32)"
    "     (result i32 i64 i32 i64 i32 i64 i32 i64 f32 f64)"
    "   (local.get 0) (i64.const 2) (i32.const 3) (i64.const 4) (i32.const 5) (i64.const 6)"
    "   (i32.const 7) (i64.extend_i32_u (local.get 1)) (f32.const 9) (f64.const 10))"
    " (func (export \"host_long\") (param i32 i32) (result i64)"
    "   (return_call $sum (call $arguments (local.get 0) (local.get 1))))"
    " (func (export \"host_long_table\") (param i32 i32) (result i64)"
    "   (return_call_indirect (type $sum_type) (call $arguments (local.get 0) (local.get 1))"
    "     (i32.const 3)))"
    " (func (export \"host_long_plain\") (param i32 i32) (result i64)"
    "   (i64.sub (call $sum (call $arguments (local.get 0) (local.get 1)))"
    "     (call_indirect (type $sum_type) (call $arguments (local.get 0) (i32.const 0))"
    "       (i32.const 3))))"

    " (func $forever (export \"forever\") (param i32 i32) (result i32)"
    "   (return_call $forever (local.get 1) (local.get 0))))";

static uint32_t host_add(struct object_instance *instance, uint32_t left, uint32_t right) {
    (void)instance;
    return left + right;
}

static uint64_t host_sum(struct object_instance *instance, uint32_t a, uint64_t b, uint32_t c,
                         uint64_t d, uint32_t e, uint64_t f, uint32_t g, uint64_t h, float i,
                         double j) {
    (void)instance;
    return a + 10 * b + 100 * c + 1000 * d + 10000 * e + 100000 * f + 1000000 * g + 10000000 * h +
           (uint64_t)i + (uint64_t)j;
}

static const struct faaslet_host_function functions[] = {
    {"host", "add", "ii:i", HOST_CODE(host_add)},
    {"host", "sum", "iIiIiIiIfF:I", HOST_CODE(host_sum)},
};

static struct faaslet *faaslet;

static int start(void **state) {
    (void)state;
    faaslet = fixture_faaslet(text, functions, sizeof functions / sizeof *functions);
    return 0;
}

static int end(void **state) {
    (void)state;
    faaslet_delete(faaslet);
    return 0;
}

static void depth_takes_no_stack(void **state) {
    (void)state;
    assert_int_equal(fixture_value(faaslet, "even", DEEP, 0), 1);
    assert_int_equal(fixture_value(faaslet, "even", DEEP + 1, 0), 0);
    assert_int_equal(fixture_value(faaslet, "down", DEEP, 5), 2 * DEEP + 5);
}

// What $rotate, $short and $from_short do, on the i32 parameters that change.
static uint64_t expected_fold(uint32_t rounds, uint32_t last) {
    uint64_t moving[4] = {6, 12, 18, 24};
    for (; rounds > 0; rounds--) {
        if (rounds & 1) {
            last += (uint32_t)moving[3];
            memcpy(moving, (uint64_t[]){6, 12, 18, 24}, sizeof moving);
        } else {
            uint64_t first = moving[0];
            memmove(moving, moving + 1, 3 * sizeof *moving);
            moving[3] = first;
        }
    }
    return 2 * 1 + 3 * 2 + 4 * 21 + 5 * 22 + 6 * 23 + 7 * 25 + 8 * 26 + 9 * moving[0] +
           10 * moving[1] + 11 * moving[2] + 12 * moving[3] + 13 * (uint64_t)last;
}

static void types_may_differ(void **state) {
    (void)state;
    for (uint32_t rounds = 0; rounds < 8; rounds++) {
        assert_int_equal(fixture_value(faaslet, "short", rounds, 100), expected_fold(rounds, 100));
    }
    assert_int_equal(fixture_value(faaslet, "short", DEEP, 100), expected_fold(DEEP, 100));
}

static void results_may_be_many(void **state) {
    (void)state;
    struct faaslet_function function;
    struct faaslet_result result;
    uint64_t values[8] = {DEEP, 0};
    assert_true(faaslet_find_export(faaslet_main_instance(faaslet), "results", &function));
    faaslet_call(faaslet, &function, values, &result);
    assert_int_equal(result.outcome, FAASLET_RETURNED);
    float three = 3;
    double four = 4;
    uint64_t wanted[8] = {1, 2, 0, 0, 5, 6, 7, 8};
    memcpy(&wanted[2], &three, sizeof three);
    memcpy(&wanted[3], &four, sizeof four);
    assert_memory_equal(values, wanted, sizeof wanted);
    assert_int_equal(fixture_value(faaslet, "pick", 3, 0), 1078);
}

static void host_functions_can_be_last(void **state) {
    (void)state;
    assert_int_equal(fixture_value(faaslet, "host_short", 30, 12), 42);
    assert_int_equal(fixture_value(faaslet, "host_table", 30, 12), 42);
    assert_int_equal(fixture_value(faaslet, "host_plain_table", 30, 12), 84);
    uint64_t sum = 1 + 20 + 300 + 4000 + 50000 + 600000 + 7000000 + 80000000 + 9 + 10;
    assert_int_equal(fixture_value(faaslet, "host_long", 1, 8), sum);
    assert_int_equal(fixture_value(faaslet, "host_long_table", 1, 8), sum);
    assert_int_equal(fixture_value(faaslet, "host_long_plain", 1, 8), 80000000);
}

static void *interrupt_soon(void *argument) {
    usleep(20000);
    while (!faaslet_interrupt(argument, FAASLET_TRAP_CANCELLED)) {
        usleep(1000);
    }
    return NULL;
}

static void endless_recursion_is_interrupted(void **state) {
    (void)state;
    pthread_t thread;
    struct faaslet_result result;
    assert_int_equal(pthread_create(&thread, NULL, interrupt_soon, faaslet), 0);
    fixture_call(faaslet, "forever", 1, 2, &result);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(result.outcome, FAASLET_TRAPPED);
    assert_int_equal(result.trap, FAASLET_TRAP_CANCELLED);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(depth_takes_no_stack, start, end),
        cmocka_unit_test_setup_teardown(types_may_differ, start, end),
        cmocka_unit_test_setup_teardown(results_may_be_many, start, end),
        cmocka_unit_test_setup_teardown(host_functions_can_be_last, start, end),
        cmocka_unit_test_setup_teardown(endless_recursion_is_interrupted, start, end),
    };
    fixture_initialize();
    return cmocka_run_group_tests_name("tail_call", tests, NULL, NULL);
}
