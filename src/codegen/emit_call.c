// Calls: to functions of the module, to imports, and through tables; plain ones and tail calls.
#include "codegen/emitter.h"

#include <llvm-c/Core.h>
#include <stdlib.h>

// What is called: its code, and the instance that it belongs to with the base of its memory 0.
struct callee {
    uint32_t type_index;
    LLVMValueRef code;
    LLVMValueRef instance;
    LLVMValueRef base; // NULL where the code does not want it
    bool may_be_host;
};

// Takes the arguments from the stack and puts the results there.
static void emit_plain_call(struct emitter *emitter, struct callee callee) {
    struct codegen *codegen = emitter->codegen;
    const struct wasm_function_type *type = &codegen->module->types[callee.type_index];
    LLVMValueRef *results = codegen_allocate(type->result_count, sizeof(LLVMValueRef));
    const LLVMValueRef *arguments = emitter_top(emitter, type->parameter_count);
    emitter->stack_height -= type->parameter_count;
    LLVMBasicBlockRef landing_pad = emitter_landing_pad(emitter);
    LLVMBasicBlockRef next = landing_pad != NULL ? emitter_append_block(emitter) : NULL;
    signature_call(codegen, codegen->entry_builder, &emitter->scratch, callee.type_index,
                   callee.code, callee.instance, callee.base, arguments, results, next,
                   landing_pad);
    if (next != NULL) {
        emitter_continue(emitter, next);
    }
    locals_pass_call(&emitter->locals);
    if (callee.may_be_host) {
        emitter_check_interrupt(emitter);
    }
    for (uint32_t i = 0; i < type->result_count; i++) {
        emitter_push(emitter, results[i]);
    }
    free(results);
}

// Where the callee's base is not that of this function, it is called, and its results returned.
static void call_with_other_base(struct emitter *emitter, const struct callee *callee,
                                 const LLVMValueRef *arguments) {
    struct codegen *codegen = emitter->codegen;
    LLVMBasicBlockRef other = emitter_append_block(emitter);
    LLVMBasicBlockRef same = emitter_append_block(emitter);
    emitter_branch_unlikely(
        emitter,
        LLVMBuildICmp(emitter->builder, LLVMIntNE, callee->base, emitter_own_base(emitter), ""),
        other, same);
    LLVMPositionBuilderAtEnd(emitter->builder, other);
    LLVMValueRef *results = codegen_allocate(emitter->type->result_count, sizeof(LLVMValueRef));
    signature_call(codegen, codegen->entry_builder, &emitter->scratch, callee->type_index,
                   callee->code, callee->instance, callee->base, arguments, results, NULL, NULL);
    emitter_return(emitter, results);
    free(results);
    emitter_continue(emitter, same);
}

// The frame is gone when the callee runs: an overflow cannot be in it.
static void emit_tail_call(struct emitter *emitter, struct callee callee) {
    struct codegen *codegen = emitter->codegen;
    uint32_t count = codegen->module->types[callee.type_index].parameter_count;
    const LLVMValueRef *arguments = emitter_top(emitter, count);
    if (callee.base != NULL && callee.base != emitter_own_base(emitter)) {
        call_with_other_base(emitter, &callee, arguments);
    }
    LLVMValueRef overflow = NULL;
    if (codegen->signatures[callee.type_index].overflow_bytes > 0) {
        overflow = emitter_call_support(emitter, offsetof(struct object_support, overflow),
                                        codegen->pointer, NULL, 0);
    }
    signature_tail_call(codegen, emitter->function, callee.type_index, callee.code, callee.instance,
                        overflow, arguments);
    emitter->stack_height -= count;
    emitter->reachable = false;
}

static LLVMValueRef displaced(struct emitter *emitter, LLVMValueRef base, LLVMValueRef delta) {
    return LLVMBuildGEP2(emitter->builder, emitter->codegen->i8, base, &delta, 1, "");
}

static LLVMValueRef load_slot(struct emitter *emitter, LLVMTypeRef type, uint32_t import,
                              size_t field) {
    uint64_t slot = emitter->codegen->layout.import_slots +
                    (uint64_t)import * sizeof(struct object_import_slot);
    return codegen_load_invariant(emitter->codegen, emitter->builder, type, emitter->instance,
                                  slot + field);
}

// A function of the module or an import. A plain call of an import goes to a host function itself
// where the C convention passes all in registers as well.
static struct callee find_function(struct emitter *emitter, uint32_t index, bool tail_call) {
    struct codegen *codegen = emitter->codegen;
    const struct wasm_module *module = codegen->module;
    struct callee callee = {.type_index = module->functions[index].type_index,
                            .instance = emitter->instance};
    if (index >= module->imported_function_count) {
        callee.code = codegen_function(codegen, index);
        if (signature_wants_base(codegen, callee.code)) {
            callee.base = emitter_own_base(emitter);
        }
        return callee;
    }
    const struct signature *signature = &codegen->signatures[callee.type_index];
    callee.may_be_host =
        !tail_call && signature->overflow_bytes == 0 && signature->result_bytes == 0;
    callee.code = load_slot(emitter, codegen->pointer, index,
                            callee.may_be_host ? offsetof(struct object_import_slot, target)
                                               : offsetof(struct object_import_slot, code));
    callee.instance = displaced(emitter, emitter->instance,
                                load_slot(emitter, codegen->i64, index,
                                          offsetof(struct object_import_slot, instance_delta)));
    callee.base = codegen_memory_base(codegen, emitter->builder, callee.instance);
    return callee;
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

// For an element of another type; a null one has type 0.
static void trap_mismatch(struct emitter *emitter, LLVMValueRef type) {
    LLVMValueRef null =
        LLVMBuildICmp(emitter->builder, LLVMIntEQ, type, emitter->codegen->zero_i64, "");
    LLVMBuildCondBr(emitter->builder, null,
                    emitter_trap_block(emitter, OBJECT_TRAP_UNINITIALIZED_ELEMENT),
                    emitter_trap_block(emitter, OBJECT_TRAP_SIGNATURE_MISMATCH));
}

// Goes on in a new block where the type, marks and all, is `wanted`; gives the block for all
// others.
static LLVMBasicBlockRef continue_if_type(struct emitter *emitter, LLVMValueRef type,
                                          LLVMValueRef wanted) {
    LLVMBasicBlockRef other = emitter_append_block(emitter);
    LLVMBasicBlockRef match = emitter_append_block(emitter);
    LLVMValueRef differs = LLVMBuildICmp(emitter->builder, LLVMIntNE, type, wanted, "");
    LLVMBuildCondBr(emitter->builder, differs, other, match);
    LLVMPositionBuilderAtEnd(emitter->builder, match);
    return other;
}

static LLVMValueRef with_marks(struct emitter *emitter, LLVMValueRef type, uint64_t marks) {
    return LLVMBuildOr(emitter->builder, type, codegen_i64(emitter->codegen, marks), "");
}

static LLVMValueRef element_instance(struct emitter *emitter, LLVMValueRef element) {
    LLVMValueRef offset =
        emitter_load_field(emitter, CODEGEN_ALIAS_TABLES, emitter->codegen->i64, element,
                           offsetof(struct object_table_element, instance_area_offset));
    return displaced(emitter, emitter_area(emitter), offset);
}

// The callee is this one on the way from the current block to `next`.
static void arrive(struct emitter *emitter, const struct callee *callee, LLVMValueRef instance,
                   LLVMValueRef base) {
    LLVMBasicBlockRef from = LLVMGetInsertBlock(emitter->builder);
    LLVMAddIncoming(callee->instance, &instance, &from, 1);
    if (callee->base != NULL) {
        LLVMAddIncoming(callee->base, &base, &from, 1);
    }
}

// Another instance's function, in the instance that defines the table: the marks tell whether it
// has the same memory. Gives the block for other types.
static LLVMBasicBlockRef find_marked(struct emitter *emitter, LLVMValueRef element,
                                     LLVMValueRef type, LLVMValueRef wanted,
                                     const struct callee *callee, LLVMBasicBlockRef next) {
    LLVMBuilderRef builder = emitter->builder;
    LLVMBasicBlockRef other =
        continue_if_type(emitter, type, with_marks(emitter, wanted, OBJECT_FOREIGN));
    arrive(emitter, callee, element_instance(emitter, element), emitter_own_base(emitter));
    LLVMBuildBr(builder, next);
    LLVMPositionBuilderAtEnd(builder, other);
    other = continue_if_type(emitter, type, with_marks(emitter, wanted, OBJECT_MARKS));
    LLVMValueRef instance = element_instance(emitter, element);
    arrive(emitter, callee, instance, codegen_memory_base(emitter->codegen, builder, instance));
    LLVMBuildBr(builder, next);
    return other;
}

// The same where the marks say nothing, or no more is asked of them than whether there is one: a
// function without is the caller's own in the instance that defines the table, or of another type.
static LLVMBasicBlockRef find_other(struct emitter *emitter, LLVMValueRef element,
                                    LLVMValueRef type, LLVMValueRef wanted, bool is_home,
                                    const struct callee *callee, LLVMBasicBlockRef next) {
    LLVMBuilderRef builder = emitter->builder;
    LLVMValueRef compared = with_marks(emitter, type, is_home ? OBJECT_ELSEWHERE : OBJECT_MARKS);
    LLVMBasicBlockRef other =
        continue_if_type(emitter, compared, with_marks(emitter, wanted, OBJECT_MARKS));
    LLVMValueRef instance = element_instance(emitter, element);
    arrive(emitter, callee, instance,
           callee->base != NULL ? codegen_memory_base(emitter->codegen, builder, instance) : NULL);
    LLVMBuildBr(builder, next);
    return other;
}

// Is the function of an element not of the wanted type, or another instance's? The instance that
// defines a table has both in the type as it stands.
static LLVMValueRef is_other(struct emitter *emitter, LLVMValueRef element, LLVMValueRef type,
                             LLVMValueRef wanted, bool is_home) {
    struct codegen *codegen = emitter->codegen;
    LLVMBuilderRef builder = emitter->builder;
    if (is_home) {
        return LLVMBuildICmp(builder, LLVMIntNE, type, wanted, "");
    }
    LLVMValueRef without_marks =
        LLVMBuildAnd(builder, type, codegen_i64(codegen, ~(uint64_t)OBJECT_MARKS), "");
    LLVMValueRef wrong = LLVMBuildICmp(builder, LLVMIntNE, without_marks, wanted, "");
    LLVMValueRef offset =
        emitter_load_field(emitter, CODEGEN_ALIAS_TABLES, codegen->i64, element,
                           offsetof(struct object_table_element, instance_area_offset));
    LLVMValueRef foreign =
        LLVMBuildICmp(builder, LLVMIntNE, offset, emitter_area_offset(emitter), "");
    return LLVMBuildOr(builder, wrong, foreign, "");
}

// Traps where the element is not of the type. Finds the instance that it belongs to and the base,
// nearly always the caller's own. That is a branch, not a choice of values: what the callee does
// with its memory would otherwise wait for the element to arrive, and through the addresses of its
// stores whatever is loaded afterwards, too. At level 0 the base is read by the one call there is.
static void find_instance(struct emitter *emitter, LLVMValueRef element, bool is_home,
                          struct callee *callee) {
    struct codegen *codegen = emitter->codegen;
    LLVMBuilderRef builder = emitter->builder;
    LLVMValueRef type = emitter_load_field(emitter, CODEGEN_ALIAS_TABLES, codegen->i64, element,
                                           offsetof(struct object_table_element, type));
    LLVMValueRef wanted = type_identity(emitter, callee->type_index);
    LLVMValueRef is_not_own = is_other(emitter, element, type, wanted, is_home);
    bool has_ways = codegen->options->optimisation_level > 0;
    LLVMBasicBlockRef before = LLVMGetInsertBlock(builder);
    LLVMBasicBlockRef other = emitter_append_block(emitter);
    LLVMBasicBlockRef next = emitter_append_block(emitter);
    emitter_branch_unlikely(emitter, is_not_own, other, next);
    LLVMPositionBuilderAtEnd(builder, next);
    callee->instance = LLVMBuildPhi(builder, codegen->pointer, "");
    callee->base = has_ways ? LLVMBuildPhi(builder, codegen->pointer, "") : NULL;
    LLVMPositionBuilderAtEnd(builder, other);
    LLVMBasicBlockRef mismatch =
        has_ways && is_home ? find_marked(emitter, element, type, wanted, callee, next)
                            : find_other(emitter, element, type, wanted, is_home, callee, next);
    LLVMPositionBuilderAtEnd(builder, mismatch);
    trap_mismatch(emitter, type);
    LLVMPositionBuilderAtEnd(builder, before);
    arrive(emitter, callee, emitter->instance, has_ways ? emitter_own_base(emitter) : NULL);
    emitter_continue(emitter, next);
    if (!has_ways) {
        callee->base = codegen_memory_base(codegen, builder, callee->instance);
    }
}

static struct callee find_element(struct emitter *emitter, uint32_t type_index, uint32_t table) {
    struct codegen *codegen = emitter->codegen;
    LLVMValueRef index = emitter_pop(emitter);
    LLVMValueRef element =
        emitter_table_element(emitter, table, index, OBJECT_TRAP_UNDEFINED_ELEMENT);
    bool is_home = table >= codegen->module->imported_table_count;
    struct callee callee = {.type_index = type_index};
    find_instance(emitter, element, is_home, &callee);
    callee.code = emitter_load_field(emitter, CODEGEN_ALIAS_TABLES, codegen->pointer, element,
                                     offsetof(struct object_table_element, code));
    return callee;
}

void emit_call(struct emitter *emitter, const struct wasm_instruction *instruction) {
    uint32_t type = instruction->immediate.pair.first;
    uint32_t table = instruction->immediate.pair.second;
    uint32_t function = instruction->immediate.index;
    switch (instruction->opcode) {
    case WASM_OP_CALL:
        emit_plain_call(emitter, find_function(emitter, function, false));
        break;
    case WASM_OP_CALL_INDIRECT:
        emit_plain_call(emitter, find_element(emitter, type, table));
        break;
    case WASM_OP_RETURN_CALL:
        emit_tail_call(emitter, find_function(emitter, function, true));
        break;
    default:
        emit_tail_call(emitter, find_element(emitter, type, table));
        break;
    }
}
