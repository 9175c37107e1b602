// One program for many small tests: argv[1] says what to do.
#include <errno.h>
#include <faasm.h>
#include <faasm/core.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static int show_arguments(int argc, char **argv) {
    for (int i = 0; i < argc; i++) {
        printf("[%s]\n", argv[i]);
    }
    return 0;
}

static int show_environment(int argc, char **argv) {
    (void)argc, (void)argv;
    for (char **variable = environ; *variable; variable++) {
        puts(*variable);
    }
    return 0;
}

__attribute__((import_module("wasi_snapshot_preview1"), import_name("proc_raise"))) int
proc_raise(int signal);

static int raise_signal(int argc, char **argv) {
    int failure = proc_raise(argc > 2 ? atoi(argv[2]) : 0);
    printf("%d", failure);
    return 0;
}

static int exit_with(int argc, char **argv) {
    printf("exiting");
    exit(argc > 2 ? atoi(argv[2]) : 0);
}

static int return_with(int argc, char **argv) {
    return argc > 2 ? atoi(argv[2]) : 0;
}

static int copy_stdin(int argc, char **argv) {
    (void)argc, (void)argv;
    char buffer[5000];
    size_t count;
    while ((count = fread(buffer, 1, sizeof buffer, stdin)) > 0) {
        fwrite(buffer, 1, count, stdout);
    }
    return ferror(stdin) || fflush(stdout);
}

static int print_much(int argc, char **argv) {
    long lines = argc > 2 ? atol(argv[2]) : 0;
    for (long i = 0; i < lines; i++) {
        printf("line %ld of many\n", i);
    }
    return 0;
}

static int print_errors(int argc, char **argv) {
    (void)argc, (void)argv;
    fputs("to stdout\n", stdout);
    fputs("to stderr\n", stderr);
    return 0;
}

static int input_to_output(int argc, char **argv) {
    (void)argc, (void)argv;
    size_t size = get_call_input_size();
    char *data = malloc(size + 1);
    if (read_call_input(data, size) != size) {
        return 1;
    }
    for (size_t i = 0; i < size / 2; i++) {
        char c = data[i];
        data[i] = data[size - 1 - i];
        data[size - 1 - i] = c;
    }
    printf("reversed %zu bytes\n", size);
    write_call_output(data, size);
    return 0;
}

static int tell_kinds(int argc, char **argv) {
    (void)argc, (void)argv;
    printf("%d %d %d\n", isatty(0), isatty(1), isatty(2));
    return 0;
}

static int read_file(int argc, char **argv) {
    int fd = open(argc > 2 ? argv[2] : "", O_RDONLY);
    if (fd < 0) {
        printf("%s\n", strerror(errno));
        return 1;
    }
    char buffer[1000];
    ssize_t count;
    while ((count = read(fd, buffer, sizeof buffer)) > 0) {
        fwrite(buffer, 1, (size_t)count, stdout);
    }
    return count < 0;
}

static int write_file(int argc, char **argv) {
    FILE *file = argc > 3 ? fopen(argv[2], "w") : NULL;
    if (!file) {
        printf("%s\n", strerror(errno));
        return 1;
    }
    fputs(argv[3], file);
    return fclose(file);
}

static int sleep_shortly(int argc, char **argv) {
    struct timespec wait = {0, 1000000 * (argc > 2 ? atol(argv[2]) : 0)};
    return nanosleep(&wait, NULL);
}

static int count_bytes(void) {
    size_t size = get_call_input_size();
    char *data = malloc(size + 1);
    read_call_input(data, size);
    char text[32];
    int length = snprintf(text, sizeof text, "%zu", size);
    write_call_output(text, (size_t)length);
    return (int)size % 100;
}

static int chain_pointer(int argc, char **argv) {
    (void)argc, (void)argv;
    for (int i = 0; i < 20; i++) {
        static const char bytes[20] = "abc";
        call_id call = chain_ptr(count_bytes, bytes, (size_t)i);
        void *output;
        size_t length;
        int code = await_call_output(call, &output, &length);
        printf("%d %.*s\n", code, (int)length, (const char *)output);
    }
    return 0;
}

static int chain_name(int argc, char **argv) {
    // The chained call has the same arguments: its input tells it apart.
    if (get_call_input_size() == 0) {
        call_id call = chain_call(argc > 2 ? argv[2] : "command", "below", 5);
        int code = await_call(call);
        printf("awaited %d\n", code);
        return 0;
    }
    printf("chained\n");
    return 7;
}

static int await_twice(int argc, char **argv) {
    (void)argc, (void)argv;
    call_id call = chain_ptr(count_bytes, "x", 1);
    await_call(call);
    return await_call(call);
}

static int await_unknown(int argc, char **argv) {
    (void)argc, (void)argv;
    return await_call(123456);
}

static int trap_here(void) {
    __builtin_trap();
}

static int await_trap(int argc, char **argv) {
    (void)argc, (void)argv;
    printf("the call gave %d\n", await_call(chain_ptr(trap_here, NULL, 0)));
    return 0;
}

static int chain_unknown(int argc, char **argv) {
    (void)argc, (void)argv;
    return await_call(chain_call("nobody", NULL, 0));
}

static int show_flag(int argc, char **argv) {
    printf("%u\n", getConfFlag(argc > 2 ? argv[2] : ""));
    return 0;
}

static int show_stack(int argc, char **argv) {
    (void)argc, (void)argv;
    faasmBacktrace(0);
    puts("goes on");
    return 0;
}

static int name_python(int argc, char **argv) {
    (void)argc, (void)argv;
    puts(faasmGetPythonUser());
    return 0;
}

static __attribute__((noinline)) int fail_inside(int value) {
    if (value) {
        __builtin_trap();
    }
    return value;
}

static int trap(int argc, char **argv) {
    (void)argv;
    printf("before the trap\n");
    fflush(stdout);
    return fail_inside(argc);
}

static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
} commands[] = {
    {"arguments", show_arguments},
    {"environment", show_environment},
    {"exit", exit_with},
    {"raise", raise_signal},
    {"return", return_with},
    {"cat", copy_stdin},
    {"much", print_much},
    {"errors", print_errors},
    {"reverse", input_to_output},
    {"kinds", tell_kinds},
    {"read", read_file},
    {"write", write_file},
    {"sleep", sleep_shortly},
    {"chain-pointer", chain_pointer},
    {"chain-name", chain_name},
    {"await-twice", await_twice},
    {"await-unknown", await_unknown},
    {"await-trap", await_trap},
    {"chain-unknown", chain_unknown},
    {"flag", show_flag},
    {"stack", show_stack},
    {"python", name_python},
    {"trap", trap},
};

int main(int argc, char **argv) {
    const char *name = argc > 1 ? argv[1] : "";
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        if (!strcmp(commands[i].name, name)) {
            return commands[i].run(argc, argv);
        }
    }
    fprintf(stderr, "no command '%s'\n", name);
    return 2;
}
