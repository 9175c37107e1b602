// `faasm cc` and `faasm c++`: clang, told where the SDK is and how a Faasm function is linked.
//
// Every argument goes to clang as it is; ours stand before them, so that the user's win. Libraries
// stand after them. Whether a command links is for clang to say: it is asked with -###, which
// prints what would be run.
#include "base/buffer.h"
#include "base/error.h"
#include "base/file.h"
#include "cli/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct compiler {
    const char *command; // as the user typed it, for messages
    const char *clang;
    char *sdk;
    bool cxx;
    bool wasm_opt;    // run after linking, as clang does where it is installed
    bool relocatable; // -r: objects to one object
    bool exceptions;  // of C++, which are on unless -fno-exceptions says otherwise
    bool pic;
    bool dynamic; // the program loads side modules, or is linked against some
    bool against_library;
    enum { MAKES_NO_MODULE, MAKES_PROGRAM, MAKES_LIBRARY } makes;
};

// The arguments of a process: NULL-terminated, each malloc'd. `exhausted` once memory was out, so
// that it need be checked only at the end.
struct command_line {
    char **arguments;
    size_t count;
    size_t capacity;
    bool exhausted;
};

static const char HELP[] =
    "usage: faasm %s [clang arguments]\n"
    "\n"
    "Compiles and links %s programs to WebAssembly functions for Faasm. All arguments are those\n"
    "of clang, which does the work: -c, -S, -E, -o, -I, -D, -l, -g, -v and so on; `faasm %s\n"
    "--help-hidden` and clang's manual list them.\n"
    "\n"
    "What it adds, all of which your arguments override:\n"
    "  --target=wasm32-wasi, the system's wasi-libc%s, faasm.h and faasm/*.h\n"
    "  -O2                          the default optimization (debug: -O0 -g)\n"
    "  -mbulk-memory -mnontrapping-fptoint%s\n"
    "  -mexception-handling -mllvm -wasm-enable-sjlj, for setjmp and longjmp\n"
    "  no unrolling of loops (-mllvm), which is left to the compiler of the host\n"
    "  wasi-libc's emulation of mman, signal, getpid and process clocks\n"
    "When it links a program:\n"
    "  the start-up code and library of Faasm, and the exports that a host needs\n"
    "  a stack of 1 MiB below the data, so that an overflow traps\n"
    "                               (another size: -Wl,-z,stack-size=BYTES)\n"
    "  no debug information, but function names (all of it: -g)\n"
    "  with -rdynamic, or a module (NAME.so) among its files, all of libc and all symbols for\n"
    "  the side modules that it loads; those have no libc of their own\n"
    "With -shared -fPIC it makes a side module, to be loaded with dlopen or linked against. What\n"
    "  it does not define is looked for when it is loaded: in the program and other modules.\n"
    "\n"
    "environment:\n"
    "  FAASM_CLANG   the clang to run (default clang-19)\n"
    "  FAASM_SDK     the folder of include/, lib/ and sysroot/ (default ../share/faasm beside\n"
    "                the folder of this program)\n";

// Loops are unrolled for the host's CPU when the module is compiled to native code; unrolled by the
// guest's compiler as well, they leave that compiler's vectorizer shuffles to undo.
static const char *const COMMON_FLAGS[] = {
    "--target=wasm32-wasi",
    "-O2",
    "-mllvm",
    "-unroll-allow-partial=0",
    "-mllvm",
    "-unroll-runtime=0",
    "-mbulk-memory",
    "-mnontrapping-fptoint",
    "-mexception-handling",
    "-mllvm",
    "-wasm-enable-sjlj",
    "-D_WASI_EMULATED_MMAN",
    "-D_WASI_EMULATED_SIGNAL",
    "-D_WASI_EMULATED_GETPID",
    "-D_WASI_EMULATED_PROCESS_CLOCKS",
};

static const char *const LINK_FLAGS[] = {
    "-Wl,--stack-first",
    "-Wl,-z,stack-size=1048576",
    "-Wl,--export-table",
    "-Wl,--export=__stack_pointer",
    "-Wl,--export-if-defined=_faasm_zygote",
};

// A program that loads modules: it has what they may ask for, and a table that can grow.
static const char *const DYNAMIC_FLAGS[] = {
    "-Wl,--export-all", "-Wl,--growable-table",   "-Wl,--experimental-pic",
    "-Wl,-Bdynamic",    "-Wl,--undefined=dlopen", "-Wl,--undefined=__faasm_at_program_exit",
};

static const char *const LIBRARY_FLAGS[] = {
    "-nostdlib",
    "-Wl,--no-entry",
    "-Wl,--experimental-pic",
    "-Wl,-Bdynamic",
    "-Wl,--unresolved-symbols=import-dynamic",
    "-Wl,--export-if-defined=__wasm_call_ctors",
    "-Wl,--export-if-defined=__wasm_init_tls",
    "-Wl,--export-if-defined=__tls_size",
    "-Wl,--export-if-defined=__tls_align",
};

// The debug information of the system's libraries would be most of a small program.
static const char *const STRIP_FLAGS[] = {
    "-Wl,--strip-debug",
    "-Wl,--keep-section=name",
    "-Wl,--keep-section=producers",
    "-Wl,--keep-section=target_features",
};

static const char *const LINK_LIBRARIES[] = {
    "-Wl,-lwasi-emulated-mman",
    "-Wl,-lwasi-emulated-signal",
    "-Wl,-lwasi-emulated-getpid",
    "-Wl,-lwasi-emulated-process-clocks",
};

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

// ---- The command line ---------------------------------------------------------------------------

static void command_line_destroy(struct command_line *line) {
    for (size_t i = 0; i < line->count; i++) {
        free(line->arguments[i]);
    }
    free(line->arguments);
}

// Takes over `argument`; NULL stands for memory that is out.
static void add_owned(struct command_line *line, char *argument) {
    if (line->count + 1 >= line->capacity) {
        size_t capacity = line->capacity ? line->capacity * 2 : 64;
        char **larger = realloc(line->arguments, capacity * sizeof *larger);
        if (!larger) {
            free(argument);
            line->exhausted = true;
            return;
        }
        line->arguments = larger;
        line->capacity = capacity;
    }
    if (!argument) {
        line->exhausted = true;
        return;
    }
    line->arguments[line->count++] = argument;
    line->arguments[line->count] = NULL;
}

static void add(struct command_line *line, const char *argument) {
    add_owned(line, strdup(argument));
}

__attribute__((format(printf, 2, 3))) static void add_format(struct command_line *line,
                                                             const char *format, ...) {
    char *argument = NULL;
    va_list values;
    va_start(values, format);
    if (vasprintf(&argument, format, values) < 0) {
        argument = NULL;
    }
    va_end(values);
    add_owned(line, argument);
}

static void add_list(struct command_line *line, const char *const *list, size_t count) {
    for (size_t i = 0; i < count; i++) {
        add(line, list[i]);
    }
}

// As clang has it: the last of these wins; other options that begin with -g are about other things.
static bool wants_debug_information(int argc, char **argv) {
    static const char *const names[] = {"-g", "-g1", "-g2", "-g3"};
    static const char *const prefixes[] = {"-gdwarf", "-ggdb", "-gline"};
    bool wanted = false;
    for (int i = 1; i < argc; i++) {
        for (size_t k = 0; k < COUNT(names); k++) {
            wanted = wanted || !strcmp(argv[i], names[k]);
        }
        for (size_t k = 0; k < COUNT(prefixes); k++) {
            wanted = wanted || !strncmp(argv[i], prefixes[k], strlen(prefixes[k]));
        }
        wanted = wanted && strcmp(argv[i], "-g0") != 0;
    }
    return wanted;
}

// Without --wasm-opt, clang is given a wasm-opt that does nothing: the real one, which it would run
// where it is installed, drops the names of functions. clang 19 has an option against it,
// --no-wasm-opt, which makes it link nothing at all; so that one is not passed on.
static void add_front(struct command_line *line, const struct compiler *compiler, bool strip) {
    add(line, compiler->clang);
    if (compiler->cxx) {
        add(line, "--driver-mode=g++");
    }
    add(line, "--start-no-unused-arguments");
    add_list(line, COMMON_FLAGS, COUNT(COMMON_FLAGS));
    if (compiler->cxx) {
        add(line, "-fwasm-exceptions");
    }
    if (!compiler->wasm_opt) {
        add_format(line, "-B%s/lib/no-wasm-opt", compiler->sdk);
    }
    add_format(line, "--sysroot=%s/sysroot", compiler->sdk);
    add_format(line, "-isystem%s/include", compiler->sdk);
    add_format(line, "-isystem%s/include/posix", compiler->sdk);
    if (compiler->relocatable) {
        add(line, "-nostdlib");
    }
    // Where clang looks for crt1-command.o first.
    add_format(line, "-B%s/lib", compiler->sdk);
    if (compiler->against_library) {
        add(line, "-fPIC"); // where the module's data and functions are is known when it is loaded
    }
    if (compiler->pic || compiler->against_library) {
        add(line, "-fvisibility=default"); // clang's is hidden here: nothing could be found
    }
    if (compiler->makes == MAKES_PROGRAM) {
        add_list(line, LINK_FLAGS, COUNT(LINK_FLAGS));
    }
    if (compiler->makes == MAKES_PROGRAM && compiler->dynamic) {
        add_list(line, DYNAMIC_FLAGS, COUNT(DYNAMIC_FLAGS));
    }
    if (compiler->makes == MAKES_LIBRARY) {
        add_list(line, LIBRARY_FLAGS, COUNT(LIBRARY_FLAGS));
    }
    if (compiler->makes != MAKES_NO_MODULE && strip) {
        add_list(line, STRIP_FLAGS, COUNT(STRIP_FLAGS));
    }
    add(line, "--end-no-unused-arguments");
}

// libc is taken whole where side modules may ask for any of it.
static void add_libraries(struct command_line *line, const struct compiler *compiler) {
    if (compiler->makes == MAKES_LIBRARY) {
        add_format(line, "-Wl,%s/lib/libfaasm_pic.a,%s/lib/libbuiltins.a", compiler->sdk,
                   compiler->sdk);
        return;
    }
    if (compiler->dynamic) {
        add(line, "-Wl,--whole-archive,-lwasi-emulated-signal,-lwasi-emulated-process-clocks");
        if (compiler->cxx) {
            add_format(line, "-Wl,%s/lib/libfaasm-c++.a,%s/lib/libfaasm-filesystem.a",
                       compiler->sdk, compiler->sdk);
            add_format(line, "-Wl,%s/lib/libc++-whole.a", compiler->sdk);
        }
        add_format(line, "-Wl,%s/lib/libc-whole.a,--no-whole-archive", compiler->sdk);
    }
    if (compiler->exceptions) {
        add_format(line, "-Wl,%s/lib/libfaasm-c++.a", compiler->sdk);
    }
    if (compiler->cxx) {
        add_format(line, "-Wl,%s/lib/libfaasm-filesystem%s.a", compiler->sdk,
                   compiler->exceptions ? "" : "-no-exceptions");
    }
    add_format(line, "-Wl,%s/lib/libfaasm.a", compiler->sdk);
    add_list(line, LINK_LIBRARIES, COUNT(LINK_LIBRARIES));
}

// Ours, the user's, and, where it links, the libraries; those before a "--", behind which clang
// takes everything for the name of a file. With `dry_run` clang prints its plan and runs nothing.
static bool command_line_build(struct command_line *line, const struct compiler *compiler,
                               bool dry_run, int argc, char **argv, struct error *error) {
    bool libraries = compiler->makes != MAKES_NO_MODULE;
    add_front(line, compiler, !wants_debug_information(argc, argv));
    if (dry_run) {
        add(line, "-###");
    }
    for (int i = 1; i < argc; i++) {
        if (libraries && !strcmp(argv[i], "--")) {
            libraries = false;
            add_libraries(line, compiler);
        }
        if (strcmp(argv[i], "--no-wasm-opt") != 0 && strcmp(argv[i], "-rdynamic") != 0) {
            add(line, argv[i]);
        }
    }
    if (libraries) {
        add_libraries(line, compiler);
    }
    return !line->exhausted || error_set(error, ERROR_MEMORY, "out of memory");
}

// ---- The SDK and the tools ----------------------------------------------------------------------

static bool sdk_has(const struct compiler *compiler, const char *name) {
    char *path = NULL;
    if (asprintf(&path, "%s/%s", compiler->sdk, name) < 0) {
        return false;
    }
    bool found = access(path, R_OK) == 0;
    free(path);
    return found;
}

static bool find_sdk(struct compiler *compiler, struct error *error) {
    const char *chosen = getenv("FAASM_SDK");
    if (chosen && *chosen) {
        compiler->sdk = strdup(chosen);
    } else {
        char *folder = file_program_folder(error);
        if (!folder) {
            return false;
        }
        if (asprintf(&compiler->sdk, "%s/../share/faasm", folder) < 0) {
            compiler->sdk = NULL;
        }
        free(folder);
    }
    return compiler->sdk || error_set(error, ERROR_MEMORY, "out of memory");
}

static bool check_sdk(const struct compiler *compiler, struct error *error) {
    if (!sdk_has(compiler, "include/faasm.h") || !sdk_has(compiler, "lib/libfaasm.a") ||
        !sdk_has(compiler, "lib/libfaasm-c++.a") || !sdk_has(compiler, "lib/crt1-command.o")) {
        return error_set(error, ERROR_NOT_FOUND,
                         "no SDK in %s: build it, or set FAASM_SDK to its folder", compiler->sdk);
    }
    if (!sdk_has(compiler, "sysroot/include/wasm32-wasi/stdio.h") ||
        !sdk_has(compiler, "sysroot/lib/wasm32-wasi/libc.a")) {
        return error_set(error, ERROR_NOT_FOUND,
                         "wasi-libc not found: apt-get install wasi-libc "
                         "libclang-rt-19-dev-wasm32");
    }
    if (compiler->cxx && !sdk_has(compiler, "sysroot/include/wasm32-wasi/c++/v1/string")) {
        return error_set(error, ERROR_NOT_FOUND,
                         "libc++ for WebAssembly not found: apt-get install "
                         "libc++-19-dev-wasm32 libc++abi-19-dev-wasm32");
    }
    return true;
}

static bool clang_error(const struct compiler *compiler, int number, struct error *error) {
    if (number != ENOENT) {
        return error_set_errno(error, number, "cannot run %s", compiler->clang);
    }
    if (getenv("FAASM_CLANG")) {
        return error_set(error, ERROR_NOT_FOUND, "FAASM_CLANG names %s, which is not there",
                         compiler->clang);
    }
    return error_set(error, ERROR_NOT_FOUND,
                     "clang-19 not found: apt-get install clang-19 lld-19 wasi-libc "
                     "libclang-rt-19-dev-wasm32 libc++-19-dev-wasm32 libc++abi-19-dev-wasm32");
}

// ---- Does it link? ------------------------------------------------------------------------------

static bool read_to_end(int fd, struct buffer *output, struct error *error) {
    char chunk[4096];
    for (;;) {
        ssize_t length = read(fd, chunk, sizeof chunk);
        if (length == 0) {
            return true;
        }
        if (length < 0 && errno != EINTR) {
            return error_set_errno(error, errno, "read");
        }
        if (length > 0 && !buffer_append(output, chunk, (size_t)length, error)) {
            return false;
        }
    }
}

// Runs clang and collects what it writes to standard error: of a plan, a few KiB for each input.
static bool run_collecting(const struct compiler *compiler, char **arguments, struct buffer *output,
                           struct error *error) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) {
        return error_set_errno(error, errno, "pipe");
    }
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    pid_t child;
    int number = posix_spawnp(&child, arguments[0], &actions, NULL, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    if (number != 0) {
        close(ends[0]);
        return clang_error(compiler, number, error);
    }
    bool done = read_to_end(ends[0], output, error);
    close(ends[0]);
    while (waitpid(child, NULL, 0) < 0 && errno == EINTR) {
    }
    return done;
}

// A line of the plan is a command: a blank and then its arguments in quotes, the program first.
// Sets what is made where anything is linked (a relocatable object is neither), and checks that the
// linker is there.
static bool read_plan(struct compiler *compiler, char *plan, struct error *error) {
    char *rest = plan;
    for (char *line; (line = strsep(&rest, "\n"));) {
        char *name = strncmp(line, " \"", 2) == 0 ? line + 2 : "";
        char *end = strchrnul(name, '"');
        char *linker = strstr(name, "wasm-ld");
        if (!linker || linker > end) {
            continue;
        }
        if (!memchr(name, '/', (size_t)(end - name))) {
            return error_set(error, ERROR_NOT_FOUND, "wasm-ld not found: apt-get install lld-19");
        }
        compiler->makes = strstr(end, " \"-r\"")        ? MAKES_NO_MODULE
                          : strstr(end, " \"-shared\"") ? MAKES_LIBRARY
                                                        : MAKES_PROGRAM;
    }
    return true;
}

static bool is_any_of(const char *argument, const char *const *names, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (!strcmp(argument, names[i])) {
            return true;
        }
    }
    return false;
}

static bool find_whether_it_links(struct compiler *compiler, int argc, char **argv,
                                  struct error *error) {
    static const char *const not_linking[] = {"-c", "-S", "-E", "-M", "-MM", "-fsyntax-only"};
    for (int i = 1; i < argc; i++) {
        if (is_any_of(argv[i], not_linking, COUNT(not_linking))) {
            return true;
        }
    }
    struct command_line line = {0};
    struct buffer plan = {0};
    bool found = command_line_build(&line, compiler, true, argc, argv, error) &&
                 run_collecting(compiler, line.arguments, &plan, error) &&
                 buffer_append(&plan, "", 1, error) &&
                 read_plan(compiler, (char *)plan.data, error);
    command_line_destroy(&line);
    buffer_destroy(&plan);
    return found;
}

// ---- The commands -------------------------------------------------------------------------------

// Becomes clang, so that its exit status, signals and terminal are the caller's. Returns on
// failure.
static bool compile(struct compiler *compiler, int argc, char **argv, struct error *error) {
    if (!find_sdk(compiler, error) || !check_sdk(compiler, error) ||
        !find_whether_it_links(compiler, argc, argv, error)) {
        return false;
    }
    struct command_line line = {0};
    if (command_line_build(&line, compiler, false, argc, argv, error)) {
        execvp(line.arguments[0], line.arguments);
        clang_error(compiler, errno, error);
    }
    command_line_destroy(&line);
    return false;
}

// A module among the inputs.
static bool names_library(char **argv, int index) {
    size_t length = strlen(argv[index]);
    return argv[index][0] != '-' && length > 3 && !strcmp(argv[index] + length - 3, ".so") &&
           strcmp(argv[index - 1], "-o") != 0;
}

static int run_compiler(const char *command, bool cxx, int argc, char **argv) {
    if (argc == 2 && !strcmp(argv[1], "--help")) {
        printf(HELP, command, cxx ? "C++" : "C", command, cxx ? " and libc++" : "",
               cxx ? " -fwasm-exceptions" : "");
        return 0;
    }
    const char *chosen = getenv("FAASM_CLANG");
    struct compiler compiler = {.command = command,
                                .clang = chosen && *chosen ? chosen : "clang-19",
                                .cxx = cxx,
                                .exceptions = cxx};
    for (int i = 1; i < argc; i++) {
        compiler.pic = compiler.pic || !strcmp(argv[i], "-fPIC") || !strcmp(argv[i], "-fpic");
        compiler.against_library = compiler.against_library || names_library(argv, i);
        compiler.dynamic =
            compiler.dynamic || compiler.against_library || !strcmp(argv[i], "-rdynamic");
        compiler.relocatable = compiler.relocatable || !strcmp(argv[i], "-r");
        compiler.wasm_opt = compiler.wasm_opt || !strcmp(argv[i], "--wasm-opt");
        if (!strcmp(argv[i], "-fexceptions") || !strcmp(argv[i], "-fno-exceptions")) {
            compiler.exceptions = cxx && argv[i][2] == 'e';
        }
    }
    struct error error = {0};
    compile(&compiler, argc, argv, &error);
    fprintf(stderr, "faasm %s: %s\n", command, error.message);
    free(compiler.sdk);
    return 1;
}

int cli_cc(int argc, char **argv) {
    return run_compiler("cc", false, argc, argv);
}

int cli_cxx(int argc, char **argv) {
    return run_compiler("c++", true, argc, argv);
}
