// `faasm codegen`: what becomes of a module: LLVM's intermediate code, assembly, or the object that
// would be loaded. It turns itself into faasm-codegen, which is beside this program.
#include "base/file.h"
#include "cli/cli.h"
#include "cli/wasm_file.h"

#include <argp.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct options {
    const char *kind;
    const char *level;
    const char *input;
    const char *output;
};

static const struct argp_option descriptions[] = {
    {"emit", 'e', "KIND", 0, "ir (LLVM's), asm or obj (a shared object); default: obj", 0},
    {"opt-level", 'O', "LEVEL", 0, "how much to optimise: 0 to 3; default: 2", 0},
    {"output", 'o', "FILE", 0,
     "where to; default: the input's name with .ll, .s or .so, in this folder", 0},
    {0},
};

static const struct {
    const char *kind;
    const char *suffix;
} kinds[] = {{"ir", ".ll"}, {"asm", ".s"}, {"obj", ".so"}};

static const char *suffix_of(const char *kind) {
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (strcmp(kinds[i].kind, kind) == 0) {
            return kinds[i].suffix;
        }
    }
    return NULL;
}

static error_t parse_option(int key, char *argument, struct argp_state *state) {
    struct options *options = state->input;
    switch (key) {
    case 'e':
        if (suffix_of(argument) == NULL) {
            argp_error(state, "--emit wants ir, asm or obj, not '%s'", argument);
        }
        options->kind = argument;
        return 0;
    case 'O':
        if (strlen(argument) != 1 || argument[0] < '0' || argument[0] > '3') {
            argp_error(state, "--opt-level wants 0 to 3, not '%s'", argument);
        }
        options->level = argument;
        return 0;
    case 'o':
        options->output = argument;
        return 0;
    default:
        return wasm_file_parse(key, argument, state, &options->input);
    }
}

static const struct argp codegen_argp = {
    .options = descriptions,
    .parser = parse_option,
    .args_doc = "FILE.wasm",
    .doc = "Shows what a WebAssembly file is compiled to on this machine.\v"
           "Exit status: 0 done; 1 the module was refused; 2 anything else.",
};

static void name_output(const struct options *options, char path[PATH_MAX]) {
    const char *name = wasm_file_base_name(options->input);
    snprintf(path, PATH_MAX, "%.*s%s", (int)wasm_file_stem(name), name, suffix_of(options->kind));
}

int cli_codegen(int argc, char **argv) {
    struct options options = {.kind = "obj", .level = "2"};
    argp_parse(&codegen_argp, argc, argv, 0, NULL, &options);
    char output[PATH_MAX];
    if (options.output == NULL) {
        name_output(&options, output);
        options.output = output;
    }
    struct error error;
    char *folder = file_program_folder(&error);
    if (folder == NULL) {
        fprintf(stderr, "faasm codegen: %s\n", error.message);
        return CLI_EXIT_USAGE;
    }
    char program[PATH_MAX];
    int length = snprintf(program, sizeof program, "%s/faasm-codegen", folder);
    free(folder);
    errno = ENAMETOOLONG;
    if (length > 0 && (size_t)length < sizeof program) {
        const char *const arguments[] = {"faasm-codegen", "--emit",       options.kind,
                                         "--opt-level",   options.level,  "--",
                                         options.input,   options.output, NULL};
        execv(program, (char *const *)(void *)arguments);
    }
    fprintf(stderr, "faasm codegen: cannot run %s: %s\n", program, strerror(errno));
    return CLI_EXIT_USAGE;
}
