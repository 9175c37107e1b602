// Keys and scripts. What is where in the database is in scripts.h.
#include "state/redis/session.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct bytes redis_key(struct redis_key *key, const char *type, const char *user,
                       struct bytes name) {
    // cppcheck-suppress ctuuninitvar ; it is filled here
    int length = snprintf(key->text, sizeof key->text, "faasm:%s:%s", type, user);
    key->length = (size_t)length;
    if (name.length > 0) {
        key->text[key->length++] = ':';
        memcpy(key->text + key->length, name.data, name.length);
        key->length += name.length;
    }
    return (struct bytes){(const uint8_t *)key->text, key->length};
}

struct bytes redis_chunk_key(struct redis_key *key, const struct state_name *name,
                             const char *generation, uint64_t number) {
    // cppcheck-suppress ctuuninitvar ; it is filled here
    int length = snprintf(key->text, sizeof key->text, "faasm:sd:%s:%" PRIu64 ":%s:", generation,
                          number, name->user);
    memcpy(key->text + length, name->key.data, name->key.length);
    key->length = (size_t)length + name->key.length;
    return (struct bytes){(const uint8_t *)key->text, key->length};
}

// ---- Scripts ------------------------------------------------------------------------------------

struct script_texts {
    struct redis_key keys[8];
    char suffix[REDIS_NAME_MAX + 2];
    char numbers[4][24];
};

static size_t common_arguments(const struct redis_session *session,
                               const struct redis_script_call *call, struct script_texts *texts,
                               struct bytes *to) {
    static const char *const types[8] = {"sm", "si", "su", "sv", "sh", "sq", "sl", "so"};
    const struct state_name *name = redis_name(session);
    const struct bytes none = {0};
    for (int i = 0; i < 8; i++) {
        bool of_user = i == 1 || i == 2;
        to[i] = i == 3 ? redis_text("faasm:sv")
                : i == 7
                    ? redis_key(&texts->keys[i], types[i],
                                call->operation == NULL ? "" : call->operation, none)
                    : redis_key(&texts->keys[i], types[i], name->user, of_user ? none : name->key);
    }
    int length = snprintf(texts->suffix, sizeof texts->suffix, ":%s:", name->user);
    memcpy(texts->suffix + length, name->key.data, name->key.length);
    const uint64_t numbers[4] = {call->limits.bytes, call->limits.keys, call->expected,
                                 call->fence};
    for (int i = 0; i < 4; i++) {
        snprintf(texts->numbers[i], sizeof texts->numbers[i], "%" PRIu64, numbers[i]);
    }
    to[8] = name->key;
    to[9] = (struct bytes){(const uint8_t *)texts->suffix, (size_t)length + name->key.length};
    to[10] = redis_text(texts->numbers[0]);
    to[11] = redis_text(texts->numbers[1]);
    to[12] = redis_text(texts->numbers[2]);
    to[13] = redis_text(call->fence_owner == NULL ? "" : call->fence_owner);
    to[14] = redis_text(texts->numbers[3]);
    return 15;
}

// Arguments of the call that are not small must stay until it has its reply.
static bool send_script(struct redis_session *session, const struct redis_script_call *call,
                        struct error *error) {
    struct script_texts *texts = malloc(sizeof *texts);
    struct bytes *arguments = malloc((16 + call->more_count) * sizeof *arguments);
    bool done = texts != NULL && arguments != NULL;
    if (!done) {
        error_set(error, ERROR_MEMORY, "Redis");
    } else {
        arguments[0] = redis_text("8");
        size_t count = 1 + common_arguments(session, call, texts, arguments + 1);
        if (call->more_count > 0) {
            memcpy(arguments + count, call->more, call->more_count * sizeof *arguments);
        }
        done = redis_send_script(session, call->script, count + call->more_count, arguments, error);
    }
    free(arguments);
    free(texts);
    return done;
}

redisReply *redis_run_script(struct redis_session *session, const struct redis_script_call *call,
                             struct error *error) {
    char label[STATE_LABEL_MAX];
    return send_script(session, call, error)
               ? redis_script_reply(session, state_label(redis_name(session), label), error)
               : NULL;
}

bool redis_run_plain_script(struct redis_session *session, void *context, struct error *error) {
    redisReply *reply = redis_run_script(session, context, error);
    if (reply != NULL) {
        freeReplyObject(reply);
    }
    return reply != NULL;
}
