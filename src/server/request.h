// One HTTP request, from its headers to the end of its answer. Of the room only.
//
// A request lives from the first call of libmicrohttpd's handler to its completion callback. All of
// it happens on the thread that owns its loop, except between request_suspend and request_resume:
// then it belongs to whoever will resume it, and nobody may touch it afterwards. While a call
// runs whose end request_call_ended tells, that may happen at any time on any thread.
#ifndef FAASM_SERVER_REQUEST_H
#define FAASM_SERVER_REQUEST_H

#include "base/error.h"
#include "runtime/runtime.h"
#include "server/loops.h"
#include "server/route.h"
#include "server/server.h"
#include "server/waits.h"
#include "server/work_pool.h"

#include <microhttpd.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

struct server {
    struct server_config config;
    struct runtime *runtime;
    struct loops *loops;
    unsigned daemons;               // started
    struct work_pool *pool;         // compiles, and writes to the store
    struct work_pool *journal_pool; // accepts calls that are kept: never waits for a compilation
    struct work_pool *state_pool;   // reads and writes state: may wait for Redis
    struct waits *waits;            // requests that wait for calls
    int socket;                     // that listens
    struct sockaddr_storage address;
    uint64_t started; // clock_realtime()
    _Atomic bool draining;
    _Atomic size_t connections;  // open
    _Atomic size_t requests;     // being served
    _Atomic size_t body_bytes;   // held by requests
    _Atomic uint64_t answers[6]; // sent, by first digit of the status
};

// Of bytes that are asked for; `partial` tells that it was not all of them.
struct range {
    uint64_t first, length;
    bool partial;
};

typedef enum MHD_Result request_step(struct request *request);

enum { REQUEST_INLINE_BODY = 2048 };

// Where the request is with a call that it waits for.
enum request_wait {
    REQUEST_WAIT_NONE,
    REQUEST_WAIT_OPEN,      // the call has not ended; the connection is not suspended
    REQUEST_WAIT_SUSPENDED, // it is: to be resumed
    REQUEST_WAIT_LEFT,      // the connection is gone: to be freed
    REQUEST_WAIT_ENDED,
};

struct request {
    struct server *server;
    struct loop *loop;
    struct MHD_Connection *connection;
    struct route_match match;
    request_step *proceed; // what to do when the body is complete, or after a resume
    bool head;             // a HEAD request
    bool discard;          // the body is dropped as it comes
    size_t discarded;
    size_t received;       // of the body
    struct loop_chore end; // of the client's side, which was seen

    size_t body_limit, body_length, body_capacity;
    size_t body_announced;            // Content-Length, SIZE_MAX where there is none
    size_t body_counted;              // in server->body_bytes
    struct file_store_upload *upload; // where a body goes that is not held here, or NULL
    uint8_t *body;                    // inline_body, or malloc'd
    struct buffer given;              // what request_give_body took away from it

    _Atomic int waiting; // enum request_wait

    // Of requests that wait: what to answer afterwards.
    struct work work;
    void (*run)(struct request *request); // on the pool
    struct call *call;                    // a reference, or NULL
    struct wait wait;
    uint64_t wait_milliseconds;
    const char *key;                 // of idempotency, of the request's headers
    uint32_t existing;               // a call of that key whose record is gone
    struct store_options options;    // of an upload
    bool done;                       // the work succeeded; otherwise `error` says why not
    struct buffer bytes;             // of state, to be answered with
    struct state_facts value;        // of it
    uint64_t expected;               // version that it must have, of If-Match; 0: any
    bool conditional, existing_only; // there is an If-Match; it is "*"
    struct range range;
    bool satisfiable;                    // the range is
    int contents;                        // descriptor of what to answer with, or -1
    uint64_t contents_offset;            // where it begins there
    struct json_t *list;                 // to be answered with, or NULL
    struct runtime_function_facts facts; // not cleared at the begin, as what follows
    struct stored_file file;             // that was put, or is got
    struct error error;

    uint8_t inline_body[REQUEST_INLINE_BODY];
};

// The callbacks of libmicrohttpd.
enum MHD_Result request_handle(void *server, struct MHD_Connection *connection, const char *path,
                               const char *method, const char *version, const char *data,
                               size_t *length, void **state);
void request_completed(void *server, struct MHD_Connection *connection, void **state,
                       enum MHD_RequestTerminationCode code);

static inline struct bytes request_body(const struct request *request) {
    return (struct bytes){request->body, request->body_length};
}

// Moves the body out: where it is in memory of its own, a buffer for call_request.given; otherwise
// NULL, and the body stays. It counts as a body until the request has completed.
struct buffer *request_give_body(struct request *request);

// Frees the body early.
void request_drop_body(struct request *request);

// Stops the connection until request_resume; then `next` runs on the connection's thread. Nothing
// but arranging for the resume may follow.
enum MHD_Result request_suspend(struct request *request, request_step *next);
void request_resume(struct request *request);

// Waits for a call: after request_call_begins, before runtime_submit, the call has
// request_call_ended for its end. Where it was not submitted, request_call_refused. Otherwise
// request_call_proceed, at once or when the handler is called again: runs `next` if the call has
// ended, else suspends the connection until then.
void request_call_begins(struct request *request);
void request_call_refused(struct request *request);
void request_call_ended(void *request, struct call *call); // call_request.finished
enum MHD_Result request_call_proceed(struct request *request, request_step *next);

// Runs `work` on a pool of the server and then `next` on the connection's thread.
enum MHD_Result request_work(struct request *request, struct work_pool *pool,
                             void (*work)(struct request *request), request_step *next);

// Waits until request->call has finished, or so long, and then runs `next` on the connection's
// thread.
enum MHD_Result request_wait(struct request *request, uint64_t milliseconds, request_step *next);

#endif
