// A layer of local files over those of the store: placeholders, copying up, whiteouts, limits, two
// hosts, shared files, and what is left after kill -9.
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

// ---- As the host interface goes about it
// ----------------------------------------------------------

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
    bool created = false;
    struct stat status;
    if ((flags & O_CREAT) != 0 && fstatat(root, path, &status, 0) != 0) {
        int failure = layer_may_add(from);
        if (failure != 0) {
            close(root);
            return failure;
        }
        created = true;
    }
    opened->fd = openat(root, path, (flags & ~O_TRUNC) | O_CLOEXEC, 0600);
    int failure = opened->fd < 0 ? errno : 0;
    close(root);
    if (failure == 0) {
        enum layer_access access = (flags & O_TRUNC) != 0            ? LAYER_TRUNCATE
                                   : (flags & O_ACCMODE) == O_RDONLY ? LAYER_READ
                                                                     : LAYER_WRITE;
        failure = layer_file_open(from, opened->fd, access, created, &opened->file);
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
    assert_int_equal(layer_may_add(in), 0);
    assert_int_equal(mkdirat(root, path, 0700), 0);
    layer_added(in);
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

// ---- Reading
// ----------------------------------------------------------------------------------------

static void test_placeholders(void **state) {
    (void)state;
    open_hosts(0, 0);
    put_text("a/b/file", "of the store");
    struct stat status = status_of(layer, "a/b/file");
    assert_int_equal(status.st_size, 12);
    assert_int_equal(status.st_blocks, 0); // nothing has been read
    struct stored_file stored;
    struct error error;
    assert_true(file_store_get(store, "ada", "a/b/file", &stored, &error));
    assert_int_equal(status.st_mtim.tv_sec, stored.modified / 1000000000u);
    assert_string_equal(read_file(layer, "a/b/file"), "of the store");
    assert_string_equal(read_file(second, "a/b/file"), "of the store");
    assert_int_equal(status_of(layer, "a/b/file").st_mtim.tv_nsec, status.st_mtim.tv_nsec);
    assert_usage(layer, 0, 2); // the folders; contents that come from the store are nobody's
}

static void test_contents_come_by_pieces(void **state) {
    (void)state;
    enum { SIZE = 5 * LAYER_PIECE + 100 };
    uint8_t *bytes = malloc(SIZE);
    assert_non_null(bytes);
    for (size_t i = 0; i < SIZE; i++) {
        bytes[i] = (uint8_t)(i * 31 + i / LAYER_PIECE);
    }
    open_hosts(0, 0);
    put("large", bytes, SIZE);
    struct opened opened;
    uint8_t got[1000];
    assert_int_equal(open_in(layer, "large", O_RDONLY, &opened), 0);
    assert_true(layer_incomplete(opened.file));
    // Across the border of two pieces.
    uint64_t at = 2 * LAYER_PIECE - 500;
    assert_int_equal(layer_fill(opened.file, at, sizeof got), 0);
    assert_int_equal(pread(opened.fd, got, sizeof got, (off_t)at), sizeof got);
    assert_memory_equal(got, bytes + at, sizeof got);
    struct stat status = status_of(layer, "large");
    assert_true(status.st_blocks * 512 < 3 * LAYER_PIECE);
    // Past the end, nothing, all.
    assert_int_equal(layer_fill(opened.file, SIZE + 1, 10), 0);
    assert_int_equal(layer_fill(opened.file, UINT64_MAX, UINT64_MAX), 0);
    assert_int_equal(layer_fill(opened.file, 0, 0), 0);
    assert_true(layer_incomplete(opened.file));
    assert_int_equal(layer_fill(opened.file, 0, UINT64_MAX), 0);
    assert_false(layer_incomplete(opened.file));
    for (size_t offset = 0; offset < SIZE; offset += sizeof got) {
        size_t length = SIZE - offset < sizeof got ? SIZE - offset : sizeof got;
        assert_int_equal(pread(opened.fd, got, length, (off_t)offset), length);
        assert_memory_equal(got, bytes + offset, length);
    }
    close_opened(&opened);
    free(bytes);
}

static void test_an_open_file_stays_what_it_was(void **state) {
    (void)state;
    open_hosts(0, 0);
    put_text("file", "older");
    struct opened opened;
    char text[8] = {0};
    assert_int_equal(open_in(layer, "file", O_RDONLY, &opened), 0);
    put_text("file", "newer text");
    assert_string_equal(read_file(layer, "file"), "newer text");
    assert_int_equal(layer_fill(opened.file, 0, 100), 0);
    assert_int_equal(pread(opened.fd, text, sizeof text, 0), 5);
    assert_string_equal(text, "older");
    struct error error;
    assert_true(file_store_remove(store, "ada", "file", &error));
    assert_false(exists(layer, "file"));
    close_opened(&opened);
}

// ---- Copying up
// ----------------------------------------------------------------------------------------

static void test_writing_copies_up(void **state) {
    (void)state;
    open_hosts(0, 0);
    put_text("file", "of the store");
    write_file(layer, "file", O_WRONLY, "OF");
    assert_string_equal(read_file(layer, "file"), "OF the store");
    assert_string_equal(read_file(second, "file"), "of the store");
    put_text("file", "newer");
    assert_string_equal(read_file(layer, "file"), "OF the store"); // local is local
    assert_string_equal(read_file(second, "file"), "newer");
    assert_usage(layer, (uint64_t)status_of(layer, "file").st_blocks * 512, 1);
    assert_usage(second, 0, 0);
    reopen();
    assert_string_equal(read_file(layer, "file"), "OF the store");
    assert_usage(layer, (uint64_t)status_of(layer, "file").st_blocks * 512, 1);
}

static void test_truncating_copies_nothing(void **state) {
    (void)state;
    open_hosts(0, 0);
    put_text("file", "of the store");
    write_file(layer, "file", O_WRONLY | O_TRUNC, "x");
    assert_string_equal(read_file(layer, "file"), "x");
    write_file(layer, "file", O_WRONLY | O_TRUNC, "");
    assert_string_equal(read_file(layer, "file"), "");
    assert_string_equal(read_file(second, "file"), "of the store");
}

static void test_a_reader_sees_what_becomes_local(void **state) {
    (void)state;
    open_hosts(0, 0);
    put_text("file", "of the store");
    struct opened reader;
    char text[16] = {0};
    assert_int_equal(open_in(layer, "file", O_RDONLY, &reader), 0);
    write_file(layer, "file", O_WRONLY, "OF");
    assert_false(layer_incomplete(reader.file));
    assert_int_equal(pread(reader.fd, text, sizeof text, 0), 12);
    assert_string_equal(text, "OF the store");
    close_opened(&reader);
}

static void test_owning_by_path_only(void **state) {
    (void)state;
    open_hosts(0, 0);
    put_text("file", "of the store");
    int root = root_of(layer);
    int fd = openat(root, "file", O_PATH | O_CLOEXEC);
    assert_int_equal(layer_own(layer, fd), 0);
    assert_int_equal(layer_own(layer, fd), 0);
    assert_int_equal(layer_own(layer, root), 0); // a folder has nothing to own
    close(fd);
    close(root);
    put_text("file", "newer");
    assert_string_equal(read_file(layer, "file"), "of the store");
}

// ---- Whiteouts and renaming
// -----------------------------------------------------------------------------

static void test_removed_stays_removed(void **state) {
    (void)state;
    open_hosts(0, 0);
    put_text("dir/file", "one");
    put_text("dir/other", "two");
    assert_int_equal(unlink_in(layer, "dir/file", 0), 0);
    assert_false(exists(layer, "dir/file"));
    assert_true(exists(second, "dir/file"));
    put_text("dir/file", "anew");
    assert_false(exists(layer, "dir/file"));
    assert_string_equal(read_file(second, "dir/file"), "anew");
    reopen();
    assert_false(exists(layer, "dir/file"));
    assert_string_equal(read_file(layer, "dir/other"), "two");
    write_file(layer, "dir/file", O_WRONLY | O_CREAT, "mine");
    reopen();
    assert_string_equal(read_file(layer, "dir/file"), "mine");
}

static void test_a_removed_folder_hides_all_below(void **state) {
    (void)state;
    open_hosts(0, 0);
    put_text("dir/file", "one");
    assert_int_equal(unlink_in(layer, "dir", AT_REMOVEDIR), ENOTEMPTY);
    assert_int_equal(unlink_in(layer, "dir/file", 0), 0);
    assert_int_equal(unlink_in(layer, "dir", AT_REMOVEDIR), 0);
    put_text("dir/later", "two");
    put_text("dir/deeper/file", "three");
    assert_false(exists(layer, "dir"));
    make_folder(layer, "dir"); // anew: the store's stays hidden
    layer_sync(layer);
    assert_false(exists(layer, "dir/later"));
    reopen();
    assert_true(exists(layer, "dir"));
    assert_false(exists(layer, "dir/later"));
    assert_false(exists(layer, "dir/deeper"));
    assert_string_equal(read_file(second, "dir/deeper/file"), "three");
}

static void test_renaming(void **state) {
    (void)state;
    open_hosts(0, 0);
    put_text("from", "contents");
    put_text("over", "other");
    assert_int_equal(rename_in(layer, "from", "over"), 0);
    assert_string_equal(read_file(layer, "over"), "contents");
    assert_false(exists(layer, "from"));
    assert_string_equal(read_file(second, "over"), "other");
    put_text("over", "newer");
    put_text("from", "newer");
    assert_string_equal(read_file(layer, "over"), "contents");
    assert_false(exists(layer, "from"));
    assert_usage(layer, (uint64_t)status_of(layer, "over").st_blocks * 512, 1);
    reopen();
    assert_string_equal(read_file(layer, "over"), "contents");
    assert_false(exists(layer, "from"));
}

static void test_renaming_folders(void **state) {
    (void)state;
    open_hosts(0, 0);
    put_text("tree/one", "1");
    put_text("tree/sub/two", "2");
    assert_int_equal(rename_in(layer, "tree", "wood"), 0);
    assert_string_equal(read_file(layer, "wood/one"), "1");
    assert_string_equal(read_file(layer, "wood/sub/two"), "2");
    assert_false(exists(layer, "tree"));
    put_text("tree/sub/three", "3");
    assert_false(exists(layer, "tree"));
    struct error error;
    assert_true(file_store_remove(store, "ada", "tree/one", &error));
    assert_string_equal(read_file(layer, "wood/one"), "1"); // it is local
    reopen();
    assert_string_equal(read_file(layer, "wood/sub/two"), "2");
    assert_false(exists(layer, "tree"));
}

static void test_a_local_file_hides_what_would_be_below(void **state) {
    (void)state;
    open_hosts(0, 0);
    write_file(layer, "name", O_WRONLY | O_CREAT, "a file");
    put_text("name/below", "of the store");
    assert_string_equal(read_file(layer, "name"), "a file");
    assert_string_equal(read_file(second, "name/below"), "of the store");
    assert_int_equal(symlink("/etc", "unused") == 0 ? unlink("unused") : 0, 0);
    // Nor does a link of the guest's lead the layer out.
    int root = root_of(layer);
    assert_int_equal(symlinkat("/tmp", root, "way"), 0);
    close(root);
    put_text("way/faasm-unit-out", "out");
    layer_sync(layer);
    assert_int_not_equal(access("/tmp/faasm-unit-out", F_OK), 0);
}

// ---- Listing
// ------------------------------------------------------------------------------------------

static int visited;
static char names[512];

static int note_name(const char *path, const struct stat *status, int flag, struct FTW *walk) {
    (void)status, (void)flag;
    if (walk->level > 0) {
        visited++;
        snprintf(names + strlen(names), sizeof names - strlen(names), "%s;", path + walk->base);
    }
    return 0;
}

static void test_listings_merge(void **state) {
    (void)state;
    open_hosts(0, 0);
    put_text("dir/both", "store");
    put_text("dir/store", "store");
    put_text("dir/gone", "store");
    write_file(layer, "dir/local", O_WRONLY | O_CREAT, "local");
    write_file(layer, "dir/both", O_WRONLY | O_TRUNC, "local");
    assert_int_equal(unlink_in(layer, "dir/gone", 0), 0);
    put_text("dir/later", "store");
    layer_sync(layer);
    visited = 0;
    names[0] = '\0';
    assert_int_equal(nftw(layer_folder(layer), note_name, 16, FTW_PHYS), 0);
    assert_int_equal(visited, 5);
    assert_non_null(strstr(names, "both;"));
    assert_non_null(strstr(names, "store;"));
    assert_non_null(strstr(names, "local;"));
    assert_non_null(strstr(names, "later;"));
    assert_null(strstr(names, "gone;"));
}

// ---- Limits
// -------------------------------------------------------------------------------------------

static void test_limit_of_bytes(void **state) {
    (void)state;
    enum { LIMIT = 4 << 20, BLOCK = 64 << 10 };
    static uint8_t block[BLOCK];
    open_hosts(LIMIT, 0);
    struct opened opened;
    assert_int_equal(open_in(layer, "file", O_RDWR | O_CREAT, &opened), 0);
    int failure = 0;
    size_t written = 0;
    while (failure == 0 && written < 2 * (size_t)LIMIT) {
        failure = write_to(&opened, block, sizeof block);
        written += failure == 0 ? sizeof block : 0;
    }
    assert_int_equal(failure, EDQUOT);
    assert_true(written > LIMIT / 2 && written <= LIMIT);
    // Over what is there, from anywhere; not behind it, however the position is.
    assert_int_equal(lseek(opened.fd, 0, SEEK_SET), 0);
    assert_int_equal(write_to(&opened, block, sizeof block), 0);
    assert_int_equal(lseek(opened.fd, 0, SEEK_SET), 0);
    assert_int_equal(layer_reserve(opened.file, opened.fd, 100, sizeof block), 0);
    assert_int_equal(layer_reserve(opened.file, opened.fd, 10 * LIMIT, sizeof block), EDQUOT);
    assert_true(used_bytes(layer) <= LIMIT);
    // Another file, and one of the store that would have to be copied.
    struct opened other;
    assert_int_equal(open_in(layer, "other", O_WRONLY | O_CREAT, &other), 0);
    assert_int_equal(write_to(&other, block, sizeof block), EDQUOT);
    close_opened(&other);
    put("stored", block, sizeof block);
    assert_int_equal(open_in(layer, "stored", O_WRONLY, &other), EDQUOT);
    assert_int_equal(open_in(layer, "stored", O_WRONLY | O_TRUNC, &other), 0);
    close_opened(&other);
    // What is freed can be used; that of a removed file when it is closed.
    assert_int_equal(unlink_in(layer, "file", 0), 0);
    assert_int_equal(open_in(layer, "other", O_WRONLY, &other), 0);
    assert_int_equal(write_to(&other, block, sizeof block), EDQUOT);
    close_opened(&opened);
    assert_int_equal(write_to(&other, block, sizeof block), 0);
    close_opened(&other);
    assert_usage(layer, (uint64_t)status_of(layer, "other").st_blocks * 512, 2);
    assert_usage(second, 0, 0); // limits are of a host
}

static void test_room_is_kept_while_it_may_be_used(void **state) {
    (void)state;
    enum { LIMIT = 8 << 20 };
    open_hosts(LIMIT, 0);
    struct opened sparse, other;
    static uint8_t block[1 << 20];
    assert_int_equal(open_in(layer, "sparse", O_RDWR | O_CREAT, &sparse), 0);
    assert_int_equal(ftruncate(sparse.fd, LIMIT), 0);
    assert_int_equal(layer_reserve(sparse.file, sparse.fd, 0, 6 << 20), 0); // as for a map
    assert_int_equal(open_in(layer, "other", O_WRONLY | O_CREAT, &other), 0);
    assert_int_equal(layer_reserve(other.file, other.fd, 0, 3 << 20), EDQUOT);
    close_opened(&sparse);
    assert_int_equal(layer_reserve(other.file, other.fd, 0, 3 << 20), 0);
    assert_int_equal(write_to(&other, block, sizeof block), 0);
    close_opened(&other);
}

static void test_limit_of_entries(void **state) {
    (void)state;
    open_hosts(0, 3);
    put_text("stored", "store");
    assert_string_equal(read_file(layer, "stored"), "store"); // counts only when it is local
    write_file(layer, "one", O_WRONLY | O_CREAT, "1");
    make_folder(layer, "two");
    write_file(layer, "stored", O_WRONLY, "3");
    struct opened opened;
    assert_int_equal(open_in(layer, "four", O_WRONLY | O_CREAT, &opened), EDQUOT);
    assert_int_equal(layer_may_add(layer), EDQUOT);
    assert_int_equal(open_in(layer, "one", O_WRONLY | O_CREAT, &opened), 0);
    close_opened(&opened);
    assert_int_equal(unlink_in(layer, "two", AT_REMOVEDIR), 0);
    assert_int_equal(layer_may_add(layer), 0);
    reopen();
    assert_int_equal(layer_may_add(layer), 0);
    write_file(layer, "four", O_WRONLY | O_CREAT, "4");
    assert_int_equal(layer_may_add(layer), EDQUOT);
}

static void test_links_count_once(void **state) {
    (void)state;
    open_hosts(0, 0);
    write_file(layer, "file", O_WRONLY | O_CREAT, "some text");
    int root = root_of(layer);
    assert_int_equal(linkat(root, "file", root, "second", 0), 0);
    layer_added(layer);
    close(root);
    uint64_t bytes = (uint64_t)status_of(layer, "file").st_blocks * 512;
    assert_usage(layer, bytes, 2);
    reopen();
    assert_usage(layer, bytes, 2);
    assert_int_equal(unlink_in(layer, "file", 0), 0);
    assert_usage(layer, bytes, 1);
    assert_int_equal(unlink_in(layer, "second", 0), 0);
    assert_usage(layer, 0, 0);
}

// ---- Shared files
// -------------------------------------------------------------------------------------

static int stage(struct layer *shared, const char *path, int flags, struct opened *opened) {
    int root = root_of(shared);
    int failure = layer_stage(shared, root, path, flags, &opened->fd, &opened->file);
    close(root);
    return failure;
}

static void test_publishing(void **state) {
    (void)state;
    layer = open_layer("shared", LAYER_SHARED);
    second = open_layer("other", LAYER_SHARED);
    struct opened opened;
    assert_int_equal(stage(layer, "note", O_WRONLY, &opened), ENOENT);
    assert_int_equal(stage(layer, "note", O_RDWR | O_CREAT, &opened), 0);
    assert_int_equal(write(opened.fd, "first", 5), 5);
    assert_string_equal(read_file(second, "note"), "No such file or directory");
    assert_int_equal(layer_publish(opened.file, opened.fd), 0);
    assert_string_equal(read_file(second, "note"), "first");
    assert_int_equal(write(opened.fd, " more", 5), 5);
    assert_string_equal(read_file(layer, "note"), "first"); // until it is published again
    layer_discard(opened.file);
    assert_int_equal(layer_publish(opened.file, opened.fd), 0);
    close_opened(&opened);
    assert_string_equal(read_file(layer, "note"), "first");
    assert_int_equal(stage(second, "note", O_WRONLY | O_CREAT | O_EXCL, &opened), EEXIST);
    assert_int_equal(stage(second, "note", O_WRONLY | O_APPEND, &opened), 0);
    assert_int_equal(write(opened.fd, ", second", 8), 8);
    assert_int_equal(layer_publish(opened.file, opened.fd), 0);
    close_opened(&opened);
    assert_string_equal(read_file(layer, "note"), "first, second");
    // Its names; links and times are nobody's.
    int root = root_of(layer);
    assert_int_equal(layer_shared_rename(layer, root, "note", root, "dir/renamed"), 0);
    assert_string_equal(read_file(second, "dir/renamed"), "first, second");
    assert_int_equal(stage(layer, "dir", O_WRONLY | O_CREAT, &opened), EISDIR);
    assert_int_equal(layer_shared_remove(layer, root, "note"), ENOENT);
    assert_int_equal(layer_shared_remove(layer, root, "dir/renamed"), 0);
    assert_false(exists(second, "dir/renamed"));
    close(root);
}

static void test_limit_of_shared_files(void **state) {
    (void)state;
    static uint8_t block[1 << 20];
    limit_bytes = 3 << 20;
    layer = open_layer("shared", LAYER_SHARED);
    put("there", block, sizeof block);
    struct opened opened;
    assert_int_equal(stage(layer, "new", O_WRONLY | O_CREAT, &opened), 0);
    for (int i = 0; i < 3; i++) { // the copy itself is within the limit, all files would not be
        assert_int_equal(write(opened.fd, block, sizeof block), sizeof block);
    }
    assert_int_equal(layer_publish(opened.file, opened.fd), EDQUOT);
    close_opened(&opened);
    assert_false(exists(layer, "new"));
}

// ---- After kill -9
// ---------------------------------------------------------------------------------------

enum { VICTIMS = 40, FILE_BYTES = 3 * LAYER_PIECE / 2 };

static void fill_block(uint8_t *bytes, uint8_t with) {
    memset(bytes, with, FILE_BYTES);
}

// Changes of all kinds, over and over, until it is killed.
__attribute__((noreturn)) static void change_until_killed(void) {
    static uint8_t bytes[FILE_BYTES];
    char path[64], other[64];
    for (unsigned round = 0;; round++) {
        struct opened opened;
        unsigned n = round % VICTIMS;
        snprintf(path, sizeof path, "stored/%u", n);
        snprintf(other, sizeof other, "local/%u", n);
        switch (round / VICTIMS % 4) {
        case 0: // copied up: one byte is written over with the same
            if (open_in(layer, path, O_WRONLY, &opened) == 0) {
                close_opened(&opened);
            }
            break;
        case 1:
            if (n % 2 == 0) {
                (void)rename_in(layer, path, other);
            } else if (open_in(layer, path, O_WRONLY | O_TRUNC, &opened) == 0) {
                close_opened(&opened);
            }
            break;
        case 2:
            if (n % 3 == 0) {
                (void)unlink_in(layer, path, 0);
            }
            break;
        default:
            fill_block(bytes, (uint8_t)(n + 1));
            put(path, bytes, sizeof bytes); // another host publishes the same anew
            layer_sync(layer);
        }
    }
}

// A file is whole or, where it was truncated, empty: never in between.
static int check_whole(const char *path, const struct stat *status, int flag, struct FTW *walk) {
    static uint8_t wanted[FILE_BYTES], got[FILE_BYTES + 1];
    if (flag != FTW_F) {
        return 0;
    }
    struct opened opened;
    const char *below = path + strlen(layer_folder(layer)) + 1;
    (void)status;
    assert_int_equal(open_in(layer, below, O_RDONLY, &opened), 0);
    assert_int_equal(layer_fill(opened.file, 0, UINT64_MAX), 0);
    ssize_t length = pread(opened.fd, got, sizeof got, 0);
    assert_true(length == 0 || length == FILE_BYTES);
    if (length > 0) {
        fill_block(wanted, (uint8_t)(atoi(path + walk->base) + 1));
        assert_memory_equal(got, wanted, FILE_BYTES);
    }
    close_opened(&opened);
    return 0;
}

static uint64_t found_bytes, found_entries;

static int count_local(const char *path, const struct stat *status, int flag, struct FTW *walk) {
    (void)path;
    bool placeholder = flag == FTW_F && (status->st_mode & S_ISVTX) != 0;
    if (walk->level > 0 && !placeholder) {
        found_entries++;
        found_bytes += flag == FTW_F ? (uint64_t)status->st_blocks * 512 : 0;
    }
    return 0;
}

static void test_killed_in_the_middle(void **state) {
    (void)state;
    static uint8_t bytes[FILE_BYTES];
    char path[64];
    open_hosts(0, 0);
    for (unsigned n = 0; n < VICTIMS; n++) {
        snprintf(path, sizeof path, "stored/%u", n);
        fill_block(bytes, (uint8_t)(n + 1));
        put(path, bytes, sizeof bytes);
    }
    make_folder(layer, "local");
    for (int i = 0; i < 7; i++) {
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) { // with a store and a layer of its own
            struct error error;
            char folder[128];
            snprintf(folder, sizeof folder, "%s/store", base);
            store = file_store_open(folder, &error);
            if (store == NULL) {
                _exit(1);
            }
            layer = open_layer("first", LAYER_LOCAL);
            change_until_killed();
        }
        usleep(20000 + 30000 * (useconds_t)i);
        assert_int_equal(kill(child, SIGKILL), 0);
        int status;
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFSIGNALED(status));
        reopen();
        assert_int_equal(nftw(layer_folder(layer), check_whole, 16, FTW_PHYS), 0);
        reopen();
        found_bytes = found_entries = 0;
        assert_int_equal(nftw(layer_folder(layer), count_local, 16, FTW_PHYS), 0);
        assert_usage(layer, found_bytes, found_entries);
    }
}

// Whiteouts that were cut off are not relied on, and those before them are.
static void test_a_cut_list_of_whiteouts(void **state) {
    (void)state;
    open_hosts(0, 0);
    put_text("one", "1");
    put_text("two", "2");
    assert_int_equal(unlink_in(layer, "one", 0), 0);
    char path[128];
    snprintf(path, sizeof path, "%s/first/own/whiteouts", base);
    int fd = open(path, O_WRONLY | O_APPEND);
    assert_int_equal(write(fd, "tw", 2), 2);
    close(fd);
    reopen();
    assert_false(exists(layer, "one"));
    assert_string_equal(read_file(layer, "two"), "2");
    assert_int_equal(unlink_in(layer, "two", 0), 0);
    reopen();
    assert_false(exists(layer, "two"));
}

#define LAYER_TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        LAYER_TEST(test_placeholders),
        LAYER_TEST(test_contents_come_by_pieces),
        LAYER_TEST(test_an_open_file_stays_what_it_was),
        LAYER_TEST(test_writing_copies_up),
        LAYER_TEST(test_truncating_copies_nothing),
        LAYER_TEST(test_a_reader_sees_what_becomes_local),
        LAYER_TEST(test_owning_by_path_only),
        LAYER_TEST(test_removed_stays_removed),
        LAYER_TEST(test_a_removed_folder_hides_all_below),
        LAYER_TEST(test_renaming),
        LAYER_TEST(test_renaming_folders),
        LAYER_TEST(test_a_local_file_hides_what_would_be_below),
        LAYER_TEST(test_listings_merge),
        LAYER_TEST(test_limit_of_bytes),
        LAYER_TEST(test_room_is_kept_while_it_may_be_used),
        LAYER_TEST(test_limit_of_entries),
        LAYER_TEST(test_links_count_once),
        LAYER_TEST(test_publishing),
        LAYER_TEST(test_limit_of_shared_files),
        LAYER_TEST(test_killed_in_the_middle),
        LAYER_TEST(test_a_cut_list_of_whiteouts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
