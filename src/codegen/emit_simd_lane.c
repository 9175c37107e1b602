// Lanes: splats, one lane in or out, shuffles.
#include "codegen/emit_simd.h"

#include <llvm-c/Core.h>

enum lane_operation { LANE_SPLAT, LANE_EXTRACT, LANE_REPLACE, LANE_SHUFFLE, LANE_SWIZZLE };

struct lane_row {
    uint8_t operation;
    uint8_t shape;
    bool is_signed; // LANE_EXTRACT of lanes narrower than i32
};

static const struct lane_row rows[WASM_OP_COUNT] = {
    [WASM_OP_I8X16_SPLAT] = {LANE_SPLAT, SIMD_I8X16, false},
    [WASM_OP_I16X8_SPLAT] = {LANE_SPLAT, SIMD_I16X8, false},
    [WASM_OP_I32X4_SPLAT] = {LANE_SPLAT, SIMD_I32X4, false},
    [WASM_OP_I64X2_SPLAT] = {LANE_SPLAT, SIMD_I64X2, false},
    [WASM_OP_F32X4_SPLAT] = {LANE_SPLAT, SIMD_F32X4, false},
    [WASM_OP_F64X2_SPLAT] = {LANE_SPLAT, SIMD_F64X2, false},
    [WASM_OP_I8X16_EXTRACT_LANE_S] = {LANE_EXTRACT, SIMD_I8X16, true},
    [WASM_OP_I8X16_EXTRACT_LANE_U] = {LANE_EXTRACT, SIMD_I8X16, false},
    [WASM_OP_I16X8_EXTRACT_LANE_S] = {LANE_EXTRACT, SIMD_I16X8, true},
    [WASM_OP_I16X8_EXTRACT_LANE_U] = {LANE_EXTRACT, SIMD_I16X8, false},
    [WASM_OP_I32X4_EXTRACT_LANE] = {LANE_EXTRACT, SIMD_I32X4, false},
    [WASM_OP_I64X2_EXTRACT_LANE] = {LANE_EXTRACT, SIMD_I64X2, false},
    [WASM_OP_F32X4_EXTRACT_LANE] = {LANE_EXTRACT, SIMD_F32X4, false},
    [WASM_OP_F64X2_EXTRACT_LANE] = {LANE_EXTRACT, SIMD_F64X2, false},
    [WASM_OP_I8X16_REPLACE_LANE] = {LANE_REPLACE, SIMD_I8X16, false},
    [WASM_OP_I16X8_REPLACE_LANE] = {LANE_REPLACE, SIMD_I16X8, false},
    [WASM_OP_I32X4_REPLACE_LANE] = {LANE_REPLACE, SIMD_I32X4, false},
    [WASM_OP_I64X2_REPLACE_LANE] = {LANE_REPLACE, SIMD_I64X2, false},
    [WASM_OP_F32X4_REPLACE_LANE] = {LANE_REPLACE, SIMD_F32X4, false},
    [WASM_OP_F64X2_REPLACE_LANE] = {LANE_REPLACE, SIMD_F64X2, false},
    [WASM_OP_I8X16_SHUFFLE] = {LANE_SHUFFLE, SIMD_I8X16, false},
    [WASM_OP_I8X16_SWIZZLE] = {LANE_SWIZZLE, SIMD_I8X16, false},
};

static bool is_small(enum simd_shape shape) {
    return shape == SIMD_I8X16 || shape == SIMD_I16X8;
}

// The operand as a lane: i32 carries the small ones.
static LLVMValueRef pop_lane(struct emitter *emitter, enum simd_shape shape) {
    LLVMValueRef value = emitter_pop(emitter);
    return is_small(shape) ? LLVMBuildTrunc(emitter->builder, value,
                                            simd_lane_type(emitter->codegen, shape), "")
                           : value;
}

static LLVMValueRef extract(struct emitter *emitter, struct lane_row row, unsigned lane) {
    LLVMValueRef value = LLVMBuildExtractElement(emitter->builder, simd_pop(emitter, row.shape),
                                                 codegen_i32(emitter->codegen, lane), "");
    return is_small(row.shape) ? simd_extend(emitter, value, emitter->codegen->i32, row.is_signed)
                               : value;
}

static LLVMValueRef replace(struct emitter *emitter, enum simd_shape shape, unsigned lane) {
    LLVMValueRef value = pop_lane(emitter, shape);
    return LLVMBuildInsertElement(emitter->builder, simd_pop(emitter, shape), value,
                                  codegen_i32(emitter->codegen, lane), "");
}

static LLVMValueRef shuffle(struct emitter *emitter, const uint8_t indices[16]) {
    LLVMValueRef right = emitter_pop(emitter);
    LLVMValueRef left = emitter_pop(emitter);
    return simd_shuffle(emitter, left, right, indices, 16);
}

// pshufb gives 0 where the highest bit of an index is set: adding 0x70 with saturation sets it for
// all indices from 16 on, and leaves the low four bits of the others.
static LLVMValueRef swizzle_with_pshufb(struct emitter *emitter, LLVMValueRef vector,
                                        LLVMValueRef indices) {
    LLVMValueRef operands[] = {vector,
                               simd_intrinsic(emitter, "llvm.uadd.sat", indices,
                                              simd_splat_integer(emitter, SIMD_I8X16, 0x70))};
    return codegen_intrinsic(emitter->codegen, "llvm.x86.ssse3.pshuf.b.128", NULL, 0, operands, 2);
}

static LLVMValueRef swizzle_by_lanes(struct emitter *emitter, LLVMValueRef vector,
                                     LLVMValueRef indices) {
    LLVMBuilderRef builder = emitter->builder;
    struct codegen *codegen = emitter->codegen;
    LLVMValueRef low =
        LLVMBuildAnd(builder, indices, simd_splat_integer(emitter, SIMD_I8X16, 15), "");
    LLVMValueRef result = LLVMConstNull(codegen->v128);
    for (unsigned i = 0; i < 16; i++) {
        LLVMValueRef number = codegen_i32(codegen, i);
        LLVMValueRef index = LLVMBuildExtractElement(builder, low, number, "");
        LLVMValueRef lane = LLVMBuildExtractElement(
            builder, vector, LLVMBuildZExt(builder, index, codegen->i32, ""), "");
        result = LLVMBuildInsertElement(builder, result, lane, number, "");
    }
    LLVMValueRef inside = LLVMBuildICmp(builder, LLVMIntULT, indices,
                                        simd_splat_integer(emitter, SIMD_I8X16, 16), "");
    return LLVMBuildSelect(builder, inside, result, LLVMConstNull(codegen->v128), "");
}

static LLVMValueRef swizzle(struct emitter *emitter) {
    LLVMValueRef indices = emitter_pop(emitter);
    LLVMValueRef vector = emitter_pop(emitter);
    return emitter->codegen->has_sse41 ? swizzle_with_pshufb(emitter, vector, indices)
                                       : swizzle_by_lanes(emitter, vector, indices);
}

void emit_simd_lane(struct emitter *emitter, const struct wasm_instruction *instruction) {
    struct lane_row row = rows[instruction->opcode];
    switch ((enum lane_operation)row.operation) {
    case LANE_SPLAT:
        simd_push(emitter,
                  simd_splat(emitter, pop_lane(emitter, row.shape), simd_lane_count(row.shape)));
        break;
    case LANE_EXTRACT:
        emitter_push(emitter, extract(emitter, row, instruction->immediate.lane));
        break;
    case LANE_REPLACE:
        simd_push(emitter, replace(emitter, row.shape, instruction->immediate.lane));
        break;
    case LANE_SHUFFLE:
        simd_push(emitter, shuffle(emitter, instruction->immediate.bytes));
        break;
    case LANE_SWIZZLE:
        simd_push(emitter, swizzle(emitter));
        break;
    }
}
