// The program faasm-net: the commands of `faasm` that need the network. They are a program of their
// own so that `faasm run` starts without loading libcurl and libmicrohttpd; `faasm` executes it
// with its own arguments.
#include "cli/cli.h"
#include "cli/client.h"

#include <argp.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *name, *title;
    int (*run)(int argc, char **argv);
} commands[] = {
#define X(name, summary) {#name, "faasm " #name, cli_##name},
    CLI_NETWORK_COMMANDS(X)
#undef X
};

int main(int argc, char **argv) {
    const char *name = argc > 1 ? argv[1] : "";
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        if (strcmp(commands[i].name, name) == 0) {
            argp_err_exit_status = CLI_EXIT_USAGE;
            argv[1] = (char *)commands[i].title;
            return commands[i].run(argc - 1, argv + 1);
        }
    }
    fprintf(stderr, "faasm: no network command is called '%s'\n", name);
    return CLI_EXIT_USAGE;
}
