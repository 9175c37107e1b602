#!/usr/bin/env bash
# zlib.sh FOLDER: zlib of Debian, unmodified, and its example minigzip in three ways:
#   minigzip.wasm           has zlib in it
#   minigzip_needed.wasm    is linked against the side module libz.so, which is loaded with it
#   minigzip_dlopen.wasm    loads libz.so with dlopen when it starts
set -euo pipefail
here=$(dirname "$(realpath "$0")")
out=$(realpath -m "$1")
faasm=${FAASM:-faasm}
source=$out/src/zlib
mkdir -p "$out/src/zlib-build"
"$here/fetch.sh" zlib "$source"
cd "$out/src/zlib-build"
options=(-O2 -w -DHAVE_UNISTD_H -I "$source")
"$faasm" cc "${options[@]}" "$source"/*.c "$source/test/minigzip.c" -o "$out/minigzip.wasm"
"$faasm" cc "${options[@]}" -shared -fPIC "$source"/*.c -o "$out/libz.so"
"$faasm" cc "${options[@]}" "$source/test/minigzip.c" "$out/libz.so" -o "$out/minigzip_needed.wasm"

# For minigzip, zlib's functions are what this file defines: it finds the real ones before main begins.
cat >zlib_loaded.c <<'C'
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include "zlib.h"
#undef gzopen
// Each function that minigzip calls: X(result, name, parameters, arguments).
#define FUNCTIONS(X)                                                                                                   \
    X(gzFile, gzopen, (const char *path, const char *mode), (path, mode))                                              \
    X(gzFile, gzdopen, (int fd, const char *mode), (fd, mode))                                                         \
    X(int, gzread, (gzFile file, voidp data, unsigned length), (file, data, length))                                   \
    X(int, gzwrite, (gzFile file, voidpc data, unsigned length), (file, data, length))                                 \
    X(int, gzclose, (gzFile file), (file))                                                                             \
    X(const char *, gzerror, (gzFile file, int *number), (file, number))
#define X(result, name, parameters, arguments)                                                                         \
    static result(*loaded_##name) parameters;                                                                          \
    result name parameters { return loaded_##name arguments; }
FUNCTIONS(X)
#undef X

static void *find(void *library, const char *name) {
    void *found = library ? dlsym(library, name) : NULL;
    if (!found) {
        fprintf(stderr, "%s\n", dlerror());
        exit(3);
    }
    return found;
}

__attribute__((constructor)) static void load(void) {
    void *library = dlopen("libz.so", RTLD_NOW);
#define X(result, name, parameters, arguments) loaded_##name = (result(*) parameters)find(library, #name);
    FUNCTIONS(X)
#undef X
}
C
"$faasm" cc "${options[@]}" -rdynamic "$source/test/minigzip.c" zlib_loaded.c -o "$out/minigzip_dlopen.wasm"
