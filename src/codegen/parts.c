// Which functions of a module are compiled together. The rule knows the module and the number of
// parts only, so that the result is the same on every machine.
#include "codegen/context.h"

static uint64_t body_bytes(const struct wasm_module *module) {
    uint64_t bytes = 0;
    for (uint32_t i = module->imported_function_count; i < module->function_count; i++) {
        bytes += module->functions[i].length;
    }
    return bytes;
}

// The first function that is not in the first `parts` parts: a body belongs to the part in which
// its first byte lies.
static uint32_t end_of(const struct wasm_module *module, uint64_t total, uint32_t parts,
                       uint32_t part_count) {
    uint64_t end = total * parts / part_count;
    uint64_t before = 0;
    uint32_t function = module->imported_function_count;
    while (function < module->function_count && before < end) {
        before += module->functions[function++].length;
    }
    return function;
}

void codegen_choose_part(struct codegen *codegen) {
    const struct wasm_module *module = codegen->module;
    const struct codegen_options *options = codegen->options;
    codegen->first_function = module->imported_function_count;
    codegen->end_function = module->function_count;
    if (codegen_has_parts(codegen)) {
        uint64_t total = body_bytes(module);
        codegen->first_function = end_of(module, total, options->part, options->part_count);
        codegen->end_function = end_of(module, total, options->part + 1, options->part_count);
    }
}
