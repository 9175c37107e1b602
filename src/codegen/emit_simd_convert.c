// Conversion of lanes between widths, and between integers and floating point.
#include "codegen/emit_simd.h"

#include <llvm-c/Core.h>

enum conversion {
    NARROW,        // two vectors into one, saturated
    EXTEND,        // one half, made wider
    TRUNCATE,      // f32x4 to i32x4, saturated
    TRUNCATE_ZERO, // f64x2 to i32x4, zeros behind
    CONVERT,       // i32x4 to f32x4
    CONVERT_LOW,   // the low half of i32x4 to f64x2
    DEMOTE_ZERO,   // f64x2 to f32x4, zeros behind
    PROMOTE_LOW,   // the low half of f32x4 to f64x2
};

struct convert_row {
    uint8_t conversion;
    uint8_t shape; // of the operands
    bool is_signed;
    bool is_high; // EXTEND
};

#define NARROW_ROWS(narrow, wide)                                                                  \
    [WASM_OP_##narrow##_NARROW_##wide##_S] = {NARROW, SIMD_##wide, true, false},                   \
    [WASM_OP_##narrow##_NARROW_##wide##_U] = {NARROW, SIMD_##wide, false, false}

#define EXTEND_ROWS(wide, narrow)                                                                  \
    [WASM_OP_##wide##_EXTEND_LOW_##narrow##_S] = {EXTEND, SIMD_##narrow, true, false},             \
    [WASM_OP_##wide##_EXTEND_HIGH_##narrow##_S] = {EXTEND, SIMD_##narrow, true, true},             \
    [WASM_OP_##wide##_EXTEND_LOW_##narrow##_U] = {EXTEND, SIMD_##narrow, false, false},            \
    [WASM_OP_##wide##_EXTEND_HIGH_##narrow##_U] = {EXTEND, SIMD_##narrow, false, true}

static const struct convert_row rows[WASM_OP_COUNT] = {
    NARROW_ROWS(I8X16, I16X8),
    NARROW_ROWS(I16X8, I32X4),
    EXTEND_ROWS(I16X8, I8X16),
    EXTEND_ROWS(I32X4, I16X8),
    EXTEND_ROWS(I64X2, I32X4),
    [WASM_OP_I32X4_TRUNC_SAT_F32X4_S] = {TRUNCATE, SIMD_F32X4, true, false},
    [WASM_OP_I32X4_TRUNC_SAT_F32X4_U] = {TRUNCATE, SIMD_F32X4, false, false},
    [WASM_OP_I32X4_TRUNC_SAT_F64X2_S_ZERO] = {TRUNCATE_ZERO, SIMD_F64X2, true, false},
    [WASM_OP_I32X4_TRUNC_SAT_F64X2_U_ZERO] = {TRUNCATE_ZERO, SIMD_F64X2, false, false},
    [WASM_OP_F32X4_CONVERT_I32X4_S] = {CONVERT, SIMD_I32X4, true, false},
    [WASM_OP_F32X4_CONVERT_I32X4_U] = {CONVERT, SIMD_I32X4, false, false},
    [WASM_OP_F64X2_CONVERT_LOW_I32X4_S] = {CONVERT_LOW, SIMD_I32X4, true, false},
    [WASM_OP_F64X2_CONVERT_LOW_I32X4_U] = {CONVERT_LOW, SIMD_I32X4, false, false},
    [WASM_OP_F32X4_DEMOTE_F64X2_ZERO] = {DEMOTE_ZERO, SIMD_F64X2, false, false},
    [WASM_OP_F64X2_PROMOTE_LOW_F32X4] = {PROMOTE_LOW, SIMD_F32X4, false, false},
};

static LLVMValueRef splat_signed(LLVMTypeRef type, int64_t value) {
    LLVMValueRef lanes[16];
    unsigned count = LLVMGetVectorSize(type);
    for (unsigned i = 0; i < count; i++) {
        lanes[i] = LLVMConstInt(LLVMGetElementType(type), (uint64_t)value, true);
    }
    return LLVMConstVector(lanes, count);
}

static LLVMValueRef splat_float(LLVMTypeRef type, double value) {
    LLVMValueRef lanes[4];
    unsigned count = LLVMGetVectorSize(type);
    for (unsigned i = 0; i < count; i++) {
        lanes[i] = LLVMConstReal(LLVMGetElementType(type), value);
    }
    return LLVMConstVector(lanes, count);
}

// LLVM would take two steps for what the pack instructions do in one.
static LLVMValueRef pack(struct emitter *emitter, struct convert_row row, LLVMValueRef left,
                         LLVMValueRef right) {
    static const char *const names[2][2] = {
        {"llvm.x86.sse2.packuswb.128", "llvm.x86.sse2.packsswb.128"},
        {"llvm.x86.sse41.packusdw", "llvm.x86.sse2.packssdw.128"},
    };
    LLVMValueRef operands[] = {left, right};
    return codegen_intrinsic(emitter->codegen, names[row.shape == SIMD_I32X4][row.is_signed], NULL,
                             0, operands, 2);
}

// Both operands are signed; the result's range is signed or not.
static LLVMValueRef narrow(struct emitter *emitter, struct convert_row row) {
    static const uint8_t all[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    LLVMValueRef right = simd_pop(emitter, row.shape);
    LLVMValueRef left = simd_pop(emitter, row.shape);
    if (emitter->codegen->has_sse41) {
        return pack(emitter, row, left, right);
    }
    unsigned lanes = 2 * simd_lane_count(row.shape);
    int64_t range = 1ll << 128 / lanes;
    int64_t low = row.is_signed ? -range / 2 : 0;
    int64_t high = row.is_signed ? range / 2 - 1 : range - 1;
    LLVMValueRef both = simd_shuffle(emitter, left, right, all, lanes);
    LLVMTypeRef type = LLVMTypeOf(both);
    both = simd_intrinsic(emitter, "llvm.smax", both, splat_signed(type, low));
    both = simd_intrinsic(emitter, "llvm.smin", both, splat_signed(type, high));
    return LLVMBuildTrunc(emitter->builder, both,
                          simd_type(emitter->codegen, simd_narrower(row.shape)), "");
}

// To 32-bit integers. LLVM's own saturating conversion would be taken apart lane by lane; its
// plain one has no defined result outside of the range, which the selects leave out.
static LLVMValueRef truncate(struct emitter *emitter, LLVMValueRef value, bool is_signed) {
    LLVMBuilderRef builder = emitter->builder;
    LLVMTypeRef from = LLVMTypeOf(value);
    LLVMTypeRef to = LLVMVectorType(emitter->codegen->i32, LLVMGetVectorSize(from));
    LLVMValueRef lowest = splat_float(from, is_signed ? -0x1p31 : 0.0);
    LLVMValueRef limit = splat_float(from, is_signed ? 0x1p31 : 0x1p32);
    LLVMValueRef number = value;
    if (is_signed) { // else a NaN becomes the lowest, which is 0
        number = LLVMBuildSelect(builder, LLVMBuildFCmp(builder, LLVMRealORD, value, value, ""),
                                 value, splat_float(from, 0.0), "");
    }
    LLVMValueRef bounded = LLVMBuildSelect(
        builder, LLVMBuildFCmp(builder, LLVMRealOGT, number, lowest, ""), number, lowest, "");
    LLVMValueRef integer = is_signed ? LLVMBuildFPToSI(builder, bounded, to, "")
                                     : LLVMBuildFPToUI(builder, bounded, to, "");
    LLVMValueRef above = LLVMBuildFCmp(builder, LLVMRealOGE, number, limit, "");
    return LLVMBuildSelect(builder, above, splat_signed(to, is_signed ? INT32_MAX : -1), integer,
                           "");
}

static LLVMValueRef convert(struct emitter *emitter, LLVMValueRef value, enum simd_shape to,
                            bool is_signed) {
    LLVMTypeRef type = simd_type(emitter->codegen, to);
    return is_signed ? LLVMBuildSIToFP(emitter->builder, value, type, "")
                     : LLVMBuildUIToFP(emitter->builder, value, type, "");
}

static LLVMValueRef without_casts(LLVMValueRef value) {
    while (LLVMIsABitCastInst(value) != NULL) {
        value = LLVMGetOperand(value, 0);
    }
    return value;
}

// LLVM would fold the demotion of a promoted value to the value, without quieting a NaN.
static LLVMValueRef demote(struct emitter *emitter, LLVMValueRef value) {
    LLVMTypeRef half = LLVMVectorType(emitter->codegen->f32, 2);
    if (LLVMIsAFPExtInst(without_casts(value)) != NULL) {
        value = emitter_hide_float(emitter, value);
    }
    return simd_append_zeros(emitter, LLVMBuildFPTrunc(emitter->builder, value, half, ""));
}

void emit_simd_convert(struct emitter *emitter, const struct wasm_instruction *instruction) {
    struct convert_row row = rows[instruction->opcode];
    if (row.conversion == NARROW) {
        simd_push(emitter, narrow(emitter, row));
        return;
    }
    LLVMValueRef value = simd_pop(emitter, row.shape);
    LLVMValueRef result = NULL;
    switch ((enum conversion)row.conversion) {
    case EXTEND:
        result = simd_extend_half(emitter, value, row.shape, row.is_high, row.is_signed);
        break;
    case TRUNCATE:
        result = truncate(emitter, value, row.is_signed);
        break;
    case TRUNCATE_ZERO:
        result = simd_append_zeros(emitter, truncate(emitter, value, row.is_signed));
        break;
    case CONVERT:
        result = convert(emitter, value, SIMD_F32X4, row.is_signed);
        break;
    case CONVERT_LOW:
        result =
            convert(emitter, simd_select_lanes(emitter, value, 0, 1, 2), SIMD_F64X2, row.is_signed);
        break;
    case DEMOTE_ZERO:
        result = demote(emitter, value);
        break;
    default: // PROMOTE_LOW
        result = LLVMBuildFPExt(emitter->builder, simd_select_lanes(emitter, value, 0, 1, 2),
                                simd_type(emitter->codegen, SIMD_F64X2), "");
        break;
    }
    simd_push(emitter, result);
}
