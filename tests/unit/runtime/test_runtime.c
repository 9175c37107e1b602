// The runtime with real modules: text -> wat2wasm -> faasm-codegen -> Faaslets. The host interface
// is a small one of this file ("t"), of what chaining needs.
#include "base/clock.h"
#include "base/file.h"
#include "faaslet/guest.h"
#include "runtime/runtime.h"

#include <ftw.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#if defined(__has_feature)
#if __has_feature(thread_sanitizer) || __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifdef SANITIZED
enum { CHAIN_DEPTH = 100, FAN_OUT = 2000 };
#else
enum { CHAIN_DEPTH = 1000, FAN_OUT = 10000 };
#endif

static char folder[PATH_MAX];
static struct faaslet_linker *linker;
static struct runtime *runtime;

// ---- The host interface -------------------------------------------------------------------------

static int32_t chain(struct object_instance *instance, const struct call_request *base,
                     int32_t input) {
    struct call *parent = call_of(instance);
    struct call_request request = *base;
    request.user = parent->user;
    request.parent = parent;
    request.input = (struct bytes){(const uint8_t *)&input, sizeof input};
    struct error error;
    struct call *call = runtime_submit(parent->runtime, &request, &error);
    if (call == NULL) {
        return -(int32_t)error.code;
    }
    int32_t id = (int32_t)call->id;
    call_release(call);
    return id;
}

static int32_t host_chain(struct object_instance *instance, uint32_t name, int32_t input) {
    char function[STORE_NAME_MAX + 1];
    if (!guest_read_string(instance, name, function, sizeof function)) {
        faaslet_raise(instance, FAASLET_TRAP_HOST, "chain: bad name");
    }
    return chain(instance, &(struct call_request){.function = function}, input);
}

static int32_t host_chain_pointer(struct object_instance *instance, uint32_t element,
                                  int32_t input) {
    return chain(instance,
                 &(struct call_request){.function = call_of(instance)->function,
                                        .by_pointer = true,
                                        .element = element},
                 input);
}

// The exit code, or the negative number of the error.
static int32_t host_await(struct object_instance *instance, uint32_t id) {
    struct call *waiter = call_of(instance);
    struct error error;
    struct call *call = runtime_await(waiter->runtime, waiter, id, &error);
    if (call == NULL) {
        return -(int32_t)error.code;
    }
    int32_t code = call->exit_code;
    call_release(call);
    return code;
}

static int32_t host_input(struct object_instance *instance) {
    const struct call *call = call_of(instance);
    int32_t input = 0;
    if (call->input.length == sizeof input) {
        memcpy(&input, call->input.data, sizeof input);
    }
    return input;
}

static void host_output(struct object_instance *instance, int32_t value) {
    struct error error;
    if (!call_set_output(call_of(instance), (struct bytes){(const uint8_t *)&value, sizeof value},
                         &error)) {
        faaslet_raise(instance, FAASLET_TRAP_HOST, "%s", error.message);
    }
}

static void host_log(struct object_instance *instance, uint32_t text, uint32_t length) {
    const void *bytes = guest_range(instance, text, length);
    if (bytes == NULL) {
        faaslet_raise(instance, FAASLET_TRAP_HOST, "log: bad range");
    }
    call_log(call_of(instance), (struct bytes){bytes, length});
}

static int32_t host_self(struct object_instance *instance) {
    return (int32_t)call_of(instance)->id;
}

static struct park gate;
static _Atomic unsigned at_gate;

static void host_gate(struct object_instance *instance) {
    atomic_fetch_add(&at_gate, 1);
    if (park_wait(&gate, call_of(instance)->faaslet, PARK_FOREVER) != PARK_INTERRUPTED) {
        atomic_fetch_sub(&at_gate, 1);
    }
}

static void host_exit(struct object_instance *instance, int32_t code) {
    faaslet_exit(instance, code);
}

#define ROW(name, signature, code)                                                                 \
    { "t", name, signature, (void (*)(void))(code) }
static const struct faaslet_host_function rows[] = {
    ROW("chain", "ii:i", host_chain), ROW("chain_pointer", "ii:i", host_chain_pointer),
    ROW("await", "i:i", host_await),  ROW("input", ":i", host_input),
    ROW("output", "i:", host_output), ROW("log", "ii:", host_log),
    ROW("self", ":i", host_self),     ROW("gate", ":", host_gate),
    ROW("exit", "i:", host_exit),
};

#define IMPORTS                                                                                    \
    "(import \"t\" \"chain\" (func $chain (param i32 i32) (result i32)))"                          \
    "(import \"t\" \"chain_pointer\" (func $chain_pointer (param i32 i32) (result i32)))"          \
    "(import \"t\" \"await\" (func $await (param i32) (result i32)))"                              \
    "(import \"t\" \"input\" (func $input (result i32)))"                                          \
    "(import \"t\" \"output\" (func $output (param i32)))"                                         \
    "(import \"t\" \"log\" (func $log (param i32 i32)))"                                           \
    "(import \"t\" \"self\" (func $self (result i32)))"                                            \
    "(import \"t\" \"gate\" (func $gate))"                                                         \
    "(import \"t\" \"exit\" (func $exit (param i32)))"                                             \
    "(memory (export \"memory\") 1)"

// ---- Around each test ---------------------------------------------------------------------------

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *walk) {
    (void)status;
    (void)kind;
    (void)walk;
    return remove(path);
}

static void open_runtime(unsigned workers) {
    struct runtime_config config = {
        .folder = folder,
        .workers = workers,
        .output_bytes = 1000,
        .input_bytes = 1000,
        .compile = {.program = FAASM_BUILD_DIR "/bin/faasm-codegen", .opt_level = -1},
    };
    struct error error;
    runtime = runtime_new(&config, linker, &error);
    if (runtime == NULL) {
        fail_msg("%s", error.message);
    }
}

static int set_up(void **state) {
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/faasm-runtime-XXXXXX");
    assert_non_null(mkdtemp(folder));
    open_runtime(2);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    runtime_delete(runtime);
    runtime = NULL;
    return nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void assemble(const char *text, struct buffer *wasm) {
    char source[] = "/tmp/faasm-test-XXXXXX", binary[64], command[256];
    int fd = mkstemp(source);
    assert_true(fd >= 0);
    assert_true(file_write_all(fd, (struct bytes){(const uint8_t *)text, strlen(text)}, NULL));
    close(fd);
    snprintf(binary, sizeof binary, "%s.wasm", source);
    snprintf(command, sizeof command, "wat2wasm --enable-all -o %s %s", binary, source);
    assert_int_equal(system(command), 0);
    assert_true(file_read(binary, 1 << 20, wasm, NULL));
    unlink(source);
    unlink(binary);
}

static bool try_upload(const char *user, const char *name, const char *text,
                       struct runtime_function_facts *facts, struct error *error) {
    struct buffer wasm = {0};
    assemble(text, &wasm);
    bool done = runtime_upload(runtime, user, name, buffer_bytes(&wasm), facts, error);
    buffer_destroy(&wasm);
    return done;
}

static struct runtime_function_facts upload(const char *user, const char *name, const char *text) {
    struct error error;
    struct runtime_function_facts facts;
    if (!try_upload(user, name, text, &facts, &error)) {
        fail_msg("%s: %s", error_code_name(error.code), error.message);
    }
    return facts;
}

static struct call *submit(const char *user, const char *name, int32_t input) {
    struct call_request request = {
        .user = user, .function = name, .input = {(const uint8_t *)&input, sizeof input}};
    struct error error;
    struct call *call = runtime_submit(runtime, &request, &error);
    if (call == NULL) {
        fail_msg("%s", error.message);
    }
    return call;
}

static struct call *wait_for(struct call *call) {
    struct error error;
    assert_true(runtime_wait(runtime, call, NULL, &error));
    return call;
}

static struct call *invoke(const char *user, const char *name, int32_t input) {
    return wait_for(submit(user, name, input));
}

static void expect_output(struct call *call, int32_t value) {
    int32_t output;
    if (call_status(call) != CALL_SUCCEEDED) {
        fail_msg("%s (%d): %s", call_status_name(call_status(call)), call->exit_code,
                 call->message);
    }
    assert_int_equal(call->output.length, sizeof output);
    memcpy(&output, call->output.data, sizeof output);
    assert_int_equal(output, value);
    call_release(call);
}

static void expect_end(struct call *call, enum call_status status, int exit_code,
                       const char *message) {
    if (call_status(call) != status || strstr(call->message, message) == NULL) {
        fail_msg("%s (%d): %s", call_status_name(call_status(call)), call->exit_code,
                 call->message);
    }
    assert_int_equal(call->exit_code, exit_code);
    call_release(call);
}

static void wait_at_gate(unsigned count) {
    uint64_t deadline = clock_monotonic() + 20000000000u;
    while (atomic_load(&at_gate) != count) {
        assert_true(clock_monotonic() < deadline);
        usleep(500);
    }
}

// ---- Calls --------------------------------------------------------------------------------------

static void test_ends(void **state) {
    (void)state;
    upload("ada", "double",
           "(module" IMPORTS "(func (export \"_start\")"
           "  (call $output (i32.mul (i32.const 2) (call $input)))))");
    upload("ada", "exit",
           "(module" IMPORTS "(func (export \"_start\") (call $exit (call $input))))");
    upload("ada", "no_entry", "(module" IMPORTS ")");
    upload("ada", "odd_entry", "(module" IMPORTS "(func (export \"_start\") (param i32)))");
    expect_output(invoke("ada", "double", 21), 42);
    expect_output(invoke("ada", "double", 4), 8);
    expect_end(invoke("ada", "exit", 0), CALL_SUCCEEDED, 0, "");
    expect_end(invoke("ada", "exit", 7), CALL_FAILED, 7, "");
    expect_end(invoke("ada", "no_entry", 0), CALL_ERROR, CALL_EXIT_ERROR, "_start");
    expect_end(invoke("ada", "odd_entry", 0), CALL_ERROR, CALL_EXIT_ERROR, "_start");

    struct error error;
    struct call_request unknown = {.user = "ada", .function = "nothing"};
    assert_null(runtime_submit(runtime, &unknown, &error));
    assert_int_equal(error.code, ERROR_NOT_FOUND);
    unknown.user = "bob";
    unknown.function = "double"; // ada's
    assert_null(runtime_submit(runtime, &unknown, &error));
    assert_int_equal(error.code, ERROR_NOT_FOUND);
    unknown.function = "../ada/double";
    assert_null(runtime_submit(runtime, &unknown, &error));
    static const uint8_t large[1001];
    struct call_request too_large = {
        .user = "ada", .function = "double", .input = {large, sizeof large}};
    assert_null(runtime_submit(runtime, &too_large, &error));
    assert_int_equal(error.code, ERROR_TOO_LARGE);
}

static void test_record(void **state) {
    (void)state;
    upload("ada", "f", "(module" IMPORTS "(func (export \"_start\")))");
    struct call *call = invoke("ada", "f", 1);
    assert_true(call->id > 0 && call->id <= INT32_MAX);
    assert_string_equal(call->user, "ada");
    assert_string_equal(call->function, "f");
    assert_int_equal(call->parent, 0);
    assert_true(call->queued <= call->started && call->started <= call->ended);
    struct call *found = runtime_find_call(runtime, call->id);
    assert_ptr_equal(found, call);
    call_release(found);
    assert_null(runtime_find_call(runtime, call->id + 1));
    call_release(call);

    struct runtime_function_facts facts;
    struct error error;
    assert_true(runtime_function_facts(runtime, "ada", "f", &facts, &error));
    assert_int_equal(facts.calls, 1);
    assert_int_equal(facts.faaslets, 1);
    assert_true(facts.compiled_now && facts.codegen_nanoseconds > 0);
    struct runtime_counters counters;
    runtime_counters(runtime, &counters);
    assert_int_equal(counters.calls_finished[CALL_SUCCEEDED], 1);
    assert_int_equal(counters.cold_starts, 1);
    assert_int_equal(counters.codegen_runs, 1);
    assert_int_equal(counters.functions_loaded, 1);
    assert_int_equal(counters.calls_running + counters.calls_queued, 0);
    uint64_t latencies = 0;
    for (int i = 0; i < 32; i++) {
        latencies += counters.latency[i];
    }
    assert_int_equal(latencies, 1);
}

static void test_trap(void **state) {
    (void)state;
    upload("ada", "trap",
           "(module" IMPORTS "(func $inner (drop (i32.load (i32.const 0x20000))))"
           "(func (export \"_start\") (if (call $input) (then (call $inner))"
           "  (else (unreachable)))))");
    struct call *call = invoke("ada", "trap", 0);
    assert_string_equal(call->message, "unreachable");
    expect_end(call, CALL_TRAPPED, CALL_EXIT_TRAP, "unreachable");
    call = invoke("ada", "trap", 1);
    assert_true(call->trace.length > 0);
    assert_true(buffer_append(&call->trace, "", 1, NULL));
    assert_non_null(strstr((const char *)call->trace.data, "#0 "));
    expect_end(call, CALL_TRAPPED, CALL_EXIT_TRAP, "out of bounds memory access");
}

static void test_nothing_is_left_of_a_call(void **state) {
    (void)state;
    upload("ada", "leak",
           "(module" IMPORTS "(global $g (mut i32) (i32.const 0))"
           "(func (export \"_start\")"
           "  (call $output (i32.add (global.get $g) (i32.load (i32.const 1000))))"
           "  (global.set $g (i32.const 5))"
           "  (i32.store (i32.const 1000) (i32.const 7))"
           "  (if (call $input) (then (unreachable)))))");
    for (int i = 0; i < 20; i++) {
        if (i % 3 == 2) {
            expect_end(invoke("ada", "leak", 1), CALL_TRAPPED, CALL_EXIT_TRAP, "unreachable");
        } else {
            expect_output(invoke("ada", "leak", 0), 0);
        }
    }
}

static void test_initialisation(void **state) {
    (void)state;
    upload("ada", "ready",
           "(module" IMPORTS "(global $g (mut i32) (i32.const 0))"
           "(data (i32.const 0) \"once\\n\")"
           "(func (export \"_initialize\") (global.set $g (i32.const 40))"
           "  (call $log (i32.const 0) (i32.const 5)))"
           "(func (export \"_faasm_zygote\") (result i32)"
           "  (global.set $g (i32.add (global.get $g) (i32.const 2))) (i32.const 0))"
           "(func (export \"_start\") (call $output (global.get $g))"
           "  (global.set $g (i32.const 0))))");
    struct call *first = submit("ada", "ready", 0), *second;
    wait_for(first);
    assert_int_equal(first->log.length, 5);
    assert_memory_equal(first->log.data, "once\n", 5);
    expect_output(first, 42);
    second = invoke("ada", "ready", 0);
    assert_int_equal(second->log.length, 0);
    expect_output(second, 42);
}

static void test_initialised_once(void **state) {
    (void)state;
    upload("ada", "slow",
           "(module" IMPORTS "(data (i32.const 0) \"once\\n\")"
           "(func (export \"_initialize\") (call $log (i32.const 0) (i32.const 5))"
           "  (call $gate))"
           "(func (export \"_start\") (call $output (i32.const 8))))");
    struct call *calls[20];
    for (int i = 0; i < 20; i++) {
        calls[i] = submit("ada", "slow", 0);
    }
    wait_at_gate(1);
    usleep(5000); // the others come to where they wait
    park_wake(&gate);
    size_t logged = 0;
    for (int i = 0; i < 20; i++) {
        wait_for(calls[i]);
        logged += calls[i]->log.length;
        expect_output(calls[i], 8);
    }
    assert_int_equal(logged, 5);
}

static void test_initialisation_fails(void **state) {
    (void)state;
    upload("ada", "traps",
           "(module" IMPORTS "(func (export \"_initialize\") (unreachable))"
           "(func (export \"_start\")))");
    upload("ada", "refuses",
           "(module" IMPORTS "(func (export \"_faasm_zygote\") (result i32) (i32.const 3))"
           "(func (export \"_start\")))");
    upload("ada", "chains",
           "(module" IMPORTS "(data (i32.const 0) \"chains\\00\")"
           "(func (export \"_faasm_zygote\") (result i32)"
           "  (call $chain (i32.const 0) (i32.const 1)))"
           "(func (export \"_start\")))");
    upload("ada", "writes",
           "(module" IMPORTS "(func (export \"_initialize\") (call $output (i32.const 1)))"
           "(func (export \"_start\")))");
    upload("ada", "exits",
           "(module" IMPORTS "(func (export \"_initialize\") (call $exit (i32.const 0)))"
           "(func (export \"_start\")))");
    upload("ada", "start_traps",
           "(module" IMPORTS "(func $start (unreachable)) (start $start)"
           "(func (export \"_start\")))");
    for (int i = 0; i < 2; i++) {
        struct call *call = invoke("ada", "traps", 0);
        assert_true(call->trace.length > 0);
        expect_end(call, CALL_TRAPPED, CALL_EXIT_TRAP, "_initialize: unreachable");
        expect_end(invoke("ada", "refuses", 0), CALL_ERROR, CALL_EXIT_ERROR,
                   "_faasm_zygote returned 3");
        char message[64];
        snprintf(message, sizeof message, "_faasm_zygote returned -%d", ERROR_CONFLICT);
        expect_end(invoke("ada", "chains", 0), CALL_ERROR, CALL_EXIT_ERROR, message);
        expect_end(invoke("ada", "writes", 0), CALL_TRAPPED, CALL_EXIT_TRAP, "initialised");
        expect_end(invoke("ada", "exits", 0), CALL_ERROR, CALL_EXIT_ERROR,
                   "_initialize exited with code 0");
        expect_end(invoke("ada", "start_traps", 0), CALL_TRAPPED, CALL_EXIT_TRAP, "unreachable");
    }
}

// ---- Chaining -----------------------------------------------------------------------------------

static const char recursion[] =
    "(module" IMPORTS "(data (i32.const 0) \"deep\\00\")"
    "(func (export \"_start\") (local $n i32) (local.set $n (call $input))"
    "  (if (local.get $n) (then"
    "    (if (call $await (call $chain (i32.const 0)"
    "                                  (i32.sub (local.get $n) (i32.const 1))))"
    "      (then (unreachable)))))"
    "  (call $output (local.get $n))))";

static void expect_bounded_threads(void) {
    struct runtime_counters counters;
    runtime_counters(runtime, &counters);
    const struct runtime_config *config = runtime_configuration(runtime);
    assert_true(counters.workers <= config->workers + config->extra_workers);
}

static void test_deep_chain(void **state) {
    (void)state;
    upload("ada", "deep", recursion);
    struct call *call = submit("ada", "deep", CHAIN_DEPTH);
    while (!call_status_finished(call_status(call))) {
        expect_bounded_threads();
        usleep(1000);
    }
    expect_output(call, CHAIN_DEPTH);
    expect_output(invoke("ada", "deep", 5), 5); // begun on the thread that waits
    struct call *too_deep = invoke("ada", "deep", 3000);
    expect_end(too_deep, CALL_TRAPPED, CALL_EXIT_TRAP, "unreachable");
    expect_output(invoke("ada", "deep", 10), 10);
}

static void test_fan_out(void **state) {
    (void)state;
    upload("ada", "leaf",
           "(module" IMPORTS "(func (export \"_start\") (call $exit (call $input))))");
    // Chains input calls of exit codes 0 to 63, then awaits them in order and sums the codes.
    upload("ada", "fan",
           "(module" IMPORTS "(data (i32.const 0) \"leaf\\00\")"
           "(func (export \"_start\") (local $n i32) (local $i i32) (local $sum i32)"
           "  (local.set $n (call $input))"
           "  (loop $more"
           "    (i32.store (i32.add (i32.const 16) (i32.mul (local.get $i) (i32.const 4)))"
           "      (call $chain (i32.const 0) (i32.and (local.get $i) (i32.const 63))))"
           "    (local.set $i (i32.add (local.get $i) (i32.const 1)))"
           "    (br_if $more (i32.lt_u (local.get $i) (local.get $n))))"
           "  (local.set $i (i32.const 0))"
           "  (loop $next"
           "    (local.set $sum (i32.add (local.get $sum) (call $await (i32.load"
           "      (i32.add (i32.const 16) (i32.mul (local.get $i) (i32.const 4)))))))"
           "    (local.set $i (i32.add (local.get $i) (i32.const 1)))"
           "    (br_if $next (i32.lt_u (local.get $i) (local.get $n))))"
           "  (call $output (local.get $sum))))");
    int32_t sum = 0;
    for (int i = 0; i < FAN_OUT; i++) {
        sum += i % 64;
    }
    struct call *call = submit("ada", "fan", FAN_OUT);
    while (!call_status_finished(call_status(call))) {
        expect_bounded_threads();
        usleep(1000);
    }
    expect_output(call, sum);
}

static void test_pointers(void **state) {
    (void)state;
    static const char *const wrappers[] = {
        "", "(func (export \"_faasm_call_pointer\") (param i32)"
            "  (call $exit (i32.add (i32.const 100) (call_indirect (result i32) (local.get 0)))))"};
    for (int wrapped = 0; wrapped < 2; wrapped++) {
        char text[4096];
        snprintf(text, sizeof text,
                 "(module" IMPORTS "(table 5 funcref) (elem (i32.const 1) $code $other)"
                 "(func $code (result i32) (call $input)) (func $other (param i64)) %s"
                 "(func (export \"_start\") (call $output"
                 "  (call $await (call $chain_pointer (call $input) (i32.const 9))))))",
                 wrappers[wrapped]);
        upload("ada", "pointers", text);
        expect_output(invoke("ada", "pointers", 1), wrapped ? 109 : 9);
        expect_output(invoke("ada", "pointers", 0), CALL_EXIT_ERROR); // null
        expect_output(invoke("ada", "pointers", 2), CALL_EXIT_ERROR); // of another type
        expect_output(invoke("ada", "pointers", 5), CALL_EXIT_ERROR); // beyond the table
        expect_output(invoke("ada", "pointers", -1), CALL_EXIT_ERROR);
    }
    struct call_request request = {
        .user = "ada", .function = "pointers", .by_pointer = true, .element = 2};
    struct error error;
    struct call *call = runtime_submit(runtime, &request, &error);
    assert_non_null(call);
    expect_end(wait_for(call), CALL_ERROR, CALL_EXIT_ERROR, "pointer 2 is not int (void)");
}

static void test_await_errors(void **state) {
    (void)state;
    upload("ada", "leaf", "(module" IMPORTS "(func (export \"_start\")))");
    upload("ada", "await",
           "(module" IMPORTS "(func (export \"_start\") (call $output"
           "  (i32.sub (i32.const 0) (call $await (call $input))))))");
    upload("bob", "await",
           "(module" IMPORTS "(func (export \"_start\") (call $output"
           "  (i32.sub (i32.const 0) (call $await (call $input))))))");
    upload("ada", "self",
           "(module" IMPORTS "(func (export \"_start\") (call $output"
           "  (i32.sub (i32.const 0) (call $await (call $self))))))");
    upload("ada", "twice",
           "(module" IMPORTS "(data (i32.const 0) \"leaf\\00\")"
           "(func (export \"_start\") (local $id i32)"
           "  (local.set $id (call $chain (i32.const 0) (i32.const 0)))"
           "  (if (call $await (local.get $id)) (then (unreachable)))"
           "  (call $output (i32.sub (i32.const 0) (call $await (local.get $id))))))");
    // The child awaits its parent, which awaits the child.
    upload("ada", "circle",
           "(module" IMPORTS "(data (i32.const 0) \"await\\00\")"
           "(func (export \"_start\") (call $output"
           "  (call $await (call $chain (i32.const 0) (call $self))))))");
    expect_output(invoke("ada", "await", 0), ERROR_NOT_FOUND);
    expect_output(invoke("ada", "await", -1), ERROR_NOT_FOUND);
    struct call *leaf = invoke("ada", "leaf", 0);
    expect_output(invoke("bob", "await", (int32_t)leaf->id), ERROR_PERMISSION);
    expect_output(invoke("ada", "await", (int32_t)leaf->id), 0);
    expect_output(invoke("ada", "await", (int32_t)leaf->id), ERROR_CONFLICT);
    call_release(leaf);
    expect_output(invoke("ada", "self", 0), ERROR_CONFLICT);
    expect_output(invoke("ada", "twice", 0), ERROR_CONFLICT);
    // Whichever of the two comes second is refused.
    struct call *circle = invoke("ada", "circle", 0);
    int32_t code = -1;
    assert_int_equal(circle->output.length, sizeof code);
    memcpy(&code, circle->output.data, sizeof code);
    assert_true(code == 0 || code == -ERROR_CONFLICT);
    call_release(circle);
}

static const char gated[] = "(module" IMPORTS "(func (export \"_start\")"
                            "  (call $gate) (call $output (i32.const %d))))";

static void test_replaced_while_it_runs(void **state) {
    (void)state;
    char text[4096];
    snprintf(text, sizeof text, gated, 1);
    upload("ada", "gated", text);
    struct call *old = submit("ada", "gated", 0);
    wait_at_gate(1);
    upload("ada", "gated",
           "(module" IMPORTS "(func (export \"_start\") (call $output (i32.const 2))))");
    expect_output(invoke("ada", "gated", 0), 2);
    struct error error;
    assert_true(runtime_remove(runtime, "ada", "gated", &error));
    struct call_request request = {.user = "ada", .function = "gated"};
    assert_null(runtime_submit(runtime, &request, &error));
    assert_int_equal(error.code, ERROR_NOT_FOUND);
    assert_false(runtime_remove(runtime, "ada", "gated", &error));
    assert_int_equal(error.code, ERROR_NOT_FOUND);
    park_wake(&gate);
    expect_output(wait_for(old), 1);
}

static void test_interrupted_await(void **state) {
    (void)state;
    char text[4096];
    snprintf(text, sizeof text, gated, 1);
    upload("ada", "gated", text);
    upload("ada", "parent",
           "(module" IMPORTS "(data (i32.const 0) \"gated\\00\")"
           "(func (export \"_start\")"
           "  (drop (call $await (call $input)))))");
    struct call *child = submit("ada", "gated", 0);
    wait_at_gate(1);
    struct call *parent = submit("ada", "parent", (int32_t)child->id);
    while (!call_status_finished(call_status(parent))) {
        call_interrupt(parent, FAASLET_TRAP_CANCELLED);
        usleep(500);
    }
    expect_end(wait_for(parent), CALL_TRAPPED, CALL_EXIT_TRAP, "cancelled");
    park_wake(&gate);
    expect_output(wait_for(child), 1);
}

static void count_finished(void *context, struct call *call) {
    assert_true(call_status_finished(call_status(call)));
    atomic_fetch_add((_Atomic unsigned *)context, 1);
}

static void test_callback(void **state) {
    (void)state;
    upload("ada", "leaf", "(module" IMPORTS "(func (export \"_start\")))");
    _Atomic unsigned finished = 0;
    for (int i = 0; i < 100; i++) {
        struct call_request request = {
            .user = "ada", .function = "leaf", .finished = count_finished, .context = &finished};
        struct error error;
        struct call *call = runtime_submit(runtime, &request, &error);
        assert_non_null(call);
        call_release(call);
    }
    uint64_t deadline = clock_monotonic() + 20000000000u;
    while (atomic_load(&finished) < 100) {
        assert_true(clock_monotonic() < deadline);
        usleep(500);
    }
    usleep(1000);
    assert_int_equal(finished, 100);
}

// ---- Upload -------------------------------------------------------------------------------------

static unsigned files_below(const char *name) {
    char command[PATH_MAX + 64], answer[32] = {0};
    snprintf(command, sizeof command, "find %s/%s -type f | wc -l", folder, name);
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    assert_non_null(fgets(answer, sizeof answer, pipe));
    assert_int_equal(pclose(pipe), 0);
    return (unsigned)strtoul(answer, NULL, 10);
}

static void test_refused_uploads_store_nothing(void **state) {
    (void)state;
    struct runtime_function_facts facts;
    struct error error;
    static const uint8_t junk[] = "not a module";
    assert_false(
        runtime_upload(runtime, "ada", "f", (struct bytes){junk, sizeof junk}, &facts, &error));
    assert_int_equal(error.code, ERROR_MALFORMED);
    assert_non_null(strstr(error.message, "offset"));
    assert_false(runtime_upload(runtime, "ada", "f", (struct bytes){NULL, 0}, &facts, &error));
    assert_int_equal(error.code, ERROR_MALFORMED);
    static const uint8_t invalid[] = {
        0, 'a', 's', 'm', 1, 0,  0, 0, 1, 4, 1,    0x60, 0,
        0, 3,   2,   1,   0, 10, 5, 1, 3, 0, 0x6a, 0x0b}; // i32.add without operands
    assert_false(runtime_upload(runtime, "ada", "f", (struct bytes){invalid, sizeof invalid},
                                &facts, &error));
    assert_int_equal(error.code, ERROR_INVALID);
    assert_false(
        try_upload("ada", "f", "(module (import \"t\" \"nothing\" (func)))", &facts, &error));
    assert_int_equal(error.code, ERROR_UNLINKABLE);
    assert_non_null(strstr(error.message, "nothing"));
    assert_false(try_upload("ada", "f", "(module (import \"t\" \"exit\" (func)))", &facts, &error));
    assert_int_equal(error.code, ERROR_UNLINKABLE);
    assert_false(try_upload("ada", "../f", "(module)", &facts, &error));
    assert_int_equal(error.code, ERROR_ARGUMENT);
    assert_int_equal(files_below("blobs"), 0);
    assert_int_equal(files_below("objects"), 0);
    assert_int_equal(files_below("temporary"), 0);

    upload("ada", "f",
           "(module" IMPORTS "(func (export \"_start\") (call $output (i32.const 1))))");
    assert_false(
        try_upload("ada", "f", "(module (import \"t\" \"nothing\" (func)))", &facts, &error));
    expect_output(invoke("ada", "f", 0), 1); // as it was
}

struct uploader {
    pthread_t thread;
    const struct buffer *wasm;
    char name[16];
    bool done;
};

static void *upload_one(void *argument) {
    struct uploader *uploader = argument;
    struct error error;
    uploader->done =
        runtime_upload(runtime, "ada", uploader->name, buffer_bytes(uploader->wasm), NULL, &error);
    return NULL;
}

static void test_same_module_is_compiled_once(void **state) {
    (void)state;
    struct buffer wasm = {0};
    assemble(recursion, &wasm);
    struct uploader uploaders[6];
    for (int i = 0; i < 6; i++) {
        uploaders[i] = (struct uploader){.wasm = &wasm};
        snprintf(uploaders[i].name, sizeof uploaders[i].name, "f%d", i / 2);
        assert_int_equal(pthread_create(&uploaders[i].thread, NULL, upload_one, &uploaders[i]), 0);
    }
    for (int i = 0; i < 6; i++) {
        pthread_join(uploaders[i].thread, NULL);
        assert_true(uploaders[i].done);
    }
    buffer_destroy(&wasm);
    struct runtime_counters counters;
    runtime_counters(runtime, &counters);
    assert_int_equal(counters.codegen_runs, 1);
    assert_int_equal(files_below("blobs"), 1);
    assert_int_equal(files_below("objects"), 1);
}

static void remove_objects(void) {
    char command[PATH_MAX + 64];
    snprintf(command, sizeof command, "find %s/objects -type f -delete", folder);
    assert_int_equal(system(command), 0);
}

static void test_restart(void **state) {
    (void)state;
    upload("ada", "f",
           "(module" IMPORTS "(func (export \"_start\") (call $output (i32.const 6))))");
    runtime_delete(runtime);
    open_runtime(1);
    expect_output(invoke("ada", "f", 0), 6);
    struct runtime_counters counters;
    runtime_counters(runtime, &counters);
    assert_int_equal(counters.codegen_runs, 0); // the object was kept
    runtime_delete(runtime);
    remove_objects();
    open_runtime(1);
    expect_output(invoke("ada", "f", 0), 6);
    runtime_counters(runtime, &counters);
    assert_int_equal(counters.codegen_runs, 1); // made again from the blob
}

static void test_environment(void **state) {
    (void)state;
    char text[4096];
    snprintf(text, sizeof text, gated, 1);
    upload("ada", "gated", text);
    struct call *call = submit("ada", "gated", 0);
    wait_at_gate(1);
    const struct call_environment *environment = call->environment;
    assert_string_equal(environment->arguments[0], "gated");
    assert_null(environment->arguments[1]);
    assert_string_equal(environment->variables[0], "FAASM_USER=ada");
    assert_string_equal(environment->variables[1], "FAASM_FUNCTION=gated");
    assert_null(environment->variables[2]);
    assert_int_equal(environment->folder_count, 1);
    assert_string_equal(environment->folders[0].guest, "/");
    struct stat status;
    assert_int_equal(stat(environment->folders[0].host, &status), 0);
    assert_int_equal(status.st_mode, S_IFDIR | 0700);
    assert_int_equal(environment->standard_input, -1);
    park_wake(&gate);
    expect_output(wait_for(call), 1);
}

static void test_object_without_store(void **state) {
    (void)state;
    upload("ada", "f",
           "(module" IMPORTS "(func (export \"_start\") (call $output (i32.const 3))))");
    char command[PATH_MAX + 64], object[PATH_MAX];
    snprintf(object, sizeof object, "%s/f.so", folder);
    snprintf(command, sizeof command, "cp %s/objects/*/*.so %s", folder, object);
    assert_int_equal(system(command), 0);
    struct runtime *stored = runtime;
    struct runtime_config config = {.workers = 1};
    struct error error;
    runtime = runtime_new(&config, linker, &error);
    assert_non_null(runtime);
    struct call_environment environment = {
        .standard_input = -1, .standard_output = -1, .standard_error = -1};
    assert_true(runtime_add_object(runtime, "local", "f", object, &environment, &error));
    expect_output(invoke("local", "f", 0), 3);
    assert_false(
        runtime_add_object(runtime, "local", "g", "/nonexistent.so", &environment, &error));
    struct bytes nothing = {NULL, 0};
    assert_false(runtime_upload(runtime, "ada", "f", nothing, NULL, &error));
    assert_int_equal(error.code, ERROR_UNAVAILABLE);
    runtime_delete(runtime);
    runtime = stored;
}

static void test_delete_with_calls_queued(void **state) {
    (void)state;
    runtime_delete(runtime);
    open_runtime(1);
    upload("ada", "deep", recursion);
    struct call *calls[200];
    for (int i = 0; i < 200; i++) {
        calls[i] = submit("ada", "deep", 20);
    }
    runtime_delete(runtime);
    for (int i = 0; i < 200; i++) {
        assert_true(call_status_finished(call_status(calls[i])));
        call_release(calls[i]);
    }
    open_runtime(1);
}

// cmocka has handlers of its own for the signals of traps while a test runs.
static const int trap_signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL};
static struct sigaction trap_handlers[4];

struct test {
    void (*function)(void **state);
};

static void run_with_trap_handlers(void **state) {
    const struct test *test = *state;
    for (int i = 0; i < 4; i++) {
        assert_int_equal(sigaction(trap_signals[i], &trap_handlers[i], NULL), 0);
    }
    test->function(state);
}

static int initialize(void **state) {
    (void)state;
    struct error error;
    if (!faaslet_initialize(&error) || (linker = faaslet_linker_new(&error)) == NULL ||
        !faaslet_linker_add(linker, rows, sizeof rows / sizeof *rows, &error)) {
        fprintf(stderr, "%s\n", error.message);
        return 1;
    }
    for (int i = 0; i < 4; i++) {
        sigaction(trap_signals[i], NULL, &trap_handlers[i]);
    }
    return 0;
}

static int finish(void **state) {
    (void)state;
    faaslet_linker_delete(linker);
    return 0;
}

int main(void) {
#define TEST(function)                                                                             \
    {                                                                                              \
#function, run_with_trap_handlers, set_up, tear_down, &(struct test) {                     \
            function                                                                               \
        }                                                                                          \
    }
    const struct CMUnitTest tests[] = {
        TEST(test_ends),
        TEST(test_record),
        TEST(test_trap),
        TEST(test_nothing_is_left_of_a_call),
        TEST(test_initialisation),
        TEST(test_initialised_once),
        TEST(test_initialisation_fails),
        TEST(test_deep_chain),
        TEST(test_fan_out),
        TEST(test_pointers),
        TEST(test_await_errors),
        TEST(test_replaced_while_it_runs),
        TEST(test_interrupted_await),
        TEST(test_callback),
        TEST(test_refused_uploads_store_nothing),
        TEST(test_same_module_is_compiled_once),
        TEST(test_restart),
        TEST(test_environment),
        TEST(test_object_without_store),
        TEST(test_delete_with_calls_queued),
    };
    return cmocka_run_group_tests(tests, initialize, finish);
}
