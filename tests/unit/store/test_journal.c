// The journal of accepted calls: what was added is there after a reopen and after a kill, counted
// by starts; many threads share it; damaged records are left out.
#include "store/driver.h"
#include "store/journal.h"

#include <ftw.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[PATH_MAX];
static struct store *store;
static struct journal *journal;

static void open_both(void) {
    struct error error;
    store = store_open(folder, &error);
    journal = store != NULL ? journal_open(store, &error) : NULL;
    if (journal == NULL) {
        fail_msg("%s", error.message);
    }
}

static void close_both(void) {
    journal_close(journal);
    store_close(store);
}

static int set_up(void **state) {
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/faasm-journal-XXXXXX");
    assert_non_null(mkdtemp(folder));
    open_both();
    return 0;
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *walk) {
    (void)status;
    (void)kind;
    (void)walk;
    return remove(path);
}

static int tear_down(void **state) {
    (void)state;
    close_both();
    return nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void add(uint32_t id, const char *input, const struct journal_key *key) {
    struct error error;
    struct journal_call call = {.id = id,
                                .queued = 1000 + id,
                                .user = "ada",
                                .function = "f",
                                .input = {(const uint8_t *)input, strlen(input)}};
    if (!journal_add(journal, &call, key, &error)) {
        fail_msg("%s", error.message);
    }
}

// ---- What is there ------------------------------------------------------------------------------

struct found {
    size_t calls, keys;
    struct journal_call last;
    struct journal_key key;
    char input[64];
};

static bool see_call(void *context, const struct journal_call *call) {
    struct found *found = context;
    found->calls++;
    found->last = *call;
    assert_true(call->input.length < sizeof found->input);
    memcpy(found->input, call->input.data, call->input.length);
    found->input[call->input.length] = '\0';
    return true;
}

static bool see_key(void *context, const struct journal_key *key) {
    struct found *found = context;
    found->keys++;
    found->key = *key;
    return true;
}

static struct found find(void) {
    struct found found = {0};
    struct error error;
    assert_true(journal_each_call(journal, see_call, &found, &error));
    assert_true(journal_each_key(journal, see_key, &found, &error));
    return found;
}

static void test_add_and_remove(void **state) {
    (void)state;
    const struct journal_key key = {
        .user = "ada", .function = "f", .key = "order=1", .id = 7, .until = 123456789};
    add(7, "two\nlines", &key);
    struct found found = find();
    assert_int_equal(found.calls, 1);
    assert_int_equal(found.last.id, 7);
    assert_int_equal(found.last.attempt, 1);
    assert_int_equal(found.last.queued, 1007);
    assert_string_equal(found.last.user, "ada");
    assert_string_equal(found.last.function, "f");
    assert_string_equal(found.input, "two\nlines");
    assert_int_equal(found.keys, 1);
    assert_string_equal(found.key.key, "order=1");
    assert_int_equal(found.key.id, 7);
    assert_int_equal(found.key.until, 123456789);
    add(8, "", NULL);
    assert_int_equal(find().calls, 2);
    journal_remove(journal, 7);
    journal_remove_key(journal, &key);
    assert_true(journal_flush(journal, NULL));
    found = find();
    assert_int_equal(found.calls, 1);
    assert_int_equal(found.last.id, 8);
    assert_int_equal(found.input[0], '\0');
    assert_int_equal(found.keys, 0);
    journal_remove(journal, 99); // never was
    assert_true(journal_flush(journal, NULL));
    assert_true(journal_flush(journal, NULL));
    assert_int_equal(find().calls, 1);
}

static void test_attempts(void **state) {
    (void)state;
    add(INT32_MAX, "x", NULL);
    for (uint32_t attempt = 2; attempt < 5; attempt++) {
        close_both();
        open_both();
        struct found found = find();
        assert_int_equal(found.calls, 1);
        assert_int_equal(found.last.id, INT32_MAX);
        assert_int_equal(found.last.attempt, attempt);
    }
    add(3, "y", NULL); // in this start
    struct found found = find();
    assert_int_equal(found.calls, 2);
    journal_remove(journal, INT32_MAX); // with the close
    close_both();
    open_both();
    found = find();
    assert_int_equal(found.calls, 1);
    assert_int_equal(found.last.id, 3);
    assert_int_equal(found.last.attempt, 2);
}

static void test_keys(void **state) {
    (void)state;
    char longest[JOURNAL_KEY_MAX + 2];
    memset(longest, 'k', sizeof longest);
    longest[JOURNAL_KEY_MAX] = '\0';
    assert_true(journal_key_valid("a"));
    assert_true(journal_key_valid("~!=/"));
    assert_true(journal_key_valid(longest));
    longest[JOURNAL_KEY_MAX] = 'k';
    longest[JOURNAL_KEY_MAX + 1] = '\0';
    assert_false(journal_key_valid(longest));
    static const char *const bad[] = {"", " ", "a b", "a\n", "\x7f", "\xc3\xa9"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_false(journal_key_valid(bad[i]));
    }
}

// ---- Damage -------------------------------------------------------------------------------------

static void put_raw(const char *key, const char *value) {
    char path[PATH_MAX + 16];
    struct store_driver driver;
    struct error error;
    snprintf(path, sizeof path, "%s/calls.mdb", folder);
    assert_true(store_lmdb_open(path, &driver, &error));
    struct store_change change = {.key = key, .value = {(const uint8_t *)value, strlen(value)}};
    assert_true(driver.apply(driver.state, &change, 1, &error));
    driver.close(driver.state);
}

static void test_damaged_records(void **state) {
    (void)state;
    static const char *const records[][2] = {
        {"c 0000000001", ""},
        {"c 0000000002", "1 ada f 1 1"},   // no end of the line
        {"c 0000000003", "2 ada f 1 1\n"}, // of a version to come
        {"c 0000000004", "1 a/b f 1 1\n"}, // no name
        {"c 0000000005", "1 ada f 1 x\n"}, // no number
        {"c 0000000006", "1 ada f 1 1 1\n"},
        {"c 0000000000", "1 ada f 1 1\nin"},
        {"c 9999999999", "1 ada f 1 1\nin"},
        {"c 12x", "1 ada f 1 1\nin"},
        {"k ada f", "1 1 1"},
        {"k ada f key", "1 1"},
        {"k ada f key2", "2 1 1"},
        {"k ada f key3", "1 1 1 1"},
        {"k ada f key4", "1 0 1"},
        {"k ada f key5", "1 4294967297 1"},
        {"c 4294967297", "1 ada f 1 1\nin"},
    };
    add(77, "whole", NULL);
    close_both();
    for (size_t i = 0; i < sizeof records / sizeof *records; i++) {
        put_raw(records[i][0], records[i][1]);
    }
    open_both();
    struct found found = find();
    assert_int_equal(found.calls, 1);
    assert_int_equal(found.last.id, 77);
    assert_int_equal(found.keys, 0);
    close_both();
    put_raw("s", "none");
    store = store_open(folder, NULL);
    assert_non_null(store);
    struct error error;
    journal = journal_open(store, &error);
    assert_null(journal);
    assert_int_equal(error.code, ERROR_IO);
    store_close(store);
    put_raw("s", "1 4");
    open_both();
    assert_int_equal(find().calls, 1);
}

// ---- Many at a time -----------------------------------------------------------------------------

enum { THREADS = 8, EACH = 40 };

static void *add_many(void *argument) {
    uint32_t first = *(const uint32_t *)argument;
    for (uint32_t i = 0; i < EACH; i++) {
        struct journal_key key = {.user = "ada", .function = "f", .id = first + i, .until = 5};
        snprintf(key.key, sizeof key.key, "key-%u", first + i);
        add(first + i, "input", &key);
        if (i % 2 == 1) {
            journal_remove(journal, first + i);
            journal_remove_key(journal, &key);
        }
    }
    return NULL;
}

static void test_threads(void **state) {
    (void)state;
    pthread_t threads[THREADS];
    uint32_t firsts[THREADS];
    for (uint32_t i = 0; i < THREADS; i++) {
        firsts[i] = 1 + i * EACH;
        assert_int_equal(pthread_create(&threads[i], NULL, add_many, &firsts[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    close_both();
    open_both();
    struct found found = find();
    assert_int_equal(found.calls, THREADS * EACH / 2);
    assert_int_equal(found.keys, THREADS * EACH / 2);
}

// ---- Killed -------------------------------------------------------------------------------------

static bool see_in_order(void *context, const struct journal_call *call) {
    uint32_t *next = context;
    assert_int_equal(call->id, *next);
    (*next)++;
    return true;
}

// A child says of each call that it was added; what it said is there, and at most one more.
static void test_killed(void **state) {
    (void)state;
    for (useconds_t round = 0; round < 8; round++) {
        int ends[2];
        assert_int_equal(pipe(ends), 0);
        close_both();
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            close(ends[0]);
            open_both();
            for (uint32_t id = 1;; id++) {
                add(id, "input", NULL);
                if (write(ends[1], "x", 1) != 1) {
                    _exit(1);
                }
            }
        }
        close(ends[1]);
        char said[65536];
        ssize_t count = read(ends[0], said, 1); // it has begun
        assert_int_equal(count, 1);
        usleep(1000 + round * 3000);
        kill(child, SIGKILL);
        assert_int_equal(waitpid(child, NULL, 0), child);
        uint32_t told = 1;
        while ((count = read(ends[0], said, sizeof said)) > 0) {
            told += (uint32_t)count;
        }
        close(ends[0]);
        open_both();
        uint32_t next = 1;
        assert_true(journal_each_call(journal, see_in_order, &next, NULL));
        assert_true(next - 1 == told || next - 1 == told + 1);
        for (uint32_t id = 1; id < next; id++) {
            journal_remove(journal, id);
        }
    }
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_add_and_remove),  TEST(test_attempts), TEST(test_keys),
        TEST(test_damaged_records), TEST(test_threads),  TEST(test_killed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
