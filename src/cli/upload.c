// `faasm upload user/name file.wasm`
#include "base/file.h"
#include "cli/cli.h"
#include "cli/client.h"
#include "server/limit_units.h"

#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const size_t file_limit = (size_t)1024 * 1024 * 1024;
enum { LIMITS_MAX = 32, MODULES_MAX = 256, KEY_DURABLE = 1000, KEY_WAIT, KEY_FIRST_LIMIT };

struct upload {
    struct client_options client;
    const char *function, *path;
    const char *limits[LIMITS_MAX]; // by row of the table; NULL where not given
    const char *level;              // NULL: the server's
    bool durable, json, wait;
    const char *modules[MODULES_MAX]; // files of side modules
    size_t module_count;
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
    case 'w':
        if (upload->module_count == MODULES_MAX) {
            argp_error(state, "--with: more than %d side modules", MODULES_MAX);
        }
        upload->modules[upload->module_count++] = argument;
        return 0;
    case KEY_WAIT:
        upload->wait = true;
        return 0;
    case 'O':
        if (strlen(argument) != 1 || argument[0] < '0' || argument[0] > '3') {
            argp_error(state, "--opt-level wants 0 to 3, not '%s'", argument);
        }
        upload->level = argument;
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
    enum { OWN_OPTIONS = 5 };
    size_t count;
    const struct limit_unit *rows = limit_units_rows(&count);
    struct argp_option options[LIMITS_MAX + OWN_OPTIONS + 1] = {
        {"json", 'j', NULL, 0, "Print JSON", 0},
        {"durable", KEY_DURABLE, NULL, 0,
         "Calls of it that were accepted with --async survive the server's end", 0},
        {"opt-level", 'O', "LEVEL", 0,
         "How much to optimise: 0 (compile fast) to 3; default: as the server is set", 0},
        {"with", 'w', "FILE", 0,
         "A side module, uploaded as USER/FILE first, for all functions of the user to load by "
         "that "
         "name; repeatable",
         0},
        {"wait", KEY_WAIT, NULL, 0,
         "Wait until its optimised code is there; without, calls run on quickly compiled code "
         "until then",
         0},
    };
    char flags[LIMITS_MAX][32];
    for (size_t i = 0; i < count && i < LIMITS_MAX; i++) {
        flag_of(rows[i].name, flags[i]);
        options[OWN_OPTIONS + i] = (struct argp_option){.name = flags[i],
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
        used += (size_t)snprintf(query + used, size - used, "%cdurable=1", used == 0 ? '?' : '&');
    }
    if (upload->level != NULL && used < size) {
        used += (size_t)snprintf(query + used, size - used, "%copt_level=%s", used == 0 ? '?' : '&',
                                 upload->level);
    }
    return used < size || error_set(error, ERROR_ARGUMENT, "the limits are too long");
}

static const char *text_of(const json_t *facts, const char *name) {
    const char *text = json_string_value(json_object_get(facts, name));
    return text != NULL ? text : "";
}

static void print_facts(const char *function, const json_t *facts) {
    printf("uploaded %s: %.0f bytes, ", function, client_number(facts, "bytes"));
    if (json_is_true(json_object_get(facts, "compiled"))) {
        printf("compiled in %.3f s", client_number(facts, "codegen_seconds"));
    } else {
        printf("compiled before");
    }
    bool quick = strcmp(text_of(facts, "tier"), "baseline") == 0;
    printf("%s\n", quick ? "; optimised code follows" : "");
}

static bool is_settled(const json_t *facts) {
    const char *state = text_of(facts, "optimising");
    return strcmp(state, "queued") != 0 && strcmp(state, "running") != 0;
}

// Asks again and again, at longer and longer intervals, until the optimised code is there or will
// not be. Replaces `*facts`.
static bool await_optimised(struct client *client, const char *function, json_t **facts,
                            struct error *error) {
    char path[CLIENT_PATH_MAX];
    if (!client_function_path(function, "", path, error)) {
        return false;
    }
    for (unsigned pause = 10000; !is_settled(*facts); pause += pause < 250000 ? pause / 4 : 0) {
        struct client_reply reply = {0};
        usleep(pause);
        bool done = client_request_ok(client, "GET", path, NULL, &reply, error);
        json_t *fresh = done ? client_reply_json(&reply, error) : NULL;
        client_reply_destroy(&reply);
        if (fresh == NULL) {
            return false;
        }
        json_decref(*facts);
        *facts = fresh;
    }
    if (strcmp(text_of(*facts, "optimising"), "failed") == 0) {
        return error_set(error, ERROR_INTERNAL, "%s runs, but could not be optimised: %s", function,
                         text_of(*facts, "optimise_error"));
    }
    return true;
}

static bool report(struct client *client, const struct upload *upload,
                   const struct client_reply *reply, struct error *error) {
    json_t *facts = client_reply_json(reply, error);
    if (facts == NULL) {
        return false;
    }
    if (!upload->json) {
        print_facts(upload->function, facts);
    }
    bool waits = upload->wait && !is_settled(facts);
    bool done = !waits || await_optimised(client, upload->function, &facts, error);
    if (upload->json && done) {
        json_dumpf(facts, stdout, JSON_COMPACT);
        printf("\n");
    } else if (waits && done) {
        printf("optimised in %.3f s\n", client_number(facts, "optimise_seconds"));
    }
    json_decref(facts);
    return done;
}

static bool upload_file(struct client *client, const struct upload *upload, const char *query,
                        bool quiet, struct error *error) {
    char path[CLIENT_PATH_MAX];
    struct buffer wasm = {0};
    struct client_reply reply = {0};
    bool done = false;
    if (client_function_path(upload->function, query, path, error) &&
        file_read(upload->path, file_limit, &wasm, error)) {
        const struct bytes body = buffer_bytes(&wasm);
        done = client_request_ok(client, "PUT", path, &body, &reply, error) &&
               (quiet || report(client, upload, &reply, error));
    }
    client_reply_destroy(&reply);
    buffer_destroy(&wasm);
    return done;
}

// A side module goes by the name of its file, as one of the functions of the same user.
static bool upload_module(struct client *client, const struct upload *upload, const char *file,
                          struct error *error) {
    const char *slash = strrchr(file, '/');
    char name[CLIENT_PATH_MAX];
    int length = snprintf(name, sizeof name, "%.*s/%s", (int)strcspn(upload->function, "/"),
                          upload->function, slash != NULL ? slash + 1 : file);
    if (length < 0 || (size_t)length >= sizeof name) {
        return error_set(error, ERROR_ARGUMENT, "the name is too long: %.200s", file);
    }
    const struct upload module = {
        .function = name, .path = file, .wait = upload->wait, .level = upload->level};
    char query[64] = "";
    if (upload->level != NULL) {
        snprintf(query, sizeof query, "?opt_level=%s", upload->level);
    }
    return upload_file(client, &module, query, upload->json, error) ||
           error_prefix(error, "%.200s", file);
}

// The modules first: the function may need them at once.
static bool run(const struct upload *upload, struct error *error) {
    char query[512];
    if (!query_of(upload, query, sizeof query, error)) {
        return false;
    }
    struct client *client = client_new(&upload->client, error);
    bool done = client != NULL;
    for (size_t i = 0; done && i < upload->module_count; i++) {
        done = upload_module(client, upload, upload->modules[i], error);
    }
    done = done && upload_file(client, upload, query, false, error);
    client_delete(client);
    return done;
}

int cli_upload(int argc, char **argv) {
    struct upload upload = {0};
    struct error error;
    parse_arguments(argc, argv, &upload);
    bool done = client_initialize(&error) && run(&upload, &error);
    return done ? 0 : client_fail("upload", &error);
}
