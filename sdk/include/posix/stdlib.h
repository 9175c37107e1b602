// What wasi-libc's <stdlib.h> leaves out and libfaasm has.
#ifndef FAASM_POSIX_STDLIB_H
#define FAASM_POSIX_STDLIB_H
#include_next <stdlib.h>
#ifdef __cplusplus
extern "C" {
#endif

int mkstemp(char *path);
int mkostemp(char *path, int flags);
char *mkdtemp(char *path);
char *realpath(const char *path, char *resolved);
int system(const char *command); // no command can be run: 0 for NULL, else -1 with ENOSYS

#ifdef __cplusplus
}
#endif
#endif
