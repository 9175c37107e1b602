// Element and data segments.
#include "wasm/decoder.h"

static bool decode_function_indices(struct decoder *decoder, struct wasm_element_segment *segment) {
    uint32_t *indices = decode_allocate(decoder, segment->count, sizeof *indices);
    if (indices == NULL) {
        return false;
    }
    segment->function_indices = indices;
    for (uint32_t i = 0; i < segment->count; i++) {
        if (!wasm_read_u32(&decoder->reader, &indices[i], decoder->error)) {
            return false;
        }
    }
    return true;
}

static bool decode_element_expressions(struct decoder *decoder,
                                       struct wasm_element_segment *segment) {
    struct wasm_expression *expressions =
        decode_allocate(decoder, segment->count, sizeof *expressions);
    if (expressions == NULL) {
        return false;
    }
    segment->expressions = expressions;
    for (uint32_t i = 0; i < segment->count; i++) {
        if (!decode_expression(decoder, &expressions[i])) {
            return false;
        }
    }
    return true;
}

// Where the flags say so: an element kind before indices, a reference type before expressions.
static bool decode_element_type(struct decoder *decoder, bool expressions, uint8_t *type) {
    if (expressions) {
        return wasm_read_reference_type(&decoder->reader, type, decoder->error);
    }
    uint32_t offset = wasm_reader_offset(&decoder->reader);
    uint8_t kind;
    if (!wasm_read_byte(&decoder->reader, &kind, decoder->error)) {
        return false;
    }
    if (kind != 0) {
        return wasm_fail_at(offset, ERROR_MALFORMED, decoder->error,
                            "malformed element kind 0x%02x", kind);
    }
    return true;
}

// Spec 5.5.12: bit 0 passive or declarative; bit 1 an explicit table, or declarative; bit 2
// expressions in place of function indices.
static bool decode_element_segment(struct decoder *decoder, struct wasm_element_segment *segment) {
    enum { NOT_ACTIVE = 1, EXPLICIT = 2, EXPRESSIONS = 4 };
    struct wasm_reader *reader = &decoder->reader;
    uint32_t flags;
    segment->offset = wasm_reader_offset(reader);
    if (!wasm_read_u32(reader, &flags, decoder->error)) {
        return false;
    }
    if (flags > (NOT_ACTIVE | EXPLICIT | EXPRESSIONS)) {
        return wasm_fail_at(segment->offset, ERROR_MALFORMED, decoder->error,
                            "malformed elements segment kind %u", flags);
    }
    bool is_active = (flags & NOT_ACTIVE) == 0;
    bool has_expressions = (flags & EXPRESSIONS) != 0;
    segment->element_type = OBJECT_FUNCREF;
    segment->mode = is_active                 ? WASM_SEGMENT_ACTIVE
                    : (flags & EXPLICIT) != 0 ? WASM_SEGMENT_DECLARATIVE
                                              : WASM_SEGMENT_PASSIVE;
    if (is_active && (flags & EXPLICIT) != 0 &&
        !wasm_read_u32(reader, &segment->table_index, decoder->error)) {
        return false;
    }
    if (is_active && !decode_expression(decoder, &segment->table_offset)) {
        return false;
    }
    if ((flags & (NOT_ACTIVE | EXPLICIT)) != 0 &&
        !decode_element_type(decoder, has_expressions, &segment->element_type)) {
        return false;
    }
    if (!decode_count(decoder, "elements", 0, WASM_LIMIT_TABLE_ELEMENTS, &segment->count)) {
        return false;
    }
    return has_expressions ? decode_element_expressions(decoder, segment)
                           : decode_function_indices(decoder, segment);
}

bool decode_element_section(struct decoder *decoder) {
    struct wasm_module *module = decoder->module;
    uint32_t count;
    if (!decode_count(decoder, "element segments", 0, WASM_LIMIT_ELEMENT_SEGMENTS, &count)) {
        return false;
    }
    module->elements = decode_allocate(decoder, count, sizeof *module->elements);
    if (module->elements == NULL) {
        return false;
    }
    module->element_count = count;
    for (uint32_t i = 0; i < count; i++) {
        if (!decode_element_segment(decoder, &module->elements[i])) {
            return false;
        }
    }
    return true;
}

bool decode_data_count_section(struct decoder *decoder) {
    decoder->module->has_data_count = true;
    return wasm_read_u32(&decoder->reader, &decoder->module->data_count, decoder->error);
}

static bool decode_data_segment(struct decoder *decoder, struct wasm_data_segment *segment) {
    enum { ACTIVE = 0, PASSIVE = 1, ACTIVE_EXPLICIT = 2 };
    struct wasm_reader *reader = &decoder->reader;
    uint32_t kind;
    segment->offset = wasm_reader_offset(reader);
    if (!wasm_read_u32(reader, &kind, decoder->error)) {
        return false;
    }
    if (kind > ACTIVE_EXPLICIT) {
        return wasm_fail_at(segment->offset, ERROR_MALFORMED, decoder->error,
                            "malformed data segment kind %u", kind);
    }
    segment->mode = kind == PASSIVE ? WASM_SEGMENT_PASSIVE : WASM_SEGMENT_ACTIVE;
    if (kind == ACTIVE_EXPLICIT && !wasm_read_u32(reader, &segment->memory_index, decoder->error)) {
        return false;
    }
    if (kind != PASSIVE && !decode_expression(decoder, &segment->memory_offset)) {
        return false;
    }
    return wasm_read_bytes(reader, &segment->bytes, decoder->error);
}

bool decode_data_section(struct decoder *decoder) {
    struct wasm_module *module = decoder->module;
    uint32_t count;
    if (!decode_count(decoder, "data segments", 0, WASM_LIMIT_DATA_SEGMENTS, &count)) {
        return false;
    }
    module->data_segments = decode_allocate(decoder, count, sizeof *module->data_segments);
    if (module->data_segments == NULL) {
        return false;
    }
    module->data_segment_count = count;
    for (uint32_t i = 0; i < count; i++) {
        if (!decode_data_segment(decoder, &module->data_segments[i])) {
            return false;
        }
    }
    return true;
}
