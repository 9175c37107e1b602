// The global tier in Redis: opening it. What is where in the database is in scripts.h.
#include "state/redis.h"
#include "state/redis/operations.h"
#include "state/redis/session.h"

static void redis_close(void *state) {
    redis_delete(state);
}

void state_redis_traffic(const struct state_driver *driver, struct state_redis_traffic *traffic) {
    const struct redis_link_traffic all = redis_traffic(driver->state);
    *traffic = (struct state_redis_traffic){all.sent, all.received, all.round_trips};
}

bool state_redis_open(const struct state_redis_config *config, struct state_driver *driver,
                      struct error *error) {
    const struct redis_config redis_config = {
        .url = config->url,
        .wait = config->wait,
        .timeout = config->timeout,
        .scripts = redis_script_texts(),
        .script_count = REDIS_SCRIPTS,
    };
    struct redis *redis = redis_new(&redis_config, error);
    if (redis == NULL) {
        return false;
    }
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
