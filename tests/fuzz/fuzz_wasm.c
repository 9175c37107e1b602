// Decoder and validator on arbitrary bytes: no crash, no leak, no undefined behaviour, and each
// refusal is an error of the right kind that says where.
#include "wasm/decode.h"
#include "wasm/validate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds, const char *what, const struct error *error) {
    if (!holds) {
        fprintf(stderr, "%s: %s: %s\n", what, error_code_name(error->code), error->message);
        abort();
    }
}

static void check_refusal(const struct error *error, enum error_code first,
                          enum error_code second) {
    require(error->code == first || error->code == second, "wrong kind of error", error);
    require(strncmp(error->message, "offset 0x", 9) == 0, "error without an offset", error);
    require(strchr(error->message, '\n') == NULL, "error of several lines", error);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct wasm_module module;
    struct error error = {0};
    if (!wasm_decode((struct bytes){data, size}, WASM_FEATURES_SUPPORTED, &module, &error)) {
        check_refusal(&error, ERROR_MALFORMED, ERROR_UNSUPPORTED);
        return 0;
    }
    if (!wasm_validate(&module, &error)) {
        check_refusal(&error, ERROR_INVALID, ERROR_INVALID);
    }
    wasm_module_destroy(&module);
    return 0;
}

#ifdef FAASM_FUZZ_REPLAY
#include "base/buffer.h"

static bool read_all(const char *path, struct buffer *contents) {
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        perror(path);
        return false;
    }
    uint8_t chunk[65536];
    struct error error = {0};
    bool good = true;
    for (size_t length; good && (length = fread(chunk, 1, sizeof chunk, file)) > 0;) {
        good = buffer_append(contents, chunk, length, &error);
    }
    if (ferror(file) || !good) {
        fprintf(stderr, "%s: cannot be read\n", path);
        good = false;
    }
    fclose(file);
    return good;
}

int main(int argument_count, char **arguments) {
    int status = EXIT_SUCCESS;
    for (int i = 1; i < argument_count; i++) {
        struct buffer contents = {0};
        if (read_all(arguments[i], &contents)) {
            LLVMFuzzerTestOneInput(contents.data, contents.length);
        } else {
            status = EXIT_FAILURE;
        }
        buffer_destroy(&contents);
    }
    return status;
}
#endif
