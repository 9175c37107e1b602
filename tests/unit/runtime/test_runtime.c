// The runtime with real modules: calls, chaining, upload.
#include "fixture.h"

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
        call_stop(parent, FAASLET_TRAP_CANCELLED);
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
    assert_false(runtime_upload(runtime, "ada", "f", (struct bytes){junk, sizeof junk}, NULL,
                                &facts, &error));
    assert_int_equal(error.code, ERROR_MALFORMED);
    assert_non_null(strstr(error.message, "offset"));
    assert_false(
        runtime_upload(runtime, "ada", "f", (struct bytes){NULL, 0}, NULL, &facts, &error));
    assert_int_equal(error.code, ERROR_MALFORMED);
    static const uint8_t invalid[] = {
        0, 'a', 's', 'm', 1, 0,  0, 0, 1, 4, 1,    0x60, 0,
        0, 3,   2,   1,   0, 10, 5, 1, 3, 0, 0x6a, 0x0b}; // i32.add without operands
    assert_false(runtime_upload(runtime, "ada", "f", (struct bytes){invalid, sizeof invalid}, NULL,
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
    uploader->done = runtime_upload(runtime, "ada", uploader->name, buffer_bytes(uploader->wasm),
                                    NULL, NULL, &error);
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
    assert_false(runtime_upload(runtime, "ada", "f", nothing, NULL, NULL, &error));
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

// Both run although neither has finished.
static void expect_begun_together(const struct call *a, const struct call *b) {
    while (call_status(a) != CALL_RUNNING || call_status(b) != CALL_RUNNING) {
        assert_false(call_status_finished(call_status(a)));
        assert_false(call_status_finished(call_status(b)));
    }
}

// The only worker compiles; calls of others run meanwhile.
static void test_compiling_blocks_nobody(void **state) {
    (void)state;
    runtime_delete(runtime);
    open_runtime(1);
    upload("ada", "large", recursion);
    upload("bob", "f",
           "(module" IMPORTS "(func (export \"_start\") (call $output (i32.const 1))))");
    expect_output(invoke("bob", "f", 0), 1);
    runtime_delete(runtime);
    remove_objects();
    open_runtime(1);
    struct call *large = submit("ada", "large", 0), *other = submit("bob", "f", 0);
    expect_begun_together(large, other);
    expect_output(wait_for(large), 0);
    expect_output(wait_for(other), 1);
}

int main(void) {
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
        TEST(test_compiling_blocks_nobody),
        TEST(test_environment),
        TEST(test_object_without_store),
        TEST(test_delete_with_calls_queued),
    };
    return cmocka_run_group_tests(tests, initialize, finish);
}
