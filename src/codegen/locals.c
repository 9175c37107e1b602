#include "codegen/locals.h"

#include <stdlib.h>
#include <string.h>

enum block_kind { BLOCK_ENTRY, BLOCK_SINGLE, BLOCK_MERGE, BLOCK_HEADER };

enum { NO_EDGE = UINT32_MAX, NO_TASK = UINT32_MAX };

struct locals_block {
    LLVMBasicBlockRef llvm;
    enum block_kind kind;
    uint32_t before;     // single: the predecessor; merge, header: the block before the construct
    uint32_t start, end; // of the construct
    uint32_t edges;      // list of incoming ones
    uint32_t waiting;    // header not yet sealed: list of phis without operands
    bool sealed;
};

struct locals_edge {
    uint32_t from, next;
};

struct locals_slot {
    uint64_t key; // block + 1 << 32 | local; 0 is free
    LLVMValueRef value;
};

struct locals_task {
    LLVMValueRef phi;
    uint32_t block, local, next;
};

enum { SLOTS_AT_START = 256, DOMINANCE_LIMIT = 64 };

void locals_destroy(struct locals *locals) {
    free(locals->types);
    free(locals->initial);
    free(locals->places);
    free(locals->writes);
    free(locals->write_starts);
    free(locals->noted);
    free(locals->blocks);
    free(locals->edges);
    free(locals->slots);
    free(locals->tasks);
    free(locals->waiting);
}

void locals_begin(struct locals *locals, struct codegen *codegen, uint32_t count) {
    free(locals->types);
    free(locals->initial);
    free(locals->places);
    locals->places = NULL;
    free(locals->write_starts);
    free(locals->slots);
    locals->codegen = codegen;
    locals->count = count;
    locals->types = codegen_allocate(count, sizeof *locals->types);
    locals->initial = codegen_allocate(count, sizeof *locals->initial);
    locals->write_starts = codegen_allocate((size_t)count + 2, sizeof *locals->write_starts);
    locals->slots = codegen_allocate(SLOTS_AT_START, sizeof *locals->slots);
    locals->slot_capacity = SLOTS_AT_START;
    locals->slot_count = 0;
    locals->block_count = locals->edge_count = locals->task_count = locals->waiting_count =
        locals->write_count = 0;
}

void locals_note_write(struct locals *locals, uint32_t local, uint32_t offset) {
    codegen_grow((void **)&locals->noted, &locals->noted_capacity, locals->write_count + 1,
                 sizeof *locals->noted);
    locals->noted[locals->write_count++] = (uint64_t)local << 32 | offset;
}

// Counting sort by local; offsets stay in order.
static void sort_writes(struct locals *locals) {
    codegen_grow((void **)&locals->writes, &locals->write_capacity, locals->write_count,
                 sizeof *locals->writes);
    uint32_t *starts = locals->write_starts; // two places ahead while counting
    for (size_t i = 0; i < locals->write_count; i++) {
        starts[(locals->noted[i] >> 32) + 2]++;
    }
    for (size_t i = 2; i < (size_t)locals->count + 2; i++) {
        starts[i] += starts[i - 1];
    }
    for (size_t i = 0; i < locals->write_count; i++) {
        locals->writes[starts[(locals->noted[i] >> 32) + 1]++] = (uint32_t)locals->noted[i];
    }
}

static bool is_written(const struct locals *locals, uint32_t local, uint32_t start, uint32_t end) {
    uint32_t low = locals->write_starts[local], last = locals->write_starts[local + 1];
    uint32_t high = last;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (locals->writes[middle] < start) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < last && locals->writes[low] < end;
}

static uint32_t add_block(struct locals *locals, struct locals_block block) {
    codegen_grow((void **)&locals->blocks, &locals->block_capacity, locals->block_count + 1,
                 sizeof *locals->blocks);
    block.edges = NO_EDGE;
    block.waiting = NO_TASK;
    locals->blocks[locals->block_count] = block;
    return (uint32_t)locals->block_count++;
}

void locals_start(struct locals *locals, size_t transfers) {
    sort_writes(locals);
    if (locals->codegen->options->optimisation_level == 0 || transfers > LOCALS_BRANCH_LIMIT ||
        (uint64_t)transfers * locals->count > LOCALS_SSA_LIMIT) {
        locals->places = codegen_allocate(locals->count, sizeof *locals->places);
    }
    locals->current = add_block(locals, (struct locals_block){.kind = BLOCK_ENTRY});
}

uint32_t locals_add_single(struct locals *locals, LLVMBasicBlockRef llvm, uint32_t predecessor) {
    return add_block(
        locals, (struct locals_block){.llvm = llvm, .kind = BLOCK_SINGLE, .before = predecessor});
}

uint32_t locals_add_merge(struct locals *locals, LLVMBasicBlockRef llvm, uint32_t before,
                          uint32_t start, uint32_t end) {
    return add_block(locals, (struct locals_block){.llvm = llvm,
                                                   .kind = BLOCK_MERGE,
                                                   .before = before,
                                                   .start = start,
                                                   .end = end,
                                                   .sealed = true});
}

uint32_t locals_add_header(struct locals *locals, LLVMBasicBlockRef llvm, uint32_t before,
                           uint32_t start, uint32_t end) {
    return add_block(
        locals,
        (struct locals_block){
            .llvm = llvm, .kind = BLOCK_HEADER, .before = before, .start = start, .end = end});
}

LLVMBasicBlockRef locals_llvm_block(const struct locals *locals, uint32_t block) {
    return locals->blocks[block].llvm;
}

bool locals_dominates(const struct locals *locals, uint32_t earlier, uint32_t block) {
    for (int i = 0; i < DOMINANCE_LIMIT && block > earlier; i++) {
        block = locals->blocks[block].before; // made earlier: a lower number
    }
    return block == earlier;
}

void locals_add_edge(struct locals *locals, uint32_t from, uint32_t to) {
    codegen_grow((void **)&locals->edges, &locals->edge_capacity, locals->edge_count + 1,
                 sizeof *locals->edges);
    locals->edges[locals->edge_count] = (struct locals_edge){from, locals->blocks[to].edges};
    locals->blocks[to].edges = (uint32_t)locals->edge_count++;
}

// ---- The hash table

static size_t slot_of(const struct locals *locals, uint64_t key) {
    size_t mask = locals->slot_capacity - 1;
    size_t place = (size_t)((key * 0x9e3779b97f4a7c15u) >> 32) & mask;
    while (locals->slots[place].key != 0 && locals->slots[place].key != key) {
        place = (place + 1) & mask;
    }
    return place;
}

static void grow_slots(struct locals *locals) {
    struct locals_slot *old = locals->slots;
    size_t old_capacity = locals->slot_capacity;
    locals->slot_capacity *= 4;
    locals->slots = codegen_allocate(locals->slot_capacity, sizeof *locals->slots);
    for (size_t i = 0; i < old_capacity; i++) {
        if (old[i].key != 0) {
            locals->slots[slot_of(locals, old[i].key)] = old[i];
        }
    }
    free(old);
}

static uint64_t key_of(uint32_t block, uint32_t local) {
    return ((uint64_t)block + 1) << 32 | local;
}

static void remember(struct locals *locals, uint32_t block, uint32_t local, LLVMValueRef value) {
    if ((locals->slot_count + 1) * 2 > locals->slot_capacity) {
        grow_slots(locals);
    }
    struct locals_slot *slot = &locals->slots[slot_of(locals, key_of(block, local))];
    if (slot->key == 0) {
        slot->key = key_of(block, local);
        locals->slot_count++;
    }
    slot->value = value;
}

static LLVMValueRef recall(const struct locals *locals, uint32_t block, uint32_t local) {
    return locals->slots[slot_of(locals, key_of(block, local))].value;
}

// ---- Reading

static void add_task(struct locals *locals, struct locals_task task) {
    struct locals_block *block = &locals->blocks[task.block];
    if (block->sealed) {
        codegen_grow((void **)&locals->tasks, &locals->task_capacity, locals->task_count + 1,
                     sizeof *locals->tasks);
        locals->tasks[locals->task_count++] = task;
        return;
    }
    codegen_grow((void **)&locals->waiting, &locals->waiting_capacity, locals->waiting_count + 1,
                 sizeof *locals->waiting);
    task.next = block->waiting;
    block->waiting = (uint32_t)locals->waiting_count;
    locals->waiting[locals->waiting_count++] = task;
}

static LLVMValueRef add_phi(struct locals *locals, uint32_t block, uint32_t local) {
    LLVMBasicBlockRef llvm = locals->blocks[block].llvm;
    LLVMBuilderRef builder = locals->codegen->entry_builder;
    LLVMBasicBlockRef previous = LLVMGetInsertBlock(builder);
    LLVMValueRef first = LLVMGetFirstInstruction(llvm);
    if (first != NULL) {
        LLVMPositionBuilderBefore(builder, first);
    } else {
        LLVMPositionBuilderAtEnd(builder, llvm);
    }
    LLVMValueRef phi = LLVMBuildPhi(builder, locals->types[local], "");
    LLVMPositionBuilderAtEnd(builder, previous);
    LLVMSetCurrentDebugLocation2(builder, NULL); // taken over from `first`
    remember(locals, block, local, phi);

    add_task(locals, (struct locals_task){phi, block, local, NO_TASK});
    return phi;
}

// A label that control reaches from one place only is like a single block.
static uint32_t only_edge(const struct locals *locals, const struct locals_block *block) {
    bool one = block->kind == BLOCK_MERGE && block->edges != NO_EDGE &&
               locals->edges[block->edges].next == NO_EDGE;
    return one ? block->edges : NO_EDGE;
}

// The value of `local` at the end of `block`. New phis become tasks.
static LLVMValueRef value_at(struct locals *locals, uint32_t block, uint32_t local) {
    uint32_t at = block;
    LLVMValueRef value = NULL;
    while ((value = recall(locals, at, local)) == NULL) {
        const struct locals_block *here = &locals->blocks[at];
        if (here->kind == BLOCK_ENTRY) {
            value = locals->initial[local];
            break;
        }
        uint32_t edge = only_edge(locals, here);
        if (edge != NO_EDGE) {
            at = locals->edges[edge].from;
            continue;
        }
        if (here->kind != BLOCK_SINGLE && is_written(locals, local, here->start, here->end)) {
            value = add_phi(locals, at, local);
            break;
        }
        at = here->before;
    }
    if (at != block) {
        remember(locals, block, local, value);
    }
    return value;
}

static void fill_phi(struct locals *locals, struct locals_task task) {
    uint32_t edge = locals->blocks[task.block].edges;
    while (edge != NO_EDGE) {
        uint32_t from = locals->edges[edge].from;
        LLVMValueRef value = value_at(locals, from, task.local);
        LLVMBasicBlockRef block = locals->blocks[from].llvm;
        LLVMAddIncoming(task.phi, &value, &block, 1);
        edge = locals->edges[edge].next;
    }
}

static void fill_phis(struct locals *locals) {
    while (locals->task_count > 0) {
        fill_phi(locals, locals->tasks[--locals->task_count]);
    }
}

void locals_seal(struct locals *locals, uint32_t header) {
    struct locals_block *block = &locals->blocks[header];
    block->sealed = true;
    for (uint32_t i = block->waiting; i != NO_TASK; i = locals->waiting[i].next) {
        fill_phi(locals, locals->waiting[i]);
    }
    fill_phis(locals);
}

// ---- In memory

static bool is_ever_written(const struct locals *locals, uint32_t local) {
    return locals->write_starts[local] != locals->write_starts[local + 1];
}

// The stack slot, made when it is first needed. Where that is in the first block of the body, for a
// write, nobody reads what was there before.
static LLVMValueRef place_of(struct locals *locals, uint32_t local, bool for_write) {
    enum { FIRST_OF_BODY = 1 };
    if (locals->places[local] == NULL) {
        LLVMBuilderRef builder = locals->codegen->entry_builder;
        locals->places[local] = LLVMBuildAlloca(builder, locals->types[local], "");
        if (!for_write || locals->current != FIRST_OF_BODY) {
            LLVMBuildStore(builder, locals->initial[local], locals->places[local]);
        }
    }
    return locals->places[local];
}

static LLVMValueRef read_place(struct locals *locals, uint32_t local) {
    if (!is_ever_written(locals, local)) {
        return locals->initial[local];
    }
    LLVMValueRef value = recall(locals, locals->current, local);
    if (value == NULL) {
        value = LLVMBuildLoad2(locals->codegen->builder, locals->types[local],
                               place_of(locals, local, false), "");
        remember(locals, locals->current, local, value);
    }
    return value;
}

void locals_pass_call(struct locals *locals) {
    if (locals->places != NULL) {
        locals->current =
            locals_add_single(locals, locals->blocks[locals->current].llvm, locals->current);
    }
}

// ---- Reading and writing

LLVMValueRef locals_get(struct locals *locals, uint32_t local) {
    if (locals->places != NULL) {
        return read_place(locals, local);
    }
    LLVMValueRef value = value_at(locals, locals->current, local);
    fill_phis(locals);
    return value;
}

void locals_set(struct locals *locals, uint32_t local, LLVMValueRef value) {
    if (locals->places != NULL) {
        LLVMBuildStore(locals->codegen->builder, value, place_of(locals, local, true));
    }
    remember(locals, locals->current, local, value);
}
