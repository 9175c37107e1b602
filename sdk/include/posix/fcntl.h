// What wasi-libc's <fcntl.h> leaves out and libfaasm has.
#ifndef FAASM_POSIX_FCNTL_H
#define FAASM_POSIX_FCNTL_H
#include_next <fcntl.h>

#ifndef F_DUPFD
#define F_DUPFD 0
#endif
#ifndef F_DUPFD_CLOEXEC
#define F_DUPFD_CLOEXEC 1030
#endif

// Locks of records: advisory, of an open file (as Linux's F_OFD_SETLK) and not of a process.
#ifndef F_GETLK
#define F_GETLK  5
#define F_SETLK  6
#define F_SETLKW 7
#endif
#ifndef F_RDLCK
#define F_RDLCK 0
#define F_WRLCK 1
#define F_UNLCK 2
#endif

#endif
