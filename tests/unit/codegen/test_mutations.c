// Modules damaged in every way chance finds: each is refused with a message and stores nothing, or
// compiles. The mutations are the same in every run.
#include "wasm/decode.h"
#include "wasm/validate.h"

#include <sys/stat.h>

#include "harness.h"

static const char seed_text[] =
    "(module $seed"
    " (type $unary (func (param i32) (result i32)))"
    " (import \"env\" \"host\" (func $host (param i32 f64) (result i64)))"
    " (import \"env\" \"level\" (global $level i32))"
    " (memory (export \"memory\") 2 10)"
    " (tag $tag (export \"tag\") (param i32 f64)) (tag $empty)"
    " (table $t 8 20 funcref)"
    " (global $g (mut i64) (i64.const 5)) (global $f f32 (f32.const 1.5))"
    " (elem (i32.const 1) $one $two) (elem func $three) (elem (table $t) (i32.const 4) funcref"
    "   (ref.func $one) (ref.null func))"
    " (data (i32.const 16) \"some bytes of data\") (data \"passive\")"
    " (func $one (type $unary) (i32.add (local.get 0) (i32.const 77)))"
    " (func $two (type $unary) (local i32 f64 i64)"
    "  (block $b (loop $l (br_if $b (i32.eqz (local.get 0)))"
    "    (local.set 1 (i32.add (local.get 1) (i32.load offset=8 (local.get 0))))"
    "    (f64.store (i32.const 64) (f64.mul (local.get 2) (f64.const 2.5)))"
    "    (local.set 0 (i32.sub (local.get 0) (i32.const 1))) (br $l)))"
    "  (if (result i32) (i32.gt_u (local.get 1) (i32.const 9))"
    "   (then (call $one (local.get 1))) (else (i32.div_s (local.get 0) (local.get 1)))))"
    " (func $three (export \"three\") (param i32 f64) (result i64 f32)"
    "  (block (block (block (br_table 0 1 2 (local.get 0))) (drop (i32.const 1))))"
    "  (global.set $g (i64.add (global.get $g) (call $host (local.get 0) (local.get 1))))"
    "  (memory.fill (i32.const 1) (i32.const 2) (i32.const 3))"
    "  (memory.init 1 (i32.const 1) (i32.const 2) (i32.const 3)) (data.drop 1)"
    "  (table.copy (i32.const 0) (i32.const 1) (i32.const 2))"
    "  (drop (call_indirect $t (type $unary) (i32.const 3) (local.get 0)))"
    "  (drop (i32.trunc_f64_s (local.get 1))) (drop (i32.trunc_sat_f64_u (local.get 1)))"
    "  (drop (memory.grow (i32.const 1)))"
    "  (select (i64.const 1) (global.get $g) (local.get 0)) (global.get $f))"
    " (func $four (param i32) (result i32) (local i64 f64)"
    "  (try (result i32)"
    "   (do (try (do (local.set 1 (i64.const 3)) (throw $tag (call $one (local.get 0)) (local.get "
    "2)))"
    "     (catch $empty (rethrow 0)) (catch_all (drop (call $one (i32.const 2))) (rethrow 0)))"
    "    (i32.wrap_i64 (local.get 1)))"
    "   (catch $tag (local.set 2) (i32.add (i32.wrap_i64 (local.get 1))))"
    "   (catch_all (loop $l (try (do (try (do (call $four (i32.const 1)) (br_if $l)) (delegate 1)))"
    "      (catch $empty (br $l)))) (i32.const 4))))"
    " (start $go) (func $go (drop (call $two (global.get $level)))))";

enum { INVALID_WANTED = 1000, VALID_WANTED = 150, ATTEMPTS_MOST = 40000 };

static uint64_t random_state = 0x2545f4914f6cdd1d;

static uint32_t next_random(uint32_t below) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (uint32_t)((random_state >> 32) * below >> 32);
}

// Byte changes mostly; now and then bytes go, come, or move.
static void mutate(const struct buffer *seed, struct buffer *mutant) {
    assert_true(buffer_assign(mutant, seed->data, seed->length, NULL));
    uint32_t changes = 1 + next_random(3);
    for (uint32_t i = 0; i < changes; i++) {
        uint32_t at = 8 + next_random((uint32_t)mutant->length - 9);
        switch (next_random(8)) {
        case 0:
            memmove(mutant->data + at, mutant->data + at + 1, mutant->length - at - 1);
            mutant->length--;
            break;
        case 1:
            assert_true(buffer_append(mutant, "", 1, NULL));
            memmove(mutant->data + at + 1, mutant->data + at, mutant->length - at - 1);
            mutant->data[at] = (uint8_t)next_random(256);
            break;
        case 2:
            mutant->data[at] = mutant->data[8 + next_random((uint32_t)mutant->length - 9)];
            break;
        case 3:
            mutant->data[at]++;
            break;
        default:
            mutant->data[at] ^= (uint8_t)(1u << next_random(8));
            break;
        }
    }
}

static bool is_valid(const struct buffer *binary) {
    struct wasm_module module = {0};
    struct error error = {0};
    bool valid = wasm_decode(buffer_bytes(binary), WASM_FEATURES_SUPPORTED, &module, &error) &&
                 wasm_validate(&module, &error);
    wasm_module_destroy(&module);
    return valid;
}

static void check_refused(const char *folder, const struct run_result *result) {
    static const char *const codes[] = {"malformed", "invalid", "unsupported"};
    char expected[64], path[128];
    bool known = false;
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        snprintf(expected, sizeof expected, "faasm-codegen: %s: ", codes[i]);
        known = known || strncmp(result->errors, expected, strlen(expected)) == 0;
    }
    const char *end = strchr(result->errors, '\n');
    if (result->exit_code != 1 || !known || end == NULL || end[1] != '\0') {
        fail_msg("exit %d: %s", result->exit_code, result->errors);
    }
    snprintf(path, sizeof path, "%s/mutant.so", folder);
    assert_int_not_equal(access(path, F_OK), 0);
}

static void check_compiles(const char *folder, const struct run_result *result) {
    if (result->exit_code != 0) {
        fail_msg("valid, but exit %d: %s", result->exit_code, result->errors);
    }
    char path[128];
    snprintf(path, sizeof path, "%s/mutant.so", folder);
    assert_int_equal(unlink(path), 0);
}

static void test_mutations(void **state) {
    (void)state;
    char folder[64], path[128];
    struct buffer seed = {0}, mutant = {0};
    harness_make_folder(folder, sizeof folder);
    harness_assemble(folder, "seed", seed_text);
    snprintf(path, sizeof path, "%s/seed.wasm", folder);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    assert_true(buffer_reserve(&seed, 65536, NULL));
    seed.length = fread(seed.data, 1, 65536, file);
    fclose(file);
    assert_true(is_valid(&seed));

    unsigned invalid = 0, valid = 0;
    snprintf(path, sizeof path, "%s/mutant.wasm", folder);
    for (unsigned i = 0; i < ATTEMPTS_MOST && invalid < INVALID_WANTED; i++) {
        mutate(&seed, &mutant);
        bool compiles = is_valid(&mutant);
        if (compiles && valid >= VALID_WANTED) {
            continue;
        }
        harness_write_file(path, mutant.data, mutant.length);
        struct run_result result = harness_codegen(folder, "mutant", "--verify -O1");
        if (compiles) {
            valid++;
            check_compiles(folder, &result);
        } else {
            invalid++;
            check_refused(folder, &result);
        }
    }
    print_message("%u refused, %u compiled\n", invalid, valid);
    assert_int_equal(invalid, INVALID_WANTED);
    assert_true(valid >= VALID_WANTED / 2);
    buffer_destroy(&seed);
    buffer_destroy(&mutant);
    harness_remove_folder(folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_mutations)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
