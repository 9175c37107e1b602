#include "codegen/emitter.h"

#include <llvm-c/Core.h>

static LLVMValueRef vector_constant(struct codegen *codegen, const uint8_t bytes[16]) {
    LLVMValueRef lanes[16];
    for (unsigned i = 0; i < 16; i++) {
        lanes[i] = LLVMConstInt(codegen->i8, bytes[i], 0);
    }
    return LLVMConstVector(lanes, 16);
}

// Built from the bits: a NaN keeps its payload.
LLVMValueRef emitter_constant(struct codegen *codegen, const struct wasm_instruction *instruction) {
    switch (instruction->opcode) {
    case WASM_OP_I32_CONST:
        return codegen_i32(codegen, (uint32_t)instruction->immediate.i32);
    case WASM_OP_I64_CONST:
        return codegen_i64(codegen, (uint64_t)instruction->immediate.i64);
    case WASM_OP_F32_CONST:
        return LLVMConstBitCast(codegen_i32(codegen, instruction->immediate.f32), codegen->f32);
    case WASM_OP_F64_CONST:
        return LLVMConstBitCast(codegen_i64(codegen, instruction->immediate.f64), codegen->f64);
    case WASM_OP_V128_CONST:
        return vector_constant(codegen, instruction->immediate.bytes);
    default:
        return NULL;
    }
}

void emit_constant(struct emitter *emitter, const struct wasm_instruction *instruction) {
    emitter_push(emitter, emitter_constant(emitter->codegen, instruction));
}
