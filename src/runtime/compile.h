// wasm -> object file, through the program faasm-codegen as a limited child process.
#ifndef FAASM_RUNTIME_COMPILE_H
#define FAASM_RUNTIME_COMPILE_H

#include "base/buffer.h"
#include "base/error.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum {
    COMPILE_LEVEL_QUICK = 0,   // compiles fast
    COMPILE_LEVEL_DEFAULT = 2, // of optimised code
    COMPILE_LEVEL_MAXIMUM = 3,
};

enum { COMPILE_CPU_SECONDS = 300 }; // that a child may use, unless it is said

// How often a wait looks whether nobody waits for it any more.
#define COMPILE_LOOK_NANOSECONDS 20000000ull

struct compile_config {
    const char *program;       // NULL: "faasm-codegen" beside the running program
    uint32_t cpu_seconds;      // 0: COMPILE_CPU_SECONDS
    uint32_t memory_megabytes; // 0: 4096
    int opt_level;             // 0 to 3; -1: COMPILE_LEVEL_DEFAULT
    bool background;           // the child gives way to what else runs (nice)
    const int *stop;           // NULL, or a descriptor that ends the child when it is readable
    const _Atomic uint32_t *given_up; // NULL, or what ends the child soon after it is not 0
};

// What all processes of a compilation may take together.
uint32_t compile_memory_megabytes(const struct compile_config *config);

// Compiles the file at `wasm_path` to `object_path` (written atomically by the child, or not at
// all). Errors of the module come back with the child's code and message ("offset 0x1f: …"); a
// child that ran into a limit or crashed is ERROR_TOO_LARGE or ERROR_INTERNAL with what it said;
// ERROR_CANCELLED where it was stopped.
// Blocks; thread-safe.
bool compile_module(const struct compile_config *config, const char *wasm_path,
                    const char *object_path, struct error *error);

// What distinguishes objects of this machine and build from others: version of faasm-codegen (its
// size and modification time), CPU model and features, opt level. Text safe in a file name. Runs no
// process.
bool compile_key(const struct compile_config *config, char key[65], struct error *error);

#endif
