// path_* and fd_readdir: what names mean, and that no name leads out of a folder.
#include <pthread.h>
#include <stdatomic.h>

#include "fixture.h"

enum { NO_FOLLOW, FOLLOW };

static u32 stat_path(const char *path, u32 lookup) {
    return wasi.path_filestat_get(guest, ROOT, lookup, PATH_AT, put(PATH_AT, path), RESULT_AT);
}

static u32 open_path(const char *path) {
    u32 number;
    u32 failure = open_at(ROOT, path, 0, false, &number);
    if (failure == WASI_SUCCESS) {
        assert_int_equal(wasi.fd_close(guest, number), WASI_SUCCESS);
    }
    return failure;
}

static u32 make_folder(const char *path) {
    return wasi.path_create_directory(guest, ROOT, PATH_AT, put(PATH_AT, path));
}

static u32 unlink_path(const char *path) {
    return wasi.path_unlink_file(guest, ROOT, PATH_AT, put(PATH_AT, path));
}

static u32 remove_folder(const char *path) {
    return wasi.path_remove_directory(guest, ROOT, PATH_AT, put(PATH_AT, path));
}

static u32 make_link(const char *target, const char *path) {
    u32 target_length = put(SECOND_PATH_AT, target);
    return wasi.path_symlink(guest, SECOND_PATH_AT, target_length, ROOT, PATH_AT,
                             put(PATH_AT, path));
}

static u32 rename_path(const char *from, const char *to) {
    u32 length = put(SECOND_PATH_AT, to);
    return wasi.path_rename(guest, ROOT, PATH_AT, put(PATH_AT, from), ROOT, SECOND_PATH_AT, length);
}

static u32 link_path(const char *from, u32 lookup, const char *to) {
    u32 length = put(SECOND_PATH_AT, to);
    return wasi.path_link(guest, ROOT, lookup, PATH_AT, put(PATH_AT, from), ROOT, SECOND_PATH_AT,
                          length);
}

static u32 read_link(const char *path) {
    return wasi.path_readlink(guest, ROOT, PATH_AT, put(PATH_AT, path), DATA_AT, 100, RESULT_AT);
}

static u32 set_times(const char *path, u32 lookup) {
    return wasi.path_filestat_set_times(guest, ROOT, lookup, PATH_AT, put(PATH_AT, path), 1, 2, 5);
}

// ---- Ways out -----------------------------------------------------------------------------------

// Whatever is done with it, the path must not reach what is outside.
static void assert_no_way(const char *path) {
    u32 number;
    assert_int_not_equal(open_path(path), WASI_SUCCESS);
    assert_int_not_equal(open_at(ROOT, path, WASI_OFLAG_CREAT, true, &number), WASI_SUCCESS);
    assert_int_not_equal(open_at(ROOT, path, WASI_OFLAG_TRUNC, true, &number), WASI_SUCCESS);
    assert_int_not_equal(open_at(ROOT, path, WASI_OFLAG_DIRECTORY, false, &number), WASI_SUCCESS);
    assert_int_not_equal(stat_path(path, FOLLOW), WASI_SUCCESS);
    assert_int_not_equal(set_times(path, FOLLOW), WASI_SUCCESS);
    assert_int_not_equal(link_path(path, FOLLOW, "stolen"), WASI_SUCCESS);
    assert_false(host_exists(folder, "stolen"));
    assert_int_not_equal(make_folder(path), WASI_SUCCESS);
}

static void assert_untouched(void) {
    struct buffer text = {0};
    struct error error;
    struct stat status;
    assert_true(file_read(host_path(outside, "secret"), 100, &text, &error));
    assert_int_equal(text.length, 6);
    assert_memory_equal(text.data, "secret", 6);
    buffer_destroy(&text);
    assert_int_equal(stat(host_path(outside, "secret"), &status), 0);
    assert_int_not_equal(status.st_mtim.tv_sec, 0);
    assert_int_equal(status.st_nlink, 1);
    assert_false(host_exists(outside, "new"));
}

static void test_dot_dot(void **state) {
    (void)state;
    host_write(outside, "secret", "secret");
    assert_int_equal(make_folder("sub"), WASI_SUCCESS);
    static const char *const paths[] = {"..",
                                        "../outside/secret",
                                        "../outside/new",
                                        "sub/../../outside/secret",
                                        "sub/../..",
                                        "./../outside/secret",
                                        "sub/./.././../outside/new",
                                        "../folder/../outside/secret",
                                        "../outside",
                                        "../outside/",
                                        "sub/../../folder/sub"};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        assert_no_way(paths[i]);
        assert_int_equal(stat_path(paths[i], FOLLOW), WASI_EPERM);
        assert_int_equal(stat_path(paths[i], NO_FOLLOW), WASI_EPERM);
        assert_int_not_equal(unlink_path(paths[i]), WASI_SUCCESS);
        assert_int_not_equal(remove_folder(paths[i]), WASI_SUCCESS);
        assert_int_not_equal(rename_path(paths[i], "stolen"), WASI_SUCCESS);
        assert_int_not_equal(rename_path("sub", paths[i]), WASI_SUCCESS);
        assert_int_not_equal(make_link("x", paths[i]), WASI_SUCCESS);
        assert_int_not_equal(read_link(paths[i]), WASI_SUCCESS);
        assert_int_not_equal(link_path("sub", NO_FOLLOW, paths[i]), WASI_SUCCESS);
    }
    assert_int_equal(stat_path("sub/../sub/.", FOLLOW), WASI_SUCCESS);
    assert_untouched();
}

static void test_absolute(void **state) {
    (void)state;
    host_write(outside, "secret", "secret");
    static const char *const paths[] = {"/", "/etc/passwd", "/proc/self/root", "//etc"};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        assert_no_way(paths[i]);
        assert_int_equal(open_path(paths[i]), WASI_EPERM);
    }
    assert_no_way(host_path(outside, "secret"));
    assert_no_way(folder);
    assert_int_equal(make_link("/etc/passwd", "link"), WASI_EPERM);
    assert_false(host_exists(folder, "link"));
    assert_untouched();
}

static void test_links_out(void **state) {
    (void)state;
    host_write(outside, "secret", "secret");
    assert_int_equal(mkdir(host_path(folder, "sub"), 0700), 0);
    // Made by the host: the guest could not make the absolute ones.
    static const char *const links[][2] = {
        {"up", ".."},
        {"relative", "../outside/secret"},
        {"new", "../outside/new"},
        {"chain1", "chain2"},
        {"chain2", "sub/chain3"},
        {"sub/chain3", "../../outside/secret"},
        {"magic", "/proc/self/root"},
        {"descriptor", "/proc/self/fd/0"},
        {"etc", "/etc"},
        {"sub/out", "../up/outside"},
    };
    for (size_t i = 0; i < sizeof links / sizeof *links; i++) {
        assert_int_equal(symlink(links[i][1], host_path(folder, links[i][0])), 0);
    }
    assert_int_equal(symlink(outside, host_path(folder, "absolute")), 0);
    static const char *const paths[] = {
        "up",
        "up/outside/secret",
        "relative",
        "new",
        "chain1",
        "sub/chain3",
        "magic",
        "magic/etc/passwd",
        "descriptor",
        "etc/passwd",
        "sub/out/secret",
        "absolute/secret",
        "absolute/new",
        "up/",
        "absolute/",
        "relative/",
    };
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        assert_no_way(paths[i]);
        // With a slash at the end a link is followed even where links are not to be.
        assert_int_not_equal(stat_path(paths[i], NO_FOLLOW) == WASI_SUCCESS &&
                                 strchr(paths[i], '/') != NULL &&
                                 paths[i][strlen(paths[i]) - 1] == '/',
                             1);
    }
    assert_int_not_equal(set_times("up/", NO_FOLLOW), WASI_SUCCESS);
    assert_int_not_equal(read_link("up/"), WASI_SUCCESS);
    assert_int_not_equal(rename_path("sub", "absolute/new"), WASI_SUCCESS);
    assert_int_not_equal(unlink_path("absolute/secret"), WASI_SUCCESS);
    assert_int_not_equal(link_path("relative/", NO_FOLLOW, "stolen"), WASI_SUCCESS);
    // The links themselves are the guest's: it can see, read, move and remove them.
    assert_int_equal(stat_path("relative", NO_FOLLOW), WASI_SUCCESS);
    assert_int_equal(read_link("relative"), WASI_SUCCESS);
    assert_int_equal(link_path("relative", NO_FOLLOW, "relative2"), WASI_SUCCESS);
    assert_int_equal(set_times("relative", NO_FOLLOW), WASI_SUCCESS);
    assert_int_equal(rename_path("relative2", "relative3"), WASI_SUCCESS);
    assert_int_equal(unlink_path("relative3"), WASI_SUCCESS);
    assert_int_equal(unlink_path("absolute"), WASI_SUCCESS);
    assert_untouched();
}

// One thread swaps a folder with a link to the outside while another walks through it.
static atomic_bool swapping;

static void *swap(void *argument) {
    (void)argument;
    char real[512], link[512], name[512];
    snprintf(real, sizeof real, "%s/real", folder);
    snprintf(link, sizeof link, "%s/link", folder);
    snprintf(name, sizeof name, "%s/name", folder);
    while (atomic_load(&swapping)) {
        rename(real, name);
        rename(name, real);
        rename(link, name);
        rename(name, link);
    }
    return NULL;
}

static void test_rename_race(void **state) {
    (void)state;
    host_write(outside, "secret", "secret");
    assert_int_equal(mkdir(host_path(folder, "real"), 0700), 0);
    assert_int_equal(mkdir(host_path(folder, "real/deep"), 0700), 0);
    host_write(folder, "real/secret", "inside");
    assert_int_equal(symlink(outside, host_path(folder, "link")), 0);
    pthread_t thread;
    atomic_store(&swapping, true);
    assert_int_equal(pthread_create(&thread, NULL, swap, NULL), 0);
    static const char *const paths[] = {"name/secret", "name/deep/../secret",
                                        "name/deep/../../name/secret"};
    u32 reached = 0;
    for (int i = 0; i < 30000; i++) {
        u32 number;
        if (open_at(ROOT, paths[i % 3], 0, false, &number) == WASI_SUCCESS) {
            put_vector(6);
            assert_int_equal(wasi.fd_read(guest, number, VECTORS_AT, 1, RESULT_AT), WASI_SUCCESS);
            assert_memory_equal(guest_range(guest, DATA_AT, 6), "inside", 6);
            assert_int_equal(wasi.fd_close(guest, number), WASI_SUCCESS);
            reached++;
        }
        if (unlink_path("name/new") == WASI_SUCCESS) {
            fail_msg("unlinked what is not there");
        }
        if (make_folder("name/new") == WASI_SUCCESS) {
            assert_false(host_exists(outside, "new"));
            remove_folder("name/new");
            remove_folder("real/new");
        }
    }
    atomic_store(&swapping, false);
    pthread_join(thread, NULL);
    assert_true(reached > 0);
    assert_untouched();
}

static void test_devices_and_pipes(void **state) {
    (void)state;
    assert_int_equal(mkfifo(host_path(folder, "pipe"), 0600), 0);
    assert_int_equal(open_path("pipe"), WASI_EACCES);
    u32 number;
    assert_int_not_equal(open_at(ROOT, "pipe", 0, true, &number), WASI_SUCCESS);
    assert_int_equal(stat_path("pipe", FOLLOW), WASI_SUCCESS);
    if (geteuid() == 0 && mknod(host_path(folder, "null"), S_IFCHR | 0600, makedev(1, 3)) == 0) {
        assert_int_not_equal(open_path("null"), WASI_SUCCESS);
    }
}

static void test_procfs(void **state) {
    (void)state;
    environment.folders[0].host = (char *)"/proc";
    assert_int_equal(open_path("self/mem"), WASI_EACCES);
    assert_int_equal(stat_path("self/status", FOLLOW), WASI_EACCES);
    call_destroy_slots(call);
    environment.folders[0].host = (char *)"/";
    assert_int_equal(open_path("proc/self/mem"), WASI_EACCES);
    assert_int_not_equal(open_path("proc/self/root/etc/passwd"), WASI_SUCCESS);
    assert_int_equal(open_path("etc/passwd"), WASI_SUCCESS);
}

// ---- What names mean ----------------------------------------------------------------------------

static void test_bad_names(void **state) {
    (void)state;
    u32 number;
    assert_int_equal(wasi.path_open(guest, ROOT, 0, PATH_AT, 0, 0, 0, 0, 0, RESULT_AT),
                     WASI_ENOENT);
    assert_true(guest_write(guest, PATH_AT, "a\0b", 3));
    assert_int_equal(wasi.path_open(guest, ROOT, 0, PATH_AT, 3, 0, 0, 0, 0, RESULT_AT),
                     WASI_EILSEQ);
    memset(guest_range(guest, DATA_AT, 5000), 'x', 5000);
    assert_int_equal(wasi.path_create_directory(guest, ROOT, DATA_AT, 5000), WASI_ENAMETOOLONG);
    assert_int_equal(wasi.path_create_directory(guest, ROOT, DATA_AT, 300), WASI_ENAMETOOLONG);
    assert_int_equal(wasi.path_create_directory(guest, ROOT, DATA_AT, UINT32_MAX),
                     WASI_ENAMETOOLONG);
    assert_int_equal(open_at(77, "x", 0, false, &number), WASI_EBADF);
    assert_int_equal(open_at(ROOT, "x", 16, false, &number), WASI_EINVAL);
}

static void test_errors(void **state) {
    (void)state;
    u32 number;
    assert_int_equal(open_path("none"), WASI_ENOENT);
    assert_int_equal(open_at(ROOT, "file", WASI_OFLAG_CREAT, true, &number), WASI_SUCCESS);
    assert_int_equal(open_at(ROOT, "file", WASI_OFLAG_CREAT | WASI_OFLAG_EXCL, true, &number),
                     WASI_EEXIST);
    assert_int_equal(open_path("file/x"), WASI_ENOTDIR);
    assert_int_equal(open_at(ROOT, "file", WASI_OFLAG_DIRECTORY, false, &number), WASI_ENOTDIR);
    assert_int_equal(open_at(ROOT, ".", 0, true, &number), WASI_EISDIR);
    assert_int_equal(make_folder("file"), WASI_EEXIST);
    assert_int_equal(make_folder("none/x"), WASI_ENOENT);
    assert_int_equal(make_folder("sub"), WASI_SUCCESS);
    assert_int_equal(make_folder("sub/x"), WASI_SUCCESS);
    assert_int_equal(remove_folder("sub"), WASI_ENOTEMPTY);
    assert_int_equal(remove_folder("file"), WASI_ENOTDIR);
    assert_int_equal(unlink_path("sub"), WASI_EISDIR);
    assert_int_equal(unlink_path("none"), WASI_ENOENT);
    assert_int_equal(unlink_path("file/"), WASI_ENOTDIR);
    assert_int_equal(rename_path("none", "x"), WASI_ENOENT);
    assert_int_equal(rename_path("file", "sub"), WASI_EISDIR);
    assert_int_equal(rename_path("sub", "sub/x/y"), WASI_EINVAL);
    assert_int_equal(read_link("file"), WASI_EINVAL);
    assert_int_equal(read_link("none"), WASI_ENOENT);
    assert_int_equal(make_link("loop", "loop"), WASI_SUCCESS);
    assert_int_equal(open_path("loop"), WASI_ELOOP);
    assert_int_equal(link_path("sub", NO_FOLLOW, "hard"), WASI_EPERM);
    assert_int_equal(set_times("none", FOLLOW), WASI_ENOENT);
    u32 length = put(PATH_AT, "loop");
    assert_int_equal(wasi.path_open(guest, ROOT, NO_FOLLOW, PATH_AT, length, 0, WASI_RIGHT_FD_READ,
                                    0, 0, RESULT_AT),
                     WASI_ELOOP);
}

static void test_follow(void **state) {
    (void)state;
    host_write(folder, "target", "12345");
    assert_int_equal(make_link("target", "link"), WASI_SUCCESS);
    const struct wasi_filestat *stat = guest_range(guest, RESULT_AT, sizeof *stat);
    assert_int_equal(stat_path("link", FOLLOW), WASI_SUCCESS);
    assert_int_equal(stat->filetype, WASI_FILETYPE_REGULAR_FILE);
    assert_int_equal(stat->size, 5);
    assert_int_equal(stat_path("link", NO_FOLLOW), WASI_SUCCESS);
    assert_int_equal(stat->filetype, WASI_FILETYPE_SYMBOLIC_LINK);
    assert_int_equal(read_link("link"), WASI_SUCCESS);
    assert_int_equal(u32_at(RESULT_AT), 6);
    assert_memory_equal(guest_range(guest, DATA_AT, 6), "target", 6);
    u32 length = put(PATH_AT, "link");
    assert_int_equal(wasi.path_readlink(guest, ROOT, PATH_AT, length, DATA_AT, 3, RESULT_AT),
                     WASI_SUCCESS);
    assert_int_equal(u32_at(RESULT_AT), 3);
    assert_int_equal(
        wasi.path_readlink(guest, ROOT, PATH_AT, length, MEMORY_BYTES - 3, 100, RESULT_AT),
        WASI_EFAULT);
    assert_int_equal(link_path("link", FOLLOW, "hard"), WASI_SUCCESS);
    assert_int_equal(stat_path("hard", NO_FOLLOW), WASI_SUCCESS);
    assert_int_equal(stat->filetype, WASI_FILETYPE_REGULAR_FILE);
    assert_int_equal(stat->links, 2);
    assert_int_equal(set_times("link", FOLLOW), WASI_SUCCESS);
    assert_int_equal(stat_path("target", FOLLOW), WASI_SUCCESS);
    assert_int_equal(stat->modified, 2);
    assert_int_equal(stat->accessed, 1);
}

static void test_rights_opened(void **state) {
    (void)state;
    host_write(folder, "file", "text");
    u32 length = put(PATH_AT, "file");
    assert_int_equal(wasi.path_open(guest, ROOT, 0, PATH_AT, length, 0, WASI_RIGHT_FD_READ,
                                    ALL_FILE, 0, RESULT_AT),
                     WASI_SUCCESS);
    u32 number = u32_at(RESULT_AT);
    assert_int_equal(wasi.fd_fdstat_get(guest, number, RESULT_AT), WASI_SUCCESS);
    const struct wasi_fdstat *stat = guest_range(guest, RESULT_AT, sizeof *stat);
    assert_int_equal(stat->rights_base, WASI_RIGHT_FD_READ);
    assert_int_equal(stat->rights_inheriting, 0);
    assert_int_equal(write_text(number, "x"), WASI_EBADF);
}

// ---- fd_readdir ---------------------------------------------------------------------------------

enum { ENTRIES = 300 };

// Lists with a buffer of `capacity`, as libc does it; how often each of the files was seen.
static void list(u32 number, u32 capacity, uint8_t seen[ENTRIES], u32 *others) {
    u64 cookie = 0;
    memset(seen, 0, ENTRIES);
    *others = 0;
    for (;;) {
        assert_int_equal(wasi.fd_readdir(guest, number, DATA_AT, capacity, cookie, RESULT_AT),
                         WASI_SUCCESS);
        u32 used = u32_at(RESULT_AT);
        assert_true(used <= capacity);
        u32 offset = 0;
        struct wasi_dirent entry;
        while (offset + sizeof entry <= used) {
            assert_true(guest_read(guest, DATA_AT + offset, &entry, sizeof entry));
            if (offset + sizeof entry + entry.name_length > used) {
                break;
            }
            char name[300] = {0};
            assert_true(
                guest_read(guest, DATA_AT + offset + (u32)sizeof entry, name, entry.name_length));
            unsigned index;
            if (sscanf(name, "entry-%u", &index) == 1 && index < ENTRIES) {
                seen[index]++;
                assert_int_equal(entry.filetype, WASI_FILETYPE_REGULAR_FILE);
            } else {
                (*others)++;
                assert_int_equal(entry.filetype, WASI_FILETYPE_DIRECTORY);
            }
            cookie = entry.next;
            offset += (u32)sizeof entry + entry.name_length;
        }
        if (used < capacity) {
            return;
        }
        assert_true(offset > 0);
    }
}

static void test_listing(void **state) {
    (void)state;
    for (int i = 0; i < ENTRIES; i++) {
        char name[32];
        snprintf(name, sizeof name, "entry-%d", i);
        host_write(folder, name, "");
    }
    static const u32 capacities[] = {64, 100, 1000, 4096, 65536};
    for (size_t i = 0; i < sizeof capacities / sizeof *capacities; i++) {
        uint8_t seen[ENTRIES];
        u32 others;
        list(ROOT, capacities[i], seen, &others);
        for (int k = 0; k < ENTRIES; k++) {
            assert_int_equal(seen[k], 1);
        }
        assert_int_equal(others, 2); // "." and ".."
    }
    assert_int_equal(wasi.fd_readdir(guest, ROOT, DATA_AT, 0, 0, RESULT_AT), WASI_SUCCESS);
    assert_int_equal(u32_at(RESULT_AT), 0);
    assert_int_equal(wasi.fd_readdir(guest, ROOT, DATA_AT, 100, UINT64_MAX, RESULT_AT),
                     WASI_EINVAL);
}

// ".." of the root is what the guest must not know: it shows as the root itself.
static void test_listing_hides_parent(void **state) {
    (void)state;
    assert_int_equal(wasi.fd_readdir(guest, ROOT, DATA_AT, 4096, 0, RESULT_AT), WASI_SUCCESS);
    u32 used = u32_at(RESULT_AT);
    struct stat status;
    assert_int_equal(stat(folder, &status), 0);
    u32 count = 0;
    struct wasi_dirent entry;
    for (u32 offset = 0; offset < used; offset += (u32)sizeof entry + entry.name_length) {
        assert_true(guest_read(guest, DATA_AT + offset, &entry, sizeof entry));
        assert_int_equal(entry.inode, status.st_ino);
        count++;
    }
    assert_int_equal(count, 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        HOST_TEST(test_dot_dot),
        HOST_TEST(test_absolute),
        HOST_TEST(test_links_out),
        HOST_TEST(test_rename_race),
        HOST_TEST(test_devices_and_pipes),
        HOST_TEST(test_procfs),
        HOST_TEST(test_bad_names),
        HOST_TEST(test_errors),
        HOST_TEST(test_follow),
        HOST_TEST(test_rights_opened),
        HOST_TEST(test_listing),
        HOST_TEST(test_listing_hides_parent),
    };
    return cmocka_run_group_tests(tests, fixture_start, fixture_stop);
}
