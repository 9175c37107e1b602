// The operand and control stacks.
#include "wasm/decode.h"
#include "wasm/validator.h"

#include <stdlib.h>
#include <string.h>

void validate_begin(struct validator *validator, uint32_t offset, uint32_t length) {
    const uint8_t *binary = validator->module->binary.data;
    validator->reader = (struct wasm_reader){binary, binary + offset, binary + offset + length};
    validator->operands.length = 0;
    validator->frame_count = 0;
}

struct control_frame *validate_frame(struct validator *validator, uint32_t depth) {
    return &validator->frames[validator->frame_count - 1 - depth];
}

static bool reserve_operands(struct validator *validator, size_t count) {
    if (count > WASM_LIMIT_OPERANDS - validator->operands.length) {
        return validate_fail(validator, "operand stack higher than the limit of %u",
                             WASM_LIMIT_OPERANDS);
    }
    return buffer_reserve(&validator->operands, count, validator->error);
}

bool validate_push(struct validator *validator, uint8_t type) {
    if (!reserve_operands(validator, 1)) {
        return false;
    }
    validator->operands.data[validator->operands.length++] = type;
    return true;
}

bool validate_push_types(struct validator *validator, struct bytes types) {
    if (types.length == 0) {
        return true;
    }
    if (!reserve_operands(validator, types.length)) {
        return false;
    }
    memcpy(validator->operands.data + validator->operands.length, types.data, types.length);
    validator->operands.length += types.length;
    return true;
}

// The operands of the innermost block.
static size_t available_operands(struct validator *validator) {
    return validator->operands.length - validate_frame(validator, 0)->height;
}

static bool fail_operand(struct validator *validator, uint8_t expected, uint8_t found) {
    const char *name = wasm_opcodes[validator->instruction.opcode].name;
    if (found == VALUE_TYPE_UNKNOWN) {
        return validate_fail(validator, "type mismatch: %s expects %s, but the stack is empty",
                             name, object_value_type_name(expected));
    }
    return validate_fail(validator, "type mismatch: %s expects %s, found %s", name,
                         object_value_type_name(expected), object_value_type_name(found));
}

bool validate_pop_any(struct validator *validator, uint8_t *type) {
    if (available_operands(validator) > 0) {
        *type = validator->operands.data[--validator->operands.length];
        return true;
    }
    *type = VALUE_TYPE_UNKNOWN;
    if (!validate_frame(validator, 0)->unreachable) {
        return validate_fail(validator,
                             "type mismatch: %s expects an operand, but the stack is empty",
                             wasm_opcodes[validator->instruction.opcode].name);
    }
    return true;
}

bool validate_pop(struct validator *validator, uint8_t expected) {
    return validate_pop_types(validator, (struct bytes){&expected, 1});
}

// Most often the stack's top is exactly `types`; only unreachable code is without some of them.
bool validate_peek_types(struct validator *validator, struct bytes types) {
    size_t available = available_operands(validator);
    const uint8_t *top = validator->operands.data + validator->operands.length;
    if (types.length == 0 ||
        (available >= types.length && memcmp(top - types.length, types.data, types.length) == 0)) {
        return true;
    }
    for (size_t i = 1; i <= types.length; i++) {
        uint8_t expected = types.data[types.length - i];
        if (i > available) {
            return validate_frame(validator, 0)->unreachable ||
                   fail_operand(validator, expected, VALUE_TYPE_UNKNOWN);
        }
        uint8_t found = *(top - i);
        if (found != expected && found != VALUE_TYPE_UNKNOWN) {
            return fail_operand(validator, expected, found);
        }
    }
    return true;
}

bool validate_pop_types(struct validator *validator, struct bytes types) {
    if (!validate_peek_types(validator, types)) {
        return false;
    }
    size_t available = available_operands(validator);
    validator->operands.length -= types.length < available ? types.length : available;
    return true;
}

static bool reserve_frame(struct validator *validator) {
    if (validator->frame_count < validator->frame_capacity) {
        return true;
    }
    size_t capacity = validator->frame_capacity == 0 ? 64 : validator->frame_capacity * 2;
    struct control_frame *frames =
        reallocarray(validator->frames, capacity, sizeof *validator->frames);
    if (frames == NULL) {
        return error_set(validator->error, ERROR_MEMORY, "out of memory for %zu nested blocks",
                         capacity);
    }
    validator->frames = frames;
    validator->frame_capacity = capacity;
    return true;
}

bool validate_push_frame(struct validator *validator, enum wasm_opcode opcode, struct bytes start,
                         struct bytes end) {
    if (!reserve_frame(validator)) {
        return false;
    }
    validator->frames[validator->frame_count++] =
        (struct control_frame){.opcode = opcode,
                               .start = start,
                               .end = end,
                               .height = (uint32_t)validator->operands.length};
    return validate_push_types(validator, start);
}

bool validate_pop_frame(struct validator *validator, struct control_frame *frame) {
    *frame = *validate_frame(validator, 0);
    if (!validate_pop_types(validator, frame->end)) {
        return false;
    }
    if (validator->operands.length != frame->height) {
        return validate_fail(validator,
                             "type mismatch: values remaining on stack at end of block: %zu",
                             validator->operands.length - frame->height);
    }
    validator->frame_count--;
    return true;
}

void validate_unreachable(struct validator *validator) {
    struct control_frame *frame = validate_frame(validator, 0);
    validator->operands.length = frame->height;
    frame->unreachable = true;
}

static uint8_t signature_type(char letter) {
    switch (letter) {
    case 'I':
        return OBJECT_I64;
    case 'f':
        return OBJECT_F32;
    case 'F':
        return OBJECT_F64;
    case 'v':
        return OBJECT_V128;
    case 'r':
        return OBJECT_FUNCREF;
    case 'x':
        return OBJECT_EXTERNREF;
    default: // 'i', and 'p': memories have 32-bit addresses
        return OBJECT_I32;
    }
}

bool validate_signature(struct validator *validator) {
    enum { MAXIMUM = 8 };
    const char *signature = wasm_opcodes[validator->instruction.opcode].signature;
    uint8_t types[2][MAXIMUM];
    size_t counts[2] = {0, 0};
    size_t side = 0;
    for (const char *letter = signature; *letter != '\0'; letter++) {
        if (*letter == ':') {
            side = 1;
        } else if (counts[side] < MAXIMUM) {
            types[side][counts[side]++] = signature_type(*letter);
        }
    }
    return validate_pop_types(validator, (struct bytes){types[0], counts[0]}) &&
           validate_push_types(validator, (struct bytes){types[1], counts[1]});
}
