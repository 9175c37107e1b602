// wasm -> object file, through the program faasm-codegen as a limited child process.
#ifndef FAASM_RUNTIME_COMPILE_H
#define FAASM_RUNTIME_COMPILE_H

#include "base/buffer.h"
#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>

struct compile_config {
    const char *program;       // NULL: "faasm-codegen" beside the running program
    uint32_t cpu_seconds;      // 0: 300
    uint32_t memory_megabytes; // 0: 4096
    int opt_level;             // -1: the default of faasm-codegen
};

// Compiles the file at `wasm_path` to `object_path` (written atomically by the child, or not at
// all). Errors of the module come back with the child's code and message ("offset 0x1f: …"); a
// child that ran into a limit or crashed is ERROR_TOO_LARGE or ERROR_INTERNAL with what it said.
// Blocks; thread-safe.
bool compile_module(const struct compile_config *config, const char *wasm_path,
                    const char *object_path, struct error *error);

// What distinguishes objects of this machine and build from others: version of faasm-codegen (its
// size and modification time), CPU model and features, opt level. Text safe in a file name. Runs no
// process.
bool compile_key(const struct compile_config *config, char key[65], struct error *error);

#endif
