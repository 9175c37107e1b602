// How the functions of the object take their parameters and give their results: what base/object.h
// says, as LLVM function types. Internal to the room.
//
// All parameters are in registers of the C convention: the instance, the base of memory 0, a
// pointer to memory for the results where there are more than two, what fits of the wasm
// parameters, and a pointer to the overflow, in memory, where some do not fit. So a tail call never
// needs room on the stack, and any function can end in a jump to any other. LLVM promises that jump
// (musttail) only between equal function types: a function with tail calls is therefore built with
// the *universal* type, which has a parameter for every register, in the same registers.
//
// The base has the attribute that LLVM calls swiftself, in any calling convention a register that
// the callee has to keep. LLVM's quick path refuses functions with such a parameter, though not
// calls: so at level 0 only the universal ones have it.
#ifndef FAASM_CODEGEN_SIGNATURE_H
#define FAASM_CODEGEN_SIGNATURE_H

#include "codegen/context.h"

enum {
    SIGNATURE_INTEGERS = 6, // registers for integers and pointers, the instance's included
    SIGNATURE_VECTORS = 8,  // registers for floats and vectors
    SIGNATURE_RESULTS = 2,  // results that come back in registers
    SIGNATURE_PARAMETERS = SIGNATURE_INTEGERS + SIGNATURE_VECTORS + 1, // and the base
};

// Of one wasm type.
struct signature {
    LLVMTypeRef type;        // what is called unseen: all but the base is where `own` has it
    LLVMTypeRef own;         // of functions without tail calls: `type`, at level 0 without the base
    LLVMTypeRef universal;   // of functions with tail calls
    uint32_t integers;       // wasm parameters in registers of each kind
    uint32_t vectors;        //
    uint32_t overflow_bytes; // of memory for the others
    uint32_t result_bytes;   // of memory for the results; 0: in registers
};

// Memory in the frame of a function for the overflow and the results of its calls: made when first
// needed, grown to the largest need. Zero-initialise for each function.
struct signature_scratch {
    LLVMValueRef memory;
    uint32_t slots;
};

void signature_create(struct codegen *codegen, const struct wasm_function_type *type,
                      struct signature *signature);

// Of a host function: the C convention as it is.
LLVMTypeRef signature_host_type(const struct codegen *codegen,
                                const struct wasm_function_type *type);

// A function of the object of `own` or `universal` type.
LLVMValueRef signature_add_function(struct codegen *codegen, const char *name,
                                    const struct signature *signature, bool is_universal);

// The base of memory 0 that a function of the object gets, or NULL where it gets none.
LLVMValueRef signature_base(const struct codegen *codegen, LLVMValueRef function);

// Does `code` (see signature_call) want the base?
bool signature_wants_base(const struct codegen *codegen, LLVMValueRef code);

// In a function of the type that is being built: the values of its wasm parameters, loaded with
// `builder` (in the entry block) where they are in memory.
void signature_parameters(struct codegen *codegen, LLVMBuilderRef builder, LLVMValueRef function,
                          const struct signature *signature, const struct wasm_function_type *type,
                          LLVMValueRef *values);

// Ends the function with these results.
void signature_return(struct codegen *codegen, LLVMValueRef function,
                      const struct signature *signature, const struct wasm_function_type *type,
                      LLVMValueRef *values);

// A call and its results. `scratch` is the calling function's, `entry` its entry block's builder.
// `code` is either a function of the LLVM module or a pointer; `base` may be NULL where it does not
// want any. With `landing_pad`, that is where exceptions go; the call then ends its block, and
// building goes on in `next`.
void signature_call(struct codegen *codegen, LLVMBuilderRef entry,
                    struct signature_scratch *scratch, uint32_t type_index, LLVMValueRef code,
                    LLVMValueRef instance, LLVMValueRef base, const LLVMValueRef *values,
                    LLVMValueRef *results, LLVMBasicBlockRef next, LLVMBasicBlockRef landing_pad);

// The values of a tag in memory (see struct object_exception): their number of slots; stores them
// to memory of the frame, whose address it gives; loads them.
uint32_t signature_tag_slots(const struct wasm_function_type *type);
LLVMValueRef signature_store_values(struct codegen *codegen, LLVMBuilderRef entry,
                                    struct signature_scratch *scratch,
                                    const struct wasm_function_type *type,
                                    const LLVMValueRef *values);
void signature_load_values(struct codegen *codegen, LLVMValueRef memory,
                           const struct wasm_function_type *type, LLVMValueRef *values);

// Ends `function`, which has the universal type, with a jump to code that gets the base which
// `function` has got. `overflow` is memory that outlives its frame; NULL where the type has none.
void signature_tail_call(struct codegen *codegen, LLVMValueRef function, uint32_t type_index,
                         LLVMValueRef code, LLVMValueRef instance, LLVMValueRef overflow,
                         const LLVMValueRef *values);

#endif
