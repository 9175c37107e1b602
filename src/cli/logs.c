// `faasm logs ID`
#include "cli/cli.h"
#include "cli/client.h"

static bool logs(const struct client_arguments *arguments, struct error *error) {
    char path[CLIENT_PATH_MAX];
    if (!client_call_path(arguments->operands[0], "/logs", path, error)) {
        return false;
    }
    struct client_reply reply = {0};
    struct client *client = client_new(&arguments->client, error);
    bool done = client != NULL && client_request_ok(client, "GET", path, NULL, &reply, error) &&
                client_print(buffer_bytes(&reply.body), error);
    client_delete(client);
    client_reply_destroy(&reply);
    return done;
}

int cli_logs(int argc, char **argv) {
    static const struct client_usage usage = {
        "CALL", "Print what a call wrote to its stdout and stderr so far.", 1, 1, false};
    struct client_arguments arguments;
    struct error error;
    client_parse(&usage, argc, argv, &arguments);
    bool done = client_initialize(&error) && logs(&arguments, &error);
    return done ? 0 : client_fail("logs", &error);
}
