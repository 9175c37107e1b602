// Which route a method and a raw (still percent-encoded) path lead to.
//
// A pattern is literal segments, "{name}" segments (a user, a function: checked with
// store_name_valid) and "{id}" segments (a call), and may end in "{rest}", which takes whatever
// follows, or "{key}", which does, too, and may hold NULs when it is decoded. Literal segments
// match byte for byte; parameters are percent-decoded once, and what decodes to a NUL or a slash is
// refused.
#ifndef FAASM_SERVER_ROUTE_H
#define FAASM_SERVER_ROUTE_H

#include "base/error.h"
#include "store/store.h"

#include <microhttpd.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct request;

// What a request body of a route is; it decides the limit.
enum route_body {
    ROUTE_BODY_NONE,
    ROUTE_BODY_INPUT,
    ROUTE_BODY_WASM,
    ROUTE_BODY_FILE,
    ROUTE_BODY_UPLOAD /* not held in memory */
};

struct route {
    const char *method; // GET also serves HEAD
    const char *pattern;
    enum route_body body;
    // Runs when the body is complete; answers, or suspends and answers later (request.h).
    enum MHD_Result (*handle)(struct request *request);
};

// The routes of this server.
extern const struct route server_routes[];
extern const size_t server_route_count;

enum { ROUTE_NAMES_MAX = 2, ROUTE_ALLOW_MAX = 64, ROUTE_REST_MAX = 512 };

struct route_match {
    const struct route *route;
    char names[ROUTE_NAMES_MAX][STORE_NAME_MAX + 1]; // of the {name} segments, in order
    uint32_t id;                                     // of {id}
    char rest[ROUTE_REST_MAX + 1];                   // of {rest} or {key}, decoded
    size_t rest_length;
    char allow[ROUTE_ALLOW_MAX]; // methods that the path has, for ROUTE_METHOD
};

enum route_result {
    ROUTE_FOUND,
    ROUTE_UNKNOWN, // no pattern has this path
    ROUTE_METHOD,  // a pattern has it, with another method
    ROUTE_BAD,     // a parameter is malformed: `error` says which (ERROR_ARGUMENT)
};

enum route_result route_find(const struct route *table, size_t count, const char *method,
                             const char *path, struct route_match *match, struct error *error);

// Decodes %XX of `length` bytes into at most `size`; how many there are is in *used.
bool route_decode_bytes(const char *encoded, size_t length, char *bytes, size_t size, size_t *used);

// Decodes %XX of `length` bytes into `text`, NUL-terminated. False when a % is not followed by two
// hexadecimal digits, the result holds a NUL, or it does not fit into `size`.
bool route_decode(const char *encoded, size_t length, char *text, size_t size);

#endif
