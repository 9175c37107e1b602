// The walk over sections, which looks at headers only.
#include "wasm/section.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const uint8_t module[] = {
    0,  'a', 's',  'm',  1,   0,   0,    0, // header
    1,  2,   0x11, 0x22,                    // types
    0,  5,   3,    'a',  'b', 'c', 0x33,    // custom
    10, 1,   0x44,                          // code
    0,  1,   0,                             // custom without name and contents
};

static void walks_over_all(void **state) {
    (void)state;
    struct bytes binary = {module, sizeof module};
    struct wasm_section section;
    size_t at = 0;
    assert_true(wasm_next_section(binary, &at, &section));
    assert_int_equal(section.id, 1);
    assert_int_equal(section.contents.length, 2);
    assert_true(wasm_next_section(binary, &at, &section));
    assert_int_equal(section.id, WASM_SECTION_CUSTOM);
    assert_int_equal(section.name.length, 3);
    assert_memory_equal(section.name.data, "abc", 3);
    assert_int_equal(section.contents.length, 1);
    assert_int_equal(section.contents.data[0], 0x33);
    assert_true(wasm_next_section(binary, &at, &section));
    assert_int_equal(section.id, WASM_SECTION_CODE);
    assert_true(wasm_next_section(binary, &at, &section));
    assert_int_equal(section.name.length, 0);
    assert_int_equal(section.contents.length, 0);
    assert_false(wasm_next_section(binary, &at, &section));
}

// Whatever is cut off or changed, the walk ends, and what it gives lies inside.
static void walk(struct bytes binary) {
    struct wasm_section section;
    size_t at = 0, last = 0;
    while (wasm_next_section(binary, &at, &section)) {
        assert_true(at > last && at <= binary.length);
        assert_true(section.contents.data + section.contents.length <= binary.data + binary.length);
        last = at;
    }
}

static void stays_inside(void **state) {
    (void)state;
    uint8_t copy[sizeof module];
    for (size_t length = 0; length < sizeof module; length++) {
        walk((struct bytes){module, length});
    }
    for (size_t i = 0; i < sizeof module; i++) {
        for (unsigned value = 0; value < 256; value++) {
            memcpy(copy, module, sizeof module);
            copy[i] = (uint8_t)value;
            walk((struct bytes){copy, sizeof copy});
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(walks_over_all),
        cmocka_unit_test(stays_inside),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
