// Files of users in the store: names, contents, conflicts, limits, several stores at one place. One
// suite for each driver; the one for Redis is skipped where there is no redis-server.
#include "base/file.h"
#include "store/file_store.h"

#include <ftw.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/stat.h>

#include "redis_fixture.h"

static char folder[64];
static struct file_store *store;
static bool is_redis; // the driver of the test that runs

static int remove_one(const char *path, const struct stat *status, int flag, struct FTW *walk) {
    (void)status, (void)flag, (void)walk;
    return remove(path);
}

static struct file_store *open_store(void) {
    struct error error;
    struct file_driver driver;
    char temporary[96];
    struct file_store *opened;
    snprintf(temporary, sizeof temporary, "%s/temporary-%d", folder, getpid());
    if (is_redis) {
        open_redis(0, 0, &driver);
        opened = file_store_new(&driver, temporary, &error);
    } else {
        opened = file_store_open(folder, &error);
    }
    if (opened == NULL) {
        print_error("%s\n", error.message);
    }
    return opened;
}

static int make_folder(void) {
    snprintf(folder, sizeof folder, "/tmp/faasm-unit-XXXXXX");
    return mkdtemp(folder) == NULL ? -1 : 0;
}

static int setup(void **state) {
    (void)state;
    is_redis = false;
    if (make_folder() != 0) {
        return -1;
    }
    store = open_store();
    return store == NULL;
}

static int setup_redis(void **state) {
    (void)state;
    is_redis = true;
    if (redis_server <= 0) {
        store = NULL;
        return 0;
    }
    empty_redis();
    if (make_folder() != 0) {
        return -1;
    }
    store = open_store();
    return store == NULL;
}

static int teardown(void **state) {
    (void)state;
    if (store == NULL) {
        return 0;
    }
    file_store_close(store);
    store = NULL;
    return nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

#define NEED_STORE()                                                                               \
    if (store == NULL) {                                                                           \
        skip();                                                                                    \
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
    struct file_contents *contents = file_store_contents(store, &file, &error);
    assert_done(contents != NULL, error);
    FILE *copy = tmpfile();
    assert_int_equal(file_contents_copy(contents, 0, file.size, fileno(copy), 0, &error), 0);
    assert_int_equal(pread(fileno(copy), got, sizeof got, 0), strlen(wanted));
    assert_string_equal(got, wanted);
    fclose(copy);
    file_contents_close(contents);
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
    if (is_redis) {
        return count_keys("faasm:fc:*");
    }
    snprintf(path, sizeof path, "%s/contents", folder);
    assert_int_equal(nftw(path, count_one, 16, FTW_PHYS), 0);
    return count_one(NULL, NULL, 0, NULL);
}

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

static bool collect(void *context, const struct stored_file *file) {
    char *list = context;
    sprintf(list + strlen(list), "%s%s ", file->removed ? "-" : "", file->path);
    return true;
}

static bool count_file(void *context, const struct stored_file *file) {
    (void)file;
    ++*(int *)context;
    return true;
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

static uint8_t *pattern(size_t length, unsigned seed) {
    uint8_t *bytes = malloc(length + 1);
    for (size_t i = 0; i < length; i++) {
        seed = seed * 1664525u + 1013904223u;
        bytes[i] = (uint8_t)(seed >> 24);
    }
    return bytes;
}

static void put_pattern(const char *path, size_t length, unsigned seed) {
    struct error error;
    uint8_t *bytes = pattern(length, seed);
    assert_done(file_store_put(store, "ada", path, (struct bytes){bytes, length}, 0, NULL, &error),
                error);
    free(bytes);
}

static struct file_contents *open_contents(const char *path, struct stored_file *file) {
    struct error error;
    assert_done(file_store_get(store, "ada", path, file, &error), error);
    struct file_contents *contents = file_store_contents(store, file, &error);
    assert_done(contents != NULL, error);
    return contents;
}

static void assert_range(struct file_contents *contents, const uint8_t *wanted, uint64_t offset,
                         size_t length) {
    struct error error;
    uint64_t at;
    uint8_t *got = malloc(length + 1);
    int fd = file_contents_descriptor(contents, offset, length, &at, &error);
    assert_done(fd >= 0, error);
    assert_int_equal(pread(fd, got, length, (off_t)at), length);
    assert_memory_equal(got, wanted + offset, length);
    close(fd);
    free(got);
}

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

// ---- Redis alone --------------------------------------------------------------------------------

static void test_server_restarted(void **state) {
    (void)state;
    NEED_STORE();
    struct error error;
    put("ada", "kept", "before");
    redis_stop(SIGKILL);
    bool has;
    assert_int_equal(file_store_sequence(store, "ada"), 0);
    assert_false(file_store_has(store, "ada", "kept", &has, &error));
    assert_int_equal(error.code, ERROR_UNAVAILABLE);
    assert_true(start_redis());
    assert_contents("ada", "kept", "before");
    put("ada", "next", "after");
    redis_stop(SIGKILL);
    file_store_close(store);
    struct file_driver driver;
    open_redis(100000000, 0, &driver);
    char temporary[96];
    snprintf(temporary, sizeof temporary, "%s/away", folder);
    store = file_store_new(&driver, temporary, &error);
    assert_done(store != NULL, error);
    assert_int_equal(put_error("ada", "x", "x", 0), ERROR_UNAVAILABLE);
    struct stored_file file;
    assert_false(file_store_get(store, "ada", "kept", &file, &error));
    assert_int_equal(error.code, ERROR_UNAVAILABLE);
    assert_true(start_redis());
    assert_contents("ada", "next", "after");
}

static void test_server_silent(void **state) {
    (void)state;
    NEED_STORE();
    struct error error;
    struct file_driver driver;
    put("ada", "a", "x");
    file_store_close(store);
    open_redis(100000000, 200000000, &driver);
    char temporary[96];
    snprintf(temporary, sizeof temporary, "%s/silent", folder);
    store = file_store_new(&driver, temporary, &error);
    assert_done(store != NULL, error);
    kill(redis_server, SIGSTOP);
    struct stored_file file;
    assert_false(file_store_get(store, "ada", "a", &file, &error));
    assert_int_equal(error.code, ERROR_UNAVAILABLE);
    assert_int_equal(put_error("ada", "b", "x", 0), ERROR_UNAVAILABLE);
    assert_int_equal(file_store_sequence(store, "ada"), 0);
    kill(redis_server, SIGCONT);
    assert_contents("ada", "a", "x");
}

static void test_server_full(void **state) {
    (void)state;
    NEED_STORE();
    put_pattern("first", 1 << 20, 1);
    tell_redis("CONFIG SET maxmemory 1mb");
    uint8_t *bytes = pattern(8 << 20, 2);
    struct error error;
    assert_false(
        file_store_put(store, "ada", "first", (struct bytes){bytes, 8 << 20}, 0, NULL, &error));
    assert_int_equal(error.code, ERROR_UNAVAILABLE);
    assert_non_null(strstr(error.message, "OOM"));
    assert_int_equal(put_error("ada", "empty", "", 0), ERROR_UNAVAILABLE);
    struct stored_file file;
    struct file_contents *contents = open_contents("first", &file);
    assert_int_equal(file.size, 1 << 20);
    uint8_t *wanted = pattern(1 << 20, 1);
    assert_range(contents, wanted, 0, 1 << 20);
    file_contents_close(contents);
    assert_int_equal(count_keys("faasm:fp:*"), 1);
    assert_done(file_store_remove(store, "ada", "first", &error), error);
    assert_int_equal(count_keys("faasm:f[cpl]:*"), 0);
    tell_redis("CONFIG SET maxmemory 0");
    put("ada", "first", "again");
    free(bytes);
    free(wanted);
}

// A server in between, which loses one answer: the connection ends when it has come.
struct relay {
    int listener;
    int lost; // the number of the answer, from 0 on
    _Atomic int answers;
};

static bool pass(int from, int to) {
    static _Thread_local char bytes[1 << 16];
    ssize_t count = recv(from, bytes, sizeof bytes, 0);
    return count > 0 && send(to, bytes, (size_t)count, MSG_NOSIGNAL) == count;
}

static void relay_one(struct relay *relay, int client) {
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)redis_port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int server = socket(AF_INET, SOCK_STREAM, 0);
    struct pollfd ends[2] = {{client, POLLIN, 0}, {server, POLLIN, 0}};
    bool open = connect(server, (struct sockaddr *)&address, sizeof address) == 0;
    while (open && poll(ends, 2, -1) > 0) {
        if (ends[1].revents != 0) {
            open = atomic_fetch_add(&relay->answers, 1) != relay->lost && pass(server, client);
        } else if (ends[0].revents != 0) {
            open = pass(client, server);
        }
    }
    close(server);
    close(client);
}

static void *relay_all(void *context) {
    struct relay *relay = context;
    int client;
    while ((client = accept(relay->listener, NULL, NULL)) >= 0) {
        relay_one(relay, client); // the store of the test has one connection at a time
    }
    return NULL;
}

static int relay_open(struct relay *relay, int lost) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    *relay = (struct relay){.listener = socket(AF_INET, SOCK_STREAM, 0), .lost = lost};
    assert_int_equal(bind(relay->listener, (struct sockaddr *)&address, length), 0);
    assert_int_equal(listen(relay->listener, 8), 0);
    assert_int_equal(getsockname(relay->listener, (struct sockaddr *)&address, &length), 0);
    return ntohs(address.sin_port);
}

static void check_with_lost_answer(int port, const char *temporary) {
    struct error error;
    struct file_driver driver;
    char url[96];
    snprintf(url, sizeof url, "redis://127.0.0.1:%d/1", port);
    assert_done(file_driver_redis(&(struct file_redis_config){.url = url}, &driver, &error), error);
    struct file_store *direct = store;
    store = file_store_new(&driver, temporary, &error);
    assert_done(store != NULL, error);
    uint64_t before = file_store_sequence(direct, "ada");
    put("ada", "one", "first");
    put("ada", "one", "second");
    put("ada", "two", "third");
    assert_done(file_store_rename(store, "ada", "one", "two", &error), error);
    assert_contents("ada", "two", "second");
    assert_done(file_store_remove(store, "ada", "two", &error), error);
    assert_nothing("ada", "two");
    file_store_close(store);
    store = direct;
    assert_int_equal(file_store_sequence(store, "ada"), before + 5);
}

// Whichever answer is lost: each change is made once.
static void test_lost_answers(void **state) {
    (void)state;
    NEED_STORE();
    char temporary[96];
    struct relay relay;
    snprintf(temporary, sizeof temporary, "%s/relayed", folder);
    int lost = 0;
    do {
        pthread_t thread;
        int port = relay_open(&relay, lost);
        assert_int_equal(pthread_create(&thread, NULL, relay_all, &relay), 0);
        check_with_lost_answer(port, temporary);
        shutdown(relay.listener, SHUT_RDWR);
        pthread_join(thread, NULL);
        close(relay.listener);
    } while (relay.answers > lost++);
    assert_true(lost > 20);
    assert_int_equal(count_keys("faasm:f[cpl]:*"), 0);
}

// What a server gives back is checked: its length, and the digest of what is fetched whole.
static void test_damaged_contents(void **state) {
    (void)state;
    NEED_STORE();
    enum { SIZE = 3 << 20 };
    struct error error;
    struct stored_file file;
    FILE *copy = tmpfile();
    put_pattern("file", SIZE, 1);
    struct file_contents *contents = open_contents("file", &file);
    tell_redis("EVAL \"local k = redis.call('KEYS', 'faasm:fp:*:1')[1] "
               "redis.call('SETRANGE', k, 5, 'damaged')\" 0");
    assert_int_equal(file_contents_copy(contents, 0, SIZE, fileno(copy), 0, &error), EIO);
    assert_non_null(strstr(error.message, "damaged"));
    assert_int_equal(file_contents_copy(contents, 0, 1 << 20, fileno(copy), 0, &error), 0);
    tell_redis("EVAL \"local k = redis.call('KEYS', 'faasm:fp:*:1')[1] "
               "redis.call('SET', k, 'short')\" 0");
    assert_int_equal(file_contents_copy(contents, 1 << 20, 100, fileno(copy), 0, &error), EIO);
    assert_non_null(strstr(error.message, "missing"));
    tell_redis("EVAL \"local k = redis.call('KEYS', 'faasm:fp:*:1')[1] "
               "redis.call('DEL', k)\" 0");
    assert_int_equal(file_contents_copy(contents, 1 << 20, 100, fileno(copy), 0, &error), EIO);
    file_contents_close(contents);
    // The next upload of the same puts that right.
    put_pattern("again", SIZE, 1);
    contents = open_contents("file", &file);
    assert_int_equal(file_contents_copy(contents, 0, SIZE, fileno(copy), 0, &error), 0);
    file_contents_close(contents);
    fclose(copy);
}

// Names that a server invents do not leave the user's folder.
static void test_hostile_names(void **state) {
    (void)state;
    NEED_STORE();
    struct error error;
    char list[512] = "";
    put("ada", "good", "x");
    tell_redis("EVAL \"local v = redis.call('GET', 'faasm:fn:file/ada/good') "
               "for _, k in ipairs({'../bad', '/bad', 'a//bad', 'a/../bad', 'b\\\\0c'}) do "
               "for _, p in ipairs({'file/ada/', 'log/ada/0000000000000009/'}) do "
               "redis.call('SET', 'faasm:fn:' .. p .. k, v) "
               "redis.call('ZADD', 'faasm:fi', 0, p .. k) end end "
               "redis.call('SET', 'faasm:fn:file/ada/short', 'x') "
               "redis.call('SET', 'faasm:fn:file/ada/odd', string.rep('z', #v)) "
               "redis.call('ZADD', 'faasm:fi', 0, 'file/ada/odd')\" 0");
    assert_true(file_store_list(store, "ada", "", collect, list, &error));
    assert_null(strstr(list, "bad"));
    assert_null(strstr(list, "odd"));
    list[0] = '\0';
    assert_true(file_store_changes(store, "ada", 0, collect, list, &error));
    assert_null(strstr(list, "bad"));
    struct stored_file file;
    assert_false(file_store_get(store, "ada", "short", &file, &error));
    assert_int_equal(error.code, ERROR_IO);
    assert_false(file_store_get(store, "ada", "odd", &file, &error));
    assert_int_equal(error.code, ERROR_IO);
}

static void test_leases_expire(void **state) {
    (void)state;
    NEED_STORE();
    struct error error;
    struct stored_file file;
    put_pattern("file", 3 << 20, 1);
    struct file_contents *contents = open_contents("file", &file);
    assert_done(file_store_remove(store, "ada", "file", &error), error);
    assert_int_equal(count_keys("faasm:fp:*"), 3);
    // All that is left expires by itself.
    char reply[64];
    ask_redis("EVAL \"local n = 0 for _, k in ipairs(redis.call('KEYS', 'faasm:f[cpl]:*')) do "
              "if redis.call('PTTL', k) < 0 then n = n + 1 end end return n\" 0",
              reply, sizeof reply);
    assert_string_equal(reply, "0");
    file_contents_close(contents);
    assert_int_equal(count_keys("faasm:f[cpl]:*"), 0);
}

static void test_many_files(void **state) {
    (void)state;
    NEED_STORE();
    enum { FILES = 1100 };
    struct error error;
    tell_redis("CONFIG SET appendfsync no");
    for (int i = 0; i < FILES; i++) {
        char path[32];
        snprintf(path, sizeof path, "folder/%d", i);
        put("ada", path, "same");
    }
    int count = 0;
    assert_true(file_store_list(store, "ada", "folder/", count_file, &count, &error));
    assert_int_equal(count, FILES);
    count = 0;
    assert_true(file_store_changes(store, "ada", 100, count_file, &count, &error));
    assert_int_equal(count, FILES - 100);
    assert_int_equal(contents_kept(), 1);
    tell_redis("CONFIG SET appendfsync always");
}

#define EACH_DRIVER(test)                                                                          \
    {#test " (folder)", test, setup, teardown, NULL}, {                                            \
#test " (Redis)", test, setup_redis, teardown, NULL                                        \
    }
#define REDIS_ONLY(test)                                                                           \
    { #test, test, setup_redis, teardown, NULL }

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
        REDIS_ONLY(test_many_files),
        REDIS_ONLY(test_server_restarted),
        REDIS_ONLY(test_server_silent),
        REDIS_ONLY(test_server_full),
        REDIS_ONLY(test_lost_answers),
        REDIS_ONLY(test_damaged_contents),
        REDIS_ONLY(test_hostile_names),
        REDIS_ONLY(test_leases_expire),
    };
    return cmocka_run_group_tests(tests, start_group, stop_group);
}
