#include "wasm/validate.h"

#include "wasm/decode.h"
#include "wasm/validator.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// ---- Errors -------------------------------------------------------------------------------------

static void fail_with(struct validator *validator, uint32_t offset, const char *format,
                      va_list arguments) {
    if (validator->error == NULL) {
        return;
    }
    char reason[512];
    char name[WASM_PRINTABLE_SIZE];
    vsnprintf(reason, sizeof reason, format, arguments);
    if (!validator->in_body) {
        wasm_fail_at(offset, ERROR_INVALID, validator->error, "%s", reason);
        return;
    }
    const struct wasm_function *function = &validator->module->functions[validator->function_index];
    if (function->name.length == 0) {
        wasm_fail_at(offset, ERROR_INVALID, validator->error, "%s (in function %u)", reason,
                     validator->function_index);
        return;
    }
    wasm_fail_at(offset, ERROR_INVALID, validator->error, "%s (in function %u \"%s\")", reason,
                 validator->function_index, wasm_printable(function->name, name));
}

bool validate_fail_at(struct validator *validator, uint32_t offset, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fail_with(validator, offset, format, arguments);
    va_end(arguments);
    return false;
}

bool validate_fail(struct validator *validator, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fail_with(validator, validator->instruction.offset, format, arguments);
    va_end(arguments);
    return false;
}

// ---- Declarations -------------------------------------------------------------------------------

static bool check_functions(struct validator *validator) {
    const struct wasm_module *module = validator->module;
    for (uint32_t i = 0; i < module->function_count; i++) {
        const struct wasm_function *function = &module->functions[i];
        if (function->type_index >= module->type_count) {
            return validate_fail_at(validator, function->declaration, "unknown type %u",
                                    function->type_index);
        }
    }
    return true;
}

static bool check_limits(struct validator *validator, uint32_t offset,
                         const struct wasm_limits *limits) {
    if (limits->has_maximum && limits->minimum > limits->maximum) {
        return validate_fail_at(validator, offset,
                                "size minimum must not be greater than maximum: %u and %u",
                                limits->minimum, limits->maximum);
    }
    return true;
}

static bool check_tables(struct validator *validator) {
    const struct wasm_module *module = validator->module;
    for (uint32_t i = 0; i < module->table_count; i++) {
        const struct wasm_table *table = &module->tables[i];
        if (!check_limits(validator, table->offset, &table->type.limits)) {
            return false;
        }
        if (table->type.limits.minimum > WASM_LIMIT_TABLE_ELEMENTS) {
            return validate_fail_at(validator, table->offset,
                                    "a table of %u elements: the limit is %u",
                                    table->type.limits.minimum, WASM_LIMIT_TABLE_ELEMENTS);
        }
    }
    return true;
}

static bool check_memory_limits(struct validator *validator, const struct wasm_memory *memory) {
    const struct wasm_limits *limits = &memory->type.limits;
    if (limits->minimum > OBJECT_MAX_PAGES ||
        (limits->has_maximum && limits->maximum > OBJECT_MAX_PAGES)) {
        return validate_fail_at(validator, memory->offset,
                                "memory size must be at most 65536 pages (4GiB)");
    }
    if (limits->shared && !limits->has_maximum) {
        return validate_fail_at(validator, memory->offset, "shared memory must have maximum");
    }
    return check_limits(validator, memory->offset, limits);
}

static bool check_memories(struct validator *validator) {
    const struct wasm_module *module = validator->module;
    for (uint32_t i = 0; i < module->memory_count; i++) {
        if (!check_memory_limits(validator, &module->memories[i])) {
            return false;
        }
    }
    if (module->memory_count > 1 &&
        !wasm_has_feature(module->features, WASM_FEATURE_MULTI_MEMORY)) {
        return validate_fail_at(validator, module->memories[1].offset, "multiple memories");
    }
    return true;
}

static bool check_tags(struct validator *validator) {
    struct wasm_module *module = validator->module;
    for (uint32_t i = 0; i < module->tag_count; i++) {
        const struct wasm_tag *tag = &module->tags[i];
        if (tag->type_index >= module->type_count) {
            return validate_fail_at(validator, tag->offset, "unknown type %u", tag->type_index);
        }
        if (module->types[tag->type_index].result_count > 0) {
            return validate_fail_at(validator, tag->offset, "non-empty tag result type");
        }
    }
    module->may_throw = module->tag_count > 0;
    return true;
}

static bool check_globals(struct validator *validator) {
    const struct wasm_module *module = validator->module;
    for (uint32_t i = module->imported_global_count; i < module->global_count; i++) {
        const struct wasm_global *global = &module->globals[i];
        if (!validate_expression(validator, &global->initial, global->type.value_type)) {
            return false;
        }
    }
    return true;
}

// ---- Exports and start --------------------------------------------------------------------------

static bool check_export(struct validator *validator, const struct wasm_export *export) {
    struct wasm_module *module = validator->module;
    const struct {
        const char *what;
        uint32_t count;
    } kinds[] = {
        [OBJECT_FUNCTION] = {"function", module->function_count},
        [OBJECT_TABLE] = {"table", module->table_count},
        [OBJECT_MEMORY] = {"memory", module->memory_count},
        [OBJECT_GLOBAL] = {"global", module->global_count},
        [OBJECT_TAG] = {"tag", module->tag_count},
    };
    if (export->index >= kinds[export->kind].count) {
        return validate_fail_at(validator, export->offset, "unknown %s %u",
                                kinds[export->kind].what, export->index);
    }
    if (export->kind == OBJECT_FUNCTION) {
        module->functions[export->index].declared = true;
    }
    return true;
}

// By length, then bytes, then place: of two equal names the later one comes second.
static int compare_exports(const void *left_pointer, const void *right_pointer) {
    const struct wasm_export *left = *(const struct wasm_export *const *)left_pointer;
    const struct wasm_export *right = *(const struct wasm_export *const *)right_pointer;
    if (left->name.length != right->name.length) {
        return left->name.length < right->name.length ? -1 : 1;
    }
    int order = memcmp(left->name.data, right->name.data, left->name.length);
    return order != 0 ? order : left < right ? -1 : left > right;
}

static bool have_same_name(const struct wasm_export *left, const struct wasm_export *right) {
    return left->name.length == right->name.length &&
           memcmp(left->name.data, right->name.data, left->name.length) == 0;
}

static bool check_export_names(struct validator *validator) {
    const struct wasm_module *module = validator->module;
    if (module->export_count < 2) {
        return true;
    }
    const struct wasm_export **sorted = reallocarray(NULL, module->export_count, sizeof *sorted);
    if (sorted == NULL) {
        return error_set(validator->error, ERROR_MEMORY, "out of memory for %u exports",
                         module->export_count);
    }
    for (uint32_t i = 0; i < module->export_count; i++) {
        sorted[i] = &module->exports[i];
    }
    qsort(sorted, module->export_count, sizeof *sorted, compare_exports);
    const struct wasm_export *duplicate = NULL;
    for (uint32_t i = 1; i < module->export_count; i++) {
        if (have_same_name(sorted[i - 1], sorted[i]) &&
            (duplicate == NULL || sorted[i] < duplicate)) {
            duplicate = sorted[i];
        }
    }
    free(sorted);
    if (duplicate != NULL) {
        char name[WASM_PRINTABLE_SIZE];
        return validate_fail_at(validator, duplicate->offset, "duplicate export name \"%s\"",
                                wasm_printable(duplicate->name, name));
    }
    return true;
}

static bool check_exports(struct validator *validator) {
    const struct wasm_module *module = validator->module;
    for (uint32_t i = 0; i < module->export_count; i++) {
        if (!check_export(validator, &module->exports[i])) {
            return false;
        }
    }
    return check_export_names(validator);
}

static bool check_start(struct validator *validator) {
    const struct wasm_module *module = validator->module;
    if (!module->has_start) {
        return true;
    }
    if (module->start_function >= module->function_count) {
        return validate_fail_at(validator, module->start_offset, "unknown function %u",
                                module->start_function);
    }
    const struct wasm_function_type *type = wasm_function_type_of(module, module->start_function);
    if (type->parameter_count != 0 || type->result_count != 0) {
        return validate_fail_at(validator, module->start_offset,
                                "start function %u must not have parameters or results",
                                module->start_function);
    }
    return true;
}

// ---- Segments -----------------------------------------------------------------------------------

static bool check_elements_of(struct validator *validator,
                              const struct wasm_element_segment *segment) {
    struct wasm_module *module = validator->module;
    for (uint32_t i = 0; segment->expressions != NULL && i < segment->count; i++) {
        if (!validate_expression(validator, &segment->expressions[i], segment->element_type)) {
            return false;
        }
    }
    for (uint32_t i = 0; segment->function_indices != NULL && i < segment->count; i++) {
        uint32_t index = segment->function_indices[i];
        if (index >= module->function_count) {
            return validate_fail_at(validator, segment->offset, "unknown function %u", index);
        }
        module->functions[index].declared = true;
    }
    return true;
}

static bool check_element_segment(struct validator *validator,
                                  const struct wasm_element_segment *segment) {
    const struct wasm_module *module = validator->module;
    if (segment->mode != WASM_SEGMENT_ACTIVE) {
        return check_elements_of(validator, segment);
    }
    if (segment->table_index >= module->table_count) {
        return validate_fail_at(validator, segment->offset, "unknown table %u",
                                segment->table_index);
    }
    uint8_t table_type = module->tables[segment->table_index].type.element_type;
    if (table_type != segment->element_type) {
        return validate_fail_at(
            validator, segment->offset, "type mismatch: elements of %s for a table of %s",
            object_value_type_name(segment->element_type), object_value_type_name(table_type));
    }
    return validate_expression(validator, &segment->table_offset, OBJECT_I32) &&
           check_elements_of(validator, segment);
}

static bool check_data_segment(struct validator *validator,
                               const struct wasm_data_segment *segment) {
    if (segment->mode != WASM_SEGMENT_ACTIVE) {
        return true;
    }
    if (segment->memory_index >= validator->module->memory_count) {
        return validate_fail_at(validator, segment->offset, "unknown memory %u",
                                segment->memory_index);
    }
    return validate_expression(validator, &segment->memory_offset, OBJECT_I32);
}

static bool check_segments(struct validator *validator) {
    const struct wasm_module *module = validator->module;
    for (uint32_t i = 0; i < module->element_count; i++) {
        if (!check_element_segment(validator, &module->elements[i])) {
            return false;
        }
    }
    for (uint32_t i = 0; i < module->data_segment_count; i++) {
        if (!check_data_segment(validator, &module->data_segments[i])) {
            return false;
        }
    }
    return true;
}

// ---- The module ---------------------------------------------------------------------------------

// Bodies come last: `ref.func` in them needs every declaring place seen.
static bool check_bodies(struct validator *validator) {
    const struct wasm_module *module = validator->module;
    for (uint32_t i = module->imported_function_count; i < module->function_count; i++) {
        if (!validate_body(validator, i)) {
            return false;
        }
    }
    return true;
}

bool wasm_validate(struct wasm_module *module, struct error *error) {
    struct validator validator = {.module = module, .error = error};
    // So that views of the stack are never of a null pointer.
    bool valid = buffer_reserve(&validator.operands, 64, error) && check_functions(&validator) &&
                 check_tables(&validator) && check_memories(&validator) && check_tags(&validator) &&
                 check_globals(&validator) && check_exports(&validator) &&
                 check_start(&validator) && check_segments(&validator) && check_bodies(&validator);
    buffer_destroy(&validator.operands);
    free(validator.frames);
    free(validator.local_ends);
    return valid;
}
