#include "faaslet/check.h"

#include <stdint.h>

// Bounds that a valid module cannot pass (the decoder's are lower); they keep sizes in 32 bits.
enum { CHECK_COUNT_MAXIMUM = 10000000 };

struct checker {
    const struct object_module *module;
    const struct check_bounds *bounds;
    struct error *error;
};

static bool fail(struct checker *checker, const char *what) {
    return error_set(checker->error, ERROR_MALFORMED, "inconsistent object: %s", what);
}

static bool in_object(const struct checker *checker, const void *data, uint64_t count,
                      uint64_t size) {
    uintptr_t begin = (uintptr_t)checker->bounds->begin;
    uintptr_t end = (uintptr_t)checker->bounds->end;
    uintptr_t at = (uintptr_t)data;
    return count == 0 || (at >= begin && at <= end && count <= (end - at) / size);
}

static bool in_code(const struct checker *checker, const void *code) {
    uintptr_t at = (uintptr_t)code;
    return at >= (uintptr_t)checker->bounds->code_begin &&
           at < (uintptr_t)checker->bounds->code_end;
}

static bool name_is_good(const struct checker *checker, struct object_name name) {
    return in_object(checker, name.data, name.length, 1);
}

static bool check_counts(struct checker *checker) {
    const struct object_module *m = checker->module;
    const struct {
        uint32_t imported, count;
    } spaces[] = {
        {m->imported_function_count, m->function_count},
        {m->imported_table_count, m->table_count},
        {m->imported_memory_count, m->memory_count},
        {m->imported_global_count, m->global_count},
        {m->imported_tag_count, m->tag_count},
        {0, m->type_count},
        {0, m->import_count},
        {0, m->export_count},
        {0, m->function_reference_count},
        {0, m->element_segment_count},
        {0, m->data_segment_count},
    };
    for (size_t i = 0; i < sizeof spaces / sizeof *spaces; i++) {
        if (spaces[i].imported > spaces[i].count || spaces[i].count > CHECK_COUNT_MAXIMUM) {
            return fail(checker, "count");
        }
    }
    return true;
}

static bool check_arrays(struct checker *checker) {
    const struct object_module *m = checker->module;
    const struct {
        const void *data;
        uint64_t count, size;
    } arrays[] = {
        {m->support, 1, sizeof(void *)},
        {m->type_identities, m->type_count, sizeof *m->type_identities},
        {m->types, m->type_count, sizeof *m->types},
        {m->imports, m->import_count, sizeof *m->imports},
        {m->exports, m->export_count, sizeof *m->exports},
        {m->functions, m->function_count, sizeof *m->functions},
        {m->tables, m->table_count - m->imported_table_count, sizeof *m->tables},
        {m->memories, m->memory_count - m->imported_memory_count, sizeof *m->memories},
        {m->globals, m->global_count - m->imported_global_count, sizeof *m->globals},
        {m->element_segments, m->element_segment_count, sizeof *m->element_segments},
        {m->data_segments, m->data_segment_count, sizeof *m->data_segments},
        {m->adapters, m->imported_function_count, sizeof *m->adapters},
        {m->tags, m->tag_count, sizeof *m->tags},
    };
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++) {
        if (!in_object(checker, arrays[i].data, arrays[i].count, arrays[i].size)) {
            return fail(checker, "array outside of the object");
        }
    }
    return true;
}

static bool check_layout(struct checker *checker) {
    const struct object_module *m = checker->module;
    const struct object_layout *layout = &m->layout;
    const struct {
        uint32_t offset;
        uint64_t count, size;
    } parts[] = {
        {0, 1, sizeof(struct object_instance)},
        {layout->import_slots, m->imported_function_count, sizeof(struct object_import_slot)},
        {layout->memory_slots, m->memory_count, sizeof(struct object_memory_slot)},
        {layout->table_deltas, m->table_count, sizeof(int64_t)},
        {layout->global_deltas, m->imported_global_count, sizeof(int64_t)},
        {layout->memories, m->memory_count - m->imported_memory_count,
         sizeof(struct object_memory)},
        {layout->tables, m->table_count - m->imported_table_count, sizeof(struct object_table)},
        {layout->globals, m->global_count - m->imported_global_count, 16},
        {layout->function_references, m->function_reference_count,
         sizeof(struct object_function_reference)},
        {layout->dropped_elements, m->element_segment_count, 1},
        {layout->dropped_data, m->data_segment_count, 1},
        {layout->tags, m->tag_count, sizeof(uint64_t)},
        {layout->size, 0, 1},
    };
    uint64_t end = 0;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (parts[i].offset < end || parts[i].offset % 16 != 0) {
            return fail(checker, "layout");
        }
        end = parts[i].offset + parts[i].count * parts[i].size;
    }
    return layout->size % 64 == 0 || fail(checker, "layout");
}

static bool value_types_are_good(const struct checker *checker, const uint8_t *types,
                                 uint32_t count) {
    if (count > CHECK_COUNT_MAXIMUM || !in_object(checker, types, count, 1)) {
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        bool number = types[i] >= OBJECT_V128 && types[i] <= OBJECT_I32;
        if (!number && types[i] != OBJECT_FUNCREF && types[i] != OBJECT_EXTERNREF) {
            return false;
        }
    }
    return true;
}

static bool check_types(struct checker *checker) {
    const struct object_module *m = checker->module;
    for (uint32_t i = 0; i < m->type_count; i++) {
        const struct object_type *type = &m->types[i];
        if (!value_types_are_good(checker, type->parameters, type->parameter_count) ||
            !value_types_are_good(checker, type->results, type->result_count)) {
            return fail(checker, "type");
        }
        if (type->entry != NULL && !in_code(checker, (const void *)(uintptr_t)type->entry)) {
            return fail(checker, "entry of a type");
        }
        uint64_t identity = object_type_identity(type->parameters, type->parameter_count,
                                                 type->results, type->result_count);
        uint64_t said = m->type_identities[i];
        if (said != identity && !(identity == 0 && said & OBJECT_TYPE_IDENTITY_INTERNED)) {
            return fail(checker, "identity of a type");
        }
    }
    return true;
}

static bool limits_are_good(const struct object_limits *limits, uint8_t kind) {
    bool memory = kind == OBJECT_MEMORY;
    return limits->minimum <= (memory ? OBJECT_MAX_PAGES : OBJECT_NO_MAXIMUM - 1) &&
           limits->minimum <= limits->maximum &&
           (!memory || limits->maximum <= OBJECT_MAX_PAGES || limits->maximum == OBJECT_NO_MAXIMUM);
}

static bool check_imports(struct checker *checker) {
    const struct object_module *m = checker->module;
    uint32_t counts[OBJECT_TAG + 1] = {0};
    for (uint32_t i = 0; i < m->import_count; i++) {
        const struct object_import *import = &m->imports[i];
        if (import->kind > OBJECT_TAG || !name_is_good(checker, import->module) ||
            !name_is_good(checker, import->name)) {
            return fail(checker, "import");
        }
        if (((import->kind == OBJECT_FUNCTION || import->kind == OBJECT_TAG) &&
             import->type >= m->type_count) ||
            ((import->kind == OBJECT_TABLE || import->kind == OBJECT_MEMORY) &&
             !limits_are_good(&import->limits, import->kind))) {
            return fail(checker, "type of an import");
        }
        counts[import->kind]++;
    }
    return (counts[OBJECT_FUNCTION] == m->imported_function_count &&
            counts[OBJECT_TABLE] == m->imported_table_count &&
            counts[OBJECT_MEMORY] == m->imported_memory_count &&
            counts[OBJECT_GLOBAL] == m->imported_global_count &&
            counts[OBJECT_TAG] == m->imported_tag_count) ||
           fail(checker, "number of imports");
}

static bool check_exports(struct checker *checker) {
    const struct object_module *m = checker->module;
    const uint32_t counts[] = {m->function_count, m->table_count, m->memory_count, m->global_count,
                               m->tag_count};
    for (uint32_t i = 0; i < m->export_count; i++) {
        const struct object_export *export = &m->exports[i];
        if (export->kind > OBJECT_TAG || export->index >= counts[export->kind] ||
            !name_is_good(checker, export->name)) {
            return fail(checker, "export");
        }
    }
    return m->start_function == UINT32_MAX || m->start_function < m->function_count ||
           fail(checker, "start function");
}

static bool check_functions(struct checker *checker) {
    const struct object_module *m = checker->module;
    for (uint32_t i = 0; i < m->function_count; i++) {
        const struct object_function *function = &m->functions[i];
        bool imported = i < m->imported_function_count;
        if (function->type >= m->type_count || !name_is_good(checker, function->name) ||
            (function->reference != UINT32_MAX &&
             function->reference >= m->function_reference_count) ||
            !in_code(checker, imported ? m->adapters[i] : function->code)) {
            return fail(checker, "function");
        }
    }
    return true;
}

static bool check_tags(struct checker *checker) {
    const struct object_module *m = checker->module;
    for (uint32_t i = 0; i < m->tag_count; i++) {
        const struct object_tag *tag = &m->tags[i];
        if (tag->type >= m->type_count ||
            2 * (uint64_t)m->types[tag->type].parameter_count > OBJECT_EXCEPTION_SLOTS ||
            !name_is_good(checker, tag->name)) {
            return fail(checker, "tag");
        }
    }
    return true;
}

// The operand of an operation that pushes a value is of a kind that exists.
static bool operand_is_good(const struct object_module *m, const struct object_expression_op *op) {
    switch (op->code) {
    case OBJECT_EXPRESSION_CONST:
        return true;
    case OBJECT_EXPRESSION_GLOBAL_GET:
        return op->value < m->global_count;
    case OBJECT_EXPRESSION_REF_FUNC:
        return op->value < m->function_count && m->functions[op->value].reference != UINT32_MAX;
    default:
        return false;
    }
}

static bool expression_is_good(const struct checker *checker,
                               const struct object_expression *expression) {
    const struct object_expression_op *ops = expression->ops;
    if (expression->count > CHECK_COUNT_MAXIMUM || expression->count == 0 ||
        !in_object(checker, ops, expression->count, sizeof *ops)) {
        return false;
    }
    if (ops[0].code == OBJECT_EXPRESSION_V128) {
        return expression->count == 2;
    }
    uint32_t depth = 0;
    for (uint32_t i = 0; i < expression->count; i++) {
        bool binary =
            ops[i].code >= OBJECT_EXPRESSION_I32_ADD && ops[i].code <= OBJECT_EXPRESSION_I64_MUL;
        if (binary ? depth < 2 : !operand_is_good(checker->module, &ops[i])) {
            return false;
        }
        depth = binary ? depth - 1 : depth + 1;
    }
    return depth == 1;
}

static bool check_definitions(struct checker *checker) {
    const struct object_module *m = checker->module;
    for (uint32_t i = 0; i < m->table_count - m->imported_table_count; i++) {
        if (!limits_are_good(&m->tables[i].limits, OBJECT_TABLE)) {
            return fail(checker, "table");
        }
    }
    for (uint32_t i = 0; i < m->memory_count - m->imported_memory_count; i++) {
        if (!limits_are_good(&m->memories[i], OBJECT_MEMORY)) {
            return fail(checker, "memory");
        }
    }
    for (uint32_t i = 0; i < m->global_count - m->imported_global_count; i++) {
        if (!expression_is_good(checker, &m->globals[i].initial)) {
            return fail(checker, "initial value of a global");
        }
    }
    return true;
}

static bool element_items_are_good(const struct checker *checker,
                                   const struct object_element_segment *segment) {
    const struct object_module *m = checker->module;
    if (segment->count > CHECK_COUNT_MAXIMUM) {
        return false;
    }
    if (segment->functions != NULL || segment->count == 0) {
        if (!in_object(checker, segment->functions, segment->count, sizeof(uint32_t))) {
            return false;
        }
        for (uint32_t i = 0; i < segment->count; i++) {
            uint32_t function = segment->functions[i];
            if (function >= m->function_count || m->functions[function].reference == UINT32_MAX) {
                return false;
            }
        }
        return true;
    }
    if (!in_object(checker, segment->expressions, segment->count, sizeof *segment->expressions)) {
        return false;
    }
    for (uint32_t i = 0; i < segment->count; i++) {
        if (!expression_is_good(checker, &segment->expressions[i])) {
            return false;
        }
    }
    return true;
}

static bool check_segments(struct checker *checker) {
    const struct object_module *m = checker->module;
    for (uint32_t i = 0; i < m->element_segment_count; i++) {
        const struct object_element_segment *segment = &m->element_segments[i];
        bool active = segment->mode == OBJECT_ACTIVE;
        if (segment->mode > OBJECT_DECLARATIVE || !element_items_are_good(checker, segment) ||
            (active && (segment->table >= m->table_count ||
                        !expression_is_good(checker, &segment->offset)))) {
            return fail(checker, "element segment");
        }
    }
    for (uint32_t i = 0; i < m->data_segment_count; i++) {
        const struct object_data_segment *segment = &m->data_segments[i];
        bool active = segment->mode == OBJECT_ACTIVE;
        if (segment->mode > OBJECT_PASSIVE ||
            !in_object(checker, segment->data, segment->length, 1) ||
            (active && (segment->memory >= m->memory_count ||
                        !expression_is_good(checker, &segment->offset)))) {
            return fail(checker, "data segment");
        }
    }
    return true;
}

static bool check_dylink(struct checker *checker) {
    enum { ALIGNMENT_MAXIMUM = 16 };
    const struct object_dylink *dylink = &checker->module->dylink;
    if (dylink->memory_alignment > ALIGNMENT_MAXIMUM ||
        dylink->table_alignment > ALIGNMENT_MAXIMUM ||
        dylink->table_elements > OBJECT_MAX_ELEMENTS ||
        dylink->needed_count > CHECK_COUNT_MAXIMUM ||
        !in_object(checker, dylink->needed, dylink->needed_count, sizeof *dylink->needed)) {
        return fail(checker, "dynamic linking");
    }
    for (uint32_t i = 0; i < dylink->needed_count; i++) {
        if (!name_is_good(checker, dylink->needed[i])) {
            return fail(checker, "name of a needed module");
        }
    }
    return true;
}

bool check_module(const struct object_module *module, const struct check_bounds *bounds,
                  struct error *error) {
    struct checker checker = {module, bounds, error};
    if (!in_object(&checker, module, 1, sizeof *module)) {
        return fail(&checker, "description outside of the object");
    }
    if (module->magic != OBJECT_MAGIC) {
        return fail(&checker, "bad magic number");
    }
    if (module->abi_version != OBJECT_ABI_VERSION) {
        return error_set(error, ERROR_UNSUPPORTED, "object of ABI version %u, this build has %u",
                         module->abi_version, OBJECT_ABI_VERSION);
    }
    return check_counts(&checker) && check_arrays(&checker) && check_layout(&checker) &&
           check_types(&checker) && check_imports(&checker) && check_exports(&checker) &&
           check_functions(&checker) && check_tags(&checker) && check_definitions(&checker) &&
           check_segments(&checker) && check_dylink(&checker);
}
