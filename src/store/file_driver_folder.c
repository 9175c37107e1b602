// Users' files in a folder, which several processes of one machine may have open at a time:
//   files.mdb            names, in LMDB
//   contents/ab/abcd…    contents, named by their digest
//   lock                 held while names change
// A name is written after its contents. Descriptors of contents stay good when these are removed.
#include "base/file.h"
#include "store/file_driver.h"
#include "store/store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { STEP = 64 << 10 };

struct folder {
    struct store_driver names;
    char path[PATH_MAX / 2];
};

struct contents {
    int fd;
    char digest[STORE_DIGEST_LENGTH + 1];
};

static bool folder_get(void *state, const char *key, bool patient, struct buffer *value,
                       struct error *error) {
    (void)patient;
    const struct folder *folder = state;
    return folder->names.get(folder->names.state, key, value, error);
}

static bool folder_iterate(void *state, const char *prefix, const char *from,
                           bool (*visit)(void *context, const char *key, struct bytes value),
                           void *context, struct error *error) {
    const struct folder *folder = state;
    return folder->names.iterate(folder->names.state, prefix, from, visit, context, error);
}

// ---- Contents -----------------------------------------------------------------------------------

static void contents_path(const struct folder *folder, const char *digest, char path[PATH_MAX]) {
    snprintf(path, PATH_MAX, "%s/contents/%.2s/%.64s", folder->path, digest, digest);
}

static bool folder_prepare(void *state, const struct file_upload *upload, struct error *error) {
    (void)state;
    return fsync(upload->fd) == 0 || error_set_errno(error, errno, "%s", upload->path);
}

static bool sync_folder(const char *path) {
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool done = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0) {
        close(fd);
    }
    return done;
}

// With the lock held: contents that are there are not removed meanwhile.
static bool folder_place(void *state, const struct file_upload *upload, struct error *error) {
    char path[PATH_MAX];
    contents_path(state, upload->digest, path);
    if (access(path, R_OK) == 0) {
        unlink(upload->path);
        return true;
    }
    char *slash = strrchr(path, '/');
    *slash = '\0';
    if (mkdir(path, 0700) != 0 && errno != EEXIST) {
        return error_set_errno(error, errno, "%s", path);
    }
    char parent[PATH_MAX];
    snprintf(parent, sizeof parent, "%s", path);
    *slash = '/';
    return (rename(upload->path, path) == 0 && sync_folder(parent)) ||
           error_set_errno(error, errno, "%s", path);
}

static void folder_drop(void *state, const char *digest) {
    char path[PATH_MAX];
    contents_path(state, digest, path);
    unlink(path);
}

static void *folder_open_contents(void *state, const char *digest, uint64_t size,
                                  struct error *error) {
    (void)size;
    char path[PATH_MAX];
    struct contents *contents = malloc(sizeof *contents);
    if (contents == NULL) {
        error_set(error, ERROR_MEMORY, "contents of a file");
        return NULL;
    }
    contents_path(state, digest, path);
    snprintf(contents->digest, sizeof contents->digest, "%.64s", digest);
    contents->fd = open(path, O_RDONLY | O_CLOEXEC);
    if (contents->fd < 0) {
        error_set_errno(error, errno, "contents %.64s", digest);
        free(contents);
        return NULL;
    }
    return contents;
}

static bool folder_read(void *state, uint64_t offset, uint64_t length, uint8_t *to,
                        struct error *error) {
    const struct contents *contents = state;
    for (uint64_t done = 0; done < length;) {
        ssize_t got =
            pread(contents->fd, to + done, (size_t)(length - done), (off_t)(offset + done));
        if (got == 0) {
            return error_set(error, ERROR_IO, "contents %s: cut short", contents->digest);
        }
        if (got < 0 && errno != EINTR) {
            return error_set_errno(error, errno, "contents %s", contents->digest);
        }
        done += got > 0 ? (uint64_t)got : 0;
    }
    return true;
}

static int folder_descriptor(void *state) {
    const struct contents *contents = state;
    return contents->fd;
}

static void folder_close_contents(void *state) {
    struct contents *contents = state;
    close(contents->fd);
    free(contents);
}

// ---- Changing names -----------------------------------------------------------------------------

static int folder_begin(void *state, struct error *error) {
    const struct folder *folder = state;
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/lock", folder->path);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    while (fd >= 0 && flock(fd, LOCK_EX) != 0) {
        if (errno != EINTR) {
            close(fd);
            fd = -1;
        }
    }
    if (fd < 0) {
        error_set_errno(error, errno, "%s", path);
    }
    return fd;
}

static void folder_end(void *state, int lock) {
    (void)state;
    close(lock);
}

static bool folder_commit(void *state, const struct file_commit *commit, struct error *error) {
    struct folder *folder = state;
    if (!folder->names.apply(folder->names.state, commit->changes, commit->change_count, error)) {
        return false;
    }
    for (size_t i = 0; i < commit->unused_count; i++) {
        folder_drop(folder, commit->unused[i]);
    }
    return true;
}

// ---- Opening ------------------------------------------------------------------------------------

static void drop_nameless(struct folder *folder, int at, const char *name) {
    char key[STORE_KEY_MAX + 1];
    struct buffer value = {0};
    struct error error = {0};
    if (strlen(name) != STORE_DIGEST_LENGTH) {
        return;
    }
    snprintf(key, sizeof key, "uses/%s", name);
    if (!folder->names.get(folder->names.state, key, &value, &error) &&
        error.code == ERROR_NOT_FOUND) {
        unlinkat(at, name, 0);
    }
    buffer_destroy(&value);
}

// What processes that were killed have left: contents that had no name yet.
static void sweep(struct folder *folder) {
    struct error ignored;
    int lock = folder_begin(folder, &ignored);
    for (int i = 0; lock >= 0 && i < 256; i++) {
        char path[PATH_MAX];
        snprintf(path, sizeof path, "%s/contents/%02x", folder->path, i);
        DIR *shard = opendir(path);
        const struct dirent *entry;
        while (shard != NULL && (entry = readdir(shard)) != NULL) {
            drop_nameless(folder, dirfd(shard), entry->d_name);
        }
        if (shard != NULL) {
            closedir(shard);
        }
    }
    if (lock >= 0) {
        folder_end(folder, lock);
    }
}

static void folder_close(void *state) {
    struct folder *folder = state;
    folder->names.close(folder->names.state);
    free(folder);
}

static bool open_folder(struct folder *folder, const char *given, struct error *error) {
    char path[PATH_MAX];
    if (!file_make_folders(given, error)) {
        return false;
    }
    if (realpath(given, path) == NULL || strlen(path) >= sizeof folder->path) {
        return error_set_errno(error, errno == 0 ? ENAMETOOLONG : errno, "%s", given);
    }
    memcpy(folder->path, path, strlen(path) + 1);
    snprintf(path, sizeof path, "%s/contents", folder->path);
    if (!file_make_folders(path, error)) {
        return false;
    }
    snprintf(path, sizeof path, "%s/files.mdb", folder->path);
    return store_lmdb_open(path, &folder->names, error);
}

bool file_driver_folder(const char *path, char *absolute, size_t capacity,
                        struct file_driver *driver, struct error *error) {
    struct folder *folder = calloc(1, sizeof *folder);
    if (folder == NULL) {
        return error_set(error, ERROR_MEMORY, "files of users");
    }
    if (!open_folder(folder, path, error)) {
        free(folder);
        return false;
    }
    sweep(folder);
    snprintf(absolute, capacity, "%s", folder->path);
    *driver = (struct file_driver){
        .state = folder,
        .kind = "folder",
        .step = STEP,
        .get = folder_get,
        .iterate = folder_iterate,
        .commit = folder_commit,
        .begin = folder_begin,
        .end = folder_end,
        .prepare = folder_prepare,
        .place = folder_place,
        .drop = folder_drop,
        .open = folder_open_contents,
        .read = folder_read,
        .descriptor = folder_descriptor,
        .close_contents = folder_close_contents,
        .close = folder_close,
    };
    return true;
}
