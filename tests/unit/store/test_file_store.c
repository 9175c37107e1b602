// Files of users in the store: names, contents, conflicts, limits, several stores at one place. One
// suite for each driver; the one for Redis is skipped where there is no redis-server.
#include "file_store_fixture.h"

static void test_put_get_remove(void **state) {
    (void)state;
    NEED_STORE();
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
    NEED_STORE();
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
    NEED_STORE();
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
    NEED_STORE();
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
    NEED_STORE();
    struct error error;
    put("ada", "a/b/c", "x");
    assert_int_equal(put_error("ada", "a", "x", 0), ERROR_CONFLICT);
    assert_int_equal(put_error("ada", "a/b", "x", 0), ERROR_CONFLICT);
    assert_int_equal(put_error("ada", "a/b/c/d/e", "x", 0), ERROR_CONFLICT);
    put("ada", "a/bc", "beside");
    put("bob", "a", "another user's");
    bool has;
    assert_true(file_store_has(store, "ada", "a/b", &has, &error) && has);
    assert_true(file_store_has(store, "ada", "a/b/d", &has, &error) && !has);
    assert_true(file_store_remove(store, "ada", "a/b/c", &error));
    put("ada", "a/b", "free now");
    assert_contents("ada", "a/b", "free now");
}

static void test_limit(void **state) {
    (void)state;
    NEED_STORE();
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

static void test_lists_and_changes(void **state) {
    (void)state;
    NEED_STORE();
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

// Several processes put at the same time what together does not fit: as many as do get in.
static void test_limit_of_many(void **state) {
    (void)state;
    NEED_STORE();
    enum { PROCESSES = 4, FILES = 5, FIT = 7, BYTES = 10 };
    struct error error;
    pid_t children[PROCESSES];
    int count = 0, put_there = 0;
    for (int i = 0; i < PROCESSES; i++) {
        children[i] = fork();
        if (children[i] == 0) {
            struct file_store *own = open_store();
            int done = 0;
            for (int n = 0; own != NULL && n < FILES; n++) {
                char path[BYTES + 1];
                snprintf(path, sizeof path, "%d/%08d", i, n);
                error.code = ERROR_NONE;
                done += file_store_put(own, "ada", path, text(path), FIT * BYTES + 3, NULL, &error);
                if (error.code != ERROR_NONE && error.code != ERROR_TOO_LARGE) {
                    _exit(100);
                }
            }
            _exit(done);
        }
    }
    for (int i = 0; i < PROCESSES; i++) {
        int status;
        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) <= FILES);
        put_there += WEXITSTATUS(status);
    }
    assert_int_equal(put_there, FIT);
    assert_true(file_store_list(store, "ada", "", count_file, &count, &error));
    assert_int_equal(count, FIT);
    assert_int_equal(contents_kept(), FIT);
}

// Threads of one process, at files of their own and at one that they share.
static void *put_often(void *number) {
    struct error error;
    for (int n = 0; n < 10; n++) {
        char path[32];
        snprintf(path, sizeof path, "%ld/%d", (long)(intptr_t)number, n);
        if (!file_store_put(store, "ada", path, text(path), 0, NULL, &error) ||
            !file_store_put(store, "ada", "all", text(path), 0, NULL, &error) ||
            !file_store_rename(store, "ada", path, "moved", &error)) {
            print_error("%s\n", error.message);
            return number;
        }
    }
    return NULL;
}

static void test_many_threads(void **state) {
    (void)state;
    NEED_STORE();
    enum { THREADS = 6 };
    pthread_t threads[THREADS];
    for (intptr_t i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, put_often, (void *)(i + 1)), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        void *failed;
        pthread_join(threads[i], &failed);
        assert_null(failed);
    }
    int count = 0;
    struct error error;
    assert_true(file_store_list(store, "ada", "", count_file, &count, &error));
    assert_int_equal(count, 2);
    assert_int_equal(file_store_sequence(store, "ada"), THREADS * 10 * 3);
    assert_true(contents_kept() <= 2);
}

// A folder of before there was a log of changes gets one.
static void test_folder_without_log(void **state) {
    (void)state;
    struct error error;
    char path[96];
    char list[512] = "";
    put("ada", "a", "x");
    put("ada", "b", "x");
    put("bob", "c", "x");
    assert_true(file_store_remove(store, "ada", "a", &error));
    file_store_close(store);
    struct store_driver names;
    snprintf(path, sizeof path, "%s/files.mdb", folder);
    assert_done(store_lmdb_open(path, &names, &error), error);
    const char *const gone[] = {"format", "log/ada/0000000000000002/b",
                                "log/ada/0000000000000003/a", "log/bob/0000000000000001/c"};
    for (size_t i = 0; i < sizeof gone / sizeof gone[0]; i++) {
        struct buffer value = {0};
        assert_done(names.get(names.state, gone[i], &value, &error), error);
        buffer_destroy(&value);
        const struct store_change change = {.key = gone[i], .remove = true};
        assert_done(names.apply(names.state, &change, 1, &error), error);
    }
    names.close(names.state);
    store = file_store_open(folder, &error);
    assert_done(store != NULL, error);
    assert_true(file_store_changes(store, "ada", 0, collect, list, &error));
    assert_string_equal(list, "b -a ");
    list[0] = '\0';
    assert_true(file_store_changes(store, "bob", 0, collect, list, &error));
    assert_string_equal(list, "c ");
    put("ada", "b", "y");
    list[0] = '\0';
    assert_true(file_store_changes(store, "ada", 0, collect, list, &error));
    assert_string_equal(list, "-a b ");
}

// Several processes put at the same time: no change is lost.
static void test_many_processes(void **state) {
    (void)state;
    NEED_STORE();
    enum { PROCESSES = 4, FILES = 20 };
    struct error error;
    pid_t children[PROCESSES];
    file_store_close(store);
    for (int i = 0; i < PROCESSES; i++) {
        children[i] = fork();
        if (children[i] == 0) {
            struct file_store *own = open_store();
            bool done = own != NULL;
            for (int n = 0; done && n < FILES; n++) {
                char path[32];
                snprintf(path, sizeof path, "%d/%d", i, n);
                done = file_store_put(own, "ada", path, text(path), 0, NULL, &error) &&
                       file_store_put(own, "ada", "all", text(path), 0, NULL, &error);
            }
            if (!done) {
                print_error("%s\n", error.message);
            }
            _exit(done ? 0 : 1);
        }
    }
    for (int i = 0; i < PROCESSES; i++) {
        int status;
        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        assert_int_equal(status, 0);
    }
    store = open_store();
    assert_non_null(store);
    assert_int_equal(file_store_sequence(store, "ada"), PROCESSES * FILES * 2);
    assert_contents("ada", "3/19", "3/19");
    assert_contents("ada", "0/0", "0/0");
    assert_int_equal(contents_kept(), PROCESSES * FILES);
}

// ---- Contents -----------------------------------------------------------------------------------

// Ranges that begin and end within pieces, at their ends, and over several.
static void test_ranges(void **state) {
    (void)state;
    NEED_STORE();
    enum { MB = 1 << 20, SIZE = 9 * MB + 12345 };
    struct error error;
    struct stored_file file;
    uint8_t *bytes = pattern(SIZE, 7);
    put_pattern("large", SIZE, 7);
    struct file_contents *contents = open_contents("large", &file);
    assert_int_equal(file.size, SIZE);
    assert_range(contents, bytes, 0, SIZE);
    assert_range(contents, bytes, 0, 1);
    assert_range(contents, bytes, MB - 1, 2);
    assert_range(contents, bytes, MB, MB);
    assert_range(contents, bytes, SIZE - 1, 1);
    assert_range(contents, bytes, 3 * MB + 17, 5 * MB);
    assert_range(contents, bytes, SIZE, 0);
    assert_int_equal(file_contents_copy(contents, SIZE, 1, 1, 0, &error), EINVAL);
    assert_int_equal(file_contents_copy(contents, 1, UINT64_MAX, 1, 0, &error), EINVAL);
    file_contents_close(contents);
    free(bytes);
}

static void test_open_contents_stay(void **state) {
    (void)state;
    NEED_STORE();
    enum { SIZE = 2 << 20 };
    struct error error;
    struct stored_file file;
    uint8_t *bytes = pattern(SIZE, 1);
    put_pattern("file", SIZE, 1);
    struct file_contents *contents = open_contents("file", &file);
    put_pattern("file", 100, 2);
    assert_range(contents, bytes, 0, SIZE);
    assert_done(file_store_remove(store, "ada", "file", &error), error);
    assert_range(contents, bytes, 1000, SIZE - 1000);
    file_contents_close(contents);
    assert_int_equal(contents_kept(), 0);
    assert_null(file_store_contents(store, &file, &error));
    assert_int_equal(error.code, ERROR_NOT_FOUND);
    free(bytes);
}

static void test_upload_that_is_given_up(void **state) {
    (void)state;
    NEED_STORE();
    struct error error;
    struct file_store_upload *upload = file_store_upload_new(store, "ada", "file", 100, &error);
    assert_done(upload != NULL, error);
    assert_true(file_store_upload_append(upload, text("some"), &error));
    file_store_upload_delete(upload);
    assert_nothing("ada", "file");
    assert_int_equal(contents_kept(), 0);
    assert_int_equal(file_store_sequence(store, "ada"), 0);
}

// kill -9 while a file is written over and over: it is one of both, whole, and nothing is left.
static void test_kill(void **state) {
    (void)state;
    NEED_STORE();
    enum { SIZE = (3 << 20) + 5, ROUNDS = 12 };
    struct error error;
    struct stored_file file;
    uint8_t *one = pattern(SIZE, 1), *other = pattern(SIZE, 2);
    put_pattern("file", SIZE, 1);
    for (int round = 0; round < ROUNDS; round++) {
        pid_t child = fork();
        if (child == 0) {
            store = open_store();
            for (unsigned i = 0; store != NULL; i++) {
                file_store_put(store, "ada", "file", (struct bytes){i % 2 ? one : other, SIZE}, 0,
                               NULL, &error);
            }
            _exit(1);
        }
        usleep(20000 + 7000 * (useconds_t)round);
        kill(child, SIGKILL);
        assert_int_equal(waitpid(child, NULL, 0), child);
        struct file_contents *contents = open_contents("file", &file);
        uint8_t first; // that differs
        uint64_t at;
        int fd = file_contents_descriptor(contents, 1, 1, &at, &error);
        assert_int_equal(pread(fd, &first, 1, (off_t)at), 1);
        close(fd);
        assert_range(contents, first == one[1] ? one : other, 0, SIZE);
        file_contents_close(contents);
    }
    if (is_redis) { // what was on its way expires
        char reply[64];
        ask_redis("EVAL \"local n = 0 for _, k in ipairs(redis.call('KEYS', 'faasm:fp:*')) do "
                  "if redis.call('PTTL', k) < 0 then n = n + 1 end end return n\" 0",
                  reply, sizeof reply);
        assert_string_equal(reply, "4");
    }
    free(one);
    free(other);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        EACH_DRIVER(test_put_get_remove),
        EACH_DRIVER(test_contents_go_with_their_last_name),
        EACH_DRIVER(test_rename),
        EACH_DRIVER(test_bad_paths),
        EACH_DRIVER(test_files_and_folders_conflict),
        EACH_DRIVER(test_limit),
        EACH_DRIVER(test_lists_and_changes),
        EACH_DRIVER(test_many_processes),
        EACH_DRIVER(test_limit_of_many),
        EACH_DRIVER(test_many_threads),
        cmocka_unit_test_setup_teardown(test_folder_without_log, setup, teardown),
        EACH_DRIVER(test_ranges),
        EACH_DRIVER(test_open_contents_stay),
        EACH_DRIVER(test_upload_that_is_given_up),
        EACH_DRIVER(test_kill),
    };
    return cmocka_run_group_tests(tests, start_group, stop_group);
}
