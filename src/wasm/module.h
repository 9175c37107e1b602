// A decoded WebAssembly module: what the binary says, section by section.
//
// Source: WebAssembly core specification 2.0, chapter 5 (binary format), plus the proposals named
// in enum wasm_feature. A module is decoded by wasm_decode (decode.h) and checked by wasm_validate
// (validate.h); code generation runs on validated modules only. All arrays live in the module's
// arena, names and bodies are views into the binary, which must outlive the module.
#ifndef FAASM_WASM_MODULE_H
#define FAASM_WASM_MODULE_H

#include "base/arena.h"
#include "base/buffer.h"
#include "base/object.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Features beyond WebAssembly 2.0's scalar part. What is not in the set given to wasm_decode is
// refused by name. A proposal is a bit here, rows in opcodes.def, and an emit file in codegen.
#define WASM_FEATURES(X)                                                                           \
    X(CORE, "core")                                                                                \
    X(EXTENDED_CONST, "extended-const")                                                            \
    X(SIMD, "simd")                                                                                \
    X(RELAXED_SIMD, "relaxed-simd")                                                                \
    X(THREADS, "threads")                                                                          \
    X(TAIL_CALL, "tail-call")                                                                      \
    X(MULTI_MEMORY, "multi-memory")                                                                \
    X(EXCEPTIONS, "exceptions")                                                                    \
    X(EXNREF, "exnref")                                                                            \
    X(FUNCTION_REFERENCES, "function-references")                                                  \
    X(GC, "gc")                                                                                    \
    X(MEMORY64, "memory64")

enum wasm_feature {
#define X(identifier, name) WASM_FEATURE_##identifier,
    WASM_FEATURES(X)
#undef X
        WASM_FEATURE_COUNT
};

// The set of features that decoder, validator and codegen of this build implement.
#define WASM_FEATURES_SUPPORTED                                                                    \
    (1u << WASM_FEATURE_CORE | 1u << WASM_FEATURE_EXTENDED_CONST | 1u << WASM_FEATURE_SIMD |       \
     1u << WASM_FEATURE_RELAXED_SIMD | 1u << WASM_FEATURE_THREADS | 1u << WASM_FEATURE_TAIL_CALL | \
     1u << WASM_FEATURE_MULTI_MEMORY | 1u << WASM_FEATURE_EXCEPTIONS)

struct wasm_function_type {
    uint32_t parameter_count;
    uint32_t result_count;
    const uint8_t *parameters; // enum object_value_type
    const uint8_t *results;
};

struct wasm_limits {
    uint32_t minimum;
    uint32_t maximum; // UINT32_MAX where there is none (has_maximum false)
    bool has_maximum;
    bool shared; // memories, with the threads feature
};

struct wasm_table_type {
    uint8_t element_type; // OBJECT_FUNCREF or OBJECT_EXTERNREF
    struct wasm_limits limits;
};

struct wasm_memory_type {
    struct wasm_limits limits; // in pages of 64 KiB
};

struct wasm_global_type {
    uint8_t value_type;
    bool mutable;
};

struct wasm_import {
    struct bytes module;
    struct bytes name;
    uint8_t kind;    // enum object_kind
    uint32_t index;  // within its kind's index space (imports come first)
    uint32_t offset; // of the entry, from the start of the binary; so below
};

struct wasm_export {
    struct bytes name;
    uint8_t kind;
    uint32_t index;
    uint32_t offset;
};

// A constant expression: its instructions in the binary, from the first to `end` inclusive.
struct wasm_expression {
    uint32_t offset; // of the first byte, from the start of the binary
    uint32_t length; // in bytes, `end` included
};

struct wasm_local_run {
    uint32_t count;
    uint8_t value_type;
};

struct wasm_function {
    uint32_t type_index;
    uint32_t declaration; // offset of the entry in the function or import section
    bool imported;
    bool declared;   // may be named by ref.func (exported, in an element segment, in a global)
    bool tail_calls; // has return_call or return_call_indirect; known once validated
    uint32_t offset; // of the code after the local declarations, from the start of the binary
    uint32_t length; // of the code, final `end` included
    uint32_t local_run_count;            // run-length pairs as in the binary
    const struct wasm_local_run *locals; // parameters not included
    uint32_t local_count;                // their sum, parameters not included; at most 50,000
    struct bytes name;                   // from the name section; length 0 where there is none
};

struct wasm_table {
    struct wasm_table_type type;
    bool imported;
    uint32_t offset;
};

struct wasm_memory {
    struct wasm_memory_type type;
    bool imported;
    uint32_t offset;
};

struct wasm_global {
    struct wasm_global_type type;
    bool imported;
    uint32_t offset;
    struct wasm_expression initial; // where not imported
};

// What an exception is thrown with, and caught by: the parameters of a function type without
// results.
struct wasm_tag {
    uint32_t type_index;
    bool imported;
    uint32_t offset;
    struct bytes name; // from the name section; length 0 where there is none
};

enum wasm_segment_mode { WASM_SEGMENT_ACTIVE, WASM_SEGMENT_PASSIVE, WASM_SEGMENT_DECLARATIVE };

struct wasm_element_segment {
    uint32_t offset;
    uint8_t mode;         // enum wasm_segment_mode
    uint8_t element_type; // OBJECT_FUNCREF or OBJECT_EXTERNREF
    uint32_t table_index; // active
    struct wasm_expression table_offset;
    uint32_t count;
    const uint32_t *function_indices;          // exactly one of the two is non-NULL if count > 0
    const struct wasm_expression *expressions; //
};

struct wasm_data_segment {
    uint32_t offset;
    uint8_t mode;
    uint32_t memory_index; // active
    struct wasm_expression memory_offset;
    struct bytes bytes;
};

struct wasm_custom_section {
    struct bytes name;
    struct bytes contents;
};

// A symbol of the section dylink.0 that has flags.
struct wasm_dylink_symbol {
    struct bytes module; // of imports
    struct bytes name;
    uint32_t flags; // dylink.h
};

// The section dylink.0. Symbols are sorted, to be found by the functions of dylink.h.
struct wasm_dylink {
    bool present;
    uint32_t memory_bytes;
    uint32_t memory_alignment; // log2
    uint32_t table_elements;
    uint32_t table_alignment; // log2
    struct bytes *needed;     // names of other modules
    uint32_t needed_count;
    struct wasm_dylink_symbol *exports;
    uint32_t export_count;
    struct wasm_dylink_symbol *imports;
    uint32_t import_count;
};

// All counts are bounded by the decoder (see WASM_LIMIT_* in decode.h), imports come first in each
// index space.
struct wasm_module {
    struct bytes binary;
    uint32_t features; // what was allowed when it was decoded
    struct arena arena;

    struct wasm_function_type *types;
    uint32_t type_count;
    struct wasm_import *imports;
    uint32_t import_count;
    struct wasm_function *functions;
    uint32_t function_count;
    uint32_t imported_function_count;
    uint32_t code_offset; // of the contents of the code section, 0 where there is none
    struct wasm_table *tables;
    uint32_t table_count;
    uint32_t imported_table_count;
    struct wasm_memory *memories;
    uint32_t memory_count;
    uint32_t imported_memory_count;
    struct wasm_global *globals;
    uint32_t global_count;
    uint32_t imported_global_count;
    struct wasm_tag *tags;
    uint32_t tag_count;
    uint32_t imported_tag_count;
    struct wasm_export *exports;
    uint32_t export_count;
    bool has_start;
    uint32_t start_function;
    uint32_t start_offset;
    struct wasm_element_segment *elements;
    uint32_t element_count;
    bool has_data_count;
    uint32_t data_count; // as the data count section says; equal to data_segment_count if present
    struct wasm_data_segment *data_segments;
    uint32_t data_segment_count;
    struct wasm_custom_section *customs;
    uint32_t custom_count;
    bool may_throw;            // has tags, or a body with exception handling; known once validated
    struct wasm_dylink dylink; // where wasm_decode_dylink was called
};

// Frees what wasm_decode made. `module` may be zeroed.
void wasm_module_destroy(struct wasm_module *module);

static inline bool wasm_has_feature(uint32_t features, enum wasm_feature feature) {
    return (features >> feature & 1u) != 0;
}

// "simd", "i32"; static, never NULL.
const char *wasm_feature_name(enum wasm_feature feature);

// Writes a name as it may appear in a message of one line: cut to the size of the field, control
// characters replaced. Returns `text`.
#define WASM_PRINTABLE_SIZE 80
const char *wasm_printable(struct bytes name, char text[WASM_PRINTABLE_SIZE]);

// The type of a function by function index.
static inline const struct wasm_function_type *
wasm_function_type_of(const struct wasm_module *module, uint32_t function_index) {
    return &module->types[module->functions[function_index].type_index];
}

#endif
