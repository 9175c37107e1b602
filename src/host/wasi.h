// WASI preview1 as the guest sees it: error numbers, rights, flags and structures.
//
// Source: the witx files of WASI snapshot preview1 (wasi_snapshot_preview1.witx, typenames.witx).
// All structures are little endian, as the host is; layouts are asserted below.
#ifndef FAASM_HOST_WASI_H
#define FAASM_HOST_WASI_H

#include "base/object.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#define WASI_MODULE "wasi_snapshot_preview1"

// X(name), in the order of their numbers from 1 on, each the errno of Linux of the same name.
// clang-format off
#define WASI_ERRNOS(X)                                                                             \
    X(2BIG) X(ACCES) X(ADDRINUSE) X(ADDRNOTAVAIL) X(AFNOSUPPORT) X(AGAIN) X(ALREADY) X(BADF)       \
    X(BADMSG) X(BUSY) X(CANCELED) X(CHILD) X(CONNABORTED) X(CONNREFUSED) X(CONNRESET) X(DEADLK)    \
    X(DESTADDRREQ) X(DOM) X(DQUOT) X(EXIST) X(FAULT) X(FBIG) X(HOSTUNREACH) X(IDRM) X(ILSEQ)       \
    X(INPROGRESS) X(INTR) X(INVAL) X(IO) X(ISCONN) X(ISDIR) X(LOOP) X(MFILE) X(MLINK) X(MSGSIZE)   \
    X(MULTIHOP) X(NAMETOOLONG) X(NETDOWN) X(NETRESET) X(NETUNREACH) X(NFILE) X(NOBUFS) X(NODEV)    \
    X(NOENT) X(NOEXEC) X(NOLCK) X(NOLINK) X(NOMEM) X(NOMSG) X(NOPROTOOPT) X(NOSPC) X(NOSYS)        \
    X(NOTCONN) X(NOTDIR) X(NOTEMPTY) X(NOTRECOVERABLE) X(NOTSOCK) X(NOTSUP) X(NOTTY) X(NXIO)       \
    X(OVERFLOW) X(OWNERDEAD) X(PERM) X(PIPE) X(PROTO) X(PROTONOSUPPORT) X(PROTOTYPE) X(RANGE)      \
    X(ROFS) X(SPIPE) X(SRCH) X(STALE) X(TIMEDOUT) X(TXTBSY) X(XDEV)
// clang-format on

enum wasi_errno {
    WASI_SUCCESS,
#define X(name) WASI_E##name,
    WASI_ERRNOS(X)
#undef X
        WASI_ENOTCAPABLE, // the only one that Linux has not
};

// The number for an errno of Linux; EIO where WASI has none.
uint32_t wasi_errno_of(int number);

// X(name, bit)
#define WASI_RIGHTS(X)                                                                             \
    X(FD_DATASYNC, 0)                                                                              \
    X(FD_READ, 1)                                                                                  \
    X(FD_SEEK, 2)                                                                                  \
    X(FD_FDSTAT_SET_FLAGS, 3)                                                                      \
    X(FD_SYNC, 4)                                                                                  \
    X(FD_TELL, 5)                                                                                  \
    X(FD_WRITE, 6)                                                                                 \
    X(FD_ADVISE, 7)                                                                                \
    X(FD_ALLOCATE, 8)                                                                              \
    X(PATH_CREATE_DIRECTORY, 9)                                                                    \
    X(PATH_CREATE_FILE, 10)                                                                        \
    X(PATH_LINK_SOURCE, 11)                                                                        \
    X(PATH_LINK_TARGET, 12)                                                                        \
    X(PATH_OPEN, 13)                                                                               \
    X(FD_READDIR, 14)                                                                              \
    X(PATH_READLINK, 15)                                                                           \
    X(PATH_RENAME_SOURCE, 16)                                                                      \
    X(PATH_RENAME_TARGET, 17)                                                                      \
    X(PATH_FILESTAT_GET, 18)                                                                       \
    X(PATH_FILESTAT_SET_SIZE, 19)                                                                  \
    X(PATH_FILESTAT_SET_TIMES, 20)                                                                 \
    X(FD_FILESTAT_GET, 21)                                                                         \
    X(FD_FILESTAT_SET_SIZE, 22)                                                                    \
    X(FD_FILESTAT_SET_TIMES, 23)                                                                   \
    X(PATH_SYMLINK, 24)                                                                            \
    X(PATH_REMOVE_DIRECTORY, 25)                                                                   \
    X(PATH_UNLINK_FILE, 26)                                                                        \
    X(POLL_FD_READWRITE, 27)                                                                       \
    X(SOCK_SHUTDOWN, 28)                                                                           \
    X(SOCK_ACCEPT, 29)

enum wasi_right {
#define X(name, bit) WASI_RIGHT_##name = 1 << (bit),
    WASI_RIGHTS(X)
#undef X
};

enum {
    // What applies to a regular file, to a folder, to a socket.
    WASI_RIGHTS_FILE = WASI_RIGHT_FD_DATASYNC | WASI_RIGHT_FD_READ | WASI_RIGHT_FD_SEEK |
                       WASI_RIGHT_FD_FDSTAT_SET_FLAGS | WASI_RIGHT_FD_SYNC | WASI_RIGHT_FD_TELL |
                       WASI_RIGHT_FD_WRITE | WASI_RIGHT_FD_ADVISE | WASI_RIGHT_FD_ALLOCATE |
                       WASI_RIGHT_FD_FILESTAT_GET | WASI_RIGHT_FD_FILESTAT_SET_SIZE |
                       WASI_RIGHT_FD_FILESTAT_SET_TIMES | WASI_RIGHT_POLL_FD_READWRITE,
    WASI_RIGHTS_FOLDER =
        WASI_RIGHT_FD_FDSTAT_SET_FLAGS | WASI_RIGHT_FD_SYNC | WASI_RIGHT_FD_DATASYNC |
        WASI_RIGHT_PATH_CREATE_DIRECTORY | WASI_RIGHT_PATH_CREATE_FILE |
        WASI_RIGHT_PATH_LINK_SOURCE | WASI_RIGHT_PATH_LINK_TARGET | WASI_RIGHT_PATH_OPEN |
        WASI_RIGHT_FD_READDIR | WASI_RIGHT_PATH_READLINK | WASI_RIGHT_PATH_RENAME_SOURCE |
        WASI_RIGHT_PATH_RENAME_TARGET | WASI_RIGHT_PATH_FILESTAT_GET |
        WASI_RIGHT_PATH_FILESTAT_SET_SIZE | WASI_RIGHT_PATH_FILESTAT_SET_TIMES |
        WASI_RIGHT_FD_FILESTAT_GET | WASI_RIGHT_FD_FILESTAT_SET_TIMES | WASI_RIGHT_PATH_SYMLINK |
        WASI_RIGHT_PATH_REMOVE_DIRECTORY | WASI_RIGHT_PATH_UNLINK_FILE,
    WASI_RIGHTS_SOCKET = WASI_RIGHT_FD_READ | WASI_RIGHT_FD_WRITE | WASI_RIGHT_FD_FDSTAT_SET_FLAGS |
                         WASI_RIGHT_FD_FILESTAT_GET | WASI_RIGHT_POLL_FD_READWRITE |
                         WASI_RIGHT_SOCK_SHUTDOWN | WASI_RIGHT_SOCK_ACCEPT,
};

enum wasi_clock {
    WASI_CLOCK_REALTIME,
    WASI_CLOCK_MONOTONIC,
    WASI_CLOCK_PROCESS_CPUTIME,
    WASI_CLOCK_THREAD_CPUTIME,
};

enum wasi_filetype {
    WASI_FILETYPE_UNKNOWN,
    WASI_FILETYPE_BLOCK_DEVICE,
    WASI_FILETYPE_CHARACTER_DEVICE,
    WASI_FILETYPE_DIRECTORY,
    WASI_FILETYPE_REGULAR_FILE,
    WASI_FILETYPE_SOCKET_DGRAM,
    WASI_FILETYPE_SOCKET_STREAM,
    WASI_FILETYPE_SYMBOLIC_LINK,
};

// From st_mode, and from d_type of getdents64.
uint8_t wasi_filetype_of_mode(mode_t mode);
uint8_t wasi_filetype_of_entry(uint8_t type);

enum { WASI_WHENCE_SET, WASI_WHENCE_CUR, WASI_WHENCE_END };

enum {
    WASI_FDFLAG_APPEND = 1,
    WASI_FDFLAG_DSYNC = 2,
    WASI_FDFLAG_NONBLOCK = 4,
    WASI_FDFLAG_RSYNC = 8,
    WASI_FDFLAG_SYNC = 16,
    WASI_FDFLAGS_ALL = 31,
};

enum { WASI_LOOKUP_SYMLINK_FOLLOW = 1 };

enum {
    WASI_OFLAG_CREAT = 1,
    WASI_OFLAG_DIRECTORY = 2,
    WASI_OFLAG_EXCL = 4,
    WASI_OFLAG_TRUNC = 8,
    WASI_OFLAGS_ALL = 15,
};

enum {
    WASI_FSTFLAG_ATIM = 1,
    WASI_FSTFLAG_ATIM_NOW = 2,
    WASI_FSTFLAG_MTIM = 4,
    WASI_FSTFLAG_MTIM_NOW = 8,
    WASI_FSTFLAGS_ALL = 15,
};

struct wasi_iovec {
    uint32_t address;
    uint32_t length;
};

struct wasi_fdstat {
    uint8_t filetype;
    uint8_t padding1;
    uint16_t flags;
    uint8_t padding2[4];
    uint64_t rights_base;
    uint64_t rights_inheriting;
};

struct wasi_filestat {
    uint64_t device;
    uint64_t inode;
    uint8_t filetype;
    uint8_t padding[7];
    uint64_t links;
    uint64_t size;
    uint64_t accessed, modified, changed; // nanoseconds
};

struct wasi_dirent {
    uint64_t next; // cookie of the entry after this one
    uint64_t inode;
    uint32_t name_length; // the name follows, without a NUL
    uint8_t filetype;
    uint8_t padding[3];
};

struct wasi_prestat {
    uint8_t tag; // 0: a folder
    uint8_t padding[3];
    uint32_t name_length;
};

enum { WASI_EVENT_CLOCK, WASI_EVENT_FD_READ, WASI_EVENT_FD_WRITE };
enum { WASI_SUBCLOCK_ABSOLUTE = 1 };
enum { WASI_EVENT_HANGUP = 1 }; // the other end is gone

struct wasi_subscription {
    uint64_t userdata;
    uint8_t type;
    uint8_t padding1[7];
    union {
        uint32_t clock;
        uint32_t descriptor; // of a subscription to one; what follows is of clocks
    };
    uint8_t padding2[4];
    uint64_t timeout;
    uint64_t precision;
    uint16_t flags;
    uint8_t padding3[6];
};

struct wasi_event {
    uint64_t userdata;
    uint16_t error;
    uint8_t type;
    uint8_t padding1[5];
    uint64_t bytes;
    uint16_t flags;
    uint8_t padding2[6];
};

struct wasi_filestat wasi_filestat_of(const struct stat *status);

// What utimensat wants for a pair of times and WASI_FSTFLAG_*; EINVAL for flags that contradict.
uint32_t wasi_times_of(uint64_t accessed, uint64_t modified, uint32_t flags,
                       struct timespec times[2]);

_Static_assert(sizeof(struct wasi_fdstat) == 24, "fdstat");
_Static_assert(sizeof(struct wasi_filestat) == 64, "filestat");
_Static_assert(sizeof(struct wasi_dirent) == 24, "dirent");
_Static_assert(sizeof(struct wasi_prestat) == 8, "prestat");
_Static_assert(sizeof(struct wasi_subscription) == 48, "subscription");
_Static_assert(sizeof(struct wasi_event) == 32, "event");

// Whether the running call was asked to stop: a host function then returns soon, with any result,
// and generated code ends the call. Looked at after EINTR.
static inline bool wasi_interrupted(const struct object_instance *instance) {
    return __atomic_load_n(&instance->interrupt, __ATOMIC_RELAXED) != 0;
}

#endif
