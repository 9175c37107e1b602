// Deterministic mutations of valid modules: whatever comes, an error of the right kind or a module.
#include "wasm/decode.h"
#include "wasm/instruction.h"
#include "wasm/validate.h"

#include <stdlib.h>
#include <string.h>

#include "module_builder.h"

enum { MUTATIONS = 20000 };

// xorshift64*: the same sequence on every machine.
static uint32_t next_random(uint64_t *state) {
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return (uint32_t)(*state * 0x2545f4914f6cdd1dull >> 32);
}

// A module with every kind of section and immediate, of the environment's type 1.
static void build_full(struct buffer *binary) {
    builder_environment(binary, 1);
    builder_body(
        binary, BYTES(0x06, 0x40, 0x06, 0x40, 0x08, 0, 0x18, 0, 0x07, 0, 0x09, 0, 0x19, 0x0b, // try
                      0x20, 0, 0x04, 0x7f, 0x41, 1, 0x05, 0x41, 0x7f, 0x0b,            // if else
                      0x03, 1, 0x20, 0, 0x0d, 0, 0x0b,                                 // loop
                      0x02, 1, 0x41, 2, 0x0e, 2, 0, 1, 0, 0x0b,                        // br_table
                      0x41, 0, 0x11, 1, 0, 0x10, 0, 0x1a,                              // calls
                      0x42, 0x80, 0x7f, 0x24, 1, 0x23, 1, 0x1a,                        // globals
                      0x41, 0, 0x43, 0, 0, 0xc0, 0x7f, 0x38, 2, 4,                     // a store
                      0x41, 0, 0x2b, 3, 0x80, 2, 0x9f, 0x1a, 0x3f, 0, 0x40, 0, 0x1a,   // memory
                      0x44, 1, 2, 3, 4, 5, 6, 0xf0, 0x3f, 0xfc, 7, 0x1a,               // floats
                      0x41, 0, 0x41, 0, 0x41, 0, 0xfc, 8, 0, 0, 0xfc, 9, 0,            // bulk
                      0x41, 0, 0x41, 0, 0x41, 0, 0xfc, 10, 0, 0,                       //
                      0x41, 0, 0x41, 0, 0x41, 0, 0xfc, 11, 0,                          //
                      0x41, 0, 0x41, 0, 0x41, 0, 0xfc, 12, 1, 1, 0xfc, 13, 0,          // tables
                      0x41, 0, 0x25, 1, 0x41, 3, 0xfc, 15, 1, 0x1a, 0xfc, 16, 0, 0x1a, //
                      0xd0, 0x6f, 0xd0, 0x6f, 0x41, 1, 0x1c, 1, 0x6f, 0xd1, 0x1a,      // select
                      0xd2, 0, 0x1a, 0x41, 1, 0x41, 2, 0x41, 3, 0x1b, 0x0f, 0x00, 0x0b));
    builder_environment_end(binary);
    builder_section(binary, 0, BYTES(4, 'n', 'a', 'm', 'e', 1, 6, 1, 1, 3, 'r', 'u', 'n'));
}

// Active segments, a start function, limits with maxima, extended constants.
static void build_segments(struct buffer *binary) {
    builder_header(binary);
    builder_section(binary, 1, BYTES(2, 0x60, 0, 0, 0x60, 3, 0x7f, 0x7e, 0x70, 2, 0x7d, 0x7c));
    builder_section(binary, 2,
                    BYTES(4, 1, 'e', 1, 'f', 0, 0, 1, 'e', 1, 't', 1, 0x70, 1, 1, 9, //
                          1, 'e', 1, 'm', 2, 1, 1, 9, 1, 'e', 1, 'g', 3, 0x7f, 0));
    builder_section(binary, 3, BYTES(2, 0, 1));
    builder_section(binary, 4, BYTES(1, 0x70, 1, 3, 4));
    builder_section(binary, 6,
                    BYTES(3, 0x7f, 0, 0x23, 0, 0x41, 3, 0x6a, 0x0b, //
                          0x70, 1, 0xd2, 1, 0x0b, 0x7d, 0, 0x43, 0, 0, 0, 0, 0x0b));
    builder_section(binary, 7, BYTES(3, 1, 'a', 0, 1, 2, 0xc3, 0xa9, 1, 1, 1, 'c', 3, 2));
    builder_section(binary, 8, BYTES(1));
    builder_section(binary, 9,
                    BYTES(5, 0, 0x23, 0, 0x0b, 2, 0, 1, 2, 1, 0x41, 0, 0x0b, 0, 1, 1, //
                          3, 0, 1, 2, 4, 0x41, 0, 0x0b, 1, 0xd2, 2, 0x0b,             //
                          6, 1, 0x41, 0, 0x0b, 0x70, 1, 0xd0, 0x70, 0x0b));
    builder_section(binary, 12, BYTES(2));
    builder_section(binary, 10,
                    BYTES(2, 8, 1, 2, 0x7f, 0x20, 0, 0x21, 1, 0x0b, 16, 0, 0x43, 0, 0, 0, 0, //
                          0x44, 0, 0, 0, 0, 0, 0, 0, 0, 0x0b));
    builder_section(binary, 11, BYTES(2, 0, 0x41, 8, 0x0b, 3, 'a', 'b', 'c', 1, 0));
}

static enum error_code decode_and_validate(struct bytes binary, struct error *error) {
    struct wasm_module module;
    *error = (struct error){0};
    if (!wasm_decode(binary, WASM_FEATURES_SUPPORTED, &module, error)) {
        return error->code;
    }
    bool valid = wasm_validate(&module, error);
    wasm_module_destroy(&module);
    return valid ? ERROR_NONE : error->code;
}

static void mutate(uint8_t *data, size_t length, uint64_t *random) {
    uint32_t changes = 1 + next_random(random) % 3;
    for (uint32_t i = 0; i < changes; i++) {
        size_t place = 8 + next_random(random) % (length - 8);
        switch (next_random(random) % 4) {
        case 0:
            data[place] ^= (uint8_t)(1u << next_random(random) % 8);
            break;
        case 1:
            data[place] = (uint8_t)next_random(random);
            break;
        case 2:
            data[place] = data[8 + next_random(random) % (length - 8)];
            break;
        default: // an opcode, most often one that is there
            data[place] = (uint8_t)wasm_opcodes[next_random(random) % WASM_OP_COUNT].code;
            break;
        }
    }
}

static void check_outcome(enum error_code code, const struct error *error, size_t length) {
    if (code == ERROR_NONE) {
        return;
    }
    assert_true(code == ERROR_MALFORMED || code == ERROR_INVALID || code == ERROR_UNSUPPORTED);
    assert_int_equal(strncmp(error->message, "offset 0x", 9), 0);
    char *rest;
    unsigned long offset = strtoul(error->message + 7, &rest, 16);
    assert_true(offset <= length);
    assert_int_equal(strncmp(rest, ": ", 2), 0);
    assert_true(strlen(rest) > 4);
}

// Each mutant lives in an allocation of its own size, so that a sanitizer sees any read past it.
static void mutate_many(void (*build)(struct buffer *binary), uint64_t seed) {
    struct buffer binary = {0};
    struct error error;
    build(&binary);
    decode_and_validate(buffer_bytes(&binary), &error);
    assert_string_equal(error.message, "");
    uint64_t random = seed;
    size_t outcomes[ERROR_CODE_COUNT] = {0};
    for (int i = 0; i < MUTATIONS / 2; i++) {
        size_t length = next_random(&random) % 16 == 0
                            ? 9 + next_random(&random) % (binary.length - 9)
                            : binary.length;
        uint8_t *data = malloc(length);
        assert_non_null(data);
        memcpy(data, binary.data, length);
        mutate(data, length, &random);
        enum error_code code = decode_and_validate((struct bytes){data, length}, &error);
        check_outcome(code, &error, length);
        outcomes[code]++;
        free(data);
    }
    assert_true(outcomes[ERROR_NONE] > 0);
    assert_true(outcomes[ERROR_MALFORMED] > MUTATIONS / 20);
    assert_true(outcomes[ERROR_INVALID] > MUTATIONS / 50);
    assert_true(outcomes[ERROR_UNSUPPORTED] > 0);
    buffer_destroy(&binary);
}

static void survives_mutations_of_code(void **state) {
    (void)state;
    mutate_many(build_full, 0x9e3779b97f4a7c15ull);
}

static void survives_mutations_of_segments(void **state) {
    (void)state;
    mutate_many(build_segments, 0xd1b54a32d192ed03ull);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(survives_mutations_of_code),
        cmocka_unit_test(survives_mutations_of_segments),
    };
    return cmocka_run_group_tests_name("wasm/mutation", tests, NULL, NULL);
}
