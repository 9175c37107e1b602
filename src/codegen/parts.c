// Which functions of a module are compiled together. The rule knows the module and the number of
// parts only, so that the result is the same on every machine.
#include "codegen/context.h"

uint64_t codegen_body_bytes(const struct wasm_module *module) {
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

static void find_range(const struct wasm_module *module, uint32_t part, uint32_t part_count,
                       uint32_t *first, uint32_t *end) {
    *first = module->imported_function_count;
    *end = module->function_count;
    if (part_count > 1) {
        uint64_t total = codegen_body_bytes(module);
        *first = end_of(module, total, part, part_count);
        *end = end_of(module, total, part + 1, part_count);
    }
}

void codegen_choose_part(struct codegen *codegen) {
    const struct codegen_options *options = codegen->options;
    find_range(codegen->module, options->part, options->part_count, &codegen->first_function,
               &codegen->end_function);
}

uint32_t codegen_largest_body(const struct wasm_module *module, uint32_t part,
                              uint32_t part_count) {
    uint32_t first, end, largest = 0;
    find_range(module, part, part_count, &first, &end);
    for (uint32_t i = first; i < end; i++) {
        largest = module->functions[i].length > largest ? module->functions[i].length : largest;
    }
    return largest;
}
