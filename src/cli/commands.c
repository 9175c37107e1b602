#include "cli/cli.h"

#include <stddef.h>

const struct cli_command cli_commands[] = {
#define X(name, summary) {#name, summary, cli_##name},
    CLI_LOCAL_COMMANDS(X)
#undef X
#define X(name, summary) {#name, summary, NULL},
        CLI_NETWORK_COMMANDS(X)
#undef X
            {NULL, NULL, NULL},
};
