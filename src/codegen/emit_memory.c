// Loads, stores, and operations on whole memories.
#include "codegen/emitter.h"

#include <llvm-c/Core.h>

// ---- Loads and stores

struct access {
    uint8_t width;  // bits in memory
    uint8_t type;   // on the stack
    bool is_signed; // loads narrower than the type
};

static const struct access accesses[WASM_OP_COUNT] = {
    [WASM_OP_I32_LOAD] = {32, OBJECT_I32, false},
    [WASM_OP_I64_LOAD] = {64, OBJECT_I64, false},
    [WASM_OP_F32_LOAD] = {32, OBJECT_F32, false},
    [WASM_OP_F64_LOAD] = {64, OBJECT_F64, false},
    [WASM_OP_I32_LOAD8_S] = {8, OBJECT_I32, true},
    [WASM_OP_I32_LOAD8_U] = {8, OBJECT_I32, false},
    [WASM_OP_I32_LOAD16_S] = {16, OBJECT_I32, true},
    [WASM_OP_I32_LOAD16_U] = {16, OBJECT_I32, false},
    [WASM_OP_I64_LOAD8_S] = {8, OBJECT_I64, true},
    [WASM_OP_I64_LOAD8_U] = {8, OBJECT_I64, false},
    [WASM_OP_I64_LOAD16_S] = {16, OBJECT_I64, true},
    [WASM_OP_I64_LOAD16_U] = {16, OBJECT_I64, false},
    [WASM_OP_I64_LOAD32_S] = {32, OBJECT_I64, true},
    [WASM_OP_I64_LOAD32_U] = {32, OBJECT_I64, false},
    [WASM_OP_I32_STORE] = {32, OBJECT_I32, false},
    [WASM_OP_I64_STORE] = {64, OBJECT_I64, false},
    [WASM_OP_F32_STORE] = {32, OBJECT_F32, false},
    [WASM_OP_F64_STORE] = {64, OBJECT_F64, false},
    [WASM_OP_I32_STORE8] = {8, OBJECT_I32, false},
    [WASM_OP_I32_STORE16] = {16, OBJECT_I32, false},
    [WASM_OP_I64_STORE8] = {8, OBJECT_I64, false},
    [WASM_OP_I64_STORE16] = {16, OBJECT_I64, false},
    [WASM_OP_I64_STORE32] = {32, OBJECT_I64, false},
};

static LLVMTypeRef memory_type(const struct codegen *codegen, struct access access) {
    LLVMTypeRef type = codegen_value_type(codegen, access.type);
    switch (access.width) {
    case 8:
        return codegen->i8;
    case 16:
        return codegen->i16;
    case 32:
        return access.type == OBJECT_I64 ? codegen->i32 : type;
    default:
        return type;
    }
}

// The alignment that a module states is a hint: nothing may be concluded from it.
static void set_access_flags(struct emitter *emitter, LLVMValueRef access) {
    LLVMSetAlignment(access, 1);
    codegen_note_alias(emitter->codegen, access, CODEGEN_ALIAS_MEMORY);
    if (emitter->codegen->options->strict_traps) {
        LLVMSetVolatile(access, true);
    }
}

LLVMValueRef emitter_load_memory(struct emitter *emitter, LLVMTypeRef type,
                                 const struct wasm_instruction *instruction) {
    LLVMValueRef address = emitter_address(emitter, emitter_pop(emitter), instruction);
    LLVMValueRef value = LLVMBuildLoad2(emitter->builder, type, address, "");
    set_access_flags(emitter, value);
    codegen_grow((void **)&emitter->loads, &emitter->load_capacity, emitter->load_count + 1,
                 sizeof *emitter->loads);
    emitter->loads[emitter->load_count++] = value;
    return value;
}

void emitter_store_memory(struct emitter *emitter, LLVMValueRef value,
                          const struct wasm_instruction *instruction) {
    LLVMValueRef address = emitter_address(emitter, emitter_pop(emitter), instruction);
    set_access_flags(emitter, LLVMBuildStore(emitter->builder, value, address));
}

void emit_load(struct emitter *emitter, const struct wasm_instruction *instruction) {
    struct codegen *codegen = emitter->codegen;
    struct access access = accesses[instruction->opcode];
    LLVMTypeRef narrow = memory_type(codegen, access);
    LLVMTypeRef type = codegen_value_type(codegen, access.type);
    LLVMValueRef value = emitter_load_memory(emitter, narrow, instruction);
    if (narrow != type) {
        value = access.is_signed ? LLVMBuildSExt(emitter->builder, value, type, "")
                                 : LLVMBuildZExt(emitter->builder, value, type, "");
    }
    emitter_push(emitter, value);
}

void emit_store(struct emitter *emitter, const struct wasm_instruction *instruction) {
    LLVMTypeRef narrow = memory_type(emitter->codegen, accesses[instruction->opcode]);
    LLVMValueRef value = emitter_pop(emitter);
    if (LLVMTypeOf(value) != narrow) {
        value = LLVMBuildTrunc(emitter->builder, value, narrow, "");
    }
    emitter_store_memory(emitter, value, instruction);
}

// ---- Whole memories

static LLVMValueRef load_pages(struct emitter *emitter, uint32_t memory) {
    struct codegen *codegen = emitter->codegen;
    uint32_t imported = codegen->module->imported_memory_count;
    LLVMValueRef head = NULL;
    if (memory >= imported) {
        head = codegen_address(codegen, emitter->builder, emitter->instance,
                               codegen->layout.memories +
                                   (memory - imported) * sizeof(struct object_memory));
    } else {
        LLVMValueRef delta = codegen_load_invariant(
            codegen, emitter->builder, codegen->i64, emitter->instance,
            codegen->layout.memory_slots + memory * sizeof(struct object_memory_slot) +
                offsetof(struct object_memory_slot, memory_delta));
        head = LLVMBuildGEP2(emitter->builder, codegen->i8, emitter->instance, &delta, 1, "");
    }
    return emitter_load_field(emitter, CODEGEN_ALIAS_SIZES, codegen->i64, head,
                              offsetof(struct object_memory, pages));
}

static LLVMValueRef load_size(struct emitter *emitter, uint32_t memory) {
    LLVMValueRef shift = codegen_i64(emitter->codegen, 16);
    return LLVMBuildShl(emitter->builder, load_pages(emitter, memory), shift, "");
}

// Traps unless [index, index + length) is inside the memory; gives the address of index.
static LLVMValueRef checked_range(struct emitter *emitter, uint32_t memory, LLVMValueRef index,
                                  LLVMValueRef wide_length) {
    struct codegen *codegen = emitter->codegen;
    LLVMValueRef wide = LLVMBuildZExt(emitter->builder, index, codegen->i64, "");
    LLVMValueRef end = LLVMBuildAdd(emitter->builder, wide, wide_length, "");
    LLVMValueRef outside =
        LLVMBuildICmp(emitter->builder, LLVMIntUGT, end, load_size(emitter, memory), "");
    emitter_trap_if(emitter, outside, OBJECT_TRAP_MEMORY_BOUNDS);
    LLVMValueRef base = emitter_memory_base(emitter, memory);
    return LLVMBuildGEP2(emitter->builder, codegen->i8, base, &wide, 1, "");
}

static void set_memory_alias(struct emitter *emitter, LLVMValueRef call) {
    codegen_note_alias(emitter->codegen, call, CODEGEN_ALIAS_MEMORY);
}

static void emit_memory_copy(struct emitter *emitter, uint32_t to, uint32_t from) {
    LLVMValueRef length =
        LLVMBuildZExt(emitter->builder, emitter_pop(emitter), emitter->codegen->i64, "");
    LLVMValueRef source_index = emitter_pop(emitter);
    LLVMValueRef target_index = emitter_pop(emitter);
    LLVMValueRef target = checked_range(emitter, to, target_index, length);
    LLVMValueRef source = checked_range(emitter, from, source_index, length);
    set_memory_alias(emitter, LLVMBuildMemMove(emitter->builder, target, 1, source, 1, length));
}

static void emit_memory_fill(struct emitter *emitter, uint32_t memory) {
    LLVMValueRef length =
        LLVMBuildZExt(emitter->builder, emitter_pop(emitter), emitter->codegen->i64, "");
    LLVMValueRef value =
        LLVMBuildTrunc(emitter->builder, emitter_pop(emitter), emitter->codegen->i8, "");
    LLVMValueRef target = checked_range(emitter, memory, emitter_pop(emitter), length);
    set_memory_alias(emitter, LLVMBuildMemSet(emitter->builder, target, value, length, 1));
}

static void emit_memory_grow(struct emitter *emitter, uint32_t memory) {
    LLVMValueRef arguments[] = {codegen_i32(emitter->codegen, memory), emitter_pop(emitter)};
    emitter_push(emitter,
                 emitter_call_support(emitter, offsetof(struct object_support, memory_grow),
                                      emitter->codegen->i32, arguments, 2));
}

static void emit_memory_init(struct emitter *emitter, uint32_t segment, uint32_t memory) {
    LLVMValueRef length = emitter_pop(emitter);
    LLVMValueRef source = emitter_pop(emitter);
    LLVMValueRef target = emitter_pop(emitter);
    LLVMValueRef arguments[] = {codegen_i32(emitter->codegen, memory),
                                codegen_i32(emitter->codegen, segment), target, source, length};
    emitter_call_support(emitter, offsetof(struct object_support, memory_init),
                         emitter->codegen->void_type, arguments, 5);
}

void emit_memory(struct emitter *emitter, const struct wasm_instruction *instruction) {
    uint32_t index = instruction->immediate.index;
    uint32_t first = instruction->immediate.pair.first, second = instruction->immediate.pair.second;
    switch (instruction->opcode) {
    case WASM_OP_MEMORY_SIZE:
        emitter_push(emitter, LLVMBuildTrunc(emitter->builder, load_pages(emitter, index),
                                             emitter->codegen->i32, ""));
        break;
    case WASM_OP_MEMORY_GROW:
        emit_memory_grow(emitter, index);
        break;
    case WASM_OP_MEMORY_COPY:
        emit_memory_copy(emitter, first, second);
        break;
    case WASM_OP_MEMORY_FILL:
        emit_memory_fill(emitter, index);
        break;
    case WASM_OP_MEMORY_INIT:
        emit_memory_init(emitter, first, second);
        break;
    default: {
        LLVMValueRef segment = codegen_i32(emitter->codegen, index);
        emitter_call_support(emitter, offsetof(struct object_support, data_drop),
                             emitter->codegen->void_type, &segment, 1);
        break;
    }
    }
}
