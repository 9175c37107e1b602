// What POSIX programs use and wasi-libc leaves out: declared by the headers in include/posix.
// Stands before wasi-libc when a program is linked, so that mmap and getpid are these and not its
// emulations.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>
#include <wasi/api.h>

#define IMPORT(name) __attribute__((import_module("env"), import_name(name)))

IMPORT("__wasi_fd_dup") int faasm_dup(int fd, int *copy);
IMPORT("__faasm_dup_from") int faasm_dup_from(int fd, int minimum, int *copy);
IMPORT("__faasm_dup_to") int faasm_dup_to(int fd, int target);
IMPORT("__faasm_mmap")
int faasm_mmap(void *address, size_t length, int protection, int flags, int fd, int64_t offset,
               void **mapped);
IMPORT("__faasm_munmap") int faasm_munmap(void *address, size_t length);
IMPORT("__faasm_msync") int faasm_msync(void *address, size_t length);
IMPORT("__faasm_lock") int faasm_lock(int fd, int command, struct flock *lock);
IMPORT("__faasm_getpid") int faasm_getpid(void);

// 0, or -1 with errno.
static int result_of(int number) {
    if (number == 0) {
        return 0;
    }
    errno = number;
    return -1;
}

// ---- Descriptors --------------------------------------------------------------------------------

int dup(int fd) {
    int copy = -1;
    return result_of(faasm_dup(fd, &copy)) == 0 ? copy : -1;
}

int dup2(int fd, int target) {
    return result_of(faasm_dup_to(fd, target)) == 0 ? target : -1;
}

int dup3(int fd, int target, int flags) {
    if (fd == target || (flags & ~O_CLOEXEC) != 0) {
        return result_of(EINVAL);
    }
    return dup2(fd, target);
}

static int get_flags(int fd) {
    __wasi_fdstat_t stat;
    int number = __wasi_fd_fdstat_get((__wasi_fd_t)fd, &stat);
    if (number != 0) {
        return result_of(number);
    }
    bool reads = (stat.fs_rights_base & (__WASI_RIGHTS_FD_READ | __WASI_RIGHTS_FD_READDIR)) != 0;
    bool writes = (stat.fs_rights_base & __WASI_RIGHTS_FD_WRITE) != 0;
    return stat.fs_flags | (reads ? O_RDONLY : 0) | (writes ? O_WRONLY : 0);
}

static int duplicate_from(int fd, int minimum) {
    int copy = -1;
    return result_of(minimum < 0 ? EINVAL : faasm_dup_from(fd, minimum, &copy)) == 0 ? copy : -1;
}

int fcntl(int fd, int command, ...) {
    va_list arguments;
    va_start(arguments, command);
    bool locks = command == F_GETLK || command == F_SETLK || command == F_SETLKW;
    bool alone = command == F_GETFD || command == F_GETFL;
    struct flock *lock = locks ? va_arg(arguments, struct flock *) : NULL;
    int argument = alone || locks ? 0 : va_arg(arguments, int);
    va_end(arguments);
    switch (command) {
    case F_DUPFD:
    case F_DUPFD_CLOEXEC:
        return duplicate_from(fd, argument);
    case F_GETFD: // nothing is ever executed: every descriptor is as good as closed by that
        return get_flags(fd) < 0 ? -1 : FD_CLOEXEC;
    case F_SETFD:
        return get_flags(fd) < 0 ? -1 : 0;
    case F_GETFL:
        return get_flags(fd);
    case F_GETLK:
    case F_SETLK:
    case F_SETLKW:
        return result_of(faasm_lock(fd, command, lock));
    case F_SETFL: {
        __wasi_fdflags_t flags =
            (__wasi_fdflags_t)argument & (O_APPEND | O_DSYNC | O_NONBLOCK | O_RSYNC | O_SYNC);
        return result_of(__wasi_fd_fdstat_set_flags((__wasi_fd_t)fd, flags));
    }
    default:
        return result_of(EINVAL);
    }
}

int flock(int fd, int operation) {
    struct flock lock = {.l_whence = SEEK_SET};
    switch (operation & (LOCK_SH | LOCK_EX | LOCK_UN)) {
    case LOCK_SH:
        lock.l_type = F_RDLCK;
        break;
    case LOCK_EX:
        lock.l_type = F_WRLCK;
        break;
    case LOCK_UN:
        lock.l_type = F_UNLCK;
        break;
    default:
        return result_of(EINVAL);
    }
    return fcntl(fd, (operation & LOCK_NB) != 0 ? F_SETLK : F_SETLKW, &lock);
}

int fchdir(int fd) {
    return result_of(get_flags(fd) < 0 ? errno : ENOTSUP);
}

// ---- Memory -------------------------------------------------------------------------------------

void *mmap(void *address, size_t length, int protection, int flags, int fd, off_t offset) {
    void *mapped = MAP_FAILED;
    int number = faasm_mmap(address, length, protection, flags, fd, offset, &mapped);
    return result_of(number) == 0 ? mapped : MAP_FAILED;
}

int munmap(void *address, size_t length) {
    return result_of(faasm_munmap(address, length));
}

int msync(void *address, size_t length, int flags) {
    bool contradicts = (flags & MS_ASYNC) != 0 && (flags & MS_SYNC) != 0;
    if (contradicts || (flags & ~(MS_ASYNC | MS_SYNC | MS_INVALIDATE)) != 0) {
        return result_of(EINVAL);
    }
    return result_of(faasm_msync(address, length));
}

// Memory can always be read and written here.
int mprotect(void *address, size_t length, int protection) {
    (void)length;
    if ((uintptr_t)address % (uintptr_t)getpagesize() != 0) {
        return result_of(EINVAL);
    }
    return result_of(protection == (PROT_READ | PROT_WRITE) ? 0 : ENOTSUP);
}

int madvise(void *address, size_t length, int advice) {
    (void)length;
    bool page = (uintptr_t)address % (uintptr_t)getpagesize() == 0;
    // Advice that changes contents is refused, other advice may be ignored.
    return result_of(!page || advice > MADV_WILLNEED ? EINVAL
                     : advice == MADV_DONTNEED       ? ENOTSUP
                                                     : 0);
}

int posix_madvise(void *address, size_t length, int advice) {
    (void)length;
    bool page = (uintptr_t)address % (uintptr_t)getpagesize() == 0;
    return !page || advice < 0 || advice > POSIX_MADV_DONTNEED ? EINVAL : 0;
}

int mlock(const void *address, size_t length) {
    (void)address, (void)length;
    return result_of(EPERM);
}

int munlock(const void *address, size_t length) {
    (void)address, (void)length;
    return 0;
}

// The break can be raised; sbrk says where it is.
int brk(void *end) {
    uintptr_t now = (uintptr_t)sbrk(0);
    uintptr_t wanted = (uintptr_t)end;
    if (wanted <= now) {
        return result_of(wanted == now ? 0 : ENOMEM);
    }
    uintptr_t page = (uintptr_t)getpagesize();
    uintptr_t bytes = (wanted - now + page - 1) / page * page;
    return sbrk((intptr_t)bytes) == (void *)-1 ? -1 : 0;
}

int getpagesize(void) {
    return (int)sysconf(_SC_PAGESIZE);
}

// ---- Who and where ------------------------------------------------------------------------------

enum { USER = 1000 };

pid_t getpid(void) {
    return faasm_getpid();
}

pid_t getppid(void) {
    return 1;
}

uid_t getuid(void) {
    return USER;
}

uid_t geteuid(void) {
    return USER;
}

gid_t getgid(void) {
    return USER;
}

gid_t getegid(void) {
    return USER;
}

__attribute__((import_module("env"), import_name("uname"))) int faasm_uname(struct utsname *name);

int uname(struct utsname *name) {
    return result_of(faasm_uname(name) == 0 ? 0 : EFAULT);
}

int gethostname(char *name, size_t size) {
    struct utsname names;
    if (uname(&names) != 0) {
        return -1;
    }
    if (size <= strlen(names.nodename)) {
        return result_of(ENAMETOOLONG);
    }
    memcpy(name, names.nodename, strlen(names.nodename) + 1);
    return 0;
}

char *ttyname(int fd) {
    if (isatty(fd)) {
        errno = ENOENT;
    }
    return NULL;
}

static char *user_name(void) {
    char *name = getenv("FAASM_USER");
    return name && *name ? name : "faasm";
}

static void fill_user(struct passwd *user, char *name) {
    *user = (struct passwd){
        .pw_name = name,
        .pw_passwd = "x",
        .pw_uid = USER,
        .pw_gid = USER,
        .pw_gecos = "",
        .pw_dir = "/",
        .pw_shell = "",
    };
}

static struct passwd *the_user(void) {
    static struct passwd user;
    fill_user(&user, user_name());
    return &user;
}

struct passwd *getpwnam(const char *name) {
    return strcmp(name, user_name()) == 0 ? the_user() : NULL;
}

struct passwd *getpwuid(uid_t uid) {
    return uid == USER ? the_user() : NULL;
}

static int copy_user(bool found, struct passwd *user, char *buffer, size_t size,
                     struct passwd **result) {
    *result = NULL;
    if (!found) {
        return 0;
    }
    const char *name = user_name();
    size_t length = strlen(name) + 1;
    if (length > size) {
        return ERANGE;
    }
    memcpy(buffer, name, length);
    fill_user(user, buffer);
    *result = user;
    return 0;
}

int getpwnam_r(const char *name, struct passwd *user, char *buffer, size_t size,
               struct passwd **result) {
    return copy_user(strcmp(name, user_name()) == 0, user, buffer, size, result);
}

int getpwuid_r(uid_t uid, struct passwd *user, char *buffer, size_t size, struct passwd **result) {
    return copy_user(uid == USER, user, buffer, size, result);
}

// ---- Files --------------------------------------------------------------------------------------

int chmod(const char *path, mode_t mode) {
    (void)mode;
    struct stat status;
    return stat(path, &status);
}

int fchmod(int fd, mode_t mode) {
    (void)mode;
    struct stat status;
    return fstat(fd, &status);
}

mode_t umask(mode_t mask) {
    static mode_t now = 022;
    mode_t before = now;
    now = mask & 0777;
    return before;
}

static bool is_own(uid_t owner, gid_t group) {
    return (owner == USER || owner == (uid_t)-1) && (group == USER || group == (gid_t)-1);
}

int chown(const char *path, uid_t owner, gid_t group) {
    struct stat status;
    return stat(path, &status) != 0 ? -1 : result_of(is_own(owner, group) ? 0 : EPERM);
}

int fchown(int fd, uid_t owner, gid_t group) {
    struct stat status;
    return fstat(fd, &status) != 0 ? -1 : result_of(is_own(owner, group) ? 0 : EPERM);
}

// Descriptors that were written are in the kernel's hands already.
void sync(void) {
}

// Tries names in place of the last six characters, which must be XXXXXX, until `make` has made one.
static int try_names(char *path, int flags, int (*make)(const char *path, int flags)) {
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    size_t length = strlen(path);
    if (length < 6 || strcmp(path + length - 6, "XXXXXX") != 0) {
        return result_of(EINVAL);
    }
    for (int attempt = 0; attempt < 100; attempt++) {
        unsigned char random[6];
        if (getentropy(random, sizeof random) != 0) {
            break;
        }
        for (int i = 0; i < 6; i++) {
            path[length - 6 + (size_t)i] = letters[random[i] % (sizeof letters - 1)];
        }
        int made = make(path, flags);
        if (made >= 0 || errno != EEXIST) {
            return made;
        }
    }
    memcpy(path + length - 6, "XXXXXX", 6);
    return result_of(EEXIST);
}

static int make_file(const char *path, int flags) {
    return open(path, (flags & ~O_ACCMODE) | O_RDWR | O_CREAT | O_EXCL, 0600);
}

static int make_folder(const char *path, int flags) {
    (void)flags;
    return mkdir(path, 0700);
}

int mkostemp(char *path, int flags) {
    return try_names(path, flags, make_file);
}

int mkstemp(char *path) {
    return mkostemp(path, 0);
}

char *mkdtemp(char *path) {
    return try_names(path, 0, make_folder) == 0 ? path : NULL;
}

// In /tmp where there is one.
static const char *temporary_folder(void) {
    struct stat status;
    return stat("/tmp", &status) == 0 && S_ISDIR(status.st_mode) ? "/tmp" : "";
}

FILE *tmpfile(void) {
    char path[32];
    snprintf(path, sizeof path, "%s/tmpfile-XXXXXX", temporary_folder());
    int fd = mkstemp(path);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "w+");
    if (fd >= 0) {
        unlink(path);
    }
    if (fd >= 0 && !file) {
        close(fd);
    }
    return file;
}

char *tmpnam(char *path) {
    static char own[L_tmpnam];
    char *name = path ? path : own;
    snprintf(name, L_tmpnam, "%s/tmp-XXXXXX", temporary_folder());
    int fd = mkstemp(name);
    if (fd < 0) {
        return NULL;
    }
    close(fd);
    unlink(name);
    return name;
}

int system(const char *command) {
    return command ? result_of(ENOSYS) : 0;
}

// ---- realpath -----------------------------------------------------------------------------------

// Appends a name to an absolute path, or takes the last one away for "..".
static int append_name(char path[PATH_MAX], const char *name, size_t length) {
    size_t used = strlen(path);
    if (length == 0 || (length == 1 && name[0] == '.')) {
        return 0;
    }
    if (length == 2 && name[0] == '.' && name[1] == '.') {
        char *slash = strrchr(path, '/');
        *slash = '\0';
        return 0;
    }
    if (used + length + 2 > PATH_MAX) {
        return ENAMETOOLONG;
    }
    path[used] = '/';
    memcpy(path + used + 1, name, length);
    path[used + 1 + length] = '\0';
    return 0;
}

// `rest` is what is still to be walked: a link's target is put before it.
static int walk(char path[PATH_MAX], char rest[PATH_MAX]) {
    enum { LINKS_MAX = 40 };
    int links = 0;
    while (*rest) {
        size_t skip = strspn(rest, "/");
        size_t length = strcspn(rest + skip, "/");
        char before[PATH_MAX];
        char target[PATH_MAX];
        memcpy(before, path, PATH_MAX);
        int number = append_name(path, rest + skip, length);
        memmove(rest, rest + skip + length, strlen(rest + skip + length) + 1);
        struct stat status;
        if (number == 0 && *path && lstat(path, &status) != 0) {
            number = errno;
        }
        if (number == ENOTCAPABLE && *rest) {
            continue; // above what the program may see
        }
        if (number != 0) {
            return number;
        }
        if (!*path || !S_ISLNK(status.st_mode)) {
            if (*path && *rest && !S_ISDIR(status.st_mode)) {
                return ENOTDIR;
            }
            continue;
        }
        ssize_t got = readlink(path, target, sizeof target - 1);
        if (got < 0 || ++links > LINKS_MAX) {
            return got < 0 ? errno : ELOOP;
        }
        if ((size_t)got + strlen(rest) + 2 > PATH_MAX) {
            return ENAMETOOLONG;
        }
        memmove(rest + got + 1, rest, strlen(rest) + 1);
        memcpy(rest, target, (size_t)got);
        rest[got] = '/';
        memcpy(path, before, PATH_MAX);
        if (target[0] == '/') {
            *path = '\0';
        }
    }
    return 0;
}

char *realpath(const char *path, char *resolved) {
    char found[PATH_MAX] = "";
    char rest[PATH_MAX] = "";
    if (!path || !*path) {
        errno = path ? ENOENT : EINVAL;
        return NULL;
    }
    if (*path != '/' && !getcwd(found, sizeof found)) {
        return NULL;
    }
    if (strcmp(found, "/") == 0) {
        *found = '\0';
    }
    if (strlen(path) >= sizeof rest) {
        errno = ENAMETOOLONG;
        return NULL;
    }
    memcpy(rest, path, strlen(path) + 1);
    if (result_of(walk(found, rest)) != 0) {
        return NULL;
    }
    if (!*found) {
        memcpy(found, "/", 2);
    }
    if (!resolved) {
        return strdup(found);
    }
    memcpy(resolved, found, strlen(found) + 1);
    return resolved;
}

int library_chdir(const char *path) __asm__("chdir");

int chdir(const char *path) {
    char found[PATH_MAX];
    // Where there is no way to it from the root, it may still be a folder by its own name.
    return library_chdir(realpath(path, found) ? found : path);
}
