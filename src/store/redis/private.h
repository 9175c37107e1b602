// The parts of the driver. What is where in the database is in scripts.h.
#ifndef FAASM_STORE_REDIS_PRIVATE_H
#define FAASM_STORE_REDIS_PRIVATE_H

#include "redis/session.h"
#include "store/redis.h"
#include "store/redis/scripts.h"

// The state of the driver.
struct files_redis {
    struct redis *redis;
    uint64_t lease; // nanoseconds
};

struct files_number {
    char text[24];
};

// In decimal; the result lies in `number`.
struct bytes files_number(struct files_number *number, uint64_t value);

// For a failed change: that there is no memory for it may pass. Returns false.
bool files_failed(struct error *error);

// names.c
bool files_get(void *state, const char *key, bool patient, struct buffer *value,
               struct error *error);
bool files_iterate(void *state, const char *prefix, const char *from,
                   bool (*visit)(void *context, const char *key, struct bytes value), void *context,
                   struct error *error);
bool files_commit(void *state, const struct file_commit *commit, struct error *error);

// contents.c
bool files_prepare(void *state, const struct file_upload *upload, struct error *error);
void files_finish(void *state, const struct file_upload *upload);
void *files_open(void *state, const char *digest, uint64_t size, struct error *error);
bool files_read(void *contents, uint64_t offset, uint64_t length, uint8_t *to, struct error *error);
void files_close_contents(void *contents);

#endif
