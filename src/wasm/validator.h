// What the files of the validator share; nobody else includes this. The stacks are those of the
// algorithm in the specification's appendix: operand types, and a frame for each open block.
#ifndef FAASM_WASM_VALIDATOR_H
#define FAASM_WASM_VALIDATOR_H

#include "base/buffer.h"
#include "wasm/instruction.h"
#include "wasm/module.h"
#include "wasm/validate.h"

// Beside enum object_value_type: an operand popped from the polymorphic stack of unreachable code.
enum { VALUE_TYPE_UNKNOWN = 0 };

// Result types are views of value types, a byte each: into the binary, or into static tables.
struct control_frame {
    enum wasm_opcode opcode; // BLOCK, LOOP, IF, ELSE, TRY, CATCH, CATCH_ALL
    struct bytes start;      // parameters
    struct bytes end;        // results
    uint32_t height;         // of the operand stack below the block
    bool unreachable;        // the rest of the block cannot be reached
};

// One for a module; the stacks are used again for each body.
struct validator {
    struct wasm_module *module;
    struct error *error;

    struct wasm_reader reader; // of the body or constant expression at hand
    struct wasm_instruction instruction;
    struct buffer operands; // a value type each
    struct control_frame *frames;
    size_t frame_count;
    size_t frame_capacity;

    bool in_body; // the function below is at hand
    uint32_t function_index;
    uint32_t *local_ends; // for each run of locals, the number of locals up to its end
    size_t local_ends_capacity;
};

// ERROR_INVALID "offset 0x1f: reason (in function 12 "name")"; false. The second form is at the
// current instruction.
bool validate_fail_at(struct validator *validator, uint32_t offset, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
bool validate_fail(struct validator *validator, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

// validate_stack.c

// Empties both stacks and reads from `length` bytes at `offset` of the binary.
void validate_begin(struct validator *validator, uint32_t offset, uint32_t length);

bool validate_push(struct validator *validator, uint8_t type);
bool validate_push_types(struct validator *validator, struct bytes types);
// Pops one operand of any type; VALUE_TYPE_UNKNOWN where the stack is polymorphic and empty.
bool validate_pop_any(struct validator *validator, uint8_t *type);
bool validate_pop(struct validator *validator, uint8_t expected);
bool validate_pop_types(struct validator *validator, struct bytes types);
// As validate_pop_types, and leaves the stack as it is.
bool validate_peek_types(struct validator *validator, struct bytes types);

// Opens a block whose parameters are popped already, and pushes them. Closing checks the results,
// pops them and says what the block was.
bool validate_push_frame(struct validator *validator, enum wasm_opcode opcode, struct bytes start,
                         struct bytes end);
bool validate_pop_frame(struct validator *validator, struct control_frame *frame);
struct control_frame *validate_frame(struct validator *validator, uint32_t depth);
void validate_unreachable(struct validator *validator);

// Applies the current instruction's signature from the table.
bool validate_signature(struct validator *validator);

// The other files

// The body of a defined function.
bool validate_body(struct validator *validator, uint32_t function_index);

// A constant expression that gives one value of `type`. Marks the functions it names as declared.
bool validate_expression(struct validator *validator, const struct wasm_expression *expression,
                         uint8_t type);

#endif
