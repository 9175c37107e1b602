#include "store/object_cache.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { DEPTH_MAX = 2, LEFT_BEHIND_SECONDS = 3600 };

struct cached {
    char *path;
    uint64_t bytes;
    struct timespec used;
};

struct listing {
    struct cached *files;
    size_t count, capacity;
    uint64_t bytes;
    time_t now;
};

static bool add_file(struct listing *listing, const char *path, const struct stat *status) {
    if (listing->count == listing->capacity) {
        size_t capacity = listing->capacity * 2 + 64;
        struct cached *more = realloc(listing->files, capacity * sizeof *more);
        if (more == NULL) {
            return false;
        }
        listing->files = more;
        listing->capacity = capacity;
    }
    char *copy = strdup(path);
    if (copy == NULL) {
        return false;
    }
    struct cached *file = &listing->files[listing->count++];
    file->path = copy;
    file->bytes = (uint64_t)status->st_size;
    file->used = status->st_mtim;
    listing->bytes += (uint64_t)status->st_size;
    return true;
}

static bool ends_with(const char *name, const char *suffix) {
    size_t length = strlen(name), tail = strlen(suffix);
    return length >= tail && strcmp(name + length - tail, suffix) == 0;
}

// What file_write_atomic and `faasm run` write before it is whole: "….so.XXXXXX", "XXXXXX.wasm".
static bool is_temporary(const char *name) {
    const char *object = strstr(name, ".so.");
    return (object != NULL && strlen(object) == strlen(".so.XXXXXX")) || ends_with(name, ".wasm");
}

// A file of the cache: listed, or removed where a killed writer left it. False when memory is out.
static bool see_file(struct listing *listing, const char *path, const char *name,
                     const struct stat *status) {
    if (ends_with(name, ".so")) {
        return add_file(listing, path, status);
    }
    if (is_temporary(name) && listing->now - status->st_mtim.tv_sec > LEFT_BEHIND_SECONDS) {
        unlink(path);
    }
    return true;
}

// False when memory is out.
static bool list(struct listing *listing, const char *folder, unsigned depth) {
    DIR *entries = opendir(folder);
    if (entries == NULL) {
        return true;
    }
    bool complete = true;
    const struct dirent *entry;
    while (complete && (entry = readdir(entries)) != NULL) {
        char path[PATH_MAX];
        struct stat status;
        int length = snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        if (entry->d_name[0] == '.' || length < 0 || (size_t)length >= sizeof path ||
            lstat(path, &status) != 0) {
            continue;
        }
        if (S_ISREG(status.st_mode)) {
            complete = see_file(listing, path, entry->d_name, &status);
        } else if (S_ISDIR(status.st_mode) && depth + 1 < DEPTH_MAX) {
            complete = list(listing, path, depth + 1);
        }
    }
    closedir(entries);
    return complete;
}

static int compare_use(const void *a, const void *b) {
    const struct timespec *first = &((const struct cached *)a)->used;
    const struct timespec *second = &((const struct cached *)b)->used;
    if (first->tv_sec != second->tv_sec) {
        return first->tv_sec < second->tv_sec ? -1 : 1;
    }
    return (first->tv_nsec > second->tv_nsec) - (first->tv_nsec < second->tv_nsec);
}

// Removes the file unless somebody has it loaded, or loaded it since it was listed.
static bool remove_unused(const struct cached *file) {
    int fd = open(file->path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return false;
    }
    struct stat status;
    bool unused = flock(fd, LOCK_EX | LOCK_NB) == 0 && fstat(fd, &status) == 0 &&
                  status.st_mtim.tv_sec == file->used.tv_sec &&
                  status.st_mtim.tv_nsec == file->used.tv_nsec;
    bool removed = unused && unlink(file->path) == 0;
    close(fd);
    return removed;
}

struct object_cache_trimmed object_cache_trim(const char *folder, uint64_t limit) {
    struct object_cache_trimmed trimmed = {0};
    struct listing listing = {.now = time(NULL)};
    // What was listed is trimmed also where memory was out for the rest.
    (void)list(&listing, folder, 0);
    if (listing.count > 0) {
        qsort(listing.files, listing.count, sizeof *listing.files, compare_use);
    }
    for (size_t i = 0; i < listing.count; i++) {
        const struct cached *file = &listing.files[i];
        if (listing.bytes - trimmed.bytes > limit && remove_unused(file)) {
            trimmed.files++;
            trimmed.bytes += file->bytes;
        }
        free(file->path);
    }
    free(listing.files);
    return trimmed;
}
