// fd_readdir. It keeps no state: a cookie is the position that the kernel gave with the entry, and
// each call begins there.
#include "faaslet/exclusive.h"
#include "faaslet/guest.h"
#include "host/files.h"
#include "host/sections.h"
#include "host/wasi.h"

#include <dirent.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { BATCH_BYTES = 32 * 1024 }; // of entries read from the kernel at once

// An entry as getdents64(2) lays it out; d_name is NUL-terminated.
struct kernel_entry {
    uint64_t inode;
    int64_t next;
    uint16_t length;
    uint8_t type;
    char name[];
};

// Where entries go: as many bytes as fit, the last entry cut where it does not. A buffer that was
// filled to its end tells the guest that there is more.
struct listing {
    uint8_t *buffer;
    uint32_t capacity;
    uint32_t used;
};

static void append(struct listing *listing, const void *data, size_t length) {
    size_t room = listing->capacity - listing->used;
    size_t count = length < room ? length : room;
    memcpy(listing->buffer + listing->used, data, count);
    listing->used += (uint32_t)count;
}

static void append_entry(struct listing *listing, const struct kernel_entry *entry,
                         uint64_t inode) {
    size_t name_length = strlen(entry->name);
    struct wasi_dirent head = {
        .next = (uint64_t)entry->next,
        .inode = inode,
        .name_length = (uint32_t)name_length,
        .filetype = wasi_filetype_of_entry(entry->type),
    };
    append(listing, &head, sizeof head);
    append(listing, entry->name, name_length);
}

// What ".." of a preopened folder is, is outside: it shows as the folder itself.
static uint64_t inode_of(const struct file *file, const struct kernel_entry *entry) {
    struct stat status;
    if (file->folder != NULL && strcmp(entry->name, "..") == 0) {
        return fstat(file->fd, &status) == 0 ? status.st_ino : 0;
    }
    return entry->inode;
}

static uint32_t fill(const struct file *file, struct listing *listing) {
    _Alignas(struct kernel_entry) uint8_t batch[BATCH_BYTES];
    while (listing->used < listing->capacity) {
        // About as many bytes as the guest can take, and at least the longest name.
        size_t wanted = (size_t)(listing->capacity - listing->used) + 512;
        long got =
            syscall(SYS_getdents64, file->fd, batch, wanted < sizeof batch ? wanted : sizeof batch);
        if (got < 0) {
            return wasi_errno_of(errno);
        }
        if (got == 0) {
            break;
        }
        for (long offset = 0; offset < got && listing->used < listing->capacity;) {
            const struct kernel_entry *entry = (const struct kernel_entry *)(batch + offset);
            append_entry(listing, entry, inode_of(file, entry));
            offset += entry->length;
        }
    }
    return WASI_SUCCESS;
}

static uint32_t fd_readdir(struct object_instance *instance, uint32_t number, uint32_t address,
                           uint32_t length, uint64_t cookie, uint32_t result) {
    HOST_EXCLUSIVE(instance);
    struct file *file;
    uint32_t failure =
        files_require_folder(files_of(instance), number, WASI_RIGHT_FD_READDIR, &file);
    if (failure != WASI_SUCCESS) {
        return failure;
    }
    uint8_t *buffer = guest_range(instance, address, length);
    if (buffer == NULL || guest_range(instance, result, sizeof(uint32_t)) == NULL) {
        return WASI_EFAULT;
    }
    if (cookie > INT64_MAX || lseek(file->fd, (off_t)cookie, SEEK_SET) < 0) {
        return WASI_EINVAL;
    }
    if (file->layer != NULL && cookie == 0) {
        layer_sync(file->layer);
    }
    struct listing listing = {.buffer = buffer, .capacity = length};
    failure = fill(file, &listing);
    if (failure != WASI_SUCCESS) {
        return failure;
    }
    return guest_write_u32(instance, result, listing.used) ? WASI_SUCCESS : WASI_EFAULT;
}

static const struct faaslet_host_function functions[] = {
    HOST_FUNCTION(WASI_MODULE, "fd_readdir", "iiiIi:i", fd_readdir),
};

const struct host_section host_wasi_folders = {
    .name = "wasi_folders",
    .functions = functions,
    .count = sizeof functions / sizeof *functions,
};
