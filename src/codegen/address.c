// Addresses in linear memory: base + zero-extended index + offset, all within the memory's
// reservation, so that the guard pages behind the memory catch what is out of bounds.
//
// An index that is a sum wraps around at 32 bits before it is extended. So of x, x + 8 and x + 16
// LLVM does not know that they are neighbours: it computes three addresses where native code has
// one and constants in its instructions, and neither joins the accesses to one of a vector. Guests
// have such sums everywhere, because their compiler folds a constant into an instruction's own
// offset only where it knows that nothing wraps.
//
// Here it is known, from another access: where x + a is accessible, x + b cannot wrap around for
// a <= b <= a + NEAR, since the last page of the index space is never accessible
// (object.h; memories that ask for all of it are left as they are). So its address is that of x + a
// and a constant. The other access has to be made in any case for that, before or after, with
// nothing in between that could be seen from outside: then one of the two traps, and which one
// makes no difference. Either it dominates, or both are in one *run*, a piece of a basic block
// without effects but a store at its end. Were this wrong, the address would still be within the
// reservation: sums of what is extended stay below 2^32 + 2^32 + NEAR.
#include "codegen/emitter.h"

#include <llvm-c/Core.h>
#include <stdlib.h>

// An index: `root + offset` modulo 2^32.
struct place {
    LLVMValueRef root;
    uint32_t offset;
    uint32_t memory;
};

// An access of the current run.
struct emitter_access {
    struct place place;
    LLVMValueRef wide;    // the index, extended
    LLVMValueRef address; // what is accessed
    uint64_t constant;    // added to the index
    bool placed;
};

// A place that is accessible wherever `block` dominates.
struct emitter_proof {
    struct place place;
    LLVMValueRef wide;
    uint32_t block;
    uint32_t next; // with the same hash, + 1
};

enum {
    RUN_LIMIT = 64,              // accesses
    SUM_LIMIT = 4,               // additions that are looked through
    PROOF_LIMIT = 16,            // proofs that are looked at
    BUCKETS = 1 << 10,           // a power of two
    NEAR = OBJECT_PAGE_SIZE / 2, // what is left of a page is for the width of an access
};

static bool is_constant(LLVMValueRef value) {
    return LLVMIsAConstantInt(value) != NULL;
}

static struct place place_of(LLVMValueRef index, uint32_t memory) {
    struct place place = {.root = index, .memory = memory};
    for (int i = 0; i < SUM_LIMIT && LLVMIsAInstruction(place.root) != NULL &&
                    LLVMGetInstructionOpcode(place.root) == LLVMAdd;
         i++) {
        unsigned constant = is_constant(LLVMGetOperand(place.root, 0)) ? 0 : 1;
        if (!is_constant(LLVMGetOperand(place.root, constant))) {
            break;
        }
        place.offset += (uint32_t)LLVMConstIntGetZExtValue(LLVMGetOperand(place.root, constant));
        place.root = LLVMGetOperand(place.root, 1 - constant);
    }
    return place;
}

// Is `place` so near behind `accessible` that it has not wrapped around?
static bool is_near(struct place accessible, struct place place) {
    return accessible.root == place.root && accessible.memory == place.memory &&
           place.offset - accessible.offset <= NEAR;
}

static LLVMValueRef build_address(struct emitter *emitter, uint32_t memory, LLVMValueRef wide,
                                  uint64_t constant) {
    struct codegen *codegen = emitter->codegen;
    LLVMValueRef base = emitter_memory_base(emitter, memory);
    LLVMValueRef address = LLVMBuildGEP2(emitter->builder, codegen->i8, base, &wide, 1, "");
    if (constant == 0) {
        return address;
    }
    LLVMValueRef offset = codegen_i64(codegen, constant);
    return LLVMBuildGEP2(emitter->builder, codegen->i8, address, &offset, 1, "");
}

// ---- What is known from before

static uint32_t *bucket_of(struct emitter *emitter, LLVMValueRef root) {
    if (emitter->proof_heads == NULL) {
        emitter->proof_heads = codegen_allocate(BUCKETS, sizeof *emitter->proof_heads);
    }
    uint64_t hash = (uint64_t)(uintptr_t)root * 0x9e3779b97f4a7c15u;
    return &emitter->proof_heads[hash >> 32 & (BUCKETS - 1)];
}

static void add_proof(struct emitter *emitter, const struct emitter_access *access) {
    codegen_grow((void **)&emitter->proofs, &emitter->proof_capacity, emitter->proof_count + 1,
                 sizeof *emitter->proofs);
    uint32_t *head = bucket_of(emitter, access->place.root);
    emitter->proofs[emitter->proof_count++] = (struct emitter_proof){
        .place = access->place, .wide = access->wide, .block = emitter->run_number, .next = *head};
    *head = (uint32_t)emitter->proof_count;
}

static const struct emitter_proof *find_proof(struct emitter *emitter, struct place place) {
    uint32_t next = *bucket_of(emitter, place.root);
    for (int i = 0; next != 0 && i < PROOF_LIMIT; i++) {
        const struct emitter_proof *proof = &emitter->proofs[next - 1];
        if (is_near(proof->place, place) &&
            locals_dominates(&emitter->locals, proof->block, emitter->locals.current)) {
            return proof;
        }
        next = proof->next;
    }
    return NULL;
}

// ---- Runs

// The accesses of the run with the same root, from `first` on, become constants behind the one with
// the least offset.
static void place_group(struct emitter *emitter, struct emitter_access *first,
                        const struct emitter_access *end) {
    struct emitter_access least = *first;
    for (const struct emitter_access *access = first; access < end; access++) {
        if (is_near(access->place, least.place)) {
            least = *access;
        }
    }
    LLVMBuilderRef builder = emitter->builder;
    if (least.place.offset != first->place.offset) {
        struct codegen *codegen = emitter->codegen;
        LLVMPositionBuilderBefore(builder, first->wide);
        LLVMValueRef offset = codegen_i32(codegen, least.place.offset);
        LLVMValueRef index = LLVMBuildAdd(builder, least.place.root, offset, "");
        least.wide = LLVMBuildZExt(builder, index, codegen->i64, "");
    } else {
        least.wide = first->wide;
    }
    for (struct emitter_access *access = first; access < end; access++) {
        if (access->placed || !is_near(least.place, access->place)) {
            continue;
        }
        access->placed = true;
        if (access->wide != least.wide) {
            LLVMPositionBuilderBefore(builder, access->address);
            uint64_t constant = access->place.offset - least.place.offset + access->constant;
            LLVMReplaceAllUsesWith(
                access->address, build_address(emitter, least.place.memory, least.wide, constant));
        }
    }
    add_proof(emitter, &least);
}

void emitter_end_run(struct emitter *emitter) {
    LLVMBasicBlockRef current = LLVMGetInsertBlock(emitter->builder);
    LLVMMetadataRef place = LLVMGetCurrentDebugLocation2(emitter->builder);
    for (size_t i = 0; i < emitter->run_length; i++) {
        struct emitter_access *access = &emitter->run[i];
        if (!access->placed) {
            place_group(emitter, access, emitter->run + emitter->run_length);
        }
    }
    emitter->run_length = 0;
    LLVMPositionBuilderAtEnd(emitter->builder, current);
    LLVMSetCurrentDebugLocation2(emitter->builder, place);
}

// Does the access that is about to be built belong to the run? Each instruction is looked at once.
static bool continues_run(struct emitter *emitter) {
    LLVMBasicBlockRef block = LLVMGetInsertBlock(emitter->builder);
    if (block != emitter->run_block || emitter->run_length == RUN_LIMIT) {
        return false;
    }
    LLVMValueRef instruction = emitter->run_end != NULL ? LLVMGetNextInstruction(emitter->run_end)
                                                        : LLVMGetFirstInstruction(block);
    for (; instruction != NULL; instruction = LLVMGetNextInstruction(instruction)) {
        if (emitter_has_effect(instruction)) {
            return false;
        }
        emitter->run_end = instruction;
    }
    return true;
}

static void enter_run(struct emitter *emitter) {
    if (continues_run(emitter)) {
        return;
    }
    emitter_end_run(emitter);
    emitter->run_block = LLVMGetInsertBlock(emitter->builder);
    emitter->run_end = LLVMGetLastInstruction(emitter->run_block);
    emitter->run_number = emitter->locals.current;
}

// ---- The address of an access

static bool may_fill_index_space(const struct emitter *emitter, uint32_t memory) {
    return emitter->codegen->module->memories[memory].type.limits.minimum > OBJECT_GROWTH_PAGES;
}

// At level 0: the one with the same index is only looked for among the latest of the block.
static LLVMValueRef quick_address(struct emitter *emitter, LLVMValueRef index, uint32_t memory,
                                  uint64_t constant) {
    struct emitter_addresses *addresses = &emitter->addresses;
    enum { KNOWN = sizeof addresses->known / sizeof addresses->known[0] };
    LLVMBasicBlockRef block = LLVMGetInsertBlock(emitter->builder);
    if (addresses->block != block) {
        *addresses = (struct emitter_addresses){.block = block};
    }
    unsigned place = 0;
    while (place < addresses->count &&
           (addresses->known[place].index != index || addresses->known[place].memory != memory)) {
        place++;
    }
    if (place == addresses->count) {
        place = addresses->next++ % KNOWN;
        addresses->count += addresses->count < KNOWN;
        LLVMValueRef wide = LLVMBuildZExt(emitter->builder, index, emitter->codegen->i64, "");
        addresses->known[place].index = index;
        addresses->known[place].memory = memory;
        addresses->known[place].address = build_address(emitter, memory, wide, 0);
    }
    LLVMValueRef offset = codegen_i64(emitter->codegen, constant);
    LLVMValueRef address = addresses->known[place].address;
    return constant == 0
               ? address
               : LLVMBuildGEP2(emitter->builder, emitter->codegen->i8, address, &offset, 1, "");
}

LLVMValueRef emitter_address(struct emitter *emitter, LLVMValueRef index,
                             const struct wasm_instruction *instruction) {
    struct codegen *codegen = emitter->codegen;
    uint32_t memory = instruction->immediate.memarg.memory;
    uint64_t constant = instruction->immediate.memarg.offset;
    if (codegen->options->optimisation_level == 0) {
        return quick_address(emitter, index, memory, constant);
    }
    struct place place = place_of(index, memory);
    if (is_constant(index) || may_fill_index_space(emitter, memory)) {
        LLVMValueRef wide = LLVMBuildZExt(emitter->builder, index, codegen->i64, "");
        return build_address(emitter, memory, wide, constant);
    }
    enter_run(emitter);
    const struct emitter_proof *proof = find_proof(emitter, place);
    if (proof != NULL) {
        constant += place.offset - proof->place.offset;
        return build_address(emitter, memory, proof->wide, constant);
    }
    LLVMValueRef wide = LLVMBuildZExt(emitter->builder, index, codegen->i64, "");
    LLVMValueRef address = build_address(emitter, memory, wide, constant);
    codegen_grow((void **)&emitter->run, &emitter->run_capacity, emitter->run_length + 1,
                 sizeof *emitter->run);
    emitter->run[emitter->run_length++] = (struct emitter_access){
        .place = place, .wide = wide, .address = address, .constant = constant};
    return address;
}
