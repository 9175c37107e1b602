#include "wasm/module.h"

#include <stdio.h>
#include <string.h>

void wasm_module_destroy(struct wasm_module *module) {
    arena_destroy(&module->arena);
    memset(module, 0, sizeof *module);
}

const char *wasm_feature_name(enum wasm_feature feature) {
    static const char *const names[WASM_FEATURE_COUNT] = {
#define X(identifier, name) [WASM_FEATURE_##identifier] = name,
        WASM_FEATURES(X)
#undef X
    };
    return (unsigned)feature < WASM_FEATURE_COUNT ? names[feature] : "unknown feature";
}

const char *wasm_printable(struct bytes name, char text[WASM_PRINTABLE_SIZE]) {
    size_t length = name.length;
    if (length > WASM_PRINTABLE_SIZE - 4) {
        length = WASM_PRINTABLE_SIZE - 4;
        while (length > 0 && (name.data[length] & 0xc0) == 0x80) {
            length--;
        }
    }
    for (size_t i = 0; i < length; i++) {
        uint8_t byte = name.data[i];
        text[i] = (char)(byte < 0x20 || byte == 0x7f ? '?' : byte);
    }
    memcpy(text + length, "...", length < name.length ? 3 : 0);
    text[length < name.length ? length + 3 : length] = '\0';
    return text;
}
