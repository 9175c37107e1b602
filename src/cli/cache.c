#include "cli/cache.h"

#include "base/file.h"
#include "store/object_cache.h"
#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool cache_folder(char folder[PATH_MAX], struct error *error) {
    static const struct {
        const char *variable, *below;
    } places[] = {{"FAASM_CACHE", ""}, {"XDG_CACHE_HOME", "/faasm"}, {"HOME", "/.cache/faasm"}};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        const char *value = getenv(places[i].variable);
        if (value == NULL || value[0] == '\0') {
            continue;
        }
        int length = snprintf(folder, PATH_MAX, "%s%s", value, places[i].below);
        return (length > 0 && length < PATH_MAX) ||
               error_set(error, ERROR_ARGUMENT, "%s is too long", places[i].variable);
    }
    return error_set(error, ERROR_ARGUMENT,
                     "no place for the cache: set FAASM_CACHE to a folder (HOME is not set)");
}

bool cache_object_path(const struct compile_config *config, struct bytes wasm, char path[PATH_MAX],
                       struct error *error) {
    char folder[PATH_MAX];
    char key[65];
    char digest[STORE_DIGEST_LENGTH + 1];
    if (!cache_folder(folder, error) || !compile_key(config, key, error)) {
        return false;
    }
    store_digest(wasm, digest);
    int length = snprintf(path, PATH_MAX, "%s/%s-%s.so", folder, digest, key);
    return (length > 0 && length < PATH_MAX) ||
           error_set(error, ERROR_ARGUMENT, "the path of the cache is too long: %.200s", folder);
}

// FAASM_CACHE_MB, by default 4,096.
static uint64_t cache_limit(void) {
    const char *value = getenv("FAASM_CACHE_MB");
    char *end = NULL;
    unsigned long long megabytes = value != NULL ? strtoull(value, &end, 10) : 0;
    bool given = end != NULL && end != value && *end == '\0' && megabytes < UINT64_MAX >> 20;
    return (given ? (uint64_t)megabytes : 4096) << 20;
}

bool cache_compile(const struct compile_config *config, struct bytes wasm, const char *path,
                   struct error *error) {
    char folder[PATH_MAX];
    char temporary[PATH_MAX];
    if (!cache_folder(folder, error) || !file_make_folders(folder, error)) {
        return false;
    }
    // A file of its own for the wasm: what is compiled is then what was read and named, whatever
    // happens to the file it came from.
    if (!file_write_temporary(folder, ".wasm", wasm, temporary, error)) {
        return false;
    }
    bool done = compile_module(config, temporary, path, error);
    unlink(temporary);
    return done;
}

void cache_trim(void) {
    char folder[PATH_MAX];
    if (cache_folder(folder, NULL)) {
        object_cache_trim(folder, cache_limit());
    }
}
