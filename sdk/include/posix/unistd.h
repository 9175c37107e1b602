// What wasi-libc's <unistd.h> leaves out and libfaasm has (sdk/lib/posix.c).
#ifndef FAASM_POSIX_UNISTD_H
#define FAASM_POSIX_UNISTD_H
#include_next <unistd.h>
#ifdef __cplusplus
extern "C" {
#endif

int dup(int fd);
int dup2(int fd, int target);
int dup3(int fd, int target, int flags);
int fchdir(int fd); // ENOTSUP: chdir takes a path
// wasi-libc's leaves ".", ".." and links in what getcwd then says.
int chdir(const char *path) __asm__("__faasm_chdir");
uid_t getuid(void), geteuid(void);
gid_t getgid(void), getegid(void);
pid_t getppid(void);
int gethostname(char *name, size_t size);
int getpagesize(void);
int brk(void *end);
int chown(const char *path, uid_t owner, gid_t group); // the owner's own only, else EPERM
int fchown(int fd, uid_t owner, gid_t group);
void sync(void);
char *ttyname(int fd); // ENOTTY

#ifdef __cplusplus
}
#endif
#endif
