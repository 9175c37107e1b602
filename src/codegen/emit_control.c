// Blocks, loops, branches, and traps.
//
// The block of a label is made by the first branch to it: a construct nobody branches out of adds
// no block.
#include "codegen/debug_info.h"
#include "codegen/emitter.h"

#include <llvm-c/Core.h>
#include <stdio.h>
#include <stdlib.h>

// ---- Traps

static void build_trap(struct codegen *codegen, enum object_trap trap) {
    LLVMValueRef number = LLVMConstInt(codegen->i8, trap, 0);
    codegen_intrinsic(codegen, "llvm.ubsantrap", NULL, 0, &number, 1);
    LLVMBuildUnreachable(codegen->builder);
}

// A function that raises the trap. The builder stays where it is.
static LLVMValueRef trap_function(struct codegen *codegen, enum object_trap trap) {
    if (codegen->trap_functions[trap] == NULL) {
        char name[20];
        snprintf(name, sizeof name, "trap%d", (int)trap);
        LLVMBasicBlockRef current = LLVMGetInsertBlock(codegen->builder);
        LLVMValueRef function = LLVMAddFunction(
            codegen->llvm, name, LLVMFunctionType(codegen->void_type, NULL, 0, false));
        LLVMSetLinkage(function, LLVMInternalLinkage);
        codegen_set_attributes(codegen, function);
        LLVMPositionBuilderAtEnd(codegen->builder,
                                 LLVMAppendBasicBlockInContext(codegen->context, function, ""));
        build_trap(codegen, trap);
        LLVMPositionBuilderAtEnd(codegen->builder, current);
        codegen->trap_functions[trap] = function;
    }
    return codegen->trap_functions[trap];
}

// At level 0 the trap is in a function of its own, since LLVM's fast path has no such instruction;
// the frame below tells where it comes from. With debug information that should be the place
// itself.
static void raise_trap(struct codegen *codegen, enum object_trap trap) {
    if (codegen->options->optimisation_level > 0 || codegen->debug != NULL) {
        build_trap(codegen, trap);
        return;
    }
    LLVMValueRef function = trap_function(codegen, trap);
    LLVMBuildCall2(codegen->builder, LLVMGlobalGetValueType(function), function, NULL, 0, "");
    LLVMBuildUnreachable(codegen->builder);
}

// With debug information each place has blocks of its own, so that a trap tells where it is.
LLVMBasicBlockRef emitter_trap_block(struct emitter *emitter, enum object_trap trap) {
    struct codegen *codegen = emitter->codegen;
    uint32_t place = debug_info_place(codegen);
    if (emitter->traps[trap] == NULL || emitter->trap_places[trap] != place) {
        LLVMBasicBlockRef current = LLVMGetInsertBlock(emitter->builder);
        emitter->traps[trap] = emitter_append_block(emitter);
        emitter->trap_places[trap] = place;
        LLVMPositionBuilderAtEnd(emitter->builder, emitter->traps[trap]);
        debug_info_keep_apart(codegen);
        raise_trap(codegen, trap);
        LLVMPositionBuilderAtEnd(emitter->builder, current);
    }
    return emitter->traps[trap];
}

void emitter_branch_unlikely(struct emitter *emitter, LLVMValueRef condition,
                             LLVMBasicBlockRef unlikely, LLVMBasicBlockRef likely) {
    LLVMValueRef branch = LLVMBuildCondBr(emitter->builder, condition, unlikely, likely);
    codegen_note(emitter->codegen, branch, emitter->codegen->kind_profile,
                 emitter->codegen->unlikely);
}

void emitter_trap_if(struct emitter *emitter, LLVMValueRef condition, enum object_trap trap) {
    if (LLVMIsAConstantInt(condition) != NULL && LLVMConstIntGetZExtValue(condition) == 0) {
        return;
    }
    LLVMBasicBlockRef next = emitter_append_block(emitter);
    emitter_branch_unlikely(emitter, condition, emitter_trap_block(emitter, trap), next);
    emitter_continue(emitter, next);
}

void emitter_trap(struct emitter *emitter, enum object_trap trap) {
    LLVMBuildBr(emitter->builder, emitter_trap_block(emitter, trap));
    emitter->reachable = false;
}

// ---- Frames and labels

static struct emitter_frame *push_frame(struct emitter *emitter, enum wasm_opcode opcode,
                                        uint32_t start, uint32_t end) {
    codegen_grow((void **)&emitter->frames, &emitter->frame_capacity, emitter->frame_count + 1,
                 sizeof *emitter->frames);
    struct emitter_frame *frame = &emitter->frames[emitter->frame_count++];
    *frame = (struct emitter_frame){
        .opcode = opcode,
        .start = start,
        .end = end,
        .before = emitter->locals.current,
        .label = LOCALS_NO_BLOCK,
        .otherwise = LOCALS_NO_BLOCK,
        .unwind = emitter->frame_count > 1 ? frame[-1].unwind : 0,
        .landing = LOCALS_NO_BLOCK,
        .dispatch = LOCALS_NO_BLOCK,
    };
    return frame;
}

void emitter_begin_body(struct emitter *emitter, uint32_t start, uint32_t end) {
    struct emitter_frame *frame = push_frame(emitter, WASM_OP_BLOCK, start, end);
    frame->type.result_count = emitter->type->result_count;
    frame->type.results = emitter->type->results;
}

// The types of one block. `inline_type` of the frame holds a lone result type, so `results` points
// into the frame, which moves: set_inline_results is called again where it is read.
static void set_block_type(struct emitter *emitter, struct emitter_frame *frame,
                           const struct wasm_instruction *instruction) {
    switch (instruction->immediate.block.kind) {
    case WASM_BLOCK_VALUE:
        frame->inline_type = instruction->immediate.block.value_type;
        frame->type.result_count = 1;
        break;
    case WASM_BLOCK_TYPE:
        frame->type = emitter->codegen->module->types[instruction->immediate.block.type_index];
        break;
    case WASM_BLOCK_EMPTY:
        break;
    }
    frame->height = emitter->stack_height - frame->type.parameter_count;
}

static uint32_t label_arity(const struct emitter_frame *frame) {
    return frame->opcode == WASM_OP_LOOP ? frame->type.parameter_count : frame->type.result_count;
}

static uint8_t label_type(const struct emitter_frame *frame, uint32_t index) {
    if (frame->opcode == WASM_OP_LOOP) {
        return frame->type.parameters[index];
    }
    return frame->type.results != NULL ? frame->type.results[index] : frame->inline_type;
}

static void make_phis(struct emitter *emitter, struct emitter_frame *frame,
                      LLVMBasicBlockRef block) {
    uint32_t arity = label_arity(frame);
    if (arity == 0) {
        return;
    }
    LLVMBasicBlockRef current = LLVMGetInsertBlock(emitter->builder);
    LLVMPositionBuilderAtEnd(emitter->builder, block);
    frame->phis = codegen_allocate(arity, sizeof *frame->phis);
    for (uint32_t i = 0; i < arity; i++) {
        LLVMTypeRef type = codegen_value_type(emitter->codegen, label_type(frame, i));
        frame->phis[i] = LLVMBuildPhi(emitter->builder, type, "");
    }
    LLVMPositionBuilderAtEnd(emitter->builder, current);
}

static void make_label(struct emitter *emitter, struct emitter_frame *frame) {
    if (frame->label != LOCALS_NO_BLOCK) {
        return;
    }
    LLVMBasicBlockRef block = emitter_append_block(emitter);
    frame->label =
        frame->opcode == WASM_OP_LOOP
            ? locals_add_header(&emitter->locals, block, frame->before, frame->start, frame->end)
            : locals_add_merge(&emitter->locals, block, frame->before, frame->start, frame->end);
    make_phis(emitter, frame, block);
}

// Registers the edge from the current block to the frame's label, with the values on top of the
// stack, and gives the block to branch to.
static LLVMBasicBlockRef branch_target(struct emitter *emitter, struct emitter_frame *frame) {
    make_label(emitter, frame);
    uint32_t arity = label_arity(frame);
    LLVMBasicBlockRef from = LLVMGetInsertBlock(emitter->builder);
    LLVMValueRef *values = emitter_top(emitter, arity);
    for (uint32_t i = 0; i < arity; i++) {
        LLVMAddIncoming(frame->phis[i], &values[i], &from, 1);
    }
    locals_add_edge(&emitter->locals, emitter->locals.current, frame->label);
    return locals_llvm_block(&emitter->locals, frame->label);
}

static struct emitter_frame *frame_at(struct emitter *emitter, uint32_t depth) {
    return &emitter->frames[emitter->frame_count - 1 - depth];
}

// ---- Beginning and end of constructs

static void begin_loop(struct emitter *emitter, struct emitter_frame *frame) {
    make_label(emitter, frame);
    LLVMBuildBr(emitter->builder, branch_target(emitter, frame));
    emitter_enter(emitter, frame->label);
    for (uint32_t i = 0; i < frame->type.parameter_count; i++) {
        emitter->stack[frame->height + i] = frame->phis[i];
    }
}

// The parameters are needed again by the else side.
static void save_parameters(struct emitter *emitter, struct emitter_frame *frame) {
    uint32_t count = frame->type.parameter_count;
    codegen_grow((void **)&emitter->saved, &emitter->saved_capacity, emitter->saved_height + count,
                 sizeof *emitter->saved);
    frame->saved = emitter->saved_height;
    const LLVMValueRef *values = emitter_top(emitter, count);
    for (uint32_t i = 0; i < count; i++) {
        emitter->saved[emitter->saved_height++] = values[i];
    }
}

// Without else and without values control goes to the label where the condition does not hold.
static void begin_if(struct emitter *emitter, struct emitter_frame *frame, LLVMValueRef condition,
                     bool alternative) {
    LLVMBasicBlockRef then = emitter_append_block(emitter);
    if (!alternative && frame->type.parameter_count == 0) {
        LLVMBuildCondBr(emitter->builder, condition, then, branch_target(emitter, frame));
        emitter_continue(emitter, then);
        return;
    }
    save_parameters(emitter, frame);
    LLVMBasicBlockRef otherwise = emitter_append_block(emitter);
    LLVMBuildCondBr(emitter->builder, condition, then, otherwise);
    frame->otherwise = locals_add_single(&emitter->locals, otherwise, emitter->locals.current);
    emitter_continue(emitter, then);
}

void emitter_begin_block(struct emitter *emitter, const struct wasm_instruction *instruction) {
    LLVMValueRef condition =
        instruction->opcode == WASM_OP_IF ? emitter_pop_condition(emitter) : NULL;
    struct emitter_block block = emitter->blocks[emitter->block_next++];
    struct emitter_frame *frame =
        push_frame(emitter, instruction->opcode, instruction->offset, block.end);
    set_block_type(emitter, frame, instruction);
    if (instruction->opcode == WASM_OP_LOOP) {
        begin_loop(emitter, frame);
    } else if (instruction->opcode == WASM_OP_IF) {
        begin_if(emitter, frame, condition, block.alternative);
    }
}

void emitter_leave_block(struct emitter *emitter) {
    if (emitter->reachable) {
        LLVMBuildBr(emitter->builder, branch_target(emitter, frame_at(emitter, 0)));
    }
}

static void begin_else(struct emitter *emitter) {
    struct emitter_frame *frame = frame_at(emitter, 0);
    emitter_leave_block(emitter);
    emitter->stack_height = frame->height;
    for (uint32_t i = 0; i < frame->type.parameter_count; i++) {
        emitter_push(emitter, emitter->saved[frame->saved + i]);
    }
    emitter->saved_height = frame->saved;
    emitter_enter(emitter, frame->otherwise);
    frame->opcode = WASM_OP_ELSE;
    emitter->reachable = true;
}

// Control arrives at the label of a block or if; its values are the phis.
static void enter_label(struct emitter *emitter, struct emitter_frame *frame) {
    emitter_leave_block(emitter);
    emitter_enter(emitter, frame->label);
    emitter->stack_height = frame->height;
    for (uint32_t i = 0; i < frame->type.result_count; i++) {
        emitter_push(emitter, frame->phis[i]);
    }
    emitter->reachable = true;
}

void emitter_return(struct emitter *emitter, LLVMValueRef *results) {
    struct codegen *codegen = emitter->codegen;
    uint32_t type_index = codegen->module->functions[emitter->index].type_index;
    signature_return(codegen, emitter->function, &codegen->signatures[type_index], emitter->type,
                     results);
}

void emitter_end_block(struct emitter *emitter) {
    struct emitter_frame *frame = frame_at(emitter, 0);
    if (frame->opcode == WASM_OP_IF && frame->otherwise != LOCALS_NO_BLOCK) {
        begin_else(emitter); // an if without else passes its parameters on
        frame = frame_at(emitter, 0);
    }
    if (frame->dispatch != LOCALS_NO_BLOCK) {
        emitter_end_handlers(emitter);
    }
    if (frame->opcode == WASM_OP_LOOP) {
        locals_seal(&emitter->locals, frame->label);
    } else if (frame->label != LOCALS_NO_BLOCK) {
        enter_label(emitter, frame);
    }
    free(frame->phis);
    emitter->frame_count--;
    if (emitter->frame_count == 0 && emitter->reachable) {
        emitter_return(emitter, emitter_top(emitter, emitter->type->result_count));
    }
}

// ---- Branches

static void emit_br(struct emitter *emitter, uint32_t depth) {
    LLVMBuildBr(emitter->builder, branch_target(emitter, frame_at(emitter, depth)));
    emitter->reachable = false;
}

static void emit_br_if(struct emitter *emitter, uint32_t depth) {
    LLVMValueRef condition = emitter_pop_condition(emitter);
    LLVMBasicBlockRef target = branch_target(emitter, frame_at(emitter, depth));
    LLVMBasicBlockRef next = emitter_append_block(emitter);
    LLVMBuildCondBr(emitter->builder, condition, target, next);
    emitter_continue(emitter, next);
}

// Entries that go where the default goes need no case.
static void build_switch(struct emitter *emitter, LLVMValueRef index, const uint32_t *depths,
                         uint32_t count) {
    LLVMValueRef branch = LLVMBuildSwitch(
        emitter->builder, index, branch_target(emitter, frame_at(emitter, depths[count])), count);
    for (uint32_t i = 0; i < count; i++) {
        if (depths[i] != depths[count]) {
            LLVMAddCase(branch, codegen_i32(emitter->codegen, i),
                        branch_target(emitter, frame_at(emitter, depths[i])));
        }
    }
}

// The same with a branch for each entry.
static void build_branches(struct emitter *emitter, LLVMValueRef index, const uint32_t *depths,
                           uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        if (depths[i] == depths[count]) {
            continue;
        }
        LLVMValueRef chosen =
            LLVMBuildICmp(emitter->builder, LLVMIntEQ, index, codegen_i32(emitter->codegen, i), "");
        LLVMBasicBlockRef target = branch_target(emitter, frame_at(emitter, depths[i]));
        LLVMBasicBlockRef next = emitter_append_block(emitter);
        LLVMBuildCondBr(emitter->builder, chosen, target, next);
        emitter_continue(emitter, next);
    }
    LLVMBuildBr(emitter->builder, branch_target(emitter, frame_at(emitter, depths[count])));
}

// LLVM's fast path has no tables, and leaves a block that ends with one to the slow path.
static void build_fast_switch(struct emitter *emitter, LLVMValueRef index, const uint32_t *depths,
                              uint32_t count) {
    enum { FEW = 6 };
    if (count <= FEW) {
        build_branches(emitter, index, depths, count);
        return;
    }
    LLVMBasicBlockRef alone = emitter_append_block(emitter);
    LLVMBuildBr(emitter->builder, alone);
    emitter_continue(emitter, alone);
    build_switch(emitter, index, depths, count);
}

static void emit_br_table(struct emitter *emitter, const struct wasm_instruction *instruction) {
    uint32_t count = instruction->immediate.br_table.count;
    struct wasm_reader reader = instruction->immediate.br_table.list;
    uint32_t *depths = codegen_allocate((size_t)count + 1, sizeof *depths);
    for (uint32_t i = 0; i <= count; i++) {
        if (!wasm_read_u32(&reader, &depths[i], emitter->error)) {
            codegen_fatal("a branch table of a validated body cannot be read");
        }
    }
    LLVMValueRef index = emitter_pop(emitter);
    if (emitter->codegen->options->optimisation_level == 0) {
        build_fast_switch(emitter, index, depths, count);
    } else {
        build_switch(emitter, index, depths, count);
    }
    free(depths);
    emitter->reachable = false;
}

void emit_control(struct emitter *emitter, const struct wasm_instruction *instruction) {
    switch (instruction->opcode) {
    case WASM_OP_UNREACHABLE:
        emitter_trap(emitter, OBJECT_TRAP_UNREACHABLE);
        break;
    case WASM_OP_BLOCK:
    case WASM_OP_LOOP:
    case WASM_OP_IF:
        emitter_begin_block(emitter, instruction);
        break;
    case WASM_OP_ELSE:
        begin_else(emitter);
        break;
    case WASM_OP_END:
        emitter_end_block(emitter);
        break;
    case WASM_OP_BR:
        emit_br(emitter, instruction->immediate.index);
        break;
    case WASM_OP_BR_IF:
        emit_br_if(emitter, instruction->immediate.index);
        break;
    case WASM_OP_BR_TABLE:
        emit_br_table(emitter, instruction);
        break;
    case WASM_OP_RETURN:
        emitter_return(emitter, emitter_top(emitter, emitter->type->result_count));
        emitter->reachable = false;
        break;
    default: // nop
        break;
    }
}
