// What must hold for a wide loop to run, computed in the block before it.
#include "codegen/widen_loop.h"

LLVMValueRef widen_build_scalar(struct widen *widen, LLVMValueRef like, LLVMValueRef first,
                                LLVMValueRef second) {
    LLVMBuilderRef builder = widen->builder;
    LLVMOpcode opcode = LLVMGetInstructionOpcode(like);
    switch (opcode) {
    case LLVMZExt:
        return LLVMBuildZExt(builder, first, LLVMTypeOf(like), "");
    case LLVMTrunc:
        return LLVMBuildTrunc(builder, first, LLVMTypeOf(like), "");
    case LLVMGetElementPtr:
        return LLVMBuildGEP2(builder, widen->codegen->i8, first, &second, 1, "");
    default:
        return LLVMBuildBinOp(builder, opcode, first, second, "");
    }
}

static void require(struct widen *widen, LLVMValueRef condition) {
    if (LLVMIsAConstantInt(condition) != NULL) {
        widen->failed |= LLVMConstIntGetZExtValue(condition) == 0;
        return;
    }
    widen->ok =
        widen->ok == NULL ? condition : LLVMBuildAnd(widen->builder, widen->ok, condition, "");
}

// What a scalar is in the first iteration.
static LLVMValueRef start_of(struct widen *widen, LLVMValueRef value) {
    struct widen_item *item = widen_find(widen, value);
    if (item == NULL || item->kind != WIDEN_SCALAR) {
        return value;
    }
    if (item->start == NULL) {
        if (LLVMGetInstructionOpcode(value) == LLVMPHI) {
            item->start = widen_incoming(value, widen->before);
        } else {
            LLVMValueRef first = start_of(widen, LLVMGetOperand(value, 0));
            LLVMValueRef second =
                LLVMGetNumOperands(value) > 1 ? start_of(widen, LLVMGetOperand(value, 1)) : NULL;
            item->start = widen_build_scalar(widen, value, first, second);
        }
    }
    return item->start;
}

// How often the body runs, as i64: it goes on while a scalar is not yet equal to a bound. The steps
// taken are the least that lead there, modulo the width, if the step divides the distance.
static bool count_trips(struct widen *widen) {
    LLVMBuilderRef builder = widen->builder;
    LLVMValueRef end = LLVMGetBasicBlockTerminator(widen->body);
    LLVMValueRef condition = LLVMGetCondition(end);
    struct widen_item *item = widen_find(widen, condition);
    if (item == NULL || LLVMIsAICmpInst(condition) == NULL ||
        LLVMGetICmpPredicate(condition) !=
            (LLVMGetSuccessor(end, 0) == widen->body ? LLVMIntNE : LLVMIntEQ)) {
        return false;
    }
    LLVMValueRef value = LLVMGetOperand(condition, 0), bound = LLVMGetOperand(condition, 1);
    int64_t step = 0;
    if (!widen_is_invariant(widen, bound) || !widen_step(widen, value, &step) || step == 0) {
        return false;
    }
    LLVMTypeRef type = LLVMTypeOf(bound);
    if (type != widen->codegen->i32 && type != widen->codegen->i64) {
        return false;
    }
    LLVMValueRef start = start_of(widen, value);
    LLVMValueRef distance = step > 0 ? LLVMBuildSub(builder, bound, start, "")
                                     : LLVMBuildSub(builder, start, bound, "");
    LLVMValueRef by = LLVMConstInt(type, (uint64_t)(step > 0 ? step : -step), false);
    LLVMValueRef rest = LLVMBuildURem(builder, distance, by, "");
    require(widen, LLVMBuildICmp(builder, LLVMIntEQ, rest, LLVMConstNull(type), ""));
    LLVMValueRef steps = LLVMBuildUDiv(builder, distance, by, "");
    steps = LLVMBuildZExtOrBitCast(builder, steps, widen->codegen->i64, "");
    require(widen, LLVMBuildICmp(builder, LLVMIntULT, steps, widen_i64(widen, 1ll << 32), ""));
    widen->trips = LLVMBuildAdd(builder, steps, widen_i64(widen, 1), "");
    return true;
}

// An index that is extended must not wrap around, or what follows from it does not grow evenly.
static void require_no_wrap(struct widen *widen, const struct widen_item *item) {
    LLVMBuilderRef builder = widen->builder;
    LLVMValueRef start = start_of(widen, item->value);
    LLVMValueRef steps = LLVMBuildSub(builder, widen->trips, widen_i64(widen, 1), "");
    LLVMValueRef growth = LLVMBuildMul(builder, steps, widen_i64(widen, item->step), "");
    LLVMValueRef last = LLVMBuildAdd(builder, start, growth, "");
    require(widen, LLVMBuildICmp(builder, LLVMIntULT, last, widen_i64(widen, 1ll << 32), ""));
}

struct place {
    LLVMValueRef base;   // a pointer that is invariant
    LLVMValueRef offset; // i64, of the first access
    LLVMValueRef span;   // i64, of all accesses
};

static LLVMValueRef access_address(const struct widen_item *item) {
    return LLVMGetOperand(item->value, item->kind == WIDEN_STORE ? 1 : 0);
}

static struct place find_place(struct widen *widen, const struct widen_item *item) {
    LLVMBuilderRef builder = widen->builder;
    struct place place = {.base = access_address(item), .offset = widen_i64(widen, 0)};
    while (LLVMIsAGetElementPtrInst(place.base) != NULL && LLVMGetNumOperands(place.base) == 2 &&
           LLVMGetGEPSourceElementType(place.base) == widen->codegen->i8 &&
           LLVMTypeOf(LLVMGetOperand(place.base, 1)) == widen->codegen->i64) {
        LLVMValueRef index = start_of(widen, LLVMGetOperand(place.base, 1));
        place.offset = LLVMBuildAdd(builder, place.offset, index, "");
        place.base = LLVMGetOperand(place.base, 0);
    }
    place.span = item->kind == WIDEN_UNIFORM
                     ? widen_i64(widen, widen_bytes(widen, LLVMTypeOf(item->value)))
                     : LLVMBuildMul(builder, widen->trips, widen_i64(widen, item->step), "");
    return place;
}

// All that one accesses lies before all that the other does. Spans are below 2^37.
static void require_apart(struct widen *widen, const struct widen_item *one,
                          const struct widen_item *other) {
    if (access_address(one) == access_address(other)) {
        return; // the same bytes in each iteration
    }
    LLVMBuilderRef builder = widen->builder;
    struct place a = find_place(widen, one), b = find_place(widen, other);
    if (a.base != b.base) {
        LLVMTypeRef type = widen->codegen->i64;
        LLVMValueRef base = LLVMBuildPtrToInt(builder, a.base, type, "");
        a.offset = LLVMBuildAdd(builder, a.offset, base, "");
        base = LLVMBuildPtrToInt(builder, b.base, type, "");
        b.offset = LLVMBuildAdd(builder, b.offset, base, "");
    }
    LLVMValueRef a_end = LLVMBuildAdd(builder, a.offset, a.span, "");
    LLVMValueRef b_end = LLVMBuildAdd(builder, b.offset, b.span, "");
    LLVMValueRef below = LLVMBuildICmp(builder, LLVMIntULE, a_end, b.offset, "");
    LLVMValueRef above = LLVMBuildICmp(builder, LLVMIntULE, b_end, a.offset, "");
    LLVMValueRef apart = LLVMBuildOr(builder, below, above, "");
    widen->checks += LLVMIsAConstantInt(apart) == NULL;
    require(widen, apart);
}

static bool is_access(const struct widen_item *item) {
    return item->kind == WIDEN_STORE || LLVMIsALoadInst(item->value) != NULL;
}

static void require_all_apart(struct widen *widen) {
    for (unsigned i = 0; i < widen->item_count; i++) {
        for (unsigned j = 0; j < widen->item_count && widen->items[i].kind == WIDEN_STORE; j++) {
            bool counted = j <= i && widen->items[j].kind == WIDEN_STORE; // this pair, already
            if (is_access(&widen->items[j]) && !counted) {
                require_apart(widen, &widen->items[i], &widen->items[j]);
            }
        }
    }
}

// At the end of the block before the loop. What is built in vain goes away with the dead code.
bool widen_build_guard(struct widen *widen) {
    LLVMPositionBuilderBefore(widen->builder, LLVMGetBasicBlockTerminator(widen->before));
    if (!count_trips(widen)) {
        return false;
    }
    require(widen, LLVMBuildICmp(widen->builder, LLVMIntUGT, widen->trips,
                                 widen_i64(widen, widen->factor), ""));
    for (unsigned i = 0; i < widen->item_count && !widen->failed; i++) {
        if (LLVMIsAZExtInst(widen->items[i].value) != NULL &&
            widen->items[i].kind == WIDEN_SCALAR && widen->items[i].step != 0) {
            require_no_wrap(widen, &widen->items[i]);
        }
    }
    require_all_apart(widen);
    return !widen->failed && widen->checks <= WIDEN_CHECK_LIMIT;
}
