#include "wasm/decode.h"
#include "wasm/validate.h"

#include <stdio.h>
#include <string.h>

#include "module_builder.h"

static bool validate(const struct buffer *binary, struct error *error) {
    struct wasm_module module;
    *error = (struct error){0};
    bool decoded = wasm_decode(buffer_bytes(binary), WASM_FEATURES_SUPPORTED, &module, error);
    assert_string_equal(error->message, "");
    assert_true(decoded);
    bool valid = wasm_validate(&module, error);
    wasm_module_destroy(&module);
    return valid;
}

// `body` is a body in the test environment (module_builder.h), without its final `end`.
static bool validate_code(uint8_t type, const uint8_t *code, size_t length, uint32_t *start,
                          struct error *error) {
    struct buffer binary = {0};
    struct buffer body = {0};
    builder_bytes(&body, code, length);
    builder_bytes(&body, BYTES(0x0b));
    builder_environment(&binary, type);
    *start = builder_body(&binary, body.data, body.length);
    builder_environment_end(&binary);
    bool valid = validate(&binary, error);
    buffer_destroy(&body);
    buffer_destroy(&binary);
    return valid;
}

static void accept(uint8_t type, const uint8_t *code, size_t length) {
    struct error error;
    uint32_t start;
    bool valid = validate_code(type, code, length, &start, &error);
    assert_string_equal(error.message, "");
    assert_true(valid);
}

static void refuse(uint8_t type, const uint8_t *code, size_t length, uint32_t at,
                   const char *reason) {
    struct error error;
    uint32_t start;
    char message[256];
    assert_false(validate_code(type, code, length, &start, &error));
    snprintf(message, sizeof message, "offset 0x%x: %s (in function 1)", start + at, reason);
    assert_string_equal(error.message, message);
    assert_int_equal(error.code, ERROR_INVALID);
}

static void accepts_well_typed_bodies(void **state) {
    (void)state;
    accept(0, BYTES(0x01));
    accept(1, BYTES(0x20, 0, 0x10, 0));                         // a call
    accept(2, BYTES(0x20, 1, 0x20, 0));                         // two results
    accept(3, BYTES(0xd0, 0x6f));                               // a null
    accept(0, BYTES(0xd2, 0, 0x1a));                            // a declared function
    accept(1, BYTES(0x20, 0, 0x02, 1, 0x0b));                   // a block with a parameter
    accept(1, BYTES(0x20, 0, 0x41, 1, 0x04, 1, 0x0b));          // `if` passes it through
    accept(1, BYTES(0x20, 0, 0x03, 1, 0x20, 0, 0x0d, 0, 0x0b)); // a loop takes its parameter
    accept(2, BYTES(0x20, 1, 0x20, 0, 0x41, 0, 0x0e, 1, 0, 0)); // br_table with two operands
    accept(0, BYTES(0x41, 0, 0x28, 2, 0, 0x1a));                // aligned naturally
    accept(0, BYTES(0x41, 0, 0x41, 0, 0x41, 0, 0xfc, 8, 0, 0, 0xfc, 9, 0)); // memory.init, drop
    accept(0, BYTES(0x41, 0, 0x41, 0, 0x41, 0, 0xfc, 12, 1, 1));            // table.init
    accept(0, BYTES(0x41, 1, 0x41, 2, 0x41, 3, 0x1b, 0x1a));                // select
    accept(0, BYTES(0xd0, 0x6f, 0xd0, 0x6f, 0x41, 3, 0x1c, 1, 0x6f, 0x1a)); // of references
}

static void accepts_polymorphic_code(void **state) {
    (void)state;
    accept(2, BYTES(0x00));                         // results out of nothing
    accept(1, BYTES(0x00, 0x6a));                   // operands too
    accept(1, BYTES(0x41, 0, 0x0f, 0x1b));          // select of unknowns
    accept(1, BYTES(0x00, 0x1b, 0x0d, 0));          // br_if gives the label's types
    accept(0, BYTES(0x00, 0x0e, 0, 0));             // br_table
    accept(0, BYTES(0x0c, 0, 0xd1, 0x1a));          // ref.is_null of an unknown
    accept(0, BYTES(0x00, 0x02, 0x40, 0x0b, 0x1a)); // after a reachable block
}

static void refuses_wrong_operands(void **state) {
    (void)state;
    refuse(0, BYTES(0x6a), 0, "type mismatch: i32.add expects i32, but the stack is empty");
    refuse(0, BYTES(0x42, 0, 0x45), 2, "type mismatch: i32.eqz expects i32, found i64");
    refuse(0, BYTES(0x41, 0), 2, "type mismatch: values remaining on stack at end of block: 1");
    refuse(1, BYTES(0x01), 1, "type mismatch: end expects i32, but the stack is empty");
    refuse(0, BYTES(0x1a), 0, "type mismatch: drop expects an operand, but the stack is empty");
    refuse(0, BYTES(0x41, 0, 0x02, 0x40, 0x1a, 0x0b), 4,
           "type mismatch: drop expects an operand, but the stack is empty");
    refuse(0, BYTES(0x00, 0x42, 0, 0x45), 3, "type mismatch: i32.eqz expects i32, found i64");
    refuse(1, BYTES(0x00, 0x1b, 0x42, 0, 0x0d, 0), 4,
           "type mismatch: br_if expects i32, found i64");
    refuse(0, BYTES(0x41, 1, 0x42, 2, 0x41, 3, 0x1b), 6, "type mismatch: select of i32 and i64");
    refuse(0, BYTES(0xd0, 0x70, 0xd0, 0x70, 0x41, 3, 0x1b), 6,
           "type mismatch: select without a type takes numbers, found funcref");
    refuse(0, BYTES(0x1c, 2, 0x7f, 0x7f), 0, "invalid result arity: select of 2 types");
    refuse(0, BYTES(0x41, 0, 0xd1), 2, "type mismatch: ref.is_null expects a reference, found i32");
    refuse(0, BYTES(0x41, 0, 0xd0, 0x6f, 0x26, 0), 4,
           "type mismatch: table.set expects funcref, found externref");
}

static void refuses_wrong_control(void **state) {
    (void)state;
    refuse(0, BYTES(0x0c, 1), 0, "unknown label 1");
    refuse(0, BYTES(0x41, 0, 0x0e, 1, 0, 7), 2, "unknown label 7");
    refuse(1, BYTES(0x41, 0, 0x02, 0x40, 0x41, 0, 0x41, 0, 0x0e, 1, 1, 0, 0x0b), 8,
           "type mismatch: label 0 takes 0 operands, others 1");
    refuse(0, BYTES(0x41, 0, 0x04, 0x7f, 0x41, 0, 0x0b), 6,
           "type mismatch: end expects i32, but the stack is empty");
    refuse(0, BYTES(0x02, 9, 0x0b), 0, "unknown type 9");
    refuse(0, BYTES(0x10, 2), 0, "unknown function 2");
    refuse(0, BYTES(0x41, 0, 0x11, 9, 0), 2, "unknown type 9");
    refuse(0, BYTES(0x41, 0, 0x11, 0, 9), 2, "unknown table 9");
    refuse(0, BYTES(0x41, 0, 0x11, 0, 1), 2,
           "type mismatch: call_indirect through a table of externref");
    refuse(0, BYTES(0xd2, 1, 0x1a), 0, "undeclared function reference 1");
}

static void checks_exception_handling(void **state) {
    (void)state;
    accept(0, BYTES(0x06, 0x40, 0x0b));                                  // no handler
    accept(0, BYTES(0x06, 0x40, 0x07, 0, 0x07, 0, 0x19, 0x0b));          // three
    accept(1, BYTES(0x06, 0x7f, 0x08, 0, 0x07, 0, 0x41, 1, 0x0b));       // throw, with a result
    accept(0, BYTES(0x06, 0x40, 0x19, 0x09, 0, 0x0b));                   // rethrow
    accept(0, BYTES(0x06, 0x40, 0x06, 0x40, 0x18, 0, 0x19, 0x0b));       // delegate
    accept(0, BYTES(0x06, 0x40, 0x18, 0));                               // to the caller
    accept(0, BYTES(0x06, 0x40, 0x19, 0x02, 0x40, 0x09, 1, 0x0b, 0x0b)); // of an outer handler
    refuse(0, BYTES(0x08, 1), 0, "unknown tag 1");
    refuse(0, BYTES(0x06, 0x40, 0x07, 1, 0x0b), 2, "unknown tag 1");
    refuse(0, BYTES(0x09, 0), 0, "invalid rethrow label 0");
    refuse(0, BYTES(0x06, 0x40, 0x09, 0, 0x0b), 2, "invalid rethrow label 0");
    refuse(0, BYTES(0x06, 0x40, 0x09, 7, 0x0b), 2, "unknown label 7");
    refuse(0, BYTES(0x06, 0x40, 0x18, 1), 2, "unknown label 1");
    refuse(0, BYTES(0x06, 0x7f, 0x07, 0, 0x0b, 0x1a), 2,
           "type mismatch: catch expects i32, but the stack is empty");
    refuse(0, BYTES(0x06, 0x7f, 0x41, 1, 0x07, 0, 0x0b, 0x1a), 6,
           "type mismatch: end expects i32, but the stack is empty");
}

static void refuses_wrong_immediates(void **state) {
    (void)state;
    refuse(1, BYTES(0x20, 1), 0, "unknown local 1");
    refuse(0, BYTES(0x23, 2, 0x1a), 0, "unknown global 2");
    refuse(0, BYTES(0x41, 0, 0x24, 0), 2, "global is immutable: 0");
    refuse(0, BYTES(0x41, 0, 0x28, 3, 0, 0x1a), 2,
           "alignment must not be larger than natural: 2^2, not 2^3");
    refuse(0, BYTES(0xfc, 9, 1), 0, "unknown data segment 1");
    refuse(0, BYTES(0xfc, 13, 2), 0, "unknown elem segment 2");
    refuse(0, BYTES(0xfc, 12, 1, 0), 0,
           "type mismatch: table.init of externref into a table of "
           "funcref");
    refuse(0, BYTES(0xfc, 14, 0, 1), 0,
           "type mismatch: table.copy of externref into a table of "
           "funcref");
}

// v128.const 0, which takes 18 bytes, then the instruction.
#define FIFTEEN   0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
#define V128_ZERO 0xfd, 0x0c, FIFTEEN, 0

static void checks_vector_immediates(void **state) {
    (void)state;
    accept(0, BYTES(V128_ZERO, 0xfd, 0x15, 15, 0x1a));
    refuse(0, BYTES(V128_ZERO, 0xfd, 0x15, 16, 0x1a), 18, "invalid lane index 16 of 16");
    refuse(0, BYTES(V128_ZERO, 0xfd, 0x21, 2, 0x1a), 18, "invalid lane index 2 of 2");
    accept(0, BYTES(V128_ZERO, V128_ZERO, 0xfd, 0x0d, 31, FIFTEEN, 0x1a));
    refuse(0, BYTES(V128_ZERO, V128_ZERO, 0xfd, 0x0d, 32, FIFTEEN, 0x1a), 36,
           "invalid lane index 32 of 32");
    accept(0, BYTES(0x41, 0, V128_ZERO, 0xfd, 0x57, 3, 0, 1, 0x1a));
    refuse(0, BYTES(0x41, 0, V128_ZERO, 0xfd, 0x57, 3, 0, 2, 0x1a), 20,
           "invalid lane index 2 of 2");
    refuse(0, BYTES(0x41, 0, 0xfd, 0x00, 5, 0, 0x1a), 2,
           "alignment must not be larger than natural: 2^4, not 2^5");
    refuse(0, BYTES(V128_ZERO, 0x41, 0, 0xfd, 0xae, 0x01, 0x1a), 20,
           "type mismatch: i32x4.add expects v128, found i32");
}

// Locals are runs; each index finds the type of its run, empty runs included.
static void finds_locals_in_runs(void **state) {
    (void)state;
    struct buffer binary = {0};
    builder_environment(&binary, 1);
    // i32 parameter; then i64 x 2, f32 x 0, f64 x 1, i32 x 300
    builder_section(&binary, 10,
                    BYTES(1, 31, 4, 2, 0x7e, 0, 0x7d, 1, 0x7c, 0xac, 2, 0x7f, //
                          0x20, 1, 0x20, 2, 0x51, 0x1a, 0x20, 3, 0x99, 0x1a,  //
                          0x20, 4, 0x20, 0xaf, 2, 0x6a, 0x21, 0, 0x20, 0, 0x0b));
    builder_environment_end(&binary);
    struct error error;
    bool valid = validate(&binary, &error);
    assert_string_equal(error.message, "");
    assert_true(valid);
    buffer_destroy(&binary);
}

static void names_the_function(void **state) {
    (void)state;
    struct buffer binary = {0};
    builder_environment(&binary, 0);
    uint32_t start = builder_body(&binary, BYTES(0x6a, 0x0b));
    builder_environment_end(&binary);
    builder_section(&binary, 0, BYTES(4, 'n', 'a', 'm', 'e', 1, 6, 1, 1, 3, 'r', 'u', '\n'));
    struct error error;
    char message[256];
    assert_false(validate(&binary, &error));
    snprintf(message, sizeof message,
             "offset 0x%x: type mismatch: i32.add expects i32, but the stack is empty (in function "
             "1 \"ru?\")",
             start);
    assert_string_equal(error.message, message);
    buffer_destroy(&binary);
}

static void expect_module(const struct buffer *binary, const char *message) {
    struct error error;
    assert_int_equal(validate(binary, &error), message[0] == '\0');
    assert_string_equal(error.message, message);
    assert_int_equal(error.code, message[0] == '\0' ? ERROR_NONE : ERROR_INVALID);
}

// One section, or two, after the header.
static void check_sections(uint8_t id, const uint8_t *contents, size_t length, uint8_t second_id,
                           const uint8_t *second, size_t second_length, const char *message) {
    struct buffer binary = {0};
    builder_header(&binary);
    builder_section(&binary, id, contents, length);
    if (second_id != 0) {
        builder_section(&binary, second_id, second, second_length);
    }
    expect_module(&binary, message);
    buffer_destroy(&binary);
}

static void check_section(uint8_t id, const uint8_t *contents, size_t length, const char *message) {
    check_sections(id, contents, length, 0, NULL, 0, message);
}

static void checks_declarations(void **state) {
    (void)state;
    check_section(2, BYTES(1, 0, 0, 0, 3), "offset 0xb: unknown type 3");
    check_section(4, BYTES(1, 0x70, 1, 5, 4),
                  "offset 0xb: size minimum must not be greater than maximum: 5 and 4");
    check_section(4, BYTES(1, 0x70, 0, 0x81, 0xad, 0xe2, 0x04),
                  "offset 0xb: a table of 10000001 elements: the limit is 10000000");
    check_section(5, BYTES(1, 0, 0x81, 0x80, 4),
                  "offset 0xb: memory size must be at most 65536 pages (4GiB)");
    check_section(5, BYTES(1, 1, 0, 0x81, 0x80, 4),
                  "offset 0xb: memory size must be at most 65536 pages (4GiB)");
    check_section(5, BYTES(1, 1, 0, 0x80, 0x80, 4), "");
    check_section(5, BYTES(2, 0, 0, 0, 0), "");
    check_section(7, BYTES(1, 1, 'x', 2, 0), "offset 0xb: unknown memory 0");
    check_section(8, BYTES(0), "offset 0xa: unknown function 0");
    check_section(9, BYTES(1, 0, 0x41, 0, 0x0b, 0), "offset 0xb: unknown table 0");
    check_section(9, BYTES(1, 1, 0, 1, 4), "offset 0xb: unknown function 4");
    check_section(11, BYTES(1, 0, 0x41, 0, 0x0b, 0), "offset 0xb: unknown memory 0");
    check_sections(5, BYTES(1, 0, 0), 7, BYTES(3, 1, 'a', 2, 0, 1, 'b', 2, 0, 1, 'a', 2, 0),
                   "offset 0x18: duplicate export name \"a\"");
    check_sections(4, BYTES(1, 0x6f, 0, 0), 9, BYTES(1, 0, 0x41, 0, 0x0b, 0),
                   "offset 0x11: type mismatch: elements of funcref for a table of externref");
}

static void checks_tags(void **state) {
    (void)state;
    check_section(13, BYTES(1, 0, 0), "offset 0xb: unknown type 0");
    struct buffer binary = {0};
    builder_header(&binary);
    builder_section(&binary, 1, BYTES(1, 0x60, 0, 1, 0x7f));
    builder_section(&binary, 13, BYTES(1, 0, 0));
    expect_module(&binary, "offset 0x12: non-empty tag result type");
    buffer_destroy(&binary);
}

static void checks_the_start_function(void **state) {
    (void)state;
    struct buffer binary = {0};
    builder_header(&binary);
    builder_section(&binary, 1, BYTES(1, 0x60, 0, 1, 0x7f));
    builder_section(&binary, 2, BYTES(1, 0, 0, 0, 0));
    builder_section(&binary, 8, BYTES(0));
    expect_module(&binary, "offset 0x18: start function 0 must not have parameters or results");
    buffer_destroy(&binary);
}

static void checks_constant_expressions(void **state) {
    (void)state;
    check_section(6, BYTES(1, 0x7f, 0, 0x42, 0, 0x0b),
                  "offset 0xf: type mismatch: end expects i32, found i64");
    check_section(6, BYTES(1, 0x7f, 0, 0x0b),
                  "offset 0xd: type mismatch: end expects i32, but the stack is empty");
    check_section(6, BYTES(1, 0x7f, 0, 0x41, 0, 0x41, 0, 0x0b),
                  "offset 0x11: type mismatch: values remaining on stack at end of block: 1");
    check_section(6, BYTES(1, 0x7f, 0, 0x41, 0, 0x01, 0x0b),
                  "offset 0xf: constant expression required, found nop");
    check_section(6, BYTES(2, 0x7f, 0, 0x41, 0, 0x0b, 0x7f, 0, 0x23, 0, 0x0b),
                  "offset 0x12: unknown global 0: only the 0 imported ones are in scope");
    check_section(6, BYTES(1, 0x7f, 0, 0x41, 5, 0x41, 6, 0x6c, 0x41, 1, 0x6b, 0x0b), "");
    check_section(6, BYTES(1, 0x7f, 0, 0x41, 5, 0x41, 6, 0x6d, 0x0b),
                  "offset 0x11: constant expression required, found i32.div_s");
    check_section(6, BYTES(1, 0x70, 0, 0xd2, 0, 0x0b), "offset 0xd: unknown function 0");
    check_sections(2, BYTES(1, 0, 0, 3, 0x7f, 1), 6, BYTES(1, 0x7f, 0, 0x23, 0, 0x0b),
                   "offset 0x15: constant expression required: global 0 is mutable");
    check_sections(2, BYTES(1, 0, 0, 3, 0x7f, 0), 6, BYTES(1, 0x7f, 0, 0x23, 0, 0x0b), "");
}

static void leaves_extended_const_to_its_feature(void **state) {
    (void)state;
    struct buffer binary = {0};
    builder_header(&binary);
    builder_section(&binary, 6, BYTES(1, 0x7f, 0, 0x41, 5, 0x41, 6, 0x6a, 0x0b));
    struct wasm_module module;
    struct error error = {0};
    assert_true(wasm_decode(buffer_bytes(&binary), 1u << WASM_FEATURE_CORE, &module, &error));
    assert_false(wasm_validate(&module, &error));
    assert_string_equal(error.message, "offset 0x11: constant expression required, found i32.add");
    wasm_module_destroy(&module);
    buffer_destroy(&binary);
}

// memory.size and a load of memory 1: malformed before the feature, valid with it.
static void reads_memory_indices_with_multi_memory(void **state) {
    (void)state;
    uint32_t features = 1u << WASM_FEATURE_CORE;
    struct buffer binary = {0};
    builder_header(&binary);
    builder_section(&binary, 1, BYTES(1, 0x60, 0, 0));
    builder_section(&binary, 3, BYTES(1, 0));
    builder_section(&binary, 5, BYTES(2, 0, 0, 0, 0));
    builder_body(&binary, BYTES(0x3f, 1, 0x28, 0x42, 1, 0, 0x1a, 0x0b));
    struct wasm_module module;
    struct error error = {0};
    assert_false(wasm_decode(buffer_bytes(&binary), features, &module, &error));
    assert_string_equal(error.message, "offset 0x1f: zero byte expected");
    features |= 1u << WASM_FEATURE_MULTI_MEMORY;
    assert_true(wasm_decode(buffer_bytes(&binary), features, &module, &error));
    assert_true(wasm_validate(&module, &error));
    wasm_module_destroy(&module);
    buffer_destroy(&binary);
}

static void leaves_a_second_memory_to_its_feature(void **state) {
    (void)state;
    struct buffer binary = {0};
    builder_header(&binary);
    builder_section(&binary, 5, BYTES(2, 0, 0, 0, 0));
    struct wasm_module module;
    struct error error = {0};
    assert_true(wasm_decode(buffer_bytes(&binary), 1u << WASM_FEATURE_CORE, &module, &error));
    assert_false(wasm_validate(&module, &error));
    assert_string_equal(error.message, "offset 0xd: multiple memories");
    wasm_module_destroy(&module);
    buffer_destroy(&binary);
}

static void bounds_the_operand_stack(void **state) {
    (void)state;
    struct buffer binary = {0};
    struct buffer code = {0};
    builder_environment(&binary, 0);
    for (uint32_t i = 0; i <= WASM_LIMIT_OPERANDS; i++) {
        builder_bytes(&code, BYTES(0x41, 0));
    }
    builder_bytes(&code, BYTES(0x00, 0x0b));
    uint32_t start = builder_body(&binary, code.data, code.length);
    builder_environment_end(&binary);
    char message[128];
    snprintf(message, sizeof message,
             "offset 0x%x: operand stack higher than the limit of %u (in function 1)",
             start + 2 * WASM_LIMIT_OPERANDS, WASM_LIMIT_OPERANDS);
    expect_module(&binary, message);
    buffer_destroy(&code);
    buffer_destroy(&binary);
}

static void marks_declared_functions(void **state) {
    (void)state;
    struct buffer binary = {0};
    builder_environment(&binary, 0);
    builder_body(&binary, BYTES(0x0b));
    builder_environment_end(&binary);
    struct wasm_module module;
    struct error error = {0};
    assert_true(wasm_decode(buffer_bytes(&binary), WASM_FEATURES_SUPPORTED, &module, &error));
    assert_true(wasm_validate(&module, &error));
    assert_true(module.functions[0].declared);
    assert_false(module.functions[1].declared);
    wasm_module_destroy(&module);
    buffer_destroy(&binary);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accepts_well_typed_bodies),
        cmocka_unit_test(accepts_polymorphic_code),
        cmocka_unit_test(refuses_wrong_operands),
        cmocka_unit_test(refuses_wrong_control),
        cmocka_unit_test(checks_exception_handling),
        cmocka_unit_test(refuses_wrong_immediates),
        cmocka_unit_test(checks_vector_immediates),
        cmocka_unit_test(finds_locals_in_runs),
        cmocka_unit_test(names_the_function),
        cmocka_unit_test(checks_declarations),
        cmocka_unit_test(checks_tags),
        cmocka_unit_test(checks_the_start_function),
        cmocka_unit_test(checks_constant_expressions),
        cmocka_unit_test(leaves_extended_const_to_its_feature),
        cmocka_unit_test(reads_memory_indices_with_multi_memory),
        cmocka_unit_test(leaves_a_second_memory_to_its_feature),
        cmocka_unit_test(bounds_the_operand_stack),
        cmocka_unit_test(marks_declared_functions),
    };
    return cmocka_run_group_tests_name("wasm/validate", tests, NULL, NULL);
}
