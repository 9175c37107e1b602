// A load whose value nobody uses must trap all the same when it is out of bounds, but LLVM drops
// it. So loads whose value does not, as far as a short search sees, reach anything with an effect
// are made volatile. Forcing too many costs a little speed, never correctness: the search may
// stop early.
#include "codegen/emitter.h"

#include <llvm-c/Core.h>

enum { SEARCH_LIMIT = 48 };

static bool is_root(LLVMValueRef instruction) {
    switch (LLVMGetInstructionOpcode(instruction)) {
    case LLVMStore:
    case LLVMCall:
    case LLVMInvoke:
    case LLVMRet:
    case LLVMBr:
    case LLVMSwitch:
    case LLVMUnreachable:
    case LLVMAtomicRMW:
    case LLVMAtomicCmpXchg:
    case LLVMFence:
        return true;
    default:
        return false;
    }
}

// An intrinsic's call computes a value like any other instruction; the few with effects are roots.
static bool is_pure_call(LLVMValueRef instruction) {
    if (LLVMGetInstructionOpcode(instruction) != LLVMCall) {
        return false;
    }
    LLVMValueRef callee = LLVMGetCalledValue(instruction);
    if (LLVMIsAInlineAsm(callee) != NULL) {
        return true;
    }
    return LLVMIsAFunction(callee) != NULL && LLVMGetIntrinsicID(callee) != 0 &&
           LLVMGetTypeKind(LLVMTypeOf(instruction)) != LLVMVoidTypeKind;
}

bool emitter_has_effect(LLVMValueRef instruction) {
    return is_root(instruction) && !is_pure_call(instruction);
}

static bool is_seen(LLVMValueRef *values, unsigned count, LLVMValueRef value) {
    for (unsigned i = 0; i < count; i++) {
        if (values[i] == value) {
            return true;
        }
    }
    return false;
}

// Breadth first through the users; false when nothing was found within the limit.
static bool reaches_effect(LLVMValueRef load) {
    LLVMValueRef values[SEARCH_LIMIT] = {load};
    unsigned count = 1;
    unsigned looked_at = 0;
    for (unsigned i = 0; i < count; i++) {
        for (LLVMUseRef use = LLVMGetFirstUse(values[i]); use != NULL; use = LLVMGetNextUse(use)) {
            LLVMValueRef user = LLVMGetUser(use);
            if (emitter_has_effect(user)) {
                return true;
            }
            if (++looked_at > SEARCH_LIMIT) {
                return false;
            }
            if (count < SEARCH_LIMIT && !is_seen(values, count, user)) {
                values[count++] = user;
            }
        }
    }
    return false;
}

void emitter_force_unused_loads(struct emitter *emitter) {
    if (emitter->codegen->options->strict_traps) {
        return; // all are volatile already
    }
    for (size_t i = 0; i < emitter->load_count; i++) {
        if (!reaches_effect(emitter->loads[i])) {
            LLVMSetVolatile(emitter->loads[i], true);
        }
    }
}
