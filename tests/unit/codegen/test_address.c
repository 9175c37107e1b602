// Indices that are sums: they wrap around at 32 bits, whatever is concluded from neighbours.
#include "harness.h"

static const char text[] =
    "(module (memory 1)"
    " (data (i32.const 0) \"\\01\\02\\03\\04\\05\\06\\07\\08\")"
    " (data (i32.const 1024) \"\\0a\\0b\\0c\\0d\\0e\\0f\\10\\11\\12\\13\\14\\15\\16\\17\\18\\19\")"
    // Nothing else is accessed.
    " (func (export \"alone\") (param $x i32) (result i32)"
    "  (i32.load8_u (i32.add (local.get $x) (i32.const 8))))"
    " (func (export \"difference\") (param $x i32) (result i32)"
    "  (i32.load8_u (i32.sub (local.get $x) (i32.const 8))))"
    // In order, against it, and with sums of sums.
    " (func (export \"after\") (param $x i32) (result i32)"
    "  (i32.add (i32.load8_u (local.get $x))"
    "   (i32.load8_u (i32.add (local.get $x) (i32.const 8)))))"
    " (func (export \"before\") (param $x i32) (result i32)"
    "  (i32.sub (i32.load8_u (i32.add (local.get $x) (i32.const 8)))"
    "   (i32.load8_u (local.get $x))))"
    " (func (export \"sums\") (param $x i32) (result i32) (local $y i32)"
    "  (local.set $y (i32.add (i32.add (local.get $x) (i32.const -3)) (i32.const 5)))"
    "  (i32.or (i32.shl (i32.load8_u offset=4 (i32.add (local.get $y) (i32.const 3)))"
    "    (i32.const 16))"
    "   (i32.or (i32.shl (i32.load8_u offset=2 (local.get $y)) (i32.const 8))"
    "    (i32.load8_u offset=1 (i32.add (i32.const -1) (local.get $y))))))"
    " (func (export \"far\") (param $x i32) (result i32)"
    "  (i32.add (i32.load8_u (i32.add (local.get $x) (i32.const 0xc0000000)))"
    "   (i32.add (i32.load8_u (i32.add (local.get $x) (i32.const 0x40000000)))"
    "    (i32.load8_u (i32.add (local.get $x) (i32.const 0x80000000))))))"
    " (func (export \"steps\") (param $x i32) (result i32)"
    "  (i32.add (i32.load8_u (i32.add (local.get $x) (i32.const 60000)))"
    "   (i32.add (i32.load8_u (i32.add (local.get $x) (i32.const 30000)))"
    "    (i32.load8_u (local.get $x)))))"
    // The effect comes first: what traps later proves nothing for it.
    " (func (export \"store_first\") (param $x i32) (result i32)"
    "  (i32.store8 (i32.add (local.get $x) (i32.const 8)) (i32.const 77))"
    "  (i32.load8_u (local.get $x)))"
    " (func (export \"store_last\") (param $x i32) (result i32) (local $v i32)"
    "  (local.set $v (i32.load8_u (i32.add (local.get $x) (i32.const 8))))"
    "  (i32.store8 (local.get $x) (i32.const 88))"
    "  (i32.store8 (i32.add (local.get $x) (i32.const 8)) (i32.const 99))"
    "  (i32.add (local.get $v) (i32.load8_u (i32.add (local.get $x) (i32.const 8)))))"
    // What is accessed on one path only.
    " (func (export \"path\") (param $x i32) (param $c i32) (result i32) (local $v i32)"
    "  (if (local.get $c) (then (local.set $v (i32.load8_u (local.get $x)))))"
    "  (i32.add (local.get $v) (i32.load8_u (i32.add (local.get $x) (i32.const 8)))))"
    " (func (export \"around\") (param $x i32) (param $c i32) (result i32) (local $v i32)"
    "  (block $out"
    "   (br_if $out (i32.eqz (local.get $c)))"
    "   (local.set $v (i32.load8_u (local.get $x))))"
    "  (i32.add (local.get $v) (i32.load8_u (i32.add (local.get $x) (i32.const 8)))))"
    " (func (export \"dominated\") (param $x i32) (param $c i32) (result i32) (local $v i32)"
    "  (local.set $v (i32.load8_u (local.get $x)))"
    "  (if (local.get $c) (then (local.set $v (i32.const 100))))"
    "  (i32.add (local.get $v) (i32.load8_u (i32.add (local.get $x) (i32.const 8)))))"
    // The next iteration has another $x.
    " (func (export \"loop\") (param $x i32) (param $n i32) (result i32) (local $sum i32)"
    "  (loop $l"
    "   (local.set $sum (i32.add (local.get $sum)"
    "    (i32.add (i32.load8_u (i32.add (local.get $x) (i32.const 1)))"
    "     (i32.load8_u (local.get $x)))))"
    "   (local.set $x (i32.add (local.get $x) (i32.const 2)))"
    "   (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))"
    "  (local.get $sum))"
    // Iterations that become one block, up and down, with indices of several parts; each stores.
    " (func (export \"up\") (param $x i32) (param $n i32) (result i32) (local $sum i32)"
    "  (loop $l"
    "   (local.set $sum (i32.add (i32.mul (local.get $sum) (i32.const 3))"
    "    (i32.load8_u (i32.add (local.get $x) (i32.shl (local.get $n) (i32.const 1))))))"
    "   (i32.store8 offset=2048 (i32.add (local.get $x) (i32.shl (local.get $n) (i32.const 1)))"
    "    (local.get $sum))"
    "   (local.set $x (i32.add (local.get $x) (i32.const 3)))"
    "   (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))"
    "  (local.get $sum))"
    " (func (export \"down\") (param $x i32) (param $n i32) (result i32) (local $sum i32)"
    "  (loop $l"
    "   (local.set $sum (i32.add (i32.mul (local.get $sum) (i32.const 3))"
    "    (i32.load8_u (local.get $x))))"
    "   (i32.store8 offset=2048 (local.get $x) (local.get $sum))"
    "   (local.set $x (i32.sub (local.get $x) (i32.const 1)))"
    "   (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))"
    "  (local.get $sum)))";

static const uint32_t wrapping = UINT32_MAX - 7; // + 8 is 0

// Of bytes from 1024 on, which are 10, 11, 12 and so on: with each, three times the sum before.
static uint32_t sum_of_bytes(unsigned first, int step, unsigned count) {
    uint32_t sum = 0;
    for (unsigned i = 0; i < count; i++) {
        sum = 3 * sum + 10 + first + (unsigned)(step * (int)i);
    }
    return sum;
}

// Loops of as many iterations as are joined, more, and fewer.
static void check_loops(struct harness *harness) {
    for (unsigned i = 0; i < 16; i++) {
        harness->memory[1024 + i] = (uint8_t)(10 + i);
    }
    for (unsigned n = 1; n <= 11; n++) {
        assert_int_equal(harness_value(harness, "up", 1024 - 2 * n, n, 0), sum_of_bytes(0, 1, n));
        assert_int_equal(harness_value(harness, "down", 1024 + 15, n, 0), sum_of_bytes(15, -1, n));
        uint32_t sum = sum_of_bytes(15, -1, n);
        assert_int_equal(harness->memory[1024 + 15 - (n - 1) + 2048], (uint8_t)sum);
    }
    assert_int_equal(harness_trap(harness, "down", 4, 6), OBJECT_TRAP_MEMORY_BOUNDS);
    assert_int_equal(harness_trap(harness, "up", 65536 - 2048 - 22, 9), OBJECT_TRAP_MEMORY_BOUNDS);
    assert_int_equal(harness_trap(harness, "up", UINT32_MAX - 20, 8), OBJECT_TRAP_MEMORY_BOUNDS);
    assert_int_equal(harness_trap(harness, "up", UINT32_MAX - 5, 2), OBJECT_TRAP_MEMORY_BOUNDS);
}

static void check(const char *options) {
    struct harness harness = harness_open(text, options);
    assert_int_equal(harness_value(&harness, "alone", wrapping, 0, 0), 1);
    assert_int_equal(harness_value(&harness, "alone", wrapping + 3, 0, 0), 4);
    assert_int_equal(harness_value(&harness, "difference", 9, 0, 0), 2);
    assert_int_equal(harness_trap(&harness, "difference", 7, 0), OBJECT_TRAP_MEMORY_BOUNDS);

    assert_int_equal(harness_value(&harness, "after", 1024, 0, 0), 0x0a + 0x12);
    assert_int_equal(harness_value(&harness, "before", 1025, 0, 0), 8);
    assert_int_equal(harness_trap(&harness, "after", wrapping, 0), OBJECT_TRAP_MEMORY_BOUNDS);
    assert_int_equal(harness_trap(&harness, "before", wrapping, 0), OBJECT_TRAP_MEMORY_BOUNDS);
    assert_int_equal(harness_trap(&harness, "after", 65536 - 8, 0), OBJECT_TRAP_MEMORY_BOUNDS);
    assert_int_equal(harness_value(&harness, "sums", 1022, 0, 0), 0x110c0a);
    assert_int_equal(harness_value(&harness, "sums", 0, 0, 0), 0x0503);
    assert_int_equal(harness_value(&harness, "sums", UINT32_MAX, 0, 0), 0x0402);
    assert_int_equal(harness_trap(&harness, "far", 0x40000000, 0), OBJECT_TRAP_MEMORY_BOUNDS);
    assert_int_equal(harness_value(&harness, "steps", 1024, 0, 0), 10);
    assert_int_equal(harness_trap(&harness, "steps", 6000, 0), OBJECT_TRAP_MEMORY_BOUNDS);
    assert_int_equal(harness_trap(&harness, "steps", UINT32_MAX - 29999, 0),
                     OBJECT_TRAP_MEMORY_BOUNDS);

    assert_int_equal(harness_trap(&harness, "store_first", wrapping, 0), OBJECT_TRAP_MEMORY_BOUNDS);
    assert_int_equal(harness.memory[0], 77);
    assert_int_equal(harness_trap(&harness, "store_last", wrapping, 0), OBJECT_TRAP_MEMORY_BOUNDS);
    assert_int_equal(harness.memory[0], 77);
    assert_int_equal(harness_value(&harness, "store_last", 1024, 0, 0), 0x12 + 99);
    assert_int_equal(harness.memory[1024], 88);

    assert_int_equal(harness_value(&harness, "path", wrapping + 1, 0, 0), 2);
    assert_int_equal(harness_trap(&harness, "path", wrapping + 1, 1), OBJECT_TRAP_MEMORY_BOUNDS);
    assert_int_equal(harness_value(&harness, "around", wrapping + 1, 0, 0), 2);
    assert_int_equal(harness_trap(&harness, "around", wrapping + 1, 1), OBJECT_TRAP_MEMORY_BOUNDS);
    assert_int_equal(harness_trap(&harness, "dominated", wrapping, 1), OBJECT_TRAP_MEMORY_BOUNDS);
    assert_int_equal(harness_value(&harness, "dominated", 1025, 1, 0), 100 + 0x13);
    assert_int_equal(harness_value(&harness, "loop", 0, 4, 0), 77 + 2 + 3 + 4 + 5 + 6 + 7 + 8);
    assert_int_equal(harness_trap(&harness, "loop", 65534, 2), OBJECT_TRAP_MEMORY_BOUNDS);
    assert_int_equal(harness_trap(&harness, "loop", UINT32_MAX, 1), OBJECT_TRAP_MEMORY_BOUNDS);
    check_loops(&harness);
    harness_close(&harness);
}

static void sums_wrap_around(void **state) {
    (void)state;
    static const char *const options[] = {"-O0 --verify", "--verify", "-O3 --verify",
                                          "--strict-traps --verify"};
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
        check(options[i]);
    }
}

// Where all of the index space can be accessible, an accessible neighbour proves nothing.
static void the_last_page_has_neighbours(void **state) {
    (void)state;
    struct harness harness =
        harness_open("(module (memory 65536) (data (i32.const 0) \"\\05\")"
                     " (func (export \"both\") (param $x i32) (result i32)"
                     "  (i32.add (i32.load8_u (local.get $x))"
                     "   (i32.load8_u (i32.add (local.get $x) (i32.const 8))))))",
                     "--verify");
    harness.memory[wrapping] = 9;
    assert_int_equal(harness_value(&harness, "both", wrapping, 0, 0), 14);
    harness_close(&harness);
}

// How many indices the module's code extends to addresses.
static int count_extensions(const char *module) {
    char folder[64], command[256];
    harness_make_folder(folder, sizeof folder);
    harness_assemble(folder, "module", module);
    struct run_result result = harness_codegen(folder, "module", "--emit=ir");
    assert_int_equal(result.exit_code, 0);
    snprintf(command, sizeof command, "grep -c 'zext i32' '%s/module.so'", folder);
    FILE *count = popen(command, "r");
    int extensions = 0;
    assert_int_equal(fscanf(count, "%d", &extensions), 1);
    pclose(count);
    harness_remove_folder(folder);
    return extensions;
}

// Two accesses to neighbours of an index that changes have one address between them.
static void neighbours_share_an_address(void **state) {
    (void)state;
    assert_int_equal(
        count_extensions("(module (memory 1) (func (export \"pair\") (param $x i32) (result f64)"
                         " (f64.mul (f64.load (i32.add (local.get $x) (i32.const 36)))"
                         "  (f64.load (i32.add (local.get $x) (i32.const 20))))))"),
        1);
}

// A loop over two arrays has two, and two in what is left of it when it has been unrolled.
static void unrolled_iterations_share_addresses(void **state) {
    (void)state;
    assert_int_equal(
        count_extensions("(module (memory 1) (func (export \"sum\") (param $x i32) (param $y i32)"
                         "  (param $n i32) (result f64) (local $s f64)"
                         "  (loop $l"
                         "   (local.set $s (f64.add (local.get $s)"
                         "    (f64.mul (f64.load (local.get $x)) (f64.load (local.get $y)))))"
                         "   (local.set $x (i32.add (local.get $x) (i32.const 8)))"
                         "   (local.set $y (i32.add (local.get $y) (i32.const 24)))"
                         "   (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))"
                         "  (local.get $s)))"),
        4);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_wrap_around),
        cmocka_unit_test(the_last_page_has_neighbours),
        cmocka_unit_test(neighbours_share_an_address),
        cmocka_unit_test(unrolled_iterations_share_addresses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
