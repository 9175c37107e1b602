// One HTTP request, from its headers to the end of its answer. Of the room only.
//
// A request lives from the first call of libmicrohttpd's handler to its completion callback. All of
// it happens on the thread of its connection, except between request_suspend and request_resume:
// then it belongs to whoever will resume it, and nobody may touch it afterwards.
#ifndef FAASM_SERVER_REQUEST_H
#define FAASM_SERVER_REQUEST_H

#include "base/error.h"
#include "runtime/runtime.h"
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
    struct MHD_Daemon *daemon;
    struct work_pool *pool; // compiles, and writes to the store
    struct waits *waits;    // requests that wait for calls
    int socket;             // that listens
    struct sockaddr_storage address;
    uint64_t started; // clock_realtime()
    _Atomic bool draining;
    _Atomic size_t connections;  // open
    _Atomic size_t requests;     // being served
    _Atomic size_t body_bytes;   // held by requests
    _Atomic uint64_t answers[6]; // sent, by first digit of the status
};

typedef enum MHD_Result request_step(struct request *request);

enum { REQUEST_INLINE_BODY = 2048 };

struct request {
    struct server *server;
    struct MHD_Connection *connection;
    struct route_match match;
    request_step *proceed; // what to do when the body is complete, or after a resume
    bool head;             // a HEAD request
    bool discard;          // the body is dropped as it comes
    size_t discarded;

    size_t body_limit, body_length, body_capacity;
    uint8_t *body; // inline_body, or malloc'd and counted in server->body_bytes

    // Of suspended requests: what to answer after the resume.
    struct work work;
    void (*run)(struct request *request); // on the pool
    struct call *call;                    // a reference, or NULL
    struct wait wait;
    const char *key;              // of idempotency, of the request's headers
    uint32_t existing;            // a call of that key whose record is gone
    struct store_options options; // of an upload
    bool done;                    // the work succeeded; otherwise `error` says why not
    struct runtime_function_facts facts;
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

// Frees the body early.
void request_drop_body(struct request *request);

// Stops the connection until request_resume; then `next` runs on the connection's thread. Nothing
// but arranging for the resume may follow.
enum MHD_Result request_suspend(struct request *request, request_step *next);
void request_resume(struct request *request);

// Runs `work` on the pool and then `next` on the connection's thread.
enum MHD_Result request_work(struct request *request, void (*work)(struct request *request),
                             request_step *next);

// Waits until request->call has finished, or so long, and then runs `next` on the connection's
// thread.
enum MHD_Result request_wait(struct request *request, uint64_t milliseconds, request_step *next);

#endif
