// The command line of faasm-codegen. To add an option: a row in `descriptions`, a case in `parse`.
#include "codegen/program.h"

#include <argp.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum option_key {
    KEY_STRICT_TRAPS = 0x100,
    KEY_CPU,
    KEY_CPU_SECONDS,
    KEY_MEMORY_MB,
    KEY_OUTPUT_MB,
    KEY_LINKER,
    KEY_PASSES,
    KEY_PRINT_IR,
    KEY_VERIFY,
    KEY_IDENTITY,
    KEY_TIMES,
    KEY_JOBS,
    KEY_EMIT,
    KEY_PARTS,
    KEY_FEATURES,
    KEY_BACKGROUND,
};

static const struct argp_option descriptions[] = {
    {"opt-level", 'O', "LEVEL", 0, "How much to optimise: 0 (compile fast) to 3; default 2", 0},
    {"strict-traps", KEY_STRICT_TRAPS, NULL, 0,
     "Keep every load and store, in order, whatever becomes of its value", 0},
    {"cpu", KEY_CPU, "NAME", 0,
     "Compile for this CPU (x86-64, x86-64-v2, x86-64-v3, x86-64-v4) instead of the one here", 0},
    {"features", KEY_FEATURES, "LIST", 0,
     "Refuse modules that use a feature beyond the core that is not in the list, such as "
     "extended-const,simd; default: all that are supported",
     0},
    {"cpu-seconds", KEY_CPU_SECONDS, "N", 0, "Limit of CPU time of each process; default 120", 1},
    {"memory-mb", KEY_MEMORY_MB, "N", 0,
     "Limit of address space in MiB, of all processes that compile parts together; default 2048",
     1},
    {"output-mb", KEY_OUTPUT_MB, "N", 0, "Limit of what is written in MiB; default 512", 1},
    {"jobs", KEY_JOBS, "N", 0,
     "Parts of a large module to compile at a time; default: as many as there are cores. The "
     "result "
     "does not depend on it",
     1},
    {"background", KEY_BACKGROUND, NULL, 0, "Give way to what else runs (nice)", 1},
    {"parts", KEY_PARTS, "N", 0, "Compile in N parts; default: one for each 64 KiB of the module",
     2},
    {"emit", KEY_EMIT, "KIND", 0, "What to write: obj (default), asm, or ir (LLVM's)", 2},
    {"linker", KEY_LINKER, "PATH", 0, "The ld.lld to use", 2},
    {"passes", KEY_PASSES, "PIPELINE", 0, "LLVM passes to run instead of the level's own", 2},
    {"print-ir", KEY_PRINT_IR, NULL, 0, "Print the optimised LLVM module to standard error", 2},
    {"verify", KEY_VERIFY, NULL, 0, "Let LLVM check the module that is built for it", 2},
    {"times", KEY_TIMES, NULL, 0,
     "Print the time of each step, and the memory of the largest process, to standard error", 2},
    {"identity", KEY_IDENTITY, NULL, 0,
     "Print what the result depends on besides the module (version, CPU, options) and exit", 2},
    {0},
};

static const char *const cpus[] = {"x86-64", "x86-64-v2", "x86-64-v3", "x86-64-v4"};

static const char *known_cpu(const char *name, struct argp_state *state) {
    for (size_t i = 0; i < sizeof cpus / sizeof cpus[0]; i++) {
        if (strcmp(name, cpus[i]) == 0) {
            return name;
        }
    }
    argp_error(state, "unknown CPU '%s'", name);
    return NULL;
}

static unsigned number(const char *text, unsigned least, unsigned most, struct argp_state *state) {
    char *end = NULL;
    errno = 0;
    unsigned long value = strtoul(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 || value < least ||
        value > most) {
        argp_error(state, "'%s' is not a number from %u to %u", text, least, most);
    }
    return (unsigned)value;
}

static enum codegen_output known_output(const char *kind, struct argp_state *state) {
    static const char *const kinds[] = {"obj", "asm", "ir"};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strcmp(kind, kinds[i]) == 0) {
            return (enum codegen_output)i;
        }
    }
    argp_error(state, "--emit wants obj, asm or ir, not '%s'", kind);
    return CODEGEN_OBJECT;
}

static uint32_t known_feature(const char *name, size_t length, struct argp_state *state) {
    for (unsigned i = 0; i < WASM_FEATURE_COUNT; i++) {
        const char *known = wasm_feature_name((enum wasm_feature)i);
        if (strlen(known) == length && strncmp(known, name, length) == 0 &&
            wasm_has_feature(WASM_FEATURES_SUPPORTED, (enum wasm_feature)i)) {
            return 1u << i;
        }
    }
    argp_error(state, "unsupported feature '%.*s'", (int)length, name);
    return 0;
}

static uint32_t feature_list(const char *list, struct argp_state *state) {
    uint32_t features = 1u << WASM_FEATURE_CORE;
    while (*list != '\0') {
        size_t length = strcspn(list, ",");
        features |= known_feature(list, length, state);
        list += length + (list[length] == ',');
    }
    return features;
}

static error_t parse_path(struct program_options *options, char *path, struct argp_state *state) {
    if (state->arg_num == 0) {
        options->input = path;
    } else if (state->arg_num == 1) {
        options->output = path;
    } else {
        argp_error(state, "too many arguments");
    }
    return 0;
}

static error_t parse(int key, char *argument, struct argp_state *state) {
    struct program_options *options = state->input;
    switch (key) {
    case 'O':
        options->codegen.optimisation_level =
            number(argument, 0, CODEGEN_OPTIMISATION_MAXIMUM, state);
        return 0;
    case KEY_STRICT_TRAPS:
        options->codegen.strict_traps = true;
        return 0;
    case KEY_CPU:
        options->codegen.cpu = known_cpu(argument, state);
        return 0;
    case KEY_FEATURES:
        options->features = feature_list(argument, state);
        return 0;
    case KEY_CPU_SECONDS:
        options->limits.cpu_seconds = number(argument, 1, 86400, state);
        return 0;
    case KEY_MEMORY_MB:
        options->limits.memory_mb = number(argument, 256, 1 << 20, state);
        return 0;
    case KEY_OUTPUT_MB:
        options->limits.output_mb = number(argument, 1, 1 << 20, state);
        return 0;
    case KEY_JOBS:
        options->jobs = number(argument, 1, 64, state);
        return 0;
    case KEY_PARTS:
        options->parts = number(argument, 1, PROGRAM_PARTS_MAXIMUM, state);
        return 0;
    case KEY_EMIT:
        options->codegen.output = known_output(argument, state);
        return 0;
    case KEY_BACKGROUND:
        options->background = true;
        return 0;
    case KEY_LINKER:
        options->linker = argument;
        return 0;
    case KEY_PASSES:
        options->codegen.passes = argument;
        return 0;
    case KEY_PRINT_IR:
        options->codegen.print_ir = true;
        return 0;
    case KEY_VERIFY:
        options->codegen.verify = true;
        return 0;
    case KEY_IDENTITY:
        options->print_identity = true;
        return 0;
    case KEY_TIMES:
        options->print_times = true;
        return 0;
    case ARGP_KEY_ARG:
        return parse_path(options, argument, state);
    case ARGP_KEY_END:
        if (options->output == NULL && !options->print_identity) {
            argp_error(state, "an input and an output file are needed");
        }
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

void program_parse_options(int argc, char **argv, struct program_options *options) {
    static const struct argp argp = {
        .options = descriptions,
        .parser = parse,
        .args_doc = "IN.wasm OUT.so",
        .doc = "Compiles a WebAssembly module to a native shared object for this CPU.\v"
               "Exit status: 0 done; 1 the module was refused (malformed, invalid, or with an "
               "unsupported feature); 2 anything else.",
    };
    *options = (struct program_options){
        .codegen = {.optimisation_level = CODEGEN_OPTIMISATION_DEFAULT},
        .limits = {.cpu_seconds = 120, .memory_mb = 2048, .output_mb = 512},
        .features = WASM_FEATURES_SUPPORTED,
    };
    argp_err_exit_status = PROGRAM_FAILED;
    argp_parse(&argp, argc, argv, 0, NULL, options);
}
