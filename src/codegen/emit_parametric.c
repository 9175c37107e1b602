#include "codegen/emitter.h"

#include <llvm-c/Core.h>

void emit_parametric(struct emitter *emitter, const struct wasm_instruction *instruction) {
    if (instruction->opcode == WASM_OP_DROP) {
        emitter_pop(emitter);
        return;
    }
    LLVMValueRef condition = emitter_pop_condition(emitter);
    LLVMValueRef otherwise = emitter_pop(emitter);
    LLVMValueRef then = emitter_pop(emitter);
    emitter_push(emitter, LLVMBuildSelect(emitter->builder, condition, then, otherwise, ""));
}
