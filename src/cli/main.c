// The program faasm: finds the command and runs it, here or in faasm-net.
#include "base/file.h"
#include "base/log.h"
#include "cli/cli.h"

#include <argp.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void print_help(FILE *to) {
    fprintf(to, "usage: faasm COMMAND [ARGUMENT...]\n\ncommands:\n");
    for (const struct cli_command *command = cli_commands; command->name != NULL; command++) {
        fprintf(to, "  %-8s %s\n", command->name, command->summary);
    }
    fprintf(to,
            "\n`faasm COMMAND --help` tells about one of them; `faasm --version` the version.\n");
}

static const struct cli_command *find_command(const char *name) {
    if (strcmp(name, "c++") == 0) {
        name = "cxx";
    }
    for (const struct cli_command *command = cli_commands; command->name != NULL; command++) {
        if (strcmp(command->name, name) == 0) {
            return command;
        }
    }
    return NULL;
}

// Becomes faasm-net, beside this program, with the same arguments.
static int run_network_command(char **argv) {
    struct error error;
    char *folder = file_program_folder(&error);
    if (folder == NULL) {
        fprintf(stderr, "faasm: %s\n", error.message);
        return CLI_EXIT_FAILURE;
    }
    char program[PATH_MAX];
    int length = snprintf(program, sizeof program, "%s/faasm-net", folder);
    free(folder);
    errno = ENAMETOOLONG;
    if (length > 0 && (size_t)length < sizeof program) {
        execv(program, argv);
    }
    fprintf(stderr, "faasm: cannot run %s: %s\n", program, strerror(errno));
    return CLI_EXIT_FAILURE;
}

// Where a standard descriptor is closed, a file of ours would get its number, and programs that run
// here would read or write that.
static bool open_standard_descriptors(void) {
    for (int fd = 0; fd <= STDERR_FILENO; fd++) {
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) != fd) {
            return false;
        }
    }
    return true;
}

static int run_local_command(const struct cli_command *command, int argc, char **argv) {
    static char title[64];
    snprintf(title, sizeof title, "faasm %s", argv[1]);
    argv[1] = title;
    return command->run(argc - 1, argv + 1);
}

int main(int argc, char **argv) {
    if (!open_standard_descriptors()) {
        return CLI_EXIT_FAILURE;
    }
    log_set_level(LOG_LEVEL_WARN);
    argp_err_exit_status = CLI_EXIT_USAGE;
    const char *name = argc > 1 ? argv[1] : "";
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 || strcmp(name, "help") == 0) {
        print_help(stdout);
        return 0;
    }
    if (strcmp(name, "--version") == 0) {
        printf("faasm %s\n", FAASM_VERSION);
        return 0;
    }
    if (argc < 2) {
        print_help(stderr);
        return CLI_EXIT_USAGE;
    }
    const struct cli_command *command = find_command(name);
    if (command == NULL) {
        fprintf(stderr, "faasm: there is no command '%s' (see faasm --help)\n", name);
        return CLI_EXIT_USAGE;
    }
    return command->run != NULL ? run_local_command(command, argc, argv)
                                : run_network_command(argv);
}
