// Rules of preview1 that programs rely on, one a test, beside those of test_files and test_paths.
#include "fixture.h"

static u32 open_with(u32 number, const char *path, u32 lookup, u32 oflags, u64 rights,
                     u64 inheriting, u32 fdflags) {
    u32 length = put(PATH_AT, path);
    return wasi.path_open(guest, number, lookup, PATH_AT, length, oflags, rights, inheriting,
                          fdflags, RESULT_AT);
}

static void make(const char *name) {
    assert_int_equal(open_with(ROOT, name, 0, WASI_OFLAG_CREAT, 0, 0, 0), WASI_SUCCESS);
    assert_int_equal(wasi.fd_close(guest, u32_at(RESULT_AT)), WASI_SUCCESS);
}

static u32 make_folder(const char *path) {
    return wasi.path_create_directory(guest, ROOT, PATH_AT, put(PATH_AT, path));
}

static u32 remove_folder(const char *path) {
    return wasi.path_remove_directory(guest, ROOT, PATH_AT, put(PATH_AT, path));
}

static u32 remove_file(const char *path) {
    return wasi.path_unlink_file(guest, ROOT, PATH_AT, put(PATH_AT, path));
}

static u32 make_symlink(const char *target, const char *path) {
    u32 target_length = put(SECOND_PATH_AT, target);
    return wasi.path_symlink(guest, SECOND_PATH_AT, target_length, ROOT, PATH_AT,
                             put(PATH_AT, path));
}

static u32 make_link(const char *from, u32 lookup, const char *to) {
    u32 length = put(PATH_AT, from);
    return wasi.path_link(guest, ROOT, lookup, PATH_AT, length, ROOT, SECOND_PATH_AT,
                          put(SECOND_PATH_AT, to));
}

static u32 rename_to(const char *from, const char *to) {
    u32 length = put(PATH_AT, from);
    return wasi.path_rename(guest, ROOT, PATH_AT, length, ROOT, SECOND_PATH_AT,
                            put(SECOND_PATH_AT, to));
}

static struct wasi_filestat stat_of(const char *path) {
    struct wasi_filestat stat;
    assert_int_equal(wasi.path_filestat_get(guest, ROOT, 0, PATH_AT, put(PATH_AT, path), DATA_AT),
                     WASI_SUCCESS);
    assert_true(guest_read(guest, DATA_AT, &stat, sizeof stat));
    return stat;
}

// ---- Opening ------------------------------------------------------------------------------------

static void test_a_folder_opens_with_the_rights_it_has(void **state) {
    (void)state;
    assert_int_equal(wasi.fd_fdstat_get(guest, ROOT, DATA_AT), WASI_SUCCESS);
    struct wasi_fdstat stat;
    assert_true(guest_read(guest, DATA_AT, &stat, sizeof stat));
    assert_int_equal(stat.flags, 0);
    assert_int_equal(stat.rights_base & WASI_RIGHT_FD_FILESTAT_SET_SIZE, 0);
    assert_int_equal(open_with(ROOT, ".", 0, 0, stat.rights_base, stat.rights_inheriting, 0),
                     WASI_SUCCESS);
    assert_int_equal(open_with(ROOT, ".", 0, 0, 0, 0, 0), WASI_SUCCESS);
    assert_int_equal(open_with(ROOT, ".", 0, WASI_OFLAG_DIRECTORY, 0, 0, 0), WASI_SUCCESS);
    assert_int_equal(open_with(ROOT, ".", 0, WASI_OFLAG_DIRECTORY, WASI_RIGHT_FD_READ, 0, 0),
                     WASI_SUCCESS);
    assert_int_equal(open_with(ROOT, ".", 0, 0, 0, 0, WASI_FDFLAG_NONBLOCK), WASI_SUCCESS);
}

static void test_a_folder_does_not_open_for_writing(void **state) {
    (void)state;
    const u64 both = WASI_RIGHT_FD_READ | WASI_RIGHT_FD_WRITE;
    assert_int_equal(open_with(ROOT, ".", 0, WASI_OFLAG_DIRECTORY, both, 0, 0), WASI_EISDIR);
    assert_int_equal(open_with(ROOT, ".", 0, 0, both, 0, 0), WASI_EISDIR);
}

static void test_rights_of_an_open_file_are_those_asked_for(void **state) {
    (void)state;
    make("file");
    put_vector(put(DATA_AT, "text"));
    assert_int_equal(open_with(ROOT, "file", 0, 0, WASI_RIGHT_FD_READ, 0, 0), WASI_SUCCESS);
    assert_int_equal(wasi.fd_write(guest, u32_at(RESULT_AT), VECTORS_AT, 1, RESULT_AT), WASI_EBADF);
    assert_int_equal(open_with(ROOT, "file", 0, 0, WASI_RIGHT_FD_WRITE, 0, 0), WASI_SUCCESS);
    u32 number = u32_at(RESULT_AT);
    assert_int_equal(wasi.fd_read(guest, number, VECTORS_AT, 1, RESULT_AT), WASI_EBADF);
    assert_int_equal(wasi.fd_write(guest, number, VECTORS_AT, 1, RESULT_AT), WASI_SUCCESS);
}

static void test_truncating_needs_a_right_of_the_folder(void **state) {
    (void)state;
    host_write(folder, "file", "text");
    assert_int_equal(open_with(ROOT, "file", 0, WASI_OFLAG_TRUNC, 0, 0, 0), WASI_SUCCESS);
    assert_int_equal(stat_of("file").size, 0);
    host_write(folder, "file", "text");
    const u64 without = ALL_FOLDER & ~(u64)WASI_RIGHT_PATH_FILESTAT_SET_SIZE;
    assert_int_equal(wasi.fd_fdstat_set_rights(guest, ROOT, without, ALL_FILE), WASI_SUCCESS);
    assert_int_equal(open_with(ROOT, "file", 0, WASI_OFLAG_TRUNC, 0, 0, 0), WASI_ENOTCAPABLE);
    assert_int_equal(stat_of("file").size, 4);
}

static void test_exclusive(void **state) {
    (void)state;
    const u32 exclusive = WASI_OFLAG_CREAT | WASI_OFLAG_EXCL;
    assert_int_equal(open_with(ROOT, "file", 0, exclusive, 0, 0, 0), WASI_SUCCESS);
    assert_int_equal(open_with(ROOT, "file", 0, exclusive, 0, 0, 0), WASI_EEXIST);
    assert_int_equal(make_symlink("nothing", "link"), WASI_SUCCESS);
    assert_int_equal(open_with(ROOT, "link", 1, exclusive, 0, 0, 0), WASI_EEXIST);
}

static void test_links_that_are_not_followed(void **state) {
    (void)state;
    assert_int_equal(make_folder("target"), WASI_SUCCESS);
    assert_int_equal(make_symlink("target", "link"), WASI_SUCCESS);
    assert_int_equal(open_with(ROOT, "link", 0, 0, 0, 0, 0), WASI_ELOOP);
    u32 failure = open_with(ROOT, "link", 0, WASI_OFLAG_DIRECTORY, 0, 0, 0);
    assert_true(failure == WASI_ENOTDIR || failure == WASI_ELOOP);
    assert_int_equal(open_with(ROOT, "link", 1, WASI_OFLAG_DIRECTORY, 0, 0, 0), WASI_SUCCESS);
    assert_int_equal(make_symlink("loop", "loop"), WASI_SUCCESS);
    assert_int_equal(open_with(ROOT, "loop", 0, 0, 0, 0, 0), WASI_ELOOP);
    assert_int_equal(open_with(ROOT, "loop", 1, 0, 0, 0, 0), WASI_ELOOP);
    assert_int_equal(open_with(ROOT, "loop/below", 0, 0, 0, 0, 0), WASI_ELOOP);
}

static void test_slashes_at_the_end(void **state) {
    (void)state;
    make("file");
    assert_int_equal(make_folder("dir/"), WASI_SUCCESS);
    assert_int_equal(open_with(ROOT, "file/", 0, 0, 0, 0, 0), WASI_ENOTDIR);
    assert_int_equal(open_with(ROOT, "file///", 0, 0, 0, 0, 0), WASI_ENOTDIR);
    assert_int_equal(open_with(ROOT, "dir///", 0, 0, 0, 0, 0), WASI_SUCCESS);
    assert_int_equal(open_with(ROOT, "dir/.//../dir/./", 0, 0, 0, 0, 0), WASI_SUCCESS);
    assert_int_equal(remove_file("dir"), WASI_EISDIR);
    assert_int_equal(remove_file("dir/"), WASI_EISDIR);
    assert_int_equal(remove_file("file/"), WASI_ENOTDIR);
    assert_int_equal(remove_folder("file"), WASI_ENOTDIR);
    assert_int_equal(remove_folder("file/"), WASI_ENOTDIR);
    assert_int_equal(remove_folder("dir/"), WASI_SUCCESS);
    assert_int_equal(make_symlink("source", "new/"), WASI_ENOENT);
    u32 failure = make_symlink("source", "file/");
    assert_true(failure == WASI_ENOTDIR || failure == WASI_EEXIST);
}

// ---- Entries ------------------------------------------------------------------------------------

static void test_renaming(void **state) {
    (void)state;
    make("file");
    assert_int_equal(make_folder("dir"), WASI_SUCCESS);
    assert_int_equal(make_folder("empty"), WASI_SUCCESS);
    assert_int_equal(rename_to("dir", "empty"), WASI_SUCCESS);
    assert_int_equal(make_folder("dir"), WASI_SUCCESS);
    make("dir/inside");
    assert_int_equal(rename_to("empty", "dir"), WASI_ENOTEMPTY);
    assert_int_equal(rename_to("empty", "dir/inside"), WASI_ENOTDIR);
    assert_int_equal(rename_to("file", "empty"), WASI_EISDIR);
    assert_int_equal(rename_to("file", "dir/inside"), WASI_SUCCESS);
    assert_int_equal(rename_to("file", "other"), WASI_ENOENT);
    assert_int_equal(rename_to("dir", "dir/below"), WASI_EINVAL);
    assert_int_equal(rename_to("dir/", "moved/"), WASI_SUCCESS);
    assert_int_equal(rename_to("moved/inside/", "x"), WASI_ENOTDIR);
    assert_int_equal(remove_folder("moved"), WASI_ENOTEMPTY);
}

static void test_linking(void **state) {
    (void)state;
    make("file");
    assert_int_equal(make_link("file", 0, "link"), WASI_SUCCESS);
    assert_int_equal(stat_of("link").inode, stat_of("file").inode);
    assert_int_equal(stat_of("link").links, 2);
    assert_int_equal(make_link("file", 0, "link"), WASI_EEXIST);
    assert_int_equal(make_link("file", 0, "file"), WASI_EEXIST);
    assert_int_equal(make_link("file", 0, "new/"), WASI_ENOENT);
    assert_int_equal(make_folder("dir"), WASI_SUCCESS);
    assert_int_equal(make_link("dir", 0, "dirlink"), WASI_EPERM);
    assert_int_equal(make_link("file", 0, "dir"), WASI_EEXIST);
    // A link itself, dangling or in a circle; and what following it comes to.
    assert_int_equal(make_symlink("nothing", "dangling"), WASI_SUCCESS);
    assert_int_equal(make_link("dangling", 0, "second"), WASI_SUCCESS);
    assert_int_equal(make_link("dangling", 1, "third"), WASI_ENOENT);
    assert_int_equal(make_link("file", 0, "dangling"), WASI_EEXIST);
    assert_int_equal(make_symlink("circle", "circle"), WASI_SUCCESS);
    assert_int_equal(make_link("circle", 0, "fourth"), WASI_SUCCESS);
    assert_int_equal(make_link("circle", 1, "fifth"), WASI_ELOOP);
}

static void test_reading_links(void **state) {
    (void)state;
    make("file");
    assert_int_equal(make_symlink("target", "link"), WASI_SUCCESS);
    u32 length = put(PATH_AT, "link");
    assert_int_equal(wasi.path_readlink(guest, ROOT, PATH_AT, length, DATA_AT, 10, RESULT_AT),
                     WASI_SUCCESS);
    assert_int_equal(u32_at(RESULT_AT), 6);
    assert_memory_equal(guest_range(guest, DATA_AT, 10), "target\0\0\0\0", 10);
    assert_int_equal(wasi.path_readlink(guest, ROOT, PATH_AT, length, DATA_AT, 4, RESULT_AT),
                     WASI_SUCCESS);
    assert_int_equal(u32_at(RESULT_AT), 4);
    length = put(PATH_AT, "file");
    assert_int_equal(wasi.path_readlink(guest, ROOT, PATH_AT, length, DATA_AT, 10, RESULT_AT),
                     WASI_EINVAL);
    assert_int_equal(make_symlink("/", "absolute"), WASI_EPERM);
    assert_int_equal(stat_of("link").filetype, WASI_FILETYPE_SYMBOLIC_LINK);
    assert_int_equal(stat_of("link").size, 6);
}

static void test_times_by_path(void **state) {
    (void)state;
    make("file");
    const struct wasi_filestat before = stat_of("file");
    u32 length = put(PATH_AT, "file");
    assert_int_equal(wasi.path_filestat_set_times(guest, ROOT, 0, PATH_AT, length, 7,
                                                  before.modified - 100, WASI_FSTFLAG_MTIM),
                     WASI_SUCCESS);
    assert_int_equal(stat_of("file").modified, before.modified - 100);
    assert_int_equal(stat_of("file").accessed, before.accessed);
    const u32 bad[] = {WASI_FSTFLAG_MTIM | WASI_FSTFLAG_MTIM_NOW,
                       WASI_FSTFLAG_ATIM | WASI_FSTFLAG_ATIM_NOW, 16};
    for (size_t i = 0; i < 3; i++) {
        length = put(PATH_AT, "file");
        assert_int_equal(
            wasi.path_filestat_set_times(guest, ROOT, 0, PATH_AT, length, 0, 0, bad[i]),
            WASI_EINVAL);
    }
    assert_int_equal(stat_of("file").modified, before.modified - 100);
}

// ---- Descriptors --------------------------------------------------------------------------------

static void test_the_right_to_seek_is_one_to_tell(void **state) {
    (void)state;
    make("file");
    assert_int_equal(open_with(ROOT, "file", 0, 0, WASI_RIGHT_FD_SEEK, 0, 0), WASI_SUCCESS);
    u32 number = u32_at(RESULT_AT);
    assert_int_equal(wasi.fd_tell(guest, number, RESULT_AT), WASI_SUCCESS);
    assert_int_equal(wasi.fd_seek(guest, number, 0, WASI_WHENCE_CUR, RESULT_AT), WASI_SUCCESS);
    assert_int_equal(wasi.fd_seek(guest, number, 1000, WASI_WHENCE_END, RESULT_AT), WASI_SUCCESS);
    assert_int_equal(u64_at(RESULT_AT), 1000);
    assert_int_equal(wasi.fd_seek(guest, number, -2000, WASI_WHENCE_CUR, RESULT_AT), WASI_EINVAL);
    assert_int_equal(wasi.fd_seek(guest, number, 0, 3, RESULT_AT), WASI_EINVAL);
}

static void test_allocating(void **state) {
    (void)state;
    u32 number;
    assert_int_equal(open_at(ROOT, "file", WASI_OFLAG_CREAT, true, &number), WASI_SUCCESS);
    u32 failure = wasi.fd_allocate(guest, number, 0, 100);
    if (failure == WASI_ENOTSUP) { // not every file system can
        return;
    }
    assert_int_equal(failure, WASI_SUCCESS);
    assert_int_equal(wasi.fd_allocate(guest, number, 10, 10), WASI_SUCCESS);
    assert_int_equal(stat_of("file").size, 100);
    assert_int_equal(wasi.fd_allocate(guest, number, 90, 20), WASI_SUCCESS);
    assert_int_equal(stat_of("file").size, 110);
    assert_int_equal(wasi.fd_allocate(guest, number, 0, 0), WASI_EINVAL);
    assert_int_equal(wasi.fd_advise(guest, number, 10, 50, 0), WASI_SUCCESS);
    assert_int_equal(wasi.fd_advise(guest, number, 10, 50, 6), WASI_EINVAL);
    assert_int_equal(stat_of("file").size, 110);
    const u64 rights = ALL_FILE & ~(u64)WASI_RIGHT_FD_ALLOCATE;
    assert_int_equal(wasi.fd_fdstat_set_rights(guest, number, rights, 0), WASI_SUCCESS);
    assert_int_equal(wasi.fd_allocate(guest, number, 0, 200), WASI_ENOTCAPABLE);
}

static void test_renumbering_standard_streams(void **state) {
    (void)state;
    for (u32 from = 0; from < 3; from++) {
        assert_int_equal(open_with(ROOT, "file", 0, WASI_OFLAG_CREAT, 0, 0, 0), WASI_SUCCESS);
        u32 to = u32_at(RESULT_AT);
        assert_int_equal(wasi.fd_renumber(guest, from, to), WASI_SUCCESS);
        assert_int_equal(wasi.fd_fdstat_get(guest, to, DATA_AT), WASI_SUCCESS);
        assert_int_equal(wasi.fd_fdstat_get(guest, from, DATA_AT), WASI_EBADF);
        assert_int_equal(wasi.fd_renumber(guest, to, from), WASI_EBADF);
    }
}

static void test_preopened_folders_close(void **state) {
    (void)state;
    assert_int_equal(open_with(ROOT, ".", 0, WASI_OFLAG_DIRECTORY, ALL_FOLDER, ALL_FILE, 0),
                     WASI_SUCCESS);
    u32 second = u32_at(RESULT_AT);
    assert_int_equal(wasi.fd_close(guest, ROOT), WASI_SUCCESS);
    assert_int_equal(wasi.fd_prestat_get(guest, ROOT, RESULT_AT), WASI_EBADF);
    assert_int_equal(wasi.fd_fdstat_get(guest, ROOT, RESULT_AT), WASI_EBADF);
    assert_int_equal(open_with(second, "file", 0, WASI_OFLAG_CREAT, 0, 0, 0), WASI_SUCCESS);
    // The number is free, but what gets it is not preopened.
    assert_int_equal(u32_at(RESULT_AT), ROOT);
    assert_int_equal(wasi.fd_prestat_get(guest, ROOT, RESULT_AT), WASI_EBADF);
}

static void test_removed_while_open(void **state) {
    (void)state;
    u32 number;
    assert_int_equal(open_at(ROOT, "file", WASI_OFLAG_CREAT, true, &number), WASI_SUCCESS);
    assert_int_equal(write_text(number, "still there"), WASI_SUCCESS);
    assert_int_equal(remove_file("file"), WASI_SUCCESS);
    make("file");
    assert_int_equal(stat_of("file").size, 0);
    put_vector(20);
    assert_int_equal(wasi.fd_pread(guest, number, VECTORS_AT, 1, 0, RESULT_AT), WASI_SUCCESS);
    assert_int_equal(u32_at(RESULT_AT), 11);
    assert_int_equal(make_folder("dir"), WASI_SUCCESS);
    assert_int_equal(open_with(ROOT, "dir", 0, WASI_OFLAG_DIRECTORY, 0, ALL_FILE, 0), WASI_SUCCESS);
    assert_int_equal(remove_folder("dir"), WASI_SUCCESS);
    assert_int_equal(make_folder("dir"), WASI_SUCCESS);
}

static void test_readdir_goes_on_at_a_cookie(void **state) {
    (void)state;
    char name[32];
    bool seen[300] = {false};
    for (int i = 0; i < 300; i++) {
        snprintf(name, sizeof name, "file.%d", i);
        make(name);
    }
    u64 cookie = 0;
    int entries = 0;
    for (u32 used = 256; used == 256;) {
        assert_int_equal(wasi.fd_readdir(guest, ROOT, DATA_AT, 256, cookie, RESULT_AT),
                         WASI_SUCCESS);
        used = u32_at(RESULT_AT);
        u32 at = 0;
        struct wasi_dirent entry;
        while (at + sizeof entry <= used) {
            assert_true(guest_read(guest, DATA_AT + at, &entry, sizeof entry));
            if (at + sizeof entry + entry.name_length > used) {
                break;
            }
            memset(name, 0, sizeof name);
            assert_true(
                guest_read(guest, DATA_AT + at + (u32)sizeof entry, name, entry.name_length));
            int index;
            if (sscanf(name, "file.%d", &index) == 1) {
                assert_false(seen[index]);
                seen[index] = true;
            }
            cookie = entry.next;
            at += (u32)sizeof entry + entry.name_length;
            entries++;
        }
    }
    assert_int_equal(entries, 302); // "." and ".." too
    assert_int_equal(wasi.fd_readdir(guest, ROOT, DATA_AT, 256, cookie, RESULT_AT), WASI_SUCCESS);
    assert_int_equal(u32_at(RESULT_AT), 0);
}

static void test_raising_signals(void **state) {
    (void)state;
    u32 (*raise_signal)(instance_pointer, u32) =
        (u32(*)(instance_pointer, u32))fixture_find("proc_raise");
    enum { NONE = 0, CHILD = 16, STOP = 18, COUNT = 31 };
    assert_int_equal(raise_signal(guest, NONE), WASI_SUCCESS);
    assert_int_equal(raise_signal(guest, CHILD), WASI_SUCCESS);
    assert_int_equal(raise_signal(guest, STOP), WASI_ENOTSUP);
    assert_int_equal(raise_signal(guest, COUNT), WASI_EINVAL);
    assert_int_equal(raise_signal(guest, UINT32_MAX), WASI_EINVAL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        HOST_TEST(test_a_folder_opens_with_the_rights_it_has),
        HOST_TEST(test_a_folder_does_not_open_for_writing),
        HOST_TEST(test_rights_of_an_open_file_are_those_asked_for),
        HOST_TEST(test_truncating_needs_a_right_of_the_folder),
        HOST_TEST(test_exclusive),
        HOST_TEST(test_links_that_are_not_followed),
        HOST_TEST(test_slashes_at_the_end),
        HOST_TEST(test_renaming),
        HOST_TEST(test_linking),
        HOST_TEST(test_reading_links),
        HOST_TEST(test_times_by_path),
        HOST_TEST(test_the_right_to_seek_is_one_to_tell),
        HOST_TEST(test_allocating),
        HOST_TEST(test_renumbering_standard_streams),
        HOST_TEST(test_preopened_folders_close),
        HOST_TEST(test_removed_while_open),
        HOST_TEST(test_readdir_goes_on_at_a_cookie),
        HOST_TEST(test_raising_signals),
    };
    return cmocka_run_group_tests(tests, fixture_start, fixture_stop);
}
