#include "redis/link.h"

#include <errno.h>
#include <fcntl.h>
#include <hiredis/sds.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

enum {
    SMALL = 4096,           // arguments up to here are copied
    QUEUED_BYTES = 1 << 16, // of commands and copied arguments, until they are sent
    QUEUED_PARTS = 64,
    RECEIVED = 1 << 16,
    LINES = 2048, // received at a time before bytes that go straight to their place
};

struct redis_link {
    int socket;
    SSL_CTX *tls_context;
    SSL *tls;
    bool broken;
    bool waiting; // nothing was sent since a reply was waited for
    redisReader *reader;
    struct redis_link_traffic traffic;
    // What is to be sent: parts point to `queued` or to arguments.
    struct iovec parts[QUEUED_PARTS];
    int part_count;
    size_t queued_length;
    char queued[QUEUED_BYTES];
    char received[RECEIVED];
};

bool redis_link_usable(const struct redis_link *link) {
    return !link->broken;
}

struct redis_link_traffic redis_link_traffic(const struct redis_link *link) {
    return link->traffic;
}

static bool failed(struct redis_link *link, struct error *error, const char *what) {
    link->broken = true;
    int number = errno;
    bool timed_out = number == EAGAIN || number == EWOULDBLOCK;
    return error_set(error, ERROR_UNAVAILABLE, "Redis: %s: %s", what,
                     timed_out     ? "it did not answer in time"
                     : number == 0 ? "the connection was closed"
                                   : strerror(number));
}

// ---- Connecting ---------------------------------------------------------------------------------

static int connect_in_time(const struct sockaddr *address, socklen_t length, int family,
                           uint64_t timeout) {
    int descriptor = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (descriptor < 0) {
        return -1;
    }
    int number = connect(descriptor, address, length) == 0 ? 0 : errno;
    if (number == EINPROGRESS) {
        struct pollfd event = {.fd = descriptor, .events = POLLOUT};
        socklen_t size = sizeof number;
        int ready = poll(&event, 1, (int)(timeout / 1000000));
        if (ready <= 0) {
            number = ready == 0 ? ETIMEDOUT : errno;
        } else if (getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &number, &size) < 0) {
            number = errno;
        }
    }
    if (number != 0) {
        close(descriptor);
        errno = number;
        return -1;
    }
    return descriptor;
}

static bool connect_host(struct redis_link *link, const struct redis_address *address,
                         uint64_t timeout, struct error *error) {
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    struct addrinfo *found;
    char port[16];
    snprintf(port, sizeof port, "%u", address->port);
    int number = getaddrinfo(address->host, port, &hints, &found);
    if (number != 0) {
        link->broken = true;
        return error_set(error, ERROR_UNAVAILABLE, "Redis: %s: %s", address->host,
                         gai_strerror(number));
    }
    for (struct addrinfo *one = found; one != NULL && link->socket < 0; one = one->ai_next) {
        link->socket = connect_in_time(one->ai_addr, one->ai_addrlen, one->ai_family, timeout);
    }
    int failure = errno;
    freeaddrinfo(found);
    errno = failure;
    return link->socket >= 0 || failed(link, error, "connect");
}

static bool connect_path(struct redis_link *link, const struct redis_address *address,
                         uint64_t timeout, struct error *error) {
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    if (strlen(address->path) >= sizeof name.sun_path) {
        errno = ENAMETOOLONG;
        return failed(link, error, "connect");
    }
    snprintf(name.sun_path, sizeof name.sun_path, "%s", address->path);
    link->socket = connect_in_time((struct sockaddr *)(void *)&name, sizeof name, AF_UNIX, timeout);
    return link->socket >= 0 || failed(link, error, "connect");
}

// Blocking from here on, with a limit to silence.
static bool prepare_socket(struct redis_link *link, uint64_t timeout, struct error *error) {
    const struct timeval silence = {(time_t)(timeout / 1000000000),
                                    (suseconds_t)(timeout % 1000000000 / 1000)};
    int one = 1;
    int flags = fcntl(link->socket, F_GETFL);
    // A local socket has no such option.
    setsockopt(link->socket, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    setsockopt(link->socket, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof one);
    if (flags < 0 || fcntl(link->socket, F_SETFL, flags & ~O_NONBLOCK) < 0 ||
        setsockopt(link->socket, SOL_SOCKET, SO_RCVTIMEO, &silence, sizeof silence) < 0 ||
        setsockopt(link->socket, SOL_SOCKET, SO_SNDTIMEO, &silence, sizeof silence) < 0) {
        return failed(link, error, "socket");
    }
    return true;
}

static bool tls_failed(struct redis_link *link, struct error *error, const char *what) {
    char text[256] = "failed";
    unsigned long number = ERR_get_error();
    if (number != 0) {
        ERR_error_string_n(number, text, sizeof text);
    }
    ERR_clear_error();
    link->broken = true;
    return error_set(error, ERROR_UNAVAILABLE, "Redis: %s: %s", what, text);
}

static bool start_tls(struct redis_link *link, const struct redis_address *address,
                      struct error *error) {
    link->tls_context = SSL_CTX_new(TLS_client_method());
    if (link->tls_context == NULL ||
        SSL_CTX_set_min_proto_version(link->tls_context, TLS1_2_VERSION) != 1 ||
        (address->authority != NULL
             ? SSL_CTX_load_verify_locations(link->tls_context, address->authority, NULL)
             : SSL_CTX_set_default_verify_paths(link->tls_context)) != 1) {
        return tls_failed(link, error, "certificates of authorities");
    }
    SSL_CTX_set_verify(link->tls_context, SSL_VERIFY_PEER, NULL);
    link->tls = SSL_new(link->tls_context);
    if (link->tls == NULL || SSL_set_fd(link->tls, link->socket) != 1) {
        return tls_failed(link, error, "TLS");
    }
    X509_VERIFY_PARAM *parameters = SSL_get0_param(link->tls);
    bool numeric = X509_VERIFY_PARAM_set1_ip_asc(parameters, address->host) == 1;
    if (!numeric && (SSL_set1_host(link->tls, address->host) != 1 ||
                     SSL_set_tlsext_host_name(link->tls, address->host) != 1)) {
        return tls_failed(link, error, "TLS");
    }
    ERR_clear_error();
    return SSL_connect(link->tls) == 1 || tls_failed(link, error, "TLS handshake");
}

// ---- Sending ------------------------------------------------------------------------------------

static bool write_tls(struct redis_link *link, struct error *error) {
    for (int i = 0; i < link->part_count; i++) {
        const char *from = link->parts[i].iov_base;
        size_t left = link->parts[i].iov_len;
        while (left > 0) {
            size_t count;
            errno = 0;
            if (SSL_write_ex(link->tls, from, left, &count) != 1) {
                ERR_clear_error();
                return failed(link, error, "send");
            }
            from += count;
            left -= count;
        }
    }
    return true;
}

static bool write_plain(struct redis_link *link, struct error *error) {
    struct iovec *part = link->parts;
    int left = link->part_count;
    while (left > 0) {
        const struct msghdr message = {.msg_iov = part, .msg_iovlen = (size_t)left};
        ssize_t count = sendmsg(link->socket, &message, MSG_NOSIGNAL);
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count < 0) {
            return failed(link, error, "send");
        }
        size_t sent = (size_t)count;
        while (left > 0 && sent >= part->iov_len) {
            sent -= part->iov_len;
            part++;
            left--;
        }
        if (left > 0) {
            part->iov_base = (char *)part->iov_base + sent;
            part->iov_len -= sent;
        }
    }
    return true;
}

static bool flush(struct redis_link *link, struct error *error) {
    if (link->part_count == 0) {
        return true;
    }
    for (int i = 0; i < link->part_count; i++) {
        link->traffic.sent += link->parts[i].iov_len;
    }
    bool done = link->tls != NULL ? write_tls(link, error) : write_plain(link, error);
    link->part_count = 0;
    link->queued_length = 0;
    link->waiting = false;
    return done;
}

static bool add_part(struct redis_link *link, const void *data, size_t length,
                     struct error *error) {
    if (link->part_count == QUEUED_PARTS && !flush(link, error)) {
        return false;
    }
    link->parts[link->part_count++] = (struct iovec){(void *)data, length};
    return true;
}

// Behind what is queued, in the same part where that ends there.
static bool add_copy(struct redis_link *link, const void *data, size_t length,
                     struct error *error) {
    if (length > QUEUED_BYTES - link->queued_length && !flush(link, error)) {
        return false;
    }
    char *to = link->queued + link->queued_length;
    if (length > 0) {
        memcpy(to, data, length);
    }
    link->queued_length += length;
    struct iovec *last = link->part_count == 0 ? NULL : &link->parts[link->part_count - 1];
    if (last != NULL && (char *)last->iov_base + last->iov_len == to) {
        last->iov_len += length;
        return true;
    }
    if (link->part_count == QUEUED_PARTS) { // flushing would forget the copy
        link->queued_length -= length;
        return flush(link, error) && add_copy(link, data, length, error);
    }
    return add_part(link, to, length, error);
}

bool redis_link_send(struct redis_link *link, size_t count, const struct bytes *arguments,
                     struct error *error) {
    char text[32];
    int length = snprintf(text, sizeof text, "*%zu\r\n", count);
    bool done = !link->broken || error_set(error, ERROR_UNAVAILABLE, "Redis: not connected");
    done = done && add_copy(link, text, (size_t)length, error);
    for (size_t i = 0; i < count && done; i++) {
        length = snprintf(text, sizeof text, "$%zu\r\n", arguments[i].length);
        done = add_copy(link, text, (size_t)length, error) &&
               (arguments[i].length <= SMALL
                    ? add_copy(link, arguments[i].data, arguments[i].length, error)
                    : add_part(link, arguments[i].data, arguments[i].length, error)) &&
               add_copy(link, "\r\n", 2, error);
    }
    return done;
}

// ---- Receiving ----------------------------------------------------------------------------------

// At least one byte to `to`; the count, 0 on failure.
static size_t receive(struct redis_link *link, void *to, size_t capacity, struct error *error) {
    if (!link->waiting) {
        link->waiting = true;
        link->traffic.round_trips++;
    }
    size_t count = 0;
    ssize_t result;
    if (link->tls != NULL) {
        errno = 0;
        result = SSL_read_ex(link->tls, to, capacity, &count) == 1 ? (ssize_t)count : -1;
        ERR_clear_error();
    } else {
        do {
            errno = 0;
            result = recv(link->socket, to, capacity, 0);
        } while (result < 0 && errno == EINTR);
    }
    if (result <= 0) {
        failed(link, error, "receive");
        return 0;
    }
    link->traffic.received += (size_t)result;
    return (size_t)result;
}

static bool feed(struct redis_link *link, size_t most, struct error *error) {
    size_t count = receive(link, link->received, most, error);
    if (count > 0 && redisReaderFeed(link->reader, link->received, count) != REDIS_OK) {
        link->broken = true;
        return error_set(error, ERROR_UNAVAILABLE, "Redis: %s", link->reader->errstr);
    }
    return count > 0;
}

redisReply *redis_link_reply(struct redis_link *link, struct error *error) {
    if (link->broken || !flush(link, error)) {
        if (link->part_count == 0 && link->broken) {
            error_set(error, ERROR_UNAVAILABLE, "Redis: the connection was lost");
        }
        return NULL;
    }
    for (;;) {
        void *reply = NULL;
        if (redisReaderGetReply(link->reader, &reply) != REDIS_OK) {
            link->broken = true;
            error_set(error, ERROR_UNAVAILABLE, "Redis: %s", link->reader->errstr);
            return NULL;
        }
        if (reply != NULL) {
            return reply;
        }
        if (!feed(link, RECEIVED, error)) {
            return NULL;
        }
    }
}

// Drops what was read: the reader does so only where it gives out replies itself.
static void compact(redisReader *reader) {
    if (reader->pos > 0 && reader->pos == reader->len) {
        sdsclear(reader->buf);
    } else if (reader->pos > RECEIVED) {
        sdsrange(reader->buf, (int)reader->pos, -1);
    } else {
        return;
    }
    reader->pos = 0;
    reader->len = sdslen(reader->buf);
}

// The line at the reader's position, without its end; NULL until all of it is there.
static const char *find_line(const redisReader *reader, size_t *length) {
    if (reader->buf == NULL || reader->pos >= reader->len) {
        return NULL;
    }
    const char *begin = reader->buf + reader->pos;
    const char *end = memchr(begin, '\n', reader->len - reader->pos);
    if (end == NULL) {
        return NULL;
    }
    *length = (size_t)(end + 1 - begin);
    return begin;
}

static bool read_rest(struct redis_link *link, uint8_t *to, size_t length, struct error *error) {
    redisReader *reader = link->reader;
    size_t there = reader->len - reader->pos;
    there = there < length ? there : length;
    memcpy(to, reader->buf + reader->pos, there);
    reader->pos += there;
    while (there < length) {
        size_t count = receive(link, to + there, length - there, error);
        if (count == 0) {
            return false;
        }
        there += count;
    }
    while (reader->len - reader->pos < 2) {
        if (!feed(link, LINES, error)) {
            return false;
        }
    }
    reader->pos += 2;
    return true;
}

bool redis_link_bytes(struct redis_link *link, uint8_t *to, size_t length, size_t *got,
                      struct error *error) {
    redisReader *reader = link->reader;
    size_t line_length;
    const char *line;
    if (link->broken || !flush(link, error)) {
        return link->broken &&
               error_set(error, ERROR_UNAVAILABLE, "Redis: the connection was lost");
    }
    while ((line = find_line(reader, &line_length)) == NULL) {
        if (!feed(link, LINES, error)) {
            return false;
        }
    }
    if (line[0] != '$') {
        redisReply *reply = redis_link_reply(link, error);
        if (reply != NULL) {
            error_set(error, ERROR_IO, "Redis: %s",
                      reply->type == REDIS_REPLY_ERROR ? reply->str : "not bytes");
            freeReplyObject(reply);
        }
        return false;
    }
    long long count = strtoll(line + 1, NULL, 10);
    reader->pos += line_length;
    if (count > (long long)length) {
        link->broken = true;
        return error_set(error, ERROR_IO, "Redis: %lld bytes where %zu are wanted", count, length);
    }
    size_t there = count < 0 ? 0 : (size_t)count;
    if (count >= 0 && !read_rest(link, to, there, error)) {
        return false;
    }
    memset(to + there, 0, length - there);
    if (got != NULL) {
        *got = there;
    }
    compact(reader);
    return true;
}

// ---- Opening ------------------------------------------------------------------------------------

static struct bytes text_bytes(const char *text) {
    return (struct bytes){(const uint8_t *)text, strlen(text)};
}

static bool expect_ok(struct redis_link *link, const char *what, struct error *error) {
    redisReply *reply = redis_link_reply(link, error);
    if (reply == NULL) {
        return false;
    }
    bool done = reply->type != REDIS_REPLY_ERROR ||
                error_set(error, ERROR_UNAVAILABLE, "Redis: %s: %s", what, reply->str);
    freeReplyObject(reply);
    return done;
}

static bool log_in(struct redis_link *link, const struct redis_address *address,
                   struct error *error) {
    if (address->password != NULL) {
        struct bytes arguments[3] = {text_bytes("AUTH")};
        size_t count = 1;
        if (address->user != NULL) {
            arguments[count++] = text_bytes(address->user);
        }
        arguments[count++] = text_bytes(address->password);
        if (!redis_link_send(link, count, arguments, error) || !expect_ok(link, "log in", error)) {
            return false;
        }
    }
    if (address->database != 0) {
        char number[16];
        snprintf(number, sizeof number, "%u", address->database);
        const struct bytes arguments[2] = {text_bytes("SELECT"), text_bytes(number)};
        return redis_link_send(link, 2, arguments, error) && expect_ok(link, "database", error);
    }
    return true;
}

struct redis_link *redis_link_open(const struct redis_address *address, uint64_t timeout,
                                   struct error *error) {
    struct redis_link *link = calloc(1, sizeof *link);
    if (link == NULL) {
        error_set(error, ERROR_MEMORY, "connection to Redis");
        return NULL;
    }
    link->socket = -1;
    link->reader = redisReaderCreate();
    bool done = link->reader != NULL || error_set(error, ERROR_MEMORY, "connection to Redis");
    done = done && (address->path != NULL ? connect_path(link, address, timeout, error)
                                          : connect_host(link, address, timeout, error));
    if (!done || !prepare_socket(link, timeout, error) ||
        (address->tls && !start_tls(link, address, error)) || !log_in(link, address, error)) {
        redis_link_close(link);
        return NULL;
    }
    return link;
}

void redis_link_close(struct redis_link *link) {
    if (link == NULL) {
        return;
    }
    if (link->tls != NULL) {
        SSL_free(link->tls);
    }
    if (link->tls_context != NULL) {
        SSL_CTX_free(link->tls_context);
    }
    if (link->socket >= 0) {
        close(link->socket);
    }
    if (link->reader != NULL) {
        redisReaderFree(link->reader);
    }
    free(link);
}
