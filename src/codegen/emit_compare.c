#include "codegen/emitter.h"

#include <llvm-c/Core.h>

static const LLVMIntPredicate integer_predicates[] = {
    // in the order of opcodes.def: eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u
    LLVMIntEQ,  LLVMIntNE,  LLVMIntSLT, LLVMIntULT, LLVMIntSGT,
    LLVMIntUGT, LLVMIntSLE, LLVMIntULE, LLVMIntSGE, LLVMIntUGE,
};

static const LLVMRealPredicate float_predicates[] = {
    // eq ne lt gt le ge: with a NaN all are false but ne
    LLVMRealOEQ, LLVMRealUNE, LLVMRealOLT, LLVMRealOGT, LLVMRealOLE, LLVMRealOGE,
};

static LLVMValueRef compare_integers(struct emitter *emitter, LLVMIntPredicate predicate) {
    LLVMValueRef right = emitter_pop(emitter);
    LLVMValueRef left = emitter_pop(emitter);
    return LLVMBuildICmp(emitter->builder, predicate, left, right, "");
}

static LLVMValueRef compare_floats(struct emitter *emitter, LLVMRealPredicate predicate) {
    LLVMValueRef right = emitter_pop(emitter);
    LLVMValueRef left = emitter_pop(emitter);
    return LLVMBuildFCmp(emitter->builder, predicate, left, right, "");
}

static LLVMValueRef is_zero(struct emitter *emitter) {
    LLVMValueRef value = emitter_pop(emitter);
    if (LLVMTypeOf(value) == emitter->codegen->i32) {
        return LLVMBuildNot(emitter->builder, emitter_condition(emitter, value), "");
    }
    return LLVMBuildICmp(emitter->builder, LLVMIntEQ, value, emitter->codegen->zero_i64, "");
}

void emit_compare(struct emitter *emitter, const struct wasm_instruction *instruction) {
    enum wasm_opcode opcode = instruction->opcode;
    LLVMValueRef condition = NULL;
    if (opcode == WASM_OP_I32_EQZ || opcode == WASM_OP_I64_EQZ) {
        condition = is_zero(emitter);
    } else if (opcode <= WASM_OP_I32_GE_U) {
        condition = compare_integers(emitter, integer_predicates[opcode - WASM_OP_I32_EQ]);
    } else if (opcode <= WASM_OP_I64_GE_U) {
        condition = compare_integers(emitter, integer_predicates[opcode - WASM_OP_I64_EQ]);
    } else if (opcode <= WASM_OP_F32_GE) {
        condition = compare_floats(emitter, float_predicates[opcode - WASM_OP_F32_EQ]);
    } else {
        condition = compare_floats(emitter, float_predicates[opcode - WASM_OP_F64_EQ]);
    }
    emitter_push(emitter, LLVMBuildZExt(emitter->builder, condition, emitter->codegen->i32, ""));
}
