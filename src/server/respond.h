// Answers to requests. Each function queues one answer and returns what the handler has to return.
// Of the room only.
#ifndef FAASM_SERVER_RESPOND_H
#define FAASM_SERVER_RESPOND_H

#include "base/buffer.h"
#include "base/error.h"
#include "server/request.h"

#include <jansson.h>
#include <microhttpd.h>

// Queues `response` and gives up the reference to it; NULL (memory is out) closes the connection.
enum MHD_Result respond(struct request *request, unsigned status, struct MHD_Response *response);

// JSON; takes over `json`. NULL is answered as out of memory.
enum MHD_Result respond_json(struct request *request, unsigned status, json_t *json);

// Text of a type; takes over what `text` holds.
enum MHD_Result respond_text(struct request *request, unsigned status, const char *type,
                             struct buffer *text);

// The output of a finished call, as it lies there; NULL when memory is out.
struct MHD_Response *respond_output(struct call *call);

// Text of a type, to be given headers; takes over what `text` holds. NULL when memory is out.
struct MHD_Response *respond_text_response(const char *type, struct buffer *text);

// {"error": {"code", "message"[, "call"]}}; a `call` of 0 is left out. Messages may hold any bytes.
enum MHD_Result respond_failure(struct request *request, unsigned status, const char *code,
                                const char *message, uint32_t call);
enum MHD_Result respond_error(struct request *request, const struct error *error);
enum MHD_Result respond_error_code(struct request *request, enum error_code code,
                                   const char *message);

// Adds a header whose value is a number.
bool respond_header_number(struct MHD_Response *response, const char *name, long long value);

// A JSON string of any bytes: what is not UTF-8 becomes U+FFFD.
json_t *json_of_bytes(struct bytes text);
json_t *json_of_text(const char *text);

// clock_realtime() as "2026-01-31T12:00:00.000000Z", null for 0.
json_t *json_of_time(uint64_t nanoseconds);

#endif
