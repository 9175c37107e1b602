// The functions of faasm/files.h.
#include "faasm/files.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

long faasm_get_file_length(const char *path) {
    struct stat status;
    if (stat(path, &status) != 0) {
        return -1;
    }
    if (status.st_size > INT32_MAX) {
        errno = EFBIG;
        return -1;
    }
    return (long)status.st_size;
}

// Reads to the end, however long the file says that it is: it may be a pipe, or change meanwhile.
static char *read_to_end(FILE *file, size_t *length) {
    size_t used = 0;
    size_t capacity = 4096;
    char *contents = malloc(capacity);
    while (contents) {
        used += fread(contents + used, 1, capacity - 1 - used, file);
        if (used < capacity - 1) {
            break;
        }
        char *larger = realloc(contents, capacity * 2);
        if (!larger) {
            free(contents);
        }
        contents = larger;
        capacity *= 2;
    }
    if (contents && ferror(file)) {
        free(contents);
        contents = NULL;
    }
    if (contents) {
        contents[used] = '\0';
        *length = used;
    }
    return contents;
}

char *faasm_read_file(const char *path, size_t *length) {
    FILE *file = fopen(path, "rb");
    if (!file) {
        return NULL;
    }
    size_t size = 0;
    char *contents = read_to_end(file, &size);
    int number = errno;
    fclose(file);
    errno = number;
    if (length) {
        *length = size;
    }
    return contents;
}

bool faasm_write_file(const char *path, const void *data, size_t length) {
    FILE *file = fopen(path, "wb");
    if (!file) {
        return false;
    }
    bool written = fwrite(data, 1, length, file) == length;
    int number = errno;
    if (fclose(file) != 0) {
        return false;
    }
    errno = number;
    return written;
}
