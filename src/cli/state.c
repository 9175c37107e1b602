// `faasm state get|set|ls|rm`: pushed state of a user.
#include "base/file.h"
#include "cli/cli.h"
#include "cli/verbs.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_BYTES ((size_t)2048 << 20)

// Appends a part of a URL, percent-encoded where it must be. A %XX that is there already stays: it
// is how keys are shown and given that are no text.
static bool append(char path[CLIENT_PATH_MAX], size_t *length, const char *text) {
    for (; *text != '\0'; text++) {
        bool plain =
            isalnum((unsigned char)*text) || strchr("-._~", *text) != NULL ||
            (*text == '%' && isxdigit((unsigned char)text[1]) && isxdigit((unsigned char)text[2]));
        if (*length + 4 > CLIENT_PATH_MAX) {
            return false;
        }
        *length += (size_t)snprintf(path + *length, CLIENT_PATH_MAX - *length,
                                    plain ? "%c" : "%%%02X", (unsigned char)*text);
    }
    return true;
}

// "/v1/state/USER" of "USER", and `between` and the rest of "USER/…".
static bool make_path(const char *operand, bool key, char path[CLIENT_PATH_MAX],
                      struct error *error) {
    const char *slash = strchr(operand, '/');
    char user[80];
    size_t length = (size_t)snprintf(path, CLIENT_PATH_MAX, "/v1/state/");
    snprintf(user, sizeof user, "%.*s", slash == NULL ? 79 : (int)(slash - operand), operand);
    if (user[0] == '\0' || (key && (slash == NULL || slash[1] == '\0'))) {
        return error_set(error, ERROR_ARGUMENT, "'%.100s' is not USER%s", operand,
                         key ? "/KEY" : "[/PREFIX]");
    }
    bool fits = append(path, &length, user);
    if (fits && slash != NULL) {
        length += (size_t)snprintf(path + length, CLIENT_PATH_MAX - length, key ? "/" : "?prefix=");
        fits = append(path, &length, slash + 1);
    }
    return fits || error_set(error, ERROR_ARGUMENT, "a key has at most 512 bytes");
}

// `faasm state set USER/KEY [FILE]`
static bool set(struct client *client, const struct client_arguments *arguments,
                struct error *error) {
    char path[CLIENT_PATH_MAX];
    struct buffer contents = {0};
    struct client_reply reply = {0};
    const char *from = arguments->operands[1] == NULL ? "-" : arguments->operands[1];
    bool done = make_path(arguments->operands[0], true, path, error) &&
                file_read(from, MOST_BYTES, &contents, error);
    if (done) {
        const struct bytes body = buffer_bytes(&contents);
        done = client_request_ok(client, "PUT", path, &body, &reply, error);
    }
    buffer_destroy(&contents);
    client_reply_destroy(&reply);
    return done;
}

// `faasm state get USER/KEY [FILE]`
static bool get(struct client *client, const struct client_arguments *arguments,
                struct error *error) {
    char path[CLIENT_PATH_MAX];
    struct client_reply reply = {0};
    const char *to = arguments->operands[1];
    bool done = make_path(arguments->operands[0], true, path, error) &&
                client_request_ok(client, "GET", path, NULL, &reply, error);
    if (done) {
        const struct bytes contents = buffer_bytes(&reply.body);
        done = to == NULL || strcmp(to, "-") == 0 ? client_print(contents, error)
                                                  : file_write_atomic(to, contents, 0666, error);
    }
    client_reply_destroy(&reply);
    return done;
}

static void print_table(const json_t *values) {
    size_t index;
    const json_t *value;
    json_array_foreach(values, index, value) {
        printf("%12.0f  ", client_number(value, "bytes"));
        client_print_text(stdout, client_text(value, "key"));
        putchar('\n');
    }
}

// The next keys after the last one of the answer.
static bool next_page(const char *first, const json_t *values, char path[CLIENT_PATH_MAX]) {
    const json_t *last = json_array_get(values, json_array_size(values) - 1);
    const char *key = strrchr(client_text(last, "path"), '/');
    size_t length = strlen(first);
    memcpy(path, first, length + 1);
    length += (size_t)snprintf(path + length, CLIENT_PATH_MAX - length,
                               "%safter=", strchr(first, '?') != NULL ? "&" : "?");
    return key != NULL && append(path, &length, key + 1);
}

static bool list_page(struct client *client, const char *first, char path[CLIENT_PATH_MAX],
                      json_t *all, bool *more, struct error *error) {
    struct client_reply reply = {0};
    bool done = client_request_ok(client, "GET", path, NULL, &reply, error);
    json_t *answer = done ? client_reply_json(&reply, error) : NULL;
    const json_t *values = json_object_get(answer, "values");
    *more = json_is_true(json_object_get(answer, "more")) && next_page(first, values, path);
    done = answer != NULL && json_array_extend(all, (json_t *)values) == 0;
    json_decref(answer);
    client_reply_destroy(&reply);
    return done;
}

// `faasm state ls USER[/PREFIX]`
static bool ls(struct client *client, const struct client_arguments *arguments,
               struct error *error) {
    char first[CLIENT_PATH_MAX], path[CLIENT_PATH_MAX];
    json_t *all = json_array();
    bool more = true;
    bool done = make_path(arguments->operands[0], false, first, error);
    memcpy(path, first, sizeof path);
    while (done && more) {
        done = list_page(client, first, path, all, &more, error);
    }
    if (done && arguments->json) {
        json_dumpf(all, stdout, JSON_INDENT(2) | JSON_ENCODE_ANY);
        putchar('\n');
    } else if (done) {
        print_table(all);
    }
    json_decref(all);
    return done;
}

// `faasm state rm USER/KEY`
static bool rm(struct client *client, const struct client_arguments *arguments,
               struct error *error) {
    char path[CLIENT_PATH_MAX];
    struct client_reply reply = {0};
    bool done = make_path(arguments->operands[0], true, path, error) &&
                client_request_ok(client, "DELETE", path, NULL, &reply, error);
    client_reply_destroy(&reply);
    return done;
}

static const struct verb verbs[] = {
    {"get", get, {"USER/KEY [FILE]", "Print a value, or write it to a file.", 1, 2, false}},
    {"set", set, {"USER/KEY [FILE]", "Set a value from a file or standard input.", 1, 2, false}},
    {"ls", ls, {"USER[/PREFIX]", "List the keys of a user.", 1, 1, true}},
    {"rm", rm, {"USER/KEY", "Remove a value.", 1, 1, false}},
    {0},
};

int cli_state(int argc, char **argv) {
    static const struct verb_command command = {
        "state", "USER/KEY [FILE]",
        "State that functions of a user have pushed. %XX in a key is a byte.", verbs};
    return verbs_run(&command, argc, argv);
}
