// Connections, commands and scripts. What is where in the database is in scripts.h.
#include "state/redis/session.h"

#include "base/clock.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct redis_connection {
    struct redis_link *link;
    char scripts[REDIS_SCRIPTS][41]; // digests that the server knows them by
};

static void disconnect(struct redis_connection *connection) {
    redis_link_close(connection->link);
    free(connection);
}

static bool ask_scripts(struct redis_connection *connection, struct error *error) {
    bool done = true;
    for (int i = 0; i < REDIS_SCRIPTS && done; i++) {
        const struct bytes arguments[3] = {redis_text("SCRIPT"), redis_text("LOAD"),
                                           redis_text(redis_script_text((enum redis_script)i))};
        done = redis_link_send(connection->link, 3, arguments, error);
    }
    return done;
}

static bool load_scripts(struct redis_connection *connection, struct error *error) {
    bool done = ask_scripts(connection, error);
    for (int i = 0; i < REDIS_SCRIPTS && done; i++) {
        redisReply *reply = redis_link_reply(connection->link, error);
        done = reply != NULL && reply->type == REDIS_REPLY_STRING && reply->len == 40;
        if (done) {
            memcpy(connection->scripts[i], reply->str, 41);
        } else if (reply != NULL) {
            error_set(error, ERROR_UNAVAILABLE, "Redis: scripts: %s",
                      reply->str != NULL ? reply->str : "not accepted");
        }
        if (reply != NULL) {
            freeReplyObject(reply);
        }
    }
    return done;
}

static struct redis_connection *connect_new(const struct redis *redis, struct error *error) {
    struct redis_connection *connection = calloc(1, sizeof *connection);
    if (connection == NULL) {
        error_set(error, ERROR_MEMORY, "connection to Redis");
        return NULL;
    }
    connection->link = redis_link_open(&redis->address, redis->timeout, error);
    if (connection->link == NULL || !load_scripts(connection, error)) {
        disconnect(connection);
        return NULL;
    }
    return connection;
}

static bool take_connection(struct redis_session *session, struct error *error) {
    struct redis *redis = session->redis;
    session->connection = NULL;
    pthread_mutex_lock(&redis->mutex);
    if (redis->spare_count > 0) {
        session->connection = redis->spare[--redis->spare_count];
    }
    pthread_mutex_unlock(&redis->mutex);
    if (session->connection == NULL) {
        session->connection = connect_new(redis, error);
    }
    if (session->connection != NULL) {
        session->link = session->connection->link;
        session->before = redis_link_traffic(session->link);
    }
    return session->connection != NULL;
}

void redis_drop_spare(struct redis *redis) {
    pthread_mutex_lock(&redis->mutex);
    while (redis->spare_count > 0) {
        disconnect(redis->spare[--redis->spare_count]);
    }
    pthread_mutex_unlock(&redis->mutex);
}

// Only one on which nothing is on its way any more can be used again.
static void give_connection(struct redis_session *session, bool settled) {
    struct redis *redis = session->redis;
    struct redis_link_traffic now = redis_link_traffic(session->link);
    bool usable = settled && redis_link_usable(session->link);
    pthread_mutex_lock(&redis->mutex);
    redis->traffic.sent += now.sent - session->before.sent;
    redis->traffic.received += now.received - session->before.received;
    redis->traffic.round_trips += now.round_trips - session->before.round_trips;
    bool kept = usable && redis->spare_count < REDIS_SPARE_LINKS;
    if (kept) {
        redis->spare[redis->spare_count++] = session->connection;
    }
    pthread_mutex_unlock(&redis->mutex);
    if (!kept) {
        disconnect(session->connection);
    }
}

bool redis_run(struct redis *redis, const struct state_name *name,
               bool (*operation)(struct redis_session *session, void *context, struct error *error),
               void *context, struct error *error) {
    const uint64_t begin = clock_monotonic();
    uint64_t pause = 10000000;
    struct redis_session session = {.redis = redis, .name = name};
    for (;; session.attempt++) {
        struct error failure;
        bool done = false;
        if (take_connection(&session, &failure)) {
            done = operation(&session, context, &failure);
            // After a refusal by a script nothing is on its way; after other failures there may be.
            give_connection(&session, done || failure.code == ERROR_CONFLICT ||
                                          failure.code == ERROR_NOT_FOUND);
        }
        if (done) {
            return true;
        }
        if (failure.code != ERROR_UNAVAILABLE || clock_monotonic() - begin + pause > redis->wait) {
            return error_set(error, failure.code, "%s", failure.message);
        }
        redis_drop_spare(redis); // those that lay by were lost with this one most likely
        nanosleep(&(struct timespec){0, (long)pause}, NULL);
        pause = 2 * pause < 500000000 ? 2 * pause : 500000000;
    }
}

// ---- Commands -----------------------------------------------------------------------------------

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

void redis_unique(char text[REDIS_UNIQUE]) {
    uint8_t random[(REDIS_UNIQUE - 1) / 2];
    randombytes_buf(random, sizeof random);
    sodium_bin2hex(text, REDIS_UNIQUE, random, sizeof random);
}

static bool server_error(const char *message, struct error *error) {
    return error_set(error, ERROR_UNAVAILABLE, "Redis: %s", message);
}

// A refusal that time alone does not cure is not tried again.
static bool is_lasting(const char *message) {
    return strncmp(message, "OOM", 3) == 0 || strncmp(message, "NOPERM", 6) == 0 ||
           strncmp(message, "NOAUTH", 6) == 0 || strncmp(message, "WRONGTYPE", 9) == 0 ||
           strncmp(message, "MISCONF", 7) == 0 || strncmp(message, "ERR", 3) == 0;
}

redisReply *redis_next_reply(struct redis_session *session, struct error *error) {
    redisReply *reply = redis_link_reply(session->link, error);
    if (reply != NULL && reply->type == REDIS_REPLY_ERROR) {
        server_error(reply->str, error);
        if (is_lasting(reply->str)) {
            error->code = ERROR_IO;
        }
        freeReplyObject(reply);
        return NULL;
    }
    return reply;
}

bool redis_expect(struct redis_session *session, struct error *error) {
    redisReply *reply = redis_next_reply(session, error);
    if (reply != NULL) {
        freeReplyObject(reply);
    }
    return reply != NULL;
}

redisReply *redis_command(struct redis_session *session, size_t count,
                          const struct bytes *arguments, struct error *error) {
    return redis_link_send(session->link, count, arguments, error)
               ? redis_next_reply(session, error)
               : NULL;
}

static enum error_code code_named(const char *name) {
    for (int code = 0; code < ERROR_CODE_COUNT; code++) {
        if (strcmp(error_code_name((enum error_code)code), name) == 0) {
            return (enum error_code)code;
        }
    }
    return ERROR_INTERNAL;
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
    const struct state_name *name = session->name;
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
    struct bytes *arguments = malloc((18 + call->more_count) * sizeof *arguments);
    bool done = texts != NULL && arguments != NULL;
    if (!done) {
        error_set(error, ERROR_MEMORY, "Redis");
    } else {
        arguments[0] = redis_text("EVALSHA");
        arguments[1] = redis_text(session->connection->scripts[call->script]);
        arguments[2] = redis_text("8");
        size_t count = 3 + common_arguments(session, call, texts, arguments + 3);
        if (call->more_count > 0) {
            memcpy(arguments + count, call->more, call->more_count * sizeof *arguments);
        }
        done = redis_link_send(session->link, count + call->more_count, arguments, error);
    }
    free(arguments);
    free(texts);
    return done;
}

const char *redis_item(const redisReply *reply, size_t index) {
    return index < reply->elements && reply->element[index]->str != NULL
               ? reply->element[index]->str
               : "";
}

// The reply of a script that agreed; NULL otherwise.
static redisReply *script_reply(struct redis_session *session, struct error *error) {
    redisReply *reply = redis_next_reply(session, error);
    if (reply == NULL ||
        (reply->type == REDIS_REPLY_ARRAY && strcmp(redis_item(reply, 0), "ok") == 0)) {
        return reply;
    }
    char label[STATE_LABEL_MAX];
    error_set(error, code_named(redis_item(reply, 1)), "%s: %s", state_label(session->name, label),
              redis_item(reply, 2));
    freeReplyObject(reply);
    return NULL;
}

redisReply *redis_run_script(struct redis_session *session, const struct redis_script_call *call,
                             struct error *error) {
    return send_script(session, call, error) ? script_reply(session, error) : NULL;
}

bool redis_run_plain_script(struct redis_session *session, void *context, struct error *error) {
    redisReply *reply = redis_run_script(session, context, error);
    if (reply != NULL) {
        freeReplyObject(reply);
    }
    return reply != NULL;
}

uint64_t redis_number(const char *text) {
    return strtoull(text, NULL, 10);
}
