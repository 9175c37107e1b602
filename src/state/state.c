// The table of the local tier.
#include "state/state.h"

#include "state/leases.h"
#include "state/lock.h"
#include "state/private.h"
#include "state/watch.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEFAULT_LOCAL_BYTES (4ull << 30)
#define DEFAULT_LEASE       10000000000ull

enum { DEFAULT_LOCAL_VALUES = 4096, NAME_BYTES_MAX = STATE_USER_MAX + 1 + STATE_KEY_MAX };

struct state *state_new(const struct state_config *config, const struct state_driver *driver,
                        struct error *error) {
    struct state *state = calloc(1, sizeof *state);
    if (state == NULL) {
        driver->close(driver->state);
        error_set(error, ERROR_MEMORY, "state");
        return NULL;
    }
    state->config = *config;
    state->driver = *driver;
    struct state_config *filled = &state->config;
    filled->local_bytes = filled->local_bytes != 0 ? filled->local_bytes : DEFAULT_LOCAL_BYTES;
    filled->local_values = filled->local_values != 0 ? filled->local_values : DEFAULT_LOCAL_VALUES;
    filled->user_bytes =
        filled->user_bytes != 0 ? filled->user_bytes : (filled->local_bytes + 1) / 2;
    filled->user_values =
        filled->user_values != 0 ? filled->user_values : (filled->local_values + 1) / 2;
    filled->lease = filled->lease != 0 ? filled->lease : DEFAULT_LEASE;
    pthread_mutex_init(&state->mutex, NULL);
    state->faults = watch_open_faults();
    state->leases = leases_new(state, error);
    state->locks = lock_table_new(config->awaits, config->context, error);
    if (state->leases == NULL || state->locks == NULL) {
        state_delete(state);
        return NULL;
    }
    return state;
}

static void unlist(struct state *state, struct state_value *value);

void state_delete(struct state *state) {
    if (state == NULL) {
        return;
    }
    struct state_value *value, *next;
    HASH_ITER(hh, state->values, value, next) {
        // And with the last value of a user the share.
        // cppcheck-suppress uninitvar ; HASH_ITER sets it
        unlist(state, value);
        // The analyser loses track of the list that uthash keeps.
        value_delete(value); // NOLINT(clang-analyzer-unix.Malloc)
    }
    if (state->faults >= 0) {
        close(state->faults);
    }
    leases_delete(state->leases);
    lock_table_delete(state->locks);
    state->driver.close(state->driver.state);
    pthread_mutex_destroy(&state->mutex);
    free(state);
}

const struct state_driver *state_driver(const struct state *state) {
    return &state->driver;
}

struct lock_table *state_locks(struct state *state) {
    return state->locks;
}

const struct state_config *state_configuration(const struct state *state) {
    return &state->config;
}

void state_statistics(struct state *state, struct state_statistics *statistics) {
    pthread_mutex_lock(&state->mutex);
    *statistics = (struct state_statistics){
        .values = HASH_COUNT(state->values),
        .bytes = state->bytes,
        .pulled_bytes = atomic_load(&state->pulled_bytes),
        .pushed_bytes = atomic_load(&state->pushed_bytes),
    };
    pthread_mutex_unlock(&state->mutex);
}

void state_count_pulled(struct state *state, uint64_t bytes) {
    atomic_fetch_add(&state->pulled_bytes, bytes);
}

void state_count_pushed(struct state *state, uint64_t bytes) {
    atomic_fetch_add(&state->pushed_bytes, bytes);
}

// ---- Shares of users ----------------------------------------------------------------------------

// The share of a user, with a reference more. With the mutex held, as all here.
static struct state_share *take_share(struct state *state, const char *user, struct error *error) {
    struct state_share *share;
    size_t length = strlen(user);
    HASH_FIND(hh, state->shares, user, length, share);
    if (share == NULL) {
        share = calloc(1, sizeof *share);
        if (share == NULL) {
            error_set(error, ERROR_MEMORY, "share of state");
            return NULL;
        }
        memcpy(share->user, user, length);
        HASH_ADD(hh, state->shares, user, length, share);
    }
    share->references++;
    return share;
}

static void give_share(struct state *state, struct state_share *share) {
    if (--share->references == 0) {
        HASH_DEL(state->shares, share);
        free(share);
    }
}

static void count(struct state_value *value, uint64_t bytes) {
    struct state *state = value->state;
    state->bytes = state->bytes - value->counted + bytes;
    value->share->bytes = value->share->bytes - value->counted + bytes;
    value->counted = bytes;
}

// Puts a value into the table; it takes over the reference to the share.
static void enlist(struct state *state, struct state_value *value, struct state_share *share) {
    size_t length = strlen(value->name.user) + 1 + value->name.key.length;
    HASH_ADD_KEYPTR(hh, state->values, value->key, length, value);
    value->listed = true;
    value->share = share;
    share->values++;
}

static void unlist(struct state *state, struct state_value *value) {
    HASH_DEL(state->values, value);
    value->listed = false;
    count(value, 0);
    value->share->values--;
    give_share(state, value->share);
    value->share = NULL;
}

// ---- Dropping -----------------------------------------------------------------------------------

static bool may_be_dropped(const struct state_value *value) {
    return value->references == 0 && value_is_clean(value);
}

// The one that may be dropped and was not used for longest, taken out; of a share, or of all where
// it is NULL. NULL where there is none.
static struct state_value *take_oldest(struct state *state, const struct state_share *share) {
    struct state_value *oldest = NULL;
    struct state_value *value, *next;
    HASH_ITER(hh, state->values, value, next) {
        // cppcheck-suppress uninitvar ; HASH_ITER sets it
        if ((share == NULL || value->share == share) &&
            (oldest == NULL || value->used < oldest->used) && may_be_dropped(value)) {
            oldest = value;
        }
    }
    if (oldest != NULL) {
        unlist(state, oldest);
    }
    return oldest;
}

static bool exceeds(uint64_t has, uint64_t more, uint64_t limit) {
    return more > limit || has > limit - more;
}

// Drops values until so many more values and bytes of the share have room. With the mutex held,
// which it gives up in between, and a reference to the share. False where that cannot be.
static bool make_room(struct state *state, const struct state_share *share, uint64_t values,
                      uint64_t bytes, struct error *error) {
    const struct state_config *config = &state->config;
    for (;;) {
        bool of_user = exceeds(share->values, values, config->user_values) ||
                       exceeds(share->bytes, bytes, config->user_bytes);
        if (!of_user && !exceeds(HASH_COUNT(state->values), values, config->local_values) &&
            !exceeds(state->bytes, bytes, config->local_bytes)) {
            return true;
        }
        struct state_value *value = take_oldest(state, of_user ? share : NULL);
        if (value == NULL) {
            return error_set(
                error, values > 0 ? ERROR_BUSY : ERROR_MEMORY,
                "the local tier of state is full: %s%.64s has %llu of %llu values and "
                "%llu of %llu bytes that are in use or were not pushed",
                of_user ? "user " : "the host", of_user ? share->user : "",
                (unsigned long long)(of_user ? share->values : HASH_COUNT(state->values)),
                (unsigned long long)(of_user ? config->user_values : config->local_values),
                (unsigned long long)(of_user ? share->bytes : state->bytes),
                (unsigned long long)(of_user ? config->user_bytes : config->local_bytes));
        }
        pthread_mutex_unlock(&state->mutex);
        value_delete(value);
        pthread_mutex_lock(&state->mutex);
    }
}

bool state_account(struct state_value *value, uint64_t bytes, struct error *error) {
    struct state *state = value->state;
    bool done = true;
    pthread_mutex_lock(&state->mutex);
    if (value->listed) {
        uint64_t more = bytes > value->counted ? bytes - value->counted : 0;
        done = more == 0 || make_room(state, value->share, 0, more, error);
        if (done) {
            count(value, bytes);
        }
    }
    pthread_mutex_unlock(&state->mutex);
    return done;
}

// ---- References ---------------------------------------------------------------------------------

static struct state_value *find(struct state *state, const struct state_name *name) {
    char key[NAME_BYTES_MAX];
    size_t length = strlen(name->user) + 1;
    memcpy(key, name->user, length);
    memcpy(key + length, name->key.data, name->key.length);
    struct state_value *value;
    HASH_FIND(hh, state->values, key, length + name->key.length, value);
    return value;
}

static struct state_value *add(struct state *state, const struct state_name *name,
                               struct error *error) {
    struct state_share *share = take_share(state, name->user, error);
    if (share == NULL) {
        return NULL;
    }
    struct state_value *value = NULL;
    bool room = make_room(state, share, 1, 0, error);
    if (room) {
        value = find(state, name); // the mutex was free meanwhile
    }
    bool found = value != NULL;
    if (room && !found) {
        value = value_new(state, name, error);
    }
    if (value != NULL && !found) {
        enlist(state, value, share);
    } else {
        give_share(state, share);
    }
    return value;
}

struct state_value *state_open(struct state *state, const struct state_name *name,
                               struct error *error) {
    if (name->key.length == 0 || name->key.length > STATE_KEY_MAX ||
        strlen(name->user) > STATE_USER_MAX) {
        error_set(error, ERROR_ARGUMENT, "a key of state has 1 to %d bytes, not %zu", STATE_KEY_MAX,
                  name->key.length);
        return NULL;
    }
    pthread_mutex_lock(&state->mutex);
    struct state_value *value = find(state, name);
    if (value == NULL) {
        value = add(state, name, error);
    }
    if (value != NULL) {
        value->references++;
        value->used = ++state->clock;
    }
    pthread_mutex_unlock(&state->mutex);
    return value;
}

void state_release(struct state_value *value) {
    struct state *state = value->state;
    pthread_mutex_lock(&state->mutex);
    value->references--;
    bool last = value->references == 0 && !value->listed;
    // Nothing is known of it, so that there is nothing to keep.
    if (value->references == 0 && value->listed && !value->known && may_be_dropped(value)) {
        unlist(state, value);
        last = true;
    }
    pthread_mutex_unlock(&state->mutex);
    if (last) {
        value_delete(value);
    }
}

void state_changed(struct state *state, const struct state_name *name) {
    pthread_mutex_lock(&state->mutex);
    struct state_value *value = find(state, name);
    if (value != NULL) {
        value->references++;
    }
    pthread_mutex_unlock(&state->mutex);
    if (value != NULL) {
        pthread_mutex_lock(&value->io);
        value_forget(value);
        pthread_mutex_unlock(&value->io);
        state_release(value);
    }
}
