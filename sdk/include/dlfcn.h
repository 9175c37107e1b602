// Dynamic linking, as POSIX has it. wasi-libc has no such header; values are musl's.
//
// A program that loads modules is linked with `faasm cc -rdynamic`, a module is made with `faasm cc
// -shared -fPIC`. A name without a slash is a module uploaded by the same user, or one of
// LD_LIBRARY_PATH, /lib and /usr/lib; others are paths of files.
#ifndef _DLFCN_H
#define _DLFCN_H

#ifdef __cplusplus
extern "C" {
#endif

#define RTLD_LAZY     1 // all symbols are bound at once, lazy or not
#define RTLD_NOW      2
#define RTLD_NOLOAD   4
#define RTLD_GLOBAL   256
#define RTLD_LOCAL    0
#define RTLD_NODELETE 4096

#define RTLD_DEFAULT ((void *)0)
#define RTLD_NEXT    ((void *)-1) // not supported: dlsym fails, dlerror says so

void *dlopen(const char *path, int flags);
void *dlsym(void *__restrict handle, const char *__restrict name);
int dlclose(void *handle);
char *dlerror(void);

#ifdef __cplusplus
}
#endif

#endif
