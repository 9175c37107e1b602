// Where the program faasm-codegen is.
#ifndef FAASM_RUNTIME_PROGRAM_H
#define FAASM_RUNTIME_PROGRAM_H

#include "runtime/compile.h"

#include <limits.h>

bool compile_program(const struct compile_config *config, char path[PATH_MAX], struct error *error);

#endif
