// fd_*: what a guest does with an open descriptor. (fd_readdir is in wasi_folders.c.)
//
// Reads and writes go between guest memory and the kernel without a copy. They are the hot path:
// no allocation, no lock, and one system call each.
#include "faaslet/exclusive.h"
#include "faaslet/guest.h"
#include "host/files.h"
#include "host/host.h"
#include "host/sections.h"
#include "host/vectors.h"
#include "host/wasi.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

// ---- Reading and writing ------------------------------------------------------------------------

static ssize_t log_vectors(struct call *call, const struct iovec *vectors, uint32_t count) {
    ssize_t total = 0;
    for (uint32_t i = 0; i < count; i++) {
        if ((size_t)(INT_MAX - total) < vectors[i].iov_len) {
            break;
        }
        call_log(call, (struct bytes){vectors[i].iov_base, vectors[i].iov_len});
        total += (ssize_t)vectors[i].iov_len;
    }
    return total;
}

static ssize_t discard_vectors(const struct iovec *vectors, uint32_t count) {
    ssize_t total = 0;
    for (uint32_t i = 0; i < count && (size_t)(INT_MAX - total) >= vectors[i].iov_len; i++) {
        total += (ssize_t)vectors[i].iov_len;
    }
    return total;
}

static ssize_t write_vectors(struct object_instance *instance, const struct file *file,
                             const struct iovec *vectors, uint32_t count) {
    ssize_t written = -1;
    struct files_wait wait;
    if (!files_begin_wait(instance, file, &wait)) {
        return -1;
    }
    if (count == 1) {
        VECTORS_RETRY(instance, written, write(wait.fd, vectors[0].iov_base, vectors[0].iov_len));
    } else {
        VECTORS_RETRY(instance, written, writev(wait.fd, vectors, (int)count));
    }
    files_end_wait(&wait);
    return written;
}

static ssize_t read_vectors(struct object_instance *instance, const struct file *file,
                            const struct iovec *vectors, uint32_t count) {
    ssize_t got = -1;
    struct files_wait wait;
    if (!files_begin_wait(instance, file, &wait)) {
        return -1;
    }
    if (count == 1) {
        VECTORS_RETRY(instance, got, read(wait.fd, vectors[0].iov_base, vectors[0].iov_len));
    } else {
        VECTORS_RETRY(instance, got, readv(wait.fd, vectors, (int)count));
    }
    files_end_wait(&wait);
    return got;
}

// ---- Files of a layer: contents that must come first, room for what is written ------------------

static uint64_t total_length(const struct iovec *vectors, uint32_t count) {
    uint64_t total = 0;
    for (uint32_t i = 0; i < count; i++) {
        total += vectors[i].iov_len;
    }
    return total;
}

static uint32_t reserve(const struct file *file, int64_t offset, uint64_t bytes) {
    return wasi_errno_of(layer_reserve(file->layered, file->fd, offset, bytes));
}

static uint32_t fill(const struct file *file, uint64_t offset, uint64_t length) {
    return wasi_errno_of(layer_fill(file->layered, offset, length));
}

static uint32_t fd_write(struct object_instance *instance, uint32_t number, uint32_t address,
                         uint32_t count, uint32_t result) {
    HOST_EXCLUSIVE(instance);
    struct files *files = files_of(instance);
    struct file *file;
    uint32_t failure = files_require(files, number, WASI_RIGHT_FD_WRITE, &file);
    if (failure != WASI_SUCCESS) {
        return failure;
    }
    struct iovec vectors[IOV_MAX];
    failure = vectors_read(instance, address, count, guest_range, vectors);
    if (failure != WASI_SUCCESS) {
        return failure;
    }
    if (file->layered != NULL) {
        failure = reserve(file, LAYER_POSITION, total_length(vectors, count));
        if (failure != WASI_SUCCESS) {
            return failure;
        }
    }
    ssize_t written;
    if (file->kind == FILE_LOG) {
        written = log_vectors(files->call, vectors, count);
    } else if (file->kind == FILE_EMPTY) {
        written = discard_vectors(vectors, count);
    } else if (files_would_block(file, false)) {
        return WASI_EAGAIN;
    } else {
        written = write_vectors(instance, file, vectors, count);
    }
    return vectors_finish(instance, written, result);
}

static uint32_t fd_read(struct object_instance *instance, uint32_t number, uint32_t address,
                        uint32_t count, uint32_t result) {
    HOST_EXCLUSIVE(instance);
    struct file *file;
    uint32_t failure = files_require(files_of(instance), number, WASI_RIGHT_FD_READ, &file);
    if (failure != WASI_SUCCESS) {
        file = files_get(files_of(instance), number);
        return file != NULL && file->kind == FILE_FOLDER ? WASI_EISDIR : failure;
    }
    struct iovec vectors[IOV_MAX];
    failure = vectors_read(instance, address, count, guest_buffer, vectors);
    if (failure != WASI_SUCCESS) {
        return failure;
    }
    if (file->layered != NULL && layer_incomplete(file->layered)) {
        off_t position = lseek(file->fd, 0, SEEK_CUR);
        failure = fill(file, (uint64_t)position, total_length(vectors, count));
        if (failure != WASI_SUCCESS) {
            return failure;
        }
    }
    ssize_t got;
    if (file->kind == FILE_LOG) {
        return WASI_EBADF;
    } else if (file->kind == FILE_EMPTY) {
        got = 0;
    } else if (files_would_block(file, true)) {
        return WASI_EAGAIN;
    } else {
        got = read_vectors(instance, file, vectors, count);
    }
    return vectors_finish(instance, got, result);
}

static uint32_t fd_pread(struct object_instance *instance, uint32_t number, uint32_t address,
                         uint32_t count, uint64_t offset, uint32_t result) {
    HOST_EXCLUSIVE(instance);
    struct file *file;
    uint32_t failure =
        files_require(files_of(instance), number, WASI_RIGHT_FD_READ | WASI_RIGHT_FD_SEEK, &file);
    if (failure != WASI_SUCCESS) {
        file = files_get(files_of(instance), number);
        return file != NULL && file->kind == FILE_FOLDER ? WASI_EISDIR : failure;
    }
    if (file->fd < 0) {
        return WASI_ESPIPE;
    }
    struct iovec vectors[IOV_MAX];
    failure = vectors_read(instance, address, count, guest_buffer, vectors);
    if (failure != WASI_SUCCESS) {
        return failure;
    }
    if (offset > INT64_MAX) {
        return WASI_EINVAL;
    }
    if (file->layered != NULL && layer_incomplete(file->layered)) {
        failure = fill(file, offset, total_length(vectors, count));
        if (failure != WASI_SUCCESS) {
            return failure;
        }
    }
    ssize_t got;
    VECTORS_RETRY(instance, got, preadv(file->fd, vectors, (int)count, (off_t)offset));
    return vectors_finish(instance, got, result);
}

static uint32_t fd_pwrite(struct object_instance *instance, uint32_t number, uint32_t address,
                          uint32_t count, uint64_t offset, uint32_t result) {
    HOST_EXCLUSIVE(instance);
    struct file *file;
    uint32_t failure =
        files_require(files_of(instance), number, WASI_RIGHT_FD_WRITE | WASI_RIGHT_FD_SEEK, &file);
    if (failure != WASI_SUCCESS) {
        return failure;
    }
    if (file->fd < 0) {
        return WASI_ESPIPE;
    }
    struct iovec vectors[IOV_MAX];
    failure = vectors_read(instance, address, count, guest_range, vectors);
    if (failure != WASI_SUCCESS) {
        return failure;
    }
    if (offset > INT64_MAX) {
        return WASI_EINVAL;
    }
    if (file->layered != NULL) {
        failure = reserve(file, (int64_t)offset, total_length(vectors, count));
        if (failure != WASI_SUCCESS) {
            return failure;
        }
    }
    ssize_t written;
    VECTORS_RETRY(instance, written, pwritev(file->fd, vectors, (int)count, (off_t)offset));
    return vectors_finish(instance, written, result);
}

// ---- Position -----------------------------------------------------------------------------------

static uint32_t seek(struct object_instance *instance, const struct file *file, int64_t offset,
                     int whence, uint32_t result) {
    if (guest_range(instance, result, sizeof(uint64_t)) == NULL) {
        return WASI_EFAULT;
    }
    if (file->fd < 0) {
        return WASI_ESPIPE;
    }
    off_t position = lseek(file->fd, offset, whence);
    if (position < 0) {
        return wasi_errno_of(errno);
    }
    return guest_write_u64(instance, result, (uint64_t)position) ? WASI_SUCCESS : WASI_EFAULT;
}

// Asking for the position is what fd_tell may; the right to seek implies it.
static uint32_t require_tell(struct object_instance *instance, uint32_t number,
                             struct file **file) {
    struct files *files = files_of(instance);
    uint32_t failure = files_require(files, number, WASI_RIGHT_FD_TELL, file);
    return failure == WASI_SUCCESS ? failure
                                   : files_require(files, number, WASI_RIGHT_FD_SEEK, file);
}

static uint32_t fd_seek(struct object_instance *instance, uint32_t number, int64_t offset,
                        uint32_t whence, uint32_t result) {
    HOST_EXCLUSIVE(instance);
    static const int whences[] = {SEEK_SET, SEEK_CUR, SEEK_END};
    struct file *file;
    uint32_t failure = whence == WASI_WHENCE_CUR && offset == 0
                           ? require_tell(instance, number, &file)
                           : files_require(files_of(instance), number, WASI_RIGHT_FD_SEEK, &file);
    if (failure != WASI_SUCCESS) {
        return failure;
    }
    if (whence > WASI_WHENCE_END) {
        return WASI_EINVAL;
    }
    return seek(instance, file, offset, whences[whence], result);
}

static uint32_t fd_tell(struct object_instance *instance, uint32_t number, uint32_t result) {
    HOST_EXCLUSIVE(instance);
    struct file *file;
    uint32_t failure = require_tell(instance, number, &file);
    return failure != WASI_SUCCESS ? failure : seek(instance, file, 0, SEEK_CUR, result);
}

// ---- Facts --------------------------------------------------------------------------------------

struct facts {
    uint8_t filetype;
    uint64_t rights;
};

static uint8_t socket_filetype(int fd) {
    int type = 0;
    socklen_t size = sizeof type;
    return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_DGRAM
               ? WASI_FILETYPE_SOCKET_DGRAM
               : WASI_FILETYPE_SOCKET_STREAM;
}

// The terminal, pipe or file behind a descriptor of the environment. Its rights say no more than
// its access mode, and libc takes a character device that cannot seek for a terminal.
static uint32_t standard_facts(const struct file *file, struct facts *facts) {
    struct stat status;
    int flags = fcntl(file->fd, F_GETFL);
    if (flags < 0 || fstat(file->fd, &status) != 0) {
        return wasi_errno_of(errno);
    }
    facts->filetype = wasi_filetype_of_mode(status.st_mode);
    int mode = flags & O_ACCMODE;
    if (mode == O_RDONLY) {
        facts->rights &= ~(uint64_t)WASI_RIGHT_FD_WRITE;
    } else if (mode == O_WRONLY) {
        facts->rights &= ~(uint64_t)WASI_RIGHT_FD_READ;
    }
    if (S_ISSOCK(status.st_mode)) {
        facts->filetype = socket_filetype(file->fd);
    }
    bool seeks = S_ISREG(status.st_mode) || S_ISBLK(status.st_mode) ||
                 (S_ISCHR(status.st_mode) && !isatty(file->fd));
    if (!seeks) {
        facts->rights &= ~(uint64_t)(WASI_RIGHT_FD_SEEK | WASI_RIGHT_FD_TELL);
    }
    return WASI_SUCCESS;
}

// A log counts as a character device that cannot seek, so that libc writes it line by line: what
// was printed before a trap is then in it.
static uint32_t file_facts(const struct file *file, struct facts *facts) {
    *facts = (struct facts){.rights = file->rights};
    switch (file->kind) {
    case FILE_STANDARD:
        return standard_facts(file, facts);
    case FILE_LOG:
        facts->filetype = WASI_FILETYPE_CHARACTER_DEVICE;
        facts->rights &= ~(uint64_t)(WASI_RIGHT_FD_SEEK | WASI_RIGHT_FD_TELL | WASI_RIGHT_FD_READ);
        return WASI_SUCCESS;
    case FILE_EMPTY:
        facts->filetype = WASI_FILETYPE_CHARACTER_DEVICE;
        return WASI_SUCCESS;
    case FILE_SOCKET:
        facts->filetype = socket_filetype(file->fd);
        return WASI_SUCCESS;
    case FILE_FOLDER:
        facts->filetype = WASI_FILETYPE_DIRECTORY;
        return WASI_SUCCESS;
    default:
        facts->filetype = WASI_FILETYPE_REGULAR_FILE;
        return WASI_SUCCESS;
    }
}

static uint32_t fd_fdstat_get(struct object_instance *instance, uint32_t number, uint32_t result) {
    HOST_EXCLUSIVE(instance);
    struct file *file = files_get(files_of(instance), number);
    if (file == NULL) {
        return WASI_EBADF;
    }
    struct facts facts;
    uint32_t failure = file_facts(file, &facts);
    if (failure != WASI_SUCCESS) {
        return failure;
    }
    struct wasi_fdstat stat = {
        .filetype = facts.filetype,
        .flags = file->flags,
        .rights_base = facts.rights,
        .rights_inheriting = file->rights_inheriting,
    };
    return guest_write(instance, result, &stat, sizeof stat) ? WASI_SUCCESS : WASI_EFAULT;
}

static uint32_t fd_fdstat_set_flags(struct object_instance *instance, uint32_t number,
                                    uint32_t flags) {
    HOST_EXCLUSIVE(instance);
    struct file *file;
    uint32_t failure =
        files_require(files_of(instance), number, WASI_RIGHT_FD_FDSTAT_SET_FLAGS, &file);
    if (failure != WASI_SUCCESS) {
        return failure;
    }
    if ((flags & ~(uint32_t)WASI_FDFLAGS_ALL) != 0) {
        return WASI_EINVAL;
    }
    uint32_t changed = flags ^ file->flags;
    // Linux cannot change these of an open file.
    if ((changed & (WASI_FDFLAG_DSYNC | WASI_FDFLAG_RSYNC | WASI_FDFLAG_SYNC)) != 0) {
        return WASI_ENOTSUP;
    }
    if ((changed & WASI_FDFLAG_APPEND) != 0) {
        struct facts facts;
        failure = file_facts(file, &facts);
        if (failure != WASI_SUCCESS) {
            return failure;
        }
        if (file->kind == FILE_STANDARD && (facts.rights & WASI_RIGHT_FD_SEEK) != 0) {
            return WASI_ENOTSUP; // the open file belongs to others too
        }
        if (file->kind == FILE_OPEN &&
            fcntl(file->fd, F_SETFL, (flags & WASI_FDFLAG_APPEND) != 0 ? O_APPEND : 0) != 0) {
            return wasi_errno_of(errno);
        }
    }
    if (file->kind == FILE_SOCKET && (changed & WASI_FDFLAG_NONBLOCK) != 0 &&
        fcntl(file->fd, F_SETFL, (flags & WASI_FDFLAG_NONBLOCK) != 0 ? O_NONBLOCK : 0) != 0) {
        return wasi_errno_of(errno);
    }
    file->flags = (uint16_t)flags;
    return WASI_SUCCESS;
}

static uint32_t fd_fdstat_set_rights(struct object_instance *instance, uint32_t number,
                                     uint64_t rights, uint64_t inheriting) {
    HOST_EXCLUSIVE(instance);
    struct file *file = files_get(files_of(instance), number);
    if (file == NULL) {
        return WASI_EBADF;
    }
    if ((rights & ~file->rights) != 0 || (inheriting & ~file->rights_inheriting) != 0) {
        return WASI_ENOTCAPABLE; // rights are only ever given up
    }
    file->rights = rights;
    file->rights_inheriting = inheriting;
    return WASI_SUCCESS;
}

static uint32_t fd_filestat_get(struct object_instance *instance, uint32_t number,
                                uint32_t result) {
    HOST_EXCLUSIVE(instance);
    struct files *files = files_of(instance);
    struct file *file;
    uint32_t failure = files_require(files, number, WASI_RIGHT_FD_FILESTAT_GET, &file);
    if (failure == WASI_SUCCESS && file->kind == FILE_FOLDER) {
        failure = files_require_folder(files, number, 0, &file);
    }
    if (failure != WASI_SUCCESS) {
        return failure;
    }
    struct wasi_filestat stat = {.filetype = WASI_FILETYPE_CHARACTER_DEVICE, .links = 1};
    if (file->fd >= 0) {
        struct stat status;
        if (fstat(file->fd, &status) != 0) {
            return wasi_errno_of(errno);
        }
        stat = wasi_filestat_of(&status);
    }
    return guest_write(instance, result, &stat, sizeof stat) ? WASI_SUCCESS : WASI_EFAULT;
}

// ---- Changes ------------------------------------------------------------------------------------

static uint32_t fd_filestat_set_size(struct object_instance *instance, uint32_t number,
                                     uint64_t size) {
    HOST_EXCLUSIVE(instance);
    struct file *file;
    uint32_t failure =
        files_require(files_of(instance), number, WASI_RIGHT_FD_FILESTAT_SET_SIZE, &file);
    if (failure != WASI_SUCCESS) {
        return failure;
    }
    if (file->fd < 0 || size > INT64_MAX) {
        return WASI_EINVAL;
    }
    int result;
    VECTORS_RETRY(instance, result, ftruncate(file->fd, (off_t)size));
    return result == 0 ? WASI_SUCCESS : wasi_errno_of(errno);
}

static uint32_t fd_filestat_set_times(struct object_instance *instance, uint32_t number,
                                      uint64_t accessed, uint64_t modified, uint32_t flags) {
    HOST_EXCLUSIVE(instance);
    struct files *files = files_of(instance);
    struct file *file;
    uint32_t failure = files_require(files, number, WASI_RIGHT_FD_FILESTAT_SET_TIMES, &file);
    if (failure == WASI_SUCCESS && file->kind == FILE_FOLDER) {
        failure = files_require_folder(files, number, 0, &file);
    }
    struct timespec times[2];
    if (failure == WASI_SUCCESS) {
        failure = wasi_times_of(accessed, modified, flags, times);
    }
    if (failure != WASI_SUCCESS) {
        return failure;
    }
    if (file->fd < 0) {
        return WASI_EINVAL;
    }
    if (file->layered != NULL) {
        failure = wasi_errno_of(layer_own(file->layer, file->fd));
        if (failure != WASI_SUCCESS) {
            return failure;
        }
    }
    return futimens(file->fd, times) == 0 ? WASI_SUCCESS : wasi_errno_of(errno);
}

static uint32_t fd_allocate(struct object_instance *instance, uint32_t number, uint64_t offset,
                            uint64_t length) {
    HOST_EXCLUSIVE(instance);
    struct file *file;
    uint32_t failure = files_require(files_of(instance), number, WASI_RIGHT_FD_ALLOCATE, &file);
    if (failure != WASI_SUCCESS) {
        return failure;
    }
    if (offset > INT64_MAX || length > INT64_MAX) {
        return WASI_EINVAL;
    }
    if (file->fd < 0) {
        return WASI_ESPIPE;
    }
    if (file->layered != NULL) {
        failure = reserve(file, (int64_t)offset, length);
        if (failure != WASI_SUCCESS) {
            return failure;
        }
    }
    int result;
    VECTORS_RETRY(instance, result, fallocate(file->fd, 0, (off_t)offset, (off_t)length));
    return result == 0 ? WASI_SUCCESS : wasi_errno_of(errno);
}

static uint32_t fd_advise(struct object_instance *instance, uint32_t number, uint64_t offset,
                          uint64_t length, uint32_t advice) {
    HOST_EXCLUSIVE(instance);
    static const int advices[] = {POSIX_FADV_NORMAL,   POSIX_FADV_SEQUENTIAL, POSIX_FADV_RANDOM,
                                  POSIX_FADV_WILLNEED, POSIX_FADV_DONTNEED,   POSIX_FADV_NOREUSE};
    struct file *file;
    uint32_t failure = files_require(files_of(instance), number, WASI_RIGHT_FD_ADVISE, &file);
    if (failure != WASI_SUCCESS) {
        return failure;
    }
    if (advice >= sizeof advices / sizeof *advices || offset > INT64_MAX || length > INT64_MAX) {
        return WASI_EINVAL;
    }
    if (file->fd < 0) {
        return WASI_ESPIPE;
    }
    return wasi_errno_of(posix_fadvise(file->fd, (off_t)offset, (off_t)length, advices[advice]));
}

static uint32_t synchronize(struct object_instance *instance, uint32_t number, uint64_t right,
                            int (*call)(int fd)) {
    struct files *files = files_of(instance);
    struct file *file;
    uint32_t failure = files_require(files, number, right, &file);
    if (failure == WASI_SUCCESS && file->kind == FILE_FOLDER) {
        failure = files_require_folder(files, number, 0, &file);
    }
    if (failure != WASI_SUCCESS) {
        return failure;
    }
    if (file->fd < 0) {
        return WASI_EINVAL; // as fsync of a terminal or pipe says
    }
    int result;
    VECTORS_RETRY(instance, result, call(file->fd));
    if (result != 0) {
        return wasi_errno_of(errno);
    }
    return file->layered == NULL ? WASI_SUCCESS
                                 : wasi_errno_of(layer_publish(file->layered, file->fd));
}

static uint32_t fd_sync(struct object_instance *instance, uint32_t number) {
    HOST_EXCLUSIVE(instance);
    return synchronize(instance, number, WASI_RIGHT_FD_SYNC, fsync);
}

static uint32_t fd_datasync(struct object_instance *instance, uint32_t number) {
    HOST_EXCLUSIVE(instance);
    return synchronize(instance, number, WASI_RIGHT_FD_DATASYNC, fdatasync);
}

// ---- Descriptors --------------------------------------------------------------------------------

static uint32_t fd_close(struct object_instance *instance, uint32_t number) {
    HOST_EXCLUSIVE(instance);
    return files_close(files_of(instance), number);
}

static uint32_t fd_renumber(struct object_instance *instance, uint32_t from, uint32_t to) {
    HOST_EXCLUSIVE(instance);
    return files_renumber(files_of(instance), from, to);
}

static const struct call_folder *preopened(struct object_instance *instance, uint32_t number) {
    const struct file *file = files_get(files_of(instance), number);
    return file == NULL ? NULL : file->folder;
}

static uint32_t fd_prestat_get(struct object_instance *instance, uint32_t number, uint32_t result) {
    HOST_EXCLUSIVE(instance);
    const struct call_folder *folder = preopened(instance, number);
    if (folder == NULL) {
        return WASI_EBADF;
    }
    struct wasi_prestat stat = {.name_length = (uint32_t)strlen(folder->guest)};
    return guest_write(instance, result, &stat, sizeof stat) ? WASI_SUCCESS : WASI_EFAULT;
}

static uint32_t fd_prestat_dir_name(struct object_instance *instance, uint32_t number,
                                    uint32_t name, uint32_t length) {
    HOST_EXCLUSIVE(instance);
    const struct call_folder *folder = preopened(instance, number);
    if (folder == NULL) {
        return WASI_EBADF;
    }
    size_t needed = strlen(folder->guest);
    if (length < needed) {
        return WASI_ENAMETOOLONG;
    }
    return guest_write(instance, name, folder->guest, needed) ? WASI_SUCCESS : WASI_EFAULT;
}

static const struct faaslet_host_function functions[] = {
    HOST_FUNCTION(WASI_MODULE, "fd_advise", "iIIi:i", fd_advise),
    HOST_FUNCTION(WASI_MODULE, "fd_allocate", "iII:i", fd_allocate),
    HOST_FUNCTION(WASI_MODULE, "fd_close", "i:i", fd_close),
    HOST_FUNCTION(WASI_MODULE, "fd_datasync", "i:i", fd_datasync),
    HOST_FUNCTION(WASI_MODULE, "fd_fdstat_get", "ii:i", fd_fdstat_get),
    HOST_FUNCTION(WASI_MODULE, "fd_fdstat_set_flags", "ii:i", fd_fdstat_set_flags),
    HOST_FUNCTION(WASI_MODULE, "fd_fdstat_set_rights", "iII:i", fd_fdstat_set_rights),
    HOST_FUNCTION(WASI_MODULE, "fd_filestat_get", "ii:i", fd_filestat_get),
    HOST_FUNCTION(WASI_MODULE, "fd_filestat_set_size", "iI:i", fd_filestat_set_size),
    HOST_FUNCTION(WASI_MODULE, "fd_filestat_set_times", "iIIi:i", fd_filestat_set_times),
    HOST_FUNCTION(WASI_MODULE, "fd_pread", "iiiIi:i", fd_pread),
    HOST_FUNCTION(WASI_MODULE, "fd_prestat_get", "ii:i", fd_prestat_get),
    HOST_FUNCTION(WASI_MODULE, "fd_prestat_dir_name", "iii:i", fd_prestat_dir_name),
    HOST_FUNCTION(WASI_MODULE, "fd_pwrite", "iiiIi:i", fd_pwrite),
    HOST_FUNCTION(WASI_MODULE, "fd_read", "iiii:i", fd_read),
    HOST_FUNCTION(WASI_MODULE, "fd_renumber", "ii:i", fd_renumber),
    HOST_FUNCTION(WASI_MODULE, "fd_seek", "iIii:i", fd_seek),
    HOST_FUNCTION(WASI_MODULE, "fd_sync", "i:i", fd_sync),
    HOST_FUNCTION(WASI_MODULE, "fd_tell", "ii:i", fd_tell),
    HOST_FUNCTION(WASI_MODULE, "fd_write", "iiii:i", fd_write),
};

const struct host_section host_wasi_files = {
    .name = "wasi_files",
    .functions = functions,
    .count = sizeof functions / sizeof *functions,
    .start = files_start,
};
