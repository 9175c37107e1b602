// A cursor over the bytes of a binary: LEB128 integers, names, vectors. No allocation.
#ifndef FAASM_WASM_READER_H
#define FAASM_WASM_READER_H

#include "base/buffer.h"
#include "base/error.h"
#include "wasm/module.h"

#include <stdbool.h>
#include <stdint.h>

struct wasm_reader {
    const uint8_t *start; // of the whole binary: offsets in errors count from here
    const uint8_t *position;
    const uint8_t *end; // of what may be read (a section, a body)
};

static inline uint32_t wasm_reader_offset(const struct wasm_reader *reader) {
    return (uint32_t)(reader->position - reader->start);
}

// Each advances past what it read; on failure ERROR_MALFORMED "offset 0x…: reason".
bool wasm_read_byte(struct wasm_reader *reader, uint8_t *value, struct error *error);
bool wasm_read_u32(struct wasm_reader *reader, uint32_t *value, struct error *error);
bool wasm_read_u64(struct wasm_reader *reader, uint64_t *value, struct error *error);
bool wasm_read_s32(struct wasm_reader *reader, int32_t *value, struct error *error);
bool wasm_read_s33(struct wasm_reader *reader, int64_t *value, struct error *error);
bool wasm_read_s64(struct wasm_reader *reader, int64_t *value, struct error *error);
bool wasm_read_f32(struct wasm_reader *reader, uint32_t *bits, struct error *error);
bool wasm_read_f64(struct wasm_reader *reader, uint64_t *bits, struct error *error);
// The length of a vector: refused where more than the bytes left, since each element has at least
// one. So an array of that many elements is bounded by the size of the binary.
bool wasm_read_count(struct wasm_reader *reader, uint32_t *count, struct error *error);
// A length and that many bytes, which are a view into the binary.
bool wasm_read_bytes(struct wasm_reader *reader, struct bytes *bytes, struct error *error);
// As wasm_read_bytes; refuses what is not UTF-8.
bool wasm_read_name(struct wasm_reader *reader, struct bytes *name, struct error *error);

// enum object_value_type. ERROR_UNSUPPORTED for those of features that are not allowed.
bool wasm_read_value_type(struct wasm_reader *reader, uint32_t features, uint8_t *type,
                          struct error *error);
bool wasm_read_reference_type(struct wasm_reader *reader, uint8_t *type, struct error *error);

// Fills `error` with ERROR_MALFORMED "offset 0x…: " and the text, at the reader's position.
bool wasm_reader_fail(const struct wasm_reader *reader, struct error *error, const char *format,
                      ...) __attribute__((format(printf, 3, 4)));

// "offset 0x1f: text" with any code; and ERROR_UNSUPPORTED "offset 0x1f: simd: text". Both return
// false.
bool wasm_fail_at(uint32_t offset, enum error_code code, struct error *error, const char *format,
                  ...) __attribute__((format(printf, 4, 5)));
bool wasm_unsupported_at(uint32_t offset, enum wasm_feature feature, struct error *error,
                         const char *format, ...) __attribute__((format(printf, 4, 5)));

#endif
