// The bound of a cache: what goes, in which order, and what stays.
#include "store/object_cache.h"

#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[PATH_MAX];

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *walk) {
    (void)status, (void)kind, (void)walk;
    return remove(path);
}

static int set_up(void **state) {
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/faasm-cache-XXXXXX");
    return mkdtemp(folder) == NULL;
}

static int tear_down(void **state) {
    (void)state;
    return nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void path_of(const char *name, char path[PATH_MAX]) {
    assert_true(snprintf(path, PATH_MAX, "%s/%s", folder, name) < PATH_MAX);
}

// A file of so many bytes that was used so many seconds ago.
static void make(const char *name, off_t bytes, time_t ago) {
    char path[PATH_MAX];
    path_of(name, path);
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(ftruncate(fd, bytes), 0);
    struct timespec times[2] = {{time(NULL) - ago, 0}, {time(NULL) - ago, 0}};
    assert_int_equal(futimens(fd, times), 0);
    close(fd);
}

static bool there(const char *name) {
    char path[PATH_MAX];
    path_of(name, path);
    return access(path, F_OK) == 0;
}

static void make_folder(const char *name) {
    char path[PATH_MAX];
    path_of(name, path);
    assert_int_equal(mkdir(path, 0700), 0);
}

static void test_oldest_go_first(void **state) {
    (void)state;
    make_folder("ab");
    make("ab/old.so", 1000, 300);
    make("older.so", 1000, 400);
    make("new.so", 1000, 100);
    make("ab/newer.so", 1000, 50);
    struct object_cache_trimmed trimmed = object_cache_trim(folder, 4000);
    assert_int_equal(trimmed.files, 0);
    trimmed = object_cache_trim(folder, 2500);
    assert_int_equal(trimmed.files, 2);
    assert_int_equal(trimmed.bytes, 2000);
    assert_true(!there("older.so") && !there("ab/old.so"));
    assert_true(there("new.so") && there("ab/newer.so"));
}

static void test_in_use_stays(void **state) {
    (void)state;
    make("a.so", 1000, 300);
    make("b.so", 1000, 200);
    make("c.so", 1000, 100);
    char path[PATH_MAX];
    path_of("a.so", path);
    int user = open(path, O_RDONLY | O_CLOEXEC);
    assert_int_equal(flock(user, LOCK_SH), 0);
    assert_int_equal(object_cache_trim(folder, 1000).files, 2);
    assert_true(there("a.so") && !there("b.so") && !there("c.so"));
    assert_int_equal(object_cache_trim(folder, 0).files, 0);
    close(user);
    assert_int_equal(object_cache_trim(folder, 0).files, 1);
    assert_false(there("a.so"));
}

static void test_what_was_left_behind(void **state) {
    (void)state;
    make("a.so", 10, 8000);
    make("a.so.Xy12Ab", 1000, 8000);
    make("b.so.Xy12Ab", 1000, 5);
    make("Xy12Ab.wasm", 1000, 8000);
    make("a.txt", 1000, 8000);
    assert_int_equal(object_cache_trim(folder, 100).files, 0);
    assert_true(there("a.so") && there("b.so.Xy12Ab") && there("a.txt"));
    assert_false(there("a.so.Xy12Ab") || there("Xy12Ab.wasm"));
}

static void test_nothing_there(void **state) {
    (void)state;
    assert_int_equal(object_cache_trim("/nonexistent/cache", 0).files, 0);
    assert_int_equal(object_cache_trim(folder, 0).files, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_oldest_go_first, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_in_use_stays, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_was_left_behind, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_nothing_there, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
