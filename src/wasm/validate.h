// Validation: spec 2.0 chapter 3 and the algorithm of its appendix, plus extended-const.
#ifndef FAASM_WASM_VALIDATE_H
#define FAASM_WASM_VALIDATE_H

#include "base/error.h"
#include "wasm/module.h"

// Checks a decoded module. On failure ERROR_INVALID with `offset 0x1f: reason`, or in a body
// `offset 0x1f: reason (in function 12 "name")`; reasons begin with the words of the reference
// interpreter ("type mismatch", "unknown local", …), followed by what was expected and found. Sets
// `declared` of functions. Bounded: time and memory are linear in the size of the binary.
// Thread-safe for distinct modules.
bool wasm_validate(struct wasm_module *module, struct error *error);

#endif
