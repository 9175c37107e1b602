// Numbers and structures of Linux as those of WASI.
#include "host/wasi.h"

#include <dirent.h>

uint32_t wasi_errno_of(int number) {
    switch (number) {
    case 0:
        return WASI_SUCCESS;
#define X(name)                                                                                    \
    case E##name:                                                                                  \
        return WASI_E##name;
        WASI_ERRNOS(X)
#undef X
    default:
        return WASI_EIO;
    }
}

uint8_t wasi_filetype_of_mode(mode_t mode) {
    switch (mode & S_IFMT) {
    case S_IFREG:
        return WASI_FILETYPE_REGULAR_FILE;
    case S_IFDIR:
        return WASI_FILETYPE_DIRECTORY;
    case S_IFLNK:
        return WASI_FILETYPE_SYMBOLIC_LINK;
    case S_IFCHR:
        return WASI_FILETYPE_CHARACTER_DEVICE;
    case S_IFBLK:
        return WASI_FILETYPE_BLOCK_DEVICE;
    case S_IFSOCK:
        return WASI_FILETYPE_SOCKET_STREAM;
    default: // preview1 has no number for pipes
        return WASI_FILETYPE_UNKNOWN;
    }
}

uint8_t wasi_filetype_of_entry(uint8_t type) {
    return wasi_filetype_of_mode((mode_t)DTTOIF(type));
}

// Times before 1970 have no number in WASI.
static uint64_t nanoseconds_of(const struct timespec *time) {
    if (time->tv_sec < 0) {
        return 0;
    }
    return (uint64_t)time->tv_sec * 1000000000u + (uint64_t)time->tv_nsec;
}

struct wasi_filestat wasi_filestat_of(const struct stat *status) {
    return (struct wasi_filestat){
        .device = status->st_dev,
        .inode = status->st_ino,
        .filetype = wasi_filetype_of_mode(status->st_mode),
        .links = status->st_nlink,
        .size = (uint64_t)status->st_size,
        .accessed = nanoseconds_of(&status->st_atim),
        .modified = nanoseconds_of(&status->st_mtim),
        .changed = nanoseconds_of(&status->st_ctim),
    };
}

static struct timespec time_of(uint64_t nanoseconds, bool set, bool now) {
    if (now) {
        return (struct timespec){.tv_nsec = UTIME_NOW};
    }
    if (!set) {
        return (struct timespec){.tv_nsec = UTIME_OMIT};
    }
    return (struct timespec){.tv_sec = (time_t)(nanoseconds / 1000000000u),
                             .tv_nsec = (long)(nanoseconds % 1000000000u)};
}

uint32_t wasi_times_of(uint64_t accessed, uint64_t modified, uint32_t flags,
                       struct timespec times[2]) {
    bool accessed_set = (flags & WASI_FSTFLAG_ATIM) != 0;
    bool accessed_now = (flags & WASI_FSTFLAG_ATIM_NOW) != 0;
    bool modified_set = (flags & WASI_FSTFLAG_MTIM) != 0;
    bool modified_now = (flags & WASI_FSTFLAG_MTIM_NOW) != 0;
    if ((accessed_set && accessed_now) || (modified_set && modified_now) ||
        (flags & ~(uint32_t)WASI_FSTFLAGS_ALL) != 0) {
        return WASI_EINVAL;
    }
    times[0] = time_of(accessed, accessed_set, accessed_now);
    times[1] = time_of(modified, modified_set, modified_now);
    return WASI_SUCCESS;
}
