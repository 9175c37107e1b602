#include "wasm/decode.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "module_builder.h"

static void expect_failure_with(uint32_t features, const struct buffer *binary,
                                enum error_code code, const char *message) {
    struct wasm_module module;
    struct error error = {0};
    assert_false(wasm_decode(buffer_bytes(binary), features, &module, &error));
    assert_string_equal(error.message, message);
    assert_int_equal(error.code, code);
    assert_null(module.binary.data);
    assert_null(module.arena.blocks);
}

static void expect_failure(const struct buffer *binary, enum error_code code, const char *message) {
    expect_failure_with(WASM_FEATURES_SUPPORTED, binary, code, message);
}

// Of a module with the one section.
static void expect_section_failure(uint8_t id, const uint8_t *contents, size_t length,
                                   enum error_code code, const char *message) {
    struct buffer binary = {0};
    builder_header(&binary);
    builder_section(&binary, id, contents, length);
    expect_failure(&binary, code, message);
    buffer_destroy(&binary);
}

// What is asked of an outline: everything but the bodies' instructions.
static void check_outline(const struct buffer *binary, const struct wasm_module *module) {
    struct wasm_module outline;
    struct error error = {0};
    assert_true(
        wasm_decode_outline(buffer_bytes(binary), WASM_FEATURES_SUPPORTED, &outline, &error));
    assert_int_equal(outline.function_count, module->function_count);
    assert_int_equal(outline.export_count, module->export_count);
    for (uint32_t i = 0; i < outline.function_count; i++) {
        assert_int_equal(outline.functions[i].offset, module->functions[i].offset);
        assert_int_equal(outline.functions[i].length, module->functions[i].length);
        assert_int_equal(outline.functions[i].local_count, module->functions[i].local_count);
        assert_int_equal(outline.functions[i].name.length, module->functions[i].name.length);
    }
    wasm_module_destroy(&outline);
}

static void decodes_every_section(void **state) {
    (void)state;
    struct buffer binary = {0};
    builder_environment(&binary, 2);
    builder_section(&binary, 10, BYTES(1, 11, 2, 2, 0x7f, 3, 0x7e, 0x20, 1, 0x20, 0, 0x0f, 0x0b));
    builder_environment_end(&binary);
    builder_section(&binary, 0, BYTES(4, 'n', 'a', 'm', 'e', 1, 6, 1, 1, 3, 'r', 'u', 'n'));
    struct wasm_module module;
    struct error error = {0};
    bool decoded = wasm_decode(buffer_bytes(&binary), WASM_FEATURES_SUPPORTED, &module, &error);
    assert_string_equal(error.message, "");
    assert_true(decoded);
    check_outline(&binary, &module);
    assert_int_equal(module.type_count, 4);
    assert_int_equal(module.types[2].parameter_count, 2);
    assert_int_equal(module.types[2].parameters[1], OBJECT_F32);
    assert_int_equal(module.types[3].results[0], OBJECT_EXTERNREF);
    assert_int_equal(module.import_count, 2);
    assert_memory_equal(module.imports[1].name.data, "g", 1);
    assert_int_equal(module.imports[1].kind, OBJECT_GLOBAL);
    assert_int_equal(module.function_count, 2);
    assert_int_equal(module.imported_function_count, 1);
    assert_true(module.functions[0].imported);
    assert_int_equal(module.functions[1].type_index, 2);
    assert_int_equal(module.functions[1].local_count, 5);
    assert_int_equal(module.functions[1].local_run_count, 2);
    assert_int_equal(module.functions[1].locals[1].value_type, OBJECT_I64);
    assert_int_equal(module.functions[1].length, 6);
    assert_int_equal(binary.data[module.functions[1].offset], 0x20);
    assert_int_equal(module.functions[1].name.length, 3);
    assert_memory_equal(module.functions[1].name.data, "run", 3);
    assert_int_equal(module.table_count, 2);
    assert_int_equal(module.tables[1].type.element_type, OBJECT_EXTERNREF);
    assert_false(module.tables[1].type.limits.has_maximum);
    assert_int_equal(module.memories[0].type.limits.minimum, 1);
    assert_int_equal(module.global_count, 2);
    assert_true(module.globals[0].imported);
    assert_true(module.globals[1].type.mutable);
    assert_int_equal(module.globals[1].initial.length, 3);
    assert_int_equal(module.exports[0].kind, OBJECT_FUNCTION);
    assert_int_equal(module.element_count, 2);
    assert_int_equal(module.elements[0].mode, WASM_SEGMENT_PASSIVE);
    assert_null(module.elements[0].function_indices);
    assert_int_equal(module.elements[0].expressions[0].length, 3);
    assert_true(module.has_data_count);
    assert_int_equal(module.data_segment_count, 1);
    assert_memory_equal(module.data_segments[0].bytes.data, "hi", 2);
    assert_int_equal(module.custom_count, 1);
    wasm_module_destroy(&module);
    buffer_destroy(&binary);
}

static void decodes_the_empty_module(void **state) {
    (void)state;
    struct buffer binary = {0};
    builder_header(&binary);
    struct wasm_module module;
    assert_true(wasm_decode(buffer_bytes(&binary), WASM_FEATURES_SUPPORTED, &module, NULL));
    assert_int_equal(module.function_count, 0);
    wasm_module_destroy(&module);
    wasm_module_destroy(&module);
    buffer_destroy(&binary);
}

static void refuses_bad_headers(void **state) {
    (void)state;
    static const struct {
        const char *text;
        size_t length;
        const char *message;
    } headers[] = {
        {"", 0, "offset 0x0: unexpected end: no magic header"},
        {"\0as", 3, "offset 0x3: unexpected end: no magic header"},
        {"\0asn\1\0\0\0", 8, "offset 0x0: magic header not detected"},
        {"\0asm\1\0\0", 7, "offset 0x7: unexpected end: no binary version"},
        {"\0asm\2\0\0\0", 8, "offset 0x4: unknown binary version"},
    };
    for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++) {
        struct buffer binary = {0};
        builder_bytes(&binary, (const uint8_t *)headers[i].text, headers[i].length);
        expect_failure(&binary, ERROR_MALFORMED, headers[i].message);
        buffer_destroy(&binary);
    }
}

static void refuses_malformed_sections(void **state) {
    (void)state;
    expect_section_failure(14, BYTES(0), ERROR_MALFORMED, "offset 0x8: malformed section id 14");
    expect_section_failure(1, BYTES(0, 0), ERROR_MALFORMED,
                           "offset 0xb: section size mismatch: 1 bytes left in section 1");
    expect_section_failure(1, BYTES(1, 0x5d), ERROR_MALFORMED,
                           "offset 0xb: malformed function type 0x5d");
    expect_section_failure(13, BYTES(1, 1, 0), ERROR_MALFORMED,
                           "offset 0xb: malformed tag attribute 0x01");
    expect_section_failure(2, BYTES(1, 0, 0, 5), ERROR_MALFORMED,
                           "offset 0xd: malformed import kind 0x05");
    expect_section_failure(2, BYTES(1, 1, 0xff, 0, 0), ERROR_MALFORMED,
                           "offset 0xb: malformed UTF-8 encoding");
    expect_section_failure(3, BYTES(1, 0), ERROR_MALFORMED,
                           "offset 0xc: function and code section have inconsistent lengths: 1 and "
                           "0");
    expect_section_failure(10, BYTES(1, 2, 0, 0x0b), ERROR_MALFORMED,
                           "offset 0xa: function and code section have inconsistent lengths: 0 and "
                           "1");
    expect_section_failure(4, BYTES(1, 0x7f, 0, 0), ERROR_MALFORMED,
                           "offset 0xb: malformed reference type 0x7f");
    expect_section_failure(4, BYTES(1, 0x70, 3, 0, 0), ERROR_MALFORMED,
                           "offset 0xc: integer too large: a shared table");
    expect_section_failure(5, BYTES(1, 8, 0), ERROR_MALFORMED,
                           "offset 0xb: integer too large: malformed limits flags 0x08");
    expect_section_failure(6, BYTES(1, 0x7f, 2, 0x41, 0, 0x0b), ERROR_MALFORMED,
                           "offset 0xc: malformed mutability 0x02");
    expect_section_failure(
        6, BYTES(1, 0x7f, 0, 0x41, 0), ERROR_MALFORMED,
        "offset 0xf: unexpected end of section or function: END opcode expected");
    expect_section_failure(7, BYTES(1, 0, 9, 0), ERROR_MALFORMED,
                           "offset 0xc: malformed export kind 0x09");
    expect_section_failure(9, BYTES(1, 8, 0), ERROR_MALFORMED,
                           "offset 0xb: malformed elements segment kind 8");
    expect_section_failure(9, BYTES(1, 1, 1, 0), ERROR_MALFORMED,
                           "offset 0xc: malformed element kind 0x01");
    expect_section_failure(11, BYTES(1, 3, 0), ERROR_MALFORMED,
                           "offset 0xb: malformed data segment kind 3");
    expect_section_failure(12, BYTES(1), ERROR_MALFORMED,
                           "offset 0xb: data count and data section have inconsistent lengths: 1 "
                           "and 0");
    expect_section_failure(0, BYTES(5, 'x'), ERROR_MALFORMED,
                           "offset 0xa: unexpected end of section or function: length out of "
                           "bounds, 5 wanted and 1 left");
}

static void refuses_sections_out_of_order(void **state) {
    (void)state;
    struct buffer binary = {0};
    builder_header(&binary);
    builder_section(&binary, 3, BYTES(0));
    builder_section(&binary, 0, BYTES(1, 'x'));
    builder_section(&binary, 1, BYTES(0));
    expect_failure(&binary, ERROR_MALFORMED,
                   "offset 0xf: unexpected content after last section: section 1 again or out of "
                   "order");
    buffer_destroy(&binary);
}

// Of a module with the one section, without any feature but the core.
static void expect_refusal(uint8_t id, const uint8_t *contents, size_t length,
                           const char *message) {
    struct buffer binary = {0};
    builder_header(&binary);
    builder_section(&binary, id, contents, length);
    expect_failure_with(1u << WASM_FEATURE_CORE, &binary, ERROR_UNSUPPORTED, message);
    buffer_destroy(&binary);
}

static void refuses_other_features_by_name(void **state) {
    (void)state;
    expect_refusal(13, BYTES(0), "offset 0x8: exceptions: malformed section id: tags");
    expect_refusal(1, BYTES(1, 0x5f), "offset 0xb: gc: malformed function type 0x5f");
    expect_refusal(1, BYTES(1, 0x60, 1, 0x69, 0), "offset 0xd: exnref: malformed value type 0x69");
    expect_refusal(1, BYTES(1, 0x60, 1, 0x64, 0),
                   "offset 0xd: function-references: malformed value type 0x64");
    expect_refusal(4, BYTES(1, 0x6b, 0, 1), "offset 0xb: gc: malformed reference type 0x6b");
    expect_refusal(5, BYTES(1, 3, 0, 1), "offset 0xb: threads: shared memory");
    expect_refusal(5, BYTES(1, 4, 0), "offset 0xb: memory64: 64-bit limits");
    expect_refusal(4, BYTES(1, 0x70, 4, 0), "offset 0xc: memory64: 64-bit limits");
    expect_refusal(1, BYTES(1, 0x60, 1, 0x7b, 0), "offset 0xd: simd: value type v128");
    static const struct {
        uint8_t opcode[3];
        const char *message;
    } opcodes[] = {
        {{0xfd, 0x0c, 0}, "offset 0xd: simd: v128.const"},
        {{0xfd, 0x85, 0x02}, "offset 0xd: relaxed-simd: f32x4.relaxed_madd"},
        {{0xfe, 0x10, 0}, "offset 0xd: threads: i32.atomic.load"},
        {{0x12, 0, 0}, "offset 0xd: tail-call: return_call"},
        {{0x06, 0x40, 0}, "offset 0xd: exceptions: try"},
        {{0x08, 0, 0}, "offset 0xd: exceptions: throw"},
        {{0x0a, 0, 0}, "offset 0xd: exnref: opcode 0a"},
        {{0x1f, 0x40, 0}, "offset 0xd: exnref: opcode 1f"},
        {{0x14, 0, 0}, "offset 0xd: function-references: opcode 14"},
        {{0xd4, 0, 0}, "offset 0xd: function-references: opcode d4"},
        {{0xd3, 0, 0}, "offset 0xd: gc: opcode d3"},
        {{0xfb, 0, 0}, "offset 0xd: gc: opcode fb"},
    };
    for (size_t i = 0; i < sizeof opcodes / sizeof opcodes[0]; i++) {
        const uint8_t *opcode = opcodes[i].opcode;
        expect_refusal(6, BYTES(1, 0x7f, 0, opcode[0], opcode[1], opcode[2]), opcodes[i].message);
    }
}

static void refuses_holes_among_the_opcodes(void **state) {
    (void)state;
    expect_section_failure(6, BYTES(1, 0x7b, 0, 0xfd, 0x9a, 0x01), ERROR_MALFORMED,
                           "offset 0xd: illegal opcode fd 9a");
    expect_section_failure(6, BYTES(1, 0x7b, 0, 0xfd, 0x0c, 0, 1, 2), ERROR_MALFORMED,
                           "offset 0x12: unexpected end of section or function");
}

// The code of a body in the test environment, from offset `at` of that code on.
static void expect_body_failure(const uint8_t *code, size_t length, uint32_t at,
                                const char *reason) {
    struct buffer binary = {0};
    builder_environment(&binary, 0);
    uint32_t start = builder_body(&binary, code, length);
    builder_environment_end(&binary);
    char message[256];
    snprintf(message, sizeof message, "offset 0x%x: %s", start + at, reason);
    expect_failure(&binary, ERROR_MALFORMED, message);
    buffer_destroy(&binary);
}

static void refuses_malformed_bodies(void **state) {
    (void)state;
    expect_body_failure(BYTES(0xff, 0x0b), 0, "illegal opcode ff");
    expect_body_failure(BYTES(0x01, 0xfc, 0x12, 0x0b), 1, "illegal opcode fc 12");
    expect_body_failure(BYTES(0xfc, 0xff, 0xff, 0x03, 0x0b), 0, "illegal opcode fc ffff");
    expect_body_failure(BYTES(0xfd, 0xff, 0xff, 0x03, 0x0b), 0, "illegal opcode fd ffff");
    expect_body_failure(BYTES(0x05, 0x0b), 0, "misplaced ELSE opcode");
    expect_body_failure(BYTES(0x02, 0x40, 0x05, 0x0b, 0x0b), 2, "misplaced ELSE opcode");
    expect_body_failure(BYTES(0x07, 0, 0x0b), 0, "misplaced catch opcode");
    expect_body_failure(BYTES(0x02, 0x40, 0x19, 0x0b, 0x0b), 2, "misplaced catch_all opcode");
    expect_body_failure(BYTES(0x06, 0x40, 0x19, 0x19, 0x0b), 3, "misplaced catch_all opcode");
    expect_body_failure(BYTES(0x06, 0x40, 0x19, 0x07, 0, 0x0b), 3, "misplaced catch opcode");
    expect_body_failure(BYTES(0x06, 0x40, 0x07, 0, 0x18, 0), 4, "misplaced delegate opcode");
    expect_body_failure(BYTES(0x0b, 0x01), 1, "section size mismatch: 1 bytes left in a body");
    expect_body_failure(BYTES(0x02, 0x40, 0x0b), 3,
                        "unexpected end of section or function: END opcode expected");
    expect_body_failure(BYTES(0x02, 0x41, 0x0b, 0x0b), 1, "malformed value type 0x41");
    expect_body_failure(BYTES(0x02, 0xff, 0x7f, 0x0b, 0x0b), 1, "malformed block type");
    expect_body_failure(BYTES(0x28, 0x20, 0x00, 0x0b), 1, "malformed memop flags");
    expect_body_failure(BYTES(0x0e, 0x7f, 0x0b), 1,
                        "unexpected end of section or function: length out of bounds, 127 wanted "
                        "and 1 left");
    expect_body_failure(BYTES(0xd0, 0x7f, 0x0b), 1, "malformed reference type 0x7f");
    expect_body_failure(BYTES(0x41, 0x80), 2, "unexpected end of section or function");
}

static void requires_a_data_count(void **state) {
    (void)state;
    struct buffer binary = {0};
    builder_header(&binary);
    builder_section(&binary, 1, BYTES(1, 0x60, 0, 0));
    builder_section(&binary, 3, BYTES(1, 0));
    uint32_t start = builder_body(&binary, BYTES(0xfc, 0x09, 0x00, 0x0b));
    builder_section(&binary, 11, BYTES(1, 1, 0));
    char message[128];
    snprintf(message, sizeof message, "offset 0x%x: data count section required", start);
    expect_failure(&binary, ERROR_MALFORMED, message);
    buffer_destroy(&binary);
}

static void ignores_a_malformed_name_section(void **state) {
    (void)state;
    struct buffer binary = {0};
    builder_environment(&binary, 0);
    builder_body(&binary, BYTES(0x0b));
    builder_environment_end(&binary);
    // Function 0 is named, an index out of range is passed over, then a length is out of bounds.
    builder_section(&binary, 0,
                    BYTES(4, 'n', 'a', 'm', 'e', 1, 10, 3, 0, 1, 'a', 99, 1, 'b', 1, 40, 'c'));
    struct wasm_module module;
    assert_true(wasm_decode(buffer_bytes(&binary), WASM_FEATURES_SUPPORTED, &module, NULL));
    assert_int_equal(module.functions[0].name.length, 1);
    assert_int_equal(module.functions[1].name.length, 0);
    wasm_module_destroy(&module);
    buffer_destroy(&binary);
}

static void holds_the_limits(void **state) {
    (void)state;
    struct buffer binary = {0};
    builder_header(&binary);
    builder_section(&binary, 1, BYTES(1, 0x60, 0, 0));
    builder_section(&binary, 3, BYTES(1, 0));
    struct buffer too_many_locals = {0};
    builder_bytes(&too_many_locals, binary.data, binary.length);
    builder_section(&too_many_locals, 10,
                    BYTES(1, 10, 2, 0xd0, 0x86, 0x03, 0x7f, 1, 0x7f, 0x0b, 0, 0));
    expect_failure(&too_many_locals, ERROR_MALFORMED,
                   "offset 0x1b: too many locals: 50001, the limit is 50000");
    buffer_destroy(&too_many_locals);

    struct buffer nested = {0};
    for (uint32_t i = 0; i <= WASM_LIMIT_NESTING; i++) {
        builder_bytes(&nested, BYTES(0x02, 0x40));
    }
    uint32_t start = builder_body(&binary, nested.data, nested.length);
    char message[128];
    snprintf(message, sizeof message, "offset 0x%x: blocks nested deeper than the limit of %u",
             start + 2 * WASM_LIMIT_NESTING, WASM_LIMIT_NESTING);
    expect_failure(&binary, ERROR_MALFORMED, message);
    buffer_destroy(&nested);
    buffer_destroy(&binary);

    expect_section_failure(1, BYTES(0xff, 0xff, 0xff, 0xff, 0x0f), ERROR_MALFORMED,
                           "offset 0xa: unexpected end of section or function: length out of "
                           "bounds, 4294967295 wanted and 0 left");
}

// Every prefix of a module is refused with an offset within it, or is a module of fewer sections.
// A body that cannot be read is malformed, but an outline passes over it.
static void outline_passes_over_bodies(void **state) {
    (void)state;
    struct buffer binary = {0};
    builder_environment(&binary, 2);
    builder_section(&binary, 10, BYTES(1, 4, 0, 0xff, 0xff, 0x0b));
    builder_environment_end(&binary);
    struct wasm_module module;
    struct error error = {0};
    assert_false(wasm_decode(buffer_bytes(&binary), WASM_FEATURES_SUPPORTED, &module, &error));
    assert_int_equal(error.code, ERROR_MALFORMED);
    assert_true(
        wasm_decode_outline(buffer_bytes(&binary), WASM_FEATURES_SUPPORTED, &module, &error));
    assert_int_equal(module.functions[1].length, 3);
    wasm_module_destroy(&module);
    buffer_destroy(&binary);
}

static void survives_truncation(void **state) {
    (void)state;
    struct buffer binary = {0};
    builder_environment(&binary, 0);
    builder_body(&binary, BYTES(0x02, 0x40, 0x41, 0x00, 0x0e, 0x01, 0x00, 0x01, 0x0b, 0x0b));
    builder_environment_end(&binary);
    for (size_t length = 0; length < binary.length; length++) {
        uint8_t *copy = malloc(length + 1); // its end is the end of the allocation's use
        assert_non_null(copy);
        memcpy(copy, binary.data, length);
        struct wasm_module module;
        struct error error = {0};
        if (wasm_decode((struct bytes){copy, length}, WASM_FEATURES_SUPPORTED, &module, &error)) {
            wasm_module_destroy(&module);
        } else {
            assert_int_equal(error.code, ERROR_MALFORMED);
            assert_true(strtoul(error.message + strlen("offset "), NULL, 16) <= length);
        }
        free(copy);
    }
    buffer_destroy(&binary);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decodes_every_section),
        cmocka_unit_test(decodes_the_empty_module),
        cmocka_unit_test(refuses_bad_headers),
        cmocka_unit_test(refuses_malformed_sections),
        cmocka_unit_test(refuses_sections_out_of_order),
        cmocka_unit_test(refuses_other_features_by_name),
        cmocka_unit_test(refuses_holes_among_the_opcodes),
        cmocka_unit_test(refuses_malformed_bodies),
        cmocka_unit_test(requires_a_data_count),
        cmocka_unit_test(ignores_a_malformed_name_section),
        cmocka_unit_test(holds_the_limits),
        cmocka_unit_test(outline_passes_over_bodies),
        cmocka_unit_test(survives_truncation),
    };
    return cmocka_run_group_tests_name("wasm/decode", tests, NULL, NULL);
}
