#include "wasm/reader.h"

#include <string.h>

#include "module_builder.h"

#define ENCODING(...)                                                                              \
    { (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}) }

struct encoding {
    struct bytes bytes;
    int64_t value;
    const char *message; // NULL where it is well-formed
};

static struct wasm_reader reader_of(struct bytes bytes) {
    return (struct wasm_reader){bytes.data, bytes.data, bytes.data + bytes.length};
}

static void check(const struct encoding *encoding, const struct wasm_reader *reader, bool read,
                  int64_t value, const struct error *error) {
    assert_int_equal(read, encoding->message == NULL);
    if (encoding->message == NULL) {
        assert_int_equal(value, encoding->value);
        assert_ptr_equal(reader->position, reader->end);
    } else {
        assert_int_equal(error->code, ERROR_MALFORMED);
        assert_string_equal(error->message, encoding->message);
    }
}

static void reads_u32(void **state) {
    (void)state;
    const struct encoding encodings[] = {
        {ENCODING(0x00), 0, NULL},
        {ENCODING(0x7f), 127, NULL},
        {ENCODING(0x80, 0x01), 128, NULL},
        {ENCODING(0x80, 0x80, 0x80, 0x80, 0x00), 0, NULL},
        {ENCODING(0xff, 0xff, 0xff, 0xff, 0x0f), UINT32_MAX, NULL},
        {ENCODING(0xff, 0xff, 0xff, 0xff, 0x1f), 0, "offset 0x4: integer too large"},
        {ENCODING(0xff, 0xff, 0xff, 0xff, 0x4f), 0, "offset 0x4: integer too large"},
        {ENCODING(0x80, 0x80, 0x80, 0x80, 0x80, 0x00), 0,
         "offset 0x5: integer representation too long"},
        {ENCODING(0x80), 0, "offset 0x1: unexpected end of section or function"},
    };
    for (size_t i = 0; i < sizeof encodings / sizeof encodings[0]; i++) {
        struct wasm_reader reader = reader_of(encodings[i].bytes);
        uint32_t value = 0;
        struct error error;
        bool read = wasm_read_u32(&reader, &value, &error);
        check(&encodings[i], &reader, read, value, &error);
    }
}

static void reads_s32(void **state) {
    (void)state;
    const struct encoding encodings[] = {
        {ENCODING(0x3f), 63, NULL},
        {ENCODING(0x40), -64, NULL},
        {ENCODING(0x7f), -1, NULL},
        {ENCODING(0xff, 0x7f), -1, NULL},
        {ENCODING(0xff, 0xff, 0xff, 0xff, 0x07), INT32_MAX, NULL},
        {ENCODING(0x80, 0x80, 0x80, 0x80, 0x78), INT32_MIN, NULL},
        {ENCODING(0xff, 0xff, 0xff, 0xff, 0x7f), -1, NULL},
        {ENCODING(0xff, 0xff, 0xff, 0xff, 0x0f), 0, "offset 0x4: integer too large"},
        {ENCODING(0x80, 0x80, 0x80, 0x80, 0x70), 0, "offset 0x4: integer too large"},
        {ENCODING(0xff, 0xff, 0xff, 0xff, 0xff, 0x7f), 0,
         "offset 0x5: integer representation too long"},
    };
    for (size_t i = 0; i < sizeof encodings / sizeof encodings[0]; i++) {
        struct wasm_reader reader = reader_of(encodings[i].bytes);
        int32_t value = 0;
        struct error error;
        bool read = wasm_read_s32(&reader, &value, &error);
        check(&encodings[i], &reader, read, value, &error);
    }
}

static void reads_s33(void **state) {
    (void)state;
    const struct encoding encodings[] = {
        {ENCODING(0xff, 0xff, 0xff, 0xff, 0x0f), UINT32_MAX, NULL},
        {ENCODING(0x80, 0x80, 0x80, 0x80, 0x70), -(int64_t)UINT32_MAX - 1, NULL},
        {ENCODING(0x80, 0x80, 0x80, 0x80, 0x10), 0, "offset 0x4: integer too large"},
    };
    for (size_t i = 0; i < sizeof encodings / sizeof encodings[0]; i++) {
        struct wasm_reader reader = reader_of(encodings[i].bytes);
        int64_t value = 0;
        struct error error;
        bool read = wasm_read_s33(&reader, &value, &error);
        check(&encodings[i], &reader, read, value, &error);
    }
}

static void reads_64_bits(void **state) {
    (void)state;
    const struct encoding encodings[] = {
        {ENCODING(0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x7f), INT64_MIN, NULL},
        {ENCODING(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x00), INT64_MAX, NULL},
        {ENCODING(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01), 0,
         "offset 0x9: integer too large"},
        {ENCODING(0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00), 0,
         "offset 0xa: integer representation too long"},
    };
    for (size_t i = 0; i < sizeof encodings / sizeof encodings[0]; i++) {
        struct wasm_reader reader = reader_of(encodings[i].bytes);
        int64_t value = 0;
        struct error error;
        bool read = wasm_read_s64(&reader, &value, &error);
        check(&encodings[i], &reader, read, value, &error);
    }
    static const uint8_t largest[] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01};
    struct wasm_reader reader = reader_of((struct bytes){largest, sizeof largest});
    uint64_t value;
    assert_true(wasm_read_u64(&reader, &value, NULL));
    assert_true(value == UINT64_MAX);
}

static void reads_floats_as_bits(void **state) {
    (void)state;
    static const uint8_t data[] = {0x01, 0x00, 0xa0, 0x7f, 1, 2, 3, 4, 5, 6, 7, 8, 9};
    struct wasm_reader reader = reader_of((struct bytes){data, sizeof data});
    uint32_t narrow;
    uint64_t wide;
    struct error error;
    assert_true(wasm_read_f32(&reader, &narrow, &error));
    assert_int_equal(narrow, 0x7fa00001); // a signalling NaN stays what it is
    assert_true(wasm_read_f64(&reader, &wide, &error));
    assert_true(wide == 0x0807060504030201);
    assert_false(wasm_read_f32(&reader, &narrow, &error));
    assert_string_equal(error.message, "offset 0xd: unexpected end of section or function");
}

static void reads_names(void **state) {
    (void)state;
    const struct {
        struct bytes bytes;
        bool valid;
    } names[] = {
        {ENCODING(0), true},
        {ENCODING(1, 0x00), true},
        {ENCODING(2, 0xc2, 0x80), true},
        {ENCODING(3, 0xe0, 0xa0, 0x80), true},
        {ENCODING(3, 0xed, 0x9f, 0xbf), true},
        {ENCODING(4, 0xf0, 0x90, 0x80, 0x80), true},
        {ENCODING(4, 0xf4, 0x8f, 0xbf, 0xbf), true},
        {ENCODING(1, 0x80), false},                   // a continuation without a lead
        {ENCODING(2, 0xc1, 0xbf), false},             // overlong
        {ENCODING(3, 0xe0, 0x9f, 0xbf), false},       // overlong
        {ENCODING(4, 0xf0, 0x8f, 0xbf, 0xbf), false}, // overlong
        {ENCODING(3, 0xed, 0xa0, 0x80), false},       // a surrogate
        {ENCODING(4, 0xf4, 0x90, 0x80, 0x80), false}, // past U+10FFFF
        {ENCODING(4, 0xf5, 0x80, 0x80, 0x80), false},
        {ENCODING(2, 0xe2, 0x82), false}, // cut
        {ENCODING(2, 0xc3, 0x28), false},
        {ENCODING(1, 0xff), false},
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct wasm_reader reader = reader_of(names[i].bytes);
        struct bytes name;
        struct error error;
        assert_int_equal(wasm_read_name(&reader, &name, &error), names[i].valid);
        if (names[i].valid) {
            assert_int_equal(name.length, names[i].bytes.length - 1);
        } else {
            assert_string_equal(error.message, "offset 0x0: malformed UTF-8 encoding");
        }
    }
}

static void refuses_lengths_past_the_end(void **state) {
    (void)state;
    static const uint8_t data[] = {0xff, 0xff, 0xff, 0xff, 0x0f, 1, 2};
    struct wasm_reader reader = reader_of((struct bytes){data, sizeof data});
    struct bytes bytes;
    struct error error;
    assert_false(wasm_read_bytes(&reader, &bytes, &error));
    assert_int_equal(error.code, ERROR_MALFORMED);
    assert_string_equal(error.message, "offset 0x0: unexpected end of section or function: length "
                                       "out of bounds, 4294967295 wanted and 2 left");
}

static void names_types_of_features(void **state) {
    (void)state;
    static const uint8_t data[] = {OBJECT_V128, 0x6e};
    struct wasm_reader reader = reader_of((struct bytes){data, sizeof data});
    uint8_t type;
    struct error error;
    assert_false(wasm_read_value_type(&reader, 1u << WASM_FEATURE_CORE, &type, &error));
    assert_int_equal(error.code, ERROR_UNSUPPORTED);
    assert_string_equal(error.message, "offset 0x0: simd: value type v128");
    assert_true(wasm_read_value_type(&reader, 1u << WASM_FEATURE_SIMD, &type, &error));
    assert_int_equal(type, OBJECT_V128);
    assert_false(wasm_read_value_type(&reader, UINT32_MAX, &type, &error));
    assert_int_equal(error.code, ERROR_UNSUPPORTED);
    assert_string_equal(error.message, "offset 0x1: gc: malformed value type 0x6e");
}

static void prints_names_on_one_line(void **state) {
    (void)state;
    char text[WASM_PRINTABLE_SIZE];
    static const uint8_t control[] = {'a', '\n', 0x1b, 'b', 0};
    assert_string_equal(wasm_printable((struct bytes){control, sizeof control}, text), "a??b?");
    uint8_t lengthy[200];
    for (size_t i = 0; i < sizeof lengthy; i += 2) {
        memcpy(lengthy + i, "\xc3\xa9", 2);
    }
    wasm_printable((struct bytes){lengthy + 1, sizeof lengthy - 1}, text);
    assert_true(strlen(text) < WASM_PRINTABLE_SIZE);
    assert_string_equal(text + strlen(text) - 4, "\xa9...");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_u32),
        cmocka_unit_test(reads_s32),
        cmocka_unit_test(reads_s33),
        cmocka_unit_test(reads_64_bits),
        cmocka_unit_test(reads_floats_as_bits),
        cmocka_unit_test(reads_names),
        cmocka_unit_test(refuses_lengths_past_the_end),
        cmocka_unit_test(names_types_of_features),
        cmocka_unit_test(prints_names_on_one_line),
    };
    return cmocka_run_group_tests_name("wasm/reader", tests, NULL, NULL);
}
