// `faasm ls [user]`
#include "cli/cli.h"
#include "cli/client.h"

#include <stdio.h>
#include <string.h>

static void print_table(const json_t *functions) {
    printf("%-32s %10s  %-27s  %s\n", "FUNCTION", "BYTES", "UPLOADED", "DIGEST");
    size_t index;
    const json_t *function;
    json_array_foreach(functions, index, function) {
        char name[160];
        snprintf(name, sizeof name, "%s/%s", client_text(function, "user"),
                 client_text(function, "name"));
        printf("%-32s %10.0f  %-27s  %.12s\n", name, client_number(function, "bytes"),
               client_text(function, "uploaded"), client_text(function, "digest"));
    }
}

static bool print_functions(const struct client_reply *reply, bool json, struct error *error) {
    json_t *answer = client_reply_json(reply, error);
    if (answer == NULL) {
        return false;
    }
    const json_t *functions = json_object_get(answer, "functions");
    if (json) {
        json_dumpf(functions, stdout, JSON_INDENT(2) | JSON_ENCODE_ANY);
        putchar('\n');
    } else {
        print_table(functions);
    }
    json_decref(answer);
    return true;
}

static bool list(const struct client_arguments *arguments, struct error *error) {
    char path[CLIENT_PATH_MAX] = "/v1/functions";
    const char *user = arguments->operands[0];
    if (user != NULL) {
        // Checked and encoded as the user of a function; the function's part is cut off again.
        char function[CLIENT_PATH_MAX];
        if (strlen(user) > 64 || strchr(user, '/') != NULL) {
            return error_set(error, ERROR_ARGUMENT, "'%.100s' is not a user name", user);
        }
        snprintf(function, sizeof function, "%s/x", user);
        if (!client_function_path(function, "", path, error)) {
            return false;
        }
        path[strlen(path) - 2] = '\0';
    }
    struct client_reply reply = {0};
    struct client *client = client_new(&arguments->client, error);
    bool done = client != NULL && client_request_ok(client, "GET", path, NULL, &reply, error) &&
                print_functions(&reply, arguments->json, error);
    client_delete(client);
    client_reply_destroy(&reply);
    return done;
}

int cli_ls(int argc, char **argv) {
    static const struct client_usage usage = {"[USER]", "List the functions of a user, or all.", 0,
                                              1, true};
    struct client_arguments arguments;
    struct error error;
    client_parse(&usage, argc, argv, &arguments);
    bool done = client_initialize(&error) && list(&arguments, &error);
    return done ? 0 : client_fail("ls", &error);
}
