#include "runtime/library.h"

#include "base/file.h"
#include "runtime/library_cache.h"
#include "runtime/private.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// ---- By content ---------------------------------------------------------------------------------

void library_cache_create(struct library_cache *cache) {
    *cache = (struct library_cache){0};
    pthread_mutex_init(&cache->mutex, NULL);
}

void library_cache_destroy(struct library_cache *cache) {
    for (size_t i = 0; i < LIBRARY_CACHE_COUNT; i++) {
        faaslet_object_release(cache->entries[i].object);
    }
    pthread_mutex_destroy(&cache->mutex);
}

static struct faaslet_object *cache_find(struct library_cache *cache, const char *digest) {
    struct faaslet_object *object = NULL;
    pthread_mutex_lock(&cache->mutex);
    for (size_t i = 0; i < LIBRARY_CACHE_COUNT && object == NULL; i++) {
        struct library_cache_entry *entry = &cache->entries[i];
        if (entry->object != NULL && strcmp(entry->digest, digest) == 0) {
            entry->used = ++cache->uses;
            object = faaslet_object_acquire(entry->object);
        }
    }
    pthread_mutex_unlock(&cache->mutex);
    return object;
}

// In the place of the one that was not used for longest.
static void cache_put(struct library_cache *cache, const char *digest,
                      struct faaslet_object *object) {
    pthread_mutex_lock(&cache->mutex);
    struct library_cache_entry *place = &cache->entries[0];
    for (size_t i = 1; i < LIBRARY_CACHE_COUNT; i++) {
        if (cache->entries[i].used < place->used) {
            place = &cache->entries[i];
        }
    }
    struct faaslet_object *old = place->object;
    snprintf(place->digest, sizeof place->digest, "%s", digest);
    place->object = faaslet_object_acquire(object);
    place->used = ++cache->uses;
    pthread_mutex_unlock(&cache->mutex);
    faaslet_object_release(old);
}

// Kept where the configuration says so: a file that is there may be damaged, or of older rules.
static struct faaslet_object *load_kept(struct runtime *runtime, const char *digest,
                                        char path[PATH_MAX], struct error *error) {
    char key[65];
    if (!compile_key(&runtime->config.compile, key, error) ||
        !file_make_folders(runtime->config.library_folder, error)) {
        return NULL;
    }
    int length =
        snprintf(path, PATH_MAX, "%s/%s-%s.so", runtime->config.library_folder, digest, key);
    if (length < 0 || length >= PATH_MAX) {
        error_set(error, ERROR_ARGUMENT, "the path of the cache is too long");
        return NULL;
    }
    return access(path, F_OK) == 0 ? faaslet_object_load(path, error) : NULL;
}

static bool write_wasm(struct runtime *runtime, struct bytes wasm, char path[PATH_MAX],
                       struct error *error) {
    if (runtime->store != NULL) {
        return store_write_temporary(runtime->store, wasm, path, error);
    }
    return file_write_temporary(runtime->config.library_folder, ".wasm", wasm, path, error);
}

static bool compile_within_budget(struct call *call, const char *wasm_path, const char *object_path,
                                  struct error *error) {
    struct runtime *runtime = call->runtime;
    uint32_t seconds;
    uint64_t nanoseconds;
    if (!library_budget_enter(&runtime->library_budget, call->user, &call->private->stop, &seconds,
                              error)) {
        return false;
    }
    bool done = objects_compile(&runtime->objects, wasm_path, object_path, seconds,
                                &call->private->stop, &nanoseconds, error);
    library_budget_leave(&runtime->library_budget, call->user, nanoseconds);
    return done;
}

// `path` is where the object is kept, or empty.
static struct faaslet_object *compile_wasm(struct call *call, struct bytes wasm, const char *path,
                                           struct error *error) {
    struct runtime *runtime = call->runtime;
    char wasm_path[PATH_MAX], object_path[PATH_MAX + 4];
    struct faaslet_object *object = NULL;
    if (!write_wasm(runtime, wasm, wasm_path, error)) {
        return NULL;
    }
    bool kept = path[0] != '\0';
    snprintf(object_path, sizeof object_path, kept ? "%s" : "%s.so", kept ? path : wasm_path);
    if (compile_within_budget(call, wasm_path, object_path, error)) {
        object = faaslet_object_load(object_path, error);
        if (!kept) {
            unlink(object_path); // it stays mapped
        }
    }
    unlink(wasm_path);
    return object;
}

static struct faaslet_object *load_or_compile(struct call *call, const char *digest,
                                              struct bytes wasm, struct error *error) {
    struct runtime *runtime = call->runtime;
    struct faaslet_object *object = cache_find(&runtime->libraries, digest);
    if (object != NULL) {
        return object;
    }
    if (runtime->store == NULL && runtime->config.library_folder == NULL) {
        error_set(error, ERROR_UNAVAILABLE, "this runtime compiles no side modules");
        return NULL;
    }
    char path[PATH_MAX] = "";
    if (runtime->config.library_folder != NULL) {
        object = load_kept(runtime, digest, path, error);
    }
    if (object == NULL && (path[0] != '\0' || runtime->config.library_folder == NULL)) {
        object = compile_wasm(call, wasm, path, error);
    }
    if (object != NULL) {
        cache_put(&runtime->libraries, digest, object);
    }
    return object;
}

// What the compiler would say of these is about bytes, not of what they are.
static bool looks_like_wasm(struct bytes wasm, struct error *error) {
    static const uint8_t wasm_magic[4] = {0, 'a', 's', 'm'}, elf_magic[4] = {0x7f, 'E', 'L', 'F'};
    if (wasm.length >= sizeof elf_magic && memcmp(wasm.data, elf_magic, sizeof elf_magic) == 0) {
        return error_set(error, ERROR_MALFORMED,
                         "a native shared object (ELF), not a WebAssembly module");
    }
    return (wasm.length >= sizeof wasm_magic &&
            memcmp(wasm.data, wasm_magic, sizeof wasm_magic) == 0) ||
           error_set(error, ERROR_MALFORMED, "not a WebAssembly module");
}

// Locks of a digest are by level; files have one of their own.
static struct faaslet_object *object_of(struct call *call, struct bytes wasm, struct error *error) {
    enum { LEVEL_OF_FILES = -1 };
    struct runtime *runtime = call->runtime;
    char digest[STORE_DIGEST_LENGTH + 1];
    if (!looks_like_wasm(wasm, error)) {
        return NULL;
    }
    store_digest(wasm, digest);
    struct object_slot *slot =
        objects_enter(&runtime->objects, digest, LEVEL_OF_FILES, &call->private->stop, error);
    if (slot == NULL) {
        return NULL;
    }
    struct faaslet_object *object = load_or_compile(call, digest, wasm, error);
    objects_leave(&runtime->objects, slot);
    return object;
}

// ---- By name ------------------------------------------------------------------------------------

// Of the level that the upload asked for: what a Proto-Faaslet has loaded stays what it is when
// better code is there, so it is waited for.
static struct faaslet_object *load_stored(struct call *call, const struct function *function,
                                          struct error *error) {
    struct runtime *runtime = call->runtime;
    struct object_slot *slot = objects_enter(&runtime->objects, function->digest,
                                             function->opt_level, &call->private->stop, error);
    if (slot == NULL) {
        return NULL;
    }
    struct faaslet_object *object = cache_find(&runtime->libraries, function->digest);
    if (object == NULL) {
        struct object_facts facts;
        struct object_source blob = {.given_up = &call->private->stop};
        object = objects_load(&runtime->objects, slot, &blob, &facts, error);
        if (object != NULL) {
            cache_put(&runtime->libraries, function->digest, object);
        }
    }
    objects_leave(&runtime->objects, slot);
    return object;
}

// Without a store the object was loaded when it was added.
static struct faaslet_object *loaded_object(struct function *function, struct error *error) {
    struct code *code = function_code(function);
    if (code == NULL) {
        error_set(error, ERROR_NOT_FOUND, "%s is not loaded", function->key);
        return NULL;
    }
    struct faaslet_object *object = faaslet_object_acquire(code->object);
    code_release(code);
    return object;
}

// A reference to the object of a module that was uploaded.
static struct faaslet_object *find_uploaded(struct call *call, const char *name,
                                            struct error *error) {
    struct runtime *runtime = call->runtime;
    if (!store_name_valid(name)) {
        error_set(error, ERROR_NOT_FOUND, "there is no side module of that name");
        return NULL;
    }
    struct function *function = runtime_find_function(runtime, call->user, name, error);
    if (function == NULL) {
        return NULL;
    }
    struct faaslet_object *object = function->digest[0] != '\0' ? load_stored(call, function, error)
                                                                : loaded_object(function, error);
    function_release(function);
    return object;
}

// ---- Both ---------------------------------------------------------------------------------------

static struct faaslet_object *find_file(struct runtime_library_source *source, const char *name,
                                        const char *requester, char found[FAASLET_LIBRARY_NAME_MAX],
                                        struct error *error) {
    struct buffer wasm = {0};
    struct faaslet_object *object = NULL;
    if (source->read == NULL) {
        error_set(error, ERROR_NOT_FOUND, "there is no side module %.200s", name);
    } else if (source->read(source->call, name, requester, &wasm, found, error)) {
        object = object_of(source->call, buffer_bytes(&wasm), error);
    }
    buffer_destroy(&wasm);
    return object;
}

static struct faaslet_object *find(void *context, const char *name, const char *requester,
                                   char found[FAASLET_LIBRARY_NAME_MAX], struct error *error) {
    struct runtime_library_source *source = context;
    const char *slash = strrchr(name, '/');
    struct faaslet_object *object = NULL;
    struct error reason = {.code = ERROR_NOT_FOUND};
    park_block_begin(); // it may have to be compiled, or others compile
    if (slash == NULL) {
        object = find_uploaded(source->call, name, &reason);
        snprintf(found, FAASLET_LIBRARY_NAME_MAX, "%s", name);
    }
    if (object == NULL && reason.code == ERROR_NOT_FOUND) {
        object = find_file(source, name, requester, found, &reason);
    }
    if (object == NULL && reason.code == ERROR_NOT_FOUND && slash != NULL) {
        struct error ignored;
        object = find_uploaded(source->call, slash + 1, &ignored);
        snprintf(found, FAASLET_LIBRARY_NAME_MAX, "%s", slash + 1);
    }
    park_block_end();
    if (object == NULL) {
        error_set(error, reason.code, "%.200s: %.700s", name, reason.message);
    }
    return object;
}

void runtime_library_source(struct runtime_library_source *source, struct call *call,
                            runtime_library_read *read) {
    *source = (struct runtime_library_source){
        .source = {.linker = call->runtime->linker, .find = find, .context = source},
        .call = call,
        .read = read,
    };
}
