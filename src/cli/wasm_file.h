// The argument FILE.wasm of commands that work on one.
#ifndef FAASM_CLI_WASM_FILE_H
#define FAASM_CLI_WASM_FILE_H

#include <argp.h>
#include <stddef.h>

// For the last case of an argp parser: takes the one argument to *file; exits with a usage message
// where there is none or another one. ARGP_ERR_UNKNOWN for any other key.
error_t wasm_file_parse(int key, char *argument, struct argp_state *state, const char **file);

// The last part of a path.
const char *wasm_file_base_name(const char *path);

// The length of a name without the ending ".wasm".
size_t wasm_file_stem(const char *name);

#endif
