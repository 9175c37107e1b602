// Wider vectors for loops that a guest's compiler has vectorised. Such a loop works on 16 bytes an
// iteration, and LLVM's vectorizer takes scalar loops only. So `factor` iterations are joined here:
// each operation on a vector becomes the same operation on the vectors of that many iterations side
// by side.
//
//     before: ... guard ... br body                before: ... guard ... br ok, wide entry, body
//     body:   phis, body, br body or exit    =>    wide entry: br wide
//                                                  wide:  widened body, br wide or wide exit
//                                                  wide exit: br body
//                                                  body:  as it was; goes on from where `wide`
//                                                  ended
//
// The guard, computed once, says that there are enough iterations, that no 32-bit index wraps
// around, and that what is stored overlaps nothing else that the loop accesses, except where both
// are the same bytes in the same iteration. The wide loop always leaves an iteration or more to the
// body, so what the loop computes last leaves it as before.
#include "codegen/widen.h"

#include "codegen/widen_loop.h"

#include <llvm-c/Core.h>
#include <llvm-c/DebugInfo.h>
#include <stdlib.h>
#include <string.h>

// ---- The wide loop ------------------------------------------------------------------------------

static LLVMValueRef lane_number(const struct widen *widen, unsigned number) {
    return codegen_i32(widen->codegen, number);
}

// What is uniform is computed once, before the wide loop.
static void hoist(struct widen *widen, struct widen_item *item) {
    item->wide = LLVMInstructionClone(item->value);
    for (int i = 0; i < LLVMGetNumOperands(item->value); i++) {
        const struct widen_item *operand =
            widen_find(widen, LLVMGetOperand(item->value, (unsigned)i));
        if (operand != NULL) {
            LLVMSetOperand(item->wide, (unsigned)i, operand->wide);
        }
    }
    LLVMPositionBuilderAtEnd(widen->builder, widen->entry);
    LLVMInsertIntoBuilder(widen->builder, item->wide);
    LLVMPositionBuilderAtEnd(widen->builder, widen->wide);
}

// A shuffle whose lane `i` is lane `lanes[i]` of both operands together; UINT32_MAX is any.
static LLVMValueRef shuffle(struct widen *widen, LLVMValueRef left, LLVMValueRef right,
                            const unsigned *lanes, unsigned count) {
    LLVMValueRef mask[WIDEN_LANE_LIMIT];
    for (unsigned i = 0; i < count; i++) {
        unsigned lane = lanes[i]; // NOLINT(clang-analyzer-core.uninitialized.Assign)
        mask[i] =
            lane == UINT32_MAX ? LLVMGetPoison(widen->codegen->i32) : lane_number(widen, lane);
    }
    LLVMValueRef constant = LLVMConstVector(mask, count);
    return LLVMBuildShuffleVector(widen->builder, left, right, constant, "");
}

static LLVMValueRef poison_like(LLVMValueRef value) {
    return LLVMGetPoison(LLVMTypeOf(value));
}

// The vector of one iteration out of a wide one.
static LLVMValueRef extract_part(struct widen *widen, LLVMValueRef wide, unsigned part) {
    unsigned lanes[WIDEN_LANE_LIMIT];
    unsigned count = LLVMGetVectorSize(LLVMTypeOf(wide)) / widen->factor;
    for (unsigned i = 0; i < count; i++) {
        lanes[i] = part * count + i;
    }
    return shuffle(widen, wide, poison_like(wide), lanes, count);
}

static LLVMValueRef repeat(struct widen *widen, LLVMValueRef value) {
    for (unsigned i = 0; i < widen->repeated_count; i++) {
        if (widen->repeated[i].value == value) {
            return widen->repeated[i].wide;
        }
    }
    unsigned lanes[WIDEN_LANE_LIMIT];
    unsigned count = LLVMGetVectorSize(LLVMTypeOf(value));
    for (unsigned i = 0; i < count * widen->factor; i++) {
        lanes[i] = i % count;
    }
    LLVMBasicBlockRef current = LLVMGetInsertBlock(widen->builder);
    LLVMPositionBuilderAtEnd(widen->builder, widen->entry);
    LLVMValueRef wide = shuffle(widen, value, poison_like(value), lanes, count * widen->factor);
    LLVMPositionBuilderAtEnd(widen->builder, current);
    if (widen->repeated_count < WIDEN_LIMIT) {
        widen->repeated[widen->repeated_count++] = (struct widen_repeated){value, wide};
    }
    return wide;
}

static LLVMValueRef wide_of(struct widen *widen, LLVMValueRef value);

// The vectors of the iterations before: the last one of the previous round, then all but the last.
static LLVMValueRef splice(struct widen *widen, struct widen_item *item) {
    unsigned lanes[WIDEN_LANE_LIMIT];
    unsigned count = LLVMGetVectorSize(LLVMTypeOf(item->value));
    unsigned all = count * widen->factor;
    for (unsigned i = 0; i < all; i++) {
        lanes[i] = i + all - count;
    }
    LLVMValueRef next = wide_of(widen, widen_incoming(item->value, widen->body));
    return shuffle(widen, item->wide_phi, next, lanes, all);
}

static LLVMValueRef wide_of(struct widen *widen, LLVMValueRef value) {
    struct widen_item *item = widen_find(widen, value);
    if (item == NULL) {
        return repeat(widen, value);
    }
    if (item->kind == WIDEN_UNIFORM) {
        return repeat(widen, item->wide);
    }
    if (item->wide == NULL) { // only recurrences are made when they are needed
        item->wide = splice(widen, item);
    }
    return item->wide;
}

static LLVMValueRef scalar_of(struct widen *widen, LLVMValueRef value) {
    struct widen_item *item = widen_find(widen, value);
    if (item == NULL) {
        return value;
    }
    if (item->wide == NULL) {
        LLVMValueRef first = scalar_of(widen, LLVMGetOperand(value, 0));
        LLVMValueRef second =
            LLVMGetNumOperands(value) > 1 ? scalar_of(widen, LLVMGetOperand(value, 1)) : NULL;
        item->wide = widen_build_scalar(widen, value, first, second);
    }
    return item->wide;
}

static LLVMValueRef widen_shuffle(struct widen *widen, LLVMValueRef value) {
    unsigned lanes[WIDEN_LANE_LIMIT];
    unsigned count = LLVMGetNumMaskElements(value);
    int from = (int)LLVMGetVectorSize(LLVMTypeOf(LLVMGetOperand(value, 0)));
    int factor = (int)widen->factor;
    for (int part = 0; part < factor; part++) {
        for (unsigned i = 0; i < count; i++) {
            int lane = LLVMGetMaskValue(value, i);
            int start = lane < from ? part * from : (factor + part - 1) * from;
            lanes[(unsigned)part * count + i] = lane < 0 ? UINT32_MAX : (unsigned)(start + lane);
        }
    }
    return shuffle(widen, wide_of(widen, LLVMGetOperand(value, 0)),
                   wide_of(widen, LLVMGetOperand(value, 1)), lanes, count * widen->factor);
}

static LLVMValueRef widen_call(struct widen *widen, LLVMValueRef call) {
    LLVMValueRef arguments[4] = {NULL};
    unsigned count = LLVMGetNumArgOperands(call);
    for (unsigned i = 0; i < count; i++) {
        LLVMValueRef argument = LLVMGetOperand(call, i);
        arguments[i] = widen_is_vector(LLVMTypeOf(argument)) ? wide_of(widen, argument) : argument;
    }
    size_t length;
    LLVMValueRef callee = LLVMGetCalledValue(call);
    const char *name = LLVMIntrinsicGetName(LLVMGetIntrinsicID(callee), &length);
    LLVMTypeRef types[] = {widen_type(widen, LLVMTypeOf(call)), LLVMTypeOf(arguments[0])};
    return codegen_intrinsic(widen->codegen, name, types, widen_lanewise_types(call), arguments,
                             count);
}

static void copy_alias(const struct widen *widen, LLVMValueRef from, LLVMValueRef to) {
    LLVMSetAlignment(to, 1);
    LLVMValueRef alias = LLVMGetMetadata(from, widen->codegen->kind_tbaa);
    if (alias != NULL) {
        LLVMSetMetadata(to, widen->codegen->kind_tbaa, alias);
    }
}

static LLVMValueRef widen_operation(struct widen *widen, LLVMValueRef value) {
    LLVMBuilderRef builder = widen->builder;
    LLVMOpcode opcode = LLVMGetInstructionOpcode(value);
    LLVMValueRef first = wide_of(widen, LLVMGetOperand(value, 0));
    switch (opcode) {
    case LLVMICmp:
        return LLVMBuildICmp(builder, LLVMGetICmpPredicate(value), first,
                             wide_of(widen, LLVMGetOperand(value, 1)), "");
    case LLVMFCmp:
        return LLVMBuildFCmp(builder, LLVMGetFCmpPredicate(value), first,
                             wide_of(widen, LLVMGetOperand(value, 1)), "");
    case LLVMSelect:
        return LLVMBuildSelect(builder, first, wide_of(widen, LLVMGetOperand(value, 1)),
                               wide_of(widen, LLVMGetOperand(value, 2)), "");
    case LLVMFNeg:
        return LLVMBuildFNeg(builder, first, "");
    default:
        break;
    }
    if (LLVMIsACastInst(value) != NULL) {
        return LLVMBuildCast(builder, opcode, first, widen_type(widen, LLVMTypeOf(value)), "");
    }
    return LLVMBuildBinOp(builder, opcode, first, wide_of(widen, LLVMGetOperand(value, 1)), "");
}

static LLVMValueRef widen_value(struct widen *widen, LLVMValueRef value) {
    switch (LLVMGetInstructionOpcode(value)) {
    case LLVMLoad: {
        LLVMValueRef load = LLVMBuildLoad2(widen->builder, widen_type(widen, LLVMTypeOf(value)),
                                           scalar_of(widen, LLVMGetOperand(value, 0)), "");
        copy_alias(widen, value, load);
        return load;
    }
    case LLVMShuffleVector:
        return widen_shuffle(widen, value);
    case LLVMCall:
        return widen_call(widen, value);
    default:
        return widen_operation(widen, value);
    }
}

static void widen_item(struct widen *widen, struct widen_item *item) {
    LLVMValueRef value = item->value;
    LLVMSetCurrentDebugLocation2(widen->builder, LLVMInstructionGetDebugLoc(value));
    if (item->kind == WIDEN_STORE) {
        LLVMValueRef address = scalar_of(widen, LLVMGetOperand(value, 1));
        LLVMValueRef stored = wide_of(widen, LLVMGetOperand(value, 0));
        copy_alias(widen, value, LLVMBuildStore(widen->builder, stored, address));
    } else if (item->kind == WIDEN_UNIFORM) {
        hoist(widen, item);
    } else if (item->kind == WIDEN_VECTOR) {
        item->wide = widen_value(widen, value);
        if (LLVMCanValueUseFastMathFlags(value) && LLVMIsAInstruction(item->wide) != NULL) {
            LLVMSetFastMathFlags(item->wide, LLVMGetFastMathFlags(value));
        }
    }
}

// ---- Phis of the wide loop ----------------------------------------------------------------------

static LLVMValueRef begin_phi(struct widen *widen, LLVMTypeRef type, LLVMValueRef start) {
    LLVMValueRef phi = LLVMBuildPhi(widen->builder, type, "");
    LLVMAddIncoming(phi, &start, &widen->entry, 1);
    return phi;
}

// `start` in one part; the other parts as in `others`, or anything where that is NULL.
static LLVMValueRef place_part(struct widen *widen, LLVMValueRef start, unsigned part,
                               LLVMValueRef others) {
    unsigned lanes[WIDEN_LANE_LIMIT];
    unsigned count = LLVMGetVectorSize(LLVMTypeOf(start));
    unsigned none = others != NULL ? count : UINT32_MAX;
    for (unsigned i = 0; i < count * widen->factor; i++) {
        lanes[i] = i / count == part ? i % count : none;
    }
    return shuffle(widen, start, others != NULL ? others : poison_like(start), lanes,
                   count * widen->factor);
}

// What the operation leaves as it is, in each lane.
static LLVMValueRef neutral_vector(LLVMValueRef operation, LLVMTypeRef type) {
    LLVMTypeRef own = LLVMTypeOf(operation);
    switch (LLVMGetInstructionOpcode(operation)) {
    case LLVMAnd:
        return LLVMConstAllOnes(type);
    case LLVMMul: {
        LLVMValueRef ones[WIDEN_LANE_LIMIT];
        for (unsigned i = 0; i < LLVMGetVectorSize(own); i++) {
            ones[i] = LLVMConstInt(LLVMGetElementType(own), 1, false);
        }
        return LLVMConstBitCast(LLVMConstVector(ones, LLVMGetVectorSize(own)), type);
    }
    default:
        return LLVMConstNull(type);
    }
}

// part * step in each part, as one wide vector.
static LLVMValueRef multiples(struct widen *widen, LLVMValueRef step, unsigned first,
                              unsigned increment) {
    LLVMValueRef factors[WIDEN_LANE_LIMIT];
    LLVMTypeRef lane = LLVMGetElementType(LLVMTypeOf(step));
    unsigned count = LLVMGetVectorSize(LLVMTypeOf(step));
    for (unsigned i = 0; i < count * widen->factor; i++) {
        factors[i] = LLVMConstInt(lane, first + increment * (i / count), false);
    }
    return LLVMBuildMul(widen->builder, repeat(widen, step),
                        LLVMConstVector(factors, count * widen->factor), "");
}

static LLVMValueRef induction_step(struct widen *widen, const struct widen_item *item) {
    LLVMValueRef next = widen_incoming(item->value, widen->body);
    LLVMValueRef first = LLVMGetOperand(next, 0);
    return first == item->value ? LLVMGetOperand(next, 1) : first;
}

// The first value that a vector phi of the wide loop has, built in the block before that.
static LLVMValueRef first_wide(struct widen *widen, const struct widen_item *item) {
    LLVMValueRef start = widen_incoming(item->value, widen->before);
    LLVMValueRef next = widen_incoming(item->value, widen->body);
    switch (item->kind) {
    case WIDEN_INDUCTION:
        return LLVMBuildAdd(widen->builder, repeat(widen, start),
                            multiples(widen, induction_step(widen, item), 0, 1), "");
    case WIDEN_REDUCTION:
        return place_part(widen, start, 0,
                          neutral_vector(widen_without_bitcasts(next), LLVMTypeOf(start)));
    default:
        return place_part(widen, start, widen->factor - 1, NULL);
    }
}

static bool is_phi(const struct widen_item *item) {
    return LLVMIsAPHINode(item->value) != NULL;
}

static void begin_phis(struct widen *widen) {
    for (unsigned i = 0; i < widen->item_count && is_phi(&widen->items[i]); i++) {
        struct widen_item *item = &widen->items[i];
        if (item->kind == WIDEN_SCALAR) {
            item->wide = begin_phi(widen, LLVMTypeOf(item->value),
                                   widen_incoming(item->value, widen->before));
            continue;
        }
        LLVMPositionBuilderAtEnd(widen->builder, widen->entry);
        LLVMValueRef start = first_wide(widen, item);
        LLVMPositionBuilderAtEnd(widen->builder, widen->wide);
        item->wide_phi = begin_phi(widen, LLVMTypeOf(start), start);
        item->wide = item->kind == WIDEN_RECURRENCE ? NULL : item->wide_phi;
    }
}

// What the phi is when the body goes on after the wide loop, from what it is in the next round.
static LLVMValueRef rest_of(struct widen *widen, const struct widen_item *item, LLVMValueRef next) {
    switch (item->kind) {
    case WIDEN_SCALAR:
        return next;
    case WIDEN_INDUCTION:
        return extract_part(widen, next, 0);
    case WIDEN_REDUCTION: {
        LLVMValueRef operation = widen_without_bitcasts(widen_incoming(item->value, widen->body));
        LLVMOpcode opcode = LLVMGetInstructionOpcode(operation);
        LLVMValueRef wide = wide_of(widen, operation);
        LLVMValueRef sum = extract_part(widen, wide, 0);
        for (unsigned part = 1; part < widen->factor; part++) {
            LLVMValueRef other = extract_part(widen, wide, part);
            sum = LLVMBuildBinOp(widen->builder, opcode, sum, other, "");
        }
        return LLVMBuildBitCast(widen->builder, sum, LLVMTypeOf(item->value), "");
    }
    default:
        return extract_part(widen, next, widen->factor - 1);
    }
}

// The value of a phi in the next round of the wide loop.
static LLVMValueRef next_of(struct widen *widen, const struct widen_item *item) {
    if (item->kind == WIDEN_SCALAR) {
        LLVMValueRef step = LLVMConstInt(LLVMTypeOf(item->value),
                                         (uint64_t)(item->step * (int64_t)widen->factor), true);
        return LLVMBuildAdd(widen->builder, item->wide, step, "");
    }
    if (item->kind == WIDEN_INDUCTION) {
        LLVMPositionBuilderAtEnd(widen->builder, widen->entry);
        LLVMValueRef step = multiples(widen, induction_step(widen, item), widen->factor, 0);
        LLVMPositionBuilderAtEnd(widen->builder, widen->wide);
        return LLVMBuildAdd(widen->builder, item->wide_phi, step, "");
    }
    return wide_of(widen, widen_incoming(item->value, widen->body));
}

static void end_phis(struct widen *widen) {
    for (unsigned i = 0; i < widen->item_count && is_phi(&widen->items[i]); i++) {
        struct widen_item *item = &widen->items[i];
        LLVMValueRef next = next_of(widen, item);
        LLVMAddIncoming(item->kind == WIDEN_SCALAR ? item->wide : item->wide_phi, &next,
                        &widen->wide, 1);
        LLVMPositionBuilderAtEnd(widen->builder, widen->after);
        LLVMValueRef rest = rest_of(widen, item, next);
        LLVMAddIncoming(item->value, &rest, &widen->after, 1);
        LLVMPositionBuilderAtEnd(widen->builder, widen->wide);
    }
}

// ---- All together -------------------------------------------------------------------------------

static LLVMBasicBlockRef append_block(struct widen *widen) {
    return LLVMAppendBasicBlockInContext(widen->codegen->context,
                                         LLVMGetBasicBlockParent(widen->body), "");
}

static void build_wide_loop(struct widen *widen) {
    LLVMBuilderRef builder = widen->builder;
    LLVMValueRef jump = LLVMGetBasicBlockTerminator(widen->before);
    LLVMValueRef rounds =
        LLVMBuildUDiv(builder, LLVMBuildSub(builder, widen->trips, widen_i64(widen, 1), ""),
                      widen_i64(widen, widen->factor), "");
    widen->entry = append_block(widen);
    widen->wide = append_block(widen);
    widen->after = append_block(widen);
    LLVMPositionBuilderAtEnd(builder, widen->wide);
    begin_phis(widen);
    LLVMValueRef count = begin_phi(widen, widen->codegen->i64, rounds);
    for (unsigned i = 0; i < widen->item_count; i++) {
        widen_item(widen, &widen->items[i]);
    }
    end_phis(widen);
    LLVMValueRef left = LLVMBuildSub(builder, count, widen_i64(widen, 1), "");
    LLVMAddIncoming(count, &left, &widen->wide, 1);
    LLVMBuildCondBr(builder, LLVMBuildICmp(builder, LLVMIntNE, left, widen_i64(widen, 0), ""),
                    widen->wide, widen->after);
    LLVMPositionBuilderAtEnd(builder, widen->after);
    LLVMBuildBr(builder, widen->body);
    LLVMPositionBuilderAtEnd(builder, widen->entry);
    LLVMBuildBr(builder, widen->wide);
    LLVMPositionBuilderBefore(builder, jump);
    LLVMBuildCondBr(builder, widen->ok != NULL ? widen->ok : LLVMConstInt(widen->codegen->i1, 1, 0),
                    widen->entry, widen->body);
    LLVMInstructionEraseFromParent(jump);
}

static void widen_loop(struct codegen *codegen, LLVMBasicBlockRef block, unsigned factor) {
    struct widen *widen = codegen_allocate(1, sizeof *widen);
    *widen = (struct widen){
        .codegen = codegen, .builder = codegen->builder, .factor = factor, .body = block};
    if (widen_scan(widen) && widen_build_guard(widen)) {
        build_wide_loop(widen);
    }
    free(widen);
}

static bool has_loop(LLVMBasicBlockRef block) {
    LLVMValueRef end = LLVMGetBasicBlockTerminator(block);
    return LLVMGetNumSuccessors(end) == 2 &&
           (LLVMGetSuccessor(end, 0) == block || LLVMGetSuccessor(end, 1) == block);
}

// How many vectors of 16 bytes the machine's have room for.
static unsigned find_factor(const struct codegen *codegen) {
    const char *cpu = codegen->options->cpu;
    if (cpu != NULL) {
        return strcmp(cpu, "x86-64-v4") == 0 ? 4 : strcmp(cpu, "x86-64-v3") == 0 ? 2 : 1;
    }
    char *features = LLVMGetTargetMachineFeatureString(codegen->machine);
    unsigned factor = strstr(features, "+avx512bw") != NULL && strstr(features, "+avx512vl") != NULL
                          ? 4
                      : strstr(features, "+avx2") != NULL ? 2
                                                          : 1;
    LLVMDisposeMessage(features);
    return factor;
}

void codegen_widen_loops(struct codegen *codegen) {
    unsigned factor = find_factor(codegen);
    if (factor == 1 || codegen->options->strict_traps) {
        return;
    }
    for (LLVMValueRef function = LLVMGetFirstFunction(codegen->llvm); function != NULL;
         function = LLVMGetNextFunction(function)) {
        unsigned count = LLVMCountBasicBlocks(function);
        LLVMBasicBlockRef block = count > 0 ? LLVMGetFirstBasicBlock(function) : NULL;
        for (unsigned i = 0; i < count; i++) { // new blocks are appended
            if (has_loop(block)) {
                widen_loop(codegen, block, factor);
            }
            block = LLVMGetNextBasicBlock(block);
        }
    }
}
