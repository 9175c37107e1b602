// The name section (spec appendix "Custom Sections"). It cannot make a module malformed.
#include "wasm/decoder.h"

static void decode_function_names(struct wasm_module *module, struct wasm_reader *reader) {
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
        if (index < module->function_count) {
            module->functions[index].name = name;
        }
    }
}

void decode_names(struct wasm_module *module, struct bytes contents) {
    enum { FUNCTION_NAMES = 1 };
    struct wasm_reader reader = {contents.data, contents.data, contents.data + contents.length};
    while (reader.position < reader.end) {
        uint8_t id;
        struct bytes part;
        if (!wasm_read_byte(&reader, &id, NULL) || !wasm_read_bytes(&reader, &part, NULL)) {
            return;
        }
        if (id == FUNCTION_NAMES) {
            struct wasm_reader names = {part.data, part.data, part.data + part.length};
            decode_function_names(module, &names);
        }
    }
}
