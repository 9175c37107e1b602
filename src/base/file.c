#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool read_to_end(int fd, const char *path, size_t limit, struct buffer *contents,
                        struct error *error) {
    struct stat status;
    size_t step = 64 * 1024;
    if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0 &&
        (uintmax_t)status.st_size <= limit) {
        step = (size_t)status.st_size + 1;
    }
    for (;;) {
        if (!buffer_reserve(contents, step, error)) {
            return false;
        }
        ssize_t count = read(fd, contents->data + contents->length, step);
        if (count < 0) {
            if (errno == EINTR) {
                continue;
            }
            return error_set_errno(error, errno, "reading %s", path);
        }
        if (count == 0) {
            return true;
        }
        contents->length += (size_t)count;
        if (contents->length > limit) {
            return error_set(error, ERROR_TOO_LARGE, "%s is larger than %zu bytes", path, limit);
        }
        step = 64 * 1024;
    }
}

bool file_read(const char *path, size_t limit, struct buffer *contents, struct error *error) {
    bool standard_input = strcmp(path, "-") == 0;
    int fd = standard_input ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return error_set_errno(error, errno, "%s", path);
    }
    struct buffer fresh = {0};
    bool done = read_to_end(fd, path, limit, &fresh, error);
    if (!standard_input) {
        close(fd);
    }
    if (!done) {
        buffer_destroy(&fresh);
        return false;
    }
    buffer_destroy(contents);
    *contents = fresh;
    return true;
}

bool file_write_all(int fd, struct bytes contents, struct error *error) {
    size_t written = 0;
    while (written < contents.length) {
        ssize_t count = write(fd, contents.data + written, contents.length - written);
        if (count < 0) {
            if (errno == EINTR) {
                continue;
            }
            return error_set_errno(error, errno, "write");
        }
        written += (size_t)count;
    }
    return true;
}

bool file_write_temporary(const char *folder, const char *suffix, struct bytes contents,
                          char path[PATH_MAX], struct error *error) {
    int length = snprintf(path, PATH_MAX, "%s/XXXXXX%s", folder, suffix);
    if (length < 0 || length >= PATH_MAX) {
        return error_set(error, ERROR_ARGUMENT, "path too long: %.200s", folder);
    }
    int fd = mkostemps(path, (int)strlen(suffix), O_CLOEXEC);
    if (fd < 0) {
        return error_set_errno(error, errno, "%s", path);
    }
    bool done = file_write_all(fd, contents, error);
    close(fd);
    if (!done) {
        error_prefix(error, "%s", path);
        unlink(path);
    }
    return done;
}

static bool sync_folder_of(const char *path, struct error *error) {
    char folder[PATH_MAX];
    snprintf(folder, sizeof folder, "%s", path);
    char *slash = strrchr(folder, '/');
    if (slash == NULL) {
        snprintf(folder, sizeof folder, ".");
    } else if (slash == folder) {
        slash[1] = '\0';
    } else {
        *slash = '\0';
    }
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        return error_set_errno(error, errno, "%s", folder);
    }
    bool done = fsync(fd) == 0;
    int number = errno;
    close(fd);
    return done || error_set_errno(error, number, "fsync of %s", folder);
}

bool file_write_atomic(const char *path, struct bytes contents, unsigned mode,
                       struct error *error) {
    char temporary[PATH_MAX];
    int length = snprintf(temporary, sizeof temporary, "%s.XXXXXX", path);
    if (length < 0 || (size_t)length >= sizeof temporary) {
        return error_set(error, ERROR_ARGUMENT, "path too long: %.200s", path);
    }
    int fd = mkostemp(temporary, O_CLOEXEC);
    if (fd < 0) {
        return error_set_errno(error, errno, "%s", temporary);
    }
    bool done = false;
    if (fchmod(fd, mode) != 0) {
        error_set_errno(error, errno, "chmod of %s", temporary);
        goto cleanup;
    }
    if (!file_write_all(fd, contents, error)) {
        error_prefix(error, "%s", path);
        goto cleanup;
    }
    if (fsync(fd) != 0) {
        error_set_errno(error, errno, "fsync of %s", path);
        goto cleanup;
    }
    if (rename(temporary, path) != 0) {
        error_set_errno(error, errno, "rename to %s", path);
        goto cleanup;
    }
    done = sync_folder_of(path, error);
cleanup:
    close(fd);
    if (!done) {
        unlink(temporary);
    }
    return done;
}

bool file_make_folders(const char *path, struct error *error) {
    char partial[PATH_MAX];
    int length = snprintf(partial, sizeof partial, "%s", path);
    if (length <= 0 || (size_t)length >= sizeof partial) {
        return error_set(error, ERROR_ARGUMENT, "bad folder path: %.200s", path);
    }
    for (char *p = partial + 1;; p++) {
        if (*p != '/' && *p != '\0') {
            continue;
        }
        char kept = *p;
        *p = '\0';
        if (mkdir(partial, 0700) != 0 && errno != EEXIST) {
            return error_set_errno(error, errno, "mkdir %s", partial);
        }
        if (kept == '\0') {
            return true;
        }
        *p = kept;
    }
}

char *file_program_folder(struct error *error) {
    char path[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    if (length < 0) {
        error_set_errno(error, errno, "/proc/self/exe");
        return NULL;
    }
    path[length] = '\0';
    char *slash = strrchr(path, '/');
    if (slash != NULL && slash != path) {
        *slash = '\0';
    }
    char *folder = strdup(path);
    if (folder == NULL) {
        error_set(error, ERROR_MEMORY, "path");
    }
    return folder;
}
