#include "store/folder.h"

#include "base/file.h"
#include "base/log.h"
#include "store/store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const folder_names[FOLDER_COUNT] = {
    [FOLDER_BLOBS] = "blobs",
    [FOLDER_OBJECTS] = "objects",
    [FOLDER_TEMPORARY] = "temporary",
};

static bool join(char path[PATH_MAX], const char *folder, const char *name, struct error *error) {
    int length = snprintf(path, PATH_MAX, "%s/%s", folder, name);
    if (length < 0 || length >= PATH_MAX) {
        return error_set(error, ERROR_ARGUMENT, "path too long: %.200s/%.100s", folder, name);
    }
    return true;
}

static bool is_hexadecimal(const char *text, size_t length) {
    return strspn(text, "0123456789abcdef") >= length;
}

bool folder_digest_valid(const char *digest) {
    return strlen(digest) == STORE_DIGEST_LENGTH && is_hexadecimal(digest, STORE_DIGEST_LENGTH);
}

// ---- The lock -----------------------------------------------------------------------------------

static void write_process(int fd) {
    char text[32];
    int length = snprintf(text, sizeof text, "%ld\n", (long)getpid());
    if (ftruncate(fd, 0) != 0 || pwrite(fd, text, (size_t)length, 0) != length) {
        log_debug("the lock file does not tell the process");
    }
}

static long read_process(int fd) {
    char text[32] = {0};
    ssize_t length = pread(fd, text, sizeof text - 1, 0);
    return length > 0 ? strtol(text, NULL, 10) : 0;
}

static int take_lock(const char *folder, struct error *error) {
    char path[PATH_MAX];
    if (!join(path, folder, "lock", error)) {
        return -1;
    }
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) {
        error_set_errno(error, errno, "%s", path);
        return -1;
    }
    int result;
    do {
        result = flock(fd, LOCK_EX | LOCK_NB);
    } while (result != 0 && errno == EINTR);
    if (result != 0) {
        if (errno == EWOULDBLOCK) {
            error_set(error, ERROR_BUSY, "%s is in use by another process (%ld)", folder,
                      read_process(fd));
        } else {
            error_set_errno(error, errno, "lock of %s", path);
        }
        close(fd);
        return -1;
    }
    write_process(fd);
    return fd;
}

int folder_open(const char *folder, struct error *error) {
    if (!file_make_folders(folder, error)) {
        return -1;
    }
    int lock = take_lock(folder, error);
    if (lock < 0) {
        return -1;
    }
    for (int i = 0; i < FOLDER_COUNT; i++) {
        char path[PATH_MAX];
        if (!join(path, folder, folder_names[i], error) || !file_make_folders(path, error)) {
            close(lock);
            return -1;
        }
    }
    return lock;
}

// ---- Sweeping -----------------------------------------------------------------------------------

// Calls `visit` for each entry of a folder but "." and ".."; a folder that cannot be read is empty.
static void each_entry(const char *folder, void (*visit)(void *context, int at, const char *name),
                       void *context) {
    DIR *entries = opendir(folder);
    if (entries == NULL) {
        if (errno != ENOENT) {
            log_warn("%s: %s", folder, strerror(errno));
        }
        return;
    }
    const struct dirent *entry;
    while ((entry = readdir(entries)) != NULL) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
            visit(context, dirfd(entries), entry->d_name);
        }
    }
    closedir(entries);
}

static void remove_entry(void *context, int at, const char *name) {
    (void)context;
    if (unlinkat(at, name, 0) != 0) {
        log_warn("cannot remove temporary file %s: %s", name, strerror(errno));
    }
}

struct sweep {
    const char *folder; // "blobs" or "objects", whole path
    const char *suffix; // that a whole file's name ends with, after the digest
    bool (*known)(void *context, const char *digest);
    void *context;
};

static bool ends_with(const char *text, const char *suffix) {
    size_t length = strlen(text);
    size_t tail = strlen(suffix);
    return length >= tail && strcmp(text + length - tail, suffix) == 0;
}

static void sweep_file(void *context, int at, const char *name) {
    const struct sweep *sweep = context;
    if (!is_hexadecimal(name, STORE_DIGEST_LENGTH)) {
        log_warn("%s holds a file that is not the store's: %s", sweep->folder, name);
        return;
    }
    char digest[STORE_DIGEST_LENGTH + 1];
    snprintf(digest, sizeof digest, "%s", name);
    const char *rest = name + STORE_DIGEST_LENGTH;
    bool whole = sweep->suffix[0] == '\0' ? rest[0] == '\0' : ends_with(rest, sweep->suffix);
    if ((!whole || !sweep->known(sweep->context, digest)) && unlinkat(at, name, 0) != 0) {
        log_warn("cannot remove %s/%s: %s", sweep->folder, name, strerror(errno));
    }
}

static void sweep_shard(void *context, int at, const char *name) {
    (void)at;
    const struct sweep *sweep = context;
    char path[PATH_MAX];
    if (strlen(name) != 2 || !is_hexadecimal(name, 2) || !join(path, sweep->folder, name, NULL)) {
        log_warn("%s holds something that is not the store's: %s", sweep->folder, name);
        return;
    }
    each_entry(path, sweep_file, context);
}

void folder_sweep(const char *folder, bool (*known)(void *context, const char *digest),
                  void *context) {
    char path[PATH_MAX];
    if (join(path, folder, folder_names[FOLDER_TEMPORARY], NULL)) {
        each_entry(path, remove_entry, NULL);
    }
    static const char *const suffixes[] = {[FOLDER_BLOBS] = "", [FOLDER_OBJECTS] = ".so"};
    for (int kind = FOLDER_BLOBS; kind <= FOLDER_OBJECTS; kind++) {
        if (join(path, folder, folder_names[kind], NULL)) {
            struct sweep sweep = {path, suffixes[kind], known, context};
            each_entry(path, sweep_shard, &sweep);
        }
    }
}

static void remove_digest(void *context, int at, const char *name) {
    const char *digest = context;
    if (strncmp(name, digest, STORE_DIGEST_LENGTH) == 0 && unlinkat(at, name, 0) != 0) {
        log_warn("cannot remove %s: %s", name, strerror(errno));
    }
}

void folder_drop_digest(const char *folder, const char *digest) {
    for (int kind = FOLDER_BLOBS; kind <= FOLDER_OBJECTS; kind++) {
        char path[PATH_MAX];
        int length = snprintf(path, sizeof path, "%s/%s/%.2s", folder, folder_names[kind], digest);
        if (length > 0 && (size_t)length < sizeof path) {
            each_entry(path, remove_digest, (void *)digest);
        }
    }
}

// ---- Paths --------------------------------------------------------------------------------------

// A new folder is durable before anything is named in it.
static bool make_shard(const char *shard, struct error *error) {
    if (mkdir(shard, 0700) != 0) {
        return errno == EEXIST || error_set_errno(error, errno, "mkdir %s", shard);
    }
    char parent[PATH_MAX];
    snprintf(parent, sizeof parent, "%s/..", shard);
    int fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        return error_set_errno(error, errno, "%s", parent);
    }
    bool done = fsync(fd) == 0 || error_set_errno(error, errno, "fsync of %s", parent);
    close(fd);
    return done;
}

bool folder_digest_path(const char *folder, int kind, const char *digest, const char *suffix,
                        char path[PATH_MAX], struct error *error) {
    if (!folder_digest_valid(digest)) {
        return error_set(error, ERROR_ARGUMENT, "not a digest: %.100s", digest);
    }
    char shard[PATH_MAX];
    int length = snprintf(shard, sizeof shard, "%s/%s/%.2s", folder, folder_names[kind], digest);
    if (length < 0 || length >= PATH_MAX) {
        return error_set(error, ERROR_ARGUMENT, "path too long: %.200s", folder);
    }
    if (!make_shard(shard, error)) {
        return false;
    }
    length = snprintf(path, PATH_MAX, "%s/%s%s", shard, digest, suffix);
    if (length < 0 || length >= PATH_MAX) {
        return error_set(error, ERROR_ARGUMENT, "path too long: %.200s", folder);
    }
    return true;
}

bool folder_write_temporary(const char *folder, struct bytes contents, char path[PATH_MAX],
                            struct error *error) {
    char temporary[PATH_MAX];
    int length = snprintf(temporary, PATH_MAX, "%s/%s", folder, folder_names[FOLDER_TEMPORARY]);
    if (length < 0 || length >= PATH_MAX) {
        return error_set(error, ERROR_ARGUMENT, "path too long: %.200s", folder);
    }
    return file_write_temporary(temporary, "", contents, path, error);
}
