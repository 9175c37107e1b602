// What the tests of this room share: modules from text, compiled by the real code generator.
#ifndef FAASM_TESTS_FAASLET_FIXTURE_H
#define FAASM_TESTS_FAASLET_FIXTURE_H

#include "faaslet/faaslet.h"
#include "faaslet/guest.h"
#include "faaslet/park.h"

#include <limits.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

extern char **environ;

// How much the modules are optimised.
static const char *fixture_level = "2";

static inline void fixture_run(const char *const argv[]) {
    pid_t pid;
    int status;
    assert_int_equal(posix_spawnp(&pid, argv[0], NULL, NULL, (char *const *)(void *)argv, environ),
                     0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

static inline void fixture_write(const char *path, const void *data, size_t length) {
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
}

// Compiles a module in the text format; the path of the object, to be unlinked.
static inline void fixture_compile(const char *text, char path[PATH_MAX]) {
    char folder[] = "/tmp/faasm-unit-XXXXXX";
    char wat[64], wasm[64], object[64];
    assert_non_null(mkdtemp(folder));
    snprintf(wat, sizeof wat, "%s/a.wat", folder);
    snprintf(wasm, sizeof wasm, "%s/a.wasm", folder);
    snprintf(object, sizeof object, "%s/a.so", folder);
    fixture_write(wat, text, strlen(text));
    const char *const assemble[] = {"wat2wasm",
                                    "--enable-multi-memory",
                                    "--enable-threads",
                                    "--enable-tail-call",
                                    "--enable-exceptions",
                                    "--debug-names",
                                    wat,
                                    "-o",
                                    wasm,
                                    NULL};
    const char *const compile[] = {
        FAASM_BUILD_DIR "/bin/faasm-codegen", "--opt-level", fixture_level, wasm, object, NULL};
    fixture_run(assemble);
    fixture_run(compile);
    snprintf(path, PATH_MAX, "%s.so", folder);
    assert_int_equal(rename(object, path), 0);
    unlink(wat);
    unlink(wasm);
    rmdir(folder);
}

static inline struct faaslet_object *fixture_load(const char *text) {
    char path[PATH_MAX];
    struct error error = {0};
    fixture_compile(text, path);
    struct faaslet_object *object = faaslet_object_load(path, &error);
    unlink(path);
    if (object == NULL) {
        fail_msg("%s", error.message);
    }
    return object;
}

// cmocka puts handlers of its own around every test; this puts back those of the room.
static inline void fixture_take_signals(void) {
    static const int numbers[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL};
    static struct sigaction ours[4];
    static bool known;
    for (int i = 0; i < 4; i++) {
        assert_int_equal(sigaction(numbers[i], known ? &ours[i] : NULL, known ? NULL : &ours[i]),
                         0);
    }
    known = true;
}

static inline struct faaslet *fixture_new(const struct faaslet_config *config) {
    struct error error = {0};
    fixture_take_signals();
    struct faaslet *faaslet = faaslet_new(config, &error);
    if (faaslet == NULL) {
        fail_msg("%s", error.message);
    }
    return faaslet;
}

// A Faaslet with the module instantiated; `rows` are host functions.
static inline struct faaslet *
fixture_faaslet(const char *text, const struct faaslet_host_function *rows, size_t row_count) {
    struct error error = {0};
    struct faaslet_object *object = fixture_load(text);
    struct faaslet *faaslet = fixture_new(NULL);
    struct faaslet_linker *linker = faaslet_linker_new(&error);
    assert_non_null(linker);
    assert_true(faaslet_linker_add(linker, rows, row_count, &error));
    if (faaslet_instantiate(faaslet, object, linker, NULL, NULL, &error) == NULL) {
        fail_msg("%s", error.message);
    }
    faaslet_linker_delete(linker);
    faaslet_object_release(object);
    return faaslet;
}

static inline struct proto_faaslet *fixture_snapshot(struct faaslet *faaslet) {
    struct error error = {0};
    struct proto_faaslet *proto = faaslet_snapshot(faaslet, &error);
    if (proto == NULL) {
        fail_msg("%s", error.message);
    }
    return proto;
}

static inline struct faaslet *fixture_restore(struct proto_faaslet *proto) {
    struct error error = {0};
    fixture_take_signals();
    struct faaslet *faaslet = faaslet_restore(proto, &error);
    if (faaslet == NULL) {
        fail_msg("%s", error.message);
    }
    return faaslet;
}

// Calls an export of the main instance with up to two i32 or i64 arguments; the first result.
static inline uint64_t fixture_call(struct faaslet *faaslet, const char *name, uint64_t first,
                                    uint64_t second, struct faaslet_result *result) {
    struct faaslet_function function;
    uint64_t values[4] = {first, second};
    if (!faaslet_find_export(faaslet_main_instance(faaslet), name, &function)) {
        fail_msg("no function %s", name);
    }
    faaslet_call(faaslet, &function, values, result);
    return values[0];
}

// As above, for calls that must return.
static inline uint64_t fixture_value(struct faaslet *faaslet, const char *name, uint64_t first,
                                     uint64_t second) {
    struct faaslet_result result;
    uint64_t value = fixture_call(faaslet, name, first, second, &result);
    if (result.outcome != FAASLET_RETURNED) {
        fail_msg("%s: %s %s", name, faaslet_trap_name(result.trap), result.message);
    }
    return value;
}

// ThreadSanitizer keeps signals back while code runs that it does not know.
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define FIXTURE_SIGNALS_ARE_LATE true
#endif
#endif
#if !defined(FIXTURE_SIGNALS_ARE_LATE)
#define FIXTURE_SIGNALS_ARE_LATE false
#endif

// Before the tests run, in main.
static inline void fixture_initialize(void) {
    struct error error = {0};
    if (!faaslet_initialize(&error)) {
        fprintf(stderr, "%s\n", error.message);
        exit(EXIT_FAILURE);
    }
    fixture_take_signals();
}

#define HOST_CODE(function) ((void (*)(void))(function))

#endif
