// 200 times kill -9 at a random point of pushes and appends under LMDB: each value is then an old
// or a new one, never a mixture, nothing older than what was acknowledged, and every acknowledged
// append is there.
#include <sys/mman.h>
#include <sys/prctl.h>

#include "fixture.h"

#ifdef SANITIZED
enum { RUNS = 20 };
#else
enum { RUNS = 200 };
#endif
enum { WORDS = 40000 };

// What the child has been told is done; shared memory, so that the kill does not lose it.
struct acknowledged {
    _Atomic uint64_t pushed, patched, appended;
};

static void fill(uint64_t *words, uint64_t number) {
    for (int i = 0; i < WORDS; i++) {
        words[i] = number;
    }
}

// Whole pushes, partial pushes of every second page, and appends, numbered on.
__attribute__((noreturn)) static void work(const char *path, struct acknowledged *acknowledged) {
    static uint64_t words[WORDS];
    struct error error;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (!state_lmdb_open(path, &driver, &error)) {
        _exit(1);
    }
    struct state *host = new_host(NULL);
    struct state_value *whole = open_value(host, "whole"), *partial = open_value(host, "partial");
    const struct state_name list = name_of("list");
    uint64_t number = acknowledged->appended;
    fill(words, 0);
    bool done = state_ensure(partial, sizeof words, &error);
    while (done) {
        number++;
        fill(words, number);
        done = state_set(whole, (struct bytes){(uint8_t *)words, sizeof words}, &error) &&
               state_push(whole, NULL, &error);
        acknowledged->pushed = number;
        for (size_t page = 0; page < sizeof words / 8192 && done; page++) {
            done = state_set_range(partial, sizeof words, page * 8192,
                                   (struct bytes){(uint8_t *)words, 4096}, &error);
        }
        done = done && state_push_dirty(partial, NULL, &error);
        acknowledged->patched = number;
        done = done &&
               driver.append(driver.state, &list,
                             (struct bytes){(const uint8_t *)&number, sizeof number}, NULL, &error);
        acknowledged->appended = number;
    }
    _exit(1);
}

// The number that all words from `first` on, `count` of every `step`, have.
static uint64_t number_of(const uint64_t *words, size_t step, size_t count) {
    for (size_t at = 0; at + count <= WORDS; at += step) {
        for (size_t i = 0; i < count; i++) {
            assert_int_equal(words[at + i], words[0]);
        }
    }
    return words[0];
}

static void check(struct acknowledged *acknowledged) {
    static uint64_t words[WORDS];
    struct error error;
    struct state_span span = {0, sizeof words, (uint8_t *)words};
    struct state_name name = name_of("whole");
    assert_done(driver.read(driver.state, &name, &span, 1, &error), error);
    uint64_t number = number_of(words, WORDS, WORDS);
    assert_true(number >= acknowledged->pushed && number <= acknowledged->pushed + 1);
    acknowledged->pushed = number;
    name = name_of("partial");
    assert_done(driver.read(driver.state, &name, &span, 1, &error), error);
    number = number_of(words, 1024, 512);
    assert_true(number >= acknowledged->patched && number <= acknowledged->patched + 1);
    acknowledged->patched = number;
    struct buffer elements = {0};
    name = name_of("list");
    assert_done(driver.read_appended(driver.state, &name, 1000000, 1 << 30, &elements, &error),
                error);
    uint64_t count = elements.length / 8;
    assert_true(count >= acknowledged->appended && count <= acknowledged->appended + 1);
    for (uint64_t i = 1; i <= count; i++) {
        assert_memory_equal(elements.data + 8 * (i - 1), &i, 8);
    }
    acknowledged->appended = count; // where the next child goes on
    buffer_destroy(&elements);
}

static void test_kills(void **state) {
    (void)state;
    char path[96];
    struct error error;
    snprintf(path, sizeof path, "%s/faults.mdb", folder);
    struct acknowledged *acknowledged =
        mmap(NULL, sizeof *acknowledged, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    srand((unsigned)getpid());
    print_message("seed %d\n", (int)getpid());
    for (int i = 0; i < RUNS; i++) {
        pid_t child = fork();
        if (child == 0) {
            work(path, acknowledged);
        }
        usleep((unsigned)rand() % 30000);
        kill(child, SIGKILL);
        int status;
        waitpid(child, &status, 0);
        assert_true(WIFSIGNALED(status));
        assert_done(state_lmdb_open(path, &driver, &error), error);
        check(acknowledged);
        close_driver(NULL);
    }
    assert_true(acknowledged->appended > 0);
    munmap(acknowledged, sizeof *acknowledged);
}

static int make_folder(void **state) {
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/faasm-unit-XXXXXX");
    return mkdtemp(folder) == NULL ? -1 : 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_kills)};
    return cmocka_run_group_tests(tests, make_folder, stop_group);
}
