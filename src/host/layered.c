#include "host/layered.h"

#include "host/wasi.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_shared(const struct layer *layer) {
    return layer != NULL && layer_kind_of(layer) == LAYER_SHARED;
}

// ---- Opening ------------------------------------------------------------------------------------

enum { FILE_MODE = 0666, CREATE_ATTEMPTS = 8 };

// Makes what is opened, counted against the user's limit.
static uint32_t create_counted(struct layer *layer, int folder, const char *path, int flags,
                               int *fd) {
    uint32_t failure = wasi_errno_of(layer_take_entry(layer));
    if (failure == WASI_SUCCESS) {
        failure = sandbox_open(folder, path, flags, FILE_MODE, fd);
        if (failure != WASI_SUCCESS) {
            layer_return_entry(layer);
        }
    }
    return failure;
}

// Finds out whether the file is made by this, for the count of entries.
static uint32_t open_counted(struct layer *layer, int folder, const char *path, int flags,
                             int *fd) {
    for (int attempt = 0; attempt < CREATE_ATTEMPTS; attempt++) {
        if ((flags & O_EXCL) == 0) {
            uint32_t failure = sandbox_open(folder, path, flags & ~O_CREAT, 0, fd);
            if (failure != WASI_ENOENT || (flags & O_CREAT) == 0) {
                return failure;
            }
        }
        uint32_t failure = create_counted(layer, folder, path, flags | O_EXCL, fd);
        if (failure != WASI_EEXIST || (flags & O_EXCL) != 0) {
            return failure;
        }
    }
    // A link to nothing: what it leads to is made.
    return create_counted(layer, folder, path, flags, fd);
}

static uint32_t open_local(struct layer *layer, int folder, const char *path, int flags, int *fd,
                           struct layer_file **file) {
    bool truncates = (flags & O_TRUNC) != 0;
    struct stat status;
    int plain = flags & ~O_TRUNC;
    if (truncates && (flags & O_ACCMODE) == O_RDONLY) {
        plain |= O_RDWR; // the guest's rights say what it may do with it
    }
    uint32_t failure = open_counted(layer, folder, path, plain, fd);
    if (failure != WASI_SUCCESS || fstat(*fd, &status) != 0 || !S_ISREG(status.st_mode)) {
        return failure;
    }
    enum layer_access access = truncates                         ? LAYER_TRUNCATE
                               : (flags & O_ACCMODE) == O_RDONLY ? LAYER_READ
                                                                 : LAYER_WRITE;
    failure = wasi_errno_of(layer_file_open(layer, *fd, access, file));
    if (failure != WASI_SUCCESS) {
        close(*fd);
    }
    return failure;
}

// Shared files that are opened for reading only are read where they are.
static uint32_t open_shared(struct layer *layer, int folder, const char *path, int flags, int *fd,
                            struct layer_file **file) {
    bool writes = (flags & O_ACCMODE) != O_RDONLY || (flags & O_TRUNC) != 0;
    if (!writes) {
        uint32_t failure = open_local(layer, folder, path, flags & ~O_CREAT, fd, file);
        bool exclusive = (flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL);
        if (failure == WASI_SUCCESS && exclusive) {
            if (*file != NULL) {
                layer_file_close(*file, *fd);
                *file = NULL;
            }
            close(*fd);
            return WASI_EEXIST;
        }
        if (failure != WASI_ENOENT || (flags & O_CREAT) == 0) {
            return failure;
        }
    }
    if ((flags & O_DIRECTORY) != 0) {
        return WASI_EISDIR;
    }
    struct sandbox_parent parent;
    uint32_t failure = sandbox_open_parent(folder, path, &parent);
    if (failure != WASI_SUCCESS) {
        return failure;
    }
    int access = (flags & O_ACCMODE) == O_RDONLY ? flags | O_RDWR : flags;
    failure = wasi_errno_of(layer_stage(layer, parent.fd, parent.name, access, fd, file));
    sandbox_close_parent(&parent);
    return failure;
}

uint32_t layered_open(struct layer *layer, int folder, const char *path, int flags, int *fd,
                      struct layer_file **file) {
    *file = NULL;
    if (layer == NULL) {
        return sandbox_open(folder, path, flags, FILE_MODE, fd);
    }
    return is_shared(layer) ? open_shared(layer, folder, path, flags, fd, file)
                            : open_local(layer, folder, path, flags, fd, file);
}

// ---- Entries ------------------------------------------------------------------------------------

// Before an entry is made, and after it: `made` is 0, or -1 with errno set.
static int take_entry(struct layer *layer) {
    return layer == NULL ? 0 : layer_take_entry(layer);
}

static int entry_made(struct layer *layer, int made) {
    int failure = made == 0 ? 0 : errno;
    if (failure != 0 && layer != NULL) {
        layer_return_entry(layer);
    }
    return failure;
}

int layered_make_folder(struct layer *layer, const struct sandbox_parent *parent) {
    int failure = take_entry(layer);
    return failure != 0 ? failure : entry_made(layer, mkdirat(parent->fd, parent->name, 0777));
}

static int remove_entry(struct layer *layer, const struct sandbox_parent *parent, int flags) {
    struct stat before;
    bool known =
        layer != NULL && fstatat(parent->fd, parent->name, &before, AT_SYMLINK_NOFOLLOW) == 0;
    if (unlinkat(parent->fd, parent->name, flags) != 0) {
        return errno;
    }
    if (known) {
        layer_removed(layer, &before);
    }
    return layer == NULL ? 0 : layer_hide(layer, parent->fd, parent->name);
}

int layered_remove_folder(struct layer *layer, const struct sandbox_parent *parent) {
    return remove_entry(layer, parent, AT_REMOVEDIR);
}

int layered_remove_file(struct layer *layer, const struct sandbox_parent *parent) {
    struct stat status;
    if (!is_shared(layer)) {
        return remove_entry(layer, parent, 0);
    }
    if (fstatat(parent->fd, parent->name, &status, AT_SYMLINK_NOFOLLOW) != 0) {
        return errno;
    }
    return S_ISDIR(status.st_mode) ? EISDIR : layer_shared_remove(layer, parent->fd, parent->name);
}

int layered_symlink(struct layer *layer, const char *target, const struct sandbox_parent *parent) {
    int failure = is_shared(layer) ? ENOTSUP : take_entry(layer);
    return failure != 0 ? failure : entry_made(layer, symlinkat(target, parent->fd, parent->name));
}

static int rename_local(struct layer *layer, const struct sandbox_parent *from,
                        const struct sandbox_parent *to) {
    struct stat before, source;
    int failure = layer_localize(layer, from->fd, from->name);
    if (failure != 0) {
        return failure;
    }
    bool replaces = fstatat(to->fd, to->name, &before, AT_SYMLINK_NOFOLLOW) == 0;
    bool known = fstatat(from->fd, from->name, &source, AT_SYMLINK_NOFOLLOW) == 0;
    if (renameat(from->fd, from->name, to->fd, to->name) != 0) {
        return errno;
    }
    bool same = replaces && known && before.st_ino == source.st_ino;
    if (replaces && !same) {
        layer_removed(layer, &before);
    }
    return same ? 0 : layer_hide(layer, from->fd, from->name);
}

int layered_rename(struct layer *from_layer, const struct sandbox_parent *from,
                   struct layer *to_layer, const struct sandbox_parent *to) {
    if (from_layer != to_layer) {
        return EXDEV;
    }
    if (is_shared(from_layer)) {
        return layer_shared_rename(from_layer, from->fd, from->name, to->fd, to->name);
    }
    if (from_layer != NULL) {
        return rename_local(from_layer, from, to);
    }
    return renameat(from->fd, from->name, to->fd, to->name) == 0 ? 0 : errno;
}

// Through procfs, as linkat with AT_EMPTY_PATH wants a privilege for what was opened with O_PATH.
int layered_link(struct layer *from_layer, int fd, struct layer *to_layer,
                 const struct sandbox_parent *to) {
    char source[64];
    if (from_layer != to_layer) {
        return EXDEV;
    }
    int failure = is_shared(from_layer) ? ENOTSUP : 0;
    if (failure == 0 && from_layer != NULL) {
        failure = layer_own(from_layer, fd);
    }
    failure = failure != 0 ? failure : take_entry(to_layer);
    if (failure != 0) {
        return failure;
    }
    snprintf(source, sizeof source, "/proc/self/fd/%d", fd);
    return entry_made(to_layer, linkat(AT_FDCWD, source, to->fd, to->name, AT_SYMLINK_FOLLOW));
}
