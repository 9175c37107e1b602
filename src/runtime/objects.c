#include "runtime/objects.h"

#include "base/clock.h"
#include "base/log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uthash.h>

struct object_slot {
    char digest[STORE_DIGEST_LENGTH + 1];
    unsigned users;        // threads that have it or wait for it; guarded by objects.mutex
    pthread_mutex_t mutex; // held by the one that works
    UT_hash_handle hash;
};

void objects_create(struct objects *objects, struct store *store,
                    const struct compile_config *compile, unsigned compilers_max) {
    *objects = (struct objects){
        .store = store,
        .compile = compile,
        .compilers_max = compilers_max,
    };
    pthread_cond_init(&objects->compiler_ended, NULL);
    pthread_mutex_init(&objects->mutex, NULL);
}

void objects_destroy(struct objects *objects) {
    pthread_cond_destroy(&objects->compiler_ended);
    pthread_mutex_destroy(&objects->mutex);
}

static struct object_slot *find_or_add(struct objects *objects, const char *digest) {
    struct object_slot *slot;
    HASH_FIND(hash, objects->slots, digest, strlen(digest), slot);
    if (slot == NULL) {
        slot = calloc(1, sizeof *slot);
        if (slot == NULL) {
            return NULL;
        }
        snprintf(slot->digest, sizeof slot->digest, "%s", digest);
        pthread_mutex_init(&slot->mutex, NULL);
        HASH_ADD_KEYPTR(hash, objects->slots, slot->digest, strlen(slot->digest), slot);
    }
    slot->users++;
    return slot;
}

struct object_slot *objects_enter(struct objects *objects, const char *digest,
                                  struct error *error) {
    pthread_mutex_lock(&objects->mutex);
    struct object_slot *slot = find_or_add(objects, digest);
    pthread_mutex_unlock(&objects->mutex);
    if (slot == NULL) {
        error_set(error, ERROR_MEMORY, "compiled object");
        return NULL;
    }
    pthread_mutex_lock(&slot->mutex);
    return slot;
}

void objects_leave(struct objects *objects, struct object_slot *slot) {
    pthread_mutex_unlock(&slot->mutex);
    pthread_mutex_lock(&objects->mutex);
    bool last = --slot->users == 0;
    if (last) {
        HASH_DELETE(hash, objects->slots, slot);
    }
    pthread_mutex_unlock(&objects->mutex);
    if (last) {
        pthread_mutex_destroy(&slot->mutex);
        free(slot);
    }
}

static bool object_path(struct objects *objects, const char *digest, char path[PATH_MAX],
                        struct error *error) {
    char key[65];
    return compile_key(objects->compile, key, error) &&
           store_object_path(objects->store, digest, key, path, error);
}

static void begin_compiler(struct objects *objects) {
    pthread_mutex_lock(&objects->mutex);
    while (objects->compilers >= objects->compilers_max) {
        pthread_cond_wait(&objects->compiler_ended, &objects->mutex);
    }
    objects->compilers++;
    pthread_mutex_unlock(&objects->mutex);
}

static void end_compiler(struct objects *objects) {
    pthread_mutex_lock(&objects->mutex);
    objects->compilers--;
    pthread_cond_signal(&objects->compiler_ended);
    pthread_mutex_unlock(&objects->mutex);
}

static bool compile(struct objects *objects, const char *wasm_path, const char *path,
                    struct object_facts *facts, struct error *error) {
    begin_compiler(objects);
    uint64_t begin = clock_monotonic();
    bool done = compile_module(objects->compile, wasm_path, path, error);
    end_compiler(objects);
    if (!done) {
        return false;
    }
    facts->compiled = true;
    facts->nanoseconds = clock_monotonic() - begin;
    atomic_fetch_add(&objects->runs, 1);
    atomic_fetch_add(&objects->nanoseconds, facts->nanoseconds);
    return true;
}

struct faaslet_object *objects_load(struct objects *objects, const char *digest,
                                    const char *wasm_path, struct object_facts *facts,
                                    struct error *error) {
    char path[PATH_MAX];
    *facts = (struct object_facts){0};
    if (!object_path(objects, digest, path, error)) {
        return NULL;
    }
    if (access(path, F_OK) == 0) {
        struct error reason;
        struct faaslet_object *object = faaslet_object_load(path, &reason);
        if (object != NULL) {
            return object;
        }
        log_warn("%s is compiled again: %s", path, reason.message);
        unlink(path);
    }
    if (!compile(objects, wasm_path, path, facts, error)) {
        return NULL;
    }
    return faaslet_object_load(path, error);
}

void objects_remove(struct objects *objects, const char *digest) {
    char path[PATH_MAX];
    struct error error;
    if (!object_path(objects, digest, path, &error)) {
        log_warn("object of %s: %s", digest, error.message);
    } else if (unlink(path) != 0 && errno != ENOENT) {
        log_warn("cannot remove %s: %s", path, strerror(errno));
    }
}
