// Accepted calls survive the process; keys of requests; records and Faaslets that go with time.
#include "store/journal.h"

#include <sys/wait.h>

#include "fixture.h"

enum { MILLISECOND = 1000000 };

static const char append[] =
    "(module" IMPORTS "(func (export \"_start\") (call $note (call $input))))";
static const char waits[] =
    "(module" IMPORTS "(func (export \"_start\") (call $note (call $input)) (call $wait)))";

static const struct store_options durable = {.durable = true};

static struct call *try_submit(const char *name, int32_t input, const char *key, uint32_t *existing,
                               struct error *error) {
    struct call_request request = {.user = "ada",
                                   .function = name,
                                   .input = {(const uint8_t *)&input, sizeof input},
                                   .accepted = true,
                                   .key = key,
                                   .existing = existing};
    return runtime_submit(runtime, &request, error);
}

static uint32_t accept_call(const char *name, int32_t input, const char *key) {
    struct error error;
    struct call *call = try_submit(name, input, key, NULL, &error);
    if (call == NULL) {
        fail_msg("%s", error.message);
    }
    uint32_t id = call->id;
    call_release(call);
    return id;
}

static void wait_for_no_calls(void) {
    struct runtime_counters counters;
    uint64_t deadline = clock_monotonic() + 20000000000u;
    do {
        usleep(1000);
        runtime_counters(runtime, &counters);
        assert_true(clock_monotonic() < deadline);
    } while (counters.calls_running + counters.calls_queued > 0);
}

static void reopen(void) {
    runtime_delete(runtime);
    open_runtime_with((struct runtime_config){.workers = 2, .stop_nanoseconds = MILLISECOND});
}

static void test_queued_calls_come_back(void **state) {
    (void)state;
    reopen();
    upload_with("ada", "waits", waits, &durable);
    upload_with("ada", "append", append, &durable);
    upload("ada", "volatile", waits);
    uint32_t ids[6];
    for (int i = 0; i < 6; i++) {
        ids[i] = accept_call("waits", i, NULL);
    }
    uint32_t gone = accept_call("volatile", 9, NULL);
    reopen();
    assert_null(runtime_find_call(runtime, gone));
    for (int i = 0; i < 6; i++) {
        struct call *call = runtime_find_call(runtime, ids[i]);
        assert_non_null(call);
        assert_int_equal(call->attempt, 2);
        assert_string_equal(call->function, "waits");
        assert_true(call_stop(call, FAASLET_TRAP_CANCELLED));
        call_release(call);
    }
    wait_for_no_calls();
    reopen(); // they have been cancelled: that is an end
    for (int i = 0; i < 6; i++) {
        assert_null(runtime_find_call(runtime, ids[i]));
    }
}

static void test_finished_calls_do_not_come_back(void **state) {
    (void)state;
    upload_with("ada", "append", append, &durable);
    uint32_t ids[20];
    for (int i = 0; i < 20; i++) {
        ids[i] = accept_call("append", i, NULL);
    }
    wait_for_no_calls();
    reopen();
    for (int i = 0; i < 20; i++) {
        assert_null(runtime_find_call(runtime, ids[i]));
    }
}

static void test_calls_of_removed_functions(void **state) {
    (void)state;
    reopen();
    upload_with("ada", "waits", waits, &durable);
    uint32_t id = accept_call("waits", 1, NULL);
    struct error error;
    assert_true(runtime_remove(runtime, "ada", "waits", &error));
    reopen();
    assert_null(runtime_find_call(runtime, id));
    upload_with("ada", "waits", waits, &durable);
    reopen();
    assert_null(runtime_find_call(runtime, id)); // it was given up, and said so
}

// ---- kill -9 ------------------------------------------------------------------------------------

// A process that accepts calls, and says which, until it is killed.
__attribute__((noreturn)) static void accept_until_killed(int32_t first, int said) {
    struct error error;
    struct runtime_config config = {
        .folder = folder,
        .workers = 2,
        .compile = {.program = FAASM_BUILD_DIR "/bin/faasm-codegen", .opt_level = -1},
    };
    runtime = runtime_new(&config, linker, &error);
    for (int32_t input = first; runtime != NULL; input++) {
        struct call *call = try_submit("append", input, NULL, NULL, &error);
        if (call == NULL || write(said, &input, sizeof input) != sizeof input) {
            break;
        }
        call_release(call);
    }
    _exit(1);
}

static void test_kill(void **state) {
    (void)state;
    enum { ROUNDS = 8, CALLS_MAX = 1 << 16 };
    static bool accepted[CALLS_MAX], ran[CALLS_MAX];
    memset(accepted, 0, sizeof accepted);
    memset(ran, 0, sizeof ran);
    char notes[PATH_MAX + 16];
    snprintf(notes, sizeof notes, "%s/notes", folder);
    set_notes(notes);
    upload_with("ada", "append", append, &durable);
    runtime_delete(runtime);
    runtime = NULL;
    int32_t next = 0;
    for (int round = 0; round < ROUNDS; round++) {
        int said[2];
        assert_int_equal(pipe(said), 0);
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            close(said[0]);
            accept_until_killed(next, said[1]);
        }
        close(said[1]);
        int32_t input;
        for (unsigned count = 0; read(said[0], &input, sizeof input) == sizeof input; count++) {
            assert_true(input >= next && input < CALLS_MAX);
            accepted[input] = true;
            next = input + 1;
            if (count == 0) { // however long it took
                usleep((useconds_t)round * 7000);
                kill(child, SIGKILL);
            }
        }
        close(said[0]);
        int status;
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFSIGNALED(status));
        next++; // one may have been accepted and not said
    }
    open_runtime(2);
    wait_for_no_calls();
    runtime_delete(runtime); // no thread has the file any more
    runtime = NULL;
    set_notes(NULL);
    FILE *file = fopen(notes, "r");
    assert_non_null(file);
    int32_t input;
    while (fread(&input, sizeof input, 1, file) == 1) {
        assert_true(input >= 0 && input < CALLS_MAX);
        ran[input] = true;
    }
    fclose(file);
    unsigned count = 0;
    for (int i = 0; i < next; i++) {
        assert_true(ran[i] || !accepted[i]);
        count += accepted[i];
    }
    assert_true(count >= ROUNDS);
}

// ---- Keys ---------------------------------------------------------------------------------------

static void test_keys(void **state) {
    (void)state;
    upload("ada", "append", append);
    upload("ada", "other", append);
    uint32_t first = accept_call("append", 1, "key-1");
    assert_int_equal(accept_call("append", 1, "key-1"), first);
    assert_int_not_equal(accept_call("append", 1, "key-2"), first);
    assert_int_not_equal(accept_call("other", 1, "key-1"), first);
    assert_int_not_equal(accept_call("append", 1, NULL), first);
    struct error error;
    static const char *const bad[] = {"", "a b", "\x01", "\xc3\xa4"};
    for (int i = 0; i < 4; i++) {
        assert_null(try_submit("append", 1, bad[i], NULL, &error));
        assert_int_equal(error.code, ERROR_ARGUMENT);
    }
    char large[JOURNAL_KEY_MAX + 2] = {0};
    memset(large, 'x', JOURNAL_KEY_MAX + 1);
    assert_null(try_submit("append", 1, large, NULL, &error));
    large[JOURNAL_KEY_MAX] = '\0';
    uint32_t longest = accept_call("append", 1, large);
    assert_int_equal(accept_call("append", 1, large), longest);
    wait_for_no_calls();
    assert_int_equal(accept_call("append", 1, "key-1"), first); // finished or not
}

static void test_keys_survive(void **state) {
    (void)state;
    reopen();
    upload_with("ada", "append", append, &durable);
    upload_with("ada", "waits", waits, &durable);
    uint32_t finished = accept_call("append", 1, "key");
    uint32_t running = accept_call("waits", 1, "key");
    struct call *call = runtime_find_call(runtime, finished);
    assert_non_null(call);
    while (!call_status_finished(call_status(call))) {
        usleep(500);
    }
    call_release(call);
    reopen();
    assert_int_equal(accept_call("waits", 1, "key"), running);
    uint32_t existing = 0;
    struct error error;
    assert_null(try_submit("append", 1, "key", &existing, &error));
    assert_int_equal(error.code, ERROR_EXISTS);
    assert_int_equal(existing, finished);
}

static void test_keys_expire(void **state) {
    (void)state;
    runtime_delete(runtime);
    open_runtime_with((struct runtime_config){.workers = 2, .key_nanoseconds = 200 * MILLISECOND});
    upload_with("ada", "append", append, &durable);
    uint32_t first = accept_call("append", 1, "key");
    assert_int_equal(accept_call("append", 1, "key"), first);
    usleep(250000);
    assert_int_not_equal(accept_call("append", 1, "key"), first);
}

// ---- With time ----------------------------------------------------------------------------------

static void test_records_and_faaslets_go(void **state) {
    (void)state;
    runtime_delete(runtime);
    open_runtime_with((struct runtime_config){.workers = 2,
                                              .finished_nanoseconds = 300 * MILLISECOND,
                                              .idle_nanoseconds = 300 * MILLISECOND});
    upload("ada", "append", append);
    struct call *call = invoke("ada", "append", 1);
    struct call *found = runtime_find_call(runtime, call->id);
    assert_ptr_equal(found, call);
    call_release(found);
    struct runtime_counters counters;
    runtime_counters(runtime, &counters);
    assert_int_equal(counters.faaslets, 1);
    uint64_t deadline = clock_monotonic() + 10000000000u;
    for (bool gone = false; !gone;) {
        usleep(20000);
        found = runtime_find_call(runtime, call->id);
        gone = found == NULL;
        call_release(found);
        runtime_counters(runtime, &counters);
        gone = gone && counters.faaslets == 0;
        assert_true(clock_monotonic() < deadline);
    }
    call_release(call);
    call_release(invoke("ada", "append", 1)); // a new one is made
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_queued_calls_come_back),
        TEST(test_finished_calls_do_not_come_back),
        TEST(test_calls_of_removed_functions),
        TEST(test_kill),
        TEST(test_keys),
        TEST(test_keys_survive),
        TEST(test_keys_expire),
        TEST(test_records_and_faaslets_go),
    };
    return cmocka_run_group_tests(tests, initialize, finish);
}
