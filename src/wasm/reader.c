#include "wasm/reader.h"

#include "wasm/module.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static bool fail_at(uint32_t offset, enum error_code code, struct error *error, const char *prefix,
                    const char *format, va_list arguments) {
    if (error == NULL) {
        return false;
    }
    char reason[512];
    vsnprintf(reason, sizeof reason, format, arguments);
    return error_set(error, code, "offset 0x%x: %s%s%s", offset, prefix,
                     prefix[0] == '\0' ? "" : ": ", reason);
}

bool wasm_fail_at(uint32_t offset, enum error_code code, struct error *error, const char *format,
                  ...) {
    va_list arguments;
    va_start(arguments, format);
    fail_at(offset, code, error, "", format, arguments);
    va_end(arguments);
    return false;
}

bool wasm_unsupported_at(uint32_t offset, enum wasm_feature feature, struct error *error,
                         const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fail_at(offset, ERROR_UNSUPPORTED, error, wasm_feature_name(feature), format, arguments);
    va_end(arguments);
    return false;
}

bool wasm_reader_fail(const struct wasm_reader *reader, struct error *error, const char *format,
                      ...) {
    va_list arguments;
    va_start(arguments, format);
    fail_at(wasm_reader_offset(reader), ERROR_MALFORMED, error, "", format, arguments);
    va_end(arguments);
    return false;
}

static bool fail_end(struct wasm_reader *reader, struct error *error) {
    reader->position = reader->end;
    return wasm_reader_fail(reader, error, "unexpected end of section or function");
}

bool wasm_read_byte(struct wasm_reader *reader, uint8_t *value, struct error *error) {
    if (reader->position == reader->end) {
        return fail_end(reader, error);
    }
    *value = *reader->position++;
    return true;
}

// LEB128 of `bits` bits (spec 5.2.2): at most ceil(bits / 7) bytes, and the bits of the last byte
// that do not fit must be zero, or copies of the sign.
static bool read_leb(struct wasm_reader *reader, unsigned bits, bool is_signed, uint64_t *value,
                     struct error *error) {
    uint64_t result = 0;
    unsigned shift = 0;
    uint8_t byte;
    do {
        if (shift >= bits) {
            return wasm_reader_fail(reader, error, "integer representation too long");
        }
        if (!wasm_read_byte(reader, &byte, error)) {
            return false;
        }
        unsigned left = bits - shift;
        if (left < 7) {
            unsigned kept = is_signed ? left - 1 : left;
            unsigned rest = (byte & 0x7fu) >> kept;
            if (rest != 0 && !(is_signed && rest == 0x7fu >> kept)) {
                reader->position--;
                return wasm_reader_fail(reader, error, "integer too large");
            }
        }
        result |= (uint64_t)(byte & 0x7f) << shift;
        shift += 7;
    } while ((byte & 0x80) != 0);
    if (is_signed && (byte & 0x40) != 0 && shift < 64) {
        result |= UINT64_MAX << shift;
    }
    *value = result;
    return true;
}

bool wasm_read_u32(struct wasm_reader *reader, uint32_t *value, struct error *error) {
    if (reader->position < reader->end && *reader->position < 0x80) {
        *value = *reader->position++;
        return true;
    }
    uint64_t wide;
    if (!read_leb(reader, 32, false, &wide, error)) {
        return false;
    }
    *value = (uint32_t)wide;
    return true;
}

bool wasm_read_u64(struct wasm_reader *reader, uint64_t *value, struct error *error) {
    return read_leb(reader, 64, false, value, error);
}

static bool read_signed(struct wasm_reader *reader, unsigned bits, int64_t *value,
                        struct error *error) {
    uint64_t wide;
    if (!read_leb(reader, bits, true, &wide, error)) {
        return false;
    }
    *value = (int64_t)wide;
    return true;
}

bool wasm_read_s32(struct wasm_reader *reader, int32_t *value, struct error *error) {
    int64_t wide;
    if (!read_signed(reader, 32, &wide, error)) {
        return false;
    }
    *value = (int32_t)wide;
    return true;
}

bool wasm_read_s33(struct wasm_reader *reader, int64_t *value, struct error *error) {
    return read_signed(reader, 33, value, error);
}

bool wasm_read_s64(struct wasm_reader *reader, int64_t *value, struct error *error) {
    return read_signed(reader, 64, value, error);
}

// Little-endian bits of a float.
static bool read_fixed(struct wasm_reader *reader, unsigned size, uint64_t *bits,
                       struct error *error) {
    if ((size_t)(reader->end - reader->position) < size) {
        return fail_end(reader, error);
    }
    *bits = 0;
    for (unsigned i = 0; i < size; i++) {
        *bits |= (uint64_t)*reader->position++ << (8 * i);
    }
    return true;
}

bool wasm_read_f32(struct wasm_reader *reader, uint32_t *bits, struct error *error) {
    uint64_t wide;
    if (!read_fixed(reader, 4, &wide, error)) {
        return false;
    }
    *bits = (uint32_t)wide;
    return true;
}

bool wasm_read_f64(struct wasm_reader *reader, uint64_t *bits, struct error *error) {
    return read_fixed(reader, 8, bits, error);
}

bool wasm_read_count(struct wasm_reader *reader, uint32_t *count, struct error *error) {
    const uint8_t *start = reader->position;
    if (!wasm_read_u32(reader, count, error)) {
        return false;
    }
    if (*count > (size_t)(reader->end - reader->position)) {
        size_t left = (size_t)(reader->end - reader->position);
        reader->position = start;
        return wasm_reader_fail(reader, error,
                                "unexpected end of section or function: length out of bounds, "
                                "%u wanted and %zu left",
                                *count, left);
    }
    return true;
}

bool wasm_read_bytes(struct wasm_reader *reader, struct bytes *bytes, struct error *error) {
    uint32_t length;
    if (!wasm_read_count(reader, &length, error)) {
        return false;
    }
    *bytes = (struct bytes){reader->position, length};
    reader->position += length;
    return true;
}

// The length of the well-formed UTF-8 sequence at `data` (Unicode table 3-7), 0 where there is
// none: no overlong forms, no surrogates, nothing past U+10FFFF.
static size_t utf8_sequence(const uint8_t *data, size_t length) {
    uint8_t lead = data[0];
    if (lead < 0x80) {
        return 1;
    }
    size_t size = lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
    if (size == 0 || size > length) {
        return 0;
    }
    uint8_t low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
    uint8_t high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
    if (data[1] < low || data[1] > high) {
        return 0;
    }
    for (size_t i = 2; i < size; i++) {
        if ((data[i] & 0xc0) != 0x80) {
            return 0;
        }
    }
    return size;
}

static bool is_utf8(struct bytes text) {
    for (size_t i = 0; i < text.length;) {
        size_t size = utf8_sequence(text.data + i, text.length - i);
        if (size == 0) {
            return false;
        }
        i += size;
    }
    return true;
}

bool wasm_read_name(struct wasm_reader *reader, struct bytes *name, struct error *error) {
    const uint8_t *start = reader->position;
    if (!wasm_read_bytes(reader, name, error)) {
        return false;
    }
    if (!is_utf8(*name)) {
        reader->position = start;
        return wasm_reader_fail(reader, error, "malformed UTF-8 encoding");
    }
    return true;
}

// Types of proposals that are left out, for an error that names the proposal.
static const struct {
    uint8_t first, last;
    enum wasm_feature feature;
} foreign_types[] = {
    {0x63, 0x64, WASM_FEATURE_FUNCTION_REFERENCES}, // (ref null t), (ref t)
    {0x69, 0x69, WASM_FEATURE_EXNREF},              // exnref
    {0x74, 0x74, WASM_FEATURE_EXNREF},              // nullexnref
    {0x6a, 0x6e, WASM_FEATURE_GC},                  // arrayref, structref, i31ref, eqref, anyref
    {0x71, 0x73, WASM_FEATURE_GC},                  // nullref, nullexternref, nullfuncref
};

// Types that a proposal adds, for an error that names it.
static bool fail_type(const struct wasm_reader *reader, uint32_t features, uint8_t byte,
                      const char *what, struct error *error) {
    if (byte == OBJECT_V128 && !wasm_has_feature(features, WASM_FEATURE_SIMD)) {
        return wasm_unsupported_at(wasm_reader_offset(reader), WASM_FEATURE_SIMD, error,
                                   "value type v128");
    }
    for (size_t i = 0; i < sizeof foreign_types / sizeof foreign_types[0]; i++) {
        if (byte >= foreign_types[i].first && byte <= foreign_types[i].last) {
            return wasm_unsupported_at(wasm_reader_offset(reader), foreign_types[i].feature, error,
                                       "malformed %s type 0x%02x", what, byte);
        }
    }
    return wasm_reader_fail(reader, error, "malformed %s type 0x%02x", what, byte);
}

static bool is_value_type(uint8_t byte, uint32_t features) {
    return (byte >= OBJECT_F64 && byte <= OBJECT_I32) || byte == OBJECT_FUNCREF ||
           byte == OBJECT_EXTERNREF ||
           (byte == OBJECT_V128 && wasm_has_feature(features, WASM_FEATURE_SIMD));
}

bool wasm_read_value_type(struct wasm_reader *reader, uint32_t features, uint8_t *type,
                          struct error *error) {
    if (!wasm_read_byte(reader, type, error)) {
        return false;
    }
    if (!is_value_type(*type, features)) {
        reader->position--;
        return fail_type(reader, features, *type, "value", error);
    }
    return true;
}

bool wasm_read_reference_type(struct wasm_reader *reader, uint8_t *type, struct error *error) {
    if (!wasm_read_byte(reader, type, error)) {
        return false;
    }
    if (*type != OBJECT_FUNCREF && *type != OBJECT_EXTERNREF) {
        reader->position--;
        return fail_type(reader, UINT32_MAX, *type, "reference", error);
    }
    return true;
}
