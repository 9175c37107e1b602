// Errors, buffers, arenas and files.
#include "base/arena.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static void test_error_messages_are_cut_not_overrun(void **state) {
    (void)state;
    struct error error;
    char text[4096];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    assert_false(error_set(&error, ERROR_INVALID, "%s", text));
    assert_int_equal(error.code, ERROR_INVALID);
    assert_int_equal(strlen(error.message), sizeof error.message - 1);
    assert_false(error_prefix(&error, "%s", text));
    assert_int_equal(strlen(error.message), sizeof error.message - 1);
    assert_false(error_set(NULL, ERROR_INVALID, "nobody listens"));
}

static void test_error_names_the_system_reason(void **state) {
    (void)state;
    struct error error;
    assert_false(error_set_errno(&error, ENOENT, "opening %s", "a"));
    assert_int_equal(error.code, ERROR_NOT_FOUND);
    assert_string_equal(error.message, "opening a: No such file or directory");
    assert_false(error_prefix(&error, "load"));
    assert_string_equal(error.message, "load: opening a: No such file or directory");
    assert_string_equal(error_code_name(ERROR_BUSY), "busy");
    assert_int_equal(error_code_http_status(ERROR_BUSY), 429);
    assert_string_equal(error_code_name((enum error_code)999), "internal");
}

static void test_buffer_grows_and_moves(void **state) {
    (void)state;
    struct buffer buffer = {0};
    struct error error;
    for (int i = 0; i < 1000; i++) {
        assert_true(buffer_printf(&buffer, &error, "%03d,", i));
    }
    assert_int_equal(buffer.length, 4000);
    assert_memory_equal(buffer.data + 3996, "999,", 4);
    assert_false(buffer_reserve(&buffer, SIZE_MAX - 10, &error));
    assert_int_equal(error.code, ERROR_MEMORY);
    assert_int_equal(buffer.length, 4000);
    assert_true(buffer_assign(&buffer, "ab", 2, &error));
    struct buffer taken = buffer_take(&buffer);
    assert_null(buffer.data);
    assert_int_equal(taken.length, 2);
    assert_true(buffer_append(&buffer, NULL, 0, &error));
    buffer_destroy(&taken);
    buffer_destroy(&buffer);
}

static void test_arena_is_zeroed_aligned_and_refuses_overflow(void **state) {
    (void)state;
    struct arena arena = {0};
    for (size_t size = 0; size < 5000; size += 7) {
        uint8_t *bytes = arena_allocate(&arena, size, 1);
        assert_non_null(bytes);
        assert_int_equal((uintptr_t)bytes % 16, 0);
        for (size_t i = 0; i < size; i++) {
            assert_int_equal(bytes[i], 0);
        }
        memset(bytes, 0xff, size);
    }
    assert_null(arena_allocate(&arena, SIZE_MAX / 2, 3));
    assert_non_null(arena_allocate(&arena, 1 << 20, 1));
    assert_string_equal(arena_copy_string(&arena, "hello world", 5), "hello");
    arena_destroy(&arena);
    assert_null(arena.blocks);
}

static size_t count_entries(const char *folder) {
    DIR *directory = opendir(folder);
    assert_non_null(directory);
    size_t count = 0;
    while (readdir(directory) != NULL) {
        count++;
    }
    closedir(directory);
    return count - 2;
}

static void test_files_are_written_whole_or_not_at_all(void **state) {
    (void)state;
    struct error error;
    char folder[] = "/tmp/faasm-base-XXXXXX";
    assert_non_null(mkdtemp(folder));
    char nested[PATH_MAX], path[PATH_MAX + 8];
    snprintf(nested, sizeof nested, "%s/a/b", folder);
    assert_true(file_make_folders(nested, &error));
    assert_true(file_make_folders(nested, &error));
    snprintf(path, sizeof path, "%s/f", nested);
    struct bytes text = {(const uint8_t *)"contents", 8};
    assert_true(file_write_atomic(path, text, 0640, &error));
    struct stat status;
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0640);

    struct buffer read = {0};
    assert_true(file_read(path, 8, &read, &error));
    assert_int_equal(read.length, 8);
    assert_memory_equal(read.data, "contents", 8);
    assert_false(file_read(path, 7, &read, &error));
    assert_int_equal(error.code, ERROR_TOO_LARGE);
    assert_int_equal(read.length, 8); // as it was

    // Onto a folder: fails, and leaves nothing behind.
    assert_false(file_write_atomic(nested, text, 0600, &error));
    snprintf(path, sizeof path, "%s/a", folder);
    assert_int_equal(count_entries(path), 1);
    assert_false(file_read("/nonexistent/file", 8, &read, &error));
    assert_int_equal(error.code, ERROR_NOT_FOUND);
    buffer_destroy(&read);

    snprintf(path, sizeof path, "rm -r %s", folder);
    assert_int_equal(system(path), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_error_messages_are_cut_not_overrun),
        cmocka_unit_test(test_error_names_the_system_reason),
        cmocka_unit_test(test_buffer_grows_and_moves),
        cmocka_unit_test(test_arena_is_zeroed_aligned_and_refuses_overflow),
        cmocka_unit_test(test_files_are_written_whole_or_not_at_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
