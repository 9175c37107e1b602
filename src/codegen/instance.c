// What generated code reaches through its instance: memories, tables, the runtime's functions.
#include "codegen/debug_info.h"
#include "codegen/emitter.h"

#include <llvm-c/Core.h>
#include <stdlib.h>

LLVMValueRef emitter_load_field(struct emitter *emitter, enum codegen_alias alias, LLVMTypeRef type,
                                LLVMValueRef base, uint64_t offset) {
    struct codegen *codegen = emitter->codegen;
    LLVMValueRef address = codegen_address(codegen, emitter->builder, base, offset);
    LLVMValueRef load = LLVMBuildLoad2(emitter->builder, type, address, "");
    codegen_note_alias(codegen, load, alias);
    return load;
}

static LLVMValueRef displaced_at_entry(struct emitter *emitter, LLVMValueRef delta) {
    struct codegen *codegen = emitter->codegen;
    return LLVMBuildGEP2(codegen->entry_builder, codegen->i8, emitter->instance, &delta, 1, "");
}

LLVMValueRef emitter_own_base(struct emitter *emitter) {
    if (emitter->own_base == NULL) {
        struct codegen *codegen = emitter->codegen;
        emitter->own_base = signature_base(codegen, emitter->function);
        if (emitter->own_base == NULL) {
            emitter->own_base =
                codegen_memory_base(codegen, codegen->entry_builder, emitter->instance);
        }
    }
    return emitter->own_base;
}

// The reservation of a memory never moves: its base is an invariant of the instance.
LLVMValueRef emitter_memory_base(struct emitter *emitter, uint32_t memory) {
    if (memory == 0) {
        return emitter_own_base(emitter);
    }
    if (emitter->bases[memory] == NULL) {
        struct codegen *codegen = emitter->codegen;
        uint64_t slot = codegen->layout.memory_slots + memory * sizeof(struct object_memory_slot);
        LLVMValueRef delta =
            codegen_load_invariant(codegen, codegen->entry_builder, codegen->i64, emitter->instance,
                                   slot + offsetof(struct object_memory_slot, base_delta));
        emitter->bases[memory] = displaced_at_entry(emitter, delta);
    }
    return emitter->bases[memory];
}

LLVMValueRef emitter_area_offset(struct emitter *emitter) {
    if (emitter->area_offset == NULL) {
        struct codegen *codegen = emitter->codegen;
        emitter->area_offset =
            codegen_load_invariant(codegen, codegen->entry_builder, codegen->i64, emitter->instance,
                                   offsetof(struct object_instance, area_offset));
    }
    return emitter->area_offset;
}

LLVMValueRef emitter_area(struct emitter *emitter) {
    if (emitter->area == NULL) {
        LLVMValueRef offset = emitter_area_offset(emitter);
        emitter->area =
            displaced_at_entry(emitter, LLVMBuildNeg(emitter->codegen->entry_builder, offset, ""));
    }
    return emitter->area;
}

LLVMValueRef emitter_table(struct emitter *emitter, uint32_t table) {
    struct codegen *codegen = emitter->codegen;
    uint32_t imported = codegen->module->imported_table_count;
    if (table >= imported) {
        uint64_t offset = codegen->layout.tables + (table - imported) * sizeof(struct object_table);
        return codegen_address(codegen, emitter->builder, emitter->instance, offset);
    }
    LLVMValueRef delta =
        codegen_load_invariant(codegen, emitter->builder, codegen->i64, emitter->instance,
                               codegen->layout.table_deltas + (uint64_t)table * sizeof(int64_t));
    return LLVMBuildGEP2(emitter->builder, codegen->i8, emitter->instance, &delta, 1, "");
}

// A constant where the table cannot grow: an imported one then has that very size.
LLVMValueRef emitter_table_size(struct emitter *emitter, uint32_t table) {
    struct codegen *codegen = emitter->codegen;
    const struct wasm_limits *limits = &codegen->module->tables[table].type.limits;
    if (limits->has_maximum && limits->maximum == limits->minimum) {
        return codegen_i32(codegen, limits->minimum);
    }
    return emitter_load_field(emitter, CODEGEN_ALIAS_TABLES, codegen->i32,
                              emitter_table(emitter, table), offsetof(struct object_table, size));
}

LLVMValueRef emitter_table_element(struct emitter *emitter, uint32_t table, LLVMValueRef index,
                                   enum object_trap trap) {
    struct codegen *codegen = emitter->codegen;
    LLVMBuilderRef builder = emitter->builder;
    LLVMValueRef head = emitter_table(emitter, table);
    LLVMValueRef size = emitter_table_size(emitter, table);
    emitter_trap_if(emitter, LLVMBuildICmp(builder, LLVMIntUGE, index, size, ""), trap);
    LLVMValueRef elements = codegen_load_invariant(
        codegen, builder, codegen->i64, head, offsetof(struct object_table, elements_area_offset));
    LLVMValueRef wide = LLVMBuildZExt(builder, index, codegen->i64, "");
    LLVMValueRef scaled =
        LLVMBuildMul(builder, wide, codegen_i64(codegen, sizeof(struct object_table_element)), "");
    LLVMValueRef first =
        LLVMBuildGEP2(builder, codegen->i8, emitter_area(emitter), &elements, 1, "");
    return LLVMBuildGEP2(builder, codegen->i8, first, &scaled, 1, "");
}

// The slot is written once, before any code of the object runs.
LLVMValueRef emitter_support_function(struct emitter *emitter, size_t offset) {
    struct codegen *codegen = emitter->codegen;
    LLVMValueRef support =
        codegen_load_invariant(codegen, emitter->builder, codegen->pointer, codegen->support, 0);
    return codegen_load_invariant(codegen, emitter->builder, codegen->pointer, support, offset);
}

LLVMValueRef emitter_call_support(struct emitter *emitter, size_t offset, LLVMTypeRef result,
                                  const LLVMValueRef *arguments, unsigned count) {
    enum { MAXIMUM = 8 };
    LLVMTypeRef types[MAXIMUM] = {emitter->codegen->pointer};
    LLVMValueRef values[MAXIMUM] = {emitter->instance};
    for (unsigned i = 0; i < count && i + 1 < MAXIMUM; i++) {
        types[i + 1] = LLVMTypeOf(arguments[i]);
        values[i + 1] = arguments[i];
    }
    return LLVMBuildCall2(emitter->builder, LLVMFunctionType(result, types, count + 1, false),
                          emitter_support_function(emitter, offset), values, count + 1, "");
}

// One in a function, however many calls it has.
static LLVMBasicBlockRef interrupted_block(struct emitter *emitter) {
    if (emitter->interrupted == NULL) {
        LLVMBasicBlockRef current = LLVMGetInsertBlock(emitter->builder);
        LLVMMetadataRef place = debug_info_leave_place(emitter->codegen);
        emitter->interrupted = emitter_append_block(emitter);
        LLVMPositionBuilderAtEnd(emitter->builder, emitter->interrupted);
        emitter_call_support(emitter, offsetof(struct object_support, interrupted),
                             emitter->codegen->void_type, NULL, 0);
        LLVMBuildUnreachable(emitter->builder);
        LLVMPositionBuilderAtEnd(emitter->builder, current);
        debug_info_restore(emitter->codegen, place);
    }
    return emitter->interrupted;
}

void emitter_check_interrupt(struct emitter *emitter) {
    struct codegen *codegen = emitter->codegen;
    LLVMValueRef flag = LLVMBuildLoad2(emitter->builder, codegen->i32,
                                       codegen_address(codegen, emitter->builder, emitter->instance,
                                                       offsetof(struct object_instance, interrupt)),
                                       "");
    LLVMSetOrdering(flag, LLVMAtomicOrderingMonotonic);
    LLVMSetAlignment(flag, 4);
    LLVMBasicBlockRef next = emitter_append_block(emitter);
    emitter_branch_unlikely(emitter,
                            LLVMBuildICmp(emitter->builder, LLVMIntNE, flag, codegen->zero_i32, ""),
                            interrupted_block(emitter), next);
    emitter_continue(emitter, next);
}
