#include "server/request.h"

#include "base/clock.h"
#include "server/handlers.h"
#include "server/respond.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

// A refused request's body is read to its end when it is at most this large, so that the client
// gets to read the answer and can go on with the connection; a larger one is cut off.
enum { DISCARD_LIMIT = 1024 * 1024, BODY_STEP = 64 * 1024, HELD_LIMIT = 1 << 30 };

// ---- The body -----------------------------------------------------------------------------------

void request_drop_body(struct request *request) {
    if (request->body != request->inline_body) {
        free(request->body);
    }
    buffer_destroy(&request->given);
    atomic_fetch_sub_explicit(&request->server->body_bytes, request->body_counted,
                              memory_order_relaxed);
    request->body_counted = 0;
    request->body = request->inline_body;
    request->body_capacity = REQUEST_INLINE_BODY;
    request->body_length = 0;
}

struct buffer *request_give_body(struct request *request) {
    if (request->body == request->inline_body) {
        return NULL;
    }
    request->given = (struct buffer){
        .data = request->body, .length = request->body_length, .capacity = request->body_capacity};
    request->body = request->inline_body;
    request->body_capacity = REQUEST_INLINE_BODY;
    request->body_length = 0;
    return &request->given;
}

// Counts `extra` more bytes of bodies; false past the limit of the server.
static bool count_body(struct server *server, size_t extra) {
    size_t before = atomic_fetch_add_explicit(&server->body_bytes, extra, memory_order_relaxed);
    if (before + extra <= server->config.body_bytes) {
        return true;
    }
    atomic_fetch_sub_explicit(&server->body_bytes, extra, memory_order_relaxed);
    return false;
}

static bool grow_body(struct request *request, size_t needed) {
    size_t capacity = needed + needed / 2 + BODY_STEP;
    size_t most = request->body_announced < request->body_limit && needed <= request->body_announced
                      ? request->body_announced
                      : request->body_limit;
    if (capacity > most) {
        capacity = most;
    }
    if (!count_body(request->server, capacity - request->body_counted)) {
        return error_set(&request->error, ERROR_UNAVAILABLE,
                         "the bodies of all requests together are over the limit of the server");
    }
    bool was_inline = request->body == request->inline_body;
    uint8_t *body = realloc(was_inline ? NULL : request->body, capacity);
    if (body == NULL) {
        atomic_fetch_sub_explicit(&request->server->body_bytes, capacity - request->body_counted,
                                  memory_order_relaxed);
        return error_set(&request->error, ERROR_MEMORY, "request body of %zu bytes", capacity);
    }
    if (was_inline) {
        memcpy(body, request->inline_body, request->body_length);
    }
    request->body = body;
    request->body_capacity = request->body_counted = capacity;
    return true;
}

static enum MHD_Result refuse(struct request *request) {
    return respond_error(request, &request->error);
}

// From here on the body is dropped as it comes, and the answer at its end is request->error.
static void discard_body(struct request *request) {
    request_drop_body(request);
    request->discard = true;
    request->proceed = refuse;
}

static bool body_too_large(struct request *request) {
    return error_set(&request->error, ERROR_TOO_LARGE, "the body is larger than %zu bytes",
                     request->body_limit);
}

static enum MHD_Result receive(struct request *request, const char *data, size_t length) {
    if (request->discard) {
        request->discarded += length;
        return request->discarded <= DISCARD_LIMIT ? MHD_YES : MHD_NO;
    }
    size_t needed = request->body_length + length;
    bool fits = needed <= request->body_limit || body_too_large(request);
    if (fits && request->match.route->body == ROUTE_BODY_UPLOAD) {
        request->body_length = needed;
        if (!take_file_piece(request, (struct bytes){(const uint8_t *)data, length})) {
            discard_body(request);
        }
        return MHD_YES;
    }
    if (!fits || (needed > request->body_capacity && !grow_body(request, needed))) {
        discard_body(request);
        return MHD_YES;
    }
    memcpy(request->body + request->body_length, data, length);
    request->body_length = needed;
    return MHD_YES;
}

static int socket_of(const struct request *request) {
    return MHD_get_connection_info(request->connection, MHD_CONNECTION_INFO_CONNECTION_FD)
        ->connect_fd;
}

// Changes nothing but that epoll has an event of the socket again: the daemon reads the end, and
// closes the connection.
static void tell_end(struct loop_chore *chore) {
    const struct request *request =
        (struct request *)((char *)chore - offsetof(struct request, end));
    shutdown(socket_of(request), SHUT_RD);
}

// Where a client ends its side together with the last bytes that it sends, epoll has one event for
// both, and the daemon is content with the bytes. It would wait for the rest of the body until the
// connection has been idle for too long. Of a body in chunks, whether there is a rest is known when
// all that was read is handled.
static void look_for_end(struct request *request) {
    char byte;
    if (request->received < request->body_announced &&
        recv(socket_of(request), &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0) {
        request->end.run = tell_end;
        loop_put_off(request->loop, &request->end);
    }
}

static size_t body_limit(const struct server *server, enum route_body body) {
    switch (body) {
    case ROUTE_BODY_INPUT:
        return server->config.input_bytes;
    case ROUTE_BODY_WASM:
        return server->config.wasm_bytes;
    case ROUTE_BODY_FILE: // held in memory
        return server->config.file_bytes < HELD_LIMIT ? server->config.file_bytes : HELD_LIMIT;
    case ROUTE_BODY_UPLOAD:
        return server->config.file_bytes;
    case ROUTE_BODY_NONE:
        break;
    }
    return 0;
}

// ---- The headers --------------------------------------------------------------------------------

static const char *header(struct request *request, const char *name) {
    return MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, name);
}

// A web page of another origin must not make a browser call functions here: browsers say where
// such a request comes from.
static bool origin_allowed(struct request *request) {
    const char *origin = header(request, MHD_HTTP_HEADER_ORIGIN);
    if (origin == NULL) {
        return true;
    }
    const char *host = header(request, MHD_HTTP_HEADER_HOST);
    const char *authority = strstr(origin, "://");
    if (host != NULL && authority != NULL && strcasecmp(authority + 3, host) == 0) {
        return true;
    }
    return error_set(&request->error, ERROR_PERMISSION, "requests of other origins are not served");
}

// libmicrohttpd has answered lengths that are no numbers itself.
static size_t announced_length(struct request *request) {
    const char *text = header(request, MHD_HTTP_HEADER_CONTENT_LENGTH);
    size_t length = text != NULL ? strtoull(text, NULL, 10) : SIZE_MAX;
    return text != NULL && length == SIZE_MAX ? SIZE_MAX - 1 : length;
}

static bool check_length(struct request *request) {
    bool fits = request->body_announced == SIZE_MAX ||
                request->body_announced <= request->body_limit ||
                request->match.route->body == ROUTE_BODY_NONE;
    return fits || body_too_large(request);
}

static bool find_route(struct request *request, const char *method, const char *path,
                       unsigned *status) {
    struct error *error = &request->error;
    switch (route_find(server_routes, server_route_count, method, path, &request->match, error)) {
    case ROUTE_FOUND:
        return true;
    case ROUTE_UNKNOWN:
        return error_set(error, ERROR_NOT_FOUND, "no such route: %.200s", path);
    case ROUTE_METHOD:
        *status = MHD_HTTP_METHOD_NOT_ALLOWED;
        return error_set(error, ERROR_ARGUMENT, "%.32s is not a method of this route; it has %s",
                         method, request->match.allow);
    case ROUTE_BAD:
        break;
    }
    return false;
}

static enum MHD_Result refuse_method(struct request *request) {
    return respond_failure(request, MHD_HTTP_METHOD_NOT_ALLOWED, "method_not_allowed",
                           request->error.message, 0);
}

// Whether the body of a request that is refused is worth reading to its end.
static bool body_is_small(struct request *request) {
    return header(request, MHD_HTTP_HEADER_EXPECT) == NULL &&
           (request->body_announced == SIZE_MAX || request->body_announced <= DISCARD_LIMIT);
}

static enum MHD_Result begin(struct request *request, const char *method, const char *path) {
    unsigned status = 0;
    request->body_announced = announced_length(request);
    bool accepted = find_route(request, method, path, &status) && origin_allowed(request);
    if (accepted) {
        request->proceed = request->match.route->handle;
        request->body_limit = body_limit(request->server, request->match.route->body);
        request->discard = request->match.route->body == ROUTE_BODY_NONE;
        accepted = check_length(request);
    }
    if (accepted && atomic_load(&request->server->draining)) {
        accepted = error_set(&request->error, ERROR_UNAVAILABLE, "the server is stopping");
    }
    if (accepted) {
        return MHD_YES;
    }
    discard_body(request);
    request->body_limit = 0;
    if (status == MHD_HTTP_METHOD_NOT_ALLOWED) {
        request->proceed = refuse_method;
    }
    return body_is_small(request) ? MHD_YES : request->proceed(request);
}

// ---- Its life -----------------------------------------------------------------------------------

static struct request *request_new(struct loop *loop, struct MHD_Connection *connection) {
    struct server *server = loop_context(loop);
    struct request *request = loop_take_kept(loop);
    if (request == NULL && (request = malloc(sizeof *request)) == NULL) {
        return NULL;
    }
    memset(request, 0, offsetof(struct request, facts));
    request->server = server;
    request->loop = loop;
    request->connection = connection;
    request->contents = -1;
    request->body = request->inline_body;
    request->body_capacity = REQUEST_INLINE_BODY;
    request->error.code = ERROR_NONE;
    // In one order with `draining`: whoever stops the server sees the request, or it sees the stop.
    atomic_fetch_add(&server->requests, 1);
    return request;
}

enum MHD_Result request_handle(void *context, struct MHD_Connection *connection, const char *path,
                               const char *method, const char *version, const char *data,
                               size_t *length, void **state) {
    (void)version;
    struct request *request = *state;
    if (request == NULL) {
        request = request_new(context, connection);
        if (request == NULL) {
            return MHD_NO;
        }
        *state = request;
        return begin(request, method, path);
    }
    if (*length != 0) {
        enum MHD_Result result = receive(request, data, *length);
        request->received += *length;
        *length = 0;
        look_for_end(request);
        return result;
    }
    loop_call_off(&request->end);
    return request->proceed(request);
}

// `loop` may keep the memory; NULL on other threads than that of the loop.
static void request_delete(struct request *request, struct loop *loop) {
    struct server *server = request->server;
    request_drop_body(request);
    buffer_destroy(&request->bytes);
    file_store_upload_delete(request->upload);
    json_decref(request->list);
    if (request->contents >= 0) {
        close(request->contents);
    }
    if (request->call != NULL) {
        call_release(request->call);
    }
    if (loop != NULL) {
        loop_keep(loop, request);
    } else {
        free(request);
    }
    atomic_fetch_sub_explicit(&server->requests, 1, memory_order_release);
}

void request_completed(void *context, struct MHD_Connection *connection, void **state,
                       enum MHD_RequestTerminationCode code) {
    (void)context;
    (void)connection;
    (void)code;
    struct request *request = *state;
    if (request == NULL) {
        return;
    }
    *state = NULL;
    loop_call_off(&request->end);
    int open = REQUEST_WAIT_OPEN;
    if (!atomic_compare_exchange_strong(&request->waiting, &open, REQUEST_WAIT_LEFT)) {
        request_delete(request, request->loop);
    }
}

enum MHD_Result request_suspend(struct request *request, request_step *next) {
    request->proceed = next;
    MHD_suspend_connection(request->connection);
    return MHD_YES;
}

void request_resume(struct request *request) {
    loop_resume(request->loop, request->connection);
}

// ---- Waiting for the end of a call --------------------------------------------------------------

void request_call_begins(struct request *request) {
    atomic_store_explicit(&request->waiting, REQUEST_WAIT_OPEN, memory_order_relaxed);
}

void request_call_refused(struct request *request) {
    atomic_store_explicit(&request->waiting, REQUEST_WAIT_NONE, memory_order_relaxed);
}

void request_call_ended(void *context, struct call *call) {
    struct request *request = context;
    request->call = call_acquire(call);
    switch (atomic_exchange(&request->waiting, REQUEST_WAIT_ENDED)) {
    case REQUEST_WAIT_SUSPENDED:
        request_resume(request);
        break;
    case REQUEST_WAIT_LEFT:
        request_delete(request, NULL);
        break;
    default: // the loop comes back to it by itself, and may have done so by now
        break;
    }
}

enum MHD_Result request_call_proceed(struct request *request, request_step *next) {
    if (atomic_load(&request->waiting) == REQUEST_WAIT_ENDED) {
        return next(request);
    }
    request_suspend(request, next);
    int open = REQUEST_WAIT_OPEN;
    if (!atomic_compare_exchange_strong(&request->waiting, &open, REQUEST_WAIT_SUSPENDED)) {
        request_resume(request); // it ended in between
    }
    return MHD_YES;
}

// ---- Work on the pool ---------------------------------------------------------------------------

static struct request *request_of_work(struct work *work) {
    return (struct request *)((char *)work - offsetof(struct request, work));
}

static void run_work(struct work *work) {
    struct request *request = request_of_work(work);
    request->run(request);
    request_resume(request);
}

enum MHD_Result request_work(struct request *request, struct work_pool *pool,
                             void (*run)(struct request *request), request_step *next) {
    request->run = run;
    request->work.run = run_work;
    request_suspend(request, next);
    struct error error;
    if (!work_pool_submit(pool, &request->work, &error)) {
        request->done = false;
        request->error = error;
        request_resume(request);
    }
    return MHD_YES;
}

// ---- Waiting for a call for a time --------------------------------------------------------------
// ------------------------------------------------------------------

static void wake(struct wait *wait) {
    request_resume((struct request *)((char *)wait - offsetof(struct request, wait)));
}

enum MHD_Result request_wait(struct request *request, uint64_t milliseconds, request_step *next) {
    request->wait = (struct wait){
        .call = request->call,
        .deadline = clock_monotonic() + milliseconds * 1000000u,
        .wake = wake,
    };
    request_suspend(request, next);
    waits_add(request->server->waits, &request->wait);
    return MHD_YES;
}
