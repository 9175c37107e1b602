// The custom section "dylink.0": what the linker says of a side module or of a program that needs
// some: how much memory and how many table elements it wants, and which other modules.
//
// Source: WebAssembly tool conventions, "WebAssembly Dynamic Linking". As any custom section it
// cannot make a module malformed for the specification, so wasm_decode leaves it alone.
#ifndef FAASM_WASM_DYLINK_H
#define FAASM_WASM_DYLINK_H

#include "base/error.h"
#include "wasm/module.h"

#include <stdbool.h>
#include <stdint.h>

// Flags of imports and exports, as of the linker's symbols.
#define WASM_DYLINK_BINDING_WEAK 0x1u
#define WASM_DYLINK_TLS          0x100u

enum {
    WASM_LIMIT_DYLINK_NEEDED = 1000,
    WASM_LIMIT_DYLINK_NAME = 255,    // bytes of the name of a needed module
    WASM_LIMIT_DYLINK_ALIGNMENT = 16 // a power of two: 64 KiB
};

// Fills module->dylink from the section; all zero where the module has none. ERROR_MALFORMED
// "offset 0x…: dylink.0: …", also past one of the limits above. Parts of unknown kinds are skipped.
bool wasm_decode_dylink(struct wasm_module *module, struct error *error);

// Flags of an import or export by name, 0 where none are given.
uint32_t wasm_dylink_import_flags(const struct wasm_dylink *dylink, struct bytes module,
                                  struct bytes name);
// Whether an import need not be there. An address (GOT.mem, GOT.func) has the flags of its symbol.
bool wasm_dylink_is_weak(const struct wasm_dylink *dylink, struct bytes module, struct bytes name);
uint32_t wasm_dylink_export_flags(const struct wasm_dylink *dylink, struct bytes name);

#endif
