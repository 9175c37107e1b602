#include "runtime/user_files.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

struct user_layers {
    char user[STORE_NAME_MAX + 1];
    struct layer *local, *shared;
    UT_hash_handle hh;
};

static struct file_store *open_store(const char *folder, const char *store_folder,
                                     const struct file_driver *driver, struct error *error) {
    char path[PATH_MAX];
    if (driver == NULL && store_folder != NULL) {
        return file_store_open(store_folder, error);
    }
    int length =
        snprintf(path, sizeof path, "%s/%s", folder, driver != NULL ? "uploads" : "file-store");
    if (length < 0 || (size_t)length >= sizeof path) {
        error_set(error, ERROR_ARGUMENT, "path too long: %.200s", folder);
        if (driver != NULL) {
            driver->close(driver->state);
        }
        return NULL;
    }
    return driver != NULL ? file_store_new(driver, path, error) : file_store_open(path, error);
}

bool user_files_open(struct user_files *files, const char *folder, const char *store_folder,
                     const struct file_driver *driver, uint64_t bytes, uint64_t entries,
                     struct error *error) {
    struct file_store *store = open_store(folder, store_folder, driver, error);
    if (store == NULL) {
        return false;
    }
    *files =
        (struct user_files){.store = store, .folder = folder, .bytes = bytes, .entries = entries};
    pthread_mutex_init(&files->mutex, NULL);
    return true;
}

static void delete_layers(struct user_layers *layers) {
    layer_close(layers->local);
    layer_close(layers->shared);
    free(layers);
}

void user_files_close(struct user_files *files) {
    struct user_layers *layers, *next;
    if (files->store == NULL) {
        return;
    }
    HASH_ITER(hh, files->users, layers, next) {
        HASH_DEL(files->users, layers); // NOLINT(clang-analyzer-unix.Malloc)
        delete_layers(layers);
    }
    pthread_mutex_destroy(&files->mutex);
    file_store_close(files->store);
    files->store = NULL;
}

static struct layer *open_layer(const struct user_files *files, const char *user,
                                enum layer_kind kind, struct error *error) {
    bool is_local = kind == LAYER_LOCAL;
    char folder[PATH_MAX];
    char own[PATH_MAX];
    int length = snprintf(folder, sizeof folder, "%s/%s/%s", files->folder,
                          is_local ? "files" : "shared-files", user);
    int own_length = snprintf(own, sizeof own, "%s/layers/%s/%s", files->folder, user,
                              is_local ? "local" : "shared");
    if (length < 0 || own_length < 0 || (size_t)length >= sizeof folder ||
        (size_t)own_length >= sizeof own) {
        error_set(error, ERROR_ARGUMENT, "path too long: %.200s", files->folder);
        return NULL;
    }
    const struct layer_config config = {
        .store = files->store,
        .user = user,
        .folder = folder,
        .own_folder = own,
        .kind = kind,
        .bytes = files->bytes,
        .entries = files->entries,
    };
    return layer_open(&config, error);
}

static struct user_layers *add_user(struct user_files *files, const char *user,
                                    struct error *error) {
    struct user_layers *layers = calloc(1, sizeof *layers);
    if (layers == NULL) {
        error_set(error, ERROR_MEMORY, "files of %.80s", user);
        return NULL;
    }
    snprintf(layers->user, sizeof layers->user, "%s", user);
    layers->local = open_layer(files, user, LAYER_LOCAL, error);
    layers->shared = layers->local == NULL ? NULL : open_layer(files, user, LAYER_SHARED, error);
    if (layers->shared == NULL) {
        delete_layers(layers);
        return NULL;
    }
    HASH_ADD_STR(files->users, user, layers);
    return layers;
}

bool user_files_layers(struct user_files *files, const char *user, struct layer **local,
                       struct layer **shared, struct error *error) {
    struct user_layers *layers;
    pthread_mutex_lock(&files->mutex);
    HASH_FIND_STR(files->users, user, layers);
    if (layers == NULL) {
        layers = add_user(files, user, error);
    }
    pthread_mutex_unlock(&files->mutex);
    if (layers != NULL) {
        *local = layers->local;
        *shared = layers->shared;
    }
    return layers != NULL;
}
