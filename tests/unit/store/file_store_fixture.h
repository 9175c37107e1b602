// What the tests of the file store share: a store of either driver, and what they do with it.
//
// EACH_DRIVER(test) makes two tests of a function; the one for Redis is skipped where there is no
// redis-server, REDIS_ONLY makes that one alone.
#ifndef FAASM_TESTS_STORE_FILE_STORE_FIXTURE_H
#define FAASM_TESTS_STORE_FILE_STORE_FIXTURE_H

#include "base/file.h"
#include "store/file_store.h"

#include <ftw.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/stat.h>

#include "redis_fixture.h"

// Not every test uses all of this.
#pragma clang diagnostic ignored "-Wunused-function"

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

#define EACH_DRIVER(test)                                                                          \
    {#test " (folder)", test, setup, teardown, NULL}, {                                            \
#test " (Redis)", test, setup_redis, teardown, NULL                                        \
    }
#define REDIS_ONLY(test)                                                                           \
    { #test, test, setup_redis, teardown, NULL }

#endif
