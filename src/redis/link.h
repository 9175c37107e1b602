// One connection to a Redis server. Used by one thread at a time.
#ifndef FAASM_REDIS_LINK_H
#define FAASM_REDIS_LINK_H

#include "base/buffer.h"
#include "base/error.h"

#include <hiredis/hiredis.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Where a server is, from a URL (session.h). Strings are owned.
struct redis_address {
    char *host, *path; // one of them
    char *user, *password, *authority;
    uint16_t port;
    unsigned database;
    bool tls;
};

bool redis_address_parse(const char *url, struct redis_address *address, struct error *error);
void redis_address_destroy(struct redis_address *address);

// What a process must be allowed for a URL: connections to a TCP port (0: none), and a file (empty:
// none), the socket or the certificates.
struct redis_needs {
    uint16_t port;
    char file[4096];
};
bool redis_needs(const char *url, struct redis_needs *needs, struct error *error);

struct redis_link;

// Connects, authenticates, selects the database. `timeout`: nanoseconds of silence. Errors are
// ERROR_UNAVAILABLE throughout.
struct redis_link *redis_link_open(const struct redis_address *address, uint64_t timeout,
                                   struct error *error);
void redis_link_close(struct redis_link *link); // NULL is allowed

// Queues a command. Sends when much is queued: `arguments` must stay until they were sent, which is
// with the next reply at the latest; small ones are copied.
bool redis_link_send(struct redis_link *link, size_t count, const struct bytes *arguments,
                     struct error *error);

// The reply to the next command that has not got one yet, to be freed with freeReplyObject. An
// error of the server is a reply.
redisReply *redis_link_reply(struct redis_link *link, struct error *error);

// The same for a reply that is bytes, straight to where they belong: of what is shorter the rest is
// zeros, what is longer is an error. ERROR_IO with the server's message where it is an error.
// `got`, which may be NULL, becomes the length of what there was.
bool redis_link_bytes(struct redis_link *link, uint8_t *to, size_t length, size_t *got,
                      struct error *error);

// False after a failure: the connection is of no use any more.
bool redis_link_usable(const struct redis_link *link);

struct redis_link_traffic {
    uint64_t sent, received, round_trips; // round trips: from sending to waiting for a reply
};
struct redis_link_traffic redis_link_traffic(const struct redis_link *link);

#endif
