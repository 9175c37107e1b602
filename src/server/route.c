#include "server/route.h"

#include <stdio.h>
#include <string.h>

static int hexadecimal_value(char c) {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool route_decode_bytes(const char *encoded, size_t length, char *bytes, size_t size,
                        size_t *used) {
    *used = 0;
    for (size_t i = 0; i < length; i++) {
        char c = encoded[i];
        if (c == '%') {
            if (length - i < 3) {
                return false;
            }
            int high = hexadecimal_value(encoded[i + 1]), low = hexadecimal_value(encoded[i + 2]);
            if (high < 0 || low < 0) {
                return false;
            }
            c = (char)(high * 16 + low);
            i += 2;
        }
        if (*used >= size) {
            return false;
        }
        bytes[(*used)++] = c;
    }
    return true;
}

bool route_decode(const char *encoded, size_t length, char *text, size_t size) {
    size_t used;
    bool done = size > 0 && route_decode_bytes(encoded, length, text, size - 1, &used) &&
                memchr(text, '\0', used) == NULL;
    if (size > 0) {
        text[done ? used : 0] = '\0';
    }
    return done;
}

// A part of a path or pattern between slashes.
struct segment {
    const char *data;
    size_t length;
};

// Takes the next segment; `*at` stands on a slash or at the end.
static bool next_segment(const char **at, struct segment *segment) {
    if (**at != '/') {
        return false;
    }
    const char *start = *at + 1;
    size_t length = strcspn(start, "/");
    *segment = (struct segment){start, length};
    *at = start + length;
    return true;
}

static bool segment_is(struct segment segment, const char *text) {
    return strlen(text) == segment.length && memcmp(segment.data, text, segment.length) == 0;
}

static bool pattern_fits(const char *pattern, const char *path) {
    struct segment wanted, given;
    while (next_segment(&pattern, &wanted)) {
        if (segment_is(wanted, "{rest}") || segment_is(wanted, "{key}")) {
            return *path == '/' && path[1] != '\0';
        }
        if (!next_segment(&path, &given)) {
            return false;
        }
        bool literal = wanted.data[0] != '{';
        if (literal && (wanted.length != given.length ||
                        memcmp(wanted.data, given.data, wanted.length) != 0)) {
            return false;
        }
    }
    return *path == '\0';
}

static bool read_name(struct segment segment, char name[STORE_NAME_MAX + 1], struct error *error) {
    if (!route_decode(segment.data, segment.length, name, STORE_NAME_MAX + 1) ||
        !store_name_valid(name)) {
        name[0] = '\0';
        return error_set(error, ERROR_ARGUMENT,
                         "a user or function name is 1 to %d of A-Z a-z 0-9 _ - . and does not "
                         "begin with '.' or '-'",
                         STORE_NAME_MAX);
    }
    return true;
}

static bool read_id(struct segment segment, uint32_t *id, struct error *error) {
    uint32_t value = 0;
    for (size_t i = 0; i < segment.length; i++) {
        char c = segment.data[i];
        if (c < '0' || c > '9' || value > (INT32_MAX - (uint32_t)(c - '0')) / 10) {
            value = 0;
            break;
        }
        value = value * 10 + (uint32_t)(c - '0');
    }
    *id = value;
    return value != 0 ||
           error_set(error, ERROR_ARGUMENT, "a call id is a number from 1 to %d", INT32_MAX);
}

static bool read_parameters(const char *pattern, const char *path, struct route_match *match,
                            struct error *error) {
    struct segment wanted, given;
    int names = 0;
    while (next_segment(&pattern, &wanted)) {
        if (segment_is(wanted, "{rest}")) {
            return route_decode(path + 1, strlen(path + 1), match->rest, sizeof match->rest) ||
                   error_set(error, ERROR_ARGUMENT, "a path is at most %d bytes, without NULs",
                             ROUTE_REST_MAX);
        }
        if (segment_is(wanted, "{key}")) {
            return route_decode_bytes(path + 1, strlen(path + 1), match->rest, ROUTE_REST_MAX,
                                      &match->rest_length) ||
                   error_set(error, ERROR_ARGUMENT, "a key of state has at most %d bytes",
                             ROUTE_REST_MAX);
        }
        if (!next_segment(&path, &given)) {
            break;
        }
        if (segment_is(wanted, "{name}")) {
            if (!read_name(given, match->names[names++], error)) {
                return false;
            }
        } else if (segment_is(wanted, "{id}") && !read_id(given, &match->id, error)) {
            return false;
        }
    }
    return true;
}

static bool method_fits(const struct route *route, const char *method) {
    return strcmp(route->method, method) == 0 ||
           (strcmp(route->method, "GET") == 0 && strcmp(method, "HEAD") == 0);
}

static void allow_method(struct route_match *match, const char *method) {
    size_t length = strlen(match->allow);
    const char *separator = length == 0 ? "" : ", ";
    const char *also = strcmp(method, "GET") == 0 ? ", HEAD" : "";
    snprintf(match->allow + length, ROUTE_ALLOW_MAX - length, "%s%s%s", separator, method, also);
}

enum route_result route_find(const struct route *table, size_t count, const char *method,
                             const char *path, struct route_match *match, struct error *error) {
    match->route = NULL;
    match->id = 0;
    match->allow[0] = '\0';
    match->rest[0] = '\0';
    for (int i = 0; i < ROUTE_NAMES_MAX; i++) {
        match->names[i][0] = '\0';
    }
    for (size_t i = 0; i < count; i++) {
        if (!pattern_fits(table[i].pattern, path)) {
            continue;
        }
        if (!method_fits(&table[i], method)) {
            allow_method(match, table[i].method);
            continue;
        }
        match->route = &table[i];
        return read_parameters(table[i].pattern, path, match, error) ? ROUTE_FOUND : ROUTE_BAD;
    }
    return match->allow[0] == '\0' ? ROUTE_UNKNOWN : ROUTE_METHOD;
}
