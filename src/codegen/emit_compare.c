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

// A comparison that only this looks at is made the other way round.
static LLVMValueRef invert(struct emitter *emitter, LLVMValueRef condition) {
    static const LLVMIntPredicate inverse[] = {
        [LLVMIntEQ] = LLVMIntNE,   [LLVMIntNE] = LLVMIntEQ,   [LLVMIntUGT] = LLVMIntULE,
        [LLVMIntULE] = LLVMIntUGT, [LLVMIntUGE] = LLVMIntULT, [LLVMIntULT] = LLVMIntUGE,
        [LLVMIntSGT] = LLVMIntSLE, [LLVMIntSLE] = LLVMIntSGT, [LLVMIntSGE] = LLVMIntSLT,
        [LLVMIntSLT] = LLVMIntSGE,
    };
    if (LLVMIsAICmpInst(condition) == NULL || LLVMGetFirstUse(condition) != NULL) {
        return LLVMBuildNot(emitter->builder, condition, "");
    }
    LLVMValueRef other =
        LLVMBuildICmp(emitter->builder, inverse[LLVMGetICmpPredicate(condition)],
                      LLVMGetOperand(condition, 0), LLVMGetOperand(condition, 1), "");
    if (emitter->run_end == condition) {
        emitter->run_end = LLVMGetPreviousInstruction(condition);
    }
    LLVMInstructionEraseFromParent(condition);
    return other;
}

static LLVMValueRef is_zero(struct emitter *emitter) {
    LLVMValueRef top = emitter->stack[emitter->stack_height - 1];
    if (LLVMTypeOf(top) == emitter->codegen->i1) {
        return invert(emitter, emitter_pop_condition(emitter));
    }
    LLVMValueRef value = emitter_pop(emitter);
    return LLVMBuildICmp(emitter->builder, LLVMIntEQ, value, LLVMConstNull(LLVMTypeOf(value)), "");
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
    emitter_push(emitter, condition);
}
