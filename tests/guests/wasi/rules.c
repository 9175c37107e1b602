// Runs one rule in a folder of its own, and what the rules share.
#include "rules.h"

#include <stdarg.h>
#include <stdlib.h>

enum { RULES_MAX = 256, ROOT = 3 };

static struct {
    const char *name;
    rule_function *function;
} rules[RULES_MAX];
static int rule_count;
static char report[1 << 16];
static size_t report_length;

void rule_register(const char *name, rule_function *function) {
    if (rule_count == RULES_MAX) {
        abort();
    }
    rules[rule_count].name = name;
    rules[rule_count++].function = function;
}

static void say(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    size_t room = sizeof report - report_length;
    int length = vsnprintf(report + report_length, room, format, arguments);
    report_length += (size_t)length < room ? (size_t)length : room - 1;
    va_end(arguments);
}

void rule_fail(const char *file, int line, const char *format, ...) {
    char text[1024];
    va_list arguments;
    const char *slash = strrchr(file, '/');
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    say("%s:%d: %s\n", slash == NULL ? file : slash + 1, line, text);
}

int open_path(int folder, int follow, const char *path, int oflags, __wasi_rights_t rights,
              int *fd) {
    __wasi_fd_t opened = 0;
    int failure = __wasi_path_open(folder, follow ? __WASI_LOOKUPFLAGS_SYMLINK_FOLLOW : 0, path,
                                   (__wasi_oflags_t)oflags, rights, 0, 0, &opened);
    *fd = failure == 0 ? (int)opened : -1;
    return failure;
}

int try_open(int folder, int follow, const char *path, int oflags, __wasi_rights_t rights) {
    int fd;
    int failure = open_path(folder, follow, path, oflags, rights, &fd);
    if (failure == 0) {
        CHECK(fd > 2);
        GIVES(0, __wasi_fd_close(fd));
    }
    return failure;
}

int open_file(int folder, const char *path, int oflags) {
    int fd;
    const __wasi_rights_t rights =
        READ_WRITE | __WASI_RIGHTS_FD_ADVISE | __WASI_RIGHTS_FD_ALLOCATE |
        __WASI_RIGHTS_FD_FILESTAT_GET | __WASI_RIGHTS_FD_FILESTAT_SET_SIZE |
        __WASI_RIGHTS_FD_FILESTAT_SET_TIMES | __WASI_RIGHTS_FD_SYNC | __WASI_RIGHTS_FD_DATASYNC |
        __WASI_RIGHTS_FD_FDSTAT_SET_FLAGS | __WASI_RIGHTS_POLL_FD_READWRITE;
    GIVES(0, open_path(folder, FOLLOW, path, oflags, rights, &fd));
    return fd;
}

int open_folder(int folder, const char *path) {
    __wasi_fd_t fd = 0;
    __wasi_fdstat_t stat = fdstat_of(folder);
    GIVES(0, __wasi_path_open(folder, 0, path, DIRECTORY, stat.fs_rights_base,
                              stat.fs_rights_inheriting, 0, &fd));
    return (int)fd;
}

void make_file(int folder, const char *path) {
    GIVES(0, try_open(folder, STAY, path, CREATE, 0));
}

int make_folder(int folder, const char *path) {
    return __wasi_path_create_directory(folder, path);
}

int remove_folder(int folder, const char *path) {
    return __wasi_path_remove_directory(folder, path);
}

int remove_file(int folder, const char *path) {
    return __wasi_path_unlink_file(folder, path);
}

int make_symlink(const char *target, int folder, const char *path) {
    return __wasi_path_symlink(target, folder, path);
}

int make_link(int folder, int follow, const char *from, int other, const char *to) {
    return __wasi_path_link(folder, follow ? __WASI_LOOKUPFLAGS_SYMLINK_FOLLOW : 0, from, other,
                            to);
}

int move(int folder, const char *from, int other, const char *to) {
    return __wasi_path_rename(folder, from, other, to);
}

int stat_path(int folder, int follow, const char *path, __wasi_filestat_t *stat) {
    return __wasi_path_filestat_get(folder, follow ? __WASI_LOOKUPFLAGS_SYMLINK_FOLLOW : 0, path,
                                    stat);
}

uint64_t size_of(int fd) {
    __wasi_filestat_t stat = {0};
    GIVES(0, __wasi_fd_filestat_get(fd, &stat));
    return stat.size;
}

int put(int fd, const char *text, size_t length, size_t *count) {
    const __wasi_ciovec_t vector = {(const uint8_t *)text, length};
    return __wasi_fd_write(fd, &vector, 1, count);
}

int get(int fd, char *text, size_t length, size_t *count) {
    const __wasi_iovec_t vector = {(uint8_t *)text, length};
    return __wasi_fd_read(fd, &vector, 1, count);
}

int put_at(int fd, const char *text, size_t length, uint64_t offset, size_t *count) {
    const __wasi_ciovec_t vector = {(const uint8_t *)text, length};
    return __wasi_fd_pwrite(fd, &vector, 1, offset, count);
}

int get_at(int fd, char *text, size_t length, uint64_t offset, size_t *count) {
    const __wasi_iovec_t vector = {(uint8_t *)text, length};
    return __wasi_fd_pread(fd, &vector, 1, offset, count);
}

void put_text(int fd, const char *text) {
    size_t count = 0;
    GIVES(0, put(fd, text, strlen(text), &count));
    CHECK(count == strlen(text));
}

int seek(int fd, int64_t offset, int whence, uint64_t *position) {
    __wasi_filesize_t at = 0;
    int failure = __wasi_fd_seek(fd, offset, (__wasi_whence_t)whence, &at);
    if (position != NULL) {
        *position = at;
    }
    return failure;
}

__wasi_fdstat_t fdstat_of(int fd) {
    __wasi_fdstat_t stat = {0};
    GIVES(0, __wasi_fd_fdstat_get(fd, &stat));
    return stat;
}

static void run(const char *name) {
    for (int i = 0; i < rule_count; i++) {
        if (strcmp(rules[i].name, name) == 0) {
            GIVES(0, make_folder(ROOT, name));
            int folder = open_folder(ROOT, name);
            if (report_length == 0) {
                rules[i].function(folder);
            }
            return;
        }
    }
    say("no such rule: %s\n", name);
}

int main(int argc, char **argv) {
    char name[128];
    if (argc > 1) {
        snprintf(name, sizeof name, "%s", argv[1]);
    } else {
        size_t length = read_call_input(name, sizeof name - 1);
        name[length < sizeof name ? length : sizeof name - 1] = '\0';
    }
    if (strcmp(name, "list") == 0) {
        for (int i = 0; i < rule_count; i++) {
            say("%s\n", rules[i].name);
        }
    } else {
        run(name);
        if (report_length == 0) {
            say("ok\n");
        }
    }
    write_call_output(report, report_length);
    return 0;
}
