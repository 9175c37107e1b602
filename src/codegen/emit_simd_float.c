// Floating-point arithmetic of lanes: as for numbers (emit_float.c), and pseudo-minimum and
// -maximum.
#include "codegen/emit_simd.h"

#include <llvm-c/Core.h>

// The rows of f32x4 and of f64x2 are in this order in opcodes.def.
static const enum wasm_opcode operations[] = {
    WASM_OP_F32_ABS,     WASM_OP_F32_NEG,  WASM_OP_F32_CEIL, WASM_OP_F32_FLOOR, WASM_OP_F32_TRUNC,
    WASM_OP_F32_NEAREST, WASM_OP_F32_SQRT, WASM_OP_F32_ADD,  WASM_OP_F32_SUB,   WASM_OP_F32_MUL,
    WASM_OP_F32_DIV,     WASM_OP_F32_MIN,  WASM_OP_F32_MAX,
};

// The right one where it is less (or greater), the left one otherwise: with a NaN, and for zeros
// of different signs.
static LLVMValueRef pseudo_extreme(struct emitter *emitter, LLVMRealPredicate predicate,
                                   LLVMValueRef left, LLVMValueRef right) {
    LLVMValueRef condition = LLVMBuildFCmp(emitter->builder, predicate, right, left, "");
    return LLVMBuildSelect(emitter->builder, condition, right, left, "");
}

void emit_simd_float(struct emitter *emitter, const struct wasm_instruction *instruction) {
    enum wasm_opcode opcode = instruction->opcode;
    enum simd_shape shape = opcode >= WASM_OP_F64X2_ABS ? SIMD_F64X2 : SIMD_F32X4;
    unsigned number = opcode - (shape == SIMD_F64X2 ? WASM_OP_F64X2_ABS : WASM_OP_F32X4_ABS);
    LLVMValueRef right = simd_pop(emitter, shape);
    if (number <= WASM_OP_F32X4_SQRT - WASM_OP_F32X4_ABS) {
        simd_push(emitter, emitter_float_unary(emitter, operations[number], right));
        return;
    }
    LLVMValueRef left = simd_pop(emitter, shape);
    switch (number) {
    case WASM_OP_F32X4_PMIN - WASM_OP_F32X4_ABS:
        simd_push(emitter, pseudo_extreme(emitter, LLVMRealOLT, left, right));
        break;
    case WASM_OP_F32X4_PMAX - WASM_OP_F32X4_ABS:
        simd_push(emitter, pseudo_extreme(emitter, LLVMRealOGT, left, right));
        break;
    default:
        simd_push(emitter, emitter_float_binary(emitter, operations[number], left, right));
        break;
    }
}
