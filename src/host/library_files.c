#include "host/library_files.h"

#include "faaslet/faaslet.h"
#include "host/layered.h"
#include "host/wasi.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

enum { MODULE_BYTES_MAX = 256 << 20 };

// ---- Paths --------------------------------------------------------------------------------------

// Without "/" and "./" in front: the guest's working folder is the root.
static const char *relative(const char *path) {
    for (;;) {
        if (path[0] == '/') {
            path++;
        } else if (path[0] == '.' && (path[1] == '/' || path[1] == '\0')) {
            path += path[1] == '/' ? 2 : 1;
        } else {
            return path;
        }
    }
}

// What is left of a path within a folder; NULL where it is elsewhere.
static const char *within(const char *path, const char *folder) {
    size_t length = strlen(folder);
    while (length > 0 && folder[length - 1] == '/') {
        length--;
    }
    if (strncmp(path, folder, length) != 0 ||
        (length > 0 && path[length] != '/' && path[length] != '\0')) {
        return NULL;
    }
    return relative(path + length);
}

// The folder of the call that holds the path, the longest name winning.
static const struct call_folder *folder_of(const struct call *call, const char *path,
                                           const char **rest) {
    const struct call_folder *found = NULL;
    size_t longest = 0;
    for (size_t i = 0; i < call->environment->folder_count; i++) {
        const struct call_folder *folder = &call->environment->folders[i];
        const char *guest = relative(folder->guest);
        const char *left = within(path, guest);
        if (left != NULL && left[0] != '\0' && (found == NULL || strlen(guest) > longest)) {
            found = folder;
            longest = strlen(guest);
            *rest = left;
        }
    }
    return found;
}

// ---- Reading ------------------------------------------------------------------------------------

// A module is held in memory of the host's while it is loaded. (Mapped it could change, or end,
// under the reader: guests write to these files.) So it must fit into what the call may still have.
static bool check_size(const struct call *call, uint64_t size, struct error *error) {
    uint64_t limit = faaslet_memory_limit(call->faaslet);
    uint64_t used = faaslet_memory_bytes(call->faaslet);
    uint64_t left = used < limit ? limit - used : 0;
    if (size > MODULE_BYTES_MAX) {
        return error_set(error, ERROR_TOO_LARGE, "a file of more than %d bytes", MODULE_BYTES_MAX);
    }
    return size <= left ||
           error_set(error, ERROR_TOO_LARGE,
                     "a file of %llu bytes, and the limit of the call's memory leaves %llu",
                     (unsigned long long)size, (unsigned long long)left);
}

// Contents of a file of a layer may be in the store only.
static bool read_regular(const struct call *call, int fd, struct layer_file *file,
                         struct buffer *wasm, struct error *error) {
    struct stat status;
    struct statfs system;
    if (fstat(fd, &status) != 0 || fstatfs(fd, &system) != 0) {
        return error_set_errno(error, errno, "fstat");
    }
    if (!S_ISREG(status.st_mode) || system.f_type == PROC_SUPER_MAGIC) {
        return error_set(error, ERROR_ARGUMENT, "not a regular file");
    }
    size_t size = (size_t)status.st_size;
    if (!check_size(call, size, error)) {
        return false;
    }
    int failure = file != NULL ? layer_fill(file, 0, size) : 0;
    if (failure != 0) {
        return error_set_errno(error, failure, "contents of the file");
    }
    if (!buffer_reserve(wasm, size, error)) {
        return false;
    }
    while (wasm->length < size) {
        ssize_t count =
            pread(fd, wasm->data + wasm->length, size - wasm->length, (off_t)wasm->length);
        if (count < 0 && errno != EINTR) {
            return error_set_errno(error, errno, "read");
        }
        if (count == 0) {
            break; // cut short meanwhile
        }
        wasm->length += count > 0 ? (size_t)count : 0;
    }
    return true;
}

// Where a path leads: a folder, plain or of a layer of the user's files, and what is left of the
// path.
struct place {
    const char *folder;
    struct layer *layer; // or NULL
    const char *rest;
};

static bool find_place(const struct call *call, const char *name, struct place *place) {
    static const char shared[] = "faasm://";
    const struct call_environment *environment = call->environment;
    if (strncmp(name, shared, sizeof shared - 1) != 0) {
        const struct call_folder *folder = folder_of(call, relative(name), &place->rest);
        place->layer = folder != NULL ? folder->layer : NULL;
        place->folder = folder != NULL ? folder->host : NULL;
    } else {
        place->rest = relative(name + sizeof shared - 1);
        for (size_t i = 0; i < environment->folder_count && place->layer == NULL; i++) {
            place->layer = environment->folders[i].shared;
        }
    }
    if (place->layer != NULL) {
        layer_sync(place->layer);
        place->folder = layer_folder(place->layer);
    }
    return place->folder != NULL && place->rest[0] != '\0';
}

static uint32_t open_place(const struct place *place, int *fd, struct layer_file **file) {
    int root = open(place->folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (root < 0) {
        return wasi_errno_of(errno);
    }
    int flags = O_RDONLY | O_NONBLOCK | O_NOCTTY;
    *file = NULL;
    uint32_t failure = place->layer != NULL
                           ? layered_open(place->layer, root, place->rest, flags, fd, file)
                           : sandbox_open(root, place->rest, flags, 0, fd);
    close(root);
    return failure;
}

static bool read_path(struct call *call, const char *name, struct buffer *wasm,
                      char found[FAASLET_LIBRARY_NAME_MAX], struct error *error) {
    struct place place = {0};
    int fd = -1;
    struct layer_file *file = NULL;
    uint32_t failure =
        find_place(call, name, &place) ? open_place(&place, &fd, &file) : WASI_ENOENT;
    if (failure != WASI_SUCCESS) {
        bool missing = failure == WASI_ENOENT || failure == WASI_ENOTDIR;
        return error_set(error, missing ? ERROR_NOT_FOUND : ERROR_PERMISSION, "%s",
                         missing ? "no such file" : "the file cannot be opened");
    }
    bool done = read_regular(call, fd, file, wasm, error);
    if (file != NULL) {
        layer_file_close(file, fd);
    }
    close(fd);
    bool is_shared = strstr(name, "://") != NULL;
    snprintf(found, FAASLET_LIBRARY_NAME_MAX, "%s%s", is_shared ? "" : "/",
             is_shared ? name : relative(name));
    return done;
}

// ---- Looking for a name -------------------------------------------------------------------------

// In a folder, of which the name is not terminated. True where the search ends: it was found, or
// cannot be read.
static bool try_folder(struct call *call, const char *folder, size_t length, const char *name,
                       struct buffer *wasm, char found[FAASLET_LIBRARY_NAME_MAX],
                       struct error *error) {
    char path[FAASLET_LIBRARY_NAME_MAX];
    int size = snprintf(path, sizeof path, "%.*s/%s", (int)length, folder, name);
    if (size < 0 || (size_t)size >= sizeof path) {
        return false;
    }
    *error = (struct error){0};
    return read_path(call, path, wasm, found, error) || error->code != ERROR_NOT_FOUND;
}

static const char *library_path(const struct call *call) {
    static const char key[] = "LD_LIBRARY_PATH=";
    char *const *variables = call->environment->variables;
    for (; variables != NULL && *variables != NULL; variables++) {
        if (strncmp(*variables, key, sizeof key - 1) == 0) {
            return *variables + sizeof key - 1;
        }
    }
    return "";
}

static bool try_list(struct call *call, const char *list, const char *name, struct buffer *wasm,
                     char found[FAASLET_LIBRARY_NAME_MAX], struct error *error) {
    while (*list != '\0') {
        size_t length = strcspn(list, ":");
        if (length > 0 && try_folder(call, list, length, name, wasm, found, error)) {
            return true;
        }
        list += length + (list[length] == ':');
    }
    return false;
}

bool library_files_read(struct call *call, const char *name, const char *requester,
                        struct buffer *wasm, char found[FAASLET_LIBRARY_NAME_MAX],
                        struct error *error) {
    if (strchr(name, '/') != NULL) {
        return read_path(call, name, wasm, found, error);
    }
    const char *slash = strrchr(requester, '/');
    if (try_list(call, library_path(call), name, wasm, found, error) ||
        (slash != NULL &&
         try_folder(call, requester, (size_t)(slash - requester), name, wasm, found, error)) ||
        try_list(call, "/lib:/usr/lib", name, wasm, found, error)) {
        return error->code == ERROR_NONE;
    }
    return error_set(error, ERROR_NOT_FOUND, "no such module");
}
