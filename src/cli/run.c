// `faasm run`: one WebAssembly file, compiled into a cache and called in this process.
//
// Start to exit is what users wait for, so this does nothing that a cached program does not need.
#include "base/buffer.h"
#include "base/file.h"
#include "cli/cache.h"
#include "cli/cli.h"
#include "cli/sockets.h"
#include "cli/wasm_file.h"
#include "faaslet/faaslet.h"
#include "host/host.h"
#include "runtime/runtime.h"

#include <argp.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define USER "local" // whose function it is

enum { WASM_BYTES_MAX = 1 << 30, INPUT_BYTES_MAX = 1 << 30, OUTPUT_BYTES_MAX = 1 << 30 };

// ---- Arguments ----------------------------------------------------------------------------------

struct options {
    const char *file; // wasm
    const char *input, *output;
    char function[STORE_NAME_MAX + 1];
    struct call_environment environment; // owned
    size_t variable_count;
    const char **with; // side modules, or folders of such
    size_t with_count;
};

static const struct argp_option option_table[] = {
    {"env", 'e', "NAME=VALUE", 0, "set an environment variable of the program; repeatable", 0},
    {"dir", 'd', "HOST[::GUEST]", 0,
     "let the program use the folder HOST, as GUEST or by the same name; repeatable", 0},
    {"listen", 'l', "HOST:PORT|unix:PATH", 0,
     "let the program accept connections there, on the descriptor after those of the folders (3, "
     "where there are none); repeatable",
     0},
    {"socket", 's', "NUMBER", 0,
     "hand the program a socket that this process was started with, as --listen does; repeatable",
     0},
    {"with", 'w', "FILE|FOLDER", 0,
     "a side module that the program may load by its name, or a folder of such (*.so); repeatable",
     0},
    {"input", 'i', "FILE", 0, "the input of the call; - is standard input (default: empty)", 0},
    {"output", 'o', "FILE", 0, "where the output of the call goes (default: standard output)", 0},
    {0},
};

static void *need(struct argp_state *state, void *memory) {
    if (memory == NULL) {
        argp_failure(state, CLI_EXIT_FAILURE, 0, "out of memory");
    }
    return memory;
}

static void add_variable(struct argp_state *state, struct options *options, const char *argument) {
    if (argument[0] == '=' || strchr(argument, '=') == NULL) {
        argp_error(state, "--env wants NAME=VALUE, not '%s'", argument);
    }
    char **list = options->environment.variables;
    list = need(state, realloc(list, (options->variable_count + 2) * sizeof *list));
    options->environment.variables = list;
    list[options->variable_count++] = need(state, strdup(argument));
    list[options->variable_count] = NULL;
}

static void add_folder(struct argp_state *state, struct options *options, const char *argument) {
    const char *separator = strstr(argument, "::");
    size_t length = separator != NULL ? (size_t)(separator - argument) : strlen(argument);
    const char *guest = separator != NULL ? separator + 2 : argument;
    if (length == 0 || guest[0] == '\0') {
        argp_error(state, "--dir wants HOST or HOST::GUEST, not '%s'", argument);
    }
    struct call_environment *environment = &options->environment;
    struct call_folder *folders = environment->folders;
    folders = need(state, realloc(folders, (environment->folder_count + 1) * sizeof *folders));
    environment->folders = folders;
    struct call_folder *folder = &folders[environment->folder_count++];
    *folder = (struct call_folder){0};
    folder->host = need(state, strndup(argument, length));
    folder->guest = need(state, strdup(guest));
    struct stat status;
    if (stat(folder->host, &status) != 0) {
        argp_failure(state, CLI_EXIT_FAILURE, errno, "--dir %s", folder->host);
    } else if (!S_ISDIR(status.st_mode)) {
        argp_failure(state, CLI_EXIT_FAILURE, 0, "--dir %s: not a folder", folder->host);
    }
}

static void add_socket(struct argp_state *state, struct options *options, const char *option,
                       const char *argument,
                       bool (*open)(const char *argument, int *fd, struct error *error)) {
    struct call_environment *environment = &options->environment;
    struct error error;
    if (environment->socket_count == CALL_SOCKETS_MAX) {
        argp_error(state, "--listen and --socket: at most %d", CALL_SOCKETS_MAX);
    }
    int *fd = &environment->sockets[environment->socket_count++];
    if (!open(argument, fd, &error)) {
        argp_failure(state, CLI_EXIT_FAILURE, 0, "%s %s: %s", option, argument, error.message);
    }
}

// The name by which the program can chain itself: the file's, without .wasm, and with '_' in place
// of what function names may not have.
static void set_function_name(struct options *options) {
    snprintf(options->function, sizeof options->function, "%s", wasm_file_base_name(options->file));
    char *name = options->function;
    name[wasm_file_stem(name)] = '\0';
    for (char *p = name; *p != '\0'; p++) {
        bool edge = p == name && (*p == '.' || *p == '-');
        if (edge || (!isalnum((unsigned char)*p) && strchr("_-.", *p) == NULL)) {
            *p = '_';
        }
    }
    if (name[0] == '\0') {
        snprintf(options->function, sizeof options->function, "_");
    }
}

// The file and all that follows it, which is the program's own.
static void take_program(struct argp_state *state, struct options *options, const char *file) {
    options->file = file;
    set_function_name(options);
    size_t rest = (size_t)(state->argc - state->next);
    char **arguments = need(state, calloc(rest + 2, sizeof *arguments));
    options->environment.arguments = arguments;
    arguments[0] = need(state, strdup(wasm_file_base_name(file)));
    for (size_t i = 0; i < rest; i++) {
        arguments[i + 1] = need(state, strdup(state->argv[(size_t)state->next + i]));
    }
    state->next = state->argc;
}

static error_t parse_option(int key, char *argument, struct argp_state *state) {
    struct options *options = state->input;
    switch (key) {
    case 'e':
        add_variable(state, options, argument);
        return 0;
    case 'd':
        add_folder(state, options, argument);
        return 0;
    case 'l':
        add_socket(state, options, "--listen", argument, sockets_listen);
        return 0;
    case 's':
        add_socket(state, options, "--socket", argument, sockets_inherit);
        return 0;
    case 'w':
        options->with =
            need(state, realloc(options->with, (options->with_count + 1) * sizeof *options->with));
        options->with[options->with_count++] = argument;
        return 0;
    case 'i':
        options->input = argument;
        return 0;
    case 'o':
        options->output = argument;
        return 0;
    case ARGP_KEY_ARG:
        take_program(state, options, argument);
        return 0;
    default:
        return wasm_file_parse(key, argument, state, &options->file);
    }
}

static const struct argp run_argp = {
    .options = option_table,
    .parser = parse_option,
    .args_doc = "FILE.wasm [ARGUMENT...]",
    .doc =
        "Run one WebAssembly file here, without a server."
        "\vThe program has this terminal's standard input, output and error, and nothing else "
        "of this machine but what --dir, --env, --listen and --socket give it. The exit status is "
        "the program's; "
        "134 when it trapped, 1 when it could not be run. Compiled code is kept in "
        "$FAASM_CACHE, or $XDG_CACHE_HOME/faasm, or ~/.cache/faasm, up to $FAASM_CACHE_MB (4096).",
};

// ---- The function -------------------------------------------------------------------------------

static bool add_object(struct runtime *runtime, const struct options *options, const char *name,
                       const char *path, struct error *error) {
    return runtime_add_object(runtime, USER, name, path, &options->environment, error);
}

// Gives the runtime the function, from the cache where it is there. An object in the cache that
// cannot be loaded is made anew; one that cannot be linked is as good as a new one.
static bool add_wasm(struct runtime *runtime, const struct options *options, const char *name,
                     struct bytes wasm, struct error *error) {
    const struct compile_config *config = &runtime_configuration(runtime)->compile;
    char path[PATH_MAX];
    if (!cache_object_path(config, wasm, path, error)) {
        return false;
    }
    if (access(path, F_OK) == 0) {
        if (add_object(runtime, options, name, path, error)) {
            return true;
        }
        if (error->code == ERROR_UNLINKABLE) {
            return false;
        }
    }
    if (!cache_compile(config, wasm, path, error) ||
        !add_object(runtime, options, name, path, error)) {
        return false;
    }
    cache_trim();
    return true;
}

static bool add_file(struct runtime *runtime, const struct options *options, const char *name,
                     const char *path, struct error *error) {
    struct buffer wasm = {0};
    if (!file_read(path, WASM_BYTES_MAX, &wasm, error)) {
        return false;
    }
    bool done = add_wasm(runtime, options, name, buffer_bytes(&wasm), error);
    if (!done) {
        error_prefix(error, "%s", path);
    }
    buffer_destroy(&wasm);
    return done;
}

// ---- Side modules -------------------------------------------------------------------------------

static bool add_folder_modules(struct runtime *runtime, const struct options *options,
                               const char *folder, struct error *error) {
    char pattern[PATH_MAX];
    glob_t found = {0};
    int length = snprintf(pattern, sizeof pattern, "%s/*.so", folder);
    if (length < 0 || (size_t)length >= sizeof pattern) {
        return error_set(error, ERROR_ARGUMENT, "the path is too long: %.200s", folder);
    }
    int failure = glob(pattern, GLOB_ERR, NULL, &found);
    bool done = failure == 0 || failure == GLOB_NOMATCH ||
                error_set(error, ERROR_IO, "%s cannot be read", folder);
    for (size_t i = 0; done && i < found.gl_pathc; i++) {
        done = add_file(runtime, options, wasm_file_base_name(found.gl_pathv[i]), found.gl_pathv[i],
                        error);
    }
    globfree(&found);
    return done;
}

static bool add_modules(struct runtime *runtime, const struct options *options,
                        struct error *error) {
    for (size_t i = 0; i < options->with_count; i++) {
        struct stat status;
        const char *path = options->with[i];
        if (stat(path, &status) != 0) {
            return error_set_errno(error, errno, "--with %s", path);
        }
        if (S_ISDIR(status.st_mode)
                ? !add_folder_modules(runtime, options, path, error)
                : !add_file(runtime, options, wasm_file_base_name(path), path, error)) {
            return false;
        }
    }
    return true;
}

static struct runtime *make_runtime(const struct options *options,
                                    const struct faaslet_linker *linker, struct error *error) {
    char folder[PATH_MAX];
    struct error no_cache; // it is said where something is to be put there
    const struct runtime_config config = {
        .library_folder = cache_folder(folder, &no_cache) ? folder : NULL,
        .limits = {.input_bytes = INPUT_BYTES_MAX, .output_bytes = OUTPUT_BYTES_MAX},
        .compile = {.opt_level = -1},
    };
    struct runtime *runtime = runtime_new(&config, linker, error);
    if (runtime != NULL && (!add_modules(runtime, options, error) ||
                            !add_file(runtime, options, options->function, options->file, error))) {
        runtime_delete(runtime);
        return NULL;
    }
    return runtime;
}

// ---- The call -----------------------------------------------------------------------------------

static bool write_output(const struct options *options, struct bytes output, struct error *error) {
    if (options->output == NULL) {
        return file_write_all(STDOUT_FILENO, output, error) ||
               error_prefix(error, "standard output");
    }
    int fd = open(options->output, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0) {
        return error_set_errno(error, errno, "%s", options->output);
    }
    bool done = file_write_all(fd, output, error);
    if (close(fd) != 0 && done) {
        done = error_set_errno(error, errno, "close");
    }
    return done || error_prefix(error, "%s", options->output);
}

// The exit status for a finished call, whose output has then been written.
static bool finish(const struct options *options, const struct call *call, int *exit_code,
                   struct error *error) {
    *exit_code = call->exit_code;
    switch (call_status(call)) {
    case CALL_TRAPPED:
        fprintf(stderr, "faasm: trap: %s\n%.*s", call->message, (int)call->trace.length,
                call->trace.length > 0 ? (const char *)call->trace.data : "");
        return true;
    case CALL_SUCCEEDED:
    case CALL_FAILED:
        return write_output(options, buffer_bytes(&call->output), error);
    default:
        return error_set(error, ERROR_INTERNAL, "%s: %s", options->file, call->message);
    }
}

static bool call_function(struct runtime *runtime, const struct options *options, int *exit_code,
                          struct error *error) {
    struct buffer input = {0};
    if (options->input != NULL && !file_read(options->input, INPUT_BYTES_MAX, &input, error)) {
        return false;
    }
    const struct call_request request = {
        .user = USER,
        .function = options->function,
        .input = buffer_bytes(&input),
        .waits_here = true,
    };
    struct call *call = runtime_submit(runtime, &request, error);
    buffer_destroy(&input);
    if (call == NULL) {
        return false;
    }
    bool done = runtime_wait(runtime, call, NULL, error) && finish(options, call, exit_code, error);
    call_release(call);
    return done;
}

static bool run(const struct options *options, int *exit_code, struct error *error) {
    struct faaslet_linker *linker = faaslet_linker_new(error);
    struct runtime *runtime = NULL;
    bool done = linker != NULL && host_register(linker, error) && faaslet_initialize(error);
    if (done) {
        runtime = make_runtime(options, linker, error);
        done = runtime != NULL && call_function(runtime, options, exit_code, error);
    }
    runtime_delete(runtime);
    faaslet_linker_delete(linker);
    return done;
}

int cli_run(int argc, char **argv) {
    struct options options = {
        .environment = {.standard_input = STDIN_FILENO,
                        .standard_output = STDOUT_FILENO,
                        .standard_error = STDERR_FILENO},
    };
    argp_parse(&run_argp, argc, argv, ARGP_IN_ORDER, NULL, &options);
    int exit_code;
    struct error error;
    if (!run(&options, &exit_code, &error)) {
        fprintf(stderr, "faasm run: %s\n", error.message);
        exit_code = CLI_EXIT_FAILURE;
    }
    call_environment_destroy(&options.environment);
    free(options.with);
    return exit_code;
}
