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
#include "fuzz/replay.h"

// What another validator is compared with (tools/fuzz-agree.sh): "accepted", or the kind of error.
static int print_verdict(const uint8_t *data, size_t size) {
    struct wasm_module module;
    struct error error = {0};
    bool decoded =
        wasm_decode((struct bytes){data, size}, WASM_FEATURES_SUPPORTED, &module, &error);
    if (decoded && wasm_validate(&module, &error)) {
        puts("accepted");
    } else {
        printf("%s: %s\n", error_code_name(error.code), error.message);
    }
    if (decoded) {
        wasm_module_destroy(&module);
    }
    return 0;
}

// fuzz_wasm_replay [--verdict] FILE...
int main(int argument_count, char **arguments) {
    bool verdict = argument_count > 1 && strcmp(arguments[1], "--verdict") == 0;
    return replay_files(argument_count - verdict, arguments + verdict,
                        verdict ? print_verdict : LLVMFuzzerTestOneInput);
}
#endif
