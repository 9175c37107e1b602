// Builds binaries for the tests of the wasm room, section by section.
#ifndef FAASM_TESTS_MODULE_BUILDER_H
#define FAASM_TESTS_MODULE_BUILDER_H

#include "base/buffer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

// The bytes of a literal and how many they are, as two arguments.
#define BYTES(...) (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__})

static inline void builder_bytes(struct buffer *binary, const uint8_t *data, size_t length) {
    struct error error;
    assert_true(buffer_append(binary, data, length, &error));
}

static inline void builder_u32(struct buffer *binary, uint32_t value) {
    do {
        uint8_t byte = value & 0x7f;
        value >>= 7;
        byte |= value != 0 ? 0x80 : 0;
        builder_bytes(binary, &byte, 1);
    } while (value != 0);
}

static inline void builder_header(struct buffer *binary) {
    builder_bytes(binary, BYTES(0x00, 'a', 's', 'm', 0x01, 0x00, 0x00, 0x00));
}

static inline void builder_section(struct buffer *binary, uint8_t id, const uint8_t *contents,
                                   size_t length) {
    builder_bytes(binary, &id, 1);
    builder_u32(binary, (uint32_t)length);
    builder_bytes(binary, contents, length);
}

// A code section with one body that has no locals of its own; returns the offset of its code.
static inline uint32_t builder_body(struct buffer *binary, const uint8_t *code, size_t length) {
    struct buffer body = {0};
    builder_u32(&body, (uint32_t)length + 1);
    builder_bytes(&body, BYTES(0x00));
    builder_bytes(&body, code, length);
    builder_bytes(binary, BYTES(10));
    builder_u32(binary, (uint32_t)body.length + 1);
    builder_bytes(binary, BYTES(1));
    builder_bytes(binary, body.data, body.length);
    buffer_destroy(&body);
    return (uint32_t)(binary->length - length);
}

// A module with something of each kind: types 0 [] -> [], 1 [i32] -> [i32], 2 [i64 f32] -> [f32
// i64], 3 [] -> [externref]; functions 0 (imported, type 1), 1 (type `type`) whose body is to
// follow; tables 0 (funcref) and 1 (externref); a memory; globals 0 (i32, imported) and 1 (i64,
// mutable); tag 0 (type 0); passive element segments 0 (funcref) and 1 (externref); a data count
// of 1.
static inline void builder_environment(struct buffer *binary, uint8_t type) {
    builder_header(binary);
    builder_section(binary, 1,
                    BYTES(4, 0x60, 0, 0, 0x60, 1, 0x7f, 1, 0x7f, 0x60, 2, 0x7e, 0x7d, 2, 0x7d, 0x7e,
                          0x60, 0, 1, 0x6f));
    builder_section(binary, 2, BYTES(2, 1, 'm', 1, 'f', 0, 1, 1, 'm', 1, 'g', 3, 0x7f, 0));
    builder_section(binary, 3, BYTES(1, type));
    builder_section(binary, 4, BYTES(2, 0x70, 0, 4, 0x6f, 0, 4));
    builder_section(binary, 5, BYTES(1, 0, 1));
    builder_section(binary, 13, BYTES(1, 0, 0));
    builder_section(binary, 6, BYTES(1, 0x7e, 1, 0x42, 0, 0x0b));
    builder_section(binary, 7, BYTES(1, 1, 'f', 0, 0));
    builder_section(binary, 9, BYTES(2, 5, 0x70, 1, 0xd2, 0, 0x0b, 5, 0x6f, 1, 0xd0, 0x6f, 0x0b));
    builder_section(binary, 12, BYTES(1));
}

static inline void builder_environment_end(struct buffer *binary) {
    builder_section(binary, 11, BYTES(1, 1, 2, 'h', 'i'));
}

#endif
