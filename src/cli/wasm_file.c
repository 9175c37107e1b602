#include "cli/wasm_file.h"

#include <string.h>

error_t wasm_file_parse(int key, char *argument, struct argp_state *state, const char **file) {
    switch (key) {
    case ARGP_KEY_ARG:
        if (state->arg_num > 0) {
            argp_error(state, "one WebAssembly file at a time");
        }
        *file = argument;
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "which WebAssembly file?");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

const char *wasm_file_base_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

size_t wasm_file_stem(const char *name) {
    static const char ending[] = ".wasm";
    size_t length = strlen(name);
    size_t cut = sizeof ending - 1;
    return length > cut && strcmp(name + length - cut, ending) == 0 ? length - cut : length;
}
