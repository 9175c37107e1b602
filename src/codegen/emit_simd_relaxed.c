// Relaxed vector instructions, of which the specification allows several results. Here there is
// one, the same on every CPU: that of the strict instruction where there is one; multiply-add
// rounds twice; and dot products take both operands as signed and wrap around.
#include "codegen/emit_simd.h"

#include <llvm-c/Core.h>

// The strict instruction and what emits it.
static const struct strict_row {
    emit_function *emit;
    enum wasm_opcode opcode;
} strict_rows[WASM_OP_COUNT] = {
    [WASM_OP_I8X16_RELAXED_SWIZZLE] = {emit_simd_lane, WASM_OP_I8X16_SWIZZLE},
    [WASM_OP_I32X4_RELAXED_TRUNC_F32X4_S] = {emit_simd_convert, WASM_OP_I32X4_TRUNC_SAT_F32X4_S},
    [WASM_OP_I32X4_RELAXED_TRUNC_F32X4_U] = {emit_simd_convert, WASM_OP_I32X4_TRUNC_SAT_F32X4_U},
    [WASM_OP_I32X4_RELAXED_TRUNC_F64X2_S_ZERO] = {emit_simd_convert,
                                                  WASM_OP_I32X4_TRUNC_SAT_F64X2_S_ZERO},
    [WASM_OP_I32X4_RELAXED_TRUNC_F64X2_U_ZERO] = {emit_simd_convert,
                                                  WASM_OP_I32X4_TRUNC_SAT_F64X2_U_ZERO},
    [WASM_OP_I8X16_RELAXED_LANESELECT] = {emit_simd_bits, WASM_OP_V128_BITSELECT},
    [WASM_OP_I16X8_RELAXED_LANESELECT] = {emit_simd_bits, WASM_OP_V128_BITSELECT},
    [WASM_OP_I32X4_RELAXED_LANESELECT] = {emit_simd_bits, WASM_OP_V128_BITSELECT},
    [WASM_OP_I64X2_RELAXED_LANESELECT] = {emit_simd_bits, WASM_OP_V128_BITSELECT},
    [WASM_OP_F32X4_RELAXED_MIN] = {emit_simd_float, WASM_OP_F32X4_MIN},
    [WASM_OP_F32X4_RELAXED_MAX] = {emit_simd_float, WASM_OP_F32X4_MAX},
    [WASM_OP_F64X2_RELAXED_MIN] = {emit_simd_float, WASM_OP_F64X2_MIN},
    [WASM_OP_F64X2_RELAXED_MAX] = {emit_simd_float, WASM_OP_F64X2_MAX},
    [WASM_OP_I16X8_RELAXED_Q15MULR_S] = {emit_simd_integer, WASM_OP_I16X8_Q15MULR_SAT_S},
};

// first * second + third, or third - first * second.
static LLVMValueRef multiply_add(struct emitter *emitter, enum simd_shape shape, bool negate) {
    LLVMValueRef third = simd_pop(emitter, shape);
    LLVMValueRef second = simd_pop(emitter, shape);
    LLVMValueRef first = simd_pop(emitter, shape);
    LLVMValueRef product = emitter_float_binary(emitter, WASM_OP_F32_MUL, first, second);
    return negate ? emitter_float_binary(emitter, WASM_OP_F32_SUB, third, product)
                  : emitter_float_binary(emitter, WASM_OP_F32_ADD, product, third);
}

// Products of bytes, added in pairs.
static LLVMValueRef dot(struct emitter *emitter) {
    LLVMBuilderRef builder = emitter->builder;
    LLVMTypeRef wide = LLVMVectorType(emitter->codegen->i16, 16);
    LLVMValueRef second = LLVMBuildSExt(builder, emitter_pop(emitter), wide, "");
    LLVMValueRef first = LLVMBuildSExt(builder, emitter_pop(emitter), wide, "");
    LLVMValueRef products = LLVMBuildMul(builder, first, second, "");
    return LLVMBuildAdd(builder, simd_select_lanes(emitter, products, 0, 2, 8),
                        simd_select_lanes(emitter, products, 1, 2, 8), "");
}

// The sums of `dot`, added in pairs of 32 bits, and added to the third operand.
static LLVMValueRef dot_and_add(struct emitter *emitter) {
    LLVMBuilderRef builder = emitter->builder;
    LLVMValueRef third = simd_pop(emitter, SIMD_I32X4);
    LLVMTypeRef wide = LLVMVectorType(emitter->codegen->i32, 8);
    LLVMValueRef sums = LLVMBuildSExt(builder, dot(emitter), wide, "");
    LLVMValueRef pairs = LLVMBuildAdd(builder, simd_select_lanes(emitter, sums, 0, 2, 4),
                                      simd_select_lanes(emitter, sums, 1, 2, 4), "");
    return LLVMBuildAdd(builder, pairs, third, "");
}

void emit_simd_relaxed(struct emitter *emitter, const struct wasm_instruction *instruction) {
    struct strict_row row = strict_rows[instruction->opcode];
    if (row.emit != NULL) {
        struct wasm_instruction strict = *instruction;
        strict.opcode = row.opcode;
        row.emit(emitter, &strict);
        return;
    }
    switch (instruction->opcode) {
    case WASM_OP_F32X4_RELAXED_MADD:
        simd_push(emitter, multiply_add(emitter, SIMD_F32X4, false));
        break;
    case WASM_OP_F32X4_RELAXED_NMADD:
        simd_push(emitter, multiply_add(emitter, SIMD_F32X4, true));
        break;
    case WASM_OP_F64X2_RELAXED_MADD:
        simd_push(emitter, multiply_add(emitter, SIMD_F64X2, false));
        break;
    case WASM_OP_F64X2_RELAXED_NMADD:
        simd_push(emitter, multiply_add(emitter, SIMD_F64X2, true));
        break;
    case WASM_OP_I16X8_RELAXED_DOT_I8X16_I7X16_S:
        simd_push(emitter, dot(emitter));
        break;
    default:
        simd_push(emitter, dot_and_add(emitter));
        break;
    }
}
