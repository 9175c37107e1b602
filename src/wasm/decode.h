// Binary -> struct wasm_module. Checks form (spec chapter 5), not types: see validate.h.
#ifndef FAASM_WASM_DECODE_H
#define FAASM_WASM_DECODE_H

#include "base/error.h"
#include "wasm/module.h"

// Implementation limits (spec appendix "Implementation Limitations"; the values are the ones that
// the web engines agreed on, so that a module accepted there is accepted here). Past one:
// ERROR_MALFORMED naming the limit, or ERROR_INVALID where the validator counts.
enum {
    WASM_LIMIT_BINARY = 1 << 30,
    WASM_LIMIT_TYPES = 1000000,
    WASM_LIMIT_FUNCTIONS = 1000000,
    WASM_LIMIT_IMPORTS = 100000,
    WASM_LIMIT_EXPORTS = 100000,
    WASM_LIMIT_GLOBALS = 1000000,
    WASM_LIMIT_TAGS = 1000000,
    WASM_LIMIT_DATA_SEGMENTS = 100000,
    WASM_LIMIT_ELEMENT_SEGMENTS = 10000000,
    WASM_LIMIT_TABLES = 100,
    WASM_LIMIT_MEMORIES = 100,
    WASM_LIMIT_TABLE_ELEMENTS = 10000000, // validator
    WASM_LIMIT_PARAMETERS = 1000,
    WASM_LIMIT_RESULTS = 1000,
    WASM_LIMIT_LOCALS = 50000,
    WASM_LIMIT_FUNCTION_BYTES = 7654321,
    WASM_LIMIT_BR_TABLE = 65520,
    WASM_LIMIT_NESTING = 100000,   // blocks within blocks of one body
    WASM_LIMIT_OPERANDS = 1000000, // on the operand stack of one body, validator
};

// Decodes a whole binary, function bodies included (each instruction is read once, so that a body
// with an unknown opcode or a cut immediate is refused here as malformed). On failure the error is
// ERROR_MALFORMED or ERROR_UNSUPPORTED (feature named) with "offset 0x1f: reason"; reasons use the
// words of the reference interpreter where it has them ("unexpected end", "integer too large",
// "magic header not detected", "malformed UTF-8 encoding", …). `module` is then zeroed.
bool wasm_decode(struct bytes binary, uint32_t features, struct wasm_module *module,
                 struct error *error);

// The same for a binary that wasm_decode accepted before: does not read the instructions of bodies,
// which is most of the work.
bool wasm_decode_outline(struct bytes binary, uint32_t features, struct wasm_module *module,
                         struct error *error);

#endif
