#include "wasm/section.h"

#include "wasm/reader.h"

enum { HEADER_BYTES = 8 };

bool wasm_next_section(struct bytes binary, size_t *at, struct wasm_section *section) {
    *at = *at == 0 ? HEADER_BYTES : *at;
    if (*at >= binary.length) {
        return false;
    }
    struct wasm_reader reader = {binary.data, binary.data + *at, binary.data + binary.length};
    *section = (struct wasm_section){0};
    uint32_t size;
    if (!wasm_read_byte(&reader, &section->id, NULL) || !wasm_read_count(&reader, &size, NULL)) {
        return false;
    }
    reader.end = reader.position + size;
    if (section->id == WASM_SECTION_CUSTOM && !wasm_read_name(&reader, &section->name, NULL)) {
        return false;
    }
    section->contents = (struct bytes){reader.position, (size_t)(reader.end - reader.position)};
    *at = (size_t)(reader.end - binary.data);
    return true;
}
