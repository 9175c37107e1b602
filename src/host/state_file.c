#include "host/state_file.h"

#include "base/file.h"
#include "faaslet/exclusive.h"
#include "faaslet/guest.h"
#include "host/files.h"
#include "host/sandbox.h"
#include "host/state_call.h"
#include "host/wasi.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char import[] = "__faasm_write_state_from_file";

// What is left of the path below the folder; NULL where it is not below. Relative paths begin at
// the root, as they do for a program that has not changed its folder.
static const char *below(const char *folder, const char *path) {
    while (*path == '/') {
        path++;
    }
    while (*folder == '/') {
        folder++;
    }
    size_t length = strlen(folder);
    while (length > 0 && folder[length - 1] == '/') {
        length--;
    }
    if (length == 0 || strcmp(folder, ".") == 0) {
        return path;
    }
    if (strncmp(path, folder, length) != 0 || path[length] != '/') {
        return NULL;
    }
    while (path[length] == '/') {
        length++;
    }
    return path + length;
}

// The folder with the longest name that the path is below; 0 where there is none.
static uint32_t find_folder(struct files *files, const char *path, const char **rest) {
    size_t longest = 0;
    uint32_t found = 0;
    for (uint32_t i = 0; i < files->capacity; i++) {
        const struct file *file = &files->table[i];
        const char *left = file->kind == FILE_FOLDER && file->folder != NULL
                               ? below(file->folder->guest, path)
                               : NULL;
        if (left != NULL && (found == 0 || strlen(file->folder->guest) > longest)) {
            longest = strlen(file->folder->guest);
            found = i;
            *rest = left;
        }
    }
    return found;
}

static int open_path(struct object_instance *instance, const char *path, struct error *error) {
    struct files *files = files_of(instance);
    const char *rest = NULL;
    uint32_t number = find_folder(files, path, &rest);
    struct file *folder;
    int fd = -1;
    uint32_t failure = number == 0 ? WASI_ENOENT : files_require_folder(files, number, 0, &folder);
    if (failure == WASI_SUCCESS) {
        failure = sandbox_open(folder->fd, rest, O_RDONLY | O_NONBLOCK, 0, &fd);
    }
    if (failure != WASI_SUCCESS) {
        error_set(error, failure == WASI_ENOENT ? ERROR_NOT_FOUND : ERROR_PERMISSION,
                  "%.200s: cannot be opened (WASI error %u)", path, failure);
        return -1;
    }
    return fd;
}

static bool read_all(int fd, struct buffer *contents, struct error *error) {
    enum { STEP = 1 << 20 };
    for (;;) {
        if (!buffer_reserve(contents, STEP, error)) {
            return false;
        }
        ssize_t count = read(fd, contents->data + contents->length, STEP);
        if (count == 0) {
            return true;
        }
        if (count < 0 && errno != EINTR) {
            return error_set_errno(error, errno, "read");
        }
        contents->length += count > 0 ? (size_t)count : 0;
        if (contents->length > STATE_VALUE_MAX) {
            return error_set(error, ERROR_TOO_LARGE, "more than %llu bytes",
                             (unsigned long long)STATE_VALUE_MAX);
        }
    }
}

// Closes the descriptor.
static bool set_from_file(int fd, struct state_entry *entry, const char *path, uint32_t *size,
                          struct error *error) {
    struct buffer contents = {0};
    bool done = read_all(fd, &contents, error) || error_prefix(error, "%.200s", path);
    close(fd);
    done = done && state_set(entry->value, buffer_bytes(&contents), error);
    *size = (uint32_t)contents.length;
    buffer_destroy(&contents);
    return done;
}

uint32_t state_from_file(struct object_instance *instance, uint32_t key, uint32_t path) {
    HOST_EXCLUSIVE(instance);
    struct state_entry *entry = state_call_entry(instance, import, key);
    char text[PATH_MAX];
    if (!guest_read_string(instance, path, text, sizeof text)) {
        faaslet_raise(instance, FAASLET_TRAP_HOST,
                      "%s: the path at 0x%x is out of bounds or longer than %d bytes", import, path,
                      PATH_MAX - 1);
    }
    struct error error;
    uint32_t size = 0;
    int fd = open_path(instance, text, &error);
    bool done = fd >= 0;
    if (done) {
        park_block_begin();
        done = set_from_file(fd, entry, text, &size, &error);
        park_block_end();
    }
    if (!done) {
        state_call_refuse(instance, import, &error);
    }
    return size;
}
