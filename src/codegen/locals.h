// Locals (and the shape of control flow) of one function body as SSA values.
//
// The body's basic blocks are known here as numbers, with where control comes from: a *single*
// block has one predecessor; a *merge* block is the label at the end of a block or if; a *header*
// is the label of a loop. Reading a local looks for its last value along the predecessors, and
// makes a phi only at a merge or header where the local is written somewhere inside the construct;
// otherwise the value is the one from before the construct, which dominates. What is written where
// is known from a scan before (locals_note_write), so no phi is ever taken back, and phis exist
// only for what is read.
//
// Locals that are written live in stack slots instead
// - at level 0, since LLVM's fast path copies each phi several times;
// - in a body for which this could take quadratic time and room: blocks and edges times locals
//   beyond LOCALS_SSA_LIMIT;
// - in a body with more branches than LOCALS_BRANCH_LIMIT, where a local has thousands of phis that
//   LLVM takes quadratic time to join to one register (20 s for a state machine of 200 KiB).
// Between two calls of a block a value is read once.
#ifndef FAASM_CODEGEN_LOCALS_H
#define FAASM_CODEGEN_LOCALS_H

#include "codegen/context.h"

enum { LOCALS_NO_BLOCK = UINT32_MAX, LOCALS_SSA_LIMIT = 8000000, LOCALS_BRANCH_LIMIT = 4000 };

struct locals_block;
struct locals_edge;
struct locals_slot;
struct locals_task;

struct locals {
    struct codegen *codegen;
    uint32_t count;
    LLVMTypeRef *types;    // [count]
    LLVMValueRef *initial; // [count]
    LLVMValueRef *places;  // [count]: stack slots, NULL until needed; NULL: values are SSA
    uint32_t current;      // block

    uint32_t *writes; // offsets, sorted by local
    size_t write_count, write_capacity;
    uint32_t *write_starts; // [count + 1] into `writes`
    uint64_t *noted;        // local << 32 | offset in the order of the body
    size_t noted_capacity;

    struct locals_block *blocks;
    size_t block_count, block_capacity;
    struct locals_edge *edges;
    size_t edge_count, edge_capacity;
    struct locals_slot *slots; // hash table (block, local) -> value
    size_t slot_count, slot_capacity;
    struct locals_task *tasks; // phis whose operands are to be filled in now
    size_t task_count, task_capacity;
    struct locals_task *waiting; // phis of headers that are not sealed
    size_t waiting_count, waiting_capacity;
};

void locals_destroy(struct locals *locals);

// Starts a body. Arrays are kept from body to body. The scan calls locals_note_write for each write
// in the order of offsets; then locals_start, with the number of control transfers in the body,
// creates block 0 (the entry) and makes it current; types and initial values are filled in by the
// caller between the two (arrays of `count`).
void locals_begin(struct locals *locals, struct codegen *codegen, uint32_t count);
void locals_note_write(struct locals *locals, uint32_t local, uint32_t offset);
void locals_start(struct locals *locals, size_t transfers);

LLVMValueRef locals_get(struct locals *locals, uint32_t local);
void locals_set(struct locals *locals, uint32_t local, LLVMValueRef value);

// After a call: what was read before is not kept in registers.
void locals_pass_call(struct locals *locals);

// New blocks. `before` is the block that control was in when the construct with offsets
// `start`..`end` began.
uint32_t locals_add_single(struct locals *locals, LLVMBasicBlockRef llvm, uint32_t predecessor);
uint32_t locals_add_merge(struct locals *locals, LLVMBasicBlockRef llvm, uint32_t before,
                          uint32_t start, uint32_t end);
uint32_t locals_add_header(struct locals *locals, LLVMBasicBlockRef llvm, uint32_t before,
                           uint32_t start, uint32_t end);
LLVMBasicBlockRef locals_llvm_block(const struct locals *locals, uint32_t block);

// Does control come to `block` through `earlier` only? False also when they are far apart.
bool locals_dominates(const struct locals *locals, uint32_t earlier, uint32_t block);

// Says that control goes from `from`, which is finished, to a merge block or header: once for each
// edge.
void locals_add_edge(struct locals *locals, uint32_t from, uint32_t to);
// All edges to the header are known.
void locals_seal(struct locals *locals, uint32_t header);

#endif
