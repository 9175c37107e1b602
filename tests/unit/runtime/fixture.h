// What the tests of the runtime share: real modules (text -> wat2wasm -> faasm-codegen -> Faaslets)
// and a small host interface ("t"), of what chaining needs.
#ifndef FAASM_TESTS_RUNTIME_FIXTURE_H
#define FAASM_TESTS_RUNTIME_FIXTURE_H

#include "base/clock.h"
#include "base/file.h"
#include "faaslet/guest.h"
#include "runtime/runtime.h"

#include <fcntl.h>
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

// Not every test uses all of this.
#pragma clang diagnostic ignored "-Wunused-function"

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

static void host_echo(struct object_instance *instance) {
    struct call *call = call_of(instance);
    struct error error;
    if (!call_set_output(call, buffer_bytes(&call->input), &error)) {
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

// Appends the number to a file, where one is set.
static int notes_file = -1;
static void set_notes(const char *path) {
    if (notes_file >= 0) {
        close(notes_file);
    }
    notes_file = path == NULL ? -1 : open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}
static void host_note(struct object_instance *instance, int32_t number) {
    if (notes_file >= 0 && write(notes_file, &number, sizeof number) != sizeof number) {
        faaslet_raise(instance, FAASLET_TRAP_HOST, "note");
    }
}

// Waits until the call is stopped.
static void host_wait(struct object_instance *instance) {
    struct park never = {0};
    park_wait(&never, call_of(instance)->faaslet, PARK_FOREVER);
}

// Holds the thread, in the host, for some milliseconds.
static _Atomic unsigned in_host;
static void host_hold(struct object_instance *instance, uint32_t milliseconds) {
    (void)instance;
    atomic_fetch_add(&in_host, 1);
    uint64_t end = clock_monotonic() + milliseconds * 1000000ull;
    while (clock_monotonic() < end) {
        usleep(500);
    }
    atomic_fetch_sub(&in_host, 1);
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
    ROW("exit", "i:", host_exit),     ROW("note", "i:", host_note),
    ROW("wait", ":", host_wait),      ROW("hold", "i:", host_hold),
    ROW("echo", ":", host_echo),
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
    "(import \"t\" \"wait\" (func $wait))"                                                         \
    "(import \"t\" \"echo\" (func $echo))"                                                         \
    "(import \"t\" \"note\" (func $note (param i32)))"                                             \
    "(import \"t\" \"hold\" (func $hold (param i32)))"                                             \
    "(import \"t\" \"exit\" (func $exit (param i32)))"                                             \
    "(memory (export \"memory\") 1)"

// ---- Around each test ---------------------------------------------------------------------------

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *walk) {
    (void)status;
    (void)kind;
    (void)walk;
    return remove(path);
}

static const char *codegen = FAASM_BUILD_DIR "/bin/faasm-codegen";

static void open_runtime_with(struct runtime_config config) {
    config.folder = folder;
    config.compile = (struct compile_config){.program = codegen, .opt_level = -1};
    struct error error;
    runtime = runtime_new(&config, linker, &error);
    if (runtime == NULL) {
        fail_msg("%s", error.message);
    }
}

static void open_runtime(unsigned workers) {
    open_runtime_with((struct runtime_config){
        .workers = workers, .limits = {.output_bytes = 1000, .input_bytes = 1000}});
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
    if (runtime != NULL) {
        runtime_stop(runtime, 5000000000u); // a test that failed may have left loops
    }
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
    bool done = runtime_upload(runtime, user, name, buffer_bytes(&wasm), NULL, facts, error);
    buffer_destroy(&wasm);
    return done;
}

static void upload_with(const char *user, const char *name, const char *text,
                        const struct store_options *options) {
    struct error error;
    struct buffer wasm = {0};
    assemble(text, &wasm);
    if (!runtime_upload(runtime, user, name, buffer_bytes(&wasm), options, NULL, &error)) {
        fail_msg("%s: %s", error_code_name(error.code), error.message);
    }
    buffer_destroy(&wasm);
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

#define TEST(function)                                                                             \
    {                                                                                              \
#function, run_with_trap_handlers, set_up, tear_down, &(struct test) {                     \
            function                                                                               \
        }                                                                                          \
    }

#endif
