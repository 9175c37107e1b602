// Routing: which route a method and a raw path lead to, and what hostile paths get.
#include "server/route.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static enum route_result find(const char *method, const char *path, struct route_match *match) {
    struct error error;
    return route_find(server_routes, server_route_count, method, path, match, &error);
}

static void expect_route(const char *method, const char *path, const char *pattern,
                         const char *first, const char *second, uint32_t id) {
    struct route_match match;
    assert_int_equal(find(method, path, &match), ROUTE_FOUND);
    assert_string_equal(match.route->pattern, pattern);
    assert_string_equal(match.names[0], first);
    assert_string_equal(match.names[1], second);
    assert_int_equal(match.id, id);
}

static void test_routes_are_found(void **state) {
    (void)state;
    const char *function = "/v1/functions/{name}/{name}";
    expect_route("PUT", "/v1/functions/ada/sum", function, "ada", "sum", 0);
    expect_route("GET", "/v1/functions/ada/sum", function, "ada", "sum", 0);
    expect_route("HEAD", "/v1/functions/ada/sum", function, "ada", "sum", 0);
    expect_route("DELETE", "/v1/functions/ada/sum", function, "ada", "sum", 0);
    expect_route("POST", "/v1/functions/ada/sum/invoke", "/v1/functions/{name}/{name}/invoke",
                 "ada", "sum", 0);
    expect_route("GET", "/v1/functions", "/v1/functions", "", "", 0);
    expect_route("GET", "/v1/functions/ada", "/v1/functions/{name}", "ada", "", 0);
    expect_route("GET", "/v1/calls/17", "/v1/calls/{id}", "", "", 17);
    expect_route("GET", "/v1/calls/2147483647/logs", "/v1/calls/{id}/logs", "", "", 2147483647);
    expect_route("GET", "/v1/calls/1/output", "/v1/calls/{id}/output", "", "", 1);
    expect_route("DELETE", "/v1/calls/1", "/v1/calls/{id}", "", "", 1);
    expect_route("PUT", "/v1/files/ada/a/b/../c", "/v1/files/{name}/{rest}", "ada", "", 0);
    expect_route("GET", "/metrics", "/metrics", "", "", 0);
}

static void test_names_are_decoded_once(void **state) {
    (void)state;
    struct route_match match;
    expect_route("GET", "/v1/functions/a%64a/s%55m", "/v1/functions/{name}/{name}", "ada", "sUm",
                 0);
    // %2561 is the text "%61", which is no name, not the letter a.
    assert_int_equal(find("GET", "/v1/functions/%2561/x", &match), ROUTE_BAD);
}

static void test_every_route_leads_to_itself(void **state) {
    (void)state;
    for (size_t i = 0; i < server_route_count; i++) {
        char path[256] = "";
        for (const char *p = server_routes[i].pattern; *p != '\0';) {
            size_t used = strlen(path);
            if (*p == '{') {
                strcpy(path + used, strncmp(p, "{id}", 4) == 0 ? "7" : "n");
                p += strcspn(p, "}") + 1;
            } else {
                path[used] = *p++;
                path[used + 1] = '\0';
            }
        }
        struct route_match match;
        assert_int_equal(find(server_routes[i].method, path, &match), ROUTE_FOUND);
        assert_ptr_equal(match.route, &server_routes[i]);
        assert_int_equal(find("BREW", path, &match), ROUTE_METHOD);
        assert_non_null(strstr(match.allow, server_routes[i].method));
    }
}

static void test_unknown_paths(void **state) {
    (void)state;
    static const char *const paths[] = {
        "",
        "/",
        "//",
        "*",
        "/v1",
        "/v1/",
        "/v2/functions",
        "v1/functions",
        "//v1/functions",
        "/v1//functions",
        "/v1/functionsx",
        "/v1/function",
        "/V1/functions",
        "/v1/%66unctions",
        "/healthz/",
        "/healthz/x",
        "/v1/functions/a/b/c",
        "/v1/functions/a/b/invoke/",
        "/v1/functions/a/b/invoke/x",
        "/v1/calls",
        "/v1/calls/1/output/x",
        "/v1/state/a/",
        "/v1/../healthz",
        "/./healthz",
        "http://host/healthz",
    };
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        struct route_match match;
        if (find("GET", paths[i], &match) != ROUTE_UNKNOWN) {
            fail_msg("%s is a route", paths[i]);
        }
    }
}

static void test_bad_parameters(void **state) {
    (void)state;
    char long_name[256] = "/v1/functions/a/";
    memset(long_name + strlen(long_name), 'x', STORE_NAME_MAX + 1);
    char long_encoded[512] = "/v1/functions/a/";
    for (int i = 0; i <= STORE_NAME_MAX; i++) {
        strcat(long_encoded, "%61");
    }
    const char *const paths[] = {
        "/v1/functions/",
        "/v1/functions//x",
        "/v1/functions/a/",
        "/v1/functions/../x",
        "/v1/functions/a/..",
        "/v1/functions/a/.",
        "/v1/functions/a/%2e%2e",
        "/v1/functions/a/%2E%2e%2fb",
        "/v1/functions/a%2fb/x",
        "/v1/functions/a%5cb/x",
        "/v1/functions/a/x%00",
        "/v1/functions/a/%00",
        "/v1/functions/a/x%00.wasm",
        "/v1/functions/a/%",
        "/v1/functions/a/%4",
        "/v1/functions/a/%zz",
        "/v1/functions/a/%4g",
        "/v1/functions/a/-x",
        "/v1/functions/a/.x",
        "/v1/functions/a/x y",
        "/v1/functions/a/x%20y",
        "/v1/functions/a/x%0ay",
        "/v1/functions/a/x+y",
        "/v1/functions/a/\xc3\xa4",
        "/v1/functions/a/%c3%a4",
        "/v1/functions/a/x%ff",
        "/v1/calls/",
        "/v1/calls/0",
        "/v1/calls/-1",
        "/v1/calls/+1",
        "/v1/calls/1x",
        "/v1/calls/0x1",
        "/v1/calls/%31",
        "/v1/calls/2147483648",
        "/v1/calls/4294967297",
        "/v1/calls/18446744073709551617",
        "/v1/calls/1e3/logs",
        "/v1/state/../x",
        long_name,
        long_encoded,
    };
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        struct route_match match;
        if (find("GET", paths[i], &match) != ROUTE_BAD) {
            fail_msg("%s is not refused", paths[i]);
        }
    }
}

static void test_methods(void **state) {
    (void)state;
    struct route_match match;
    assert_int_equal(find("POST", "/v1/functions/a/b", &match), ROUTE_METHOD);
    assert_string_equal(match.allow, "PUT, GET, HEAD, DELETE");
    assert_int_equal(find("GET", "/v1/functions/a/b/invoke", &match), ROUTE_METHOD);
    assert_string_equal(match.allow, "POST");
    assert_int_equal(find("get", "/healthz", &match), ROUTE_METHOD);
    assert_int_equal(find("", "/healthz", &match), ROUTE_METHOD);
    assert_int_equal(find("HEAD", "/v1/functions/a/b/invoke", &match), ROUTE_METHOD);
}

static void test_decode(void **state) {
    (void)state;
    char text[8];
    assert_true(route_decode("a%20b", 5, text, sizeof text));
    assert_string_equal(text, "a b");
    assert_true(route_decode("", 0, text, sizeof text));
    assert_string_equal(text, "");
    assert_true(route_decode("1234567", 7, text, sizeof text));
    assert_false(route_decode("12345678", 8, text, sizeof text));
    assert_false(route_decode("%00", 3, text, sizeof text));
    assert_false(route_decode("%4", 2, text, sizeof text));
    // The digits lie past the end that was given.
    assert_false(route_decode("%41", 2, text, sizeof text));
}

// Every byte in every place of a path: a result, and names that are valid when it is found.
static void test_all_bytes(void **state) {
    (void)state;
    static const char *const paths[] = {"/v1/functions/ab/cd", "/v1/calls/12/logs",
                                        "/v1/functions/%61b/c%64/invoke"};
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        char path[64];
        for (size_t at = 0; at < strlen(paths[i]); at++) {
            for (int byte = 1; byte < 256; byte++) {
                strcpy(path, paths[i]);
                path[at] = (char)byte;
                struct route_match match;
                if (find("GET", path, &match) == ROUTE_FOUND && match.names[0][0] != '\0') {
                    assert_true(store_name_valid(match.names[0]));
                    assert_true(match.names[1][0] == '\0' || store_name_valid(match.names[1]));
                }
            }
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_routes_are_found),
        cmocka_unit_test(test_names_are_decoded_once),
        cmocka_unit_test(test_every_route_leads_to_itself),
        cmocka_unit_test(test_unknown_paths),
        cmocka_unit_test(test_bad_parameters),
        cmocka_unit_test(test_methods),
        cmocka_unit_test(test_decode),
        cmocka_unit_test(test_all_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
