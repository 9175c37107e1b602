// Constant expressions: spec 3.3.10 and the extended-const proposal.
#include "wasm/validator.h"

static bool is_constant(enum wasm_opcode opcode, uint32_t features) {
    switch (opcode) {
    case WASM_OP_I32_CONST:
    case WASM_OP_I64_CONST:
    case WASM_OP_F32_CONST:
    case WASM_OP_F64_CONST:
    case WASM_OP_V128_CONST:
    case WASM_OP_REF_NULL:
    case WASM_OP_REF_FUNC:
    case WASM_OP_GLOBAL_GET:
    case WASM_OP_END:
        return true;
    case WASM_OP_I32_ADD:
    case WASM_OP_I32_SUB:
    case WASM_OP_I32_MUL:
    case WASM_OP_I64_ADD:
    case WASM_OP_I64_SUB:
    case WASM_OP_I64_MUL:
        return wasm_has_feature(features, WASM_FEATURE_EXTENDED_CONST);
    default:
        return false;
    }
}

// Only imported globals are in scope, and only immutable ones are constant.
static bool push_global(struct validator *validator) {
    const struct wasm_module *module = validator->module;
    uint32_t index = validator->instruction.immediate.index;
    if (index >= module->imported_global_count) {
        return validate_fail(validator, "unknown global %u: only the %u imported ones are in scope",
                             index, module->imported_global_count);
    }
    const struct wasm_global_type *type = &module->globals[index].type;
    if (type->mutable) {
        return validate_fail(validator, "constant expression required: global %u is mutable",
                             index);
    }
    return validate_push(validator, type->value_type);
}

static bool push_function(struct validator *validator) {
    struct wasm_module *module = validator->module;
    uint32_t index = validator->instruction.immediate.index;
    if (index >= module->function_count) {
        return validate_fail(validator, "unknown function %u", index);
    }
    module->functions[index].declared = true;
    return validate_push(validator, OBJECT_FUNCREF);
}

static bool validate_constant(struct validator *validator) {
    const struct wasm_instruction *instruction = &validator->instruction;
    if (!is_constant(instruction->opcode, validator->module->features)) {
        return validate_fail(validator, "constant expression required, found %s",
                             wasm_opcodes[instruction->opcode].name);
    }
    switch (instruction->opcode) {
    case WASM_OP_GLOBAL_GET:
        return push_global(validator);
    case WASM_OP_REF_FUNC:
        return push_function(validator);
    case WASM_OP_REF_NULL:
        return validate_push(validator, instruction->immediate.reference_type);
    case WASM_OP_END: {
        struct control_frame frame;
        return validate_pop_frame(validator, &frame);
    }
    default:
        return validate_signature(validator);
    }
}

bool validate_expression(struct validator *validator, const struct wasm_expression *expression,
                         uint8_t type) {
    validator->in_body = false;
    validate_begin(validator, expression->offset, expression->length);
    struct bytes none = {NULL, 0};
    if (!validate_push_frame(validator, WASM_OP_BLOCK, none, (struct bytes){&type, 1})) {
        return false;
    }
    while (validator->frame_count > 0) {
        if (!wasm_read_instruction(&validator->reader, validator->module->features,
                                   &validator->instruction, validator->error) ||
            !validate_constant(validator)) {
            return false;
        }
    }
    return true;
}
