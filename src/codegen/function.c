// One body: a scan that learns the shape (ends of blocks, writes of locals), then the walk that
// emits.
#include "codegen/debug_info.h"
#include "codegen/emitter.h"
#include "wasm/instruction.h"

#include <llvm-c/Core.h>
#include <stdlib.h>

static emit_function *const families[WASM_OP_COUNT] = {
#define OP(identifier, code, text, immediate, signature, feature, family)                          \
    [WASM_OP_##identifier] = emit_##family,
#include "wasm/opcodes.def"
#undef OP
};

void emitter_push(struct emitter *emitter, LLVMValueRef value) {
    if (emitter->stack_height == emitter->stack_capacity) {
        codegen_grow((void **)&emitter->stack, &emitter->stack_capacity, emitter->stack_height + 1,
                     sizeof *emitter->stack);
    }
    emitter->stack[emitter->stack_height++] = value;
}

LLVMValueRef emitter_pop_condition(struct emitter *emitter) {
    LLVMValueRef top = emitter->stack[emitter->stack_height - 1];
    if (LLVMTypeOf(top) == emitter->codegen->i1) {
        emitter->stack_height--;
        return top;
    }
    return LLVMBuildICmp(emitter->builder, LLVMIntNE, emitter_pop(emitter),
                         emitter->codegen->zero_i32, "");
}

LLVMValueRef *emitter_top(struct emitter *emitter, uint32_t count) {
    struct codegen *codegen = emitter->codegen;
    for (size_t i = emitter->stack_height - count; i < emitter->stack_height; i++) {
        if (LLVMTypeOf(emitter->stack[i]) == codegen->i1) {
            emitter->stack[i] =
                LLVMBuildZExt(emitter->builder, emitter->stack[i], codegen->i32, "");
        }
    }
    return count > 0 ? &emitter->stack[emitter->stack_height - count] : NULL;
}

LLVMValueRef emitter_pop(struct emitter *emitter) {
    LLVMValueRef value = *emitter_top(emitter, 1);
    emitter->stack_height--;
    return value;
}

LLVMBasicBlockRef emitter_append_block(struct emitter *emitter) {
    return LLVMAppendBasicBlockInContext(emitter->codegen->context, emitter->function, "");
}

void emitter_enter(struct emitter *emitter, uint32_t block) {
    LLVMBasicBlockRef llvm = locals_llvm_block(&emitter->locals, block);
    if (emitter->latest != NULL) {
        LLVMMoveBasicBlockAfter(llvm, emitter->latest);
    }
    emitter->latest = llvm;
    emitter->locals.current = block;
    LLVMPositionBuilderAtEnd(emitter->builder, llvm);
}

void emitter_continue(struct emitter *emitter, LLVMBasicBlockRef block) {
    emitter_enter(emitter, locals_add_single(&emitter->locals, block, emitter->locals.current));
}

static struct wasm_reader body_reader(const struct emitter *emitter) {
    const struct wasm_module *module = emitter->codegen->module;
    const struct wasm_function *function = &module->functions[emitter->index];
    const uint8_t *start = module->binary.data;
    return (struct wasm_reader){
        .start = start,
        .position = start + function->offset,
        .end = start + function->offset + function->length,
    };
}

// What the scan keeps while it is inside a block: the block's number in order of beginning.
struct open_blocks {
    size_t *numbers;
    size_t count, capacity;
};

static struct emitter_block *innermost(struct emitter *emitter, const struct open_blocks *open,
                                       uint32_t depth) {
    if (depth >= open->count) {
        codegen_fatal("a label of a validated body is outside of it");
    }
    return &emitter->blocks[open->numbers[open->count - 1 - depth]];
}

static void open_block(struct emitter *emitter, struct open_blocks *open) {
    codegen_grow((void **)&emitter->blocks, &emitter->block_capacity, emitter->block_count + 1,
                 sizeof *emitter->blocks);
    codegen_grow((void **)&open->numbers, &open->capacity, open->count + 1, sizeof *open->numbers);
    open->numbers[open->count++] = emitter->block_count;
    emitter->blocks[emitter->block_count++] = (struct emitter_block){0};
}

// The last `end` is that of the body.
static void close_block(struct emitter *emitter, struct open_blocks *open,
                        const struct wasm_instruction *instruction) {
    if (open->count == 0) {
        return;
    }
    struct emitter_block *block = innermost(emitter, open, 0);
    block->end = instruction->offset;
    if (instruction->opcode == WASM_OP_DELEGATE) {
        block->delegate = instruction->immediate.index + 1;
    }
    open->count--;
}

static void scan_instruction(struct emitter *emitter, struct open_blocks *open,
                             const struct wasm_instruction *instruction, size_t *transfers) {
    switch (instruction->opcode) {
    case WASM_OP_BLOCK:
    case WASM_OP_LOOP:
    case WASM_OP_IF:
    case WASM_OP_TRY:
        open_block(emitter, open);
        *transfers += 2;
        break;
    case WASM_OP_END:
    case WASM_OP_DELEGATE:
        close_block(emitter, open, instruction);
        break;
    case WASM_OP_ELSE:
        innermost(emitter, open, 0)->alternative = true;
        break;
    case WASM_OP_CATCH:
    case WASM_OP_CATCH_ALL:
        innermost(emitter, open, 0)->handlers = true;
        *transfers += 2;
        break;
    case WASM_OP_RETHROW:
        innermost(emitter, open, instruction->immediate.index)->rethrown = true;
        *transfers += 1;
        break;
    case WASM_OP_THROW:
    case WASM_OP_CALL:
    case WASM_OP_CALL_INDIRECT:
        *transfers += emitter->codegen->module->may_throw; // to a landing pad
        break;
    case WASM_OP_BR:
    case WASM_OP_BR_IF:
        *transfers += 2;
        break;
    case WASM_OP_BR_TABLE:
        *transfers += (size_t)instruction->immediate.br_table.count + 1;
        break;
    case WASM_OP_LOCAL_SET:
    case WASM_OP_LOCAL_TEE:
        locals_note_write(&emitter->locals, instruction->immediate.index, instruction->offset);
        break;
    default:
        break;
    }
}

static bool scan(struct emitter *emitter, size_t *transfers) {
    struct wasm_reader reader = body_reader(emitter);
    struct open_blocks open = {0};
    bool ok = true;
    while (ok && reader.position < reader.end) {
        struct wasm_instruction instruction;
        ok = wasm_read_instruction(&reader, emitter->codegen->module->features, &instruction,
                                   emitter->error);
        if (ok) {
            scan_instruction(emitter, &open, &instruction, transfers);
        }
    }
    free(open.numbers);
    return ok;
}

// Unreachable code: only the nesting matters, up to the `else`, handler or `end` of the innermost
// frame.
static bool skip(struct emitter *emitter, const struct wasm_instruction *instruction,
                 size_t *depth) {
    switch (instruction->opcode) {
    case WASM_OP_BLOCK:
    case WASM_OP_LOOP:
    case WASM_OP_IF:
    case WASM_OP_TRY:
        emitter->block_next++;
        (*depth)++;
        return true;
    case WASM_OP_ELSE:
    case WASM_OP_CATCH:
    case WASM_OP_CATCH_ALL:
        return *depth > 0;
    case WASM_OP_END:
    case WASM_OP_DELEGATE:
        if (*depth == 0) {
            return false;
        }
        (*depth)--;
        return true;
    default:
        return true;
    }
}

static bool walk(struct emitter *emitter) {
    struct wasm_reader reader = body_reader(emitter);
    size_t depth = 0;
    while (reader.position < reader.end) {
        struct wasm_instruction instruction;
        if (!wasm_read_instruction(&reader, emitter->codegen->module->features, &instruction,
                                   emitter->error)) {
            return false;
        }
        if (!emitter->reachable && skip(emitter, &instruction, &depth)) {
            continue;
        }
        debug_info_locate(emitter->codegen, instruction.offset);
        families[instruction.opcode](emitter, &instruction);
    }
    return true;
}

// Parameters, then declared locals, which begin as zero.
static void fill_locals(struct emitter *emitter) {
    const struct codegen *codegen = emitter->codegen;
    struct locals *locals = &emitter->locals;
    const struct wasm_function *function = &codegen->module->functions[emitter->index];
    uint32_t next = 0;
    signature_parameters(emitter->codegen, codegen->entry_builder, emitter->function,
                         &codegen->signatures[function->type_index], emitter->type,
                         locals->initial);
    for (; next < emitter->type->parameter_count; next++) {
        locals->types[next] = codegen_value_type(codegen, emitter->type->parameters[next]);
    }
    for (uint32_t run = 0; run < function->local_run_count; run++) {
        LLVMTypeRef type = codegen_value_type(codegen, function->locals[run].value_type);
        LLVMValueRef zero = LLVMConstNull(type);
        for (uint32_t i = 0; i < function->locals[run].count; i++, next++) {
            locals->types[next] = type;
            locals->initial[next] = zero;
        }
    }
}

static void set_parameter_attributes(struct emitter *emitter) {
    static const struct {
        const char *name;
        size_t name_length;
    } flags[] = {{"nonnull", 7}, {"noundef", 7}};
    LLVMContextRef context = emitter->codegen->context;
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
        unsigned kind = LLVMGetEnumAttributeKindForName(flags[i].name, flags[i].name_length);
        LLVMAddAttributeAtIndex(emitter->function, 1, LLVMCreateEnumAttribute(context, kind, 0));
    }
    unsigned size = LLVMGetEnumAttributeKindForName("dereferenceable", 15);
    LLVMAddAttributeAtIndex(emitter->function, 1,
                            LLVMCreateEnumAttribute(context, size, emitter->codegen->layout.size));
    LLVMSetParamAlignment(emitter->instance, 16);
}

// So that a short function is in one window of the instruction cache (docs/architecture.md, Loops).
enum { FUNCTION_ALIGNMENT = 32 };

static void begin(struct emitter *emitter) {
    struct codegen *codegen = emitter->codegen;
    emitter->instance = LLVMGetParam(emitter->function, 0);
    codegen_set_attributes(codegen, emitter->function);
    if (codegen->options->optimisation_level > 0) {
        LLVMSetAlignment(emitter->function, FUNCTION_ALIGNMENT);
    }
    if (codegen->module->functions[emitter->index].length > CODEGEN_LARGE_BODY) {
        codegen_leave_unoptimised(codegen, emitter->function);
    }
    set_parameter_attributes(emitter);
    LLVMBasicBlockRef entry = emitter_append_block(emitter);
    LLVMPositionBuilderAtEnd(codegen->entry_builder, entry);
    emitter->bases = codegen_allocate(codegen->module->memory_count, sizeof *emitter->bases);
}

// The entry block got its loads while the body was written; now it goes on to the body.
static void finish(struct emitter *emitter, LLVMBasicBlockRef body) {
    emitter_end_run(emitter);
    LLVMBuildBr(emitter->codegen->entry_builder, body);
    emitter_force_unused_loads(emitter);
}

static void destroy(struct emitter *emitter) {
    locals_destroy(&emitter->locals);
    free(emitter->stack);
    free(emitter->saved);
    for (size_t i = 0; i < emitter->frame_count; i++) {
        free(emitter->frames[i].phis);
    }
    free(emitter->frames);
    free(emitter->blocks);
    free(emitter->kept);
    free(emitter->loads);
    free(emitter->run);
    free(emitter->proofs);
    free(emitter->proof_heads);
    free(emitter->bases);
}

bool codegen_emit_function(struct codegen *codegen, uint32_t index, struct error *error) {
    const struct wasm_function *function = &codegen->module->functions[index];
    struct emitter emitter = {
        .codegen = codegen,
        .builder = codegen->builder,
        .index = index,
        .type = &codegen->module->types[function->type_index],
        .function = codegen_function(codegen, index),
        .reachable = true,
        .error = error,
    };
    locals_begin(&emitter.locals, codegen, emitter.type->parameter_count + function->local_count);
    begin(&emitter);
    size_t transfers = 2;
    bool ok = scan(&emitter, &transfers);
    if (ok) {
        fill_locals(&emitter);
        locals_start(&emitter.locals, transfers);
        LLVMBasicBlockRef body = emitter_append_block(&emitter);
        emitter_continue(&emitter, body);
        debug_info_begin_function(codegen, index);
        emitter_begin_body(&emitter, function->offset, function->offset + function->length);
        ok = walk(&emitter);
        finish(&emitter, body);
        debug_info_end_function(codegen);
    }
    destroy(&emitter);
    return ok;
}
