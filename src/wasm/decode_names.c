// The name section (spec appendix "Custom Sections"). It cannot make a module malformed.
#include "wasm/decoder.h"

enum { FUNCTION_NAMES = 1, TAG_NAMES = 11 };

static void set_name(struct wasm_module *module, uint8_t kind, uint32_t index, struct bytes name) {
    if (kind == FUNCTION_NAMES && index < module->function_count) {
        module->functions[index].name = name;
    } else if (kind == TAG_NAMES && index < module->tag_count) {
        module->tags[index].name = name;
    }
}

static void decode_name_map(struct wasm_module *module, uint8_t kind, struct wasm_reader *reader) {
    uint32_t count;
    if (!wasm_read_count(reader, &count, NULL)) {
        return;
    }
    for (uint32_t i = 0; i < count; i++) {
        uint32_t index;
        struct bytes name;
        if (!wasm_read_u32(reader, &index, NULL) || !wasm_read_name(reader, &name, NULL)) {
            return;
        }
        set_name(module, kind, index, name);
    }
}

void decode_names(struct wasm_module *module, struct bytes contents) {
    struct wasm_reader reader = {contents.data, contents.data, contents.data + contents.length};
    while (reader.position < reader.end) {
        uint8_t id;
        struct bytes part;
        if (!wasm_read_byte(&reader, &id, NULL) || !wasm_read_bytes(&reader, &part, NULL)) {
            return;
        }
        if (id == FUNCTION_NAMES || id == TAG_NAMES) {
            struct wasm_reader names = {part.data, part.data, part.data + part.length};
            decode_name_map(module, id, &names);
        }
    }
}
