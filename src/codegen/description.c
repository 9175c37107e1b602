// The description of the module: struct object_module and what hangs on it, as LLVM constants with
// the layout of the C structs (base/object.h).
//
// Bytes that descriptions point to (names, types, programs of constant expressions, segments) go
// into pools, one constant a pool. A pool is gathered whole first; then the records are made, which
// take their pieces in the same order.
#include "codegen/emitter.h"
#include "wasm/dylink.h"

#include <llvm-c/Core.h>
#include <stdlib.h>
#include <string.h>

// ---- Pools

struct pool {
    struct codegen *codegen;
    struct buffer bytes;
    LLVMValueRef global;
    uint64_t taken;
};

static void pool_add(struct pool *pool, const void *data, size_t length) {
    if (length > 0 && !buffer_append(&pool->bytes, data, length, NULL)) {
        codegen_fatal("out of memory");
    }
}

static LLVMValueRef add_constant(struct codegen *codegen, LLVMValueRef initial, const char *name) {
    LLVMValueRef global = LLVMAddGlobal(codegen->llvm, LLVMTypeOf(initial), name);
    LLVMSetInitializer(global, initial);
    LLVMSetLinkage(global, LLVMPrivateLinkage);
    LLVMSetGlobalConstant(global, true);
    LLVMSetAlignment(global, 16);
    return global;
}

// Everything is gathered: makes the constant and frees the bytes.
static void pool_close(struct pool *pool) {
    LLVMValueRef bytes = LLVMConstStringInContext2(
        pool->codegen->context, (const char *)pool->bytes.data, pool->bytes.length, true);
    pool->global = add_constant(pool->codegen, bytes, "pool");
    buffer_destroy(&pool->bytes);
}

// The address of the next `length` bytes.
static LLVMValueRef pool_take(struct pool *pool, uint64_t length) {
    LLVMValueRef offset = codegen_i64(pool->codegen, pool->taken);
    pool->taken += length;
    return LLVMConstInBoundsGEP2(pool->codegen->i8, pool->global, &offset, 1);
}

// ---- Records

static LLVMValueRef constant_u8(struct codegen *codegen, unsigned value) {
    return LLVMConstInt(codegen->i8, value, 0);
}

static LLVMValueRef constant_null(struct codegen *codegen) {
    return LLVMConstNull(codegen->pointer);
}

#define RECORD(codegen, ...)                                                                       \
    make_record(codegen, (LLVMValueRef[]){__VA_ARGS__},                                            \
                sizeof((LLVMValueRef[]){__VA_ARGS__}) / sizeof(LLVMValueRef))

static LLVMValueRef make_record(struct codegen *codegen, LLVMValueRef *fields, size_t count) {
    return LLVMConstStructInContext(codegen->context, fields, (unsigned)count, false);
}

// A constant array of the records; a null pointer where there are none. Frees `records`.
static LLVMValueRef make_array(struct codegen *codegen, LLVMValueRef *records, uint32_t count,
                               const char *name) {
    LLVMValueRef array = constant_null(codegen);
    if (count > 0) {
        array =
            add_constant(codegen, LLVMConstArray2(LLVMTypeOf(records[0]), records, count), name);
    }
    free(records);
    return array;
}

static LLVMValueRef *new_records(uint32_t count) {
    return codegen_allocate(count, sizeof(LLVMValueRef));
}

static LLVMValueRef name_record(struct pool *pool, struct bytes name) {
    LLVMValueRef data = pool_take(pool, name.length);
    return RECORD(pool->codegen, data, codegen_i32(pool->codegen, (uint32_t)name.length));
}

static LLVMValueRef limits_record(struct codegen *codegen, const struct wasm_limits *limits) {
    return RECORD(codegen, codegen_i32(codegen, limits->minimum),
                  codegen_i32(codegen, limits->has_maximum ? limits->maximum : OBJECT_NO_MAXIMUM),
                  constant_u8(codegen, limits->shared));
}

// ---- Constant expressions

static const uint64_t expression_codes[WASM_OP_COUNT] = {
    [WASM_OP_I32_CONST] = OBJECT_EXPRESSION_CONST,
    [WASM_OP_I64_CONST] = OBJECT_EXPRESSION_CONST,
    [WASM_OP_F32_CONST] = OBJECT_EXPRESSION_CONST,
    [WASM_OP_F64_CONST] = OBJECT_EXPRESSION_CONST,
    [WASM_OP_V128_CONST] = OBJECT_EXPRESSION_V128,
    [WASM_OP_REF_NULL] = OBJECT_EXPRESSION_CONST,
    [WASM_OP_GLOBAL_GET] = OBJECT_EXPRESSION_GLOBAL_GET,
    [WASM_OP_REF_FUNC] = OBJECT_EXPRESSION_REF_FUNC,
    [WASM_OP_I32_ADD] = OBJECT_EXPRESSION_I32_ADD,
    [WASM_OP_I32_SUB] = OBJECT_EXPRESSION_I32_SUB,
    [WASM_OP_I32_MUL] = OBJECT_EXPRESSION_I32_MUL,
    [WASM_OP_I64_ADD] = OBJECT_EXPRESSION_I64_ADD,
    [WASM_OP_I64_SUB] = OBJECT_EXPRESSION_I64_SUB,
    [WASM_OP_I64_MUL] = OBJECT_EXPRESSION_I64_MUL,
};

static uint64_t vector_word(const struct wasm_instruction *instruction, unsigned number) {
    uint64_t word;
    memcpy(&word, instruction->immediate.bytes + number * sizeof word, sizeof word);
    return word;
}

static uint64_t expression_value(const struct wasm_instruction *instruction) {
    switch (instruction->opcode) {
    case WASM_OP_I32_CONST:
        return (uint32_t)instruction->immediate.i32;
    case WASM_OP_I64_CONST:
        return (uint64_t)instruction->immediate.i64;
    case WASM_OP_F32_CONST:
        return instruction->immediate.f32;
    case WASM_OP_F64_CONST:
        return instruction->immediate.f64;
    case WASM_OP_V128_CONST:
        return vector_word(instruction, 0);
    case WASM_OP_GLOBAL_GET:
    case WASM_OP_REF_FUNC:
        return instruction->immediate.index;
    default:
        return 0;
    }
}

// Reads the program of a validated expression; gives the number of ops and, unless `pool` is NULL,
// adds them to it.
static uint32_t read_expression(const struct codegen *codegen,
                                const struct wasm_expression *expression, struct pool *pool) {
    const struct wasm_module *module = codegen->module;
    const uint8_t *code = module->binary.data + expression->offset;
    struct wasm_reader reader = {module->binary.data, code, code + expression->length};
    uint32_t count = 0;
    struct wasm_instruction instruction;
    for (;;) {
        if (!wasm_read_instruction(&reader, module->features, &instruction, NULL)) {
            codegen_fatal("a constant expression of a validated module cannot be read");
        }
        if (instruction.opcode == WASM_OP_END) {
            return count;
        }
        struct object_expression_op ops[2] = {
            {expression_codes[instruction.opcode], expression_value(&instruction)}};
        uint32_t used = 1;
        if (instruction.opcode == WASM_OP_V128_CONST) {
            ops[used++] = (struct object_expression_op){OBJECT_EXPRESSION_CONST,
                                                        vector_word(&instruction, 1)};
        }
        if (pool != NULL) {
            pool_add(pool, ops, used * sizeof *ops);
        }
        count += used;
    }
}

static LLVMValueRef expression_record(struct pool *pool, const struct wasm_expression *expression) {
    struct codegen *codegen = pool->codegen;
    uint32_t count = read_expression(codegen, expression, NULL);
    return RECORD(codegen, pool_take(pool, count * sizeof(struct object_expression_op)),
                  codegen_i32(codegen, count));
}

static LLVMValueRef no_expression(struct codegen *codegen) {
    return RECORD(codegen, constant_null(codegen), codegen->zero_i32);
}

// ---- The tables of the description

static LLVMValueRef describe_types(struct codegen *codegen) {
    const struct wasm_module *module = codegen->module;
    struct pool pool = {.codegen = codegen};
    for (uint32_t i = 0; i < module->type_count; i++) {
        pool_add(&pool, module->types[i].parameters, module->types[i].parameter_count);
        pool_add(&pool, module->types[i].results, module->types[i].result_count);
    }
    pool_close(&pool);
    LLVMValueRef *records = new_records(module->type_count);
    for (uint32_t i = 0; i < module->type_count; i++) {
        const struct wasm_function_type *type = &module->types[i];
        LLVMValueRef parameters = pool_take(&pool, type->parameter_count);
        LLVMValueRef results = pool_take(&pool, type->result_count);
        LLVMValueRef entry = codegen->entries[i];
        records[i] = RECORD(codegen, codegen_i32(codegen, type->parameter_count),
                            codegen_i32(codegen, type->result_count), parameters, results,
                            entry != NULL ? entry : constant_null(codegen));
    }
    return make_array(codegen, records, module->type_count, "types");
}

static LLVMValueRef import_record(struct pool *pool, const struct wasm_import *import) {
    struct codegen *codegen = pool->codegen;
    const struct wasm_module *module = codegen->module;
    struct wasm_limits limits = {0};
    uint8_t value_type = 0;
    bool mutable = false;
    uint32_t type = 0;
    switch (import->kind) {
    case OBJECT_FUNCTION:
        type = module->functions[import->index].type_index;
        break;
    case OBJECT_TABLE:
        limits = module->tables[import->index].type.limits;
        value_type = module->tables[import->index].type.element_type;
        break;
    case OBJECT_MEMORY:
        limits = module->memories[import->index].type.limits;
        break;
    case OBJECT_TAG:
        type = module->tags[import->index].type_index;
        break;
    default:
        value_type = module->globals[import->index].type.value_type;
        mutable = module->globals[import->index].type.mutable;
        break;
    }
    bool weak = wasm_dylink_is_weak(&module->dylink, import->module, import->name);
    LLVMValueRef module_name = name_record(pool, import->module);
    LLVMValueRef name = name_record(pool, import->name);
    return RECORD(codegen, module_name, name, constant_u8(codegen, import->kind),
                  constant_u8(codegen, value_type), constant_u8(codegen, mutable),
                  constant_u8(codegen, weak), codegen_i32(codegen, type),
                  limits_record(codegen, &limits));
}

static LLVMValueRef describe_imports(struct codegen *codegen) {
    const struct wasm_module *module = codegen->module;
    struct pool pool = {.codegen = codegen};
    for (uint32_t i = 0; i < module->import_count; i++) {
        pool_add(&pool, module->imports[i].module.data, module->imports[i].module.length);
        pool_add(&pool, module->imports[i].name.data, module->imports[i].name.length);
    }
    pool_close(&pool);
    LLVMValueRef *records = new_records(module->import_count);
    for (uint32_t i = 0; i < module->import_count; i++) {
        records[i] = import_record(&pool, &module->imports[i]);
    }
    return make_array(codegen, records, module->import_count, "imports");
}

static LLVMValueRef describe_exports(struct codegen *codegen) {
    const struct wasm_module *module = codegen->module;
    struct pool pool = {.codegen = codegen};
    for (uint32_t i = 0; i < module->export_count; i++) {
        pool_add(&pool, module->exports[i].name.data, module->exports[i].name.length);
    }
    pool_close(&pool);
    LLVMValueRef *records = new_records(module->export_count);
    for (uint32_t i = 0; i < module->export_count; i++) {
        const struct wasm_export *export = &module->exports[i];
        bool is_thread_local =
            (wasm_dylink_export_flags(&module->dylink, export->name) & WASM_DYLINK_TLS) != 0;
        records[i] =
            RECORD(codegen, name_record(&pool, export->name), constant_u8(codegen, export->kind),
                   constant_u8(codegen, is_thread_local), codegen_i32(codegen, export->index));
    }
    return make_array(codegen, records, module->export_count, "exports");
}

static LLVMValueRef describe_functions(struct codegen *codegen) {
    const struct wasm_module *module = codegen->module;
    struct pool pool = {.codegen = codegen};
    for (uint32_t i = 0; i < module->function_count; i++) {
        pool_add(&pool, module->functions[i].name.data, module->functions[i].name.length);
    }
    pool_close(&pool);
    LLVMValueRef *records = new_records(module->function_count);
    for (uint32_t i = 0; i < module->function_count; i++) {
        LLVMValueRef code = i < module->imported_function_count ? constant_null(codegen)
                                                                : codegen_function(codegen, i);
        records[i] = RECORD(codegen, code, codegen_i32(codegen, module->functions[i].type_index),
                            codegen_i32(codegen, codegen->function_references[i]),
                            name_record(&pool, module->functions[i].name));
    }
    return make_array(codegen, records, module->function_count, "functions");
}

static LLVMValueRef describe_tables(struct codegen *codegen) {
    const struct wasm_module *module = codegen->module;
    uint32_t count = module->table_count - module->imported_table_count;
    LLVMValueRef *records = new_records(count);
    for (uint32_t i = 0; i < count; i++) {
        const struct wasm_table *table = &module->tables[module->imported_table_count + i];
        records[i] = RECORD(codegen, limits_record(codegen, &table->type.limits),
                            constant_u8(codegen, table->type.element_type));
    }
    return make_array(codegen, records, count, "tables");
}

static LLVMValueRef describe_memories(struct codegen *codegen) {
    const struct wasm_module *module = codegen->module;
    uint32_t count = module->memory_count - module->imported_memory_count;
    LLVMValueRef *records = new_records(count);
    for (uint32_t i = 0; i < count; i++) {
        const struct wasm_memory *memory = &module->memories[module->imported_memory_count + i];
        records[i] = limits_record(codegen, &memory->type.limits);
    }
    return make_array(codegen, records, count, "memories");
}

static LLVMValueRef describe_globals(struct codegen *codegen) {
    const struct wasm_module *module = codegen->module;
    uint32_t count = module->global_count - module->imported_global_count;
    struct pool pool = {.codegen = codegen};
    for (uint32_t i = 0; i < count; i++) {
        read_expression(codegen, &module->globals[module->imported_global_count + i].initial,
                        &pool);
    }
    pool_close(&pool);
    LLVMValueRef *records = new_records(count);
    for (uint32_t i = 0; i < count; i++) {
        const struct wasm_global *global = &module->globals[module->imported_global_count + i];
        records[i] = RECORD(codegen, expression_record(&pool, &global->initial),
                            constant_u8(codegen, global->type.value_type),
                            constant_u8(codegen, global->type.mutable));
    }
    return make_array(codegen, records, count, "globals");
}

// The programs of a segment in the order that the records take them: offset, then elements.
static void gather_element_programs(const struct codegen *codegen,
                                    const struct wasm_element_segment *segment,
                                    struct pool *programs) {
    if (segment->mode == WASM_SEGMENT_ACTIVE) {
        read_expression(codegen, &segment->table_offset, programs);
    }
    for (uint32_t i = 0; segment->expressions != NULL && i < segment->count; i++) {
        read_expression(codegen, &segment->expressions[i], programs);
    }
}

static LLVMValueRef element_record(struct pool *programs, struct pool *indices,
                                   const struct wasm_element_segment *segment) {
    struct codegen *codegen = programs->codegen;
    LLVMValueRef offset = segment->mode == WASM_SEGMENT_ACTIVE
                              ? expression_record(programs, &segment->table_offset)
                              : no_expression(codegen);
    LLVMValueRef functions = constant_null(codegen);
    LLVMValueRef expressions = constant_null(codegen);
    if (segment->expressions != NULL && segment->count > 0) {
        LLVMValueRef *records = new_records(segment->count);
        for (uint32_t i = 0; i < segment->count; i++) {
            records[i] = expression_record(programs, &segment->expressions[i]);
        }
        expressions = make_array(codegen, records, segment->count, "expressions");
    } else { // an empty segment counts as one of functions
        functions = pool_take(indices, (uint64_t)segment->count * sizeof(uint32_t));
    }
    return RECORD(codegen, constant_u8(codegen, segment->mode),
                  constant_u8(codegen, segment->element_type),
                  codegen_i32(codegen, segment->table_index), offset,
                  codegen_i32(codegen, segment->count), functions, expressions);
}

static LLVMValueRef describe_element_segments(struct codegen *codegen) {
    const struct wasm_module *module = codegen->module;
    struct pool programs = {.codegen = codegen}, indices = {.codegen = codegen};
    for (uint32_t i = 0; i < module->element_count; i++) {
        const struct wasm_element_segment *segment = &module->elements[i];
        gather_element_programs(codegen, segment, &programs);
        if (segment->expressions == NULL) {
            pool_add(&indices, segment->function_indices, segment->count * sizeof(uint32_t));
        }
    }
    pool_close(&programs);
    pool_close(&indices);
    LLVMValueRef *records = new_records(module->element_count);
    for (uint32_t i = 0; i < module->element_count; i++) {
        records[i] = element_record(&programs, &indices, &module->elements[i]);
    }
    return make_array(codegen, records, module->element_count, "element_segments");
}

static LLVMValueRef describe_data_segments(struct codegen *codegen) {
    const struct wasm_module *module = codegen->module;
    struct pool programs = {.codegen = codegen}, bytes = {.codegen = codegen};
    for (uint32_t i = 0; i < module->data_segment_count; i++) {
        const struct wasm_data_segment *segment = &module->data_segments[i];
        if (segment->mode == WASM_SEGMENT_ACTIVE) {
            read_expression(codegen, &segment->memory_offset, &programs);
        }
        pool_add(&bytes, segment->bytes.data, segment->bytes.length);
    }
    pool_close(&programs);
    pool_close(&bytes);
    LLVMValueRef *records = new_records(module->data_segment_count);
    for (uint32_t i = 0; i < module->data_segment_count; i++) {
        const struct wasm_data_segment *segment = &module->data_segments[i];
        LLVMValueRef offset = segment->mode == WASM_SEGMENT_ACTIVE
                                  ? expression_record(&programs, &segment->memory_offset)
                                  : no_expression(codegen);
        LLVMValueRef data = pool_take(&bytes, segment->bytes.length);
        records[i] = RECORD(codegen, constant_u8(codegen, segment->mode),
                            codegen_i32(codegen, segment->memory_index), offset, data,
                            codegen_i32(codegen, (uint32_t)segment->bytes.length));
    }
    return make_array(codegen, records, module->data_segment_count, "data_segments");
}

static LLVMValueRef describe_adapters(struct codegen *codegen) {
    uint32_t count = codegen->module->imported_function_count;
    LLVMValueRef *records = new_records(count);
    for (uint32_t i = 0; i < count; i++) {
        records[i] = codegen->adapters[i];
    }
    return make_array(codegen, records, count, "adapters");
}

static LLVMValueRef describe_tags(struct codegen *codegen) {
    const struct wasm_module *module = codegen->module;
    struct pool pool = {.codegen = codegen};
    for (uint32_t i = 0; i < module->tag_count; i++) {
        pool_add(&pool, module->tags[i].name.data, module->tags[i].name.length);
    }
    pool_close(&pool);
    LLVMValueRef *records = new_records(module->tag_count);
    for (uint32_t i = 0; i < module->tag_count; i++) {
        records[i] = RECORD(codegen, codegen_i32(codegen, module->tags[i].type_index),
                            name_record(&pool, module->tags[i].name));
    }
    return make_array(codegen, records, module->tag_count, "tags");
}

static LLVMValueRef describe_dylink(struct codegen *codegen) {
    const struct wasm_dylink *dylink = &codegen->module->dylink;
    struct pool pool = {.codegen = codegen};
    for (uint32_t i = 0; i < dylink->needed_count; i++) {
        pool_add(&pool, dylink->needed[i].data, dylink->needed[i].length);
    }
    pool_close(&pool);
    LLVMValueRef *records = new_records(dylink->needed_count);
    for (uint32_t i = 0; i < dylink->needed_count; i++) {
        records[i] = name_record(&pool, dylink->needed[i]);
    }
    return RECORD(
        codegen, constant_u8(codegen, dylink->present), codegen_i32(codegen, dylink->memory_bytes),
        codegen_i32(codegen, dylink->memory_alignment),
        codegen_i32(codegen, dylink->table_elements), codegen_i32(codegen, dylink->table_alignment),
        codegen_i32(codegen, dylink->needed_count),
        make_array(codegen, records, dylink->needed_count, "needed"));
}

// ---- The whole

static LLVMValueRef layout_record(struct codegen *codegen) {
    uint32_t words[sizeof(struct object_layout) / sizeof(uint32_t)];
    LLVMValueRef fields[sizeof words / sizeof words[0]];
    memcpy(words, &codegen->layout, sizeof words);
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        fields[i] = codegen_i32(codegen, words[i]);
    }
    return make_record(codegen, fields, sizeof fields / sizeof fields[0]);
}

static LLVMValueRef identity_string(struct codegen *codegen, const char *identity) {
    LLVMValueRef text =
        LLVMConstStringInContext2(codegen->context, identity, strlen(identity), false);
    return add_constant(codegen, text, "compiler");
}

bool codegen_describe(struct codegen *codegen, const char *identity, struct error *error) {
    const struct wasm_module *module = codegen->module;
    uint32_t start = module->has_start ? module->start_function : UINT32_MAX;
    LLVMValueRef description = RECORD(
        codegen, codegen_i32(codegen, OBJECT_MAGIC), codegen_i32(codegen, OBJECT_ABI_VERSION),
        identity_string(codegen, identity), codegen->support, codegen->type_identity_table,
        layout_record(codegen), codegen_i32(codegen, module->type_count),
        codegen_i32(codegen, module->import_count), codegen_i32(codegen, module->export_count),
        codegen_i32(codegen, module->function_count),
        codegen_i32(codegen, module->imported_function_count),
        codegen_i32(codegen, codegen->function_reference_count),
        codegen_i32(codegen, module->table_count),
        codegen_i32(codegen, module->imported_table_count),
        codegen_i32(codegen, module->memory_count),
        codegen_i32(codegen, module->imported_memory_count),
        codegen_i32(codegen, module->global_count),
        codegen_i32(codegen, module->imported_global_count),
        codegen_i32(codegen, module->element_count),
        codegen_i32(codegen, module->data_segment_count), codegen_i32(codegen, module->tag_count),
        codegen_i32(codegen, module->imported_tag_count), codegen_i32(codegen, start),
        codegen->zero_i32, describe_types(codegen), describe_imports(codegen),
        describe_exports(codegen), describe_functions(codegen), describe_tables(codegen),
        describe_memories(codegen), describe_globals(codegen), describe_element_segments(codegen),
        describe_data_segments(codegen), describe_adapters(codegen), describe_tags(codegen),
        describe_dylink(codegen));
    if (LLVMABISizeOfType(codegen->data_layout, LLVMTypeOf(description)) !=
        sizeof(struct object_module)) {
        return error_set(error, ERROR_INTERNAL,
                         "the description's layout differs from struct object_module");
    }
    LLVMValueRef global = add_constant(codegen, description, OBJECT_SYMBOL);
    LLVMSetLinkage(global, LLVMExternalLinkage);
    return true;
}
