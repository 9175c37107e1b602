// The settings: defaults, limits, the environment, the file, and their page of the manual.
#include "base/buffer.h"
#include "base/file.h"
#include "server/settings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static bool load(struct settings *settings, const char *text, struct error *error) {
    return settings_load_text(settings, text, strlen(text), "test.toml", error);
}

static int create(void **state) {
    struct error error;
    struct settings *settings = calloc(1, sizeof *settings);
    *state = settings;
    return settings != NULL && settings_create(settings, &error) ? 0 : -1;
}

static int destroy(void **state) {
    settings_destroy(*state);
    free(*state);
    return 0;
}

static void test_defaults(void **state) {
    const struct settings *settings = *state;
    assert_string_equal(settings->listen, "127.0.0.1");
    assert_int_equal(settings->port, 8080);
    assert_string_equal(settings->folder, "");
    assert_int_equal(settings->memory_mb, 4096);
}

static void test_names(void **state) {
    (void)state;
    char flag[SETTING_NAME_MAX], variable[SETTING_NAME_MAX];
    const struct setting *setting = settings_find("memory_mb");
    assert_non_null(setting);
    setting_flag(setting, flag);
    setting_variable(setting, variable);
    assert_string_equal(flag, "memory-mb");
    assert_string_equal(variable, "FAASM_MEMORY_MB");
    assert_null(settings_find("memory-mb"));
    assert_null(settings_find(""));
}

// Both limits of every number are taken, and what is beyond is not.
static void test_limits(void **state) {
    struct settings *settings = *state;
    size_t count;
    const struct setting *rows = settings_rows(&count);
    for (size_t i = 0; i < count; i++) {
        if (rows[i].kind != SETTING_NUMBER) {
            continue;
        }
        char text[32];
        struct error error;
        snprintf(text, sizeof text, "%llu", (unsigned long long)rows[i].maximum);
        assert_true(settings_set(settings, &rows[i], text, &error));
        snprintf(text, sizeof text, "%llu", (unsigned long long)rows[i].maximum + 1);
        assert_false(settings_set(settings, &rows[i], text, &error));
        assert_int_equal(error.code, ERROR_ARGUMENT);
        snprintf(text, sizeof text, "%llu", (unsigned long long)rows[i].minimum);
        assert_true(settings_set(settings, &rows[i], text, &error));
        if (rows[i].minimum > 0) {
            snprintf(text, sizeof text, "%llu", (unsigned long long)rows[i].minimum - 1);
            assert_false(settings_set(settings, &rows[i], text, &error));
        }
    }
}

static void test_bad_numbers(void **state) {
    struct settings *settings = *state;
    static const char *const texts[] = {
        "", " ", "-1", "+1", " 1", "1 ", "1.0", "0x10", "ten", "1e3", "99999999999999999999999"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct error error;
        assert_false(settings_set(settings, settings_find("port"), texts[i], &error));
    }
    assert_int_equal(settings->port, 8080);
}

static void test_environment(void **state) {
    struct settings *settings = *state;
    struct error error;
    setenv("FAASM_PORT", "1234", 1);
    setenv("FAASM_FOLDER", "/some/where", 1);
    assert_true(settings_load_environment(settings, &error));
    assert_int_equal(settings->port, 1234);
    assert_string_equal(settings->folder, "/some/where");
    setenv("FAASM_PORT", "x", 1);
    assert_false(settings_load_environment(settings, &error));
    assert_non_null(strstr(error.message, "FAASM_PORT"));
    unsetenv("FAASM_PORT");
    unsetenv("FAASM_FOLDER");
}

static void test_file(void **state) {
    struct settings *settings = *state;
    struct error error;
    assert_true(load(settings,
                     "# a comment\r\n"
                     "\n"
                     "port = 9_000 # another\n"
                     "  listen=\"::1\"\t\n"
                     "folder = 'C:\\not escaped'\n"
                     "codegen = \"a\\tb\\\\c\\\"d\"\n"
                     "workers = 0",
                     &error));
    assert_int_equal(settings->port, 9000);
    assert_string_equal(settings->listen, "::1");
    assert_string_equal(settings->folder, "C:\\not escaped");
    assert_string_equal(settings->codegen, "a\tb\\c\"d");
    assert_true(load(settings, "", &error));
    assert_true(load(settings, "\n\n#", &error));
}

static void test_bad_files(void **state) {
    struct settings *settings = *state;
    static const char *const texts[] = {
        "port",
        "port =",
        "= 1",
        "port : 1",
        "port = 1 2",
        "port = 1,",
        "port = one",
        "port = \"1\"",
        "port = 1.5",
        "port = 0x10",
        "port = 01",
        "port = 1__0",
        "port = _1",
        "port = 1_",
        "port = -1",
        "port = 70000",
        "port = 111111111111111111111111111111111111111111111111111",
        "port = 1\nport = 2",
        "prot = 1",
        "listen = ::1",
        "listen = \"a",
        "listen = 'a",
        "listen = \"a\" b",
        "listen = \"\\u0041\"",
        "listen = \"\\",
        "listen = \"a\\\"",
        "listen = \"a\x01\"",
        "listen = \"\"\"a\"\"\"",
        "listen = [\"a\"]",
        "[server]",
        "server.port = 1",
        "\"port\" = 1",
        "a_key_that_is_longer_than_every_name_could_be_and_goes_on_and_on_and_on = 1",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct error error;
        if (load(settings, texts[i], &error)) {
            fail_msg("accepted: %s", texts[i]);
        }
        assert_non_null(strstr(error.message, "test.toml, line "));
    }
    struct error error;
    assert_false(settings_load_text(settings, "port = 1\0", 9, "test.toml", &error));
    assert_false(load(settings, "\n\nport = x", &error));
    assert_non_null(strstr(error.message, "line 3"));
}

static void test_files_cut_anywhere(void **state) {
    struct settings *settings = *state;
    static const char text[] = "port = 1_0 # c\nlisten = \"a\\\\b\"\nfolder = 'x'\n";
    for (size_t length = 0; length < sizeof text; length++) {
        // An exact copy, so that a sanitizer sees what is read past its end.
        char *copy = malloc(length == 0 ? 1 : length);
        assert_non_null(copy);
        memcpy(copy, text, length);
        settings_load_text(settings, copy, length, "test.toml", NULL);
        free(copy);
    }
}

// docs/operations.md has the row of every setting, with its default and text.
static void test_manual(void **state) {
    (void)state;
    struct error error;
    struct buffer page = {0};
    assert_true(file_read(FAASM_SOURCE_DIR "/docs/operations.md", 1 << 20, &page, &error));
    assert_true(buffer_append(&page, "", 1, &error));
    size_t count;
    const struct setting *rows = settings_rows(&count);
    for (size_t i = 0; i < count; i++) {
        char flag[SETTING_NAME_MAX], row[512];
        setting_flag(&rows[i], flag);
        snprintf(row, sizeof row, "| `--%s` | %s%s%s | %s |", flag, *rows[i].preset ? "`" : "",
                 rows[i].preset, *rows[i].preset ? "`" : "", rows[i].documentation);
        if (strstr((const char *)page.data, row) == NULL) {
            fail_msg("docs/operations.md has no row\n%s", row);
        }
    }
    buffer_destroy(&page);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_defaults, create, destroy),
        cmocka_unit_test(test_names),
        cmocka_unit_test_setup_teardown(test_limits, create, destroy),
        cmocka_unit_test_setup_teardown(test_bad_numbers, create, destroy),
        cmocka_unit_test_setup_teardown(test_environment, create, destroy),
        cmocka_unit_test_setup_teardown(test_file, create, destroy),
        cmocka_unit_test_setup_teardown(test_bad_files, create, destroy),
        cmocka_unit_test_setup_teardown(test_files_cut_anywhere, create, destroy),
        cmocka_unit_test(test_manual),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
