// Floating-point arithmetic.
//
// LLVM takes for granted that nobody tells a signalling NaN from a quiet one, so it folds x * 1 to
// x, where wasm wants a NaN operand quieted. Only operations with a constant that LLVM could fold
// away in that way are affected: that constant is hidden from it (neutral_operand).
#include "codegen/emitter.h"

#include <llvm-c/Core.h>

static bool is_neutral_number(LLVMValueRef constant) {
    LLVMBool inexact = false;
    if (constant == NULL || LLVMIsAConstantFP(constant) == NULL) {
        return false;
    }
    double value = LLVMConstRealGetDouble(constant, &inexact);
    return value == 0.0 || value == 1.0 || value == -1.0;
}

// A number or a vector of which each lane could be folded away.
static bool is_neutral(LLVMValueRef constant) {
    if (LLVMGetTypeKind(LLVMTypeOf(constant)) != LLVMVectorTypeKind) {
        return is_neutral_number(constant);
    }
    bool neutral = true;
    unsigned lanes = LLVMGetVectorSize(LLVMTypeOf(constant));
    for (unsigned i = 0; i < lanes && neutral; i++) {
        neutral = is_neutral_number(LLVMGetAggregateElement(constant, i));
    }
    return neutral;
}

LLVMValueRef emitter_hide_float(struct emitter *emitter, LLVMValueRef value) {
    LLVMTypeRef type = LLVMTypeOf(value);
    LLVMTypeRef function = LLVMFunctionType(type, &type, 1, false);
    LLVMValueRef identity =
        LLVMGetInlineAsm(function, "", 0, "=x,0", 4, false, false, LLVMInlineAsmDialectATT, false);
    return LLVMBuildCall2(emitter->builder, function, identity, &value, 1, "");
}

// The result of arithmetic: if it is a NaN, then a quiet one.
static bool is_quiet(LLVMValueRef value) {
    if (LLVMIsAInstruction(value) == NULL) {
        return false;
    }
    switch (LLVMGetInstructionOpcode(value)) {
    case LLVMFAdd:
    case LLVMFSub:
    case LLVMFMul:
    case LLVMFDiv:
    case LLVMSIToFP:
    case LLVMUIToFP:
        return true;
    default:
        return false;
    }
}

static LLVMValueRef neutral_operand(struct emitter *emitter, LLVMValueRef operand,
                                    LLVMValueRef other) {
    bool fold = LLVMIsConstant(operand) && !LLVMIsConstant(other) && is_neutral(operand) &&
                !is_quiet(other);
    return fold ? emitter_hide_float(emitter, operand) : operand;
}

// llvm.minimum orders the zeros as wasm does; a NaN of either operand comes out quieted through
// the sum.
static LLVMValueRef extreme(struct emitter *emitter, const char *intrinsic, LLVMValueRef left,
                            LLVMValueRef right) {
    LLVMTypeRef type = LLVMTypeOf(left);
    LLVMValueRef operands[] = {left, right};
    LLVMValueRef ordered = codegen_intrinsic(emitter->codegen, intrinsic, &type, 1, operands, 2);
    LLVMSetFastMathFlags(ordered, LLVMFastMathNoNaNs);
    LLVMValueRef sum = LLVMBuildFAdd(emitter->builder, left, right, "");
    LLVMValueRef unordered = LLVMBuildFCmp(emitter->builder, LLVMRealUNO, left, right, "");
    return LLVMBuildSelect(emitter->builder, unordered, sum, ordered, "");
}

static LLVMValueRef unary(struct emitter *emitter, const char *intrinsic, LLVMValueRef value) {
    LLVMTypeRef type = LLVMTypeOf(value);
    return codegen_intrinsic(emitter->codegen, intrinsic, &type, 1, &value, 1);
}

// ---- Rounding on CPUs without SSE4.1, for which LLVM would call the C library

static LLVMTypeRef element_type(LLVMTypeRef type) {
    return LLVMGetTypeKind(type) == LLVMVectorTypeKind ? LLVMGetElementType(type) : type;
}

static LLVMValueRef splat(LLVMTypeRef type, double value) {
    LLVMValueRef lanes[4];
    LLVMValueRef number = LLVMConstReal(element_type(type), value);
    if (LLVMGetTypeKind(type) != LLVMVectorTypeKind) {
        return number;
    }
    unsigned count = LLVMGetVectorSize(type);
    for (unsigned i = 0; i < count; i++) {
        lanes[i] = number;
    }
    return LLVMConstVector(lanes, count);
}

static LLVMValueRef copy_sign(struct emitter *emitter, LLVMValueRef value, LLVMValueRef sign) {
    LLVMTypeRef type = LLVMTypeOf(value);
    LLVMValueRef operands[] = {value, sign};
    return codegen_intrinsic(emitter->codegen, "llvm.copysign", &type, 1, operands, 2);
}

static LLVMValueRef truncate_small(struct emitter *emitter, LLVMValueRef value) {
    struct codegen *codegen = emitter->codegen;
    LLVMTypeRef type = LLVMTypeOf(value);
    LLVMTypeRef integer = element_type(type) == codegen->f32 ? codegen->i32 : codegen->i64;
    if (LLVMGetTypeKind(type) == LLVMVectorTypeKind) {
        integer = LLVMVectorType(integer, LLVMGetVectorSize(type));
    }
    LLVMValueRef whole = LLVMBuildFPToSI(emitter->builder, value, integer, "");
    return copy_sign(emitter, LLVMBuildSIToFP(emitter->builder, whole, type, ""), value);
}

// Of a value whose magnitude is less than `limit`: 2 to the bits of the fraction.
static LLVMValueRef round_small(struct emitter *emitter, enum wasm_opcode operation,
                                LLVMValueRef value, LLVMValueRef limit) {
    LLVMBuilderRef builder = emitter->builder;
    if (operation == WASM_OP_F32_NEAREST) {
        LLVMValueRef sum = LLVMBuildFAdd(builder, unary(emitter, "llvm.fabs", value), limit, "");
        return copy_sign(emitter, LLVMBuildFSub(builder, sum, limit, ""), value);
    }
    LLVMValueRef whole = truncate_small(emitter, value);
    if (operation == WASM_OP_F32_TRUNC) {
        return whole;
    }
    bool up = operation == WASM_OP_F32_CEIL;
    LLVMValueRef beyond = LLVMBuildFCmp(builder, up ? LLVMRealOLT : LLVMRealOGT, whole, value, "");
    LLVMValueRef next =
        LLVMBuildFAdd(builder, whole, splat(LLVMTypeOf(value), up ? 1.0 : -1.0), "");
    return LLVMBuildSelect(builder, beyond, next, whole, "");
}

static LLVMValueRef round_without_instruction(struct emitter *emitter, enum wasm_opcode operation,
                                              LLVMValueRef value) {
    LLVMBuilderRef builder = emitter->builder;
    LLVMTypeRef type = LLVMTypeOf(value);
    LLVMValueRef limit = splat(type, element_type(type) == emitter->codegen->f32 ? 0x1p23 : 0x1p52);
    LLVMValueRef magnitude = unary(emitter, "llvm.fabs", value);
    LLVMValueRef small = LLVMBuildFCmp(builder, LLVMRealOLT, magnitude, limit, "");
    LLVMValueRef zero = neutral_operand(emitter, LLVMConstNull(type), value);
    LLVMValueRef quiet = LLVMBuildFAdd(builder, value, zero, ""); // a whole number, or a NaN
    return LLVMBuildSelect(builder, small, round_small(emitter, operation, value, limit), quiet,
                           "");
}

// ---- Operations

static bool is_rounding(enum wasm_opcode operation) {
    return operation == WASM_OP_F32_CEIL || operation == WASM_OP_F32_FLOOR ||
           operation == WASM_OP_F32_TRUNC || operation == WASM_OP_F32_NEAREST;
}

LLVMValueRef emitter_float_unary(struct emitter *emitter, enum wasm_opcode operation,
                                 LLVMValueRef value) {
    if (is_rounding(operation) && !emitter->codegen->has_sse41) {
        return round_without_instruction(emitter, operation, value);
    }
    switch (operation) {
    case WASM_OP_F32_ABS:
        return unary(emitter, "llvm.fabs", value);
    case WASM_OP_F32_NEG:
        return LLVMBuildFNeg(emitter->builder, value, "");
    case WASM_OP_F32_CEIL:
        return unary(emitter, "llvm.ceil", value);
    case WASM_OP_F32_FLOOR:
        return unary(emitter, "llvm.floor", value);
    case WASM_OP_F32_TRUNC:
        return unary(emitter, "llvm.trunc", value);
    case WASM_OP_F32_NEAREST:
        return unary(emitter, "llvm.roundeven", value);
    default:
        return unary(emitter, "llvm.sqrt", value);
    }
}

LLVMValueRef emitter_float_binary(struct emitter *emitter, enum wasm_opcode operation,
                                  LLVMValueRef first, LLVMValueRef second) {
    LLVMBuilderRef builder = emitter->builder;
    LLVMValueRef operands[] = {first, second};
    LLVMTypeRef type = LLVMTypeOf(first);
    LLVMValueRef left = neutral_operand(emitter, first, second);
    LLVMValueRef right = neutral_operand(emitter, second, first);
    switch (operation) {
    case WASM_OP_F32_ADD:
        return LLVMBuildFAdd(builder, left, right, "");
    case WASM_OP_F32_SUB:
        return LLVMBuildFSub(builder, left, right, "");
    case WASM_OP_F32_MUL:
        return LLVMBuildFMul(builder, left, right, "");
    case WASM_OP_F32_DIV:
        return LLVMBuildFDiv(builder, left, right, "");
    case WASM_OP_F32_MIN:
        return extreme(emitter, "llvm.minimum", left, right);
    case WASM_OP_F32_MAX:
        return extreme(emitter, "llvm.maximum", left, right);
    default:
        return codegen_intrinsic(emitter->codegen, "llvm.copysign", &type, 1, operands, 2);
    }
}

// The rows of f64 follow those of f32 in the same order: one lowering serves both.
void emit_float(struct emitter *emitter, const struct wasm_instruction *instruction) {
    enum wasm_opcode opcode = instruction->opcode;
    if (opcode >= WASM_OP_F64_ABS) {
        opcode -= WASM_OP_F64_ABS - WASM_OP_F32_ABS;
    }
    LLVMValueRef right = emitter_pop(emitter);
    if (opcode <= WASM_OP_F32_SQRT) {
        emitter_push(emitter, emitter_float_unary(emitter, opcode, right));
        return;
    }
    LLVMValueRef left = emitter_pop(emitter);
    emitter_push(emitter, emitter_float_binary(emitter, opcode, left, right));
}
