// Keys of the database of names. A space sorts before every character of a name, so that the order
// of the keys is that of users, then names.
//
//   f USER NAME          "2 DIGEST BYTES UPLOADED KEY=VALUE…"   a function; keys are the limits
//                                                      "durable" and "opt_level" (1 + the level);
//                                                      those that are 0 are left out
//                        "1 DIGEST BYTES UPLOADED"     the same, of an older version
//   d DIGEST USER NAME   ""                            who uses a blob; it goes with its last user
#include "store/store.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "store/driver.h"
#include "store/folder.h"

#include <inttypes.h>
#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { STORE_RECORD_MAX = 1024 };

struct store {
    char *folder;
    int lock;
    struct store_driver driver;
    pthread_mutex_t mutex; // held while functions are put and deleted: a blob must not go while a
                           // name that needs it comes
};

// ---- Names, digests, records --------------------------------------------------------------------

bool store_name_valid(const char *name) {
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.";
    size_t length = strnlen(name, STORE_NAME_MAX + 1);
    return length > 0 && length <= STORE_NAME_MAX && strspn(name, letters) == length &&
           name[0] != '.' && name[0] != '-';
}

static bool check_names(const char *user, const char *name, struct error *error) {
    const char *wrong = !store_name_valid(user) ? user : !store_name_valid(name) ? name : NULL;
    if (wrong != NULL) {
        return error_set(error, ERROR_ARGUMENT,
                         "bad name \"%.80s\": 1 to %d letters, digits and _ - . and not beginning "
                         "with . or -",
                         wrong, STORE_NAME_MAX);
    }
    return true;
}

void store_digest(struct bytes bytes, char digest[STORE_DIGEST_LENGTH + 1]) {
    unsigned char hash[STORE_DIGEST_LENGTH / 2];
    crypto_generichash(hash, sizeof hash, bytes.data, bytes.length, NULL, 0);
    sodium_bin2hex(digest, STORE_DIGEST_LENGTH + 1, hash, sizeof hash);
}

static void function_key(char key[STORE_KEY_MAX], const char *user, const char *name) {
    snprintf(key, STORE_KEY_MAX, "f %s %s", user, name);
}

static void digest_key(char key[STORE_KEY_MAX], const char *digest, const char *user,
                       const char *name) {
    snprintf(key, STORE_KEY_MAX, "d %s %s %s", digest, user, name);
}

// One key of a function's options; false where this version does not know it.
static bool parse_option(struct store_options *options, const char *key, uint64_t value) {
    if (strcmp(key, "durable") == 0) {
        options->durable = value != 0;
        return true;
    }
    if (strcmp(key, "opt_level") == 0) {
        options->opt_level = (unsigned)value;
        return value <= STORE_OPT_LEVEL_MAX + 1;
    }
#define X(identifier, documentation)                                                               \
    if (strcmp(key, #identifier) == 0) {                                                           \
        options->limits.identifier = value;                                                        \
        return true;                                                                               \
    }
    CALL_LIMITS(X)
#undef X
    return false;
}

static bool parse_options(const char *text, struct store_options *options) {
    char key[32];
    uint64_t value;
    int length;
    while (sscanf(text, " %31[a-z_]=%" SCNu64 "%n", key, &value, &length) == 2) {
        if (!parse_option(options, key, value)) {
            return false;
        }
        text += length;
    }
    return text[strspn(text, " ")] == '\0';
}

static bool parse_function(const char *key, struct bytes value, struct store_function *function) {
    char text[STORE_RECORD_MAX];
    char rest;
    int version, length = 0;
    *function = (struct store_function){0};
    if (value.length >= sizeof text) {
        return false;
    }
    if (value.length > 0) {
        memcpy(text, value.data, value.length);
    }
    text[value.length] = '\0';
    return sscanf(key, "f %64s %64s%c", function->user, function->name, &rest) == 2 &&
           sscanf(text, "%d %64s %" SCNu64 " %" SCNu64 "%n", &version, function->digest,
                  &function->bytes, &function->uploaded, &length) == 4 &&
           (version == 1 || version == 2) && folder_digest_valid(function->digest) &&
           (version == 1 ? text[length] == '\0' : parse_options(text + length, &function->options));
}

// ---- Open and close -----------------------------------------------------------------------------

static bool see_one(void *context, const char *key, struct bytes value) {
    (void)key;
    (void)value;
    *(bool *)context = true;
    return false;
}

// When in doubt a digest is in use.
static bool digest_in_use(void *context, const char *digest) {
    struct store *store = context;
    char prefix[STORE_KEY_MAX];
    snprintf(prefix, sizeof prefix, "d %s ", digest);
    bool seen = false;
    return !store->driver.iterate(store->driver.state, prefix, NULL, see_one, &seen, NULL) || seen;
}

struct store *store_open(const char *folder, struct error *error) {
    if (sodium_init() < 0) {
        error_set(error, ERROR_INTERNAL, "libsodium does not start");
        return NULL;
    }
    struct store *store = calloc(1, sizeof *store);
    if (store == NULL) {
        error_set(error, ERROR_MEMORY, "store");
        return NULL;
    }
    pthread_mutex_init(&store->mutex, NULL);
    store->lock = folder_open(folder, error);
    if (store->lock < 0) {
        goto failed;
    }
    store->folder = realpath(folder, NULL);
    if (store->folder == NULL) {
        error_set(error, ERROR_IO, "%s has no real path", folder);
        goto failed;
    }
    char path[PATH_MAX];
    int length = snprintf(path, sizeof path, "%s/names.mdb", store->folder);
    if (length < 0 || (size_t)length >= sizeof path) {
        error_set(error, ERROR_ARGUMENT, "path too long: %.200s", folder);
        goto failed;
    }
    if (!store_lmdb_open(path, &store->driver, error)) {
        goto failed;
    }
    folder_sweep(store->folder, digest_in_use, store);
    return store;
failed:
    store_close(store);
    return NULL;
}

void store_close(struct store *store) {
    if (store == NULL) {
        return;
    }
    if (store->driver.close != NULL) {
        store->driver.close(store->driver.state);
    }
    if (store->lock >= 0) {
        close(store->lock);
    }
    pthread_mutex_destroy(&store->mutex);
    free(store->folder);
    free(store);
}

const char *store_folder(const struct store *store) {
    return store->folder;
}

// ---- Functions ----------------------------------------------------------------------------------

// Whether the blob is there and whole. It is compared with what it has to be, which takes less than
// its digest.
static bool has_blob(const char *path, struct bytes wasm) {
    struct buffer contents = {0};
    bool same = file_read(path, wasm.length, &contents, NULL) && contents.length == wasm.length &&
                (wasm.length == 0 || memcmp(contents.data, wasm.data, wasm.length) == 0);
    buffer_destroy(&contents);
    return same;
}

static bool write_blob(struct store *store, const char *digest, struct bytes wasm,
                       struct error *error) {
    char path[PATH_MAX];
    return store_blob_path(store, digest, path, error) &&
           (has_blob(path, wasm) || file_write_atomic(path, wasm, 0600, error));
}

static void drop_unused(struct store *store, const char *digest) {
    if (!digest_in_use(store, digest)) {
        folder_drop_digest(store->folder, digest);
    }
}

// The record of a function, under the mutex; false where there is none or it is damaged.
static bool find_record(struct store *store, const char *user, const char *name,
                        struct store_function *function, struct error *error) {
    char key[STORE_KEY_MAX];
    struct buffer value = {0};
    function_key(key, user, name);
    bool found = store->driver.get(store->driver.state, key, &value, error);
    if (!found && error != NULL && error->code == ERROR_NOT_FOUND) {
        error_set(error, ERROR_NOT_FOUND, "there is no function %s/%s", user, name);
    }
    if (found && !parse_function(key, buffer_bytes(&value), function)) {
        found = error_set(error, ERROR_IO, "the record of %s/%s is damaged: upload it again", user,
                          name);
    }
    buffer_destroy(&value);
    return found;
}

static void format_option(char *text, size_t size, const char *key, uint64_t value) {
    size_t length = strlen(text);
    if (value != 0) {
        snprintf(text + length, size - length, " %s=%" PRIu64, key, value);
    }
}

static void format_function(const struct store_function *function, char text[STORE_RECORD_MAX]) {
    snprintf(text, STORE_RECORD_MAX, "2 %s %" PRIu64 " %" PRIu64, function->digest, function->bytes,
             function->uploaded);
#define X(identifier, documentation)                                                               \
    format_option(text, STORE_RECORD_MAX, #identifier, function->options.limits.identifier);
    CALL_LIMITS(X)
#undef X
    format_option(text, STORE_RECORD_MAX, "durable", function->options.durable);
    format_option(text, STORE_RECORD_MAX, "opt_level", function->options.opt_level);
}

static bool write_record(struct store *store, const struct store_function *function,
                         const struct store_function *old, struct error *error) {
    char key[STORE_KEY_MAX], user_key[STORE_KEY_MAX], old_key[STORE_KEY_MAX];
    char value[STORE_RECORD_MAX];
    function_key(key, function->user, function->name);
    digest_key(user_key, function->digest, function->user, function->name);
    format_function(function, value);
    struct store_change changes[] = {
        {.key = key, .value = {(const uint8_t *)value, strlen(value)}},
        {.key = user_key},
        {.key = old_key, .remove = true},
    };
    size_t count = 2;
    if (old != NULL) {
        digest_key(old_key, old->digest, old->user, old->name);
        count = 3;
    }
    return store->driver.apply(store->driver.state, changes, count, error);
}

bool store_put_function(struct store *store, const char *user, const char *name, struct bytes wasm,
                        const char *digest, const struct store_options *options,
                        struct store_function *function, struct error *error) {
    if (!check_names(user, name, error)) {
        return false;
    }
    struct store_function fresh = {.bytes = wasm.length, .uploaded = clock_realtime()};
    if (options != NULL) {
        fresh.options = *options;
    }
    snprintf(fresh.user, sizeof fresh.user, "%s", user);
    snprintf(fresh.name, sizeof fresh.name, "%s", name);
    if (digest != NULL && !folder_digest_valid(digest)) {
        return error_set(error, ERROR_ARGUMENT, "not a digest: %.100s", digest);
    }
    if (digest != NULL) {
        snprintf(fresh.digest, sizeof fresh.digest, "%s", digest);
    } else {
        store_digest(wasm, fresh.digest);
    }

    pthread_mutex_lock(&store->mutex);
    struct store_function old;
    bool replaces = find_record(store, user, name, &old, NULL);
    bool changes = !replaces || strcmp(old.digest, fresh.digest) != 0;
    bool done = write_blob(store, fresh.digest, wasm, error) &&
                write_record(store, &fresh, replaces && changes ? &old : NULL, error);
    if (done && replaces && changes) {
        drop_unused(store, old.digest);
    }
    if (!done) {
        drop_unused(store, fresh.digest);
    }
    pthread_mutex_unlock(&store->mutex);
    if (done && function != NULL) {
        *function = fresh;
    }
    return done;
}

bool store_get_function(struct store *store, const char *user, const char *name,
                        struct store_function *function, struct error *error) {
    struct error reason = {0};
    if (!check_names(user, name, error)) {
        return false;
    }
    if (!find_record(store, user, name, function, &reason)) {
        return error_set(error, reason.code, "%s", reason.message);
    }
    return true;
}

bool store_delete_function(struct store *store, const char *user, const char *name,
                           struct error *error) {
    if (!check_names(user, name, error)) {
        return false;
    }
    pthread_mutex_lock(&store->mutex);
    struct store_function old;
    struct error reason = {0};
    bool whole = find_record(store, user, name, &old, &reason);
    bool done = whole || reason.code == ERROR_IO; // a damaged record can go, too
    if (done) {
        char key[STORE_KEY_MAX], user_key[STORE_KEY_MAX];
        function_key(key, user, name);
        struct store_change changes[] = {{.key = key, .remove = true},
                                         {.key = user_key, .remove = true}};
        if (whole) {
            digest_key(user_key, old.digest, user, name);
        }
        done = store->driver.apply(store->driver.state, changes, whole ? 2 : 1, error);
    } else {
        error_set(error, reason.code, "%s", reason.message);
    }
    if (done && whole) {
        drop_unused(store, old.digest);
    }
    pthread_mutex_unlock(&store->mutex);
    return done;
}

void store_drop_unused(struct store *store, const char *digest) {
    pthread_mutex_lock(&store->mutex);
    drop_unused(store, digest);
    pthread_mutex_unlock(&store->mutex);
}

struct listing {
    bool (*visit)(void *context, const struct store_function *function);
    void *context;
};

static bool list_one(void *context, const char *key, struct bytes value) {
    const struct listing *listing = context;
    struct store_function function;
    if (!parse_function(key, value, &function)) {
        log_warn("names.mdb: the record \"%s\" is damaged", key);
        return true;
    }
    return listing->visit(listing->context, &function);
}

bool store_list_functions(struct store *store, const char *user,
                          bool (*visit)(void *context, const struct store_function *function),
                          void *context, struct error *error) {
    char prefix[STORE_KEY_MAX] = "f ";
    if (user != NULL) {
        if (!check_names(user, "any", error)) {
            return false;
        }
        snprintf(prefix, sizeof prefix, "f %s ", user);
    }
    struct listing listing = {visit, context};
    return store->driver.iterate(store->driver.state, prefix, NULL, list_one, &listing, error);
}

// ---- Files --------------------------------------------------------------------------------------

bool store_blob_path(struct store *store, const char *digest, char path[PATH_MAX],
                     struct error *error) {
    return folder_digest_path(store->folder, FOLDER_BLOBS, digest, "", path, error);
}

bool store_find_blob(struct store *store, const char *digest, char path[PATH_MAX],
                     struct error *error) {
    if (!store_blob_path(store, digest, path, error)) {
        return false;
    }
    struct buffer contents = {0};
    if (!file_read(path, SIZE_MAX, &contents, error)) {
        return false;
    }
    char found[STORE_DIGEST_LENGTH + 1];
    store_digest(buffer_bytes(&contents), found);
    buffer_destroy(&contents);
    if (strcmp(found, digest) != 0) {
        return error_set(error, ERROR_IO, "%s is damaged: upload the function again", path);
    }
    return true;
}

bool store_object_path(struct store *store, const char *digest, const char *compiler_key,
                       char path[PATH_MAX], struct error *error) {
    if (!store_name_valid(compiler_key)) {
        return error_set(error, ERROR_ARGUMENT, "bad compiler key \"%.80s\"", compiler_key);
    }
    char suffix[STORE_NAME_MAX + 8];
    snprintf(suffix, sizeof suffix, "-%s.so", compiler_key);
    return folder_digest_path(store->folder, FOLDER_OBJECTS, digest, suffix, path, error);
}

bool store_write_temporary(struct store *store, struct bytes contents, char path[PATH_MAX],
                           struct error *error) {
    return folder_write_temporary(store->folder, contents, path, error);
}
