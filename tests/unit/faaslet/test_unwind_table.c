// The reader of unwind tables: rows of a function described by hand, and tables that are damaged.
#include "faaslet/unwind_table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

// One object: a header, a description of one function, and its table of landing pads. The "code"
// is never run, so it is only addresses.
enum {
    HEADER = 0,
    COMMON = 32,
    DESCRIPTION = 64,
    LANDING_PADS = 128,
    CODE = 160,
    CODE_BYTES = 96,
    BYTES = CODE + CODE_BYTES,
};

static void put(uint8_t *object, size_t at, const uint8_t *bytes, size_t count) {
    memcpy(object + at, bytes, count);
}

static void put_u32(uint8_t *object, size_t at, uint32_t value) {
    memcpy(object + at, &value, sizeof value);
}

#define PUT(object, at, ...)                                                                       \
    put(object, at, (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}))

// push rbp; push r12; sub 16 -- with a call at 20 that has a landing pad at 64, one at 40 that has
// none, and from 48 on frames by rbp.
static void make_good(uint8_t *object) {
    memset(object, 0, BYTES);
    PUT(object, HEADER, 1, 0x1b, 0x03, 0x3b);
    put_u32(object, HEADER + 4, COMMON - (HEADER + 4));
    put_u32(object, HEADER + 8, 1);
    put_u32(object, HEADER + 12, CODE - HEADER);
    put_u32(object, HEADER + 16, DESCRIPTION - HEADER);

    put_u32(object, COMMON, 28);
    PUT(object, COMMON + 8, 1, 'z', 'P', 'L', 'R', 0, 1, 0x78, 16, 7, 0x9b, 0, 0, 0, 0, 0x1b, 0x1b,
        0x0c, 7, 8, 0x90, 1);

    put_u32(object, DESCRIPTION, 52);
    put_u32(object, DESCRIPTION + 4, DESCRIPTION + 4 - COMMON);
    put_u32(object, DESCRIPTION + 8, CODE - (DESCRIPTION + 8));
    put_u32(object, DESCRIPTION + 12, CODE_BYTES);
    PUT(object, DESCRIPTION + 16, 4);
    put_u32(object, DESCRIPTION + 17, LANDING_PADS - (DESCRIPTION + 17));
    PUT(object, DESCRIPTION + 21, 0x41, 0x0e, 16, 0x86, 2, // after push rbp
        0x42, 0x0e, 24, 0x8c, 3,                           // push r12
        0x44, 0x0e, 40,                                    // sub
        0x69, 0x0a, 0x0d, 6, 0x0e, 48,                     // at 48
        0x02, 40, 0x0b);                                   // at 88 as before

    PUT(object, LANDING_PADS, 0xff, 0x9b, 12, 0x01, 8, 16, 8, 64, 1, 36, 8, 0, 0);
}

static struct unwind_tables tables_of(const uint8_t *object) {
    return (struct unwind_tables){object, object + BYTES, object + HEADER};
}

static bool find(const uint8_t *object, uint32_t offset, struct unwind_row *row) {
    struct unwind_tables tables = tables_of(object);
    return unwind_table_find(&tables, (uintptr_t)object + CODE + offset, row);
}

static void finds_rows(void **state) {
    (void)state;
    uint8_t *object = malloc(BYTES);
    struct unwind_row row;
    assert_non_null(object);
    make_good(object);
    assert_true(find(object, 20, &row));
    assert_int_equal(row.address, (uintptr_t)object + CODE + 20);
    assert_int_equal(row.landing, (uintptr_t)object + CODE + 64);
    assert_int_equal(row.frame_end, 40);
    assert_false(row.from_frame_pointer);
    assert_int_equal(row.saved[UNWIND_RBP], -16);
    assert_int_equal(row.saved[UNWIND_R12], -24);
    assert_int_equal(row.saved[UNWIND_RBX], 0);
    assert_true(find(object, 40, &row));
    assert_int_equal(row.landing, 0);
    assert_true(find(object, 30, &row)); // between the entries
    assert_int_equal(row.landing, 0);
    assert_true(find(object, 60, &row));
    assert_int_equal(row.frame_end, 48);
    assert_true(row.from_frame_pointer);
    assert_true(find(object, 92, &row));
    assert_int_equal(row.frame_end, 40);
    assert_true(find(object, 2, &row)); // after the push
    assert_int_equal(row.frame_end, 16);
    assert_int_equal(row.saved[UNWIND_R12], 0);
    assert_false(find(object, 0, &row)); // the place before the function
    assert_false(find(object, CODE_BYTES + 1, &row));
    struct unwind_tables none = {0};
    assert_false(unwind_table_find(&none, 1, &row));
    free(object);
}

// AddressSanitizer sees reads past the object.
static void survives_damage(void **state) {
    (void)state;
    uint8_t *object = malloc(BYTES);
    struct unwind_row row;
    unsigned refused = 0;
    assert_non_null(object);
    for (size_t at = 0; at < CODE; at++) {
        for (unsigned value = 0; value < 256; value++) {
            make_good(object);
            object[at] = (uint8_t)value;
            refused += !find(object, 20, &row);
            refused += !find(object, 92, &row);
        }
    }
    assert_true(refused > 1000);
    free(object);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_rows),
        cmocka_unit_test(survives_damage),
    };
    return cmocka_run_group_tests_name("unwind_table", tests, NULL, NULL);
}
