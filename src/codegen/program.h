// The faasm-codegen program.
#ifndef FAASM_CODEGEN_PROGRAM_H
#define FAASM_CODEGEN_PROGRAM_H

#include "codegen/codegen.h"
#include "codegen/sandbox.h"

// Of one module.
enum { PROGRAM_PARTS_MAXIMUM = SANDBOX_TASKS_MAXIMUM };

struct program_options {
    struct codegen_options codegen;
    struct sandbox_limits limits;
    const char *linker; // NULL: found
    const char *input;  // NULL with print_identity
    const char *output;
    unsigned jobs;     // parts of a module compiled at a time; 0: as many as there are cores
    unsigned parts;    // 0: as the size of the module says
    uint32_t features; // what modules may use: a set of enum wasm_feature
    bool background;   // gives way to what else runs
    bool print_identity;
    bool print_times;
};

enum program_exit { PROGRAM_DONE = 0, PROGRAM_REFUSED = 1, PROGRAM_FAILED = 2 };

// options.c: reads the command line; prints usage errors and ends the program with PROGRAM_FAILED.
void program_parse_options(int argc, char **argv, struct program_options *options);

// Does what the options say; gives the exit code.
int program_run(const struct program_options *options);

#endif
