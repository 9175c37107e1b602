// The code section, and the form of instruction sequences.
#include "wasm/decoder.h"
#include "wasm/instruction.h"

// The kinds of open blocks, a byte each in decoder->nesting.
enum { NESTING_BLOCK, NESTING_IF, NESTING_TRY, NESTING_CATCH };

static bool open_block(struct decoder *decoder, const struct wasm_instruction *instruction) {
    if (decoder->nesting.length >= WASM_LIMIT_NESTING) {
        return wasm_fail_at(instruction->offset, ERROR_MALFORMED, decoder->error,
                            "blocks nested deeper than the limit of %u", WASM_LIMIT_NESTING);
    }
    uint8_t kind = instruction->opcode == WASM_OP_IF    ? NESTING_IF
                   : instruction->opcode == WASM_OP_TRY ? NESTING_TRY
                                                        : NESTING_BLOCK;
    return buffer_append(&decoder->nesting, &kind, 1, decoder->error);
}

static bool pass_else(struct decoder *decoder, const struct wasm_instruction *instruction) {
    struct buffer *nesting = &decoder->nesting;
    if (nesting->length == 0 || nesting->data[nesting->length - 1] != NESTING_IF) {
        return wasm_fail_at(instruction->offset, ERROR_MALFORMED, decoder->error,
                            "misplaced ELSE opcode");
    }
    nesting->data[nesting->length - 1] = NESTING_BLOCK;
    return true;
}

// catch, catch_all and delegate: after which the block may have further handlers or not.
static bool pass_handler(struct decoder *decoder, const struct wasm_instruction *instruction) {
    struct buffer *nesting = &decoder->nesting;
    uint8_t open = nesting->length == 0 ? NESTING_BLOCK : nesting->data[nesting->length - 1];
    bool delegate = instruction->opcode == WASM_OP_DELEGATE;
    if (open != NESTING_TRY && (open != NESTING_CATCH || delegate)) {
        return wasm_fail_at(instruction->offset, ERROR_MALFORMED, decoder->error,
                            "misplaced %s opcode", wasm_opcodes[instruction->opcode].name);
    }
    if (delegate) {
        nesting->length--;
    } else {
        nesting->data[nesting->length - 1] =
            instruction->opcode == WASM_OP_CATCH ? NESTING_CATCH : NESTING_BLOCK;
    }
    return true;
}

// Reads instructions up to the `end` that closes the sequence, with a stack of open blocks in place
// of recursion.
static bool skip_instructions(struct decoder *decoder) {
    struct buffer *nesting = &decoder->nesting;
    nesting->length = 0;
    for (;;) {
        struct wasm_instruction instruction;
        if (decoder->reader.position == decoder->reader.end) {
            return wasm_reader_fail(&decoder->reader, decoder->error,
                                    "unexpected end of section or function: END opcode expected");
        }
        if (!wasm_read_instruction(&decoder->reader, decoder->module->features, &instruction,
                                   decoder->error)) {
            return false;
        }
        switch (instruction.opcode) {
        case WASM_OP_BLOCK:
        case WASM_OP_LOOP:
        case WASM_OP_IF:
        case WASM_OP_TRY:
            if (!open_block(decoder, &instruction)) {
                return false;
            }
            break;
        case WASM_OP_ELSE:
            if (!pass_else(decoder, &instruction)) {
                return false;
            }
            break;
        case WASM_OP_CATCH:
        case WASM_OP_CATCH_ALL:
        case WASM_OP_DELEGATE:
            if (!pass_handler(decoder, &instruction)) {
                return false;
            }
            break;
        case WASM_OP_END:
            if (nesting->length == 0) {
                return true;
            }
            nesting->length--;
            break;
        case WASM_OP_MEMORY_INIT:
        case WASM_OP_DATA_DROP:
            if (decoder->first_data_reference == 0) {
                decoder->first_data_reference = instruction.offset;
            }
            break;
        default:
            break;
        }
    }
}

bool decode_expression(struct decoder *decoder, struct wasm_expression *expression) {
    uint32_t data_reference = decoder->first_data_reference;
    expression->offset = wasm_reader_offset(&decoder->reader);
    if (!skip_instructions(decoder)) {
        return false;
    }
    expression->length = wasm_reader_offset(&decoder->reader) - expression->offset;
    // Only bodies need the data count section; here such an instruction is invalid, not malformed.
    decoder->first_data_reference = data_reference;
    return true;
}

static bool decode_locals(struct decoder *decoder, struct wasm_function *function) {
    struct wasm_reader *reader = &decoder->reader;
    uint32_t count;
    if (!decode_count(decoder, "runs of locals", 0, WASM_LIMIT_FUNCTION_BYTES, &count)) {
        return false;
    }
    struct wasm_local_run *runs = decode_allocate(decoder, count, sizeof *runs);
    if (runs == NULL) {
        return false;
    }
    function->locals = runs;
    function->local_run_count = count;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t offset = wasm_reader_offset(reader);
        if (!wasm_read_u32(reader, &runs[i].count, decoder->error)) {
            return false;
        }
        if (runs[i].count > WASM_LIMIT_LOCALS - function->local_count) {
            return wasm_fail_at(
                offset, ERROR_MALFORMED, decoder->error, "too many locals: %llu, the limit is %u",
                (unsigned long long)function->local_count + runs[i].count, WASM_LIMIT_LOCALS);
        }
        function->local_count += runs[i].count;
        if (!wasm_read_value_type(reader, decoder->module->features, &runs[i].value_type,
                                  decoder->error)) {
            return false;
        }
    }
    return true;
}

static bool decode_body(struct decoder *decoder, struct wasm_function *function) {
    struct wasm_reader *reader = &decoder->reader;
    if (!decode_locals(decoder, function)) {
        return false;
    }
    function->offset = wasm_reader_offset(reader);
    if (decoder->is_outline) {
        reader->position = reader->end;
    } else if (!skip_instructions(decoder)) {
        return false;
    }
    function->length = wasm_reader_offset(reader) - function->offset;
    if (reader->position != reader->end) {
        return wasm_reader_fail(reader, decoder->error,
                                "section size mismatch: %zu bytes left in a body",
                                (size_t)(reader->end - reader->position));
    }
    return true;
}

// A body with its size; while it is decoded the reader ends where the body ends.
static bool decode_sized_body(struct decoder *decoder, struct wasm_function *function) {
    struct wasm_reader *reader = &decoder->reader;
    uint32_t offset = wasm_reader_offset(reader);
    uint32_t size;
    if (!wasm_read_count(reader, &size, decoder->error)) {
        return false;
    }
    if (size > WASM_LIMIT_FUNCTION_BYTES) {
        return wasm_fail_at(offset, ERROR_MALFORMED, decoder->error,
                            "a body of %u bytes: the limit is %u", size, WASM_LIMIT_FUNCTION_BYTES);
    }
    const uint8_t *section_end = reader->end;
    reader->end = reader->position + size;
    if (!decode_body(decoder, function)) {
        return false;
    }
    reader->end = section_end;
    return true;
}

bool decode_code_section(struct decoder *decoder) {
    struct wasm_module *module = decoder->module;
    uint32_t offset = wasm_reader_offset(&decoder->reader);
    module->code_offset = offset;
    if (!decode_count(decoder, "functions", 0, WASM_LIMIT_FUNCTIONS, &decoder->bodies)) {
        return false;
    }
    if (decoder->bodies != decoder->defined_functions) {
        return wasm_fail_at(offset, ERROR_MALFORMED, decoder->error,
                            "function and code section have inconsistent lengths: %u and %u",
                            decoder->defined_functions, decoder->bodies);
    }
    for (uint32_t i = 0; i < decoder->bodies; i++) {
        uint32_t index = module->imported_function_count + i;
        if (!decode_sized_body(decoder, &module->functions[index])) {
            return false;
        }
    }
    return true;
}
