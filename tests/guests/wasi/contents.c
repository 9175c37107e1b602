// Contents, size, position, flags and times of files.
#include "rules.h"

RULE(file_pread_pwrite) {
    char text[8] = {0};
    size_t count;
    int fd;
    GIVES(0, open_path(folder, STAY, "file", CREATE, READ | SEEK | WRITE, &fd));
    GIVES(0, put_at(fd, "\0\1\2\3", 4, 0, &count));
    CHECK(count == 4);
    GIVES(0, get_at(fd, text, 4, 0, &count));
    CHECK(count == 4 && memcmp(text, "\0\1\2\3", 4) == 0);
    const __wasi_ciovec_t from[] = {{(const uint8_t *)"ab", 2}, {(const uint8_t *)"cd", 2}};
    GIVES(0, __wasi_fd_pwrite(fd, from, 2, 0, &count));
    CHECK(count == 4);
    const __wasi_iovec_t to[] = {
        {(uint8_t *)text, 2}, {(uint8_t *)text + 2, 0}, {(uint8_t *)text + 2, 2}};
    GIVES(0, __wasi_fd_pread(fd, to, 3, 0, &count));
    CHECK(count == 4 && memcmp(text, "abcd", 4) == 0);
    GIVES(0, get_at(fd, text, 4, 2, &count));
    CHECK(count == 2 && memcmp(text, "cd", 2) == 0);
    GIVES(0, get_at(fd, text, 4, 100, &count));
    CHECK(count == 0);
    uint64_t position = 9;
    GIVES(0, seek(fd, 0, __WASI_WHENCE_CUR, &position));
    CHECK(position == 0);
    GIVES(EINVAL, get_at(fd, text, 4, UINT64_MAX, &count));
    GIVES(EINVAL, put_at(fd, text, 4, UINT64_MAX, &count));
    GIVES_EITHER(EFBIG, EINVAL, put_at(fd, text, 4, INT64_MAX - 2, &count));
}

RULE(file_seek_tell) {
    char buffer[100] = {0};
    size_t count;
    uint64_t at = 1;
    int fd;
    GIVES(0, open_path(folder, STAY, "file", CREATE, READ_WRITE, &fd));
    GIVES(0, __wasi_fd_tell(fd, &at));
    CHECK(at == 0);
    GIVES(0, put(fd, buffer, sizeof buffer, &count));
    GIVES(0, __wasi_fd_tell(fd, &at));
    CHECK(count == 100 && at == 100);
    GIVES(0, seek(fd, -50, __WASI_WHENCE_CUR, &at));
    CHECK(at == 50);
    GIVES(0, seek(fd, 0, __WASI_WHENCE_SET, &at));
    CHECK(at == 0);
    GIVES(0, seek(fd, 1000, __WASI_WHENCE_CUR, &at));
    CHECK(at == 1000);
    GIVES(EINVAL, seek(fd, -2000, __WASI_WHENCE_CUR, NULL));
    GIVES(EINVAL, seek(fd, -1, __WASI_WHENCE_SET, NULL));
    GIVES(0, seek(fd, -1, __WASI_WHENCE_END, &at));
    CHECK(at == 99);
    GIVES(0, seek(fd, 0, __WASI_WHENCE_SET, NULL));
    GIVES(0, get(fd, buffer, sizeof buffer, &count));
    GIVES(0, __wasi_fd_tell(fd, &at));
    CHECK(count == 100 && at == 100);
}

RULE(seeking_past_the_end_leaves_zeros) {
    char text[8] = "xxxxxxx";
    size_t count;
    int fd = open_file(folder, "file", CREATE);
    GIVES(0, seek(fd, 5, __WASI_WHENCE_SET, NULL));
    CHECK(size_of(fd) == 0);
    put_text(fd, "end");
    CHECK(size_of(fd) == 8);
    GIVES(0, get_at(fd, text, 8, 0, &count));
    CHECK(count == 8 && memcmp(text, "\0\0\0\0\0end", 8) == 0);
}

RULE(file_unbuffered_write) {
    char byte = 0;
    size_t count;
    int reader, writer;
    GIVES(0, open_path(folder, STAY, "file", CREATE, READ, &reader));
    GIVES(0, open_path(folder, STAY, "file", 0, WRITE, &writer));
    GIVES(0, put(writer, "\1", 1, &count));
    GIVES(0, get(reader, &byte, 1, &count));
    CHECK(count == 1 && byte == 1);
}

RULE(no_vectors) {
    size_t count = 7;
    int fd = open_file(folder, "file", CREATE);
    GIVES(0, __wasi_fd_write(fd, NULL, 0, &count));
    CHECK(count == 0);
    GIVES(0, put(fd, NULL, 0, &count));
    CHECK(count == 0 && size_of(fd) == 0);
    GIVES(0, get(fd, NULL, 0, &count));
    CHECK(count == 0);
}

RULE(file_allocate) {
    int fd = open_file(folder, "file", CREATE);
    CHECK(size_of(fd) == 0);
    GIVES(0, __wasi_fd_allocate(fd, 0, 100));
    CHECK(size_of(fd) == 100);
    GIVES(0, __wasi_fd_allocate(fd, 10, 10));
    CHECK(size_of(fd) == 100);
    GIVES(0, __wasi_fd_allocate(fd, 90, 20));
    CHECK(size_of(fd) == 110);
    GIVES(EINVAL, __wasi_fd_allocate(fd, 0, 0));
    GIVES(EFBIG, __wasi_fd_allocate(fd, INT64_MAX - 1, 100));
    GIVES(EBADF, __wasi_fd_allocate(100, 0, 1));
}

RULE(fd_advise) {
    int fd = open_file(folder, "file", CREATE);
    GIVES(0, __wasi_fd_filestat_set_size(fd, 100));
    CHECK(size_of(fd) == 100);
    for (int advice = __WASI_ADVICE_NORMAL; advice <= __WASI_ADVICE_NOREUSE; advice++) {
        GIVES(0, __wasi_fd_advise(fd, 10, 50, (__wasi_advice_t)advice));
    }
    CHECK(size_of(fd) == 100);
    GIVES(0, __wasi_fd_allocate(fd, 100, 100));
    CHECK(size_of(fd) == 200);
    GIVES_EITHER(EBADF, EISDIR, __wasi_fd_advise(folder, 0, 0, __WASI_ADVICE_NORMAL));
    GIVES(EBADF, __wasi_fd_advise(100, 0, 0, __WASI_ADVICE_NORMAL));
}

RULE(fd_filestat_set) {
    __wasi_filestat_t before, after;
    int fd = open_file(folder, "file", CREATE);
    GIVES(0, __wasi_fd_filestat_set_size(fd, 100));
    GIVES(0, __wasi_fd_filestat_get(fd, &before));
    CHECK(before.size == 100 && before.filetype == __WASI_FILETYPE_REGULAR_FILE &&
          before.nlink == 1);
    GIVES(0, __wasi_fd_filestat_set_times(fd, 5, before.mtim - 100, __WASI_FSTFLAGS_MTIM));
    GIVES(0, __wasi_fd_filestat_get(fd, &after));
    CHECK(after.size == 100 && after.mtim == before.mtim - 100 && after.atim == before.atim);
    GIVES(0, __wasi_fd_filestat_set_times(fd, 5, 6, __WASI_FSTFLAGS_ATIM));
    GIVES(0, __wasi_fd_filestat_get(fd, &after));
    CHECK(after.atim == 5 && after.mtim == before.mtim - 100);
    GIVES(0, __wasi_fd_filestat_set_times(fd, 0, 0,
                                          __WASI_FSTFLAGS_ATIM_NOW | __WASI_FSTFLAGS_MTIM_NOW));
    GIVES(0, __wasi_fd_filestat_get(fd, &after));
    CHECK(after.atim >= before.mtim && after.mtim >= before.mtim);
    GIVES(0, __wasi_fd_filestat_set_size(fd, 10));
    CHECK(size_of(fd) == 10);
    GIVES(EINVAL, __wasi_fd_filestat_set_size(fd, UINT64_MAX));
}

RULE(size_can_be_set_for_writing_only) {
    int fd;
    const __wasi_rights_t rights =
        __WASI_RIGHTS_FD_FILESTAT_SET_SIZE | __WASI_RIGHTS_FD_FILESTAT_GET;
    GIVES(0, open_path(folder, STAY, "file", CREATE, rights, &fd));
    GIVES(0, __wasi_fd_filestat_set_size(fd, 33));
    CHECK(size_of(fd) == 33);
}

RULE(times_flags_that_contradict) {
    int fd;
    GIVES(0,
          open_path(folder, STAY, "file", CREATE, READ | __WASI_RIGHTS_FD_FILESTAT_SET_TIMES, &fd));
    const int bad[] = {__WASI_FSTFLAGS_MTIM | __WASI_FSTFLAGS_MTIM_NOW,
                       __WASI_FSTFLAGS_ATIM | __WASI_FSTFLAGS_ATIM_NOW, 16};
    for (int i = 0; i < 3; i++) {
        GIVES(EINVAL, __wasi_fd_filestat_set_times(fd, 100, 200, (__wasi_fstflags_t)bad[i]));
        GIVES(EINVAL, __wasi_path_filestat_set_times(folder, 0, "file", 100, 200,
                                                     (__wasi_fstflags_t)bad[i]));
    }
}

RULE(path_filestat) {
    __wasi_fd_t fd;
    __wasi_filestat_t before, after;
    CHECK((fdstat_of(folder).fs_rights_base & __WASI_RIGHTS_PATH_FILESTAT_GET) != 0);
    GIVES(0, __wasi_path_open(folder, 0, "file", CREATE,
                              READ | WRITE | __WASI_RIGHTS_PATH_FILESTAT_GET, 0,
                              __WASI_FDFLAGS_APPEND | __WASI_FDFLAGS_SYNC, &fd));
    __wasi_fdflags_t flags = fdstat_of((int)fd).fs_flags;
    CHECK((flags & __WASI_FDFLAGS_APPEND) != 0 && (flags & __WASI_FDFLAGS_SYNC) != 0);
    GIVES(0, stat_path(folder, STAY, "file", &before));
    CHECK(before.size == 0);
    GIVES(0, __wasi_path_filestat_set_times(folder, 0, "file", 0, before.mtim - 100,
                                            __WASI_FSTFLAGS_MTIM));
    GIVES(0, stat_path(folder, STAY, "file", &after));
    CHECK(after.mtim == before.mtim - 100 && after.atim == before.atim);
    GIVES(ENOENT, __wasi_path_filestat_set_times(folder, 0, "none", 0, 0, __WASI_FSTFLAGS_MTIM));
    GIVES(0, __wasi_path_filestat_set_times(folder, 0, ".", 0, 77, __WASI_FSTFLAGS_MTIM));
    GIVES(0, __wasi_fd_filestat_get(folder, &after));
    CHECK(after.mtim == 77);
}

RULE(device_and_inode_are_a_file) {
    __wasi_filestat_t a, b;
    int one = open_file(folder, "one", CREATE);
    int two = open_file(folder, "two", CREATE);
    GIVES(0, __wasi_fd_filestat_get(one, &a));
    GIVES(0, __wasi_fd_filestat_get(two, &b));
    CHECK(a.dev == b.dev && a.ino != b.ino);
    GIVES(0, stat_path(folder, STAY, "one", &b));
    CHECK(a.dev == b.dev && a.ino == b.ino);
}

static void overwrite_at_start(int fd, int byte) {
    char bytes[100];
    size_t count;
    memset(bytes, byte, sizeof bytes);
    GIVES(0, seek(fd, 0, __WASI_WHENCE_SET, NULL));
    GIVES(0, put(fd, bytes, sizeof bytes, &count));
    CHECK(count == sizeof bytes);
}

static int byte_at(int fd, uint64_t offset) {
    char byte = 0;
    size_t count;
    GIVES(0, seek(fd, (int64_t)offset, __WASI_WHENCE_SET, NULL));
    GIVES(0, get(fd, &byte, 1, &count));
    return byte;
}

RULE(fd_flags_set) {
    __wasi_fd_t opened;
    GIVES(0, __wasi_path_open(folder, 0, "file", CREATE,
                              READ_WRITE | __WASI_RIGHTS_FD_FDSTAT_SET_FLAGS, 0,
                              __WASI_FDFLAGS_APPEND, &opened));
    int fd = (int)opened;
    overwrite_at_start(fd, 5);
    overwrite_at_start(fd, 6);
    CHECK(byte_at(fd, 0) == 5 && byte_at(fd, 100) == 6);
    GIVES(0, __wasi_fd_fdstat_set_flags(opened, 0));
    CHECK(fdstat_of(fd).fs_flags == 0);
    overwrite_at_start(fd, 7);
    CHECK(byte_at(fd, 0) == 7 && byte_at(fd, 100) == 6);
    __wasi_filestat_t stat;
    GIVES(0, stat_path(folder, STAY, "file", &stat));
    CHECK(stat.size == 200);
    GIVES(0, __wasi_fd_fdstat_set_flags(opened, __WASI_FDFLAGS_APPEND));
    overwrite_at_start(fd, 8);
    CHECK(byte_at(fd, 200) == 8);
    GIVES_EITHER(ENOTSUP, 0, __wasi_fd_fdstat_set_flags(opened, __WASI_FDFLAGS_SYNC));
    GIVES(EBADF, __wasi_fd_fdstat_set_flags(100, 0));
}

RULE(synchronizing) {
    int fd = open_file(folder, "file", CREATE);
    put_text(fd, "text");
    GIVES(0, __wasi_fd_sync(fd));
    GIVES(0, __wasi_fd_datasync(fd));
    GIVES(0, __wasi_fd_sync(folder));
    GIVES(EBADF, __wasi_fd_sync(100));
    GIVES(EBADF, __wasi_fd_datasync(100));
}
