#include "redis/link.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEFAULT_PORT = 6379 };

void redis_address_destroy(struct redis_address *address) {
    free(address->host);
    free(address->path);
    free(address->user);
    free(address->password);
    free(address->authority);
    *address = (struct redis_address){0};
}

static int digit(char c) {
    return c >= '0' && c <= '9'                 ? c - '0'
           : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10
                                                : -1;
}

// A part of a URL with %XX decoded; NULL when it is malformed or memory is out.
static char *decode(const char *text, size_t length) {
    char *decoded = malloc(length + 1);
    size_t to = 0;
    for (size_t i = 0; decoded != NULL && i < length; i++) {
        char c = text[i];
        if (c == '%') {
            int high = length - i > 2 ? digit(text[i + 1]) : -1;
            int low = length - i > 2 ? digit(text[i + 2]) : -1;
            if (high < 0 || low < 0 || high + low == 0) {
                free(decoded);
                return NULL;
            }
            c = (char)(16 * high + low);
            i += 2;
        }
        decoded[to++] = c;
    }
    if (decoded != NULL) {
        decoded[to] = '\0';
    }
    return decoded;
}

static bool read_number(const char *text, size_t length, unsigned long maximum,
                        unsigned long *number) {
    *number = 0;
    for (size_t i = 0; i < length; i++) {
        if (text[i] < '0' || text[i] > '9') {
            return false;
        }
        *number = *number * 10 + (unsigned long)(text[i] - '0');
        if (*number > maximum) {
            return false;
        }
    }
    return length > 0;
}

// [user:]password
static bool read_login(struct redis_address *address, const char *begin, const char *end) {
    const char *colon = memchr(begin, ':', (size_t)(end - begin));
    const char *password = colon == NULL ? begin : colon + 1;
    if (colon != NULL && colon > begin) {
        address->user = decode(begin, (size_t)(colon - begin));
        if (address->user == NULL) {
            return false;
        }
    }
    address->password = decode(password, (size_t)(end - password));
    return address->password != NULL;
}

// host[:port]; an IPv6 address in brackets
static bool read_host(struct redis_address *address, const char *begin, const char *end) {
    const char *host_end = end;
    const char *port = NULL;
    if (begin < end && *begin == '[') {
        host_end = memchr(begin, ']', (size_t)(end - begin));
        if (host_end == NULL) {
            return false;
        }
        port = host_end + 1 < end ? host_end + 1 : NULL;
        begin++;
    } else {
        port = memchr(begin, ':', (size_t)(end - begin));
        host_end = port != NULL ? port : end;
    }
    unsigned long number = DEFAULT_PORT;
    if (port != NULL &&
        (*port != ':' || !read_number(port + 1, (size_t)(end - port - 1), 65535, &number))) {
        return false;
    }
    address->port = (uint16_t)number;
    address->host =
        begin == host_end ? strdup("127.0.0.1") : decode(begin, (size_t)(host_end - begin));
    return address->host != NULL;
}

static bool read_rest(struct redis_address *address, const char *text) {
    if (*text == '/') {
        size_t length = strcspn(++text, "?");
        unsigned long database = 0;
        if (length > 0 && !read_number(text, length, 1000000, &database)) {
            return false;
        }
        address->database = (unsigned)database;
        text += length;
    }
    if (strncmp(text, "?ca=", 4) == 0 && address->tls) {
        address->authority = decode(text + 4, strlen(text + 4));
        return address->authority != NULL;
    }
    return *text == '\0';
}

static bool parse(const char *url, struct redis_address *address) {
    if (strncmp(url, "unix://", 7) == 0) {
        address->path = decode(url + 7, strlen(url + 7));
        return address->path != NULL && address->path[0] == '/';
    }
    address->tls = strncmp(url, "rediss://", 9) == 0;
    if (!address->tls && strncmp(url, "redis://", 8) != 0) {
        return false;
    }
    const char *begin = url + (address->tls ? 9 : 8);
    const char *end = begin + strcspn(begin, "/?");
    const char *at = memrchr(begin, '@', (size_t)(end - begin));
    if (at != NULL && !read_login(address, begin, at)) {
        return false;
    }
    return read_host(address, at != NULL ? at + 1 : begin, end) && read_rest(address, end);
}

bool redis_address_parse(const char *url, struct redis_address *address, struct error *error) {
    *address = (struct redis_address){0};
    if (!parse(url, address)) {
        redis_address_destroy(address);
        // The URL may hold a password, so it is not shown.
        return error_set(
            error, ERROR_ARGUMENT,
            "not a URL of Redis: wanted redis://[[user:]password@]host[:port][/number], "
            "rediss://… or unix:///path");
    }
    return true;
}

bool redis_needs(const char *url, struct redis_needs *needs, struct error *error) {
    struct redis_address address;
    if (!redis_address_parse(url, &address, error)) {
        return false;
    }
    const char *file = address.path != NULL ? address.path : address.authority;
    needs->port = address.path != NULL ? 0 : address.port;
    snprintf(needs->file, sizeof needs->file, "%s", file != NULL ? file : "");
    redis_address_destroy(&address);
    return true;
}
