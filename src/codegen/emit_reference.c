// References: 0 is null, a funcref is the area offset of the function's reference record.
#include "codegen/emitter.h"

#include <llvm-c/Core.h>

static LLVMValueRef function_reference(struct emitter *emitter, uint32_t function) {
    struct codegen *codegen = emitter->codegen;
    uint64_t record =
        codegen->layout.function_references +
        (uint64_t)codegen->function_references[function] * sizeof(struct object_function_reference);
    LLVMValueRef own =
        codegen_load_invariant(codegen, emitter->builder, codegen->i64, emitter->instance,
                               offsetof(struct object_instance, area_offset));
    return LLVMBuildAdd(emitter->builder, own, codegen_i64(codegen, record), "");
}

void emit_reference(struct emitter *emitter, const struct wasm_instruction *instruction) {
    struct codegen *codegen = emitter->codegen;
    LLVMValueRef value = codegen->zero_i64;
    if (instruction->opcode == WASM_OP_REF_IS_NULL) {
        value =
            LLVMBuildICmp(emitter->builder, LLVMIntEQ, emitter_pop(emitter), codegen->zero_i64, "");
    } else if (instruction->opcode == WASM_OP_REF_FUNC) {
        value = function_reference(emitter, instruction->immediate.index);
    }
    emitter_push(emitter, value);
}
