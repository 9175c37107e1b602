// What the files of the decoder share; nobody else includes this.
#ifndef FAASM_WASM_DECODER_H
#define FAASM_WASM_DECODER_H

#include "base/buffer.h"
#include "wasm/decode.h"
#include "wasm/module.h"
#include "wasm/reader.h"

struct decoder {
    struct wasm_module *module;
    struct wasm_reader reader; // of the section that is decoded
    struct error *error;
    bool is_outline;               // bodies are passed over
    struct buffer customs;         // struct wasm_custom_section, as many as met so far
    struct buffer nesting;         // a byte for each open block of the current expression
    uint32_t defined_functions;    // as the function section says
    uint32_t bodies;               // as the code section says
    uint32_t first_data_reference; // offset of a memory.init or data.drop in a body, or 0
};

// Contents of a section, from decoder->reader; the caller checks that all of it was read.
bool decode_type_section(struct decoder *decoder);
bool decode_import_section(struct decoder *decoder);
bool decode_function_section(struct decoder *decoder);
bool decode_table_section(struct decoder *decoder);
bool decode_memory_section(struct decoder *decoder);
bool decode_tag_section(struct decoder *decoder);
bool decode_global_section(struct decoder *decoder);
bool decode_export_section(struct decoder *decoder);
bool decode_start_section(struct decoder *decoder);
bool decode_element_section(struct decoder *decoder);
bool decode_data_count_section(struct decoder *decoder);
bool decode_code_section(struct decoder *decoder);
bool decode_data_section(struct decoder *decoder);

// A constant expression up to its `end`: only its form.
bool decode_expression(struct decoder *decoder, struct wasm_expression *expression);

// Takes names of functions and tags from the name section; stops without an error where that is
// malformed.
void decode_names(struct wasm_module *module, struct bytes contents);

// The length of a vector of `what`, which with `present` ones before it must be within `limit`.
bool decode_count(struct decoder *decoder, const char *what, uint32_t present, uint32_t limit,
                  uint32_t *count);

// As arena_allocate from the module's arena, with ERROR_MEMORY.
void *decode_allocate(struct decoder *decoder, size_t count, size_t size);

#endif
