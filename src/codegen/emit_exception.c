// Exceptions: try, its handlers, throw and rethrow.
//
// A call inside of a try that has handlers is an LLVM invoke, whose landing pad takes everything;
// which handler it is, if any, is then found out by comparing tags:
//
//   invoke ─► landing pad ─► dispatch ─► handler        (its tag)
//                               │  no ─► next handler …
//                               └──────► dispatch of the try around, or thrown again
//
// Each try has one landing pad. The values of an exception are taken out of the thread's current
// one at once, so that nothing of it has to live on; only for a rethrow it is copied to the frame.
#include "codegen/emitter.h"

#include <llvm-c/Core.h>
#include <stddef.h>
#include <stdlib.h>

static struct emitter_frame *innermost(struct emitter *emitter) {
    return &emitter->frames[emitter->frame_count - 1];
}

// ---- Landing pads

// The unwinder of the runtime asks nobody. A foreign one that comes along passes through: the
// answer is _URC_CONTINUE_UNWIND.
static LLVMValueRef personality(struct codegen *codegen) {
    enum { CONTINUE_UNWIND = 8 };
    if (codegen->personality == NULL) {
        LLVMBasicBlockRef current = LLVMGetInsertBlock(codegen->builder);
        LLVMTypeRef type = LLVMFunctionType(codegen->i32, NULL, 0, true);
        codegen->personality = LLVMAddFunction(codegen->llvm, "personality", type);
        LLVMSetLinkage(codegen->personality, LLVMInternalLinkage);
        LLVMPositionBuilderAtEnd(codegen->builder, LLVMAppendBasicBlockInContext(
                                                       codegen->context, codegen->personality, ""));
        LLVMBuildRet(codegen->builder, codegen_i32(codegen, CONTINUE_UNWIND));
        LLVMPositionBuilderAtEnd(codegen->builder, current);
    }
    return codegen->personality;
}

static uint32_t add_merge(struct emitter *emitter, const struct emitter_frame *frame) {
    return locals_add_merge(&emitter->locals, emitter_append_block(emitter), frame->before,
                            frame->start, frame->end);
}

static void make_dispatch(struct emitter *emitter, struct emitter_frame *frame) {
    if (frame->dispatch != LOCALS_NO_BLOCK) {
        return;
    }
    LLVMBasicBlockRef current = LLVMGetInsertBlock(emitter->builder);
    frame->dispatch = add_merge(emitter, frame);
    LLVMPositionBuilderAtEnd(emitter->builder,
                             locals_llvm_block(&emitter->locals, frame->dispatch));
    frame->exception = LLVMBuildPhi(emitter->builder, emitter->codegen->pointer, "");
    LLVMPositionBuilderAtEnd(emitter->builder, current);
}

static void go_to_dispatch(struct emitter *emitter, struct emitter_frame *frame, uint32_t from,
                           LLVMValueRef exception) {
    make_dispatch(emitter, frame);
    LLVMBasicBlockRef block = locals_llvm_block(&emitter->locals, from);
    LLVMAddIncoming(frame->exception, &exception, &block, 1);
    locals_add_edge(&emitter->locals, from, frame->dispatch);
    LLVMBuildBr(emitter->builder, locals_llvm_block(&emitter->locals, frame->dispatch));
}

static void make_landing_pad(struct emitter *emitter, struct emitter_frame *frame) {
    struct codegen *codegen = emitter->codegen;
    LLVMBasicBlockRef current = LLVMGetInsertBlock(emitter->builder);
    LLVMTypeRef fields[] = {codegen->pointer, codegen->i32};
    LLVMTypeRef type = LLVMStructTypeInContext(codegen->context, fields, 2, false);
    LLVMSetPersonalityFn(emitter->function, personality(codegen));
    frame->landing = add_merge(emitter, frame);
    LLVMPositionBuilderAtEnd(emitter->builder, locals_llvm_block(&emitter->locals, frame->landing));
    LLVMValueRef pad = LLVMBuildLandingPad(emitter->builder, type, NULL, 1, "");
    LLVMAddClause(pad, LLVMConstNull(codegen->pointer));
    go_to_dispatch(emitter, frame, frame->landing,
                   LLVMBuildExtractValue(emitter->builder, pad, 0, ""));
    LLVMPositionBuilderAtEnd(emitter->builder, current);
}

LLVMBasicBlockRef emitter_landing_pad(struct emitter *emitter) {
    uint32_t unwind = innermost(emitter)->unwind;
    if (unwind == 0) {
        return NULL;
    }
    struct emitter_frame *frame = &emitter->frames[unwind - 1];
    if (frame->landing == LOCALS_NO_BLOCK) {
        make_landing_pad(emitter, frame);
    }
    locals_add_edge(&emitter->locals, emitter->locals.current, frame->landing);
    return locals_llvm_block(&emitter->locals, frame->landing);
}

// ---- Throwing

// Calls a member of struct object_support that throws.
static void call_thrower(struct emitter *emitter, size_t offset, LLVMValueRef *arguments,
                         unsigned count) {
    enum { MAXIMUM = 3 };
    struct codegen *codegen = emitter->codegen;
    LLVMTypeRef types[MAXIMUM];
    for (unsigned i = 0; i < count; i++) {
        types[i] = LLVMTypeOf(arguments[i]);
    }
    LLVMTypeRef type = LLVMFunctionType(codegen->void_type, types, count, false);
    LLVMValueRef function = emitter_support_function(emitter, offset);
    LLVMBasicBlockRef landing_pad = emitter_landing_pad(emitter);
    if (landing_pad != NULL) {
        LLVMBasicBlockRef never = emitter_append_block(emitter);
        LLVMBuildInvoke2(emitter->builder, type, function, arguments, count, never, landing_pad,
                         "");
        LLVMPositionBuilderAtEnd(emitter->builder, never);
    } else {
        LLVMBuildCall2(emitter->builder, type, function, arguments, count, "");
    }
    LLVMBuildUnreachable(emitter->builder);
    emitter->reachable = false;
}

static void throw_again(struct emitter *emitter, LLVMValueRef exception) {
    LLVMValueRef arguments[] = {emitter->instance, exception};
    call_thrower(emitter, offsetof(struct object_support, throw_again), arguments, 2);
}

static const struct wasm_function_type *tag_type(const struct emitter *emitter, uint32_t tag) {
    const struct wasm_module *module = emitter->codegen->module;
    return &module->types[module->tags[tag].type_index];
}

static void emit_throw(struct emitter *emitter, uint32_t tag) {
    struct codegen *codegen = emitter->codegen;
    const struct wasm_function_type *type = tag_type(emitter, tag);
    LLVMValueRef values = signature_store_values(codegen, codegen->entry_builder, &emitter->scratch,
                                                 type, emitter_top(emitter, type->parameter_count));
    emitter->stack_height -= type->parameter_count;
    LLVMValueRef arguments[] = {emitter->instance, codegen_i32(codegen, tag), values};
    call_thrower(emitter, offsetof(struct object_support, throw_exception), arguments, 3);
}

// ---- Handlers

// Memory of the frame: handlers that are not within one another share it.
static LLVMValueRef kept_memory(struct emitter *emitter) {
    struct codegen *codegen = emitter->codegen;
    size_t level = 0;
    for (size_t i = 0; i + 1 < emitter->frame_count; i++) {
        level += emitter->frames[i].kept != NULL;
    }
    if (level == emitter->kept_count) {
        codegen_grow((void **)&emitter->kept, &emitter->kept_capacity, level + 1,
                     sizeof *emitter->kept);
        uint32_t words = codegen->exception_slots + (uint32_t)(sizeof(struct object_exception) / 8);
        emitter->kept[emitter->kept_count] = LLVMBuildArrayAlloca(
            codegen->entry_builder, codegen->i64, codegen_i32(codegen, words), "");
        LLVMSetAlignment(emitter->kept[emitter->kept_count++], 16);
    }
    return emitter->kept[level];
}

static void keep_exception(struct emitter *emitter, struct emitter_frame *frame) {
    frame->kept = kept_memory(emitter);
    LLVMValueRef arguments[] = {frame->kept,
                                codegen_i32(emitter->codegen, emitter->codegen->exception_slots)};
    emitter_call_support(emitter, offsetof(struct object_support, keep_exception),
                         emitter->codegen->void_type, arguments, 2);
}

// Is the exception's tag this one? Goes on in a block where it is; the next handler is looked for
// in another.
static void compare_tag(struct emitter *emitter, struct emitter_frame *frame, uint32_t tag) {
    struct codegen *codegen = emitter->codegen;
    LLVMBuilderRef builder = emitter->builder;
    if (frame->tag == NULL) {
        frame->tag = LLVMBuildLoad2(builder, codegen->i64, frame->exception, "");
    }
    LLVMValueRef wanted =
        codegen_load_invariant(codegen, builder, codegen->i64, emitter->instance,
                               codegen->layout.tags + (uint64_t)tag * sizeof(uint64_t));
    LLVMBasicBlockRef here = emitter_append_block(emitter);
    LLVMBasicBlockRef next = emitter_append_block(emitter);
    LLVMBuildCondBr(builder, LLVMBuildICmp(builder, LLVMIntEQ, frame->tag, wanted, ""), here, next);
    frame->dispatch = locals_add_single(&emitter->locals, next, emitter->locals.current);
    emitter_continue(emitter, here);
}

static void push_values(struct emitter *emitter, LLVMValueRef exception, uint32_t tag) {
    struct codegen *codegen = emitter->codegen;
    const struct wasm_function_type *type = tag_type(emitter, tag);
    LLVMValueRef *values = codegen_allocate(type->parameter_count, sizeof *values);
    LLVMValueRef memory = codegen_address(codegen, emitter->builder, exception,
                                          offsetof(struct object_exception, values));
    signature_load_values(codegen, memory, type, values);
    for (uint32_t i = 0; i < type->parameter_count; i++) {
        emitter_push(emitter, values[i]);
    }
    free(values);
}

static void continue_at(struct emitter *emitter, uint32_t block) {
    emitter_enter(emitter, block);
    emitter->reachable = true;
}

static void begin_handler(struct emitter *emitter, const struct wasm_instruction *instruction) {
    emitter_leave_block(emitter);
    struct emitter_frame *frame = innermost(emitter);
    emitter->stack_height = frame->height;
    frame->opcode = instruction->opcode;
    frame->unwind = frame[-1].unwind; // the body is a frame, too
    emitter->reachable = false;
    if (frame->dispatch == LOCALS_NO_BLOCK) {
        return; // nothing in the try throws
    }
    continue_at(emitter, frame->dispatch);
    if (instruction->opcode == WASM_OP_CATCH) {
        compare_tag(emitter, frame, instruction->immediate.index);
        push_values(emitter, frame->exception, instruction->immediate.index);
    } else {
        frame->dispatch = LOCALS_NO_BLOCK;
    }
    if (frame->rethrown) {
        keep_exception(emitter, frame);
    }
}

void emitter_end_handlers(struct emitter *emitter) {
    struct emitter_frame *frame = innermost(emitter);
    LLVMBasicBlockRef block = LLVMGetInsertBlock(emitter->builder);
    uint32_t current = emitter->locals.current;
    bool reachable = emitter->reachable;
    continue_at(emitter, frame->dispatch);
    if (frame->unwind != 0) {
        go_to_dispatch(emitter, &emitter->frames[frame->unwind - 1], frame->dispatch,
                       frame->exception);
    } else {
        throw_again(emitter, frame->exception);
    }
    emitter->locals.current = current;
    emitter->reachable = reachable;
    LLVMPositionBuilderAtEnd(emitter->builder, block);
}

// The label of a delegate is counted from outside of the try.
static void begin_try(struct emitter *emitter, const struct wasm_instruction *instruction) {
    struct emitter_block block = emitter->blocks[emitter->block_next];
    emitter_begin_block(emitter, instruction);
    struct emitter_frame *frame = innermost(emitter);
    frame->rethrown = block.rethrown;
    if (block.delegate > 0) {
        frame->unwind = frame[-(ptrdiff_t)block.delegate].unwind;
    } else if (block.handlers) {
        frame->unwind = (uint32_t)emitter->frame_count;
    }
}

static void emit_rethrow(struct emitter *emitter, uint32_t depth) {
    throw_again(emitter, emitter->frames[emitter->frame_count - 1 - depth].kept);
}

void emit_exception(struct emitter *emitter, const struct wasm_instruction *instruction) {
    switch (instruction->opcode) {
    case WASM_OP_TRY:
        begin_try(emitter, instruction);
        break;
    case WASM_OP_CATCH:
    case WASM_OP_CATCH_ALL:
        begin_handler(emitter, instruction);
        break;
    case WASM_OP_THROW:
        emit_throw(emitter, instruction->immediate.index);
        break;
    case WASM_OP_RETHROW:
        emit_rethrow(emitter, instruction->immediate.index);
        break;
    default: // delegate
        emitter_end_block(emitter);
        break;
    }
}
