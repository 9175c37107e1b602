// path_open: flags, rights, access modes, paths.
#include "rules.h"

RULE(open_missing) {
    GIVES(ENOENT, try_open(folder, STAY, "file", 0, 0));
}

RULE(open_create) {
    GIVES(0, try_open(folder, STAY, "file", CREATE, 0));
    GIVES(0, try_open(folder, STAY, "file", CREATE, 0));
    GIVES(0, try_open(folder, STAY, "file", 0, 0));
}

RULE(open_exclusive_existing) {
    make_file(folder, "file");
    GIVES(EEXIST, try_open(folder, STAY, "file", CREATE | EXCLUSIVE, 0));
    GIVES(0, try_open(folder, STAY, "other", CREATE | EXCLUSIVE, 0));
    GIVES(0, make_symlink("nothing", folder, "link"));
    GIVES(EEXIST, try_open(folder, FOLLOW, "link", CREATE | EXCLUSIVE, 0));
    GIVES(0, make_folder(folder, "dir"));
    GIVES(EEXIST, try_open(folder, STAY, "dir", CREATE | EXCLUSIVE, 0));
}

RULE(open_create_in_missing_folder) {
    GIVES(ENOENT, try_open(folder, STAY, "none/file", CREATE, 0));
    make_file(folder, "file");
    GIVES(ENOTDIR, try_open(folder, STAY, "file/below", CREATE, 0));
}

RULE(open_create_through_dangling_symlink) {
    GIVES(0, make_symlink("target", folder, "link"));
    GIVES(ELOOP, try_open(folder, STAY, "link", CREATE, 0));
    GIVES(0, try_open(folder, FOLLOW, "link", CREATE, 0));
    GIVES(0, try_open(folder, STAY, "target", 0, 0));
}

RULE(open_folder_flag_on_file) {
    make_file(folder, "file");
    GIVES(ENOTDIR, try_open(folder, STAY, "file", DIRECTORY, 0));
}

RULE(open_below_a_file_descriptor) {
    int fd;
    GIVES(0, open_path(folder, STAY, "file", CREATE, 0, &fd));
    GIVES_EITHER(ENOTDIR, ENOTCAPABLE, try_open(fd, STAY, "foo", CREATE, 0));
    GIVES(EBADF, try_open(100, STAY, "foo", 0, 0));
}

RULE(open_folder_nonblocking) {
    __wasi_fd_t fd;
    GIVES(0, __wasi_path_open(folder, 0, ".", 0, 0, 0, __WASI_FDFLAGS_NONBLOCK, &fd));
    GIVES(0, __wasi_fd_close(fd));
}

RULE(open_preopen_again) {
    __wasi_fdstat_t stat = fdstat_of(3);
    __wasi_fd_t fd;
    GIVES(0,
          __wasi_path_open(3, 0, ".", 0, stat.fs_rights_base, stat.fs_rights_inheriting, 0, &fd));
    GIVES(0, __wasi_fd_close(fd));
    GIVES(0, try_open(3, STAY, ".", 0, 0));
    GIVES(0, try_open(3, STAY, ".", DIRECTORY, 0));
    GIVES(0, try_open(3, STAY, ".", DIRECTORY, READ));
    GIVES(EISDIR, try_open(3, STAY, ".", DIRECTORY, READ | WRITE));
    GIVES(EISDIR, try_open(3, STAY, ".", 0, WRITE));
}

RULE(preopen_has_the_rights_that_libraries_expect) {
    static const __wasi_rights_t base[] = {
        __WASI_RIGHTS_PATH_CREATE_DIRECTORY,
        __WASI_RIGHTS_PATH_CREATE_FILE,
        __WASI_RIGHTS_PATH_LINK_SOURCE,
        __WASI_RIGHTS_PATH_LINK_TARGET,
        __WASI_RIGHTS_PATH_OPEN,
        __WASI_RIGHTS_FD_READDIR,
        __WASI_RIGHTS_PATH_READLINK,
        __WASI_RIGHTS_PATH_RENAME_SOURCE,
        __WASI_RIGHTS_PATH_RENAME_TARGET,
        __WASI_RIGHTS_PATH_SYMLINK,
        __WASI_RIGHTS_PATH_REMOVE_DIRECTORY,
        __WASI_RIGHTS_PATH_UNLINK_FILE,
        __WASI_RIGHTS_PATH_FILESTAT_GET,
        __WASI_RIGHTS_PATH_FILESTAT_SET_TIMES,
        __WASI_RIGHTS_FD_FILESTAT_GET,
        __WASI_RIGHTS_FD_FILESTAT_SET_TIMES,
    };
    static const __wasi_rights_t inherited[] = {
        __WASI_RIGHTS_FD_DATASYNC,
        __WASI_RIGHTS_FD_READ,
        __WASI_RIGHTS_FD_SEEK,
        __WASI_RIGHTS_FD_FDSTAT_SET_FLAGS,
        __WASI_RIGHTS_FD_SYNC,
        __WASI_RIGHTS_FD_TELL,
        __WASI_RIGHTS_FD_WRITE,
        __WASI_RIGHTS_FD_ADVISE,
        __WASI_RIGHTS_FD_ALLOCATE,
        __WASI_RIGHTS_FD_FILESTAT_GET,
        __WASI_RIGHTS_FD_FILESTAT_SET_SIZE,
        __WASI_RIGHTS_FD_FILESTAT_SET_TIMES,
        __WASI_RIGHTS_POLL_FD_READWRITE,
    };
    __wasi_fdstat_t stat = fdstat_of(3);
    CHECK(stat.fs_filetype == __WASI_FILETYPE_DIRECTORY && stat.fs_flags == 0);
    CHECK((stat.fs_rights_base & __WASI_RIGHTS_FD_FILESTAT_SET_SIZE) == 0);
    for (size_t i = 0; i < sizeof base / sizeof *base; i++) {
        CHECK((stat.fs_rights_base & base[i]) != 0);
        CHECK((stat.fs_rights_inheriting & base[i]) != 0);
    }
    for (size_t i = 0; i < sizeof inherited / sizeof *inherited; i++) {
        CHECK((stat.fs_rights_inheriting & inherited[i]) != 0);
    }
}

RULE(access_mode_follows_rights) {
    char text[100];
    char ones[50];
    size_t count;
    int fd;
    memset(ones, 1, sizeof ones);
    make_file(folder, "file");
    GIVES(0, open_path(folder, STAY, "file", 0, READ, &fd));
    CHECK((fdstat_of(fd).fs_rights_base & READ_WRITE) == READ);
    GIVES(0, get(fd, text, sizeof text, &count));
    CHECK(count == 0);
    GIVES_EITHER(EBADF, ENOTCAPABLE, put(fd, ones, sizeof ones, &count));
    GIVES(0, __wasi_fd_close(fd));
    GIVES(0, open_path(folder, STAY, "file", 0, WRITE, &fd));
    CHECK((fdstat_of(fd).fs_rights_base & READ_WRITE) == WRITE);
    GIVES_EITHER(EBADF, ENOTCAPABLE, get(fd, text, sizeof text, &count));
    GIVES(0, put(fd, ones, sizeof ones, &count));
    GIVES(0, __wasi_fd_close(fd));
    GIVES(0, open_path(folder, STAY, "file", 0, READ | WRITE | __WASI_RIGHTS_FD_FILESTAT_GET, &fd));
    GIVES(0, get(fd, text, sizeof text, &count));
    CHECK(count == sizeof ones);
    GIVES(0, put(fd, ones, 25, &count));
    CHECK(size_of(fd) == 75);
    GIVES(0, __wasi_fd_close(fd));
}

RULE(open_without_rights_reads_nothing) {
    char text[4];
    size_t count;
    int fd;
    make_file(folder, "file");
    __wasi_fdstat_t stat = fdstat_of(folder);
    GIVES(0, __wasi_fd_fdstat_set_rights(folder, stat.fs_rights_base & ~READ,
                                         stat.fs_rights_inheriting & ~READ));
    GIVES(0, open_path(folder, STAY, "file", 0, 0, &fd));
    CHECK((fdstat_of(fd).fs_rights_base & READ) == 0);
    CHECK((fdstat_of(fd).fs_rights_inheriting & READ) == 0);
    GIVES(EBADF, get(fd, text, sizeof text, &count));
    GIVES(ENOTCAPABLE, try_open(folder, STAY, "file", 0, READ));
}

RULE(rights_are_only_given_up) {
    char text[4] = "text";
    size_t count;
    int fd;
    GIVES(0, open_path(folder, STAY, "file", CREATE, READ_WRITE, &fd));
    GIVES(0, put(fd, text, 4, &count));
    GIVES(0, seek(fd, 0, __WASI_WHENCE_SET, NULL));
    GIVES(0, get(fd, text, 4, &count));
    __wasi_fdstat_t stat = fdstat_of(fd);
    GIVES(0, __wasi_fd_fdstat_set_rights(fd, stat.fs_rights_base & ~(READ | WRITE), 0));
    CHECK((fdstat_of(fd).fs_rights_base & (READ | WRITE)) == 0);
    CHECK((fdstat_of(fd).fs_rights_base & SEEK) != 0);
    GIVES_EITHER(EBADF, ENOTCAPABLE, get(fd, text, 4, &count));
    GIVES_EITHER(EBADF, ENOTCAPABLE, put(fd, text, 4, &count));
    GIVES(ENOTCAPABLE, __wasi_fd_fdstat_set_rights(fd, READ_WRITE, READ_WRITE));
    GIVES(EBADF, __wasi_fd_fdstat_set_rights(100, 0, 0));
}

RULE(rights_of_a_folder_are_needed) {
    static const struct {
        __wasi_rights_t right;
        const char *what;
    } rows[] = {
        {__WASI_RIGHTS_PATH_OPEN, "open"},
        {__WASI_RIGHTS_PATH_CREATE_FILE, "create"},
        {__WASI_RIGHTS_PATH_CREATE_DIRECTORY, "mkdir"},
        {__WASI_RIGHTS_PATH_REMOVE_DIRECTORY, "rmdir"},
        {__WASI_RIGHTS_PATH_UNLINK_FILE, "unlink"},
        {__WASI_RIGHTS_PATH_LINK_SOURCE, "link"},
        {__WASI_RIGHTS_PATH_LINK_TARGET, "link"},
        {__WASI_RIGHTS_PATH_SYMLINK, "symlink"},
        {__WASI_RIGHTS_PATH_READLINK, "readlink"},
        {__WASI_RIGHTS_PATH_RENAME_SOURCE, "rename"},
        {__WASI_RIGHTS_PATH_RENAME_TARGET, "rename"},
        {__WASI_RIGHTS_PATH_FILESTAT_GET, "stat"},
        {__WASI_RIGHTS_PATH_FILESTAT_SET_TIMES, "times"},
        {__WASI_RIGHTS_FD_READDIR, "readdir"},
    };
    uint8_t buffer[64];
    size_t count;
    __wasi_filestat_t stat;
    make_file(folder, "file");
    GIVES(0, make_folder(folder, "dir"));
    GIVES(0, make_symlink("file", folder, "link"));
    __wasi_fdstat_t all = fdstat_of(folder);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *what = rows[i].what;
        __wasi_fd_t fd;
        GIVES(0, __wasi_path_open(folder, 0, ".", DIRECTORY, all.fs_rights_base & ~rows[i].right,
                                  all.fs_rights_inheriting, 0, &fd));
        int failure =
            !strcmp(what, "open")       ? try_open(fd, STAY, "file", 0, 0)
            : !strcmp(what, "create")   ? try_open(fd, STAY, "new", CREATE, 0)
            : !strcmp(what, "mkdir")    ? make_folder(fd, "new")
            : !strcmp(what, "rmdir")    ? remove_folder(fd, "dir")
            : !strcmp(what, "unlink")   ? remove_file(fd, "file")
            : !strcmp(what, "link")     ? make_link(fd, STAY, "file", fd, "new")
            : !strcmp(what, "symlink")  ? make_symlink("file", fd, "new")
            : !strcmp(what, "readlink") ? __wasi_path_readlink(fd, "link", buffer, 64, &count)
            : !strcmp(what, "rename")   ? move(fd, "file", fd, "new")
            : !strcmp(what, "stat")     ? stat_path(fd, STAY, "file", &stat)
            : !strcmp(what, "times")
                ? __wasi_path_filestat_set_times(fd, 0, "file", 0, 0, __WASI_FSTFLAGS_MTIM)
                : __wasi_fd_readdir(fd, buffer, sizeof buffer, 0, &count);
        if (failure != ENOTCAPABLE) {
            rule_fail(__FILE__, __LINE__, "%s without its right gave %d", what, failure);
        }
        GIVES(0, __wasi_fd_close(fd));
    }
}

RULE(rights_of_a_file_are_needed) {
    const __wasi_rights_t mode = READ | WRITE;
    __wasi_filestat_t stat;
    size_t count;
    char text[1];
    int fd;
    GIVES(0, open_path(folder, STAY, "file", CREATE, mode, &fd));
    GIVES(ENOTCAPABLE, __wasi_fd_filestat_get(fd, &stat));
    GIVES(ENOTCAPABLE, __wasi_fd_filestat_set_size(fd, 1));
    GIVES(ENOTCAPABLE, __wasi_fd_filestat_set_times(fd, 0, 0, __WASI_FSTFLAGS_MTIM));
    GIVES(ENOTCAPABLE, __wasi_fd_advise(fd, 0, 0, __WASI_ADVICE_NORMAL));
    GIVES(ENOTCAPABLE, __wasi_fd_allocate(fd, 0, 1));
    GIVES(ENOTCAPABLE, __wasi_fd_sync(fd));
    GIVES(ENOTCAPABLE, __wasi_fd_datasync(fd));
    GIVES(ENOTCAPABLE, __wasi_fd_fdstat_set_flags(fd, __WASI_FDFLAGS_APPEND));
    GIVES(ENOTCAPABLE, seek(fd, 1, __WASI_WHENCE_SET, NULL));
    GIVES(ENOTCAPABLE, seek(fd, 0, __WASI_WHENCE_CUR, NULL));
    GIVES_EITHER(ENOTCAPABLE, EBADF, get_at(fd, text, 1, 0, &count));
    GIVES_EITHER(ENOTCAPABLE, EBADF, put_at(fd, text, 1, 0, &count));
}

RULE(truncation_needs_a_right_of_the_folder) {
    make_file(folder, "file");
    __wasi_fdstat_t stat = fdstat_of(folder);
    CHECK(stat.fs_filetype == __WASI_FILETYPE_DIRECTORY && stat.fs_flags == 0);
    GIVES(0, try_open(folder, STAY, "file", TRUNCATE, 0));
    // Not the right that descriptors in the folder would have.
    stat.fs_rights_inheriting &= ~__WASI_RIGHTS_FD_FILESTAT_SET_SIZE;
    GIVES(0, __wasi_fd_fdstat_set_rights(folder, stat.fs_rights_base, stat.fs_rights_inheriting));
    GIVES(0, try_open(folder, STAY, "file", TRUNCATE, 0));
    stat.fs_rights_base &= ~__WASI_RIGHTS_PATH_FILESTAT_SET_SIZE;
    GIVES(0, __wasi_fd_fdstat_set_rights(folder, stat.fs_rights_base, stat.fs_rights_inheriting));
    CHECK((fdstat_of(folder).fs_rights_base & __WASI_RIGHTS_PATH_FILESTAT_SET_SIZE) == 0);
    GIVES_EITHER(ENOTCAPABLE, EPERM, try_open(folder, STAY, "file", TRUNCATE, 0));
}

RULE(truncation_empties) {
    char text[100];
    size_t count;
    int fd;
    GIVES(0, open_path(folder, STAY, "file", CREATE, WRITE, &fd));
    put_text(fd, "this will be gone");
    GIVES(0, __wasi_fd_close(fd));
    GIVES(0, open_path(folder, STAY, "file", CREATE | TRUNCATE, READ | WRITE, &fd));
    GIVES(0, get(fd, text, sizeof text, &count));
    CHECK(count == 0);
    GIVES(0, __wasi_fd_close(fd));
    __wasi_filestat_t stat;
    GIVES(0, stat_path(folder, STAY, "file", &stat));
    CHECK(stat.size == 0);
    GIVES(0, make_folder(folder, "dir"));
    GIVES(EISDIR, try_open(folder, STAY, "dir", TRUNCATE, 0));
}

RULE(interesting_paths) {
    GIVES(0, make_folder(folder, "dir"));
    GIVES(0, make_folder(folder, "dir/nested"));
    make_file(folder, "dir/nested/file");
    GIVES_EITHER(EPERM, ENOTCAPABLE, try_open(folder, STAY, "/dir/nested/file", 0, 0));
    GIVES(0, try_open(folder, STAY, "dir/.//nested/../../dir/nested/../nested///./file", 0, 0));
    GIVES(ENOTDIR, try_open(folder, STAY, "dir/nested/file/", 0, 0));
    GIVES(ENOTDIR, try_open(folder, STAY, "dir/nested/file///", 0, 0));
    GIVES(ENOTDIR, try_open(folder, STAY, "dir/nested/file/.", 0, 0));
    GIVES(ENOTDIR, try_open(folder, STAY, "dir/nested/file/..", 0, 0));
    GIVES(0, try_open(folder, STAY, "dir/nested/", 0, 0));
    GIVES(0, try_open(folder, STAY, "dir/nested///", 0, 0));
    GIVES_EITHER(
        EPERM, ENOTCAPABLE,
        try_open(folder, STAY, "dir/nested/../../../interesting_paths/dir/nested/file", 0, 0));
    GIVES(ENOENT, try_open(folder, STAY, "", 0, 0));
    GIVES(ENOENT, make_folder(folder, ""));
    GIVES(ENOENT, remove_file(folder, ""));
    char name[300];
    memset(name, 'n', sizeof name);
    name[255] = '\0';
    GIVES(0, try_open(folder, STAY, name, CREATE, 0));
    name[255] = 'n';
    name[256] = '\0';
    GIVES(ENAMETOOLONG, try_open(folder, STAY, name, CREATE, 0));
}

// path_open(folder, 0, path, length, ...) itself, as C's strings end at a NUL.
int32_t raw_path_open(int32_t, int32_t, const char *, int32_t, int32_t, int64_t, int64_t, int32_t,
                      int32_t *)
    __attribute__((import_module("wasi_snapshot_preview1"), import_name("path_open")));

RULE(path_with_a_nul) {
    int32_t fd;
    make_file(folder, "file");
    GIVES_EITHER(EILSEQ, EINVAL, raw_path_open(folder, 0, "file\0", 5, 0, 0, 0, 0, &fd));
    GIVES_EITHER(EILSEQ, EINVAL, raw_path_open(folder, 0, "fi\0le", 5, 0, 0, 0, 0, &fd));
}

RULE(unknown_flags) {
    int32_t fd;
    make_file(folder, "file");
    GIVES(EINVAL, raw_path_open(folder, 0, "file", 4, 16, 0, 0, 0, &fd));
    GIVES(EINVAL, raw_path_open(folder, 0, "file", 4, 0, 0, 0, 32, &fd));
    GIVES(EINVAL, raw_path_open(folder, 2, "file", 4, 0, 0, 0, 0, &fd));
    int file = open_file(folder, "file", 0);
    GIVES(EINVAL, __wasi_fd_fdstat_set_flags(file, 64));
    GIVES(EINVAL, __wasi_fd_advise(file, 0, 0, 6));
    GIVES(EINVAL, seek(file, 0, 3, NULL));
}

RULE(pointers_outside_of_memory) {
    GIVES(EFAULT, raw_path_open(folder, 0, (const char *)-4, 4, 0, 0, 0, 0, &(int32_t){0}));
    GIVES(EFAULT, raw_path_open(folder, 0, ".", 1, 0, 0, 0, 0, (int32_t *)-4));
    GIVES(EFAULT, __wasi_fd_fdstat_get(folder, (__wasi_fdstat_t *)-8));
    GIVES(EFAULT, __wasi_clock_time_get(0, 0, (__wasi_timestamp_t *)-8));
    GIVES(EFAULT, __wasi_random_get((uint8_t *)-16, 32));
    const __wasi_ciovec_t vector = {(const uint8_t *)-1, 100};
    size_t count;
    GIVES(EFAULT, __wasi_fd_write(2, &vector, 1, &count));
}
