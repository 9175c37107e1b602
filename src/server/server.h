// The HTTP API of one host, on libmicrohttpd: a few loops (loops.h), each with its own epoll set,
// serve all connections. No handler blocks: a brief call runs between two looks at the connections;
// a longer one, or a compilation, suspends its connection and resumes it when it is done. Routes
// are in routes.c, their manual in docs/operations.md.
#ifndef FAASM_SERVER_SERVER_H
#define FAASM_SERVER_SERVER_H

#include "base/error.h"
#include "runtime/runtime.h"
#include "server/confine.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct server;

struct server_config {
    const char *listen; // a host name or numeric address
    uint16_t port;      // 0: a free one
    unsigned http_threads, connections, idle_seconds, compile_threads, compile_queue; // none 0
    size_t wasm_bytes, input_bytes, file_bytes; // limits of one body
    size_t body_bytes;                          // limit of all bodies that are held
    const struct confine_state *confined;       // shown by /v1/status; NULL: not shown
    struct cgroups *groups;                     // CPU shares of users; NULL: there are none,
    const char *no_groups;                      // and why
};

// Listens and serves from the moment it returns. `runtime` must outlive the server. ERROR_ARGUMENT
// for an address that is none, ERROR_IO where it cannot be listened on.
struct server *server_start(const struct server_config *config, struct runtime *runtime,
                            struct error *error);

enum { SERVER_URL_MAX = 96 };

// "http://127.0.0.1:8080": the address and port that it listens on.
bool server_url(const struct server *server, char url[SERVER_URL_MAX], struct error *error);

// Whether only this machine can reach the server.
bool server_loopback(const struct server *server);

// Takes no more connections; requests on open ones get 503. Once.
void server_drain(struct server *server);

// Whether no request is being served.
bool server_idle(struct server *server);

// Closes all connections. Not before server_drain, and with no request being served.
void server_close(struct server *server);

// After server_close and the end of the runtime, whose calls say to the server when they finish.
// NULL is allowed.
void server_delete(struct server *server);

#endif
