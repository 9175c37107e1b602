// A fuzz target's entry on files, without libFuzzer.
#ifndef FAASM_TESTS_FUZZ_REPLAY_H
#define FAASM_TESTS_FUZZ_REPLAY_H

#include "base/file.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { REPLAY_LIMIT = 64 << 20 };

// Arguments are paths; EXIT_FAILURE where one cannot be read.
static inline int replay_files(int argument_count, char **arguments,
                               int (*target)(const uint8_t *, size_t)) {
    int status = EXIT_SUCCESS;
    for (int i = 1; i < argument_count; i++) {
        struct buffer contents = {0};
        struct error error = {0};
        if (file_read(arguments[i], REPLAY_LIMIT, &contents, &error)) {
            target(contents.data, contents.length);
        } else {
            fprintf(stderr, "%s: %s\n", arguments[i], error.message);
            status = EXIT_FAILURE;
        }
        buffer_destroy(&contents);
    }
    return status;
}

#endif
