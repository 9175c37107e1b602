// The section dylink.0: what it says, what is refused, and what other sections are.
#include "wasm/decode.h"
#include "wasm/dylink.h"

#include <stdlib.h>
#include <string.h>

#include "module_builder.h"

static void add_section(struct buffer *binary, const char *name, const uint8_t *contents,
                        size_t length) {
    struct buffer section = {0};
    builder_u32(&section, (uint32_t)strlen(name));
    builder_bytes(&section, (const uint8_t *)name, strlen(name));
    builder_bytes(&section, contents, length);
    builder_section(binary, 0, section.data, section.length);
    buffer_destroy(&section);
}

static bool decode(struct buffer *binary, const uint8_t *contents, size_t length,
                   struct wasm_module *module, struct error *error) {
    builder_header(binary);
    add_section(binary, "dylink.0", contents, length);
    assert_true(wasm_decode(buffer_bytes(binary), WASM_FEATURES_SUPPORTED, module, error));
    return wasm_decode_dylink(module, error);
}

static struct bytes text(const char *name) {
    return (struct bytes){(const uint8_t *)name, strlen(name)};
}

static void reads_all_parts(void **state) {
    (void)state;
    struct buffer binary = {0};
    struct wasm_module module;
    struct error error;
    assert_true(decode(&binary,
                       BYTES(1, 5, 0x80, 0x01, 4, 3, 1,                   // memory
                             2, 9, 2, 4, 'a', '.', 's', 'o', 2, 'l', 'b', // needed
                             3, 5, 1, 1, 't', 0x80, 0x02,                 // exports
                             4, 15, 2, 3, 'e', 'n', 'v', 1, 'z', 0x11, 3, 'e', 'n', 'v', 1, 'a', 0,
                             9, 1, 0xff), // of an unknown kind
                       &module, &error));
    const struct wasm_dylink *dylink = &module.dylink;
    assert_true(dylink->present);
    assert_int_equal(dylink->memory_bytes, 128);
    assert_int_equal(dylink->memory_alignment, 4);
    assert_int_equal(dylink->table_elements, 3);
    assert_int_equal(dylink->table_alignment, 1);
    assert_int_equal(dylink->needed_count, 2);
    assert_memory_equal(dylink->needed[0].data, "a.so", 4);
    assert_int_equal(wasm_dylink_export_flags(dylink, text("t")), WASM_DYLINK_TLS);
    assert_int_equal(wasm_dylink_export_flags(dylink, text("u")), 0);
    assert_int_equal(wasm_dylink_import_flags(dylink, text("env"), text("z")), 0x11);
    assert_int_equal(wasm_dylink_import_flags(dylink, text("other"), text("z")), 0);
    assert_true(wasm_dylink_is_weak(dylink, text("env"), text("z")));
    assert_true(wasm_dylink_is_weak(dylink, text("GOT.mem"), text("z")));
    assert_true(wasm_dylink_is_weak(dylink, text("GOT.func"), text("z")));
    assert_false(wasm_dylink_is_weak(dylink, text("GOT.func"), text("a")));
    assert_false(wasm_dylink_is_weak(dylink, text("other"), text("z")));
    wasm_module_destroy(&module);
    buffer_destroy(&binary);
}

struct refusal {
    const uint8_t *contents;
    size_t length;
    const char *message; // after "offset 0x…: "
};
#define REFUSAL(message, ...)                                                                      \
    { BYTES(__VA_ARGS__), message }

static void refuses_by_name(void **state) {
    (void)state;
    const struct refusal refusals[] = {
        REFUSAL("unexpected end", 1),
        REFUSAL("unexpected end", 1, 5, 0),
        REFUSAL("unexpected end", 1, 3, 0, 0, 0),
        REFUSAL("dylink.0: bytes left in a part", 1, 5, 0, 0, 0, 0, 0),
        REFUSAL("dylink.0: a part comes twice", 1, 4, 0, 0, 0, 0, 1, 4, 0, 0, 0, 0),
        REFUSAL("dylink.0: alignment too large", 1, 4, 0, 17, 0, 0),
        REFUSAL("dylink.0: alignment too large", 1, 4, 0, 0, 0, 17),
        REFUSAL("dylink.0: too many table elements", 1, 8, 0, 0, 0xff, 0xff, 0xff, 0xff, 0x0f, 0),
        REFUSAL("integer too large", 1, 8, 0xff, 0xff, 0xff, 0xff, 0x1f, 0, 0, 0),
        REFUSAL("dylink.0: bad name of a needed module", 2, 2, 1, 0),
        REFUSAL("dylink.0: bad name of a needed module", 2, 3, 1, 1, 0),
        REFUSAL("malformed UTF-8 encoding", 2, 3, 1, 1, 0xff),
        REFUSAL("unexpected end", 2, 3, 2, 1, 'a'),
        REFUSAL("unexpected end", 3, 2, 1, 0),
        REFUSAL("unexpected end", 4, 4, 1, 1, 'a', 0),
    };
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        struct buffer binary = {0};
        struct wasm_module module;
        struct error error = {0};
        assert_false(decode(&binary, refusals[i].contents, refusals[i].length, &module, &error));
        assert_int_equal(error.code, ERROR_MALFORMED);
        const char *reason = strstr(error.message, ": ");
        assert_non_null(reason);
        assert_memory_equal(reason + 2, refusals[i].message, strlen(refusals[i].message));
        wasm_module_destroy(&module);
        buffer_destroy(&binary);
    }
}

static void needs_one_section(void **state) {
    (void)state;
    struct buffer binary = {0};
    struct wasm_module module;
    struct error error;
    builder_header(&binary);
    add_section(&binary, "dylink", BYTES(1));
    assert_true(wasm_decode(buffer_bytes(&binary), WASM_FEATURES_SUPPORTED, &module, &error));
    assert_true(wasm_decode_dylink(&module, &error));
    assert_false(module.dylink.present);
    wasm_module_destroy(&module);
    add_section(&binary, "dylink.0", BYTES(1, 4, 0, 0, 0, 0));
    add_section(&binary, "dylink.0", BYTES(1, 4, 0, 0, 0, 0));
    assert_true(wasm_decode(buffer_bytes(&binary), WASM_FEATURES_SUPPORTED, &module, &error));
    assert_false(wasm_decode_dylink(&module, &error));
    assert_non_null(strstr(error.message, "the section comes twice"));
    wasm_module_destroy(&module);
    buffer_destroy(&binary);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_all_parts),
        cmocka_unit_test(refuses_by_name),
        cmocka_unit_test(needs_one_section),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
