// Routes of calls: invoke, and what is known of a call by its id.
#include "server/handlers.h"
#include "server/respond.h"

#include <jansson.h>
#include <string.h>

// ---- POST …/invoke ------------------------------------------------------------------------------

static void release_call(void *call) {
    call_release(call);
}

// The output as it lies in the call; the response holds a reference.
static struct MHD_Response *output_response(struct call *call) {
    struct MHD_Response *response = MHD_create_response_from_buffer_with_free_callback_cls(
        call->output.length, call->output.data, release_call, call_acquire(call));
    if (response == NULL) {
        call_release(call);
        return NULL;
    }
    if (MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE,
                                "application/octet-stream") == MHD_NO ||
        MHD_add_response_header(response, "X-Content-Type-Options", "nosniff") == MHD_NO ||
        !respond_header_number(response, "X-Faasm-Call-Id", call->id) ||
        !respond_header_number(response, "X-Faasm-Exit-Code", call->exit_code)) {
        MHD_destroy_response(response);
        return NULL;
    }
    return response;
}

// A call that did not succeed, as the answer to whoever waited for it.
static enum MHD_Result answer_unsuccessful(struct request *request, const struct call *call) {
    char message[sizeof call->message + 32];
    switch (call_status(call)) {
    case CALL_FAILED:
        snprintf(message, sizeof message, "exit code %d", call->exit_code);
        return respond_failure(request, MHD_HTTP_INTERNAL_SERVER_ERROR, "exit", message, call->id);
    case CALL_TRAPPED:
        return respond_failure(request, MHD_HTTP_INTERNAL_SERVER_ERROR, "trap", call->message,
                               call->id);
    default:
        return respond_failure(request, MHD_HTTP_INTERNAL_SERVER_ERROR, "call_error", call->message,
                               call->id);
    }
}

static enum MHD_Result answer_invoke(struct request *request) {
    struct call *call = request->call;
    if (call == NULL) {
        return respond_error(request, &request->error);
    }
    if (call_status(call) != CALL_SUCCEEDED) {
        return answer_unsuccessful(request, call);
    }
    return respond(request, MHD_HTTP_OK, output_response(call));
}

// On the thread that ran the call.
static void call_finished(void *context, struct call *call) {
    struct request *request = context;
    request->call = call_acquire(call);
    request_resume(request);
}

static struct call *submit(struct request *request, struct bytes input,
                           void (*finished)(void *context, struct call *call),
                           struct error *error) {
    const struct call_request wanted = {
        .user = request->match.names[0],
        .function = request->match.names[1],
        .input = input,
        .finished = finished,
        .context = request,
    };
    return runtime_submit(request->server->runtime, &wanted, error);
}

// Reads ?async=0|1; false when it is something else.
static bool read_async(struct request *request, bool *async) {
    const char *text =
        MHD_lookup_connection_value(request->connection, MHD_GET_ARGUMENT_KIND, "async");
    *async = text != NULL && strcmp(text, "1") == 0;
    return text == NULL || *async || strcmp(text, "0") == 0;
}

static enum MHD_Result invoke_async(struct request *request) {
    struct call *call = submit(request, request_body(request), NULL, &request->error);
    if (call == NULL) {
        return respond_error(request, &request->error);
    }
    json_t *json = json_pack("{s:I}", "call", (json_int_t)call->id);
    call_release(call);
    return respond_json(request, MHD_HTTP_ACCEPTED, json);
}

enum MHD_Result handle_invoke(struct request *request) {
    bool async;
    if (!read_async(request, &async)) {
        return respond_error_code(request, ERROR_ARGUMENT, "async is 0 or 1");
    }
    if (async) {
        return invoke_async(request);
    }
    // The call may finish, and the request with it, before runtime_submit returns: so the
    // connection is suspended first, and what is needed afterwards is kept here.
    struct error error;
    request_suspend(request, answer_invoke);
    struct call *call = submit(request, request_body(request), call_finished, &error);
    if (call != NULL) {
        call_release(call);
        return MHD_YES;
    }
    request->error = error;
    request_resume(request);
    return MHD_YES;
}

// ---- GET /v1/calls/{id} -------------------------------------------------------------------------

// A reference to the call of the path, or NULL with the error answered.
static struct call *find_call(struct request *request, enum MHD_Result *answered) {
    struct call *call = runtime_find_call(request->server->runtime, request->match.id);
    if (call == NULL) {
        error_set(&request->error, ERROR_NOT_FOUND, "no call %u, or its record was dropped",
                  request->match.id);
        *answered = respond_error(request, &request->error);
    }
    return call;
}

struct call_times {
    uint64_t started, ended;
    size_t log_bytes;
};

static struct call_times read_times(struct call *call) {
    pthread_mutex_lock(&call->mutex);
    struct call_times times = {call->started, call->ended, call->log.length};
    pthread_mutex_unlock(&call->mutex);
    return times;
}

static json_t *json_of_call(struct call *call) {
    enum call_status status = call_status(call);
    struct call_times times = read_times(call);
    json_t *json =
        json_pack("{s:I,s:s,s:s,s:s,s:o,s:o,s:o,s:I}", "id", (json_int_t)call->id, "user",
                  call->user, "function", call->function, "status", call_status_name(status),
                  "queued", json_of_time(call->queued), "started", json_of_time(times.started),
                  "ended", json_of_time(times.ended), "log_bytes", (json_int_t)times.log_bytes);
    if (json == NULL) {
        return NULL;
    }
    if (call->parent != 0) {
        json_object_set_new(json, "parent", json_integer(call->parent));
    }
    if (call->by_pointer) {
        json_object_set_new(json, "element", json_integer(call->element));
    }
    if (!call_status_finished(status)) {
        return json;
    }
    json_object_set_new(json, "exit_code", json_integer(call->exit_code));
    json_object_set_new(json, "output_bytes", json_integer((json_int_t)call->output.length));
    if (times.ended >= times.started && times.started != 0) {
        json_object_set_new(json, "run_seconds",
                            json_real((double)(times.ended - times.started) / 1e9));
    }
    if (call->message[0] != '\0') {
        json_object_set_new(json, "message", json_of_text(call->message));
    }
    if (call->trace.length > 0) {
        json_object_set_new(json, "trace", json_of_bytes(buffer_bytes(&call->trace)));
    }
    return json;
}

enum MHD_Result handle_call(struct request *request) {
    enum MHD_Result answered = MHD_NO;
    struct call *call = find_call(request, &answered);
    if (call != NULL) {
        answered = respond_json(request, MHD_HTTP_OK, json_of_call(call));
        call_release(call);
    }
    return answered;
}

enum MHD_Result handle_call_output(struct request *request) {
    enum MHD_Result answered = MHD_NO;
    struct call *call = find_call(request, &answered);
    if (call == NULL) {
        return answered;
    }
    enum call_status status = call_status(call);
    if (call_status_finished(status)) {
        answered = respond(request, MHD_HTTP_OK, output_response(call));
    } else {
        error_set(&request->error, ERROR_CONFLICT, "call %u is %s", call->id,
                  call_status_name(status));
        answered = respond_error(request, &request->error);
    }
    call_release(call);
    return answered;
}

enum MHD_Result handle_call_logs(struct request *request) {
    enum MHD_Result answered = MHD_NO;
    struct call *call = find_call(request, &answered);
    if (call == NULL) {
        return answered;
    }
    struct buffer log = {0};
    pthread_mutex_lock(&call->mutex);
    bool copied = buffer_append(&log, call->log.data, call->log.length, &request->error);
    pthread_mutex_unlock(&call->mutex);
    answered = copied ? respond_text(request, MHD_HTTP_OK, "text/plain; charset=utf-8", &log)
                      : respond_error(request, &request->error);
    buffer_destroy(&log);
    call_release(call);
    return answered;
}

enum MHD_Result handle_call_cancel(struct request *request) {
    enum MHD_Result answered = MHD_NO;
    struct call *call = find_call(request, &answered);
    if (call == NULL) {
        return answered;
    }
    call_release(call);
    return respond_failure(request, MHD_HTTP_NOT_IMPLEMENTED, error_code_name(ERROR_UNSUPPORTED),
                           "this server cannot cancel calls", 0);
}
