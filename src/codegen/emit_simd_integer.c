// Integer arithmetic of lanes.
#include "codegen/emit_simd.h"

#include <llvm-c/Core.h>

enum operation {
    ABSOLUTE,
    NEGATE,
    COUNT_BITS,
    SHIFT,         // opcode says which
    BINARY,        // opcode says which
    INTRINSIC,     // of two operands
    AVERAGE,       // rounded up
    Q15_MULTIPLY,  // of fractions of 2^15, rounded, saturated
    DOT,           // products of 16 bits, added in pairs
    MULTIPLY_HALF, // lanes of one half, made wider
    ADD_PAIRS,     // neighbours, made wider
};

struct integer_row {
    uint8_t operation;
    uint8_t shape; // of the operands
    uint8_t llvm;  // LLVMOpcode of SHIFT and BINARY
    bool is_signed;
    bool is_high;          // MULTIPLY_HALF
    const char *intrinsic; // INTRINSIC
};

#define PLAIN_ROW(lanes, name, what)                                                               \
    [WASM_OP_##lanes##_##name] = {.operation = what, .shape = SIMD_##lanes}
#define LLVM_ROW(shape, name, operation, opcode)                                                   \
    [WASM_OP_##shape##_##name] = {operation, SIMD_##shape, .llvm = opcode}
#define INTRINSIC_ROW(shape, name, text)                                                           \
    [WASM_OP_##shape##_##name] = {INTRINSIC, SIMD_##shape, .intrinsic = text}

// What all four shapes have.
#define COMMON_ROWS(shape)                                                                         \
    PLAIN_ROW(shape, ABS, ABSOLUTE), PLAIN_ROW(shape, NEG, NEGATE),                                \
        LLVM_ROW(shape, SHL, SHIFT, LLVMShl), LLVM_ROW(shape, SHR_S, SHIFT, LLVMAShr),             \
        LLVM_ROW(shape, SHR_U, SHIFT, LLVMLShr), LLVM_ROW(shape, ADD, BINARY, LLVMAdd),            \
        LLVM_ROW(shape, SUB, BINARY, LLVMSub)

#define EXTREME_ROWS(shape)                                                                        \
    INTRINSIC_ROW(shape, MIN_S, "llvm.smin"), INTRINSIC_ROW(shape, MIN_U, "llvm.umin"),            \
        INTRINSIC_ROW(shape, MAX_S, "llvm.smax"), INTRINSIC_ROW(shape, MAX_U, "llvm.umax")

#define SATURATING_ROWS(shape)                                                                     \
    INTRINSIC_ROW(shape, ADD_SAT_S, "llvm.sadd.sat"),                                              \
        INTRINSIC_ROW(shape, ADD_SAT_U, "llvm.uadd.sat"),                                          \
        INTRINSIC_ROW(shape, SUB_SAT_S, "llvm.ssub.sat"),                                          \
        INTRINSIC_ROW(shape, SUB_SAT_U, "llvm.usub.sat")

#define HALF_ROW(wide, half, narrow, sign, is_signed, is_high)                                     \
    [WASM_OP_##wide##_EXTMUL_##half##_##narrow##_##                                                \
        sign] = {MULTIPLY_HALF, SIMD_##narrow, 0, is_signed, is_high, NULL}

#define WIDENING_ROWS(wide, narrow)                                                                \
    HALF_ROW(wide, LOW, narrow, S, true, false), HALF_ROW(wide, HIGH, narrow, S, true, true),      \
        HALF_ROW(wide, LOW, narrow, U, false, false), HALF_ROW(wide, HIGH, narrow, U, false, true)

#define PAIR_ROW(wide, narrow, sign, is_signed)                                                    \
    [WASM_OP_##wide##_EXTADD_PAIRWISE_##narrow##_##                                                \
        sign] = {ADD_PAIRS, SIMD_##narrow, 0, is_signed, false, NULL}

static const struct integer_row rows[WASM_OP_COUNT] = {
    COMMON_ROWS(I8X16),
    COMMON_ROWS(I16X8),
    COMMON_ROWS(I32X4),
    COMMON_ROWS(I64X2),
    EXTREME_ROWS(I8X16),
    EXTREME_ROWS(I16X8),
    EXTREME_ROWS(I32X4),
    SATURATING_ROWS(I8X16),
    SATURATING_ROWS(I16X8),
    WIDENING_ROWS(I16X8, I8X16),
    WIDENING_ROWS(I32X4, I16X8),
    WIDENING_ROWS(I64X2, I32X4),
    LLVM_ROW(I16X8, MUL, BINARY, LLVMMul),
    LLVM_ROW(I32X4, MUL, BINARY, LLVMMul),
    LLVM_ROW(I64X2, MUL, BINARY, LLVMMul),
    PLAIN_ROW(I8X16, POPCNT, COUNT_BITS),
    PLAIN_ROW(I8X16, AVGR_U, AVERAGE),
    PLAIN_ROW(I16X8, AVGR_U, AVERAGE),
    PLAIN_ROW(I16X8, Q15MULR_SAT_S, Q15_MULTIPLY),
    PAIR_ROW(I16X8, I8X16, S, true),
    PAIR_ROW(I16X8, I8X16, U, false),
    PAIR_ROW(I32X4, I16X8, S, true),
    PAIR_ROW(I32X4, I16X8, U, false),
    [WASM_OP_I32X4_DOT_I16X8_S] = {.operation = DOT, .shape = SIMD_I16X8},
};

static unsigned lane_bits(enum simd_shape shape) {
    return 128 / simd_lane_count(shape);
}

static LLVMValueRef unary_intrinsic(struct emitter *emitter, const char *name, LLVMValueRef value,
                                    unsigned argument_count) {
    LLVMTypeRef type = LLVMTypeOf(value);
    LLVMValueRef arguments[] = {value, LLVMConstInt(emitter->codegen->i1, 0, 0)};
    return codegen_intrinsic(emitter->codegen, name, &type, 1, arguments, argument_count);
}

// The count, modulo the width of a lane, is one for all lanes.
static LLVMValueRef shift(struct emitter *emitter, struct integer_row row) {
    LLVMValueRef count = LLVMBuildAnd(emitter->builder, emitter_pop(emitter),
                                      codegen_i32(emitter->codegen, lane_bits(row.shape) - 1), "");
    LLVMTypeRef type = simd_lane_type(emitter->codegen, row.shape);
    count = row.shape == SIMD_I64X2 ? LLVMBuildZExt(emitter->builder, count, type, "")
                                    : LLVMBuildTrunc(emitter->builder, count, type, "");
    LLVMValueRef counts = simd_splat(emitter, count, simd_lane_count(row.shape));
    return LLVMBuildBinOp(emitter->builder, (LLVMOpcode)row.llvm, simd_pop(emitter, row.shape),
                          counts, "");
}

// In lanes twice as wide, whatever the shape.
static LLVMTypeRef widened(struct emitter *emitter, enum simd_shape shape) {
    LLVMTypeRef lane = LLVMIntTypeInContext(emitter->codegen->context, 2 * lane_bits(shape));
    return LLVMVectorType(lane, simd_lane_count(shape));
}

static LLVMValueRef splat_wide(LLVMTypeRef type, uint64_t value) {
    LLVMValueRef lanes[16];
    unsigned count = LLVMGetVectorSize(type);
    for (unsigned i = 0; i < count; i++) {
        lanes[i] = LLVMConstInt(LLVMGetElementType(type), value, 0);
    }
    return LLVMConstVector(lanes, count);
}

static LLVMValueRef average(struct emitter *emitter, enum simd_shape shape, LLVMValueRef left,
                            LLVMValueRef right) {
    LLVMBuilderRef builder = emitter->builder;
    LLVMTypeRef wide = widened(emitter, shape);
    LLVMValueRef sum = LLVMBuildAdd(builder, LLVMBuildZExt(builder, left, wide, ""),
                                    LLVMBuildZExt(builder, right, wide, ""), "");
    LLVMValueRef one = splat_wide(wide, 1);
    LLVMValueRef half = LLVMBuildLShr(builder, LLVMBuildAdd(builder, sum, one, ""), one, "");
    return LLVMBuildTrunc(builder, half, simd_type(emitter->codegen, shape), "");
}

// Only -1 * -1 does not fit: it comes out as -1, as 0x8000, and is then inverted to 0x7fff.
static LLVMValueRef q15_multiply(struct emitter *emitter, LLVMValueRef left, LLVMValueRef right) {
    LLVMBuilderRef builder = emitter->builder;
    LLVMValueRef rounded = NULL;
    LLVMTypeRef type = LLVMTypeOf(left);
    if (emitter->codegen->has_sse41) {
        LLVMValueRef operands[] = {left, right};
        rounded = codegen_intrinsic(emitter->codegen, "llvm.x86.ssse3.pmul.hr.sw.128", NULL, 0,
                                    operands, 2);
    } else {
        LLVMTypeRef wide = widened(emitter, SIMD_I16X8);
        LLVMValueRef product = LLVMBuildMul(builder, LLVMBuildSExt(builder, left, wide, ""),
                                            LLVMBuildSExt(builder, right, wide, ""), "");
        LLVMValueRef sum = LLVMBuildAdd(builder, product, splat_wide(wide, 0x4000), "");
        rounded = LLVMBuildTrunc(builder, LLVMBuildAShr(builder, sum, splat_wide(wide, 15), ""),
                                 type, "");
    }
    LLVMValueRef overflow =
        LLVMBuildICmp(builder, LLVMIntEQ, rounded, splat_wide(type, 0x8000), "");
    return LLVMBuildXor(builder, rounded, LLVMBuildSExt(builder, overflow, type, ""), "");
}

static LLVMValueRef dot(struct emitter *emitter, LLVMValueRef left, LLVMValueRef right) {
    LLVMBuilderRef builder = emitter->builder;
    LLVMTypeRef wide = widened(emitter, SIMD_I16X8);
    LLVMValueRef product = LLVMBuildMul(builder, LLVMBuildSExt(builder, left, wide, ""),
                                        LLVMBuildSExt(builder, right, wide, ""), "");
    return LLVMBuildAdd(builder, simd_select_lanes(emitter, product, 0, 2, 4),
                        simd_select_lanes(emitter, product, 1, 2, 4), "");
}

static LLVMValueRef multiply_half(struct emitter *emitter, struct integer_row row,
                                  LLVMValueRef left, LLVMValueRef right) {
    return LLVMBuildMul(
        emitter->builder, simd_extend_half(emitter, left, row.shape, row.is_high, row.is_signed),
        simd_extend_half(emitter, right, row.shape, row.is_high, row.is_signed), "");
}

// Two neighbours are the halves of one lane that is twice as wide.
static LLVMValueRef add_pairs(struct emitter *emitter, struct integer_row row, LLVMValueRef value) {
    LLVMBuilderRef builder = emitter->builder;
    enum simd_shape wide = simd_wider(row.shape);
    LLVMValueRef pairs = simd_cast(emitter, value, wide);
    LLVMValueRef half = simd_splat_integer(emitter, wide, lane_bits(row.shape));
    LLVMOpcode shift = row.is_signed ? LLVMAShr : LLVMLShr;
    LLVMValueRef odd = LLVMBuildBinOp(builder, shift, pairs, half, "");
    LLVMValueRef even =
        LLVMBuildBinOp(builder, shift, LLVMBuildShl(builder, pairs, half, ""), half, "");
    return LLVMBuildAdd(builder, odd, even, "");
}

static LLVMValueRef emit_binary(struct emitter *emitter, struct integer_row row) {
    LLVMValueRef right = simd_pop(emitter, row.shape);
    LLVMValueRef left = simd_pop(emitter, row.shape);
    switch ((enum operation)row.operation) {
    case BINARY:
        return LLVMBuildBinOp(emitter->builder, (LLVMOpcode)row.llvm, left, right, "");
    case INTRINSIC:
        return simd_intrinsic(emitter, row.intrinsic, left, right);
    case AVERAGE:
        return average(emitter, row.shape, left, right);
    case Q15_MULTIPLY:
        return q15_multiply(emitter, left, right);
    case DOT:
        return dot(emitter, left, right);
    default:
        return multiply_half(emitter, row, left, right);
    }
}

static LLVMValueRef emit_integer_row(struct emitter *emitter, struct integer_row row) {
    switch ((enum operation)row.operation) {
    case ABSOLUTE:
        return unary_intrinsic(emitter, "llvm.abs", simd_pop(emitter, row.shape), 2);
    case NEGATE:
        return LLVMBuildNeg(emitter->builder, simd_pop(emitter, row.shape), "");
    case COUNT_BITS:
        return unary_intrinsic(emitter, "llvm.ctpop", simd_pop(emitter, row.shape), 1);
    case SHIFT:
        return shift(emitter, row);
    case ADD_PAIRS:
        return add_pairs(emitter, row, simd_pop(emitter, row.shape));
    default:
        return emit_binary(emitter, row);
    }
}

void emit_simd_integer(struct emitter *emitter, const struct wasm_instruction *instruction) {
    simd_push(emitter, emit_integer_row(emitter, rows[instruction->opcode]));
}
