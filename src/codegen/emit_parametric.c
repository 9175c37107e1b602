#include "codegen/emitter.h"

#include <llvm-c/Core.h>

LLVMValueRef emitter_condition(struct emitter *emitter, LLVMValueRef value) {
    if (LLVMIsAZExtInst(value) != NULL) {
        LLVMValueRef narrow = LLVMGetOperand(value, 0);
        if (LLVMTypeOf(narrow) == emitter->codegen->i1) {
            return narrow; // the result of a comparison
        }
    }
    return LLVMBuildICmp(emitter->builder, LLVMIntNE, value, emitter->codegen->zero_i32, "");
}

void emit_parametric(struct emitter *emitter, const struct wasm_instruction *instruction) {
    if (instruction->opcode == WASM_OP_DROP) {
        emitter_pop(emitter);
        return;
    }
    LLVMValueRef condition = emitter_condition(emitter, emitter_pop(emitter));
    LLVMValueRef otherwise = emitter_pop(emitter);
    LLVMValueRef then = emitter_pop(emitter);
    emitter_push(emitter, LLVMBuildSelect(emitter->builder, condition, then, otherwise, ""));
}
