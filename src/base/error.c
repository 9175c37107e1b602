#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *name;
    int http_status;
} code_table[ERROR_CODE_COUNT] = {
#define X(identifier, text, status) [ERROR_##identifier] = {text, status},
    ERROR_CODES(X)
#undef X
};

bool error_set(struct error *error, enum error_code code, const char *format, ...) {
    if (error == NULL) {
        return false;
    }
    error->code = code;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error->message, sizeof error->message, format, arguments);
    va_end(arguments);
    return false;
}

static enum error_code code_of_errno(int number) {
    switch (number) {
    case ENOENT:
        return ERROR_NOT_FOUND;
    case ENOMEM:
        return ERROR_MEMORY;
    case EACCES:
    case EPERM:
        return ERROR_PERMISSION;
    case EEXIST:
        return ERROR_EXISTS;
    default:
        return ERROR_IO;
    }
}

bool error_set_errno(struct error *error, int number, const char *format, ...) {
    if (error == NULL) {
        return false;
    }
    error->code = code_of_errno(number);
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(error->message, sizeof error->message, format, arguments);
    va_end(arguments);
    if (length >= 0 && (size_t)length < sizeof error->message) {
        char reason[128];
        snprintf(error->message + length, sizeof error->message - (size_t)length, ": %s",
                 strerror_r(number, reason, sizeof reason));
    }
    return false;
}

bool error_prefix(struct error *error, const char *format, ...) {
    if (error == NULL) {
        return false;
    }
    char rest[sizeof error->message];
    memcpy(rest, error->message, sizeof rest);
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(error->message, sizeof error->message, format, arguments);
    va_end(arguments);
    if (length >= 0 && (size_t)length < sizeof error->message) {
        snprintf(error->message + length, sizeof error->message - (size_t)length, ": %s", rest);
    }
    return false;
}

const char *error_code_name(enum error_code code) {
    return (unsigned)code < ERROR_CODE_COUNT ? code_table[code].name : "internal";
}

int error_code_http_status(enum error_code code) {
    return (unsigned)code < ERROR_CODE_COUNT ? code_table[code].http_status : 500;
}
