// What is left to a compiler that a hostile module has taken over.
#include "base/landlock.h"
#include "codegen/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { SKIPPED = 77 };

static const struct sandbox_limits limits = {.cpu_seconds = 60, .memory_mb = 4096, .output_mb = 10};
static char folder[64], input[96], output[96], elsewhere[96];

static int set_up(void **state) {
    (void)state;
    snprintf(folder, sizeof folder, "/var/tmp/faasm-sandbox-XXXXXX");
    assert_non_null(mkdtemp(folder));
    snprintf(input, sizeof input, "%s.wasm", folder);
    snprintf(elsewhere, sizeof elsewhere, "%s.other", folder);
    snprintf(output, sizeof output, "%s/object.so", folder);
    FILE *file = fopen(input, "w");
    assert_non_null(file);
    fclose(file);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    unlink(input);
    unlink(elsewhere);
    unlink(output);
    return rmdir(folder);
}

// The errno value of opening a file, 0 where that works.
static int try_open(const char *path, int flags) {
    int fd = open(path, flags | O_CLOEXEC, 0600);
    int number = errno;
    if (fd >= 0) {
        close(fd);
    }
    return fd >= 0 ? 0 : number;
}

// Runs `attempt` in a child, after it has confined itself; its exit status.
static int run(bool (*confine)(struct error *error), int (*attempt)(void)) {
#if defined(__has_feature) && (__has_feature(address_sanitizer) || __has_feature(thread_sanitizer))
    skip(); // the program has no fence then: sanitizers make system calls of their own
#endif
    fflush(NULL);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct error error;
        struct landlock fence;
        bool there = landlock_begin(&fence, &error) && landlock_there(&fence);
        landlock_end(&fence);
        if (!sandbox_begin(&limits, &error) || !confine(&error)) {
            fprintf(stderr, "%s\n", error.message);
            _exit(99);
        }
        _exit(there ? attempt() : SKIPPED);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == SKIPPED) {
        print_message("skipped: no Landlock in this kernel\n");
        skip();
    }
    return WEXITSTATUS(status);
}

#define EXPECT(number, condition)                                                                  \
    if (!(condition)) {                                                                            \
        return number;                                                                             \
    }

static int use_program_files(void) {
    EXPECT(1, try_open(input, O_RDONLY) == 0)
    EXPECT(2, try_open(input, O_WRONLY) == EACCES)
    EXPECT(3, try_open(output, O_WRONLY | O_CREAT) == 0)
    EXPECT(4, try_open(elsewhere, O_WRONLY | O_CREAT) == EACCES)
    EXPECT(5, try_open("/etc/passwd", O_RDONLY) == EACCES)
    EXPECT(6, try_open("/proc/self/environ", O_RDONLY) == EACCES)
    EXPECT(7, try_open("/dev/null", O_RDONLY) == EACCES)
    EXPECT(8, socket(AF_INET, SOCK_STREAM, 0) < 0)
    EXPECT(9, kill(getppid(), 0) != 0)
    char *const arguments[] = {"true", NULL};
    execv("/usr/bin/true", arguments);
    return 10;
}

static bool fence_program(struct error *error) {
    return sandbox_fence(input, output, NULL, error);
}

static int use_linker_files(void) {
    EXPECT(1, try_open(input, O_RDONLY) == EACCES)
    EXPECT(2, try_open(output, O_WRONLY | O_CREAT) == EACCES)
    EXPECT(3, try_open("/etc/passwd", O_RDONLY) == EACCES)
    EXPECT(4, try_open("/usr", O_RDONLY | O_DIRECTORY) == 0)
    char *const arguments[] = {"true", NULL};
    execv("/usr/bin/true", arguments);
    return 5;
}

static bool fence_linker(struct error *error) {
    return sandbox_fence(input, output, NULL, error) &&
           sandbox_fence_linker("/usr/bin/ld.lld-19", error);
}

static void test_the_program(void **state) {
    (void)state;
    assert_int_equal(run(fence_program, use_program_files), 0);
}

static void test_the_linker(void **state) {
    (void)state;
    assert_int_equal(run(fence_linker, use_linker_files), 0);
}

// What reads the module: memory, and descriptors it was given.
static bool use_nothing(void *context, struct error *error) {
    const int *fd = context;
    if (write(*fd, "x", 1) != 1) {
        return error_set(error, ERROR_INTERNAL, "cannot write");
    }
    if (try_open(input, O_RDONLY) == 0 || try_open("/usr", O_RDONLY) == 0 ||
        try_open(output, O_WRONLY | O_CREAT) == 0 || socket(AF_UNIX, SOCK_STREAM, 0) >= 0 ||
        fork() >= 0 || execv("/usr/bin/true", (char *[]){"true", NULL}) == 0) {
        return error_set(error, ERROR_INTERNAL, "it can");
    }
    return true;
}

static void test_what_reads_the_module(void **state) {
    (void)state;
#if defined(__has_feature) && (__has_feature(address_sanitizer) || __has_feature(thread_sanitizer))
    skip(); // sanitizers make system calls of their own
#endif
    struct error error;
    int ends[2];
    char text;
    assert_int_equal(pipe(ends), 0);
    if (!sandbox_run(use_nothing, &ends[1], &error)) {
        fail_msg("%s", error.message);
    }
    assert_int_equal(read(ends[0], &text, 1), 1);
    close(ends[0]);
    close(ends[1]);
}

// ---- Many tasks

struct try {
    int said; // pipe: a byte for each attempt
    bool large;
};

// Takes more memory than its share, where it is a large one: and then ends as C++ does.
static bool take_memory(void *context, struct error *error) {
    const struct try *try = context;
    (void)error;
    if (write(try->said, "x", 1) != 1) {
        return false;
    }
    void *memory = try->large ? malloc(600 << 20) : malloc(1);
    if (memory == NULL) {
        abort();
    }
    free(memory);
    return true;
}

static bool run_tries(void *context, struct error *error) {
    struct sandbox_tasks tasks = {.task = take_memory,
                                  .contexts = context,
                                  .size = sizeof(struct try),
                                  .count = 5,
                                  .parallel = 2,
                                  .each = 2,
                                  .memory_mb = 512};
    return sandbox_run_all(&tasks, error);
}

static int count_attempts(void) {
    struct error error;
    struct sandbox_limits parts = limits;
    struct try tries[5] = {{.large = false}};
    int ends[2];
    if (pipe(ends) != 0 || !sandbox_begin(&parts, &error)) {
        return 1;
    }
    for (int i = 0; i < 5; i++) {
        tries[i].said = ends[1];
        tries[i].large = i == 1 || i == 4;
    }
    if (!sandbox_run_parent(run_tries, tries, &error)) {
        fprintf(stderr, "%s\n", error.message);
        return 2;
    }
    close(ends[1]);
    int attempts = 0;
    for (char byte; read(ends[0], &byte, 1) == 1;) {
        attempts++;
    }
    return attempts;
}

static void test_a_part_that_lacks_memory(void **state) {
    (void)state;
#if defined(__has_feature) && (__has_feature(address_sanitizer) || __has_feature(thread_sanitizer))
    skip(); // sanitizers need the address space themselves
#endif
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        _exit(count_attempts());
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 7); // five, and two of them again
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_the_program),
        TEST(test_the_linker),
        TEST(test_what_reads_the_module),
        TEST(test_a_part_that_lacks_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
