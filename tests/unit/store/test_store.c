// The store: what is put is there, also after a reopen, a kill, and among files that are not its.
#include "base/file.h"
#include "store/driver.h"
#include "store/store.h"

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
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { KILL_ROUNDS = 50 };

static char folder[PATH_MAX];

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *walk) {
    (void)status;
    (void)kind;
    (void)walk;
    return remove(path);
}

static int make_folder(void **state) {
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/faasm-store-XXXXXX");
    return mkdtemp(folder) == NULL;
}

static int remove_folder(void **state) {
    (void)state;
    return nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static struct bytes text(const char *characters) {
    return (struct bytes){(const uint8_t *)characters, strlen(characters)};
}

static struct store *open_store(void) {
    struct error error = {0};
    struct store *store = store_open(folder, &error);
    if (store == NULL) {
        fail_msg("%s", error.message);
    }
    return store;
}

static struct store_function put(struct store *store, const char *user, const char *name,
                                 const char *contents) {
    struct error error = {0};
    struct store_function function;
    if (!store_put_function(store, user, name, text(contents), NULL, NULL, &function, &error)) {
        fail_msg("%s", error.message);
    }
    return function;
}

static bool exists(const char *path) {
    return access(path, F_OK) == 0;
}

static void path_of_blob(struct store *store, const char *digest, char path[PATH_MAX]) {
    assert_true(store_blob_path(store, digest, path, NULL));
}

static void test_names(void **state) {
    (void)state;
    static const char *const good[] = {"a", "A-b_c.d", "0", "x.", "_"};
    static const char *const bad[] = {"",    ".",   "..",       ".a",  "-a", "a/b",
                                      "a b", "a\n", "\xc3\xa9", "a\\", "a%"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_true(store_name_valid(good[i]));
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_false(store_name_valid(bad[i]));
    }
    char name[STORE_NAME_MAX + 2];
    memset(name, 'n', sizeof name);
    name[STORE_NAME_MAX + 1] = '\0';
    assert_false(store_name_valid(name));
    name[STORE_NAME_MAX] = '\0';
    assert_true(store_name_valid(name));

    struct store *store = open_store();
    struct store_function function;
    struct error error;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_false(
            store_put_function(store, bad[i], "f", text("x"), NULL, NULL, &function, &error));
        assert_int_equal(error.code, ERROR_ARGUMENT);
        assert_false(
            store_put_function(store, "u", bad[i], text("x"), NULL, NULL, &function, &error));
        assert_false(store_get_function(store, "u", bad[i], &function, &error));
        assert_int_equal(error.code, ERROR_ARGUMENT);
        assert_false(store_delete_function(store, bad[i], "f", &error));
    }
    store_close(store);
}

static void test_digest(void **state) {
    (void)state;
    // BLAKE2b with an output of 256 bits, of "abc" (as `b2sum -l 256` prints it).
    char digest[STORE_DIGEST_LENGTH + 1];
    store_digest(text("abc"), digest);
    assert_string_equal(digest, "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319");
}

static void test_put_get_delete(void **state) {
    (void)state;
    struct store *store = open_store();
    struct store_function put_facts = put(store, "ada", "hello", "first");
    struct store_function function;
    struct error error;
    assert_true(store_get_function(store, "ada", "hello", &function, &error));
    assert_string_equal(function.user, "ada");
    assert_string_equal(function.name, "hello");
    assert_string_equal(function.digest, put_facts.digest);
    assert_int_equal(function.bytes, 5);
    assert_int_equal(function.uploaded, put_facts.uploaded);
    assert_false(store_get_function(store, "bob", "hello", &function, &error));
    assert_int_equal(error.code, ERROR_NOT_FOUND);
    assert_non_null(strstr(error.message, "bob/hello"));

    char path[PATH_MAX];
    struct buffer contents = {0};
    assert_true(store_find_blob(store, put_facts.digest, path, &error));
    assert_true(file_read(path, 100, &contents, &error));
    assert_memory_equal(contents.data, "first", 5);
    buffer_destroy(&contents);

    assert_true(store_delete_function(store, "ada", "hello", &error));
    assert_false(store_get_function(store, "ada", "hello", &function, &error));
    assert_false(store_delete_function(store, "ada", "hello", &error));
    assert_int_equal(error.code, ERROR_NOT_FOUND);
    assert_false(exists(path));
    store_close(store);
}

static void test_blob_goes_with_its_last_name(void **state) {
    (void)state;
    struct store *store = open_store();
    struct error error;
    char path[PATH_MAX], object[PATH_MAX];
    struct store_function first = put(store, "ada", "f", "same bytes");
    struct store_function second = put(store, "bob", "g", "same bytes");
    assert_string_equal(first.digest, second.digest);
    path_of_blob(store, first.digest, path);
    assert_true(store_object_path(store, first.digest, "key", object, &error));
    assert_true(file_write_atomic(object, text("object"), 0600, &error));

    put(store, "ada", "f", "other bytes"); // replaced: bob still has it
    assert_true(exists(path));
    assert_true(exists(object));
    assert_true(store_delete_function(store, "bob", "g", &error));
    assert_false(exists(path));
    assert_false(exists(object));
    put(store, "ada", "f", "other bytes"); // the same again
    struct store_function function;
    assert_true(store_get_function(store, "ada", "f", &function, &error));
    assert_true(store_find_blob(store, function.digest, path, &error));
    store_close(store);
}

struct listed {
    char text[512];
    unsigned stop_after;
};

static bool list(void *context, const struct store_function *function) {
    struct listed *listed = context;
    size_t length = strlen(listed->text);
    snprintf(listed->text + length, sizeof listed->text - length, "%s/%s ", function->user,
             function->name);
    return --listed->stop_after > 0;
}

static void test_list(void **state) {
    (void)state;
    struct store *store = open_store();
    // "a-b" sorts after "a" though '-' is before '/'.
    put(store, "b", "x", "1");
    put(store, "a-b", "m", "2");
    put(store, "a", "z", "3");
    put(store, "a", "b", "4");
    struct error error;
    struct listed all = {.stop_after = 100};
    assert_true(store_list_functions(store, NULL, list, &all, &error));
    assert_string_equal(all.text, "a/b a/z a-b/m b/x ");
    struct listed one = {.stop_after = 100};
    assert_true(store_list_functions(store, "a", list, &one, &error));
    assert_string_equal(one.text, "a/b a/z ");
    struct listed two = {.stop_after = 2};
    assert_true(store_list_functions(store, NULL, list, &two, &error));
    assert_string_equal(two.text, "a/b a/z ");
    struct listed none = {.stop_after = 100};
    assert_true(store_list_functions(store, "nobody", list, &none, &error));
    assert_string_equal(none.text, "");
    assert_false(store_list_functions(store, "../a", list, &none, &error));
    store_close(store);
}

static void test_reopen(void **state) {
    (void)state;
    struct store *store = open_store();
    struct store_function before = put(store, "ada", "hello", "kept");
    char temporary[PATH_MAX];
    struct error error;
    assert_true(store_write_temporary(store, text("half"), temporary, &error));
    assert_true(exists(temporary));
    store_close(store);
    store = open_store();
    struct store_function function;
    assert_true(store_get_function(store, "ada", "hello", &function, &error));
    assert_string_equal(function.digest, before.digest);
    assert_false(exists(temporary));
    store_close(store);
}

static void test_one_process_at_a_time(void **state) {
    (void)state;
    struct store *store = open_store();
    struct error error;
    assert_null(store_open(folder, &error)); // flock is per open file: the same as another process
    assert_int_equal(error.code, ERROR_BUSY);
    char number[32];
    snprintf(number, sizeof number, "(%ld)", (long)getpid());
    assert_non_null(strstr(error.message, number));
    store_close(store);
    store_close(open_store());
}

static void write_file(const char *name, const char *contents) {
    char path[PATH_MAX + 256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    struct error error;
    if (!file_write_atomic(path, text(contents), 0600, &error)) {
        fail_msg("%s", error.message);
    }
}

static void test_foreign_database(void **state) {
    (void)state;
    char junk[9000];
    memset(junk, 'j', sizeof junk - 1);
    junk[sizeof junk - 1] = '\0';
    write_file("names.mdb", junk);
    struct error error;
    assert_null(store_open(folder, &error));
    assert_int_equal(error.code, ERROR_IO);
    assert_non_null(strstr(error.message, "names.mdb"));
}

static void test_cut_database(void **state) {
    (void)state;
    struct store *store = open_store();
    for (int i = 0; i < 300; i++) {
        char name[32];
        snprintf(name, sizeof name, "f%d", i);
        put(store, "ada", name, "bytes");
    }
    store_close(store);
    char path[PATH_MAX + 16];
    snprintf(path, sizeof path, "%s/names.mdb", folder);
    assert_int_equal(truncate(path, 2 * 4096), 0);
    struct error error;
    assert_null(store_open(folder, &error));
    assert_int_equal(error.code, ERROR_IO);
    assert_non_null(strstr(error.message, "damaged"));
}

static void test_folder_is_a_file(void **state) {
    (void)state;
    write_file("file", "x");
    char path[PATH_MAX + 16];
    snprintf(path, sizeof path, "%s/file", folder);
    struct error error;
    assert_null(store_open(path, &error));
    snprintf(path, sizeof path, "%s/file/below", folder);
    assert_null(store_open(path, &error));
}

static void test_foreign_and_damaged_files(void **state) {
    (void)state;
    struct store *store = open_store();
    struct store_function function = put(store, "ada", "f", "good bytes");
    char path[PATH_MAX], stale[PATH_MAX + 16], orphan[PATH_MAX];
    struct error error;
    path_of_blob(store, function.digest, path);
    snprintf(stale, sizeof stale, "%s.Ab12Cd", path);
    assert_true(file_write_atomic(stale, text("half"), 0600, &error));
    char digest[STORE_DIGEST_LENGTH + 1];
    store_digest(text("nobody's"), digest);
    path_of_blob(store, digest, orphan);
    assert_true(file_write_atomic(orphan, text("nobody's"), 0600, &error));
    store_close(store);
    write_file("notes.txt", "a file of the user's");
    write_file("blobs/readme", "likewise");

    store = open_store();
    assert_false(exists(stale));
    assert_false(exists(orphan));
    char foreign[PATH_MAX + 16];
    snprintf(foreign, sizeof foreign, "%s/blobs/readme", folder);
    assert_true(exists(foreign));

    assert_true(file_write_atomic(path, text("evil bytes"), 0600, &error));
    char found[PATH_MAX];
    assert_false(store_find_blob(store, function.digest, found, &error));
    assert_int_equal(error.code, ERROR_IO);
    put(store, "ada", "f", "good bytes"); // mends it
    assert_true(store_find_blob(store, function.digest, found, &error));
    assert_false(store_find_blob(store, "../../etc/passwd", found, &error));
    assert_int_equal(error.code, ERROR_ARGUMENT);
    assert_false(store_object_path(store, function.digest, "../x", found, &error));
    store_close(store);
}

static void test_known_digest(void **state) {
    (void)state;
    static const char *const damaged[] = {"good bytez", "good", "good bytes and more", ""};
    struct store *store = open_store();
    struct store_function function;
    struct error error;
    char path[PATH_MAX], digest[STORE_DIGEST_LENGTH + 1];
    store_digest(text("good bytes"), digest);
    path_of_blob(store, digest, path);
    for (size_t i = 0; i < sizeof damaged / sizeof *damaged; i++) { // each time it mends the blob
        assert_true(file_write_atomic(path, text(damaged[i]), 0600, &error));
        assert_true(store_put_function(store, "ada", "f", text("good bytes"), digest, NULL,
                                       &function, &error));
        assert_string_equal(function.digest, digest);
        assert_true(store_find_blob(store, digest, path, &error));
    }
    assert_false(
        store_put_function(store, "ada", "f", text("x"), "../../x", NULL, &function, &error));
    assert_int_equal(error.code, ERROR_ARGUMENT);
    // It is taken as it is given: nothing makes it a second time.
    memset(digest, 'a', STORE_DIGEST_LENGTH);
    assert_true(
        store_put_function(store, "ada", "g", text("bytes"), digest, NULL, &function, &error));
    assert_string_equal(function.digest, digest);
    assert_true(
        store_put_function(store, "bob", "g", text("bytes"), digest, NULL, &function, &error));
    store_close(store);
}

// ---- Older versions -----------------------------------------------------------------------------

static void put_name(const char *key, const char *value) {
    char path[PATH_MAX + 16];
    struct store_driver driver;
    snprintf(path, sizeof path, "%s/names.mdb", folder);
    assert_true(store_lmdb_open(path, &driver, NULL));
    struct store_change change = {.key = key, .value = text(value)};
    assert_true(driver.apply(driver.state, &change, 1, NULL));
    driver.close(driver.state);
}

// Records of functions as they were before they had options; and ones that are none.
static void test_older_records(void **state) {
    (void)state;
    struct error error;
    struct store *store = open_store();
    struct store_function function = put(store, "ada", "f", "bytes"), found;
    store_close(store);
    char value[200];
    snprintf(value, sizeof value, "1 %s 5 1700000000000000000", function.digest);
    put_name("f ada old", value);
    snprintf(value, sizeof value, "1 %s 5 1 memory_bytes=1", function.digest);
    put_name("f ada mixed", value); // options came with version 2
    snprintf(value, sizeof value, "3 %s 5 1", function.digest);
    put_name("f ada new", value);
    put_name("f ada none", "");
    store = open_store();
    assert_true(store_get_function(store, "ada", "old", &found, &error));
    assert_string_equal(found.digest, function.digest);
    assert_int_equal(found.bytes, 5);
    assert_int_equal(found.uploaded, 1700000000000000000ull);
    assert_false(found.options.durable);
    assert_int_equal(found.options.limits.memory_bytes, 0);
    char path[PATH_MAX];
    assert_true(store_find_blob(store, found.digest, path, &error));
    static const char *const bad[] = {"mixed", "new", "none"};
    for (int i = 0; i < 3; i++) {
        assert_false(store_get_function(store, "ada", bad[i], &found, &error));
        assert_int_not_equal(error.code, ERROR_NOT_FOUND);
    }
    // Written again it has options.
    const struct store_options options = {.durable = true, .limits = {.memory_bytes = 65536}};
    assert_true(
        store_put_function(store, "ada", "old", text("bytes"), NULL, &options, &found, &error));
    assert_true(store_get_function(store, "ada", "old", &found, &error));
    assert_true(found.options.durable);
    assert_int_equal(found.options.limits.memory_bytes, 65536);
    store_close(store);
}

// ---- Killed in the middle -----------------------------------------------------------------------

static void put_for_ever(unsigned round) {
    struct store *store = store_open(folder, NULL);
    if (store == NULL) {
        _exit(2);
    }
    for (unsigned i = 0;; i++) {
        char name[32], contents[5000];
        memset(contents, 'a' + (char)(i % 26), sizeof contents);
        int length = snprintf(contents, sizeof contents, "%u %u", round, i);
        contents[length] = ' ';
        snprintf(name, sizeof name, "f%u", i % 40);
        struct bytes bytes = {(const uint8_t *)contents, 1000 + i % 4000};
        if (i % 7 == 6) {
            store_delete_function(store, "ada", name, NULL);
        } else if (!store_put_function(store, "ada", name, bytes, NULL, NULL, NULL, NULL)) {
            _exit(3);
        }
    }
}

struct check {
    struct store *store;
    unsigned functions;
};

static bool check_whole(void *context, const struct store_function *function) {
    struct check *check = context;
    struct error error;
    char path[PATH_MAX];
    struct stat status;
    if (!store_find_blob(check->store, function->digest, path, &error)) {
        fail_msg("%s: %s", function->name, error.message);
    }
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_size, function->bytes);
    check->functions++;
    return true;
}

static void test_killed(void **state) {
    (void)state;
    unsigned seen = 0;
    for (unsigned round = 0; round < KILL_ROUNDS; round++) {
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            put_for_ever(round);
        }
        usleep(4000 + round * 1777 % 30000);
        kill(child, SIGKILL);
        int status;
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFSIGNALED(status)); // it put until it was killed
        struct check check = {.store = open_store()};
        struct error error;
        assert_true(store_list_functions(check.store, NULL, check_whole, &check, &error));
        put(check.store, "bob", "after", "the store goes on");
        store_close(check.store);
        seen += check.functions;
    }
    assert_true(seen > KILL_ROUNDS);
}

int main(void) {
#define TEST(function) cmocka_unit_test_setup_teardown(function, make_folder, remove_folder)
    const struct CMUnitTest tests[] = {
        TEST(test_names),
        TEST(test_digest),
        TEST(test_put_get_delete),
        TEST(test_blob_goes_with_its_last_name),
        TEST(test_list),
        TEST(test_reopen),
        TEST(test_one_process_at_a_time),
        TEST(test_foreign_database),
        TEST(test_cut_database),
        TEST(test_folder_is_a_file),
        TEST(test_foreign_and_damaged_files),
        TEST(test_known_digest),
        TEST(test_older_records),
        TEST(test_killed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
