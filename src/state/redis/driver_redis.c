// The global tier in Redis: opening it. What is where in the database is in scripts.h.
#include "state/redis.h"
#include "state/redis/operations.h"
#include "state/redis/session.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#define DEFAULT_WAIT    5000000000ull
#define DEFAULT_TIMEOUT 5000000000ull

static void redis_close(void *state) {
    struct redis *redis = state;
    redis_drop_spare(redis);
    redis_address_destroy(&redis->address);
    pthread_mutex_destroy(&redis->mutex);
    free(redis);
}

void state_redis_traffic(const struct state_driver *driver, struct state_redis_traffic *traffic) {
    struct redis *redis = driver->state;
    pthread_mutex_lock(&redis->mutex);
    *traffic = redis->traffic;
    pthread_mutex_unlock(&redis->mutex);
}

bool state_redis_needs(const char *url, struct state_redis_needs *needs, struct error *error) {
    struct redis_address address;
    if (!redis_address_parse(url, &address, error)) {
        return false;
    }
    const char *file = address.path != NULL ? address.path : address.authority;
    needs->port = address.path != NULL ? 0 : address.port;
    snprintf(needs->file, sizeof needs->file, "%s", file != NULL ? file : "");
    redis_address_destroy(&address);
    return true;
}

bool state_redis_open(const struct state_redis_config *config, struct state_driver *driver,
                      struct error *error) {
    struct redis *redis = calloc(1, sizeof *redis);
    if (redis == NULL || sodium_init() < 0) {
        free(redis);
        return error_set(error, ERROR_MEMORY, "Redis");
    }
    if (!redis_address_parse(config->url, &redis->address, error)) {
        free(redis);
        return false;
    }
    redis->wait = config->wait != 0 ? config->wait : DEFAULT_WAIT;
    redis->timeout = config->timeout != 0 ? config->timeout : DEFAULT_TIMEOUT;
    pthread_mutex_init(&redis->mutex, NULL);
    *driver = (struct state_driver){
        .state = redis,
        .kind = "redis",
        .find = redis_find,
        .read = redis_read,
        .write = redis_write,
        .remove = redis_remove,
        .append = redis_append,
        .read_appended = redis_read_appended,
        .clear_appended = redis_clear_appended,
        .list = redis_list,
        .usage = redis_usage,
        .lock = redis_lock,
        .renew = redis_renew,
        .unlock = redis_unlock,
        .close = redis_close,
    };
    return true;
}
