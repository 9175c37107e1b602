// `faasm invoke user/name`: one call; its output, and its exit code as the program's own.
#include "base/file.h"
#include "cli/cli.h"
#include "cli/client.h"
#include "runtime/call.h"

#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const size_t input_limit = (size_t)2 * 1024 * 1024 * 1024;

struct invocation {
    struct client_options client;
    const char *function, *input, *data, *output;
    bool async, show_logs, json;
};

static const struct argp_option options[] = {
    {"input", 'i', "FILE", 0, "The call's input; - is standard input (default: no input)", 0},
    {"data", 'd', "TEXT", 0, "The call's input, given here", 0},
    {"output", 'o', "FILE", 0, "Write the call's output there instead of to standard output", 0},
    {"async", 'a', NULL, 0, "Do not wait: print the id of the call", 0},
    {"show-logs", 'l', NULL, 0, "Print the call's log to standard error afterwards", 0},
    {"json", 'j', NULL, 0, "With --async: print the id as JSON", 0},
    {0},
};

static error_t parse(int key, char *argument, struct argp_state *state) {
    struct invocation *invocation = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &invocation->client;
        break;
    case 'i':
        invocation->input = argument;
        break;
    case 'd':
        invocation->data = argument;
        break;
    case 'o':
        invocation->output = argument;
        break;
    case 'a':
        invocation->async = true;
        break;
    case 'l':
        invocation->show_logs = true;
        break;
    case 'j':
        invocation->json = true;
        break;
    case ARGP_KEY_ARG:
        if (invocation->function != NULL) {
            argp_error(state, "unexpected argument '%s'", argument);
        }
        invocation->function = argument;
        break;
    case ARGP_KEY_END:
        if (invocation->function == NULL) {
            argp_usage(state);
        }
        if (invocation->input != NULL && invocation->data != NULL) {
            argp_error(state, "--input and --data exclude each other");
        }
        if (invocation->async && (invocation->show_logs || invocation->output != NULL)) {
            argp_error(state, "--async has no output and no log to show");
        }
        if (invocation->json && !invocation->async) {
            argp_error(state, "--json goes with --async");
        }
        break;
    default:
        return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static bool read_input(const struct invocation *invocation, struct buffer *input,
                       struct error *error) {
    if (invocation->data != NULL) {
        return buffer_append(input, invocation->data, strlen(invocation->data), error);
    }
    return invocation->input == NULL || file_read(invocation->input, input_limit, input, error);
}

static bool write_output(const struct invocation *invocation, const struct client_reply *reply,
                         struct error *error) {
    if (invocation->output == NULL || strcmp(invocation->output, "-") == 0) {
        return client_print(buffer_bytes(&reply->body), error);
    }
    FILE *file = fopen(invocation->output, "we");
    if (file == NULL) {
        return error_set_errno(error, errno, "%s", invocation->output);
    }
    size_t length = reply->body.length;
    bool written = fwrite(reply->body.data, 1, length, file) == length;
    int number = errno;
    if (fclose(file) != 0 && written) {
        written = false;
        number = errno;
    }
    return written || error_set_errno(error, number, "%s", invocation->output);
}

static bool get_of_call(struct client *client, uint32_t call, const char *suffix,
                        struct client_reply *reply, struct error *error) {
    char path[CLIENT_PATH_MAX];
    snprintf(path, sizeof path, "/v1/calls/%u%s", call, suffix);
    return client_request_ok(client, "GET", path, NULL, reply, error);
}

static bool show_logs(struct client *client, uint32_t call, struct error *error) {
    struct client_reply reply = {0};
    bool done = get_of_call(client, call, "/logs", &reply, error) &&
                file_write_all(STDERR_FILENO, buffer_bytes(&reply.body), error);
    client_reply_destroy(&reply);
    return done;
}

// A call that ran and did not succeed: its message and trace go to stderr, what output it wrote to
// its place.
static bool show_failure(const struct invocation *invocation, struct client *client, uint32_t call,
                         const char *code, const char *message, int *exit_code,
                         struct error *error) {
    struct client_reply reply = {0};
    json_t *facts = NULL;
    bool done = false;
    if (!get_of_call(client, call, "", &reply, error)) {
        goto cleanup;
    }
    facts = client_reply_json(&reply, error);
    if (facts == NULL) {
        goto cleanup;
    }
    *exit_code = (int)client_number(facts, "exit_code");
    if (strcmp(code, "exit") != 0) {
        fputs("faasm invoke: ", stderr);
        client_print_text(stderr, message);
        fputc('\n', stderr);
        client_print_text(stderr, client_text(facts, "trace"));
    }
    done = get_of_call(client, call, "/output", &reply, error) &&
           write_output(invocation, &reply, error);
cleanup:
    json_decref(facts);
    client_reply_destroy(&reply);
    return done;
}

static bool answer(const struct invocation *invocation, struct client *client,
                   const struct client_reply *reply, int *exit_code, struct error *error) {
    if (reply->status == 200) {
        *exit_code = 0;
        return write_output(invocation, reply, error);
    }
    char code[CLIENT_CODE_MAX];
    client_reply_error(reply, code, error);
    if (reply->call == 0) {
        return false;
    }
    const struct error failure = *error;
    return show_failure(invocation, client, reply->call, code, failure.message, exit_code, error);
}

static bool print_id(const struct invocation *invocation, const struct client_reply *reply,
                     struct error *error) {
    if (reply->status != 202) {
        client_reply_error(reply, NULL, error);
        return false;
    }
    json_t *json = client_reply_json(reply, error);
    if (json == NULL) {
        return false;
    }
    if (invocation->json) {
        printf("%.*s\n", (int)reply->body.length, (const char *)reply->body.data);
    } else {
        printf("%.0f\n", client_number(json, "call"));
    }
    json_decref(json);
    return true;
}

static bool invoke(const struct invocation *invocation, int *exit_code, struct error *error) {
    char path[CLIENT_PATH_MAX];
    struct buffer input = {0};
    struct client_reply reply = {0};
    struct client *client = NULL;
    bool done = false;
    if (!client_function_path(invocation->function,
                              invocation->async ? "/invoke?async=1" : "/invoke", path, error) ||
        !read_input(invocation, &input, error)) {
        goto cleanup;
    }
    client = client_new(&invocation->client, error);
    const struct bytes body = buffer_bytes(&input);
    if (client == NULL || !client_request(client, "POST", path, &body, &reply, error)) {
        goto cleanup;
    }
    if (invocation->async) {
        *exit_code = 0;
        done = print_id(invocation, &reply, error);
        goto cleanup;
    }
    uint32_t call = reply.call;
    done = answer(invocation, client, &reply, exit_code, error);
    if (invocation->show_logs && call != 0) {
        done = show_logs(client, call, done ? error : NULL) && done;
    }
cleanup:
    client_delete(client);
    client_reply_destroy(&reply);
    buffer_destroy(&input);
    return done;
}

int cli_invoke(int argc, char **argv) {
    static const struct argp_child children[] = {{&client_argp, 0, NULL, 0}, {0}};
    static const struct argp argp = {
        .options = options,
        .parser = parse,
        .args_doc = "USER/NAME",
        .doc = "Invoke a function and print its output.\vThe exit status is the call's exit code; "
               "134 when it trapped, and 125 when it could not be run or reached.",
        .children = children};
    struct invocation invocation = {0};
    argp_parse(&argp, argc, argv, 0, NULL, &invocation);
    struct error error;
    int exit_code = CALL_EXIT_ERROR;
    if (!client_initialize(&error) || !invoke(&invocation, &exit_code, &error)) {
        client_fail("invoke", &error);
        return exit_code == 0 ? CALL_EXIT_ERROR : exit_code;
    }
    return exit_code;
}
