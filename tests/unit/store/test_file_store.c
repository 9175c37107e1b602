// Files of users in the store: names, contents, conflicts, limits, two stores at one folder.
#include "base/file.h"
#include "store/file_store.h"

#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[64];
static struct file_store *store;

static int remove_one(const char *path, const struct stat *status, int flag, struct FTW *walk) {
    (void)status, (void)flag, (void)walk;
    return remove(path);
}

static int setup(void **state) {
    (void)state;
    struct error error;
    snprintf(folder, sizeof folder, "/tmp/faasm-unit-XXXXXX");
    assert_non_null(mkdtemp(folder));
    store = file_store_open(folder, &error);
    return store == NULL;
}

static int teardown(void **state) {
    (void)state;
    file_store_close(store);
    return nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static struct bytes text(const char *contents) {
    return (struct bytes){(const uint8_t *)contents, strlen(contents)};
}

static void put(const char *user, const char *path, const char *contents) {
    struct error error;
    if (!file_store_put(store, user, path, text(contents), 0, NULL, &error)) {
        fail_msg("%s", error.message);
    }
}

static enum error_code put_error(const char *user, const char *path, const char *contents,
                                 uint64_t limit) {
    struct error error = {0};
    assert_false(file_store_put(store, user, path, text(contents), limit, NULL, &error));
    return error.code;
}

static void assert_contents(const char *user, const char *path, const char *wanted) {
    struct error error;
    struct stored_file file;
    char got[256] = {0};
    if (!file_store_get(store, user, path, &file, &error)) {
        fail_msg("%s", error.message);
    }
    assert_int_equal(file.size, strlen(wanted));
    int fd = file_store_contents(store, file.digest, &error);
    assert_true(fd >= 0);
    assert_int_equal(read(fd, got, sizeof got), strlen(wanted));
    assert_string_equal(got, wanted);
    close(fd);
}

static void assert_nothing(const char *user, const char *path) {
    struct error error;
    struct stored_file file;
    assert_false(file_store_get(store, user, path, &file, &error));
    assert_int_equal(error.code, ERROR_NOT_FOUND);
}

static int count_one(const char *path, const struct stat *status, int flag, struct FTW *walk) {
    (void)status, (void)walk;
    static int count;
    if (path == NULL) {
        int counted = count;
        count = 0;
        return counted;
    }
    count += flag == FTW_F;
    return 0;
}

static int contents_kept(void) {
    char path[128];
    snprintf(path, sizeof path, "%s/contents", folder);
    assert_int_equal(nftw(path, count_one, 16, FTW_PHYS), 0);
    return count_one(NULL, NULL, 0, NULL);
}

static void test_put_get_remove(void **state) {
    (void)state;
    struct error error;
    put("ada", "a/b.txt", "one");
    put("bob", "a/b.txt", "of bob");
    assert_contents("ada", "a/b.txt", "one");
    put("ada", "a/b.txt", "two");
    assert_contents("ada", "a/b.txt", "two");
    assert_contents("bob", "a/b.txt", "of bob");
    put("ada", "empty", "");
    assert_contents("ada", "empty", "");
    assert_true(file_store_remove(store, "ada", "a/b.txt", &error));
    assert_nothing("ada", "a/b.txt");
    assert_false(file_store_remove(store, "ada", "a/b.txt", &error));
    assert_int_equal(error.code, ERROR_NOT_FOUND);
    assert_contents("bob", "a/b.txt", "of bob");
}

static void test_contents_go_with_their_last_name(void **state) {
    (void)state;
    struct error error;
    put("ada", "one", "same");
    put("ada", "two", "same");
    put("bob", "three", "same");
    assert_int_equal(contents_kept(), 1);
    put("ada", "one", "same"); // again
    put("ada", "one", "other");
    assert_int_equal(contents_kept(), 2);
    assert_true(file_store_remove(store, "ada", "two", &error));
    assert_contents("bob", "three", "same");
    assert_true(file_store_remove(store, "bob", "three", &error));
    assert_int_equal(contents_kept(), 1);
    assert_true(file_store_remove(store, "ada", "one", &error));
    assert_int_equal(contents_kept(), 0);
}

static void test_rename(void **state) {
    (void)state;
    struct error error;
    put("ada", "from", "moved");
    put("ada", "over", "replaced");
    assert_true(file_store_rename(store, "ada", "from", "new/place", &error));
    assert_nothing("ada", "from");
    assert_contents("ada", "new/place", "moved");
    assert_true(file_store_rename(store, "ada", "new/place", "over", &error));
    assert_contents("ada", "over", "moved");
    assert_int_equal(contents_kept(), 1);
    assert_true(file_store_rename(store, "ada", "over", "over", &error));
    assert_contents("ada", "over", "moved");
    assert_false(file_store_rename(store, "ada", "nothing", "x", &error));
    assert_int_equal(error.code, ERROR_NOT_FOUND);
    put("ada", "same", "moved");
    assert_true(file_store_rename(store, "ada", "over", "same", &error));
    assert_contents("ada", "same", "moved");
}

static void test_bad_paths(void **state) {
    (void)state;
    char long_name[300], long_path[400];
    memset(long_name, 'a', sizeof long_name);
    long_name[256] = '\0';
    for (size_t i = 0; i < sizeof long_path; i++) {
        long_path[i] = i % 100 == 99 ? '/' : 'b';
    }
    long_path[FILE_STORE_PATH_MAX + 1] = '\0';
    const char *const bad[] = {"",     "/",     "/a", "a/",     "a//b",    "..",     "../a",
                               "a/..", "a/./b", ".",  "a/../b", long_name, long_path};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(put_error("ada", bad[i], "x", 0), ERROR_ARGUMENT);
    }
    assert_int_equal(put_error("../ada", "a", "x", 0), ERROR_ARGUMENT);
    long_path[FILE_STORE_PATH_MAX] = '\0';
    put("ada", long_path, "fits");
    put("ada", "..a/...", "dots");
    put("ada", "bytes \xff\x01\n", "any");
    assert_contents("ada", "bytes \xff\x01\n", "any");
}

static void test_files_and_folders_conflict(void **state) {
    (void)state;
    struct error error;
    put("ada", "a/b/c", "x");
    assert_int_equal(put_error("ada", "a", "x", 0), ERROR_CONFLICT);
    assert_int_equal(put_error("ada", "a/b", "x", 0), ERROR_CONFLICT);
    assert_int_equal(put_error("ada", "a/b/c/d/e", "x", 0), ERROR_CONFLICT);
    put("ada", "a/bc", "beside");
    put("bob", "a", "another user's");
    assert_true(file_store_has(store, "ada", "a/b"));
    assert_false(file_store_has(store, "ada", "a/b/d"));
    assert_true(file_store_remove(store, "ada", "a/b/c", &error));
    put("ada", "a/b", "free now");
    assert_contents("ada", "a/b", "free now");
}

static void test_limit(void **state) {
    (void)state;
    struct error error;
    put("ada", "one", "12345");
    assert_int_equal(put_error("ada", "two", "123456", 10), ERROR_TOO_LARGE);
    assert_nothing("ada", "two");
    assert_int_equal(contents_kept(), 1);
    assert_true(file_store_put(store, "ada", "two", text("12345"), 10, NULL, &error));
    assert_true(file_store_put(store, "ada", "two", text("54321"), 10, NULL, &error));
    assert_int_equal(put_error("ada", "three", "1", 10), ERROR_TOO_LARGE);
    assert_true(file_store_remove(store, "ada", "one", &error));
    assert_true(file_store_put(store, "ada", "three", text("1"), 10, NULL, &error));
}

static bool collect(void *context, const struct stored_file *file) {
    char *list = context;
    sprintf(list + strlen(list), "%s%s ", file->removed ? "-" : "", file->path);
    return true;
}

static void test_lists_and_changes(void **state) {
    (void)state;
    struct error error;
    char list[512] = "";
    assert_int_equal(file_store_sequence(store, "ada"), 0);
    put("ada", "b", "x");
    put("ada", "a/1", "x");
    uint64_t before = file_store_sequence(store, "ada");
    put("ada", "a/2", "x");
    assert_true(file_store_remove(store, "ada", "b", &error));
    put("bob", "c", "x");
    assert_true(file_store_list(store, "ada", "", collect, list, &error));
    assert_string_equal(list, "a/1 a/2 ");
    list[0] = '\0';
    assert_true(file_store_changes(store, "ada", before, collect, list, &error));
    assert_string_equal(list, "a/2 -b ");
    list[0] = '\0';
    assert_true(
        file_store_changes(store, "ada", file_store_sequence(store, "ada"), collect, list, &error));
    assert_string_equal(list, "");
    assert_int_equal(file_store_sequence(store, "bob"), 1);
}

// Several processes put at the same time: no change is lost.
static void test_many_processes(void **state) {
    (void)state;
    enum { PROCESSES = 4, FILES = 20 };
    struct error error;
    pid_t children[PROCESSES];
    file_store_close(store);
    for (int i = 0; i < PROCESSES; i++) {
        children[i] = fork();
        if (children[i] == 0) {
            struct file_store *own = file_store_open(folder, &error);
            bool done = own != NULL;
            for (int n = 0; done && n < FILES; n++) {
                char path[32];
                snprintf(path, sizeof path, "%d/%d", i, n);
                done = file_store_put(own, "ada", path, text(path), 0, NULL, &error) &&
                       file_store_put(own, "ada", "all", text(path), 0, NULL, &error);
            }
            _exit(done ? 0 : 1);
        }
    }
    for (int i = 0; i < PROCESSES; i++) {
        int status;
        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        assert_int_equal(status, 0);
    }
    store = file_store_open(folder, &error);
    assert_non_null(store);
    assert_int_equal(file_store_sequence(store, "ada"), PROCESSES * FILES * 2);
    assert_contents("ada", "3/19", "3/19");
    assert_contents("ada", "0/0", "0/0");
    assert_int_equal(contents_kept(), PROCESSES * FILES);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_put_get_remove, setup, teardown),
        cmocka_unit_test_setup_teardown(test_contents_go_with_their_last_name, setup, teardown),
        cmocka_unit_test_setup_teardown(test_rename, setup, teardown),
        cmocka_unit_test_setup_teardown(test_bad_paths, setup, teardown),
        cmocka_unit_test_setup_teardown(test_files_and_folders_conflict, setup, teardown),
        cmocka_unit_test_setup_teardown(test_limit, setup, teardown),
        cmocka_unit_test_setup_teardown(test_lists_and_changes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_many_processes, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
