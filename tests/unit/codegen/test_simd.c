// Vectors: how they pass through control flow, calls, globals and memory, and the instructions that
// are lowered differently from CPU to CPU. What each instruction computes is left to the test suite
// of WebAssembly (tests/spec).
#include "harness.h"

typedef union {
    uint64_t slots[2];
    uint8_t bytes[16];
    int8_t i8[16];
    int16_t i16[8];
    int32_t i32[4];
    float f32[4];
    double f64[2];
} vector;

static const char *const targets[] = {
    "", "-O0", "-O3", "--strict-traps", "--cpu x86-64", "--cpu x86-64-v2", "--cpu x86-64-v3"};

// Calls a function of up to two vectors with one vector as its result.
static vector call_vectors(const struct harness *harness, const char *name, vector left,
                           vector right) {
    uint64_t values[8] = {left.slots[0], left.slots[1], right.slots[0], right.slots[1]};
    int trap = harness_call(harness, name, values);
    if (trap != OBJECT_TRAP_NONE) {
        fail_msg("%s trapped: %d", name, trap);
    }
    return (vector){.slots = {values[0], values[1]}};
}

static void assert_vector_equal(vector given, vector wanted) {
    assert_memory_equal(given.bytes, wanted.bytes, sizeof wanted.bytes);
}

// ---- The way of values

static const char flow_text[] =
    "(module"
    " (global $g (mut v128) (v128.const i64x2 0x1122334455667788 0x99aabbccddeeff00))"
    " (global $k v128 (v128.const i32x4 1 2 3 4))"
    " (memory 1)"
    " (func $pair (param v128 v128) (result v128 v128) (local.get 1) (local.get 0))"
    " (func (export \"swap_first\") (param v128 v128) (result v128)"
    "   (call $pair (local.get 0) (local.get 1)) (drop))"
    " (func (export \"exchange\") (param v128) (result v128)"
    "   (global.get $g) (global.set $g (local.get 0)))"
    " (func (export \"constant\") (result v128) (global.get $k))"
    " (func (export \"mixed\") (param f32 v128 i32) (result i32 v128 f64)"
    "   (local.get 2) (local.get 1) (f64.promote_f32 (local.get 0)))"
    " (func (export \"choose\") (param v128 v128 i32) (result v128)"
    "   (select (result v128) (local.get 0) (local.get 1) (local.get 2)))"
    " (func (export \"double\") (param $x v128) (param $n i32) (result v128) (local $y v128)"
    "   (local.get $x)"
    "   (loop $again (param v128) (result v128)"
    "     (local.set $y) (i32x4.add (local.get $y) (local.get $y))"
    "     (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))"
    " (func (export \"zero\") (result v128) (local $y v128) (local.get $y))"
    " (func (export \"load\") (param i32) (result v128) (v128.load offset=3 (local.get 0)))"
    " (func (export \"store\") (param v128 i32) (v128.store (local.get 1) (local.get 0)))"
    " (func (export \"store_lane\") (param v128 i32)"
    "   (v128.store64_lane offset=8 1 (local.get 1) (local.get 0)))"
    " (func (export \"dropped\") (param i32) (drop (i32x4.abs (v128.load8x8_s (local.get 0))))))";

static void check_flow(const char *options) {
    struct harness harness = harness_open(flow_text, options);
    const vector a = {.i32 = {1, -2, 3, -4}};
    const vector b = {.i32 = {50, 60, 70, 80}};
    const vector none = {.slots = {0, 0}};
    assert_vector_equal(call_vectors(&harness, "swap_first", a, b), b);
    const vector initial = {.slots = {0x1122334455667788, 0x99aabbccddeeff00}};
    assert_vector_equal(call_vectors(&harness, "exchange", a, none), initial);
    assert_vector_equal(call_vectors(&harness, "exchange", b, none), a);
    assert_vector_equal(call_vectors(&harness, "constant", none, none),
                        (vector){.i32 = {1, 2, 3, 4}});
    assert_vector_equal(call_vectors(&harness, "zero", none, none), none);

    uint64_t mixed[8] = {harness_f32(1.5f), a.slots[0], a.slots[1], 77};
    assert_int_equal(harness_call(&harness, "mixed", mixed), OBJECT_TRAP_NONE);
    assert_int_equal(mixed[0], 77);
    assert_int_equal(mixed[1], a.slots[0]);
    assert_int_equal(mixed[2], a.slots[1]);
    assert_int_equal(mixed[3], harness_f64(1.5));

    uint64_t chosen[8] = {a.slots[0], a.slots[1], b.slots[0], b.slots[1], 0};
    assert_int_equal(harness_call(&harness, "choose", chosen), OBJECT_TRAP_NONE);
    assert_int_equal(chosen[1], b.slots[1]);
    uint64_t doubled[8] = {a.slots[0], a.slots[1], 3};
    assert_int_equal(harness_call(&harness, "double", doubled), OBJECT_TRAP_NONE);
    assert_vector_equal((vector){.slots = {doubled[0], doubled[1]}},
                        (vector){.i32 = {8, -16, 24, -32}});
    harness_close(&harness);
}

static void passes_vectors_along(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
        check_flow(targets[i]);
    }
}

static void traps_at_the_end_of_memory(void **state) {
    (void)state;
    struct harness harness = harness_open(flow_text, "");
    const vector a = {.slots = {0x0807060504030201, 0x100f0e0d0c0b0a09}};
    uint64_t store[8] = {a.slots[0], a.slots[1], 65520};
    assert_int_equal(harness_call(&harness, "store", store), OBJECT_TRAP_NONE);
    assert_int_equal(harness_value(&harness, "load", 65517, 0, 0), a.slots[0]);
    assert_int_equal(harness_trap(&harness, "load", 65518, 0), OBJECT_TRAP_MEMORY_BOUNDS);
    store[2] = 65521;
    store[0] = a.slots[0];
    assert_int_equal(harness_call(&harness, "store", store), OBJECT_TRAP_MEMORY_BOUNDS);
    uint64_t lane[8] = {a.slots[0], a.slots[1], 65520};
    assert_int_equal(harness_call(&harness, "store_lane", lane), OBJECT_TRAP_NONE);
    lane[2] = 65521;
    assert_int_equal(harness_call(&harness, "store_lane", lane), OBJECT_TRAP_MEMORY_BOUNDS);
    assert_int_equal(harness_trap(&harness, "dropped", 65528, 0), OBJECT_TRAP_NONE);
    assert_int_equal(harness_trap(&harness, "dropped", 65529, 0), OBJECT_TRAP_MEMORY_BOUNDS);
    harness_close(&harness);
}

// ---- What differs from CPU to CPU

#define BINARY(name)                                                                               \
    " (func (export \"" name "\") (param v128 v128) (result v128)"                                 \
    "   (" name " (local.get 0) (local.get 1)))"
#define UNARY(name)                                                                                \
    " (func (export \"" name "\") (param v128) (result v128)"                                      \
    "   (" name " (local.get 0)))"

static const char lanes_text[] = "(module" BINARY("i8x16.swizzle") BINARY("i8x16.narrow_i16x8_s")
    BINARY("i8x16.narrow_i16x8_u") BINARY("i16x8.narrow_i32x4_s") BINARY("i16x8.narrow_i32x4_u")
        BINARY("i16x8.q15mulr_sat_s") BINARY("i32x4.dot_i16x8_s") UNARY("i32x4.trunc_sat_f32x4_s")
            UNARY("i32x4.trunc_sat_f32x4_u") UNARY("i32x4.trunc_sat_f64x2_s_zero")
                UNARY("i32x4.trunc_sat_f64x2_u_zero") ")";

// The names of the dot products are those of wabt 1.0.32.
static const char relaxed_text[] = "(module" BINARY(
    "i16x8.dot_i8x16_i7x16_s") " (func (export \"dot_add\") (param v128 v128) (result v128)"
                               "   (i32x4.dot_i8x16_i7x16_add_s (local.get 0) (local.get 1) "
                               "(v128.const i32x4 1 2 3 -4)))"
                               " (func (export \"madd\") (param v128 v128) (result v128)"
                               "   (f32x4.relaxed_madd (local.get 0) (local.get 0) (local.get 1)))"
                               " (func (export \"nmadd\") (param v128 v128) (result v128)"
                               "   (f64x2.relaxed_nmadd (local.get 0) (local.get 0) (local.get "
                               "1)))" BINARY("f32x4.relaxed_min")
                                   BINARY("i8x16.relaxed_swizzle") ")";

static int64_t clamp(int64_t value, int64_t low, int64_t high) {
    return value < low ? low : value > high ? high : value;
}

static void check_swizzle(const struct harness *harness) {
    const vector data = {
        .bytes = {100, 101, 102, 103, 104, 105, 106, 107, 108, 109, 110, 111, 112, 113, 114, 115}};
    const vector indices = {
        .bytes = {0, 15, 16, 17, 31, 32, 127, 128, 143, 144, 255, 1, 2, 3, 14, 240}};
    vector wanted;
    for (size_t i = 0; i < 16; i++) {
        wanted.bytes[i] = indices.bytes[i] < 16 ? data.bytes[indices.bytes[i]] : 0;
    }
    assert_vector_equal(call_vectors(harness, "i8x16.swizzle", data, indices), wanted);
}

static void check_narrow(const struct harness *harness) {
    const vector a = {.i16 = {0, 127, 128, -128, -129, 255, 256, -1}};
    const vector b = {.i16 = {32767, -32768, 5, -5, 1000, -1000, 200, 100}};
    const vector c = {.i32 = {0, 32767, 32768, -32769}};
    const vector d = {.i32 = {INT32_MAX, INT32_MIN, 65535, 65536}};
    vector bytes_signed, bytes_unsigned, halves_signed, halves_unsigned;
    for (size_t i = 0; i < 16; i++) {
        int16_t lane = i < 8 ? a.i16[i] : b.i16[i - 8];
        bytes_signed.i8[i] = (int8_t)clamp(lane, -128, 127);
        bytes_unsigned.bytes[i] = (uint8_t)clamp(lane, 0, 255);
    }
    for (size_t i = 0; i < 8; i++) {
        int32_t lane = i < 4 ? c.i32[i] : d.i32[i - 4];
        halves_signed.i16[i] = (int16_t)clamp(lane, -32768, 32767);
        halves_unsigned.i16[i] = (int16_t)(uint16_t)clamp(lane, 0, 65535);
    }
    assert_vector_equal(call_vectors(harness, "i8x16.narrow_i16x8_s", a, b), bytes_signed);
    assert_vector_equal(call_vectors(harness, "i8x16.narrow_i16x8_u", a, b), bytes_unsigned);
    assert_vector_equal(call_vectors(harness, "i16x8.narrow_i32x4_s", c, d), halves_signed);
    assert_vector_equal(call_vectors(harness, "i16x8.narrow_i32x4_u", c, d), halves_unsigned);
}

static void check_products(const struct harness *harness) {
    const vector a = {.i16 = {-32768, -32768, 32767, 1, -1, 16384, 12345, -32768}};
    const vector b = {.i16 = {-32768, 32767, 32767, 1, 16384, -16384, -321, -32768}};
    vector fractions, sums;
    for (size_t i = 0; i < 8; i++) {
        fractions.i16[i] = (int16_t)clamp((a.i16[i] * b.i16[i] + 0x4000) >> 15, -32768, 32767);
    }
    for (size_t i = 0; i < 4; i++) {
        sums.i32[i] = (int32_t)((uint32_t)(a.i16[2 * i] * b.i16[2 * i]) +
                                (uint32_t)(a.i16[2 * i + 1] * b.i16[2 * i + 1]));
    }
    assert_vector_equal(call_vectors(harness, "i16x8.q15mulr_sat_s", a, b), fractions);
    assert_vector_equal(call_vectors(harness, "i32x4.dot_i16x8_s", a, b), sums);
}

static int32_t truncated(double value, bool is_signed) {
    if (value != value) {
        return 0;
    }
    if (is_signed) {
        return value >= 0x1p31 ? INT32_MAX : value <= -0x1p31 ? INT32_MIN : (int32_t)value;
    }
    return value >= 0x1p32 ? -1 : value <= 0 ? 0 : (int32_t)(uint32_t)value;
}

static void check_truncation(const struct harness *harness) {
    static const double values[] = {0.0,
                                    -0.9,
                                    1.5,
                                    -1.5,
                                    2147483520.0,
                                    0x1p31,
                                    -0x1p31,
                                    -2147483904.0,
                                    0x1p32,
                                    4294967040.0,
                                    1e30,
                                    -1e30,
                                    __builtin_inf(),
                                    -__builtin_inf(),
                                    __builtin_nan(""),
                                    3e9};
    const vector none = {.slots = {0, 0}};
    for (size_t i = 0; i + 4 <= sizeof values / sizeof *values; i += 2) {
        for (int is_signed = 0; is_signed < 2; is_signed++) {
            vector floats, doubles, from_floats, from_doubles = {.slots = {0, 0}};
            for (size_t j = 0; j < 4; j++) {
                floats.f32[j] = (float)values[i + j];
                from_floats.i32[j] = truncated(floats.f32[j], is_signed);
            }
            for (size_t j = 0; j < 2; j++) {
                doubles.f64[j] = values[i + j];
                from_doubles.i32[j] = truncated(doubles.f64[j], is_signed);
            }
            assert_vector_equal(
                call_vectors(harness,
                             is_signed ? "i32x4.trunc_sat_f32x4_s" : "i32x4.trunc_sat_f32x4_u",
                             floats, none),
                from_floats);
            assert_vector_equal(call_vectors(harness,
                                             is_signed ? "i32x4.trunc_sat_f64x2_s_zero"
                                                       : "i32x4.trunc_sat_f64x2_u_zero",
                                             doubles, none),
                                from_doubles);
        }
    }
}

static void computes_the_same_on_every_target(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
        struct harness harness = harness_open(lanes_text, targets[i]);
        check_swizzle(&harness);
        check_narrow(&harness);
        check_products(&harness);
        check_truncation(&harness);
        harness_close(&harness);
    }
}

static void check_dot(const struct harness *harness) {
    const vector a = {.i8 = {-128, -128, 127, 127, 1, 2, -3, 4, 5, 6, 7, -8, 100, 100, 0, -1}};
    const vector b = {.i8 = {-128, -128, 127, 127, 9, 8, 7, 6, -5, 4, 3, 2, 100, -100, 5, 127}};
    vector sums, added = {.i32 = {1, 2, 3, -4}};
    for (size_t i = 0; i < 8; i++) {
        sums.i16[i] =
            (int16_t)(uint16_t)(a.i8[2 * i] * b.i8[2 * i] + a.i8[2 * i + 1] * b.i8[2 * i + 1]);
    }
    for (size_t i = 0; i < 4; i++) {
        added.i32[i] += sums.i16[2 * i] + sums.i16[2 * i + 1];
    }
    assert_int_equal(sums.i16[0], -32768);
    assert_vector_equal(call_vectors(harness, "i16x8.dot_i8x16_i7x16_s", a, b), sums);
    assert_vector_equal(call_vectors(harness, "dot_add", a, b), added);
}

// A fused multiply-add would not lose what these lose.
static void check_multiply_add(const struct harness *harness) {
    const float x = 1.0f + 0x1p-12f;
    const vector a = {.f32 = {x, x, 2.0f, -x}};
    const vector b = {.f32 = {-1.0f, 1.0f, 0.5f, -1.0f}};
    vector wanted;
    for (size_t i = 0; i < 4; i++) {
        volatile float product = a.f32[i] * a.f32[i];
        wanted.f32[i] = product + b.f32[i];
    }
    assert_vector_equal(call_vectors(harness, "madd", a, b), wanted);
    const double y = 1.0 + 0x1p-30;
    volatile double product = y * y;
    const vector c = {.f64 = {y, 3.0}};
    const vector d = {.f64 = {1.0, 1.0}};
    assert_vector_equal(call_vectors(harness, "nmadd", c, d),
                        (vector){.f64 = {1.0 - product, -8.0}});
}

static void relaxed_instructions_have_one_result(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
        struct harness harness = harness_open(relaxed_text, targets[i]);
        check_dot(&harness);
        check_multiply_add(&harness);
        const vector data = {.bytes = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}};
        const vector indices = {.bytes = {15, 16, 31, 127, 128, 255, 0}};
        assert_vector_equal(call_vectors(&harness, "i8x16.relaxed_swizzle", data, indices),
                            (vector){.bytes = {16, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}});
        const vector zeros = {.f32 = {0.0f, -0.0f, 1.0f, 2.0f}};
        const vector others = {.f32 = {-0.0f, 0.0f, 2.0f, 1.0f}};
        assert_vector_equal(call_vectors(&harness, "f32x4.relaxed_min", zeros, others),
                            (vector){.f32 = {-0.0f, -0.0f, 1.0f, 1.0f}});
        harness_close(&harness);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(passes_vectors_along),
        cmocka_unit_test(traps_at_the_end_of_memory),
        cmocka_unit_test(computes_the_same_on_every_target),
        cmocka_unit_test(relaxed_instructions_have_one_result),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
