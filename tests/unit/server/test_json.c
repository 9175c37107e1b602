// JSON of what guests say: any bytes become a valid string.
#include "server/respond.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define REPLACED "\xEF\xBF\xBD"

static void expect(const char *bytes, size_t length, const char *text) {
    json_t *json = json_of_bytes((struct bytes){(const uint8_t *)bytes, length});
    assert_non_null(json);
    assert_string_equal(json_string_value(json), text);
    json_decref(json);
}

static void test_valid_text_stays(void **state) {
    (void)state;
    expect("", 0, "");
    expect("plain \"text\"\n", 13, "plain \"text\"\n");
    expect("\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80", 9, "\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80");
}

static void test_invalid_bytes_are_replaced(void **state) {
    (void)state;
    expect("a\xFFz", 3, "a" REPLACED "z");
    expect("\xC3", 1, REPLACED);                                             // cut
    expect("\xE2\x82z", 3, REPLACED REPLACED "z");                           // cut
    expect("\xC0\xAF", 2, REPLACED REPLACED);                                // overlong
    expect("\xE0\x80\xAF", 3, REPLACED REPLACED REPLACED);                   // overlong
    expect("\xED\xA0\x80", 3, REPLACED REPLACED REPLACED);                   // a surrogate
    expect("\xF4\x90\x80\x80z", 5, REPLACED REPLACED REPLACED REPLACED "z"); // past U+10FFFF
}

// What is dumped can be read again, whatever the bytes were.
static void test_random_bytes(void **state) {
    (void)state;
    srandom(1);
    for (int round = 0; round < 2000; round++) {
        uint8_t bytes[40];
        size_t length = (size_t)random() % sizeof bytes;
        for (size_t i = 0; i < length; i++) {
            bytes[i] = (uint8_t)random();
        }
        json_t *json = json_of_bytes((struct bytes){bytes, length});
        assert_non_null(json);
        char *text = json_dumps(json, JSON_ENCODE_ANY);
        json_t *again = json_loads(text, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
        assert_true(json_equal(json, again));
        json_decref(json);
        json_decref(again);
        free(text);
    }
}

static void test_times(void **state) {
    (void)state;
    json_t *json = json_of_time(1735689600123456789u);
    assert_string_equal(json_string_value(json), "2025-01-01T00:00:00.123456Z");
    json_decref(json);
    json = json_of_time(0);
    assert_true(json_is_null(json));
    json_decref(json);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_valid_text_stays),
        cmocka_unit_test(test_invalid_bytes_are_replaced),
        cmocka_unit_test(test_random_bytes),
        cmocka_unit_test(test_times),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
