// What instructions compute, as seen from C: one small module a theme.
#include "harness.h"

// ---- Control

static const char control_text[] =
    "(module"
    " (func $fac (export \"fac\") (param i64) (result i64)"
    "  (if (result i64) (i64.eqz (local.get 0)) (then (i64.const 1))"
    "   (else (i64.mul (local.get 0) (call $fac (i64.sub (local.get 0) (i64.const 1)))))))"
    " (func (export \"fibonacci\") (param $n i32) (result i32) (local $a i32) (local $b i32)"
    "  (local $t i32)"
    "  (local.set $b (i32.const 1))"
    "  (block $out (loop $next"
    "    (br_if $out (i32.eqz (local.get $n)))"
    "    (local.set $t (i32.add (local.get $a) (local.get $b)))"
    "    (local.set $a (local.get $b)) (local.set $b (local.get $t))"
    "    (local.set $n (i32.sub (local.get $n) (i32.const 1)))"
    "    (br $next)))"
    "  (local.get $a))"
    " (func (export \"switch\") (param i32) (result i32)"
    "  (block $d (block $c (block $b (block $a"
    "    (br_table $a $b $c $b $d (local.get 0)))"
    "    (return (i32.const 10))) (return (i32.const 20))) (return (i32.const 30)))"
    "  (i32.const 40))"
    " (func (export \"table\") (param i32) (result i32)"
    "  (block $d (result i32) (block $c (result i32) (block $b (result i32) (block $a (result i32)"
    "    (br_table $a $b $c $d $a $d $b $b $c $d (i32.const 1) (local.get 0)))"
    "    (return (i32.add (i32.const 10)))) (return (i32.add (i32.const 20))))"
    "    (return (i32.add (i32.const 30)))) (i32.add (i32.const 40)))"
    " (func (export \"one_target\") (param i32) (result i32)"
    "  (block $a (result i32) (br_table $a $a $a (i32.const 6) (local.get 0))))"
    " (func (export \"values\") (param i32 i32) (result i32 i32)"
    "  (local.get 1) (local.get 0)"
    "  (block (param i32 i32) (result i32 i32)"
    "    (br_if 0 (i32.lt_s (local.get 0) (local.get 1)))"
    "    drop drop (i32.const 1) (i32.const 2)))"
    " (func (export \"loop_parameter\") (param $n i32) (result i32)"
    "  (i32.const 0)"
    "  (loop $l (param i32) (result i32)"
    "    (i32.add (local.get $n))"
    "    (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))"
    " (func (export \"if_parameter\") (param i32) (result i32)"
    "  (i32.const 5)"
    "  (if (param i32) (result i32) (local.get 0) (then (i32.add (i32.const 1)))"
    "   (else (i32.mul (i32.const 3)))))"
    " (func (export \"if_without_else\") (param i32) (result i32) (local $x i32)"
    "  (local.set $x (i32.const 3))"
    "  (if (local.get 0) (then (local.set $x (i32.const 9)) (br_if 0 (local.get 0))"
    "   (local.set $x (i32.const 1))))"
    "  (local.get $x))"
    " (func (export \"dead\") (param i32) (result i32)"
    "  (block (result i32) (br 0 (i32.const 4)) (loop (br 0)) (if (i32.const 1) (then) (else))"
    "   unreachable))"
    " (func (export \"swap_loop\") (param $n i32) (result i32) (local $x i32) (local $y i32)"
    "  (local.set $x (i32.const 1)) (local.set $y (i32.const 2))"
    "  (loop $l (local.get $x) (local.set $x (local.get $y)) (local.set $y)"
    "    (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))"
    "  (i32.add (i32.mul (local.get $x) (i32.const 10)) (local.get $y)))"
    " (func (export \"trap\") unreachable))";

static void check_control(const char *options) {
    struct harness harness = harness_open(control_text, options);
    assert_int_equal(harness_value(&harness, "fac", 20, 0, 0), 2432902008176640000);
    assert_int_equal(harness_value(&harness, "fibonacci", 30, 0, 0), 832040);
    static const uint64_t cases[][2] = {{0, 10}, {1, 20}, {2, 30}, {3, 20}, {4, 40}, {9999, 40}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(harness_value(&harness, "switch", cases[i][0], 0, 0), cases[i][1]);
    }
    static const uint64_t entries[] = {11, 21, 31, 41, 11, 41, 21, 21, 31, 41, 41};
    for (size_t i = 0; i < sizeof entries / sizeof entries[0]; i++) {
        assert_int_equal(harness_value(&harness, "table", i, 0, 0), entries[i]);
        assert_int_equal(harness_value(&harness, "one_target", i, 0, 0), 6);
    }
    assert_int_equal(harness_value(&harness, "table", UINT32_MAX, 0, 0), 41);
    uint64_t values[2] = {3, 5};
    assert_int_equal(harness_call(&harness, "values", values), OBJECT_TRAP_NONE);
    assert_int_equal(values[0], 5);
    assert_int_equal(values[1], 3);
    values[0] = 5, values[1] = 3;
    assert_int_equal(harness_call(&harness, "values", values), OBJECT_TRAP_NONE);
    assert_int_equal(values[0], 1);
    assert_int_equal(values[1], 2);
    assert_int_equal(harness_value(&harness, "loop_parameter", 100, 0, 0), 5050);
    assert_int_equal(harness_value(&harness, "if_parameter", 1, 0, 0), 6);
    assert_int_equal(harness_value(&harness, "if_parameter", 0, 0, 0), 15);
    assert_int_equal(harness_value(&harness, "if_without_else", 0, 0, 0), 3);
    assert_int_equal(harness_value(&harness, "if_without_else", 7, 0, 0), 9);
    assert_int_equal(harness_value(&harness, "dead", 0, 0, 0), 4);
    assert_int_equal(harness_value(&harness, "swap_loop", 4, 0, 0), 12);
    assert_int_equal(harness_value(&harness, "swap_loop", 5, 0, 0), 21);
    assert_int_equal(harness_trap(&harness, "trap", 0, 0), OBJECT_TRAP_UNREACHABLE);
    harness_close(&harness);
}

static void test_control(void **state) {
    (void)state;
    check_control("--verify -O2");
    check_control("--verify -O0");
    check_control("--verify -O1");
    check_control("--verify -O3");
    check_control("--verify --strict-traps");
}

// ---- Locals: many of them, and many branches, so that both ways of keeping them are taken

static char *many_locals_text(int locals, int branches) {
    size_t size = (size_t)branches * 120 + (size_t)locals * 4 + 1000;
    char *text = malloc(size);
    assert_non_null(text);
    size_t at = (size_t)snprintf(text, size,
                                 "(module (func (export \"f\") (param i32) (result i32) (local");
    for (int i = 0; i < locals; i++) {
        at += (size_t)snprintf(text + at, size - at, " i32");
    }
    at += (size_t)snprintf(text + at, size - at, ") (block $out (loop $l ");
    for (int i = 0; i < branches; i++) {
        at += (size_t)snprintf(text + at, size - at,
                               "(local.set %d (i32.add (local.get %d) (i32.const %d)))"
                               "(br_if $out (i32.eq (local.get 0) (i32.const %d)))",
                               1 + i % locals, 1 + (i + 7) % locals, i, 1000000 + i);
    }
    snprintf(text + at, size - at,
             "(local.set 0 (i32.add (local.get 0) (i32.const 1)))"
             "(br_if $l (i32.lt_u (local.get 0) (i32.const 3)))))"
             "(local.get 1)))");
    return text;
}

static uint32_t many_locals_expected(int locals, int branches, uint32_t parameter) {
    uint32_t *values = calloc((size_t)locals + 1, sizeof *values);
    assert_non_null(values);
    values[0] = parameter;
    bool out = false;
    do {
        for (int i = 0; i < branches && !out; i++) {
            values[1 + i % locals] = values[1 + (i + 7) % locals] + (uint32_t)i;
            out = values[0] == 1000000u + (uint32_t)i;
        }
        values[0]++;
    } while (!out && values[0] < 3);
    uint32_t result = values[1];
    free(values);
    return result;
}

static void check_many_locals(int locals, int branches) {
    char *text = many_locals_text(locals, branches);
    struct harness harness = harness_open(text, "--verify");
    free(text);
    static const uint32_t parameters[] = {0, 1, 2, 5, 1000000, 1000123, 1000499};
    for (size_t i = 0; i < sizeof parameters / sizeof parameters[0]; i++) {
        assert_int_equal(harness_value(&harness, "f", parameters[i], 0, 0),
                         many_locals_expected(locals, branches, parameters[i]));
    }
    harness_close(&harness);
}

static void test_many_locals(void **state) {
    (void)state;
    check_many_locals(3, 20);
    check_many_locals(50, 500);
    check_many_locals(10000, 500); // beyond the limit: stack slots
    check_many_locals(5, 4500);    // too many branches: stack slots
}

// ---- Integers

static const char integer_text[] =
    "(module"
    " (func (export \"div_s\") (param i32 i32) (result i32) (i32.div_s (local.get 0) (local.get "
    "1)))"
    " (func (export \"div_u\") (param i32 i32) (result i32) (i32.div_u (local.get 0) (local.get "
    "1)))"
    " (func (export \"rem_s\") (param i64 i64) (result i64) (i64.rem_s (local.get 0) (local.get "
    "1)))"
    " (func (export \"rem_u\") (param i64 i64) (result i64) (i64.rem_u (local.get 0) (local.get "
    "1)))"
    " (func (export \"div64\") (param i64 i64) (result i64) (i64.div_s (local.get 0) (local.get "
    "1)))"
    " (func (export \"by_zero\") (param i32) (result i32) (i32.div_u (local.get 0) (i32.const 0)))"
    " (func (export \"by_7\") (param i32) (result i32) (i32.div_s (local.get 0) (i32.const 7)))"
    " (func (export \"shl\") (param i32 i32) (result i32) (i32.shl (local.get 0) (local.get 1)))"
    " (func (export \"rotl\") (param i64 i64) (result i64) (i64.rotl (local.get 0) (local.get 1)))"
    " (func (export \"rotr\") (param i32 i32) (result i32) (i32.rotr (local.get 0) (local.get 1)))"
    " (func (export \"clz\") (param i32) (result i32) (i32.clz (local.get 0)))"
    " (func (export \"ctz\") (param i64) (result i64) (i64.ctz (local.get 0)))"
    " (func (export \"popcnt\") (param i64) (result i64) (i64.popcnt (local.get 0)))"
    " (func (export \"extend8\") (param i32) (result i32) (i32.extend8_s (local.get 0)))"
    " (func (export \"extend32\") (param i64) (result i64) (i64.extend32_s (local.get 0)))"
    " (func (export \"lt_s\") (param i32 i32) (result i32) (i32.lt_s (local.get 0) (local.get 1)))"
    " (func (export \"lt_u\") (param i32 i32) (result i32) (i32.lt_u (local.get 0) (local.get 1)))"
    " (func (export \"eqz\") (param i64) (result i32) (i64.eqz (local.get 0)))"
    " (func (export \"select\") (param i32) (result i64)"
    "  (select (i64.const 11) (i64.const 22) (local.get 0))))";

static void test_integers(void **state) {
    (void)state;
    struct harness harness = harness_open(integer_text, "--verify");
    assert_int_equal(harness_value(&harness, "div_s", (uint32_t)-7, 2, 0), (uint32_t)-3);
    assert_int_equal(harness_value(&harness, "div_u", (uint32_t)-7, 2, 0), 2147483644);
    assert_int_equal(harness_value(&harness, "rem_s", (uint64_t)-7, 4, 0), (uint64_t)-3);
    assert_int_equal(harness_value(&harness, "rem_s", (uint64_t)INT64_MIN, (uint64_t)-1, 0), 0);
    assert_int_equal(harness_value(&harness, "rem_u", (uint64_t)-7, 4, 0), 1);
    assert_int_equal(harness_value(&harness, "by_7", (uint32_t)-50, 0, 0), (uint32_t)-7);
    assert_int_equal(harness_trap(&harness, "div_s", 1, 0), OBJECT_TRAP_DIVIDE_BY_ZERO);
    assert_int_equal(harness_trap(&harness, "div_u", 1, 0), OBJECT_TRAP_DIVIDE_BY_ZERO);
    assert_int_equal(harness_trap(&harness, "rem_s", 1, 0), OBJECT_TRAP_DIVIDE_BY_ZERO);
    assert_int_equal(harness_trap(&harness, "rem_u", 1, 0), OBJECT_TRAP_DIVIDE_BY_ZERO);
    assert_int_equal(harness_trap(&harness, "by_zero", 1, 0), OBJECT_TRAP_DIVIDE_BY_ZERO);
    assert_int_equal(harness_trap(&harness, "div_s", 0x80000000, 0xffffffff),
                     OBJECT_TRAP_INTEGER_OVERFLOW);
    assert_int_equal(harness_trap(&harness, "div64", (uint64_t)INT64_MIN, (uint64_t)-1),
                     OBJECT_TRAP_INTEGER_OVERFLOW);
    assert_int_equal(harness_value(&harness, "shl", 1, 33, 0), 2);
    assert_int_equal(harness_value(&harness, "rotl", 0x8000000000000001, 65, 0), 3);
    assert_int_equal(harness_value(&harness, "rotr", 1, 1, 0), 0x80000000);
    assert_int_equal(harness_value(&harness, "clz", 0, 0, 0), 32);
    assert_int_equal(harness_value(&harness, "ctz", 0, 0, 0), 64);
    assert_int_equal(harness_value(&harness, "popcnt", UINT64_MAX, 0, 0), 64);
    assert_int_equal(harness_value(&harness, "extend8", 0x180, 0, 0), 0xffffff80);
    assert_int_equal(harness_value(&harness, "extend32", 0x80000000, 0, 0), 0xffffffff80000000);
    assert_int_equal(harness_value(&harness, "lt_s", (uint32_t)-1, 1, 0), 1);
    assert_int_equal(harness_value(&harness, "lt_u", (uint32_t)-1, 1, 0), 0);
    assert_int_equal(harness_value(&harness, "eqz", 1ull << 40, 0, 0), 0);
    assert_int_equal(harness_value(&harness, "select", 0, 0, 0), 22);
    assert_int_equal(harness_value(&harness, "select", 2, 0, 0), 11);
    harness_close(&harness);
}

// ---- Floating point

static const char float_text[] =
    "(module"
    " (func (export \"min\") (param f32 f32) (result f32) (f32.min (local.get 0) (local.get 1)))"
    " (func (export \"max\") (param f64 f64) (result f64) (f64.max (local.get 0) (local.get 1)))"
    " (func (export \"nearest\") (param f64) (result f64) (f64.nearest (local.get 0)))"
    " (func (export \"ceil\") (param f32) (result f32) (f32.ceil (local.get 0)))"
    " (func (export \"neg\") (param f32) (result f32) (f32.neg (local.get 0)))"
    " (func (export \"abs\") (param f64) (result f64) (f64.abs (local.get 0)))"
    " (func (export \"copysign\") (param f32 f32) (result f32)"
    "  (f32.copysign (local.get 0) (local.get 1)))"
    " (func (export \"mul_one\") (param f32) (result f32) (f32.mul (local.get 0) (f32.const 1)))"
    " (func (export \"div_one\") (param f64) (result f64) (f64.div (local.get 0) (f64.const 1)))"
    " (func (export \"div_minus_one\") (param f64) (result f64)"
    "  (f64.div (local.get 0) (f64.const -1)))"
    " (func (export \"sub_zero\") (param f64) (result f64) (f64.sub (local.get 0) (f64.const 0)))"
    " (func (export \"add_minus_zero\") (param f32) (result f32)"
    "  (f32.add (f32.const -0) (local.get 0)))"
    " (func (export \"minus_zero_sub\") (param f32) (result f32)"
    "  (f32.sub (f32.const -0) (local.get 0)))"
    " (func (export \"there_and_back\") (param f32) (result f32)"
    "  (f32.demote_f64 (f64.promote_f32 (local.get 0))))"
    " (func (export \"muladd\") (param f64 f64 f64) (result f64)"
    "  (f64.add (f64.mul (local.get 0) (local.get 1)) (local.get 2)))"
    " (func (export \"i32_f32_s\") (param f32) (result i32) (i32.trunc_f32_s (local.get 0)))"
    " (func (export \"i32_f64_s\") (param f64) (result i32) (i32.trunc_f64_s (local.get 0)))"
    " (func (export \"i32_f64_u\") (param f64) (result i32) (i32.trunc_f64_u (local.get 0)))"
    " (func (export \"i64_f64_s\") (param f64) (result i64) (i64.trunc_f64_s (local.get 0)))"
    " (func (export \"i64_f32_u\") (param f32) (result i64) (i64.trunc_f32_u (local.get 0)))"
    " (func (export \"sat\") (param f64) (result i32) (i32.trunc_sat_f64_s (local.get 0)))"
    " (func (export \"sat_u\") (param f32) (result i64) (i64.trunc_sat_f32_u (local.get 0)))"
    " (func (export \"convert_u\") (param i64) (result f64) (f64.convert_i64_u (local.get 0)))"
    " (func (export \"bits\") (param i32) (result i32)"
    "  (i32.reinterpret_f32 (f32.reinterpret_i32 (local.get 0))))"
    " (func (export \"constant\") (result f32) (f32.const nan:0x200001))"
    " (func (export \"lt\") (param f64 f64) (result i32) (f64.lt (local.get 0) (local.get 1)))"
    " (func (export \"ne\") (param f64 f64) (result i32) (f64.ne (local.get 0) (local.get 1))))";

enum { F32_SIGNALLING = 0x7fa00000, F32_QUIET_BIT = 0x00400000 };
#define F64_SIGNALLING 0x7ff4000000000000u
#define F64_QUIET_BIT  0x0008000000000000u

static void check_rounding(const struct harness *harness) {
    assert_int_equal(harness_value(harness, "min", harness_f32(0.0f), harness_f32(-0.0f), 0),
                     0x80000000);
    assert_int_equal(harness_value(harness, "min", harness_f32(-0.0f), harness_f32(0.0f), 0),
                     0x80000000);
    assert_int_equal(harness_value(harness, "max", harness_f64(-0.0), harness_f64(0.0), 0), 0);
    assert_int_equal(harness_value(harness, "max", harness_f64(1), harness_f64(2), 0),
                     harness_f64(2));
    assert_int_equal(harness_value(harness, "nearest", harness_f64(2.5), 0, 0), harness_f64(2));
    assert_int_equal(harness_value(harness, "nearest", harness_f64(-0.3), 0, 0), harness_f64(-0.0));
    assert_int_equal(harness_value(harness, "ceil", harness_f32(-0.5f), 0, 0), 0x80000000);
    // 1 + 2^-52 squared less 1 differs when the multiplication is fused with the addition
    double x = 1 + 0x1p-52;
    volatile double product = x * x;
    assert_int_equal(
        harness_value(harness, "muladd", harness_f64(x), harness_f64(x), harness_f64(-1.0)),
        harness_f64(product - 1.0));
}

static void check_nans(const struct harness *harness) {
    assert_int_equal(harness_value(harness, "neg", F32_SIGNALLING, 0, 0), 0xffa00000);
    assert_int_equal(harness_value(harness, "abs", F64_SIGNALLING | 1ull << 63, 0, 0),
                     F64_SIGNALLING);
    assert_int_equal(harness_value(harness, "copysign", F32_SIGNALLING, 0x80000000, 0), 0xffa00000);
    assert_int_equal(harness_value(harness, "bits", F32_SIGNALLING, 0, 0), F32_SIGNALLING);
    assert_int_equal(harness_value(harness, "constant", 0, 0, 0), 0x7fa00001);
    static const char *const of_f32[] = {
        "mul_one", "add_minus_zero", "minus_zero_sub", "there_and_back", "min", "ceil"};
    for (size_t i = 0; i < sizeof of_f32 / sizeof of_f32[0]; i++) {
        uint64_t result = harness_value(harness, of_f32[i], F32_SIGNALLING, 0, 0);
        assert_int_equal(result & (0x7f800000 | F32_QUIET_BIT), 0x7f800000 | F32_QUIET_BIT);
    }
    static const char *const of_f64[] = {"div_one", "div_minus_one", "sub_zero", "max", "nearest"};
    for (size_t i = 0; i < sizeof of_f64 / sizeof of_f64[0]; i++) {
        uint64_t result = harness_value(harness, of_f64[i], F64_SIGNALLING, 0, 0);
        assert_int_equal(result & (0x7ff0000000000000 | F64_QUIET_BIT),
                         0x7ff0000000000000 | F64_QUIET_BIT);
    }
    assert_int_equal(harness_value(harness, "lt", F64_SIGNALLING, 0, 0), 0);
    assert_int_equal(harness_value(harness, "ne", F64_SIGNALLING, F64_SIGNALLING, 0), 1);
}

static void check_conversions(const struct harness *harness) {
    static const struct {
        const char *name;
        double value;
        int trap;
        uint64_t result;
    } cases[] = {
        {"i32_f64_s", -2147483648.9, 0, 0x80000000},
        {"i32_f64_s", 2147483647.9, 0, 0x7fffffff},
        {"i32_f64_s", -2147483649.0, OBJECT_TRAP_INTEGER_OVERFLOW, 0},
        {"i32_f64_s", 2147483648.0, OBJECT_TRAP_INTEGER_OVERFLOW, 0},
        {"i32_f64_u", -0.9, 0, 0},
        {"i32_f64_u", 4294967295.9, 0, 0xffffffff},
        {"i32_f64_u", -1.0, OBJECT_TRAP_INTEGER_OVERFLOW, 0},
        {"i32_f64_u", 4294967296.0, OBJECT_TRAP_INTEGER_OVERFLOW, 0},
        {"i64_f64_s", -0x1p63, 0, 1ull << 63},
        {"i64_f64_s", 0x1p63, OBJECT_TRAP_INTEGER_OVERFLOW, 0},
        {"sat", 1e300, 0, 0x7fffffff},
        {"sat", -1e300, 0, 0x80000000},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint64_t values[2] = {harness_f64(cases[i].value)};
        assert_int_equal(harness_call(harness, cases[i].name, values), cases[i].trap);
        if (cases[i].trap == 0) {
            assert_int_equal(values[0], cases[i].result);
        }
    }
    assert_int_equal(harness_value(harness, "i32_f32_s", harness_f32(-0x1p31f), 0, 0), 0x80000000);
    assert_int_equal(harness_trap(harness, "i32_f32_s", harness_f32(0x1p31f), 0),
                     OBJECT_TRAP_INTEGER_OVERFLOW);
    assert_int_equal(harness_trap(harness, "i32_f32_s", F32_SIGNALLING, 0),
                     OBJECT_TRAP_INVALID_CONVERSION);
    assert_int_equal(harness_value(harness, "i64_f32_u", harness_f32(0x1p63f), 0, 0), 1ull << 63);
    assert_int_equal(harness_trap(harness, "i64_f32_u", harness_f32(-1.0f), 0),
                     OBJECT_TRAP_INTEGER_OVERFLOW);
    assert_int_equal(harness_value(harness, "sat", F64_SIGNALLING, 0, 0), 0);
    assert_int_equal(harness_value(harness, "sat_u", harness_f32(1e30f), 0, 0), UINT64_MAX);
    assert_int_equal(harness_value(harness, "convert_u", UINT64_MAX, 0, 0), harness_f64(0x1p64));
}

static void test_floats(void **state) {
    (void)state;
    static const char *const options[] = {"--verify", "-O0", "-O3", "--cpu x86-64",
                                          "--cpu x86-64-v3"};
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
        struct harness harness = harness_open(float_text, options[i]);
        check_rounding(&harness);
        check_nans(&harness);
        check_conversions(&harness);
        harness_close(&harness);
    }
}

// ---- Memory

static const char memory_text[] =
    "(module (memory (export \"memory\") 1 3)"
    " (data (i32.const 8) \"\\01\\82\\03\\84\\05\\06\\07\\88\")"
    " (func (export \"load\") (param i32) (result i64) (i64.load (local.get 0)))"
    " (func (export \"load8_s\") (param i32) (result i32) (i32.load8_s (local.get 0)))"
    " (func (export \"load16_u\") (param i32) (result i32) (i32.load16_u offset=1 (local.get 0)))"
    " (func (export \"load32_s\") (param i32) (result i64) (i64.load32_s (local.get 0)))"
    " (func (export \"far\") (param i32) (result i32)"
    "  (i32.load offset=4294967295 (local.get 0)))"
    " (func (export \"store\") (param i32 i64) (i64.store (local.get 0) (local.get 1)))"
    " (func (export \"store8\") (param i32 i32) (i32.store8 (local.get 0) (local.get 1)))"
    " (func (export \"unused\") (param i32) (drop (i32.load (local.get 0))))"
    " (func (export \"unused_sum\") (param i32)"
    "  (drop (i32.add (i32.const 1) (i32.load8_u (local.get 0)))))"
    " (func (export \"unused_local\") (param i32) (local i32)"
    "  (loop (local.set 1 (i32.add (local.get 1) (i32.load (local.get 0))))"
    "   (br_if 0 (i32.const 0))))"
    " (func (export \"size\") (result i32) (memory.size))"
    " (func (export \"grow\") (param i32) (result i32) (memory.grow (local.get 0)))"
    " (func (export \"fill\") (param i32 i32 i32)"
    "  (memory.fill (local.get 0) (local.get 1) (local.get 2)))"
    " (func (export \"copy\") (param i32 i32 i32)"
    "  (memory.copy (local.get 0) (local.get 1) (local.get 2)))"
    " (func (export \"sum\") (param $p i32) (param $n i32) (result i32) (local $s i32)"
    "  (block $out (loop $top"
    "   (br_if $out (i32.eqz (local.get $n)))"
    "   (local.set $s (i32.add (local.get $s) (i32.load (local.get $p))))"
    "   (local.set $p (i32.add (local.get $p) (i32.const 4)))"
    "   (local.set $n (i32.sub (local.get $n) (i32.const 1)))"
    "   (br $top)))"
    "  (local.get $s)))";

static void check_accesses(struct harness *harness) {
    assert_int_equal(harness_value(harness, "load", 8, 0, 0), 0x8807060584038201);
    assert_int_equal(harness_value(harness, "load8_s", 9, 0, 0), 0xffffff82);
    assert_int_equal(harness_value(harness, "load16_u", 10, 0, 0), 0x0584);
    assert_int_equal(harness_value(harness, "load32_s", 8, 0, 0), 0xffffffff84038201);
    uint64_t arguments[3] = {101, 0x1122334455667788};
    assert_int_equal(harness_call(harness, "store", arguments), 0);
    assert_int_equal(harness_value(harness, "load", 101, 0, 0), 0x1122334455667788);
    assert_int_equal(harness_trap(harness, "load", 65529, 0), OBJECT_TRAP_MEMORY_BOUNDS);
    assert_int_equal(harness_trap(harness, "load", 65528, 0), 0);
    assert_int_equal(harness_trap(harness, "store8", 65536, 0), OBJECT_TRAP_MEMORY_BOUNDS);
    assert_int_equal(harness_trap(harness, "far", UINT32_MAX, 0), OBJECT_TRAP_MEMORY_BOUNDS);
    for (uint64_t i = 0; i < 1000; i++) {
        uint32_t value = (uint32_t)i * 7;
        memcpy(harness->memory + 3001 + 4 * i, &value, sizeof value);
    }
    assert_int_equal(harness_value(harness, "sum", 3001, 1000, 0), 7 * 999 * 500);
    assert_int_equal(harness_trap(harness, "sum", 65000, 1000), OBJECT_TRAP_MEMORY_BOUNDS);
}

static void check_unused_loads(const struct harness *harness) {
    static const char *const names[] = {"unused", "unused_sum", "unused_local"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        assert_int_equal(harness_trap(harness, names[i], 0, 0), 0);
        assert_int_equal(harness_trap(harness, names[i], 70000, 0), OBJECT_TRAP_MEMORY_BOUNDS);
    }
}

static void check_bulk(struct harness *harness) {
    uint64_t fill[3] = {1000, 0x1ab, 5};
    assert_int_equal(harness_call(harness, "fill", fill), 0);
    assert_int_equal(harness_value(harness, "load", 1000, 0, 0), 0xababababab);
    uint64_t copy[3] = {1002, 1000, 5};
    assert_int_equal(harness_call(harness, "copy", copy), 0);
    assert_int_equal(harness_value(harness, "load", 1000, 0, 0), 0x00ababababababab);
    uint64_t at_end[3] = {65536, 0, 0};
    assert_int_equal(harness_call(harness, "fill", at_end), 0);
    uint64_t outside[][3] = {{65537, 0, 0}, {65530, 0, 7}, {0xffffffff, 0, 0xffffffff}};
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(harness_call(harness, "fill", outside[i]), OBJECT_TRAP_MEMORY_BOUNDS);
        assert_int_equal(harness_call(harness, "copy", outside[i]), OBJECT_TRAP_MEMORY_BOUNDS);
    }
    assert_int_equal(harness_value(harness, "size", 0, 0, 0), 1);
    assert_int_equal(harness_value(harness, "grow", 2, 0, 0), 1);
    assert_int_equal(harness_value(harness, "size", 0, 0, 0), 3);
    assert_int_equal(harness_value(harness, "grow", 1, 0, 0), UINT32_MAX);
    assert_int_equal(harness_value(harness, "load", 65536, 0, 0), 0);
}

static void test_memory(void **state) {
    (void)state;
    static const char *const options[] = {"--verify", "-O0", "-O1", "-O3", "--strict-traps"};
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
        struct harness harness = harness_open(memory_text, options[i]);
        check_accesses(&harness);
        check_unused_loads(&harness);
        check_bulk(&harness);
        harness_close(&harness);
    }
}

// ---- Calls through tables, references, globals

static const char table_text[] =
    "(module"
    " (type $unary (func (param i32) (result i32)))"
    " (type $nullary (func (result i32)))"
    " (type $long (func (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32"
    "   i32 i32 i32 i32) (result i32)))"
    " (table $t 5 funcref)"
    " (elem (i32.const 0) $double $seven $double $sum)"
    " (global $count (mut i32) (i32.const 40)) (global $fixed i64 (i64.const 99))"
    " (func $double (type $unary) (i32.mul (local.get 0) (i32.const 2)))"
    " (func $seven (type $nullary) (i32.const 7))"
    " (func $sum (type $long) (i32.add (local.get 0) (local.get 20)))"
    " (func (export \"call\") (param i32 i32) (result i32)"
    "  (call_indirect $t (type $unary) (local.get 1) (local.get 0)))"
    " (func (export \"call_long\") (param i32) (result i32)"
    "  (call_indirect $t (type $long) (i32.const 1) (i32.const 0) (i32.const 0) (i32.const 0)"
    "   (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)"
    "   (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)"
    "   (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 41) (local.get 0)))"
    " (func (export \"size\") (result i32) (table.size $t))"
    " (func (export \"is_null\") (param i32) (result i32)"
    "  (ref.is_null (table.get $t (local.get 0))))"
    " (func (export \"ref\") (result i32) (ref.is_null (ref.func $double)))"
    " (func (export \"count\") (result i32)"
    "  (global.set $count (i32.add (global.get $count) (i32.const 1))) (global.get $count))"
    " (func (export \"fixed\") (result i64) (global.get $fixed)))";

static void test_tables_and_globals(void **state) {
    (void)state;
    struct harness harness = harness_open(table_text, "--verify");
    // The long type has no exact identity: the runtime gives it a number when it loads the object,
    // here after the table was filled.
    uint64_t *identities = harness.object->type_identities;
    assert_int_equal(identities[2], 0);
    identities[2] = OBJECT_TYPE_IDENTITY_INTERNED | 5;
    struct object_table *table =
        (struct object_table *)(harness.area + harness.object->layout.tables);
    struct object_table_element *elements =
        (struct object_table_element *)(harness.area + table->elements_area_offset);
    elements[3].type = identities[2];

    assert_int_equal(harness_value(&harness, "call", 0, 21, 0), 42);
    assert_int_equal(harness_trap(&harness, "call", 1, 21), OBJECT_TRAP_SIGNATURE_MISMATCH);
    assert_int_equal(harness_trap(&harness, "call", 4, 21), OBJECT_TRAP_UNINITIALIZED_ELEMENT);
    assert_int_equal(harness_trap(&harness, "call", 5, 21), OBJECT_TRAP_UNDEFINED_ELEMENT);
    assert_int_equal(harness_trap(&harness, "call", UINT32_MAX, 21), OBJECT_TRAP_UNDEFINED_ELEMENT);
    assert_int_equal(harness_value(&harness, "call_long", 3, 0, 0), 42);
    assert_int_equal(harness_trap(&harness, "call_long", 0, 0), OBJECT_TRAP_SIGNATURE_MISMATCH);
    assert_int_equal(harness_value(&harness, "size", 0, 0, 0), 5);
    assert_int_equal(harness_value(&harness, "is_null", 0, 0, 0), 0);
    assert_int_equal(harness_value(&harness, "is_null", 4, 0, 0), 1);
    assert_int_equal(harness_trap(&harness, "is_null", 5, 0), OBJECT_TRAP_TABLE_BOUNDS);
    assert_int_equal(harness_value(&harness, "ref", 0, 0, 0), 0);
    assert_int_equal(harness_value(&harness, "count", 0, 0, 0), 41);
    assert_int_equal(harness_value(&harness, "count", 0, 0, 0), 42);
    assert_int_equal(harness_value(&harness, "fixed", 0, 0, 0), 99);
    harness_close(&harness);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_control),  cmocka_unit_test(test_many_locals),
        cmocka_unit_test(test_integers), cmocka_unit_test(test_floats),
        cmocka_unit_test(test_memory),   cmocka_unit_test(test_tables_and_globals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
