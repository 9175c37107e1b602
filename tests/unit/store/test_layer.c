// A layer of local files over those of the store: placeholders, copying up, whiteouts, limits, two
// hosts, and shared files.
#include <pthread.h>

#include "layer_fixture.h"

// ---- Reading ------------------------------------------------------------------------------------

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

// ---- Copying up ---------------------------------------------------------------------------------

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

// ---- Whiteouts and renaming ---------------------------------------------------------------------

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

// ---- Listing ------------------------------------------------------------------------------------

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

// ---- Limits -------------------------------------------------------------------------------------

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
    assert_int_equal(layer_take_entry(layer), EDQUOT);
    assert_int_equal(open_in(layer, "one", O_WRONLY | O_CREAT, &opened), 0);
    close_opened(&opened);
    // Nor does another of the store become local: for writing, emptied, linked, renamed.
    put_text("other", "store");
    assert_int_equal(open_in(layer, "other", O_WRONLY, &opened), EDQUOT);
    assert_int_equal(open_in(layer, "other", O_WRONLY | O_TRUNC, &opened), EDQUOT);
    assert_int_equal(rename_in(layer, "other", "another"), EDQUOT);
    assert_string_equal(read_file(layer, "other"), "store");
    // One that goes makes room for one; so does one that was not made after all.
    assert_int_equal(unlink_in(layer, "two", AT_REMOVEDIR), 0);
    assert_int_equal(layer_take_entry(layer), 0);
    assert_int_equal(layer_take_entry(layer), EDQUOT);
    layer_return_entry(layer);
    reopen();
    assert_usage(layer, used_bytes(layer), 2);
    write_file(layer, "four", O_WRONLY | O_CREAT, "4");
    assert_int_equal(layer_take_entry(layer), EDQUOT);
}

enum { TAKERS = 4, TAKES = 20000, ENTRIES_LIMIT = 50000 };

static void *take_many(void *context) {
    size_t *taken = context;
    for (int i = 0; i < TAKES; i++) {
        *taken += layer_take_entry(layer) == 0;
    }
    return NULL;
}

// Between asking for an entry and having it there is no room for others.
static void test_limit_of_entries_among_threads(void **state) {
    (void)state;
    pthread_t threads[TAKERS];
    size_t taken[TAKERS] = {0}, all = 0;
    open_hosts(0, ENTRIES_LIMIT);
    for (int i = 0; i < TAKERS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, take_many, &taken[i]), 0);
    }
    for (int i = 0; i < TAKERS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        all += taken[i];
    }
    assert_int_equal(all, ENTRIES_LIMIT);
    assert_usage(layer, 0, ENTRIES_LIMIT);
}

static void test_links_count_once(void **state) {
    (void)state;
    open_hosts(0, 0);
    write_file(layer, "file", O_WRONLY | O_CREAT, "some text");
    int root = root_of(layer);
    assert_int_equal(layer_take_entry(layer), 0);
    assert_int_equal(linkat(root, "file", root, "second", 0), 0);
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

// ---- Shared files -------------------------------------------------------------------------------

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
        LAYER_TEST(test_limit_of_entries_among_threads),
        LAYER_TEST(test_links_count_once),
        LAYER_TEST(test_publishing),
        LAYER_TEST(test_limit_of_shared_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
