// Function bodies: spec 3.3, by the algorithm of the appendix. Instructions with a signature in
// opcodes.def need nothing here but the checks of their immediates; the others have a case in
// validate_untyped.
#include "wasm/validator.h"

#include <stdlib.h>
#include <string.h>

static bool is_reference(uint8_t type) {
    return type == OBJECT_FUNCREF || type == OBJECT_EXTERNREF;
}

// ---- Immediates ---------------------------------------------------------------------------------

static bool check_index(struct validator *validator, const char *what, uint32_t index,
                        uint32_t count) {
    return index < count || validate_fail(validator, "unknown %s %u", what, index);
}

static bool check_label(struct validator *validator, uint32_t depth) {
    return depth < validator->frame_count || validate_fail(validator, "unknown label %u", depth);
}

static bool check_function(struct validator *validator, uint32_t index) {
    return check_index(validator, "function", index, validator->module->function_count);
}

static bool check_table(struct validator *validator, uint32_t index) {
    return check_index(validator, "table", index, validator->module->table_count);
}

static bool check_memory(struct validator *validator, uint32_t index) {
    return check_index(validator, "memory", index, validator->module->memory_count);
}

static bool check_data(struct validator *validator, uint32_t index) {
    return check_index(validator, "data segment", index, validator->module->data_segment_count);
}

static bool check_element(struct validator *validator, uint32_t index) {
    return check_index(validator, "elem segment", index, validator->module->element_count);
}

static bool check_table_types(struct validator *validator, uint8_t destination, uint8_t source) {
    return destination == source ||
           validate_fail(validator, "type mismatch: %s of %s into a table of %s",
                         wasm_opcodes[validator->instruction.opcode].name,
                         object_value_type_name(source), object_value_type_name(destination));
}

static bool check_table_copy(struct validator *validator) {
    const struct wasm_module *module = validator->module;
    uint32_t destination = validator->instruction.immediate.pair.first;
    uint32_t source = validator->instruction.immediate.pair.second;
    return check_table(validator, destination) && check_table(validator, source) &&
           check_table_types(validator, module->tables[destination].type.element_type,
                             module->tables[source].type.element_type);
}

static bool check_table_init(struct validator *validator) {
    const struct wasm_module *module = validator->module;
    uint32_t element = validator->instruction.immediate.pair.first;
    uint32_t table = validator->instruction.immediate.pair.second;
    return check_table(validator, table) && check_element(validator, element) &&
           check_table_types(validator, module->tables[table].type.element_type,
                             module->elements[element].element_type);
}

// The exponent of the size of an access.
static const uint8_t natural_alignment[WASM_OP_COUNT] = {
    [WASM_OP_I32_LOAD] = 2,          [WASM_OP_I64_LOAD] = 3,
    [WASM_OP_F32_LOAD] = 2,          [WASM_OP_F64_LOAD] = 3,
    [WASM_OP_I32_LOAD8_S] = 0,       [WASM_OP_I32_LOAD8_U] = 0,
    [WASM_OP_I32_LOAD16_S] = 1,      [WASM_OP_I32_LOAD16_U] = 1,
    [WASM_OP_I64_LOAD8_S] = 0,       [WASM_OP_I64_LOAD8_U] = 0,
    [WASM_OP_I64_LOAD16_S] = 1,      [WASM_OP_I64_LOAD16_U] = 1,
    [WASM_OP_I64_LOAD32_S] = 2,      [WASM_OP_I64_LOAD32_U] = 2,
    [WASM_OP_I32_STORE] = 2,         [WASM_OP_I64_STORE] = 3,
    [WASM_OP_F32_STORE] = 2,         [WASM_OP_F64_STORE] = 3,
    [WASM_OP_I32_STORE8] = 0,        [WASM_OP_I32_STORE16] = 1,
    [WASM_OP_I64_STORE8] = 0,        [WASM_OP_I64_STORE16] = 1,
    [WASM_OP_I64_STORE32] = 2,

    [WASM_OP_V128_LOAD] = 4,         [WASM_OP_V128_STORE] = 4,
    [WASM_OP_V128_LOAD8X8_S] = 3,    [WASM_OP_V128_LOAD8X8_U] = 3,
    [WASM_OP_V128_LOAD16X4_S] = 3,   [WASM_OP_V128_LOAD16X4_U] = 3,
    [WASM_OP_V128_LOAD32X2_S] = 3,   [WASM_OP_V128_LOAD32X2_U] = 3,
    [WASM_OP_V128_LOAD8_SPLAT] = 0,  [WASM_OP_V128_LOAD16_SPLAT] = 1,
    [WASM_OP_V128_LOAD32_SPLAT] = 2, [WASM_OP_V128_LOAD64_SPLAT] = 3,
    [WASM_OP_V128_LOAD32_ZERO] = 2,  [WASM_OP_V128_LOAD64_ZERO] = 3,
    [WASM_OP_V128_LOAD8_LANE] = 0,   [WASM_OP_V128_LOAD16_LANE] = 1,
    [WASM_OP_V128_LOAD32_LANE] = 2,  [WASM_OP_V128_LOAD64_LANE] = 3,
    [WASM_OP_V128_STORE8_LANE] = 0,  [WASM_OP_V128_STORE16_LANE] = 1,
    [WASM_OP_V128_STORE32_LANE] = 2, [WASM_OP_V128_STORE64_LANE] = 3,
};

// How many lanes there are to choose from.
static const uint8_t lane_counts[WASM_OP_COUNT] = {
    [WASM_OP_I8X16_EXTRACT_LANE_S] = 16, [WASM_OP_I8X16_EXTRACT_LANE_U] = 16,
    [WASM_OP_I8X16_REPLACE_LANE] = 16,   [WASM_OP_I16X8_EXTRACT_LANE_S] = 8,
    [WASM_OP_I16X8_EXTRACT_LANE_U] = 8,  [WASM_OP_I16X8_REPLACE_LANE] = 8,
    [WASM_OP_I32X4_EXTRACT_LANE] = 4,    [WASM_OP_I32X4_REPLACE_LANE] = 4,
    [WASM_OP_I64X2_EXTRACT_LANE] = 2,    [WASM_OP_I64X2_REPLACE_LANE] = 2,
    [WASM_OP_F32X4_EXTRACT_LANE] = 4,    [WASM_OP_F32X4_REPLACE_LANE] = 4,
    [WASM_OP_F64X2_EXTRACT_LANE] = 2,    [WASM_OP_F64X2_REPLACE_LANE] = 2,
    [WASM_OP_V128_LOAD8_LANE] = 16,      [WASM_OP_V128_STORE8_LANE] = 16,
    [WASM_OP_V128_LOAD16_LANE] = 8,      [WASM_OP_V128_STORE16_LANE] = 8,
    [WASM_OP_V128_LOAD32_LANE] = 4,      [WASM_OP_V128_STORE32_LANE] = 4,
    [WASM_OP_V128_LOAD64_LANE] = 2,      [WASM_OP_V128_STORE64_LANE] = 2,
    [WASM_OP_I8X16_SHUFFLE] = 32,
};

static bool check_lane(struct validator *validator, uint8_t lane) {
    uint8_t count = lane_counts[validator->instruction.opcode];
    return lane < count || validate_fail(validator, "invalid lane index %u of %u", lane, count);
}

static bool check_shuffle(struct validator *validator) {
    for (size_t i = 0; i < sizeof validator->instruction.immediate.bytes; i++) {
        if (!check_lane(validator, validator->instruction.immediate.bytes[i])) {
            return false;
        }
    }
    return true;
}

static bool is_atomic(enum wasm_opcode opcode) {
    return wasm_opcodes[opcode].feature == WASM_FEATURE_THREADS;
}

// Of atomic instructions, which have to be aligned; the rows are in groups of seven.
static uint32_t atomic_alignment(enum wasm_opcode opcode) {
    static const uint8_t group[7] = {2, 3, 0, 1, 0, 1, 2};
    if (opcode < WASM_OP_I32_ATOMIC_LOAD) {
        return opcode == WASM_OP_MEMORY_ATOMIC_WAIT64 ? 3 : 2;
    }
    return group[(opcode - WASM_OP_I32_ATOMIC_LOAD) % 7];
}

static bool check_memarg(struct validator *validator) {
    const struct wasm_instruction *instruction = &validator->instruction;
    if (!check_memory(validator, instruction->immediate.memarg.memory)) {
        return false;
    }
    if (is_atomic(instruction->opcode)) {
        uint32_t needed = atomic_alignment(instruction->opcode);
        return instruction->immediate.memarg.alignment == needed ||
               validate_fail(validator, "atomic alignment must be natural: 2^%u, not 2^%u", needed,
                             instruction->immediate.memarg.alignment);
    }
    uint32_t natural = natural_alignment[instruction->opcode];
    return instruction->immediate.memarg.alignment <= natural ||
           validate_fail(validator, "alignment must not be larger than natural: 2^%u, not 2^%u",
                         natural, instruction->immediate.memarg.alignment);
}

static bool check_immediate(struct validator *validator) {
    const struct wasm_instruction *instruction = &validator->instruction;
    switch ((enum wasm_immediate)wasm_opcodes[instruction->opcode].immediate) {
    case WASM_IMMEDIATE_LABEL:
        return check_label(validator, instruction->immediate.index);
    case WASM_IMMEDIATE_FUNCTION:
        return check_function(validator, instruction->immediate.index);
    case WASM_IMMEDIATE_TAG:
        return check_index(validator, "tag", instruction->immediate.index,
                           validator->module->tag_count);
    case WASM_IMMEDIATE_GLOBAL:
        return check_index(validator, "global", instruction->immediate.index,
                           validator->module->global_count);
    case WASM_IMMEDIATE_TABLE:
        return check_table(validator, instruction->immediate.index);
    case WASM_IMMEDIATE_TABLE_TABLE:
        return check_table_copy(validator);
    case WASM_IMMEDIATE_ELEMENT_TABLE:
        return check_table_init(validator);
    case WASM_IMMEDIATE_ELEMENT:
        return check_element(validator, instruction->immediate.index);
    case WASM_IMMEDIATE_DATA:
        return check_data(validator, instruction->immediate.index);
    case WASM_IMMEDIATE_DATA_MEMORY:
        return check_memory(validator, instruction->immediate.pair.second) &&
               check_data(validator, instruction->immediate.pair.first);
    case WASM_IMMEDIATE_MEMORY:
        return check_memory(validator, instruction->immediate.index);
    case WASM_IMMEDIATE_MEMORY_MEMORY:
        return check_memory(validator, instruction->immediate.pair.first) &&
               check_memory(validator, instruction->immediate.pair.second);
    case WASM_IMMEDIATE_MEMARG:
        return check_memarg(validator);
    case WASM_IMMEDIATE_MEMARG_LANE:
        return check_memarg(validator) && check_lane(validator, instruction->immediate.memarg.lane);
    case WASM_IMMEDIATE_LANE:
        return check_lane(validator, instruction->immediate.lane);
    case WASM_IMMEDIATE_SHUFFLE:
        return check_shuffle(validator);
    default: // checked with the types, or nothing to check
        return true;
    }
}

// ---- Control ------------------------------------------------------------------------------------

static struct bytes parameters_of(const struct wasm_function_type *type) {
    return (struct bytes){type->parameters, type->parameter_count};
}

static struct bytes results_of(const struct wasm_function_type *type) {
    return (struct bytes){type->results, type->result_count};
}

// A single value type is viewed where it stands in the binary: the byte behind the opcode.
static bool block_types(struct validator *validator, struct bytes *start, struct bytes *end) {
    const struct wasm_module *module = validator->module;
    const struct wasm_instruction *instruction = &validator->instruction;
    *start = (struct bytes){NULL, 0};
    *end = (struct bytes){NULL, 0};
    if (instruction->immediate.block.kind == WASM_BLOCK_VALUE) {
        *end = (struct bytes){module->binary.data + instruction->offset + 1, 1};
    } else if (instruction->immediate.block.kind == WASM_BLOCK_TYPE) {
        uint32_t index = instruction->immediate.block.type_index;
        if (!check_index(validator, "type", index, module->type_count)) {
            return false;
        }
        *start = parameters_of(&module->types[index]);
        *end = results_of(&module->types[index]);
    }
    return true;
}

static bool validate_block(struct validator *validator) {
    enum wasm_opcode opcode = validator->instruction.opcode;
    struct bytes start;
    struct bytes end;
    return block_types(validator, &start, &end) &&
           (opcode != WASM_OP_IF || validate_pop(validator, OBJECT_I32)) &&
           validate_pop_types(validator, start) &&
           validate_push_frame(validator, opcode, start, end);
}

static bool validate_else(struct validator *validator) {
    struct control_frame frame;
    if (!validate_pop_frame(validator, &frame)) {
        return false;
    }
    if (frame.opcode != WASM_OP_IF) {
        return validate_fail(validator, "misplaced ELSE opcode");
    }
    return validate_push_frame(validator, WASM_OP_ELSE, frame.start, frame.end);
}

// ---- Exceptions

static bool validate_try(struct validator *validator) {
    validator->module->may_throw = true;
    return validate_block(validator);
}

// A handler begins with the values of its tag; it ends as the try does.
static bool validate_handler(struct validator *validator, struct bytes values) {
    enum wasm_opcode opcode = validator->instruction.opcode;
    struct control_frame frame;
    if (!validate_pop_frame(validator, &frame)) {
        return false;
    }
    if (frame.opcode != WASM_OP_TRY && frame.opcode != WASM_OP_CATCH) {
        return validate_fail(validator, "misplaced %s opcode", wasm_opcodes[opcode].name);
    }
    return validate_push_frame(validator, opcode, values, frame.end);
}

static struct bytes tag_values(const struct validator *validator) {
    const struct wasm_module *module = validator->module;
    const struct wasm_tag *tag = &module->tags[validator->instruction.immediate.index];
    return parameters_of(&module->types[tag->type_index]);
}

// The label is counted from outside of the try.
static bool validate_delegate(struct validator *validator) {
    struct control_frame frame;
    if (!validate_pop_frame(validator, &frame)) {
        return false;
    }
    if (frame.opcode != WASM_OP_TRY) {
        return validate_fail(validator, "misplaced delegate opcode");
    }
    return check_label(validator, validator->instruction.immediate.index) &&
           validate_push_types(validator, frame.end);
}

static bool validate_rethrow(struct validator *validator) {
    uint32_t depth = validator->instruction.immediate.index;
    enum wasm_opcode target = validate_frame(validator, depth)->opcode;
    if (target != WASM_OP_CATCH && target != WASM_OP_CATCH_ALL) {
        return validate_fail(validator, "invalid rethrow label %u", depth);
    }
    validate_unreachable(validator);
    return true;
}

// An `if` without `else` passes its parameters through.
static bool validate_end(struct validator *validator) {
    struct control_frame frame;
    if (!validate_pop_frame(validator, &frame)) {
        return false;
    }
    if (frame.opcode == WASM_OP_IF) {
        if (!validate_push_frame(validator, WASM_OP_ELSE, frame.start, frame.end) ||
            !validate_pop_frame(validator, &frame)) {
            return false;
        }
    }
    return validator->frame_count == 0 || validate_push_types(validator, frame.end);
}

static struct bytes label_types(struct validator *validator, uint32_t depth) {
    const struct control_frame *frame = validate_frame(validator, depth);
    return frame->opcode == WASM_OP_LOOP ? frame->start : frame->end;
}

static bool validate_jump(struct validator *validator, struct bytes types) {
    if (!validate_pop_types(validator, types)) {
        return false;
    }
    validate_unreachable(validator);
    return true;
}

static bool validate_br_if(struct validator *validator) {
    struct bytes types = label_types(validator, validator->instruction.immediate.index);
    return validate_pop(validator, OBJECT_I32) && validate_pop_types(validator, types) &&
           validate_push_types(validator, types);
}

// All targets take as many operands as the default, which is the last of the list.
static bool validate_br_table(struct validator *validator) {
    struct wasm_reader list = validator->instruction.immediate.br_table.list;
    uint32_t count = validator->instruction.immediate.br_table.count;
    struct bytes types = {NULL, 0};
    if (!validate_pop(validator, OBJECT_I32)) {
        return false;
    }
    for (uint32_t i = 0; i <= count; i++) {
        uint32_t label;
        if (!wasm_read_u32(&list, &label, validator->error) || !check_label(validator, label)) {
            return false;
        }
        struct bytes target = label_types(validator, label);
        if (i > 0 && target.length != types.length) {
            return validate_fail(validator,
                                 "type mismatch: label %u takes %zu operands, others %zu", label,
                                 target.length, types.length);
        }
        if ((i == 0 || target.data != types.data) && !validate_peek_types(validator, target)) {
            return false;
        }
        types = target;
    }
    return validate_jump(validator, types);
}

static bool validate_call(struct validator *validator, const struct wasm_function_type *type) {
    return validate_pop_types(validator, parameters_of(type)) &&
           validate_push_types(validator, results_of(type));
}

// The type and table of call_indirect; then its index is popped.
static bool validate_element(struct validator *validator) {
    const struct wasm_module *module = validator->module;
    uint32_t type = validator->instruction.immediate.pair.first;
    uint32_t table = validator->instruction.immediate.pair.second;
    if (!check_table(validator, table) ||
        !check_index(validator, "type", type, module->type_count)) {
        return false;
    }
    if (module->tables[table].type.element_type != OBJECT_FUNCREF) {
        return validate_fail(validator, "type mismatch: call_indirect through a table of %s",
                             object_value_type_name(module->tables[table].type.element_type));
    }
    return validate_pop(validator, OBJECT_I32);
}

static bool validate_call_indirect(struct validator *validator) {
    uint32_t type = validator->instruction.immediate.pair.first;
    return validate_element(validator) && validate_call(validator, &validator->module->types[type]);
}

static bool validate_return(struct validator *validator) {
    return validate_jump(validator, validator->frames[0].end);
}

// The results of the callee are those of the function.
static bool validate_tail_call(struct validator *validator, const struct wasm_function_type *type) {
    struct bytes wanted = validator->frames[0].end;
    struct bytes given = results_of(type);
    if (wanted.length != given.length ||
        (given.length > 0 && memcmp(wanted.data, given.data, given.length) != 0)) {
        return validate_fail(validator, "type mismatch: %s of a function with other results",
                             wasm_opcodes[validator->instruction.opcode].name);
    }
    validator->module->functions[validator->function_index].tail_calls = true;
    return validate_jump(validator, parameters_of(type));
}

static bool validate_return_call_indirect(struct validator *validator) {
    uint32_t type = validator->instruction.immediate.pair.first;
    return validate_element(validator) &&
           validate_tail_call(validator, &validator->module->types[type]);
}

// ---- Parametric, variable, reference, table -----------------------------------------------------

static bool validate_drop(struct validator *validator) {
    uint8_t type;
    return validate_pop_any(validator, &type);
}

static bool validate_select(struct validator *validator) {
    uint8_t first;
    uint8_t second;
    if (!validate_pop(validator, OBJECT_I32) || !validate_pop_any(validator, &second) ||
        !validate_pop_any(validator, &first)) {
        return false;
    }
    if (is_reference(first) || is_reference(second)) {
        return validate_fail(validator,
                             "type mismatch: select without a type takes numbers, found %s",
                             object_value_type_name(is_reference(first) ? first : second));
    }
    if (first != second && first != VALUE_TYPE_UNKNOWN && second != VALUE_TYPE_UNKNOWN) {
        return validate_fail(validator, "type mismatch: select of %s and %s",
                             object_value_type_name(first), object_value_type_name(second));
    }
    return validate_push(validator, first == VALUE_TYPE_UNKNOWN ? second : first);
}

static bool validate_select_typed(struct validator *validator) {
    struct wasm_reader list = validator->instruction.immediate.select.list;
    uint32_t count = validator->instruction.immediate.select.count;
    uint8_t type;
    if (count != 1) {
        return validate_fail(validator, "invalid result arity: select of %u types", count);
    }
    return wasm_read_byte(&list, &type, validator->error) && validate_pop(validator, OBJECT_I32) &&
           validate_pop(validator, type) && validate_pop(validator, type) &&
           validate_push(validator, type);
}

// Locals are runs of equal types; finds the run by bisection, as expanding 50,000 locals for each
// small body would cost more than its size.
static bool local_type(struct validator *validator, uint8_t *type) {
    const struct wasm_module *module = validator->module;
    const struct wasm_function *function = &module->functions[validator->function_index];
    const struct wasm_function_type *signature = &module->types[function->type_index];
    uint32_t index = validator->instruction.immediate.index;
    if (index < signature->parameter_count) {
        *type = signature->parameters[index];
        return true;
    }
    uint32_t local = index - signature->parameter_count;
    if (local >= function->local_count) {
        return validate_fail(validator, "unknown local %u", index);
    }
    uint32_t low = 0;
    uint32_t high = function->local_run_count - 1;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (local < validator->local_ends[middle]) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    *type = function->locals[low].value_type;
    return true;
}

static bool validate_local(struct validator *validator) {
    uint8_t type = 0;
    if (!local_type(validator, &type)) {
        return false;
    }
    enum wasm_opcode opcode = validator->instruction.opcode;
    return (opcode == WASM_OP_LOCAL_GET || validate_pop(validator, type)) &&
           (opcode == WASM_OP_LOCAL_SET || validate_push(validator, type));
}

static bool validate_global_set(struct validator *validator, const struct wasm_global_type *type) {
    if (!type->mutable) {
        return validate_fail(validator, "global is immutable: %u",
                             validator->instruction.immediate.index);
    }
    return validate_pop(validator, type->value_type);
}

static bool validate_is_null(struct validator *validator) {
    uint8_t type;
    if (!validate_pop_any(validator, &type)) {
        return false;
    }
    if (type != VALUE_TYPE_UNKNOWN && !is_reference(type)) {
        return validate_fail(validator, "type mismatch: ref.is_null expects a reference, found %s",
                             object_value_type_name(type));
    }
    return validate_push(validator, OBJECT_I32);
}

static bool validate_ref_func(struct validator *validator) {
    uint32_t index = validator->instruction.immediate.index;
    if (!validator->module->functions[index].declared) {
        return validate_fail(validator, "undeclared function reference %u", index);
    }
    return validate_push(validator, OBJECT_FUNCREF);
}

static bool validate_table(struct validator *validator, uint8_t element_type) {
    switch (validator->instruction.opcode) {
    case WASM_OP_TABLE_GET:
        return validate_pop(validator, OBJECT_I32) && validate_push(validator, element_type);
    case WASM_OP_TABLE_SET:
        return validate_pop(validator, element_type) && validate_pop(validator, OBJECT_I32);
    case WASM_OP_TABLE_GROW:
        return validate_pop(validator, OBJECT_I32) && validate_pop(validator, element_type) &&
               validate_push(validator, OBJECT_I32);
    default: // table.fill
        return validate_pop(validator, OBJECT_I32) && validate_pop(validator, element_type) &&
               validate_pop(validator, OBJECT_I32);
    }
}

// ---- Bodies -------------------------------------------------------------------------------------

// Instructions whose typing depends on context; their immediates are checked.
static bool validate_untyped(struct validator *validator) {
    const struct wasm_module *module = validator->module;
    uint32_t index = validator->instruction.immediate.index;
    switch (validator->instruction.opcode) {
    case WASM_OP_NOP:
        return true;
    case WASM_OP_UNREACHABLE:
        validate_unreachable(validator);
        return true;
    case WASM_OP_BLOCK:
    case WASM_OP_LOOP:
    case WASM_OP_IF:
        return validate_block(validator);
    case WASM_OP_ELSE:
        return validate_else(validator);
    case WASM_OP_END:
        return validate_end(validator);
    case WASM_OP_TRY:
        return validate_try(validator);
    case WASM_OP_CATCH:
        return validate_handler(validator, tag_values(validator));
    case WASM_OP_CATCH_ALL:
        return validate_handler(validator, (struct bytes){NULL, 0});
    case WASM_OP_THROW:
        return validate_jump(validator, tag_values(validator));
    case WASM_OP_RETHROW:
        return validate_rethrow(validator);
    case WASM_OP_DELEGATE:
        return validate_delegate(validator);
    case WASM_OP_BR:
        return validate_jump(validator, label_types(validator, index));
    case WASM_OP_BR_IF:
        return validate_br_if(validator);
    case WASM_OP_BR_TABLE:
        return validate_br_table(validator);
    case WASM_OP_RETURN:
        return validate_return(validator);
    case WASM_OP_CALL:
        return validate_call(validator, wasm_function_type_of(module, index));
    case WASM_OP_CALL_INDIRECT:
        return validate_call_indirect(validator);
    case WASM_OP_RETURN_CALL:
        return validate_tail_call(validator, wasm_function_type_of(module, index));
    case WASM_OP_RETURN_CALL_INDIRECT:
        return validate_return_call_indirect(validator);
    case WASM_OP_REF_NULL:
        return validate_push(validator, validator->instruction.immediate.reference_type);
    case WASM_OP_REF_IS_NULL:
        return validate_is_null(validator);
    case WASM_OP_REF_FUNC:
        return validate_ref_func(validator);
    case WASM_OP_DROP:
        return validate_drop(validator);
    case WASM_OP_SELECT:
        return validate_select(validator);
    case WASM_OP_SELECT_TYPED:
        return validate_select_typed(validator);
    case WASM_OP_LOCAL_GET:
    case WASM_OP_LOCAL_SET:
    case WASM_OP_LOCAL_TEE:
        return validate_local(validator);
    case WASM_OP_GLOBAL_GET:
        return validate_push(validator, module->globals[index].type.value_type);
    case WASM_OP_GLOBAL_SET:
        return validate_global_set(validator, &module->globals[index].type);
    case WASM_OP_TABLE_GET:
    case WASM_OP_TABLE_SET:
    case WASM_OP_TABLE_GROW:
    case WASM_OP_TABLE_FILL:
        return validate_table(validator, module->tables[index].type.element_type);
    default:
        return error_set(validator->error, ERROR_INTERNAL, "no validation for %s",
                         wasm_opcodes[validator->instruction.opcode].name);
    }
}

static bool validate_instruction(struct validator *validator) {
    if (!wasm_read_instruction(&validator->reader, validator->module->features,
                               &validator->instruction, validator->error) ||
        !check_immediate(validator)) {
        return false;
    }
    return wasm_opcodes[validator->instruction.opcode].signature[0] != '\0'
               ? validate_signature(validator)
               : validate_untyped(validator);
}

static bool sum_locals(struct validator *validator, const struct wasm_function *function) {
    if (function->local_run_count > validator->local_ends_capacity) {
        uint32_t *ends = reallocarray(validator->local_ends, function->local_run_count,
                                      sizeof *validator->local_ends);
        if (ends == NULL) {
            return error_set(validator->error, ERROR_MEMORY, "out of memory for %u runs of locals",
                             function->local_run_count);
        }
        validator->local_ends = ends;
        validator->local_ends_capacity = function->local_run_count;
    }
    uint32_t end = 0;
    for (uint32_t i = 0; i < function->local_run_count; i++) {
        end += function->locals[i].count;
        validator->local_ends[i] = end;
    }
    return true;
}

bool validate_body(struct validator *validator, uint32_t function_index) {
    const struct wasm_module *module = validator->module;
    const struct wasm_function *function = &module->functions[function_index];
    validator->in_body = true;
    validator->function_index = function_index;
    validate_begin(validator, function->offset, function->length);
    if (!sum_locals(validator, function) ||
        !validate_push_frame(validator, WASM_OP_BLOCK, (struct bytes){NULL, 0},
                             results_of(&module->types[function->type_index]))) {
        return false;
    }
    while (validator->frame_count > 0) {
        if (!validate_instruction(validator)) {
            return false;
        }
    }
    return true;
}
