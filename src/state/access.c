// Reading and writing values of the local tier.
#include "state/private.h"
#include "state/watch.h"

#include <string.h>

static bool past_end(const struct state_value *value, uint64_t offset, uint64_t length,
                     struct error *error) {
    char label[STATE_LABEL_MAX];
    return error_set(error, ERROR_ARGUMENT, "%s: %llu bytes at %llu of a value of %llu bytes",
                     state_label(&value->name, label), (unsigned long long)length,
                     (unsigned long long)offset, (unsigned long long)atomic_load(&value->size));
}

static bool inside(const struct state_value *value, uint64_t offset, uint64_t length) {
    uint64_t size = atomic_load(&value->size);
    return offset <= size && length <= size - offset;
}

bool state_complete(const struct state_value *value, uint64_t bytes) {
    return atomic_load(&value->complete) && atomic_load(&value->size) >= bytes;
}

bool state_size(struct state_value *value, uint64_t *bytes, struct error *error) {
    bool done = atomic_load(&value->complete);
    if (!done) {
        pthread_mutex_lock(&value->io);
        done = value_settle(value, error);
        pthread_mutex_unlock(&value->io);
    }
    *bytes = done ? atomic_load(&value->size) : 0;
    return done;
}

bool state_ensure(struct state_value *value, uint64_t bytes, struct error *error) {
    if (state_complete(value, bytes)) {
        return true;
    }
    pthread_mutex_lock(&value->io);
    bool done = value_settle(value, error) && value_extend(value, bytes, error);
    pthread_mutex_unlock(&value->io);
    return done;
}

bool state_load(struct state_value *value, uint64_t offset, uint64_t length, struct error *error) {
    if (length == 0 || atomic_load(&value->complete)) {
        return true;
    }
    uint64_t end = length < UINT64_MAX - STATE_CHUNK - offset ? offset + length : STATE_VALUE_MAX;
    pthread_mutex_lock(&value->io);
    bool done = value_settle(value, error) &&
                value_pull_chunks(value, offset / STATE_CHUNK, value_chunks(end), error);
    pthread_mutex_unlock(&value->io);
    return done;
}

bool state_read(struct state_value *value, uint64_t offset, void *to, uint64_t length,
                struct error *error) {
    if (!state_load(value, offset, length, error)) {
        return false;
    }
    pthread_rwlock_rdlock(&value->lock);
    bool done = inside(value, offset, length);
    if (done && length > 0) {
        memcpy(to, value->bytes + offset, length);
    }
    pthread_rwlock_unlock(&value->lock);
    return done || past_end(value, offset, length, error);
}

bool state_set(struct state_value *value, struct bytes bytes, struct error *error) {
    pthread_mutex_lock(&value->io);
    watch_discard(value);
    bool done = value_replace(value, bytes, error);
    pthread_mutex_unlock(&value->io);
    return done;
}

// Copies first and marks second: whoever pushes in between finds the mark the next time.
bool state_set_range(struct state_value *value, uint64_t total, uint64_t offset, struct bytes bytes,
                     struct error *error) {
    if (!state_ensure(value, total, error)) {
        return false;
    }
    pthread_rwlock_rdlock(&value->lock);
    bool done = inside(value, offset, bytes.length);
    if (done && bytes.length > 0) {
        memcpy(value->bytes + offset, bytes.data, bytes.length);
    }
    pthread_rwlock_unlock(&value->lock);
    return done ? state_mark(value, offset, bytes.length, error)
                : past_end(value, offset, bytes.length, error);
}

bool state_mark(struct state_value *value, uint64_t offset, uint64_t length, struct error *error) {
    pthread_rwlock_wrlock(&value->lock);
    bool done = inside(value, offset, length);
    if (done) {
        marks_add(&value->marks, offset, length);
    }
    pthread_rwlock_unlock(&value->lock);
    return done || past_end(value, offset, length, error);
}
