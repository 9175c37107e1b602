// The cache of compiled objects of `faasm run`: files named by what was compiled and for what.
//   $FAASM_CACHE, else $XDG_CACHE_HOME/faasm, else ~/.cache/faasm
// Safe with any number of processes at a time: an object appears whole. When one is added, those
// used longest ago are removed until the rest fits FAASM_CACHE_MB (4,096), but none that is in use.
#ifndef FAASM_CLI_CACHE_H
#define FAASM_CLI_CACHE_H

#include "base/buffer.h"
#include "base/error.h"
#include "runtime/compile.h"

#include <limits.h>
#include <stdbool.h>

// The folder, which need not exist. ERROR_ARGUMENT where no variable says where.
bool cache_folder(char folder[PATH_MAX], struct error *error);

// The path of the object of some wasm, whether it exists or not.
bool cache_object_path(const struct compile_config *config, struct bytes wasm, char path[PATH_MAX],
                       struct error *error);

// Compiles to `path`, one of cache_object_path; replaces what is there.
bool cache_compile(const struct compile_config *config, struct bytes wasm, const char *path,
                   struct error *error);

// Keeps the cache within its bound. For when an object was added and is loaded.
void cache_trim(void);

#endif
