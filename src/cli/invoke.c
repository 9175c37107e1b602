// `faasm invoke user/name`: one call; its output, and its exit code as the program's own.
#include "base/file.h"
#include "cli/cli.h"
#include "cli/client.h"
#include "cli/follow.h"
#include "cli/load.h"
#include "runtime/call.h"

#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const size_t input_limit = (size_t)2 * 1024 * 1024 * 1024;

enum { EXIT_INTERRUPTED = 130, KEY_MAX = 128, KEY_HEADER_MAX = KEY_MAX + 32 };

struct invocation {
    struct client_options client;
    const char *function, *input, *data, *output;
    const char *key;                  // of idempotency
    unsigned long count, concurrency; // a count of 0: one call, with its output
    bool async, show_logs, json;
};

static const struct argp_option options[] = {
    {"input", 'i', "FILE", 0, "The call's input; - is standard input (default: no input)", 0},
    {"data", 'd', "TEXT", 0, "The call's input, given here", 0},
    {"output", 'o', "FILE", 0, "Write the call's output there instead of to standard output", 0},
    {"async", 'a', NULL, 0, "Do not wait: print the id of the call", 0},
    {"show-logs", 'l', NULL, 0, "Print the call's log to standard error afterwards", 0},
    {"idempotency-key", 'k', "KEY", 0,
     "With --async: where a call of this function was made with that key, print its id instead", 0},
    {"count", 'n', "N", 0, "Make N calls and print how long they took, not their outputs", 0},
    {"concurrency", 'c', "M", 0, "With --count: connections, each with one call at a time", 0},
    {"json", 'j', NULL, 0, "With --async or --count: print JSON", 0},
    {0},
};

static bool key_valid(const char *key) {
    size_t length = strlen(key);
    for (size_t i = 0; i < length; i++) {
        if (key[i] <= ' ' || key[i] > '~') {
            return false;
        }
    }
    return length > 0 && length <= KEY_MAX;
}

// Options that would do nothing together are refused.
static void check_combination(const struct invocation *invocation, struct argp_state *state) {
    bool one = invocation->count == 0;
    if (invocation->input != NULL && invocation->data != NULL) {
        argp_error(state, "--input and --data exclude each other");
    }
    if (invocation->async && (invocation->show_logs || invocation->output != NULL)) {
        argp_error(state, "--async has no output and no log to show");
    }
    if (!one && (invocation->show_logs || invocation->output != NULL || invocation->key != NULL)) {
        argp_error(state, "--count shows no output and no log, and takes no idempotency key");
    }
    if (one && invocation->concurrency != 1) {
        argp_error(state, "--concurrency goes with --count");
    }
    if (one && invocation->json && !invocation->async) {
        argp_error(state, "--json goes with --async or --count");
    }
    if (invocation->key != NULL && !invocation->async) {
        argp_error(state, "--idempotency-key goes with --async");
    }
    if (invocation->key != NULL && !key_valid(invocation->key)) {
        argp_error(state, "an idempotency key is 1 to %d printable characters", KEY_MAX);
    }
}

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
    case 'k':
        invocation->key = argument;
        break;
    case 'n':
        invocation->count = load_parse_number(state, "count", argument, LOAD_COUNT_MAX);
        break;
    case 'c':
        invocation->concurrency =
            load_parse_number(state, "concurrency", argument, LOAD_CONCURRENCY_MAX);
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
        check_combination(invocation, state);
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

// How a call ended: what it wrote as its output goes to its place, and where it was stopped or
// trapped, the message and the trace to stderr.
static bool show_end(const struct invocation *invocation, struct client *client,
                     const json_t *record, int *exit_code, struct error *error) {
    const char *status = client_text(record, "status");
    *exit_code = (int)client_number(record, "exit_code");
    if (strcmp(status, "succeeded") != 0 && strcmp(status, "failed") != 0) {
        fputs("faasm invoke: ", stderr);
        client_print_text(stderr, client_text(record, "message"));
        fputc('\n', stderr);
        client_print_text(stderr, client_text(record, "trace"));
    }
    struct client_reply reply = {0};
    bool done =
        get_of_call(client, (uint32_t)client_number(record, "id"), "/output", &reply, error) &&
        write_output(invocation, &reply, error);
    client_reply_destroy(&reply);
    return done;
}

// The answer to the invocation: the output, an error, or that the call goes on.
static bool answer(const struct invocation *invocation, struct client *client,
                   const struct client_reply *reply, uint32_t *call, int *exit_code,
                   struct error *error) {
    *call = reply->call;
    if (reply->status == 200) {
        *exit_code = 0;
        return write_output(invocation, reply, error);
    }
    json_t *record = NULL;
    if (reply->status == 202) {
        json_t *accepted = client_reply_json(reply, error);
        *call = (uint32_t)client_number(accepted, "call");
        json_decref(accepted);
        record = *call != 0 ? follow_call(client, *call, error) : NULL;
    } else {
        client_reply_error(reply, NULL, error);
        record = *call != 0 ? follow_record(client, *call, 0, error) : NULL;
    }
    bool done = record != NULL && show_end(invocation, client, record, exit_code, error);
    json_decref(record);
    return done;
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

static bool add_key(const struct invocation *invocation, struct client *client,
                    struct error *error) {
    char header[KEY_HEADER_MAX];
    if (invocation->key == NULL) {
        return true;
    }
    snprintf(header, sizeof header, "Idempotency-Key: %s", invocation->key);
    return client_add_header(client, header, error);
}

static bool invoke_once(const struct invocation *invocation, const struct bytes *input,
                        int *exit_code, struct error *error) {
    // The first part of the wait comes with the answer: most calls end within it.
    static const char first_wait[] = "/invoke?wait_ms=500";
    char path[CLIENT_PATH_MAX];
    struct client_reply reply = {0};
    uint32_t call = 0;
    bool done = false;
    struct client *client = client_new(&invocation->client, error);
    if (client == NULL || !add_key(invocation, client, error) ||
        !client_function_path(invocation->function,
                              invocation->async ? "/invoke?async=1" : first_wait, path, error)) {
        goto cleanup;
    }
    if (!invocation->async) {
        client_catch_interrupts();
    }
    if (!client_request(client, "POST", path, input, &reply, error)) {
        goto cleanup;
    }
    if (invocation->async) {
        *exit_code = 0;
        done = print_id(invocation, &reply, error);
        goto cleanup;
    }
    done = answer(invocation, client, &reply, &call, exit_code, error);
    if (invocation->show_logs && call != 0) {
        done = show_logs(client, call, done ? error : NULL) && done;
    }
    if (client_interrupted()) {
        *exit_code = EXIT_INTERRUPTED;
    }
cleanup:
    client_delete(client);
    client_reply_destroy(&reply);
    return done;
}

static bool invoke_many(const struct invocation *invocation, const struct bytes *input,
                        int *exit_code, struct error *error) {
    char path[CLIENT_PATH_MAX];
    const struct load load = {.client = &invocation->client,
                              .path = path,
                              .input = *input,
                              .count = invocation->count,
                              .concurrency = invocation->concurrency,
                              .json = invocation->json};
    *exit_code = 0;
    return client_function_path(invocation->function,
                                invocation->async ? "/invoke?async=1" : "/invoke", path, error) &&
           load_run(&load, error);
}

static bool invoke(const struct invocation *invocation, int *exit_code, struct error *error) {
    struct buffer input = {0};
    bool done = read_input(invocation, &input, error);
    const struct bytes body = buffer_bytes(&input);
    if (done) {
        done = invocation->count != 0 ? invoke_many(invocation, &body, exit_code, error)
                                      : invoke_once(invocation, &body, exit_code, error);
    }
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
               "134 when it trapped, 125 when it could not be run or reached, and 130 when an "
               "interrupt (Ctrl-C) cancelled it. With --count it is 0 when all calls succeeded.",
        .children = children};
    struct invocation invocation = {.concurrency = 1};
    argp_parse(&argp, argc, argv, 0, NULL, &invocation);
    struct error error;
    int exit_code = CALL_EXIT_ERROR;
    if (!client_initialize(&error) || !invoke(&invocation, &exit_code, &error)) {
        client_fail("invoke", &error);
        return exit_code == 0 ? CALL_EXIT_ERROR : exit_code;
    }
    return exit_code;
}
