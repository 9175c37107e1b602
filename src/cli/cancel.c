// `faasm cancel ID`
#include "cli/cli.h"
#include "cli/client.h"

#include <stdio.h>

static bool cancel(const struct client_arguments *arguments, struct error *error) {
    char path[CLIENT_PATH_MAX];
    if (!client_call_path(arguments->operands[0], "", path, error)) {
        return false;
    }
    struct client_reply reply = {0};
    struct client *client = client_new(&arguments->client, error);
    bool done = client != NULL && client_request_ok(client, "DELETE", path, NULL, &reply, error);
    if (done && arguments->json) {
        printf("%.*s\n", (int)reply.body.length, (const char *)reply.body.data);
    }
    client_delete(client);
    client_reply_destroy(&reply);
    return done;
}

int cli_cancel(int argc, char **argv) {
    static const struct client_usage usage = {
        "CALL", "Stop a call that waits or runs, and the calls that it chained.", 1, 1, true};
    struct client_arguments arguments;
    struct error error;
    client_parse(&usage, argc, argv, &arguments);
    bool done = client_initialize(&error) && cancel(&arguments, &error);
    return done ? 0 : client_fail("cancel", &error);
}
