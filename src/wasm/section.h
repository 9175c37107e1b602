// Walks over the sections of a binary without decoding them.
#ifndef FAASM_WASM_SECTION_H
#define FAASM_WASM_SECTION_H

#include "base/buffer.h"

#include <stdbool.h>
#include <stdint.h>

enum { WASM_SECTION_CUSTOM = 0, WASM_SECTION_CODE = 10 };

struct wasm_section {
    uint8_t id;
    struct bytes name;     // of a custom section
    struct bytes contents; // behind the name
};

// The section after the one that `at` is the offset of, which is set to that of the one behind. 0
// is before the first. False after the last, and where the bytes are no section.
bool wasm_next_section(struct bytes binary, size_t *at, struct wasm_section *section);

#endif
