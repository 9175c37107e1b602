#include "codegen/signature.h"

#include <llvm-c/Core.h>
#include <stdlib.h>
#include <string.h>

enum { SLOT_BYTES = 8 };

// Places among the parameters.
enum {
    BASE = 1,
    UNIVERSAL_INTEGERS = BASE + 1,
    UNIVERSAL_VECTORS = SIGNATURE_INTEGERS + 1,
};

static bool is_vector_register(uint8_t value_type) {
    return value_type == OBJECT_F32 || value_type == OBJECT_F64 || value_type == OBJECT_V128;
}

static uint32_t value_bytes(uint8_t value_type) {
    return value_type == OBJECT_V128 ? 2 * SLOT_BYTES : SLOT_BYTES;
}

// ---- Where parameters are -----------------------------------------------------------------------

// Goes over the wasm parameters: each is in the next register of its kind, or in the next slots of
// the overflow.
struct cursor {
    const struct signature *signature;
    uint32_t integers, vectors;
    uint32_t index;  // of the next parameter of the signature's type
    uint32_t offset; // of the next free slot of the overflow
};

static struct cursor cursor_start(const struct signature *signature) {
    return (struct cursor){.signature = signature,
                           .index = signature->result_bytes > 0 ? BASE + 2 : BASE + 1};
}

// True when the parameter is in a register, of which `*place` is then the index among LLVM's
// parameters; else `*place` is the offset in the overflow.
static bool cursor_next(struct cursor *cursor, uint8_t value_type, uint32_t *place) {
    bool vector = is_vector_register(value_type);
    uint32_t *used = vector ? &cursor->vectors : &cursor->integers;
    if (*used < (vector ? cursor->signature->vectors : cursor->signature->integers)) {
        (*used)++;
        *place = cursor->index++;
        return true;
    }
    *place = cursor->offset;
    cursor->offset += value_bytes(value_type);
    return false;
}

static void count_registers(const struct wasm_function_type *type, struct signature *signature) {
    uint32_t integers = 0;
    uint32_t vectors = 0;
    for (uint32_t i = 0; i < type->parameter_count; i++) {
        *(is_vector_register(type->parameters[i]) ? &vectors : &integers) += 1;
    }
    if (type->result_count > SIGNATURE_RESULTS) {
        for (uint32_t i = 0; i < type->result_count; i++) {
            signature->result_bytes += value_bytes(type->results[i]);
        }
    }
    uint32_t available = SIGNATURE_INTEGERS - 1 - (signature->result_bytes > 0);
    bool overflows = integers > available || vectors > SIGNATURE_VECTORS;
    available -= overflows;
    signature->integers = integers < available ? integers : available;
    signature->vectors = vectors < SIGNATURE_VECTORS ? vectors : SIGNATURE_VECTORS;
    struct cursor cursor = cursor_start(signature);
    for (uint32_t i = 0; i < type->parameter_count; i++) {
        uint32_t place;
        cursor_next(&cursor, type->parameters[i], &place);
    }
    signature->overflow_bytes = cursor.offset;
}

// ---- Types --------------------------------------------------------------------------------------

static LLVMTypeRef result_type(const struct codegen *codegen,
                               const struct wasm_function_type *type) {
    switch (type->result_count) {
    case 0:
        return codegen->void_type;
    case 1:
        return codegen_value_type(codegen, type->results[0]);
    case 2: {
        LLVMTypeRef fields[] = {codegen_value_type(codegen, type->results[0]),
                                codegen_value_type(codegen, type->results[1])};
        return LLVMStructTypeInContext(codegen->context, fields, 2, false);
    }
    default:
        return codegen->void_type;
    }
}

// What the quick path can have: without the base.
static LLVMTypeRef type_without_base(LLVMTypeRef type) {
    LLVMTypeRef parameters[SIGNATURE_PARAMETERS];
    unsigned count = LLVMCountParamTypes(type);
    LLVMGetParamTypes(type, parameters);
    memmove(parameters + BASE, parameters + BASE + 1, (count - BASE - 1) * sizeof *parameters);
    return LLVMFunctionType(LLVMGetReturnType(type), parameters, count - 1, false);
}

static LLVMTypeRef full_type(const struct codegen *codegen, const struct signature *signature,
                             const struct wasm_function_type *type) {
    LLVMTypeRef parameters[SIGNATURE_PARAMETERS] = {codegen->pointer, codegen->pointer,
                                                    codegen->pointer};
    struct cursor cursor = cursor_start(signature);
    for (uint32_t i = 0; i < type->parameter_count; i++) {
        uint32_t place;
        if (cursor_next(&cursor, type->parameters[i], &place)) {
            parameters[place] = codegen_value_type(codegen, type->parameters[i]);
        }
    }
    if (signature->overflow_bytes > 0) {
        parameters[cursor.index++] = codegen->pointer;
    }
    return LLVMFunctionType(result_type(codegen, type), parameters, cursor.index, false);
}

static LLVMTypeRef universal_type(const struct codegen *codegen,
                                  const struct wasm_function_type *type) {
    LLVMTypeRef parameters[SIGNATURE_PARAMETERS] = {codegen->pointer, codegen->pointer};
    for (unsigned i = BASE + 1; i < SIGNATURE_PARAMETERS; i++) {
        parameters[i] = i < UNIVERSAL_VECTORS ? codegen->i64 : codegen->v128;
    }
    return LLVMFunctionType(result_type(codegen, type), parameters, SIGNATURE_PARAMETERS, false);
}

LLVMTypeRef signature_host_type(const struct codegen *codegen,
                                const struct wasm_function_type *type) {
    LLVMTypeRef *parameters =
        codegen_allocate((size_t)type->parameter_count + 1, sizeof(LLVMTypeRef));
    parameters[0] = codegen->pointer;
    for (uint32_t i = 0; i < type->parameter_count; i++) {
        parameters[i + 1] = codegen_value_type(codegen, type->parameters[i]);
    }
    LLVMTypeRef host =
        LLVMFunctionType(result_type(codegen, type), parameters, type->parameter_count + 1, false);
    free(parameters);
    return host;
}

void signature_create(struct codegen *codegen, const struct wasm_function_type *type,
                      struct signature *signature) {
    *signature = (struct signature){0};
    count_registers(type, signature);
    signature->type = full_type(codegen, signature, type);
    signature->own = codegen->options->optimisation_level > 0 ? signature->type
                                                              : type_without_base(signature->type);
    signature->universal = universal_type(codegen, type);
}

// ---- The base -----------------------------------------------------------------------------------

// No other type without the base has as many parameters.
bool signature_wants_base(const struct codegen *codegen, LLVMValueRef code) {
    return codegen->options->optimisation_level > 0 || LLVMIsAFunction(code) == NULL ||
           LLVMCountParamTypes(LLVMGlobalGetValueType(code)) == SIGNATURE_PARAMETERS;
}

LLVMValueRef signature_base(const struct codegen *codegen, LLVMValueRef function) {
    return signature_wants_base(codegen, function) ? LLVMGetParam(function, BASE) : NULL;
}

LLVMValueRef signature_add_function(struct codegen *codegen, const char *name,
                                    const struct signature *signature, bool is_universal) {
    LLVMValueRef function =
        LLVMAddFunction(codegen->llvm, name, is_universal ? signature->universal : signature->own);
    if (signature_wants_base(codegen, function)) {
        LLVMAddAttributeAtIndex(function, BASE + 1, codegen->base_attribute);
    }
    return function;
}

// ---- Between a function's own type and the universal one ----------------------------------------

static bool is_integer_register(LLVMTypeRef type) {
    LLVMTypeKind kind = LLVMGetTypeKind(type);
    return kind == LLVMIntegerTypeKind || kind == LLVMPointerTypeKind;
}

static LLVMValueRef to_integer_register(struct codegen *codegen, LLVMValueRef value) {
    LLVMBuilderRef builder = codegen->builder;
    return LLVMGetTypeKind(LLVMTypeOf(value)) == LLVMPointerTypeKind
               ? LLVMBuildPtrToInt(builder, value, codegen->i64, "")
               : LLVMBuildZExt(builder, value, codegen->i64, "");
}

static LLVMValueRef from_integer_register(struct codegen *codegen, LLVMBuilderRef builder,
                                          LLVMValueRef value, LLVMTypeRef type) {
    return LLVMGetTypeKind(type) == LLVMPointerTypeKind
               ? LLVMBuildIntToPtr(builder, value, type, "")
           : type == codegen->i64 ? value
                                  : LLVMBuildTrunc(builder, value, type, "");
}

// A float is in the lowest lane.
static LLVMTypeRef lanes_of(const struct codegen *codegen, LLVMTypeRef type) {
    return LLVMVectorType(type, type == codegen->f32 ? 4 : 2);
}

static LLVMValueRef to_vector_register(struct codegen *codegen, LLVMValueRef value) {
    if (LLVMTypeOf(value) == codegen->v128) {
        return value;
    }
    LLVMTypeRef lanes = lanes_of(codegen, LLVMTypeOf(value));
    LLVMValueRef vector = LLVMBuildInsertElement(codegen->builder, LLVMGetPoison(lanes), value,
                                                 codegen->zero_i32, "");
    return LLVMBuildBitCast(codegen->builder, vector, codegen->v128, "");
}

static LLVMValueRef from_vector_register(struct codegen *codegen, LLVMBuilderRef builder,
                                         LLVMValueRef value, LLVMTypeRef type) {
    if (type == codegen->v128) {
        return value;
    }
    LLVMValueRef vector = LLVMBuildBitCast(builder, value, lanes_of(codegen, type), "");
    return LLVMBuildExtractElement(builder, vector, codegen->zero_i32, "");
}

// `arguments` are those of the signature's type, and then of the universal one.
static void make_universal(struct codegen *codegen, LLVMValueRef arguments[SIGNATURE_PARAMETERS],
                           unsigned count) {
    LLVMValueRef own[SIGNATURE_PARAMETERS];
    memcpy(own, arguments, count * sizeof *own);
    for (unsigned i = UNIVERSAL_INTEGERS; i < SIGNATURE_PARAMETERS; i++) {
        arguments[i] = LLVMGetPoison(i < UNIVERSAL_VECTORS ? codegen->i64 : codegen->v128);
    }
    unsigned integers = UNIVERSAL_INTEGERS;
    unsigned vectors = UNIVERSAL_VECTORS;
    for (unsigned i = BASE + 1; i < count; i++) {
        if (is_integer_register(LLVMTypeOf(own[i]))) {
            arguments[integers++] = to_integer_register(codegen, own[i]);
        } else {
            arguments[vectors++] = to_vector_register(codegen, own[i]);
        }
    }
}

// The parameters of a function, as the signature's type has them; NULL for a base that it lacks.
static void typed_parameters(struct codegen *codegen, LLVMBuilderRef builder, LLVMValueRef function,
                             const struct signature *signature,
                             LLVMValueRef parameters[SIGNATURE_PARAMETERS]) {
    LLVMTypeRef types[SIGNATURE_PARAMETERS];
    unsigned count = LLVMCountParamTypes(signature->type);
    LLVMGetParamTypes(signature->type, types);
    bool universal = LLVMGlobalGetValueType(function) == signature->universal;
    parameters[0] = LLVMGetParam(function, 0);
    parameters[BASE] = signature_base(codegen, function);
    unsigned lacking = parameters[BASE] == NULL;
    unsigned integers = UNIVERSAL_INTEGERS;
    unsigned vectors = UNIVERSAL_VECTORS;
    for (unsigned i = BASE + 1; i < count; i++) {
        if (!universal) {
            parameters[i] = LLVMGetParam(function, i - lacking);
        } else if (is_integer_register(types[i])) {
            parameters[i] = from_integer_register(codegen, builder,
                                                  LLVMGetParam(function, integers++), types[i]);
        } else {
            parameters[i] =
                from_vector_register(codegen, builder, LLVMGetParam(function, vectors++), types[i]);
        }
    }
}

// ---- Memory -------------------------------------------------------------------------------------

static LLVMValueRef load_slot(struct codegen *codegen, LLVMBuilderRef builder, LLVMValueRef memory,
                              uint32_t offset, uint8_t value_type) {
    LLVMValueRef load = LLVMBuildLoad2(builder, codegen_value_type(codegen, value_type),
                                       codegen_address(codegen, builder, memory, offset), "");
    LLVMSetAlignment(load, SLOT_BYTES);
    return load;
}

static void store_slot(struct codegen *codegen, LLVMValueRef memory, uint32_t offset,
                       LLVMValueRef value) {
    LLVMSetAlignment(LLVMBuildStore(codegen->builder, value,
                                    codegen_address(codegen, codegen->builder, memory, offset)),
                     SLOT_BYTES);
}

static LLVMValueRef scratch_memory(struct codegen *codegen, LLVMBuilderRef entry,
                                   struct signature_scratch *scratch, uint32_t bytes) {
    uint32_t slots = bytes / SLOT_BYTES;
    if (scratch->memory == NULL) {
        scratch->memory =
            LLVMBuildArrayAlloca(entry, codegen->i64, codegen_i32(codegen, slots), "");
        LLVMSetAlignment(scratch->memory, 16);
        scratch->slots = slots;
    } else if (slots > scratch->slots) {
        LLVMSetOperand(scratch->memory, 0, codegen_i32(codegen, slots));
        scratch->slots = slots;
    }
    return scratch->memory;
}

// ---- Building functions and calls ---------------------------------------------------------------

void signature_parameters(struct codegen *codegen, LLVMBuilderRef builder, LLVMValueRef function,
                          const struct signature *signature, const struct wasm_function_type *type,
                          LLVMValueRef *values) {
    LLVMValueRef parameters[SIGNATURE_PARAMETERS] = {NULL};
    typed_parameters(codegen, builder, function, signature, parameters);
    unsigned count = LLVMCountParamTypes(signature->type);
    struct cursor cursor = cursor_start(signature);
    for (uint32_t i = 0; i < type->parameter_count; i++) {
        uint32_t place;
        values[i] =
            cursor_next(&cursor, type->parameters[i], &place)
                ? parameters[place]
                : load_slot(codegen, builder, parameters[count - 1], place, type->parameters[i]);
    }
}

// Where results go: the first parameter behind the base.
static LLVMValueRef result_memory(struct codegen *codegen, LLVMValueRef function) {
    LLVMValueRef memory =
        LLVMGetParam(function, signature_wants_base(codegen, function) ? BASE + 1 : BASE);
    return LLVMTypeOf(memory) == codegen->pointer
               ? memory
               : LLVMBuildIntToPtr(codegen->builder, memory, codegen->pointer, "");
}

void signature_return(struct codegen *codegen, LLVMValueRef function,
                      const struct signature *signature, const struct wasm_function_type *type,
                      LLVMValueRef *values) {
    if (signature->result_bytes > 0) {
        LLVMValueRef memory = result_memory(codegen, function);
        uint32_t offset = 0;
        for (uint32_t i = 0; i < type->result_count; i++) {
            store_slot(codegen, memory, offset, values[i]);
            offset += value_bytes(type->results[i]);
        }
    }
    if (type->result_count == 0 || signature->result_bytes > 0) {
        LLVMBuildRetVoid(codegen->builder);
    } else if (type->result_count == 1) {
        LLVMBuildRet(codegen->builder, values[0]);
    } else {
        LLVMBuildAggregateRet(codegen->builder, values, type->result_count);
    }
}

// The arguments as the type has them, from behind the base on; gives their number.
static unsigned place_arguments(struct codegen *codegen, uint32_t type_index, LLVMValueRef results,
                                LLVMValueRef overflow, const LLVMValueRef *values,
                                LLVMValueRef arguments[SIGNATURE_PARAMETERS]) {
    const struct wasm_function_type *type = &codegen->module->types[type_index];
    struct cursor cursor = cursor_start(&codegen->signatures[type_index]);
    if (results != NULL) {
        arguments[BASE + 1] = results;
    }
    for (uint32_t i = 0; i < type->parameter_count; i++) {
        uint32_t place;
        if (cursor_next(&cursor, type->parameters[i], &place)) {
            arguments[place] = values[i];
        } else {
            store_slot(codegen, overflow, place, values[i]);
        }
    }
    if (overflow != NULL) {
        arguments[cursor.index++] = overflow;
    }
    return cursor.index;
}

static void read_results(struct codegen *codegen, const struct wasm_function_type *type,
                         LLVMValueRef call, LLVMValueRef memory, LLVMValueRef *results) {
    uint32_t offset = 0;
    for (uint32_t i = 0; i < type->result_count; i++) {
        results[i] =
            memory != NULL ? load_slot(codegen, codegen->builder, memory, offset, type->results[i])
            : type->result_count == 1 ? call
                                      : LLVMBuildExtractValue(codegen->builder, call, i, "");
        offset += value_bytes(type->results[i]);
    }
}

// What `code` is called with: `arguments` are those of the signature's type, `*count` of them.
static LLVMTypeRef fit_arguments(struct codegen *codegen, const struct signature *signature,
                                 LLVMValueRef code, LLVMValueRef arguments[SIGNATURE_PARAMETERS],
                                 unsigned *count) {
    if (!signature_wants_base(codegen, code)) {
        *count -= 1;
        memmove(arguments + BASE, arguments + BASE + 1, (*count - BASE) * sizeof *arguments);
        return signature->own;
    }
    if (LLVMIsAFunction(code) != NULL && LLVMGlobalGetValueType(code) != signature->type) {
        make_universal(codegen, arguments, *count);
        *count = SIGNATURE_PARAMETERS;
        return signature->universal;
    }
    return signature->type;
}

void signature_call(struct codegen *codegen, LLVMBuilderRef entry,
                    struct signature_scratch *scratch, uint32_t type_index, LLVMValueRef code,
                    LLVMValueRef instance, LLVMValueRef base, const LLVMValueRef *values,
                    LLVMValueRef *results, LLVMBasicBlockRef next, LLVMBasicBlockRef landing_pad) {
    const struct signature *signature = &codegen->signatures[type_index];
    LLVMValueRef memory = NULL;
    uint32_t overflow_bytes = (signature->overflow_bytes + 15) & ~15u;
    if (overflow_bytes + signature->result_bytes > 0) {
        memory = scratch_memory(codegen, entry, scratch, overflow_bytes + signature->result_bytes);
    }
    LLVMValueRef overflow = overflow_bytes > 0 ? memory : NULL;
    LLVMValueRef result_slots =
        signature->result_bytes > 0
            ? codegen_address(codegen, codegen->builder, memory, overflow_bytes)
            : NULL;
    LLVMValueRef arguments[SIGNATURE_PARAMETERS] = {instance, base};
    unsigned count =
        place_arguments(codegen, type_index, result_slots, overflow, values, arguments);
    LLVMTypeRef type = fit_arguments(codegen, signature, code, arguments, &count);
    LLVMValueRef call;
    if (landing_pad != NULL) {
        call =
            LLVMBuildInvoke2(codegen->builder, type, code, arguments, count, next, landing_pad, "");
        LLVMPositionBuilderAtEnd(codegen->builder, next);
    } else {
        call = LLVMBuildCall2(codegen->builder, type, code, arguments, count, "");
    }
    if (type != signature->own || signature->own == signature->type) {
        LLVMAddCallSiteAttribute(call, BASE + 1, codegen->base_attribute);
    }
    read_results(codegen, &codegen->module->types[type_index], call, result_slots, results);
}

void signature_tail_call(struct codegen *codegen, LLVMValueRef function, uint32_t type_index,
                         LLVMValueRef code, LLVMValueRef instance, LLVMValueRef overflow,
                         const LLVMValueRef *values) {
    const struct signature *signature = &codegen->signatures[type_index];
    LLVMValueRef results = signature->result_bytes > 0 ? result_memory(codegen, function) : NULL;
    LLVMValueRef arguments[SIGNATURE_PARAMETERS] = {instance, signature_base(codegen, function)};
    unsigned count = place_arguments(codegen, type_index, results, overflow, values, arguments);
    make_universal(codegen, arguments, count);
    LLVMValueRef call = LLVMBuildCall2(codegen->builder, signature->universal, code, arguments,
                                       SIGNATURE_PARAMETERS, "");
    LLVMAddCallSiteAttribute(call, BASE + 1, codegen->base_attribute);
    LLVMSetTailCallKind(call, LLVMTailCallKindMustTail);
    if (LLVMGetTypeKind(LLVMTypeOf(call)) == LLVMVoidTypeKind) {
        LLVMBuildRetVoid(codegen->builder);
    } else {
        LLVMBuildRet(codegen->builder, call);
    }
}

// ---- Values of tags -----------------------------------------------------------------------------

uint32_t signature_tag_slots(const struct wasm_function_type *type) {
    uint32_t bytes = 0;
    for (uint32_t i = 0; i < type->parameter_count; i++) {
        bytes += value_bytes(type->parameters[i]);
    }
    return bytes / SLOT_BYTES;
}

LLVMValueRef signature_store_values(struct codegen *codegen, LLVMBuilderRef entry,
                                    struct signature_scratch *scratch,
                                    const struct wasm_function_type *type,
                                    const LLVMValueRef *values) {
    if (type->parameter_count == 0) {
        return LLVMConstNull(codegen->pointer);
    }
    LLVMValueRef memory =
        scratch_memory(codegen, entry, scratch, signature_tag_slots(type) * SLOT_BYTES);
    uint32_t offset = 0;
    for (uint32_t i = 0; i < type->parameter_count; i++) {
        store_slot(codegen, memory, offset, values[i]);
        offset += value_bytes(type->parameters[i]);
    }
    return memory;
}

void signature_load_values(struct codegen *codegen, LLVMValueRef memory,
                           const struct wasm_function_type *type, LLVMValueRef *values) {
    uint32_t offset = 0;
    for (uint32_t i = 0; i < type->parameter_count; i++) {
        values[i] = load_slot(codegen, codegen->builder, memory, offset, type->parameters[i]);
        offset += value_bytes(type->parameters[i]);
    }
}
