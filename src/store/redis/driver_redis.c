// Users' files in Redis: opening it.
#include "store/redis/private.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_LEASE 600000000000ull

enum { STEP = 4 * FILES_PIECE };

struct bytes files_number(struct files_number *number, uint64_t value) {
    // cppcheck-suppress ctuuninitvar ; it is filled here
    int length = snprintf(number->text, sizeof number->text, "%" PRIu64, value);
    return (struct bytes){(const uint8_t *)number->text, (size_t)length};
}

bool files_failed(struct error *error) {
    if (error != NULL && strncmp(error->message, "Redis: OOM", 10) == 0) {
        error->code = ERROR_UNAVAILABLE;
    }
    return false;
}

static void close_files(void *state) {
    struct files_redis *files = state;
    redis_delete(files->redis);
    free(files);
}

bool file_driver_redis(const struct file_redis_config *config, struct file_driver *driver,
                       struct error *error) {
    struct files_redis *files = calloc(1, sizeof *files);
    if (files == NULL) {
        return error_set(error, ERROR_MEMORY, "Redis");
    }
    const struct redis_config redis_config = {
        .url = config->url,
        .wait = config->wait,
        .timeout = config->timeout,
        .scripts = files_script_texts(),
        .script_count = FILES_SCRIPTS,
    };
    files->redis = redis_new(&redis_config, error);
    if (files->redis == NULL) {
        free(files);
        return false;
    }
    files->lease = config->lease != 0 ? config->lease : DEFAULT_LEASE;
    *driver = (struct file_driver){
        .state = files,
        .kind = "redis",
        .step = STEP,
        .get = files_get,
        .iterate = files_iterate,
        .commit = files_commit,
        .prepare = files_prepare,
        .finish = files_finish,
        .open = files_open,
        .read = files_read,
        .close_contents = files_close_contents,
        .close = close_files,
    };
    return true;
}
