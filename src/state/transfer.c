// Pushing and pulling values.
#include "state/private.h"
#include "state/watch.h"

#include <stdlib.h>
#include <string.h>

enum {
    FIRST_PIECES = 64,
    // In one write, which is made wholly or not at all. More separate ranges take several.
    PIECES_MAX = 1 << 20,
};

struct pieces {
    struct state_piece *items;
    size_t count, capacity;
    uint64_t bytes;
};

static bool add_piece(struct pieces *pieces, const struct state_value *value, uint64_t begin,
                      uint64_t end) {
    if (pieces->count == pieces->capacity) {
        size_t capacity = pieces->capacity == 0 ? FIRST_PIECES : 2 * pieces->capacity;
        struct state_piece *larger = realloc(pieces->items, capacity * sizeof *larger);
        if (larger == NULL) {
            return false;
        }
        pieces->items = larger;
        pieces->capacity = capacity;
    }
    pieces->items[pieces->count++] =
        (struct state_piece){begin, {value->bytes + begin, end - begin}};
    pieces->bytes += end - begin;
    return true;
}

static void mark_again(struct state_value *value, const struct pieces *pieces) {
    pthread_rwlock_wrlock(&value->lock);
    for (size_t i = 0; i < pieces->count; i++) {
        marks_add(&value->marks, pieces->items[i].offset, pieces->items[i].bytes.length);
    }
    pthread_rwlock_unlock(&value->lock);
}

// Sends pieces, whose marks are gone already so that what is set meanwhile is marked anew.
static bool send(struct state_value *value, const struct pieces *pieces, bool replace,
                 const struct state_fence *fence, struct error *error) {
    const struct state_driver *driver = &value->state->driver;
    const struct state_write write = {
        .bytes = atomic_load(&value->size),
        .replace = replace,
        .pieces = pieces->items,
        .count = pieces->count,
        .fence_owner = fence == NULL ? NULL : fence->owner,
        .fence = fence == NULL ? 0 : fence->token,
        .limits = value->state->config.limits,
    };
    struct state_facts facts;
    if (!driver->write(driver->state, &value->name, &write, &facts, error)) {
        mark_again(value, pieces);
        return false;
    }
    state_count_pushed(value->state, pieces->bytes);
    value->there = true;
    if (replace) {
        value->replaced = false;
    }
    // Of what is beyond the value that is here nothing is known: it is pulled when asked for.
    if (value->global_bytes < write.bytes) {
        value->global_bytes = write.bytes;
    }
    return true;
}

// ---- Push ---------------------------------------------------------------------------------------

// What is there of the value, as pieces; their marks are taken away. With io held.
static bool gather_present(struct state_value *value, struct pieces *pieces) {
    bool done = true;
    pthread_rwlock_wrlock(&value->lock);
    uint64_t size = atomic_load(&value->size);
    uint64_t chunks = value_chunks(size);
    for (uint64_t chunk = 0; chunk < chunks && done;) {
        uint64_t first = chunk;
        while (chunk < chunks && value_chunk_present(value, chunk)) {
            chunk++;
        }
        if (chunk == first) {
            chunk++;
            continue;
        }
        uint64_t end = chunk * STATE_CHUNK < size ? chunk * STATE_CHUNK : size;
        done = add_piece(pieces, value, first * STATE_CHUNK, end);
    }
    for (size_t i = 0; i < pieces->count && done; i++) {
        marks_remove(&value->marks, pieces->items[i].offset, pieces->items[i].bytes.length);
    }
    pthread_rwlock_unlock(&value->lock);
    return done;
}

static bool out_of_memory(struct error *error) {
    return error_set(error, ERROR_MEMORY, "pushing state");
}

bool state_push(struct state_value *value, const struct state_fence *fence, struct error *error) {
    struct pieces pieces = {0};
    pthread_mutex_lock(&value->io);
    watch_collect(value);
    bool done = value_settle(value, error);
    if (done) {
        bool whole = atomic_load(&value->complete);
        bool nothing = atomic_load(&value->size) == 0 && !value->replaced;
        done = gather_present(value, &pieces) || out_of_memory(error);
        if (done && (whole || pieces.count > 0) && !nothing) {
            done = send(value, &pieces, whole, fence, error);
        }
    }
    pthread_mutex_unlock(&value->io);
    free(pieces.items);
    // Bytes that are dirty in chunks that are not there.
    return done && (atomic_load(&value->complete) || state_push_dirty(value, fence, error));
}

// The runs of bytes that are to be sent; NULL for the mask: all that are marked.
static bool select_run(struct state_value *value, const uint8_t *mask, uint64_t begin, uint64_t end,
                       struct pieces *pieces) {
    if (mask == NULL) {
        return add_piece(pieces, value, begin, end);
    }
    while (begin < end && pieces->count < PIECES_MAX) {
        uint64_t first = begin;
        while (begin < end && mask[begin] != 0) {
            begin++;
        }
        if (begin > first && !add_piece(pieces, value, first, begin)) {
            return false;
        }
        begin += begin == first;
    }
    return true;
}

// At most PIECES_MAX of what is dirty from *begin on; where to go on is in *begin.
static bool gather_dirty(struct state_value *value, const uint8_t *mask, uint64_t *begin,
                         struct pieces *pieces) {
    bool done = true;
    pthread_rwlock_wrlock(&value->lock);
    uint64_t size = atomic_load(&value->size);
    uint64_t end;
    while (pieces->count < PIECES_MAX && done && marks_next(&value->marks, size, begin, &end)) {
        done = select_run(value, mask, *begin, end, pieces);
        *begin = end;
    }
    if (pieces->count >= PIECES_MAX) { // the last run may have been taken in part
        const struct state_piece *last = &pieces->items[pieces->count - 1];
        *begin = last->offset + last->bytes.length;
    } else {
        *begin = size;
    }
    for (size_t i = 0; i < pieces->count && done; i++) {
        marks_remove(&value->marks, pieces->items[i].offset, pieces->items[i].bytes.length);
    }
    pthread_rwlock_unlock(&value->lock);
    return done;
}

// With io held and everything collected.
static bool push_dirty(struct state_value *value, const uint8_t *mask,
                       const struct state_fence *fence, struct error *error) {
    uint64_t begin = 0;
    uint64_t size;
    bool done = true;
    do {
        size = atomic_load(&value->size);
        struct pieces pieces = {0};
        done = gather_dirty(value, mask, &begin, &pieces) || out_of_memory(error);
        bool grown =
            mask == NULL && size > value->global_bytes && (value->there || pieces.count > 0);
        if (done && (pieces.count > 0 || grown)) {
            done = send(value, &pieces, false, fence, error);
        }
        free(pieces.items);
    } while (done && begin < size);
    return done;
}

bool state_push_dirty(struct state_value *value, const struct state_fence *fence,
                      struct error *error) {
    pthread_mutex_lock(&value->io);
    bool whole = value->replaced;
    watch_collect(value);
    bool done = !whole && push_dirty(value, NULL, fence, error);
    pthread_mutex_unlock(&value->io);
    return whole ? state_push(value, fence, error) : done;
}

// The mask is copied: its value may change or move meanwhile.
bool state_push_masked(struct state_value *value, struct state_value *mask,
                       const struct state_fence *fence, struct error *error) {
    uint64_t size;
    if (!state_size(value, &size, error)) {
        return false;
    }
    uint8_t *copy = malloc(size + 1);
    if (copy == NULL) {
        return out_of_memory(error);
    }
    if (!state_read(mask, 0, copy, size, error)) {
        free(copy);
        return error_prefix(error, "mask");
    }
    pthread_mutex_lock(&value->io);
    watch_collect(value);
    bool done = atomic_load(&value->size) <= size
                    ? push_dirty(value, copy, fence, error)
                    : error_set(error, ERROR_CONFLICT, "the value grew while it was pushed");
    pthread_mutex_unlock(&value->io);
    free(copy);
    return done;
}

// ---- Pull ---------------------------------------------------------------------------------------

bool state_pull(struct state_value *value, uint64_t length, struct error *error) {
    pthread_mutex_lock(&value->io);
    value_begin_pull(value);
    uint64_t end = length < STATE_VALUE_MAX ? length : STATE_VALUE_MAX;
    bool done = value_settle(value, error) && value_pull_chunks(value, 0, value_chunks(end), error);
    pthread_mutex_unlock(&value->io);
    return done;
}
