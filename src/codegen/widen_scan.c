// The instructions of a loop that is to be widened: can each be, and how.
#include "codegen/widen_loop.h"

#include <string.h>

struct widen_item *widen_find(struct widen *widen, LLVMValueRef value) {
    if (LLVMIsAInstruction(value) == NULL || LLVMGetInstructionParent(value) != widen->body) {
        return NULL;
    }
    for (unsigned i = 0; i < widen->item_count; i++) {
        if (widen->items[i].value == value) {
            return &widen->items[i];
        }
    }
    return NULL;
}

bool widen_step(struct widen *widen, LLVMValueRef value, int64_t *step) {
    *step = 0;
    if (widen_is_invariant(widen, value)) {
        return true;
    }
    const struct widen_item *item = widen_find(widen, value);
    if (item == NULL || item->kind != WIDEN_SCALAR) {
        return false;
    }
    *step = item->step;
    return true;
}

unsigned widen_lanewise_types(LLVMValueRef call) {
    static const struct {
        const char *name;
        unsigned types;
    } intrinsics[] = {
        {"llvm.sqrt", 1},       {"llvm.fabs", 1},       {"llvm.floor", 1},    {"llvm.ceil", 1},
        {"llvm.trunc", 1},      {"llvm.roundeven", 1},  {"llvm.copysign", 1}, {"llvm.minimum", 1},
        {"llvm.maximum", 1},    {"llvm.smin", 1},       {"llvm.smax", 1},     {"llvm.umin", 1},
        {"llvm.umax", 1},       {"llvm.sadd.sat", 1},   {"llvm.uadd.sat", 1}, {"llvm.ssub.sat", 1},
        {"llvm.usub.sat", 1},   {"llvm.abs", 1},        {"llvm.ctpop", 1},    {"llvm.fshl", 1},
        {"llvm.fptosi.sat", 2}, {"llvm.fptoui.sat", 2}, {"llvm.fshr", 1},
    };
    LLVMValueRef callee = LLVMGetCalledValue(call);
    unsigned id = LLVMIsAFunction(callee) != NULL ? LLVMGetIntrinsicID(callee) : 0;
    for (size_t i = 0; id != 0 && i < sizeof intrinsics / sizeof *intrinsics; i++) {
        if (LLVMLookupIntrinsicID(intrinsics[i].name, strlen(intrinsics[i].name)) == id) {
            return intrinsics[i].types;
        }
    }
    return 0;
}

static bool is_constant_integer(LLVMValueRef value) {
    return LLVMIsAConstantInt(value) != NULL;
}

static bool small_step(int64_t step) {
    return step > -(1 << 20) && step < 1 << 20;
}

// An address computed from a byte index; its step is the index's and its base's together.
static bool step_of_address(struct widen *widen, LLVMValueRef value, int64_t *step) {
    int64_t index = 0;
    if (LLVMGetNumOperands(value) != 2 ||
        LLVMGetGEPSourceElementType(value) != widen->codegen->i8 ||
        LLVMTypeOf(LLVMGetOperand(value, 1)) != widen->codegen->i64 ||
        !widen_step(widen, LLVMGetOperand(value, 0), step) ||
        !widen_step(widen, LLVMGetOperand(value, 1), &index)) {
        return false;
    }
    *step += index;
    return true;
}

static bool step_of_multiple(struct widen *widen, LLVMValueRef value, bool shift, int64_t *step) {
    LLVMValueRef by = LLVMGetOperand(value, 1);
    if (!is_constant_integer(by) || !widen_step(widen, LLVMGetOperand(value, 0), step)) {
        return false;
    }
    uint64_t number = LLVMConstIntGetZExtValue(by);
    if (number > (shift ? 16 : 1 << 16) || !small_step(*step)) {
        return false;
    }
    *step *= (int64_t)(shift ? 1ull << number : number);
    return true;
}

// What grows evenly from iteration to iteration, as far as no index wraps around.
static bool scalar_step(struct widen *widen, LLVMValueRef value, int64_t *step) {
    int64_t other = 0;
    LLVMOpcode opcode = LLVMGetInstructionOpcode(value);
    switch (opcode) {
    case LLVMAdd:
    case LLVMSub:
    case LLVMOr:
        if ((opcode == LLVMOr && !LLVMGetIsDisjoint(value)) ||
            !widen_step(widen, LLVMGetOperand(value, 0), step) ||
            !widen_step(widen, LLVMGetOperand(value, 1), &other)) {
            return false;
        }
        *step += opcode == LLVMSub ? -other : other;
        return true;
    case LLVMShl:
        return step_of_multiple(widen, value, true, step);
    case LLVMMul:
        return step_of_multiple(widen, value, false, step);
    case LLVMZExt:
    case LLVMTrunc:
        return widen_step(widen, LLVMGetOperand(value, 0), step);
    case LLVMGetElementPtr:
        return step_of_address(widen, value, step);
    default:
        return false;
    }
}

static bool can_widen_type(const struct widen *widen, LLVMTypeRef type) {
    return widen_is_vector(type) && widen_bytes(widen, type) <= WIDEN_VECTOR_LIMIT &&
           LLVMGetVectorSize(type) * widen->factor <= WIDEN_LANE_LIMIT;
}

// The vector that a recurrence delays is computed above, directly or through another recurrence.
static bool is_recurrence_known(struct widen *widen, LLVMValueRef phi) {
    LLVMValueRef value = phi;
    for (int depth = 0; depth < 3; depth++) {
        value = widen_incoming(value, widen->body);
        const struct widen_item *item = widen_find(widen, value);
        if (item == NULL) {
            return widen_is_invariant(widen, value);
        }
        if (item->kind != WIDEN_RECURRENCE) {
            return item->kind == WIDEN_VECTOR;
        }
    }
    return false;
}

// A vector of the loop, or one from before it.
static bool is_vector_operand(struct widen *widen, LLVMValueRef value) {
    if (!can_widen_type(widen, LLVMTypeOf(value))) {
        return false;
    }
    if (widen_is_invariant(widen, value)) {
        return true;
    }
    const struct widen_item *item = widen_find(widen, value);
    if (item != NULL && item->kind == WIDEN_RECURRENCE) {
        return is_recurrence_known(widen, value);
    }
    return item != NULL && item->kind != WIDEN_SCALAR && item->kind != WIDEN_OTHER;
}

static bool are_vector_operands(struct widen *widen, LLVMValueRef value, unsigned count) {
    for (unsigned i = 0; i < count; i++) {
        if (!is_vector_operand(widen, LLVMGetOperand(value, i))) {
            return false;
        }
    }
    return true;
}

// Consecutive iterations access consecutive vectors.
static bool is_consecutive(struct widen *widen, LLVMValueRef address, LLVMTypeRef type,
                           LLVMValueRef access, int64_t *step) {
    return can_widen_type(widen, type) && !LLVMGetVolatile(access) &&
           LLVMGetOrdering(access) == LLVMAtomicOrderingNotAtomic &&
           !widen_is_invariant(widen, address) && widen_step(widen, address, step) &&
           *step == (int64_t)widen_bytes(widen, type);
}

static bool can_widen_call(struct widen *widen, LLVMValueRef call) {
    unsigned count = LLVMGetNumArgOperands(call);
    if (widen_lanewise_types(call) == 0) {
        return false;
    }
    for (unsigned i = 0; i < count; i++) {
        LLVMValueRef argument = LLVMGetOperand(call, i);
        if (!is_vector_operand(widen, argument) && !is_constant_integer(argument)) {
            return false;
        }
    }
    return true;
}

static bool can_widen(struct widen *widen, LLVMValueRef value) {
    switch (LLVMGetInstructionOpcode(value)) {
    case LLVMAdd:
    case LLVMSub:
    case LLVMMul:
    case LLVMAnd:
    case LLVMOr:
    case LLVMXor:
    case LLVMShl:
    case LLVMLShr:
    case LLVMAShr:
    case LLVMFAdd:
    case LLVMFSub:
    case LLVMFMul:
    case LLVMFDiv:
    case LLVMICmp:
    case LLVMFCmp:
    case LLVMShuffleVector:
        return are_vector_operands(widen, value, 2);
    case LLVMSelect:
        return are_vector_operands(widen, value, 3);
    case LLVMFNeg:
    case LLVMBitCast:
    case LLVMZExt:
    case LLVMSExt:
    case LLVMTrunc:
    case LLVMFPExt:
    case LLVMFPTrunc:
    case LLVMSIToFP:
    case LLVMUIToFP:
    case LLVMFPToSI:
    case LLVMFPToUI:
        return are_vector_operands(widen, value, 1);
    case LLVMCall:
        return can_widen_call(widen, value);
    default:
        return false;
    }
}

// ---- Phis of vectors ----------------------------------------------------------------------------

static bool is_associative(LLVMValueRef value) {
    switch (LLVMIsAInstruction(value) != NULL ? LLVMGetInstructionOpcode(value) : LLVMRet) {
    case LLVMAdd:
    case LLVMMul:
    case LLVMAnd:
    case LLVMOr:
    case LLVMXor:
        return widen_is_vector(LLVMTypeOf(value));
    default:
        return false;
    }
}

// Every use of `value` within the loop is by `only`, or by bitcasts that are used by nothing else.
static bool is_used_only_by(const struct widen *widen, LLVMValueRef value, LLVMValueRef only) {
    for (LLVMUseRef use = LLVMGetFirstUse(value); use != NULL; use = LLVMGetNextUse(use)) {
        LLVMValueRef user = LLVMGetUser(use);
        if (widen_is_invariant(widen, user) || user == only) {
            continue;
        }
        if (LLVMIsABitCastInst(user) == NULL || !is_used_only_by(widen, user, only)) {
            return false;
        }
    }
    return true;
}

static enum widen_item_kind kind_of_vector_phi(struct widen *widen, LLVMValueRef phi) {
    LLVMValueRef next = widen_incoming(phi, widen->body);
    LLVMValueRef operation = widen_without_bitcasts(next);
    if (!is_associative(operation)) {
        return WIDEN_RECURRENCE;
    }
    for (unsigned i = 0; i < 2; i++) {
        LLVMValueRef other = LLVMGetOperand(operation, 1 - i);
        if (widen_without_bitcasts(LLVMGetOperand(operation, i)) != phi) {
            continue;
        }
        if (LLVMGetOperand(operation, i) == phi && operation == next &&
            LLVMGetInstructionOpcode(operation) == LLVMAdd && widen_is_invariant(widen, other)) {
            return WIDEN_INDUCTION;
        }
        if (is_used_only_by(widen, phi, operation) && is_used_only_by(widen, operation, phi)) {
            return WIDEN_REDUCTION;
        }
    }
    return WIDEN_RECURRENCE;
}

// ---- The body, instruction by instruction -------------------------------------------------------

static bool add_phi(struct widen *widen, struct widen_item *item) {
    LLVMValueRef phi = item->value;
    LLVMTypeRef type = LLVMTypeOf(phi);
    if (LLVMCountIncoming(phi) != 2) {
        return false;
    }
    if (widen_is_vector(type)) {
        item->kind = kind_of_vector_phi(widen, phi);
        return can_widen_type(widen, type);
    }
    LLVMValueRef next = widen_incoming(phi, widen->body);
    item->kind = WIDEN_SCALAR;
    if ((type != widen->codegen->i32 && type != widen->codegen->i64) ||
        LLVMIsAInstruction(next) == NULL || LLVMGetInstructionOpcode(next) != LLVMAdd ||
        LLVMGetOperand(next, 0) != phi || !is_constant_integer(LLVMGetOperand(next, 1))) {
        return false;
    }
    item->step = LLVMConstIntGetSExtValue(LLVMGetOperand(next, 1));
    return small_step(item->step);
}

// Computed from what does not change: a load from one place, or an operation on such values.
static bool is_uniform(struct widen *widen, LLVMValueRef value) {
    LLVMOpcode opcode = LLVMGetInstructionOpcode(value);
    if (opcode == LLVMLoad) {
        return widen_is_invariant(widen, LLVMGetOperand(value, 0)) && !LLVMGetVolatile(value) &&
               LLVMGetOrdering(value) == LLVMAtomicOrderingNotAtomic;
    }
    if (opcode != LLVMInsertElement && opcode != LLVMShuffleVector && opcode != LLVMBitCast &&
        opcode != LLVMFMul && opcode != LLVMFAdd && opcode != LLVMFSub && opcode != LLVMFDiv &&
        opcode != LLVMFNeg) {
        return false;
    }
    for (int i = 0; i < LLVMGetNumOperands(value); i++) {
        LLVMValueRef operand = LLVMGetOperand(value, (unsigned)i);
        const struct widen_item *item = widen_find(widen, operand);
        if (item == NULL ? !widen_is_invariant(widen, operand) : item->kind != WIDEN_UNIFORM) {
            return false;
        }
    }
    return true;
}

static bool add_instruction(struct widen *widen, struct widen_item *item) {
    LLVMValueRef value = item->value;
    LLVMTypeRef type = LLVMTypeOf(value);
    if (is_uniform(widen, value)) {
        item->kind = WIDEN_UNIFORM;
        return true;
    }
    switch (LLVMGetInstructionOpcode(value)) {
    case LLVMPHI:
        return add_phi(widen, item);
    case LLVMLoad:
        item->kind = WIDEN_VECTOR;
        return is_consecutive(widen, LLVMGetOperand(value, 0), type, value, &item->step);
    case LLVMStore:
        item->kind = WIDEN_STORE;
        return is_consecutive(widen, LLVMGetOperand(value, 1), LLVMTypeOf(LLVMGetOperand(value, 0)),
                              value, &item->step) &&
               is_vector_operand(widen, LLVMGetOperand(value, 0));
    case LLVMBr:
        return true;
    default:
        break;
    }
    if (widen_is_vector(type)) {
        item->kind = WIDEN_VECTOR;
        return can_widen_type(widen, type) && can_widen(widen, value);
    }
    if (LLVMIsAICmpInst(value) != NULL) {
        return LLVMGetCondition(LLVMGetBasicBlockTerminator(widen->body)) == value;
    }
    item->kind = WIDEN_SCALAR;
    return (type == widen->codegen->i32 || type == widen->codegen->i64 ||
            type == widen->codegen->pointer) &&
           scalar_step(widen, value, &item->step) && small_step(item->step);
}

// False where the body has something that cannot be widened, or nothing to gain.
static bool add_items(struct widen *widen) {
    unsigned accesses = 0;
    for (LLVMValueRef value = LLVMGetFirstInstruction(widen->body); value != NULL;
         value = LLVMGetNextInstruction(value)) {
        if (widen->item_count == WIDEN_LIMIT) {
            return false;
        }
        struct widen_item *item = &widen->items[widen->item_count++];
        *item = (struct widen_item){.value = value};
        if (!add_instruction(widen, item)) {
            return false;
        }
        LLVMOpcode opcode = LLVMGetInstructionOpcode(value);
        accesses += item->step != 0 && (opcode == LLVMLoad || opcode == LLVMStore);
    }
    for (unsigned i = 0; i < widen->item_count; i++) {
        if (widen->items[i].kind == WIDEN_RECURRENCE &&
            !is_recurrence_known(widen, widen->items[i].value)) {
            return false;
        }
    }
    return accesses > 0;
}

// A block that goes to itself or out, with one block before it that goes nowhere else.
static bool find_loop(struct widen *widen) {
    LLVMValueRef end = LLVMGetBasicBlockTerminator(widen->body);
    LLVMValueRef first = LLVMGetFirstInstruction(widen->body);
    if (LLVMGetInstructionOpcode(end) != LLVMBr || !LLVMIsConditional(end) ||
        (LLVMGetSuccessor(end, 0) != widen->body) == (LLVMGetSuccessor(end, 1) != widen->body) ||
        LLVMGetInstructionOpcode(first) != LLVMPHI || LLVMCountIncoming(first) != 2) {
        return false;
    }
    LLVMBasicBlockRef one = LLVMGetIncomingBlock(first, 0);
    widen->before = one == widen->body ? LLVMGetIncomingBlock(first, 1) : one;
    LLVMValueRef jump = LLVMGetBasicBlockTerminator(widen->before);
    return LLVMGetInstructionOpcode(jump) == LLVMBr && !LLVMIsConditional(jump);
}

bool widen_scan(struct widen *widen) {
    return find_loop(widen) && add_items(widen);
}
