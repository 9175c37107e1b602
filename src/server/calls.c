// Routes of calls by their id: the record, the output, the log, and cancelling.
#include "runtime/record.h"
#include "server/handlers.h"
#include "server/limit_units.h"
#include "server/query.h"
#include "server/respond.h"

#include <jansson.h>
#include <string.h>

enum { WAIT_MAX_MILLISECONDS = 3600 * 1000 };

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

// ---- The record ---------------------------------------------------------------------------------

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

static bool add_seconds(json_t *json, const char *name, uint64_t nanoseconds) {
    return json_object_set_new(json, name, json_real((double)nanoseconds / 1e9)) == 0;
}

static void add_end(json_t *json, const struct call *call, const struct call_times *times) {
    json_object_set_new(json, "exit_code", json_integer(call->exit_code));
    json_object_set_new(json, "output_bytes", json_integer((json_int_t)call->output.length));
    json_object_set_new(json, "memory_bytes", json_integer((json_int_t)call->memory_bytes));
    if (times->ended >= times->started && times->started != 0) {
        add_seconds(json, "run_seconds", times->ended - times->started);
    }
    if (call->stopped != FAASLET_TRAP_NONE) {
        json_object_set_new(json, "stopped", json_string(faaslet_trap_name(call->stopped)));
    }
    if (call->message[0] != '\0') {
        json_object_set_new(json, "message", json_of_text(call->message));
    }
    if (call->trace.length > 0) {
        json_object_set_new(json, "trace", json_of_bytes(buffer_bytes(&call->trace)));
    }
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
    json_object_set_new(json, "attempt", json_integer(call->attempt));
    add_seconds(json, "cpu_seconds", atomic_load(&call->cpu_nanoseconds));
    json_object_set_new(json, "limits", limit_units_json(&call->private->limits));
    if (call_status_finished(status)) {
        add_end(json, call, &times);
    }
    return json;
}

static enum MHD_Result answer_call(struct request *request) {
    return respond_json(request, MHD_HTTP_OK, json_of_call(request->call));
}

enum MHD_Result handle_call(struct request *request) {
    uint64_t milliseconds;
    if (!query_number(request, "wait_ms", WAIT_MAX_MILLISECONDS, &milliseconds, &request->error)) {
        return respond_error(request, &request->error);
    }
    enum MHD_Result answered = MHD_NO;
    request->call = find_call(request, &answered);
    if (request->call == NULL) {
        return answered;
    }
    return milliseconds == 0 ? answer_call(request)
                             : request_wait(request, milliseconds, answer_call);
}

// ---- The output ---------------------------------------------------------------------------------

static void release_call(void *call) {
    call_release(call);
}

// The output as it lies in the call; the response holds a reference.
struct MHD_Response *respond_output(struct call *call) {
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

enum MHD_Result handle_call_output(struct request *request) {
    enum MHD_Result answered = MHD_NO;
    struct call *call = find_call(request, &answered);
    if (call == NULL) {
        return answered;
    }
    enum call_status status = call_status(call);
    if (call_status_finished(status)) {
        answered = respond(request, MHD_HTTP_OK, respond_output(call));
    } else {
        error_set(&request->error, ERROR_CONFLICT, "call %u is %s", call->id,
                  call_status_name(status));
        answered = respond_error(request, &request->error);
    }
    call_release(call);
    return answered;
}

// ---- The log ------------------------------------------------------------------------------------

// Copies the log from an offset on.
static bool copy_log(struct call *call, uint64_t from, struct buffer *log, struct error *error) {
    pthread_mutex_lock(&call->mutex);
    size_t start = from < call->log.length ? (size_t)from : call->log.length;
    bool copied = start == call->log.length ||
                  buffer_append(log, call->log.data + start, call->log.length - start, error);
    pthread_mutex_unlock(&call->mutex);
    return copied;
}

static enum MHD_Result answer_log(struct request *request, struct buffer *log,
                                  enum call_status status) {
    struct MHD_Response *response = respond_text_response("text/plain; charset=utf-8", log);
    if (response != NULL && MHD_add_response_header(response, "X-Faasm-Call-Status",
                                                    call_status_name(status)) == MHD_NO) {
        MHD_destroy_response(response);
        response = NULL;
    }
    return respond(request, MHD_HTTP_OK, response);
}

enum MHD_Result handle_call_logs(struct request *request) {
    uint64_t from;
    if (!query_number(request, "from", INT64_MAX, &from, &request->error)) {
        return respond_error(request, &request->error);
    }
    enum MHD_Result answered = MHD_NO;
    struct call *call = find_call(request, &answered);
    if (call == NULL) {
        return answered;
    }
    // The status first: the log of a call that has finished does not grow any more.
    enum call_status status = call_status(call);
    struct buffer log = {0};
    answered = copy_log(call, from, &log, &request->error)
                   ? answer_log(request, &log, status)
                   : respond_error(request, &request->error);
    buffer_destroy(&log);
    call_release(call);
    return answered;
}

// ---- Cancelling ---------------------------------------------------------------------------------

enum MHD_Result handle_call_cancel(struct request *request) {
    enum MHD_Result answered = MHD_NO;
    struct call *call = find_call(request, &answered);
    if (call == NULL) {
        return answered;
    }
    if (runtime_cancel(request->server->runtime, NULL, call->id, &request->error)) {
        bool finished = call_status_finished(call_status(call));
        answered =
            respond_json(request, finished ? MHD_HTTP_OK : MHD_HTTP_ACCEPTED, json_of_call(call));
    } else {
        answered = respond_error(request, &request->error);
    }
    call_release(call);
    return answered;
}
