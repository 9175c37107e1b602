// One loop while it is widened: what its instructions are, and the steps of the work, each in a
// file of its own. Internal to widen*.c.
#ifndef FAASM_CODEGEN_WIDEN_LOOP_H
#define FAASM_CODEGEN_WIDEN_LOOP_H

#include "codegen/context.h"

#include <llvm-c/Core.h>

enum {
    WIDEN_LIMIT = 256,       // instructions of a body
    WIDEN_CHECK_LIMIT = 16,  // pairs of accesses that are compared when the program runs
    WIDEN_LANE_LIMIT = 64,   // of a widened vector
    WIDEN_VECTOR_LIMIT = 32, // bytes of a vector in the body: intermediate ones may have twice 16
};

enum widen_item_kind {
    WIDEN_OTHER,   // the terminator and its condition
    WIDEN_SCALAR,  // an integer or pointer that grows by `step` in each iteration
    WIDEN_UNIFORM, // the same in each iteration, if no store changes where it is loaded from
    WIDEN_VECTOR,  // computed from the iteration's own vectors
    WIDEN_STORE,
    WIDEN_INDUCTION,  // vector phi: grows by an invariant vector
    WIDEN_REDUCTION,  // vector phi: an associative operation's partial result
    WIDEN_RECURRENCE, // vector phi: a vector of the iteration before
};

struct widen_item {
    LLVMValueRef value;
    enum widen_item_kind kind;
    int64_t step;          // SCALAR; loads and stores: bytes to the next iteration's
    LLVMValueRef start;    // SCALAR: its value in the first iteration, made in the block before
    LLVMValueRef wide;     // its counterpart in the wide loop (UNIFORM: before it), NULL until made
    LLVMValueRef wide_phi; // RECURRENCE: the vectors of the iterations before
};

// An invariant vector, as many times side by side as there are iterations in one.
struct widen_repeated {
    LLVMValueRef value, wide;
};

struct widen {
    struct codegen *codegen;
    LLVMBuilderRef builder;
    unsigned factor;
    LLVMBasicBlockRef before, body, entry, wide, after;
    struct widen_item items[WIDEN_LIMIT];
    unsigned item_count;
    struct widen_repeated repeated[WIDEN_LIMIT];
    unsigned repeated_count;
    LLVMValueRef trips; // i64, iterations of the loop
    LLVMValueRef ok;    // i1, the guard so far
    unsigned checks;
    bool failed; // found impossible: nothing has been changed that matters
};

// widen_scan.c: finds the block before, and what each instruction is. False where the loop has
// something that cannot be widened, or nothing to gain.
bool widen_scan(struct widen *widen);
// widen_guard.c: builds the guard at the end of the block before. False where it can never hold;
// what has been built is then dead code.
bool widen_build_guard(struct widen *widen);

// The instruction of the body, NULL for any other value, and for one that the scan has not reached.
struct widen_item *widen_find(struct widen *widen, LLVMValueRef value);
// The step of a scalar operand, 0 where it is invariant; false where it is neither.
bool widen_step(struct widen *widen, LLVMValueRef value, int64_t *step);
// Intrinsics that treat each lane alone, with how many of their types are in the name.
unsigned widen_lanewise_types(LLVMValueRef call);
// A scalar of the loop computed anew from other operands. Every case of scalar_step is here.
LLVMValueRef widen_build_scalar(struct widen *widen, LLVMValueRef like, LLVMValueRef first,
                                LLVMValueRef second);

static inline bool widen_is_vector(LLVMTypeRef type) {
    return LLVMGetTypeKind(type) == LLVMVectorTypeKind;
}

static inline bool widen_is_invariant(const struct widen *widen, LLVMValueRef value) {
    return LLVMIsAInstruction(value) == NULL || LLVMGetInstructionParent(value) != widen->body;
}

static inline LLVMValueRef widen_incoming(LLVMValueRef phi, LLVMBasicBlockRef from) {
    return LLVMGetIncomingValue(phi, LLVMGetIncomingBlock(phi, 0) == from ? 0 : 1);
}

static inline LLVMValueRef widen_without_bitcasts(LLVMValueRef value) {
    while (LLVMIsABitCastInst(value) != NULL) {
        value = LLVMGetOperand(value, 0);
    }
    return value;
}

static inline unsigned widen_bytes(const struct widen *widen, LLVMTypeRef type) {
    return (unsigned)LLVMABISizeOfType(widen->codegen->data_layout, type);
}

static inline LLVMTypeRef widen_type(const struct widen *widen, LLVMTypeRef type) {
    return LLVMVectorType(LLVMGetElementType(type), LLVMGetVectorSize(type) * widen->factor);
}

static inline LLVMValueRef widen_i64(const struct widen *widen, int64_t value) {
    return codegen_i64(widen->codegen, (uint64_t)value);
}

#endif
