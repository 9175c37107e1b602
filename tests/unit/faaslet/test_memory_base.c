// The base of memory in calls between modules: each function finds its own memory, and its caller
// still has its own afterwards, whichever way the call went and however either was compiled.
#include "fixture.h"

// Modules with bytes of their own at 0. `first` has a table of all functions:
//   0 and 1 give the byte of first and of the other module; 2 and 3 count down, calling each other
//   by tail calls, and give the byte of the last one; 4 calls first's byte plainly.
#define TYPE     "(type $call (func (param i32) (result i32)))"
#define OWN_BYTE "(i32.load8_u (i32.const 0))"
#define WITH_OWN "(i32.add (i32.mul (i32.const 10)" // 10 * result + own byte
#define DOWN(own, next)                                                                            \
    " (func $down (type $call)"                                                                    \
    "   (if (i32.eqz (local.get 0)) (then (return " own ")))"                                      \
    "   (return_call_indirect (type $call) (i32.sub (local.get 0) (i32.const 1))"                  \
    "     (i32.const " next ")))"
// What each module offers to be called from outside.
#define CALLS(own)                                                                                 \
    " (func (export \"call\") (type $call)" WITH_OWN                                               \
    "   (call_indirect (type $call) (i32.const 0) (local.get 0))) " own "))"                       \
    " (func (export \"tail\") (type $call)"                                                        \
    "   (return_call_indirect (type $call) (i32.const 0) (local.get 0)))"                          \
    " (func (export \"count\") (type $call)" WITH_OWN                                              \
    "   (call_indirect (type $call) (local.get 0) (i32.const 2))) " own "))"
#define IMPORTS                                                                                    \
    " (import \"first\" \"table\" (table 8 funcref))"                                              \
    " (import \"first\" \"get\" (func $first (type $call)))"
#define CALLS_IMPORT(own)                                                                          \
    " (func (export \"import\") (type $call)" WITH_OWN " (call $first (i32.const 0))) " own "))"   \
    " (func (export \"import_tail\") (type $call) (return_call $first (i32.const 0)))"

static const char first_text[] =
    "(module " TYPE " (memory (export \"memory\") 1)"
    " (table (export \"table\") 8 funcref)"
    " (data (i32.const 0) \"\\01\")"
    " (elem (i32.const 0) $get)"
    " (elem (i32.const 2) $down)"
    " (elem (i32.const 4) $plain)"
    " (func $get (export \"get\") (type $call) " OWN_BYTE ")"
    " (func $plain (type $call) (call $get (local.get 0)))" DOWN(OWN_BYTE, "3") CALLS(OWN_BYTE) ")";

static const char other_text[] = "(module " TYPE IMPORTS " (memory 1)"
                                 " (data (i32.const 0) \"\\02\")"
                                 " (elem (i32.const 1) $get)"
                                 " (elem (i32.const 3) $down)"
                                 " (func $get (type $call) " OWN_BYTE ")" DOWN(OWN_BYTE, "2")
                                     CALLS(OWN_BYTE) CALLS_IMPORT(OWN_BYTE) ")";

static const char sharing_text[] =
    "(module " TYPE IMPORTS " (import \"first\" \"memory\" (memory 1))"
    " (elem (i32.const 1) $get)"
    " (elem (i32.const 3) $down)"
    " (func $get (type $call) " OWN_BYTE ")" DOWN(OWN_BYTE, "2") CALLS(OWN_BYTE)
        CALLS_IMPORT(OWN_BYTE) ")";

static const char without_text[] =
    "(module " TYPE IMPORTS " (elem (i32.const 1) $get)"
    " (elem (i32.const 3) $down)"
    " (func $get (type $call) (i32.const 3))" DOWN("(i32.const 3)", "2") CALLS("(i32.const 3)")
        CALLS_IMPORT("(i32.const 3)") ")";

static const struct {
    const char *name;
    const char *text;
    uint64_t byte;
    enum { ANY_DEPTH, ON_STACK, EITHER } tail_calls; // between it and first
} others[] = {
    {"a memory of its own", other_text, 2, ON_STACK},
    {"the same memory", sharing_text, 1, ANY_DEPTH},
    {"no memory", without_text, 3, EITHER},
};
enum { OTHERS = sizeof others / sizeof others[0] };

enum { FEW = 1001, DEEP = 3000000 };

static bool resolve(void *context, struct object_name module, struct object_name name,
                    struct faaslet_definition *definition) {
    struct object_instance *first = context;
    (void)module;
    for (uint32_t i = 0; first != NULL && i < first->object->export_count; i++) {
        const struct object_export *export = &first->object->exports[i];
        if (export->name.length == name.length &&
            memcmp(export->name.data, name.data, name.length) == 0) {
            *definition = (struct faaslet_definition){first, export};
            return true;
        }
    }
    return false;
}

static struct object_instance *instantiate(struct faaslet *faaslet, const char *text,
                                           const char *level, struct object_instance *first) {
    struct error error = {0};
    fixture_level = level;
    struct faaslet_object *object = fixture_load(text);
    const struct faaslet_resolver resolver = {resolve, first};
    struct object_instance *instance =
        faaslet_instantiate(faaslet, object, NULL, &resolver, NULL, &error);
    if (instance == NULL) {
        fail_msg("%s", error.message);
    }
    faaslet_object_release(object);
    return instance;
}

static uint64_t call(struct faaslet *faaslet, struct object_instance *instance, const char *name,
                     uint64_t argument) {
    struct faaslet_function function;
    struct faaslet_result result;
    uint64_t values[1] = {argument};
    assert_true(faaslet_find_export(instance, name, &function));
    faaslet_call(faaslet, &function, values, &result);
    if (result.outcome != FAASLET_RETURNED) {
        fail_msg("%s(%d): %s", name, (int)argument, faaslet_trap_name(result.trap));
    }
    return values[0];
}

static void check_calls(struct faaslet *faaslet, struct object_instance *first,
                        struct object_instance *other, uint64_t byte) {
    struct object_instance *callers[] = {first, other};
    for (int i = 0; i < 2; i++) {
        uint64_t own = i == 0 ? 1 : byte;
        assert_int_equal(call(faaslet, callers[i], "call", 0), 10 + own);
        assert_int_equal(call(faaslet, callers[i], "call", 1), 10 * byte + own);
        assert_int_equal(call(faaslet, callers[i], "call", 4), 10 + own);
        assert_int_equal(call(faaslet, callers[i], "tail", 0), 1);
        assert_int_equal(call(faaslet, callers[i], "tail", 1), byte);
        assert_int_equal(call(faaslet, callers[i], "tail", 4), 1);
        assert_int_equal(call(faaslet, callers[i], "count", FEW - 1), 10 + own);
        assert_int_equal(call(faaslet, callers[i], "count", FEW), 10 * byte + own);
    }
    assert_int_equal(call(faaslet, other, "import", 0), 10 + byte);
    assert_int_equal(call(faaslet, other, "import_tail", 0), 1);
}

static void check_depth(struct faaslet *faaslet, struct object_instance *first, bool is_unbounded) {
    struct faaslet_function function;
    struct faaslet_result result;
    uint64_t values[1] = {DEEP};
    assert_true(faaslet_find_export(first, "count", &function));
    faaslet_call(faaslet, &function, values, &result);
    if (is_unbounded) {
        assert_int_equal(result.outcome, FAASLET_RETURNED);
        assert_int_equal(values[0], 11);
    } else {
        assert_int_equal(result.outcome, FAASLET_TRAPPED);
        assert_int_equal(result.trap, FAASLET_TRAP_STACK_EXHAUSTED);
    }
}

static void check_pair(size_t number, const char *first_level, const char *other_level) {
    struct faaslet *faaslet = fixture_new(NULL);
    struct object_instance *first = instantiate(faaslet, first_text, first_level, NULL);
    struct object_instance *other = instantiate(faaslet, others[number].text, other_level, first);
    check_calls(faaslet, first, other, others[number].byte);
    if (others[number].tail_calls != EITHER) {
        check_depth(faaslet, first, others[number].tail_calls == ANY_DEPTH);
    }
    // At another address.
    struct proto_faaslet *proto = fixture_snapshot(faaslet);
    struct faaslet *restored = fixture_restore(proto);
    struct object_instance *moved = faaslet_main_instance(restored);
    ptrdiff_t apart = (char *)moved - (char *)first;
    check_calls(restored, moved, (void *)((char *)other + apart), others[number].byte);
    faaslet_delete(restored);
    proto_faaslet_release(proto);
    faaslet_delete(faaslet);
}

static void modules_find_their_memory(void **state) {
    (void)state;
    static const char *const levels[] = {"0", "2"};
    for (size_t number = 0; number < OTHERS; number++) {
        for (int i = 0; i < 4; i++) {
            print_message("%s, levels %s and %s\n", others[number].name, levels[i & 1],
                          levels[i >> 1]);
            check_pair(number, levels[i & 1], levels[i >> 1]);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(modules_find_their_memory)};
    fixture_initialize();
    return cmocka_run_group_tests_name("memory_base", tests, NULL, NULL);
}
