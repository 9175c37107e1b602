// The same as address.c does while code is made, once more when loops have been unrolled. Only
// accesses that come first prove anything here: where x + a is accessible, x + b cannot wrap around
// for a <= b <= a + NEAR, since the last page of the index space is never accessible.
//
// Were it wrong, the address would still be within the reservation: address.c has added less than
// half a page to an extended index and an offset, and this adds less than a quarter.
#include "codegen/neighbours.h"

#include <llvm-c/Core.h>

enum {
    NEAR = OBJECT_PAGE_SIZE / 4,
    KNOWN_LIMIT = 64, // addresses of a block: the latest
    TERM_LIMIT = 4,   // of an index
    STEP_LIMIT = 12,  // operations that an index is computed by
};

// A part of an index: the value times 2 to the power of `shift`, modulo 2^32.
struct term {
    LLVMValueRef value;
    unsigned shift;
};

// What an access is at: base + extended (terms + offset modulo 2^32) + constant.
struct place {
    LLVMValueRef base, wide;
    struct term terms[TERM_LIMIT];
    unsigned term_count;
    uint32_t offset;
    uint64_t constant;
};

// An address of the block that has been looked at.
struct known {
    struct place place;
    LLVMValueRef address;
    LLVMValueRef joined; // what is used instead, or NULL; then nothing is derived from its place
};

struct search {
    const struct codegen *codegen;
    LLVMBuilderRef builder;
    struct known known[KNOWN_LIMIT]; // a ring
    unsigned count;
};

static LLVMValueRef instruction_of(LLVMValueRef value, LLVMOpcode opcode) {
    return LLVMIsAInstruction(value) != NULL && LLVMGetInstructionOpcode(value) == opcode ? value
                                                                                          : NULL;
}

// In no order that depends on the program, but in the same one for the same terms.
static bool add_term(struct place *place, struct term term) {
    if (place->term_count == TERM_LIMIT) {
        return false;
    }
    unsigned at = place->term_count++;
    for (; at > 0 && (uintptr_t)place->terms[at - 1].value > (uintptr_t)term.value; at--) {
        place->terms[at] = place->terms[at - 1];
    }
    place->terms[at] = term;
    return true;
}

static bool is_sum(LLVMValueRef value) {
    return instruction_of(value, LLVMAdd) != NULL ||
           (instruction_of(value, LLVMOr) != NULL && LLVMGetIsDisjoint(value));
}

// Does the instruction keep the low 32 bits of its operand?
static bool is_conversion(const struct codegen *codegen, LLVMValueRef value) {
    if (instruction_of(value, LLVMTrunc) != NULL) {
        return LLVMTypeOf(value) == codegen->i32;
    }
    return (instruction_of(value, LLVMZExt) != NULL || instruction_of(value, LLVMSExt) != NULL) &&
           LLVMTypeOf(LLVMGetOperand(value, 0)) == codegen->i32;
}

// What a sum, a conversion or a multiple consists of; false for anything else.
static bool push_parts(const struct codegen *codegen, struct term term, struct term *stack,
                       unsigned *count) {
    LLVMValueRef value = term.value;
    if (is_sum(value)) {
        stack[(*count)++] = (struct term){LLVMGetOperand(value, 1), term.shift};
    } else if (instruction_of(value, LLVMShl) != NULL) {
        LLVMValueRef by = LLVMGetOperand(value, 1);
        if (LLVMIsAConstantInt(by) == NULL || LLVMConstIntGetZExtValue(by) >= 32 - term.shift) {
            return false;
        }
        term.shift += (unsigned)LLVMConstIntGetZExtValue(by);
    } else if (!is_conversion(codegen, value)) {
        return false;
    }
    stack[(*count)++] = (struct term){LLVMGetOperand(value, 0), term.shift};
    return true;
}

// Takes an index apart: all of it is modulo 2^32, also what was computed with 64 bits.
static bool split_index(const struct codegen *codegen, LLVMValueRef index, struct place *place) {
    struct term stack[STEP_LIMIT + 1] = {{index, 0}};
    unsigned count = 1;
    for (unsigned step = 0; count > 0; step++) {
        struct term term = stack[--count];
        if (LLVMIsAConstantInt(term.value) != NULL) {
            place->offset += (uint32_t)LLVMConstIntGetZExtValue(term.value) << term.shift;
            continue;
        }
        bool has_parts = step < STEP_LIMIT && push_parts(codegen, term, stack, &count);
        if (!has_parts && !add_term(place, term)) {
            return false;
        }
    }
    return true;
}

static bool is_byte_address(const struct codegen *codegen, LLVMValueRef value) {
    return instruction_of(value, LLVMGetElementPtr) != NULL && LLVMGetNumOperands(value) == 2 &&
           LLVMGetGEPSourceElementType(value) == codegen->i8 &&
           LLVMTypeOf(LLVMGetOperand(value, 1)) == codegen->i64;
}

static bool find_place(const struct codegen *codegen, LLVMValueRef address, struct place *place) {
    *place = (struct place){0};
    LLVMValueRef at = address;
    while (is_byte_address(codegen, at) && LLVMIsAConstantInt(LLVMGetOperand(at, 1)) != NULL) {
        place->constant += LLVMConstIntGetZExtValue(LLVMGetOperand(at, 1));
        at = LLVMGetOperand(at, 0);
    }
    if (!is_byte_address(codegen, at) || place->constant > UINT32_MAX + (uint64_t)2 * NEAR) {
        return false; // a negative one is large here
    }
    place->base = LLVMGetOperand(at, 0);
    place->wide = LLVMGetOperand(at, 1);
    if (instruction_of(place->wide, LLVMZExt) == NULL ||
        LLVMTypeOf(LLVMGetOperand(place->wide, 0)) != codegen->i32) {
        return false;
    }
    return split_index(codegen, LLVMGetOperand(place->wide, 0), place);
}

// Which operand of a load or store of linear memory the address is, or -1.
static int address_operand(const struct codegen *codegen, LLVMValueRef instruction) {
    LLVMOpcode opcode = LLVMGetInstructionOpcode(instruction);
    if ((opcode != LLVMLoad && opcode != LLVMStore) ||
        LLVMGetMetadata(instruction, codegen->kind_tbaa) != codegen->alias[CODEGEN_ALIAS_MEMORY]) {
        return -1;
    }
    return opcode == LLVMLoad ? 0 : 1;
}

static const struct known *find_address(const struct search *search, LLVMValueRef address) {
    for (unsigned i = 0; i < search->count && i < KNOWN_LIMIT; i++) {
        if (search->known[i].address == address) {
            return &search->known[i];
        }
    }
    return NULL;
}

static bool same_but_offset(const struct place *a, const struct place *b) {
    bool same = a->base == b->base && a->term_count == b->term_count;
    for (unsigned i = 0; same && i < a->term_count; i++) {
        same = a->terms[i].value == b->terms[i].value && a->terms[i].shift == b->terms[i].shift;
    }
    return same;
}

// A place that this one is near behind.
static const struct place *find_neighbour(const struct search *search, const struct place *place) {
    for (unsigned i = 0; i < search->count && i < KNOWN_LIMIT; i++) {
        const struct place *known = &search->known[i].place;
        if (search->known[i].joined == NULL && place->offset - known->offset <= NEAR &&
            same_but_offset(known, place)) {
            return known;
        }
    }
    return NULL;
}

static LLVMValueRef build_address(const struct search *search, LLVMValueRef before,
                                  const struct place *place, const struct place *neighbour) {
    const struct codegen *codegen = search->codegen;
    LLVMValueRef wide = neighbour->wide;
    LLVMPositionBuilderBefore(search->builder, before);
    LLVMValueRef address = LLVMBuildGEP2(search->builder, codegen->i8, place->base, &wide, 1, "");
    uint64_t apart = place->constant + (uint32_t)(place->offset - neighbour->offset);
    LLVMValueRef constant = LLVMConstInt(codegen->i64, apart, 0);
    return apart == 0 ? address
                      : LLVMBuildGEP2(search->builder, codegen->i8, address, &constant, 1, "");
}

static void visit_access(struct search *search, LLVMValueRef access, unsigned operand) {
    LLVMValueRef address = LLVMGetOperand(access, operand);
    const struct known *same = find_address(search, address);
    if (same == NULL) {
        struct known *new = &search->known[search->count % KNOWN_LIMIT];
        struct place place;
        if (!find_place(search->codegen, address, &place)) {
            return;
        }
        const struct place *neighbour = find_neighbour(search, &place);
        LLVMValueRef joined = neighbour != NULL && neighbour->wide != place.wide
                                  ? build_address(search, access, &place, neighbour)
                                  : NULL;
        *new = (struct known){place, address, joined};
        search->count++;
        same = new;
    }
    if (same->joined != NULL) {
        LLVMSetOperand(access, operand, same->joined);
    }
}

// An address that nobody uses any more, and what it was computed from; what is to be looked at
// itself is left.
static void erase_unused(const struct search *search, LLVMValueRef value) {
    do {
        bool is_address = LLVMIsAGetElementPtrInst(value) != NULL;
        // The other operand is the base, or a constant.
        bool is_second = is_address && LLVMIsAConstantInt(LLVMGetOperand(value, 1)) == NULL;
        LLVMValueRef from = LLVMGetOperand(value, is_second ? 1 : 0);
        LLVMInstructionEraseFromParent(value);
        value = from;
    } while (LLVMIsAInstruction(value) != NULL && LLVMGetFirstUse(value) == NULL &&
             find_address(search, value) == NULL &&
             (LLVMIsAGetElementPtrInst(value) != NULL || LLVMIsAZExtInst(value) != NULL ||
              LLVMIsATruncInst(value) != NULL || LLVMIsABinaryOperator(value) != NULL));
}

// Addresses are erased when none is compared with them any more, the last ones first.
static void visit_block(struct search *search, LLVMBasicBlockRef block) {
    search->count = 0;
    for (LLVMValueRef at = LLVMGetFirstInstruction(block); at != NULL;
         at = LLVMGetNextInstruction(at)) {
        int operand = address_operand(search->codegen, at);
        if (operand >= 0) {
            visit_access(search, at, (unsigned)operand);
        }
    }
    unsigned oldest = search->count < KNOWN_LIMIT ? 0 : search->count - KNOWN_LIMIT;
    while (search->count > oldest) {
        struct known *latest = &search->known[(search->count - 1) % KNOWN_LIMIT];
        if (latest->joined != NULL && LLVMGetFirstUse(latest->address) == NULL) {
            erase_unused(search, latest->address);
        }
        search->count--;
    }
}

static bool may_fill_index_space(const struct wasm_module *module) {
    for (uint32_t i = 0; i < module->memory_count; i++) {
        if (module->memories[i].type.limits.minimum > OBJECT_GROWTH_PAGES) {
            return true;
        }
    }
    return false;
}

void codegen_join_neighbours(const struct codegen *codegen) {
    if (may_fill_index_space(codegen->module)) {
        return;
    }
    struct search search = {.codegen = codegen,
                            .builder = LLVMCreateBuilderInContext(codegen->context)};
    for (LLVMValueRef function = LLVMGetFirstFunction(codegen->llvm); function != NULL;
         function = LLVMGetNextFunction(function)) {
        for (LLVMBasicBlockRef block = LLVMGetFirstBasicBlock(function); block != NULL;
             block = LLVMGetNextBasicBlock(block)) {
            visit_block(&search, block);
        }
    }
    LLVMDisposeBuilder(search.builder);
}
