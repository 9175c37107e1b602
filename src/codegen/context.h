// What is shared while one module is compiled, and the helpers every emit file uses. Internal to
// the room.
#ifndef FAASM_CODEGEN_CONTEXT_H
#define FAASM_CODEGEN_CONTEXT_H

#include "codegen/codegen.h"

#include <llvm-c/Core.h>
#include <llvm-c/TargetMachine.h>
#include <stddef.h>

// Kinds of memory that generated code touches and that never overlap: LLVM's type-based alias
// analysis is told so.
enum codegen_alias {
    CODEGEN_ALIAS_MEMORY,  // linear memory
    CODEGEN_ALIAS_GLOBALS, // cells of globals
    CODEGEN_ALIAS_TABLES,  // struct object_table and elements
    CODEGEN_ALIAS_SIZES,   // struct object_memory
    CODEGEN_ALIAS_COUNT
};

struct signature;  // signature.h
struct debug_info; // debug_info.c

struct codegen {
    const struct wasm_module *module;
    const struct codegen_options *options;
    struct object_layout layout;
    uint32_t function_reference_count;
    uint32_t *function_references; // [functions]: number in layout.function_references, UINT32_MAX
    uint32_t first_function, end_function; // the ones that this part defines
    struct debug_info *debug;              // NULL without debug information

    LLVMContextRef context;
    LLVMModuleRef llvm;
    LLVMBuilderRef builder;       // at the end of the block that is being written
    LLVMBuilderRef entry_builder; // at the end of the function's entry block
    LLVMTargetMachineRef machine;
    LLVMTargetDataRef data_layout;

    LLVMTypeRef void_type, i1, i8, i16, i32, i64, f32, f64, v128, pointer;
    struct signature *signatures; // [types]
    uint64_t *type_identities;    // [types], 0 where not exact
    LLVMValueRef *functions;      // [functions]; see codegen_function
    LLVMValueRef *adapters;       // [imported functions], see adapter.c
    LLVMValueRef *entries;        // [types]; NULL where no function has the type
    LLVMValueRef support;         // the slot of object_module.support
    LLVMValueRef type_identity_table;
    LLVMValueRef trap_functions[OBJECT_TRAP_COUNT]; // NULL until needed, see emit_control.c
    LLVMValueRef personality; // of functions with landing pads; NULL until needed
    uint32_t exception_slots; // that the values of any tag of the module take
    LLVMValueRef zero_i32, zero_i64, no_metadata, unlikely;
    LLVMValueRef alias[CODEGEN_ALIAS_COUNT];
    LLVMAttributeRef attributes[8]; // of every function
    unsigned attribute_count;
    LLVMAttributeRef base_attribute; // of the parameter that is a memory's base, see signature.h
    bool has_sse41;                  // of the target; SSSE3 is there then, too
    unsigned kind_tbaa, kind_invariant, kind_profile, kind_range;
};

bool codegen_context_create(struct codegen *codegen, const struct wasm_module *module,
                            const struct codegen_options *options, LLVMTargetMachineRef machine,
                            struct error *error);
void codegen_context_destroy(struct codegen *codegen);

// parts.c: which functions the part defines: consecutive ones, with about as many bytes in each
// part. Parts refer to each other's functions and slots by hidden symbols.
void codegen_choose_part(struct codegen *codegen);
uint64_t codegen_body_bytes(const struct wasm_module *module);
static inline bool codegen_has_parts(const struct codegen *codegen) {
    return codegen->options->part_count > 1;
}
static inline bool codegen_is_first_part(const struct codegen *codegen) {
    return codegen->options->part == 0;
}

// layout.c
bool codegen_layout(struct codegen *codegen, struct error *error);

// description.c, entry.c: called after all functions are declared.
bool codegen_describe(struct codegen *codegen, const char *identity, struct error *error);
void codegen_emit_entries(struct codegen *codegen);

// adapter.c
void codegen_emit_adapters(struct codegen *codegen);

// function.c
bool codegen_emit_function(struct codegen *codegen, uint32_t index, struct error *error);

// optimise.c
// Whether the module is so large that a leaner pipeline is taken: the level is 2, then.
bool codegen_is_lean(const struct wasm_module *module, const struct codegen_options *options);
bool codegen_optimise(struct codegen *codegen, struct error *error);

// Types and constants.
LLVMTypeRef codegen_value_type(const struct codegen *codegen, uint8_t value_type);
static inline LLVMValueRef codegen_i32(const struct codegen *codegen, uint32_t value) {
    return LLVMConstInt(codegen->i32, value, 0);
}
static inline LLVMValueRef codegen_i64(const struct codegen *codegen, uint64_t value) {
    return LLVMConstInt(codegen->i64, value, 0);
}

// A function of the module, declared when it is first asked for: parts refer to few of all.
LLVMValueRef codegen_function(struct codegen *codegen, uint32_t index);

// Puts on a function what all functions of the object have (unwind tables, stack probes, target).
void codegen_set_attributes(const struct codegen *codegen, LLVMValueRef function);
// Keeps the passes and the optimising parts of the back end off a function.
void codegen_leave_unoptimised(const struct codegen *codegen, LLVMValueRef function);

// A call of the intrinsic `name` ("llvm.ctpop"), overloaded on `types`.
LLVMValueRef codegen_intrinsic(struct codegen *codegen, const char *name, LLVMTypeRef *types,
                               unsigned type_count, LLVMValueRef *arguments,
                               unsigned argument_count);

// The address `base + offset` (both within one object).
LLVMValueRef codegen_address(struct codegen *codegen, LLVMBuilderRef builder, LLVMValueRef base,
                             uint64_t offset);

// Metadata, which only the passes read: nothing at level 0.
void codegen_note(const struct codegen *codegen, LLVMValueRef instruction, unsigned kind,
                  LLVMValueRef node);
void codegen_note_alias(const struct codegen *codegen, LLVMValueRef access,
                        enum codegen_alias alias);

// Loads something that never changes once the instance exists.
LLVMValueRef codegen_load_invariant(struct codegen *codegen, LLVMBuilderRef builder,
                                    LLVMTypeRef type, LLVMValueRef base, uint64_t offset);

// The base of memory 0 of an instance of any module.
LLVMValueRef codegen_memory_base(struct codegen *codegen, LLVMBuilderRef builder,
                                 LLVMValueRef instance);

// Makes room in a malloc'd array for `needed` elements; ends the process when memory is out.
void codegen_grow(void **array, size_t *capacity, size_t needed, size_t element_size);
void *codegen_allocate(size_t count, size_t size); // zeroed; ends the process when memory is out

#endif
