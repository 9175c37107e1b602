// Tables. Reading is done here; whatever writes goes through the runtime.
#include "codegen/emitter.h"

#include <llvm-c/Core.h>

#define SUPPORT(member) offsetof(struct object_support, member)

static void emit_table_get(struct emitter *emitter, uint32_t table) {
    LLVMValueRef index = emitter_pop(emitter);
    LLVMValueRef element = emitter_table_element(emitter, table, index, OBJECT_TRAP_TABLE_BOUNDS);
    emitter_push(emitter,
                 emitter_load_field(emitter, CODEGEN_ALIAS_TABLES, emitter->codegen->i64, element,
                                    offsetof(struct object_table_element, reference)));
}

static void emit_table_grow(struct emitter *emitter, uint32_t table) {
    LLVMValueRef count = emitter_pop(emitter);
    LLVMValueRef reference = emitter_pop(emitter);
    LLVMValueRef arguments[] = {codegen_i32(emitter->codegen, table), reference, count};
    emitter_push(emitter, emitter_call_support(emitter, SUPPORT(table_grow), emitter->codegen->i32,
                                               arguments, 3));
}

// Calls a support function without result, with `prefix` indices and then operands of the stack.
static void call_with_operands(struct emitter *emitter, size_t offset, const uint32_t *prefix,
                               unsigned prefix_count, unsigned operand_count) {
    LLVMValueRef arguments[8];
    for (unsigned i = 0; i < prefix_count; i++) {
        arguments[i] = codegen_i32(emitter->codegen, prefix[i]);
    }
    const LLVMValueRef *operands = emitter_top(emitter, operand_count);
    emitter->stack_height -= operand_count;
    for (unsigned i = 0; i < operand_count; i++) {
        arguments[prefix_count + i] = operands[i];
    }
    emitter_call_support(emitter, offset, emitter->codegen->void_type, arguments,
                         prefix_count + operand_count);
}

void emit_table(struct emitter *emitter, const struct wasm_instruction *instruction) {
    uint32_t index = instruction->immediate.index;
    uint32_t pair[] = {instruction->immediate.pair.first, instruction->immediate.pair.second};
    uint32_t swapped[] = {pair[1], pair[0]};
    switch (instruction->opcode) {
    case WASM_OP_TABLE_GET:
        emit_table_get(emitter, index);
        break;
    case WASM_OP_TABLE_SET:
        call_with_operands(emitter, SUPPORT(table_set), &index, 1, 2);
        break;
    case WASM_OP_TABLE_SIZE:
        emitter_push(emitter, emitter_table_size(emitter, index));
        break;
    case WASM_OP_TABLE_GROW:
        emit_table_grow(emitter, index);
        break;
    case WASM_OP_TABLE_FILL:
        call_with_operands(emitter, SUPPORT(table_fill), &index, 1, 3);
        break;
    case WASM_OP_TABLE_COPY:
        call_with_operands(emitter, SUPPORT(table_copy), pair, 2, 3);
        break;
    case WASM_OP_TABLE_INIT: // the binary has the segment first, the runtime the table
        call_with_operands(emitter, SUPPORT(table_init), swapped, 2, 3);
        break;
    default:
        call_with_operands(emitter, SUPPORT(element_drop), &index, 1, 0);
        break;
    }
}
