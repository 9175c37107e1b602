// `faasm status [call | user/name]`
#include "cli/cli.h"
#include "cli/client.h"

#include <stdio.h>
#include <string.h>

static void print_member(const char *name, const json_t *value);

static void print_value(const json_t *value) {
    if (json_is_string(value)) {
        client_print_text(stdout, json_string_value(value));
    } else if (json_is_real(value)) {
        printf("%.6f", json_real_value(value));
    } else if (!json_is_null(value)) {
        json_dumpf(value, stdout, JSON_ENCODE_ANY);
    } else {
        putchar('-');
    }
}

// One line a fact; what is inside an object gets the object's name before its own.
static void print_facts(const char *prefix, json_t *facts) {
    const char *name;
    json_t *value;
    json_object_foreach(facts, name, value) {
        char full[128];
        snprintf(full, sizeof full, "%s%s%s", prefix, *prefix != '\0' ? " " : "", name);
        if (json_is_object(value)) {
            print_facts(full, value);
        } else {
            print_member(full, value);
        }
    }
}

static void print_member(const char *name, const json_t *value) {
    const char *text = json_string_value(value);
    bool lines = text != NULL && strchr(text, '\n') != NULL;
    printf("%-28s%s", name, lines ? "\n" : "");
    print_value(value);
    if (!lines || text[strlen(text) - 1] != '\n') {
        putchar('\n');
    }
}

static bool path_of(const char *operand, char path[CLIENT_PATH_MAX], struct error *error) {
    if (operand == NULL) {
        snprintf(path, CLIENT_PATH_MAX, "/v1/status");
        return true;
    }
    return strchr(operand, '/') != NULL ? client_function_path(operand, "", path, error)
                                        : client_call_path(operand, "", path, error);
}

static bool print_reply(const struct client_reply *reply, bool json, struct error *error) {
    json_t *facts = client_reply_json(reply, error);
    if (facts == NULL) {
        return false;
    }
    if (json) {
        printf("%.*s\n", (int)reply->body.length, (const char *)reply->body.data);
    } else {
        print_facts("", facts);
    }
    json_decref(facts);
    return true;
}

static bool status(const struct client_arguments *arguments, struct error *error) {
    char path[CLIENT_PATH_MAX];
    if (!path_of(arguments->operands[0], path, error)) {
        return false;
    }
    struct client_reply reply = {0};
    struct client *client = client_new(&arguments->client, error);
    bool done = client != NULL && client_request_ok(client, "GET", path, NULL, &reply, error) &&
                print_reply(&reply, arguments->json, error);
    client_delete(client);
    client_reply_destroy(&reply);
    return done;
}

int cli_status(int argc, char **argv) {
    static const struct client_usage usage = {
        "[CALL | USER/NAME]", "Show a call, a function, or the server.", 0, 1, true};
    struct client_arguments arguments;
    struct error error;
    client_parse(&usage, argc, argv, &arguments);
    bool done = client_initialize(&error) && status(&arguments, &error);
    return done ? 0 : client_fail("status", &error);
}
