#include "wasm/instruction.h"

#include "wasm/decode.h"

#include <stdio.h>

const struct wasm_opcode_info wasm_opcodes[WASM_OP_COUNT] = {
#define OP(identifier, code, text, immediate, signature, feature, family)                          \
    [WASM_OP_##                                                                                    \
        identifier] = {code, WASM_IMMEDIATE_##immediate, WASM_FEATURE_##feature, text, signature},
#include "wasm/opcodes.def"
#undef OP
};

// From codes to opcodes: a page of slots for the plain ones and one for each prefix.
enum { FIRST_PREFIX = 0xfc, LAST_PREFIX = 0xfe, PAGE = 0x200 };

#define SLOT(code) ((code) <= 0xff ? (code) : (((code) >> 16) - 0xfb) * PAGE + ((code)&0xffff))

// The opcode + 1; 0 where there is none.
static const uint16_t opcode_slots[(LAST_PREFIX - FIRST_PREFIX + 2) * PAGE] = {
#define OP(identifier, code, text, immediate, signature, feature, family)                          \
    [SLOT(code)] = WASM_OP_##identifier + 1,
#include "wasm/opcodes.def"
#undef OP
};

// Opcodes of proposals that have no rows in opcodes.def, for an error that names the proposal.
static const struct {
    uint32_t first;
    uint32_t last;
    enum wasm_feature feature;
} foreign_opcodes[] = {
    {0x0a, 0x0a, WASM_FEATURE_EXNREF},              // throw_ref
    {0x1f, 0x1f, WASM_FEATURE_EXNREF},              // try_table
    {0x14, 0x15, WASM_FEATURE_FUNCTION_REFERENCES}, // call_ref, return_call_ref
    {0xd3, 0xd3, WASM_FEATURE_GC},                  // ref.eq
    {0xd4, 0xd6, WASM_FEATURE_FUNCTION_REFERENCES}, // ref.as_non_null, br_on_null, br_on_non_null
    {0xfb, 0xfb, WASM_FEATURE_GC},
};

// The opcode + 1, or 0 where no row has this code.
static uint16_t find_opcode(uint8_t first, uint32_t number) {
    if (first < FIRST_PREFIX || first > LAST_PREFIX) {
        return opcode_slots[first];
    }
    return number < PAGE ? opcode_slots[(first - FIRST_PREFIX + 1) * PAGE + number] : 0;
}

static bool fail_opcode(uint32_t offset, uint8_t first, uint32_t number, struct error *error) {
    bool has_prefix = first >= FIRST_PREFIX && first <= LAST_PREFIX;
    char text[32];
    snprintf(text, sizeof text, has_prefix ? "%02x %02x" : "%02x", first, number);
    uint32_t code =
        has_prefix ? (uint32_t)first << 16 | (number < 0xffff ? number : 0xffff) : first;
    for (size_t i = 0; i < sizeof foreign_opcodes / sizeof foreign_opcodes[0]; i++) {
        if (code >= foreign_opcodes[i].first && code <= foreign_opcodes[i].last) {
            return wasm_unsupported_at(offset, foreign_opcodes[i].feature, error, "opcode %s",
                                       text);
        }
    }
    return wasm_fail_at(offset, ERROR_MALFORMED, error, "illegal opcode %s", text);
}

static bool read_opcode(struct wasm_reader *reader, uint32_t features,
                        struct wasm_instruction *instruction, struct error *error) {
    instruction->offset = wasm_reader_offset(reader);
    uint8_t first;
    uint32_t number = 0;
    if (!wasm_read_byte(reader, &first, error)) {
        return false;
    }
    if (first >= FIRST_PREFIX && first <= LAST_PREFIX && !wasm_read_u32(reader, &number, error)) {
        return false;
    }
    uint16_t found = find_opcode(first, number);
    if (found == 0) {
        return fail_opcode(instruction->offset, first, number, error);
    }
    instruction->opcode = (enum wasm_opcode)(found - 1);
    const struct wasm_opcode_info *info = &wasm_opcodes[instruction->opcode];
    if (info->feature != WASM_FEATURE_CORE && !wasm_has_feature(features, info->feature)) {
        return wasm_unsupported_at(instruction->offset, info->feature, error, "%s", info->name);
    }
    return true;
}

// A type index, the empty type 0x40, or one value type: told apart by the sign of an s33, whose
// negative values must be of one byte.
static bool read_block_type(struct wasm_reader *reader, uint32_t features,
                            struct wasm_instruction *instruction, struct error *error) {
    const uint8_t *start = reader->position;
    if (start < reader->end && *start == 0x40) {
        reader->position++;
        instruction->immediate.block.kind = WASM_BLOCK_EMPTY;
        return true;
    }
    if (start < reader->end && (*start & 0xc0) == 0x40) {
        instruction->immediate.block.kind = WASM_BLOCK_VALUE;
        return wasm_read_value_type(reader, features, &instruction->immediate.block.value_type,
                                    error);
    }
    int64_t index;
    if (!wasm_read_s33(reader, &index, error)) {
        return false;
    }
    if (index < 0) {
        reader->position = start;
        return wasm_reader_fail(reader, error, "malformed block type");
    }
    instruction->immediate.block.kind = WASM_BLOCK_TYPE;
    instruction->immediate.block.type_index = (uint32_t)index;
    return true;
}

static bool read_br_table(struct wasm_reader *reader, struct wasm_instruction *instruction,
                          struct error *error) {
    uint32_t count;
    if (!wasm_read_count(reader, &count, error)) {
        return false;
    }
    if (count > WASM_LIMIT_BR_TABLE) {
        return wasm_reader_fail(reader, error, "br_table of %u targets: the limit is %u", count,
                                WASM_LIMIT_BR_TABLE);
    }
    instruction->immediate.br_table.count = count;
    instruction->immediate.br_table.list = *reader;
    for (uint32_t i = 0; i <= count; i++) {
        uint32_t label;
        if (!wasm_read_u32(reader, &label, error)) {
            return false;
        }
    }
    return true;
}

static bool read_select_types(struct wasm_reader *reader, uint32_t features,
                              struct wasm_instruction *instruction, struct error *error) {
    uint32_t count;
    if (!wasm_read_count(reader, &count, error)) {
        return false;
    }
    instruction->immediate.select.count = count;
    instruction->immediate.select.list = *reader;
    for (uint32_t i = 0; i < count; i++) {
        uint8_t type;
        if (!wasm_read_value_type(reader, features, &type, error)) {
            return false;
        }
    }
    return true;
}

static bool read_zero_byte(struct wasm_reader *reader, struct error *error) {
    uint8_t zero;
    if (!wasm_read_byte(reader, &zero, error)) {
        return false;
    }
    if (zero != 0) {
        reader->position--;
        return wasm_reader_fail(reader, error, "zero byte expected");
    }
    return true;
}

// Before multi-memory the place of a memory index is one byte, which must be zero.
static bool read_memory_index(struct wasm_reader *reader, uint32_t features, uint32_t *index,
                              struct error *error) {
    if (wasm_has_feature(features, WASM_FEATURE_MULTI_MEMORY)) {
        return wasm_read_u32(reader, index, error);
    }
    *index = 0;
    return read_zero_byte(reader, error);
}

static bool read_memarg(struct wasm_reader *reader, uint32_t features,
                        struct wasm_instruction *instruction, struct error *error) {
    enum { HAS_MEMORY = 0x40 };
    const uint8_t *start = reader->position;
    uint32_t flags;
    uint32_t memory = 0;
    uint32_t offset;
    if (!wasm_read_u32(reader, &flags, error)) {
        return false;
    }
    bool has_memory =
        wasm_has_feature(features, WASM_FEATURE_MULTI_MEMORY) && (flags & HAS_MEMORY) != 0;
    uint32_t alignment = has_memory ? flags & ~(uint32_t)HAS_MEMORY : flags;
    if (alignment >= 32) {
        reader->position = start;
        return wasm_reader_fail(reader, error, "malformed memop flags");
    }
    if (has_memory && !wasm_read_u32(reader, &memory, error)) {
        return false;
    }
    if (!wasm_read_u32(reader, &offset, error)) {
        return false;
    }
    instruction->immediate.memarg.alignment = alignment;
    instruction->immediate.memarg.memory = memory;
    instruction->immediate.memarg.offset = offset;
    return true;
}

static bool read_16_bytes(struct wasm_reader *reader, uint8_t bytes[16], struct error *error) {
    for (size_t i = 0; i < 16; i++) {
        if (!wasm_read_byte(reader, &bytes[i], error)) {
            return false;
        }
    }
    return true;
}

static bool read_immediate(struct wasm_reader *reader, uint32_t features,
                           struct wasm_instruction *instruction, struct error *error) {
    uint32_t *index = &instruction->immediate.index;
    uint32_t *first = &instruction->immediate.pair.first;
    uint32_t *second = &instruction->immediate.pair.second;
    switch ((enum wasm_immediate)wasm_opcodes[instruction->opcode].immediate) {
    case WASM_IMMEDIATE_NONE:
        return true;
    case WASM_IMMEDIATE_BLOCK:
        return read_block_type(reader, features, instruction, error);
    case WASM_IMMEDIATE_BR_TABLE:
        return read_br_table(reader, instruction, error);
    case WASM_IMMEDIATE_LABEL:
    case WASM_IMMEDIATE_TAG:
    case WASM_IMMEDIATE_FUNCTION:
    case WASM_IMMEDIATE_LOCAL:
    case WASM_IMMEDIATE_GLOBAL:
    case WASM_IMMEDIATE_TABLE:
    case WASM_IMMEDIATE_ELEMENT:
    case WASM_IMMEDIATE_DATA:
        return wasm_read_u32(reader, index, error);
    case WASM_IMMEDIATE_CALL_INDIRECT:
    case WASM_IMMEDIATE_TABLE_TABLE:
    case WASM_IMMEDIATE_ELEMENT_TABLE:
        return wasm_read_u32(reader, first, error) && wasm_read_u32(reader, second, error);
    case WASM_IMMEDIATE_DATA_MEMORY:
        return wasm_read_u32(reader, first, error) &&
               read_memory_index(reader, features, second, error);
    case WASM_IMMEDIATE_MEMORY:
        return read_memory_index(reader, features, index, error);
    case WASM_IMMEDIATE_MEMORY_MEMORY:
        return read_memory_index(reader, features, first, error) &&
               read_memory_index(reader, features, second, error);
    case WASM_IMMEDIATE_MEMARG:
        return read_memarg(reader, features, instruction, error);
    case WASM_IMMEDIATE_MEMARG_LANE:
        return read_memarg(reader, features, instruction, error) &&
               wasm_read_byte(reader, &instruction->immediate.memarg.lane, error);
    case WASM_IMMEDIATE_FENCE:
        return read_zero_byte(reader, error);
    case WASM_IMMEDIATE_LANE:
        return wasm_read_byte(reader, &instruction->immediate.lane, error);
    case WASM_IMMEDIATE_V128:
    case WASM_IMMEDIATE_SHUFFLE:
        return read_16_bytes(reader, instruction->immediate.bytes, error);
    case WASM_IMMEDIATE_I32:
        return wasm_read_s32(reader, &instruction->immediate.i32, error);
    case WASM_IMMEDIATE_I64:
        return wasm_read_s64(reader, &instruction->immediate.i64, error);
    case WASM_IMMEDIATE_F32:
        return wasm_read_f32(reader, &instruction->immediate.f32, error);
    case WASM_IMMEDIATE_F64:
        return wasm_read_f64(reader, &instruction->immediate.f64, error);
    case WASM_IMMEDIATE_REFERENCE_TYPE:
        return wasm_read_reference_type(reader, &instruction->immediate.reference_type, error);
    case WASM_IMMEDIATE_SELECT_TYPES:
        return read_select_types(reader, features, instruction, error);
    }
    return error_set(error, ERROR_INTERNAL, "opcode row %s without an immediate",
                     wasm_opcodes[instruction->opcode].name);
}

bool wasm_read_instruction(struct wasm_reader *reader, uint32_t features,
                           struct wasm_instruction *instruction, struct error *error) {
    return read_opcode(reader, features, instruction, error) &&
           read_immediate(reader, features, instruction, error);
}
