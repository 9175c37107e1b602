// Source maps: what is found in a good one, and that a bad one is refused or read within its bytes.
#include "base/source_map.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char strings[] = "\0/src\0main.c\0inner\0outer";
enum { FOLDER = 1, FILE_NAME = 6, INNER = 13, OUTER = 19 };

static struct {
    struct source_map_header header;
    struct source_map_place places[4];
    struct source_map_scope scopes[2];
    struct source_map_function functions[2];
    struct source_map_file files[1];
    struct source_map_unit units[1];
    char strings[sizeof strings];
} image;

static struct bytes make_image(void) {
    image.header = (struct source_map_header){SOURCE_MAP_MAGIC, 4, 2, 2, 1, 1, sizeof strings};
    image.places[0] = (struct source_map_place){10, 0, 5, 1, 0};
    image.places[1] = (struct source_map_place){20, 0, 2, 7, 1};
    image.places[2] = (struct source_map_place){24, 0, 6, 1, 0};
    image.places[3] = (struct source_map_place){30, SOURCE_MAP_NONE, 0, 0, SOURCE_MAP_NONE};
    image.scopes[0] = (struct source_map_scope){SOURCE_MAP_NONE, 1, 0, 0, 0};
    image.scopes[1] = (struct source_map_scope){0, 0, 0, 5, 9};
    image.functions[0] = (struct source_map_function){INNER, 0, 0, 1, 0};
    image.functions[1] = (struct source_map_function){OUTER, 0, 0, 4, 0};
    image.files[0] = (struct source_map_file){FOLDER, FILE_NAME};
    image.units[0] = (struct source_map_unit){0, 0, 12};
    memcpy(image.strings, strings, sizeof strings);
    return (struct bytes){(const uint8_t *)&image,
                          offsetof(typeof(image), strings) + sizeof strings};
}

static struct source_map open_image(void) {
    struct source_map map;
    struct error error = {0};
    assert_true(source_map_open(&map, make_image(), &error));
    return map;
}

static void finds_places(void **state) {
    (void)state;
    struct source_map map = open_image();
    assert_null(source_map_find(&map, 9));
    assert_int_equal(source_map_find(&map, 10)->line, 5);
    assert_int_equal(source_map_find(&map, 19)->line, 5);
    assert_int_equal(source_map_find(&map, 20)->line, 2);
    assert_int_equal(source_map_find(&map, 29)->line, 6);
    assert_null(source_map_find(&map, 30));
    assert_null(source_map_find(&map, UINT32_MAX));
    assert_int_equal(source_map_search(&map, 0), 0);
    assert_int_equal(source_map_search(&map, 25), 2);
}

static void follows_scopes(void **state) {
    (void)state;
    struct source_map map = open_image();
    const struct source_map_place *place = source_map_find(&map, 22);
    const struct source_map_scope *inner = source_map_scope(&map, place->scope);
    assert_string_equal(source_map_string(&map, source_map_function(&map, inner->function)->name),
                        "inner");
    assert_int_equal(inner->call_line, 5);
    uint32_t outer = source_map_parent(&map, place->scope);
    assert_int_equal(outer, 0);
    assert_int_equal(source_map_parent(&map, outer), SOURCE_MAP_NONE);
    assert_string_equal(source_map_string(&map, source_map_file(&map, 0)->name), "main.c");
}

static void circles_end(void **state) {
    (void)state;
    struct source_map map = open_image();
    image.scopes[0].parent = 1; // of which 0 is the parent
    assert_int_equal(source_map_parent(&map, 0), SOURCE_MAP_NONE);
    image.scopes[1].parent = 1;
    assert_int_equal(source_map_parent(&map, 1), SOURCE_MAP_NONE);
    image.scopes[1].parent = 77;
    assert_int_equal(source_map_parent(&map, 1), SOURCE_MAP_NONE);
}

static void numbers_outside_are_nothing(void **state) {
    (void)state;
    struct source_map map = open_image();
    assert_null(source_map_scope(&map, 2));
    assert_null(source_map_function(&map, SOURCE_MAP_NONE));
    assert_null(source_map_file(&map, 1));
    assert_null(source_map_unit(&map, 1));
    assert_string_equal(source_map_string(&map, sizeof strings), "");
    assert_string_equal(source_map_string(&map, UINT32_MAX), "");
}

static void refuse(struct bytes bytes) {
    struct source_map map;
    struct error error = {0};
    assert_false(source_map_open(&map, bytes, &error));
    assert_int_equal(error.code, ERROR_MALFORMED);
}

static void refuses_what_does_not_fit(void **state) {
    (void)state;
    struct bytes whole = make_image();
    for (size_t length = 0; length < whole.length; length++) {
        refuse((struct bytes){whole.data, length});
    }
    refuse((struct bytes){whole.data + 1, whole.length - 1});
    uint32_t *counts = &image.header.place_count;
    for (int i = 0; i < 6; i++) {
        counts[i] += 0x40000000u; // times the size of a record it wraps around in 32 bits
        refuse(whole);
        counts[i] = UINT32_MAX;
        refuse(whole);
        make_image();
    }
    image.strings[sizeof strings - 1] = 'x';
    refuse(whole);
    make_image();
    image.header.magic++;
    refuse(whole);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_places),
        cmocka_unit_test(follows_scopes),
        cmocka_unit_test(circles_end),
        cmocka_unit_test(numbers_outside_are_nothing),
        cmocka_unit_test(refuses_what_does_not_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
