// `faasm logs ID`
#include "cli/cli.h"
#include "cli/client.h"

#include <argp.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

struct logs {
    struct client_options client;
    const char *call;
    bool follow;
};

static const struct argp_option options[] = {
    {"follow", 'f', NULL, 0, "Go on printing what is added until the call ends", 0},
    {0},
};

static error_t parse(int key, char *argument, struct argp_state *state) {
    struct logs *logs = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &logs->client;
        break;
    case 'f':
        logs->follow = true;
        break;
    case ARGP_KEY_ARG:
        if (logs->call != NULL) {
            argp_error(state, "unexpected argument '%s'", argument);
        }
        logs->call = argument;
        break;
    case ARGP_KEY_END:
        if (logs->call == NULL) {
            argp_usage(state);
        }
        break;
    default:
        return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

// Prints what the log has from `*from` on; `ended` tells that nothing will be added.
static bool print_more(struct client *client, const char *call, size_t *from, bool *ended,
                       struct error *error) {
    char suffix[64], path[CLIENT_PATH_MAX];
    snprintf(suffix, sizeof suffix, "/logs?from=%zu", *from);
    struct client_reply reply = {0};
    bool done = client_call_path(call, suffix, path, error) &&
                client_request_ok(client, "GET", path, NULL, &reply, error) &&
                client_print(buffer_bytes(&reply.body), error);
    *from += reply.body.length;
    *ended = strcmp(reply.call_status, "queued") != 0 && strcmp(reply.call_status, "running") != 0;
    client_reply_destroy(&reply);
    return done;
}

static bool print_logs(const struct logs *logs, struct error *error) {
    const struct timespec pause = {.tv_nsec = 100000000};
    struct client *client = client_new(&logs->client, error);
    size_t from = 0;
    bool ended = false;
    bool done = client != NULL && print_more(client, logs->call, &from, &ended, error);
    while (done && logs->follow && !ended) {
        nanosleep(&pause, NULL);
        done = print_more(client, logs->call, &from, &ended, error);
    }
    client_delete(client);
    return done;
}

int cli_logs(int argc, char **argv) {
    static const struct argp_child children[] = {{&client_argp, 0, NULL, 0}, {0}};
    static const struct argp argp = {.options = options,
                                     .parser = parse,
                                     .args_doc = "CALL",
                                     .doc =
                                         "Print what a call wrote to its stdout and stderr so far.",
                                     .children = children};
    struct logs logs = {0};
    struct error error;
    argp_parse(&argp, argc, argv, 0, NULL, &logs);
    bool done = client_initialize(&error) && print_logs(&logs, &error);
    return done ? 0 : client_fail("logs", &error);
}
