// What wasi-libc's <sys/stat.h> leaves out and libfaasm has. Files have no modes here: what they
// are set to is checked and has no effect.
#ifndef FAASM_POSIX_SYS_STAT_H
#define FAASM_POSIX_SYS_STAT_H
#include_next <sys/stat.h>
#ifdef __cplusplus
extern "C" {
#endif

int chmod(const char *path, mode_t mode);
int fchmod(int fd, mode_t mode);
mode_t umask(mode_t mask);

#ifdef __cplusplus
}
#endif
#endif
