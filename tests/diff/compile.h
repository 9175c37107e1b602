// Compiling of generated modules, many of them: in this process, without the sandbox around it,
// since starting programs takes longer than a small module does.
#ifndef FAASM_TESTS_DIFF_COMPILE_H
#define FAASM_TESTS_DIFF_COMPILE_H

#include "base/error.h"

#include <stdbool.h>

struct compile_options {
    unsigned level;
    unsigned parts; // as in program.h, at least 1
    bool strict_traps;
    const char *linker; // a program that takes the options of GNU ld
};

enum compile_outcome { COMPILE_DONE, COMPILE_REFUSED, COMPILE_FAILED };

// Makes a shared object of a module. Fatal errors of LLVM end the process with status 2.
enum compile_outcome compile_module(const struct compile_options *options, const char *source,
                                    const char *object, struct error *error);

#endif
