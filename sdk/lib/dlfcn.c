// The functions of <dlfcn.h>, for programs compiled against any declaration of them.
#include <dlfcn.h>
#include <stdlib.h>

#define HOST(name) __attribute__((import_module("env"), import_name(name)))

HOST("dlopen") void *__faasm_dlopen(const char *path, int flags);
HOST("dlsym") void *__faasm_dlsym(void *handle, const char *name);
HOST("dlclose") int __faasm_dlclose(void *handle);
HOST("dlerror") char *__faasm_dlerror(void);

void *dlopen(const char *path, int flags) {
    return __faasm_dlopen(path, flags);
}

void *dlsym(void *restrict handle, const char *restrict name) {
    return __faasm_dlsym(handle, name);
}

int dlclose(void *handle) {
    return __faasm_dlclose(handle);
}

char *dlerror(void) {
    return __faasm_dlerror();
}

// For modules, which have an atexit of their own (shared/at_exit.c).
int __faasm_at_program_exit(void (*function)(void));

int __faasm_at_program_exit(void (*function)(void)) {
    return atexit(function);
}
