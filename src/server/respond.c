#include "server/respond.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { RETRY_SECONDS = 1 }; // queues move on within that

enum MHD_Result respond(struct request *request, unsigned status, struct MHD_Response *response) {
    if (response == NULL) {
        return MHD_NO;
    }
    if (atomic_load_explicit(&request->server->draining, memory_order_relaxed)) {
        MHD_add_response_header(response, MHD_HTTP_HEADER_CONNECTION, "close");
    }
    enum MHD_Result queued = MHD_queue_response(request->connection, status, response);
    MHD_destroy_response(response);
    atomic_fetch_add_explicit(&request->server->answers[status / 100 % 6], 1, memory_order_relaxed);
    return queued;
}

static struct MHD_Response *typed_response(void *data, size_t length, const char *type) {
    struct MHD_Response *response =
        MHD_create_response_from_buffer(length, data, MHD_RESPMEM_MUST_FREE);
    if (response == NULL) {
        free(data);
        return NULL;
    }
    if (MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type) == MHD_NO) {
        MHD_destroy_response(response);
        return NULL;
    }
    return response;
}

static struct MHD_Response *json_response(json_t *json) {
    char *text = json == NULL ? NULL : json_dumps(json, JSON_COMPACT);
    json_decref(json);
    return text == NULL ? NULL : typed_response(text, strlen(text), "application/json");
}

enum MHD_Result respond_json(struct request *request, unsigned status, json_t *json) {
    struct MHD_Response *response = json_response(json);
    if (response == NULL) {
        return respond_error_code(request, ERROR_MEMORY, "no memory for the answer");
    }
    return respond(request, status, response);
}

struct MHD_Response *respond_text_response(const char *type, struct buffer *text) {
    struct buffer taken = buffer_take(text);
    return typed_response(taken.data, taken.length, type);
}

enum MHD_Result respond_text(struct request *request, unsigned status, const char *type,
                             struct buffer *text) {
    return respond(request, status, respond_text_response(type, text));
}

enum MHD_Result respond_failure(struct request *request, unsigned status, const char *code,
                                const char *message, uint32_t call) {
    json_t *detail = json_pack("{s:s,s:o}", "code", code, "message", json_of_text(message));
    if (detail != NULL && call != 0) {
        json_object_set_new(detail, "call", json_integer(call));
    }
    json_t *json = detail == NULL ? NULL : json_pack("{s:o}", "error", detail);
    struct MHD_Response *response = json_response(json);
    if (response != NULL && request->match.allow[0] != '\0' &&
        status == MHD_HTTP_METHOD_NOT_ALLOWED) {
        MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, request->match.allow);
    }
    if (response != NULL && status == MHD_HTTP_TOO_MANY_REQUESTS) {
        respond_header_number(response, MHD_HTTP_HEADER_RETRY_AFTER, RETRY_SECONDS);
    }
    if (response != NULL && call != 0) {
        respond_header_number(response, "X-Faasm-Call-Id", call);
    }
    return respond(request, status, response);
}

enum MHD_Result respond_error(struct request *request, const struct error *error) {
    return respond_failure(request, (unsigned)error_code_http_status(error->code),
                           error_code_name(error->code), error->message, 0);
}

enum MHD_Result respond_error_code(struct request *request, enum error_code code,
                                   const char *message) {
    return respond_failure(request, (unsigned)error_code_http_status(code), error_code_name(code),
                           message, 0);
}

bool respond_header_number(struct MHD_Response *response, const char *name, long long value) {
    char text[24], *first = text + sizeof text;
    unsigned long long left = value < 0 ? -(unsigned long long)value : (unsigned long long)value;
    *--first = '\0';
    do {
        *--first = (char)('0' + left % 10);
        left /= 10;
    } while (left > 0);
    if (value < 0) {
        *--first = '-';
    }
    return MHD_add_response_header(response, name, first) == MHD_YES;
}

// Length of the UTF-8 sequence at the start of `at`, 0 where there is none.
static size_t sequence_length(const uint8_t *at, size_t left) {
    if (at[0] < 0x80) {
        return 1;
    }
    size_t length = at[0] >= 0xF0 ? 4 : at[0] >= 0xE0 ? 3 : 2;
    if (at[0] < 0xC2 || at[0] > 0xF4 || length > left) {
        return 0;
    }
    for (size_t i = 1; i < length; i++) {
        if ((at[i] & 0xC0) != 0x80) {
            return 0;
        }
    }
    bool overlong = (at[0] == 0xE0 && at[1] < 0xA0) || (at[0] == 0xF0 && at[1] < 0x90);
    bool outside = (at[0] == 0xED && at[1] > 0x9F) || (at[0] == 0xF4 && at[1] > 0x8F);
    return overlong || outside ? 0 : length;
}

json_t *json_of_bytes(struct bytes text) {
    struct buffer clean = {0};
    json_t *json = NULL;
    if (!buffer_reserve(&clean, text.length + 1, NULL)) {
        return NULL;
    }
    for (size_t i = 0; i < text.length;) {
        size_t length = sequence_length(text.data + i, text.length - i);
        bool added = length > 0 ? buffer_append(&clean, text.data + i, length, NULL)
                                : buffer_append(&clean, "\xEF\xBF\xBD", 3, NULL);
        if (!added) {
            goto cleanup;
        }
        i += length > 0 ? length : 1;
    }
    json = json_stringn_nocheck((const char *)clean.data, clean.length);
cleanup:
    buffer_destroy(&clean);
    return json;
}

json_t *json_of_text(const char *text) {
    return json_of_bytes((struct bytes){(const uint8_t *)text, strlen(text)});
}

json_t *json_of_time(uint64_t nanoseconds) {
    if (nanoseconds == 0) {
        return json_null();
    }
    time_t seconds = (time_t)(nanoseconds / 1000000000u);
    struct tm calendar;
    if (gmtime_r(&seconds, &calendar) == NULL) {
        return json_null();
    }
    char text[64];
    size_t length = strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &calendar);
    snprintf(text + length, sizeof text - length, ".%06uZ",
             (unsigned)(nanoseconds % 1000000000u / 1000u));
    return json_string(text);
}
