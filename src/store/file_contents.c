// Contents of stored files: read by range, and verified where they are fetched whole.
#include "store/file_store_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct file_contents {
    struct file_store *store;
    void *opened; // the driver's
    uint64_t size;
    char digest[STORE_DIGEST_LENGTH + 1];
};

struct file_contents *file_store_contents(struct file_store *store, const struct stored_file *file,
                                          struct error *error) {
    struct file_contents *contents = malloc(sizeof *contents);
    if (contents == NULL) {
        error_set(error, ERROR_MEMORY, "contents of a file");
        return NULL;
    }
    *contents = (struct file_contents){.store = store, .size = file->size};
    memcpy(contents->digest, file->digest, sizeof contents->digest);
    contents->opened = store->driver.open(store->driver.state, file->digest, file->size, error);
    if (contents->opened == NULL) {
        free(contents);
        return NULL;
    }
    return contents;
}

void file_contents_close(struct file_contents *contents) {
    if (contents != NULL) {
        contents->store->driver.close_contents(contents->opened);
        free(contents);
    }
}

void file_store_digest(crypto_generichash_state *state, char digest[STORE_DIGEST_LENGTH + 1]) {
    uint8_t hash[STORE_DIGEST_LENGTH / 2];
    crypto_generichash_final(state, hash, sizeof hash);
    sodium_bin2hex(digest, STORE_DIGEST_LENGTH + 1, hash, sizeof hash);
}

static int write_at(int fd, struct bytes bytes, uint64_t offset) {
    while (bytes.length > 0) {
        ssize_t written = pwrite(fd, bytes.data, bytes.length, (off_t)offset);
        if (written < 0 && errno != EINTR) {
            return errno;
        }
        size_t count = written > 0 ? (size_t)written : 0;
        bytes = (struct bytes){bytes.data + count, bytes.length - count};
        offset += count;
    }
    return 0;
}

// Step by step through a buffer. Contents that are fetched whole from elsewhere are verified.
static int copy_steps(struct file_contents *contents, uint64_t offset, uint64_t length, int to,
                      uint64_t at, struct bytes room, struct error *error) {
    const struct file_driver *driver = &contents->store->driver;
    bool verified = driver->descriptor == NULL && offset == 0 && length == contents->size;
    char digest[STORE_DIGEST_LENGTH + 1];
    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, STORE_DIGEST_LENGTH / 2);
    for (uint64_t done = 0; done < length;) {
        size_t step = length - done < room.length ? (size_t)(length - done) : room.length;
        uint8_t *bytes = (uint8_t *)room.data;
        if (!driver->read(contents->opened, offset + done, step, bytes, error)) {
            return EIO;
        }
        int failure = write_at(to, (struct bytes){bytes, step}, at + done);
        if (failure != 0) {
            error_set_errno(error, failure, "contents of a file");
            return failure;
        }
        if (verified) {
            crypto_generichash_update(&state, bytes, step);
        }
        done += step;
    }
    file_store_digest(&state, digest);
    if (verified && strcmp(digest, contents->digest) != 0) {
        error_set(error, ERROR_IO, "contents %s: damaged in the store", contents->digest);
        return EIO;
    }
    return 0;
}

int file_contents_copy(struct file_contents *contents, uint64_t offset, uint64_t length, int to,
                       uint64_t at, struct error *error) {
    size_t step = contents->store->driver.step;
    if (offset > contents->size || length > contents->size - offset) {
        error_set(error, ERROR_ARGUMENT, "contents %s: not so long", contents->digest);
        return EINVAL;
    }
    step = length < step ? (size_t)length : step;
    uint8_t *room = malloc(step + 1);
    if (room == NULL) {
        error_set(error, ERROR_MEMORY, "contents of a file");
        return ENOMEM;
    }
    int failure = copy_steps(contents, offset, length, to, at, (struct bytes){room, step}, error);
    free(room);
    return failure;
}

int file_contents_descriptor(struct file_contents *contents, uint64_t offset, uint64_t length,
                             uint64_t *at, struct error *error) {
    struct file_store *store = contents->store;
    bool is_file = store->driver.descriptor != NULL;
    int fd = is_file ? fcntl(store->driver.descriptor(contents->opened), F_DUPFD_CLOEXEC, 0)
                     : open(store->temporary, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd < 0) {
        error_set_errno(error, errno, "contents of a file");
        return -1;
    }
    *at = is_file ? offset : 0;
    if (!is_file && file_contents_copy(contents, offset, length, fd, 0, error) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}
