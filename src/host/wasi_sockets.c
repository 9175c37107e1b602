// sock_*: sockets that the guest was given (call_environment), and what it accepts on them. It can
// open none of its own.
#include "faaslet/exclusive.h"
#include "faaslet/guest.h"
#include "host/files.h"
#include "host/sections.h"
#include "host/vectors.h"
#include "host/wasi.h"

#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { RECEIVE_PEEK = 1, RECEIVE_WAITALL = 2, RECEIVED_TRUNCATED = 1 };
enum { SHUTDOWN_READ = 1, SHUTDOWN_WRITE = 2 };

// EBADF, ENOTSOCK, ENOTCAPABLE in this order.
static uint32_t require(struct object_instance *instance, uint32_t number, uint64_t rights,
                        struct file **file) {
    struct file *found = files_get(files_of(instance), number);
    if (found == NULL) {
        return WASI_EBADF;
    }
    struct stat status;
    if (found->fd < 0 || fstat(found->fd, &status) != 0 || !S_ISSOCK(status.st_mode)) {
        return WASI_ENOTSOCK;
    }
    if ((found->rights & rights) != rights) {
        return WASI_ENOTCAPABLE;
    }
    *file = found;
    return WASI_SUCCESS;
}

static uint32_t sock_accept(struct object_instance *instance, uint32_t number, uint32_t flags,
                            uint32_t result) {
    HOST_EXCLUSIVE(instance);
    struct file *file;
    uint32_t failure = require(instance, number, WASI_RIGHT_SOCK_ACCEPT, &file);
    if (failure != WASI_SUCCESS) {
        return failure;
    }
    if ((flags & ~(uint32_t)WASI_FDFLAG_NONBLOCK) != 0) {
        return WASI_EINVAL;
    }
    if (guest_range(instance, result, sizeof(uint32_t)) == NULL) {
        return WASI_EFAULT;
    }
    if (files_would_block(file, true)) {
        return WASI_EAGAIN;
    }
    bool nonblocking = (flags & WASI_FDFLAG_NONBLOCK) != 0;
    int fd;
    struct files_wait wait;
    if (!files_begin_wait(instance, file, &wait)) {
        return wasi_errno_of(errno);
    }
    VECTORS_RETRY(instance, fd,
                  accept4(wait.fd, NULL, NULL, SOCK_CLOEXEC | (nonblocking ? SOCK_NONBLOCK : 0)));
    files_end_wait(&wait);
    if (fd < 0) {
        return wasi_errno_of(errno);
    }
    const struct file accepted = {
        .fd = fd,
        .kind = FILE_SOCKET,
        .flags = (uint16_t)flags,
        .rights = WASI_RIGHTS_SOCKET,
    };
    uint32_t opened = 0;
    failure = files_add(files_of(instance), &accepted, &opened);
    if (failure != WASI_SUCCESS) {
        close(fd);
        return failure;
    }
    return guest_write_u32(instance, result, opened) ? WASI_SUCCESS : WASI_EFAULT;
}

static uint32_t sock_recv(struct object_instance *instance, uint32_t number, uint32_t address,
                          uint32_t count, uint32_t flags, uint32_t result, uint32_t flags_result) {
    HOST_EXCLUSIVE(instance);
    struct file *file;
    uint32_t failure = require(instance, number, WASI_RIGHT_FD_READ, &file);
    if (failure != WASI_SUCCESS) {
        return failure;
    }
    if ((flags & ~(uint32_t)(RECEIVE_PEEK | RECEIVE_WAITALL)) != 0) {
        return WASI_EINVAL;
    }
    struct iovec vectors[IOV_MAX];
    failure = vectors_read(instance, address, count, guest_buffer, vectors);
    if (failure != WASI_SUCCESS || guest_range(instance, result, sizeof(uint32_t)) == NULL ||
        guest_range(instance, flags_result, sizeof(uint16_t)) == NULL) {
        return failure != WASI_SUCCESS ? failure : WASI_EFAULT;
    }
    if (files_would_block(file, true)) {
        return WASI_EAGAIN;
    }
    struct msghdr message = {.msg_iov = vectors, .msg_iovlen = count};
    int native = ((flags & RECEIVE_PEEK) != 0 ? MSG_PEEK : 0) |
                 ((flags & RECEIVE_WAITALL) != 0 ? MSG_WAITALL : 0);
    ssize_t got;
    struct files_wait wait;
    if (!files_begin_wait(instance, file, &wait)) {
        return wasi_errno_of(errno);
    }
    VECTORS_RETRY(instance, got, recvmsg(wait.fd, &message, native | MSG_CMSG_CLOEXEC));
    files_end_wait(&wait);
    uint16_t received = (message.msg_flags & MSG_TRUNC) != 0 ? RECEIVED_TRUNCATED : 0;
    if (got >= 0 && !guest_write(instance, flags_result, &received, sizeof received)) {
        return WASI_EFAULT;
    }
    return vectors_finish(instance, got, result);
}

static uint32_t sock_send(struct object_instance *instance, uint32_t number, uint32_t address,
                          uint32_t count, uint32_t flags, uint32_t result) {
    HOST_EXCLUSIVE(instance);
    struct file *file;
    uint32_t failure = require(instance, number, WASI_RIGHT_FD_WRITE, &file);
    if (failure != WASI_SUCCESS) {
        return failure;
    }
    if (flags != 0) {
        return WASI_EINVAL;
    }
    struct iovec vectors[IOV_MAX];
    failure = vectors_read(instance, address, count, guest_range, vectors);
    if (failure != WASI_SUCCESS) {
        return failure;
    }
    if (files_would_block(file, false)) {
        return WASI_EAGAIN;
    }
    const struct msghdr message = {.msg_iov = vectors, .msg_iovlen = count};
    ssize_t sent;
    struct files_wait wait;
    if (!files_begin_wait(instance, file, &wait)) {
        return wasi_errno_of(errno);
    }
    VECTORS_RETRY(instance, sent, sendmsg(wait.fd, &message, MSG_NOSIGNAL));
    files_end_wait(&wait);
    return vectors_finish(instance, sent, result);
}

static uint32_t sock_shutdown(struct object_instance *instance, uint32_t number, uint32_t how) {
    HOST_EXCLUSIVE(instance);
    static const int ways[] = {-1, SHUT_RD, SHUT_WR, SHUT_RDWR};
    struct file *file;
    uint32_t failure = require(instance, number, WASI_RIGHT_SOCK_SHUTDOWN, &file);
    if (failure != WASI_SUCCESS) {
        return failure;
    }
    if (how == 0 || how > (SHUTDOWN_READ | SHUTDOWN_WRITE)) {
        return WASI_EINVAL;
    }
    return shutdown(file->fd, ways[how]) == 0 ? WASI_SUCCESS : wasi_errno_of(errno);
}

static const struct faaslet_host_function functions[] = {
    HOST_FUNCTION(WASI_MODULE, "sock_accept", "iii:i", sock_accept),
    HOST_FUNCTION(WASI_MODULE, "sock_recv", "iiiiii:i", sock_recv),
    HOST_FUNCTION(WASI_MODULE, "sock_send", "iiiii:i", sock_send),
    HOST_FUNCTION(WASI_MODULE, "sock_shutdown", "ii:i", sock_shutdown),
};

const struct host_section host_wasi_sockets = {
    .name = "wasi_sockets",
    .functions = functions,
    .count = sizeof functions / sizeof *functions,
};
