#include "server/server.h"

#include "base/clock.h"
#include "base/log.h"
#include "server/request.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    LISTEN_BACKLOG = 1024,
    CONNECTION_MEMORY = 16 * 1024, // the library clears it for each request
    // Calls that come at the same time share a commit.
    JOURNAL_THREADS = 8,
    JOURNAL_QUEUE = 10000,
    STATE_THREADS = 4,
    STATE_QUEUE = 1000,
    EXTRA_THREADS = 64, // that have lost their loops to calls which took longer than expected
};

// ---- Listening ----------------------------------------------------------------------------------

static bool bind_address(struct server *server, const struct addrinfo *address,
                         struct error *error) {
    const char *name = server->config.listen;
    int fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) {
        return error_set_errno(error, errno, "socket for %s", name);
    }
    int on = 1;
    socklen_t length = sizeof server->address;
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
        bind(fd, address->ai_addr, address->ai_addrlen) != 0 || listen(fd, LISTEN_BACKLOG) != 0 ||
        getsockname(fd, (struct sockaddr *)&server->address, &length) != 0) {
        error_set_errno(error, errno, "listening on %s, port %u", name, server->config.port);
        close(fd);
        return false;
    }
    server->socket = fd;
    return true;
}

static bool open_socket(struct server *server, struct error *error) {
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE};
    char port[8];
    snprintf(port, sizeof port, "%u", server->config.port);
    struct addrinfo *addresses;
    int number = getaddrinfo(server->config.listen, port, &hints, &addresses);
    if (number != 0) {
        return error_set(error, ERROR_ARGUMENT, "address %s: %s", server->config.listen,
                         gai_strerror(number));
    }
    bool bound = bind_address(server, addresses, error);
    freeaddrinfo(addresses);
    return bound;
}

bool server_url(const struct server *server, char url[SERVER_URL_MAX], struct error *error) {
    char host[INET6_ADDRSTRLEN + 20], port[8];
    int number = getnameinfo((const struct sockaddr *)&server->address, sizeof server->address,
                             host, sizeof host, port, sizeof port, NI_NUMERICHOST | NI_NUMERICSERV);
    if (number != 0) {
        return error_set(error, ERROR_INTERNAL, "address: %s", gai_strerror(number));
    }
    bool six = server->address.ss_family == AF_INET6;
    snprintf(url, SERVER_URL_MAX, "http://%s%s%s:%s", six ? "[" : "", host, six ? "]" : "", port);
    return true;
}

bool server_loopback(const struct server *server) {
    if (server->address.ss_family == AF_INET6) {
        return IN6_IS_ADDR_LOOPBACK(&((const struct sockaddr_in6 *)&server->address)->sin6_addr);
    }
    uint32_t address = ((const struct sockaddr_in *)&server->address)->sin_addr.s_addr;
    return ntohl(address) >> 24 == 127;
}

// ---- libmicrohttpd ------------------------------------------------------------------------------

// Paths stay percent-encoded: route.c decodes their parameters, one by one.
static size_t keep_encoded(void *context, struct MHD_Connection *connection, char *text) {
    (void)context;
    (void)connection;
    return strlen(text);
}

static void count_connection(void *context, struct MHD_Connection *connection, void **state,
                             enum MHD_ConnectionNotificationCode code) {
    (void)connection;
    (void)state;
    struct loop *loop = context;
    struct server *server = loop_context(loop);
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        atomic_fetch_add(&server->connections, 1);
    } else {
        loop_run_again(loop);
        atomic_fetch_sub(&server->connections, 1);
    }
}

__attribute__((format(printf, 2, 0))) static void log_http(void *context, const char *format,
                                                           va_list arguments) {
    (void)context;
    char line[512];
    vsnprintf(line, sizeof line, format, arguments);
    line[strcspn(line, "\r\n")] = '\0';
    log_debug("http: %s", line);
}

// The loops share the connections that are allowed.
static unsigned connections_of(struct server *server) {
    unsigned count = server->config.http_threads, all = server->config.connections;
    unsigned number = server->daemons++;
    unsigned own = all / count + (number < all % count ? 1 : 0);
    return own > 0 ? own : 1;
}

static struct MHD_Daemon *start_daemon(void *context, struct loop *loop) {
    struct server *server = context;
    const struct server_config *config = &server->config;
    return MHD_start_daemon(
        MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG, 0, NULL, NULL, request_handle,
        loop, MHD_OPTION_EXTERNAL_LOGGER, log_http, NULL, MHD_OPTION_LISTEN_SOCKET, server->socket,
        MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_CONNECTION_LIMIT, connections_of(server),
        MHD_OPTION_CONNECTION_TIMEOUT, config->idle_seconds, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)CONNECTION_MEMORY, MHD_OPTION_UNESCAPE_CALLBACK, keep_encoded, NULL,
        MHD_OPTION_NOTIFY_COMPLETED, request_completed, server, MHD_OPTION_NOTIFY_CONNECTION,
        count_connection, loop, MHD_OPTION_END);
}

// No loop uses the socket any more.
static void close_socket(void *context) {
    struct server *server = context;
    close(server->socket);
    server->socket = -1;
}

static bool start_loops(struct server *server, struct error *error) {
    const struct loops_config config = {
        .count = server->config.http_threads,
        .extra_threads = EXTRA_THREADS,
        .runtime = server->runtime,
        .start = start_daemon,
        .quiesced = close_socket,
        .context = server,
    };
    server->loops = loops_new(&config, error);
    return server->loops != NULL;
}

// ---- Its life -----------------------------------------------------------------------------------

struct server *server_start(const struct server_config *config, struct runtime *runtime,
                            struct error *error) {
    struct server *server = calloc(1, sizeof *server);
    if (server == NULL) {
        error_set(error, ERROR_MEMORY, "server");
        return NULL;
    }
    server->config = *config;
    server->runtime = runtime;
    server->socket = -1;
    server->started = clock_realtime();
    server->pool = work_pool_new(config->compile_threads, config->compile_queue, error);
    if (server->pool != NULL) {
        server->journal_pool = work_pool_new(JOURNAL_THREADS, JOURNAL_QUEUE, error);
    }
    if (server->journal_pool != NULL) {
        server->state_pool = work_pool_new(STATE_THREADS, STATE_QUEUE, error);
    }
    server->waits = server->state_pool != NULL ? waits_new(error) : NULL;
    if (server->waits == NULL || !open_socket(server, error) || !start_loops(server, error)) {
        server_close(server);
        server_delete(server);
        return NULL;
    }
    return server;
}

void server_drain(struct server *server) {
    atomic_store(&server->draining, true);
    loops_quiesce(server->loops);
}

bool server_idle(struct server *server) {
    return atomic_load(&server->requests) == 0;
}

void server_close(struct server *server) {
    loops_delete(server->loops);
    server->loops = NULL;
    work_pool_delete(server->pool);
    server->pool = NULL;
    work_pool_delete(server->journal_pool);
    server->journal_pool = NULL;
    work_pool_delete(server->state_pool);
    server->state_pool = NULL;
    if (server->socket >= 0) {
        close(server->socket);
        server->socket = -1;
    }
}

void server_delete(struct server *server) {
    if (server != NULL) {
        waits_delete(server->waits);
        free(server);
    }
}
