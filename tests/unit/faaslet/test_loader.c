// The loader: good objects, and files and descriptions that are not what they say.
#include "faaslet/check.h"

#include "fixture.h"

static const char text[] =
    "(module"
    "  (type $long (func (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32)"
    "                    (result i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32)))"
    "  (import \"env\" \"f\" (func $f (param i32)))"
    "  (memory (export \"memory\") 1) (table 2 funcref) (elem (i32.const 0) $g)"
    "  (data (i32.const 0) \"data\")"
    "  (global $x (export \"x\") (mut i32) (i32.const 3))"
    "  (func $g (export \"g\") (param i32) (result i32)"
    "    (global.set $x (local.get 0)) (i32.div_u (i32.const 6) (local.get 0)))"
    "  (func $h (type $long) (unreachable)))";

static void good_objects_load(void **state) {
    (void)state;
    struct faaslet_object *object = fixture_load(text);
    struct faaslet_object *other = fixture_load(text);
    const struct object_module *module = faaslet_object_module(object);
    assert_int_equal(module->magic, OBJECT_MAGIC);
    assert_non_null(*module->support);
    assert_non_null(faaslet_object_export(module, "g", OBJECT_FUNCTION));
    assert_null(faaslet_object_export(module, "g", OBJECT_MEMORY));
    assert_null(faaslet_object_export(module, "gg", OBJECT_FUNCTION));
    // Long types are one type in all objects of the process.
    uint64_t identity = module->type_identities[0];
    assert_true(identity & OBJECT_TYPE_IDENTITY_INTERNED);
    assert_int_equal(faaslet_object_module(other)->type_identities[0], identity);
    uint32_t function = 0;
    const char *code = module->functions[1].code;
    assert_ptr_equal(faaslet_object_at(code, &function), module);
    assert_int_equal(function, 1);
    assert_ptr_equal(faaslet_object_at(code + 1, &function), module);
    assert_int_equal(function, 1);
    assert_null(faaslet_object_at(&function, &function));
    assert_ptr_equal(faaslet_object_acquire(object), object);
    faaslet_object_release(object);
    assert_ptr_equal(faaslet_object_at(code, &function), module);
    faaslet_object_release(object);
    assert_null(faaslet_object_at(code, &function));
    faaslet_object_release(other);
}

static void assert_refused(const void *data, size_t length) {
    char path[] = "/tmp/faasm-unit-XXXXXX";
    struct error error = {0};
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    fixture_write(path, data, length);
    assert_null(faaslet_object_load(path, &error));
    assert_int_not_equal(error.code, ERROR_NONE);
    assert_non_null(strstr(error.message, path));
    unlink(path);
}

static void files_that_are_no_objects(void **state) {
    (void)state;
    char path[PATH_MAX];
    static char contents[1 << 20];
    struct error error = {0};
    assert_null(faaslet_object_load("/nowhere/at/all.so", &error));
    assert_int_equal(error.code, ERROR_NOT_FOUND);
    fixture_compile(text, path);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t length = fread(contents, 1, sizeof contents, file);
    fclose(file);
    unlink(path);
    fixture_take_signals();
    assert_refused("", 0);
    assert_refused("not an object", 13);
    // Cut anywhere: where only section headers and symbol names for debuggers are lost the object
    // may still load, but no cut may crash.
    for (size_t cut = 1; cut < length; cut += length / 37 + 1) {
        char cut_path[] = "/tmp/faasm-unit-XXXXXX";
        int fd = mkstemp(cut_path);
        assert_true(fd >= 0);
        close(fd);
        fixture_write(cut_path, contents, cut);
        struct faaslet_object *object = faaslet_object_load(cut_path, &error);
        if (cut < length / 2) {
            assert_null(object);
        }
        faaslet_object_release(object);
        unlink(cut_path);
    }
}

// ---- Descriptions -------------------------------------------------------------------------------

// Everything that a description refers to, in one block, so that bounds are easily told.
static struct hostile {
    struct object_module module;
    const struct object_support *support;
    uint64_t identities[2];
    uint8_t value_types[4];
    struct object_type types[2];
    struct object_import imports[1];
    struct object_export exports[2];
    struct object_function functions[2];
    struct object_table_description tables[1];
    struct object_limits memories[1];
    struct object_expression_op ops[4];
    struct object_global globals[1];
    uint32_t element_functions[1];
    struct object_element_segment elements[1];
    uint8_t bytes[4];
    struct object_data_segment data[1];
    void *adapters[1];
    char code[64];
} hostile;

static void make_good(void) {
    struct hostile *h = &hostile;
    memset(h, 0, sizeof *h);
    memset(h->value_types, OBJECT_I32, sizeof h->value_types);
    h->types[0] = (struct object_type){1, 1, h->value_types, h->value_types,
                                       (object_entry *)(uintptr_t)(h->code + 32)};
    h->types[1] = (struct object_type){0};
    h->identities[0] = object_type_identity(h->value_types, 1, h->value_types, 1);
    h->identities[1] = object_type_identity(NULL, 0, NULL, 0);
    h->imports[0] =
        (struct object_import){.module = {(char *)h->bytes, 2}, .name = {(char *)h->bytes, 4}};
    h->exports[0] = (struct object_export){{(char *)h->bytes, 1}, OBJECT_FUNCTION, false, 1};
    h->exports[1] = (struct object_export){{(char *)h->bytes, 0}, OBJECT_MEMORY, false, 0};
    h->functions[0] = (struct object_function){NULL, 0, UINT32_MAX, {0}};
    h->functions[1] = (struct object_function){h->code, 0, 0, {0}};
    h->tables[0] = (struct object_table_description){{1, OBJECT_NO_MAXIMUM, false}, OBJECT_FUNCREF};
    h->memories[0] = (struct object_limits){1, 2, false};
    h->ops[0] = (struct object_expression_op){OBJECT_EXPRESSION_CONST, 1};
    h->ops[1] = (struct object_expression_op){OBJECT_EXPRESSION_GLOBAL_GET, 0};
    h->ops[2] = (struct object_expression_op){OBJECT_EXPRESSION_I32_ADD, 0};
    h->globals[0] = (struct object_global){{h->ops, 1}, OBJECT_I32, true};
    h->element_functions[0] = 1;
    h->elements[0] = (struct object_element_segment){
        OBJECT_ACTIVE, OBJECT_FUNCREF, 0, {h->ops, 3}, 1, h->element_functions, NULL};
    h->data[0] = (struct object_data_segment){OBJECT_ACTIVE, 0, {h->ops, 1}, h->bytes, 4};
    h->adapters[0] = h->code + 16;
    h->module = (struct object_module){
        .magic = OBJECT_MAGIC,
        .abi_version = OBJECT_ABI_VERSION,
        .compiler = "test",
        .support = &h->support,
        .type_identities = h->identities,
        .layout = {.import_slots = 64,
                   .memory_slots = 96,
                   .table_deltas = 112,
                   .global_deltas = 128,
                   .memories = 128,
                   .tables = 160,
                   .globals = 192,
                   .function_references = 208,
                   .dropped_elements = 240,
                   .dropped_data = 256,
                   .tags = 272,
                   .size = 320},
        .type_count = 2,
        .import_count = 1,
        .export_count = 2,
        .function_count = 2,
        .imported_function_count = 1,
        .function_reference_count = 1,
        .table_count = 1,
        .memory_count = 1,
        .global_count = 1,
        .element_segment_count = 1,
        .data_segment_count = 1,
        .start_function = UINT32_MAX,
        .types = h->types,
        .imports = h->imports,
        .exports = h->exports,
        .functions = h->functions,
        .tables = h->tables,
        .memories = h->memories,
        .globals = h->globals,
        .element_segments = h->elements,
        .data_segments = h->data,
        .adapters = h->adapters,
    };
}

static bool is_accepted(struct error *error) {
    const struct check_bounds bounds = {(char *)&hostile, (char *)(&hostile + 1), hostile.code,
                                        hostile.code + sizeof hostile.code};
    return check_module(&hostile.module, &bounds, error);
}

// Each row spoils one field of the good description.
#define SPOILED(X)                                                                                 \
    X(module.magic, 1)                                                                             \
    X(module.abi_version, 99)                                                                      \
    X(module.type_count, 100000)                                                                   \
    X(module.type_count, 0)                                                                        \
    X(module.import_count, 0xffffffffu)                                                            \
    X(module.import_count, 0)                                                                      \
    X(module.imported_function_count, 3)                                                           \
    X(module.imported_function_count, 0)                                                           \
    X(module.function_count, 1)                                                                    \
    X(module.function_count, 0xffffffffu)                                                          \
    X(module.imported_table_count, 1)                                                              \
    X(module.imported_memory_count, 1)                                                             \
    X(module.imported_global_count, 1)                                                             \
    X(module.memory_count, 0)                                                                      \
    X(module.memory_count, 2)                                                                      \
    X(module.table_count, 9)                                                                       \
    X(module.global_count, 2)                                                                      \
    X(module.function_reference_count, 0)                                                          \
    X(module.function_reference_count, 3)                                                          \
    X(module.element_segment_count, 17)                                                            \
    X(module.data_segment_count, 17)                                                               \
    X(module.start_function, 2)                                                                    \
    X(module.support, NULL)                                                                        \
    X(module.type_identities, NULL)                                                                \
    X(module.types, (void *)16)                                                                    \
    X(module.functions, (void *)-8)                                                                \
    X(module.data_segments, (void *)(&hostile + 1))                                                \
    X(module.adapters, (void *)(&hostile + 1))                                                     \
    X(adapters[0], NULL)                                                                           \
    X(adapters[0], hostile.code + 64)                                                              \
    X(module.layout.import_slots, 48)                                                              \
    X(module.layout.import_slots, 72)                                                              \
    X(module.layout.memory_slots, 64)                                                              \
    X(module.layout.tables, 128)                                                                   \
    X(module.layout.globals, 0xfffffff0u)                                                          \
    X(module.layout.dropped_data, 224)                                                             \
    X(module.layout.size, 248)                                                                     \
    X(module.layout.size, 192)                                                                     \
    X(identities[0], 0)                                                                            \
    X(identities[1], 1ull << 63)                                                                   \
    X(value_types[0], 0x40)                                                                        \
    X(types[0].parameter_count, 0xffffffffu)                                                       \
    X(types[0].results, (void *)8)                                                                 \
    X(types[0].entry, (object_entry *)8)                                                           \
    X(imports[0].kind, 5)                                                                          \
    X(imports[0].kind, OBJECT_TABLE)                                                               \
    X(imports[0].type, 2)                                                                          \
    X(imports[0].name.length, 0xffffffffu)                                                         \
    X(imports[0].module.data, (char *)1)                                                           \
    X(exports[0].index, 2)                                                                         \
    X(exports[0].kind, 9)                                                                          \
    X(exports[1].index, 1)                                                                         \
    X(exports[1].kind, OBJECT_TAG)                                                                 \
    X(functions[0].type, 2)                                                                        \
    X(functions[1].code, NULL)                                                                     \
    X(functions[1].code, hostile.code + 64)                                                        \
    X(functions[1].reference, 1)                                                                   \
    X(functions[1].reference, UINT32_MAX)                                                          \
    X(functions[1].name.length, 1)                                                                 \
    X(tables[0].limits.maximum, 0)                                                                 \
    X(memories[0].minimum, 3)                                                                      \
    X(memories[0].maximum, 65537)                                                                  \
    X(globals[0].initial.count, 0)                                                                 \
    X(globals[0].initial.count, 2)                                                                 \
    X(globals[0].initial.count, 1000)                                                              \
    X(globals[0].initial.ops, NULL)                                                                \
    X(ops[0].code, OBJECT_EXPRESSION_I64_MUL)                                                      \
    X(ops[0].code, OBJECT_EXPRESSION_V128)                                                         \
    X(ops[1].code, 77)                                                                             \
    X(ops[1].value, 1)                                                                             \
    X(ops[2].code, OBJECT_EXPRESSION_REF_FUNC)                                                     \
    X(elements[0].mode, 3)                                                                         \
    X(elements[0].table, 1)                                                                        \
    X(elements[0].count, 0xffffffffu)                                                              \
    X(elements[0].functions, NULL)                                                                 \
    X(elements[0].offset.count, 2)                                                                 \
    X(element_functions[0], 0)                                                                     \
    X(element_functions[0], 2)                                                                     \
    X(data[0].mode, OBJECT_DECLARATIVE)                                                            \
    X(data[0].memory, 1)                                                                           \
    X(data[0].length, 0xffffffffu)                                                                 \
    X(data[0].data, NULL)

static void descriptions_are_checked(void **state) {
    (void)state;
    struct error error = {0};
    make_good();
    if (!is_accepted(&error)) {
        fail_msg("%s", error.message);
    }
#define X(field, value)                                                                            \
    make_good();                                                                                   \
    hostile.field = value;                                                                         \
    error = (struct error){0};                                                                     \
    if (is_accepted(&error)) {                                                                     \
        fail_msg("accepted: %s = %s", #field, #value);                                             \
    }                                                                                              \
    assert_true(error.code == ERROR_MALFORMED || error.code == ERROR_UNSUPPORTED);
    SPOILED(X)
#undef X
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_objects_load),
        cmocka_unit_test(files_that_are_no_objects),
        cmocka_unit_test(descriptions_are_checked),
    };
    fixture_initialize();
    return cmocka_run_group_tests_name("loader", tests, NULL, NULL);
}
