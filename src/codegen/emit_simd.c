#include "codegen/emit_simd.h"

#include <llvm-c/Core.h>

unsigned simd_lane_count(enum simd_shape shape) {
    static const uint8_t counts[] = {16, 8, 4, 2, 4, 2};
    return counts[shape];
}

LLVMTypeRef simd_lane_type(const struct codegen *codegen, enum simd_shape shape) {
    const LLVMTypeRef types[] = {codegen->i8,  codegen->i16, codegen->i32,
                                 codegen->i64, codegen->f32, codegen->f64};
    return types[shape];
}

LLVMTypeRef simd_type(const struct codegen *codegen, enum simd_shape shape) {
    return LLVMVectorType(simd_lane_type(codegen, shape), simd_lane_count(shape));
}

enum simd_shape simd_wider(enum simd_shape shape) {
    return shape + 1;
}

enum simd_shape simd_narrower(enum simd_shape shape) {
    return shape - 1;
}

LLVMValueRef simd_cast(struct emitter *emitter, LLVMValueRef vector, enum simd_shape shape) {
    return LLVMBuildBitCast(emitter->builder, vector, simd_type(emitter->codegen, shape), "");
}

LLVMValueRef simd_pop(struct emitter *emitter, enum simd_shape shape) {
    return simd_cast(emitter, emitter_pop(emitter), shape);
}

void simd_push(struct emitter *emitter, LLVMValueRef vector) {
    emitter_push(emitter, LLVMBuildBitCast(emitter->builder, vector, emitter->codegen->v128, ""));
}

LLVMValueRef simd_splat(struct emitter *emitter, LLVMValueRef lane, unsigned count) {
    LLVMTypeRef type = LLVMVectorType(LLVMTypeOf(lane), count);
    LLVMValueRef first = LLVMBuildInsertElement(emitter->builder, LLVMGetPoison(type), lane,
                                                emitter->codegen->zero_i32, "");
    LLVMValueRef zeros = LLVMConstNull(LLVMVectorType(emitter->codegen->i32, count));
    return LLVMBuildShuffleVector(emitter->builder, first, LLVMGetPoison(type), zeros, "");
}

LLVMValueRef simd_splat_integer(struct emitter *emitter, enum simd_shape shape, uint64_t lane) {
    LLVMValueRef lanes[16];
    unsigned count = simd_lane_count(shape);
    for (unsigned i = 0; i < count; i++) {
        lanes[i] = LLVMConstInt(simd_lane_type(emitter->codegen, shape), lane, 0);
    }
    return LLVMConstVector(lanes, count);
}

LLVMValueRef simd_shuffle(struct emitter *emitter, LLVMValueRef left, LLVMValueRef right,
                          const uint8_t *indices, unsigned count) {
    LLVMValueRef mask[32];
    for (unsigned i = 0; i < count; i++) {
        mask[i] = codegen_i32(emitter->codegen, indices[i]);
    }
    return LLVMBuildShuffleVector(emitter->builder, left, right, LLVMConstVector(mask, count), "");
}

LLVMValueRef simd_select_lanes(struct emitter *emitter, LLVMValueRef vector, unsigned first,
                               unsigned step, unsigned count) {
    uint8_t indices[16];
    for (unsigned i = 0; i < count; i++) {
        indices[i] = (uint8_t)(first + i * step);
    }
    return simd_shuffle(emitter, vector, LLVMGetPoison(LLVMTypeOf(vector)), indices, count);
}

LLVMValueRef simd_append_zeros(struct emitter *emitter, LLVMValueRef vector) {
    static const uint8_t indices[] = {0, 1, 2, 3};
    LLVMTypeRef type = LLVMTypeOf(vector);
    return simd_shuffle(emitter, vector, LLVMConstNull(type), indices, 2 * LLVMGetVectorSize(type));
}

LLVMValueRef simd_extend(struct emitter *emitter, LLVMValueRef vector, LLVMTypeRef type,
                         bool is_signed) {
    return is_signed ? LLVMBuildSExt(emitter->builder, vector, type, "")
                     : LLVMBuildZExt(emitter->builder, vector, type, "");
}

LLVMValueRef simd_extend_half(struct emitter *emitter, LLVMValueRef vector, enum simd_shape narrow,
                              bool high, bool is_signed) {
    unsigned count = simd_lane_count(narrow) / 2;
    LLVMValueRef half = simd_select_lanes(emitter, vector, high ? count : 0, 1, count);
    return simd_extend(emitter, half, simd_type(emitter->codegen, simd_wider(narrow)), is_signed);
}

LLVMValueRef simd_intrinsic(struct emitter *emitter, const char *name, LLVMValueRef left,
                            LLVMValueRef right) {
    LLVMTypeRef type = LLVMTypeOf(left);
    LLVMValueRef operands[] = {left, right};
    return codegen_intrinsic(emitter->codegen, name, &type, 1, operands, 2);
}
