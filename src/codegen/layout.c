// Where things lie within an instance: struct object_layout.
#include "codegen/context.h"

#include <stdlib.h>

struct cursor {
    uint64_t next;
};

static uint32_t place(struct cursor *cursor, uint64_t count, uint64_t size) {
    uint64_t offset = cursor->next;
    cursor->next = (offset + count * size + 15) & ~15ull;
    return (uint32_t)offset;
}

static void number_function_references(struct codegen *codegen) {
    const struct wasm_module *module = codegen->module;
    codegen->function_references = codegen_allocate(module->function_count, sizeof(uint32_t));
    for (uint32_t i = 0; i < module->function_count; i++) {
        codegen->function_references[i] =
            module->functions[i].declared ? codegen->function_reference_count++ : UINT32_MAX;
    }
}

bool codegen_layout(struct codegen *codegen, struct error *error) {
    const struct wasm_module *module = codegen->module;
    number_function_references(codegen);
    struct cursor cursor = {sizeof(struct object_instance)};
    struct object_layout *layout = &codegen->layout;
    layout->import_slots =
        place(&cursor, module->imported_function_count, sizeof(struct object_import_slot));
    layout->memory_slots = place(&cursor, module->memory_count, sizeof(struct object_memory_slot));
    layout->table_deltas = place(&cursor, module->table_count, sizeof(int64_t));
    layout->global_deltas = place(&cursor, module->imported_global_count, sizeof(int64_t));
    layout->memories = place(&cursor, module->memory_count - module->imported_memory_count,
                             sizeof(struct object_memory));
    layout->tables = place(&cursor, module->table_count - module->imported_table_count,
                           sizeof(struct object_table));
    layout->globals = place(&cursor, module->global_count - module->imported_global_count, 16);
    layout->function_references =
        place(&cursor, codegen->function_reference_count, sizeof(struct object_function_reference));
    layout->dropped_elements = place(&cursor, module->element_count, 1);
    layout->dropped_data = place(&cursor, module->data_segment_count, 1);
    layout->tags = place(&cursor, module->tag_count, sizeof(uint64_t));
    uint64_t size = (cursor.next + 63) & ~63ull;
    if (size > UINT32_MAX) {
        return error_set(error, ERROR_TOO_LARGE, "an instance of the module takes %llu bytes",
                         (unsigned long long)size);
    }
    layout->size = (uint32_t)size;
    return true;
}
