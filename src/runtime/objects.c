#include "runtime/objects.h"

#include "base/clock.h"
#include "base/log.h"
#include "store/object_cache.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uthash.h>

struct object_slot {
    char key[STORE_DIGEST_LENGTH + 16]; // digest and level
    char digest[STORE_DIGEST_LENGTH + 1];
    int opt_level;
    unsigned users;        // threads that have it or wait for it; guarded by objects.mutex
    pthread_mutex_t mutex; // held by the one that works
    UT_hash_handle hash;
};

void objects_create(struct objects *objects, struct store *store,
                    const struct compile_config *compile, unsigned compilers_max,
                    uint64_t compilers_megabytes) {
    *objects = (struct objects){
        .store = store,
        .compile = compile,
    };
    compilers_create(&objects->compilers, compilers_max, compilers_megabytes,
                     compile_memory_megabytes(compile));
    pthread_mutex_init(&objects->mutex, NULL);
}

void objects_destroy(struct objects *objects) {
    compilers_destroy(&objects->compilers);
    pthread_mutex_destroy(&objects->mutex);
}

static struct object_slot *find_or_add(struct objects *objects, const char *digest, int opt_level) {
    struct object_slot *slot;
    char key[sizeof slot->key];
    snprintf(key, sizeof key, "%s %d", digest, opt_level);
    HASH_FIND(hash, objects->slots, key, strlen(key), slot);
    if (slot == NULL) {
        slot = calloc(1, sizeof *slot);
        if (slot == NULL) {
            return NULL;
        }
        snprintf(slot->key, sizeof slot->key, "%s", key);
        snprintf(slot->digest, sizeof slot->digest, "%s", digest);
        slot->opt_level = opt_level;
        pthread_mutex_init(&slot->mutex, NULL);
        HASH_ADD_KEYPTR(hash, objects->slots, slot->key, strlen(slot->key), slot);
    }
    slot->users++;
    return slot;
}

static void forget_slot(struct objects *objects, struct object_slot *slot) {
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

// When to look again whether a wait goes on.
static struct timespec next_look(void) {
    uint64_t until = clock_realtime() + COMPILE_LOOK_NANOSECONDS;
    return (struct timespec){(time_t)(until / 1000000000u), (long)(until % 1000000000u)};
}

static bool is_given_up(const _Atomic uint32_t *given_up, struct error *error) {
    return given_up != NULL && atomic_load(given_up) != 0 &&
           !error_set(error, ERROR_CANCELLED, "nobody waits for the compilation any more");
}

struct object_slot *objects_enter(struct objects *objects, const char *digest, int opt_level,
                                  const _Atomic uint32_t *given_up, struct error *error) {
    pthread_mutex_lock(&objects->mutex);
    struct object_slot *slot = find_or_add(objects, digest, opt_level);
    pthread_mutex_unlock(&objects->mutex);
    if (slot == NULL) {
        error_set(error, ERROR_MEMORY, "compiled object");
        return NULL;
    }
    struct timespec until = next_look();
    while (pthread_mutex_timedlock(&slot->mutex, &until) != 0) {
        if (is_given_up(given_up, error)) {
            forget_slot(objects, slot);
            return NULL;
        }
        until = next_look();
    }
    return slot;
}

void objects_leave(struct objects *objects, struct object_slot *slot) {
    pthread_mutex_unlock(&slot->mutex);
    forget_slot(objects, slot);
}

static bool object_path(struct objects *objects, const char *digest, int opt_level,
                        char path[PATH_MAX], struct error *error) {
    char key[65];
    struct compile_config config = *objects->compile;
    config.opt_level = opt_level;
    return compile_key(&config, key, error) &&
           store_object_path(objects->store, digest, key, path, error);
}

bool objects_have(struct objects *objects, const char *digest, int opt_level) {
    char path[PATH_MAX];
    return object_path(objects, digest, opt_level, path, NULL) && access(path, F_OK) == 0;
}

// When its turn has come. `nanoseconds` is how long it ran, also on failure.
static bool run_compiler(struct objects *objects, const struct compile_config *config,
                         const char *wasm_path, const char *path, uint64_t *nanoseconds,
                         struct error *error) {
    *nanoseconds = 0;
    if (!compilers_enter(&objects->compilers, config->background, config->given_up, config->stop,
                         error)) {
        return false;
    }
    uint64_t begin = clock_monotonic();
    bool done = compile_module(config, wasm_path, path, error);
    *nanoseconds = clock_monotonic() - begin;
    compilers_leave(&objects->compilers, config->background);
    return done;
}

// The compiler reads what the digest is of: a whole blob, or a file of its own.
static bool find_wasm(struct objects *objects, const struct object_slot *slot,
                      const struct object_source *source, char path[PATH_MAX],
                      struct error *error) {
    return source->wasm == NULL ? store_find_blob(objects->store, slot->digest, path, error)
                                : store_write_temporary(objects->store, *source->wasm, path, error);
}

static bool compile(struct objects *objects, const struct object_slot *slot,
                    const struct object_source *source, const char *path,
                    struct object_facts *facts, struct error *error) {
    char wasm_path[PATH_MAX];
    if (!find_wasm(objects, slot, source, wasm_path, error)) {
        return false;
    }
    struct compile_config config = *objects->compile;
    config.opt_level = slot->opt_level;
    config.background = source->background;
    config.stop = source->stop;
    config.given_up = source->given_up;
    uint64_t nanoseconds;
    bool done = run_compiler(objects, &config, wasm_path, path, &nanoseconds, error);
    if (source->wasm != NULL) {
        unlink(wasm_path);
    }
    if (!done) {
        return false;
    }
    facts->compiled = true;
    facts->nanoseconds = nanoseconds;
    atomic_fetch_add(&objects->runs, 1);
    atomic_fetch_add(&objects->nanoseconds, facts->nanoseconds);
    return true;
}

bool objects_compile(struct objects *objects, const char *wasm_path, const char *path,
                     uint32_t cpu_seconds, const _Atomic uint32_t *given_up, uint64_t *nanoseconds,
                     struct error *error) {
    struct compile_config config = *objects->compile;
    uint32_t most = config.cpu_seconds == 0 ? COMPILE_CPU_SECONDS : config.cpu_seconds;
    config.cpu_seconds = cpu_seconds != 0 && cpu_seconds < most ? cpu_seconds : most;
    config.given_up = given_up;
    return run_compiler(objects, &config, wasm_path, path, nanoseconds, error);
}

static void trim(const struct objects *objects) {
    char folder[PATH_MAX];
    int length = snprintf(folder, sizeof folder, "%s/objects", store_folder(objects->store));
    if (length > 0 && (size_t)length < sizeof folder) {
        struct object_cache_trimmed trimmed = object_cache_trim(folder, objects->cache_bytes);
        if (trimmed.files > 0) {
            log_info("%zu compiled objects removed: the cache is full", trimmed.files);
        }
    }
}

struct faaslet_object *objects_load(struct objects *objects, const struct object_slot *slot,
                                    const struct object_source *source, struct object_facts *facts,
                                    struct error *error) {
    static const struct object_source blob;
    char path[PATH_MAX];
    *facts = (struct object_facts){0};
    if (!object_path(objects, slot->digest, slot->opt_level, path, error)) {
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
    if (!compile(objects, slot, source != NULL ? source : &blob, path, facts, error)) {
        return NULL;
    }
    struct faaslet_object *object = faaslet_object_load(path, error);
    trim(objects);
    return object;
}

void objects_remove(struct objects *objects, const char *digest, int opt_level) {
    char path[PATH_MAX];
    struct error error;
    if (!object_path(objects, digest, opt_level, path, &error)) {
        log_warn("object of %s: %s", digest, error.message);
    } else if (unlink(path) != 0 && errno != ENOENT) {
        log_warn("cannot remove %s: %s", path, strerror(errno));
    }
}
