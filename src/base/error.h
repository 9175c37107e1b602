// One result convention for the whole project.
//
// A function that can fail returns `bool` (true: done) or a pointer (NULL: failed) and takes a
// `struct error *` last. On failure it has filled the error and left its outputs and the world as
// they were. To add a kind of error, add a row to ERROR_CODES.
#ifndef FAASM_BASE_ERROR_H
#define FAASM_BASE_ERROR_H

#include <stdbool.h>

// X(identifier, name as shown to users and in JSON, HTTP status)
#define ERROR_CODES(X)                                                                             \
    X(NONE, "ok", 200)                                                                             \
    X(ARGUMENT, "bad_argument", 400)                                                               \
    X(MALFORMED, "malformed", 422)     /* bytes that are not a module, TOML, JSON … */           \
    X(INVALID, "invalid", 422)         /* a well-formed module that does not validate */           \
    X(UNSUPPORTED, "unsupported", 422) /* valid, but uses what this build leaves out; named */     \
    X(UNLINKABLE, "unlinkable", 422)   /* an import that is missing or has another type */         \
    X(TRAP, "trap", 422)               /* guest code trapped outside a call (initialisation) */    \
    X(UNAUTHENTICATED, "unauthenticated", 401)                                                     \
    X(PERMISSION, "permission", 403)                                                               \
    X(NOT_FOUND, "not_found", 404)                                                                 \
    X(EXISTS, "exists", 409)                                                                       \
    X(CONFLICT, "conflict", 409)                                                                   \
    X(TOO_LARGE, "too_large", 413)                                                                 \
    X(BUSY, "busy", 429)                                                                           \
    X(CANCELLED, "cancelled", 409)                                                                 \
    X(TIMEOUT, "timeout", 504)                                                                     \
    X(UNAVAILABLE, "unavailable", 503)                                                             \
    X(MEMORY, "out_of_memory", 507)                                                                \
    X(IO, "io", 500)                                                                               \
    X(INTERNAL, "internal", 500)

enum error_code {
#define X(identifier, name, status) ERROR_##identifier,
    ERROR_CODES(X)
#undef X
        ERROR_CODE_COUNT
};

struct error {
    enum error_code code;
    char message[1024]; // one line, names the thing; always NUL-terminated
};

// Fills `error` (which may be NULL: the caller does not want to know) and returns false, so that
// `return error_set(...)` is the usual exit. Messages longer than the field are cut.
bool error_set(struct error *error, enum error_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

// As error_set with ERROR_IO (ERROR_NOT_FOUND for ENOENT, ERROR_MEMORY for ENOMEM), with ": " and
// the text of `number` (an errno value) appended.
bool error_set_errno(struct error *error, int number, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

// Puts "prefix: " before the message that is already there. Returns false.
bool error_prefix(struct error *error, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

// The name of a code ("not_found") and the HTTP status it maps to; static, never NULL.
const char *error_code_name(enum error_code code);
int error_code_http_status(enum error_code code);

#endif
