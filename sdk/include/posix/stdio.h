// What wasi-libc's <stdio.h> leaves out and libfaasm has.
#ifndef FAASM_POSIX_STDIO_H
#define FAASM_POSIX_STDIO_H

// The names that wasi-libc declares as deprecated.
#define tmpfile faasm_posix_no_tmpfile
#define tmpnam  faasm_posix_no_tmpnam
#include_next <stdio.h>
#undef tmpfile
#undef tmpnam

#ifndef L_tmpnam
#define L_tmpnam 20
#define TMP_MAX  10000
#endif

#ifdef __cplusplus
extern "C" {
#endif

FILE *tmpfile(void);
char *tmpnam(char *path);

#ifdef __cplusplus
}
#endif
#endif
