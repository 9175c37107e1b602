// Rules of WASI preview1, each a small program of its own: RULE(name) { ... } in the files beside
// this one. A rule gets a fresh empty folder, opened with all rights, and says what does not hold.
// What it makes there it need not remove.
//
//   rules.wasm list          the names of all rules, a line each
//   rules.wasm NAME          "ok", or what does not hold (the name may be the call's input as well)
#ifndef RULES_H
#define RULES_H

#include <errno.h>
#include <faasm.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <wasi/api.h>

typedef void rule_function(int folder);

void rule_register(const char *name, rule_function *function);
void rule_fail(const char *file, int line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#define RULE(name)                                                                                 \
    static void rule_##name(int folder);                                                           \
    __attribute__((constructor)) static void register_##name(void) {                               \
        rule_register(#name, rule_##name);                                                         \
    }                                                                                              \
    static void rule_##name(__attribute__((unused)) int folder)

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            rule_fail(__FILE__, __LINE__, "%s", #condition);                                       \
        }                                                                                          \
    } while (0)

// That a call gives an error number: 0, or an E... of <errno.h>, which are those of preview1.
#define GIVES(error, call)                                                                         \
    do {                                                                                           \
        int got_ = (call);                                                                         \
        if (got_ != (error)) {                                                                     \
            rule_fail(__FILE__, __LINE__, "%s gave %d (%s), not " #error, #call, got_,             \
                      strerror(got_));                                                             \
        }                                                                                          \
    } while (0)

// Or one of two, where systems differ.
#define GIVES_EITHER(error, other, call)                                                           \
    do {                                                                                           \
        int got_ = (call);                                                                         \
        if (got_ != (error) && got_ != (other)) {                                                  \
            rule_fail(__FILE__, __LINE__, "%s gave %d (%s), not " #error " or " #other, #call,     \
                      got_, strerror(got_));                                                       \
        }                                                                                          \
    } while (0)

enum { CREATE = 1, DIRECTORY = 2, EXCLUSIVE = 4, TRUNCATE = 8 }; // of path_open
enum { STAY, FOLLOW };                                           // symbolic links

#define READ       __WASI_RIGHTS_FD_READ
#define WRITE      __WASI_RIGHTS_FD_WRITE
#define SEEK       __WASI_RIGHTS_FD_SEEK
#define TELL       __WASI_RIGHTS_FD_TELL
#define READ_WRITE (READ | WRITE | SEEK | TELL)

// path_open without inherited rights and flags. `*fd` is -1 where it fails.
int open_path(int folder, int follow, const char *path, int oflags, __wasi_rights_t rights,
              int *fd);
// Does it work? The descriptor is closed.
int try_open(int folder, int follow, const char *path, int oflags, __wasi_rights_t rights);
// A file for reading, writing and all else; a folder with all rights. A failure of the rule if not.
int open_file(int folder, const char *path, int oflags);
int open_folder(int folder, const char *path);
void make_file(int folder, const char *path);    // empty
int make_folder(int folder, const char *path);   // error number
int remove_folder(int folder, const char *path); // error number
int remove_file(int folder, const char *path);   // error number
int make_symlink(const char *target, int folder, const char *path);
int make_link(int folder, int follow, const char *from, int other, const char *to);
int move(int folder, const char *from, int other, const char *to);
int stat_path(int folder, int follow, const char *path, __wasi_filestat_t *stat);
uint64_t size_of(int fd);
// Error numbers; `*count` is how many bytes it was.
int put(int fd, const char *text, size_t length, size_t *count);
int get(int fd, char *text, size_t length, size_t *count);
int put_at(int fd, const char *text, size_t length, uint64_t offset, size_t *count);
int get_at(int fd, char *text, size_t length, uint64_t offset, size_t *count);
void put_text(int fd, const char *text); // all of it, or a failure of the rule
int seek(int fd, int64_t offset, int whence, uint64_t *position);
__wasi_fdstat_t fdstat_of(int fd);

#endif
