// Appended elements in Redis.
#include "state/redis/operations.h"
#include "state/redis/session.h"

#include <stdio.h>

enum { ELEMENTS_BATCH = 64 };

bool redis_append(void *state, const struct state_name *name, struct bytes element,
                  const struct state_limits *limits, struct error *error) {
    char operation[REDIS_UNIQUE];
    redis_unique(operation);
    struct redis_script_call call = {
        .script = REDIS_APPEND, .operation = operation, .more = &element, .more_count = 1};
    if (limits != NULL) {
        call.limits = *limits;
    }
    return redis_run(state, name, redis_run_plain_script, &call, error);
}

bool redis_clear_appended(void *state, const struct state_name *name, struct error *error) {
    struct redis_script_call call = {.script = REDIS_CLEAR};
    return redis_run(state, name, redis_run_plain_script, &call, error);
}

struct elements {
    size_t count, most, before;
    struct buffer *to;
};

static bool take_elements(struct redis_session *session, const redisReply *reply,
                          struct elements *elements, struct error *error) {
    for (size_t i = 0; i < reply->elements; i++) {
        size_t length = (size_t)reply->element[i]->len;
        if (length > elements->most - (elements->to->length - elements->before)) {
            char label[STATE_LABEL_MAX];
            return error_set(error, ERROR_TOO_LARGE,
                             "%s: the first %zu appended elements are more than %zu bytes",
                             state_label(redis_name(session), label), elements->count,
                             elements->most);
        }
        if (!buffer_append(elements->to, reply->element[i]->str, length, error)) {
            return false;
        }
    }
    return true;
}

static bool read_elements(struct redis_session *session, void *context, struct error *error) {
    struct elements *elements = context;
    struct redis_key key;
    elements->to->length = elements->before;
    size_t done = 0;
    while (done < elements->count) {
        size_t batch =
            elements->count - done < ELEMENTS_BATCH ? elements->count - done : ELEMENTS_BATCH;
        char begin[24], end[24];
        snprintf(begin, sizeof begin, "%zu", done);
        snprintf(end, sizeof end, "%zu", done + batch - 1);
        const struct bytes arguments[4] = {
            redis_text("LRANGE"),
            redis_key(&key, "sl", redis_name(session)->user, redis_name(session)->key),
            redis_text(begin), redis_text(end)};
        redisReply *reply = redis_command(session, 4, arguments, error);
        if (reply == NULL) {
            return false;
        }
        size_t got = reply->elements;
        bool taken = take_elements(session, reply, elements, error);
        freeReplyObject(reply);
        if (!taken || got < batch) {
            return taken;
        }
        done += got;
    }
    return true;
}

bool redis_read_appended(void *state, const struct state_name *name, size_t count, size_t most,
                         struct buffer *elements, struct error *error) {
    struct elements context = {count, most, elements->length, elements};
    return redis_run(state, name, read_elements, &context, error);
}
