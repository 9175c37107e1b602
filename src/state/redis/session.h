// What the operations of the driver share: connections that are kept, operations that are tried
// again, keys of the database, commands and scripts. Used by the files of this folder alone.
#ifndef FAASM_STATE_REDIS_SESSION_H
#define FAASM_STATE_REDIS_SESSION_H

#include "state/redis.h"
#include "state/redis/link.h"
#include "state/redis/scripts.h"

#include <pthread.h>

enum {
    REDIS_SPARE_LINKS = 16,
    REDIS_WINDOW = 32, // chunks on their way at a time
    REDIS_NAME_MAX = STATE_USER_MAX + 1 + STATE_KEY_MAX,
    REDIS_KEY_MAX = 96 + REDIS_NAME_MAX, // of the database
};

struct redis_connection;

// The state of the driver.
struct redis {
    struct redis_address address;
    uint64_t wait, timeout;
    pthread_mutex_t mutex; // guards what follows
    struct redis_connection *spare[REDIS_SPARE_LINKS];
    int spare_count;
    struct state_redis_traffic traffic;
};

void redis_drop_spare(struct redis *redis);

// One try of an operation, on one connection.
struct redis_session {
    struct redis *redis;
    struct redis_connection *connection;
    struct redis_link *link; // of the connection
    struct redis_link_traffic before;
    const struct state_name *name;
    unsigned attempt; // 0: the first
};

// Runs the operation until it does not fail with ERROR_UNAVAILABLE, or the time is up. So an
// operation may be done twice, and must not change anything the second time.
bool redis_run(struct redis *redis, const struct state_name *name,
               bool (*operation)(struct redis_session *session, void *context, struct error *error),
               void *context, struct error *error);

// ---- Commands -----------------------------------------------------------------------------------

static inline struct bytes redis_text(const char *text) {
    return (struct bytes){(const uint8_t *)text, __builtin_strlen(text)};
}

struct redis_key {
    size_t length;
    char text[REDIS_KEY_MAX];
};

// "faasm:TYPE:USER:KEY", or without the key where it is empty. The result lies in `key`.
struct bytes redis_key(struct redis_key *key, const char *type, const char *user,
                       struct bytes name);
// "faasm:sd:GENERATION:NUMBER:USER:KEY"
struct bytes redis_chunk_key(struct redis_key *key, const struct state_name *name,
                             const char *generation, uint64_t number);

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

struct redis_script_call {
    enum redis_script script;
    struct state_limits limits;
    uint64_t expected;
    const char *fence_owner;
    uint64_t fence;
    const char *operation; // id of an append, or NULL
    const struct bytes *more;
    size_t more_count;
};

// The reply of a script that agreed; NULL otherwise, with its reason.
redisReply *redis_run_script(struct redis_session *session, const struct redis_script_call *call,
                             struct error *error);

// An operation, for scripts that say nothing but that they agree; `context` is the call.
bool redis_run_plain_script(struct redis_session *session, void *context, struct error *error);

#endif
