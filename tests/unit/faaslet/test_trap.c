// Every way a call ends: return, each kind of trap, exit, refusal by the host.
#include "fixture.h"

static const char kinds_text[] =
    "(module"
    "  (type $v (func)) (type $i (func (result i32)))"
    "  (memory 1 2)"
    "  (table 4 funcref)"
    "  (elem (i32.const 0) $nothing)"
    "  (func $nothing)"
    "  (func (export \"unreachable\") (param i32 i32) (call $outer))"
    "  (func $outer (call $inner))"
    "  (func $inner (unreachable))"
    "  (func (export \"divide\") (param i32 i32) (result i32)"
    "    (i32.div_s (local.get 0) (local.get 1)))"
    "  (func (export \"convert\") (param i32 i32) (result i32)"
    "    (i32.trunc_f32_s (f32.div (f32.const 0) (f32.const 0))))"
    "  (func (export \"load\") (param i32 i32) (result i32) (i32.load (local.get 0)))"
    "  (func (export \"store\") (param i32 i32) (i32.store (local.get 0) (local.get 1)))"
    "  (func (export \"load_far\") (param i32 i32) (result i64)"
    "    (i64.load offset=4294967295 (local.get 0)))"
    "  (func (export \"table_get\") (param i32 i32) (result i32)"
    "    (ref.is_null (table.get 0 (local.get 0))))"
    "  (func (export \"table_set\") (param i32 i32)"
    "    (table.set 0 (local.get 0) (ref.null func)))"
    "  (func (export \"fill\") (param i32 i32)"
    "    (memory.fill (local.get 0) (i32.const 0) (local.get 1)))"
    "  (func (export \"call\") (param i32 i32) (call_indirect (type $v) (local.get 0)))"
    "  (func (export \"call_other\") (param i32 i32) (result i32)"
    "    (call_indirect (type $i) (local.get 0)))"
    "  (func $forever (export \"recurse\") (param i32 i32) (result i32)"
    "    (i32.add (call $forever (local.get 1) (local.get 0)) (i32.const 1)))"
    "  (func (export \"grow\") (param i32 i32) (result i32) (memory.grow (local.get 0)))"
    "  (func (export \"add\") (param i32 i32) (result i32)"
    "    (i32.add (local.get 0) (local.get 1))))";

static const struct {
    const char *function;
    uint64_t first, second;
    const char *trap;
    const char *message;
} kinds[] = {
    {"unreachable", 0, 0, "unreachable", ""},
    {"divide", 1, 0, "integer divide by zero", ""},
    {"divide", 0x80000000u, 0xffffffffu, "integer overflow", ""},
    {"convert", 0, 0, "invalid conversion to integer", ""},
    {"load", 65536, 0, "out of bounds memory access", "address 0x10000 of memory 0 of 65536 bytes"},
    {"load", 0xffffffffu, 0, "out of bounds memory access",
     "address 0xffffffff of memory 0 of 65536 bytes"},
    {"store", 65536, 0, "out of bounds memory access",
     "address 0x10000 of memory 0 of 65536 bytes"},
    {"load_far", 0xffffffffu, 0, "out of bounds memory access",
     "address 0x1fffffffe of memory 0 of 65536 bytes"},
    {"fill", 65535, 2, "out of bounds memory access", ""},
    {"table_get", 4, 0, "out of bounds table access", ""},
    {"table_set", 4, 0, "out of bounds table access", ""},
    {"call", 4, 0, "undefined element", ""},
    {"call", 1, 0, "uninitialized element", ""},
    {"call_other", 0, 0, "indirect call type mismatch", ""},
    {"recurse", 0, 0, "call stack exhausted", ""},
};

static void traps_have_their_names(void **state) {
    (void)state;
    struct faaslet *faaslet = fixture_faaslet(kinds_text, NULL, 0);
    for (int round = 0; round < 3; round++) {
        for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
            struct faaslet_result result;
            fixture_call(faaslet, kinds[i].function, kinds[i].first, kinds[i].second, &result);
            assert_int_equal(result.outcome, FAASLET_TRAPPED);
            assert_string_equal(faaslet_trap_name(result.trap), kinds[i].trap);
            assert_string_equal(result.message, kinds[i].message);
            assert_true(result.frame_count > 0);
            assert_int_equal(fixture_value(faaslet, "add", 40, 2), 42);
        }
    }
    faaslet_delete(faaslet);
}

static void access_at_the_end_is_no_trap(void **state) {
    (void)state;
    struct faaslet *faaslet = fixture_faaslet(kinds_text, NULL, 0);
    struct faaslet_result result;
    fixture_value(faaslet, "store", 65532, 0x12345678);
    assert_int_equal(fixture_value(faaslet, "load", 65532, 0), 0x12345678);
    fixture_call(faaslet, "load", 65533, 0, &result);
    assert_int_equal(result.trap, FAASLET_TRAP_MEMORY_BOUNDS);
    assert_int_equal(fixture_value(faaslet, "grow", 1, 0), 1);
    assert_int_equal(fixture_value(faaslet, "load", 65533, 0), 0x123456);
    assert_int_equal(fixture_value(faaslet, "grow", 1, 0), 0xffffffffu);
    assert_int_equal(faaslet_memory_bytes(faaslet), 2 * 65536);
    faaslet_delete(faaslet);
}

static void backtraces_name_functions(void **state) {
    (void)state;
    // Each function does something after its call, so that none is a tail call.
    struct faaslet *faaslet =
        fixture_faaslet("(module (global $g (export \"g\") (mut i32) (i32.const 0))"
                        "  (table 1 funcref) (elem (i32.const 0) $inner)"
                        "  (func $inner (param i32) (result i32)"
                        "    (i32.div_u (i32.const 1) (local.get 0)))"
                        "  (func $middle (param i32) (result i32)"
                        "    (i32.add (i32.const 1) (call_indirect (param i32) (result i32)"
                        "      (local.get 0) (i32.const 0))))"
                        "  (func (export \"entry\") (param i32 i32) (result i32)"
                        "    (call $middle (local.get 0)) (global.set $g (i32.const 1))))",
                        NULL, 0);
    struct faaslet_result result;
    struct buffer text = {0};
    struct error error;
    fixture_call(faaslet, "entry", 0, 0, &result);
    assert_int_equal(result.trap, FAASLET_TRAP_DIVIDE_BY_ZERO);
    assert_true(faaslet_result_backtrace(&result, &text, &error));
    assert_true(buffer_append(&text, "", 1, &error));
    assert_non_null(strstr((char *)text.data, "  #0 inner (function 0)\n"));
    assert_non_null(strstr((char *)text.data, "(function 2)\n"));
    assert_null(strstr((char *)text.data, "4294967295"));
    buffer_destroy(&text);
    faaslet_delete(faaslet);
}

// At level 0 traps are raised in functions of their own, which are no frames of the guest.
static void traps_of_level_0_are_the_same(void **state) {
    fixture_level = "0";
    traps_have_their_names(state);
    backtraces_name_functions(state);
    fixture_level = "2";
}

// ---- Host functions -----------------------------------------------------------------------------

static int host_finished;

// Uses 150 KiB of stack, more than is left when the guest's recursion has nearly used up its own.
static void host_deep(struct object_instance *instance) {
    volatile char space[150 << 10];
    (void)instance;
    for (size_t i = 0; i < sizeof space; i += 512) {
        space[sizeof space - 1 - i] = (char)i;
    }
    host_finished += space[sizeof space - 1] == 0;
}

static void host_raise(struct object_instance *instance, uint32_t number) {
    faaslet_raise(instance, FAASLET_TRAP_HOST, "number %u is bad", number);
}

static void host_exit(struct object_instance *instance, uint32_t code) {
    faaslet_exit(instance, (int)code);
}

// Runs a function of the Faaslet that is this one's context and says how it ended.
static uint32_t host_nest(struct object_instance *instance, uint32_t argument) {
    struct faaslet *inner = faaslet_context(faaslet_of(instance));
    struct faaslet_result result;
    fixture_call(inner, "divide", 10, argument, &result);
    return result.outcome;
}

static void host_backtrace(struct object_instance *instance) {
    struct faaslet_result result;
    uint32_t function = 0;
    faaslet_backtrace(instance, &result);
    assert_int_equal(result.frame_count, 1);
    assert_ptr_equal(faaslet_object_at(result.frames[0], &function), instance->object);
    host_finished = (int)function;
}

static const struct faaslet_host_function host_rows[] = {
    {"env", "deep", "", HOST_CODE(host_deep)},
    {"env", "raise", "i", HOST_CODE(host_raise)},
    {"env", "exit", "i", HOST_CODE(host_exit)},
    {"env", "nest", "i:i", HOST_CODE(host_nest)},
    {"env", "backtrace", "", HOST_CODE(host_backtrace)},
};
enum { HOST_ROWS = sizeof host_rows / sizeof *host_rows };

static const char host_text[] =
    "(module"
    "  (import \"env\" \"deep\" (func $deep))"
    "  (import \"env\" \"raise\" (func $raise (param i32)))"
    "  (import \"env\" \"exit\" (func $exit (param i32)))"
    "  (import \"env\" \"nest\" (func $nest (param i32) (result i32)))"
    "  (import \"env\" \"backtrace\" (func $backtrace))"
    "  (func (export \"raise\") (param i32 i32) (call $raise (local.get 0)) (unreachable))"
    "  (func (export \"exit\") (param i32 i32) (call $exit (local.get 0)) (unreachable))"
    "  (func (export \"nest\") (param i32 i32) (result i32)"
    "    (call $nest (local.get 0)) (if (local.get 1) (then (unreachable))))"
    "  (func (export \"backtrace\") (param i32 i32) (result i32)"
    "    (call $backtrace) (i32.const 7))"
    "  (func $recurse (export \"recurse\") (param i32 i32) (result i32)"
    "    (call $deep)"
    "    (i32.add (call $recurse (local.get 0) (local.get 1)) (i32.const 1)))"
    "  (func (export \"once\") (param i32 i32) (call $deep)))";

static void host_overflow_ends_the_call(void **state) {
    (void)state;
    struct faaslet *faaslet = fixture_faaslet(host_text, host_rows, HOST_ROWS);
    for (int round = 0; round < 3; round++) {
        struct faaslet_result result;
        host_finished = 0;
        fixture_call(faaslet, "recurse", 0, 0, &result);
        assert_int_equal(result.outcome, FAASLET_TRAPPED);
        assert_string_equal(faaslet_trap_name(result.trap), "call stack exhausted");
        assert_true(host_finished > 1);
        assert_true(result.frame_count == FAASLET_BACKTRACE_FRAMES);
        fixture_value(faaslet, "once", 0, 0);
    }
    faaslet_delete(faaslet);
}

static void host_refusals_and_exits(void **state) {
    (void)state;
    struct faaslet *faaslet = fixture_faaslet(host_text, host_rows, HOST_ROWS);
    struct faaslet_result result;
    fixture_call(faaslet, "raise", 13, 0, &result);
    assert_int_equal(result.outcome, FAASLET_TRAPPED);
    assert_int_equal(result.trap, FAASLET_TRAP_HOST);
    assert_string_equal(result.message, "number 13 is bad");
    assert_int_equal(result.frame_count, 1);
    fixture_call(faaslet, "exit", 3, 0, &result);
    assert_int_equal(result.outcome, FAASLET_EXITED);
    assert_int_equal(result.exit_code, 3);
    assert_string_equal(result.message, "");
    assert_int_equal(fixture_value(faaslet, "backtrace", 0, 0), 7);
    assert_int_equal(host_finished, 8); // five imports come first
    faaslet_delete(faaslet);
}

static void nested_calls_trap_apart(void **state) {
    (void)state;
    struct faaslet *inner = fixture_faaslet(kinds_text, NULL, 0);
    struct faaslet *outer = fixture_faaslet(host_text, host_rows, HOST_ROWS);
    struct faaslet_result result;
    faaslet_set_context(outer, inner);
    assert_int_equal(fixture_value(outer, "nest", 5, 0), FAASLET_RETURNED);
    assert_int_equal(fixture_value(outer, "nest", 0, 0), FAASLET_TRAPPED);
    fixture_call(outer, "nest", 0, 1, &result);
    assert_int_equal(result.trap, FAASLET_TRAP_UNREACHABLE);
    assert_int_equal(result.frame_count, 1);
    assert_int_equal(fixture_value(outer, "nest", 5, 0), FAASLET_RETURNED);
    faaslet_delete(outer);
    faaslet_delete(inner);
}

static void small_stacks_overflow_too(void **state) {
    (void)state;
    struct error error;
    const struct faaslet_config config = {.stack_bytes = 1 << 20};
    struct faaslet *faaslet = fixture_new(&config);
    struct faaslet_object *object = fixture_load(kinds_text);
    assert_non_null(faaslet_instantiate(faaslet, object, NULL, NULL, NULL, &error));
    faaslet_object_release(object);
    struct faaslet_result result;
    fixture_call(faaslet, "recurse", 0, 0, &result);
    assert_int_equal(result.trap, FAASLET_TRAP_STACK_EXHAUSTED);
    faaslet_delete(faaslet);
}

static void *trap_on_thread(void *argument) {
    struct faaslet *faaslet = fixture_faaslet(kinds_text, NULL, 0);
    struct faaslet_result result;
    fixture_call(faaslet, "recurse", 0, 0, &result);
    *(bool *)argument = result.trap == FAASLET_TRAP_STACK_EXHAUSTED;
    faaslet_delete(faaslet);
    return NULL;
}

static void threads_need_no_preparation(void **state) {
    (void)state;
    for (int i = 0; i < 3; i++) {
        pthread_t thread;
        bool trapped = false;
        assert_int_equal(pthread_create(&thread, NULL, trap_on_thread, &trapped), 0);
        assert_int_equal(pthread_join(thread, NULL), 0);
        assert_true(trapped);
    }
}

// ---- Faults that are not the guest's ------------------------------------------------------------

static void fault(void) {
    *(volatile int *)8 = 1;
}

static void send_to_self(void) {
    kill(getpid(), SIGSEGV);
}

// How a process ends that does this: by the signal, or as a sanitizer's handler decides.
static void faults_of_the_host_are_fatal(void **state) {
    (void)state;
    static void (*const deeds[])(void) = {fault, send_to_self};
    for (size_t i = 0; i < sizeof deeds / sizeof *deeds; i++) {
        struct faaslet *faaslet = fixture_faaslet(kinds_text, NULL, 0);
        int status;
        pid_t pid = fork();
        if (pid == 0) {
            close(STDERR_FILENO);
            deeds[i]();
            _exit(0);
        }
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_int_not_equal(status, 0);
        faaslet_delete(faaslet);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(traps_have_their_names),
        cmocka_unit_test(access_at_the_end_is_no_trap),
        cmocka_unit_test(backtraces_name_functions),
        cmocka_unit_test(traps_of_level_0_are_the_same),
        cmocka_unit_test(host_overflow_ends_the_call),
        cmocka_unit_test(host_refusals_and_exits),
        cmocka_unit_test(nested_calls_trap_apart),
        cmocka_unit_test(small_stacks_overflow_too),
        cmocka_unit_test(threads_need_no_preparation),
        cmocka_unit_test(faults_of_the_host_are_fatal),
    };
    fixture_initialize();
    return cmocka_run_group_tests_name("trap", tests, NULL, NULL);
}
