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

static struct call_request request_of(struct request *request) {
    struct buffer *given = request_give_body(request);
    return (struct call_request){
        .user = request->match.names[0],
        .function = request->match.names[1],
        .input = request_body(request),
        .given = given,
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
        return request_work(request, request->server->journal_pool, accept_call, answer_accept);
    }
    accept_call(request);
    return answer_accept(request);
}

static enum MHD_Result answer_ended(struct request *request) {
    return request_call_proceed(request, answer_invoke);
}

// Whether the call was left to the thread of the loop, which is to run it soon.
static struct call *submit(struct request *request, struct call_request *wanted, bool *here) {
    wanted->batch = loop_batch(request->loop);
    unsigned before = wanted->batch != NULL ? wanted->batch->count : 0;
    struct call *call = runtime_submit(request->server->runtime, wanted, &request->error);
    *here = call != NULL && wanted->batch != NULL && wanted->batch->count > before;
    return call;
}

static enum MHD_Result invoke_to_the_end(struct request *request) {
    struct call_request wanted = request_of(request);
    wanted.finished = request_call_ended;
    wanted.context = request;
    request_call_begins(request);
    bool here;
    struct call *call = submit(request, &wanted, &here);
    if (call == NULL) {
        request_call_refused(request);
        return respond_error(request, &request->error);
    }
    call_release(call);
    request->proceed = answer_ended; // when the handler is called again
    return here ? MHD_YES : answer_ended(request);
}

static enum MHD_Result answer_in_time(struct request *request) {
    if (call_status_finished(call_status(request->call))) {
        return answer_invoke(request);
    }
    return request_wait(request, request->wait_milliseconds, answer_invoke);
}

static enum MHD_Result invoke_for_a_time(struct request *request, uint64_t milliseconds) {
    struct call_request wanted = request_of(request);
    wanted.finished = waits_finished;
    wanted.context = request->server->waits;
    bool here;
    request->call = submit(request, &wanted, &here);
    if (request->call == NULL) {
        return respond_error(request, &request->error);
    }
    request->wait_milliseconds = milliseconds;
    request->proceed = answer_in_time;
    return here ? MHD_YES : answer_in_time(request);
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
