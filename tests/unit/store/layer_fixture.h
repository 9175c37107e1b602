// What the tests of layers share: a store, two hosts' layers over it, and files in them opened,
// renamed and removed as the host interface goes about it.
#ifndef FAASM_TESTS_LAYER_FIXTURE_H
#define FAASM_TESTS_LAYER_FIXTURE_H

#include "store/layer.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

// Not every test uses all of this.
#pragma clang diagnostic ignored "-Wunused-function"

static char base[64];
static struct file_store *store;
static struct layer *layer;  // a host
static struct layer *second; // another
static uint64_t limit_bytes, limit_entries;

static int remove_one(const char *path, const struct stat *status, int flag, struct FTW *walk) {
    (void)status, (void)flag, (void)walk;
    return remove(path);
}

static struct layer *open_layer(const char *host, enum layer_kind kind) {
    char folder[128], own[128];
    struct error error = {0};
    snprintf(folder, sizeof folder, "%s/%s/seen", base, host);
    snprintf(own, sizeof own, "%s/%s/own", base, host);
    const struct layer_config config = {
        .store = store,
        .user = "ada",
        .folder = folder,
        .own_folder = own,
        .kind = kind,
        .bytes = limit_bytes,
        .entries = limit_entries,
    };
    struct layer *opened = layer_open(&config, &error);
    if (opened == NULL) {
        fail_msg("%s", error.message);
    }
    return opened;
}

static void open_hosts(uint64_t bytes, uint64_t entries) {
    limit_bytes = bytes;
    limit_entries = entries;
    layer = open_layer("first", LAYER_LOCAL);
    second = open_layer("second", LAYER_LOCAL);
}

static void reopen(void) {
    layer_close(layer);
    layer = open_layer("first", LAYER_LOCAL);
    layer_sync(layer);
}

static int setup(void **state) {
    (void)state;
    struct error error;
    char folder[128];
    snprintf(base, sizeof base, "/tmp/faasm-unit-XXXXXX");
    assert_non_null(mkdtemp(base));
    snprintf(folder, sizeof folder, "%s/store", base);
    store = file_store_open(folder, &error);
    layer = second = NULL;
    limit_bytes = limit_entries = 0;
    return store == NULL;
}

static int teardown(void **state) {
    (void)state;
    layer_close(layer);
    layer_close(second);
    file_store_close(store);
    return nftw(base, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void put(const char *path, const void *contents, size_t length) {
    struct error error;
    if (!file_store_put(store, "ada", path, (struct bytes){contents, length}, 0, NULL, &error)) {
        fail_msg("%s", error.message);
    }
}

static void put_text(const char *path, const char *text) {
    put(path, text, strlen(text));
}

// ---- As the host interface goes about it --------------------------------------------------------

static int root_of(struct layer *from) {
    layer_sync(from);
    int fd = open(layer_folder(from), O_PATH | O_DIRECTORY | O_CLOEXEC);
    assert_true(fd >= 0);
    return fd;
}

struct opened {
    int fd;
    struct layer_file *file;
};

// Error number.
static int open_in(struct layer *from, const char *path, int flags, struct opened *opened) {
    int root = root_of(from);
    struct stat status;
    bool creates = (flags & O_CREAT) != 0 && fstatat(root, path, &status, 0) != 0;
    int failure = creates ? layer_take_entry(from) : 0;
    if (failure != 0) {
        close(root);
        return failure;
    }
    opened->fd = openat(root, path, (flags & ~O_TRUNC) | O_CLOEXEC, 0600);
    failure = opened->fd < 0 ? errno : 0;
    close(root);
    if (failure != 0 && creates) {
        layer_return_entry(from);
    }
    if (failure == 0) {
        enum layer_access access = (flags & O_TRUNC) != 0            ? LAYER_TRUNCATE
                                   : (flags & O_ACCMODE) == O_RDONLY ? LAYER_READ
                                                                     : LAYER_WRITE;
        failure = layer_file_open(from, opened->fd, access, &opened->file);
        if (failure != 0) {
            close(opened->fd);
        }
    }
    return failure;
}

static void close_opened(struct opened *opened) {
    layer_file_close(opened->file, opened->fd);
    close(opened->fd);
}

static int write_to(struct opened *opened, const void *bytes, size_t length) {
    int failure = layer_reserve(opened->file, opened->fd, LAYER_POSITION, length);
    if (failure == 0) {
        assert_int_equal(write(opened->fd, bytes, length), length);
    }
    return failure;
}

static void write_file(struct layer *from, const char *path, int flags, const char *text) {
    struct opened opened;
    assert_int_equal(open_in(from, path, flags, &opened), 0);
    assert_int_equal(write_to(&opened, text, strlen(text)), 0);
    close_opened(&opened);
}

static const char *read_file(struct layer *from, const char *path) {
    static char text[256];
    struct opened opened;
    int failure = open_in(from, path, O_RDONLY, &opened);
    if (failure != 0) {
        return strerror(failure);
    }
    assert_int_equal(layer_fill(opened.file, 0, sizeof text), 0);
    ssize_t got = pread(opened.fd, text, sizeof text - 1, 0);
    assert_true(got >= 0);
    text[got] = '\0';
    close_opened(&opened);
    return text;
}

static int unlink_in(struct layer *from, const char *name, int flags) {
    int root = root_of(from);
    struct stat before;
    int failure = fstatat(root, name, &before, AT_SYMLINK_NOFOLLOW) == 0 ? 0 : errno;
    if (failure == 0 && unlinkat(root, name, flags) != 0) {
        failure = errno;
    }
    if (failure == 0) {
        layer_removed(from, &before);
        failure = layer_hide(from, root, name);
    }
    close(root);
    return failure;
}

static int rename_in(struct layer *in, const char *from, const char *to) {
    int root = root_of(in);
    struct stat before;
    int failure = layer_localize(in, root, from);
    bool replaces = fstatat(root, to, &before, AT_SYMLINK_NOFOLLOW) == 0;
    if (failure == 0 && renameat(root, from, root, to) != 0) {
        failure = errno;
    }
    if (failure == 0 && replaces) {
        layer_removed(in, &before);
    }
    failure = failure != 0 ? failure : layer_hide(in, root, from);
    close(root);
    return failure;
}

static void make_folder(struct layer *in, const char *path) {
    int root = root_of(in);
    assert_int_equal(layer_take_entry(in), 0);
    assert_int_equal(mkdirat(root, path, 0700), 0);
    close(root);
}

static bool exists(struct layer *in, const char *path) {
    int root = root_of(in);
    struct stat status;
    bool found = fstatat(root, path, &status, AT_SYMLINK_NOFOLLOW) == 0;
    close(root);
    return found;
}

static struct stat status_of(struct layer *in, const char *path) {
    struct stat status;
    int root = root_of(in);
    assert_int_equal(fstatat(root, path, &status, AT_SYMLINK_NOFOLLOW), 0);
    close(root);
    return status;
}

static void assert_usage(struct layer *of, uint64_t bytes, uint64_t entries) {
    uint64_t now_bytes, now_entries;
    layer_usage(of, &now_bytes, &now_entries);
    assert_int_equal(now_bytes, bytes);
    assert_int_equal(now_entries, entries);
}

static uint64_t used_bytes(struct layer *of) {
    uint64_t bytes, entries;
    layer_usage(of, &bytes, &entries);
    return bytes;
}

#define LAYER_TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

#endif
