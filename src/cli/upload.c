// `faasm upload user/name file.wasm`
#include "base/file.h"
#include "cli/cli.h"
#include "cli/client.h"

#include <stdio.h>

static const size_t file_limit = (size_t)1024 * 1024 * 1024;

static bool print_facts(const char *function, const struct client_reply *reply, bool json,
                        struct error *error) {
    json_t *facts = client_reply_json(reply, error);
    if (facts == NULL) {
        return false;
    }
    if (json) {
        printf("%.*s\n", (int)reply->body.length, (const char *)reply->body.data);
    } else {
        printf("uploaded %s: %.0f bytes, ", function, client_number(facts, "bytes"));
        if (json_is_true(json_object_get(facts, "compiled"))) {
            printf("compiled in %.3f s\n", client_number(facts, "codegen_seconds"));
        } else {
            printf("compiled before\n");
        }
    }
    json_decref(facts);
    return true;
}

static bool upload(const struct client_arguments *arguments, struct error *error) {
    const char *function = arguments->operands[0];
    char path[CLIENT_PATH_MAX];
    struct buffer wasm = {0};
    struct client_reply reply = {0};
    struct client *client = NULL;
    bool done = false;
    if (!client_function_path(function, "", path, error) ||
        !file_read(arguments->operands[1], file_limit, &wasm, error)) {
        goto cleanup;
    }
    client = client_new(&arguments->client, error);
    const struct bytes body = buffer_bytes(&wasm);
    if (client == NULL || !client_request_ok(client, "PUT", path, &body, &reply, error)) {
        goto cleanup;
    }
    done = print_facts(function, &reply, arguments->json, error);
cleanup:
    client_delete(client);
    client_reply_destroy(&reply);
    buffer_destroy(&wasm);
    return done;
}

int cli_upload(int argc, char **argv) {
    static const struct client_usage usage = {
        "USER/NAME FILE", "Upload a WebAssembly file as a function, compiling it.", 2, 2, true};
    struct client_arguments arguments;
    struct error error;
    client_parse(&usage, argc, argv, &arguments);
    bool done = client_initialize(&error) && upload(&arguments, &error);
    return done ? 0 : client_fail("upload", &error);
}
