#include "cli/verbs.h"

#include "cli/cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int usage(const struct verb_command *command, FILE *file) {
    fprintf(file, "Usage: faasm %s", command->name);
    for (const struct verb *verb = command->verbs; verb->name != NULL; verb++) {
        fprintf(file, "%c%s", verb == command->verbs ? ' ' : '|', verb->name);
    }
    fprintf(file, " [OPTION...] %s\n%s\n\n", command->operands, command->summary);
    for (const struct verb *verb = command->verbs; verb->name != NULL; verb++) {
        fprintf(file, "  faasm %s %s %-18s %s\n", command->name, verb->name, verb->usage.operands,
                verb->usage.summary);
    }
    return file == stdout ? EXIT_SUCCESS : CLI_EXIT_USAGE;
}

static int run(const struct verb_command *command, const struct verb *verb, int argc, char **argv) {
    struct client_arguments arguments;
    struct error error;
    client_parse(&verb->usage, argc, argv, &arguments);
    bool done = client_initialize(&error);
    struct client *client = done ? client_new(&arguments.client, &error) : NULL;
    done = client != NULL && verb->run(client, &arguments, &error);
    client_delete(client);
    return done ? EXIT_SUCCESS : client_fail(command->name, &error);
}

int verbs_run(const struct verb_command *command, int argc, char **argv) {
    if (argc < 2 || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-?") == 0) {
        return usage(command, argc < 2 ? stderr : stdout);
    }
    for (const struct verb *verb = command->verbs; verb->name != NULL; verb++) {
        if (strcmp(argv[1], verb->name) == 0) {
            char name[48];
            snprintf(name, sizeof name, "faasm %s %s", command->name, verb->name);
            argv[1] = name;
            return run(command, verb, argc - 1, argv + 1);
        }
    }
    fprintf(stderr, "faasm %s: no verb is called '%.40s'\n", command->name, argv[1]);
    return CLI_EXIT_USAGE;
}
