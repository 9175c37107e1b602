// A Redis or Valkey server that drivers keep things in: connections that are kept, operations that
// are tried again, commands and scripts. One `struct redis` for each driver; thread-safe.
//
// URLs: redis://[[user:]password@]host[:port][/database], the same with rediss:// for TLS (the
// server's certificate must be valid for the host; ?ca=FILE names whom to trust instead of the
// system's), unix:///path/of/socket.
#ifndef FAASM_REDIS_SESSION_H
#define FAASM_REDIS_SESSION_H

#include "redis/link.h"

struct redis;

struct redis_config {
    const char *url;
    uint64_t wait;              // nanoseconds that an operation is tried again for; 0: 5 s
    uint64_t timeout;           // nanoseconds that the server may be silent; 0: 5 s
    const char *const *scripts; // texts in Lua, for ever
    size_t script_count;
};

// Does not connect yet. ERROR_ARGUMENT for a URL that is none.
struct redis *redis_new(const struct redis_config *config, struct error *error);
void redis_delete(struct redis *redis); // with no operation running

// Bytes that were sent to and received from the server, by all connections.
struct redis_link_traffic redis_traffic(struct redis *redis);

// One try of an operation, on one connection.
struct redis_connection;
struct redis_session {
    struct redis *redis;
    struct redis_connection *connection;
    struct redis_link *link; // of the connection
    struct redis_link_traffic before;
    const void *subject; // what the operation is about; the driver's own
    unsigned attempt;    // 0: the first
};

// Runs the operation until it does not fail with ERROR_UNAVAILABLE, or the time is up. So an
// operation may be done twice, and must not change anything the second time.
bool redis_run(struct redis *redis, const void *subject,
               bool (*operation)(struct redis_session *session, void *context, struct error *error),
               void *context, struct error *error);

// The same, but is not waited for a server that cannot be reached.
bool redis_run_at_once(struct redis *redis, const void *subject,
                       bool (*operation)(struct redis_session *session, void *context,
                                         struct error *error),
                       void *context, struct error *error);

// ---- Commands -----------------------------------------------------------------------------------

static inline struct bytes redis_text(const char *text) {
    return (struct bytes){(const uint8_t *)text, __builtin_strlen(text)};
}

// A name that nothing has had before.
enum { REDIS_UNIQUE = 33 }; // hexadecimal, with NUL
void redis_unique(char text[REDIS_UNIQUE]);

// The next reply, to be freed with freeReplyObject; NULL where it is an error. ERROR_IO for what
// time alone does not cure.
redisReply *redis_next_reply(struct redis_session *session, struct error *error);

// The same for one that only says that it was done.
bool redis_expect(struct redis_session *session, struct error *error);

redisReply *redis_command(struct redis_session *session, size_t count,
                          const struct bytes *arguments, struct error *error);

// Of an array: "" where there is none, or no text.
const char *redis_item(const redisReply *reply, size_t index);

uint64_t redis_number(const char *text);

// ---- Scripts ------------------------------------------------------------------------------------

// Queues EVALSHA of a script, by its number; the arguments begin with the number of keys. Those
// that are not small must stay until it has its reply.
bool redis_send_script(struct redis_session *session, size_t script, size_t count,
                       const struct bytes *arguments, struct error *error);

// The reply of a script, an array whose first item is "ok". NULL where that is "no", followed by
// the name of an error code and a message; `label` is put before it.
redisReply *redis_script_reply(struct redis_session *session, const char *label,
                               struct error *error);

#endif
