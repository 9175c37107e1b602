// Entry functions: how C code calls a function of any type (object_entry in base/object.h).
#include "codegen/context.h"
#include "codegen/signature.h"

#include <llvm-c/Core.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SLOT_SIZE = 8 };

static uint64_t value_size(uint8_t value_type) {
    return value_type == OBJECT_V128 ? 2 * SLOT_SIZE : SLOT_SIZE;
}

static LLVMValueRef load_argument(struct codegen *codegen, LLVMValueRef values, uint64_t offset,
                                  uint8_t value_type) {
    LLVMBuilderRef builder = codegen->builder;
    LLVMValueRef load = LLVMBuildLoad2(builder, codegen_value_type(codegen, value_type),
                                       codegen_address(codegen, builder, values, offset), "");
    LLVMSetAlignment(load, value_type == OBJECT_V128 ? 8 : 4);
    return load;
}

// Results of 32 bits fill their slot with zeros.
static void store_result(struct codegen *codegen, LLVMValueRef values, uint64_t offset,
                         uint8_t value_type, LLVMValueRef result) {
    LLVMBuilderRef builder = codegen->builder;
    if (value_type == OBJECT_F32) {
        result = LLVMBuildBitCast(builder, result, codegen->i32, "");
    }
    if (value_type == OBJECT_F32 || value_type == OBJECT_I32) {
        result = LLVMBuildZExt(builder, result, codegen->i64, "");
    }
    LLVMSetAlignment(
        LLVMBuildStore(builder, result, codegen_address(codegen, builder, values, offset)), 8);
}

static void store_results(struct codegen *codegen, const struct wasm_function_type *type,
                          LLVMValueRef values, const LLVMValueRef *results) {
    uint64_t offset = 0;
    for (uint32_t i = 0; i < type->result_count; i++) {
        store_result(codegen, values, offset, type->results[i], results[i]);
        offset += value_size(type->results[i]);
    }
}

// void entry(void *code, struct object_instance *instance, uint64_t *values)
static LLVMValueRef emit_entry(struct codegen *codegen, uint32_t type_index) {
    const struct wasm_function_type *type = &codegen->module->types[type_index];
    LLVMTypeRef parameters[] = {codegen->pointer, codegen->pointer, codegen->pointer};
    char name[20];
    snprintf(name, sizeof name, "entry%u", type_index);
    LLVMValueRef entry = LLVMAddFunction(
        codegen->llvm, name, LLVMFunctionType(codegen->void_type, parameters, 3, false));
    LLVMSetLinkage(entry, LLVMInternalLinkage);
    codegen_set_attributes(codegen, entry);
    LLVMAppendBasicBlockInContext(codegen->context, entry, "");
    // Two blocks, as room for a call is made in the first.
    LLVMBasicBlockRef body = LLVMAppendBasicBlockInContext(codegen->context, entry, "");
    LLVMPositionBuilderAtEnd(codegen->entry_builder, LLVMGetEntryBasicBlock(entry));
    LLVMPositionBuilderAtEnd(codegen->builder, body);
    LLVMValueRef values = LLVMGetParam(entry, 2);
    LLVMValueRef *arguments = codegen_allocate(type->parameter_count, sizeof(LLVMValueRef));
    LLVMValueRef *results = codegen_allocate(type->result_count, sizeof(LLVMValueRef));
    uint64_t offset = 0;
    for (uint32_t i = 0; i < type->parameter_count; i++) {
        arguments[i] = load_argument(codegen, values, offset, type->parameters[i]);
        offset += value_size(type->parameters[i]);
    }
    struct signature_scratch scratch = {0};
    LLVMValueRef instance = LLVMGetParam(entry, 1);
    signature_call(codegen, codegen->entry_builder, &scratch, type_index, LLVMGetParam(entry, 0),
                   instance, codegen_memory_base(codegen, codegen->builder, instance), arguments,
                   results, NULL, NULL);
    LLVMBuildBr(codegen->entry_builder, body);
    store_results(codegen, type, values, results);
    free(arguments);
    free(results);
    LLVMBuildRetVoid(codegen->builder);
    return entry;
}

// ---- Types that are equal share an entry: a hash table of type indices.

struct shared_entries {
    uint32_t *types; // UINT32_MAX is free
    size_t capacity; // a power of two
};

static uint64_t hash_types(uint64_t hash, const uint8_t *types, uint32_t count) {
    hash = (hash ^ count) * 0x100000001b3u;
    for (uint32_t i = 0; i < count; i++) {
        hash = (hash ^ types[i]) * 0x100000001b3u;
    }
    return hash;
}

static bool same_types(const uint8_t *left, uint32_t left_count, const uint8_t *right,
                       uint32_t right_count) {
    return left_count == right_count && (left_count == 0 || memcmp(left, right, left_count) == 0);
}

static bool same_signature(const struct wasm_function_type *left,
                           const struct wasm_function_type *right) {
    return same_types(left->parameters, left->parameter_count, right->parameters,
                      right->parameter_count) &&
           same_types(left->results, left->result_count, right->results, right->result_count);
}

// The first type seen that equals this one; the type itself when it is the first.
static uint32_t representative(const struct codegen *codegen, struct shared_entries *shared,
                               uint32_t type_index) {
    const struct wasm_function_type *type = &codegen->module->types[type_index];
    uint64_t hash = hash_types(0xcbf29ce484222325u, type->parameters, type->parameter_count);
    hash = hash_types(hash, type->results, type->result_count);
    size_t place = (size_t)(hash ^ hash >> 29) & (shared->capacity - 1);
    while (shared->types[place] != UINT32_MAX &&
           !same_signature(&codegen->module->types[shared->types[place]], type)) {
        place = (place + 1) & (shared->capacity - 1);
    }
    if (shared->types[place] == UINT32_MAX) {
        shared->types[place] = type_index;
    }
    return shared->types[place];
}

// Types that no function has need none: nothing of them can be called from C.
void codegen_emit_entries(struct codegen *codegen) {
    const struct wasm_module *module = codegen->module;
    codegen->entries = codegen_allocate(module->type_count, sizeof(LLVMValueRef));
    struct shared_entries shared = {.capacity = 16};
    while (shared.capacity < 2 * (size_t)module->type_count) {
        shared.capacity *= 2;
    }
    shared.types = codegen_allocate(shared.capacity, sizeof(uint32_t));
    memset(shared.types, 0xff, shared.capacity * sizeof(uint32_t));
    for (uint32_t i = 0; i < module->function_count; i++) {
        uint32_t type = module->functions[i].type_index;
        if (codegen->entries[type] != NULL) {
            continue;
        }
        uint32_t first = representative(codegen, &shared, type);
        if (codegen->entries[first] == NULL) {
            codegen->entries[first] = emit_entry(codegen, first);
        }
        codegen->entries[type] = codegen->entries[first];
    }
    free(shared.types);
}
