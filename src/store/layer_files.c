// Open files of a layer: contents that come piece by piece, room for what is written, and private
// copies that are published.
#include "base/log.h"
#include "store/layer_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    CREDIT = 1 << 20, // reserved at a time
    SLACK = 16 << 10, // what a file system may need for a write beside its bytes
};

// ---- Contents -----------------------------------------------------------------------------------

static int copy_piece(const struct layer_inode *inode, uint64_t offset, uint64_t length) {
    struct error error;
    int failure = file_contents_copy(inode->contents, offset, length, inode->cache, offset, &error);
    if (failure != 0) {
        log_warn("%s: %s", inode->stored.path, error.message);
    }
    return failure;
}

// The placeholder keeps the time of what it stands for.
static void keep_time(const struct layer_inode *inode) {
    const struct timespec time = {.tv_sec = (time_t)(inode->stored.modified / 1000000000u),
                                  .tv_nsec = (long)(inode->stored.modified % 1000000000u)};
    const struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, time};
    (void)futimens(inode->cache, times);
}

int layer_fill_inode(struct layer_inode *inode, uint64_t offset, uint64_t length) {
    uint64_t size = inode->stored.size;
    if (!inode->placeholder || inode->missing == 0 || offset >= size || length == 0) {
        return 0;
    }
    length = length < size - offset ? length : size - offset;
    uint64_t last = (offset + length - 1) / LAYER_PIECE;
    bool copied = false;
    for (uint64_t piece = offset / LAYER_PIECE; piece <= last; piece++) {
        uint64_t begin = piece * LAYER_PIECE;
        uint64_t rest = size - begin;
        if (inode->there[piece]) {
            continue;
        }
        int failure = copy_piece(inode, begin, rest < LAYER_PIECE ? rest : LAYER_PIECE);
        if (failure != 0) {
            return failure;
        }
        inode->there[piece] = 1;
        inode->missing--;
        copied = true;
    }
    if (copied) {
        keep_time(inode);
    }
    return 0;
}

bool layer_incomplete(const struct layer_file *file) {
    return file->inode->missing != 0;
}

int layer_fill(struct layer_file *file, uint64_t offset, uint64_t length) {
    pthread_mutex_lock(&file->layer->mutex);
    int failure = layer_fill_inode(file->inode, offset, length);
    pthread_mutex_unlock(&file->layer->mutex);
    return failure;
}

// ---- Opening and closing ------------------------------------------------------------------------

// What a placeholder's contents are read from and written to.
int layer_open_contents(struct layer *layer, struct layer_inode *inode, int fd) {
    char path[64];
    struct error error;
    if (inode->contents == NULL && inode->missing > 0) {
        inode->contents = file_store_contents(layer->config.store, &inode->stored, &error);
        if (inode->contents == NULL) {
            log_warn("%s: %s", inode->stored.path, error.message);
            return EIO;
        }
    }
    if (inode->cache < 0) {
        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
        inode->cache = open(path, O_RDWR | O_CLOEXEC);
    }
    return inode->cache < 0 ? errno : 0;
}

bool layer_has_room(const struct layer *layer, uint64_t bytes) {
    uint64_t taken = layer->bytes + layer->reserved;
    return layer->config.bytes == 0 ||
           (taken <= layer->config.bytes && bytes <= layer->config.bytes - taken);
}

static int make_writable(struct layer *layer, struct layer_inode *inode, int fd, bool empty) {
    if (inode->placeholder) {
        if (!layer_has_entry(layer) || (!empty && !layer_has_room(layer, inode->stored.size))) {
            return EDQUOT;
        }
        int failure = layer_make_local(layer, inode, empty);
        if (failure != 0) {
            return failure;
        }
    }
    return empty && ftruncate(fd, 0) != 0 ? errno : 0;
}

static struct layer_file *new_file(struct layer *layer, struct layer_inode *inode) {
    struct layer_file *file = calloc(1, sizeof *file);
    if (file != NULL) {
        *file = (struct layer_file){.layer = layer, .inode = inode};
        inode->opens++;
    }
    return file;
}

// With the mutex held.
static int take_note(struct layer *layer, const struct stat *status, int fd,
                     enum layer_access access, struct layer_file **file) {
    struct layer_inode *inode = layer_find_inode(layer, status->st_ino);
    if (inode == NULL) {
        inode = layer_add_inode(layer, status->st_ino);
        if (inode == NULL) {
            return ENOMEM;
        }
        inode->charged = (uint64_t)status->st_blocks * 512;
    }
    int failure = inode->placeholder ? layer_open_contents(layer, inode, fd) : 0;
    if (failure == 0 && access != LAYER_READ) {
        failure = make_writable(layer, inode, fd, access == LAYER_TRUNCATE);
    }
    if (failure == 0) {
        *file = new_file(layer, inode);
        failure = *file == NULL ? ENOMEM : 0;
    }
    if (failure != 0) {
        layer_drop_inode(layer, inode);
    }
    return failure;
}

int layer_file_open(struct layer *layer, int fd, enum layer_access access,
                    struct layer_file **file) {
    struct stat status;
    if (fstat(fd, &status) != 0) {
        return errno;
    }
    pthread_mutex_lock(&layer->mutex);
    int failure = take_note(layer, &status, fd, access, file);
    pthread_mutex_unlock(&layer->mutex);
    return failure;
}

struct layer_file *layer_file_copy(struct layer_file *file) {
    pthread_mutex_lock(&file->layer->mutex);
    struct layer_file *copy = new_file(file->layer, file->inode);
    if (copy != NULL && file->staged != NULL) {
        copy->staged = strdup(file->staged);
        if (copy->staged == NULL) {
            file->inode->opens--;
            free(copy);
            copy = NULL;
        }
    }
    pthread_mutex_unlock(&file->layer->mutex);
    return copy;
}

// Counts what the file has become, and gives back what was reserved. With the mutex held.
static void settle(struct layer_file *file, int fd) {
    struct layer *layer = file->layer;
    struct stat status;
    layer->reserved -= file->granted;
    file->granted = 0;
    file->credit = 0;
    if (!file->inode->placeholder && fstat(fd, &status) == 0) {
        uint64_t now = (uint64_t)status.st_blocks * 512;
        layer->bytes += now - file->inode->charged;
        file->inode->charged = now;
    }
}

void layer_file_close(struct layer_file *file, int fd) {
    struct layer *layer = file->layer;
    struct layer_inode *inode = file->inode;
    pthread_mutex_lock(&layer->mutex);
    settle(file, fd);
    inode->opens--;
    if (inode->opens == 0 && inode->removed) {
        layer->bytes -= inode->charged;
    }
    layer_drop_inode(layer, inode);
    pthread_mutex_unlock(&layer->mutex);
    free(file->staged);
    free(file);
}

// Overwriting takes no room: where the limit is near, it is looked at what the write comes to.
static uint64_t growth(int fd, int64_t offset, uint64_t bytes) {
    struct stat status;
    off_t position = offset == LAYER_POSITION ? lseek(fd, 0, SEEK_CUR) : (off_t)offset;
    if (fstat(fd, &status) != 0 || position < 0 || (fcntl(fd, F_GETFL) & O_APPEND) != 0) {
        return bytes;
    }
    uint64_t end = (uint64_t)position + bytes;
    uint64_t allocated = (uint64_t)status.st_blocks * 512;
    uint64_t size = (uint64_t)status.st_size;
    return allocated >= size && end <= allocated ? 0 : bytes;
}

int layer_reserve(struct layer_file *file, int fd, int64_t offset, uint64_t bytes) {
    struct layer *layer = file->layer;
    if (layer->config.bytes == 0) {
        return 0;
    }
    if (bytes <= file->credit) {
        file->credit -= bytes;
        return 0;
    }
    int failure = 0;
    pthread_mutex_lock(&layer->mutex);
    settle(file, fd);
    if (layer_has_room(layer, bytes + SLACK + CREDIT)) {
        file->granted = bytes + SLACK + CREDIT;
        file->credit = CREDIT;
    } else if (layer_has_room(layer, bytes)) {
        file->granted = bytes;
    } else if (growth(fd, offset, bytes) > 0) {
        failure = EDQUOT;
    }
    layer->reserved += file->granted;
    pthread_mutex_unlock(&layer->mutex);
    return failure;
}
