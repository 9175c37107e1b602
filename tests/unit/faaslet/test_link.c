// Linking: imports from host functions and from other modules, and what is refused.
#include "fixture.h"

static uint32_t host_add(struct object_instance *instance, uint32_t left, uint32_t right) {
    (void)instance;
    return left + right;
}

// The size in pages of the memory of whoever imported this.
static uint32_t host_pages(struct object_instance *instance) {
    uint32_t pages = 0;
    while (guest_range(instance, pages * OBJECT_PAGE_SIZE, 1) != NULL) {
        pages++;
    }
    return pages;
}

static const struct faaslet_host_function rows[] = {
    {"env", "add", "ii:i", HOST_CODE(host_add)},
    {"env", "pages", ":i", HOST_CODE(host_pages)},
};
enum { ROWS = sizeof rows / sizeof *rows };

static struct faaslet_linker *linker_of(const struct faaslet_host_function *table, size_t count) {
    struct error error;
    struct faaslet_linker *linker = faaslet_linker_new(&error);
    assert_non_null(linker);
    assert_true(faaslet_linker_add(linker, table, count, &error));
    return linker;
}

static void linker_keeps_rows(void **state) {
    (void)state;
    struct error error;
    struct faaslet_linker *linker = linker_of(rows, ROWS);
    const struct object_name env = {"env", 3};
    assert_ptr_equal(faaslet_linker_find(linker, env, (struct object_name){"add", 3}), &rows[0]);
    assert_null(faaslet_linker_find(linker, env, (struct object_name){"ad", 2}));
    assert_null(faaslet_linker_find(linker, env, (struct object_name){"add\0", 4}));
    assert_null(faaslet_linker_find(linker, (struct object_name){"en", 2},
                                    (struct object_name){"vadd", 4}));
    assert_false(faaslet_linker_add(linker, rows, 1, &error));
    assert_int_equal(error.code, ERROR_EXISTS);
    static const char *const bad[] = {"x", "i:ii", "i:i:i", "::", "i i", ":v"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const struct faaslet_host_function row = {"m", bad[i], bad[i], HOST_CODE(host_add)};
        assert_false(faaslet_linker_add(linker, &row, 1, &error));
        assert_int_equal(error.code, ERROR_ARGUMENT);
    }
    faaslet_linker_delete(linker);
}

static void linker_grows(void **state) {
    (void)state;
    enum { MANY = 3000 };
    static struct faaslet_host_function many[MANY];
    static char names[MANY][16];
    for (int i = 0; i < MANY; i++) {
        snprintf(names[i], sizeof names[i], "f%d", i);
        many[i] = (struct faaslet_host_function){"m", names[i], "", HOST_CODE(host_add)};
    }
    struct faaslet_linker *linker = linker_of(many, MANY);
    for (int i = 0; i < MANY; i++) {
        const struct object_name name = {names[i], (uint32_t)strlen(names[i])};
        assert_ptr_equal(faaslet_linker_find(linker, (struct object_name){"m", 1}, name), &many[i]);
    }
    faaslet_linker_delete(linker);
}

static const struct {
    const char *text;
    const char *message;
} refused[] = {
    {"(module (import \"env\" \"nothing\" (func)))", "unknown import env.nothing"},
    {"(module (import \"other\" \"add\" (func)))", "unknown import other.add"},
    {"(module (import \"env\" \"memory\" (memory 1)))", "unknown import env.memory"},
    {"(module (import \"env\" \"add\" (func (param i32 i32))))",
     "incompatible import type: env.add is host function \"ii:i\" but the module imports it as "
     "function (i32, i32) -> ()"},
    {"(module (import \"env\" \"add\" (func (param i32 i64) (result i32))))",
     "incompatible import type: env.add is host function \"ii:i\" but the module imports it as "
     "function (i32, i64) -> (i32)"},
    {"(module (import \"env\" \"add\" (func (param i32 i32) (result i32 i32))))",
     "incompatible import type: env.add is host function \"ii:i\" but the module imports it as "
     "function (i32, i32) -> (i32, i32)"},
    {"(module (import \"env\" \"add\" (global i32)))",
     "incompatible import type: env.add is host function \"ii:i\" but the module imports it as "
     "global i32"},
};

static void refuses_what_does_not_fit(void **state) {
    (void)state;
    struct faaslet_linker *linker = linker_of(rows, ROWS);
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        struct error error = {0};
        struct faaslet_object *object = fixture_load(refused[i].text);
        struct faaslet *faaslet = fixture_new(NULL);
        assert_null(faaslet_instantiate(faaslet, object, linker, NULL, NULL, &error));
        assert_int_equal(error.code, ERROR_UNLINKABLE);
        assert_string_equal(error.message, refused[i].message);
        error = (struct error){0};
        assert_false(faaslet_linker_check(linker, faaslet_object_module(object), &error));
        assert_int_equal(error.code, ERROR_UNLINKABLE);
        assert_string_equal(error.message, refused[i].message);
        faaslet_object_release(object);
        faaslet_delete(faaslet);
    }
    faaslet_linker_delete(linker);
}

// ---- Modules that import from each other --------------------------------------------------------

static bool resolve(void *context, struct object_name module, struct object_name name,
                    struct faaslet_definition *definition) {
    struct object_instance *instance = context;
    if (module.length != 5 || memcmp(module.data, "first", 5) != 0) {
        return false;
    }
    for (uint32_t i = 0; i < instance->object->export_count; i++) {
        const struct object_export *export = &instance->object->exports[i];
        if (export->name.length == name.length &&
            memcmp(export->name.data, name.data, name.length) == 0) {
            *definition = (struct faaslet_definition){instance, export};
            return true;
        }
    }
    return false;
}

static const char first_text[] =
    "(module"
    "  (import \"env\" \"pages\" (func $pages (result i32)))"
    "  (export \"pages\" (func $pages))"
    "  (memory (export \"memory\") 2 4)"
    "  (table (export \"table\") 4 funcref)"
    "  (global (export \"offset\") i32 (i32.const 100))"
    "  (global $counter (export \"counter\") (mut i32) (i32.const 0))"
    "  (func (export \"count\") (param i32 i32) (result i32)"
    "    (global.set $counter (i32.add (global.get $counter) (local.get 0)))"
    "    (global.get $counter))"
    "  (func (export \"load\") (param i32 i32) (result i32) (i32.load8_u (local.get 0)))"
    "  (func (export \"call\") (param i32 i32) (result i32)"
    "    (call_indirect (result i32) (local.get 0))))";

static const char second_text[] =
    "(module"
    "  (import \"first\" \"pages\" (func $pages (result i32)))"
    "  (import \"first\" \"count\" (func $count (param i32 i32) (result i32)))"
    "  (import \"first\" \"memory\" (memory 2))"
    "  (import \"first\" \"table\" (table 1 funcref))"
    "  (import \"first\" \"offset\" (global $offset i32))"
    "  (import \"first\" \"counter\" (global $counter (mut i32)))"
    "  (global $mine i32 (i32.const 9))"
    "  (data (global.get $offset) \"second\")"
    "  (elem (i32.const 1) $nine $pages)"
    "  (func $nine (result i32) (global.get $mine))"
    "  (func (export \"twice\") (param i32 i32) (result i32)"
    "    (drop (call $count (local.get 0) (i32.const 0)))"
    "    (global.set $counter (i32.mul (global.get $counter) (i32.const 2)))"
    "    (call $count (i32.const 0) (i32.const 0)))"
    "  (func (export \"count_pages\") (param i32 i32) (result i32) (call $pages)))";

struct pair {
    struct faaslet *faaslet;
    struct object_instance *first;
    struct object_instance *second;
};

static struct object_instance *instantiate(struct faaslet *faaslet, const char *text,
                                           struct object_instance *first, struct error *error) {
    struct faaslet_linker *linker = linker_of(rows, ROWS);
    struct faaslet_object *object = fixture_load(text);
    const struct faaslet_resolver resolver = {resolve, first};
    struct object_instance *instance =
        faaslet_instantiate(faaslet, object, linker, first == NULL ? NULL : &resolver, NULL, error);
    faaslet_object_release(object);
    faaslet_linker_delete(linker);
    return instance;
}

static struct pair make_pair(void) {
    struct error error = {0};
    struct pair pair = {.faaslet = fixture_new(NULL)};
    pair.first = instantiate(pair.faaslet, first_text, NULL, &error);
    assert_non_null(pair.first);
    pair.second = instantiate(pair.faaslet, second_text, pair.first, &error);
    if (pair.second == NULL) {
        fail_msg("%s", error.message);
    }
    return pair;
}

static uint64_t call(struct faaslet *faaslet, struct object_instance *instance, const char *name,
                     uint64_t argument) {
    struct faaslet_function function;
    struct faaslet_result result;
    uint64_t values[2] = {argument, 0};
    assert_true(faaslet_find_export(instance, name, &function));
    faaslet_call(faaslet, &function, values, &result);
    assert_int_equal(result.outcome, FAASLET_RETURNED);
    return values[0];
}

static void check_pair(struct faaslet *faaslet, struct object_instance *first,
                       struct object_instance *second) {
    assert_int_equal(call(faaslet, second, "twice", 4), 8);
    assert_int_equal(call(faaslet, first, "count", 1), 9);
    assert_int_equal(call(faaslet, second, "twice", 0), 18);
    assert_int_equal(call(faaslet, first, "load", 101), 'e');
    assert_int_equal(call(faaslet, first, "call", 1), 9);
    assert_int_equal(call(faaslet, first, "call", 2), 2); // a host function in a table
    assert_int_equal(call(faaslet, second, "count_pages", 0), 2);
}

static void modules_share(void **state) {
    (void)state;
    struct pair pair = make_pair();
    assert_ptr_equal(faaslet_main_instance(pair.faaslet), pair.first);
    // The same after a snapshot, at another address.
    struct proto_faaslet *proto = fixture_snapshot(pair.faaslet);
    check_pair(pair.faaslet, pair.first, pair.second);
    struct faaslet *restored = fixture_restore(proto);
    struct object_instance *first = faaslet_main_instance(restored);
    ptrdiff_t apart = (char *)first - (char *)pair.first;
    faaslet_delete(pair.faaslet);
    check_pair(restored, first, (void *)((char *)pair.second + apart));
    faaslet_delete(restored);
    proto_faaslet_release(proto);
}

// A module with a table of its own, and the first one's: both hold functions of both modules.
static const char third_text[] =
    "(module"
    "  (type $number (func (result i32)))"
    "  (import \"first\" \"count\" (func $count (param i32 i32) (result i32)))"
    "  (import \"first\" \"table\" (table $shared 1 funcref))"
    "  (table $own 4 funcref)"
    "  (global $mine i32 (i32.const 7))"
    "  (elem (table $own) (i32.const 0) func $seven $count)"
    "  (func $seven (type $number) (global.get $mine))"
    "  (func (export \"copy\") (param i32 i32) (result i32)"
    "    (table.copy $shared $own (i32.const 0) (i32.const 0) (i32.const 2))"
    "    (table.copy $own $shared (i32.const 2) (i32.const 0) (i32.const 2))"
    "    (i32.const 0))"
    "  (func (export \"own\") (param i32 i32) (result i32)"
    "    (call_indirect $own (type $number) (local.get 0)))"
    "  (func (export \"shared\") (param i32 i32) (result i32)"
    "    (call_indirect $shared (type $number) (local.get 0)))"
    "  (func (export \"own_count\") (param i32 i32) (result i32)"
    "    (call_indirect $own (param i32 i32) (result i32)"
    "      (i32.const 5) (i32.const 0) (local.get 0)))"
    "  (func (export \"shared_count\") (param i32 i32) (result i32)"
    "    (call_indirect $shared (param i32 i32) (result i32)"
    "      (i32.const 5) (i32.const 0) (local.get 0))))";

static enum faaslet_trap_kind trap_of(struct faaslet *faaslet, struct object_instance *instance,
                                      const char *name, uint64_t argument) {
    struct faaslet_function function;
    struct faaslet_result result;
    uint64_t values[2] = {argument, 0};
    assert_true(faaslet_find_export(instance, name, &function));
    faaslet_call(faaslet, &function, values, &result);
    assert_int_equal(result.outcome, FAASLET_TRAPPED);
    return result.trap;
}

// An element says whether its function belongs to the module that defines the table, also when it
// came from another module's table.
static void elements_know_their_module(void **state) {
    (void)state;
    struct error error = {0};
    struct faaslet *faaslet = fixture_new(NULL);
    struct object_instance *first = instantiate(faaslet, first_text, NULL, &error);
    assert_non_null(first);
    struct object_instance *third = instantiate(faaslet, third_text, first, &error);
    if (third == NULL) {
        fail_msg("%s", error.message);
    }
    assert_int_equal(call(faaslet, third, "own", 0), 7);
    assert_int_equal(call(faaslet, third, "own_count", 1), 5);
    call(faaslet, third, "copy", 0);
    assert_int_equal(call(faaslet, first, "call", 0), 7);
    assert_int_equal(call(faaslet, third, "shared", 0), 7);
    assert_int_equal(call(faaslet, third, "own", 2), 7);
    assert_int_equal(call(faaslet, third, "shared_count", 1), 10);
    assert_int_equal(call(faaslet, third, "own_count", 3), 15);
    struct faaslet_function found;
    assert_true(faaslet_find_element(first, 0, &found));
    assert_ptr_equal(found.instance, third);
    faaslet_delete(faaslet);
}

static const struct {
    bool in_third;
    const char *function;
    uint64_t argument;
    enum faaslet_trap_kind trap;
} wrong_elements[] = {
    {false, "call", 1, FAASLET_TRAP_SIGNATURE_MISMATCH},
    {false, "call", 2, FAASLET_TRAP_UNINITIALIZED_ELEMENT},
    {true, "own", 1, FAASLET_TRAP_SIGNATURE_MISMATCH},
    {true, "own", 3, FAASLET_TRAP_SIGNATURE_MISMATCH},
    {true, "own_count", 2, FAASLET_TRAP_SIGNATURE_MISMATCH},
    {true, "shared", 1, FAASLET_TRAP_SIGNATURE_MISMATCH},
    {true, "shared", 2, FAASLET_TRAP_UNINITIALIZED_ELEMENT},
    {true, "shared_count", 0, FAASLET_TRAP_SIGNATURE_MISMATCH},
};

static void elements_of_other_modules_are_checked(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof wrong_elements / sizeof *wrong_elements; i++) {
        struct error error = {0};
        struct faaslet *faaslet = fixture_new(NULL);
        struct object_instance *first = instantiate(faaslet, first_text, NULL, &error);
        assert_non_null(first);
        struct object_instance *third = instantiate(faaslet, third_text, first, &error);
        assert_non_null(third);
        call(faaslet, third, "copy", 0);
        assert_int_equal(trap_of(faaslet, wrong_elements[i].in_third ? third : first,
                                 wrong_elements[i].function, wrong_elements[i].argument),
                         wrong_elements[i].trap);
        faaslet_delete(faaslet);
    }
}

static const struct {
    const char *import;
    const char *message; // NULL: fits
} fits[] = {
    {"(import \"first\" \"memory\" (memory 2))", NULL},
    {"(import \"first\" \"memory\" (memory 1 4))", NULL},
    {"(import \"first\" \"memory\" (memory 1 3))",
     "incompatible import type: first.memory is memory 2 to 4 but the module imports it as "
     "memory 1 to 3"},
    {"(import \"first\" \"memory\" (memory 3))",
     "incompatible import type: first.memory is memory 2 to 4 but the module imports it as "
     "memory 3"},
    {"(import \"first\" \"table\" (table 4 funcref))", NULL},
    {"(import \"first\" \"table\" (table 4 4 funcref))",
     "incompatible import type: first.table is table of funcref 4 but the module imports it as "
     "table of funcref 4 to 4"},
    {"(import \"first\" \"table\" (table 4 externref))",
     "incompatible import type: first.table is table of funcref 4 but the module imports it as "
     "table of externref 4"},
    {"(import \"first\" \"counter\" (global i32))",
     "incompatible import type: first.counter is mutable global i32 but the module imports it as "
     "global i32"},
    {"(import \"first\" \"offset\" (global i64))",
     "incompatible import type: first.offset is global i32 but the module imports it as "
     "global i64"},
    {"(import \"first\" \"offset\" (func))",
     "incompatible import type: first.offset is global i32 but the module imports it as "
     "function () -> ()"},
    {"(import \"first\" \"count\" (func (param i32 i32) (result i32)))", NULL},
    {"(import \"first\" \"count\" (func (param i32) (result i32)))",
     "incompatible import type: first.count is function (i32, i32) -> (i32) but the module imports "
     "it as function (i32) -> (i32)"},
};

static void types_of_definitions_are_compared(void **state) {
    (void)state;
    struct error error = {0};
    struct faaslet *faaslet = fixture_new(NULL);
    struct object_instance *first = instantiate(faaslet, first_text, NULL, &error);
    assert_non_null(first);
    for (size_t i = 0; i < sizeof fits / sizeof *fits; i++) {
        char text[256];
        snprintf(text, sizeof text, "(module %s)", fits[i].import);
        error = (struct error){0};
        struct object_instance *instance = instantiate(faaslet, text, first, &error);
        assert_string_equal(error.message, fits[i].message == NULL ? "" : fits[i].message);
        assert_int_equal(instance != NULL, fits[i].message == NULL);
    }
    faaslet_delete(faaslet);
}

// ---- Limits and failures ------------------------------------------------------------------------

static void memory_limit_holds(void **state) {
    (void)state;
    struct error error = {0};
    const struct faaslet_config config = {.memory_limit_pages = 3};
    struct faaslet *faaslet = fixture_new(&config);
    assert_null(instantiate(faaslet, "(module (memory 4))", NULL, &error));
    assert_int_equal(error.code, ERROR_TOO_LARGE);
    assert_string_equal(error.message, "a memory of 4 pages of 64 KiB is needed, the limit is 3");
    struct object_instance *instance = instantiate(
        faaslet,
        "(module (memory 1)"
        "  (func (export \"grow\") (param i32 i32) (result i32) (memory.grow (local.get 0))))",
        NULL, &error);
    assert_non_null(instance);
    assert_int_equal(call(faaslet, instance, "grow", 3), 0xffffffffu);
    assert_int_equal(call(faaslet, instance, "grow", 2), 1);
    assert_int_equal(call(faaslet, instance, "grow", 0xffffffffu), 0xffffffffu);
    assert_int_equal(call(faaslet, instance, "grow", 0), 3);
    faaslet_delete(faaslet);
}

// Code takes an index near an accessible byte for one that has not wrapped around.
static void the_last_page_is_for_those_who_ask(void **state) {
    (void)state;
    struct error error = {0};
    struct faaslet *faaslet = fixture_new(NULL);
    struct object_instance *instance = instantiate(
        faaslet,
        "(module (memory 1 65536)"
        "  (func (export \"grow\") (param i32 i32) (result i32) (memory.grow (local.get 0))))",
        NULL, &error);
    assert_non_null(instance);
    assert_int_equal(call(faaslet, instance, "grow", 65535), 0xffffffffu);
    assert_int_equal(call(faaslet, instance, "grow", 65534), 1);
    assert_int_equal(call(faaslet, instance, "grow", 1), 0xffffffffu);
    faaslet_delete(faaslet);

    faaslet = fixture_new(NULL);
    instance = instantiate(faaslet, "(module (memory (export \"memory\") 65536))", NULL, &error);
    assert_non_null(instance);
    assert_null(instantiate(faaslet, "(module (import \"first\" \"memory\" (memory 65535)))",
                            instance, &error));
    assert_int_equal(error.code, ERROR_UNLINKABLE);
    assert_string_equal(error.message, "first.memory is a memory of all 65536 pages: modules have "
                                       "to ask for as many to import it");
    error = (struct error){0};
    assert_non_null(instantiate(faaslet, "(module (import \"first\" \"memory\" (memory 65536)))",
                                instance, &error));
    faaslet_delete(faaslet);
}

static void areas_and_memories_run_out(void **state) {
    (void)state;
    struct error error = {0};
    const struct faaslet_config config = {.area_bytes = 1 << 20, .memories = 1};
    struct faaslet *faaslet = fixture_new(&config);
    assert_null(instantiate(faaslet, "(module (table 1000000 funcref))", NULL, &error));
    assert_int_equal(error.code, ERROR_TOO_LARGE);
    assert_non_null(instantiate(faaslet, "(module (memory 1) (table 10 funcref))", NULL, &error));
    assert_null(instantiate(faaslet, "(module (memory 1))", NULL, &error));
    assert_int_equal(error.code, ERROR_TOO_LARGE);
    faaslet_delete(faaslet);
}

static void traps_of_instantiation(void **state) {
    (void)state;
    static const struct {
        const char *text;
        const char *message;
    } cases[] = {
        {"(module (memory 1) (data (i32.const 65535) \"ab\"))", "out of bounds memory access"},
        {"(module (table 1 funcref) (elem (i32.const 1) $f) (func $f))",
         "out of bounds table access"},
        {"(module (func $f (unreachable)) (start $f))", "unreachable in the start function"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct error error = {0};
        struct faaslet *faaslet = fixture_new(NULL);
        assert_null(instantiate(faaslet, cases[i].text, NULL, &error));
        assert_int_equal(error.code, ERROR_TRAP);
        assert_string_equal(error.message, cases[i].message);
        faaslet_delete(faaslet);
    }
}

static void functions_are_found(void **state) {
    (void)state;
    struct pair pair = make_pair();
    struct faaslet_function function;
    assert_false(faaslet_find_export(pair.first, "memory", &function));
    assert_false(faaslet_find_export(pair.first, "nothing", &function));
    assert_true(faaslet_find_export(pair.first, "count", &function));
    assert_int_equal(function.type->parameter_count, 2);
    assert_false(faaslet_find_index(pair.first, 4, &function));
    assert_true(faaslet_find_index(pair.first, 3, &function));
    assert_false(faaslet_find_element(pair.first, 0, &function)); // null
    assert_false(faaslet_find_element(pair.first, 4, &function)); // out of range
    assert_true(faaslet_find_element(pair.first, 1, &function));
    assert_ptr_equal(function.instance, pair.second);
    uint64_t values[1];
    struct faaslet_result result;
    faaslet_call(pair.faaslet, &function, values, &result);
    assert_int_equal(values[0], 9);
    faaslet_delete(pair.faaslet);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(linker_keeps_rows),
        cmocka_unit_test(linker_grows),
        cmocka_unit_test(refuses_what_does_not_fit),
        cmocka_unit_test(modules_share),
        cmocka_unit_test(elements_know_their_module),
        cmocka_unit_test(elements_of_other_modules_are_checked),
        cmocka_unit_test(types_of_definitions_are_compared),
        cmocka_unit_test(memory_limit_holds),
        cmocka_unit_test(the_last_page_is_for_those_who_ask),
        cmocka_unit_test(areas_and_memories_run_out),
        cmocka_unit_test(traps_of_instantiation),
        cmocka_unit_test(functions_are_found),
    };
    fixture_initialize();
    return cmocka_run_group_tests_name("link", tests, NULL, NULL);
}
