#include "wasm/decode.h"

#include "wasm/decoder.h"

#include <string.h>

bool decode_count(struct decoder *decoder, const char *what, uint32_t present, uint32_t limit,
                  uint32_t *count) {
    uint32_t offset = wasm_reader_offset(&decoder->reader);
    if (!wasm_read_count(&decoder->reader, count, decoder->error)) {
        return false;
    }
    if (*count > limit - present) {
        return wasm_fail_at(offset, ERROR_MALFORMED, decoder->error,
                            "too many %s: %llu, the limit is %u", what,
                            (unsigned long long)present + *count, limit);
    }
    return true;
}

void *decode_allocate(struct decoder *decoder, size_t count, size_t size) {
    void *memory = arena_allocate(&decoder->module->arena, count, size);
    if (memory == NULL) {
        error_set(decoder->error, ERROR_MEMORY, "out of memory for a module of %zu bytes",
                  decoder->module->binary.length);
    }
    return memory;
}

enum { SECTION_CUSTOM = 0, SECTION_TAG = 13, SECTION_COUNT = 14 };

// In the order of ids. `order` is the place that a section must keep among the others.
static const struct {
    bool (*decode)(struct decoder *decoder);
    uint8_t order;
} sections[SECTION_COUNT] = {
    [1] = {decode_type_section, 1},         [2] = {decode_import_section, 2},
    [3] = {decode_function_section, 3},     [4] = {decode_table_section, 4},
    [5] = {decode_memory_section, 5},       [SECTION_TAG] = {decode_tag_section, 6},
    [6] = {decode_global_section, 7},       [7] = {decode_export_section, 8},
    [8] = {decode_start_section, 9},        [9] = {decode_element_section, 10},
    [12] = {decode_data_count_section, 11}, [10] = {decode_code_section, 12},
    [11] = {decode_data_section, 13},
};

static bool decode_custom_section(struct decoder *decoder) {
    struct wasm_custom_section custom;
    struct wasm_reader *reader = &decoder->reader;
    if (!wasm_read_name(reader, &custom.name, decoder->error)) {
        return false;
    }
    custom.contents = (struct bytes){reader->position, (size_t)(reader->end - reader->position)};
    reader->position = reader->end;
    return buffer_append(&decoder->customs, &custom, sizeof custom, decoder->error);
}

static bool decode_section_contents(struct decoder *decoder, uint8_t id) {
    bool (*decode)(struct decoder *) =
        id == SECTION_CUSTOM ? decode_custom_section : sections[id].decode;
    if (!decode(decoder)) {
        return false;
    }
    if (decoder->reader.position != decoder->reader.end) {
        return wasm_reader_fail(&decoder->reader, decoder->error,
                                "section size mismatch: %zu bytes left in section %u",
                                (size_t)(decoder->reader.end - decoder->reader.position), id);
    }
    return true;
}

// One section from `reader`, which is of the whole binary. `last` is the order of the last
// section that was not custom.
static bool decode_section(struct decoder *decoder, struct wasm_reader *reader, uint8_t *last) {
    uint32_t offset = wasm_reader_offset(reader);
    uint8_t id;
    uint32_t size;
    if (!wasm_read_byte(reader, &id, decoder->error)) {
        return false;
    }
    if (id == SECTION_TAG &&
        !wasm_has_feature(decoder->module->features, WASM_FEATURE_EXCEPTIONS)) {
        return wasm_unsupported_at(offset, WASM_FEATURE_EXCEPTIONS, decoder->error,
                                   "malformed section id: tags");
    }
    if (id >= SECTION_COUNT) {
        return wasm_fail_at(offset, ERROR_MALFORMED, decoder->error, "malformed section id %u", id);
    }
    if (id != SECTION_CUSTOM) {
        if (sections[id].order <= *last) {
            return wasm_fail_at(offset, ERROR_MALFORMED, decoder->error,
                                "unexpected content after last section: section %u again or out "
                                "of order",
                                id);
        }
        *last = sections[id].order;
    }
    if (!wasm_read_count(reader, &size, decoder->error)) {
        return false;
    }
    decoder->reader = *reader;
    decoder->reader.end = reader->position + size;
    reader->position += size;
    return decode_section_contents(decoder, id);
}

static bool decode_header(struct wasm_reader *reader, struct error *error) {
    static const uint8_t magic[4] = {0x00, 'a', 's', 'm'};
    static const uint8_t version[4] = {0x01, 0x00, 0x00, 0x00};
    size_t left = (size_t)(reader->end - reader->position);
    if (left < sizeof magic) {
        reader->position = reader->end;
        return wasm_reader_fail(reader, error, "unexpected end: no magic header");
    }
    if (memcmp(reader->position, magic, sizeof magic) != 0) {
        return wasm_reader_fail(reader, error, "magic header not detected");
    }
    reader->position += sizeof magic;
    if (left < sizeof magic + sizeof version) {
        reader->position = reader->end;
        return wasm_reader_fail(reader, error, "unexpected end: no binary version");
    }
    if (memcmp(reader->position, version, sizeof version) != 0) {
        return wasm_reader_fail(reader, error, "unknown binary version");
    }
    reader->position += sizeof version;
    return true;
}

// What can be said only when all sections are read.
static bool check_consistency(struct decoder *decoder) {
    struct wasm_module *module = decoder->module;
    uint32_t end = (uint32_t)module->binary.length;
    if (decoder->defined_functions != decoder->bodies) {
        return wasm_fail_at(end, ERROR_MALFORMED, decoder->error,
                            "function and code section have inconsistent lengths: %u and %u",
                            decoder->defined_functions, decoder->bodies);
    }
    if (module->has_data_count && module->data_count != module->data_segment_count) {
        return wasm_fail_at(end, ERROR_MALFORMED, decoder->error,
                            "data count and data section have inconsistent lengths: %u and %u",
                            module->data_count, module->data_segment_count);
    }
    if (!module->has_data_count && decoder->first_data_reference != 0) {
        return wasm_fail_at(decoder->first_data_reference, ERROR_MALFORMED, decoder->error,
                            "data count section required");
    }
    return true;
}

static bool is_name_section(const struct wasm_custom_section *custom) {
    return custom->name.length == 4 && memcmp(custom->name.data, "name", 4) == 0;
}

static bool keep_customs(struct decoder *decoder) {
    struct wasm_module *module = decoder->module;
    size_t count = decoder->customs.length / sizeof *module->customs;
    module->customs = decode_allocate(decoder, count, sizeof *module->customs);
    if (module->customs == NULL) {
        return false;
    }
    if (count > 0) {
        memcpy(module->customs, decoder->customs.data, decoder->customs.length);
    }
    module->custom_count = (uint32_t)count;
    for (size_t i = 0; i < count; i++) {
        if (is_name_section(&module->customs[i])) {
            decode_names(module, module->customs[i].contents);
        }
    }
    return true;
}

static bool decode_module(struct decoder *decoder) {
    struct bytes binary = decoder->module->binary;
    if (binary.length > WASM_LIMIT_BINARY) {
        return wasm_fail_at(0, ERROR_MALFORMED, decoder->error,
                            "a binary of %zu bytes: the limit is %u", binary.length,
                            WASM_LIMIT_BINARY);
    }
    struct wasm_reader reader = {binary.data, binary.data, binary.data + binary.length};
    if (!decode_header(&reader, decoder->error)) {
        return false;
    }
    uint8_t last = 0;
    while (reader.position < reader.end) {
        if (!decode_section(decoder, &reader, &last)) {
            return false;
        }
    }
    return check_consistency(decoder) && keep_customs(decoder);
}

static bool decode(struct bytes binary, uint32_t features, bool is_outline,
                   struct wasm_module *module, struct error *error) {
    memset(module, 0, sizeof *module);
    module->binary = binary.length > 0 ? binary : (struct bytes){(const uint8_t *)"", 0};
    module->features = features;
    struct decoder decoder = {.module = module, .error = error, .is_outline = is_outline};
    bool done = decode_module(&decoder);
    buffer_destroy(&decoder.customs);
    buffer_destroy(&decoder.nesting);
    if (!done) {
        wasm_module_destroy(module);
    }
    return done;
}

bool wasm_decode(struct bytes binary, uint32_t features, struct wasm_module *module,
                 struct error *error) {
    return decode(binary, features, false, module, error);
}

bool wasm_decode_outline(struct bytes binary, uint32_t features, struct wasm_module *module,
                         struct error *error) {
    return decode(binary, features, true, module, error);
}
