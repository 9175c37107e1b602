#include "host/sandbox.h"

#include "faaslet/guest.h"
#include "host/wasi.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

// How often a walk is begun again that met a rename it could not rule out as a way out (EAGAIN).
enum { WALK_ATTEMPTS = 64 };

uint32_t sandbox_read_path(struct object_instance *instance, uint32_t address, uint32_t length,
                           char path[PATH_MAX]) {
    if (length >= PATH_MAX) {
        return WASI_ENAMETOOLONG;
    }
    if (!guest_read(instance, address, path, length)) {
        return WASI_EFAULT;
    }
    path[length] = '\0';
    if (length == 0) {
        return WASI_ENOENT;
    }
    if (memchr(path, '\0', length) != NULL) {
        return WASI_EILSEQ;
    }
    return path[0] == '/' ? WASI_EPERM : WASI_SUCCESS;
}

uint32_t sandbox_open(int folder, const char *path, int flags, mode_t mode, int *fd) {
    struct open_how how = {
        .flags = (uint64_t)(unsigned)(flags | O_CLOEXEC),
        .mode = (flags & O_CREAT) != 0 ? mode : 0,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS,
    };
    for (int attempt = 0; attempt < WALK_ATTEMPTS; attempt++) {
        long result = syscall(SYS_openat2, folder, path, &how, sizeof how);
        if (result >= 0) {
            *fd = (int)result;
            return WASI_SUCCESS;
        }
        if (errno != EAGAIN) {
            break;
        }
    }
    // EXDEV is how openat2 says that the path leads out.
    return errno == EXDEV ? WASI_EPERM : wasi_errno_of(errno);
}

uint32_t sandbox_open_parent(int folder, const char *path, struct sandbox_parent *parent) {
    size_t end = strlen(path);
    while (end > 0 && path[end - 1] == '/') {
        end--;
    }
    size_t start = end;
    while (start > 0 && path[start - 1] != '/') {
        start--;
    }
    *parent = (struct sandbox_parent){.fd = folder, .name = path + start};
    if (start == 0) {
        return WASI_SUCCESS;
    }
    char before[PATH_MAX];
    memcpy(before, path, start);
    before[start] = '\0';
    parent->owned = true;
    return sandbox_open(folder, before, O_PATH | O_DIRECTORY, 0, &parent->fd);
}

void sandbox_close_parent(struct sandbox_parent *parent) {
    if (parent->owned) {
        close(parent->fd);
    }
}

bool sandbox_is_name(const char *path) {
    return strchr(path, '/') == NULL && strcmp(path, ".") != 0 && strcmp(path, "..") != 0;
}

uint32_t sandbox_stat(int folder, const char *path, bool follow, struct stat *status) {
    if (sandbox_is_name(path)) {
        if (fstatat(folder, path, status, AT_SYMLINK_NOFOLLOW) != 0) {
            return wasi_errno_of(errno);
        }
        if (!follow || !S_ISLNK(status->st_mode)) {
            return WASI_SUCCESS;
        }
    }
    int fd = -1;
    uint32_t failure = sandbox_open(folder, path, O_PATH | (follow ? 0 : O_NOFOLLOW), 0, &fd);
    if (failure != WASI_SUCCESS) {
        return failure;
    }
    failure = fstat(fd, status) == 0 ? WASI_SUCCESS : wasi_errno_of(errno);
    close(fd);
    return failure;
}
