// Exceptions: what reaches which handler with what values, and what no handler gets. The suite of
// the proposal (make spec) covers the instructions; here it is about frames, stacks and modules.
#include "base/clock.h"

#include <stdatomic.h>

#include "fixture.h"

// Calls the inner function from outside of the guest's frames; its exception is not the guest's.
static uint32_t host_nest(struct object_instance *instance) {
    struct faaslet_result result;
    struct faaslet_function function;
    uint64_t values[4] = {0};
    assert_true(faaslet_find_export(instance, "inner", &function));
    faaslet_call(faaslet_of(instance), &function, values, &result);
    return result.outcome == FAASLET_TRAPPED ? (uint32_t)result.trap : 0;
}

static _Atomic int host_entered;

static void host_mark(struct object_instance *instance) {
    (void)instance;
    atomic_fetch_add(&host_entered, 1);
}

static const struct faaslet_host_function rows[] = {
    {"host", "nest", ":i", HOST_CODE(host_nest)},
    {"host", "mark", "", HOST_CODE(host_mark)},
};
enum { ROWS = sizeof rows / sizeof *rows };

// Parameters of all kinds, more than there are registers.
#define MANY "(param i32 i64 f32 f64 v128 i32 i64 f32 f64 v128 i32 i64)"

static const char text[] =
    "(module"
    " (import \"host\" \"nest\" (func $nest (result i32)))"
    " (import \"host\" \"mark\" (func $mark))"
    " (memory (export \"memory\") 1)"
    " (tag $empty) (tag $number (export \"number\") (param i32)) (tag $many " MANY ")"
    " (global $count (export \"count\") (mut i32) (i32.const 0))"
    " (type $step (func (param i32)))"
    " (table funcref (elem $fall $throw_number))"

    // Frames between throw and catch, each with values that live across its call.
    " (func $throw_number (param i32) (throw $number (local.get 0)))"
    " (func $fall (param i32)"
    "   (if (i32.eqz (local.get 0)) (then (throw $number (i32.const 77))))"
    "   (call_indirect (type $step) (i32.sub (local.get 0) (i32.const 1)) (i32.const 0))"
    "   (global.set $count (i32.add (global.get $count) (local.get 0))))"
    " (func (export \"fall\") (param i32 i32) (result i32)"
    "   (local $a i32) (local $b i32) (local $c i32) (local $d i32) (local $e i32) (local $f i32)"
    "   (local.set $a (i32.mul (local.get 1) (i32.const 3)))"
    "   (local.set $b (i32.mul (local.get 1) (i32.const 5)))"
    "   (local.set $c (i32.mul (local.get 1) (i32.const 7)))"
    "   (local.set $d (i32.mul (local.get 1) (i32.const 11)))"
    "   (local.set $e (i32.mul (local.get 1) (i32.const 13)))"
    "   (try (result i32)"
    "     (do (local.set $f (i32.const 1000))"
    "         (call $fall (local.get 0))"
    "         (local.set $f (i32.const 2000))"
    "         (i32.const 0))"
    "     (catch $number"
    "       (i32.add (i32.add (i32.add (local.get $a) (local.get $b))"
    "                         (i32.add (local.get $c) (local.get $d)))"
    "                (i32.add (local.get $e) (local.get $f)))"
    "       (i32.add))))"

    // Values of all kinds arrive.
    " (func $throw_many (param i32)"
    "   (throw $many (local.get 0) (i64.const 1) (f32.const 2) (f64.const 3)"
    "     (v128.const i64x2 4 5) (i32.const 6) (i64.const 7) (f32.const 8) (f64.const 9)"
    "     (v128.const i64x2 10 11) (i32.const 12) (i64.const 13)))"
    " (func $fold " MANY " (result i64)"
    "   (i64.add (i64.add (i64.extend_i32_u (local.get 0)) (i64.mul (i64.const 10) (local.get 1)))"
    "   (i64.add (i64.add (i64.mul (i64.const 100) (i64.trunc_f32_s (local.get 2)))"
    "                     (i64.mul (i64.const 1000) (i64.trunc_f64_s (local.get 3))))"
    "   (i64.add (i64.add (i64.mul (i64.const 10000) (i64x2.extract_lane 1 (local.get 4)))"
    "                     (i64.mul (i64.const 100000) (i64x2.extract_lane 0 (local.get 9))))"
    "            (i64.add (i64.mul (i64.const 10000000) (i64.extend_i32_u (local.get 10)))"
    "                     (i64.mul (i64.const 1000000000) (local.get 11)))))))"
    " (func $again (param i32)"
    "   (try (do (call $throw_many (local.get 0)))"
    "     (catch_all (try (do (call $throw_number (i32.const 5))) (catch_all)) (rethrow 0))))"
    " (func (export \"many\") (param i32 i32) (result i64)"
    "   (try (result i64)"
    "     (do (if (local.get 1) (then (call $again (local.get 0)))"
    "                           (else (call $throw_many (local.get 0)))) (i64.const 0))"
    "     (catch $number (drop) (i64.const 1))"
    "     (catch $many (call $fold))))"

    // Three held at a time, thrown again from the innermost out.
    " (func (export \"nested\") (param i32 i32) (result i32)"
    "   (try (result i32)"
    "     (do (try (result i32)"
    "       (do (call $throw_number (i32.const 1)) (i32.const 0))"
    "       (catch_all"
    "         (try (result i32)"
    "           (do (call $throw_number (i32.const 2)) (i32.const 0))"
    "           (catch_all"
    "             (try (result i32)"
    "               (do (call $throw_number (i32.const 3)) (i32.const 0))"
    "               (catch_all"
    "                 (try (do (rethrow 1)) (catch $number (local.set 1)))"
    "                 (try (do (rethrow 2)) (catch $number"
    "                   (local.set 1 (i32.add (i32.mul (local.get 1) (i32.const 10))))))"
    "                 (try (do (rethrow 3)) (catch $number"
    "                   (local.set 1 (i32.add (i32.mul (local.get 1) (i32.const 10))))))"
    "                 (rethrow 2))))))))"
    "     (catch $number (i32.add (i32.mul (local.get 1) (i32.const 10))))))"

    // What is not for handlers.
    " (func $trap (param i32) (drop (i32.div_u (i32.const 1) (i32.sub (local.get 0) (local.get "
    "0)))))"
    " (func $touch (param i32) (drop (i32.load (i32.const 0x7ffffff0))))"
    " (func $deep (param i32) (call $deep (local.get 0)) (global.set $count (i32.const 1)))"
    " (func (export \"catch_trap\") (param i32 i32)"
    "   (try (do (if (local.get 1) (then (call $trap (local.get 0)))"
    "                              (else (call $touch (local.get 0))))) (catch_all)))"
    " (func (export \"catch_exhaustion\") (param i32 i32)"
    "   (try (do (call $deep (local.get 0))) (catch_all)))"
    " (func (export \"catch_deep\") (param i32 i32)"
    "   (try (do (call $deepest)) (catch_all)))"
    " (func $deepest (try (do (call $deepest)) (catch_all (call $deepest))))"
    " (func (export \"catch_always\") (param i32 i32)"
    "   (call $mark)"
    "   (loop $l (try (do (call $throw_number (i32.const 1))) (catch_all)) (br $l)))"
    " (func (export \"catch_mark\") (param i32 i32)"
    "   (loop $l (try (do (call $mark) (call $throw_number (i32.const 1))) (catch_all)) (br $l)))"
    " (func (export \"uncaught\") (param i32 i32) (call $fall (local.get 0)))"
    " (func (export \"inner\") (throw $empty))"
    " (func (export \"nest\") (param i32 i32) (result i32)"
    "   (try (result i32) (do (call $nest)) (catch_all (i32.const 1000))))"

    // The frame of a function that ends in a jump is gone, and its handlers with it.
    " (func $jump (param i32)"
    "   (try (do (return_call $throw_number (local.get 0))) (catch_all)))"
    " (func (export \"jump\") (param i32 i32) (result i32)"
    "   (try (result i32) (do (call $jump (local.get 0)) (i32.const 0)) (catch $number)))"

    " (func (export \"often\") (param i32 i32) (result i32)"
    "   (loop $l (try (do (call $fall (i32.const 3))) (catch $number"
    "       (local.set 1 (i32.add (local.get 1)))))"
    "     (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))"
    "   (local.get 1)))";

// Compiled once; each test has a Faaslet of its own.
static struct faaslet_object *compiled;

static struct faaslet *open_faaslet(void) {
    struct error error = {0};
    struct faaslet *faaslet = fixture_new(NULL);
    struct faaslet_linker *linker = faaslet_linker_new(&error);
    assert_non_null(linker);
    assert_true(faaslet_linker_add(linker, rows, ROWS, &error));
    compiled = compiled != NULL ? compiled : fixture_load(text);
    if (faaslet_instantiate(faaslet, compiled, linker, NULL, NULL, &error) == NULL) {
        fail_msg("%s", error.message);
    }
    faaslet_linker_delete(linker);
    return faaslet;
}

static int release_compiled(void **state) {
    (void)state;
    faaslet_object_release(compiled);
    return 0;
}

static void expect_trap(struct faaslet *faaslet, const char *name, uint64_t first, uint64_t second,
                        enum faaslet_trap_kind kind) {
    struct faaslet_result result;
    fixture_call(faaslet, name, first, second, &result);
    assert_int_equal(result.outcome, FAASLET_TRAPPED);
    assert_string_equal(faaslet_trap_name(result.trap), faaslet_trap_name(kind));
}

static void frames_are_restored(void **state) {
    (void)state;
    struct faaslet *faaslet = open_faaslet();
    for (uint64_t frames = 0; frames < 40; frames++) {
        assert_int_equal(fixture_value(faaslet, "fall", frames, 3), 3 * 39 + 1000 + 77);
    }
    assert_int_equal(fixture_value(faaslet, "fall", 100000, 100), 100 * 39 + 1000 + 77);
    assert_int_equal(fixture_value(faaslet, "jump", 9, 0), 9);
    faaslet_delete(faaslet);
}

static void values_arrive(void **state) {
    (void)state;
    struct faaslet *faaslet = open_faaslet();
    const uint64_t folded = 4 + 10 + 200 + 3000 + 50000 + 1000000 + 120000000 + 13000000000ull;
    assert_int_equal(fixture_value(faaslet, "many", 4, 0), folded);
    assert_int_equal(fixture_value(faaslet, "many", 4, 1), folded);
    assert_int_equal(fixture_value(faaslet, "nested", 0, 0), 3211);
    faaslet_delete(faaslet);
}

static void nothing_else_is_caught(void **state) {
    (void)state;
    struct faaslet *faaslet = open_faaslet();
    expect_trap(faaslet, "catch_trap", 0, 1, FAASLET_TRAP_DIVIDE_BY_ZERO);
    expect_trap(faaslet, "catch_trap", 0, 0, FAASLET_TRAP_MEMORY_BOUNDS);
    expect_trap(faaslet, "catch_exhaustion", 0, 0, FAASLET_TRAP_STACK_EXHAUSTED);
    expect_trap(faaslet, "catch_deep", 0, 0, FAASLET_TRAP_STACK_EXHAUSTED);
    assert_int_equal(fixture_value(faaslet, "fall", 5, 3), 3 * 39 + 1000 + 77);
    faaslet_delete(faaslet);
}

static void uncaught_ones_end_the_call(void **state) {
    (void)state;
    struct faaslet *faaslet = open_faaslet();
    struct faaslet_result result;
    fixture_call(faaslet, "uncaught", 6, 0, &result);
    assert_int_equal(result.outcome, FAASLET_TRAPPED);
    assert_int_equal(result.trap, FAASLET_TRAP_EXCEPTION);
    assert_string_equal(result.message, "tag number");
    assert_int_equal(result.frame_count, 8);
    // The handler of a call is none for the calls that its host functions make.
    assert_int_equal(fixture_value(faaslet, "nest", 0, 0), FAASLET_TRAP_EXCEPTION);
    assert_int_equal(fixture_value(faaslet, "often", 1000, 0), 77000);
    faaslet_delete(faaslet);
}

struct caller {
    struct faaslet *faaslet;
    const char *function;
    struct faaslet_result result;
};

static void *run_caller(void *argument) {
    struct caller *caller = argument;
    fixture_call(caller->faaslet, caller->function, 0, 0, &caller->result);
    return NULL;
}

static void expect_interrupt(const char *function) {
    pthread_t thread;
    struct caller caller = {.faaslet = open_faaslet(), .function = function};
    atomic_store(&host_entered, 0);
    assert_int_equal(pthread_create(&thread, NULL, run_caller, &caller), 0);
    while (atomic_load(&host_entered) == 0) {
    }
    assert_true(faaslet_interrupt(caller.faaslet, FAASLET_TRAP_DEADLINE));
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(caller.result.outcome, FAASLET_TRAPPED);
    assert_int_equal(caller.result.trap, FAASLET_TRAP_DEADLINE);
    faaslet_delete(caller.faaslet);
}

static void a_loop_that_catches_everything_is_stopped(void **state) {
    (void)state;
    for (int i = 0; i < 20; i++) {
        expect_interrupt("catch_always");
        expect_interrupt("catch_mark");
    }
}

static void a_snapshot_holds_nothing_of_them(void **state) {
    (void)state;
    struct faaslet *first = open_faaslet();
    assert_int_equal(fixture_value(first, "often", 10, 0), 770);
    struct proto_faaslet *proto = fixture_snapshot(first);
    faaslet_delete(first);
    for (int i = 0; i < 3; i++) {
        struct faaslet *faaslet = fixture_restore(proto);
        assert_int_equal(fixture_value(faaslet, "often", 10, 0), 770);
        assert_int_equal(fixture_value(faaslet, "many", 4, 1), 13121053214ull);
        faaslet_delete(faaslet);
    }
    proto_faaslet_release(proto);
}

// Objects come and go, often to the same addresses, with landing pads elsewhere.
static void unloaded_code_is_forgotten(void **state) {
    (void)state;
    for (int i = 0; i < 6; i++) {
        char module[512];
        snprintf(module, sizeof module,
                 "(module (tag $t (param i32)) (global $g (mut i32) (i32.const 0))"
                 " (func $throw (param i32) (throw $t (local.get 0)))"
                 " (func (export \"f\") (param i32 i32) (result i32)"
                 "  %s"
                 "  (try (result i32) (do (call $throw (i32.const %d)) (i32.const 1))"
                 "   (catch $t (i32.add (global.get $g))))))",
                 i % 2 == 0 ? "" : "(global.set $g (i32.mul (local.get 0) (local.get 1)))", i);
        struct faaslet *faaslet = fixture_faaslet(module, NULL, 0);
        assert_int_equal(fixture_value(faaslet, "f", 7, 8), i % 2 == 0 ? i : i + 56);
        faaslet_delete(faaslet);
    }
}

// ---- Between modules ----------------------------------------------------------------------------

static const char thrower[] =
    "(module (tag $big (export \"big\") (param i64 i64 i64 i64 i64 i64 i64 i64))"
    " (tag $own (export \"own\") (param i32))"
    " (func (export \"throw\") (param i32 i32) (local i64)"
    "   (if (local.get 1) (then (throw $own (local.get 0))))"
    "   (local.set 2 (i64.extend_i32_u (local.get 0)))"
    "   (throw $big (local.get 2) (i64.const 1) (i64.const 2) (i64.const 3) (i64.const 4)"
    "     (i64.const 5) (i64.const 6) (local.get 2)))"
    " (func (export \"spare\")))";

// Knows only one of the tags; the other passes through its catch_all, and is kept there.
static const char passer[] =
    "(module (import \"a\" \"throw\" (func $throw (param i32 i32)))"
    " (import \"a\" \"own\" (tag $own (param i32)))"
    " (tag $same (param i32))"
    " (func $pass (export \"pass\") (param i32 i32)"
    "   (try (do (call $throw (local.get 0) (local.get 1)))"
    "     (catch $same (drop))"
    "     (catch $own (drop (i32.add (i32.const 1))))"
    "     (catch_all"
    "       (if (i32.gt_u (local.get 0) (i32.const 0))"
    "         (then (call $pass (i32.sub (local.get 0) (i32.const 1)) (i32.const 1))"
    "               (try (do (call $pass (i32.sub (local.get 0) (i32.const 1)) (i32.const 0)))"
    "                 (catch_all))))"
    "       (rethrow 0)))))";

static const char catcher[] =
    "(module (import \"a\" \"big\" (tag $big (param i64 i64 i64 i64 i64 i64 i64 i64)))"
    " (import \"b\" \"pass\" (func $pass (param i32 i32)))"
    " (func (export \"run\") (param i32 i32) (result i64)"
    "   (try (result i64) (do (call $pass (local.get 0) (local.get 1)) (i64.const -1))"
    "     (catch $big (i64.add) (i64.add) (i64.add) (i64.add) (i64.add) (i64.add) (i64.add)))))";

struct named {
    struct object_instance *a, *b;
};

static bool resolve(void *context, struct object_name module, struct object_name name,
                    struct faaslet_definition *definition) {
    const struct named *named = context;
    struct object_instance *instance = module.data[0] == 'a' ? named->a : named->b;
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

static struct object_instance *add(struct faaslet *faaslet, const char *module,
                                   struct named *named) {
    struct error error = {0};
    const struct faaslet_resolver resolver = {resolve, named};
    struct faaslet_object *object = fixture_load(module);
    struct object_instance *instance =
        faaslet_instantiate(faaslet, object, NULL, &resolver, NULL, &error);
    if (instance == NULL) {
        fail_msg("%s", error.message);
    }
    faaslet_object_release(object);
    return instance;
}

static void modules_share_tags(void **state) {
    (void)state;
    struct faaslet *faaslet = fixture_new(NULL);
    struct named named = {0};
    named.a = add(faaslet, thrower, &named);
    named.b = add(faaslet, passer, &named);
    struct object_instance *last = add(faaslet, catcher, &named);
    struct faaslet_function run;
    assert_true(faaslet_find_export(last, "run", &run));
    for (uint64_t depth = 0; depth < 8; depth++) {
        struct faaslet_result result;
        uint64_t values[2] = {depth, 0};
        faaslet_call(faaslet, &run, values, &result);
        assert_int_equal(result.outcome, FAASLET_RETURNED);
        assert_int_equal(values[0], 21 + 2 * depth);
        values[0] = depth;
        values[1] = 1;
        faaslet_call(faaslet, &run, values, &result);
        assert_int_equal(result.outcome, FAASLET_RETURNED);
        assert_int_equal(values[0], UINT64_MAX);
    }
    faaslet_delete(faaslet);
}

static void tags_of_other_types_do_not_link(void **state) {
    (void)state;
    struct faaslet *faaslet = fixture_new(NULL);
    struct named named = {0};
    struct error error = {0};
    const struct faaslet_resolver resolver = {resolve, &named};
    named.a = add(faaslet, thrower, &named);
    struct faaslet_object *object =
        fixture_load("(module (import \"a\" \"own\" (tag (param i64))))");
    assert_null(faaslet_instantiate(faaslet, object, NULL, &resolver, NULL, &error));
    assert_int_equal(error.code, ERROR_UNLINKABLE);
    assert_string_equal(error.message,
                        "incompatible import type: a.own is tag (i32) but the module "
                        "imports it as tag (i64)");
    faaslet_object_release(object);
    faaslet_delete(faaslet);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_are_restored),
        cmocka_unit_test(values_arrive),
        cmocka_unit_test(nothing_else_is_caught),
        cmocka_unit_test(uncaught_ones_end_the_call),
        cmocka_unit_test(a_loop_that_catches_everything_is_stopped),
        cmocka_unit_test(a_snapshot_holds_nothing_of_them),
        cmocka_unit_test(unloaded_code_is_forgotten),
        cmocka_unit_test(modules_share_tags),
        cmocka_unit_test(tags_of_other_types_do_not_link),
    };
    fixture_initialize();
    return cmocka_run_group_tests_name("exception", tests, NULL, release_compiled);
}
