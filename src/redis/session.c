#include "redis/session.h"

#include "base/clock.h"

#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define DEFAULT_WAIT    5000000000ull
#define DEFAULT_TIMEOUT 5000000000ull

enum { SPARE_LINKS = 16, DIGEST = 40 };

struct redis {
    struct redis_address address;
    uint64_t wait, timeout;
    const char *const *scripts;
    size_t script_count;
    pthread_mutex_t mutex; // guards what follows
    struct redis_connection *spare[SPARE_LINKS];
    int spare_count;
    struct redis_link_traffic traffic;
};

struct redis_connection {
    struct redis_link *link;
    char scripts[][DIGEST + 1]; // digests that the server knows them by
};

// ---- Connections --------------------------------------------------------------------------------

static void disconnect(struct redis_connection *connection) {
    redis_link_close(connection->link);
    free(connection);
}

static bool ask_scripts(const struct redis *redis, struct redis_connection *connection,
                        struct error *error) {
    bool done = true;
    for (size_t i = 0; i < redis->script_count && done; i++) {
        const struct bytes arguments[3] = {redis_text("SCRIPT"), redis_text("LOAD"),
                                           redis_text(redis->scripts[i])};
        done = redis_link_send(connection->link, 3, arguments, error);
    }
    return done;
}

static bool load_scripts(const struct redis *redis, struct redis_connection *connection,
                         struct error *error) {
    bool done = ask_scripts(redis, connection, error);
    for (size_t i = 0; i < redis->script_count && done; i++) {
        redisReply *reply = redis_link_reply(connection->link, error);
        done = reply != NULL && reply->type == REDIS_REPLY_STRING && reply->len == DIGEST;
        if (done) {
            memcpy(connection->scripts[i], reply->str, DIGEST + 1);
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
    struct redis_connection *connection =
        calloc(1, sizeof *connection + redis->script_count * sizeof connection->scripts[0]);
    if (connection == NULL) {
        error_set(error, ERROR_MEMORY, "connection to Redis");
        return NULL;
    }
    connection->link = redis_link_open(&redis->address, redis->timeout, error);
    if (connection->link == NULL || !load_scripts(redis, connection, error)) {
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

static void drop_spare(struct redis *redis) {
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
    bool kept = usable && redis->spare_count < SPARE_LINKS;
    if (kept) {
        redis->spare[redis->spare_count++] = session->connection;
    }
    pthread_mutex_unlock(&redis->mutex);
    if (!kept) {
        disconnect(session->connection);
    }
}

static bool run_for(struct redis *redis, uint64_t wait, const void *subject,
                    bool (*operation)(struct redis_session *session, void *context,
                                      struct error *error),
                    void *context, struct error *error) {
    const uint64_t begin = clock_monotonic();
    uint64_t pause = 10000000;
    struct redis_session session = {.redis = redis, .subject = subject};
    for (;; session.attempt++) {
        struct error failure;
        bool done = false;
        if (take_connection(&session, &failure)) {
            done = operation(&session, context, &failure);
            // After a refusal by a script nothing is on its way; after other failures there may be.
            give_connection(&session, done || failure.code == ERROR_CONFLICT ||
                                          failure.code == ERROR_NOT_FOUND ||
                                          failure.code == ERROR_BUSY);
        }
        if (done) {
            return true;
        }
        if (failure.code != ERROR_UNAVAILABLE || clock_monotonic() - begin + pause > wait) {
            return error_set(error, failure.code, "%s", failure.message);
        }
        drop_spare(redis); // those that lay by were lost with this one most likely
        nanosleep(&(struct timespec){0, (long)pause}, NULL);
        pause = 2 * pause < 500000000 ? 2 * pause : 500000000;
    }
}

bool redis_run(struct redis *redis, const void *subject,
               bool (*operation)(struct redis_session *session, void *context, struct error *error),
               void *context, struct error *error) {
    return run_for(redis, redis->wait, subject, operation, context, error);
}

bool redis_run_at_once(struct redis *redis, const void *subject,
                       bool (*operation)(struct redis_session *session, void *context,
                                         struct error *error),
                       void *context, struct error *error) {
    // Connections that lay by may have been lost long ago: that is no reason to give up.
    return run_for(redis, 25000000, subject, operation, context, error);
}

// ---- Commands -----------------------------------------------------------------------------------

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

const char *redis_item(const redisReply *reply, size_t index) {
    return index < reply->elements && reply->element[index]->str != NULL
               ? reply->element[index]->str
               : "";
}

uint64_t redis_number(const char *text) {
    return strtoull(text, NULL, 10);
}

// ---- Scripts ------------------------------------------------------------------------------------

bool redis_send_script(struct redis_session *session, size_t script, size_t count,
                       const struct bytes *arguments, struct error *error) {
    struct bytes *all = malloc((2 + count) * sizeof *all);
    if (all == NULL) {
        return error_set(error, ERROR_MEMORY, "Redis");
    }
    all[0] = redis_text("EVALSHA");
    all[1] = redis_text(session->connection->scripts[script]);
    memcpy(all + 2, arguments, count * sizeof *all);
    bool done = redis_link_send(session->link, 2 + count, all, error);
    free(all);
    return done;
}

redisReply *redis_script_reply(struct redis_session *session, const char *label,
                               struct error *error) {
    redisReply *reply = redis_next_reply(session, error);
    if (reply == NULL ||
        (reply->type == REDIS_REPLY_ARRAY && strcmp(redis_item(reply, 0), "ok") == 0)) {
        return reply;
    }
    error_set(error, code_named(redis_item(reply, 1)), "%s: %s", label, redis_item(reply, 2));
    freeReplyObject(reply);
    return NULL;
}

// ---- Opening ------------------------------------------------------------------------------------

struct redis *redis_new(const struct redis_config *config, struct error *error) {
    struct redis *redis = calloc(1, sizeof *redis);
    if (redis == NULL || sodium_init() < 0) {
        free(redis);
        error_set(error, ERROR_MEMORY, "Redis");
        return NULL;
    }
    if (!redis_address_parse(config->url, &redis->address, error)) {
        free(redis);
        return NULL;
    }
    redis->wait = config->wait != 0 ? config->wait : DEFAULT_WAIT;
    redis->timeout = config->timeout != 0 ? config->timeout : DEFAULT_TIMEOUT;
    redis->scripts = config->scripts;
    redis->script_count = config->script_count;
    pthread_mutex_init(&redis->mutex, NULL);
    return redis;
}

void redis_delete(struct redis *redis) {
    drop_spare(redis);
    redis_address_destroy(&redis->address);
    pthread_mutex_destroy(&redis->mutex);
    free(redis);
}

struct redis_link_traffic redis_traffic(struct redis *redis) {
    pthread_mutex_lock(&redis->mutex);
    struct redis_link_traffic traffic = redis->traffic;
    pthread_mutex_unlock(&redis->mutex);
    return traffic;
}
