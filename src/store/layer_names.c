// Changes of a layer's names: whiteouts, and placeholders that become local.
#include "store/layer_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

// ---- Paths --------------------------------------------------------------------------------------

static size_t name_length(const char *name) {
    size_t length = strlen(name);
    while (length > 0 && name[length - 1] == '/') {
        length--;
    }
    return length;
}

int layer_path_of(const struct layer *layer, int parent, const char *name, char path[PATH_MAX]) {
    char link[64];
    char folder[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", parent);
    ssize_t got = readlink(link, folder, sizeof folder - 1);
    if (got < 0) {
        return errno;
    }
    folder[got] = '\0';
    size_t root = strlen(layer->folder);
    if (strncmp(folder, layer->folder, root) != 0 ||
        (folder[root] != '/' && folder[root] != '\0')) {
        return ENOENT;
    }
    const char *below = folder[root] == '/' ? folder + root + 1 : folder + root;
    int length = snprintf(path, PATH_MAX, "%s%s%.*s", below, below[0] == '\0' ? "" : "/",
                          (int)name_length(name), name);
    return length < PATH_MAX ? 0 : ENAMETOOLONG;
}

// ---- Whiteouts ----------------------------------------------------------------------------------

static struct layer_whiteout *find_whiteout(struct layer *layer, const char *path) {
    struct layer_whiteout *whiteout;
    HASH_FIND_STR(layer->whiteouts, path, whiteout);
    return whiteout;
}

bool layer_hidden(struct layer *layer, const char *path) {
    char part[FILE_STORE_PATH_MAX + 1];
    snprintf(part, sizeof part, "%s", path);
    while (true) {
        if (find_whiteout(layer, part) != NULL) {
            return true;
        }
        char *slash = strrchr(part, '/');
        if (slash == NULL) {
            return false;
        }
        *slash = '\0';
    }
}

static bool note_whiteout(struct layer *layer, const char *path) {
    struct layer_whiteout *whiteout = calloc(1, sizeof *whiteout);
    if (whiteout == NULL) {
        return false;
    }
    snprintf(whiteout->path, sizeof whiteout->path, "%s", path);
    HASH_ADD_STR(layer->whiteouts, path, whiteout);
    return true;
}

// The file has a NUL behind every path: a path may hold anything else.
bool layer_load_whiteouts(struct layer *layer, struct error *error) {
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/whiteouts", layer->own_folder);
    layer->whiteout_file = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    FILE *file = layer->whiteout_file < 0 ? NULL : fopen(path, "re");
    if (file == NULL) {
        return error_set_errno(error, errno, "%s", path);
    }
    char *line = NULL;
    size_t capacity = 0;
    ssize_t got;
    off_t end = 0;
    bool done = true;
    while (done && (got = getdelim(&line, &capacity, '\0', file)) > 0) {
        if (line[got - 1] != '\0') {
            break;
        }
        end += got;
        if (file_store_path_valid(line) && find_whiteout(layer, line) == NULL) {
            done = note_whiteout(layer, line) || error_set(error, ERROR_MEMORY, "%s", path);
        }
    }
    free(line);
    fclose(file);
    // One that was cut by a crash was not relied on yet; the next begins in its place.
    if (done && ftruncate(layer->whiteout_file, end) != 0) {
        done = error_set_errno(error, errno, "%s", path);
    }
    return done;
}

void layer_free_whiteouts(struct layer *layer) {
    struct layer_whiteout *whiteout, *next;
    HASH_ITER(hh, layer->whiteouts, whiteout, next) {
        HASH_DEL(layer->whiteouts, whiteout); // NOLINT(clang-analyzer-unix.Malloc)
        free(whiteout);
    }
    if (layer->whiteout_file >= 0) {
        close(layer->whiteout_file);
    }
}

static int add_whiteout(struct layer *layer, const char *path) {
    size_t size = strlen(path) + 1;
    off_t end = lseek(layer->whiteout_file, 0, SEEK_END);
    ssize_t written = write(layer->whiteout_file, path, size);
    int failure = written < 0 ? errno : written != (ssize_t)size ? ENOSPC : 0;
    if (failure == 0 && fdatasync(layer->whiteout_file) != 0) {
        failure = errno;
    }
    if (failure != 0) { // what is there of it would be a part of the next
        return end >= 0 && ftruncate(layer->whiteout_file, end) == 0 ? failure : EIO;
    }
    return note_whiteout(layer, path) ? 0 : ENOMEM;
}

int layer_hide(struct layer *layer, int parent, const char *name) {
    char path[PATH_MAX];
    struct error ignored;
    bool has;
    if (layer->config.kind == LAYER_SHARED || layer_path_of(layer, parent, name, path) != 0 ||
        !file_store_path_valid(path)) {
        return 0;
    }
    // Where it is not known, the path must not show up again later.
    if (file_store_has(layer->config.store, layer->config.user, path, &has, &ignored) && !has) {
        return 0;
    }
    pthread_mutex_lock(&layer->mutex);
    int failure = layer_hidden(layer, path) ? 0 : add_whiteout(layer, path);
    pthread_mutex_unlock(&layer->mutex);
    return failure;
}

// ---- Becoming local -----------------------------------------------------------------------------

int layer_make_local(struct layer *layer, struct layer_inode *inode, bool empty) {
    struct stat status;
    // What has no mark any more is taken for the guest's own, also after a crash in between.
    int failure = !empty                            ? layer_fill_inode(inode, 0, inode->stored.size)
                  : ftruncate(inode->cache, 0) == 0 ? 0
                                                    : errno;
    if (failure != 0) {
        return failure;
    }
    if (fdatasync(inode->cache) != 0 || fchmod(inode->cache, LAYER_MODE) != 0 ||
        fstat(inode->cache, &status) != 0) {
        return errno;
    }
    inode->placeholder = false;
    inode->missing = 0;
    inode->charged = (uint64_t)status.st_blocks * 512;
    layer->bytes += inode->charged;
    layer->entries++;
    layer_unlist(layer, inode);
    return 0;
}

// With the mutex held.
static int own(struct layer *layer, int fd) {
    struct stat status;
    if (fstat(fd, &status) != 0) {
        return errno;
    }
    struct layer_inode *inode = layer_find_inode(layer, status.st_ino);
    if (!S_ISREG(status.st_mode) || inode == NULL || !inode->placeholder) {
        return 0;
    }
    bool room = layer_has_entry(layer) && layer_has_room(layer, inode->stored.size);
    int failure = layer->config.kind == LAYER_SHARED ? ENOTSUP : room ? 0 : EDQUOT;
    failure = failure != 0 ? failure : layer_open_contents(layer, inode, fd);
    failure = failure != 0 ? failure : layer_make_local(layer, inode, false);
    layer_drop_inode(layer, inode);
    return failure;
}

int layer_own(struct layer *layer, int fd) {
    pthread_mutex_lock(&layer->mutex);
    int failure = own(layer, fd);
    pthread_mutex_unlock(&layer->mutex);
    return failure;
}

static int localize_file(struct layer *layer, int parent, const char *name) {
    int fd = openat(parent, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    int failure = fd < 0 ? errno : own(layer, fd);
    if (fd >= 0) {
        close(fd);
    }
    return failure;
}

static int localize_below(struct layer *layer, const char *path) {
    size_t length = strlen(path);
    struct layer_inode *inode, *next;
    HASH_ITER(path, layer->by_path, inode, next) {
        // cppcheck-suppress uninitvar ; HASH_ITER sets it
        const char *candidate = inode->stored.path;
        if (strncmp(candidate, path, length) == 0 && candidate[length] == '/') {
            int failure = localize_file(layer, layer->root, candidate);
            if (failure != 0) {
                return failure;
            }
        }
    }
    return 0;
}

int layer_localize(struct layer *layer, int parent, const char *name) {
    char path[PATH_MAX];
    struct stat status;
    char plain[PATH_MAX];
    snprintf(plain, sizeof plain, "%.*s", (int)name_length(name), name);
    if (layer->config.kind == LAYER_SHARED ||
        fstatat(parent, plain, &status, AT_SYMLINK_NOFOLLOW) != 0) {
        return 0;
    }
    int failure = 0;
    pthread_mutex_lock(&layer->mutex);
    if (S_ISREG(status.st_mode) && (status.st_mode & LAYER_MARK) != 0) {
        failure = localize_file(layer, parent, plain);
    } else if (S_ISDIR(status.st_mode) && layer_path_of(layer, parent, plain, path) == 0) {
        failure = localize_below(layer, path);
    }
    pthread_mutex_unlock(&layer->mutex);
    return failure;
}

// ---- Counting -----------------------------------------------------------------------------------

bool layer_has_entry(const struct layer *layer) {
    return layer->config.entries == 0 || layer->entries < layer->config.entries;
}

int layer_take_entry(struct layer *layer) {
    pthread_mutex_lock(&layer->mutex);
    int failure = layer_has_entry(layer) ? 0 : EDQUOT;
    layer->entries += failure == 0;
    pthread_mutex_unlock(&layer->mutex);
    return failure;
}

void layer_return_entry(struct layer *layer) {
    pthread_mutex_lock(&layer->mutex);
    layer->entries--;
    pthread_mutex_unlock(&layer->mutex);
}

void layer_removed(struct layer *layer, const struct stat *before) {
    pthread_mutex_lock(&layer->mutex);
    struct layer_inode *inode = layer_find_inode(layer, before->st_ino);
    bool placeholder = S_ISREG(before->st_mode) && (before->st_mode & LAYER_MARK) != 0;
    if (!placeholder && layer->entries > 0) {
        layer->entries--;
    }
    if (inode != NULL && inode->placeholder) {
        layer_unlist(layer, inode);
        layer_drop_inode(layer, inode);
    } else if (S_ISREG(before->st_mode) && before->st_nlink == 1 && !placeholder) {
        uint64_t bytes = (uint64_t)before->st_blocks * 512;
        if (inode != NULL) {
            inode->removed = true;
        } else {
            layer->bytes -= bytes < layer->bytes ? bytes : layer->bytes;
        }
    }
    pthread_mutex_unlock(&layer->mutex);
}
