// Which loops become loops over vectors.
#include "harness.h"

// A loop of 4096 iterations over f64, with `step` bytes between what it loads and stores.
static int vectors_with_step(unsigned step) {
    char folder[64], text[1024], command[256];
    snprintf(text, sizeof text,
             "(module (memory 40)"
             " (func (export \"scale\") (param $from i32) (param $to i32) (local $n i32)"
             "  (local.set $n (i32.const 4096))"
             "  (loop $l"
             "   (f64.store (local.get $to) (f64.mul (f64.const 3) (f64.load (local.get $from))))"
             "   (local.set $from (i32.add (local.get $from) (i32.const %u)))"
             "   (local.set $to (i32.add (local.get $to) (i32.const %u)))"
             "   (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))))",
             step, step);
    harness_make_folder(folder, sizeof folder);
    harness_assemble(folder, "scale", text);
    struct run_result result = harness_codegen(folder, "scale", "--cpu=x86-64-v4 --emit=ir");
    assert_int_equal(result.exit_code, 0);
    snprintf(command, sizeof command, "grep -c 'fmul <. x double>' '%s/scale.so'", folder);
    int found = -1;
    FILE *count = popen(command, "r");
    assert_non_null(count);
    assert_int_equal(fscanf(count, "%d", &found), 1);
    pclose(count);
    harness_remove_folder(folder);
    return found;
}

static void columns_are_left_alone(void **state) {
    (void)state;
    assert_true(vectors_with_step(8) > 0);
    assert_int_equal(vectors_with_step(400), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_are_left_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
