// One function body being lowered, and the emit functions of opcodes.def's families. Internal to
// the room.
//
// Code after a branch that is always taken is skipped, so an emit function is only called for
// reachable instructions and finds its operands on the stack.
#ifndef FAASM_CODEGEN_EMITTER_H
#define FAASM_CODEGEN_EMITTER_H

#include "codegen/context.h"
#include "codegen/locals.h"
#include "codegen/signature.h"
#include "wasm/instruction.h"

struct emitter_frame {
    enum wasm_opcode opcode; // BLOCK (also the body itself), LOOP, IF, ELSE, TRY, CATCH, CATCH_ALL
    struct wasm_function_type type;
    uint8_t inline_type; // storage of `type.results` for a block with one result
    size_t height;       // of the operand stack below the block's parameters
    uint32_t start, end; // offsets of the instructions in the binary
    uint32_t before;     // the block that control was in when the frame began
    uint32_t label;      // block that branches to the frame go to; LOCALS_NO_BLOCK until used
    uint32_t otherwise;  // IF: block of the else side
    size_t saved;        // IF: height of emitter.saved where the parameters are kept
    LLVMValueRef *phis;  // of the label's values; NULL where there are none

    // Exceptions, see emit_exception.c.
    uint32_t unwind;        // the frame whose handlers get what is thrown here, + 1; 0: the caller
    uint32_t landing;       // TRY: block of the landing pad; LOCALS_NO_BLOCK until used
    uint32_t dispatch;      // block where the next handler is looked for; LOCALS_NO_BLOCK: nothing
                            // comes there
    LLVMValueRef exception; // address of the thread's current one, in `dispatch`
    LLVMValueRef tag;       // of it; NULL until loaded
    LLVMValueRef kept;      // memory with the exception for rethrow; NULL where there is no rethrow
    bool rethrown;          // by a rethrow within the handlers
};

// What the scan finds out about a block instruction.
struct emitter_block {
    uint32_t end;      // offset of its `end` or `delegate`
    uint32_t delegate; // label of its `delegate`, + 1; 0 where there is none
    bool alternative;  // has else
    bool handlers;     // has catch or catch_all
    bool rethrown;     // a rethrow names it
};

struct emitter_access; // address.c
struct emitter_proof;
// The latest addresses base + index of the block that is being written: most indices are used
// several times, with different offsets.
struct emitter_addresses {
    LLVMBasicBlockRef block;
    struct {
        LLVMValueRef index, address;
        uint32_t memory;
    } known[8];
    unsigned count, next;
};

struct emitter {
    struct codegen *codegen;
    LLVMBuilderRef builder;
    uint32_t index;
    const struct wasm_function_type *type;
    LLVMValueRef function;
    LLVMValueRef instance;
    struct locals locals;
    bool reachable;
    struct error *error;

    LLVMValueRef *stack;
    size_t stack_height, stack_capacity;
    LLVMValueRef *saved;
    size_t saved_height, saved_capacity;
    struct emitter_frame *frames;
    size_t frame_count, frame_capacity;
    struct emitter_block *blocks; // by order of block instructions in the body
    size_t block_count, block_capacity, block_next;
    LLVMValueRef *kept; // memory for exceptions, by nesting of handlers that keep one
    size_t kept_count, kept_capacity;
    LLVMValueRef *loads; // of linear memory
    size_t load_count, load_capacity;

    // address.c: the accesses of the current run, and what is known to be accessible.
    struct emitter_access *run;
    size_t run_length, run_capacity;
    LLVMBasicBlockRef run_block;
    LLVMValueRef run_end; // the last instruction that was looked at; NULL: none
    uint32_t run_number;  // of the block, for locals_dominates
    struct emitter_proof *proofs;
    size_t proof_count, proof_capacity;
    uint32_t *proof_heads; // hash table of lists; NULL until needed

    struct emitter_addresses addresses;
    LLVMValueRef *bases;      // [memories], NULL until needed; of memory 0:
    LLVMValueRef own_base;    //
    LLVMValueRef area;        // first byte of the instance area, NULL until needed
    LLVMValueRef area_offset; // of the instance in the area, NULL until needed
    LLVMBasicBlockRef traps[OBJECT_TRAP_COUNT];
    uint32_t trap_places[OBJECT_TRAP_COUNT]; // of debug information
    LLVMBasicBlockRef interrupted;           // NULL until needed
    LLVMBasicBlockRef latest;                // that was entered; NULL: none yet
    struct signature_scratch scratch;
};

typedef void emit_function(struct emitter *, const struct wasm_instruction *);

// ---- The operand stack
// A comparison pushes an i1, which becomes an i32 where it is taken as one: most are only branched
// upon. It is on the stack once and nowhere else.
void emitter_push(struct emitter *emitter, LLVMValueRef value);
LLVMValueRef emitter_pop(struct emitter *emitter);
// An i32 as an i1: is it not 0?
LLVMValueRef emitter_pop_condition(struct emitter *emitter);
// The `count` operands on top, the deepest first; NULL for none.
LLVMValueRef *emitter_top(struct emitter *emitter, uint32_t count);

// ---- Blocks and control
// Continues in a block that locals knows by this number. Blocks are put in the order in which they
// are entered, so that most branches without condition go to the block behind them.
void emitter_enter(struct emitter *emitter, uint32_t block);
// Continues in a new block whose only predecessor is the current one (which the caller ended).
void emitter_continue(struct emitter *emitter, LLVMBasicBlockRef block);
LLVMBasicBlockRef emitter_append_block(struct emitter *emitter);
// Traps when `condition` (an i1) holds; goes on otherwise.
void emitter_trap_if(struct emitter *emitter, LLVMValueRef condition, enum object_trap trap);
void emitter_trap(struct emitter *emitter, enum object_trap trap);
// The block that raises the trap, one for each kind in a function, or at one of its places.
LLVMBasicBlockRef emitter_trap_block(struct emitter *emitter, enum object_trap trap);
// A branch to a block that is hardly ever taken.
void emitter_branch_unlikely(struct emitter *emitter, LLVMValueRef condition,
                             LLVMBasicBlockRef unlikely, LLVMBasicBlockRef likely);

// ---- The instance
LLVMValueRef emitter_memory_base(struct emitter *emitter, uint32_t memory);
LLVMValueRef emitter_own_base(struct emitter *emitter); // what own functions are called with
LLVMValueRef emitter_area(struct emitter *emitter);
LLVMValueRef emitter_area_offset(struct emitter *emitter);           // of the instance
LLVMValueRef emitter_table(struct emitter *emitter, uint32_t table); // its struct object_table
LLVMValueRef emitter_table_size(struct emitter *emitter, uint32_t table);
// The address of an element; `trap` when the index is not in the table.
LLVMValueRef emitter_table_element(struct emitter *emitter, uint32_t table, LLVMValueRef index,
                                   enum object_trap trap);
LLVMValueRef emitter_load_field(struct emitter *emitter, enum codegen_alias alias, LLVMTypeRef type,
                                LLVMValueRef base, uint64_t offset);
// address.c: the address that an instruction accesses, with the index from the stack. The access
// has to be made there: addresses of others are derived from it.
LLVMValueRef emitter_address(struct emitter *emitter, LLVMValueRef index,
                             const struct wasm_instruction *instruction);
void emitter_end_run(struct emitter *emitter); // when the body is complete
// One access to linear memory as the instruction says, with the index from the stack.
LLVMValueRef emitter_load_memory(struct emitter *emitter, LLVMTypeRef type,
                                 const struct wasm_instruction *instruction);
void emitter_store_memory(struct emitter *emitter, LLVMValueRef value,
                          const struct wasm_instruction *instruction);
// A member of struct object_support.
LLVMValueRef emitter_support_function(struct emitter *emitter, size_t offset);
// After a call that may have left the runtime's hands: has the call been interrupted meanwhile?
void emitter_check_interrupt(struct emitter *emitter);
// Calls the member of struct object_support at `offset`; the instance goes first. `result` may be
// the void type.
LLVMValueRef emitter_call_support(struct emitter *emitter, size_t offset, LLVMTypeRef result,
                                  const LLVMValueRef *arguments, unsigned count);

// The same value (a float or a vector), of which LLVM knows nothing.
LLVMValueRef emitter_hide_float(struct emitter *emitter, LLVMValueRef value);
// Floating-point operations for numbers and vectors of them (emit_float.c). `operation` is one of
// the rows of f32: WASM_OP_F32_ABS and so on.
LLVMValueRef emitter_float_unary(struct emitter *emitter, enum wasm_opcode operation,
                                 LLVMValueRef value);
LLVMValueRef emitter_float_binary(struct emitter *emitter, enum wasm_opcode operation,
                                  LLVMValueRef left, LLVMValueRef right);
// The value of a constant instruction; NULL for other instructions.
LLVMValueRef emitter_constant(struct codegen *codegen, const struct wasm_instruction *instruction);

// ---- Parts of the walk that live in files of their own
// forced_loads.c: makes volatile the loads whose value reaches nothing.
void emitter_force_unused_loads(struct emitter *emitter);
// Can it be seen from outside that the instruction was executed (a trap aside)?
bool emitter_has_effect(LLVMValueRef instruction);
// emit_control.c: the frame of the body, and what ends it.
void emitter_begin_body(struct emitter *emitter, uint32_t start, uint32_t end);
void emitter_begin_block(struct emitter *emitter, const struct wasm_instruction *instruction);
// Goes to the label of the innermost block with the values on the stack, where control gets here.
void emitter_leave_block(struct emitter *emitter);
void emitter_end_block(struct emitter *emitter);
void emitter_return(struct emitter *emitter, LLVMValueRef *results);
// emit_exception.c: the landing pad for a call made here, to which the current block then has an
// edge; NULL where exceptions pass through.
LLVMBasicBlockRef emitter_landing_pad(struct emitter *emitter);
// The handlers of the innermost block, a try, are over: what none of them takes is passed on.
void emitter_end_handlers(struct emitter *emitter);

emit_function emit_control, emit_exception, emit_call, emit_reference, emit_parametric,
    emit_variable, emit_table, emit_load, emit_store, emit_memory, emit_constant, emit_compare,
    emit_integer, emit_float, emit_convert, emit_simd_load, emit_simd_store, emit_simd_load_lane,
    emit_simd_store_lane, emit_simd_lane, emit_simd_compare, emit_simd_bits, emit_simd_integer,
    emit_simd_float, emit_simd_convert, emit_simd_relaxed, emit_atomic_load, emit_atomic_store,
    emit_atomic_rmw, emit_atomic_cmpxchg, emit_atomic_fence, emit_atomic_wait;

#endif
