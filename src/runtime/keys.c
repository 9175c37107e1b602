#include "runtime/keys.h"

#include "base/clock.h"
#include "base/log.h"
#include "runtime/private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct remembered_key {
    struct journal_key key;
    bool journaled;
    bool claimed; // its first request makes the call: key.id is not known yet
    UT_hash_handle hash;
    char text[sizeof(struct journal_key)]; // "user function key"
};

void keys_create(struct keys *keys) {
    *keys = (struct keys){0};
    pthread_mutex_init(&keys->mutex, NULL);
    pthread_cond_init(&keys->settled, NULL);
}

void keys_destroy(struct keys *keys) {
    struct remembered_key *key, *next;
    HASH_ITER(hash, keys->keys, key, next) {
        // The analyser loses track of the list that uthash keeps, here and below.
        HASH_DELETE(hash, keys->keys, key); // NOLINT(clang-analyzer-unix.Malloc)
        free(key);
    }
    pthread_cond_destroy(&keys->settled);
    pthread_mutex_destroy(&keys->mutex);
}

static void format(char text[sizeof(struct journal_key)], const struct journal_key *key) {
    snprintf(text, sizeof(struct journal_key), "%s %s %s", key->user, key->function, key->key);
}

static struct remembered_key *find(struct keys *keys, const struct journal_key *key) {
    char text[sizeof(struct journal_key)];
    struct remembered_key *found;
    format(text, key);
    HASH_FIND(hash, keys->keys, text, strlen(text), found);
    return found;
}

static struct remembered_key *remember(struct keys *keys, const struct journal_key *key,
                                       bool journaled, bool claimed) {
    struct remembered_key *fresh = calloc(1, sizeof *fresh);
    if (fresh != NULL) {
        fresh->key = *key;
        fresh->journaled = journaled;
        fresh->claimed = claimed;
        format(fresh->text, key);
        HASH_ADD_KEYPTR(hash, keys->keys, fresh->text, strlen(fresh->text), fresh);
    }
    return fresh;
}

bool keys_remember(struct keys *keys, const struct journal_key *key, bool journaled) {
    return remember(keys, key, journaled, false) != NULL;
}

static int compare_ages(const struct remembered_key *a, const struct remembered_key *b) {
    return (a->key.until > b->key.until) - (a->key.until < b->key.until);
}

void keys_sort(struct keys *keys) {
    HASH_SRT(hash, keys->keys, compare_ages);
}

static void forget(struct runtime *runtime, struct remembered_key *key) {
    if (key->journaled) {
        journal_remove_key(runtime->journal, &key->key);
    }
    HASH_DELETE(hash, runtime->keys.keys, key);
    free(key);
}

static void expire(struct runtime *runtime, uint64_t now) {
    struct remembered_key *oldest;
    while ((oldest = runtime->keys.keys) != NULL) {
        uint64_t until = oldest->key.until; // NOLINT(clang-analyzer-unix.Malloc)
        if (until > now || oldest->claimed) {
            break;
        }
        forget(runtime, oldest);
    }
}

void keys_expire(struct runtime *runtime, uint64_t now) {
    pthread_mutex_lock(&runtime->keys.mutex);
    expire(runtime, now);
    pthread_mutex_unlock(&runtime->keys.mutex);
}

// The call of a request that came before.
static struct call *same_call(struct runtime *runtime, const struct call_request *request,
                              const struct journal_key *key, struct error *error) {
    struct call *call = runtime_find_call(runtime, key->id);
    if (call != NULL && call->private->keyed && strcmp(call->user, key->user) == 0 &&
        strcmp(call->function, key->function) == 0) {
        return call;
    }
    call_release(call);
    if (request->existing != NULL) {
        *request->existing = key->id;
    }
    error_set(error, ERROR_EXISTS, "call %u had this key; its record is gone", key->id);
    return NULL;
}

// Under the mutex, which it gives up while the call is made: requests with other keys go on, and
// their calls can share a commit of the journal.
static struct call *first_call(struct runtime *runtime, const struct call_request *request,
                               struct journal_key *key, struct error *error) {
    struct keys *keys = &runtime->keys;
    struct remembered_key *claim = remember(keys, key, false, true);
    if (claim == NULL) {
        error_set(error, ERROR_MEMORY, "key of a request");
        return NULL;
    }
    pthread_mutex_unlock(&keys->mutex);
    struct call *call = runtime_begin(runtime, request, NULL, key, error);
    pthread_mutex_lock(&keys->mutex);
    claim->claimed = false;
    if (call != NULL) {
        claim->key.id = call->id;
        claim->journaled = call->private->journaled;
    } else {
        HASH_DELETE(hash, keys->keys, claim);
        free(claim);
    }
    pthread_cond_broadcast(&keys->settled);
    return call;
}

struct call *keys_submit(struct runtime *runtime, const struct call_request *request,
                         struct error *error) {
    if (!journal_key_valid(request->key) || !store_name_valid(request->user) ||
        !store_name_valid(request->function)) {
        error_set(error, ERROR_ARGUMENT,
                  "a key is 1 to %d printable characters of ASCII without spaces", JOURNAL_KEY_MAX);
        return NULL;
    }
    uint64_t now = clock_realtime();
    struct journal_key key = {.until = now + runtime->config.key_nanoseconds};
    snprintf(key.user, sizeof key.user, "%s", request->user);
    snprintf(key.function, sizeof key.function, "%s", request->function);
    snprintf(key.key, sizeof key.key, "%s", request->key);
    pthread_mutex_lock(&runtime->keys.mutex);
    expire(runtime, now);
    const struct remembered_key *found;
    while ((found = find(&runtime->keys, &key)) != NULL && found->claimed) {
        pthread_cond_wait(&runtime->keys.settled, &runtime->keys.mutex);
    }
    struct call *call = found != NULL ? same_call(runtime, request, &found->key, error)
                                      : first_call(runtime, request, &key, error);
    pthread_mutex_unlock(&runtime->keys.mutex);
    return call;
}
