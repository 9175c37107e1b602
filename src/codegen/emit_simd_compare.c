// Comparison of lanes: all ones where it holds, zeros elsewhere.
#include "codegen/emit_simd.h"

#include <llvm-c/Core.h>

struct compare_row {
    uint8_t shape;
    uint8_t predicate; // LLVMIntPredicate or LLVMRealPredicate: with a NaN all are false but ne
};

#define INTEGER_ROWS(shape)                                                                        \
    [WASM_OP_##shape##_EQ] = {SIMD_##shape, LLVMIntEQ},                                            \
    [WASM_OP_##shape##_NE] = {SIMD_##shape, LLVMIntNE},                                            \
    [WASM_OP_##shape##_LT_S] = {SIMD_##shape, LLVMIntSLT},                                         \
    [WASM_OP_##shape##_GT_S] = {SIMD_##shape, LLVMIntSGT},                                         \
    [WASM_OP_##shape##_LE_S] = {SIMD_##shape, LLVMIntSLE},                                         \
    [WASM_OP_##shape##_GE_S] = {SIMD_##shape, LLVMIntSGE}

#define UNSIGNED_ROWS(shape)                                                                       \
    [WASM_OP_##shape##_LT_U] = {SIMD_##shape, LLVMIntULT},                                         \
    [WASM_OP_##shape##_GT_U] = {SIMD_##shape, LLVMIntUGT},                                         \
    [WASM_OP_##shape##_LE_U] = {SIMD_##shape, LLVMIntULE},                                         \
    [WASM_OP_##shape##_GE_U] = {SIMD_##shape, LLVMIntUGE}

#define FLOAT_ROWS(shape)                                                                          \
    [WASM_OP_##shape##_EQ] = {SIMD_##shape, LLVMRealOEQ},                                          \
    [WASM_OP_##shape##_NE] = {SIMD_##shape, LLVMRealUNE},                                          \
    [WASM_OP_##shape##_LT] = {SIMD_##shape, LLVMRealOLT},                                          \
    [WASM_OP_##shape##_GT] = {SIMD_##shape, LLVMRealOGT},                                          \
    [WASM_OP_##shape##_LE] = {SIMD_##shape, LLVMRealOLE},                                          \
    [WASM_OP_##shape##_GE] = {SIMD_##shape, LLVMRealOGE}

static const struct compare_row rows[WASM_OP_COUNT] = {
    INTEGER_ROWS(I8X16),  INTEGER_ROWS(I16X8),  INTEGER_ROWS(I32X4),
    INTEGER_ROWS(I64X2),  UNSIGNED_ROWS(I8X16), UNSIGNED_ROWS(I16X8),
    UNSIGNED_ROWS(I32X4), FLOAT_ROWS(F32X4),    FLOAT_ROWS(F64X2),
};

void emit_simd_compare(struct emitter *emitter, const struct wasm_instruction *instruction) {
    struct compare_row row = rows[instruction->opcode];
    LLVMValueRef right = simd_pop(emitter, row.shape);
    LLVMValueRef left = simd_pop(emitter, row.shape);
    bool is_float = row.shape >= SIMD_F32X4;
    LLVMValueRef condition =
        is_float
            ? LLVMBuildFCmp(emitter->builder, (LLVMRealPredicate)row.predicate, left, right, "")
            : LLVMBuildICmp(emitter->builder, (LLVMIntPredicate)row.predicate, left, right, "");
    LLVMTypeRef type = simd_type(emitter->codegen, row.shape == SIMD_F32X4   ? SIMD_I32X4
                                                   : row.shape == SIMD_F64X2 ? SIMD_I64X2
                                                                             : row.shape);
    simd_push(emitter, LLVMBuildSExt(emitter->builder, condition, type, ""));
}
