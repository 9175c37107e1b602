// Locals and globals.
#include "codegen/emitter.h"

#include <llvm-c/Core.h>

// The value of an immutable global of this module whose initialiser is a constant; else NULL.
static LLVMValueRef constant_global(struct emitter *emitter, uint32_t index) {
    struct codegen *codegen = emitter->codegen;
    const struct wasm_module *module = codegen->module;
    const struct wasm_global *global = &module->globals[index];
    if (global->imported || global->type.mutable) {
        return NULL;
    }
    const uint8_t *code = module->binary.data + global->initial.offset;
    struct wasm_reader reader = {module->binary.data, code, code + global->initial.length};
    struct wasm_instruction first, second;
    if (!wasm_read_instruction(&reader, module->features, &first, NULL) ||
        !wasm_read_instruction(&reader, module->features, &second, NULL) ||
        second.opcode != WASM_OP_END) {
        return NULL;
    }
    return emitter_constant(codegen, &first);
}

// The cell of a global: in the instance, or wherever the exporter has it.
static LLVMValueRef global_cell(struct emitter *emitter, uint32_t index) {
    struct codegen *codegen = emitter->codegen;
    uint32_t imported = codegen->module->imported_global_count;
    if (index >= imported) {
        return codegen_address(codegen, emitter->builder, emitter->instance,
                               codegen->layout.globals + (uint64_t)(index - imported) * 16);
    }
    LLVMValueRef delta =
        codegen_load_invariant(codegen, emitter->builder, codegen->i64, emitter->instance,
                               codegen->layout.global_deltas + (uint64_t)index * sizeof(int64_t));
    return LLVMBuildGEP2(emitter->builder, codegen->i8, emitter->instance, &delta, 1, "");
}

static void emit_global_get(struct emitter *emitter, uint32_t index) {
    struct codegen *codegen = emitter->codegen;
    LLVMValueRef value = constant_global(emitter, index);
    if (value == NULL) {
        uint8_t type = codegen->module->globals[index].type.value_type;
        value =
            emitter_load_field(emitter, CODEGEN_ALIAS_GLOBALS, codegen_value_type(codegen, type),
                               global_cell(emitter, index), 0);
    }
    emitter_push(emitter, value);
}

static void emit_global_set(struct emitter *emitter, uint32_t index) {
    LLVMValueRef value = emitter_pop(emitter);
    LLVMValueRef store = LLVMBuildStore(emitter->builder, value, global_cell(emitter, index));
    codegen_note_alias(emitter->codegen, store, CODEGEN_ALIAS_GLOBALS);
}

void emit_variable(struct emitter *emitter, const struct wasm_instruction *instruction) {
    uint32_t index = instruction->immediate.index;
    switch (instruction->opcode) {
    case WASM_OP_LOCAL_GET:
        emitter_push(emitter, locals_get(&emitter->locals, index));
        break;
    case WASM_OP_LOCAL_SET:
        locals_set(&emitter->locals, index, emitter_pop(emitter));
        break;
    case WASM_OP_LOCAL_TEE:
        locals_set(&emitter->locals, index, *emitter_top(emitter, 1));
        break;
    case WASM_OP_GLOBAL_GET:
        emit_global_get(emitter, index);
        break;
    default:
        emit_global_set(emitter, index);
        break;
    }
}
