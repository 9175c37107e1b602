// Shared files: what is opened for writing is a private copy until it is published.
#include "store/layer_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int errno_of(const struct error *error) {
    switch (error->code) {
    case ERROR_NOT_FOUND:
        return ENOENT;
    case ERROR_TOO_LARGE:
        return EDQUOT;
    case ERROR_CONFLICT:
        return ENOTDIR;
    case ERROR_ARGUMENT:
        return EINVAL;
    case ERROR_MEMORY:
        return ENOMEM;
    default:
        return EIO;
    }
}

static int stored_path(const struct layer *layer, int parent, const char *name,
                       char path[PATH_MAX]) {
    int failure = layer_path_of(layer, parent, name, path);
    if (failure != 0) {
        return failure;
    }
    if (strlen(path) > FILE_STORE_PATH_MAX) {
        return ENAMETOOLONG;
    }
    return file_store_path_valid(path) ? 0 : EINVAL;
}

static int copy_contents(struct layer *layer, const struct stored_file *stored, int to) {
    struct error error;
    struct file_contents *from = file_store_contents(layer->config.store, stored, &error);
    if (from == NULL) {
        return EIO;
    }
    int failure = file_contents_copy(from, 0, stored->size, to, 0, &error);
    file_contents_close(from);
    return failure;
}

static int note_copy(struct layer *layer, int fd, const char *path, struct layer_file **file) {
    char *staged = strdup(path);
    int failure = staged == NULL ? ENOMEM : layer_file_open(layer, fd, LAYER_WRITE, file);
    if (failure != 0) {
        free(staged);
        return failure;
    }
    (*file)->staged = staged;
    pthread_mutex_lock(&layer->mutex);
    (*file)->inode->removed = true; // it has no name
    layer->bytes += (*file)->inode->charged;
    pthread_mutex_unlock(&layer->mutex);
    return 0;
}

int layer_stage(struct layer *layer, int parent, const char *name, int flags, int *fd,
                struct layer_file **file) {
    char path[PATH_MAX];
    struct stored_file stored;
    struct error error = {0};
    int failure = stored_path(layer, parent, name, path);
    if (failure != 0) {
        return failure;
    }
    bool there = file_store_get(layer->config.store, layer->config.user, path, &stored, &error);
    if (!there && error.code != ERROR_NOT_FOUND) {
        return errno_of(&error);
    }
    bool is_folder = false;
    if (!there &&
        !file_store_has(layer->config.store, layer->config.user, path, &is_folder, &error)) {
        return errno_of(&error);
    }
    if (is_folder) {
        return EISDIR;
    }
    if (there ? (flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL) : (flags & O_CREAT) == 0) {
        return there ? EEXIST : ENOENT;
    }
    // Copying does not go to what only appends.
    int mode = flags & ~(O_CREAT | O_EXCL | O_TRUNC | O_NOFOLLOW | O_DIRECTORY | O_APPEND);
    *fd = open(layer->own_folder, mode | O_TMPFILE | O_CLOEXEC, LAYER_MODE);
    if (*fd < 0) {
        return errno;
    }
    if (there && (flags & O_TRUNC) == 0) {
        failure = copy_contents(layer, &stored, *fd);
    }
    if (failure == 0 && (flags & O_APPEND) != 0 && fcntl(*fd, F_SETFL, O_APPEND) != 0) {
        failure = errno;
    }
    failure = failure != 0 ? failure : note_copy(layer, *fd, path, file);
    if (failure != 0) {
        close(*fd);
    }
    return failure;
}

int layer_publish(struct layer_file *file, int fd) {
    if (file->staged == NULL) {
        return 0;
    }
    struct layer *layer = file->layer;
    char path[64];
    struct error error;
    // The descriptor may be open for writing only.
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    int reading = open(path, O_RDONLY | O_CLOEXEC);
    if (reading < 0) {
        return errno;
    }
    bool done = file_store_put_open(layer->config.store, layer->config.user, file->staged, reading,
                                    layer->config.bytes, NULL, &error);
    close(reading);
    if (!done) {
        return errno_of(&error);
    }
    layer_sync(layer);
    return 0;
}

void layer_discard(struct layer_file *file) {
    free(file->staged);
    file->staged = NULL;
}

int layer_shared_remove(struct layer *layer, int parent, const char *name) {
    char path[PATH_MAX];
    struct error error;
    int failure = stored_path(layer, parent, name, path);
    if (failure != 0) {
        return failure;
    }
    if (!file_store_remove(layer->config.store, layer->config.user, path, &error)) {
        return errno_of(&error);
    }
    layer_sync(layer);
    return 0;
}

int layer_shared_rename(struct layer *layer, int from_parent, const char *from, int to_parent,
                        const char *to) {
    char source[PATH_MAX];
    char target[PATH_MAX];
    struct error error;
    int failure = stored_path(layer, from_parent, from, source);
    failure = failure != 0 ? failure : stored_path(layer, to_parent, to, target);
    if (failure != 0) {
        return failure;
    }
    if (!file_store_rename(layer->config.store, layer->config.user, source, target, &error)) {
        return errno_of(&error);
    }
    layer_sync(layer);
    return 0;
}
