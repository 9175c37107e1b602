// Commands with verbs of their own, as `faasm file get`: each verb is one job for a client.
#ifndef FAASM_CLI_VERBS_H
#define FAASM_CLI_VERBS_H

#include "cli/client.h"

struct verb {
    const char *name;
    bool (*run)(struct client *client, const struct client_arguments *arguments,
                struct error *error);
    struct client_usage usage;
};

struct verb_command {
    const char *name;         // "file"
    const char *operands;     // "USER/PATH [FILE]"
    const char *summary;      // whole sentences
    const struct verb *verbs; // up to a NULL name
};

// Runs the verb that argv[1] names; the exit status.
int verbs_run(const struct verb_command *command, int argc, char **argv);

#endif
