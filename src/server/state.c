// Routes of state: values of the global tier, from outside. Values of the local tier that are not
// dirty are forgotten when theirs is changed here, so that functions of this host see it when they
// ask the next time.
#include "server/handlers.h"
#include "server/query.h"
#include "server/range.h"
#include "server/respond.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LIST_DEFAULT = 1000, LIST_MOST = 10000, READ_ATTEMPTS = 3 };

static struct state_name name_of(const struct request *request) {
    return (struct state_name){request->match.names[0],
                               {(const uint8_t *)request->match.rest, request->match.rest_length}};
}

// With ERROR_UNAVAILABLE and the like in request->error where there is none.
static struct state *state_of(struct request *request) {
    return runtime_state(request->server->runtime, &request->error);
}

// If-Match: "*", or an entity tag that an answer gave. False where it can match nothing.
static bool read_condition(struct request *request) {
    const char *text =
        MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_IF_MATCH);
    char rest;
    unsigned long long version;
    request->conditional = text != NULL;
    request->existing_only = text != NULL && strcmp(text, "*") == 0;
    if (text == NULL || request->existing_only) {
        return true;
    }
    bool read = sscanf(text, "\"%llu\"%c", &version, &rest) == 1 && version != 0;
    request->expected = read ? version : 0;
    return read;
}

static enum MHD_Result respond_mismatch(struct request *request) {
    return respond_failure(request, MHD_HTTP_PRECONDITION_FAILED, "precondition",
                           "the value does not have the version that If-Match asks for", 0);
}

static enum MHD_Result respond_problem(struct request *request) {
    bool mismatch = request->conditional && (request->error.code == ERROR_CONFLICT ||
                                             request->error.code == ERROR_NOT_FOUND);
    return mismatch ? respond_mismatch(request) : respond_error(request, &request->error);
}

static void add_version(const struct request *request, struct MHD_Response *response) {
    char text[32];
    snprintf(text, sizeof text, "\"%llu\"", (unsigned long long)request->value.version);
    MHD_add_response_header(response, MHD_HTTP_HEADER_ETAG, text);
}

// ---- GET ----------------------------------------------------------------------------------------

static bool find(struct request *request, const struct state_driver *driver,
                 struct state_facts *facts) {
    const struct state_name name = name_of(request);
    return driver->find(driver->state, &name, facts, &request->error);
}

static bool check_version(struct request *request) {
    return request->expected == 0 || request->expected == request->value.version ||
           error_set(&request->error, ERROR_CONFLICT, "another version");
}

// The bytes of one version: again when it changed meanwhile.
static bool read_value(struct request *request, const struct state_driver *driver) {
    const struct state_name name = name_of(request);
    struct state_facts after;
    for (int attempt = 0; attempt < READ_ATTEMPTS; attempt++) {
        if (!find(request, driver, &request->value) || !check_version(request)) {
            return false;
        }
        if (!range_read(request, request->value.bytes, &request->range)) {
            request->range.length = UINT64_MAX;
            return true;
        }
        request->bytes.length = 0;
        if (!buffer_reserve(&request->bytes, request->range.length + 1, &request->error)) {
            return false;
        }
        const struct state_span span = {request->range.first, request->range.length,
                                        request->bytes.data};
        if (!request->head && (!driver->read(driver->state, &name, &span, 1, &request->error) ||
                               !find(request, driver, &after))) {
            return false;
        }
        request->bytes.length = request->range.length;
        if (request->head || after.version == request->value.version) {
            return true;
        }
    }
    return error_set(&request->error, ERROR_BUSY, "the value changes all the time");
}

static void get_value(struct request *request) {
    struct state *state = state_of(request);
    request->done = state != NULL && read_value(request, state_driver(state));
}

static enum MHD_Result answer_get(struct request *request) {
    if (!request->done) {
        return respond_problem(request);
    }
    if (request->range.length == UINT64_MAX) {
        return respond_failure(request, MHD_HTTP_RANGE_NOT_SATISFIABLE, "range",
                               "the value does not have that range", 0);
    }
    struct MHD_Response *response =
        respond_text_response("application/octet-stream", &request->bytes);
    if (response == NULL) {
        return MHD_NO;
    }
    add_version(request, response);
    MHD_add_response_header(response, MHD_HTTP_HEADER_ACCEPT_RANGES, "bytes");
    if (request->range.partial) {
        char text[96];
        snprintf(text, sizeof text, "bytes %llu-%llu/%llu",
                 (unsigned long long)request->range.first,
                 (unsigned long long)(request->range.first + request->range.length - 1),
                 (unsigned long long)request->value.bytes);
        MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_RANGE, text);
    }
    return respond(request, request->range.partial ? MHD_HTTP_PARTIAL_CONTENT : MHD_HTTP_OK,
                   response);
}

enum MHD_Result handle_state_get(struct request *request) {
    return read_condition(request)
               ? request_work(request, request->server->state_pool, get_value, answer_get)
               : respond_mismatch(request);
}

// ---- PUT and DELETE -----------------------------------------------------------------------------

static void put_value(struct request *request) {
    struct state *state = state_of(request);
    const struct state_name name = name_of(request);
    const struct state_piece piece = {0, request_body(request)};
    request->done = state != NULL;
    if (request->done && request->existing_only) {
        request->done = find(request, state_driver(state), &request->value);
        request->expected = request->value.version;
    }
    if (request->done) {
        const struct state_driver *driver = state_driver(state);
        const struct state_write write = {
            .bytes = piece.bytes.length,
            .replace = true,
            .pieces = &piece,
            .count = piece.bytes.length > 0,
            .expected = request->expected,
            .limits = state_configuration(state)->limits,
        };
        request->done =
            driver->write(driver->state, &name, &write, &request->value, &request->error);
    }
    if (request->done) {
        state_changed(state, &name);
    }
    request_drop_body(request);
}

static enum MHD_Result respond_nothing(struct request *request) {
    struct MHD_Response *response =
        MHD_create_response_from_buffer(0, (void *)"", MHD_RESPMEM_PERSISTENT);
    if (response != NULL && request->value.version != 0) {
        add_version(request, response);
    }
    return respond(request, MHD_HTTP_NO_CONTENT, response);
}

static enum MHD_Result answer_change(struct request *request) {
    return request->done ? respond_nothing(request) : respond_problem(request);
}

enum MHD_Result handle_state_put(struct request *request) {
    return read_condition(request)
               ? request_work(request, request->server->state_pool, put_value, answer_change)
               : respond_mismatch(request);
}

static void delete_value(struct request *request) {
    struct state *state = state_of(request);
    const struct state_name name = name_of(request);
    request->done =
        state != NULL && state_driver(state)->remove(state_driver(state)->state, &name,
                                                     request->expected, &request->error);
    request->value.version = 0;
    if (request->done) {
        state_changed(state, &name);
    }
}

enum MHD_Result handle_state_delete(struct request *request) {
    return read_condition(request)
               ? request_work(request, request->server->state_pool, delete_value, answer_change)
               : respond_mismatch(request);
}

// ---- Listing ------------------------------------------------------------------------------------

struct listing {
    struct request *request;
    json_t *keys;
    uint64_t limit;
    bool more;
};

// A path names any key; its text may not.
static json_t *path_of(const struct request *request, struct bytes key) {
    struct buffer path = {0};
    bool done = buffer_printf(&path, NULL, "/v1/state/%s/", request->match.names[0]);
    for (size_t i = 0; i < key.length && done; i++) {
        char c = (char)key.data[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                     (c != '\0' && strchr("-._~", c) != NULL);
        done = buffer_printf(&path, NULL, plain ? "%c" : "%%%02X", key.data[i]);
    }
    json_t *json = done ? json_stringn((const char *)path.data, path.length) : NULL;
    buffer_destroy(&path);
    return json;
}

static bool add_key(void *context, struct bytes key, const struct state_facts *facts) {
    struct listing *listing = context;
    if (json_array_size(listing->keys) == listing->limit) {
        listing->more = true;
        return false;
    }
    json_t *json = json_pack("{s:o,s:o,s:I,s:I}", "key", json_of_bytes(key), "path",
                             path_of(listing->request, key), "bytes", (json_int_t)facts->bytes,
                             "version", (json_int_t)facts->version);
    return json_array_append_new(listing->keys, json) == 0;
}

static struct bytes bytes_of(const char *text) {
    return (struct bytes){(const uint8_t *)text, text == NULL ? 0 : strlen(text)};
}

static bool list_keys(struct request *request, struct state *state, struct listing *listing) {
    const struct state_driver *driver = state_driver(state);
    return driver->list(driver->state, request->match.names[0],
                        bytes_of(query_text(request, "prefix")),
                        bytes_of(query_text(request, "after")), add_key, listing, &request->error);
}

// The answer as text in request->bytes.
static void list_values(struct request *request) {
    struct state *state = state_of(request);
    struct listing listing = {.request = request, .keys = json_array(), .limit = request->expected};
    struct state_usage usage = {0};
    request->done = state != NULL && listing.keys != NULL && list_keys(request, state, &listing) &&
                    state_driver(state)->usage(state_driver(state)->state, request->match.names[0],
                                               &usage, &request->error);
    json_t *json =
        json_pack("{s:o,s:b,s:{s:I,s:I}}", "values", listing.keys, "more", listing.more, "usage",
                  "bytes", (json_int_t)usage.bytes, "keys", (json_int_t)usage.keys);
    char *text = json == NULL ? NULL : json_dumps(json, JSON_COMPACT);
    if (request->done && text != NULL) {
        request->done = buffer_assign(&request->bytes, text, strlen(text), &request->error);
    } else if (request->done) {
        request->done = error_set(&request->error, ERROR_MEMORY, "no memory for the answer");
    }
    free(text);
    json_decref(json);
}

static enum MHD_Result answer_list(struct request *request) {
    return request->done ? respond_text(request, MHD_HTTP_OK, "application/json", &request->bytes)
                         : respond_error(request, &request->error);
}

enum MHD_Result handle_state_list(struct request *request) {
    request->expected = 0;
    if (!query_number(request, "limit", LIST_MOST, &request->expected, &request->error)) {
        return respond_error(request, &request->error);
    }
    if (request->expected == 0) {
        request->expected = LIST_DEFAULT;
    }
    return request_work(request, request->server->state_pool, list_values, answer_list);
}
