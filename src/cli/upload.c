// `faasm upload user/name file.wasm`
#include "base/file.h"
#include "cli/cli.h"
#include "cli/client.h"
#include "server/limit_units.h"

#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const size_t file_limit = (size_t)1024 * 1024 * 1024;
enum { LIMITS_MAX = 32, KEY_DURABLE = 1000, KEY_FIRST_LIMIT = 1001 };

struct upload {
    struct client_options client;
    const char *function, *path;
    const char *limits[LIMITS_MAX]; // by row of the table; NULL where not given
    bool durable, json;
};

static error_t parse(int key, char *argument, struct argp_state *state) {
    struct upload *upload = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &upload->client;
        return 0;
    case 'j':
        upload->json = true;
        return 0;
    case KEY_DURABLE:
        upload->durable = true;
        return 0;
    case ARGP_KEY_ARG:
        if (upload->path != NULL) {
            argp_error(state, "unexpected argument '%s'", argument);
        }
        *(upload->function == NULL ? &upload->function : &upload->path) = argument;
        return 0;
    case ARGP_KEY_END:
        if (upload->path == NULL) {
            argp_usage(state);
        }
        return 0;
    default:
        if (key < KEY_FIRST_LIMIT || key >= KEY_FIRST_LIMIT + LIMITS_MAX) {
            return ARGP_ERR_UNKNOWN;
        }
        upload->limits[key - KEY_FIRST_LIMIT] = argument;
        return 0;
    }
}

// "memory-mb" of "memory_mb".
static void flag_of(const char *name, char flag[32]) {
    snprintf(flag, 32, "%s", name);
    for (char *at = flag; (at = strchr(at, '_')) != NULL;) {
        *at = '-';
    }
}

static void parse_arguments(int argc, char **argv, struct upload *upload) {
    static const struct argp_child children[] = {{&client_argp, 0, NULL, 0}, {0}};
    size_t count;
    const struct limit_unit *rows = limit_units_rows(&count);
    struct argp_option options[LIMITS_MAX + 3] = {
        {"json", 'j', NULL, 0, "Print JSON", 0},
        {"durable", KEY_DURABLE, NULL, 0,
         "Calls of it that were accepted with --async survive the server's end", 0},
    };
    char flags[LIMITS_MAX][32];
    for (size_t i = 0; i < count && i < LIMITS_MAX; i++) {
        flag_of(rows[i].name, flags[i]);
        options[2 + i] = (struct argp_option){.name = flags[i],
                                              .key = KEY_FIRST_LIMIT + (int)i,
                                              .arg = rows[i].argument,
                                              .doc = rows[i].documentation,
                                              .group = 1};
    }
    const struct argp argp = {
        .options = options,
        .parser = parse,
        .args_doc = "USER/NAME FILE",
        .doc = "Upload a WebAssembly file as a function, compiling it.\vLimits are those of the "
               "server where they are not given, and never beyond them.",
        .children = children};
    argp_parse(&argp, argc, argv, 0, NULL, upload);
}

// "?memory_mb=64&durable=1". Values are checked here, so that they need no encoding.
static bool query_of(const struct upload *upload, char *query, size_t size, struct error *error) {
    size_t count, used = 0;
    const struct limit_unit *rows = limit_units_rows(&count);
    struct call_limits limits = {0};
    query[0] = '\0';
    for (size_t i = 0; i < count && i < LIMITS_MAX; i++) {
        if (upload->limits[i] == NULL) {
            continue;
        }
        if (!limit_units_set(&limits, &rows[i], upload->limits[i], error)) {
            return false;
        }
        used += (size_t)snprintf(query + used, size - used, "%c%s=%s", used == 0 ? '?' : '&',
                                 rows[i].name, upload->limits[i]);
        if (used >= size) {
            return error_set(error, ERROR_ARGUMENT, "the limits are too long");
        }
    }
    if (upload->durable) {
        snprintf(query + used, size - used, "%cdurable=1", used == 0 ? '?' : '&');
    }
    return true;
}

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

static bool run(const struct upload *upload, struct error *error) {
    char path[CLIENT_PATH_MAX], query[512];
    struct buffer wasm = {0};
    struct client_reply reply = {0};
    struct client *client = NULL;
    bool done = false;
    if (!query_of(upload, query, sizeof query, error) ||
        !client_function_path(upload->function, query, path, error) ||
        !file_read(upload->path, file_limit, &wasm, error)) {
        goto cleanup;
    }
    client = client_new(&upload->client, error);
    const struct bytes body = buffer_bytes(&wasm);
    if (client == NULL || !client_request_ok(client, "PUT", path, &body, &reply, error)) {
        goto cleanup;
    }
    done = print_facts(upload->function, &reply, upload->json, error);
cleanup:
    client_delete(client);
    client_reply_destroy(&reply);
    buffer_destroy(&wasm);
    return done;
}

int cli_upload(int argc, char **argv) {
    struct upload upload = {0};
    struct error error;
    parse_arguments(argc, argv, &upload);
    bool done = client_initialize(&error) && run(&upload, &error);
    return done ? 0 : client_fail("upload", &error);
}
