// Loops that LLVM had better not make loops over vectors, although it would: those that store
// elements that lie far apart, and those that load such to add them up in order. A vector of them
// is put together and taken apart one by one, for less than the rest of the loop gains (an
// orthogonalisation by columns 1.23 of native, with the hint 1.00). Lookups in tables, at places
// that nobody can foresee, stay: there loops gain (string search 0.52).
//
// This is about speed only: a hint is a node of metadata at the branch back.
#include "codegen/loop_hints.h"

#include <llvm-c/Core.h>
#include <llvm-c/DebugInfo.h>

enum {
    DEPTH_LIMIT = 6, // operations that an address is computed by
    NEAR = 4,        // elements: neighbours are loaded together and shuffled
};

// How much `phi` grows by in an iteration.
static bool step_of_phi(LLVMBasicBlockRef block, LLVMValueRef phi, int64_t *step) {
    if (LLVMCountIncoming(phi) != 2) {
        return false;
    }
    unsigned back = LLVMGetIncomingBlock(phi, 0) == block ? 0 : 1;
    LLVMValueRef next = LLVMGetIncomingValue(phi, back);
    if (LLVMIsAInstruction(next) == NULL || LLVMGetNumOperands(next) != 2 ||
        LLVMGetOperand(next, 0) != phi || LLVMIsAConstantInt(LLVMGetOperand(next, 1)) == NULL) {
        return false;
    }
    LLVMOpcode opcode = LLVMGetInstructionOpcode(next);
    *step = LLVMConstIntGetSExtValue(LLVMGetOperand(next, 1));
    return opcode == LLVMAdd || opcode == LLVMGetElementPtr;
}

// How much a value grows by in an iteration; false where that is not even.
static bool step_of(LLVMBasicBlockRef block, LLVMValueRef value, int depth, int64_t *step) {
    *step = 0;
    if (LLVMIsAInstruction(value) == NULL || LLVMGetInstructionParent(value) != block) {
        return true;
    }
    if (depth == DEPTH_LIMIT) {
        return false;
    }
    int64_t other = 0;
    switch (LLVMGetInstructionOpcode(value)) {
    case LLVMPHI:
        return step_of_phi(block, value, step);
    case LLVMZExt:
    case LLVMTrunc:
        return step_of(block, LLVMGetOperand(value, 0), depth + 1, step);
    case LLVMAdd:
    case LLVMGetElementPtr:
        if (LLVMGetNumOperands(value) != 2 ||
            !step_of(block, LLVMGetOperand(value, 0), depth + 1, step) ||
            !step_of(block, LLVMGetOperand(value, 1), depth + 1, &other)) {
            return false;
        }
        *step += other;
        return true;
    default:
        return false;
    }
}

static bool is_float(LLVMTypeRef type) {
    LLVMTypeKind kind = LLVMGetTypeKind(type);
    return kind == LLVMFloatTypeKind || kind == LLVMDoubleTypeKind;
}

// Does the loop add numbers up, one after the other?
static bool has_float_sum(LLVMBasicBlockRef block) {
    for (LLVMValueRef phi = LLVMGetFirstInstruction(block);
         phi != NULL && LLVMIsAPHINode(phi) != NULL; phi = LLVMGetNextInstruction(phi)) {
        if (is_float(LLVMTypeOf(phi))) {
            return true;
        }
    }
    return false;
}

static bool is_far_apart(const struct codegen *codegen, LLVMBasicBlockRef block,
                         LLVMValueRef address, LLVMTypeRef type) {
    int64_t step = 0;
    int64_t near = NEAR * (int64_t)LLVMABISizeOfType(codegen->data_layout, type);
    return step_of(block, address, 0, &step) && (step > near || step < -near);
}

static bool is_better_left(const struct codegen *codegen, LLVMBasicBlockRef block) {
    bool sum = has_float_sum(block);
    for (LLVMValueRef at = LLVMGetFirstInstruction(block); at != NULL;
         at = LLVMGetNextInstruction(at)) {
        LLVMOpcode opcode = LLVMGetInstructionOpcode(at);
        if (opcode == LLVMStore && is_far_apart(codegen, block, LLVMGetOperand(at, 1),
                                                LLVMTypeOf(LLVMGetOperand(at, 0)))) {
            return true;
        }
        if (opcode == LLVMLoad && sum &&
            is_far_apart(codegen, block, LLVMGetOperand(at, 0), LLVMTypeOf(at))) {
            return true;
        }
    }
    return false;
}

// The node of a loop is one that names itself first.
static void leave(const struct codegen *codegen, LLVMValueRef branch) {
    static const char name[] = "llvm.loop.vectorize.enable";
    LLVMContextRef context = codegen->context;
    LLVMMetadataRef property[] = {LLVMMDStringInContext2(context, name, sizeof name - 1),
                                  LLVMValueAsMetadata(LLVMConstInt(codegen->i1, 0, 0))};
    LLVMMetadataRef self = LLVMTemporaryMDNode(context, NULL, 0);
    LLVMMetadataRef parts[] = {self, LLVMMDNodeInContext2(context, property, 2)};
    LLVMMetadataRef node = LLVMMDNodeInContext2(context, parts, 2);
    LLVMMetadataReplaceAllUsesWith(self, node);
    LLVMSetMetadata(branch, LLVMGetMDKindIDInContext(context, "llvm.loop", 9),
                    LLVMMetadataAsValue(context, node));
}

void codegen_hint_loops(const struct codegen *codegen) {
    for (LLVMValueRef function = LLVMGetFirstFunction(codegen->llvm); function != NULL;
         function = LLVMGetNextFunction(function)) {
        for (LLVMBasicBlockRef block = LLVMGetFirstBasicBlock(function); block != NULL;
             block = LLVMGetNextBasicBlock(block)) {
            LLVMValueRef end = LLVMGetBasicBlockTerminator(block);
            if (LLVMIsABranchInst(end) != NULL && LLVMGetNumSuccessors(end) == 2 &&
                (LLVMGetSuccessor(end, 0) == block || LLVMGetSuccessor(end, 1) == block) &&
                is_better_left(codegen, block)) {
                leave(codegen, end);
            }
        }
    }
}
