// The order of work for one module.
#include "codegen/context.h"
#include "codegen/debug_info.h"

#include <llvm-c/Analysis.h>
#include <llvm-c/ErrorHandling.h>
#include <llvm-c/TargetMachine.h>
#include <stdlib.h>
#include <string.h>

static bool emit_functions(struct codegen *codegen, struct error *error) {
    for (uint32_t i = codegen->first_function; i < codegen->end_function; i++) {
        if (!codegen_emit_function(codegen, i, error)) {
            return false;
        }
    }
    debug_info_end(codegen);
    return true;
}

static bool emit_ir(struct codegen *codegen, struct buffer *text, struct error *error) {
    char *printed = LLVMPrintModuleToString(codegen->llvm);
    bool ok = buffer_assign(text, printed, strlen(printed), error);
    LLVMDisposeMessage(printed);
    return ok;
}

static bool emit_object(struct codegen *codegen, struct buffer *object, struct error *error) {
    if (codegen->options->output == CODEGEN_IR) {
        return emit_ir(codegen, object, error);
    }
    LLVMCodeGenFileType type =
        codegen->options->output == CODEGEN_ASSEMBLY ? LLVMAssemblyFile : LLVMObjectFile;
    LLVMMemoryBufferRef bytes = NULL;
    char *message = NULL;
    if (LLVMTargetMachineEmitToMemoryBuffer(codegen->machine, codegen->llvm, type, &message,
                                            &bytes)) {
        error_set(error, ERROR_INTERNAL, "LLVM: %s", message);
        LLVMDisposeMessage(message);
        return false;
    }
    bool ok = buffer_assign(object, LLVMGetBufferStart(bytes), LLVMGetBufferSize(bytes), error);
    LLVMDisposeMemoryBuffer(bytes);
    return ok;
}

static void print_module(const struct codegen *codegen) {
    if (codegen->options->print_ir) {
        LLVMDumpModule(codegen->llvm);
    }
}

static bool verify(struct codegen *codegen, struct error *error) {
    if (!codegen->options->verify) {
        return true;
    }
    char *message = NULL;
    bool ok = !LLVMVerifyModule(codegen->llvm, LLVMReturnStatusAction, &message);
    if (!ok) {
        error_set(error, ERROR_INTERNAL, "the LLVM module is broken: %s", message);
    }
    LLVMDisposeMessage(message);
    return ok;
}

static bool emit_description(struct codegen *codegen, struct error *error) {
    char *identity = codegen_compiler_identity(codegen->options);
    if (identity == NULL) {
        return error_set(error, ERROR_MEMORY, "out of memory");
    }
    codegen_emit_entries(codegen);
    codegen_emit_adapters(codegen);
    bool ok = codegen_describe(codegen, identity, error);
    free(identity);
    return ok;
}

static bool build(struct codegen *codegen, struct buffer *object, struct error *error) {
    bool ok = emit_functions(codegen, error) &&
              (!codegen_is_first_part(codegen) || emit_description(codegen, error));
    ok = ok && verify(codegen, error) && codegen_optimise(codegen, error);
    if (ok) {
        print_module(codegen);
        ok = emit_object(codegen, object, error);
    }
    return ok;
}

bool codegen_compile(LLVMTargetMachineRef machine, const struct wasm_module *module,
                     const struct codegen_options *options, struct buffer *object,
                     struct error *error) {
    struct codegen codegen;
    bool ok = codegen_context_create(&codegen, module, options, machine, error) &&
              build(&codegen, object, error);
    codegen_context_destroy(&codegen);
    return ok;
}
