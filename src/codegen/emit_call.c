// Calls: to functions of the module, to imports, and through tables.
#include "codegen/emitter.h"

#include <llvm-c/Core.h>
#include <stdlib.h>

// `arguments[0]` is left for the instance; the rest comes from the stack.
static LLVMValueRef *pop_arguments(struct emitter *emitter, const struct wasm_function_type *type) {
    LLVMValueRef *arguments =
        codegen_allocate((size_t)type->parameter_count + 1, sizeof(LLVMValueRef));
    emitter->stack_height -= type->parameter_count;
    for (uint32_t i = 0; i < type->parameter_count; i++) {
        arguments[i + 1] = emitter->stack[emitter->stack_height + i];
    }
    return arguments;
}

// Calls and pushes the results. Frees `arguments`.
static void call(struct emitter *emitter, uint32_t type_index, LLVMValueRef code,
                 LLVMValueRef instance, LLVMValueRef *arguments, bool check_interrupt) {
    struct codegen *codegen = emitter->codegen;
    const struct wasm_function_type *type = &codegen->module->types[type_index];
    arguments[0] = instance;
    LLVMValueRef result = LLVMBuildCall2(emitter->builder, codegen->function_types[type_index],
                                         code, arguments, type->parameter_count + 1, "");
    free(arguments);
    if (check_interrupt) {
        emitter_check_interrupt(emitter);
    }
    if (type->result_count == 1) {
        emitter_push(emitter, result);
        return;
    }
    for (uint32_t i = 0; i < type->result_count; i++) {
        emitter_push(emitter, LLVMBuildExtractValue(emitter->builder, result, i, ""));
    }
}

static LLVMValueRef displaced(struct emitter *emitter, LLVMValueRef base, LLVMValueRef delta) {
    return LLVMBuildGEP2(emitter->builder, emitter->codegen->i8, base, &delta, 1, "");
}

static void emit_direct_call(struct emitter *emitter, uint32_t index) {
    struct codegen *codegen = emitter->codegen;
    const struct wasm_module *module = codegen->module;
    uint32_t type_index = module->functions[index].type_index;
    LLVMValueRef *arguments = pop_arguments(emitter, &module->types[type_index]);
    if (index >= module->imported_function_count) {
        call(emitter, type_index, codegen->functions[index], emitter->instance, arguments, false);
        return;
    }
    uint64_t slot = codegen->layout.import_slots + index * sizeof(struct object_import_slot);
    LLVMValueRef code =
        codegen_load_invariant(codegen, emitter->builder, codegen->pointer, emitter->instance,
                               slot + offsetof(struct object_import_slot, code));
    LLVMValueRef delta =
        codegen_load_invariant(codegen, emitter->builder, codegen->i64, emitter->instance,
                               slot + offsetof(struct object_import_slot, instance_delta));
    call(emitter, type_index, code, displaced(emitter, emitter->instance, delta), arguments, true);
}

static LLVMValueRef type_identity(struct emitter *emitter, uint32_t type_index) {
    struct codegen *codegen = emitter->codegen;
    uint64_t exact = codegen->type_identities[type_index];
    if (exact != 0) {
        return codegen_i64(codegen, exact);
    }
    return codegen_load_invariant(codegen, emitter->builder, codegen->i64,
                                  codegen->type_identity_table, (uint64_t)type_index * 8);
}

// The element is of another type; a null one has code NULL.
static void check_signature(struct emitter *emitter, LLVMValueRef element, uint32_t type_index) {
    struct codegen *codegen = emitter->codegen;
    LLVMValueRef type = emitter_load_field(emitter, CODEGEN_ALIAS_TABLES, codegen->i64, element,
                                           offsetof(struct object_table_element, type));
    LLVMValueRef wrong =
        LLVMBuildICmp(emitter->builder, LLVMIntNE, type, type_identity(emitter, type_index), "");
    LLVMBasicBlockRef mismatch = emitter_append_block(emitter);
    LLVMBasicBlockRef match = emitter_append_block(emitter);
    emitter_branch_unlikely(emitter, wrong, mismatch, match);

    LLVMPositionBuilderAtEnd(emitter->builder, mismatch);
    LLVMValueRef null = LLVMBuildICmp(emitter->builder, LLVMIntEQ, type, codegen->zero_i64, "");
    LLVMBuildCondBr(emitter->builder, null,
                    emitter_trap_block(emitter, OBJECT_TRAP_UNINITIALIZED_ELEMENT),
                    emitter_trap_block(emitter, OBJECT_TRAP_SIGNATURE_MISMATCH));
    emitter_continue(emitter, match);
}

static void emit_indirect_call(struct emitter *emitter, uint32_t type_index, uint32_t table) {
    struct codegen *codegen = emitter->codegen;
    LLVMValueRef index = emitter_pop(emitter);
    LLVMValueRef *arguments = pop_arguments(emitter, &codegen->module->types[type_index]);
    LLVMValueRef element =
        emitter_table_element(emitter, table, index, OBJECT_TRAP_UNDEFINED_ELEMENT);
    check_signature(emitter, element, type_index);
    LLVMValueRef code = emitter_load_field(emitter, CODEGEN_ALIAS_TABLES, codegen->pointer, element,
                                           offsetof(struct object_table_element, code));
    LLVMValueRef offset =
        emitter_load_field(emitter, CODEGEN_ALIAS_TABLES, codegen->i64, element,
                           offsetof(struct object_table_element, instance_area_offset));
    call(emitter, type_index, code, displaced(emitter, emitter_area(emitter), offset), arguments,
         true);
}

void emit_call(struct emitter *emitter, const struct wasm_instruction *instruction) {
    if (instruction->opcode == WASM_OP_CALL) {
        emit_direct_call(emitter, instruction->immediate.index);
    } else {
        emit_indirect_call(emitter, instruction->immediate.pair.first,
                           instruction->immediate.pair.second);
    }
}
