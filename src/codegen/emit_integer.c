#include "codegen/emitter.h"

#include <llvm-c/Core.h>

// Division and remainder trap where LLVM's are undefined.

static void check_divisor(struct emitter *emitter, LLVMValueRef divisor) {
    LLVMValueRef zero = LLVMConstNull(LLVMTypeOf(divisor));
    emitter_trap_if(emitter, LLVMBuildICmp(emitter->builder, LLVMIntEQ, divisor, zero, ""),
                    OBJECT_TRAP_DIVIDE_BY_ZERO);
}

static LLVMValueRef is_minus_one(struct emitter *emitter, LLVMValueRef value) {
    return LLVMBuildICmp(emitter->builder, LLVMIntEQ, value, LLVMConstAllOnes(LLVMTypeOf(value)),
                         "");
}

static LLVMValueRef divide_signed(struct emitter *emitter, LLVMValueRef left, LLVMValueRef right) {
    LLVMTypeRef type = LLVMTypeOf(left);
    check_divisor(emitter, right);
    uint64_t least = 1ull << (LLVMGetIntTypeWidth(type) - 1);
    LLVMValueRef is_least =
        LLVMBuildICmp(emitter->builder, LLVMIntEQ, left, LLVMConstInt(type, least, 0), "");
    LLVMValueRef overflow =
        LLVMBuildAnd(emitter->builder, is_least, is_minus_one(emitter, right), "");
    emitter_trap_if(emitter, overflow, OBJECT_TRAP_INTEGER_OVERFLOW);
    return LLVMBuildSDiv(emitter->builder, left, right, "");
}

// The remainder by -1 is 0, as is that by 1, which does not overflow.
static LLVMValueRef remainder_signed(struct emitter *emitter, LLVMValueRef left,
                                     LLVMValueRef right) {
    check_divisor(emitter, right);
    LLVMValueRef one = LLVMConstInt(LLVMTypeOf(right), 1, 0);
    LLVMValueRef divisor =
        LLVMBuildSelect(emitter->builder, is_minus_one(emitter, right), one, right, "");
    return LLVMBuildSRem(emitter->builder, left, divisor, "");
}

// Shift counts are modulo the width.
static LLVMValueRef shift_count(struct emitter *emitter, LLVMValueRef count) {
    LLVMTypeRef type = LLVMTypeOf(count);
    return LLVMBuildAnd(emitter->builder, count,
                        LLVMConstInt(type, LLVMGetIntTypeWidth(type) - 1, 0), "");
}

static LLVMValueRef rotate(struct emitter *emitter, const char *intrinsic, LLVMValueRef value,
                           LLVMValueRef count) {
    LLVMTypeRef type = LLVMTypeOf(value);
    LLVMValueRef arguments[] = {value, value, count};
    return codegen_intrinsic(emitter->codegen, intrinsic, &type, 1, arguments, 3);
}

static LLVMValueRef count_bits(struct emitter *emitter, const char *intrinsic, LLVMValueRef value,
                               unsigned argument_count) {
    LLVMTypeRef type = LLVMTypeOf(value);
    LLVMValueRef arguments[] = {value, LLVMConstInt(emitter->codegen->i1, 0, 0)};
    return codegen_intrinsic(emitter->codegen, intrinsic, &type, 1, arguments, argument_count);
}

static LLVMValueRef emit_unary(struct emitter *emitter, enum wasm_opcode opcode,
                               LLVMValueRef value) {
    switch (opcode) {
    case WASM_OP_I32_CLZ:
        return count_bits(emitter, "llvm.ctlz", value, 2);
    case WASM_OP_I32_CTZ:
        return count_bits(emitter, "llvm.cttz", value, 2);
    default:
        return count_bits(emitter, "llvm.ctpop", value, 1);
    }
}

static LLVMValueRef emit_binary(struct emitter *emitter, enum wasm_opcode opcode, LLVMValueRef left,
                                LLVMValueRef right) {
    LLVMBuilderRef builder = emitter->builder;
    switch (opcode) {
    case WASM_OP_I32_ADD:
        return LLVMBuildAdd(builder, left, right, "");
    case WASM_OP_I32_SUB:
        return LLVMBuildSub(builder, left, right, "");
    case WASM_OP_I32_MUL:
        return LLVMBuildMul(builder, left, right, "");
    case WASM_OP_I32_DIV_S:
        return divide_signed(emitter, left, right);
    case WASM_OP_I32_DIV_U:
        check_divisor(emitter, right);
        return LLVMBuildUDiv(builder, left, right, "");
    case WASM_OP_I32_REM_S:
        return remainder_signed(emitter, left, right);
    case WASM_OP_I32_REM_U:
        check_divisor(emitter, right);
        return LLVMBuildURem(builder, left, right, "");
    case WASM_OP_I32_AND:
        return LLVMBuildAnd(builder, left, right, "");
    case WASM_OP_I32_OR:
        return LLVMBuildOr(builder, left, right, "");
    case WASM_OP_I32_XOR:
        return LLVMBuildXor(builder, left, right, "");
    case WASM_OP_I32_SHL:
        return LLVMBuildShl(builder, left, shift_count(emitter, right), "");
    case WASM_OP_I32_SHR_S:
        return LLVMBuildAShr(builder, left, shift_count(emitter, right), "");
    case WASM_OP_I32_SHR_U:
        return LLVMBuildLShr(builder, left, shift_count(emitter, right), "");
    case WASM_OP_I32_ROTL:
        return rotate(emitter, "llvm.fshl", left, right);
    default:
        return rotate(emitter, "llvm.fshr", left, right);
    }
}

// The rows of i64 follow those of i32 in the same order: one lowering serves both.
void emit_integer(struct emitter *emitter, const struct wasm_instruction *instruction) {
    enum wasm_opcode opcode = instruction->opcode;
    if (opcode >= WASM_OP_I64_CLZ) {
        opcode -= WASM_OP_I64_CLZ - WASM_OP_I32_CLZ;
    }
    LLVMValueRef right = emitter_pop(emitter);
    if (opcode <= WASM_OP_I32_POPCNT) {
        emitter_push(emitter, emit_unary(emitter, opcode, right));
        return;
    }
    LLVMValueRef left = emitter_pop(emitter);
    emitter_push(emitter, emit_binary(emitter, opcode, left, right));
}
