// Atomic access to linear memory (threads proposal). All of it is sequentially consistent.
// Addresses must be aligned, as checked before bounds.
#include "codegen/emitter.h"

#include <llvm-c/Core.h>

// The rows of opcodes.def are in groups of seven, one for each width and type.
struct atomic_access {
    uint8_t width; // bytes in memory
    uint8_t type;  // on the stack; narrower values are zero-extended
};

enum { GROUP = 7 };

static const struct atomic_access accesses[GROUP] = {
    {4, OBJECT_I32}, {8, OBJECT_I64}, {1, OBJECT_I32}, {2, OBJECT_I32},
    {1, OBJECT_I64}, {2, OBJECT_I64}, {4, OBJECT_I64},
};

static const LLVMAtomicRMWBinOp operations[] = {
    LLVMAtomicRMWBinOpAdd, LLVMAtomicRMWBinOpSub, LLVMAtomicRMWBinOpAnd,
    LLVMAtomicRMWBinOpOr,  LLVMAtomicRMWBinOpXor, LLVMAtomicRMWBinOpXchg,
};

static struct atomic_access access_of(const struct wasm_instruction *instruction) {
    return accesses[(instruction->opcode - WASM_OP_I32_ATOMIC_LOAD) % GROUP];
}

static LLVMTypeRef memory_type(const struct codegen *codegen, struct atomic_access access) {
    return LLVMIntTypeInContext(codegen->context, 8u * access.width);
}

// Index and offset as one number of 64 bits.
static LLVMValueRef pop_address(struct emitter *emitter,
                                const struct wasm_instruction *instruction) {
    struct codegen *codegen = emitter->codegen;
    LLVMValueRef wide = LLVMBuildZExt(emitter->builder, emitter_pop(emitter), codegen->i64, "");
    return LLVMBuildAdd(emitter->builder, wide,
                        codegen_i64(codegen, instruction->immediate.memarg.offset), "");
}

static LLVMValueRef pop_aligned_pointer(struct emitter *emitter, struct atomic_access access,
                                        const struct wasm_instruction *instruction) {
    struct codegen *codegen = emitter->codegen;
    LLVMBuilderRef builder = emitter->builder;
    LLVMValueRef address = pop_address(emitter, instruction);
    LLVMValueRef low = LLVMBuildAnd(builder, address, codegen_i64(codegen, access.width - 1u), "");
    emitter_trap_if(emitter, LLVMBuildICmp(builder, LLVMIntNE, low, codegen->zero_i64, ""),
                    OBJECT_TRAP_UNALIGNED_ATOMIC);
    LLVMValueRef base = emitter_memory_base(emitter, instruction->immediate.memarg.memory);
    return LLVMBuildGEP2(builder, codegen->i8, base, &address, 1, "");
}

static LLVMValueRef pop_narrowed(struct emitter *emitter, struct atomic_access access) {
    LLVMValueRef value = emitter_pop(emitter);
    LLVMTypeRef type = memory_type(emitter->codegen, access);
    return LLVMTypeOf(value) == type ? value : LLVMBuildTrunc(emitter->builder, value, type, "");
}

static void push_widened(struct emitter *emitter, struct atomic_access access, LLVMValueRef value) {
    LLVMTypeRef type = codegen_value_type(emitter->codegen, access.type);
    emitter_push(emitter, LLVMTypeOf(value) == type
                              ? value
                              : LLVMBuildZExt(emitter->builder, value, type, ""));
}

static void set_atomic(struct emitter *emitter, struct atomic_access access,
                       LLVMValueRef instruction) {
    LLVMSetOrdering(instruction, LLVMAtomicOrderingSequentiallyConsistent);
    LLVMSetAlignment(instruction, access.width);
    codegen_note_alias(emitter->codegen, instruction, CODEGEN_ALIAS_MEMORY);
}

void emit_atomic_load(struct emitter *emitter, const struct wasm_instruction *instruction) {
    struct atomic_access access = access_of(instruction);
    LLVMValueRef pointer = pop_aligned_pointer(emitter, access, instruction);
    LLVMValueRef value =
        LLVMBuildLoad2(emitter->builder, memory_type(emitter->codegen, access), pointer, "");
    set_atomic(emitter, access, value);
    push_widened(emitter, access, value);
}

void emit_atomic_store(struct emitter *emitter, const struct wasm_instruction *instruction) {
    struct atomic_access access = access_of(instruction);
    LLVMValueRef value = pop_narrowed(emitter, access);
    LLVMValueRef pointer = pop_aligned_pointer(emitter, access, instruction);
    set_atomic(emitter, access, LLVMBuildStore(emitter->builder, value, pointer));
}

void emit_atomic_rmw(struct emitter *emitter, const struct wasm_instruction *instruction) {
    struct atomic_access access = access_of(instruction);
    unsigned number = (instruction->opcode - WASM_OP_I32_ATOMIC_RMW_ADD) / GROUP;
    LLVMValueRef value = pop_narrowed(emitter, access);
    LLVMValueRef pointer = pop_aligned_pointer(emitter, access, instruction);
    LLVMValueRef old = LLVMBuildAtomicRMW(emitter->builder, operations[number], pointer, value,
                                          LLVMAtomicOrderingSequentiallyConsistent, false);
    // Or LLVM drops the access, and with it the trap, where it changes nothing and nobody uses it.
    LLVMSetVolatile(old, true);
    push_widened(emitter, access, old);
}

void emit_atomic_cmpxchg(struct emitter *emitter, const struct wasm_instruction *instruction) {
    struct atomic_access access = access_of(instruction);
    LLVMValueRef replacement = pop_narrowed(emitter, access);
    LLVMValueRef expected = pop_narrowed(emitter, access);
    LLVMValueRef pointer = pop_aligned_pointer(emitter, access, instruction);
    LLVMValueRef pair = LLVMBuildAtomicCmpXchg(emitter->builder, pointer, expected, replacement,
                                               LLVMAtomicOrderingSequentiallyConsistent,
                                               LLVMAtomicOrderingSequentiallyConsistent, false);
    push_widened(emitter, access, LLVMBuildExtractValue(emitter->builder, pair, 0, ""));
}

void emit_atomic_fence(struct emitter *emitter, const struct wasm_instruction *instruction) {
    (void)instruction;
    LLVMBuildFence(emitter->builder, LLVMAtomicOrderingSequentiallyConsistent, false, "");
}

// The runtime checks alignment and bounds, and does the rest.
void emit_atomic_wait(struct emitter *emitter, const struct wasm_instruction *instruction) {
    bool is_notify = instruction->opcode == WASM_OP_MEMORY_ATOMIC_NOTIFY;
    LLVMValueRef last = emitter_pop(emitter); // timeout or count
    LLVMValueRef expected = is_notify ? NULL : emitter_pop(emitter);
    LLVMValueRef address = pop_address(emitter, instruction);
    LLVMValueRef memory = codegen_i32(emitter->codegen, instruction->immediate.memarg.memory);
    size_t offset = is_notify ? offsetof(struct object_support, atomic_notify)
                    : instruction->opcode == WASM_OP_MEMORY_ATOMIC_WAIT32
                        ? offsetof(struct object_support, atomic_wait32)
                        : offsetof(struct object_support, atomic_wait64);
    LLVMValueRef arguments[] = {memory, address, is_notify ? last : expected, last};
    emitter_push(emitter, emitter_call_support(emitter, offset, emitter->codegen->i32, arguments,
                                               is_notify ? 3 : 4));
}
