// Loops over vectors, which become loops over wider ones: the same results for any number of
// iterations and any overlap of what they read and write. The same modules without optimisation say
// what is right.
#include "harness.h"

enum { REGION = 4096, MIDDLE = 2048, COUNT_MAXIMUM = 21 };

// A loop with addresses $d and $s and a count $n that goes down to 0; $d grows by 16 each time.
#define LOOP(name, locals, start, body, step, end)                                                 \
    {                                                                                              \
        name, " (func (export \"" name                                                             \
              "\") (param $d i32) (param $s i32) (param $n i32) (result i32)"                      \
              " (local $a v128) (local $b v128) (local $c v128) " locals " " start                 \
              " (loop $again " body " (local.set $d (i32.add (local.get $d) (i32.const 16)))"      \
              " (local.set $s (i32.add (local.get $s) (i32.const " step ")))"                      \
              " (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1))))) " end ")"    \
    }
#define ZERO         "(i32.const 0)"
#define STORE(value) "(v128.store (local.get $d) " value ")"
#define SOURCE       "(v128.load (local.get $s))"
#define TARGET       "(v128.load (local.get $d))"

static const struct {
    const char *name;
    const char *text;
} loops[] = {
    LOOP("copy", "", "", STORE(SOURCE), "16", ZERO),
    LOOP("update", "", "", STORE("(i32x4.add (i32x4.mul " TARGET " " TARGET ") " SOURCE ")"), "16",
         ZERO),
    LOOP("three", "", "",
         STORE("(i16x8.sub_sat_s " SOURCE " (v128.load offset=256 (local.get $s)))")
             STORE("(i8x16.avgr_u " TARGET " (v128.const i64x2 1 2))"),
         "16", ZERO),
    LOOP("delayed", "", "(local.set $a (v128.const i32x4 1 2 3 4))",
         "(local.set $b " SOURCE ")" //
         STORE("(i8x16.shuffle 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23"
               " (local.get $a) (local.get $b))") "(local.set $a (local.get $b))",
         "16", "(i32x4.extract_lane 1 (local.get $a))"),
    LOOP(
        "twice_delayed", "", "(local.set $a (v128.const i32x4 1 2 3 4))",
        "(local.set $b " SOURCE ")" //
        STORE(
            "(i32x4.add (local.get $a) (i32x4.add (local.get $c) (local.get $b)))") "(local.set $a "
                                                                                    "(local.get "
                                                                                    "$c)) "
                                                                                    "(local.set $c "
                                                                                    "(local.get "
                                                                                    "$b))",
        "16", "(i32x4.extract_lane 2 (local.get $a))"),
    LOOP("sum", "", "(local.set $a (v128.const i32x4 5 6 7 8))",
         "(local.set $a (i32x4.add (local.get $a) " SOURCE "))", "16",
         "(i32x4.extract_lane 3 (local.get $a))"),
    LOOP("mask", "", "(local.set $a (v128.const i64x2 -1 -1))",
         "(local.set $a (v128.and (local.get $a) (v128.or " SOURCE
         " (v128.const i64x2 65535 77))))",
         "16", "(i32x4.extract_lane 0 (local.get $a))"),
    LOOP("product", "", "(local.set $a (v128.const i16x8 1 3 5 7 9 11 13 15))",
         "(local.set $a (i16x8.mul (local.get $a) (v128.or " SOURCE
         " (i16x8.splat (i32.const 1)))))",
         "16", "(i16x8.extract_lane_u 5 (local.get $a))"),
    LOOP("ramp", "", "(local.set $a (v128.const i32x4 0 1 2 3))",
         STORE("(i32x4.mul (local.get $a) " SOURCE
               ")") "(local.set $a (i32x4.add (local.get $a) (v128.const i32x4 4 5 6 -4)))",
         "16", "(i32x4.extract_lane 3 (local.get $a))"),
    LOOP("extend", "", "", STORE("(i16x8.shl (v128.load8x8_s (local.get $s)) (i32.const 3))"), "8",
         ZERO),
    LOOP(
        "uniform", "", "",
        STORE("(f32x4.add (f32x4.mul (v128.load32_splat (i32.const 2048)) " SOURCE ") " TARGET ")"),
        "16", ZERO),
    LOOP("compare", "", "",
         STORE("(v128.bitselect " SOURCE " (i8x16.min_s " TARGET " " SOURCE ")"
               " (i32x4.lt_s " SOURCE " " TARGET "))"),
         "16", ZERO),
    LOOP("float", "", "",
         STORE("(f64x2.max (f64x2.sqrt (f64x2.abs " SOURCE "))"
               " (f64x2.floor (f64x2.convert_low_i32x4_s " TARGET ")))"),
         "16", ZERO),
    LOOP("shuffle", "", "",
         STORE("(i8x16.shuffle 31 0 30 1 29 2 28 3 27 4 26 5 25 6 24 7 " SOURCE " " TARGET ")"),
         "16", ZERO),
    LOOP("neighbours", "", "",
         STORE("(i32x4.add (v128.load offset=4 (local.get $s))"
               " (i32x4.sub " SOURCE " (v128.load offset=8 (local.get $s))))"),
         "16", ZERO),
    LOOP("last", "", "", "(local.set $a (i32x4.add " SOURCE " " TARGET "))" STORE("(local.get $a)"),
         "16", "(i32x4.extract_lane 1 (local.get $a))"),
    LOOP("index", "(local $i i32)", "",
         STORE(
             "(v128.load offset=16"
             " (i32.add (local.get $s) (i32.shl (local.get $i) (i32.const 4))))") "(local.set $i "
                                                                                  "(i32.add "
                                                                                  "(local.get $i) "
                                                                                  "(i32.const 1)))",
         "0", "(local.get $i)"),
};

enum { LOOP_COUNT = sizeof loops / sizeof *loops };

static const char *module_text(void) {
    static char text[16384] = "(module (memory (export \"memory\") 1)";
    if (strchr(text, '\n') == NULL) {
        for (size_t i = 0; i < LOOP_COUNT; i++) {
            strcat(text, loops[i].text);
        }
        strcat(text, ")\n");
    }
    return text;
}

static void fill(uint8_t *memory) {
    uint32_t state = 12345;
    for (int i = 0; i < REGION; i++) {
        state = state * 1664525 + 1013904223;
        memory[i] = (uint8_t)(state >> 24);
    }
}

static void compare(const struct harness *harness, const struct harness *reference,
                    const char *name, uint32_t target, uint32_t source, uint32_t count) {
    fill(harness->memory);
    fill(reference->memory);
    uint64_t own = harness_value(harness, name, target, source, count);
    uint64_t wanted = harness_value(reference, name, target, source, count);
    if (own != wanted || memcmp(harness->memory, reference->memory, REGION) != 0) {
        fail_msg("%s from %u to %u, %u iterations: not the same as without optimisation", name,
                 source, target, count);
    }
}

static void compare_all(const char *options) {
    struct harness harness = harness_open(module_text(), options);
    struct harness reference = harness_open(module_text(), "-O0");
    for (size_t i = 0; i < LOOP_COUNT; i++) {
        for (uint32_t count = 1; count <= COUNT_MAXIMUM; count++) {
            for (uint32_t distance = 0; distance <= 132; distance += distance < 24 ? 1 : 12) {
                compare(&harness, &reference, loops[i].name, MIDDLE, MIDDLE + distance, count);
                compare(&harness, &reference, loops[i].name, MIDDLE + distance, MIDDLE, count);
            }
            compare(&harness, &reference, loops[i].name, MIDDLE, MIDDLE + 1000, count);
            compare(&harness, &reference, loops[i].name, MIDDLE, MIDDLE - 1000, count);
        }
    }
    harness_close(&harness);
    harness_close(&reference);
}

static void computes_the_same_for_any_overlap(void **state) {
    (void)state;
    static const char *const targets[] = {"", "-O3", "--cpu x86-64-v3", "--cpu x86-64-v2"};
    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
        compare_all(targets[i]);
    }
}

// Up to the last byte of the memory, and no further.
static void stays_inside_memory(void **state) {
    (void)state;
    struct harness harness = harness_open(module_text(), "");
    for (uint32_t count = 1; count <= COUNT_MAXIMUM; count++) {
        uint64_t inside[8] = {65536 - 16 * count, 0, count};
        assert_int_equal(harness_call(&harness, "copy", inside), OBJECT_TRAP_NONE);
        uint64_t outside[8] = {65536 - 16 * count + 1, 0, count};
        assert_int_equal(harness_call(&harness, "copy", outside), OBJECT_TRAP_MEMORY_BOUNDS);
        uint64_t wrapping[8] = {0, UINT32_MAX - 15, count};
        assert_int_equal(harness_call(&harness, "copy", wrapping), OBJECT_TRAP_MEMORY_BOUNDS);
    }
    harness_close(&harness);
}

// The tests above say nothing where no loop is widened: these are, on a CPU with wide vectors.
static void widens_loops(void **state) {
    (void)state;
    char folder[64];
    harness_make_folder(folder, sizeof folder);
    harness_assemble(folder, "loops", module_text());
    char command[512];
    snprintf(
        command, sizeof command,
        "'%s/bin/faasm-codegen' --cpu x86-64-v4 --emit=asm '%s/loops.wasm' '%s/loops.s' 2>&1 && "
        "awk '/@function/ { in_loop = 0 } /zmm/ && !in_loop++ { found++ } "
        "END { exit found < %zu }' '%s/loops.s'",
        FAASM_BUILD_DIR, folder, folder, (size_t)LOOP_COUNT, folder);
    struct run_result result = harness_run(command);
    if (result.exit_code != 0) {
        fail_msg("not all loops use wide vectors: %s", result.errors);
    }
    harness_remove_folder(folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(computes_the_same_for_any_overlap),
        cmocka_unit_test(stays_inside_memory),
        cmocka_unit_test(widens_loops),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
