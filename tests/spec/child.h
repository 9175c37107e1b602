// Child programs: wast2json, wat2wasm, faasm-codegen.
#ifndef FAASM_TESTS_SPEC_CHILD_H
#define FAASM_TESTS_SPEC_CHILD_H

#include <stdbool.h>
#include <stddef.h>

enum { CHILD_OUTPUT_BYTES = 2048 };

struct child_result {
    int status;                      // as waitpid has it
    char output[CHILD_OUTPUT_BYTES]; // standard error, cut; NUL-terminated
};

// Runs argv[0] (found in PATH) and waits. False when it could not be started.
bool child_run(const char *const argv[], struct child_result *result);

// Ended with exit code 0.
bool child_succeeded(const struct child_result *result);

// The first line of the output.
void child_first_line(const struct child_result *result, char *line, size_t capacity);

#endif
