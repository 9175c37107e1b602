// Instructions: the one table (opcodes.def) and the one reader that validator and code generator
// share.
//
// To add an instruction: a row in opcodes.def; if its validation is not said by its signature, a
// case in validate_body.c; an emit function in the codegen file of its family.
#ifndef FAASM_WASM_INSTRUCTION_H
#define FAASM_WASM_INSTRUCTION_H

#include "base/error.h"
#include "wasm/module.h"
#include "wasm/reader.h"

#include <stdbool.h>
#include <stdint.h>

// WASM_OP_I32_ADD and so on, dense from 0 in the order of opcodes.def.
enum wasm_opcode {
#define OP(identifier, code, text, immediate, signature, feature, family) WASM_OP_##identifier,
#include "wasm/opcodes.def"
#undef OP
    WASM_OP_COUNT
};

// The shape of what follows an opcode in the binary.
enum wasm_immediate {
    WASM_IMMEDIATE_NONE,
    WASM_IMMEDIATE_BLOCK,    // block type
    WASM_IMMEDIATE_LABEL,    // label depth
    WASM_IMMEDIATE_BR_TABLE, // vector of label depths and a default
    WASM_IMMEDIATE_TAG,
    WASM_IMMEDIATE_FUNCTION,      // function index
    WASM_IMMEDIATE_CALL_INDIRECT, // type index, table index
    WASM_IMMEDIATE_LOCAL,
    WASM_IMMEDIATE_GLOBAL,
    WASM_IMMEDIATE_TABLE,
    WASM_IMMEDIATE_TABLE_TABLE,   // table.copy: destination, source
    WASM_IMMEDIATE_ELEMENT_TABLE, // table.init: element segment, table
    WASM_IMMEDIATE_ELEMENT,
    WASM_IMMEDIATE_DATA,
    WASM_IMMEDIATE_DATA_MEMORY,   // memory.init: data segment, memory
    WASM_IMMEDIATE_MEMORY,        // memory.size, memory.grow, memory.fill
    WASM_IMMEDIATE_MEMORY_MEMORY, // memory.copy: destination, source
    WASM_IMMEDIATE_MEMARG,        // alignment exponent, offset (and memory with multi-memory)
    WASM_IMMEDIATE_MEMARG_LANE,   // the same, and a lane
    WASM_IMMEDIATE_LANE,
    WASM_IMMEDIATE_V128,    // 16 bytes
    WASM_IMMEDIATE_SHUFFLE, // 16 lanes of 32, a byte each
    WASM_IMMEDIATE_FENCE,   // a byte, zero
    WASM_IMMEDIATE_I32,
    WASM_IMMEDIATE_I64,
    WASM_IMMEDIATE_F32,
    WASM_IMMEDIATE_F64,
    WASM_IMMEDIATE_REFERENCE_TYPE,
    WASM_IMMEDIATE_SELECT_TYPES, // vector of value types
};

enum wasm_block_kind { WASM_BLOCK_EMPTY, WASM_BLOCK_VALUE, WASM_BLOCK_TYPE };

struct wasm_instruction {
    enum wasm_opcode opcode;
    uint32_t offset; // of the opcode, from the start of the binary
    union {
        struct {
            enum wasm_block_kind kind;
            uint8_t value_type;  // WASM_BLOCK_VALUE
            uint32_t type_index; // WASM_BLOCK_TYPE
        } block;
        uint32_t index; // label, tag, function, local, global, table, memory, element, …
        struct {
            uint32_t first, second; // in the order of the binary, which is what the comment above
        } pair;                     // says: CALL_INDIRECT, TABLE_TABLE, ELEMENT_TABLE, …
        struct {
            uint32_t count;          // targets without the default; labels are read one by one with
            struct wasm_reader list; // wasm_read_u32 from a copy of `list`: count + 1 of them
        } br_table;
        struct {
            uint32_t alignment; // exponent
            uint32_t memory;
            uint64_t offset;
            uint8_t lane; // MEMARG_LANE
        } memarg;
        uint8_t lane;
        uint8_t bytes[16]; // V128, SHUFFLE
        int32_t i32;
        int64_t i64;
        uint32_t f32; // bits
        uint64_t f64; // bits
        uint8_t reference_type;
        struct {
            uint32_t count; // value types follow in `list`, a byte each
            struct wasm_reader list;
        } select;
    } immediate;
};

struct wasm_opcode_info {
    uint32_t code;     // 0x6a, or prefix << 16 | number, e.g. 0xfc0008
    uint8_t immediate; // enum wasm_immediate
    uint8_t feature;   // enum wasm_feature
    char name[40];     // "i32.add"; no pointer, so that nothing is relocated at each start
    // Operand and result types for those whose typing is fixed: "ii:i" takes two i32, gives one;
    // i I f F v = i32 i64 f32 f64 v128, p = an address (i32), r = funcref, x = externref. "" where
    // typing depends on context (control, parametric, variable, reference and table instructions).
    char signature[6];
};

extern const struct wasm_opcode_info wasm_opcodes[WASM_OP_COUNT];

// Reads one instruction and its immediates. ERROR_MALFORMED ("illegal opcode ff", …), or
// ERROR_UNSUPPORTED where `features` does not have what it needs ("simd: i32x4.add") or no row has
// it yet ("simd: opcode fd 0c"); messages begin with the offset.
bool wasm_read_instruction(struct wasm_reader *reader, uint32_t features,
                           struct wasm_instruction *instruction, struct error *error);

#endif
