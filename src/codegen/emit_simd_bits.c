// Bitwise operations on whole vectors, and tests of lanes.
#include "codegen/emit_simd.h"

#include <llvm-c/Core.h>

static const uint8_t shapes[WASM_OP_COUNT] = {
    [WASM_OP_I8X16_ALL_TRUE] = SIMD_I8X16, [WASM_OP_I16X8_ALL_TRUE] = SIMD_I16X8,
    [WASM_OP_I32X4_ALL_TRUE] = SIMD_I32X4, [WASM_OP_I64X2_ALL_TRUE] = SIMD_I64X2,
    [WASM_OP_I8X16_BITMASK] = SIMD_I8X16,  [WASM_OP_I16X8_BITMASK] = SIMD_I16X8,
    [WASM_OP_I32X4_BITMASK] = SIMD_I32X4,  [WASM_OP_I64X2_BITMASK] = SIMD_I64X2,
};

// Bits of the first where the mask has ones, of the second elsewhere.
static LLVMValueRef bit_select(struct emitter *emitter) {
    LLVMBuilderRef builder = emitter->builder;
    LLVMValueRef mask = simd_pop(emitter, SIMD_I64X2);
    LLVMValueRef second = simd_pop(emitter, SIMD_I64X2);
    LLVMValueRef first = simd_pop(emitter, SIMD_I64X2);
    return LLVMBuildOr(builder, LLVMBuildAnd(builder, first, mask, ""),
                       LLVMBuildAnd(builder, second, LLVMBuildNot(builder, mask, ""), ""), "");
}

static LLVMValueRef binary(struct emitter *emitter, enum wasm_opcode opcode) {
    LLVMBuilderRef builder = emitter->builder;
    LLVMValueRef right = simd_pop(emitter, SIMD_I64X2);
    LLVMValueRef left = simd_pop(emitter, SIMD_I64X2);
    switch (opcode) {
    case WASM_OP_V128_AND:
        return LLVMBuildAnd(builder, left, right, "");
    case WASM_OP_V128_ANDNOT:
        return LLVMBuildAnd(builder, left, LLVMBuildNot(builder, right, ""), "");
    case WASM_OP_V128_OR:
        return LLVMBuildOr(builder, left, right, "");
    default:
        return LLVMBuildXor(builder, left, right, "");
    }
}

// A condition for each lane as the bits of an integer, lane 0 lowest.
static LLVMValueRef lane_bits(struct emitter *emitter, LLVMIntPredicate predicate,
                              enum simd_shape shape) {
    LLVMValueRef vector = simd_pop(emitter, shape);
    LLVMValueRef condition =
        LLVMBuildICmp(emitter->builder, predicate, vector, LLVMConstNull(LLVMTypeOf(vector)), "");
    LLVMTypeRef bits = LLVMIntTypeInContext(emitter->codegen->context, simd_lane_count(shape));
    return LLVMBuildBitCast(emitter->builder, condition, bits, "");
}

static LLVMValueRef any_true(struct emitter *emitter) {
    LLVMTypeRef type = LLVMIntTypeInContext(emitter->codegen->context, 128);
    LLVMValueRef bits = LLVMBuildBitCast(emitter->builder, emitter_pop(emitter), type, "");
    return LLVMBuildICmp(emitter->builder, LLVMIntNE, bits, LLVMConstNull(type), "");
}

static LLVMValueRef all_true(struct emitter *emitter, enum simd_shape shape) {
    LLVMValueRef zeros = lane_bits(emitter, LLVMIntEQ, shape);
    return LLVMBuildICmp(emitter->builder, LLVMIntEQ, zeros, LLVMConstNull(LLVMTypeOf(zeros)), "");
}

void emit_simd_bits(struct emitter *emitter, const struct wasm_instruction *instruction) {
    enum simd_shape shape = shapes[instruction->opcode];
    switch (instruction->opcode) {
    case WASM_OP_V128_NOT:
        simd_push(emitter, LLVMBuildNot(emitter->builder, simd_pop(emitter, SIMD_I64X2), ""));
        break;
    case WASM_OP_V128_BITSELECT:
        simd_push(emitter, bit_select(emitter));
        break;
    case WASM_OP_V128_AND:
    case WASM_OP_V128_ANDNOT:
    case WASM_OP_V128_OR:
    case WASM_OP_V128_XOR:
        simd_push(emitter, binary(emitter, instruction->opcode));
        break;
    case WASM_OP_V128_ANY_TRUE:
        emitter_push(emitter, any_true(emitter));
        break;
    case WASM_OP_I8X16_BITMASK:
    case WASM_OP_I16X8_BITMASK:
    case WASM_OP_I32X4_BITMASK:
    case WASM_OP_I64X2_BITMASK:
        emitter_push(emitter, LLVMBuildZExt(emitter->builder, lane_bits(emitter, LLVMIntSLT, shape),
                                            emitter->codegen->i32, ""));
        break;
    default: // all_true
        emitter_push(emitter, all_true(emitter, shape));
        break;
    }
}
