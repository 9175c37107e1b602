// POST …/invoke: waits for the call (the default), for its first wait_ms milliseconds, or not at
// all (async=1).
#include "base/clock.h"
#include "server/handlers.h"
#include "server/query.h"
#include "server/respond.h"

#include <jansson.h>
#include <string.h>

enum { WAIT_MAX_MILLISECONDS = 3600 * 1000 };

// ---- Answers ------------------------------------------------------------------------------------

// A call that was stopped, as the answer to whoever waited for it.
static enum MHD_Result answer_stopped(struct request *request, const struct call *call) {
    switch (call->stopped) {
    case FAASLET_TRAP_DEADLINE:
        return respond_failure(request, MHD_HTTP_GATEWAY_TIMEOUT, "deadline", call->message,
                               call->id);
    case FAASLET_TRAP_CPU_LIMIT:
        return respond_failure(request, MHD_HTTP_GATEWAY_TIMEOUT, "cpu_limit", call->message,
                               call->id);
    case FAASLET_TRAP_CANCELLED:
        return respond_failure(request, MHD_HTTP_CONFLICT, "cancelled", call->message, call->id);
    default:
        return respond_failure(request, MHD_HTTP_INTERNAL_SERVER_ERROR, "trap", call->message,
                               call->id);
    }
}

static enum MHD_Result answer_unsuccessful(struct request *request, const struct call *call) {
    char message[32];
    switch (call_status(call)) {
    case CALL_FAILED:
        snprintf(message, sizeof message, "exit code %d", call->exit_code);
        return respond_failure(request, MHD_HTTP_INTERNAL_SERVER_ERROR, "exit", message, call->id);
    case CALL_TRAPPED:
        return answer_stopped(request, call);
    default:
        return respond_failure(request, MHD_HTTP_INTERNAL_SERVER_ERROR, "call_error", call->message,
                               call->id);
    }
}

static enum MHD_Result answer_accepted(struct request *request, const struct call *call) {
    json_t *json = json_pack("{s:I,s:s}", "call", (json_int_t)call->id, "status",
                             call_status_name(call_status(call)));
    return respond_json(request, MHD_HTTP_ACCEPTED, json);
}

static enum MHD_Result answer_invoke(struct request *request) {
    struct call *call = request->call;
    if (call == NULL) {
        return respond_error(request, &request->error);
    }
    switch (call_status(call)) {
    case CALL_QUEUED:
    case CALL_RUNNING:
        return answer_accepted(request, call);
    case CALL_SUCCEEDED:
        return respond(request, MHD_HTTP_OK, respond_output(call));
    default:
        return answer_unsuccessful(request, call);
    }
}

// ---- The call -----------------------------------------------------------------------------------

struct invocation {
    bool async;
    const char *key;            // of idempotency, or NULL
    uint64_t wait_milliseconds; // 0: without a limit
};

static bool read_invocation(struct request *request, struct invocation *invocation) {
    struct error *error = &request->error;
    if (!query_flag(request, "async", &invocation->async, error) ||
        !query_number(request, "wait_ms", WAIT_MAX_MILLISECONDS, &invocation->wait_milliseconds,
                      error)) {
        return false;
    }
    invocation->key =
        MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, "Idempotency-Key");
    return invocation->key == NULL || invocation->async ||
           error_set(error, ERROR_ARGUMENT, "Idempotency-Key goes with async=1");
}

static struct call_request request_of(const struct request *request) {
    return (struct call_request){
        .user = request->match.names[0],
        .function = request->match.names[1],
        .input = request_body(request),
    };
}

// Syncing to the disk and, with a key, what goes before it, are not for a thread of connections.
static void accept_call(struct request *request) {
    struct call_request wanted = request_of(request);
    wanted.accepted = true;
    wanted.key = request->key;
    wanted.existing = &request->existing;
    request->call = runtime_submit(request->server->runtime, &wanted, &request->error);
}

static enum MHD_Result answer_accept(struct request *request) {
    if (request->call == NULL) {
        return request->existing != 0
                   ? respond_failure(request, MHD_HTTP_CONFLICT, error_code_name(ERROR_EXISTS),
                                     request->error.message, request->existing)
                   : respond_error(request, &request->error);
    }
    return answer_accepted(request, request->call);
}

static enum MHD_Result invoke_async(struct request *request, const char *key) {
    request->key = key;
    request->existing = 0;
    bool durable = true;
    if (!runtime_function_durable(request->server->runtime, request->match.names[0],
                                  request->match.names[1], &durable, &request->error)) {
        return respond_error(request, &request->error);
    }
    if (durable) {
        return request_work(request, accept_call, answer_accept);
    }
    accept_call(request);
    return answer_accept(request);
}

// On the thread that ran the call.
static void call_finished(void *context, struct call *call) {
    struct request *request = context;
    request->call = call_acquire(call);
    request_resume(request);
}

static enum MHD_Result invoke_to_the_end(struct request *request) {
    // The call may finish, and the request with it, before runtime_submit returns: so the
    // connection is suspended first, and what is needed afterwards is kept here.
    struct error error;
    request_suspend(request, answer_invoke);
    struct call_request wanted = request_of(request);
    wanted.finished = call_finished;
    wanted.context = request;
    struct call *call = runtime_submit(request->server->runtime, &wanted, &error);
    if (call != NULL) {
        call_release(call);
        return MHD_YES;
    }
    request->error = error;
    request_resume(request);
    return MHD_YES;
}

static enum MHD_Result invoke_for_a_time(struct request *request, uint64_t milliseconds) {
    struct call_request wanted = request_of(request);
    wanted.finished = waits_finished;
    wanted.context = request->server->waits;
    request->call = runtime_submit(request->server->runtime, &wanted, &request->error);
    if (request->call == NULL) {
        return respond_error(request, &request->error);
    }
    return request_wait(request, milliseconds, answer_invoke);
}

enum MHD_Result handle_invoke(struct request *request) {
    struct invocation invocation;
    if (!read_invocation(request, &invocation)) {
        return respond_error(request, &request->error);
    }
    if (invocation.async) {
        return invoke_async(request, invocation.key);
    }
    return invocation.wait_milliseconds == 0
               ? invoke_to_the_end(request)
               : invoke_for_a_time(request, invocation.wait_milliseconds);
}
