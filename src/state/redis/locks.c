// Global locks in Redis.
#include "state/redis/operations.h"
#include "state/redis/session.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct locking {
    enum redis_script script;
    const struct state_lock_request *request;
    enum state_lock_outcome outcome;
    uint64_t token;
};

static bool lock_script(struct redis_session *session, void *context, struct error *error) {
    struct locking *locking = context;
    char lease[24];
    snprintf(lease, sizeof lease, "%" PRIu64, (locking->request->lease + 999999) / 1000000);
    const struct bytes more[3] = {redis_text(locking->request->owner),
                                  redis_text(locking->request->exclusive ? "x" : "s"),
                                  redis_text(lease)};
    const struct redis_script_call call = {
        .script = locking->script, .more = more, .more_count = 3};
    redisReply *reply = redis_run_script(session, &call, error);
    if (reply == NULL) { // the second try may find that the first one did it
        return locking->script == REDIS_UNLOCK && session->attempt > 0 &&
               error->code == ERROR_CONFLICT;
    }
    locking->outcome =
        strcmp(redis_item(reply, 1), "granted") == 0 ? STATE_LOCK_GRANTED : STATE_LOCK_WAIT;
    locking->token = redis_number(redis_item(reply, 2));
    freeReplyObject(reply);
    return true;
}

bool redis_lock(void *state, const struct state_name *name,
                const struct state_lock_request *request, enum state_lock_outcome *outcome,
                uint64_t *token, struct error *error) {
    struct locking locking = {.script = REDIS_LOCK, .request = request};
    if (!redis_run(state, name, lock_script, &locking, error)) {
        return false;
    }
    *outcome = locking.outcome;
    *token = locking.token;
    return true;
}

bool redis_renew(void *state, const struct state_name *name,
                 const struct state_lock_request *request, struct error *error) {
    struct locking locking = {.script = REDIS_RENEW, .request = request};
    return redis_run(state, name, lock_script, &locking, error);
}

bool redis_unlock(void *state, const struct state_name *name, const char *owner,
                  struct error *error) {
    const struct state_lock_request request = {.owner = owner};
    struct locking locking = {.script = REDIS_UNLOCK, .request = &request};
    return redis_run(state, name, lock_script, &locking, error);
}
