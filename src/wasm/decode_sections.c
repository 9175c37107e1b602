// Sections that declare: types, imports, functions, tables, memories, tags, globals, exports,
// start.
#include "wasm/decoder.h"

#include <string.h>

// A vector of value types as a view into the binary.
static bool decode_result_type(struct decoder *decoder, const char *what, uint32_t limit,
                               uint32_t *count, const uint8_t **types) {
    if (!decode_count(decoder, what, 0, limit, count)) {
        return false;
    }
    *types = decoder->reader.position;
    for (uint32_t i = 0; i < *count; i++) {
        uint8_t type;
        if (!wasm_read_value_type(&decoder->reader, decoder->module->features, &type,
                                  decoder->error)) {
            return false;
        }
    }
    return true;
}

static bool decode_type(struct decoder *decoder, struct wasm_function_type *type) {
    enum { FUNCTION_TYPE = 0x60 };
    uint32_t offset = wasm_reader_offset(&decoder->reader);
    uint8_t form;
    if (!wasm_read_byte(&decoder->reader, &form, decoder->error)) {
        return false;
    }
    if (form >= 0x80) {
        return wasm_reader_fail(&decoder->reader, decoder->error,
                                "integer representation too long");
    }
    if (form == 0x4e || form == 0x4f || form == 0x50 || form == 0x5e || form == 0x5f) {
        return wasm_unsupported_at(offset, WASM_FEATURE_GC, decoder->error,
                                   "malformed function type 0x%02x", form);
    }
    if (form != FUNCTION_TYPE) {
        return wasm_fail_at(offset, ERROR_MALFORMED, decoder->error,
                            "malformed function type 0x%02x", form);
    }
    return decode_result_type(decoder, "parameters", WASM_LIMIT_PARAMETERS, &type->parameter_count,
                              &type->parameters) &&
           decode_result_type(decoder, "results", WASM_LIMIT_RESULTS, &type->result_count,
                              &type->results);
}

bool decode_type_section(struct decoder *decoder) {
    struct wasm_module *module = decoder->module;
    uint32_t count;
    if (!decode_count(decoder, "types", 0, WASM_LIMIT_TYPES, &count)) {
        return false;
    }
    module->types = decode_allocate(decoder, count, sizeof *module->types);
    if (module->types == NULL) {
        return false;
    }
    module->type_count = count;
    for (uint32_t i = 0; i < count; i++) {
        if (!decode_type(decoder, &module->types[i])) {
            return false;
        }
    }
    return true;
}

// The flags of limits: bit 0 has a maximum, bit 1 shared, bit 2 of 64 bits.
static bool decode_limit_flags(struct decoder *decoder, uint8_t kind, uint8_t *flags) {
    enum { MAXIMUM = 1, SHARED = 2, WIDE = 4 };
    struct wasm_reader *reader = &decoder->reader;
    uint32_t offset = wasm_reader_offset(reader);
    if (!wasm_read_byte(reader, flags, decoder->error)) {
        return false;
    }
    if (*flags >= 0x80) {
        return wasm_reader_fail(reader, decoder->error, "integer representation too long");
    }
    if (*flags > (MAXIMUM | SHARED | WIDE)) {
        return wasm_fail_at(offset, ERROR_MALFORMED, decoder->error,
                            "integer too large: malformed limits flags 0x%02x", *flags);
    }
    if ((*flags & WIDE) != 0) {
        return wasm_unsupported_at(offset, WASM_FEATURE_MEMORY64, decoder->error, "64-bit limits");
    }
    if ((*flags & SHARED) == 0) {
        return true;
    }
    if (kind != OBJECT_MEMORY) {
        return wasm_fail_at(offset, ERROR_MALFORMED, decoder->error,
                            "integer too large: a shared table");
    }
    if (!wasm_has_feature(decoder->module->features, WASM_FEATURE_THREADS)) {
        return (*flags & MAXIMUM) != 0
                   ? wasm_unsupported_at(offset, WASM_FEATURE_THREADS, decoder->error,
                                         "shared memory")
                   : wasm_fail_at(offset, ERROR_MALFORMED, decoder->error,
                                  "integer too large: shared memory without a maximum");
    }
    return true;
}

static bool decode_limits(struct decoder *decoder, uint8_t kind, struct wasm_limits *limits) {
    uint8_t flags;
    if (!decode_limit_flags(decoder, kind, &flags) ||
        !wasm_read_u32(&decoder->reader, &limits->minimum, decoder->error)) {
        return false;
    }
    limits->maximum = UINT32_MAX;
    limits->has_maximum = (flags & 1) != 0;
    limits->shared = (flags & 2) != 0;
    return !limits->has_maximum ||
           wasm_read_u32(&decoder->reader, &limits->maximum, decoder->error);
}

static bool decode_table_type(struct decoder *decoder, struct wasm_table_type *type) {
    return wasm_read_reference_type(&decoder->reader, &type->element_type, decoder->error) &&
           decode_limits(decoder, OBJECT_TABLE, &type->limits);
}

static bool decode_memory_type(struct decoder *decoder, struct wasm_memory_type *type) {
    return decode_limits(decoder, OBJECT_MEMORY, &type->limits);
}

static bool decode_global_type(struct decoder *decoder, struct wasm_global_type *type) {
    uint8_t mutability;
    if (!wasm_read_value_type(&decoder->reader, decoder->module->features, &type->value_type,
                              decoder->error)) {
        return false;
    }
    uint32_t offset = wasm_reader_offset(&decoder->reader);
    if (!wasm_read_byte(&decoder->reader, &mutability, decoder->error)) {
        return false;
    }
    if (mutability > 1) {
        return wasm_fail_at(offset, ERROR_MALFORMED, decoder->error, "malformed mutability 0x%02x",
                            mutability);
    }
    type->mutable = mutability == 1;
    return true;
}

// An attribute, of which there is only 0 (exception), and a function type.
static bool decode_tag_type(struct decoder *decoder, uint32_t *type_index) {
    uint32_t offset = wasm_reader_offset(&decoder->reader);
    uint8_t attribute;
    if (!wasm_read_byte(&decoder->reader, &attribute, decoder->error)) {
        return false;
    }
    if (attribute != 0) {
        return wasm_fail_at(offset, ERROR_MALFORMED, decoder->error,
                            "malformed tag attribute 0x%02x", attribute);
    }
    return wasm_read_u32(&decoder->reader, type_index, decoder->error);
}

// One import's kind and type; only the member of its kind is filled.
struct import_type {
    uint8_t kind;
    uint32_t function_type; // of a function or tag
    struct wasm_table_type table;
    struct wasm_memory_type memory;
    struct wasm_global_type global;
};

static bool decode_import_type(struct decoder *decoder, struct import_type *type) {
    uint32_t offset = wasm_reader_offset(&decoder->reader);
    if (!wasm_read_byte(&decoder->reader, &type->kind, decoder->error)) {
        return false;
    }
    switch (type->kind) {
    case OBJECT_FUNCTION:
        return wasm_read_u32(&decoder->reader, &type->function_type, decoder->error);
    case OBJECT_TABLE:
        return decode_table_type(decoder, &type->table);
    case OBJECT_MEMORY:
        return decode_memory_type(decoder, &type->memory);
    case OBJECT_GLOBAL:
        return decode_global_type(decoder, &type->global);
    case OBJECT_TAG:
        if (!wasm_has_feature(decoder->module->features, WASM_FEATURE_EXCEPTIONS)) {
            return wasm_unsupported_at(offset, WASM_FEATURE_EXCEPTIONS, decoder->error,
                                       "malformed import kind: tag");
        }
        return decode_tag_type(decoder, &type->function_type);
    default:
        return wasm_fail_at(offset, ERROR_MALFORMED, decoder->error, "malformed import kind 0x%02x",
                            type->kind);
    }
}

static bool decode_import(struct decoder *decoder, struct wasm_import *import,
                          struct import_type *type) {
    import->offset = wasm_reader_offset(&decoder->reader);
    return wasm_read_name(&decoder->reader, &import->module, decoder->error) &&
           wasm_read_name(&decoder->reader, &import->name, decoder->error) &&
           decode_import_type(decoder, type);
}

enum { IMPORT_KINDS = OBJECT_TAG + 1 };

// Reads the section ahead, to know how many imports there are of each kind.
static bool count_imports(struct decoder *decoder, uint32_t count, uint32_t counts[IMPORT_KINDS]) {
    struct wasm_reader start = decoder->reader;
    for (uint32_t i = 0; i < count; i++) {
        struct wasm_import import;
        struct import_type type;
        if (!decode_import(decoder, &import, &type)) {
            return false;
        }
        counts[type.kind]++;
    }
    decoder->reader = start;
    return true;
}

static void store_import(struct wasm_module *module, struct wasm_import *import,
                         const struct import_type *type) {
    import->kind = type->kind;
    switch (type->kind) {
    case OBJECT_FUNCTION:
        import->index = module->imported_function_count++;
        module->functions[import->index] = (struct wasm_function){
            .type_index = type->function_type, .declaration = import->offset, .imported = true};
        break;
    case OBJECT_TABLE:
        import->index = module->imported_table_count++;
        module->tables[import->index] = (struct wasm_table){type->table, true, import->offset};
        break;
    case OBJECT_MEMORY:
        import->index = module->imported_memory_count++;
        module->memories[import->index] = (struct wasm_memory){type->memory, true, import->offset};
        break;
    case OBJECT_TAG:
        import->index = module->imported_tag_count++;
        module->tags[import->index] = (struct wasm_tag){
            .type_index = type->function_type, .imported = true, .offset = import->offset};
        break;
    default:
        import->index = module->imported_global_count++;
        module->globals[import->index] =
            (struct wasm_global){.type = type->global, .imported = true, .offset = import->offset};
        break;
    }
}

static bool check_import_limit(struct decoder *decoder, const char *what, uint32_t count,
                               uint32_t limit) {
    if (count > limit) {
        return wasm_reader_fail(&decoder->reader, decoder->error,
                                "too many %s: %u imported, the limit is %u", what, count, limit);
    }
    return true;
}

static bool allocate_imports(struct decoder *decoder, uint32_t count,
                             const uint32_t counts[IMPORT_KINDS]) {
    struct wasm_module *module = decoder->module;
    if (!check_import_limit(decoder, "tables", counts[OBJECT_TABLE], WASM_LIMIT_TABLES) ||
        !check_import_limit(decoder, "memories", counts[OBJECT_MEMORY], WASM_LIMIT_MEMORIES)) {
        return false;
    }
    module->imports = decode_allocate(decoder, count, sizeof *module->imports);
    module->functions =
        decode_allocate(decoder, counts[OBJECT_FUNCTION], sizeof *module->functions);
    module->tables = decode_allocate(decoder, counts[OBJECT_TABLE], sizeof *module->tables);
    module->memories = decode_allocate(decoder, counts[OBJECT_MEMORY], sizeof *module->memories);
    module->globals = decode_allocate(decoder, counts[OBJECT_GLOBAL], sizeof *module->globals);
    module->tags = decode_allocate(decoder, counts[OBJECT_TAG], sizeof *module->tags);
    return module->imports != NULL && module->functions != NULL && module->tables != NULL &&
           module->memories != NULL && module->globals != NULL && module->tags != NULL;
}

bool decode_import_section(struct decoder *decoder) {
    struct wasm_module *module = decoder->module;
    uint32_t count;
    uint32_t counts[IMPORT_KINDS] = {0};
    if (!decode_count(decoder, "imports", 0, WASM_LIMIT_IMPORTS, &count) ||
        !count_imports(decoder, count, counts) || !allocate_imports(decoder, count, counts)) {
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        struct import_type type;
        if (!decode_import(decoder, &module->imports[i], &type)) {
            return false;
        }
        store_import(module, &module->imports[i], &type);
    }
    module->import_count = count;
    module->function_count = module->imported_function_count;
    module->table_count = module->imported_table_count;
    module->memory_count = module->imported_memory_count;
    module->global_count = module->imported_global_count;
    module->tag_count = module->imported_tag_count;
    return true;
}

// A new array with `count` more elements, the first `present` copied from `old`.
static void *extend(struct decoder *decoder, const void *old, uint32_t present, uint32_t count,
                    size_t size) {
    void *array = decode_allocate(decoder, (size_t)present + count, size);
    if (array != NULL && present > 0) {
        memcpy(array, old, present * size);
    }
    return array;
}

bool decode_function_section(struct decoder *decoder) {
    struct wasm_module *module = decoder->module;
    uint32_t count;
    if (!decode_count(decoder, "functions", module->function_count, WASM_LIMIT_FUNCTIONS, &count)) {
        return false;
    }
    module->functions = extend(decoder, module->functions, module->function_count, count,
                               sizeof *module->functions);
    if (module->functions == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        struct wasm_function *function = &module->functions[module->function_count];
        function->declaration = wasm_reader_offset(&decoder->reader);
        if (!wasm_read_u32(&decoder->reader, &function->type_index, decoder->error)) {
            return false;
        }
        module->function_count++;
    }
    decoder->defined_functions = count;
    return true;
}

bool decode_table_section(struct decoder *decoder) {
    struct wasm_module *module = decoder->module;
    uint32_t count;
    if (!decode_count(decoder, "tables", module->table_count, WASM_LIMIT_TABLES, &count)) {
        return false;
    }
    module->tables =
        extend(decoder, module->tables, module->table_count, count, sizeof *module->tables);
    if (module->tables == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        struct wasm_table *table = &module->tables[module->table_count];
        table->offset = wasm_reader_offset(&decoder->reader);
        if (!decode_table_type(decoder, &table->type)) {
            return false;
        }
        module->table_count++;
    }
    return true;
}

bool decode_memory_section(struct decoder *decoder) {
    struct wasm_module *module = decoder->module;
    uint32_t count;
    if (!decode_count(decoder, "memories", module->memory_count, WASM_LIMIT_MEMORIES, &count)) {
        return false;
    }
    module->memories =
        extend(decoder, module->memories, module->memory_count, count, sizeof *module->memories);
    if (module->memories == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        struct wasm_memory *memory = &module->memories[module->memory_count];
        memory->offset = wasm_reader_offset(&decoder->reader);
        if (!decode_memory_type(decoder, &memory->type)) {
            return false;
        }
        module->memory_count++;
    }
    return true;
}

bool decode_tag_section(struct decoder *decoder) {
    struct wasm_module *module = decoder->module;
    uint32_t count;
    if (!decode_count(decoder, "tags", module->tag_count, WASM_LIMIT_TAGS, &count)) {
        return false;
    }
    module->tags = extend(decoder, module->tags, module->tag_count, count, sizeof *module->tags);
    if (module->tags == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        struct wasm_tag *tag = &module->tags[module->tag_count];
        tag->offset = wasm_reader_offset(&decoder->reader);
        if (!decode_tag_type(decoder, &tag->type_index)) {
            return false;
        }
        module->tag_count++;
    }
    return true;
}

bool decode_global_section(struct decoder *decoder) {
    struct wasm_module *module = decoder->module;
    uint32_t count;
    if (!decode_count(decoder, "globals", module->global_count, WASM_LIMIT_GLOBALS, &count)) {
        return false;
    }
    module->globals =
        extend(decoder, module->globals, module->global_count, count, sizeof *module->globals);
    if (module->globals == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        struct wasm_global *global = &module->globals[module->global_count];
        global->offset = wasm_reader_offset(&decoder->reader);
        if (!decode_global_type(decoder, &global->type) ||
            !decode_expression(decoder, &global->initial)) {
            return false;
        }
        module->global_count++;
    }
    return true;
}

static bool decode_export(struct decoder *decoder, struct wasm_export *export) {
    export->offset = wasm_reader_offset(&decoder->reader);
    if (!wasm_read_name(&decoder->reader, &export->name, decoder->error)) {
        return false;
    }
    uint32_t offset = wasm_reader_offset(&decoder->reader);
    if (!wasm_read_byte(&decoder->reader, &export->kind, decoder->error)) {
        return false;
    }
    if (export->kind == OBJECT_TAG &&
        !wasm_has_feature(decoder->module->features, WASM_FEATURE_EXCEPTIONS)) {
        return wasm_unsupported_at(offset, WASM_FEATURE_EXCEPTIONS, decoder->error,
                                   "malformed export kind: tag");
    }
    if (export->kind > OBJECT_TAG) {
        return wasm_fail_at(offset, ERROR_MALFORMED, decoder->error, "malformed export kind 0x%02x",
                            export->kind);
    }
    return wasm_read_u32(&decoder->reader, &export->index, decoder->error);
}

bool decode_export_section(struct decoder *decoder) {
    struct wasm_module *module = decoder->module;
    uint32_t count;
    if (!decode_count(decoder, "exports", 0, WASM_LIMIT_EXPORTS, &count)) {
        return false;
    }
    module->exports = decode_allocate(decoder, count, sizeof *module->exports);
    if (module->exports == NULL) {
        return false;
    }
    module->export_count = count;
    for (uint32_t i = 0; i < count; i++) {
        if (!decode_export(decoder, &module->exports[i])) {
            return false;
        }
    }
    return true;
}

bool decode_start_section(struct decoder *decoder) {
    struct wasm_module *module = decoder->module;
    module->has_start = true;
    module->start_offset = wasm_reader_offset(&decoder->reader);
    return wasm_read_u32(&decoder->reader, &module->start_function, decoder->error);
}
