// `faasm rm user/name`
#include "cli/cli.h"
#include "cli/client.h"

static bool remove_function(const struct client_arguments *arguments, struct error *error) {
    char path[CLIENT_PATH_MAX];
    if (!client_function_path(arguments->operands[0], "", path, error)) {
        return false;
    }
    struct client_reply reply = {0};
    struct client *client = client_new(&arguments->client, error);
    bool done = client != NULL && client_request_ok(client, "DELETE", path, NULL, &reply, error);
    client_delete(client);
    client_reply_destroy(&reply);
    return done;
}

int cli_rm(int argc, char **argv) {
    static const struct client_usage usage = {"USER/NAME", "Remove a function.", 1, 1, false};
    struct client_arguments arguments;
    struct error error;
    client_parse(&usage, argc, argv, &arguments);
    bool done = client_initialize(&error) && remove_function(&arguments, &error);
    return done ? 0 : client_fail("rm", &error);
}
