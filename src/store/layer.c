// Opening a layer, and bringing it up to what the store says.
#include "base/file.h"
#include "base/log.h"
#include "store/layer_private.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

// ---- Inodes -------------------------------------------------------------------------------------

struct layer_inode *layer_find_inode(struct layer *layer, uint64_t number) {
    struct layer_inode *inode;
    HASH_FIND(hh, layer->inodes, &number, sizeof number, inode);
    return inode;
}

struct layer_inode *layer_add_inode(struct layer *layer, uint64_t number) {
    struct layer_inode *inode = calloc(1, sizeof *inode);
    if (inode != NULL) {
        inode->number = number;
        inode->cache = -1;
        HASH_ADD(hh, layer->inodes, number, sizeof inode->number, inode);
    }
    return inode;
}

void layer_unlist(struct layer *layer, struct layer_inode *inode) {
    if (inode->listed) {
        HASH_DELETE(path, layer->by_path, inode); // NOLINT(clang-analyzer-unix.Malloc)
        inode->listed = false;
    }
}

void layer_drop_inode(struct layer *layer, struct layer_inode *inode) {
    if (inode->opens > 0 || inode->listed) {
        return;
    }
    HASH_DELETE(hh, layer->inodes, inode); // NOLINT(clang-analyzer-unix.Malloc)
    if (inode->contents != NULL) {
        file_contents_close(inode->contents);
    }
    if (inode->cache >= 0) {
        close(inode->cache);
    }
    free(inode->there);
    free(inode);
}

static struct layer_inode *find_path(struct layer *layer, const char *path) {
    struct layer_inode *inode;
    HASH_FIND(path, layer->by_path, path, strlen(path), inode);
    return inode;
}

// ---- Placeholders -------------------------------------------------------------------------------

// A folder below the root, no links on the way; made where it is not there. -1: something else is.
static int open_parent(struct layer *layer, const char *path, bool make) {
    char part[FILE_STORE_PATH_MAX + 1];
    struct open_how how = {
        .flags = O_PATH | O_DIRECTORY | O_CLOEXEC,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
    };
    const char *slash = strrchr(path, '/');
    size_t length = slash == NULL ? 0 : (size_t)(slash - path);
    snprintf(part, sizeof part, "%.*s", (int)length, path);
    int fd = (int)syscall(SYS_openat2, layer->root, length == 0 ? "." : part, &how, sizeof how);
    if (fd >= 0 || errno != ENOENT || !make) {
        return fd;
    }
    int above = open_parent(layer, part, true);
    slash = strrchr(part, '/');
    if (above >= 0) {
        if (mkdirat(above, slash == NULL ? part : slash + 1, 0700) == 0) {
            layer->entries++;
        }
        close(above);
        fd = (int)syscall(SYS_openat2, layer->root, part, &how, sizeof how);
    }
    return fd;
}

static const char *last_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

// A file of the right size and time beside the folder, to be renamed into it.
static int make_placeholder(struct layer *layer, const struct stored_file *stored,
                            char path[PATH_MAX], struct stat *status) {
    snprintf(path, PATH_MAX, "%s/placeholder-XXXXXX", layer->own_folder);
    int fd = mkostemp(path, O_CLOEXEC);
    if (fd < 0) {
        return errno;
    }
    const struct timespec time = {.tv_sec = (time_t)(stored->modified / 1000000000u),
                                  .tv_nsec = (long)(stored->modified % 1000000000u)};
    const struct timespec times[2] = {time, time};
    bool done = ftruncate(fd, (off_t)stored->size) == 0 &&
                fchmod(fd, LAYER_MODE | LAYER_MARK) == 0 && futimens(fd, times) == 0 &&
                fstat(fd, status) == 0;
    int failure = done ? 0 : errno;
    close(fd);
    if (failure != 0) {
        unlink(path);
    }
    return failure;
}

static int note_placeholder(struct layer *layer, const struct stored_file *stored,
                            const struct stat *status) {
    struct layer_inode *inode = layer_add_inode(layer, status->st_ino);
    uint64_t pieces = (stored->size + LAYER_PIECE - 1) / LAYER_PIECE;
    uint8_t *there = calloc(pieces + 1, 1);
    if (inode == NULL || there == NULL) {
        free(there);
        if (inode != NULL) {
            layer_drop_inode(layer, inode);
        }
        return ENOMEM;
    }
    inode->placeholder = true;
    inode->stored = *stored;
    inode->there = there;
    inode->missing = pieces;
    inode->listed = true;
    HASH_ADD(path, layer->by_path, stored.path[0], strlen(inode->stored.path), inode);
    return 0;
}

// Puts a placeholder where nothing is, or an older one.
static int place(struct layer *layer, int parent, const struct stored_file *stored) {
    char path[PATH_MAX];
    struct stat status = {0};
    int failure = make_placeholder(layer, stored, path, &status);
    if (failure != 0) {
        return failure;
    }
    struct layer_inode *older = find_path(layer, stored->path);
    if (older != NULL) {
        layer_unlist(layer, older);
        layer_drop_inode(layer, older);
    }
    failure = note_placeholder(layer, stored, &status);
    if (failure == 0 && renameat(AT_FDCWD, path, parent, last_name(stored->path)) != 0) {
        failure = errno;
        struct layer_inode *inode = find_path(layer, stored->path);
        layer_unlist(layer, inode);
        layer_drop_inode(layer, inode);
    }
    if (failure != 0) {
        unlink(path);
    }
    return failure;
}

static int remove_placeholder(struct layer *layer, int parent, const char *path) {
    struct layer_inode *inode = find_path(layer, path);
    if (inode == NULL) {
        return 0;
    }
    layer_unlist(layer, inode);
    layer_drop_inode(layer, inode);
    return unlinkat(parent, last_name(path), 0) == 0 ? 0 : errno;
}

// ---- Bringing it up to date ---------------------------------------------------------------------

// What is at the path must be nothing, or the placeholder that is known there: all else is local.
static bool is_local(struct layer *layer, int parent, const char *path) {
    struct stat status;
    if (fstatat(parent, last_name(path), &status, AT_SYMLINK_NOFOLLOW) != 0) {
        return false;
    }
    const struct layer_inode *inode = find_path(layer, path);
    return inode == NULL || inode->number != status.st_ino;
}

static int apply(struct layer *layer, const struct stored_file *stored) {
    const struct layer_inode *inode = find_path(layer, stored->path);
    if (inode != NULL && !stored->removed && strcmp(inode->stored.digest, stored->digest) == 0) {
        return 0;
    }
    if (layer_hidden(layer, stored->path)) {
        return 0;
    }
    int parent = open_parent(layer, stored->path, !stored->removed);
    if (parent < 0) { // a local file or link is in the way: it hides what would be below
        return errno == ENOMEM || errno == EMFILE ? errno : 0;
    }
    int failure = 0;
    if (stored->removed) {
        failure = is_local(layer, parent, stored->path)
                      ? 0
                      : remove_placeholder(layer, parent, stored->path);
    } else if (!is_local(layer, parent, stored->path)) {
        failure = place(layer, parent, stored);
    }
    close(parent);
    return failure;
}

struct sync {
    struct layer *layer;
    int failure;
};

static bool apply_change(void *context, const struct stored_file *stored) {
    struct sync *sync = context;
    sync->failure = apply(sync->layer, stored);
    return sync->failure == 0;
}

void layer_sync(struct layer *layer) {
    uint64_t now = file_store_sequence(layer->config.store, layer->config.user);
    if (now == atomic_load_explicit(&layer->synced, memory_order_acquire)) {
        return;
    }
    struct error error = {0};
    struct sync sync = {.layer = layer};
    pthread_mutex_lock(&layer->mutex);
    uint64_t since = atomic_load(&layer->synced);
    bool done = since >= now || (file_store_changes(layer->config.store, layer->config.user, since,
                                                    apply_change, &sync, &error) &&
                                 sync.failure == 0);
    if (done && since < now) {
        atomic_store_explicit(&layer->synced, now, memory_order_release);
    }
    pthread_mutex_unlock(&layer->mutex);
    if (!done) {
        log_warn("files of %s: not up to date: %s", layer->config.user,
                 sync.failure != 0 ? strerror(sync.failure) : error.message);
    }
}

// ---- Opening ------------------------------------------------------------------------------------

// Counts what is local, and removes placeholders: which contents they were made for is not known.
static bool count_entries(struct layer *layer, struct error *error) {
    char *const paths[] = {layer->folder, NULL};
    FTS *walk = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR | FTS_XDEV, NULL);
    const FTSENT *entry;
    if (walk == NULL) {
        return error_set_errno(error, errno, "%s", layer->folder);
    }
    while ((entry = fts_read(walk)) != NULL) {
        if (entry->fts_info == FTS_DP || entry->fts_level == 0) {
            continue;
        }
        const struct stat *status = entry->fts_statp;
        if (entry->fts_info == FTS_F && (status->st_mode & LAYER_MARK) != 0) {
            unlink(entry->fts_path);
            continue;
        }
        layer->entries++;
        if (entry->fts_info == FTS_F) { // each of its names a part of it
            layer->bytes += (uint64_t)status->st_blocks * 512 / status->st_nlink;
        }
    }
    fts_close(walk);
    return true;
}

static bool open_folders(struct layer *layer, struct error *error) {
    char path[PATH_MAX];
    if (!file_make_folders(layer->config.folder, error) ||
        !file_make_folders(layer->config.own_folder, error)) {
        return false;
    }
    if (realpath(layer->config.folder, path) == NULL || strlen(path) >= sizeof layer->folder) {
        return error_set(error, ERROR_IO, "%s: no usable path", layer->config.folder);
    }
    memcpy(layer->folder, path, strlen(path) + 1);
    if (realpath(layer->config.own_folder, path) == NULL ||
        strlen(path) >= sizeof layer->own_folder) {
        return error_set(error, ERROR_IO, "%s: no usable path", layer->config.own_folder);
    }
    memcpy(layer->own_folder, path, strlen(path) + 1);
    layer->root = open(layer->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return layer->root >= 0 || error_set_errno(error, errno, "%s", layer->folder);
}

struct layer *layer_open(const struct layer_config *config, struct error *error) {
    struct layer *layer = calloc(1, sizeof *layer);
    if (layer == NULL) {
        error_set(error, ERROR_MEMORY, "files of a user");
        return NULL;
    }
    layer->config = *config;
    layer->root = -1;
    layer->whiteout_file = -1;
    pthread_mutex_init(&layer->mutex, NULL);
    layer->config.user = strdup(config->user);
    layer->config.folder = strdup(config->folder);
    layer->config.own_folder = strdup(config->own_folder);
    bool copied = layer->config.user != NULL && layer->config.folder != NULL &&
                  layer->config.own_folder != NULL;
    if (!copied) {
        error_set(error, ERROR_MEMORY, "files of a user");
    }
    if (!copied || !open_folders(layer, error) || !layer_load_whiteouts(layer, error) ||
        !count_entries(layer, error)) {
        layer_close(layer);
        return NULL;
    }
    return layer;
}

void layer_close(struct layer *layer) {
    struct layer_inode *inode, *next;
    if (layer == NULL) {
        return;
    }
    HASH_ITER(hh, layer->inodes, inode, next) {
        // cppcheck-suppress uninitvar ; HASH_ITER sets it
        layer_unlist(layer, inode);
        inode->opens = 0;
        layer_drop_inode(layer, inode);
    }
    layer_free_whiteouts(layer);
    if (layer->root >= 0) {
        close(layer->root);
    }
    pthread_mutex_destroy(&layer->mutex);
    free((void *)layer->config.user);
    free((void *)layer->config.folder);
    free((void *)layer->config.own_folder);
    free(layer);
}

enum layer_kind layer_kind_of(const struct layer *layer) {
    return layer->config.kind;
}

const char *layer_folder(const struct layer *layer) {
    return layer->folder;
}

void layer_usage(struct layer *layer, uint64_t *bytes, uint64_t *entries) {
    pthread_mutex_lock(&layer->mutex);
    *bytes = layer->bytes;
    *entries = layer->entries;
    pthread_mutex_unlock(&layer->mutex);
}
