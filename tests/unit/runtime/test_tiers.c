// Code in two tiers: quickly compiled first, optimised in the background, and what can go wrong
// between.
#include "fixture.h"

static const char double_it[] = "(module" IMPORTS "(func (export \"_start\")"
                                "  (call $output (i32.mul (call $input) (i32.const 2)))))";

// Waits at the gate when the input is 1.
static const char at_the_gate[] = "(module" IMPORTS "(func (export \"_start\")"
                                  "  (if (i32.eq (call $input) (i32.const 1)) (then (call $gate)))"
                                  "  (call $output (call $input))))";

// Each initialisation notes a number.
static const char with_zygote[] =
    "(module" IMPORTS "(memory 1) (global $g (mut i32) (i32.const 0))"
    "(func (export \"_faasm_zygote\") (call $note (i32.const 7)) (global.set $g (i32.const 40)))"
    "(func (export \"_start\") (call $output (i32.add (global.get $g) (call $input)))))";

static char program[PATH_MAX];

static void write_compiler(const char *text) {
    snprintf(program, sizeof program, "%s/compiler", folder);
    int fd = open(program, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0700);
    assert_true(fd >= 0);
    assert_true(file_write_all(fd, (struct bytes){(const uint8_t *)text, strlen(text)}, NULL));
    close(fd);
}

// A compiler that does `commands` where it is to optimise; "$real" goes on as the real one.
static void make_compiler(const char *commands) {
    char text[2048];
    int length = snprintf(text, sizeof text,
                          "#!/bin/bash\n"
                          "folder=%s\n"
                          "case \"$*\" in *'--opt-level 2'*)\n%s\n;; esac\n"
                          "exec " FAASM_BUILD_DIR "/bin/faasm-codegen \"$@\"\n",
                          folder, commands);
    assert_true(length > 0 && (size_t)length < sizeof text);
    write_compiler(text);
}

// One that takes its time, and makes a file "together" where another one runs.
static void make_lonely_compiler(void) {
    char text[2048];
    int length = snprintf(text, sizeof text,
                          "#!/bin/bash\n"
                          "cd %s\n"
                          "mkdir alone || touch together\n"
                          "sleep 0.1\n" FAASM_BUILD_DIR "/bin/faasm-codegen \"$@\" || exit\n"
                          "rmdir alone\n",
                          folder);
    assert_true(length > 0 && (size_t)length < sizeof text);
    write_compiler(text);
}

// The runtime again, with modules of any size in two tiers.
// All compilers together may take that of what each may, 2,048 MB; 0: the default.
static void open_tiers_within(const char *compiler, uint64_t compilers_megabytes) {
    runtime_delete(runtime);
    const struct runtime_config config = {
        .folder = folder,
        .workers = 2,
        .compile = {.program = compiler, .memory_megabytes = 2048, .opt_level = -1},
        .compilers_megabytes = compilers_megabytes,
        .optimise_at_once_bytes = 1,
    };
    struct error error;
    runtime = runtime_new(&config, linker, &error);
    if (runtime == NULL) {
        fail_msg("%s", error.message);
    }
}

static void open_tiers(const char *compiler) {
    open_tiers_within(compiler, 0);
}

static struct runtime_function_facts facts_of(const char *name) {
    struct runtime_function_facts facts;
    struct error error;
    assert_true(runtime_function_facts(runtime, "ada", name, &facts, &error));
    return facts;
}

static struct runtime_function_facts await_state(const char *name, enum runtime_optimising state) {
    uint64_t deadline = clock_monotonic() + 60000000000u;
    struct runtime_function_facts facts;
    while ((facts = facts_of(name)).optimising != state) {
        assert_true(clock_monotonic() < deadline);
        usleep(1000);
    }
    return facts;
}

static void touch(const char *name) {
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    close(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
}

static const char when_told[] = "while [ ! -e $folder/go ]; do sleep 0.01; done";

static void test_optimised_code_takes_over(void **state) {
    (void)state;
    make_compiler(when_told);
    open_tiers(program);
    struct runtime_function_facts facts = upload("ada", "gate", at_the_gate);
    assert_int_equal(facts.opt_level, 0);
    assert_int_equal(facts.wanted_level, 2);
    assert_int_equal(facts.optimising, RUNTIME_OPTIMISING_QUEUED);
    struct call *waiting = submit("ada", "gate", 1);
    wait_at_gate(1);
    await_state("gate", RUNTIME_OPTIMISING);
    expect_output(invoke("ada", "gate", 5), 5);
    assert_int_equal(facts_of("gate").opt_level, 0);
    touch("go");
    facts = await_state("gate", RUNTIME_OPTIMISED);
    assert_int_equal(facts.opt_level, 2);
    assert_true(facts.optimise_nanoseconds > 0);
    assert_int_equal(facts.faaslets, 0); // the old code's are gone, or the waiting call's
    expect_output(invoke("ada", "gate", 6), 6);
    assert_int_equal(facts_of("gate").faaslets, 1);
    assert_int_equal(facts_of("gate").calls, 2);
    park_wake(&gate);
    expect_output(wait_for(waiting), 1);
    struct runtime_counters counters;
    runtime_counters(runtime, &counters);
    assert_int_equal(counters.codegen_runs, 2);
    assert_int_equal(counters.faaslets, 1);
}

static void test_no_call_fails_meanwhile(void **state) {
    (void)state;
    enum { FUNCTIONS = 6 };
    open_tiers(FAASM_BUILD_DIR "/bin/faasm-codegen");
    char names[FUNCTIONS][8];
    for (int i = 0; i < FUNCTIONS; i++) {
        char text[1024];
        snprintf(names[i], sizeof names[i], "f%d", i);
        snprintf(text, sizeof text,
                 "(module" IMPORTS "(memory 1) (global $g (mut i32) (i32.const 0))"
                 "(func (export \"_faasm_zygote\") (global.set $g (i32.const %d)))"
                 "(func (export \"_start\")"
                 "  (call $output (i32.add (global.get $g) (call $input)))))",
                 1000 * i);
        upload("ada", names[i], text);
    }
    int settled = 0;
    for (int32_t round = 0; settled < FUNCTIONS; round++) {
        settled = 0;
        for (int i = 0; i < FUNCTIONS; i++) {
            expect_output(invoke("ada", names[i], round), 1000 * i + round);
            settled += facts_of(names[i]).optimising == RUNTIME_OPTIMISED;
        }
    }
    for (int i = 0; i < FUNCTIONS; i++) {
        expect_output(invoke("ada", names[i], 1), 1000 * i + 1);
    }
}

static void test_failure_leaves_the_quick_code(void **state) {
    (void)state;
    make_compiler("echo 'faasm-codegen: internal: no optimiser today' >&2; exit 2");
    open_tiers(program);
    upload("ada", "f", double_it);
    struct runtime_function_facts facts = await_state("f", RUNTIME_OPTIMISING_FAILED);
    assert_int_equal(facts.opt_level, 0);
    assert_string_equal(facts.optimise_error, "no optimiser today");
    expect_output(invoke("ada", "f", 21), 42);
}

static void test_restart_goes_on(void **state) {
    (void)state;
    make_compiler(when_told);
    open_tiers(program);
    upload("ada", "f", double_it);
    await_state("f", RUNTIME_OPTIMISING);
    uint64_t begin = clock_monotonic();
    open_tiers(program); // does not wait for the compiler
    assert_true(clock_monotonic() - begin < 30000000000u);
    assert_int_not_equal(facts_of("f").optimising, RUNTIME_OPTIMISED);
    expect_output(invoke("ada", "f", 4), 8);
    assert_int_equal(facts_of("f").opt_level, 0);
    touch("go");
    assert_int_equal(await_state("f", RUNTIME_OPTIMISED).opt_level, 2);
    expect_output(invoke("ada", "f", 5), 10);
    open_tiers(program);
    assert_int_equal(facts_of("f").optimising, RUNTIME_OPTIMISED);
    struct runtime_counters counters;
    expect_output(invoke("ada", "f", 6), 12);
    runtime_counters(runtime, &counters);
    assert_int_equal(counters.codegen_runs, 0);
}

static void test_upload_finds_optimised_code(void **state) {
    (void)state;
    open_tiers(FAASM_BUILD_DIR "/bin/faasm-codegen");
    upload("ada", "f", double_it);
    await_state("f", RUNTIME_OPTIMISED);
    struct runtime_function_facts facts = upload("ada", "g", double_it);
    assert_false(facts.compiled_now);
    assert_int_equal(facts.opt_level, 2);
    expect_output(invoke("ada", "g", 1), 2);
}

static void test_replaced_and_removed_meanwhile(void **state) {
    (void)state;
    make_compiler(when_told);
    open_tiers(program);
    upload("ada", "f", double_it);
    upload("ada", "g", at_the_gate);
    await_state("f", RUNTIME_OPTIMISING);
    upload("ada", "f", with_zygote);
    struct error error;
    assert_true(runtime_remove(runtime, "ada", "g", &error));
    touch("go");
    assert_int_equal(await_state("f", RUNTIME_OPTIMISED).opt_level, 2);
    expect_output(invoke("ada", "f", 2), 42);
    assert_int_equal(facts_of("f").opt_level, 2);
}

static void test_levels(void **state) {
    (void)state;
    open_tiers(FAASM_BUILD_DIR "/bin/faasm-codegen");
    for (unsigned level = 0; level <= 3; level++) {
        upload_with("ada", "f", double_it, &(struct store_options){.opt_level = level + 1});
        struct runtime_function_facts facts = await_state("f", RUNTIME_OPTIMISED);
        assert_int_equal(facts.opt_level, level);
        assert_int_equal(facts.wanted_level, level);
        expect_output(invoke("ada", "f", 3), 6);
    }
    open_tiers(FAASM_BUILD_DIR "/bin/faasm-codegen");
    assert_int_equal(facts_of("f").wanted_level, 3);
}

static void test_each_code_is_initialised(void **state) {
    (void)state;
    make_compiler(when_told);
    open_tiers(program);
    char notes[PATH_MAX];
    snprintf(notes, sizeof notes, "%s/notes", folder);
    set_notes(notes);
    upload("ada", "f", with_zygote);
    expect_output(invoke("ada", "f", 2), 42);
    touch("go");
    await_state("f", RUNTIME_OPTIMISED);
    expect_output(invoke("ada", "f", 3), 43);
    set_notes(NULL);
    struct buffer text = {0};
    assert_true(file_read(notes, 1000, &text, NULL));
    assert_int_equal(text.length, 2 * sizeof(int32_t)); // once for each code
    buffer_destroy(&text);
}

// ---- The memory of all compilers ----------------------------------------------------------------

static void *upload_f(void *context) {
    (void)context;
    upload("ada", "f", double_it);
    return NULL;
}

static void test_compilers_take_turns(void **state) {
    (void)state;
    char together[PATH_MAX];
    pthread_t thread;
    make_lonely_compiler();
    open_tiers_within(program, 4095); // no room for two
    assert_int_equal(pthread_create(&thread, NULL, upload_f, NULL), 0);
    upload("ada", "g", at_the_gate);
    assert_int_equal(pthread_join(thread, NULL), 0);
    await_state("f", RUNTIME_OPTIMISED);
    await_state("g", RUNTIME_OPTIMISED);
    snprintf(together, sizeof together, "%s/together", folder);
    assert_int_equal(access(together, F_OK), -1);
    struct runtime_counters counters;
    runtime_counters(runtime, &counters);
    assert_int_equal(counters.codegen_runs, 4);
    assert_int_equal(counters.compilers, 0);
    assert_int_equal(counters.compilers_megabytes, 0);
}

static struct runtime_counters await_compilers(unsigned running, unsigned waiting) {
    uint64_t deadline = clock_monotonic() + 60000000000u;
    struct runtime_counters counters;
    for (;;) {
        runtime_counters(runtime, &counters);
        if (counters.compilers == running && counters.compilers_waiting == waiting) {
            return counters;
        }
        assert_true(clock_monotonic() < deadline);
        usleep(1000);
    }
}

static void test_upload_waits_for_memory(void **state) {
    (void)state;
    pthread_t thread;
    make_compiler(when_told);
    open_tiers_within(program, 2048);
    upload("ada", "g", at_the_gate);
    await_compilers(1, 0); // that optimises
    assert_int_equal(pthread_create(&thread, NULL, upload_f, NULL), 0);
    assert_int_equal(await_compilers(1, 1).compilers_megabytes, 2048);
    assert_int_equal(facts_of("g").optimising, RUNTIME_OPTIMISING);
    touch("go");
    assert_int_equal(pthread_join(thread, NULL), 0);
    await_state("f", RUNTIME_OPTIMISED);
    assert_int_equal(await_compilers(0, 0).compilers_megabytes, 0);
}

static void test_room_for_none(void **state) {
    (void)state;
    const struct runtime_config config = {.compile = {.memory_megabytes = 100},
                                          .compilers_megabytes = 99};
    struct error error;
    assert_null(runtime_new(&config, linker, &error));
    assert_int_equal(error.code, ERROR_ARGUMENT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_optimised_code_takes_over),
        TEST(test_no_call_fails_meanwhile),
        TEST(test_failure_leaves_the_quick_code),
        TEST(test_restart_goes_on),
        TEST(test_upload_finds_optimised_code),
        TEST(test_replaced_and_removed_meanwhile),
        TEST(test_levels),
        TEST(test_each_code_is_initialised),
        TEST(test_compilers_take_turns),
        TEST(test_upload_waits_for_memory),
        TEST(test_room_for_none),
    };
    return cmocka_run_group_tests(tests, initialize, finish);
}
