// Listing values in Redis, and what a user has.
#include "state/redis/operations.h"
#include "state/redis/session.h"

#include <stdio.h>
#include <string.h>

enum { LIST_BATCH = 256 };

struct listing {
    struct bytes prefix;
    struct buffer after; // the last key that was visited; empty: none
    bool (*visit)(void *context, struct bytes key, const struct state_facts *facts);
    void *context;
    bool ended;
};

static bool begins_with(const redisReply *key, struct bytes prefix) {
    return (size_t)key->len >= prefix.length &&
           (prefix.length == 0 || memcmp(key->str, prefix.data, prefix.length) == 0);
}

static bool ask_facts(struct redis_session *session, const redisReply *keys, struct error *error) {
    for (size_t i = 0; i < keys->elements; i++) {
        struct redis_key key;
        const redisReply *one = keys->element[i];
        const struct bytes arguments[4] = {
            redis_text("HMGET"),
            redis_key(&key, "sm", redis_name(session)->user,
                      (struct bytes){(const uint8_t *)one->str, (size_t)one->len}),
            redis_text("b"), redis_text("v")};
        if ((size_t)one->len > STATE_KEY_MAX ||
            !redis_link_send(session->link, 4, arguments, error)) {
            return one->len <= STATE_KEY_MAX ? false
                                             : error_set(error, ERROR_IO, "Redis: a strange key");
        }
    }
    return true;
}

static bool visit_keys(struct redis_session *session, const redisReply *keys,
                       struct listing *listing, struct error *error) {
    if (!ask_facts(session, keys, error)) {
        return false;
    }
    for (size_t i = 0; i < keys->elements; i++) {
        redisReply *reply = redis_next_reply(session, error);
        if (reply == NULL) {
            return false;
        }
        const struct state_facts facts = {redis_number(redis_item(reply, 0)),
                                          redis_number(redis_item(reply, 1))};
        freeReplyObject(reply);
        const redisReply *key = keys->element[i];
        const struct bytes name = {(const uint8_t *)key->str, (size_t)key->len};
        listing->ended = listing->ended || !begins_with(key, listing->prefix) ||
                         !listing->visit(listing->context, name, &facts);
        if (!listing->ended && !buffer_assign(&listing->after, name.data, name.length, error)) {
            return false;
        }
    }
    listing->ended = listing->ended || keys->elements < LIST_BATCH;
    return true;
}

// From after the last key on.
static bool list_batch(struct redis_session *session, struct listing *listing,
                       struct error *error) {
    struct redis_key key;
    char bound[1 + STATE_KEY_MAX], batch[8];
    bool goes_on = listing->after.length > 0;
    struct bytes from = goes_on ? buffer_bytes(&listing->after) : listing->prefix;
    bound[0] = goes_on ? '(' : '[';
    if (from.length > 0) {
        memcpy(bound + 1, from.data, from.length);
    }
    snprintf(batch, sizeof batch, "%d", LIST_BATCH);
    const struct bytes arguments[7] = {
        redis_text("ZRANGEBYLEX"),
        redis_key(&key, "si", redis_name(session)->user, (struct bytes){0}),
        from.length == 0 ? redis_text("-")
                         : (struct bytes){(const uint8_t *)bound, 1 + from.length},
        redis_text("+"),
        redis_text("LIMIT"),
        redis_text("0"),
        redis_text(batch)};
    redisReply *keys = redis_command(session, 7, arguments, error);
    bool done = keys != NULL && visit_keys(session, keys, listing, error);
    if (keys != NULL) {
        freeReplyObject(keys);
    }
    return done;
}

static bool list_all(struct redis_session *session, void *context, struct error *error) {
    struct listing *listing = context;
    bool done = true;
    while (done && !listing->ended) {
        done = list_batch(session, listing, error);
    }
    return done;
}

bool redis_list(void *state, const char *user, struct bytes prefix, struct bytes after,
                bool (*visit)(void *context, struct bytes key, const struct state_facts *facts),
                void *context, struct error *error) {
    struct listing listing = {.prefix = prefix, .visit = visit, .context = context};
    if (prefix.length > STATE_KEY_MAX || after.length > STATE_KEY_MAX) {
        return error_set(error, ERROR_ARGUMENT, "a key of state has at most %d bytes",
                         STATE_KEY_MAX);
    }
    const struct state_name name = {user, {0}};
    bool done = buffer_assign(&listing.after, after.data, after.length, error) &&
                redis_run(state, &name, list_all, &listing, error);
    buffer_destroy(&listing.after);
    return done;
}

static bool read_usage(struct redis_session *session, void *context, struct error *error) {
    struct redis_key key;
    const struct bytes arguments[4] = {
        redis_text("HMGET"), redis_key(&key, "su", redis_name(session)->user, (struct bytes){0}),
        redis_text("b"), redis_text("k")};
    redisReply *reply = redis_command(session, 4, arguments, error);
    if (reply == NULL) {
        return false;
    }
    *(struct state_usage *)context = (struct state_usage){redis_number(redis_item(reply, 0)),
                                                          redis_number(redis_item(reply, 1))};
    freeReplyObject(reply);
    return true;
}

bool redis_usage(void *state, const char *user, struct state_usage *usage, struct error *error) {
    const struct state_name name = {user, {0}};
    return redis_run(state, &name, read_usage, usage, error);
}
