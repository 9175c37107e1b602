// Symbolic links and hard links.
#include "rules.h"

RULE(dangling_symlink) {
    GIVES(0, make_symlink("target", folder, "link"));
    GIVES_EITHER(ENOTDIR, ELOOP, try_open(folder, STAY, "link", DIRECTORY, 0));
    GIVES(ELOOP, try_open(folder, STAY, "link", 0, 0));
    GIVES(ENOENT, try_open(folder, FOLLOW, "link", 0, 0));
    __wasi_filestat_t stat;
    GIVES(0, stat_path(folder, STAY, "link", &stat));
    CHECK(stat.filetype == __WASI_FILETYPE_SYMBOLIC_LINK && stat.size == 6);
    GIVES(ENOENT, stat_path(folder, FOLLOW, "link", &stat));
    GIVES(0, remove_file(folder, "link"));
}

RULE(symlink_loop) {
    __wasi_filestat_t stat;
    GIVES(0, make_symlink("loop", folder, "loop"));
    GIVES(ELOOP, try_open(folder, STAY, "loop", 0, 0));
    GIVES(ELOOP, try_open(folder, FOLLOW, "loop", 0, 0));
    GIVES(ELOOP, try_open(folder, STAY, "loop/below", 0, 0));
    GIVES(ELOOP, try_open(folder, FOLLOW, "loop", CREATE, 0));
    GIVES(ELOOP, stat_path(folder, FOLLOW, "loop", &stat));
    GIVES(ELOOP, make_folder(folder, "loop/below"));
    GIVES(0, make_symlink("b", folder, "a"));
    GIVES(0, make_symlink("a", folder, "b"));
    GIVES(ELOOP, try_open(folder, FOLLOW, "a", 0, 0));
    GIVES(0, remove_file(folder, "loop"));
}

RULE(symlink_chain) {
    char name[16];
    char target[16] = "end";
    make_file(folder, "end");
    for (int i = 0; i < 30; i++) {
        snprintf(name, sizeof name, "l%d", i);
        GIVES(0, make_symlink(target, folder, name));
        strcpy(target, name);
    }
    GIVES(0, try_open(folder, FOLLOW, "l29", 0, 0));
    GIVES(0, make_symlink("l29", folder, "l30"));
    for (int i = 31; i < 60; i++) {
        snprintf(target, sizeof target, "l%d", i - 1);
        snprintf(name, sizeof name, "l%d", i);
        GIVES(0, make_symlink(target, folder, name));
    }
    GIVES(ELOOP, try_open(folder, FOLLOW, "l59", 0, 0));
}

RULE(symlinks_not_followed) {
    GIVES(0, make_folder(folder, "target"));
    GIVES(0, make_symlink("target", folder, "link"));
    GIVES_EITHER(ELOOP, ENOTDIR, try_open(folder, STAY, "link", DIRECTORY, 0));
    GIVES(ELOOP, try_open(folder, STAY, "link", 0, 0));
    GIVES(0, try_open(folder, FOLLOW, "link", DIRECTORY, 0));
    GIVES(0, remove_file(folder, "link"));
    GIVES(0, remove_folder(folder, "target"));
    make_file(folder, "target");
    GIVES(0, make_symlink("target", folder, "link"));
    GIVES_EITHER(ELOOP, ENOTDIR, try_open(folder, STAY, "link", DIRECTORY, 0));
    GIVES(ELOOP, try_open(folder, STAY, "link", 0, 0));
    GIVES(ENOTDIR, try_open(folder, FOLLOW, "link", DIRECTORY, 0));
}

RULE(symlinks_on_the_way_are_followed) {
    GIVES(0, make_folder(folder, "dir"));
    make_file(folder, "dir/file");
    GIVES(0, make_symlink("dir", folder, "link"));
    GIVES(0, make_symlink("../dir/./file", folder, "dir/up"));
    GIVES(0, try_open(folder, STAY, "link/file", 0, 0));
    GIVES(0, try_open(folder, FOLLOW, "link/up", 0, 0));
    GIVES(0, try_open(folder, FOLLOW, "link/", 0, 0));
    GIVES(0, move(folder, "link/file", folder, "link/other"));
    GIVES(0, remove_file(folder, "link/other"));
    GIVES(ENOTDIR, remove_folder(folder, "link"));
}

RULE(symlink_create) {
    make_file(folder, "target");
    GIVES(0, make_symlink("target", folder, "link"));
    GIVES(0, try_open(folder, FOLLOW, "link", 0, 0));
    GIVES(EEXIST, make_symlink("target", folder, "link"));
    CHECK(make_symlink("/", folder, "absolute") != 0);
    CHECK(make_symlink("", folder, "empty") != 0);
    GIVES(ENOENT, make_symlink("x", folder, "none/link"));
}

RULE(symlink_trailing_slashes) {
    GIVES(ENOENT, make_symlink("source", folder, "target/"));
    GIVES(0, make_symlink("source", folder, "target"));
    GIVES(0, remove_file(folder, "target"));
    GIVES(0, make_folder(folder, "target"));
    GIVES(EEXIST, make_symlink("source", folder, "target/"));
    GIVES(EEXIST, make_symlink("source", folder, "target"));
    GIVES(0, remove_folder(folder, "target"));
    make_file(folder, "target");
    GIVES_EITHER(ENOTDIR, EEXIST, make_symlink("source", folder, "target/"));
    GIVES(EEXIST, make_symlink("source", folder, "target"));
}

RULE(readlink) {
    uint8_t buffer[10] = {0};
    size_t used = 0;
    make_file(folder, "target");
    GIVES(0, make_symlink("target", folder, "link"));
    GIVES(0, __wasi_path_readlink(folder, "link", buffer, 10, &used));
    CHECK(used == 6 && memcmp(buffer, "target\0\0\0\0", 10) == 0);
    memset(buffer, 0, sizeof buffer);
    GIVES(0, __wasi_path_readlink(folder, "link", buffer, 4, &used));
    CHECK(used == 4 && memcmp(buffer, "targ\0\0\0\0\0\0", 10) == 0);
    GIVES(0, __wasi_path_readlink(folder, "link", buffer, 0, &used));
    CHECK(used == 0);
    GIVES(EINVAL, __wasi_path_readlink(folder, "target", buffer, 10, &used));
    GIVES(ENOENT, __wasi_path_readlink(folder, "none", buffer, 10, &used));
}

RULE(path_exists) {
    static const struct {
        const char *path;
        int here, followed; // file types
    } rows[] = {
        {"sub", __WASI_FILETYPE_DIRECTORY, __WASI_FILETYPE_DIRECTORY},
        {"sub/", __WASI_FILETYPE_DIRECTORY, __WASI_FILETYPE_DIRECTORY},
        {"sub/file", __WASI_FILETYPE_REGULAR_FILE, __WASI_FILETYPE_REGULAR_FILE},
        {"link", __WASI_FILETYPE_SYMBOLIC_LINK, __WASI_FILETYPE_REGULAR_FILE},
        {"dirlink", __WASI_FILETYPE_SYMBOLIC_LINK, __WASI_FILETYPE_DIRECTORY},
    };
    __wasi_filestat_t stat;
    GIVES(0, make_folder(folder, "sub"));
    make_file(folder, "sub/file");
    GIVES(0, make_symlink("sub/file", folder, "link"));
    GIVES(0, make_symlink("sub", folder, "dirlink"));
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        GIVES(0, stat_path(folder, STAY, rows[i].path, &stat));
        CHECK(stat.filetype == rows[i].here);
        GIVES(0, stat_path(folder, FOLLOW, rows[i].path, &stat));
        CHECK(stat.filetype == rows[i].followed);
    }
    GIVES(ENOTDIR, stat_path(folder, STAY, "sub/file/", &stat));
    GIVES(ENOENT, stat_path(folder, STAY, "none", &stat));
}

RULE(times_of_a_symlink) {
    __wasi_filestat_t file, link, after;
    make_file(folder, "file");
    GIVES(0, stat_path(folder, STAY, "file", &file));
    GIVES(0, make_symlink("file", folder, "link"));
    GIVES(0, stat_path(folder, STAY, "link", &link));
    GIVES(0, __wasi_path_filestat_set_times(folder, 0, "link", 0, link.mtim - 200,
                                            __WASI_FSTFLAGS_MTIM));
    GIVES(0, stat_path(folder, STAY, "link", &after));
    CHECK(after.mtim == link.mtim - 200);
    GIVES(0, stat_path(folder, STAY, "file", &after));
    CHECK(after.mtim == file.mtim);
    GIVES(0, stat_path(folder, FOLLOW, "link", &after));
    CHECK(after.mtim == file.mtim);
    GIVES(0, __wasi_path_filestat_set_times(folder, __WASI_LOOKUPFLAGS_SYMLINK_FOLLOW, "link", 0,
                                            link.mtim, __WASI_FSTFLAGS_MTIM));
    GIVES(0, stat_path(folder, STAY, "file", &after));
    CHECK(after.mtim == link.mtim);
}

static int open_link(int folder, const char *path, int oflags) {
    const __wasi_rights_t rights = READ | __WASI_RIGHTS_PATH_LINK_SOURCE |
                                   __WASI_RIGHTS_PATH_LINK_TARGET | __WASI_RIGHTS_FD_FILESTAT_GET |
                                   __WASI_RIGHTS_PATH_OPEN | __WASI_RIGHTS_PATH_UNLINK_FILE;
    __wasi_fd_t fd = 0;
    GIVES(0, __wasi_path_open(folder, 0, path, (__wasi_oflags_t)oflags, rights, rights, 0, &fd));
    return (int)fd;
}

static void check_same(int one, int two) {
    __wasi_filestat_t a = {0}, b = {0};
    GIVES(0, __wasi_fd_filestat_get(one, &a));
    GIVES(0, __wasi_fd_filestat_get(two, &b));
    CHECK(memcmp(&a, &b, sizeof a) == 0);
    __wasi_fdstat_t c = fdstat_of(one), d = fdstat_of(two);
    CHECK(c.fs_flags == d.fs_flags && c.fs_filetype == d.fs_filetype);
    CHECK(c.fs_rights_base == d.fs_rights_base && c.fs_rights_inheriting == d.fs_rights_inheriting);
}

RULE(link_is_the_same_file) {
    int file = open_link(folder, "file", CREATE);
    GIVES(0, make_link(folder, STAY, "file", folder, "link"));
    int link = open_link(folder, "link", 0);
    check_same(file, link);
    GIVES(0, remove_file(folder, "link"));
    GIVES(0, make_folder(folder, "sub"));
    int sub = open_link(folder, "sub", DIRECTORY);
    GIVES(0, make_link(folder, STAY, "file", sub, "link"));
    link = open_link(sub, "link", 0);
    check_same(file, link);
    GIVES(0, remove_file(sub, "link"));
    GIVES(0, remove_folder(folder, "sub"));
}

RULE(link_over_what_is_there) {
    make_file(folder, "file");
    make_file(folder, "other");
    GIVES(EEXIST, make_link(folder, STAY, "file", folder, "other"));
    GIVES(EEXIST, make_link(folder, STAY, "file", folder, "file"));
    GIVES(0, make_folder(folder, "dir"));
    GIVES(EEXIST, make_link(folder, STAY, "file", folder, "dir"));
    GIVES(0, make_symlink("target", folder, "symlink"));
    GIVES(EEXIST, make_link(folder, STAY, "file", folder, "symlink"));
    GIVES(ENOENT, make_link(folder, STAY, "none", folder, "new"));
    GIVES(ENOENT, make_link(folder, STAY, "file", folder, "new/"));
    GIVES(ENOTDIR, make_link(folder, STAY, "file/", folder, "new"));
}

RULE(link_of_a_folder) {
    GIVES(0, make_folder(folder, "dir"));
    GIVES_EITHER(EPERM, EACCES, make_link(folder, STAY, "dir", folder, "link"));
}

RULE(link_of_a_symlink) {
    GIVES(0, make_symlink("target", folder, "symlink"));
    GIVES(0, make_link(folder, STAY, "symlink", folder, "link"));
    GIVES_EITHER(ENOENT, EINVAL, make_link(folder, FOLLOW, "symlink", folder, "followed"));
    GIVES(0, remove_file(folder, "symlink"));
    GIVES(0, remove_file(folder, "link"));
    GIVES(0, make_symlink("loop", folder, "loop"));
    GIVES(0, make_link(folder, STAY, "loop", folder, "link"));
    GIVES(0, remove_file(folder, "loop"));
    GIVES(0, remove_file(folder, "link"));
}
