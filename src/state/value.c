// A value of the local tier by itself: its memory, and what of it is there.
#include "state/value.h"

#include "state/private.h"
#include "state/watch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct state_value *value_new(struct state *state, const struct state_name *name,
                              struct error *error) {
    size_t user = strlen(name->user) + 1;
    struct state_value *value = calloc(1, sizeof *value + user + name->key.length);
    if (value == NULL) {
        error_set(error, ERROR_MEMORY, "value of state");
        return NULL;
    }
    memcpy(value->key, name->user, user);
    memcpy(value->key + user, name->key.data, name->key.length);
    value->name =
        (struct state_name){value->key, {(const uint8_t *)value->key + user, name->key.length}};
    value->state = state;
    value->fd = -1;
    pthread_mutex_init(&value->io, NULL);
    // Who pushes must not starve among those who read.
    pthread_rwlockattr_t attributes;
    pthread_rwlockattr_init(&attributes);
    pthread_rwlockattr_setkind_np(&attributes, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
    pthread_rwlock_init(&value->lock, &attributes);
    pthread_rwlockattr_destroy(&attributes);
    return value;
}

void value_delete(struct state_value *value) {
    watch_delete_all(value);
    marks_destroy(&value->marks);
    if (value->bytes != NULL) {
        munmap(value->bytes, value->capacity);
    }
    if (value->fd >= 0) {
        close(value->fd);
    }
    free(value->present);
    pthread_rwlock_destroy(&value->lock);
    pthread_mutex_destroy(&value->io);
    free(value);
}

bool value_is_clean(const struct state_value *value) {
    bool grown = value->known && atomic_load(&value->size) > value->global_bytes && value->there;
    return !marks_any(&value->marks) && !value->replaced && !atomic_load(&value->written) && !grown;
}

// ---- Memory -------------------------------------------------------------------------------------

static uint64_t capacity_for(uint64_t bytes) {
    uint64_t capacity = VALUE_UNIT;
    while (capacity < bytes) {
        capacity *= 2;
    }
    return capacity;
}

static size_t present_bytes(uint64_t capacity) {
    return (capacity / STATE_CHUNK + 63) / 64 * 8;
}

// What grows first can stay larger when a later part fails.
static bool grow_file(struct state_value *value, uint64_t capacity, struct error *error) {
    if (value->fd < 0) {
        value->fd = memfd_create("state", MFD_CLOEXEC);
    }
    if (value->fd < 0 || ftruncate(value->fd, (off_t)capacity) < 0) {
        return error_set_errno(error, errno, "memory for a value of state");
    }
    return true;
}

static bool grow_present(struct state_value *value, uint64_t capacity, struct error *error) {
    size_t before = value->present == NULL ? 0 : present_bytes(value->capacity);
    uint64_t *larger = realloc(value->present, present_bytes(capacity));
    if (larger == NULL) {
        return error_set(error, ERROR_MEMORY, "value of state");
    }
    memset((char *)larger + before, 0, present_bytes(capacity) - before);
    value->present = larger;
    return true;
}

static bool grow_mapping(struct state_value *value, uint64_t capacity, struct error *error) {
    void *larger = value->bytes == NULL
                       ? mmap(NULL, capacity, PROT_READ | PROT_WRITE, MAP_SHARED, value->fd, 0)
                       : mremap(value->bytes, value->capacity, capacity, MREMAP_MAYMOVE);
    if (larger == MAP_FAILED) {
        return error_set_errno(error, errno, "memory for a value of state");
    }
    value->bytes = larger;
    return true;
}

// Makes room for `bytes`; with both locks held.
static bool reserve(struct state_value *value, uint64_t bytes, struct error *error) {
    uint64_t capacity = capacity_for(bytes);
    if (capacity <= value->capacity) {
        return true;
    }
    bool done = grow_file(value, capacity, error) && grow_present(value, capacity, error) &&
                (value->capacity == 0 ? marks_create(&value->marks, capacity, error)
                                      : marks_grow(&value->marks, capacity, error));
    if (done && !grow_mapping(value, capacity, error)) {
        if (value->capacity == 0) {
            marks_destroy(&value->marks);
        }
        done = false;
    }
    if (done) {
        value->capacity = capacity;
    }
    return done;
}

// ---- What is there ------------------------------------------------------------------------------

static void set_present(struct state_value *value, uint64_t first, uint64_t end, bool present) {
    for (uint64_t chunk = first; chunk < end; chunk++) {
        if (value_chunk_present(value, chunk) != present) {
            value->present[chunk / 64] ^= 1ull << chunk % 64;
            value->present_count += present ? 1 : -1ull;
        }
    }
}

// With both locks held.
static void note_complete(struct state_value *value) {
    uint64_t chunks = value_chunks(atomic_load(&value->size));
    atomic_store(&value->complete, value->known && value->present_count == chunks);
}

// What it takes by now, of the local tier.
static uint64_t taken(const struct state_value *value) {
    uint64_t bytes = value->present_count * STATE_CHUNK;
    uint64_t size = atomic_load(&value->size);
    return bytes < size ? bytes : size;
}

// Makes a range zeros, without giving it memory where it has none. With both locks held.
static void clear(struct state_value *value, uint64_t begin, uint64_t end) {
    end = end < value->touched ? end : value->touched;
    uint64_t first = (begin + VALUE_UNIT - 1) / VALUE_UNIT * VALUE_UNIT;
    uint64_t last = end / VALUE_UNIT * VALUE_UNIT;
    // Not under mappings: what protects their pages is to stay.
    bool hole = value->mappings == 0 && first < last &&
                fallocate(value->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)first,
                          (off_t)(last - first)) == 0;
    if (hole) {
        memset(value->bytes + begin, 0, first - begin);
        memset(value->bytes + last, 0, end - last);
    } else if (begin < end) {
        memset(value->bytes + begin, 0, end - begin);
    }
}

// Sets the size. What is new is zeros and there; what is cut off is forgotten. With both locks
// held, and room for it.
static void resize(struct state_value *value, uint64_t bytes) {
    uint64_t before = atomic_load(&value->size);
    uint64_t lower = bytes < before ? bytes : before;
    uint64_t upper = bytes < before ? before : bytes;
    if (bytes > before) {
        // The last chunk may be absent: what is new of it then comes with it, as zeros.
        set_present(value, value_chunks(before), value_chunks(bytes), true);
    } else if (bytes < before) {
        set_present(value, value_chunks(bytes), value_chunks(before), false);
        marks_remove(&value->marks, bytes, before - bytes);
    }
    clear(value, lower, upper);
    value->touched = upper > value->touched ? upper : value->touched;
    atomic_store(&value->size, bytes);
    note_complete(value);
}

static bool too_large(const struct state_value *value, uint64_t bytes, struct error *error) {
    char label[STATE_LABEL_MAX];
    return error_set(error, ERROR_TOO_LARGE, "%s: %llu bytes, a value has at most %llu",
                     state_label(&value->name, label), (unsigned long long)bytes,
                     (unsigned long long)STATE_VALUE_MAX);
}

bool value_extend(struct state_value *value, uint64_t bytes, struct error *error) {
    if (bytes <= atomic_load(&value->size)) {
        return true;
    }
    if (bytes > STATE_VALUE_MAX) {
        return too_large(value, bytes, error);
    }
    pthread_rwlock_wrlock(&value->lock);
    uint64_t more = bytes - atomic_load(&value->size);
    bool done = state_account(value, taken(value) + more, error) && reserve(value, bytes, error);
    if (done) {
        resize(value, bytes);
    }
    pthread_rwlock_unlock(&value->lock);
    return done;
}

bool value_settle(struct state_value *value, struct error *error) {
    if (value->known) {
        return true;
    }
    const struct state_driver *driver = &value->state->driver;
    struct state_facts facts = {0};
    struct error missing;
    bool there = driver->find(driver->state, &value->name, &facts, &missing);
    if (!there && missing.code != ERROR_NOT_FOUND) {
        return error_set(error, missing.code, "%s", missing.message);
    }
    if (facts.bytes > STATE_VALUE_MAX) {
        return too_large(value, facts.bytes, error);
    }
    pthread_rwlock_wrlock(&value->lock);
    uint64_t size = atomic_load(&value->size);
    // What is dirty beyond its end stays.
    size = marks_any(&value->marks) && size > facts.bytes ? size : facts.bytes;
    bool done = reserve(value, size, error);
    if (done) {
        value->known = true;
        value->there = there;
        value->global_bytes = facts.bytes;
        resize(value, size);
        uint64_t chunks = value_chunks(facts.bytes);
        set_present(value, 0, chunks, false);
        set_present(value, chunks, value_chunks(size), true);
        note_complete(value);
    }
    pthread_rwlock_unlock(&value->lock);
    return done;
}

void value_forget(struct state_value *value) {
    watch_collect(value);
    pthread_rwlock_wrlock(&value->lock);
    if (!value->replaced) {
        value->known = false;
        uint64_t chunks = value_chunks(atomic_load(&value->size));
        for (uint64_t chunk = 0; chunk < chunks; chunk++) {
            set_present(value, chunk, chunk + 1, false);
        }
        note_complete(value);
    }
    pthread_rwlock_unlock(&value->lock);
}

// ---- Pulling ------------------------------------------------------------------------------------

// Absent chunks in runs: read behind each other, straight to their place where nothing is dirty.
struct pull {
    struct state_value *value;
    uint64_t first, end; // chunks of the run
    uint8_t *aside;      // where it is read to, or NULL
    uint64_t length;
};

static bool run_is_dirty(const struct pull *pull) {
    uint64_t begin = pull->first * STATE_CHUNK;
    uint64_t end;
    return marks_next(&pull->value->marks, pull->end * STATE_CHUNK, &begin, &end);
}

// Copies what is not dirty of what was read aside.
static void merge(struct pull *pull) {
    struct state_value *value = pull->value;
    uint64_t at = pull->first * STATE_CHUNK;
    uint64_t limit = at + pull->length;
    uint64_t origin = at;
    while (at < limit) {
        uint64_t dirty = at;
        uint64_t end;
        bool found = marks_next(&value->marks, limit, &dirty, &end);
        uint64_t until = found ? dirty : limit;
        memcpy(value->bytes + at, pull->aside + (at - origin), until - at);
        at = found ? end : limit;
    }
}

static bool pull_run(struct pull *pull, struct error *error) {
    struct state_value *value = pull->value;
    uint64_t begin = pull->first * STATE_CHUNK;
    uint64_t end = pull->end * STATE_CHUNK;
    end = end < value->global_bytes ? end : value->global_bytes;
    pull->length = end - begin;
    pthread_rwlock_rdlock(&value->lock);
    bool dirty = run_is_dirty(pull);
    pthread_rwlock_unlock(&value->lock);
    pull->aside = dirty ? malloc(pull->length) : NULL;
    if (dirty && pull->aside == NULL) {
        return error_set(error, ERROR_MEMORY, "pulling state");
    }
    if (!state_account(value, taken(value) + pull->length, error)) {
        free(pull->aside);
        return false;
    }
    const struct state_driver *driver = &value->state->driver;
    const struct state_span span = {begin, pull->length,
                                    dirty ? pull->aside : value->bytes + begin};
    bool done = driver->read(driver->state, &value->name, &span, 1, error);
    if (done) {
        state_count_pulled(value->state, pull->length);
        pthread_rwlock_wrlock(&value->lock);
        if (dirty) {
            merge(pull);
        }
        set_present(value, pull->first, pull->end, true);
        watch_pulled(value, begin, end);
        note_complete(value);
        pthread_rwlock_unlock(&value->lock);
    }
    free(pull->aside);
    return done;
}

bool value_pull_chunks(struct state_value *value, uint64_t first, uint64_t end,
                       struct error *error) {
    uint64_t chunks = value_chunks(value->global_bytes);
    uint64_t size_chunks = value_chunks(atomic_load(&value->size));
    end = end < chunks ? end : chunks;
    end = end < size_chunks ? end : size_chunks;
    bool collected = value->mappings == 0;
    while (first < end) {
        if (value_chunk_present(value, first)) {
            first++;
            continue;
        }
        if (!collected) {
            watch_collect(value);
            collected = true;
        }
        struct pull pull = {.value = value, .first = first, .end = first + 1};
        while (pull.end < end && !value_chunk_present(value, pull.end)) {
            pull.end++;
        }
        if (!pull_run(&pull, error)) {
            return false;
        }
        first = pull.end;
    }
    return true;
}

// ---- The whole value ----------------------------------------------------------------------------

bool value_replace(struct state_value *value, struct bytes bytes, struct error *error) {
    if (bytes.length > STATE_VALUE_MAX) {
        return too_large(value, bytes.length, error);
    }
    pthread_rwlock_wrlock(&value->lock);
    bool done = state_account(value, bytes.length, error) && reserve(value, bytes.length, error);
    if (done) {
        value->known = true;
        value->global_bytes = 0;
        value->replaced = true;
        resize(value, bytes.length);
        set_present(value, 0, value_chunks(bytes.length), true);
        if (bytes.length > 0) {
            memcpy(value->bytes, bytes.data, bytes.length);
        }
        marks_add(&value->marks, 0, bytes.length);
        note_complete(value);
    }
    pthread_rwlock_unlock(&value->lock);
    return done;
}

void value_begin_pull(struct state_value *value) {
    watch_discard(value);
    pthread_rwlock_wrlock(&value->lock);
    marks_remove(&value->marks, 0, value->marks.capacity);
    value->replaced = false;
    value->known = false;
    if (value->present != NULL) {
        set_present(value, 0, value_chunks(atomic_load(&value->size)), false);
    }
    note_complete(value);
    pthread_rwlock_unlock(&value->lock);
}
