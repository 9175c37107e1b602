// Adapters: how generated code of any module calls a host function that this module imports (see
// base/object.h).
#include "codegen/emitter.h"

#include <llvm-c/Core.h>
#include <stdio.h>
#include <stdlib.h>

static LLVMValueRef call_target(struct emitter *emitter, uint32_t import,
                                const LLVMValueRef *values) {
    struct codegen *codegen = emitter->codegen;
    uint32_t count = emitter->type->parameter_count;
    LLVMValueRef *arguments = codegen_allocate((size_t)count + 1, sizeof(LLVMValueRef));
    arguments[0] = emitter->instance;
    for (uint32_t i = 0; i < count; i++) {
        arguments[i + 1] = values[i];
    }
    LLVMValueRef target = codegen_load_invariant(
        codegen, emitter->builder, codegen->pointer, emitter->instance,
        codegen->layout.import_slots + import * sizeof(struct object_import_slot) +
            offsetof(struct object_import_slot, target));
    LLVMValueRef result =
        LLVMBuildCall2(emitter->builder, signature_host_type(codegen, emitter->type), target,
                       arguments, count + 1, "");
    free(arguments);
    return result;
}

// Host functions have one result at most: one of a type with more is never called.
static void emit_call_and_return(struct emitter *emitter, uint32_t import,
                                 const struct signature *signature) {
    struct codegen *codegen = emitter->codegen;
    if (emitter->type->result_count > 1) {
        emitter_trap(emitter, OBJECT_TRAP_UNREACHABLE);
        return;
    }
    LLVMValueRef *values = codegen_allocate(emitter->type->parameter_count, sizeof(LLVMValueRef));
    signature_parameters(codegen, emitter->builder, emitter->function, signature, emitter->type,
                         values);
    LLVMValueRef result = call_target(emitter, import, values);
    free(values);
    emitter_check_interrupt(emitter);
    signature_return(codegen, emitter->function, signature, emitter->type, &result);
}

static LLVMValueRef emit_adapter(struct codegen *codegen, uint32_t import) {
    uint32_t type = codegen->module->functions[import].type_index;
    const struct signature *signature = &codegen->signatures[type];
    char name[20];
    snprintf(name, sizeof name, "adapter%u", import);
    LLVMValueRef function = signature_add_function(codegen, name, signature, false);
    LLVMSetLinkage(function, LLVMInternalLinkage);
    codegen_set_attributes(codegen, function);
    struct emitter emitter = {
        .codegen = codegen,
        .builder = codegen->builder,
        .type = &codegen->module->types[type],
        .function = function,
        .instance = LLVMGetParam(function, 0),
        .reachable = true,
    };
    locals_begin(&emitter.locals, codegen, 0);
    locals_start(&emitter.locals, 1);
    emitter_continue(&emitter, emitter_append_block(&emitter));
    emit_call_and_return(&emitter, import, signature);
    locals_destroy(&emitter.locals);
    return function;
}

void codegen_emit_adapters(struct codegen *codegen) {
    uint32_t count = codegen->module->imported_function_count;
    codegen->adapters = codegen_allocate(count, sizeof(LLVMValueRef));
    for (uint32_t i = 0; i < count; i++) {
        codegen->adapters[i] = emit_adapter(codegen, i);
    }
}
