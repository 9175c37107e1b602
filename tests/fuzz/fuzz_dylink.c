// The section dylink.0 with arbitrary contents: no crash, no undefined behaviour; what is refused
// is an error that says where, and what is accepted lies within the binary and the limits.
#include "wasm/decode.h"
#include "wasm/dylink.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CONTENTS_MAX = 1 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds, const char *what, const struct error *error) {
    if (!holds) {
        fprintf(stderr, "%s: %s: %s\n", what, error_code_name(error->code), error->message);
        abort();
    }
}

static void append(struct buffer *binary, const void *data, size_t length) {
    struct error error;
    require(buffer_append(binary, data, length, &error), "no memory", &error);
}

// A module of nothing but the section.
static void wrap(const uint8_t *data, size_t size, struct buffer *binary) {
    static const uint8_t header[] = {0, 'a', 's', 'm', 1, 0, 0, 0, 0};
    static const char name[] = "\x08"
                               "dylink.0";
    size_t length = sizeof name - 1 + size;
    uint8_t encoded[4] = {(uint8_t)(length | 0x80), (uint8_t)(length >> 7 | 0x80),
                          (uint8_t)(length >> 14 | 0x80), (uint8_t)(length >> 21 & 0x7f)};
    append(binary, header, sizeof header);
    append(binary, encoded, sizeof encoded);
    append(binary, name, sizeof name - 1);
    append(binary, data, size);
}

static bool within(const struct buffer *binary, struct bytes bytes) {
    return bytes.length == 0 || (bytes.data >= binary->data && bytes.length <= binary->length &&
                                 bytes.data <= binary->data + binary->length - bytes.length);
}

static void check_symbols(const struct buffer *binary, const struct wasm_dylink_symbol *symbols,
                          uint32_t count, const struct wasm_dylink *dylink, bool imports) {
    static const struct error none;
    for (uint32_t i = 0; i < count; i++) {
        require(within(binary, symbols[i].name) && within(binary, symbols[i].module),
                "a name outside of the binary", &none);
        // Of equal names any may be found.
        uint32_t flags = imports
                             ? wasm_dylink_import_flags(dylink, symbols[i].module, symbols[i].name)
                             : wasm_dylink_export_flags(dylink, symbols[i].name);
        bool equal = flags == symbols[i].flags;
        for (uint32_t k = 0; k < count && !equal; k++) {
            equal = symbols[k].flags == flags && symbols[k].name.length == symbols[i].name.length;
        }
        require(equal, "flags that no symbol has", &none);
    }
}

static void check_accepted(const struct buffer *binary, const struct wasm_dylink *dylink) {
    static const struct error none;
    require(dylink->present && dylink->memory_alignment <= WASM_LIMIT_DYLINK_ALIGNMENT &&
                dylink->table_alignment <= WASM_LIMIT_DYLINK_ALIGNMENT &&
                dylink->table_elements <= OBJECT_MAX_ELEMENTS &&
                dylink->needed_count <= WASM_LIMIT_DYLINK_NEEDED,
            "past a limit", &none);
    for (uint32_t i = 0; i < dylink->needed_count; i++) {
        require(within(binary, dylink->needed[i]) &&
                    dylink->needed[i].length <= WASM_LIMIT_DYLINK_NAME,
                "a name of a module", &none);
    }
    check_symbols(binary, dylink->exports, dylink->export_count, dylink, false);
    check_symbols(binary, dylink->imports, dylink->import_count, dylink, true);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct buffer binary = {0};
    struct wasm_module module;
    struct error error = {0};
    if (size > CONTENTS_MAX) {
        return 0;
    }
    wrap(data, size, &binary);
    bool decoded = wasm_decode(buffer_bytes(&binary), WASM_FEATURES_SUPPORTED, &module, &error);
    require(decoded, "the module around the section", &error);
    if (wasm_decode_dylink(&module, &error)) {
        check_accepted(&binary, &module.dylink);
    } else {
        require(error.code == ERROR_MALFORMED && strncmp(error.message, "offset 0x", 9) == 0 &&
                    strchr(error.message, '\n') == NULL,
                "wrong kind of error", &error);
    }
    wasm_module_destroy(&module);
    buffer_destroy(&binary);
    return 0;
}

#ifdef FAASM_FUZZ_REPLAY
#include "fuzz/replay.h"

int main(int argument_count, char **arguments) {
    return replay_files(argument_count, arguments, LLVMFuzzerTestOneInput);
}
#endif
