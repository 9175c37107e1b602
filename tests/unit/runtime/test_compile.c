// compile_module against programs that end in every way, and the key of compiled objects.
#include "base/file.h"
#include "runtime/compile.h"

#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <signal.h>
#include <sodium.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char program[] = "/tmp/faasm-compile-XXXXXX";

// Makes the program a shell script and runs it. Its arguments end with in.wasm and out.so.
static bool run(const char *script, struct error *error) {
    struct compile_config config = {
        .program = program, .cpu_seconds = 7, .memory_megabytes = 300, .opt_level = 1};
    char text[4096];
    snprintf(text, sizeof text, "#!/bin/sh\n%s\n", script);
    struct bytes bytes = {(const uint8_t *)text, strlen(text)};
    assert_true(file_write_atomic(program, bytes, 0700, NULL));
    return compile_module(&config, "in.wasm", "out.so", error);
}

static void expect(const char *script, enum error_code code, const char *message) {
    struct error error = {0};
    assert_false(run(script, &error));
    if (error.code != code || strstr(error.message, message) == NULL) {
        fail_msg("%s: %s", error_code_name(error.code), error.message);
    }
}

static void test_arguments(void **state) {
    (void)state;
    struct error error;
    assert_true(run("test \"$*\" = '--cpu-seconds 7 --memory-mb 300 --opt-level 1 in.wasm out.so'",
                    &error));
}

static void test_child_is_bare(void **state) {
    (void)state;
    struct error error;
    int open_here = open("/etc/passwd", O_RDONLY); // to be inherited, were it up to it
    assert_true(open_here > 2);
    assert_int_equal(setenv("SECRET", "value", 1), 0);
    // 3 or more is what the shell has the script in.
    if (!run("test -z \"$SECRET\" || exit 1\n"
             "for f in /proc/$$/fd/*; do case $(readlink $f) in *passwd) exit 2;; esac; done\n"
             "test \"$(readlink /proc/$$/fd/0)\" = /dev/null",
             &error)) {
        fail_msg("%s", error.message);
    }
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    bool done = run("grep -q 'SigBlk:.0*$' /proc/self/status", &error);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    assert_true(done);
    close(open_here);
}

static void test_refusals(void **state) {
    (void)state;
    expect("echo 'faasm-codegen: malformed: offset 0x1f: bad: thing' >&2; exit 1", ERROR_MALFORMED,
           "offset 0x1f: bad: thing");
    expect("echo noise >&2; echo 'faasm-codegen: invalid: type mismatch' >&2; exit 1",
           ERROR_INVALID, "type mismatch");
    expect("echo 'faasm-codegen: out_of_memory: LLVM' >&2; exit 2", ERROR_MEMORY, "LLVM");
    expect("echo 'usage: something' >&2; exit 64", ERROR_INTERNAL, "status 64: usage: something");
    expect("exit 2", ERROR_INTERNAL, "it said nothing");
    // More than is kept, and more than a pipe holds.
    expect("head -c 300000 /dev/zero | tr '\\0' x >&2; exit 2", ERROR_INTERNAL, "xxx");
    expect("echo 'faasm-codegen: invalid: first' >&2; head -c 300000 /dev/zero >&2; exit 1",
           ERROR_INVALID, "first");
}

static void test_killed(void **state) {
    (void)state;
    expect("kill -XCPU $$", ERROR_TOO_LARGE, "7 s of CPU time");
    expect("kill -KILL $$", ERROR_TOO_LARGE, "300 MiB");
    expect("kill -XFSZ $$", ERROR_TOO_LARGE, "too large");
    expect("echo 'LLVM ERROR: oh' >&2; kill -SEGV $$", ERROR_INTERNAL, "LLVM ERROR: oh");
}

static void test_no_program(void **state) {
    (void)state;
    struct compile_config config = {.program = "/nonexistent/faasm-codegen", .opt_level = -1};
    struct error error;
    char key[65];
    assert_false(compile_module(&config, "in", "out", &error));
    assert_int_equal(error.code, ERROR_NOT_FOUND);
    assert_non_null(strstr(error.message, "/nonexistent/faasm-codegen"));
    assert_false(compile_key(&config, key, &error));
    assert_int_equal(error.code, ERROR_NOT_FOUND);
}

static void test_key(void **state) {
    (void)state;
    struct compile_config config = {.program = program, .opt_level = -1};
    struct error error;
    char key[65], again[65], level[65], touched[65];
    assert_true(compile_key(&config, key, &error));
    assert_int_equal(strlen(key), 32);
    for (int i = 0; i < 20; i++) { // whatever core it runs on
        assert_true(compile_key(&config, again, &error));
        assert_string_equal(key, again);
        usleep(100);
    }
    config.opt_level = 3;
    assert_true(compile_key(&config, level, &error));
    assert_string_not_equal(key, level);
    config.opt_level = -1;
    struct timespec times[2] = {{1, 0}, {1, 0}};
    assert_int_equal(utimensat(AT_FDCWD, program, times, 0), 0);
    assert_true(compile_key(&config, touched, &error));
    assert_string_not_equal(key, touched);
}

static int set_up(void **state) {
    (void)state;
    int fd = mkstemp(program);
    if (fd < 0 || sodium_init() < 0) {
        return 1;
    }
    close(fd);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    return unlink(program);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_arguments),  cmocka_unit_test(test_child_is_bare),
        cmocka_unit_test(test_refusals),   cmocka_unit_test(test_killed),
        cmocka_unit_test(test_no_program), cmocka_unit_test(test_key),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
