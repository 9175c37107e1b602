// What the operations of the driver share: keys of the database, and scripts. Used by the files of
// this folder alone.
#ifndef FAASM_STATE_REDIS_SESSION_H
#define FAASM_STATE_REDIS_SESSION_H

#include "redis/session.h"
#include "state/redis.h"
#include "state/redis/scripts.h"

enum {
    REDIS_WINDOW = 32, // chunks on their way at a time
    REDIS_NAME_MAX = STATE_USER_MAX + 1 + STATE_KEY_MAX,
    REDIS_KEY_MAX = 96 + REDIS_NAME_MAX, // of the database
};

// What an operation is about: the subject of the session.
static inline const struct state_name *redis_name(const struct redis_session *session) {
    return session->subject;
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
